/*
 * revenue_pass.c
 *	  revenue_agg(customer, started_on, ended_on, mrr, periods [, product]):
 *	  revenue_summary from raw subscriptions, in one pass.
 *
 * For each customer a chain of lines is kept. When the rows are through, the lines of
 * each customer become changes and are counted as those of an mrr_timeline are, so both
 * routes give the same bytes.
 */
#include "customer_table.h"
#include "revenue.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* Where a line without end ends: no finite date. */
#define OPEN_END PG_INT32_MAX

/* A line of a customer: 32 bytes, two in a cache line. */
typedef struct Line
{
	uint32		previous;		/* number of the customer's line before; 0: none */
	int32		start;
	int32		end;
	int32		product;		/* number of its name; 0: NULL, or without products */
	Money		mrr;
} Line;

/* Lines lie in chunks, which never move. */
#define CHUNK_BITS 10
#define LINES_PER_CHUNK (1 << CHUNK_BITS)

/* What is kept for a customer. */
typedef struct CustomerLines
{
	uint64		last;			/* number of the last line, from 1 on */
} CustomerLines;

/* A row besides its customer. The name of its product waits in pass->names. */
typedef struct LineRow
{
	int32		start;
	int32		end;
	int32		name_length;	/* -1: NULL, or without products */
	Money		mrr;
} LineRow;

/* The name of a product, and its number. */
typedef struct ProductItem
{
	TimelineProduct name;
	uint32		hash;
	int32		number;
	char		status;
} ProductItem;

static inline bool
IsSameName(TimelineProduct a, TimelineProduct b)
{
	return a.length == b.length && memcmp(a.name, b.name, (size_t) a.length) == 0;
}

#define SH_PREFIX products
#define SH_ELEMENT_TYPE ProductItem
#define SH_KEY_TYPE TimelineProduct
#define SH_KEY name
#define SH_HASH_KEY(tb, key) hash_bytes((key).name, (key).length)
#define SH_EQUAL(tb, a, b) IsSameName(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * The lines of all customers and the names of their products. They lie in a memory
 * context that the customer table counts and resets: then all is empty again.
 */
typedef struct LineArena
{
	MemoryContext context;
	MemoryContextCallback on_reset;
	bool		has_callback;
	Line	  **chunks;
	uint64	   *last_lines;		/* a bit for each line: whether it is its customer's last */
	uint32		max_chunks;
	uint32		num_lines;
	bool		is_finished;	/* all customers are counted */
	products_hash *numbers;		/* of the names; NULL: none yet */
	TimelineProduct *names;		/* by number, from 1 on */
	int32		num_names;
	int32		max_names;
} LineArena;

/* The state of the aggregate. */
typedef struct RevenuePass
{
	MemoryContext context;
	CustomerTable *customers;
	LineArena	arena;
	PeriodCut	cut;
	bool		has_products;
	int32		first_start;
	int32		last_start;
	StringInfoData names;		/* of the products of rows not absorbed yet */
	int			names_read;
	RevenueState *result;		/* once the rows are through */
	/* what a worker sent, until it is combined */
	const char *sent;
	size_t		sent_size;
} RevenuePass;

/* ---- lines and names ---- */

static void
ForgetLines(void *arg)
{
	LineArena  *arena = (LineArena *) arg;

	arena->has_callback = false;
	arena->chunks = NULL;
	arena->last_lines = NULL;
	arena->max_chunks = 0;
	arena->num_lines = 0;
	arena->is_finished = false;
	arena->numbers = NULL;
	arena->names = NULL;
	arena->num_names = arena->max_names = 0;
}

/* Before something is put into an empty arena. */
static void
WatchReset(LineArena *arena)
{
	if (arena->has_callback)
		return;
	arena->on_reset.func = ForgetLines;
	arena->on_reset.arg = arena;
	MemoryContextRegisterResetCallback(arena->context, &arena->on_reset);
	arena->has_callback = true;
}

/* An array in the arena, with room for what max_chunks chunks need. */
static void *
GrowWithChunks(LineArena *arena, void *array, size_t size_per_chunk)
{
	size_t		size = size_per_chunk * arena->max_chunks;

	return array == NULL ? MemoryContextAllocHuge(arena->context, size)
		: repalloc_huge(array, size);
}

#define WORDS_PER_CHUNK (LINES_PER_CHUNK / 64)

