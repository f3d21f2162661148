/*
 * customer_table.c
 *	  A hash table keyed by customer, for aggregates that read raw events once.
 *
 * A slot is the key, or for text its hash, length and address, followed by the
 * concept's entry. An empty slot has an entry that begins with eight zero bytes.
 *
 * When memory runs out, all customers are saved to temporary files, distributed
 * by some bits of their hash, and the table starts again empty. A customer may be
 * saved many times. In the end each file is read into an empty table, which joins
 * the parts of a customer; should one file be too much in its turn, it is
 * distributed further by other bits.
 */
#include "customer_table.h"

#include "common/hashfn.h"
#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#define BATCH_SIZE 256
#define MAX_BATCH_TEXT (64 * 1024)	/* bytes of keys: a batch of long ones is shorter */
#define FIRST_SLOTS 1024
#define MIN_FILES 4
#define MAX_FILES 64
/* Bits of a hash are used up by then; a part that is still too large stays in memory. */
#define MAX_DEPTH 8

/* A key while it is looked for. */
typedef struct CustomerKey
{
	uint64		hash;
	union
	{
		uint64		words[2];	/* bigint: the first; uuid: both */
		struct
		{
			const char *bytes;
			uint32		length;
		}			text;
	};
} CustomerKey;

/* How a slot names a customer whose key is text. */
typedef struct TextKey
{
	uint32		hash;			/* its upper half: most other keys differ in it */
	uint32		length;
	const char *bytes;
} TextKey;

/* Where customers go when memory runs out, and how they are spread. */
typedef struct SpillFiles
{
	int			depth;
	int			num_files;		/* a power of two */
	BufFile    *files[MAX_FILES];	/* NULL: nothing there */
} SpillFiles;

struct CustomerTable
{
	MemoryContext context;
	MemoryContext text_keys;	/* the bytes of keys that are text */
	CustomerKeyType key_type;
	const CustomerOps *ops;
	void	   *concept;

	size_t		key_size;
	size_t		slot_size;
	char	   *slots;
	uint64		num_slots;		/* a power of two */
	int			hash_shift;		/* a hash's highest bits choose the slot */
	uint64		num_customers;

	size_t		memory_limit;
	SpillFiles *spill;			/* NULL: all is in memory */
	StringInfoData record;		/* a customer that is saved */
	StringInfoData read_record; /* a customer that was saved */

	int			num_batch;
	CustomerKey *batch_keys;
	char	   *batch_rows;
	StringInfoData batch_text;	/* the bytes of keys that are text */
};

/* ---- keys ---- */

