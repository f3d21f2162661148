/*
 * scorecard_rules.c
 *	  A scorecard taken apart, once per query; conditions on attributes.
 *
 * The document has been checked: what must be there is there.
 */
#include "scorecard.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* ---- periods ---- */

typedef struct PeriodUnitName
{
	const char *name;
	int64		microseconds;
} PeriodUnitName;

#define SECOND INT64CONST(1000000)

static const PeriodUnitName period_units[] = {
	{"week", 7 * 86400 * SECOND}, {"day", 86400 * SECOND}, {"hour", 3600 * SECOND},
	{"minute", 60 * SECOND}, {"min", 60 * SECOND}, {"second", SECOND}, {"sec", SECOND}
};

/* The unit named by the letters at *p, which may be plural; 0 if there is none. */
static int64
TakeUnit(const char **p)
{
	int			length = 0;

	while (((*p)[length] >= 'a' && (*p)[length] <= 'z'))
		length++;
	for (int i = 0; i < (int) lengthof(period_units); i++)
	{
		int			unit_length = (int) strlen(period_units[i].name);

		if (strncmp(*p, period_units[i].name, unit_length) == 0 &&
			(length == unit_length || (length == unit_length + 1 && (*p)[unit_length] == 's')))
		{
			*p += length;
			return period_units[i].microseconds;
		}
	}
	return 0;
}

/* The digits at *p as a number; -1 if there are none, or more than nine. */
static int64
TakeNumber(const char **p)
{
	int64		number = 0;
	int			digits = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++, digits++)
		if (digits < 9)
			number = number * 10 + (**p - '0');
	return digits == 0 || digits > 9 ? -1 : number;
}

/* .5 of a second at *p, as microseconds; -1 if that is not what is there. */
static int64
TakeFraction(const char **p)
{
	int64		fraction = 0;
	int			digits = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++, digits++)
		if (digits < 6)
			fraction = fraction * 10 + (**p - '0');
	if (digits == 0 || digits > 6)
		return -1;
	for (; digits < 6; digits++)
		fraction *= 10;
	return fraction;
}

/* The rest of 12:30:00 behind its hours, as microseconds; -1 if that is not what is there. */
static int64
TakeClock(const char **p, int64 hours)
{
	int64		minutes;
	int64		seconds = 0;
	int64		fraction = 0;

	(*p)++;
	minutes = TakeNumber(p);
	if (**p == ':')
	{
		(*p)++;
		seconds = TakeNumber(p);
		if (**p == '.')
		{
			(*p)++;
			fraction = TakeFraction(p);
		}
	}
	if (minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59 || fraction < 0)
		return -1;
	return ((hours * 60 + minutes) * 60 + seconds) * SECOND + fraction;
}

static const char *
SkipBlanks(const char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

/*
 * A period such as "30 days" or "1 day 12:00:00", in microseconds; a day has 24 hours.
 * The server's own input of intervals depends on IntervalStyle. *problem says what is
 * wrong, and is left alone where nothing is.
 */
int64
ParseCardPeriod(const char *text, const char **problem)
{
	int64		period = 0;
	const char *p = SkipBlanks(text);

	*problem = NULL;
	if (*p == '\0')
		*problem = "must be such as 30 days or 12 hours";
	while (*p != '\0' && *problem == NULL)
	{
		int64		number = TakeNumber(&p);
		int64		part = -1;

		if (number >= 0 && *p == ':')
			part = TakeClock(&p, number);
		else if (number >= 0)
		{
			int64		unit;

			p = SkipBlanks(p);
			if (strncmp(p, "mon", 3) == 0 || *p == 'y')
				*problem = "must be in weeks, days, hours, minutes and seconds, because months and years differ in length";
			unit = TakeUnit(&p);
			/* the longest unit times the largest number fits */
			part = unit == 0 ? -1 : number * unit;
		}
		p = SkipBlanks(p);
		if (*problem != NULL)
			break;
		if (part < 0)
			*problem = "must be such as 30 days or 12 hours";
		else if (part > MAX_ENGAGEMENT_PERIOD || (period += part) > MAX_ENGAGEMENT_PERIOD)
			*problem = "must not be longer than 365250 days";
	}
	if (*problem == NULL && period == 0)
		*problem = "must be longer than nothing";
	return period;
}

/* ---- the document's values ---- */

static JsonbValue *
Member(JsonbContainer *object, const char *name)
{
	JsonbValue	key;

	key.type = jbvString;
	key.val.string.val = unconstify(char *, name);
	key.val.string.len = (int) strlen(name);
	return findJsonbValueFromContainer(object, JB_FOBJECT, &key);
}

/* A member that is an object or an array; NULL if there is none. */
static JsonbContainer *
MemberContainer(JsonbContainer *object, const char *name)
{
	JsonbValue *value = Member(object, name);

	return value == NULL ? NULL : value->val.binary.data;
}

static char *
MemberString(JsonbContainer *object, const char *name)
{
	JsonbValue *value = Member(object, name);

	return value == NULL ? NULL : pnstrdup(value->val.string.val, value->val.string.len);
}

/* A member that is a number; otherwise if there is none, or null. */
static double
MemberNumber(JsonbContainer *object, const char *name, double otherwise)
{
	JsonbValue *value = Member(object, name);

	if (value == NULL || value->type != jbvNumeric)
		return otherwise;
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(value->val.numeric)));
}

