-- Logistic regression and the evaluation of scores: published values and real data
-- (coefficients of R's glm); AUC by counting pairs, DeLong's variance by its definition,
-- KS by windows, tables of bins by dividing in proportion, weight of evidence by GROUP
-- BY, all in slow plain SQL on random data; merging in any partition, parallel = serial.
-- Data files are read from the directory in RETENTION_DATA (readable by the server),
-- else those tests are skipped.
-- Run: RETENTION_DATA=../shared/data pg_prove -d DATABASE test/pgtap/model.sql

BEGIN;
\ir twin.psql
\getenv data RETENTION_DATA
SELECT plan(111);
SELECT setseed(0.2026);
SET LOCAL max_parallel_workers_per_gather = 0;

-- ------------------------------------------------------------ 1. random scores

CREATE TABLE scored (name text, score double precision, outcome boolean);
INSERT INTO scored SELECT 'distinct', s, random() < s FROM (SELECT random() AS s FROM generate_series(1, 400)) AS r;
INSERT INTO scored SELECT 'few values', s, random() < s FROM (SELECT round(random()::numeric, 1)::double precision AS s FROM generate_series(1, 500)) AS r;
INSERT INTO scored SELECT 'a quarter tied', s, random() < s FROM (SELECT CASE WHEN random() < 0.25 THEN 0.7 ELSE random() END AS s FROM generate_series(1, 437)) AS r;
INSERT INTO scored SELECT 'all tied', 0.25, n % 3 = 0 FROM generate_series(1, 50) AS n;
INSERT INTO scored SELECT 'two of a class', random(), n < 3 FROM generate_series(1, 60) AS n;
INSERT INTO scored SELECT 'worse than chance', s, random() > s FROM (SELECT random() AS s FROM generate_series(1, 300)) AS r;
INSERT INTO scored SELECT 'separated', n / 100.0, n > 60 FROM generate_series(0, 100) AS n;
INSERT INTO scored SELECT 'four', n / 4.0, n % 2 = 0 FROM generate_series(1, 4) AS n;
CREATE TABLE summaries AS SELECT name, retention.roc_agg(score, outcome) AS r, count(*) AS n, count(*) FILTER (WHERE outcome) AS positives FROM scored GROUP BY name;

-- AUC and DeLong's variance: every pair
CREATE TABLE pairs AS
SELECT p.name, p.id AS positive, n.id AS negative, CASE WHEN p.score > n.score THEN 1 WHEN p.score = n.score THEN 0.5 ELSE 0 END AS won
FROM (SELECT *, row_number() OVER () AS id FROM scored) AS p JOIN (SELECT *, row_number() OVER () AS id FROM scored) AS n ON p.name = n.name AND p.outcome AND NOT n.outcome;
SELECT ok(twin.near(retention.auc(r), (SELECT avg(won) FROM pairs WHERE pairs.name = s.name)::double precision), 'AUC by counting pairs: ' || name) FROM summaries AS s ORDER BY name;
SELECT ok(twin.near(retention.gini(r), 2 * retention.auc(r) - 1), 'gini: ' || name) FROM summaries ORDER BY name;
WITH variance AS (
  SELECT s.name, retention.auc(r) AS auc,
    (SELECT var_samp(v) / count(*) FROM (SELECT avg(won) AS v FROM pairs WHERE pairs.name = s.name GROUP BY positive) AS a) +
    (SELECT var_samp(v) / count(*) FROM (SELECT avg(won) AS v FROM pairs WHERE pairs.name = s.name GROUP BY negative) AS b) AS var, retention.auc_ci(r, 0.95, 'delong') AS ci FROM summaries AS s)
SELECT ok(twin.near((ci).ci_low, greatest(auc - 1.959963984540054 * sqrt(var), 0), 1e-10) AND twin.near((ci).ci_high, least(auc + 1.959963984540054 * sqrt(var), 1), 1e-10), 'DeLong by its definition: ' || name)
FROM variance ORDER BY name;

-- The logit interval has the probability that it promises under t with Satterthwaite's degrees of freedom.
CREATE FUNCTION twin.student_within(t double precision, df double precision) RETURNS double precision LANGUAGE sql AS $$
  -- Simpson's rule over the density; the gamma functions cancel in the ratio to the whole
  SELECT inside / (inside + outside) FROM (
    SELECT sum(w * exp(greatest(-700, ln(1 + x * x / df) * -(df + 1) / 2))) * t / 2000 / 3 AS inside
    FROM (SELECT n, t * n / 2000 AS x, CASE WHEN n IN (0, 2000) THEN 1 WHEN n % 2 = 1 THEN 4 ELSE 2 END AS w FROM generate_series(0, 2000) AS n) AS i) AS a,
    -- beyond t, with u = t / x
    (SELECT sum(w * exp(greatest(-600, ln(1 + t * t / u / u / df) * -(df + 1) / 2)) * t / u / u) / 2000 / 3 AS outside
     FROM (SELECT n / 2000.0::double precision AS u, CASE WHEN n = 2000 THEN 1 WHEN n % 2 = 1 THEN 4 ELSE 2 END AS w FROM generate_series(1, 2000) AS n) AS o) AS b
$$;
WITH variance AS (
  SELECT s.name, retention.auc(r) AS auc, positives, n - positives AS negatives,
    (SELECT var_samp(v) / count(*) FROM (SELECT avg(won) AS v FROM pairs WHERE pairs.name = s.name GROUP BY positive) AS a) AS v1,
    (SELECT var_samp(v) / count(*) FROM (SELECT avg(won) AS v FROM pairs WHERE pairs.name = s.name GROUP BY negative) AS b) AS v0, retention.auc_ci(r, 0.95) AS ci
  FROM summaries AS s),
scales AS (
  SELECT *, (v1 + v0) ^ 2 / (v1 ^ 2 / (positives - 1) + v0 ^ 2 / (negatives - 1)) AS df, sqrt(v1 + v0) / (auc * (1 - auc)) AS stderr,
    ln(auc / (1 - auc)) - ln((ci).ci_low / (1 - (ci).ci_low)) AS down, ln((ci).ci_high / (1 - (ci).ci_high)) - ln(auc / (1 - auc)) AS up FROM variance WHERE v1 + v0 > 0)
SELECT ok(twin.near(up / down, 1, 1e-9) AND twin.near(twin.student_within(up / stderr, df), 0.95, 1e-6), format('logit interval by its definition: %s, %s degrees of freedom', name, round(df::numeric, 1)))
FROM scales ORDER BY name;
SELECT ok((ci).ci_high = 1 AND twin.near((1 - (ci).ci_low) ^ 2, 3.841458820694124 * theta * (1 - theta) * (1 + others * (1 - theta) / (2 - theta) + others * theta / (1 + theta)) / positives / (n - positives), 1e-9), 'Newcombe''s limit where scores separate the outcomes')
FROM (SELECT *, (ci).ci_low AS theta, n / 2.0 - 1 AS others FROM (SELECT *, retention.auc_ci(r) AS ci FROM summaries WHERE name = 'separated') AS s) AS t;

-- KS by windows
SELECT ok(twin.near(retention.ks_statistic(r), (SELECT max(abs(f1 - f0)) FROM (
  SELECT sum(count(*) FILTER (WHERE outcome)) OVER w / sum(count(*) FILTER (WHERE outcome)) OVER () AS f1,
         sum(count(*) FILTER (WHERE NOT outcome)) OVER w / sum(count(*) FILTER (WHERE NOT outcome)) OVER () AS f0
  FROM scored WHERE scored.name = s.name GROUP BY score WINDOW w AS (ORDER BY score)) AS f)::double precision), 'KS by windows: ' || name) FROM summaries AS s ORDER BY name;

-- Brier and log loss row by row
SELECT ok(twin.near(retention.brier_score(r), (SELECT avg((score - outcome::integer) ^ 2) FROM scored WHERE scored.name = s.name)), 'Brier: ' || name) FROM summaries AS s ORDER BY name;
SELECT ok(twin.near(retention.log_loss(r), (SELECT -avg(ln(CASE WHEN outcome THEN score ELSE 1 - score END)) FROM scored WHERE scored.name = s.name)), 'log loss: ' || name)
FROM summaries AS s WHERE name IN ('distinct', 'a quarter tied', 'all tied') ORDER BY name;

-- the ROC curve by its definition
SELECT is_empty($$
  SELECT s.name, c.* FROM summaries AS s, retention.roc_curve(r) AS c, LATERAL (SELECT count(*) FILTER (WHERE outcome AND score >= threshold) / count(*) FILTER (WHERE outcome)::double precision AS tpr,
    count(*) FILTER (WHERE NOT outcome AND score >= threshold) / count(*) FILTER (WHERE NOT outcome)::double precision AS fpr FROM scored WHERE scored.name = s.name) AS t
  WHERE NOT twin.near(true_positive_rate, tpr) OR NOT twin.near(false_positive_rate, fpr)
$$, 'ROC curve: every point');
SELECT is((SELECT sum(n) FROM (SELECT count(DISTINCT score) + 1 AS n FROM scored GROUP BY name) AS d), (SELECT count(*)::numeric FROM summaries, retention.roc_curve(r)), 'ROC curve: a row for each score and one before');

-- bins: what each score has between two edges, in proportion
CREATE TABLE scores AS
SELECT name, score, count(*) AS n, count(*) FILTER (WHERE outcome) AS positives, sum(count(*)) OVER (PARTITION BY name ORDER BY score DESC) - count(*) AS first, sum(count(*)) OVER (PARTITION BY name ORDER BY score DESC) AS last
FROM scored GROUP BY name, score;
CREATE TABLE bins AS
SELECT name, bins, bin, sum(s.positives * part / s.n) AS positives, sum(part) AS responses, sum(score * part::double precision) AS scores
FROM scores AS s JOIN summaries AS a USING (name), unnest('{1,3,4,7,10,64,1000}'::integer[]) AS bins, generate_series(1, bins) AS bin,
  LATERAL (SELECT greatest(0, least(s.last, a.n::numeric * bin / bins) - greatest(s.first, a.n::numeric * (bin - 1) / bins)) AS part) AS p
GROUP BY name, bins, bin;
SELECT is_empty($$
  SELECT b.name, b.bins, g.* FROM (SELECT *, sum(positives) OVER (PARTITION BY name, bins ORDER BY bin) AS cumulative FROM bins) AS b JOIN summaries AS s USING (name), LATERAL retention.gain_table(r, b.bins) AS g
  WHERE g.bin = b.bin AND NOT (twin.near(g.responses, b.responses::double precision) AND twin.near(g.positives, b.positives::double precision, 1e-10)
    AND twin.near(g.cumulative_positives, b.cumulative::double precision, 1e-10)
    AND twin.near(g.lift, (b.positives / b.responses / (s.positives::numeric / s.n))::double precision, 1e-10)
    AND twin.near(g.cumulative_share, (b.cumulative / s.positives)::double precision, 1e-10))
$$, 'gain_table: every bin by dividing in proportion');
SELECT is_empty($$
  SELECT b.name, b.bins, c.* FROM bins AS b JOIN summaries AS s USING (name), LATERAL retention.calibration(r, b.bins) AS c, LATERAL retention.proportion_ci(least(b.positives, b.responses)::double precision, b.responses::double precision) AS ci
  WHERE c.bin = b.bin AND NOT (twin.near(c.responses, b.responses::double precision) AND twin.near(c.mean_score, b.scores / b.responses::double precision, 1e-10)
    AND twin.near(c.positive_rate, (b.positives / b.responses)::double precision, 1e-10) AND twin.near(c.ci_low, ci.ci_low, 1e-7) AND twin.near(c.ci_high, ci.ci_high, 1e-7))
$$, 'calibration: every bin by dividing in proportion');
SELECT is((SELECT count(*) FROM bins), (SELECT count(*) FROM summaries, unnest('{1,3,4,7,10,64,1000}'::integer[]) AS bins, retention.gain_table(r, bins)), 'as many bins as asked for');
SELECT is_empty($$
  SELECT s.name, f FROM summaries AS s, unnest('{0.001,0.05,0.1,0.25,0.333,0.5,0.9,1}'::numeric[]) AS f, LATERAL (SELECT sum(t.positives * greatest(0, least(t.last, f * s.n) - t.first) / t.n) AS found FROM scores AS t WHERE t.name = s.name) AS l
  WHERE NOT twin.near(retention.lift(r, f::double precision), (found / (f * s.n) / (s.positives::numeric / s.n))::double precision, 1e-10)
$$, 'lift: by dividing in proportion');
SELECT is_empty($$
  SELECT s.name, g.bin FROM summaries AS s, retention.gain_table(r, 8) AS g WHERE NOT twin.near(retention.lift(r, bin / 8.0), cumulative_share * 8 / bin, 1e-10)
$$, 'lift and gain_table agree');

-- any order and any partition: the same bytes
SELECT is_empty($$
  SELECT name, parts FROM unnest('{2,3,17,500}'::integer[]) AS parts, LATERAL (
    SELECT name, retention.merge_agg(part ORDER BY part) AS up, retention.merge_agg(part ORDER BY part DESC) AS down FROM (
      SELECT name, retention.roc_agg(score, outcome::integer) AS part FROM (SELECT *, floor(random() * parts) AS p FROM scored) AS s GROUP BY name, p) AS parts_of GROUP BY name) AS m JOIN summaries USING (name)
  WHERE up <> r OR down <> r
$$, 'roc: merging of any parts in any order');
SELECT is_empty($$
  SELECT name FROM (SELECT name, retention.roc_agg(score, outcome ORDER BY md5(score::text || outcome)) AS other FROM scored GROUP BY name) AS o JOIN summaries USING (name) WHERE other <> r
$$, 'roc: any order of rows');

-- ---------------------------------------------------------- 2. weight of evidence

CREATE TABLE binned (name text, bin text, number bigint, outcome boolean);
INSERT INTO binned SELECT 'many', 'bin ' || b, b, random() < 0.3 + b / 100.0 FROM (SELECT floor(random() * 40)::bigint - 20 AS b FROM generate_series(1, 2000)) AS r;
INSERT INTO binned SELECT 'missing', CASE WHEN b > 0 THEN repeat(chr(96 + b), b) END, CASE WHEN b > 0 THEN b END, random() < 0.5 FROM (SELECT floor(random() * 6)::integer AS b FROM generate_series(1, 300)) AS r;
INSERT INTO binned SELECT 'zero cells', b::text, b, b = 1 OR (b = 2 AND n % 2 = 0) FROM generate_series(1, 4) AS b, generate_series(1, 10 * b) AS n;
CREATE TABLE woe_summaries AS SELECT name, retention.woe_agg(bin, outcome) AS w, retention.woe_agg(number, outcome::integer) AS by_number FROM binned GROUP BY name;
CREATE FUNCTION twin.woe(replacement numeric) RETURNS TABLE (name text, bin text, number bigint, responses bigint, positives bigint, negatives bigint, woe double precision, iv double precision) LANGUAGE sql AS $$
  SELECT name, bin, number, n, p, q, ln(sp / sq)::double precision, ((sp - sq) * ln(sp / sq))::double precision FROM (
    SELECT *, nullif(a, 0) / sum(a) OVER (PARTITION BY name) AS sp, nullif(b, 0) / sum(b) OVER (PARTITION BY name) AS sq FROM (
      SELECT *, CASE WHEN p = 0 THEN replacement ELSE p END AS a, CASE WHEN q = 0 THEN replacement ELSE q END AS b FROM (
        SELECT name, bin, number, count(*) AS n, count(*) FILTER (WHERE outcome) AS p, count(*) FILTER (WHERE NOT outcome) AS q FROM binned GROUP BY name, bin, number) AS c) AS c) AS c
$$;
SELECT is_empty(format($$
  SELECT * FROM twin.woe(%1$s) AS t FULL JOIN (SELECT name, x.* FROM woe_summaries, retention.woe_table(w, zero_cells => %2$L) AS x) AS x ON t.name = x.name AND t.bin IS NOT DISTINCT FROM x.bin
  WHERE ((t.responses, t.positives, t.negatives) = (x.responses, x.positives, x.negatives) AND twin.near(x.woe, t.woe) AND twin.near(x.iv, t.iv)) IS NOT TRUE
$$, replacement, choice), 'WoE by GROUP BY, zero cells ' || choice) FROM (VALUES (0, 'null'), (0.9, 'adjust_0.9'), (0.5, 'add_0.5')) AS v (replacement, choice);
SELECT is_empty(format($$
  SELECT name FROM woe_summaries WHERE NOT twin.near(retention.information_value(w, %2$L), (SELECT sum(iv) FROM twin.woe(%1$s) AS t WHERE t.name = woe_summaries.name))
$$, replacement, choice), 'information value, zero cells ' || choice) FROM (VALUES (0, 'null'), (0.9, 'adjust_0.9'), (0.5, 'add_0.5')) AS v (replacement, choice);
SELECT is_empty($$
  SELECT name FROM woe_summaries, LATERAL (SELECT array_agg(x ORDER BY responses, positives, iv) AS a FROM (SELECT responses, positives, negatives, woe, iv FROM retention.woe_table(w)) AS x) AS a,
    LATERAL (SELECT array_agg(x ORDER BY responses, positives, iv) AS b FROM (SELECT responses, positives, negatives, woe, iv FROM retention.woe_table(by_number)) AS x) AS b WHERE a <> b
$$, 'WoE: bins that are text and bins that are numbers');
SELECT is((SELECT array_agg(bin::bigint) FROM woe_summaries, retention.woe_table(by_number) WHERE name = 'many'), (SELECT array_agg(DISTINCT number ORDER BY number) FROM binned WHERE name = 'many'), 'WoE: numbers in order');
SELECT is_empty($$
  SELECT name, parts FROM unnest('{2,3,17,500}'::integer[]) AS parts, LATERAL (
    SELECT name, retention.merge_agg(part ORDER BY part) AS up, retention.merge_agg(part ORDER BY part DESC) AS down, retention.merge_agg(numbers ORDER BY numbers DESC) AS numbers FROM (
      SELECT name, retention.woe_agg(bin, outcome::integer) AS part, retention.woe_agg(number, outcome) AS numbers FROM (SELECT *, floor(random() * parts) AS p FROM binned) AS s GROUP BY name, p) AS parts_of GROUP BY name) AS m
    JOIN woe_summaries USING (name)
  WHERE up <> w OR down <> w OR numbers <> by_number
$$, 'woe: merging of any parts in any order');

-- ---------------------------------------------------------------- 3. parallel

CREATE TABLE wide AS SELECT n AS id, random() AS score, random() < 0.3 AS outcome, n % 1000 AS bin FROM generate_series(1, 60000) AS n;
ANALYZE wide;
CREATE TABLE serial AS SELECT retention.roc_agg(score, outcome) AS r, retention.woe_agg(bin::text, outcome) AS w FROM wide;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT matches(twin.plan_of('SELECT retention.roc_agg(score, outcome), retention.woe_agg(bin::text, outcome) FROM wide'), 'Partial Aggregate', 'aggregates of scores run in workers');
CREATE TABLE in_workers AS SELECT retention.roc_agg(score, outcome) AS r, retention.woe_agg(bin::text, outcome) AS w FROM wide;
SELECT ok(s.r = p.r AND s.w = p.w, 'parallel = serial') FROM serial AS s, in_workers AS p;
SELECT doesnt_match(twin.plan_of('SELECT retention.logistic_agg(outcome, ARRAY[score]) FROM wide'), 'Partial', 'logistic_agg is not computed in parts');
SET LOCAL max_parallel_workers_per_gather = 0;

-- ------------------------------------------------------- 4. logistic regression

CREATE TABLE observed AS SELECT n AS id, x1, x2, x3, random() < 1 / (1 + exp(-(9 + 2 * x1 - 0.01 * x2 + 0.5 * x3))) AS y
FROM (SELECT n, random() AS x1, 1000 + 100 * random() AS x2, floor(random() * 3) AS x3 FROM generate_series(1, 3000) AS n) AS r;
CREATE TABLE fitted AS SELECT retention.logistic_agg(y, ARRAY[x1, x2, x3], ARRAY['x1', 'x2', 'x3'] ORDER BY id) AS m FROM observed;
CREATE TABLE predicted AS SELECT o.*, retention.predict(m, ARRAY[x1, x2, x3]) AS p FROM observed AS o, fitted;
SELECT ok(abs(sum(y::integer - p)) < 1e-8 AND abs(sum((y::integer - p) * x1)) < 1e-8 AND abs(sum((y::integer - p) * x2)) < 1e-5 AND abs(sum((y::integer - p) * x3)) < 1e-8, 'the derivatives are 0 at the maximum') FROM predicted;
SELECT ok(twin.near(retention.log_likelihood(m), (SELECT sum(ln(CASE WHEN y THEN p ELSE 1 - p END)) FROM predicted)), 'log-likelihood row by row') FROM fitted;
SELECT ok(twin.near(retention.log_likelihood(m), -3000 * (SELECT retention.log_loss(retention.roc_agg(p, y)) FROM predicted)), 'log-likelihood and log loss') FROM fitted;
-- one feature: the inverse of a 2 x 2 matrix
WITH one AS (SELECT retention.logistic_agg(y, ARRAY[x2]) AS m FROM observed), i AS (
  SELECT sum(p * (1 - p)) AS a, sum(p * (1 - p) * x2) AS b, sum(p * (1 - p) * x2 * x2) AS c FROM (SELECT x2, retention.predict(m, ARRAY[x2]) AS p FROM observed, one) AS r)
SELECT ok(twin.near(stderr, sqrt(CASE name WHEN 'x1' THEN a ELSE c END / (a * c - b * b)), 1e-8), 'standard error of ' || name) FROM one, retention.coefficients(m), i;
-- a binary feature: logarithms of odds
WITH t AS (SELECT count(*) FILTER (WHERE y AND x3 = 1) AS a, count(*) FILTER (WHERE NOT y AND x3 = 1) AS b, count(*) FILTER (WHERE y AND x3 <> 1) AS c, count(*) FILTER (WHERE NOT y AND x3 <> 1) AS d FROM observed)
SELECT ok(twin.near(coefficient, CASE name WHEN 'x1' THEN ln(a * d / (b * c)::numeric) ELSE ln(c / d::numeric) END::double precision, 1e-10)
  AND twin.near(stderr, sqrt(CASE name WHEN 'x1' THEN 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d ELSE 1.0 / c + 1.0 / d END)::double precision, 1e-10), 'a 2 x 2 table: ' || name)
FROM t, (SELECT retention.logistic_agg(y, ARRAY[(x3 = 1)::integer]) AS m FROM observed) AS f, retention.coefficients(m);
-- any order to rounding; any work_mem exactly; rows with NULL change nothing
SELECT ok(bool_and(twin.near(a.coefficient, b.coefficient, 1e-10) AND twin.near(a.stderr, b.stderr, 1e-10)), 'any order of rows')
FROM fitted, retention.coefficients(m) AS a, (SELECT retention.logistic_agg(y, ARRAY[x1, x2, x3], ARRAY['x1', 'x2', 'x3'] ORDER BY md5(id::text)) AS other FROM observed) AS o, retention.coefficients(other) AS b WHERE a.name = b.name;
SET LOCAL work_mem = '64kB';
SELECT ok(m = (SELECT retention.logistic_agg(y, ARRAY[x1, x2, x3], ARRAY['x1', 'x2', 'x3'] ORDER BY id) FROM observed), 'the same from a temporary file') FROM fitted;
SELECT is((SELECT count(*) FROM (SELECT retention.logistic_agg(y, ARRAY[x1, x2]) AS m FROM observed, generate_series(1, 5) GROUP BY id % 10) AS g WHERE retention.converged(m) AND retention.num_rows(m) = 1500), 10::bigint, 'groups, each with its file');
SELECT twin.fails('SELECT retention.logistic_agg(y, ARRAY[x1, CASE WHEN id = 3000 THEN ''NaN'' ELSE x2 END] ORDER BY id) FROM observed', '22003', 'feature 2 must be a finite number, not NaN', 'an error after rows went to a file');
SELECT twin.fails('SELECT retention.logistic_agg(y, ARRAY[x1, x2, 3 * x1 - x2 / 7]) FROM observed', '22023', 'collinear: "x3" is a linear combination of "x1" and "x2"', 'collinear rows in a file');
SET LOCAL work_mem = '4MB';
SELECT ok(retention.num_rows(m) = retention.num_rows(other) AND retention.num_skipped(other) = 3000 AND (SELECT coefficient FROM retention.coefficients(m) WHERE name = 'x2') = (SELECT coefficient FROM retention.coefficients(other) WHERE name = 'x2'), 'rows with a NULL are skipped')
FROM fitted, (SELECT retention.logistic_agg(CASE WHEN k <> 1 OR id % 3 > 0 THEN y END, CASE WHEN k <> 1 OR id % 3 <> 1 THEN ARRAY[x1, CASE WHEN k <> 1 OR id % 3 <> 2 THEN x2 END, x3] END ORDER BY id, k) AS other FROM observed, generate_series(0, 1) AS k) AS o;

-- MADlib's example: published values; its standard errors are of one step before convergence
CREATE TABLE patients (id integer, second_attack integer, treatment integer, trait_anxiety integer);
INSERT INTO patients VALUES
  (1, 1, 1, 70), (2, 1, 1, 80), (3, 1, 1, 50), (4, 1, 0, 60), (5, 1, 0, 40), (6, 1, 0, 65), (7, 1, 0, 75), (8, 1, 0, 80), (9, 1, 0, 70), (10, 1, 0, 60),
  (11, 0, 1, 65), (12, 0, 1, 50), (13, 0, 1, 45), (14, 0, 1, 35), (15, 0, 1, 40), (16, 0, 1, 50), (17, 0, 0, 55), (18, 0, 0, 45), (19, 0, 0, 50), (20, 0, 0, 60);
CREATE TABLE models AS SELECT 'madlib_patients' AS model, retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY['treatment', 'trait_anxiety']) AS m FROM patients;
SELECT ok(twin.near(c.coefficient, v.coefficient, 1e-9) AND twin.near(stderr, se, 1e-5) AND twin.near(c.z, v.z, 1e-5) AND twin.near(p_value, p, 1e-5), 'MADlib: ' || name)
FROM models, retention.coefficients(m) AS c JOIN (VALUES ('(intercept)', -6.36346994178192, 3.2138977, -1.979985, 0.0477052), ('treatment', -1.02410605239327, 1.1710784, -0.874498, 0.3818470),
  ('trait_anxiety', 0.119044916668607, 0.0549790, 2.165278, 0.0303664)) AS v (name, coefficient, se, z, p) USING (name);
