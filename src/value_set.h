/*
 * value_set.h
 *	  The periods or days of many customers, each set in one word or a list.
 *
 * Bit 63 of a word set: the rest is the address of a ValueList. Else bits 51..62 are
 * a base, counted from an origin that all sets share, and bits 0..50 say which of the
 * values from it on are there, the base itself always; none of them in an empty set.
 * Nearly all customers of monthly and weekly reports fit.
 */
#ifndef RETENTION_VALUE_SET_H
#define RETENTION_VALUE_SET_H

#include "arena.h"

#include "lib/stringinfo.h"

#define MASK_BITS 51
#define MASK ((UINT64CONST(1) << MASK_BITS) - 1)
#define LIST_FLAG (UINT64CONST(1) << 63)
#define MAX_BASE ((1 << 12) - 1)
#define EMPTY_SET (UINT64CONST(1) << MASK_BITS)

/* Values in order, without duplicates; in all, a power of two of bytes. */
typedef struct ValueList
{
	int32		num_values;
	int32		max_values;
	int32		values[FLEXIBLE_ARRAY_MEMBER];
} ValueList;

/* What the sets of many customers share. */
typedef struct ValueSets
{
	Arena	   *lists;			/* where the ValueLists lie */
	bool		has_origin;
	int64		origin;			/* bases are counted from here */
} ValueSets;

extern void AddValueToList(ValueSets *sets, uint64 *word, int32 value);
extern void SaveWord(const ValueSets *sets, uint64 word, StringInfo out);
extern void AbsorbSavedWord(ValueSets *sets, uint64 *word, const char *saved, size_t size);

static inline bool
IsList(uint64 word)
{
	return (word & LIST_FLAG) != 0;
}

static inline ValueList *
ListOf(uint64 word)
{
	return (ValueList *) (uintptr_t) (word & ~LIST_FLAG);
}

static inline int32
BaseOf(const ValueSets *sets, uint64 word)
{
	return (int32) (sets->origin + (int64) (word >> MASK_BITS));
}

/*
 * Add a value to a word that is a mask. False if it does not fit: too far from the
 * others, or from the origin.
 */
static inline bool
AddToMask(const ValueSets *sets, uint64 *word, int32 value)
{
	int64		relative = (int64) value - sets->origin;
	int64		distance;
	uint64		mask = *word & MASK;

	if (unlikely(relative < 0 || relative > MAX_BASE))
		return false;
	if (mask == 0)
	{
		*word = (uint64) relative << MASK_BITS | 1;
		return true;
	}
	distance = relative - (int64) (*word >> MASK_BITS);
	if (distance >= 0)
	{
		if (distance >= MASK_BITS)
			return false;
		*word |= UINT64CONST(1) << distance;
		return true;
	}
	if (-distance >= MASK_BITS || (mask >> (MASK_BITS + distance)) != 0)
		return false;
	*word = (uint64) relative << MASK_BITS | mask << -distance | 1;
	return true;
}

/* Bases are counted from before the first value: data may go back as well as forth. */
static inline void
SetOrigin(ValueSets *sets, int32 value)
{
	if (likely(sets->has_origin))
		return;
	sets->origin = (int64) value - MAX_BASE / 2;
	sets->has_origin = true;
}

/* Add a value to a set. */
static inline void
AddValue(ValueSets *sets, uint64 *word, int32 value)
{
	SetOrigin(sets, value);
	if (unlikely(IsList(*word) || !AddToMask(sets, word, value)))
		AddValueToList(sets, word, value);
}

#endif							/* RETENTION_VALUE_SET_H */
