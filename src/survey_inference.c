/*
 * survey_inference.c
 *	  Intervals, tests and sample sizes: for the Net Promoter Score, shares and means.
 *
 * An answer counts -1, 0 or +1, so the score is the mean of a trinomial, with
 * variance p + d - (p - d)^2 for one answer (divisor n). Here all is in units of
 * 1; SQL shows points, that is 100 times as much.
 */
#include "survey.h"

#include <math.h>

#include "distributions.h"

#define POINTS 100.0

/*
 * The answers as a trinomial sample. Weighted answers are brought to the scale
 * of Kish's effective sample size (sum w)^2 / sum w^2 first.
 */
typedef struct NpsSample
{
	double		detractors;
	double		passives;
	double		promoters;
	double		n;				/* the sum of the three */
	double		num_responses;	/* real answers, for finite populations */
} NpsSample;

/* The order is that of nps_ci_methods. */
typedef enum NpsMethod
{
	NPS_WALD,
	NPS_ADJUSTED_WALD,
	NPS_SCORE
} NpsMethod;

static const char *const nps_ci_methods[] = {"wald", "adjusted_wald", "score"};

PG_FUNCTION_INFO_V1(effective_sample_size);
PG_FUNCTION_INFO_V1(csat_ci);
PG_FUNCTION_INFO_V1(top_box_ci);
PG_FUNCTION_INFO_V1(bottom_box_ci);
PG_FUNCTION_INFO_V1(mean_score_ci);
PG_FUNCTION_INFO_V1(nps_variance);
PG_FUNCTION_INFO_V1(nps_stderr);
PG_FUNCTION_INFO_V1(nps_ci);
PG_FUNCTION_INFO_V1(nps_margin_of_error);
PG_FUNCTION_INFO_V1(nps_test);
PG_FUNCTION_INFO_V1(nps_paired_test);
PG_FUNCTION_INFO_V1(nps_sample_size);

/*
 * Kish's effective sample size, (sum w)^2 / sum w^2; the number of answers where
 * unweighted. mass is sum w. 0 without answers.
 */
static double
EffectiveSize(const RatingCounts *counts, double mass)
{
	double		squares = 0;

	if (!counts->weighted)
		return mass;
	for (int i = 0; i < counts->scale.points; i++)
		squares += counts->weight_square[i];
	return squares > 0 ? mass * (mass / squares) : 0;
}

/* The sample of counts on the scale 0..10; n is 0 where the score is undefined. */
static NpsSample
SampleOf(const RatingCounts *counts)
{
	double		mass = MassBetween(counts, 0, 10);
	double		n = EffectiveSize(counts, mass);
	double		scale = mass > 0 ? n / mass : 0;
	NpsSample	sample;

	sample.detractors = scale * MassBetween(counts, 0, NPS_DETRACTOR_MAX);
	sample.passives = scale * MassBetween(counts, NPS_DETRACTOR_MAX + 1, NPS_PROMOTER_MIN - 1);
	sample.promoters = scale * MassBetween(counts, NPS_PROMOTER_MIN, 10);
	sample.n = n;
	sample.num_responses = (double) NumResponses(counts);
	return sample;
}

static NpsSample
SampleOfArgument(FunctionCallInfo fcinfo, int argno)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, argno, &counts);
	RequireNpsScale(counts.scale);
	return SampleOf(&counts);
}

/* Score of a sample, -1..1. */
static double
SampleScore(NpsSample sample)
{
	return (sample.promoters - sample.detractors) / sample.n;
}

/* Variance of one answer. */
static double
SampleVariance(NpsSample sample)
{
	double		score = SampleScore(sample);
	double		variance = (sample.promoters + sample.detractors) / sample.n - score * score;

	return fmax(variance, 0);	/* rounding, when all answers are alike */
}

static double
SampleStderr(NpsSample sample)
{
	return sqrt(SampleVariance(sample) / sample.n);
}

/*
 * The pseudo-answers of the adjusted Wald interval: three quarters to each end
 * and one and a half to the middle (Rocks, Interval Estimation for the "Net
 * Promoter Score", The American Statistician 70, 2016).
 */
