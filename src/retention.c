/*
 * retention.c
 *	  retention_summary: the type, the aggregates over activity_days, merging.
 */
#include "retention.h"

#include "miscadmin.h"
#include "utils/memutils.h"

const PackedType RetentionSummaryType = {
	.name = "retention_summary",
	.check = RetentionCheck
};

PACKED_SUMMARY_FUNCTIONS(retention_summary, &RetentionSummaryType)

PG_FUNCTION_INFO_V1(retention_accum_self_born);
PG_FUNCTION_INFO_V1(retention_accum_given);
PG_FUNCTION_INFO_V1(retention_accum_recurring);
PG_FUNCTION_INFO_V1(retention_cohort_day_trap);
PG_FUNCTION_INFO_V1(retention_summary_merge);
PG_FUNCTION_INFO_V1(retention_summary_combine);

/*
 * The state in argument 0, which must not be NULL: in place if it is one in memory,
 * else read from the packed value.
 */
static RetentionState *
StateOfArgument(FunctionCallInfo fcinfo)
{
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(PG_GETARG_POINTER(0)))
		return (RetentionState *) DatumGetEOHP(PG_GETARG_DATUM(0));
	return ReadRetention(PackedViewOf(PG_GETARG_DATUM(0)), StateContext(fcinfo));
}

/* The periods in an argument; their days are in no zone. */
static PeriodReader *
PeriodsOfArgument(FunctionCallInfo fcinfo, int argno)
{
	PeriodReader *periods;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("periods must not be NULL")));
	periods = PeriodReaderFor(fcinfo, argno);
	RequireNoZone(periods, "day");
	return periods;
}

/* The state to add customers to, made if there is none yet. */
static RetentionState *
StateForCustomer(FunctionCallInfo fcinfo, CohortKind kind, const PeriodReader *periods)
{
	RetentionState *state;

	if (PG_ARGISNULL(0))
		return NewRetentionState(StateContext(fcinfo), kind, &periods->spec);
	state = StateOfArgument(fcinfo);
	if (unlikely(state->kind != kind || state->spec_reading != periods->reading))
	{
		RequireSameSpec(state, kind, &periods->spec);
		state->spec_reading = periods->reading;
	}
	return state;
}

static Datum
StateDatum(RetentionState *state)
{
	return EOHPGetRWDatum(&state->header);
}

/* How old a customer of a cohort is on a day: in periods, or if elapsed in their lengths. */
static inline int32
AgeOnDay(PeriodReader *periods, int32 base_day, int32 cohort, int32 day)
{
	if (unlikely(periods->spec.elapsed))
		return (int32) (((int64) day - base_day) / ElapsedDays(periods->spec.cut));
	return PeriodReaderIndex(periods, day) - cohort;
}

/*
 * The mask of a customer's ages on `day` and on the days that follow, in the usual
 * case: the days are stored as gaps, ages are calendar periods below MASK_AGES, and
 * the table has all of them. *day is the last one then; else the result is 0, and
 * nothing has been read.
 */
static uint64
MaskOfDays(const PeriodReader *periods, int32 cohort, const ActivityReader *reader, int32 *day)
{
	const DayTable table = periods->table;
	const uint8 *p = reader->next;
	const uint8 *end = reader->end;
	uint64		position = (uint64) ((int64) *day - table.first_day);
	int32		base = cohort - table.first_index;
	uint64		mask = 0;

	if (reader->encoding != ACTIVITY_GAPS || periods->spec.elapsed ||
		periods->spec.num_brackets > 0)
		return 0;
	for (;;)
	{
		uint64		gap;
		uint32		age;

		if (position >= table.num_days)
			return 0;
		age = (uint32) (table.periods[position] - base);
		if (age >= MASK_AGES)
			return 0;
		mask |= UINT64CONST(1) << age;
		if (p == end)
			break;
		p = ReadVarint(p, &gap);
		position += gap + 1;
	}
	*day = (int32) (table.first_day + (int64) position);
	return mask;
}

/*
 * Count a customer into the cohort of base_day, by the days that a reader has from
 * `day` on, if has_day; those before base_day are ignored.
 */
static void
AddActivity(RetentionState *state, PeriodReader *periods, int32 base_day,
			ActivityReader *reader, bool has_day, int32 day)
{
	int32		cohort = PeriodReaderIndex(periods, base_day);
	int32		last_day = base_day;
	CohortWalk	walk;

	BeginWalk(&walk, state, cohort);
	if (has_day && day >= base_day)
		walk.mask = MaskOfDays(periods, cohort, reader, &day);
	if (walk.mask != 0)
		last_day = day;
	else
		for (; has_day; has_day = ActivityReadNext(reader, &day))
			if (day >= base_day)
			{
				NotePeriodAge(state, &walk, AgeOnDay(periods, base_day, cohort, day));
				last_day = day;
			}
	EndWalk(state, &walk);
	NoteSeenDay(state, base_day);
	NoteSeenDay(state, last_day);
}

/*
 * retention_agg(a activity_days, periods): state, a, periods -> state. A customer
 * who was never active, or NULL, is ignored.
 */
Datum
retention_accum_self_born(PG_FUNCTION_ARGS)
{
	PeriodReader *periods;
	RetentionState *state;
	ActivityReader reader;
	PackedView	activity;
	int32		first_day;

	if (PG_ARGISNULL(1))
		return UnchangedState(fcinfo);
	activity = PackedViewOf(PG_GETARG_DATUM(1));
	ActivityReadBegin(&reader, activity.bytes, activity.size);
	if (!ActivityReadNext(&reader, &first_day))
		return UnchangedState(fcinfo);
	periods = PeriodsOfArgument(fcinfo, 2);
	state = StateForCustomer(fcinfo, COHORT_SELF_BORN, periods);
	AddActivity(state, periods, first_day, &reader, true, first_day);
	return StateDatum(state);
}

