/*
 * revenue.h
 *	  revenue_summary and revenue_cohort_summary while they are built and read.
 *
 *	  revenue_state.c		a revenue_summary in memory: adding customers, merging, packing
 *	  revenue.c				revenue_summary: type, aggregates over mrr_timeline
 *	  revenue_pass.c		the aggregate over raw subscriptions, one pass
 *	  revenue_rows.c		revenue_bridge(), trailing_retention(), customer_churn()
 *	  revenue_cohorts.c		revenue_cohort_summary: type, aggregates, revenue_cohorts()
 */
#ifndef RETENTION_REVENUE_H
#define RETENTION_REVENUE_H

#include "aggregate.h"
#include "period.h"
#include "revenue_format.h"
#include "rows.h"
#include "timeline.h"

#include "hash_key.h"
#include "utils/expandeddatum.h"

struct periods_hash;
struct returns_hash;

/* The MRR of a customer from the end of a period on. */
typedef struct PeriodMrr
{
	int32		index;
	Money		mrr;
} PeriodMrr;

/* Customers of months or quarters come back to the same few periods. */
#define NUM_RECENT 64

/*
 * A summary in memory. It is an expanded object, so that the aggregates over
 * mrr_timeline can have the type revenue_summary as their state and still change it
 * in place: what leaves the aggregate is packed by the server.
 */
typedef struct RevenueState
{
	ExpandedObjectHeader header;
	MemoryContext context;		/* of everything below, and perhaps of other states */
	PeriodCut	cut;
	bool		has_products;
	bool		has_starts;		/* whether the two that follow are set */
	int32		first_start;
	int32		last_start;
	struct periods_hash *periods;
	struct returns_hash *returns;
	RevenuePeriod *recent[NUM_RECENT];	/* of periods, by index; NULL: look there */
	Packed	   *packed;			/* the same packed; NULL: not known */
	/* of the customer that is added */
	Timeline	timeline;
	MrrProduct *products;
	int32		max_products;
	PeriodMrr  *mrr;
	size_t		max_mrr;
} RevenueState;

extern const PackedType RevenueSummaryType;

/* revenue_state.c */
extern RevenueState *NewRevenueState(MemoryContext context, PeriodCut cut, bool has_products);
extern Packed *PackRevenue(const RevenueState *state);
extern void RequireSameCut(PeriodCut cut, PeriodCut other);
extern void RequireSameRevenue(const RevenueState *state, PeriodCut cut, bool has_products);
extern void MergeRevenue(RevenueState *state, PackedView other);
extern void NoteStarts(RevenueState *state, int32 first_start, int32 last_start);
extern void AddCustomer(RevenueState *state);
NORETURN extern void CustomersOutOfRange(void);

/* revenue.c */
extern bool HasLines(PackedView timeline);
extern PeriodCut CutOfArgument(FunctionCallInfo fcinfo, int argno);

/* revenue_rows.c */
extern int32 AsOfOrLastStart(FunctionCallInfo fcinfo, int argno, const RevenueHead *head);
extern void AddMoneyColumn(RowBuilder *row, Money amount);
extern void AddRatioColumn(RowBuilder *row, Money numerator, Money denominator);

#endif							/* RETENTION_REVENUE_H */
