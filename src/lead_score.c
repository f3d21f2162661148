/*
 * lead_score.c
 *	  lead_score, explain_lead_score, lead_reasons: the score of a lead at a moment.
 *
 * score = clamp(limits, sum over fit and engagement of clamp(group, sum of rules))
 */
#include "lead_score.h"

#include <math.h>

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(lead_score);
PG_FUNCTION_INFO_V1(as_of_trap);
PG_FUNCTION_INFO_V1(explain_lead_score);
PG_FUNCTION_INFO_V1(lead_reasons);

/* ---- points ---- */

/* The attributes of a document, which must be an object; NULL if there is none. */
JsonbContainer *
AttributesOf(Jsonb *attributes)
{
	if (attributes == NULL)
		return NULL;
	if (!JB_ROOT_IS_OBJECT(attributes))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("attributes must be a JSON object, not %s",
						JB_ROOT_IS_SCALAR(attributes) ? "a single value" : "an array"),
				 errhint("A row becomes an object with to_jsonb(lead).")));
	return &attributes->root;
}

/* The points of all fit rules that hold, groups clamped. */
double
FitOf(const Scorecard *card, JsonbContainer *attributes)
{
	double		total = 0;

	for (int i = 0; i < card->fit.num_groups; i++)
	{
		const CardGroup *group = &card->fit.groups[i];
		double		points = 0;

		for (int j = 0; j < group->num_rules; j++)
			if (ConditionHolds(&group->rules[j].condition, attributes))
				points += group->rules[j].points;
		total += Clamp(points, group->min, group->max);
	}
	return total;
}

/* The points of a group of engagement, not clamped. */
double
GroupPoints(const CardGroup *group, const KeyMeasure *measures)
{
	double		points = 0;

	for (int i = 0; i < group->num_rules; i++)
		points += group->rules[i].points * measures[group->rules[i].key].factor;
	return points;
}

/* The points of all engagement rules, groups clamped. */
double
EngagementOf(const Scorecard *card, const KeyMeasure *measures)
{
	double		total = 0;

	for (int i = 0; i < card->engagement.num_groups; i++)
	{
		const CardGroup *group = &card->engagement.groups[i];

		total += Clamp(GroupPoints(group, measures), group->min, group->max);
	}
	return total;
}

/* The score of a lead with points for fit and for engagement. */
LeadScore
ScoreOf(const Scorecard *card, double fit, double engagement)
{
	LeadScore	score = {fit, engagement, Clamp(fit + engagement, card->min, card->max)};

	return score;
}

/* The first grade whose threshold is reached; NULL if none is, or there are no grades. */
const CardGrade *
GradeOf(const CardComponent *component, double points)
{
	for (int i = 0; i < component->num_grades; i++)
		if (points >= component->grades[i].at_least)
			return &component->grades[i];
	return NULL;
}

static void
AddGradeColumn(RowBuilder *row, const CardGrade *grade)
{
	if (grade == NULL)
		AddNullColumn(row);
	else
		AddColumn(row, PointerGetDatum(cstring_to_text_with_len(grade->name, grade->length)));
}

/* Fit grade and engagement grade together; NULL if a lead lacks one. */
static void
AddLabelColumn(RowBuilder *row, const CardGrade *fit, const CardGrade *engagement)
{
	text	   *label;

	if (fit == NULL || engagement == NULL)
	{
		AddNullColumn(row);
		return;
	}
	label = (text *) palloc(VARHDRSZ + fit->length + engagement->length);
	SET_VARSIZE(label, VARHDRSZ + fit->length + engagement->length);
	memcpy(VARDATA(label), fit->name, fit->length);
	memcpy(VARDATA(label) + fit->length, engagement->name, engagement->length);
	AddColumn(row, PointerGetDatum(label));
}

/* Whether the thresholds are met that a card has; one that is not there is NaN. */
static bool
IsQualified(const Scorecard *card, LeadScore score)
{
	return !(score.fit < card->fit.qualified) && !(score.engagement < card->engagement.qualified);
}

/* The columns of a lead_score_row, which stay in the memory context of the call. */
void
AddScoreColumns(RowBuilder *row, const Scorecard *card, LeadScore score)
{
	const CardGrade *fit_grade = GradeOf(&card->fit, score.fit);
	const CardGrade *engagement_grade = GradeOf(&card->engagement, score.engagement);

	AddDoubleColumn(row, score.score);
	AddDoubleColumn(row, score.fit);
	AddDoubleColumn(row, score.engagement);
	AddGradeColumn(row, fit_grade);
	AddGradeColumn(row, engagement_grade);
	AddLabelColumn(row, fit_grade, engagement_grade);
	if (card->has_qualified)
		AddColumn(row, BoolGetDatum(IsQualified(card, score)));
	else
		AddNullColumn(row);
}

/* ---- arguments ---- */

