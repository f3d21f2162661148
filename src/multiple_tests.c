/*
 * multiple_tests.c
 *	  P-values of many comparisons that are looked at together.
 */
#include "multiple_tests.h"

#include <math.h>

#include "interrupts.h"
#include "statistics.h"

static const char *const correction_choices[] = {"holm", "benjamini_hochberg", "bonferroni", "none"};

/* The correction that argument argno names, which must not be NULL. */
Correction
CorrectionArgument(FunctionCallInfo fcinfo, int argno)
{
	return (Correction) ChoiceNumber(fcinfo, argno, "correction", correction_choices,
									 lengthof(correction_choices));
}

/* A p-value and whose it is. */
typedef struct RankedPValue
{
	double		p_value;
	int64		row;
} RankedPValue;

static int
ComparePValues(const void *a, const void *b, void *argument)
{
	double		p_a = ((const RankedPValue *) a)->p_value;
	double		p_b = ((const RankedPValue *) b)->p_value;

	(void) argument;
	return p_a < p_b ? -1 : p_a > p_b;
}

/* Holm: p times the number of tests not below it, at least that of the one before. */
static void
StepDown(const RankedPValue *ranked, int64 num_tests, double *adjusted)
{
	double		largest = 0;

	for (int64 i = 0; i < num_tests; i++)
	{
		largest = fmax(largest, fmin(ranked[i].p_value * (double) (num_tests - i), 1));
		adjusted[ranked[i].row] = largest;
	}
}

/* Benjamini and Hochberg: p times the tests / rank, at most that of the one after. */
static void
StepUp(const RankedPValue *ranked, int64 num_tests, double *adjusted)
{
	double		smallest = 1;

	for (int64 i = num_tests - 1; i >= 0; i--)
	{
		smallest = fmin(smallest, ranked[i].p_value * (double) num_tests / (double) (i + 1));
		adjusted[ranked[i].row] = smallest;
	}
}

/* The corrected p-values of rows; NaN is no test and stays NaN. */
double *
AdjustedPValues(const double *p_values, int64 num_rows, Correction correction)
{
	double	   *adjusted = (double *)
		MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * num_rows);
	RankedPValue *ranked = (RankedPValue *)
		MemoryContextAllocHuge(CurrentMemoryContext, sizeof(RankedPValue) * num_rows);
	int64		num_tests = 0;

	for (int64 i = 0; i < num_rows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		adjusted[i] = p_values[i];
		if (!isnan(p_values[i]))
			ranked[num_tests++] = (RankedPValue) {p_values[i], i};
	}
	if (correction == CORRECTION_BONFERRONI)
		for (int64 i = 0; i < num_rows; i++)
			adjusted[i] = fmin(p_values[i] * (double) num_tests, isnan(p_values[i]) ? p_values[i] : 1);
	if (correction == CORRECTION_HOLM || correction == CORRECTION_BENJAMINI_HOCHBERG)
		SortArray(ranked, num_tests, sizeof(RankedPValue), ComparePValues, NULL);
	if (correction == CORRECTION_HOLM)
		StepDown(ranked, num_tests, adjusted);
	if (correction == CORRECTION_BENJAMINI_HOCHBERG)
		StepUp(ranked, num_tests, adjusted);
	pfree(ranked);
	return adjusted;
}
