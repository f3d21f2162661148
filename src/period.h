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
 * The periods of a stretch of days, for rows that jump from period to period. Their
 * indexes are counted from that of the first day.
 */
typedef struct DayTable
{
	int32		first_day;
	uint32		num_days;		/* 0: there is no table yet */
	int32		first_index;
	uint16	   *periods;
} DayTable;

/*
 * What a function remembers from row to row about its period_spec argument.
 * It lives in fn_extra.
 */
typedef struct PeriodReader
{
	MemoryContext context;		/* of the spec */
	Packed	   *packed;			/* the spec, as the argument was; NULL: none */
	uint64		reading;		/* changes whenever a spec is read; unique in the process */
	PeriodSpec	spec;			/* the same, taken apart */
	PeriodSpan	span;			/* where the last row was */
	DayTable	table;			/* of the days around those looked up before */
	uint64		num_lookups;	/* of days that the table did not have */
	ZoneClock  *clock;			/* of the spec's zone; NULL if it has none */
	ZoneClocks	clocks;			/* of all zones so far */
} PeriodReader;

extern PeriodReader *ReadPeriods(FunctionCallInfo fcinfo, PackedView spec);
extern void RequireCalendarPeriods(const PeriodReader *reader);
NORETURN extern void RefuseZoneOfLocalTime(void);
extern void RequireNoZone(const PeriodReader *reader, const char *type_name);
extern int32 FindPeriodIndex(PeriodReader *reader, int32 day);
extern DateADT CheckedReaderDay(PeriodReader *reader, Datum at, MomentType type);
extern DateADT CheckedFirstDay(PeriodCut cut, int64 index);
extern DateADT CheckedEndDay(PeriodCut cut, int64 index);
extern const char *PeriodUnitName(PeriodCut cut);
extern char *PeriodSpecText(const PeriodSpec *spec);
extern void CheckFiniteDate(DateADT day, const char *what);
extern void CheckFiniteTimestamp(int64 at);
extern char *DateForMessage(DateADT day);

/* Whether two specs of one size are the same. None is shorter than eight bytes. */
static inline bool
IsSamePackedSpec(const uint8 *a, const uint8 *b, size_t size)
{
	uint64		word_a;
	uint64		word_b;

	for (size_t i = 0; i + sizeof(uint64) < size; i += sizeof(uint64))
	{
		memcpy(&word_a, a + i, sizeof(uint64));
		memcpy(&word_b, b + i, sizeof(uint64));
		if (word_a != word_b)
			return false;
	}
	/* the last eight bytes, some of them perhaps for a second time */
	memcpy(&word_a, a + size - sizeof(uint64), sizeof(uint64));
	memcpy(&word_b, b + size - sizeof(uint64), sizeof(uint64));
	return word_a == word_b;
}

/*
 * The reader for the period_spec in argument argno, which must not be NULL.
 *
 * Usually the spec is a constant, and this costs one comparison of some bytes. One
 * that changes from row to row is read again, but its zone is known already.
 */
static inline PeriodReader *
PeriodReaderFor(FunctionCallInfo fcinfo, int argno)
{
	PeriodReader *reader = (PeriodReader *) fcinfo->flinfo->fn_extra;
	PackedView	spec = PackedViewOf(PG_GETARG_DATUM(argno));

	if (likely(reader != NULL && reader->packed != NULL &&
			   PACKED_SIZE(reader->packed) == spec.size &&
			   IsSamePackedSpec(reader->packed->bytes, spec.bytes, spec.size)))
		return reader;
	return ReadPeriods(fcinfo, spec);
}

/* The index of the period that contains day, of days in any order. */
static inline int32
PeriodReaderIndex(PeriodReader *reader, int32 day)
{
	uint32		position = (uint32) day - (uint32) reader->table.first_day;

	if (likely(position < reader->table.num_days))
		return reader->table.first_index + reader->table.periods[position];
	return FindPeriodIndex(reader, day);
}

/* The day of a row's time, under the rule on time zones. */
static inline DateADT
PeriodReaderDay(PeriodReader *reader, Datum at, MomentType type)
{
	if (type == MOMENT_TIMESTAMPTZ && likely(reader->clock != NULL) &&
		likely(!TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(at))))
		return ZoneClockDay(reader->clock, DatumGetTimestampTz(at));
	return CheckedReaderDay(reader, at, type);
}

#endif							/* RETENTION_PERIOD_H */
