/*
 * extension.c
 *	  The module itself: its magic block and its version.
 */
#include "extension.h"

#include "hash_key.h"

#include "utils/builtins.h"

RETENTION_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

/* The server calls it when it loads the library. */
void
_PG_init(void)
{
	InitHashKey();
}

PG_FUNCTION_INFO_V1(retention_library_version);

/*
 * The version of the shared library, as it was compiled in.
 *
 * retention_version() shows it beside the version of the SQL objects: after an
 * upgrade of the package the two differ until ALTER EXTENSION ... UPDATE.
 */
Datum
retention_library_version(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_TEXT_P(cstring_to_text(RETENTION_VERSION));
}
