/*
 * survey_scores.c
 *	  Counts, shares and scores of a rating_summary.
 *
 * Counts are of answers; shares, scores and means are weighted where the summary
 * is. What would divide by zero is NULL. doc/survey.md gives the definitions and
 * says where other tools differ.
 */
#include "survey.h"

#include <math.h>

#include "utils/builtins.h"

/* Read the summary in an argument that is not NULL. */
void
CountsOfArgument(FunctionCallInfo fcinfo, int argno, RatingCounts *counts)
{
	RatingSummaryUnpack(PackedViewOf(PG_GETARG_DATUM(argno)).bytes, counts);
}

/* How many answers there are between two scores, both included. */
static uint64
CountBetween(const RatingCounts *counts, int32 low, int32 high)
{
	uint64		sum = 0;

	/* by position: the highest score may be the largest integer */
	for (int i = low - counts->scale.min; i <= high - counts->scale.min; i++)
		sum += counts->count[i];
	return sum;
}

uint64
NumResponses(const RatingCounts *counts)
{
	return CountBetween(counts, counts->scale.min, RatingMaxScore(counts->scale));
}

/* The three classes of answers on the scale 0..10. */

uint64
NumPromoters(const RatingCounts *counts)
{
	return CountBetween(counts, NPS_PROMOTER_MIN, 10);
}

uint64
NumPassives(const RatingCounts *counts)
{
	return CountBetween(counts, NPS_DETRACTOR_MAX + 1, NPS_PROMOTER_MIN - 1);
}

uint64
NumDetractors(const RatingCounts *counts)
{
	return CountBetween(counts, 0, NPS_DETRACTOR_MAX);
}

/* The weight of the answers between two scores; their number if unweighted. */
double
MassBetween(const RatingCounts *counts, int32 low, int32 high)
{
	double		sum = 0;

	if (!counts->weighted)
		return (double) CountBetween(counts, low, high);
	for (int i = low - counts->scale.min; i <= high - counts->scale.min; i++)
		sum += counts->weight[i];
	return sum;
}

double
TotalMass(const RatingCounts *counts)
{
	return MassBetween(counts, counts->scale.min, RatingMaxScore(counts->scale));
}

