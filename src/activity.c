/*
 * activity.c
 *	  activity_days: the days on which one customer was active.
 *
 * The state of activity_agg is the type itself, with the days as plain integers
 * in order and room at the end; the final function packs them.
 */
#include "activity.h"
#include "aggregate.h"

#include "catalog/pg_type.h"
#include "interrupts.h"
#include "period.h"
#include "rows.h"
#include "utils/array.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

static PackedView CanonicalActivity(PackedView state);

static const PackedType ActivityDaysType = {
	.name = "activity_days",
	.input_hint = "To make one from dates, cast a list of them: '{2024-01-31}'::date[]::retention.activity_days.",
	.check = ActivityCheck,
	.canonical = CanonicalActivity
};

PACKED_SUMMARY_FUNCTIONS(activity_days, &ActivityDaysType)

PG_FUNCTION_INFO_V1(activity_accum_date);
PG_FUNCTION_INFO_V1(activity_accum_timestamp);
PG_FUNCTION_INFO_V1(activity_accum_timestamptz);
PG_FUNCTION_INFO_V1(activity_trap);
PG_FUNCTION_INFO_V1(activity_days_final);
PG_FUNCTION_INFO_V1(activity_days_merge);
PG_FUNCTION_INFO_V1(activity_days_combine);
PG_FUNCTION_INFO_V1(activity_intersection);
PG_FUNCTION_INFO_V1(activity_difference);
PG_FUNCTION_INFO_V1(active_on);
PG_FUNCTION_INFO_V1(first_active);
PG_FUNCTION_INFO_V1(last_active);
PG_FUNCTION_INFO_V1(active_days);
PG_FUNCTION_INFO_V1(active_periods);
PG_FUNCTION_INFO_V1(is_active);
PG_FUNCTION_INFO_V1(active_dates);
PG_FUNCTION_INFO_V1(activity_days_from_array);
PG_FUNCTION_INFO_V1(activity_days_to_array);
PG_FUNCTION_INFO_V1(activity_days_from_multirange);
PG_FUNCTION_INFO_V1(activity_days_to_multirange);

/* ---- lists of days ---- */

static void
CheckNumDays(size_t num_days)
{
	if (unlikely(num_days > MAX_ACTIVITY_DAYS))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an activity_days has at most %d days", MAX_ACTIVITY_DAYS)));
}

/* Make room for more days. */
void
DayListGrow(DayList *list)
{
	CHECK_FOR_INTERRUPTS();
	list->max_days = list->max_days == 0 ? 64 : list->max_days * 2;
	list->days = list->days == NULL
		? (int32 *) palloc(list->max_days * sizeof(int32))
		: (int32 *) repalloc_huge(list->days, list->max_days * sizeof(int32));
}

/* Replace a list by the days of a set. */
void
DayListRead(DayList *list, PackedView activity)
{
	ActivityReader reader;
	int32		day;

	list->num_days = 0;
	ActivityReadBegin(&reader, activity.bytes, activity.size);
	while (ActivityReadNext(&reader, &day))
		DayListAppend(list, day);
}

/* A canonical activity_days. */
Packed *
PackDays(const int32 *days, size_t num_days)
{
	int			encoding;
	Packed	   *packed;

	CheckNumDays(num_days);
	packed = PackedAlloc(ActivitySize(days, num_days, &encoding));
	ActivityPack(days, num_days, encoding, packed->bytes);
	return packed;
}

static Datum
PackedDayList(const DayList *list)
{
	return PointerGetDatum(PackDays(list->days, list->num_days));
}

static bool
IsOpen(const uint8 *bytes)
{
	return ActivityEncodingOf(bytes) == ACTIVITY_OPEN;
}

static PackedView
CanonicalActivity(PackedView state)
{
	DayList		list = {0};

	if (!IsOpen(state.bytes))
		return state;
	DayListRead(&list, state);
	return PackedViewOfPacked(PackDays(list.days, list.num_days));
}

/* ---- the state of activity_agg: days as integers, in place ---- */

static int32
OpenNumDays(const Packed *state)
{
	return LoadI32(state->bytes + ACTIVITY_FIRST_DAY_OFFSET);
}

static uint8 *
OpenDay(Packed *state, int64 position)
{
	return state->bytes + ACTIVITY_DAYS_OFFSET + sizeof(int32) * position;
}

