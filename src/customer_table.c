/*
 * customer_table.c
 *	  A hash table keyed by customer, for aggregates that read raw events once.
 */
#include "customer_slots.h"

#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#define FIRST_SLOTS 16
#define CACHE_LINE 64

#define FIRST_BATCH_ROWS 8
#define MAX_BATCH_ROWS 512
#define MAX_BATCH_TEXT (64 * 1024)	/* bytes of keys: a batch of long ones is shorter */

/* ---- slots ---- */

/* What the limit leaves for the arena beside the slots. */
static void
SetMaxArena(CustomerTable *table)
{
	size_t		slots_size = table->num_slots * table->slot_size;

	table->max_arena = table->memory_limit > slots_size ? table->memory_limit - slots_size : 0;
}

static void
AllocSlots(CustomerTable *table, uint64 num_slots)
{
	size_t		size = num_slots * table->slot_size;

	table->slots_memory = AllocLargeZeroed(table->context, size + CACHE_LINE);
	table->slots = (char *) TYPEALIGN(CACHE_LINE, table->slots_memory);
	table->num_slots = num_slots;
	table->hash_shift = 64 - pg_leftmost_one_pos64(num_slots);
	/* a quarter stays free */
	table->max_customers = num_slots / 4 * 3;
	SetMaxArena(table);
}

static void
FreeSlots(CustomerTable *table)
{
	if (table->slots_memory != NULL)
		pfree(table->slots_memory);
	table->slots_memory = NULL;
	table->slots = NULL;
	table->num_slots = 0;
	table->max_customers = 0;
	SetMaxArena(table);
}

/*
 * The slot of a key, or the empty one where it belongs: the first such from its home
 * on, but all slots of its cache line before those of the next one. Where lines are
 * not made of whole slots, the table is one line.
 */
static pg_attribute_always_inline char *
FindSlot(const CustomerTable *table, CustomerKeyType type, const uint64 *key, uint64 hash)
{
	char	   *slot = HomeSlot(table, hash);
	char	   *line = table->has_lines ? (char *) TYPEALIGN_DOWN(CACHE_LINE, slot) : table->slots;
	char	   *line_end = table->has_lines ? line + CACHE_LINE : SlotAt(table, table->num_slots);
	char	   *home = slot;

	while (((const uint64 *) slot)[KeyWords(type)] != 0 &&
		   !IsSameKey(type, (const uint64 *) slot, key))
	{
		slot += table->slot_size;
		if (slot == line_end)
			slot = line;
		if (slot == home)
		{
			/* the line is full */
			line = line_end == SlotAt(table, table->num_slots) ? table->slots : line_end;
			line_end = line + CACHE_LINE;
			slot = home = line;
		}
	}
	return slot;
}

/* A new customer: the table keeps the key, and the bytes of a long one. */
static void
StoreKey(CustomerTable *table, CustomerKeyType type, char *slot, const uint64 *key)
{
	memcpy(slot, key, sizeof(uint64) * KeyWords(type));
	if (type == CUSTOMER_TEXT && IsLongText(key))
	{
		uint32		length = LongTextLength(key);
		char	   *bytes = (char *) ArenaAlloc(&table->arena, length);

		memcpy(bytes, LongTextBytes(key), length);
		*(uint64 *) slot = (uint64) (uintptr_t) bytes;
	}
	((uint64 *) slot)[KeyWords(type)] = table->ops->blank;
	table->num_customers++;
}

static pg_attribute_always_inline void *
EntryOfKey(CustomerTable *table, CustomerKeyType type, const uint64 *key, uint64 hash)
{
	char	   *slot = FindSlot(table, type, key, hash);

	if (((const uint64 *) slot)[KeyWords(type)] == 0)
		StoreKey(table, type, slot, key);
	return slot + KeyWords(type) * sizeof(uint64);
}

