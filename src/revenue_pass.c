/*
 * revenue_pass.c
 *	  revenue_agg(customer, started_on, ended_on, mrr, periods [, product]):
 *	  revenue_summary from raw subscriptions, in one pass.
 *
 * For each customer a chain of lines is kept. When the rows are through, the lines of
 * each customer become changes and are counted as those of an mrr_timeline are, so both
 * routes give the same bytes.
 */
#include "aggregate.h"
#include "customer_pass.h"
#include "names.h"
#include "revenue.h"

#include "interrupts.h"
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

/* Lines lie in chunks. Where there are few the first is shorter, and moves when it grows. */
#define CHUNK_BITS 10
#define LINES_PER_CHUNK (1 << CHUNK_BITS)
#define FIRST_LINES 4

/* What is kept for a customer: the number of the last line, from 1 on, and a mark. */
typedef struct CustomerLines
{
	uint64		last;
} CustomerLines;

#define NO_LINES (UINT64CONST(1) << 32)

/*
 * A line of a customer as it is saved. The name of a product follows the first line
 * that has it; later lines of the record say which of its names it was.
 */
typedef struct SavedLine
{
	int32		start;
	int32		end;
	int32		product;		/* the length of a name that follows; NO_NAME; or a reference */
	Money		mrr;
} SavedLine;

#define NO_NAME (-1)

/* A reference to name number n of a record, from 0 on, and back. */
#define REFERENCE_TO_NAME(n) (-2 - (n))
#define IS_REFERENCE(product) ((product) <= -2)

/* Where a product's name was saved last. */
typedef struct SavedName
{
	uint32		record;			/* 0: nowhere yet */
	int32		number;			/* among the names of that record */
} SavedName;

/* A record is not made longer than it must be: the rest of the lines go into another. */
#define MAX_RECORD_PART (256 * 1024)

/* A row besides its customer. The name of its product waits in pass->names. */
typedef struct LineRow
{
	int32		start;
	int32		end;
	int32		name_length;	/* -1: NULL, or without products */
	Money		mrr;
} LineRow;

/*
 * The lines of all customers and the names of their products, in the arena of the
 * customer table.
 */
typedef struct LineStore
{
	Arena	   *arena;
	Line	  **chunks;
	uint64	   *last_lines;		/* a bit for each line: whether it is its customer's last */
	uint32		max_chunks;		/* a power of two */
	uint32		max_lines;		/* in the chunks that there are */
	uint32		num_lines;
	Names		products;
	SavedName  *saved_names;	/* by the numbers of products, while customers are saved */
	int32		max_saved_names;
	uint32		num_records;	/* saved so far */
} LineStore;

/* Names of this size are absorbed before there are more. */
#define MAX_WAITING_NAMES (64 * 1024)

/* The state of the aggregate; it has no memory context of its own. */
typedef struct RevenuePass
{
	CustomerPass common;		/* first */
	MemoryContext context;		/* the aggregate's */
	LineStore	lines;
	PeriodCut	cut;
	uint64		spec_reading;	/* of the reader whose spec was last found the same */
	bool		has_products;
	int32		first_start;
	int32		last_start;
	StringInfo	names;			/* of the products of rows not absorbed yet; NULL: none so far */
	int			names_read;
	int32	   *record_names;	/* numbers of the products of the record that is read */
	int32		max_record_names;
	RevenueState *result;		/* while customers are finished */
	Packed	   *summary;		/* once the rows are through */
} RevenuePass;

/* ---- lines ---- */

/* Nothing is there any more; what was, the customer table drops. */
static void
ForgetLines(void *concept)
{
	LineStore  *store = &((RevenuePass *) concept)->lines;
	Arena	   *arena = store->arena;

	memset(store, 0, sizeof(*store));
	store->arena = arena;
	NamesInit(&store->products, arena);
}

/* A larger piece of the arena instead of an old one. Both sizes are powers of two. */
static void *
GrowPiece(Arena *arena, void *piece, size_t old_size, size_t size)
{
	void	   *larger = ArenaAllocPiece(arena, size);

	if (piece != NULL)
	{
		memcpy(larger, piece, old_size);
		ArenaFreePiece(arena, piece, old_size);
	}
	return larger;
}

