/*
 * rows.h
 *	  Results of named composite types, alone or as a set.
 *
 * A later version may add columns at the end of such a type (ALTER TYPE ... ADD
 * ATTRIBUTE). A library that does not know them yet fills them with NULL; one that
 * knows columns which the type does not have yet leaves them out.
 */
#ifndef RETENTION_ROWS_H
#define RETENTION_ROWS_H

#include "extension.h"

#include <math.h>

#include "funcapi.h"

#define MAX_ROW_COLUMNS 64

/* A row while it is filled from left to right. */
typedef struct RowBuilder
{
	int			num_columns;
	Datum		values[MAX_ROW_COLUMNS];
	bool		nulls[MAX_ROW_COLUMNS];
} RowBuilder;

/* Memory of the row at hand of a set, zeroed before the first one. */
typedef struct RowMemory
{
	MemoryContext context;
	MemoryContext outer;		/* the current one before BeginRow() */
} RowMemory;

static inline void
AddColumn(RowBuilder *row, Datum value)
{
	Assert(row->num_columns < MAX_ROW_COLUMNS);
	row->nulls[row->num_columns] = false;
	row->values[row->num_columns++] = value;
}

static inline void
AddNullColumn(RowBuilder *row)
{
	Assert(row->num_columns < MAX_ROW_COLUMNS);
	row->values[row->num_columns] = (Datum) 0;
	row->nulls[row->num_columns++] = true;
}

/* NaN is how a computation says that its result is undefined: NULL in SQL. */
static inline void
AddDoubleColumn(RowBuilder *row, double value)
{
	if (isnan(value))
		AddNullColumn(row);
	else
		AddColumn(row, Float8GetDatum(value));
}

extern Datum RowDatum(FunctionCallInfo fcinfo, RowBuilder *row);
extern TupleDesc ResultRowType(FunctionCallInfo fcinfo);
extern Datum RowOfType(TupleDesc descriptor, RowBuilder *row);
extern ReturnSetInfo *BeginRows(FunctionCallInfo fcinfo);
extern void BeginRow(RowMemory *memory);
extern void EndRow(RowMemory *memory);
extern void EmitRow(ReturnSetInfo *result, RowBuilder *row);
extern int64 MaxRowsArgument(FunctionCallInfo fcinfo, int argno);
NORETURN extern void TooManyRows(int64 num_rows, int64 max_rows, const char *each,
								 const char *from, const char *to);

#endif							/* RETENTION_ROWS_H */
