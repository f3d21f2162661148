/*
 * roc_format.c
 *	  The bytes of a roc_summary: writing, reading, checking.
 */
#include "roc_format.h"

#include <math.h>

/*
 * What is wrong with an entry of bytes nobody has checked, or NULL and *p is where the
 * next starts. *total is the number of outcomes so far.
 */
static const char *
CheckEntry(const uint8_t **p, const uint8_t *end, RocEntry *entry, uint64_t *total)
{
	uint64_t	positives = 0;
	uint64_t	negatives = 0;

	if (end - *p < (ptrdiff_t) sizeof(double))
		return "The value is cut off.";
	entry->score = LoadF64(*p);
	if (!isfinite(entry->score) || (entry->score == 0 && signbit(entry->score)))
		return "A score is not a finite number.";
	*p = CheckVarint(*p + sizeof(double), end, MAX_COUNTER - *total, &positives);
	if (*p != NULL)
		*p = CheckVarint(*p, end, MAX_COUNTER - *total - positives, &negatives);
	if (*p == NULL)
		return "A number of outcomes is cut off, too long, or too large.";
	if (positives + negatives == 0)
		return "A score has no outcomes.";
	*total += positives + negatives;
	return NULL;
}

/* What is wrong with the bytes of a roc_summary, or NULL. */
const char *
RocCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_ROC_SUMMARY, 0);
	const uint8_t *p = bytes + PACKED_HEADER_SIZE;
	double		score_before = INFINITY;
	uint64_t	total = 0;
	RocEntry	entry;

	if (problem != NULL)
		return problem;
	if (size == PACKED_HEADER_SIZE)
		return "There are no scores.";
	while (p < bytes + size)
	{
		CHECK_FOR_INTERRUPTS();
		problem = CheckEntry(&p, bytes + size, &entry, &total);
		if (problem != NULL)
			return problem;
		if (entry.score >= score_before)
			return "The scores are not in order.";
		score_before = entry.score;
	}
	return NULL;
}

/* Start to read checked bytes. */
void
RocReadBegin(RocReader *reader, const uint8_t *bytes, size_t size)
{
	reader->next = bytes + PACKED_HEADER_SIZE;
	reader->end = bytes + size;
}

size_t
RocEntrySize(const RocEntry *entry)
{
	return sizeof(double) + VarintSize((uint64_t) entry->positives)
		+ VarintSize((uint64_t) entry->negatives);
}

/* Returns where the entries go. */
uint8_t *
RocWriteHead(uint8_t *bytes)
{
	PackedWriteHeader(bytes, PACKED_ROC_SUMMARY, 0);
	return bytes + PACKED_HEADER_SIZE;
}

/* Returns where the next entry goes. */
uint8_t *
RocWriteEntry(uint8_t *p, const RocEntry *entry)
{
	CHECK_FOR_INTERRUPTS();
	StoreF64(p, entry->score);
	p = WriteVarint(p + sizeof(double), (uint64_t) entry->positives);
	return WriteVarint(p, (uint64_t) entry->negatives);
}
