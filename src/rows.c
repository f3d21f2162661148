/*
 * rows.c
 *	  Results of named composite types, alone or as a set.
 */
#include "rows.h"

#include "access/htup_details.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

static void
FillUnknownColumns(RowBuilder *row, TupleDesc descriptor)
{
	if (row->num_columns > descriptor->natts || descriptor->natts > MAX_ROW_COLUMNS)
		elog(ERROR, "row type has %d columns, not %d", descriptor->natts, row->num_columns);
	while (row->num_columns < descriptor->natts)
		AddNullColumn(row);
}

/*
 * The result of a function that returns one row. The row type is looked up once
 * and kept in fn_extra, which the calling function must not use itself.
 */
Datum
RowDatum(FunctionCallInfo fcinfo, RowBuilder *row)
{
	TupleDesc	descriptor = (TupleDesc) fcinfo->flinfo->fn_extra;

	if (descriptor == NULL)
	{
		MemoryContext old_context = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "the result is not a row");
		descriptor = BlessTupleDesc(CreateTupleDescCopy(descriptor));
		MemoryContextSwitchTo(old_context);
		fcinfo->flinfo->fn_extra = descriptor;
	}
	FillUnknownColumns(row, descriptor);
	return HeapTupleGetDatum(heap_form_tuple(descriptor, row->values, row->nulls));
}

/* Start the result of a set-returning function. */
ReturnSetInfo *
BeginRows(FunctionCallInfo fcinfo)
{
	InitMaterializedSRF(fcinfo, 0);
	return (ReturnSetInfo *) fcinfo->resultinfo;
}

/* Add a row to it and empty the builder for the next. */
void
EmitRow(ReturnSetInfo *result, RowBuilder *row)
{
	CHECK_FOR_INTERRUPTS();
	FillUnknownColumns(row, result->setDesc);
	tuplestore_putvalues(result->setResult, result->setDesc, row->values, row->nulls);
	row->num_columns = 0;
}
