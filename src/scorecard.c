/*
 * scorecard.c
 *	  The type scorecard, and what functions remember of a card from row to row.
 *
 * A scorecard is a JSON document that scores leads. It is stored, as all types are, as
 * a header and a payload; the payload is the document's canonical text, which is also
 * the text form. It is checked whole whenever it enters, and taken apart once per query.
 */
#include "scorecard.h"

#include "aggregate.h"
#include "access/detoast.h"
#include "mb/pg_wchar.h"
#include "nodes/execnodes.h"
#include "nodes/primnodes.h"
#include "rows.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

static const char *CheckPackedCard(const uint8 *bytes, size_t size);

static const PackedType ScorecardType = {
	.name = "scorecard",
	.check = CheckPackedCard
};

PG_FUNCTION_INFO_V1(scorecard_in);
PG_FUNCTION_INFO_V1(scorecard_out);
PACKED_FUNCTION(scorecard_recv, return PackedReceive(fcinfo, &ScorecardType))
PACKED_FUNCTION(scorecard_send, return PackedSend(fcinfo, &ScorecardType))
PACKED_COMPARISON_FUNCTIONS(scorecard, &ScorecardType)
PG_FUNCTION_INFO_V1(scorecard_from_json);
PG_FUNCTION_INFO_V1(scorecard_from_jsonb);
PG_FUNCTION_INFO_V1(scorecard_to_json);
PG_FUNCTION_INFO_V1(scorecard_to_jsonb);
PG_FUNCTION_INFO_V1(scorecard_validate_text);
PG_FUNCTION_INFO_V1(scorecard_validate_jsonb);

/* How many problems an error message lists. */
#define SHOWN_PROBLEMS 5

/* ---- documents ---- */

static Jsonb *
DocumentOfText(char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* The one problem of a document that is not looked at. */
static List *
ProblemOfDocument(char *words)
{
	CardProblem *problem = (CardProblem *) palloc(sizeof(CardProblem));

	problem->path = "$";
	problem->problem = words;
	return list_make1(problem);
}

/* What is wrong with a text that is to be a scorecard; canonical is its text. */
static List *
CheckCardText(char *text, StringInfo canonical)
{
	char	   *problem = ProblemOfText(text);

	return problem != NULL ? ProblemOfDocument(problem) : CheckCard(DocumentOfText(text), canonical);
}

/* The same of an argument of text or json, which is not even read if it is too large. */
static List *
CheckCardTextArgument(FunctionCallInfo fcinfo, StringInfo canonical)
{
	char	   *problem = ProblemOfSize(toast_raw_datum_size(PG_GETARG_DATUM(0)) - VARHDRSZ,
										MAX_CARD_SIZE);

	return problem != NULL ? ProblemOfDocument(problem)
		: CheckCardText(text_to_cstring(PG_GETARG_TEXT_PP(0)), canonical);
}

/* The same of an argument of jsonb. */
static List *
CheckCardJsonbArgument(FunctionCallInfo fcinfo, StringInfo canonical)
{
	char	   *problem = ProblemOfSize(toast_raw_datum_size(PG_GETARG_DATUM(0)) - VARHDRSZ,
										MAX_CARD_JSONB_SIZE);

	return problem != NULL ? ProblemOfDocument(psprintf("%s of jsonb", problem))
		: CheckCard(PG_GETARG_JSONB_P(0), canonical);
}

static char *
ProblemsInWords(const List *problems)
{
	StringInfoData words;
	int			num_shown = Min(list_length(problems), SHOWN_PROBLEMS);

	initStringInfo(&words);
	for (int i = 0; i < num_shown; i++)
	{
		const CardProblem *problem = (const CardProblem *) list_nth(problems, i);

		appendStringInfo(&words, "%s%s %s.", i == 0 ? "" : "\n", problem->path, problem->problem);
	}
	if (list_length(problems) > num_shown)
		appendStringInfo(&words, "\nAnd %d more.", list_length(problems) - num_shown);
	return words.data;
}

static Packed *
PackCard(const StringInfoData *canonical)
{
	Packed	   *packed = PackedAlloc(PACKED_HEADER_SIZE + (size_t) canonical->len);

	PackedWriteHeader(packed->bytes, PACKED_SCORECARD, 0);
	memcpy(packed->bytes + PACKED_HEADER_SIZE, canonical->data, canonical->len);
	return packed;
}

/* The text of a card, with its terminating zero. */
static char *
TextOfCard(PackedView view)
{
	return pnstrdup((const char *) view.bytes + PACKED_HEADER_SIZE, view.size - PACKED_HEADER_SIZE);
}

/* What is wrong with bytes that are to be a card, or NULL. */
static const char *
CheckPackedCard(const uint8 *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_SCORECARD, 0);
	PackedView	view = {bytes, size};
	StringInfoData canonical;

	if (problem != NULL)
		return problem;
	if (size - PACKED_HEADER_SIZE > MAX_CARD_SIZE)
		return "The text has more than 1048576 bytes.";
	if (!pg_verifymbstr((const char *) bytes + PACKED_HEADER_SIZE, (int) (size - PACKED_HEADER_SIZE),
						true))
		return "The text is not in the encoding of this database.";
	initStringInfo(&canonical);
	if (CheckCardText(TextOfCard(view), &canonical) != NIL)
		return "The text is no valid scorecard.";
	if ((size_t) canonical.len != size - PACKED_HEADER_SIZE ||
		memcmp(canonical.data, bytes + PACKED_HEADER_SIZE, canonical.len) != 0)
		return "The text is not canonical.";
	return NULL;
}

