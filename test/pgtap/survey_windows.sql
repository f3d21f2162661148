-- survey: aggregates as window functions. The moving state, with rows leaving the
-- frame, must give what a recomputation of every frame gives.
-- Run: pg_prove -d DATABASE test/pgtap/survey_windows.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(31);
SELECT setseed(0.90);

-- Days with gaps, ties and missing answers: frames run empty, and hold NULLs only.
CREATE TABLE answers AS
SELECT row_number() OVER (ORDER BY day, id) AS n, segment, day, score, w FROM (
  SELECT id, id % 3 AS segment, DATE '2024-01-01' + floor(random() * 200)::integer
      + CASE WHEN random() < 0.5 THEN 0 ELSE 300 END AS day,
    CASE WHEN random() < 0.3 OR id % 50 < 12 THEN NULL ELSE floor(random() * 11) END::integer AS score,
    CASE WHEN random() < 0.1 THEN NULL WHEN random() < 0.1 THEN 0 ELSE floor(random() * 64) / 8 END AS w
  FROM generate_series(1, 320) AS id) AS drawn;
-- A long run of missing answers, in the order of rows.
UPDATE answers SET score = NULL WHERE n BETWEEN 100 AND 140;

-- {} is the aggregate's argument list's first part. Text is compared, so bytes are.
CREATE TEMP TABLE calls (call text);
INSERT INTO calls VALUES ('retention.nps(score)'), ('retention.nps_agg(score)'),
  ('retention.nps_agg(score::smallint)'), ('retention.nps_agg(score::double precision)'),
  ('retention.rating_agg(score, 0, 10)'), ('retention.rating_agg(score::smallint, -3, 40)'),
    ('retention.rating_agg(score::double precision, 0, 10)'),
  ('retention.csat_agg(1 + score % 5)'), ('retention.ces_agg(1 + score % 7)'), ('retention.merge_agg(s)'),
    ('retention.nps(score::double precision)'),
  ('retention.nps_series_agg(score, day, ''month'')'),
  ('retention.nps(score, w)'), ('retention.nps_agg(score, w)'), ('retention.rating_agg(score, 0, 10, w)'),
    ('retention.csat_agg(1 + score % 5, w)'), ('retention.merge_agg(ws)');
-- How a row's frame looks as a WINDOW clause, and as a condition on the rows of the frame.
CREATE TEMP TABLE frames (frame text, condition text);
INSERT INTO frames VALUES
  ('ORDER BY n ROWS BETWEEN 9 PRECEDING AND CURRENT ROW', 'f.n BETWEEN r.n - 9 AND r.n'),
  ('ORDER BY n ROWS BETWEEN 5 PRECEDING AND 4 PRECEDING', 'f.n BETWEEN r.n - 5 AND r.n - 4'),
  ('ORDER BY n ROWS BETWEEN 3 FOLLOWING AND 6 FOLLOWING', 'f.n BETWEEN r.n + 3 AND r.n + 6'),
  ('ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', 'f.n >= r.n'),
  ('PARTITION BY segment ORDER BY day RANGE BETWEEN ''30 days'' PRECEDING AND CURRENT ROW',
    'f.segment = r.segment AND f.day BETWEEN r.day - 30 AND r.day'),
  ('PARTITION BY segment ORDER BY day RANGE BETWEEN ''9 days'' PRECEDING AND ''5 days'' PRECEDING',
    'f.segment = r.segment AND f.day BETWEEN r.day - 9 AND r.day - 5'),
  ('ORDER BY day GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING',
    'f.day < r.day AND (SELECT count(DISTINCT day) FROM rows_ AS g WHERE g.day > f.day AND g.day < r.day) < 2'),
  ('ORDER BY n ROWS BETWEEN 4 PRECEDING AND 4 FOLLOWING EXCLUDE CURRENT ROW',
    'f.n BETWEEN r.n - 4 AND r.n + 4 AND f.n <> r.n'),
  ('ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW', 'f.n <= r.n');