/* The first chunk doubles until it has its full size. */
static void
GrowFirstChunk(LineStore *store)
{
	uint32		max_lines = Max(store->max_lines * 2, FIRST_LINES);

	if (store->max_chunks == 0)
	{
		store->max_chunks = 1;
		store->chunks = (Line **) ArenaAllocPiece(store->arena, sizeof(Line *));
		store->chunks[0] = NULL;
		store->last_lines = (uint64 *)
			ArenaAllocPiece(store->arena, LINES_PER_CHUNK / BITS_PER_BYTE);
		memset(store->last_lines, 0, LINES_PER_CHUNK / BITS_PER_BYTE);
	}
	store->chunks[0] = (Line *) GrowPiece(store->arena, store->chunks[0],
										  sizeof(Line) * store->max_lines,
										  sizeof(Line) * max_lines);
	store->max_lines = max_lines;
}

static void
AddChunk(LineStore *store)
{
	uint32		number = store->max_lines >> CHUNK_BITS;
	size_t		bits_size = LINES_PER_CHUNK / BITS_PER_BYTE;

	if (store->max_lines > PG_UINT32_MAX - LINES_PER_CHUNK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("there are more than %u lines in memory", store->max_lines),
				 errhint("Use a smaller work_mem.")));
	if (number == store->max_chunks)
	{
		store->chunks = (Line **)
			GrowPiece(store->arena, store->chunks, sizeof(Line *) * number,
					  sizeof(Line *) * number * 2);
		store->last_lines = (uint64 *)
			GrowPiece(store->arena, store->last_lines, bits_size * number, bits_size * number * 2);
		store->max_chunks = number * 2;
	}
	store->chunks[number] = (Line *) ArenaAllocPiece(store->arena, sizeof(Line) * LINES_PER_CHUNK);
	memset((char *) store->last_lines + bits_size * number, 0, bits_size);
	store->max_lines += LINES_PER_CHUNK;
}

/* A line by its number, which counts from 1. */
static inline Line *
LineAt(const LineStore *store, uint32 number)
{
	return &store->chunks[(number - 1) >> CHUNK_BITS][(number - 1) & (LINES_PER_CHUNK - 1)];
}

/* The last line of a customer; 0 if there is none. */
static inline uint32
LastLine(const CustomerLines *customer)
{
	return (uint32) customer->last;
}

/* A line of a customer, to be filled. */
static inline Line *
NewLine(LineStore *store, CustomerLines *customer)
{
	uint32		position = store->num_lines;
	uint32		previous = LastLine(customer);
	Line	   *line;

	if (unlikely(position == store->max_lines))
	{
		if (position < LINES_PER_CHUNK)
			GrowFirstChunk(store);
		else
			AddChunk(store);
	}
	if (previous != 0)
		store->last_lines[(previous - 1) / 64] &= ~(UINT64CONST(1) << ((previous - 1) % 64));
	store->last_lines[position / 64] |= UINT64CONST(1) << (position % 64);
	store->num_lines = position + 1;
	line = LineAt(store, store->num_lines);
	line->previous = previous;
	customer->last = NO_LINES | store->num_lines;
	return line;
}

/* The number of a product, given by its name; 0 for NULL. */
static inline int32
NumberOfProduct(LineStore *store, const char *name, int32 length)
{
	return length < 0 ? 0 : NumberOfName(&store->products, name, length);
}

/* ---- what the customer table asks for ---- */

/* Rows are absorbed in the order in which they came, so names are read in order, too. */
static int32
NextProduct(RevenuePass *pass, int32 name_length)
{
	int32		number = NumberOfProduct(&pass->lines, pass->names->data + pass->names_read,
										 name_length);

	pass->names_read += Max(name_length, 0);
	if (pass->names_read == pass->names->len)
	{
		resetStringInfo(pass->names);
		pass->names_read = 0;
	}
	return number;
}

static void
AbsorbLines(void *concept, void *const *entries, const void *rows, int num_rows)
{
	RevenuePass *pass = (RevenuePass *) concept;
	const LineRow *added = (const LineRow *) rows;

	for (int i = 0; i < num_rows; i++)
	{
		Line	   *line = NewLine(&pass->lines, (CustomerLines *) entries[i]);

		line->start = added[i].start;
		line->end = added[i].end;
		line->mrr = added[i].mrr;
		line->product = added[i].name_length < 0 ? 0 : NextProduct(pass, added[i].name_length);
	}
}

