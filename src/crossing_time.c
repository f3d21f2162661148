/*
 * crossing_time.c
 *	  crossing_time(): when the score of a lead falls below a threshold, if nothing
 *	  happens.
 *
 * Scores do not only fall: points that are taken away for an event decay, too. So time
 * is cut where the score may turn. At breakpoints an event expires or has decayed to
 * nothing; between them the points of a group are
 *
 *	  constant + slope x + sum of amplitude e^(-rate x)
 *
 * and time is cut where a group reaches its min or max, and where the sum of all groups
 * that are within theirs has an extremum. Between cuts the score goes one way, so a
 * bisection finds the microsecond; it asks for the very score that lead_score() gives.
 *
 * The roots of such a function are found through those of a simpler one: between two
 * neighbouring roots of its derivative it has at most one. Divided by its slowest
 * exponential it has a derivative of one term less, which has the same property.
 */
#include "lead_score.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(crossing_time);

/* constant + slope x + sum of amplitude e^(-rate x), x in microseconds from as_of */
typedef struct DecayTerm
{
	double		amplitude;
	double		rate;
} DecayTerm;

typedef struct DecaySum
{
	double		constant;
	double		slope;
	int			num_terms;
	DecayTerm  *terms;			/* of different rates, the slowest first */
} DecaySum;

/* Numbers in memory that grows. */
typedef struct NumberList
{
	int			num_numbers;
	int			max_numbers;
	double	   *numbers;
} NumberList;

/* The lead whose score is asked for. */
typedef struct Lead
{
	const Scorecard *card;
	const uint8 *body;			/* of his engagement_state */
	int64		as_of;
	double		fit;
	KeyMeasure *measures;		/* at the moment of the last ScoreAfter() */
	KeyContent *contents;		/* of keys */
	KeyMeasure *now;			/* measures as_of */
} Lead;

static void
AddNumber(NumberList *list, double number)
{
	if (list->num_numbers == list->max_numbers)
	{
		list->max_numbers = list->max_numbers == 0 ? 16 : list->max_numbers * 2;
		list->numbers = list->numbers == NULL
			? (double *) palloc(sizeof(double) * list->max_numbers)
			: (double *) repalloc_huge(list->numbers, sizeof(double) * list->max_numbers);
	}
	list->numbers[list->num_numbers++] = number;
}

static int
CompareNumbers(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return x < y ? -1 : x > y;
}

static void
SortNumbers(NumberList *list)
{
	if (list->num_numbers > 1)
		qsort(list->numbers, list->num_numbers, sizeof(double), CompareNumbers);
}

/* ---- sums of decaying terms ---- */

static double
ValueOfSum(const DecaySum *sum, double x)
{
	double		value = sum->constant + sum->slope * x;

	for (int i = 0; i < sum->num_terms; i++)
		value += sum->terms[i].amplitude * exp(-sum->terms[i].rate * x);
	return value;
}

/* An empty sum with room for so many terms. */
static DecaySum
NewSum(int max_terms)
{
	DecaySum	sum = {0, 0, 0, (DecayTerm *) palloc(sizeof(DecayTerm) * Max(max_terms, 1))};

	return sum;
}

/* Add a term, to the one of its rate if there is one. */
static void
AddTerm(DecaySum *sum, double amplitude, double rate)
{
	int			i = 0;

	while (i < sum->num_terms && sum->terms[i].rate < rate)
		i++;
	if (i < sum->num_terms && sum->terms[i].rate == rate)
	{
		sum->terms[i].amplitude += amplitude;
		return;
	}
	memmove(&sum->terms[i + 1], &sum->terms[i], sizeof(DecayTerm) * (sum->num_terms - i));
	sum->terms[i].amplitude = amplitude;
	sum->terms[i].rate = rate;
	sum->num_terms++;
}

static void
AddSum(DecaySum *sum, const DecaySum *added)
{
	sum->constant += added->constant;
	sum->slope += added->slope;
	for (int i = 0; i < added->num_terms; i++)
		AddTerm(sum, added->terms[i].amplitude, added->terms[i].rate);
}

static DecaySum
DerivativeOf(const DecaySum *sum)
{
	DecaySum	derivative = NewSum(sum->num_terms);

	derivative.constant = sum->slope;
	for (int i = 0; i < sum->num_terms; i++)
		AddTerm(&derivative, -sum->terms[i].rate * sum->terms[i].amplitude, sum->terms[i].rate);
	return derivative;
}