CREATE TEMP TABLE rows_ AS
SELECT *, CASE WHEN n % 11 > 0
  THEN (SELECT retention.nps_agg(x) FROM unnest(ARRAY[score, n::integer % 11]) AS x) END AS s,
  CASE WHEN n % 11 > 0
    THEN (SELECT retention.nps_agg(x, a.w) FROM unnest(ARRAY[score, n::integer % 11]) AS x) END AS ws
FROM answers AS a;
CREATE INDEX ON rows_ (n);
ANALYZE rows_;

CREATE FUNCTION twin.window_differences(call text, frame text, condition text) RETURNS TABLE (n bigint, moving text,
  recomputed text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$
    SELECT r.n, moving::text, recomputed::text
    FROM (SELECT *, %1$s OVER (%2$s) AS moving FROM rows_) AS r,
      LATERAL (SELECT %1$s AS recomputed FROM (SELECT * FROM rows_ AS f WHERE %3$s ORDER BY f.n) AS frame) AS again
    WHERE moving::text IS DISTINCT FROM recomputed::text LIMIT 3
  $q$, call, frame, condition);
END
$$;

-- Exact states: the same bytes. Weights here are eighths, whose sums are exact, so
-- a recomputed frame agrees in bytes as well.
SELECT is_empty(format($$
  SELECT d.*, condition FROM frames, twin.window_differences(%L, frame, condition) AS d
  WHERE frame !~ 'GROUPS' LIMIT 5
$$, call), 'moving = recomputed: ' || call) FROM calls;
SELECT is_empty($$
  SELECT d.* FROM frames, twin.window_differences('retention.nps_agg(score)', frame, condition) AS d
    WHERE frame ~ 'GROUPS'
$$, 'moving = recomputed: GROUPS frames');

-- The cases the data must contain for this to prove anything.
SELECT ok(count(*) FILTER (WHERE s IS NULL) > 10, 'some frames are empty')
FROM (SELECT retention.nps_agg(score)
  OVER (PARTITION BY segment ORDER BY day RANGE BETWEEN '9 days' PRECEDING AND '5 days' PRECEDING) AS s
  FROM rows_) AS a;
SELECT ok(count(*) FILTER (WHERE s IS NOT NULL AND retention.num_responses(s) = 0
  AND retention.num_missing(s) = 10) >= 30, 'some frames hold missing answers only')
