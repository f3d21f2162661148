/*
 * timeline_format.c
 *	  The bytes of an mrr_timeline: writing, reading, checking.
 */
#include "interrupts.h"
#include "timeline_format.h"

/* Up to so many changes are sorted by insertion: most customers have fewer. */
#define FEW_CHANGES 24

/* NULL before all names, names in the order of their bytes */
static inline int
CompareProducts(const TimelineProduct *a, const TimelineProduct *b)
{
	int32_t		common = a->length < b->length ? a->length : b->length;
	int			order = common > 0 ? memcmp(a->name, b->name, (size_t) common) : 0;

	if (order != 0)
		return order;
	return a->length < b->length ? -1 : a->length > b->length;
}

/* ---- writing ---- */

static int
CompareChanges(const void *a, const void *b, void *argument)
{
	const TimelineChange *change_a = (const TimelineChange *) a;
	const TimelineChange *change_b = (const TimelineChange *) b;
	int			order = CompareProducts(&change_a->product, &change_b->product);

	(void) argument;
	if (order != 0)
		return order;
	return change_a->day < change_b->day ? -1 : change_a->day > change_b->day;
}

static void
SortByProduct(TimelineChange *changes, size_t num_changes)
{
	if (num_changes > FEW_CHANGES)
	{
		SortArray(changes, num_changes, sizeof(TimelineChange), CompareChanges, NULL);
		return;
	}
	for (size_t i = 1; i < num_changes; i++)
	{
		TimelineChange change = changes[i];
		size_t		position = i;

		for (; position > 0 && CompareChanges(&changes[position - 1], &change, NULL) > 0; position--)
			changes[position] = changes[position - 1];
		changes[position] = change;
	}
}

/* Add up the changes of one day and product, which stand side by side. */
static bool
FoldDay(TimelineChange *changes, size_t num_changes, size_t *next, TimelineChange *sum)
{
	__int128	mrr = changes[*next].mrr;

	*sum = changes[(*next)++];
	for (; *next < num_changes && CompareChanges(&changes[*next], sum, NULL) == 0; (*next)++)
	{
		CHECK_FOR_INTERRUPTS();
		if (__builtin_add_overflow(mrr, (__int128) changes[*next].mrr, &mrr) ||
			__builtin_add_overflow(sum->lines, changes[*next].lines, &sum->lines))
			return false;
	}
	sum->mrr = mrr;
	return MoneyIsInRange(mrr);
}

/*
 * Bring changes into the order in which they are written, add up those of one product
 * and day, and drop what adds nothing. False if a sum, or the MRR or the number of
 * lines of a product on a day, is out of range.
 */
bool
TimelineFold(TimelineChange *changes, size_t *num_changes)
{
	size_t		next = 0;
	size_t		kept = 0;
	Money		mrr = 0;
	int64_t		lines = 0;

	SortByProduct(changes, *num_changes);
	while (next < *num_changes)
	{
		TimelineChange sum;

		CHECK_FOR_INTERRUPTS();
		if (!FoldDay(changes, *num_changes, &next, &sum))
			return false;
		if (sum.mrr == 0 && sum.lines == 0)
			continue;
		if (kept == 0 || CompareProducts(&changes[kept - 1].product, &sum.product) != 0)
		{
			mrr = 0;
			lines = 0;
		}
		if (!MoneyAdd(mrr, sum.mrr, &mrr) || __builtin_add_overflow(lines, sum.lines, &lines))
			return false;
		changes[kept++] = sum;
	}
	*num_changes = kept;
	return true;
}

/* How many of the changes from start on belong to the product of the first. */
static size_t
ChangesOfProduct(const TimelineChange *changes, size_t num_changes, size_t start)
{
	size_t		end = start + 1;

	while (end < num_changes &&
		   CompareProducts(&changes[start].product, &changes[end].product) == 0)
	{
		CHECK_FOR_INTERRUPTS();
		end++;
	}
	return end - start;
}

static uint64_t
NumProducts(const TimelineChange *changes, size_t num_changes)
{
	uint64_t	num_products = 0;

	for (size_t i = 0; i < num_changes; i += ChangesOfProduct(changes, num_changes, i))
		num_products++;
	return num_products;
}

static size_t
ProductSize(const TimelineProduct *product)
{
	return product->length < 0 ? 1
		: VarintSize((uint64_t) product->length + 1) + (size_t) product->length;
}

