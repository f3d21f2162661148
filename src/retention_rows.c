/*
 * retention_rows.c
 *	  What a retention_summary answers: cohort_retention(), average_retention(),
 *	  lifecycle().
 */
#include "retention.h"

#include <math.h>

#include "statistics.h"

/* The order is that of criterion_names. */
typedef enum Criterion
{
	ON_AGE,
	ON_OR_AFTER,
	ON_OR_BEFORE,
	EVERY_AGE
} Criterion;

static const char *const criterion_names[] = {"on", "on_or_after", "on_or_before", "every"};

typedef enum Weighting
{
	WEIGHT_POOLED,
	WEIGHT_SIMPLE,
	WEIGHT_SIZE_SQUARED
} Weighting;

static const char *const weighting_names[] = {"pooled", "simple", "size_squared"};

PG_FUNCTION_INFO_V1(cohort_retention);
PG_FUNCTION_INFO_V1(average_retention);
PG_FUNCTION_INFO_V1(lifecycle);

/* ---- arguments ---- */

/* The highest age asked for; NULL: all. */
static int32
MaxPeriodArgument(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		return PG_INT32_MAX;
	if (PG_GETARG_INT32(argno) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_period must be at least 0, not %d", PG_GETARG_INT32(argno))));
	return PG_GETARG_INT32(argno);
}

static int64
MinCohortSizeArgument(FunctionCallInfo fcinfo, int argno)
{
	int64		size = PG_GETARG_INT64(argno);

	if (size < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_cohort_size must be at least 0, not " INT64_FORMAT, size)));
	return size;
}

/* ---- which cells there are ---- */

/* Day by which all cells are judged: the argument, or the last day seen. */
static int32
AsOfArgument(FunctionCallInfo fcinfo, int argno, const RetentionState *state)
{
	if (PG_ARGISNULL(argno))
		return state->last_day;
	CheckFiniteDate(PG_GETARG_DATEADT(argno), "as_of");
	return PG_GETARG_DATEADT(argno);
}

/*
 * Whether a cell has begun by as_of: calendar periods start after it are dropped;
 * an elapsed age has been reached by who was born on the first day of the cohort.
 */
static bool
CellHasBegun(const RetentionState *state, int32 cohort, int32 number, int32 as_of)
{
	const AgeSpec *spec = &state->spec;
	int64		age = FirstAgeOfBracket(spec, number);

	if (spec->elapsed)
		return PeriodFirstDay(spec->cut, cohort) + age * ElapsedDays(spec->cut) <= as_of;
	return (int64) cohort + age <= PeriodIndex(spec->cut, as_of);
}

/*
 * Whether a cell can change no more: its period has ended for the last customer
 * who may be born in the cohort. The last bracket never ends.
 */
static bool
CellIsComplete(const RetentionState *state, int32 cohort, int32 number, int32 as_of)
{
	const AgeSpec *spec = &state->spec;
	int64		last_age;

	if (spec->num_brackets > 0 && number == spec->num_brackets)
		return false;
	last_age = spec->num_brackets > 0 ? (int64) spec->brackets[number] - 1 : number;
	if (spec->elapsed)
		return as_of >= PeriodFirstDay(spec->cut, (int64) cohort + 1) - 1
			+ (last_age + 1) * ElapsedDays(spec->cut) - 1;
	return PeriodFirstDay(spec->cut, cohort + last_age + 1) - 1 <= as_of;
}

/* The first day of the first cohort. */
static const char *
FirstCohortForMessage(const RetentionState *state)
{
	return DateForMessage(CheckedFirstDay(state->spec.cut, state->cohorts[0].index));
}

/* ---- how many were retained ---- */

/* Reads the cells of a cohort from age 0 on. */
typedef struct CellReader
{
	const Cohort *cohort;
	AgeReader	ages;
	Criterion	criterion;
	int32		number;
	uint64		sum;			/* of what on_or_after and on_or_before add up */
} CellReader;

/* All who were active are active for the last time at some age. */
static uint64
EverActive(const Cohort *cohort)
{
	AgeReader	ages;
	const AgeCounts *counts;
	uint64		sum = 0;

	BeginAges(&ages, cohort);
	for (int32 age = 0; (counts = NextAge(&ages, &age)) != NULL; age++)
		sum += counts->last;
	return sum;
}

static void
BeginCells(CellReader *reader, const Cohort *cohort, Criterion criterion)
{
	BeginAges(&reader->ages, cohort);
	reader->cohort = cohort;
	reader->criterion = criterion;
	reader->number = 0;
	reader->sum = criterion == ON_OR_AFTER ? EverActive(cohort) : 0;
}

/* The customers retained at the next age. */
static uint64
NextCell(CellReader *reader)
{
	static const AgeCounts none = {0};
	const Cohort *cohort = reader->cohort;
	int32		number = reader->number++;
	const AgeCounts *counts = CountsAtAge(&reader->ages, number);
	uint64		retained;

	if (counts == NULL)
		counts = &none;

	switch (reader->criterion)
	{
		case ON_AGE:
			return counts->active;
		case ON_OR_AFTER:
			retained = reader->sum;
			reader->sum -= counts->last;
			return retained;
		case ON_OR_BEFORE:
			reader->sum += counts->first_again;
			return number == 0 ? cohort->size : reader->sum;
		case EVERY_AGE:
			return number == 0 ? cohort->size : counts->unbroken;
	}
	pg_unreachable();
}

/* on_or_after would count what lies after as_of. */
static void
RequireSeenUntil(const RetentionState *state, Criterion criterion, int32 as_of)
{
	if (criterion == ON_OR_AFTER && as_of < state->last_day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of %s is before the last day seen, %s, which on_or_after would count",
						DateForMessage(as_of), DateForMessage(state->last_day)),
				 errhint("To see the past as it was, filter the input of the aggregate.")));
}

