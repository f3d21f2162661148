/*
 * exact_calls.c
 *		Finds calls that an overload planted beside a function could catch.
 *
 * A call is exact if every argument is given, by position, and has the type that
 * the function declares before any conversion.  PostgreSQL then takes that very
 * function, whatever else the schema holds.  An untyped literal, a missing
 * argument or an implicit cast leaves room for a better match.
 *
 * Statements in the bodies of PL/pgSQL functions are analysed as PL/pgSQL would,
 * without running them.  Where the row type of a record is unknown until then,
 * each argument is analysed alone and must show its type: by a cast, or as a
 * variable or call.  Statements that the bodies put together are seen by a hook
 * when they run.
 *
 *		exact_calls_in(regproc)		text[]: each call in a body
 *		exact_calls_watch(boolean)	whether statements that functions run are noted
 *		exact_calls_seen()			text[]: each call in those statements
 *
 * An element is "place|function|problem|source".  The problem is empty for an
 * exact call, and "in a text" for one in a string, which must be seen running.
 *
 * test/t/exact_calls.pl compiles and loads it.  It is not installed.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_expr.h"
#include "parser/parse_func.h"
#include "parser/parse_node.h"
#include "parser/parse_oper.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "plpgsql.h"
#include "tcop/tcopprot.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

PG_MODULE_MAGIC;

#define GUARDED_SCHEMA "retention"

void		_PG_init(void);

typedef PLpgSQL_function *(*CompileFunction) (FunctionCallInfo fcinfo, bool for_validator);
typedef void (*SetUpParser) (ParseState *pstate, PLpgSQL_expr *expr);

static CompileFunction compile_function;
static SetUpParser set_up_parser;
static post_parse_analyze_hook_type next_hook;

static bool watching;
static List *seen = NIL;		/* char *, in TopMemoryContext, each once */

/* A statement that is looked at, and where its calls are written down. */
typedef struct Examination
{
	const char *place;			/* "line 12" or "run" */
	const char *source;			/* the text of the statement */
	List	   *bare_literals;	/* int: where untyped literals stand in it */
	List	   *calls;			/* char *: see the head of this file */
	PLpgSQL_expr *expr;			/* in a body: the expression */
} Examination;

typedef struct Body
{
	PLpgSQL_function *function;
	bool		in_message;		/* strings are for people to read */
	List	   *calls;
} Body;

static bool note_bare_literals(Node *node, void *context);
static bool examine_analysed(Node *node, void *context);
static bool examine_raw(Node *node, void *context);
static void examine_statements(Body *body, List *statements);

/* ------------------------------------------------------------- writing down */

/* Notes a call at that byte of the source; the problem is "" if there is none. */
static void
note_call(Examination *e, const char *function, const char *problem, int location)
{
	const char *from = e->source + Max(location, 0);
	char	   *snippet = pnstrdup(from, pg_mbcliplen(from, strlen(from), 70));

	for (char *c = snippet; *c; c++)
	{
		if (*c == '\n' || *c == '\t' || *c == '|')
			*c = ' ';
	}
	e->calls = lappend(e->calls, psprintf("%s|%s|%s|%s", e->place, function, problem, snippet));
}

