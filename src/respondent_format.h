/*
 * respondent_format.h
 *	  The bytes of a respondent_series. See packed.h for the frame.
 *
 *	  4      measure, a RespondentMeasure
 *	  5      unit, a PeriodUnit
 *	  6      week_start
 *	  7      number of scores on the scale, 2..101
 *	  8      number of the highest scores that count as satisfied; 0 but for a share
 *	  9..11  zero
 *	  12..15 lowest score, int32
 *	  16..19 first day seen, days since 2000-01-01, int32
 *	  20..23 last day seen, int32
 *	  24..   to the end, the periods with answers or missing answers, in order: how many periods lie
 *			 between it and the one before (for the first: from the period of the
 *			 first day on), a varint; then the RespondentNumbers of the period, each
 *			 a varint of its zigzag code, those from NUMBER_IN_BOTH + 1 on only if
 *			 NUMBER_IN_BOTH is not 0
 *
 * Nothing here calls the server.
 */
#ifndef RETENTION_RESPONDENT_FORMAT_H
#define RETENTION_RESPONDENT_FORMAT_H

#include "calendar.h"
#include "packed.h"
#include "rating_format.h"

/* What an answer contributes. Never renumber: the numbers are stored. */
typedef enum RespondentMeasure
{
	MEASURE_NPS = 1,			/* -1, 0 or 1 */
	MEASURE_SHARE = 2,			/* 1 if it is one of the highest scores, or 0 */
	MEASURE_MEAN = 3			/* its distance from the lowest score */
} RespondentMeasure;

/*
 * What is known of a period. n is the number of answers of a respondent in it, s the sum
 * of what they contribute, l what the latest one does; an accent is the period before.
 * Sums run over the respondents, those of products with an accent over the respondents
 * of both periods. Contributions above and below 0 are added up apart.
 */
typedef enum RespondentNumber
{
	NUMBER_RESPONDENTS,			/* with an answer */
	NUMBER_SILENT,				/* who were asked and have none */
	NUMBER_ANSWERS,				/* sum of n */
	NUMBER_ABOVE,				/* sum of s is this */
	NUMBER_BELOW,				/* less this */
	NUMBER_LATEST_ABOVE,		/* sum of l, in the same way */
	NUMBER_LATEST_BELOW,
	NUMBER_LL,					/* sum of l * l */
	NUMBER_NN,					/* sum of n * n */
	NUMBER_NS,					/* sum of n * s */
	NUMBER_SS,					/* sum of s * s */
	NUMBER_IN_BOTH,				/* respondents of both periods */
	NUMBER_L_OF_BOTH,			/* sum of their l */
	NUMBER_L_BEFORE,			/* sum of l' */
	NUMBER_LL_BEFORE,			/* sum of l * l' */
	NUMBER_NN_BEFORE,			/* sum of n * n' */
	NUMBER_NS_BEFORE,			/* sum of n * s' */
	NUMBER_SN_BEFORE,			/* sum of s * n' */
	NUMBER_SS_BEFORE,			/* sum of s * s' */
	NUM_RESPONDENT_NUMBERS
} RespondentNumber;

#define RESPONDENT_HEAD_SIZE 24

/* What a series begins with. */
typedef struct RespondentHead
{
	RespondentMeasure measure;
	PeriodCut	cut;
	RatingScale scale;
	int			boxes;
	int32_t		first_day;
	int32_t		last_day;
} RespondentHead;

typedef struct RespondentPeriod
{
	int32_t		index;
	int64_t		numbers[NUM_RESPONDENT_NUMBERS];
} RespondentPeriod;

/* Reads the periods of a series in order. */
typedef struct RespondentReader
{
	const uint8_t *next;
	const uint8_t *end;
	int64_t		index;			/* of the next period, if no period is left out */
	const char *problem;		/* what is wrong with the bytes */
} RespondentReader;

extern void RespondentWriteHead(uint8_t *bytes, const RespondentHead *head);
extern RespondentHead RespondentReadHead(const uint8_t *bytes);
extern size_t RespondentPeriodSize(const RespondentPeriod *period, uint64_t distance);
extern uint8_t *RespondentWritePeriod(uint8_t *p, const RespondentPeriod *period,
									  uint64_t distance);
extern void RespondentReadBegin(RespondentReader *reader, const uint8_t *bytes, size_t size);
extern bool RespondentReadPeriod(RespondentReader *reader, RespondentPeriod *period);
extern bool AddRespondentNumbers(RespondentPeriod *sum, const RespondentPeriod *period);
extern const char *RespondentSeriesCheck(const uint8_t *bytes, size_t size);

#endif							/* RETENTION_RESPONDENT_FORMAT_H */
