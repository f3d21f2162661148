/*
 * survey.h
 *	  What the files of the concept survey share.
 *
 *	  survey.c				rating_summary: type, aggregates, merging
 *	  survey_series.c		rating_series: the same by period; survey_series.h: reading it
 *	  survey_series_rows.c	its periods as rows, the score and its changes
 *	  survey_scores.c		counts, shares and scores of a summary
 *	  survey_inference.c	intervals, tests and sample sizes
 */
#ifndef RETENTION_SURVEY_H
#define RETENTION_SURVEY_H

#include "packed_io.h"
#include "rating_format.h"
#include "statistics.h"

/* The scales that have a name. */
#define NPS_SCALE ((RatingScale) {0, 11})
#define CSAT_SCALE ((RatingScale) {1, 5})
#define CES_SCALE ((RatingScale) {1, 7})

/* The change of one respondent, from detractor to promoter 2: what nps_paired_agg() counts. */
#define PAIRED_SCALE ((RatingScale) {-2, 5})

/* On 0..10: detractors 0 to 6, passives 7 and 8, promoters 9 and 10. */
#define NPS_DETRACTOR_MAX 6
#define NPS_PROMOTER_MIN 9

/* What a score on 0..10 contributes to the Net Promoter Score: -1, 0 or 1. */
static inline int
NpsContribution(int score)
{
	return score >= NPS_PROMOTER_MIN ? 1 : score <= NPS_DETRACTOR_MAX ? -1 : 0;
}

/* survey.c */
extern Packed *PackCounts(const RatingCounts *counts);
extern void AddCounts(RatingCounts *sum, const RatingCounts *other);
extern RatingScale ScaleOfArguments(FunctionCallInfo fcinfo, int min_argno);
extern void RequireSameScale(RatingScale a, RatingScale b);
NORETURN extern void ScoreOutOfScale(RatingScale scale, double score);
NORETURN extern void ScoreWithFraction(double score);
NORETURN extern void TooManyAnswers(void);

/* The slot of a score, or an error if it is not on the scale. */
static inline int
SlotOfScore(RatingScale scale, int32 score)
{
	int64		slot = (int64) score - scale.min + 1;

	if (unlikely(slot < 1 || slot > scale.points))
		ScoreOutOfScale(scale, score);
	return (int) slot;
}

/* The same for a score that is double precision: a fraction is an error too. */
static inline int
SlotOfFloatScore(RatingScale scale, double score)
{
	if (unlikely(!(score >= scale.min && score <= RatingMaxScore(scale))))
		ScoreOutOfScale(scale, score);
	if (unlikely(score != (int32) score))
		ScoreWithFraction(score);
	return SlotOfScore(scale, (int32) score);
}

static inline bool
SameScale(RatingScale a, RatingScale b)
{
	return a.min == b.min && a.points == b.points;
}

/* The types a score may have. */
typedef enum ScoreType
{
	SCORE_int2,
	SCORE_int4,
	SCORE_float8
} ScoreType;

/*
 * The slot of the score in argument 1: 0 if it is NULL, that is, missing. Asked
 * only when the row counts, so that an ignored row never raises an error.
 */
static inline int
SlotOfArgument(FunctionCallInfo fcinfo, ScoreType type, RatingScale scale)
{
	if (PG_ARGISNULL(1))
		return 0;
	switch (type)
	{
		case SCORE_int2:
			return SlotOfScore(scale, PG_GETARG_INT16(1));
		case SCORE_int4:
			return SlotOfScore(scale, PG_GETARG_INT32(1));
		case SCORE_float8:
			return SlotOfFloatScore(scale, PG_GETARG_FLOAT8(1));
	}
	pg_unreachable();
}

/* survey_scores.c */
extern void CountsOfArgument(FunctionCallInfo fcinfo, int argno, RatingCounts *counts);
extern uint64 NumResponses(const RatingCounts *counts);
extern uint64 NumPromoters(const RatingCounts *counts);
extern uint64 NumPassives(const RatingCounts *counts);
extern uint64 NumDetractors(const RatingCounts *counts);
extern double NpsOf(const RatingCounts *counts);
extern double MassBetween(const RatingCounts *counts, int32 low, int32 high);
extern double TotalMass(const RatingCounts *counts);
extern double TopShare(const RatingCounts *counts, int32 boxes);
extern int32 SatisfiedBoxes(RatingScale scale);
extern double BottomShare(const RatingCounts *counts, int32 boxes);
extern double MeanAbove(const RatingCounts *counts, int32 base);
extern void RequireNpsScale(RatingScale scale);

/* survey_series.c */
extern void RequireSameSeriesCut(PeriodCut a, PeriodCut b);

/* survey_inference.c */
extern ConfidenceInterval NpsInterval(const RatingCounts *counts, double z);
extern TestResult NpsChange(const RatingCounts *now, const RatingCounts *before, double z);

#endif							/* RETENTION_SURVEY_H */
