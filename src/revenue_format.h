/*
 * revenue_format.h
 *	  The bytes of a revenue_summary. See packed.h for the frame.
 *
 *	  4      unit, a PeriodUnit
 *	  5      week_start
 *	  6..13  first and last start of a line, days since 2000-01-01, int32 each
 *	  14..   to the end, the periods in which something changed, in order:
 *			 how many periods lie between it and the one before (for the first:
 *			 and the period of the first start, without the one), a varint;
 *			 a byte of RevenueParts; the parts that are there, in their order
 *
 * A part is there if any of its numbers is not 0. Counts are varints, money is in
 * millionths (money.h), changes of stocks have a sign:
 *
 *	  new business, contraction, churn: customers, MRR
 *	  expansion: customers, MRR and, with products, customers who bought more,
 *			 customers who bought other products, MRR of the latter
 *	  inside: customers who paid in the period, but at neither end; their highest MRR
 *	  non-positive: change of the customers whose lines add up to nothing or less, and
 *			 of those sums
 *	  retained: change of the customers who pay at the end of the period and did one
 *			 year earlier, of their MRR, and of the lesser of it and that of then
 *	  returns: how many gaps less one, then for each gap, in order, its distance
 *			 from the one before (from 0) less one, customers, MRR
 *
 * Flag 1: with products. Nothing here calls the server.
 */
#ifndef RETENTION_REVENUE_FORMAT_H
#define RETENTION_REVENUE_FORMAT_H

#include "calendar.h"
#include "money.h"
#include "packed.h"

#define REVENUE_FLAG_PRODUCTS 1

/* What is there of a period. Never renumber: the numbers are stored. */
typedef enum RevenuePart
{
	PART_NEW_BUSINESS = 1,
	PART_EXPANSION = 2,
	PART_CONTRACTION = 4,
	PART_CHURN = 8,
	PART_INSIDE = 16,
	PART_NON_POSITIVE = 32,
	PART_RETAINED = 64,
	PART_RETURNS = 128
} RevenuePart;

/* What both summaries of revenue begin with. */
typedef struct RevenueHead
{
	PeriodCut	cut;
	int32_t		first_start;
	int32_t		last_start;
} RevenueHead;

#define REVENUE_HEAD_SIZE 14

/* Customers, and money that belongs to them. */
typedef struct Movement
{
	int64_t		customers;
	Money		mrr;
} Movement;

/* What happened in one period. The last four are changes of stocks. */
typedef struct RevenuePeriod
{
	int32_t		index;
	Movement	new_business;
	Movement	expansion;
	Movement	contraction;
	Movement	churn;
	int64_t		upsell_customers;
	Movement	cross_sell;
	Movement	inside;			/* paid in the period, at neither end */
	Movement	non_positive;
	Movement	retained;		/* paid one year earlier, too */
	Money		gross_retained_mrr;
} RevenuePeriod;

/* Customers who came back in a period after so many period-ends without MRR. */
typedef struct RevenueReturn
{
	int32_t		gap;
	Movement	movement;
} RevenueReturn;

/* The stocks at the end of a period, and what has come about until then. */
typedef struct RevenueStocks
{
	Movement	paying;
	Movement	non_positive;
	Movement	retained;
	Money		gross_retained_mrr;
	int64_t		gone;			/* churned and have not returned */
	int64_t		came;			/* all who ever came, as often as they did */
} RevenueStocks;

/* Writes values; with next NULL it only adds up their size. */
typedef struct RevenueWriter
{
	uint8_t    *next;
	size_t		size;
} RevenueWriter;

/* Reads the periods of a summary in order, and the returns of each. */
typedef struct RevenueReader
{
	const uint8_t *next;
	const uint8_t *end;
	bool		has_products;
	bool		is_first;
	int64_t		index;			/* of the last period that was read */
	uint64_t	num_returns;	/* of that period, not read yet */
	int64_t		gap;
	const char *problem;		/* what is wrong with the bytes */
} RevenueReader;

/* Periods of a year; 0: a year is not compared with the one before. */
static inline int32_t
PeriodsPerYear(PeriodCut cut)
{
	switch (cut.unit)
	{
		case PERIOD_WEEK:
			return 52;
		case PERIOD_MONTH:
			return 12;
		case PERIOD_QUARTER:
			return 4;
		case PERIOD_YEAR:
			return 1;
		default:
			return 0;
	}
}

extern const char *RevenueCheck(const uint8_t *bytes, size_t size);
extern const char *RevenueCheckHead(const uint8_t *bytes, size_t size, PackedKind kind,
									uint16_t known_flags, RevenueHead *head);
extern void RevenueWriteHead(uint8_t *bytes, PackedKind kind, uint16_t flags,
							 const RevenueHead *head);
extern RevenueHead RevenueReadHead(const uint8_t *bytes);
extern void PutCount(RevenueWriter *writer, uint64_t count);
extern void PutChange(RevenueWriter *writer, int64_t change);
extern void PutMoney(RevenueWriter *writer, Money money);
extern const uint8_t *CheckChange(const uint8_t *p, const uint8_t *end, int64_t *change);
extern void PutRevenuePeriod(RevenueWriter *writer, const RevenuePeriod *period,
							 uint64_t distance, const RevenueReturn *returns,
							 size_t num_returns, bool has_products);
extern bool RevenuePeriodIsEmpty(const RevenuePeriod *period);
extern void RevenueReadBegin(RevenueReader *reader, const uint8_t *bytes, size_t size);
extern bool RevenueReadPeriod(RevenueReader *reader, RevenuePeriod *period);
extern bool RevenueReadReturn(RevenueReader *reader, RevenueReturn *returned);
extern const char *RevenueAddPeriod(RevenueStocks *stocks, const RevenuePeriod *period,
									const Movement *returned);

#endif							/* RETENTION_REVENUE_FORMAT_H */