static NpsSample
WithPseudoAnswers(NpsSample sample)
{
	sample.detractors += 0.75;
	sample.passives += 1.5;
	sample.promoters += 0.75;
	sample.n += 3;
	return sample;
}

/*
 * The sample as it would be if it told as much about an unlimited population as it
 * tells about a finite one of N: n (N - 1) / (N - n) answers, n being the real ones.
 * Infinite for a census. N may be infinite.
 */
static NpsSample
OfPopulation(NpsSample sample, double population)
{
	double		factor;

	if (isinf(population))
		return sample;
	if (sample.num_responses > population)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("population must be at least the number of answers, %.0f, not %.15g",
						sample.num_responses, population)));
	factor = (population - 1) / (population - sample.num_responses);
	if (sample.num_responses == population)
		factor = INFINITY;
	sample.detractors *= factor;
	sample.passives *= factor;
	sample.promoters *= factor;
	sample.n *= factor;
	return sample;
}

static ConfidenceInterval
WaldInterval(NpsSample sample, double z)
{
	double		score = SampleScore(sample);
	double		half = z * SampleStderr(sample);

	return (ConfidenceInterval) {score - half, score + half};
}

/*
 * Standard error of the score under the hypothesis that it is delta, with the
 * other parameter of the trinomial at its maximum likelihood: the share of
 * detractors d solves
 *	 2n d^2 + ((2n - P + D) delta - P - D) d - D delta (1 - delta) = 0
 * and one answer has the variance 2d + delta (1 - delta). (Tango, Equivalence
 * test and confidence interval for the difference in proportions for the
 * paired-sample design, Statistics in Medicine 17, 1998.)
 */
static double
ConstrainedStderr(NpsSample sample, double delta)
{
	double		a = 2 * sample.n;
	double		b = (2 * sample.n - sample.promoters + sample.detractors) * delta
		- sample.promoters - sample.detractors;
	double		c = -sample.detractors * delta * (1 - delta);
	double		root = sqrt(fmax(b * b - 4 * a * c, 0));
	double		d;

	/* the larger root, in the form that does not cancel */
	if (b <= 0)
		d = (root - b) / (2 * a);
	else
		d = -2 * c / (root + b);
	return sqrt(fmax(2 * d + delta * (1 - delta), 0) / sample.n);
}

/*
 * Where the score statistic (score - delta) / stderr(delta) is z, for delta
 * between the observed score and an end of the range, -1 or 1. The statistic
 * falls as delta grows, so halving the range finds the limit to the last bit.
 */
static double
ScoreLimit(NpsSample sample, double z, double end)
{
	double		score = SampleScore(sample);
	double		inside = score; /* not rejected */
	double		outside = end;

	if (fabs(end - score) <= z * ConstrainedStderr(sample, end))
		return end;
	for (;;)
	{
		double		middle = inside + (outside - inside) / 2;

		if (middle == inside || middle == outside)
			return inside;
		if (fabs(score - middle) <= z * ConstrainedStderr(sample, middle))
			inside = middle;
		else
			outside = middle;
	}
}

static ConfidenceInterval
ScoreInterval(NpsSample sample, double z)
{
	return (ConfidenceInterval) {ScoreLimit(sample, z, -1), ScoreLimit(sample, z, 1)};
}

static ConfidenceInterval
InPoints(ConfidenceInterval interval)
{
	return (ConfidenceInterval) {POINTS * interval.low, POINTS * interval.high};
}

/*
 * The interval of the score of a sample, in points, within -100..100. It holds the
 * score, which the pseudo-answers would move out of a narrow one. n > 0; a population
 * of which all have answered leaves no doubt.
 */
static ConfidenceInterval
SampleInterval(NpsSample sample, double z, NpsMethod method, double population)
{
	double		score = SampleScore(sample);
	NpsSample	effective = OfPopulation(sample, population);
	ConfidenceInterval interval = {score, score};

	if (isfinite(effective.n))
		interval = method == NPS_SCORE ? ScoreInterval(effective, z)
			: WaldInterval(method == NPS_WALD ? effective : WithPseudoAnswers(effective), z);
	return ClampInterval(InPoints(WidenToHold(interval, score)), -POINTS, POINTS);
}

