/*
 * period_format.c
 *	  The bytes of a period_spec: writing, reading, checking.
 */
#include "period_format.h"

#define UNIT_OFFSET 4
#define WEEK_START_OFFSET 5
#define NUM_BRACKETS_OFFSET 6
#define BRACKETS_OFFSET 8

static size_t
ZoneOffset(int num_brackets)
{
	return BRACKETS_OFFSET + sizeof(int32_t) * (size_t) num_brackets;
}

/* What is wrong with a list of bracket limits, or NULL. */
const char *
PeriodBracketsCheck(const int32_t *brackets, int num_brackets)
{
	if (num_brackets > MAX_BRACKETS)
		return "There are at most 1000 brackets.";
	for (int i = 0; i < num_brackets; i++)
	{
		if (brackets[i] < 1)
			return "Brackets start at 1 or later: age 0 is a bracket of its own.";
		if (i > 0 && brackets[i] <= brackets[i - 1])
			return "Brackets must increase.";
	}
	return NULL;
}

/* Names of the zone database are printable ASCII without blanks. */
static bool
IsZoneNameLike(const uint8_t *name, size_t length)
{
	if (length > MAX_ZONE_NAME)
		return false;
	for (size_t i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return true;
}

/*
 * What is wrong with the bytes of a period_spec, or NULL. Whether the zone
 * exists only the server can tell.
 */
const char *
PeriodSpecCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_PERIOD_SPEC, PERIOD_FLAG_ELAPSED);
	int32_t		brackets[MAX_BRACKETS];
	int			num_brackets;

	if (problem != NULL)
		return problem;
	if (size < BRACKETS_OFFSET)
		return "The value is cut off.";
	if (!PeriodCutIsValid(PackedPeriodCut(bytes)))
		return "The unit or the start of the week is out of range.";
	num_brackets = PackedNumBrackets(bytes);
	if (num_brackets > MAX_BRACKETS)
		return "There are at most 1000 brackets.";
	if (size < ZoneOffset(num_brackets))
		return "The value is cut off.";
	if (!IsZoneNameLike(bytes + ZoneOffset(num_brackets), size - ZoneOffset(num_brackets)))
		return "The name of the time zone is malformed.";
	for (int i = 0; i < num_brackets; i++)
		brackets[i] = LoadI32(bytes + ZoneOffset(i));
	return PeriodBracketsCheck(brackets, num_brackets);
}

size_t
PeriodSpecSize(const PeriodSpec *spec)
{
	return ZoneOffset(spec->num_brackets) + spec->zone_length;
}

/* Write a spec into PeriodSpecSize() bytes. */
void
PeriodSpecPack(const PeriodSpec *spec, uint8_t *bytes)
{
	PackedWriteHeader(bytes, PACKED_PERIOD_SPEC, spec->elapsed ? PERIOD_FLAG_ELAPSED : 0);
	bytes[UNIT_OFFSET] = spec->cut.unit;
	bytes[WEEK_START_OFFSET] = spec->cut.week_start;
	StoreU16(bytes + NUM_BRACKETS_OFFSET, (uint16_t) spec->num_brackets);
	for (int i = 0; i < spec->num_brackets; i++)
		StoreI32(bytes + ZoneOffset(i), spec->brackets[i]);
	if (spec->zone_length > 0)
		memcpy(bytes + ZoneOffset(spec->num_brackets), spec->zone, spec->zone_length);
}

/*
 * Take checked bytes apart. brackets has room for PackedNumBrackets(); the zone
 * stays in the bytes.
 */
void
PeriodSpecUnpack(const uint8_t *bytes, size_t size, PeriodSpec *spec, int32_t *brackets)
{
	spec->cut = PackedPeriodCut(bytes);
	spec->elapsed = (PackedFlags(bytes) & PERIOD_FLAG_ELAPSED) != 0;
	spec->num_brackets = PackedNumBrackets(bytes);
	for (int i = 0; i < spec->num_brackets; i++)
		brackets[i] = LoadI32(bytes + ZoneOffset(i));
	spec->brackets = brackets;
	spec->zone = (const char *) bytes + ZoneOffset(spec->num_brackets);
	spec->zone_length = size - ZoneOffset(spec->num_brackets);
}
