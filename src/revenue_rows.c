/*
 * revenue_rows.c
 *	  What a revenue_summary answers: revenue_bridge(), trailing_retention(),
 *	  customer_churn().
 */
#include "revenue.h"

#include "statistics.h"

PG_FUNCTION_INFO_V1(revenue_bridge);
PG_FUNCTION_INFO_V1(trailing_retention);
PG_FUNCTION_INFO_V1(customer_churn);

/* ---- columns ---- */

/* Add an amount as numeric. */
void
AddMoneyColumn(RowBuilder *row, Money amount)
{
	AddColumn(row, NumericOfMoney(amount));
}

/* Add a ratio of two amounts or counts; NULL if the denominator is 0. */
void
AddRatioColumn(RowBuilder *row, Money numerator, Money denominator)
{
	AddDoubleColumn(row, MoneyRatio(numerator, denominator));
}

static void
AddCountColumn(RowBuilder *row, int64 count)
{
	AddColumn(row, Int64GetDatum(count));
}

/* ---- which periods there are ---- */

/* The day in argument argno, or the last day on which a line started. */
int32
AsOfOrLastStart(FunctionCallInfo fcinfo, int argno, const RevenueHead *head)
{
	if (PG_ARGISNULL(argno))
		return head->last_start;
	CheckFiniteDate(PG_GETARG_DATEADT(argno), "as_of");
	return PG_GETARG_DATEADT(argno);
}

/* How many periods there are from that of the first start to that of as_of. */
static int64
NumPeriodsUntil(const RevenueHead *head, int32 as_of)
{
	return Max((int64) PeriodIndex(head->cut, as_of)
			   - PeriodIndex(head->cut, head->first_start) + 1, 0);
}

/* Goes from period to period, those in which nothing happened included. */
typedef struct PeriodWalk
{
	RevenueHead head;
	int32		as_of;
	int64		num_left;
	int64		reactivation_within;	/* gaps up to this are reactivations */
	RevenueReader reader;
	RevenuePeriod next;			/* the next one in which something happened */
	bool		has_next;
	/* the period at hand */
	int64		index;
	RevenueStocks start;
	RevenueStocks end;
	RevenuePeriod period;
	Movement	reactivation;
	Movement	late_return;	/* after a longer gap */
} PeriodWalk;

/*
 * Start before the first period. There is a row for each period but the first
 * without_rows; more than max_rows are an error.
 */
static void
BeginPeriods(PeriodWalk *walk, PackedView summary, int32 as_of, int64 without_rows, int64 max_rows)
{
	memset(walk, 0, sizeof(*walk));
	walk->head = RevenueReadHead(summary.bytes);
	walk->as_of = as_of;
	walk->num_left = NumPeriodsUntil(&walk->head, as_of);
	if (walk->num_left - without_rows > max_rows)
		TooManyRows(walk->num_left - without_rows, max_rows, "period",
					DateForMessage(walk->head.first_start), DateForMessage(as_of));
	walk->reactivation_within = PG_INT64_MAX;
	walk->index = (int64) PeriodIndex(walk->head.cut, walk->head.first_start) - 1;
	RevenueReadBegin(&walk->reader, summary.bytes, summary.size);
	walk->has_next = RevenueReadPeriod(&walk->reader, &walk->next);
}

/* Add up the returns of the period at hand. */
static void
ReadReturns(PeriodWalk *walk)
{
	RevenueReturn returned;

	while (RevenueReadReturn(&walk->reader, &returned))
	{
		Movement   *sum = returned.gap > walk->reactivation_within
			? &walk->late_return : &walk->reactivation;

		sum->customers += returned.movement.customers;
		sum->mrr = AddMoney(sum->mrr, returned.movement.mrr);
	}
}

/* Go to the next period; false after that of as_of. */
static bool
NextPeriod(PeriodWalk *walk)
{
	Movement	returned;

	if (walk->num_left == 0)
		return false;
	walk->num_left--;
	walk->index++;
	walk->start = walk->end;
	walk->reactivation = walk->late_return = (Movement) {0, 0};
	memset(&walk->period, 0, sizeof(walk->period));
	if (!walk->has_next || walk->next.index != walk->index)
		return true;
	walk->period = walk->next;
	ReadReturns(walk);
	returned.customers = walk->reactivation.customers + walk->late_return.customers;
	returned.mrr = AddMoney(walk->reactivation.mrr, walk->late_return.mrr);
	/* the summary was checked: nothing can be wrong */
	(void) RevenueAddPeriod(&walk->end, &walk->period, &returned);
	walk->has_next = RevenueReadPeriod(&walk->reader, &walk->next);
	return true;
}

