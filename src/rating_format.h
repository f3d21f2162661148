/*
 * rating_format.h
 *	  The bytes of a rating_summary and of a rating_series. See packed.h for the
 *	  frame.
 *
 * Both begin with the scale; a slot is a counter, slot 0 that of the missing
 * answers, slot 1 that of the lowest score.
 *
 *	  4..7   lowest score, int32
 *	  8      number of scores on the scale, 2..101
 *
 * rating_summary goes on with
 *	  9..    one counter a slot
 *	  ..     if weighted, for each score: sum of weights and of squared weights,
 *			 both float8
 *
 * rating_series goes on with
 *	  9      unit, a PeriodUnit
 *	  10     week_start
 *	  11     zero
 *	  12..15 first day seen, days since 2000-01-01, int32
 *	  16..19 last day seen, int32
 *	  20..23 number of periods, uint32
 *	  24..31 number of rows without a time, which are in no period, uint64
 *	  32..   for each period with answers, in order: its index (int32) and one
 *			 counter a slot
 * Of rows without a time only, it has no periods, and both days are zero.
 *
 * Flags 0..1: binary logarithm of the width of a counter; the smallest that
 * holds all of them. Flag 2: weighted (rating_summary only).
 *
 * While an aggregate runs, its state may be wider than it needs to be, and a
 * series may have room at its end; RatingSummaryIsCanonical() and
 * RatingSeriesIsCanonical() tell.
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_RATING_FORMAT_H
#define RETENTION_RATING_FORMAT_H

#include "calendar.h"
#include "packed.h"

#define MAX_SCALE_POINTS 101

#define RATING_FLAGS_WIDTH 3
#define RATING_FLAG_WEIGHTED 4

#define RATING_SCALE_MIN_OFFSET 4
#define RATING_POINTS_OFFSET 8
#define SUMMARY_COUNTERS_OFFSET 9
#define SERIES_CUT_OFFSET 9
#define SERIES_FIRST_DAY_OFFSET 12
#define SERIES_LAST_DAY_OFFSET 16
#define SERIES_NUM_PERIODS_OFFSET 20
#define SERIES_UNDATED_OFFSET 24
#define SERIES_ENTRIES_OFFSET 32

/* A scale: whole scores from min to min + points - 1. */
typedef struct RatingScale
{
	int32_t		min;
	int			points;
} RatingScale;

/* The answers of a rating_summary, or of one period of a rating_series. */
typedef struct RatingCounts
{
	RatingScale scale;
	bool		weighted;
	uint64_t	missing;
	uint64_t	count[MAX_SCALE_POINTS];	/* by score, from the lowest */
	double		weight[MAX_SCALE_POINTS];	/* set only where weighted */
	double		weight_square[MAX_SCALE_POINTS];
} RatingCounts;

static inline int
RatingMaxScore(RatingScale scale)
{
	return scale.min + (scale.points - 1);
}

static inline int
RatingWidth(const uint8_t *bytes)
{
	return PackedFlags(bytes) & RATING_FLAGS_WIDTH;
}

static inline bool
RatingIsWeighted(const uint8_t *bytes)
{
	return (PackedFlags(bytes) & RATING_FLAG_WEIGHTED) != 0;
}

static inline RatingScale
PackedRatingScale(const uint8_t *bytes)
{
	return (RatingScale) {LoadI32(bytes + RATING_SCALE_MIN_OFFSET), bytes[RATING_POINTS_OFFSET]};
}

/* Where the weights of a summary stand. */
static inline size_t
SummaryWeightsOffset(int points, int log2_width)
{
	return SUMMARY_COUNTERS_OFFSET + (((size_t) points + 1) << log2_width);
}

/* The sum of the weights of a score, followed by that of their squares. */
#define WEIGHT_PAIR_SIZE (2 * sizeof(double))

static inline double
LoadWeight(const uint8_t *weights, int i)
{
	return LoadF64(weights + WEIGHT_PAIR_SIZE * (size_t) i);
}

static inline double
LoadWeightSquare(const uint8_t *weights, int i)
{
	return LoadF64(weights + WEIGHT_PAIR_SIZE * (size_t) i + sizeof(double));
}

static inline void
StoreWeights(uint8_t *weights, int i, double weight, double weight_square)
{
	StoreF64(weights + WEIGHT_PAIR_SIZE * (size_t) i, weight);
	StoreF64(weights + WEIGHT_PAIR_SIZE * (size_t) i + sizeof(double), weight_square);
}

/* How far apart the periods of a series stand. */
static inline size_t
SeriesEntrySize(int points, int log2_width)
{
	return sizeof(int32_t) + (((size_t) points + 1) << log2_width);
}

static inline PeriodCut
SeriesCut(const uint8_t *bytes)
{
	return (PeriodCut) {bytes[SERIES_CUT_OFFSET], bytes[SERIES_CUT_OFFSET + 1]};
}

static inline uint32_t
SeriesNumPeriods(const uint8_t *bytes)
{
	return LoadU32(bytes + SERIES_NUM_PERIODS_OFFSET);
}

static inline uint64_t
SeriesNumUndated(const uint8_t *bytes)
{
	return LoadU64(bytes + SERIES_UNDATED_OFFSET);
}

extern const char *RatingSummaryCheck(const uint8_t *bytes, size_t size);
extern bool RatingSummaryIsCanonical(const uint8_t *bytes);
extern void RatingSummaryUnpack(const uint8_t *bytes, RatingCounts *counts);
extern int	RatingWidthFor(const RatingCounts *counts);
extern size_t RatingSummarySize(RatingScale scale, bool weighted, int log2_width);
extern void RatingSummaryPack(const RatingCounts *counts, int log2_width, uint8_t *bytes);

extern const char *RatingSeriesCheck(const uint8_t *bytes, size_t size);
extern bool RatingSeriesIsCanonical(const uint8_t *bytes, size_t size);
extern int	RatingSeriesWidth(const uint8_t *bytes);
extern size_t RatingSeriesSize(int points, int log2_width, uint32_t num_periods);
extern void RatingSeriesCopy(const uint8_t *from, int log2_width, uint8_t *to);
extern void RatingEntryUnpack(const uint8_t *bytes, const uint8_t *entry, RatingCounts *counts);

#endif							/* RETENTION_RATING_FORMAT_H */
