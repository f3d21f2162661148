/*
 * lead_id.h
 *	  The lead_id of both queries of score_leads(), as keys that are equal where SQL's = is.
 */
#ifndef RETENTION_LEAD_ID_H
#define RETENTION_LEAD_ID_H

#include "customer_table.h"

#include "access/tupdesc.h"

/* How a lead_id is read. */
typedef enum LeadIdKind
{
	LEAD_ID_INT2, LEAD_ID_INT4, LEAD_ID_INT8, LEAD_ID_NUMERIC, LEAD_ID_FLOAT4, LEAD_ID_FLOAT8,
	LEAD_ID_UUID, LEAD_ID_TEXT, LEAD_ID_BPCHAR, LEAD_ID_NAME, LEAD_ID_OTHER
} LeadIdKind;

typedef struct LeadIdColumn
{
	LeadIdKind	kind;
	CustomerKeyType key_type;
	FmgrInfo	output;			/* of LEAD_ID_OTHER */
} LeadIdColumn;

extern CustomerKeyType KeyTypeOfLeadIds(Form_pg_attribute lead, Form_pg_attribute event);
extern LeadIdColumn LeadIdOfColumn(Form_pg_attribute column, CustomerKeyType key_type);
extern Datum TextOfLeadId(LeadIdColumn *column, Datum lead_id);

/* The key of a lead_id, for a customer table. */
static inline Datum
KeyOfLeadId(LeadIdColumn *column, Datum lead_id)
{
	if (column->key_type == CUSTOMER_BIGINT)
		return column->kind == LEAD_ID_INT8 ? lead_id
			: Int64GetDatum(column->kind == LEAD_ID_INT4 ? DatumGetInt32(lead_id)
							: DatumGetInt16(lead_id));
	return column->kind == LEAD_ID_UUID || column->kind == LEAD_ID_TEXT ? lead_id
		: TextOfLeadId(column, lead_id);
}

/* Whether making a key allocates memory. */
static inline bool
LeadIdTakesMemory(const LeadIdColumn *column)
{
	return column->key_type == CUSTOMER_TEXT && column->kind != LEAD_ID_TEXT;
}

#endif							/* RETENTION_LEAD_ID_H */