/* The room is zeroed, because states may be sent or stored. */
static Packed *
NewOpenState(int64 room)
{
	size_t		size = ACTIVITY_DAYS_OFFSET + sizeof(int32) * room;
	Packed	   *state = PackedAlloc(size);

	memset(state->bytes, 0, size);
	PackedWriteHeader(state->bytes, PACKED_ACTIVITY_DAYS, ACTIVITY_OPEN);
	StoreI32(state->bytes + ACTIVITY_FIRST_DAY_OFFSET, 0);
	return state;
}

/* A state with the days of a list, and room for some more. */
static Packed *
OpenFromList(const DayList *list)
{
	Packed	   *state;

	CheckNumDays(list->num_days);
	state = NewOpenState((int64) (list->num_days + list->num_days / 2 + 4));
	for (size_t i = 0; i < list->num_days; i++)
		StoreI32(OpenDay(state, (int64) i), list->days[i]);
	StoreI32(state->bytes + ACTIVITY_FIRST_DAY_OFFSET, (int32) list->num_days);
	return state;
}

/* The same from a set, finished or not. */
static Packed *
OpenFromSet(PackedView set)
{
	DayList		list = {0};

	DayListRead(&list, set);
	return OpenFromList(&list);
}

/* Whether there is room for one more day. */
static bool
HasRoom(const Packed *state)
{
	return ACTIVITY_DAYS_OFFSET + sizeof(int32) * ((int64) OpenNumDays(state) + 1)
		<= PACKED_SIZE(state);
}

/* The position of the first day that is not before a day. */
static int64
FindOpenDay(Packed *state, int32 day)
{
	int64		low = 0;
	int64		high = OpenNumDays(state);

	/* rows often come in order of time */
	if (high > 0 && LoadI32(OpenDay(state, high - 1)) <= day)
		return LoadI32(OpenDay(state, high - 1)) == day ? high - 1 : high;
	while (low < high)
	{
		int64		middle = (low + high) / 2;

		if (LoadI32(OpenDay(state, middle)) < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Add a day. Returns the state, moved if it was full. */
static Packed *
AddDay(Packed *state, int32 day)
{
	int64		position = FindOpenDay(state, day);
	int32		num_days = OpenNumDays(state);

	if (position < num_days && LoadI32(OpenDay(state, position)) == day)
		return state;
	CheckNumDays((size_t) num_days + 1);
	if (!HasRoom(state))
		state = OpenFromSet(PackedViewOfPacked(state));
	memmove(OpenDay(state, position + 1), OpenDay(state, position),
			sizeof(int32) * (num_days - position));
	StoreI32(OpenDay(state, position), day);
	StoreI32(state->bytes + ACTIVITY_FIRST_DAY_OFFSET, num_days + 1);
	return state;
}

/* The state in argument 0, ready to be added to. */
static Packed *
OpenStateOfArgument(FunctionCallInfo fcinfo)
{
	Packed	   *state;

	if (PG_ARGISNULL(0))
		return NewOpenState(6);
	state = PackedForUpdate(fcinfo, 0);
	return IsOpen(state->bytes) ? state : OpenFromSet(PackedViewOfPacked(state));
}

/* activity_agg(day date): state, day -> state. A NULL day is ignored. */
Datum
activity_accum_date(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return UnchangedState(fcinfo);
	CheckFiniteDate(PG_GETARG_DATEADT(1), "the day");
	PG_RETURN_POINTER(AddDay(OpenStateOfArgument(fcinfo), PG_GETARG_DATEADT(1)));
}

/* activity_agg(at timestamp): state, at -> state. A NULL time is ignored. */
Datum
activity_accum_timestamp(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return UnchangedState(fcinfo);
	CheckFiniteTimestamp(PG_GETARG_TIMESTAMP(1));
	PG_RETURN_POINTER(AddDay(OpenStateOfArgument(fcinfo),
							 DayOfTimestamp(PG_GETARG_TIMESTAMP(1))));
}

/*
 * activity_agg(at timestamptz, timezone text): state, at, timezone -> state. A row
 * whose time or zone is NULL is ignored.
 */
Datum
activity_accum_timestamptz(PG_FUNCTION_ARGS)
{
	ZoneClocks *clocks = (ZoneClocks *) fcinfo->flinfo->fn_extra;
	ZoneClock  *clock;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return UnchangedState(fcinfo);
	if (clocks == NULL)
	{
		clocks = (ZoneClocks *) MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
													   sizeof(ZoneClocks));
		clocks->context = fcinfo->flinfo->fn_mcxt;
		fcinfo->flinfo->fn_extra = clocks;
	}
	CheckFiniteTimestamp(PG_GETARG_TIMESTAMPTZ(1));
	clock = ZoneClockNamed(clocks, PG_GETARG_TEXT_PP(2));
	PG_RETURN_POINTER(AddDay(OpenStateOfArgument(fcinfo),
							 ZoneClockDay(clock, PG_GETARG_TIMESTAMPTZ(1))));
}

/*
 * activity_agg(timestamptz), (timestamp, text), (date, text): always an error, so
 * that no column is cast through the session's TimeZone in silence.
 */
Datum
activity_trap(PG_FUNCTION_ARGS)
{
	if (PG_NARGS() == 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a timestamp with time zone is on different days in different zones"),
				 errhint("Say which: activity_agg(at, 'Europe/Berlin').")));
	RefuseZoneOfLocalTime();
}

/* state -> activity_days. Strict; never changes the state. */
Datum
activity_days_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PackedCanonicalDatum(PG_GETARG_DATUM(0), &ActivityDaysType));
}

