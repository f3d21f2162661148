--
-- views for BI: scores of leads. doc/bi.md
--

CREATE FUNCTION internal_same_key(
  lead_kind text,
  lead_id name,
  event_kind text,
  event_lead_id name,
  OUT of_lead text,
  OUT of_event text
)
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  integers text[] := '{smallint,integer,bigint}';
  numbers text[] := '{smallint,integer,bigint,numeric}';
  family text := CASE
    WHEN lead_kind = ANY (integers) AND event_kind = ANY (integers) THEN 'integer'
    WHEN lead_kind = ANY (numbers) AND event_kind = ANY (numbers) THEN 'numeric'
    WHEN lead_kind = 'uuid' AND event_kind = 'uuid' THEN 'uuid'
    WHEN lead_kind IN ('text', 'enum') AND event_kind IN ('text', 'enum') THEN 'text'
  END;
BEGIN
  IF family IS NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'datatype_mismatch',
      MESSAGE = format('lead_id %I and event_lead_id %I cannot be compared: %s and %s', lead_id, event_lead_id, lead_kind, event_kind),
      HINT = 'A view that casts one of them can be the source.';
  END IF;
  -- integers stay what they are, so that a lead is found by the index of its table
  of_lead := CASE family
    WHEN 'numeric' THEN retention.internal_customer(lead_id::text, 'numeric'::text)
    ELSE retention.internal_column(lead_id::text, lead_kind) END;
  of_event := CASE family
    WHEN 'numeric' THEN retention.internal_customer(event_lead_id::text, 'numeric'::text)
    ELSE retention.internal_column(event_lead_id::text, event_kind) END;
END
$$;
COMMENT ON FUNCTION internal_same_key(text, name, text, name) IS
  'internal: the id of a lead in its own table and in that of the events, as one type; error if they cannot be';

