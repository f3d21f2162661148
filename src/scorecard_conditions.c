/*
 * scorecard_conditions.c
 *	  Conditions on attributes: taken apart, once per query, and tried on a lead.
 *
 * The document has been checked: what must be there is there. The attributes have not:
 * they have any size, so whatever grows with them can be cancelled.
 */
#include "scorecard.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

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
	condition->num_values = is_list ? NumCardItems(value->val.binary.data) : 1;
	condition->values = (JsonbValue *) palloc(sizeof(JsonbValue) * condition->num_values);
	for (int i = 0; i < condition->num_values; i++)
		condition->values[i] = is_list ? *getIthJsonbValueFromContainer(value->val.binary.data, (uint32) i)
			: *value;
}

static void
CompileTest(Condition *condition, JsonbContainer *object)
{
	char	   *op = CardString(object, "op");

	condition->kind = CONDITION_TEST;
	while (strcmp(op, test_op_names[condition->op]) != 0)
		condition->op++;
	CompilePath(condition, CardString(object, "attribute"));
	CompileValues(condition, CardMember(object, "value"));
}

/* Take apart a checked condition. It points into the document. */
void
CompileCondition(Condition *condition, JsonbContainer *object)
{
	JsonbContainer *parts = CardContainer(object, "not");

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
	parts = CardContainer(object, "all");
	if (parts == NULL)
	{
		condition->kind = CONDITION_ANY;
		parts = CardContainer(object, "any");
	}
	if (parts == NULL)
	{
		CompileTest(condition, object);
		return;
	}
	condition->num_parts = NumCardItems(parts);
	condition->parts = (Condition *) palloc(sizeof(Condition) * condition->num_parts);
	for (int i = 0; i < condition->num_parts; i++)
		CompileCondition(&condition->parts[i], CardItem(parts, i));
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
	{
		CHECK_FOR_INTERRUPTS();
		if (IsEqualValue(value, &test->values[i]))
			return true;
	}
	return false;
}

/*
 * Whether a text is like a checked pattern, which the SQL operator LIKE decides in the
 * same way. That one does not look for a cancelled query: a long text may take minutes.
 */
static bool
IsLike(const char *text, int length, const char *pattern, int pattern_length)
{
	int			i = 0;
	int			j = 0;
	int			behind_percent = -1;	/* in the pattern, behind the last % so far */
	int			retry = 0;		/* in the text: where its % ends at the earliest */

	while (i < length)
	{
		bool		is_escaped = j < pattern_length && pattern[j] == '\\';

		if (j < pattern_length && pattern[j] == '%')
		{
			behind_percent = ++j;
			retry = i;
		}
		else if (j < pattern_length && pattern[j] == '_')
		{
			i += pg_mblen(text + i);
			j++;
		}
		else if (j + is_escaped < pattern_length && pattern[j + is_escaped] == text[i])
		{
			i++;
			j += 1 + is_escaped;
		}
		else if (behind_percent >= 0)
		{
			CHECK_FOR_INTERRUPTS();
			retry += pg_mblen(text + retry);
			i = retry;
			j = behind_percent;
		}
		else
			return false;
	}
	while (j < pattern_length && pattern[j] == '%')
		j++;
	return j == pattern_length;
}

static bool
MatchesPattern(const JsonbValue *value, const JsonbValue *pattern)
{
	return value->type == jbvString &&
		IsLike(value->val.string.val, value->val.string.len, pattern->val.string.val,
			   pattern->val.string.len);
}

/* A piece of text that memmem() searches without looking for a cancelled query. */
#define SEARCHED_PIECE (64 * 1024)

/* Whether bytes of an encoding can begin in the middle of a character. */
static bool
CanMatchWithinCharacter(void)
{
	return GetDatabaseEncoding() != PG_UTF8 && pg_database_encoding_max_length() > 1;
}

/* Whether a text has another within it. Linear in the length of both. */
static bool
IsWithin(const char *text, int length, const char *part, int part_length)
{
	const char *end = text + length;
	const char *p = text;		/* the next match begins here or later */
	const char *character = text;	/* the start of a character, not behind p */

	while (end - p >= part_length)
	{
		size_t		piece = Min((size_t) (end - p), (size_t) part_length + SEARCHED_PIECE);
		const char *found = memmem(p, piece, part, (size_t) part_length);

		CHECK_FOR_INTERRUPTS();
		if (found == NULL)
		{
			p += piece - part_length + 1;
			continue;
		}
		if (!CanMatchWithinCharacter())
			return true;
		while (character < found)
			character += pg_mblen(character);
		if (character == found)
			return true;
		p = found + 1;
	}
	return false;
}

static bool
HasElement(JsonbContainer *array, const JsonbValue *element)
{
	JsonbIterator *iterator = JsonbIteratorInit(array);
	JsonbIteratorToken token;
	JsonbValue	value;
	bool		is_found = false;

	/* the iterator is freed by its end only, which is not reached where one is found */
	while (!is_found && (token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		is_found = token == WJB_ELEM && IsEqualValue(&value, element);
	}
	if (is_found)
		pfree(iterator);
	return is_found;
}

/* Whether an array has an element, or a text has a text within it. */
static bool
ContainsValue(const JsonbValue *value, const JsonbValue *part)
{
	if (value->type == jbvString && part->type == jbvString)
		return IsWithin(value->val.string.val, value->val.string.len, part->val.string.val,
						part->val.string.len);
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data) &&
		HasElement(value->val.binary.data, part);
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
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
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
