/*
 * zone_clock.h
 *	  Which day it is in a time zone at a moment, fast.
 */
#ifndef RETENTION_ZONE_CLOCK_H
#define RETENTION_ZONE_CLOCK_H

#include "extension.h"

#include "calendar.h"
#include "pgtime.h"
#include "utils/date.h"
#include "utils/hsearch.h"
#include "utils/timestamp.h"

/* A stretch of time in which a zone's offset from UTC does not change. */
typedef struct ZoneSegment
{
	int64		from;			/* microseconds since 2000-01-01 UTC */
	int64		to;				/* exclusive */
	int64		offset;			/* local time minus UTC, microseconds */
} ZoneSegment;

/* What is known of one zone. */
typedef struct ZoneClock
{
	pg_tz	   *zone;
	MemoryContext context;		/* where the segments live */
	ZoneSegment *segments;		/* those seen so far, in order of time */
	int			num_segments;
	int			max_segments;
	int			current;		/* the segment the last moment fell into */
	int64		day_from;		/* the moments that are known to lie on day */
	int64		day_to;			/* exclusive */
	DateADT		day;
} ZoneClock;

/* The clocks of zones that come with the rows. */
typedef struct ZoneClocks
{
	MemoryContext context;
	HTAB	   *by_name;		/* NULL until the first */
	struct NamedClock *last;	/* that of the row before */
} ZoneClocks;

/* What to do about a zone that other machines may know. */
#define MISSING_ZONE_HINT \
	"Zones that this server knows are in pg_timezone_names. Old names such as US/Eastern and Asia/Calcutta need the package tzdata-legacy on Debian 13 and later. To list the zones in use that are missing, see \"Zones that a server does not know\" in doc/period.md."

extern const char *StoredZoneName(const char *name, bool *is_known);
extern ZoneClock *ZoneClockNamed(ZoneClocks *clocks, text *name);
extern void ZoneClockInit(ZoneClock *clock, pg_tz *zone, MemoryContext context);
extern DateADT ZoneClockFindDay(ZoneClock *clock, TimestampTz at);

/* The last microsecond belongs to the day it falls into, also before 2000. */
static inline DateADT
DayOfTimestamp(int64 timestamp)
{
	int64		day = timestamp / USECS_PER_DAY;

	return (DateADT) (day - (timestamp - day * USECS_PER_DAY < 0));
}

/* The local day at a finite moment, which often is that of the moment before. */
static inline DateADT
ZoneClockDay(ZoneClock *clock, TimestampTz at)
{
	if (likely(at >= clock->day_from && at < clock->day_to))
		return clock->day;
	return ZoneClockFindDay(clock, at);
}

#endif							/* RETENTION_ZONE_CLOCK_H */
