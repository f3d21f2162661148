--
-- views for BI: surveys. doc/bi.md
--

CREATE FUNCTION internal_check_scale(metric text, scale_min integer, scale_max integer, boxes integer) RETURNS void
  LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF metric NOT IN ('nps', 'csat', 'ces') THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('unknown metric: "%s"', metric),
      HINT = 'Valid metrics are nps, csat and ces.';
  END IF;
  IF metric = 'nps' AND (scale_min, scale_max) <> (0, 10) THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('the scale of nps is 0 to 10, not %s to %s', scale_min, scale_max),
      HINT = 'Answers from 1 to 10 fit it without scale_min and scale_max. For another scale let a view map each answer to one of its class, or use metric => ''csat'' or ''ces''.';
  END IF;
  IF scale_max::bigint - scale_min NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('a scale must have 2 to 101 scores, not those from %s to %s', scale_min, scale_max);
  END IF;
  IF metric = 'nps' AND boxes IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('argument boxes, %s, is for metric csat or ces', boxes);
  END IF;
  IF boxes NOT BETWEEN 1 AND scale_max - scale_min THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('boxes must be between 1 and %s on a scale from %s to %s, not %s', scale_max - scale_min, scale_min, scale_max, boxes);
  END IF;
END
$$;
COMMENT ON FUNCTION internal_check_scale(text, integer, integer, integer) IS 'internal: error unless the metric exists and has such a scale and as many boxes';

CREATE FUNCTION internal_nps_view(
  unit text,
  periods text,
  as_of text,
  score text,
  moment text,
  input text,
  dimension text,
  expression text
) RETURNS internal_view
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v retention.internal_view;
BEGIN
  v.query := retention.internal_summary_query(dimension, expression,
    format('retention.nps_series_agg(%s, %s, %s)', score, moment, periods),
    input,
    'r.period_start, r.period_end, r.num_responses, r.promoters, r.passives, r.detractors,'
      ' r.promoters / nullif(r.num_responses, 0)::double precision AS promoter_share,'
      ' r.passives / nullif(r.num_responses, 0)::double precision AS passive_share,'
      ' r.detractors / nullif(r.num_responses, 0)::double precision AS detractor_share,'
      ' r.nps, r.ci_low, r.ci_high, r.change, r.change_p_value, r.is_complete,'
      ' p.ci_low AS promoter_ci_low, p.ci_high AS promoter_ci_high, q.ci_low AS passive_ci_low, q.ci_high AS passive_ci_high,'
      ' d.ci_low AS detractor_ci_low, d.ci_high AS detractor_ci_high'::text,
    retention.internal_call('nps_series'::text, 'a.summary'::text, jsonb_build_object('as_of'::text, as_of)) || ' AS r'
      || retention.internal_share_ci('r.promoters'::text, 'r.num_responses'::text, 'p'::text)
      || retention.internal_share_ci('r.passives'::text, 'r.num_responses'::text, 'q'::text)
      || retention.internal_share_ci('r.detractors'::text, 'r.num_responses'::text, 'd'::text));
  v.definition := format('Net Promoter Score by %s: share of promoters (9, 10) minus share of detractors (0 to 6), in points', unit);
  v.row_type := 'retention.nps_series_row';
  v.comments := jsonb_build_object(
    'num_responses', 'answers in the period, without missing ones',
    'change', 'nps minus nps of the period before, in points',
    'promoter_share', 'promoters / num_responses',
    'passive_share', 'passives / num_responses',
    'detractor_share', 'detractors / num_responses')
    || retention.internal_ci_comments('promoter_share'::text, 'promoter_'::text)
    || retention.internal_ci_comments('passive_share'::text, 'passive_'::text)
    || retention.internal_ci_comments('detractor_share'::text, 'detractor_'::text);
  RETURN v;
END
$$;
COMMENT ON FUNCTION internal_nps_view(text, text, text, text, text, text, text, text) IS 'internal: a view of metric nps';

