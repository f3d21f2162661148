-- Call shapes: every function and aggregate of period, survey and statistics
-- with columns of every type users have, named and omitted arguments, and the traps.
-- Run: pg_prove -d DATABASE test/pgtap/calls.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(38);

-- One row with a column of every type; the texts are period specs.
CREATE TABLE typed (si smallint, i integer, bi bigint, nu numeric, nu2 numeric(4, 2), re real, dp double precision,
  da date, ts timestamp, tz timestamptz, vc varchar, vc20 varchar(20), te text, sp retention.period_spec,
  vcz varchar, tez text, spz retention.period_spec, zone varchar, zone_text text);
INSERT INTO typed VALUES (4, 4, 4, 4, 4, 4, 4, '2024-03-15', '2024-03-15 12:00', '2024-03-15 12:00+00', 'month',
  'month', 'month', 'month',
  'month Europe/Berlin', 'month Europe/Berlin', 'month Europe/Berlin', 'Europe/Berlin', 'Europe/Berlin');

-- The value of an expression over typed, as text, or its error.
CREATE FUNCTION twin.value_of(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT %s FROM typed', expression) INTO result;
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  RETURN format('%s: %s', SQLSTATE, SQLERRM);
END
$$;
SET LOCAL TimeZone = 'Pacific/Kiritimati';

-- ----------------------------------------------------------------- period

SELECT is_empty($$
  SELECT * FROM (SELECT call, wanted, twin.value_of(call) AS got FROM
    unnest(ARRAY['period_start', 'period_end', 'period_index'], ARRAY['2024-03-01', '2024-04-01', '650'])
      AS f (f, wanted),
    unnest(ARRAY['da', 'ts']) AS at,
      unnest(ARRAY['vc', 'vc20', 'te', 'sp', $q$'month'$q$, $q$'MONTH'::text$q$,
      $q$retention.periods('month')$q$]) AS spec,
    LATERAL unnest(ARRAY[format('retention.%s(%s, %s)', f, at, spec),
      format('retention.%s(at => %s, periods => %s)', f, at, spec)]) AS call) AS a
  WHERE got IS DISTINCT FROM wanted
$$, 'period_start, period_end, period_index of date and timestamp columns');
SELECT is_empty($$
  SELECT * FROM (SELECT call, wanted, twin.value_of(call) AS got FROM
    unnest(ARRAY['period_start', 'period_end', 'period_index'], ARRAY['2024-03-01', '2024-04-01', '650'])
      AS f (f, wanted),
    unnest(ARRAY['vcz', 'tez', 'spz', $q$'month Europe/Berlin'$q$, $q$retention.periods('month', 'Europe/Berlin')$q$,
      'vc, zone', 'te, zone_text', 'sp, zone', $q$'month', 'Europe/Berlin'$q$,
      $q$periods => vc, timezone => zone$q$]) AS spec,
    LATERAL (SELECT format(CASE WHEN spec ~ '=>' THEN 'retention.%s(at => tz, %s)' ELSE 'retention.%s(tz, %s)' END, f,
      spec) AS call) AS c) AS a
  WHERE got IS DISTINCT FROM wanted
$$, 'the same of timestamptz columns, the zone in the spec or beside it');
SELECT is_empty($$
  SELECT * FROM (SELECT call, wanted, twin.value_of(call) AS got FROM (VALUES
    ('retention.period_add(da, si, vc)', '2024-07-01'), ('retention.period_add(da, i, te)', '2024-07-01'),
      ('retention.period_add(da, bi, sp)', '2024-07-01'),
    ($q$retention.period_add(da, 4, 'month')$q$, '2024-07-01'),
      ($q$retention.period_add('2024-03-31', -1, 'month')$q$, '2024-02-01'),
    ($q$retention.period_add(day => da, n => 4, periods => 'month')$q$, '2024-07-01'),
    ('retention.period_diff(da, da, vc)', '0'), ($q$retention.period_diff('2024-01-31', da, te)$q$, '2'),
    ($q$retention.period_diff(from_day => da, to_day => '2024-01-31', periods => sp)$q$, '-2'),
    ($q$retention.periods('week', timezone => zone, week_start => i)$q$, 'week Europe/Berlin week_start=4'),
    ($q$retention.periods(vc)$q$, 'month'), ($q$retention.periods(te, zone_text)$q$, 'month Europe/Berlin'),
    ($q$retention.periods('day', elapsed => true, brackets => ARRAY[1, 8])$q$, 'day elapsed brackets=1,8'))
      AS calls (call, wanted)) AS a
  WHERE got IS DISTINCT FROM wanted
$$, 'period_add, period_diff and periods');
-- What would need the session's zone, or a guess, does not resolve or is refused.
SELECT is_empty($$
  SELECT * FROM (SELECT call, wanted, twin.value_of(call) AS got FROM (VALUES
    ('retention.period_add(ts, 1, vc)', '42883'), ('retention.period_add(tz, 1, vc)', '42883'),
      ('retention.period_diff(tz, tz, vc)', '42883'),
    ('retention.period_start(te, vc)', '42883'), ('retention.period_start(tz, vc)', '22023'),
      ($q$retention.period_start('2024-03-15', vc)$q$, '22023'),
    ('retention.period_start(da, vcz)', '22023'), ('retention.period_start(ts, vcz)', '22023'),
    ('retention.period_start(da, vc, zone)', '22023'), ('retention.period_end(ts, te, zone_text)', '22023'),
      ('retention.period_index(da, sp, zone)', '22023'),
    ('retention.period_start(NULL::timestamp, sp, zone)', '22023')) AS calls (call, wanted)) AS a
  WHERE got NOT LIKE wanted || ':%' OR got IS NULL
$$, 'traps: nothing is cast through the session');
SELECT is((SELECT string_agg(types::text, ' ' ORDER BY name) FROM pg_prepared_statements,
  LATERAL (SELECT parameter_types::text AS types) AS t), NULL, 'no statement is prepared yet');
PREPARE by_start AS SELECT retention.period_start($1, $2);
PREPARE series AS SELECT retention.nps_series_agg(9, $1, $2);
SELECT is((SELECT parameter_types::text FROM pg_prepared_statements WHERE name = 'by_start'),
  '{"timestamp with time zone",retention.period_spec}', 'untyped parameters of period_start');
SELECT is((SELECT parameter_types::text FROM pg_prepared_statements WHERE name = 'series'),
  '{"timestamp with time zone",retention.period_spec}', 'untyped parameters of nps_series_agg');
DEALLOCATE ALL;

-- --------------------------------------------------------------- aggregates

CREATE TEMP TABLE number_types AS SELECT unnest(ARRAY['si', 'i', 'bi', 'nu', 'nu2', 're', 'dp', '4', '4.0',
  '4::smallint', '4::bigint', '4::real']) AS number;
SELECT is_empty(format($$
  SELECT * FROM (SELECT call, twin.value_of(call) AS got FROM number_types,
    LATERAL (SELECT replace(%L, '{}', number) AS call) AS c) AS a
  WHERE got IS DISTINCT FROM %L
$$, call, wanted), call || ' of every numeric type')
FROM (VALUES ('retention.nps({})', '-100'), ('retention.mean_score(retention.nps_agg({}))', '4'),
  ('retention.mean_score(retention.csat_agg({}))', '4'),
  ('retention.mean_score(retention.ces_agg({}))', '4'), ('retention.mean_score(retention.rating_agg({}, 0, 10))',
    '4'), ('retention.mean_score(retention.rating_agg({}, i - 4, si))', '4'),
  ('retention.nps({}, 2)', '-100'), ('retention.mean_score(retention.nps_agg({}, dp))', '4'),
    ('retention.mean_score(retention.csat_agg({}, 2.5))', '4'),
  ('retention.mean_score(retention.ces_agg({}, i))', '4'),
    ('retention.mean_score(retention.rating_agg({}, 0, 10, nu))', '4'),
  ('retention.weighted_responses(retention.nps_agg(4, {}))', '4'),
    ('retention.weighted_responses(retention.nps_agg(dp, {}))', '4'),
  ('retention.weighted_responses(retention.rating_agg(si, 0, 10, {}))', '4'),
    ('retention.weighted_responses(retention.csat_agg(i, {}))', '4'),
  ('retention.weighted_responses(retention.ces_agg(bi, {}))', '4'), ('retention.nps(4, {})', '-100'))
    AS calls (call, wanted);
SELECT is_empty($$
  SELECT * FROM (SELECT call, twin.value_of(call) AS got FROM number_types,
    unnest(ARRAY['da, vc', 'da, te', 'da, sp', $q$da, 'month'$q$, 'ts, vc', 'ts, sp', $q$ts, 'month'$q$, 'tz, vcz',
      'tz, tez', 'tz, spz', $q$tz, 'month Europe/Berlin'$q$,
      $q$DATE '2024-03-15', retention.periods('month')$q$, $q$'2024-03-15 00:00+00', 'month UTC'$q$]) AS time,
    LATERAL unnest(ARRAY[format('retention.nps_series_agg(%s, %s) IS NOT NULL', number, time),
      format('retention.rating_series_agg(%s, 1, 5, %s) IS NOT NULL', number, time)]) AS call) AS a
  WHERE got IS DISTINCT FROM 'true'
$$, 'nps_series_agg and rating_series_agg: every type of score, time and spec');
SELECT is_empty($$
  SELECT * FROM (SELECT call, twin.value_of(call) AS got
    FROM unnest(ARRAY['retention.nps_agg(te)', 'retention.nps(da)', 'retention.nps_agg(i, te)',
    'retention.rating_agg(i, 0, 10.5)',
    'retention.nps_series_agg(i, te, vc)', 'retention.nps_agg(true)']) AS call) AS a
  WHERE got NOT LIKE '42883:%'
$$, 'other types do not resolve');
SELECT is_empty($$
  SELECT * FROM (SELECT call, twin.value_of(call) AS got
    FROM unnest(ARRAY['retention.nps_series_agg(i, tz, vc)', 'retention.nps_series_agg(i, da, vcz)',
    'retention.nps_series_agg(i, ts, vcz)',
    $q$retention.nps_series_agg(i, '2024-03-15', vc)$q$, 'retention.rating_series_agg(i, 1, 5, tz, vc)',
      'retention.rating_series_agg(i, 1, 5, da, vcz)']) AS call) AS a
  WHERE got NOT LIKE '22023:%'
$$, 'series: a zone where there must be none, none where there must be one');

-- ---------------------------------------------------------------- accessors

CREATE TABLE summaries AS
SELECT retention.nps_agg(n % 11) AS s, retention.nps_agg((n * n) % 11) AS t, retention.csat_agg(1 + n % 5) AS c
  FROM generate_series(1, 200) AS n;
CREATE TABLE series AS SELECT retention.nps_series_agg(n % 11, DATE '2024-01-01' + n, 'month') AS rs
  FROM generate_series(1, 200) AS n;

-- Every function answers when its parameters are omitted, given by place, given by name; the three agree.
CREATE FUNCTION twin.one(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT string_agg(r::text, '';'') FROM (SELECT %s AS r FROM summaries, series, typed) AS a',
    expression) INTO result;
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  RETURN format('%s: %s', SQLSTATE, SQLERRM);
END
$$;
SELECT is_empty($$
  SELECT * FROM (SELECT f, twin.one(format('retention.%s(s)', f)) AS got,
    twin.one(format('retention.%s(s => s)', f)) AS named
    FROM unnest(ARRAY['num_responses', 'num_missing', 'promoters', 'passives', 'detractors', 'weighted_responses',
      'response_rate', 'promoter_share', 'passive_share', 'detractor_share',
      'nps', 'csat', 'top_box_share', 'bottom_box_share', 'net_score', 'mean_score', 'percent_of_maximum',
        'score_counts', 'nps_variance', 'nps_stderr', 'nps_ci', 'nps_margin_of_error']) AS f) AS a
  WHERE got IS NULL OR got ~ '^[0-9A-Z]{5}:' OR named IS DISTINCT FROM got
$$, 'accessors of one argument, by place and by name');
SELECT is_empty($$
  SELECT * FROM (SELECT written, same, twin.one('retention.' || written) AS got,
    twin.one('retention.' || same) AS again FROM (VALUES
    ('top_box_share(s)', 'top_box_share(s, boxes => 2)'), ('bottom_box_share(s)', 'bottom_box_share(s, 2::smallint)'),
      ('net_score(s)', 'net_score(s => s, boxes => 2)'),
    ('nps(s)', 'nps(s, 6, 9)'), ('nps(s)', 'nps(s => s, detractor_max => 6, promoter_min => 9)'), ('nps(c, 3, 5)',
      'nps(c, promoter_min => 5, detractor_max => 3)'),
    ('nps_ci(s)', 'nps_ci(s, 0.95)'), ('nps_ci(s)', $q$nps_ci(s, 0.95, 'adjusted_wald')$q$), ('nps_ci(s)',
      $q$nps_ci(s, 0.95::real::numeric(3, 2), 'adjusted_wald'::varchar, NULL)$q$),
    ('nps_ci(s)', $q$nps_ci(s => s, confidence => 0.95, method => 'adjusted_wald', population => NULL)$q$),
      ($q$nps_ci(s, 0.9, 'score')$q$, $q$nps_ci(s, method => 'score', confidence => 0.9)$q$),
    ($q$nps_ci(s, 0.95, 'adjusted_wald', 1000)$q$, 'nps_ci(s, population => 1000::bigint)'),
      ($q$nps_ci(s, 0.95, 'adjusted_wald', 1000)$q$, 'nps_ci(s, population => 1000.0)'),
    ('nps_margin_of_error(s)', 'nps_margin_of_error(s, 0.95, NULL)'), ('nps_margin_of_error(s, 0.9, 500)',
      'nps_margin_of_error(s => s, population => 500, confidence => 0.9)'),
    ('nps_test(s, t)', $q$nps_test(s, t, 0.95, 'adjusted_wald')$q$), ('nps_test(s, t)',
      $q$nps_test(a => s, b => t, confidence => 0.95, method => 'adjusted_wald')$q$),
    ($q$nps_test(s, t, method => 'wald')$q$, $q$nps_test(s, t, 0.95, 'wald'::text)$q$),
    ('nps_sample_size(5)', 'nps_sample_size(5.0, 0.95, NULL, 1)'), ('nps_sample_size(5)',
      'nps_sample_size(margin_points => 5, confidence => 0.95, population => NULL, variance => 1)'),
    ('nps_sample_size(5::smallint, population => i)', 'nps_sample_size(5::real, 0.95, dp)'),
    ('proportion_ci(5, 10)', $q$proportion_ci(5.0, 10.0, 0.95, 'wilson')$q$), ('proportion_ci(si, 10::bigint)',
      'proportion_ci(nu, 10::real)'),
    ('proportion_ci(5, 10)', $q$proportion_ci(successes => 5, n => 10, confidence => 0.95, method => 'wilson')$q$),
      ($q$proportion_ci(5, 10, method => 'clopper_pearson')$q$, $q$proportion_ci(5, 10, 0.95, 'clopper_pearson')$q$),
    ('proportion_test(5, 10, 6, 11)', 'proportion_test(5::bigint, 10::numeric, 6::smallint, 11::real, 0.95)'),
    ('proportion_test(5, 10, 6, 11)', 'proportion_test(x1 => 5, n1 => 10, x2 => 6, n2 => 11, confidence => 0.95)'),
    ('proportion_sample_size(0.05)', 'proportion_sample_size(0.05, 0.95, NULL, 0.5)'),
      ('proportion_sample_size(0.05)',
      'proportion_sample_size(margin => 0.05, confidence => 0.95, population => NULL, p => 0.5)'),
    ('combine(s, t)', 'combine(a => t, b => s)'), ('subtract(s, s)', 'subtract(a => t, b => t)'),
    ($q$nps_category(9)$q$, $q$nps_category(score => 10)$q$), ('nps_category(si)', 'nps_category(dp)'),
      ('nps_category(nu)', 'nps_category(bi)'),
    ('combine(s, NULL)', 'combine(NULL, s)'), ('combine(rs, NULL)', 'combine(a => NULL, b => rs)'),
    ('nps_series(rs)', $q$nps_series(rs, NULL, 0.95, 1, 'holm', 10000000)$q$), ('nps_series(rs)',
      $q$nps_series(rs => rs, as_of => NULL, confidence => 0.95, trailing_periods => 1, correction => 'Holm')$q$),
    ('num_undated(rs)', 'num_undated(rs => rs)'), ($q$adjusted_p_values('{0.01,0.02}')$q$, $q$adjusted_p_values(p => ARRAY[0.01, 0.02], correction => 'holm')$q$),
    ($q$nps_series(rs, '2024-06-30')$q$, $q$nps_series(rs, as_of => DATE '2024-06-30')$q$),
      ('nps_series(rs, trailing_periods => 3)', 'nps_series(rs, NULL, 0.95, 3)'),
    ('nps_series(rs, trailing_periods => 4)', 'nps_series(rs, trailing_periods => si)'),
    ('period_summaries(rs)', 'period_summaries(rs => rs)')) AS c (written, same)) AS a
  WHERE got IS NULL OR got ~ '^[0-9A-Z]{5}:' OR got IS DISTINCT FROM again
$$, 'arguments omitted, by place, by name, of every type: one answer');

-- Columns of the rows: names, order, types.
CREATE FUNCTION twin.columns_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE 'CREATE TEMP VIEW shape AS ' || query;
  SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) INTO result
    FROM pg_attribute WHERE attrelid = 'shape'::regclass;
  DROP VIEW shape;
  RETURN result;
