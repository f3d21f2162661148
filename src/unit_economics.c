/*
 * unit_economics.c
 *	  What a customer is worth, and what he costs.
 *
 * Amounts of money are numeric all the way: a rate becomes the shortest decimal that
 * stands for it, so 0.1 is one tenth. Results are rounded half away from zero to six
 * decimals, as money is everywhere. What would divide by zero is NULL.
 */
#include "extension.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "money_numeric.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* Digits after the point of what is divided, or raised to a power. */
#define WORKING_SCALE 60

#define MIN_SHOWN_SCALE 2

PG_FUNCTION_INFO_V1(customer_lifetime_value);
PG_FUNCTION_INFO_V1(purchase_lifetime_value);
PG_FUNCTION_INFO_V1(cac);
PG_FUNCTION_INFO_V1(ltv_cac_ratio);
PG_FUNCTION_INFO_V1(cac_payback_months);
PG_FUNCTION_INFO_V1(profit_uplift);

/* ---- numeric arithmetic ---- */

static Datum
Subtract(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_sub, a, b);
}

static Datum
Multiply(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_mul, a, b);
}

static Datum
Round(Datum a, int scale)
{
	return DirectFunctionCall2(numeric_round, a, Int32GetDatum(scale));
}

static Datum
Divide(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_div, Round(a, WORKING_SCALE), b);
}

static Datum
Integer(int64 value)
{
	return NumericGetDatum(int64_to_numeric(value));
}

/* -1, 0 or 1 */
static int
Sign(Datum a)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, a, Integer(0)));
}

/* A finite number as the shortest decimal that reads back as the same number. */
static Datum
Decimal(double value)
{
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(value, text);
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

/* An amount as it is returned: six decimals at most, two at least. */
static Datum
Amount(Datum a)
{
	Datum		rounded = Round(a, MONEY_SCALE);
	int			scale = DatumGetInt32(DirectFunctionCall1(numeric_min_scale, rounded));

	return Round(rounded, Max(scale, MIN_SHOWN_SCALE));
}

/* ---- arguments ---- */

static Datum
NumericArgument(FunctionCallInfo fcinfo, int argno, const char *name)
{
	CheckFiniteNumeric(PG_GETARG_DATUM(argno), name);
	return PG_GETARG_DATUM(argno);
}

static Datum
NotNegativeNumeric(FunctionCallInfo fcinfo, int argno, const char *name)
{
	Datum		value = NumericArgument(fcinfo, argno, name);

	if (Sign(value) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative, not %s", name,
						DatumGetCString(DirectFunctionCall1(numeric_out, value)))));
	return value;
}

