/*
 * survey_series_rows.c
 *	  The periods of a rating_series as rows: summaries, the Net Promoter Score and its
 *	  changes.
 */
#include "survey_series.h"

#include <math.h>

#include "miscadmin.h"
#include "period.h"

PG_FUNCTION_INFO_V1(period_summaries);
PG_FUNCTION_INFO_V1(nps_series);

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
 * A notice if a series has rows without a time, which are in none of its periods; once for
 * each place in a query, not for each series read there. fn_extra remembers it.
 */
static void
NoticeUndated(FunctionCallInfo fcinfo, const SeriesView *view)
{
	uint64		num_undated = SeriesNumUndated(view->bytes);

	if (num_undated == 0 || fcinfo->flinfo->fn_extra != NULL)
		return;
	fcinfo->flinfo->fn_extra = fcinfo->flinfo;
	ereport(NOTICE,
			(errmsg("the series has rows without a time, which are in no period: " UINT64_FORMAT, num_undated),
			 errhint("Give the aggregate the moment of asking as its last argument, asked_at: then missing answers count in the period in which they were asked. num_undated() tells the number for each series.")));
}

/* The day in an argument up to which rows are asked for; that of the last day seen if it is NULL. */
static DateADT
AsOfArgument(FunctionCallInfo fcinfo, int argno, const SeriesView *view)
{
	DateADT		as_of = PG_ARGISNULL(argno)
		? LoadI32(view->bytes + SERIES_LAST_DAY_OFFSET) : PG_GETARG_DATEADT(argno);

	CheckFiniteDate(as_of, "as_of");
	return as_of;
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
 * period_summaries(rs, as_of date, max_rows bigint) -> set of (period_start date, summary
 * rating_summary), from the period of the first day seen to that of as_of, empty ones
 * included. NULL as_of: the last day seen; NULL max_rows: no limit. A NULL series has no
 * rows.
 */
Datum
period_summaries(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RowMemory	memory = {0};
	SeriesView	view;
	PeriodCut	cut;
	DateADT		as_of;
	int64		last_index;
	int64		max_rows = MaxRowsArgument(fcinfo, 2);

	if (PG_ARGISNULL(0))
		return (Datum) 0;
	view = ViewSeries(PackedViewOf(PG_GETARG_DATUM(0)).bytes);
	as_of = AsOfArgument(fcinfo, 1, &view);
	NoticeUndated(fcinfo, &view);
	if (view.num_periods == 0)
		return (Datum) 0;
	cut = SeriesCut(view.bytes);
	last_index = PeriodIndex(cut, as_of);
	CheckNumPeriods(&view, last_index, as_of, max_rows);
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

/* The p-values of all changes up to last_index, corrected. */
static PValueList
CorrectedPValues(WindowPair pair, int64 last_index, Correction correction)
{
	PValueList	list = {0};

	while (pair.index < last_index)
	{
		AdvancePair(&pair);
		AppendPValue(&list, ChangeOfPair(&pair, 0).p_value);
	}
	CorrectPValues(&list, correction);
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
	int64		max_rows = MaxRowsArgument(fcinfo, 5);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		return (Datum) 0;
	view = ViewSeries(PackedViewOf(PG_GETARG_DATUM(0)).bytes);
	cut = SeriesCut(view.bytes);
	RequireNpsScale(PackedRatingScale(view.bytes));
	as_of = AsOfArgument(fcinfo, 1, &view);
	z = CriticalValueFor(PG_GETARG_FLOAT8(2));
	length = PG_GETARG_INT32(3);
	if (length < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("trailing_periods must be at least 1, not %d", length)));
	correction = CorrectionArgument(fcinfo, 4);
	NoticeUndated(fcinfo, &view);
	if (view.num_periods == 0)
		return (Datum) 0;

	last_index = PeriodIndex(cut, as_of);
	CheckNumPeriods(&view, last_index, as_of, max_rows);
	pair = NewWindowPair(&view, length);
	corrected = CorrectedPValues(pair, last_index, correction);
	while (pair.index < last_index)
	{
		TestResult	change;

		AdvancePair(&pair);
		change = ChangeOfPair(&pair, z);
		FillSeriesRow(&row, cut, &pair, as_of, z, change, NextPValue(&corrected, change.p_value));
		EmitRow(result, &row);
	}
	return (Datum) 0;
}
