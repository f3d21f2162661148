/*
 * logistic_model.c
 *	  logistic_model: the type, and what a model says.
 */
#include "logistic.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "distributions.h"
#include "mb/pg_wchar.h"
#include "rows.h"
#include "statistics.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define MAX_POINT_DIGITS 15

static const char *CheckModel(const uint8 *bytes, size_t size);

const PackedType LogisticModelType = {
	.name = "logistic_model",
	.check = CheckModel
};

PACKED_SUMMARY_FUNCTIONS(logistic_model, &LogisticModelType)

PG_FUNCTION_INFO_V1(logistic_coefficients);
PG_FUNCTION_INFO_V1(logistic_predict);
PG_FUNCTION_INFO_V1(logistic_explain_prediction);
PG_FUNCTION_INFO_V1(logistic_log_likelihood);
PG_FUNCTION_INFO_V1(logistic_num_rows);
PG_FUNCTION_INFO_V1(logistic_num_skipped);
PG_FUNCTION_INFO_V1(logistic_converged);
PG_FUNCTION_INFO_V1(logistic_scorecard_points);

/* The format's check, and that names are text in this database. */
static const char *
CheckModel(const uint8 *bytes, size_t size)
{
	const char *problem = LogisticCheck(bytes, size);
	LogisticReader reader;
	LogisticTerm term;

	if (problem != NULL)
		return problem;
	LogisticReadHead(bytes, size, &reader);
	while (LogisticReadTerm(&reader, &term))
		if (term.name_length > 0 &&
			!pg_verifymbstr((const char *) term.name, (int) term.name_length, true))
			return "The name of a feature is not in the encoding of this database.";
	return NULL;
}

/* Start to read the model in argument 0. */
static LogisticHead
ReadModel(FunctionCallInfo fcinfo, LogisticReader *reader)
{
	PackedView	view = PackedViewOf(PG_GETARG_DATUM(0));

	return LogisticReadHead(view.bytes, view.size, reader);
}

static Datum
TermName(const LogisticTerm *term)
{
	if (term->name_length == 0)
		return CStringGetTextDatum(INTERCEPT_NAME);
	return PointerGetDatum(cstring_to_text_with_len((const char *) term->name, (int) term->name_length));
}

/*
 * coefficients(m, confidence) -> rows. Wald statistics (Hosmer, Lemeshow and
 * Sturdivant, Applied Logistic Regression, 3rd edition 2013, sections 1.4 and 2.4);
 * NULL where the fit did not converge.
 */
Datum
logistic_coefficients(PG_FUNCTION_ARGS)
{
	double		critical = CriticalValueFor(PG_GETARG_FLOAT8(1));
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	LogisticReader reader;
	LogisticTerm term;

	ReadModel(fcinfo, &reader);
	while (LogisticReadTerm(&reader, &term))
	{
		double		b = term.coefficient;
		double		stderr_b = term.stderr_coefficient;

		AddColumn(&row, TermName(&term));
		AddDoubleColumn(&row, b);
		AddDoubleColumn(&row, stderr_b);
		AddDoubleColumn(&row, b / stderr_b);
		AddDoubleColumn(&row, isnan(b / stderr_b) ? NAN : NormalTwoSided(b / stderr_b));
		AddDoubleColumn(&row, exp(b));
		AddDoubleColumn(&row, b - critical * stderr_b);
		AddDoubleColumn(&row, b + critical * stderr_b);
		EmitRow(result, &row);
	}
	return (Datum) 0;
}

/* The features in argument 1, as many as the model has. */
static FeatureValues
FeaturesOfArgument(FunctionCallInfo fcinfo, uint32 num_features)
{
	FeatureValues features = ReadFeatures(PG_GETARG_ARRAYTYPE_P(1));

	if ((uint32) features.num != num_features)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("the model has %u features, not %d", num_features, features.num)));
	return features;
}

/* predict(m, features) -> the probability; NULL if a feature is NULL */
Datum
logistic_predict(PG_FUNCTION_ARGS)
{
	LogisticReader reader;
	LogisticHead head = ReadModel(fcinfo, &reader);
	FeatureValues features = FeaturesOfArgument(fcinfo, head.num_features);
	LogisticTerm term;
	double		eta = 0;

	if (features.has_null)
		PG_RETURN_NULL();
	for (int i = -1; LogisticReadTerm(&reader, &term); i++)
		eta += i < 0 ? term.coefficient : term.coefficient * features.values[i];
	if (isnan(eta))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the features are too large for a prediction")));
	PG_RETURN_FLOAT8(eta >= 0 ? 1 / (1 + exp(-eta)) : exp(eta) / (1 + exp(eta)));
}