static uint8_t *
WriteProduct(const TimelineProduct *product, uint8_t *p)
{
	p = WriteVarint(p, (uint64_t) ((int64_t) product->length + 1));
	if (product->length > 0)
		memcpy(p, product->name, (size_t) product->length);
	return p + (product->length > 0 ? product->length : 0);
}

/* The number that stands for the day of a change. */
static uint64_t
DayDistance(const TimelineChange *changes, size_t position, size_t first_of_product,
			int32_t first_start)
{
	int64_t		day = changes[position].day;

	return (uint64_t) (position == first_of_product ? day - first_start
					   : day - changes[position - 1].day - 1);
}

/* How many bytes a timeline takes. The changes are as TimelineFold() leaves them. */
size_t
TimelineSize(const TimelineChange *changes, size_t num_changes, bool has_products,
			 int32_t first_start, int32_t last_start)
{
	size_t		size = TIMELINE_CHANGES_OFFSET;

	if (num_changes == 0)
		return PACKED_HEADER_SIZE;
	size += VarintSize((uint64_t) ((int64_t) last_start - first_start));
	if (has_products)
		size += VarintSize(NumProducts(changes, num_changes));
	for (size_t start = 0, end; start < num_changes; start = end)
	{
		end = start + ChangesOfProduct(changes, num_changes, start);
		if (has_products)
			size += ProductSize(&changes[start].product) + VarintSize(end - start);
		for (size_t i = start; i < end; i++)
			size += VarintSize(DayDistance(changes, i, start, first_start))
				+ MoneySize(changes[i].mrr) + VarintSize(ZigzagEncode(changes[i].lines));
	}
	return size;
}

/* Write a timeline into TimelineSize() bytes. */
void
TimelinePack(const TimelineChange *changes, size_t num_changes, bool has_products,
			 int32_t first_start, int32_t last_start, uint8_t *bytes)
{
	uint8_t    *p = bytes + TIMELINE_CHANGES_OFFSET;

	PackedWriteHeader(bytes, PACKED_MRR_TIMELINE, has_products ? TIMELINE_FLAG_PRODUCTS : 0);
	if (num_changes == 0)
		return;
	StoreI32(bytes + TIMELINE_FIRST_START_OFFSET, first_start);
	p = WriteVarint(p, (uint64_t) ((int64_t) last_start - first_start));
	if (has_products)
		p = WriteVarint(p, NumProducts(changes, num_changes));
	for (size_t start = 0, end; start < num_changes; start = end)
	{
		end = start + ChangesOfProduct(changes, num_changes, start);
		if (has_products)
		{
			p = WriteProduct(&changes[start].product, p);
			p = WriteVarint(p, end - start);
		}
		for (size_t i = start; i < end; i++)
		{
			CHECK_FOR_INTERRUPTS();
			p = WriteVarint(p, DayDistance(changes, i, start, first_start));
			p = WriteMoney(p, changes[i].mrr);
			p = WriteVarint(p, ZigzagEncode(changes[i].lines));
		}
	}
}

/* How many bytes a change takes in an open state. */
size_t
TimelineRecordSize(const TimelineChange *change, bool has_products)
{
	return (has_products ? ProductSize(&change->product) : 0)
		+ VarintSize(ZigzagEncode(change->day)) + MoneySize(change->mrr)
		+ VarintSize(ZigzagEncode(change->lines));
}

/* Write it there; returns where the next byte goes. */
uint8_t *
TimelineWriteRecord(const TimelineChange *change, bool has_products, uint8_t *p)
{
	if (has_products)
		p = WriteProduct(&change->product, p);
	p = WriteVarint(p, ZigzagEncode(change->day));
	p = WriteMoney(p, change->mrr);
	return WriteVarint(p, ZigzagEncode(change->lines));
}

/* ---- reading ---- */

/* Start reading a timeline, finished or not. */
void
TimelineReadBegin(TimelineReader *reader, const uint8_t *bytes, size_t size)
{
	uint64_t	distance;

	memset(reader, 0, sizeof(*reader));
	reader->has_products = TimelineHasProducts(bytes);
	reader->is_open = TimelineIsOpen(bytes);
	reader->product = NO_PRODUCT;
	reader->product_number = -1;
	reader->next = reader->end = bytes + size;
	if (size < TIMELINE_CHANGES_OFFSET)
		return;
	reader->first_start = LoadI32(bytes + TIMELINE_FIRST_START_OFFSET);
	if (reader->is_open)
	{
		reader->last_start = LoadI32(bytes + TIMELINE_LAST_START_OFFSET);
		reader->next = bytes + TIMELINE_RECORDS_OFFSET;
		reader->end = bytes + LoadU32(bytes + TIMELINE_USED_OFFSET);
		return;
	}
	reader->next = ReadVarint(bytes + TIMELINE_CHANGES_OFFSET, &distance);
	reader->last_start = (int32_t) (reader->first_start + (int64_t) distance);
	if (reader->has_products)
		reader->next = ReadVarint(reader->next, &reader->products_left);
	else
	{
		reader->product_number = 0;
		reader->at_first = true;
	}
}

