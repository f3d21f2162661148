/*
 * engagement.c
 *	  engagement_state: the events of one lead, by what a scorecard asks of them.
 *
 * The state of the aggregate is the type itself, open: it only appends a row's time.
 * When there are many they are folded into what a state holds; so a row costs little,
 * and a lead of few events takes few bytes.
 */
#include "engagement.h"

#include "aggregate.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static const PackedType EngagementStateType = {
	.name = "engagement_state",
	.input_hint = "To make one from events, use engagement_agg().",
	.check = EngagementCheck,
	.canonical = CanonicalEngagement
};

PACKED_SUMMARY_FUNCTIONS(engagement_state, &EngagementStateType)

PG_FUNCTION_INFO_V1(engagement_accum);
PG_FUNCTION_INFO_V1(engagement_trap);
PG_FUNCTION_INFO_V1(engagement_state_final);
PG_FUNCTION_INFO_V1(engagement_state_merge);
PG_FUNCTION_INFO_V1(engagement_state_combine);

/* ---- messages ---- */

/* A moment for a message, in UTC, so that no setting changes it. */
const char *
MomentForMessage(int64 at)
{
	struct pg_tm time;
	fsec_t		fraction;

	if (timestamp2tm(at, NULL, &time, &fraction, NULL, NULL) != 0)
		return "out of range";
	return psprintf("%04d-%02d-%02d %02d:%02d:%02d%s UTC%s",
					time.tm_year > 0 ? time.tm_year : 1 - time.tm_year, time.tm_mon, time.tm_mday,
					time.tm_hour, time.tm_min, time.tm_sec,
					fraction == 0 ? "" : psprintf(".%06d", (int) fraction),
					time.tm_year > 0 ? "" : " BC");
}

/* An error if a moment is infinite. */
void
CheckFiniteMoment(int64 at, const char *what)
{
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%s must be a finite time, not %s", what,
						TIMESTAMP_IS_NOBEGIN(at) ? "-infinity" : "infinity")));
}

/* What was already there cannot be taken away again. */
void
RefuseEarlierMoment(int64 last, int64 as_of)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("as_of %s is before the last event, at %s", MomentForMessage(as_of),
					MomentForMessage(last)),
			 errhint("Leave later events out: engagement_agg(card, event, at) FILTER (WHERE at <= as_of).")));
}

NORETURN static void
RefuseOtherKeys(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("this engagement_state is of a scorecard with other engagement rules"),
			 errdetail("Rules may be renamed, regrouped and given other points, but event, decay, period and max_count decide what is kept."),
			 errhint("Make it again from the events, with engagement_agg() and this scorecard.")));
}

/* ---- the parts of a state ---- */

static const uint8 *
TableOf(const uint8 *bytes)
{
	return bytes + (EngagementIsOpen(bytes) ? ENGAGEMENT_OPEN_TABLE : ENGAGEMENT_TABLE);
}

static uint32
OpenUsed(const uint8 *bytes)
{
	return LoadU32(bytes + ENGAGEMENT_USED);
}

static bool
HasBody(const uint8 *bytes)
{
	return (PackedFlags(bytes) & ENGAGEMENT_FLAG_BODY) != 0;
}

static uint64
FingerprintOf(const uint8 *bytes)
{
	return LoadU64(bytes + ENGAGEMENT_FINGERPRINT);
}

/* What a finished state of a card has behind its key table; an error if it is of another card. */
const uint8 *
EngagementBody(const Scorecard *card, PackedView state)
{
	const uint8 *table = state.bytes + ENGAGEMENT_TABLE;

	if (FingerprintOf(state.bytes) != card->fingerprint ||
		state.size < ENGAGEMENT_TABLE + card->table_size ||
		memcmp(table, card->table, card->table_size) != 0)
		RefuseOtherKeys();
	return table + card->table_size;
}

/* What each key of a card is worth at as_of; errors are another card, and an earlier moment. */
void
MeasureEngagement(const Scorecard *card, PackedView state, int64 as_of, KeyMeasure *measures)
{
	int64		last;

	state = CanonicalEngagement(state);
	last = EngagementMeasure(EngagementBody(card, state), card->keys, card->num_keys, as_of,
							 measures);
	if (last > as_of)
		RefuseEarlierMoment(last, as_of);
}

