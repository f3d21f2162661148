/*
 * multiple_tests.h
 *	  P-values of many comparisons that are looked at together.
 */
#ifndef RETENTION_MULTIPLE_TESTS_H
#define RETENTION_MULTIPLE_TESTS_H

#include "extension.h"

/* The order is that of correction_choices. */
typedef enum Correction
{
	CORRECTION_HOLM,
	CORRECTION_BENJAMINI_HOCHBERG,
	CORRECTION_BONFERRONI,
	CORRECTION_NONE
} Correction;

extern Correction CorrectionArgument(FunctionCallInfo fcinfo, int argno);
extern double *AdjustedPValues(const double *p_values, int64 num_rows, Correction correction);

#endif							/* RETENTION_MULTIPLE_TESTS_H */
