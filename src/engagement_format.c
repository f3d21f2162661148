/*
 * engagement_format.c
 *	  The bytes of engagement_state. Nothing here calls the server.
 */
#include "engagement_format.h"

#include <math.h>

/* What is left of an event at an age in microseconds: 0 to 1. */
double
DecayFactor(const EngagementKey *key, uint64_t age)
{
	switch (key->decay)
	{
		case DECAY_HALF_LIFE:
			return exp2(-((double) age / (double) key->period));
		case DECAY_LINEAR:
			return age >= (uint64_t) key->period ? 0 : 1 - (double) age / (double) key->period;
		case DECAY_EXPIRE:
			return age >= (uint64_t) key->period ? 0 : 1;
		default:
			return 1;
	}
}

/* ---- the key table ---- */

static uint64_t
KeyWord(const EngagementKey *key)
{
	return (uint64_t) key->max_count * 4 + (uint64_t) key->decay;
}

#define HOUR INT64_C(3600000000)

static uint64_t
PeriodWord(int64_t period)
{
	return period % HOUR == 0 ? (uint64_t) (period / HOUR) * 2 : (uint64_t) period * 2 + 1;
}

static int64_t
PeriodOfWord(uint64_t word)
{
	return (word & 1) == 0 ? (int64_t) (word / 2) * HOUR : (int64_t) (word / 2);
}

/* The bytes that the key table takes. */
size_t
EngagementTableSize(const EngagementKey *keys, int num_keys)
{
	size_t		size = VarintSize((uint64_t) num_keys);

	for (int i = 0; i < num_keys; i++)
	{
		size += VarintSize(KeyWord(&keys[i]));
		if (keys[i].decay != DECAY_NONE)
			size += VarintSize(PeriodWord(keys[i].period));
	}
	return size;
}

/* Write the key table; returns where the next byte goes. */
uint8_t *
EngagementWriteTable(const EngagementKey *keys, int num_keys, uint8_t *p)
{
	p = WriteVarint(p, (uint64_t) num_keys);
	for (int i = 0; i < num_keys; i++)
	{
		p = WriteVarint(p, KeyWord(&keys[i]));
		if (keys[i].decay != DECAY_NONE)
			p = WriteVarint(p, PeriodWord(keys[i].period));
	}
	return p;
}

/* Read a checked key table, into keys unless that is NULL; returns where it ends. */
const uint8_t *
EngagementReadTable(const uint8_t *p, int *num_keys, EngagementKey *keys)
{
	uint64_t	value;

	p = ReadVarint(p, &value);
	*num_keys = (int) value;
	for (int i = 0; i < *num_keys; i++)
	{
		EngagementKey key = {DECAY_NONE, 0, 0};

		p = ReadVarint(p, &value);
		key.decay = (Decay) (value & 3);
		key.max_count = (int32_t) (value >> 2);
		if (key.decay != DECAY_NONE)
		{
			p = ReadVarint(p, &value);
			key.period = PeriodOfWord(value);
		}
		if (keys != NULL)
			keys[i] = key;
	}
	return p;
}

/* ---- reading ---- */

/*
 * Read what a checked state holds of a key; last is the time of the last event of all.
 * content->times has room for max_count times, or is NULL, and the times are skipped.
 * Returns where the next key's content begins.
 */
const uint8_t *
EngagementReadContent(const uint8_t *p, const EngagementKey *key, int64_t last,
					  KeyContent *content)
{
	uint64_t	gap;
	uint64_t	at = (uint64_t) last;

	p = ReadVarint(p, &content->count);
	if (content->count == 0 || key->decay == DECAY_NONE)
		return p;
	if (!KeyHasTimes(key))
	{
		p = ReadVarint(p, &gap);
		content->last = (int64_t) (at - gap);
		content->sum = LoadF64(p);
		return p + sizeof(uint64_t);
	}
	for (uint64_t i = 0; i < content->count; i++)
	{
		p = ReadVarint(p, &gap);
		at -= gap;
		if (content->times != NULL)
			content->times[i] = (int64_t) at;
	}
	return p;
}

