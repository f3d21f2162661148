/*
 * roc_rows.c
 *	  What a roc_summary says: how scores and outcomes go together.
 *
 * P positive and N negative outcomes; n = P + N. Counts stay integers as long as
 * possible, so that ties and halves are exact.
 */
#include "roc.h"

#include <math.h>

#include "distributions.h"
#include "miscadmin.h"
#include "rows.h"
#include "statistics.h"

typedef unsigned __int128 LargeCount;

#define MAX_BINS 10000
#define CALIBRATION_CONFIDENCE 0.95

PG_FUNCTION_INFO_V1(roc_auc);
PG_FUNCTION_INFO_V1(roc_auc_ci);
PG_FUNCTION_INFO_V1(roc_gini);
PG_FUNCTION_INFO_V1(roc_ks_statistic);
PG_FUNCTION_INFO_V1(roc_lift);
PG_FUNCTION_INFO_V1(roc_gain_table);
PG_FUNCTION_INFO_V1(roc_roc_curve);
PG_FUNCTION_INFO_V1(roc_brier_score);
PG_FUNCTION_INFO_V1(roc_log_loss);
PG_FUNCTION_INFO_V1(roc_calibration);

/* A summary to be read, perhaps several times. */
typedef struct Roc
{
	PackedView	view;
	int64		positives;		/* P */
	int64		negatives;		/* N */
	double		highest;		/* scores */
	double		lowest;
} Roc;

static RocReader
ReaderOf(const Roc *roc)
{
	RocReader	reader;

	RocReadBegin(&reader, roc->view.bytes, roc->view.size);
	return reader;
}

/* The summary in argument 0. */
static Roc
RocOfArgument(FunctionCallInfo fcinfo)
{
	Roc			roc = {PackedViewOf(PG_GETARG_DATUM(0)), 0, 0, NAN, NAN};
	RocReader	reader = ReaderOf(&roc);
	RocEntry	entry;

	while (RocReadEntry(&reader, &entry))
	{
		roc.positives += entry.positives;
		roc.negatives += entry.negatives;
		if (isnan(roc.highest))
			roc.highest = entry.score;
		roc.lowest = entry.score;
	}
	return roc;
}

static inline double
NumOutcomes(const Roc *roc)
{
	return (double) (roc->positives + roc->negatives);
}

/* ---- how well the scores rank ---- */

/*
 * The area under the ROC curve: the share of pairs of a positive and a negative outcome
 * in which the positive has the higher score, ties counting half (Mann-Whitney; Hanley
 * and McNeil, Radiology 143, 1982). NaN without a pair.
 */
static double
Auc(const Roc *roc)
{
	RocReader	reader = ReaderOf(roc);
	int64		below = roc->negatives;
	LargeCount	twice_won = 0;
	RocEntry	entry;

	if (roc->positives == 0 || roc->negatives == 0)
		return NAN;
	while (RocReadEntry(&reader, &entry))
	{
		below -= entry.negatives;
		twice_won += (LargeCount) entry.positives
			* (2 * (LargeCount) below + (LargeCount) entry.negatives);
	}
	return (double) twice_won / 2 / ((double) roc->positives * (double) roc->negatives);
}

/* The variance of the area, as the sum of what the outcomes of each class add. */
typedef struct AucVariance
{
	double		by_positives;
	double		by_negatives;
} AucVariance;

/*
 * The variance of the area (DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988),
 * from how often each outcome wins against those of the other class. NaN with fewer
 * than two of either class.
 */
static AucVariance
VarianceOfAuc(const Roc *roc, double auc)
{
	RocReader	reader = ReaderOf(roc);
	double		P = (double) roc->positives;
	double		N = (double) roc->negatives;
	int64		above = 0;		/* positives */
	int64		below = roc->negatives;
	double		positive_squares = 0;
	double		negative_squares = 0;
	RocEntry	entry;

	if (roc->positives < 2 || roc->negatives < 2)
		return (AucVariance) {NAN, NAN};
	while (RocReadEntry(&reader, &entry))
	{
		double		of_positive;
		double		of_negative;

		below -= entry.negatives;
		of_positive = ((double) below + (double) entry.negatives / 2) / N - auc;
		of_negative = ((double) above + (double) entry.positives / 2) / P - auc;
		positive_squares += (double) entry.positives * of_positive * of_positive;
		negative_squares += (double) entry.negatives * of_negative * of_negative;
		above += entry.positives;
	}
	return (AucVariance) {positive_squares / (P - 1) / P, negative_squares / (N - 1) / N};
}

