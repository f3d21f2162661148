/*
 * retention_format.c
 *	  The bytes of a retention_summary: writing and reading cohorts, checking.
 */
#include "retention_format.h"

#include "period_format.h"

static size_t
AgeCountsSize(const AgeCounts *counts)
{
	return VarintSize(counts->active) + VarintSize(counts->last)
		+ VarintSize(counts->first_again) + VarintSize(counts->unbroken)
		+ VarintSize(counts->both);
}

/* What ages without customers take before one with, so many of them. */
static size_t
EmptyAgesSize(int32_t num_empty)
{
	return num_empty == 0 ? 0 : 1 + VarintSize((uint64_t) num_empty - 1);
}

static uint8_t *
WriteEmptyAges(int32_t num_empty, uint8_t *p)
{
	if (num_empty == 0)
		return p;
	p = WriteVarint(p, 0);
	return WriteVarint(p, (uint64_t) num_empty - 1);
}

/* The bytes of a cohort, without its distance from the one before. */
size_t
CohortSize(const Cohort *cohort)
{
	size_t		size = VarintSize(cohort->size) + VarintSize((uint64_t) cohort->num_ages);
	AgeReader	reader;
	const AgeCounts *counts;
	int32_t		age = 0;
	int32_t		next_age = 0;	/* after the last one that is counted */

	BeginAges(&reader, cohort);
	for (; (counts = NextAge(&reader, &age)) != NULL; next_age = ++age)
		size += EmptyAgesSize(age - next_age) + AgeCountsSize(counts);
	return size;
}

/* Write a cohort into CohortSize() bytes; returns where the next byte goes. */
uint8_t *
WriteCohort(const Cohort *cohort, uint8_t *p)
{
	AgeReader	reader;
	const AgeCounts *counts;
	int32_t		age = 0;
	int32_t		next_age = 0;	/* after the last one that is written */

	p = WriteVarint(p, cohort->size);
	p = WriteVarint(p, (uint64_t) cohort->num_ages);
	BeginAges(&reader, cohort);
	for (; (counts = NextAge(&reader, &age)) != NULL; next_age = ++age)
	{
		p = WriteEmptyAges(age - next_age, p);
		p = WriteVarint(p, counts->active);
		p = WriteVarint(p, counts->last);
		p = WriteVarint(p, counts->first_again);
		p = WriteVarint(p, counts->unbroken);
		p = WriteVarint(p, counts->both);
	}
	return p;
}

const uint8_t *
ReadCohortHead(const uint8_t *p, uint64_t *size, uint64_t *num_ages)
{
	CHECK_FOR_INTERRUPTS();
	p = ReadVarint(p, size);
	return ReadVarint(p, num_ages);
}

/* The counts of the next age with customers from *age on, which is moved there. */
const uint8_t *
ReadAgeCounts(const uint8_t *p, uint64_t *age, AgeCounts *counts)
{
	CHECK_FOR_INTERRUPTS();
	p = ReadVarint(p, &counts->active);
	if (counts->active == 0)
	{
		uint64_t	more;

		p = ReadVarint(p, &more);
		*age += more + 1;
		p = ReadVarint(p, &counts->active);
	}
	p = ReadVarint(p, &counts->last);
	p = ReadVarint(p, &counts->first_again);
	p = ReadVarint(p, &counts->unbroken);
	return ReadVarint(p, &counts->both);
}

/*
 * ReadAgeCounts() of bytes nobody has checked; NULL if they are wrong. Ages without
 * customers are written as one run, and not at the end.
 */
static const uint8_t *
CheckAgeCounts(const uint8_t *p, const uint8_t *end, uint64_t num_ages, uint64_t *age,
			   AgeCounts *counts)
{
	uint64_t   *fields[NUM_AGE_COUNTS] = {
		&counts->active, &counts->last, &counts->first_again, &counts->unbroken, &counts->both
	};
	uint64_t	more;

	CHECK_FOR_INTERRUPTS();
	if (p < end && *p == 0)
	{
		p = CheckVarint(p + 1, end, num_ages, &more);
		if (p == NULL || more + 1 >= num_ages - *age)
			return NULL;
		*age += more + 1;
	}
	for (int i = 0; i < NUM_AGE_COUNTS && p != NULL; i++)
		p = CheckVarint(p, end, INT64_MAX, fields[i]);
	return p == NULL || counts->active == 0 ? NULL : p;
}