/* Have a place for where each product's name was saved. */
static void
ReserveSavedNames(LineStore *store)
{
	size_t		size = sizeof(SavedName) * (size_t) store->products.max_names;

	if (store->max_saved_names >= store->products.max_names)
		return;
	store->saved_names = (SavedName *) ArenaAllocPiece(store->arena, size);
	store->max_saved_names = store->products.max_names;
	memset(store->saved_names, 0, size);
}

/*
 * Save a line. Its product's name is written unless it has been in this record;
 * *num_names is how many have.
 */
static void
SaveLine(LineStore *store, const Line *line, int32 *num_names, StringInfo out)
{
	SavedLine	saved;
	const NumberedName *name = NULL;

	memset(&saved, 0, sizeof(saved));
	saved.start = line->start;
	saved.end = line->end;
	saved.mrr = line->mrr;
	saved.product = NO_NAME;
	if (line->product != 0)
	{
		SavedName  *place = &store->saved_names[line->product - 1];

		if (place->record == store->num_records)
			saved.product = REFERENCE_TO_NAME(place->number);
		else
		{
			name = NameOfNumber(&store->products, line->product);
			saved.product = name->length;
			*place = (SavedName) {store->num_records, (*num_names)++};
		}
	}
	AppendToRecord(out, &saved, sizeof(saved));
	if (name != NULL)
		AppendToRecord(out, name->bytes, (size_t) name->length);
}

/*
 * Save lines of a customer, from a line's number on, 0 for the last line. Returns the
 * number to go on with in another record; 0 if no line is left.
 */
static uint64
SaveCustomer(void *concept, const void *entry, uint64 from, StringInfo out)
{
	LineStore  *store = &((RevenuePass *) concept)->lines;
	uint32		number = from == 0 ? LastLine((const CustomerLines *) entry) : (uint32) from;
	int			begun = out->len;
	int32		num_names = 0;

	ReserveSavedNames(store);
	store->num_records++;
	while (number != 0 && out->len - begun < MAX_RECORD_PART)
	{
		const Line *line = LineAt(store, number);

		CHECK_FOR_INTERRUPTS();
		SaveLine(store, line, &num_names, out);
		number = line->previous;
	}
	return number;
}

/* Note the number of a product whose name is number num_names of the record that is read. */
static void
NoteRecordName(RevenuePass *pass, int32 num_names, int32 product)
{
	if (num_names == pass->max_record_names)
	{
		pass->max_record_names = Max(pass->max_record_names * 2, 16);
		pass->record_names = pass->record_names == NULL
			? (int32 *) MemoryContextAlloc(pass->context, sizeof(int32) * pass->max_record_names)
			: (int32 *) repalloc_huge(pass->record_names, sizeof(int32) * pass->max_record_names);
	}
	pass->record_names[num_names] = product;
}

