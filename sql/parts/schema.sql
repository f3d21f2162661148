--
-- the schema belongs to a superuser, and holds nothing but the extension
--
-- Whoever may create in the schema can plant an overload of a function, and whoever owns it can rename it
-- and put another in its place. Neither the role that installs a trusted extension nor the role that made the
-- schema may do that, because superusers call the functions.
--
-- Another session that owns the schema sees itself as its owner until this script commits, and may create in
-- it until then. An empty schema is therefore replaced by a new one, which no other session has ever seen.
--
-- Until the extension's objects are there, an object of somebody else may bear any name: all names are looked up in
-- pg_catalog.

DO $schema$
DECLARE
  callers_path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path'::pg_catalog.text);
  former pg_catalog.oid;
  former_name pg_catalog.text;
  self pg_catalog.oid;
  is_empty pg_catalog.bool;
  foreign_object pg_catalog.text;
  holder pg_catalog.text;
BEGIN
  PERFORM pg_catalog.set_config('search_path'::pg_catalog.text, 'pg_catalog, pg_temp'::pg_catalog.text, true);
  SELECT oid, extnamespace INTO self, former FROM pg_extension WHERE extname = 'retention';

  -- Objects of retention_report count as ours unless the owner of that extension added one of his own to it.
  SELECT count(*) = 0, min(o.object) FILTER (WHERE NOT o.is_ours) INTO is_empty, foreign_object
  FROM (
    SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS object,
      EXISTS (
        SELECT
        FROM pg_extension e
        WHERE e.extname = 'retention_report'
          AND ((d.classid = 'pg_extension'::regclass AND d.objid = e.oid)
            OR EXISTS (
              SELECT
              FROM pg_depend m
              WHERE m.classid = d.classid AND m.objid = d.objid
                AND m.refclassid = 'pg_extension'::regclass AND m.refobjid = e.oid AND m.deptype = 'e'
                AND NOT EXISTS (
                  SELECT
                  FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
                  WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND s.classid = d.classid AND s.objid = d.objid AND s.deptype = 'o' AND NOT r.rolsuper)))) AS is_ours
    FROM pg_depend d
    WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = former
      AND NOT (d.classid = 'pg_extension'::regclass AND d.objid = self)) o;
  IF foreign_object IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('schema %I must be empty, but holds an object of another origin: %s', '@extschema@', foreign_object),
      HINT = 'Drop the object or move it to another schema, then repeat CREATE EXTENSION.';
  END IF;

  IF is_empty THEN
    former_name := format('%s before %s', '@extschema@', self);
    EXECUTE format('ALTER SCHEMA %I RENAME TO %I', '@extschema@', former_name);
    CREATE SCHEMA @extschema@;
    -- The extension lies in the schema, so the schema cannot belong to the extension.
    ALTER EXTENSION retention DROP SCHEMA @extschema@;
    UPDATE pg_extension SET extnamespace = '@extschema@'::regnamespace WHERE oid = self;
    UPDATE pg_depend SET refobjid = '@extschema@'::regnamespace
    WHERE classid = 'pg_extension'::regclass AND objid = self AND refclassid = 'pg_namespace'::regclass AND refobjid = former;
    EXECUTE format('DROP SCHEMA %I', former_name);
  ELSE
    ALTER SCHEMA @extschema@ OWNER TO CURRENT_USER;
  END IF;

  -- Default privileges, or grants made beforehand.
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

