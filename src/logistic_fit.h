/*
 * logistic_fit.h
 *	  Fitting a logistic regression, without a server.
 */
#ifndef RETENTION_LOGISTIC_FIT_H
#define RETENTION_LOGISTIC_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_FEATURES 1000

/*
 * Rows are taken so many at a time, columns apart, so that the processor can take
 * several at once. Where all reads but the last give a multiple of it, how rows are
 * spread over reads changes no sum.
 */
#define LOGISTIC_BLOCK_ROWS 128

/*
 * Rows to be read several times. A row is 1 + num_features numbers: the outcome, 0 or
 * 1, and the features.
 */
typedef struct LogisticRows LogisticRows;
struct LogisticRows
{
	int			num_features;
	uint64_t	num_rows;		/* at least 1 */
	uint64_t	num_positives;
	const double *lowest;		/* of each feature, finite */
	const double *highest;
	void		(*rewind) (LogisticRows *rows);
	/* the next rows, or 0 at the end; they stay where they are until the next call */
	size_t		(*read) (LogisticRows *rows, const double **block);
};

typedef enum LogisticStatus
{
	LOGISTIC_CONVERGED,
	LOGISTIC_SEPARATED,			/* no finite maximum was found */
	LOGISTIC_CONSTANT,			/* feature is the same in all rows */
	LOGISTIC_COLLINEAR,			/* feature is a combination of the involved ones */
	LOGISTIC_OUT_OF_RANGE		/* the values of feature are too far apart or too close */
} LogisticStatus;

/* What is found; the arrays belong to the caller. */
typedef struct LogisticFit
{
	double	   *coefficients;	/* of the intercept, then of the features */
	double	   *stderrs;		/* the same order; only if converged */
	double		log_likelihood;
	int			num_iterations;
	int			feature;		/* from 0 on, see LogisticStatus */
	bool	   *involved;		/* of each feature */
} LogisticFit;

extern size_t LogisticWorkspace(int num_features);
extern LogisticStatus FitLogistic(LogisticRows *rows, LogisticFit *fit, double *workspace);

#endif							/* RETENTION_LOGISTIC_FIT_H */
