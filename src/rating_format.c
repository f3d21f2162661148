/*
 * rating_format.c
 *	  The bytes of a rating_summary and of a rating_series: writing, reading,
 *	  checking.
 */
#include "interrupts.h"
#include "rating_format.h"

#include <math.h>

/* A scale's bounds as they stand in the bytes of either type. */
static const char *
CheckScale(const uint8_t *bytes)
{
	RatingScale scale = PackedRatingScale(bytes);

	if (scale.points < 2 || scale.points > MAX_SCALE_POINTS)
		return "The number of scores on the scale is out of range.";
	if ((int64_t) scale.min + scale.points - 1 > INT32_MAX)
		return "The scale goes beyond the range of integer.";
	return NULL;
}

/*
 * Add up counters and find the largest. False if their sum is too large for a
 * bigint, which also catches any single one that is.
 */
static bool
SumCounters(const uint8_t *counters, int num_slots, int log2_width,
			uint64_t *sum, uint64_t *largest)
{
	for (int slot = 0; slot < num_slots; slot++)
	{
		uint64_t	value = LoadCounter(counters, slot, log2_width);

		if (value > MAX_COUNTER - *sum)
			return false;
		*sum += value;
		if (value > *largest)
			*largest = value;
	}
	return true;
}

/* A sum of weights: finite, not negative, and only one kind of zero. */
static bool
IsWeightSum(double value)
{
	return isfinite(value) && !signbit(value);
}

/*
 * Whether weights with these sums exist for a number of answers: both are zero or
 * neither, and sum^2 / count <= sum of squares <= sum^2, but for rounding.
 */
static bool
AreWeightSums(uint64_t count, double weight, double weight_square)
{
	double		mean_weight;

	if (weight == 0 || weight_square == 0)
		return weight == 0 && weight_square == 0;
	mean_weight = weight_square / weight;	/* weighted by itself */
	return mean_weight <= weight * (1 + 1e-9) &&
		mean_weight * (1 + 1e-9) >= weight / (double) count;
}

static const char *
CheckWeights(const uint8_t *bytes, int points, int log2_width)
{
	const uint8_t *counters = bytes + SUMMARY_COUNTERS_OFFSET;
	const uint8_t *weights = bytes + SummaryWeightsOffset(points, log2_width);

	for (int i = 0; i < points; i++)
	{
		double		weight = LoadWeight(weights, i);
		double		weight_square = LoadWeightSquare(weights, i);

		if (!IsWeightSum(weight) || !IsWeightSum(weight_square))
			return "A sum of weights is not a finite number of at least 0.";
		if (!AreWeightSums(LoadCounter(counters, i + 1, log2_width), weight, weight_square))
			return "The sums of the weights do not fit the number of answers.";
	}
	return NULL;
}

/* What is wrong with the bytes of a rating_summary, or NULL. */
const char *
RatingSummaryCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_RATING_SUMMARY,
											RATING_FLAGS_WIDTH | RATING_FLAG_WEIGHTED);
	RatingScale scale;
	int			log2_width;
	uint64_t	sum = 0;
	uint64_t	largest = 0;

	if (problem != NULL)
		return problem;
	if (size < SUMMARY_COUNTERS_OFFSET)
		return "The value is cut off.";
	problem = CheckScale(bytes);
	if (problem != NULL)
		return problem;
	scale = PackedRatingScale(bytes);
	log2_width = RatingWidth(bytes);
	if (size != RatingSummarySize(scale, RatingIsWeighted(bytes), log2_width))
		return "The length does not fit the scale.";
	if (!SumCounters(bytes + SUMMARY_COUNTERS_OFFSET, scale.points + 1, log2_width,
					 &sum, &largest))
		return "The number of answers is out of range.";
	if (WidthForCounter(largest) != log2_width)
		return "The counters are wider than they need to be.";
	return RatingIsWeighted(bytes) ? CheckWeights(bytes, scale.points, log2_width) : NULL;
}

/* Whether the counters are as narrow as they can be. */
bool
RatingSummaryIsCanonical(const uint8_t *bytes)
{
	int			log2_width = RatingWidth(bytes);
	int			num_slots = bytes[RATING_POINTS_OFFSET] + 1;
	uint64_t	enough_for_narrower;

	if (log2_width == 0)
		return true;
	enough_for_narrower = LargestCounter(log2_width - 1);
	for (int slot = 0; slot < num_slots; slot++)
		if (LoadCounter(bytes + SUMMARY_COUNTERS_OFFSET, slot, log2_width) > enough_for_narrower)
			return true;
	return false;
}

size_t
RatingSummarySize(RatingScale scale, bool weighted, int log2_width)
{
	return SummaryWeightsOffset(scale.points, log2_width)
		+ (weighted ? WEIGHT_PAIR_SIZE * (size_t) scale.points : 0);
}

