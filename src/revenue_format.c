/*
 * revenue_format.c
 *	  The bytes of a revenue_summary: writing and reading periods, checking.
 *
 * There is one reader, which checks what it reads. Bytes that have been checked
 * before are read by it, too.
 */
#include "interrupts.h"
#include "revenue_format.h"

#define BROKEN_NUMBER "A number is cut off, too long, or too large."

/* ---- what both summaries of revenue share ---- */

/* Add a count. */
void
PutCount(RevenueWriter *writer, uint64_t count)
{
	if (writer->next != NULL)
		writer->next = WriteVarint(writer->next, count);
	writer->size += VarintSize(count);
}

/* Add a change of a count, which has a sign. */
void
PutChange(RevenueWriter *writer, int64_t change)
{
	PutCount(writer, ZigzagEncode(change));
}

/* Add an amount. */
void
PutMoney(RevenueWriter *writer, Money money)
{
	if (writer->next != NULL)
		writer->next = WriteMoney(writer->next, money);
	writer->size += MoneySize(money);
}

/* Read what PutChange() wrote from bytes nobody has checked, as CheckVarint() does. */
const uint8_t *
CheckChange(const uint8_t *p, const uint8_t *end, int64_t *change)
{
	uint64_t	code;

	p = CheckVarint(p, end, UINT64_MAX, &code);
	if (p == NULL)
		return NULL;
	*change = ZigzagDecode(code);
	/* the lowest number has no counterpart */
	return *change == INT64_MIN ? NULL : p;
}

/* Write the first REVENUE_HEAD_SIZE bytes of a summary. */
void
RevenueWriteHead(uint8_t *bytes, PackedKind kind, uint16_t flags, const RevenueHead *head)
{
	PackedWriteHeader(bytes, kind, flags);
	bytes[4] = head->cut.unit;
	bytes[5] = head->cut.week_start;
	StoreI32(bytes + 6, head->first_start);
	StoreI32(bytes + 10, head->last_start);
}

/* Read them from checked bytes. */
RevenueHead
RevenueReadHead(const uint8_t *bytes)
{
	return (RevenueHead) {{bytes[4], bytes[5]}, LoadI32(bytes + 6), LoadI32(bytes + 10)};
}

/* What is wrong with them, or NULL and *head is filled. */
const char *
RevenueCheckHead(const uint8_t *bytes, size_t size, PackedKind kind, uint16_t known_flags,
				 RevenueHead *head)
{
	const char *problem = PackedCheckHeader(bytes, size, kind, known_flags);

	if (problem != NULL)
		return problem;
	if (size < REVENUE_HEAD_SIZE)
		return "The value is cut off.";
	*head = RevenueReadHead(bytes);
	if (!PeriodCutIsValid(head->cut))
		return "The unit or the start of the week is out of range.";
	if (head->first_start < FIRST_DATE || head->last_start > LAST_DATE ||
		head->first_start > head->last_start)
		return "The first or the last start is out of range.";
	return NULL;
}

/* ---- writing periods ---- */

static bool
MovementIsEmpty(const Movement *movement)
{
	return movement->customers == 0 && movement->mrr == 0;
}

static bool
RetainedIsEmpty(const RevenuePeriod *period)
{
	return MovementIsEmpty(&period->retained) && period->gross_retained_mrr == 0;
}

/* The RevenueParts of a period, without the returns. */
static uint8_t
PartsOf(const RevenuePeriod *period)
{
	return (MovementIsEmpty(&period->new_business) ? 0 : PART_NEW_BUSINESS)
		| (MovementIsEmpty(&period->expansion) ? 0 : PART_EXPANSION)
		| (MovementIsEmpty(&period->contraction) ? 0 : PART_CONTRACTION)
		| (MovementIsEmpty(&period->churn) ? 0 : PART_CHURN)
		| (MovementIsEmpty(&period->inside) ? 0 : PART_INSIDE)
		| (MovementIsEmpty(&period->non_positive) ? 0 : PART_NON_POSITIVE)
		| (RetainedIsEmpty(period) ? 0 : PART_RETAINED);
}

/* Whether nothing happened in a period, but for returns. */
bool
RevenuePeriodIsEmpty(const RevenuePeriod *period)
{
	return PartsOf(period) == 0;
}