CREATE FUNCTION internal_top_box_view(
  metric text,
  scale_min integer,
  scale_max integer,
  boxes integer,
  unit text,
  periods text,
  as_of text,
  score text,
  moment text,
  input text,
  dimension text,
  expression text
) RETURNS internal_view
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v retention.internal_view;
  lowest_satisfied integer := scale_max - boxes + 1;
  satisfied text := CASE boxes WHEN 1 THEN scale_max::text WHEN 2 THEN format('%s and %s', lowest_satisfied, scale_max)
    ELSE format('%s to %s', lowest_satisfied, scale_max) END;
  responses text := CASE metric WHEN 'csat' THEN 'satisfied_responses' ELSE 'easy_responses' END;
  share text := CASE metric WHEN 'csat' THEN 'csat_share' ELSE 'easy_share' END;
  shares text := format('n.top_box AS %I, n.top_box / nullif(n.num_responses, 0)::double precision AS %I, i.ci_low, i.ci_high',
    responses, share);
BEGIN
  v.query := retention.internal_summary_query(dimension, expression,
    format('retention.rating_series_agg(%s, %s, %s, %s, %s)', score, scale_min, scale_max, moment, periods),
    input,
    format('p.period_start, retention.period_end(p.period_start, %1$L::retention.period_spec) AS period_end, n.num_responses, %2$s,'
      ' retention.period_end(p.period_start, %1$L::retention.period_spec) - 1 <= %3$s AS is_complete',
      unit,
      CASE metric WHEN 'csat' THEN shares || ', retention.mean_score(p.summary) AS mean_score'
        ELSE 'retention.mean_score(p.summary) AS mean_score, ' || shares END,
      as_of),
    -- a missing answer on the last day makes the series reach there; a series of nothing stays one
    format('%s AS p'
      ' CROSS JOIN LATERAL (SELECT retention.num_responses(p.summary) AS num_responses,'
      ' (SELECT sum(c.responses)::bigint FROM %s AS c WHERE c.score >= %s) AS top_box) AS n%s',
      retention.internal_call('period_summaries'::text,
        format('CASE WHEN a.summary IS NOT NULL THEN'
          ' retention.combine(a.summary, (SELECT retention.rating_series_agg(NULL::integer, %s, %s, %s, %L::retention.period_spec))) END',
          scale_min, scale_max, as_of, unit), '{}'::jsonb),
      retention.internal_call('score_counts'::text, 'p.summary'::text, '{}'::jsonb),
      lowest_satisfied, retention.internal_share_ci('n.top_box'::text, 'n.num_responses'::text, 'i'::text)));
  v.definition := format(CASE metric
      WHEN 'csat' THEN 'Customer satisfaction by %s: share of the %s %s on a scale of %s to %s'
      ELSE 'Customer effort by %s: mean score, and share of the %s %s on a scale of %s to %s' END,
    unit, CASE boxes WHEN 1 THEN 'score' ELSE 'scores' END, satisfied, scale_min, scale_max);
  v.comments := jsonb_build_object(
    'period_start', 'first day of the period',
    'period_end', 'day after its last day',
    'num_responses', 'answers in the period, without missing ones',
    responses, format('answers of %s', replace(satisfied, ' and ', ' or ')),
    share, format('%s / num_responses', responses),
    'mean_score', format('mean of the answers, %s to %s', scale_min, scale_max),
    'is_complete', 'whether the last day of the period is not after as_of') || retention.internal_ci_comments(share, ''::text);
  RETURN v;
END
$$;
COMMENT ON FUNCTION internal_top_box_view(text, integer, integer, integer, text, text, text, text, text, text, text, text) IS
  'internal: a view of metric csat or ces';

CREATE FUNCTION create_survey_views(
  target_schema text,
  source regclass,
  score name,
  answered_at name,
  timezone text DEFAULT NULL,
  dimensions name[] DEFAULT '{}',
  materialized boolean DEFAULT false,
  metric text DEFAULT 'nps',
  scale_min integer DEFAULT NULL,
  scale_max integer DEFAULT NULL,
  as_of date DEFAULT NULL,
  boxes integer DEFAULT NULL
) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  lowest integer := coalesce(scale_min, CASE metric WHEN 'nps' THEN 0 ELSE 1 END);
  highest integer := coalesce(scale_max, CASE metric WHEN 'nps' THEN 10 WHEN 'csat' THEN 5 ELSE 7 END);
  score_kind text;
  moment_kind text;
  zone text;
  last_day text;
  score_column text;
  moment text;
  condition text;
  input text;
  d record;
  unit text;
  v retention.internal_view;
  views retention.internal_view[];
