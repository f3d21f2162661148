/*
 * decay_sum.h
 *	  Sums of decaying terms, and where they are zero.
 */
#ifndef RETENTION_DECAY_SUM_H
#define RETENTION_DECAY_SUM_H

#include "extension.h"

/* constant + slope x + sum of amplitude e^(-rate x), x in microseconds */
typedef struct DecayTerm
{
	double		amplitude;
	double		rate;
} DecayTerm;

typedef struct DecaySum
{
	double		constant;
	double		slope;
	int			num_terms;
	DecayTerm  *terms;			/* of different rates, the slowest first */
} DecaySum;

/* Numbers in memory that grows. */
typedef struct NumberList
{
	int			num_numbers;
	int			max_numbers;
	double	   *numbers;
} NumberList;

extern void AddNumber(NumberList *list, double number);
extern void SortNumbers(NumberList *list);
extern double ValueOfSum(const DecaySum *sum, double x);
extern DecaySum NewSum(int max_terms);
extern void AddTerm(DecaySum *sum, double amplitude, double rate);
extern void AddSum(DecaySum *sum, const DecaySum *added);
extern DecaySum DerivativeOf(const DecaySum *sum);
extern void AddRoots(NumberList *roots, DecaySum *sum, double low, double high);

#endif							/* RETENTION_DECAY_SUM_H */
