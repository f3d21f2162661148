/*
 * period.c
 *	  The periods that dates and timestamps fall into.
 *
 * The rule on time zones holds everywhere: a timestamptz is a moment, which is
 * on different days in different places, so its period_spec names the zone. A
 * date or a timestamp is a local day already, so its period_spec must not. The
 * session's TimeZone is never asked.
 */
#include "period.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

/* A day, in ISO form whatever DateStyle says, for messages. */
char *
DateForMessage(DateADT day)
{
	char		text[MAXDATELEN + 1];
	struct pg_tm tm;

	if (DATE_NOT_FINITE(day))
		return pstrdup(DATE_IS_NOBEGIN(day) ? "-infinity" : "infinity");
	j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, text);
	return pstrdup(text);
}

/* Refuse infinity; what names the argument in the message. */
void
CheckFiniteDate(DateADT day, const char *what)
{
	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%s must be a finite date, not %s", what, DateForMessage(day))));
}

/* The same for a timestamp, with or without time zone. */
void
CheckFiniteTimestamp(int64 at)
{
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the time must be finite, not %s",
						TIMESTAMP_IS_NOBEGIN(at) ? "-infinity" : "infinity")));
}

/* Read a spec into a reader, instead of the one before. */
static void
FillReader(PeriodReader *reader, PackedView view)
{
	static uint64 num_readings = 0;
	MemoryContext old_context;
	Packed	   *packed;
	int32	   *brackets;

	reader->packed = NULL;		/* should this fail, the reader is empty */
	MemoryContextReset(reader->context);
	old_context = MemoryContextSwitchTo(reader->context);
	brackets = (int32 *) palloc(sizeof(int32) * (PackedNumBrackets(view.bytes) + 1));
	reader->span = NO_PERIOD_SPAN;
	reader->table.num_days = 0;
	reader->num_lookups = 0;
	packed = PackedAlloc(view.size);
	memcpy(packed->bytes, view.bytes, view.size);
	PeriodSpecUnpack(packed->bytes, view.size, &reader->spec, brackets);
	reader->clock = NULL;
	if (reader->spec.zone_length > 0)
		reader->clock = ZoneClockNamed(&reader->clocks,
									   cstring_to_text_with_len(reader->spec.zone,
																(int) reader->spec.zone_length));
	reader->packed = packed;
	reader->reading = ++num_readings;
	MemoryContextSwitchTo(old_context);
}

static PeriodReader *
NewReader(MemoryContext parent)
{
	PeriodReader *reader = (PeriodReader *) MemoryContextAllocZero(parent, sizeof(PeriodReader));

	reader->clocks.context = parent;
	reader->context = AllocSetContextCreate(parent, "retention periods", ALLOCSET_SMALL_SIZES);
	return reader;
}

/* PeriodReaderFor() where the spec is not that of the row before. */
PeriodReader *
ReadPeriods(FunctionCallInfo fcinfo, PackedView spec)
{
	PeriodReader *reader = (PeriodReader *) fcinfo->flinfo->fn_extra;

	if (reader == NULL)
	{
		reader = NewReader(fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = reader;
	}
	FillReader(reader, spec);
	return reader;
}

/* A table is made only for a reader that lives for so many days. */
#define LOOKUPS_BEFORE_TABLE 200

/* It begins with so many days to either side; 16 bits hold the periods of the largest. */
#define FIRST_TABLE_REACH 1024
#define MAX_TABLE_DAYS 65536

/* Have a table of the days from first_day to last_day, as far as they are dates. */
static void
FillDayTable(PeriodReader *reader, int64 first_day, int64 last_day)
{
	DayTable   *table = &reader->table;
	PeriodSpan	span = NO_PERIOD_SPAN;

	first_day = Max(first_day, FIRST_DATE);
	last_day = Min(last_day, LAST_DATE);
	if (table->num_days > 0)
		pfree(table->periods);
	table->num_days = 0;
	table->periods = (uint16 *)
		MemoryContextAlloc(reader->context, sizeof(uint16) * (last_day - first_day + 1));
	table->first_day = (int32) first_day;
	table->first_index = PeriodIndex(reader->spec.cut, (int32) first_day);
	for (int64 day = first_day; day <= last_day; day++)
		table->periods[day - first_day] = (uint16)
			(PeriodIndexNear(reader->spec.cut, (int32) day, &span) - table->first_index);
	table->num_days = (uint32) (last_day - first_day + 1);
}

/*
 * PeriodReaderIndex() of a day that the table does not have. It grows to have it, by
 * as much again as it was, unless that would be too much: a day in the year 9999 is
 * looked up by itself.
 */
int32
FindPeriodIndex(PeriodReader *reader, int32 day)
{
	const DayTable *table = &reader->table;
	int64		first_day = (int64) day - FIRST_TABLE_REACH;
	int64		last_day = (int64) day + FIRST_TABLE_REACH;

	if (++reader->num_lookups < LOOKUPS_BEFORE_TABLE)
		return PeriodIndexNear(reader->spec.cut, day, &reader->span);
	if (table->num_days > 0)
	{
		first_day = Min(first_day, table->first_day);
		last_day = Max(last_day, (int64) table->first_day + table->num_days - 1);
		if (day < table->first_day)
			first_day = Min(first_day, table->first_day - (int64) table->num_days);
		else
			last_day = Max(last_day, table->first_day + 2 * (int64) table->num_days);
	}
	if (last_day - first_day >= MAX_TABLE_DAYS)
		return PeriodIndexNear(reader->spec.cut, day, &reader->span);
	FillDayTable(reader, first_day, last_day);
	return PeriodReaderIndex(reader, day);
}

/* Refuse what only retention_summary understands. */
void
RequireCalendarPeriods(const PeriodReader *reader)
{
	if (reader->spec.elapsed || reader->spec.num_brackets > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a period_spec with %s has no meaning here",
						reader->spec.elapsed ? "elapsed" : "brackets"),
				 errhint("Both count the age of a customer: they belong to retention_agg().")));
}

