/*
 * survey_series.c
 *	  rating_series: the answers of each period, counted in one plain aggregate.
 *
 * GROUP BY date_trunc(...) sorts or hashes every row; here a row costs a look at
 * the calendar and an increment. The state holds only periods with answers, in
 * order, and leaves room at its end so that adding a period is cheap.
 *
 * A series keeps the unit and the start of the week, but not the time zone: its
 * days are local days already, and shops in Berlin and Tokyo may be merged.
 */
#include "survey.h"

#include <math.h>

#include "miscadmin.h"
#include "period.h"

static PackedView CanonicalSeries(PackedView state);

static const PackedType RatingSeriesType = {
	.name = "rating_series",
	.check = RatingSeriesCheck,
	.canonical = CanonicalSeries
};

PACKED_SUMMARY_FUNCTIONS(rating_series, &RatingSeriesType)

PG_FUNCTION_INFO_V1(rating_series_final);
PG_FUNCTION_INFO_V1(rating_series_merge);
PG_FUNCTION_INFO_V1(rating_series_combine);
PG_FUNCTION_INFO_V1(period_summaries);
PG_FUNCTION_INFO_V1(nps_series);

/* A series as its reader sees it: where its periods are and how to find one. */
typedef struct SeriesView
{
	const uint8 *bytes;
	const uint8 *entries;
	size_t		entry_size;
	uint32		num_periods;
	int32		first_index;
} SeriesView;

static SeriesView
ViewSeries(const uint8 *bytes)
{
	SeriesView	view;

	view.bytes = bytes;
	view.entries = bytes + SERIES_ENTRIES_OFFSET;
	view.entry_size = SeriesEntrySize(bytes[RATING_POINTS_OFFSET], RatingWidth(bytes));
	view.num_periods = SeriesNumPeriods(bytes);
	view.first_index = view.num_periods > 0 ? LoadI32(view.entries) : 0;
	return view;
}

static inline int32
IndexOfEntry(const SeriesView *view, uint32 position)
{
	return LoadI32(view->entries + view->entry_size * position);
}

/*
 * The position of the first period whose index is not below one. Where no
 * period is missing that position is known without a search.
 */
static uint32
FindPeriod(const SeriesView *view, int32 index)
{
	int64		guess = (int64) index - view->first_index;
	uint32		low = 0;
	uint32		high = view->num_periods;

	if (guess >= 0 && guess < view->num_periods && IndexOfEntry(view, (uint32) guess) == index)
		return (uint32) guess;
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (IndexOfEntry(view, middle) < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
HasPeriodAt(const SeriesView *view, uint32 position, int32 index)
{
	return position < view->num_periods && IndexOfEntry(view, position) == index;
}

/* The answers of a period, none if it is not there. */
static void
CountsOfPeriod(const SeriesView *view, int64 index, RatingCounts *counts)
{
	uint32		position = 0;

	memset(counts, 0, sizeof(*counts));
	counts->scale = PackedRatingScale(view->bytes);
	if (index < PG_INT32_MIN || index > PG_INT32_MAX)
		return;
	position = FindPeriod(view, (int32) index);
	if (HasPeriodAt(view, position, (int32) index))
		RatingEntryUnpack(view->bytes, view->entries + view->entry_size * position, counts);
}

/*
 * A copy with counters of another width and with room for more periods. The room is
 * zeroed, because states may be sent or stored.
 */
static Packed *
CopySeries(const uint8 *bytes, int log2_width, uint32 room)
{
	int			points = bytes[RATING_POINTS_OFFSET];
	Packed	   *copy = PackedAlloc(RatingSeriesSize(points, log2_width, room));
	size_t		used = RatingSeriesSize(points, log2_width, SeriesNumPeriods(bytes));

	RatingSeriesCopy(bytes, log2_width, copy->bytes);
	memset(copy->bytes + used, 0, PACKED_SIZE(copy) - used);
	return copy;
}

static PackedView
CanonicalSeries(PackedView state)
{
	if (RatingSeriesIsCanonical(state.bytes, state.size))
		return state;
	return PackedViewOfPacked(CopySeries(state.bytes, RatingSeriesWidth(state.bytes),
										 SeriesNumPeriods(state.bytes)));
}

/* A state without periods, for answers of which the first is on day. */
static Packed *
NewSeries(RatingScale scale, PeriodCut cut, DateADT day)
{
	Packed	   *state = PackedAlloc(RatingSeriesSize(scale.points, 0, 1));
	uint8	   *bytes = state->bytes;

	memset(bytes, 0, PACKED_SIZE(state));
	PackedWriteHeader(bytes, PACKED_RATING_SERIES, 0);
	StoreI32(bytes + RATING_SCALE_MIN_OFFSET, scale.min);
	bytes[RATING_POINTS_OFFSET] = (uint8) scale.points;
	bytes[SERIES_CUT_OFFSET] = cut.unit;
	bytes[SERIES_CUT_OFFSET + 1] = cut.week_start;
	StoreI32(bytes + SERIES_FIRST_DAY_OFFSET, day);
	StoreI32(bytes + SERIES_LAST_DAY_OFFSET, day);
	return state;
}

static void
RequireSameCut(PeriodCut a, PeriodCut b)
{
	if (unlikely(a.unit != b.unit || a.week_start != b.week_start))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a series by \"%s\" cannot be combined with a series by \"%s\"",
						PeriodSpecText(&(PeriodSpec) {.cut = a}),
						PeriodSpecText(&(PeriodSpec) {.cut = b}))));
}

