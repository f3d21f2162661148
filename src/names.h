/*
 * names.h
 *	  Numbers for names that occur again and again, in an arena.
 */
#ifndef RETENTION_NAMES_H
#define RETENTION_NAMES_H

#include "arena.h"

typedef struct NumberedName
{
	const char *bytes;
	int32		length;
	uint32		hash;
} NumberedName;

typedef struct Names
{
	Arena	   *arena;			/* of all that follows */
	NumberedName *names;		/* that of number n at n - 1 */
	int32		num_names;
	int32		max_names;		/* a power of two, or 0 */
	int32	   *slots;			/* twice max_names numbers, found by hash; 0: free */
} Names;

extern void NamesInit(Names *names, Arena *arena);
extern int32 NumberOfName(Names *names, const char *bytes, int32 length);

static inline const NumberedName *
NameOfNumber(const Names *names, int32 number)
{
	return &names->names[number - 1];
}

#endif							/* RETENTION_NAMES_H */
