/*
 * respondents_rows.c
 *	  Scores of a respondent_series by period, with intervals and changes that know who
 *	  answered more than once.
 *
 * A score is the ratio of two sums over respondents, of contributions s and of answers n.
 * Its variance is that of the sum of s - score * n, divided by the square of the sum of n:
 * respondents are independent, the answers of one are not. Two periods in a row have a
 * covariance, from the respondents who answered in both. Counting the latest answer of
 * each is the same with n = 1.
 *
 * Pseudo-respondents keep answers that agree from passing for certain, as the
 * pseudo-answers of the adjusted Wald interval do. Each answers as often as the respondent
 * of a random answer: where a few people give most answers, it weighs as much as they do.
 * Where nobody answers twice, the intervals are those of nps_ci(), csat_ci() and
 * mean_score_ci().
 */
#include "respondents.h"

#include <math.h>

#include "distributions.h"
#include "interrupts.h"
#include "period.h"
#include "survey.h"

PG_FUNCTION_INFO_V1(nps_respondent_series);
PG_FUNCTION_INFO_V1(csat_respondent_series);
PG_FUNCTION_INFO_V1(rating_respondent_series);

/* Which answers of a respondent count. The order is that of answers_choices. */
typedef enum CountedAnswers
{
	ANSWERS_LATEST,
	ANSWERS_ALL
} CountedAnswers;

static const char *const answers_choices[] = {"latest", "all"};

/* The ends of what an answer contributes, and how many pseudo-respondents there are. */
typedef struct PseudoRespondents
{
	double		low;
	double		high;
	double		at_ends;		/* at each end */
	double		in_middle;
	double		of_change;		/* the least that they add to the squares of a change */
} PseudoRespondents;

/* Sums over the respondents of a period, of the answers that count. */
typedef struct RespondentSums
{
	int64		silent;			/* respondents without an answer */
	double		respondents;
	double		answers;
	double		sum;
	double		nn;
	double		ns;
	double		ss;
	/* over the respondents of this period and of the one before */
	double		nn_before;
	double		ns_before;
	double		sn_before;
	double		ss_before;
	int64		above;
	int64		below;
} RespondentSums;

/* A score with pseudo-respondents. The squares are those of s - score * n. */
typedef struct AdjustedScore
{
	double		score;
	double		answers;
	double		answers_each;	/* of a pseudo-respondent */
	double		squares;		/* of the real respondents */
	double		pseudo_squares;
} AdjustedScore;

/* The change from the period before, in units of a contribution. NaN: there is none. */
typedef struct ScoreChange
{
	double		change;
	ConfidenceInterval interval;
	double		p_value;
} ScoreChange;

static const ScoreChange no_change = {NAN, {NAN, NAN}, NAN};

/* What the rows of a series have in common. */
typedef struct SeriesQuestion
{
	RespondentHead head;
	PseudoRespondents pseudo;
	CountedAnswers answers;
	double		z;
	double		unit;			/* of the scores shown: 100 for points */
	double		base;			/* what is added to them */
	DateADT		as_of;
} SeriesQuestion;

static PseudoRespondents
PseudoRespondentsOf(const RespondentHead *head)
{
	double		length = head->scale.points - 1;

	switch (head->measure)
	{
		case MEASURE_NPS:
			return (PseudoRespondents) {-1, 1, 0.75, 1.5, 2};
		case MEASURE_SHARE:
			return (PseudoRespondents) {0, 1, 1, 0, 1};
		case MEASURE_MEAN:
			return (PseudoRespondents) {0, length, 1, 0, length * length / 2};
	}
	pg_unreachable();
}