/* NaN without answers */
static double
Share(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static double
ShareBetween(const RatingCounts *counts, int32 low, int32 high)
{
	return Share(MassBetween(counts, low, high), TotalMass(counts));
}

/* The breaks of NPS belong to its own scale. */
void
RequireNpsScale(RatingScale scale)
{
	if (!SameScale(scale, NPS_SCALE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("promoters and detractors are defined on the scale from 0 to 10, not from %d to %d",
						scale.min, RatingMaxScore(scale)),
				 errhint("On another scale say where they begin: nps(s, detractor_max => ..., promoter_min => ...); for a series, with each of its period_summaries().")));
}

static void
NpsCountsOfArgument(FunctionCallInfo fcinfo, RatingCounts *counts)
{
	CountsOfArgument(fcinfo, 0, counts);
	RequireNpsScale(counts->scale);
}

/* Points, -100..100, or NaN without answers. */
static double
NetPromoterScore(const RatingCounts *counts, int32 detractor_max, int32 promoter_min)
{
	double		promoters = MassBetween(counts, promoter_min, RatingMaxScore(counts->scale));
	double		detractors = MassBetween(counts, counts->scale.min, detractor_max);

	return Share(100 * (promoters - detractors), TotalMass(counts));
}

/* The score of counts on the scale 0..10. */
double
NpsOf(const RatingCounts *counts)
{
	return NetPromoterScore(counts, NPS_DETRACTOR_MAX, NPS_PROMOTER_MIN);
}

PG_FUNCTION_INFO_V1(num_responses);
PG_FUNCTION_INFO_V1(num_missing);
PG_FUNCTION_INFO_V1(weighted_responses);
PG_FUNCTION_INFO_V1(response_rate);
PG_FUNCTION_INFO_V1(promoters);
PG_FUNCTION_INFO_V1(passives);
PG_FUNCTION_INFO_V1(detractors);
PG_FUNCTION_INFO_V1(promoter_share);
PG_FUNCTION_INFO_V1(passive_share);
PG_FUNCTION_INFO_V1(detractor_share);
PG_FUNCTION_INFO_V1(nps);
PG_FUNCTION_INFO_V1(nps_with_breaks);
PG_FUNCTION_INFO_V1(csat);
PG_FUNCTION_INFO_V1(top_box_share);
PG_FUNCTION_INFO_V1(bottom_box_share);
PG_FUNCTION_INFO_V1(net_score);
PG_FUNCTION_INFO_V1(mean_score);
PG_FUNCTION_INFO_V1(percent_of_maximum);
PG_FUNCTION_INFO_V1(score_counts);
PG_FUNCTION_INFO_V1(nps_category);

/* num_responses(s) -> bigint: answers, each counted once */
Datum
num_responses(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	PG_RETURN_INT64((int64) NumResponses(&counts));
}

/* num_missing(s) -> bigint: rows whose score was NULL */
Datum
num_missing(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	PG_RETURN_INT64((int64) counts.missing);
}

/* weighted_responses(s) -> double precision: sum of weights; unweighted: answers */
Datum
weighted_responses(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	PG_RETURN_FLOAT8(TotalMass(&counts));
}

/* response_rate(s) -> double precision: answers / (answers + missing), unweighted */
Datum
response_rate(PG_FUNCTION_ARGS)
{
	RatingCounts counts;
	double		responses;

	CountsOfArgument(fcinfo, 0, &counts);
	responses = (double) NumResponses(&counts);
	PG_RETURN_DEFINED_FLOAT8(Share(responses, responses + (double) counts.missing));
}

/* promoters(s) -> bigint: answers 9 and 10 */
Datum
promoters(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	NpsCountsOfArgument(fcinfo, &counts);
	PG_RETURN_INT64((int64) NumPromoters(&counts));
}

/* passives(s) -> bigint: answers 7 and 8 */
Datum
passives(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	NpsCountsOfArgument(fcinfo, &counts);
	PG_RETURN_INT64((int64) NumPassives(&counts));
}

/* detractors(s) -> bigint: answers 0 to 6 */
Datum
detractors(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	NpsCountsOfArgument(fcinfo, &counts);
	PG_RETURN_INT64((int64) NumDetractors(&counts));
}

/* promoter_share(s) -> double precision, 0..1 */
Datum
promoter_share(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	NpsCountsOfArgument(fcinfo, &counts);
	PG_RETURN_DEFINED_FLOAT8(ShareBetween(&counts, NPS_PROMOTER_MIN, 10));
}

/* passive_share(s) -> double precision, 0..1 */
Datum
passive_share(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	NpsCountsOfArgument(fcinfo, &counts);
	PG_RETURN_DEFINED_FLOAT8(ShareBetween(&counts, NPS_DETRACTOR_MAX + 1, NPS_PROMOTER_MIN - 1));
}

/* detractor_share(s) -> double precision, 0..1 */
Datum
detractor_share(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	NpsCountsOfArgument(fcinfo, &counts);
	PG_RETURN_DEFINED_FLOAT8(ShareBetween(&counts, 0, NPS_DETRACTOR_MAX));
}

/*
 * nps(s) -> double precision: promoter share minus detractor share, in points.
 * Also the final function of the aggregate nps(score).
 */
Datum
nps(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	NpsCountsOfArgument(fcinfo, &counts);
	PG_RETURN_DEFINED_FLOAT8(NpsOf(&counts));
}

/* nps(s, detractor_max integer, promoter_min integer): the same for any scale */
Datum
nps_with_breaks(PG_FUNCTION_ARGS)
{
	int32		detractor_max = PG_GETARG_INT32(1);
	int32		promoter_min = PG_GETARG_INT32(2);
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	if (detractor_max < counts.scale.min || promoter_min > RatingMaxScore(counts.scale) ||
		detractor_max >= promoter_min)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("detractors up to %d and promoters from %d do not fit the scale from %d to %d",
						detractor_max, promoter_min, counts.scale.min,
						RatingMaxScore(counts.scale)),
				 errdetail("Needed: %d <= detractor_max < promoter_min <= %d.",
						   counts.scale.min, RatingMaxScore(counts.scale))));
	PG_RETURN_DEFINED_FLOAT8(NetPromoterScore(&counts, detractor_max, promoter_min));
}

