/*
 * rows.c
 *	  Results of named composite types, alone or as a set.
 */
#include "rows.h"

#include "access/htup_details.h"
#include "miscadmin.h"
#include "utils/memutils.h"
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

/*
 * Start a row of a set whose columns need memory: what is allocated from here to
 * EndRow() is freed there, so that a set of any length takes no more than a row.
 */
void
BeginRow(RowMemory *memory)
{
	if (memory->context == NULL)
		memory->context = AllocSetContextCreate(CurrentMemoryContext, "retention row",
												ALLOCSET_DEFAULT_SIZES);
	memory->outer = MemoryContextSwitchTo(memory->context);
}

/* The row was added to the result, which has copied it. */
void
EndRow(RowMemory *memory)
{
	MemoryContextSwitchTo(memory->outer);
	MemoryContextReset(memory->context);
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

/*
 * How many rows a call may return, as argument argno says; NULL: any number. Functions
 * whose rows depend on dates count them first, so that one wrong date does not fill the
 * disk.
 */
int64
MaxRowsArgument(FunctionCallInfo fcinfo, int argno)
{
	int64		max_rows;

	if (PG_ARGISNULL(argno))
		return PG_INT64_MAX;
	max_rows = PG_GETARG_INT64(argno);
	if (max_rows < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must be at least 1, not " INT64_FORMAT, max_rows)));
	return max_rows;
}

/*
 * An error: there would be more rows than that. each says what has a row, from and to
 * between which days.
 */
void
TooManyRows(int64 num_rows, int64 max_rows, const char *each, const char *from, const char *to)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the result would have " INT64_FORMAT " rows, more than max_rows, which is "
					INT64_FORMAT, num_rows, max_rows),
			 errdetail("It has a row for each %s from %s to %s.", each, from, to),
			 errhint("Correct a wrong date, choose longer periods or another as_of, or raise max_rows.")));
}