static Datum
texts_as_array(List *texts)
{
	Datum	   *elements = palloc(sizeof(Datum) * (list_length(texts) + 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, texts)
		elements[n++] = CStringGetTextDatum((char *) lfirst(lc));
	return PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* -------------------------------------------------- a statement as it was analysed */

/* Is it a conversion that nobody wrote? */
static bool
is_implicit_cast(Node *node)
{
	switch (nodeTag(node))
	{
		case T_FuncExpr:
			return ((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST;
		case T_RelabelType:
			return ((RelabelType *) node)->relabelformat == COERCE_IMPLICIT_CAST;
		case T_CoerceViaIO:
			return ((CoerceViaIO *) node)->coerceformat == COERCE_IMPLICIT_CAST;
		case T_ArrayCoerceExpr:
			return ((ArrayCoerceExpr *) node)->coerceformat == COERCE_IMPLICIT_CAST;
		case T_ConvertRowtypeExpr:
			return ((ConvertRowtypeExpr *) node)->convertformat == COERCE_IMPLICIT_CAST;
		case T_CoerceToDomain:
			return ((CoerceToDomain *) node)->coercionformat == COERCE_IMPLICIT_CAST;
		case T_RowExpr:
			return ((RowExpr *) node)->row_typeid != RECORDOID &&
				((RowExpr *) node)->row_format == COERCE_IMPLICIT_CAST;
		default:
			return false;
	}
}

/* The problem of an argument for which that type is declared, or NULL. */
static const char *
problem_of_argument(Examination *e, int number, Node *argument, Oid declared)
{
	if (IsA(argument, NamedArgExpr))
		return psprintf("argument %d is given by name", number);
	while (IsA(argument, CollateExpr))
		argument = (Node *) ((CollateExpr *) argument)->arg;
	if (IsA(argument, Const) && list_member_int(e->bare_literals, ((Const *) argument)->location))
		return psprintf("argument %d is an untyped literal", number);
	if (is_implicit_cast(argument))
		return psprintf("argument %d becomes %s by an implicit cast", number, format_type_be(declared));
	if (exprType(argument) != declared)
		return psprintf("argument %d is %s, not %s", number, format_type_be(exprType(argument)), format_type_be(declared));
	return NULL;
}

static void
examine_call(Examination *e, Oid function, List *arguments, bool variadic, int location)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	const char *problem = NULL;
	int			n = 0;
	ListCell   *lc;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	if (proc->pronamespace == get_namespace_oid(GUARDED_SCHEMA, false))
	{
		if (variadic || OidIsValid(proc->provariadic))
			problem = "the function is variadic";
		foreach(lc, arguments)
		{
			if (problem == NULL && n < proc->pronargs)
				problem = problem_of_argument(e, n + 1, lfirst(lc), proc->proargtypes.values[n]);
			n++;
		}
		if (problem == NULL && n != proc->pronargs)
			problem = psprintf("%d of %d arguments are given", n, proc->pronargs);
		note_call(e, NameStr(proc->proname), problem ? problem : "", location);
	}
	ReleaseSysCache(tuple);
}

static void
examine_operator(Examination *e, Oid operator, List *arguments, int location)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	const char *problem = NULL;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	if (form->oprnamespace == get_namespace_oid(GUARDED_SCHEMA, false))
	{
		if (OidIsValid(form->oprleft))
			problem = problem_of_argument(e, 1, linitial(arguments), form->oprleft);
		if (problem == NULL)
			problem = problem_of_argument(e, 2, llast(arguments), form->oprright);
		note_call(e, NameStr(form->oprname), problem ? problem : "", location);
	}
	ReleaseSysCache(tuple);
}

static List *
arguments_of_aggregate(Aggref *aggregate)
{
	List	   *arguments = list_copy(aggregate->aggdirectargs);
	ListCell   *lc;

	foreach(lc, aggregate->args)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (!entry->resjunk)
			arguments = lappend(arguments, entry->expr);
	}
	return arguments;
}

/* Examines every call below an analysed query or expression. */
static bool
examine_analysed(Node *node, void *context)
{
	Examination *e = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Query:
			{
				Query	   *query = (Query *) node;

				if (query->utilityStmt && IsA(query->utilityStmt, CreateTableAsStmt))
					examine_analysed(((CreateTableAsStmt *) query->utilityStmt)->query, e);
				return query_tree_walker(query, examine_analysed, context, 0);
			}
		case T_FuncExpr:
			if (((FuncExpr *) node)->funcformat == COERCE_EXPLICIT_CALL)
				examine_call(e, ((FuncExpr *) node)->funcid, ((FuncExpr *) node)->args,
							 ((FuncExpr *) node)->funcvariadic, ((FuncExpr *) node)->location);
			break;
		case T_Aggref:
			examine_call(e, ((Aggref *) node)->aggfnoid, arguments_of_aggregate((Aggref *) node),
						 ((Aggref *) node)->aggvariadic, ((Aggref *) node)->location);
			break;
		case T_WindowFunc:
			examine_call(e, ((WindowFunc *) node)->winfnoid, ((WindowFunc *) node)->args, false,
						 ((WindowFunc *) node)->location);
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			examine_operator(e, ((OpExpr *) node)->opno, ((OpExpr *) node)->args, ((OpExpr *) node)->location);
			break;
		case T_ScalarArrayOpExpr:
			if (get_func_namespace(get_opcode(((ScalarArrayOpExpr *) node)->opno)) == get_namespace_oid(GUARDED_SCHEMA, false))
				note_call(e, get_opname(((ScalarArrayOpExpr *) node)->opno), "an operator of the extension on an array",
						  ((ScalarArrayOpExpr *) node)->location);
			break;
		default:
			break;
	}
	return expression_tree_walker(node, examine_analysed, context);
}

