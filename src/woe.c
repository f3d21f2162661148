/*
 * woe.c
 *	  woe_summary: outcomes by bin; weight of evidence and information value.
 */
#include "extension.h"

#include <math.h>

#include "aggregate.h"
#include "arena.h"
#include "common/int.h"
#include "interrupts.h"
#include "mb/pg_wchar.h"
#include "names.h"
#include "outcome.h"
#include "packed_io.h"
#include "rows.h"
#include "statistics.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"
#include "woe_format.h"

static const char *CheckSummary(const uint8 *bytes, size_t size);

static const PackedType WoeSummaryType = {
	.name = "woe_summary",
	.check = CheckSummary
};

PACKED_SUMMARY_FUNCTIONS(woe_summary, &WoeSummaryType)

PG_FUNCTION_INFO_V1(woe_accum_text);
PG_FUNCTION_INFO_V1(woe_accum_text_bigint);
PG_FUNCTION_INFO_V1(woe_accum_bigint);
PG_FUNCTION_INFO_V1(woe_accum_bigint_bigint);
PG_FUNCTION_INFO_V1(woe_summary_merge);
PG_FUNCTION_INFO_V1(woe_summary_combine);
PG_FUNCTION_INFO_V1(woe_woe_table);
PG_FUNCTION_INFO_V1(woe_information_value);

#define FIRST_BINS 8

typedef struct Outcomes
{
	int64		positives;
	int64		negatives;
} Outcomes;

/* A summary in memory, an expanded object as that of roc.c. */
typedef struct WoeState
{
	ExpandedObjectHeader header;
	MemoryContext context;		/* of everything below, and perhaps of other states */
	bool		has_kind;		/* whether a name has said what names are */
	bool		has_numbers;	/* names are integers: the bytes of an int64 */
	int64		total;			/* of all outcomes */
	Arena		arena;			/* of the names */
	Names		names;
	Outcomes   *bins;			/* by the number of the name; 0: missing values */
	int32		max_bins;
	Packed	   *packed;			/* the same packed; NULL: not known */
} WoeState;

/* The format's check, and that names are text in this database. */
static const char *
CheckSummary(const uint8 *bytes, size_t size)
{
	const char *problem = WoeCheck(bytes, size);
	WoeReader	reader;
	WoeEntry	entry;

	if (problem != NULL)
		return problem;
	WoeReadBegin(&reader, bytes, size);
	while (WoeReadEntry(&reader, &entry))
		if (entry.length > 0 &&
			!pg_verifymbstr((const char *) entry.name, (int) entry.length, true))
			return "The name of a bin is not in the encoding of this database.";
	return NULL;
}

/* ---- packing ---- */

/* The bin of a number of the state's names. */
static WoeEntry
EntryOfNumber(const WoeState *state, int32 number)
{
	WoeEntry	entry = {.is_missing = number == 0};

	if (number > 0 && state->has_numbers)
		memcpy(&entry.number, NameOfNumber(&state->names, number)->bytes, sizeof(entry.number));
	else if (number > 0)
	{
		entry.name = (const uint8 *) NameOfNumber(&state->names, number)->bytes;
		entry.length = (size_t) NameOfNumber(&state->names, number)->length;
	}
	entry.positives = state->bins[number].positives;
	entry.negatives = state->bins[number].negatives;
	return entry;
}

static int
CompareEntries(const void *a, const void *b, void *has_numbers)
{
	return WoeCompareNames((const WoeEntry *) a, (const WoeEntry *) b, *(bool *) has_numbers);
}

/* The canonical bytes of a summary with at least one outcome. */
static Packed *
PackWoe(const WoeState *state)
{
	int32		num_names = state->names.num_names;
	bool		has_missing = state->bins[0].positives + state->bins[0].negatives > 0;
	bool		has_numbers = state->has_numbers;
	WoeEntry   *entries = (WoeEntry *)
		palloc_extended(sizeof(WoeEntry) * ((size_t) num_names + 1), MCXT_ALLOC_HUGE);
	size_t		size = PACKED_HEADER_SIZE;
	Packed	   *packed;
	uint8	   *p;

	for (int32 i = 0; i <= num_names; i++)
	{
		CHECK_FOR_INTERRUPTS();
		entries[i] = EntryOfNumber(state, i);
	}
	SortArray(entries + 1, (size_t) num_names, sizeof(WoeEntry), CompareEntries, &has_numbers);
	for (int32 i = has_missing ? 0 : 1; i <= num_names; i++)
	{
		CHECK_FOR_INTERRUPTS();
		size += WoeEntrySize(&entries[i], has_numbers);
	}
	packed = PackedAlloc(size);
	p = WoeWriteHead(packed->bytes, (has_missing ? WOE_FLAG_MISSING : 0)
					 | (has_numbers ? WOE_FLAG_NUMBERS : 0));
	for (int32 i = has_missing ? 0 : 1; i <= num_names; i++)
		p = WoeWriteEntry(p, &entries[i], has_numbers);
	pfree(entries);
	Assert(CheckSummary(packed->bytes, PACKED_SIZE(packed)) == NULL);
	return packed;
}