static Datum
FirstDayOf(const PeriodWalk *walk, int64 index)
{
	return DateADTGetDatum(CheckedFirstDay(walk->head.cut, index));
}

/* Whether nothing can happen any more in the period at hand. */
static bool
IsComplete(const PeriodWalk *walk)
{
	return PeriodFirstDay(walk->head.cut, walk->index + 1) - 1 <= walk->as_of;
}

/* ---- revenue_bridge ---- */

static void
AddMoneyOfBridge(RowBuilder *row, const PeriodWalk *walk)
{
	AddMoneyColumn(row, walk->start.paying.mrr);
	AddMoneyColumn(row, AddMoney(walk->period.new_business.mrr, walk->late_return.mrr));
	AddMoneyColumn(row, walk->period.expansion.mrr);
	AddMoneyColumn(row, walk->period.contraction.mrr);
	AddMoneyColumn(row, walk->period.churn.mrr);
	AddMoneyColumn(row, walk->reactivation.mrr);
	AddMoneyColumn(row, walk->end.paying.mrr);
}

static void
AddCustomersOfBridge(RowBuilder *row, const PeriodWalk *walk)
{
	AddCountColumn(row, walk->start.paying.customers);
	AddCountColumn(row, walk->period.new_business.customers + walk->late_return.customers);
	AddCountColumn(row, walk->period.expansion.customers);
	AddCountColumn(row, walk->period.contraction.customers);
	AddCountColumn(row, walk->period.churn.customers);
	AddCountColumn(row, walk->reactivation.customers);
	AddCountColumn(row, walk->end.paying.customers);
}

static void
AddProductsOfBridge(RowBuilder *row, const PeriodWalk *walk)
{
	const RevenuePeriod *period = &walk->period;

	if (!walk->reader.has_products)
	{
		for (int i = 0; i < 4; i++)
			AddNullColumn(row);
		return;
	}
	AddMoneyColumn(row, period->expansion.mrr - period->cross_sell.mrr);
	AddMoneyColumn(row, period->cross_sell.mrr);
	AddCountColumn(row, period->upsell_customers);
	AddCountColumn(row, period->cross_sell.customers);
}

/*
 * The rates. What contracted or churned is part of the MRR at the start, so that
 * only what expanded or returned can take a sum out of range.
 */
static void
AddRatesOfBridge(RowBuilder *row, const PeriodWalk *walk)
{
	const RevenuePeriod *period = &walk->period;
	Money		start = walk->start.paying.mrr;
	Money		lost = period->churn.mrr + period->contraction.mrr;
	Money		net = AddMoney(lost, -period->expansion.mrr);
	Money		gained = AddMoney(AddMoney(period->new_business.mrr, walk->late_return.mrr),
								  period->expansion.mrr);

	AddRatioColumn(row, period->churn.customers, walk->start.paying.customers);
	AddRatioColumn(row, period->churn.mrr, start);
	AddRatioColumn(row, lost, start);
	AddRatioColumn(row, net, start);
	AddRatioColumn(row, AddMoney(net, -walk->reactivation.mrr), start);
	AddRatioColumn(row, start - lost, start);
	AddRatioColumn(row, AddMoney(start, -net), start);
	AddRatioColumn(row, gained, lost);
	AddRatioColumn(row, AddMoney(gained, walk->reactivation.mrr), lost);
	if (walk->reader.has_products)
	{
		AddRatioColumn(row, period->upsell_customers, walk->start.paying.customers);
		AddRatioColumn(row, period->cross_sell.customers, walk->start.paying.customers);
	}
	else
	{
		AddNullColumn(row);
		AddNullColumn(row);
	}
}

