-- statistics: intervals, tests and sample sizes of proportions, and through them the
-- normal and beta quantiles, against a plpgsql twin and published values.
-- Run: pg_prove -d DATABASE test/pgtap/statistics.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(114);
SELECT setseed(0.1998);

CREATE TEMP TABLE levels AS
SELECT confidence, twin.normal_z(confidence) AS z
  FROM unnest(ARRAY[0.5, 0.8, 0.9, 0.95, 0.99, 0.999]::double precision[]) AS confidence;

-- ----------------------------------------------- 1. quantiles of the normal

-- The Wald interval of 50 of 100 is 0.5 +- z / 20. Quantiles: published tables to 15 digits.
SELECT ok(twin.near((c.ci_high - c.ci_low) * 10, z, 1e-12), 'normal quantile at confidence ' || confidence)
FROM (VALUES (0.5::double precision, 0.674489750196082::double precision), (0.8, 1.28155156554460), (0.9,
  1.64485362695147),
  (0.95, 1.95996398454005), (0.98, 2.32634787404084), (0.99, 2.57582930354890), (0.995, 2.80703376834381),
  (0.998, 3.09023230616781), (0.999, 3.29052673149190)) AS published (confidence, z),
  LATERAL retention.proportion_ci(50, 100, confidence, 'wald') AS c;
SELECT ok((c).ci_high - 0.5 BETWEEN 0.30 AND 0.42, 'a confidence next to 1 gives a finite quantile')
FROM (SELECT retention.proportion_ci(50, 100, 1 - 1e-15, 'wald') AS c) AS next_to_1;
SELECT ok((c).ci_high > (c).ci_low AND (c).ci_high - (c).ci_low < 1e-10,
  'a confidence next to 0 gives a tiny interval')
FROM (SELECT retention.proportion_ci(50, 100, 1e-12, 'wald') AS c) AS next_to_0;

-- Tail of the normal: p-values of pooled z, small ones with full relative precision.
SELECT is_empty($$
  SELECT t.* FROM (
    SELECT x1, t.*, twin.p_value(t.z) AS wanted FROM generate_series(500, 1000, 5) AS x1,
      LATERAL retention.proportion_test(x1, 1000, 500, 1000) AS t) AS t
  WHERE x1 <> 500 AND NOT twin.near(p_value / wanted, 1, 1e-10)
$$, 'p_value is right relative to itself, from 0.8 to 1e-140');

-- ------------------------------------------------------- 2. proportion_ci

SELECT ok(twin.near(round((c).ci_low::numeric, digits), low, 1e-9)
  AND twin.near(round((c).ci_high::numeric, digits), high, 1e-9),
  format('%s of %s, %s: %s to %s (%s)', successes, n, method, low, high, source))
FROM (SELECT *, retention.proportion_ci(successes, n, 0.95, method) AS c FROM (VALUES
  (0, 5, 'wilson', 0::double precision, 0.434482::double precision, 6, 'DEFINITIONS 9'), (5, 5, 'wilson', 0.565518, 1,
    6, 'DEFINITIONS 9'),
  (168, 254, 'wilson', 0.60120, 0.71682, 5, 'Amplitude example'), (72, 254, 'wilson', 0.23159, 0.34179, 5,
    'Amplitude example'),
  (81, 263, 'wilson', 0.2553, 0.3662, 4, 'Newcombe 1998'), (81, 263, 'clopper_pearson', 0.2527, 0.3676, 4,
    'Newcombe 1998'),
  (81, 263, 'wald', 0.2522, 0.3638, 4, 'Newcombe 1998'),
  (15, 148, 'wilson', 0.0624, 0.1605, 4, 'Newcombe 1998'), (15, 148, 'clopper_pearson', 0.0578, 0.1617, 4,
    'Newcombe 1998'),
  (15, 148, 'wald', 0.0527, 0.1500, 4, 'Newcombe 1998'),
  (0, 20, 'wilson', 0, 0.1611, 4, 'Newcombe 1998'), (0, 20, 'clopper_pearson', 0, 0.1684, 4, 'Newcombe 1998'), (0, 20,
    'wald', 0, 0, 4, 'Newcombe 1998'),
  (1, 29, 'wilson', 0.0061, 0.1718, 4, 'Newcombe 1998'), (1, 29, 'clopper_pearson', 0.0009, 0.1776, 4,
    'Newcombe 1998'),
  (682, 925, 'clopper_pearson', 0.7076683, 0.7654066, 7, 'R binom.test')
  ) AS published (successes, n, method, low, high, digits, source)) AS compared;

