/*
 * retention.h
 *	  retention_summary while it is built and read.
 *
 *	  activity.c			activity_days: type, aggregates, set operations
 *	  retention_ages.c		the counts of a cohort in memory, adding a customer's ages
 *	  retention_state.c		a summary in memory: cohorts, merging, packing
 *	  retention.c			retention_summary: type, aggregates from activity_days
 *	  retention_pass.c		the aggregate over raw events, one pass
 *	  retention_rows.c		cohort_retention(), average_retention(), lifecycle()
 */
#ifndef RETENTION_RETENTION_H
#define RETENTION_RETENTION_H

#include "activity.h"
#include "aggregate.h"
#include "arena.h"
#include "period.h"
#include "retention_format.h"
#include "utils/expandeddatum.h"

struct cohorts_hash;

/*
 * A summary in memory. It is an expanded object, so that the aggregates over
 * activity_days can have the type retention_summary as their state and still
 * change it in place: what leaves the aggregate is packed by the server.
 */
typedef struct RetentionState
{
	ExpandedObjectHeader header;
	MemoryContext context;		/* of everything below, and perhaps of other states */
	Arena		arena;			/* AgeBlocks and what they point to */
	CohortKind	kind;
	AgeSpec		spec;
	uint64		spec_reading;	/* of the reader whose spec was last found the same */
	bool		has_days;		/* whether the two that follow are set */
	int32		first_day;
	int32		last_day;
	Cohort	   *cohorts;		/* in order, unless there is by_index */
	struct cohorts_hash *by_index;	/* where each is; NULL: a search finds it */
	int32		num_cohorts;
	int32		max_cohorts;
	size_t		flat_size;		/* 0: not known */
} RetentionState;

/* Ages that a mask tells; customers with others are counted age by age. */
#define MASK_AGES 64

/* One customer in one cohort, whose ages are noted in order. */
typedef struct CohortWalk
{
	Cohort	   *cohort;
	uint64		mask;			/* of the ages so far, all below MASK_AGES */
	bool		is_long;		/* there was one beyond: what follows is set */
	bool		came_again;		/* at an age after 0 */
	int32		last_age;		/* -1: none yet */
	int32		unbroken;		/* active at all ages from 1 to this */
} CohortWalk;

extern const PackedType RetentionSummaryType;

/* retention_ages.c */
extern void BeginWalk(CohortWalk *walk, RetentionState *state, int32 cohort_index);
extern void NoteFarAge(RetentionState *state, CohortWalk *walk, int32 age);
extern void EndWalk(RetentionState *state, CohortWalk *walk);
extern void AddAgeCounts(RetentionState *state, Cohort *cohort, int32 age, const AgeCounts *counts);
extern int32 BracketOfAge(const AgeSpec *spec, int32 age);
extern int64 FirstAgeOfBracket(const AgeSpec *spec, int32 number);

/* retention_state.c */
extern RetentionState *NewRetentionState(MemoryContext context, CohortKind kind,
										 const PeriodSpec *spec);
extern RetentionState *ReadRetention(PackedView summary, MemoryContext context);
extern Packed *PackRetention(RetentionState *state);
extern void RequireSameSpec(const RetentionState *state, CohortKind kind, const PeriodSpec *spec);
extern void MergeRetention(RetentionState *state, const RetentionState *other);
extern void NoteSeenDay(RetentionState *state, int32 day);
extern Cohort *FindOrInsertCohort(RetentionState *state, int32 index);
extern void AddCustomerDays(RetentionState *state, int32 base_day, const int32 *days,
							size_t num_days);

/* Whether two specs count ages alike; their zones do not matter. */
static inline bool
SameAges(const PeriodSpec *a, const PeriodSpec *b)
{
	return a->cut.unit == b->cut.unit && a->cut.week_start == b->cut.week_start &&
		a->elapsed == b->elapsed && a->num_brackets == b->num_brackets &&
		(a->num_brackets == 0 ||
		 memcmp(a->brackets, b->brackets, sizeof(int32) * a->num_brackets) == 0);
}

/*
 * Note that the customer was active at an age, which must not be below the last
 * one noted; the same age may be noted again.
 */
static inline void
NoteAge(RetentionState *state, CohortWalk *walk, int32 age)
{
	if (likely(age < MASK_AGES))
		walk->mask |= UINT64CONST(1) << age;
	else
		NoteFarAge(state, walk, age);
}

/* Note an age that is counted in periods, in brackets if the spec has them. */
static inline void
NotePeriodAge(RetentionState *state, CohortWalk *walk, int32 age)
{
	if (unlikely(state->spec.num_brackets > 0))
		age = BracketOfAge(&state->spec, age);
	NoteAge(state, walk, age);
}

#endif							/* RETENTION_RETENTION_H */
