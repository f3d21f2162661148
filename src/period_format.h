/*
 * period_format.h
 *	  The bytes of a period_spec. See packed.h for the frame.
 *
 *	  4      unit, a PeriodUnit
 *	  5      week_start
 *	  6..7   number of brackets
 *	  8..    brackets, int32 each
 *	  ..     name of the time zone to the end; empty: no zone
 *
 * Flag 1: elapsed. Nothing here calls the server.
 */
#ifndef RETENTION_PERIOD_FORMAT_H
#define RETENTION_PERIOD_FORMAT_H

#include "calendar.h"
#include "packed.h"

#define PERIOD_FLAG_ELAPSED 1

#define MAX_BRACKETS 1000
#define MAX_ZONE_NAME 255

/* A period_spec taken apart; brackets and zone belong to whoever filled it. */
typedef struct PeriodSpec
{
	PeriodCut	cut;
	bool		elapsed;
	int			num_brackets;
	const int32_t *brackets;
	const char *zone;			/* not terminated; see zone_length */
	size_t		zone_length;	/* 0: no zone */
} PeriodSpec;

extern const char *PeriodSpecCheck(const uint8_t *bytes, size_t size);
extern size_t PeriodSpecSize(const PeriodSpec *spec);
extern void PeriodSpecPack(const PeriodSpec *spec, uint8_t *bytes);
extern void PeriodSpecUnpack(const uint8_t *bytes, size_t size, PeriodSpec *spec,
							 int32_t *brackets);
extern const char *PeriodBracketsCheck(const int32_t *brackets, int num_brackets);

static inline PeriodCut
PackedPeriodCut(const uint8_t *bytes)
{
	return (PeriodCut) {bytes[4], bytes[5]};
}

static inline int
PackedNumBrackets(const uint8_t *bytes)
{
	return LoadU16(bytes + 6);
}

#endif							/* RETENTION_PERIOD_FORMAT_H */
