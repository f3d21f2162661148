--
-- views for BI: what was created, and creating, refreshing and dropping it. doc/bi.md
--
-- What the create_..._views functions made is known by the last line of its comment and by its
-- owner: anybody who may create in a schema can write the line. A view keeps its name for good.
-- With materialized => true it selects from a materialized view beside it, NAME_stored.

CREATE FUNCTION internal_mark(concept text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  creator text := CASE concept
    WHEN 'survey' THEN 'create_survey_views'
    WHEN 'retention' THEN 'create_retention_views'
    WHEN 'revenue' THEN 'create_revenue_views'
    WHEN 'leads' THEN 'create_lead_views'
  END;
BEGIN
  IF creator IS NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('unknown concept: "%s"', concept),
      HINT = 'Valid concepts are survey, retention, revenue and leads.';
  END IF;
  RETURN format('Created by retention.%s().', creator);
END
$$;
COMMENT ON FUNCTION internal_mark(text) IS 'internal: the last line of the comment of what the function of a concept created';

CREATE FUNCTION internal_concepts() RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN '{survey,retention,revenue,leads}'::text[];
END
$$;
COMMENT ON FUNCTION internal_concepts() IS 'internal: the concepts that have views';

CREATE FUNCTION internal_stored_name(view_name text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN view_name || '_stored'::text;
COMMENT ON FUNCTION internal_stored_name(text) IS 'internal: the name of the materialized view behind a view';

CREATE FUNCTION internal_caller() RETURNS oid
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = CURRENT_USER);
END
$$;
COMMENT ON FUNCTION internal_caller() IS 'internal: the role that calls';

CREATE FUNCTION internal_marked_views(
  target_schema text,
  concept text,
  OUT relation oid,
  OUT view_name text,
  OUT kind "char",
  OUT owner oid
) RETURNS SETOF record
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- volatile, so that it sees what was committed while the caller waited for the lock
  RETURN QUERY
    SELECT c.oid, c.relname::text, c.relkind, c.relowner
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = target_schema AND c.relkind IN ('v', 'm')
      AND split_part(obj_description(c.oid, 'pg_class'), E'\n', -1) = retention.internal_mark(concept)
    ORDER BY c.oid;
END
$$;
COMMENT ON FUNCTION internal_marked_views(text, text) IS
  'internal: the views in a schema whose comment says that the function of a concept created them, whoever owns them';

CREATE FUNCTION internal_own_views(
  target_schema text,
  concept text,
  OUT relation oid,
  OUT view_name text,
  OUT kind "char"
) RETURNS SETOF record
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- schema public belongs to pg_database_owner, which stands for the owner of the database
  RETURN QUERY
    SELECT m.relation, m.view_name, m.kind
    FROM retention.internal_marked_views(target_schema, concept) m
      JOIN pg_roles r ON r.oid = m.owner
      JOIN pg_namespace n ON n.nspname = target_schema
    WHERE r.rolsuper
      OR m.owner IN (retention.internal_caller(), n.nspowner)
      OR n.nspowner = 'pg_database_owner'::regrole AND m.owner = (SELECT d.datdba FROM pg_database d WHERE d.datname = current_database())
    ORDER BY m.relation;
END
$$;
COMMENT ON FUNCTION internal_own_views(text, text) IS
  'internal: the views in a schema that the function of a concept created and that the caller can trust: they belong to the caller, to the owner of the schema or to a superuser';

CREATE FUNCTION internal_drop_view(target_schema text, view_name text, kind "char") RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('DROP %s %I.%I', CASE kind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, target_schema, view_name);
END
$$;
COMMENT ON FUNCTION internal_drop_view(text, text, "char") IS 'internal: drops a view on which nothing depends';

-- checking names --------------------------------------------------------------

CREATE FUNCTION internal_check_name(target_schema text, concept text, name_wanted text, kind_wanted "char", uncommented text[]) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  present record;
BEGIN
  SELECT c.relkind AS kind, c.relowner AS owner, m.relation IS NOT NULL AS is_marked,
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
      WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence'
      WHEN 'c' THEN 'type' ELSE 'index' END AS kind_word
  INTO present
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN retention.internal_marked_views(target_schema, concept) m ON m.relation = c.oid
  WHERE n.nspname = target_schema AND c.relname = name_wanted;
  IF NOT FOUND OR present.is_marked AND present.kind = kind_wanted AND present.owner = retention.internal_caller() THEN
    RETURN;
  END IF;
  IF present.is_marked AND present.kind = kind_wanted THEN
    RAISE EXCEPTION USING
      ERRCODE = 'insufficient_privilege',
      MESSAGE = format('%s %I.%I belongs to role %s, so role %I does not replace it', present.kind_word, target_schema, name_wanted,
        present.owner::regrole, current_user),
      DETAIL = 'Its comment says that this function created it, but whoever may create in the schema can write that.',
      HINT = format('If role %s created it, SET ROLE to it first. Else drop it, or choose another schema.', present.owner::regrole);
  END IF;
  RAISE EXCEPTION USING
    ERRCODE = 'duplicate_table',
    MESSAGE = format('%I.%I exists: a %s that this function did not create', target_schema, name_wanted, present.kind_word),
    HINT = CASE WHEN quote_ident(name_wanted) = ANY (uncommented)
      THEN format('Views without a comment: %s. A dump restored with --no-comments loses the last line of the comment, by which this function knows its views. Drop them, or say that they are its own: COMMENT ON %s %I.%I IS %L, and so for each.',
        array_to_string(uncommented, ', '), upper(present.kind_word), target_schema, name_wanted, retention.internal_mark(concept))
      ELSE 'Rename or drop it, or choose another schema.' END;
END
$$;
COMMENT ON FUNCTION internal_check_name(text, text, text, "char", text[]) IS
  'internal: error if a name belongs to what the function of the concept did not create, or created for another role';

CREATE FUNCTION internal_check_names(target_schema text, concept text, views internal_view[], materialized boolean) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v retention.internal_view;
  names text[];
  wrong text;
  uncommented text[];
BEGIN
  IF target_schema IN ('retention', 'information_schema') OR starts_with(target_schema, 'pg_') THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_schema_name',
      MESSAGE = format('views cannot be created in schema %I', target_schema),
      HINT = 'Name a schema of your own; it is created if it does not exist.';
  END IF;
  FOREACH v IN ARRAY views LOOP
    IF v.comments ? v.dimension OR EXISTS (
      SELECT FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid
      WHERE t.oid = v.row_type AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = v.dimension)
    THEN
      RAISE EXCEPTION USING
        ERRCODE = 'duplicate_column',
        MESSAGE = format('dimension %I has the name of another column of view %I', v.dimension, v.view_name),
        HINT = 'A view that calls the column something else can be the source.';
    END IF;
    names := names || v.view_name;
    IF materialized THEN
      names := names || retention.internal_stored_name(v.view_name);
    END IF;
  END LOOP;
  SELECT n INTO wrong FROM unnest(target_schema || names) n WHERE octet_length(n) NOT BETWEEN 1 AND 63 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_name',
      MESSAGE = format('a name must have 1 to 63 bytes; "%s" has %s', wrong, octet_length(wrong));
  END IF;
  SELECT n INTO wrong FROM unnest(names) n GROUP BY n HAVING count(*) > 1 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'duplicate_table',
      MESSAGE = format('two views would have the name %I', wrong),
      HINT = 'A view that calls a dimension something else can be the source.';
  END IF;
  SELECT array_agg(quote_ident(c.relname) ORDER BY c.relname) INTO uncommented
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = target_schema AND c.relkind IN ('v', 'm') AND c.relname = ANY (names)
    AND c.relowner = retention.internal_caller() AND obj_description(c.oid, 'pg_class') IS NULL;
  FOREACH v IN ARRAY views LOOP
    PERFORM retention.internal_check_name(target_schema, concept, v.view_name, 'v'::"char", coalesce(uncommented, '{}'::text[]));
    IF materialized THEN
      PERFORM retention.internal_check_name(target_schema, concept, retention.internal_stored_name(v.view_name), 'm'::"char",
        coalesce(uncommented, '{}'::text[]));
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION internal_check_names(text, text, internal_view[], boolean) IS
  'internal: error if a name cannot be given or belongs to what the function of the concept did not create for the caller';

-- schemas -----------------------------------------------------------------------

CREATE FUNCTION internal_create_schema(target_schema text, concept text) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = target_schema) THEN
    EXECUTE format('CREATE SCHEMA %I', target_schema);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', target_schema,
      E'customer metrics\n' || retention.internal_mark(concept));
  END IF;
