/*
 * scorecard_rules.c
 *	  A scorecard taken apart, once per query.
 *
 * The document has been checked: what must be there is there.
 */
#include "scorecard.h"

#include <math.h>

#include "common/int.h"
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
			if (unit > 0 && pg_mul_s64_overflow(number, unit, &part))
				part = PG_INT64_MAX;
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

JsonbValue *
CardMember(JsonbContainer *object, const char *name)
{
	JsonbValue	key;

	key.type = jbvString;
	key.val.string.val = unconstify(char *, name);
	key.val.string.len = (int) strlen(name);
	return findJsonbValueFromContainer(object, JB_FOBJECT, &key);
}

/* A member that is an object or an array; NULL if there is none. */
JsonbContainer *
CardContainer(JsonbContainer *object, const char *name)
{
	JsonbValue *value = CardMember(object, name);

	return value == NULL ? NULL : value->val.binary.data;
}

char *
CardString(JsonbContainer *object, const char *name)
{
	JsonbValue *value = CardMember(object, name);

	return value == NULL ? NULL : pnstrdup(value->val.string.val, value->val.string.len);
}

/* A member that is a number; otherwise if there is none, or null. */
static double
CardNumber(JsonbContainer *object, const char *name, double otherwise)
{
	JsonbValue *value = CardMember(object, name);

	if (value == NULL || value->type != jbvNumeric)
		return otherwise;
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(value->val.numeric)));
}

JsonbContainer *
CardItem(JsonbContainer *array, int index)
{
	return getIthJsonbValueFromContainer(array, (uint32) index)->val.binary.data;
}

/* The number of items; none if there is no array. */
int
NumCardItems(JsonbContainer *array)
{
	return array == NULL ? 0 : (int) JsonContainerSize(array);
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
	char	   *decay = CardString(rule, "decay");
	const char *problem;

	key.max_count = (int32) CardNumber(rule, "max_count", 0);
	if (decay == NULL || strcmp(decay, "none") == 0)
		return key;
	key.decay = decay[0] == 'h' ? DECAY_HALF_LIFE : decay[0] == 'l' ? DECAY_LINEAR : DECAY_EXPIRE;
	key.period = ParseCardPeriod(CardString(rule, "period"), &problem);
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
	rule->name = CardString(object, "rule");
	rule->points = CardNumber(object, "points", 0);
	rule->event = CardString(object, "event");
	rule->key = -1;
	if (rule->event == NULL)
		CompileCondition(&rule->condition, CardContainer(object, "when"));
}

static void
CompileGroup(CardGroup *group, JsonbContainer *object)
{
	JsonbContainer *rules = CardContainer(object, "rules");

	group->name = CardString(object, "group");
	group->min = CardNumber(object, "min", -INFINITY);
	group->max = CardNumber(object, "max", INFINITY);
	group->num_rules = NumCardItems(rules);
	group->rules = (CardRule *) palloc0(sizeof(CardRule) * group->num_rules);
	for (int i = 0; i < group->num_rules; i++)
		CompileRule(&group->rules[i], CardItem(rules, i));
}

static void
CompileGrades(CardComponent *component, JsonbContainer *grades)
{
	component->num_grades = NumCardItems(grades);
	component->grades = (CardGrade *) palloc(sizeof(CardGrade) * Max(component->num_grades, 1));
	for (int i = 0; i < component->num_grades; i++)
	{
		component->grades[i].name = CardString(CardItem(grades, i), "grade");
		component->grades[i].length = (int) strlen(component->grades[i].name);
		component->grades[i].at_least = CardNumber(CardItem(grades, i), "at_least", -INFINITY);
	}
}

static void
CompileComponent(CardComponent *component, JsonbContainer *document, const char *name)
{
	JsonbContainer *groups = CardContainer(document, name);
	JsonbContainer *grades = CardContainer(document, "grades");
	JsonbContainer *qualified = CardContainer(document, "qualified");

	component->num_groups = NumCardItems(groups);
	component->groups = (CardGroup *) palloc0(sizeof(CardGroup) * Max(component->num_groups, 1));
	for (int i = 0; i < component->num_groups; i++)
		CompileGroup(&component->groups[i], CardItem(groups, i));
	CompileGrades(component, grades == NULL ? NULL : CardContainer(grades, name));
	component->qualified = qualified == NULL ? NAN
		: CardNumber(qualified, psprintf("%s_at_least", name), NAN);
}

/* The number of rules of a component; 1 at least, for memory. */
static size_t
NumRules(const CardComponent *component)
{
	size_t		num_rules = 0;

	for (int i = 0; i < component->num_groups; i++)
		num_rules += (size_t) component->groups[i].num_rules;
	return Max(num_rules, 1);
}

static void
CompileKeys(Scorecard *card, JsonbContainer *groups)
{
	RuleKey    *keys = (RuleKey *) palloc(sizeof(RuleKey) * NumRules(&card->engagement));
	int			num_rules = 0;

	for (int i = 0; i < card->engagement.num_groups; i++)
	{
		CardGroup  *group = &card->engagement.groups[i];
		JsonbContainer *rules = CardContainer(CardItem(groups, i), "rules");

		for (int j = 0; j < group->num_rules; j++, num_rules++)
		{
			keys[num_rules].event = group->rules[j].event;
			keys[num_rules].rule = &group->rules[j];
			keys[num_rules].key = KeyOfRule(CardItem(rules, j));
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
	JsonbContainer *limits = CardContainer(root, "limits");

	CompileComponent(&card->fit, root, "fit");
	CompileComponent(&card->engagement, root, "engagement");
	card->min = limits == NULL ? -INFINITY : CardNumber(limits, "min", -INFINITY);
	card->max = limits == NULL ? INFINITY : CardNumber(limits, "max", INFINITY);
	card->has_qualified = CardContainer(root, "qualified") != NULL;
	CompileKeys(card, CardContainer(root, "engagement"));
	IndexEvents(card);
	return card;
}