/* ---- folding: states added up ---- */

/* An event, or the time of one in a list. */
typedef struct FoldEvent
{
	int			key;
	int64		at;
} FoldEvent;

/* A half-life sum of a state that goes into the fold. */
typedef struct FoldSum
{
	int			key;
	KeyContent	content;
} FoldSum;

typedef struct Fold
{
	PackedView	head;			/* a state of the same keys */
	size_t		table_size;
	int			num_keys;
	EngagementKey *keys;
	uint64	   *counts;			/* of keys without decay, and of sums, in states */
	FoldEvent  *events;
	size_t		num_events;
	size_t		max_events;
	FoldSum    *sums;
	int			num_sums;
	int			max_sums;
	int64		last;
} Fold;

static Fold *
NewFold(PackedView head)
{
	Fold	   *fold = (Fold *) palloc0(sizeof(Fold));
	const uint8 *table = TableOf(head.bytes);
	int			num_keys;

	fold->head = head;
	fold->table_size = (size_t) (EngagementReadTable(table, &num_keys, NULL) - table);
	fold->num_keys = num_keys;
	fold->keys = (EngagementKey *) palloc(sizeof(EngagementKey) * num_keys);
	EngagementReadTable(table, &num_keys, fold->keys);
	fold->counts = (uint64 *) palloc0(sizeof(uint64) * num_keys);
	fold->last = PG_INT64_MIN;
	return fold;
}

static void
AddFoldEvent(Fold *fold, int key, int64 at)
{
	if (fold->num_events == fold->max_events)
	{
		fold->max_events = fold->max_events == 0 ? 64 : fold->max_events * 2;
		fold->events = fold->events == NULL
			? (FoldEvent *) palloc(sizeof(FoldEvent) * fold->max_events)
			: (FoldEvent *) repalloc_huge(fold->events, sizeof(FoldEvent) * fold->max_events);
	}
	fold->events[fold->num_events].key = key;
	fold->events[fold->num_events++].at = at;
}

static void
AddFoldSum(Fold *fold, int key, const KeyContent *content)
{
	if (fold->num_sums == fold->max_sums)
	{
		fold->max_sums = fold->max_sums == 0 ? 8 : fold->max_sums * 2;
		fold->sums = fold->sums == NULL ? (FoldSum *) palloc(sizeof(FoldSum) * fold->max_sums)
			: (FoldSum *) repalloc(fold->sums, sizeof(FoldSum) * fold->max_sums);
	}
	fold->sums[fold->num_sums].key = key;
	fold->sums[fold->num_sums++].content = *content;
}

/* Add what a state has behind its key table. */
static void
AddFoldBody(Fold *fold, const uint8 *body)
{
	int64		last = (int64) LoadU64(body);
	const uint8 *p = body + sizeof(uint64);
	int64		times[MAX_ENGAGEMENT_COUNT];

	fold->last = Max(fold->last, last);
	for (int key = 0; key < fold->num_keys; key++)
	{
		/* cppcheck-suppress legacyUninitvar // only its address is taken */
		KeyContent	content = {0, 0, 0, times};

		p = EngagementReadContent(p, &fold->keys[key], last, &content);
		if (KeyHasTimes(&fold->keys[key]))
		{
			for (uint64 i = 0; i < content.count; i++)
				AddFoldEvent(fold, key, times[i]);
			continue;
		}
		if (content.count > MAX_COUNTER - fold->counts[key])
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("there are more than %llu events", (unsigned long long) MAX_COUNTER)));
		fold->counts[key] += content.count;
		if (fold->keys[key].decay == DECAY_HALF_LIFE && content.count > 0)
			AddFoldSum(fold, key, &content);
	}
}

