/*
 * scorecard_check.c
 *	  What is wrong with a scorecard's document, and its canonical text.
 *
 * Both come from one walk along the schema: whatever a document has is checked and, in
 * the order of the schema, written. The text counts only where nothing is wrong. The
 * same schema is written down in doc/scorecard.schema.json.
 */
#include "scorecard.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/numeric.h"

#define MAX_NAME_LENGTH 255

typedef struct Checker
{
	StringInfo	out;			/* the canonical text */
	StringInfoData path;		/* of the value that is looked at */
	List	   *problems;
	int			num_rules;
} Checker;

typedef void (*CheckValue) (Checker *checker, JsonbValue *value);

/* A key that an object may have. */
typedef struct KeySpec
{
	const char *name;
	bool		is_required;
	CheckValue	check;
} KeySpec;

const char *const test_op_names[NUM_TEST_OPS] = {
	[OP_EQ] = "eq", [OP_NE] = "ne", [OP_IN] = "in", [OP_NOT_IN] = "not_in", [OP_LT] = "lt",
	[OP_LE] = "le", [OP_GT] = "gt", [OP_GE] = "ge", [OP_BETWEEN] = "between",
	[OP_LIKE] = "like", [OP_CONTAINS] = "contains", [OP_IS_NULL] = "is_null",
	[OP_IS_NOT_NULL] = "is_not_null"
};

static const char *const decay_names[] = {
	[DECAY_NONE] = "none", [DECAY_HALF_LIFE] = "half_life", [DECAY_LINEAR] = "linear",
	[DECAY_EXPIRE] = "expire"
};

static void CheckCondition(Checker *checker, JsonbValue *value);

/* ---- problems and their paths ---- */

static void AddProblem(Checker *checker, const char *format,...) pg_attribute_printf(2, 3);

static void
AddProblem(Checker *checker, const char *format,...)
{
	CardProblem *problem = (CardProblem *) palloc(sizeof(CardProblem));
	StringInfoData text;

	initStringInfo(&text);
	for (;;)
	{
		va_list		arguments;
		int			needed;

		va_start(arguments, format);
		needed = appendStringInfoVA(&text, format, arguments);
		va_end(arguments);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	problem->path = pstrdup(checker->path.data);
	problem->problem = text.data;
	checker->problems = lappend(checker->problems, problem);
}

/* Go down to a key; returns what LeavePath() needs to go up again. */
static int
EnterKey(Checker *checker, const char *key, int length)
{
	int			end = checker->path.len;
	bool		is_plain = length > 0 && !(key[0] >= '0' && key[0] <= '9');

	for (int i = 0; i < length; i++)
		is_plain &= (key[i] >= 'a' && key[i] <= 'z') || (key[i] >= 'A' && key[i] <= 'Z') ||
			(key[i] >= '0' && key[i] <= '9') || key[i] == '_';
	appendStringInfoChar(&checker->path, '.');
	if (is_plain)
		appendBinaryStringInfo(&checker->path, key, length);
	else
		escape_json(&checker->path, pnstrdup(key, length));
	return end;
}

static int
EnterItem(Checker *checker, int index)
{
	int			end = checker->path.len;

	appendStringInfo(&checker->path, "[%d]", index);
	return end;
}

static void
LeavePath(Checker *checker, int end)
{
	checker->path.len = end;
	checker->path.data[end] = '\0';
}

static const char *
KindOfValue(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "true or false";
		default:
			return JsonContainerIsObject(value->val.binary.data) ? "an object" : "an array";
	}
}

/* ---- objects and arrays ---- */

static JsonbContainer *
ObjectOf(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data)
		? value->val.binary.data : NULL;
}

static JsonbContainer *
ArrayOf(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data) &&
		!JsonContainerIsScalar(value->val.binary.data) ? value->val.binary.data : NULL;
}

static JsonbValue *
ValueOfKey(JsonbContainer *object, const char *name)
{
	JsonbValue	key;

	key.type = jbvString;
	key.val.string.val = unconstify(char *, name);
	key.val.string.len = (int) strlen(name);
	return findJsonbValueFromContainer(object, JB_FOBJECT, &key);
}