SELECT ok(twin.near(retention.log_likelihood(m), -9.41018298388876, 1e-11), 'MADlib: log-likelihood') FROM models;

-- --------------------------------------------------------------- 5. the files

\if :{?data}

CREATE TABLE coefficient_truth (model text, term text, coef double precision, std_err double precision, z double precision, p double precision, odds_ratio double precision);
\set file :data '/truth/logit_coefficients_dev.csv'
COPY coefficient_truth FROM :'file' (FORMAT csv, HEADER);
CREATE TABLE metrics_truth (model text, formula text, n bigint, positives bigint, log_likelihood double precision, null_deviance double precision, deviance double precision, aic double precision,
  auc double precision, gini double precision, ks double precision, brier double precision, log_loss double precision, iterations integer);
\set file :data '/truth/logit_metrics_dev.csv'
COPY metrics_truth FROM :'file' (FORMAT csv, HEADER);
CREATE TABLE patient_truth (id integer, prob double precision);
\set file :data '/truth/logit_patients_pred.csv'
COPY patient_truth FROM :'file' (FORMAT csv, HEADER);
CREATE TABLE lead_truth (lead_number integer, converted integer, totalvisits double precision, minutes double precision, page_views_per_visit double precision, is_api integer, is_add_form integer, no_email integer, working integer, p_numeric double precision);
\set command 'zcat ''' :data '/truth/logit_leads_pred_dev.csv.gz'''
COPY lead_truth FROM PROGRAM :'command' (FORMAT csv, HEADER, NULL 'NA');
CREATE TABLE woe_truth (feature text, value text, n bigint, converted bigint, not_converted bigint, pct_pos double precision, pct_neg double precision, woe double precision, iv_part double precision);
\set file :data '/truth/leads_woe_iv_dev.csv'
COPY woe_truth FROM :'file' (FORMAT csv, HEADER, NULL 'NA');
CREATE TABLE leads (lead_number text, lead_origin text, lead_source text, do_not_email text, do_not_call text, converted text, totalvisits text, total_time_spent_on_website text, page_views_per_visit text, last_activity text, country text, specialization text, how_did_you_hear_about_x_education text, what_is_your_current_occupation text, what_matters_most_to_you_in_choosing_a_course text, search text, magazine text, newspaper_article text, x_education_forums text, newspaper text, digital_advertisement text, through_recommendations text, receive_more_updates_about_our_courses text, tags text, lead_quality text, update_me_on_supply_chain_content text, get_updates_on_dm_content text, lead_profile text, city text, asymmetrique_activity_index text, asymmetrique_profile_index text, asymmetrique_activity_score text, asymmetrique_profile_score text, i_agree_to_pay_the_amount_through_cheque text, a_free_copy_of_mastering_the_interview text, last_notable_activity text);
\set command 'zcat ''' :data '/sets/x_education_leads.csv.gz'''
COPY leads FROM PROGRAM :'command' (FORMAT csv, HEADER);
CREATE TABLE telco (customer_id text, gender text, senior_citizen text, partner text, dependents text, tenure text, phone_service text, multiple_lines text, internet_service text, online_security text, online_backup text, device_protection text, tech_support text, streaming_tv text, streaming_movies text, contract text, paperless_billing text, payment_method text, monthly_charges text, total_charges text, churn text);
\set command 'zcat ''' :data '/sets/telco_churn.csv.gz'''
COPY telco FROM PROGRAM :'command' (FORMAT csv, HEADER);

