-- retention on real data and against numbers others have published: cohorts of an
-- online shop and a CD shop, a game's day 1 and day 7, the cases of PostHog's tests.
-- Data files are read from the directory in RETENTION_DATA (readable by the server),
-- else those tests are skipped.
-- Run: RETENTION_DATA=../shared/data pg_prove -d DATABASE test/pgtap/retention_truths.sql

BEGIN;
\ir twin.psql
\getenv data RETENTION_DATA
SELECT plan(67);

-- --------------------------------------------------- the published examples

-- One cohort of so many customers, of whom some come on day 3 and others later only.
CREATE FUNCTION twin.june_7(size integer, on_day_3 integer, later integer) RETURNS retention.retention_summary LANGUAGE sql AS $$
  SELECT retention.retention_agg(n, DATE '2024-06-07' + day, 'day') FROM generate_series(1, size) AS n,
    LATERAL unnest(CASE WHEN n <= on_day_3 THEN '{0,3}' WHEN n <= on_day_3 + later THEN '{0,5}' ELSE '{0}' END::integer[]) AS day
$$;
-- Amplitude's worked example (retention-analysis-time.md): 72 and 168 of 254; intervals by the Wilson formula.
SELECT ok(r.retained = published.retained AND twin.near(retention_rate, rate, 0.0005) AND twin.near(ci_low, low, 0.000005) AND twin.near(ci_high, high, 0.000005),
  format('%s of 254 on day 3, %s', published.retained, criterion))
FROM (VALUES ('on', 72, 0.283, 0.23159, 0.34179), ('on_or_after', 168, 0.661, 0.60120, 0.71682)) AS published (criterion, retained, rate, low, high),
  LATERAL retention.cohort_retention(twin.june_7(254, 72, 96), criterion) AS r WHERE period_number = 3;
-- Wilson 0/5 and 5/5.
SELECT ok(twin.near(ci_low, low, 0.0000005) AND twin.near(ci_high, high, 0.0000005), format('Wilson interval of %s of 5', came))
FROM (VALUES (0, 0, 0.434482), (5, 0.565518, 1)) AS published (came, low, high), LATERAL retention.cohort_retention(twin.june_7(5, came, 0), as_of => '2024-06-10') AS r
WHERE period_number = 3;

-- --------------------------------------------------------------- the files

\if :{?data}

-- Monthly cohorts: every cell, on and on_or_after; rows for every month up to the last.
CREATE TABLE truth (dataset text, cohort date, k integer, size bigint, active bigint, active_on_or_after bigint);
\set file :data '/truth/cohort_online_retail_all_month.csv'
COPY truth (cohort, k, size, active, active_on_or_after) FROM :'file' (FORMAT csv, HEADER);
UPDATE truth SET dataset = 'retail' WHERE dataset IS NULL;
\set file :data '/truth/cohort_cdnow_master_month.csv'
COPY truth (cohort, k, size, active, active_on_or_after) FROM :'file' (FORMAT csv, HEADER);
UPDATE truth SET dataset = 'cdnow_master' WHERE dataset IS NULL;
\set file :data '/truth/cohort_cdnow_sample_month.csv'
COPY truth (cohort, k, size, active, active_on_or_after) FROM :'file' (FORMAT csv, HEADER);
UPDATE truth SET dataset = 'cdnow_sample' WHERE dataset IS NULL;

\set command 'zcat ''' :data '/sets/online_retail_orders.csv.gz'''
CREATE TABLE retail_orders (order_id integer, customer_id integer, ordered_at timestamp, kind text, lines integer, items integer, amount numeric, country text);
COPY retail_orders FROM PROGRAM :'command' (FORMAT csv, HEADER);
\set command 'zcat ''' :data '/sets/cdnow_master.csv.gz'''
CREATE TABLE cdnow_master_rows (customer_id integer, date date, cds integer, amount numeric);
COPY cdnow_master_rows FROM PROGRAM :'command' (FORMAT csv, HEADER);
\set command 'zcat ''' :data '/sets/cdnow_sample.csv.gz'''
CREATE TABLE cdnow_sample_rows (master_id integer, customer_id integer, date date, cds integer, amount numeric);
COPY cdnow_sample_rows FROM PROGRAM :'command' (FORMAT csv, HEADER);
CREATE TABLE retail AS SELECT customer_id AS customer, ordered_at::date AS day, ordered_at AS at FROM retail_orders;
CREATE TABLE cdnow_master AS SELECT customer_id AS customer, date AS day, date + TIME '12:00' AS at FROM cdnow_master_rows;
CREATE TABLE cdnow_sample AS SELECT customer_id AS customer, date AS day, date + TIME '12:00' AS at FROM cdnow_sample_rows;
ANALYZE retail;
ANALYZE cdnow_master;
ANALYZE cdnow_sample;
SELECT is((SELECT string_agg(dataset || ' ' || n, ', ' ORDER BY dataset) FROM (SELECT dataset, count(*) AS n FROM truth GROUP BY dataset) AS counts),
  'cdnow_master 51, cdnow_sample 51, retail 91', 'the files of cohorts are whole');

