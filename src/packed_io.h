/*
 * packed_io.h
 *	  Packed values as PostgreSQL datums: input, output, comparison, hashing.
 */
#ifndef RETENTION_PACKED_IO_H
#define RETENTION_PACKED_IO_H

#include "extension.h"

#include "packed.h"

/* A packed value as a datum: a varlena with a four-byte header. */
typedef struct Packed
{
	int32		vl_len_;		/* varlena header, do not touch directly */
	uint8		bytes[FLEXIBLE_ARRAY_MEMBER];
} Packed;

#define PACKED_SIZE(packed) ((size_t) VARSIZE(packed) - VARHDRSZ)

/* The bytes of a packed value that belongs to somebody else. */
typedef struct PackedView
{
	const uint8 *bytes;
	size_t		size;
} PackedView;

/* What the shared functions need to know of one SQL type. */
typedef struct PackedType
{
	const char *name;			/* the type's SQL name, for messages */
	const char *input_hint;		/* how else to make a value; NULL: not said */
	/* NULL if the bytes are a canonical value, else what is wrong with them */
	const char *(*check) (const uint8 *bytes, size_t size);
	/*
	 * The canonical bytes of a value that may be the state of an unfinished
	 * aggregate; the same view if it is canonical already. NULL if such states
	 * do not exist.
	 */
	PackedView	(*canonical) (PackedView state);
} PackedType;

extern void PackedCheckSize(size_t size);
extern Packed *PackedAlloc(size_t size);
extern Datum PackedCanonicalDatum(Datum datum, const PackedType *type);
extern Packed *PackedForUpdate(FunctionCallInfo fcinfo, int argno);

/* The bytes of a varlena that is neither compressed nor stored elsewhere. */
static inline PackedView
PackedViewOfVarlena(const struct varlena *value)
{
	PackedView	view;

	view.bytes = (const uint8 *) VARDATA_ANY(value);
	view.size = VARSIZE_ANY_EXHDR(value);
	return view;
}

/* The bytes of a datum, detoasted where need be but not copied otherwise. */
static inline PackedView
PackedViewOf(Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	if (unlikely(VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value)))
		value = pg_detoast_datum_packed(value);
	return PackedViewOfVarlena(value);
}

/* The bytes of a value at hand. */
static inline PackedView
PackedViewOfPacked(const Packed *packed)
{
	return PackedViewOfVarlena((const struct varlena *) packed);
}

extern Datum PackedInput(FunctionCallInfo fcinfo, const PackedType *type);
extern Datum PackedOutput(FunctionCallInfo fcinfo, const PackedType *type);
extern Datum PackedReceive(FunctionCallInfo fcinfo, const PackedType *type);
extern Datum PackedSend(FunctionCallInfo fcinfo, const PackedType *type);
extern int	PackedCompare(FunctionCallInfo fcinfo, const PackedType *type);
extern Datum PackedHash(FunctionCallInfo fcinfo, const PackedType *type);
extern Datum PackedHashExtended(FunctionCallInfo fcinfo, const PackedType *type);

#define PACKED_FUNCTION(name, body) \
PG_FUNCTION_INFO_V1(name); \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	body; \
}

/* The functions that compare and hash values of one type. */
#define PACKED_COMPARISON_FUNCTIONS(prefix, type) \
PACKED_FUNCTION(prefix##_eq, PG_RETURN_BOOL(PackedCompare(fcinfo, type) == 0)) \
PACKED_FUNCTION(prefix##_ne, PG_RETURN_BOOL(PackedCompare(fcinfo, type) != 0)) \
PACKED_FUNCTION(prefix##_lt, PG_RETURN_BOOL(PackedCompare(fcinfo, type) < 0)) \
PACKED_FUNCTION(prefix##_le, PG_RETURN_BOOL(PackedCompare(fcinfo, type) <= 0)) \
PACKED_FUNCTION(prefix##_gt, PG_RETURN_BOOL(PackedCompare(fcinfo, type) > 0)) \
PACKED_FUNCTION(prefix##_ge, PG_RETURN_BOOL(PackedCompare(fcinfo, type) >= 0)) \
PACKED_FUNCTION(prefix##_cmp, PG_RETURN_INT32(PackedCompare(fcinfo, type))) \
PACKED_FUNCTION(prefix##_hash, return PackedHash(fcinfo, type)) \
PACKED_FUNCTION(prefix##_hash_extended, return PackedHashExtended(fcinfo, type))

/* All functions of a summary type, whose text form is hexadecimal. */
#define PACKED_SUMMARY_FUNCTIONS(prefix, type) \
PACKED_FUNCTION(prefix##_in, return PackedInput(fcinfo, type)) \
PACKED_FUNCTION(prefix##_out, return PackedOutput(fcinfo, type)) \
PACKED_FUNCTION(prefix##_recv, return PackedReceive(fcinfo, type)) \
PACKED_FUNCTION(prefix##_send, return PackedSend(fcinfo, type)) \
PACKED_COMPARISON_FUNCTIONS(prefix, type)

#endif							/* RETENTION_PACKED_IO_H */