static void
PutMovement(RevenueWriter *writer, uint8_t parts, uint8_t part, const Movement *movement)
{
	if ((parts & part) == 0)
		return;
	PutCount(writer, (uint64_t) movement->customers);
	PutMoney(writer, movement->mrr);
}

static void
PutReturns(RevenueWriter *writer, const RevenueReturn *returns, size_t num_returns)
{
	int64_t		gap = 0;

	PutCount(writer, num_returns - 1);
	for (size_t i = 0; i < num_returns; i++)
	{
		CHECK_FOR_INTERRUPTS();
		PutCount(writer, (uint64_t) (returns[i].gap - gap - 1));
		PutCount(writer, (uint64_t) returns[i].movement.customers);
		PutMoney(writer, returns[i].movement.mrr);
		gap = returns[i].gap;
	}
}

/*
 * Add a period in which something happened, with its returns in order of their
 * gaps. distance is how the period's index is stored.
 */
void
PutRevenuePeriod(RevenueWriter *writer, const RevenuePeriod *period, uint64_t distance,
				 const RevenueReturn *returns, size_t num_returns, bool has_products)
{
	uint8_t		parts = PartsOf(period) | (num_returns > 0 ? PART_RETURNS : 0);

	CHECK_FOR_INTERRUPTS();
	PutCount(writer, distance);
	if (writer->next != NULL)
		*writer->next++ = parts;
	writer->size++;
	PutMovement(writer, parts, PART_NEW_BUSINESS, &period->new_business);
	PutMovement(writer, parts, PART_EXPANSION, &period->expansion);
	if ((parts & PART_EXPANSION) != 0 && has_products)
	{
		PutCount(writer, (uint64_t) period->upsell_customers);
		PutCount(writer, (uint64_t) period->cross_sell.customers);
		PutMoney(writer, period->cross_sell.mrr);
	}
	PutMovement(writer, parts, PART_CONTRACTION, &period->contraction);
	PutMovement(writer, parts, PART_CHURN, &period->churn);
	PutMovement(writer, parts, PART_INSIDE, &period->inside);
	if ((parts & PART_NON_POSITIVE) != 0)
	{
		PutChange(writer, period->non_positive.customers);
		PutMoney(writer, period->non_positive.mrr);
	}
	if ((parts & PART_RETAINED) != 0)
	{
		PutChange(writer, period->retained.customers);
		PutMoney(writer, period->retained.mrr);
		PutMoney(writer, period->gross_retained_mrr);
	}
	if (num_returns > 0)
		PutReturns(writer, returns, num_returns);
}

/* ---- reading periods ---- */

/* Read the periods of a summary whose head has been checked. */
void
RevenueReadBegin(RevenueReader *reader, const uint8_t *bytes, size_t size)
{
	RevenueHead head = RevenueReadHead(bytes);

	reader->next = bytes + REVENUE_HEAD_SIZE;
	reader->end = bytes + size;
	reader->has_products = (PackedFlags(bytes) & REVENUE_FLAG_PRODUCTS) != 0;
	reader->is_first = true;
	reader->index = PeriodIndex(head.cut, head.first_start);
	reader->num_returns = 0;
	reader->gap = 0;
	reader->problem = NULL;
}

/* Note what is wrong with the bytes. Always false. */
static bool
Refuse(RevenueReader *reader, const char *problem)
{
	if (reader->problem == NULL)
		reader->problem = problem;
	return false;
}

static bool
ReadNumber(RevenueReader *reader, uint64_t max, uint64_t *number)
{
	const uint8_t *next = CheckVarint(reader->next, reader->end, max, number);

	if (next == NULL)
		return Refuse(reader, BROKEN_NUMBER);
	reader->next = next;
	return true;
}

static bool
ReadAmount(RevenueReader *reader, Money *amount)
{
	const uint8_t *next = CheckMoney(reader->next, reader->end, amount);

	if (next == NULL)
		return Refuse(reader, BROKEN_NUMBER);
	reader->next = next;
	return true;
}

static bool
ReadCount(RevenueReader *reader, int64_t *count)
{
	uint64_t	number;

	if (!ReadNumber(reader, INT64_MAX, &number))
		return false;
	*count = (int64_t) number;
	return true;
}