/* Days are local already: refuse a spec with a zone. */
void
RequireNoZone(const PeriodReader *reader, const char *type_name)
{
	if (unlikely(reader->spec.zone_length > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period_spec \"%s\" has a time zone, but a %s is in none",
						PeriodSpecText(&reader->spec), type_name),
				 errhint("Leave the zone out: '%s'.", PeriodUnitName(reader->spec.cut))));
}

static void
RequireZone(const PeriodReader *reader)
{
	if (unlikely(reader->spec.zone_length == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period_spec \"%s\" has no time zone, and a timestamp with time zone is on different days in different zones",
						PeriodSpecText(&reader->spec)),
				 errhint("Say which: '%s Europe/Berlin', or write DATE '2024-01-31'.",
						 PeriodUnitName(reader->spec.cut))));
}

/* PeriodReaderDay() in all cases, the usual one too. */
DateADT
CheckedReaderDay(PeriodReader *reader, Datum at, MomentType type)
{
	switch (type)
	{
		case MOMENT_DATE:
			RequireNoZone(reader, "date");
			CheckFiniteDate(DatumGetDateADT(at), "the day");
			return DatumGetDateADT(at);
		case MOMENT_TIMESTAMP:
			RequireNoZone(reader, "timestamp without time zone");
			CheckFiniteTimestamp(DatumGetTimestamp(at));
			return DayOfTimestamp(DatumGetTimestamp(at));
		case MOMENT_TIMESTAMPTZ:
			RequireZone(reader);
			CheckFiniteTimestamp(DatumGetTimestampTz(at));
			return ZoneClockDay(reader->clock, DatumGetTimestampTz(at));
	}
	pg_unreachable();
}

/* The local day of a timestamptz in a zone of its own. */
static DateADT
DayInZoneOfRow(FunctionCallInfo fcinfo, PeriodReader *reader)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	text	   *zone = PG_GETARG_TEXT_PP(2);

	if (reader->spec.zone_length > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("two time zones: \"%s\" in the period_spec and \"%s\"",
						pnstrdup(reader->spec.zone, reader->spec.zone_length),
						text_to_cstring(zone)),
				 errhint("Leave the zone out of the period_spec: '%s'.",
						 PeriodUnitName(reader->spec.cut))));
	CheckFiniteTimestamp(at);
	return ZoneClockDay(ZoneClockNamed(&reader->clocks, zone), at);
}

/* A day that belongs to the period with an index, or an error if it is no date. */
static DateADT
CheckedDate(int64 day, PeriodCut cut, int64 index, const char *which)
{
	if (unlikely(day < FIRST_DATE || day > LAST_DATE))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%s of the %s with index " INT64_FORMAT " is out of range for type date",
						which, PeriodUnitName(cut), index),
				 errdetail("Dates go from %s to %s.", DateForMessage(FIRST_DATE),
						   DateForMessage(LAST_DATE))));
	return (DateADT) day;
}

/* The first day of a period, or an error if there is no such date. */
DateADT
CheckedFirstDay(PeriodCut cut, int64 index)
{
	return CheckedDate(PeriodFirstDay(cut, index), cut, index, "the first day");
}

/* The day after the last day of a period, or an error if there is no such date. */
DateADT
CheckedEndDay(PeriodCut cut, int64 index)
{
	return CheckedDate(PeriodFirstDay(cut, index + 1), cut, index, "the end");
}

