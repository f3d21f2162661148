-- retention: retention_summary and its accessors against a plain-SQL twin on random
-- events: every criterion, unit, week start, elapsed, brackets, given cohorts, births,
-- recurring cohorts; single pass = two-stage = twin, in any order and partition.
-- Days per customer: activity.sql; published numbers: retention_truths.sql; parallel
-- plans, spilling, limits: retention_plans.sql.
-- Run: pg_prove -d DATABASE test/pgtap/retention.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(201);
SELECT setseed(0.2024);

-- ------------------------------------------------------ 1. a worked example

-- Ann and Bob come first in January, Eve in March.
CREATE TABLE example (customer integer, day date);
INSERT INTO example VALUES (1, '2024-01-15'), (1, '2024-02-01'), (1, '2024-02-15'), (2, '2024-01-31'), (2, '2024-02-03'), (2, '2024-04-03'), (3, '2024-03-01');
SELECT results_eq($$SELECT cohort_start, period_number, period_start, cohort_size, retained, retention_rate, is_complete
  FROM retention.cohort_retention((SELECT retention.retention_agg(customer, day, 'month') FROM example))$$, $$VALUES
  (DATE '2024-01-01', 0, DATE '2024-01-01', 2::bigint, 2::bigint, 1::double precision, true), ('2024-01-01', 1, '2024-02-01', 2, 2, 1, true),
  ('2024-01-01', 2, '2024-03-01', 2, 0, 0, true), ('2024-01-01', 3, '2024-04-01', 2, 1, 0.5, false),
  ('2024-03-01', 0, '2024-03-01', 1, 1, 1, true), ('2024-03-01', 1, '2024-04-01', 1, 0, 0, false)$$, 'cohort_retention: three customers, two cohorts');
SELECT results_eq($$SELECT period_start, new_customers, returning_customers, resurrected_customers, dormant_customers, active_customers, is_complete
  FROM retention.lifecycle((SELECT retention.retention_agg(customer, day, 'month') FROM example))$$, $$VALUES
  (DATE '2024-01-01', 2::bigint, 0::bigint, 0::bigint, 0::bigint, 2::bigint, true), ('2024-02-01', 0, 2, 0, 0, 2, true), ('2024-03-01', 1, 0, 0, 2, 1, true),
  ('2024-04-01', 0, 0, 1, 1, 1, false)$$, 'lifecycle of the same');
SELECT results_eq($$SELECT period_number, cohorts, customers, retained, retention_rate
  FROM retention.average_retention((SELECT retention.retention_agg(customer, day, 'month') FROM example))$$, $$VALUES
  (0, 2::bigint, 3::bigint, 3::bigint, 1::double precision), (1, 1, 2, 2, 1), (2, 1, 2, 0, 0)$$, 'average_retention: complete cells only');

-- ---------------------------------------------------------------- the data

-- Customers with habits: one visit, rare visits, a streak, streaks with gaps, Sundays,
-- ends of months, daily. The long set is cut into weeks and more, the short one into days.
CREATE TABLE events AS
SELECT span, customer, day, floor(random() * 6)::integer AS part,
  day + TIME '00:00' + CASE floor(random() * 5) WHEN 0 THEN INTERVAL '0' WHEN 1 THEN INTERVAL '23:59:59.999999'
    ELSE random() * INTERVAL '86399 seconds' END AS local_time,
  CASE WHEN customer % 13 = 0 OR random() < 0.6 THEN CASE WHEN random() < 0.3 THEN NULL ELSE false END ELSE true END AS is_birth,
  customer % 11 > 0 AND random() < 0.3 AS is_start, customer % 17 > 0 AND random() < 0.7 AS is_return
FROM (
  SELECT span, customer, habit, born, n, born + n AS day FROM (
    SELECT 'long' AS span, customer, customer % 8 AS habit, DATE '2022-11-05' + floor(power(random(), 1.5) * 500)::integer AS born
    FROM generate_series(1, 230) AS customer
    UNION ALL SELECT 'short', 1000 + customer, customer % 5, DATE '2024-01-20' + floor(power(random(), 1.5) * 45)::integer FROM generate_series(1, 110) AS customer) AS customers,
    LATERAL generate_series(0, CASE span WHEN 'long' THEN DATE '2024-04-20' ELSE DATE '2024-03-15' END - born) AS n) AS days,
  LATERAL generate_series(1, CASE WHEN random() < 0.2 THEN 2 ELSE 1 END)
WHERE n = 0 OR CASE habit WHEN 0 THEN false WHEN 1 THEN random() < CASE span WHEN 'long' THEN 0.02 ELSE 0.2 END
    WHEN 2 THEN n < 30 WHEN 3 THEN n < 20 OR (n > 40 AND n < 45) OR n > 200 AND random() < 0.05 WHEN 4 THEN random() < 0.1
    WHEN 5 THEN extract(isodow FROM day) = 7 AND random() < 0.8 WHEN 6 THEN extract(day FROM day + 1) = 1 ELSE n < 60 AND random() < 0.9 END
ORDER BY random();
-- What a sign-up table says: days before, on and after the first visit, customers who
-- never came, and customers of whom it does not know.
CREATE TABLE signups AS
SELECT span, customer, CASE customer % 6 WHEN 0 THEN first_day WHEN 1 THEN first_day - floor(random() * 20)::integer WHEN 2 THEN first_day + floor(random() * 20)::integer
    WHEN 3 THEN first_day + floor(random() * CASE span WHEN 'long' THEN 90 ELSE 25 END)::integer WHEN 4 THEN CASE WHEN customer % 4 = 0 THEN NULL ELSE last_day END
    ELSE first_day - 1 END AS cohort_day
FROM (SELECT span, customer, min(day) AS first_day, max(day) AS last_day FROM events GROUP BY span, customer) AS seen;
INSERT INTO signups SELECT 'long', 500 + n, DATE '2022-11-20' + n * 12 FROM generate_series(0, 40) AS n
UNION ALL SELECT 'short', 1500 + n, DATE '2024-01-25' + n FROM generate_series(0, 40) AS n;
ANALYZE events;
ANALYZE signups;

CREATE TABLE activities AS
SELECT span, customer, retention.activity_agg(day) AS a, retention.activity_agg(day) FILTER (WHERE is_start) AS starts,
  retention.activity_agg(day) FILTER (WHERE is_return) AS returns, min(day) FILTER (WHERE is_birth) AS birth_day
FROM events GROUP BY span, customer;
ANALYZE activities;

-- --------------------------------------------------------- 2. the twin: ages

CREATE TABLE specs (spec serial PRIMARY KEY, span text, unit text, week_start integer, elapsed boolean, brackets integer[], length integer, periods text);
INSERT INTO specs (span, unit, week_start, elapsed, brackets) VALUES
  ('short', 'day', 1, false, NULL), ('short', 'day', 1, true, NULL), ('short', 'day', 1, false, '{1,8,15,31}'), ('short', 'day', 1, true, '{1,8,15,31}'),
  ('short', 'day', 1, false, '{3,10}'), ('short', 'week', 5, true, NULL),
  ('long', 'week', 1, false, NULL), ('long', 'week', 7, false, NULL), ('long', 'week', 3, true, NULL), ('long', 'week', 1, false, '{1,2,4,8}'),
  ('long', 'week', 6, true, '{2,5}'), ('long', 'month', 1, false, NULL), ('long', 'month', 1, true, NULL), ('long', 'month', 1, false, '{1,3,6}'),
  ('long', 'month', 1, true, '{1,2,5}'), ('long', 'quarter', 1, false, NULL), ('long', 'quarter', 1, true, NULL), ('long', 'quarter', 1, true, '{1,3}'),
  ('long', 'year', 1, false, NULL), ('long', 'year', 1, true, NULL), ('long', 'year', 1, false, '{1}'), ('short', 'month', 1, false, '{2}');
UPDATE specs SET length = CASE unit WHEN 'day' THEN 1 WHEN 'week' THEN 7 WHEN 'month' THEN 30 WHEN 'quarter' THEN 90 ELSE 365 END,
  periods = concat(unit, CASE unit WHEN 'week' THEN ' week_start=' || week_start END, CASE WHEN elapsed THEN ' elapsed' END,
    ' brackets=' || array_to_string(brackets, ','));

-- The periods themselves, numbered in order.
CREATE TABLE calendar AS
SELECT unit, week_start, row_number() OVER (PARTITION BY unit, week_start ORDER BY start)::integer AS n, start::date, (start + step)::date AS next
FROM (SELECT DISTINCT unit, week_start FROM specs) AS units,
  LATERAL (SELECT CASE unit WHEN 'quarter' THEN INTERVAL '3 months' ELSE ('1 ' || unit)::interval END AS step, (week_start - 1) * INTERVAL '1 day' AS shift) AS s,
  LATERAL generate_series(date_trunc(unit, TIMESTAMP '2022-06-01' - shift) + shift, '2025-12-31', step) AS start;
CREATE TABLE days AS
SELECT unit, week_start, day::date, n FROM calendar, generate_series(start::timestamp, next - 1, '1 day') AS day;
ALTER TABLE calendar ADD PRIMARY KEY (unit, week_start, n);
ALTER TABLE days ADD PRIMARY KEY (unit, week_start, day);
ANALYZE calendar;
ANALYZE days;