static void
UnpackCounters(const uint8_t *counters, int log2_width, RatingCounts *counts)
{
	counts->missing = LoadCounter(counters, 0, log2_width);
	for (int i = 0; i < counts->scale.points; i++)
		counts->count[i] = LoadCounter(counters, i + 1, log2_width);
}

/* Read a summary, canonical or not. */
void
RatingSummaryUnpack(const uint8_t *bytes, RatingCounts *counts)
{
	int			log2_width = RatingWidth(bytes);
	const uint8_t *weights;

	counts->scale = PackedRatingScale(bytes);
	counts->weighted = RatingIsWeighted(bytes);
	UnpackCounters(bytes + SUMMARY_COUNTERS_OFFSET, log2_width, counts);
	if (!counts->weighted)
		return;
	weights = bytes + SummaryWeightsOffset(counts->scale.points, log2_width);
	for (int i = 0; i < counts->scale.points; i++)
	{
		counts->weight[i] = LoadWeight(weights, i);
		counts->weight_square[i] = LoadWeightSquare(weights, i);
	}
}

/* The width that the largest of the counts needs. */
int
RatingWidthFor(const RatingCounts *counts)
{
	uint64_t	largest = counts->missing;

	for (int i = 0; i < counts->scale.points; i++)
		if (counts->count[i] > largest)
			largest = counts->count[i];
	return WidthForCounter(largest);
}

/* Write counts as a summary of RatingSummarySize() bytes. */
void
RatingSummaryPack(const RatingCounts *counts, int log2_width, uint8_t *bytes)
{
	int			points = counts->scale.points;
	uint8_t    *weights = bytes + SummaryWeightsOffset(points, log2_width);

	PackedWriteHeader(bytes, PACKED_RATING_SUMMARY,
					  (uint16_t) (log2_width | (counts->weighted ? RATING_FLAG_WEIGHTED : 0)));
	StoreI32(bytes + RATING_SCALE_MIN_OFFSET, counts->scale.min);
	bytes[RATING_POINTS_OFFSET] = (uint8_t) points;
	StoreCounter(bytes + SUMMARY_COUNTERS_OFFSET, 0, log2_width, counts->missing);
	for (int i = 0; i < points; i++)
		StoreCounter(bytes + SUMMARY_COUNTERS_OFFSET, i + 1, log2_width, counts->count[i]);
	if (!counts->weighted)
		return;
	for (int i = 0; i < points; i++)
		StoreWeights(weights, i, counts->weight[i], counts->weight_square[i]);
}

size_t
RatingSeriesSize(int points, int log2_width, uint32_t num_periods)
{
	return SERIES_ENTRIES_OFFSET + SeriesEntrySize(points, log2_width) * num_periods;
}

/* Periods in order, at least one, each with answers, from the first day's to the last day's. */
static const char *
CheckEntries(const uint8_t *bytes, int points, int log2_width, uint32_t num_periods)
{
	size_t		entry_size = SeriesEntrySize(points, log2_width);
	const uint8_t *entry = bytes + SERIES_ENTRIES_OFFSET;
	PeriodCut	cut = SeriesCut(bytes);
	int32_t		expected_first = PeriodIndex(cut, LoadI32(bytes + SERIES_FIRST_DAY_OFFSET));
	int32_t		expected_last = PeriodIndex(cut, LoadI32(bytes + SERIES_LAST_DAY_OFFSET));
	uint64_t	sum = 0;
	uint64_t	largest = 0;

	if (LoadI32(entry) != expected_first ||
		LoadI32(entry + entry_size * (num_periods - 1)) != expected_last)
		return "The periods do not reach from the first to the last day.";
	for (uint32_t i = 0; i < num_periods; i++, entry += entry_size)
	{
		uint64_t	sum_before = sum;

		CHECK_FOR_INTERRUPTS();
		if (i > 0 && LoadI32(entry) <= LoadI32(entry - entry_size))
			return "The periods are not in order.";
		if (!SumCounters(entry + sizeof(int32_t), points + 1, log2_width, &sum, &largest))
			return "The number of answers is out of range.";
		if (sum == sum_before)
			return "A period has no answers.";
	}
	if (WidthForCounter(largest) != log2_width)
		return "The counters are wider than they need to be.";
	return NULL;
}

/* A series without periods holds rows without a time, and nothing else. */
static const char *
CheckWithoutPeriods(const uint8_t *bytes, size_t size)
{
	if (SeriesNumUndated(bytes) == 0)
		return "There are no periods.";
	if (size != SERIES_ENTRIES_OFFSET)
		return "The length does not fit the number of periods.";
	if (RatingWidth(bytes) != 0)
		return "The counters are wider than they need to be.";
	if (LoadI32(bytes + SERIES_FIRST_DAY_OFFSET) != 0 || LoadI32(bytes + SERIES_LAST_DAY_OFFSET) != 0)
		return "There is a first or a last day without a period.";
	return NULL;
}