/* The server asks how large the packed value is, and soon after for it. */
static Size
GetFlatSize(ExpandedObjectHeader *header)
{
	WoeState   *state = (WoeState *) header;

	if (state->packed == NULL)
	{
		MemoryContext old_context = MemoryContextSwitchTo(state->context);

		state->packed = PackWoe(state);
		MemoryContextSwitchTo(old_context);
	}
	return VARSIZE(state->packed);
}

static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated_size)
{
	WoeState   *state = (WoeState *) header;

	Assert(state->packed != NULL && allocated_size == VARSIZE(state->packed));
	memcpy(result, state->packed, allocated_size);
}

static const ExpandedObjectMethods woe_methods = {
	.get_flat_size = GetFlatSize,
	.flatten_into = FlattenInto
};

/* ---- the state ---- */

/* A summary without bins, in a memory context that it may share with others. */
static WoeState *
NewWoeState(MemoryContext context)
{
	WoeState   *state = (WoeState *) MemoryContextAllocZero(context, sizeof(WoeState));

	EOH_init_header(&state->header, &woe_methods, context);
	state->context = context;
	ArenaInit(&state->arena, context);
	NamesInit(&state->names, &state->arena);
	state->max_bins = FIRST_BINS;
	state->bins = (Outcomes *) MemoryContextAllocZero(context, sizeof(Outcomes) * FIRST_BINS);
	return state;
}

/* Before a summary changes: it is to be packed again. */
static inline void
Touch(WoeState *state)
{
	if (state->packed != NULL)
		pfree(state->packed);
	state->packed = NULL;
}

/* Let names be integers or texts, as all names before. */
static inline void
RequireKind(WoeState *state, bool has_numbers)
{
	if (unlikely(state->has_kind && state->has_numbers != has_numbers))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins that are bigint cannot be combined with bins that are text"),
				 errhint("Give the bins of both as text.")));
	state->has_kind = true;
	state->has_numbers = has_numbers;
}

/* Count outcomes in the bin of a number of the state's names. */
static void
AddOutcomes(WoeState *state, int32 number, int64 positives, int64 negatives)
{
	if (unlikely(number >= state->max_bins))
	{
		size_t		size = sizeof(Outcomes) * (size_t) state->max_bins;

		state->bins = (Outcomes *) repalloc_huge(state->bins, size * 2);
		memset((char *) state->bins + size, 0, size);
		state->max_bins *= 2;
	}
	if (unlikely(pg_add_s64_overflow(state->total, positives, &state->total) ||
				 pg_add_s64_overflow(state->total, negatives, &state->total)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the number of outcomes is out of range for type bigint")));
	state->bins[number].positives += positives;
	state->bins[number].negatives += negatives;
}

/* Add all of a packed summary. */
static void
MergeWoe(WoeState *state, PackedView other)
{
	WoeReader	reader;
	WoeEntry	entry;
	bool		has_numbers;

	Touch(state);
	WoeReadBegin(&reader, other.bytes, other.size);
	has_numbers = (reader.flags & WOE_FLAG_NUMBERS) != 0;
	while (WoeReadEntry(&reader, &entry))
	{
		int32		number = 0;

		if (!entry.is_missing)
		{
			RequireKind(state, has_numbers);
			number = has_numbers
				? NumberOfName(&state->names, (const char *) &entry.number, sizeof(entry.number))
				: NumberOfName(&state->names, (const char *) entry.name, (int32) entry.length);
		}
		AddOutcomes(state, number, entry.positives, entry.negatives);
	}
}

static WoeState *
StateOfPacked(PackedView summary, MemoryContext context)
{
	WoeState   *state = NewWoeState(context);

	MergeWoe(state, summary);
	return state;
}

/*
 * The state in argument 0: in place if it is one in memory, else read from the
 * packed value. NULL if it is NULL.
 */
static inline WoeState *
StateOfArgument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return NULL;
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(PG_GETARG_POINTER(0)))
		return (WoeState *) DatumGetEOHP(PG_GETARG_DATUM(0));
	return StateOfPacked(PackedViewOf(PG_GETARG_DATUM(0)), StateContext(fcinfo));
}

