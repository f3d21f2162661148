/*
 * retention_ages.c
 *	  The counts of a cohort in memory, and adding the ages of a customer to them.
 *
 * Ages below 64 of a customer are the bits of a word, and a few operations on it say
 * what is counted at which of them. Ages beyond, few as a rule, are counted one by one.
 */
#include "retention.h"

#include "port/pg_bitutils.h"

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

	CHECK_FOR_INTERRUPTS();
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

/* CountsToChange() where a block may be missing. */
static AgeCounts *
FindOrInsertCounts(RetentionState *state, Cohort *cohort, int32 age)
{
	int32		number = age / AGES_PER_BLOCK;
	int32		position = FindBlock(cohort, number);

	if (position == cohort->num_blocks || cohort->blocks[position].number != number)
		InsertBlock(state, cohort, position, number);
	return &cohort->blocks[position].ages[age % AGES_PER_BLOCK];
}

/* The counts at an age, to be changed. Where no block is missing its position is known. */
static inline AgeCounts *
CountsToChange(RetentionState *state, Cohort *cohort, int32 age)
{
	uint32		number = (uint32) age / AGES_PER_BLOCK;

	if (age >= cohort->num_ages)
		cohort->num_ages = age + 1;
	if (likely(number < (uint32) cohort->num_blocks &&
			   (uint32) cohort->blocks[number].number == number))
		return &cohort->blocks[number].ages[(uint32) age % AGES_PER_BLOCK];
	return FindOrInsertCounts(state, cohort, age);
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

/* ---- one customer ---- */

/*
 * Add a customer who was active at the ages of a mask. What NoteOneAge() says age by
 * age of the counts is said here of all ages at once.
 */
static inline void
AddMaskOfAges(RetentionState *state, Cohort *cohort, uint64 mask)
{
	uint64		again = mask & ~UINT64CONST(1);
	uint64		from_1 = mask >> 1;
	uint64		unbroken = (from_1 & ~(from_1 + 1)) << 1;	/* up to the first gap */
	uint64		both = mask & (mask << 1);
	AgeCounts  *counts = NULL;

	for (uint64 ages = mask; ages != 0; ages &= ages - 1)
	{
		int			age = pg_rightmost_one_pos64(ages);

		counts = CountsToChange(state, cohort, age);
		counts->active++;
		counts->unbroken += (unbroken >> age) & 1;
		counts->both += (both >> age) & 1;
	}
	if (counts != NULL)
		counts->last++;
	if (again != 0)
		CountsToChange(state, cohort, pg_rightmost_one_pos64(again))->first_again++;
}

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
