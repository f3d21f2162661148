/*
 * period_spec.c
 *	  The type period_spec: its text form, periods(), and the casts.
 *
 * Text form: unit, then in any order a time zone, week_start=1..7, elapsed,
 * brackets=1,8,15,31. It is written in that order, with the zone's name as the
 * zone database spells it, and without what is the default.
 *
 * A value may name a zone that this server does not know, because it comes from a
 * machine that does: it is read, written, compared and sent like any other. The
 * functions that use a spec look its zone up (period.c). periods() is no exception,
 * because the planner evaluates it for every query of a table that has it in the
 * expression of an index.
 */
#include "period.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"

static const PackedType PeriodSpecType = {
	.name = "period_spec",
	.check = PeriodSpecCheck
};

static const char *const unit_names[] = {
	[PERIOD_DAY] = "day",
	[PERIOD_WEEK] = "week",
	[PERIOD_MONTH] = "month",
	[PERIOD_QUARTER] = "quarter",
	[PERIOD_YEAR] = "year"
};

/* A period_spec while it is put together. */
typedef struct SpecBuilder
{
	int			unit;			/* 0: not given yet */
	const char *zone;			/* NULL: none */
	bool		zone_is_missing;	/* on this server; set when the spec is built */
	bool		has_week_start;
	int			week_start;
	bool		elapsed;
	int			num_brackets;
	int32		brackets[MAX_BRACKETS + 1];
} SpecBuilder;

PG_FUNCTION_INFO_V1(period_spec_in);
PG_FUNCTION_INFO_V1(period_spec_out);
PG_FUNCTION_INFO_V1(period_spec_recv);
PACKED_FUNCTION(period_spec_send, return PackedSend(fcinfo, &PeriodSpecType))
PACKED_COMPARISON_FUNCTIONS(period_spec, &PeriodSpecType)
PG_FUNCTION_INFO_V1(period_spec_from_text);
PG_FUNCTION_INFO_V1(periods);

/* The name of a cut's unit, for messages. */
const char *
PeriodUnitName(PeriodCut cut)
{
	return unit_names[cut.unit];
}

/* The unit with a name, in any case; 0 if there is none. */
static int
UnitWithName(const char *name)
{
	for (int unit = PERIOD_DAY; unit <= PERIOD_YEAR; unit++)
		if (pg_strcasecmp(name, unit_names[unit]) == 0)
			return unit;
	return 0;
}

/* An unknown unit: always returns NULL, if it returns. */
static Packed *
RefuseUnit(const char *given, Node *escontext)
{
	ereturn(escontext, NULL,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown unit in a period_spec: \"%s\"", given),
			 errhint("The units are day, week, month, quarter and year; the time zone is a part of its own.")));
}

/*
 * Check what was put together and pack it. NULL after a soft error.
 *
 * week_start is kept only for weeks, so that specs that cut alike are equal.
 */
static Packed *
BuildSpec(SpecBuilder *builder, Node *escontext)
{
	PeriodSpec	spec = {0};
	Packed	   *packed;
	const char *problem;

	(void) escontext;			/* not looked at before version 16 */
	if (builder->week_start < 1 || builder->week_start > 7)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("week_start must be between 1 (Monday) and 7 (Sunday), not %d",
						builder->week_start)));
	problem = PeriodBracketsCheck(builder->brackets, builder->num_brackets);
	if (problem != NULL)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid brackets of a period_spec"),
				 errdetail("%s", problem),
				 errhint("brackets=1,8,15,31 makes ages 0, 1 to 7, 8 to 14, 15 to 30, 31 and later.")));

	spec.cut.unit = (uint8) builder->unit;
	spec.cut.week_start = (uint8) (builder->unit == PERIOD_WEEK ? builder->week_start : 1);
	spec.elapsed = builder->elapsed;
	spec.num_brackets = builder->num_brackets;
	spec.brackets = builder->brackets;
	if (builder->zone != NULL)
	{
		bool		is_known;

		spec.zone = StoredZoneName(builder->zone, &is_known);
		if (spec.zone == NULL)
			ereturn(escontext, NULL,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown time zone in a period_spec: \"%s\"", builder->zone),
					 errhint("Use a name of the zone database such as Europe/Berlin or UTC; for a fixed offset Etc/GMT-2, which is two hours east of Greenwich. See pg_timezone_names.")));
		spec.zone_length = strlen(spec.zone);
		builder->zone_is_missing = !is_known;
	}

	packed = PackedAlloc(PeriodSpecSize(&spec));
	PeriodSpecPack(&spec, packed->bytes);
	return packed;
}

