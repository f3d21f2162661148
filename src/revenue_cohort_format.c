/*
 * revenue_cohort_format.c
 *	  The bytes of a revenue_cohort_summary: writing and reading cohorts, checking.
 *
 * There is one reader, which checks what it reads. Bytes that have been checked
 * before are read by it, too.
 */
#include "interrupts.h"
#include "revenue_cohort_format.h"

/* Add the head of a cohort; its changes follow. */
void
PutCohort(RevenueWriter *writer, uint64_t distance, uint64_t num_changes)
{
	PutCount(writer, distance);
	PutCount(writer, num_changes - 1);
}

/* Add a change, whose distance from the one before was put. */
void
PutCohortChange(RevenueWriter *writer, const CohortRevenue *change)
{
	CHECK_FOR_INTERRUPTS();
	PutChange(writer, change->customers);
	PutMoney(writer, change->mrr);
	PutMoney(writer, change->gross_mrr);
}

/* Read the changes of a summary whose head has been checked. */
void
CohortReadBegin(CohortReader *reader, const uint8_t *bytes, size_t size)
{
	RevenueHead head = RevenueReadHead(bytes);

	memset(reader, 0, sizeof(*reader));
	reader->next = bytes + REVENUE_HEAD_SIZE;
	reader->end = bytes + size;
	reader->is_first = true;
	reader->cohort = PeriodIndex(head.cut, head.first_start);
}

/* Note what is wrong with the bytes. Always false. */
static bool
Refuse(CohortReader *reader, const char *problem)
{
	reader->problem = problem;
	reader->num_changes = 0;
	reader->next = reader->end;
	return false;
}

static bool
RefuseNumber(CohortReader *reader)
{
	return Refuse(reader, "A number is cut off, too long, or too large.");
}

/* The head of the next cohort. */
static bool
ReadCohort(CohortReader *reader)
{
	uint64_t	distance;
	const uint8_t *p;

	if (reader->next >= reader->end)
		return false;
	p = CheckVarint(reader->next, reader->end, UINT32_MAX, &distance);
	if (p != NULL)
		p = CheckVarint(p, reader->end, UINT32_MAX - 1, &reader->num_changes);
	if (p == NULL)
		return RefuseNumber(reader);
	reader->next = p;
	reader->num_changes++;
	reader->cohort += (int64_t) distance + (reader->is_first ? 0 : 1);
	reader->is_first = false;
	reader->at_first = true;
	reader->index = reader->cohort;
	return true;
}

/*
 * Read the next change. False at the end, or if reader->problem says what is wrong.
 */
bool
CohortReadChange(CohortReader *reader, CohortChange *change)
{
	const uint8_t *p;
	uint64_t	distance;

	CHECK_FOR_INTERRUPTS();
	if (reader->num_changes == 0 && !ReadCohort(reader))
		return false;
	p = reader->next;
	if (!reader->at_first)
	{
		p = CheckVarint(p, reader->end, UINT32_MAX, &distance);
		if (p == NULL)
			return RefuseNumber(reader);
		reader->index += (int64_t) distance + 1;
	}
	p = CheckChange(p, reader->end, &change->change.customers);
	if (p != NULL)
		p = CheckMoney(p, reader->end, &change->change.mrr);
	if (p != NULL)
		p = CheckMoney(p, reader->end, &change->change.gross_mrr);
	if (p == NULL)
		return RefuseNumber(reader);
	if (reader->index > INT32_MAX)
		return Refuse(reader, "A period is out of range.");
	change->cohort = (int32_t) reader->cohort;
	change->index = (int32_t) reader->index;
	reader->at_first = false;
	reader->num_changes--;
	reader->next = p;
	return true;
}

/* Add a change; false if the sum is out of range. */
bool
AddCohortRevenue(CohortRevenue *sum, const CohortRevenue *change)
{
	return !__builtin_add_overflow(sum->customers, change->customers, &sum->customers) &&
		MoneyAdd(sum->mrr, change->mrr, &sum->mrr) &&
		MoneyAdd(sum->gross_mrr, change->gross_mrr, &sum->gross_mrr);
}

static bool
IsEmpty(const CohortRevenue *change)
{
	return change->customers == 0 && change->mrr == 0 && change->gross_mrr == 0;
}

/* Whether customers can pay this, who all paid their first MRR at once. */
static bool
CanPay(const CohortRevenue *now, const CohortRevenue *first)
{
	if (now->customers < 0 || now->customers > first->customers || now->gross_mrr < 0 ||
		now->gross_mrr > now->mrr || now->mrr < now->customers)
		return false;
	return now->customers > 0 || now->mrr == 0;
}

/* One change after the other. */
static const char *
CheckChanges(CohortReader *reader, int64_t last_index)
{
	CohortRevenue first = {0};
	CohortRevenue now = {0};
	int64_t		total = 0;
	CohortChange change;

	while (CohortReadChange(reader, &change))
	{
		bool		is_first = change.index == change.cohort;

		if (change.index > last_index)
			return "A period is later than any date.";
		if (is_first)
			now = (CohortRevenue) {0, 0, 0};
		else if (IsEmpty(&change.change))
			return "A change without content is there.";
		if (!AddCohortRevenue(&now, &change.change))
			return "The revenue or the number of customers is out of range.";
		if (is_first)
		{
			first = now;
			if (now.customers <= 0 || now.gross_mrr != now.mrr)
				return "A cohort contradicts itself.";
			if (__builtin_add_overflow(total, now.customers, &total))
				return "The revenue or the number of customers is out of range.";
		}
		if (!CanPay(&now, &first) || (!is_first && change.change.gross_mrr > 0))
			return "A cohort contradicts itself.";
	}
	return reader->problem;
}

/* What is wrong with the bytes of a revenue_cohort_summary, or NULL. */
const char *
RevenueCohortCheck(const uint8_t *bytes, size_t size)
{
	RevenueHead head;
	CohortReader reader;
	const char *problem = RevenueCheckHead(bytes, size, PACKED_REVENUE_COHORT_SUMMARY, 0, &head);

	if (problem != NULL)
		return problem;
	CohortReadBegin(&reader, bytes, size);
	return CheckChanges(&reader, PeriodIndex(head.cut, LAST_DATE));
}
