/*
 * lead_id.c
 *	  The lead_id of both queries of score_leads(), as keys that are equal where SQL's = is.
 *
 * Whole numbers join with each other and with numeric, texts with texts, floats with
 * floats, uuid with uuid. Another type joins with itself if values that are equal are
 * the same value. What SQL compares by other rules, or not at all, is refused.
 */
#include "lead_id.h"

#include "access/nbtree.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

static LeadIdKind
KindOfType(Oid type)
{
	switch (type)
	{
		case INT2OID:
			return LEAD_ID_INT2;
		case INT4OID:
			return LEAD_ID_INT4;
		case INT8OID:
			return LEAD_ID_INT8;
		case NUMERICOID:
			return LEAD_ID_NUMERIC;
		case FLOAT4OID:
			return LEAD_ID_FLOAT4;
		case FLOAT8OID:
			return LEAD_ID_FLOAT8;
		case UUIDOID:
			return LEAD_ID_UUID;
		case TEXTOID:
		case VARCHAROID:
			return LEAD_ID_TEXT;
		case BPCHAROID:
			return LEAD_ID_BPCHAR;
		case NAMEOID:
			return LEAD_ID_NAME;
		default:
			return LEAD_ID_OTHER;
	}
}

static bool
IsExactNumber(LeadIdKind kind)
{
	return kind <= LEAD_ID_NUMERIC;
}

static bool
IsText(LeadIdKind kind)
{
	return kind == LEAD_ID_TEXT || kind == LEAD_ID_BPCHAR || kind == LEAD_ID_NAME;
}

static bool
IsFloat(LeadIdKind kind)
{
	return kind == LEAD_ID_FLOAT4 || kind == LEAD_ID_FLOAT8;
}

/*
 * Whether values of a type that are equal are the same value, so that their texts are
 * equal, too. The type's btree operator class knows: B-tree indexes ask the same before
 * they store equal keys once.
 */
static bool
HasDistinctValues(Oid type, Oid collation)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
	Oid			function;

	if (!OidIsValid(entry->btree_opf))
		return false;
	function = get_opfamily_proc(entry->btree_opf, entry->btree_opintype, entry->btree_opintype,
								 BTEQUALIMAGE_PROC);
	return OidIsValid(function) &&
		DatumGetBool(OidFunctionCall1Coll(function, collation, ObjectIdGetDatum(entry->btree_opintype)));
}

static void
RefuseCollation(Form_pg_attribute column, const char *query)
{
	if (OidIsValid(column->attcollation) && !get_collation_isdeterministic(column->attcollation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("lead_id of %s has the nondeterministic collation \"%s\"", query,
						get_collation_name(column->attcollation)),
				 errdetail("Texts that differ may be equal in it, and score_leads() compares their bytes."),
				 errhint("Write the same for equal texts in both queries, such as lower(lead_id) COLLATE \"C\".")));
}

/* The key for the lead_id columns of both queries; an error if they cannot be joined. */
CustomerKeyType
KeyTypeOfLeadIds(Form_pg_attribute lead, Form_pg_attribute event)
{
	Oid			lead_type = getBaseType(lead->atttypid);
	Oid			event_type = getBaseType(event->atttypid);
	LeadIdKind	lead_kind = KindOfType(lead_type);
	LeadIdKind	event_kind = KindOfType(event_type);

	RefuseCollation(lead, "leads_query");
	RefuseCollation(event, "events_query");
	if (IsExactNumber(lead_kind) && IsExactNumber(event_kind))
		return lead_kind == LEAD_ID_NUMERIC || event_kind == LEAD_ID_NUMERIC ? CUSTOMER_TEXT
			: CUSTOMER_BIGINT;
	if (lead_kind == LEAD_ID_UUID && event_kind == LEAD_ID_UUID)
		return CUSTOMER_UUID;
	if ((IsText(lead_kind) && IsText(event_kind)) || (IsFloat(lead_kind) && IsFloat(event_kind)))
		return CUSTOMER_TEXT;
	if (lead_type != event_type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("lead_id is %s in leads_query and %s in events_query, which cannot be joined",
						format_type_be(lead->atttypid), format_type_be(event->atttypid)),
				 errhint("Cast it to the same type in both queries, such as lead_id::text.")));
	if (!HasDistinctValues(lead_type, lead->attcollation))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("lead_id cannot be %s, of which values that differ may be equal",
						format_type_be(lead->atttypid)),
				 errhint("Cast it to a text that is the same for equal values in both queries, such as lower(lead_id::text).")));
	return CUSTOMER_TEXT;
}

/* How the lead_id of one of the queries is read. */
LeadIdColumn
LeadIdOfColumn(Form_pg_attribute column, CustomerKeyType key_type)
{
	LeadIdColumn lead_id = {.kind = KindOfType(getBaseType(column->atttypid)), .key_type = key_type};

	if (lead_id.kind == LEAD_ID_OTHER)
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(column->atttypid, &output, &is_varlena);
		fmgr_info(output, &lead_id.output);
	}
	return lead_id;
}

static Datum
TextOfInteger(int64 number)
{
	char		digits[MAXINT8LEN + 1];

	return PointerGetDatum(cstring_to_text_with_len(digits, pg_lltoa(number, digits)));
}

/* A number in the shortest form that reads back as it, whatever extra_float_digits is. */
static Datum
TextOfFloat(double number)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	/* -0 equals 0 */
	double_to_shortest_decimal_buf(number == 0 ? 0 : number, digits);
	return CStringGetTextDatum(digits);
}

/* What a lead_id is as a text, the same one for all that are equal. */
Datum
TextOfLeadId(LeadIdColumn *column, Datum lead_id)
{
	switch (column->kind)
	{
		case LEAD_ID_INT2:
			return TextOfInteger(DatumGetInt16(lead_id));
		case LEAD_ID_INT4:
			return TextOfInteger(DatumGetInt32(lead_id));
		case LEAD_ID_INT8:
			return TextOfInteger(DatumGetInt64(lead_id));
		case LEAD_ID_NUMERIC:
			return CStringGetTextDatum(numeric_normalize(DatumGetNumeric(lead_id)));
		case LEAD_ID_FLOAT4:
			return TextOfFloat((double) DatumGetFloat4(lead_id));
		case LEAD_ID_FLOAT8:
			return TextOfFloat(DatumGetFloat8(lead_id));
		case LEAD_ID_BPCHAR:
			return DirectFunctionCall1(rtrim1, lead_id);
		case LEAD_ID_NAME:
			return CStringGetTextDatum(NameStr(*DatumGetName(lead_id)));
		case LEAD_ID_UUID:
		case LEAD_ID_TEXT:
			return lead_id;
		case LEAD_ID_OTHER:
			return CStringGetTextDatum(OutputFunctionCall(&column->output, lead_id));
	}
	return (Datum) 0;
}
