/*
 * retention_state.c
 *	  A retention_summary in memory: adding customers, merging, packing.
 *
 * Everything that cohort_retention(), average_retention() and lifecycle() will
 * ever ask is counted here, once for each customer: so a stored summary answers
 * every question later.
 */
#include "retention.h"

#include "hash_key.h"
#include "interrupts.h"
#include "utils/memutils.h"

/* Where the cohort of a period is. */
typedef struct CohortItem
{
	int32		index;
	int32		position;
	char		status;
} CohortItem;

#define SH_PREFIX cohorts
#define SH_ELEMENT_TYPE CohortItem
#define SH_KEY_TYPE int32
#define SH_KEY index
#define SH_HASH_KEY(tb, key) HashForTable((uint32) (key))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Among more cohorts than that, one that comes out of order is not inserted but appended. */
#define MANY_COHORTS 8192

static Size GetFlatSize(ExpandedObjectHeader *header);
static void FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated_size);

static const ExpandedObjectMethods retention_methods = {
	.get_flat_size = GetFlatSize,
	.flatten_into = FlattenInto
};

static RetentionState *
AllocState(MemoryContext context, CohortKind kind, AgeSpec spec)
{
	RetentionState *state = (RetentionState *)
		MemoryContextAllocZero(context, sizeof(RetentionState));

	EOH_init_header(&state->header, &retention_methods, context);
	state->context = context;
	ArenaInit(&state->arena, context);
	state->kind = kind;
	state->spec = spec;
	state->spec.brackets = (int32 *)
		ArenaAlloc(&state->arena, sizeof(int32) * (spec.num_brackets + 1));
	if (spec.num_brackets > 0)
		memcpy(state->spec.brackets, spec.brackets, sizeof(int32) * spec.num_brackets);
	return state;
}

/* A summary without customers, in a memory context that it may share with others. */
RetentionState *
NewRetentionState(MemoryContext context, CohortKind kind, const PeriodSpec *spec)
{
	return AllocState(context, kind,
					  (AgeSpec) {spec->cut, spec->elapsed, spec->num_brackets,
								 (int32 *) spec->brackets});
}

/* ---- customers ---- */

/* Let a summary know that a day was seen. */
void
NoteSeenDay(RetentionState *state, int32 day)
{
	if (!state->has_days || day < state->first_day)
		state->first_day = day;
	if (!state->has_days || day > state->last_day)
		state->last_day = day;
	state->has_days = true;
}

/* The position of the first cohort whose index is not below one. */
static int32
FindCohort(const RetentionState *state, int32 index)
{
	int32		low = 0;
	int32		high = state->num_cohorts;
	int64		guess;

	/* where no cohort is missing the position is known */
	if (high > 0)
	{
		guess = (int64) index - state->cohorts[0].index;
		if (guess >= 0 && guess < high && state->cohorts[guess].index == index)
			return (int32) guess;
	}
	while (low < high)
	{
		int32		middle = low + (high - low) / 2;

		if (state->cohorts[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static Cohort *
InsertCohort(RetentionState *state, int32 position, int32 index)
{
	if (state->num_cohorts == state->max_cohorts)
	{
		state->max_cohorts = state->max_cohorts == 0 ? 4 : state->max_cohorts * 2;
		state->cohorts = state->cohorts == NULL
			? (Cohort *) MemoryContextAlloc(state->context, sizeof(Cohort) * state->max_cohorts)
			: (Cohort *) repalloc_huge(state->cohorts, sizeof(Cohort) * state->max_cohorts);
	}
	memmove(state->cohorts + position + 1, state->cohorts + position,
			sizeof(Cohort) * (state->num_cohorts - position));
	state->num_cohorts++;
	memset(state->cohorts + position, 0, sizeof(Cohort));
	state->cohorts[position].index = index;
	return state->cohorts + position;
}

/* From now on cohorts are found by hash, in whatever order they stand. */
static void
IndexCohorts(RetentionState *state)
{
	bool		found;

	state->by_index = cohorts_create(state->context, (uint32) state->num_cohorts * 2, NULL);
	for (int32 i = 0; i < state->num_cohorts; i++)
		cohorts_insert(state->by_index, state->cohorts[i].index, &found)->position = i;
}

/* FindOrInsertCohort() where there is by_index: a new one is appended. */
static Cohort *
FindOrAppendCohort(RetentionState *state, int32 index)
{
	bool		found;
	CohortItem *item = cohorts_insert(state->by_index, index, &found);

	if (found)
		return state->cohorts + item->position;
	item->position = state->num_cohorts;
	return InsertCohort(state, state->num_cohorts, index);
}

/*
 * The cohort of a period. The pointer holds until the next cohort is inserted. Inserting
 * many cohorts that come in any order would take quadratic time: they are put into order
 * when the summary is packed.
 */
Cohort *
FindOrInsertCohort(RetentionState *state, int32 index)
{
	int32		position;

	state->flat_size = 0;
	if (state->by_index != NULL)
		return FindOrAppendCohort(state, index);
	position = FindCohort(state, index);
	if (position < state->num_cohorts && state->cohorts[position].index == index)
		return state->cohorts + position;
	if (position == state->num_cohorts || state->num_cohorts < MANY_COHORTS)
		return InsertCohort(state, position, index);
	IndexCohorts(state);
	return FindOrAppendCohort(state, index);
}

static int
CompareCohorts(const void *a, const void *b, void *argument)
{
	int32		index_a = ((const Cohort *) a)->index;
	int32		index_b = ((const Cohort *) b)->index;

	(void) argument;
	return index_a < index_b ? -1 : index_a > index_b;
}

/* Put the cohorts into order, before they are packed. */
static void
SortCohorts(RetentionState *state)
{
	if (state->by_index == NULL)
		return;
	SortArray(state->cohorts, (size_t) state->num_cohorts, sizeof(Cohort), CompareCohorts, NULL);
	cohorts_destroy(state->by_index);
	state->by_index = NULL;
}

/* ---- merging ---- */

static PeriodSpec
PeriodSpecOf(const AgeSpec *spec)
{
	return (PeriodSpec) {.cut = spec->cut, .elapsed = spec->elapsed,
						 .num_brackets = spec->num_brackets, .brackets = spec->brackets};
}

/* Refuse rows of another kind or spec than those before. */
void
RequireSameSpec(const RetentionState *state, CohortKind kind, const PeriodSpec *spec)
{
	static const char *const kind_names[] = {"first activity", "a given day", "recurring starts"};
	PeriodSpec	state_spec = PeriodSpecOf(&state->spec);

	if (state->kind != kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cohorts by %s cannot be combined with cohorts by %s",
						kind_names[state->kind], kind_names[kind])));
	if (!SameAges(&state_spec, spec))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention by \"%s\" cannot be combined with retention by \"%s\"",
						PeriodSpecText(&state_spec), PeriodSpecText(spec))));
}