CREATE TABLE lead_rows AS SELECT converted::integer AS y, ARRAY[totalvisits::double precision, total_time_spent_on_website::double precision / 60, page_views_per_visit::double precision] AS x FROM leads;
CREATE TABLE telco_rows AS SELECT churn = 'Yes' AS y, ARRAY[tenure::double precision, monthly_charges::double precision, senior_citizen::double precision, (contract = 'Month-to-month')::integer] AS x FROM telco;
INSERT INTO models SELECT 'leads_numeric', retention.logistic_agg(y, x, ARRAY['totalvisits', 'minutes', 'page_views_per_visit']) FROM lead_rows;
INSERT INTO models SELECT 'telco_4', retention.logistic_agg(y, x, ARRAY['tenure', 'monthly_charges', 'senior_citizen', 'I(as.integer(contract == "Month-to-month"))']) FROM telco_rows;
CREATE FUNCTION twin.close(a double precision, b double precision, tol double precision) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs(a - b) <= tol * abs(b)';
SELECT ok(twin.close(c.coefficient, t.coef, 1e-6) AND twin.close(c.stderr, t.std_err, 1e-6) AND twin.close(c.z, t.z, 1e-6) AND twin.close(c.p_value, t.p, 1e-5) AND twin.close(c.odds_ratio, t.odds_ratio, 1e-6), format('%s: %s as in R', model, term))
FROM coefficient_truth AS t LEFT JOIN (SELECT model, c.* FROM models, retention.coefficients(m) AS c) AS c USING (model) WHERE lower(term) = name;
SELECT is((SELECT count(*) FROM coefficient_truth), 12::bigint, 'the file of coefficients is whole');
CREATE TABLE evaluations AS
SELECT 'madlib_patients' AS model, retention.roc_agg(retention.predict(m, ARRAY[treatment, trait_anxiety]), second_attack) AS r FROM patients, models WHERE model = 'madlib_patients' GROUP BY 1
UNION ALL SELECT 'leads_numeric', retention.roc_agg(retention.predict(m, x), y) FROM lead_rows, models WHERE model = 'leads_numeric' GROUP BY 1
UNION ALL SELECT 'telco_4', retention.roc_agg(retention.predict(m, x), y) FROM telco_rows, models WHERE model = 'telco_4' GROUP BY 1;
SELECT ok(retention.num_rows(m) = t.n AND twin.close(retention.log_likelihood(m), t.log_likelihood, 1e-11), model || ': log-likelihood as in R') FROM metrics_truth AS t JOIN models USING (model);
SELECT ok(twin.near(retention.auc(r), t.auc, 1e-9) AND twin.near(retention.gini(r), t.gini, 1e-9) AND twin.near(retention.ks_statistic(r), t.ks, 1e-9) AND twin.near(retention.brier_score(r), t.brier, 1e-9)
  AND twin.near(retention.log_loss(r), t.log_loss, 1e-9), model || ': AUC, gini, KS, Brier, log loss') FROM metrics_truth AS t JOIN evaluations USING (model);
