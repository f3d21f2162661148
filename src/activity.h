/*
 * activity.h
 *	  activity_days for the other files of the concept retention.
 */
#ifndef RETENTION_ACTIVITY_H
#define RETENTION_ACTIVITY_H

#include "activity_format.h"
#include "packed_io.h"

/* Days in order and without duplicates, in memory that grows. */
typedef struct DayList
{
	int32	   *days;
	size_t		num_days;
	size_t		max_days;
} DayList;

extern void DayListGrow(DayList *list);
extern void DayListRead(DayList *list, PackedView activity);
extern Packed *PackDays(const int32 *days, size_t num_days);

/* Add a day that is later than all others. */
static inline void
DayListAppend(DayList *list, int32 day)
{
	if (unlikely(list->num_days == list->max_days))
		DayListGrow(list);
	list->days[list->num_days++] = day;
}

#endif							/* RETENTION_ACTIVITY_H */
