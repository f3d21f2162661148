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

static PackedView
ViewOfVarlena(const struct varlena *value)
{
	PackedView	view;

	view.bytes = (const uint8 *) VARDATA_ANY(value);
	view.size = VARSIZE_ANY_EXHDR(value);
	return view;
}

/* The bytes of a datum, detoasted where need be but not copied otherwise. */
PackedView
PackedViewOf(Datum datum)
{
	return ViewOfVarlena(PG_DETOAST_DATUM_PACKED(datum));
}

/* The bytes of a value at hand. */
PackedView
PackedViewOfPacked(const Packed *packed)
{
	return ViewOfVarlena((const struct varlena *) packed);
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

	if (likely(VARATT_IS_4B_U(value) && RunsInAggregate(fcinfo)))
		return (Packed *) value;
	return (Packed *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(argno));
}

static PackedView
CanonicalView(PackedView view, const PackedType *type)
{
	return type->canonical == NULL ? view : type->canonical(view);
}

/* The canonical bytes of argument argno. */
static PackedView
CanonicalArgument(FunctionCallInfo fcinfo, int argno, const PackedType *type)
{
	return CanonicalView(PackedViewOf(PG_GETARG_DATUM(argno)), type);
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
				 errdetail("%s", problem)));
	SET_VARSIZE(packed, VARHDRSZ + size);
	PG_RETURN_POINTER(packed);
}

/* value -> cstring */
Datum
PackedOutput(FunctionCallInfo fcinfo, const PackedType *type)
{
	PackedView	value = CanonicalArgument(fcinfo, 0, type);
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
	PackedView	value = CanonicalArgument(fcinfo, 0, type);
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
	struct varlena *arg0 = PG_GETARG_VARLENA_PP(0);
	struct varlena *arg1 = PG_GETARG_VARLENA_PP(1);
	PackedView	a = CanonicalView(ViewOfVarlena(arg0), type);
	PackedView	b = CanonicalView(ViewOfVarlena(arg1), type);
	int			order = memcmp(a.bytes, b.bytes, Min(a.size, b.size));

	if (order == 0 && a.size != b.size)
		order = a.size < b.size ? -1 : 1;
	PG_FREE_IF_COPY(arg0, 0);	/* index builds compare in a long-lived context */
	PG_FREE_IF_COPY(arg1, 1);
	return order;
}

/* value -> int4 hash of the canonical bytes */
Datum
PackedHash(FunctionCallInfo fcinfo, const PackedType *type)
{
	PackedView	value = CanonicalArgument(fcinfo, 0, type);

	return hash_any(value.bytes, (int) value.size);
}

/* value, int8 seed -> int8 hash of the canonical bytes */
Datum
PackedHashExtended(FunctionCallInfo fcinfo, const PackedType *type)
{
	PackedView	value = CanonicalArgument(fcinfo, 0, type);

	return hash_any_extended(value.bytes, (int) value.size, (uint64) PG_GETARG_INT64(1));
}
