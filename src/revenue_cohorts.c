/*
 * revenue_cohorts.c
 *	  revenue_cohort_summary: the type, its aggregates, revenue_cohorts().
 *
 * A customer is in the cohort of the first period at whose end he pays. For each
 * cohort the changes of what it pays are kept, by period.
 */
#include "revenue.h"
#include "revenue_cohort_format.h"

#include "common/int.h"
#include "interrupts.h"
#include "utils/memutils.h"

static const PackedType RevenueCohortSummaryType = {
	.name = "revenue_cohort_summary",
	.check = RevenueCohortCheck
};

PACKED_SUMMARY_FUNCTIONS(revenue_cohort_summary, &RevenueCohortSummaryType)

PG_FUNCTION_INFO_V1(revenue_cohort_accum);
PG_FUNCTION_INFO_V1(revenue_cohort_summary_merge);
PG_FUNCTION_INFO_V1(revenue_cohort_summary_combine);
PG_FUNCTION_INFO_V1(revenue_cohorts);

/* A change: the cohort above, the period below, in an order that can be compared. */
typedef struct ChangeItem
{
	uint64		key;
	CohortRevenue change;
	char		status;
} ChangeItem;

#define SH_PREFIX changes
#define SH_ELEMENT_TYPE ChangeItem
#define SH_KEY_TYPE uint64
#define SH_KEY key
#define SH_HASH_KEY(tb, key) HashForTable(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SIGN_BIT 0x80000000

static inline uint64
ChangeKey(int32 cohort, int32 index)
{
	return (uint64) ((uint32) cohort ^ SIGN_BIT) << 32 | ((uint32) index ^ SIGN_BIT);
}

static inline int32
CohortOfKey(uint64 key)
{
	return (int32) ((uint32) (key >> 32) ^ SIGN_BIT);
}

static inline int32
PeriodOfKey(uint64 key)
{
	return (int32) ((uint32) key ^ SIGN_BIT);
}

/* A summary in memory: an expanded object, as a RevenueState is. */
typedef struct CohortState
{
	ExpandedObjectHeader header;
	MemoryContext context;		/* of everything below */
	PeriodCut	cut;
	bool		has_starts;		/* whether the two that follow are set */
	int32		first_start;
	int32		last_start;
	changes_hash *changes;
	Packed	   *packed;			/* the same packed; NULL: not known */
	Timeline	timeline;		/* of the customer that is added */
} CohortState;

static Size GetFlatSize(ExpandedObjectHeader *header);
static void FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated_size);

static const ExpandedObjectMethods cohort_methods = {
	.get_flat_size = GetFlatSize,
	.flatten_into = FlattenInto
};

/* A summary without customers, in a memory context that it may share with others. */
static CohortState *
NewCohortState(MemoryContext context, PeriodCut cut)
{
	CohortState *state = (CohortState *) MemoryContextAllocZero(context, sizeof(CohortState));

	EOH_init_header(&state->header, &cohort_methods, context);
	state->context = context;
	state->cut = cut;
	state->changes = changes_create(context, 16, NULL);
	return state;
}

/* Let a summary know of the first and the last start of some lines. */
static void
NoteCohortStarts(CohortState *state, int32 first_start, int32 last_start)
{
	if (state->packed != NULL)
		pfree(state->packed);
	state->packed = NULL;
	if (!state->has_starts || first_start < state->first_start)
		state->first_start = first_start;
	if (!state->has_starts || last_start > state->last_start)
		state->last_start = last_start;
	state->has_starts = true;
}

static void
AddCohortChange(CohortState *state, int32 cohort, int32 index, const CohortRevenue *change)
{
	bool		found;
	ChangeItem *item = changes_insert(state->changes, ChangeKey(cohort, index), &found);

	if (!found)
		item->change = (CohortRevenue) {0, 0, 0};
	if (!AddCohortRevenue(&item->change, change))
		MoneyOutOfRange();
}

