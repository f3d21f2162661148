/*
 * customer_files.c
 *	  The customers of a table as bytes, in temporary files and from process to
 *	  process.
 *
 * When memory runs out, all customers are saved to temporary files, distributed by
 * some bits of their hash, and the table starts again empty. In the end each file is
 * read into an empty table, which joins the parts of a customer; should one file be
 * too much in its turn, it is distributed further by other bits.
 *
 * A record is its length, the words of the key, the bytes of a long text, and what
 * the concept saves.
 *
 * A worker sends its customers in the order of its slots, so that they enter the
 * leader's table in the order of its slots too, and memory is walked through once.
 * Into a table that is too small that order is the worst: the slots that the customers
 * reach so far are full, though the table is not, and every insertion walks through
 * them. So the leader's table is made large enough first. What goes to files, where
 * nobody knows how large a table will read it, goes in another order.
 */
#include "customer_slots.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#define MIN_FILES 4
#define MAX_FILES 64
#define FILE_BITS 6				/* of a hash, at each depth */

/* So many records, or bytes of them, are taken at once, so that slots can be fetched ahead. */
#define MAX_RECORDS 64
#define MAX_RECORD_BYTES (16 * 1024)

/* The largest record; when it is read it may follow others in one piece of memory. */
#define MAX_RECORD_SIZE ((size_t) MaxAllocSize - 2 * MAX_RECORD_BYTES)

/* Where customers go when memory runs out, and how they are spread. */
typedef struct SpillFiles
{
	int			depth;
	int			num_files;		/* a power of two */
	BufFile    *files[MAX_FILES];	/* NULL: nothing there */
	uint64		hashes[MAX_FILES];	/* of the first record of each */
	bool		is_mixed[MAX_FILES];	/* whether there are records with other hashes, too */
} SpillFiles;

/* A customer as a record tells it. */
typedef struct SavedCustomer
{
	uint64		key[MAX_KEY_WORDS];
	uint64		hash;
	const char *entry;			/* what the concept saved */
	size_t		entry_size;
} SavedCustomer;

/* ---- records ---- */

/* The slot to spill as number i: all of them once, in an order that is not theirs. */
static inline char *
SlotToSpill(const CustomerTable *table, uint64 i)
{
	return SlotAt(table, (i * UINT64CONST(0x9E3779B97F4A7C15)) & (table->num_slots - 1));
}

/* Append bytes to what is saved of a customer. An error if the record becomes too large. */
void
AppendToRecord(StringInfo record, const void *bytes, size_t size)
{
	if ((size_t) record->len + size > MAX_RECORD_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("one customer is too large for a temporary file or a parallel worker"),
				 errdetail("What is saved of it at once, names included, takes more than %zu bytes.",
						   MAX_RECORD_SIZE),
				 errhint("Use shorter names, or raise work_mem and do without parallel workers.")));
	appendBinaryStringInfo(record, (const char *) bytes, (int) size);
}

/*
 * A record of a customer, into table->record, from a place on that save_part() gave, at
 * first 0. Returns the place of the next record; 0 if the customer has no other.
 */
static uint64
BuildRecord(CustomerTable *table, char *slot, uint64 from)
{
	StringInfo	record = table->record;
	const uint64 *key = (const uint64 *) slot;
	size_t		key_size = table->key_words * sizeof(uint64);
	uint32		length;

	record->len = sizeof(length);
	memcpy(record->data + record->len, slot, key_size);
	record->len += (int) key_size;
	if (table->key_type == CUSTOMER_TEXT && IsLongText(key))
		AppendToRecord(record, LongTextBytes(key), LongTextLength(key));
	if (table->ops->save_part != NULL)
		from = table->ops->save_part(table->concept, EntryOf(table, slot), from, record);
	else
		table->ops->save(table->concept, EntryOf(table, slot), record);
	length = (uint32) record->len - sizeof(length);
	memcpy(record->data, &length, sizeof(length));
	return from;
}

/* makeStringInfo() leaves room for more than a length and a key. */
static void
PrepareRecords(CustomerTable *table)
{
	MemoryContext old_context;

	if (table->record != NULL)
		return;
	old_context = MemoryContextSwitchTo(table->context);
	table->record = makeStringInfo();
	MemoryContextSwitchTo(old_context);
}

/* Take a record apart; it follows its length. */
static void
ReadRecord(const CustomerTable *table, const char *record, size_t size, SavedCustomer *customer)
{
	const char *end = record + size;
	size_t		key_size = table->key_words * sizeof(uint64);

	memcpy(customer->key, record, key_size);
	record += key_size;
	if (table->key_type == CUSTOMER_TEXT && IsLongText(customer->key))
	{
		customer->key[0] = (uint64) (uintptr_t) record;
		record += LongTextLength(customer->key);
	}
	customer->hash = HashOfKey(table->key_type, customer->key);
	customer->entry = record;
	customer->entry_size = end - record;
}

