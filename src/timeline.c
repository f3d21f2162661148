/*
 * timeline.c
 *	  mrr_timeline: the recurring revenue of one customer.
 *
 * The state of its aggregates is the type itself, with changes in any order and room
 * at the end. When it is full its changes are sorted and added up; the final function
 * does that once more and writes the canonical bytes.
 */
#include "timeline.h"

#include "aggregate.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "period.h"
#include "rows.h"
#include "utils/builtins.h"
#include "utils/date.h"

static const char *CheckTimeline(const uint8 *bytes, size_t size);

static const PackedType MrrTimelineType = {
	.name = "mrr_timeline",
	.input_hint = "To make one from subscriptions, use mrr_timeline_agg().",
	.check = CheckTimeline,
	.canonical = CanonicalTimeline
};

PACKED_SUMMARY_FUNCTIONS(mrr_timeline, &MrrTimelineType)

PG_FUNCTION_INFO_V1(mrr_timeline_accum);
PG_FUNCTION_INFO_V1(mrr_timeline_accum_product);
PG_FUNCTION_INFO_V1(mrr_timeline_trap);
PG_FUNCTION_INFO_V1(invoice_timeline_accum);
PG_FUNCTION_INFO_V1(invoice_timeline_trap);
PG_FUNCTION_INFO_V1(mrr_timeline_final);
PG_FUNCTION_INFO_V1(mrr_timeline_merge);
PG_FUNCTION_INFO_V1(mrr_timeline_combine);
PG_FUNCTION_INFO_V1(mrr_at);
PG_FUNCTION_INFO_V1(mrr_changes);
PG_FUNCTION_INFO_V1(mrr_movements);

/* ---- changes in memory ---- */

/* Changes in memory that grows, in the form in which a timeline is written. */
typedef struct ChangeList
{
	TimelineChange *changes;
	size_t		num_changes;
	size_t		max_changes;
	bool		has_products;
	int32		first_start;	/* these two are of no use while there are no changes */
	int32		last_start;
} ChangeList;

/* Make room in an array. Returns it, moved. */
static void *
GrowArray(void *array, size_t *max_items, size_t item_size)
{
	CHECK_FOR_INTERRUPTS();
	*max_items = *max_items == 0 ? 16 : *max_items * 2;
	return array == NULL ? palloc(*max_items * item_size)
		: repalloc_huge(array, *max_items * item_size);
}

static void
ListAppend(ChangeList *list, const TimelineChange *change)
{
	if (list->num_changes == list->max_changes)
		list->changes = (TimelineChange *) GrowArray(list->changes, &list->max_changes,
													 sizeof(TimelineChange));
	list->changes[list->num_changes++] = *change;
}

/*
 * Add the changes of a timeline, finished or not, to a list. Names of products stay
 * where they are.
 */
static void
ListAppendTimeline(ChangeList *list, PackedView view)
{
	TimelineReader reader;
	TimelineChange change;
	bool		is_first = true;

	TimelineReadBegin(&reader, view.bytes, view.size);
	list->has_products = reader.has_products;
	while (TimelineReadNext(&reader, &change))
	{
		if (is_first && (list->num_changes == 0 || reader.first_start < list->first_start))
			list->first_start = reader.first_start;
		if (is_first && (list->num_changes == 0 || reader.last_start > list->last_start))
			list->last_start = reader.last_start;
		is_first = false;
		ListAppend(list, &change);
	}
}

static void
FoldList(ChangeList *list)
{
	CHECK_FOR_INTERRUPTS();
	if (!TimelineFold(list->changes, &list->num_changes))
		MoneyOutOfRange();
}

/* The canonical timeline of a list. The list is freed. */
static Packed *
PackList(ChangeList *list)
{
	Packed	   *packed;

	FoldList(list);
	packed = PackedAlloc(TimelineSize(list->changes, list->num_changes, list->has_products,
									  list->first_start, list->last_start));
	TimelinePack(list->changes, list->num_changes, list->has_products, list->first_start,
				 list->last_start, packed->bytes);
	if (list->changes != NULL)
		pfree(list->changes);
	return packed;
}