/* The adjusted Wald interval of counts on 0..10, in points; NaN without answers. */
ConfidenceInterval
NpsInterval(const RatingCounts *counts, double z)
{
	NpsSample	sample = SampleOf(counts);

	if (sample.n == 0)
		return (ConfidenceInterval) {NAN, NAN};
	return SampleInterval(sample, z, NPS_ADJUSTED_WALD, INFINITY);
}

/* The difference a - b, in units of 1. */
static TestResult
CompareSamples(NpsSample a, NpsSample b, double z)
{
	TestResult	result;

	result.difference = SampleScore(a) - SampleScore(b);
	result.stderr_difference = sqrt(SampleVariance(a) / a.n + SampleVariance(b) / b.n);
	result.z = result.stderr_difference > 0
		? result.difference / result.stderr_difference : NAN;
	result.p_value = NormalTwoSided(result.z);
	result.interval.low = result.difference - z * result.stderr_difference;
	result.interval.high = result.difference + z * result.stderr_difference;
	return result;
}

/*
 * The difference a - b in points, as it is seen. Under NPS_ADJUSTED_WALD standard error,
 * z, p-value and interval are those of the shifted scores; the interval is widened to
 * hold the difference. Both have answers.
 */
static TestResult
TestSamples(NpsSample a, NpsSample b, double z, NpsMethod method)
{
	TestResult	result = method == NPS_ADJUSTED_WALD
		? CompareSamples(WithPseudoAnswers(a), WithPseudoAnswers(b), z)
		: CompareSamples(a, b, z);

	result.difference = SampleScore(a) - SampleScore(b);
	result.interval = WidenToHold(result.interval, result.difference);
	result.difference *= POINTS;
	result.stderr_difference *= POINTS;
	result.interval = ClampInterval(InPoints(result.interval), -2 * POINTS, 2 * POINTS);
	return result;
}

/*
 * The adjusted Wald test that two periods have the same score; NaN throughout if either
 * has no answers.
 */
TestResult
NpsChange(const RatingCounts *now, const RatingCounts *before, double z)
{
	NpsSample	a = SampleOf(now);
	NpsSample	b = SampleOf(before);

	if (a.n == 0 || b.n == 0)
		return (TestResult) {NAN, NAN, NAN, NAN, {NAN, NAN}};
	return TestSamples(a, b, z, NPS_ADJUSTED_WALD);
}

