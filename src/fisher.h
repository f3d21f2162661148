/*
 * fisher.h
 *	  Exact comparison of two shares by the hypergeometric distribution.
 */
#ifndef RETENTION_FISHER_H
#define RETENTION_FISHER_H

/* successes of trials in two groups; whole numbers within 2^53 */
typedef struct TwoByTwo
{
	double		x1;
	double		n1;
	double		x2;
	double		n2;
} TwoByTwo;

typedef struct ExactPValues
{
	double		fisher;
	double		mid_p;
} ExactPValues;

extern double SmallestExpectedCount(TwoByTwo table);
extern bool HasWholeCounts(TwoByTwo table);
extern ExactPValues HypergeometricPValues(TwoByTwo table);

#endif							/* RETENTION_FISHER_H */