/* ---- cohort_retention ---- */

static void
FillCohortRow(RowBuilder *row, const RetentionState *state, const Cohort *cohort, int32 number,
			  uint64 retained, int32 as_of, double z, bool is_suppressed)
{
	const AgeSpec *spec = &state->spec;
	ConfidenceInterval interval = WilsonInterval((double) retained, (double) cohort->size, z);

	AddColumn(row, DateADTGetDatum(CheckedFirstDay(spec->cut, cohort->index)));
	AddColumn(row, Int32GetDatum(number));
	if (spec->elapsed)
		AddNullColumn(row);
	else
		AddColumn(row, DateADTGetDatum(CheckedFirstDay(spec->cut, cohort->index
													   + FirstAgeOfBracket(spec, number))));
	AddColumn(row, Int64GetDatum((int64) cohort->size));
	if (is_suppressed)
	{
		for (int i = 0; i < 4; i++)
			AddNullColumn(row);
	}
	else
	{
		AddColumn(row, Int64GetDatum((int64) retained));
		AddDoubleColumn(row, (double) retained / (double) cohort->size);
		AddDoubleColumn(row, interval.low);
		AddDoubleColumn(row, interval.high);
	}
	AddColumn(row, BoolGetDatum(CellIsComplete(state, cohort->index, number, as_of)));
}

/* The highest number a cell can have. */
static int64
LastNumber(const RetentionState *state)
{
	return state->spec.num_brackets > 0 ? state->spec.num_brackets : PG_INT32_MAX;
}