/* Let a series know that a day was seen. */
static inline void
NoteDay(uint8 *bytes, DateADT day)
{
	if (day < LoadI32(bytes + SERIES_FIRST_DAY_OFFSET))
		StoreI32(bytes + SERIES_FIRST_DAY_OFFSET, day);
	if (day > LoadI32(bytes + SERIES_LAST_DAY_OFFSET))
		StoreI32(bytes + SERIES_LAST_DAY_OFFSET, day);
}

/* Put an empty period at a position. Returns the state, moved if it was full. */
static Packed *
InsertPeriod(Packed *state, uint32 position, int32 index)
{
	int			points = state->bytes[RATING_POINTS_OFFSET];
	int			log2_width = RatingWidth(state->bytes);
	size_t		entry_size = SeriesEntrySize(points, log2_width);
	uint32		num_periods = SeriesNumPeriods(state->bytes);
	uint8	   *entry;

	if (RatingSeriesSize(points, log2_width, num_periods + 1) > PACKED_SIZE(state))
		state = CopySeries(state->bytes, log2_width, num_periods + num_periods / 2 + 1);
	entry = state->bytes + SERIES_ENTRIES_OFFSET + entry_size * position;
	memmove(entry + entry_size, entry, entry_size * (num_periods - position));
	memset(entry, 0, entry_size);
	StoreI32(entry, index);
	StoreU32(state->bytes + SERIES_NUM_PERIODS_OFFSET, num_periods + 1);
	return state;
}

/* Find a period or put it where it belongs. */
static inline Packed *
FindOrInsertPeriod(Packed *state, int32 index, uint32 *position)
{
	SeriesView	view = ViewSeries(state->bytes);

	*position = FindPeriod(&view, index);
	if (likely(HasPeriodAt(&view, *position, index)))
		return state;
	return InsertPeriod(state, *position, index);
}

/* Make the counters at least as wide as log2_width. */
static Packed *
WidenSeries(Packed *state, int log2_width)
{
	if (log2_width > 3)
		TooManyAnswers();
	if (RatingWidth(state->bytes) >= log2_width)
		return state;
	return CopySeries(state->bytes, log2_width, SeriesNumPeriods(state->bytes));
}

static inline uint8 *
CountersAt(Packed *state, uint32 position)
{
	size_t		entry_size = SeriesEntrySize(state->bytes[RATING_POINTS_OFFSET],
											 RatingWidth(state->bytes));

	return state->bytes + SERIES_ENTRIES_OFFSET + entry_size * position + sizeof(int32);
}

/* The answers of a whole series. */
static uint64
TotalAnswers(const SeriesView *view)
{
	int			num_slots = view->bytes[RATING_POINTS_OFFSET] + 1;
	int			log2_width = RatingWidth(view->bytes);
	uint64		total = 0;

	for (uint32 i = 0; i < view->num_periods; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int slot = 0; slot < num_slots; slot++)
			total += LoadCounter(view->entries + view->entry_size * i + sizeof(int32),
								 slot, log2_width);
	}
	return total;
}

