/*
 * outcome.h
 *	  Outcomes: whether what a score foretells happened.
 */
#ifndef RETENTION_OUTCOME_H
#define RETENTION_OUTCOME_H

#include "extension.h"

/* An outcome that is a number; an error unless it is 0 or 1. */
static inline bool
OutcomeOfBigint(int64 outcome)
{
	if (unlikely(outcome != 0 && outcome != 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("outcome must be 0 or 1, not %lld", (long long) outcome)));
	return outcome == 1;
}

#endif							/* RETENTION_OUTCOME_H */
