/*
 * value_set.c
 *	  Sets of values that do not fit into a word, and sets as bytes.
 */
#include "value_set.h"

#include "customer_table.h"
#include "interrupts.h"
#include "port/pg_bitutils.h"

/* ---- lists ---- */

static uint64
WordOfList(ValueList *list)
{
	return (uint64) (uintptr_t) list | LIST_FLAG;
}

static size_t
ListSize(int32 max_values)
{
	return offsetof(ValueList, values) + sizeof(int32) * (size_t) max_values;
}

/* A list with room for so many values or more. */
static ValueList *
NewList(ValueSets *sets, int32 room)
{
	size_t		size = pg_nextpower2_64(ListSize(room));
	ValueList  *list = (ValueList *) ArenaAllocPiece(sets->lists, size);

	list->num_values = 0;
	list->max_values = (int32) ((size - ListSize(0)) / sizeof(int32));
	return list;
}

static void
FreeList(ValueSets *sets, ValueList *list)
{
	ArenaFreePiece(sets->lists, list, ListSize(list->max_values));
}

/* The values of a word, in order, in a list with room for more. */
static ValueList *
ListFromMask(ValueSets *sets, uint64 word)
{
	uint64		mask = word & MASK;
	ValueList  *list = NewList(sets, pg_popcount64(mask) + 1);

	for (; mask != 0; mask &= mask - 1)
		list->values[list->num_values++] = BaseOf(sets, word) + pg_rightmost_one_pos64(mask);
	return list;
}

static ValueList *
GrowList(ValueSets *sets, ValueList *list)
{
	ValueList  *larger = NewList(sets, list->max_values + 1);

	larger->num_values = list->num_values;
	memcpy(larger->values, list->values, sizeof(int32) * list->num_values);
	FreeList(sets, list);
	return larger;
}

static ValueList *
AddToList(ValueSets *sets, ValueList *list, int32 value)
{
	int32		low = 0;
	int32		high = list->num_values;

	CHECK_FOR_INTERRUPTS();
	if (high > 0 && list->values[high - 1] < value)
		low = high;
	while (low < high)
	{
		int32		middle = (low + high) / 2;

		if (list->values[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < list->num_values && list->values[low] == value)
		return list;
	if (list->num_values == list->max_values)
		list = GrowList(sets, list);
	memmove(list->values + low + 1, list->values + low,
			sizeof(int32) * (list->num_values - low));
	list->values[low] = value;
	list->num_values++;
	return list;
}

/* AddValue() where the set is a list, or becomes one. */
void
AddValueToList(ValueSets *sets, uint64 *word, int32 value)
{
	ValueList  *list = IsList(*word) ? ListOf(*word) : ListFromMask(sets, *word);

	*word = WordOfList(AddToList(sets, list, value));
}

/* ---- saving ---- */

/* A word that is a mask, as it is saved. */
typedef struct SavedMask
{
	uint64		mask;
	int32		base;
} SavedMask;

#define SAVED_MASK_SIZE (offsetof(SavedMask, base) + sizeof(int32))

/* A word is saved as a SavedMask; a list as all its values, after a mask of 0. */
void
SaveWord(const ValueSets *sets, uint64 word, StringInfo out)
{
	SavedMask	saved = {0};

	if (!IsList(word))
	{
		saved.mask = word & MASK;
		saved.base = BaseOf(sets, word);
	}
	AppendToRecord(out, &saved, SAVED_MASK_SIZE);
	if (IsList(word))
		AppendToRecord(out, ListOf(word)->values, sizeof(int32) * (size_t) ListOf(word)->num_values);
}

/*
 * Add a mask of values from base on, the first of which is there, to a word. False
 * if both do not fit into one mask.
 */
static bool
AddMaskToMask(ValueSets *sets, uint64 *word, int32 base, uint64 mask)
{
	int64		relative = (int64) base - sets->origin;
	int64		distance = relative - (int64) (*word >> MASK_BITS);
	uint64		own_mask = *word & MASK;

	if (relative < 0 || relative > MAX_BASE)
		return false;
	if (own_mask == 0)
	{
		*word = (uint64) relative << MASK_BITS | mask;
		return true;
	}
	if (distance >= MASK_BITS || -distance >= MASK_BITS)
		return false;
	if (distance >= 0)
	{
		if (mask >> (MASK_BITS - distance) != 0)
			return false;
		*word |= mask << distance;
		return true;
	}
	if (own_mask >> (MASK_BITS + distance) != 0)
		return false;
	*word = (uint64) relative << MASK_BITS | own_mask << -distance | mask;
	return true;
}

static void
AbsorbSavedMask(ValueSets *sets, uint64 *word, SavedMask saved)
{
	SetOrigin(sets, saved.base);
	if (!IsList(*word) && AddMaskToMask(sets, word, saved.base, saved.mask))
		return;
	for (uint64 mask = saved.mask; mask != 0; mask &= mask - 1)
		AddValue(sets, word, saved.base + pg_rightmost_one_pos64(mask));
}

/* The values of a list and of saved ones, both in order; the list is used up. */
static ValueList *
MergeLists(ValueSets *sets, ValueList *list, const char *saved, int32 num_saved)
{
	ValueList  *merged = NewList(sets, list->num_values + num_saved);
	int32		position = 0;

	for (int32 i = 0; i < num_saved; i++)
	{
		int32		value;

		memcpy(&value, saved + sizeof(int32) * i, sizeof(value));
		while (position < list->num_values && list->values[position] < value)
			merged->values[merged->num_values++] = list->values[position++];
		if (position < list->num_values && list->values[position] == value)
			position++;
		merged->values[merged->num_values++] = value;
	}
	memcpy(merged->values + merged->num_values, list->values + position,
		   sizeof(int32) * (list->num_values - position));
	merged->num_values += list->num_values - position;
	FreeList(sets, list);
	return merged;
}

/* Add what SaveWord() wrote, of whatever ValueSets, to a set. */
void
AbsorbSavedWord(ValueSets *sets, uint64 *word, const char *bytes, size_t size)
{
	SavedMask	saved;
	ValueList  *list;

	memcpy(&saved, bytes, SAVED_MASK_SIZE);
	if (saved.mask != 0)
	{
		AbsorbSavedMask(sets, word, saved);
		return;
	}
	list = IsList(*word) ? ListOf(*word) : ListFromMask(sets, *word);
	*word = WordOfList(MergeLists(sets, list, bytes + SAVED_MASK_SIZE,
								  (int32) ((size - SAVED_MASK_SIZE) / sizeof(int32))));
}
