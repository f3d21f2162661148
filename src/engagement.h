/*
 * engagement.h
 *	  engagement_state for those who read it.
 */
#ifndef RETENTION_ENGAGEMENT_H
#define RETENTION_ENGAGEMENT_H

#include "scorecard.h"

extern const uint8 *EngagementBody(const Scorecard *card, PackedView state);
extern void MeasureEngagement(const Scorecard *card, PackedView state, int64 as_of,
							  KeyMeasure *measures);
extern PackedView CanonicalEngagement(PackedView state);
extern void CheckFiniteMoment(int64 at, const char *what);
NORETURN extern void RefuseEarlierMoment(int64 last, int64 as_of);
extern const char *MomentForMessage(int64 at);

#endif							/* RETENTION_ENGAGEMENT_H */
