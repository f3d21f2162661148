/*
 * respondents_pass.c
 *	  nps_respondents_agg(respondent, score, at, periods) and its kin:
 *	  respondent_series from raw answers, in one pass.
 *
 * For each respondent the periods with answers are kept, with how many there are, what
 * they contribute, and the latest. When the rows are through, the products that a
 * variance needs are added up.
 */
#include "aggregate.h"
#include "customer_pass.h"
#include "interrupts.h"
#include "period.h"
#include "respondents.h"
#include "survey.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* What is kept of a respondent in a period. */
typedef struct Answers
{
	int64		latest_at;
	int64		above;			/* sum of the contributions above 0 */
	int32		below;			/* sum of those below 0, without their sign */
	int32		num_answers;
	int32		latest;			/* what the latest answer contributes */
	int32		index;			/* of the period */
} Answers;

/* The periods of a respondent, in order; in all, a power of two of bytes. */
typedef struct AnswerList
{
	int32		num_periods;
	int32		max_periods;
	Answers		periods[FLEXIBLE_ARRAY_MEMBER];
} AnswerList;

/* What the customer table keeps: the address of an AnswerList, or NO_ANSWERS. */
typedef struct Respondent
{
	uint64		list;
} Respondent;

#define NO_ANSWERS UINT64CONST(1)

/* A row besides its respondent. */
typedef struct AnswerRow
{
	int64		at;
	int32		index;
	int32		contribution;	/* NO_ANSWER: of a missing answer */
} AnswerRow;

#define NO_ANSWER PG_INT32_MIN

/* The sums of a period, found by its index. */
typedef struct PeriodSums
{
	RespondentPeriod period;
	char		status;
} PeriodSums;

#define SH_PREFIX period_sums
#define SH_ELEMENT_TYPE PeriodSums
#define SH_KEY_TYPE int32
#define SH_KEY period.index
#define SH_HASH_KEY(table, key) murmurhash32((uint32) (key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* No date. */
#define NO_DAY PG_INT32_MIN

/* The state of the aggregate. It has no memory context of its own, as in RetentionPass. */
typedef struct RespondentsPass
{
	CustomerPass common;		/* first */
	MemoryContext context;		/* the aggregate's */
	Arena	   *lists;
	RespondentHead head;
	bool		has_days;
	int32		current_day;	/* of the row before; NO_DAY: none */
	int32		current_index;	/* of its period */
	period_sums_hash *sums;		/* while respondents are finished */
	Packed	   *series;			/* once the rows are through */
} RespondentsPass;

/* ---- what the customer table asks for ---- */

static AnswerList *
ListOfRespondent(const Respondent *respondent)
{
	return respondent->list == NO_ANSWERS ? NULL : (AnswerList *) (uintptr_t) respondent->list;
}

static size_t
ListSize(int32 max_periods)
{
	return offsetof(AnswerList, periods) + sizeof(Answers) * (size_t) max_periods;
}

/* A list with room for one more period than the respondent has. */
static AnswerList *
GrowList(RespondentsPass *pass, Respondent *respondent)
{
	AnswerList *list = ListOfRespondent(respondent);
	int32		num_periods = list != NULL ? list->num_periods : 0;
	size_t		size = pg_nextpower2_64(ListSize(num_periods + 1));
	AnswerList *larger = (AnswerList *) ArenaAllocPiece(pass->lists, size);

	larger->num_periods = num_periods;
	larger->max_periods = (int32) ((size - ListSize(0)) / sizeof(Answers));
	if (list != NULL)
	{
		memcpy(larger->periods, list->periods, sizeof(Answers) * num_periods);
		ArenaFreePiece(pass->lists, list, pg_nextpower2_64(ListSize(list->max_periods)));
	}
	respondent->list = (uint64) (uintptr_t) larger;
	return larger;
}

