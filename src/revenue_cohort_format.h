/*
 * revenue_cohort_format.h
 *	  The bytes of a revenue_cohort_summary. See packed.h for the frame.
 *
 *	  4..13  unit, week_start, first and last start of a line, as in a revenue_summary
 *	  14..   to the end, the cohorts in order: how many periods lie between it and the
 *			 one before (for the first: and the period of the first start, without the
 *			 one); how many periods have a change less one; and for each of them, in
 *			 order, how many periods lie between it and the one before (not for the
 *			 first, which is the cohort's own), and the change of the customers who pay
 *			 at its end, of their MRR, and of their gross MRR, the lowest that each has
 *			 paid so far
 *
 * Distances and numbers are varints, changes have a sign, money is in millionths
 * (money.h). Nothing here calls the server.
 */
#ifndef RETENTION_REVENUE_COHORT_FORMAT_H
#define RETENTION_REVENUE_COHORT_FORMAT_H

#include "revenue_format.h"

/* What a cohort pays at the end of a period, or how that changes. */
typedef struct CohortRevenue
{
	int64_t		customers;
	Money		mrr;
	Money		gross_mrr;
} CohortRevenue;

/* A change of a cohort in a period. */
typedef struct CohortChange
{
	int32_t		cohort;			/* index of its period */
	int32_t		index;			/* of the period */
	CohortRevenue change;
} CohortChange;

/* Reads the changes of a summary in the order of cohorts, then periods. */
typedef struct CohortReader
{
	const uint8_t *next;
	const uint8_t *end;
	bool		is_first;
	int64_t		cohort;			/* of the change that was read */
	int64_t		index;
	uint64_t	num_changes;	/* of the cohort, not read yet */
	bool		at_first;		/* of the cohort */
	const char *problem;		/* what is wrong with the bytes */
} CohortReader;

extern const char *RevenueCohortCheck(const uint8_t *bytes, size_t size);
extern void PutCohort(RevenueWriter *writer, uint64_t distance, uint64_t num_changes);
extern void PutCohortChange(RevenueWriter *writer, const CohortRevenue *change);
extern void CohortReadBegin(CohortReader *reader, const uint8_t *bytes, size_t size);
extern bool CohortReadChange(CohortReader *reader, CohortChange *change);
extern bool AddCohortRevenue(CohortRevenue *sum, const CohortRevenue *change);

#endif							/* RETENTION_REVENUE_COHORT_FORMAT_H */
