/*
 * interrupts.h
 *	  Long loops and sorts that end soon after a timeout, also in the files that
 *	  know nothing of the server.
 *
 * The Makefile defines RETENTION_SERVER where it builds the library. Unit tests and
 * fuzzers do not: there nothing interrupts.
 */
#ifndef RETENTION_INTERRUPTS_H
#define RETENTION_INTERRUPTS_H

#ifdef RETENTION_SERVER
#include "extension.h"

#include "miscadmin.h"
#else
#include <stddef.h>
#include <stdlib.h>

#define CHECK_FOR_INTERRUPTS() ((void) 0)
#endif

/* The order of two items: below, equal to or above zero. */
typedef int (*ItemComparator) (const void *a, const void *b, void *argument);

/* Sort an array. Nothing may depend on the order of equal items. */
static inline void
SortArray(void *items, size_t num_items, size_t item_size, ItemComparator compare, void *argument)
{
#ifdef RETENTION_SERVER
	qsort_interruptible(items, num_items, item_size, compare, argument);
#else
	qsort_r(items, num_items, item_size, compare, argument);
#endif
}

#endif							/* RETENTION_INTERRUPTS_H */