static JsonbContainer *
Item(JsonbContainer *array, int index)
{
	return getIthJsonbValueFromContainer(array, (uint32) index)->val.binary.data;
}

/* The number of items; none if there is no array. */
static int
NumItems(JsonbContainer *array)
{
	return array == NULL ? 0 : (int) JsonContainerSize(array);
}

/* ---- conditions taken apart ---- */

/* The names between the dots of an attribute's path. */
static void
CompilePath(Condition *condition, char *path)
{
	condition->steps = (JsonbValue *) palloc(sizeof(JsonbValue) * (strlen(path) / 2 + 1));
	for (char *step = path; step != NULL;)
	{
		char	   *dot = strchr(step, '.');
		JsonbValue *key = &condition->steps[condition->num_steps++];

		key->type = jbvString;
		key->val.string.val = step;
		key->val.string.len = (int) (dot == NULL ? strlen(step) : (size_t) (dot - step));
		step = dot == NULL ? NULL : dot + 1;
	}
}

static void
CompileValues(Condition *condition, JsonbValue *value)
{
	bool		is_list = value != NULL && value->type == jbvBinary;

	if (value == NULL)
		return;
	condition->num_values = is_list ? NumItems(value->val.binary.data) : 1;
	condition->values = (JsonbValue *) palloc(sizeof(JsonbValue) * condition->num_values);
	for (int i = 0; i < condition->num_values; i++)
		condition->values[i] = is_list ? *getIthJsonbValueFromContainer(value->val.binary.data, (uint32) i)
			: *value;
}

static void
CompileTest(Condition *condition, JsonbContainer *object)
{
	char	   *op = MemberString(object, "op");

	condition->kind = CONDITION_TEST;
	while (strcmp(op, test_op_names[condition->op]) != 0)
		condition->op++;
	CompilePath(condition, MemberString(object, "attribute"));
	CompileValues(condition, Member(object, "value"));
}

static void
CompileCondition(Condition *condition, JsonbContainer *object)
{
	JsonbContainer *parts = MemberContainer(object, "not");

	check_stack_depth();
	memset(condition, 0, sizeof(*condition));
	if (parts != NULL)
	{
		condition->kind = CONDITION_NOT;
		condition->num_parts = 1;
		condition->parts = (Condition *) palloc(sizeof(Condition));
		CompileCondition(condition->parts, parts);
		return;
	}
	condition->kind = CONDITION_ALL;
	parts = MemberContainer(object, "all");
	if (parts == NULL)
	{
		condition->kind = CONDITION_ANY;
		parts = MemberContainer(object, "any");
	}
	if (parts == NULL)
	{
		CompileTest(condition, object);
		return;
	}
	condition->num_parts = NumItems(parts);
	condition->parts = (Condition *) palloc(sizeof(Condition) * condition->num_parts);
	for (int i = 0; i < condition->num_parts; i++)
		CompileCondition(&condition->parts[i], Item(parts, i));
}

/* ---- conditions on attributes ---- */

/* The attribute that a test looks at, in *value; false if it is missing or null. */
static bool
FindAttribute(const Condition *test, JsonbContainer *attributes, JsonbValue *value)
{
	value->type = jbvNull;
	for (int i = 0; i < test->num_steps; i++)
	{
		const JsonbValue *step = &test->steps[i];

		if (attributes == NULL || !JsonContainerIsObject(attributes) ||
			getKeyJsonValueFromContainer(attributes, step->val.string.val, step->val.string.len,
										 value) == NULL)
			return false;
		attributes = value->type == jbvBinary ? value->val.binary.data : NULL;
	}
	return value->type != jbvNull;
}