static bool
IsKeyOf(const JsonbValue *key, const KeySpec *specs, int num_specs)
{
	for (int i = 0; i < num_specs; i++)
		if ((int) strlen(specs[i].name) == key->val.string.len &&
			memcmp(specs[i].name, key->val.string.val, key->val.string.len) == 0)
			return true;
	return false;
}

/* "a", "b" and "c" */
static char *
NamesOfKeys(const KeySpec *specs, int num_specs)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < num_specs; i++)
		appendStringInfo(&names, "%s%s", i == 0 ? "" : i == num_specs - 1 ? " and " : ", ",
						 specs[i].name);
	return names.data;
}

static void
CheckUnknownKeys(Checker *checker, JsonbContainer *object, const KeySpec *specs, int num_specs)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		int			end;

		if (token != WJB_KEY || IsKeyOf(&value, specs, num_specs))
			continue;
		end = EnterKey(checker, value.val.string.val, value.val.string.len);
		AddProblem(checker, "is not known here; the keys are %s", NamesOfKeys(specs, num_specs));
		LeavePath(checker, end);
	}
}

/*
 * Check a value that must be an object with keys of specs, and write it. Returns the
 * object; NULL if it is none.
 */
static JsonbContainer *
CheckObject(Checker *checker, JsonbValue *value, const KeySpec *specs, int num_specs)
{
	JsonbContainer *object = ObjectOf(value);
	bool		is_first = true;

	if (object == NULL)
	{
		AddProblem(checker, "must be an object, not %s", KindOfValue(value));
		return NULL;
	}
	CheckUnknownKeys(checker, object, specs, num_specs);
	appendStringInfoChar(checker->out, '{');
	for (int i = 0; i < num_specs; i++)
	{
		JsonbValue *member = ValueOfKey(object, specs[i].name);
		int			end = EnterKey(checker, specs[i].name, (int) strlen(specs[i].name));

		if (member != NULL)
		{
			appendStringInfo(checker->out, "%s\"%s\": ", is_first ? "" : ", ", specs[i].name);
			specs[i].check(checker, member);
			is_first = false;
		}
		else if (specs[i].is_required)
			AddProblem(checker, "is missing");
		LeavePath(checker, end);
	}
	appendStringInfoChar(checker->out, '}');
	return object;
}

/* Check a value that must be an array with something in it, and write it. */
static JsonbContainer *
CheckArray(Checker *checker, JsonbValue *value, CheckValue check)
{
	JsonbContainer *array = ArrayOf(value);

	if (array == NULL)
	{
		AddProblem(checker, "must be an array, not %s", KindOfValue(value));
		return NULL;
	}
	if (JsonContainerSize(array) == 0)
		AddProblem(checker, "must not be empty");
	appendStringInfoChar(checker->out, '[');
	for (uint32 i = 0; i < JsonContainerSize(array); i++)
	{
		int			end = EnterItem(checker, (int) i);

		if (i > 0)
			appendStringInfoString(checker->out, ", ");
		check(checker, getIthJsonbValueFromContainer(array, i));
		LeavePath(checker, end);
	}
	appendStringInfoChar(checker->out, ']');
	return array;
}

/* ---- scalars ---- */

static char *
StringOf(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static double
NumberOf(const JsonbValue *value)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(value->val.numeric)));
}

static bool
IsString(const JsonbValue *value, const char *string)
{
	return value != NULL && value->type == jbvString &&
		value->val.string.len == (int) strlen(string) &&
		memcmp(value->val.string.val, string, value->val.string.len) == 0;
}

static void
WriteScalar(Checker *checker, const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			escape_json(checker->out, StringOf(value));
			break;
		case jbvNumeric:
			appendStringInfoString(checker->out, numeric_normalize(value->val.numeric));
			break;
		case jbvBool:
			appendStringInfoString(checker->out, value->val.boolean ? "true" : "false");
			break;
		default:
			appendStringInfoString(checker->out, "null");
	}
}

static bool
CheckIsString(Checker *checker, const JsonbValue *value)
{
	if (value->type == jbvString)
		return true;
	AddProblem(checker, "must be a string, not %s", KindOfValue(value));
	return false;
}

