-- survey and statistics on real data and against numbers others have computed:
-- R's NPS package, published examples, real surveys. Data files are read from the
-- directory in RETENTION_DATA (readable by the server), else those tests are skipped.
-- Run: RETENTION_DATA=../shared/data pg_prove -d DATABASE test/pgtap/survey_truths.sql

BEGIN;
\ir twin.psql
\getenv data RETENTION_DATA
SELECT plan(47);

-- A summary of so many detractors, passives and promoters.
CREATE FUNCTION twin.survey(detractors bigint, passives bigint,
  promoters bigint) RETURNS retention.rating_summary LANGUAGE sql AS $$
  SELECT retention.nps_agg(score) FROM (SELECT 3 AS score FROM generate_series(1, detractors) UNION ALL SELECT 7
    FROM generate_series(1, passives)
    UNION ALL SELECT 10 FROM generate_series(1, promoters)) AS answers
$$;

-- --------------------------------------------------- the published examples

SELECT is(retention.nps(twin.survey(50, 20, 30)), -20::double precision,
  '30 promoters and 50 detractors among 100: -20');

-- R package NPS, its own test values (unit scale there).
SELECT ok(twin.near(retention.nps(twin.survey(d, q, p)), 100 * nps)
  AND twin.near(retention.nps_variance(twin.survey(d, q, p)), variance)
    AND (stderr IS NULL OR twin.prints(retention.nps_stderr(twin.survey(d, q, p)) / 100, stderr)),
      format('R NPS: %s, %s, %s', d, q, p))
FROM (VALUES (1, 2, 3, 1.0 / 3, 5.0 / 9, '0.304'), (1, 0, 0, -1, 0, NULL), (0, 0, 1, 1, 0, NULL), (0, 1, 0, 0, 0,
  NULL), (1, 0, 1, 0, 1, '0.707'),
  (0, 1, 1, 0.5, 0.25, '0.354'), (1, 1, 0, -0.5, 0.25, '0.354'), (1, 1, 1, 0, 2.0 / 3, '0.471'))
    AS published (d, q, p, nps, variance, stderr);
SELECT ok(twin.near(retention.nps(score), 100.0 / 3), 'R NPS: 0, 7, 7, 9, 9, 9')
  FROM unnest(ARRAY[0, 7, 7, 9, 9, 9]) AS score;
SELECT ok(twin.near(retention.nps(retention.rating_agg(score, 0, 15), 6, 9), 100.0 * 2 / 30),
  'R NPS: 1 to 15 with breaks 0, 6, 8, 15') FROM generate_series(1, 15) AS score;

-- 291 promoters, 476 passives, 395 detractors, and round numbers (DEFINITIONS section 9; formulas of R NPS).
SELECT ok(twin.prints(retention.nps(s) / 100, nps) AND twin.prints(retention.nps_variance(s), variance)
  AND twin.prints(retention.nps_stderr(s) / 100, stderr),
  'nps, variance and standard error of ' || name)
FROM (VALUES ('291 / 476 / 395', twin.survey(395, 476, 291), '-0.0895009', '0.5823510', '0.0223867'), ('50 / 30 / 20',
  twin.survey(20, 30, 50), '0.3', '0.61', '0.0781025'))
  AS published (name, s, nps, variance, stderr);
SELECT ok(twin.prints((c).ci_low / 100, low) AND twin.prints((c).ci_high / 100, high),
  format('%s interval of %s', method, name))
FROM (SELECT *, retention.nps_ci(s, method => method) AS c FROM (VALUES
  ('291 / 476 / 395', twin.survey(395, 476, 291), 'wald', '-0.133378', '-0.045624'), ('291 / 476 / 395',
    twin.survey(395, 476, 291), 'adjusted_wald', '-0.133084', '-0.045457'),
  ('291 / 476 / 395', twin.survey(395, 476, 291), 'score', '-0.133165', '-0.045453'),
  ('50 / 30 / 20', twin.survey(20, 30, 50), 'wald', '0.146922', '0.453078'), ('50 / 30 / 20', twin.survey(20, 30, 50),
    'adjusted_wald', '0.140511', '0.442013'),
  ('50 / 30 / 20', twin.survey(20, 30, 50), 'score', '0.139551', '0.443393'),
  ('3 / 0 / 0', twin.survey(0, 0, 3), 'wald', '1', '1'), ('3 / 0 / 0', twin.survey(0, 0, 3), 'adjusted_wald',
    '-0.0658', '1'),
  ('0 / 5 / 0', twin.survey(0, 5, 0), 'wald', '0', '0'), ('0 / 5 / 0', twin.survey(0, 5, 0), 'adjusted_wald',
    '-0.3001', '0.3001'),
  -- With passives only the score interval is that of a proportion of 0 in 5 (Wilson), to both sides.
  ('0 / 5 / 0', twin.survey(0, 5, 0), 'score', '-0.434482', '0.434482'))
    AS published (name, s, method, low, high)) AS compared;