/* ------------------------------------------------------ literals as they are written */

/* Notes where literals without a cast stand in a raw parse tree. */
static bool
note_bare_literals(Node *node, void *context)
{
	Examination *e = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_RawStmt:
			return note_bare_literals(((RawStmt *) node)->stmt, context);
		case T_ViewStmt:
			return note_bare_literals(((ViewStmt *) node)->query, context);
		case T_CreateTableAsStmt:
			return note_bare_literals(((CreateTableAsStmt *) node)->query, context);
		case T_ExplainStmt:
			return note_bare_literals(((ExplainStmt *) node)->query, context);
		case T_TypeCast:
			if (IsA(((TypeCast *) node)->arg, A_Const))
				return false;
			break;
		case T_A_Const:
			if (((A_Const *) node)->isnull || IsA(&((A_Const *) node)->val, String))
				e->bare_literals = lappend_int(e->bare_literals, ((A_Const *) node)->location);
			return false;
		default:
			break;
	}
	return raw_expression_tree_walker(node, note_bare_literals, context);
}

/* The raw parse trees of a text in the given mode, or NIL if it is none in that mode. */
static List *
parse_if_possible(const char *text, RawParseMode mode)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *volatile trees = NIL;

	PG_TRY();
	{
		trees = raw_parser(text, mode);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
		trees = NIL;
	}
	PG_END_TRY();
	return trees;
}

/* Is it a statement with literals of which calls are made when it is analysed? */
static bool
has_query(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_SelectStmt:
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
		case T_PLAssignStmt:
		case T_ViewStmt:
		case T_CreateTableAsStmt:
		case T_ExplainStmt:
			return true;
		default:
			return false;
	}
}

/* -------------------------------------------------- statements that functions run */

/* Adds the calls to what was seen, each once. */
static void
remember(List *calls)
{
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	ListCell   *lc;
	ListCell   *known;

	foreach(lc, calls)
	{
		foreach(known, seen)
		{
			if (strcmp(lfirst(known), lfirst(lc)) == 0)
				break;
		}
		if (known == NULL)
			seen = lappend(seen, pstrdup(lfirst(lc)));
	}
	MemoryContextSwitchTo(caller);
}

/* Analysed: what the client itself sent is his business, all else is ours. */
static void
after_analysis(ParseState *pstate, Query *query, JumbleState *jstate)
{
	static const RawParseMode modes[] = {RAW_PARSE_DEFAULT, RAW_PARSE_PLPGSQL_EXPR, RAW_PARSE_PLPGSQL_ASSIGN1,
	RAW_PARSE_PLPGSQL_ASSIGN2, RAW_PARSE_PLPGSQL_ASSIGN3};

	if (next_hook)
		next_hook(pstate, query, jstate);
	if (watching && pstate->p_sourcetext && debug_query_string && strcmp(pstate->p_sourcetext, debug_query_string) != 0)
	{
		Examination e = {.place = "run", .source = pstate->p_sourcetext};
		List	   *trees = NIL;
		ListCell   *lc;

		watching = false;
		for (size_t i = 0; trees == NIL && i < lengthof(modes); i++)
			trees = parse_if_possible(e.source, modes[i]);
		foreach(lc, trees)
		{
			if (has_query(lfirst_node(RawStmt, lc)->stmt))
				note_bare_literals(lfirst(lc), &e);
		}
		examine_analysed((Node *) query, &e);
		remember(e.calls);
		watching = true;
	}
}