static bool
ReadChange(RevenueReader *reader, int64_t *change)
{
	const uint8_t *next = CheckChange(reader->next, reader->end, change);

	if (next == NULL)
		return Refuse(reader, BROKEN_NUMBER);
	reader->next = next;
	return true;
}

/* Customers who all pay: each at least the smallest amount. */
static bool
ReadPaying(RevenueReader *reader, Movement *movement)
{
	if (!ReadCount(reader, &movement->customers) || !ReadAmount(reader, &movement->mrr))
		return false;
	if (movement->customers == 0 || movement->mrr < movement->customers)
		return Refuse(reader, "There are customers without an amount, or the reverse.");
	return true;
}

static const char *const upsell_contradiction = "Upselling and cross-selling contradict the expansion.";

/*
 * How an expansion divides. Who expanded bought more, or other products, or did
 * both; each bought something.
 */
static bool
ReadCrossSell(RevenueReader *reader, RevenuePeriod *period)
{
	int64_t		expanded = period->expansion.customers;
	int64_t		crossed;
	Money		upsell_mrr;

	if (!ReadCount(reader, &period->upsell_customers) ||
		!ReadCount(reader, &period->cross_sell.customers) ||
		!ReadAmount(reader, &period->cross_sell.mrr))
		return false;
	crossed = period->cross_sell.customers;
	if (period->upsell_customers > expanded || crossed > expanded ||
		period->upsell_customers < expanded - crossed ||
		period->cross_sell.mrr < crossed || (crossed == 0) != (period->cross_sell.mrr == 0))
		return Refuse(reader, upsell_contradiction);
	/* neither is negative: the difference of any two amounts may not fit */
	upsell_mrr = period->expansion.mrr - period->cross_sell.mrr;
	if (upsell_mrr < period->upsell_customers ||
		(period->upsell_customers == 0) != (upsell_mrr == 0))
		return Refuse(reader, upsell_contradiction);
	return true;
}

static bool
ReadNonPositive(RevenueReader *reader, Movement *change)
{
	if (!ReadChange(reader, &change->customers) || !ReadAmount(reader, &change->mrr))
		return false;
	return !MovementIsEmpty(change) || Refuse(reader, "A part without content is there.");
}

static bool
ReadRetained(RevenueReader *reader, RevenuePeriod *period)
{
	if (!ReadChange(reader, &period->retained.customers) ||
		!ReadAmount(reader, &period->retained.mrr) ||
		!ReadAmount(reader, &period->gross_retained_mrr))
		return false;
	return !RetainedIsEmpty(period) || Refuse(reader, "A part without content is there.");
}

/* The parts of a period, up to its returns. */
static bool
ReadParts(RevenueReader *reader, uint8_t parts, RevenuePeriod *period)
{
	if ((parts & PART_NEW_BUSINESS) != 0 && !ReadPaying(reader, &period->new_business))
		return false;
	if ((parts & PART_EXPANSION) != 0 && !ReadPaying(reader, &period->expansion))
		return false;
	if ((parts & PART_EXPANSION) != 0 && reader->has_products && !ReadCrossSell(reader, period))
		return false;
	if ((parts & PART_CONTRACTION) != 0 && !ReadPaying(reader, &period->contraction))
		return false;
	if ((parts & PART_CHURN) != 0 && !ReadPaying(reader, &period->churn))
		return false;
	if ((parts & PART_INSIDE) != 0 && !ReadPaying(reader, &period->inside))
		return false;
	if ((parts & PART_NON_POSITIVE) != 0 && !ReadNonPositive(reader, &period->non_positive))
		return false;
	if ((parts & PART_RETAINED) != 0 && !ReadRetained(reader, period))
		return false;
	if ((parts & PART_RETURNS) != 0)
	{
		if (!ReadNumber(reader, INT32_MAX - 1, &reader->num_returns))
			return false;
		reader->num_returns++;
	}
	return true;
}

/*
 * Read the next period, which RevenueReadReturn() may follow. False at the end, or
 * if reader->problem says what is wrong.
 */