EXCEPTION
  WHEN duplicate_schema OR unique_violation THEN
    NULL; -- somebody else, who does not know the lock, has just created it
END
$$;
COMMENT ON FUNCTION internal_create_schema(text, text) IS 'internal: creates and marks the schema if there is none';

CREATE FUNCTION internal_drop_schema(target_schema text) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last_line text;
BEGIN
  SELECT split_part(obj_description(oid, 'pg_namespace'), E'\n', -1) INTO last_line
  FROM pg_namespace WHERE nspname = target_schema AND nspowner = retention.internal_caller();
  IF last_line IN (SELECT retention.internal_mark(c) FROM unnest(retention.internal_concepts()) c) THEN
    EXECUTE format('DROP SCHEMA %I', target_schema);
  END IF;
EXCEPTION
  WHEN dependent_objects_still_exist THEN
    NULL; -- others use it
END
$$;
COMMENT ON FUNCTION internal_drop_schema(text) IS 'internal: drops a schema that was created with views, if it is the caller''s and empty';

-- what users gave a view ----------------------------------------------------------

CREATE FUNCTION internal_grants(relation oid) RETURNS text[]
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN ARRAY(
    SELECT format('GRANT %s%s ON %s TO %s%s', g.privilege_type, ' (' || quote_ident(g.column_name) || ')', relation::regclass,
        CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
        CASE WHEN g.is_grantable AND g.grantee <> g.owner THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM (
      SELECT NULL::name AS column_name, c.relowner AS owner, x.*
      FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x WHERE c.oid = relation
      UNION ALL
      SELECT a.attname, c.relowner, x.*
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x WHERE c.oid = relation
    ) AS g
    ORDER BY g.grantee <> g.owner);
END
$$;
COMMENT ON FUNCTION internal_grants(oid) IS 'internal: the privileges on a relation and its columns, as statements';

CREATE FUNCTION internal_options(options text[], prefix text) RETURNS text[]
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- minor releases keep the version of a column under a reserved name among its options
  RETURN ARRAY(SELECT format('%s%I = %L', prefix, o.option_name, o.option_value) FROM pg_options_to_table(options) o
    WHERE NOT starts_with(o.option_name, 'pg_'));
END
$$;
COMMENT ON FUNCTION internal_options(text[], text) IS 'internal: storage parameters as they are written in a statement, each after the prefix';

CREATE FUNCTION internal_settings(relation oid) RETURNS text[]
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  alter_view text := format('ALTER MATERIALIZED VIEW %s', relation::regclass);
BEGIN
  RETURN ARRAY(
    SELECT s.statement FROM (
      SELECT 1 AS n, pg_get_indexdef(i.indexrelid) AS statement, i.indexrelid AS part FROM pg_index i WHERE i.indrelid = relation
      UNION ALL
      SELECT 2, format('ALTER INDEX %s SET TABLESPACE %I', c.oid::regclass, t.spcname), c.oid
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_tablespace t ON t.oid = c.reltablespace WHERE i.indrelid = relation
      UNION ALL
      SELECT 2, format('COMMENT ON INDEX %s IS %L', i.indexrelid::regclass, obj_description(i.indexrelid, 'pg_class')), i.indexrelid
      FROM pg_index i WHERE i.indrelid = relation AND obj_description(i.indexrelid, 'pg_class') IS NOT NULL
      UNION ALL
      SELECT 2, format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', i.indexrelid::regclass, a.attnum, a.attstattarget), i.indexrelid
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid WHERE i.indrelid = relation AND a.attstattarget >= 0
      UNION ALL
      SELECT 2, format('%s CLUSTER ON %I', alter_view, c.relname), c.oid
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = relation AND i.indisclustered
      UNION ALL
      SELECT 3, format('%s SET (%s)', alter_view, o.option), 0
      FROM pg_class c LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid,
        unnest(retention.internal_options(c.reloptions, ''::text) || retention.internal_options(toast.reloptions, 'toast.'::text)) AS o (option)
      WHERE c.oid = relation
      UNION ALL
      SELECT 4, format('%s ALTER COLUMN %I %s', alter_view, a.attname, x.change), a.attnum::oid
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid, LATERAL (
        SELECT 'SET STATISTICS ' || a.attstattarget WHERE a.attstattarget >= 0
        UNION ALL SELECT format('SET (%s)', o.option) FROM unnest(retention.internal_options(a.attoptions, ''::text)) AS o (option)
        UNION ALL SELECT 'SET STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END
          WHERE a.attstorage <> t.typstorage
        UNION ALL SELECT 'SET COMPRESSION ' || CASE a.attcompression WHEN 'p' THEN 'pglz' ELSE 'lz4' END WHERE a.attcompression <> ''
      ) AS x (change)
      WHERE a.attrelid = relation AND a.attnum > 0
      UNION ALL
      SELECT 5, pg_get_statisticsobjdef(s.oid), s.oid FROM pg_statistic_ext s WHERE s.stxrelid = relation
    ) AS s
    ORDER BY s.n, s.part);
END
$$;
COMMENT ON FUNCTION internal_settings(oid) IS
  'internal: the indexes, storage parameters, targets of statistics and the like of a materialized view, as statements';

CREATE FUNCTION internal_restore(relation regclass, statements text[]) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  statement text;
BEGIN
  FOREACH statement IN ARRAY statements LOOP
    BEGIN
      EXECUTE statement;
    EXCEPTION
      WHEN undefined_column OR undefined_object OR undefined_table OR undefined_function THEN
        RAISE NOTICE USING
          MESSAGE = format('%s has other columns than before, and without this: %s', relation, statement),
          DETAIL = SQLERRM;
    END;
  END LOOP;
END
$$;
COMMENT ON FUNCTION internal_restore(regclass, text[]) IS
  'internal: gives a relation what one of its name had; a notice says what depends on columns that are gone';

CREATE FUNCTION internal_restore_grants(relation regclass, grants text[]) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  grantee text;
BEGIN
  IF grants = retention.internal_grants(relation::oid) THEN
    RETURN;
  END IF;
  -- what default privileges have given
  FOR grantee IN
    SELECT DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END
    FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = relation
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %s', relation, grantee);
  END LOOP;
  PERFORM retention.internal_restore(relation, grants);
END
$$;
COMMENT ON FUNCTION internal_restore_grants(regclass, text[]) IS
  'internal: gives a relation the privileges that one of its name had, and no others';

-- creating ------------------------------------------------------------------------

CREATE FUNCTION internal_definition(target_schema text, query text) RETURNS text
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  probe text := 'retention_' || md5(query);
  definition text;
BEGIN
  EXECUTE format('CREATE VIEW %I.%I AS %s', target_schema, probe, query);
  definition := pg_get_viewdef(format('%I.%I', target_schema, probe)::regclass::oid);
  PERFORM retention.internal_drop_view(target_schema, probe, 'v'::"char");
  RETURN definition;
END
$$;
COMMENT ON FUNCTION internal_definition(text, text) IS
  'internal: what PostgreSQL makes of the query of a view, to be compared with what a view has';

CREATE FUNCTION internal_put_view(target_schema text, view_name text, query text, reads_as_reader boolean) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  view_sql text := format('%I.%I', target_schema, view_name);
  view_oid oid := to_regclass(view_sql);
  options text[] := (SELECT c.reloptions FROM pg_class c WHERE c.oid = view_oid);
  wanted text[] := ARRAY(SELECT o FROM unnest(options) o WHERE split_part(o, '=', 1) <> 'security_invoker')
    || CASE WHEN reads_as_reader THEN '{security_invoker=true}'::text[] ELSE '{}'::text[] END;
  creation text := format('VIEW %s%s AS %s', view_sql,
    ' WITH (' || nullif(array_to_string(retention.internal_options(wanted, ''::text), ', '), '') || ')', query);
  grants text[];
BEGIN
  IF view_oid IS NOT NULL THEN
    IF pg_get_viewdef(view_oid) = retention.internal_definition(target_schema, query)
      AND coalesce(options, '{}') @> wanted AND wanted @> coalesce(options, '{}')
    THEN
      RETURN;
    END IF;
    BEGIN
      EXECUTE 'CREATE OR REPLACE ' || creation;
      RETURN;
    EXCEPTION
      WHEN invalid_table_definition THEN
        NULL; -- the columns are others: it cannot be replaced in place
    END;
    grants := retention.internal_grants(view_oid);
    PERFORM retention.internal_drop_view(target_schema, view_name, 'v'::"char");
  END IF;
  EXECUTE 'CREATE ' || creation;
  PERFORM retention.internal_restore_grants(view_sql::regclass, grants);
END
$$;
COMMENT ON FUNCTION internal_put_view(text, text, text, boolean) IS
  'internal: creates a view, or changes the one of its name if it is another, in place or with its privileges; reads_as_reader: security_invoker';

CREATE FUNCTION internal_index_key(target_schema text, stored_name text, key_columns text[]) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  stored oid := format('%I.%I', target_schema, stored_name)::regclass;
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = stored AND i.indisunique AND i.indisvalid AND i.indnullsnotdistinct AND i.indpred IS NULL AND i.indexprs IS NULL
      AND i.indnkeyatts = cardinality(key_columns)
      AND key_columns @> ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts))
  THEN
    EXECUTE format('CREATE UNIQUE INDEX ON %s (%s) NULLS NOT DISTINCT', stored::regclass,
      (SELECT string_agg(quote_ident(k), ', ' ORDER BY i) FROM unnest(key_columns) WITH ORDINALITY AS u (k, i)));
  END IF;