SELECT ok(twin.near(retention.nps_margin_of_error(twin.survey(0, 0, 3)), 100 * (1.0658 + 0.0658) / 2, 0.01),
  'the margin of error is of the unclamped interval');
SELECT ok(twin.near(difference, 30) AND twin.prints(stderr / 100, '0.1024695') AND twin.prints(z, '2.92770')
  AND twin.prints(p_value, '0.0034148'),
  'two samples: 70 / 20 / 10 against 50 / 30 / 20')
FROM (SELECT -difference AS difference, stderr, -z AS z, p_value
  FROM retention.nps_test(twin.survey(20, 30, 50), twin.survey(10, 20, 70), method => 'wald')) AS t;
SELECT ok(difference < 0 AND z < 0, 'the difference is a - b, with its sign')
  FROM retention.nps_test(twin.survey(20, 30, 50), twin.survey(10, 20, 70));
SELECT is(retention.nps_sample_size(5), 1537::bigint, '+-5 points, worst case: 1537');
SELECT is(retention.nps_sample_size(5, population => 1000), 607::bigint, '... of 1000: 607');
SELECT is(retention.nps_sample_size(5, population => 10000), 1333::bigint, '... of 10000: 1333');
SELECT is(retention.nps_sample_size(2), 9604::bigint, '+-2 points, worst case: 9604');
SELECT is(retention.nps_sample_size(5, variance => 0.61), 938::bigint, '+-5 points at variance 0.61: 937.3, so 938');
SELECT is(retention.proportion_sample_size(0.05), 385::bigint, 'proportion, +-5 %: 385');

-- --------------------------------------------------------------- the files

\if :{?data}

-- R's NPS package on counts. Its bisection for the score interval stops early.
\set file :data '/truth/nps_tests_dev.csv'
CREATE TEMP TABLE r_tests ("case" text, test text, conf double precision, n_x bigint, det_x bigint, pas_x bigint,
  pro_x bigint, n_y bigint, det_y bigint, pas_y bigint, pro_y bigint,
  nps_x double precision, nps_y double precision, var_x double precision, se_x double precision,
    delta_hat double precision, se_hat double precision,
  lower double precision, upper double precision, p_value double precision);
COPY r_tests FROM :'file' (FORMAT csv, HEADER, NULL 'NA');
CREATE TEMP TABLE r_surveys AS SELECT DISTINCT det_x AS d, pas_x AS q, pro_x AS p,
  twin.survey(det_x, pas_x, pro_x) AS s FROM r_tests;
INSERT INTO r_surveys SELECT DISTINCT det_y, pas_y, pro_y, twin.survey(det_y, pas_y, pro_y) FROM r_tests
  WHERE n_y IS NOT NULL;
