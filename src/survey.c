/*
 * survey.c
 *	  rating_summary: how many answers there are at each score of a scale.
 *
 * The state of the aggregates is the type itself, so that any query plan, a
 * parallel or a distributed one, can send it, store it and merge it. It is
 * changed in place; its counters are one byte wide at first and grow with the
 * counts. The final function narrows what moving windows left too wide.
 */
#include "survey.h"

#include <math.h>

#define MIN_WEIGHT 1e-150
#define MAX_WEIGHT 1e150

static PackedView CanonicalSummary(PackedView state);

static const PackedType RatingSummaryType = {
	.name = "rating_summary",
	.check = RatingSummaryCheck,
	.canonical = CanonicalSummary
};

PACKED_SUMMARY_FUNCTIONS(rating_summary, &RatingSummaryType)

PG_FUNCTION_INFO_V1(rating_summary_final);
PG_FUNCTION_INFO_V1(rating_summary_merge);
PG_FUNCTION_INFO_V1(rating_summary_unmerge);
PG_FUNCTION_INFO_V1(rating_summary_combine);
PG_FUNCTION_INFO_V1(rating_summary_subtract);

void
ScoreOutOfScale(RatingScale scale, double score)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("score must be between %d and %d, not %.15g",
					scale.min, RatingMaxScore(scale), score),
			 errhint("Use rating_agg(score, scale_min, scale_max) for answers on another scale. A code for no answer, such as 99, must be NULL.")));
}

void
ScoreWithFraction(double score)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("score must be a whole number, not %.15g", score),
			 errhint("An average of answers is not an answer: give each one.")));
}

/* The scale in two integer arguments, min_argno and the next. */
RatingScale
ScaleOfArguments(FunctionCallInfo fcinfo, int min_argno)
{
	int32		min;
	int32		max;

	if (PG_ARGISNULL(min_argno) || PG_ARGISNULL(min_argno + 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the ends of the scale must not be NULL")));
	min = PG_GETARG_INT32(min_argno);
	max = PG_GETARG_INT32(min_argno + 1);
	if (unlikely((int64) max - min < 1 || (int64) max - min >= MAX_SCALE_POINTS))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a scale must have 2 to %d scores, not those from %d to %d",
						MAX_SCALE_POINTS, min, max)));
	return (RatingScale) {min, max - min + 1};
}

void
RequireSameScale(RatingScale a, RatingScale b)
{
	if (unlikely(!SameScale(a, b)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("answers on the scale from %d to %d cannot be combined with answers on the scale from %d to %d",
						a.min, RatingMaxScore(a), b.min, RatingMaxScore(b))));
}

void
TooManyAnswers(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the number of answers is out of range for type bigint")));
}

static void
RequireSameWeighting(bool a, bool b)
{
	if (unlikely(a != b))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weighted and unweighted answers cannot be combined"),
				 errhint("Give the unweighted answers a weight of 1.")));
}

/* A canonical summary of counts. */
Packed *
PackCounts(const RatingCounts *counts)
{
	int			log2_width = RatingWidthFor(counts);
	Packed	   *packed = PackedAlloc(RatingSummarySize(counts->scale, counts->weighted, log2_width));

	RatingSummaryPack(counts, log2_width, packed->bytes);
	return packed;
}

static PackedView
CanonicalSummary(PackedView state)
{
	RatingCounts counts;

	if (RatingSummaryIsCanonical(state.bytes))
		return state;
	RatingSummaryUnpack(state.bytes, &counts);
	return PackedViewOfPacked(PackCounts(&counts));
}

/* An aggregate's state without answers. */
static Packed *
NewState(RatingScale scale, bool weighted)
{
	size_t		size = RatingSummarySize(scale, weighted, 0);
	Packed	   *state = PackedAlloc(size);

	memset(state->bytes, 0, size);
	PackedWriteHeader(state->bytes, PACKED_RATING_SUMMARY, weighted ? RATING_FLAG_WEIGHTED : 0);
	StoreI32(state->bytes + RATING_SCALE_MIN_OFFSET, scale.min);
	state->bytes[RATING_POINTS_OFFSET] = (uint8) scale.points;
	return state;
}