static uint64
TotalCustomers(const RetentionState *state)
{
	uint64		total = 0;

	for (int32 i = 0; i < state->num_cohorts; i++)
		total += state->cohorts[i].size;
	return total;
}

static void
AddCohort(RetentionState *state, const Cohort *other)
{
	Cohort	   *cohort = FindOrInsertCohort(state, other->index);
	AgeReader	reader;
	const AgeCounts *counts;

	cohort->size += other->size;
	BeginAges(&reader, other);
	for (int32 age = 0; (counts = NextAge(&reader, &age)) != NULL; age++)
		AddAgeCounts(state, cohort, age, counts);
}

/* Add the customers of another summary, who must be others. */
void
MergeRetention(RetentionState *state, const RetentionState *other)
{
	PeriodSpec	other_spec = PeriodSpecOf(&other->spec);

	RequireSameSpec(state, other->kind, &other_spec);
	/* each total fits into 63 bits, so this cannot wrap */
	if (TotalCustomers(state) + TotalCustomers(other) > (uint64) PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the number of customers is out of range for type bigint")));
	if (other->has_days)
	{
		NoteSeenDay(state, other->first_day);
		NoteSeenDay(state, other->last_day);
	}
	for (int32 i = 0; i < other->num_cohorts; i++)
		AddCohort(state, &other->cohorts[i]);
}

/* ---- packing ---- */

/* How many periods lie between a cohort and the one before it. */
static uint64
CohortDistance(const RetentionState *state, int32 position)
{
	return (uint64) ((int64) state->cohorts[position].index
					 - state->cohorts[position - 1].index - 1);
}

static size_t
PackedRetentionSize(const RetentionState *state)
{
	size_t		size = RetentionCohortsOffset(state->spec.num_brackets);

	Assert(state->by_index == NULL);
	for (int32 i = 0; i < state->num_cohorts; i++)
	{
		if (i > 0)
			size += VarintSize(CohortDistance(state, i));
		size += CohortSize(&state->cohorts[i]);
	}
	return size;
}

static void
WriteRetention(const RetentionState *state, uint8 *bytes)
{
	int			num_brackets = state->spec.num_brackets;
	uint8	   *p = bytes + RetentionDaysOffset(num_brackets);

	PackedWriteHeader(bytes, PACKED_RETENTION_SUMMARY,
					  (uint16) (state->kind | (state->spec.elapsed ? RETENTION_FLAG_ELAPSED : 0)));
	bytes[4] = state->spec.cut.unit;
	bytes[5] = state->spec.cut.week_start;
	StoreU16(bytes + 6, (uint16) num_brackets);
	for (int i = 0; i < num_brackets; i++)
		StoreI32(bytes + RetentionDaysOffset(i), state->spec.brackets[i]);
	StoreI32(p, state->first_day);
	StoreI32(p + sizeof(int32), state->last_day);
	StoreI32(p + 2 * sizeof(int32), state->cohorts[0].index);
	p += 3 * sizeof(int32);
	for (int32 i = 0; i < state->num_cohorts; i++)
	{
		if (i > 0)
			p = WriteVarint(p, CohortDistance(state, i));
		p = WriteCohort(&state->cohorts[i], p);
	}
}

/* The canonical bytes of a summary with customers. */
Packed *
PackRetention(RetentionState *state)
{
	Packed	   *packed;

	SortCohorts(state);
	packed = PackedAlloc(PackedRetentionSize(state));
	WriteRetention(state, packed->bytes);
	return packed;
}

/* The server asks how large the packed value is, and soon after for it. */
static Size
GetFlatSize(ExpandedObjectHeader *header)
{
	RetentionState *state = (RetentionState *) header;

	SortCohorts(state);
	if (state->flat_size == 0)
		state->flat_size = PackedRetentionSize(state);
	PackedCheckSize(state->flat_size);
	return VARHDRSZ + state->flat_size;
}

static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated_size)
{
	RetentionState *state = (RetentionState *) header;

	Assert(allocated_size == VARHDRSZ + PackedRetentionSize(state));
	SET_VARSIZE(result, allocated_size);
	WriteRetention(state, ((Packed *) result)->bytes);
}

