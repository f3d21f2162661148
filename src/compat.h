/*
 * compat.h
 *	  Every difference between the supported PostgreSQL versions, in one place.
 */
#ifndef RETENTION_COMPAT_H
#define RETENTION_COMPAT_H

/* 16 moved the varlena macros out of postgres.h */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 18 spells the attribute like C11, and puts it first */
#if PG_VERSION_NUM >= 180000
#define NORETURN pg_noreturn
#else
#define NORETURN __attribute__((noreturn))
#endif

/* 16 lets input functions report errors softly, for pg_input_is_valid() */
#if PG_VERSION_NUM < 160000
#define ereturn(escontext, dummy_value, rest) \
	do { (void) (escontext); ereport(ERROR, rest); return dummy_value; } while (0)
#define INPUT_ERROR_CONTEXT(fcinfo) NULL
#else
#include "nodes/miscnodes.h"
#define INPUT_ERROR_CONTEXT(fcinfo) ((fcinfo)->context)
#endif

/* 16 lets make_range() report errors softly, too */
#if PG_VERSION_NUM < 160000
#define MAKE_RANGE(type, lower, upper) make_range(type, lower, upper, false)
#else
#define MAKE_RANGE(type, lower, upper) make_range(type, lower, upper, false, NULL)
#endif

/* 17 knows infinite intervals */
#if PG_VERSION_NUM < 170000
#define INTERVAL_IS_INFINITE(interval) ((void) (interval), false)
#else
#define INTERVAL_IS_INFINITE(interval) INTERVAL_NOT_FINITE(interval)
#endif

/* 17 lets the caller provide the memory of a JSON lexer, and counts in size_t */
#if PG_VERSION_NUM < 170000
#define NEW_JSON_LEXER(text, length) \
	makeJsonLexContextCstringLen(text, (int) (length), GetDatabaseEncoding(), true)
#else
#define NEW_JSON_LEXER(text, length) \
	makeJsonLexContextCstringLen(NULL, text, length, GetDatabaseEncoding(), true)
#endif

/* 16 lets the actions of a JSON parser report errors */
#if PG_VERSION_NUM < 160000
#define JSON_ACTION_RESULT void
#define JSON_ACTION_DONE
#else
#define JSON_ACTION_RESULT JsonParseErrorType
#define JSON_ACTION_DONE JSON_SUCCESS
#endif

/* 18 lets a module tell its name and version */
#if PG_VERSION_NUM >= 180000
#define RETENTION_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "retention", .version = RETENTION_VERSION)
#else
#define RETENTION_MODULE_MAGIC PG_MODULE_MAGIC
#endif

#endif							/* RETENTION_COMPAT_H */