/* ---- set operations ---- */

/* Which days of two sets belong to the result. */
typedef struct DayOperation
{
	bool		only_a;
	bool		only_b;
	bool		both;
} DayOperation;

static const DayOperation set_union = {true, true, true};
static const DayOperation set_intersection = {false, false, true};
static const DayOperation set_difference = {true, false, false};

/* Walk two sets side by side. */
static DayList
CombineSets(PackedView a, PackedView b, DayOperation operation)
{
	ActivityReader reader_a;
	ActivityReader reader_b;
	DayList		list = {0};
	int32		day_a;
	int32		day_b;
	bool		has_a;
	bool		has_b;

	ActivityReadBegin(&reader_a, a.bytes, a.size);
	ActivityReadBegin(&reader_b, b.bytes, b.size);
	has_a = ActivityReadNext(&reader_a, &day_a);
	has_b = ActivityReadNext(&reader_b, &day_b);
	while (has_a || has_b)
	{
		bool		from_a = has_a && (!has_b || day_a <= day_b);
		bool		from_b = has_b && (!has_a || day_b <= day_a);

		if (from_a && from_b ? operation.both : from_a ? operation.only_a : operation.only_b)
			DayListAppend(&list, from_a ? day_a : day_b);
		if (from_a)
			has_a = ActivityReadNext(&reader_a, &day_a);
		if (from_b)
			has_b = ActivityReadNext(&reader_b, &day_b);
	}
	return list;
}

static Datum
CombineArguments(FunctionCallInfo fcinfo, DayOperation operation)
{
	DayList		list = CombineSets(PackedViewOf(PG_GETARG_DATUM(0)),
								   PackedViewOf(PG_GETARG_DATUM(1)), operation);

	return PackedDayList(&list);
}

/* Up to so many days are added to a state one by one, in place. */
#define FEW_DAYS 32

/*
 * state, set -> state: transition of merge_agg and combine function of
 * activity_agg. Strict.
 */
Datum
activity_days_merge(PG_FUNCTION_ARGS)
{
	PackedView	set = PackedViewOf(PG_GETARG_DATUM(1));
	ActivityReader reader;
	Packed	   *state;
	int32		day;

	if (ActivityCount(set.bytes, set.size) > FEW_DAYS)
	{
		DayList		list = CombineSets(PackedViewOf(PG_GETARG_DATUM(0)), set, set_union);

		PG_RETURN_POINTER(OpenFromList(&list));
	}
	state = OpenStateOfArgument(fcinfo);
	ActivityReadBegin(&reader, set.bytes, set.size);
	while (ActivityReadNext(&reader, &day))
		state = AddDay(state, day);
	PG_RETURN_POINTER(state);
}

/* combine(a, b): the days of either; NULL counts as no days. */
Datum
activity_days_combine(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	return CombineArguments(fcinfo, set_union);
}

/* activity_intersection(a, b): the days of both. Strict. */
Datum
activity_intersection(PG_FUNCTION_ARGS)
{
	return CombineArguments(fcinfo, set_intersection);
}

