/*
 * packed.h
 *	  How every value that retention stores is laid out in bytes.
 *
 * A stored value starts with four bytes:
 *
 *	  0      format version, PACKED_VERSION
 *	  1      kind, a PackedKind
 *	  2..3   flags, their meaning belongs to the kind
 *
 * and goes on with the payload of its kind. All integers and floats are
 * little-endian and may stand at any address. The same bytes are what lies in a
 * table, what the binary protocol carries, what the text form shows in
 * hexadecimal, and what equality, order and hash look at: so each value has
 * exactly one encoding, its canonical one.
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_PACKED_H
#define RETENTION_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PACKED_VERSION		1
#define PACKED_HEADER_SIZE	4

/* Never renumber: the numbers are stored. */
typedef enum PackedKind
{
	PACKED_PERIOD_SPEC = 1,
	PACKED_RATING_SUMMARY = 2,
	PACKED_RATING_SERIES = 3,
	PACKED_ACTIVITY_DAYS = 4,
	PACKED_RETENTION_SUMMARY = 5,
	PACKED_MRR_TIMELINE = 6,
	PACKED_REVENUE_SUMMARY = 7,
	PACKED_REVENUE_COHORT_SUMMARY = 8,
	PACKED_SCORECARD = 9,
	PACKED_ENGAGEMENT_STATE = 10,
	PACKED_LOGISTIC_MODEL = 11,
	PACKED_ROC_SUMMARY = 12,
	PACKED_WOE_SUMMARY = 13,
	PACKED_RESPONDENT_SERIES = 14
} PackedKind;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LITTLE_ENDIAN_16(x) __builtin_bswap16(x)
#define LITTLE_ENDIAN_32(x) __builtin_bswap32(x)
#define LITTLE_ENDIAN_64(x) __builtin_bswap64(x)
#else
#define LITTLE_ENDIAN_16(x) (x)
#define LITTLE_ENDIAN_32(x) (x)
#define LITTLE_ENDIAN_64(x) (x)
#endif

/* memcpy of a known size compiles to one move, whatever the alignment */

static inline uint16_t
LoadU16(const uint8_t *p)
{
	uint16_t	v;

	memcpy(&v, p, sizeof(v));
	return LITTLE_ENDIAN_16(v);
}

static inline uint32_t
LoadU32(const uint8_t *p)
{
	uint32_t	v;

	memcpy(&v, p, sizeof(v));
	return LITTLE_ENDIAN_32(v);
}

static inline uint64_t
LoadU64(const uint8_t *p)
{
	uint64_t	v;

	memcpy(&v, p, sizeof(v));
	return LITTLE_ENDIAN_64(v);
}

static inline int32_t
LoadI32(const uint8_t *p)
{
	return (int32_t) LoadU32(p);
}

static inline double
LoadF64(const uint8_t *p)
{
	uint64_t	bits = LoadU64(p);
	double		v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static inline void
StoreU16(uint8_t *p, uint16_t v)
{
	v = LITTLE_ENDIAN_16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void
StoreU32(uint8_t *p, uint32_t v)
{
	v = LITTLE_ENDIAN_32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void
StoreU64(uint8_t *p, uint64_t v)
{
	v = LITTLE_ENDIAN_64(v);
	memcpy(p, &v, sizeof(v));
}

static inline void
StoreI32(uint8_t *p, int32_t v)
{
	StoreU32(p, (uint32_t) v);
}

static inline void
StoreF64(uint8_t *p, double v)
{
	uint64_t	bits;

	memcpy(&bits, &v, sizeof(bits));
	StoreU64(p, bits);
}

static inline uint16_t
PackedFlags(const uint8_t *bytes)
{
	return LoadU16(bytes + 2);
}

extern void PackedWriteHeader(uint8_t *bytes, PackedKind kind, uint16_t flags);
extern const char *PackedCheckHeader(const uint8_t *bytes, size_t size, PackedKind kind,
									 uint16_t known_flags);
extern const char *PackedFromHex(const char *text, uint8_t *bytes, size_t *size);
extern void PackedToHex(const uint8_t *bytes, size_t size, char *text);

/*
 * Counters of one value share a width of 1, 2, 4 or 8 bytes, the smallest that
 * holds the largest of them. A width is given as its binary logarithm, 0 to 3.
 */
#define MAX_COUNTER ((uint64_t) INT64_MAX)

static inline uint64_t
LargestCounter(int log2_width)
{
	return log2_width == 3 ? MAX_COUNTER : (((uint64_t) 1) << (8 << log2_width)) - 1;
}

static inline int
WidthForCounter(uint64_t value)
{
	return value <= 0xFF ? 0 : value <= 0xFFFF ? 1 : value <= 0xFFFFFFFF ? 2 : 3;
}

static inline uint64_t
LoadCounter(const uint8_t *counters, int slot, int log2_width)
{
	const uint8_t *p = counters + ((size_t) slot << log2_width);

	switch (log2_width)
	{
		case 0:
			return *p;
		case 1:
			return LoadU16(p);
		case 2:
			return LoadU32(p);
		default:
			return LoadU64(p);
	}
}

static inline void
StoreCounter(uint8_t *counters, int slot, int log2_width, uint64_t value)
{
	uint8_t    *p = counters + ((size_t) slot << log2_width);

	switch (log2_width)
	{
		case 0:
			*p = (uint8_t) value;
			break;
		case 1:
			StoreU16(p, (uint16_t) value);
			break;
		case 2:
			StoreU32(p, (uint32_t) value);
			break;
		default:
			StoreU64(p, value);
	}
}

/* Adds one; false, and nothing done, when the counter's width is exhausted. */
static inline bool
IncrementCounter(uint8_t *counters, int slot, int log2_width)
{
	uint64_t	value = LoadCounter(counters, slot, log2_width);

	if (value >= LargestCounter(log2_width))
		return false;
	StoreCounter(counters, slot, log2_width, value + 1);
	return true;
}

/*
 * Variable-length integers: seven bits a byte, the lowest first, and the top bit
 * set in all bytes but the last (LEB128). The shortest form is the only one.
 */
#define MAX_VARINT_SIZE 10

static inline size_t
VarintSize(uint64_t value)
{
	size_t		size = 1;

	for (; value >= 0x80; value >>= 7)
		size++;
	return size;
}

/* Returns where the next byte goes. */
static inline uint8_t *
WriteVarint(uint8_t *p, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*p++ = (uint8_t) (value | 0x80);
	*p++ = (uint8_t) value;
	return p;
}

/* Reads checked bytes; returns where the next value starts. */
static inline const uint8_t *
ReadVarint(const uint8_t *p, uint64_t *value)
{
	uint64_t	result = *p & 0x7F;

	for (int shift = 7; *p++ & 0x80; shift += 7)
		result |= (uint64_t) (*p & 0x7F) << shift;
	*value = result;
	return p;
}

extern const uint8_t *CheckVarint(const uint8_t *p, const uint8_t *end, uint64_t max,
								  uint64_t *value);

#endif							/* RETENTION_PACKED_H */