/* The canonical bytes of a timeline that may be the state of an unfinished aggregate. */
PackedView
CanonicalTimeline(PackedView state)
{
	ChangeList	list = {0};

	if (!TimelineIsOpen(state.bytes))
		return state;
	ListAppendTimeline(&list, state);
	return PackedViewOfPacked(PackList(&list));
}

/* What is wrong with bytes that came from outside, or NULL. Names must be text here. */
static const char *
CheckTimeline(const uint8 *bytes, size_t size)
{
	const char *problem = TimelineCheck(bytes, size);
	TimelineReader reader;
	TimelineChange change;
	int32		checked = -1;

	if (problem != NULL || !TimelineHasProducts(bytes))
		return problem;
	TimelineReadBegin(&reader, bytes, size);
	while (TimelineReadNext(&reader, &change))
	{
		if (reader.product_number == checked)
			continue;
		checked = reader.product_number;
		if (change.product.length > 0 &&
			!pg_verifymbstr((const char *) change.product.name, change.product.length, true))
			return "The name of a product is not in the encoding of this database.";
	}
	return NULL;
}

static void
AppendChange(Timeline *timeline, const MrrChange *change)
{
	if (timeline->num_changes == timeline->max_changes)
		timeline->changes = (MrrChange *) GrowArray(timeline->changes, &timeline->max_changes,
													sizeof(MrrChange));
	timeline->changes[timeline->num_changes++] = *change;
}

static void
AppendProduct(Timeline *timeline, TimelineProduct product)
{
	size_t		max_products = (size_t) timeline->max_products;

	if (timeline->num_products == timeline->max_products)
	{
		timeline->products = (TimelineProduct *) GrowArray(timeline->products, &max_products,
														   sizeof(TimelineProduct));
		timeline->max_products = (int32) max_products;
	}
	timeline->products[timeline->num_products++] = product;
}

/*
 * Replace what is in *timeline, which starts zeroed, by the timeline in view. Its
 * changes are in the order of products and days, its products in that of their names.
 */
void
ReadTimeline(PackedView view, Timeline *timeline)
{
	PackedView	canonical = CanonicalTimeline(view);
	TimelineReader reader;
	TimelineChange change;

	TimelineReadBegin(&reader, canonical.bytes, canonical.size);
	timeline->has_products = reader.has_products;
	timeline->first_start = reader.first_start;
	timeline->last_start = reader.last_start;
	timeline->num_changes = 0;
	timeline->num_products = 0;
	while (TimelineReadNext(&reader, &change))
	{
		MrrChange	mrr_change = {change.day, reader.product_number, change.lines, change.mrr};

		if (reader.product_number == timeline->num_products)
			AppendProduct(timeline, change.product);
		AppendChange(timeline, &mrr_change);
	}
}

/* ---- the state of the aggregates: changes in any order, in place ---- */

/* Room for the changes of two lines, so that the state fits 64 bytes. */
#define FIRST_STATE_SIZE (64 - VARHDRSZ)

static uint32
OpenUsed(const Packed *state)
{
	return LoadU32(state->bytes + TIMELINE_USED_OFFSET);
}

/* A state without changes. The room is zeroed, because states may be sent or stored. */
static Packed *
NewOpenState(size_t size, bool has_products)
{
	Packed	   *state = PackedAlloc(size);

	memset(state->bytes, 0, size);
	PackedWriteHeader(state->bytes, PACKED_MRR_TIMELINE,
					  TIMELINE_FLAG_OPEN | (has_products ? TIMELINE_FLAG_PRODUCTS : 0));
	StoreI32(state->bytes + TIMELINE_FIRST_START_OFFSET, LAST_DATE);
	StoreI32(state->bytes + TIMELINE_LAST_START_OFFSET, FIRST_DATE);
	StoreU32(state->bytes + TIMELINE_USED_OFFSET, TIMELINE_RECORDS_OFFSET);
	return state;
}