END
$$;
COMMENT ON FUNCTION internal_index_key(text, text, text[]) IS
  'internal: a unique index of a materialized view, by which it can be refreshed while it is read, unless it has one';

CREATE FUNCTION internal_put_stored(target_schema text, v internal_view) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  stored_name text := retention.internal_stored_name(v.view_name);
  stored_sql text := format('%I.%I', target_schema, stored_name);
  old_oid oid := to_regclass(stored_sql);
  is_new boolean := old_oid IS NULL OR pg_get_viewdef(old_oid) <> retention.internal_definition(target_schema, v.query);
  new_name text := CASE WHEN old_oid IS NULL THEN stored_name ELSE 'retention_' || md5(stored_name) END;
  creation text;
  grants text[];
  settings text[];
  grantee text;
BEGIN
  IF is_new THEN
    SELECT format('CREATE MATERIALIZED VIEW %I.%I USING %I%s AS %s', target_schema, new_name, m.amname, ' TABLESPACE ' || quote_ident(t.spcname), v.query)
    INTO creation
    FROM pg_class c JOIN pg_am m ON m.oid = c.relam LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace WHERE c.oid = old_oid;
    EXECUTE coalesce(creation, format('CREATE MATERIALIZED VIEW %I.%I AS %s', target_schema, new_name, v.query));
  ELSIF NOT (SELECT c.relispopulated FROM pg_class c WHERE c.oid = old_oid) THEN
    EXECUTE format('REFRESH MATERIALIZED VIEW %s', stored_sql);
  END IF;
  -- The view has the rights of its owner, and so gives its readers what it holds, and no more.
  PERFORM retention.internal_put_view(target_schema, v.view_name,
    (SELECT format('SELECT %s FROM %I.%I AS s', string_agg('s.' || quote_ident(a.attname), ', ' ORDER BY a.attnum),
       target_schema, CASE WHEN is_new THEN new_name ELSE stored_name END)
     FROM pg_attribute a
     WHERE a.attrelid = format('%I.%I', target_schema, CASE WHEN is_new THEN new_name ELSE stored_name END)::regclass AND a.attnum > 0), false);
  IF is_new AND old_oid IS NOT NULL THEN
    grants := retention.internal_grants(old_oid);
    settings := retention.internal_settings(old_oid);
    PERFORM retention.internal_drop_view(target_schema, stored_name, 'm'::"char");
    EXECUTE format('ALTER MATERIALIZED VIEW %I.%I RENAME TO %I', target_schema, new_name, stored_name);
    PERFORM retention.internal_restore_grants(stored_sql::regclass, grants);
    PERFORM retention.internal_restore(stored_sql::regclass, settings);
  ELSIF is_new THEN
    -- default privileges are meant for what is read
    FOR grantee IN
      SELECT DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END
      FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = stored_sql::regclass AND x.grantee <> c.relowner
    LOOP
      EXECUTE format('REVOKE SELECT ON %s FROM %s', stored_sql, grantee);
    END LOOP;
  END IF;
  PERFORM retention.internal_index_key(target_schema, stored_name, array_remove(v.dimension || v.key_columns, NULL));