/*
 * -1, 0, 1 by the order of two values of one type, numbers by size and strings by their
 * bytes, so that no collation has a say; false if they are of different types, or of one
 * that has no order.
 */
static bool
CompareValues(const JsonbValue *a, const JsonbValue *b, int *order)
{
	if (a->type != b->type)
		return false;
	if (a->type == jbvNumeric)
	{
		*order = DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a->val.numeric),
												   NumericGetDatum(b->val.numeric)));
		return true;
	}
	if (a->type == jbvString)
	{
		int			length = Min(a->val.string.len, b->val.string.len);

		*order = memcmp(a->val.string.val, b->val.string.val, length);
		if (*order == 0)
			*order = a->val.string.len - b->val.string.len;
		return true;
	}
	return false;
}

static bool
IsEqualValue(const JsonbValue *a, const JsonbValue *b)
{
	int			order;

	if (a->type == jbvBool && b->type == jbvBool)
		return a->val.boolean == b->val.boolean;
	if (a->type == jbvString && b->type == jbvString && a->val.string.len != b->val.string.len)
		return false;
	return CompareValues(a, b, &order) && order == 0;
}

static bool
IsAnyValue(const Condition *test, const JsonbValue *value)
{
	for (int i = 0; i < test->num_values; i++)
		if (IsEqualValue(value, &test->values[i]))
			return true;
	return false;
}

static bool
MatchesPattern(const JsonbValue *value, const JsonbValue *pattern)
{
	Datum		text;

	if (value->type != jbvString)
		return false;
	text = PointerGetDatum(cstring_to_text_with_len(value->val.string.val, value->val.string.len));
	return DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID, text,
												PointerGetDatum(cstring_to_text_with_len(pattern->val.string.val,
																						 pattern->val.string.len))));
}

/* Whether an array has an element, or a string has a string within it. */
static bool
ContainsValue(const JsonbValue *value, const JsonbValue *part)
{
	if (value->type == jbvString && part->type == jbvString)
	{
		for (int i = 0; i + part->val.string.len <= value->val.string.len; i++)
			if (memcmp(value->val.string.val + i, part->val.string.val, part->val.string.len) == 0)
				return true;
		return false;
	}
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		return false;
	for (int i = 0; i < NumItems(value->val.binary.data); i++)
		if (IsEqualValue(getIthJsonbValueFromContainer(value->val.binary.data, (uint32) i), part))
			return true;
	return false;
}

static bool
TestHolds(const Condition *test, JsonbContainer *attributes)
{
	JsonbValue	value;
	int			order;

	if (!FindAttribute(test, attributes, &value))
		return test->op == OP_NE || test->op == OP_NOT_IN || test->op == OP_IS_NULL;
	switch (test->op)
	{
		case OP_EQ:
		case OP_IN:
			return IsAnyValue(test, &value);
		case OP_NE:
		case OP_NOT_IN:
			return !IsAnyValue(test, &value);
		case OP_LT:
			return CompareValues(&value, &test->values[0], &order) && order < 0;
		case OP_LE:
			return CompareValues(&value, &test->values[0], &order) && order <= 0;
		case OP_GT:
			return CompareValues(&value, &test->values[0], &order) && order > 0;
		case OP_GE:
			return CompareValues(&value, &test->values[0], &order) && order >= 0;
		case OP_BETWEEN:
			return CompareValues(&value, &test->values[0], &order) && order >= 0 &&
				CompareValues(&value, &test->values[1], &order) && order <= 0;
		case OP_LIKE:
			return MatchesPattern(&value, &test->values[0]);
		case OP_CONTAINS:
			return ContainsValue(&value, &test->values[0]);
		case OP_IS_NULL:
			return false;
		case OP_IS_NOT_NULL:
			return true;
	}
	return false;
}

/* Whether a condition holds for attributes; NULL are none. */
bool
ConditionHolds(const Condition *condition, JsonbContainer *attributes)
{
	switch (condition->kind)
	{
		case CONDITION_TEST:
			return TestHolds(condition, attributes);
		case CONDITION_NOT:
			return !ConditionHolds(condition->parts, attributes);
		case CONDITION_ALL:
			for (int i = 0; i < condition->num_parts; i++)
				if (!ConditionHolds(&condition->parts[i], attributes))
					return false;
			return true;
		case CONDITION_ANY:
			for (int i = 0; i < condition->num_parts; i++)
				if (ConditionHolds(&condition->parts[i], attributes))
					return true;
	}
	return false;
}