/* What the times of a list at p are worth as_of; returns where it ends. */
static const uint8_t *
MeasureTimes(const uint8_t *p, uint64_t count, const EngagementKey *key, int64_t last,
			 int64_t as_of, KeyMeasure *measure)
{
	uint64_t	age = TimeBetween(last, as_of);
	uint64_t	gap;

	for (uint64_t i = 0; i < count; i++)
	{
		p = ReadVarint(p, &gap);
		age += gap;
		if (key->decay != DECAY_HALF_LIFE && age >= (uint64_t) key->period)
			continue;
		measure->events++;
		measure->factor += DecayFactor(key, age);
	}
	return p;
}

/*
 * What each key is worth at as_of. body is what a checked state has behind its key
 * table. Returns the time of the last event; if that is after as_of, measures are not
 * filled in.
 */
int64_t
EngagementMeasure(const uint8_t *body, const EngagementKey *keys, int num_keys, int64_t as_of,
				  KeyMeasure *measures)
{
	int64_t		last = (int64_t) LoadU64(body);
	const uint8_t *p = body + sizeof(uint64_t);

	if (last > as_of)
		return last;
	for (int i = 0; i < num_keys; i++)
	{
		KeyContent	content = {0, 0, 0, NULL};

		measures[i].events = 0;
		measures[i].factor = 0;
		if (KeyHasTimes(&keys[i]))
		{
			p = ReadVarint(p, &content.count);
			p = MeasureTimes(p, content.count, &keys[i], last, as_of, &measures[i]);
			continue;
		}
		p = EngagementReadContent(p, &keys[i], last, &content);
		measures[i].events = content.count;
		if (keys[i].decay == DECAY_NONE)
			measures[i].factor = (double) content.count;
		else if (content.count > 0)
			measures[i].factor = content.sum *
				DecayFactor(&keys[i], TimeBetween(content.last, as_of));
	}
	return last;
}

/* ---- writing ---- */

/* Write what a key holds; returns where the next byte goes. Without p, count the bytes only. */
static size_t
WriteContent(const EngagementKey *key, const KeyContent *content, int64_t last, uint8_t *p)
{
	size_t		size = VarintSize(content->count);

	if (p != NULL)
		WriteVarint(p, content->count);
	if (content->count == 0 || key->decay == DECAY_NONE)
		return size;
	if (!KeyHasTimes(key))
	{
		uint64_t	gap = TimeBetween(content->last, last);

		if (p != NULL)
			StoreF64(WriteVarint(p + size, gap), content->sum);
		return size + VarintSize(gap) + sizeof(uint64_t);
	}
	for (uint64_t i = 0; i < content->count; i++)
	{
		uint64_t	gap = TimeBetween(content->times[i], last);

		if (p != NULL)
			WriteVarint(p + size, gap);
		size += VarintSize(gap);
		last = content->times[i];
	}
	return size;
}

/* The bytes that EngagementWriteBody() writes. */
size_t
EngagementBodySize(const EngagementKey *keys, int num_keys, const KeyContent *contents,
				   int64_t last)
{
	size_t		size = sizeof(uint64_t);

	for (int i = 0; i < num_keys; i++)
		size += WriteContent(&keys[i], &contents[i], last, NULL);
	return size;
}

/* Write what follows the key table; returns where the next byte goes. */
uint8_t *
EngagementWriteBody(const EngagementKey *keys, int num_keys, const KeyContent *contents,
					int64_t last, uint8_t *p)
{
	StoreU64(p, (uint64_t) last);
	p += sizeof(uint64_t);
	for (int i = 0; i < num_keys; i++)
		p += WriteContent(&keys[i], &contents[i], last, p);
	return p;
}

/* ---- checking bytes from outside ---- */