CREATE TEMP TABLE trials AS
SELECT least(n, floor(random() * (n + 1))) AS x, n FROM (
  SELECT ceil(power(10, random() * 6)) AS n FROM generate_series(1, 150)) AS sizes
UNION SELECT x, n FROM unnest(ARRAY[1, 2, 5, 30]::double precision[]) AS n,
  LATERAL unnest(ARRAY[0, 1, n - 1, n]) AS x;

-- Wald and Wilson by their formulas (Wilson 1927), clamped.
SELECT is_empty($$
  SELECT * FROM (
    SELECT x, n, confidence, retention.proportion_ci(x, n, confidence, 'wald') AS c,
      greatest(0, x / n - z * sqrt(x * (n - x) / n / n / n)) AS low,
        least(1, x / n + z * sqrt(x * (n - x) / n / n / n)) AS high
    FROM trials CROSS JOIN levels) AS compared
  WHERE NOT (twin.near((c).ci_low, low) AND twin.near((c).ci_high, high)) LIMIT 5
$$, 'wald = its formula');
SELECT is_empty($$
  SELECT * FROM (
    SELECT x, n, confidence, retention.proportion_ci(x, n, confidence, 'wilson') AS c,
      greatest(0, (x + z * z / 2 - z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z)) AS low,
      least(1, (x + z * z / 2 + z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z)) AS high
    FROM trials CROSS JOIN levels) AS compared
  WHERE NOT (twin.near((c).ci_low, low) AND twin.near((c).ci_high, high)) LIMIT 5
$$, 'wilson = its formula');
SELECT is_empty($$
  SELECT * FROM trials CROSS JOIN levels, LATERAL retention.proportion_ci(x, n, confidence) AS c
  WHERE (c.ci_low, c.ci_high)
    IS DISTINCT FROM (SELECT (w.ci_low, w.ci_high) FROM retention.proportion_ci(x, n, confidence, 'wilson') AS w)
    OR (x = 0 AND c.ci_low <> 0) OR (x = n AND c.ci_high <> 1)
      OR NOT (c.ci_low >= 0 AND c.ci_low <= c.ci_high AND c.ci_high <= 1)
$$, 'wilson is the default; 0 and 1 are exact at the ends');

-- Clopper-Pearson by its definition: at the lower limit x or more have probability
-- alpha / 2, at the upper limit x or fewer. The sum goes outward from x.
CREATE FUNCTION twin.binomial_tail(x double precision, n double precision,
  p double precision) RETURNS double precision
LANGUAGE plpgsql AS $$
DECLARE
  log_term double precision := 0;
  term double precision := 1;
  total double precision := 1;
  k double precision := x;
BEGIN
  FOR i IN 1..x::integer LOOP
    log_term := log_term + ln((n - x + i) / i);
  END LOOP;
  log_term := log_term + x * ln(p) + (n - x) * ln(1 - p);
  WHILE k < n AND term > total * 1e-18 LOOP
    term := term * (n - k) / (k + 1) * p / (1 - p);
    total := total + term;
    k := k + 1;
  END LOOP;
  RETURN exp(log_term) * total;
