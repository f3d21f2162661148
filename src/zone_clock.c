/*
 * zone_clock.c
 *	  Which day it is in a time zone at a moment, fast.
 *
 * timestamp AT TIME ZONE asks the zone database for every row. A zone changes
 * its offset about twice a year, so the stretches between changes are kept, and
 * a moment that falls into a known one costs a comparison, or a binary search
 * among the few that the data touch. No part of this reads the session's
 * TimeZone.
 */
#include "zone_clock.h"

#include <ctype.h>

#include "period_format.h"
#include "utils/builtins.h"

#define SECONDS_FROM_1970_TO_2000 \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

typedef struct NamedClock
{
	char		name[MAX_ZONE_NAME + 1];	/* hash key, as the row spelled it */
	ZoneClock	clock;
} NamedClock;

/*
 * Zones of the database whose names look like POSIX strings: letters, then an
 * offset. The list is closed, the database adds no more such names.
 */
static const char *const posix_like_zones[] = {
	"EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "GMT0", "GMT+0", "GMT-0"
};

/* What a zone's name begins with, up to a slash. The list is closed, as are the next two. */
static const char *const zone_areas[] = {
	"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil",
	"Canada", "Chile", "Etc", "Europe", "Indian", "Mexico", "Mideast", "Pacific", "SystemV", "US"
};

/* The names without a slash, but for posix_like_zones. */
static const char *const zones_without_area[] = {
	"CET", "Cuba", "EET", "EST", "Egypt", "Eire", "Factory", "GB", "GB-Eire", "GMT", "Greenwich",
	"HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein", "Libya",
	"MET", "MST", "NZ", "NZ-CHAT", "Navajo", "PRC", "Poland", "Portugal", "ROC", "ROK",
	"Singapore", "Turkey", "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu"
};

/* Whether a name is in a list, in any case. */
static bool
IsListed(const char *name, const char *const *list, size_t num_listed)
{
	for (size_t i = 0; i < num_listed; i++)
		if (pg_strcasecmp(name, list[i]) == 0)
			return true;
	return false;
}

/* The microseconds of a timestamptz as seconds since 1970, rounded down. */
static pg_time_t
UnixSeconds(TimestampTz at)
{
	int64		seconds = at / USECS_PER_SEC;

	if (at - seconds * USECS_PER_SEC < 0)
		seconds--;
	return (pg_time_t) (seconds + SECONDS_FROM_1970_TO_2000);
}

/* A change of offset may lie beyond the last timestamp. */
static int64
MicrosecondsFromUnix(pg_time_t seconds)
{
	if (seconds - SECONDS_FROM_1970_TO_2000 > PG_INT64_MAX / USECS_PER_SEC)
		return PG_INT64_MAX;
	return (seconds - SECONDS_FROM_1970_TO_2000) * USECS_PER_SEC;
}

/* As pg_next_dst_boundary(): 1 and *change, 0 for never, -1 for unknown. */
static int
AskNextChange(pg_tz *zone, pg_time_t seconds, pg_time_t *change)
{
	long		before_offset;
	long		after_offset;
	int			before_isdst;
	int			after_isdst;

	return pg_next_dst_boundary(&seconds, &before_offset, &before_isdst, change,
								&after_offset, &after_isdst, zone);
}

/*
 * Whether the database has a file for a zone with a name in posix_like_zones, or
 * the server read the name as a POSIX string because there is none.
 *
 * A POSIX string knows no summer time before 1970, America has had it since 1918. A
 * server with a file posixrules takes the history from there, which is good enough.
 * GMT0 and its like are the same zone either way.
 */
static bool
HasHistory(pg_tz *zone)
{
	const pg_time_t year_1900 = -INT64CONST(2208988800);
	pg_time_t	first_change = 0;

	return AskNextChange(zone, year_1900, &first_change) != 1 || first_change < 0;
}

/*
 * Whether pg_tzset() made a zone out of a POSIX string such as UTC+2 or
 * Berlin2, which means two hours WEST of Greenwich and is hardly ever meant.
 *
 * Zones of the database carry the name of their file, POSIX strings their own
 * text in capitals, and a POSIX string always has a digit.
 */
static bool
IsPosixZone(pg_tz *zone)
{
	const char *canonical_name = pg_get_timezone_name(zone);
	bool		has_digit = false;

	for (const char *c = canonical_name; *c != '\0'; c++)
	{
		if (islower((unsigned char) *c))
			return false;
		if (isdigit((unsigned char) *c))
			has_digit = true;
	}
	if (IsListed(canonical_name, posix_like_zones, lengthof(posix_like_zones)))
		return !HasHistory(zone);
	return has_digit;
}

