-- survey: rating_summary and rating_series against an SQL twin on random answers,
-- and the nine points of every aggregate: NULLs, limits, merges, formats, plans.
-- Moving windows: survey_windows.sql; real data and published values: survey_truths.sql.
-- Run: pg_prove -d DATABASE test/pgtap/survey.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(384);
SELECT setseed(0.910);

-- A query's one value, or the SQLSTATE it fails with.
CREATE FUNCTION twin.state_or_answer(query text, OUT got text, OUT state text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE query INTO got;
EXCEPTION WHEN OTHERS THEN
  state := SQLSTATE;
END
$$;

-- ---------------------------------------------------------------- the data

-- Groups of very different size and shape, with missing answers, weights that
-- are missing, zero, tiny and large.
CREATE TABLE answers AS
SELECT id, grp, part, score, w, day,
  day + TIME '00:00' + random() * INTERVAL '86399 seconds' AS local_time
FROM (
  SELECT row_number() OVER () AS id, grp, floor(random() * 7)::integer AS part,
    CASE WHEN random() < 0.06 THEN NULL ELSE CASE grp % 6 WHEN 0 THEN floor(random() * 11) WHEN 1
      THEN 10 - floor(power(random(), 3) * 11)
      WHEN 2 THEN 9 WHEN 3 THEN 7 + floor(random() * 2) WHEN 4 THEN floor(random() * 7)
        ELSE floor(power(random(), 0.5) * 11) END END::integer AS score,
    CASE WHEN grp % 10 = 7 THEN 0 WHEN random() < 0.03 THEN NULL WHEN random() < 0.05 THEN 0
      ELSE power(10, random() * 4 - 2) END AS w,
    DATE '2022-11-15' + floor(random() * 500)::integer AS day
  FROM generate_series(0, 59) AS grp, generate_series(1, 1 + (grp * grp) % 89)) AS drawn;
INSERT INTO answers SELECT 100000 + n, 60, 0, NULL, 1, DATE '2023-01-01', TIMESTAMP '2023-01-01 12:00'
  FROM generate_series(1, 3) AS n;

-- One row per group and weighting: the tally by hand and the summary to be asked.
-- p, q, d are weight sums (counts when unweighted), n_eff is Kish's.
CREATE TEMP TABLE tallies AS
SELECT *, total * total / nullif(squares, 0) AS n_eff FROM (
  SELECT grp, false AS weighted, count(score) AS n, count(*) - count(score) AS missing,
    count(*) FILTER (WHERE score >= 9) AS promoters, count(*) FILTER (WHERE score IN (7, 8)) AS passives,
      count(*) FILTER (WHERE score <= 6) AS detractors,
    count(score)::double precision AS total, count(score)::double precision AS squares,
    (count(*) FILTER (WHERE score >= 9))::double precision AS p,
      (count(*) FILTER (WHERE score IN (7, 8)))::double precision AS q,
    (count(*) FILTER (WHERE score <= 6))::double precision AS d, retention.nps_agg(score) AS s
  FROM answers GROUP BY grp
  UNION ALL
  SELECT grp, true, count(score), count(*) - count(score),
    count(*) FILTER (WHERE score >= 9), count(*) FILTER (WHERE score IN (7, 8)), count(*) FILTER (WHERE score <= 6),
    coalesce(sum(w) FILTER (WHERE score IS NOT NULL), 0), coalesce(sum(w * w) FILTER (WHERE score IS NOT NULL), 0),
    coalesce(sum(w) FILTER (WHERE score >= 9), 0), coalesce(sum(w) FILTER (WHERE score IN (7, 8)), 0),
      coalesce(sum(w) FILTER (WHERE score <= 6), 0),
    (SELECT retention.nps_agg(score, w) FROM answers AS all_rows WHERE all_rows.grp = answers.grp)
  FROM answers WHERE w IS NOT NULL GROUP BY grp) AS sums;

-- ----------------------------------------------------- 1. a worked example

CREATE TEMP TABLE example AS
SELECT retention.nps_agg(score) AS s FROM (
  SELECT 9 AS score FROM generate_series(1, 30) UNION ALL SELECT 8 FROM generate_series(1, 20) UNION ALL SELECT 2
    FROM generate_series(1, 50)) AS answers;
SELECT is(retention.nps(s), -20::double precision, '30 promoters and 50 detractors among 100: -20') FROM example;
SELECT is((retention.num_responses(s), retention.promoters(s), retention.passives(s), retention.detractors(s),
  retention.num_missing(s))::text,
  '(100,30,20,50,0)', 'the counts behind it') FROM example;

-- --------------------------------------------- counts instead of rows (metrics 01)

-- Any rows, counted by score: the same summary, whatever the counts.
SELECT is_empty($$
  SELECT grp FROM (
    SELECT grp, retention.nps_agg(score) AS by_row FROM answers GROUP BY grp) AS a
  JOIN (SELECT grp, retention.nps_counts_agg(score, n) AS by_count
        FROM (SELECT grp, score, count(*) AS n FROM answers GROUP BY grp, score UNION ALL SELECT DISTINCT grp, 5, 0 FROM answers UNION ALL SELECT DISTINCT grp, 5, NULL::bigint FROM answers) AS c
        GROUP BY grp) AS b USING (grp)
  WHERE by_row::text IS DISTINCT FROM by_count::text
$$, 'counts of scores = a row for each answer; counts of 0 add nothing, NULL counts are ignored');
SELECT is_empty($$
  SELECT * FROM (VALUES ('nps', '', 0, 10), ('csat', '', 1, 5), ('ces', '', 1, 7), ('rating', ', -3, 3', -3, 3)) AS f (f, scale, low, high), unnest(ARRAY['smallint', 'integer', 'double precision']) AS type
  WHERE twin.answer(format('SELECT retention.%s_counts_agg(x::%s, x + 7%s) FROM generate_series(%s, %s) AS x', f, type, scale, low, high))
    IS DISTINCT FROM twin.answer(format('SELECT retention.%s_agg(x::%s%s) FROM generate_series(%s, %s) AS x, generate_series(1, x + 7)', f, type, scale, low, high))
$$, 'counts on every scale and of every type of score');
SELECT is_empty($$
  SELECT k, moving, afresh FROM (
    SELECT k, retention.nps_counts_agg(score, n) OVER w AS moving, retention.merge_agg(one) OVER w AS afresh
    FROM (SELECT k, CASE WHEN k % 7 > 0 THEN k * k % 11 END AS score, CASE WHEN k % 5 > 0 THEN k * 37 % 300 END AS n FROM generate_series(1, 200) AS k) AS r,
      LATERAL (SELECT retention.nps_agg(x) AS one FROM (SELECT r.score AS x FROM generate_series(1, n)) AS a) AS o
    WINDOW w AS (ORDER BY k ROWS BETWEEN 9 PRECEDING AND 2 FOLLOWING)) AS windows
  WHERE coalesce(retention.num_responses(moving), 0) <> coalesce(retention.num_responses(afresh), 0)
    OR (retention.num_responses(afresh) > 0 AND moving::text IS DISTINCT FROM afresh::text)
$$, 'counts in moving windows');
SELECT is((retention.num_responses(s), retention.num_missing(s), retention.promoters(s))::text, '(9000000000000000000,223372036854775807,9000000000000000000)', 'counts up to the limit of bigint')
FROM (SELECT retention.nps_counts_agg(score, n) AS s FROM (VALUES (10, 9000000000000000000), (NULL, 223372036854775807)) AS v (score, n)) AS q;
SELECT twin.fails('SELECT retention.nps_counts_agg(score, n) FROM (VALUES (10, 9000000000000000000), (9, 223372036854775808)) AS v (score, n)', '22003', 'answers', 'one more than bigint holds');
SELECT twin.fails('SELECT retention.nps_counts_agg(10, -1)', '22003', '-1', 'a negative count');
SELECT twin.fails('SELECT retention.nps_counts_agg(11, 1)', '22003', '11', 'a score outside the scale');
SELECT twin.fails('SELECT retention.nps_counts_agg(11, 0)', '22003', '11', 'a score outside the scale, even without answers');
SELECT ok(retention.nps_counts_agg(10, NULL) IS NULL, 'no count: no row');
SELECT is(format('%s %s %s %s %s', retention.num_responses(s), retention.promoters(s), round(retention.nps(s)::numeric, 1), round(ci_low::numeric, 1), round(ci_high::numeric, 1)), '31 18 51.6 25.5 68.6',
  '2 detractors, 11 passives, 18 promoters: 51.6, 25.5 to 68.6')
FROM (SELECT retention.nps_counts_agg(score, n) AS s FROM (VALUES (5, 2), (8, 11), (9, 18)) AS v (score, n)) AS q, LATERAL retention.nps_ci(s);

-- ------------------------------------------------------ 2. counts and shares

SELECT is_empty($$
  SELECT grp, weighted FROM tallies
  WHERE (retention.num_responses(s), retention.num_missing(s), retention.promoters(s), retention.passives(s),
    retention.detractors(s))
    IS DISTINCT FROM (n, missing, promoters, passives, detractors)
$$, 'counts = twin, weighted or not');
SELECT is_empty($$
  SELECT grp, weighted FROM tallies
  WHERE NOT (twin.near(retention.weighted_responses(s), total)
    AND twin.near(retention.response_rate(s), n::double precision / nullif(n + missing, 0))
    AND twin.near(retention.promoter_share(s), p / nullif(total, 0))
      AND twin.near(retention.passive_share(s), q / nullif(total, 0))
    AND twin.near(retention.detractor_share(s), d / nullif(total, 0)))
$$, 'shares = twin, weighted where weighted');
SELECT is_empty($$
  SELECT grp, weighted FROM tallies
  WHERE NOT (twin.near(retention.nps(s), 100 * (p - d) / nullif(total, 0))
    AND twin.near(retention.nps(s, 6, 9), 100 * (p - d) / nullif(total, 0))
    AND twin.near(retention.nps_variance(s), (p + d) / nullif(total, 0) - power((p - d) / nullif(total, 0), 2))
    AND twin.near(retention.nps_stderr(s),
      100 * sqrt(greatest(0, (p + d) / nullif(total, 0) - power((p - d) / nullif(total, 0), 2)) / n_eff), 1e-10))
$$, 'nps, variance and standard error = twin (Kish)');
SELECT is_empty($$
  SELECT grp FROM (
    SELECT grp, retention.nps(score) AS plain, retention.nps(score, w) AS weighted FROM answers GROUP BY grp) AS a
  WHERE NOT (twin.near(plain, (SELECT retention.nps(s) FROM tallies WHERE NOT tallies.weighted
    AND tallies.grp = a.grp))
    AND twin.near(weighted, (SELECT retention.nps(s) FROM tallies WHERE tallies.weighted AND tallies.grp = a.grp)))
$$, 'the aggregate nps = nps of the summary');
SELECT ok(bool_and(num = 60 AND total = 0 AND nps IS NULL AND share IS NULL AND mean IS NULL AND var IS NULL
  AND se IS NULL AND low IS NULL AND rate = 1),
  'weights that sum to zero: answers are counted, scores are NULL')
FROM (SELECT retention.num_responses(s) AS num, retention.weighted_responses(s) AS total, retention.nps(s) AS nps,
  retention.promoter_share(s) AS share,
    retention.mean_score(s) AS mean, retention.nps_variance(s) AS var,
      retention.nps_stderr(s) AS se, (retention.nps_ci(s)).ci_low AS low,
    retention.response_rate(s) AS rate
  FROM (SELECT retention.nps_agg(5 + n % 6, 0.0) AS s FROM generate_series(1, 60) AS n) AS zero) AS scores;
SELECT is(retention.num_missing(s), 1::bigint, 'a NULL weight: the row is ignored, answered or not')
FROM (SELECT retention.nps_agg(score, w) AS s FROM (VALUES (9, 1.0), (9, NULL), (NULL, NULL), (NULL, 1.0))
  AS rows (score, w)) AS a;
SELECT ok(twin.near(retention.nps_stderr(small), retention.nps_stderr(plain))
  AND twin.near(retention.nps_stderr(large), retention.nps_stderr(plain))
    AND twin.near(retention.nps(small), retention.nps(plain)), 'equal weights change nothing, whatever their size')
FROM (SELECT retention.nps_agg(n % 11) AS plain, retention.nps_agg(n % 11, 1e-100) AS small,
  retention.nps_agg(n % 11, 1e100) AS large
  FROM generate_series(1, 50) AS n) AS a;

-- Other scales: every score, boxes and breaks.
CREATE TABLE ratings AS
SELECT grp, low, high, score, w FROM (
  SELECT grp, low, high, CASE WHEN random() < 0.05 THEN NULL
    ELSE low + floor(random() * (high - low + 1)) END::integer AS score,
    CASE WHEN random() < 0.05 THEN NULL ELSE floor(random() * 20) / 4 END AS w
  FROM (VALUES (0, 10), (1, 5), (1, 7), (-5, 5), (0, 100), (-50, 50), (0, 1), (-3, -1), (2147483640, 2147483647))
    AS scales (low, high),
    generate_series(1, 4) AS grp, generate_series(1, 5 + grp * grp * 10)) AS drawn;
CREATE TEMP TABLE rated AS
SELECT low, high, grp, false AS weighted, retention.rating_agg(score, low, high) AS s FROM ratings
  GROUP BY low, high, grp
UNION ALL SELECT low, high, grp, true, retention.rating_agg(score, low, high, w) FROM ratings GROUP BY low, high, grp;
CREATE VIEW twin.rating_rows AS
SELECT low, high, grp, false AS weighted, score, 1::double precision AS w FROM ratings
UNION ALL SELECT low, high, grp, true, score, w FROM ratings WHERE w IS NOT NULL;

SELECT is_empty($$
  SELECT * FROM (
    SELECT low, high, grp, weighted, above_low, s FROM rated JOIN (
      SELECT low, high, grp, weighted, sum(w * (score - low)) / sum(w) FILTER (WHERE score IS NOT NULL) AS above_low
        FROM twin.rating_rows GROUP BY 1, 2, 3, 4) AS means
    USING (low, high, grp, weighted)) AS m
  WHERE NOT (twin.near(retention.mean_score(s), low + above_low)
    AND twin.near(retention.percent_of_maximum(s), above_low / (high::bigint - low)))
$$, 'mean_score and percent_of_maximum = twin, on nine scales');
SELECT is_empty($$
  SELECT * FROM (
    SELECT low, high, grp, weighted, boxes, s, top, bottom FROM rated JOIN (
      SELECT low, high, grp, weighted, boxes,
        coalesce(sum(w) FILTER (WHERE score > high - boxes), 0) / sum(w) FILTER (WHERE score IS NOT NULL) AS top,
        coalesce(sum(w) FILTER (WHERE score < low + boxes), 0) / sum(w) FILTER (WHERE score IS NOT NULL) AS bottom
      FROM twin.rating_rows, unnest(ARRAY[1, 2, 3, 5]) AS boxes WHERE boxes <= high - low + 1
      GROUP BY 1, 2, 3, 4, 5) AS shares
    USING (low, high, grp, weighted)) AS b
  WHERE NOT (twin.near(retention.top_box_share(s, boxes), top)
    AND twin.near(retention.bottom_box_share(s, boxes), bottom)
    AND (2 * boxes > high::bigint - low + 1 OR twin.near(retention.net_score(s, boxes), top - bottom))
    AND (boxes <> 2 OR (twin.near(retention.top_box_share(s), top)
      AND twin.near(retention.bottom_box_share(s), bottom)
      AND (high - low < 3 OR twin.near(retention.net_score(s), top - bottom))))
    AND (boxes <> CASE WHEN high::bigint - low + 1 <= 3 THEN 1 ELSE 2 END OR twin.near(retention.csat(s), top)))
$$, 'top and bottom boxes, net_score and csat = twin');
SELECT is_empty($$
  SELECT * FROM (
    SELECT low, high, grp, weighted, step, s, promoters, detractors FROM rated JOIN (
      SELECT low, high, grp, weighted, step,
        coalesce(sum(w) FILTER (WHERE score >= high - step), 0) / sum(w) FILTER (WHERE score IS NOT NULL) AS promoters,
        coalesce(sum(w) FILTER (WHERE score <= low + step), 0) / sum(w) FILTER (WHERE score IS NOT NULL) AS detractors
      FROM twin.rating_rows, generate_series(0, 2) AS step WHERE low + step < high - step
      GROUP BY 1, 2, 3, 4, 5) AS shares
    USING (low, high, grp, weighted)) AS b
  WHERE NOT twin.near(retention.nps(s, low + step, high - step), 100 * (promoters - detractors))
$$, 'nps with breaks = twin');
SELECT is_empty($$
  SELECT low, high, grp, weighted, c.score, c.responses, round(c.share::numeric, 12) FROM rated,
    LATERAL retention.score_counts(s) AS c
  EXCEPT ALL
  SELECT t.low, t.high, t.grp, t.weighted, (t.low + step)::integer, count(r.score),
    round((coalesce(sum(r.w), 0) / total)::numeric, 12)
  FROM (SELECT low, high, grp, weighted, sum(w) FILTER (WHERE score IS NOT NULL) AS total FROM twin.rating_rows
    GROUP BY 1, 2, 3, 4) AS t
  CROSS JOIN generate_series(0::bigint, t.high::bigint - t.low) AS step
  LEFT JOIN twin.rating_rows AS r ON (r.low, r.high, r.grp, r.weighted) = (t.low, t.high, t.grp, t.weighted)
    AND r.score = t.low + step
  GROUP BY t.low, t.high, t.grp, t.weighted, step, total
$$, 'score_counts = twin');
SELECT is_empty($$
  SELECT low, high, grp FROM rated WHERE (SELECT count(*) FROM retention.score_counts(s)) <> high::bigint - low + 1
    OR (SELECT array_agg(score) FROM retention.score_counts(s))
      IS DISTINCT FROM (SELECT array_agg((low + step)::integer)
      FROM generate_series(0::bigint, high::bigint - low) AS step)
$$, 'score_counts lists every point of the scale in order, zeros included');
SELECT results_eq('SELECT score, responses, share FROM retention.score_counts((SELECT retention.csat_agg(NULL::integer)))',
  'SELECT n, 0::bigint, NULL::double precision FROM generate_series(1, 5) AS n',
    'score_counts without answers: zeros, no shares');
SELECT is((SELECT string_agg(lower(retention.nps_category(n)), ',' ORDER BY n) FROM generate_series(0, 10) AS n),
  repeat('detractor,', 7) || 'passive,passive,promoter,promoter', 'nps_category of 0 to 10');
SELECT is(retention.nps_category(NULL::integer), NULL, 'nps_category of NULL');
SELECT is((retention.num_responses(s), retention.mean_score(s))::text, '(1,2147483647)',
  'a scale at the end of integer')
FROM (SELECT retention.rating_agg(2147483647, 2147483640, 2147483647) AS s) AS a;

-- --------------------------------------------------- 3. intervals and tests

-- The score interval (Tango 1998): all differences the score test does not reject.
-- With difference delta, detractors q maximise p log(q + delta) + d log(q) + rest log(1 - 2q - delta);
-- the derivative's zero is the root of a quadratic.
CREATE FUNCTION twin.score_statistic(p double precision, q double precision, d double precision,
  delta double precision)
RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  n double precision := p + q + d;
  b double precision := 2 * (q + d) * delta - (p + d) * (1 - delta);
  c double precision := -d * delta * (1 - delta);
  root double precision := sqrt(greatest(0, b * b - 8 * n * c));
  share double precision;
BEGIN
  share := CASE WHEN b <= 0 THEN (root - b) / (4 * n) ELSE -2 * c / (root + b) END;
  RETURN ((p - d) / n - delta) / sqrt((2 * share + delta * (1 - delta)) / n);
END
$$;
CREATE FUNCTION twin.score_limit(p double precision, q double precision, d double precision, z double precision,
  upper boolean)
RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  accepted double precision := (p - d) / (p + q + d);
  rejected double precision := CASE WHEN upper THEN 1 ELSE -1 END;
  middle double precision;
BEGIN
  IF accepted = rejected THEN
    RETURN rejected;
  END IF;
  FOR i IN 1..60 LOOP
    middle := (accepted + rejected) / 2;
    EXIT WHEN middle IN (accepted, rejected);
    IF abs(twin.score_statistic(p, q, d, middle)) <= z THEN
      accepted := middle;
    ELSE
      rejected := middle;
    END IF;
  END LOOP;
  RETURN accepted;
END
$$;

-- NPS, standard error and unclamped interval of effective counts, on the unit scale.
CREATE FUNCTION twin.estimate(p double precision, q double precision, d double precision, method text,
  OUT nps double precision, OUT se double precision)
LANGUAGE sql IMMUTABLE AS $$
  SELECT (a.p - a.d) / a.n, sqrt(greatest(0, ((a.p + a.d) / a.n - power((a.p - a.d) / a.n, 2)) / a.n))
  FROM (SELECT CASE WHEN method = 'adjusted_wald' THEN 0.75 ELSE 0 END AS extra) AS pseudo,
    LATERAL (SELECT estimate.p + extra AS p, estimate.d + extra AS d,
      estimate.p + q + estimate.d + 4 * extra AS n) AS a
  WHERE a.n > 0
$$;
-- inflation: how many times as much the answers tell of a finite population; NULL: all there is to know
CREATE FUNCTION twin.nps_interval(p double precision, q double precision, d double precision, z double precision,
  method text, inflation double precision,
  OUT low double precision, OUT high double precision) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  seen double precision;
BEGIN
  IF coalesce(p + q + d, 0) = 0 THEN
    RETURN;
  END IF;
  seen := 100 * (p - d) / (p + q + d);
  p := p * inflation;
  q := q * inflation;
  d := d * inflation;
  IF inflation IS NULL THEN
    low := seen;
    high := seen;
  ELSIF method = 'score' THEN
    low := 100 * twin.score_limit(p, q, d, z, false);
    high := 100 * twin.score_limit(p, q, d, z, true);
  ELSE
    SELECT 100 * (nps - z * se), 100 * (nps + z * se) INTO low, high
      FROM twin.estimate(p, q, d, method);
  END IF;
  low := greatest(least(low, seen), -100);
  high := least(greatest(high, seen), 100);
END
$$;

CREATE TEMP TABLE levels AS
SELECT confidence, twin.normal_z(confidence) AS z
  FROM unnest(ARRAY[0.8, 0.95, 0.99]::double precision[]) AS confidence;
CREATE TEMP VIEW effective AS
SELECT grp, weighted, n, s, p * n_eff / nullif(total, 0) AS p, q * n_eff / nullif(total, 0) AS q,
  d * n_eff / nullif(total, 0) AS d FROM tallies;

SELECT is_empty($$
  SELECT * FROM (
    SELECT grp, weighted, confidence, method, i.*, c.* FROM effective
      CROSS JOIN levels, unnest(ARRAY['wald', 'adjusted_wald', 'score']) AS method,
      LATERAL twin.nps_interval(p, q, d, z, method, 1) AS i,
        LATERAL retention.nps_ci(s, confidence, method) AS c) AS compared
  WHERE NOT (twin.near(ci_low, low, 1e-8) AND twin.near(ci_high, high, 1e-8)) LIMIT 5
$$, 'nps_ci = twin: wald, adjusted_wald and score, weighted too');
SELECT is_empty($$
  SELECT * FROM effective, LATERAL retention.nps_ci(s) AS c,
    LATERAL retention.nps_ci(s, 0.95, 'adjusted_wald', NULL) AS d
  WHERE (c.ci_low, c.ci_high) IS DISTINCT FROM (d.ci_low, d.ci_high)
$$, 'nps_ci defaults: 0.95, adjusted_wald, no population');
SELECT is_empty($$
  SELECT * FROM (
    SELECT grp, weighted, population, method, i.*, c.*
      FROM effective, unnest(ARRAY['wald', 'adjusted_wald', 'score']) AS method,
      LATERAL unnest(ARRAY[n, n + 1, 2 * n + 5, 100000]::double precision[]) AS population,
      LATERAL twin.nps_interval(p, q, d, twin.normal_z(0.95), method, (population - 1) / nullif(population - n, 0)) AS i,
      LATERAL retention.nps_ci(s, method => method, population => population) AS c
    WHERE n > 0) AS compared
  WHERE NOT (twin.near(ci_low, low, 1e-8) AND twin.near(ci_high, high, 1e-8)) LIMIT 5
$$, 'nps_ci of a finite population = twin; everybody asked: no width');
SELECT is_empty($$
  SELECT * FROM effective, unnest(ARRAY[0.1, 0.8, 0.95]::double precision[]) AS confidence,
    unnest(ARRAY['wald', 'adjusted_wald', 'score']) AS method, LATERAL unnest(ARRAY[NULL, nullif(n, 0), n + 5]::double precision[]) AS population,
    LATERAL retention.nps_ci(s, confidence, method, population) AS c
  WHERE NOT coalesce(retention.nps(s) BETWEEN ci_low - 1e-9 AND ci_high + 1e-9, n = 0 OR retention.nps(s) IS NULL) LIMIT 5
$$, 'an interval holds its own score: any method, confidence and population');
SELECT is(retention.nps_ci(s, population => 100)::text, '(30,30)', 'a census leaves no doubt')
FROM (SELECT retention.nps_agg((ARRAY[10, 10, 10, 10, 10, 8, 8, 8, 0, 0])[1 + i % 10]) AS s FROM generate_series(0, 99) AS i) AS q;
SELECT is((retention.nps_ci(retention.nps_agg(10))).ci_high, 100::double precision, 'the interval of one promoter holds 100');
SELECT is_empty($$
  SELECT * FROM (
    SELECT grp, weighted, confidence, population, 100 * z * se AS margin,
      retention.nps_margin_of_error(s, confidence, population) AS got
    FROM effective CROSS JOIN levels, LATERAL unnest(ARRAY[NULL, n + 1, 100000]::double precision[]) AS population,
      LATERAL (SELECT coalesce((population - 1) / (population - n), 1) AS inflation) AS f,
      LATERAL twin.estimate(p * inflation, q * inflation, d * inflation, 'adjusted_wald')
    WHERE p + q + d > 0) AS compared
  WHERE NOT twin.near(got, margin, 1e-9) LIMIT 5
$$, 'nps_margin_of_error = half-width of the unclamped adjusted Wald interval');
SELECT is_empty($$SELECT grp FROM effective WHERE coalesce(p + q + d, 0) = 0
  AND ((retention.nps_ci(s)).ci_low IS NOT NULL
  OR (retention.nps_ci(s, method => 'score')).ci_high IS NOT NULL OR retention.nps_margin_of_error(s) IS NOT NULL)$$,
    'nothing to estimate: NULL');
SELECT ok(c.ci_low > 95 AND c.ci_high = 100 AND w.ci_low = 100 AND w.ci_high = 100 AND s.ci_high = 100
  AND s.ci_low > 90, 'all promoters: limits stay inside the scale')
FROM (SELECT retention.nps_agg(10) AS all_ten FROM generate_series(1, 1000)) AS a, retention.nps_ci(all_ten) AS c,
  retention.nps_ci(all_ten, method => 'wald') AS w, retention.nps_ci(all_ten, method => 'score') AS s;

-- --------------------------------------- intervals of shares and means

SELECT is_empty($$
  SELECT grp, weighted FROM tallies WHERE NOT twin.near(retention.effective_sample_size(s), coalesce(n_eff, 0), 1e-10)
$$, 'effective sample size = twin (Kish)');
SELECT is_empty($$
  SELECT grp, weighted, boxes, c.*, w.* FROM tallies, generate_series(1, 11, 3) AS boxes,
    LATERAL (SELECT retention.top_box_share(s, boxes) AS top, retention.bottom_box_share(s, boxes) AS bottom, retention.effective_sample_size(s) AS e) AS shares,
    LATERAL retention.top_box_ci(s, boxes, 0.9) AS c, LATERAL retention.proportion_ci(least(top * e, e), e, 0.9) AS w,
    LATERAL retention.bottom_box_ci(s, boxes, 0.9) AS d, LATERAL retention.proportion_ci(least(bottom * e, e), e, 0.9) AS v
  WHERE NOT (twin.near(c.ci_low, w.ci_low, 1e-9) AND twin.near(c.ci_high, w.ci_high, 1e-9) AND twin.near(d.ci_low, v.ci_low, 1e-9) AND twin.near(d.ci_high, v.ci_high, 1e-9)) LIMIT 5
$$, 'interval of a share = Wilson on the effective sample size');
SELECT is_empty($$
  SELECT grp, c.*, center - z * se, center + z * se FROM (
    SELECT grp, avg(score) AS mean, count(*) AS n, sqrt(var_pop(score) / count(*)) AS se, avg(score) AS center, retention.nps_agg(score) FILTER (WHERE NOT pseudo) AS s,
      avg(score) FILTER (WHERE NOT pseudo) AS seen
    FROM (SELECT grp, score, false AS pseudo FROM answers WHERE score IS NOT NULL UNION ALL SELECT DISTINCT grp, e, true FROM answers, unnest(ARRAY[0, 10]) AS e) AS a
    GROUP BY grp) AS p CROSS JOIN levels, LATERAL retention.mean_score_ci(s, confidence) AS c
  WHERE seen IS NOT NULL AND NOT (twin.near(ci_low, greatest(0, least(seen, center - z * se)), 1e-9) AND twin.near(ci_high, least(10, greatest(seen, center + z * se)), 1e-9)) LIMIT 5
$$, 'interval of a mean = twin: an answer at either end, then the normal');
SELECT is_empty($$
  SELECT grp, weighted FROM tallies, LATERAL retention.mean_score_ci(s) AS c, LATERAL retention.top_box_ci(s) AS t
  WHERE (retention.mean_score(s) IS NULL) <> (c.ci_low IS NULL)
    OR NOT coalesce(retention.mean_score(s) BETWEEN c.ci_low AND c.ci_high AND retention.top_box_share(s) BETWEEN t.ci_low AND t.ci_high, true)
    OR NOT coalesce(c.ci_low >= 0 AND c.ci_high <= 10, true)
$$, 'the intervals hold what they belong to, weighted too; NULL where it is NULL');
SELECT is((SELECT string_agg(retention.csat(s)::text, ' ' ORDER BY max) FROM (SELECT max, retention.rating_agg(score, 0, max) AS s FROM generate_series(1, 6) AS max, LATERAL generate_series(0, max) AS score GROUP BY max) AS q),
  (SELECT string_agg((CASE WHEN max < 3 THEN 1 ELSE 2 END / (max + 1)::double precision)::text, ' ' ORDER BY max) FROM generate_series(1, 6) AS max), 'csat: the top score of two or three, the two highest of more (metrics 02)');
SELECT is(format('%s %s', retention.csat(s), retention.csat_ci(s) = retention.top_box_ci(s, 1)), '0.75 t', '18 good, 6 bad, 6 without an answer: 0.75')
FROM (SELECT retention.rating_counts_agg(score, n, 0, 1) AS s FROM (VALUES (1, 18), (0, 6), (NULL, 6)) AS v (score, n)) AS q;

CREATE TEMP TABLE pairs AS
SELECT a.grp AS a_grp, b.grp AS b_grp, a.weighted, a.s AS a, b.s AS b, a.p AS ap, a.q AS aq, a.d AS ad, b.p AS bp,
  b.q AS bq, b.d AS bd
FROM effective AS a JOIN effective AS b ON b.weighted = a.weighted AND b.grp = (a.grp * 7 + 3) % 61;
SELECT is_empty($$
  SELECT * FROM (
    SELECT a_grp, b_grp, weighted, confidence, method, t.*, l.z AS width, 100 * (x.nps - y.nps) AS delta,
      100 * sqrt(x.se * x.se + y.se * y.se) AS se,
      100 * ((ap - ad) / (ap + aq + ad) - (bp - bd) / (bp + bq + bd)) AS seen
    FROM pairs CROSS JOIN levels AS l, unnest(ARRAY['wald', 'adjusted_wald']) AS method,
      LATERAL twin.estimate(ap, aq, ad, method) AS x, LATERAL twin.estimate(bp, bq, bd, method) AS y,
      LATERAL retention.nps_test(a, b, confidence, method) AS t
    WHERE ap + aq + ad > 0 AND bp + bq + bd > 0) AS compared
  WHERE NOT (twin.near(difference, seen, 1e-9) AND twin.near(stderr, se, 1e-9)
    AND (se < 1e-6 OR (twin.near(z, delta / se, 1e-8) AND twin.near(p_value, twin.p_value(delta / se), 1e-9)))
    AND twin.near(ci_low, greatest(-200, least(seen, delta - width * se)), 1e-9)
      AND twin.near(ci_high, least(200, greatest(seen, delta + width * se)), 1e-9)) LIMIT 5
$$, 'nps_test = twin, signed, both methods');
SELECT is_empty($$
  SELECT * FROM pairs, LATERAL retention.nps_test(a, b) AS t, LATERAL retention.nps_test(a, b, 0.95, 'adjusted_wald') AS u,
    LATERAL retention.nps_test(b, a) AS v
  WHERE t IS DISTINCT FROM u OR t.difference IS DISTINCT FROM -v.difference OR t.z IS DISTINCT FROM -v.z OR t.ci_low
    IS DISTINCT FROM -v.ci_high
$$, 'nps_test defaults: 0.95, adjusted_wald; exchanging the sides changes the sign only');
SELECT is_empty($$
  SELECT * FROM pairs, LATERAL retention.nps_test(a, b) AS t
  WHERE (coalesce(ap + aq + ad, 0) = 0 OR coalesce(bp + bq + bd, 0) = 0)
    AND num_nonnulls(t.difference, t.stderr, t.z, t.p_value, t.ci_low, t.ci_high) > 0
$$, 'nps_test with an empty side: all NULL');
SELECT ok(difference = 200 AND stderr = 0 AND z IS NULL AND p_value IS NULL AND ci_low = 200
  AND ci_high = 200, 'nps_test without variance: z and p_value are NULL')
FROM retention.nps_test((SELECT retention.nps_agg(10) FROM generate_series(1, 5)), (SELECT retention.nps_agg(0)
  FROM generate_series(1, 5)), method => 'wald');
SELECT ok(difference = 70 AND twin.prints(p_value, '0.91'), 'one promoter against 100 answers of 50, 30, 20: 70 points, p = 0.91')
FROM retention.nps_test((SELECT retention.nps_agg(10)), (SELECT retention.nps_agg((ARRAY[10, 10, 10, 10, 10, 8, 8, 8, 0, 0])[1 + i % 10])
  FROM generate_series(0, 99) AS i));
SELECT ok(difference IS NULL AND z IS NULL, 'nps_test with NULL: NULL')
  FROM retention.nps_test((SELECT s FROM example), NULL);

SELECT is_empty($$
  SELECT * FROM (
    SELECT margin, confidence, population, variance,
      retention.nps_sample_size(margin, confidence, population, variance) AS got,
      ceil(n0 / (1 + coalesce((n0 - 1) / population, 0)) - 1e-9)::bigint AS wanted
    FROM (SELECT margin, population, variance, confidence, z * z * variance / power(margin / 100, 2) AS n0
      FROM levels, unnest(ARRAY[0.3, 1, 5, 25]::double precision[]) AS margin,
        unnest(ARRAY[NULL, 50, 1000, 123456]::double precision[]) AS population,
        unnest(ARRAY[1, 0.61, 0.05]::double precision[]) AS variance) AS n0) AS compared
  WHERE got IS DISTINCT FROM wanted LIMIT 5
$$, 'nps_sample_size = its formula');

-- Bad parameters, on full and on empty summaries.
SELECT twin.fails(format('SELECT retention.%s FROM (SELECT retention.nps_agg(%s) AS s) AS a', call, score), '22023',
  pattern, format('%s, score %s', call, score))
FROM (VALUES ('nps_ci(s, 0)', 'confidence'), ('nps_ci(s, 1)', 'confidence'), ('nps_ci(s, 95)', 'confidence.*95'),
  ($$nps_ci(s, 'NaN')$$, 'confidence'),
  ('nps_ci(s, -0.1)', 'confidence'),
  ($$nps_ci(s, method => 'wilson')$$, 'wilson.*wald.*adjusted_wald.*score|wald.*adjusted_wald.*score.*wilson'),
    ($$nps_ci(s, method => 'Wald ')$$, 'wald'),
  ($$nps_ci(s, population => 'NaN')$$, 'population'),
  ('nps_ci(s, population => -1)', 'population'),
  ('nps_margin_of_error(s, 1)', 'confidence'), ('nps_margin_of_error(s, population => -1)', 'population'),
  ('nps_test(s, s, 1.5)', 'confidence'), ($$nps_test(s, s, method => 'score')$$, 'wald.*adjusted_wald'),
  ('nps(s, 6, 6)', '6'), ('nps(s, 9, 6)', '9.*6|6.*9'),
  ('top_box_share(s, 0)', '0'), ('bottom_box_share(s, 12)', '12'), ('top_box_share(s, -1)', '-1'), ('net_score(s, 6)',
    '6|overlap')
  ) AS calls (call, pattern), unnest(ARRAY['9', 'NULL::integer']) AS score;
SELECT twin.fails(format('SELECT retention.%s', call), '22023', pattern, call)
FROM (VALUES ('nps_sample_size(0)', 'margin'), ('nps_sample_size(-5)', 'margin'), ($$nps_sample_size('NaN')$$,
  'margin'), ('nps_sample_size(5, 1)', 'confidence'),
  ('nps_sample_size(5, population => 0)', 'population'), ('nps_sample_size(5, variance => -0.1)', 'variance'),
  ($$nps_sample_size(5, variance => 'NaN')$$, 'variance')) AS calls (call, pattern);
SELECT twin.fails('SELECT retention.nps_sample_size(1e-10)', '22003', NULL,
  'a sample size beyond bigint is an error');
SELECT twin.fails('SELECT retention.nps_ci(retention.nps_agg(9), population => 99) FROM generate_series(1, 100)',
  '22023', '99.*100|100.*99', 'more answers than population');
SELECT twin.fails(format('SELECT retention.%s FROM (SELECT retention.csat_agg(4) AS s) AS a', call), '22023',
  '0.*10|break', call || ' needs the scale 0..10')
FROM unnest(ARRAY['nps(s)', 'promoters(s)', 'passives(s)', 'detractors(s)', 'promoter_share(s)', 'passive_share(s)',
  'detractor_share(s)',
  'nps_variance(s)', 'nps_stderr(s)', 'nps_ci(s)', 'nps_margin_of_error(s)', 'nps_test(s, s)']) AS call;
SELECT twin.fails(format('SELECT retention.nps_category(%s)', score), '22003', '0.*10|whole|range', 'nps_category of '
  || score)
FROM unnest(ARRAY['-1', '11', '9.5', $$'NaN'$$, $$'Infinity'$$]) AS score;

-- ------------------------------------- 4. every aggregate: NULLs and merges

-- {} stands for the score; every call is tried with every type of score.
CREATE TEMP TABLE calls (call text, weighted boolean, series boolean);
INSERT INTO calls VALUES
  ('rating_agg({}, 0, 10)', false, false), ('rating_agg({}, 0, 10, w)', true, false), ('nps_agg({})', false, false),
    ('nps_agg({}, w)', true, false),
  ('csat_agg({})', false, false), ('csat_agg({}, w)', true, false), ('ces_agg({})', false, false), ('ces_agg({}, w)',
    true, false),
  ($$nps_series_agg({}, day, 'month')$$, false, true), ($$nps_series_agg({}, local_time, 'week')$$, false, true),
  ($$nps_series_agg({}, local_time AT TIME ZONE 'UTC', 'quarter Asia/Tokyo')$$, false, true),
  ($$rating_series_agg({}, 0, 10, day, 'day')$$, false, true), ($$rating_series_agg({}, 0, 10, local_time, 'year')$$,
    false, true),
  ($$rating_series_agg({}, 1, 7, local_time AT TIME ZONE 'UTC', 'week Europe/Berlin week_start=7')$$, false, true);
CREATE TABLE small AS
SELECT id, part, 1 + score % 5 AS score, w, day, local_time FROM answers WHERE grp IN (30, 41, 50);
UPDATE small SET part = 99 WHERE id IN (SELECT min(id) FROM small WHERE score IS NOT NULL AND w > 0);
UPDATE small SET part = 98, score = NULL, w = 1
  WHERE id IN (SELECT id FROM small WHERE part < 98 ORDER BY id LIMIT 3);

CREATE TEMP TABLE forms AS
SELECT call, weighted, series, type, replace('retention.' || call, '{}', 'score::' || type) AS form
FROM calls, unnest(ARRAY['smallint', 'integer', 'double precision']) AS type;

SELECT is_empty($$
  SELECT form FROM forms WHERE twin.answer(format('SELECT %s FROM small WHERE false', form)) IS NOT NULL
$$, 'zero rows: NULL, for every aggregate');
SELECT is_empty($$
  SELECT form FROM forms WHERE NOT series AND twin.answer(format(
    'SELECT ROW(retention.num_responses(s), retention.num_missing(s), retention.weighted_responses(s), retention.response_rate(s), retention.mean_score(s),
      retention.percent_of_maximum(s), retention.csat(s), retention.top_box_share(s), retention.bottom_box_share(s),
        retention.net_score(s))
     FROM (SELECT %s AS s FROM small WHERE part = 98) AS a', form)) IS DISTINCT FROM '(0,3,0,0,,,,,,)'
$$, 'only NULL scores: a summary of 0 answers without scores');
SELECT is_empty($$
  SELECT form FROM forms WHERE NOT series AND twin.answer(format(
    'SELECT ROW(retention.num_responses(s), retention.num_missing(s), retention.weighted_responses(s) > 0,
      retention.mean_score(s) = (SELECT score FROM small WHERE part = 99))
     FROM (SELECT %s AS s FROM small WHERE part = 99) AS a', form)) IS DISTINCT FROM '(1,0,t,t)'
$$, 'one row');
SELECT is_empty($$
  SELECT form FROM forms WHERE NOT series AND twin.answer(format(
    'SELECT ROW(retention.num_responses(s), retention.num_missing(s)) FROM (SELECT %s AS s FROM small) AS a', form))
    IS DISTINCT FROM twin.answer(CASE WHEN weighted
      THEN 'SELECT ROW(count(score), count(*) - count(score)) FROM small WHERE w IS NOT NULL'
      ELSE 'SELECT ROW(count(score), count(*) - count(score)) FROM small' END)
$$, 'answers mixed with NULLs');
SELECT is_empty($$
  SELECT form FROM forms WHERE series AND twin.answer(format(
    'SELECT ROW(sum(retention.num_responses(summary)), sum(retention.num_missing(summary)), min(retention.response_rate(summary)) >= 0)
     FROM retention.period_summaries((SELECT %s FROM small)) AS p', form))
    IS DISTINCT FROM twin.answer('SELECT ROW(count(score), count(*) - count(score), true) FROM small')
$$, 'answers mixed with NULLs, by period');
SELECT is_empty($$
  SELECT form FROM forms WHERE series AND twin.answer(format(
    'SELECT ROW(sum(retention.num_responses(summary)), sum(retention.num_missing(summary)))
     FROM retention.period_summaries((SELECT %s FROM small WHERE part = 98)) AS p', form)) IS DISTINCT FROM '(0,3)'
$$, 'only NULL scores, by period: seen, not answered');
SELECT is_empty($$
  SELECT form FROM forms WHERE twin.answer(format('SELECT count(DISTINCT s) FROM (
      SELECT %s AS s FROM small UNION ALL SELECT %s
        FROM small) AS a', form, replace(form, 'score::' || type, 'score::integer'))) <> '1'
$$, 'smallint, integer and double precision give the same summary');
SELECT is((SELECT count(*)
  FROM (SELECT twin.answer('SELECT retention.nps(score::' || type || ') IS NULL FROM small WHERE ' || rows) AS got
  FROM unnest(ARRAY['smallint', 'integer', 'double precision']) AS type,
    unnest(ARRAY['false', 'part = 98']) AS rows) AS n WHERE got = 'true'), 6::bigint,
  'nps: NULL for zero rows and for NULL scores only');
SELECT is(retention.nps(score), 100::double precision, 'nps of one promoter') FROM (VALUES (9), (NULL)) AS a (score);

SELECT is_empty($$
  SELECT form FROM forms WHERE NOT weighted AND 'one' IS DISTINCT FROM twin.answer(format($f$
    SELECT CASE WHEN count(DISTINCT s::text) = 1 AND count(s) = 7 THEN 'one' ELSE string_agg(s::text, ' ') END FROM (
      SELECT %1$s AS s FROM small
      UNION ALL SELECT %1$s FROM (SELECT * FROM small ORDER BY random()) AS shuffled
      UNION ALL SELECT retention.merge_agg(s) FROM (SELECT %1$s AS s FROM small GROUP BY part) AS parts
      UNION ALL SELECT retention.merge_agg(s ORDER BY part DESC)
        FROM (SELECT part, %1$s AS s FROM small GROUP BY part) AS parts
      UNION ALL SELECT retention.merge_agg(s ORDER BY random())
        FROM (SELECT %1$s AS s FROM small GROUP BY id) AS single_rows
      UNION ALL SELECT retention.combine((SELECT %1$s FROM small WHERE part < 3), (SELECT %1$s FROM small
        WHERE part >= 3))
      UNION ALL SELECT retention.combine((SELECT %1$s FROM small WHERE part >= 2), (SELECT %1$s FROM small
        WHERE part < 2))) AS ways
  $f$, form))
$$, 'any order, any partition, any merge: the same bytes');
SELECT is_empty($$
  SELECT form FROM forms WHERE weighted AND 'true' IS DISTINCT FROM twin.answer(format($f$
    SELECT bool_and(twin.near(retention.weighted_responses(s), total) AND twin.near(retention.mean_score(s), mean)
      AND twin.near(retention.csat(s), csat)
        AND (retention.num_responses(s), retention.num_missing(s)) = (n, missing)) FROM (
      SELECT %1$s AS s FROM (SELECT * FROM small ORDER BY random()) AS shuffled
      UNION ALL SELECT retention.merge_agg(s) FROM (SELECT %1$s AS s FROM small GROUP BY part) AS parts
      UNION ALL SELECT retention.merge_agg(s ORDER BY random())
        FROM (SELECT %1$s AS s FROM small GROUP BY id) AS single_rows
      UNION ALL SELECT retention.combine((SELECT %1$s FROM small WHERE part >= 2), (SELECT %1$s FROM small
        WHERE part < 2))) AS ways,
      (SELECT sum(w) AS total, sum(w * score) / sum(w) AS mean, count(*) AS n FROM small WHERE score IS NOT NULL
        AND w IS NOT NULL) AS sums,
      (SELECT count(*) AS missing FROM small WHERE score IS NULL AND w IS NOT NULL) AS missings,
      (SELECT retention.csat(s) FROM (SELECT %1$s AS s FROM small) AS direct) AS shares
  $f$, form))
$$, 'weighted: any order, any partition, any merge agree to 1e-12');

-- Empty, NULL and the pairs of them.
CREATE TEMP TABLE kinds AS
SELECT 'plain' AS kind, retention.nps_agg(score) AS x,
  retention.nps_agg(NULL::integer) FILTER (WHERE false) AS nothing FROM small
UNION ALL SELECT 'weighted', retention.nps_agg(score, w), NULL FROM small
UNION ALL SELECT 'csat', retention.csat_agg(score), NULL FROM small;
SELECT is_empty($$
  SELECT kind FROM kinds WHERE retention.combine(x, NULL)::text IS DISTINCT FROM x::text
    OR retention.combine(NULL, x)::text IS DISTINCT FROM x::text
    OR retention.combine(nothing, nothing) IS NOT NULL
$$, 'combine: NULL counts as empty, two NULLs are NULL');
SELECT is_empty($$
  SELECT kind FROM kinds, LATERAL (SELECT retention.subtract(x, x) AS e) AS empty
  WHERE kind <> 'weighted'
    AND (retention.combine(e, e)::text IS DISTINCT FROM e::text OR retention.combine(e, x)::text
    IS DISTINCT FROM x::text
    OR retention.combine(x, e)::text IS DISTINCT FROM x::text OR retention.num_responses(e) <> 0
      OR retention.num_missing(e) <> 0
    OR retention.mean_score(e) IS NOT NULL OR retention.response_rate(e) IS NOT NULL)
$$, 'an empty summary is neutral');
SELECT ok(retention.num_responses(retention.combine(e, e)) = 0 AND retention.num_missing(retention.combine(e, e)) = 2
    AND retention.num_missing(retention.combine(e, x)) = retention.num_missing(x) + 1
      AND twin.near(retention.nps(retention.combine(x, e)), retention.nps(x)),
  'weighted summaries of 0 answers merge')
FROM kinds, (SELECT retention.nps_agg(NULL::integer, 1.0) AS e) AS empty WHERE kind = 'weighted';
SELECT is((SELECT retention.merge_agg(x) FROM kinds WHERE false)::text, NULL, 'merge_agg of no rows: NULL');
SELECT is((SELECT retention.merge_agg(nothing) FROM kinds)::text, NULL, 'merge_agg of NULLs: NULL');
SELECT is((SELECT retention.merge_agg(s)
  FROM (SELECT x AS s FROM kinds WHERE kind = 'plain' UNION ALL SELECT NULL) AS a)::text,
  (SELECT x FROM kinds WHERE kind = 'plain')::text, 'merge_agg ignores NULL');
SELECT is((SELECT retention.merge_agg(s) FROM (SELECT retention.nps_series_agg(score, day, 'month') AS s FROM small
  WHERE false) AS a)::text, NULL,
  'merge_agg of NULL series: NULL');
SELECT ok(retention.combine(s, NULL)::text = s::text AND retention.combine(NULL, s)::text = s::text
  AND retention.combine(n, n) IS NULL, 'combine of series: NULL counts as empty')
FROM (SELECT retention.nps_series_agg(score, day, 'month') AS s,
  retention.nps_series_agg(score, day, 'month') FILTER (WHERE false) AS n FROM small) AS a;
SELECT ok(retention.subtract(all_rows, low_parts)::text = high_parts::text
  AND (all_rows OPERATOR(retention.-) low_parts)::text = high_parts::text
    AND (low_parts OPERATOR(retention.+) high_parts)::text = all_rows::text,
      'subtract undoes combine; - and + are their operators')
FROM (SELECT retention.nps_agg(score) AS all_rows, retention.nps_agg(score) FILTER (WHERE part < 3) AS low_parts,
  retention.nps_agg(score) FILTER (WHERE part >= 3) AS high_parts
  FROM small) AS a;
SELECT twin.fails(sql, '22023|22003', NULL, sql) FROM unnest(ARRAY[
  'SELECT retention.subtract(retention.nps_agg(1), retention.nps_agg(2))',
  'SELECT retention.subtract(retention.nps_agg(1), retention.nps_agg(NULL::integer))']) AS sql;

-- Several aggregates over one state, several grouping sets, sorted input.
SELECT is_empty($$
  SELECT grp, part FROM (
    SELECT grp, part, retention.nps(score) AS nps, retention.nps_agg(score) AS s,
      retention.promoters(retention.nps_agg(score)) AS promoters, retention.nps_agg(score ORDER BY score) AS sorted,
      retention.nps_agg(score) FILTER (WHERE part > 2) AS filtered
    FROM answers GROUP BY GROUPING SETS ((grp, part), (grp), (part), ())) AS g, LATERAL (
    SELECT retention.nps_agg(score)::text AS again,
      count(*) FILTER (WHERE score >= 9) AS promoters_again,
      (retention.nps_agg(score) FILTER (WHERE part > 2))::text AS filtered_again
    FROM answers AS a WHERE (g.grp IS NULL OR a.grp = g.grp) AND (g.part IS NULL OR a.part = g.part)) AS r
  WHERE s::text <> again OR sorted::text <> again OR nps IS DISTINCT FROM retention.nps(s)
    OR promoters <> promoters_again OR filtered::text IS DISTINCT FROM filtered_again
$$, 'aggregates that share a state, in grouping sets');

-- Nothing that is stored is changed by what is computed from it.
CREATE TABLE kept AS SELECT grp, retention.nps_agg(score) AS s, retention.nps_agg(score, w) AS ws,
  retention.nps_series_agg(score, day, 'week') AS rs,
  retention.rating_agg(score, -40, 60, w) AS wide FROM answers GROUP BY grp;
CREATE TEMP TABLE kept_texts AS SELECT grp, s::text AS s, ws::text AS ws, rs::text AS rs, wide::text AS wide
  FROM kept;
CREATE TEMP TABLE computed AS
SELECT retention.merge_agg(s) AS s, retention.merge_agg(ws) AS ws, retention.merge_agg(rs) AS rs,
  retention.merge_agg(wide) AS wide FROM kept;
INSERT INTO computed SELECT retention.combine(a.s, b.s), retention.combine(a.ws, b.ws), retention.combine(a.rs, b.rs),
  retention.combine(a.wide, b.wide)
  FROM kept AS a JOIN kept AS b ON b.grp = a.grp + 1;
INSERT INTO computed (s) SELECT retention.merge_agg(s) OVER (ORDER BY grp ROWS 2 PRECEDING) FROM kept;
-- The transition and inverse functions are there to be called by hand, too.
DO $do$
DECLARE
  f record;
BEGIN
  FOR f IN SELECT DISTINCT unnest(ARRAY[aggtransfn, aggmtransfn, aggminvtransfn]) AS oid FROM pg_aggregate
    JOIN pg_proc ON pg_proc.oid = aggfnoid
    WHERE pronamespace = 'retention'::regnamespace AND proname IN ('nps_agg', 'merge_agg')
      AND pg_get_function_identity_arguments(aggfnoid) IN ('score integer', 's retention.rating_summary') LOOP
    IF f.oid <> 0 THEN
      EXECUTE format('INSERT INTO computed (s) SELECT %s(s, %s) FROM kept WHERE (SELECT responses FROM retention.score_counts(s) WHERE score = 10) > 0',
        f.oid::regproc, CASE WHEN f.oid::regprocedure::text ~ 'integer' THEN '10' ELSE 's' END);
    END IF;
  END LOOP;
END
$do$;
SELECT is_empty($$
  SELECT grp FROM kept JOIN kept_texts AS t USING (grp)
  WHERE (kept.s::text, kept.ws::text, kept.rs::text, kept.wide::text) IS DISTINCT FROM (t.s, t.ws, t.rs, t.wide)
$$, 'stored summaries are never changed in place');
DO $do$
BEGIN
  INSERT INTO computed (ws) SELECT retention.rating_remove(ws, 10) FROM kept
    WHERE (SELECT responses FROM retention.score_counts(ws) WHERE score = 10) > 0;
EXCEPTION WHEN invalid_parameter_value OR undefined_function THEN
  NULL; -- refusing is right: the weight that leaves is not known
END
$do$;
SELECT is_empty($$SELECT state FROM computed,
  LATERAL twin.state_or_answer(format('SELECT %L::retention.rating_summary::text', coalesce(s, ws, wide)::text)) AS t
  WHERE got IS DISTINCT FROM coalesce(s, ws, wide)::text$$, 'whatever the functions return can be read back');

-- Subtracting weights leaves rounding behind, never a summary that no answers can have.
CREATE TEMP TABLE differences AS
SELECT decades, a, retention.subtract(retention.combine(a, b), b) AS rest FROM (
  SELECT decades, grp, retention.nps_agg(score, weight) FILTER (WHERE part < 4) AS a,
    retention.nps_agg(score, weight) FILTER (WHERE part >= 4) AS b
  FROM (SELECT decades, grp, part, score, power(10, (w - floor(w)) * decades) AS weight
    FROM answers, unnest(ARRAY[1, 14]) AS decades WHERE w > 0) AS weighted
  GROUP BY decades, grp) AS halves
WHERE a IS NOT NULL AND b IS NOT NULL;
SELECT is_empty($$
  SELECT t.state FROM differences, LATERAL twin.state_or_answer(format('SELECT %L::retention.rating_summary', rest)) AS t
  WHERE t.state IS NOT NULL OR (retention.num_responses(rest), retention.num_missing(rest))
      IS DISTINCT FROM (retention.num_responses(a), retention.num_missing(a))
    OR retention.nps_stderr(rest) < 100 * sqrt(retention.nps_variance(rest) / retention.num_responses(rest)) * 0.999
$$, 'subtract of weighted summaries: counts are exact, effective answers never more than answers');
SELECT is_empty($$
  SELECT a, rest FROM differences WHERE decades = 1 AND NOT (twin.near(retention.nps(rest), retention.nps(a), 1e-9)
    AND twin.near(retention.nps_stderr(rest), retention.nps_stderr(a), 1e-9))
$$, 'subtract of weighted summaries: right where weights are of one size');

-- Weights out of the range in which squares can be summed are refused, not computed with.
SELECT ok(coalesce(answer = '22003' OR twin.near(answer::double precision, 10.673331251301066, 1e-9), false),
  'weights of ' || weight || ': the right standard error or an error')
FROM unnest(ARRAY['1e-320', '1e-200', '1e-160', '1e-150', '1e150', '1e155', '1e200', '1e308']) AS weight, LATERAL (
  SELECT CASE WHEN state IS NULL THEN got ELSE state END AS answer FROM twin.state_or_answer(
    format('SELECT retention.nps_stderr(retention.nps_agg(n %% 11, %s)) FROM generate_series(1, 50) AS n',
      weight))) AS a;

-- Upsert: a batch without rows keeps what is stored.
CREATE TABLE stored (grp integer PRIMARY KEY, s retention.rating_summary);
INSERT INTO stored SELECT grp, retention.nps_agg(score) FROM answers GROUP BY grp;
INSERT INTO stored SELECT grp, NULL
  FROM stored ON CONFLICT (grp) DO UPDATE SET s = retention.combine(stored.s, excluded.s);
SELECT is_empty($$
  SELECT grp FROM stored JOIN tallies USING (grp)
  WHERE NOT weighted AND stored.s::text IS DISTINCT FROM tallies.s::text
$$, 'upsert of a NULL batch keeps what is stored');
INSERT INTO stored SELECT grp, retention.nps_agg(score) FROM answers
  GROUP BY grp ON CONFLICT (grp) DO UPDATE SET s = retention.combine(stored.s, excluded.s);
SELECT is_empty($$
  SELECT grp FROM stored JOIN tallies USING (grp)
  WHERE NOT weighted AND retention.num_responses(stored.s) <> 2 * n
$$, 'upsert of a batch adds it');

-- ------------------------------------------------------ 5. limits and errors

SELECT twin.fails(format('SELECT retention.%s', replace(call, '{}', bad.score)), '22003', bad.pattern,
  format('%s: %s', call, bad.score))
FROM (VALUES ('11', '11.*0.*10|0.*10.*11'), ('-1', '-1.*0.*10|0.*10.*-1'), ('11::smallint', '11'), ('12::bigint',
  '12'), ('9.5', '9\.5'), ('10.000001', '10\.000001'),
    ($$'NaN'::double precision$$, 'NaN'), ($$'Infinity'::double precision$$, 'inf'), ('1e300::double precision',
      NULL), ($$'NaN'::numeric$$, 'NaN')) AS bad (score, pattern),
  unnest(ARRAY['nps({})', 'nps_agg({})', 'nps_agg({}, 1.0)', 'rating_agg({}, 0, 10)',
    $$nps_series_agg({}, DATE '2024-01-01', 'month')$$]) AS call;
SELECT twin.fails(format('SELECT retention.%s', call), '22003', pattern, call)
FROM (VALUES ('csat_agg(0)', '1.*5'), ('csat_agg(6)', '1.*5'), ('ces_agg(0)', '1.*7'), ('ces_agg(8)', '1.*7'),
  ('rating_agg(-6, -5, 5)', '-6'),
  ('rating_agg(6, -5, 5)', '6'), ($$rating_series_agg(6, 1, 5, DATE '2024-01-01', 'month')$$, '1.*5'),
  ('nps_agg(9, -1.0)', '-1'), ($$nps_agg(9, 'NaN')$$, 'NaN'), ($$nps_agg(9, 'Infinity')$$, 'inf'), ('nps(9, -0.5)',
    '-0\.5'), ('rating_agg(3, 1, 5, -2)', '-2')
  ) AS calls (call, pattern);
SELECT twin.fails('SELECT retention.nps_agg(9, -1.0) FROM generate_series(1, 2)', '22003', 'weight',
  'a bad weight names the weight');
SELECT is(retention.num_responses(s), 2::bigint, '-0.0 is 0, 10.0 is 10')
  FROM (SELECT retention.nps_agg(score) AS s FROM unnest(ARRAY['-0.0', '10.0']::double precision[]) AS score) AS a;
SELECT twin.fails(format('SELECT retention.%s', call), '22023', pattern, call)
FROM (VALUES ('rating_agg(1, 0, 101)', '101|102'), ('rating_agg(1, 5, 1)', '5.*1'),
  ('rating_agg(1, -2147483648, 2147483647)', '101'),
  ($$rating_series_agg(1, 0, 101, DATE '2024-01-01', 'month')$$, '101|102'),
  ('rating_agg(1, 0, top) FROM generate_series(5, 6) AS top', '5|6|scale'),
  ($$nps_series_agg(9, DATE '2024-01-01', unit) FROM unnest(ARRAY['month', 'week']) AS unit$$, NULL),
  ($$nps_series_agg(9, DATE '2024-01-01', 'month Europe/Berlin')$$, 'zone'),
    ($$nps_series_agg(9, TIMESTAMP '2024-01-01 12:00', 'month Europe/Berlin')$$, 'zone'),
  ($$nps_series_agg(9, TIMESTAMPTZ '2024-01-01 12:00+00', 'month')$$, 'zone'),
    ($$nps_series_agg(9, '2024-01-01', 'month')$$, 'zone'),
  ($$nps_series_agg(9, DATE '2024-01-01', 'month elapsed')$$, 'elapsed'),
    ($$nps_series_agg(9, DATE '2024-01-01', 'day brackets=1,8')$$, 'brackets')
  ) AS calls (call, pattern);
SELECT twin.fails(format($$SELECT retention.nps_series_agg(9, %s 'infinity', %L)$$, type, spec), '22008',
  'infinit|finite', 'an infinite ' || type || ' in a series')
FROM (VALUES ('DATE', 'month'), ('TIMESTAMP', 'month'), ('TIMESTAMPTZ', 'month UTC')) AS types (type, spec);
SELECT is(retention.num_responses(retention.rating_agg(n, 0, 100)), 101::bigint, '101 points work')
  FROM generate_series(0, 100) AS n;

SELECT twin.fails('SELECT ' || call, '22023', pattern, regexp_replace(call, '\s+', ' ', 'g'))
FROM (VALUES ('retention.combine(retention.nps_agg(1), retention.csat_agg(1))', '0.*10.*1.*5|scale'),
  ('retention.combine(retention.nps_agg(1), retention.nps_agg(1, 1.0))', 'weight'),
    ('retention.combine(retention.nps_agg(1, 1.0), retention.nps_agg(1))', 'weight'),
  ('retention.subtract(retention.nps_agg(1), retention.csat_agg(1))', NULL),
  ('retention.merge_agg(s) FROM (SELECT retention.nps_agg(1) AS s UNION ALL SELECT retention.ces_agg(1)) AS a',
    'scale|0.*10'),
  ('retention.merge_agg(s) FROM (SELECT retention.nps_agg(1) AS s UNION ALL SELECT retention.nps_agg(1, 1.0)) AS a',
    'weight'),
  ($$retention.combine(retention.nps_series_agg(1, DATE '2024-01-01', 'month'), retention.nps_series_agg(1, DATE '2024-01-01', 'week'))$$,
    'month.*week|week.*month'),
  ($$retention.combine(retention.nps_series_agg(1, DATE '2024-01-01', 'week'), retention.nps_series_agg(1, DATE '2024-01-01', 'week week_start=7'))$$,
    'week'),
  ($$retention.merge_agg(s) FROM (SELECT retention.nps_series_agg(1, DATE '2024-01-01', 'month') AS s
     UNION ALL SELECT retention.rating_series_agg(1, 1, 5, DATE '2024-01-01', 'month')) AS a$$, NULL))
       AS calls (call, pattern);
SELECT ok(retention.combine(retention.nps_series_agg(1, TIMESTAMPTZ '2024-01-01 12:00+00', 'month Asia/Tokyo'),
    retention.nps_series_agg(1, DATE '2024-01-02', 'month')) IS NOT NULL,
      'a series has forgotten its zone: local days merge');

-- ----------------------------------------------------------- 6. huge counts

CREATE FUNCTION twin.doubled(s retention.rating_summary,
  times integer) RETURNS retention.rating_summary LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1..times LOOP
    s := retention.combine(s, s);
  END LOOP;
  RETURN s;
END
$$;
SELECT ok(retention.num_responses(huge) = 11::bigint << 41 AND retention.num_missing(huge) = 3::bigint << 41
  AND retention.nps(huge) = retention.nps(s)
    AND twin.near(retention.nps_stderr(huge) * power(2, 20.5), retention.nps_stderr(s), 1e-9)
      AND huge::text::retention.rating_summary::text = huge::text
    AND retention.subtract(huge, twin.doubled(s, 40))::text = twin.doubled(s, 40)::text
    AND (SELECT sum(responses) FROM retention.score_counts(huge)) = 11::bigint << 41,
  '2^41 times 11 answers')
FROM (SELECT s, twin.doubled(s, 41) AS huge FROM (
  SELECT retention.nps_agg(score) AS s FROM (SELECT generate_series(0, 10) AS score UNION ALL SELECT NULL
    FROM generate_series(1, 3)) AS a) AS once) AS a;
SELECT twin.fails('SELECT twin.doubled(retention.nps_agg(9), 64)', '22003', NULL,
  'a count beyond bigint is an error');
SELECT twin.fails('SELECT twin.doubled(retention.nps_agg(NULL::integer), 64)', '22003', NULL,
  'a count of missing answers beyond bigint is an error');
SELECT twin.fails('SELECT retention.num_responses(twin.doubled(retention.nps_agg(score), 61)) FROM generate_series(1, 10) AS score',
  '22003', NULL,
  'a total beyond bigint is an error');

-- -------------------------------------------------- 7. text and binary form

CREATE TABLE summaries (id integer, s retention.rating_summary);
INSERT INTO summaries SELECT row_number() OVER (), s FROM (SELECT s FROM tallies UNION ALL SELECT s FROM rated) AS a;
INSERT INTO summaries SELECT 9001, twin.doubled(s, 41) FROM summaries WHERE id = 7;
INSERT INTO summaries SELECT 9002, retention.subtract(s, s) FROM example;
INSERT INTO summaries VALUES (9003, NULL);
CREATE TABLE serieses (id integer, s retention.rating_series);
INSERT INTO serieses SELECT grp, retention.nps_series_agg(score, day, 'week') FROM answers GROUP BY grp;
INSERT INTO serieses SELECT 100 + grp, retention.rating_series_agg(score, -5, 15, day, 'day') FROM answers
  WHERE grp IN (7, 58) GROUP BY grp;
INSERT INTO serieses SELECT 200, retention.nps_series_agg(9, day, 'day')
  FROM unnest(ARRAY[DATE '4714-11-24 BC', DATE '5874897-12-31']) AS day;
INSERT INTO serieses VALUES (201, NULL);

SELECT is_empty($$SELECT id, s::text FROM summaries WHERE s::text !~ '^\\x01[0-9a-f]+$'
  OR s::text::retention.rating_summary::text <> s::text
  OR NOT s::text::retention.rating_summary = s$$,
    'rating_summary: text round trip, hex of version 1');
SELECT is_empty($$SELECT id, s::text FROM serieses WHERE s::text !~ '^\\x01[0-9a-f]+$'
  OR s::text::retention.rating_series::text <> s::text
  OR NOT s::text::retention.rating_series = s$$, 'rating_series: text round trip');
SELECT ok(pg_column_size(s) < 200, 'a series of two answers seven million years apart is small') FROM serieses
  WHERE id = 200;
CREATE TABLE copied_summaries (LIKE summaries);
CREATE TABLE copied_serieses (LIKE serieses);
COPY summaries TO PROGRAM 'cat > retention_test_summaries.copy' (FORMAT binary);
COPY copied_summaries
  FROM PROGRAM 'cat retention_test_summaries.copy; rm -f retention_test_summaries.copy' (FORMAT binary);
COPY serieses TO PROGRAM 'cat > retention_test_serieses.copy' (FORMAT binary);
COPY copied_serieses
  FROM PROGRAM 'cat retention_test_serieses.copy; rm -f retention_test_serieses.copy' (FORMAT binary);
SELECT results_eq('SELECT id, s::text FROM copied_summaries ORDER BY id',
  'SELECT id, s::text FROM summaries ORDER BY id', 'rating_summary: binary round trip');
SELECT results_eq('SELECT id, s::text FROM copied_serieses ORDER BY id',
  'SELECT id, s::text FROM serieses ORDER BY id', 'rating_series: binary round trip');

-- Damage: every byte changed in several ways, every truncation, extra bytes. Whatever
-- is not refused with the right SQLSTATE must be a value that prints as it was read.
CREATE FUNCTION twin.damaged(hex text) RETURNS TABLE (damage text, written text) LANGUAGE sql AS $$
  SELECT 'truncated', left(hex, 2 * n) FROM generate_series(1, length(hex) / 2 - 1) AS n
  UNION ALL SELECT 'extended', hex || extra FROM unnest(ARRAY['00', '01', 'ff', '0000000000000000']) AS extra
  UNION ALL SELECT 'changed',
    overlay(hex PLACING lpad(to_hex(get_byte(decode(substr(hex, 3), 'hex'), n) # mask), 2, '0') FROM 2 * n + 3)
  FROM generate_series(0, length(hex) / 2 - 2) AS n, unnest(ARRAY[1, 2, 4, 8, 16, 32, 64, 128, 255]) AS mask
$$;
CREATE FUNCTION twin.reading(type text, written text, OUT state text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
  printed text;
BEGIN
  EXECUTE format('SELECT %L::%s::text', written, type) INTO printed;
  same := printed = written;
  EXECUTE CASE type WHEN 'retention.rating_summary'
    THEN 'SELECT retention.num_responses(s), retention.mean_score(s), retention.combine(s, s), retention.top_box_share(s, 1) FROM (SELECT $1::retention.rating_summary) AS a (s)'
    ELSE 'SELECT retention.combine(s, s), s = s FROM (SELECT $1::retention.rating_series) AS a (s)' END USING written;
EXCEPTION WHEN OTHERS THEN
  state := SQLSTATE;
END
$$;
CREATE TEMP TABLE readings AS
SELECT 'retention.rating_summary' AS type, d.*, r.* FROM summaries, twin.damaged(s::text) AS d,
  twin.reading('retention.rating_summary', d.written) AS r
WHERE id IN (1, 2, 3, 7, 50, 9001, 9002) OR id IN (SELECT min(id) FROM summaries, tallies WHERE weighted
  AND summaries.s::text = tallies.s::text AND n BETWEEN 3 AND 20)
UNION ALL SELECT 'retention.rating_series', d.*, r.* FROM serieses, twin.damaged(s::text) AS d,
  twin.reading('retention.rating_series', d.written) AS r
WHERE id IN (1, 6, 200);
SELECT cmp_ok((SELECT count(*) FROM readings WHERE state = '22P02'), '>', 500::bigint, 'damaged values are refused');
SELECT is_empty($$SELECT type, written, state FROM readings WHERE same IS FALSE LIMIT 5$$,
  'damaged text that is accepted prints as it was written');
SELECT is_empty($$SELECT DISTINCT ON (state) type, written, state FROM readings WHERE same IS NULL AND state <> '22P02'$$,
  'damaged text is refused with 22P02');
SELECT is_empty($$
  SELECT DISTINCT ON (state) type, written, state FROM readings
  WHERE same AND state NOT IN ('22003', '22023')
$$, 'the functions survive what is accepted');
SELECT is_empty($$SELECT type, damage, written FROM readings WHERE damage <> 'changed' AND same IS NOT NULL$$,
  'no truncation and no extra byte is accepted');
SELECT twin.fails(format('SELECT %L::retention.%s', bad, type), '22P02', NULL, format('%s %L', type, bad))
FROM unnest(ARRAY['', '\x', 'abc', '\x0', '\xzz', '\x00', '\x01', '0102', '\x01 02', '\x' || repeat('00', 4000),
  '{}']) AS bad, unnest(ARRAY['rating_summary', 'rating_series']) AS type;
-- Values that are well formed but not the one encoding of anything (doc/formats.md).
SELECT twin.fails(format('SELECT %L::retention.rating_summary', '\x0102' || bad), '22P02', NULL, 'rating_summary: '
  || what)
FROM (VALUES ('counters of two bytes for 1', '0100' || '01000000' || '02' || '0000' || '0000' || '0100'),
  ('counters of four bytes for 256', '0200' || '01000000' || '02' || '00000000' || '00000000' || '00010000'),
  ('more answers than a bigint counts', '0300' || '01000000' || '02' || '0000000000000000' || 'ffffffffffffff7f'
    || '0100000000000000'),
  ('a scale beyond integer', '0000' || 'ffffff7f' || '02' || '00' || '00' || '01'), ('a scale of one point', '0000'
    || '01000000' || '01' || '00' || '01'),
  ('a scale of 102 points', '0000' || '01000000' || '66' || repeat('00', 102) || '01')) AS bads (what, bad);

-- A series by day on the scale 1..2: the day numbers (0 is 1970-01-01) and the counters of each.
CREATE FUNCTION twin.little_endian(n integer) RETURNS text LANGUAGE sql AS $$
  SELECT encode(substr(int4send(n), 4, 1) || substr(int4send(n), 3, 1) || substr(int4send(n), 2, 1)
    || substr(int4send(n), 1, 1), 'hex')
$$;
CREATE FUNCTION twin.day_series(flags text, first_day integer, last_day integer, days integer[],
  counters text[], undated text DEFAULT repeat('00', 8)) RETURNS text LANGUAGE sql AS $$
  SELECT '\x0103' || flags || '01000000' || '02' || '010100' || twin.little_endian(first_day - 10957)
    || twin.little_endian(last_day - 10957)
    || twin.little_endian(cardinality(days)) || undated
    || coalesce((SELECT string_agg(twin.little_endian(d) || c, '' ORDER BY n)
      FROM unnest(days, counters) WITH ORDINALITY AS entries (d, c, n)), '')
$$;
SELECT is(twin.day_series('0000', 12000, 12005, '{12000,12002,12005}', '{000001,000100,010000}'),
  (SELECT retention.rating_series_agg(score, 1, 2, DATE '1970-01-01' + day, 'day')
    FROM (VALUES (2, 12000), (1, 12002), (NULL, 12005)) AS a (score, day))::text,
  'a rating_series by hand');
SELECT is(twin.day_series('0000', 10957, 10957, '{}', '{}', '0200000000000000'),
  (SELECT retention.rating_series_agg(score, 1, 2, NULL::date, 'day') FROM (VALUES (2), (NULL)) AS a (score))::text,
  'a rating_series of rows without a time by hand');
SELECT twin.fails(format('SELECT %L::retention.rating_series', bad), '22P02', NULL, 'rating_series: ' || what)
FROM (VALUES ('counters of two bytes for 1', twin.day_series('0100', 0, 0, '{0}', '{000000000100}')),
  ('a period twice', twin.day_series('0000', 0, 5, '{0,2,2,5}', '{000001,000001,000001,000001}')),
  ('periods out of order', twin.day_series('0000', 0, 5, '{0,3,2,5}', '{000001,000001,000001,000001}')),
  ('a period without answers', twin.day_series('0000', 0, 5, '{0,2,5}', '{000001,000000,000001}')),
  ('no periods', twin.day_series('0000', 10957, 10957, '{}', '{}')),
  ('rows without a time only, and a day', twin.day_series('0000', 10958, 10958, '{}', '{}', '0100000000000000')),
  ('rows without a time only, and wide counters', twin.day_series('0100', 10957, 10957, '{}', '{}', '0100000000000000')),
  ('rows without a time only, and a byte more', twin.day_series('0000', 10957, 10957, '{}', '{}', '0100000000000000') || '00'),
  ('more rows without a time than a bigint counts', twin.day_series('0000', 0, 0, '{0}', '{000001}', '0000000000000080')),
  ('a first day outside the first period', twin.day_series('0000', 1, 5, '{0,2,5}', '{000001,000001,000001}')),
  ('a last day outside the last period', twin.day_series('0000', 0, 6, '{0,2,5}', '{000001,000001,000001}')),
  ('the last day before the first', twin.day_series('0000', 5, 0, '{5}', '{000001}')),
  ('a day before the first date', twin.day_series('0000', -2451545, -2451545, '{-2451545}', '{000001}')),
  ('more answers than a bigint counts',
    twin.day_series('0300', 0, 1, '{0,1}', ARRAY['0000000000000000' || '0000000000000000' || 'ffffffffffffff7f',
    '0000000000000000' || '0000000000000000' || '0100000000000000'])),
  ('weighted', twin.day_series('0400', 0, 0, '{0}', '{000001}'))) AS bads (what, bad);

-- One answer of weight 1 has the bytes of 1 twice, the sum and the sum of squares. Sums that no
-- weights can have would make the effective number of answers anything.
SELECT twin.fails(format('SELECT %L::retention.rating_summary',
  replace(retention.nps_agg(9, 1.0)::text, repeat('000000000000f03f', 2), sums)), '22P02', NULL, what)
FROM (VALUES ('9c7500883ce4377e000000000000f03f', 'weight 1e300 with square 1'), ('000000000000f03f9c7500883ce4377e',
  'weight 1 with square 1e300'),
  ('000000000000f03f0000000000000000', 'weight 1 with square 0'), ('0000000000000000000000000000f03f',
    'weight 0 with square 1')) AS bad (sums, what) GROUP BY sums, what;
SELECT twin.fails(format('SELECT %L::retention.rating_series', s::text), '22P02', NULL,
  'a rating_summary is no rating_series') FROM summaries WHERE id = 7;
SELECT twin.fails(format('SELECT %L::retention.rating_summary', s::text), '22P02', NULL,
  'a rating_series is no rating_summary') FROM serieses WHERE id = 6;

-- The same through the binary form.
SELECT is(twin.copy_in('retention.rating_summary', decode(substr(s::text, 3), 'hex')), s::text,
  'the binary form is the bytes of the text form') FROM summaries WHERE id = 7;
SELECT twin.fails(format('SELECT twin.copy_in(%L, %L::bytea)', 'retention.rating_summary', damage), '22P03', NULL,
  'binary: ' || what)
FROM summaries, LATERAL (VALUES ('truncated', '\x' || substr(s::text, 3, length(s::text) - 4)), ('one byte more',
  s::text || '00'), ('nothing', '\x'),
  ('version 2', '\x02' || substr(s::text, 5)), ('version 0', '\x00' || substr(s::text, 5)), ('another kind', '\x01ee'
    || substr(s::text, 7)),
  ('text instead', '\x' || encode(convert_to(s::text, 'UTF8'), 'hex'))) AS damages (what, damage)
WHERE id = 7;
SELECT twin.fails(format('SELECT twin.copy_in(%L, %L::bytea)', 'retention.rating_series', '\x'
  || substr(s::text, 3, length(s::text) - 4)), '22P03', NULL,
  'binary: truncated series') FROM serieses WHERE id = 6;

-- ------------------------------------- 8. FILTER, DISTINCT, GROUP BY, ORDER

SELECT is((SELECT retention.nps_agg(score) FILTER (WHERE part < 4) FROM small)::text, (SELECT retention.nps_agg(score)
  FROM small WHERE part < 4)::text, 'FILTER');
SELECT is(retention.num_responses((SELECT retention.nps_agg(DISTINCT score) FROM small)),
  (SELECT count(DISTINCT score) FROM small), 'DISTINCT scores');
SELECT is((SELECT count(*) FROM (SELECT DISTINCT s FROM summaries) AS d),
  (SELECT count(DISTINCT coalesce(s::text, '')) FROM summaries), 'SELECT DISTINCT of summaries');
SELECT is((SELECT count(*)
  FROM (SELECT s, count(*) FROM (SELECT s FROM summaries UNION ALL SELECT s FROM summaries) AS twice
  GROUP BY s) AS g),
  (SELECT count(DISTINCT coalesce(s::text, '')) FROM summaries), 'GROUP BY summaries');
SELECT is((SELECT count(*) FROM (SELECT s FROM summaries UNION SELECT s FROM copied_summaries) AS u),
  (SELECT count(DISTINCT coalesce(s::text, '')) FROM summaries), 'UNION of summaries');
SELECT is((SELECT count(*) FROM (SELECT s FROM serieses UNION SELECT s FROM copied_serieses) AS u),
  (SELECT count(DISTINCT coalesce(s::text, '')) FROM serieses), 'UNION of series');
SET LOCAL enable_hashagg = off;
SELECT is((SELECT count(*) FROM (SELECT s FROM summaries UNION SELECT s FROM copied_summaries) AS u),
  (SELECT count(DISTINCT coalesce(s::text, '')) FROM summaries), '... by sorting');
SELECT is((SELECT count(*) FROM (SELECT s FROM serieses UNION SELECT s FROM copied_serieses) AS u),
  (SELECT count(DISTINCT coalesce(s::text, '')) FROM serieses), '... by sorting, series');
RESET enable_hashagg;
SELECT is_empty($$
  SELECT a.id, b.id FROM summaries AS a, summaries AS b
  WHERE a.s IS NOT NULL AND b.s IS NOT NULL AND (a.id + b.id) % 5 = 0 AND (
    (a.s = b.s) <> (a.s::text = b.s::text)
      OR (a.s <> b.s) = (a.s = b.s)
    OR (a.s < b.s)::integer + (a.s > b.s)::integer + (a.s = b.s)::integer <> 1
    OR (a.s <= b.s) <> (NOT a.s > b.s)
      OR (a.s >= b.s) <> (NOT a.s < b.s)
    OR (a.s < b.s) <> (b.s > a.s))
$$, 'rating_summary: the six operators are one order, equality is by bytes');
SELECT is_empty($$
  SELECT a.id, b.id FROM serieses AS a, serieses AS b
  WHERE a.s IS NOT NULL AND b.s IS NOT NULL AND (
    (a.s = b.s) <> (a.s::text = b.s::text)
      OR (a.s <> b.s) = (a.s = b.s)
    OR (a.s < b.s)::integer + (a.s > b.s)::integer + (a.s = b.s)::integer <> 1
    OR (a.s <= b.s) <> (NOT a.s > b.s)
      OR (a.s >= b.s) <> (NOT a.s < b.s))
$$, 'rating_series: the six operators are one order, equality is by bytes');
SELECT is_empty($$SELECT id FROM (SELECT id, s, lag(s) OVER (ORDER BY s) AS previous FROM summaries
  WHERE s IS NOT NULL) AS sorted
  WHERE previous > s$$, 'ORDER BY sorts');
CREATE INDEX summaries_btree ON summaries USING btree (s);
CREATE INDEX summaries_hash ON summaries USING hash (s);
SET LOCAL enable_seqscan = off;
SELECT is((SELECT count(*) FROM summaries AS a WHERE s IS NOT NULL
  AND EXISTS (SELECT FROM summaries AS b WHERE b.s = a.s)),
  (SELECT count(s) FROM copied_summaries), 'an index finds every summary');
SELECT ok(twin.plan_of('SELECT id FROM summaries WHERE s = (SELECT s FROM copied_summaries LIMIT 1)') ~ 'Index.*summaries_',
  'and is used');
RESET enable_seqscan;
SELECT ok((SELECT bool_and(r.s = c.s) FROM summaries AS r
  JOIN copied_summaries AS c ON r.s = c.s), 'hash and merge joins work');

-- ------------------------------------------------------ 9. serial = parallel

CREATE TABLE many AS
SELECT n % 13 AS grp, CASE WHEN n % 17 > 0
  THEN (n * 7919 % 10007) % 11 END AS score, (n % 32) / 8.0::double precision AS w,
  DATE '2020-01-01' + n % 1500 AS day FROM generate_series(1, 40000) AS n;
CREATE TABLE many_summaries AS SELECT retention.nps_agg(score) AS s,
  retention.nps_series_agg(score, day, 'week') AS series FROM many GROUP BY grp, day;
ANALYZE many;
ANALYZE many_summaries;
CREATE TEMP TABLE queries (n integer, query text, weighted boolean);
INSERT INTO queries VALUES
  (1, 'SELECT retention.nps(score) FROM many', false), (2, 'SELECT retention.nps_agg(score) FROM many', false),
  (3, 'SELECT retention.rating_agg(score::smallint, 0, 10) FROM many', false), (4,
    'SELECT retention.rating_agg(score::double precision, -5, 95) FROM many', false),
  (5, 'SELECT retention.csat_agg(1 + score % 5) FROM many', false), (6,
    'SELECT retention.ces_agg(1 + score % 7) FROM many', false),
  (7, $$SELECT retention.nps_series_agg(score, day, 'month') FROM many$$, false), (8,
    $$SELECT retention.rating_series_agg(score, 0, 20, day, 'day') FROM many$$, false),
  (9, $$SELECT retention.nps_series_agg(score, day + TIME '12:00', 'week') FROM many$$, false),
  (10, $$SELECT retention.nps_series_agg(score, (day + TIME '12:00') AT TIME ZONE 'UTC', 'week Asia/Tokyo') FROM many$$,
    false),
  (11, 'SELECT retention.merge_agg(s) FROM many_summaries', false), (12,
    'SELECT retention.merge_agg(series) FROM many_summaries', false),
  (13, 'SELECT string_agg(s::text, '','' ORDER BY grp) FROM (SELECT grp, retention.nps_agg(score) AS s FROM many GROUP BY grp) AS g',
    false),
  (14, 'SELECT retention.nps_agg(score, w) FROM many', true), (15,
    'SELECT retention.rating_agg(score, 0, 10, w) FROM many', true),
  (16, 'SELECT retention.csat_agg(1 + score % 5, w) FROM many', true), (17,
    'SELECT retention.nps(score, w) FROM many', true),
  (18, 'SELECT retention.nps_agg(score) FROM many WHERE score IS NULL', false), (19,
    'SELECT retention.nps_agg(score) FROM many WHERE score + grp + w > 1000', false);
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial_answers AS SELECT n, twin.answer(query) AS answer FROM queries;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT is_empty($$SELECT query, twin.plan_of(query) FROM queries
  WHERE twin.plan_of(query) !~ 'Finalize (Hash|Group)?Aggregate' OR twin.plan_of(query) !~ 'Gather'
    OR twin.plan_of(query) !~ 'Partial (Hash|Group)?Aggregate'$$,
  'every aggregate gets a parallel plan');
SELECT ok(twin.plan_of('SELECT retention.nps_agg(score) FROM many',
  'ANALYZE, COSTS OFF, TIMING OFF') ~ 'Workers Launched: [12]', 'and workers run');
SELECT is_empty($$
  SELECT query FROM queries JOIN serial_answers USING (n)
  WHERE NOT weighted AND twin.answer(query) IS DISTINCT FROM answer
$$, 'serial = parallel, byte for byte');
SELECT is_empty($$
  SELECT query FROM queries JOIN serial_answers USING (n),
    LATERAL (SELECT answer::retention.rating_summary AS serial,
    twin.answer(query)::retention.rating_summary AS parallel) AS both_ways
  WHERE n IN (14, 15, 16) AND NOT (retention.num_responses(serial) = retention.num_responses(parallel)
    AND twin.near(retention.weighted_responses(serial), retention.weighted_responses(parallel))
    AND twin.near(retention.mean_score(serial), retention.mean_score(parallel)))
$$, 'serial = parallel, weighted');
SELECT ok(twin.near(twin.answer(query)::double precision, answer::double precision),
  'serial = parallel, weighted nps') FROM queries JOIN serial_answers USING (n) WHERE n = 17;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- ---------------------------------------------------------- 10. rating_series

-- nps_series by hand: the periods by generate_series, the counts by joining days.
CREATE FUNCTION twin.nps_series(grps integer, unit text, week_start integer, as_of date, confidence double precision,
  covered integer)
RETURNS TABLE (period_start date, period_end date, num_responses bigint, promoters bigint, passives bigint,
  detractors bigint, nps double precision,
  ci_low double precision, ci_high double precision, change double precision, change_p_value double precision,
    is_complete boolean) LANGUAGE sql AS $$
  WITH seen AS (
    SELECT min(day) AS first_day, coalesce(nps_series.as_of, max(day)) AS last_day,
      CASE unit WHEN 'quarter' THEN INTERVAL '3 months'
        ELSE ('1 ' || unit)::interval END AS step, (week_start - 1) AS shift
    FROM answers WHERE grp % 12 = grps
  ), periods AS (
    SELECT row_number() OVER (ORDER BY start) AS n, start::date, (start + step)::date AS next, last_day
    FROM seen, generate_series(date_trunc(unit, (first_day - shift)::timestamp) + shift * INTERVAL '1 day', last_day,
      step) AS start
  ), counts AS (
    SELECT p.n, p.start, p.next, p.last_day, count(score) AS answers, count(*) FILTER (WHERE score >= 9) AS pro,
      count(*) FILTER (WHERE score IN (7, 8)) AS pas, count(*) FILTER (WHERE score <= 6) AS det
    FROM periods AS p JOIN periods AS earliest ON earliest.n = greatest(1, p.n - covered + 1)
    LEFT JOIN answers ON grp % 12 = grps AND day >= earliest.start AND day < p.next
    GROUP BY 1, 2, 3, 4
  )
  SELECT c.start, c.next, c.answers, c.pro, c.pas, c.det,
    100.0::double precision * (c.pro - c.det) / nullif(c.answers, 0), i.low, i.high,
    100.0::double precision * (c.pro - c.det) / nullif(c.answers, 0)
      - 100.0::double precision * (b.pro - b.det) / nullif(b.answers, 0),
    CASE WHEN b.answers > 0 AND c.answers > 0
      THEN twin.p_value((x.nps - y.nps) / sqrt(x.se * x.se + y.se * y.se)) END,
    c.next - 1 <= c.last_day
  FROM counts AS c LEFT JOIN counts AS b ON b.n = c.n - covered,
    LATERAL twin.nps_interval(c.pro, c.pas, c.det, twin.normal_z(confidence), 'adjusted_wald', 1) AS i,
    LATERAL twin.estimate(c.pro, c.pas, c.det, 'adjusted_wald') AS x,
      LATERAL twin.estimate(b.pro, b.pas, b.det, 'adjusted_wald') AS y
  ORDER BY c.start
$$;
CREATE TEMP TABLE questions AS
SELECT row_number() OVER () AS n, grps, unit, week_start, as_of, confidence, covered FROM (
  SELECT unnest(ARRAY[0, 5, 9]) AS grps) AS g,
  (VALUES ('day', 1), ('week', 1), ('week', 7), ('week', 3), ('month', 1), ('quarter', 1), ('year', 1)) AS u (unit, week_start),
  (VALUES (NULL::date, 0.95::double precision, 1), (NULL, 0.9, 3), (DATE '2023-08-14', 0.95, 1), (DATE '2023-06-30',
    0.95, 2), (DATE '2024-09-10', 0.95, 1),
    (DATE '2024-07-31', 0.99, 12), (DATE '2022-11-20', 0.95, 1), (DATE '2020-01-01', 0.95, 1), (DATE '2023-08-14',
      0.95, 1000)) AS q (as_of, confidence, covered)
WHERE unit <> 'day' OR (grps = 5 AND confidence <> 0.9);
CREATE TEMP TABLE series_wanted AS SELECT n, s.* FROM questions,
  LATERAL twin.nps_series(grps, unit, week_start, as_of, confidence, covered) AS s;
CREATE TEMP TABLE series_got AS SELECT n, s.* FROM questions,
  LATERAL (SELECT retention.nps_series_agg(score, day, concat(unit, ' week_start=', week_start)) AS rs FROM answers
    WHERE grp % 12 = grps) AS a,
  LATERAL retention.nps_series(rs, as_of, confidence, covered) AS s;
SELECT cmp_ok((SELECT count(*) FROM series_wanted), '>', 3000::bigint, 'there are rows of nps_series to compare');
SELECT results_eq('SELECT n, period_start, period_end, num_responses, promoters, passives, detractors, is_complete FROM series_got ORDER BY 1, 2',
  'SELECT n, period_start, period_end, num_responses, promoters, passives, detractors, is_complete FROM series_wanted ORDER BY 1, 2',
  'nps_series: periods, counts and completeness = twin');
SELECT is_empty($$
  SELECT q.*, g.*, w.* FROM series_got AS g JOIN series_wanted AS w USING (n, period_start)
    JOIN questions AS q USING (n)
  WHERE NOT (twin.near(g.nps, w.nps) AND twin.near(g.ci_low, w.ci_low, 1e-9) AND twin.near(g.ci_high, w.ci_high, 1e-9)
    AND twin.near(g.change, w.change) AND twin.near(g.change_p_value, w.change_p_value, 1e-9)) LIMIT 5
$$, 'nps_series: nps, interval, change and its p-value = twin');
SELECT is_empty($$
  SELECT n, period_start FROM series_got JOIN questions USING (n) WHERE (change IS NULL) <> (change_ci_low IS NULL) OR (change IS NULL) <> (change_adjusted_p_value IS NULL)
    OR NOT (change BETWEEN change_ci_low AND change_ci_high) OR change_adjusted_p_value < change_p_value
$$, 'a change has an interval that holds it, and a p-value that correction does not lower');
SELECT is_empty($$
  SELECT t.*, g.* FROM (
    SELECT period_start, summary, lag(summary) OVER (ORDER BY period_start) AS before
    FROM retention.period_summaries((SELECT retention.nps_series_agg(score, day, 'month') FROM answers WHERE grp % 12 = 5))) AS p
  LEFT JOIN retention.nps_test(summary, before, 0.95) AS t ON true
  JOIN retention.nps_series((SELECT retention.nps_series_agg(score, day, 'month') FROM answers WHERE grp % 12 = 5)) AS g USING (period_start)
  WHERE NOT (twin.near(t.ci_low, g.change_ci_low, 1e-9) AND twin.near(t.ci_high, g.change_ci_high, 1e-9) AND twin.near(t.p_value, g.change_p_value, 1e-9))
$$, 'the interval of a change is that of nps_test');
SELECT is_empty(format($$
  SELECT n FROM (SELECT n, array_agg(change_adjusted_p_value ORDER BY period_start) AS adjusted, array_agg(change_p_value ORDER BY period_start) AS alone
    FROM questions, LATERAL (SELECT retention.nps_series_agg(score, day, concat(unit, ' week_start=', week_start)) AS rs FROM answers WHERE grp %% 12 = grps) AS a,
      LATERAL retention.nps_series(rs, as_of, confidence, covered, %1$L) AS s WHERE grps = 5 AND unit IN ('week', 'month') GROUP BY n) AS g
  WHERE adjusted IS DISTINCT FROM retention.adjusted_p_values(alone, %1$L)
$$, correction), 'nps_series: correction ' || correction) FROM unnest('{holm,benjamini_hochberg,bonferroni,none}'::text[]) AS correction;

-- Two years in which nothing changes, 100 answers a month, 300 times: how often a series has a mark at all.
CREATE TEMP TABLE unchanged AS
SELECT series, correction, bool_or(change_adjusted_p_value < 0.05) AS is_marked
FROM (SELECT series, retention.nps_series_agg((mod(hashint8extended(series * 10000 + i, 1310) & 1023, 11))::integer, DATE '2022-01-01' + (i / 100) * 31, 'month') AS rs
    FROM generate_series(0, 299) AS series, generate_series(0, 2399) AS i GROUP BY series) AS a,
  unnest('{holm,bonferroni,benjamini_hochberg,none}'::text[]) AS correction, LATERAL retention.nps_series(rs, NULL, 0.95, 1, correction)
GROUP BY series, correction;
SELECT is((SELECT count(*) FROM unchanged), 1200::bigint, 'series without a change, under every correction');
SELECT cmp_ok((SELECT avg(is_marked::integer)::double precision FROM unchanged WHERE correction = 'none'), '>', 0.5::double precision, 'without correction most of them have a mark');
SELECT cmp_ok((SELECT avg(is_marked::integer)::double precision FROM unchanged WHERE unchanged.correction = c), '<=', 0.06::double precision, 'with correction ' || c || ' about 5 % at most')
FROM unnest('{holm,bonferroni,benjamini_hochberg}'::text[]) AS c;
SELECT ok((SELECT count(*) FILTER (WHERE num_responses = 0) > 10 AND count(*) FILTER (WHERE change IS NULL) > 10
  AND count(*) FILTER (WHERE NOT is_complete) > 10 FROM series_wanted),
  'empty periods, first rows and open periods are among them');
SELECT is_empty($$
  SELECT n FROM series_got AS g JOIN questions USING (n) WHERE num_responses = 0
    AND num_nonnulls(nps, ci_low, ci_high, change, change_p_value) > 0
$$, 'an empty period has no score and no change');
SELECT is_empty('SELECT n FROM (SELECT n, period_start, lag(period_end) OVER (PARTITION BY n) AS previous FROM series_got) AS rows WHERE previous <> period_start',
  'rows come in order without gaps');
SELECT is_empty($$
  SELECT * FROM (SELECT retention.nps_series_agg(score, day, 'month') AS rs FROM answers) AS a,
    retention.nps_series(rs) AS s
  FULL JOIN LATERAL retention.nps_series(rs, NULL, 0.95, 1) AS t ON s = t WHERE s IS NULL OR t IS NULL
$$, 'nps_series defaults: last day seen, 0.95, 1 period');
SELECT results_eq($$
  SELECT period_start, retention.num_responses(summary), retention.num_missing(summary), retention.nps(summary)
  FROM retention.period_summaries((SELECT retention.nps_series_agg(score, day, 'week') FROM answers
    WHERE grp IN (2, 8)))
$$, $$
  SELECT week::date, count(score), count(id) - count(score),
    100.0::double precision * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6))
      / nullif(count(score), 0)
  FROM generate_series((SELECT date_trunc('week', min(local_time)) FROM answers WHERE grp IN (2, 8)),
    (SELECT max(local_time) FROM answers WHERE grp IN (2, 8)), '1 week') AS week
  LEFT JOIN answers ON grp IN (2, 8) AND day >= week::date AND day < week::date + 7 GROUP BY 1 ORDER BY 1
$$, 'period_summaries = twin, empty periods included');
SELECT is(array_agg((p.period_start, retention.num_responses(p.summary))::text ORDER BY p.period_start) FILTER (WHERE p.period_start IS NOT NULL), expected, 'period_summaries to ' || as_of)
FROM (VALUES (DATE '2024-01-31', '{"(2024-01-01,1)"}'::text[]), ('2024-02-29', '{"(2024-01-01,1)","(2024-02-01,0)"}'),
    ('2024-05-01', '{"(2024-01-01,1)","(2024-02-01,0)","(2024-03-01,1)","(2024-04-01,0)","(2024-05-01,0)"}'), ('2023-12-31', NULL)) AS v (as_of, expected)
  LEFT JOIN LATERAL retention.period_summaries((SELECT retention.nps_series_agg(9, day, 'month') FROM (VALUES (DATE '2024-01-15'), ('2024-03-02')) AS a (day)), as_of) AS p ON true
GROUP BY as_of, expected ORDER BY as_of;
SELECT throws_ok($$SELECT * FROM retention.period_summaries((SELECT retention.nps_series_agg(9, DATE '2024-01-15', 'month')), 'infinity')$$, '22008', NULL, 'period_summaries to infinity');
SELECT results_eq($$SELECT period_start, retention.mean_score(summary)
  FROM retention.period_summaries((SELECT retention.rating_series_agg(score, -1, 5, day, 'month')
    FROM (VALUES (-1, DATE '2024-01-31'), (5, DATE '2024-01-01'), (5, DATE '2024-03-31')) AS a (score, day)))$$,
  $$VALUES (DATE '2024-01-01', 2::double precision), (DATE '2024-02-01', NULL), (DATE '2024-03-01', 5)$$,
    'rating_series_agg on a scale of its own');
SELECT is((SELECT retention.merge_agg(summary)
  FROM retention.period_summaries((SELECT retention.nps_series_agg(score, day, 'month') FROM answers)))::text,
  (SELECT retention.nps_agg(score) FROM answers)::text, 'the merged periods are the whole');
SELECT is_empty($$
  SELECT zone FROM unnest(ARRAY['Asia/Tokyo', 'America/St_Johns', 'Pacific/Apia']) AS zone, LATERAL (
    SELECT retention.nps_series_agg(score, local_time AT TIME ZONE 'UTC', 'week ' || zone)::text AS zoned,
      retention.nps_series_agg(score, local_time AT TIME ZONE 'UTC' AT TIME ZONE zone, 'week')::text AS local,
      retention.nps_series_agg(score, (local_time AT TIME ZONE 'UTC' AT TIME ZONE zone)::date, 'week')::text AS dated
        FROM answers) AS a
  WHERE zoned <> local OR local <> dated
$$, 'timestamptz with a zone = local timestamp = local date, byte for byte');
SELECT results_eq($$SELECT retention.num_undated(rs), s.period_start, s.num_responses, s.num_missing
  FROM (SELECT retention.nps_series_agg(score, day, 'month') AS rs
    FROM (VALUES (3, NULL), (9, DATE '2024-01-01'), (11, NULL), (NULL, NULL)) AS a (score, day)) AS a, retention.nps_series(rs) AS s$$,
  $$VALUES (3::bigint, DATE '2024-01-01', 1::bigint, 0::bigint)$$, 'a NULL time: the row is counted, its score is not looked at');

-- Rows without a time, in any order and partition.
CREATE TEMP TABLE undated AS SELECT id, id % 7 AS part, score, CASE WHEN id % 3 > 0 THEN day END AS day, CASE WHEN id % 4 = 0 THEN day - 20 END AS asked FROM answers;
SELECT is_empty($$
  SELECT call FROM (VALUES ('day, ''week''', 'score'), ('day, ''week'', asked', 'score::double precision')) AS v (call, score), LATERAL (
    SELECT twin.answer(format('SELECT retention.nps_series_agg(%s, %s ORDER BY id) FROM undated', score, call)) AS forwards,
      twin.answer(format('SELECT retention.nps_series_agg(%s, %s ORDER BY id DESC) FROM undated', score, call)) AS backwards,
      twin.answer(format('SELECT retention.merge_agg(rs ORDER BY part DESC) FROM (SELECT part, retention.nps_series_agg(%s, %s) AS rs FROM undated GROUP BY part) AS p', score, call)) AS merged,
      twin.answer(format('SELECT retention.merge_agg(rs) FROM (SELECT retention.nps_series_agg(%s, %s) AS rs FROM undated GROUP BY day IS NULL, asked IS NULL) AS p', score, call)) AS apart) AS a
  WHERE forwards <> backwards OR forwards <> merged OR forwards <> apart
$$, 'rows without a time: identical bytes by any route');
SELECT results_eq('SELECT retention.num_undated(retention.nps_series_agg(score, day, ''week'')), retention.num_undated(retention.nps_series_agg(score, day, ''week'', asked)) FROM undated',
  'SELECT count(*) FILTER (WHERE day IS NULL), count(*) FILTER (WHERE day IS NULL AND asked IS NULL) FROM undated', 'num_undated = twin');
SELECT is((SELECT retention.nps_series_agg(score, day, 'month', asked) FROM undated)::text,
  (SELECT retention.nps_series_agg(score, coalesce(asked, day), 'month') FROM undated)::text, 'asked_at: the period is that of asking, or else of answering');
SELECT is_empty($$SELECT * FROM retention.nps_series((SELECT retention.nps_series_agg(9, NULL::date, 'month')), '2024-01-01')$$, 'rows without a time only: no rows');
SELECT is_empty($$SELECT * FROM retention.period_summaries((SELECT retention.nps_series_agg(9, NULL::date, 'month')))$$, '... and no summaries');
SELECT is(retention.num_undated(NULL), NULL, 'num_undated(NULL)');
SELECT twin.fails('SELECT retention.nps_series_agg(9, NULL::date, NULL)', '22004', 'periods', 'a row without a time needs periods, too');

-- 99 were asked, a third answered; who did not has no time of answering.
CREATE TEMP TABLE asked AS
SELECT timestamptz '2024-01-02 00:00Z' + i * interval '6 hours' AS sent_at, CASE WHEN i % 3 = 0 THEN timestamptz '2024-01-03 00:00Z' + i * interval '6 hours' END AS answered_at,
  CASE WHEN i % 3 = 0 THEN 10 - i % 5 END AS score FROM generate_series(1, 99) AS i;
SELECT results_eq(format($$SELECT retention.num_responses(summary), retention.num_missing(summary), round(retention.response_rate(summary)::numeric, 3)
    FROM (SELECT retention.%s AS rs FROM asked) AS a, retention.period_summaries(rs)$$, call),
  'VALUES (33::bigint, 66::bigint, 0.333)', 'metrics 04: the response rate of ' || call)
FROM (VALUES ($$nps_series_agg(score, answered_at, 'month UTC', sent_at)$$), ($$rating_series_agg(score, 0, 10, answered_at, 'month UTC', sent_at)$$),
  ($$nps_series_agg(score, answered_at AT TIME ZONE 'UTC', 'month', sent_at AT TIME ZONE 'UTC')$$)) AS c (call);
SELECT results_eq($$SELECT retention.num_undated(rs), s.num_responses, s.num_missing FROM (SELECT retention.nps_series_agg(score, answered_at, 'month UTC') AS rs FROM asked) AS a, retention.nps_series(rs) AS s$$,
  'VALUES (66::bigint, 33::bigint, 0::bigint)', 'metrics 04: without asked_at, the rows without a time are counted');
SELECT is((SELECT count(*)
  FROM retention.nps_series((SELECT retention.nps_series_agg(score, day, 'month')
  FROM (VALUES (NULL::integer, DATE '2024-01-01'), (9, DATE '2024-03-01'), (NULL, DATE '2024-06-30'))
  AS a (score, day)))),
  6::bigint, 'missing answers count as seen, at both ends');
SELECT results_eq($$SELECT period_start, num_responses, nps, is_complete FROM retention.nps_series((SELECT retention.nps_series_agg(NULL::integer, DATE '2024-01-31', 'month')))$$,
  $$VALUES (DATE '2024-01-01', 0::bigint, NULL::double precision, true)$$, 'a series of missing answers only');
SELECT is_empty('SELECT * FROM retention.nps_series(NULL)', 'nps_series(NULL): no rows');
SELECT is_empty('SELECT * FROM retention.period_summaries(NULL)', 'period_summaries(NULL): no rows');
SELECT twin.fails(format('SELECT * FROM retention.nps_series((SELECT %s(9, DATE ''2024-01-01'', ''month'')), %s)',
  'retention.nps_series_agg', arguments), '22023|22008', pattern, 'nps_series: ' || arguments)
FROM (VALUES ('confidence => 1', 'confidence'), ('confidence => 95', 'confidence'), ('trailing_periods => 0',
  'trailing'), ('trailing_periods => -1', 'trailing'),
  ($$as_of => 'infinity'$$, 'infinit|finite')) AS a (arguments, pattern);
SELECT twin.fails($$SELECT * FROM retention.nps_series((SELECT retention.rating_series_agg(3, 1, 5, DATE '2024-01-01', 'month')))$$,
  '22023', '0.*10|break', 'nps_series needs the scale 0..10');

-- The session's zone and date style change nothing.
CREATE TABLE instants AS SELECT score, local_time AT TIME ZONE 'UTC' AS at FROM answers;
CREATE FUNCTION twin.fingerprint() RETURNS text LANGUAGE sql AS $$
  SELECT md5(string_agg(concat_ws(',', period_start - DATE '2000-01-01', nps, change), ';' ORDER BY period_start))
    || (SELECT retention.nps_series_agg(score, at, 'month Europe/Berlin')::text FROM instants)
  FROM retention.nps_series((SELECT retention.nps_series_agg(score, at, 'week America/New_York') FROM instants))
$$;
CREATE TEMP TABLE fingerprints AS SELECT twin.fingerprint();
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SET LOCAL DateStyle = 'German';
INSERT INTO fingerprints SELECT twin.fingerprint();
SET LOCAL TimeZone = 'America/St_Johns';
SET LOCAL extra_float_digits = 1;
INSERT INTO fingerprints SELECT twin.fingerprint();
SELECT is((SELECT count(DISTINCT fingerprint) FROM fingerprints), 1::bigint,
  'a session in another time zone changes nothing');

SELECT * FROM finish();
ROLLBACK;