/* as_of in an argument, which must be finite. */
int64
MomentOfArgument(FunctionCallInfo fcinfo, int argno)
{
	int64		as_of;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("as_of must not be NULL")));
	as_of = PG_GETARG_INT64(argno);
	CheckFiniteMoment(as_of, "as_of");
	return as_of;
}

/* The attributes in argument 1; NULL if it is. */
static JsonbContainer *
AttributesOfArgument(FunctionCallInfo fcinfo)
{
	return AttributesOf(PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1));
}

/* What the keys of a card are worth: argument 2 is the state, 3 is as_of. */
static const KeyMeasure *
MeasuresOfArguments(FunctionCallInfo fcinfo, CardReader *reader)
{
	int64		as_of = MomentOfArgument(fcinfo, 3);

	if (PG_ARGISNULL(2))
		memset(reader->measures, 0, sizeof(KeyMeasure) * reader->card->num_keys);
	else
		MeasureEngagement(reader->card, PackedViewOf(PG_GETARG_DATUM(2)), as_of, reader->measures);
	return reader->measures;
}

/* A row of the result's type; the reader keeps that. */
static Datum
ScoreRowDatum(FunctionCallInfo fcinfo, CardReader *reader, RowBuilder *row)
{
	if (reader->row == NULL)
		reader->row = ResultRowType(fcinfo);
	return RowOfType(reader->row, row);
}

/* ---- the score ---- */

/*
 * lead_score(card, attributes jsonb, e engagement_state, as_of): NULL attributes are
 * {}, a NULL state has no events. Errors are a NULL card or as_of, a state of other
 * rules, and a moment before its last event.
 */
Datum
lead_score(PG_FUNCTION_ARGS)
{
	CardReader *reader = CardReaderFor(fcinfo, 0);
	const KeyMeasure *measures = MeasuresOfArguments(fcinfo, reader);
	RowBuilder	row;

	row.num_columns = 0;
	AddScoreColumns(&row, reader->card,
					ScoreOf(reader->card, FitOf(reader->card, AttributesOfArgument(fcinfo)),
							EngagementOf(reader->card, measures)));
	return ScoreRowDatum(fcinfo, reader, &row);
}

/* as_of timestamp or date: always an error, so that it is not cast through TimeZone. */
Datum
as_of_trap(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("as_of must be a timestamptz"),
			 errhint("Say in which zone the time is: as_of AT TIME ZONE 'Europe/Berlin'.")));
	PG_RETURN_NULL();
}

/* ---- its explanation ---- */

/* A part of a score. */
typedef struct Contribution
{
	const char *component;
	const char *group;			/* NULL: of no group */
	const char *rule;
	bool		is_limit;
	bool		has_events;		/* of engagement */
	uint64		events;
	double		raw_points;
	double		decay_factor;	/* what is left of the events, on average */
	double		points;
} Contribution;

typedef struct Contributions
{
	int			num_items;
	int			max_items;
	Contribution *items;
} Contributions;

static Contribution *
NewContribution(Contributions *list, const char *component, const char *group, const char *rule)
{
	Contribution *item;

	if (list->num_items == list->max_items)
	{
		list->max_items = list->max_items == 0 ? 16 : list->max_items * 2;
		list->items = list->items == NULL
			? (Contribution *) palloc(sizeof(Contribution) * list->max_items)
			: (Contribution *) repalloc(list->items, sizeof(Contribution) * list->max_items);
	}
	item = &list->items[list->num_items++];
	memset(item, 0, sizeof(*item));
	item->component = component;
	item->group = group;
	item->rule = rule;
	item->decay_factor = NAN;
	return item;
}

/* What a limit takes away or adds, so that the parts sum up. Returns the clamped points. */
static double
AddClamp(Contributions *list, const char *component, const char *group, double points, double min,
		 double max)
{
	double		clamped = Clamp(points, min, max);

	if (clamped != points)
	{
		Contribution *item = NewContribution(list, component, group,
											 clamped > points ? "(min)" : "(max)");

		item->is_limit = true;
		item->raw_points = item->points = clamped - points;
	}
	return clamped;
}

static double
ExplainFit(Contributions *list, const Scorecard *card, JsonbContainer *attributes)
{
	double		total = 0;

	for (int i = 0; i < card->fit.num_groups; i++)
	{
		const CardGroup *group = &card->fit.groups[i];
		double		points = 0;

		for (int j = 0; j < group->num_rules; j++)
			if (ConditionHolds(&group->rules[j].condition, attributes))
			{
				Contribution *item = NewContribution(list, "fit", group->name, group->rules[j].name);

				item->raw_points = item->points = group->rules[j].points;
				points += item->points;
			}
		total += AddClamp(list, "fit", group->name, points, group->min, group->max);
	}
	return total;
}