/*
 * The interval on the logit scale, with the t distribution of Satterthwaite's degrees of
 * freedom (Brunner and Munzel, Biometrical Journal 42, 2000): few outcomes of one class
 * say little about the variance. 0 < auc < 1.
 */
static ConfidenceInterval
LogitInterval(const Roc *roc, double auc, AucVariance variance, double confidence)
{
	double		total = variance.by_positives + variance.by_negatives;
	double		df = total * total / (variance.by_positives * variance.by_positives / (double) (roc->positives - 1)
									  + variance.by_negatives * variance.by_negatives / (double) (roc->negatives - 1));
	double		logit = log(auc / (1 - auc));
	double		half = StudentCriticalValue(confidence, df) * sqrt(total) / (auc * (1 - auc));

	return (ConfidenceInterval) {1 / (1 + exp(half - logit)), 1 / (1 + exp(-half - logit))};
}

/*
 * The variance that an area of theta has where the scores of the classes are
 * exponentially distributed, as Newcombe adapts it from Hanley and McNeil (Statistics in
 * Medicine 25, 2006, pages 559-573, method 5).
 */
static double
VarianceAtArea(const Roc *roc, double theta)
{
	double		others = ((double) roc->positives + (double) roc->negatives) / 2 - 1;

	return theta * (1 - theta) * (1 + others * (1 - theta) / (2 - theta) + others * theta / (1 + theta))
		/ ((double) roc->positives * (double) roc->negatives);
}

/*
 * Newcombe's limit between an area and an end, 0 or 1: the furthest theta with
 * (theta - auc)^2 <= z^2 variance(theta), found by halving to the last bit.
 */
static double
NewcombeAucLimit(const Roc *roc, double auc, double z, double end)
{
	double		inside = auc;
	double		outside = end;

	for (;;)
	{
		double		middle = (inside + outside) / 2;

		if (middle == inside || middle == outside)
			return inside;
		if ((middle - auc) * (middle - auc) <= z * z * VarianceAtArea(roc, middle))
			inside = middle;
		else
			outside = middle;
	}
}

/* The interval where DeLong's variance is 0: the scores separate the outcomes, or are all equal. */
static ConfidenceInterval
NewcombeAucInterval(const Roc *roc, double auc, double z)
{
	return (ConfidenceInterval) {NewcombeAucLimit(roc, auc, z, 0), NewcombeAucLimit(roc, auc, z, 1)};
}

/* auc(r); NULL without a positive or without a negative outcome */
Datum
roc_auc(PG_FUNCTION_ARGS)
{
	Roc			roc = RocOfArgument(fcinfo);

	PG_RETURN_DEFINED_FLOAT8(Auc(&roc));
}

/* The order is that of auc_ci_methods. */
typedef enum AucMethod
{
	AUC_LOGIT,
	AUC_DELONG
} AucMethod;

static const char *const auc_ci_methods[] = {"logit", "delong"};

/*
 * auc_ci(r, confidence, method text) -> ci; NULL with fewer than two outcomes of either
 * class. Strict.
 */
Datum
roc_auc_ci(PG_FUNCTION_ARGS)
{
	Roc			roc = RocOfArgument(fcinfo);
	double		confidence = PG_GETARG_FLOAT8(1);
	double		z = CriticalValueFor(confidence);
	int			method = ChoiceNumber(fcinfo, 2, "method", auc_ci_methods, lengthof(auc_ci_methods));
	double		auc = Auc(&roc);
	AucVariance variance = VarianceOfAuc(&roc, auc);
	double		half = z * sqrt(variance.by_positives + variance.by_negatives);

	if (isnan(half))
		PG_RETURN_NULL();
	if (method == AUC_DELONG)
		return IntervalDatum(fcinfo, ClampInterval((ConfidenceInterval) {auc - half, auc + half}, 0, 1));
	if (half == 0)
		return IntervalDatum(fcinfo, NewcombeAucInterval(&roc, auc, z));
	return IntervalDatum(fcinfo, LogitInterval(&roc, auc, variance, confidence));
}

/* gini(r): 2 auc - 1 */
Datum
roc_gini(PG_FUNCTION_ARGS)
{
	Roc			roc = RocOfArgument(fcinfo);

	PG_RETURN_DEFINED_FLOAT8(2 * Auc(&roc) - 1);
}

/*
 * ks_statistic(r): the largest distance of the distributions of the scores of the two
 * classes (Kolmogorov and Smirnov). NULL without a positive or without a negative.
 */
