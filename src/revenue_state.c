/*
 * revenue_state.c
 *	  A revenue_summary in memory: adding customers, merging, packing.
 *
 * Everything that revenue_bridge(), trailing_retention() and customer_churn() will
 * ever ask is counted here, once for each customer. What is counted belongs to the
 * periods in which something changed, so that a line that ends in the year 9999, or
 * periods of a day, cost nothing.
 */
#include "revenue.h"

#include "common/int.h"
#include "interrupts.h"
#include "utils/memutils.h"

/* ---- periods and returns by hash ---- */

typedef struct PeriodItem
{
	RevenuePeriod period;		/* its index is the key */
	char		status;
} PeriodItem;

#define SH_PREFIX periods
#define SH_ELEMENT_TYPE PeriodItem
#define SH_KEY_TYPE int32
#define SH_KEY period.index
#define SH_HASH_KEY(tb, key) HashForTable((uint32) (key))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* A return: the period above, the gap below. */
typedef struct ReturnItem
{
	uint64		key;
	Movement	movement;
	char		status;
} ReturnItem;

#define SH_PREFIX returns
#define SH_ELEMENT_TYPE ReturnItem
#define SH_KEY_TYPE uint64
#define SH_KEY key
#define SH_HASH_KEY(tb, key) HashForTable(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Keys in the order of periods, then gaps. */
static inline uint64
ReturnKey(int32 index, int32 gap)
{
	return (uint64) ((uint32) index ^ 0x80000000) << 32 | (uint32) gap;
}

static inline int32
PeriodOfReturn(uint64 key)
{
	return (int32) ((uint32) (key >> 32) ^ 0x80000000);
}

static inline int32
GapOfReturn(uint64 key)
{
	return (int32) (uint32) key;
}

/* The same where the period is not among the recent ones. */
static RevenuePeriod *
FindPeriod(RevenueState *state, int32 index)
{
	bool		found;
	PeriodItem *item = periods_lookup(state->periods, index);

	if (item == NULL)
	{
		/* an insertion moves others */
		memset(state->recent, 0, sizeof(state->recent));
		item = periods_insert(state->periods, index, &found);
		memset(&item->period, 0, sizeof(item->period));
		item->period.index = index;
	}
	state->recent[(uint32) index % NUM_RECENT] = &item->period;
	return &item->period;
}

/* The counts of a period. The pointer holds until another period is asked for. */
static inline RevenuePeriod *
PeriodOf(RevenueState *state, int32 index)
{
	RevenuePeriod *recent = state->recent[(uint32) index % NUM_RECENT];

	if (likely(recent != NULL && recent->index == index))
		return recent;
	return FindPeriod(state, index);
}

static Movement *
ReturnOf(RevenueState *state, int32 index, int32 gap)
{
	bool		found;
	ReturnItem *item = returns_insert(state->returns, ReturnKey(index, gap), &found);

	if (!found)
		item->movement = (Movement) {0, 0};
	return &item->movement;
}

/* ---- a summary ---- */

static Size GetFlatSize(ExpandedObjectHeader *header);
static void FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated_size);

static const ExpandedObjectMethods revenue_methods = {
	.get_flat_size = GetFlatSize,
	.flatten_into = FlattenInto
};

/* A summary without customers, in a memory context that it may share with others. */
RevenueState *
NewRevenueState(MemoryContext context, PeriodCut cut, bool has_products)
{
	RevenueState *state = (RevenueState *) MemoryContextAllocZero(context, sizeof(RevenueState));

	EOH_init_header(&state->header, &revenue_methods, context);
	state->context = context;
	state->cut = cut;
	state->has_products = has_products;
	state->periods = periods_create(context, 16, NULL);
	state->returns = returns_create(context, 16, NULL);
	state->timeline.max_changes = 8;
	state->timeline.changes = (MrrChange *)
		MemoryContextAlloc(context, sizeof(MrrChange) * state->timeline.max_changes);
	return state;
}