/*
 * The state to add to: that in argument 0, or a new one. A state of another
 * scale comes from a call by hand, or from a scale that changes between rows.
 */
static inline Packed *
StateToAddTo(FunctionCallInfo fcinfo, RatingScale scale, bool weighted)
{
	Packed	   *state;

	if (unlikely(PG_ARGISNULL(0)))
		return NewState(scale, weighted);
	state = PackedForUpdate(fcinfo, 0);
	RequireSameScale(PackedRatingScale(state->bytes), scale);
	RequireSameWeighting(RatingIsWeighted(state->bytes), weighted);
	return state;
}

/* The same state with counters twice as wide. */
static Packed *
WidenState(const Packed *state)
{
	int			log2_width = RatingWidth(state->bytes) + 1;
	RatingCounts counts;
	Packed	   *wider;

	if (log2_width > 3)
		TooManyAnswers();
	RatingSummaryUnpack(state->bytes, &counts);
	wider = PackedAlloc(RatingSummarySize(counts.scale, counts.weighted, log2_width));
	RatingSummaryPack(&counts, log2_width, wider->bytes);
	return wider;
}

/* A counter is far from full, but all together they may be. */
static void
CheckTotal(const Packed *state)
{
	RatingCounts counts;

	RatingSummaryUnpack(state->bytes, &counts);
	if (NumResponses(&counts) + counts.missing >= MAX_COUNTER)
		TooManyAnswers();
}

/* Adds one answer. */
static inline Packed *
CountInSlot(Packed *state, int slot)
{
	if (unlikely(RatingWidth(state->bytes) == 3))
		CheckTotal(state);
	while (unlikely(!IncrementCounter(state->bytes + SUMMARY_COUNTERS_OFFSET, slot,
									  RatingWidth(state->bytes))))
		state = WidenState(state);
	return state;
}

/*
 * Transition of the unweighted aggregates: state, score, ... -> state.
 * A NULL score is a missing answer.
 */
static inline Datum
AddAnswer(FunctionCallInfo fcinfo, RatingScale scale, ScoreType type)
{
	Packed	   *state = StateToAddTo(fcinfo, scale, false);

	PG_RETURN_POINTER(CountInSlot(state, SlotOfArgument(fcinfo, type, scale)));
}

/* Adds n answers at once. */
static Packed *
CountManyInSlot(Packed *state, int slot, uint64 n)
{
	RatingCounts counts;
	uint64		count;

	RatingSummaryUnpack(state->bytes, &counts);
	if (n > MAX_COUNTER - (NumResponses(&counts) + counts.missing))
		TooManyAnswers();
	count = LoadCounter(state->bytes + SUMMARY_COUNTERS_OFFSET, slot, RatingWidth(state->bytes)) + n;
	while (count > LargestCounter(RatingWidth(state->bytes)))
		state = WidenState(state);
	StoreCounter(state->bytes + SUMMARY_COUNTERS_OFFSET, slot, RatingWidth(state->bytes), count);
	return state;
}

/* The number of answers in an argument that is not NULL, or an error if it is negative. */
static uint64
NumberOfAnswers(FunctionCallInfo fcinfo, int argno)
{
	int64		n = PG_GETARG_INT64(argno);

	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the number of answers must not be negative, not " INT64_FORMAT, n)));
	return (uint64) n;
}