/* The entry of a customer, new or not. MakeRoom() has been called. */
void *
CustomerEntry(CustomerTable *table, const uint64 *key, uint64 hash)
{
	return EntryOfKey(table, table->key_type, key, hash);
}

/* So many slots instead of the present ones. */
static void
Resize(CustomerTable *table, uint64 num_slots)
{
	void	   *old_memory = table->slots_memory;
	char	   *old_slot = table->slots;
	uint64		old_num_slots = table->num_slots;

	AllocSlots(table, num_slots);
	for (uint64 i = 0; i < old_num_slots; i++, old_slot += table->slot_size)
	{
		const uint64 *key = (const uint64 *) old_slot;

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!IsEmptySlot(table, old_slot))
			memcpy(FindSlot(table, table->key_type, key, HashOfKey(table->key_type, key)),
				   old_slot, table->slot_size);
	}
	if (old_memory != NULL)
		pfree(old_memory);
}

/* As many slots as so many customers need. */
static uint64
SlotsFor(const CustomerTable *table, uint64 num_customers)
{
	uint64		num_slots = Max(table->num_slots, FIRST_SLOTS);

	while (num_customers > num_slots / 4 * 3)
		num_slots *= 2;
	return num_slots;
}

/* MakeRoom() where there is none. Growing takes the old slots and the new ones at once. */
void
MakeMoreRoom(CustomerTable *table, uint64 num_new, int depth)
{
	uint64		num_slots = SlotsFor(table, table->num_customers + num_new);
	size_t		needed = table->arena.allocated + num_slots * table->slot_size;

	if (num_slots > table->num_slots)
		needed += table->num_slots * table->slot_size;
	if (needed > table->memory_limit && table->num_customers > 0 && depth < MAX_SPILL_DEPTH)
	{
		SpillCustomers(table, depth);
		num_slots = SlotsFor(table, num_new);
	}
	if (num_slots > table->num_slots)
		Resize(table, num_slots);
}

/* Have slots for so many customers; false if memory does not allow it. */
bool
ReserveSlots(CustomerTable *table, uint64 num_customers)
{
	uint64		num_slots = SlotsFor(table, num_customers);

	if (num_slots == table->num_slots)
		return true;
	if (table->arena.allocated + (table->num_slots + num_slots) * table->slot_size > table->memory_limit)
		return false;
	Resize(table, num_slots);
	return true;
}

/* Forget all customers; the memory they took is free again. */
void
EmptyTable(CustomerTable *table)
{
	if (table->ops->forget != NULL)
		table->ops->forget(table->concept);
	ArenaReset(&table->arena);
	FreeSlots(table);
	table->num_customers = 0;
}

/* ---- adding rows ---- */

static inline void
FetchSlot(const CustomerTable *table, uint64 hash)
{
	__builtin_prefetch(HomeSlot(table, hash), 1);
}

/* The bytes of a long key lie apart from its slot, which has been fetched. */
static inline void
FetchLongKey(const CustomerTable *table, uint64 hash)
{
	const uint64 *key = (const uint64 *) HomeSlot(table, hash);

	if (IsLongText(key))
		__builtin_prefetch(LongTextBytes(key));
}

/* The entries of the customers of the batch's rows. */
static pg_attribute_always_inline void
FindEntries(CustomerTable *table, CustomerKeyType type, void **entries)
{
	const RowBatch *batch = &table->batch;
	const uint64 *key = batch->keys;
	const uint64 *hashes = batch->hashes;
	int			num_rows = batch->num_rows;

	for (int i = 0; i < Min(FETCH_AHEAD, num_rows); i++)
		FetchSlot(table, hashes[i]);
	for (int i = 0; i < num_rows; i++)
	{
		if (i + FETCH_AHEAD < num_rows)
			FetchSlot(table, hashes[i + FETCH_AHEAD]);
		if (type == CUSTOMER_TEXT && i + FETCH_AHEAD / 2 < num_rows)
			FetchLongKey(table, hashes[i + FETCH_AHEAD / 2]);
		entries[i] = EntryOfKey(table, type, key, hashes[i]);
		key += KeyWords(type);
	}
}