/* How many cells of a cohort, up to a number, have begun by as_of; they are the first ones. */
static int64
NumBegunCells(const RetentionState *state, const Cohort *cohort, int64 last_number, int32 as_of)
{
	int64		low = 0;
	int64		high = last_number + 1;

	while (low < high)
	{
		int64		middle = (low + high) / 2;

		if (CellHasBegun(state, cohort->index, (int32) middle, as_of))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* An error if cohort_retention() would return more rows than it may. */
static void
CheckNumCells(const RetentionState *state, int64 last_number, int32 as_of, int64 max_rows)
{
	int64		num_rows = 0;

	for (int32 i = 0; i < state->num_cohorts; i++)
	{
		CHECK_FOR_INTERRUPTS();
		num_rows += NumBegunCells(state, &state->cohorts[i], last_number, as_of);
	}
	if (num_rows > max_rows)
		TooManyRows(num_rows, max_rows, "cohort and period",
					FirstCohortForMessage(state), DateForMessage(as_of));
}

/*
 * cohort_retention(s, criterion text, as_of date, confidence double precision,
 *					max_period integer, min_cohort_size bigint, max_rows bigint)
 *					-> set of cohort_row
 *
 * NULL as_of: the last day seen; NULL max_period: all; NULL max_rows: no limit. NULL
 * for any other argument gives no rows.
 */
Datum
cohort_retention(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RetentionState *state;
	Criterion	criterion;
	int32		as_of;
	double		z;
	int64		last_number;
	int64		min_cohort_size;
	int64		max_rows = MaxRowsArgument(fcinfo, 6);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3) || PG_ARGISNULL(5))
		return (Datum) 0;
	state = ReadRetention(PackedViewOf(PG_GETARG_DATUM(0)), CurrentMemoryContext);
	criterion = (Criterion) ChoiceNumber(fcinfo, 1, "criterion", criterion_names,
										 lengthof(criterion_names));
	as_of = AsOfArgument(fcinfo, 2, state);
	RequireSeenUntil(state, criterion, as_of);
	z = CriticalValueFor(PG_GETARG_FLOAT8(3));
	last_number = Min(LastNumber(state), MaxPeriodArgument(fcinfo, 4));
	min_cohort_size = MinCohortSizeArgument(fcinfo, 5);
	CheckNumCells(state, last_number, as_of, max_rows);

	for (int32 i = 0; i < state->num_cohorts; i++)
	{
		const Cohort *cohort = &state->cohorts[i];
		bool		is_suppressed = cohort->size < (uint64) min_cohort_size;
		CellReader	cells;

		BeginCells(&cells, cohort, criterion);
		for (int64 number = 0; number <= last_number &&
			 CellHasBegun(state, cohort->index, (int32) number, as_of); number++)
		{
			FillCohortRow(&row, state, cohort, (int32) number, NextCell(&cells), as_of, z,
						  is_suppressed);
			EmitRow(result, &row);
		}
	}
	return (Datum) 0;
}

/* ---- average_retention ---- */

/* The complete cells of one age, over all cohorts. */
typedef struct AgeAverage
{
	int64		cohorts;
	uint64		customers;
	uint64		retained;
	double		sum_rate;		/* sum of w p, w the weight of a cohort */
	double		sum_weight;
	double		sum_variance;	/* sum of w^2 p (1 - p) / n */
} AgeAverage;

static double
CohortWeight(Weighting weighting, double size)
{
	return weighting == WEIGHT_SIZE_SQUARED ? size * size
		: weighting == WEIGHT_POOLED ? size : 1;
}

static void
AddCellToAverage(AgeAverage *average, Weighting weighting, uint64 size, uint64 retained)
{
	double		rate = (double) retained / (double) size;
	double		weight = CohortWeight(weighting, (double) size);

	average->cohorts++;
	average->customers += size;
	average->retained += retained;
	average->sum_rate += weight * rate;
	average->sum_weight += weight;
	average->sum_variance += weight * weight * rate * (1 - rate) / (double) size;
}

/*
 * The interval of an average. Pooled customers are one sample, for which Wilson's
 * holds; else the rates are independent, and their weighted mean has the variance
 * sum w^2 p (1 - p) / n with weights that add up to 1.
 */
static ConfidenceInterval
AverageInterval(const AgeAverage *average, Weighting weighting, double z)
{
	double		rate = average->sum_rate / average->sum_weight;
	double		half = z * sqrt(average->sum_variance) / average->sum_weight;

	if (weighting == WEIGHT_POOLED)
		return WilsonInterval((double) average->retained, (double) average->customers, z);
	return ClampInterval((ConfidenceInterval) {rate - half, rate + half}, 0, 1);
}

static void
FillAverageRow(RowBuilder *row, const AgeAverage *average, int32 number, Weighting weighting,
			   double z)
{
	ConfidenceInterval interval = AverageInterval(average, weighting, z);

	AddColumn(row, Int32GetDatum(number));
	AddColumn(row, Int64GetDatum(average->cohorts));
	AddColumn(row, Int64GetDatum((int64) average->customers));
	AddColumn(row, Int64GetDatum((int64) average->retained));
	if (weighting == WEIGHT_POOLED)
		AddDoubleColumn(row, (double) average->retained / (double) average->customers);
	else
		AddDoubleColumn(row, average->sum_rate / average->sum_weight);
	AddDoubleColumn(row, interval.low);
	AddDoubleColumn(row, interval.high);
}