/* A name: a string that is not empty. */
static void
CheckName(Checker *checker, JsonbValue *value)
{
	if (!CheckIsString(checker, value))
		return;
	if (value->val.string.len == 0 || value->val.string.len > MAX_NAME_LENGTH)
		AddProblem(checker, "must have from 1 to %d bytes, not %d", MAX_NAME_LENGTH,
				   value->val.string.len);
	WriteScalar(checker, value);
}

static void
CheckPoints(Checker *checker, JsonbValue *value)
{
	double		points;

	if (value->type != jbvNumeric)
	{
		AddProblem(checker, "must be a number, not %s", KindOfValue(value));
		return;
	}
	points = NumberOf(value);
	if (points < -MAX_POINTS || points > MAX_POINTS)
		AddProblem(checker, "must be from %d to %d, not %g", -MAX_POINTS, MAX_POINTS, points);
	else
		WriteScalar(checker, value);
}

static void
CheckPointsOrNull(Checker *checker, JsonbValue *value)
{
	if (value->type == jbvNull)
		WriteScalar(checker, value);
	else
		CheckPoints(checker, value);
}

static void
CheckMaxCount(Checker *checker, JsonbValue *value)
{
	double		count;

	if (value->type != jbvNumeric)
	{
		AddProblem(checker, "must be a number, not %s", KindOfValue(value));
		return;
	}
	count = NumberOf(value);
	if (!(count >= 1 && count <= MAX_ENGAGEMENT_COUNT && count == floor(count)))
		AddProblem(checker, "must be a whole number from 1 to %d, not %g", MAX_ENGAGEMENT_COUNT,
				   count);
	else
		WriteScalar(checker, value);
}

static void
CheckDecay(Checker *checker, JsonbValue *value)
{
	if (!CheckIsString(checker, value))
		return;
	for (int i = 0; i < (int) lengthof(decay_names); i++)
		if (IsString(value, decay_names[i]))
		{
			WriteScalar(checker, value);
			return;
		}
	AddProblem(checker, "must be none, half_life, linear or expire, not \"%s\"", StringOf(value));
}

static void
CheckPeriod(Checker *checker, JsonbValue *value)
{
	const char *problem = NULL;

	if (!CheckIsString(checker, value))
		return;
	ParseCardPeriod(StringOf(value), &problem);
	if (problem != NULL)
		AddProblem(checker, "%s, not \"%s\"", problem, StringOf(value));
	WriteScalar(checker, value);
}

/* ---- conditions ---- */

static void
CheckAttribute(Checker *checker, JsonbValue *value)
{
	char	   *path;

	CheckName(checker, value);
	if (value->type != jbvString || value->val.string.len == 0)
		return;
	path = StringOf(value);
	if (path[0] == '.' || path[strlen(path) - 1] == '.' || strstr(path, "..") != NULL)
		AddProblem(checker, "must be names with a dot between them, not \"%s\"", path);
}

/* The operator with a name; NUM_TEST_OPS if there is none. */
static int
OpOf(const JsonbValue *value)
{
	int			op = 0;

	while (op < NUM_TEST_OPS && !IsString(value, test_op_names[op]))
		op++;
	return op;
}

static void
CheckOp(Checker *checker, JsonbValue *value)
{
	if (!CheckIsString(checker, value))
		return;
	if (OpOf(value) == NUM_TEST_OPS)
		AddProblem(checker, "must be eq, ne, in, not_in, lt, le, gt, ge, between, like, contains, is_null or is_not_null, not \"%s\"",
				   StringOf(value));
	WriteScalar(checker, value);
}

static void
CheckComparable(Checker *checker, JsonbValue *value)
{
	if (value->type == jbvNull || value->type == jbvBinary)
		AddProblem(checker, "must be a string, a number, true or false, not %s", KindOfValue(value));
	else
		WriteScalar(checker, value);
}

static void
CheckOrdered(Checker *checker, JsonbValue *value)
{
	if (value->type != jbvString && value->type != jbvNumeric)
		AddProblem(checker, "must be a string or a number, not %s", KindOfValue(value));
	else
		WriteScalar(checker, value);
}

