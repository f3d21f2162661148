/*
 * multiple_tests.h
 *	  p-values of several tests at once: what is left of each when the number of tests is
 *	  taken into account.
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_MULTIPLE_TESTS_H
#define RETENTION_MULTIPLE_TESTS_H

#include <stddef.h>

typedef enum Correction
{
	CORRECTION_HOLM,
	CORRECTION_BENJAMINI_HOCHBERG,
	CORRECTION_BONFERRONI,
	CORRECTION_NONE
} Correction;

/* A p-value and where it stands. */
typedef struct RankedPValue
{
	double		p;
	size_t		position;
} RankedPValue;

extern void AdjustPValues(double *p, size_t n, Correction correction, RankedPValue *workspace);

#endif							/* RETENTION_MULTIPLE_TESTS_H */
