/*
 * arena.c
 *	  Memory for many small things that are dropped together.
 */
#include "arena.h"

#include <sys/mman.h>

#include "interrupts.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* Blocks double in size, so that a small arena is small. */
#define FIRST_BLOCK_SIZE 512
#define MAX_BLOCK_SIZE (64 * 1024)
#define MAX_LARGE_BLOCK_SIZE (8 * 1024 * 1024)

/* What the kernel calls a huge page, on most machines. */
#define HUGE_PAGE_SIZE (2 * 1024 * 1024)

#define ZEROED_AT_ONCE ((size_t) 64 * 1024 * 1024)

struct ArenaBlock
{
	ArenaBlock *next;
	size_t		size;			/* with this header */
};

/*
 * Uninitialized memory, perhaps much. A tenth of the time of a pass over many
 * customers would go into the kernel's handing it out by pages of 4 kB, so it is asked
 * for larger ones where there is room for them.
 */
void *
AllocLarge(MemoryContext context, size_t size)
{
	char	   *memory = (char *) MemoryContextAllocHuge(context, size);

#ifdef MADV_HUGEPAGE
	char	   *first = (char *) TYPEALIGN(HUGE_PAGE_SIZE, memory);
	char	   *end = (char *) TYPEALIGN_DOWN(HUGE_PAGE_SIZE, memory + size);

	if (size >= HUGE_PAGE_SIZE && end > first)
		(void) madvise(first, end - first, MADV_HUGEPAGE);
#endif
	return memory;
}

/* The same, zeroed. The kernel takes its time over gigabytes: a timeout may end it. */
void *
AllocLargeZeroed(MemoryContext context, size_t size)
{
	char	   *memory = (char *) AllocLarge(context, size);

	for (size_t done = 0; done < size; done += ZEROED_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		memset(memory + done, 0, Min(size - done, ZEROED_AT_ONCE));
	}
	return memory;
}

/* An arena without blocks. */
void
ArenaInit(Arena *arena, MemoryContext parent)
{
	memset(arena, 0, sizeof(*arena));
	arena->parent = parent;
	arena->max_block_size = MAX_BLOCK_SIZE;
}

/* Let an arena that may take so much memory have blocks that are a small part of it. */
void
ArenaLimit(Arena *arena, size_t memory_limit)
{
	arena->max_block_size = Min(Max(memory_limit / 32, MAX_BLOCK_SIZE), MAX_LARGE_BLOCK_SIZE);
}

/* Give all memory back. */
void
ArenaReset(Arena *arena)
{
	size_t		max_block_size = arena->max_block_size;

	while (arena->blocks != NULL)
	{
		ArenaBlock *block = arena->blocks;

		arena->blocks = block->next;
		pfree(block);
	}
	ArenaInit(arena, arena->parent);
	arena->max_block_size = max_block_size;
}

static ArenaBlock *
NewBlock(Arena *arena, size_t size)
{
	ArenaBlock *block = (ArenaBlock *) AllocLarge(arena->parent, size);

	block->size = size;
	arena->allocated += size;
	return block;
}

/* What is larger than a usual block gets one of its own, behind the current one. */
static void *
AllocAlone(Arena *arena, size_t size)
{
	ArenaBlock *block = NewBlock(arena, sizeof(ArenaBlock) + size);

	if (arena->blocks == NULL)
	{
		block->next = NULL;
		arena->blocks = block;
	}
	else
	{
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	}
	return block + 1;
}

/* ArenaAlloc() where the current block has no room; size is a multiple of 8. */
void *
ArenaAllocInNewBlock(Arena *arena, size_t size)
{
	size_t		block_size = arena->blocks == NULL ? FIRST_BLOCK_SIZE
		: Min(Max(arena->blocks->size * 2, FIRST_BLOCK_SIZE), arena->max_block_size);
	ArenaBlock *block;

	if (size > arena->max_block_size / 4)
		return AllocAlone(arena, size);
	while (block_size < sizeof(ArenaBlock) + size)
		block_size *= 2;
	block = NewBlock(arena, block_size);
	block->next = arena->blocks;
	arena->blocks = block;
	arena->next = (char *) (block + 1) + size;
	arena->end = (char *) block + block_size;
	return block + 1;
}

static int
PieceClass(size_t size)
{
	Assert(size >= sizeof(void *) && (size & (size - 1)) == 0);
	return pg_leftmost_one_pos64(size);
}

/* Memory that may be handed back; size is a power of two, at least 8. */
void *
ArenaAllocPiece(Arena *arena, size_t size)
{
	void	  **list = &arena->free_pieces[PieceClass(size)];
	void	   *piece = *list;

	if (piece == NULL)
		return ArenaAlloc(arena, size);
	*list = *(void **) piece;
	return piece;
}

/* Hand a piece back, for the next one of its size. */
void
ArenaFreePiece(Arena *arena, void *piece, size_t size)
{
	void	  **list = &arena->free_pieces[PieceClass(size)];

	*(void **) piece = *list;
	*list = piece;
}