Datum
roc_ks_statistic(PG_FUNCTION_ARGS)
{
	Roc			roc = RocOfArgument(fcinfo);
	RocReader	reader = ReaderOf(&roc);
	int64		positives = 0;
	int64		negatives = 0;
	LargeCount	largest = 0;
	RocEntry	entry;

	if (roc.positives == 0 || roc.negatives == 0)
		PG_RETURN_NULL();
	while (RocReadEntry(&reader, &entry))
	{
		LargeCount	a;
		LargeCount	b;

		positives += entry.positives;
		negatives += entry.negatives;
		a = (LargeCount) positives * (LargeCount) roc.negatives;
		b = (LargeCount) negatives * (LargeCount) roc.positives;
		largest = Max(largest, a > b ? a - b : b - a);
	}
	PG_RETURN_FLOAT8((double) largest / ((double) roc.positives * (double) roc.negatives));
}

/*
 * roc_curve(r) -> rows: what is found and what is falsely taken when all scores from a
 * threshold on are; the first takes none.
 */
Datum
roc_roc_curve(PG_FUNCTION_ARGS)
{
	Roc			roc = RocOfArgument(fcinfo);
	RocReader	reader = ReaderOf(&roc);
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RocEntry	entry = {INFINITY, 0, 0};
	int64		positives = 0;
	int64		negatives = 0;

	do
	{
		positives += entry.positives;
		negatives += entry.negatives;
		AddDoubleColumn(&row, entry.score);
		AddDoubleColumn(&row, roc.positives == 0 ? NAN : (double) positives / (double) roc.positives);
		AddDoubleColumn(&row, roc.negatives == 0 ? NAN : (double) negatives / (double) roc.negatives);
		EmitRow(result, &row);
	} while (RocReadEntry(&reader, &entry));
	return (Datum) 0;
}

/* ---- the best part ---- */

/*
 * lift(r, fraction): how much larger the share of positives is among the best fraction
 * of all than among all. Scores that are tied at its edge count in proportion. NULL
 * without a positive.
 */
Datum
roc_lift(PG_FUNCTION_ARGS)
{
	Roc			roc = RocOfArgument(fcinfo);
	RocReader	reader = ReaderOf(&roc);
	double		fraction = PG_GETARG_FLOAT8(1);
	double		n = NumOutcomes(&roc);
	double		wanted = fraction * n;
	int64		taken = 0;
	int64		whole = 0;		/* positives of scores that are taken whole */
	double		partial = 0;
	RocEntry	entry;

	if (!(fraction > 0 && fraction <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fraction must be greater than 0 and at most 1, not %.15g", fraction),
				 fraction > 1 && fraction <= 100 ? errhint("Write 10 %% as 0.1.") : 0));
	if (roc.positives == 0)
		PG_RETURN_NULL();
	while (RocReadEntry(&reader, &entry))
	{
		int64		outcomes = entry.positives + entry.negatives;

		if ((double) (taken + outcomes) > wanted)
		{
			partial = (double) entry.positives * ((wanted - (double) taken) / (double) outcomes);
			break;
		}
		taken += outcomes;
		whole += entry.positives;
	}
	PG_RETURN_FLOAT8(((double) whole + partial) / wanted / ((double) roc.positives / n));
}

/* ---- bins of equal counts ---- */

typedef struct Bin
{
	double		positives;
	double		cumulative_positives;
	double		sum_of_scores;
} Bin;

