--
-- the extension itself
--

CREATE FUNCTION retention_library_version() RETURNS text
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_library_version() IS 'version of the loaded shared library of retention';

CREATE TYPE retention_version_row AS (
  library_version text,
  extension_version text
);
COMMENT ON TYPE retention_version_row IS 'row of retention_version()';
COMMENT ON COLUMN retention_version_row.library_version IS 'version of the loaded shared library';
COMMENT ON COLUMN retention_version_row.extension_version IS 'version of the SQL objects';

CREATE FUNCTION retention_version() RETURNS retention_version_row
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (
    SELECT ROW(@extschema@.retention_library_version(), e.extversion)::@extschema@.retention_version_row
    FROM pg_catalog.pg_extension e
    WHERE e.extname = 'retention'
  );
COMMENT ON FUNCTION retention_version() IS
  'versions of the shared library and of the SQL objects; where they differ, run ALTER EXTENSION retention UPDATE';

