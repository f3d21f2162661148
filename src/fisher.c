/*
 * fisher.c
 *	  Exact comparison of two shares by the hypergeometric distribution.
 *
 * Given how many successes both groups have together, the number in the first is
 * hypergeometric if the shares are equal. The two-sided p-value of Fisher's test
 * sums the probabilities of all tables that are at most as probable as the one
 * observed (Fisher 1935; R's fisher.test). Its mid-p value counts tables that are
 * exactly as probable by half, which takes most of its conservatism off (Lancaster,
 * Significance tests in discrete distributions, JASA 56, 1961).
 */
#include "extension.h"

#include "fisher.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

/* Tables whose probabilities differ by rounding only are equally probable. R uses the same factor. */
#define EQUAL_WITHIN 1e-7

/* All whole numbers up to here are exact. */
#define MAX_WHOLE 9007199254740992.0

/*
 * A walk along the distribution ends at weights below this. Below it numbers lose their
 * digits, and the smallest of them times a ratio of more than 0.5 is rounded to itself:
 * the walk would go on for as many steps as there are trials.
 */
#define LEAST_WEIGHT DBL_MIN

/* A walk along the distribution asks for interrupts once in as many steps. */
#define STEPS_PER_CHECK 65536

static bool
IsWhole(double count)
{
	return count <= MAX_WHOLE && floor(count) == count;
}

/* Whether the table consists of whole numbers, as the exact distribution needs. */
bool
HasWholeCounts(TwoByTwo table)
{
	return IsWhole(table.x1) && IsWhole(table.x2) && IsWhole(table.n1) && IsWhole(table.n2) &&
		table.n1 + table.n2 <= MAX_WHOLE;
}

/* The smallest of the four counts expected if the shares are equal. */
double
SmallestExpectedCount(TwoByTwo table)
{
	double		share = (table.x1 + table.x2) / (table.n1 + table.n2);

	return fmin(table.n1, table.n2) * fmin(share, 1 - share);
}

/*
 * P(k + 1) / P(k) for k successes in the first group. As the factors are whole
 * numbers, the ratio is exact to a few units of the last place.
 */
static double
RatioUpwards(TwoByTwo table, double successes, double k)
{
	return (table.n1 - k) / (k + 1) * ((successes - k) / (table.n2 - successes + k + 1));
}

/*
 * Weights of the tables relative to that of the most probable one: their sum, the sum
 * of those less probable than the one observed, and of those equally probable.
 */
typedef struct TableWeights
{
	double		all;
	double		less;
	double		equal;
} TableWeights;

static void
AddWeight(TableWeights *weights, double weight, double observed)
{
	weights->all += weight;
	if (weight < observed * (1 - EQUAL_WITHIN))
		weights->less += weight;
	else if (weight <= observed * (1 + EQUAL_WITHIN))
		weights->equal += weight;
}

/*
 * The weight of the table with k successes in the first group, reached step by step
 * from the mode, whose weight is 1. 0 where it is below LEAST_WEIGHT.
 */
static double
WeightOf(TwoByTwo table, double successes, double mode, double k)
{
	double		weight = 1;
	int64		steps = 0;

	for (double at = mode; at < k && weight >= LEAST_WEIGHT; at++)
	{
		weight *= RatioUpwards(table, successes, at);
		if (++steps % STEPS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (double at = mode; at > k && weight >= LEAST_WEIGHT; at--)
	{
		weight /= RatioUpwards(table, successes, at - 1);
		if (++steps % STEPS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return weight >= LEAST_WEIGHT ? weight : 0;
}

/* Two-sided p-values of the hypothesis that both groups have the same share. */
ExactPValues
HypergeometricPValues(TwoByTwo table)
{
	double		successes = table.x1 + table.x2;
	double		lowest = fmax(0, successes - table.n2);
	double		highest = fmin(successes, table.n1);
	double		mode = floor((table.n1 + 1) * ((successes + 1) / (table.n1 + table.n2 + 2)));
	double		observed;
	double		weight = 1;
	int64		steps = 0;
	TableWeights weights = {0};

	mode = fmin(fmax(mode, lowest), highest);
	observed = WeightOf(table, successes, mode, table.x1);
	AddWeight(&weights, 1, observed);
	for (double k = mode; k < highest && weight >= LEAST_WEIGHT; k++)
	{
		weight *= RatioUpwards(table, successes, k);
		AddWeight(&weights, weight, observed);
		if (++steps % STEPS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
	}
	weight = 1;
	for (double k = mode; k > lowest && weight >= LEAST_WEIGHT; k--)
	{
		weight /= RatioUpwards(table, successes, k - 1);
		AddWeight(&weights, weight, observed);
		if (++steps % STEPS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return (ExactPValues) {
		fmin((weights.less + weights.equal) / weights.all, 1),
		fmin((weights.less + weights.equal / 2) / weights.all, 1)
	};
}