/* Check a key; returns where the next one begins, or NULL. */
static const uint8_t *
CheckKey(const uint8_t *p, const uint8_t *end, EngagementKey *key)
{
	uint64_t	value;

	*key = (EngagementKey) {DECAY_NONE, 0, 0};
	p = CheckVarint(p, end, MAX_ENGAGEMENT_COUNT * 4 + 3, &value);
	if (p == NULL)
		return NULL;
	key->decay = (Decay) (value & 3);
	key->max_count = (int32_t) (value >> 2);
	if (key->decay == DECAY_NONE)
		return p;
	if (key->decay != DECAY_HALF_LIFE && key->max_count == 0)
		return NULL;
	p = CheckVarint(p, end, (uint64_t) MAX_ENGAGEMENT_PERIOD * 2 + 1, &value);
	if (p == NULL || ((value & 1) == 0 && value / 2 > MAX_ENGAGEMENT_PERIOD / HOUR))
		return NULL;
	key->period = PeriodOfWord(value);
	return key->period == 0 || PeriodWord(key->period) != value ? NULL : p;
}

/* Check a gap before *at and go there; returns where it ends, or NULL. */
static const uint8_t *
CheckGap(const uint8_t *p, const uint8_t *end, int64_t *at)
{
	uint64_t	gap;

	p = CheckVarint(p, end, TimeBetween(FIRST_EVENT_TIME, *at), &gap);
	if (p != NULL)
		*at = (int64_t) ((uint64_t) *at - gap);
	return p;
}

/*
 * Check what a state holds of a key; returns where it ends, or NULL. *newest becomes the
 * time of its newest event where that is known.
 */
static const uint8_t *
CheckContent(const uint8_t *p, const uint8_t *end, const EngagementKey *key, int64_t last,
			 uint64_t *count, int64_t *newest)
{
	int64_t		at = last;
	double		sum;

	p = CheckVarint(p, end, key->max_count > 0 ? (uint64_t) key->max_count : MAX_COUNTER, count);
	if (p == NULL || *count == 0 || key->decay == DECAY_NONE)
		return p;
	if (KeyHasTimes(key))
	{
		for (uint64_t i = 0; i < *count && p != NULL; i++)
		{
			p = CheckGap(p, end, &at);
			if (i == 0)
				*newest = at;
		}
		return p;
	}
	p = CheckGap(p, end, &at);
	if (p == NULL || end - p < (ptrdiff_t) sizeof(uint64_t))
		return NULL;
	*newest = at;
	sum = LoadF64(p);
	/* what rounding may add is allowed */
	return sum >= 1 && sum <= (double) *count * (1 + 1e-6) ? p + sizeof(uint64_t) : NULL;
}

/*
 * What is wrong with bytes that are to be a state, or NULL. An open state is no value
 * of the type.
 */
const char *
EngagementCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_ENGAGEMENT_STATE, 0);
	const uint8_t *end = bytes + size;
	const uint8_t *p = bytes + ENGAGEMENT_TABLE;
	EngagementKey keys[MAX_ENGAGEMENT_KEYS];
	uint64_t	num_keys;
	uint64_t	count;
	int64_t		last;
	int64_t		newest;
	bool		has_last = false;
	bool		has_events = false;

	if (problem != NULL)
		return problem;
	if (size < ENGAGEMENT_TABLE)
		return "The value is cut off.";
	p = CheckVarint(p, end, MAX_ENGAGEMENT_KEYS, &num_keys);
	if (p == NULL || num_keys == 0)
		return "The number of keys is not from 1 to 1000.";
	for (uint64_t i = 0; i < num_keys; i++)
	{
		p = CheckKey(p, end, &keys[i]);
		if (p == NULL)
			return "A key is malformed.";
	}
	if (end - p < (ptrdiff_t) sizeof(uint64_t))
		return "The value is cut off.";
	last = (int64_t) LoadU64(p);
	p += sizeof(uint64_t);
	if (last < FIRST_EVENT_TIME || last >= END_EVENT_TIME)
		return "The time of the last event is out of range.";
	for (uint64_t i = 0; i < num_keys; i++)
	{
		newest = keys[i].decay == DECAY_NONE ? last : FIRST_EVENT_TIME;
		p = CheckContent(p, end, &keys[i], last, &count, &newest);
		if (p == NULL)
			return "The events of a key are malformed.";
		has_events |= count > 0;
		has_last |= count > 0 && newest == last;
	}
	if (p != end)
		return "There are bytes behind the end.";
	if (!has_events)
		return "There is no event.";
	if (!has_last)
		return "No key has the last event.";
	return NULL;
}