END
$$;
SELECT is_empty($$
  SELECT * FROM (
    SELECT x, n, confidence, (1 - confidence) / 2 AS half_alpha,
      CASE WHEN x > 0 THEN twin.binomial_tail(x, n, c.ci_low) END AS at_low,
      CASE WHEN x < n THEN twin.binomial_tail(n - x, n, 1 - c.ci_high) END AS at_high, c.*
    FROM trials CROSS JOIN levels, LATERAL retention.proportion_ci(x, n, confidence, 'clopper_pearson') AS c
    WHERE n <= 20000) AS compared
  WHERE (x > 0 AND NOT twin.near(at_low / half_alpha, 1, 1e-9))
    OR (x < n AND NOT twin.near(at_high / half_alpha, 1, 1e-9))
    OR (x = 0 AND ci_low IS DISTINCT FROM 0) OR (x = n AND ci_high IS DISTINCT FROM 1)
  LIMIT 5
$$, 'clopper_pearson: the tails have probability alpha / 2');
SELECT is_empty($$
  SELECT * FROM trials CROSS JOIN levels, LATERAL retention.proportion_ci(x, n, confidence, 'clopper_pearson') AS c,
    LATERAL retention.proportion_ci(n - x, n, confidence, 'clopper_pearson') AS mirrored
  WHERE NOT (twin.near(c.ci_low, 1 - mirrored.ci_high) AND twin.near(c.ci_high, 1 - mirrored.ci_low)) LIMIT 5
$$, 'clopper_pearson: failures mirror successes');
SELECT ok(twin.near((c).ci_high, 1 - power(0.025, 0.1), 1e-13)
  AND (c).ci_low = 0, 'clopper_pearson of 0 in 10: 1 - (alpha / 2)^(1/n)')
FROM (SELECT retention.proportion_ci(0, 10, 0.95, 'clopper_pearson') AS c) AS rule;
SELECT ok(twin.near((c).ci_low, 0.5 - 0.00098, 1e-4) AND twin.near((c).ci_high, 0.5 + 0.00098, 1e-4),
  'clopper_pearson of half a million in a million')
FROM (SELECT retention.proportion_ci(500000, 1000000, 0.95, 'clopper_pearson') AS c) AS large;
SELECT ok((c).ci_low > 0.49999 AND (c).ci_high < 0.50001 AND (c).ci_low < 0.5 AND (c).ci_high > 0.5,
  'clopper_pearson of 10^11 in 2 x 10^11')
FROM (SELECT retention.proportion_ci(1e11, 2e11, 0.95, 'clopper_pearson') AS c) AS huge;
SELECT ok((c).ci_low > 0.04 AND (c).ci_low < (d).ci_low AND (c).ci_high < (d).ci_high,
  'fractional successes are allowed (weighted answers)')
FROM (SELECT retention.proportion_ci(9.5, 99.25, 0.95, 'clopper_pearson') AS c,
  retention.proportion_ci(10.5, 99.25, 0.95, 'clopper_pearson') AS d) AS fractions;

SELECT ok((SELECT c.ci_low IS NULL AND c.ci_high IS NULL FROM retention.proportion_ci(0, 0, 0.95, method) AS c),
  'no trials, ' || method || ': NULL')
FROM unnest(ARRAY['wilson', 'clopper_pearson', 'wald']) AS method;
SELECT ok((SELECT c.ci_low IS NULL AND c.ci_high IS NULL FROM retention.proportion_ci(NULL::bigint, 10) AS c),
  'NULL successes: NULL');
SELECT ok((SELECT c.ci_low IS NULL AND c.ci_high IS NULL FROM retention.proportion_ci(1, NULL::bigint) AS c),
  'NULL trials: NULL');

SELECT twin.fails('SELECT retention.' || call, '22023|22003', pattern, call)
FROM (VALUES ('proportion_ci(11, 10)', '11|10'), ('proportion_ci(-1, 10)', '-1'), ('proportion_ci(0, -1)', '-1'),
  ($$proportion_ci('NaN', 10)$$, 'NaN'), ($$proportion_ci(1, 'NaN')$$, 'NaN'), ($$proportion_ci(1, 'Infinity')$$,
    'infinit')
  ) AS calls (call, pattern);
SELECT twin.fails('SELECT retention.' || call, '22023', pattern, call)
FROM (VALUES ('proportion_ci(1, 10, 0)', 'confidence'), ('proportion_ci(1, 10, 1)', 'confidence'),
  ('proportion_ci(1, 10, -0.5)', 'confidence'),
  ('proportion_ci(1, 10, 95)', 'confidence.*95'), ($$proportion_ci(1, 10, 'NaN')$$, 'confidence'),
  ($$proportion_ci(1, 10, 0.95, 'exact')$$,
    'exact.*wilson.*clopper_pearson.*wald|wilson.*clopper_pearson.*wald.*exact'),
  ($$proportion_ci(0, 0, 0.95, 'exact')$$, 'wilson'), ('proportion_ci(0, 0, 1.5)', 'confidence'),
  ($$proportion_ci(1, 10, 0.95, '')$$, 'wilson'), ($$proportion_ci(1, 10, method => 'adjusted_wald')$$, 'wilson')
  ) AS calls (call, pattern);

