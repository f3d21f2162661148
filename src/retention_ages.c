/*
 * retention_ages.c
 *	  The counts of a cohort in memory, and adding the ages of a customer to them.
 *
 * Ages below 64 of a customer are the bits of a word, and five masks of it say what is
 * counted of them. Masks of many customers are added up without looking at their bits:
 * a tally holds, for each bit of a counter, a word with that bit of 64 counters, one
 * an age, and a mask is added to it as in addition by hand, all columns at once. A
 * full tally goes into the counts. Ages beyond, few as a rule, are counted one by one.
 */
#include "retention.h"

#include "port/pg_bitutils.h"

/* So many bits have the counters of a tally; more would save little. */
#define TALLY_BITS 6
#define MAX_TALLY ((1 << TALLY_BITS) - 1)

/* The order of AgeCounts. */
typedef struct AgeTally
{
	int			num_customers;
	uint64		bits[TALLY_BITS][NUM_AGE_COUNTS];
} AgeTally;

/* ---- the counts of a cohort ---- */

/* The position of the first block whose number is not below one. */
static int32
FindBlock(const Cohort *cohort, int32 number)
{
	int32		low = 0;
	int32		high = cohort->num_blocks;

	while (low < high)
	{
		int32		middle = low + (high - low) / 2;

		if (cohort->blocks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
InsertBlock(RetentionState *state, Cohort *cohort, int32 position, int32 number)
{
	size_t		size = sizeof(AgeCounts) * AGES_PER_BLOCK;
	AgeBlock   *block;

	if (cohort->num_blocks == cohort->max_blocks)
	{
		int32		max_blocks = cohort->max_blocks == 0 ? 1 : cohort->max_blocks * 2;
		AgeBlock   *blocks = (AgeBlock *)
			ArenaAllocPiece(&state->arena, sizeof(AgeBlock) * max_blocks);

		if (cohort->max_blocks > 0)
		{
			memcpy(blocks, cohort->blocks, sizeof(AgeBlock) * cohort->num_blocks);
			ArenaFreePiece(&state->arena, cohort->blocks, sizeof(AgeBlock) * cohort->max_blocks);
		}
		cohort->blocks = blocks;
		cohort->max_blocks = max_blocks;
	}
	block = cohort->blocks + position;
	memmove(block + 1, block, sizeof(AgeBlock) * (cohort->num_blocks - position));
	block->number = number;
	block->ages = (AgeCounts *) ArenaAlloc(&state->arena, size);
	memset(block->ages, 0, size);
	cohort->num_blocks++;
}

/* The counts at an age, to be changed. */
static AgeCounts *
CountsToChange(RetentionState *state, Cohort *cohort, int32 age)
{
	int32		number = age / AGES_PER_BLOCK;
	int32		position = number;

	/* where no block is missing the position is known */
	if (position >= cohort->num_blocks || cohort->blocks[position].number != number)
	{
		position = FindBlock(cohort, number);
		if (position == cohort->num_blocks || cohort->blocks[position].number != number)
			InsertBlock(state, cohort, position, number);
	}
	if (age >= cohort->num_ages)
		cohort->num_ages = age + 1;
	return &cohort->blocks[position].ages[age % AGES_PER_BLOCK];
}

/* Add the counts of other customers at an age. */
void
AddAgeCounts(RetentionState *state, Cohort *cohort, int32 age, const AgeCounts *counts)
{
	AgeCounts  *sum = CountsToChange(state, cohort, age);

	sum->active += counts->active;
	sum->last += counts->last;
	sum->first_again += counts->first_again;
	sum->unbroken += counts->unbroken;
	sum->both += counts->both;
}

/* ---- tallies ---- */

/* Add one to the counters of the ages in each mask, without a branch. */
static inline void
AddToTally(AgeTally *tally, uint64 masks[NUM_AGE_COUNTS])
{
	for (int i = 0; i < TALLY_BITS; i++)
		for (int j = 0; j < NUM_AGE_COUNTS; j++)
		{
			uint64		carry = tally->bits[i][j] & masks[j];

			tally->bits[i][j] ^= masks[j];
			masks[j] = carry;
		}
}

/* What a tally counted at one age. */
static AgeCounts
CountsInTally(const AgeTally *tally, int age)
{
	uint64		sums[NUM_AGE_COUNTS] = {0};

	for (int i = 0; i < TALLY_BITS; i++)
		for (int j = 0; j < NUM_AGE_COUNTS; j++)
			sums[j] |= ((tally->bits[i][j] >> age) & 1) << i;
	return (AgeCounts) {sums[0], sums[1], sums[2], sums[3], sums[4]};
}

/* Move what a tally counted into the cohort's counts. */
static void
SettleTally(RetentionState *state, Cohort *cohort)
{
	AgeTally   *tally = cohort->tally;
	uint64		ages = 0;

	for (int i = 0; i < TALLY_BITS; i++)
		ages |= tally->bits[i][0];
	for (; ages != 0; ages &= ages - 1)
	{
		int			age = pg_rightmost_one_pos64(ages);
		AgeCounts	counts = CountsInTally(tally, age);

		AddAgeCounts(state, cohort, age, &counts);
	}
	memset(tally, 0, sizeof(AgeTally));
}

/* Have all customers in the counts, before anybody reads them. */
void
SettleAges(RetentionState *state)
{
	for (int32 i = 0; i < state->num_cohorts; i++)
		if (state->cohorts[i].tally != NULL)
			SettleTally(state, &state->cohorts[i]);
}

/* The tally of a cohort that has had none. */
static AgeTally *
NewTally(RetentionState *state, Cohort *cohort)
{
	cohort->tally = (AgeTally *) ArenaAlloc(&state->arena, sizeof(AgeTally));
	memset(cohort->tally, 0, sizeof(AgeTally));
	return cohort->tally;
}

/*
 * Add a customer who was active at the ages of a mask. What NoteOneAge() says age by
 * age of the counts is said here of all ages at once.
 */
static inline void
AddMaskOfAges(RetentionState *state, Cohort *cohort, uint64 mask)
{
	AgeTally   *tally = cohort->tally;
	uint64		again = mask & ~UINT64CONST(1);
	uint64		from_1 = mask >> 1;
	uint64		masks[NUM_AGE_COUNTS] = {
		mask,
		mask == 0 ? 0 : UINT64CONST(1) << pg_leftmost_one_pos64(mask),	/* last */
		again & -again,						/* first_again */
		(from_1 & ~(from_1 + 1)) << 1,		/* unbroken: up to the first gap */
		mask & (mask << 1)					/* both */
	};

	if (unlikely(tally == NULL))
		tally = NewTally(state, cohort);
	AddToTally(tally, masks);
	if (++tally->num_customers == MAX_TALLY)
		SettleTally(state, cohort);
}

/* ---- one customer ---- */

/* Count a customer into a cohort; NoteAge() and EndWalk() follow. */
void
BeginWalk(CohortWalk *walk, RetentionState *state, int32 cohort_index)
{
	walk->cohort = FindOrInsertCohort(state, cohort_index);
	walk->cohort->size++;
	walk->mask = 0;
	walk->is_long = false;
}

/* Count a customer at an age later than those before. */
static void
NoteOneAge(RetentionState *state, CohortWalk *walk, int32 age)
{
	AgeCounts  *counts = CountsToChange(state, walk->cohort, age);

	counts->active++;
	if (age > 0)
	{
		if (!walk->came_again)
			counts->first_again++;
		walk->came_again = true;
		if (walk->last_age == age - 1)
			counts->both++;
		if (walk->unbroken == age - 1)
		{
			counts->unbroken++;
			walk->unbroken = age;
		}
	}
	walk->last_age = age;
}

/* The ages of the mask are counted one by one, as those that follow will be. */
static void
BeginLongWalk(RetentionState *state, CohortWalk *walk)
{
	walk->is_long = true;
	walk->came_again = false;
	walk->last_age = -1;
	walk->unbroken = 0;
	for (uint64 mask = walk->mask; mask != 0; mask &= mask - 1)
		NoteOneAge(state, walk, pg_rightmost_one_pos64(mask));
}

/* NoteAge() of an age that is no bit of the mask. */
void
NoteFarAge(RetentionState *state, CohortWalk *walk, int32 age)
{
	if (!walk->is_long)
		BeginLongWalk(state, walk);
	if (age != walk->last_age)
		NoteOneAge(state, walk, age);
}

void
EndWalk(RetentionState *state, CohortWalk *walk)
{
	if (walk->is_long)
		CountsToChange(state, walk->cohort, walk->last_age)->last++;
	else
		AddMaskOfAges(state, walk->cohort, walk->mask);
}

/* ---- brackets ---- */

/* The number of the bracket that an age falls into. */
int32
BracketOfAge(const AgeSpec *spec, int32 age)
{
	int32		low = 0;
	int32		high = spec->num_brackets;

	while (low < high)
	{
		int32		middle = (low + high) / 2;

		if (spec->brackets[middle] <= age)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first age, in periods, of a bracket, or of an age without brackets. */
int64
FirstAgeOfBracket(const AgeSpec *spec, int32 number)
{
	if (spec->num_brackets == 0 || number == 0)
		return number;
	return spec->brackets[number - 1];
}