CREATE FUNCTION internal_moment(as_of timestamptz) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT isfinite(as_of) THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'as_of must be a finite moment, not ' || (to_jsonb(as_of) #>> '{}');
  END IF;
  -- JSON writes times alike, whatever the DateStyle
  RETURN (to_jsonb(as_of AT TIME ZONE 'UTC') #>> '{}') || '+00';
END
$$;
COMMENT ON FUNCTION internal_moment(timestamptz) IS 'internal: a moment in UTC';

CREATE FUNCTION internal_check_leads(card jsonb, leads regclass, lead_id name, key text, attributes name, materialized boolean) RETURNS void
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wrong text;
  present record;
BEGIN
  -- a limit is a row of the explanation under this name
  SELECT r ->> 'rule' INTO wrong FROM jsonb_path_query(card, '$.*[*].rules[*]') r WHERE r ->> 'rule' IN ('(min)', '(max)') LIMIT 1;
  IF materialized AND wrong IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('a rule of a scorecard whose views are materialized must not be named %s', wrong),
      HINT = 'Rows of lead_score_explanations have this name where a limit takes away or adds points.';
  END IF;
  IF attributes IS NULL THEN
    SELECT string_agg(DISTINCT quote_literal(u.attribute), ', ') INTO wrong
    FROM (SELECT a #>> '{}' AS attribute FROM jsonb_path_query(card, '$.fit[*].rules[*].when.**.attribute') a) u
    WHERE NOT EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = leads AND c.attnum > 0 AND NOT c.attisdropped
      AND c.attname IN (u.attribute, split_part(u.attribute, '.', 1)));
    IF wrong IS NOT NULL THEN
      RAISE NOTICE USING
        MESSAGE = format('%s has no column of this name, which the scorecard asks for: %s', leads, wrong),
        HINT = 'With attributes => NULL the columns are the attributes of a lead; one that is missing has no value.';
    END IF;
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = leads AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND a.attname = lead_id AND a.attnotnull)
  THEN
    EXECUTE format('SELECT (%1$s)::text AS key, count(*) AS rows FROM %2$s AS t GROUP BY %1$s HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT 1', key, leads) INTO present;
    IF present.rows > 1 THEN
      IF materialized THEN
        RAISE EXCEPTION USING
          ERRCODE = 'unique_violation',
          MESSAGE = format('lead_id %I of %s is not unique: %s is in %s rows', lead_id, leads, coalesce(present.key, 'NULL'), present.rows),
          DETAIL = 'A materialized view has one row for each lead.',
          HINT = 'A view with one row for each lead can be the source.';
      END IF;
      RAISE NOTICE USING
        MESSAGE = format('lead_id %I of %s is not unique: %s is in %s rows, and each of them is scored', lead_id, leads, coalesce(present.key, 'NULL'), present.rows),
        HINT = 'A view with one row for each lead can be the source.';
    END IF;
  END IF;
END
$$;
COMMENT ON FUNCTION internal_check_leads(jsonb, regclass, name, text, name, boolean) IS
  'internal: an error or a notice if leads are there more than once, or a scorecard does not fit them or the views';

CREATE FUNCTION create_lead_views(
  target_schema text,
  card scorecard,
  leads regclass,
  lead_id name,
  attributes name,
  events regclass,
  event_lead_id name,
  event name,
  occurred_at name,
  materialized boolean DEFAULT false,
  reasons integer DEFAULT 3,
  as_of timestamptz DEFAULT NULL
) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  key record;
  attributes_column text;
  event_column text;
  moment text;
  last_moment text;
  sources text;
  lead_reasons text;
  when_words text := 'when the view is read';
  kind record;
  v retention.internal_view;
  views retention.internal_view[];
BEGIN
  PERFORM retention.internal_lock_views(target_schema, true);
  PERFORM retention.internal_check_arguments(json_build_object('target_schema', target_schema, 'card', card::text, 'leads', leads,
    'lead_id', lead_id, 'events', events, 'event_lead_id', event_lead_id, 'event', event, 'occurred_at', occurred_at,
    'materialized', materialized, 'reasons', reasons));
  IF reasons < 1 THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('reasons must be at least 1, not %s', reasons);
  END IF;
  PERFORM retention.internal_check_source('leads'::text, leads);
  PERFORM retention.internal_check_source('events'::text, events);
  key := retention.internal_same_key(
    retention.internal_customer_kind('lead_id'::text, leads, lead_id), lead_id,
    retention.internal_customer_kind('event_lead_id'::text, events, event_lead_id), event_lead_id);
  IF attributes IS NULL THEN
    attributes_column := 'to_jsonb(t.*)';
  ELSE
    PERFORM retention.internal_column_kind('attributes'::text, leads, attributes, '{jsonb,json}'::text[], NULL::text);
    attributes_column := retention.internal_column(attributes::text, 'jsonb'::text);
  END IF;
  event_column := retention.internal_column(event::text, retention.internal_column_kind('event'::text, events, event, '{text,enum}'::text[], NULL::text));
  moment := retention.internal_column(occurred_at::text, retention.internal_column_kind('occurred_at'::text, events, occurred_at, '{timestamptz}'::text[],
    'A view with the column AT TIME ZONE ''Europe/Berlin'', or whatever zone it is in, can be the source.'::text));
  PERFORM retention.internal_check_readable(leads, ARRAY[key.of_lead::text, attributes_column]);
  PERFORM retention.internal_check_readable(events, ARRAY[key.of_event::text, event_column, moment]);
  PERFORM retention.internal_check_leads(card::jsonb, leads, lead_id, key.of_lead::text, attributes, materialized);

  last_moment := 'CURRENT_TIMESTAMP';
  IF as_of IS NOT NULL THEN
    when_words := 'on ' || retention.internal_moment(as_of);
    last_moment := format('%L::timestamptz', retention.internal_moment(as_of));
  END IF;
  -- The events are joined, not read by score_leads(), so that PostgreSQL sees on what the
  -- view depends, whose rows may be read, and which lead is asked for.
  sources := format('(SELECT %L::retention.scorecard AS card, %s AS as_of) AS m'
    ' CROSS JOIN %s AS t'
    ' LEFT JOIN LATERAL (SELECT %s AS lead_id, retention.engagement_agg(m.card, %s, %s) AS engagement, max(%s) AS last_event_at'
    ' FROM %s AS t WHERE %s <= m.as_of AND %s > ''-infinity''::timestamptz GROUP BY 1) AS e ON e.lead_id = %s',
    card, last_moment, leads, key.of_event, event_column, moment, moment, events, moment, moment, key.of_lead);
  lead_reasons := format('retention.lead_reasons(m.card, %s, e.engagement, m.as_of, %s::integer) AS reasons', attributes_column, reasons);

  FOR kind IN
    SELECT * FROM (VALUES
      ('lead_scores', 'r.*, e.last_event_at, ' || lead_reasons, 'lead_score', 'lead_score_row', '{lead_id}',
        'Score of each lead, %s'),
      ('lead_score_explanations', 'r.*', 'explain_lead_score', 'lead_score_part', '{lead_id,component,group_name,rule}',
        'What the score of each lead is made of, %s: the points of each rule and limit, whose sum is the score'),
      ('qualified_leads', 'r.label, r.score, r.fit, r.engagement, e.last_event_at, ' || lead_reasons, 'lead_score', 'lead_score_row', '{lead_id}',
        'The leads that meet all thresholds of the scorecard, %s')
    ) AS k (view_name, columns, accessor, row_type, key_columns, definition)
  LOOP
    v.view_name := kind.view_name;
    v.query := format('SELECT %s AS lead_id, %s FROM %s CROSS JOIN LATERAL retention.%s(m.card, %s, e.engagement, m.as_of) AS r%s',
      key.of_lead, kind.columns, sources, kind.accessor, attributes_column,
      CASE kind.view_name WHEN 'qualified_leads' THEN ' WHERE r.qualified' ELSE '' END);
    v.definition := format(kind.definition || '. Leads: %s; events: %s.', when_words, leads, events);
    v.row_type := 'retention.' || kind.row_type;
    v.comments := jsonb_build_object(
      'lead_id', format('column %I of %s', lead_id, leads),
      'last_event_at', 'time of the last event of the lead, whatever it is',
      'reasons', 'the rules that contribute most to the score, up or down, in words; NULL if none does');
    v.key_columns := kind.key_columns;
    views := views || v;
  END LOOP;
  RETURN QUERY SELECT * FROM retention.internal_create_views(target_schema, 'leads'::text, ''::text, views, materialized);
END
$$;
COMMENT ON FUNCTION create_lead_views(text, scorecard, regclass, name, name, regclass, name, name, name, boolean, integer, timestamptz) IS
  'creates the views lead_scores, lead_score_explanations and qualified_leads of a table of leads and one of their events; returns their names';