/* Reads an integer and returns what follows it; NULL if there is none. */
static const char *
ParseInteger(const char *text, int32 *result)
{
	char	   *end;
	long		value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || errno != 0 || value < PG_INT32_MIN || value > PG_INT32_MAX)
		return NULL;
	*result = (int32) value;
	return end;
}

static bool
ParseOnlyInteger(const char *text, int32 *result)
{
	const char *end = ParseInteger(text, result);

	return end != NULL && *end == '\0';
}

/* Reads "1,8,15,31"; one too many is kept, for the error to come from one place. */
static bool
ParseBrackets(const char *list, SpecBuilder *builder)
{
	for (;;)
	{
		if (builder->num_brackets > MAX_BRACKETS)
			return true;
		list = ParseInteger(list, &builder->brackets[builder->num_brackets]);
		if (list == NULL)
			return false;
		builder->num_brackets++;
		if (*list == '\0')
			return true;
		if (*list++ != ',')
			return false;
	}
}

/* Takes one word after the unit; false if it cannot be understood. */
static bool
ParseOption(const char *word, SpecBuilder *builder)
{
	if (pg_strcasecmp(word, "elapsed") == 0)
	{
		bool		repeated = builder->elapsed;

		builder->elapsed = true;
		return !repeated;
	}
	if (pg_strncasecmp(word, "week_start=", 11) == 0)
	{
		bool		repeated = builder->has_week_start;

		builder->has_week_start = true;
		return !repeated && ParseOnlyInteger(word + 11, &builder->week_start);
	}
	if (pg_strncasecmp(word, "brackets=", 9) == 0)
		return builder->num_brackets == 0 && ParseBrackets(word + 9, builder);
	if (builder->zone != NULL || strchr(word, '=') != NULL)
		return false;
	builder->zone = word;
	return true;
}

/*
 * Tell the user of a value with a zone that this server does not know, once for a
 * call of a function: not for each row of COPY. Restoring a dump hides notices.
 */
static void
NoticeMissingZone(FunctionCallInfo fcinfo, const SpecBuilder *builder)
{
	static char already_told;

	if (!builder->zone_is_missing || fcinfo->flinfo == NULL || fcinfo->flinfo->fn_extra != NULL)
		return;
	fcinfo->flinfo->fn_extra = &already_told;
	ereport(NOTICE,
			(errmsg("unknown time zone in a period_spec: \"%s\"", builder->zone),
			 errdetail("The value is kept, but to use it is an error."),
			 errhint(MISSING_ZONE_HINT)));
}

/* The text form of a period_spec; NULL after a soft error. */
static Packed *
ParseSpec(FunctionCallInfo fcinfo, const char *text, Node *escontext)
{
	static const char *const blanks = " \t\n\r\f\v";
	SpecBuilder builder = {.week_start = 1};
	Packed	   *packed;
	char	   *copy = pstrdup(text);
	char	   *rest = NULL;

	for (char *word = strtok_r(copy, blanks, &rest); word != NULL;
		 word = strtok_r(NULL, blanks, &rest))
	{
		if (builder.unit == 0)
		{
			builder.unit = UnitWithName(word);
			if (builder.unit == 0)
				break;
		}
		else if (!ParseOption(word, &builder))
			ereturn(escontext, NULL,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("malformed period_spec: \"%s\"", text),
					 errdetail("\"%s\" cannot be understood.", word),
					 errhint("After the unit come a time zone, week_start=1..7, elapsed, brackets=1,8,15,31, each at most once.")));
	}
	if (builder.unit == 0)
		return RefuseUnit(text, escontext);
	packed = BuildSpec(&builder, escontext);
	NoticeMissingZone(fcinfo, &builder);
	return packed;
}

/* cstring -> period_spec */
Datum
period_spec_in(PG_FUNCTION_ARGS)
{
	Packed	   *packed = ParseSpec(fcinfo, PG_GETARG_CSTRING(0), INPUT_ERROR_CONTEXT(fcinfo));

	if (packed == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(packed);
}

/* text or varchar -> period_spec: drivers bind strings, so the cast is implicit */
Datum
period_spec_from_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ParseSpec(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(0)), NULL));
}