static void
CheckPattern(Checker *checker, JsonbValue *value)
{
	int			escapes = 0;

	if (!CheckIsString(checker, value))
		return;
	for (int i = value->val.string.len; i > 0 && value->val.string.val[i - 1] == '\\'; i--)
		escapes++;
	if (escapes % 2 == 1)
		AddProblem(checker, "must not end with \\, which takes the character behind it as it is");
	WriteScalar(checker, value);
}

static void
CheckRange(Checker *checker, JsonbValue *value)
{
	JsonbContainer *array = CheckArray(checker, value, CheckOrdered);
	JsonbValue *low;
	JsonbValue *high;

	if (array == NULL)
		return;
	if (JsonContainerSize(array) != 2)
	{
		AddProblem(checker, "must have two values, not %d", (int) JsonContainerSize(array));
		return;
	}
	low = getIthJsonbValueFromContainer(array, 0);
	high = getIthJsonbValueFromContainer(array, 1);
	if (low->type != high->type)
		AddProblem(checker, "must have two numbers or two strings");
	else if (low->type == jbvNumeric &&
			 DatumGetBool(DirectFunctionCall2(numeric_gt, NumericGetDatum(low->val.numeric),
											  NumericGetDatum(high->val.numeric))))
		AddProblem(checker, "must have the lower value first");
}

static void
CheckComparables(Checker *checker, JsonbValue *value)
{
	CheckArray(checker, value, CheckComparable);
}

static void
CheckNoValue(Checker *checker, JsonbValue *value)
{
	(void) value;
	AddProblem(checker, "does not belong to is_null and is_not_null");
}

/* The operator decides what the value may be. */
static CheckValue
CheckOfOp(int op)
{
	switch (op)
	{
		case OP_IN:
		case OP_NOT_IN:
			return CheckComparables;
		case OP_LT:
		case OP_LE:
		case OP_GT:
		case OP_GE:
			return CheckOrdered;
		case OP_BETWEEN:
			return CheckRange;
		case OP_LIKE:
			return CheckPattern;
		case OP_IS_NULL:
		case OP_IS_NOT_NULL:
			return CheckNoValue;
		default:
			return CheckComparable;
	}
}

static void
CheckTest(Checker *checker, JsonbValue *value)
{
	JsonbValue *op_value = ValueOfKey(ObjectOf(value), "op");
	int			op = op_value == NULL ? NUM_TEST_OPS : OpOf(op_value);
	KeySpec		specs[] = {
		{"attribute", true, CheckAttribute},
		{"op", true, CheckOp},
		{"value", op < OP_IS_NULL, CheckOfOp(op)}
	};

	CheckObject(checker, value, specs, lengthof(specs));
}

static void
CheckConditions(Checker *checker, JsonbValue *value)
{
	CheckArray(checker, value, CheckCondition);
}

/* A test, or one of all, any and not. */
static void
CheckCondition(Checker *checker, JsonbValue *value)
{
	static const KeySpec nests[] = {
		{"all", true, CheckConditions}, {"any", true, CheckConditions}, {"not", true, CheckCondition}
	};
	JsonbContainer *object = ObjectOf(value);

	check_stack_depth();
	if (object != NULL)
		for (int i = 0; i < (int) lengthof(nests); i++)
			if (ValueOfKey(object, nests[i].name) != NULL)
			{
				CheckObject(checker, value, &nests[i], 1);
				return;
			}
	if (object != NULL)
		CheckTest(checker, value);
	else
		AddProblem(checker, "must be an object, not %s", KindOfValue(value));
}

/* ---- rules and groups ---- */

static void
CountRule(Checker *checker)
{
	if (++checker->num_rules == MAX_CARD_RULES + 1)
		AddProblem(checker, "is more than the %d rules that a scorecard may have", MAX_CARD_RULES);
}

static void
CheckFitRule(Checker *checker, JsonbValue *value)
{
	static const KeySpec specs[] = {
		{"rule", true, CheckName}, {"when", true, CheckCondition}, {"points", true, CheckPoints}
	};

	CountRule(checker);
	CheckObject(checker, value, specs, lengthof(specs));
}

