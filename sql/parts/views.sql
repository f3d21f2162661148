--
-- views for BI: what the create_..._views functions share, and drop_views(). doc/bi.md
--
-- The bodies are PL/pgSQL, whose names are looked up when it runs: each function fixes its
-- search_path and names what lies in schema retention. What they create is found again by the
-- last line of its comment. Functions named internal_... are called by those of these parts only.

CREATE TYPE internal_view AS (
  view_name text,
  query text,
  definition text,
  dimension text,
  dimension_comment text,
  row_type regtype,
  comments jsonb,
  key_columns text[]
);
COMMENT ON TYPE internal_view IS 'internal: a view that is to be created';
COMMENT ON COLUMN internal_view.view_name IS 'its name, without schema and quotes';
COMMENT ON COLUMN internal_view.query IS 'the SELECT';
COMMENT ON COLUMN internal_view.definition IS 'what a row of it says, for its comment';
COMMENT ON COLUMN internal_view.dimension IS 'its first column, if it is divided by one';
COMMENT ON COLUMN internal_view.dimension_comment IS 'the comment on that column';
COMMENT ON COLUMN internal_view.row_type IS 'composite type whose attributes carry the comments of columns with their names; NULL: none';
COMMENT ON COLUMN internal_view.comments IS 'comments of other columns, and those that differ, by name';
COMMENT ON COLUMN internal_view.key_columns IS 'columns that tell its rows apart, besides the dimension';

-- arguments -----------------------------------------------------------------

CREATE FUNCTION internal_check_arguments(arguments json) RETURNS void
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  missing text;
BEGIN
  SELECT key INTO missing FROM json_each_text(arguments) WHERE value IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'null_value_not_allowed',
      MESSAGE = format('argument %s must not be NULL', missing);
  END IF;
END
$$;
COMMENT ON FUNCTION internal_check_arguments(json) IS 'internal: error that names the first argument that is NULL';

CREATE FUNCTION internal_check_schema(target_schema text) RETURNS void
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM retention.internal_check_arguments(json_build_object('target_schema', target_schema));
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = target_schema) THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_schema_name',
      MESSAGE = format('schema %I does not exist', target_schema);
  END IF;
END
$$;
COMMENT ON FUNCTION internal_check_schema(text) IS 'internal: error unless the schema is given and exists';

CREATE FUNCTION internal_check_source(argument text, source regclass) RETURNS void
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  kind "char";
  persistence "char";
BEGIN
  SELECT relkind, relpersistence INTO kind, persistence FROM pg_class WHERE oid = source;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'undefined_table',
      MESSAGE = format('there is no relation with OID %s, given as %s', source, argument);
  END IF;
  IF kind NOT IN ('r', 'p', 'v', 'm', 'f') THEN
    RAISE EXCEPTION USING
      ERRCODE = 'wrong_object_type',
      MESSAGE = format('%s, given as %s, is neither a table nor a view', source, argument);
  END IF;
  IF persistence = 't' THEN
    RAISE EXCEPTION USING
      ERRCODE = 'wrong_object_type',
      MESSAGE = format('%s, given as %s, is temporary', source, argument),
      HINT = 'A view of a temporary table would end with the session.';
  END IF;
END
$$;
COMMENT ON FUNCTION internal_check_source(text, regclass) IS 'internal: error unless the relation is a table or a view that lasts';

CREATE FUNCTION internal_type_kind(type oid) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  t pg_type;
BEGIN
  SELECT * INTO t FROM pg_type WHERE oid = type;
  WHILE t.typtype = 'd' LOOP
    SELECT * INTO t FROM pg_type WHERE oid = t.typbasetype;
  END LOOP;
  RETURN CASE
    WHEN t.typtype = 'e' THEN 'enum'
    WHEN t.oid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'name'::regtype) THEN 'text'
    WHEN t.oid = 'timestamptz'::regtype THEN 'timestamptz'
    WHEN t.oid = 'timestamp'::regtype THEN 'timestamp'
    ELSE format_type(t.oid, NULL)
  END;