/* ---- keys ---- */

/* A key while the card is taken apart: with its event, and the rule that asks for it. */
typedef struct RuleKey
{
	const char *event;
	EngagementKey key;
	CardRule   *rule;
} RuleKey;

/* The order of keys in a state: it must not depend on that of the rules. */
static int
CompareKeys(const void *a, const void *b)
{
	const RuleKey *x = (const RuleKey *) a;
	const RuleKey *y = (const RuleKey *) b;
	int			order = strcmp(x->event, y->event);

	if (order == 0)
		order = (int) x->key.decay - (int) y->key.decay;
	if (order == 0)
		order = x->key.period < y->key.period ? -1 : x->key.period > y->key.period;
	if (order == 0)
		order = x->key.max_count - y->key.max_count;
	return order;
}

static EngagementKey
KeyOfRule(JsonbContainer *rule)
{
	EngagementKey key = {DECAY_NONE, 0, 0};
	char	   *decay = MemberString(rule, "decay");
	const char *problem;

	key.max_count = (int32) MemberNumber(rule, "max_count", 0);
	if (decay == NULL || strcmp(decay, "none") == 0)
		return key;
	key.decay = decay[0] == 'h' ? DECAY_HALF_LIFE : decay[0] == 'l' ? DECAY_LINEAR : DECAY_EXPIRE;
	key.period = ParseCardPeriod(MemberString(rule, "period"), &problem);
	return key;
}

/* Append bytes to a hash: FNV-1a. It is stored, so no function of the server makes it. */
static uint64
HashBytes(uint64 hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const uint8 *) bytes)[i]) * UINT64CONST(0x100000001b3);
	return hash;
}

/* A number for the keys of a card, by which a state knows them. */
static uint64
FingerprintOfKeys(const Scorecard *card)
{
	uint64		hash = HashBytes(UINT64CONST(0xcbf29ce484222325), card->table, card->table_size);

	for (int i = 0; i < card->num_keys; i++)
		hash = HashBytes(hash, card->key_events[i], strlen(card->key_events[i]) + 1);
	return hash;
}

/* The keys of all rules, each once, in their order; rules learn the number of theirs. */
static void
NumberKeys(Scorecard *card, RuleKey *keys, int num_rules)
{
	qsort(keys, num_rules, sizeof(RuleKey), CompareKeys);
	card->keys = (EngagementKey *) palloc(sizeof(EngagementKey) * Max(num_rules, 1));
	card->key_events = (char **) palloc(sizeof(char *) * Max(num_rules, 1));
	for (int i = 0; i < num_rules; i++)
	{
		if (i == 0 || CompareKeys(&keys[i - 1], &keys[i]) != 0)
		{
			card->keys[card->num_keys] = keys[i].key;
			card->key_events[card->num_keys++] = unconstify(char *, keys[i].event);
		}
		keys[i].rule->key = card->num_keys - 1;
	}
	card->table_size = EngagementTableSize(card->keys, card->num_keys);
	card->table = (uint8 *) palloc(card->table_size);
	EngagementWriteTable(card->keys, card->num_keys, card->table);
	card->fingerprint = FingerprintOfKeys(card);
}

/* The names of events with their keys, which stand side by side, to be found by hash. */
static void
IndexEvents(Scorecard *card)
{
	uint32		num_slots = 8;

	while (num_slots < (uint32) card->num_keys * 4)
		num_slots *= 2;
	card->hash_mask = num_slots - 1;
	card->hash_slots = (int *) palloc(sizeof(int) * num_slots);
	memset(card->hash_slots, -1, sizeof(int) * num_slots);
	card->events = (CardEvent *) palloc0(sizeof(CardEvent) * Max(card->num_keys, 1));
	for (int i = 0; i < card->num_keys; i++)
	{
		CardEvent  *event = &card->events[card->num_events];
		int		   *slot;

		if (i > 0 && strcmp(card->key_events[i], card->key_events[i - 1]) == 0)
		{
			event--;
			event->keys[event->num_keys++] = i;
			continue;
		}
		event->bytes = card->key_events[i];
		event->length = (uint32) strlen(event->bytes);
		event->start = StartOfName(event->bytes, event->length);
		event->keys = (int *) palloc(sizeof(int) * (card->num_keys - i));
		event->keys[event->num_keys++] = i;
		slot = &card->hash_slots[HashOfName(event->start, event->length) & card->hash_mask];
		event->next = *slot;
		*slot = card->num_events++;
	}
}

