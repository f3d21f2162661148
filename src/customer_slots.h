/*
 * customer_slots.h
 *	  The inside of a CustomerTable, for customer_table.c and customer_files.c.
 *
 * A slot is the words of a key, followed by the concept's entry. An empty slot has
 * an entry that begins with eight zero bytes.
 */
#ifndef RETENTION_CUSTOMER_SLOTS_H
#define RETENTION_CUSTOMER_SLOTS_H

#include "customer_table.h"

struct SpillFiles;

struct CustomerTable
{
	RowBatch	batch;			/* first: customer_table.h knows it */
	MemoryContext context;		/* of all that follows; it is the aggregate's own */
	CustomerKeyType key_type;
	int			key_words;
	const CustomerOps *ops;
	void	   *concept;

	void	   *slots_memory;	/* what the slots lie in, on a cache line's boundary */
	char	   *slots;			/* NULL: none yet */
	size_t		slot_size;
	bool		has_lines;		/* a cache line holds a whole number of slots */
	uint64		num_slots;		/* a power of two */
	int			hash_shift;		/* a hash's highest bits choose the slot */
	uint64		num_customers;
	Arena		arena;			/* long keys, and what entries point to */

	uint64		max_customers;	/* in these slots */
	size_t		max_arena;		/* bytes of the arena, with these slots */
	size_t		memory_limit;
	struct SpillFiles *spill;	/* NULL: all is in memory */
	StringInfo	record;			/* a customer that is saved; NULL: none was yet */
};

/* Bits of a hash are used up by then; a part that is still too large stays in memory. */
#define MAX_SPILL_DEPTH 8

/*
 * How many slots ahead of the one at hand the next ones are fetched from memory. More
 * at once than a processor can wait for would be dropped.
 */
#define FETCH_AHEAD 24

static inline char *
SlotAt(const CustomerTable *table, uint64 position)
{
	return table->slots + position * table->slot_size;
}

static inline void *
EntryOf(const CustomerTable *table, char *slot)
{
	return slot + table->key_words * sizeof(uint64);
}

static inline bool
IsEmptySlot(const CustomerTable *table, const char *slot)
{
	return ((const uint64 *) slot)[table->key_words] == 0;
}

/* Where the search for a key begins. */
static inline char *
HomeSlot(const CustomerTable *table, uint64 hash)
{
	return SlotAt(table, hash >> table->hash_shift);
}

/* customer_table.c */
extern void *CustomerEntry(CustomerTable *table, const uint64 *key, uint64 hash);
extern void MakeMoreRoom(CustomerTable *table, uint64 num_new, int depth);
extern bool ReserveSlots(CustomerTable *table, uint64 num_customers);
extern void EmptyTable(CustomerTable *table);

/*
 * Before up to num_new customers enter: make room for them, in memory or, beyond
 * the limit, by saving those that are there.
 */
static inline void
MakeRoom(CustomerTable *table, uint64 num_new, int depth)
{
	if (unlikely(table->num_customers + num_new > table->max_customers ||
				 table->arena.allocated > table->max_arena))
		MakeMoreRoom(table, num_new, depth);
}

/* customer_files.c */
extern void SpillCustomers(CustomerTable *table, int depth);
extern bool FinishSpilled(CustomerTable *table);

#endif							/* RETENTION_CUSTOMER_SLOTS_H */