/* Count the customer whose changes are in state->timeline, which are used up. */
static void
AddCohortCustomer(CohortState *state)
{
	Timeline   *timeline = &state->timeline;
	bool		has_paid = false;
	int32		cohort = 0;
	Money		gross = 0;
	int32		num_products;
	MrrWalk		walk;
	MrrStep		step;

	if (!MrrSortChanges(timeline->changes, &timeline->num_changes, &num_products))
		MoneyOutOfRange();
	MrrWalkBegin(&walk, state->cut, timeline->changes, timeline->num_changes, NULL, 0);
	while (NextMrrStep(&walk, &step))
	{
		CohortRevenue change;
		Money		gross_before = gross;

		if (step.before == step.after)
			continue;
		if (!has_paid)
			cohort = step.index;
		gross = has_paid ? Min(gross, step.after) : step.after;
		has_paid = true;
		change.customers = (step.after > 0) - (step.before > 0);
		change.mrr = step.after - step.before;
		change.gross_mrr = gross - gross_before;
		AddCohortChange(state, cohort, step.index, &change);
	}
}

/* ---- packing ---- */

static int
CompareItems(const void *a, const void *b, void *argument)
{
	const ChangeItem *item_a = *(ChangeItem *const *) a;
	const ChangeItem *item_b = *(ChangeItem *const *) b;

	(void) argument;
	return item_a->key < item_b->key ? -1 : item_a->key > item_b->key;
}

static bool
IsNothing(const CohortRevenue *change)
{
	return change->customers == 0 && change->mrr == 0 && change->gross_mrr == 0;
}

/* All changes that are not nothing, in order; *num_items of them. */
static ChangeItem **
SortItems(const CohortState *state, size_t *num_items)
{
	ChangeItem **items = (ChangeItem **)
		palloc_extended(sizeof(ChangeItem *) * ((size_t) state->changes->members + 1),
						MCXT_ALLOC_HUGE);
	changes_iterator iterator;
	ChangeItem *item;

	*num_items = 0;
	changes_start_iterate(state->changes, &iterator);
	while ((item = changes_iterate(state->changes, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!IsNothing(&item->change))
			items[(*num_items)++] = item;
	}
	SortArray(items, *num_items, sizeof(ChangeItem *), CompareItems, NULL);
	return items;
}

/* An error if what a cohort pays is out of range, though all changes are not. */
static void
CheckCohortSum(CohortRevenue *sum, const CohortRevenue *change)
{
	if (!AddCohortRevenue(sum, change))
		MoneyOutOfRange();
}

/* Write the changes of one cohort, or only add up their size. */
static void
PutChangesOfCohort(RevenueWriter *writer, ChangeItem *const *items, size_t num_items)
{
	CohortRevenue sum = {0};

	for (size_t i = 0; i < num_items; i++)
	{
		if (i > 0)
			PutCount(writer, (uint64) ((int64) PeriodOfKey(items[i]->key)
									   - PeriodOfKey(items[i - 1]->key) - 1));
		CheckCohortSum(&sum, &items[i]->change);
		PutCohortChange(writer, &items[i]->change);
	}
}

static void
PutCohorts(const CohortState *state, ChangeItem *const *items, size_t num_items,
		   RevenueWriter *writer)
{
	int64		expected = PeriodIndex(state->cut, state->first_start);
	int64		total = 0;

	for (size_t i = 0; i < num_items;)
	{
		size_t		first = i;
		int32		cohort = CohortOfKey(items[i]->key);

		while (i < num_items && CohortOfKey(items[i]->key) == cohort)
			i++;
		if (pg_add_s64_overflow(total, items[first]->change.customers, &total))
			CustomersOutOfRange();
		PutCohort(writer, (uint64) (cohort - expected), i - first);
		PutChangesOfCohort(writer, items + first, i - first);
		expected = (int64) cohort + 1;
	}
}

/* The canonical bytes of a summary in which a start was noted. */
static Packed *
PackCohorts(const CohortState *state)
{
	RevenueHead head = {state->cut, state->first_start, state->last_start};
	RevenueWriter writer = {NULL, REVENUE_HEAD_SIZE};
	size_t		num_items;
	ChangeItem **items = SortItems(state, &num_items);
	Packed	   *packed;

	Assert(state->has_starts);
	PutCohorts(state, items, num_items, &writer);
	packed = PackedAlloc(writer.size);
	RevenueWriteHead(packed->bytes, PACKED_REVENUE_COHORT_SUMMARY, 0, &head);
	writer.next = packed->bytes + REVENUE_HEAD_SIZE;
	PutCohorts(state, items, num_items, &writer);
	pfree(items);
	Assert(RevenueCohortCheck(packed->bytes, PACKED_SIZE(packed)) == NULL);
	return packed;
}

/* The server asks how large the packed value is, and soon after for it. */
static Size
GetFlatSize(ExpandedObjectHeader *header)
{
	CohortState *state = (CohortState *) header;

	if (state->packed == NULL)
	{
		MemoryContext old_context = MemoryContextSwitchTo(state->context);

		state->packed = PackCohorts(state);
		MemoryContextSwitchTo(old_context);
	}
	return VARSIZE(state->packed);
}

static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated_size)
{
	CohortState *state = (CohortState *) header;

	Assert(state->packed != NULL && allocated_size == VARSIZE(state->packed));
	memcpy(result, state->packed, allocated_size);
}