/* ---- components ---- */

static void
CompileRule(CardRule *rule, JsonbContainer *object)
{
	rule->name = MemberString(object, "rule");
	rule->points = MemberNumber(object, "points", 0);
	rule->event = MemberString(object, "event");
	rule->key = -1;
	if (rule->event == NULL)
		CompileCondition(&rule->condition, MemberContainer(object, "when"));
}

static void
CompileGroup(CardGroup *group, JsonbContainer *object)
{
	JsonbContainer *rules = MemberContainer(object, "rules");

	group->name = MemberString(object, "group");
	group->min = MemberNumber(object, "min", -INFINITY);
	group->max = MemberNumber(object, "max", INFINITY);
	group->num_rules = NumItems(rules);
	group->rules = (CardRule *) palloc0(sizeof(CardRule) * group->num_rules);
	for (int i = 0; i < group->num_rules; i++)
		CompileRule(&group->rules[i], Item(rules, i));
}

static void
CompileGrades(CardComponent *component, JsonbContainer *grades)
{
	component->num_grades = NumItems(grades);
	component->grades = (CardGrade *) palloc(sizeof(CardGrade) * Max(component->num_grades, 1));
	for (int i = 0; i < component->num_grades; i++)
	{
		component->grades[i].name = MemberString(Item(grades, i), "grade");
		component->grades[i].text = CStringGetTextDatum(component->grades[i].name);
		component->grades[i].at_least = MemberNumber(Item(grades, i), "at_least", -INFINITY);
	}
}

static void
CompileComponent(CardComponent *component, JsonbContainer *document, const char *name)
{
	JsonbContainer *groups = MemberContainer(document, name);
	JsonbContainer *grades = MemberContainer(document, "grades");
	JsonbContainer *qualified = MemberContainer(document, "qualified");

	component->num_groups = NumItems(groups);
	component->groups = (CardGroup *) palloc0(sizeof(CardGroup) * Max(component->num_groups, 1));
	for (int i = 0; i < component->num_groups; i++)
		CompileGroup(&component->groups[i], Item(groups, i));
	CompileGrades(component, grades == NULL ? NULL : MemberContainer(grades, name));
	component->qualified = qualified == NULL ? NAN
		: MemberNumber(qualified, psprintf("%s_at_least", name), NAN);
}

static void
CompileLabels(Scorecard *card)
{
	int			num_columns = card->engagement.num_grades;

	card->labels = (Datum *) palloc(sizeof(Datum) * Max(card->fit.num_grades * num_columns, 1));
	for (int i = 0; i < card->fit.num_grades; i++)
		for (int j = 0; j < num_columns; j++)
			card->labels[i * num_columns + j] =
				CStringGetTextDatum(psprintf("%s%s", card->fit.grades[i].name,
											 card->engagement.grades[j].name));
}

static void
CompileKeys(Scorecard *card, JsonbContainer *groups)
{
	RuleKey    *keys = (RuleKey *) palloc(sizeof(RuleKey) * MAX_CARD_RULES);
	int			num_rules = 0;

	for (int i = 0; i < card->engagement.num_groups; i++)
	{
		CardGroup  *group = &card->engagement.groups[i];
		JsonbContainer *rules = MemberContainer(Item(groups, i), "rules");

		for (int j = 0; j < group->num_rules; j++, num_rules++)
		{
			keys[num_rules].event = group->rules[j].event;
			keys[num_rules].rule = &group->rules[j];
			keys[num_rules].key = KeyOfRule(Item(rules, j));
		}
	}
	NumberKeys(card, keys, num_rules);
	pfree(keys);
}

/* A checked document taken apart. It points into the document. */
Scorecard *
CompileCard(Jsonb *document)
{
	Scorecard  *card = (Scorecard *) palloc0(sizeof(Scorecard));
	JsonbContainer *root = &document->root;
	JsonbContainer *limits = MemberContainer(root, "limits");

	CompileComponent(&card->fit, root, "fit");
	CompileComponent(&card->engagement, root, "engagement");
	card->min = limits == NULL ? -INFINITY : MemberNumber(limits, "min", -INFINITY);
	card->max = limits == NULL ? INFINITY : MemberNumber(limits, "max", INFINITY);
	CompileLabels(card);
	card->has_qualified = MemberContainer(root, "qualified") != NULL;
	CompileKeys(card, MemberContainer(root, "engagement"));
	IndexEvents(card);
	return card;
}