/* A counter is far from full, but all together they may be. */
static void
CheckTotal(const Packed *state)
{
	SeriesView	view = ViewSeries(state->bytes);

	if (TotalAnswers(&view) >= MAX_COUNTER)
		TooManyAnswers();
}

/*
 * Transition of the aggregates: state, score, ..., at, periods -> state.
 *
 * A row without a time is ignored. A NULL score is a missing answer, whose day
 * counts as seen.
 */
static inline Datum
AddDatedAnswer(FunctionCallInfo fcinfo, RatingScale scale, ScoreType score_type,
			   int at_argno, MomentType type)
{
	PeriodReader *reader;
	PeriodCut	cut;
	Packed	   *state;
	DateADT		day;
	uint32		position;
	int			slot;

	if (PG_ARGISNULL(at_argno))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	if (PG_ARGISNULL(at_argno + 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("periods must not be NULL")));
	reader = PeriodReaderFor(fcinfo, at_argno + 1);
	RequireCalendarPeriods(reader);
	cut = reader->spec.cut;
	day = PeriodReaderDay(reader, PG_GETARG_DATUM(at_argno), type);
	slot = SlotOfArgument(fcinfo, score_type, scale);

	if (PG_ARGISNULL(0))
		state = NewSeries(scale, cut, day);
	else
	{
		state = PackedForUpdate(fcinfo, 0);
		RequireSameScale(PackedRatingScale(state->bytes), scale);
		RequireSameCut(SeriesCut(state->bytes), cut);
		NoteDay(state->bytes, day);
	}
	state = FindOrInsertPeriod(state, PeriodIndexNear(cut, day, &reader->span), &position);
	if (unlikely(RatingWidth(state->bytes) == 3))
		CheckTotal(state);
	while (unlikely(!IncrementCounter(CountersAt(state, position), slot,
									  RatingWidth(state->bytes))))
		state = WidenSeries(state, RatingWidth(state->bytes) + 1);
	PG_RETURN_POINTER(state);
}

#define SERIES_TRANSITION(name, scale, score_type, at_argno, at_type, moment) \
PG_FUNCTION_INFO_V1(name##_accum_##score_type##_##at_type); \
Datum \
name##_accum_##score_type##_##at_type(PG_FUNCTION_ARGS) \
{ \
	return AddDatedAnswer(fcinfo, scale, SCORE_##score_type, at_argno, moment); \
}

#define SERIES_TRANSITIONS(name, scale, score_type, at_argno) \
SERIES_TRANSITION(name, scale, score_type, at_argno, date, MOMENT_DATE) \
SERIES_TRANSITION(name, scale, score_type, at_argno, timestamp, MOMENT_TIMESTAMP) \
SERIES_TRANSITION(name, scale, score_type, at_argno, timestamptz, MOMENT_TIMESTAMPTZ)

SERIES_TRANSITIONS(nps_series, NPS_SCALE, int2, 2)
SERIES_TRANSITIONS(nps_series, NPS_SCALE, int4, 2)
SERIES_TRANSITIONS(nps_series, NPS_SCALE, float8, 2)
SERIES_TRANSITIONS(rating_series, ScaleOfArguments(fcinfo, 2), int2, 4)
SERIES_TRANSITIONS(rating_series, ScaleOfArguments(fcinfo, 2), int4, 4)
SERIES_TRANSITIONS(rating_series, ScaleOfArguments(fcinfo, 2), float8, 4)

/* state -> series. Strict; never changes the state. */
Datum
rating_series_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PackedCanonicalDatum(PG_GETARG_DATUM(0), &RatingSeriesType));
}

/* Two series read side by side, period by period. */
typedef struct SeriesPair
{
	const SeriesView *views[2];
	uint32		positions[2];	/* of the periods ahead */
	const uint8 *entries[2];	/* those of the current period; NULL: it has none */
	int32		index;			/* of the current period */
} SeriesPair;

static int64
IndexAhead(const SeriesPair *pair, int i)
{
	const SeriesView *view = pair->views[i];

	return pair->positions[i] < view->num_periods
		? IndexOfEntry(view, pair->positions[i]) : PG_INT64_MAX;
}