END
$$;
COMMENT ON FUNCTION internal_put_stored(text, internal_view) IS
  'internal: creates the materialized view behind a view, or makes it again if its query is another, with what users gave it; and the view that reads it';

CREATE FUNCTION internal_comment(target_schema text, relation_name text, relation_comment text, v internal_view) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  relation_sql text := format('%I.%I', target_schema, relation_name);
  relation_oid oid := relation_sql::regclass;
  statement text;
BEGIN
  FOR statement IN
    SELECT format('COMMENT ON %s %s IS %L', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, relation_sql, relation_comment)
    FROM pg_class c WHERE c.oid = relation_oid AND obj_description(c.oid, 'pg_class') IS DISTINCT FROM relation_comment
    UNION ALL
    SELECT format('COMMENT ON COLUMN %s.%I IS %L', relation_sql, a.attname, x.definition)
    FROM pg_attribute a
      LEFT JOIN pg_type t ON t.oid = v.row_type
      LEFT JOIN pg_attribute r ON r.attrelid = t.typrelid AND r.attname = a.attname AND r.attnum > 0,
      LATERAL (SELECT CASE WHEN a.attname = v.dimension THEN v.dimension_comment
        ELSE coalesce(v.comments ->> a.attname, col_description(t.typrelid, r.attnum)) END) AS x (definition)
    WHERE a.attrelid = relation_oid AND a.attnum > 0 AND col_description(a.attrelid, a.attnum) IS DISTINCT FROM x.definition
  LOOP
    EXECUTE statement;
  END LOOP;
