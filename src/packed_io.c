/*
 * packed_io.c
 *	  Input, output, comparison and hashing, shared by all types of retention.
 *
 * A value that entered through these functions has been checked byte by byte,
 * and there is no other way in: so every other function trusts its arguments.
 */
#include "packed_io.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"

/* How much of a malformed text an error message repeats. */
#define SHOWN_INPUT 40

/* An error if a value of size bytes is too large for the server. */
void
PackedCheckSize(size_t size)
{
	if (size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a summary of %zu bytes is too large", size),
				 errdetail("The largest has %zu bytes.", (size_t) MaxAllocSize - VARHDRSZ),
				 errhint("Summarize fewer rows at a time, or longer periods.")));
}

/* An uninitialized packed value of size bytes. */
Packed *
PackedAlloc(size_t size)
{
	Packed	   *packed;

	PackedCheckSize(size);
	packed = (Packed *) palloc(VARHDRSZ + size);
	SET_VARSIZE(packed, VARHDRSZ + size);
	return packed;
}

/* AggCheckCallContext() without the call, which would be felt for every row. */
static inline bool
RunsInAggregate(FunctionCallInfo fcinfo)
{
	return fcinfo->context != NULL &&
		(IsA(fcinfo->context, AggState) || IsA(fcinfo->context, WindowAggState));
}

/*
 * The aggregate state in argument argno, to be changed in place.
 *
 * Only the state of a running aggregate may be changed: whoever calls a
 * transition function by hand gets a copy. So does an aggregate whose first
 * state came from a table and is toasted or has a short header.
 */
Packed *
PackedForUpdate(FunctionCallInfo fcinfo, int argno)
{
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(argno);

	Assert(!PG_ARGISNULL(argno));
	if (likely(VARATT_IS_4B_U(value) && RunsInAggregate(fcinfo)))
		return (Packed *) value;
	return (Packed *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(argno));
}

static PackedView
CanonicalView(PackedView view, const PackedType *type)
{
	return type->canonical == NULL ? view : type->canonical(view);
}

/* An argument in canonical form, and the copies that were made on the way. */
typedef struct CanonicalArgument
{
	struct varlena *value;		/* the argument, detoasted where need be */
	PackedView	view;			/* its canonical bytes */
} CanonicalArgument;

static CanonicalArgument
GetCanonical(FunctionCallInfo fcinfo, int argno, const PackedType *type)
{
	CanonicalArgument argument;

	argument.value = PG_GETARG_VARLENA_PP(argno);
	argument.view = CanonicalView(PackedViewOfVarlena(argument.value), type);
	return argument;
}

/* Index builds compare and hash in a long-lived context: leave nothing behind. */
static void
FreeCanonical(FunctionCallInfo fcinfo, int argno, CanonicalArgument *argument)
{
	if (argument->view.bytes != (const uint8 *) VARDATA_ANY(argument->value))
		pfree((char *) argument->view.bytes - offsetof(Packed, bytes));
	if ((Pointer) argument->value != PG_GETARG_POINTER(argno))
		pfree(argument->value);
}

/* A value in canonical form; the same datum if it is canonical already. */
Datum
PackedCanonicalDatum(Datum datum, const PackedType *type)
{
	PackedView	value = PackedViewOf(datum);
	PackedView	canonical = CanonicalView(value, type);

	if (canonical.bytes == value.bytes)
		return datum;
	return PointerGetDatum(canonical.bytes - offsetof(Packed, bytes));
}

/* cstring -> value; the text form is \x and hexadecimal digits. */
Datum
PackedInput(FunctionCallInfo fcinfo, const PackedType *type)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Packed	   *packed = PackedAlloc(strlen(text) / 2 + 1);
	size_t		size = 0;
	const char *problem = PackedFromHex(text, packed->bytes, &size);

	if (problem == NULL)
		problem = type->check(packed->bytes, size);
	if (problem != NULL)
		ereturn(INPUT_ERROR_CONTEXT(fcinfo), (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed %s: \"%.*s%s\"", type->name,
						pg_mbcliplen(text, (int) strlen(text), SHOWN_INPUT), text,
						strlen(text) > SHOWN_INPUT ? "..." : ""),
				 errdetail("%s", problem),
				 type->input_hint != NULL ? errhint("%s", type->input_hint) : 0));
	SET_VARSIZE(packed, VARHDRSZ + size);
	PG_RETURN_POINTER(packed);
}

/* value -> cstring */
Datum
PackedOutput(FunctionCallInfo fcinfo, const PackedType *type)
{
	PackedView	value = GetCanonical(fcinfo, 0, type).view;
	char	   *text = (char *) palloc_extended(2 * value.size + 3, MCXT_ALLOC_HUGE);

	PackedToHex(value.bytes, value.size, text);
	PG_RETURN_CSTRING(text);
}

/* binary message -> value, checked exactly like text */
Datum
PackedReceive(FunctionCallInfo fcinfo, const PackedType *type)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	size_t		size = message->len - message->cursor;
	Packed	   *packed = PackedAlloc(size);
	const char *problem;

	pq_copymsgbytes(message, (char *) packed->bytes, (int) size);
	problem = type->check(packed->bytes, size);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("malformed binary %s of %zu bytes", type->name, size),
				 errdetail("%s", problem)));
	PG_RETURN_POINTER(packed);
}

/* value -> binary message: the canonical bytes */
Datum
PackedSend(FunctionCallInfo fcinfo, const PackedType *type)
{
	PackedView	value = GetCanonical(fcinfo, 0, type).view;
	Packed	   *message = PackedAlloc(value.size);

	memcpy(message->bytes, value.bytes, value.size);
	PG_RETURN_BYTEA_P((bytea *) message);
}

/*
 * Compare two values by their canonical bytes, shorter before longer ones that
 * begin alike. The order means nothing to a user: it serves btree, DISTINCT and
 * merge joins. It never raises an error, or ANALYZE would.
 */
int
PackedCompare(FunctionCallInfo fcinfo, const PackedType *type)
{
	CanonicalArgument a = GetCanonical(fcinfo, 0, type);
	CanonicalArgument b = GetCanonical(fcinfo, 1, type);
	int			order = memcmp(a.view.bytes, b.view.bytes, Min(a.view.size, b.view.size));

	if (order == 0 && a.view.size != b.view.size)
		order = a.view.size < b.view.size ? -1 : 1;
	FreeCanonical(fcinfo, 0, &a);
	FreeCanonical(fcinfo, 1, &b);
	return order;
}

/* value -> int4 hash of the canonical bytes */
Datum
PackedHash(FunctionCallInfo fcinfo, const PackedType *type)
{
	CanonicalArgument value = GetCanonical(fcinfo, 0, type);
	Datum		hash = hash_any(value.view.bytes, (int) value.view.size);

	FreeCanonical(fcinfo, 0, &value);
	return hash;
}

/* value, int8 seed -> int8 hash of the canonical bytes */
Datum
PackedHashExtended(FunctionCallInfo fcinfo, const PackedType *type)
{
	CanonicalArgument value = GetCanonical(fcinfo, 0, type);
	Datum		hash = hash_any_extended(value.view.bytes, (int) value.view.size,
										 (uint64) PG_GETARG_INT64(1));

	FreeCanonical(fcinfo, 0, &value);
	return hash;
}