/* ---- the aggregates ---- */

/* Add the customers of a packed summary, who must be others. */
static void
MergeCohorts(CohortState *state, PackedView other)
{
	RevenueHead head = RevenueReadHead(other.bytes);
	CohortReader reader;
	CohortChange change;

	RequireSameCut(state->cut, head.cut);
	NoteCohortStarts(state, head.first_start, head.last_start);
	CohortReadBegin(&reader, other.bytes, other.size);
	while (CohortReadChange(&reader, &change))
		AddCohortChange(state, change.cohort, change.index, &change.change);
}

static CohortState *
StateOfPacked(PackedView summary, MemoryContext context)
{
	CohortState *state = NewCohortState(context, RevenueReadHead(summary.bytes).cut);

	MergeCohorts(state, summary);
	return state;
}

/*
 * The state in argument 0: in place if it is one in memory, else read from the
 * packed value. NULL if it is NULL.
 */
static CohortState *
StateOfArgument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return NULL;
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(PG_GETARG_POINTER(0)))
		return (CohortState *) DatumGetEOHP(PG_GETARG_DATUM(0));
	return StateOfPacked(PackedViewOf(PG_GETARG_DATUM(0)), StateContext(fcinfo));
}

static Datum
StateDatum(CohortState *state)
{
	return EOHPGetRWDatum(&state->header);
}

/*
 * revenue_cohort_agg(t mrr_timeline, periods): state, t, periods -> state. A timeline
 * that is NULL or without any line is ignored.
 */
Datum
revenue_cohort_accum(PG_FUNCTION_ARGS)
{
	PackedView	timeline = {NULL, 0};
	PeriodCut	cut;
	CohortState *state;
	MemoryContext old_context;

	if (!PG_ARGISNULL(1))
		timeline = PackedViewOf(PG_GETARG_DATUM(1));
	if (timeline.bytes == NULL || !HasLines(timeline))
		return UnchangedState(fcinfo);
	cut = CutOfArgument(fcinfo, 2);
	state = StateOfArgument(fcinfo);
	if (state == NULL)
		state = NewCohortState(StateContext(fcinfo), cut);
	RequireSameCut(state->cut, cut);
	old_context = MemoryContextSwitchTo(state->context);
	ReadTimeline(timeline, &state->timeline);
	MemoryContextSwitchTo(old_context);
	NoteCohortStarts(state, state->timeline.first_start, state->timeline.last_start);
	AddCohortCustomer(state);
	return StateDatum(state);
}

/*
 * state, summary -> state: transition of merge_agg and combine function of
 * revenue_cohort_agg. Strict.
 */
Datum
revenue_cohort_summary_merge(PG_FUNCTION_ARGS)
{
	CohortState *state = StateOfArgument(fcinfo);

	MergeCohorts(state, PackedViewOf(PG_GETARG_DATUM(1)));
	return StateDatum(state);
}

