/*
 * customer_pass.h
 *	  What the states of all aggregates that read raw rows once have in common.
 */
#ifndef RETENTION_CUSTOMER_PASS_H
#define RETENTION_CUSTOMER_PASS_H

#include "customer_table.h"

/* The first member of such a state. */
typedef struct CustomerPass
{
	CustomerTable *customers;	/* NULL: they are finished, or in what a worker sent */
	const char *sent;			/* until it is combined */
	size_t		sent_size;
} CustomerPass;

/*
 * Get a state ready for the customers of a worker: check it against the header that the
 * worker sent before them, or make one if it is NULL.
 */
typedef CustomerPass *(*PrepareForSent) (FunctionCallInfo fcinfo, CustomerPass *pass,
										 const char *header);

extern void ClosePassWithAggregate(FunctionCallInfo fcinfo, CustomerPass *pass);
extern Datum SerializePass(CustomerPass *pass, const void *header, size_t header_size);
extern Datum DeserializePass(FunctionCallInfo fcinfo);
extern Datum CombinePasses(FunctionCallInfo fcinfo, const char *aggregate, PrepareForSent prepare);

#endif							/* RETENTION_CUSTOMER_PASS_H */