END
$$;
COMMENT ON FUNCTION internal_comment(text, text, text, internal_view) IS
  'internal: the comments on a view and its columns, where they are not there yet';

CREATE FUNCTION internal_warn_of_readers(target_schema text, concept text, views internal_view[]) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  readers text;
BEGIN
  SELECT string_agg(DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END, ', ') INTO readers
  FROM retention.internal_own_views(target_schema, concept) o
    JOIN pg_class c ON c.oid = o.relation,
    LATERAL (
      SELECT g.grantee FROM aclexplode(c.relacl) g
      UNION ALL SELECT g.grantee FROM pg_attribute a, aclexplode(a.attacl) g WHERE a.attrelid = c.oid) AS x
  WHERE 'security_invoker=true' = ANY (c.reloptions) AND x.grantee <> c.relowner
    AND o.view_name IN (SELECT u.view_name FROM unnest(views) u);
  IF readers IS NOT NULL THEN
    RAISE NOTICE USING
      MESSAGE = format('views that %s may read become materialized: they then show what their owner may see', readers),
      DETAIL = 'Until now their readers saw the rows of the sources that they may read themselves.';
  END IF;
END
$$;
COMMENT ON FUNCTION internal_warn_of_readers(text, text, internal_view[]) IS
  'internal: a notice if views that others may read stop to apply the rights of their readers';