/* Go on to the next period of either series; false at the end of both. */
static bool
NextOfPair(SeriesPair *pair)
{
	int64		next = Min(IndexAhead(pair, 0), IndexAhead(pair, 1));

	CHECK_FOR_INTERRUPTS();
	if (next == PG_INT64_MAX)
		return false;
	pair->index = (int32) next;
	for (int i = 0; i < 2; i++)
	{
		pair->entries[i] = NULL;
		if (IndexAhead(pair, i) == next)
			pair->entries[i] = pair->views[i]->entries
				+ pair->views[i]->entry_size * pair->positions[i]++;
	}
	return true;
}

/* The answers of the current period in one slot, of both series. */
static uint64
SumOfPair(const SeriesPair *pair, int slot)
{
	uint64		sum = 0;

	for (int i = 0; i < 2; i++)
		if (pair->entries[i] != NULL)
			sum += LoadCounter(pair->entries[i] + sizeof(int32), slot,
							   RatingWidth(pair->views[i]->bytes));
	return sum;
}

/* How many periods two series have together, and how wide their counters must be. */
static uint32
MeasurePair(const SeriesView *a, const SeriesView *b, int num_slots, int *log2_width)
{
	SeriesPair	pair = {.views = {a, b}};
	uint64		largest = 0;
	uint32		num_periods = 0;

	while (NextOfPair(&pair))
	{
		num_periods++;
		for (int slot = 0; slot < num_slots; slot++)
			largest = Max(largest, SumOfPair(&pair, slot));
	}
	*log2_width = WidthForCounter(largest);
	return num_periods;
}

/* The answers of two series, in a new one. */
static Packed *
AddSeries(const SeriesView *a, const SeriesView *b)
{
	int			num_slots = a->bytes[RATING_POINTS_OFFSET] + 1;
	SeriesPair	pair = {.views = {a, b}};
	Packed	   *sum;
	uint8	   *entry;
	int			log2_width;
	uint32		num_periods;

	RequireSameScale(PackedRatingScale(a->bytes), PackedRatingScale(b->bytes));
	RequireSameCut(SeriesCut(a->bytes), SeriesCut(b->bytes));
	/* each total fits into 63 bits, so this cannot wrap */
	if (TotalAnswers(a) + TotalAnswers(b) > MAX_COUNTER)
		TooManyAnswers();

	num_periods = MeasurePair(a, b, num_slots, &log2_width);
	sum = PackedAlloc(RatingSeriesSize(num_slots - 1, log2_width, num_periods));
	memcpy(sum->bytes, a->bytes, SERIES_ENTRIES_OFFSET);
	PackedWriteHeader(sum->bytes, PACKED_RATING_SERIES, (uint16) log2_width);
	StoreU32(sum->bytes + SERIES_NUM_PERIODS_OFFSET, num_periods);
	NoteDay(sum->bytes, LoadI32(b->bytes + SERIES_FIRST_DAY_OFFSET));
	NoteDay(sum->bytes, LoadI32(b->bytes + SERIES_LAST_DAY_OFFSET));

	entry = sum->bytes + SERIES_ENTRIES_OFFSET;
	while (NextOfPair(&pair))
	{
		StoreI32(entry, pair.index);
		for (int slot = 0; slot < num_slots; slot++)
			StoreCounter(entry + sizeof(int32), slot, log2_width, SumOfPair(&pair, slot));
		entry += SeriesEntrySize(num_slots - 1, log2_width);
	}
	return sum;
}

static Datum
AddSeriesOfArguments(FunctionCallInfo fcinfo)
{
	SeriesView	a = ViewSeries(PackedViewOf(PG_GETARG_DATUM(0)).bytes);
	SeriesView	b = ViewSeries(PackedViewOf(PG_GETARG_DATUM(1)).bytes);

	PG_RETURN_POINTER(AddSeries(&a, &b));
}

/*
 * state, series -> state: transition of merge_agg and combine function of the
 * aggregates. Strict.
 */
Datum
rating_series_merge(PG_FUNCTION_ARGS)
{
	return AddSeriesOfArguments(fcinfo);
}

/* combine(a, b): the answers of both; NULL counts as no answers. */
Datum
rating_series_combine(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	return AddSeriesOfArguments(fcinfo);
}

/* An error if there are more rows than that, one for each period of a series up to last_index. */
static void
CheckNumPeriods(const SeriesView *view, int64 last_index, DateADT last_day, int64 max_rows)
{
	int64		num_periods = last_index - view->first_index + 1;

	if (num_periods > max_rows)
		TooManyRows(num_periods, max_rows, "period",
					DateForMessage(LoadI32(view->bytes + SERIES_FIRST_DAY_OFFSET)),
					DateForMessage(last_day));
}

