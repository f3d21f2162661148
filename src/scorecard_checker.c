/*
 * scorecard_checker.c
 *	  The walk along the schema of a scorecard: problems, paths, objects, arrays, scalars.
 *
 * Whatever is looked at is written, too, in the order of the schema. Limits come first:
 * an array that is too long is not read, nor is a number that is too large.
 */
#include "scorecard_checker.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/numeric.h"

/* The bytes of a wrong value that a problem shows. */
#define SHOWN_BYTES 100

/* ---- problems and their paths ---- */

void
AddProblem(Checker *checker, const char *format,...)
{
	CardProblem *problem = (CardProblem *) palloc(sizeof(CardProblem));
	StringInfoData text;

	if (list_length(checker->problems) == MAX_PROBLEMS)
	{
		checker->is_stopped = true;
		return;
	}
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

/* A text for a message: its beginning, if it is long. */
char *
ShownText(const char *bytes, int length)
{
	return length <= SHOWN_BYTES ? pnstrdup(bytes, length)
		: psprintf("%.*s...", pg_mbcliplen(bytes, length, SHOWN_BYTES), bytes);
}

char *
ShownValue(const JsonbValue *string)
{
	return ShownText(string->val.string.val, string->val.string.len);
}

/* Go down to a key; returns what LeavePath() needs to go up again. */
int
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

int
EnterItem(Checker *checker, int index)
{
	int			end = checker->path.len;

	appendStringInfo(&checker->path, "[%d]", index);
	return end;
}

void
LeavePath(Checker *checker, int end)
{
	checker->path.len = end;
	checker->path.data[end] = '\0';
}

const char *
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

JsonbContainer *
ObjectOf(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data)
		? value->val.binary.data : NULL;
}

JsonbContainer *
ArrayOf(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data) &&
		!JsonContainerIsScalar(value->val.binary.data) ? value->val.binary.data : NULL;
}

JsonbValue *
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

	while (!checker->is_stopped &&
		   (token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		int			end;

		CHECK_FOR_INTERRUPTS();
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
JsonbContainer *
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
	for (int i = 0; i < num_specs && !checker->is_stopped; i++)
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

/* Stop where the canonical text gets too long: numbers can be longer in it. */
void
CheckSizeSoFar(Checker *checker)
{
	if (checker->out->len <= MAX_CARD_SIZE || checker->is_stopped)
		return;
	LeavePath(checker, 1);
	AddProblem(checker, "must have at most %d bytes when written out", MAX_CARD_SIZE);
	checker->is_stopped = true;
}

/*
 * Check a value that must be an array with something in it, up to max_items, and write
 * it. Returns the array; NULL if it is none, or if it is too long to be looked at.
 */
JsonbContainer *
CheckArray(Checker *checker, JsonbValue *value, CheckValue check, int max_items, const char *items)
{
	JsonbContainer *array = ArrayOf(value);

	if (array == NULL)
	{
		AddProblem(checker, "must be an array, not %s", KindOfValue(value));
		return NULL;
	}
	if (JsonContainerSize(array) == 0)
		AddProblem(checker, "must not be empty");
	if (JsonContainerSize(array) > (uint32) max_items)
	{
		AddProblem(checker, "must have from 1 to %d %s, not %u", max_items, items,
				   JsonContainerSize(array));
		return NULL;
	}
	appendStringInfoChar(checker->out, '[');
	for (uint32 i = 0; i < JsonContainerSize(array) && !checker->is_stopped; i++)
	{
		int			end = EnterItem(checker, (int) i);

		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(checker->out, ", ");
		check(checker, getIthJsonbValueFromContainer(array, i));
		CheckSizeSoFar(checker);
		LeavePath(checker, Min(end, checker->path.len));
	}
	appendStringInfoChar(checker->out, ']');
	return array;
}

/* ---- scalars ---- */

char *
StringOf(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, value->val.string.len);
}

double
NumberOf(const JsonbValue *value)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(value->val.numeric)));
}

bool
IsString(const JsonbValue *value, const char *string)
{
	return value != NULL && value->type == jbvString &&
		value->val.string.len == (int) strlen(string) &&
		memcmp(value->val.string.val, string, value->val.string.len) == 0;
}

void
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

bool
CheckIsString(Checker *checker, const JsonbValue *value)
{
	if (value->type == jbvString)
		return true;
	AddProblem(checker, "must be a string, not %s", KindOfValue(value));
	return false;
}

/* Whether the length of a string is from min to max bytes; a problem if it is not. */
bool
CheckLength(Checker *checker, const JsonbValue *value, int min, int max)
{
	if (value->val.string.len >= min && value->val.string.len <= max)
		return true;
	AddProblem(checker, "must have from %d to %d bytes, not %d", min, max, value->val.string.len);
	return false;
}

/* A name: a string that is not empty. */
void
CheckName(Checker *checker, JsonbValue *value)
{
	if (CheckIsString(checker, value) && CheckLength(checker, value, 1, MAX_NAME_LENGTH))
		WriteScalar(checker, value);
}

/* A number whose digits can be written out at little cost: 1e100000 has that many. */
bool
CheckNumber(Checker *checker, JsonbValue *value)
{
	Datum		number;

	if (value->type != jbvNumeric)
	{
		AddProblem(checker, "must be a number, not %s", KindOfValue(value));
		return false;
	}
	number = DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(value->val.numeric));
	if (DatumGetInt32(DirectFunctionCall1(numeric_scale, number)) > MAX_NUMBER_DIGITS ||
		DatumGetBool(DirectFunctionCall2(numeric_ge,
										 DirectFunctionCall1(numeric_abs, number),
										 NumericGetDatum(checker->largest_number))))
	{
		AddProblem(checker, "must have at most %d digits before the decimal point, and %d behind it",
				   MAX_NUMBER_DIGITS, MAX_NUMBER_DIGITS);
		return false;
	}
	value->val.numeric = DatumGetNumeric(number);
	return true;
}

void
CheckPoints(Checker *checker, JsonbValue *value)
{
	double		points;

	if (!CheckNumber(checker, value))
		return;
	points = NumberOf(value);
	if (points < -MAX_POINTS || points > MAX_POINTS)
		AddProblem(checker, "must be from %d to %d, not %g", -MAX_POINTS, MAX_POINTS, points);
	else
		WriteScalar(checker, value);
}

void
CheckPointsOrNull(Checker *checker, JsonbValue *value)
{
	if (value->type == jbvNull)
		WriteScalar(checker, value);
	else
		CheckPoints(checker, value);
}