bool
RevenueReadPeriod(RevenueReader *reader, RevenuePeriod *period)
{
	RevenueReturn skipped;
	uint64_t	distance;
	uint8_t		parts;

	CHECK_FOR_INTERRUPTS();
	while (RevenueReadReturn(reader, &skipped))
		;
	if (reader->problem != NULL || reader->next >= reader->end)
		return false;
	memset(period, 0, sizeof(*period));
	if (!ReadNumber(reader, UINT32_MAX, &distance))
		return false;
	reader->index += (int64_t) distance + (reader->is_first ? 0 : 1);
	reader->is_first = false;
	if (reader->index > INT32_MAX)
		return Refuse(reader, "A period is out of range.");
	period->index = (int32_t) reader->index;
	if (reader->next >= reader->end)
		return Refuse(reader, "The value is cut off.");
	parts = *reader->next++;
	if (parts == 0)
		return Refuse(reader, "A period without content is there.");
	reader->gap = 0;
	return ReadParts(reader, parts, period);
}

/*
 * Read the next return of the period that was read. False after the last, or if
 * reader->problem says what is wrong.
 */
bool
RevenueReadReturn(RevenueReader *reader, RevenueReturn *returned)
{
	uint64_t	distance;

	CHECK_FOR_INTERRUPTS();
	if (reader->num_returns == 0)
		return false;
	reader->num_returns--;
	if (!ReadNumber(reader, INT32_MAX, &distance) || !ReadPaying(reader, &returned->movement))
	{
		reader->num_returns = 0;
		return false;
	}
	reader->gap += (int64_t) distance + 1;
	if (reader->gap > INT32_MAX)
	{
		reader->num_returns = 0;
		return Refuse(reader, "A gap is out of range.");
	}
	returned->gap = (int32_t) reader->gap;
	return true;
}

/* ---- stocks ---- */

static const char *const out_of_range = "The revenue or the number of customers is out of range.";
static const char *const contradiction = "The movements contradict each other.";

/* Add a change to a stock; false if that is out of range. */
static bool
AddMovement(Movement *stock, int64_t customers, Money mrr)
{
	return !__builtin_add_overflow(stock->customers, customers, &stock->customers) &&
		MoneyAdd(stock->mrr, mrr, &stock->mrr);
}

/*
 * Whether those who pay can contract and churn like this. Who contracts or stays
 * keeps at least the smallest amount.
 */
static bool
CanLose(const Movement *paying, const RevenuePeriod *period)
{
	int64_t		left = paying->customers;
	Money		kept = paying->mrr;

	if (period->churn.customers > left || period->churn.mrr > kept)
		return false;
	left -= period->churn.customers;
	kept -= period->churn.mrr;
	if (period->expansion.customers > left ||
		period->contraction.customers > left - period->expansion.customers)
		return false;
	return period->contraction.mrr <= kept && kept - period->contraction.mrr >= left;
}

/* What the movements of a period add to those who pay; false if it is out of range. */
static bool
AddPaying(Movement *paying, const RevenuePeriod *period, const Movement *returned)
{
	return AddMovement(paying, -period->churn.customers, -period->churn.mrr) &&
		AddMovement(paying, 0, -period->contraction.mrr) &&
		AddMovement(paying, 0, period->expansion.mrr) &&
		AddMovement(paying, period->new_business.customers, period->new_business.mrr) &&
		AddMovement(paying, returned->customers, returned->mrr);
}

/*
 * From the stocks at the start of a period to those at its end. returned is the sum
 * of the period's returns. Returns what is wrong with the movements, or NULL.
 */
const char *
RevenueAddPeriod(RevenueStocks *stocks, const RevenuePeriod *period, const Movement *returned)
{
	if (!CanLose(&stocks->paying, period) || returned->customers > stocks->gone)
		return contradiction;
	stocks->gone -= returned->customers;
	if (!AddPaying(&stocks->paying, period, returned) ||
		!AddMovement(&stocks->non_positive, period->non_positive.customers,
					 period->non_positive.mrr) ||
		!AddMovement(&stocks->retained, period->retained.customers, period->retained.mrr) ||
		!MoneyAdd(stocks->gross_retained_mrr, period->gross_retained_mrr,
				  &stocks->gross_retained_mrr) ||
		__builtin_add_overflow(stocks->gone, period->churn.customers, &stocks->gone) ||
		__builtin_add_overflow(stocks->came, period->new_business.customers, &stocks->came) ||
		__builtin_add_overflow(stocks->came, returned->customers, &stocks->came) ||
		__builtin_add_overflow(stocks->came, period->inside.customers, &stocks->came))
		return out_of_range;
	if (stocks->non_positive.customers < 0 || stocks->non_positive.mrr > 0 ||
		(stocks->non_positive.customers == 0 && stocks->non_positive.mrr != 0))
		return contradiction;
	return NULL;
}