END
$$;
SELECT is(twin.columns_of('SELECT f.* FROM summaries, retention.' || call), wanted, 'columns of ' || call)
FROM (VALUES ('nps_ci(s) AS f', 'ci_low double precision, ci_high double precision'), ('proportion_ci(1, 2) AS f',
  'ci_low double precision, ci_high double precision'),
  ('nps_test(s, t) AS f',
    'difference double precision, stderr double precision, z double precision, p_value double precision, ci_low double precision, ci_high double precision'),
  ('proportion_test(1, 2, 3, 4) AS f',
    'difference double precision, stderr double precision, z double precision, p_value double precision, ci_low double precision, ci_high double precision'),
  ('score_counts(s) AS f', 'score integer, responses bigint, share double precision'),
  ('period_summaries(NULL) AS f', 'period_start date, summary retention.rating_summary'),
  ('nps_series(NULL) AS f',
    'period_start date, period_end date, num_responses bigint, promoters bigint, passives bigint, detractors bigint, nps double precision, '
    'ci_low double precision, ci_high double precision, change double precision, change_p_value double precision, is_complete boolean, '
    'change_ci_low double precision, change_ci_high double precision, change_adjusted_p_value double precision, num_missing bigint'))
      AS calls (call, wanted);
SELECT is((SELECT string_agg(format('%s %s', typname, typtype), ', ' ORDER BY typname COLLATE "C") FROM pg_type
  WHERE typnamespace = 'retention'::regnamespace AND typname IN ('ci', 'test_result')),
  'ci c, test_result c', 'rows are named composite types');