static void
AddChunk(LineArena *arena, uint32 number)
{
	WatchReset(arena);
	if (number == arena->max_chunks)
	{
		arena->max_chunks = Max(arena->max_chunks * 2, 32);
		arena->chunks = (Line **) GrowWithChunks(arena, arena->chunks, sizeof(Line *));
		arena->last_lines = (uint64 *) GrowWithChunks(arena, arena->last_lines,
													  sizeof(uint64) * WORDS_PER_CHUNK);
	}
	arena->chunks[number] = (Line *) MemoryContextAlloc(arena->context,
														sizeof(Line) * LINES_PER_CHUNK);
	memset(arena->last_lines + (size_t) number * WORDS_PER_CHUNK, 0,
		   sizeof(uint64) * WORDS_PER_CHUNK);
}

/* A line by its number, which counts from 1. */
static inline Line *
LineAt(const LineArena *arena, uint32 number)
{
	return &arena->chunks[(number - 1) >> CHUNK_BITS][(number - 1) & (LINES_PER_CHUNK - 1)];
}

/* A line of a customer, to be filled. */
static inline Line *
NewLine(LineArena *arena, CustomerLines *customer)
{
	uint32		position = arena->num_lines;
	uint32		previous = (uint32) customer->last;
	Line	   *line;

	if (unlikely((position & (LINES_PER_CHUNK - 1)) == 0))
	{
		if (position > PG_UINT32_MAX - LINES_PER_CHUNK)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("there are more than %u lines in memory", position),
					 errhint("Use a smaller work_mem.")));
		AddChunk(arena, position >> CHUNK_BITS);
	}
	if (previous != 0)
		arena->last_lines[(previous - 1) / 64] &= ~(UINT64CONST(1) << ((previous - 1) % 64));
	arena->last_lines[position / 64] |= UINT64CONST(1) << (position % 64);
	arena->num_lines = position + 1;
	line = LineAt(arena, arena->num_lines);
	line->previous = previous;
	customer->last = arena->num_lines;
	return line;
}

static void
AddName(LineArena *arena, ProductItem *item)
{
	char	   *bytes = (char *) MemoryContextAlloc(arena->context, Max(item->name.length, 1));

	memcpy(bytes, item->name.name, (size_t) item->name.length);
	item->name.name = (const uint8 *) bytes;
	item->number = ++arena->num_names;
	if (arena->num_names >= arena->max_names)
	{
		arena->max_names = Max(arena->max_names * 2, 64);
		arena->names = arena->names == NULL
			? (TimelineProduct *) MemoryContextAlloc(arena->context,
													 sizeof(TimelineProduct) * arena->max_names)
			: (TimelineProduct *) repalloc_huge(arena->names,
												sizeof(TimelineProduct) * arena->max_names);
	}
	arena->names[item->number] = item->name;
}

/* The number of a product; 0 for NULL. */
static int32
NumberOfName(LineArena *arena, const char *bytes, int32 length)
{
	TimelineProduct name = {(const uint8 *) bytes, length};
	ProductItem *item;
	bool		found;

	if (length < 0)
		return 0;
	if (arena->numbers == NULL)
	{
		WatchReset(arena);
		arena->numbers = products_create(arena->context, 16, NULL);
	}
	item = products_insert(arena->numbers, name, &found);
	if (!found)
		AddName(arena, item);
	return item->number;
}

/* ---- what the customer table asks for ---- */

/* Rows are absorbed in the order in which they came, so names are read in order, too. */
static int32
NextNumber(RevenuePass *pass, int32 name_length)
{
	int32		number = NumberOfName(&pass->arena, pass->names.data + pass->names_read,
									  name_length);

	pass->names_read += Max(name_length, 0);
	if (pass->names_read == pass->names.len)
	{
		resetStringInfo(&pass->names);
		pass->names_read = 0;
	}
	return number;
}

static void
AbsorbLine(void *concept, void *entry, const void *row)
{
	RevenuePass *pass = (RevenuePass *) concept;
	const LineRow *added = (const LineRow *) row;
	Line	   *line = NewLine(&pass->arena, (CustomerLines *) entry);

	line->start = added->start;
	line->end = added->end;
	line->product = pass->has_products ? NextNumber(pass, added->name_length) : 0;
	line->mrr = added->mrr;
}

/* Customers are saved as LineRows, each followed by the name of its product. */
static void
SaveCustomer(void *concept, const void *entry, StringInfo out)
{
	const LineArena *arena = &((RevenuePass *) concept)->arena;

	for (uint32 number = (uint32) ((const CustomerLines *) entry)->last; number != 0;)
	{
		const Line *line = LineAt(arena, number);
		TimelineProduct name = line->product == 0 ? NO_PRODUCT : arena->names[line->product];
		LineRow		row = {line->start, line->end, name.length, line->mrr};

		appendBinaryStringInfo(out, (const char *) &row, sizeof(row));
		if (name.length > 0)
			appendBinaryStringInfo(out, (const char *) name.name, name.length);
		number = line->previous;
	}
}

