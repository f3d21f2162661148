/*
 * engagement_format.h
 *	  The bytes of engagement_state: the events of one lead, by what a scorecard asks.
 *
 * A scorecard's engagement rules ask for keys: what is counted of an event, with which
 * decay, period and max_count. A state holds what its keys need, whatever moment it is
 * read at:
 *
 *	  none					a count, up to max_count if there is one
 *	  half_life				a count, the last event's time, and the sum of
 *							2^(-(last - at) / period) over all events
 *	  with max_count		the times of the newest max_count events
 *
 *	  0..3		header
 *	  4..11		fingerprint of the keys, names of events included
 *	  then		the key table: varint number of keys; for each key a varint of
 *				max_count * 4 + decay and, unless decay is none, a varint of the period:
 *				hours * 2 if it is made of whole hours, else microseconds * 2 + 1
 *	  8 bytes	time of the last event, int64, microseconds since 2000-01-01 UTC
 *	  then		for each key a varint count and, unless that is 0 or decay is none:
 *				half_life without max_count: a varint of the microseconds from its last
 *				event to the last of all, and the sum, float64; else for each event, the
 *				newest first, a varint of the microseconds to the one before, the first
 *				of them to the last event of all
 *
 * The sum is relative to its own last event: it is from 1 to the count, so it neither
 * overflows nor vanishes, and reading it at that event's time loses nothing.
 *
 * The state of an unfinished aggregate is open (ENGAGEMENT_FLAG_OPEN): it has events in
 * any order at its end. It is kept small, because there is one for each lead.
 *
 *	  12..15	bytes used, uint32
 *	  16 on		the key table
 *	  then		with ENGAGEMENT_FLAG_BODY, uint32 size of what follows, which is what a
 *				state has behind its key table
 *	  events	uint64: key * 2^54 + time + 2^53; where the time does not fit,
 *				1023 * 2^54 + key, then the time as int64
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_ENGAGEMENT_FORMAT_H
#define RETENTION_ENGAGEMENT_FORMAT_H

#include "packed.h"

typedef enum Decay
{
	DECAY_NONE = 0,
	DECAY_HALF_LIFE = 1,
	DECAY_LINEAR = 2,
	DECAY_EXPIRE = 3
} Decay;

/* A key, but for the name of its event. */
typedef struct EngagementKey
{
	Decay		decay;
	int32_t		max_count;		/* 0: none */
	int64_t		period;			/* microseconds; 0 if decay is none */
} EngagementKey;

#define ENGAGEMENT_FLAG_OPEN	1
#define ENGAGEMENT_FLAG_BODY	2

#define ENGAGEMENT_FINGERPRINT	4
#define ENGAGEMENT_TABLE		12	/* the key table of a state that is not open */
#define ENGAGEMENT_USED			12
#define ENGAGEMENT_OPEN_TABLE	16

#define EVENT_KEY_SHIFT			54
#define EVENT_ZERO				(INT64_C(1) << (EVENT_KEY_SHIFT - 1))
#define WIDE_EVENT				UINT64_C(1023)

#define MAX_ENGAGEMENT_KEYS		1000
#define MAX_ENGAGEMENT_COUNT	1000
/* a thousand years of 365.25 days */
#define MAX_ENGAGEMENT_PERIOD	(INT64_C(31557600000) * 1000000)
#define MAX_KEY_SIZE			(2 * MAX_VARINT_SIZE)

/* The range of a timestamptz. */
#define FIRST_EVENT_TIME		INT64_C(-211813488000000000)
#define END_EVENT_TIME			INT64_C(9223371331200000000)

/* What is known of a key's events at some moment. */
typedef struct KeyMeasure
{
	uint64_t	events;			/* that count */
	double		factor;			/* the sum of what is left of each of them, 0..1 */
} KeyMeasure;

/* What a state holds of a key. */
typedef struct KeyContent
{
	uint64_t	count;
	int64_t		last;			/* of a sum: the time of the last event */
	double		sum;
	int64_t    *times;			/* of a list: newest first */
} KeyContent;

/* Whether the times of a key's events are kept one by one. */
static inline bool
KeyHasTimes(const EngagementKey *key)
{
	return key->decay != DECAY_NONE && key->max_count > 0;
}

static inline bool
EngagementIsOpen(const uint8_t *bytes)
{
	return (PackedFlags(bytes) & ENGAGEMENT_FLAG_OPEN) != 0;
}

/* The microseconds from one time to a later one; they may not fit an int64. */
static inline uint64_t
TimeBetween(int64_t from, int64_t to)
{
	return (uint64_t) to - (uint64_t) from;
}

/* The bytes that an event takes in an open state. */
static inline size_t
EventSize(int64_t at)
{
	return at >= -EVENT_ZERO && at < EVENT_ZERO ? sizeof(uint64_t) : 2 * sizeof(uint64_t);
}

/* Write an event of an open state; returns where the next one goes. */
static inline uint8_t *
WriteEvent(uint8_t *p, int key, int64_t at)
{
	if (EventSize(at) == sizeof(uint64_t))
	{
		StoreU64(p, ((uint64_t) key << EVENT_KEY_SHIFT) + (uint64_t) (at + EVENT_ZERO));
		return p + sizeof(uint64_t);
	}
	StoreU64(p, (WIDE_EVENT << EVENT_KEY_SHIFT) + (uint64_t) key);
	StoreU64(p + sizeof(uint64_t), (uint64_t) at);
	return p + 2 * sizeof(uint64_t);
}

/* Read one; returns where the next one is. */
static inline const uint8_t *
ReadEvent(const uint8_t *p, int *key, int64_t *at)
{
	uint64_t	word = LoadU64(p);

	*key = (int) (word >> EVENT_KEY_SHIFT);
	word &= (UINT64_C(1) << EVENT_KEY_SHIFT) - 1;
	*at = (int64_t) word - EVENT_ZERO;
	if (*key != (int) WIDE_EVENT)
		return p + sizeof(uint64_t);
	*key = (int) word;
	*at = (int64_t) LoadU64(p + sizeof(uint64_t));
	return p + 2 * sizeof(uint64_t);
}

extern double DecayFactor(const EngagementKey *key, uint64_t age);
extern size_t EngagementTableSize(const EngagementKey *keys, int num_keys);
extern uint8_t *EngagementWriteTable(const EngagementKey *keys, int num_keys, uint8_t *p);
extern const uint8_t *EngagementReadTable(const uint8_t *p, int *num_keys, EngagementKey *keys);
extern const char *EngagementCheck(const uint8_t *bytes, size_t size);
extern int64_t EngagementMeasure(const uint8_t *body, const EngagementKey *keys, int num_keys,
								 int64_t as_of, KeyMeasure *measures);
extern const uint8_t *EngagementReadContent(const uint8_t *p, const EngagementKey *key,
											int64_t last, KeyContent *content);
extern size_t EngagementBodySize(const EngagementKey *keys, int num_keys, const KeyContent *contents,
								 int64_t last);
extern uint8_t *EngagementWriteBody(const EngagementKey *keys, int num_keys,
									const KeyContent *contents, int64_t last, uint8_t *p);

#endif							/* RETENTION_ENGAGEMENT_FORMAT_H */