/* Add a state, finished or open; an error if it has other keys. */
static void
AddFoldState(Fold *fold, PackedView state)
{
	const uint8 *table = TableOf(state.bytes);
	const uint8 *body = table + fold->table_size;
	const uint8 *end;

	if (FingerprintOf(state.bytes) != FingerprintOf(fold->head.bytes) ||
		state.size < (size_t) (body - state.bytes) ||
		memcmp(table, TableOf(fold->head.bytes), fold->table_size) != 0)
		RefuseOtherKeys();
	if (!EngagementIsOpen(state.bytes))
	{
		AddFoldBody(fold, body);
		return;
	}
	end = state.bytes + OpenUsed(state.bytes);
	if (HasBody(state.bytes))
	{
		AddFoldBody(fold, body + sizeof(uint32));
		body += sizeof(uint32) + LoadU32(body);
	}
	while (body < end)
	{
		int			key;
		int64		at;

		body = ReadEvent(body, &key, &at);
		fold->last = Max(fold->last, at);
		AddFoldEvent(fold, key, at);
	}
}

/* By key, then the newest first. */
static int
CompareFoldEvents(const void *a, const void *b)
{
	const FoldEvent *x = (const FoldEvent *) a;
	const FoldEvent *y = (const FoldEvent *) b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->at > y->at ? -1 : x->at < y->at;
}

static void
SortFoldEvents(Fold *fold)
{
	FoldEvent  *events = fold->events;

	if (fold->num_events > 24)
	{
		qsort(events, fold->num_events, sizeof(FoldEvent), CompareFoldEvents);
		return;
	}
	for (size_t i = 1; i < fold->num_events; i++)
	{
		FoldEvent	event = events[i];
		size_t		j = i;

		for (; j > 0 && CompareFoldEvents(&events[j - 1], &event) > 0; j--)
			events[j] = events[j - 1];
		events[j] = event;
	}
}

/*
 * The half-life sum of a key, relative to its last event: of events, and of the sums of
 * states that went into the fold.
 */
static void
FoldHalfLife(const Fold *fold, int key, const FoldEvent *events, size_t num_events,
			 KeyContent *content)
{
	const EngagementKey *decay = &fold->keys[key];

	content->last = num_events > 0 ? events[0].at : PG_INT64_MIN;
	for (int i = 0; i < fold->num_sums; i++)
		if (fold->sums[i].key == key)
			content->last = Max(content->last, fold->sums[i].content.last);
	for (size_t i = 0; i < num_events; i++)
		content->sum += DecayFactor(decay, TimeBetween(events[i].at, content->last));
	for (int i = 0; i < fold->num_sums; i++)
		if (fold->sums[i].key == key)
			content->sum += fold->sums[i].content.sum *
				DecayFactor(decay, TimeBetween(fold->sums[i].content.last, content->last));
}

/* What the fold holds of each key. */
static KeyContent *
FoldContents(Fold *fold)
{
	KeyContent *contents = (KeyContent *) palloc0(sizeof(KeyContent) * fold->num_keys);
	int64	   *times = (int64 *) palloc_extended(sizeof(int64) * Max(fold->num_events, 1),
												  MCXT_ALLOC_HUGE);
	size_t		begin = 0;

	SortFoldEvents(fold);
	for (size_t i = 0; i < fold->num_events; i++)
		times[i] = fold->events[i].at;
	for (int key = 0; key < fold->num_keys; key++)
	{
		const EngagementKey *decay = &fold->keys[key];
		KeyContent *content = &contents[key];
		size_t		end = begin;

		while (end < fold->num_events && fold->events[end].key == key)
			end++;
		content->count = fold->counts[key] + (end - begin);
		if (decay->max_count > 0)
			content->count = Min(content->count, (uint64) decay->max_count);
		content->times = times + begin;
		if (decay->decay == DECAY_HALF_LIFE && decay->max_count == 0 && content->count > 0)
			FoldHalfLife(fold, key, fold->events + begin, end - begin, content);
		begin = end;
	}
	return contents;
}

static void
WriteHead(Packed *packed, const Fold *fold, uint16 flags)
{
	PackedWriteHeader(packed->bytes, PACKED_ENGAGEMENT_STATE, flags);
	memcpy(packed->bytes + ENGAGEMENT_FINGERPRINT, fold->head.bytes + ENGAGEMENT_FINGERPRINT,
		   sizeof(uint64));
	memcpy(unconstify(uint8 *, TableOf(packed->bytes)), TableOf(fold->head.bytes), fold->table_size);
}