/* ---------------------------------------------- arguments alone, where a row is unknown */

/* Replaces what is cast by NULL: the type is known without it. */
static bool
forget_what_is_cast(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, TypeCast))
	{
		A_Const    *null = makeNode(A_Const);

		null->isnull = true;
		null->location = -1;
		((TypeCast *) node)->arg = (Node *) null;
		return false;
	}
	return raw_expression_tree_walker(node, forget_what_is_cast, context);
}

/* The type of an argument, if it shows; otherwise InvalidOid and the reason. */
static Oid
type_of_argument(Examination *e, Node *argument, char **reason)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile Oid type = InvalidOid;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		ParseState *pstate = make_parsestate(NULL);
		Node	   *copy = copyObject(argument);

		forget_what_is_cast(copy, NULL);
		pstate->p_sourcetext = e->source;
		set_up_parser(pstate, e->expr);
		type = exprType(transformExpr(pstate, copy, EXPR_KIND_SELECT_TARGET));
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		*reason = error->message;
		type = InvalidOid;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return type;
}

static bool
is_guarded(List *name)
{
	return list_length(name) == 2 && strcmp(strVal(linitial(name)), GUARDED_SCHEMA) == 0;
}

/* The problem of raw arguments, or NULL with their types. */
static const char *
types_of_arguments(Examination *e, List *arguments, Oid *types)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, arguments)
	{
		char	   *reason = NULL;

		if (IsA(lfirst(lc), NamedArgExpr))
			return psprintf("argument %d is given by name", n + 1);
		types[n] = type_of_argument(e, lfirst(lc), &reason);
		if (!OidIsValid(types[n]))
			return psprintf("argument %d needs a cast: %s", n + 1, reason);
		if (types[n] == UNKNOWNOID)
			return psprintf("argument %d is an untyped literal", n + 1);
		n++;
	}
	return NULL;
}

/* Examines every call below a raw parse tree. */
static bool
examine_raw(Node *node, void *context)
{
	Examination *e = context;
	Oid			types[FUNC_MAX_ARGS];
	const char *problem;

	if (node == NULL)
		return false;
	if (IsA(node, FuncCall) && is_guarded(((FuncCall *) node)->funcname))
	{
		FuncCall   *call = (FuncCall *) node;

		problem = types_of_arguments(e, call->args, types);
		if (problem == NULL &&
			(call->func_variadic || !OidIsValid(LookupFuncName(call->funcname, list_length(call->args), types, true))))
			problem = "no function takes exactly these types";
		note_call(e, strVal(llast(call->funcname)), problem ? problem : "", call->location);
	}
	else if (IsA(node, A_Expr) && is_guarded(((A_Expr *) node)->name))
	{
		A_Expr	   *call = (A_Expr *) node;

		problem = types_of_arguments(e, list_make2(call->lexpr, call->rexpr), types);
		if (problem == NULL && (call->kind != AEXPR_OP || !OidIsValid(OpernameGetOprid(call->name, types[0], types[1]))))
			problem = "no operator takes exactly these types";
		note_call(e, strVal(llast(call->name)), problem ? problem : "", call->location);
	}
	return raw_expression_tree_walker(node, examine_raw, context);
}

/* ------------------------------------------------------------ strings with calls */