END
$$;
COMMENT ON FUNCTION internal_type_kind(oid) IS
  'internal: the type as a word: enum, text for all text-like types, else its name; of a domain its base type';

CREATE FUNCTION internal_column_kind(
  argument text,
  source regclass,
  column_name name,
  allowed text[],
  advice text DEFAULT 'A view that casts the column can be the source.'
) RETURNS text
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  type oid;
  typmod integer;
  kind text;
  words text[];
BEGIN
  SELECT atttypid, atttypmod INTO type, typmod FROM pg_attribute
  WHERE attrelid = source AND attname = column_name AND attnum > 0 AND NOT attisdropped;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'undefined_column',
      MESSAGE = format('%s has no column %I, which is given as %s', source, column_name, argument),
      HINT = (SELECT 'Its columns are ' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) || '.'
              FROM pg_attribute WHERE attrelid = source AND attnum > 0 AND NOT attisdropped);
  END IF;
  kind := retention.internal_type_kind(type);
  IF kind = ANY (allowed) THEN
    RETURN kind;
  END IF;
  SELECT array_agg(CASE a WHEN 'text' THEN 'text, varchar, char, name' WHEN 'enum' THEN 'an enum' ELSE a END ORDER BY i)
  INTO words FROM unnest(allowed) WITH ORDINALITY AS u (a, i);
  RAISE EXCEPTION USING
    ERRCODE = 'datatype_mismatch',
    MESSAGE = format('column %I of %s, given as %s, is of type %s; it must be %s', column_name, source, argument,
      format_type(type, typmod), concat_ws(' or ', nullif(array_to_string(trim_array(words, 1), ', '), ''), words[cardinality(words)])),
    HINT = advice;
END
$$;
COMMENT ON FUNCTION internal_column_kind(text, regclass, name, text[], text) IS
  'internal: the kind of a column''s type; error unless the column exists and is of an allowed kind';

CREATE FUNCTION internal_customer_kind(argument text, source regclass, column_name name) RETURNS text
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN retention.internal_column_kind(argument, source, column_name, '{smallint,integer,bigint,uuid,text,enum,numeric}');
END
$$;
COMMENT ON FUNCTION internal_customer_kind(text, regclass, name) IS
  'internal: the kind of a column that names customers or leads; error unless it exists and is of a kind that can';

CREATE FUNCTION internal_check_readable(source regclass, expressions text[]) RETURNS void
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('SELECT %s FROM %s AS t WHERE false', array_to_string(expressions, ', '), source);
END
$$;
COMMENT ON FUNCTION internal_check_readable(regclass, text[]) IS
  'internal: the error of PostgreSQL if the caller may not read this of the source, whose rows are called t';

CREATE FUNCTION internal_zone(timezone text, source regclass, column_names name[], kinds text[]) RETURNS text
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  moment integer := array_position(kinds, 'timestamptz');
BEGIN
  IF timezone IS NULL AND moment IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('argument timezone is needed: column %I of %s is of type timestamptz', column_names[moment], source),
      HINT = 'Say in which zone its days are, for example timezone => ''Europe/Berlin''.';
  END IF;
  -- the error for a zone that does not exist
  PERFORM retention.period_start('epoch'::timestamptz, 'day'::retention.period_spec, timezone);
  RETURN coalesce(timezone, 'UTC');
END
$$;
COMMENT ON FUNCTION internal_zone(text, regclass, name[], text[]) IS
  'internal: the zone in which days are; UTC where no column of the source needs one';