/* What a transition returns for a row that is ignored. */
static Datum
UnchangedState(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * Transition of the aggregates of counts: state, score, n, ... -> state.
 * A row without a count is ignored; with a NULL score it counts missing answers.
 */
static Datum
AddCountedAnswers(FunctionCallInfo fcinfo, RatingScale scale, ScoreType type)
{
	uint64		n;
	int			slot;

	if (PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	n = NumberOfAnswers(fcinfo, 2);
	slot = SlotOfArgument(fcinfo, type, scale);
	PG_RETURN_POINTER(CountManyInSlot(StateToAddTo(fcinfo, scale, false), slot, n));
}

/* The square of a weight must be a double, or the effective size would be wrong. */
static double
CheckedWeight(double weight)
{
	if (unlikely(weight != 0 && !(weight >= MIN_WEIGHT && weight <= MAX_WEIGHT)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weight must be 0 or between %g and %g, not %.15g",
						MIN_WEIGHT, MAX_WEIGHT, weight)));
	return weight;
}

static double
CheckedWeightSum(double sum)
{
	if (unlikely(!isfinite(sum)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the sum of the weights or of their squares is out of range for type double precision")));
	return sum;
}

/*
 * Transition of the weighted aggregates: state, score, ..., weight -> state.
 * A row without a weight is ignored, a NULL score is a missing answer.
 */
static inline Datum
AddWeightedAnswer(FunctionCallInfo fcinfo, RatingScale scale, ScoreType type, int weight_argno)
{
	Packed	   *state;
	double		weight;
	int			slot;

	if (PG_ARGISNULL(weight_argno))
		return UnchangedState(fcinfo);
	weight = CheckedWeight(PG_GETARG_FLOAT8(weight_argno));
	slot = SlotOfArgument(fcinfo, type, scale);
	state = CountInSlot(StateToAddTo(fcinfo, scale, true), slot);
	if (slot > 0)
	{
		uint8	   *weights = state->bytes
			+ SummaryWeightsOffset(scale.points, RatingWidth(state->bytes));

		StoreWeights(weights, slot - 1,
					 CheckedWeightSum(LoadWeight(weights, slot - 1) + weight),
					 CheckedWeightSum(LoadWeightSquare(weights, slot - 1) + weight * weight));
	}
	PG_RETURN_POINTER(state);
}

/* Takes n answers in a slot away from a state. */
static Packed *
RemoveFromSlot(Packed *state, int slot, uint64 n)
{
	uint8	   *counters = state->bytes + SUMMARY_COUNTERS_OFFSET;
	int			log2_width = RatingWidth(state->bytes);
	uint64		count = LoadCounter(counters, slot, log2_width);

	/* the weight that would leave with the answer is not known */
	RequireSameWeighting(RatingIsWeighted(state->bytes), false);
	if (count < n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no such answer to remove")));
	StoreCounter(counters, slot, log2_width, count - n);
	return state;
}

/* Takes n answers at the score in argument 1 away from the state in argument 0. */
static Datum
RemoveAnswers(FunctionCallInfo fcinfo, ScoreType type, uint64 n)
{
	Packed	   *state = PackedForUpdate(fcinfo, 0);
	int			slot = SlotOfArgument(fcinfo, type, PackedRatingScale(state->bytes));

	PG_RETURN_POINTER(RemoveFromSlot(state, slot, n));
}

/*
 * Inverse transition of the unweighted aggregates: state, score, ... -> state.
 * NULL without a state, from which nothing can be taken.
 */
static Datum
RemoveAnswer(FunctionCallInfo fcinfo, ScoreType type)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return RemoveAnswers(fcinfo, type, 1);
}

/* Inverse transition of the aggregates of counts: state, score, n, ... -> state. */
static Datum
RemoveCountedAnswers(FunctionCallInfo fcinfo, ScoreType type)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	return RemoveAnswers(fcinfo, type, NumberOfAnswers(fcinfo, 2));
}

/* What the score in an argument that is not NULL contributes to the Net Promoter Score. */
static int
ContributionOfArgument(FunctionCallInfo fcinfo, int argno)
{
	return NpsContribution(SlotOfFloatScore(NPS_SCALE, PG_GETARG_FLOAT8(argno)) - 1);
}

/* The slot of the change from argument 1 to argument 2, 0 if either is NULL. */
static int
SlotOfPair(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return 0;
	return SlotOfScore(PAIRED_SCALE,
					   ContributionOfArgument(fcinfo, 2) - ContributionOfArgument(fcinfo, 1));
}

/* Transition of nps_paired_agg: state, before, after -> state */
static Datum
AddPair(FunctionCallInfo fcinfo)
{
	int			slot = SlotOfPair(fcinfo);

	PG_RETURN_POINTER(CountInSlot(StateToAddTo(fcinfo, PAIRED_SCALE, false), slot));
}

/* Inverse transition of nps_paired_agg: state, before, after -> state */
static Datum
RemovePair(FunctionCallInfo fcinfo)
{
	Packed	   *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = PackedForUpdate(fcinfo, 0);
	RequireSameScale(PackedRatingScale(state->bytes), PAIRED_SCALE);
	PG_RETURN_POINTER(RemoveFromSlot(state, SlotOfPair(fcinfo), 1));
}

#define TRANSITION(name, expression) \
PG_FUNCTION_INFO_V1(name); \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	return expression; \
}

/*
 * name_accum_type(state, score, ...), name_accum_weighted_type(state, score, ..., weight)
 * and name_counts_accum_type(state, score, n, ...)
 */
#define TRANSITIONS(name, type, scale, weight_argno, counts_scale) \
TRANSITION(name##_accum_##type, AddAnswer(fcinfo, scale, SCORE_##type)) \
TRANSITION(name##_accum_weighted_##type, \
		   AddWeightedAnswer(fcinfo, scale, SCORE_##type, weight_argno)) \
TRANSITION(name##_counts_accum_##type, AddCountedAnswers(fcinfo, counts_scale, SCORE_##type))

#define TRANSITIONS_ALL_TYPES(name, scale, weight_argno, counts_scale) \
TRANSITIONS(name, int2, scale, weight_argno, counts_scale) \
TRANSITIONS(name, int4, scale, weight_argno, counts_scale) \
TRANSITIONS(name, float8, scale, weight_argno, counts_scale)

TRANSITIONS_ALL_TYPES(nps, NPS_SCALE, 2, NPS_SCALE)
TRANSITIONS_ALL_TYPES(csat, CSAT_SCALE, 2, CSAT_SCALE)
TRANSITIONS_ALL_TYPES(ces, CES_SCALE, 2, CES_SCALE)
TRANSITIONS_ALL_TYPES(rating, ScaleOfArguments(fcinfo, 2), 4, ScaleOfArguments(fcinfo, 3))

TRANSITION(nps_paired_accum, AddPair(fcinfo))
TRANSITION(nps_paired_remove, RemovePair(fcinfo))
TRANSITION(rating_remove_int2, RemoveAnswer(fcinfo, SCORE_int2))
TRANSITION(rating_remove_int4, RemoveAnswer(fcinfo, SCORE_int4))
TRANSITION(rating_remove_float8, RemoveAnswer(fcinfo, SCORE_float8))
TRANSITION(rating_counts_remove_int2, RemoveCountedAnswers(fcinfo, SCORE_int2))
TRANSITION(rating_counts_remove_int4, RemoveCountedAnswers(fcinfo, SCORE_int4))
TRANSITION(rating_counts_remove_float8, RemoveCountedAnswers(fcinfo, SCORE_float8))

/* state -> summary. Strict; never changes the state. */
Datum
rating_summary_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PackedCanonicalDatum(PG_GETARG_DATUM(0), &RatingSummaryType));
}

static uint64
TotalOf(const RatingCounts *counts)
{
	return NumResponses(counts) + counts->missing;
}

/* Add the answers of other, which must be of the same kind. */
void
AddCounts(RatingCounts *sum, const RatingCounts *other)
{
	RequireSameScale(sum->scale, other->scale);
	RequireSameWeighting(sum->weighted, other->weighted);
	/* each total fits into 63 bits, so this cannot wrap */
	if (TotalOf(sum) + TotalOf(other) > MAX_COUNTER)
		TooManyAnswers();
	sum->missing += other->missing;
	for (int i = 0; i < sum->scale.points; i++)
	{
		sum->count[i] += other->count[i];
		if (sum->weighted)
		{
			sum->weight[i] = CheckedWeightSum(sum->weight[i] + other->weight[i]);
			sum->weight_square[i] =
				CheckedWeightSum(sum->weight_square[i] + other->weight_square[i]);
		}
	}
}

static uint64
SubtractCount(uint64 count, uint64 other)
{
	if (other > count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot subtract " UINT64_FORMAT " answers from " UINT64_FORMAT,
						other, count),
				 errhint("Only what was merged into a summary can be subtracted from it.")));
	return count - other;
}

static double
SubtractWeight(double sum, double other)
{
	double		difference = sum - other;

	if (difference < -1e-9 * sum)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot subtract a weight of %g from %g", other, sum),
				 errhint("Only what was merged into a summary can be subtracted from it.")));
	return difference;
}