-- ----------------------------------------------------- 3. proportion_test

SELECT is_empty($$
  SELECT * FROM (
    SELECT a.x AS x1, a.n AS n1, b.x AS x2, b.n AS n2, confidence, t.*, a.x / a.n - b.x / b.n AS delta,
      sqrt(power(a.x / a.n - v.ci_low, 2) + power(w.ci_high - b.x / b.n, 2)) AS down,
      sqrt(power(v.ci_high - a.x / a.n, 2) + power(b.x / b.n - w.ci_low, 2)) AS up,
      sqrt(a.x * (a.n - a.x) / power(a.n, 3) + b.x * (b.n - b.x) / power(b.n, 3)) AS se,
      sqrt((a.x + b.x) / (a.n + b.n) * (1 - (a.x + b.x) / (a.n + b.n)) * (1 / a.n + 1 / b.n)) AS pooled_se
    FROM (SELECT *, row_number() OVER (ORDER BY x, n) AS i FROM trials) AS a
    JOIN (SELECT *, row_number() OVER (ORDER BY n, x) AS i FROM trials) AS b USING (i) CROSS JOIN levels,
      LATERAL retention.proportion_ci(a.x, a.n, confidence) AS v, LATERAL retention.proportion_ci(b.x, b.n, confidence) AS w,
      LATERAL retention.proportion_test(a.x, a.n, b.x, b.n, confidence, 'pooled') AS t) AS compared
  WHERE NOT (twin.near(difference, delta) AND twin.near(stderr, se)
    AND twin.near(z, delta / nullif(pooled_se, 0), 1e-9)
      AND twin.near(p_value, twin.p_value(delta / nullif(pooled_se, 0)), 1e-10)
    AND twin.near(ci_low, greatest(-1, delta - down)) AND twin.near(ci_high, least(1, delta + up)))
  LIMIT 5
$$, 'proportion_test = pooled z, Newcombe''s interval of the Wilson limits, clamped');

-- The exact p-values by their definition: the tables with the same margins, in numeric arithmetic.
CREATE FUNCTION twin.exact_p(x1 integer, n1 integer, x2 integer, n2 integer, OUT fisher double precision, OUT mid_p double precision)
LANGUAGE sql AS $$
  WITH RECURSIVE walk (k, p) AS (
    SELECT greatest(0, x1 + x2 - n2), 1::numeric
    UNION ALL
    SELECT k + 1, trim_scale(round(p * (n1 - k) * (x1 + x2 - k) / ((k + 1) * (n2 - x1 - x2 + k + 1)), 60))
    FROM walk WHERE k < least(n1, x1 + x2))
  SELECT sum(p) FILTER (WHERE p <= seen * 1.0000001) / sum(p),
    (sum(p) FILTER (WHERE p < seen * 0.9999999) + coalesce(sum(p) FILTER (WHERE p BETWEEN seen * 0.9999999 AND seen * 1.0000001), 0) / 2) / sum(p)
  FROM (SELECT p, max(p) FILTER (WHERE k = x1) OVER () AS seen FROM walk) AS w