/* A sum without slope, divided by its slowest term, so that this is its constant. */
static DecaySum
DividedBySlowest(const DecaySum *sum)
{
	DecaySum	divided = NewSum(sum->num_terms);
	double		rate = sum->constant != 0 || sum->num_terms == 0 ? 0 : sum->terms[0].rate;

	divided.constant = sum->constant;
	for (int i = 0; i < sum->num_terms; i++)
		if (sum->terms[i].rate == rate)
			divided.constant += sum->terms[i].amplitude;
		else
			AddTerm(&divided, sum->terms[i].amplitude, sum->terms[i].rate - rate);
	return divided;
}

/* Terms that are nothing would never get fewer. */
static void
DropEmptyTerms(DecaySum *sum)
{
	int			num_terms = 0;

	for (int i = 0; i < sum->num_terms; i++)
		if (sum->terms[i].amplitude != 0)
			sum->terms[num_terms++] = sum->terms[i];
	sum->num_terms = num_terms;
}

/* The root of a sum that has one between two numbers, to less than a microsecond. */
static double
Bisect(const DecaySum *sum, double low, double high)
{
	bool		is_positive = ValueOfSum(sum, low) > 0;

	while (high - low > 0.25)
	{
		double		middle = low + (high - low) / 2;

		if (middle <= low || middle >= high)
			break;
		if ((ValueOfSum(sum, middle) > 0) == is_positive)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Add the roots of a sum between two numbers to a list. */
static void
AddRoots(NumberList *roots, DecaySum *sum, double low, double high)
{
	NumberList	turns = {0, 0, NULL};
	DecaySum	simpler;
	DecaySum	derivative;

	check_stack_depth();
	DropEmptyTerms(sum);
	if (sum->slope == 0 && sum->num_terms + (sum->constant != 0) < 2)
		return;
	simpler = sum->slope == 0 ? DividedBySlowest(sum) : *sum;
	derivative = DerivativeOf(&simpler);
	AddNumber(&turns, low);
	AddRoots(&turns, &derivative, low, high);
	AddNumber(&turns, high);
	SortNumbers(&turns);
	for (int i = 1; i < turns.num_numbers; i++)
	{
		double		begin = turns.numbers[i - 1];
		double		end = turns.numbers[i];

		if ((ValueOfSum(&simpler, begin) > 0) != (ValueOfSum(&simpler, end) > 0))
			AddNumber(roots, Bisect(&simpler, begin, end));
	}
}

/* ---- the lead ---- */

/* The score of the lead x microseconds after as_of: what lead_score() gives. */
static double
ScoreAfter(Lead *lead, int64 x)
{
	EngagementMeasure(lead->body, lead->card->keys, lead->card->num_keys, lead->as_of + x,
					  lead->measures);
	return ScoreOf(lead->card, lead->fit, EngagementOf(lead->card, lead->measures)).score;
}

static void
ReadContents(Lead *lead)
{
	const Scorecard *card = lead->card;
	int64		last = (int64) LoadU64(lead->body);
	const uint8 *p = lead->body + sizeof(uint64);

	lead->contents = (KeyContent *) palloc0(sizeof(KeyContent) * card->num_keys);
	for (int i = 0; i < card->num_keys; i++)
	{
		if (KeyHasTimes(&card->keys[i]))
			lead->contents[i].times = (int64 *) palloc(sizeof(int64) * card->keys[i].max_count);
		p = EngagementReadContent(p, &card->keys[i], last, &lead->contents[i]);
	}
	lead->now = (KeyMeasure *) palloc(sizeof(KeyMeasure) * card->num_keys);
	EngagementMeasure(lead->body, card->keys, card->num_keys, lead->as_of, lead->now);
}

/* How long after as_of an event of a key has come to its end. */
static double
EndOfEvent(const Lead *lead, int key, uint64 number)
{
	return (double) lead->card->keys[key].period -
		(double) TimeBetween(lead->contents[key].times[number], lead->as_of);
}

static bool
KeyEnds(const EngagementKey *key)
{
	return key->decay == DECAY_LINEAR || key->decay == DECAY_EXPIRE;
}

/* The moments at which an event ends, up to the last one that there is. */
static NumberList
BreakpointsOf(const Lead *lead, double last)
{
	NumberList	list = {0, 0, NULL};

	AddNumber(&list, 0);
	for (int i = 0; i < lead->card->num_keys; i++)
		for (uint64 j = 0; KeyEnds(&lead->card->keys[i]) && j < lead->contents[i].count; j++)
		{
			double		end = EndOfEvent(lead, i, j);

			if (end > 0 && end < last)
				AddNumber(&list, end);
		}
	AddNumber(&list, last);
	SortNumbers(&list);
	return list;
}

/* Add what a key contributes from x on until the next breakpoint, times points. */
static void
AddKey(DecaySum *sum, const Lead *lead, int number, double points, double x)
{
	const EngagementKey *key = &lead->card->keys[number];

	if (key->decay == DECAY_NONE)
		sum->constant += points * lead->now[number].factor;
	else if (key->decay == DECAY_HALF_LIFE)
		AddTerm(sum, points * lead->now[number].factor, M_LN2 / (double) key->period);
	else
		for (uint64 i = 0; i < lead->contents[number].count; i++)
		{
			double		end = EndOfEvent(lead, number, i);

			if (end <= x)
				continue;
			/* 1 - age / period is what is left until the end, by the period */
			sum->constant += key->decay == DECAY_EXPIRE ? points : points * end / (double) key->period;
			sum->slope -= key->decay == DECAY_EXPIRE ? 0 : points / (double) key->period;
		}
}

/* The points of a group from x on until the next breakpoint, not clamped. */
static DecaySum
SumOfGroup(const Lead *lead, const CardGroup *group, double x)
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
	DecaySum	difference = NewSum(sum->num_terms);

	if (isinf(bound))
		return;
	AddSum(&difference, sum);
	difference.constant -= bound;
	AddRoots(cuts, &difference, low, high);
}

/* Where all that is within its bounds turns, between two numbers without other cuts. */
static void
AddTurns(NumberList *cuts, const Scorecard *card, const DecaySum *groups, double low, double high)
{
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
	AddRoots(cuts, &derivative, low, high);
}

/* The cuts between two breakpoints, in order, both of them included. */
static NumberList
CutsBetween(const Lead *lead, double low, double high)
{
	const CardComponent *component = &lead->card->engagement;
	DecaySum   *groups = (DecaySum *) palloc(sizeof(DecaySum) * component->num_groups);
	NumberList	cuts = {0, 0, NULL};
	int			num_bounds;

	AddNumber(&cuts, low);
	AddNumber(&cuts, high);
	for (int i = 0; i < component->num_groups; i++)
	{
		groups[i] = SumOfGroup(lead, &component->groups[i], low);
		AddRootsOfBound(&cuts, &groups[i], component->groups[i].min, low, high);
		AddRootsOfBound(&cuts, &groups[i], component->groups[i].max, low, high);
	}
	SortNumbers(&cuts);
	num_bounds = cuts.num_numbers;
	for (int i = 1; i < num_bounds; i++)
		AddTurns(&cuts, lead->card, groups, cuts.numbers[i - 1], cuts.numbers[i]);
	SortNumbers(&cuts);
	return cuts;
}

/* ---- the crossing ---- */

/* The first microsecond below the threshold, between one above and one below it. */
static int64
FindCrossing(Lead *lead, int64 above, int64 below, double threshold)
{
	while (below - above > 1)
	{
		int64		middle = above + (below - above) / 2;

		if (ScoreAfter(lead, middle) >= threshold)
			above = middle;
		else
			below = middle;
	}
	return below;
}

/* Where a search has come to. */
typedef struct Search
{
	double		threshold;
	int64		at;
	bool		is_above;
} Search;

/* Go on to x; true, and search->at is the crossing, if the score has fallen below until there. */
static bool
SearchUntil(Lead *lead, Search *search, int64 x)
{
	bool		is_above;

	if (x <= search->at)
		return false;
	is_above = ScoreAfter(lead, x) >= search->threshold;
	if (search->is_above && !is_above)
	{
		search->at = FindCrossing(lead, search->at, x, search->threshold);
		return true;
	}
	search->at = x;
	search->is_above = is_above;
	return false;
}

/* The microseconds from as_of to the crossing; -1 if there is none until last. */
static int64
CrossingOf(Lead *lead, double threshold, int64 last)
{
	NumberList	breakpoints;
	Search		search = {threshold, 0, ScoreAfter(lead, 0) >= threshold};

	ReadContents(lead);
	breakpoints = BreakpointsOf(lead, (double) last);
	for (int i = 1; i < breakpoints.num_numbers; i++)
	{
		NumberList	cuts;

		CHECK_FOR_INTERRUPTS();
		if (breakpoints.numbers[i] <= breakpoints.numbers[i - 1])
			continue;
		cuts = CutsBetween(lead, breakpoints.numbers[i - 1], breakpoints.numbers[i]);
		for (int j = 1; j < cuts.num_numbers; j++)
		{
			int64		x = cuts.numbers[j] >= (double) last ? last : (int64) cuts.numbers[j];

			/* what ends there is still worth something right before */
			if (SearchUntil(lead, &search, x - 1) || SearchUntil(lead, &search, x) ||
				(x < last && SearchUntil(lead, &search, x + 1)))
				return search.at;
		}
	}
	return -1;
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
	crossing = CrossingOf(&lead, PG_GETARG_FLOAT8(4), last);
	if (crossing < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(as_of + crossing);
}