/*
 * Undo what rounding did to the weights of some answers: nobody's weight is
 * zero, and the sum of squares lies between sum^2 / count and sum^2.
 */
static void
RepairWeights(uint64 count, double *weight, double *weight_square)
{
	if (count == 0 || *weight <= 0 || *weight_square <= 0)
		*weight = *weight_square = 0;
	else
		*weight_square = Max(Min(*weight_square, *weight * *weight),
							 *weight * (*weight / (double) count));
}

static void
SubtractCounts(RatingCounts *rest, const RatingCounts *other)
{
	RequireSameScale(rest->scale, other->scale);
	RequireSameWeighting(rest->weighted, other->weighted);
	rest->missing = SubtractCount(rest->missing, other->missing);
	for (int i = 0; i < rest->scale.points; i++)
	{
		rest->count[i] = SubtractCount(rest->count[i], other->count[i]);
		if (rest->weighted)
		{
			rest->weight[i] = SubtractWeight(rest->weight[i], other->weight[i]);
			rest->weight_square[i] =
				SubtractWeight(rest->weight_square[i], other->weight_square[i]);
			RepairWeights(rest->count[i], &rest->weight[i], &rest->weight_square[i]);
		}
	}
}

/* Write counts into a state, in place if they fit. */
static Packed *
StoreInState(Packed *state, const RatingCounts *counts)
{
	int			log2_width = RatingWidth(state->bytes);

	if (RatingWidthFor(counts) > log2_width)
		return PackCounts(counts);
	RatingSummaryPack(counts, log2_width, state->bytes);
	return state;
}

