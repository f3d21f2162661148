/*
 * retention_pass.c
 *	  retention_agg(customer, at, periods [, is_birth]): retention_summary from raw
 *	  events, in one pass.
 *
 * For each customer the periods with activity are kept, or the days where the
 * answer depends on days: for elapsed ages, and where a birth has to be found
 * first. When the rows are through, each customer is counted as the two-stage form
 * does it, so both give the same bytes.
 */
#include "customer_pass.h"
#include "retention.h"
#include "value_set.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* What is kept for a customer. */
typedef struct CustomerValues
{
	uint64		word;
} CustomerValues;

/* The same where a birth has to be found. */
typedef struct BornCustomer
{
	uint64		word;
	int32		birth_day;
	int32		is_born;
} BornCustomer;

/* A row besides its customer. */
typedef struct EventRow
{
	int32		value;			/* a period's index, or a day */
	int32		is_birth;
} EventRow;

/* No date. */
#define NO_DAY PG_INT32_MIN

/*
 * The state of the aggregate. It has no memory context of its own, of which many
 * groups would have many: all lies in the aggregate's.
 */
typedef struct RetentionPass
{
	CustomerPass common;		/* first */
	MemoryContext context;		/* the aggregate's */
	ValueSets	sets;			/* of the customers */
	PeriodSpec	spec;
	uint64		spec_reading;	/* of the reader whose spec was last found the same */
	bool		by_birth;		/* a fourth argument says which events are births */
	bool		keeps_days;		/* values are days */
	bool		has_days;
	int32		first_day;
	int32		last_day;
	int32		current_day;	/* of the row before; NO_DAY: none */
	int32		current_value;	/* what is kept of that day */
	RetentionState *result;		/* while customers are finished */
	DayList		days;			/* of the customer that is finished */
	Packed	   *summary;		/* once the rows are through; NULL: nobody counts */
} RetentionPass;

/* ---- what the customer table asks for ---- */

static void
AbsorbEvents(void *concept, void *const *entries, const void *rows, int num_rows)
{
	RetentionPass *pass = (RetentionPass *) concept;
	const EventRow *events = (const EventRow *) rows;

	for (int i = 0; i < num_rows; i++)
		AddValue(&pass->sets, &((CustomerValues *) entries[i])->word, events[i].value);
}

static void
NoteBirth(BornCustomer *customer, int32 day)
{
	if (!customer->is_born || day < customer->birth_day)
		customer->birth_day = day;
	customer->is_born = true;
}

static void
AbsorbEventsAndBirths(void *concept, void *const *entries, const void *rows, int num_rows)
{
	RetentionPass *pass = (RetentionPass *) concept;
	const EventRow *events = (const EventRow *) rows;

	for (int i = 0; i < num_rows; i++)
	{
		BornCustomer *customer = (BornCustomer *) entries[i];

		AddValue(&pass->sets, &customer->word, events[i].value);
		if (events[i].is_birth)
			NoteBirth(customer, events[i].value);
	}
}

/* The values of a customer into pass->days. */
static void
CollectValues(RetentionPass *pass, uint64 word)
{
	pass->days.num_days = 0;
	if (IsList(word))
	{
		const ValueList *list = ListOf(word);

		for (int32 i = 0; i < list->num_values; i++)
			DayListAppend(&pass->days, list->values[i]);
		return;
	}
	for (uint64 mask = word & MASK; mask != 0; mask &= mask - 1)
		DayListAppend(&pass->days, BaseOf(&pass->sets, word) + pg_rightmost_one_pos64(mask));
}

static void
SaveCustomer(void *concept, const void *entry, StringInfo out)
{
	SaveWord(&((RetentionPass *) concept)->sets, ((const CustomerValues *) entry)->word, out);
}

static void
AbsorbSavedCustomer(void *concept, void *entry, const char *saved, size_t size)
{
	AbsorbSavedWord(&((RetentionPass *) concept)->sets, &((CustomerValues *) entry)->word, saved, size);
}

static void
SaveBornCustomer(void *concept, const void *entry, StringInfo out)
{
	const BornCustomer *customer = (const BornCustomer *) entry;

	appendBinaryStringInfo(out, (const char *) &customer->birth_day, sizeof(int32));
	appendBinaryStringInfo(out, (const char *) &customer->is_born, sizeof(int32));
	SaveWord(&((RetentionPass *) concept)->sets, customer->word, out);
}

