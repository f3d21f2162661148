/*
 * calendar.c
 *	  Days and the calendar periods they fall into.
 *
 * The conversions between a day and its year, month and day of month count from
 * 0000-03-01, so that the leap day is the last day of a year, after Howard
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013). They are
 * branch-free but for the sign and several times faster than timestamp2tm().
 */
#include "calendar.h"

#define EPOCH_DAY (-10957)		/* 1970-01-01, counted from 2000-01-01 */
#define EPOCH_YEAR 1970
#define EPOCH_WEEKDAY 4			/* 1970-01-01 was a Thursday; Monday is 1 */

#define DAYS_FROM_YEAR_ZERO 730425	/* 0000-03-01 to 2000-01-01 */
#define DAYS_IN_ERA 146097		/* an era: 400 years, after which all repeats */

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
	int64_t		from_zero = (int64_t) day + DAYS_FROM_YEAR_ZERO;
	int64_t		era = FloorDivide(from_zero, DAYS_IN_ERA);
	uint32_t	day_of_era = (uint32_t) (from_zero - era * DAYS_IN_ERA);
	uint32_t	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524
							   - day_of_era / 146096) / 365;
	uint32_t	day_of_year = day_of_era
		- (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint32_t	month_from_march = (5 * day_of_year + 2) / 153;
	CivilDay	civil;

	civil.day = (int32_t) (day_of_year - (153 * month_from_march + 2) / 5 + 1);
	civil.month = (int32_t) (month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	civil.year = (int32_t) (year_of_era + era * 400) + (civil.month <= 2);
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

/* The index of the period that contains day. Every valid date has one. */
int32_t
PeriodIndex(PeriodCut cut, int32_t day)
{
	int64_t		since_epoch = (int64_t) day - EPOCH_DAY;
	CivilDay	civil;

	if (cut.unit == PERIOD_DAY)
		return (int32_t) since_epoch;
	if (cut.unit == PERIOD_WEEK)
		return (int32_t) FloorDivide(since_epoch + WeekLead(cut), 7);

	civil = CivilFromDay(day);
	if (cut.unit == PERIOD_YEAR)
		return civil.year - EPOCH_YEAR;
	if (cut.unit == PERIOD_QUARTER)
		return (civil.year - EPOCH_YEAR) * 4 + (civil.month - 1) / 3;
	return (civil.year - EPOCH_YEAR) * 12 + civil.month - 1;
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
