-- survey by respondent: respondent_series and panels against an SQL twin on random
-- answers, in every plan and spilling; what the intervals cover.
-- Run: pg_prove -d DATABASE test/pgtap/respondents.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(265);
SELECT setseed(0.1311);

-- ---------------------------------------------------------------- the data

-- 6000 people who answer from never to ten times a month, in no order; missing answers,
-- answers at the same moment, rows without a respondent or a time.
CREATE TABLE answers AS
SELECT CASE WHEN random() < 0.02 THEN NULL ELSE person END AS person, score, day, local_time, answer FROM (
  SELECT person, answer, CASE WHEN random() < 0.05 THEN NULL WHEN random() < 0.7 THEN person % 11 ELSE floor(random() * 11) END::integer AS score,
    CASE WHEN random() < 0.01 THEN NULL ELSE DATE '2024-01-10' + floor(random() * 400)::integer END AS day
  FROM generate_series(1, 6000) AS person, LATERAL generate_series(1, (CASE WHEN person % 50 = 0 THEN 60 ELSE person % 9 END)) AS answer) AS drawn,
  LATERAL (SELECT day + TIME '00:00' + floor(random() * 24) * INTERVAL '1 hour' AS local_time) AS t
ORDER BY random();
DELETE FROM answers WHERE day BETWEEN '2024-08-01' AND '2024-08-31';
ALTER TABLE answers ADD big bigint, ADD id uuid, ADD name text;
UPDATE answers SET big = (person::bigint << 33) - 7, id = md5(person::text)::uuid, name = 'https://example.com/accounts/customers/by-number/' || person;
ANALYZE answers;

-- ------------------------------------------------------- 1. the slow twin in SQL

-- What answers contribute, by measure, with the ends of what they can and the pseudo-respondents.
CREATE TABLE measures (measure text PRIMARY KEY, low double precision, high double precision, at_ends double precision, in_middle double precision,
  of_change double precision, unit double precision, base double precision, aggregate text, rows text, score_column text);
INSERT INTO measures VALUES
  ('nps', -1, 1, 0.75, 1.5, 2, 100, 0, 'nps_respondents_agg(%s, score, %s)', 'nps_respondent_series', 'nps'),
  ('csat', 0, 1, 1, 0, 1, 1, 0, 'csat_respondents_agg(%s, score, 0, 10, 3, %s)', 'csat_respondent_series', 'csat'),
  ('rating', 0, 10, 1, 0, 50, 1, 0, 'rating_respondents_agg(%s, score, 0, 10, %s)', 'rating_respondent_series', 'mean_score');

-- Answers that count, by measure, month and respondent.
CREATE TABLE contributions AS
SELECT measure, counted, month, person, count(*)::double precision AS n, sum(c) AS s
FROM (SELECT m.measure, a.person, date_trunc('month', a.day)::date AS month,
    CASE m.measure WHEN 'nps' THEN CASE WHEN score >= 9 THEN 1 WHEN score >= 7 THEN 0 ELSE -1 END WHEN 'csat' THEN CASE WHEN score >= 8 THEN 1 ELSE 0 END ELSE score END::double precision AS c,
    row_number() OVER (PARTITION BY m.measure, a.person, date_trunc('month', a.day) ORDER BY a.local_time DESC, a.score) AS rank
  FROM answers AS a, measures AS m WHERE a.person IS NOT NULL AND a.day IS NOT NULL AND a.score IS NOT NULL) AS ranked,
  (VALUES ('latest'), ('all')) AS w (counted)
WHERE counted = 'all' OR rank = 1
GROUP BY measure, counted, month, person;

CREATE TABLE scores AS
SELECT *, sum / n AS seen, (sum + each * (2 * at_ends + in_middle) * (low + high) / 2) / (n + each * (2 * at_ends + in_middle)) AS adjusted,
  n + each * (2 * at_ends + in_middle) AS total
FROM (SELECT measure, counted, month, count(*) AS respondents, sum(n) AS n, sum(s) AS sum, sum(n * n) / sum(n) AS each
  FROM contributions GROUP BY measure, counted, month) AS sums JOIN measures USING (measure);

CREATE TABLE errors AS
SELECT measure, counted, month, sum((s - adjusted * c.n) ^ 2) AS squares,
  min(each ^ 2 * (at_ends * ((low - adjusted) ^ 2 + (high - adjusted) ^ 2) + in_middle * ((low + high) / 2 - adjusted) ^ 2)) AS pseudo_squares