/* The sums of a period for one way to count answers. */
static RespondentSums
SumsOfPeriod(const RespondentPeriod *period, CountedAnswers answers)
{
	const int64 *n = period->numbers;
	RespondentSums sums;

	sums.silent = n[NUMBER_SILENT];
	sums.respondents = (double) n[NUMBER_RESPONDENTS];
	if (answers == ANSWERS_LATEST)
	{
		sums.above = n[NUMBER_LATEST_ABOVE];
		sums.below = n[NUMBER_LATEST_BELOW];
		sums.answers = sums.nn = sums.respondents;
		sums.sum = sums.ns = (double) sums.above - (double) sums.below;
		sums.ss = (double) n[NUMBER_LL];
		sums.nn_before = (double) n[NUMBER_IN_BOTH];
		sums.ns_before = (double) n[NUMBER_L_BEFORE];
		sums.sn_before = (double) n[NUMBER_L_OF_BOTH];
		sums.ss_before = (double) n[NUMBER_LL_BEFORE];
		return sums;
	}
	sums.above = n[NUMBER_ABOVE];
	sums.below = n[NUMBER_BELOW];
	sums.answers = (double) n[NUMBER_ANSWERS];
	sums.sum = (double) sums.above - (double) sums.below;
	sums.nn = (double) n[NUMBER_NN];
	sums.ns = (double) n[NUMBER_NS];
	sums.ss = (double) n[NUMBER_SS];
	sums.nn_before = (double) n[NUMBER_NN_BEFORE];
	sums.ns_before = (double) n[NUMBER_NS_BEFORE];
	sums.sn_before = (double) n[NUMBER_SN_BEFORE];
	sums.ss_before = (double) n[NUMBER_SS_BEFORE];
	return sums;
}

/* The score as it is seen; NaN without answers. */
static double
SeenScore(const RespondentSums *sums)
{
	return sums->answers > 0 ? sums->sum / sums->answers : NAN;
}

static double
Square(double x)
{
	return x * x;
}

/* The score with pseudo-respondents, of a period with answers. */
static AdjustedScore
Adjust(const RespondentSums *sums, const PseudoRespondents *pseudo)
{
	double		each = sums->nn / sums->answers;
	double		middle = (pseudo->low + pseudo->high) / 2;
	double		number = 2 * pseudo->at_ends + pseudo->in_middle;
	AdjustedScore adjusted;
	double		score;

	adjusted.answers_each = each;
	adjusted.answers = sums->answers + each * number;
	adjusted.score = score = (sums->sum + each * number * middle) / adjusted.answers;
	adjusted.squares = fmax(sums->ss - 2 * score * sums->ns + score * score * sums->nn, 0);
	adjusted.pseudo_squares = Square(each) *
		(pseudo->at_ends * (Square(pseudo->low - score) + Square(pseudo->high - score)) +
		 pseudo->in_middle * Square(middle - score));
	return adjusted;
}

static double
VarianceOf(const AdjustedScore *adjusted)
{
	return (adjusted->squares + adjusted->pseudo_squares) / Square(adjusted->answers);
}

/*
 * The Wilson interval of a share, of as many independent answers as have the variance of
 * the adjusted one: as many as there are respondents where nobody answers twice.
 */
static ConfidenceInterval
ShareInterval(const RespondentSums *sums, const AdjustedScore *adjusted, double z)
{
	double		share = SeenScore(sums);
	double		n = adjusted->score * (1 - adjusted->score) / VarianceOf(adjusted) - 2;

	n = fmax(fmin(n, sums->answers), 1);
	return WidenToHold(WilsonInterval(Min(share * n, n), n, z), share);
}

/* The interval of the score of a period; NaN without answers. */
static ConfidenceInterval
ScoreInterval(const SeriesQuestion *question, const RespondentSums *sums)
{
	AdjustedScore adjusted;
	double		half;
	ConfidenceInterval interval;

	if (!(sums->answers > 0))
		return (ConfidenceInterval) {NAN, NAN};
	adjusted = Adjust(sums, &question->pseudo);
	if (question->head.measure == MEASURE_SHARE)
		return ShareInterval(sums, &adjusted, question->z);
	half = question->z * sqrt(VarianceOf(&adjusted));
	interval = (ConfidenceInterval) {adjusted.score - half, adjusted.score + half};
	return ClampInterval(WidenToHold(interval, SeenScore(sums)),
						 question->pseudo.low, question->pseudo.high);
}

/*
 * The variance of the change between two periods in a row. The pseudo-respondents are
 * taken to change their minds as the respondents of both periods do, but some of them
 * always: or a panel in which nobody changed would have no doubt.
 */