SELECT is_empty($$
  SELECT f, r FROM (SELECT f, twin.value_of(format('pg_typeof(retention.%s)', f)) AS got, r
    FROM (VALUES ('num_responses(NULL)', 'bigint'), ('num_missing(NULL)', 'bigint'), ('promoters(NULL)', 'bigint'),
    ('passives(NULL)', 'bigint'), ('detractors(NULL)', 'bigint'), ('weighted_responses(NULL)', 'double precision'),
      ('response_rate(NULL)', 'double precision'), ('csat(NULL)', 'double precision'),
    ('mean_score(NULL)', 'double precision'), ('nps_category(NULL)', 'text'), ('nps_sample_size(1)', 'bigint'),
      ('proportion_sample_size(0.1)', 'bigint'), ('nps(i)', 'double precision'),
    ($q$period_start(da, 'month')$q$, 'date'), ($q$period_end(da, 'month')$q$, 'date'),
      ($q$period_index(da, 'month')$q$, 'integer'),
    ($q$period_add(da, 1, 'month')$q$, 'date'), ($q$period_diff(da, da, 'month')$q$, 'integer')) AS c (f, r)) AS a
      WHERE got IS DISTINCT FROM r
$$, 'types of the results');

SELECT * FROM finish();
ROLLBACK;
