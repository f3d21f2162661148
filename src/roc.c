/*
 * roc.c
 *	  roc_summary: the type, the aggregates, merging.
 *
 * A summary in memory is a hash table of the scores, which are sorted when it is
 * packed. It takes two to five times the bytes of the packed value, which has to fit
 * into memory anyway.
 */
#include "roc.h"

#include <math.h>

#include "aggregate.h"
#include "arena.h"
#include "common/int.h"
#include "hash_key.h"
#include "miscadmin.h"
#include "outcome.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

const PackedType RocSummaryType = {
	.name = "roc_summary",
	.check = RocCheck
};

PACKED_SUMMARY_FUNCTIONS(roc_summary, &RocSummaryType)

PG_FUNCTION_INFO_V1(roc_accum);
PG_FUNCTION_INFO_V1(roc_accum_bigint);
PG_FUNCTION_INFO_V1(roc_summary_merge);
PG_FUNCTION_INFO_V1(roc_summary_combine);

#define LOG2_FIRST_SLOTS 3

/*
 * A summary in memory. It is an expanded object, so that the aggregates can have the
 * type roc_summary as their state and still change it in place: what leaves the
 * aggregate is packed by the server.
 */
typedef struct RocState
{
	ExpandedObjectHeader header;
	MemoryContext context;		/* of everything below, and perhaps of other states */
	int64		total;			/* of all outcomes */
	uint64		num_entries;
	int			log2_slots;
	RocEntry   *slots;			/* without outcomes: free */
	Packed	   *packed;			/* the same packed; NULL: not known */
} RocState;

/* ---- the hash table ---- */

static inline uint64
NumSlots(const RocState *state)
{
	return UINT64CONST(1) << state->log2_slots;
}

static inline bool
IsFree(const RocEntry *entry)
{
	return (entry->positives | entry->negatives) == 0;
}

/* The slot of a score, or the free one where it belongs. Zero has no sign. */
static inline RocEntry *
FindSlot(const RocState *state, double score)
{
	uint64		mask = NumSlots(state) - 1;
	uint64		bits;
	uint64		position;

	memcpy(&bits, &score, sizeof(bits));
	position = HashWord(bits) >> (64 - state->log2_slots);
	for (;; position = (position + 1) & mask)
	{
		RocEntry   *entry = &state->slots[position];

		if (IsFree(entry) || entry->score == score)
			return entry;
	}
}

static RocEntry *
AllocSlots(MemoryContext context, int log2_slots)
{
	return (RocEntry *) AllocLargeZeroed(context, sizeof(RocEntry) << log2_slots);
}

/* Twice as many slots. */
static void
GrowSlots(RocState *state)
{
	RocEntry   *old_slots = state->slots;
	uint64		num_old = NumSlots(state);

	state->log2_slots++;
	state->slots = AllocSlots(state->context, state->log2_slots);
	for (uint64 i = 0; i < num_old; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!IsFree(&old_slots[i]))
			*FindSlot(state, old_slots[i].score) = old_slots[i];
	}
	pfree(old_slots);
}

/* Count outcomes at a score, at least one. */
static inline void
AddOutcomes(RocState *state, double score, int64 positives, int64 negatives)
{
	RocEntry   *entry = FindSlot(state, score);

	if (unlikely(pg_add_s64_overflow(state->total, positives, &state->total) ||
				 pg_add_s64_overflow(state->total, negatives, &state->total)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the number of outcomes is out of range for type bigint")));
	if (IsFree(entry))
	{
		if (unlikely(++state->num_entries > NumSlots(state) / 4 * 3))
		{
			GrowSlots(state);
			entry = FindSlot(state, score);
		}
		entry->score = score;
	}
	entry->positives += positives;
	entry->negatives += negatives;
}

/* ---- packing ---- */

#define ST_SORT SortEntries
#define ST_ELEMENT_TYPE RocEntry
#define ST_COMPARE(a, b) ((a)->score > (b)->score ? -1 : (a)->score < (b)->score)
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

/* All entries, the highest score first. */
static RocEntry *
SortedEntries(const RocState *state)
{
	RocEntry   *entries = (RocEntry *)
		palloc_extended(sizeof(RocEntry) * (state->num_entries + 1), MCXT_ALLOC_HUGE);
	uint64		num = 0;

	for (uint64 i = 0; i < NumSlots(state); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!IsFree(&state->slots[i]))
			entries[num++] = state->slots[i];
	}
	SortEntries(entries, num);
	return entries;
}

/* The canonical bytes of a summary with at least one outcome. */
static Packed *
PackRoc(const RocState *state)
{
	RocEntry   *entries = SortedEntries(state);
	size_t		size = PACKED_HEADER_SIZE;
	Packed	   *packed;
	uint8	   *p;

	for (uint64 i = 0; i < state->num_entries; i++)
		size += RocEntrySize(&entries[i]);
	packed = PackedAlloc(size);
	p = RocWriteHead(packed->bytes);
	for (uint64 i = 0; i < state->num_entries; i++)
		p = RocWriteEntry(p, &entries[i]);
	pfree(entries);
	Assert(RocCheck(packed->bytes, PACKED_SIZE(packed)) == NULL);
	return packed;
}

/* The server asks how large the packed value is, and soon after for it. */
static Size
GetFlatSize(ExpandedObjectHeader *header)
{
	RocState   *state = (RocState *) header;

	if (state->packed == NULL)
	{
		MemoryContext old_context = MemoryContextSwitchTo(state->context);

		state->packed = PackRoc(state);
		MemoryContextSwitchTo(old_context);
	}
	return VARSIZE(state->packed);
}

static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated_size)
{
	RocState   *state = (RocState *) header;

	Assert(state->packed != NULL && allocated_size == VARSIZE(state->packed));
	memcpy(result, state->packed, allocated_size);
}

