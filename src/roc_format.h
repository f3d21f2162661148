/*
 * roc_format.h
 *	  The bytes of a roc_summary.
 *
 * After the frame, for each distinct score, the highest first: the score (8 bytes),
 * a varint, the positive outcomes, and a varint, the negative ones. Scores are finite,
 * and there is one zero; each has an outcome.
 */
#ifndef RETENTION_ROC_FORMAT_H
#define RETENTION_ROC_FORMAT_H

#include "interrupts.h"
#include "packed.h"

/* The outcomes at one score. */
typedef struct RocEntry
{
	double		score;
	int64_t		positives;
	int64_t		negatives;
} RocEntry;

typedef struct RocReader
{
	const uint8_t *next;
	const uint8_t *end;
} RocReader;

extern const char *RocCheck(const uint8_t *bytes, size_t size);
extern void RocReadBegin(RocReader *reader, const uint8_t *bytes, size_t size);
extern size_t RocEntrySize(const RocEntry *entry);
extern uint8_t *RocWriteHead(uint8_t *bytes);
extern uint8_t *RocWriteEntry(uint8_t *p, const RocEntry *entry);

/* The next entry of checked bytes; false after the last. */
static inline bool
RocReadEntry(RocReader *reader, RocEntry *entry)
{
	uint64_t	count;

	CHECK_FOR_INTERRUPTS();
	if (reader->next == reader->end)
		return false;
	entry->score = LoadF64(reader->next);
	reader->next = ReadVarint(reader->next + sizeof(double), &count);
	entry->positives = (int64_t) count;
	reader->next = ReadVarint(reader->next, &count);
	entry->negatives = (int64_t) count;
	return true;
}

#endif							/* RETENTION_ROC_FORMAT_H */
