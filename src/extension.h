/*
 * extension.h
 *	  The first header of every file that talks to the server.
 *
 * The files that hold the byte formats and the arithmetic (packed.c,
 * *_format.c, calendar.c, normal.c, beta.c) include only the C library, so that
 * they can be tested and fuzzed without a server.
 */
#ifndef RETENTION_EXTENSION_H
#define RETENTION_EXTENSION_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "retention needs PostgreSQL 15 or later"
#endif

#include "compat.h"
#include "fmgr.h"

#endif							/* RETENTION_EXTENSION_H */
