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
 */
#ifndef RETENTION_CUSTOMER_TABLE_H
#define RETENTION_CUSTOMER_TABLE_H

#include "extension.h"

#include "lib/stringinfo.h"

/* What a customer is called. Keys are compared byte by byte, all of them. */
typedef enum CustomerKeyType
{
	CUSTOMER_BIGINT,
	CUSTOMER_UUID,
	CUSTOMER_TEXT
} CustomerKeyType;

/*
 * What a concept keeps for each customer.
 *
 * An entry starts zeroed, and its first eight bytes are not all zero once
 * something has been absorbed: that is how a slot in use is known.
 */
typedef struct CustomerOps
{
	size_t		entry_size;		/* bytes kept for a customer, a multiple of 8 */
	size_t		row_size;		/* bytes of a row besides its customer */
	/* add a row to its customer */
	void		(*absorb) (void *concept, void *entry, const void *row);
	/* append what absorb_saved() needs to rebuild an entry or add it to another */
	void		(*save) (void *concept, const void *entry, StringInfo out);
	void		(*absorb_saved) (void *concept, void *entry, const char *saved, size_t size);
	/* a customer is complete */
	void		(*finish) (void *concept, const void *entry);
	/* what the concept allocates for its entries, to be counted and dropped */
	MemoryContext (*memory) (void *concept);
} CustomerOps;

typedef struct CustomerTable CustomerTable;

extern CustomerTable *CustomerTableCreate(MemoryContext parent, CustomerKeyType key_type,
										  const CustomerOps *ops, void *concept);
extern void CustomerTableAdd(CustomerTable *table, Datum customer, const void *row);
extern void CustomerTableSave(CustomerTable *table, StringInfo out);
extern void CustomerTableAddSaved(CustomerTable *table, const char *saved, size_t size);
extern void CustomerTableFinish(CustomerTable *table);
extern void CustomerTableClose(CustomerTable *table);
extern void CustomerTableDestroy(CustomerTable *table);
extern CustomerKeyType CustomerTableKeyType(const CustomerTable *table);

#endif							/* RETENTION_CUSTOMER_TABLE_H */
