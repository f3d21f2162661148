/*
 * revenue.c
 *	  revenue_summary: the type, the aggregate over mrr_timeline, merging.
 */
#include "revenue.h"

#include "miscadmin.h"
#include "utils/memutils.h"

const PackedType RevenueSummaryType = {
	.name = "revenue_summary",
	.check = RevenueCheck
};

PACKED_SUMMARY_FUNCTIONS(revenue_summary, &RevenueSummaryType)

PG_FUNCTION_INFO_V1(revenue_accum);
PG_FUNCTION_INFO_V1(revenue_summary_merge);
PG_FUNCTION_INFO_V1(revenue_summary_combine);

/* Whether a timeline has any line. */
bool
HasLines(PackedView timeline)
{
	if (TimelineIsOpen(timeline.bytes))
		timeline = CanonicalTimeline(timeline);
	return timeline.size > PACKED_HEADER_SIZE;
}

/* How argument argno, a period_spec, cuts days; an error if it says more than that. */
PeriodCut
CutOfArgument(FunctionCallInfo fcinfo, int argno)
{
	PeriodReader *periods;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("periods must not be NULL")));
	periods = PeriodReaderFor(fcinfo, argno);
	RequireCalendarPeriods(periods);
	RequireNoZone(periods, "date");
	return periods->spec.cut;
}

/* A packed summary in memory. */
static RevenueState *
StateOfPacked(PackedView summary, MemoryContext context)
{
	RevenueHead head = RevenueReadHead(summary.bytes);
	RevenueState *state = NewRevenueState(context, head.cut,
										  (PackedFlags(summary.bytes) & REVENUE_FLAG_PRODUCTS) != 0);

	MergeRevenue(state, summary);
	return state;
}

/*
 * The state in argument 0: in place if it is one in memory, else read from the
 * packed value. NULL if it is NULL.
 */
static RevenueState *
StateOfArgument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return NULL;
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(PG_GETARG_POINTER(0)))
		return (RevenueState *) DatumGetEOHP(PG_GETARG_DATUM(0));
	return StateOfPacked(PackedViewOf(PG_GETARG_DATUM(0)), StateContext(fcinfo));
}

static Datum
StateDatum(RevenueState *state)
{
	return EOHPGetRWDatum(&state->header);
}

/* The state to add a timeline to, made if there is none yet. */
static RevenueState *
StateForTimeline(FunctionCallInfo fcinfo, PeriodCut cut, bool has_products)
{
	RevenueState *state = StateOfArgument(fcinfo);

	if (state == NULL)
		return NewRevenueState(StateContext(fcinfo), cut, has_products);
	RequireSameRevenue(state, cut, has_products);
	return state;
}

/*
 * revenue_agg(t mrr_timeline, periods): state, t, periods -> state. A timeline that is
 * NULL or without any line is ignored.
 */
Datum
revenue_accum(PG_FUNCTION_ARGS)
{
	PackedView	timeline;
	RevenueState *state;
	MemoryContext old_context;

	if (PG_ARGISNULL(1))
		return UnchangedState(fcinfo);
	timeline = PackedViewOf(PG_GETARG_DATUM(1));
	if (!HasLines(timeline))
		return UnchangedState(fcinfo);
	state = StateForTimeline(fcinfo, CutOfArgument(fcinfo, 2),
							 TimelineHasProducts(timeline.bytes));
	old_context = MemoryContextSwitchTo(state->context);
	ReadTimeline(timeline, &state->timeline);
	MemoryContextSwitchTo(old_context);
	NoteStarts(state, state->timeline.first_start, state->timeline.last_start);
	AddCustomer(state);
	return StateDatum(state);
}

/*
 * state, summary -> state: transition of merge_agg and combine function of the
 * aggregate over mrr_timeline. Strict.
 */
Datum
revenue_summary_merge(PG_FUNCTION_ARGS)
{
	RevenueState *state = StateOfArgument(fcinfo);

	MergeRevenue(state, PackedViewOf(PG_GETARG_DATUM(1)));
	return StateDatum(state);
}

/* combine(a, b): the customers of both, who must be others; NULL counts as none. */
Datum
revenue_summary_combine(PG_FUNCTION_ARGS)
{
	RevenueState *sum;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	sum = StateOfPacked(PackedViewOf(PG_GETARG_DATUM(0)), CurrentMemoryContext);
	MergeRevenue(sum, PackedViewOf(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(PackRevenue(sum));
}