/*
 * retention_agg(a activity_days, cohort_day date, periods): state, a, cohort_day,
 * periods -> state. A NULL activity is a customer who never came; a NULL cohort_day
 * is ignored.
 */
Datum
retention_accum_given(PG_FUNCTION_ARGS)
{
	PeriodReader *periods;
	RetentionState *state;
	ActivityReader reader = {0};
	bool		has_day = false;
	int32		day = 0;

	if (PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	CheckFiniteDate(PG_GETARG_DATEADT(2), "cohort_day");
	periods = PeriodsOfArgument(fcinfo, 3);
	state = StateForCustomer(fcinfo, COHORT_GIVEN, periods);
	if (!PG_ARGISNULL(1))
	{
		PackedView	activity = PackedViewOf(PG_GETARG_DATUM(1));

		ActivityReadBegin(&reader, activity.bytes, activity.size);
		has_day = ActivityReadNext(&reader, &day);
	}
	AddActivity(state, periods, PG_GETARG_DATEADT(2), &reader, has_day, day);
	return StateDatum(state);
}

/* The days of an argument; none if it is NULL. */
static DayList
DaysOfArgument(FunctionCallInfo fcinfo, int argno)
{
	DayList		list = {0};

	if (!PG_ARGISNULL(argno))
		DayListRead(&list, PackedViewOf(PG_GETARG_DATUM(argno)));
	return list;
}

/*
 * Count a customer into the cohort of a start day, with all returns in that
 * cohort's period or later; elapsed, on that day or later. *first_return is the
 * position of the first of them; as starts come in order, it only grows.
 */
static void
AddRecurringCustomer(RetentionState *state, PeriodReader *periods, int32 start_day,
					 const DayList *returns, size_t *first_return)
{
	int32		cohort = PeriodReaderIndex(periods, start_day);
	int64		first_of_period = PeriodFirstDay(periods->spec.cut, cohort);
	int32		base_day = periods->spec.elapsed ? start_day
		: (int32) Max(first_of_period, FIRST_DATE);
	CohortWalk	walk;

	CHECK_FOR_INTERRUPTS();
	BeginWalk(&walk, state, cohort);
	NoteSeenDay(state, start_day);
	while (*first_return < returns->num_days && returns->days[*first_return] < base_day)
		(*first_return)++;
	if (*first_return < returns->num_days)
		NoteSeenDay(state, returns->days[*first_return]);
	for (size_t i = *first_return; i < returns->num_days; i++)
		NotePeriodAge(state, &walk, AgeOnDay(periods, base_day, cohort, returns->days[i]));
	EndWalk(state, &walk);
}

/*
 * recurring_retention_agg(start activity_days, return activity_days, periods):
 * state, start, return, periods -> state. A customer is in each cohort in whose
 * period start has activity; a NULL return is a customer who never came back; a
 * NULL or empty start is ignored.
 */
Datum
retention_accum_recurring(PG_FUNCTION_ARGS)
{
	DayList		starts = DaysOfArgument(fcinfo, 1);
	DayList		returns = DaysOfArgument(fcinfo, 2);
	PeriodReader *periods;
	RetentionState *state;
	size_t		first_return = 0;
	int32		last_cohort = 0;

	if (starts.num_days == 0)
		return UnchangedState(fcinfo);
	periods = PeriodsOfArgument(fcinfo, 3);
	state = StateForCustomer(fcinfo, COHORT_RECURRING, periods);
	for (size_t i = 0; i < starts.num_days; i++)
	{
		int32		cohort = PeriodReaderIndex(periods, starts.days[i]);

		if (i == 0 || cohort != last_cohort)
			AddRecurringCustomer(state, periods, starts.days[i], &returns, &first_return);
		last_cohort = cohort;
	}
	NoteSeenDay(state, starts.days[starts.num_days - 1]);
	if (first_return < returns.num_days)
		NoteSeenDay(state, returns.days[returns.num_days - 1]);
	return StateDatum(state);
}

/*
 * retention_agg(activity_days, timestamptz, periods): always an error, so that no
 * column is cast through the session's TimeZone in silence.
 */
Datum
retention_cohort_day_trap(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cohort_day must be a date"),
			 errhint("Write DATE '2024-01-31', or (at AT TIME ZONE 'Europe/Berlin')::date.")));
	PG_RETURN_NULL();
}

/*
 * state, summary -> state: transition of merge_agg and combine function of the
 * aggregates over activity_days. Strict.
 */
Datum
retention_summary_merge(PG_FUNCTION_ARGS)
{
	RetentionState *state = StateOfArgument(fcinfo);
	RetentionState *other = ReadRetention(PackedViewOf(PG_GETARG_DATUM(1)), NewStateContext());

	MergeRetention(state, other);
	MemoryContextDelete(other->context);
	return StateDatum(state);
}

/* combine(a, b): the customers of both, who must be others; NULL counts as none. */
Datum
retention_summary_combine(PG_FUNCTION_ARGS)
{
	RetentionState *sum;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	sum = ReadRetention(PackedViewOf(PG_GETARG_DATUM(0)), CurrentMemoryContext);
	MergeRetention(sum, ReadRetention(PackedViewOf(PG_GETARG_DATUM(1)), CurrentMemoryContext));
	PG_RETURN_POINTER(PackRetention(sum));
}
