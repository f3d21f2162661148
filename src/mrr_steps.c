/*
 * mrr_steps.c
 *	  From the changes of one customer's recurring revenue to the periods in which
 *	  it changed.
 */
#include "interrupts.h"
#include "mrr_steps.h"

#include <string.h>

/* Up to so many changes are sorted by insertion: most customers have fewer. */
#define FEW_CHANGES 24

static inline int
CompareByProduct(const void *a, const void *b, void *argument)
{
	const MrrChange *change_a = (const MrrChange *) a;
	const MrrChange *change_b = (const MrrChange *) b;

	(void) argument;
	return change_a->product < change_b->product ? -1 : change_a->product > change_b->product;
}

static inline int
CompareByDay(const void *a, const void *b, void *argument)
{
	const MrrChange *change_a = (const MrrChange *) a;
	const MrrChange *change_b = (const MrrChange *) b;

	if (change_a->day != change_b->day)
		return change_a->day < change_b->day ? -1 : 1;
	return CompareByProduct(a, b, argument);
}

static inline void
SortChanges(MrrChange *changes, size_t num_changes, ItemComparator compare)
{
	if (num_changes > FEW_CHANGES)
	{
		SortArray(changes, num_changes, sizeof(MrrChange), compare, NULL);
		return;
	}
	for (size_t i = 1; i < num_changes; i++)
	{
		MrrChange	change = changes[i];
		size_t		position = i;

		for (; position > 0 && compare(&changes[position - 1], &change, NULL) > 0; position--)
			changes[position] = changes[position - 1];
		changes[position] = change;
	}
}

/* Name the products 0, 1, ... instead. Returns how many there are. */
static int32_t
NumberProducts(MrrChange *changes, size_t num_changes)
{
	bool		is_one = true;
	int32_t		number = 0;

	for (size_t i = 1; i < num_changes && is_one; i++)
		is_one = changes[i].product == changes[0].product;
	if (!is_one)
		SortChanges(changes, num_changes, CompareByProduct);
	for (size_t i = 0, same_until = 0; i < num_changes; i = same_until)
	{
		int32_t		product = changes[i].product;

		CHECK_FOR_INTERRUPTS();
		for (; same_until < num_changes && changes[same_until].product == product; same_until++)
			changes[same_until].product = number;
		number++;
	}
	return number;
}

/*
 * Add up the changes of each day and product, which stand side by side, and drop
 * those that cancel. False if a sum is out of range.
 */
static bool
FoldChanges(MrrChange *changes, size_t *num_changes)
{
	size_t		kept = 0;

	for (size_t i = 0; i < *num_changes;)
	{
		MrrChange	change = changes[i++];
		__int128	mrr = change.mrr;

		CHECK_FOR_INTERRUPTS();
		for (; i < *num_changes && changes[i].day == change.day &&
			 changes[i].product == change.product; i++)
			if (__builtin_add_overflow(mrr, (__int128) changes[i].mrr, &mrr) ||
				__builtin_add_overflow(change.lines, changes[i].lines, &change.lines))
				return false;
		if (!MoneyIsInRange(mrr))
			return false;
		change.mrr = mrr;
		if (change.mrr != 0 || change.lines != 0)
			changes[kept++] = change;
	}
	*num_changes = kept;
	return true;
}

/*
 * Bring changes into the form that MrrWalkBegin() needs: in the order of their days,
 * one for each day and product, products numbered from 0. *num_changes becomes what
 * is left of them, *num_products at least the number of products among them. False,
 * and the changes of no use, if a sum is out of range.
 */
bool
MrrSortChanges(MrrChange *changes, size_t *num_changes, int32_t *num_products)
{
	*num_products = NumberProducts(changes, *num_changes);
	SortChanges(changes, *num_changes, CompareByDay);
	return FoldChanges(changes, num_changes);
}

/*
 * Start a walk through changes in the form that MrrSortChanges() gives them. products
 * has room for num_products; it is NULL where cross-selling has no meaning.
 */
void
MrrWalkBegin(MrrWalk *walk, PeriodCut cut, const MrrChange *changes, size_t num_changes,
			 MrrProduct *products, int32_t num_products)
{
	walk->cut = cut;
	walk->span = NO_PERIOD_SPAN;
	walk->changes = changes;
	walk->num_changes = num_changes;
	walk->next = 0;
	walk->products = products;
	walk->lines = 0;
	walk->raw = 0;
	if (products != NULL)
		memset(products, 0, sizeof(MrrProduct) * (size_t) num_products);
}

