/*
 * respondents.c
 *	  respondent_series: answers by period, added up by respondent.
 *
 * Sums over respondents of numbers of answers, of contributions and of their products are
 * all that the variance of a score needs where a respondent answers more than once, and
 * the covariance of two periods in a row where the same respondents answer in both.
 * A respondent must be in one summary only, for summaries to be merged.
 */
#include "respondents.h"

#include "miscadmin.h"
#include "period.h"
#include "survey.h"

static const PackedType RespondentSeriesType = {
	.name = "respondent_series",
	.check = RespondentSeriesCheck
};

PACKED_SUMMARY_FUNCTIONS(respondent_series, &RespondentSeriesType)

PG_FUNCTION_INFO_V1(respondent_series_merge);
PG_FUNCTION_INFO_V1(respondent_series_combine);

static const char *
MeasureText(const RespondentHead *head)
{
	switch (head->measure)
	{
		case MEASURE_NPS:
			return "NPS";
		case MEASURE_SHARE:
			return psprintf("the share of the %d highest scores", head->boxes);
		case MEASURE_MEAN:
			return "the mean score";
	}
	pg_unreachable();
}

/* An error unless two series, or two rows of one, measure the same by the same periods. */
void
RequireSameRespondents(const RespondentHead *a, const RespondentHead *b)
{
	if (unlikely(a->measure != b->measure || a->boxes != b->boxes))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s cannot be combined with %s", MeasureText(a), MeasureText(b))));
	RequireSameScale(a->scale, b->scale);
	RequireSameSeriesCut(a->cut, b->cut);
}

/* The series of periods in order. */
Packed *
PackRespondents(const RespondentHead *head, const RespondentPeriod *periods, size_t num_periods)
{
	int64		first = PeriodIndex(head->cut, head->first_day);
	int64		next = first;
	size_t		size = RESPONDENT_HEAD_SIZE;
	Packed	   *packed;
	uint8	   *p;

	for (size_t i = 0; i < num_periods; i++)
	{
		size += RespondentPeriodSize(&periods[i], (uint64) (periods[i].index - next));
		next = (int64) periods[i].index + 1;
	}
	packed = PackedAlloc(size);
	RespondentWriteHead(packed->bytes, head);
	p = packed->bytes + RESPONDENT_HEAD_SIZE;
	next = first;
	for (size_t i = 0; i < num_periods; i++)
	{
		p = RespondentWritePeriod(p, &periods[i], (uint64) (periods[i].index - next));
		next = (int64) periods[i].index + 1;
	}
	return packed;
}

/* The periods of two series in order, those of both added up. */
typedef struct PeriodList
{
	RespondentPeriod *periods;
	size_t		num_periods;
	size_t		max_periods;
} PeriodList;

static void
AppendPeriod(PeriodList *list, const RespondentPeriod *period)
{
	if (list->num_periods == list->max_periods)
	{
		list->max_periods *= 2;
		list->periods = (RespondentPeriod *)
			repalloc_huge(list->periods, sizeof(RespondentPeriod) * list->max_periods);
	}
	list->periods[list->num_periods++] = *period;
}

static PeriodList
MergePeriods(PackedView a, PackedView b)
{
	PeriodList	list = {.max_periods = 32};
	RespondentReader readers[2];
	RespondentPeriod periods[2];
	bool		has_period[2];

	list.periods = (RespondentPeriod *) palloc(sizeof(RespondentPeriod) * list.max_periods);
	RespondentReadBegin(&readers[0], a.bytes, a.size);
	RespondentReadBegin(&readers[1], b.bytes, b.size);
	for (int i = 0; i < 2; i++)
		has_period[i] = RespondentReadPeriod(&readers[i], &periods[i]);
	while (has_period[0] || has_period[1])
	{
		int			earlier = !has_period[0] ||
			(has_period[1] && periods[1].index < periods[0].index) ? 1 : 0;
		bool		is_in_both = has_period[0] && has_period[1] &&
			periods[0].index == periods[1].index;

		if (is_in_both && !AddRespondentNumbers(&periods[0], &periods[1]))
			TooManyAnswers();
		AppendPeriod(&list, &periods[earlier]);
		for (int i = 0; i < 2; i++)
			if (i == earlier || is_in_both)
				has_period[i] = RespondentReadPeriod(&readers[i], &periods[i]);
	}
	return list;
}

static Datum
MergeArguments(FunctionCallInfo fcinfo)
{
	PackedView	a = PackedViewOf(PG_GETARG_DATUM(0));
	PackedView	b = PackedViewOf(PG_GETARG_DATUM(1));
	RespondentHead head = RespondentReadHead(a.bytes);
	RespondentHead other = RespondentReadHead(b.bytes);
	PeriodList	list;
	Packed	   *sum;

	RequireSameRespondents(&head, &other);
	head.first_day = Min(head.first_day, other.first_day);
	head.last_day = Max(head.last_day, other.last_day);
	list = MergePeriods(a, b);
	sum = PackRespondents(&head, list.periods, list.num_periods);
	pfree(list.periods);
	PG_RETURN_POINTER(sum);
}

/*
 * state, series -> state: transition and combine function of merge_agg. Strict.
 */
Datum
respondent_series_merge(PG_FUNCTION_ARGS)
{
	return MergeArguments(fcinfo);
}

/* combine(a, b): the respondents of both; NULL counts as none. */
Datum
respondent_series_combine(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	return MergeArguments(fcinfo);
}