$$;
CREATE TEMP TABLE tables_2x2 AS
SELECT (random() * n1)::integer AS x1, n1, (random() * n2)::integer AS x2, n2
FROM (SELECT ceil(power(10, random() * 2))::integer AS n1, ceil(power(10, random() * 2))::integer AS n2 FROM generate_series(1, 120)) AS n;
INSERT INTO tables_2x2 VALUES (0, 20, 10, 200), (1, 20, 4, 200), (0, 5, 5, 5), (3, 5, 3, 5), (1, 1, 0, 1), (0, 50, 3, 50);
SELECT is_empty($$
  SELECT t.*, e.*, f.p_value, m.p_value FROM tables_2x2 AS t, LATERAL twin.exact_p(x1, n1, x2, n2) AS e,
    LATERAL retention.proportion_test(x1, n1, x2, n2, 0.95, 'fisher') AS f, LATERAL retention.proportion_test(x1, n1, x2, n2, 0.95, 'mid_p') AS m
  WHERE x1 + x2 NOT IN (0, n1 + n2) AND NOT (twin.near(f.p_value, fisher, 1e-12)
    AND twin.near(m.p_value, coalesce(mid_p, fisher / 2), 1e-12)) LIMIT 5
$$, 'fisher and mid_p = their definition');
SELECT is_empty($$
  SELECT * FROM tables_2x2, LATERAL (SELECT (x1 + x2)::double precision / (n1 + n2) AS share) AS s,
    LATERAL retention.proportion_test(x1, n1, x2, n2) AS t,
    LATERAL retention.proportion_test(x1, n1, x2, n2, 0.95, CASE WHEN least(n1, n2) * least(share, 1 - share) < 5 THEN 'mid_p' ELSE 'pooled' END) AS u
  WHERE t IS DISTINCT FROM u LIMIT 5
$$, 'auto: exact where fewer than 5 are expected in a cell');
SELECT is((retention.proportion_test(9.5, 20, 1.25, 20)).p_value, (retention.proportion_test(9.5, 20, 1.25, 20, method => 'pooled')).p_value,
  'auto: weighted counts are pooled');
-- R: fisher.test(matrix(c(3, 1, 1, 3), 2)), the lady tasting tea; fisher.test(matrix(c(2, 10, 15, 3), 2))
SELECT ok(twin.prints((retention.proportion_test(3, 4, 1, 4, method => 'fisher')).p_value, '0.4857143')
  AND twin.prints((retention.proportion_test(2, 12, 15, 18, method => 'fisher')).p_value, '0.0005367'), 'fisher = R');
-- Newcombe 1998, table II, method 10.
SELECT ok(twin.prints(ci_low, low) AND twin.prints(ci_high, high), format('Newcombe: %s of %s against %s of %s', x1, n1, x2, n2))
FROM (VALUES (56, 70, 48, 80, '0.0524', '0.3339'), (9, 10, 3, 10, '0.1705', '0.8090'), (6, 7, 2, 7, '0.0582', '0.8062'),
  (5, 56, 0, 29, '-0.0381', '0.1926'), (0, 10, 0, 20, '-0.1611', '0.2775'), (10, 10, 0, 20, '0.6791', '1.0000')) AS n (x1, n1, x2, n2, low, high),
  LATERAL retention.proportion_test(x1, n1, x2, n2);
SELECT is_empty($$
  SELECT x, t.* FROM generate_series(1, 20) AS x, LATERAL retention.proportion_test(x, 1e6, 2 * x, 1e6 + x, method => 'mid_p') AS t
  WHERE NOT p_value BETWEEN 0 AND 1 $$, 'rare successes of many');
SELECT ok(p_value < 1e-300 AND p_value >= 0, 'tables beyond the smallest number have the p-value 0')
FROM retention.proportion_test(0, 100000, 100000, 100000, method => 'fisher');
-- A walk to the last table would be 10^12 steps, one to the smallest number is 10^7.
SELECT ok(p_value > 0.4142162560 AND p_value < 0.4142162561, 'the steps of an exact test are those between tables that matter')
FROM retention.proportion_test(1e12, 4e12, 1e12 + 1e6, 4e12, method => 'mid_p');
SELECT ok(difference = 0 AND stderr = 0 AND z IS NULL AND p_value IS NULL AND ci_low < 0
  AND ci_high > 0, 'nothing varies: z and p_value are NULL, the interval has a width')
FROM retention.proportion_test(0, 10, 0, 20);
SELECT ok(difference IS NULL AND stderr IS NULL AND z IS NULL AND p_value IS NULL AND ci_low IS NULL
  AND ci_high IS NULL, 'an empty side: all NULL')
FROM retention.proportion_test(0, 0, 5, 10);
SELECT ok(difference IS NULL AND z IS NULL, 'a NULL side: NULL')
  FROM retention.proportion_test(NULL::bigint, 10, 5, 10);
SELECT ok(twin.near(a.difference, -b.difference) AND twin.near(a.z, -b.z) AND twin.near(a.p_value, b.p_value)
  AND twin.near(a.ci_low, -b.ci_high),
  'the difference is signed: first minus second')