/* What the ages of a cohort add up to while they are checked. */
typedef struct CohortSums
{
	uint64_t	last;
	uint64_t	last_after_0;
	uint64_t	first_again;
	uint64_t	next_age;		/* after the last one with customers */
	AgeCounts	before;			/* at that one; 0 if it is not the one before */
} CohortSums;

/* Whether there can be customers with these counts at an age with customers. */
static bool
AreAgeCounts(const AgeCounts *counts, uint64_t age, uint64_t cohort_size, CohortSums *sums)
{
	if (age != sums->next_age)
		sums->before = (AgeCounts) {0};
	sums->next_age = age + 1;
	if (counts->active > cohort_size || counts->last > counts->active ||
		counts->first_again > counts->active || counts->unbroken > counts->active ||
		counts->both > counts->active)
		return false;
	if (age == 0 && (counts->first_again > 0 || counts->unbroken > 0 || counts->both > 0))
		return false;
	if (age == 1 && (counts->unbroken != counts->active || counts->first_again != counts->active))
		return false;
	if (age > 0 && counts->both > sums->before.active)
		return false;
	/* more than all customers cannot be active at two ages without some at both */
	if (age > 0 && counts->active - counts->both > cohort_size - sums->before.active)
		return false;
	if (age > 1 && (counts->unbroken > sums->before.unbroken || counts->unbroken > counts->both))
		return false;
	if (counts->last > cohort_size - sums->last ||
		counts->first_again > cohort_size - sums->first_again)
		return false;
	sums->last += counts->last;
	sums->last_after_0 += age > 0 ? counts->last : 0;
	sums->first_again += counts->first_again;
	/* who is active after age 0 has come again by then */
	if (age > 0 && counts->active > sums->first_again)
		return false;
	sums->before = *counts;
	return true;
}

/* Whether at each age as many customers have not gone for good as are active. */
static bool
AreEnoughLeft(const uint8_t *ages, uint64_t num_ages, uint64_t left)
{
	for (uint64_t age = 0; age < num_ages; age++)
	{
		AgeCounts	counts;

		ages = ReadAgeCounts(ages, &age, &counts);
		if (counts.active > left)
			return false;
		left -= counts.last;
	}
	return true;
}

/*
 * One cohort. Returns where the next one starts, or NULL with *problem set.
 */
static const uint8_t *
CheckCohort(const uint8_t *p, const uint8_t *end, CohortKind kind, uint64_t max_ages,
			uint64_t *size, const char **problem)
{
	CohortSums	sums = {0};
	AgeCounts	counts = {0};
	uint64_t	num_ages;
	uint64_t	active_at_0 = 0;
	const uint8_t *ages;

	*problem = "A number is cut off, too long, or too large.";
	p = CheckVarint(p, end, INT64_MAX, size);
	if (p == NULL)
		return NULL;
	p = CheckVarint(p, end, max_ages, &num_ages);
	if (p == NULL)
		return NULL;
	ages = p;
	for (uint64_t age = 0; age < num_ages; age++)
	{
		p = CheckAgeCounts(p, end, num_ages, &age, &counts);
		if (p == NULL)
			return NULL;
		if (!AreAgeCounts(&counts, age, *size, &sums))
		{
			*problem = "The counts of a cohort contradict each other.";
			return NULL;
		}
		if (age == 0)
			active_at_0 = counts.active;
	}
	*problem = "The counts of a cohort contradict each other.";
	if (*size == 0 || (num_ages > 0 && counts.last != counts.active))
		return NULL;
	if (sums.first_again != sums.last_after_0 || !AreEnoughLeft(ages, num_ages, sums.last))
		return NULL;
	if (kind == COHORT_SELF_BORN && (active_at_0 != *size || sums.last != *size))
		return NULL;
	return p;
}

