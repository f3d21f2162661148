/*
 * monthly_amount.c
 *	  What an amount for a billing period is by the month.
 *
 * A month is a twelfth of a year of 365.25 days. So an amount for m months and d days
 * is amount / (m + d x 12 / 365.25) = amount x 1461 / (1461 m + 48 d) by the month, a
 * ratio of integers.
 */
#include "money_numeric.h"

#include "miscadmin.h"
#include "period.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#define PARTS_OF_MONTH 1461
#define PARTS_OF_DAY 48

PG_FUNCTION_INFO_V1(monthly_amount_interval);
PG_FUNCTION_INFO_V1(monthly_amount_unit);

/* amount, which is for months and days, not both 0, by the month */
static Datum
MonthlyAmount(Money amount, Money months, Money days)
{
	Money		result;

	if (!MoneyMultiplyDivide(amount, PARTS_OF_MONTH,
							 months * PARTS_OF_MONTH + days * PARTS_OF_DAY, &result))
		MoneyOutOfRange();
	return NumericOfMoney(result);
}

/* An interval, in one form whatever IntervalStyle says, for messages. */
static char *
IntervalForMessage(const Interval *interval)
{
	char		text[MAXDATELEN + 1];
	struct pg_itm parts;

	if (INTERVAL_IS_INFINITE(interval))
		return pstrdup(interval->month < 0 ? "-infinity" : "infinity");
	interval2itm(*interval, &parts);
	EncodeInterval(&parts, INTSTYLE_POSTGRES, text);
	return pstrdup(text);
}

static void
CheckBillingPeriod(const Interval *interval)
{
	if (interval->time == 0 && interval->month >= 0 && interval->day >= 0 &&
		(interval->month > 0 || interval->day > 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("billing_period must be whole months and days, at least one of them, not %s",
					IntervalForMessage(interval)),
			 interval->time != 0 && interval->day == 0 && interval->month == 0
			 ? errhint("24 hours are written as '1 day'.") : 0));
}

/*
 * monthly_amount(amount numeric, billing_period interval) -> numeric, rounded half away
 * from zero to six decimals. The period is months and days, none negative. Strict.
 */
Datum
monthly_amount_interval(PG_FUNCTION_ARGS)
{
	Money		amount = MoneyOfNumeric(PG_GETARG_DATUM(0), "amount");
	const Interval *interval = PG_GETARG_INTERVAL_P(1);

	CheckBillingPeriod(interval);
	PG_RETURN_DATUM(MonthlyAmount(amount, interval->month, interval->day));
}

/*
 * monthly_amount(amount numeric, unit period_spec, count bigint) -> numeric: the same
 * for count days, weeks, months, quarters or years. Strict.
 */
Datum
monthly_amount_unit(PG_FUNCTION_ARGS)
{
	Money		amount = MoneyOfNumeric(PG_GETARG_DATUM(0), "amount");
	PeriodReader *unit = PeriodReaderFor(fcinfo, 1);
	Money		count = PG_GETARG_INT64(2);

	RequireCalendarPeriods(unit);
	RequireNoZone(unit, "billing period");
	if (count <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("count must be at least 1, not " INT64_FORMAT, PG_GETARG_INT64(2))));
	switch (unit->spec.cut.unit)
	{
		case PERIOD_DAY:
			PG_RETURN_DATUM(MonthlyAmount(amount, 0, count));
		case PERIOD_WEEK:
			PG_RETURN_DATUM(MonthlyAmount(amount, 0, 7 * count));
		case PERIOD_MONTH:
			PG_RETURN_DATUM(MonthlyAmount(amount, count, 0));
		case PERIOD_QUARTER:
			PG_RETURN_DATUM(MonthlyAmount(amount, 3 * count, 0));
		default:
			PG_RETURN_DATUM(MonthlyAmount(amount, 12 * count, 0));
	}
}