static void
AbsorbSavedCustomer(void *concept, void *entry, const char *saved, size_t size)
{
	LineArena  *arena = &((RevenuePass *) concept)->arena;
	const char *end = saved + size;

	while (saved < end)
	{
		LineRow		row;
		Line	   *line = NewLine(arena, (CustomerLines *) entry);

		memcpy(&row, saved, sizeof(row));
		saved += sizeof(row);
		line->start = row.start;
		line->end = row.end;
		line->mrr = row.mrr;
		line->product = NumberOfName(arena, saved, row.name_length);
		saved += Max(row.name_length, 0);
	}
}

static void
ReserveChanges(Timeline *timeline, size_t num_changes)
{
	timeline->max_changes = num_changes + num_changes / 2;
	timeline->changes = (MrrChange *) repalloc_huge(timeline->changes,
													sizeof(MrrChange) * timeline->max_changes);
}

/* Field by field: a struct that is copied right after it was made has to be waited for. */
static inline void
SetChange(MrrChange *change, int32 day, int32 product, int lines, Money mrr)
{
	change->day = day;
	change->product = product;
	change->lines = lines;
	change->mrr = mrr;
}

/*
 * Count the customer whose last line has a number. His changes are filled in from the
 * end, because lines often come in the order of their starts.
 */
static void
CountCustomer(RevenuePass *pass, uint32 last)
{
	Timeline   *timeline = &pass->result->timeline;
	const Line *line;
	size_t		num_changes = 0;
	MrrChange  *change;

	for (uint32 number = last; number != 0; number = line->previous)
	{
		line = LineAt(&pass->arena, number);
		num_changes += line->end == OPEN_END ? 1 : 2;
	}
	if (unlikely(num_changes > timeline->max_changes))
		ReserveChanges(timeline, num_changes);
	timeline->num_changes = num_changes;
	change = timeline->changes + num_changes;
	for (uint32 number = last; number != 0; number = line->previous)
	{
		line = LineAt(&pass->arena, number);
		if (line->end != OPEN_END)
			SetChange(--change, line->end, line->product, -1, -line->mrr);
		SetChange(--change, line->start, line->product, 1, line->mrr);
	}
	AddCustomer(pass->result);
}

/*
 * Fetch the lines of up to 64 customers, given by their last ones, side by side: where
 * rows came in any order, each is a cache miss.
 */
static void
PrefetchLines(const LineArena *arena, uint32 *numbers, int num_customers)
{
	while (num_customers > 0)
	{
		int			num_left = 0;

		for (int i = 0; i < num_customers; i++)
		{
			uint32		previous = LineAt(arena, numbers[i])->previous;

			if (previous == 0)
				continue;
			__builtin_prefetch(LineAt(arena, previous));
			numbers[num_left++] = previous;
		}
		num_customers = num_left;
	}
}

/* Count the customers whose last lines are among 64. */
static void
CountCustomersOfWord(RevenuePass *pass, uint32 word_number)
{
	uint64		word = pass->arena.last_lines[word_number];
	uint32		first = word_number * 64 + 1;
	uint32		numbers[64];
	int			num_customers = 0;

	for (uint64 left = word; left != 0; left &= left - 1)
		numbers[num_customers++] = first + pg_rightmost_one_pos64(left);
	PrefetchLines(&pass->arena, numbers, num_customers);
	for (uint64 left = word; left != 0; left &= left - 1)
		CountCustomer(pass, first + pg_rightmost_one_pos64(left));
}

/*
 * When the first customer is complete, all in memory are. To count them in the order
 * of their lines costs a fraction of what the order of their hashes does: lines that
 * came one after the other lie side by side. So all are counted at once.
 */
static void
FinishCustomer(void *concept, const void *entry)
{
	RevenuePass *pass = (RevenuePass *) concept;
	LineArena  *arena = &pass->arena;

	(void) entry;
	if (arena->is_finished)
		return;
	for (uint32 word = 0; word * UINT64CONST(64) < arena->num_lines; word++)
	{
		CHECK_FOR_INTERRUPTS();
		CountCustomersOfWord(pass, word);
	}
	arena->is_finished = true;
}

static MemoryContext
ArenaMemory(void *concept)
{
	return ((RevenuePass *) concept)->arena.context;
}

static const CustomerOps line_ops = {
	.entry_size = sizeof(CustomerLines),
	.row_size = sizeof(LineRow),
	.absorb = AbsorbLine,
	.save = SaveCustomer,
	.absorb_saved = AbsorbSavedCustomer,
	.finish = FinishCustomer,
	.memory = ArenaMemory
};

