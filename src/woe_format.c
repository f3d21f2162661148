/*
 * woe_format.c
 *	  The bytes of a woe_summary: writing, reading, checking.
 */
#include "interrupts.h"
#include "woe_format.h"

#include "money.h"

#define BROKEN_NUMBER "A number is cut off, too long, or too large."

/* Read a name from bytes nobody has checked: NULL if that is not possible. */
static const uint8_t *
CheckName(const uint8_t *p, const uint8_t *end, bool has_numbers, WoeEntry *entry)
{
	uint64_t	code = 0;

	p = CheckVarint(p, end, has_numbers ? UINT64_MAX : INT32_MAX, &code);
	if (p == NULL)
		return NULL;
	if (has_numbers)
	{
		entry->number = ZigzagDecode(code);
		return p;
	}
	if (code > (uint64_t) (end - p))
		return NULL;
	entry->name = p;
	entry->length = (size_t) code;
	return p + code;
}

/* Read the outcomes of a bin, the same. *total is the number of outcomes so far. */
static const char *
CheckOutcomes(const uint8_t **p, const uint8_t *end, uint64_t *total)
{
	uint64_t	positives = 0;
	uint64_t	negatives = 0;

	*p = CheckVarint(*p, end, MAX_COUNTER - *total, &positives);
	if (*p != NULL)
		*p = CheckVarint(*p, end, MAX_COUNTER - *total - positives, &negatives);
	if (*p == NULL)
		return BROKEN_NUMBER;
	if (positives + negatives == 0)
		return "A bin has no outcomes.";
	*total += positives + negatives;
	return NULL;
}

/* The order of two bins that have names. */
int
WoeCompareNames(const WoeEntry *a, const WoeEntry *b, bool has_numbers)
{
	int			order;

	if (has_numbers)
		return a->number < b->number ? -1 : a->number > b->number;
	order = memcmp(a->name, b->name, a->length < b->length ? a->length : b->length);
	if (order != 0)
		return order;
	return a->length < b->length ? -1 : a->length > b->length;
}

/* What is wrong with the bins that have names, which go on to the end, or NULL. */
static const char *
CheckNamedBins(const uint8_t *p, const uint8_t *end, uint16_t flags, uint64_t *total)
{
	bool		has_numbers = (flags & WOE_FLAG_NUMBERS) != 0;
	WoeEntry	before = {0};

	if (p == end && has_numbers)
		return "There are no bins whose names could be numbers.";
	for (bool is_first = true; p < end; is_first = false)
	{
		WoeEntry	entry = {0};
		const char *problem;

		CHECK_FOR_INTERRUPTS();
		p = CheckName(p, end, has_numbers, &entry);
		if (p == NULL)
			return "The name of a bin is cut off or too long.";
		if (!has_numbers && memchr(entry.name, '\0', entry.length) != NULL)
			return "The name of a bin contains a zero byte.";
		problem = CheckOutcomes(&p, end, total);
		if (problem != NULL)
			return problem;
		if (!is_first && WoeCompareNames(&before, &entry, has_numbers) >= 0)
			return "The bins are not in order.";
		before = entry;
	}
	return NULL;
}

/* What is wrong with the bytes of a woe_summary, or NULL. */
const char *
WoeCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_WOE_SUMMARY,
											WOE_FLAG_NUMBERS | WOE_FLAG_MISSING);
	const uint8_t *p = bytes + PACKED_HEADER_SIZE;
	const uint8_t *end = bytes + size;
	uint64_t	total = 0;

	if (problem != NULL)
		return problem;
	if (p == end)
		return "There are no bins.";
	if ((PackedFlags(bytes) & WOE_FLAG_MISSING) != 0)
		problem = CheckOutcomes(&p, end, &total);
	return problem != NULL ? problem : CheckNamedBins(p, end, PackedFlags(bytes), &total);
}

/* Start to read checked bytes. */
void
WoeReadBegin(WoeReader *reader, const uint8_t *bytes, size_t size)
{
	reader->next = bytes + PACKED_HEADER_SIZE;
	reader->end = bytes + size;
	reader->flags = PackedFlags(bytes);
	reader->at_missing = (reader->flags & WOE_FLAG_MISSING) != 0;
}

/* The next bin; false after the last. */
bool
WoeReadEntry(WoeReader *reader, WoeEntry *entry)
{
	const uint8_t *p = reader->next;
	uint64_t	code;

	CHECK_FOR_INTERRUPTS();
	if (p == reader->end)
		return false;
	*entry = (WoeEntry) {.is_missing = reader->at_missing};
	reader->at_missing = false;
	if (!entry->is_missing)
	{
		p = ReadVarint(p, &code);
		if ((reader->flags & WOE_FLAG_NUMBERS) != 0)
			entry->number = ZigzagDecode(code);
		else
		{
			entry->name = p;
			entry->length = (size_t) code;
			p += code;
		}
	}
	p = ReadVarint(p, &code);
	entry->positives = (int64_t) code;
	reader->next = ReadVarint(p, &code);
	entry->negatives = (int64_t) code;
	return true;
}

size_t
WoeEntrySize(const WoeEntry *entry, bool has_numbers)
{
	size_t		size = VarintSize((uint64_t) entry->positives) + VarintSize((uint64_t) entry->negatives);

	if (entry->is_missing)
		return size;
	return size + (has_numbers ? VarintSize(ZigzagEncode(entry->number))
				   : VarintSize(entry->length) + entry->length);
}

/* Returns where the bins go. */
uint8_t *
WoeWriteHead(uint8_t *bytes, uint16_t flags)
{
	PackedWriteHeader(bytes, PACKED_WOE_SUMMARY, flags);
	return bytes + PACKED_HEADER_SIZE;
}

/* Returns where the next bin goes. */
uint8_t *
WoeWriteEntry(uint8_t *p, const WoeEntry *entry, bool has_numbers)
{
	CHECK_FOR_INTERRUPTS();
	if (!entry->is_missing && has_numbers)
		p = WriteVarint(p, ZigzagEncode(entry->number));
	else if (!entry->is_missing)
	{
		p = WriteVarint(p, entry->length);
		memcpy(p, entry->name, entry->length);
		p += entry->length;
	}
	p = WriteVarint(p, (uint64_t) entry->positives);
	return WriteVarint(p, (uint64_t) entry->negatives);
}