FROM retention.proportion_test(30, 100, 50, 120) AS a, retention.proportion_test(50, 120, 30, 100) AS b;
SELECT twin.fails('SELECT retention.' || call, '22023|22003', pattern, call)
FROM (VALUES ('proportion_test(11, 10, 1, 10)', '11|10'), ('proportion_test(1, 10, 11, 10)', '11|10'),
  ('proportion_test(-1, 10, 1, 10)', '-1'),
  ($$proportion_test(1.5, 10, 1, 10, method => 'fisher')$$, 'fisher.*1\.5'), ($$proportion_test(1, 10, 1, 10, method => 'exact')$$, 'exact'),
  ('proportion_test(1, 10, 1, 10, 1)', 'confidence'), ($$proportion_test('NaN', 10, 1, 10)$$, 'NaN'))
    AS calls (call, pattern);

-- ------------------------------------------------------- 4. sample sizes

SELECT is_empty($$
  SELECT * FROM (
    SELECT margin, population, p, confidence, retention.proportion_sample_size(margin, confidence, population,
      p) AS got,
      ceil(n0 / (1 + coalesce((n0 - 1) / population, 0)) - 1e-9)::bigint AS wanted
    FROM (SELECT margin, population, p, confidence, z * z * p * (1 - p) / margin / margin AS n0
      FROM levels, unnest(ARRAY[0.001, 0.013, 0.05, 0.2]::double precision[]) AS margin,
        unnest(ARRAY[NULL, 50, 1000, 123456]::double precision[]) AS population,
          unnest(ARRAY[0.5, 0.1, 0.77]::double precision[]) AS p) AS n0) AS compared
  WHERE got IS DISTINCT FROM wanted LIMIT 5
$$, 'proportion_sample_size = its formula');
SELECT is(retention.proportion_sample_size(0.05), 385::bigint, '+-5 % at 95 %: 385');
SELECT is(retention.proportion_sample_size(0.05, population => 1000), 278::bigint, '... of 1000: 278');
SELECT is(retention.proportion_sample_size(0.02), 2401::bigint, '+-2 % at 95 %: 2401');
SELECT twin.fails('SELECT retention.' || call, '22023', pattern, call)
FROM (VALUES ('proportion_sample_size(0)', 'margin'), ('proportion_sample_size(-0.05)', 'margin'),
  ($$proportion_sample_size('NaN')$$, 'margin'),
  ('proportion_sample_size(0.05, 1)', 'confidence'), ('proportion_sample_size(0.05, population => 0)', 'population'),
  ('proportion_sample_size(0.05, population => -10)', 'population'),
    ($$proportion_sample_size(0.05, population => 'NaN')$$, 'population'),
  ('proportion_sample_size(0.05, p => 0)', '0'), ('proportion_sample_size(0.05, p => 1)', '1'),
    ('proportion_sample_size(0.05, p => 1.5)', '1\.5'), ('proportion_sample_size(0.05, p => -0.1)', '-0\.1'))
    AS calls (call, pattern);
SELECT twin.fails('SELECT retention.proportion_sample_size(1e-12)', '22003', NULL,
  'a size beyond bigint is an error, not a wrong number');
SELECT is(retention.proportion_sample_size(NULL::double precision), NULL, 'NULL margin: NULL');

-- Corrections for many tests. The fifteen p-values of Benjamini and Hochberg 1995, table 1, of whose hypotheses
-- Bonferroni's correction rejects three at 5 % and theirs four; what R's p.adjust gives for them to six digits.
CREATE TEMP TABLE hypotheses AS
SELECT n, p FROM unnest('{0.0001,0.0004,0.0019,0.0095,0.0201,0.0278,0.0298,0.0344,0.0459,0.3240,0.4262,0.5719,0.6528,0.7590,1.0000}'::double precision[])
  WITH ORDINALITY AS v (p, n);
SELECT is((SELECT array_agg(round(a::numeric, 6)::double precision ORDER BY n)
  FROM unnest((SELECT retention.adjusted_p_values(array_agg(p ORDER BY n), correction) FROM hypotheses)) WITH ORDINALITY AS v (a, n)),
  published::double precision[], 'adjusted_p_values: ' || correction)
