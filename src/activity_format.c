/*
 * activity_format.c
 *	  The bytes of an activity_days: writing, reading, checking.
 */
#include "activity_format.h"

#include "interrupts.h"

/* How many bytes a bitmap of the days after first up to last takes. */
static size_t
BitmapSize(int32_t first, int32_t last)
{
	return (size_t) (((int64_t) last - first + 7) / 8);
}

/* The days between two days that are not next to each other. */
static uint64_t
DaysBetween(int32_t earlier, int32_t later)
{
	return (uint64_t) ((int64_t) later - earlier - 1);
}

static size_t
GapsSize(const int32_t *days, size_t num_days)
{
	size_t		size = 0;

	for (size_t i = 1; i < num_days; i++)
		size += VarintSize(DaysBetween(days[i - 1], days[i]));
	return size;
}

/* The number of days in a row from position start on. */
static size_t
RunLength(const int32_t *days, size_t num_days, size_t start)
{
	size_t		end = start + 1;

	while (end < num_days && days[end] == days[end - 1] + 1)
		end++;
	return end - start;
}

static size_t
RunsSize(const int32_t *days, size_t num_days)
{
	size_t		size = 0;

	for (size_t start = 0; start < num_days;)
	{
		size_t		length = RunLength(days, num_days, start);

		if (start > 0)
			size += VarintSize(DaysBetween(days[start - 1], days[start]) - 1);
		size += VarintSize(length - 1);
		start += length;
	}
	return size;
}

/*
 * How many bytes a set takes, and in which encoding. days are in order and
 * without duplicates.
 */
size_t
ActivitySize(const int32_t *days, size_t num_days, int *encoding)
{
	size_t		size;
	size_t		other;

	*encoding = ACTIVITY_GAPS;
	if (num_days == 0)
		return PACKED_HEADER_SIZE;
	size = GapsSize(days, num_days);
	other = RunsSize(days, num_days);
	if (other < size)
	{
		size = other;
		*encoding = ACTIVITY_RUNS;
	}
	other = BitmapSize(days[0], days[num_days - 1]);
	if (other < size)
	{
		size = other;
		*encoding = ACTIVITY_BITMAP;
	}
	return ACTIVITY_DAYS_OFFSET + size;
}

static void
WriteGaps(const int32_t *days, size_t num_days, uint8_t *p)
{
	for (size_t i = 1; i < num_days; i++)
		p = WriteVarint(p, DaysBetween(days[i - 1], days[i]));
}

static void
WriteRuns(const int32_t *days, size_t num_days, uint8_t *p)
{
	for (size_t start = 0; start < num_days;)
	{
		size_t		length = RunLength(days, num_days, start);

		if (start > 0)
			p = WriteVarint(p, DaysBetween(days[start - 1], days[start]) - 1);
		p = WriteVarint(p, length - 1);
		start += length;
	}
}

static void
WriteBitmap(const int32_t *days, size_t num_days, uint8_t *p)
{
	memset(p, 0, BitmapSize(days[0], days[num_days - 1]));
	for (size_t i = 1; i < num_days; i++)
	{
		uint64_t	bit = DaysBetween(days[0], days[i]);

		p[bit / 8] |= (uint8_t) (1 << (bit % 8));
	}
}

/* Write a set into the ActivitySize() bytes of the encoding that it named. */
void
ActivityPack(const int32_t *days, size_t num_days, int encoding, uint8_t *bytes)
{
	PackedWriteHeader(bytes, PACKED_ACTIVITY_DAYS, (uint16_t) encoding);
	if (num_days == 0)
		return;
	StoreI32(bytes + ACTIVITY_FIRST_DAY_OFFSET, days[0]);
	if (encoding == ACTIVITY_GAPS)
		WriteGaps(days, num_days, bytes + ACTIVITY_DAYS_OFFSET);
	else if (encoding == ACTIVITY_RUNS)
		WriteRuns(days, num_days, bytes + ACTIVITY_DAYS_OFFSET);
	else
		WriteBitmap(days, num_days, bytes + ACTIVITY_DAYS_OFFSET);
}

