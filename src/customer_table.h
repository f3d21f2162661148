/*
 * customer_table.h
 *	  A hash table keyed by customer, for aggregates that read raw events once.
 *
 * GROUP BY customer in the executor costs several times as much as the scan. This
 * table is flat and open-addressed, and rows enter it in batches whose slots are
 * fetched ahead. What is kept for a customer belongs to the concept that uses the
 * table (CustomerOps). Memory obeys work_mem * hash_mem_multiplier: beyond it the
 * customers so far go to temporary files, by hash, and are merged at the end, part
 * by part. The result is the same.
 *
 *	  arena.c				memory that is counted and dropped at once
 *	  customer_key.h		keys: hashing, comparing
 *	  customer_table.c		slots, batches, growing, the end
 *	  customer_files.c		customers as bytes: temporary files, parallel workers
 */
#ifndef RETENTION_CUSTOMER_TABLE_H
#define RETENTION_CUSTOMER_TABLE_H

#include "arena.h"
#include "customer_key.h"

#include "lib/stringinfo.h"

/*
 * What a concept keeps for each customer.
 *
 * The first eight bytes of an entry are never all zero: that is how a slot in use is
 * known. They are `blank` when a customer is new; the rest of the entry is zero then.
 * Customers may be saved many times, in parts, and the parts come back in any order.
 */
typedef struct CustomerOps
{
	size_t		entry_size;		/* bytes kept for a customer, a multiple of 8 */
	size_t		row_size;		/* bytes of a row besides its customer, too */
	uint64		blank;
	/* add rows to their customers, of whom one may have several */
	void		(*absorb) (void *concept, void *const *entries, const void *rows, int num_rows);
	/* append what absorb_saved() needs to rebuild an entry or add it to another */
	void		(*save) (void *concept, const void *entry, StringInfo out);
	/*
	 * instead, where much may be kept of a customer: save a part that fits a record, from
	 * a place on, at first 0; returns the place of the next part, 0 after the last
	 */
	uint64		(*save_part) (void *concept, const void *entry, uint64 from, StringInfo out);
	void		(*absorb_saved) (void *concept, void *entry, const char *saved, size_t size);
	/* a customer is complete */
	void		(*finish) (void *concept, const void *entry);
	/* instead: all customers in memory are, to be finished in an order that suits the concept */
	void		(*finish_all) (void *concept);
	/* entries and arena are dropped: nothing may be kept that points there; may be NULL */
	void		(*forget) (void *concept);
} CustomerOps;

typedef struct CustomerTable CustomerTable;

/*
 * Rows that have not entered the table yet. It is short at first, so that a group of
 * few rows needs little memory.
 */
typedef struct RowBatch
{
	int			num_rows;
	int			max_rows;
	uint64	   *keys;			/* KeyWords() for each row */
	uint64	   *hashes;
	char	   *rows;
	char	   *next_row;
	char	   *text;			/* the bytes of keys that are long texts */
	size_t		text_size;
	size_t		max_text;
} RowBatch;

extern CustomerTable *CustomerTableCreate(MemoryContext context, CustomerKeyType key_type,
										  const CustomerOps *ops, void *concept);
extern Arena *CustomerTableArena(CustomerTable *table);
extern void CustomerTableFlush(CustomerTable *table);
extern void MakeRoomInBatch(CustomerTable *table);
extern void NameCustomerOfRow(CustomerTable *table, Datum customer);
extern void AppendToRecord(StringInfo record, const void *bytes, size_t size);
extern void CustomerTableSave(CustomerTable *table, StringInfo out);
extern void CustomerTableAddSaved(CustomerTable *table, const char *saved, size_t size);
extern void CustomerTableFinish(CustomerTable *table);
extern void CustomerTableClose(CustomerTable *table);
extern void CustomerTableDestroy(CustomerTable *table);
extern CustomerKeyType CustomerTableKeyType(const CustomerTable *table);

/*
 * Adding a row takes two steps: the caller writes it where CustomerTableNextRow()
 * says, then CustomerTableAddRow() names the customer, of the table's key type.
 */
static inline void *
CustomerTableNextRow(CustomerTable *table)
{
	RowBatch   *batch = (RowBatch *) table;

	if (unlikely(batch->num_rows == batch->max_rows))
		MakeRoomInBatch(table);
	return batch->next_row;
}

static inline void
CustomerTableAddRow(CustomerTable *table, CustomerKeyType key_type, size_t row_size,
					Datum customer)
{
	RowBatch   *batch = (RowBatch *) table;

	if (key_type == CUSTOMER_BIGINT)
	{
		uint64		key = (uint64) DatumGetInt64(customer);

		batch->keys[batch->num_rows] = key;
		batch->hashes[batch->num_rows] = HashOfKey(CUSTOMER_BIGINT, &key);
	}
	else
		NameCustomerOfRow(table, customer);
	batch->num_rows++;
	batch->next_row += row_size;
}

#endif							/* RETENTION_CUSTOMER_TABLE_H */