/* Revenue per account at the end of a period, rounded to a millionth. */
static void
AddArpa(RowBuilder *row, const Movement *paying)
{
	if (paying->customers == 0)
		AddNullColumn(row);
	else
		AddMoneyColumn(row, MoneyDivide(paying->mrr, paying->customers));
}

/* After how many period-ends a return is new business; NULL: never. */
static int64
ReactivationWithin(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		return PG_INT64_MAX;
	if (PG_GETARG_INT32(argno) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reactivation_within must be at least 0, not %d",
						PG_GETARG_INT32(argno))));
	return PG_GETARG_INT32(argno);
}

/*
 * revenue_bridge(s, as_of date, reactivation_within integer, max_rows bigint) -> set of
 *				  revenue_bridge_row, one a period
 *
 * starting + new business + expansion + reactivation - contraction - churned = ending
 * for money, starting + new + reactivated - churned = ending for customers. NULL
 * as_of: the last day on which a line started; NULL reactivation_within: whoever
 * returns is a reactivation; NULL max_rows: no limit. A NULL summary has no rows.
 */
Datum
revenue_bridge(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RowMemory	memory = {0};
	PackedView	summary;
	RevenueHead head;
	PeriodWalk	walk;
	int64		max_rows = MaxRowsArgument(fcinfo, 3);

	if (PG_ARGISNULL(0))
		return (Datum) 0;
	summary = PackedViewOf(PG_GETARG_DATUM(0));
	head = RevenueReadHead(summary.bytes);
	BeginPeriods(&walk, summary, AsOfOrLastStart(fcinfo, 1, &head), 0, max_rows);
	walk.reactivation_within = ReactivationWithin(fcinfo, 2);

	while (NextPeriod(&walk))
	{
		BeginRow(&memory);
		AddColumn(&row, FirstDayOf(&walk, walk.index));
		AddColumn(&row, DateADTGetDatum(CheckedEndDay(head.cut, walk.index)));
		AddMoneyOfBridge(&row, &walk);
		AddCustomersOfBridge(&row, &walk);
		AddProductsOfBridge(&row, &walk);
		AddCountColumn(&row, walk.end.non_positive.customers);
		AddMoneyColumn(&row, walk.end.non_positive.mrr);
		AddRatesOfBridge(&row, &walk);
		AddArpa(&row, &walk.end.paying);
		AddColumn(&row, BoolGetDatum(IsComplete(&walk)));
		EmitRow(result, &row);
		EndRow(&memory);
	}
	return (Datum) 0;
}

/* ---- trailing_retention ---- */

/* A year in periods; an error for days. */
static int32
RequireYear(PeriodCut cut)
{
	int32		year = PeriodsPerYear(cut);

	if (year == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("revenue by \"%s\" is not compared with one year earlier",
						PeriodUnitName(cut)),
				 errhint("Use longer periods: 'month'.")));
	return year;
}

/*
 * trailing_retention(s, as_of date, max_rows bigint) -> set of trailing_retention_row,
 *					  one a period
 *
 * The customers who paid at the end of the period one year earlier, and what they
 * pay at the end of this one. Rows begin one year after the first period. NULL
 * as_of: the last day on which a line started; NULL max_rows: no limit. A NULL summary
 * has no rows.
 */
Datum
trailing_retention(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	RowMemory	memory = {0};
	PackedView	summary;
	RevenueHead head;
	int32		year;
	PeriodWalk	now;
	PeriodWalk	then;
	int64		max_rows = MaxRowsArgument(fcinfo, 2);

	if (PG_ARGISNULL(0))
		return (Datum) 0;
	summary = PackedViewOf(PG_GETARG_DATUM(0));
	head = RevenueReadHead(summary.bytes);
	year = RequireYear(head.cut);
	BeginPeriods(&now, summary, AsOfOrLastStart(fcinfo, 1, &head), year, max_rows);
	BeginPeriods(&then, summary, now.as_of, year, max_rows);
	for (int32 i = 0; i < year; i++)
		if (!NextPeriod(&now))
			return (Datum) 0;

	while (NextPeriod(&now) && NextPeriod(&then))
	{
		const Movement *base = &then.end.paying;
		const RevenueStocks *stocks = &now.end;

		BeginRow(&memory);
		AddColumn(&row, FirstDayOf(&now, now.index));
		AddColumn(&row, FirstDayOf(&then, then.index));
		AddCountColumn(&row, base->customers);
		AddMoneyColumn(&row, base->mrr);
		AddCountColumn(&row, stocks->retained.customers);
		AddMoneyColumn(&row, stocks->retained.mrr);
		AddMoneyColumn(&row, stocks->gross_retained_mrr);
		AddRatioColumn(&row, stocks->retained.customers, base->customers);
		AddRatioColumn(&row, stocks->retained.mrr, base->mrr);
		AddRatioColumn(&row, stocks->gross_retained_mrr, base->mrr);
		AddColumn(&row, BoolGetDatum(IsComplete(&now)));
		EmitRow(result, &row);
		EndRow(&memory);
	}
	return (Datum) 0;
}

