/*
 * period.h
 *	  period_spec for the other concepts: days and periods of a row's time.
 */
#ifndef RETENTION_PERIOD_H
#define RETENTION_PERIOD_H

#include "packed_io.h"
#include "period_format.h"
#include "zone_clock.h"

/* What kind of time a row carries. */
typedef enum MomentType
{
	MOMENT_DATE,
	MOMENT_TIMESTAMP,
	MOMENT_TIMESTAMPTZ
} MomentType;

/*
 * What a function remembers from row to row about its period_spec argument.
 * It lives in fn_extra.
 */
typedef struct PeriodReader
{
	MemoryContext context;		/* of the spec */
	Packed	   *packed;			/* the spec, as the argument was */
	PeriodSpec	spec;			/* the same, taken apart */
	PeriodSpan	span;			/* where the last row was */
	ZoneClock  *clock;			/* of the spec's zone; NULL if it has none */
	ZoneClocks	clocks;			/* of all zones so far */
} PeriodReader;

extern PeriodReader *PeriodReaderFor(FunctionCallInfo fcinfo, int argno);
extern void RequireCalendarPeriods(const PeriodReader *reader);
NORETURN extern void RefuseZoneOfLocalTime(void);
extern void RequireNoZone(const PeriodReader *reader, const char *type_name);
extern DateADT PeriodReaderDay(PeriodReader *reader, Datum at, MomentType type);
extern DateADT CheckedFirstDay(PeriodCut cut, int64 index);
extern DateADT CheckedEndDay(PeriodCut cut, int64 index);
extern const char *PeriodUnitName(PeriodCut cut);
extern char *PeriodSpecText(const PeriodSpec *spec);
extern void CheckFiniteDate(DateADT day, const char *what);
extern void CheckFiniteTimestamp(int64 at);
extern char *DateForMessage(DateADT day);

#endif							/* RETENTION_PERIOD_H */