-- A life: one customer in one cohort, from cohort_day on. Visits before it are ignored;
-- in recurring calendar cohorts all of the cohort's own period counts.
CREATE TABLE lives AS
SELECT spec, kind, customer, cohort, cohort_day FROM (
  SELECT spec, 'self' AS kind, customer, n AS cohort, first_day AS cohort_day
  FROM specs JOIN (SELECT span, customer, min(day) AS first_day FROM events GROUP BY span, customer) AS firsts USING (span) JOIN days USING (unit, week_start)
  WHERE day = first_day
  UNION ALL SELECT spec, 'given', customer, n, cohort_day FROM specs JOIN signups USING (span) JOIN days USING (unit, week_start) WHERE day = cohort_day
  UNION ALL SELECT spec, 'birth', customer, n, birth_day
  FROM specs JOIN (SELECT span, customer, min(day) AS birth_day FROM events WHERE is_birth GROUP BY span, customer) AS births USING (span) JOIN days USING (unit, week_start)
  WHERE day = birth_day
  UNION ALL SELECT spec, 'recurring', customer, n, min(day) FROM specs JOIN events USING (span) JOIN days USING (unit, week_start, day) WHERE is_start
  GROUP BY spec, customer, n) AS all_kinds;
ALTER TABLE lives ADD PRIMARY KEY (kind, spec, customer, cohort);
ANALYZE lives;
-- The visits of a life that count, with its age.
CREATE TABLE visits AS
SELECT DISTINCT kind, spec, customer, cohort, e.day, CASE WHEN elapsed THEN (e.day - cohort_day) / length ELSE n - cohort END AS age, brackets
FROM lives JOIN specs USING (spec) JOIN events AS e USING (span, customer) JOIN days AS d USING (unit, week_start, day)
WHERE CASE kind WHEN 'recurring' THEN is_return AND CASE WHEN elapsed THEN day >= cohort_day ELSE n >= cohort END ELSE day >= cohort_day END;
-- How a life went: the ages with a visit (in brackets, when there are), the last one,
-- the first one after 0, and how many in a row from 1 on.
CREATE TABLE courses AS
SELECT kind, spec, customer, cohort, coalesce(ages, '{}') AS ages, last_age, first_return, coalesce(streak, 0) AS streak
FROM lives LEFT JOIN (
  SELECT kind, spec, customer, cohort, array_agg(age) AS ages, max(age) AS last_age, min(age) FILTER (WHERE age > 0) AS first_return,
    count(*) FILTER (WHERE age > 0 AND age = place) AS streak
  FROM (SELECT *, row_number() OVER (PARTITION BY kind, spec, customer, cohort, age > 0 ORDER BY age) AS place FROM (
    SELECT DISTINCT kind, spec, customer, cohort,
      CASE WHEN brackets IS NULL THEN age ELSE (SELECT count(*)::integer FROM unnest(brackets) AS b WHERE b <= age) END AS age FROM visits) AS numbered) AS placed
  GROUP BY kind, spec, customer, cohort) AS went USING (kind, spec, customer, cohort);
CREATE INDEX ON courses (kind, spec, cohort);
ANALYZE courses;
-- The last day seen: visits that count, cohort days and starts.
CREATE TABLE seen AS
SELECT kind, spec, span, max(day) AS last_day FROM (
  SELECT kind, spec, day FROM visits UNION ALL SELECT kind, spec, cohort_day FROM lives
  UNION ALL SELECT 'recurring', spec, day FROM specs JOIN events USING (span) WHERE is_start) AS counted
  JOIN specs USING (spec) GROUP BY kind, spec, span;

-- Every cell up to the horizon, with the customers retained under each criterion.
CREATE TABLE cells AS
SELECT kind, spec, cohort, size, age, start AS cohort_start,
  CASE WHEN elapsed THEN start + first_age * length ELSE (SELECT p.start FROM calendar AS p WHERE (p.unit, p.week_start, p.n) = (cut.unit, cut.week_start, cohort + first_age)) END AS begins,
  CASE WHEN elapsed THEN next - 1 + (last_age + 1) * length - 1
    ELSE (SELECT p.next - 1 FROM calendar AS p WHERE (p.unit, p.week_start, p.n) = (cut.unit, cut.week_start, cohort + last_age)) END AS completed_by, elapsed,
  r.*
FROM (SELECT kind, spec, cohort, count(*) AS size, array_agg(customer) AS customers FROM lives GROUP BY kind, spec, cohort) AS cohorts
  JOIN specs AS cut USING (spec) JOIN calendar AS c ON (c.unit, c.week_start, c.n) = (cut.unit, cut.week_start, cohort),
  LATERAL generate_series(0, coalesce(cardinality(brackets), (CASE span WHEN 'long' THEN DATE '2024-08-10' ELSE DATE '2024-05-10' END - start) / length)) AS age,
  LATERAL (SELECT CASE WHEN brackets IS NULL OR age = 0 THEN age ELSE brackets[age] END AS first_age, CASE WHEN brackets IS NULL THEN age ELSE brackets[age + 1] - 1 END AS last_age) AS ages,
  LATERAL (SELECT count(*) FILTER (WHERE age = ANY (o.ages)) AS "on", count(*) FILTER (WHERE o.last_age >= age) AS on_or_after,
    count(*) FILTER (WHERE age = 0 OR o.first_return <= age) AS on_or_before, count(*) FILTER (WHERE age = 0 OR o.streak >= age) AS every
    FROM courses AS o WHERE (o.kind, o.spec, o.cohort) = (cohorts.kind, cohorts.spec, cohorts.cohort)) AS r;
ANALYZE cells;

CREATE TABLE summaries AS
SELECT spec, 'self' AS kind, (SELECT retention.retention_agg(a, periods) FROM activities WHERE activities.span = specs.span) AS s FROM specs
UNION ALL SELECT spec, 'given', (SELECT retention.retention_agg(a, cohort_day, periods) FROM signups LEFT JOIN activities USING (span, customer) WHERE signups.span = specs.span) FROM specs
UNION ALL SELECT spec, 'birth', (SELECT retention.retention_agg(customer, day, periods, is_birth) FROM events WHERE events.span = specs.span) FROM specs
UNION ALL SELECT spec, 'recurring', (SELECT retention.recurring_retention_agg(starts, returns, periods) FROM activities WHERE activities.span = specs.span) FROM specs;

-- The questions: no as_of, later, earlier, around the end of a month, before it all.
CREATE TABLE questions AS
SELECT row_number() OVER () AS q, kind, spec, criterion, as_of, coalesce(as_of, last_day) AS known_until
FROM seen JOIN specs USING (spec, span), unnest(ARRAY['on', 'on_or_after', 'on_or_before', 'every']) AS criterion,
  LATERAL unnest(CASE span WHEN 'long' THEN '{NULL,2024-06-17,2024-04-30,2023-06-29,2023-06-30,2023-07-01,2022-11-30,2021-01-01}'
    ELSE '{NULL,2024-03-16,2024-04-03,2024-02-29,2024-02-11,2024-01-31,2024-01-01}' END::date[]) AS as_of
WHERE (criterion <> 'on_or_after' OR as_of IS NULL OR as_of >= last_day)
  AND (as_of IS NULL OR unit IN ('month', 'quarter', 'year') OR (spec + length(kind) + length(criterion) + as_of - '2020-01-01') % 4 = 0);
CREATE TABLE wanted AS
SELECT q, kind, spec, criterion, cohort_start, age AS period_number, CASE WHEN NOT elapsed THEN begins END AS period_start, size AS cohort_size,
  CASE criterion WHEN 'on' THEN "on" WHEN 'on_or_after' THEN on_or_after WHEN 'on_or_before' THEN on_or_before ELSE every END AS retained,
  completed_by IS NOT NULL AND completed_by <= known_until AS is_complete
FROM questions JOIN cells USING (kind, spec) WHERE begins <= known_until;
CREATE TABLE got AS
SELECT q, kind, spec, criterion, r.* FROM questions JOIN summaries USING (kind, spec), LATERAL retention.cohort_retention(s, criterion, as_of) AS r;
ANALYZE wanted;
ANALYZE got;

-- ---------------------------------------------------------- 3. cohort_retention

SELECT cmp_ok((SELECT count(*) FROM events), '>', 7000::bigint, 'there are events');
SELECT cmp_ok((SELECT count(*) FROM wanted), '>', 200000::bigint, 'there are cells to compare');
SELECT ok((SELECT bool_and(zeros > 50 AND partial > 50 AND complete > 20 AND open > 20) FROM (
  SELECT count(*) FILTER (WHERE retained = 0) AS zeros, count(*) FILTER (WHERE retained > 0 AND retained < cohort_size) AS partial,
    count(*) FILTER (WHERE is_complete) AS complete, count(*) FILTER (WHERE NOT is_complete) AS open FROM wanted GROUP BY kind, criterion) AS counts),
  'of every kind and criterion: none, some, complete and open ones');