/* What is wrong with the bytes of a rating_series, or NULL. */
const char *
RatingSeriesCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_RATING_SERIES, RATING_FLAGS_WIDTH);
	int			points;
	int			log2_width;
	uint32_t	num_periods;
	int32_t		first_day;
	int32_t		last_day;

	if (problem != NULL)
		return problem;
	if (size < SERIES_ENTRIES_OFFSET)
		return "The value is cut off.";
	problem = CheckScale(bytes);
	if (problem != NULL)
		return problem;
	if (!PeriodCutIsValid(SeriesCut(bytes)) || bytes[SERIES_CUT_OFFSET + 2] != 0)
		return "The unit or the start of the week is out of range.";
	first_day = LoadI32(bytes + SERIES_FIRST_DAY_OFFSET);
	last_day = LoadI32(bytes + SERIES_LAST_DAY_OFFSET);
	if (first_day < FIRST_DATE || last_day > LAST_DATE || first_day > last_day)
		return "The first or the last day is out of range.";
	points = bytes[RATING_POINTS_OFFSET];
	log2_width = RatingWidth(bytes);
	num_periods = SeriesNumPeriods(bytes);
	if (SeriesNumUndated(bytes) > MAX_COUNTER)
		return "The number of rows without a time is out of range.";
	if (num_periods == 0)
		return CheckWithoutPeriods(bytes, size);
	/* divided, because the product may be too large for a size_t */
	if ((size - SERIES_ENTRIES_OFFSET) % SeriesEntrySize(points, log2_width) != 0 ||
		(size - SERIES_ENTRIES_OFFSET) / SeriesEntrySize(points, log2_width) != num_periods)
		return "The length does not fit the number of periods.";
	return CheckEntries(bytes, points, log2_width, num_periods);
}

/* Whether a series has no room at its end and counters as narrow as they can be. */
bool
RatingSeriesIsCanonical(const uint8_t *bytes, size_t size)
{
	int			log2_width = RatingWidth(bytes);

	return size == RatingSeriesSize(bytes[RATING_POINTS_OFFSET], log2_width,
									SeriesNumPeriods(bytes)) &&
		(log2_width == 0 || RatingSeriesWidth(bytes) == log2_width);
}

/* The width that the largest counter of a series needs. */
int
RatingSeriesWidth(const uint8_t *bytes)
{
	int			log2_width = RatingWidth(bytes);
	int			num_slots = bytes[RATING_POINTS_OFFSET] + 1;
	size_t		entry_size = SeriesEntrySize(num_slots - 1, log2_width);
	uint32_t	num_periods = SeriesNumPeriods(bytes);
	const uint8_t *entry = bytes + SERIES_ENTRIES_OFFSET;
	uint64_t	largest = 0;

	for (uint32_t i = 0; i < num_periods; i++, entry += entry_size)
	{
		CHECK_FOR_INTERRUPTS();
		for (int slot = 0; slot < num_slots; slot++)
		{
			uint64_t	value = LoadCounter(entry + sizeof(int32_t), slot, log2_width);

			if (value > largest)
				largest = value;
		}
	}
	return WidthForCounter(largest);
}

/*
 * Copy a series into counters of another width, which must be large enough;
 * to has RatingSeriesSize() bytes or more.
 */
void
RatingSeriesCopy(const uint8_t *from, int log2_width, uint8_t *to)
{
	int			from_width = RatingWidth(from);
	int			num_slots = from[RATING_POINTS_OFFSET] + 1;
	uint32_t	num_periods = SeriesNumPeriods(from);
	const uint8_t *source = from + SERIES_ENTRIES_OFFSET;
	uint8_t    *target = to + SERIES_ENTRIES_OFFSET;

	memcpy(to, from, SERIES_ENTRIES_OFFSET);
	PackedWriteHeader(to, PACKED_RATING_SERIES, (uint16_t) log2_width);
	if (from_width == log2_width)
	{
		memcpy(target, source, SeriesEntrySize(num_slots - 1, log2_width) * num_periods);
		return;
	}
	for (uint32_t i = 0; i < num_periods; i++)
	{
		CHECK_FOR_INTERRUPTS();
		memcpy(target, source, sizeof(int32_t));
		for (int slot = 0; slot < num_slots; slot++)
			StoreCounter(target + sizeof(int32_t), slot, log2_width,
						 LoadCounter(source + sizeof(int32_t), slot, from_width));
		source += SeriesEntrySize(num_slots - 1, from_width);
		target += SeriesEntrySize(num_slots - 1, log2_width);
	}
}

/* Read one period of a series. */
void
RatingEntryUnpack(const uint8_t *bytes, const uint8_t *entry, RatingCounts *counts)
{
	counts->scale = PackedRatingScale(bytes);
	counts->weighted = false;
	UnpackCounters(entry + sizeof(int32_t), RatingWidth(bytes), counts);
}