/* The position of the first period of a list that is not before index; rows often come in order. */
static int32
FindPeriod(const AnswerList *list, int32 index)
{
	int32		low = 0;
	int32		high = list->num_periods;

	if (high > 0 && list->periods[high - 1].index <= index)
		low = list->periods[high - 1].index == index ? high - 1 : high;
	while (low < high)
	{
		int32		middle = low + (high - low) / 2;

		if (list->periods[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What is kept of a respondent in a period, new or not. */
static Answers *
AnswersOfPeriod(RespondentsPass *pass, Respondent *respondent, int32 index)
{
	AnswerList *list = ListOfRespondent(respondent);
	int32		position = list != NULL ? FindPeriod(list, index) : 0;
	Answers    *answers;

	if (list != NULL && position < list->num_periods && list->periods[position].index == index)
		return &list->periods[position];
	CHECK_FOR_INTERRUPTS();
	if (list == NULL || list->num_periods == list->max_periods)
		list = GrowList(pass, respondent);
	answers = &list->periods[position];
	memmove(answers + 1, answers, sizeof(Answers) * (list->num_periods - position));
	list->num_periods++;
	memset(answers, 0, sizeof(Answers));
	answers->index = index;
	return answers;
}

/*
 * Add answers of one respondent and period to others. Where both have their latest one at
 * the same moment, the lower one counts, so that the order of rows does not matter. A
 * respondent who was asked only has a period with no answers.
 */
static void
AddAnswers(Answers *sum, const Answers *more)
{
	if (more->num_answers == 0)
		return;
	if (sum->num_answers == 0 || more->latest_at > sum->latest_at ||
		(more->latest_at == sum->latest_at && more->latest < sum->latest))
	{
		sum->latest_at = more->latest_at;
		sum->latest = more->latest;
	}
	if (pg_add_s32_overflow(sum->num_answers, more->num_answers, &sum->num_answers))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("one respondent has more than %d answers in a period", PG_INT32_MAX)));
	sum->above += more->above;
	sum->below += more->below;
}

static void
AbsorbAnswers(void *concept, void *const *entries, const void *rows, int num_rows)
{
	RespondentsPass *pass = (RespondentsPass *) concept;
	const AnswerRow *row = (const AnswerRow *) rows;

	for (int i = 0; i < num_rows; i++, row++)
	{
		Answers    *answers = AnswersOfPeriod(pass, (Respondent *) entries[i], row->index);

		if (row->contribution != NO_ANSWER)
			AddAnswers(answers, &(Answers) {
				.latest_at = row->at,
				.above = Max(row->contribution, 0),
				.below = Max(-row->contribution, 0),
				.num_answers = 1,
				.latest = row->contribution
			});
	}
}

static void
SaveRespondent(void *concept, const void *entry, StringInfo out)
{
	const AnswerList *list = ListOfRespondent((const Respondent *) entry);

	(void) concept;
	AppendToRecord(out, list->periods, sizeof(Answers) * (size_t) list->num_periods);
}

static void
AbsorbSavedRespondent(void *concept, void *entry, const char *saved, size_t size)
{
	for (const char *end = saved + size; saved < end; saved += sizeof(Answers))
	{
		Answers		answers;

		memcpy(&answers, saved, sizeof(answers));
		AddAnswers(AnswersOfPeriod((RespondentsPass *) concept, (Respondent *) entry, answers.index),
				   &answers);
	}
}

/* ---- adding up respondents ---- */

/* Add a product to a number. */
static void
AddProduct(int64 *number, int64 a, int64 b)
{
	int64		product;

	if (pg_mul_s64_overflow(a, b, &product) || pg_add_s64_overflow(*number, product, number) ||
		*number == PG_INT64_MIN)
		TooManyAnswers();
}

/* The sum of the contributions of a respondent in a period. */
static int64
SumOf(const Answers *answers)
{
	return answers->above - answers->below;
}

static int64 *
NumbersOfPeriod(RespondentsPass *pass, int32 index)
{
	bool		found;
	PeriodSums *sums = period_sums_insert(pass->sums, index, &found);

	if (!found)
		memset(sums->period.numbers, 0, sizeof(sums->period.numbers));
	return sums->period.numbers;
}

/* Count a respondent in a period. */
static void
CountPeriod(int64 *numbers, const Answers *now)
{
	int64		n = now->num_answers;
	int64		s = SumOf(now);
	int64		l = now->latest;

	AddProduct(&numbers[NUMBER_RESPONDENTS], 1, 1);
	AddProduct(&numbers[NUMBER_ANSWERS], n, 1);
	AddProduct(&numbers[NUMBER_ABOVE], now->above, 1);
	AddProduct(&numbers[NUMBER_BELOW], now->below, 1);
	AddProduct(&numbers[NUMBER_LATEST_ABOVE], Max(l, 0), 1);
	AddProduct(&numbers[NUMBER_LATEST_BELOW], Max(-l, 0), 1);
	AddProduct(&numbers[NUMBER_LL], l, l);
	AddProduct(&numbers[NUMBER_NN], n, n);
	AddProduct(&numbers[NUMBER_NS], n, s);
	AddProduct(&numbers[NUMBER_SS], s, s);
}

/* The same for one who answered in the period before, too. */
static void
CountBoth(int64 *numbers, const Answers *now, const Answers *before)
{
	AddProduct(&numbers[NUMBER_IN_BOTH], 1, 1);
	AddProduct(&numbers[NUMBER_L_OF_BOTH], now->latest, 1);
	AddProduct(&numbers[NUMBER_L_BEFORE], before->latest, 1);
	AddProduct(&numbers[NUMBER_LL_BEFORE], now->latest, before->latest);
	AddProduct(&numbers[NUMBER_NN_BEFORE], now->num_answers, before->num_answers);
	AddProduct(&numbers[NUMBER_NS_BEFORE], now->num_answers, SumOf(before));
	AddProduct(&numbers[NUMBER_SN_BEFORE], SumOf(now), before->num_answers);
	AddProduct(&numbers[NUMBER_SS_BEFORE], SumOf(now), SumOf(before));
}

static void
FinishRespondent(void *concept, const void *entry)
{
	RespondentsPass *pass = (RespondentsPass *) concept;
	const AnswerList *list = ListOfRespondent((const Respondent *) entry);

	for (int32 i = 0; i < list->num_periods; i++)
	{
		const Answers *now = &list->periods[i];
		int64	   *numbers = NumbersOfPeriod(pass, now->index);

		if (now->num_answers == 0)
		{
			AddProduct(&numbers[NUMBER_SILENT], 1, 1);
			continue;
		}
		CountPeriod(numbers, now);
		if (i > 0 && now[-1].index == now->index - 1 && now[-1].num_answers > 0)
			CountBoth(numbers, now, now - 1);
	}
}

static const CustomerOps respondent_ops = {
	.entry_size = sizeof(Respondent),
	.row_size = sizeof(AnswerRow),
	.blank = NO_ANSWERS,
	.absorb = AbsorbAnswers,
	.save = SaveRespondent,
	.absorb_saved = AbsorbSavedRespondent,
	.finish = FinishRespondent
};

/* ---- the aggregate ---- */

static RespondentsPass *
NewPass(FunctionCallInfo fcinfo, CustomerKeyType key_type, const RespondentHead *head)
{
	MemoryContext context = RequireAggregate(fcinfo, "nps_respondents_agg");
	RespondentsPass *pass = (RespondentsPass *)
		MemoryContextAllocZero(context, sizeof(RespondentsPass));

	pass->context = context;
	pass->head = *head;
	pass->current_day = NO_DAY;
	pass->common.customers = CustomerTableCreate(context, key_type, &respondent_ops, pass);
	pass->lists = CustomerTableArena(pass->common.customers);
	ClosePassWithAggregate(fcinfo, &pass->common);
	return pass;
}

static void
NotePassDays(RespondentsPass *pass, int32 first_day, int32 last_day)
{
	pass->head.first_day = pass->has_days ? Min(pass->head.first_day, first_day) : first_day;
	pass->head.last_day = pass->has_days ? Max(pass->head.last_day, last_day) : last_day;
	pass->has_days = true;
}

/* The number of highest scores in an argument, checked against the scale. */
static int
BoxesOfArgument(FunctionCallInfo fcinfo, int argno, RatingScale scale)
{
	int32		boxes;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("boxes must not be NULL")));
	boxes = PG_GETARG_INT32(argno);
	if (boxes < 1 || boxes >= scale.points)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("boxes must be 1 to %d on a scale of %d scores, not %d",
						scale.points - 1, scale.points, boxes)));
	return boxes;
}