/* Add saved customers to the table, which may be saved in its turn. */
static void
AbsorbSaved(CustomerTable *table, const SavedCustomer *customers, int num_customers, int depth)
{
	const CustomerOps *ops = table->ops;

	CHECK_FOR_INTERRUPTS();
	MakeRoom(table, num_customers, depth);
	for (int i = 0; i < num_customers; i++)
		__builtin_prefetch(HomeSlot(table, customers[i].hash), 1);
	for (int i = 0; i < num_customers; i++)
		ops->absorb_saved(table->concept,
						  CustomerEntry(table, customers[i].key, customers[i].hash),
						  customers[i].entry, customers[i].entry_size);
}

/* Add records, one after the other, to the table. */
static void
AddRecords(CustomerTable *table, const char *records, size_t size, int depth)
{
	const char *end = records + size;
	const char *first = records;
	SavedCustomer customers[MAX_RECORDS];
	int			num_customers = 0;

	while (records < end)
	{
		uint32		length;

		memcpy(&length, records, sizeof(length));
		records += sizeof(length);
		ReadRecord(table, records, length, &customers[num_customers++]);
		records += length;
		if (num_customers == MAX_RECORDS || records == end || records - first > MAX_RECORD_BYTES)
		{
			AbsorbSaved(table, customers, num_customers, depth);
			num_customers = 0;
			first = records;
		}
	}
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
	return (int) ((hash >> (spill->depth * FILE_BITS)) & (uint64) (spill->num_files - 1));
}

static void
WriteRecord(CustomerTable *table, uint64 hash, const char *record, size_t size)
{
	SpillFiles *spill = table->spill;
	int			number = FileOfHash(spill, hash);

	if (spill->files[number] == NULL)
	{
		spill->files[number] = BufFileCreateTemp(false);
		spill->hashes[number] = hash;
	}
	spill->is_mixed[number] |= spill->hashes[number] != hash;
	BufFileWrite(spill->files[number], unconstify(char *, record), size);
}

/* From now on customers go to files. */
static void
StartSpilling(CustomerTable *table, int depth)
{
	PrepareRecords(table);
	if (table->spill == NULL)
		table->spill = NewSpillFiles(table, depth);
}

