/*
 * names.c
 *	  Numbers for names that occur again and again, in an arena.
 */
#include "names.h"

#include "hash_key.h"
#include "interrupts.h"

#define FIRST_NAMES 8
#define MAX_NAMES (1 << 29)

/* No names yet; whatever there was, the arena's reset has dropped. */
void
NamesInit(Names *names, Arena *arena)
{
	memset(names, 0, sizeof(*names));
	names->arena = arena;
}

/* The slot of a name, or the free one where its number belongs. */
static int32 *
FindNumber(const Names *names, const char *bytes, int32 length, uint32 hash)
{
	uint32		mask = (uint32) names->max_names * 2 - 1;
	uint32		position = hash & mask;

	for (;; position = (position + 1) & mask)
	{
		int32		number = names->slots[position];
		const NumberedName *name;

		if (number == 0)
			return &names->slots[position];
		name = NameOfNumber(names, number);
		if (name->hash == hash && name->length == length &&
			memcmp(name->bytes, bytes, (size_t) length) == 0)
			return &names->slots[position];
	}
}

/* Room for twice as many names. */
static void
GrowNames(Names *names)
{
	int32		max_names = names->max_names == 0 ? FIRST_NAMES : names->max_names * 2;
	size_t		slots_size = sizeof(int32) * 2 * (size_t) max_names;
	NumberedName *larger;

	if (names->num_names >= MAX_NAMES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("there are more than %d different names in memory", MAX_NAMES),
				 errhint("Use a smaller work_mem.")));
	larger = (NumberedName *) ArenaAllocPiece(names->arena, sizeof(NumberedName) * (size_t) max_names);
	if (names->max_names > 0)
	{
		memcpy(larger, names->names, sizeof(NumberedName) * (size_t) names->num_names);
		ArenaFreePiece(names->arena, names->names, sizeof(NumberedName) * (size_t) names->max_names);
		ArenaFreePiece(names->arena, names->slots, slots_size / 2);
	}
	names->names = larger;
	names->max_names = max_names;
	names->slots = (int32 *) ArenaAllocPiece(names->arena, slots_size);
	memset(names->slots, 0, slots_size);
	for (int32 number = 1; number <= names->num_names; number++)
	{
		const NumberedName *name = NameOfNumber(names, number);

		CHECK_FOR_INTERRUPTS();
		*FindNumber(names, name->bytes, name->length, name->hash) = number;
	}
}

/* The number of a name, from 1 on. The bytes of a new one are copied. */
int32
NumberOfName(Names *names, const char *bytes, int32 length)
{
	uint32		hash = (uint32) HashBytes(bytes, (size_t) length);
	int32	   *slot;
	char	   *copy;

	if (names->num_names == names->max_names)
		GrowNames(names);
	slot = FindNumber(names, bytes, length, hash);
	if (*slot != 0)
		return *slot;
	copy = (char *) ArenaAlloc(names->arena, (size_t) length);
	memcpy(copy, bytes, (size_t) length);
	names->names[names->num_names] = (NumberedName) {copy, length, hash};
	return *slot = ++names->num_names;
}
