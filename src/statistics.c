/*
 * statistics.c
 *	  Confidence intervals, tests and sample sizes for all concepts, and the SQL
 *	  functions for proportions.
 */
#include "statistics.h"

#include <math.h>

#include "distributions.h"
#include "fisher.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* The order is that of proportion_methods. */
typedef enum ProportionMethod
{
	PROPORTION_WILSON,
	PROPORTION_CLOPPER_PEARSON,
	PROPORTION_WALD
} ProportionMethod;

static const char *const proportion_methods[] = {"wilson", "clopper_pearson", "wald"};

/* The order is that of proportion_test_methods. */
typedef enum ProportionTestMethod
{
	TEST_AUTO,
	TEST_POOLED,
	TEST_FISHER,
	TEST_MID_P
} ProportionTestMethod;

static const char *const proportion_test_methods[] = {"auto", "pooled", "fisher", "mid_p"};

/* The order is that of Correction. */
static const char *const corrections[] = {"holm", "benjamini_hochberg", "bonferroni", "none"};

/* Where fewer are expected in a cell, the normal approximation is poor (Cochran 1954). */
#define FEW_EXPECTED 5

PG_FUNCTION_INFO_V1(proportion_ci);
PG_FUNCTION_INFO_V1(proportion_test);
PG_FUNCTION_INFO_V1(proportion_sample_size);
PG_FUNCTION_INFO_V1(adjusted_p_values);

/* z of a two-sided interval, or an error unless 0 < confidence < 1. */
double
CriticalValueFor(double confidence)
{
	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence must be between 0 and 1, exclusive, not %.15g", confidence),
				 confidence >= 1 && confidence <= 100
				 ? errhint("Write 95 %% as 0.95.") : 0));
	return NormalCriticalValue(confidence);
}

/*
 * Which of the choices the text in argument argno is, in any case; an error
 * that lists them if it is none.
 */
int
ChoiceNumber(FunctionCallInfo fcinfo, int argno, const char *what,
			 const char *const *choices, int num_choices)
{
	char	   *given = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	StringInfoData list;

	for (int i = 0; i < num_choices; i++)
		if (pg_strcasecmp(given, choices[i]) == 0)
			return i;

	initStringInfo(&list);
	for (int i = 0; i < num_choices; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : i == num_choices - 1 ? " and " : ", ",
						 choices[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown %s: \"%s\"", what, given),
			 errhint("Valid values are %s.", list.data)));
	pg_unreachable();
}

/* The correction for many comparisons that argument argno, which is not NULL, names. */
Correction
CorrectionArgument(FunctionCallInfo fcinfo, int argno)
{
	return (Correction) ChoiceNumber(fcinfo, argno, "correction", corrections, lengthof(corrections));
}

/* Append a p-value; NaN, where there is no test, does not count. */
void
AppendPValue(PValueList *list, double p)
{
	if (isnan(p))
		return;
	if (list->num == list->room)
	{
		list->room = Max(64, list->room * 2);
		list->values = list->values == NULL
			? palloc(sizeof(double) * list->room)
			: repalloc_huge(list->values, sizeof(double) * list->room);
	}
	list->values[list->num++] = p;
}

/* Correct all p-values for their number. */
void
CorrectPValues(PValueList *list, Correction correction)
{
	RankedPValue *workspace;

	if (list->num == 0)
		return;
	workspace = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(RankedPValue) * list->num);
	AdjustPValues(list->values, list->num, correction, workspace);
	pfree(workspace);
}

/* What has become of p, the p-values being asked for in the order in which they were appended. */
double
NextPValue(PValueList *list, double p)
{
	return isnan(p) ? p : list->values[list->next++];
}

/*
 * The size of a finite population in argument argno, which may be NULL: then
 * infinity.
 */
double
CheckedPopulation(FunctionCallInfo fcinfo, int argno)
{
	double		population;

	if (PG_ARGISNULL(argno))
		return INFINITY;
	population = PG_GETARG_FLOAT8(argno);
	if (!(population >= 1 && isfinite(population)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("population must be a finite number of at least 1, not %.15g", population),
				 errhint("Leave it NULL for a population without limit.")));
	return population;
}

/*
 * How many answers bring the half-width of an interval down to margin:
 * n0 = z^2 variance / margin^2 and, for a population of N,
 * n0 / (1 + (n0 - 1) / N) = N / (1 + (N - 1) / n0), rounded up.
 */
int64
SampleSize(double variance, double margin, double confidence, double population)
{
	double		z = CriticalValueFor(confidence);
	double		n = (z / margin) * (z / margin) * variance;

	/* in a form that holds for n infinite too */
	if (isfinite(population))
		n = population / (1 + (population - 1) / n);
	/* a whole number that rounding lifted by some units of the last place stays */
	n = ceil(n - Min(n * 1e-14, 1e-6));
	if (!(n < 9.2e18))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the sample size is out of range for type bigint"),
				 errdetail("It would be %g.", n)));
	return (int64) Max(n, 1);
}