static const ExpandedObjectMethods roc_methods = {
	.get_flat_size = GetFlatSize,
	.flatten_into = FlattenInto
};

/* ---- the state ---- */

/* A summary without scores, in a memory context that it may share with others. */
static RocState *
NewRocState(MemoryContext context)
{
	RocState   *state = (RocState *) MemoryContextAllocZero(context, sizeof(RocState));

	EOH_init_header(&state->header, &roc_methods, context);
	state->context = context;
	state->log2_slots = LOG2_FIRST_SLOTS;
	state->slots = AllocSlots(context, LOG2_FIRST_SLOTS);
	return state;
}

/* Before a summary changes: it is to be packed again. */
static inline void
Touch(RocState *state)
{
	if (state->packed != NULL)
		pfree(state->packed);
	state->packed = NULL;
}

/* Add all of a packed summary. */
static void
MergeRoc(RocState *state, PackedView other)
{
	RocReader	reader;
	RocEntry	entry;

	Touch(state);
	RocReadBegin(&reader, other.bytes, other.size);
	while (RocReadEntry(&reader, &entry))
		AddOutcomes(state, entry.score, entry.positives, entry.negatives);
}

static RocState *
StateOfPacked(PackedView summary, MemoryContext context)
{
	RocState   *state = NewRocState(context);

	MergeRoc(state, summary);
	return state;
}

/*
 * The state in argument 0: in place if it is one in memory, else read from the
 * packed value. NULL if it is NULL.
 */
static inline RocState *
StateOfArgument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return NULL;
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(PG_GETARG_POINTER(0)))
		return (RocState *) DatumGetEOHP(PG_GETARG_DATUM(0));
	return StateOfPacked(PackedViewOf(PG_GETARG_DATUM(0)), StateContext(fcinfo));
}

static inline Datum
StateDatum(RocState *state)
{
	return EOHPGetRWDatum(&state->header);
}

/* Add a row whose score and outcome are not NULL. */
static Datum
AddRow(FunctionCallInfo fcinfo, bool outcome)
{
	double		score = PG_GETARG_FLOAT8(1);
	RocState   *state = StateOfArgument(fcinfo);

	if (unlikely(!isfinite(score)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("score must be a finite number, not %g", score)));
	if (state == NULL)
		state = NewRocState(StateContext(fcinfo));
	Touch(state);
	/* adding 0 turns the negative zero into the other one */
	AddOutcomes(state, score + 0.0, outcome, !outcome);
	return StateDatum(state);
}

/* roc_agg(score, outcome boolean): state, score, outcome -> state. A row with a NULL is ignored. */
Datum
roc_accum(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	return AddRow(fcinfo, PG_GETARG_BOOL(2));
}

/* roc_agg(score, outcome bigint), the same */
Datum
roc_accum_bigint(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	return AddRow(fcinfo, OutcomeOfBigint(PG_GETARG_INT64(2)));
}

/* state, summary -> state: transition of merge_agg, combine function of roc_agg. Strict. */
Datum
roc_summary_merge(PG_FUNCTION_ARGS)
{
	RocState   *state = StateOfArgument(fcinfo);

	MergeRoc(state, PackedViewOf(PG_GETARG_DATUM(1)));
	return StateDatum(state);
}

/* combine(a, b): the outcomes of both; NULL counts as none. */
Datum
roc_summary_combine(PG_FUNCTION_ARGS)
{
	RocState   *sum;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	sum = StateOfPacked(PackedViewOf(PG_GETARG_DATUM(0)), CurrentMemoryContext);
	MergeRoc(sum, PackedViewOf(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(PackRoc(sum));
}