/* day of the period that contains day: period_start() */
static Datum
StartOfDay(PeriodCut cut, DateADT day)
{
	int64		start = PeriodStartOfDay(cut, day);

	if (unlikely(start < FIRST_DATE))
		CheckedFirstDay(cut, PeriodIndex(cut, day));
	return DateADTGetDatum((DateADT) start);
}

/* the day after that period's last: period_end() */
static Datum
EndOfDay(PeriodCut cut, DateADT day)
{
	return DateADTGetDatum(CheckedEndDay(cut, PeriodIndex(cut, day)));
}

/* its number, 0 for the one with 1970-01-01: period_index() */
static Datum
IndexOfDay(PeriodCut cut, DateADT day)
{
	return Int32GetDatum(PeriodIndex(cut, day));
}

/*
 * name(at date | timestamp | timestamptz, periods period_spec) and
 * name(at timestamptz, periods period_spec, timezone text). All strict.
 */
#define PERIOD_FUNCTION(name, day_expression, answer) \
PG_FUNCTION_INFO_V1(name); \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	PeriodReader *reader = PeriodReaderFor(fcinfo, 1); \
	RequireCalendarPeriods(reader); \
	return answer(reader->spec.cut, day_expression); \
}

#define PERIOD_FUNCTIONS(name, answer) \
PERIOD_FUNCTION(name##_date, \
				PeriodReaderDay(reader, PG_GETARG_DATUM(0), MOMENT_DATE), answer) \
PERIOD_FUNCTION(name##_timestamp, \
				PeriodReaderDay(reader, PG_GETARG_DATUM(0), MOMENT_TIMESTAMP), answer) \
PERIOD_FUNCTION(name##_timestamptz, \
				PeriodReaderDay(reader, PG_GETARG_DATUM(0), MOMENT_TIMESTAMPTZ), answer) \
PERIOD_FUNCTION(name##_in_zone, DayInZoneOfRow(fcinfo, reader), answer)

PERIOD_FUNCTIONS(period_start, StartOfDay)
PERIOD_FUNCTIONS(period_end, EndOfDay)
PERIOD_FUNCTIONS(period_index, IndexOfDay)

PG_FUNCTION_INFO_V1(period_zone_trap);
PG_FUNCTION_INFO_V1(period_add);
PG_FUNCTION_INFO_V1(period_diff);

/* What all traps for a local time with a time zone say. */
void
RefuseZoneOfLocalTime(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a time zone is only of use with a timestamp with time zone"),
			 errhint("Leave the zone out: a date or a timestamp without time zone is a local time already.")));
}

/*
 * (timestamp | date, period_spec, text): always an error, so that no column is
 * cast to timestamptz through the session's TimeZone in silence.
 */
Datum
period_zone_trap(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	RefuseZoneOfLocalTime();
}

/*
 * period_add(day date, n bigint, periods period_spec) -> date: the first day of
 * the period n after the one that contains day; n may be negative or zero.
 */
Datum
period_add(PG_FUNCTION_ARGS)
{
	PeriodReader *reader = PeriodReaderFor(fcinfo, 2);
	DateADT		day = PeriodReaderDay(reader, PG_GETARG_DATUM(0), MOMENT_DATE);
	int64		n = PG_GETARG_INT64(1);

	RequireCalendarPeriods(reader);
	if (n < PG_INT32_MIN * INT64CONST(2) || n > PG_INT32_MAX * INT64CONST(2))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the %s " INT64_FORMAT " after %s is out of range for type date",
						PeriodUnitName(reader->spec.cut), n, DateForMessage(day))));
	PG_RETURN_DATEADT(CheckedFirstDay(reader->spec.cut, PeriodIndex(reader->spec.cut, day) + n));
}

/*
 * period_diff(from_day date, to_day date, periods period_spec) -> integer: how
 * many starts of a period lie after from_day up to to_day; negative backwards.
 * The range of dates keeps it within an integer.
 */
Datum
period_diff(PG_FUNCTION_ARGS)
{
	PeriodReader *reader = PeriodReaderFor(fcinfo, 2);
	DateADT		from_day = PeriodReaderDay(reader, PG_GETARG_DATUM(0), MOMENT_DATE);
	DateADT		to_day = PeriodReaderDay(reader, PG_GETARG_DATUM(1), MOMENT_DATE);

	RequireCalendarPeriods(reader);
	PG_RETURN_INT32((int32) ((int64) PeriodIndex(reader->spec.cut, to_day)
							 - PeriodIndex(reader->spec.cut, from_day)));
}