/* Spreads the bits of a word over all of it: the finalizer of MurmurHash3. */
static inline uint64
MixBits(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

static void
SetTextKey(CustomerKey *key, const char *bytes, size_t length)
{
	key->text.bytes = bytes;
	key->text.length = (uint32) length;
	key->hash = hash_bytes_extended((const unsigned char *) bytes, (int) length, 0);
}

static void
SetUuidKey(CustomerKey *key, const char *bytes)
{
	memcpy(key->words, bytes, UUID_LEN);
	key->hash = MixBits(key->words[0] ^ MixBits(key->words[1]));
}

static inline void
SetBigintKey(CustomerKey *key, uint64 word)
{
	key->words[0] = word;
	key->hash = MixBits(word);
}

static size_t
KeySize(CustomerKeyType type)
{
	return type == CUSTOMER_BIGINT ? sizeof(uint64)
		: type == CUSTOMER_UUID ? UUID_LEN : sizeof(TextKey);
}

static inline bool
SlotHasKey(const CustomerTable *table, const char *slot, const CustomerKey *key)
{
	const TextKey *text = (const TextKey *) slot;

	switch (table->key_type)
	{
		case CUSTOMER_BIGINT:
			return *(const uint64 *) slot == key->words[0];
		case CUSTOMER_UUID:
			return memcmp(slot, key->words, UUID_LEN) == 0;
		case CUSTOMER_TEXT:
			return text->hash == (uint32) (key->hash >> 32) && text->length == key->text.length &&
				memcmp(text->bytes, key->text.bytes, key->text.length) == 0;
	}
	return false;
}

static void
StoreKey(CustomerTable *table, char *slot, const CustomerKey *key)
{
	if (table->key_type == CUSTOMER_TEXT)
	{
		TextKey    *text = (TextKey *) slot;
		char	   *bytes = (char *) MemoryContextAlloc(table->text_keys, Max(key->text.length, 1));

		memcpy(bytes, key->text.bytes, key->text.length);
		text->hash = (uint32) (key->hash >> 32);
		text->length = key->text.length;
		text->bytes = bytes;
	}
	else
		memcpy(slot, key->words, table->key_size);
}

/* The key in a slot, with its hash. */
static void
KeyOfSlot(const CustomerTable *table, const char *slot, CustomerKey *key)
{
	if (table->key_type == CUSTOMER_BIGINT)
		SetBigintKey(key, *(const uint64 *) slot);
	else if (table->key_type == CUSTOMER_UUID)
		SetUuidKey(key, slot);
	else
		SetTextKey(key, ((const TextKey *) slot)->bytes, ((const TextKey *) slot)->length);
}

/* ---- slots ---- */

static inline char *
SlotAt(const CustomerTable *table, uint64 position)
{
	return table->slots + position * table->slot_size;
}

static inline char *
EntryOf(const CustomerTable *table, char *slot)
{
	return slot + table->key_size;
}

static inline bool
IsEmpty(const CustomerTable *table, const char *slot)
{
	return *(const uint64 *) (slot + table->key_size) == 0;
}

static inline uint64
HomePosition(const CustomerTable *table, uint64 hash)
{
	return hash >> table->hash_shift;
}

/* The slot of a key, or the empty one where it belongs. */
static inline char *
FindSlot(const CustomerTable *table, const CustomerKey *key)
{
	uint64		position = HomePosition(table, key->hash);

	for (;;)
	{
		char	   *slot = SlotAt(table, position);

		if (IsEmpty(table, slot) || SlotHasKey(table, slot, key))
			return slot;
		position = (position + 1) & (table->num_slots - 1);
	}
}

static void
AllocSlots(CustomerTable *table, uint64 num_slots)
{
	table->slots = (char *) MemoryContextAllocExtended(table->context,
													   num_slots * table->slot_size,
													   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	table->num_slots = num_slots;
	table->hash_shift = 64 - pg_leftmost_one_pos64(num_slots);
}

/* Twice as many slots. */
static void
Grow(CustomerTable *table)
{
	char	   *old_slots = table->slots;
	uint64		old_num_slots = table->num_slots;

	AllocSlots(table, old_num_slots * 2);
	for (uint64 i = 0; i < old_num_slots; i++)
	{
		char	   *old_slot = old_slots + i * table->slot_size;
		CustomerKey key;

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (IsEmpty(table, old_slot))
			continue;
		KeyOfSlot(table, old_slot, &key);
		memcpy(FindSlot(table, &key), old_slot, table->slot_size);
	}
	pfree(old_slots);
}

static size_t
MemoryOfEntries(const CustomerTable *table)
{
	return MemoryContextMemAllocated(table->ops->memory(table->concept), true)
		+ MemoryContextMemAllocated(table->text_keys, true);
}

/* Forget all customers; the memory they took is free again. */
static void
Empty(CustomerTable *table)
{
	MemoryContextReset(table->ops->memory(table->concept));
	MemoryContextReset(table->text_keys);
	pfree(table->slots);
	AllocSlots(table, FIRST_SLOTS);
	table->num_customers = 0;
}

/* ---- saving customers ---- */

/*
 * The slot to save as number i, all of them once, in an order that has nothing to
 * do with their hashes. In the order of the slots, customers would enter the table
 * that reads them in the order of its slots too: while it is still small all would
 * be neighbours, in one cluster that every insertion walks through.
 */
static inline char *
SlotToSave(const CustomerTable *table, uint64 i)
{
	return SlotAt(table, (i * UINT64CONST(0x9E3779B97F4A7C15)) & (table->num_slots - 1));
}

/* A record: its length, the key, what the concept saves. */
static void
BuildRecord(CustomerTable *table, char *slot)
{
	StringInfo	record = &table->record;
	uint32		length = 0;

	resetStringInfo(record);
	appendBinaryStringInfo(record, (char *) &length, sizeof(length));
	if (table->key_type == CUSTOMER_TEXT)
	{
		const TextKey *text = (const TextKey *) slot;

		appendBinaryStringInfo(record, (const char *) &text->length, sizeof(text->length));
		appendBinaryStringInfo(record, text->bytes, (int) text->length);
	}
	else
		appendBinaryStringInfo(record, slot, (int) table->key_size);
	table->ops->save(table->concept, EntryOf(table, slot), record);
	length = (uint32) record->len - sizeof(length);
	memcpy(record->data, &length, sizeof(length));
}

/* The key of a record without its length; returns where the saved entry begins. */
static const char *
KeyOfRecord(const CustomerTable *table, const char *record, CustomerKey *key)
{
	uint32		length;
	uint64		word;

	switch (table->key_type)
	{
		case CUSTOMER_BIGINT:
			memcpy(&word, record, sizeof(word));
			SetBigintKey(key, word);
			return record + sizeof(word);
		case CUSTOMER_UUID:
			SetUuidKey(key, record);
			return record + UUID_LEN;
		case CUSTOMER_TEXT:
			memcpy(&length, record, sizeof(length));
			SetTextKey(key, record + sizeof(length), length);
			return record + sizeof(length) + length;
	}
	pg_unreachable();
}

/* ---- temporary files ---- */

/* As many files as their buffers may take an eighth of the memory. */
static SpillFiles *
NewSpillFiles(const CustomerTable *table, int depth)
{
	SpillFiles *spill = (SpillFiles *) MemoryContextAllocZero(table->context, sizeof(SpillFiles));

	spill->depth = depth;
	spill->num_files = MIN_FILES;
	while (spill->num_files < MAX_FILES &&
		   (size_t) spill->num_files * 2 * BLCKSZ <= table->memory_limit / 8)
		spill->num_files *= 2;
	return spill;
}

/* The file a customer belongs to: low bits of the hash, others at each depth. */
static int
FileOfHash(const SpillFiles *spill, uint64 hash)
{
	return (int) ((hash >> (spill->depth * 6)) & (uint64) (spill->num_files - 1));
}

static void
WriteRecord(CustomerTable *table, uint64 hash)
{
	BufFile   **file = &table->spill->files[FileOfHash(table->spill, hash)];

	if (*file == NULL)
		*file = BufFileCreateTemp(false);
	BufFileWrite(*file, table->record.data, table->record.len);
}

/* Save all customers to files and start again empty. */
static void
Spill(CustomerTable *table, int depth)
{
	MemoryContext old_context = MemoryContextSwitchTo(table->context);

	if (table->spill == NULL)
		table->spill = NewSpillFiles(table, depth);
	for (uint64 i = 0; i < table->num_slots; i++)
	{
		char	   *slot = SlotToSave(table, i);
		CustomerKey key;

		if (IsEmpty(table, slot))
			continue;
		CHECK_FOR_INTERRUPTS();
		KeyOfSlot(table, slot, &key);
		BuildRecord(table, slot);
		WriteRecord(table, key.hash);
	}
	Empty(table);
	MemoryContextSwitchTo(old_context);
}

/*
 * Before up to num_new customers enter: make room for them, in memory or, beyond
 * the limit, by saving those that are there. Growing takes the old slots and the
 * new ones at once.
 */
static void
MakeRoom(CustomerTable *table, uint64 num_new, int depth)
{
	size_t		slots_size = table->num_slots * table->slot_size;
	bool		full = (table->num_customers + num_new) * 4 > table->num_slots * 3;
	size_t		needed = MemoryOfEntries(table) + (full ? slots_size * 3 : slots_size);

	if (needed > table->memory_limit && table->num_customers > 0 && depth < MAX_DEPTH)
		Spill(table, depth);
	else if (full)
		Grow(table);
}

/* ---- adding rows ---- */

static inline char *
EntryOfKey(CustomerTable *table, const CustomerKey *key)
{
	char	   *slot = FindSlot(table, key);

	if (IsEmpty(table, slot))
	{
		StoreKey(table, slot, key);
		table->num_customers++;
	}
	return EntryOf(table, slot);
}

/* The slots of a batch are on their way from memory before the first is needed. */
static void
PrefetchBatch(const CustomerTable *table)
{
	for (int i = 0; i < table->num_batch; i++)
		__builtin_prefetch(SlotAt(table, HomePosition(table, table->batch_keys[i].hash)), 1);
	if (table->key_type != CUSTOMER_TEXT)
		return;
	for (int i = 0; i < table->num_batch; i++)
		__builtin_prefetch(((TextKey *) SlotAt(table, HomePosition(table, table->batch_keys[i].hash)))->bytes);
}

static void
FlushBatch(CustomerTable *table)
{
	const CustomerOps *ops = table->ops;

	if (table->num_batch == 0)
		return;
	CHECK_FOR_INTERRUPTS();
	if (table->key_type == CUSTOMER_TEXT)
	{
		const char *bytes = table->batch_text.data;

		for (int i = 0; i < table->num_batch; i++)
		{
			SetTextKey(&table->batch_keys[i], bytes, table->batch_keys[i].text.length);
			bytes += table->batch_keys[i].text.length;
		}
	}
	MakeRoom(table, table->num_batch, 0);
	PrefetchBatch(table);
	for (int i = 0; i < table->num_batch; i++)
		ops->absorb(table->concept, EntryOfKey(table, &table->batch_keys[i]),
					table->batch_rows + i * ops->row_size);
	table->num_batch = 0;
	resetStringInfo(&table->batch_text);
}

/* Add a row of a customer, which is of the table's key type. */
void
CustomerTableAdd(CustomerTable *table, Datum customer, const void *row)
{
	CustomerKey *key = &table->batch_keys[table->num_batch];

	if (table->key_type == CUSTOMER_BIGINT)
		SetBigintKey(key, (uint64) DatumGetInt64(customer));
	else if (table->key_type == CUSTOMER_UUID)
		SetUuidKey(key, (const char *) DatumGetUUIDP(customer)->data);
	else
	{
		struct varlena *text = PG_DETOAST_DATUM_PACKED(customer);

		/* the batch's bytes may still move: FlushBatch() completes the key */
		key->text.length = VARSIZE_ANY_EXHDR(text);
		appendBinaryStringInfo(&table->batch_text, VARDATA_ANY(text), (int) key->text.length);
	}
	memcpy(table->batch_rows + table->num_batch * table->ops->row_size, row, table->ops->row_size);
	if (++table->num_batch == BATCH_SIZE || table->batch_text.len > MAX_BATCH_TEXT)
		FlushBatch(table);
}

/* ---- saved customers ---- */

static void
AddRecord(CustomerTable *table, const char *record, size_t size, int depth)
{
	CustomerKey key;
	const char *saved = KeyOfRecord(table, record, &key);

	MakeRoom(table, 1, depth);
	table->ops->absorb_saved(table->concept, EntryOfKey(table, &key), saved,
							 record + size - saved);
}

/* Add what CustomerTableSave() of another table wrote. */
void
CustomerTableAddSaved(CustomerTable *table, const char *saved, size_t size)
{
	const char *end = saved + size;

	FlushBatch(table);
	while (saved < end)
	{
		uint32		length;

		CHECK_FOR_INTERRUPTS();
		memcpy(&length, saved, sizeof(length));
		saved += sizeof(length);
		AddRecord(table, saved, length, 0);
		saved += length;
	}
}

/* Read a record into table->read_record; false at the end of the file. */
static bool
ReadRecord(CustomerTable *table, BufFile *file)
{
	StringInfo	record = &table->read_record;
	uint32		length;
	size_t		got = BufFileRead(file, &length, sizeof(length));

	if (got == 0)
		return false;
	resetStringInfo(record);
	if (got == sizeof(length))
	{
		enlargeStringInfo(record, (int) length);
		got = BufFileRead(file, record->data, length);
		record->len = (int) length;
	}
	if (got != (size_t) record->len)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file of an aggregate")));
	return true;
}

static BufFile *
RewindFile(BufFile *file)
{
	if (BufFileSeek(file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind a temporary file of an aggregate")));
	return file;
}

static void
AppendForSending(StringInfo out, const StringInfoData *record)
{
	if ((size_t) out->len + record->len >= MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the customers of one parallel worker do not fit into the 1 GB that it can send"),
				 errhint("Run this query without workers: SET max_parallel_workers_per_gather = 0.")));
	appendBinaryStringInfo(out, record->data, record->len);
}

/* Append all customers, those in files too. The files are closed afterwards. */
void
CustomerTableSave(CustomerTable *table, StringInfo out)
{
	FlushBatch(table);
	for (uint64 i = 0; i < table->num_slots; i++)
	{
		char	   *slot = SlotToSave(table, i);

		if (IsEmpty(table, slot))
			continue;
		CHECK_FOR_INTERRUPTS();
		BuildRecord(table, slot);
		AppendForSending(out, &table->record);
	}
	for (int i = 0; table->spill != NULL && i < table->spill->num_files; i++)
	{
		BufFile    *file = table->spill->files[i];

		if (file == NULL)
			continue;
		RewindFile(file);
		while (ReadRecord(table, file))
		{
			uint32		length = (uint32) table->read_record.len;

			CHECK_FOR_INTERRUPTS();
			appendBinaryStringInfo(out, (char *) &length, sizeof(length));
			AppendForSending(out, &table->read_record);
		}
	}
	CustomerTableClose(table);
}

/* ---- the end ---- */

static void
FinishInMemory(CustomerTable *table)
{
	for (uint64 i = 0; i < table->num_slots; i++)
	{
		char	   *slot = SlotAt(table, i);

		if (IsEmpty(table, slot))
			continue;
		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		table->ops->finish(table->concept, EntryOf(table, slot));
	}
}

/* Read files into the empty table, one after the other; each may spill in turn. */
static void
FinishFiles(CustomerTable *table, SpillFiles *spill)
{
	for (int i = 0; i < spill->num_files; i++)
	{
		if (spill->files[i] == NULL)
			continue;
		RewindFile(spill->files[i]);
		while (ReadRecord(table, spill->files[i]))
		{
			CHECK_FOR_INTERRUPTS();
			AddRecord(table, table->read_record.data, table->read_record.len, spill->depth + 1);
		}
		BufFileClose(spill->files[i]);
		spill->files[i] = NULL;
		CustomerTableFinish(table);
	}
	pfree(spill);
}

/*
 * Call finish() for every customer. The table is empty afterwards.
 */
void
CustomerTableFinish(CustomerTable *table)
{
	SpillFiles *spill = table->spill;

	check_stack_depth();
	FlushBatch(table);
	if (spill == NULL)
		FinishInMemory(table);
	else
	{
		if (table->num_customers > 0)
			Spill(table, spill->depth);
		table->spill = NULL;
		FinishFiles(table, spill);
	}
	Empty(table);
}

/*
 * Close the files of a table that is not needed any more, whether it was finished
 * or not: a query may end early. After an error the server closes them.
 */
void
CustomerTableClose(CustomerTable *table)
{
	for (int i = 0; table->spill != NULL && i < table->spill->num_files; i++)
		if (table->spill->files[i] != NULL)
		{
			BufFileClose(table->spill->files[i]);
			table->spill->files[i] = NULL;
		}
}

/* Free a table and all it holds. */
void
CustomerTableDestroy(CustomerTable *table)
{
	CustomerTableClose(table);
	MemoryContextDelete(table->context);
}

CustomerKeyType
CustomerTableKeyType(const CustomerTable *table)
{
	return table->key_type;
}

/* An empty table, in a memory context of its own below parent. */
CustomerTable *
CustomerTableCreate(MemoryContext parent, CustomerKeyType key_type, const CustomerOps *ops,
					void *concept)
{
	MemoryContext context = AllocSetContextCreate(parent, "retention customers",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	CustomerTable *table = (CustomerTable *) palloc0(sizeof(CustomerTable));

	table->context = context;
	table->text_keys = AllocSetContextCreate(context, "retention customers' keys",
											 ALLOCSET_DEFAULT_SIZES);
	table->key_type = key_type;
	table->ops = ops;
	table->concept = concept;
	table->key_size = KeySize(key_type);
	table->slot_size = table->key_size + ops->entry_size;
	table->memory_limit = get_hash_memory_limit();
	table->batch_keys = (CustomerKey *) palloc(sizeof(CustomerKey) * BATCH_SIZE);
	table->batch_rows = (char *) palloc(ops->row_size * BATCH_SIZE);
	initStringInfo(&table->record);
	initStringInfo(&table->read_record);
	initStringInfo(&table->batch_text);
	AllocSlots(table, FIRST_SLOTS);
	MemoryContextSwitchTo(old_context);
	return table;
}