FROM (SELECT retention.nps_agg(score) OVER (ORDER BY n ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS s
  FROM rows_) AS a;

-- The aggregates that promise it have a moving mode.
SELECT is_empty($$
  SELECT aggfnoid::regprocedure FROM pg_aggregate JOIN pg_proc ON pg_proc.oid = aggfnoid
  WHERE pronamespace = 'retention'::regnamespace
    AND proname IN ('nps', 'nps_agg', 'rating_agg', 'csat_agg', 'ces_agg') AND aggmtransfn = 0
    AND pg_get_function_arguments(aggfnoid) !~ 'weight'
$$, 'nps, nps_agg, rating_agg, csat_agg and ces_agg have a moving mode');
SELECT ok((SELECT aggmtransfn <> 0 AND aggminvtransfn <> 0 FROM pg_aggregate
  WHERE aggfnoid = 'retention.merge_agg(retention.rating_summary)'::regprocedure), 'so has merge_agg');

-- Weights whose sums round: recomputed frames agree to 1e-12.
UPDATE rows_ SET w = CASE WHEN random() < 0.02 THEN 1e12 ELSE random() END WHERE w IS NOT NULL;
SELECT is_empty($$
  SELECT r.n, r.moving, again.recomputed FROM (
    SELECT *, retention.nps(score, w) OVER (ORDER BY n ROWS BETWEEN 19 PRECEDING AND CURRENT ROW) AS moving
      FROM rows_) AS r,
    LATERAL (SELECT retention.nps(score, w) AS recomputed FROM rows_ AS f WHERE f.n BETWEEN r.n - 19 AND r.n) AS again
  WHERE NOT twin.near(moving, recomputed)
$$, 'weighted frames: large weights that have left leave no trace');

UPDATE rows_ SET ws = (SELECT retention.nps_agg(x, rows_.w) FROM unnest(ARRAY[score, n::integer % 11]) AS x);
SELECT is_empty($$
  SELECT r.n, r.moving, again.recomputed FROM (
    SELECT n, retention.nps(retention.merge_agg(ws)
      OVER (ORDER BY n ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)) AS moving FROM rows_) AS r,
    LATERAL (SELECT retention.nps(retention.merge_agg(ws)) AS recomputed FROM rows_ AS f
      WHERE f.n BETWEEN r.n - 19 AND r.n) AS again
  WHERE NOT twin.near(moving, recomputed)
$$, 'weighted summaries in frames: neither do large weights there');

-- Several windows in one query, and a trailing score per day as dashboards ask it.
SELECT is_empty($$
  SELECT * FROM (
    SELECT n, retention.nps(score) OVER short AS a, retention.nps(score) OVER long AS b, retention.nps_agg(score)
      OVER short AS c, count(score) OVER long AS d,
      retention.nps_agg(score) OVER long AS e
    FROM rows_ WINDOW short AS (ORDER BY n ROWS 2 PRECEDING), long AS (ORDER BY n ROWS 49 PRECEDING)) AS w
  WHERE a IS DISTINCT FROM retention.nps(c) OR b IS DISTINCT FROM retention.nps(e) OR retention.num_responses(e) <> d
$$, 'several windows in one query');
SELECT is_empty($$
  WITH daily AS (SELECT day, retention.nps_agg(score) AS s FROM rows_ GROUP BY day),
    sliding AS (SELECT day, retention.merge_agg(s)
      OVER (ORDER BY day RANGE BETWEEN '89 days' PRECEDING AND CURRENT ROW) AS s FROM daily)
  SELECT day FROM sliding AS t, LATERAL (SELECT retention.nps_agg(score) AS again FROM rows_ AS r
    WHERE r.day BETWEEN t.day - 89 AND t.day) AS a
  WHERE s::text IS DISTINCT FROM again::text
$$, 'trailing 90 days over daily summaries = over the answers');
SELECT is_empty($$
  SELECT n FROM (SELECT n, retention.nps_agg(score) FILTER (WHERE segment = 1) OVER w AS filtered,
      retention.nps_agg(CASE WHEN segment = 1 THEN score END) OVER w AS masked
        FROM rows_ WINDOW w AS (ORDER BY n ROWS BETWEEN 6 PRECEDING AND 2 PRECEDING)) AS a
  WHERE coalesce(retention.num_responses(filtered), 0) <> coalesce(retention.num_responses(masked), 0)
    OR retention.nps(filtered) IS DISTINCT FROM retention.nps(masked)
$$, 'FILTER in a moving window');

-- Errors inside a moving window.
SELECT twin.fails('SELECT retention.nps(n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM generate_series(8, 12) AS n',
  '22003', '11', 'a score outside the scale');
SELECT twin.fails('SELECT retention.rating_agg(1, 0, n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM generate_series(8, 12) AS n',
  '22023', 'scale|8|9',
  'a scale that changes from row to row');
SELECT twin.fails('SELECT retention.merge_agg(s) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (
  SELECT 1 AS n, retention.nps_agg(1) AS s
    UNION ALL SELECT 2, retention.csat_agg(1)) AS a', '22023', NULL, 'unlike scales in a moving merge');
SELECT is((SELECT string_agg(coalesce(x::text, '-'), ' ' ORDER BY n) FROM (
    SELECT n, retention.nps(CASE WHEN n = 1 THEN 10 WHEN n < 4 THEN 0 END) OVER (ORDER BY n ROWS 1 PRECEDING) AS x
      FROM generate_series(1, 6) AS n) AS a),
  '100 0 -100 -100 - -', 'one promoter, two detractors, then nothing');

SELECT * FROM finish();
ROLLBACK;