/* nps_variance(s) -> double precision: of one answer, -1, 0 or 1 */
Datum
nps_variance(PG_FUNCTION_ARGS)
{
	NpsSample	sample = SampleOfArgument(fcinfo, 0);

	if (sample.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(SampleVariance(sample));
}

/* nps_stderr(s) -> double precision: sqrt(variance / n), points */
Datum
nps_stderr(PG_FUNCTION_ARGS)
{
	NpsSample	sample = SampleOfArgument(fcinfo, 0);

	if (sample.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(POINTS * SampleStderr(sample));
}

/*
 * nps_ci(s, confidence double precision, method text, population double
 *		  precision) -> ci, in points, within -100..100
 *
 * NULL without answers; NULL for any argument but population gives NULL.
 */
Datum
nps_ci(PG_FUNCTION_ARGS)
{
	NpsSample	sample;
	double		z;
	double		population;
	int			method;
	ConfidenceInterval interval;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	z = CriticalValueFor(PG_GETARG_FLOAT8(1));
	method = ChoiceNumber(fcinfo, 2, "method", nps_ci_methods, lengthof(nps_ci_methods));
	population = CheckedPopulation(fcinfo, 3);
	sample = SampleOfArgument(fcinfo, 0);
	if (sample.n == 0)
		PG_RETURN_NULL();
	interval = SampleInterval(sample, z, method, population);
	return IntervalDatum(fcinfo, interval);
}

/*
 * nps_margin_of_error(s, confidence, population) -> double precision: half the
 * width of the adjusted Wald interval before it is cut to -100..100, in points.
 * 0 for a population of which all have answered.
 */
Datum
nps_margin_of_error(PG_FUNCTION_ARGS)
{
	NpsSample	sample;
	double		z;
	double		population;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	z = CriticalValueFor(PG_GETARG_FLOAT8(1));
	population = CheckedPopulation(fcinfo, 2);
	sample = SampleOfArgument(fcinfo, 0);
	if (sample.n == 0)
		PG_RETURN_NULL();
	sample = OfPopulation(sample, population);
	if (!isfinite(sample.n))
		PG_RETURN_FLOAT8(0);
	PG_RETURN_FLOAT8(POINTS * z * SampleStderr(WithPseudoAnswers(sample)));
}

/*
 * nps_test(a, b, confidence double precision, method text) -> test_result
 *
 * See TestSamples. NULL if either has no answers; z and p_value NULL if nothing varies.
 * Strict.
 */
Datum
nps_test(PG_FUNCTION_ARGS)
{
	double		z = CriticalValueFor(PG_GETARG_FLOAT8(2));
	int			method = ChoiceNumber(fcinfo, 3, "method", nps_ci_methods, NPS_ADJUSTED_WALD + 1);
	NpsSample	a = SampleOfArgument(fcinfo, 0);
	NpsSample	b = SampleOfArgument(fcinfo, 1);

	if (a.n == 0 || b.n == 0)
		PG_RETURN_NULL();
	return TestResultDatum(fcinfo, TestSamples(a, b, z, method));
}

static void
RequirePairs(RatingScale scale)
{
	if (!SameScale(scale, PAIRED_SCALE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a paired test needs changes on the scale from -2 to 2, not answers on the scale from %d to %d",
						scale.min, RatingMaxScore(scale)),
				 errhint("nps_paired_agg(before, after) counts them.")));
}

/*
 * nps_paired_test(s, confidence double precision) -> test_result
 *
 * s holds the changes of respondents, -2..2, as nps_paired_agg() counts them. The difference
 * is the mean change that is seen, in points; the rest is of the changes with a pseudo-pair
 * that rises by one class and one that falls. NULL without pairs. Strict.
 */
Datum
nps_paired_test(PG_FUNCTION_ARGS)
{
	double		z = CriticalValueFor(PG_GETARG_FLOAT8(1));
	RatingCounts counts;
	double		mass;
	double		n;
	double		sum = 0;
	double		squares = 0;
	double		mean;
	TestResult	result;

	CountsOfArgument(fcinfo, 0, &counts);
	RequirePairs(counts.scale);
	mass = TotalMass(&counts);
	if (!(mass > 0))
		PG_RETURN_NULL();
	n = EffectiveSize(&counts, mass);
	for (int change = -2; change <= 2; change++)
	{
		double		share = MassBetween(&counts, change, change) / mass;

		sum += change * share * n;
		squares += change * change * share * n;
	}
	mean = sum / (n + 2);
	result.stderr_difference = POINTS * sqrt(fmax((squares + 2) / (n + 2) - mean * mean, 0) / (n + 2));
	result.z = POINTS * mean / result.stderr_difference;
	result.p_value = NormalTwoSided(result.z);
	result.difference = POINTS * sum / n;
	result.interval.low = POINTS * mean - z * result.stderr_difference;
	result.interval.high = POINTS * mean + z * result.stderr_difference;
	result.interval = ClampInterval(WidenToHold(result.interval, result.difference),
									-2 * POINTS, 2 * POINTS);
	return TestResultDatum(fcinfo, result);
}

/*
 * nps_sample_size(margin_points, confidence, population, variance) -> bigint
 *
 * The variance is that of one answer, at most 1 (half promoters, half
 * detractors). NULL population: without limit; any other NULL gives NULL.
 */
Datum
nps_sample_size(PG_FUNCTION_ARGS)
{
	double		margin;
	double		variance;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	margin = PG_GETARG_FLOAT8(0);
	variance = PG_GETARG_FLOAT8(3);
	if (!(margin > 0 && margin <= 100))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("margin must be above 0 and up to 100 points, not %.15g", margin)));
	if (!(variance > 0 && variance <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("variance must be above 0 and up to 1, not %.15g", variance),
				 errhint("1 is the worst case, half promoters and half detractors; nps_variance() tells that of a survey.")));
	PG_RETURN_INT64(SampleSize(variance, margin / POINTS, PG_GETARG_FLOAT8(1),
							   CheckedPopulation(fcinfo, 2)));
}