static double
ChangeVariance(const RespondentSums *sums, const AdjustedScore *now, const AdjustedScore *before,
			   const PseudoRespondents *pseudo)
{
	double		both = now->answers * before->answers;
	double		covariance = sums->ss_before - before->score * sums->sn_before
		- now->score * sums->ns_before + now->score * before->score * sums->nn_before;
	double		norm = sqrt(now->squares) * sqrt(before->squares);
	double		correlation = norm > 0 ? fmax(fmin(covariance / norm, 1), 0) : 0;
	double		seen = now->squares / Square(now->answers)
		+ before->squares / Square(before->answers) - 2 * covariance / both;
	double		strangers = now->pseudo_squares / Square(now->answers)
		+ before->pseudo_squares / Square(before->answers);
	double		panel = strangers
		- 2 * correlation * sqrt(now->pseudo_squares) * sqrt(before->pseudo_squares) / both;
	double		least = pseudo->of_change * now->answers_each * before->answers_each / both;

	return fmax(seen, 0) + fmin(strangers, fmax(panel, least));
}

/* How a period differs from the one before; either may be without answers. */
static ScoreChange
ChangeOf(const SeriesQuestion *question, const RespondentSums *now, const RespondentSums *before)
{
	AdjustedScore adjusted_now;
	AdjustedScore adjusted_before;
	ScoreChange change;
	double		difference;
	double		error;
	double		range = question->pseudo.high - question->pseudo.low;

	if (now->answers == 0 || before->answers == 0)
		return no_change;
	adjusted_now = Adjust(now, &question->pseudo);
	adjusted_before = Adjust(before, &question->pseudo);
	difference = adjusted_now.score - adjusted_before.score;
	error = sqrt(ChangeVariance(now, &adjusted_now, &adjusted_before, &question->pseudo));
	change.change = SeenScore(now) - SeenScore(before);
	change.p_value = NormalTwoSided(difference / error);
	change.interval.low = difference - question->z * error;
	change.interval.high = difference + question->z * error;
	change.interval = ClampInterval(WidenToHold(change.interval, change.change), -range, range);
	return change;
}

/* ---- rows ---- */

/* The periods of a series one after the other, those without answers too. */
typedef struct PeriodWalk
{
	RespondentReader reader;
	RespondentPeriod ahead;
	bool		has_ahead;
	RespondentSums now;
	RespondentSums before;
} PeriodWalk;

static void
BeginPeriods(PeriodWalk *walk, PackedView series)
{
	memset(walk, 0, sizeof(*walk));
	RespondentReadBegin(&walk->reader, series.bytes, series.size);
	walk->has_ahead = RespondentReadPeriod(&walk->reader, &walk->ahead);
}

/* Go on to the period after the one at hand. */
static void
MoveTo(PeriodWalk *walk, int64 index, CountedAnswers answers)
{
	walk->before = walk->now;
	memset(&walk->now, 0, sizeof(walk->now));
	if (!walk->has_ahead || walk->ahead.index != index)
		return;
	walk->now = SumsOfPeriod(&walk->ahead, answers);
	walk->has_ahead = RespondentReadPeriod(&walk->reader, &walk->ahead);
}

/* The p-values of the changes of all rows, corrected. */
static PValueList
CorrectedPValues(const SeriesQuestion *question, PackedView series, int64 first_index,
				 int64 num_rows, Correction correction)
{
	PValueList	list = {0};
	PeriodWalk	walk;

	BeginPeriods(&walk, series);
	for (int64 i = 0; i < num_rows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		MoveTo(&walk, first_index + i, question->answers);
		AppendPValue(&list, ChangeOf(question, &walk.now, &walk.before).p_value);
	}
	CorrectPValues(&list, correction);
	return list;
}

static void
AddScoreColumn(RowBuilder *row, const SeriesQuestion *question, double score, double base)
{
	AddDoubleColumn(row, score * question->unit + base);
}

/* Fill the row of a period. */
static void
FillRow(RowBuilder *row, const SeriesQuestion *question, int64 index, const PeriodWalk *walk,
		PValueList *corrected)
{
	const RespondentSums *now = &walk->now;
	PeriodCut	cut = question->head.cut;
	DateADT		period_end = CheckedEndDay(cut, index);
	ConfidenceInterval interval = ScoreInterval(question, now);
	ScoreChange change = ChangeOf(question, now, &walk->before);

	AddColumn(row, DateADTGetDatum(CheckedFirstDay(cut, index)));
	AddColumn(row, DateADTGetDatum(period_end));
	AddColumn(row, Int64GetDatum((int64) now->respondents));
	AddColumn(row, Int64GetDatum((int64) now->answers));
	if (question->head.measure != MEASURE_MEAN)
		AddColumn(row, Int64GetDatum(now->above));
	if (question->head.measure == MEASURE_NPS)
	{
		AddColumn(row, Int64GetDatum((int64) now->answers - now->above - now->below));
		AddColumn(row, Int64GetDatum(now->below));
	}
	AddScoreColumn(row, question, SeenScore(now), question->base);
	AddScoreColumn(row, question, interval.low, question->base);
	AddScoreColumn(row, question, interval.high, question->base);
	AddScoreColumn(row, question, change.change, 0);
	AddScoreColumn(row, question, change.interval.low, 0);
	AddScoreColumn(row, question, change.interval.high, 0);
	AddDoubleColumn(row, change.p_value);
	AddDoubleColumn(row, NextPValue(corrected, change.p_value));
	AddColumn(row, BoolGetDatum(period_end - 1 <= question->as_of));
	AddColumn(row, Int64GetDatum(now->silent));
}