/* ---- customer_churn ---- */

/* The order is that of denominator_names. */
typedef enum ChurnDenominator
{
	DENOMINATOR_START,
	DENOMINATOR_START_PLUS_NEW,
	DENOMINATOR_AVERAGE
} ChurnDenominator;

static const char *const denominator_names[] = {"start", "start_plus_new", "average"};

/* What happens to customers who came and went within a period. */
typedef enum SamePeriod
{
	SAME_PERIOD_DROP,
	SAME_PERIOD_COUNT
} SamePeriod;

static const char *const same_period_names[] = {"drop", "count"};

static double
DenominatorOf(const PeriodWalk *walk, ChurnDenominator denominator, int64 came_and_went)
{
	double		start = (double) walk->start.paying.customers;

	switch (denominator)
	{
		case DENOMINATOR_START:
			return start;
		case DENOMINATOR_START_PLUS_NEW:
			return (double) (walk->start.paying.customers + walk->period.new_business.customers
							 + came_and_went);
		case DENOMINATOR_AVERAGE:
			return (start + (double) walk->end.paying.customers) / 2;
	}
	pg_unreachable();
}

/* The rate and its interval, as far as they are defined. */
static void
AddChurnRate(RowBuilder *row, double churned, double denominator, double z)
{
	ConfidenceInterval interval = {NAN, NAN};

	if (denominator > 0 && churned <= denominator)
		interval = WilsonInterval(churned, denominator, z);
	AddDoubleColumn(row, denominator > 0 ? churned / denominator : NAN);
	AddDoubleColumn(row, interval.low);
	AddDoubleColumn(row, interval.high);
}

/*
 * customer_churn(s, denominator text, same_period text, as_of date, confidence double
 *				  precision) -> set of customer_churn_row, one a period
 *
 * NULL as_of: the last day on which a line started. NULL for any other argument gives
 * no rows.
 */
Datum
customer_churn(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	PackedView	summary;
	RevenueHead head;
	ChurnDenominator denominator;
	SamePeriod	same_period;
	double		z;
	PeriodWalk	walk;
	int64		max_rows = MaxRowsArgument(fcinfo, 5);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(4))
		return (Datum) 0;
	summary = PackedViewOf(PG_GETARG_DATUM(0));
	head = RevenueReadHead(summary.bytes);
	denominator = (ChurnDenominator) ChoiceNumber(fcinfo, 1, "denominator", denominator_names,
												  lengthof(denominator_names));
	same_period = (SamePeriod) ChoiceNumber(fcinfo, 2, "same_period", same_period_names,
											lengthof(same_period_names));
	z = CriticalValueFor(PG_GETARG_FLOAT8(4));
	BeginPeriods(&walk, summary, AsOfOrLastStart(fcinfo, 3, &head), 0, max_rows);

	while (NextPeriod(&walk))
	{
		int64		came_and_went = same_period == SAME_PERIOD_COUNT
			? walk.period.inside.customers : 0;
		int64		churned = walk.period.churn.customers + came_and_went;
		double		denominator_customers = DenominatorOf(&walk, denominator, came_and_went);

		AddColumn(&row, FirstDayOf(&walk, walk.index));
		AddCountColumn(&row, churned);
		AddColumn(&row, Float8GetDatum(denominator_customers));
		AddChurnRate(&row, (double) churned, denominator_customers, z);
		AddColumn(&row, BoolGetDatum(IsComplete(&walk)));
		EmitRow(result, &row);
	}
	return (Datum) 0;
}
