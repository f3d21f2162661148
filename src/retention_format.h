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
 *			 counts of AgeCounts. The last age has customers. Of ages in a row
 *			 without customers only the first has its count, 0, and then how many
 *			 more there are.
 *
 * Flags 0..1: the kind, a CohortKind. Flag 2: elapsed.
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_RETENTION_FORMAT_H
#define RETENTION_RETENTION_FORMAT_H

#include "calendar.h"
#include "interrupts.h"
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

/* So many ages lie together in memory; where no customer was active nothing does. */
#define AGES_PER_BLOCK 8

typedef struct AgeBlock
{
	int32_t		number;			/* of its first age, divided by AGES_PER_BLOCK */
	AgeCounts  *ages;
} AgeBlock;

typedef struct Cohort
{
	int32_t		index;			/* of its period */
	int32_t		num_ages;		/* the highest with customers, and one */
	uint64_t	size;			/* customers */
	AgeBlock   *blocks;			/* in order */
	int32_t		num_blocks;
	int32_t		max_blocks;
} Cohort;

/* Reads the ages of a cohort in order. */
typedef struct AgeReader
{
	const Cohort *cohort;
	int32_t		block;			/* position of the block that may have the next age */
} AgeReader;

static inline void
BeginAges(AgeReader *reader, const Cohort *cohort)
{
	reader->cohort = cohort;
	reader->block = 0;
}

/* The counts at an age, which must not be below the last one asked for; NULL: all are 0. */
static inline const AgeCounts *
CountsAtAge(AgeReader *reader, int32_t age)
{
	const Cohort *cohort = reader->cohort;
	int32_t		number = age / AGES_PER_BLOCK;

	while (reader->block < cohort->num_blocks && cohort->blocks[reader->block].number < number)
		reader->block++;
	if (reader->block == cohort->num_blocks || cohort->blocks[reader->block].number > number)
		return NULL;
	return &cohort->blocks[reader->block].ages[age % AGES_PER_BLOCK];
}

/*
 * The counts at the next age with customers from *age on, which is moved there; NULL
 * if there is none.
 */
static inline const AgeCounts *
NextAge(AgeReader *reader, int32_t *age)
{
	const Cohort *cohort = reader->cohort;

	CHECK_FOR_INTERRUPTS();
	for (; *age < cohort->num_ages; (*age)++)
	{
		const AgeCounts *counts = CountsAtAge(reader, *age);

		if (counts != NULL && counts->active > 0)
			return counts;
		/* on to the next block, where this one is missing */
		if (counts == NULL && reader->block < cohort->num_blocks)
			*age = cohort->blocks[reader->block].number * AGES_PER_BLOCK - 1;
	}
	return NULL;
}

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
extern const uint8_t *ReadAgeCounts(const uint8_t *p, uint64_t *age, AgeCounts *counts);

#endif							/* RETENTION_RETENTION_FORMAT_H */