SELECT is((SELECT count(*) FROM r_tests), 32::bigint, 'nps_tests_dev.csv is whole');
SELECT is_empty($$
  SELECT "case", test FROM r_tests JOIN r_surveys ON (d, q, p) = (det_x, pas_x, pro_x)
  WHERE retention.num_responses(s) <> n_x OR NOT twin.near(retention.nps(s) / 100, nps_x)
    OR NOT twin.near(retention.nps_variance(s), var_x)
    OR NOT twin.near(retention.nps_stderr(s) / 100, se_x)
$$, 'R NPS: answers, nps, variance, standard error');
SELECT is_empty($$
  SELECT "case", test, conf, c.* FROM r_tests JOIN r_surveys ON (d, q, p) = (det_x, pas_x, pro_x),
    LATERAL retention.nps_ci(s, conf, CASE test WHEN 'adjusted.wald' THEN 'adjusted_wald' WHEN 'iterative'
      THEN 'score' ELSE test END) AS c
  WHERE n_y IS NULL AND NOT (twin.near(ci_low / 100, greatest(-1, lower), CASE test WHEN 'iterative' THEN 1e-6
    ELSE 1e-9 END)
    AND twin.near(ci_high / 100, least(1, upper), CASE test WHEN 'iterative' THEN 1e-6 ELSE 1e-9 END))
$$, 'R NPS: wald and adjusted Wald intervals to 1e-9, score to 1e-6');
SELECT is_empty($$
  SELECT "case", test, t.* FROM r_tests AS r JOIN r_surveys AS x ON (x.d, x.q, x.p) = (det_x, pas_x, pro_x)
    JOIN r_surveys AS y ON (y.d, y.q, y.p) = (det_y, pas_y, pro_y),
    LATERAL retention.nps_test(x.s, y.s, conf, replace(test, '.', '_')) AS t
  WHERE NOT (twin.near(z * stderr / 100, -delta_hat, 1e-9) AND twin.near(stderr / 100, se_hat, 1e-9)
    AND twin.near(t.p_value, r.p_value, 1e-9)
    AND twin.near(ci_low / 100, -upper, 1e-9) AND twin.near(ci_high / 100, -lower, 1e-9))
$$, 'R NPS: two samples; R takes the difference absolute, here it is negative');
SELECT is((SELECT count(*) FROM r_tests WHERE n_y IS NOT NULL), 2::bigint, 'of which there are two');

-- A French retailer's survey by month, with missing answers.
\set file :data '/truth/nps_by_group_dev.csv'
CREATE TEMP TABLE garden_truth (dataset text, group_by text, "group" text, rows bigint, answers bigint,
  detractors bigint, passives bigint, promoters bigint,
  nps_100 double precision, variance_unit double precision, se_100 double precision, mean_score double precision);
COPY garden_truth FROM :'file' (FORMAT csv, HEADER);
\set command 'zcat ''' :data '/sets/nps_garden_retail.csv.gz'''
CREATE TABLE garden (respondent integer, nps integer, satisfaction integer, intention double precision,
  visits double precision, last_ticket double precision, month text);
COPY garden FROM PROGRAM :'command' (FORMAT csv, HEADER);
CREATE TEMP TABLE garden_summaries AS
SELECT coalesce(month, '(missing)') AS "group", retention.nps_agg(nps) AS s FROM garden GROUP BY month;
INSERT INTO garden_summaries SELECT '(all)', retention.merge_agg(s) FROM garden_summaries;
SELECT is((SELECT count(*) FROM garden_summaries JOIN garden_truth USING ("group")), (SELECT count(*)
  FROM garden_truth), 'garden: every group of the truth is there');
SELECT is_empty($$
  SELECT * FROM garden_summaries JOIN garden_truth USING ("group")
  WHERE (retention.num_responses(s) + retention.num_missing(s), retention.num_responses(s), retention.detractors(s),
    retention.passives(s), retention.promoters(s))
    IS DISTINCT FROM (rows, answers, garden_truth.detractors, garden_truth.passives, garden_truth.promoters)
$$, 'garden: counts, exactly');
SELECT is_empty($$
  SELECT * FROM garden_summaries JOIN garden_truth USING ("group")
  WHERE NOT (twin.near(retention.nps(s), nps_100, 1e-10)
    AND twin.near(retention.nps_variance(s), variance_unit, 1e-11)
    AND twin.near(retention.nps_stderr(s), se_100, 1e-10)
    AND twin.near(retention.mean_score(s), garden_truth.mean_score, 1e-10)
      AND twin.near(retention.response_rate(s), answers::double precision / rows))
$$, 'garden: nps, variance, standard error and mean');

-- Sample sizes.
\set file :data '/truth/sample_sizes.csv'
CREATE TEMP TABLE sizes ("case" text, conf double precision, margin numeric, population double precision,
  n_exact double precision, n_ceil bigint);
COPY sizes FROM :'file' (FORMAT csv, HEADER);
SELECT is((SELECT count(*) FROM sizes), 90::bigint, 'sample_sizes.csv is whole');
SELECT is_empty($$
  SELECT * FROM (SELECT *, CASE WHEN "case" ~ '^proportion'
    THEN retention.proportion_sample_size(margin, conf, population)
      ELSE retention.nps_sample_size(100 * margin, conf, population, CASE WHEN "case" ~ 'var=1$' THEN 1
        WHEN "case" ~ '0.666667' THEN 2.0 / 3 WHEN "case" ~ '0.555556' THEN 5.0 / 9 END) END AS got
    FROM sizes) AS compared
  WHERE got IS DISTINCT FROM n_ceil
$$, 'sample sizes of proportions and of NPS');

