/*
 * mrr_steps.h
 *	  From the changes of one customer's recurring revenue to the periods in which
 *	  it changed.
 *
 * What a period, a movement or a paying customer is, is said here once, for every
 * function about revenue. The state of a period is the state on its last day. The
 * MRR of a customer is the sum of his lines in force, or 0 if that is negative; who
 * has lines in force that sum to zero or less does not pay, and is non-positive.
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_MRR_STEPS_H
#define RETENTION_MRR_STEPS_H

#include "calendar.h"
#include "money.h"

/*
 * A change of a customer's recurring revenue on a day: what is added to the MRR and
 * to the number of lines of one product from this day on.
 */
typedef struct MrrChange
{
	int32_t		day;
	int32_t		product;		/* any number that stands for it */
	int64_t		lines;
	Money		mrr;
} MrrChange;

/*
 * A period in which the revenue of a customer changed, compared with the last day of
 * the period before. There is none for a period in which all of this stays the same,
 * unless the customer paid in it and at neither end (peak > 0, before = after = 0).
 */
typedef struct MrrStep
{
	int32_t		index;			/* of the period */
	bool		was_non_positive;
	bool		is_non_positive;
	Money		before;			/* MRR of the customer, never negative */
	Money		after;
	Money		raw_before;		/* sum of the lines in force, as it is */
	Money		raw_after;
	Money		peak;			/* highest MRR of the customer on a day of the period */
	Money		cross_sell;		/* of the expansion, 0 to after - before; 0 without products */
} MrrStep;

/* What a walk knows of a product. */
typedef struct MrrProduct
{
	Money		mrr;			/* sum of its lines in force */
	Money		before;			/* the same at the end of the period before, if it changed in this one */
	bool		has_changed;	/* in the period at hand */
} MrrProduct;

/* A walk through the changes of one customer, from period to period. */
typedef struct MrrWalk
{
	PeriodCut	cut;
	PeriodSpan	span;			/* where the last change was */
	const MrrChange *changes;
	size_t		num_changes;
	size_t		next;			/* the first change of the next period */
	MrrProduct *products;		/* NULL: without products */
	int64_t		lines;			/* in force */
	Money		raw;			/* their sum */
} MrrWalk;

typedef enum MrrWalkResult
{
	MRR_END,					/* there are no more steps */
	MRR_STEP,
	MRR_OUT_OF_RANGE			/* a sum of money is, or a number of lines */
} MrrWalkResult;

extern bool MrrSortChanges(MrrChange *changes, size_t *num_changes, int32_t *num_products);
extern void MrrWalkBegin(MrrWalk *walk, PeriodCut cut, const MrrChange *changes,
						 size_t num_changes, MrrProduct *products, int32_t num_products);
extern MrrWalkResult MrrWalkNext(MrrWalk *walk, MrrStep *step);

/* The MRR of a customer whose lines in force have a sum. */
static inline Money
CustomerMrr(Money raw)
{
	return raw > 0 ? raw : 0;
}

#endif							/* RETENTION_MRR_STEPS_H */