/* Widen an interval to hold the estimate that it belongs to. */
ConfidenceInterval
WidenToHold(ConfidenceInterval interval, double estimate)
{
	interval.low = fmin(interval.low, estimate);
	interval.high = fmax(interval.high, estimate);
	return interval;
}

/* Cut an interval to the range its parameter can have. */
ConfidenceInterval
ClampInterval(ConfidenceInterval interval, double low, double high)
{
	interval.low = fmax(interval.low, low);
	interval.high = fmin(interval.high, high);
	return interval;
}

/*
 * Wilson's score interval of a proportion (Wilson 1927). n > 0; the counts may
 * be fractional.
 */
ConfidenceInterval
WilsonInterval(double successes, double n, double z)
{
	double		p = successes / n;
	double		z2n = z * z / n;
	double		center = (p + z2n / 2) / (1 + z2n);
	double		half = z * sqrt(p * (1 - p) / n + z2n / (4 * n)) / (1 + z2n);
	ConfidenceInterval interval = {center - half, center + half};

	/* the limits that are exact, without what rounding leaves */
	if (successes == 0)
		interval.low = 0;
	if (successes == n)
		interval.high = 1;
	return ClampInterval(interval, 0, 1);
}

/* Exact interval by the tails of the binomial (Clopper and Pearson 1934). */
static ConfidenceInterval
ClopperPearsonInterval(double successes, double n, double confidence)
{
	double		tail = (1 - confidence) / 2;
	ConfidenceInterval interval = {0, 1};

	if (successes > 0)
		interval.low = BetaQuantile(tail, successes, n - successes + 1);
	if (successes < n)
		interval.high = BetaQuantileUpper(tail, successes + 1, n - successes);
	if (isnan(interval.low) || isnan(interval.high))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("cannot compute the Clopper-Pearson interval of %g in %g", successes, n),
				 errhint("Use method 'wilson'.")));
	return interval;
}

static ConfidenceInterval
WaldProportionInterval(double successes, double n, double z)
{
	double		p = successes / n;
	double		half = z * sqrt(p * (1 - p) / n);

	return ClampInterval((ConfidenceInterval) {p - half, p + half}, 0, 1);
}

/* The SQL value of an interval, for a function that returns ci. */
Datum
IntervalDatum(FunctionCallInfo fcinfo, ConfidenceInterval interval)
{
	RowBuilder	row = {0};

	AddDoubleColumn(&row, interval.low);
	AddDoubleColumn(&row, interval.high);
	return RowDatum(fcinfo, &row);
}

/* The SQL value of a test, for a function that returns test_result. */
Datum
TestResultDatum(FunctionCallInfo fcinfo, TestResult result)
{
	RowBuilder	row = {0};

	AddDoubleColumn(&row, result.difference);
	AddDoubleColumn(&row, result.stderr_difference);
	AddDoubleColumn(&row, result.z);
	AddDoubleColumn(&row, result.p_value);
	AddDoubleColumn(&row, result.interval.low);
	AddDoubleColumn(&row, result.interval.high);
	return RowDatum(fcinfo, &row);
}

static void
CheckProportion(double successes, double n)
{
	if (!(n >= 0 && isfinite(n)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of trials must be finite and not negative, not %.15g", n)));
	if (!(successes >= 0 && successes <= n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of successes must be between 0 and the %.15g trials, not %.15g",
						n, successes)));
}

/*
 * proportion_ci(successes double precision, n double precision,
 *				 confidence double precision, method text) -> ci
 *
 * Shares, 0..1; NULL without trials. Strict.
 */
Datum
proportion_ci(PG_FUNCTION_ARGS)
{
	double		successes = PG_GETARG_FLOAT8(0);
	double		n = PG_GETARG_FLOAT8(1);
	double		confidence = PG_GETARG_FLOAT8(2);
	double		z = CriticalValueFor(confidence);
	int			method = ChoiceNumber(fcinfo, 3, "method", proportion_methods,
									  lengthof(proportion_methods));

	CheckProportion(successes, n);
	if (n == 0)
		PG_RETURN_NULL();
	if (method == PROPORTION_CLOPPER_PEARSON)
		return IntervalDatum(fcinfo, ClopperPearsonInterval(successes, n, confidence));
	if (method == PROPORTION_WALD)
		return IntervalDatum(fcinfo, WaldProportionInterval(successes, n, z));
	return IntervalDatum(fcinfo, WilsonInterval(successes, n, z));
}

/*
 * Newcombe's interval of a difference of two shares, from the Wilson limits of each
 * (Newcombe, Interval estimation for the difference between independent proportions:
 * comparison of eleven methods, Statistics in Medicine 17, 1998, method 10).
 */
static ConfidenceInterval
NewcombeInterval(TwoByTwo table, double z)
{
	double		p1 = table.x1 / table.n1;
	double		p2 = table.x2 / table.n2;
	ConfidenceInterval first = WilsonInterval(table.x1, table.n1, z);
	ConfidenceInterval second = WilsonInterval(table.x2, table.n2, z);
	ConfidenceInterval interval;

	interval.low = p1 - p2 - hypot(p1 - first.low, second.high - p2);
	interval.high = p1 - p2 + hypot(first.high - p1, p2 - second.low);
	return ClampInterval(interval, -1, 1);
}

/* The p-value of a test of two shares; NaN where nothing varies, which z says. */
static double
ProportionPValue(TwoByTwo table, double z, ProportionTestMethod method)
{
	ExactPValues exact;

	if (method == TEST_AUTO)
		method = SmallestExpectedCount(table) < FEW_EXPECTED && HasWholeCounts(table)
			? TEST_MID_P : TEST_POOLED;
	if (method == TEST_POOLED || isnan(z))
		return NormalTwoSided(z);
	if (!HasWholeCounts(table))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method \"%s\" needs whole counts of at most 2^53, not %.15g of %.15g and %.15g of %.15g",
						proportion_test_methods[method], table.x1, table.n1, table.x2, table.n2),
				 errhint("Use method 'pooled' for weighted counts.")));
	exact = HypergeometricPValues(table);
	return method == TEST_FISHER ? exact.fisher : exact.mid_p;
}

