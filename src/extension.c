/*
 * extension.c
 *	  The module itself: its magic block, its version, and what is checked when it is
 *	  loaded.
 */
#include "extension.h"

#include "utils/builtins.h"

#include "hash_key.h"
#include "money_numeric.h"

RETENTION_MODULE_MAGIC;

/* Scripts that build the extension for themselves know by it whether to do so again. */
#ifdef RETENTION_SOURCES
static const char sources[] __attribute__((used)) = "sources: " CppAsString2(RETENTION_SOURCES);
#endif

PGDLLEXPORT void _PG_init(void);

/* Called by the server when a session loads the library. */
void
_PG_init(void)
{
	CheckNumericLayout();
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