/*
 * The zone of the zone database with a name, in any case; NULL if there is
 * none. POSIX strings and the server's own "localtime" are not zones here: the
 * one is nearly always a mistake, the other means something else elsewhere.
 */
static pg_tz *
FindZone(const char *name)
{
	pg_tz	   *zone;

	if (name[0] == '\0' || strlen(name) > MAX_ZONE_NAME || pg_strcasecmp(name, "localtime") == 0)
		return NULL;
	zone = pg_tzset(name);
	if (zone == NULL || !pg_tz_acceptable(zone) || IsPosixZone(zone))
		return NULL;
	return zone;
}

/* Whether a text has only characters that names of the zone database have. */
static bool
HasZoneCharacters(const char *text)
{
	return text[0] != '\0' &&
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == strlen(text);
}

/*
 * Whether some zone database may have a zone with a name, whichever this one has:
 * Area/Location with one of the areas, or one of the old names without an area.
 * That tells the zone of another machine from a slip of the pen, and goes on doing
 * so: new zones lie in one of these areas.
 */
static bool
MayBeZone(const char *name)
{
	const char *slash;
	char		area[16];

	if (strlen(name) > MAX_ZONE_NAME)
		return false;
	if (pg_strncasecmp(name, "posix/", 6) == 0)
		name += 6;
	slash = strchr(name, '/');
	if (slash == NULL)
		return IsListed(name, zones_without_area, lengthof(zones_without_area)) ||
			IsListed(name, posix_like_zones, lengthof(posix_like_zones));
	if ((size_t) (slash - name) >= sizeof(area))
		return false;
	strlcpy(area, name, slash - name + 1);
	return IsListed(area, zone_areas, lengthof(zone_areas)) && HasZoneCharacters(slash + 1);
}

/*
 * The name under which a zone is stored: as this server's zone database spells it.
 * A zone that only other databases may have, which *is_known then says, keeps its
 * spelling: dumps of other machines name zones that are missing here. NULL for what
 * is no zone anywhere.
 */
const char *
StoredZoneName(const char *name, bool *is_known)
{
	pg_tz	   *zone = FindZone(name);

	*is_known = zone != NULL;
	if (zone != NULL)
		return pg_get_timezone_name(zone);
	return MayBeZone(name) ? name : NULL;
}

/* Begin with an empty clock, whose memory comes from context. */
void
ZoneClockInit(ZoneClock *clock, pg_tz *zone, MemoryContext context)
{
	memset(clock, 0, sizeof(*clock));
	clock->zone = zone;
	clock->context = context;
}

/*
 * When the offset changes next after a second; false if it never does.
 *
 * At the very second of the last change that the database lists, the server's
 * function says "never" although the zone goes on changing by rule; a second later
 * it knows better. Where it does not know, nothing is assumed beyond the second.
 */
static bool
NextChange(pg_tz *zone, pg_time_t seconds, pg_time_t *change)
{
	int			found = AskNextChange(zone, seconds, change);

	if (found == 0)
		found = AskNextChange(zone, seconds + 1, change);
	if (found < 0)
		*change = seconds + 1;
	return found != 0;
}

/*
 * How far before `seconds` the same stretch certainly reaches, so that a scan
 * backwards in time does not ask the database for every row.
 */
static pg_time_t
KnownStart(pg_tz *zone, pg_time_t seconds, bool has_change, pg_time_t change)
{
	static const int days_back[] = {64, 16, 4, 1};

	for (size_t i = 0; i < lengthof(days_back); i++)
	{
		pg_time_t	earlier = seconds - (pg_time_t) days_back[i] * SECS_PER_DAY;
		pg_time_t	earlier_change;
		bool		earlier_has_change = NextChange(zone, earlier, &earlier_change);

		if (earlier_has_change == has_change && (!has_change || earlier_change == change))
			return earlier;
	}
	return seconds;
}

/* The offset is taken from pg_localtime(), which AT TIME ZONE uses. */
static ZoneSegment
AskZone(pg_tz *zone, TimestampTz at)
{
	pg_time_t	seconds = UnixSeconds(at);
	pg_time_t	change = 0;
	bool		has_change = NextChange(zone, seconds, &change);
	struct pg_tm *local = pg_localtime(&seconds, zone);
	ZoneSegment segment;

	if (local == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range for time zone \"%s\"",
						pg_get_timezone_name(zone))));
	segment.offset = (int64) local->tm_gmtoff * USECS_PER_SEC;
	segment.from = MicrosecondsFromUnix(KnownStart(zone, seconds, has_change, change));
	segment.to = has_change ? MicrosecondsFromUnix(change) : PG_INT64_MAX;
	return segment;
}

