/*
 * packed.c
 *	  The frame that all stored values share: header and text form.
 *
 * No call into the server, so that a fuzzer can link this file alone. Checks
 * return NULL when the bytes are good, else a constant that says what is wrong
 * and becomes the DETAIL of an error.
 */
#include "packed.h"

#include "interrupts.h"

/* How many bytes of a text are read or written before the server may interrupt. */
#define TEXT_CHUNK (1 << 20)

/* Write the four bytes every stored value starts with. */
void
PackedWriteHeader(uint8_t *bytes, PackedKind kind, uint16_t flags)
{
	bytes[0] = PACKED_VERSION;
	bytes[1] = (uint8_t) kind;
	StoreU16(bytes + 2, flags);
}

/*
 * Check the four bytes every stored value starts with.
 *
 * known_flags are the flags this kind may have set: any other belongs to a
 * later version, and reading on would give a wrong number.
 */
const char *
PackedCheckHeader(const uint8_t *bytes, size_t size, PackedKind kind, uint16_t known_flags)
{
	if (size < PACKED_HEADER_SIZE)
		return "The value is shorter than its header.";
	if (bytes[0] != PACKED_VERSION)
		return "The format version is unknown to this version of retention.";
	if (bytes[1] != kind)
		return "The value is of another type.";
	if ((PackedFlags(bytes) & ~known_flags) != 0)
		return "The value has flags unknown to this version of retention.";
	return NULL;
}

static int
HexDigit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Read the text form: \x and two hexadecimal digits a byte.
 *
 * bytes must have room for half the text's length; *size is what was written.
 */
const char *
PackedFromHex(const char *text, uint8_t *bytes, size_t *size)
{
	size_t		n = 0;

	if (text[0] != '\\' || text[1] != 'x')
		return "The text form starts with \\x.";
	for (text += 2; *text != '\0'; text += 2)
	{
		int			high = HexDigit(text[0]);
		int			low = high < 0 ? -1 : HexDigit(text[1]);

		if (n % TEXT_CHUNK == 0)
			CHECK_FOR_INTERRUPTS();
		if (high >= 0 && text[1] == '\0')
			return "The number of hexadecimal digits is odd.";
		if (low < 0)
			return "There is a character that is not a hexadecimal digit.";
		bytes[n++] = (uint8_t) (high << 4 | low);
	}
	*size = n;
	return NULL;
}

/* Write the text form and its terminating zero: 2 * size + 3 characters. */
void
PackedToHex(const uint8_t *bytes, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";

	*text++ = '\\';
	*text++ = 'x';
	for (size_t i = 0; i < size; i++)
	{
		if (i % TEXT_CHUNK == 0)
			CHECK_FOR_INTERRUPTS();
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

/*
 * Read a variable-length integer from bytes nobody has checked. NULL if it is cut
 * off, longer than it needs to be, or above max; else where the next value starts.
 */
const uint8_t *
CheckVarint(const uint8_t *p, const uint8_t *end, uint64_t max, uint64_t *value)
{
	uint64_t	result = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint64_t	bits;

		if (p >= end)
			return NULL;
		bits = *p & 0x7F;
		if ((bits << shift) >> shift != bits)
			return NULL;
		result |= bits << shift;
		if ((*p++ & 0x80) == 0)
		{
			if (result > max || (shift > 0 && bits == 0))
				return NULL;
			*value = result;
			return p;
		}
	}
	return NULL;
}