/* What one key of a rule asks of another. */
static void
CheckDecayNeeds(Checker *checker, JsonbContainer *rule)
{
	JsonbValue *decay = ValueOfKey(rule, "decay");
	bool		has_period = ValueOfKey(rule, "period") != NULL;
	bool		is_none = decay == NULL || IsString(decay, "none");
	int			end;

	end = EnterKey(checker, "period", 6);
	if (is_none && has_period)
		AddProblem(checker, "needs a decay of half_life, linear or expire");
	if (!is_none && !has_period)
		AddProblem(checker, "is missing: how long the decay takes, such as \"30 days\"");
	LeavePath(checker, end);
	end = EnterKey(checker, "max_count", 9);
	if ((IsString(decay, "linear") || IsString(decay, "expire")) &&
		ValueOfKey(rule, "max_count") == NULL)
		AddProblem(checker, "is missing: how many events count, from 1 to %d", MAX_ENGAGEMENT_COUNT);
	LeavePath(checker, end);
}

static void
CheckEngagementRule(Checker *checker, JsonbValue *value)
{
	static const KeySpec specs[] = {
		{"rule", true, CheckName}, {"event", true, CheckName}, {"points", true, CheckPoints},
		{"decay", false, CheckDecay}, {"period", false, CheckPeriod},
		{"max_count", false, CheckMaxCount}
	};
	JsonbContainer *rule;

	CountRule(checker);
	rule = CheckObject(checker, value, specs, lengthof(specs));
	if (rule != NULL)
		CheckDecayNeeds(checker, rule);
}

static void
CheckFitRules(Checker *checker, JsonbValue *value)
{
	CheckArray(checker, value, CheckFitRule);
}

static void
CheckEngagementRules(Checker *checker, JsonbValue *value)
{
	CheckArray(checker, value, CheckEngagementRule);
}

/* min must not be above max. */
static void
CheckMinMax(Checker *checker, JsonbContainer *object)
{
	JsonbValue *min = ValueOfKey(object, "min");
	JsonbValue *max = ValueOfKey(object, "max");

	if (min != NULL && max != NULL && min->type == jbvNumeric && max->type == jbvNumeric &&
		NumberOf(min) > NumberOf(max))
		AddProblem(checker, "has a min of %g above its max of %g", NumberOf(min), NumberOf(max));
}

/* No two objects of an array may have the same name, which is the value of a key. */
static void
CheckDistinct(Checker *checker, JsonbContainer *array, const char *key)
{
	int			num_items = (int) JsonContainerSize(array);
	char	  **names = (char **) palloc0(sizeof(char *) * Max(num_items, 1));

	for (int i = 0; i < num_items; i++)
	{
		JsonbValue *item = getIthJsonbValueFromContainer(array, i);
		JsonbValue *name = ObjectOf(item) == NULL ? NULL : ValueOfKey(ObjectOf(item), key);

		if (name == NULL || name->type != jbvString)
			continue;
		names[i] = StringOf(name);
		for (int j = 0; j < i; j++)
			if (names[j] != NULL && strcmp(names[i], names[j]) == 0)
			{
				int			end = EnterItem(checker, i);

				EnterKey(checker, key, (int) strlen(key));
				AddProblem(checker, "is the name of [%d], too: \"%s\"", j, names[i]);
				LeavePath(checker, end);
				break;
			}
	}
}

static void
CheckGroup(Checker *checker, JsonbValue *value, CheckValue check_rules)
{
	KeySpec		specs[] = {
		{"group", true, CheckName}, {"min", false, CheckPoints}, {"max", false, CheckPoints},
		{"rules", true, check_rules}
	};
	JsonbContainer *group = CheckObject(checker, value, specs, lengthof(specs));
	JsonbValue *rules;
	int			end;

	if (group == NULL)
		return;
	CheckMinMax(checker, group);
	rules = ValueOfKey(group, "rules");
	end = EnterKey(checker, "rules", 5);
	if (rules != NULL && ArrayOf(rules) != NULL)
		CheckDistinct(checker, ArrayOf(rules), "rule");
	LeavePath(checker, end);
}

static void
CheckFitGroup(Checker *checker, JsonbValue *value)
{
	CheckGroup(checker, value, CheckFitRules);
}

static void
CheckEngagementGroup(Checker *checker, JsonbValue *value)
{
	CheckGroup(checker, value, CheckEngagementRules);
}

static void
CheckFit(Checker *checker, JsonbValue *value)
{
	JsonbContainer *groups = CheckArray(checker, value, CheckFitGroup);

	if (groups != NULL)
		CheckDistinct(checker, groups, "group");
}

