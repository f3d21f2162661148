--
-- views for BI: what the create_..._views functions share before they create anything. doc/bi.md
--
-- What can be a single expression has a body that is parsed here, once. The other bodies are
-- PL/pgSQL, whose names are looked up when it runs: each function fixes its search_path and names
-- what lies in schema retention, with all arguments, each of exactly its declared type, so that no
-- overload is nearer. Functions named internal_... are called by those of these parts only.

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

CREATE FUNCTION internal_lock_views(target_schema text, exclusive boolean) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- the class is 'RTVW' in ASCII; two schemas of one hash wait for each other, which does no harm
  IF exclusive THEN
    PERFORM pg_advisory_xact_lock(1381258839, hashtext(target_schema));
  ELSE
    PERFORM pg_advisory_xact_lock_shared(1381258839, hashtext(target_schema));
  END IF;
END
$$;
COMMENT ON FUNCTION internal_lock_views(text, boolean) IS
  'internal: until the end of the transaction, lets nobody else create, refresh or drop views in a schema; exclusive: nor report on them';

CREATE FUNCTION internal_check_schema(target_schema text) RETURNS void
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM retention.internal_check_arguments(json_build_object('target_schema'::text, target_schema));
  PERFORM retention.internal_lock_views(target_schema, false);
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = target_schema) THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_schema_name',
      MESSAGE = format('schema %I does not exist', target_schema);
  END IF;
END
$$;
COMMENT ON FUNCTION internal_check_schema(text) IS
  'internal: error unless the schema is given and exists; waits for whoever creates or drops views in it';

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
  advice text
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
    HINT = coalesce(advice, 'A view that casts the column can be the source.');
END
$$;
COMMENT ON FUNCTION internal_column_kind(text, regclass, name, text[], text) IS
  'internal: the kind of a column''s type; error, with the advice or a general one, unless the column exists and is of an allowed kind';

CREATE FUNCTION internal_customer_kind(argument text, source regclass, column_name name) RETURNS text
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN retention.internal_column_kind(argument, source, column_name,
    '{smallint,integer,bigint,uuid,text,enum,numeric}'::text[], NULL::text);
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
    kind := retention.internal_column_kind('dimension'::text, source, dimension::name,
      '{text,enum,smallint,integer,bigint,boolean,date,uuid}'::text[], NULL::text);
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
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE kind
    -- no cast: the owner of the type may have made one to text, whose function would run with the caller's rights
    WHEN 'enum' THEN pg_catalog.format('CASE WHEN t.%1$I IS NOT NULL THEN concat(t.%1$I) END', column_name)
    ELSE pg_catalog.format('t.%I::%s', column_name, kind)
  END;
COMMENT ON FUNCTION internal_column(text, text) IS 'internal: a column as a built-in type';

