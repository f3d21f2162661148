/*
 * logistic.c
 *	  logistic_agg(): collecting the rows of a logistic regression and fitting them.
 *
 * The fit reads the rows several times, so they are kept: in memory up to work_mem,
 * the rest in a temporary file. Rows in two places cannot be added up to a model, so
 * this aggregate has no combine function. Its result depends on the order of the rows
 * as sums of floats do, by some units of the last places.
 */
#include "logistic.h"

#include <math.h>

#include "aggregate.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "logistic_fit.h"
#include "miscadmin.h"
#include "outcome.h"
#include "storage/buffile.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(logistic_accum);
PG_FUNCTION_INFO_V1(logistic_accum_bigint);
PG_FUNCTION_INFO_V1(logistic_final);

/*
 * Memory for rows begins with so many; a file is read by about so many bytes. Whole
 * blocks, in memory and in the file, make the model independent of work_mem.
 */
#define FIRST_ROWS LOGISTIC_BLOCK_ROWS
#define READ_SIZE (256 * 1024)
/* So many rows in memory are read without looking for interrupts. */
#define MAX_READ (LOGISTIC_BLOCK_ROWS * 256)

/* The state of the aggregate, in its memory context. */
typedef struct LogisticState
{
	LogisticRows rows;			/* first, so that the fit reads this */
	MemoryContext context;
	int64		num_skipped;
	ArrayType  *names;			/* NULL: none were given */
	double	   *lowest;
	double	   *highest;
	double	   *buffer;			/* rows */
	size_t		num_buffered;
	size_t		max_buffered;
	BufFile    *file;			/* rows that came before those in the buffer; NULL: none */
	uint64		num_in_file;
	/* while rows are read */
	uint64		position;
	double	   *read_buffer;
	size_t		max_read;
} LogisticState;

/* ---- keeping rows ---- */

static inline size_t
RowSize(const LogisticState *state)
{
	return sizeof(double) * ((size_t) state->rows.num_features + 1);
}

/* Close the temporary file when the aggregate is done with the state, which may be early. */
static void
CloseFile(Datum datum)
{
	LogisticState *state = (LogisticState *) DatumGetPointer(datum);

	if (state->file != NULL)
		BufFileClose(state->file);
	state->file = NULL;
}

/* Move all rows in memory to the file. */
static void
SpillRows(LogisticState *state)
{
	if (state->file == NULL)
	{
		MemoryContext old_context = MemoryContextSwitchTo(state->context);

		state->file = BufFileCreateTemp(false);
		MemoryContextSwitchTo(old_context);
	}
	BufFileWrite(state->file, state->buffer, RowSize(state) * state->num_buffered);
	state->num_in_file += state->num_buffered;
	state->num_buffered = 0;
}

/* Room for one more row. */
static void
MakeRowRoom(LogisticState *state)
{
	size_t		row_size = RowSize(state);
	size_t		wanted = state->max_buffered == 0 ? FIRST_ROWS : state->max_buffered * 2;
	double	   *larger;

	if (state->max_buffered > 0 && wanted * row_size > (size_t) work_mem * 1024)
	{
		SpillRows(state);
		return;
	}
	larger = (double *) MemoryContextAllocHuge(state->context, wanted * row_size);
	if (state->buffer != NULL)
	{
		memcpy(larger, state->buffer, state->num_buffered * row_size);
		pfree(state->buffer);
	}
	state->buffer = larger;
	state->max_buffered = wanted;
}