/* Before a summary changes: it is to be packed again. */
static inline void
Touch(RevenueState *state)
{
	if (state->packed != NULL)
		pfree(state->packed);
	state->packed = NULL;
}

/* Let a summary know of the first and the last start of some lines. */
void
NoteStarts(RevenueState *state, int32 first_start, int32 last_start)
{
	Touch(state);
	if (!state->has_starts || first_start < state->first_start)
		state->first_start = first_start;
	if (!state->has_starts || last_start > state->last_start)
		state->last_start = last_start;
	state->has_starts = true;
}

/* An error: there are more customers than a bigint can count. */
void
CustomersOutOfRange(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the number of customers is out of range for type bigint")));
}

static inline void
AddMovement(Movement *sum, int64 customers, Money mrr)
{
	if (unlikely(pg_add_s64_overflow(sum->customers, customers, &sum->customers)))
		CustomersOutOfRange();
	sum->mrr = AddMoney(sum->mrr, mrr);
}

/* ---- one customer ---- */

/* Where a customer is in life. */
typedef struct Life
{
	bool		has_paid;		/* at any period-end so far */
	int32		churned;		/* the period of the last churn */
	size_t		num_mrr;		/* of state->mrr */
} Life;

/* The customer did not pay at the end of the period before. */
static inline void
CountFromNothing(RevenueState *state, RevenuePeriod *period, Life *life, const MrrStep *step)
{
	if (step->after == 0)
	{
		if (step->peak > 0)
			AddMovement(&period->inside, 1, step->peak);
	}
	else if (life->has_paid)
		AddMovement(ReturnOf(state, step->index, step->index - life->churned), 1, step->after);
	else
	{
		AddMovement(&period->new_business, 1, step->after);
		life->has_paid = true;
	}
}

static inline void
CountExpansion(RevenuePeriod *period, const MrrStep *step, bool has_products)
{
	Money		expansion = step->after - step->before;

	AddMovement(&period->expansion, 1, expansion);
	if (!has_products)
		return;
	if (step->cross_sell > 0)
		AddMovement(&period->cross_sell, 1, step->cross_sell);
	if (step->cross_sell < expansion)
		period->upsell_customers++;
}

/* Count what a step is. */
static inline void
CountStep(RevenueState *state, Life *life, const MrrStep *step)
{
	RevenuePeriod *period = PeriodOf(state, step->index);

	if (step->before == 0)
		CountFromNothing(state, period, life, step);
	else if (step->after == 0)
	{
		AddMovement(&period->churn, 1, step->before);
		life->churned = step->index;
	}
	else if (step->after > step->before)
		CountExpansion(period, step, state->has_products);
	else if (step->after < step->before)
		AddMovement(&period->contraction, 1, step->before - step->after);
	if (step->was_non_positive || step->is_non_positive)
		AddMovement(&period->non_positive,
					(int) step->is_non_positive - (int) step->was_non_positive,
					(step->is_non_positive ? step->raw_after : 0)
					- (step->was_non_positive ? step->raw_before : 0));
}

/* Keep what the customer pays from the end of a period on. */
static inline void
KeepMrr(RevenueState *state, Life *life, int32 index, Money mrr)
{
	if (unlikely(life->num_mrr == state->max_mrr))
	{
		state->max_mrr = state->max_mrr == 0 ? 32 : state->max_mrr * 2;
		state->mrr = state->mrr == NULL
			? (PeriodMrr *) MemoryContextAlloc(state->context, sizeof(PeriodMrr) * state->max_mrr)
			: (PeriodMrr *) repalloc_huge(state->mrr, sizeof(PeriodMrr) * state->max_mrr);
	}
	state->mrr[life->num_mrr].index = index;
	state->mrr[life->num_mrr].mrr = mrr;
	life->num_mrr++;
}