CREATE FUNCTION twin.differences(dataset text, route text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$
    WITH summary AS MATERIALIZED (SELECT (%s) AS s)
    SELECT concat_ws(' ', coalesce(t.cohort, r.cohort_start), coalesce(t.k, r.period_number), t.active, r.retained) FROM (SELECT * FROM truth WHERE dataset = %L) AS t
    FULL JOIN (SELECT a.*, b.retained AS later FROM summary, retention.cohort_retention(s) AS a, retention.cohort_retention(s, 'on_or_after') AS b
      WHERE (a.cohort_start, a.period_number) = (b.cohort_start, b.period_number)) AS r ON (t.cohort, t.k) = (r.cohort_start, r.period_number)
    WHERE (t.size, t.active, t.active_on_or_after) IS DISTINCT FROM (r.cohort_size, r.retained, r.later) LIMIT 3
  $q$, replace(route, '{}', dataset), dataset);
END
$$;
CREATE TABLE routes (name text, route text, plan text);
INSERT INTO routes VALUES ('single pass by number', 'SELECT retention.retention_agg(customer, day, ''month'') FROM {}', 'Partial Aggregate'),
  ('single pass by text and time', 'SELECT retention.retention_agg(''customer '' || customer, at, ''month'') FROM {}', 'Partial Aggregate'),
  ('single pass by uuid in a zone', 'SELECT retention.retention_agg(md5(customer::text)::uuid, at AT TIME ZONE ''Europe/London'', ''month Europe/London'') FROM {}', 'Partial Aggregate'),
  ('two stages', 'SELECT retention.retention_agg(a, ''month'') FROM (SELECT retention.activity_agg(day) AS a FROM {} GROUP BY customer) AS per_customer', 'Partial (Hash|Group)?Aggregate');
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL work_mem = '64kB';
SELECT is_empty(format('SELECT * FROM twin.differences(%L, %L)', dataset, route), format('%s, %s, serial, work_mem 64kB', dataset, name))
FROM routes, unnest(ARRAY['retail', 'cdnow_master', 'cdnow_sample']) AS dataset;
SET LOCAL work_mem = '256MB';
SELECT is_empty(format('SELECT * FROM twin.differences(%L, %L)', dataset, route), format('%s, %s, serial, work_mem 256MB', dataset, name))
FROM routes, unnest(ARRAY['retail', 'cdnow_master', 'cdnow_sample']) AS dataset;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SET LOCAL work_mem = '64kB';
SELECT ok(twin.plan_of(replace(route, '{}', 'retail')) ~ ('Gather.*' || plan), 'a parallel plan: ' || name) FROM routes;
SELECT is_empty(format('SELECT * FROM twin.differences(%L, %L)', dataset, route), format('%s, %s, parallel, work_mem 64kB', dataset, name))
FROM routes, unnest(ARRAY['retail', 'cdnow_master']) AS dataset;
SET LOCAL work_mem = '256MB';
SELECT is_empty(format('SELECT * FROM twin.differences(%L, %L)', dataset, route), format('%s, %s, parallel, work_mem 256MB', dataset, name))
FROM routes, unnest(ARRAY['retail', 'cdnow_master']) AS dataset;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
RESET work_mem;
-- The much-quoted first cohort, sales only.
SELECT is((SELECT array_agg(retained::integer ORDER BY period_number)
  FROM retention.cohort_retention((SELECT retention.retention_agg(customer_id, ordered_at, 'month') FILTER (WHERE kind = 'sale') FROM retail_orders)) WHERE cohort_start = '2010-12-01'),
  '{885,324,286,340,321,352,321,309,313,350,331,445,235}', 'Online Retail, sales: the cohort of December 2010');