/* Notes the calls in the strings of a raw parse tree. */
static bool
note_calls_in_texts(Node *node, void *context)
{
	Examination *e = context;

	if (node == NULL)
		return false;
	if (IsA(node, A_Const))
	{
		const char *at;

		if (((A_Const *) node)->isnull || !IsA(&((A_Const *) node)->val, String))
			return false;
		at = strVal(&((A_Const *) node)->val);
		while ((at = strstr(at, GUARDED_SCHEMA ".")) != NULL)
		{
			size_t		length;

			at += strlen(GUARDED_SCHEMA ".");
			length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
			if (length > 0 && at[length] == '(')
				note_call(e, pnstrdup(at, length), "in a text", ((A_Const *) node)->location);
		}
		return false;
	}
	return raw_expression_tree_walker(node, note_calls_in_texts, context);
}

/* -------------------------------------------------------------- bodies in PL/pgSQL */

/* The statement as PL/pgSQL would analyse it, or NULL with the reason. */
static Query *
analyse(PLpgSQL_expr *expr, RawStmt *raw, char **reason)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	Query	   *volatile query = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		query = parse_analyze_withcb(copyObject(raw), expr->query, (ParserSetupHook) set_up_parser, expr, NULL);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		*reason = error->message;
		query = NULL;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return query;
}

static void
examine_expression(Body *body, PLpgSQL_expr *expr, int line)
{
	Examination e = {0};
	RawStmt    *raw;
	Query	   *query;
	char	   *reason;

	if (expr == NULL)
		return;
	e.place = psprintf("line %d", line);
	e.source = expr->query;
	e.expr = expr;
	expr->func = body->function;
	raw = linitial_node(RawStmt, raw_parser(expr->query, expr->parseMode));
	if (!has_query(raw->stmt))
	{
		if (strstr(e.source, GUARDED_SCHEMA "."))
			note_call(&e, "?", "a statement whose calls cannot be told", 0);
	}
	else
	{
		if (!body->in_message)
			note_calls_in_texts(raw->stmt, &e);
		query = analyse(expr, raw, &reason);
		if (query)
		{
			note_bare_literals((Node *) raw, &e);
			examine_analysed((Node *) query, &e);
		}
		else
			examine_raw(raw->stmt, &e);
	}
	body->calls = list_concat(body->calls, e.calls);
}

static void
examine_expressions(Body *body, List *expressions, int line)
{
	ListCell   *lc;

	foreach(lc, expressions)
		examine_expression(body, lfirst(lc), line);
}