/* The finished state of what was added. */
static Packed *
PackFold(Fold *fold)
{
	KeyContent *contents = FoldContents(fold);
	size_t		size = EngagementBodySize(fold->keys, fold->num_keys, contents, fold->last);
	Packed	   *packed = PackedAlloc(ENGAGEMENT_TABLE + fold->table_size + size);

	WriteHead(packed, fold, 0);
	EngagementWriteBody(fold->keys, fold->num_keys, contents, fold->last,
						packed->bytes + ENGAGEMENT_TABLE + fold->table_size);
	return packed;
}

/* The canonical bytes of a state that may be that of an unfinished aggregate. */
PackedView
CanonicalEngagement(PackedView state)
{
	Fold	   *fold;

	if (!EngagementIsOpen(state.bytes))
		return state;
	fold = NewFold(state);
	AddFoldState(fold, state);
	return PackedViewOfPacked(PackFold(fold));
}

/* ---- the state of the aggregate: events in any order, in place ---- */

/* The size of a state's memory; sizes are powers of two, as those of chunks are. */
#define FIRST_STATE_SIZE 128
/* A state of this size, or twice that of what its events are folded into, is folded. */
#define FOLDED_STATE_SIZE 1024

/* An open state of the keys of a card, with room for room bytes of events. */
static Packed *
NewOpenState(const Scorecard *card, size_t room)
{
	size_t		events = ENGAGEMENT_OPEN_TABLE + card->table_size;
	size_t		size = FIRST_STATE_SIZE;
	Packed	   *state;

	while (size < VARHDRSZ + events + room)
		size *= 2;
	state = PackedAlloc(size - VARHDRSZ);
	PackedWriteHeader(state->bytes, PACKED_ENGAGEMENT_STATE, ENGAGEMENT_FLAG_OPEN);
	StoreU64(state->bytes + ENGAGEMENT_FINGERPRINT, card->fingerprint);
	StoreU32(state->bytes + ENGAGEMENT_USED, (uint32) events);
	memcpy(state->bytes + ENGAGEMENT_OPEN_TABLE, card->table, card->table_size);
	/* states may be sent or stored as they are */
	memset(state->bytes + events, 0, PACKED_SIZE(state) - events);
	return state;
}

/*
 * An open state with what a state holds, folded, with room for room bytes of events and
 * for as many as it has, so that this is not done often.
 */
static Packed *
OpenFromState(PackedView state, size_t room)
{
	Fold	   *fold = NewFold(state);
	KeyContent *contents;
	uint8	   *body;
	size_t		body_size;
	size_t		used;
	Packed	   *open;

	CHECK_FOR_INTERRUPTS();
	AddFoldState(fold, state);
	contents = FoldContents(fold);
	body_size = EngagementBodySize(fold->keys, fold->num_keys, contents, fold->last);
	used = ENGAGEMENT_OPEN_TABLE + fold->table_size + sizeof(uint32) + body_size;
	open = PackedAlloc(used + Max(Max(room, FOLDED_STATE_SIZE), used));
	memset(open->bytes, 0, PACKED_SIZE(open));
	WriteHead(open, fold, ENGAGEMENT_FLAG_OPEN | ENGAGEMENT_FLAG_BODY);
	StoreU32(open->bytes + ENGAGEMENT_USED, (uint32) used);
	body = open->bytes + ENGAGEMENT_OPEN_TABLE + fold->table_size;
	StoreU32(body, (uint32) body_size);
	EngagementWriteBody(fold->keys, fold->num_keys, contents, fold->last, body + sizeof(uint32));
	return open;
}