-- A game's A/B test: players seen on day 0, and on days 1 and 7 as the flags say.
\set file :data '/truth/cookie_cats_retention.csv'
CREATE TABLE cats_truth (metric text, n_gate_30 bigint, retained_30 bigint, rate_30 double precision, n_gate_40 bigint, retained_40 bigint, rate_40 double precision,
  difference double precision, z_pooled double precision, p_value double precision);
COPY cats_truth FROM :'file' (FORMAT csv, HEADER);
\set command 'zcat ''' :data '/sets/cookie_cats.csv.gz'''
CREATE TABLE cats (userid integer, version text, sum_game_rounds integer, retention_1 integer, retention_7 integer);
COPY cats FROM PROGRAM :'command' (FORMAT csv, HEADER);
CREATE TABLE cat_rates AS
SELECT version, 'single pass' AS route, r.* FROM (
  SELECT version, retention.retention_agg(userid, DATE '2024-01-01' + day, 'day') AS s FROM cats, unnest(ARRAY[0, 1, 7], ARRAY[1, retention_1, retention_7]) AS flags (day, seen)
  WHERE seen = 1 GROUP BY version) AS versions, retention.cohort_retention(s, as_of => '2024-01-08') AS r
UNION ALL SELECT version, 'two stages', r.* FROM (
  SELECT version, retention.retention_agg(('{2024-01-01' || CASE WHEN retention_1 = 1 THEN ',2024-01-02' ELSE '' END || CASE WHEN retention_7 = 1 THEN ',2024-01-08' ELSE '' END || '}')::date[]::retention.activity_days,
    'day') AS s FROM cats GROUP BY version) AS versions, retention.cohort_retention(s, as_of => '2024-01-08') AS r;
SELECT is_empty($$
  SELECT r.version, route, metric, retained FROM cat_rates AS r JOIN cats_truth AS t ON metric = 'retention_' || period_number,
    LATERAL (SELECT CASE version WHEN 'gate_30' THEN n_gate_30 ELSE n_gate_40 END AS n, CASE version WHEN 'gate_30' THEN retained_30 ELSE retained_40 END AS k,
      CASE version WHEN 'gate_30' THEN rate_30 ELSE rate_40 END AS rate) AS w
  WHERE (cohort_size, retained) IS DISTINCT FROM (n, k) OR NOT twin.near(retention_rate, rate, 1e-11)
$$, 'cookie cats: day 1 and day 7 of both versions');
SELECT is((SELECT count(*) FROM cat_rates JOIN cats_truth ON metric = 'retention_' || period_number), 8::bigint, 'four rates by two routes');
SELECT ok(twin.near(z, z_pooled, 1e-10) AND twin.near(t.p_value, c.p_value, 1e-10), 'cookie cats: the test of ' || metric)
FROM cats_truth AS c JOIN cat_rates AS a ON a.route = 'single pass' AND a.version = 'gate_30' AND metric = 'retention_' || a.period_number
  JOIN cat_rates AS b ON b.route = 'single pass' AND b.version = 'gate_40' AND b.period_number = a.period_number, retention.proportion_test(a.retained, a.cohort_size, b.retained, b.cohort_size) AS t;