static void
AbsorbSavedBornCustomer(void *concept, void *entry, const char *saved, size_t size)
{
	BornCustomer *customer = (BornCustomer *) entry;
	int32		birth_day;
	int32		is_born;

	memcpy(&birth_day, saved, sizeof(birth_day));
	memcpy(&is_born, saved + sizeof(birth_day), sizeof(is_born));
	if (is_born)
		NoteBirth(customer, birth_day);
	AbsorbSavedWord(&((RetentionPass *) concept)->sets, &customer->word,
					saved + 2 * sizeof(int32), size - 2 * sizeof(int32));
}

/* A customer whose values are periods, all in one mask: the usual case. */
static void
FinishMask(RetentionPass *pass, uint64 word)
{
	uint64		mask = word & MASK;
	int			first = pg_rightmost_one_pos64(mask);
	CohortWalk	walk;

	BeginWalk(&walk, pass->result, BaseOf(&pass->sets, word) + first);
	if (pass->spec.num_brackets == 0)
		walk.mask = mask >> first;
	else
		for (; mask != 0; mask &= mask - 1)
			NotePeriodAge(pass->result, &walk, pg_rightmost_one_pos64(mask) - first);
	EndWalk(pass->result, &walk);
}

static void
FinishList(RetentionPass *pass, const ValueList *list)
{
	CohortWalk	walk;

	BeginWalk(&walk, pass->result, list->values[0]);
	for (int32 i = 0; i < list->num_values; i++)
		NotePeriodAge(pass->result, &walk, list->values[i] - list->values[0]);
	EndWalk(pass->result, &walk);
}

static void
FinishByPeriods(void *concept, const void *entry)
{
	RetentionPass *pass = (RetentionPass *) concept;
	uint64		word = ((const CustomerValues *) entry)->word;

	if (IsList(word))
		FinishList(pass, ListOf(word));
	else
		FinishMask(pass, word);
}

static void
FinishByDays(void *concept, const void *entry)
{
	RetentionPass *pass = (RetentionPass *) concept;

	CollectValues(pass, ((const CustomerValues *) entry)->word);
	AddCustomerDays(pass->result, pass->days.days[0], pass->days.days, pass->days.num_days);
}

/* Who was never born does not count. */
static void
FinishBornCustomer(void *concept, const void *entry)
{
	RetentionPass *pass = (RetentionPass *) concept;
	const BornCustomer *customer = (const BornCustomer *) entry;

	if (!customer->is_born)
		return;
	CollectValues(pass, customer->word);
	AddCustomerDays(pass->result, customer->birth_day, pass->days.days, pass->days.num_days);
}

static const CustomerOps period_ops = {
	.entry_size = sizeof(CustomerValues),
	.row_size = sizeof(EventRow),
	.blank = EMPTY_SET,
	.absorb = AbsorbEvents,
	.save = SaveCustomer,
	.absorb_saved = AbsorbSavedCustomer,
	.finish = FinishByPeriods
};

static const CustomerOps day_ops = {
	.entry_size = sizeof(CustomerValues),
	.row_size = sizeof(EventRow),
	.blank = EMPTY_SET,
	.absorb = AbsorbEvents,
	.save = SaveCustomer,
	.absorb_saved = AbsorbSavedCustomer,
	.finish = FinishByDays
};

static const CustomerOps birth_ops = {
	.entry_size = sizeof(BornCustomer),
	.row_size = sizeof(EventRow),
	.blank = EMPTY_SET,
	.absorb = AbsorbEventsAndBirths,
	.save = SaveBornCustomer,
	.absorb_saved = AbsorbSavedBornCustomer,
	.finish = FinishBornCustomer
};

/* ---- the aggregate ---- */