static void
NoteStarts(Packed *state, int32 first_start, int32 last_start)
{
	if (first_start < LoadI32(state->bytes + TIMELINE_FIRST_START_OFFSET))
		StoreI32(state->bytes + TIMELINE_FIRST_START_OFFSET, first_start);
	if (last_start > LoadI32(state->bytes + TIMELINE_LAST_START_OFFSET))
		StoreI32(state->bytes + TIMELINE_LAST_START_OFFSET, last_start);
}

/* Write a change at the end, where there is room for it. */
static void
WriteRecord(Packed *state, const TimelineChange *change)
{
	uint8	   *p = state->bytes + OpenUsed(state);

	p = TimelineWriteRecord(change, TimelineHasProducts(state->bytes), p);
	StoreU32(state->bytes + TIMELINE_USED_OFFSET, (uint32) (p - state->bytes));
}

/*
 * A state with the changes of a timeline, finished or not, added up, and with room for
 * room bytes more and as much again as they take, so that this is not done often.
 */
static Packed *
OpenFromTimeline(PackedView view, size_t room)
{
	ChangeList	list = {0};
	size_t		size = TIMELINE_RECORDS_OFFSET + room;
	Packed	   *state;

	ListAppendTimeline(&list, view);
	FoldList(&list);
	for (size_t i = 0; i < list.num_changes; i++)
		size += TimelineRecordSize(&list.changes[i], list.has_products);
	state = NewOpenState(2 * size, list.has_products);
	if (list.num_changes > 0)
		NoteStarts(state, list.first_start, list.last_start);
	for (size_t i = 0; i < list.num_changes; i++)
		WriteRecord(state, &list.changes[i]);
	if (list.changes != NULL)
		pfree(list.changes);
	return state;
}

/* Add a change. Returns the state, moved if it was full. */
static Packed *
AddChange(Packed *state, const TimelineChange *change)
{
	size_t		size = TimelineRecordSize(change, TimelineHasProducts(state->bytes));

	if (OpenUsed(state) + size > PACKED_SIZE(state))
		state = OpenFromTimeline(PackedViewOfPacked(state), size);
	WriteRecord(state, change);
	return state;
}

/* Timelines with and without products cannot be added up. */
static void
RequireSameProducts(bool has_products, bool other_has_products)
{
	if (has_products != other_has_products)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an mrr_timeline with products and one without do not combine")));
}

/* The state in argument 0, ready to be added to. */
static Packed *
OpenStateOfArgument(FunctionCallInfo fcinfo, bool has_products)
{
	Packed	   *state;

	if (PG_ARGISNULL(0))
		return NewOpenState(FIRST_STATE_SIZE, has_products);
	state = PackedForUpdate(fcinfo, 0);
	RequireSameProducts(TimelineHasProducts(state->bytes), has_products);
	return TimelineIsOpen(state->bytes) ? state
		: OpenFromTimeline(PackedViewOfPacked(state), FIRST_STATE_SIZE);
}

/* ---- from subscriptions ---- */

static void
CheckEndOfLine(const SubscriptionLine *line)
{
	if (DATE_NOT_FINITE(line->end))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("ended_on must be a finite date, not %s", DateForMessage(line->end)),
				 errhint("NULL is the end of a subscription that has none: nullif(ended_on, 'infinity').")));
	if (line->end < line->start)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ended_on %s is before started_on %s", DateForMessage(line->end),
						DateForMessage(line->start)),
				 errhint("ended_on is the first day that is not paid for; NULL is a subscription without end.")));
}

/*
 * The line in the arguments started_on date, ended_on date, mrr numeric from argno on.
 * False if it contributes nothing: a start or amount is NULL, or the line has no day.
 * Errors are an infinite date, an end before the start, and what is no amount.
 */
