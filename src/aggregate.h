/*
 * aggregate.h
 *	  What the states of aggregates share.
 */
#ifndef RETENTION_AGGREGATE_H
#define RETENTION_AGGREGATE_H

#include "extension.h"

extern MemoryContext RequireAggregate(FunctionCallInfo fcinfo, const char *name);
extern MemoryContext NewStateContext(void);
extern MemoryContext StateContext(FunctionCallInfo fcinfo);
extern Datum UnchangedState(FunctionCallInfo fcinfo);

#endif							/* RETENTION_AGGREGATE_H */