/* effective_sample_size(s) -> double precision: 0 without answers. Strict. */
Datum
effective_sample_size(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	PG_RETURN_FLOAT8(EffectiveSize(&counts, TotalMass(&counts)));
}

/*
 * The Wilson interval of a share of the answers, on the scale of the effective sample
 * size. NULL without answers.
 */
static Datum
ShareInterval(FunctionCallInfo fcinfo, const RatingCounts *counts, double share, double z)
{
	double		n = EffectiveSize(counts, TotalMass(counts));

	if (isnan(share))
		PG_RETURN_NULL();
	return IntervalDatum(fcinfo, WidenToHold(WilsonInterval(Min(share * n, n), n, z), share));
}

/* csat_ci(s, confidence) -> ci of csat(). Strict. */
Datum
csat_ci(PG_FUNCTION_ARGS)
{
	double		z = CriticalValueFor(PG_GETARG_FLOAT8(1));
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	return ShareInterval(fcinfo, &counts, TopShare(&counts, SatisfiedBoxes(counts.scale)), z);
}

/* top_box_ci(s, boxes integer, confidence) -> ci of top_box_share(). Strict. */
Datum
top_box_ci(PG_FUNCTION_ARGS)
{
	double		z = CriticalValueFor(PG_GETARG_FLOAT8(2));
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	return ShareInterval(fcinfo, &counts, TopShare(&counts, PG_GETARG_INT32(1)), z);
}

/* bottom_box_ci(s, boxes integer, confidence) -> ci of bottom_box_share(). Strict. */
Datum
bottom_box_ci(PG_FUNCTION_ARGS)
{
	double		z = CriticalValueFor(PG_GETARG_FLOAT8(2));
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	return ShareInterval(fcinfo, &counts, BottomShare(&counts, PG_GETARG_INT32(1)), z);
}

/* The mean square of score - scale_min; the weights add up to mass > 0. */
static double
MeanSquareAboveMin(const RatingCounts *counts, double mass)
{
	double		sum = 0;

	for (int i = 0; i < counts->scale.points; i++)
		sum += (double) i * i * (counts->weighted ? counts->weight[i] : (double) counts->count[i]);
	return sum / mass;
}

/*
 * The interval of a mean of n answers on 0..length with that mean and mean square: the
 * normal one after adding an answer at either end of the scale, so that answers that
 * agree do not pass for certain. The same idea as the pseudo-answers of NPS.
 */
static ConfidenceInterval
MeanInterval(double n, double mean, double mean_square, double length, double z)
{
	double		adjusted_n = n + 2;
	double		center = (n * mean + length) / adjusted_n;
	double		variance = (n * mean_square + length * length) / adjusted_n - center * center;
	double		half = z * sqrt(fmax(variance, 0) / adjusted_n);

	return ClampInterval(WidenToHold((ConfidenceInterval) {center - half, center + half}, mean), 0, length);
}

/*
 * mean_score_ci(s, confidence) -> ci of mean_score(), on the scale. NULL without answers.
 * Strict.
 */
Datum
mean_score_ci(PG_FUNCTION_ARGS)
{
	double		z = CriticalValueFor(PG_GETARG_FLOAT8(1));
	double		mass;
	RatingCounts counts;
	ConfidenceInterval interval;

	CountsOfArgument(fcinfo, 0, &counts);
	mass = TotalMass(&counts);
	if (!(mass > 0))
		PG_RETURN_NULL();
	interval = MeanInterval(EffectiveSize(&counts, mass), MeanAbove(&counts, counts.scale.min),
							MeanSquareAboveMin(&counts, mass), counts.scale.points - 1, z);
	interval.low += counts.scale.min;
	interval.high += counts.scale.min;
	return IntervalDatum(fcinfo, interval);
}