FROM (VALUES
  ('holm', '{0.0015,0.0056,0.0247,0.114,0.2211,0.278,0.278,0.278,0.3213,1,1,1,1,1,1}'),
  ('benjamini_hochberg', '{0.0015,0.003,0.0095,0.035625,0.0603,0.063857,0.063857,0.0645,0.0765,0.486,0.581182,0.714875,0.753231,0.813214,1}'),
  ('bonferroni', '{0.0015,0.006,0.0285,0.1425,0.3015,0.417,0.447,0.516,0.6885,1,1,1,1,1,1}'),
  ('none', '{0.0001,0.0004,0.0019,0.0095,0.0201,0.0278,0.0298,0.0344,0.0459,0.324,0.4262,0.5719,0.6528,0.759,1}')) AS v (correction, published);
SELECT results_eq('SELECT correction, (SELECT count(*) FROM unnest((SELECT retention.adjusted_p_values(array_agg(p), correction) FROM hypotheses)) AS a WHERE a < 0.05) FROM unnest(ARRAY[''bonferroni'', ''benjamini_hochberg'']) AS correction',
  $$VALUES ('bonferroni', 3::bigint), ('benjamini_hochberg', 4)$$, 'as many are rejected as Benjamini and Hochberg 1995 say');

-- Against their definitions, with ties, zeros, ones and NULL in any order.
CREATE TEMP TABLE families AS
SELECT f, array_agg(CASE WHEN mod(hashint8extended(f * 1000 + i, 7) & 1023, 9) > 0
    THEN mod(hashint8extended(f * 1000 + i, 8) & 65535, 41)::double precision / 40 / (1 + f % 5 * i) END ORDER BY i) AS p
FROM generate_series(0, 199) AS f, generate_series(1, 40) AS i WHERE i <= 1 + f % 40 GROUP BY f;
SELECT is_empty($$
  WITH tests AS (
    SELECT f, i, x AS p, count(x) OVER (PARTITION BY f) AS m, rank() OVER (PARTITION BY f ORDER BY x) AS first,
      count(x) OVER (PARTITION BY f ORDER BY x) AS last FROM families, unnest(p) WITH ORDINALITY AS u (x, i)
  ), wanted AS (
    SELECT f, i, max(least(1, (m - first + 1) * p)) OVER (PARTITION BY f ORDER BY p) AS holm,
      min(least(1, m / last::double precision * p)) OVER (PARTITION BY f ORDER BY p DESC) AS benjamini_hochberg, least(1, m * p) AS bonferroni, p AS none
    FROM tests WHERE p IS NOT NULL
  )
  SELECT * FROM (
    SELECT f, c.correction, c.wanted, g.got FROM families, unnest('{holm,benjamini_hochberg,bonferroni,none}'::text[]) AS k,
      unnest(retention.adjusted_p_values(p, k)) WITH ORDINALITY AS g (got, i)
      LEFT JOIN LATERAL (SELECT k AS correction, (to_jsonb(w) ->> k)::double precision AS wanted FROM wanted AS w WHERE w.f = families.f AND w.i = g.i) AS c ON true) AS a
  WHERE NOT (got IS NULL AND wanted IS NULL) AND (got IS NULL OR wanted IS NULL OR NOT twin.near(got, wanted)) LIMIT 5
$$, 'adjusted_p_values = definitions; NULL stays NULL and does not count');
SELECT is(retention.adjusted_p_values('{}'), '{}', 'no p-values');
SELECT is(retention.adjusted_p_values('{NULL,NULL}'), '{NULL,NULL}', 'unknown p-values');
SELECT is(retention.adjusted_p_values('[3:4][0:0]={{0.01},{0.5}}')::text, '[3:4][0:0]={{0.02},{0.5}}', 'dimensions and subscripts stay');
SELECT is(retention.adjusted_p_values(NULL), NULL, 'NULL p-values');
SELECT twin.fails('SELECT retention.adjusted_p_values(' || arguments || ')', '22023', pattern, 'adjusted_p_values: ' || arguments)
FROM (VALUES ($$'{0.5,1.5}'$$, 'between 0 and 1, not 1\.5'), ($$'{-0.1}'$$, '-0\.1'), ($$'{NaN}'$$, 'NaN'), ($$'{0.5}', 'BH'$$, 'unknown correction: "BH"')) AS a (arguments, pattern);

SELECT * FROM finish();
ROLLBACK;