/* combine(a, b): the customers of both, who must be others; NULL counts as none. */
Datum
revenue_cohort_summary_combine(PG_FUNCTION_ARGS)
{
	CohortState *sum;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	sum = StateOfPacked(PackedViewOf(PG_GETARG_DATUM(0)), CurrentMemoryContext);
	MergeCohorts(sum, PackedViewOf(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(PackCohorts(sum));
}

/* ---- revenue_cohorts ---- */

/* The rows of one cohort, from one change to the next. */
typedef struct CohortRows
{
	ReturnSetInfo *result;
	RowBuilder	row;
	RowMemory	memory;
	PeriodCut	cut;
	int32		as_of;
	int64		last_index;		/* of the period of as_of */
	int64		cohort;
	int64		next_index;		/* of the next row */
	CohortRevenue first;
	CohortRevenue now;
} CohortRows;

static void
EmitCohortRow(CohortRows *rows)
{
	RowBuilder *row = &rows->row;

	BeginRow(&rows->memory);
	AddColumn(row, DateADTGetDatum(CheckedFirstDay(rows->cut, rows->cohort)));
	AddColumn(row, Int32GetDatum((int32) (rows->next_index - rows->cohort)));
	AddColumn(row, DateADTGetDatum(CheckedFirstDay(rows->cut, rows->next_index)));
	AddColumn(row, Int64GetDatum(rows->first.customers));
	AddColumn(row, Int64GetDatum(rows->now.customers));
	AddMoneyColumn(row, rows->first.mrr);
	AddMoneyColumn(row, rows->now.mrr);
	AddMoneyColumn(row, rows->now.gross_mrr);
	AddRatioColumn(row, rows->now.customers, rows->first.customers);
	AddRatioColumn(row, rows->now.mrr, rows->first.mrr);
	AddRatioColumn(row, rows->now.gross_mrr, rows->first.mrr);
	AddColumn(row, BoolGetDatum(PeriodFirstDay(rows->cut, rows->next_index + 1) - 1
								<= rows->as_of));
	EmitRow(rows->result, row);
	EndRow(&rows->memory);
}

/* The rows before a period with a change, all alike. */
static void
EmitCohortRowsUntil(CohortRows *rows, int64 index)
{
	for (; rows->next_index < index && rows->next_index <= rows->last_index; rows->next_index++)
		EmitCohortRow(rows);
}

static void
BeginCohort(CohortRows *rows, const CohortChange *change)
{
	rows->cohort = change->cohort;
	rows->next_index = change->cohort;
	rows->first = change->change;
	rows->now = (CohortRevenue) {0, 0, 0};
}

/* An error if there are more rows than that up to the period of as_of. */
static void
CheckNumCohortRows(PackedView summary, const CohortRows *rows, int64 max_rows)
{
	CohortReader reader;
	CohortChange change;
	int64		num_rows = 0;
	int64		first_cohort = PG_INT64_MAX;

	CohortReadBegin(&reader, summary.bytes, summary.size);
	while (CohortReadChange(&reader, &change))
		if (change.index == change.cohort)
		{
			num_rows += Max(rows->last_index - change.cohort + 1, 0);
			first_cohort = Min(first_cohort, change.cohort);
		}
	if (num_rows > max_rows)
		TooManyRows(num_rows, max_rows, "cohort and period",
					DateForMessage(CheckedFirstDay(rows->cut, first_cohort)),
					DateForMessage(rows->as_of));
}

/*
 * revenue_cohorts(s, as_of date, max_rows bigint) -> set of revenue_cohort_row, one for
 * each cohort and period from its own to that of as_of
 *
 * NULL as_of: the last day on which a line started; NULL max_rows: no limit. A NULL
 * summary has no rows.
 */
Datum
revenue_cohorts(PG_FUNCTION_ARGS)
{
	CohortRows	rows = {0};
	PackedView	summary;
	RevenueHead head;
	CohortReader reader;
	CohortChange change;
	int64		max_rows = MaxRowsArgument(fcinfo, 2);

	rows.result = BeginRows(fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	summary = PackedViewOf(PG_GETARG_DATUM(0));
	head = RevenueReadHead(summary.bytes);
	rows.cut = head.cut;
	rows.as_of = AsOfOrLastStart(fcinfo, 1, &head);
	rows.last_index = PeriodIndex(head.cut, rows.as_of);
	/* so that there are no rows before the first cohort */
	rows.next_index = rows.last_index + 1;
	CheckNumCohortRows(summary, &rows, max_rows);

	CohortReadBegin(&reader, summary.bytes, summary.size);
	while (CohortReadChange(&reader, &change))
	{
		if (change.index == change.cohort)
		{
			EmitCohortRowsUntil(&rows, PG_INT64_MAX);
			BeginCohort(&rows, &change);
		}
		EmitCohortRowsUntil(&rows, change.index);
		(void) AddCohortRevenue(&rows.now, &change.change);
	}
	EmitCohortRowsUntil(&rows, PG_INT64_MAX);
	return (Datum) 0;
}
