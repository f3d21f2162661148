/*
 * customer_key.h
 *	  What a customer is called, as words that fit beside what is kept of him.
 *
 * A bigint is one word, a uuid two. A text is three: up to 23 bytes, then their
 * number; a longer one is an address, a hash, a length and a mark. Keys are compared
 * whole, never by a hash alone.
 */
#ifndef RETENTION_CUSTOMER_KEY_H
#define RETENTION_CUSTOMER_KEY_H

#include "hash_key.h"

typedef enum CustomerKeyType
{
	CUSTOMER_BIGINT,
	CUSTOMER_UUID,
	CUSTOMER_TEXT
} CustomerKeyType;

#define MAX_KEY_WORDS 3

/* A text within its three words, as bytes: the last one tells short from long. */
#define MAX_SHORT_TEXT 23
#define TEXT_MARK 23
#define LONG_TEXT 0xFF
#define LONG_TEXT_LENGTH 16		/* where the length of a long one stands, uint32 */

/* Both branches are inlined with a constant type where keys are many. */
static inline int
KeyWords(CustomerKeyType type)
{
	return type == CUSTOMER_BIGINT ? 1 : type == CUSTOMER_UUID ? 2 : 3;
}

static inline bool
IsLongText(const uint64 *key)
{
	return ((const uint8 *) key)[TEXT_MARK] == LONG_TEXT;
}

static inline uint32
LongTextLength(const uint64 *key)
{
	uint32		length;

	memcpy(&length, (const char *) key + LONG_TEXT_LENGTH, sizeof(length));
	return length;
}

static inline const char *
LongTextBytes(const uint64 *key)
{
	return (const char *) (uintptr_t) key[0];
}

/* The key of a text; bytes of a long one stay where they are. */
static inline void
SetTextKey(uint64 *key, const char *bytes, uint32 length)
{
	uint8	   *key_bytes = (uint8 *) key;

	memset(key, 0, MAX_KEY_WORDS * sizeof(uint64));
	if (length <= MAX_SHORT_TEXT)
	{
		memcpy(key_bytes, bytes, length);
		key_bytes[TEXT_MARK] = (uint8) length;
		return;
	}
	key[0] = (uint64) (uintptr_t) bytes;
	key[1] = HashBytes(bytes, length);
	memcpy(key_bytes + LONG_TEXT_LENGTH, &length, sizeof(length));
	key_bytes[TEXT_MARK] = LONG_TEXT;
}

static inline uint64
HashOfKey(CustomerKeyType type, const uint64 *key)
{
	if (type == CUSTOMER_BIGINT)
		return HashWord(key[0]);
	if (type == CUSTOMER_UUID)
		return HashWords(key[0], key[1]);
	if (IsLongText(key))
		return key[1];
	return HashWords(HashWords(key[0], key[1]), key[2]);
}

static inline bool
IsSameKey(CustomerKeyType type, const uint64 *a, const uint64 *b)
{
	if (type == CUSTOMER_BIGINT)
		return a[0] == b[0];
	if (type == CUSTOMER_UUID)
		return a[0] == b[0] && a[1] == b[1];
	if (a[1] != b[1] || a[2] != b[2])
		return false;
	return a[0] == b[0] ||
		(IsLongText(a) && memcmp(LongTextBytes(a), LongTextBytes(b), LongTextLength(a)) == 0);
}

#endif							/* RETENTION_CUSTOMER_KEY_H */
