/*
 * respondents.h
 *	  What the files of surveys by respondent share.
 *
 *	  respondents.c			respondent_series: type, merging
 *	  respondents_pass.c	its aggregates over raw answers
 *	  respondents_rows.c	scores by period, their intervals and changes
 */
#ifndef RETENTION_RESPONDENTS_H
#define RETENTION_RESPONDENTS_H

#include "packed_io.h"
#include "respondent_format.h"

extern Packed *PackRespondents(const RespondentHead *head, const RespondentPeriod *periods,
							   size_t num_periods);
extern void RequireSameRespondents(const RespondentHead *a, const RespondentHead *b);

#endif							/* RETENTION_RESPONDENTS_H */