/* Start again with the first row. */
static void
RewindRows(LogisticRows *rows)
{
	LogisticState *state = (LogisticState *) rows;

	state->position = 0;
	if (state->file != NULL && BufFileSeek(state->file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind a temporary file")));
}

/* The next rows of the file. */
static size_t
ReadFile(LogisticState *state, const double **block)
{
	size_t		num = (size_t) Min(state->num_in_file - state->position, state->max_read);
	size_t		size = num * RowSize(state);

	if (BufFileRead(state->file, state->read_buffer, size) != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file")));
	*block = state->read_buffer;
	return num;
}

/* The next rows: those of the file first, then those in memory. */
static size_t
ReadRows(LogisticRows *rows, const double **block)
{
	LogisticState *state = (LogisticState *) rows;
	size_t		num;

	CHECK_FOR_INTERRUPTS();
	if (state->position < state->num_in_file)
		num = ReadFile(state, block);
	else
	{
		size_t		first = (size_t) (state->position - state->num_in_file);

		num = Min(state->num_buffered - first, MAX_READ);
		*block = state->buffer + first * ((size_t) rows->num_features + 1);
	}
	state->position += num;
	return num;
}

/* ---- arguments ---- */

/*
 * The features in an array of double precision. An error unless it has one dimension
 * and all are finite.
 */
FeatureValues
ReadFeatures(ArrayType *array)
{
	FeatureValues features = {0};

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("features must be a one-dimensional array, not one of %d dimensions",
						ARR_NDIM(array))));
	features.num = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (ARR_HASNULL(array) && array_contains_nulls(array))
	{
		features.has_null = true;
		return features;
	}
	features.values = (const double *) ARR_DATA_PTR(array);
	for (int i = 0; i < features.num; i++)
		if (unlikely(!isfinite(features.values[i])))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("feature %d must be a finite number, not %g", i + 1, features.values[i]),
					 errhint("Write NULL for what is not known.")));
	return features;
}

/* Refuse names that do not name each feature once. */
static void
CheckNames(ArrayType *array, int num_features)
{
	Datum	   *names;
	bool	   *nulls;
	int			num;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("names must be a one-dimensional array, not one of %d dimensions",
						ARR_NDIM(array))));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &num);
	if (num != num_features)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there are %d names for %d features", num, num_features)));
	for (int i = 0; i < num; i++)
	{
		char	   *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the name of feature %d is NULL", i + 1)));
		name = TextDatumGetCString(names[i]);
		if (name[0] == '\0' || strcmp(name, INTERCEPT_NAME) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" cannot be the name of feature %d", name, i + 1)));
		for (int j = 0; j < i; j++)
			if (strcmp(name, TextDatumGetCString(names[j])) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("features %d and %d have the same name: \"%s\"", j + 1, i + 1, name)));
	}
}

static ArrayType *
CopyNames(MemoryContext context, const ArrayType *array)
{
	ArrayType  *copy = (ArrayType *) MemoryContextAlloc(context, VARSIZE(array));

	memcpy(copy, array, VARSIZE(array));
	return copy;
}

/* The names in argument argno, if there is such an argument. */
static ArrayType *
NamesOfArgument(FunctionCallInfo fcinfo, int argno)
{
	if (PG_NARGS() <= argno || PG_ARGISNULL(argno))
		return NULL;
	return PG_GETARG_ARRAYTYPE_P(argno);
}

/* ---- the state ---- */

static LogisticState *
NewState(FunctionCallInfo fcinfo)
{
	MemoryContext context = RequireAggregate(fcinfo, "logistic_agg");
	LogisticState *state = (LogisticState *) MemoryContextAllocZero(context, sizeof(LogisticState));

	state->context = context;
	state->rows.rewind = RewindRows;
	state->rows.read = ReadRows;
	AggRegisterCallback(fcinfo, CloseFile, PointerGetDatum(state));
	return state;
}

/* Let the first row say how many features there are and what they are called. */
static void
BeginRowsOf(LogisticState *state, int num_features, const ArrayType *names)
{
	if (num_features < 1 || num_features > MAX_FEATURES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of features must be between 1 and %d, not %d",
						MAX_FEATURES, num_features)));
	if (names != NULL)
		state->names = CopyNames(state->context, names);
	if (state->names != NULL)
		CheckNames(state->names, num_features);
	state->rows.num_features = num_features;
	state->lowest = (double *) MemoryContextAlloc(state->context, sizeof(double) * (size_t) num_features * 2);
	state->highest = state->lowest + num_features;
	for (int j = 0; j < num_features; j++)
	{
		state->lowest[j] = INFINITY;
		state->highest[j] = -INFINITY;
	}
	state->rows.lowest = state->lowest;
	state->rows.highest = state->highest;
}