SELECT is_empty(format($$
  SELECT periods, as_of, g.*, w.* FROM (SELECT q, cohort_start, period_number, period_start, cohort_size, retained, is_complete FROM got WHERE kind = %1$L AND criterion = %2$L) AS g
  FULL JOIN (SELECT q, cohort_start, period_number, period_start, cohort_size, retained, is_complete FROM wanted WHERE kind = %1$L AND criterion = %2$L) AS w
    USING (q, cohort_start, period_number)
  JOIN questions USING (q) JOIN specs USING (spec)
  WHERE (g.period_start, g.cohort_size, g.retained, g.is_complete) IS DISTINCT FROM (w.period_start, w.cohort_size, w.retained, w.is_complete) LIMIT 5
$$, kind, criterion), format('cohort_retention = twin: %s, %s', kind, criterion))
FROM unnest(ARRAY['self', 'given', 'birth', 'recurring']) AS kind, unnest(ARRAY['on', 'on_or_after', 'on_or_before', 'every']) AS criterion;
SELECT is((SELECT count(*) FROM got), (SELECT count(*) FROM wanted), 'no cell twice');
SELECT results_eq('SELECT cohort_start, period_number FROM retention.cohort_retention((SELECT s FROM summaries WHERE kind = ''self'' AND spec = 12))',
  'SELECT cohort_start, period_number FROM wanted WHERE (kind, spec, criterion) = (''self'', 12, ''on'') AND q IN (SELECT q FROM questions WHERE as_of IS NULL) ORDER BY 1, 2',
  'rows come by cohort, then by period');

-- Rate and Wilson interval.
CREATE FUNCTION twin.wilson(x double precision, n double precision, z double precision, OUT low double precision, OUT high double precision) LANGUAGE sql IMMUTABLE AS $$
  SELECT (middle - half) / scale, (middle + half) / scale
  FROM (SELECT x / n + z * z / (2 * n) AS middle, 1 + z * z / n AS scale, z * sqrt(x / n * (1 - x / n) / n + z * z / (4 * n * n)) AS half) AS parts
$$;
CREATE TABLE levels AS SELECT confidence, twin.normal_z(confidence) AS z FROM unnest(ARRAY[0.5, 0.9, 0.95, 0.999]::double precision[]) AS confidence;
CREATE TABLE rates AS SELECT DISTINCT cohort_size, retained, retention_rate, ci_low, ci_high FROM got;
SELECT is_empty($$
  SELECT * FROM rates, levels, LATERAL twin.wilson(retained, cohort_size, z) WHERE confidence = 0.95 AND NOT (twin.near(retention_rate, retained::double precision / cohort_size)
    AND twin.near(ci_low, low, 1e-11) AND twin.near(ci_high, high, 1e-11) AND ci_low BETWEEN 0 AND retention_rate AND ci_high BETWEEN retention_rate AND 1) LIMIT 5
$$, 'rate and Wilson interval of 95 % = twin, within 0..1');
SELECT is_empty($$
  SELECT * FROM summaries, levels, LATERAL retention.cohort_retention(s, confidence => confidence) AS r, LATERAL twin.wilson(retained, cohort_size, z)
  WHERE kind = 'self' AND spec IN (16, 20) AND NOT (twin.near(ci_low, low, 1e-10) AND twin.near(ci_high, high, 1e-10))
$$, 'Wilson intervals of other confidence');

-- Arguments.
SELECT results_eq($$SELECT (r).* FROM summaries, retention.cohort_retention(s) AS r WHERE kind = 'given' AND spec = 12$$,
  $$SELECT (r).* FROM summaries, retention.cohort_retention(s, 'on', NULL, 0.95, NULL, 0) AS r WHERE kind = 'given' AND spec = 12$$,
  'cohort_retention defaults: on, last day seen, 0.95, all periods, all cohorts');
SELECT is_empty($$
  SELECT spec, kind, highest FROM summaries, unnest(ARRAY[0, 1, 3]) AS highest WHERE ARRAY(SELECT r::text FROM retention.cohort_retention(s, max_period => highest) AS r)
    IS DISTINCT FROM ARRAY(SELECT r::text FROM retention.cohort_retention(s) AS r WHERE period_number <= highest)
$$, 'max_period cuts rows, nothing else');
SELECT is_empty($$
  SELECT spec, kind, smallest FROM summaries, unnest(ARRAY[1, 3, 10, 1000]) AS smallest
  WHERE ARRAY(SELECT r FROM retention.cohort_retention(s, 'every', min_cohort_size => smallest) AS r) IS DISTINCT FROM ARRAY(
    SELECT CASE WHEN cohort_size >= smallest THEN r
      ELSE (cohort_start, period_number, period_start, cohort_size, NULL, NULL, NULL, NULL, is_complete)::retention.cohort_row END FROM retention.cohort_retention(s, 'every') AS r)
$$, 'min_cohort_size: rows of smaller cohorts stay, with their size, without what was retained');
CREATE TABLE sized AS
SELECT cohort * 1000 + n AS customer, DATE '2024-01-10' + 31 * cohort + m * 31 AS day
FROM unnest(ARRAY[0, 1, 2], ARRAY[100, 50, 4], ARRAY[30, 20, 2]) AS cohorts (cohort, size, stay), generate_series(1, size) AS n, generate_series(0, CASE WHEN n <= stay THEN 1 ELSE 0 END) AS m;
SELECT results_eq($$SELECT cohort_start, period_number, cohort_size, retained, retention_rate IS NULL, ci_low IS NULL, ci_high IS NULL
    FROM retention.cohort_retention((SELECT retention.retention_agg(customer, day, 'month') FROM sized), max_period => 1, min_cohort_size => 5)$$,
  $$VALUES (DATE '2024-01-01', 0, 100::bigint, 100::bigint, false, false, false), ('2024-01-01', 1, 100, 30, false, false, false), ('2024-02-01', 0, 50, 50, false, false, false),
    ('2024-02-01', 1, 50, 20, false, false, false), ('2024-03-01', 0, 4, NULL, true, true, true), ('2024-03-01', 1, 4, NULL, true, true, true)$$,
  'cohorts of 100, 50 and 4, at least 5: the last one is not shown');
SELECT results_eq($$SELECT period_number, cohorts, customers, retained FROM retention.average_retention((SELECT retention.retention_agg(customer, day, 'month') FROM sized),
    as_of => '2024-04-30', min_cohort_size => 5)$$,
  $$VALUES (0, 2::bigint, 150::bigint, 150::bigint), (1, 2, 150, 50), (2, 2, 150, 0), (3, 1, 100, 0)$$, '... and not in the average');
SELECT is_empty($$
  SELECT kind, spec, criterion, as_of FROM questions JOIN summaries USING (kind, spec)
  WHERE known_until < '2022-11-01' AND EXISTS (SELECT FROM retention.cohort_retention(s, criterion, as_of))
$$, 'an as_of before all cohorts: no rows');
SELECT is_empty('SELECT * FROM retention.cohort_retention(NULL)', 'cohort_retention(NULL): no rows');
SELECT is((SELECT count(*) FROM retention.cohort_retention((SELECT retention.retention_agg(customer, day, 'day') FROM example), as_of => '2044-01-14')),
  (SELECT sum(DATE '2044-01-14' - day + 1) FROM (SELECT min(day) AS day FROM example GROUP BY customer) AS births)::bigint, 'an as_of twenty years later: a row for every age');

-- What as_of does not do, and what the criteria have in common.
SELECT is_empty($$
  SELECT a.q FROM got AS a JOIN got AS b USING (kind, spec, criterion, cohort_start, period_number) JOIN questions AS qa ON qa.q = a.q JOIN questions AS qb ON qb.q = b.q
  WHERE qa.as_of IS NULL AND (a.cohort_size, a.retained, a.period_start) IS DISTINCT FROM (b.cohort_size, b.retained, b.period_start) LIMIT 5
$$, 'as_of never un-counts');
SELECT is_empty($$
  SELECT * FROM (SELECT kind, spec, cohort_start, period_number, max(cohort_size) AS size, max(retained) FILTER (WHERE criterion = 'on') AS "on",
      max(retained) FILTER (WHERE criterion = 'on_or_after') AS later, max(retained) FILTER (WHERE criterion = 'on_or_before') AS sooner, max(retained) FILTER (WHERE criterion = 'every') AS every,
      lag(max(retained) FILTER (WHERE criterion = 'on_or_after')) OVER w AS later_before, lag(max(retained) FILTER (WHERE criterion = 'on_or_before')) OVER w AS sooner_before,
      lag(max(retained) FILTER (WHERE criterion = 'every')) OVER w AS every_before
    FROM got JOIN questions USING (q, kind, spec, criterion) WHERE as_of IS NULL GROUP BY kind, spec, cohort_start, period_number
    WINDOW w AS (PARTITION BY kind, spec, cohort_start ORDER BY period_number)) AS c
  WHERE "on" > later OR later > size OR sooner > size OR (period_number > 0 AND (every > "on" OR "on" > sooner)) OR later > later_before OR (period_number > 1 AND sooner < sooner_before)
    OR every > every_before OR (period_number = 0 AND (sooner, every) IS DISTINCT FROM (size, size)) OR (period_number = 1 AND (sooner, every) IS DISTINCT FROM ("on", "on"))
    OR (period_number = 0 AND kind = 'self' AND ("on", later) IS DISTINCT FROM (size, size))
$$, 'every <= on <= on_or_after; on_or_after and every never rise, on_or_before never falls; whole cohorts at 0');

-- ---------------------------------------------------------- 4. average_retention

