/*
 * scorecard_check.c
 *	  What is wrong with a scorecard's document, and its canonical text.
 *
 * Both come from one walk along the schema: whatever a document has is checked and, in
 * the order of the schema, written. The text counts only where nothing is wrong. The
 * same schema is written down in doc/scorecard.schema.json.
 */
#include "scorecard_checker.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

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

/* ---- conditions ---- */

static void
CheckAttribute(Checker *checker, JsonbValue *value)
{
	char	   *path;

	CheckName(checker, value);
	if (value->type != jbvString || value->val.string.len == 0 ||
		value->val.string.len > MAX_NAME_LENGTH)
		return;
	path = StringOf(value);
	if (path[0] == '.' || path[strlen(path) - 1] == '.' || strstr(path, "..") != NULL)
		AddProblem(checker, "must be names with a dot between them, not \"%s\"", ShownValue(value));
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
				   ShownValue(value));
	else
		WriteScalar(checker, value);
}

/* A scalar that a test compares with: its limits are those of its type. */
static void
CheckScalar(Checker *checker, JsonbValue *value)
{
	if ((value->type == jbvString && !CheckLength(checker, value, 0, MAX_TEXT_LENGTH)) ||
		(value->type == jbvNumeric && !CheckNumber(checker, value)))
		return;
	WriteScalar(checker, value);
}

static void
CheckComparable(Checker *checker, JsonbValue *value)
{
	if (value->type == jbvNull || value->type == jbvBinary)
		AddProblem(checker, "must be a string, a number, true or false, not %s", KindOfValue(value));
	else
		CheckScalar(checker, value);
}

static void
CheckOrdered(Checker *checker, JsonbValue *value)
{
	if (value->type != jbvString && value->type != jbvNumeric)
		AddProblem(checker, "must be a string or a number, not %s", KindOfValue(value));
	else
		CheckScalar(checker, value);
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
	CheckScalar(checker, value);
}

static void
CheckRange(Checker *checker, JsonbValue *value)
{
	JsonbContainer *array = ArrayOf(value);
	JsonbValue *low;
	JsonbValue *high;

	if (array != NULL && JsonContainerSize(array) != 2)
	{
		AddProblem(checker, "must have two values, not %u", JsonContainerSize(array));
		return;
	}
	if (CheckArray(checker, value, CheckOrdered, 2, "values") == NULL)
		return;
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
	CheckArray(checker, value, CheckComparable, MAX_LIST_VALUES, "values");
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
	CheckArray(checker, value, CheckCondition, MAX_CARD_CONDITIONS, "conditions");
}

/* Count a condition and go down to it; false if it is one too many, or too deep. */
static bool
EnterCondition(Checker *checker)
{
	check_stack_depth();
	if (++checker->num_conditions > MAX_CARD_CONDITIONS)
	{
		AddProblem(checker, "is more than the %d conditions that a scorecard may have",
				   MAX_CARD_CONDITIONS);
		checker->is_stopped = true;
		return false;
	}
	if (checker->condition_depth == MAX_CONDITION_DEPTH)
	{
		AddProblem(checker, "is within %d other conditions, and may be within %d at most",
				   MAX_CONDITION_DEPTH, MAX_CONDITION_DEPTH - 1);
		return false;
	}
	checker->condition_depth++;
	return true;
}

/* A test, or one of all, any and not. */
static void
CheckCondition(Checker *checker, JsonbValue *value)
{
	static const KeySpec nests[] = {
		{"all", true, CheckConditions}, {"any", true, CheckConditions}, {"not", true, CheckCondition}
	};
	JsonbContainer *object = ObjectOf(value);
	int			nest = 0;

	if (object == NULL)
	{
		AddProblem(checker, "must be an object, not %s", KindOfValue(value));
		return;
	}
	if (!EnterCondition(checker))
		return;
	while (nest < (int) lengthof(nests) && ValueOfKey(object, nests[nest].name) == NULL)
		nest++;
	if (nest < (int) lengthof(nests))
		CheckObject(checker, value, &nests[nest], 1);
	else
		CheckTest(checker, value);
	checker->condition_depth--;
}

/* ---- distinct names ---- */

/* A name of an array's object, with the place of the object. */
typedef struct PlacedName
{
	const JsonbValue *name;
	int			place;
} PlacedName;

/* By their bytes; equal ones in the order of the array. */
static int
ComparePlacedNames(const void *a, const void *b)
{
	const PlacedName *x = (const PlacedName *) a;
	const PlacedName *y = (const PlacedName *) b;
	int			order = x->name->val.string.len - y->name->val.string.len;

	if (order == 0)
		order = memcmp(x->name->val.string.val, y->name->val.string.val, x->name->val.string.len);
	return order != 0 ? order : x->place - y->place;
}

/* The names in an array of objects, which are the values of a key. Returns how many there are. */
static int
SortNames(JsonbContainer *array, const char *key, PlacedName *names)
{
	int			num_names = 0;

	for (int i = 0; i < (int) JsonContainerSize(array); i++)
	{
		JsonbContainer *item = ObjectOf(getIthJsonbValueFromContainer(array, i));
		JsonbValue *name = item == NULL ? NULL : ValueOfKey(item, key);

		if (name != NULL && name->type == jbvString)
			names[num_names++] = (PlacedName) {name, i};
	}
	if (num_names > 1)
		qsort(names, num_names, sizeof(PlacedName), ComparePlacedNames);
	return num_names;
}

