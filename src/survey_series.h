/*
 * survey_series.h
 *	  A rating_series as its reader sees it: where its periods are and how to find one.
 */
#ifndef RETENTION_SURVEY_SERIES_H
#define RETENTION_SURVEY_SERIES_H

#include "survey.h"

typedef struct SeriesView
{
	const uint8 *bytes;
	const uint8 *entries;
	size_t		entry_size;
	uint32		num_periods;
	int32		first_index;
} SeriesView;

static inline SeriesView
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
static inline uint32
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

static inline bool
HasPeriodAt(const SeriesView *view, uint32 position, int32 index)
{
	return position < view->num_periods && IndexOfEntry(view, position) == index;
}

#endif							/* RETENTION_SURVEY_SERIES_H */