BEGIN
  PERFORM retention.internal_lock_views(target_schema, true);
  PERFORM retention.internal_check_arguments(json_build_object('target_schema', target_schema, 'source', source,
    'score', score, 'answered_at', answered_at, 'dimensions', dimensions, 'materialized', materialized, 'metric', metric));
  PERFORM retention.internal_check_scale(metric, lowest, highest, boxes);
  PERFORM retention.internal_check_source('source'::text, source);
  score_kind := retention.internal_column_kind('score'::text, source, score,
    '{smallint,integer,bigint,real,double precision,numeric}'::text[], NULL::text);
  moment_kind := retention.internal_column_kind('answered_at'::text, source, answered_at,
    '{timestamptz,timestamp,date}'::text[], NULL::text);
  zone := retention.internal_zone(timezone, source, ARRAY[answered_at], ARRAY[moment_kind]);
  last_day := retention.internal_as_of(as_of, zone);

  score_column := retention.internal_column(score::text,
    CASE WHEN score_kind IN ('smallint', 'integer') THEN score_kind ELSE 'double precision' END);
  moment := retention.internal_column(answered_at::text, moment_kind);
  condition := retention.internal_within(moment, moment_kind, zone, last_day);
  input := format('%s AS t WHERE %s', source, condition);
  PERFORM retention.internal_check_readable(source, ARRAY[score_column, moment] || array_agg(x.expression))
  FROM retention.internal_dimensions(source, dimensions) x WHERE x.expression IS NOT NULL;

  FOR d IN SELECT * FROM retention.internal_dimensions(source, dimensions) LOOP
    FOREACH unit IN ARRAY '{week,month,quarter}'::text[] LOOP
      IF metric = 'nps' THEN
        v := retention.internal_nps_view(unit, retention.internal_periods(unit, moment_kind, zone), last_day,
          score_column, moment, input, d.dimension::text, d.expression::text);
      ELSE
        -- as csat() counts
        v := retention.internal_top_box_view(metric, lowest, highest,
          coalesce(boxes, CASE WHEN highest - lowest < 3 THEN 1 ELSE 2 END), unit,
          retention.internal_periods(unit, moment_kind, zone), last_day,
          score_column, moment, input, d.dimension::text, d.expression::text);
      END IF;
      v.view_name := retention.internal_view_name(format('%s_%sly', metric, unit), d.dimension::text);
      v.definition := format('%s. Answers: column %I of %s, %s.', v.definition || d.words,
        score, source, retention.internal_as_of_words(as_of, zone));
      v.dimension := d.dimension;
      v.dimension_comment := d.description;
      v.key_columns := '{period_start}';
      views := views || v;
    END LOOP;
  END LOOP;
  RETURN QUERY SELECT * FROM retention.internal_create_views(target_schema, 'survey'::text, metric || '_', views, materialized);
  PERFORM retention.internal_warn_of_source(source, answered_at, moment_kind, zone, last_day,
    format('%s IS NOT NULL AND %s', score_column, condition), format('has a score, and a time until %s', coalesce(to_jsonb(as_of) #>> '{}', 'yesterday')),
    'the views leave them out'::text, format('%s AND %s NOT BETWEEN %s AND %s', condition, score_column, lowest, highest),
    format('a score that is not from %s to %s, as scale_min and scale_max say', lowest, highest), as_of IS NULL);
END
$$;
COMMENT ON FUNCTION create_survey_views(text, regclass, name, name, text, name[], boolean, text, integer, integer, date, integer) IS
  'creates the views nps_weekly, nps_monthly and nps_quarterly (or csat_..., ces_...) of the answers in a table, as a whole and by each dimension; returns their names';