bool
LineOfArguments(FunctionCallInfo fcinfo, int argno, SubscriptionLine *line)
{
	if (PG_ARGISNULL(argno) || PG_ARGISNULL(argno + 2))
		return false;
	line->start = PG_GETARG_DATEADT(argno);
	CheckFiniteDate(line->start, "started_on");
	line->mrr = MoneyOfNumeric(PG_GETARG_DATUM(argno + 2), "mrr");
	line->is_open = PG_ARGISNULL(argno + 1);
	line->end = line->is_open ? 0 : PG_GETARG_DATEADT(argno + 1);
	if (line->is_open)
		return true;
	CheckEndOfLine(line);
	return line->end > line->start;
}

/* Add a line to a state. Returns the state, moved if it was full. */
static Packed *
AddLine(Packed *state, const SubscriptionLine *line, TimelineProduct product)
{
	TimelineChange start = {product, line->start, 1, line->mrr};
	TimelineChange end = {product, line->end, -1, -line->mrr};

	NoteStarts(state, line->start, line->start);
	state = AddChange(state, &start);
	return line->is_open ? state : AddChange(state, &end);
}

/*
 * mrr_timeline_agg(started_on date, ended_on date, mrr numeric): state, started_on,
 * ended_on, mrr -> state. A row without start or amount is ignored.
 */
Datum
mrr_timeline_accum(PG_FUNCTION_ARGS)
{
	SubscriptionLine line;

	if (!LineOfArguments(fcinfo, 1, &line))
		return UnchangedState(fcinfo);
	PG_RETURN_POINTER(AddLine(OpenStateOfArgument(fcinfo, false), &line, NO_PRODUCT));
}

/*
 * mrr_timeline_agg(started_on date, ended_on date, mrr numeric, product text): the
 * same by product; a NULL product is a product of its own.
 */
Datum
mrr_timeline_accum_product(PG_FUNCTION_ARGS)
{
	SubscriptionLine line;
	TimelineProduct product = NO_PRODUCT;

	if (!LineOfArguments(fcinfo, 1, &line))
		return UnchangedState(fcinfo);
	if (!PG_ARGISNULL(4))
	{
		text	   *name = PG_GETARG_TEXT_PP(4);

		product.name = (const uint8 *) VARDATA_ANY(name);
		product.length = (int32) VARSIZE_ANY_EXHDR(name);
	}
	PG_RETURN_POINTER(AddLine(OpenStateOfArgument(fcinfo, true), &line, product));
}

/*
 * mrr_timeline_agg(timestamptz, timestamptz, numeric [, text]): always an error, so
 * that no column is cast through the session's TimeZone in silence.
 */
Datum
mrr_timeline_trap(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("started_on and ended_on must be dates"),
			 errhint("Write DATE '2024-01-31', or (at AT TIME ZONE 'Europe/Berlin')::date.")));
	PG_RETURN_NULL();
}

/* ---- from invoices ---- */

/* The line of a period: from its first day to its last. */
static SubscriptionLine
LineOfPeriod(const PeriodReader *periods, int32 day, Money mrr)
{
	PeriodCut	cut = periods->spec.cut;
	int32		index = PeriodIndex(cut, day);
	SubscriptionLine line = {
		.start = CheckedFirstDay(cut, index), .end = CheckedEndDay(cut, index), .mrr = mrr
	};

	return line;
}

/*
 * invoice_timeline_agg(day date, amount numeric, periods period_spec): state, day,
 * amount, periods -> state. The amount is monthly and holds for the period that
 * contains day. A row without day or amount is ignored.
 */
Datum
invoice_timeline_accum(PG_FUNCTION_ARGS)
{
	PeriodReader *periods;
	SubscriptionLine line;
	Money		amount;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("periods must not be NULL")));
	CheckFiniteDate(PG_GETARG_DATEADT(1), "the day");
	amount = MoneyOfNumeric(PG_GETARG_DATUM(2), "amount");
	periods = PeriodReaderFor(fcinfo, 3);
	RequireCalendarPeriods(periods);
	RequireNoZone(periods, "date");
	line = LineOfPeriod(periods, PG_GETARG_DATEADT(1), amount);
	PG_RETURN_POINTER(AddLine(OpenStateOfArgument(fcinfo, false), &line, NO_PRODUCT));
}