/* Count how the comparison with the year before changes in a period. */
static void
CountRetained(RevenueState *state, int32 index, Money mrr_before, Money gross_before,
			  Money mrr_after, Money gross_after)
{
	RevenuePeriod *period;

	if (mrr_before == mrr_after && gross_before == gross_after)
		return;
	period = PeriodOf(state, index);
	AddMovement(&period->retained, (mrr_after > 0) - (mrr_before > 0), mrr_after - mrr_before);
	period->gross_retained_mrr = AddMoney(period->gross_retained_mrr,
										  gross_after - gross_before);
}

/*
 * Compare what the customer pays with one year earlier: in each period in which
 * either changes.
 */
static void
CompareYears(RevenueState *state, int32 year, size_t num_mrr)
{
	const PeriodMrr *mrr = state->mrr;
	Money		now = 0;
	Money		then = 0;
	Money		retained = 0;
	Money		gross = 0;

	for (size_t i = 0, j = 0; j < num_mrr;)
	{
		int32		index = mrr[j].index + year;
		Money		retained_before = retained;
		Money		gross_before = gross;

		CHECK_FOR_INTERRUPTS();
		if (i < num_mrr && mrr[i].index < index)
			index = mrr[i].index;
		if (i < num_mrr && mrr[i].index == index)
			now = mrr[i++].mrr;
		if (mrr[j].index + year == index)
			then = mrr[j++].mrr;
		retained = now > 0 && then > 0 ? now : 0;
		gross = Min(now, then);
		CountRetained(state, index, retained_before, gross_before, retained, gross);
	}
}

/* Whether the customer ever pays at the ends of two periods that are a year apart. */
static inline bool
PaysForAYear(const PeriodMrr *mrr, size_t num_mrr, int32 year)
{
	return year > 0 && num_mrr > 0 &&
		(mrr[num_mrr - 1].mrr > 0 || mrr[num_mrr - 1].index > mrr[0].index + year);
}

/* Make room for what a walk knows of products. */
static void
GrowProducts(RevenueState *state, int32 num_products)
{
	if (state->products != NULL)
		pfree(state->products);
	state->products = NULL;
	state->max_products = num_products + num_products / 2 + 8;
	state->products = (MrrProduct *)
		MemoryContextAllocHuge(state->context, sizeof(MrrProduct) * state->max_products);
}

/*
 * Count the customer whose changes are in state->timeline, which are used up. The
 * starts of his lines are noted by the caller.
 */
void
AddCustomer(RevenueState *state)
{
	Timeline   *timeline = &state->timeline;
	int32		year = PeriodsPerYear(state->cut);
	Life		life = {0};
	int32		num_products;
	MrrWalk		walk;
	MrrStep		step;

	Touch(state);
	if (!MrrSortChanges(timeline->changes, &timeline->num_changes, &num_products))
		MoneyOutOfRange();
	if (state->has_products && num_products > state->max_products)
		GrowProducts(state, num_products);
	MrrWalkBegin(&walk, state->cut, timeline->changes, timeline->num_changes,
				 state->has_products ? state->products : NULL, num_products);
	while (NextMrrStep(&walk, &step))
	{
		CountStep(state, &life, &step);
		if (step.before != step.after)
			KeepMrr(state, &life, step.index, step.after);
	}
	if (PaysForAYear(state->mrr, life.num_mrr, year))
		CompareYears(state, year, life.num_mrr);
	timeline->num_changes = 0;
}

/* ---- merging ---- */

/* Refuse revenue that is cut otherwise. */
void
RequireSameCut(PeriodCut cut, PeriodCut other)
{
	PeriodSpec	spec = {.cut = cut};
	PeriodSpec	other_spec = {.cut = other};

	if (unlikely(cut.unit != other.unit || cut.week_start != other.week_start))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("revenue by \"%s\" cannot be combined with revenue by \"%s\"",
						PeriodSpecText(&spec), PeriodSpecText(&other_spec))));
}

/* The same, and revenue that knows of products where this does not, or the reverse. */
void
RequireSameRevenue(const RevenueState *state, PeriodCut cut, bool has_products)
{
	RequireSameCut(state->cut, cut);
	if (state->has_products != has_products)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("revenue with products cannot be combined with revenue without products")));
}

