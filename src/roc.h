/*
 * roc.h
 *	  roc_summary: scores with their outcomes, and how well the ones foretell the others.
 *
 *	  roc.c				the type, the aggregates, merging
 *	  roc_rows.c		the accessors
 *	  roc_format.c		the bytes
 */
#ifndef RETENTION_ROC_H
#define RETENTION_ROC_H

#include "packed_io.h"

#include "roc_format.h"

extern const PackedType RocSummaryType;

#endif							/* RETENTION_ROC_H */