/* The values of an array in which some are NULL. */
static void
DeconstructFeatures(FunctionCallInfo fcinfo, Datum **values, bool **nulls)
{
	int			num;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, values, nulls, &num);
}

/*
 * explain_prediction(m, features) -> rows: what each adds to the logarithm of the odds.
 * The contribution of a feature that is NULL is NULL.
 */
Datum
logistic_explain_prediction(PG_FUNCTION_ARGS)
{
	LogisticReader reader;
	LogisticHead head = ReadModel(fcinfo, &reader);
	ReturnSetInfo *result = BeginRows(fcinfo);
	RowBuilder	row = {0};
	LogisticTerm term;
	Datum	   *values;
	bool	   *nulls;

	(void) FeaturesOfArgument(fcinfo, head.num_features);
	DeconstructFeatures(fcinfo, &values, &nulls);
	for (int i = -1; LogisticReadTerm(&reader, &term); i++)
	{
		double		value = i < 0 ? 1 : nulls[i] ? NAN : DatumGetFloat8(values[i]);

		AddColumn(&row, TermName(&term));
		AddDoubleColumn(&row, value);
		AddDoubleColumn(&row, term.coefficient * value);
		EmitRow(result, &row);
	}
	return (Datum) 0;
}

/* log_likelihood(m): of the rows at the coefficients */
Datum
logistic_log_likelihood(PG_FUNCTION_ARGS)
{
	LogisticReader reader;

	PG_RETURN_FLOAT8(ReadModel(fcinfo, &reader).log_likelihood);
}

/* num_rows(m): rows that were fitted */
Datum
logistic_num_rows(PG_FUNCTION_ARGS)
{
	LogisticReader reader;

	PG_RETURN_INT64((int64) ReadModel(fcinfo, &reader).num_rows);
}

/* num_skipped(m): rows left out, because something in them was NULL */
Datum
logistic_num_skipped(PG_FUNCTION_ARGS)
{
	LogisticReader reader;

	PG_RETURN_INT64((int64) ReadModel(fcinfo, &reader).num_skipped);
}

/* converged(m): whether the coefficients are those of the maximum */
Datum
logistic_converged(PG_FUNCTION_ARGS)
{
	LogisticReader reader;

	PG_RETURN_BOOL(ReadModel(fcinfo, &reader).converged);
}

/* A finite number in argument argno; an error otherwise. */
static double
FiniteArgument(FunctionCallInfo fcinfo, int argno, const char *name, bool positive)
{
	double		value = PG_GETARG_FLOAT8(argno);

	if (!isfinite(value) || (positive && value <= 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a finite number%s, not %.15g", name,
						positive ? " greater than 0" : "", value)));
	return value;
}

/* Points rounded to digits after the point. */
static Datum
PointsDatum(double points, int32 digits)
{
	if (!isfinite(points))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the points are out of range")));
	return DirectFunctionCall2(numeric_round,
							   DirectFunctionCall1(float8_numeric, Float8GetDatum(points)),
							   Int32GetDatum(digits));
}

/*
 * scorecard_points(m, pdo, base_points, base_odds, digits) -> rows: the model as points
 * that are added up; pdo points more double the odds, base_points stand for base_odds
 * (Siddiqi, Credit Risk Scorecards, 2006, chapter 6, with more points for what
 * converts).
 */
Datum
logistic_scorecard_points(PG_FUNCTION_ARGS)
{
	double		factor = FiniteArgument(fcinfo, 1, "pdo", true) / M_LN2;
	double		base_points = FiniteArgument(fcinfo, 2, "base_points", false);
	double		base_odds = FiniteArgument(fcinfo, 3, "base_odds", true);
	int32		digits = PG_GETARG_INT32(4);
	ReturnSetInfo *result;
	RowBuilder	row = {0};
	LogisticReader reader;
	LogisticTerm term;

	if (digits < 0 || digits > MAX_POINT_DIGITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("digits must be between 0 and %d, not %d", MAX_POINT_DIGITS, digits)));
	result = BeginRows(fcinfo);
	ReadModel(fcinfo, &reader);
	while (LogisticReadTerm(&reader, &term))
	{
		double		points = term.name_length == 0
			? base_points + factor * (term.coefficient - log(base_odds))
			: factor * term.coefficient;

		AddColumn(&row, TermName(&term));
		AddColumn(&row, PointsDatum(points, digits));
		EmitRow(result, &row);
	}
	return (Datum) 0;
}