-- PostHog's test cases: recurring cohorts, as matrices of counts. Hours become days,
-- weeks start on Sunday, months are named by the day the test began on. Cell 0 is the
-- size of the cohort; we have no row for a cohort of nobody.
\set command 'tr -d ''\\n'' < ''' :data '/peer/posthog/retention_cases_dev.json'''
CREATE TABLE posthog_file (document jsonb);
COPY posthog_file FROM PROGRAM :'command' (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02');
CREATE TABLE cases AS
SELECT c ->> 'name' AS name, c ->> 'period' AS period, (c ->> 'first_period_start')::timestamptz AS begins, c -> 'events' AS events, c -> 'expected_counts' AS expected,
  c ->> 'target_event' AS target, c ->> 'returning_event' AS return, coalesce(c -> 'filter' -> 'event_property', '{}') AS property, c -> 'filter' ->> 'person' AS only_person
FROM posthog_file, jsonb_array_elements(document -> 'cases') AS c WHERE c ->> 'name' <> 'default_window_today';
SELECT is((SELECT count(*) FROM cases), 8::bigint, 'eight cases; the ninth depends on the day it is run');
CREATE TABLE case_events AS
SELECT name, e ->> 'person' AS person, e ->> 'event' = target AS is_start, e ->> 'event' = return AS is_return,
  CASE period WHEN 'hour' THEN DATE '2020-01-01' + (extract(epoch FROM at - begins) / 3600)::integer ELSE (at AT TIME ZONE 'UTC')::date END AS day
FROM cases, jsonb_array_elements(events) AS e, LATERAL (SELECT (e ->> 'timestamp')::timestamptz AS at) AS t
WHERE e @> property AND (only_person IS NULL OR e ->> 'person' = only_person);
CREATE TABLE case_cells AS
SELECT name, (i - 1)::integer AS i, (j - 1)::integer AS j, n::integer AS expected, CASE period WHEN 'hour' THEN 'day' WHEN 'week' THEN 'week week_start=7' ELSE period END AS periods,
  CASE period WHEN 'hour' THEN DATE '2020-01-01' ELSE (begins AT TIME ZONE 'UTC')::date END AS first_day
FROM cases, jsonb_array_elements(expected) WITH ORDINALITY AS matrix (cells, i), jsonb_array_elements(cells) WITH ORDINALITY AS row_ (n, j);
CREATE TABLE case_summaries AS
SELECT name, periods, first_day, last_start, retention.recurring_retention_agg(starts, returns, periods) AS s
FROM (SELECT name, periods, first_day, retention.period_add(first_day, max(i), periods) AS last_start FROM case_cells GROUP BY name, periods, first_day) AS c
  JOIN (SELECT name, person, retention.activity_agg(day) FILTER (WHERE is_start) AS starts, retention.activity_agg(day) FILTER (WHERE is_return) AS returns
    FROM case_events GROUP BY name, person) AS people USING (name)
GROUP BY name, periods, first_day, last_start;
CREATE TABLE case_results AS
SELECT name, retention.period_diff(first_day, cohort_start, periods) AS i, period_number AS j, CASE period_number WHEN 0 THEN cohort_size ELSE retained END AS got
FROM case_summaries, retention.cohort_retention(s, as_of => last_start);
SELECT ok((SELECT count(*) FROM case_cells WHERE expected > 0) BETWEEN 100 AND (SELECT count(*) FROM case_results), 'with cells that count');
SELECT is_empty(format($$
  SELECT c.i, c.j, c.expected, r.got FROM (SELECT * FROM case_cells WHERE name = %1$L) AS c FULL JOIN (SELECT * FROM case_results WHERE name = %1$L) AS r USING (i, j)
  WHERE c.expected IS DISTINCT FROM coalesce(r.got, 0)
$$, name), 'PostHog: ' || name) FROM cases;
SELECT is_empty($$
  SELECT name, c.i, c.j FROM case_cells AS c LEFT JOIN case_results AS r USING (name, i, j) WHERE r.i IS NULL
    AND (SELECT expected FROM case_cells AS size WHERE (size.name, size.i, size.j) = (c.name, c.i, 0)) > 0
$$, 'PostHog: a cohort of somebody has a row for every cell');
-- Who appears: one cohort, person by person.
CREATE TABLE appearances AS
SELECT period, cohort_start, person, wanted, retention.period_add(cohort_start, shown - 1, period) AS last_start, retention.recurring_retention_agg(activity, activity, period) AS s
FROM (SELECT a ->> 'period' AS period, (a ->> 'selected_cohort_start')::date AS cohort_start, (a ->> 'n_periods')::integer AS shown, person, wanted,
    (SELECT retention.activity_agg((e ->> 'timestamp')::timestamptz, 'UTC') FROM jsonb_array_elements(a -> 'events') AS e WHERE e ->> 'person' = person) AS activity
  FROM posthog_file, jsonb_array_elements(document -> 'appearances') AS a, jsonb_each(a -> 'expected_appearances') AS p (person, wanted)) AS people
GROUP BY period, cohort_start, person, wanted, shown;
SELECT is((SELECT jsonb_agg(retained ORDER BY period_number) FROM retention.cohort_retention(s, as_of => last_start) AS r WHERE r.cohort_start = appearances.cohort_start), wanted,
  'PostHog: appearances of ' || person) FROM appearances;

\else
SELECT skip('RETENTION_DATA is not set', 63);
\endif

SELECT * FROM finish();
ROLLBACK;
