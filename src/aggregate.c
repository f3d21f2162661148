/*
 * aggregate.c
 *	  What the states of aggregates share.
 */
#include "aggregate.h"

#include "utils/memutils.h"

/* The memory context of the aggregate that calls; an error if none does. */
MemoryContext
RequireAggregate(FunctionCallInfo fcinfo, const char *name)
{
	MemoryContext context;

	if (AggCheckCallContext(fcinfo, &context) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this function can only be called by the aggregate %s", name)));
	return context;
}

/* A memory context for one state, to be deleted when it is not needed any more. */
MemoryContext
NewStateContext(void)
{
	return AllocSetContextCreate(CurrentMemoryContext, "retention state",
								 ALLOCSET_START_SMALL_SIZES);
}

/*
 * The memory context of all states of an aggregate, right below the aggregate's, as
 * the executor wants it of an expanded object that it is not to copy. It is one for
 * all groups, because the executor sums up all contexts whenever a group is new: with
 * one for each that is quadratic. States are never deleted one by one.
 */
static MemoryContext
SharedContext(MemoryContext aggregate)
{
	static const char name[] = "retention states";

	for (MemoryContext child = aggregate->firstchild; child != NULL; child = child->nextchild)
		if (child->name == name)
			return child;
	return AllocSetContextCreateInternal(aggregate, name, ALLOCSET_DEFAULT_SIZES);
}

/*
 * Where a state that is an expanded object lives: with its aggregate, or with the call
 * if there is none.
 */
MemoryContext
StateContext(FunctionCallInfo fcinfo)
{
	MemoryContext aggregate;

	return AggCheckCallContext(fcinfo, &aggregate) != 0 ? SharedContext(aggregate)
		: NewStateContext();
}

/* What a transition returns for a row that is ignored. */
Datum
UnchangedState(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(0);
}