/* Twice the memory for an open state, which has not many events yet. */
static Packed *
GrowOpenState(const Packed *state, size_t room)
{
	size_t		size = VARHDRSZ + PACKED_SIZE(state);
	uint32		used = OpenUsed(state->bytes);
	Packed	   *larger;

	do
		size *= 2;
	while (size < VARHDRSZ + used + room);
	larger = PackedAlloc(size - VARHDRSZ);
	memcpy(larger->bytes, state->bytes, used);
	memset(larger->bytes + used, 0, PACKED_SIZE(larger) - used);
	return larger;
}

/* Room for room bytes more of events. Returns the state, moved if there was none. */
static Packed *
MakeRoomForEvents(Packed *state, size_t room)
{
	if (OpenUsed(state->bytes) + room <= PACKED_SIZE(state))
		return state;
	if (!HasBody(state->bytes) && PACKED_SIZE(state) < FOLDED_STATE_SIZE)
		return GrowOpenState(state, room);
	return OpenFromState(PackedViewOfPacked(state), room);
}

/* The state in argument 0, ready for events of a card with room bytes. */
static Packed *
OpenStateOfArgument(FunctionCallInfo fcinfo, const Scorecard *card, size_t room)
{
	Packed	   *state;

	if (PG_ARGISNULL(0))
		return NewOpenState(card, room);
	state = PackedForUpdate(fcinfo, 0);
	if (unlikely(FingerprintOf(state->bytes) != card->fingerprint))
		RefuseOtherKeys();
	if (unlikely(!EngagementIsOpen(state->bytes)))
		return OpenFromState(PackedViewOfPacked(state), room);
	return MakeRoomForEvents(state, room);
}

/*
 * engagement_agg(card, event text, at timestamptz): state, card, event, at -> state. A
 * row without event or time, or whose event no rule names, is ignored.
 */
Datum
engagement_accum(PG_FUNCTION_ARGS)
{
	CardReader *reader;
	PackedView	name;
	const CardEvent *event;
	Packed	   *state;
	uint8	   *p;
	int64		at;

	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return UnchangedState(fcinfo);
	reader = CardReaderFor(fcinfo, 1);
	name = PackedViewOf(PG_GETARG_DATUM(2));
	event = FindCardEvent(reader->card, (const char *) name.bytes, (uint32) name.size);
	if (event == NULL)
		return UnchangedState(fcinfo);
	at = PG_GETARG_INT64(3);
	CheckFiniteMoment(at, "the time of an event");
	state = OpenStateOfArgument(fcinfo, reader->card,
								(size_t) event->num_keys * EventSize(at));
	p = state->bytes + OpenUsed(state->bytes);
	for (int i = 0; i < event->num_keys; i++)
		p = WriteEvent(p, event->keys[i], at);
	StoreU32(state->bytes + ENGAGEMENT_USED, (uint32) (p - state->bytes));
	PG_RETURN_POINTER(state);
}

/*
 * engagement_agg(card, text, timestamp | date): always an error, so that no column is
 * cast through the session's TimeZone in silence.
 */
Datum
engagement_trap(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the time of an event must be a timestamptz"),
			 errhint("Say in which zone the time is: at AT TIME ZONE 'Europe/Berlin'.")));
	PG_RETURN_NULL();
}

/* ---- merging ---- */

/* state -> engagement_state. Strict; never changes the state. */
Datum
engagement_state_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PackedCanonicalDatum(PG_GETARG_DATUM(0), &EngagementStateType));
}

static Packed *
MergeStates(PackedView a, PackedView b)
{
	Fold	   *fold = NewFold(a);

	AddFoldState(fold, a);
	AddFoldState(fold, b);
	return PackFold(fold);
}

/*
 * state, engagement_state -> state: transition of merge_agg, and combine function of
 * all aggregates. Strict.
 */
Datum
engagement_state_merge(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(MergeStates(PackedViewOf(PG_GETARG_DATUM(0)),
								  PackedViewOf(PG_GETARG_DATUM(1))));
}

/* combine(a, b): the events of both, which must be others; NULL counts as none. */
Datum
engagement_state_combine(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PackedCanonicalDatum(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0),
											 &EngagementStateType));
	PG_RETURN_POINTER(MergeStates(PackedViewOf(PG_GETARG_DATUM(0)),
								  PackedViewOf(PG_GETARG_DATUM(1))));
}