/* How many cells of a cohort are complete; they are the first ones. */
static int64
NumCompleteCells(const RetentionState *state, const Cohort *cohort, int32 as_of)
{
	int64		low = 0;
	int64		high = LastNumber(state) + 1;

	while (low < high)
	{
		int64		middle = (low + high) / 2;

		if (CellIsComplete(state, cohort->index, (int32) middle, as_of))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A cohort while its complete cells are read, one age after the other. */
typedef struct CohortCells
{
	CellReader	cells;
	int64		num_cells;
} CohortCells;

/*
 * The cohorts that count, *num_cohorts of them. Earlier ones, which come first, have as
 * many complete cells as later ones or more.
 */
static CohortCells *
BeginCohorts(const RetentionState *state, Criterion criterion, int32 as_of,
			 int64 min_cohort_size, int32 *num_cohorts)
{
	CohortCells *cohorts = (CohortCells *)
		palloc_extended(sizeof(CohortCells) * ((size_t) state->num_cohorts + 1), MCXT_ALLOC_HUGE);

	*num_cohorts = 0;
	for (int32 i = 0; i < state->num_cohorts; i++)
	{
		const Cohort *cohort = &state->cohorts[i];
		CohortCells *next = &cohorts[*num_cohorts];

		CHECK_FOR_INTERRUPTS();
		if (cohort->size < (uint64) min_cohort_size)
			continue;
		next->num_cells = NumCompleteCells(state, cohort, as_of);
		if (next->num_cells == 0)
			break;
		BeginCells(&next->cells, cohort, criterion);
		(*num_cohorts)++;
	}
	return cohorts;
}

/* The average at an age, over the cohorts whose cell is complete; they are the first ones. */
static AgeAverage
AverageAtAge(CohortCells *cohorts, int32 num_cohorts, Weighting weighting)
{
	AgeAverage	average = {0};

	for (int32 i = 0; i < num_cohorts; i++)
	{
		uint64		size = cohorts[i].cells.cohort->size;

		CHECK_FOR_INTERRUPTS();
		AddCellToAverage(&average, weighting, size, NextCell(&cohorts[i].cells));
	}
	return average;
}

/*
 * average_retention(s, criterion text, weighting text, as_of date, confidence
 *					 double precision, min_cohort_size bigint, max_rows bigint)
 *					 -> set of average_retention_row
 *
 * Over complete cells. NULL as_of: the last day seen; NULL max_rows: no limit. NULL for
 * any other argument gives no rows.
 */
Datum
average_retention(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RetentionState *state;
	Criterion	criterion;
	Weighting	weighting;
	int32		as_of;
	double		z;
	CohortCells *cohorts;
	int32		num_cohorts;
	int64		num_ages;
	int64		max_rows = MaxRowsArgument(fcinfo, 6);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(4) ||
		PG_ARGISNULL(5))
		return (Datum) 0;
	state = ReadRetention(PackedViewOf(PG_GETARG_DATUM(0)), CurrentMemoryContext);
	criterion = (Criterion) ChoiceNumber(fcinfo, 1, "criterion", criterion_names,
										 lengthof(criterion_names));
	weighting = (Weighting) ChoiceNumber(fcinfo, 2, "weighting", weighting_names,
										 lengthof(weighting_names));
	as_of = AsOfArgument(fcinfo, 3, state);
	RequireSeenUntil(state, criterion, as_of);
	z = CriticalValueFor(PG_GETARG_FLOAT8(4));

	cohorts = BeginCohorts(state, criterion, as_of, MinCohortSizeArgument(fcinfo, 5), &num_cohorts);
	num_ages = num_cohorts == 0 ? 0 : cohorts[0].num_cells;
	if (num_ages > max_rows)
		TooManyRows(num_ages, max_rows, "period", FirstCohortForMessage(state),
					DateForMessage(as_of));
	for (int64 number = 0; number < num_ages; number++)
	{
		AgeAverage	average;

		while (cohorts[num_cohorts - 1].num_cells <= number)
			num_cohorts--;
		average = AverageAtAge(cohorts, num_cohorts, weighting);
		FillAverageRow(&row, &average, (int32) number, weighting, z);
		EmitRow(result, &row);
	}
	return (Datum) 0;
}

/* ---- lifecycle ---- */

/* The customers of one period, over all cohorts. */
typedef struct PeriodActivity
{
	uint64		born;
	uint64		active;
	uint64		returning;		/* active in the period before, too */
} PeriodActivity;

/* So many periods are counted at once: memory does not depend on how many there are. */
#define PERIODS_AT_ONCE 4096

/* A cohort whose ages are read from the first period to the last. */
typedef struct CohortAges
{
	AgeReader	ages;
	int32		age;			/* the next one */
	int64		position;		/* periods from the first one to the cohort's */
} CohortAges;

static CohortAges *
BeginCohortAges(const RetentionState *state)
{
	CohortAges *cohorts = (CohortAges *)
		palloc_extended(sizeof(CohortAges) * (size_t) state->num_cohorts, MCXT_ALLOC_HUGE);

	for (int32 i = 0; i < state->num_cohorts; i++)
	{
		BeginAges(&cohorts[i].ages, &state->cohorts[i]);
		cohorts[i].age = 0;
		cohorts[i].position = (int64) state->cohorts[i].index - state->cohorts[0].index;
	}
	return cohorts;
}

/* Count the customers of the PERIODS_AT_ONCE periods from first on. */
static void
CountActivity(PeriodActivity *periods, int64 first, CohortAges *cohorts, int32 num_cohorts)
{
	int64		end = first + PERIODS_AT_ONCE;

	memset(periods, 0, sizeof(PeriodActivity) * PERIODS_AT_ONCE);
	for (int32 i = 0; i < num_cohorts && cohorts[i].position < end; i++)
	{
		CohortAges *cohort = &cohorts[i];
		const AgeCounts *counts;

		if (cohort->position >= first)
			periods[cohort->position - first].born += cohort->ages.cohort->size;
		while ((counts = NextAge(&cohort->ages, &cohort->age)) != NULL &&
			   cohort->position + cohort->age < end)
		{
			PeriodActivity *period = &periods[cohort->position + cohort->age++ - first];

			period->active += counts->active;
			period->returning += counts->both;
		}
	}
}

static void
RequireLifecycle(const RetentionState *state)
{
	if (state->kind != COHORT_SELF_BORN || state->spec.elapsed || state->spec.num_brackets > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lifecycle needs cohorts by first activity, by calendar period and without brackets"),
				 errhint("Build the summary with retention_agg(customer, at, 'month').")));
}