/* ---- the aggregate ---- */

static MemoryContext
RequireAggregate(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (AggCheckCallContext(fcinfo, &context) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this function can only be called by the aggregate revenue_agg")));
	return context;
}

/* The server calls this when it is done with the state, which may be early. */
static void
ClosePass(Datum pass)
{
	CustomerTable *customers = ((RevenuePass *) DatumGetPointer(pass))->customers;

	if (customers != NULL)
		CustomerTableClose(customers);
}

static RevenuePass *
NewPass(FunctionCallInfo fcinfo, CustomerKeyType key_type, PeriodCut cut, bool has_products)
{
	MemoryContext context = AllocSetContextCreate(RequireAggregate(fcinfo), "revenue pass",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	RevenuePass *pass = (RevenuePass *) palloc0(sizeof(RevenuePass));

	pass->context = context;
	pass->arena.context = AllocSetContextCreate(context, "revenue pass lines",
												ALLOCSET_DEFAULT_SIZES);
	pass->cut = cut;
	pass->has_products = has_products;
	pass->first_start = LAST_DATE;
	pass->last_start = FIRST_DATE;
	initStringInfo(&pass->names);
	pass->customers = CustomerTableCreate(context, key_type, &line_ops, pass);
	MemoryContextSwitchTo(old_context);
	AggRegisterCallback(fcinfo, ClosePass, PointerGetDatum(pass));
	return pass;
}

/* Each row brings a spec; all must say the same. */
static inline void
RequirePassCut(const RevenuePass *pass, PeriodCut cut)
{
	if (unlikely(pass->cut.unit != cut.unit || pass->cut.week_start != cut.week_start))
	{
		PeriodSpec	spec = {.cut = pass->cut};
		PeriodSpec	other = {.cut = cut};

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("periods must be the same for all rows, not \"%s\" and \"%s\"",
						PeriodSpecText(&spec), PeriodSpecText(&other))));
	}
}

static inline void
NotePassStarts(RevenuePass *pass, int32 first_start, int32 last_start)
{
	pass->first_start = Min(pass->first_start, first_start);
	pass->last_start = Max(pass->last_start, last_start);
}

/* Keep the name of the row's product until the row is absorbed. Returns its length. */
static int32
KeepName(RevenuePass *pass, FunctionCallInfo fcinfo, int argno)
{
	struct varlena *name;

	if (PG_ARGISNULL(argno))
		return -1;
	name = (struct varlena *) PG_GETARG_TEXT_PP(argno);
	appendBinaryStringInfo(&pass->names, VARDATA_ANY(name), (int) VARSIZE_ANY_EXHDR(name));
	return (int32) VARSIZE_ANY_EXHDR(name);
}

/*
 * Transition: state, customer, started_on, ended_on, mrr, periods [, product] -> state.
 * A row without a customer, a start or an amount is ignored, and so is a line without
 * any day.
 */
static inline Datum
AddSubscription(FunctionCallInfo fcinfo, CustomerKeyType key_type)
{
	bool		has_products = PG_NARGS() == 7;
	RevenuePass *pass = PG_ARGISNULL(0) ? NULL : (RevenuePass *) PG_GETARG_POINTER(0);
	SubscriptionLine line;
	PeriodCut	cut;
	LineRow		row;

	if (PG_ARGISNULL(1) || !LineOfArguments(fcinfo, 2, &line))
	{
		if (pass == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(pass);
	}
	cut = CutOfArgument(fcinfo, 5);
	if (unlikely(pass == NULL))
		pass = NewPass(fcinfo, key_type, cut, has_products);
	RequirePassCut(pass, cut);
	NotePassStarts(pass, line.start, line.start);
	row.start = line.start;
	row.end = line.is_open ? OPEN_END : line.end;
	row.name_length = has_products ? KeepName(pass, fcinfo, 6) : -1;
	row.mrr = line.mrr;
	CustomerTableAdd(pass->customers, PG_GETARG_DATUM(1), &row);
	PG_RETURN_POINTER(pass);
}

#define PASS_TRANSITION(key, key_type) \
PG_FUNCTION_INFO_V1(revenue_pass_##key); \
Datum \
revenue_pass_##key(PG_FUNCTION_ARGS) \
{ \
	return AddSubscription(fcinfo, key_type); \
}

PASS_TRANSITION(bigint, CUSTOMER_BIGINT)
PASS_TRANSITION(uuid, CUSTOMER_UUID)
PASS_TRANSITION(text, CUSTOMER_TEXT)

PG_FUNCTION_INFO_V1(revenue_pass_trap);
PG_FUNCTION_INFO_V1(revenue_pass_final);
PG_FUNCTION_INFO_V1(revenue_pass_combine);
PG_FUNCTION_INFO_V1(revenue_pass_serialize);
PG_FUNCTION_INFO_V1(revenue_pass_deserialize);

/*
 * revenue_agg(customer, timestamptz, timestamptz, mrr, periods [, product]): always an
 * error, so that no column is cast through the session's TimeZone in silence.
 */
Datum
revenue_pass_trap(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("started_on and ended_on must be dates"),
			 errhint("Write DATE '2024-01-31', or (at AT TIME ZONE 'Europe/Berlin')::date.")));
	PG_RETURN_NULL();
}