SELECT is((SELECT retention.num_skipped(m) FROM models WHERE model = 'leads_numeric'), (SELECT count(*) - 9054 FROM leads), 'leads with a blank are skipped');
SELECT is_empty('SELECT id FROM patients JOIN patient_truth USING (id), models WHERE model = ''madlib_patients'' AND NOT twin.near(retention.predict(m, ARRAY[treatment, trait_anxiety]), prob, 1e-10)', 'predictions for patients');
SELECT is_empty('SELECT lead_number FROM lead_truth, models WHERE model = ''leads_numeric'' AND NOT twin.near(retention.predict(m, ARRAY[totalvisits, minutes, page_views_per_visit]), p_numeric, 1e-9)', 'predictions for leads');
CREATE TABLE woe_found AS
SELECT feature, coalesce(t.bin, '(missing)') AS value, t.* FROM (
  SELECT 'lead_source' AS feature, retention.woe_agg(lead_source, converted::integer) AS w FROM leads UNION ALL SELECT 'lead_origin', retention.woe_agg(lead_origin, converted::integer) FROM leads
  UNION ALL SELECT 'do_not_email', retention.woe_agg(do_not_email, converted::integer) FROM leads) AS f, retention.woe_table(w) AS t;
SELECT is_empty($$
  SELECT * FROM woe_truth AS t FULL JOIN woe_found AS f USING (feature, value) WHERE ((t.n, t.converted, t.not_converted) = (f.responses, f.positives, f.negatives) AND twin.near(f.woe, t.woe, 1e-11) AND twin.near(f.iv, t.iv_part, 1e-11)) IS NOT TRUE
$$, 'leads: weight of evidence of every value');
SELECT is((SELECT count(*) FROM woe_found), 29::bigint, 'the file of weights is whole');

\else
SELECT skip('RETENTION_DATA is not set', 23);
\endif

SELECT * FROM finish();
ROLLBACK;
