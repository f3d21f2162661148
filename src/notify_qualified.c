/*
 * notify_qualified.c
 *	  notify_qualified(): a trigger that tells who listens of leads that qualify.
 */
#include "extension.h"

#include "catalog/pg_type.h"
#include "commands/async.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(notify_qualified);

/* The arguments of the trigger. */
enum
{
	ARGUMENT_CHANNEL, ARGUMENT_ID, ARGUMENT_SCORE, ARGUMENT_LABEL, ARGUMENT_QUALIFIED,
	NUM_ARGUMENTS
};

/* The server's limit on a payload is 8000 bytes, its terminating zero included. */
#define MAX_PAYLOAD 7999

static const TriggerData *
RequireTrigger(FunctionCallInfo fcinfo)
{
	const TriggerData *trigger = (const TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("notify_qualified() must be called by a trigger AFTER INSERT OR UPDATE ... FOR EACH ROW")));
	if (trigger->tg_trigger->tgnargs != NUM_ARGUMENTS)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("notify_qualified() needs %d arguments, not %d", NUM_ARGUMENTS,
						trigger->tg_trigger->tgnargs),
				 errhint("They are the channel, and the names of the columns of id, score, label and qualified.")));
	return trigger;
}

/* The number of the column that an argument names. */
static int
ColumnOfArgument(const TriggerData *trigger, int argument)
{
	const char *name = trigger->tg_trigger->tgargs[argument];
	int			column = SPI_fnumber(trigger->tg_relation->rd_att, name);

	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has no column \"%s\"",
						RelationGetRelationName(trigger->tg_relation), name),
				 errhint("The arguments of notify_qualified() are the channel, and the names of the columns of id, score, label and qualified.")));
	return column;
}

/* Whether a row is qualified; NULL is not. */
static bool
IsQualifiedRow(const TriggerData *trigger, HeapTuple row, int column)
{
	TupleDesc	descriptor = trigger->tg_relation->rd_att;
	bool		is_null;
	Datum		value;

	if (SPI_gettypeid(descriptor, column) != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" must be a boolean, not %s",
						trigger->tg_trigger->tgargs[ARGUMENT_QUALIFIED],
						format_type_be(SPI_gettypeid(descriptor, column)))));
	value = SPI_getbinval(row, descriptor, column, &is_null);
	return !is_null && DatumGetBool(value);
}

/* Whether a type's text form is a number of JSON. */
static bool
IsNumberType(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID ||
		type == FLOAT8OID || type == NUMERICOID;
}

/* Append "name": and the value of a column. */
static void
AppendMember(StringInfo json, const TriggerData *trigger, HeapTuple row, const char *name,
			 int argument)
{
	int			column = ColumnOfArgument(trigger, argument);
	TupleDesc	descriptor = trigger->tg_relation->rd_att;
	char	   *value = SPI_getvalue(row, descriptor, column);

	appendStringInfo(json, "%s\"%s\": ", json->len == 1 ? "" : ", ", name);
	if (value == NULL)
		appendStringInfoString(json, "null");
	else if (IsNumberType(SPI_gettypeid(descriptor, column)) &&
			 strspn(value, "0123456789+-.eE") == strlen(value))
		appendStringInfoString(json, value);
	else
		escape_json(json, value);
}

/*
 * Trigger notify_qualified(channel, id column, score column, label column, qualified
 * column), after insert or update for each row: NOTIFY when a row comes in qualified,
 * or becomes so. The payload is {"id": , "score": , "label": }.
 */
Datum
notify_qualified(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = RequireTrigger(fcinfo);
	bool		is_update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	HeapTuple	row = is_update ? trigger->tg_newtuple : trigger->tg_trigtuple;
	int			qualified = ColumnOfArgument(trigger, ARGUMENT_QUALIFIED);
	StringInfoData json;

	if (!IsQualifiedRow(trigger, row, qualified) ||
		(is_update && IsQualifiedRow(trigger, trigger->tg_trigtuple, qualified)))
		return PointerGetDatum(NULL);
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	AppendMember(&json, trigger, row, "id", ARGUMENT_ID);
	AppendMember(&json, trigger, row, "score", ARGUMENT_SCORE);
	AppendMember(&json, trigger, row, "label", ARGUMENT_LABEL);
	appendStringInfoChar(&json, '}');
	if (json.len > MAX_PAYLOAD)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a notification of %d bytes is too long", json.len),
				 errdetail("The longest has %d bytes.", MAX_PAYLOAD)));
	Async_Notify(trigger->tg_trigger->tgargs[ARGUMENT_CHANNEL], json.data);
	return PointerGetDatum(NULL);
}