/* Refuse a row that does not look like the first. */
static inline void
RequireSameFeatures(const LogisticState *state, int num_features, const ArrayType *names)
{
	if (unlikely(num_features != state->rows.num_features))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("a row has %d features, not %d as the rows before",
						num_features, state->rows.num_features)));
	if (unlikely((names == NULL) != (state->names == NULL) ||
				 (names != NULL &&
				  (VARSIZE(names) != VARSIZE(state->names) ||
				   memcmp(names, state->names, VARSIZE(names)) != 0))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("names must be the same in all rows")));
}

/* Keep a row. */
static inline void
KeepRow(LogisticState *state, bool outcome, const double *features)
{
	int			num_features = state->rows.num_features;
	double	   *row;

	if (unlikely(state->num_buffered == state->max_buffered))
		MakeRowRoom(state);
	row = state->buffer + state->num_buffered++ * ((size_t) num_features + 1);
	row[0] = outcome;
	memcpy(row + 1, features, sizeof(double) * (size_t) num_features);
	for (int j = 0; j < num_features; j++)
	{
		if (features[j] < state->lowest[j])
			state->lowest[j] = features[j];
		if (features[j] > state->highest[j])
			state->highest[j] = features[j];
	}
	state->rows.num_rows++;
	state->rows.num_positives += outcome;
}

/* state, outcome, features [, names] -> state. A row with a NULL is skipped and counted. */
static Datum
AddRow(FunctionCallInfo fcinfo, bool has_outcome, bool outcome)
{
	LogisticState *state = PG_ARGISNULL(0) ? NewState(fcinfo) : (LogisticState *) PG_GETARG_POINTER(0);
	ArrayType  *array;
	ArrayType  *names;
	FeatureValues features;

	if (PG_ARGISNULL(2))
	{
		state->num_skipped++;
		PG_RETURN_POINTER(state);
	}
	array = PG_GETARG_ARRAYTYPE_P(2);
	names = NamesOfArgument(fcinfo, 3);
	features = ReadFeatures(array);
	if (state->rows.num_features == 0)
		BeginRowsOf(state, features.num, names);
	else
		RequireSameFeatures(state, features.num, names);
	if (features.has_null || !has_outcome)
		state->num_skipped++;
	else
		KeepRow(state, outcome, features.values);
	PG_RETURN_POINTER(state);
}

/* logistic_agg(outcome boolean, features double precision[] [, names text[]]) */
Datum
logistic_accum(PG_FUNCTION_ARGS)
{
	return AddRow(fcinfo, !PG_ARGISNULL(1), !PG_ARGISNULL(1) && PG_GETARG_BOOL(1));
}

/* logistic_agg(outcome bigint, features double precision[] [, names text[]]) */
Datum
logistic_accum_bigint(PG_FUNCTION_ARGS)
{
	return AddRow(fcinfo, !PG_ARGISNULL(1), !PG_ARGISNULL(1) && OutcomeOfBigint(PG_GETARG_INT64(1)));
}

/* ---- the model ---- */

/* The names of the features, given or x1, x2, ... */
static char **
FeatureNames(const LogisticState *state)
{
	int			num = state->rows.num_features;
	char	  **names = (char **) palloc(sizeof(char *) * (size_t) num);
	Datum	   *given = NULL;

	if (state->names != NULL)
		deconstruct_array(state->names, TEXTOID, -1, false, TYPALIGN_INT, &given, NULL, &num);
	for (int j = 0; j < num; j++)
		names[j] = given != NULL ? TextDatumGetCString(given[j]) : psprintf("x%d", j + 1);
	return names;
}

/* "a", "b" and "c" */
static char *
InvolvedList(const bool *involved, char **names, int num)
{
	StringInfoData list;
	int			last = -1;

	initStringInfo(&list);
	for (int j = 0; j < num; j++)
		if (involved[j])
			last = j;
	for (int j = 0; j <= last; j++)
		if (involved[j])
			appendStringInfo(&list, "%s\"%s\"",
							 list.len == 0 ? "" : j == last ? " and " : ", ", names[j]);
	return list.data;
}