/*
 * proportion_test(x1, n1, x2, n2, confidence, all double precision, method text)
 *		-> test_result
 *
 * First share minus second. z is that of the hypothesis that the shares are equal,
 * hence with the pooled variance; stderr is that of the difference, hence with each
 * share's own. The p-value belongs to z or to the exact distribution, as the method
 * says; the interval is Newcombe's. NULL if either has no trials; z and p_value NULL
 * if nothing varies. Strict.
 */
Datum
proportion_test(PG_FUNCTION_ARGS)
{
	TwoByTwo	table = {
		PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3)
	};
	double		z = CriticalValueFor(PG_GETARG_FLOAT8(4));
	int			method = ChoiceNumber(fcinfo, 5, "method", proportion_test_methods,
									  lengthof(proportion_test_methods));
	double		p1 = table.x1 / table.n1;
	double		p2 = table.x2 / table.n2;
	double		pooled = (table.x1 + table.x2) / (table.n1 + table.n2);
	double		pooled_stderr = sqrt(pooled * (1 - pooled) * (1 / table.n1 + 1 / table.n2));
	TestResult	result;

	CheckProportion(table.x1, table.n1);
	CheckProportion(table.x2, table.n2);
	if (table.n1 == 0 || table.n2 == 0)
		PG_RETURN_NULL();
	result.difference = p1 - p2;
	result.stderr_difference = sqrt(p1 * (1 - p1) / table.n1 + p2 * (1 - p2) / table.n2);
	result.z = pooled_stderr > 0 ? result.difference / pooled_stderr : NAN;
	result.p_value = ProportionPValue(table, result.z, method);
	result.interval = NewcombeInterval(table, z);
	return TestResultDatum(fcinfo, result);
}

/*
 * proportion_sample_size(margin, confidence, population, p) -> bigint
 *
 * margin is half the width of the interval, a share. NULL population: without
 * limit; any other NULL gives NULL.
 */
Datum
proportion_sample_size(PG_FUNCTION_ARGS)
{
	double		margin;
	double		p;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	margin = PG_GETARG_FLOAT8(0);
	p = PG_GETARG_FLOAT8(3);
	if (!(margin > 0 && margin <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("margin must be a share above 0 and up to 1, not %.15g", margin)));
	if (!(p > 0 && p < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("p must be between 0 and 1, exclusive, not %.15g", p)));
	PG_RETURN_INT64(SampleSize(p * (1 - p), margin, PG_GETARG_FLOAT8(1),
							   CheckedPopulation(fcinfo, 2)));
}

static double
CheckedPValue(Datum value, int place)
{
	double		p = DatumGetFloat8(value);

	if (!(p >= 0 && p <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a p-value must be between 0 and 1, not %.15g", p),
				 errdetail("It is element %d of the array.", place),
				 errhint("Write NULL where there is no p-value.")));
	return p;
}

/*
 * adjusted_p_values(p double precision[], correction text) -> double precision[]
 *
 * In the order and the dimensions of the argument. NULL elements stay NULL and do not
 * count as tests. Strict.
 */
Datum
adjusted_p_values(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Correction	correction = CorrectionArgument(fcinfo, 1);
	Datum	   *values;
	bool	   *nulls;
	int			num_elements;
	PValueList	list = {0};

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &values, &nulls, &num_elements);
	if (num_elements == 0)
		PG_RETURN_ARRAYTYPE_P(array);
	for (int i = 0; i < num_elements; i++)
		if (!nulls[i])
			AppendPValue(&list, CheckedPValue(values[i], i + 1));
	CorrectPValues(&list, correction);
	for (int i = 0; i < num_elements; i++)
		if (!nulls[i])
			values[i] = Float8GetDatum(NextPValue(&list, DatumGetFloat8(values[i])));
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, ARR_NDIM(array), ARR_DIMS(array), ARR_LBOUND(array),
											 FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