CREATE FUNCTION internal_create_views(
  target_schema text,
  concept text,
  family text,
  views internal_view[],
  materialized boolean
) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  mark text := retention.internal_mark(concept);
  caller oid := retention.internal_caller();
  names text[] := ARRAY(SELECT u.view_name FROM unnest(views) u);
  v retention.internal_view;
BEGIN
  PERFORM retention.internal_check_names(target_schema, concept, views, materialized);
  PERFORM retention.internal_create_schema(target_schema, concept);
  PERFORM retention.internal_drop_view(target_schema, m.view_name, m.kind)
  FROM retention.internal_marked_views(target_schema, concept) m
  WHERE m.owner = caller AND m.kind = 'v' AND starts_with(m.view_name, family) AND m.view_name <> ALL (names);
  IF materialized THEN
    PERFORM retention.internal_warn_of_readers(target_schema, concept, views);
  END IF;
  FOREACH v IN ARRAY views LOOP
    IF materialized THEN
      PERFORM retention.internal_put_stored(target_schema, v);
      PERFORM retention.internal_comment(target_schema, retention.internal_stored_name(v.view_name),
        concat(v.definition, E'\n', format('Materialized: the rows of view %I.%I, which is the one to read. retention.refresh_views(%L) renews it.', target_schema, v.view_name, target_schema), E'\n', mark), v);
      PERFORM retention.internal_comment(target_schema, v.view_name,
        concat(v.definition, E'\n', format('Materialized: it shows what its owner may see, and row security of the sources does not apply to its readers. retention.refresh_views(%L) renews it.', target_schema), E'\n', mark), v);
    ELSE
      PERFORM retention.internal_put_view(target_schema, v.view_name, v.query, true);
      PERFORM retention.internal_comment(target_schema, v.view_name, concat(v.definition, E'\n', mark), v);
    END IF;
    RETURN NEXT format('%I.%I', target_schema, v.view_name);
  END LOOP;
  -- again, in case somebody has planted one meanwhile
  PERFORM retention.internal_check_names(target_schema, concept, views, materialized);
  PERFORM retention.internal_drop_view(target_schema, m.view_name, m.kind)
  FROM retention.internal_marked_views(target_schema, concept) m
  WHERE m.owner = caller AND m.kind = 'm' AND starts_with(m.view_name, family)
    AND NOT (materialized AND m.view_name IN (SELECT retention.internal_stored_name(n) FROM unnest(names) n));