CREATE TABLE averages_wanted AS
SELECT kind, spec, criterion, as_of, weighting, smallest, period_number, count(*) AS cohorts, sum(cohort_size)::bigint AS customers, sum(retained)::bigint AS retained,
  CASE weighting WHEN 'pooled' THEN sum(retained)::double precision / sum(cohort_size)
    WHEN 'simple' THEN avg(retained::double precision / cohort_size) ELSE sum(retained * cohort_size)::double precision / sum(cohort_size * cohort_size) END AS rate,
  sqrt(CASE weighting WHEN 'simple' THEN sum(p * (1 - p) / cohort_size) / (count(*)::double precision * count(*))
    ELSE sum(power(cohort_size, 4) * p * (1 - p) / cohort_size) / power(sum(cohort_size * cohort_size), 2) END) AS se
FROM wanted JOIN questions USING (q, kind, spec, criterion), LATERAL (SELECT retained::double precision / cohort_size AS p) AS p,
  unnest(ARRAY['pooled', 'simple', 'size_squared']) AS weighting, unnest(ARRAY[0, 3]) AS smallest
WHERE is_complete AND cohort_size >= smallest AND (spec + q) % 2 = 0 GROUP BY kind, spec, criterion, as_of, weighting, smallest, period_number;
CREATE TABLE averages_got AS
SELECT kind, spec, criterion, as_of, weighting, smallest, a.* FROM questions JOIN summaries USING (kind, spec),
  unnest(ARRAY['pooled', 'simple', 'size_squared']) AS weighting, unnest(ARRAY[0, 3]) AS smallest, LATERAL retention.average_retention(s, criterion, weighting, as_of, 0.9, smallest) AS a WHERE (spec + q) % 2 = 0;
SELECT cmp_ok((SELECT count(*) FROM averages_wanted), '>', 10000::bigint, 'there are averages to compare');
SELECT is_empty(format($$
  SELECT g.*, w.* FROM (SELECT * FROM averages_got WHERE weighting = %1$L) AS g FULL JOIN (SELECT * FROM averages_wanted WHERE weighting = %1$L) AS w
    ON (g.kind, g.spec, g.criterion, g.smallest, g.period_number) = (w.kind, w.spec, w.criterion, w.smallest, w.period_number) AND g.as_of IS NOT DISTINCT FROM w.as_of
  WHERE (g.cohorts, g.customers, g.retained) IS DISTINCT FROM (w.cohorts, w.customers, w.retained) OR NOT twin.near(retention_rate, rate, 1e-11) LIMIT 5
$$, weighting), 'average_retention = twin over complete cells: ' || weighting) FROM unnest(ARRAY['pooled', 'simple', 'size_squared']) AS weighting;
SELECT is_empty($$
  SELECT g.* FROM averages_got AS g JOIN averages_wanted AS w ON (g.kind, g.spec, g.criterion, g.weighting, g.smallest, g.period_number)
      = (w.kind, w.spec, w.criterion, w.weighting, w.smallest, w.period_number) AND g.as_of IS NOT DISTINCT FROM w.as_of,
    (SELECT z FROM levels WHERE confidence = 0.9) AS z, LATERAL twin.wilson(w.retained, w.customers, z) AS wilson
  WHERE NOT CASE g.weighting WHEN 'pooled' THEN twin.near(ci_low, low, 1e-11) AND twin.near(ci_high, high, 1e-11)
    ELSE twin.near(ci_low, greatest(0, rate - z * se), 1e-11) AND twin.near(ci_high, least(1, rate + z * se), 1e-11) END LIMIT 5
$$, 'average_retention: Wilson interval when pooled, normal else, within 0..1');
SELECT results_eq($$SELECT (r).* FROM summaries, retention.average_retention(s) AS r WHERE kind = 'self' AND spec = 12$$,
  $$SELECT (r).* FROM summaries, retention.average_retention(s, 'on', 'pooled', NULL, 0.95, 0) AS r WHERE kind = 'self' AND spec = 12$$, 'average_retention defaults: on, pooled, 0.95, all cohorts');
SELECT is_empty('SELECT * FROM retention.average_retention(NULL)', 'average_retention(NULL): no rows');
SELECT is_empty($$SELECT * FROM retention.average_retention((SELECT retention.retention_agg(1, DATE '2024-01-15', 'month')))$$, 'no complete cell: no row');
-- 1000 customers of whom 500 come back, 500 of whom 400 do: one word, three numbers.
CREATE TABLE two_cohorts AS
SELECT cohort * 10000 + n AS customer, DATE '2024-01-15' + 31 * (cohort + m) AS day
FROM unnest(ARRAY[0, 1], ARRAY[1000, 500], ARRAY[500, 400]) AS cohorts (cohort, size, stay), generate_series(1, size) AS n, generate_series(0, CASE WHEN n <= stay THEN 1 ELSE 0 END) AS m;
SELECT ok(twin.near(retention_rate, published) AND (cohorts, customers, retained) = (2, 1500, 900), format('1000 > 500, 500 > 400: %s %s', weighting, published))
FROM (VALUES ('pooled', 0.60), ('simple', 0.65), ('size_squared', 0.56)) AS rates (weighting, published),
  retention.average_retention((SELECT retention.retention_agg(customer, day, 'month') FROM two_cohorts), weighting => weighting, as_of => '2024-03-31') WHERE period_number = 1;
SELECT ok(twin.near(retention_rate, published, 0.0005), 'ten customers at 20 %, a hundred at none: ' || weighting)
FROM (VALUES ('pooled', 0.018), ('simple', 0.1)) AS rates (weighting, published), retention.average_retention((
  SELECT retention.retention_agg(n, CASE WHEN n <= 10 THEN DATE '2024-01-01' ELSE DATE '2024-01-02' END + m, 'day') FROM generate_series(1, 110) AS n, generate_series(0, CASE WHEN n <= 2 THEN 1 ELSE 0 END) AS m),
  weighting => weighting, as_of => '2024-01-03') WHERE period_number = 1;

-- ------------------------------------------------------------------ 5. lifecycle

CREATE TABLE life_questions AS
SELECT row_number() OVER () AS q, spec, span, unit, week_start, as_of, coalesce(as_of, last_day) AS known_until
FROM seen JOIN specs USING (spec, span), LATERAL (SELECT DISTINCT as_of FROM questions WHERE questions.spec = specs.spec) AS a WHERE kind = 'self' AND NOT elapsed AND brackets IS NULL;
CREATE TABLE periods_of_customers AS
SELECT span, unit, week_start, customer, min(n) AS first_n, array_agg(DISTINCT n) AS ns FROM events JOIN days USING (day) GROUP BY span, unit, week_start, customer;
CREATE TABLE life_wanted AS
SELECT q, start AS period_start, count(*) FILTER (WHERE n = first_n) AS new, count(*) FILTER (WHERE here AND before) AS "returning", count(*) FILTER (WHERE here AND NOT before AND n > first_n) AS resurrected,
  count(*) FILTER (WHERE before AND NOT here) AS dormant, count(*) FILTER (WHERE here) AS active, next - 1 <= known_until AS is_complete
FROM life_questions AS l JOIN calendar AS c USING (unit, week_start) CROSS JOIN LATERAL (
  SELECT first_n, n = ANY (ns) AS here, n - 1 = ANY (ns) AS before FROM periods_of_customers AS p WHERE (p.span, p.unit, p.week_start) = (l.span, l.unit, l.week_start)) AS t
WHERE start <= known_until GROUP BY q, start, next, known_until HAVING bool_or(n >= first_n);
SELECT cmp_ok((SELECT count(*) FROM life_wanted), '>', 500::bigint, 'there are rows of lifecycle to compare');
SELECT results_eq($$SELECT q, period_start, new_customers, returning_customers, resurrected_customers, dormant_customers, active_customers, is_complete
  FROM life_questions JOIN summaries USING (spec), LATERAL retention.lifecycle(s, as_of) WHERE kind = 'self' ORDER BY 1, 2$$,
  'SELECT q, period_start, new, "returning", resurrected, dormant, active, is_complete FROM life_wanted ORDER BY 1, 2', 'lifecycle = twin');
SELECT ok((SELECT count(*) FILTER (WHERE new > 0) > 100 AND count(*) FILTER (WHERE "returning" > 0) > 100 AND count(*) FILTER (WHERE resurrected > 0) > 100 AND count(*) FILTER (WHERE dormant > 0) > 100
  AND count(*) FILTER (WHERE active = 0) > 20 FROM life_wanted), 'with new, returning, resurrected and dormant customers, and periods without anyone');
SELECT is_empty($$
  SELECT * FROM (SELECT spec, l.*, lag(active_customers, 1, 0::bigint) OVER (PARTITION BY spec ORDER BY period_start) AS active_before FROM summaries, LATERAL retention.lifecycle(s, '2024-06-30') AS l
    WHERE kind = 'self' AND spec IN (SELECT spec FROM life_questions)) AS c
  WHERE active_customers <> new_customers + returning_customers + resurrected_customers OR active_before <> returning_customers + dormant_customers
    OR active_customers - active_before <> new_customers + resurrected_customers - dormant_customers
$$, 'lifecycle: active = new + returning + resurrected; active before = returning + dormant');
SELECT is_empty($$
  SELECT period_start FROM (SELECT * FROM summaries WHERE kind = 'self' AND spec = 12) AS t, LATERAL retention.lifecycle(s) AS l
  WHERE new_customers IS DISTINCT FROM coalesce((SELECT cohort_size FROM retention.cohort_retention(s) AS r WHERE r.cohort_start = l.period_start AND period_number = 0), 0)
    OR active_customers IS DISTINCT FROM (SELECT sum(retained) FROM retention.cohort_retention(s) AS r WHERE r.period_start = l.period_start)
$$, 'lifecycle and cohort_retention agree on new and active customers');
SELECT is_empty('SELECT * FROM retention.lifecycle(NULL)', 'lifecycle(NULL): no rows');
SELECT twin.fails(format('SELECT * FROM retention.lifecycle((SELECT s FROM summaries WHERE kind = %L AND spec = %s))', kind, spec), '22023', 'calendar|bracket|first', 'lifecycle of a summary that is '
  || kind || ', ' || periods) FROM specs, unnest(ARRAY['self', 'given', 'birth', 'recurring']) AS kind WHERE (kind = 'self' AND spec IN (2, 3, 4)) OR (kind <> 'self' AND spec = 12);

