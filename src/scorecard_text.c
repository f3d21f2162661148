/*
 * scorecard_text.c
 *	  What is wrong with a text before it is a document: its size, its nesting, its
 *	  syntax, numbers that no numeric holds, and keys that come twice in an object.
 *
 * The server's own input raises an error for numbers and for nesting, where
 * scorecard_validate() has to list a problem, and drops the first of two equal keys in
 * silence.
 */
#include "scorecard.h"

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

/* A key of an object that is not complete yet. */
typedef struct OpenKey
{
	int			depth;			/* of its object */
	char	   *name;
} OpenKey;

typedef struct TextChecker
{
	int			depth;
	size_t		num_keys;		/* of all objects that are not complete */
	size_t		max_keys;
	OpenKey    *keys;
	char	   *problem;		/* the first one; NULL: none so far */
} TextChecker;

/* What is wrong with the size of a document; NULL if nothing is. */
char *
ProblemOfSize(Size size, Size max_size)
{
	return size <= max_size ? NULL
		: psprintf("must have at most %zu bytes, not %zu", max_size, size);
}

/* What is wrong with the nesting of a text, which need not be JSON; NULL if nothing is. */
static char *
ProblemOfNesting(const char *text)
{
	int			depth = 0;
	bool		is_string = false;

	for (const char *p = text; *p != '\0'; p++)
	{
		if (is_string && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			is_string = !is_string;
		else if (!is_string && (*p == '{' || *p == '[') && ++depth > MAX_CARD_DEPTH)
			return psprintf("must have at most %d levels of objects and arrays within each other",
							MAX_CARD_DEPTH);
		else if (!is_string && (*p == '}' || *p == ']'))
			depth--;
	}
	return NULL;
}

static int
CompareKeyNames(const void *a, const void *b)
{
	return strcmp(((const OpenKey *) a)->name, ((const OpenKey *) b)->name);
}

static JSON_ACTION_RESULT
StartObject(void *state)
{
	TextChecker *checker = (TextChecker *) state;

	CHECK_FOR_INTERRUPTS();
	checker->depth++;
	return JSON_ACTION_DONE;
}

static JSON_ACTION_RESULT
NoteKey(void *state, char *name, bool is_null)
{
	TextChecker *checker = (TextChecker *) state;

	(void) is_null;
	if (checker->num_keys == checker->max_keys)
	{
		checker->max_keys = checker->max_keys == 0 ? 64 : checker->max_keys * 2;
		checker->keys = checker->keys == NULL
			? (OpenKey *) palloc(sizeof(OpenKey) * checker->max_keys)
			: (OpenKey *) repalloc(checker->keys, sizeof(OpenKey) * checker->max_keys);
	}
	checker->keys[checker->num_keys].depth = checker->depth;
	checker->keys[checker->num_keys++].name = pstrdup(name);
	return JSON_ACTION_DONE;
}

/* An object is complete: look for equal keys, and forget them. */
static JSON_ACTION_RESULT
EndObject(void *state)
{
	TextChecker *checker = (TextChecker *) state;
	size_t		first = checker->num_keys;

	while (first > 0 && checker->keys[first - 1].depth == checker->depth)
		first--;
	if (checker->num_keys - first > 1)
		qsort(checker->keys + first, checker->num_keys - first, sizeof(OpenKey), CompareKeyNames);
	for (size_t i = first + 1; i < checker->num_keys && checker->problem == NULL; i++)
		if (strcmp(checker->keys[i - 1].name, checker->keys[i].name) == 0)
			checker->problem = psprintf("has an object with the key \"%s\" twice",
										ShownText(checker->keys[i].name,
												  (int) strlen(checker->keys[i].name)));
	for (size_t i = first; i < checker->num_keys; i++)
		pfree(checker->keys[i].name);
	checker->num_keys = first;
	checker->depth--;
	return JSON_ACTION_DONE;
}

/* Whether a number of JSON is within what CheckNumber() reads. */
static bool
IsReadableNumber(const char *token)
{
	const char *exponent = strpbrk(token, "eE");
	size_t		length = strlen(token);

	if (exponent == NULL)
		return length <= 2 * MAX_NUMBER_DIGITS + 2;
	/* strtol() gives its limits where the exponent is beyond them */
	return exponent - token <= 2 * MAX_NUMBER_DIGITS + 2 &&
		labs(strtol(exponent + 1, NULL, 10)) <= 3 * MAX_NUMBER_DIGITS;
}

static JSON_ACTION_RESULT
NoteScalar(void *state, char *token, JsonTokenType type)
{
	TextChecker *checker = (TextChecker *) state;

	if (type == JSON_TOKEN_NUMBER && checker->problem == NULL && !IsReadableNumber(token))
		checker->problem = psprintf("has the number %s; numbers have at most %d digits before the decimal point, and %d behind it",
									ShownText(token, (int) strlen(token)), MAX_NUMBER_DIGITS,
									MAX_NUMBER_DIGITS);
	return JSON_ACTION_DONE;
}

/* "is not JSON", and why: an error of the server as a part of a sentence */
static char *
ProblemOfSyntax(const char *detail)
{
	int			length = (int) strlen(detail);

	while (length > 0 && detail[length - 1] == '.')
		length--;
	return psprintf("is not JSON: %.*s", length, detail);
}

/* What is wrong with a text that is to be a document, in words; NULL if nothing is. */
char *
ProblemOfText(char *text)
{
	Size		size = strlen(text);
	char	   *problem = ProblemOfSize(size, MAX_CARD_SIZE);
	TextChecker checker = {0};
	JsonSemAction actions = {
		.semstate = &checker, .object_start = StartObject, .object_end = EndObject,
		.object_field_start = NoteKey, .scalar = NoteScalar
	};
	JsonLexContext *lexer;
	JsonParseErrorType error;

	if (problem == NULL)
		problem = ProblemOfNesting(text);
	if (problem != NULL)
		return problem;
	lexer = NEW_JSON_LEXER(text, size);
	error = pg_parse_json(lexer, &actions);
	return error == JSON_SUCCESS ? checker.problem : ProblemOfSyntax(json_errdetail(error, lexer));
}
