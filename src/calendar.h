/*
 * calendar.h
 *	  Days and the calendar periods they fall into.
 *
 * A day is a PostgreSQL date: days since 2000-01-01. A period has an index: 0
 * is the period that contains 1970-01-01. All arithmetic is on the proleptic
 * Gregorian calendar. Nothing here calls the server, and nothing looks at a
 * time zone: zone_clock.c turns moments into days.
 */
#ifndef RETENTION_CALENDAR_H
#define RETENTION_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* Never renumber: the numbers are stored. */
typedef enum PeriodUnit
{
	PERIOD_DAY = 1,
	PERIOD_WEEK = 2,
	PERIOD_MONTH = 3,
	PERIOD_QUARTER = 4,
	PERIOD_YEAR = 5
} PeriodUnit;

/* How days are cut into periods. */
typedef struct PeriodCut
{
	uint8_t		unit;			/* a PeriodUnit */
	uint8_t		week_start;		/* 1 Monday .. 7 Sunday; 1 unless unit is week */
} PeriodCut;

/* Days that are known to lie in one period. */
typedef struct PeriodSpan
{
	int32_t		first;
	int32_t		last;
	int32_t		index;			/* of the period */
} PeriodSpan;

#define NO_PERIOD_SPAN ((PeriodSpan) {1, 0, 0})

/* The range of the type date, in days since 2000-01-01. */
#define FIRST_DATE (-2451545)	/* 4714-11-24 BC */
#define LAST_DATE 2145031948	/* 5874897-12-31 */

extern bool PeriodCutIsValid(PeriodCut cut);
extern int32_t PeriodIndex(PeriodCut cut, int32_t day);
extern PeriodSpan PeriodSpanOfDay(PeriodCut cut, int32_t day);
extern int64_t PeriodFirstDay(PeriodCut cut, int64_t index);
extern int64_t PeriodStartOfDay(PeriodCut cut, int32_t day);

/*
 * The index of the period that contains day. Days that come one after the other
 * are often in the same period, which span remembers.
 */
static inline int32_t
PeriodIndexNear(PeriodCut cut, int32_t day, PeriodSpan *span)
{
	if (day < span->first || day > span->last)
		*span = PeriodSpanOfDay(cut, day);
	return span->index;
}

#endif							/* RETENTION_CALENDAR_H */