-- ------------------------------------ 6. routes, orders, partitions: the same bytes

-- {} stands for the rows, $1 for the periods; every route of one kind gives the same summary.
CREATE TABLE keyed AS SELECT * FROM (
SELECT span, customer, customer::bigint * -7919 AS big, md5(customer::text)::uuid AS id, 'customer ' || customer AS name, day, local_time, is_birth, is_start, is_return, part FROM events
UNION ALL SELECT span, NULL, NULL, NULL, NULL, day, local_time, true, true, true, part FROM events WHERE part = 0
UNION ALL SELECT span, customer, customer::bigint * -7919, md5(customer::text)::uuid, 'customer ' || customer, NULL, NULL, true, true, true, part FROM events WHERE part = 1) AS rows ORDER BY random();
ANALYZE keyed;
CREATE TABLE routes (kind text, route text);
INSERT INTO routes SELECT 'self', format('SELECT retention.retention_agg(%s, %s, $1) FROM keyed WHERE span = $2', key, at)
FROM unnest(ARRAY['customer', 'customer::smallint', 'big', 'id', 'name', 'name::varchar(20)']) AS key, unnest(ARRAY['day', 'local_time']) AS at;
INSERT INTO routes SELECT 'birth', format('SELECT retention.retention_agg(%s, %s, $1, is_birth) FROM keyed WHERE span = $2', key, at)
FROM unnest(ARRAY['customer', 'big', 'id', 'name']) AS key, unnest(ARRAY['day', 'local_time']) AS at;
INSERT INTO routes VALUES
  ('self', 'SELECT retention.retention_agg(customer, day, $1 ORDER BY day) FROM keyed WHERE span = $2'), ('self', 'SELECT retention.retention_agg(customer, day, $1 ORDER BY day DESC, customer) FROM keyed WHERE span = $2'),
  ('self', 'SELECT retention.retention_agg(name, day, $1 ORDER BY name, day) FROM keyed WHERE span = $2'), ('self', 'SELECT retention.retention_agg(DISTINCT customer, day, $1) FROM keyed WHERE span = $2'),
  ('self', 'SELECT retention.retention_agg(id, day, $1) FILTER (WHERE span = $2) FROM keyed'),
  ('self', 'SELECT retention.retention_agg(a, $1) FROM (SELECT retention.activity_agg(day) AS a FROM keyed WHERE span = $2 AND customer IS NOT NULL GROUP BY customer) AS per_customer'),
  ('self', 'SELECT retention.retention_agg(a, $1 ORDER BY random()) FROM activities WHERE span = $2'),
  ('self', 'SELECT retention.retention_agg(a, $1) FROM (SELECT retention.merge_agg(a) AS a FROM (SELECT customer, retention.activity_agg(local_time) AS a FROM keyed WHERE span = $2 AND customer IS NOT NULL
    GROUP BY customer, part) AS parts GROUP BY customer) AS per_customer'),
  ('self', 'SELECT retention.retention_agg(a, $1) FROM (SELECT a FROM activities WHERE span = $2 UNION ALL SELECT NULL UNION ALL SELECT ''{}''::date[]::retention.activity_days) AS with_nobody'),
  ('self', 'SELECT retention.merge_agg(s ORDER BY random()) FROM (SELECT retention.retention_agg(customer, day, $1) AS s FROM keyed WHERE span = $2 GROUP BY customer % 7) AS parts'),
  ('self', 'SELECT retention.merge_agg(s ORDER BY random()) FROM (SELECT retention.retention_agg(a, $1) AS s FROM activities WHERE span = $2 GROUP BY customer) AS single_customers'),
  ('self', 'SELECT retention.merge_agg(s ORDER BY k DESC) FROM (SELECT customer % 5 AS k, retention.retention_agg(a, $1) AS s FROM activities WHERE span = $2 GROUP BY customer % 5 UNION ALL SELECT 9, NULL) AS parts'),
  ('self', 'SELECT retention.combine(x, y) FROM (SELECT retention.retention_agg(a, $1) FILTER (WHERE customer % 3 = 1) AS x, retention.retention_agg(a, $1) FILTER (WHERE customer % 3 <> 1) AS y FROM activities WHERE span = $2) AS t'),
  ('self', 'SELECT y OPERATOR(retention.+) x FROM (SELECT retention.retention_agg(a, $1) FILTER (WHERE customer % 3 = 1) AS x, retention.retention_agg(a, $1) FILTER (WHERE customer % 3 <> 1) AS y FROM activities WHERE span = $2) AS t'),
  ('birth', 'SELECT retention.retention_agg(a, birth_day, $1) FROM activities WHERE span = $2'),
  ('birth', 'SELECT retention.retention_agg(id, local_time, $1, is_birth ORDER BY local_time DESC) FROM keyed WHERE span = $2'),
  ('birth', 'SELECT retention.retention_agg(name, local_time, $1, CASE WHEN is_birth THEN true END) FROM keyed WHERE span = $2'),
  ('birth', 'SELECT retention.merge_agg(s ORDER BY random()) FROM (SELECT retention.retention_agg(name, day, $1, is_birth) AS s FROM keyed WHERE span = $2 GROUP BY customer % 4) AS parts'),
  ('given', 'SELECT retention.retention_agg(a, cohort_day, $1 ORDER BY random()) FROM signups LEFT JOIN activities USING (span, customer) WHERE span = $2'),
  ('given', 'SELECT retention.retention_agg(coalesce(a, ''{}''::date[]::retention.activity_days), cohort_day, $1) FROM signups LEFT JOIN activities USING (span, customer) WHERE span = $2'),
  ('given', 'SELECT retention.merge_agg(s ORDER BY random()) FROM (SELECT retention.retention_agg(a, cohort_day, $1) AS s FROM signups LEFT JOIN activities USING (span, customer) WHERE span = $2 GROUP BY customer) AS parts'),
  ('given', 'SELECT retention.retention_agg(retention.activity_difference(a, ''{[1990-01-01,2022-06-01)}''::datemultirange::retention.activity_days), cohort_day, $1) FROM signups LEFT JOIN activities USING (span, customer) WHERE span = $2'),
  ('recurring', 'SELECT retention.recurring_retention_agg(starts, returns, $1 ORDER BY random()) FROM activities WHERE span = $2'),
  ('recurring', 'SELECT retention.recurring_retention_agg(starts, coalesce(returns, ''{}''::date[]::retention.activity_days), $1) FROM activities WHERE span = $2'),
  ('recurring', 'SELECT retention.merge_agg(s ORDER BY random()) FROM (SELECT retention.recurring_retention_agg(starts, returns, $1) AS s FROM activities WHERE span = $2 GROUP BY customer % 6) AS parts');