FROM contributions AS c JOIN scores USING (measure, counted, month) GROUP BY measure, counted, month;

CREATE TABLE covariances AS
SELECT measure, counted, now.month, sum((a.s - now.adjusted * a.n) * (b.s - before.adjusted * b.n)) AS covariance
FROM scores AS now JOIN scores AS before USING (measure, counted) JOIN contributions AS a USING (measure, counted) JOIN contributions AS b USING (measure, counted, person)
WHERE before.month = now.month - INTERVAL '1 month' AND a.month = now.month AND b.month = before.month
GROUP BY measure, counted, now.month;

CREATE TABLE changes AS
SELECT now.measure, now.counted, now.month, now.seen - before.seen AS change, now.adjusted - before.adjusted AS difference,
  sqrt(greatest(e.squares / now.total ^ 2 + f.squares / before.total ^ 2 - 2 * coalesce(covariance, 0) / (now.total * before.total), 0)
    + least(strangers, greatest(strangers - 2 * least(greatest(coalesce(covariance, 0) / sqrt(e.squares * f.squares), 0), 1) * sqrt(e.pseudo_squares * f.pseudo_squares) / (now.total * before.total),
        now.of_change * now.each * before.each / (now.total * before.total)))) AS error
FROM scores AS now JOIN scores AS before USING (measure, counted) JOIN errors AS e USING (measure, counted) JOIN errors AS f USING (measure, counted)
LEFT JOIN covariances AS c ON (c.measure, c.counted, c.month) = (now.measure, now.counted, now.month),
  LATERAL (SELECT e.pseudo_squares / now.total ^ 2 + f.pseudo_squares / before.total ^ 2 AS strangers) AS s
WHERE before.month = now.month - INTERVAL '1 month' AND e.month = now.month AND f.month = before.month;

CREATE TABLE wanted AS
SELECT measure, counted, months.month, coalesce(respondents, 0) AS respondents, coalesce(n, 0) AS n, coalesce(silent, 0) AS silent, unit * seen AS score,
  CASE WHEN measure <> 'csat' THEN unit * least(seen, greatest(adjusted - 1.959963984540054 * sqrt(squares + pseudo_squares) / total, low)) END AS ci_low,
  CASE WHEN measure <> 'csat' THEN unit * greatest(seen, least(adjusted + 1.959963984540054 * sqrt(squares + pseudo_squares) / total, high)) END AS ci_high,
  unit * change AS change, unit * least(change, difference - 1.959963984540054 * error) AS change_low, unit * greatest(change, difference + 1.959963984540054 * error) AS change_high,
  twin.p_value(difference / error) AS p
FROM (SELECT DISTINCT measure, counted, m::date AS month FROM scores, generate_series(DATE '2024-01-01', DATE '2025-02-01', INTERVAL '1 month') AS m) AS months
LEFT JOIN scores USING (measure, counted, month) LEFT JOIN errors USING (measure, counted, month) LEFT JOIN changes USING (measure, counted, month)
LEFT JOIN (SELECT date_trunc('month', day)::date AS month, count(DISTINCT person) - count(DISTINCT person) FILTER (WHERE score IS NOT NULL) AS silent FROM answers GROUP BY 1) AS silences USING (month);

