/*
 * logistic.h
 *	  logistic_model: from rows to a model, and what a model says.
 *
 *	  logistic.c			the aggregate: collecting rows, fitting them
 *	  logistic_model.c		the type and its accessors
 *	  logistic_fit.c		Newton's method, without a server
 *	  logistic_format.c		the bytes
 */
#ifndef RETENTION_LOGISTIC_H
#define RETENTION_LOGISTIC_H

#include "packed_io.h"

#include "logistic_format.h"
#include "utils/array.h"

#define INTERCEPT_NAME "(intercept)"

/* The values of an array of features; one of them may be NULL. */
typedef struct FeatureValues
{
	int			num;
	bool		has_null;
	const double *values;		/* aligned; not set if has_null */
} FeatureValues;

extern const PackedType LogisticModelType;

extern FeatureValues ReadFeatures(ArrayType *array);

#endif							/* RETENTION_LOGISTIC_H */