static void
MergePeriod(RevenuePeriod *sum, const RevenuePeriod *other)
{
	AddMovement(&sum->new_business, other->new_business.customers, other->new_business.mrr);
	AddMovement(&sum->expansion, other->expansion.customers, other->expansion.mrr);
	AddMovement(&sum->contraction, other->contraction.customers, other->contraction.mrr);
	AddMovement(&sum->churn, other->churn.customers, other->churn.mrr);
	/* not more than expanded */
	sum->upsell_customers += other->upsell_customers;
	AddMovement(&sum->cross_sell, other->cross_sell.customers, other->cross_sell.mrr);
	AddMovement(&sum->inside, other->inside.customers, other->inside.mrr);
	AddMovement(&sum->non_positive, other->non_positive.customers, other->non_positive.mrr);
	AddMovement(&sum->retained, other->retained.customers, other->retained.mrr);
	sum->gross_retained_mrr = AddMoney(sum->gross_retained_mrr, other->gross_retained_mrr);
}

/* Add the customers of a packed summary, who must be others. */
void
MergeRevenue(RevenueState *state, PackedView other)
{
	RevenueHead head = RevenueReadHead(other.bytes);
	RevenueReader reader;
	RevenuePeriod period;
	RevenueReturn returned;

	RevenueReadBegin(&reader, other.bytes, other.size);
	RequireSameRevenue(state, head.cut, reader.has_products);
	NoteStarts(state, head.first_start, head.last_start);
	while (RevenueReadPeriod(&reader, &period))
	{
		MergePeriod(PeriodOf(state, period.index), &period);
		while (RevenueReadReturn(&reader, &returned))
			AddMovement(ReturnOf(state, period.index, returned.gap),
						returned.movement.customers, returned.movement.mrr);
	}
}

/* ---- packing ---- */

/* All that is to be packed, in order. */
typedef struct SortedRevenue
{
	RevenuePeriod **periods;
	size_t		num_periods;
	ReturnItem **returns;
	size_t		num_returns;
} SortedRevenue;

static int
ComparePeriods(const void *a, const void *b, void *argument)
{
	const RevenuePeriod *period_a = *(RevenuePeriod *const *) a;
	const RevenuePeriod *period_b = *(RevenuePeriod *const *) b;

	(void) argument;
	return period_a->index < period_b->index ? -1 : period_a->index > period_b->index;
}

static int
CompareReturns(const void *a, const void *b, void *argument)
{
	const ReturnItem *item_a = *(ReturnItem *const *) a;
	const ReturnItem *item_b = *(ReturnItem *const *) b;

	(void) argument;
	return item_a->key < item_b->key ? -1 : item_a->key > item_b->key;
}

static void *
AllocPointers(size_t num)
{
	return palloc_extended(sizeof(void *) * (num + 1), MCXT_ALLOC_HUGE);
}