/* activity_difference(a, b): the days of a that are not in b. Strict. */
Datum
activity_difference(PG_FUNCTION_ARGS)
{
	return CombineArguments(fcinfo, set_difference);
}

/* ---- questions ---- */

/* Whether there is a day in [from_day, to_day). */
static bool
HasDayBetween(PackedView set, int32 from_day, int64 to_day)
{
	ActivityReader reader;
	int32		day;

	ActivityReadBegin(&reader, set.bytes, set.size);
	while (ActivityReadNext(&reader, &day))
		if (day >= from_day)
			return day < to_day;
	return false;
}

/* active_on(a, day date) -> boolean; false for an infinite day */
Datum
active_on(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(1);

	PG_RETURN_BOOL(HasDayBetween(PackedViewOf(PG_GETARG_DATUM(0)), day, (int64) day + 1));
}

/*
 * is_active(a, from_day date, to_day date) -> boolean: on any day from from_day up
 * to, not including, to_day. Infinite ends are open ends.
 */
Datum
is_active(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(HasDayBetween(PackedViewOf(PG_GETARG_DATUM(0)), PG_GETARG_DATEADT(1),
								 PG_GETARG_DATEADT(2)));
}

/* first_active(a) -> date; NULL without days */
Datum
first_active(PG_FUNCTION_ARGS)
{
	PackedView	set = PackedViewOf(PG_GETARG_DATUM(0));
	ActivityReader reader;
	int32		day;

	ActivityReadBegin(&reader, set.bytes, set.size);
	if (!ActivityReadNext(&reader, &day))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(day);
}

/* last_active(a) -> date; NULL without days */
Datum
last_active(PG_FUNCTION_ARGS)
{
	PackedView	set = PackedViewOf(PG_GETARG_DATUM(0));
	ActivityReader reader;
	int32		day;
	bool		found = false;

	ActivityReadBegin(&reader, set.bytes, set.size);
	while (ActivityReadNext(&reader, &day))
		found = true;
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(reader.day);
}

/* active_days(a) -> integer: how many days; the range of dates keeps it within one */
Datum
active_days(PG_FUNCTION_ARGS)
{
	PackedView	set = PackedViewOf(PG_GETARG_DATUM(0));

	PG_RETURN_INT32((int32) ActivityCount(set.bytes, set.size));
}

/*
 * active_periods(a, periods period_spec) -> integer: how many periods have an
 * active day. The spec must not have a zone, as for dates.
 */
Datum
active_periods(PG_FUNCTION_ARGS)
{
	PackedView	set = PackedViewOf(PG_GETARG_DATUM(0));
	PeriodReader *periods = PeriodReaderFor(fcinfo, 1);
	ActivityReader reader;
	int32		day;
	int32		count = 0;
	int32		last_index = 0;

	RequireCalendarPeriods(periods);
	RequireNoZone(periods, "day");
	ActivityReadBegin(&reader, set.bytes, set.size);
	while (ActivityReadNext(&reader, &day))
	{
		int32		index = PeriodIndexNear(periods->spec.cut, day, &periods->span);

		if (count == 0 || index != last_index)
			count++;
		last_index = index;
	}
	PG_RETURN_INT32(count);
}

/* active_dates(a) -> set of date, in order */
Datum
active_dates(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;
	PackedView	set = PackedViewOf(PG_GETARG_DATUM(0));
	ActivityReader reader;
	int32		day;
	RowBuilder	row = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	ActivityReadBegin(&reader, set.bytes, set.size);
	while (ActivityReadNext(&reader, &day))
	{
		AddColumn(&row, DateADTGetDatum(day));
		EmitRow(result, &row);
	}
	return (Datum) 0;
}

/* ---- casts ---- */

static int
CompareDays(const void *a, const void *b, void *argument)
{
	int32		day_a = *(const int32 *) a;
	int32		day_b = *(const int32 *) b;

	(void) argument;
	return day_a < day_b ? -1 : day_a > day_b;
}