static double
ExplainEngagement(Contributions *list, const Scorecard *card, const KeyMeasure *measures)
{
	double		total = 0;

	for (int i = 0; i < card->engagement.num_groups; i++)
	{
		const CardGroup *group = &card->engagement.groups[i];

		for (int j = 0; j < group->num_rules; j++)
		{
			const CardRule *rule = &group->rules[j];
			const KeyMeasure *measure = &measures[rule->key];
			Contribution *item;

			if (measure->events == 0)
				continue;
			item = NewContribution(list, "engagement", group->name, rule->name);
			item->has_events = true;
			item->events = measure->events;
			item->raw_points = (double) measure->events * rule->points;
			item->decay_factor = measure->factor / (double) measure->events;
			item->points = rule->points * measure->factor;
		}
		total += AddClamp(list, "engagement", group->name, GroupPoints(group, measures), group->min,
						  group->max);
	}
	return total;
}

/* The parts of the score of the arguments of lead_score(). */
static Contributions
ExplainArguments(FunctionCallInfo fcinfo, CardReader *reader)
{
	const KeyMeasure *measures = MeasuresOfArguments(fcinfo, reader);
	Contributions list = {0, 0, NULL};
	double		total;

	total = ExplainFit(&list, reader->card, AttributesOfArgument(fcinfo));
	total += ExplainEngagement(&list, reader->card, measures);
	AddClamp(&list, "limits", NULL, total, reader->card->min, reader->card->max);
	return list;
}

/*
 * explain_lead_score(card, attributes, e, as_of): the rules that contribute, then what
 * limits take away or add; points sum to the score.
 */
Datum
explain_lead_score(PG_FUNCTION_ARGS)
{
	CardReader *reader = CardReaderFor(fcinfo, 0);
	Contributions list = ExplainArguments(fcinfo, reader);
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row;

	row.num_columns = 0;
	for (int i = 0; i < list.num_items; i++)
	{
		const Contribution *item = &list.items[i];

		AddColumn(&row, CStringGetTextDatum(item->component));
		if (item->group == NULL)
			AddNullColumn(&row);
		else
			AddColumn(&row, CStringGetTextDatum(item->group));
		AddColumn(&row, CStringGetTextDatum(item->rule));
		if (item->has_events)
			AddColumn(&row, Int64GetDatum((int64) item->events));
		else
			AddNullColumn(&row);
		AddDoubleColumn(&row, item->raw_points);
		AddDoubleColumn(&row, item->decay_factor);
		AddDoubleColumn(&row, item->points);
		EmitRow(result, &row);
	}
	PG_RETURN_NULL();
}

/* ---- reasons ---- */

/* Points are told to one digit: less than this would be told as 0, which is no reason. */
#define LEAST_TOLD 0.05

/* The largest first; in the order of the card where they are alike. */
static int
CompareContributions(const void *a, const void *b)
{
	const Contribution *x = *(const Contribution *const *) a;
	const Contribution *y = *(const Contribution *const *) b;

	if (fabs(x->points) != fabs(y->points))
		return fabs(x->points) > fabs(y->points) ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* +36.2 demo request (2 events) */
static void
AppendReason(StringInfo text, const Contribution *item)
{
	char	   *points = psprintf("%+.1f", item->points);
	size_t		length = strlen(points);

	if (strcmp(points + length - 2, ".0") == 0)
		points[length - 2] = '\0';
	appendStringInfo(text, "%s%s %s", text->len == 0 ? "" : ", ", points, item->rule);
	if (item->has_events)
		appendStringInfo(text, " (" UINT64_FORMAT " event%s)", item->events,
						 item->events == 1 ? "" : "s");
}

/*
 * lead_reasons(card, attributes, e, as_of, n): the n rules that contribute most, up or
 * down, in words, by at least LEAST_TOLD; NULL if none does.
 */
Datum
lead_reasons(PG_FUNCTION_ARGS)
{
	CardReader *reader = CardReaderFor(fcinfo, 0);
	Contributions list = ExplainArguments(fcinfo, reader);
	const Contribution **order = (const Contribution **) palloc(sizeof(Contribution *) * (list.num_items + 1));
	int			num_rules = 0;
	StringInfoData text;

	if (PG_ARGISNULL(4) || PG_GETARG_INT32(4) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("n must be at least 1, not %s",
						PG_ARGISNULL(4) ? "NULL" : psprintf("%d", PG_GETARG_INT32(4)))));
	for (int i = 0; i < list.num_items; i++)
		if (!list.items[i].is_limit && fabs(list.items[i].points) >= LEAST_TOLD)
			order[num_rules++] = &list.items[i];
	if (num_rules == 0)
		PG_RETURN_NULL();
	qsort(order, num_rules, sizeof(*order), CompareContributions);
	initStringInfo(&text);
	for (int i = 0; i < Min(num_rules, PG_GETARG_INT32(4)); i++)
		AppendReason(&text, order[i]);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
}