END
$$;
COMMENT ON FUNCTION internal_create_views(text, text, text, internal_view[], boolean) IS
  'internal: creates the views of a concept in place of those that the caller has in the schema; of these, only the ones whose names begin with family are dropped where no new one has their name';

-- refreshing and dropping -----------------------------------------------------------

CREATE FUNCTION internal_warn_of_strangers(target_schema text, relations oid[]) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  left_out text;
  owners text;
BEGIN
  SELECT string_agg(format('%I.%I', target_schema, c.relname), ', ' ORDER BY c.oid), string_agg(DISTINCT c.relowner::regrole::text, ', ')
  INTO left_out, owners FROM pg_class c WHERE c.oid = ANY (relations);
  IF left_out IS NOT NULL THEN
    RAISE NOTICE USING
      MESSAGE = format('left out, because they belong to others (%s): %s', owners, left_out),
      HINT = 'If these roles created the views, SET ROLE to them first.';
  END IF;
END
$$;
COMMENT ON FUNCTION internal_warn_of_strangers(text, oid[]) IS 'internal: a notice that names views, if there are any, and their owners';

CREATE FUNCTION internal_warn_of_no_comments(target_schema text, kinds "char"[]) RETURNS void
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  names text := (SELECT string_agg(quote_ident(c.relname), ', ' ORDER BY c.relname) FROM pg_class c
    WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = target_schema) AND c.relkind = ANY (kinds)
      AND obj_description(c.oid, 'pg_class') IS NULL);
BEGIN
  IF names IS NOT NULL THEN
    RAISE NOTICE USING
      MESSAGE = format('schema %I has no view that this function knows', target_schema),
      DETAIL = format('Views without a comment: %s.', names),
      HINT = 'A dump restored with --no-comments loses the last line of the comment, by which this function knows its views. The function that created them says how to bring it back.';
  END IF;