/* The card of checked text; an error, soft where the server allows it, if there are problems. */
static Datum
CardDatum(List *problems, const StringInfoData *canonical, Node *escontext)
{
	(void) escontext;
	if (problems != NIL)
		ereturn(escontext, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg_plural("invalid scorecard: %d problem", "invalid scorecard: %d problems",
							   list_length(problems), list_length(problems)),
				 errdetail("%s", ProblemsInWords(problems)),
				 errhint("scorecard_validate() lists all problems of a document.")));
	PG_RETURN_POINTER(PackCard(canonical));
}

/* cstring -> scorecard: a JSON document */
Datum
scorecard_in(PG_FUNCTION_ARGS)
{
	StringInfoData canonical;
	List	   *problems;

	initStringInfo(&canonical);
	problems = CheckCardText(PG_GETARG_CSTRING(0), &canonical);
	return CardDatum(problems, &canonical, INPUT_ERROR_CONTEXT(fcinfo));
}

/* scorecard -> cstring: the canonical document */
Datum
scorecard_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(TextOfCard(PackedViewOf(PG_GETARG_DATUM(0))));
}

/* json -> scorecard */
Datum
scorecard_from_json(PG_FUNCTION_ARGS)
{
	StringInfoData canonical;
	List	   *problems;

	initStringInfo(&canonical);
	problems = CheckCardTextArgument(fcinfo, &canonical);
	return CardDatum(problems, &canonical, NULL);
}

/* jsonb -> scorecard */
Datum
scorecard_from_jsonb(PG_FUNCTION_ARGS)
{
	StringInfoData canonical;
	List	   *problems;

	initStringInfo(&canonical);
	problems = CheckCardJsonbArgument(fcinfo, &canonical);
	return CardDatum(problems, &canonical, NULL);
}

/* scorecard -> json: the canonical document, keys in the order of the schema */
Datum
scorecard_to_json(PG_FUNCTION_ARGS)
{
	PackedView	view = PackedViewOf(PG_GETARG_DATUM(0));

	PG_RETURN_TEXT_P(cstring_to_text_with_len((const char *) view.bytes + PACKED_HEADER_SIZE,
											  (int) (view.size - PACKED_HEADER_SIZE)));
}