static inline Datum
StateDatum(WoeState *state)
{
	return EOHPGetRWDatum(&state->header);
}

static inline WoeState *
StateForRow(FunctionCallInfo fcinfo)
{
	WoeState   *state = StateOfArgument(fcinfo);

	if (state == NULL)
		state = NewWoeState(StateContext(fcinfo));
	Touch(state);
	return state;
}

/* Count a row whose bin, in argument 1, is text or NULL. */
static Datum
AddTextRow(FunctionCallInfo fcinfo, bool outcome)
{
	WoeState   *state = StateForRow(fcinfo);
	int32		number = 0;

	if (!PG_ARGISNULL(1))
	{
		text	   *bin = PG_GETARG_TEXT_PP(1);

		RequireKind(state, false);
		number = NumberOfName(&state->names, VARDATA_ANY(bin), (int32) VARSIZE_ANY_EXHDR(bin));
	}
	AddOutcomes(state, number, outcome, !outcome);
	return StateDatum(state);
}

/* Count a row whose bin, in argument 1, is bigint or NULL. */
static Datum
AddNumberRow(FunctionCallInfo fcinfo, bool outcome)
{
	WoeState   *state = StateForRow(fcinfo);
	int32		number = 0;

	if (!PG_ARGISNULL(1))
	{
		int64		bin = PG_GETARG_INT64(1);

		RequireKind(state, true);
		number = NumberOfName(&state->names, (const char *) &bin, sizeof(bin));
	}
	AddOutcomes(state, number, outcome, !outcome);
	return StateDatum(state);
}

/*
 * woe_agg(bin, outcome): state, bin, outcome -> state. A row without an outcome is
 * ignored; NULL is a bin of its own.
 */
Datum
woe_accum_text(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	return AddTextRow(fcinfo, PG_GETARG_BOOL(2));
}

Datum
woe_accum_text_bigint(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	return AddTextRow(fcinfo, OutcomeOfBigint(PG_GETARG_INT64(2)));
}

Datum
woe_accum_bigint(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	return AddNumberRow(fcinfo, PG_GETARG_BOOL(2));
}

Datum
woe_accum_bigint_bigint(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	return AddNumberRow(fcinfo, OutcomeOfBigint(PG_GETARG_INT64(2)));
}

/* state, summary -> state: transition of merge_agg, combine function of woe_agg. Strict. */
Datum
woe_summary_merge(PG_FUNCTION_ARGS)
{
	WoeState   *state = StateOfArgument(fcinfo);

	MergeWoe(state, PackedViewOf(PG_GETARG_DATUM(1)));
	return StateDatum(state);
}

