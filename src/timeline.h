/*
 * timeline.h
 *	  mrr_timeline for the other files of the concept revenue.
 */
#ifndef RETENTION_TIMELINE_H
#define RETENTION_TIMELINE_H

#include "money_numeric.h"
#include "mrr_steps.h"
#include "packed_io.h"
#include "timeline_format.h"

/* A timeline as changes. Without any line it has none, and no starts. */
typedef struct Timeline
{
	bool		has_products;
	int32		first_start;	/* day on which the first line starts */
	int32		last_start;
	MrrChange  *changes;		/* product: a position in products; 0 without products */
	size_t		num_changes;
	size_t		max_changes;
	TimelineProduct *products;	/* their names lie in the bytes that were read */
	int32		num_products;
	int32		max_products;
} Timeline;

/* A line as the arguments of an aggregate say it. */
typedef struct SubscriptionLine
{
	int32		start;
	int32		end;			/* exclusive; of no use if the line is open */
	bool		is_open;
	Money		mrr;
} SubscriptionLine;

extern PackedView CanonicalTimeline(PackedView state);
extern void ReadTimeline(PackedView view, Timeline *timeline);
extern bool LineOfArguments(FunctionCallInfo fcinfo, int argno, SubscriptionLine *line);

/* The next step of a walk; false after the last. Sums out of range are an error. */
static inline bool
NextMrrStep(MrrWalk *walk, MrrStep *step)
{
	MrrWalkResult result = MrrWalkNext(walk, step);

	if (unlikely(result == MRR_OUT_OF_RANGE))
		MoneyOutOfRange();
	return result == MRR_STEP;
}

#endif							/* RETENTION_TIMELINE_H */