CREATE FUNCTION internal_dimensions(
  source regclass,
  dimensions name[],
  OUT dimension text,
  OUT expression text,
  OUT description text,
  OUT words text
) RETURNS SETOF record
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  kind text;
BEGIN
  IF array_position(dimensions, NULL) IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'null_value_not_allowed',
      MESSAGE = 'argument dimensions must not contain NULL';
  END IF;
  words := '';
  RETURN NEXT;
  FOREACH dimension IN ARRAY dimensions LOOP
    IF cardinality(array_positions(dimensions, dimension::name)) > 1 THEN
      RAISE EXCEPTION USING
        ERRCODE = 'invalid_parameter_value',
        MESSAGE = format('argument dimensions names column %I more than once', dimension);
    END IF;
    kind := retention.internal_column_kind('dimension', source, dimension::name,
      '{text,enum,smallint,integer,bigint,boolean,date,uuid}');
    expression := retention.internal_column(dimension, kind);
    description := format('column %I of %s', dimension, source);
    words := format(', for each value of %I', dimension);
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION internal_dimensions(regclass, name[]) IS
  'internal: a row without dimension, for the views as a whole, and one for each dimension, checked';

-- parts of queries, in which t is a row of the source -------------------------

CREATE FUNCTION internal_column(column_name text, kind text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN format('t.%I::%s', column_name, CASE kind WHEN 'enum' THEN 'text' ELSE kind END);
END
$$;
COMMENT ON FUNCTION internal_column(text, text) IS 'internal: a column as a built-in type';

CREATE FUNCTION internal_customer(column_name text, kind text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE kind
    WHEN 'smallint' THEN format('t.%I::bigint', column_name)
    WHEN 'integer' THEN format('t.%I::bigint', column_name)
    -- 1 and 1.0 are one customer
    WHEN 'numeric' THEN format('trim_scale(t.%I::numeric)::text', column_name)
    ELSE retention.internal_column(column_name, kind)
  END;
END
$$;
COMMENT ON FUNCTION internal_customer(text, text) IS 'internal: a column that names customers, as bigint, uuid or text';

CREATE FUNCTION internal_periods(unit text, kind text, zone text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN format('%L::retention.period_spec',
    retention.periods(unit, CASE kind WHEN 'timestamptz' THEN zone END)::text);
END
$$;
COMMENT ON FUNCTION internal_periods(text, text, text) IS 'internal: the period_spec for times of a kind';

CREATE FUNCTION internal_day(expression text, kind text, zone text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE kind
    WHEN 'date' THEN expression
    ELSE format('retention.period_start(%s, %s)', expression, retention.internal_periods('day', kind, zone))
  END;
END
$$;
COMMENT ON FUNCTION internal_day(text, text, text) IS 'internal: the day of a time';

CREATE FUNCTION internal_as_of(as_of date, zone text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT isfinite(as_of) THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('as_of must be a finite date, not %s', as_of);
  END IF;
  -- JSON writes dates alike, whatever the DateStyle
  RETURN coalesce(quote_literal(to_jsonb(as_of) #>> '{}') || '::date',
    format('((CURRENT_TIMESTAMP AT TIME ZONE %L)::date - 1)', zone));
END
$$;
COMMENT ON FUNCTION internal_as_of(date, text) IS 'internal: the last day to look at; without one yesterday in the zone, by the clock';

CREATE FUNCTION internal_until(day text, as_of text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- the clock in a subquery, so that it is read once and not for every row
  RETURN format(CASE WHEN strpos(as_of, 'CURRENT_TIMESTAMP') > 0 THEN '%s <= (SELECT %s AS as_of)' ELSE '%s <= %s' END, day, as_of);
END
$$;
COMMENT ON FUNCTION internal_until(text, text) IS 'internal: the condition that a day is not after as_of';

CREATE FUNCTION internal_as_of_words(as_of date, zone text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN format('as of %s', coalesce(to_jsonb(as_of) #>> '{}', format('yesterday in %s, the last day that is over', zone)));
END
$$;
COMMENT ON FUNCTION internal_as_of_words(date, text) IS 'internal: the last day to look at, in words';

CREATE FUNCTION internal_summary_query(
  dimension text,
  expression text,
  aggregate text,
  input text,
  columns text,
  accessor text
) RETURNS text
  LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF dimension IS NULL THEN
    RETURN format('SELECT %s FROM (SELECT %s AS summary FROM %s) AS a CROSS JOIN LATERAL %s',
      columns, aggregate, input, accessor);
  END IF;
  RETURN format('SELECT a.%1$I, %2$s FROM (SELECT %3$s AS %1$I, %4$s AS summary FROM %5$s GROUP BY 1) AS a CROSS JOIN LATERAL %6$s',
    dimension, columns, expression, aggregate, input, accessor);
END
$$;
COMMENT ON FUNCTION internal_summary_query(text, text, text, text, text, text) IS
  'internal: a query over the rows r of an accessor of a.summary, the aggregate of the input, for each value of the dimension if there is one';

CREATE FUNCTION internal_share_ci(numerator text, denominator text, alias text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN format(' CROSS JOIN LATERAL retention.proportion_ci(%s::double precision, %s::double precision) AS %I',
    numerator, denominator, alias);
END
$$;
COMMENT ON FUNCTION internal_share_ci(text, text, text) IS 'internal: the interval of a share, as a further item of FROM';

CREATE FUNCTION internal_ci_comments(share text, prefix text) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN jsonb_build_object(
    prefix || 'ci_low', format('lower bound of %s, 95 %% by Wilson', share),
    prefix || 'ci_high', format('upper bound of %s, 95 %% by Wilson', share));
END
$$;
COMMENT ON FUNCTION internal_ci_comments(text, text) IS 'internal: the comments on the interval of a share';

CREATE FUNCTION internal_view_name(base text, dimension text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN base || coalesce('_by_' || dimension, '');
END
$$;
COMMENT ON FUNCTION internal_view_name(text, text) IS 'internal: the name of a view, divided by a dimension if there is one';

-- what was created ----------------------------------------------------------

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

CREATE FUNCTION internal_own_views(
  target_schema text,
  concept text,
  OUT relation oid,
  OUT view_name text,
  OUT kind "char"
) RETURNS SETOF record
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last_line text := E'\n' || retention.internal_mark(concept);
BEGIN
  RETURN QUERY
    SELECT c.oid, c.relname::text, c.relkind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = target_schema AND c.relkind IN ('v', 'm')
      AND right(obj_description(c.oid, 'pg_class'), length(last_line)) = last_line
    ORDER BY c.oid;
END
$$;
COMMENT ON FUNCTION internal_own_views(text, text) IS 'internal: the views in a schema that the function of a concept created';

CREATE FUNCTION internal_drop_view(target_schema text, view_name text, kind "char") RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('DROP %s %I.%I', CASE kind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, target_schema, view_name);
END
$$;
COMMENT ON FUNCTION internal_drop_view(text, text, "char") IS 'internal: drops a view on which nothing depends';

-- creating ------------------------------------------------------------------

CREATE FUNCTION internal_check_names(target_schema text, concept text, views internal_view[]) RETURNS void
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v retention.internal_view;
  too_long text;
  foreign_kind text;
BEGIN
  IF target_schema IN ('retention', 'information_schema') OR starts_with(target_schema, 'pg_') THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_schema_name',
      MESSAGE = format('views cannot be created in schema %I', target_schema),
      HINT = 'Name a schema of your own; it is created if it does not exist.';
  END IF;
  SELECT n INTO too_long
  FROM (SELECT target_schema AS n UNION ALL SELECT u.view_name FROM unnest(views) u) AS names
  WHERE octet_length(n) NOT BETWEEN 1 AND 63 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_name',
      MESSAGE = format('a name must have 1 to 63 bytes; "%s" has %s', too_long, octet_length(too_long));
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
    SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
        WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence'
        WHEN 'c' THEN 'type' ELSE 'index' END
    INTO foreign_kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = target_schema AND c.relname = v.view_name
      AND c.oid NOT IN (SELECT o.relation FROM retention.internal_own_views(target_schema, concept) o);
    IF FOUND THEN
      RAISE EXCEPTION USING
        ERRCODE = 'duplicate_table',
        MESSAGE = format('%I.%I exists: a %s that this function did not create', target_schema, v.view_name, foreign_kind),
        HINT = 'Rename or drop it, or choose another schema.';
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION internal_check_names(text, text, internal_view[]) IS
  'internal: error if a name cannot be given or belongs to what the function of the concept did not create';

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
  FROM pg_namespace WHERE nspname = target_schema AND pg_has_role(nspowner, 'USAGE');
  IF last_line IN (SELECT retention.internal_mark(c) FROM unnest('{survey,retention,revenue,leads}'::text[]) c) THEN
    EXECUTE format('DROP SCHEMA %I', target_schema);
  END IF;
EXCEPTION
  WHEN dependent_objects_still_exist THEN
    NULL; -- others use it
END
$$;
COMMENT ON FUNCTION internal_drop_schema(text) IS 'internal: drops a schema that was created with views, if it is the caller''s and empty';

CREATE FUNCTION internal_grants(relation oid, OUT column_name name, OUT privilege text) RETURNS SETOF record
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY
    SELECT g.column_name,
      format('GRANT %s%s ON %s TO %s%s', g.privilege_type, ' (' || quote_ident(g.column_name) || ')', relation::regclass,
        CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
        CASE WHEN g.is_grantable AND g.grantee <> g.owner THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM (
      SELECT NULL::name AS column_name, c.relowner AS owner, x.*
      FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = relation
      UNION ALL
      SELECT a.attname, c.relowner, x.*
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x WHERE c.oid = relation
    ) AS g
    ORDER BY g.grantee <> g.owner;
END
$$;
COMMENT ON FUNCTION internal_grants(oid) IS 'internal: the privileges on a relation and its columns, as statements';

CREATE FUNCTION internal_restore_grants(relation regclass, grants text[], granted_columns text[]) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  grantee text;
BEGIN
  -- what default privileges have given
  FOR grantee IN
    SELECT DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END
    FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = relation
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %s', relation, grantee);
  END LOOP;
  FOR i IN 1 .. cardinality(grants) LOOP
    IF granted_columns[i] IS NULL
      OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attname = granted_columns[i])
    THEN
      EXECUTE grants[i];
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION internal_restore_grants(regclass, text[], text[]) IS
  'internal: gives a relation the privileges that one of its name had; those on columns that are gone are left out';

CREATE FUNCTION internal_put_view(target_schema text, v internal_view, materialized boolean, current_kind "char") RETURNS void
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  view_name text := format('%I.%I', target_schema, v.view_name);
  creation text := CASE WHEN materialized
    THEN format('CREATE MATERIALIZED VIEW %s AS %s', view_name, v.query)
    ELSE format('CREATE OR REPLACE VIEW %s WITH (security_invoker = true) AS %s', view_name, v.query) END;
  grants text[];
  granted_columns text[];
BEGIN
  IF current_kind = 'v' AND NOT materialized THEN
    BEGIN
      EXECUTE creation;
      RETURN;
    EXCEPTION
      WHEN invalid_table_definition THEN
        NULL; -- the columns are others: it cannot be replaced in place
    END;
  END IF;
  IF current_kind IS NOT NULL THEN
    SELECT array_agg(g.privilege), array_agg(g.column_name::text) INTO grants, granted_columns
    FROM retention.internal_grants(view_name::regclass) g;
    PERFORM retention.internal_drop_view(target_schema, v.view_name, current_kind);
  END IF;
  EXECUTE creation;
  PERFORM retention.internal_restore_grants(view_name::regclass, grants, granted_columns);
  IF materialized THEN
    EXECUTE format('CREATE UNIQUE INDEX ON %s (%s) NULLS NOT DISTINCT', view_name,
      (SELECT string_agg(quote_ident(k), ', ' ORDER BY i) FROM unnest(v.dimension || v.key_columns) WITH ORDINALITY AS u (k, i) WHERE k IS NOT NULL));
  END IF;
END
$$;
COMMENT ON FUNCTION internal_put_view(text, internal_view, boolean, "char") IS
  'internal: creates a view, in the place of one of its name if there is one, with the privileges of that one';

CREATE FUNCTION internal_comment_view(target_schema text, v internal_view, materialized boolean, mark text) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  view_name text := format('%I.%I', target_schema, v.view_name);
  refreshing text := CASE WHEN materialized THEN format(
    E'\nMaterialized: it holds what its owner may see, and row security of the sources does not apply to its readers. REFRESH MATERIALIZED VIEW CONCURRENTLY %s renews it.',
    view_name) ELSE '' END;
  column_name text;
  definition text;
BEGIN
  EXECUTE format('COMMENT ON %s %s IS %L', CASE WHEN materialized THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, view_name,
    concat(v.definition, refreshing, E'\n', mark));
  FOR column_name, definition IN
    SELECT a.attname,
      CASE WHEN a.attname = v.dimension THEN v.dimension_comment
        ELSE coalesce(v.comments ->> a.attname, col_description(t.typrelid, r.attnum)) END
    FROM pg_attribute a
      LEFT JOIN pg_type t ON t.oid = v.row_type
      LEFT JOIN pg_attribute r ON r.attrelid = t.typrelid AND r.attname = a.attname AND r.attnum > 0
    WHERE a.attrelid = view_name::regclass AND a.attnum > 0
  LOOP
    EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', view_name, column_name, definition);
  END LOOP;
END
$$;
COMMENT ON FUNCTION internal_comment_view(text, internal_view, boolean, text) IS 'internal: the comments on a view and its columns';

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
  v retention.internal_view;
BEGIN
  PERFORM retention.internal_check_names(target_schema, concept, views);
  PERFORM retention.internal_create_schema(target_schema, concept);
  PERFORM retention.internal_drop_view(target_schema, o.view_name, o.kind)
  FROM retention.internal_own_views(target_schema, concept) o
  WHERE starts_with(o.view_name, family)
    AND o.view_name NOT IN (SELECT u.view_name FROM unnest(views) u);
  FOREACH v IN ARRAY views LOOP
    PERFORM retention.internal_put_view(target_schema, v, materialized,
      (SELECT o.kind FROM retention.internal_own_views(target_schema, concept) o WHERE o.view_name = v.view_name));
    PERFORM retention.internal_comment_view(target_schema, v, materialized, mark);
    RETURN NEXT format('%I.%I', target_schema, v.view_name);
  END LOOP;
END
$$;
COMMENT ON FUNCTION internal_create_views(text, text, text, internal_view[], boolean) IS
  'internal: creates the views of a concept in place of those that it has in the schema; of these, only the ones whose names begin with family are dropped where no new one has their name';

CREATE FUNCTION drop_views(target_schema text, concepts text[] DEFAULT NULL) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  concept text;
  v record;
BEGIN
  PERFORM retention.internal_check_schema(target_schema);
  IF array_position(concepts, NULL) IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'null_value_not_allowed',
      MESSAGE = 'argument concepts must not contain NULL';
  END IF;
  PERFORM retention.internal_mark(c) FROM unnest(concepts) c;
  FOREACH concept IN ARRAY coalesce(concepts, '{survey,retention,revenue,leads}') LOOP
    FOR v IN SELECT * FROM retention.internal_own_views(target_schema, concept) LOOP
      PERFORM retention.internal_drop_view(target_schema, v.view_name, v.kind);
      RETURN NEXT format('%I.%I', target_schema, v.view_name);
    END LOOP;
  END LOOP;
  PERFORM retention.internal_drop_schema(target_schema);
END
$$;
COMMENT ON FUNCTION drop_views(text, text[]) IS
  'drops the views of the concepts (survey, retention, revenue, leads; NULL: all) that the create_..._views functions created in a schema, and the schema if they created it and it is empty; returns their names';