/* Examines a statement of PL/pgSQL, with those within it. */
static void
examine_statement(Body *body, PLpgSQL_stmt *statement)
{
	int			line = statement->lineno;
	ListCell   *lc;

	switch (statement->cmd_type)
	{
		case PLPGSQL_STMT_BLOCK:
			{
				PLpgSQL_stmt_block *block = (PLpgSQL_stmt_block *) statement;

				examine_statements(body, block->body);
				if (block->exceptions)
				{
					foreach(lc, block->exceptions->exc_list)
						examine_statements(body, ((PLpgSQL_exception *) lfirst(lc))->action);
				}
				break;
			}
		case PLPGSQL_STMT_ASSIGN:
			examine_expression(body, ((PLpgSQL_stmt_assign *) statement)->expr, line);
			break;
		case PLPGSQL_STMT_IF:
			{
				PLpgSQL_stmt_if *branch = (PLpgSQL_stmt_if *) statement;

				examine_expression(body, branch->cond, line);
				examine_statements(body, branch->then_body);
				foreach(lc, branch->elsif_list)
				{
					examine_expression(body, ((PLpgSQL_if_elsif *) lfirst(lc))->cond, line);
					examine_statements(body, ((PLpgSQL_if_elsif *) lfirst(lc))->stmts);
				}
				examine_statements(body, branch->else_body);
				break;
			}
		case PLPGSQL_STMT_CASE:
			{
				PLpgSQL_stmt_case *branch = (PLpgSQL_stmt_case *) statement;

				examine_expression(body, branch->t_expr, line);
				foreach(lc, branch->case_when_list)
				{
					examine_expression(body, ((PLpgSQL_case_when *) lfirst(lc))->expr, line);
					examine_statements(body, ((PLpgSQL_case_when *) lfirst(lc))->stmts);
				}
				examine_statements(body, branch->else_stmts);
				break;
			}
		case PLPGSQL_STMT_LOOP:
			examine_statements(body, ((PLpgSQL_stmt_loop *) statement)->body);
			break;
		case PLPGSQL_STMT_WHILE:
			examine_expression(body, ((PLpgSQL_stmt_while *) statement)->cond, line);
			examine_statements(body, ((PLpgSQL_stmt_while *) statement)->body);
			break;
		case PLPGSQL_STMT_FORI:
			examine_expression(body, ((PLpgSQL_stmt_fori *) statement)->lower, line);
			examine_expression(body, ((PLpgSQL_stmt_fori *) statement)->upper, line);
			examine_expression(body, ((PLpgSQL_stmt_fori *) statement)->step, line);
			examine_statements(body, ((PLpgSQL_stmt_fori *) statement)->body);
			break;
		case PLPGSQL_STMT_FORS:
			examine_expression(body, ((PLpgSQL_stmt_fors *) statement)->query, line);
			examine_statements(body, ((PLpgSQL_stmt_fors *) statement)->body);
			break;
		case PLPGSQL_STMT_FORC:
			examine_expression(body, ((PLpgSQL_stmt_forc *) statement)->argquery, line);
			examine_statements(body, ((PLpgSQL_stmt_forc *) statement)->body);
			break;
		case PLPGSQL_STMT_FOREACH_A:
			examine_expression(body, ((PLpgSQL_stmt_foreach_a *) statement)->expr, line);
			examine_statements(body, ((PLpgSQL_stmt_foreach_a *) statement)->body);
			break;
		case PLPGSQL_STMT_EXIT:
			examine_expression(body, ((PLpgSQL_stmt_exit *) statement)->cond, line);
			break;
		case PLPGSQL_STMT_RETURN:
			examine_expression(body, ((PLpgSQL_stmt_return *) statement)->expr, line);
			break;
		case PLPGSQL_STMT_RETURN_NEXT:
			examine_expression(body, ((PLpgSQL_stmt_return_next *) statement)->expr, line);
			break;
		case PLPGSQL_STMT_RETURN_QUERY:
			examine_expression(body, ((PLpgSQL_stmt_return_query *) statement)->query, line);
			examine_expression(body, ((PLpgSQL_stmt_return_query *) statement)->dynquery, line);
			examine_expressions(body, ((PLpgSQL_stmt_return_query *) statement)->params, line);
			break;
		case PLPGSQL_STMT_RAISE:
			body->in_message = true;
			examine_expressions(body, ((PLpgSQL_stmt_raise *) statement)->params, line);
			foreach(lc, ((PLpgSQL_stmt_raise *) statement)->options)
				examine_expression(body, ((PLpgSQL_raise_option *) lfirst(lc))->expr, line);
			body->in_message = false;
			break;
		case PLPGSQL_STMT_ASSERT:
			examine_expression(body, ((PLpgSQL_stmt_assert *) statement)->cond, line);
			examine_expression(body, ((PLpgSQL_stmt_assert *) statement)->message, line);
			break;
		case PLPGSQL_STMT_EXECSQL:
			examine_expression(body, ((PLpgSQL_stmt_execsql *) statement)->sqlstmt, line);
			break;
		case PLPGSQL_STMT_DYNEXECUTE:
			examine_expression(body, ((PLpgSQL_stmt_dynexecute *) statement)->query, line);
			examine_expressions(body, ((PLpgSQL_stmt_dynexecute *) statement)->params, line);
			break;
		case PLPGSQL_STMT_DYNFORS:
			examine_expression(body, ((PLpgSQL_stmt_dynfors *) statement)->query, line);
			examine_expressions(body, ((PLpgSQL_stmt_dynfors *) statement)->params, line);
			examine_statements(body, ((PLpgSQL_stmt_dynfors *) statement)->body);
			break;
		case PLPGSQL_STMT_OPEN:
			examine_expression(body, ((PLpgSQL_stmt_open *) statement)->argquery, line);
			examine_expression(body, ((PLpgSQL_stmt_open *) statement)->query, line);
			examine_expression(body, ((PLpgSQL_stmt_open *) statement)->dynquery, line);
			examine_expressions(body, ((PLpgSQL_stmt_open *) statement)->params, line);
			break;
		case PLPGSQL_STMT_FETCH:
			examine_expression(body, ((PLpgSQL_stmt_fetch *) statement)->expr, line);
			break;
		case PLPGSQL_STMT_PERFORM:
			examine_expression(body, ((PLpgSQL_stmt_perform *) statement)->expr, line);
			break;
		case PLPGSQL_STMT_CALL:
			examine_expression(body, ((PLpgSQL_stmt_call *) statement)->expr, line);
			break;
		case PLPGSQL_STMT_GETDIAG:
		case PLPGSQL_STMT_CLOSE:
		case PLPGSQL_STMT_COMMIT:
		case PLPGSQL_STMT_ROLLBACK:
			break;
		default:
			elog(ERROR, "unknown kind of statement: %d", (int) statement->cmd_type);
	}
}

