/*
 * crossing_time.c
 *	  crossing_time(): when the score of a lead falls below a threshold, if nothing
 *	  happens.
 *
 * Scores do not only fall: points that are taken away for an event decay, too. But what
 * is left of the events of a key never grows. So the numbers at both ends of a stretch
 * of time bound the score between them. Most stretches are above the threshold as a
 * whole, or below it, or the score goes one way there: those take two readings. The
 * others are halved, down to pieces in which no event comes to its end.
 *
 * There the points of a group are
 *
 *	  constant + slope x + sum of amplitude e^(-rate x)
 *
 * and time is cut where a group reaches its min or max, and where the sum of all groups
 * that are within theirs has an extremum. Between cuts the score goes one way, so a
 * bisection finds the microsecond; it asks for the very score that lead_score() gives.
 */
#include "decay_sum.h"
#include "lead_score.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(crossing_time);

/* What is known of a key for all moments from as_of on. */
typedef struct KeyCourse
{
	double		now;			/* its factor as_of */
	int			num_ends;		/* of linear and expire */
	int64	   *ends;			/* when an event comes to its end, after as_of; the last one first */
	double	   *sums;			/* of the first n ends */
} KeyCourse;

/* The lead whose score is asked for. Moments are microseconds from as_of on. */
typedef struct Lead
{
	const Scorecard *card;
	const uint8 *body;			/* of his engagement_state */
	int64		as_of;
	double		fit;
	KeyMeasure *measures;		/* at the moment of the last ScoreAfter() */
	KeyCourse  *courses;		/* of keys */
	double	   *first;			/* factors of keys at the begin of a stretch */
	double	   *last;			/* and at its end */
	bool		is_halved;		/* pieces are halved before roots are looked for */
	int			num_halvings;	/* that are left for a piece */
	MemoryContext piece_context;	/* of what one piece takes */
	/* where the search has come to */
	double		threshold;
	int64		at;
	bool		is_above;
} Lead;

/* ---- the lead ---- */

/* The score of the lead x microseconds after as_of: what lead_score() gives. */
static double
ScoreAfter(Lead *lead, int64 x)
{
	CHECK_FOR_INTERRUPTS();
	EngagementMeasure(lead->body, lead->card->keys, lead->card->num_keys, lead->as_of + x,
					  lead->measures);
	return ScoreOf(lead->card, lead->fit, EngagementOf(lead->card, lead->measures)).score;
}

static bool
KeyEnds(const EngagementKey *key)
{
	return key->decay == DECAY_LINEAR || key->decay == DECAY_EXPIRE;
}

/* The ends of a key's events: content has their times, the newest first, and as many of those. */
static void
ReadEnds(KeyCourse *course, const EngagementKey *key, const KeyContent *content, int64 as_of)
{
	course->ends = content->times;
	course->sums = (double *) palloc(sizeof(double) * ((size_t) content->count + 1));
	course->sums[0] = 0;
	for (uint64 i = 0; i < content->count; i++)
	{
		uint64		age = TimeBetween(content->times[i], as_of);

		if (age >= (uint64) key->period)
			break;
		course->ends[i] = key->period - (int64) age;
		course->sums[i + 1] = course->sums[i] + (double) course->ends[i];
		course->num_ends++;
	}
}

static void
ReadCourses(Lead *lead)
{
	const Scorecard *card = lead->card;
	int64		last = (int64) LoadU64(lead->body);
	const uint8 *p = lead->body + sizeof(uint64);

	EngagementMeasure(lead->body, card->keys, card->num_keys, lead->as_of, lead->measures);
	lead->courses = (KeyCourse *) palloc0(sizeof(KeyCourse) * card->num_keys);
	lead->first = (double *) palloc(sizeof(double) * card->num_keys);
	lead->last = (double *) palloc(sizeof(double) * card->num_keys);
	for (int i = 0; i < card->num_keys; i++)
	{
		const EngagementKey *key = &card->keys[i];
		KeyContent	content = {0, 0, 0, NULL};

		CHECK_FOR_INTERRUPTS();
		lead->courses[i].now = lead->measures[i].factor;
		if (KeyEnds(key))
			content.times = (int64 *) palloc(sizeof(int64) * key->max_count);
		p = EngagementReadContent(p, key, last, &content);
		if (KeyEnds(key))
			ReadEnds(&lead->courses[i], key, &content, lead->as_of);
	}
}