/* invoice_timeline_agg(timestamptz, numeric, period_spec): always an error. */
Datum
invoice_timeline_trap(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the day of an invoice must be a date"),
			 errhint("Write DATE '2024-01-31', or (at AT TIME ZONE 'Europe/Berlin')::date.")));
	PG_RETURN_NULL();
}

/* ---- merging ---- */

/* state -> mrr_timeline. Strict; never changes the state. */
Datum
mrr_timeline_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PackedCanonicalDatum(PG_GETARG_DATUM(0), &MrrTimelineType));
}

/*
 * state, timeline -> state: transition of merge_agg, and combine function of all
 * aggregates that make an mrr_timeline. Strict.
 */
Datum
mrr_timeline_merge(PG_FUNCTION_ARGS)
{
	PackedView	view = PackedViewOf(PG_GETARG_DATUM(1));
	Packed	   *state = OpenStateOfArgument(fcinfo, TimelineHasProducts(view.bytes));
	TimelineReader reader;
	TimelineChange change;
	bool		is_first = true;

	TimelineReadBegin(&reader, view.bytes, view.size);
	while (TimelineReadNext(&reader, &change))
	{
		if (is_first)
			NoteStarts(state, reader.first_start, reader.last_start);
		is_first = false;
		state = AddChange(state, &change);
	}
	PG_RETURN_POINTER(state);
}

/* combine(a, b): the lines of both; NULL counts as no lines. */
Datum
mrr_timeline_combine(PG_FUNCTION_ARGS)
{
	PackedView	a;
	PackedView	b;
	ChangeList	list = {0};

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	a = PackedViewOf(PG_GETARG_DATUM(0));
	b = PackedViewOf(PG_GETARG_DATUM(1));
	RequireSameProducts(TimelineHasProducts(a.bytes), TimelineHasProducts(b.bytes));
	ListAppendTimeline(&list, a);
	ListAppendTimeline(&list, b);
	PG_RETURN_POINTER(PackList(&list));
}

/* ---- questions ---- */

/*
 * mrr_at(t, day date) -> numeric: the MRR of the customer on a day, the sum of his
 * lines in force, or 0 if that is negative. An infinite day is an error. Strict.
 */
Datum
mrr_at(PG_FUNCTION_ARGS)
{
	PackedView	view = PackedViewOf(PG_GETARG_DATUM(0));
	DateADT		day = PG_GETARG_DATEADT(1);
	TimelineReader reader;
	TimelineChange change;
	__int128	sum = 0;

	CheckFiniteDate(day, "the day");
	TimelineReadBegin(&reader, view.bytes, view.size);
	while (TimelineReadNext(&reader, &change))
		if (change.day <= day && __builtin_add_overflow(sum, (__int128) change.mrr, &sum))
			MoneyOutOfRange();
	if (!MoneyIsInRange(sum))
		MoneyOutOfRange();
	PG_RETURN_DATUM(NumericOfMoney(CustomerMrr(sum)));
}

/* The name of a product as text. */
static Datum
ProductDatum(TimelineProduct product)
{
	return PointerGetDatum(cstring_to_text_with_len((const char *) product.name,
													product.length));
}

/*
 * mrr_changes(t) -> (day, product, mrr): the MRR of a product from a day on, for each
 * day on which it changes; by day, then by product as they are in the timeline. Strict.
 */