static void
examine_statements(Body *body, List *statements)
{
	ListCell   *lc;

	foreach(lc, statements)
		examine_statement(body, lfirst(lc));
}

/* Examines the defaults of variables and the queries of cursors. */
static void
examine_declarations(Body *body)
{
	for (int i = 0; i < body->function->ndatums; i++)
	{
		PLpgSQL_datum *datum = body->function->datums[i];

		switch (datum->dtype)
		{
			case PLPGSQL_DTYPE_VAR:
			case PLPGSQL_DTYPE_PROMISE:
				examine_expression(body, ((PLpgSQL_var *) datum)->cursor_explicit_expr, ((PLpgSQL_var *) datum)->lineno);
				examine_expression(body, ((PLpgSQL_var *) datum)->default_val, ((PLpgSQL_var *) datum)->lineno);
				break;
			case PLPGSQL_DTYPE_REC:
				examine_expression(body, ((PLpgSQL_rec *) datum)->default_val, ((PLpgSQL_rec *) datum)->lineno);
				break;
			default:
				break;
		}
	}
}

/* ----------------------------------------------------------------- in SQL */

PG_FUNCTION_INFO_V1(exact_calls_in);
PG_FUNCTION_INFO_V1(exact_calls_watch);
PG_FUNCTION_INFO_V1(exact_calls_seen);

Datum
exact_calls_in(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(fake, 0);
	FmgrInfo	info;
	PLpgSQL_execstate state;
	Body		body = {0};
	bool		was_watching = watching;

	MemSet(fake, 0, SizeForFunctionCallInfo(0));
	MemSet(&info, 0, sizeof(info));
	MemSet(&state, 0, sizeof(state));
	fake->flinfo = &info;
	info.fn_oid = PG_GETARG_OID(0);
	info.fn_mcxt = CurrentMemoryContext;

	watching = false;
	body.function = compile_function(fake, true);
	state.func = body.function;
	state.ndatums = body.function->ndatums;
	state.datums = body.function->datums;
	state.datum_context = CurrentMemoryContext;
	body.function->cur_estate = &state;
	examine_declarations(&body);
	examine_statement(&body, (PLpgSQL_stmt *) body.function->action);
	body.function->cur_estate = NULL;
	watching = was_watching;
	return texts_as_array(body.calls);
}

Datum
exact_calls_watch(PG_FUNCTION_ARGS)
{
	watching = PG_GETARG_BOOL(0);
	PG_RETURN_VOID();
}

Datum
exact_calls_seen(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	return texts_as_array(seen);
}

void
_PG_init(void)
{
	compile_function = (CompileFunction) load_external_function("$libdir/plpgsql", "plpgsql_compile", true, NULL);
	set_up_parser = (SetUpParser) load_external_function("$libdir/plpgsql", "plpgsql_parser_setup", true, NULL);
	next_hook = post_parse_analyze_hook;
	post_parse_analyze_hook = after_analysis;
}