/* Start reading a set, finished or not. */
void
ActivityReadBegin(ActivityReader *reader, const uint8_t *bytes, size_t size)
{
	memset(reader, 0, sizeof(*reader));
	reader->encoding = ActivityEncodingOf(bytes);
	reader->end = bytes + size;
	reader->next = bytes + (size < ACTIVITY_DAYS_OFFSET ? size : ACTIVITY_DAYS_OFFSET);
	if (size < ACTIVITY_DAYS_OFFSET)
		return;
	if (reader->encoding == ACTIVITY_OPEN)
	{
		reader->left = LoadI32(bytes + ACTIVITY_FIRST_DAY_OFFSET);
		return;
	}
	reader->day = LoadI32(bytes + ACTIVITY_FIRST_DAY_OFFSET);
	reader->bits_day = reader->day + 1;
	reader->at_first = true;
	if (reader->encoding == ACTIVITY_RUNS)
	{
		uint64_t	length;

		reader->next = ReadVarint(reader->next, &length);
		reader->left = (int64_t) length;
	}
}

static bool
ReadNextGap(ActivityReader *reader)
{
	uint64_t	gap;

	if (reader->next >= reader->end)
		return false;
	reader->next = ReadVarint(reader->next, &gap);
	reader->day += (int32_t) gap + 1;
	return true;
}

static bool
ReadNextOfRuns(ActivityReader *reader)
{
	uint64_t	gap;
	uint64_t	length;

	if (reader->left > 0)
	{
		reader->left--;
		reader->day++;
		return true;
	}
	if (reader->next >= reader->end)
		return false;
	reader->next = ReadVarint(reader->next, &gap);
	reader->next = ReadVarint(reader->next, &length);
	reader->day += (int32_t) gap + 2;
	reader->left = (int64_t) length;
	return true;
}

static bool
ReadNextBit(ActivityReader *reader)
{
	while (reader->bits == 0)
	{
		if (reader->next >= reader->end)
			return false;
		/* the byte ahead belongs to the days from bits_day on */
		reader->bits = *reader->next++;
		if (reader->bits == 0)
			reader->bits_day += 8;
	}
	reader->day = reader->bits_day + __builtin_ctzll(reader->bits);
	reader->bits &= reader->bits - 1;
	if (reader->bits == 0)
		reader->bits_day += 8;
	return true;
}

/* ActivityReadNext() in all other cases. */
bool
ActivityReadOther(ActivityReader *reader, int32_t *day)
{
	bool		found;

	if (reader->at_first)
	{
		reader->at_first = false;
		*day = reader->day;
		return true;
	}
	switch (reader->encoding)
	{
		case ACTIVITY_GAPS:
			found = ReadNextGap(reader);
			break;
		case ACTIVITY_RUNS:
			found = ReadNextOfRuns(reader);
			break;
		case ACTIVITY_BITMAP:
			found = ReadNextBit(reader);
			break;
		default:
			found = reader->left > 0;
			if (found)
			{
				reader->left--;
				reader->day = LoadI32(reader->next);
				reader->next += sizeof(int32_t);
			}
	}
	*day = reader->day;
	return found;
}

/* How many days a set has. */
int64_t
ActivityCount(const uint8_t *bytes, size_t size)
{
	ActivityReader reader;
	int64_t		count = 0;
	int32_t		day;

	ActivityReadBegin(&reader, bytes, size);
	while (ActivityReadNext(&reader, &day))
		count++;
	return count;
}

/*
 * Follow gaps or runs byte by byte. Both are varints that lead from one day to a
 * later one; the last must be a date.
 */
