/*
 * hash_key.c
 *	  Hashes of what users choose, with a secret key.
 */
#include "hash_key.h"

#include "access/xlog.h"
#include "catalog/pg_control.h"
#include "common/hashfn.h"

HashKey		hash_key;

/*
 * Derive the key from the random bytes that initdb keeps for authentication: no SQL
 * shows them, and a standby has the same. They are not used up by that: a hash of them
 * tells nothing about them.
 */
void
InitHashKey(void)
{
	const unsigned char *nonce = (const unsigned char *) GetMockAuthenticationNonce();

	for (size_t i = 0; i < lengthof(hash_key.words); i++)
		hash_key.words[i] = hash_bytes_extended(nonce, MOCK_AUTH_NONCE_LEN, i + 1) | 1;
}

/* A hash of bytes, by the key. */
uint64
HashBytes(const char *bytes, size_t length)
{
	const char *end = bytes + length;
	uint64		hash = length;
	uint64		words[2];

	for (; end - bytes >= (ptrdiff_t) sizeof(words); bytes += sizeof(words))
	{
		memcpy(words, bytes, sizeof(words));
		hash = FoldProduct(words[0] ^ hash_key.words[0], words[1] ^ hash_key.words[1] ^ hash);
	}
	memset(words, 0, sizeof(words));
	memcpy(words, bytes, (size_t) (end - bytes));
	return HashWords(words[0] ^ hash, words[1]);
}