/* While a batch is filled its texts may move: they are named by their offset. */
static void
ResolveLongKeys(RowBatch *batch)
{
	for (int i = 0; i < batch->num_rows; i++)
	{
		uint64	   *key = batch->keys + i * KeyWords(CUSTOMER_TEXT);

		if (IsLongText(key))
			key[0] += (uint64) (uintptr_t) batch->text;
	}
}

static void
EmptyBatch(RowBatch *batch)
{
	batch->num_rows = 0;
	batch->next_row = batch->rows;
	batch->text_size = 0;
	if (batch->max_text > 4 * MAX_BATCH_TEXT)
	{
		/* there was a key of unusual length */
		pfree(batch->text);
		batch->text = NULL;
		batch->max_text = 0;
	}
}

/* Add all rows of the batch to their customers. */
void
CustomerTableFlush(CustomerTable *table)
{
	RowBatch   *batch = &table->batch;
	void	   *entries[MAX_BATCH_ROWS];

	if (batch->num_rows == 0)
		return;
	CHECK_FOR_INTERRUPTS();
	MakeRoom(table, batch->num_rows, 0);
	switch (table->key_type)
	{
		case CUSTOMER_BIGINT:
			FindEntries(table, CUSTOMER_BIGINT, entries);
			break;
		case CUSTOMER_UUID:
			FindEntries(table, CUSTOMER_UUID, entries);
			break;
		case CUSTOMER_TEXT:
			ResolveLongKeys(batch);
			FindEntries(table, CUSTOMER_TEXT, entries);
			break;
	}
	table->ops->absorb(table->concept, entries, batch->rows, batch->num_rows);
	EmptyBatch(batch);
}

static void *
GrowArray(MemoryContext context, void *array, size_t size)
{
	return array == NULL ? MemoryContextAllocHuge(context, size) : repalloc_huge(array, size);
}

static void
GrowBatch(CustomerTable *table)
{
	RowBatch   *batch = &table->batch;
	MemoryContext context = table->context;
	size_t		row_size = table->ops->row_size;
	int			max_rows = Min(Max(batch->max_rows * 2, FIRST_BATCH_ROWS), MAX_BATCH_ROWS);

	batch->keys = (uint64 *)
		GrowArray(context, batch->keys, sizeof(uint64) * table->key_words * max_rows);
	batch->hashes = (uint64 *) GrowArray(context, batch->hashes, sizeof(uint64) * max_rows);
	batch->rows = (char *) GrowArray(context, batch->rows, row_size * max_rows);
	batch->next_row = batch->rows + row_size * batch->num_rows;
	batch->max_rows = max_rows;
}

/* A batch is full: make it larger or empty it. */
void
MakeRoomInBatch(CustomerTable *table)
{
	if (table->batch.max_rows < MAX_BATCH_ROWS)
		GrowBatch(table);
	else
		CustomerTableFlush(table);
}

/* A long key's bytes are copied into the batch; until it is full they are named by their offset. */
static void
CopyLongKey(CustomerTable *table, uint64 *key)
{
	RowBatch   *batch = &table->batch;
	uint32		length = LongTextLength(key);

	if (batch->text_size + length > batch->max_text)
	{
		size_t		max_text = Max(batch->max_text * 2 + 256, batch->text_size + length);

		batch->text = (char *) GrowArray(table->context, batch->text, max_text);
		batch->max_text = max_text;
	}
	memcpy(batch->text + batch->text_size, LongTextBytes(key), length);
	key[0] = batch->text_size;
	batch->text_size += length;
}

/* Empty the batch but for the row that is being written. */
static void
FlushBeforeRow(CustomerTable *table)
{
	RowBatch   *batch = &table->batch;
	char	   *row = batch->next_row;

	CustomerTableFlush(table);
	memmove(batch->next_row, row, table->ops->row_size);
}