static RetentionPass *
NewPass(FunctionCallInfo fcinfo, CustomerKeyType key_type, const PeriodSpec *spec, bool by_birth)
{
	MemoryContext context = RequireAggregate(fcinfo, "retention_agg");
	RetentionPass *pass = (RetentionPass *)
		MemoryContextAllocZero(context, sizeof(RetentionPass));
	int32	   *brackets = (int32 *)
		MemoryContextAlloc(context, sizeof(int32) * (spec->num_brackets + 1));

	pass->context = context;
	pass->spec = *spec;
	if (spec->num_brackets > 0)
		memcpy(brackets, spec->brackets, sizeof(int32) * spec->num_brackets);
	pass->spec.brackets = brackets;
	pass->spec.zone = NULL;		/* days are local already */
	pass->spec.zone_length = 0;
	pass->by_birth = by_birth;
	pass->current_day = NO_DAY;
	pass->keeps_days = by_birth || spec->elapsed;
	pass->common.customers = CustomerTableCreate(context, key_type,
										  by_birth ? &birth_ops
										  : pass->keeps_days ? &day_ops : &period_ops, pass);
	pass->sets.lists = CustomerTableArena(pass->common.customers);
	ClosePassWithAggregate(fcinfo, &pass->common);
	return pass;
}

/* Each row brings a spec; all must say the same. */
static void
RequirePassSpec(const RetentionPass *pass, const PeriodSpec *spec)
{
	if (unlikely(!SameAges(&pass->spec, spec)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("periods must be the same for all rows, not \"%s\" and \"%s\"",
						PeriodSpecText(&pass->spec), PeriodSpecText(spec))));
}

static inline void
NotePassDay(RetentionPass *pass, int32 day)
{
	if (unlikely(!pass->has_days))
	{
		pass->first_day = pass->last_day = day;
		pass->has_days = true;
	}
	if (day < pass->first_day)
		pass->first_day = day;
	if (day > pass->last_day)
		pass->last_day = day;
}

/* The row is on another day than the one before. */
static void
MoveToDay(RetentionPass *pass, PeriodReader *periods, int32 day)
{
	NotePassDay(pass, day);
	pass->current_day = day;
	pass->current_value = pass->keeps_days ? day
		: PeriodReaderIndex(periods, day);
}

/*
 * Transition: state, customer, at, periods [, is_birth] -> state. A row without a
 * customer or a time is ignored; NULL is_birth is false.
 */
static pg_attribute_always_inline Datum
AddEvent(FunctionCallInfo fcinfo, CustomerKeyType key_type, MomentType moment)
{
	bool		by_birth = PG_NARGS() == 5;
	RetentionPass *pass = PG_ARGISNULL(0) ? NULL : (RetentionPass *) PG_GETARG_POINTER(0);
	PeriodReader *periods;
	EventRow   *row;
	int32		day;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (pass == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(pass);
	}
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("periods must not be NULL")));
	periods = PeriodReaderFor(fcinfo, 3);
	day = PeriodReaderDay(periods, PG_GETARG_DATUM(2), moment);
	if (unlikely(pass == NULL))
		pass = NewPass(fcinfo, key_type, &periods->spec, by_birth);
	if (unlikely(pass->spec_reading != periods->reading))
	{
		RequirePassSpec(pass, &periods->spec);
		pass->spec_reading = periods->reading;
	}
	if (day != pass->current_day)
		MoveToDay(pass, periods, day);

	row = (EventRow *) CustomerTableNextRow(pass->common.customers);
	row->value = pass->current_value;
	row->is_birth = by_birth && !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	CustomerTableAddRow(pass->common.customers, key_type, sizeof(EventRow), PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(pass);
}

#define PASS_TRANSITION(key, key_type, at, moment) \
PG_FUNCTION_INFO_V1(retention_pass_##key##_##at); \
Datum \
retention_pass_##key##_##at(PG_FUNCTION_ARGS) \
{ \
	return AddEvent(fcinfo, key_type, moment); \
}

#define PASS_TRANSITIONS(key, key_type) \
PASS_TRANSITION(key, key_type, date, MOMENT_DATE) \
PASS_TRANSITION(key, key_type, timestamp, MOMENT_TIMESTAMP) \
PASS_TRANSITION(key, key_type, timestamptz, MOMENT_TIMESTAMPTZ)

PASS_TRANSITIONS(bigint, CUSTOMER_BIGINT)
PASS_TRANSITIONS(uuid, CUSTOMER_UUID)
PASS_TRANSITIONS(text, CUSTOMER_TEXT)

PG_FUNCTION_INFO_V1(retention_pass_trap);
PG_FUNCTION_INFO_V1(retention_pass_final);
PG_FUNCTION_INFO_V1(retention_pass_combine);
PG_FUNCTION_INFO_V1(retention_pass_serialize);
PG_FUNCTION_INFO_V1(retention_pass_deserialize);

/*
 * retention_agg(customer, at, periods, timezone text): always an error, so that
 * the zone is given in one way only.
 */
Datum
retention_pass_trap(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("retention_agg takes the time zone as part of periods"),
			 errhint("Write 'month Europe/Berlin'. For a zone per customer, make days first: period_start(at, 'day', timezone).")));
	PG_RETURN_NULL();
}