/* Count all customers. What is needed for rows is freed. */
static void
FinishPass(RevenuePass *pass)
{
	pass->result = NewRevenueState(pass->context, pass->cut, pass->has_products);
	NoteStarts(pass->result, pass->first_start, pass->last_start);
	CustomerTableFinish(pass->customers);
	CustomerTableDestroy(pass->customers);
	pass->customers = NULL;
	MemoryContextDelete(pass->arena.context);
}

/*
 * state -> revenue_summary, NULL if no line counts. Uses the lines up, but may be
 * called again: a hash table of groups that is scanned once more asks twice.
 */
Datum
revenue_pass_final(PG_FUNCTION_ARGS)
{
	RevenuePass *pass;

	RequireAggregate(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	pass = (RevenuePass *) PG_GETARG_POINTER(0);
	if (pass->result == NULL)
		FinishPass(pass);
	PG_RETURN_POINTER(PackRevenue(pass->result));
}

/* What a worker sends before its customers. */
typedef struct PassHeader
{
	int32		key_type;
	int32		has_products;
	int32		first_start;
	int32		last_start;
	PeriodCut	cut;
} PassHeader;

/* state -> bytea: the header and all customers */
Datum
revenue_pass_serialize(PG_FUNCTION_ARGS)
{
	RevenuePass *pass = (RevenuePass *) PG_GETARG_POINTER(0);
	PassHeader	header;
	StringInfoData out;

	memset(&header, 0, sizeof(header));
	header.key_type = CustomerTableKeyType(pass->customers);
	header.has_products = pass->has_products;
	header.first_start = pass->first_start;
	header.last_start = pass->last_start;
	header.cut = pass->cut;
	initStringInfo(&out);
	enlargeStringInfo(&out, VARHDRSZ + sizeof(header));
	out.len = VARHDRSZ;
	appendBinaryStringInfo(&out, (char *) &header, sizeof(header));
	CustomerTableSave(pass->customers, &out);
	SET_VARSIZE(out.data, out.len);
	PG_RETURN_BYTEA_P((bytea *) out.data);
}

/* bytea -> state, whose customers have not been read yet */
Datum
revenue_pass_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *sent = PG_GETARG_BYTEA_PP(0);
	RevenuePass *pass = (RevenuePass *) palloc0(sizeof(RevenuePass));

	pass->sent = VARDATA_ANY(sent);
	pass->sent_size = VARSIZE_ANY_EXHDR(sent);
	PG_RETURN_POINTER(pass);
}

/* Add what a worker sent to a state, which is made if there is none. */
static RevenuePass *
AddSentPass(FunctionCallInfo fcinfo, RevenuePass *pass, const RevenuePass *other)
{
	PassHeader	header;

	memcpy(&header, other->sent, sizeof(header));
	if (pass == NULL)
		pass = NewPass(fcinfo, (CustomerKeyType) header.key_type, header.cut,
					   header.has_products != 0);
	RequirePassCut(pass, header.cut);
	NotePassStarts(pass, header.first_start, header.last_start);
	CustomerTableAddSaved(pass->customers, other->sent + sizeof(header),
						  other->sent_size - sizeof(header));
	return pass;
}

/*
 * state, state -> state. Not strict, which a state of type internal does not allow;
 * NULL and NULL give NULL all the same. The second state, and the first one that is
 * not NULL, come from a worker.
 */
Datum
revenue_pass_combine(PG_FUNCTION_ARGS)
{
	RevenuePass *pass = PG_ARGISNULL(0) ? NULL : (RevenuePass *) PG_GETARG_POINTER(0);

	RequireAggregate(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (pass == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(pass);
	}
	PG_RETURN_POINTER(AddSentPass(fcinfo, pass, (RevenuePass *) PG_GETARG_POINTER(1)));
}