static Datum
NotNegativeDouble(FunctionCallInfo fcinfo, int argno, const char *name)
{
	double		value = PG_GETARG_FLOAT8(argno);

	if (!(value >= 0 && isfinite(value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite and not negative, not %.15g", name, value)));
	return Decimal(value);
}

/* A share that may be negative, as a margin or a net churn rate may, but not above 1. */
static Datum
ShareUpToOne(FunctionCallInfo fcinfo, int argno, const char *name)
{
	double		value = PG_GETARG_FLOAT8(argno);

	if (!(value <= 1 && isfinite(value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a share of at most 1, not %.15g", name, value),
				 value > 1 && value <= 100 ? errhint("Write 5 %% as 0.05.") : 0));
	return Decimal(value);
}

/* ---- functions ---- */

/*
 * customer_lifetime_value(arpa numeric, churn_rate, gross_margin) -> numeric: arpa x
 * gross_margin / churn_rate. NULL unless churn_rate is above 0. Strict.
 */
Datum
customer_lifetime_value(PG_FUNCTION_ARGS)
{
	Datum		arpa = NumericArgument(fcinfo, 0, "arpa");
	Datum		churn_rate = ShareUpToOne(fcinfo, 1, "churn_rate");
	Datum		gross_margin = ShareUpToOne(fcinfo, 2, "gross_margin");

	if (Sign(churn_rate) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(Amount(Divide(Multiply(arpa, gross_margin), churn_rate)));
}

/*
 * purchase_lifetime_value(unit_price numeric, purchase_frequency, duration) -> numeric:
 * their product. Strict.
 */
Datum
purchase_lifetime_value(PG_FUNCTION_ARGS)
{
	Datum		unit_price = NumericArgument(fcinfo, 0, "unit_price");
	Datum		frequency = NotNegativeDouble(fcinfo, 1, "purchase_frequency");
	Datum		duration = NotNegativeDouble(fcinfo, 2, "duration");

	PG_RETURN_DATUM(Amount(Multiply(Multiply(unit_price, frequency), duration)));
}

/* cac(spend numeric, new_customers numeric) -> numeric; NULL without customers. Strict. */
Datum
cac(PG_FUNCTION_ARGS)
{
	Datum		spend = NumericArgument(fcinfo, 0, "spend");
	Datum		new_customers = NotNegativeNumeric(fcinfo, 1, "new_customers");

	if (Sign(new_customers) == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(Amount(Divide(spend, new_customers)));
}

/* ltv_cac_ratio(ltv numeric, cac numeric) -> double; NULL for a cac of 0. Strict. */
Datum
ltv_cac_ratio(PG_FUNCTION_ARGS)
{
	Datum		ltv = NumericArgument(fcinfo, 0, "ltv");
	Datum		cost = NotNegativeNumeric(fcinfo, 1, "cac");

	if (Sign(cost) == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall1(numeric_float8, Divide(ltv, cost)));
}

/*
 * cac_payback_months(cac numeric, arpa numeric, gross_margin) -> double: cac / (arpa x
 * gross_margin). NULL where that earns nothing, so that the cost never comes back. Strict.
 */
Datum
cac_payback_months(PG_FUNCTION_ARGS)
{
	Datum		cost = NotNegativeNumeric(fcinfo, 0, "cac");
	Datum		arpa = NumericArgument(fcinfo, 1, "arpa");
	Datum		gross_margin = ShareUpToOne(fcinfo, 2, "gross_margin");
	Datum		earned = Multiply(arpa, gross_margin);

	if (Sign(earned) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall1(numeric_float8, Divide(cost, earned)));
}

/* A churn rate between 0 and 1, or an error. */
static void
CheckChurnRate(Datum rate, const char *name)
{
	if (Sign(rate) < 0 || Sign(Subtract(rate, Integer(1))) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between 0 and 1, not %s", name,
						DatumGetCString(DirectFunctionCall1(numeric_out, rate)))));
}

/*
 * Periods that a customer stays who goes with a probability after each: the sum over
 * t = 1..num_periods of (1 - churn)^t. The churn rate is not 0.
 */
static Datum
PeriodsStayed(Datum churn, int32 num_periods)
{
	Datum		stay = Subtract(Integer(1), churn);
	Datum		power = DirectFunctionCall2(numeric_power, Round(stay, WORKING_SCALE),
											Integer(num_periods));

	return Divide(Multiply(stay, Subtract(Integer(1), power)), churn);
}

/* The same for ever. */
static Datum
PeriodsStayedForEver(Datum churn)
{
	return Divide(Subtract(Integer(1), churn), churn);
}

/* The sum over num_periods, or for ever; false if there is none. */
static bool
FindPeriodsStayed(Datum churn, bool for_ever, int32 num_periods, Datum *stayed)
{
	if (for_ever && Sign(churn) == 0)
		return false;
	if (Sign(churn) == 0)
		*stayed = Integer(num_periods);
	else
		*stayed = for_ever ? PeriodsStayedForEver(churn) : PeriodsStayed(churn, num_periods);
	return true;
}

static double
FiniteDouble(FunctionCallInfo fcinfo, int argno, const char *name)
{
	double		value = PG_GETARG_FLOAT8(argno);

	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite, not %.15g", name, value)));
	return value;
}

/*
 * profit_uplift(customers numeric, margin_per_customer numeric, churn_rate,
 * churn_reduction, cost numeric, periods integer) -> numeric: what lower churn brings.
 * NULL periods is for ever, which a churn rate of 0 makes NULL; NULL for another NULL.
 */
Datum
profit_uplift(PG_FUNCTION_ARGS)
{
	bool		for_ever = PG_ARGISNULL(5);
	int32		num_periods = for_ever ? 0 : PG_GETARG_INT32(5);
	Datum		value_of_period;
	Datum		churn;
	Datum		reduced;
	Datum		stayed;
	Datum		stayed_reduced;
	Datum		cost;

	for (int argno = 0; argno < 5; argno++)
		if (PG_ARGISNULL(argno))
			PG_RETURN_NULL();
	value_of_period = Multiply(NotNegativeNumeric(fcinfo, 0, "customers"),
							   NumericArgument(fcinfo, 1, "margin_per_customer"));
	churn = Decimal(FiniteDouble(fcinfo, 2, "churn_rate"));
	reduced = Subtract(churn, Decimal(FiniteDouble(fcinfo, 3, "churn_reduction")));
	cost = NumericArgument(fcinfo, 4, "cost");
	CheckChurnRate(churn, "churn_rate");
	CheckChurnRate(reduced, "churn_rate - churn_reduction");
	if (num_periods < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("periods must be at least 0, not %d", num_periods),
				 errhint("NULL is for ever.")));
	if (!FindPeriodsStayed(churn, for_ever, num_periods, &stayed) ||
		!FindPeriodsStayed(reduced, for_ever, num_periods, &stayed_reduced))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(Amount(Subtract(Multiply(value_of_period, Subtract(stayed_reduced, stayed)),
									cost)));
}