/* An error if the status says that there is no model. */
static void
CheckStatus(const LogisticState *state, LogisticStatus status, const LogisticFit *fit, char **names)
{
	int			j = fit->feature;

	if (status == LOGISTIC_CONSTANT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("feature \"%s\" is constant", names[j]),
				 errdetail("It is %.15g in all %llu rows without NULLs.", state->lowest[j],
						   (unsigned long long) state->rows.num_rows),
				 errhint("Leave it out: the intercept is part of every model.")));
	if (status == LOGISTIC_COLLINEAR)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("features are collinear: \"%s\" is a linear combination of %s", names[j],
						InvolvedList(fit->involved, names, state->rows.num_features)),
				 errhint("Leave one of them out.")));
	if (status == LOGISTIC_OUT_OF_RANGE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("feature \"%s\" has values from %g to %g, which cannot be computed with",
						names[j], state->lowest[j], state->highest[j]),
				 errhint("Scale it.")));
}

/* An error if a coefficient is beyond what a float can hold. */
static void
CheckFinite(const double *numbers, int num, const char *what)
{
	for (int i = 0; i < num; i++)
		if (!isfinite(numbers[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("a %s of the logistic regression is out of range", what),
					 errhint("Scale the features.")));
}

static LogisticTerm
TermOf(const LogisticFit *fit, char **names, int i)
{
	const char *name = i == 0 ? "" : names[i - 1];

	return (LogisticTerm) {(const uint8 *) name, strlen(name), fit->coefficients[i], fit->stderrs[i]};
}

/* The model as a value. */
static Packed *
PackModel(const LogisticState *state, LogisticStatus status, const LogisticFit *fit, char **names)
{
	bool		converged = status == LOGISTIC_CONVERGED;
	LogisticHead head = {converged, Min(fit->log_likelihood, 0), state->rows.num_rows,
		(uint64) state->num_skipped, (uint32) state->rows.num_features};
	size_t		size = LogisticHeadSize(&head);
	Packed	   *packed;
	uint8	   *p;

	for (int i = 0; i <= state->rows.num_features; i++)
	{
		LogisticTerm term = TermOf(fit, names, i);

		size += LogisticTermSize(&term, i > 0, converged);
	}
	packed = PackedAlloc(size);
	p = LogisticWriteHead(packed->bytes, &head);
	for (int i = 0; i <= state->rows.num_features; i++)
	{
		LogisticTerm term = TermOf(fit, names, i);

		p = LogisticWriteTerm(p, &term, i > 0, converged);
	}
	Assert(LogisticCheck(packed->bytes, PACKED_SIZE(packed)) == NULL);
	return packed;
}

static void
WarnOfSeparation(void)
{
	ereport(WARNING,
			(errmsg("the logistic regression did not converge"),
			 errdetail("The coefficients grow without end: a combination of the features separates the outcomes."),
			 errhint("Leave out features that only occur with one outcome, or join rare values.")));
}

/* state -> logistic_model; NULL if no row was without NULL. */
Datum
logistic_final(PG_FUNCTION_ARGS)
{
	LogisticState *state;
	LogisticFit fit = {0};
	LogisticStatus status;
	double	   *workspace;
	char	  **names;
	size_t		num_terms;

	RequireAggregate(fcinfo, "logistic_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (LogisticState *) PG_GETARG_POINTER(0);
	if (state->rows.num_rows == 0)
		PG_RETURN_NULL();
	num_terms = (size_t) state->rows.num_features + 1;
	names = FeatureNames(state);
	fit.coefficients = (double *) palloc0(sizeof(double) * num_terms);
	fit.stderrs = (double *) palloc0(sizeof(double) * num_terms);
	fit.involved = (bool *) palloc0(sizeof(bool) * num_terms);
	if (state->file != NULL)
	{
		state->max_read = Max(READ_SIZE / RowSize(state) / LOGISTIC_BLOCK_ROWS, 1) * LOGISTIC_BLOCK_ROWS;
		state->read_buffer = (double *) palloc(state->max_read * RowSize(state));
	}
	workspace = (double *)
		palloc_extended(sizeof(double) * LogisticWorkspace(state->rows.num_features),
						MCXT_ALLOC_HUGE);
	status = FitLogistic(&state->rows, &fit, workspace);
	CheckStatus(state, status, &fit, names);
	CheckFinite(fit.coefficients, (int) num_terms, "coefficient");
	CheckFinite(fit.stderrs, (int) num_terms, "standard error");
	if (status == LOGISTIC_SEPARATED)
		WarnOfSeparation();
	PG_RETURN_POINTER(PackModel(state, status, &fit, names));
}