-- Compare with the rows of a series: how many differ, of how many.
CREATE FUNCTION twin.differences(which text, which_answers text, route text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  m measures;
  result text;
BEGIN
  SELECT * INTO m FROM measures WHERE measure = which;
  EXECUTE format($q$
    SELECT format('%%s of %%s', count(*) FILTER (WHERE NOT coalesce(x.respondents = w.respondents AND x.num_responses = w.n AND twin.near(x.%1$I, w.score, 1e-9)
        AND (w.measure = 'csat' OR (twin.near(x.ci_low, w.ci_low, 1e-9) AND twin.near(x.ci_high, w.ci_high, 1e-9)))
        AND twin.near(x.change, w.change, 1e-9) AND twin.near(x.change_ci_low, w.change_low, 1e-9) AND twin.near(x.change_ci_high, w.change_high, 1e-9)
        AND twin.near(x.change_p_value, w.p, 1e-9) AND x.num_missing = w.silent, false)), count(*))
    FROM (SELECT * FROM wanted WHERE measure = %2$L AND counted = %3$L) AS w FULL JOIN retention.%4$I((%5$s), DATE '2025-02-12', %3$L) AS x ON x.period_start = w.month$q$,
    m.score_column, m.measure, which_answers, m.rows, route) INTO result;
  RETURN result;
END
$$;
CREATE TABLE routes AS
SELECT measure, key, format('SELECT retention.%s FROM answers', format(aggregate, key, time)) AS route
FROM measures, unnest('{person,big,id,name}'::text[]) AS key,
  (VALUES ('local_time, ''month'''), ('local_time AT TIME ZONE ''Asia/Tokyo'', ''month Asia/Tokyo''')) AS t (time);

SELECT is(twin.differences(measure, counted, route), '0 of 14', format('%s, %s answers: %s', measure, counted, route))
FROM routes, unnest('{latest,all}'::text[]) AS counted;

-- The counts by class.
SELECT is_empty($$
  SELECT period_start FROM retention.nps_respondent_series((SELECT retention.nps_respondents_agg(person, score, local_time, 'month') FROM answers), answers => 'all') AS x
  LEFT JOIN (SELECT date_trunc('month', day)::date AS month, count(*) FILTER (WHERE score >= 9) AS p, count(*) FILTER (WHERE score IN (7, 8)) AS q, count(*) FILTER (WHERE score <= 6) AS d
    FROM answers WHERE person IS NOT NULL AND day IS NOT NULL GROUP BY 1) AS w ON month = period_start
  WHERE (promoters, passives, detractors) IS DISTINCT FROM (coalesce(p, 0), coalesce(q, 0), coalesce(d, 0))
$$, 'promoters, passives and detractors of all answers');

-- ---------------------------------------------- 2. who answers once: what is known already

CREATE TABLE once AS SELECT DISTINCT ON (person, date_trunc('month', day)) * FROM answers WHERE person IS NOT NULL AND day IS NOT NULL AND score IS NOT NULL
  ORDER BY person, date_trunc('month', day), answer;
SELECT is_empty(format($$
  SELECT period_start FROM retention.nps_respondent_series((SELECT retention.nps_respondents_agg(person, score, day, 'month') FROM once), answers => %L) AS x
  FULL JOIN retention.nps_series((SELECT retention.nps_series_agg(score, day, 'month') FROM once)) AS y USING (period_start)
  WHERE NOT coalesce((x.num_responses, x.promoters, x.passives, x.detractors, x.is_complete) = (y.num_responses, y.promoters, y.passives, y.detractors, y.is_complete) AND twin.near(x.nps, y.nps)
    AND twin.near(x.ci_low, y.ci_low) AND twin.near(x.ci_high, y.ci_high), false)
$$, answers), 'one answer a month: the intervals of nps_series; ' || answers || ' answers') FROM unnest('{latest,all}'::text[]) AS answers;
SELECT is_empty($$
  SELECT period_start FROM retention.csat_respondent_series((SELECT retention.csat_respondents_agg(person, score, 0, 10, 2, day, 'month') FROM once)) AS x
  FULL JOIN retention.period_summaries((SELECT retention.rating_series_agg(score, 0, 10, day, 'month') FROM once)) AS y USING (period_start), LATERAL retention.csat_ci(summary) AS ci
  WHERE NOT coalesce(twin.near(x.csat, retention.csat(summary)) AND twin.near(x.ci_low, ci.ci_low, 1e-9) AND twin.near(x.ci_high, ci.ci_high, 1e-9), retention.num_responses(summary) = 0)
$$, 'and of csat_ci');
SELECT is_empty($$
  SELECT period_start FROM retention.rating_respondent_series((SELECT retention.rating_respondents_agg(person, score, -3, 10, day, 'month') FROM once)) AS x
  FULL JOIN retention.period_summaries((SELECT retention.rating_series_agg(score, -3, 10, day, 'month') FROM once)) AS y USING (period_start), LATERAL retention.mean_score_ci(summary) AS ci
  WHERE NOT coalesce(twin.near(x.mean_score, retention.mean_score(summary)) AND twin.near(x.ci_low, ci.ci_low, 1e-9) AND twin.near(x.ci_high, ci.ci_high, 1e-9), retention.num_responses(summary) = 0)
$$, 'and of mean_score_ci');

-- Strangers in both months: the test of nps_test.
SELECT is_empty($$
  WITH a AS (SELECT n, 'month ' || (n % 2) || n AS who, (n * 7919 % 11)::integer AS score, DATE '2025-01-05' + 31 * (n % 2) AS day FROM generate_series(1, 75) AS n)
  SELECT t FROM retention.nps_test((SELECT retention.nps_agg(score) FROM a WHERE n % 2 = 1), (SELECT retention.nps_agg(score) FROM a WHERE n % 2 = 0)) AS t,
    retention.nps_respondent_series((SELECT retention.nps_respondents_agg(who, score, day, 'month') FROM a)) AS x
  WHERE change IS NOT NULL AND NOT (twin.near(change, t.difference) AND twin.near(change_p_value, t.p_value) AND twin.near(change_ci_low, t.ci_low, 1e-9) AND twin.near(change_ci_high, t.ci_high, 1e-9))
$$, 'strangers in both months are compared as nps_test does');

-- ------------------------------------------------------- 3. bytes: order, plans, merging

CREATE TABLE bytes AS SELECT measure, key, route, twin.answer(route) AS s FROM routes;
SELECT is((SELECT count(DISTINCT (measure, s)) FROM bytes), 3::bigint, 'all keys and types of time give the same bytes');
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL work_mem = '64kB';
SELECT ok(twin.answer(route) = s, 'spilled: ' || route) FROM bytes;
SELECT ok(twin.plan_of(route, 'ANALYZE, BUFFERS, COSTS OFF, TIMING OFF') ~ 'temp read=\d+ written=\d+', 'it did spill: ' || route) FROM bytes WHERE measure = 'nps';
RESET work_mem;
SET LOCAL max_parallel_workers_per_gather = 3;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT ok(twin.plan_of(route) ~ 'Partial Aggregate', 'there is a parallel plan: ' || route) FROM bytes WHERE measure = 'nps';
SELECT ok(twin.answer(route) = s, 'in parallel: ' || route) FROM bytes;
SET LOCAL work_mem = '64kB';
SELECT ok(twin.answer(route) = s, 'in parallel, spilled: ' || route) FROM bytes;
RESET work_mem;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT ok(twin.answer(replace(route, 'FROM answers', 'FROM (SELECT * FROM answers ORDER BY score, day DESC) AS answers')) = s, 'in another order: ' || route) FROM bytes WHERE key = 'person';
SELECT ok(twin.answer(replace(route, 'FROM answers', 'FROM (SELECT * FROM answers ORDER BY score DESC NULLS FIRST, day) AS answers')) = s, 'and in its reverse: ' || route) FROM bytes WHERE key = 'person';
SELECT ok(twin.answer(format('SELECT retention.merge_agg(s) FROM (%s GROUP BY person) AS p (s)', replace(route, 'FROM answers', 'FROM answers WHERE person IS NOT NULL'))) = s,
  'one series a respondent, merged: ' || route) FROM bytes;
SELECT ok(twin.answer(format('SELECT retention.combine((%s WHERE person %% 2 = 0), (%1$s WHERE person %% 2 = 1))', route)) = s, 'in two parts: ' || route) FROM bytes;
SELECT ok(twin.answer(replace(route, 'FROM answers', 'FROM answers WHERE person IS NOT NULL')) = s, 'rows without a respondent are left out: ' || route) FROM bytes;
SELECT is(retention.nps_respondents_agg(person, score, day, 'month')::text, NULL, 'nothing but NULL respondents: NULL') FROM answers WHERE person IS NULL;
SELECT is(retention.nps_respondents_agg(person, score, day, 'month')::text, NULL, 'no rows: NULL') FROM answers WHERE false;

-- A tie of the latest moment is decided by the lower answer, whatever the order of the rows.
SELECT is(array_agg(x.nps), '{-100}', 'a tie: ' || sort) FROM unnest('{asc,desc}'::text[]) AS sort,
  LATERAL (SELECT retention.nps_respondents_agg(1, score, DATE '2025-01-01', 'month' ORDER BY CASE sort WHEN 'asc' THEN score ELSE -score END) AS s FROM unnest('{9,3,10}'::integer[]) AS score) AS a,
  retention.nps_respondent_series(s) AS x GROUP BY sort;

-- ------------------------------------------------------------------ 4. panels

CREATE TABLE panels AS
SELECT panel, CASE WHEN random() < 0.05 THEN NULL ELSE a END AS before, CASE WHEN random() < 0.05 THEN NULL WHEN random() < 0.6 THEN a ELSE floor(random() * 11)::integer END AS after
FROM (SELECT panel, floor(random() * 11)::integer AS a FROM generate_series(1, 60) AS panel, generate_series(1, 1 + panel)) AS drawn;
CREATE FUNCTION twin.class(score integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN score >= 9 THEN 1 WHEN score <= 6 THEN -1 WHEN score IS NOT NULL THEN 0 END$$;
SELECT is_empty($$
  SELECT panel FROM (SELECT panel, retention.nps_paired_agg(before, after) AS s, count(before + after) AS n, avg(twin.class(after) - twin.class(before)) AS seen,
      sum(twin.class(after) - twin.class(before)) / (count(before + after) + 2.0::double precision) AS mean,
      (sum((twin.class(after) - twin.class(before)) ^ 2) + 2) / (count(before + after) + 2) AS square FROM panels GROUP BY panel) AS p,
    LATERAL retention.nps_paired_test(s) AS t, LATERAL (SELECT sqrt((square - mean ^ 2) / (n + 2)) AS error) AS e
  WHERE NOT coalesce(retention.num_responses(s) = n AND twin.near(t.difference, 100 * seen::double precision) AND twin.near(t.stderr, 100 * error) AND twin.near(t.p_value, twin.p_value(mean / error), 1e-9)
    AND twin.near(t.ci_low, least(100 * seen::double precision, greatest(-200, 100 * (mean - 1.959963984540054 * error))), 1e-9)
    AND twin.near(t.ci_high, greatest(100 * seen::double precision, least(200, 100 * (mean + 1.959963984540054 * error))), 1e-9), n = 0)
$$, 'nps_paired_test, by hand');
CREATE TABLE moving AS
SELECT row_number() OVER w AS k, before, after, retention.nps_paired_agg(before, after) OVER (w ROWS 19 PRECEDING) AS s FROM panels WINDOW w AS (ORDER BY panel, before, after);
SELECT is_empty($$
  SELECT a.k FROM moving AS a JOIN moving AS b ON b.k BETWEEN a.k - 19 AND a.k WHERE a.k % 13 = 0
  GROUP BY a.k, a.s HAVING retention.nps_paired_agg(b.before, b.after) IS DISTINCT FROM a.s
$$, 'a moving window');
SELECT is(retention.nps_paired_test(retention.nps_paired_agg(9, NULL::integer))::text, NULL, 'no pair: NULL');
SELECT twin.fails('SELECT retention.nps_paired_test(retention.nps_agg(9))', '22023', 'scale', 'not a summary of pairs');

-- ------------------------------------------------------------------- 5. views

SET LOCAL client_min_messages = warning;
CREATE SCHEMA shop;
CREATE TABLE shop.answer AS SELECT *, (score + 1) / 3 + 1 AS rating, CASE WHEN person % 5 > 0 THEN (ARRAY['a', 'b'])[1 + person % 2] END AS segment FROM answers;
CREATE SCHEMA board;
SELECT retention.create_survey_views('board', 'shop.answer', CASE m WHEN 'nps' THEN 'score' ELSE 'rating' END::name, 'local_time', dimensions => '{segment}', metric => m, as_of => '2025-02-12', respondent => 'name') FROM unnest('{nps,csat,ces}'::text[]) AS m \g /dev/null

-- The latest answers, by month or quarter and dimension, in plain SQL.
CREATE TABLE shop.latest AS
SELECT DISTINCT ON (person, unit, is_divided, segment, period) unit, is_divided, CASE WHEN is_divided THEN segment END AS segment, date_trunc(unit, day)::date AS period, person, score, rating
FROM (SELECT unit, is_divided, person, score, rating, day, local_time, CASE WHEN is_divided THEN segment END AS segment, date_trunc(unit, day)::date AS period
  FROM shop.answer, unnest('{week,month,quarter}'::text[]) AS unit, unnest('{false,true}'::boolean[]) AS is_divided WHERE person IS NOT NULL AND day <= '2025-02-12' AND score IS NOT NULL) AS a
ORDER BY person, unit, is_divided, segment, period, local_time DESC, score;
SELECT is_empty(format($$
  SELECT period_start FROM board.%1$I AS v FULL JOIN (SELECT period, segment, count(*) AS n, count(*) FILTER (WHERE score >= 9) AS p, count(*) FILTER (WHERE score <= 6) AS d FROM shop.latest WHERE unit = %2$L AND is_divided = %3$L GROUP BY 1, 2) AS w
    ON v.period_start = w.period AND %4$s IS NOT DISTINCT FROM w.segment
  WHERE NOT coalesce((num_responses, promoters, detractors) = (n, p, d) AND twin.near(nps, 100.0 * (p - d) / n) AND change_ci_low <= change IS NOT FALSE, num_responses = 0)
$$, 'nps_' || unit || 'ly' || CASE WHEN is_divided THEN '_by_segment' ELSE '' END, unit, is_divided, CASE WHEN is_divided THEN 'v.segment' ELSE 'NULL::text' END), format('nps by %s%s', unit, CASE WHEN is_divided THEN ' and segment' END))
FROM unnest('{week,month,quarter}'::text[]) AS unit, unnest('{false,true}'::boolean[]) AS is_divided;
SELECT is_empty(format($$
  SELECT period_start FROM board.%1$I AS v FULL JOIN (SELECT period, segment, count(*) AS n, count(*) FILTER (WHERE rating >= %5$s) AS top, avg(rating) AS mean FROM shop.latest WHERE unit = %2$L AND is_divided = %3$L GROUP BY 1, 2) AS w
    ON v.period_start = w.period AND %4$s IS NOT DISTINCT FROM w.segment
  WHERE NOT coalesce((num_responses, %6$s) = (n, top) AND twin.near(mean_score, mean::double precision) AND change_ci_low <= change IS NOT FALSE, num_responses = 0)
$$, metric || '_' || unit || 'ly' || CASE WHEN is_divided THEN '_by_segment' ELSE '' END, unit, is_divided, CASE WHEN is_divided THEN 'v.segment' ELSE 'NULL::text' END, least_score, responses), format('%s by %s%s', metric, unit, CASE WHEN is_divided THEN ' and segment' END))
FROM (VALUES ('csat', 4, 'satisfied_responses'), ('ces', 6, 'easy_responses')) AS m (metric, least_score, responses), unnest('{week,month,quarter}'::text[]) AS unit, unnest('{false,true}'::boolean[]) AS is_divided;
SELECT is_empty($$
  SELECT * FROM (SELECT period_start, num_responses, nps, ci_low, ci_high, change, change_ci_low, change_ci_high, change_p_value, change_adjusted_p_value FROM board.nps_monthly) AS v
  FULL JOIN (SELECT period_start, num_responses, nps, ci_low, ci_high, change, change_ci_low, change_ci_high, change_p_value, change_adjusted_p_value
    FROM retention.nps_respondent_series((SELECT retention.nps_respondents_agg(name, score, local_time, 'month') FROM shop.answer WHERE day <= '2025-02-12'), '2025-02-12')) AS f ON v::text = f::text WHERE v IS NULL OR f IS NULL
$$, 'the view is nps_respondent_series');
SELECT matches(obj_description('board.nps_monthly'::regclass), 'Of each respondent, column name, the latest answer of a period counts; rows without a respondent do not.', 'the comment says which answers count');
SELECT is(col_description('board.csat_monthly'::regclass, attnum), 'respondents with an answer in the period; the latest answer of each counts', 'and so does the column')
FROM pg_attribute WHERE attrelid = 'board.csat_monthly'::regclass AND attname = 'num_responses';
SELECT is_empty($$SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid::regclass::text ~ '^board\.' AND attnum > 0 AND col_description(attrelid, attnum) IS NULL$$, 'all columns have comments');
CREATE SCHEMA asked;
SELECT retention.create_survey_views('asked', 'shop.answer', CASE m WHEN 'nps' THEN 'score' ELSE 'rating' END::name, 'local_time', metric => m, as_of => '2025-02-12', asked_at => 'day', respondent => 'name') FROM unnest('{nps,csat}'::text[]) AS m \g /dev/null
SELECT is_empty(format($$
  SELECT period_start FROM asked.%I AS v FULL JOIN (SELECT date_trunc('month', day)::date AS month, count(DISTINCT person) AS asked, count(DISTINCT person) FILTER (WHERE score IS NOT NULL) AS n FROM answers WHERE day <= '2025-02-12' GROUP BY 1) AS w
    ON v.period_start = w.month WHERE NOT coalesce((num_asked, num_responses, num_missing) = (asked, n, asked - n) AND twin.near(response_rate, n / asked::double precision) AND response_ci_low < response_rate, num_asked = 0)
$$, v), 'who was asked, in ' || v) FROM unnest('{nps_monthly,csat_monthly}'::text[]) AS v;
SELECT twin.fails($$SELECT retention.create_survey_views('board', 'shop.answer', 'score', 'local_time', respondent => 'local_time')$$, '42804', 'given as respondent', 'a time is no respondent');
SELECT twin.fails($$SELECT retention.create_survey_views('board', 'shop.answer', 'score', 'local_time', respondent => 'nobody')$$, '42703', 'no column nobody', 'no such column');
CREATE TABLE shop.by_name AS SELECT * FROM board.nps_monthly;
SELECT retention.create_survey_views('board', 'shop.answer', 'score', 'local_time', as_of => '2025-02-12', respondent => 'person', materialized => true) \g /dev/null
SELECT is_empty('SELECT * FROM board.nps_monthly EXCEPT SELECT * FROM shop.by_name', 'respondents by number, in a materialized view');

RESET client_min_messages;

-- -------------------------------------------- 6. what they cover, from a fixed seed

-- A person has an opinion and says it in 80 % (70 %) of the answers. Statistics, month-to-month.
CREATE FUNCTION twin.opinion(u double precision) RETURNS integer LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN u < 0.5 THEN 10 WHEN u < 0.8 THEN 7 ELSE 0 END$$;
SELECT setseed(0.42);
CREATE TABLE surveys AS
SELECT survey, times, person, CASE WHEN random() < 0.8 THEN opinion ELSE twin.opinion(random()) END AS score
FROM (SELECT survey, times, person, twin.opinion(random()) AS opinion FROM generate_series(1, 1000) AS survey, unnest('{3,6}'::integer[]) AS times, generate_series(1, 20) AS person) AS people,
  LATERAL generate_series(1, times) AS answer;
SELECT ok(covered BETWEEN 0.93 AND 0.97 AND strangers < 0.82, format('F6 (d): 20 people, %s answers each: %s are covered, %s by the interval of strangers', times, covered, strangers))
FROM (SELECT times, round(avg((x.ci_low <= 30 AND x.ci_high >= 30)::integer), 3) AS covered, round(avg((y.ci_low <= 30 AND y.ci_high >= 30)::integer), 3) AS strangers
  FROM (SELECT times, survey, retention.nps_respondents_agg(person, score, DATE '2025-01-01', 'month') AS s, retention.nps_agg(score) AS a FROM surveys GROUP BY times, survey) AS g,
    LATERAL retention.nps_respondent_series(s, answers => 'all') AS x, LATERAL retention.nps_ci(a) AS y GROUP BY times) AS c;

CREATE TABLE twice AS
SELECT panel, person, month, CASE WHEN random() < 0.7 THEN opinion ELSE twin.opinion(random()) END AS score
FROM (SELECT panel, person, twin.opinion(random()) AS opinion FROM generate_series(1, 1000) AS panel, generate_series(1, 100) AS person) AS people, LATERAL generate_series(0, 1) AS month;
SELECT ok(series BETWEEN 0.035 AND 0.065 AND paired BETWEEN 0.035 AND 0.065 AND strangers < 0.01,
  format('F6 (d): a panel of 100 without change: %s are significant in the series, %s of the paired tests, %s as strangers', series, paired, strangers))
FROM (SELECT round(avg((x.change_p_value < 0.05)::integer), 3) AS series, round(avg((t.p_value < 0.05)::integer), 3) AS paired, round(avg((u.p_value < 0.05)::integer), 3) AS strangers
  FROM (SELECT panel, retention.nps_respondents_agg(person, score, DATE '2025-01-01' + 31 * month, 'month') AS s, retention.nps_agg(score) FILTER (WHERE month = 0) AS a, retention.nps_agg(score) FILTER (WHERE month = 1) AS b
    FROM twice GROUP BY panel) AS g JOIN (SELECT panel, retention.nps_paired_agg(a.score, b.score) AS p FROM twice AS a JOIN twice AS b USING (panel, person) WHERE a.month = 0 AND b.month = 1 GROUP BY panel) AS h USING (panel),
    LATERAL retention.nps_respondent_series(s) AS x, LATERAL retention.nps_paired_test(p) AS t, LATERAL retention.nps_test(a, b) AS u
  WHERE x.change IS NOT NULL) AS c;

SELECT * FROM finish();
ROLLBACK;