/* The largest number of ages that days between two others can have. */
static uint64_t
MaxAges(PeriodCut cut, bool elapsed, int num_brackets,
		int32_t first_day, int32_t last_day)
{
	if (num_brackets > 0)
		return (uint64_t) num_brackets + 1;
	if (elapsed)
		return (uint64_t) (((int64_t) last_day - first_day) / ElapsedDays(cut)) + 1;
	return (uint64_t) ((int64_t) PeriodIndex(cut, last_day) - PeriodIndex(cut, first_day)) + 1;
}

static const char *
CheckCohorts(const uint8_t *bytes, size_t size, CohortKind kind, PeriodCut cut,
			 uint64_t max_ages, int32_t first_day, int32_t last_day, int num_brackets)
{
	const uint8_t *end = bytes + size;
	const uint8_t *p = bytes + RetentionCohortsOffset(num_brackets);
	int64_t		index = LoadI32(p - sizeof(int32_t));
	uint64_t	total = 0;
	bool		is_first = true;

	if (index != PeriodIndex(cut, first_day))
		return "The first cohort is not that of the first day.";
	while (is_first || p < end)
	{
		const char *problem;
		uint64_t	cohort_size;

		CHECK_FOR_INTERRUPTS();
		if (!is_first)
		{
			uint64_t	distance;

			p = CheckVarint(p, end, UINT32_MAX, &distance);
			if (p == NULL)
				return "A number is cut off, too long, or too large.";
			index += (int64_t) distance + 1;
		}
		if (index > PeriodIndex(cut, last_day))
			return "A cohort is later than the last day.";
		p = CheckCohort(p, end, kind, max_ages, &cohort_size, &problem);
		if (p == NULL)
			return problem;
		if (cohort_size > (uint64_t) INT64_MAX - total)
			return "The number of customers is out of range.";
		total += cohort_size;
		is_first = false;
	}
	return NULL;
}

/* What is wrong with the bytes of a retention_summary, or NULL. */
const char *
RetentionCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_RETENTION_SUMMARY,
											RETENTION_FLAGS_KIND | RETENTION_FLAG_ELAPSED);
	PeriodCut	cut;
	CohortKind	kind;
	bool		elapsed;
	int			num_brackets;
	int32_t		brackets[MAX_BRACKETS];
	int32_t		first_day;
	int32_t		last_day;

	if (problem != NULL)
		return problem;
	if (size < RetentionCohortsOffset(0))
		return "The value is cut off.";
	kind = (CohortKind) (PackedFlags(bytes) & RETENTION_FLAGS_KIND);
	elapsed = (PackedFlags(bytes) & RETENTION_FLAG_ELAPSED) != 0;
	cut = (PeriodCut) {bytes[4], bytes[5]};
	num_brackets = LoadU16(bytes + 6);
	if (kind > COHORT_RECURRING || !PeriodCutIsValid(cut))
		return "The kind, the unit or the start of the week is out of range.";
	if (num_brackets > MAX_BRACKETS || size < RetentionCohortsOffset(num_brackets))
		return "The value is cut off.";
	for (int i = 0; i < num_brackets; i++)
		brackets[i] = LoadI32(bytes + RetentionDaysOffset(i));
	problem = PeriodBracketsCheck(brackets, num_brackets);
	if (problem != NULL)
		return problem;
	first_day = LoadI32(bytes + RetentionDaysOffset(num_brackets));
	last_day = LoadI32(bytes + RetentionDaysOffset(num_brackets) + sizeof(int32_t));
	if (first_day < FIRST_DATE || last_day > LAST_DATE || first_day > last_day)
		return "The first or the last day is out of range.";
	return CheckCohorts(bytes, size, kind, cut,
						MaxAges(cut, elapsed, num_brackets, first_day, last_day),
						first_day, last_day, num_brackets);
}