static const char *
CheckVarints(const uint8_t *bytes, size_t size, bool runs, int64_t *last, int64_t *num_days)
{
	const uint8_t *p = bytes + ACTIVITY_DAYS_OFFSET;
	const uint8_t *end = bytes + size;
	bool		is_gap = !runs;

	while (p < end)
	{
		uint64_t	step;

		CHECK_FOR_INTERRUPTS();
		p = CheckVarint(p, end, (uint64_t) LAST_DATE - FIRST_DATE, &step);
		if (p == NULL)
			return "A number is cut off, too long, or too large.";
		*last += (int64_t) step + (!runs ? 1 : is_gap ? 2 : 0);
		*num_days += !runs ? 1 : is_gap ? 1 : (int64_t) step;
		if (*last > LAST_DATE)
			return "A day is out of range.";
		if (runs)
			is_gap = !is_gap;
	}
	return runs && !is_gap ? "A run has no length." : NULL;
}

static const char *
CheckBitmap(const uint8_t *bytes, size_t size, int64_t *last, int64_t *num_days)
{
	const uint8_t *bitmap = bytes + ACTIVITY_DAYS_OFFSET;
	size_t		length = size - ACTIVITY_DAYS_OFFSET;

	if (length == 0 || bitmap[length - 1] == 0)
		return "The bitmap is longer than it needs to be.";
	if (length > (size_t) ((int64_t) LAST_DATE - FIRST_DATE) / 8 + 1)
		return "A day is out of range.";
	for (size_t i = 0; i < length; i++)
		*num_days += __builtin_popcount(bitmap[i]);
	*last += 8 * (int64_t) (length - 1) + 32 - __builtin_clz(bitmap[length - 1]);
	return *last > LAST_DATE ? "A day is out of range." : NULL;
}

/* The sizes of the three encodings of checked days, without writing them down. */
static bool
IsShortestEncoding(const uint8_t *bytes, size_t size)
{
	ActivityReader reader;
	size_t		sizes[3] = {0, 0, 0};
	int			shortest = ACTIVITY_GAPS;
	int32_t		first;
	int32_t		before;
	int32_t		day;
	uint64_t	run = 0;		/* length of the current run less one */

	ActivityReadBegin(&reader, bytes, size);
	(void) ActivityReadNext(&reader, &first);
	before = first;
	while (ActivityReadNext(&reader, &day))
	{
		uint64_t	gap = DaysBetween(before, day);

		sizes[ACTIVITY_GAPS] += VarintSize(gap);
		if (gap == 0)
			run++;
		else
		{
			sizes[ACTIVITY_RUNS] += VarintSize(run) + VarintSize(gap - 1);
			run = 0;
		}
		before = day;
	}
	sizes[ACTIVITY_RUNS] += VarintSize(run);
	sizes[ACTIVITY_BITMAP] = BitmapSize(first, before);
	for (int encoding = ACTIVITY_RUNS; encoding <= ACTIVITY_BITMAP; encoding++)
		if (sizes[encoding] < sizes[shortest])
			shortest = encoding;
	return ActivityEncodingOf(bytes) == shortest;
}

/* What is wrong with the bytes of an activity_days, or NULL. */
const char *
ActivityCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_ACTIVITY_DAYS,
											ACTIVITY_FLAGS_ENCODING);
	int64_t		last;
	int64_t		num_days = 1;
	int			encoding;

	if (problem != NULL)
		return problem;
	encoding = ActivityEncodingOf(bytes);
	if (size == PACKED_HEADER_SIZE)
		return encoding == ACTIVITY_GAPS ? NULL : "The encoding is not the shortest.";
	if (size < ACTIVITY_DAYS_OFFSET)
		return "The value is cut off.";
	last = LoadI32(bytes + ACTIVITY_FIRST_DAY_OFFSET);
	if (last < FIRST_DATE || last > LAST_DATE)
		return "A day is out of range.";
	if (encoding == ACTIVITY_OPEN)
		return "The value is the state of an unfinished aggregate.";
	problem = encoding == ACTIVITY_BITMAP
		? CheckBitmap(bytes, size, &last, &num_days)
		: CheckVarints(bytes, size, encoding == ACTIVITY_RUNS, &last, &num_days);
	if (problem != NULL)
		return problem;
	if (num_days > MAX_ACTIVITY_DAYS)
		return "There are more than 10000000 days.";
	return IsShortestEncoding(bytes, size) ? NULL : "The encoding is not the shortest.";
}