static void
ReadProductName(TimelineReader *reader)
{
	uint64_t	code;

	reader->next = ReadVarint(reader->next, &code);
	reader->product.length = (int32_t) ((int64_t) code - 1);
	reader->product.name = code == 0 ? NULL : reader->next;
	if (reader->product.length > 0)
		reader->next += reader->product.length;
}

/* Go on to the next product; false if there is none. */
static bool
ReadNextProduct(TimelineReader *reader)
{
	if (reader->products_left == 0)
		return false;
	reader->products_left--;
	ReadProductName(reader);
	reader->next = ReadVarint(reader->next, &reader->changes_left);
	reader->product_number++;
	reader->at_first = true;
	return true;
}

/* Whether there is another change, and start with its product if that is another. */
static bool
HasNextChange(TimelineReader *reader)
{
	if (reader->is_open || !reader->has_products)
		return reader->next < reader->end;
	if (reader->changes_left == 0 && !ReadNextProduct(reader))
		return false;
	reader->changes_left--;
	return true;
}

static void
ReadDay(TimelineReader *reader)
{
	uint64_t	number;

	reader->next = ReadVarint(reader->next, &number);
	if (reader->is_open)
		reader->day = (int32_t) ZigzagDecode(number);
	else
		reader->day = (int32_t) ((reader->at_first ? reader->first_start
								  : (int64_t) reader->day + 1) + (int64_t) number);
	reader->at_first = false;
}

/*
 * The next change of a checked timeline, those of one product after the other; false
 * after the last. product_number counts only in a finished one.
 */
bool
TimelineReadNext(TimelineReader *reader, TimelineChange *change)
{
	uint64_t	lines;

	CHECK_FOR_INTERRUPTS();
	if (!HasNextChange(reader))
		return false;
	if (reader->is_open && reader->has_products)
		ReadProductName(reader);
	ReadDay(reader);
	change->product = reader->product;
	change->day = reader->day;
	reader->next = ReadMoney(reader->next, &change->mrr);
	reader->next = ReadVarint(reader->next, &lines);
	change->lines = ZigzagDecode(lines);
	return true;
}

/* ---- checking ---- */

/* What is known of a timeline while its bytes are checked. */
typedef struct TimelineCheckState
{
	const uint8_t *next;
	const uint8_t *end;
	int32_t		first_start;
	int64_t		last_start;
	bool		starts_on_first;	/* whether a change is on first_start */
	int64_t		lines_on_last;	/* in force on last_start, of all products so far */
} TimelineCheckState;

static const char bad_number[] = "A number is cut off, too long, or too large.";
static const char bad_day[] = "A day is out of range.";

/* What the changes of a product have come to. */
typedef struct ProductSums
{
	int64_t		day;			/* of the last change */
	int64_t		lines;
	Money		mrr;
	int64_t		lines_on_last;	/* in force on last_start */
	bool		at_first;
} ProductSums;

/* Whether there can be lines that make this change. */
static const char *
CheckLines(TimelineCheckState *state, ProductSums *sums, Money mrr, int64_t lines)
{
	if (mrr == 0 && lines == 0)
		return "A change changes nothing.";
	if (!MoneyAdd(sums->mrr, mrr, &sums->mrr) ||
		__builtin_add_overflow(sums->lines, lines, &sums->lines))
		return "A sum is out of range.";
	if (sums->lines < 0 || (sums->lines == 0 && sums->mrr != 0))
		return "The lines in force do not fit the changes.";
	if (sums->day == state->first_start)
		state->starts_on_first = true;
	if (sums->day <= state->last_start)
		sums->lines_on_last = sums->lines;
	else if (lines >= 0)
		return "A line starts after the last one.";
	return NULL;
}