/* How many bins argument 1 asks for. */
static int
BinsArgument(FunctionCallInfo fcinfo)
{
	int32		bins = PG_GETARG_INT32(1);

	if (bins < 1 || bins > MAX_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins must be between 1 and %d, not %d", MAX_BINS, bins)));
	return bins;
}

/*
 * Divide the outcomes, the best score first, into bins of exactly n / num_bins. A score
 * whose outcomes lie across an edge is divided in proportion. Positions are counted in
 * parts of an outcome, num_bins of which make one, so that edges are whole numbers.
 */
static Bin *
FillBins(const Roc *roc, int num_bins)
{
	RocReader	reader = ReaderOf(roc);
	Bin		   *bins = (Bin *) palloc0(sizeof(Bin) * (size_t) num_bins);
	LargeCount	bin_size = (LargeCount) roc->positives + (LargeCount) roc->negatives;
	LargeCount	left_in_bin = bin_size;
	int64		whole = 0;
	Bin		   *bin = bins;
	RocEntry	entry;

	while (RocReadEntry(&reader, &entry))
	{
		LargeCount	size = (LargeCount) (entry.positives + entry.negatives) * (LargeCount) num_bins;
		LargeCount	left = size;

		while (left > 0)
		{
			LargeCount	taken = Min(left, left_in_bin);
			double		share = (double) taken / (double) size;

			CHECK_FOR_INTERRUPTS();
			bin->positives += (double) entry.positives * share;
			bin->sum_of_scores += entry.score * ((double) taken / num_bins);
			left -= taken;
			left_in_bin -= taken;
			if (left_in_bin == 0)
			{
				bin->cumulative_positives = (double) whole
					+ (double) entry.positives * ((double) (size - left) / (double) size);
				bin++;
				left_in_bin = bin_size;
			}
		}
		whole += entry.positives;
	}
	return bins;
}

/* gain_table(r, bins) -> rows */
Datum
roc_gain_table(PG_FUNCTION_ARGS)
{
	int			num_bins = BinsArgument(fcinfo);
	Roc			roc = RocOfArgument(fcinfo);
	Bin		   *bins = FillBins(&roc, num_bins);
	double		responses = NumOutcomes(&roc) / num_bins;
	double		positives_each = (double) roc.positives / num_bins;	/* with scores that say nothing */
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};

	for (int i = 0; i < num_bins; i++)
	{
		AddColumn(&row, Int32GetDatum(i + 1));
		AddDoubleColumn(&row, responses);
		AddDoubleColumn(&row, bins[i].positives);
		AddDoubleColumn(&row, bins[i].cumulative_positives);
		AddDoubleColumn(&row, bins[i].positives / positives_each);
		AddDoubleColumn(&row, bins[i].cumulative_positives / (double) roc.positives);
		EmitRow(result, &row);
	}
	return (Datum) 0;
}

/* calibration(r, bins) -> rows, with Wilson's interval */
Datum
roc_calibration(PG_FUNCTION_ARGS)
{
	int			num_bins = BinsArgument(fcinfo);
	Roc			roc = RocOfArgument(fcinfo);
	Bin		   *bins = FillBins(&roc, num_bins);
	double		responses = NumOutcomes(&roc) / num_bins;
	double		z = CriticalValueFor(CALIBRATION_CONFIDENCE);
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};

	for (int i = 0; i < num_bins; i++)
	{
		double		positives = Min(bins[i].positives, responses);
		ConfidenceInterval interval = WilsonInterval(positives, responses, z);

		AddColumn(&row, Int32GetDatum(i + 1));
		AddDoubleColumn(&row, responses);
		AddDoubleColumn(&row, bins[i].sum_of_scores / responses);
		AddDoubleColumn(&row, positives / responses);
		AddDoubleColumn(&row, interval.low);
		AddDoubleColumn(&row, interval.high);
		EmitRow(result, &row);
	}
	return (Datum) 0;
}

/* ---- scores that are probabilities ---- */

/* Refuse scores that are not. */
static void
RequireProbabilities(const Roc *roc, const char *function)
{
	double		wrong = roc->lowest < 0 ? roc->lowest : roc->highest;

	if (wrong < 0 || wrong > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs scores between 0 and 1, not %.15g", function, wrong),
				 errhint("Score with probabilities, as predict() gives them.")));
}

/* brier_score(r): the mean squared distance of score and outcome (Brier 1950) */
Datum
roc_brier_score(PG_FUNCTION_ARGS)
{
	Roc			roc = RocOfArgument(fcinfo);
	RocReader	reader = ReaderOf(&roc);
	double		sum = 0;
	RocEntry	entry;

	RequireProbabilities(&roc, "brier_score");
	while (RocReadEntry(&reader, &entry))
		sum += (double) entry.positives * (1 - entry.score) * (1 - entry.score)
			+ (double) entry.negatives * entry.score * entry.score;
	PG_RETURN_FLOAT8(sum / NumOutcomes(&roc));
}

/*
 * log_loss(r): minus the mean log-likelihood of the outcomes; infinity if one happened
 * that had probability 0.
 */
Datum
roc_log_loss(PG_FUNCTION_ARGS)
{
	Roc			roc = RocOfArgument(fcinfo);
	RocReader	reader = ReaderOf(&roc);
	double		sum = 0;
	RocEntry	entry;

	RequireProbabilities(&roc, "log_loss");
	while (RocReadEntry(&reader, &entry))
	{
		if (entry.positives > 0)
			sum -= (double) entry.positives * log(entry.score);
		if (entry.negatives > 0)
			sum -= (double) entry.negatives * log1p(-entry.score);
	}
	PG_RETURN_FLOAT8(sum / NumOutcomes(&roc) + 0.0);
}
