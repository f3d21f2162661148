/*
 * logistic_format.h
 *	  The bytes of a logistic_model.
 *
 * After the frame:
 *
 *	  8 bytes	log-likelihood
 *	  varint	rows that were counted
 *	  varint	rows that were skipped
 *	  varint	number of features
 *	  8 bytes	coefficient of the intercept
 *	  8 bytes	its standard error, only if converged
 *
 * and for each feature a varint, the length of its name, the name, its coefficient
 * and, only if converged, its standard error. Floats are IEEE 754, finite, and there
 * is one zero.
 */
#ifndef RETENTION_LOGISTIC_FORMAT_H
#define RETENTION_LOGISTIC_FORMAT_H

#include "packed.h"

#define LOGISTIC_FLAG_CONVERGED 1

typedef struct LogisticHead
{
	bool		converged;
	double		log_likelihood;
	uint64_t	num_rows;
	uint64_t	num_skipped;
	uint32_t	num_features;
} LogisticHead;

/* The intercept, which has no name, or a feature. */
typedef struct LogisticTerm
{
	const uint8_t *name;
	size_t		name_length;
	double		coefficient;
	double		stderr_coefficient;	/* NaN unless converged */
} LogisticTerm;

/* Reading terms in order: the intercept, then the features. */
typedef struct LogisticReader
{
	const uint8_t *next;
	const uint8_t *end;
	bool		converged;
	uint32_t	position;		/* 0: the intercept is next */
	uint32_t	num_features;
} LogisticReader;

extern const char *LogisticCheck(const uint8_t *bytes, size_t size);
extern LogisticHead LogisticReadHead(const uint8_t *bytes, size_t size, LogisticReader *reader);
extern bool LogisticReadTerm(LogisticReader *reader, LogisticTerm *term);
extern size_t LogisticHeadSize(const LogisticHead *head);
extern uint8_t *LogisticWriteHead(uint8_t *bytes, const LogisticHead *head);
extern size_t LogisticTermSize(const LogisticTerm *term, bool is_feature, bool converged);
extern uint8_t *LogisticWriteTerm(uint8_t *p, const LogisticTerm *term, bool is_feature,
								  bool converged);

#endif							/* RETENTION_LOGISTIC_FORMAT_H */
