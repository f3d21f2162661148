/*
 * hash_key.h
 *	  Hashes of what users choose, with a secret key.
 *
 * Whoever knows a hash function can choose values that collide, and a table of them
 * takes quadratic time. The key is drawn when the cluster is initialized and is the
 * same in all its processes, so that parallel workers and temporary files can carry
 * hashes. Nothing that leaves a process for good depends on it.
 */
#ifndef RETENTION_HASH_KEY_H
#define RETENTION_HASH_KEY_H

#include "interrupts.h"

typedef struct HashKey
{
	uint64		words[3];
} HashKey;

extern HashKey hash_key;

extern void InitHashKey(void);
extern uint64 HashBytes(const char *bytes, size_t length);

/* Spreads the bits of a word over all of it: the finalizer of MurmurHash3. */
static inline uint64
MixBits(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

/* Both halves of a product. Without knowing a factor nobody can say which ones collide. */
static inline uint64
FoldProduct(uint64 a, uint64 b)
{
	unsigned __int128 product = (unsigned __int128) a * b;

	return (uint64) product ^ (uint64) (product >> 64);
}

/* A hash of one word, all of whose bits can be used. */
static inline uint64
HashWord(uint64 word)
{
	return MixBits(FoldProduct(word ^ hash_key.words[0], hash_key.words[1]));
}

/* Of two words. */
static inline uint64
HashWords(uint64 a, uint64 b)
{
	return HashWord(a ^ FoldProduct(b ^ hash_key.words[1], hash_key.words[2]));
}

/* A hash for lib/simplehash.h, which asks for that of every item when it grows a table. */
static inline uint32
HashForTable(uint64 key)
{
	CHECK_FOR_INTERRUPTS();
	return (uint32) HashWord(key);
}

#endif							/* RETENTION_HASH_KEY_H */
