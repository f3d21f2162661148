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
#include "survey_series.h"

#include "miscadmin.h"
#include "period.h"

static PackedView CanonicalSeries(PackedView state);

static const PackedType RatingSeriesType = {
	.name = "rating_series",
	.check = RatingSeriesCheck,
	.canonical = CanonicalSeries
};

PACKED_SUMMARY_FUNCTIONS(rating_series, &RatingSeriesType)

PG_FUNCTION_INFO_V1(rating_series_trap);
PG_FUNCTION_INFO_V1(rating_series_final);
PG_FUNCTION_INFO_V1(rating_series_merge);
PG_FUNCTION_INFO_V1(rating_series_combine);
PG_FUNCTION_INFO_V1(num_undated);

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

/* A state without periods and days. */
static Packed *
NewSeries(RatingScale scale, PeriodCut cut)
{
	Packed	   *state = PackedAlloc(RatingSeriesSize(scale.points, 0, 1));
	uint8	   *bytes = state->bytes;

	memset(bytes, 0, PACKED_SIZE(state));
	PackedWriteHeader(bytes, PACKED_RATING_SERIES, 0);
	StoreI32(bytes + RATING_SCALE_MIN_OFFSET, scale.min);
	bytes[RATING_POINTS_OFFSET] = (uint8) scale.points;
	bytes[SERIES_CUT_OFFSET] = cut.unit;
	bytes[SERIES_CUT_OFFSET + 1] = cut.week_start;
	return state;
}

/* An error unless two series, or two rows of one, are by the same periods. */
void
RequireSameSeriesCut(PeriodCut a, PeriodCut b)
{
	if (unlikely(a.unit != b.unit || a.week_start != b.week_start))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a series by \"%s\" cannot be combined with a series by \"%s\"",
						PeriodSpecText(&(PeriodSpec) {.cut = a}),
						PeriodSpecText(&(PeriodSpec) {.cut = b}))));
}

/* Let a series know that a day was seen, before the day's period is put there. */
static inline void
NoteDay(uint8 *bytes, DateADT day)
{
	bool		is_first = SeriesNumPeriods(bytes) == 0;

	if (is_first || day < LoadI32(bytes + SERIES_FIRST_DAY_OFFSET))
		StoreI32(bytes + SERIES_FIRST_DAY_OFFSET, day);
	if (is_first || day > LoadI32(bytes + SERIES_LAST_DAY_OFFSET))
		StoreI32(bytes + SERIES_LAST_DAY_OFFSET, day);
}

/* Count more rows that have no time. */
static void
AddUndated(uint8 *bytes, uint64 num_rows)
{
	/* both are below 2^63, so this cannot wrap */
	uint64		sum = SeriesNumUndated(bytes) + num_rows;

	if (sum > MAX_COUNTER)
		TooManyAnswers();
	StoreU64(bytes + SERIES_UNDATED_OFFSET, sum);
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

/* The state in argument 0, to be changed: a new one if it is NULL. */
static inline Packed *
SeriesForUpdate(FunctionCallInfo fcinfo, RatingScale scale, PeriodCut cut)
{
	Packed	   *state;

	if (PG_ARGISNULL(0))
		return NewSeries(scale, cut);
	state = PackedForUpdate(fcinfo, 0);
	RequireSameScale(PackedRatingScale(state->bytes), scale);
	RequireSameSeriesCut(SeriesCut(state->bytes), cut);
	return state;
}

/*
 * Transition of the aggregates: state, score, ..., at, periods [, asked_at] -> state.
 *
 * A row belongs to the period in which it was asked, or else answered. A row without
 * either time is counted, and its score not looked at. A NULL score is a missing answer,
 * whose day counts as seen.
 */
static inline Datum
AddDatedAnswer(FunctionCallInfo fcinfo, RatingScale scale, ScoreType score_type,
			   int at_argno, MomentType type)
{
	int			asked_argno = at_argno + 2;
	PeriodReader *reader;
	PeriodCut	cut;
	Packed	   *state;
	DateADT		day;
	uint32		position;
	int			slot;

	if (PG_ARGISNULL(at_argno + 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("periods must not be NULL")));
	reader = PeriodReaderFor(fcinfo, at_argno + 1);
	RequireCalendarPeriods(reader);
	cut = reader->spec.cut;
	if (PG_NARGS() > asked_argno && !PG_ARGISNULL(asked_argno))
		at_argno = asked_argno;
	if (PG_ARGISNULL(at_argno))
	{
		state = SeriesForUpdate(fcinfo, scale, cut);
		AddUndated(state->bytes, 1);
		PG_RETURN_POINTER(state);
	}
	day = PeriodReaderDay(reader, PG_GETARG_DATUM(at_argno), type);
	slot = SlotOfArgument(fcinfo, score_type, scale);
	state = SeriesForUpdate(fcinfo, scale, cut);
	NoteDay(state->bytes, day);
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

/*
 * An error: the moments of asking and of answering have different types, one of which
 * PostgreSQL would take for the other, through the session's time zone if it must.
 */
Datum
rating_series_trap(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the moments of answering and of asking must be of the same type"),
			 errhint("Cast the moments of one: a timestamptz becomes a local time with AT TIME ZONE and the name of a zone.")));
	PG_RETURN_NULL();
}

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

/* The first and the last day of two series; the header is that of the first. */
static void
AddDays(uint8 *header, const uint8 *other)
{
	if (SeriesNumPeriods(header) == 0)
		memcpy(header + SERIES_FIRST_DAY_OFFSET, other + SERIES_FIRST_DAY_OFFSET,
			   SERIES_NUM_PERIODS_OFFSET - SERIES_FIRST_DAY_OFFSET);
	else if (SeriesNumPeriods(other) > 0)
	{
		NoteDay(header, LoadI32(other + SERIES_FIRST_DAY_OFFSET));
		NoteDay(header, LoadI32(other + SERIES_LAST_DAY_OFFSET));
	}
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
	RequireSameSeriesCut(SeriesCut(a->bytes), SeriesCut(b->bytes));
	/* each total fits into 63 bits, so this cannot wrap */
	if (TotalAnswers(a) + TotalAnswers(b) > MAX_COUNTER)
		TooManyAnswers();

	num_periods = MeasurePair(a, b, num_slots, &log2_width);
	sum = PackedAlloc(RatingSeriesSize(num_slots - 1, log2_width, num_periods));
	memcpy(sum->bytes, a->bytes, SERIES_ENTRIES_OFFSET);
	AddUndated(sum->bytes, SeriesNumUndated(b->bytes));
	AddDays(sum->bytes, b->bytes);
	PackedWriteHeader(sum->bytes, PACKED_RATING_SERIES, (uint16) log2_width);
	StoreU32(sum->bytes + SERIES_NUM_PERIODS_OFFSET, num_periods);

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

/* num_undated(rs) -> bigint. Strict. */
Datum
num_undated(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) SeriesNumUndated(PackedViewOf(PG_GETARG_DATUM(0)).bytes));
}