END
$$;
COMMENT ON FUNCTION internal_warn_of_no_comments(text, "char"[]) IS 'internal: a notice of views of these kinds in a schema that have no comment';

CREATE FUNCTION refresh_views(target_schema text) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  own oid[];
  v record;
BEGIN
  PERFORM retention.internal_lock_views(target_schema, true);
  PERFORM retention.internal_check_schema(target_schema);
  own := ARRAY(SELECT o.relation FROM unnest(retention.internal_concepts()) c, LATERAL retention.internal_own_views(target_schema, c) o WHERE o.kind = 'm');
  PERFORM retention.internal_warn_of_strangers(target_schema, ARRAY(
    SELECT m.relation FROM unnest(retention.internal_concepts()) c, LATERAL retention.internal_marked_views(target_schema, c) m
    WHERE m.kind = 'm' AND m.relation <> ALL (own)));
  FOR v IN
    SELECT format('%I.%I', target_schema, c.relname) AS name,
      c.relispopulated AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
        AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL) AS while_read
    FROM pg_class c WHERE c.oid = ANY (own) ORDER BY c.oid
  LOOP
    EXECUTE format('REFRESH MATERIALIZED VIEW %s%s', CASE WHEN v.while_read THEN 'CONCURRENTLY ' ELSE '' END, v.name);
    RETURN NEXT v.name;
  END LOOP;
  IF NOT FOUND THEN
    PERFORM retention.internal_warn_of_no_comments(target_schema, '{m}'::"char"[]);
  END IF;
END
$$;
COMMENT ON FUNCTION refresh_views(text) IS
  'refreshes the materialized views that the create_..._views functions created in a schema, without blocking their readers; returns their names';

CREATE FUNCTION drop_views(target_schema text, concepts text[] DEFAULT NULL) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  caller oid := retention.internal_caller();
  chosen text[] := coalesce(concepts, retention.internal_concepts());
  strangers oid[];
  v record;
BEGIN
  PERFORM retention.internal_lock_views(target_schema, true);
  PERFORM retention.internal_check_schema(target_schema);
  IF array_position(concepts, NULL) IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'null_value_not_allowed',
      MESSAGE = 'argument concepts must not contain NULL';
  END IF;
  PERFORM retention.internal_mark(c) FROM unnest(concepts) c;
  strangers := ARRAY(
    SELECT m.relation FROM unnest(chosen) c, LATERAL retention.internal_marked_views(target_schema, c) m WHERE m.owner <> caller);
  PERFORM retention.internal_warn_of_strangers(target_schema, strangers);
  -- a view before the materialized one that it reads
  FOR v IN
    SELECT m.view_name, m.kind FROM unnest(chosen) WITH ORDINALITY AS u (c, i), LATERAL retention.internal_marked_views(target_schema, u.c) m
    WHERE m.owner = caller ORDER BY m.kind DESC, u.i, m.relation
  LOOP
    PERFORM retention.internal_drop_view(target_schema, v.view_name::text, v.kind::"char");
    RETURN NEXT format('%I.%I', target_schema, v.view_name);
  END LOOP;
  IF NOT FOUND THEN
    IF cardinality(strangers) > 0 THEN
      RAISE EXCEPTION USING
        ERRCODE = 'insufficient_privilege',
        MESSAGE = format('the views in schema %I belong to others, not to role %I', target_schema, current_user),
        HINT = format('If role %s created them, SET ROLE to it first.', (SELECT c.relowner::regrole FROM pg_class c WHERE c.oid = strangers[1]));
    END IF;
    PERFORM retention.internal_warn_of_no_comments(target_schema, '{v,m}'::"char"[]);
  END IF;
  PERFORM retention.internal_drop_schema(target_schema);
END
$$;
COMMENT ON FUNCTION drop_views(text, text[]) IS
  'drops the views of the concepts (survey, retention, revenue, leads; NULL: all) that the create_..._views functions created for the caller in a schema, materialized ones as well, and the schema if they created it and it is empty; returns their names';
