/*
 * woe_format.h
 *	  The bytes of a woe_summary.
 *
 * After the frame, for each bin in order: its name, a varint, the positive outcomes,
 * and a varint, the negative ones. Each bin has an outcome.
 *
 * Flags: WOE_FLAG_NUMBERS: the names are integers, and in their order; a name is a
 * varint, made from the signed number by zigzag. Otherwise a name is a varint, its
 * length, and its bytes, and the order is that of the bytes, a shorter one before a
 * longer one that begins alike. WOE_FLAG_MISSING: the first bin is that of the missing
 * values and has no name.
 */
#ifndef RETENTION_WOE_FORMAT_H
#define RETENTION_WOE_FORMAT_H

#include "packed.h"

#define WOE_FLAG_NUMBERS 1
#define WOE_FLAG_MISSING 2

typedef struct WoeEntry
{
	bool		is_missing;
	int64_t		number;			/* the name, if names are numbers */
	const uint8_t *name;		/* otherwise */
	size_t		length;
	int64_t		positives;
	int64_t		negatives;
} WoeEntry;

typedef struct WoeReader
{
	const uint8_t *next;
	const uint8_t *end;
	uint16_t	flags;
	bool		at_missing;		/* the missing values are next */
} WoeReader;

extern const char *WoeCheck(const uint8_t *bytes, size_t size);
extern void WoeReadBegin(WoeReader *reader, const uint8_t *bytes, size_t size);
extern bool WoeReadEntry(WoeReader *reader, WoeEntry *entry);
extern int	WoeCompareNames(const WoeEntry *a, const WoeEntry *b, bool has_numbers);
extern size_t WoeEntrySize(const WoeEntry *entry, bool has_numbers);
extern uint8_t *WoeWriteHead(uint8_t *bytes, uint16_t flags);
extern uint8_t *WoeWriteEntry(uint8_t *p, const WoeEntry *entry, bool has_numbers);

#endif							/* RETENTION_WOE_FORMAT_H */