/* How many events of a key have not come to their end at x. */
static int
NumLeft(const KeyCourse *course, int64 x)
{
	int			low = 0;
	int			high = course->num_ends;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (course->ends[middle] > x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The factors of all keys at x: those of lead_score(), to rounding; without decay and of expire, exactly. */
static void
FactorsAt(const Lead *lead, int64 x, double *factors)
{
	for (int i = 0; i < lead->card->num_keys; i++)
	{
		const EngagementKey *key = &lead->card->keys[i];
		const KeyCourse *course = &lead->courses[i];
		int			left = NumLeft(course, x);

		if (key->decay == DECAY_NONE)
			factors[i] = course->now;
		else if (key->decay == DECAY_HALF_LIFE)
			factors[i] = course->now * exp2(-((double) x / (double) key->period));
		else if (key->decay == DECAY_EXPIRE)
			factors[i] = left;
		else
			factors[i] = (course->sums[left] - (double) left * (double) x) / (double) key->period;
	}
}

static int
CompareMoments(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

/* The moments up to last at which an event comes to its end, each once, in order. */
static int64 *
EndsOfEvents(const Lead *lead, int64 last, int *num_moments)
{
	size_t		num_ends = 0;
	int64	   *ends;
	int			num = 0;

	for (int i = 0; i < lead->card->num_keys; i++)
		num_ends += (size_t) lead->courses[i].num_ends;
	ends = (int64 *) palloc(sizeof(int64) * Max(num_ends, 1));
	num_ends = 0;
	for (int i = 0; i < lead->card->num_keys; i++)
		for (int j = 0; j < lead->courses[i].num_ends; j++)
			if (lead->courses[i].ends[j] <= last)
				ends[num_ends++] = lead->courses[i].ends[j];
	if (num_ends > 1)
		qsort(ends, num_ends, sizeof(int64), CompareMoments);
	for (size_t i = 0; i < num_ends; i++)
		if (num == 0 || ends[i] > ends[num - 1])
			ends[num++] = ends[i];
	*num_moments = num;
	return ends;
}

/* ---- the score in a stretch of time ---- */

/* What the score does from one moment to another, both included. */
typedef enum Course
{
	STAYS_ABOVE,				/* at the threshold or above it */
	STAYS_BELOW,
	GOES_ONE_WAY,
	MAY_TURN
} Course;

/* Numbers between which points are, and what they gain in a microsecond. */
typedef struct Bounds
{
	double		low;
	double		high;
	double		size;			/* of what was added up: rounding is relative to it */
	double		slope_low;
	double		slope_high;
	double		slope_size;
} Bounds;

/* More than the relative rounding of a sum of all rules. */
#define ROUNDING 1e-11
/* With more half-lives than these a piece is halved, up to MAX_HALVINGS times. */
#define CHEAP_HALF_LIVES 8
#define MAX_HALVINGS 256

/*
 * Add what a rule gains in a microsecond, given its points at both ends of a stretch. Its
 * sign is all that is known where events come to their end within it.
 */
static void
AddSlope(Bounds *bounds, const Lead *lead, const CardRule *rule, double first, double last,
		 int64 from, bool is_smooth)
{
	const EngagementKey *key = &lead->card->keys[rule->key];
	double		slopes[2] = {0, 0};

	if (key->decay == DECAY_NONE || first == 0 || (key->decay == DECAY_EXPIRE && first == last))
		return;
	if (!is_smooth || key->decay == DECAY_EXPIRE)
		slopes[0] = rule->points > 0 ? -INFINITY : INFINITY;
	else if (key->decay == DECAY_HALF_LIFE)
	{
		slopes[0] = -first * M_LN2 / (double) key->period;
		slopes[1] = -last * M_LN2 / (double) key->period;
	}
	else
		slopes[0] = slopes[1] = -rule->points * NumLeft(&lead->courses[rule->key], from) /
			(double) key->period;
	bounds->slope_low += Min(slopes[0], slopes[1]);
	bounds->slope_high += Max(slopes[0], slopes[1]);
	bounds->slope_size += fabs(slopes[0]);
}

/* The points of a group in the stretch whose factors are known at both ends. */
static Bounds
BoundsOfGroup(const Lead *lead, const CardGroup *group, int64 from, bool is_smooth)
{
	Bounds		bounds = {0, 0, 0, 0, 0, 0};
	bool		is_exact = true;

	for (int i = 0; i < group->num_rules; i++)
	{
		const CardRule *rule = &group->rules[i];
		Decay		decay = lead->card->keys[rule->key].decay;
		double		first = rule->points * lead->first[rule->key];
		double		last = rule->points * lead->last[rule->key];

		bounds.low += Min(first, last);
		bounds.high += Max(first, last);
		bounds.size += fabs(first);
		is_exact &= first == 0 || (first == last && decay != DECAY_HALF_LIFE && decay != DECAY_LINEAR);
		AddSlope(&bounds, lead, rule, first, last, from, is_smooth);
	}
	if (!is_exact)
	{
		bounds.low -= ROUNDING * bounds.size;
		bounds.high += ROUNDING * bounds.size;
	}
	return bounds;
}

/* Add a group's bounds to those of the engagement. What its min or max holds, goes nowhere. */
static void
AddClampedBounds(Bounds *total, const Bounds *group, double min, double max)
{
	double		low = Clamp(group->low, min, max);
	double		high = Clamp(group->high, min, max);

	total->low += low;
	total->high += high;
	total->size += Max(fabs(low), fabs(high));
	if (low == high)
		return;
	if (group->low >= min && group->high <= max)
	{
		total->slope_low += group->slope_low;
		total->slope_high += group->slope_high;
	}
	else
	{
		total->slope_low += Min(group->slope_low, 0);
		total->slope_high += Max(group->slope_high, 0);
	}
	total->slope_size += group->slope_size;
}

/* Whether all that is added up falls, or all rises; infinite slopes of one sign have that sign. */
static bool
GoesOneWay(const Bounds *total)
{
	double		rounding = isinf(total->slope_size) ? 0 : ROUNDING * total->slope_size;

	return total->slope_low >= rounding || total->slope_high <= -rounding;
}

/* What the score does in a stretch, which is smooth if no event comes to its end within it. */
static Course
CourseBetween(const Lead *lead, int64 from, int64 to, bool is_smooth)
{
	const CardComponent *component = &lead->card->engagement;
	Bounds		total = {0, 0, 0, 0, 0, 0};

	CHECK_FOR_INTERRUPTS();
	FactorsAt(lead, from, lead->first);
	FactorsAt(lead, to, lead->last);
	for (int i = 0; i < component->num_groups; i++)
	{
		Bounds		group = BoundsOfGroup(lead, &component->groups[i], from, is_smooth);

		AddClampedBounds(&total, &group, component->groups[i].min, component->groups[i].max);
	}
	if (total.low < total.high)
	{
		total.low -= ROUNDING * (total.size + fabs(lead->fit));
		total.high += ROUNDING * (total.size + fabs(lead->fit));
	}
	if (ScoreOf(lead->card, lead->fit, total.low).score >= lead->threshold)
		return STAYS_ABOVE;
	if (ScoreOf(lead->card, lead->fit, total.high).score < lead->threshold)
		return STAYS_BELOW;
	return GoesOneWay(&total) ? GOES_ONE_WAY : MAY_TURN;
}

/* ---- the search ---- */

/* The first microsecond below the threshold, between one above and one below it. */
static int64
FindCrossing(Lead *lead, int64 above, int64 below)
{
	while (below - above > 1)
	{
		int64		middle = above + (below - above) / 2;

		if (ScoreAfter(lead, middle) >= lead->threshold)
			above = middle;
		else
			below = middle;
	}
	return below;
}

/*
 * Go on to x, where the score goes one way on the way there. True if it has fallen below
 * the threshold: lead->at is the crossing.
 */
static bool
SearchUntil(Lead *lead, int64 x)
{
	bool		is_above;

	if (x <= lead->at)
		return false;
	is_above = ScoreAfter(lead, x) >= lead->threshold;
	if (lead->is_above && !is_above)
	{
		lead->at = FindCrossing(lead, lead->at, x);
		return true;
	}
	lead->at = x;
	lead->is_above = is_above;
	return false;
}

/* Go on to x, by what is known of the course from lead->at on: not MAY_TURN. True: crossing found. */
static bool
FollowCourse(Lead *lead, Course course, int64 from, int64 x)
{
	if (course == GOES_ONE_WAY)
		return SearchUntil(lead, from) || SearchUntil(lead, x);
	if (course == STAYS_BELOW && lead->is_above && from > lead->at)
	{
		lead->at = from;
		return true;
	}
	lead->at = x;
	lead->is_above = course == STAYS_ABOVE;
	return false;
}

/* Go on around a cut, which was found to about a microsecond. */
static bool
SearchAround(Lead *lead, double cut, int64 last)
{
	int64		x = cut >= (double) last ? last : (int64) cut;

	return SearchUntil(lead, x - 1) || SearchUntil(lead, x) || SearchUntil(lead, Min(x, last - 1) + 1);
}

/* ---- pieces in which no event comes to its end ---- */

/* Add what a key contributes in the piece that begins at x, times points. */
static void
AddKey(DecaySum *sum, const Lead *lead, int number, double points, int64 x)
{
	const EngagementKey *key = &lead->card->keys[number];
	const KeyCourse *course = &lead->courses[number];
	int			left = NumLeft(course, x);

	switch (key->decay)
	{
		case DECAY_NONE:
			sum->constant += points * course->now;
			break;
		case DECAY_HALF_LIFE:
			AddTerm(sum, points * course->now, M_LN2 / (double) key->period);
			break;
		case DECAY_EXPIRE:
			sum->constant += points * left;
			break;
		case DECAY_LINEAR:
			/* 1 - age / period is what is left until the end, by the period */
			sum->constant += points * course->sums[left] / (double) key->period;
			sum->slope -= points * left / (double) key->period;
			break;
	}
}

/* The points of a group in the piece that begins at x, not clamped. */
static DecaySum
SumOfGroup(const Lead *lead, const CardGroup *group, int64 x)
{
	DecaySum	sum = NewSum(group->num_rules);

	for (int i = 0; i < group->num_rules; i++)
		AddKey(&sum, lead, group->rules[i].key, group->rules[i].points, x);
	return sum;
}

/* Where a group reaches a bound. */
static void
AddRootsOfBound(NumberList *cuts, const DecaySum *sum, double bound, double low, double high)
{
	DecaySum	difference;

	if (isinf(bound))
		return;
	difference = NewSum(sum->num_terms);
	AddSum(&difference, sum);
	difference.constant -= bound;
	AddRoots(cuts, &difference, low, high);
	pfree(difference.terms);
}

/* Where all that is within its bounds turns, between two numbers without other cuts, in order. */
static NumberList
TurnsBetween(const Scorecard *card, const DecaySum *groups, double low, double high)
{
	NumberList	turns = {0, 0, NULL};
	double		middle = low + (high - low) / 2;
	DecaySum	total = NewSum(card->num_keys);
	DecaySum	derivative;

	for (int i = 0; i < card->engagement.num_groups; i++)
	{
		double		points = ValueOfSum(&groups[i], middle);

		if (points >= card->engagement.groups[i].min && points <= card->engagement.groups[i].max)
			AddSum(&total, &groups[i]);
	}
	derivative = DerivativeOf(&total);
	AddRoots(&turns, &derivative, low, high);
	SortNumbers(&turns);
	pfree(derivative.terms);
	pfree(total.terms);
	return turns;
}

/* Go on to a cut, with no other cut on the way but turns. */
static bool
SearchBetweenCuts(Lead *lead, const DecaySum *groups, double low, double high, int64 last)
{
	int64		from = lead->at + 1;
	int64		to = high >= (double) last ? last : (int64) high;
	Course		course = to - 2 < from ? GOES_ONE_WAY
		: CourseBetween(lead, from, to - 2, true);
	NumberList	turns;
	bool		is_found = false;

	if (course != MAY_TURN)
		return (to - 2 >= from && FollowCourse(lead, course, from, to - 2)) ||
			SearchAround(lead, high, last);
	turns = TurnsBetween(lead->card, groups, low, high);
	for (int i = 0; i < turns.num_numbers && !is_found; i++)
		is_found = SearchAround(lead, turns.numbers[i], last);
	if (turns.numbers != NULL)
		pfree(turns.numbers);
	return is_found || SearchAround(lead, high, last);
}

/* Go on through a piece, both ends included. */
static bool
SearchPiece(Lead *lead, int64 from, int64 to)
{
	const CardComponent *component = &lead->card->engagement;
	DecaySum   *groups = (DecaySum *) palloc(sizeof(DecaySum) * component->num_groups);
	NumberList	cuts = {0, 0, NULL};
	bool		is_found = SearchUntil(lead, from);

	AddNumber(&cuts, (double) from);
	AddNumber(&cuts, (double) to);
	for (int i = 0; i < component->num_groups && !is_found; i++)
	{
		groups[i] = SumOfGroup(lead, &component->groups[i], from);
		AddRootsOfBound(&cuts, &groups[i], component->groups[i].min, (double) from, (double) to);
		AddRootsOfBound(&cuts, &groups[i], component->groups[i].max, (double) from, (double) to);
	}
	SortNumbers(&cuts);
	for (int i = 1; i < cuts.num_numbers && !is_found; i++)
		is_found = SearchBetweenCuts(lead, groups, cuts.numbers[i - 1], cuts.numbers[i], to);
	return is_found || SearchUntil(lead, to);
}

/* Go on through a piece, which is halved where many half-lives make roots expensive. */
static bool
SearchHalves(Lead *lead, int64 from, int64 to)
{
	int64		middle = from + (to - from) / 2;
	Course		course = CourseBetween(lead, from, to, true);
	MemoryContext old_context;
	bool		is_found;

	check_stack_depth();
	if (course != MAY_TURN)
		return FollowCourse(lead, course, from, to);
	if (lead->is_halved && lead->num_halvings > 0 && middle > from)
	{
		lead->num_halvings--;
		return SearchHalves(lead, from, middle) || SearchHalves(lead, middle + 1, to);
	}
	old_context = MemoryContextSwitchTo(lead->piece_context);
	is_found = SearchPiece(lead, from, to);
	MemoryContextSwitchTo(old_context);
	MemoryContextReset(lead->piece_context);
	return is_found;
}

/*
 * Go on through the pieces that begin at from and at the first num_ends of ends, the
 * last of them up to last. True if there is a crossing: lead->at.
 */
static bool
SearchPieces(Lead *lead, int64 from, const int64 *ends, int num_ends, int64 last)
{
	Course		course;
	int			half = num_ends / 2;

	check_stack_depth();
	if (num_ends == 0)
	{
		lead->num_halvings = MAX_HALVINGS;
		return SearchHalves(lead, from, last);
	}
	course = CourseBetween(lead, from, last, false);
	if (course != MAY_TURN)
		return FollowCourse(lead, course, from, last);
	return SearchPieces(lead, from, ends, half, ends[half] - 1) ||
		SearchPieces(lead, ends[half], ends + half + 1, num_ends - half - 1, last);
}

static int
NumHalfLives(const Scorecard *card)
{
	int			num = 0;

	for (int i = 0; i < card->num_keys; i++)
		num += card->keys[i].decay == DECAY_HALF_LIFE;
	return num;
}

/* The microseconds from as_of to the crossing; -1 if there is none until last. */
static int64
CrossingOf(Lead *lead, int64 last)
{
	int64	   *ends;
	int			num_ends;

	lead->is_above = ScoreAfter(lead, 0) >= lead->threshold;
	lead->at = 0;
	lead->is_halved = NumHalfLives(lead->card) > CHEAP_HALF_LIVES;
	ReadCourses(lead);
	ends = EndsOfEvents(lead, last, &num_ends);
	lead->piece_context = AllocSetContextCreate(CurrentMemoryContext, "piece of crossing_time",
												ALLOCSET_DEFAULT_SIZES);
	return SearchPieces(lead, 0, ends, num_ends, last) ? lead->at : -1;
}

/*
 * crossing_time(card, attributes, e, as_of, threshold): the first moment at or after
 * as_of at which the score passes from >= threshold to below it, if nothing happens;
 * NULL if it never does. A NULL state never changes.
 */
Datum
crossing_time(PG_FUNCTION_ARGS)
{
	CardReader *reader = CardReaderFor(fcinfo, 0);
	int64		as_of = MomentOfArgument(fcinfo, 3);
	Lead		lead = {.card = reader->card, .as_of = as_of, .measures = reader->measures};
	PackedView	state;
	int64		last;
	int64		crossing;

	if (PG_ARGISNULL(4) || isnan(PG_GETARG_FLOAT8(4)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("threshold must be a number, not %s", PG_ARGISNULL(4) ? "NULL" : "NaN")));
	lead.fit = FitOf(reader->card, AttributesOf(PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1)));
	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	state = CanonicalEngagement(PackedViewOf(PG_GETARG_DATUM(2)));
	lead.body = EngagementBody(reader->card, state);
	if ((int64) LoadU64(lead.body) > as_of)
		RefuseEarlierMoment((int64) LoadU64(lead.body), as_of);
	/* as far as the calendar goes */
	last = as_of >= 0 ? END_TIMESTAMP - 1 - as_of : END_TIMESTAMP - 1;
	lead.threshold = PG_GETARG_FLOAT8(4);
	crossing = CrossingOf(&lead, last);
	if (crossing < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(as_of + crossing);
}
