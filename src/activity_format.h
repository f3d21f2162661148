/*
 * activity_format.h
 *	  The bytes of an activity_days, a set of days. See packed.h for the frame.
 *
 * The empty set is the header alone. Else:
 *
 *	  4..7   first day, days since 2000-01-01, int32
 *	  8..    the other days, in one of three encodings
 *
 * Flags 0..1: the encoding, the shortest, and of equals the first:
 *	  0 gaps	a varint for each day: how many days lie between it and the one
 *				before
 *	  1 runs	the length of the first run of days in a row less one, then for
 *				each further run the number of days in between less one and its
 *				length less one, all varints
 *	  2 bitmap	a bit for each day after the first, lowest bit first, up to the
 *				last day
 *
 * A customer who comes now and then needs a byte or two a day, one who comes
 * every day a few bytes in all, one who comes every other day a bit a day.
 *
 * While an aggregate runs, its state has encoding 3: 4..7 is the number of days,
 * int32, then the days in order, int32 each, and room at the end.
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_ACTIVITY_FORMAT_H
#define RETENTION_ACTIVITY_FORMAT_H

#include "calendar.h"
#include "packed.h"

#define ACTIVITY_FLAGS_ENCODING 3

/*
 * The largest number of days: 27,000 years. Runs are short however many days they
 * have, but whoever reads them needs room for each.
 */
#define MAX_ACTIVITY_DAYS 10000000

typedef enum ActivityEncoding
{
	ACTIVITY_GAPS = 0,
	ACTIVITY_RUNS = 1,
	ACTIVITY_BITMAP = 2,
	ACTIVITY_OPEN = 3
} ActivityEncoding;

#define ACTIVITY_FIRST_DAY_OFFSET 4
#define ACTIVITY_DAYS_OFFSET 8

/* Reads the days of a set in order. */
typedef struct ActivityReader
{
	const uint8_t *next;		/* what has not been read yet */
	const uint8_t *end;
	int			encoding;
	int32_t		day;			/* the last day that was returned */
	int64_t		left;			/* of the run, or of the days of an open state */
	uint64_t	bits;			/* of the bitmap, those read ahead */
	int32_t		bits_day;		/* the day of the lowest of them */
	bool		at_first;
} ActivityReader;

static inline int
ActivityEncodingOf(const uint8_t *bytes)
{
	return PackedFlags(bytes) & ACTIVITY_FLAGS_ENCODING;
}

extern const char *ActivityCheck(const uint8_t *bytes, size_t size);
extern void ActivityReadBegin(ActivityReader *reader, const uint8_t *bytes, size_t size);
extern bool ActivityReadOther(ActivityReader *reader, int32_t *day);
extern int64_t ActivityCount(const uint8_t *bytes, size_t size);
extern size_t ActivitySize(const int32_t *days, size_t num_days, int *encoding);
extern void ActivityPack(const int32_t *days, size_t num_days, int encoding, uint8_t *bytes);

/* The next day of a set; false after the last. Gaps of one byte are usual. */
static inline bool
ActivityReadNext(ActivityReader *reader, int32_t *day)
{
	if (reader->encoding != ACTIVITY_GAPS || reader->at_first ||
		reader->next >= reader->end || *reader->next >= 0x80)
		return ActivityReadOther(reader, day);
	reader->day += *reader->next++ + 1;
	*day = reader->day;
	return true;
}

#endif							/* RETENTION_ACTIVITY_FORMAT_H */
