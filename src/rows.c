/*
 * rows.c
 *	  Results of named composite types, alone or as a set.
 */
#include "rows.h"

#include "access/htup_details.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

/*
 * Give the row the columns of its type, which may have more than this library knows,
 * or fewer until ALTER EXTENSION UPDATE: what follows the type's last column is not read.
 */
static void
FitColumns(RowBuilder *row, TupleDesc descriptor)
{
	if (descriptor->natts > MAX_ROW_COLUMNS)
		elog(ERROR, "row type has %d columns, more than %d", descriptor->natts, MAX_ROW_COLUMNS);
	while (row->num_columns < descriptor->natts)
		AddNullColumn(row);
}

/* The row type of a function's result, to be kept as long as its FmgrInfo. */
TupleDesc
ResultRowType(FunctionCallInfo fcinfo)
{
	MemoryContext old_context = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	TupleDesc	descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "the result is not a row");
	descriptor = BlessTupleDesc(CreateTupleDescCopy(descriptor));
	MemoryContextSwitchTo(old_context);
	return descriptor;
}

/* The row as a value of that type. */
Datum
RowOfType(TupleDesc descriptor, RowBuilder *row)
{
	FitColumns(row, descriptor);
	return HeapTupleGetDatum(heap_form_tuple(descriptor, row->values, row->nulls));
}

/*
 * The result of a function that returns one row. The row type is looked up once
 * and kept in fn_extra, which the calling function must not use itself.
 */
Datum
RowDatum(FunctionCallInfo fcinfo, RowBuilder *row)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = ResultRowType(fcinfo);
	return RowOfType((TupleDesc) fcinfo->flinfo->fn_extra, row);
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
	FitColumns(row, result->setDesc);
	tuplestore_putvalues(result->setResult, result->setDesc, row->values, row->nulls);
	row->num_columns = 0;
}