CREATE FUNCTION twin.summary(route text, periods text, span text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  s text;
BEGIN
  EXECUTE format('SELECT (%s)::text', route) INTO s USING periods, span;
  RETURN s;
END
$$;
SELECT is_empty(format($$
  SELECT periods FROM specs JOIN summaries USING (spec) WHERE kind = %L AND twin.summary(%L, periods, span) IS DISTINCT FROM s::text
$$, kind, route), format('same bytes, %s: %s', kind, regexp_replace(route, '\s+', ' ', 'g'))) FROM routes;
SELECT is_empty($$
  SELECT periods FROM specs JOIN summaries AS g USING (spec) WHERE kind = 'self' AND ARRAY(SELECT r::text FROM retention.cohort_retention(s) AS r)
    IS DISTINCT FROM ARRAY(SELECT r::text FROM retention.cohort_retention((SELECT retention.retention_agg(a, retention.first_active(a), periods) FROM activities WHERE activities.span = specs.span)) AS r)
$$, 'given the first day: the rows of the self-born');
SELECT is_empty($$
  SELECT periods FROM specs JOIN summaries AS g USING (spec) WHERE kind = 'self' AND NOT elapsed AND twin.summary('SELECT retention.retention_agg(customer, day, $1, true) FROM keyed WHERE span = $2', periods, span)
    IS DISTINCT FROM twin.summary('SELECT retention.retention_agg(a, retention.first_active(a), $1) FROM activities WHERE span = $2', periods, span)
$$, 'every event a birth = given the first day');
SELECT is_empty($$SELECT route FROM routes WHERE twin.summary(route, 'month', 'no such span') IS NOT NULL AND route !~ 'UNION'$$, 'zero rows: NULL, by every route');

-- Grouped, the summaries of segments; several in one query.
SELECT is_empty($$
  SELECT part, k FROM (SELECT part, customer % 4 AS k, retention.retention_agg(customer, day, 'week') AS s, retention.retention_agg(name, local_time, 'month', is_birth) AS b,
      retention.retention_agg(id, day, 'week') FILTER (WHERE is_return) AS f FROM keyed WHERE span = 'long' GROUP BY GROUPING SETS ((part, customer % 4), (part), ())) AS g,
    LATERAL (SELECT retention.retention_agg(a, 'week') AS s, retention.retention_agg(b, birth, 'month') AS b, retention.retention_agg(r, 'week') AS f FROM (
      SELECT customer, retention.activity_agg(day) AS a, retention.activity_agg(day) AS b, min(day) FILTER (WHERE is_birth) AS birth, retention.activity_agg(day) FILTER (WHERE is_return) AS r FROM keyed AS e
      WHERE span = 'long' AND customer IS NOT NULL AND (g.part IS NULL OR e.part = g.part) AND (g.k IS NULL OR customer % 4 = g.k) GROUP BY customer) AS per_customer) AS wanted
  WHERE (k IS NOT NULL OR part IS NULL) AND (g.s::text, g.b::text, g.f::text) IS DISTINCT FROM (wanted.s::text, wanted.b::text, wanted.f::text)
$$, 'three single passes in one query, in grouping sets');

-- NULLs.
SELECT is_empty($$SELECT kind, spec FROM summaries WHERE retention.combine(s, NULL)::text IS DISTINCT FROM s::text OR retention.combine(NULL, s)::text IS DISTINCT FROM s::text
  OR (NULL OPERATOR(retention.+) s)::text IS DISTINCT FROM s::text$$, 'combine: NULL counts as empty');
SELECT is(retention.combine(NULL::retention.retention_summary, NULL)::text, NULL, 'combine(NULL, NULL) is NULL');
SELECT is((SELECT retention.merge_agg(s) FROM summaries WHERE false)::text, NULL, 'merge_agg of no rows: NULL');
SELECT is((SELECT retention.merge_agg(s) FROM (SELECT NULL::retention.retention_summary AS s FROM generate_series(1, 3)) AS n)::text, NULL, 'merge_agg of NULLs: NULL');
SELECT is(twin.answer('SELECT ' || call), NULL, 'nobody counts: NULL, ' || call)
FROM unnest(ARRAY['retention.retention_agg(NULL::bigint, DATE ''2024-01-01'', ''month'')', 'retention.retention_agg(1, NULL::date, ''month'')', 'retention.retention_agg(1, DATE ''2024-01-01'', ''month'', false)',
  'retention.retention_agg(''a''::text, DATE ''2024-01-01'', ''month'', NULL::boolean)', 'retention.retention_agg(NULL::retention.activity_days, ''month'')',
  'retention.retention_agg(''{}''::date[]::retention.activity_days, ''month'')', 'retention.retention_agg(''{2024-01-01}''::date[]::retention.activity_days, NULL::date, ''month'')',
  'retention.recurring_retention_agg(NULL, ''{2024-01-01}''::date[]::retention.activity_days, ''month'')',
  'retention.recurring_retention_agg(''{}''::date[]::retention.activity_days, ''{2024-01-01}''::date[]::retention.activity_days, ''month'')']) AS call;
SELECT results_eq(format('SELECT period_number, cohort_size, retained FROM retention.cohort_retention((SELECT retention.retention_agg(%s, DATE ''2024-01-15'', ''month'')), %L, ''2024-02-29'')', activity, criterion),
  format('VALUES (0, 1::bigint, %s::bigint), (1, 1, 0)', CASE WHEN criterion IN ('on', 'on_or_after') THEN 0 ELSE 1 END), format('a sign-up that never came, %s: %s', criterion, activity))
FROM unnest(ARRAY['NULL::retention.activity_days', '''{}''::date[]::retention.activity_days', '''{2024-01-14,2023-12-31}''::date[]::retention.activity_days']) AS activity,
  unnest(ARRAY['on', 'on_or_after', 'on_or_before', 'every']) AS criterion WHERE criterion IN ('on', 'every') OR activity ~ '2023';

-- ------------------------------------------------------------- 7. time and zone

SELECT results_eq($$SELECT (SELECT array_agg(period_number) FROM retention.cohort_retention((SELECT retention.retention_agg(1, day, spec) FROM unnest(days) AS day)) WHERE retained > 0)
    FROM (VALUES ('{2024-02-25,2024-03-03}'::date[], 'month'), ('{2024-02-25,2024-03-03}', 'month elapsed'), ('{2023-12-01,2023-12-06}', 'week'), ('{2023-12-01,2023-12-06}', 'week elapsed'),
      ('{2023-12-06,2023-12-12}', 'month elapsed'), ('{2024-01-01,2024-01-08,2024-01-14,2024-01-15}', 'week elapsed'), ('{2023-03-01,2024-02-28,2024-02-29}', 'year elapsed'), ('{2024-01-01,2024-01-31}', 'month elapsed'),
      ('{2024-01-01,2024-03-30,2024-03-31}', 'quarter elapsed')) AS t (days, spec)$$,
  $$VALUES ('{0,1}'::integer[]), ('{0}'), ('{0,1}'), ('{0}'), ('{0}'), ('{0,1,2}'), ('{0,1}'), ('{0,1}'), ('{0,1}')$$, 'calendar and elapsed ages: 7, 30, 90 and 365 days');
SELECT is_empty(format($$
  SELECT spec FROM unnest(ARRAY['day', 'week', 'week week_start=7', 'month', 'week elapsed', 'month brackets=1,3', 'year']) AS spec,
    LATERAL (SELECT retention.retention_agg(customer, at, retention.periods(split_part(spec, ' ', 1), %1$L, CASE WHEN spec ~ '=7' THEN 7 ELSE 1 END, spec ~ 'elapsed', CASE WHEN spec ~ 'brackets' THEN ARRAY[1, 3] END))::text AS zoned,
      retention.retention_agg(customer, at, regexp_replace(spec, '^\w+', '\& ' || %1$L), is_birth)::text AS zoned_birth,
      retention.retention_agg(customer, at AT TIME ZONE %1$L, spec)::text AS local, retention.retention_agg(customer, (at AT TIME ZONE %1$L)::date, spec)::text AS dated,
      retention.retention_agg(customer, (at AT TIME ZONE %1$L)::date, spec, is_birth)::text AS dated_birth
      FROM (SELECT customer, local_time AT TIME ZONE 'UTC' AS at, is_birth FROM keyed WHERE span = 'short' OR customer %% 3 = 0) AS k) AS a
  WHERE zoned IS DISTINCT FROM local OR local IS DISTINCT FROM dated OR zoned_birth IS DISTINCT FROM dated_birth
$$, zone), 'timestamptz with a zone = local timestamp = local date, byte for byte: ' || zone)
FROM unnest(ARRAY['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Kiritimati']) AS zone;
-- Midnights of the short and the long day of Berlin, of the half-hour change of Lord Howe, of the day Apia skipped.
SELECT is((SELECT string_agg(period_number || ':' || retained, ' ' ORDER BY period_number) FROM retention.cohort_retention((
    SELECT retention.retention_agg('a'::text, at, 'day ' || zone) FROM unnest(moments::timestamptz[]) AS at)) WHERE retained > 0), ages, 'days in ' || zone || ' from ' || (moments::text[])[1])
FROM (VALUES ('Europe/Berlin', '{2024-03-30 22:59:59.999999+00,2024-03-30 23:00+00,2024-03-31 21:59:59.999999+00,2024-03-31 22:00+00}', '0:1 1:1 2:1'),
  ('Europe/Berlin', '{2024-10-26 21:59:59+00,2024-10-26 22:00+00,2024-10-27 22:59:59+00,2024-10-27 23:00+00}', '0:1 1:1 2:1'),
  ('Australia/Lord_Howe', '{2024-04-06 12:59:59+00,2024-04-06 13:00+00,2024-04-07 13:29:59+00,2024-04-07 13:30+00}', '0:1 1:1 2:1'),
  ('Pacific/Apia', '{2011-12-30 09:59:59+00,2011-12-30 10:00+00,2011-12-31 10:00+00}', '0:1 2:1 3:1'),
  ('America/New_York', '{2024-11-03 03:59:59+00,2024-11-03 04:00+00,2024-11-04 04:59:59+00,2024-11-04 05:00+00}', '0:1 1:1 2:1')) AS changes (zone, moments, ages);
SELECT is(retention.retention_agg(1, DATE '2024-01-31', 'month')::text, retention.retention_agg(2, TIMESTAMPTZ '2024-01-31 12:00+00', 'month Asia/Tokyo')::text, 'a summary has forgotten its zone');
SELECT is(retention.retention_agg(1, DATE '2024-01-31', 'month week_start=3')::text, retention.retention_agg(1, DATE '2024-01-31', 'month')::text, 'and a week start that cuts no weeks');
CREATE FUNCTION twin.fingerprint() RETURNS text LANGUAGE sql AS $$
  SELECT md5(string_agg(concat_ws(',', cohort_start - DATE '2000-01-01', period_start - cohort_start, retained, is_complete), ';' ORDER BY cohort_start, period_number))
    || (SELECT md5(retention.retention_agg(name, local_time AT TIME ZONE 'UTC', 'month Europe/Berlin', is_birth)::text || retention.retention_agg(id, local_time, 'week elapsed')::text
      || retention.retention_agg(customer, day, 'day')::text) FROM keyed WHERE span = 'short')
  FROM retention.cohort_retention((SELECT retention.retention_agg(customer, at, 'week America/New_York') FROM (SELECT customer, local_time AT TIME ZONE 'UTC' AS at FROM keyed) AS k), as_of => DATE '2024-04-02')
$$;
CREATE TEMP TABLE fingerprints AS SELECT twin.fingerprint();
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SET LOCAL DateStyle = 'German';
INSERT INTO fingerprints SELECT twin.fingerprint();
SET LOCAL TimeZone = 'America/St_Johns';
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL extra_float_digits = -3;
INSERT INTO fingerprints SELECT twin.fingerprint();
SELECT is((SELECT count(DISTINCT fingerprint) FROM fingerprints), 1::bigint, 'a session in another time zone changes nothing');
RESET TimeZone;
RESET DateStyle;
RESET extra_float_digits;

-- ----------------------------------------------- 8. what does not fit together

SELECT twin.fails(format('SELECT retention.combine((SELECT s FROM summaries WHERE kind = %L AND spec = %s), (SELECT s FROM summaries WHERE kind = %L AND spec = %s))', a.kind, a.spec, b.kind, b.spec), '22023', NULL,
  format('no combining of %s %s with %s %s', a.kind, x.periods, b.kind, y.periods))
FROM (VALUES ('self', 12, 'self', 7), ('self', 7, 'self', 8), ('self', 12, 'self', 13), ('self', 12, 'self', 14), ('self', 13, 'self', 15), ('self', 3, 'self', 5), ('self', 12, 'given', 12), ('given', 12, 'recurring', 12),
  ('recurring', 12, 'self', 12), ('birth', 12, 'self', 12)) AS unlike (k1, s1, k2, s2), LATERAL (SELECT k1 AS kind, s1 AS spec) AS a, LATERAL (SELECT k2 AS kind, s2 AS spec) AS b, specs AS x, specs AS y
WHERE x.spec = a.spec AND y.spec = b.spec;
SELECT twin.fails($$SELECT retention.merge_agg(s) FROM summaries WHERE kind = 'self' AND spec IN (12, 16)$$, '22023', 'month.*quarter|quarter.*month', 'merge_agg names the two specs');
SELECT twin.fails($$SELECT retention.merge_agg(s) FROM summaries WHERE spec = 12$$, '22023', NULL, 'merge_agg refuses another kind');
SELECT ok(retention.combine(given, born) IS NOT NULL, 'born by an event and born on a given day combine') FROM (SELECT a.s AS given, b.s AS born FROM summaries AS a JOIN summaries AS b USING (spec)
  WHERE spec = 12 AND a.kind = 'given' AND b.kind = 'birth') AS t;
-- Counters far beyond one query's customers.
CREATE FUNCTION twin.doubled(s retention.retention_summary, times integer) RETURNS retention.retention_summary LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1..times LOOP
    s := retention.combine(s, s);
  END LOOP;
  RETURN s;
END
$$;
SELECT is_empty($$
  SELECT kind, spec FROM (SELECT kind, spec, s, twin.doubled(s, 40) AS huge FROM summaries WHERE spec IN (2, 10, 12, 18)) AS t, unnest(ARRAY['on', 'on_or_after', 'on_or_before', 'every']) AS criterion
  WHERE huge::text::retention.retention_summary::text <> huge::text OR ARRAY(SELECT ROW(cohort_start, period_number, cohort_size, retained)::text FROM retention.cohort_retention(huge, criterion))
    IS DISTINCT FROM ARRAY(SELECT ROW(cohort_start, period_number, cohort_size << 40, retained << 40)::text FROM retention.cohort_retention(s, criterion))
$$, '2^40 times the customers');
SELECT ok((lives).new_customers = 2::bigint << 40 AND twin.near((average).retention_rate, 1), 'lifecycle and averages of so many')
FROM (SELECT twin.doubled(retention.retention_agg(customer, day, 'month'), 40) AS huge FROM example) AS t, LATERAL (SELECT lives FROM retention.lifecycle(huge) AS lives LIMIT 1) AS l,
  LATERAL (SELECT average FROM retention.average_retention(huge, weighting => 'size_squared') AS average LIMIT 1) AS a;
SELECT twin.fails('SELECT twin.doubled(retention.retention_agg(1, DATE ''2024-01-01'', ''month''), 64)', '22003', NULL, 'a count beyond bigint is an error');

-- -------------------------------------------------- 9. text and binary form

SELECT is_empty($$SELECT kind, spec FROM summaries WHERE s::text !~ '^\\x01[0-9a-f]+$' OR s::text::retention.retention_summary::text <> s::text
  OR NOT s::text::retention.retention_summary = s$$, 'text round trip, hex of version 1');
CREATE TABLE copied (LIKE summaries);
COPY summaries TO PROGRAM 'cat > retention_test_retention.copy' (FORMAT binary);
COPY copied FROM PROGRAM 'cat retention_test_retention.copy; rm -f retention_test_retention.copy' (FORMAT binary);
SELECT results_eq('SELECT kind, spec, s::text FROM copied ORDER BY 1, 2', 'SELECT kind, spec, s::text FROM summaries ORDER BY 1, 2', 'binary round trip');
SELECT is(twin.copy_in('retention.retention_summary', decode(substr(s::text, 3), 'hex')), s::text, 'the binary form is the bytes of the text form') FROM summaries WHERE kind = 'self' AND spec = 16;
SELECT twin.fails(format('SELECT twin.copy_in(%L, %L::bytea)', 'retention.retention_summary', damage), '22P03', NULL, 'binary: ' || what)
FROM summaries, LATERAL (VALUES ('truncated', '\x' || substr(s::text, 3, length(s::text) - 4)), ('one byte more', s::text || '00'), ('nothing', '\x'), ('version 2', '\x02' || substr(s::text, 5)),
  ('another kind', '\x01ee' || substr(s::text, 7)), ('text instead', '\x' || encode(convert_to(s::text, 'UTF8'), 'hex'))) AS damages (what, damage)
WHERE kind = 'self' AND spec = 16;
SELECT twin.fails(format('SELECT %L::retention.retention_summary', bad), '22P02', NULL, format('retention_summary %L', left(bad, 40)))
FROM unnest(ARRAY['', '\x', 'abc', '\x0', '\xzz', '\x00', '\x01', '0105', '\x01 05', '\x' || repeat('00', 4000), '{}', '{2024-01-01}'::date[]::retention.activity_days::text]) AS bad;
SELECT twin.fails(format('SELECT %L::retention.activity_days', s::text), '22P02', NULL, 'a retention_summary is no activity_days') FROM summaries WHERE kind = 'self' AND spec = 16;

-- Damage: every byte changed in several ways, every truncation, extra bytes. What is not
-- refused with 22P02 must print as it was read, and count what customers can have done.
CREATE FUNCTION twin.damaged(hex text) RETURNS TABLE (damage text, written text) LANGUAGE sql AS $$
  SELECT 'truncated', left(hex, 2 * n) FROM generate_series(1, length(hex) / 2 - 1) AS n
  UNION ALL SELECT 'extended', hex || extra FROM unnest(ARRAY['00', '01', '80', 'ff', '0000000000000000']) AS extra
  UNION ALL SELECT 'changed', overlay(hex PLACING lpad(to_hex(get_byte(decode(substr(hex, 3), 'hex'), n) # mask), 2, '0') FROM 2 * n + 3)
  FROM generate_series(0, length(hex) / 2 - 2) AS n, unnest(ARRAY[1, 2, 3, 4, 8, 16, 32, 64, 128, 255]) AS mask
  UNION ALL SELECT 'cut out', overlay(hex PLACING '' FROM 2 * n + 3 FOR 2) FROM generate_series(0, length(hex) / 2 - 2) AS n
  UNION ALL SELECT 'put in', overlay(hex PLACING extra FROM 2 * n + 3 FOR 0) FROM generate_series(2, length(hex) / 2 - 1) AS n, unnest(ARRAY['00', '01', '02', '7f', '80', 'ff']) AS extra
$$;
CREATE FUNCTION twin.reading(written text, OUT state text, OUT same boolean, OUT possible boolean) LANGUAGE plpgsql AS $$
DECLARE
  s retention.retention_summary;
BEGIN
  s := written::retention.retention_summary;
  same := s::text = written;
  -- A damaged date makes a long history: only the first ages are asked for.
  SELECT coalesce(bool_and("on" BETWEEN 0 AND size AND later BETWEEN "on" AND size AND sooner BETWEEN 0 AND size AND every BETWEEN 0 AND size AND (age = 0 OR (every <= "on" AND "on" <= sooner))
      AND (age > 1 OR age = 0 OR (sooner = "on" AND every = "on")) AND later <= coalesce(later_before, size) AND (age < 2 OR sooner >= sooner_before) AND every <= coalesce(every_before, size)
      AND (age > 0 OR (sooner = size AND every = size))), true) INTO possible
  FROM (SELECT a.period_number AS age, a.cohort_size AS size, a.retained AS "on", b.retained AS later, c.retained AS sooner, d.retained AS every,
      lag(b.retained) OVER w AS later_before, lag(c.retained) OVER w AS sooner_before, lag(d.retained) OVER w AS every_before
    FROM retention.cohort_retention(s, 'on', max_period => 12) AS a JOIN retention.cohort_retention(s, 'on_or_after', max_period => 12) AS b USING (cohort_start, period_number)
      JOIN retention.cohort_retention(s, 'on_or_before', max_period => 12) AS c USING (cohort_start, period_number) JOIN retention.cohort_retention(s, 'every', max_period => 12) AS d USING (cohort_start, period_number)
    WINDOW w AS (PARTITION BY a.cohort_start ORDER BY a.period_number)) AS r;
  PERFORM retention.combine(s, s);
  IF (SELECT max(cohort_start) - min(cohort_start) < 10000 FROM retention.cohort_retention(s, max_period => 0)) THEN
    PERFORM count(*) FROM (SELECT max(cohort_start) + 400 AS day FROM retention.cohort_retention(s, max_period => 0)) AS m, LATERAL retention.average_retention(s, 'every', 'simple', day) AS a;
    IF substr(written, 7, 4) = '0000' THEN
      possible := possible AND (SELECT bool_and(new_customers >= 0 AND returning_customers >= 0 AND resurrected_customers >= 0 AND dormant_customers >= 0
          AND active_customers = new_customers + returning_customers + resurrected_customers)
        FROM (SELECT max(cohort_start) + 400 AS day FROM retention.cohort_retention(s, max_period => 0)) AS m, LATERAL retention.lifecycle(s, day) AS l);
    END IF;
  END IF;
EXCEPTION WHEN OTHERS THEN
  state := SQLSTATE;
END
$$;
CREATE TABLE victims AS
SELECT row_number() OVER () AS id, s FROM (
  SELECT retention.retention_agg(customer, day, spec) AS s FROM example, unnest(ARRAY['month', 'month elapsed', 'week', 'week week_start=7 elapsed brackets=1,4', 'month brackets=1,2']) AS spec GROUP BY spec
  UNION ALL SELECT retention.retention_agg(customer, day, 'month', day > '2024-01-20') FROM example
  UNION ALL SELECT retention.recurring_retention_agg('{2024-01-01,2024-02-03}'::date[]::retention.activity_days, '{2024-01-05,2024-02-01,2024-02-07}'::date[]::retention.activity_days, spec)
    FROM unnest(ARRAY['month', 'week elapsed']) AS spec GROUP BY spec
  UNION ALL SELECT twin.doubled(retention.retention_agg(customer, day, 'month'), 20) FROM example
  UNION ALL SELECT s FROM summaries WHERE kind IN ('self', 'given') AND spec IN (19, 21)) AS t;
CREATE TEMP TABLE readings AS SELECT id, d.*, r.* FROM victims, twin.damaged(s::text) AS d, twin.reading(d.written) AS r;
SELECT cmp_ok((SELECT count(*) FROM readings WHERE state = '22P02'), '>', 5000::bigint, 'damaged values are refused');
SELECT is_empty('SELECT id, damage, written FROM readings WHERE NOT same LIMIT 5', 'damaged text that is accepted prints as it was written');
SELECT is_empty('SELECT id, damage, written FROM readings WHERE NOT possible LIMIT 5', 'and counts what customers can have done');
SELECT is_empty($$SELECT DISTINCT ON (state) id, damage, written, state FROM readings WHERE same IS NULL AND state <> '22P02'$$, 'damaged text is refused with 22P02');
SELECT is_empty($$SELECT DISTINCT ON (state) id, damage, written, state FROM readings WHERE same AND state NOT IN ('22003', '22008', '22023')$$, 'the functions survive what is accepted');
SELECT is_empty($$SELECT id, damage, written FROM readings WHERE damage = 'extended' AND same$$, 'no extra byte is accepted');

-- ------------------------------------- 10. DISTINCT, order, index, stored summaries

SELECT is((SELECT count(*) FROM (SELECT s FROM summaries UNION SELECT s FROM copied) AS u), (SELECT count(DISTINCT s::text) FROM summaries), 'UNION by hashing');
SET LOCAL enable_hashagg = off;
SELECT is((SELECT count(*) FROM (SELECT s FROM summaries UNION SELECT s FROM copied) AS u), (SELECT count(DISTINCT s::text) FROM summaries), 'UNION by sorting');
RESET enable_hashagg;
SELECT is_empty($$
  SELECT a.kind, b.kind FROM summaries AS a, summaries AS b WHERE (a.s = b.s) <> (a.s::text = b.s::text) OR (a.s <> b.s) = (a.s = b.s)
    OR (a.s < b.s)::integer + (a.s > b.s)::integer + (a.s = b.s)::integer <> 1
    OR (a.s <= b.s) <> (NOT a.s > b.s) OR (a.s >= b.s) <> (NOT a.s < b.s)
$$, 'the six operators are one order, equality is by bytes');
SELECT is_empty('SELECT kind FROM (SELECT kind, s, lag(s) OVER (ORDER BY s) AS previous FROM summaries) AS sorted WHERE previous > s', 'ORDER BY sorts');
CREATE INDEX ON copied USING btree (md5(s::text));
CREATE INDEX copied_hash ON copied USING hash (s);
SET LOCAL enable_seqscan = off;
SELECT is((SELECT count(*) FROM summaries AS a WHERE EXISTS (SELECT FROM copied AS b WHERE b.s = a.s)), (SELECT count(*) FROM summaries), 'a hash index finds every summary');
RESET enable_seqscan;

-- A dashboard's table: one activity_days per customer, days added as they come, some late.
CREATE TABLE stored (customer integer PRIMARY KEY, activity retention.activity_days);
DO $do$
BEGIN
  FOR batch IN 0..5 LOOP
    INSERT INTO stored AS t SELECT customer, retention.activity_agg(day) FROM events WHERE span = 'long' AND part = batch GROUP BY customer
    ON CONFLICT (customer) DO UPDATE SET activity = retention.combine(t.activity, excluded.activity);
  END LOOP;
END
$do$;
SELECT is_empty($$SELECT periods FROM specs JOIN summaries USING (spec) WHERE kind = 'self' AND span = 'long' AND (SELECT retention.retention_agg(activity, periods) FROM stored)::text IS DISTINCT FROM s::text$$,
  'stored activity, fed in batches, answers every question as the events do');
-- A summary per segment, stored and kept: what is computed from it never changes it.
CREATE TABLE kept AS SELECT spec, kind, s, s::text AS bytes FROM summaries;
CREATE TEMP TABLE computed AS SELECT retention.merge_agg(s) AS s FROM kept GROUP BY spec, kind;
INSERT INTO computed SELECT retention.combine(a.s, b.s) FROM kept AS a JOIN kept AS b USING (spec, kind);
INSERT INTO computed SELECT retention.merge_agg(s) OVER (PARTITION BY spec, kind ORDER BY bytes ROWS UNBOUNDED PRECEDING) FROM (SELECT * FROM kept UNION ALL SELECT * FROM kept) AS twice;
INSERT INTO computed SELECT retention.retention_summary_merge(s, s) FROM kept;
INSERT INTO computed SELECT retention.retention_accum(s, '{2024-01-01,2024-05-05}'::date[]::retention.activity_days, periods) FROM kept JOIN specs USING (spec) WHERE kind = 'self';
SELECT is_empty('SELECT spec, kind FROM kept WHERE s::text IS DISTINCT FROM bytes', 'stored summaries are never changed in place');
SELECT is_empty('SELECT s::text FROM computed WHERE s::text::retention.retention_summary::text IS DISTINCT FROM s::text', 'whatever the functions return can be stored');
SELECT is_empty($$
  SELECT n FROM (SELECT n, retention.retention_agg(a, 'month') OVER (ORDER BY n) AS running FROM (SELECT row_number() OVER (ORDER BY customer) AS n, a FROM activities WHERE span = 'long') AS t) AS r
  WHERE running::text IS DISTINCT FROM (SELECT retention.retention_agg(a, 'month') FROM (SELECT a FROM activities WHERE span = 'long' ORDER BY customer LIMIT n) AS first_ones)::text
$$, 'over stored activity the aggregate runs as a window function');

-- ------------------------------------------------------ 11. serial = parallel

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
-- So that it costs less to send states than to send rows.
SET LOCAL parallel_tuple_cost = 0.1;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
CREATE TEMP TABLE parallel_routes AS SELECT * FROM routes WHERE route !~ 'ORDER BY|DISTINCT|UNION' AND route ~ 'FROM (keyed|activities)' AND route !~ 'GROUP BY| AS x';
SELECT is_empty($$SELECT route, twin.plan_of(replace(replace(route, '$1', '''month'''), '$2', '''long''')) FROM parallel_routes
  WHERE twin.plan_of(replace(replace(route, '$1', '''month'''), '$2', '''long''')) !~ 'Finalize Aggregate.*Gather.*Partial Aggregate'$$, 'every aggregate gets a parallel plan');
SELECT cmp_ok((SELECT count(*) FROM parallel_routes), '>', 20::bigint, 'of every kind and key');
SELECT is_empty($$SELECT kind, periods, route FROM parallel_routes JOIN summaries USING (kind) JOIN specs USING (spec)
  WHERE spec IN (2, 8, 12, 15) AND twin.summary(replace(route, '$1', quote_literal(periods)), periods, span) IS DISTINCT FROM s::text$$, 'serial = parallel, byte for byte');
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

SELECT * FROM finish();
ROLLBACK;