static int32
CheckedBoxes(int32 boxes, RatingScale scale)
{
	if (boxes < 1 || boxes > scale.points)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("boxes must be between 1 and the %d scores of the scale, not %d",
						scale.points, boxes)));
	return boxes;
}

double
TopShare(const RatingCounts *counts, int32 boxes)
{
	int32		max = RatingMaxScore(counts->scale);

	return ShareBetween(counts, max - (CheckedBoxes(boxes, counts->scale) - 1), max);
}

double
BottomShare(const RatingCounts *counts, int32 boxes)
{
	int32		min = counts->scale.min;

	return ShareBetween(counts, min, min + (CheckedBoxes(boxes, counts->scale) - 1));
}

/*
 * How many of the highest scores are satisfied answers: two; on a scale of two (good, bad)
 * or three one, for the next one is not a satisfied answer there.
 */
int32
SatisfiedBoxes(RatingScale scale)
{
	return scale.points <= 3 ? 1 : 2;
}

/* csat(s) -> double precision: share of the satisfied answers, 0..1 */
Datum
csat(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	PG_RETURN_DEFINED_FLOAT8(TopShare(&counts, SatisfiedBoxes(counts.scale)));
}

/* top_box_share(s, boxes integer) -> double precision, 0..1 */
Datum
top_box_share(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	PG_RETURN_DEFINED_FLOAT8(TopShare(&counts, PG_GETARG_INT32(1)));
}

/* bottom_box_share(s, boxes integer) -> double precision, 0..1 */
Datum
bottom_box_share(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	PG_RETURN_DEFINED_FLOAT8(BottomShare(&counts, PG_GETARG_INT32(1)));
}

/* net_score(s, boxes integer) -> double precision, -1..1: top share - bottom share */
Datum
net_score(PG_FUNCTION_ARGS)
{
	int32		boxes = PG_GETARG_INT32(1);
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	if (CheckedBoxes(boxes, counts.scale) > counts.scale.points / 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the top and the bottom %d of %d scores overlap",
						boxes, counts.scale.points),
				 errdetail("boxes can be at most %d.", counts.scale.points / 2)));
	PG_RETURN_DEFINED_FLOAT8(TopShare(&counts, boxes) - BottomShare(&counts, boxes));
}

/* Mean of score - base; NaN without answers. */
double
MeanAbove(const RatingCounts *counts, int32 base)
{
	double		sum = 0;

	for (int i = 0; i < counts->scale.points; i++)
		sum += ((double) counts->scale.min + i - base)
			* (counts->weighted ? counts->weight[i] : (double) counts->count[i]);
	return Share(sum, TotalMass(counts));
}

/* mean_score(s) -> double precision, on the scale */
Datum
mean_score(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	PG_RETURN_DEFINED_FLOAT8(MeanAbove(&counts, 0));
}

/* percent_of_maximum(s) -> double precision, 0..1: (mean - min) / (max - min) */
Datum
percent_of_maximum(PG_FUNCTION_ARGS)
{
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	PG_RETURN_DEFINED_FLOAT8(MeanAbove(&counts, counts.scale.min) / (counts.scale.points - 1));
}

/*
 * score_counts(s) -> set of (score integer, responses bigint, share double
 * precision): every score of the scale, also those nobody gave. Strict.
 */
Datum
score_counts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RatingCounts counts;

	CountsOfArgument(fcinfo, 0, &counts);
	for (int i = 0; i < counts.scale.points; i++)
	{
		int32		score = counts.scale.min + i;

		AddColumn(&row, Int32GetDatum(score));
		AddColumn(&row, Int64GetDatum((int64) counts.count[i]));
		AddDoubleColumn(&row, ShareBetween(&counts, score, score));
		EmitRow(result, &row);
	}
	return (Datum) 0;
}

/* nps_category(score double precision) -> text: promoter, passive or detractor */
Datum
nps_category(PG_FUNCTION_ARGS)
{
	int32		score = SlotOfFloatScore(NPS_SCALE, PG_GETARG_FLOAT8(0)) - 1;

	PG_RETURN_TEXT_P(cstring_to_text(score >= NPS_PROMOTER_MIN ? "promoter"
									 : score > NPS_DETRACTOR_MAX ? "passive" : "detractor"));
}