/* The text form of a spec. */
char *
PeriodSpecText(const PeriodSpec *spec)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, PeriodUnitName(spec->cut));
	if (spec->zone_length > 0)
		appendStringInfo(&text, " %.*s", (int) spec->zone_length, spec->zone);
	if (spec->cut.week_start != 1)
		appendStringInfo(&text, " week_start=%d", spec->cut.week_start);
	if (spec->elapsed)
		appendStringInfoString(&text, " elapsed");
	for (int i = 0; i < spec->num_brackets; i++)
		appendStringInfo(&text, "%s%d", i == 0 ? " brackets=" : ",", spec->brackets[i]);
	return text.data;
}

/* period_spec -> cstring */
Datum
period_spec_out(PG_FUNCTION_ARGS)
{
	PackedView	view = PackedViewOf(PG_GETARG_DATUM(0));
	int32		brackets[MAX_BRACKETS];
	PeriodSpec	spec;

	PeriodSpecUnpack(view.bytes, view.size, &spec, brackets);
	PG_RETURN_CSTRING(PeriodSpecText(&spec));
}

/*
 * binary message -> period_spec
 *
 * The zone is stored as this server spells it, as text is: the sender may not have
 * known it, and have kept another spelling.
 */
Datum
period_spec_recv(PG_FUNCTION_ARGS)
{
	Packed	   *packed = (Packed *) DatumGetPointer(PackedReceive(fcinfo, &PeriodSpecType));
	int32		brackets[MAX_BRACKETS];
	PeriodSpec	spec;

	PeriodSpecUnpack(packed->bytes, PACKED_SIZE(packed), &spec, brackets);
	if (spec.zone_length > 0)
	{
		char	   *name = pnstrdup(spec.zone, spec.zone_length);
		bool		is_known;

		spec.zone = StoredZoneName(name, &is_known);
		if (spec.zone == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("malformed binary period_spec of %zu bytes", PACKED_SIZE(packed)),
					 errdetail("Unknown time zone \"%s\".", name)));
		spec.zone_length = strlen(spec.zone);
		packed = PackedAlloc(PeriodSpecSize(&spec));
		PeriodSpecPack(&spec, packed->bytes);
	}
	PG_RETURN_POINTER(packed);
}

static void
TakeBrackets(ArrayType *array, SpecBuilder *builder)
{
	Datum	   *items;
	bool	   *nulls;
	int			num_items;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("brackets must be a list, not an array of %d dimensions",
						ARR_NDIM(array))));
	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("brackets must not be empty"),
				 errhint("Leave them NULL for no brackets.")));
	deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT,
					  &items, &nulls, &num_items);
	/* one too many is kept, for the error to come from one place */
	for (int i = 0; i < Min(num_items, MAX_BRACKETS + 1); i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("brackets must not contain NULL")));
		builder->brackets[builder->num_brackets++] = DatumGetInt32(items[i]);
	}
}

/*
 * periods(unit text, timezone text, week_start integer, elapsed boolean,
 *		   brackets integer[]) -> period_spec
 *
 * NULL for the unit gives NULL; NULL for any other argument is its default.
 */
Datum
periods(PG_FUNCTION_ARGS)
{
	SpecBuilder builder = {.week_start = 1};
	Packed	   *packed;
	char	   *unit;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	unit = text_to_cstring(PG_GETARG_TEXT_PP(0));
	builder.unit = UnitWithName(unit);
	if (builder.unit == 0)
		RefuseUnit(unit, NULL);
	if (!PG_ARGISNULL(1))
		builder.zone = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!PG_ARGISNULL(2))
		builder.week_start = PG_GETARG_INT32(2);
	if (!PG_ARGISNULL(3))
		builder.elapsed = PG_GETARG_BOOL(3);
	if (!PG_ARGISNULL(4))
		TakeBrackets(PG_GETARG_ARRAYTYPE_P(4), &builder);
	packed = BuildSpec(&builder, NULL);
	NoticeMissingZone(fcinfo, &builder);
	PG_RETURN_POINTER(packed);
}