/* ---- unpacking ---- */

static const uint8 *
ReadCohort(RetentionState *state, int32 index, const uint8 *p)
{
	Cohort	   *cohort = FindOrInsertCohort(state, index);
	uint64		num_ages;

	p = ReadCohortHead(p, &cohort->size, &num_ages);
	for (uint64 age = 0; age < num_ages; age++)
	{
		AgeCounts	counts;

		p = ReadAgeCounts(p, &age, &counts);
		AddAgeCounts(state, cohort, (int32) age, &counts);
	}
	return p;
}

/* A packed summary, in a memory context that it may share with others. */
RetentionState *
ReadRetention(PackedView summary, MemoryContext context)
{
	const uint8 *bytes = summary.bytes;
	const uint8 *end = bytes + summary.size;
	const uint8 *p;
	int32		brackets[MAX_BRACKETS];
	AgeSpec		spec;
	RetentionState *state;
	int32		index;

	spec.cut = (PeriodCut) {bytes[4], bytes[5]};
	spec.elapsed = (PackedFlags(bytes) & RETENTION_FLAG_ELAPSED) != 0;
	spec.num_brackets = LoadU16(bytes + 6);
	spec.brackets = brackets;
	for (int i = 0; i < spec.num_brackets; i++)
		brackets[i] = LoadI32(bytes + RetentionDaysOffset(i));
	state = AllocState(context, (CohortKind) (PackedFlags(bytes) & RETENTION_FLAGS_KIND), spec);

	p = bytes + RetentionDaysOffset(spec.num_brackets);
	NoteSeenDay(state, LoadI32(p));
	NoteSeenDay(state, LoadI32(p + sizeof(int32)));
	index = LoadI32(p + 2 * sizeof(int32));
	p = ReadCohort(state, index, p + 3 * sizeof(int32));
	while (p < end)
	{
		uint64		distance;

		p = ReadVarint(p, &distance);
		index += (int32) distance + 1;
		p = ReadCohort(state, index, p);
	}
	return state;
}

/* ---- days ---- */

/*
 * Count a customer into the cohort of base_day, by the days on which the customer
 * was active; those before base_day are ignored, the others are in order.
 */
void
AddCustomerDays(RetentionState *state, int32 base_day, const int32 *days, size_t num_days)
{
	PeriodCut	cut = state->spec.cut;
	PeriodSpan	span = PeriodSpanOfDay(cut, base_day);
	int32		cohort = span.index;
	CohortWalk	walk;

	BeginWalk(&walk, state, cohort);
	NoteSeenDay(state, base_day);
	for (size_t i = 0; i < num_days; i++)
	{
		if (days[i] < base_day)
			continue;
		NotePeriodAge(state, &walk, state->spec.elapsed
					  ? (int32) (((int64) days[i] - base_day) / ElapsedDays(cut))
					  : PeriodIndexNear(cut, days[i], &span) - cohort);
	}
	if (num_days > 0 && days[num_days - 1] >= base_day)
		NoteSeenDay(state, days[num_days - 1]);
	EndWalk(state, &walk);
}