static void
AddRepeatedName(Checker *checker, const PlacedName *name, int first, const char *key)
{
	int			end = EnterItem(checker, name->place);

	EnterKey(checker, key, (int) strlen(key));
	AddProblem(checker, "is the name of [%d], too: \"%s\"", first, ShownValue(name->name));
	LeavePath(checker, end);
}

/* No two objects of an array may have the same name, which is the value of a key. */
static void
CheckDistinct(Checker *checker, JsonbContainer *array, const char *key)
{
	PlacedName *names = (PlacedName *) palloc(sizeof(PlacedName) * Max((Size) JsonContainerSize(array), 1));
	int			num_names = SortNames(array, key, names);
	int			first = 0;		/* of equal names */

	for (int i = 1; i < num_names && !checker->is_stopped; i++)
		if (names[i].name->val.string.len == names[first].name->val.string.len &&
			memcmp(names[i].name->val.string.val, names[first].name->val.string.val,
				   names[i].name->val.string.len) == 0)
			AddRepeatedName(checker, &names[i], names[first].place, key);
		else
			first = i;
}

/* ---- rules and groups ---- */

static void
CheckMaxCount(Checker *checker, JsonbValue *value)
{
	double		count;

	if (!CheckNumber(checker, value))
		return;
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
	AddProblem(checker, "must be none, half_life, linear or expire, not \"%s\"", ShownValue(value));
}

static void
CheckPeriod(Checker *checker, JsonbValue *value)
{
	const char *problem = NULL;

	if (!CheckIsString(checker, value) || !CheckLength(checker, value, 0, MAX_NAME_LENGTH))
		return;
	ParseCardPeriod(StringOf(value), &problem);
	if (problem != NULL)
		AddProblem(checker, "%s, not \"%s\"", problem, ShownValue(value));
	WriteScalar(checker, value);
}

static void
CheckFitRule(Checker *checker, JsonbValue *value)
{
	static const KeySpec specs[] = {
		{"rule", true, CheckName}, {"when", true, CheckCondition}, {"points", true, CheckPoints}
	};

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

	rule = CheckObject(checker, value, specs, lengthof(specs));
	if (rule != NULL)
		CheckDecayNeeds(checker, rule);
}

/* Check the rules of a group; they are not looked at if the card has too many with them. */
static void
CheckRules(Checker *checker, JsonbValue *value, CheckValue check)
{
	JsonbContainer *rules = ArrayOf(value);

	if (rules != NULL)
		checker->num_rules += JsonContainerSize(rules);
	if (checker->num_rules <= MAX_CARD_RULES)
	{
		rules = CheckArray(checker, value, check, MAX_CARD_RULES, "rules");
		if (rules != NULL)
			CheckDistinct(checker, rules, "rule");
		return;
	}
	AddProblem(checker, "makes " INT64_FORMAT " rules of the scorecard, which may have from 1 to %d",
			   checker->num_rules, MAX_CARD_RULES);
	checker->is_stopped = true;
}

static void
CheckFitRules(Checker *checker, JsonbValue *value)
{
	CheckRules(checker, value, CheckFitRule);
}

static void
CheckEngagementRules(Checker *checker, JsonbValue *value)
{
	CheckRules(checker, value, CheckEngagementRule);
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

static void
CheckGroup(Checker *checker, JsonbValue *value, CheckValue check_rules)
{
	KeySpec		specs[] = {
		{"group", true, CheckName}, {"min", false, CheckPoints}, {"max", false, CheckPoints},
		{"rules", true, check_rules}
	};
	JsonbContainer *group = CheckObject(checker, value, specs, lengthof(specs));

	if (group != NULL)
		CheckMinMax(checker, group);
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
	JsonbContainer *groups = CheckArray(checker, value, CheckFitGroup, MAX_CARD_GROUPS, "groups");

	if (groups != NULL)
		CheckDistinct(checker, groups, "group");
}

static void
CheckEngagement(Checker *checker, JsonbValue *value)
{
	JsonbContainer *groups = CheckArray(checker, value, CheckEngagementGroup, MAX_CARD_GROUPS, "groups");

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
	JsonbContainer *grades = CheckArray(checker, value, CheckGrade, MAX_CARD_GRADES, "grades");
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

static Numeric
PowerOfTen(int exponent)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(psprintf("1e%d", exponent)),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* That a check has stopped is a problem, too. */
static void
AddLastProblem(Checker *checker)
{
	CardProblem *problem = (CardProblem *) palloc(sizeof(CardProblem));

	problem->path = "$";
	problem->problem = psprintf("has more than %d problems, of which the first are listed", MAX_PROBLEMS);
	checker->problems = lappend(checker->problems, problem);
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
	checker.largest_number = PowerOfTen(MAX_NUMBER_DIGITS);
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
	CheckSizeSoFar(&checker);
	if (list_length(checker.problems) == MAX_PROBLEMS && checker.is_stopped)
		AddLastProblem(&checker);
	return checker.problems;
}