/* combine(a, b): the outcomes of both; NULL counts as none. */
Datum
woe_summary_combine(PG_FUNCTION_ARGS)
{
	WoeState   *sum;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	sum = StateOfPacked(PackedViewOf(PG_GETARG_DATUM(0)), CurrentMemoryContext);
	MergeWoe(sum, PackedViewOf(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(PackWoe(sum));
}

/* ---- weight of evidence ---- */

/* The order is that of sign_names. */
typedef enum WoeSign
{
	POS_OVER_NEG,
	NEG_OVER_POS
} WoeSign;

static const char *const sign_names[] = {"pos_over_neg", "neg_over_pos"};
static const char *const zero_cell_names[] = {"null", "adjust_0.9", "add_0.5"};
/* What stands for 0, in the same order. */
static const double zero_cells[] = {0, 0.9, 0.5};

/* A summary to be read twice. */
typedef struct Woe
{
	PackedView	view;
	double		zero_cell;		/* stands for 0 */
	double		positives;		/* of all bins */
	double		negatives;
} Woe;

static double
Cell(const Woe *woe, int64 count)
{
	return count == 0 ? woe->zero_cell : (double) count;
}

/* The summary in argument 0, read as the text in argument zero_cells_arg says. */
static Woe
WoeOfArgument(FunctionCallInfo fcinfo, int zero_cells_arg)
{
	int			choice = ChoiceNumber(fcinfo, zero_cells_arg, "zero_cells", zero_cell_names,
									  lengthof(zero_cell_names));
	Woe			woe = {PackedViewOf(PG_GETARG_DATUM(0)), zero_cells[choice], 0, 0};
	WoeReader	reader;
	WoeEntry	entry;

	WoeReadBegin(&reader, woe.view.bytes, woe.view.size);
	while (WoeReadEntry(&reader, &entry))
	{
		woe.positives += Cell(&woe, entry.positives);
		woe.negatives += Cell(&woe, entry.negatives);
	}
	return woe;
}

/*
 * The weight of evidence of a bin, ln(share of the positives / share of the negatives)
 * (Good 1950; Siddiqi, Credit Risk Scorecards, 2006, chapter 6), and *iv, what it
 * contributes to the information value (Kullback and Leibler's divergence in both
 * directions). Both are NaN where a cell is 0.
 */
static double
WeightOfEvidence(const Woe *woe, const WoeEntry *entry, double *iv)
{
	double		positive_share = Cell(woe, entry->positives) / woe->positives;
	double		negative_share = Cell(woe, entry->negatives) / woe->negatives;
	double		weight = NAN;

	if (positive_share > 0 && negative_share > 0)
		weight = log(positive_share / negative_share);
	*iv = (positive_share - negative_share) * weight;
	return weight;
}

/* Add the name of a bin as text, NULL if it is that of the missing values. */
static void
AddNameColumn(RowBuilder *row, const WoeEntry *entry, bool has_numbers)
{
	if (entry->is_missing)
		AddNullColumn(row);
	else if (has_numbers)
		AddColumn(row, CStringGetTextDatum(psprintf("%lld", (long long) entry->number)));
	else
		AddColumn(row, PointerGetDatum(cstring_to_text_with_len((const char *) entry->name,
																(int) entry->length)));
}

static void
EmitBin(ReturnSetInfo *result, RowBuilder *row, RowMemory *memory, const Woe *woe,
		const WoeEntry *entry, bool has_numbers, WoeSign sign)
{
	double		iv;
	double		weight = WeightOfEvidence(woe, entry, &iv);

	BeginRow(memory);
	AddNameColumn(row, entry, has_numbers);
	AddColumn(row, Int64GetDatum(entry->positives + entry->negatives));
	AddColumn(row, Int64GetDatum(entry->positives));
	AddColumn(row, Int64GetDatum(entry->negatives));
	/* 0 - 0 has no sign */
	AddDoubleColumn(row, sign == POS_OVER_NEG ? weight : 0 - weight);
	AddDoubleColumn(row, iv);
	EmitRow(result, row);
	EndRow(memory);
}

/* woe_table(w, sign, zero_cells) -> rows in the order of the bins, the missing values last */
Datum
woe_woe_table(PG_FUNCTION_ARGS)
{
	WoeSign		sign = (WoeSign) ChoiceNumber(fcinfo, 1, "sign", sign_names, lengthof(sign_names));
	Woe			woe = WoeOfArgument(fcinfo, 2);
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RowMemory	memory = {0};
	WoeEntry	missing = {0};
	WoeReader	reader;
	WoeEntry	entry;
	bool		has_numbers;

	WoeReadBegin(&reader, woe.view.bytes, woe.view.size);
	has_numbers = (reader.flags & WOE_FLAG_NUMBERS) != 0;
	while (WoeReadEntry(&reader, &entry))
	{
		if (entry.is_missing)
			missing = entry;
		else
			EmitBin(result, &row, &memory, &woe, &entry, has_numbers, sign);
	}
	if (missing.is_missing)
		EmitBin(result, &row, &memory, &woe, &missing, has_numbers, sign);
	return (Datum) 0;
}

/* information_value(w, zero_cells): the sum over all bins that have one; NULL if none has */
Datum
woe_information_value(PG_FUNCTION_ARGS)
{
	Woe			woe = WoeOfArgument(fcinfo, 1);
	double		sum = NAN;
	WoeReader	reader;
	WoeEntry	entry;

	WoeReadBegin(&reader, woe.view.bytes, woe.view.size);
	while (WoeReadEntry(&reader, &entry))
	{
		double		iv;

		(void) WeightOfEvidence(&woe, &entry, &iv);
		if (!isnan(iv))
			sum = isnan(sum) ? iv : sum + iv;
	}
	PG_RETURN_DEFINED_FLOAT8(sum);
}