/* scorecard -> jsonb */
Datum
scorecard_to_jsonb(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(DocumentOfText(TextOfCard(PackedViewOf(PG_GETARG_DATUM(0)))));
}

static Datum
EmitProblems(FunctionCallInfo fcinfo, const List *problems)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};

	for (int i = 0; i < list_length(problems); i++)
	{
		const CardProblem *problem = (const CardProblem *) list_nth(problems, i);

		AddColumn(&row, CStringGetTextDatum(problem->path));
		AddColumn(&row, CStringGetTextDatum(problem->problem));
		EmitRow(result, &row);
	}
	PG_RETURN_NULL();
}

/* scorecard_validate(card text | json): all problems of a document, by path; no rows if it is good */
Datum
scorecard_validate_text(PG_FUNCTION_ARGS)
{
	StringInfoData canonical;

	initStringInfo(&canonical);
	return EmitProblems(fcinfo, CheckCardTextArgument(fcinfo, &canonical));
}

/* scorecard_validate(card jsonb): the same */
Datum
scorecard_validate_jsonb(PG_FUNCTION_ARGS)
{
	StringInfoData canonical;

	initStringInfo(&canonical);
	return EmitProblems(fcinfo, CheckCardJsonbArgument(fcinfo, &canonical));
}

/* ---- cards of functions ---- */

/* A card taken apart, in the current memory context. */
Scorecard *
CardOfPacked(PackedView view)
{
	return CompileCard(DocumentOfText(TextOfCard(view)));
}

/*
 * Whether an argument is a literal. That of an aggregate follows its state. A parameter
 * is none: PL/pgSQL evaluates one expression again and again with other values.
 */
static bool
IsLiteral(FunctionCallInfo fcinfo, int argno)
{
	Aggref	   *aggregate = AggGetAggref(fcinfo);
	Node	   *call = fcinfo->flinfo->fn_expr;

	if (aggregate != NULL)
		return argno >= 1 && argno <= list_length(aggregate->args) &&
			IsA(((TargetEntry *) list_nth(aggregate->args, argno - 1))->expr, Const);
	return call != NULL && IsA(call, FuncExpr) &&
		argno < list_length(((FuncExpr *) call)->args) &&
		IsA(list_nth(((FuncExpr *) call)->args, argno), Const);
}

/* The reader of a call; an empty one if it is the first. */
static CardReader *
ReaderOfCall(FunctionCallInfo fcinfo, int argno)
{
	CardReader *reader = (CardReader *) fcinfo->flinfo->fn_extra;

	if (reader != NULL)
		return reader;
	reader = (CardReader *) MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CardReader));
	reader->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "scorecard",
											ALLOCSET_SMALL_SIZES);
	reader->is_constant = IsLiteral(fcinfo, argno);
	fcinfo->flinfo->fn_extra = reader;
	return reader;
}

/* Take a card apart and keep it. */
static void
KeepCard(CardReader *reader, PackedView view)
{
	MemoryContext old_context;

	reader->packed = NULL;
	MemoryContextReset(reader->context);
	old_context = MemoryContextSwitchTo(reader->context);
	reader->card = CardOfPacked(view);
	reader->measures = (KeyMeasure *) palloc0(sizeof(KeyMeasure) * Max(reader->card->num_keys, 1));
	reader->packed = PackedAlloc(view.size);
	memcpy(reader->packed->bytes, view.bytes, view.size);
	MemoryContextSwitchTo(old_context);
}

/* CardReaderFor() where the card may be another one than before. */
CardReader *
ReadCard(FunctionCallInfo fcinfo, int argno)
{
	CardReader *reader;
	PackedView	view;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("card must not be NULL")));
	reader = ReaderOfCall(fcinfo, argno);
	view = PackedViewOf(PG_GETARG_DATUM(argno));
	if (reader->packed == NULL || PACKED_SIZE(reader->packed) != view.size ||
		memcmp(reader->packed->bytes, view.bytes, view.size) != 0)
		KeepCard(reader, view);
	return reader;
}
