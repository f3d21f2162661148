/*
 * lead_score.h
 *	  Scores of leads: what lead_score(), score_leads() and crossing_time() share.
 */
#ifndef RETENTION_LEAD_SCORE_H
#define RETENTION_LEAD_SCORE_H

#include "engagement.h"
#include "rows.h"

/* The score of a lead. */
typedef struct LeadScore
{
	double		fit;
	double		engagement;
	double		score;
} LeadScore;

static inline double
Clamp(double points, double min, double max)
{
	return points < min ? min : points > max ? max : points;
}

extern JsonbContainer *AttributesOf(Jsonb *attributes);
extern double FitOf(const Scorecard *card, JsonbContainer *attributes);
extern double GroupPoints(const CardGroup *group, const KeyMeasure *measures);
extern double EngagementOf(const Scorecard *card, const KeyMeasure *measures);
extern LeadScore ScoreOf(const Scorecard *card, double fit, double engagement);
extern const CardGrade *GradeOf(const CardComponent *component, double points);
extern void AddScoreColumns(RowBuilder *row, const Scorecard *card, LeadScore score);
extern int64 MomentOfArgument(FunctionCallInfo fcinfo, int argno);

#endif							/* RETENTION_LEAD_SCORE_H */