CREATE FUNCTION internal_customer(column_name text, kind text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE kind
    WHEN 'smallint' THEN pg_catalog.format('t.%I::bigint', column_name)
    WHEN 'integer' THEN pg_catalog.format('t.%I::bigint', column_name)
    -- 1 and 1.0 are one customer
    WHEN 'numeric' THEN pg_catalog.format('trim_scale(t.%I::numeric)::text', column_name)
    ELSE retention.internal_column(column_name, kind)
  END;
COMMENT ON FUNCTION internal_customer(text, text) IS 'internal: a column that names customers, as bigint, uuid or text';

CREATE FUNCTION internal_periods(unit text, kind text, zone text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN pg_catalog.format('%L::retention.period_spec',
    retention.periods(unit, CASE kind WHEN 'timestamptz' THEN zone END, 1, false, NULL::integer[])::text);
COMMENT ON FUNCTION internal_periods(text, text, text) IS 'internal: the period_spec for times of a kind';

CREATE FUNCTION internal_oldest(kind text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN pg_catalog.format('%L::%s', CASE kind WHEN 'timestamptz' THEN '1900-01-01 00:00:00+00' WHEN 'timestamp' THEN '1900-01-01 00:00:00' ELSE '1900-01-01' END, kind);
COMMENT ON FUNCTION internal_oldest(text) IS
  'internal: the first time of a kind that views look at: one row of the year 24 would be a hundred thousand weeks';

CREATE FUNCTION internal_day(expression text, kind text, zone text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE kind
    WHEN 'date' THEN expression
    ELSE pg_catalog.format('retention.period_start(%s, %s)', expression, retention.internal_periods('day'::text, kind, zone))
  END;
COMMENT ON FUNCTION internal_day(text, text, text) IS 'internal: the day of a finite time';

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
  -- JSON writes dates alike, whatever the DateStyle. The zone cuts today as it cuts the days of the
  -- rows: AT TIME ZONE would take CET for an offset without summer time.
  RETURN coalesce(quote_literal(to_jsonb(as_of) #>> '{}') || '::date',
    format('(%s - 1)', retention.internal_day('CURRENT_TIMESTAMP'::text, 'timestamptz'::text, zone)));
END
$$;
COMMENT ON FUNCTION internal_as_of(date, text) IS 'internal: the last day to look at; without one yesterday in the zone, by the clock';

CREATE FUNCTION internal_within(moment text, kind text, zone text, as_of text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- the clock in a subquery, so that it is read once and not for every row
  last_day text := format(CASE WHEN strpos(as_of, 'CURRENT_TIMESTAMP') > 0 THEN '(SELECT %s AS as_of)' ELSE '%s' END, as_of);
BEGIN
  IF kind = 'date' THEN
    RETURN format('%s >= %s AND %1$s <= %3$s', moment, retention.internal_oldest(kind), last_day);
  END IF;
  -- infinite times have no day: they must not reach period_start(), in whatever order conditions are evaluated
  RETURN format('%s <= %s',
    retention.internal_day(format('CASE WHEN %s >= %s AND %1$s < ''infinity''::%3$s THEN %1$s END', moment, retention.internal_oldest(kind), kind), kind, zone),
    last_day);
END
$$;
COMMENT ON FUNCTION internal_within(text, text, text, text) IS
  'internal: the condition that the day of a time is not after as_of, nor before all days that views look at';

CREATE FUNCTION internal_as_of_words(as_of date, zone text) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN pg_catalog.format('as of %s', coalesce(pg_catalog.to_jsonb(as_of) #>> '{}'::text[], pg_catalog.format('yesterday in %s, the last day that is over', zone)));
COMMENT ON FUNCTION internal_as_of_words(date, text) IS 'internal: the last day to look at, in words';

CREATE FUNCTION internal_call(function_name text, input text, arguments jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  result text;
BEGIN
  -- Rows are bounded far above what real data give: the days of a view begin in 1900.
  SELECT format('retention.%I(%s)', function_name, string_agg(
    format('(%s)::%s',
      CASE WHEN n = 1 THEN input ELSE coalesce(arguments ->> p.proargnames[n],
        CASE p.proargnames[n] WHEN 'max_rows' THEN '10000000' ELSE pg_get_function_arg_default(p.oid, n) END) END,
      format_type(p.proargtypes[n - 1], NULL)), ', ' ORDER BY n))
  INTO STRICT result
  FROM pg_proc p
    JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid,
    generate_series(1, p.pronargs) AS n
  WHERE p.pronamespace = 'retention'::regnamespace AND p.proname = function_name AND e.extname = 'retention'
  GROUP BY p.oid;
  RETURN result;
END
$$;
COMMENT ON FUNCTION internal_call(text, text, jsonb) IS
  'internal: a call of the only function of the extension with this name: the input, then all its other arguments, given by name or their defaults, each of its declared type';

CREATE FUNCTION internal_summary_query(
  dimension text,
  expression text,
  aggregate text,
  input text,
  columns text,
  accessor text
) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  -- inside, the dimension has a name of ours, so that it may have any
  RETURN CASE WHEN dimension IS NULL
    THEN pg_catalog.format('SELECT %s FROM (SELECT %s FROM %s) AS a (summary) CROSS JOIN LATERAL %s', columns, aggregate, input, accessor)
    ELSE pg_catalog.format('SELECT a.dimension AS %I, %s FROM (SELECT %s, %s FROM %s GROUP BY 1) AS a (dimension, summary) CROSS JOIN LATERAL %s',
      dimension, columns, expression, aggregate, input, accessor)
  END;
COMMENT ON FUNCTION internal_summary_query(text, text, text, text, text, text) IS
  'internal: a query over the rows r of an accessor of a.summary, the aggregate of the input, for each value of the dimension if there is one';

CREATE FUNCTION internal_share_ci(numerator text, denominator text, alias text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN pg_catalog.format(' CROSS JOIN LATERAL retention.proportion_ci(%s::double precision, %s::double precision, 0.95::double precision, ''wilson''::text) AS %I',
    numerator, denominator, alias);
COMMENT ON FUNCTION internal_share_ci(text, text, text) IS 'internal: the interval of a share, as a further item of FROM';

CREATE FUNCTION internal_ci_comments(share text, prefix text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN pg_catalog.jsonb_build_object(
    prefix || 'ci_low', pg_catalog.format('lower bound of %s, 95 %% by Wilson', share),
    prefix || 'ci_high', pg_catalog.format('upper bound of %s, 95 %% by Wilson', share));
COMMENT ON FUNCTION internal_ci_comments(text, text) IS 'internal: the comments on the interval of a share';

CREATE FUNCTION internal_view_name(base text, dimension text) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN base || coalesce('_by_' || dimension, '');
COMMENT ON FUNCTION internal_view_name(text, text) IS 'internal: the name of a view, divided by a dimension if there is one';

-- what is surely a mistake ----------------------------------------------------

CREATE FUNCTION internal_rows(n bigint, source regclass) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN format('%s %s of %s', n, CASE n WHEN 1 THEN 'row' ELSE 'rows' END, source);
END
$$;
COMMENT ON FUNCTION internal_rows(bigint, regclass) IS 'internal: a number of rows of a relation, in words';

CREATE FUNCTION internal_warn_of_source(
  source regclass,
  column_name name,
  kind text,
  zone text,
  last_day text,
  usable text,
  usable_words text,
  stray_words text,
  refused text,
  refused_words text,
  by_clock boolean
) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  moment text := retention.internal_column(column_name::text, kind);
  seen record;
BEGIN
  -- JSON writes times alike, whatever the DateStyle
  EXECUTE format(
    'SELECT count(*) AS present, count(*) FILTER (WHERE u.usable) AS usable, count(*) FILTER (WHERE u.stray) AS stray,'
    ' count(*) FILTER (WHERE u.refused) AS refused,'
    ' to_jsonb(min(u.local_time) FILTER (WHERE u.stray)) #>> ''{}'' AS example,'
    ' to_jsonb(max(u.local_time) FILTER (WHERE u.usable)::date) #>> ''{}'' AS newest,'
    ' max(u.local_time) FILTER (WHERE u.usable)::date < %1$s - 366 AS is_old'
    ' FROM (SELECT %2$s AS usable, %3$s < %4$s OR %3$s = ''infinity''::%5$s AS stray, %8$s AS refused, %6$s AS local_time FROM %7$s AS t) AS u',
    last_day, usable, moment, retention.internal_oldest(kind), kind,
    CASE kind WHEN 'timestamptz' THEN format('%s AT TIME ZONE %L', moment, zone) ELSE moment END, source, refused)
  INTO seen;
  IF seen.stray > 0 THEN
    RAISE NOTICE USING
      MESSAGE = format('%s before 1900 or infinite as %I, such as %s: %s',
        retention.internal_rows(seen.stray::bigint, source) || CASE seen.stray WHEN 1 THEN ' has a time' ELSE ' have times' END,
        column_name, seen.example, stray_words),
      HINT = 'A mistyped year is best corrected in the source.';
  END IF;
  IF seen.refused > 0 THEN
    RAISE NOTICE USING
      MESSAGE = format('%s %s %s: the views cannot be read', retention.internal_rows(seen.refused::bigint, source),
        CASE seen.refused WHEN 1 THEN 'has' ELSE 'have' END, refused_words),
      HINT = 'Correct the source, or let a view that leaves such rows out, or makes such values NULL, be the source.';
  END IF;
  IF seen.present > 0 AND seen.usable = 0 THEN
    RAISE NOTICE USING
      MESSAGE = format('none of %s %s: the views are empty', retention.internal_rows(seen.present::bigint, source), usable_words);
  ELSIF by_clock AND seen.is_old THEN
    RAISE NOTICE USING
      MESSAGE = format('the last %I of %s is of %s, and the views go on until yesterday', column_name, source, seen.newest),
      HINT = format('as_of => ''%s'' ends them with the data.', seen.newest);
  END IF;
END
$$;
COMMENT ON FUNCTION internal_warn_of_source(regclass, name, text, text, text, text, text, text, text, text, boolean) IS
  'internal: a notice if times of the source cannot be right, if rows of it are refused, if none can be used, or if it ended long ago and the views go on';