static void
CheckEngagement(Checker *checker, JsonbValue *value)
{
	JsonbContainer *groups = CheckArray(checker, value, CheckEngagementGroup);

	if (groups != NULL)
		CheckDistinct(checker, groups, "group");
}

/* ---- limits, grades, qualified ---- */

static void
CheckLimits(Checker *checker, JsonbValue *value)
{
	static const KeySpec specs[] = {{"min", false, CheckPoints}, {"max", false, CheckPoints}};
	JsonbContainer *limits = CheckObject(checker, value, specs, lengthof(specs));

	if (limits != NULL)
		CheckMinMax(checker, limits);
}

static void
CheckGrade(Checker *checker, JsonbValue *value)
{
	static const KeySpec specs[] = {{"grade", true, CheckName}, {"at_least", true, CheckPointsOrNull}};

	CheckObject(checker, value, specs, lengthof(specs));
}

/* Grades go down: a lead has the first whose threshold he reaches. */
static void
CheckGrades(Checker *checker, JsonbValue *value)
{
	JsonbContainer *grades = CheckArray(checker, value, CheckGrade);
	double		before = INFINITY;

	if (grades == NULL)
		return;
	CheckDistinct(checker, grades, "grade");
	for (uint32 i = 0; i < JsonContainerSize(grades); i++)
	{
		JsonbValue *grade = getIthJsonbValueFromContainer(grades, i);
		JsonbValue *at_least = ObjectOf(grade) == NULL ? NULL : ValueOfKey(ObjectOf(grade), "at_least");
		int			end = EnterItem(checker, (int) i);

		EnterKey(checker, "at_least", 8);
		if (at_least != NULL && at_least->type == jbvNull && i + 1 < JsonContainerSize(grades))
			AddProblem(checker, "is null, the rest, which only the last grade can be");
		if (at_least != NULL && at_least->type == jbvNumeric)
		{
			if (NumberOf(at_least) >= before)
				AddProblem(checker, "must be below the %g of the grade before", before);
			before = NumberOf(at_least);
		}
		LeavePath(checker, end);
	}
}

static void
CheckAllGrades(Checker *checker, JsonbValue *value)
{
	static const KeySpec specs[] = {{"fit", false, CheckGrades}, {"engagement", false, CheckGrades}};

	CheckObject(checker, value, specs, lengthof(specs));
}

static void
CheckQualified(Checker *checker, JsonbValue *value)
{
	static const KeySpec specs[] = {
		{"fit_at_least", false, CheckPoints}, {"engagement_at_least", false, CheckPoints}
	};
	JsonbContainer *object = CheckObject(checker, value, specs, lengthof(specs));

	if (object != NULL && JsonContainerSize(object) == 0)
		AddProblem(checker, "must have at least one of fit_at_least and engagement_at_least");
}

/*
 * What is wrong with a document: a list of CardProblem, empty if nothing is. Then
 * canonical has its canonical text: keys in the order of the schema, numbers without
 * zeros at their end.
 */
List *
CheckCard(Jsonb *document, StringInfo canonical)
{
	static const KeySpec specs[] = {
		{"name", false, CheckName}, {"fit", false, CheckFit},
		{"engagement", false, CheckEngagement}, {"limits", false, CheckLimits},
		{"grades", false, CheckAllGrades}, {"qualified", false, CheckQualified}
	};
	Checker		checker = {.out = canonical};
	JsonbValue	root;
	JsonbContainer *object;

	initStringInfo(&checker.path);
	appendStringInfoChar(&checker.path, '$');
	if (JB_ROOT_IS_SCALAR(document))
	{
		AddProblem(&checker, "must be an object");
		return checker.problems;
	}
	root.type = jbvBinary;
	root.val.binary.data = &document->root;
	root.val.binary.len = VARSIZE_ANY_EXHDR(document);
	object = CheckObject(&checker, &root, specs, lengthof(specs));
	if (object != NULL && ValueOfKey(object, "fit") == NULL &&
		ValueOfKey(object, "engagement") == NULL)
		AddProblem(&checker, "must have at least one of fit and engagement");
	return checker.problems;
}