-- Dated answers: counts by score, and the monthly series against plain SQL.
\set command 'zcat ''' :data '/sets/nps_package_testdata.csv.gz'''
CREATE TABLE testdata (score integer, bu text, product text, date date, account text, region text);
COPY testdata FROM PROGRAM :'command' (FORMAT csv, HEADER);
SELECT results_eq('SELECT responses FROM retention.score_counts((SELECT retention.nps_agg(score) FROM testdata))',
  'SELECT unnest(ARRAY[74, 10, 22, 35, 40, 140, 41, 57, 119, 227, 235]::bigint[])',
    'R NPS test data: answers by score');
SELECT results_eq($$
  SELECT period_start, num_responses, promoters, detractors, round(nps::numeric, 9)
    FROM retention.nps_series((SELECT retention.nps_series_agg(score, date, 'month') FROM testdata))
$$, $$
  SELECT month::date, count(score), count(*) FILTER (WHERE score >= 9), count(*) FILTER (WHERE score <= 6),
    round(100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6))
      / nullif(count(score), 0), 9)
  FROM generate_series((SELECT date_trunc('month', min(date)) FROM testdata), (SELECT max(date) FROM testdata),
    INTERVAL '1 month') AS month
  LEFT JOIN testdata ON date_trunc('month', date) = month GROUP BY 1 ORDER BY 1
$$, 'R NPS test data: monthly series = plain SQL');

-- Answers with a time of day: weeks in a zone, against date_trunc in that zone.
\set command 'zcat ''' :data '/sets/nps_r_community.csv.gz'''
CREATE TABLE community (respondent integer, year integer, answered_at timestamptz, language text, recommend_r integer,
  recommend_python integer, r_experience text);
COPY community FROM PROGRAM :'command' (FORMAT csv, HEADER);
SELECT results_eq($$
  SELECT period_start, retention.num_responses(summary), retention.num_missing(summary)
  FROM retention.period_summaries((SELECT retention.nps_series_agg(recommend_r, answered_at, 'week Asia/Tokyo')
    FROM community))
  WHERE retention.num_responses(summary) + retention.num_missing(summary) > 0
$$, $$
  SELECT date_trunc('week', answered_at AT TIME ZONE 'Asia/Tokyo')::date, count(recommend_r),
    count(*) - count(recommend_r) FROM community
  WHERE answered_at IS NOT NULL GROUP BY 1 ORDER BY 1
$$, 'R community: answers by week in Tokyo');

-- A/B test of a game: pooled z.
\set file :data '/truth/cookie_cats_retention.csv'
CREATE TEMP TABLE cats_truth (metric text, n_gate_30 bigint, retained_30 bigint, rate_30 double precision,
  n_gate_40 bigint, retained_40 bigint, rate_40 double precision,
  difference double precision, z_pooled double precision, p_value double precision);
COPY cats_truth FROM :'file' (FORMAT csv, HEADER);
\set command 'zcat ''' :data '/sets/cookie_cats.csv.gz'''
CREATE TABLE cats (userid integer, version text, sum_game_rounds integer, retention_1 integer, retention_7 integer);
COPY cats FROM PROGRAM :'command' (FORMAT csv, HEADER);
SELECT is_empty($$
  SELECT c.metric, t.* FROM cats_truth AS c JOIN (
    SELECT metric, sum(kept) FILTER (WHERE version = 'gate_30') AS x1,
      count(*) FILTER (WHERE version = 'gate_30') AS n1,
      sum(kept) FILTER (WHERE version = 'gate_40') AS x2, count(*) FILTER (WHERE version = 'gate_40') AS n2
    FROM cats, LATERAL (VALUES ('retention_1', retention_1), ('retention_7', retention_7)) AS m (metric, kept)
      GROUP BY metric) AS counted USING (metric),
    LATERAL retention.proportion_test(x1, n1, x2, n2) AS t
  WHERE NOT (twin.near(t.difference, c.difference) AND twin.near(t.z, z_pooled, 1e-10)
    AND twin.near(t.p_value, c.p_value, 1e-12))
$$, 'cookie cats: day 1 and day 7');

\else
SELECT skip('RETENTION_DATA is not set', 14);
\endif

SELECT * FROM finish();
ROLLBACK;
