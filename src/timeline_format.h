/*
 * timeline_format.h
 *	  The bytes of an mrr_timeline, one customer's recurring revenue as a step
 *	  function of the date. See packed.h for the frame.
 *
 * The timeline without any line is the header alone. Else:
 *
 *	  4..7   day on which the first line starts, days since 2000-01-01, int32
 *	  8..    how many days later the last one starts, a varint
 *	  ..     without products the changes, to the end
 *
 * Flag 1: with products. Then a varint says how many there are, and each product has
 * one varint more than the length of its name, or 0 if the name is NULL; the name; a
 * varint with the number of its changes; its changes. NULL is first, then names in
 * the order of their bytes. Each product has a change.
 *
 * A change is a day, what is added to the MRR of the product and what is added to
 * the number of its lines in force, from that day on:
 *
 *	  a varint	days since the day before that changed, less one; for the first of a
 *				product, days since the first line of all starts
 *	  money		see money.c
 *	  a varint	zigzag: 0, -1, 1, -2 are 0, 1, 2, 3
 *
 * What adds nothing to either is left out.
 *
 * While an aggregate runs, its state has flag 2: 4..7 and 8..11 are the days on which
 * the first and the last line start, 12..15 the number of bytes in use, then follow
 * changes in any order, and room at the end. Such a change starts with the name of
 * its product, as above, if there are products; its day is a zigzag varint of the day
 * itself.
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_TIMELINE_FORMAT_H
#define RETENTION_TIMELINE_FORMAT_H

#include "calendar.h"
#include "money.h"
#include "packed.h"

#define TIMELINE_FLAG_PRODUCTS 1
#define TIMELINE_FLAG_OPEN 2

#define TIMELINE_FIRST_START_OFFSET 4
#define TIMELINE_CHANGES_OFFSET 8

/* of an open state */
#define TIMELINE_LAST_START_OFFSET 8
#define TIMELINE_USED_OFFSET 12
#define TIMELINE_RECORDS_OFFSET 16

/* The name of a product, which belongs to somebody else. */
typedef struct TimelineProduct
{
	const uint8_t *name;
	int32_t		length;			/* -1: NULL */
} TimelineProduct;

#define NO_PRODUCT ((TimelineProduct) {NULL, -1})

/* A change on a day of a product. */
typedef struct TimelineChange
{
	TimelineProduct product;
	int32_t		day;
	int64_t		lines;
	Money		mrr;
} TimelineChange;

/* Reads the changes of a timeline, finished or not, one after the other. */
typedef struct TimelineReader
{
	const uint8_t *next;		/* what has not been read yet */
	const uint8_t *end;
	bool		has_products;
	bool		is_open;
	bool		at_first;		/* of its product */
	uint64_t	products_left;
	uint64_t	changes_left;	/* of the product */
	int32_t		first_start;	/* of no use in the timeline without any line */
	int32_t		last_start;
	int32_t		product_number; /* 0 for the first; -1 before */
	TimelineProduct product;	/* what was read last */
	int32_t		day;
} TimelineReader;

static inline bool
TimelineHasProducts(const uint8_t *bytes)
{
	return (PackedFlags(bytes) & TIMELINE_FLAG_PRODUCTS) != 0;
}

static inline bool
TimelineIsOpen(const uint8_t *bytes)
{
	return (PackedFlags(bytes) & TIMELINE_FLAG_OPEN) != 0;
}

extern const char *TimelineCheck(const uint8_t *bytes, size_t size);
extern void TimelineReadBegin(TimelineReader *reader, const uint8_t *bytes, size_t size);
extern bool TimelineReadNext(TimelineReader *reader, TimelineChange *change);
extern bool TimelineFold(TimelineChange *changes, size_t *num_changes);
extern size_t TimelineSize(const TimelineChange *changes, size_t num_changes, bool has_products,
						   int32_t first_start, int32_t last_start);
extern void TimelinePack(const TimelineChange *changes, size_t num_changes, bool has_products,
						 int32_t first_start, int32_t last_start, uint8_t *bytes);
extern size_t TimelineRecordSize(const TimelineChange *change, bool has_products);
extern uint8_t *TimelineWriteRecord(const TimelineChange *change, bool has_products, uint8_t *p);

#endif							/* RETENTION_TIMELINE_FORMAT_H */