/* The position of the first known segment that ends after a moment. */
static int
FirstSegmentEndingAfter(const ZoneClock *clock, TimestampTz at)
{
	int			low = 0;
	int			high = clock->num_segments;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (clock->segments[middle].to > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void
InsertSegment(ZoneClock *clock, int position, ZoneSegment segment)
{
	if (clock->segments == NULL)
	{
		clock->max_segments = 16;
		clock->segments = (ZoneSegment *)
			MemoryContextAlloc(clock->context, clock->max_segments * sizeof(ZoneSegment));
	}
	else if (clock->num_segments == clock->max_segments)
	{
		clock->max_segments *= 2;
		clock->segments = (ZoneSegment *)
			repalloc(clock->segments, clock->max_segments * sizeof(ZoneSegment));
	}
	memmove(clock->segments + position + 1, clock->segments + position,
			(clock->num_segments - position) * sizeof(ZoneSegment));
	clock->segments[position] = segment;
	clock->num_segments++;
}

/* West of Greenwich the first timestamp lies on a day that is no date. */
NORETURN static void
MomentBeforeFirstDate(const ZoneClock *clock)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("the time is out of range: in time zone \"%s\" it is before the first date, 4714-11-24 BC",
					pg_get_timezone_name(clock->zone))));
}

/*
 * The segment a finite moment falls into, asked from the zone database if it is
 * not known yet. Sets clock->current.
 */
static ZoneSegment *
ZoneClockFind(ZoneClock *clock, TimestampTz at)
{
	int			position = FirstSegmentEndingAfter(clock, at);
	bool		known_end = position < clock->num_segments;

	if (!known_end || at < clock->segments[position].from)
	{
		ZoneSegment segment = AskZone(clock->zone, at);

		/* the same stretch, of which only the later part was known */
		if (known_end && segment.to == clock->segments[position].to)
			clock->segments[position].from = segment.from;
		else
			InsertSegment(clock, position, segment);
	}
	clock->current = position;
	return clock->segments + position;
}

/*
 * ZoneClockDay() for a moment on another day than the one before. Remembers which
 * moments lie on the same day: with DayOfTimestamp() those of its 24 hours, as far
 * as the offset is known to hold.
 */
DateADT
ZoneClockFindDay(ZoneClock *clock, TimestampTz at)
{
	ZoneSegment *segment = clock->segments + clock->current;
	int64		midnight;

	if (unlikely(clock->num_segments == 0 || at < segment->from || at >= segment->to))
		segment = ZoneClockFind(clock, at);
	clock->day = DayOfTimestamp(at + segment->offset);
	if (unlikely(clock->day < FIRST_DATE))
	{
		clock->day_to = clock->day_from;
		MomentBeforeFirstDate(clock);
	}
	midnight = (int64) clock->day * USECS_PER_DAY - segment->offset;
	clock->day_from = Max(segment->from, midnight);
	clock->day_to = Min(segment->to, midnight + USECS_PER_DAY);
	return clock->day;
}

static NamedClock *
FindOrMakeClock(ZoneClocks *clocks, const char *name)
{
	NamedClock *entry;
	pg_tz	   *zone;

	if (clocks->by_name == NULL)
	{
		HASHCTL		control = {0};

		control.keysize = sizeof(entry->name);
		control.entrysize = sizeof(NamedClock);
		control.hcxt = clocks->context;
		clocks->by_name = hash_create("retention zones", 16, &control,
									  HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	entry = (NamedClock *) hash_search(clocks->by_name, name, HASH_FIND, NULL);
	if (entry != NULL)
		return entry;

	zone = FindZone(name);
	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown time zone: \"%s\"", name),
				 MayBeZone(name) ? errhint(MISSING_ZONE_HINT) :
				 errhint("Use a name of the zone database such as Europe/Berlin; see pg_timezone_names.")));
	entry = (NamedClock *) hash_search(clocks->by_name, name, HASH_ENTER, NULL);
	ZoneClockInit(&entry->clock, zone, clocks->context);
	return entry;
}

/* The clock of the zone with a name, which usually is that of the row before. */
ZoneClock *
ZoneClockNamed(ZoneClocks *clocks, text *name)
{
	size_t		length = VARSIZE_ANY_EXHDR(name);

	if (clocks->last == NULL || strlen(clocks->last->name) != length ||
		memcmp(clocks->last->name, VARDATA_ANY(name), length) != 0)
		clocks->last = FindOrMakeClock(clocks, text_to_cstring(name));
	return &clocks->last->clock;
}