/*
 * Count all customers and pack what they give. What is needed for rows is freed;
 * what is needed for counting is, with the context of the call.
 */
static void
FinishPass(RetentionPass *pass)
{
	CohortKind	kind = pass->by_birth ? COHORT_GIVEN : COHORT_SELF_BORN;
	MemoryContext old_context;

	pass->result = NewRetentionState(NewStateContext(), kind, &pass->spec);
	CustomerTableFinish(pass->common.customers);
	CustomerTableDestroy(pass->common.customers);
	pass->common.customers = NULL;
	if (!pass->by_birth)
	{
		NoteSeenDay(pass->result, pass->first_day);
		NoteSeenDay(pass->result, pass->last_day);
	}
	old_context = MemoryContextSwitchTo(pass->context);
	if (pass->result->num_cohorts > 0)
		pass->summary = PackRetention(pass->result);
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(pass->result->context);
	pass->result = NULL;
}

/*
 * state -> retention_summary, NULL if no customer counts. Uses the customers up, but
 * may be called again: a hash table of groups that is scanned once more asks twice.
 */
Datum
retention_pass_final(PG_FUNCTION_ARGS)
{
	RetentionPass *pass;

	RequireAggregate(fcinfo, "retention_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	pass = (RetentionPass *) PG_GETARG_POINTER(0);
	if (pass->common.customers != NULL)
		FinishPass(pass);
	if (pass->summary == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(pass->summary);
}

/* What a worker sends before its customers. */
typedef struct PassHeader
{
	int32		key_type;
	int32		by_birth;
	int32		has_days;
	int32		first_day;
	int32		last_day;
	int32		spec_size;
} PassHeader;

/* state -> bytea: the header, the spec, and all customers */
Datum
retention_pass_serialize(PG_FUNCTION_ARGS)
{
	RetentionPass *pass = (RetentionPass *) PG_GETARG_POINTER(0);
	size_t		spec_size = PeriodSpecSize(&pass->spec);
	char	   *header = (char *) palloc(sizeof(PassHeader) + spec_size);

	*(PassHeader *) header = (PassHeader) {
		.key_type = CustomerTableKeyType(pass->common.customers),
		.by_birth = pass->by_birth,
		.has_days = pass->has_days,
		.first_day = pass->first_day,
		.last_day = pass->last_day,
		.spec_size = (int32) spec_size
	};
	PeriodSpecPack(&pass->spec, (uint8 *) header + sizeof(PassHeader));
	return SerializePass(&pass->common, header, sizeof(PassHeader) + spec_size);
}

/* bytea -> state, whose customers have not been read yet */
Datum
retention_pass_deserialize(PG_FUNCTION_ARGS)
{
	return DeserializePass(fcinfo);
}

/* PrepareForSent */
static CustomerPass *
PreparePass(FunctionCallInfo fcinfo, CustomerPass *common, const char *header_bytes)
{
	RetentionPass *pass = (RetentionPass *) common;
	PassHeader	header;
	int32		brackets[MAX_BRACKETS];
	PeriodSpec	spec;

	memcpy(&header, header_bytes, sizeof(header));
	PeriodSpecUnpack((const uint8 *) header_bytes + sizeof(header), header.spec_size, &spec,
					 brackets);
	if (pass == NULL)
		pass = NewPass(fcinfo, (CustomerKeyType) header.key_type, &spec, header.by_birth != 0);
	RequirePassSpec(pass, &spec);
	if (header.has_days)
	{
		NotePassDay(pass, header.first_day);
		NotePassDay(pass, header.last_day);
	}
	return &pass->common;
}

/* state, state -> state */
Datum
retention_pass_combine(PG_FUNCTION_ARGS)
{
	return CombinePasses(fcinfo, "retention_agg", PreparePass);
}