/*
 * state, summary -> state: transition of merge_agg and combine function of every
 * aggregate whose state is a rating_summary. Strict.
 */
Datum
rating_summary_merge(PG_FUNCTION_ARGS)
{
	Packed	   *state = PackedForUpdate(fcinfo, 0);
	RatingCounts sum;
	RatingCounts other;

	RatingSummaryUnpack(state->bytes, &sum);
	CountsOfArgument(fcinfo, 1, &other);
	AddCounts(&sum, &other);
	PG_RETURN_POINTER(StoreInState(state, &sum));
}

/*
 * state, summary -> state: inverse transition of merge_agg. Strict. NULL for
 * weighted states, which tells the server to add up the window afresh: taking
 * floats away again would leave their rounding behind.
 */
Datum
rating_summary_unmerge(PG_FUNCTION_ARGS)
{
	Packed	   *state = PackedForUpdate(fcinfo, 0);
	RatingCounts rest;
	RatingCounts other;

	if (RatingIsWeighted(state->bytes))
		PG_RETURN_NULL();
	RatingSummaryUnpack(state->bytes, &rest);
	CountsOfArgument(fcinfo, 1, &other);
	SubtractCounts(&rest, &other);
	PG_RETURN_POINTER(StoreInState(state, &rest));
}

/* combine(a, b): the answers of both; NULL counts as no answers. */
Datum
rating_summary_combine(PG_FUNCTION_ARGS)
{
	RatingCounts sum;
	RatingCounts other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	CountsOfArgument(fcinfo, 0, &sum);
	CountsOfArgument(fcinfo, 1, &other);
	AddCounts(&sum, &other);
	PG_RETURN_POINTER(PackCounts(&sum));
}

/*
 * subtract(a, b): the answers of a without those of b, which must be among them.
 * NULL if a is; all of a if b is NULL.
 */
Datum
rating_summary_subtract(PG_FUNCTION_ARGS)
{
	RatingCounts rest;
	RatingCounts other;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	CountsOfArgument(fcinfo, 0, &rest);
	CountsOfArgument(fcinfo, 1, &other);
	SubtractCounts(&rest, &other);
	PG_RETURN_POINTER(PackCounts(&rest));
}