Datum
mrr_changes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	Timeline	timeline = {0};
	RowBuilder	row = {0};
	RowMemory	memory = {0};
	int32		num_products;
	Money	   *sums;

	ReadTimeline(PackedViewOf(PG_GETARG_DATUM(0)), &timeline);
	sums = (Money *) palloc0(sizeof(Money) * (timeline.num_products + 1));
	/* every product has a change, so sorting gives them the numbers they have */
	if (!MrrSortChanges(timeline.changes, &timeline.num_changes, &num_products))
		MoneyOutOfRange();
	for (size_t i = 0; i < timeline.num_changes; i++)
	{
		const MrrChange *change = &timeline.changes[i];
		TimelineProduct product = timeline.products[change->product];

		if (change->mrr == 0)
			continue;
		sums[change->product] = AddMoney(sums[change->product], change->mrr);
		BeginRow(&memory);
		AddColumn(&row, DateADTGetDatum(change->day));
		if (product.length < 0)
			AddNullColumn(&row);
		else
			AddColumn(&row, ProductDatum(product));
		AddColumn(&row, NumericOfMoney(sums[change->product]));
		EmitRow(result, &row);
		EndRow(&memory);
	}
	return (Datum) 0;
}

/* ---- movements ---- */

/* A range of days; NULL and infinite ends are open. */
typedef struct DayRange
{
	int32		from_day;
	int64		to_day;			/* exclusive */
} DayRange;

static DayRange
DayRangeOfArguments(FunctionCallInfo fcinfo, int argno)
{
	DayRange	range;

	range.from_day = PG_ARGISNULL(argno) ? DATEVAL_NOBEGIN : PG_GETARG_DATEADT(argno);
	range.to_day = PG_ARGISNULL(argno + 1) ? DATEVAL_NOEND : PG_GETARG_DATEADT(argno + 1);
	return range;
}

/* Whether a period has a day in a range. */
static bool
PeriodOverlaps(PeriodCut cut, int32 index, DayRange range)
{
	return range.from_day < range.to_day &&
		PeriodFirstDay(cut, index) < range.to_day &&
		PeriodFirstDay(cut, (int64) index + 1) > range.from_day;
}

/* What a step is called; has_paid says whether the customer paid before it. */
static const char *
MovementName(const MrrStep *step, bool has_paid)
{
	if (step->before == 0)
		return has_paid ? "reactivation" : "new_business";
	if (step->after == 0)
		return "churn";
	return step->after > step->before ? "expansion" : "contraction";
}

static void
EmitMovement(ReturnSetInfo *result, RowBuilder *row, RowMemory *memory, PeriodCut cut,
			 const MrrStep *step, bool has_paid)
{
	BeginRow(memory);
	AddColumn(row, DateADTGetDatum(CheckedFirstDay(cut, step->index)));
	AddColumn(row, NumericOfMoney(step->before));
	AddColumn(row, NumericOfMoney(step->after));
	AddColumn(row, NumericOfMoney(step->after - step->before));
	AddColumn(row, CStringGetTextDatum(MovementName(step, has_paid)));
	EmitRow(result, row);
	EndRow(memory);
}

/*
 * mrr_movements(t, periods, from_day, to_day) -> (period_start, previous_mrr, mrr,
 * mrr_change, movement): the periods with a day in [from_day, to_day) at whose end the
 * MRR of the customer is another than at the end of the period before. NULL ends are
 * open; no rows for another NULL.
 */
Datum
mrr_movements(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RowMemory	memory = {0};
	Timeline	timeline = {0};
	PeriodReader *periods;
	DayRange	range = DayRangeOfArguments(fcinfo, 2);
	int32		num_products;
	bool		has_paid = false;
	MrrWalk		walk;
	MrrStep		step;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	periods = PeriodReaderFor(fcinfo, 1);
	RequireCalendarPeriods(periods);
	RequireNoZone(periods, "day");
	ReadTimeline(PackedViewOf(PG_GETARG_DATUM(0)), &timeline);
	if (!MrrSortChanges(timeline.changes, &timeline.num_changes, &num_products))
		MoneyOutOfRange();
	MrrWalkBegin(&walk, periods->spec.cut, timeline.changes, timeline.num_changes, NULL, 0);
	while (NextMrrStep(&walk, &step))
	{
		if (step.before != step.after && PeriodOverlaps(walk.cut, step.index, range))
			EmitMovement(result, &row, &memory, walk.cut, &step, has_paid);
		has_paid = has_paid || step.after > 0;
	}
	return (Datum) 0;
}
