/*
 * multiple_tests.c
 *	  Corrections of p-values for the number of tests, as p.adjust of R computes them.
 *
 * Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
 * Statistics 6, 1979, and Bonferroni bound the probability that any test at all is below
 * the level where nothing differs; Benjamini and Hochberg, Controlling the false
 * discovery rate, Journal of the Royal Statistical Society B 57, 1995, bound the expected
 * share of such tests among those below the level.
 */
#include "interrupts.h"
#include "multiple_tests.h"

#include <math.h>

/* Ascending. */
static int
CompareRanked(const void *a, const void *b, void *argument)
{
	double		p = ((const RankedPValue *) a)->p;
	double		q = ((const RankedPValue *) b)->p;

	(void) argument;
	return p < q ? -1 : p > q;
}

static void
AdjustByHolm(double *p, size_t n, const RankedPValue *ranked)
{
	double		largest = 0;

	for (size_t i = 0; i < n; i++)
	{
		largest = fmax(largest, fmin((double) (n - i) * ranked[i].p, 1));
		p[ranked[i].position] = largest;
	}
}

static void
AdjustByBenjaminiHochberg(double *p, size_t n, const RankedPValue *ranked)
{
	double		smallest = 1;

	for (size_t i = n; i-- > 0;)
	{
		smallest = fmin(smallest, (double) n / (double) (i + 1) * ranked[i].p);
		p[ranked[i].position] = smallest;
	}
}

/*
 * Replace n p-values by corrected ones, which may be compared with the level as if there
 * were one test only. None may be NaN. The workspace has room for n.
 */
void
AdjustPValues(double *p, size_t n, Correction correction, RankedPValue *workspace)
{
	if (correction == CORRECTION_NONE)
		return;
	if (correction == CORRECTION_BONFERRONI)
	{
		for (size_t i = 0; i < n; i++)
			p[i] = fmin((double) n * p[i], 1);
		return;
	}
	for (size_t i = 0; i < n; i++)
		workspace[i] = (RankedPValue) {p[i], i};
	SortArray(workspace, n, sizeof(RankedPValue), CompareRanked, NULL);
	if (correction == CORRECTION_HOLM)
		AdjustByHolm(p, n, workspace);
	else
		AdjustByBenjaminiHochberg(p, n, workspace);
}