static void
FillLifecycleRow(RowBuilder *row, PeriodCut cut, int64 index, const PeriodActivity *period,
				 uint64 active_before, int32 as_of)
{
	AddColumn(row, DateADTGetDatum(CheckedFirstDay(cut, index)));
	AddColumn(row, Int64GetDatum((int64) period->born));
	AddColumn(row, Int64GetDatum((int64) period->returning));
	AddColumn(row, Int64GetDatum((int64) (period->active - period->born - period->returning)));
	AddColumn(row, Int64GetDatum((int64) (active_before - period->returning)));
	AddColumn(row, Int64GetDatum((int64) period->active));
	AddColumn(row, BoolGetDatum(PeriodFirstDay(cut, index + 1) - 1 <= as_of));
}

/*
 * lifecycle(s, as_of date, max_rows bigint) -> set of lifecycle_row, one a period
 *
 * new + returning + resurrected = active; dormant were active in the period before
 * and are not in this one. NULL as_of: the last day seen; NULL max_rows: no limit.
 */
Datum
lifecycle(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RetentionState *state;
	PeriodActivity *periods;
	CohortAges *cohorts;
	int32		as_of;
	int64		first_index;
	int64		num_periods;
	uint64		active_before = 0;
	int64		max_rows = MaxRowsArgument(fcinfo, 2);

	if (PG_ARGISNULL(0))
		return (Datum) 0;
	state = ReadRetention(PackedViewOf(PG_GETARG_DATUM(0)), CurrentMemoryContext);
	RequireLifecycle(state);
	as_of = AsOfArgument(fcinfo, 1, state);
	first_index = state->cohorts[0].index;
	num_periods = PeriodIndex(state->spec.cut, as_of) - first_index + 1;
	if (num_periods > max_rows)
		TooManyRows(num_periods, max_rows, "period", FirstCohortForMessage(state),
					DateForMessage(as_of));

	cohorts = BeginCohortAges(state);
	periods = (PeriodActivity *) palloc(sizeof(PeriodActivity) * PERIODS_AT_ONCE);
	for (int64 i = 0; i < num_periods; i++)
	{
		const PeriodActivity *period = &periods[i % PERIODS_AT_ONCE];

		if (i % PERIODS_AT_ONCE == 0)
			CountActivity(periods, i, cohorts, state->num_cohorts);
		FillLifecycleRow(&row, state->spec.cut, first_index + i, period, active_before, as_of);
		EmitRow(result, &row);
		active_before = period->active;
	}
	return (Datum) 0;
}