static void
AbsorbSavedCustomer(void *concept, void *entry, const char *bytes, size_t size)
{
	RevenuePass *pass = (RevenuePass *) concept;
	LineStore  *store = &pass->lines;
	const char *end = bytes + size;
	int32		num_names = 0;

	while (bytes < end)
	{
		SavedLine	saved;
		Line	   *line = NewLine(store, (CustomerLines *) entry);

		memcpy(&saved, bytes, sizeof(saved));
		bytes += sizeof(saved);
		line->start = saved.start;
		line->end = saved.end;
		line->mrr = saved.mrr;
		if (IS_REFERENCE(saved.product))
			line->product = pass->record_names[-2 - saved.product];
		else if (saved.product == NO_NAME)
			line->product = 0;
		else
		{
			line->product = NumberOfName(&store->products, bytes, saved.product);
			NoteRecordName(pass, num_names++, line->product);
			bytes += saved.product;
		}
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
		CHECK_FOR_INTERRUPTS();
		line = LineAt(&pass->lines, number);
		num_changes += line->end == OPEN_END ? 1 : 2;
	}
	if (unlikely(num_changes > timeline->max_changes))
		ReserveChanges(timeline, num_changes);
	timeline->num_changes = num_changes;
	change = timeline->changes + num_changes;
	for (uint32 number = last; number != 0; number = line->previous)
	{
		CHECK_FOR_INTERRUPTS();
		line = LineAt(&pass->lines, number);
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
PrefetchLines(const LineStore *store, uint32 *numbers, int num_customers)
{
	while (num_customers > 0)
	{
		int			num_left = 0;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < num_customers; i++)
		{
			uint32		previous = LineAt(store, numbers[i])->previous;

			if (previous == 0)
				continue;
			__builtin_prefetch(LineAt(store, previous));
			numbers[num_left++] = previous;
		}
		num_customers = num_left;
	}
}

/* Count the customers whose last lines are among 64. */
static void
CountCustomersOfWord(RevenuePass *pass, uint32 word_number)
{
	uint64		word = pass->lines.last_lines[word_number];
	uint32		first = word_number * 64 + 1;
	uint32		numbers[64];
	int			num_customers = 0;

	for (uint64 left = word; left != 0; left &= left - 1)
		numbers[num_customers++] = first + pg_rightmost_one_pos64(left);
	PrefetchLines(&pass->lines, numbers, num_customers);
	for (uint64 left = word; left != 0; left &= left - 1)
		CountCustomer(pass, first + pg_rightmost_one_pos64(left));
}

/*
 * Count all customers, in the order of their lines. It costs a fraction of what the
 * order of their hashes does: lines that came one after the other lie side by side.
 */
static void
CountAllCustomers(void *concept)
{
	RevenuePass *pass = (RevenuePass *) concept;

	for (uint32 word = 0; word * UINT64CONST(64) < pass->lines.num_lines; word++)
	{
		CHECK_FOR_INTERRUPTS();
		CountCustomersOfWord(pass, word);
	}
}

static const CustomerOps line_ops = {
	.entry_size = sizeof(CustomerLines),
	.row_size = sizeof(LineRow),
	.blank = NO_LINES,
	.absorb = AbsorbLines,
	.save_part = SaveCustomer,
	.absorb_saved = AbsorbSavedCustomer,
	.finish_all = CountAllCustomers,
	.forget = ForgetLines
};

/* ---- the aggregate ---- */

static RevenuePass *
NewPass(FunctionCallInfo fcinfo, CustomerKeyType key_type, PeriodCut cut, bool has_products)
{
	MemoryContext context = RequireAggregate(fcinfo, "revenue_agg");
	RevenuePass *pass = (RevenuePass *) MemoryContextAllocZero(context, sizeof(RevenuePass));

	pass->context = context;
	pass->cut = cut;
	pass->has_products = has_products;
	pass->first_start = LAST_DATE;
	pass->last_start = FIRST_DATE;
	pass->common.customers = CustomerTableCreate(context, key_type, &line_ops, pass);
	pass->lines.arena = CustomerTableArena(pass->common.customers);
	ForgetLines(pass);
	ClosePassWithAggregate(fcinfo, &pass->common);
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

/* The buffer for names, with room for one more. */
static StringInfo
NamesForRow(RevenuePass *pass, int32 length)
{
	if (pass->names == NULL)
	{
		MemoryContext old_context = MemoryContextSwitchTo(pass->context);

		pass->names = makeStringInfo();
		MemoryContextSwitchTo(old_context);
	}
	if (pass->names->len > 0 && pass->names->len + (Size) length > MAX_WAITING_NAMES)
		CustomerTableFlush(pass->common.customers);
	return pass->names;
}

/* Keep the name of the row's product until the row is absorbed. Returns its length. */
static int32
KeepName(RevenuePass *pass, FunctionCallInfo fcinfo, int argno)
{
	struct varlena *name;
	int32		length;

	if (PG_ARGISNULL(argno))
		return -1;
	name = (struct varlena *) PG_GETARG_TEXT_PP(argno);
	length = (int32) VARSIZE_ANY_EXHDR(name);
	appendBinaryStringInfo(NamesForRow(pass, length), VARDATA_ANY(name), length);
	return length;
}

/* The state, made if there is none, for the periods of a row, if they are not those before. */
static RevenuePass *
PassForPeriods(FunctionCallInfo fcinfo, RevenuePass *pass, CustomerKeyType key_type,
			   bool has_products)
{
	PeriodCut	cut = CutOfArgument(fcinfo, 5);

	if (pass == NULL)
		pass = NewPass(fcinfo, key_type, cut, has_products);
	RequirePassCut(pass, cut);
	pass->spec_reading = PeriodReaderFor(fcinfo, 5)->reading;
	return pass;
}

/*
 * Transition: state, customer, started_on, ended_on, mrr, periods [, product] -> state.
 * A row without a customer, a start or an amount is ignored, and so is a line without
 * any day.
 */
static pg_attribute_always_inline Datum
AddSubscription(FunctionCallInfo fcinfo, CustomerKeyType key_type)
{
	bool		has_products = PG_NARGS() == 7;
	RevenuePass *pass = PG_ARGISNULL(0) ? NULL : (RevenuePass *) PG_GETARG_POINTER(0);
	SubscriptionLine line;
	int32		name_length;
	LineRow    *row;

	if (PG_ARGISNULL(1) || !LineOfArguments(fcinfo, 2, &line))
	{
		if (pass == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(pass);
	}
	if (unlikely(pass == NULL || PG_ARGISNULL(5) ||
				 pass->spec_reading != PeriodReaderFor(fcinfo, 5)->reading))
		pass = PassForPeriods(fcinfo, pass, key_type, has_products);
	NotePassStarts(pass, line.start, line.start);
	name_length = has_products ? KeepName(pass, fcinfo, 6) : -1;
	row = (LineRow *) CustomerTableNextRow(pass->common.customers);
	row->start = line.start;
	row->end = line.is_open ? OPEN_END : line.end;
	row->name_length = name_length;
	row->mrr = line.mrr;
	CustomerTableAddRow(pass->common.customers, key_type, sizeof(LineRow), PG_GETARG_DATUM(1));
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

/*
 * Count all customers and pack what they give. What is needed for rows is freed;
 * what is needed for counting is, with a context of its own.
 */
static void
FinishPass(RevenuePass *pass)
{
	MemoryContext old_context;

	pass->result = NewRevenueState(NewStateContext(), pass->cut, pass->has_products);
	NoteStarts(pass->result, pass->first_start, pass->last_start);
	CustomerTableFinish(pass->common.customers);
	CustomerTableDestroy(pass->common.customers);
	pass->common.customers = NULL;
	old_context = MemoryContextSwitchTo(pass->context);
	pass->summary = PackRevenue(pass->result);
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(pass->result->context);
	pass->result = NULL;
}

/*
 * state -> revenue_summary, NULL if no line counts. Uses the lines up, but may be
 * called again: a hash table of groups that is scanned once more asks twice.
 */
Datum
revenue_pass_final(PG_FUNCTION_ARGS)
{
	RevenuePass *pass;

	RequireAggregate(fcinfo, "revenue_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	pass = (RevenuePass *) PG_GETARG_POINTER(0);
	if (pass->common.customers != NULL)
		FinishPass(pass);
	PG_RETURN_POINTER(pass->summary);
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

	memset(&header, 0, sizeof(header));
	header.key_type = CustomerTableKeyType(pass->common.customers);
	header.has_products = pass->has_products;
	header.first_start = pass->first_start;
	header.last_start = pass->last_start;
	header.cut = pass->cut;
	return SerializePass(&pass->common, &header, sizeof(header));
}

/* bytea -> state, whose customers have not been read yet */
Datum
revenue_pass_deserialize(PG_FUNCTION_ARGS)
{
	return DeserializePass(fcinfo);
}

/* PrepareForSent */
static CustomerPass *
PreparePass(FunctionCallInfo fcinfo, CustomerPass *common, const char *header_bytes)
{
	RevenuePass *pass = (RevenuePass *) common;
	PassHeader	header;

	memcpy(&header, header_bytes, sizeof(header));
	if (pass == NULL)
		pass = NewPass(fcinfo, (CustomerKeyType) header.key_type, header.cut,
					   header.has_products != 0);
	RequirePassCut(pass, header.cut);
	NotePassStarts(pass, header.first_start, header.last_start);
	return &pass->common;
}

/* state, state -> state */
Datum
revenue_pass_combine(PG_FUNCTION_ARGS)
{
	return CombinePasses(fcinfo, "revenue_agg", PreparePass);
}