/* What the arguments of a row say, but for its days. */
static RespondentHead
HeadOfArguments(FunctionCallInfo fcinfo, RespondentMeasure measure, PeriodCut cut)
{
	RespondentHead head = {.measure = measure, .cut = cut, .scale = NPS_SCALE};

	if (measure != MEASURE_NPS)
		head.scale = ScaleOfArguments(fcinfo, 3);
	if (measure == MEASURE_SHARE)
		head.boxes = BoxesOfArgument(fcinfo, 5, head.scale);
	return head;
}

/* What the score of the row contributes, which is not NULL. */
static int32
ContributionOfArgument(FunctionCallInfo fcinfo, const RespondentHead *head)
{
	int32		above_min = SlotOfFloatScore(head->scale, PG_GETARG_FLOAT8(2)) - 1;

	switch (head->measure)
	{
		case MEASURE_NPS:
			return NpsContribution(above_min);
		case MEASURE_SHARE:
			return above_min >= head->scale.points - head->boxes ? 1 : 0;
		case MEASURE_MEAN:
			return above_min;
	}
	pg_unreachable();
}

/* The moment of a row, comparable with others of its type. */
static int64
MomentOfArgument(FunctionCallInfo fcinfo, int argno, MomentType type)
{
	switch (type)
	{
		case MOMENT_DATE:
			return PG_GETARG_DATEADT(argno);
		case MOMENT_TIMESTAMP:
			return PG_GETARG_TIMESTAMP(argno);
		case MOMENT_TIMESTAMPTZ:
			return PG_GETARG_TIMESTAMPTZ(argno);
	}
	pg_unreachable();
}