/* ---- checking ---- */

/* Whether those who pay now and one year earlier can be these. */
static bool
CanBeRetained(const RevenueStocks *now, const RevenueStocks *then)
{
	int64_t		customers = now->retained.customers;
	Money		mrr = now->retained.mrr;
	Money		gross = now->gross_retained_mrr;

	if (customers == 0)
		return mrr == 0 && gross == 0;
	return customers > 0 && customers <= now->paying.customers &&
		customers <= then->paying.customers && gross >= customers && gross <= mrr &&
		mrr <= now->paying.mrr && gross <= then->paying.mrr;
}

/* Add up the returns of the period that was read. */
static bool
SumReturns(RevenueReader *reader, Movement *sum)
{
	RevenueReturn returned;

	*sum = (Movement) {0, 0};
	while (RevenueReadReturn(reader, &returned))
		if (!AddMovement(sum, returned.movement.customers, returned.movement.mrr))
			return Refuse(reader, out_of_range);
	return reader->problem == NULL;
}

/* Follows the stocks of a summary from period to period. */
typedef struct StockReader
{
	RevenueReader reader;
	RevenueStocks stocks;
	RevenuePeriod period;		/* the next one, not in stocks yet */
	Movement	returned;
	bool		has_period;
} StockReader;

static void
NextStocks(StockReader *s)
{
	s->has_period = RevenueReadPeriod(&s->reader, &s->period) &&
		SumReturns(&s->reader, &s->returned);
}

static bool
AddStocks(StockReader *s)
{
	const char *problem = RevenueAddPeriod(&s->stocks, &s->period, &s->returned);

	return problem == NULL || Refuse(&s->reader, problem);
}

/* The last period that a change can fall into. */
static bool
IsPeriodOfDates(const RevenueHead *head, const RevenuePeriod *period, bool has_returns)
{
	RevenuePeriod movements = *period;
	int64_t		last = PeriodIndex(head->cut, LAST_DATE);

	movements.retained = (Movement) {0, 0};
	movements.gross_retained_mrr = 0;
	if (has_returns || !RevenuePeriodIsEmpty(&movements))
		return period->index <= last;
	return period->index <= last + PeriodsPerYear(head->cut);
}

static const char *
CheckPeriods(const uint8_t *bytes, size_t size, const RevenueHead *head)
{
	int64_t		year = PeriodsPerYear(head->cut);
	StockReader now = {0};
	StockReader then = {0};		/* one year earlier */

	RevenueReadBegin(&now.reader, bytes, size);
	RevenueReadBegin(&then.reader, bytes, size);
	NextStocks(&then);
	for (NextStocks(&now); now.has_period; NextStocks(&now))
	{
		if (!IsPeriodOfDates(head, &now.period, now.returned.customers > 0))
			return "A period is out of range.";
		if (year == 0 && !RetainedIsEmpty(&now.period))
			return contradiction;
		if (!AddStocks(&now))
			break;
		for (; then.has_period && then.period.index + year <= now.period.index;
			 NextStocks(&then))
			(void) AddStocks(&then);
		if (!CanBeRetained(&now.stocks, &then.stocks))
			return contradiction;
	}
	return now.reader.problem;
}

/* What is wrong with the bytes of a revenue_summary, or NULL. */
const char *
RevenueCheck(const uint8_t *bytes, size_t size)
{
	RevenueHead head;
	const char *problem = RevenueCheckHead(bytes, size, PACKED_REVENUE_SUMMARY,
										   REVENUE_FLAG_PRODUCTS, &head);

	return problem != NULL ? problem : CheckPeriods(bytes, size, &head);
}
