/*
 * arena.h
 *	  Memory for many small things that are dropped together.
 *
 * A memory context would do the same, but the executor sums up the memory of all
 * contexts below an aggregate's whenever a hash table of groups gets a new one: with
 * a context for each group that is quadratic. An arena takes blocks from its parent
 * context and knows how large they are.
 */
#ifndef RETENTION_ARENA_H
#define RETENTION_ARENA_H

#include "extension.h"

typedef struct ArenaBlock ArenaBlock;

/* Pieces of so many sizes, the powers of two, can be handed back. */
#define NUM_PIECE_SIZES 48

typedef struct Arena
{
	MemoryContext parent;
	ArenaBlock *blocks;			/* the current one first */
	char	   *next;			/* what is free in the current block */
	char	   *end;
	size_t		allocated;		/* bytes of all blocks */
	size_t		max_block_size;
	void	   *free_pieces[NUM_PIECE_SIZES];	/* lists, by binary logarithm */
} Arena;

extern void *AllocLarge(MemoryContext context, size_t size);
extern void *AllocLargeZeroed(MemoryContext context, size_t size);
extern void ArenaInit(Arena *arena, MemoryContext parent);
extern void ArenaLimit(Arena *arena, size_t memory_limit);
extern void ArenaReset(Arena *arena);
extern void *ArenaAllocInNewBlock(Arena *arena, size_t size);
extern void *ArenaAllocPiece(Arena *arena, size_t size);
extern void ArenaFreePiece(Arena *arena, void *piece, size_t size);

/* Uninitialized memory, aligned to 8 bytes. */
static inline void *
ArenaAlloc(Arena *arena, size_t size)
{
	char	   *memory = arena->next;

	size = TYPEALIGN(8, size);
	if (unlikely(size > (size_t) (arena->end - memory)))
		return ArenaAllocInNewBlock(arena, size);
	arena->next += size;
	return memory;
}

#endif							/* RETENTION_ARENA_H */