static const char *
CheckChange(TimelineCheckState *state, ProductSums *sums)
{
	uint64_t	distance;
	uint64_t	lines;
	Money		mrr;

	CHECK_FOR_INTERRUPTS();
	state->next = CheckVarint(state->next, state->end, (uint64_t) LAST_DATE - FIRST_DATE,
							  &distance);
	if (state->next != NULL)
		state->next = CheckMoney(state->next, state->end, &mrr);
	if (state->next != NULL)
		state->next = CheckVarint(state->next, state->end, UINT64_MAX, &lines);
	if (state->next == NULL)
		return bad_number;
	sums->day += (int64_t) distance + (sums->at_first ? 0 : 1);
	sums->at_first = false;
	if (sums->day > LAST_DATE)
		return bad_day;
	return CheckLines(state, sums, mrr, ZigzagDecode(lines));
}

/* Check the changes of a product; num_changes 0: up to the end. */
static const char *
CheckChanges(TimelineCheckState *state, uint64_t num_changes)
{
	ProductSums sums = {.day = state->first_start, .at_first = true};
	const char *problem = NULL;

	for (uint64_t i = 0; problem == NULL && (num_changes == 0 ? state->next < state->end
											 : i < num_changes); i++)
		problem = CheckChange(state, &sums);
	if (problem == NULL &&
		__builtin_add_overflow(state->lines_on_last, sums.lines_on_last, &state->lines_on_last))
		return "A sum is out of range.";
	return problem;
}

static const char *
CheckProductName(TimelineCheckState *state, TimelineProduct *product)
{
	uint64_t	code;

	state->next = CheckVarint(state->next, state->end, INT32_MAX, &code);
	if (state->next == NULL)
		return bad_number;
	if (code > 0 && code - 1 > (uint64_t) (state->end - state->next))
		return "The value is cut off.";
	product->length = (int32_t) ((int64_t) code - 1);
	product->name = code == 0 ? NULL : state->next;
	state->next += code > 0 ? code - 1 : 0;
	return NULL;
}

/* Check a product that stands after another; the first one stands after none. */
static const char *
CheckProduct(TimelineCheckState *state, TimelineProduct *before, bool is_first)
{
	TimelineProduct product;
	uint64_t	num_changes;
	const char *problem = CheckProductName(state, &product);

	if (problem != NULL)
		return problem;
	if (!is_first && CompareProducts(before, &product) >= 0)
		return "The products are not in order.";
	*before = product;
	state->next = CheckVarint(state->next, state->end, INT64_MAX, &num_changes);
	if (state->next == NULL)
		return bad_number;
	if (num_changes == 0)
		return "A product has no changes.";
	return CheckChanges(state, num_changes);
}

static const char *
CheckProducts(TimelineCheckState *state)
{
	TimelineProduct before = NO_PRODUCT;
	uint64_t	num_products;
	const char *problem = NULL;

	state->next = CheckVarint(state->next, state->end, INT64_MAX, &num_products);
	if (state->next == NULL)
		return bad_number;
	for (uint64_t i = 0; i < num_products && problem == NULL; i++)
		problem = CheckProduct(state, &before, i == 0);
	return problem;
}

static const char *
CheckStarts(TimelineCheckState *state, const uint8_t *bytes)
{
	uint64_t	distance;

	state->first_start = LoadI32(bytes + TIMELINE_FIRST_START_OFFSET);
	if (state->first_start < FIRST_DATE || state->first_start > LAST_DATE)
		return bad_day;
	state->next = CheckVarint(state->next, state->end, (uint64_t) LAST_DATE - FIRST_DATE,
							  &distance);
	if (state->next == NULL)
		return bad_number;
	state->last_start = state->first_start + (int64_t) distance;
	return state->last_start > LAST_DATE ? bad_day : NULL;
}

/* What is wrong with the bytes of an mrr_timeline, or NULL. */
const char *
TimelineCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_MRR_TIMELINE,
											TIMELINE_FLAG_PRODUCTS | TIMELINE_FLAG_OPEN);
	TimelineCheckState state = {.next = bytes + TIMELINE_CHANGES_OFFSET, .end = bytes + size};

	if (problem != NULL)
		return problem;
	if (TimelineIsOpen(bytes))
		return "The value is the state of an unfinished aggregate.";
	if (size == PACKED_HEADER_SIZE)
		return NULL;
	if (size < TIMELINE_CHANGES_OFFSET)
		return "The value is cut off.";
	problem = CheckStarts(&state, bytes);
	if (problem == NULL)
		problem = TimelineHasProducts(bytes) ? CheckProducts(&state) : CheckChanges(&state, 0);
	if (problem != NULL)
		return problem;
	if (state.next != state.end)
		return "The value goes on after its end.";
	if (!state.starts_on_first)
		return "No line starts on the first day.";
	return state.lines_on_last > 0 ? NULL : "No line is in force on the day the last one starts.";
}
