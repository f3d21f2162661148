/*
 * calendar.c
 *	  Days and the calendar periods they fall into.
 *
 * The conversions between a day and its year, month and day of month count from
 * 0000-03-01, so that the leap day is the last day of a year. From a day they
 * follow C. Neri and L. Schneider, "Euclidean affine functions and their
 * application to calendar algorithms", Software: Practice and Experience 53
 * (2023), to a day Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"
 * (2013). They are several times faster than timestamp2tm().
 */
#include "calendar.h"

#define EPOCH_DAY (-10957)		/* 1970-01-01, counted from 2000-01-01 */
#define EPOCH_YEAR 1970
#define EPOCH_WEEKDAY 4			/* 1970-01-01 was a Thursday; Monday is 1 */

#define DAYS_FROM_YEAR_ZERO 730425	/* 0000-03-01 to 2000-01-01 */
#define DAYS_IN_ERA 146097		/* an era: 400 years, after which all repeats */
#define ERAS_BEFORE 12			/* 4801 BC: before the first date */

typedef struct CivilDay
{
	int32_t		year;			/* astronomical: 0 is 1 BC */
	int32_t		month;			/* 1..12 */
	int32_t		day;			/* 1..31 */
} CivilDay;

static inline int64_t
FloorDivide(int64_t a, int64_t b)
{
	int64_t		quotient = a / b;

	return quotient - (a % b < 0);
}

static inline CivilDay
CivilFromDay(int32_t day)
{
	/* counted from the 1 March that starts an era before all dates */
	uint64_t	n = (uint64_t) ((int64_t) day + DAYS_FROM_YEAR_ZERO
								+ (int64_t) ERAS_BEFORE * DAYS_IN_ERA);
	uint64_t	century = (4 * n + 3) / DAYS_IN_ERA;
	uint32_t	day_of_century = (uint32_t) ((4 * n + 3) % DAYS_IN_ERA / 4);
	uint64_t	scaled = UINT64_C(2939745) * (4 * day_of_century + 3);
	uint32_t	year_of_century = (uint32_t) (scaled >> 32);
	uint32_t	day_of_year = (uint32_t) scaled / 2939745 / 4;
	uint32_t	month_and_day = 2141 * day_of_year + 197913;
	uint32_t	month = month_and_day >> 16;	/* March is 3, February 14 */
	CivilDay	civil;

	civil.day = (int32_t) ((month_and_day & 0xFFFF) / 2141 + 1);
	civil.month = (int32_t) (month > 12 ? month - 12 : month);
	civil.year = (int32_t) (100 * century + year_of_century) - 400 * ERAS_BEFORE + (month > 12);
	return civil;
}

/* The first day of a month, counted in months since January of year 0. */
static inline int64_t
FirstDayOfMonth(int64_t month)
{
	int64_t		march_month = month - 2;	/* months since March of year 0 */
	int64_t		year = FloorDivide(march_month, 12);
	int64_t		month_from_march = march_month - year * 12;
	int64_t		era = FloorDivide(year, 400);
	int64_t		year_of_era = year - era * 400;

	return era * DAYS_IN_ERA
		+ year_of_era * 365 + year_of_era / 4 - year_of_era / 100
		+ (153 * month_from_march + 2) / 5
		- DAYS_FROM_YEAR_ZERO;
}

static inline int
MonthsPerPeriod(PeriodCut cut)
{
	return cut.unit == PERIOD_MONTH ? 1 : cut.unit == PERIOD_QUARTER ? 3 : 12;
}

/* How many days week 0 starts before 1970-01-01. */
static inline int
WeekLead(PeriodCut cut)
{
	return (EPOCH_WEEKDAY - cut.week_start + 7) % 7;
}

/* Whether a cut read from stored bytes is one. */
bool
PeriodCutIsValid(PeriodCut cut)
{
	if (cut.unit < PERIOD_DAY || cut.unit > PERIOD_YEAR)
		return false;
	if (cut.unit == PERIOD_WEEK)
		return cut.week_start >= 1 && cut.week_start <= 7;
	return cut.week_start == 1;
}

static int32_t
IndexOfMonth(PeriodCut cut, CivilDay civil)
{
	if (cut.unit == PERIOD_YEAR)
		return civil.year - EPOCH_YEAR;
	if (cut.unit == PERIOD_QUARTER)
		return (civil.year - EPOCH_YEAR) * 4 + (civil.month - 1) / 3;
	return (civil.year - EPOCH_YEAR) * 12 + civil.month - 1;
}

/* The index of the period that contains day. Every valid date has one. */
int32_t
PeriodIndex(PeriodCut cut, int32_t day)
{
	int64_t		since_epoch = (int64_t) day - EPOCH_DAY;

	if (cut.unit == PERIOD_DAY)
		return (int32_t) since_epoch;
	if (cut.unit == PERIOD_WEEK)
		return (int32_t) FloorDivide(since_epoch + WeekLead(cut), 7);
	return IndexOfMonth(cut, CivilFromDay(day));
}

/*
 * The index of the period that contains day, and days around it that lie in the
 * same period: not all of them, but where periods are made of months, the first
 * 28 days of the month.
 */
PeriodSpan
PeriodSpanOfDay(PeriodCut cut, int32_t day)
{
	PeriodSpan	span = {day, day, 0};
	CivilDay	civil;

	if (cut.unit == PERIOD_DAY || cut.unit == PERIOD_WEEK)
	{
		span.index = PeriodIndex(cut, day);
		return span;
	}
	civil = CivilFromDay(day);
	span.index = IndexOfMonth(cut, civil);
	if (civil.day <= 28)
	{
		span.first = day - (civil.day - 1);
		span.last = span.first + 27;
	}
	return span;
}

/*
 * The first day of the period with an index.
 *
 * The result may lie outside the range of dates, for which the caller looks;
 * it is exact for every index whose size is below 2^53.
 */
int64_t
PeriodFirstDay(PeriodCut cut, int64_t index)
{
	if (cut.unit == PERIOD_DAY)
		return index + EPOCH_DAY;
	if (cut.unit == PERIOD_WEEK)
		return index * 7 - WeekLead(cut) + EPOCH_DAY;
	return FirstDayOfMonth(index * MonthsPerPeriod(cut) + EPOCH_YEAR * 12);
}

/*
 * The first day of the period that contains day: what
 * PeriodFirstDay(PeriodIndex(day)) says, without going through the index where
 * that is shorter. May lie before the first date.
 */
int64_t
PeriodStartOfDay(PeriodCut cut, int32_t day)
{
	if (cut.unit == PERIOD_DAY)
		return day;
	if (cut.unit == PERIOD_MONTH)
		return (int64_t) day - (CivilFromDay(day).day - 1);
	return PeriodFirstDay(cut, PeriodIndex(cut, day));
}