static void
RequireMeasure(const RespondentHead *head, RespondentMeasure measure)
{
	static const char *const aggregates[] = {
		[MEASURE_NPS] = "nps_respondents_agg",
		[MEASURE_SHARE] = "csat_respondents_agg",
		[MEASURE_MEAN] = "rating_respondents_agg"
	};

	if (head->measure != measure)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the series is one of %s, not of %s", aggregates[head->measure],
						aggregates[measure])));
}

/* The rows of a series, an error if there are more than max_rows. */
static int64
NumRows(const SeriesQuestion *question, int64 first_index, int64 max_rows)
{
	int64		num_rows = PeriodIndex(question->head.cut, question->as_of) - first_index + 1;

	if (num_rows > max_rows)
		TooManyRows(num_rows, max_rows, "period", DateForMessage(question->head.first_day),
					DateForMessage(question->as_of));
	return Max(num_rows, 0);
}

/*
 * The rows of the three functions: (rs, as_of date, answers text, confidence, correction
 * text, max_rows bigint). NULL as_of: the last day seen; NULL max_rows: no limit. NULL for
 * any other argument gives no rows.
 */
static Datum
RespondentRows(FunctionCallInfo fcinfo, RespondentMeasure measure)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	PackedView	series;
	SeriesQuestion question;
	Correction	correction;
	PeriodWalk	walk;
	PValueList	corrected;
	int64		first_index;
	int64		num_rows;
	int64		max_rows = MaxRowsArgument(fcinfo, 5);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		return (Datum) 0;
	series = PackedViewOf(PG_GETARG_DATUM(0));
	question.head = RespondentReadHead(series.bytes);
	RequireMeasure(&question.head, measure);
	question.pseudo = PseudoRespondentsOf(&question.head);
	question.as_of = PG_ARGISNULL(1) ? question.head.last_day : PG_GETARG_DATEADT(1);
	CheckFiniteDate(question.as_of, "as_of");
	question.answers = ChoiceNumber(fcinfo, 2, "answers", answers_choices,
									lengthof(answers_choices));
	question.z = CriticalValueFor(PG_GETARG_FLOAT8(3));
	question.unit = measure == MEASURE_NPS ? 100 : 1;
	question.base = measure == MEASURE_MEAN ? question.head.scale.min : 0;
	correction = CorrectionArgument(fcinfo, 4);

	first_index = PeriodIndex(question.head.cut, question.head.first_day);
	num_rows = NumRows(&question, first_index, max_rows);
	corrected = CorrectedPValues(&question, series, first_index, num_rows, correction);
	BeginPeriods(&walk, series);
	for (int64 i = 0; i < num_rows; i++)
	{
		MoveTo(&walk, first_index + i, question.answers);
		FillRow(&row, &question, first_index + i, &walk, &corrected);
		EmitRow(result, &row);
	}
	return (Datum) 0;
}

/* nps_respondent_series(...) -> set of nps_respondent_series_row, scores in points */
Datum
nps_respondent_series(PG_FUNCTION_ARGS)
{
	return RespondentRows(fcinfo, MEASURE_NPS);
}

/* csat_respondent_series(...) -> set of csat_respondent_series_row, shares */
Datum
csat_respondent_series(PG_FUNCTION_ARGS)
{
	return RespondentRows(fcinfo, MEASURE_SHARE);
}

/* rating_respondent_series(...) -> set of rating_respondent_series_row, on the scale */
Datum
rating_respondent_series(PG_FUNCTION_ARGS)
{
	return RespondentRows(fcinfo, MEASURE_MEAN);
}
