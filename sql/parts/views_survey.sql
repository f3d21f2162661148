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

-- moments and missing answers ---------------------------------------------------

CREATE FUNCTION internal_any_day(expression text, kind text, zone text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE kind WHEN 'date' THEN expression
    ELSE pg_catalog.format('CASE WHEN isfinite(%1$s) THEN %2$s WHEN %1$s = ''infinity''::%3$s THEN ''infinity''::date WHEN %1$s = ''-infinity''::%3$s THEN ''-infinity''::date END',
      expression, retention.internal_day(expression, kind, zone), kind) END;
COMMENT ON FUNCTION internal_any_day(text, text, text) IS 'internal: the day of a time, infinite or NULL where the time is';

CREATE FUNCTION internal_answered_by(score text, answered text, kind text, zone text, as_of text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  -- the clock in a subquery, so that it is read once and not for every row
  RETURN pg_catalog.format('CASE WHEN %s > (SELECT %s AS as_of) THEN NULL ELSE %s END', retention.internal_any_day(answered, kind, zone), as_of, score);
COMMENT ON FUNCTION internal_answered_by(text, text, text, text, text) IS
  'internal: a score, or NULL if it was given after as_of: by then what was asked had no answer';

CREATE FUNCTION internal_response_columns(has_asked boolean, responses text, missing text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN has_asked
    THEN pg_catalog.format(', %1$s + %2$s AS num_asked, %2$s AS num_missing, %1$s / nullif(%1$s + %2$s, 0)::double precision AS response_rate,'
      ' w.ci_low AS response_ci_low, w.ci_high AS response_ci_high', responses, missing)
    ELSE ', NULL::bigint AS num_asked, NULL::bigint AS num_missing, NULL::double precision AS response_rate,'
      ' NULL::double precision AS response_ci_low, NULL::double precision AS response_ci_high' END;
COMMENT ON FUNCTION internal_response_columns(boolean, text, text) IS 'internal: the columns on who was asked; NULL where that is not known';

CREATE FUNCTION internal_response_ci(has_asked boolean, responses text, missing text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN has_asked
    THEN retention.internal_share_ci(responses, pg_catalog.format('(%s + %s)', responses, missing), 'w'::text) ELSE '' END;
COMMENT ON FUNCTION internal_response_ci(boolean, text, text) IS 'internal: the interval of the response rate, as a further item of FROM';

CREATE FUNCTION internal_response_comments(has_asked boolean) RETURNS jsonb
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN has_asked
    THEN pg_catalog.jsonb_build_object(
      'num_asked', 'how many were asked in the period, with an answer or without',
      'num_missing', 'how many of them had not answered by the last day the view looks at',
      'response_rate', 'num_responses / num_asked')
      || retention.internal_ci_comments('response_rate'::text, 'response_'::text)
    ELSE (SELECT pg_catalog.jsonb_object_agg(c.name, 'NULL: the view does not know when customers were asked (argument asked_at)'::text)
          FROM pg_catalog.unnest('{num_asked,num_missing,response_rate,response_ci_low,response_ci_high}'::text[]) AS c (name)) END;
COMMENT ON FUNCTION internal_response_comments(boolean) IS 'internal: the comments on the columns on who was asked';

CREATE FUNCTION internal_warn_of_undated(source regclass, answered_at name, asked_at name, moment text, score text) RETURNS void
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  seen record;
BEGIN
  EXECUTE format('SELECT count(*) AS undated, count(u.score) AS answers FROM (SELECT %s AS moment, %s AS score FROM %s AS t) AS u WHERE u.moment IS NULL',
    moment, score, source)
  INTO seen;
  IF seen.undated > 0 THEN
    RAISE NOTICE USING
      MESSAGE = format('%s %s no %I%s (with a score: %s): the views leave them out', retention.internal_rows(seen.undated::bigint, source),
        CASE seen.undated WHEN 1 THEN 'has' ELSE 'have' END, answered_at, ' and no ' || quote_ident(asked_at), seen.answers),
      HINT = CASE WHEN asked_at IS NOT NULL THEN 'A row counts in the period in which it was asked, or else answered.'
        WHEN seen.answers = seen.undated THEN 'A row counts in the period in which it was answered; with asked_at => ''...'' in that in which it was asked.'
        ELSE 'If these customers were asked and did not answer, name the column with the moment of asking, asked_at => ''...'': each row then counts in the period in which it was asked, and the views show the response rate.' END;
  END IF;
END
$$;
COMMENT ON FUNCTION internal_warn_of_undated(regclass, name, name, text, text) IS 'internal: a notice of rows that have no time at all, hence no period';

-- the views -----------------------------------------------------------------------

CREATE FUNCTION internal_respondent_comments(has_respondent boolean, score text, unit_words text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN has_respondent
    THEN pg_catalog.jsonb_build_object(
      'num_responses', 'respondents with an answer in the period; the latest answer of each counts',
      'change', pg_catalog.format('%1$s minus %1$s of the period before%2$s', score, unit_words),
      'change_ci_low', 'lower bound of change, 95 %; knows who answered in both periods')
    ELSE '{}'::pg_catalog.jsonb END;
COMMENT ON FUNCTION internal_respondent_comments(boolean, text, text) IS 'internal: the comments on the columns that differ where respondents are known';

CREATE FUNCTION internal_correction_comments(correction text, dimension text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN pg_catalog.jsonb_build_object('change_adjusted_p_value',
    pg_catalog.format('change_p_value after correction for the number of changes (%s), which are those of all periods%s',
      correction, ' with the same value of ' || pg_catalog.quote_ident(dimension)));
COMMENT ON FUNCTION internal_correction_comments(text, text) IS 'internal: the comment on the corrected p-value of a change; NULL dimension: of a view of the whole';

CREATE FUNCTION internal_nps_view(
  unit text,
  periods text,
  as_of text,
  score text,
  moment text,
  input text,
  dimension text,
  expression text,
  has_asked boolean,
  correction text,
  respondent text
) RETURNS internal_view
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v retention.internal_view;
BEGIN
  v.query := retention.internal_summary_query(dimension, expression,
    CASE WHEN respondent IS NULL THEN format('retention.nps_series_agg(%s, %s, %s)', score, moment, periods)
      ELSE format('retention.nps_respondents_agg(%s, %s, %s, %s)', respondent, score, moment, periods) END,
    input,
    'r.period_start, r.period_end, r.num_responses, r.promoters, r.passives, r.detractors,'
      ' r.promoters / nullif(r.num_responses, 0)::double precision AS promoter_share,'
      ' r.passives / nullif(r.num_responses, 0)::double precision AS passive_share,'
      ' r.detractors / nullif(r.num_responses, 0)::double precision AS detractor_share,'
      ' r.nps, r.ci_low, r.ci_high, r.change, r.change_p_value, r.is_complete,'
      ' p.ci_low AS promoter_ci_low, p.ci_high AS promoter_ci_high, q.ci_low AS passive_ci_low, q.ci_high AS passive_ci_high,'
      ' d.ci_low AS detractor_ci_low, d.ci_high AS detractor_ci_high,'
      ' r.change_ci_low, r.change_ci_high, r.change_adjusted_p_value'::text
      || retention.internal_response_columns(has_asked, 'r.num_responses'::text, 'r.num_missing'::text),
    retention.internal_call(CASE WHEN respondent IS NULL THEN 'nps_series' ELSE 'nps_respondent_series' END, 'a.summary'::text,
        jsonb_build_object('as_of'::text, as_of, 'correction'::text, quote_literal(correction))) || ' AS r'
      || retention.internal_response_ci(has_asked, 'r.num_responses'::text, 'r.num_missing'::text)
      || retention.internal_share_ci('r.promoters'::text, 'r.num_responses'::text, 'p'::text)
      || retention.internal_share_ci('r.passives'::text, 'r.num_responses'::text, 'q'::text)
      || retention.internal_share_ci('r.detractors'::text, 'r.num_responses'::text, 'd'::text));
  v.definition := format('Net Promoter Score by %s: share of promoters (9, 10) minus share of detractors (0 to 6), in points', unit);
  v.row_type := CASE WHEN respondent IS NULL THEN 'retention.nps_series_row' ELSE 'retention.nps_respondent_series_row' END;
  v.comments := jsonb_build_object(
    'num_responses', 'answers in the period, without missing ones',
    'change', 'nps minus nps of the period before, in points',
    'promoter_share', 'promoters / num_responses',
    'passive_share', 'passives / num_responses',
    'detractor_share', 'detractors / num_responses')
    || retention.internal_ci_comments('promoter_share'::text, 'promoter_'::text)
    || retention.internal_ci_comments('passive_share'::text, 'passive_'::text)
    || retention.internal_ci_comments('detractor_share'::text, 'detractor_'::text)
    || retention.internal_correction_comments(correction, dimension)
    || retention.internal_response_comments(has_asked)
    || retention.internal_respondent_comments(respondent IS NOT NULL, 'nps'::text, ', in points'::text);
  RETURN v;
END
$$;
COMMENT ON FUNCTION internal_nps_view(text, text, text, text, text, text, text, text, boolean, text, text) IS 'internal: a view of metric nps';

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
  expression text,
  has_asked boolean
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
      ' retention.period_end(p.period_start, %1$L::retention.period_spec) - 1 <= %3$s AS is_complete%4$s',
      unit,
      CASE metric WHEN 'csat' THEN shares || ', retention.mean_score(p.summary) AS mean_score'
        ELSE 'retention.mean_score(p.summary) AS mean_score, ' || shares END,
      as_of, retention.internal_response_columns(has_asked, 'n.num_responses'::text, 'n.num_missing'::text)),
    format('%s AS p'
      ' CROSS JOIN LATERAL (SELECT retention.num_responses(p.summary) AS num_responses,'
      ' retention.num_missing(p.summary) AS num_missing,'
      ' (SELECT sum(c.responses)::bigint FROM %s AS c WHERE c.score >= %s) AS top_box) AS n%s',
      retention.internal_call('period_summaries'::text, 'a.summary'::text, jsonb_build_object('as_of'::text, as_of)),
      retention.internal_call('score_counts'::text, 'p.summary'::text, '{}'::jsonb),
      lowest_satisfied, retention.internal_share_ci('n.top_box'::text, 'n.num_responses'::text, 'i'::text)
        || retention.internal_response_ci(has_asked, 'n.num_responses'::text, 'n.num_missing'::text)));
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
    'is_complete', 'whether the last day of the period is not after as_of') || retention.internal_ci_comments(share, ''::text)
    || retention.internal_response_comments(has_asked);
  RETURN v;
END
$$;
COMMENT ON FUNCTION internal_top_box_view(text, integer, integer, integer, text, text, text, text, text, text, text, text, boolean) IS
  'internal: a view of metric csat or ces';

CREATE FUNCTION internal_top_box_respondents_view(
  base internal_view,
  metric text,
  scale_min integer,
  scale_max integer,
  boxes integer,
  periods text,
  as_of text,
  score text,
  moment text,
  input text,
  dimension text,
  expression text,
  has_asked boolean,
  correction text,
  respondent text
) RETURNS internal_view
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v retention.internal_view := base;
  share text := CASE metric WHEN 'csat' THEN 'csat_share' ELSE 'easy_share' END;
  shares text := format('r.satisfied AS %I, r.csat AS %I, r.ci_low, r.ci_high', CASE metric WHEN 'csat' THEN 'satisfied_responses' ELSE 'easy_responses' END, share);
  arguments jsonb := jsonb_build_object('as_of'::text, as_of, 'correction'::text, quote_literal(correction));
BEGIN
  v.query := retention.internal_summary_query(dimension, expression,
    format('retention.csat_respondents_agg(%1$s, %2$s, %3$s, %4$s, %5$s, %6$s, %7$s), retention.rating_respondents_agg(%1$s, %2$s, %3$s, %4$s, %6$s, %7$s) AS means',
      respondent, score, scale_min, scale_max, boxes, moment, periods),
    input,
    'r.period_start, r.period_end, r.num_responses, '
      || CASE metric WHEN 'csat' THEN shares || ', m.mean_score' ELSE 'm.mean_score, ' || shares END
      || ', r.is_complete' || retention.internal_response_columns(has_asked, 'r.num_responses'::text, 'r.num_missing'::text)
      || ', r.change, r.change_ci_low, r.change_ci_high, r.change_p_value, r.change_adjusted_p_value',
    retention.internal_call('csat_respondent_series'::text, 'a.summary'::text, arguments) || ' AS r JOIN LATERAL '
      || retention.internal_call('rating_respondent_series'::text, 'a.means'::text, arguments) || ' AS m ON m.period_start = r.period_start'
      || retention.internal_response_ci(has_asked, 'r.num_responses'::text, 'r.num_missing'::text));
  v.row_type := 'retention.csat_respondent_series_row';
  v.comments := base.comments || jsonb_build_object(
      'ci_low', format('lower bound of %s, 95 %% by Wilson', share),
      'ci_high', format('upper bound of %s, 95 %% by Wilson', share))
    || retention.internal_correction_comments(correction, dimension)
    || retention.internal_respondent_comments(true, share, ''::text);
  RETURN v;
END
$$;
COMMENT ON FUNCTION internal_top_box_respondents_view(internal_view, text, integer, integer, integer, text, text, text, text, text, text, text, boolean, text, text) IS
  'internal: a view of metric csat or ces made one of the latest answer of each respondent';

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
  boxes integer DEFAULT NULL,
  asked_at name DEFAULT NULL,
  correction text DEFAULT 'holm',
  respondent name DEFAULT NULL
) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  lowest integer := coalesce(scale_min, CASE metric WHEN 'nps' THEN 0 ELSE 1 END);
  highest integer := coalesce(scale_max, CASE metric WHEN 'nps' THEN 10 WHEN 'csat' THEN 5 ELSE 7 END);
  -- as csat() counts
  satisfied_boxes integer := coalesce(boxes, CASE WHEN highest - lowest < 3 THEN 1 ELSE 2 END);
  has_asked boolean := asked_at IS NOT NULL;
  score_kind text;
  answered_kind text;
  asked_kind text;
  moment_kind text;
  zone text;
  last_day text;
  score_column text;
  answered text;
  asked text;
  moment text;
  respondent_column text;
  condition text;
  input text;
  d record;
  unit text;
  v retention.internal_view;
  views retention.internal_view[];
BEGIN
  PERFORM retention.internal_lock_views(target_schema, true);
  PERFORM retention.internal_check_arguments(json_build_object('target_schema', target_schema, 'source', source,
    'score', score, 'answered_at', answered_at, 'dimensions', dimensions, 'materialized', materialized, 'metric', metric, 'correction', correction));
  PERFORM retention.internal_check_scale(metric, lowest, highest, boxes);
  -- the error for a correction that does not exist
  PERFORM retention.adjusted_p_values('{}'::double precision[], correction);
  PERFORM retention.internal_check_source('source'::text, source);
  score_kind := retention.internal_column_kind('score'::text, source, score,
    '{smallint,integer,bigint,real,double precision,numeric}'::text[], NULL::text);
  answered_kind := retention.internal_column_kind('answered_at'::text, source, answered_at,
    '{timestamptz,timestamp,date}'::text[], NULL::text);
  IF has_asked THEN
    asked_kind := retention.internal_column_kind('asked_at'::text, source, asked_at,
      '{timestamptz,timestamp,date}'::text[], NULL::text);
  END IF;
  zone := retention.internal_zone(timezone, source, ARRAY[answered_at, asked_at], ARRAY[answered_kind, asked_kind]);
  last_day := retention.internal_as_of(as_of, zone);

  score_column := retention.internal_column(score::text,
    CASE WHEN score_kind IN ('smallint', 'integer') AND respondent IS NULL THEN score_kind ELSE 'double precision' END);
  IF respondent IS NOT NULL THEN
    respondent_column := retention.internal_customer(respondent::text, retention.internal_customer_kind('respondent'::text, source, respondent));
  END IF;
  answered := retention.internal_column(answered_at::text, answered_kind);
  moment := answered;
  moment_kind := answered_kind;
  IF has_asked THEN
    asked := retention.internal_column(asked_at::text, asked_kind);
    score_column := retention.internal_answered_by(score_column, answered, answered_kind, zone, last_day);
    IF asked_kind = answered_kind THEN
      moment := format('coalesce(%s, %s)', asked, answered);
    ELSE
      -- two types have only their days in common
      moment := format('coalesce(%s, %s)', retention.internal_any_day(asked, asked_kind, zone), retention.internal_any_day(answered, answered_kind, zone));
      moment_kind := 'date';
    END IF;
  END IF;
  condition := retention.internal_within(moment, moment_kind, zone, last_day);
  input := format('%s AS t WHERE %s', source, condition);
  PERFORM retention.internal_check_readable(source, ARRAY[score_column, moment] || respondent_column || array_agg(x.expression))
  FROM retention.internal_dimensions(source, dimensions) x WHERE x.expression IS NOT NULL;

  FOR d IN SELECT * FROM retention.internal_dimensions(source, dimensions) LOOP
    FOREACH unit IN ARRAY '{week,month,quarter}'::text[] LOOP
      IF metric = 'nps' THEN
        v := retention.internal_nps_view(unit, retention.internal_periods(unit, moment_kind, zone), last_day,
          score_column, moment, input, d.dimension::text, d.expression::text, has_asked, correction, respondent_column);
      ELSE
        v := retention.internal_top_box_view(metric, lowest, highest, satisfied_boxes, unit,
          retention.internal_periods(unit, moment_kind, zone), last_day,
          score_column, moment, input, d.dimension::text, d.expression::text, has_asked);
        IF respondent IS NOT NULL THEN
          v := retention.internal_top_box_respondents_view(v, metric, lowest, highest, satisfied_boxes,
            retention.internal_periods(unit, moment_kind, zone), last_day,
            score_column, moment, input, d.dimension::text, d.expression::text, has_asked, correction, respondent_column);
        END IF;
      END IF;
      v.view_name := retention.internal_view_name(format('%s_%sly', metric, unit), d.dimension::text);
      v.definition := format('%s. Answers: column %I of %s, %s.%s%s%s', v.definition || d.words,
        score, source, retention.internal_as_of_words(as_of, zone),
        ' A row counts in the period in which it was asked, column ' || quote_ident(asked_at) || ', or else answered.',
        ' Of each respondent, column ' || quote_ident(respondent) || ', the latest answer of a period counts; rows without a respondent do not.',
        CASE WHEN metric = 'nps' OR respondent IS NOT NULL THEN CASE lower(correction) WHEN 'none' THEN ' The p-values of changes are not adjusted for their number.'
          ELSE format(' The p-values of changes are adjusted for their number (%s).', correction) END END);
      v.dimension := d.dimension;
      v.dimension_comment := d.description;
      v.key_columns := '{period_start}';
      views := views || v;
    END LOOP;
  END LOOP;
  RETURN QUERY SELECT * FROM retention.internal_create_views(target_schema, 'survey'::text, metric || '_', views, materialized);
  PERFORM retention.internal_warn_of_undated(source, answered_at, asked_at, moment, score_column);
  PERFORM retention.internal_warn_of_source(source, coalesce(asked_at, answered_at), coalesce(asked_kind, answered_kind), zone, last_day,
    concat_ws(' AND ', score_column || ' IS NOT NULL', respondent_column || ' IS NOT NULL', condition),
    format('has a score, %sand a time until %s', CASE WHEN respondent IS NOT NULL THEN 'a respondent, ' ELSE '' END, coalesce(to_jsonb(as_of) #>> '{}', 'yesterday')),
    'the views leave them out'::text, format('%s AND %s NOT BETWEEN %s AND %s', condition, score_column, lowest, highest),
    format('a score that is not from %s to %s, as scale_min and scale_max say', lowest, highest), as_of IS NULL);
END
$$;
COMMENT ON FUNCTION create_survey_views(text, regclass, name, name, text, name[], boolean, text, integer, integer, date, integer, name, text, name) IS
  'creates the views nps_weekly, nps_monthly and nps_quarterly (or csat_..., ces_...) of the answers in a table, as a whole and by each dimension; asked_at: column with the moment of asking, whose period a row is in; correction: of the p-values of changes for their number; respondent: column that names who answered, the latest answer of whom counts; returns their names';
