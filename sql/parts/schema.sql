--
-- the schema belongs to a superuser, and holds nothing but the extension
--
-- The script runs this part first and last. Whoever may create in the schema can plant an overload of a function, and
-- whoever owns the schema can rename it and put another in its place. The role that installs a trusted
-- extension, or that made the schema before, must be able to do neither: the functions are called by superusers.
--
-- Until the objects are known, a name may mean one of theirs: this part looks up its own in pg_catalog alone.

DO $schema$
DECLARE
  callers_path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path'::pg_catalog.text);
  foreign_object pg_catalog.text;
  holder pg_catalog.text;
BEGIN
  PERFORM pg_catalog.set_config('search_path'::pg_catalog.text, 'pg_catalog, pg_temp'::pg_catalog.text, true);

  SELECT pg_describe_object(d.classid, d.objid, d.objsubid) INTO foreign_object
  FROM pg_depend d
  WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = '@extschema@'::regnamespace
    AND NOT EXISTS (
      SELECT
      FROM pg_extension e
      WHERE e.extname IN ('retention', 'retention_report')
        AND ((d.classid = 'pg_extension'::regclass AND d.objid = e.oid)
          OR EXISTS (
            SELECT
            FROM pg_depend m
            WHERE m.classid = d.classid AND m.objid = d.objid
              AND m.refclassid = 'pg_extension'::regclass AND m.refobjid = e.oid AND m.deptype = 'e'))
        -- The owner of an extension may add objects of his own to it.
        AND (d.classid = 'pg_extension'::regclass
          OR NOT EXISTS (
            SELECT
            FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
            WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND s.classid = d.classid AND s.objid = d.objid AND s.deptype = 'o' AND NOT r.rolsuper)))
  ORDER BY 1
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('schema %I must be empty, but holds an object of another origin: %s', '@extschema@', foreign_object),
      HINT = 'Drop the object or move it to another schema, then repeat CREATE EXTENSION.';
  END IF;

  -- A trusted script runs as the superuser that initdb made.
  ALTER SCHEMA @extschema@ OWNER TO CURRENT_USER;
  FOR holder IN
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_namespace n, aclexplode(n.nspacl) a
    WHERE n.oid = '@extschema@'::regnamespace AND a.grantee <> n.nspowner
  LOOP
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %s CASCADE', '@extschema@', holder);
  END LOOP;
  GRANT ALL ON SCHEMA @extschema@ TO CURRENT_USER;
  -- Analysts and BI tools need no more than this: functions are open to all.
  GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

  PERFORM set_config('search_path', callers_path, true);
END
$schema$;

