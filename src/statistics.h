/*
 * statistics.h
 *	  Confidence intervals, tests and sample sizes for all concepts.
 *
 * Undefined numbers are NaN in C and NULL in SQL.
 */
#ifndef RETENTION_STATISTICS_H
#define RETENTION_STATISTICS_H

#include "extension.h"

#include "multiple_tests.h"
#include "rows.h"

#define PG_RETURN_DEFINED_FLOAT8(value) \
	do { \
		double		result_ = (value); \
		if (isnan(result_)) \
			PG_RETURN_NULL(); \
		PG_RETURN_FLOAT8(result_); \
	} while (0)

/* SQL type ci */
typedef struct ConfidenceInterval
{
	double		low;
	double		high;
} ConfidenceInterval;

/* SQL type test_result */
typedef struct TestResult
{
	double		difference;
	double		stderr_difference;
	double		z;
	double		p_value;
	ConfidenceInterval interval;
} TestResult;

/* p-values of tests in an order, to be corrected for their number and read again. */
typedef struct PValueList
{
	double	   *values;
	size_t		num;
	size_t		room;
	size_t		next;			/* the one that NextPValue() reads */
} PValueList;

extern double CriticalValueFor(double confidence);
extern int	ChoiceNumber(FunctionCallInfo fcinfo, int argno, const char *what,
						 const char *const *choices, int num_choices);
extern Correction CorrectionArgument(FunctionCallInfo fcinfo, int argno);
extern void AppendPValue(PValueList *list, double p);
extern void CorrectPValues(PValueList *list, Correction correction);
extern double NextPValue(PValueList *list, double p);
extern double CheckedPopulation(FunctionCallInfo fcinfo, int argno);
extern int64 SampleSize(double variance, double margin, double confidence, double population);
extern ConfidenceInterval ClampInterval(ConfidenceInterval interval, double low, double high);
extern ConfidenceInterval WidenToHold(ConfidenceInterval interval, double estimate);
extern ConfidenceInterval WilsonInterval(double successes, double n, double z);
extern Datum IntervalDatum(FunctionCallInfo fcinfo, ConfidenceInterval interval);
extern Datum TestResultDatum(FunctionCallInfo fcinfo, TestResult result);

#endif							/* RETENTION_STATISTICS_H */