/* date[] -> activity_days. NULL elements are no days; duplicates count once. */
Datum
activity_days_from_array(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum	   *items;
	bool	   *nulls;
	int			num_items;
	int32	   *days;
	int			num_days = 0;
	DayList		list = {0};

	deconstruct_array(array, DATEOID, sizeof(DateADT), true, TYPALIGN_INT,
					  &items, &nulls, &num_items);
	days = (int32 *) palloc(sizeof(int32) * (num_items + 1));
	for (int i = 0; i < num_items; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			continue;
		CheckFiniteDate(DatumGetDateADT(items[i]), "the day");
		days[num_days++] = DatumGetDateADT(items[i]);
	}
	SortArray(days, (size_t) num_days, sizeof(int32), CompareDays, NULL);
	for (int i = 0; i < num_days; i++)
		if (i == 0 || days[i] != days[i - 1])
			DayListAppend(&list, days[i]);
	PG_RETURN_DATUM(PackedDayList(&list));
}

/* activity_days -> date[], in order */
Datum
activity_days_to_array(PG_FUNCTION_ARGS)
{
	PackedView	set = PackedViewOf(PG_GETARG_DATUM(0));
	int64		count = ActivityCount(set.bytes, set.size);
	Datum	   *items = (Datum *) palloc_extended(sizeof(Datum) * (count + 1), MCXT_ALLOC_HUGE);
	ActivityReader reader;
	int32		day;
	int			position = 0;

	ActivityReadBegin(&reader, set.bytes, set.size);
	while (ActivityReadNext(&reader, &day))
		items[position++] = DateADTGetDatum(day);
	PG_RETURN_ARRAYTYPE_P(construct_array(items, position, DATEOID, sizeof(DateADT), true,
										  TYPALIGN_INT));
}

/* datemultirange -> activity_days; its ranges must be bounded */
Datum
activity_days_from_multirange(PG_FUNCTION_ARGS)
{
	MultirangeType *multirange = PG_GETARG_MULTIRANGE_P(0);
	TypeCacheEntry *typcache = lookup_type_cache(DATEMULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
	RangeType **ranges;
	int32		num_ranges;
	DayList		list = {0};

	multirange_deserialize(typcache->rngtype, multirange, &num_ranges, &ranges);
	for (int i = 0; i < num_ranges; i++)
	{
		RangeBound	lower;
		RangeBound	upper;
		bool		empty;

		CHECK_FOR_INTERRUPTS();
		range_deserialize(typcache->rngtype, ranges[i], &lower, &upper, &empty);
		if (lower.infinite || upper.infinite)
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("an activity_days has no room for an unbounded range of days")));
		CheckFiniteDate(DatumGetDateADT(lower.val), "the start of a range");
		CheckFiniteDate(DatumGetDateADT(upper.val), "the end of a range");
		CheckNumDays(list.num_days + (size_t) ((int64) DatumGetDateADT(upper.val)
											   - DatumGetDateADT(lower.val)));
		for (int64 day = DatumGetDateADT(lower.val); day < DatumGetDateADT(upper.val); day++)
			DayListAppend(&list, (int32) day);
	}
	PG_RETURN_DATUM(PackedDayList(&list));
}

static RangeType *
MakeDayRange(TypeCacheEntry *range_type, int32 first, int32 last)
{
	RangeBound	lower = {DateADTGetDatum(first), false, true, true};
	RangeBound	upper = {DateADTGetDatum(last + 1), false, false, false};

	if (last == LAST_DATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the day after %s is out of range for type date", DateForMessage(last))));
	return MAKE_RANGE(range_type, &lower, &upper);
}

/* activity_days -> datemultirange: one range for each run of days */
Datum
activity_days_to_multirange(PG_FUNCTION_ARGS)
{
	TypeCacheEntry *typcache = lookup_type_cache(DATEMULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
	DayList		list = {0};
	RangeType **ranges;
	int			num_ranges = 0;
	size_t		start = 0;

	DayListRead(&list, PackedViewOf(PG_GETARG_DATUM(0)));
	ranges = (RangeType **) palloc_extended(sizeof(RangeType *) * (list.num_days + 1),
											MCXT_ALLOC_HUGE);
	for (size_t i = 1; i <= list.num_days; i++)
		if (i == list.num_days || list.days[i] != list.days[i - 1] + 1)
		{
			ranges[num_ranges++] = MakeDayRange(typcache->rngtype, list.days[start],
												list.days[i - 1]);
			start = i;
		}
	PG_RETURN_MULTIRANGE_P(make_multirange(DATEMULTIRANGEOID, typcache->rngtype, num_ranges,
										   ranges));
}