static SortedRevenue
SortRevenue(const RevenueState *state)
{
	SortedRevenue sorted = {0};
	periods_iterator period_iterator;
	returns_iterator return_iterator;
	PeriodItem *period;
	ReturnItem *returned;

	sorted.periods = (RevenuePeriod **) AllocPointers(state->periods->members);
	sorted.returns = (ReturnItem **) AllocPointers(state->returns->members);
	periods_start_iterate(state->periods, &period_iterator);
	while ((period = periods_iterate(state->periods, &period_iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		sorted.periods[sorted.num_periods++] = &period->period;
	}
	returns_start_iterate(state->returns, &return_iterator);
	while ((returned = returns_iterate(state->returns, &return_iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		sorted.returns[sorted.num_returns++] = returned;
	}
	SortArray(sorted.periods, sorted.num_periods, sizeof(*sorted.periods), ComparePeriods, NULL);
	SortArray(sorted.returns, sorted.num_returns, sizeof(*sorted.returns), CompareReturns, NULL);
	return sorted;
}

/*
 * The returns of a period, from *next on, into list. Returns their number; *next
 * becomes the first return of a later period.
 */
static size_t
ReturnsOfPeriod(const SortedRevenue *sorted, int32 index, size_t *next, RevenueReturn *list)
{
	size_t		num = 0;

	for (; *next < sorted->num_returns &&
		 PeriodOfReturn(sorted->returns[*next]->key) == index; (*next)++)
	{
		CHECK_FOR_INTERRUPTS();
		list[num].gap = GapOfReturn(sorted->returns[*next]->key);
		list[num++].movement = sorted->returns[*next]->movement;
	}
	return num;
}

/* An error if a stock is out of range, though all changes are not. */
static void
CheckStocks(RevenueStocks *stocks, const RevenuePeriod *period, const RevenueReturn *returns,
			size_t num_returns)
{
	Movement	returned = {0, 0};
	const char *problem;

	for (size_t i = 0; i < num_returns; i++)
		AddMovement(&returned, returns[i].movement.customers, returns[i].movement.mrr);
	problem = RevenueAddPeriod(stocks, period, &returned);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a sum over all customers is out of range"),
				 errdetail("%s", problem)));
}

/* Write all periods, or only add up their size. */
static void
PutRevenue(const RevenueState *state, const SortedRevenue *sorted, RevenueReturn *list,
		   RevenueWriter *writer)
{
	RevenueStocks stocks = {0};
	int64		expected = PeriodIndex(state->cut, state->first_start);
	size_t		next_return = 0;

	for (size_t i = 0; i < sorted->num_periods; i++)
	{
		const RevenuePeriod *period = sorted->periods[i];
		size_t		num_returns = ReturnsOfPeriod(sorted, period->index, &next_return, list);

		CheckStocks(&stocks, period, list, num_returns);
		if (num_returns == 0 && RevenuePeriodIsEmpty(period))
			continue;
		PutRevenuePeriod(writer, period, (uint64) (period->index - expected), list, num_returns,
						 state->has_products);
		expected = (int64) period->index + 1;
	}
}

/* The canonical bytes of a summary in which a start was noted. */
Packed *
PackRevenue(const RevenueState *state)
{
	SortedRevenue sorted = SortRevenue(state);
	RevenueReturn *list = (RevenueReturn *)
		palloc_extended(sizeof(RevenueReturn) * (sorted.num_returns + 1), MCXT_ALLOC_HUGE);
	RevenueHead head = {state->cut, state->first_start, state->last_start};
	RevenueWriter writer = {NULL, REVENUE_HEAD_SIZE};
	Packed	   *packed;

	Assert(state->has_starts);
	PutRevenue(state, &sorted, list, &writer);
	packed = PackedAlloc(writer.size);
	RevenueWriteHead(packed->bytes, PACKED_REVENUE_SUMMARY,
					 state->has_products ? REVENUE_FLAG_PRODUCTS : 0, &head);
	writer.next = packed->bytes + REVENUE_HEAD_SIZE;
	PutRevenue(state, &sorted, list, &writer);
	pfree(list);
	pfree(sorted.periods);
	pfree(sorted.returns);
	Assert(RevenueCheck(packed->bytes, PACKED_SIZE(packed)) == NULL);
	return packed;
}

/* The server asks how large the packed value is, and soon after for it. */
static Size
GetFlatSize(ExpandedObjectHeader *header)
{
	RevenueState *state = (RevenueState *) header;

	if (state->packed == NULL)
	{
		MemoryContext old_context = MemoryContextSwitchTo(state->context);

		state->packed = PackRevenue(state);
		MemoryContextSwitchTo(old_context);
	}
	return VARSIZE(state->packed);
}

static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated_size)
{
	RevenueState *state = (RevenueState *) header;

	Assert(state->packed != NULL && allocated_size == VARSIZE(state->packed));
	memcpy(result, state->packed, allocated_size);
}