/*
 * period_summaries(rs, max_rows bigint) -> set of (period_start date, summary
 * rating_summary), from the first to the last period with answers, empty ones between
 * included. NULL max_rows: no limit. A NULL series has no rows.
 */
Datum
period_summaries(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RowMemory	memory = {0};
	SeriesView	view;
	PeriodCut	cut;
	int64		last_index;
	int64		max_rows = MaxRowsArgument(fcinfo, 1);

	if (PG_ARGISNULL(0))
		return (Datum) 0;
	view = ViewSeries(PackedViewOf(PG_GETARG_DATUM(0)).bytes);
	cut = SeriesCut(view.bytes);
	last_index = IndexOfEntry(&view, view.num_periods - 1);
	CheckNumPeriods(&view, last_index, LoadI32(view.bytes + SERIES_LAST_DAY_OFFSET), max_rows);
	for (int64 index = view.first_index; index <= last_index; index++)
	{
		RatingCounts counts;

		BeginRow(&memory);
		CountsOfPeriod(&view, index, &counts);
		AddColumn(&row, DateADTGetDatum(CheckedFirstDay(cut, index)));
		AddColumn(&row, PointerGetDatum(PackCounts(&counts)));
		EmitRow(result, &row);
		EndRow(&memory);
	}
	return (Datum) 0;
}

/* Answers of several periods in a row, moved along one period at a time. */
typedef struct TrailingCounts
{
	const SeriesView *view;
	int32		length;			/* in periods */
	RatingCounts sum;
} TrailingCounts;

static void
SubtractPeriod(RatingCounts *sum, const RatingCounts *period)
{
	sum->missing -= period->missing;
	for (int i = 0; i < sum->scale.points; i++)
		sum->count[i] -= period->count[i];
}

/* Move on to the window that ends with the period last_index. */
static void
AdvanceTo(TrailingCounts *window, int64 last_index)
{
	RatingCounts period;

	CountsOfPeriod(window->view, last_index, &period);
	AddCounts(&window->sum, &period);
	CountsOfPeriod(window->view, last_index - window->length, &period);
	SubtractPeriod(&window->sum, &period);
}

/* A window that ends before the first period of a series on the scale 0..10. */
static TrailingCounts
NewWindow(const SeriesView *view, int32 length)
{
	TrailingCounts window;

	memset(&window, 0, sizeof(window));
	window.view = view;
	window.length = length;
	window.sum.scale = NPS_SCALE;
	return window;
}

/* Two windows that share no answers, moved along together. */
typedef struct WindowPair
{
	TrailingCounts now;
	TrailingCounts before;
	int64		index;			/* the last period of now */
} WindowPair;

/* Windows that stand before the first period of a series on the scale 0..10. */
static WindowPair
NewWindowPair(const SeriesView *view, int32 length)
{
	return (WindowPair) {
		NewWindow(view, length), NewWindow(view, length), (int64) view->first_index - 1
	};
}

static void
AdvancePair(WindowPair *pair)
{
	CHECK_FOR_INTERRUPTS();
	pair->index++;
	AdvanceTo(&pair->now, pair->index);
	AdvanceTo(&pair->before, pair->index - pair->before.length);
}

/*
 * The change from the earlier window to the later one; NaN throughout if there is no
 * earlier one or either has no answers.
 */
static TestResult
ChangeOfPair(const WindowPair *pair, double z)
{
	TestResult	result;

	if (pair->index - pair->before.length < pair->before.view->first_index)
		return (TestResult) {NAN, NAN, NAN, NAN, {NAN, NAN}};
	result = NpsChange(&pair->now.sum, &pair->before.sum, z);
	/* as the scores of both rows show it, to the last bit */
	result.difference = NpsOf(&pair->now.sum) - NpsOf(&pair->before.sum);
	result.interval = WidenToHold(result.interval, result.difference);
	return result;
}

/* The p-values of the changes of a series, in the order of its rows. */
typedef struct PValueList
{
	double	   *values;
	size_t		num;
	size_t		room;
} PValueList;

