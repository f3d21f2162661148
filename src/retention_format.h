/*
 * retention_format.h
 *	  The bytes of a retention_summary. See packed.h for the frame.
 *
 *	  4      unit, a PeriodUnit
 *	  5      week_start
 *	  6..7   number of brackets
 *	  8..    brackets, int32 each
 *	  ..     first and last day seen, days since 2000-01-01, int32 each
 *	  ..     index of the first cohort, int32
 *	  ..     to the end, the cohorts in order, all varints:
 *			 how many periods lie between it and the one before (not for the
 *			 first); its size; the number of ages, and for each age from 0 on the
 *			 counts of AgeCounts. The last age has customers.
 *
 * Flags 0..1: the kind, a CohortKind. Flag 2: elapsed.
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_RETENTION_FORMAT_H
#define RETENTION_RETENTION_FORMAT_H

#include "calendar.h"
#include "packed.h"

#define RETENTION_FLAGS_KIND 3
#define RETENTION_FLAG_ELAPSED 4

/* How customers come into a cohort. Never renumber: the numbers are stored. */
typedef enum CohortKind
{
	COHORT_SELF_BORN = 0,		/* by their first activity */
	COHORT_GIVEN = 1,			/* by a day that is given */
	COHORT_RECURRING = 2		/* into each in which they start, again and again */
} CohortKind;

/* How ages are counted: what a summary keeps of its period_spec. */
typedef struct AgeSpec
{
	PeriodCut	cut;
	bool		elapsed;
	int			num_brackets;
	int32_t    *brackets;
} AgeSpec;

/* Customers of a cohort, by what they did at one age. */
typedef struct AgeCounts
{
	uint64_t	active;			/* active at this age */
	uint64_t	last;			/* active, and never later */
	uint64_t	first_again;	/* active, for the first time after age 0 */
	uint64_t	unbroken;		/* active at this and every age from 1 on */
	uint64_t	both;			/* active at this age and at the one before */
} AgeCounts;

#define NUM_AGE_COUNTS 5

typedef struct Cohort
{
	int32_t		index;			/* of its period */
	uint64_t	size;			/* customers */
	int32_t		num_ages;
	int32_t		max_ages;
	AgeCounts  *ages;
} Cohort;

/* Where the parts of a packed summary stand. */
static inline size_t
RetentionDaysOffset(int num_brackets)
{
	return 8 + sizeof(int32_t) * (size_t) num_brackets;
}

static inline size_t
RetentionCohortsOffset(int num_brackets)
{
	return RetentionDaysOffset(num_brackets) + 3 * sizeof(int32_t);
}

/* The days of one period of elapsed age. */
static inline int32_t
ElapsedDays(PeriodCut cut)
{
	switch (cut.unit)
	{
		case PERIOD_DAY:
			return 1;
		case PERIOD_WEEK:
			return 7;
		case PERIOD_MONTH:
			return 30;
		case PERIOD_QUARTER:
			return 90;
		default:
			return 365;
	}
}

extern const char *RetentionCheck(const uint8_t *bytes, size_t size);
extern size_t CohortSize(const Cohort *cohort);
extern uint8_t *WriteCohort(const Cohort *cohort, uint8_t *p);
extern const uint8_t *ReadCohortHead(const uint8_t *p, uint64_t *size, uint64_t *num_ages);
extern const uint8_t *ReadAgeCounts(const uint8_t *p, AgeCounts *counts);

#endif							/* RETENTION_RETENTION_FORMAT_H */