/* Add a change to its product. */
static bool
ChangeProduct(MrrProduct *product, const MrrChange *change)
{
	if (!product->has_changed)
	{
		product->has_changed = true;
		product->before = product->mrr;
	}
	return MoneyAdd(product->mrr, change->mrr, &product->mrr);
}

/* Take over all changes of the next day that has some. */
static bool
WalkDay(MrrWalk *walk)
{
	int32_t		day = walk->changes[walk->next].day;
	__int128	raw = walk->raw;

	CHECK_FOR_INTERRUPTS();
	for (; walk->next < walk->num_changes && walk->changes[walk->next].day == day; walk->next++)
	{
		const MrrChange *change = &walk->changes[walk->next];

		if (__builtin_add_overflow(raw, (__int128) change->mrr, &raw) ||
			__builtin_add_overflow(walk->lines, change->lines, &walk->lines))
			return false;
		if (walk->products != NULL && !ChangeProduct(&walk->products[change->product], change))
			return false;
	}
	walk->raw = raw;
	return MoneyIsInRange(raw);
}

/*
 * The part of an expansion that is cross-selling, from the products that changed in
 * the period whose changes start at first: if more products have an MRR than before,
 * what the new ones bring beyond what the dropped ones took away. A product counts
 * while its own lines sum to more than zero.
 */
static bool
FindCrossSell(MrrWalk *walk, size_t first, MrrStep *step)
{
	Money		expansion = step->before > 0 && step->after > step->before
		? step->after - step->before : 0;
	__int128	gained = 0;
	int64_t		more_products = 0;

	for (size_t i = first; i < walk->next; i++)
	{
		MrrProduct *product = &walk->products[walk->changes[i].product];
		bool		had_mrr = product->before > 0;
		bool		has_mrr = product->mrr > 0;

		CHECK_FOR_INTERRUPTS();
		if (!product->has_changed)
			continue;
		product->has_changed = false;
		if (had_mrr == has_mrr)
			continue;
		more_products += has_mrr ? 1 : -1;
		if (__builtin_add_overflow(gained, (__int128) (has_mrr ? product->mrr : -product->before),
								   &gained))
			return false;
	}
	if (more_products > 0 && gained > 0)
		step->cross_sell = gained < expansion ? (Money) gained : expansion;
	return true;
}

/* Take over all changes of the next period that has some. */
static bool
WalkPeriod(MrrWalk *walk, MrrStep *step)
{
	size_t		first = walk->next;
	int32_t		day = walk->changes[first].day;

	step->index = PeriodIndexNear(walk->cut, day, &walk->span);
	step->raw_before = walk->raw;
	step->before = CustomerMrr(walk->raw);
	step->was_non_positive = walk->lines > 0 && walk->raw <= 0;
	/* what was carried in lasts for a day of this period, unless it changes on the first */
	step->peak = step->before > 0 && PeriodStartOfDay(walk->cut, day) < day ? step->before : 0;
	step->cross_sell = 0;
	do
	{
		if (!WalkDay(walk))
			return false;
		if (CustomerMrr(walk->raw) > step->peak)
			step->peak = CustomerMrr(walk->raw);
	} while (walk->next < walk->num_changes &&
			 PeriodIndexNear(walk->cut, walk->changes[walk->next].day, &walk->span) == step->index);
	step->raw_after = walk->raw;
	step->after = CustomerMrr(walk->raw);
	step->is_non_positive = walk->lines > 0 && walk->raw <= 0;
	return walk->products == NULL || FindCrossSell(walk, first, step);
}

/* Whether anything about a period is of interest. */
static bool
IsStep(const MrrStep *step)
{
	return step->raw_before != step->raw_after ||
		step->was_non_positive != step->is_non_positive ||
		(step->peak > 0 && step->before == 0 && step->after == 0);
}

/* The next period in which the revenue changed. Nothing is to be asked after the end. */
MrrWalkResult
MrrWalkNext(MrrWalk *walk, MrrStep *step)
{
	while (walk->next < walk->num_changes)
	{
		if (!WalkPeriod(walk, step))
			return MRR_OUT_OF_RANGE;
		if (IsStep(step))
			return MRR_STEP;
	}
	return MRR_END;
}