/*
 * Transition: state, respondent, score [, scale_min, scale_max [, boxes]], at, periods ->
 * state. A row without a respondent or a time is ignored; a NULL score is a missing answer,
 * whose day counts as seen.
 */
static pg_attribute_always_inline Datum
AddAnswer(FunctionCallInfo fcinfo, RespondentMeasure measure, CustomerKeyType key_type,
		  MomentType moment)
{
	RespondentsPass *pass = PG_ARGISNULL(0) ? NULL : (RespondentsPass *) PG_GETARG_POINTER(0);
	int			at_argno = PG_NARGS() - 2;
	PeriodReader *periods;
	RespondentHead head;
	AnswerRow  *row;
	int32		day;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(at_argno))
	{
		if (pass == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(pass);
	}
	if (PG_ARGISNULL(at_argno + 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("periods must not be NULL")));
	periods = PeriodReaderFor(fcinfo, at_argno + 1);
	RequireCalendarPeriods(periods);
	day = PeriodReaderDay(periods, PG_GETARG_DATUM(at_argno), moment);
	head = HeadOfArguments(fcinfo, measure, periods->spec.cut);
	if (unlikely(pass == NULL))
		pass = NewPass(fcinfo, key_type, &head);
	RequireSameRespondents(&pass->head, &head);
	if (day != pass->current_day)
	{
		NotePassDays(pass, day, day);
		pass->current_day = day;
		pass->current_index = PeriodReaderIndex(periods, day);
	}
	row = (AnswerRow *) CustomerTableNextRow(pass->common.customers);
	row->at = MomentOfArgument(fcinfo, at_argno, moment);
	row->index = pass->current_index;
	row->contribution = PG_ARGISNULL(2) ? NO_ANSWER : ContributionOfArgument(fcinfo, &head);
	CustomerTableAddRow(pass->common.customers, key_type, sizeof(AnswerRow), PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(pass);
}

#define PASS_TRANSITION(name, measure, key, key_type, at, moment) \
PG_FUNCTION_INFO_V1(name##_##key##_##at); \
Datum \
name##_##key##_##at(PG_FUNCTION_ARGS) \
{ \
	return AddAnswer(fcinfo, measure, key_type, moment); \
}

#define PASS_TRANSITIONS(name, measure, key, key_type) \
PASS_TRANSITION(name, measure, key, key_type, date, MOMENT_DATE) \
PASS_TRANSITION(name, measure, key, key_type, timestamp, MOMENT_TIMESTAMP) \
PASS_TRANSITION(name, measure, key, key_type, timestamptz, MOMENT_TIMESTAMPTZ)

#define PASS_TRANSITIONS_ALL_KEYS(name, measure) \
PASS_TRANSITIONS(name, measure, bigint, CUSTOMER_BIGINT) \
PASS_TRANSITIONS(name, measure, uuid, CUSTOMER_UUID) \
PASS_TRANSITIONS(name, measure, text, CUSTOMER_TEXT)

PASS_TRANSITIONS_ALL_KEYS(nps_respondents_pass, MEASURE_NPS)
PASS_TRANSITIONS_ALL_KEYS(csat_respondents_pass, MEASURE_SHARE)
PASS_TRANSITIONS_ALL_KEYS(rating_respondents_pass, MEASURE_MEAN)

PG_FUNCTION_INFO_V1(respondents_pass_final);
PG_FUNCTION_INFO_V1(respondents_pass_combine);
PG_FUNCTION_INFO_V1(respondents_pass_serialize);
PG_FUNCTION_INFO_V1(respondents_pass_deserialize);

static int
ComparePeriods(const void *a, const void *b, void *argument)
{
	int32		index_a = ((const RespondentPeriod *) a)->index;
	int32		index_b = ((const RespondentPeriod *) b)->index;

	(void) argument;
	return index_a < index_b ? -1 : index_a > index_b;
}

/* The sums of all periods, in order. */
static RespondentPeriod *
SortedPeriods(period_sums_hash *sums)
{
	RespondentPeriod *periods = (RespondentPeriod *)
		AllocLarge(CurrentMemoryContext, sizeof(RespondentPeriod) * Max(sums->members, 1));
	size_t		num_periods = 0;
	period_sums_iterator iterator;
	PeriodSums *entry;

	period_sums_start_iterate(sums, &iterator);
	while ((entry = period_sums_iterate(sums, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		periods[num_periods++] = entry->period;
	}
	SortArray(periods, num_periods, sizeof(RespondentPeriod), ComparePeriods, NULL);
	return periods;
}

/* Add up all respondents and pack what they give. */
static void
FinishPass(RespondentsPass *pass)
{
	MemoryContext working = NewStateContext();
	MemoryContext old_context = MemoryContextSwitchTo(working);
	RespondentPeriod *periods;

	pass->sums = period_sums_create(working, 32, NULL);
	CustomerTableFinish(pass->common.customers);
	CustomerTableDestroy(pass->common.customers);
	pass->common.customers = NULL;
	periods = SortedPeriods(pass->sums);
	MemoryContextSwitchTo(pass->context);
	pass->series = PackRespondents(&pass->head, periods, pass->sums->members);
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(working);
	pass->sums = NULL;
}

/*
 * state -> respondent_series, NULL if no row has a respondent and a time. Uses the
 * respondents up, but may be called again.
 */
Datum
respondents_pass_final(PG_FUNCTION_ARGS)
{
	RespondentsPass *pass;

	RequireAggregate(fcinfo, "nps_respondents_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	pass = (RespondentsPass *) PG_GETARG_POINTER(0);
	if (pass->common.customers != NULL)
		FinishPass(pass);
	PG_RETURN_POINTER(pass->series);
}

/* What a worker sends before its respondents. */
typedef struct PassHeader
{
	int32		key_type;
	RespondentHead head;
} PassHeader;

/* state -> bytea: the header and all respondents */
Datum
respondents_pass_serialize(PG_FUNCTION_ARGS)
{
	RespondentsPass *pass = (RespondentsPass *) PG_GETARG_POINTER(0);
	PassHeader	header;

	memset(&header, 0, sizeof(header));
	header.key_type = CustomerTableKeyType(pass->common.customers);
	header.head = pass->head;
	return SerializePass(&pass->common, &header, sizeof(header));
}

/* bytea -> state, whose respondents have not been read yet */
Datum
respondents_pass_deserialize(PG_FUNCTION_ARGS)
{
	return DeserializePass(fcinfo);
}

/* PrepareForSent */
static CustomerPass *
PreparePass(FunctionCallInfo fcinfo, CustomerPass *common, const char *header_bytes)
{
	RespondentsPass *pass = (RespondentsPass *) common;
	PassHeader	header;

	memcpy(&header, header_bytes, sizeof(header));
	if (pass == NULL)
		pass = NewPass(fcinfo, (CustomerKeyType) header.key_type, &header.head);
	RequireSameRespondents(&pass->head, &header.head);
	NotePassDays(pass, header.head.first_day, header.head.last_day);
	return &pass->common;
}

/* state, state -> state */
Datum
respondents_pass_combine(PG_FUNCTION_ARGS)
{
	return CombinePasses(fcinfo, "nps_respondents_agg", PreparePass);
}
