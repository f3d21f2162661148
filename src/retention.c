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
 * The state in argument 0: in place if it is one in memory, else read from the
 * packed value. NULL if it is NULL.
 */
static RetentionState *
StateOfArgument(FunctionCallInfo fcinfo, MemoryContext context)
{
	if (PG_ARGISNULL(0))
		return NULL;
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(PG_GETARG_POINTER(0)))
		return (RetentionState *) DatumGetEOHP(PG_GETARG_DATUM(0));
	return ReadRetention(PackedViewOf(PG_GETARG_DATUM(0)), context);
}

/* Where a state lives: with its aggregate, or with the call if there is none. */
static MemoryContext
StateContext(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	return AggCheckCallContext(fcinfo, &context) != 0 ? context : CurrentMemoryContext;
}

/* The state to add customers to, made if there is none yet. */
static RetentionState *
StateForCustomer(FunctionCallInfo fcinfo, CohortKind kind, int periods_argno)
{
	PeriodReader *periods;
	RetentionState *state;

	if (PG_ARGISNULL(periods_argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("periods must not be NULL")));
	periods = PeriodReaderFor(fcinfo, periods_argno);
	RequireNoZone(periods, "day");
	state = StateOfArgument(fcinfo, StateContext(fcinfo));
	if (state == NULL)
		return NewRetentionState(StateContext(fcinfo), kind, &periods->spec);
	RequireSameSpec(state, kind, &periods->spec);
	return state;
}

static Datum
StateDatum(RetentionState *state)
{
	return EOHPGetRWDatum(&state->header);
}

static Datum
UnchangedState(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(0);
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
 * retention_agg(a activity_days, periods): state, a, periods -> state. A customer
 * who was never active, or NULL, is ignored.
 */
Datum
retention_accum_self_born(PG_FUNCTION_ARGS)
{
	DayList		list = DaysOfArgument(fcinfo, 1);
	RetentionState *state;

	if (list.num_days == 0)
		return UnchangedState(fcinfo);
	state = StateForCustomer(fcinfo, COHORT_SELF_BORN, 2);
	AddCustomerDays(state, list.days[0], list.days, list.num_days);
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
	DayList		list = DaysOfArgument(fcinfo, 1);
	RetentionState *state;

	if (PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	CheckFiniteDate(PG_GETARG_DATEADT(2), "cohort_day");
	state = StateForCustomer(fcinfo, COHORT_GIVEN, 3);
	AddCustomerDays(state, PG_GETARG_DATEADT(2), list.days, list.num_days);
	return StateDatum(state);
}

/*
 * Count a customer into the cohort of a start day, with all returns in that
 * cohort's period or later; elapsed, on that day or later. *first_return is the
 * position of the first of them; as starts come in order, it only grows.
 */
static void
AddRecurringCustomer(RetentionState *state, int32 start_day, const DayList *returns,
					 size_t *first_return)
{
	PeriodCut	cut = state->spec.cut;
	int64		first_of_period = PeriodStartOfDay(cut, start_day);
	int64		base_day = state->spec.elapsed ? start_day : Max(first_of_period, FIRST_DATE);
	PeriodSpan	span = PeriodSpanOfDay(cut, start_day);
	int32		cohort = span.index;
	CohortWalk	walk;

	CHECK_FOR_INTERRUPTS();
	BeginWalk(&walk, state, cohort);
	NoteSeenDay(state, start_day);
	while (*first_return < returns->num_days && returns->days[*first_return] < base_day)
		(*first_return)++;
	if (*first_return < returns->num_days)
		NoteSeenDay(state, returns->days[*first_return]);
	for (size_t i = *first_return; i < returns->num_days; i++)
	{
		int32		day = returns->days[i];

		NotePeriodAge(state, &walk, state->spec.elapsed
					  ? (int32) ((day - base_day) / ElapsedDays(cut))
					  : PeriodIndexNear(cut, day, &span) - cohort);
	}
	EndWalk(&walk);
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
	RetentionState *state;
	size_t		first_return = 0;
	int32		last_cohort = 0;

	if (starts.num_days == 0)
		return UnchangedState(fcinfo);
	state = StateForCustomer(fcinfo, COHORT_RECURRING, 3);
	for (size_t i = 0; i < starts.num_days; i++)
	{
		int32		cohort = PeriodIndex(state->spec.cut, starts.days[i]);

		if (i == 0 || cohort != last_cohort)
			AddRecurringCustomer(state, starts.days[i], &returns, &first_return);
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
	MemoryContext context = StateContext(fcinfo);
	RetentionState *state = StateOfArgument(fcinfo, context);
	RetentionState *other = ReadRetention(PackedViewOf(PG_GETARG_DATUM(1)), CurrentMemoryContext);

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