static void
NameByText(CustomerTable *table, struct varlena *text)
{
	RowBatch   *batch = &table->batch;
	uint32		length = (uint32) VARSIZE_ANY_EXHDR(text);
	uint64	   *key;

	if (length > MAX_SHORT_TEXT && batch->text_size + length > MAX_BATCH_TEXT)
		FlushBeforeRow(table);
	key = batch->keys + (size_t) batch->num_rows * KeyWords(CUSTOMER_TEXT);
	SetTextKey(key, VARDATA_ANY(text), length);
	batch->hashes[batch->num_rows] = HashOfKey(CUSTOMER_TEXT, key);
	if (IsLongText(key))
		CopyLongKey(table, key);
}

static void
NameByUuid(CustomerTable *table, const pg_uuid_t *uuid)
{
	RowBatch   *batch = &table->batch;
	uint64	   *key = batch->keys + (size_t) batch->num_rows * KeyWords(CUSTOMER_UUID);

	memcpy(key, uuid->data, UUID_LEN);
	batch->hashes[batch->num_rows] = HashOfKey(CUSTOMER_UUID, key);
}

/* The key and the hash of the batch's next row, unless customers are of type bigint. */
void
NameCustomerOfRow(CustomerTable *table, Datum customer)
{
	if (table->key_type == CUSTOMER_UUID)
		NameByUuid(table, DatumGetUUIDP(customer));
	else
		NameByText(table, PG_DETOAST_DATUM_PACKED(customer));
}

/* ---- the end ---- */

static void
FinishInMemory(CustomerTable *table)
{
	const CustomerOps *ops = table->ops;

	if (ops->finish_all != NULL)
	{
		ops->finish_all(table->concept);
		return;
	}
	for (uint64 i = 0; i < table->num_slots; i++)
	{
		char	   *slot = SlotAt(table, i);

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!IsEmptySlot(table, slot))
			ops->finish(table->concept, EntryOf(table, slot));
	}
}

/*
 * Call finish() for every customer. The table is empty afterwards.
 */
void
CustomerTableFinish(CustomerTable *table)
{
	check_stack_depth();
	CustomerTableFlush(table);
	if (!FinishSpilled(table))
		FinishInMemory(table);
	EmptyTable(table);
}

/* Free a table and all it holds. */
void
CustomerTableDestroy(CustomerTable *table)
{
	RowBatch   *batch = &table->batch;

	CustomerTableClose(table);
	EmptyTable(table);
	if (batch->max_rows > 0)
	{
		pfree(batch->keys);
		pfree(batch->hashes);
		pfree(batch->rows);
	}
	if (batch->text != NULL)
		pfree(batch->text);
	pfree(table);
}

CustomerKeyType
CustomerTableKeyType(const CustomerTable *table)
{
	return table->key_type;
}

/* Memory for what entries point to: it is counted and dropped with them. */
Arena *
CustomerTableArena(CustomerTable *table)
{
	return &table->arena;
}

/* An empty table, all of whose memory comes from context. */
CustomerTable *
CustomerTableCreate(MemoryContext context, CustomerKeyType key_type, const CustomerOps *ops,
					void *concept)
{
	CustomerTable *table = (CustomerTable *) MemoryContextAllocZero(context, sizeof(CustomerTable));

	Assert(ops->entry_size % sizeof(uint64) == 0 && ops->row_size % sizeof(uint64) == 0);
	Assert(ops->blank != 0);
	table->context = context;
	table->key_type = key_type;
	table->key_words = KeyWords(key_type);
	table->ops = ops;
	table->concept = concept;
	table->slot_size = sizeof(uint64) * table->key_words + ops->entry_size;
	table->has_lines = CACHE_LINE % table->slot_size == 0;
	table->memory_limit = get_hash_memory_limit();
	SetMaxArena(table);
	ArenaInit(&table->arena, context);
	ArenaLimit(&table->arena, table->memory_limit);
	return table;
}