/* Save all customers to files and start again empty. */
void
SpillCustomers(CustomerTable *table, int depth)
{
	MemoryContext old_context = MemoryContextSwitchTo(table->context);

	StartSpilling(table, depth);
	for (uint64 i = 0; i < table->num_slots; i++)
	{
		char	   *slot = SlotToSpill(table, i);
		uint64		next = 0;

		if (IsEmptySlot(table, slot))
			continue;
		do
		{
			CHECK_FOR_INTERRUPTS();
			next = BuildRecord(table, slot, next);
			WriteRecord(table, HashOfKey(table->key_type, (const uint64 *) slot),
						table->record->data, table->record->len);
		} while (next != 0);
	}
	EmptyTable(table);
	MemoryContextSwitchTo(old_context);
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
CouldNotRead(void)
{
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not read from a temporary file of an aggregate")));
}

/* Append the next record of a file, with its length; false at its end. */
static bool
AppendRecord(BufFile *file, StringInfo out)
{
	uint32		length;
	size_t		got = BufFileRead(file, &length, sizeof(length));

	if (got == 0)
		return false;
	if (got != sizeof(length))
		CouldNotRead();
	appendBinaryStringInfo(out, (char *) &length, sizeof(length));
	enlargeStringInfo(out, (int) length);
	if (BufFileRead(file, out->data + out->len, length) != length)
		CouldNotRead();
	out->len += (int) length;
	return true;
}

/* Read a file into the table. */
static void
AddFile(CustomerTable *table, BufFile *file, int depth)
{
	StringInfoData records;
	bool		found;

	initStringInfo(&records);
	RewindFile(file);
	do
	{
		resetStringInfo(&records);
		do
			found = AppendRecord(file, &records);
		while (found && records.len < MAX_RECORD_BYTES);
		AddRecords(table, records.data, records.len, depth);
	} while (found);
	pfree(records.data);
}

/*
 * Read files into the empty table, one after the other; each may spill in turn. One that
 * has a single customer would only be written again: he stays in memory.
 */
static void
FinishFiles(CustomerTable *table, SpillFiles *spill)
{
	for (int i = 0; i < spill->num_files; i++)
	{
		if (spill->files[i] == NULL)
			continue;
		AddFile(table, spill->files[i],
				spill->is_mixed[i] ? spill->depth + 1 : MAX_SPILL_DEPTH);
		BufFileClose(spill->files[i]);
		spill->files[i] = NULL;
		CustomerTableFinish(table);
	}
	pfree(spill);
}

/*
 * CustomerTableFinish() of a table some of whose customers are in files; false if
 * there are none.
 */
bool
FinishSpilled(CustomerTable *table)
{
	SpillFiles *spill = table->spill;

	if (spill == NULL)
		return false;
	if (table->num_customers > 0)
		SpillCustomers(table, spill->depth);
	table->spill = NULL;
	FinishFiles(table, spill);
	return true;
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

/* ---- parallel workers ---- */

/* An error if size more bytes are more than can be sent. */
static void
RequireRoomToSend(const StringInfoData *out, size_t size)
{
	if ((size_t) out->len + size >= MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the customers of one parallel worker do not fit into the 1 GB that it can send"),
				 errhint("Run this query without workers: SET max_parallel_workers_per_gather = 0.")));
}

static void
SendFile(BufFile *file, StringInfo out)
{
	StringInfoData record;

	initStringInfo(&record);
	RewindFile(file);
	while (AppendRecord(file, &record))
	{
		CHECK_FOR_INTERRUPTS();
		RequireRoomToSend(out, record.len);
		appendBinaryStringInfo(out, record.data, record.len);
		resetStringInfo(&record);
	}
	pfree(record.data);
}

/* What stands before the customers that a table sends. */
typedef struct SentHeader
{
	uint64		num_customers;	/* of the table in memory, whose order they have */
} SentHeader;

/* Append all customers, those in files too. The files are closed afterwards. */
void
CustomerTableSave(CustomerTable *table, StringInfo out)
{
	SentHeader	header;

	CustomerTableFlush(table);
	PrepareRecords(table);
	header.num_customers = table->num_customers;
	appendBinaryStringInfo(out, (char *) &header, sizeof(header));
	for (uint64 i = 0; i < table->num_slots; i++)
	{
		char	   *slot = SlotAt(table, i);
		uint64		next = 0;

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (IsEmptySlot(table, slot))
			continue;
		do
		{
			CHECK_FOR_INTERRUPTS();
			next = BuildRecord(table, slot, next);
			RequireRoomToSend(out, table->record->len);
			appendBinaryStringInfo(out, table->record->data, table->record->len);
		} while (next != 0);
	}
	for (int i = 0; table->spill != NULL && i < table->spill->num_files; i++)
		if (table->spill->files[i] != NULL)
			SendFile(table->spill->files[i], out);
	CustomerTableClose(table);
}

/* Write records to files, one after the other, without their passing through the table. */
static void
SpillRecords(CustomerTable *table, const char *records, size_t size)
{
	MemoryContext old_context = MemoryContextSwitchTo(table->context);
	const char *end = records + size;

	if (size == 0)
	{
		MemoryContextSwitchTo(old_context);
		return;
	}
	StartSpilling(table, 0);
	while (records < end)
	{
		uint32		length;
		SavedCustomer customer;

		CHECK_FOR_INTERRUPTS();
		memcpy(&length, records, sizeof(length));
		ReadRecord(table, records + sizeof(length), length, &customer);
		WriteRecord(table, customer.hash, records, sizeof(length) + length);
		records += sizeof(length) + length;
	}
	MemoryContextSwitchTo(old_context);
}

/* The end of the first of some records, about MAX_RECORD_BYTES of them. */
static const char *
EndOfSome(const char *records, const char *end)
{
	const char *p = records;

	while (p < end && p - records < MAX_RECORD_BYTES)
	{
		uint32		length;

		memcpy(&length, p, sizeof(length));
		p += sizeof(length) + length;
	}
	return p;
}

/*
 * Have room for all customers that are there after some records, if those that follow
 * are new as often as those were: they come in the order of their hashes, so any part
 * of them is a fair sample.
 */
static bool
ReserveForRest(CustomerTable *table, uint64 customers_before, size_t size_added, size_t size)
{
	double		num_new = (double) (table->num_customers - customers_before);

	return ReserveSlots(table, customers_before + (uint64) (num_new * size / size_added));
}

/*
 * Add what CustomerTableSave() of another table wrote. Where memory does not allow a
 * table that is large enough, customers go to files.
 */
void
CustomerTableAddSaved(CustomerTable *table, const char *saved, size_t size)
{
	SentHeader	header;
	const char *first = saved + sizeof(header);
	const char *end = saved + size;
	uint64		customers_before;

	CustomerTableFlush(table);
	memcpy(&header, saved, sizeof(header));
	saved = first;
	customers_before = table->num_customers;
	if (table->spill == NULL && ReserveSlots(table, header.num_customers))
		while (saved < end)
		{
			const char *next = EndOfSome(saved, end);

			AddRecords(table, saved, next - saved, 0);
			saved = next;
			if (table->spill != NULL ||
				!ReserveForRest(table, customers_before, next - first, end - first))
				break;
		}
	SpillRecords(table, saved, end - saved);
}