static void
AppendPValue(PValueList *list, double p)
{
	if (list->num == list->room)
	{
		list->room = Max(64, list->room * 2);
		list->values = list->values == NULL
			? palloc(sizeof(double) * list->room)
			: repalloc_huge(list->values, sizeof(double) * list->room);
	}
	list->values[list->num++] = p;
}

/* The p-values of all changes up to last_index, corrected. */
static PValueList
CorrectedPValues(WindowPair pair, int64 last_index, Correction correction)
{
	PValueList	list = {0};
	RankedPValue *workspace;

	while (pair.index < last_index)
	{
		double		p;

		AdvancePair(&pair);
		p = ChangeOfPair(&pair, 0).p_value;
		if (!isnan(p))
			AppendPValue(&list, p);
	}
	if (list.num == 0)
		return list;
	workspace = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(RankedPValue) * list.num);
	AdjustPValues(list.values, list.num, correction, workspace);
	pfree(workspace);
	return list;
}

/*
 * Fill one row of nps_series(): the answers of now and the change, whose corrected
 * p-value is given.
 */
static void
FillSeriesRow(RowBuilder *row, PeriodCut cut, const WindowPair *pair, DateADT as_of, double z,
			  TestResult change, double adjusted_p)
{
	const RatingCounts *now = &pair->now.sum;
	DateADT		period_end = CheckedEndDay(cut, pair->index);
	ConfidenceInterval interval = NpsInterval(now, z);

	AddColumn(row, DateADTGetDatum(CheckedFirstDay(cut, pair->index)));
	AddColumn(row, DateADTGetDatum(period_end));
	AddColumn(row, Int64GetDatum((int64) NumResponses(now)));
	AddColumn(row, Int64GetDatum((int64) NumPromoters(now)));
	AddColumn(row, Int64GetDatum((int64) NumPassives(now)));
	AddColumn(row, Int64GetDatum((int64) NumDetractors(now)));
	AddDoubleColumn(row, NpsOf(now));
	AddDoubleColumn(row, interval.low);
	AddDoubleColumn(row, interval.high);
	AddDoubleColumn(row, change.difference);
	AddDoubleColumn(row, change.p_value);
	AddColumn(row, BoolGetDatum(period_end - 1 <= as_of));
	AddDoubleColumn(row, change.interval.low);
	AddDoubleColumn(row, change.interval.high);
	AddDoubleColumn(row, adjusted_p);
	AddColumn(row, Int64GetDatum((int64) now->missing));
}

/*
 * nps_series(rs, as_of date, confidence double precision, trailing_periods integer,
 *			  correction text, max_rows bigint) -> set of nps_series_row
 *
 * One row a period, from that of the first day seen to that of as_of. NULL as_of: the
 * last day seen; NULL max_rows: no limit. NULL for any other argument gives no rows.
 */
Datum
nps_series(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	SeriesView	view;
	PeriodCut	cut;
	DateADT		as_of;
	double		z;
	int32		length;
	Correction	correction;
	int64		last_index;
	WindowPair	pair;
	PValueList	corrected;
	size_t		num_changes = 0;
	int64		max_rows = MaxRowsArgument(fcinfo, 5);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		return (Datum) 0;
	view = ViewSeries(PackedViewOf(PG_GETARG_DATUM(0)).bytes);
	cut = SeriesCut(view.bytes);
	RequireNpsScale(PackedRatingScale(view.bytes));
	as_of = PG_ARGISNULL(1) ? LoadI32(view.bytes + SERIES_LAST_DAY_OFFSET) : PG_GETARG_DATEADT(1);
	CheckFiniteDate(as_of, "as_of");
	z = CriticalValueFor(PG_GETARG_FLOAT8(2));
	length = PG_GETARG_INT32(3);
	if (length < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("trailing_periods must be at least 1, not %d", length)));
	correction = CorrectionArgument(fcinfo, 4);

	last_index = PeriodIndex(cut, as_of);
	CheckNumPeriods(&view, last_index, as_of, max_rows);
	pair = NewWindowPair(&view, length);
	corrected = CorrectedPValues(pair, last_index, correction);
	while (pair.index < last_index)
	{
		TestResult	change;

		AdvancePair(&pair);
		change = ChangeOfPair(&pair, z);
		FillSeriesRow(&row, cut, &pair, as_of, z, change,
					  isnan(change.p_value) ? NAN : corrected.values[num_changes++]);
		EmitRow(result, &row);
	}
	return (Datum) 0;
}
