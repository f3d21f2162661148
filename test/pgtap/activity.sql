-- activity_days against a twin that is a sorted array of dates: building it in every
-- way, set operations, accessors, casts, merges, byte format, limits, bad input.
-- Run: pg_prove -d DATABASE test/pgtap/activity.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(175);
SELECT setseed(0.5874897);

-- ---------------------------------------------------------------- the twin

-- A set of days: sorted, each once.
CREATE FUNCTION twin.set_of(days date[]) RETURNS date[] LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(array_agg(day ORDER BY day), '{}') FROM (SELECT DISTINCT unnest(days) AS day) AS once
  WHERE day IS NOT NULL
$$;

-- What names the period of a day: equal for the days of one period and for no others.
CREATE FUNCTION twin.period_of(day date, unit text, week_start integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE unit
    WHEN 'day' THEN day - DATE '2000-01-01'
    WHEN 'week' THEN floor((day - DATE '2024-01-01' + 1 - week_start) / 7.0)
    WHEN 'month' THEN 12 * extract(year FROM day) + extract(month FROM day)
    WHEN 'quarter' THEN 4 * extract(year FROM day) + extract(quarter FROM day)
    WHEN 'year' THEN extract(year FROM day) END::integer
$$;
CREATE FUNCTION twin.periods_in(days date[], unit text, week_start integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT count(DISTINCT twin.period_of(day, unit, week_start))::integer FROM unnest(days) AS day
$$;

-- A query's one value, or the SQLSTATE it fails with.
CREATE FUNCTION twin.state_or_answer(query text, OUT got text, OUT state text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE query INTO got;
EXCEPTION WHEN OTHERS THEN
  state := SQLSTATE;
END
$$;

-- ---------------------------------------------------------------- the data

-- Sets of every density and length, and the shapes at which an encoding can stumble:
-- runs and gaps of every small length, weekdays, firsts of months, the ends of date.
CREATE TABLE sets (id serial PRIMARY KEY, kind text, days date[], a retention.activity_days);
INSERT INTO sets (kind, days)
SELECT 'random', array_agg(first_day + n ORDER BY n) FROM (
  SELECT g, DATE '2020-06-01' + floor(random() * 1000)::integer AS first_day,
    (ARRAY[1, 7, 40, 365, 731, 2500])[1 + g % 6] AS span, (ARRAY[0.01, 0.1, 0.3, 0.6, 0.95])[1 + g % 5] AS density
  FROM generate_series(1, 150) AS g) AS shapes, LATERAL generate_series(0, span - 1) AS n
WHERE n = 0 OR random() < density GROUP BY g;
INSERT INTO sets (kind, days) SELECT 'run', array_agg(DATE '2024-02-20' + n ORDER BY n)
FROM unnest(ARRAY[1, 2, 3, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1023, 1024]) AS length,
  generate_series(0, length - 1) AS n GROUP BY length;
INSERT INTO sets (kind, days) SELECT 'gap', ARRAY[DATE '2019-12-31', DATE '2019-12-31' + gap]
FROM unnest(ARRAY[2, 3, 7, 8, 9, 10, 15, 16, 17, 32, 33, 63, 64, 65, 66, 127, 128, 129, 130, 255, 256, 257, 16383, 16384, 16385,
  2097151, 2097152, 1000000000]) AS gap;
INSERT INTO sets (kind, days) SELECT 'runs and gaps', array_agg(DATE '1999-12-31' + at::integer + n ORDER BY at, n) FROM (
  SELECT g, length, sum(length + gap) OVER (PARTITION BY g ORDER BY piece) - length - gap AS at FROM (
    SELECT g, piece, 1 + floor(power(random(), 3) * 140)::integer AS length, 1 + floor(power(random(), 3) * 140)::integer AS gap
    FROM generate_series(1, 30) AS g, generate_series(1, 12) AS piece) AS pieces) AS placed,
  LATERAL generate_series(0, length - 1) AS n GROUP BY g;
INSERT INTO sets (kind, days)
SELECT 'weekdays', array_agg(day::date ORDER BY day) FROM generate_series(TIMESTAMP '2022-01-01', '2023-12-31', '1 day') AS day
  WHERE extract(isodow FROM day) < 6
UNION ALL SELECT 'every other day', array_agg(DATE '2022-01-01' + 2 * n ORDER BY n) FROM generate_series(0, 365) AS n
UNION ALL SELECT 'firsts of months', array_agg(day::date ORDER BY day)
  FROM generate_series(TIMESTAMP '1990-01-01', '2030-12-01', '1 month') AS day
UNION ALL SELECT 'first date', ARRAY[DATE '4714-11-24 BC'] UNION ALL SELECT 'last date', ARRAY[DATE '5874897-12-31']
UNION ALL SELECT 'both ends', ARRAY[DATE '4714-11-24 BC', DATE '5874897-12-31']
UNION ALL SELECT 'the last week of time', array_agg(DATE '5874897-12-25' + n ORDER BY n) FROM generate_series(0, 6) AS n
UNION ALL SELECT 'the first month of time', array_agg(DATE '4714-11-24 BC' + n ORDER BY n) FROM generate_series(0, 29) AS n
UNION ALL SELECT 'around year 1', array_agg(DATE '0001-12-20 BC' + n ORDER BY n) FROM generate_series(0, 25) AS n
UNION ALL SELECT 'around 1970 and 2000', ARRAY[DATE '1969-12-31', '1970-01-01', '1999-12-31', '2000-01-01', '2000-01-02']
UNION ALL SELECT 'no days', '{}';
UPDATE sets SET a = days::retention.activity_days;
ANALYZE sets;

-- ------------------------------------------------------ 1. a worked example

CREATE TEMP TABLE example AS
SELECT retention.activity_agg(day) AS a
  FROM unnest(ARRAY[DATE '2024-03-02', '2024-01-31', '2024-02-01', NULL, '2024-01-31']) AS day;
SELECT is(a::date[], '{2024-01-31,2024-02-01,2024-03-02}'::date[], 'the days, each once, in order') FROM example;
SELECT is((retention.first_active(a), retention.last_active(a), retention.active_days(a), retention.active_periods(a, 'month'),
  retention.active_periods(a, 'week'))::text, '(2024-01-31,2024-03-02,3,3,2)', 'first, last, days, months, weeks') FROM example;
SELECT is(a::datemultirange, '{[2024-01-31,2024-02-02),[2024-03-02,2024-03-03)}', 'the days as ranges') FROM example;

-- ------------------------------------------ 2. every way to build it, bytes equal

CREATE TABLE visits AS
SELECT id, day, floor(random() * 5)::integer AS part,
  day + TIME '00:00' + CASE floor(random() * 6) WHEN 0 THEN INTERVAL '0' WHEN 1 THEN INTERVAL '23:59:59.999999'
    ELSE random() * INTERVAL '86399 seconds' END AS local_time
FROM sets, unnest(days) AS day, generate_series(1, 1 + id % 2)
WHERE kind IN ('random', 'runs and gaps', 'weekdays', 'around year 1', 'firsts of months', 'around 1970 and 2000')
ORDER BY random();
ANALYZE visits;
CREATE TEMP TABLE built AS SELECT id, a::text AS bytes FROM sets WHERE id IN (SELECT id FROM visits);

SELECT cmp_ok((SELECT count(*) FROM visits), '>', 50000::bigint, 'there are visits to aggregate');
SELECT is_empty($$SELECT id FROM built JOIN (SELECT id, retention.activity_agg(day)::text AS got FROM visits GROUP BY id) AS g USING (id)
  WHERE got IS DISTINCT FROM bytes$$, 'activity_agg(date) = the array cast, whatever the order');
SELECT is_empty($$SELECT id FROM built JOIN (SELECT id, retention.activity_agg(local_time)::text AS got FROM visits GROUP BY id) AS g USING (id)
  WHERE got IS DISTINCT FROM bytes$$, 'activity_agg(timestamp): first and last microsecond of a day belong to it');
SELECT is_empty(format($$
  SELECT id FROM (SELECT id, retention.activity_agg(at, %1$L)::text AS got, retention.activity_agg((at AT TIME ZONE %1$L)::date)::text AS wanted
    FROM (SELECT id, local_time AT TIME ZONE 'UTC' AS at FROM visits) AS v GROUP BY id) AS g
  WHERE got IS DISTINCT FROM wanted
$$, zone), 'activity_agg(timestamptz, zone) = the local days in ' || zone)
FROM unnest(ARRAY['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia', 'Australia/Lord_Howe']) AS zone;
SELECT is_empty($$
  SELECT id FROM (SELECT id, retention.activity_agg(at, zone)::text AS got, retention.activity_agg((at AT TIME ZONE zone)::date)::text AS wanted
    FROM (SELECT id, local_time AT TIME ZONE 'UTC' AS at, (ARRAY['Asia/Tokyo', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'])[1 + part % 4] AS zone
      FROM visits) AS v GROUP BY id) AS g
  WHERE got IS DISTINCT FROM wanted
$$, 'a zone per row');
SELECT is(retention.activity_agg(at, 'Europe/Berlin')::date[], '{2024-03-30,2024-03-31,2024-04-01,2024-10-27,2024-10-28}'::date[],
  'the short and the long day of Berlin')
FROM unnest(ARRAY['2024-03-30 22:59:59+00', '2024-03-30 23:00:00+00', '2024-03-31 21:59:59+00', '2024-03-31 22:00:00+00',
  '2024-10-26 22:00:00+00', '2024-10-27 22:59:59+00', '2024-10-27 23:00:00+00']::timestamptz[]) AS at;
SELECT is(retention.activity_agg(at, 'Pacific/Apia')::date[], '{2011-12-29,2011-12-31}'::date[], 'Apia had no 30 December 2011')
FROM unnest(ARRAY['2011-12-30 09:59:59+00', '2011-12-30 10:00:00+00']::timestamptz[]) AS at;

-- ---------------------------------------------------------- 3. set operations

CREATE TEMP TABLE pairs AS
SELECT x.id AS x, y.id AS y, x.a, y.a AS b, x.days AS a_days, y.days AS b_days
FROM sets AS x JOIN sets AS y ON (x.id * 31 + y.id * 17) % 29 = 0 OR y.kind = 'no days' OR x.kind IN ('both ends', 'no days');
INSERT INTO pairs SELECT x.id, -x.id, x.a, shifted::retention.activity_days, x.days, shifted
FROM sets AS x, LATERAL (SELECT array_agg(day + 1 ORDER BY day) AS shifted FROM unnest(days) AS day) AS s
WHERE kind IN ('run', 'runs and gaps', 'random');
SELECT cmp_ok((SELECT count(*) FROM pairs), '>', 2500::bigint, 'there are pairs of sets');
SELECT is_empty($$SELECT x, y FROM pairs WHERE retention.combine(a, b)::date[] IS DISTINCT FROM twin.set_of(a_days || b_days)$$, 'combine = union');
SELECT is_empty($$
  SELECT x, y FROM pairs WHERE retention.activity_intersection(a, b)::date[] IS DISTINCT FROM
    coalesce((SELECT array_agg(day ORDER BY day) FROM (SELECT unnest(a_days) AS day INTERSECT SELECT unnest(b_days)) AS i), '{}')
$$, 'activity_intersection = INTERSECT');
SELECT is_empty($$
  SELECT x, y FROM pairs WHERE retention.activity_difference(a, b)::date[] IS DISTINCT FROM
    coalesce((SELECT array_agg(day ORDER BY day) FROM (SELECT unnest(a_days) AS day EXCEPT SELECT unnest(b_days)) AS d), '{}')
$$, 'activity_difference = EXCEPT');
SELECT is_empty($$
  SELECT x, y FROM pairs WHERE (retention.combine(a, b)::text, retention.activity_intersection(a, b)::text, retention.activity_difference(a, b)::text)
    IS DISTINCT FROM (retention.combine(a, b)::date[]::retention.activity_days::text,
      retention.activity_intersection(a, b)::date[]::retention.activity_days::text, retention.activity_difference(a, b)::date[]::retention.activity_days::text)
$$, 'what set operations return has the bytes of the same days built anew');
SELECT is_empty($$
  SELECT x, y FROM pairs WHERE retention.combine(b, a)::text <> retention.combine(a, b)::text
    OR retention.activity_intersection(b, a)::text <> retention.activity_intersection(a, b)::text
    OR retention.combine(retention.activity_difference(a, b), retention.activity_intersection(a, b))::text <> a::text
    OR retention.active_days(retention.activity_intersection(retention.activity_difference(a, b), b)) <> 0
    OR retention.active_days(retention.combine(a, b)) + retention.active_days(retention.activity_intersection(a, b))
      <> retention.active_days(a) + retention.active_days(b)
$$, 'the laws of sets');
SELECT is_empty($$
  SELECT x, y FROM pairs WHERE (a OPERATOR(retention.|) b)::text <> retention.combine(a, b)::text OR (a OPERATOR(retention.+) b)::text <> retention.combine(a, b)::text
    OR (a OPERATOR(retention.&) b)::text <> retention.activity_intersection(a, b)::text
    OR (a OPERATOR(retention.-) b)::text <> retention.activity_difference(a, b)::text
$$, 'operators | + & - call these functions');

-- ------------------------------------------------------------- 4. accessors

SELECT is_empty($$
  SELECT id, kind FROM sets WHERE (retention.first_active(a), retention.last_active(a), retention.active_days(a))
    IS DISTINCT FROM (days[1], days[cardinality(days)], cardinality(days))
$$, 'first_active, last_active, active_days = twin');
SELECT is_empty($$SELECT id, kind FROM sets WHERE coalesce((SELECT array_agg(day) FROM retention.active_dates(a) AS day), '{}') IS DISTINCT FROM days$$,
  'active_dates: the days in order');
SELECT is_empty(format($$SELECT id, kind FROM sets WHERE retention.active_periods(a, %L) IS DISTINCT FROM twin.periods_in(days, %L, %s)$$,
  concat(unit, ' week_start=' || week_start), unit, coalesce(week_start, 1)), 'active_periods = twin: ' || concat(unit, ' week_start=' || week_start))
FROM (VALUES ('day', NULL), ('month', NULL), ('quarter', NULL), ('year', NULL), ('week', NULL), ('week', 1), ('week', 2), ('week', 3), ('week', 4),
  ('week', 5), ('week', 6), ('week', 7)) AS cuts (unit, week_start);
SELECT is_empty($$
  SELECT id, day FROM sets, unnest(days) AS active, unnest(CASE WHEN active IN ('4714-11-24 BC', '5874897-12-31')
    THEN ARRAY[active] ELSE ARRAY[active - 1, active, active + 1] END) AS day
  WHERE (retention.active_on(a, day), a OPERATOR(retention.@>) day) IS DISTINCT FROM (day = ANY (days), day = ANY (days))
$$, 'active_on and @> = twin: on every day and beside it');
SELECT is_empty($$
  SELECT id, from_day, to_day FROM sets, LATERAL (
    SELECT days[1 + floor(random() * cardinality(days))::integer] + floor(random() * 30)::integer - 15 AS from_day,
      (ARRAY[0, 1, 2, 7, 30, 100])[1 + n % 6] AS length FROM generate_series(1, 30) AS n WHERE id > 0) AS probes,
    LATERAL (SELECT from_day + length AS to_day) AS t
  WHERE kind NOT IN ('no days', 'first date', 'last date', 'both ends', 'the last week of time', 'the first month of time')
    AND retention.is_active(a, from_day, to_day) IS DISTINCT FROM EXISTS (SELECT FROM unnest(days) AS day WHERE day >= from_day AND day < to_day)
$$, 'is_active = twin, half open');
SELECT is((retention.is_active(a, '2024-02-01', '2024-02-02'), retention.is_active(a, '2024-01-30', '2024-01-31'), retention.is_active(a, '2024-02-02', '2024-03-02'),
  retention.is_active(a, '2024-02-02', '2024-03-03'), retention.is_active(a, '2024-02-01', '2024-02-01'), retention.is_active(a, '2024-03-03', '2024-01-01'))::text,
  '(t,f,f,t,f,f)', 'is_active: from_day counts, to_day does not; an empty or backward span holds nothing') FROM example;
SELECT is((retention.is_active(a, '4714-11-24 BC', '4714-11-25 BC'), retention.is_active(a, '5874897-12-31', 'infinity'), retention.is_active(a, '-infinity', 'infinity'),
  retention.is_active(a, '4714-11-25 BC', '5874897-12-31'), retention.is_active(a, '-infinity', '4714-11-24 BC'))::text, '(t,t,t,f,f)',
  'is_active at the ends of date; an infinite bound is no bound') FROM sets WHERE kind = 'both ends';
SELECT ok(NOT retention.active_on(a, 'infinity') AND NOT retention.active_on(a, '-infinity'), 'nobody is active on an infinite day')
FROM sets WHERE kind = 'both ends';

-- ----------------------------------------------------------------- 5. casts

SELECT is_empty($$SELECT id, kind FROM sets WHERE a::date[] IS DISTINCT FROM days OR a::date[]::retention.activity_days::text <> a::text$$,
  'date[] and back');
SELECT is_empty($$
  SELECT id, kind FROM sets, LATERAL (SELECT coalesce(range_agg(daterange(day, CASE WHEN day < DATE '5874897-12-31' THEN day + 1 END)), '{}') AS ranges
    FROM unnest(days) AS day) AS r
  WHERE kind NOT IN ('last date', 'both ends', 'the last week of time') AND (a::datemultirange IS DISTINCT FROM ranges OR ranges::retention.activity_days::text <> a::text)
$$, 'datemultirange and back');
SELECT is('{}'::datemultirange::retention.activity_days::text, '{}'::date[]::retention.activity_days::text, 'an empty datemultirange holds no days');
SELECT is('{[2024-01-30,2024-02-02),[2024-03-01,2024-03-01]}'::datemultirange::retention.activity_days::date[],
  '{2024-01-30,2024-01-31,2024-02-01,2024-03-01}'::date[], 'a datemultirange: its upper bound is exclusive');
SELECT is(list::date[]::retention.activity_days::date[], wanted::date[], 'an array: ' || list)
FROM (VALUES ('{2024-03-01,2024-01-01,2024-03-01}', '{2024-01-01,2024-03-01}'), ('{NULL,2024-01-01,NULL}', '{2024-01-01}'), ('{NULL}', '{}'), ('{}', '{}'),
  ('{{2024-03-01,2024-01-02},{2024-01-01,2024-01-02}}', '{2024-01-01,2024-01-02,2024-03-01}'), ('[5:6]={2024-01-02,2024-01-01}', '{2024-01-01,2024-01-02}'))
  AS arrays (list, wanted);
CREATE TABLE assigned (a retention.activity_days, days date[], ranges datemultirange);
INSERT INTO assigned (a, days) SELECT ARRAY[DATE '2024-01-02', '2024-01-01'], a FROM example;
SELECT is((a::date[], days)::text, '("{2024-01-01,2024-01-02}","{2024-01-31,2024-02-01,2024-03-02}")', 'date[] on assignment, both ways')
FROM (SELECT a::date[] AS a, days FROM assigned) AS t;
SELECT twin.fails('INSERT INTO assigned (ranges) SELECT a FROM example', '42804', NULL, 'datemultirange only by an explicit cast');
SELECT twin.fails($$INSERT INTO assigned (a) SELECT '{[2024-01-01,2024-01-03)}'::datemultirange$$, '42804', NULL, '... both ways');
SELECT twin.fails($$SELECT retention.active_days(ARRAY[DATE '2024-01-01'])$$, '42883', NULL, 'no cast of date[] is implicit');
SELECT is((SELECT string_agg(format('%s > %s: %s', castsource::regtype, casttarget::regtype, castcontext), ', '
    ORDER BY castsource::regtype::text COLLATE "C", casttarget::regtype::text COLLATE "C")
  FROM pg_cast WHERE 'retention.activity_days'::regtype IN (castsource, casttarget)),
  'date[] > retention.activity_days: a, datemultirange > retention.activity_days: e, retention.activity_days > date[]: a, retention.activity_days > datemultirange: e',
  'there are no other casts');

-- --------------------------------------------------------- 6. NULL and empty

SELECT is((SELECT retention.activity_agg(day) FROM visits WHERE false)::text, NULL, 'no rows: NULL');
SELECT is((SELECT retention.activity_agg(NULL::date) FROM generate_series(1, 3))::text, NULL, 'NULL days only: NULL');
SELECT is((SELECT retention.activity_agg(NULL::timestamp) FROM generate_series(1, 3))::text, NULL, 'NULL times only: NULL');
SELECT is((SELECT retention.activity_agg(at, zone)::date[] FROM (VALUES (TIMESTAMPTZ '2024-01-01 12:00+00', 'UTC'), (NULL, 'UTC'),
  ('2024-02-01 12:00+00', NULL), (NULL, NULL)) AS rows (at, zone)), '{2024-01-01}'::date[], 'a row with a NULL time or zone is ignored');
SELECT is((retention.active_days(a), retention.first_active(a), retention.last_active(a), retention.active_periods(a, 'week'),
  retention.is_active(a, '-infinity', 'infinity'), retention.active_on(a, '2024-01-01'), a::date[], a::datemultirange)::text, '(0,,,0,f,f,{},{})',
  'no days at all: 0, no first, no last') FROM sets WHERE kind = 'no days';
SELECT is_empty($$SELECT day FROM sets, retention.active_dates(a) AS day WHERE kind = 'no days'$$, 'active_dates of no days: no rows');
SELECT is_empty('SELECT * FROM retention.active_dates(NULL)', 'active_dates(NULL): no rows');
SELECT is_empty($$SELECT id FROM sets WHERE retention.combine(a, NULL)::text IS DISTINCT FROM a::text OR retention.combine(NULL, a)::text IS DISTINCT FROM a::text
  OR (a OPERATOR(retention.|) NULL)::text IS DISTINCT FROM a::text OR (NULL OPERATOR(retention.+) a)::text IS DISTINCT FROM a::text$$,
  'combine: NULL counts as no days');
SELECT is(retention.combine(NULL::retention.activity_days, NULL)::text, NULL, 'combine(NULL, NULL) is NULL');
SELECT is_empty($$SELECT x.id FROM sets AS x, sets AS e WHERE e.kind = 'no days' AND (retention.combine(x.a, e.a)::text <> x.a::text OR retention.combine(e.a, x.a)::text <> x.a::text
  OR retention.activity_difference(x.a, e.a)::text <> x.a::text OR retention.activity_intersection(x.a, e.a)::text <> e.a::text
  OR retention.activity_difference(x.a, x.a)::text <> e.a::text)$$, 'no days is neutral, and the one encoding of what is empty');
SELECT is_empty($$
  SELECT call FROM unnest(ARRAY['activity_intersection(a, NULL)', 'activity_intersection(NULL, a)', 'activity_difference(a, NULL)', 'activity_difference(NULL, a)',
    'active_on(a, NULL)', 'active_on(NULL, DATE ''2024-01-01'')', 'first_active(NULL)', 'last_active(NULL)', 'active_days(NULL)', 'active_periods(a, NULL)',
    'active_periods(NULL, ''month'')', 'is_active(a, NULL, DATE ''2024-01-01'')', 'is_active(a, DATE ''2024-01-01'', NULL)',
    'is_active(NULL, DATE ''2024-01-01'', DATE ''2025-01-01'')']) AS call
  WHERE twin.answer(format('SELECT retention.%s FROM example', call)) IS NOT NULL
$$, 'every other function of NULL is NULL');
SELECT is((SELECT retention.merge_agg(a) FROM sets WHERE false)::text, NULL, 'merge_agg of no rows: NULL');
SELECT is((SELECT retention.merge_agg(a) FROM (SELECT NULL::retention.activity_days AS a FROM generate_series(1, 3)) AS n)::text, NULL, 'merge_agg of NULLs: NULL');
SELECT is((SELECT retention.merge_agg(a) FROM (SELECT a FROM example UNION ALL SELECT NULL UNION ALL SELECT a FROM sets WHERE kind = 'no days') AS n)::text,
  (SELECT a::text FROM example), 'merge_agg ignores NULL and no days');
SELECT is((SELECT retention.merge_agg(a) FROM (SELECT a FROM sets WHERE kind = 'no days') AS n)::text, '{}'::date[]::retention.activity_days::text,
  'merge_agg of no days: no days');

-- ------------------------------------- 7. any order and partition, serial = parallel

SELECT is_empty($$
  SELECT id FROM built JOIN (
    SELECT id, retention.merge_agg(a ORDER BY random())::text AS got FROM (SELECT id, retention.activity_agg(day) AS a FROM visits GROUP BY id, part) AS parts GROUP BY id) AS g USING (id)
  WHERE got IS DISTINCT FROM bytes
$$, 'merged in random partition and order: the same bytes');
SELECT is_empty($$
  SELECT id FROM built JOIN (SELECT id, retention.merge_agg(a ORDER BY random())::text AS got
    FROM (SELECT id, ARRAY[day]::retention.activity_days AS a FROM visits) AS single_days GROUP BY id) AS g USING (id)
  WHERE got IS DISTINCT FROM bytes
$$, 'merged day by day: the same bytes');
SELECT is_empty(format($$
  SELECT id FROM built JOIN (SELECT id, retention.activity_agg(day ORDER BY %s)::text AS got FROM visits GROUP BY id) AS g USING (id) WHERE got IS DISTINCT FROM bytes
$$, ordering), 'activity_agg ordered by ' || ordering) FROM unnest(ARRAY['day', 'day DESC', 'day % 7, day', 'random()']) AS ordering (ordering)
WHERE ordering <> 'day % 7, day';
SELECT is_empty($$
  SELECT id FROM built JOIN (SELECT id, retention.activity_agg(day ORDER BY extract(isodow FROM day), day)::text AS got FROM visits GROUP BY id) AS g USING (id)
  WHERE got IS DISTINCT FROM bytes
$$, 'activity_agg, all Mondays first');
SELECT is_empty($$
  SELECT x FROM pairs WHERE x % 3 = 0 AND retention.combine(retention.combine(a, b), (SELECT s.a FROM sets AS s WHERE s.id = 1 + (x * 7) % 100))::text
    <> retention.combine(a, retention.combine(b, (SELECT s.a FROM sets AS s WHERE s.id = 1 + (x * 7) % 100)))::text
$$, 'combine is associative');

CREATE TEMP TABLE queries (n integer, query text);
INSERT INTO queries VALUES
  (1, 'SELECT retention.activity_agg(day) FROM visits'), (2, 'SELECT retention.activity_agg(local_time) FROM visits'),
  (3, $$SELECT retention.activity_agg(local_time AT TIME ZONE 'UTC', 'Asia/Tokyo') FROM visits$$), (4, 'SELECT retention.merge_agg(a) FROM sets'),
  (5, 'SELECT md5(string_agg(a::text, '','' ORDER BY id)) FROM (SELECT id, retention.activity_agg(day) AS a FROM visits GROUP BY id) AS g'),
  (6, 'SELECT md5(string_agg(a::text, '','' ORDER BY part)) FROM (SELECT part, retention.merge_agg(a) AS a FROM day_sets GROUP BY part) AS g'),
  (7, 'SELECT retention.activity_agg(day) FROM visits WHERE part + id > 10000'), (8, 'SELECT retention.activity_agg(CASE WHEN part > 1000 THEN day END) FROM visits');
CREATE TABLE day_sets AS SELECT part, retention.activity_agg(day) AS a FROM visits GROUP BY id, day, part;
ANALYZE day_sets;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial_answers AS SELECT n, twin.answer(query) AS answer FROM queries;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT is_empty($$SELECT query, twin.plan_of(query) FROM queries WHERE twin.plan_of(query) !~ 'Finalize (Hash|Group)?Aggregate'
  OR twin.plan_of(query) !~ 'Gather' OR twin.plan_of(query) !~ 'Partial (Hash|Group)?Aggregate'$$, 'every aggregate gets a parallel plan');
SELECT ok(twin.plan_of('SELECT retention.activity_agg(day) FROM visits', 'ANALYZE, COSTS OFF, TIMING OFF') ~ 'Workers Launched: [12]', 'and workers run');
SELECT is_empty('SELECT query FROM queries JOIN serial_answers USING (n) WHERE twin.answer(query) IS DISTINCT FROM answer', 'serial = parallel, byte for byte');
SELECT ok((SELECT count(*) = 6 AND count(answer) = 6 FROM serial_answers WHERE n <= 6), 'and there are answers');
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- -------------------------------------------------- 8. text and binary form

SELECT is_empty($$SELECT id, kind FROM sets WHERE a::text !~ '^\\x01[0-9a-f]+$' OR a::text::retention.activity_days::text <> a::text
  OR NOT a::text::retention.activity_days = a$$, 'text round trip, hex of version 1');
CREATE TABLE copied (LIKE sets);
COPY sets TO PROGRAM 'cat > retention_test_activity.copy' (FORMAT binary);
COPY copied FROM PROGRAM 'cat retention_test_activity.copy; rm -f retention_test_activity.copy' (FORMAT binary);
SELECT results_eq('SELECT id, a::text FROM copied ORDER BY id', 'SELECT id, a::text FROM sets ORDER BY id', 'binary round trip');
SELECT is((SELECT count(DISTINCT a::text) FROM sets), (SELECT count(DISTINCT days) FROM sets), 'other days, other bytes');

-- Damage: every byte changed in several ways, every truncation, extra bytes. Whatever is
-- not refused with 22P02 must print as it was read, and be the one encoding of its days.
CREATE FUNCTION twin.damaged(hex text) RETURNS TABLE (damage text, written text) LANGUAGE sql AS $$
  SELECT 'truncated', left(hex, 2 * n) FROM generate_series(1, length(hex) / 2 - 1) AS n
  UNION ALL SELECT 'extended', hex || extra FROM unnest(ARRAY['00', '01', '80', 'ff', '0000000000000000']) AS extra
  UNION ALL SELECT 'changed', overlay(hex PLACING lpad(to_hex(get_byte(decode(substr(hex, 3), 'hex'), n) # mask), 2, '0') FROM 2 * n + 3)
  FROM generate_series(0, length(hex) / 2 - 2) AS n, unnest(ARRAY[1, 2, 4, 8, 16, 32, 64, 128, 255]) AS mask
  UNION ALL SELECT 'cut out', overlay(hex PLACING '' FROM 2 * n + 3 FOR 2) FROM generate_series(0, length(hex) / 2 - 2) AS n
  UNION ALL SELECT 'put in', overlay(hex PLACING extra FROM 2 * n + 3 FOR 0) FROM generate_series(2, length(hex) / 2 - 1) AS n,
    unnest(ARRAY['00', '01', '7f', '80', 'ff']) AS extra
$$;
CREATE FUNCTION twin.reading(written text, OUT state text, OUT same boolean, OUT canonical boolean) LANGUAGE plpgsql AS $$
DECLARE
  a retention.activity_days;
BEGIN
  a := written::retention.activity_days;
  same := a::text = written;
  -- What comes to be a long life is not asked for its days.
  IF coalesce(retention.last_active(a) - retention.first_active(a), 0) BETWEEN 0 AND 20000 THEN
    canonical := a::date[]::retention.activity_days::text = written;
    PERFORM retention.combine(a, '{2024-01-01,2025-01-01}'::date[]::retention.activity_days), retention.active_periods(a, 'week'),
      retention.first_active(a) + 1, retention.retention_agg(a, 'day') FROM generate_series(1, 2);
  END IF;
EXCEPTION WHEN OTHERS THEN
  state := SQLSTATE;
END
$$;
CREATE TEMP TABLE readings AS
SELECT id, d.*, r.* FROM sets, twin.damaged(a::text) AS d, twin.reading(d.written) AS r
WHERE length(a::text) < 200 AND (id % 6 = 0 OR kind NOT IN ('random', 'run', 'gap', 'runs and gaps'));
SELECT cmp_ok((SELECT count(*) FROM readings), '>', 8000::bigint, 'there are damaged values');
SELECT cmp_ok((SELECT count(*) FROM readings WHERE state = '22P02'), '>', 4000::bigint, 'and they are refused');
SELECT is_empty('SELECT id, damage, written FROM readings WHERE NOT same LIMIT 5', 'damaged text that is accepted prints as it was written');
SELECT is_empty('SELECT id, damage, written FROM readings WHERE NOT canonical LIMIT 5', 'and is the one encoding of its days');
SELECT is_empty($$SELECT DISTINCT ON (state) id, damage, written, state FROM readings WHERE same IS NULL AND state <> '22P02'$$, 'damaged text is refused with 22P02');
SELECT is_empty($$SELECT DISTINCT ON (state) id, damage, written, state FROM readings WHERE same AND state NOT IN ('22003', '22008')$$,
  'the functions survive what is accepted');
-- Random bytes behind a valid head.
CREATE TEMP TABLE noise AS
SELECT written, r.* FROM (
  SELECT '\x010400003e220000' || string_agg(lpad(to_hex(CASE WHEN random() < 0.4 THEN floor(random() * 4) ELSE floor(random() * 256) END::integer), 2, '0'), '') AS written
  FROM generate_series(1, 4000) AS n, LATERAL generate_series(1, 1 + n % 9) AS byte GROUP BY n) AS random_bytes, twin.reading(written) AS r;
SELECT is_empty($$SELECT written, state, same, canonical FROM noise WHERE NOT same OR NOT canonical OR (same IS NULL AND state <> '22P02')
  OR (same AND state NOT IN ('22003', '22008')) LIMIT 5$$, 'random bytes: refused, or the one encoding of their days');
SELECT twin.fails(format('SELECT %L::retention.activity_days', bad), '22P02', NULL, format('activity_days %L', bad))
FROM unnest(ARRAY['', '\x', 'abc', '\x0', '\xzz', '\x00', '\x01', '0104', '\x01 04', '\x' || repeat('00', 4000), '{}', '{2024-01-01}', '2024-01-01']) AS bad;
SELECT twin.fails(format('SELECT %L::retention.activity_days', s::text), '22P02', NULL, 'a rating_summary is no activity_days')
FROM (SELECT retention.nps_agg(9) AS s) AS other;
SELECT is(twin.copy_in('retention.activity_days', decode(substr(a::text, 3), 'hex')), a::text, 'the binary form is the bytes of the text form') FROM example;
SELECT twin.fails(format('SELECT twin.copy_in(%L, %L::bytea)', 'retention.activity_days', damage), '22P03', NULL, 'binary: ' || what)
FROM example, LATERAL (VALUES ('truncated', left(a::text, 16)), ('nothing', '\x'), ('an impossible end', a::text || '8080808080'),
  ('version 2', '\x02' || substr(a::text, 5)), ('another kind', '\x01ee' || substr(a::text, 7)), ('text instead', '\x' || encode(convert_to(a::text, 'UTF8'), 'hex')))
  AS damages (what, damage);

-- ------------------------------------------------------------------ 9. sizes

CREATE TABLE sizes AS
SELECT 'scattered' AS kind, g, (SELECT array_agg(day)::retention.activity_days FROM (
  SELECT DATE '2022-01-01' + n AS day FROM generate_series(0, 730) AS n WHERE g > 0 ORDER BY random() LIMIT 12) AS twelve) AS a FROM generate_series(1, 2000) AS g
UNION ALL SELECT 'daily', g, (SELECT array_agg(DATE '2022-01-01' + 7 * g + n)::retention.activity_days FROM generate_series(0, 730) AS n) FROM generate_series(1, 20) AS g
UNION ALL SELECT 'most days', g, (SELECT array_agg(DATE '2022-01-01' + n)::retention.activity_days FROM generate_series(0, 730) AS n WHERE random() < g / 50.0)
  FROM generate_series(1, 50) AS g;
SELECT cmp_ok((SELECT max(pg_column_size(a)) FROM sizes WHERE kind = 'scattered'), '<=', 40, '12 scattered days of two years: at most 40 bytes');
SELECT is((SELECT count(DISTINCT retention.active_days(a)) FROM sizes WHERE kind = 'scattered'), 1::bigint, '... and they are 12');
SELECT cmp_ok((SELECT max(pg_column_size(a)) FROM sizes WHERE kind = 'daily'), '<=', 120, 'every day of two years: at most 120 bytes');
SELECT cmp_ok((SELECT max(pg_column_size(a)) FROM sizes WHERE kind = 'most days'), '<=', 120, 'any part of the days of two years: at most 120 bytes');
SELECT cmp_ok(pg_column_size(a), '<=', 120, 'every weekday of two years: at most 120 bytes') FROM sets WHERE kind = 'weekdays';
SELECT cmp_ok(pg_column_size(a), '<=', 24, 'the first and the last day of all: at most 24 bytes') FROM sets WHERE kind = 'both ends';

-- ------------------------------------------------------ 10. limits and errors

SELECT twin.fails(format('SELECT retention.activity_agg(%s)', arguments), '22023', pattern, 'activity_agg of ' || arguments)
FROM (VALUES ($$TIMESTAMPTZ '2024-01-01 12:00+00'$$, 'zone'), ('NULL::timestamptz', 'zone'), ($$'2024-01-01'$$, 'zone'), ($$TIMESTAMP '2024-01-01 12:00', 'UTC'$$, 'zone'),
  ('NULL::timestamp, ''UTC''', 'zone'), ($$DATE '2024-01-01', 'UTC'$$, 'zone'), ('NULL::date, NULL', 'zone'),
  ($$TIMESTAMPTZ '2024-01-01 12:00+00', 'Mars/Olympus'$$, 'Mars/Olympus'), ($$TIMESTAMPTZ '2024-01-01 12:00+00', 'UTC+2'$$, 'UTC\+2'),
  ($$TIMESTAMPTZ '2024-01-01 12:00+00', ''$$, 'zone'), ($$TIMESTAMPTZ '2024-01-01 12:00+00', '+02'$$, 'zone')) AS calls (arguments, pattern);
SELECT twin.fails(format('SELECT retention.activity_agg(%s ''%sinfinity''%s)', type, sign, zone), '22008', 'infinit|finite', format('activity_agg of %sinfinity %s', sign, type))
FROM (VALUES ('DATE', ''), ('TIMESTAMP', ''), ('TIMESTAMPTZ', ', ''UTC''')) AS types (type, zone), unnest(ARRAY['', '-']) AS sign;
SELECT twin.fails('SELECT ' || call, '22008', 'infinit|finite|bound', call)
FROM unnest(ARRAY[$$'{2024-01-01,infinity}'::date[]::retention.activity_days$$, $$'{-infinity}'::date[]::retention.activity_days$$,
  $$'{[2024-01-01,)}'::datemultirange::retention.activity_days$$, $$'{(,2024-01-01)}'::datemultirange::retention.activity_days$$,
  $$'{(,)}'::datemultirange::retention.activity_days$$, $$'{[2024-01-01,infinity)}'::datemultirange::retention.activity_days$$,
  $$'{[-infinity,2024-01-01)}'::datemultirange::retention.activity_days$$]) AS call;
SELECT twin.fails(format('SELECT retention.active_periods(a, %L) FROM example', spec), '22023', pattern, 'active_periods: ' || spec)
FROM (VALUES ('month Europe/Berlin', 'zone'), ('month elapsed', 'elapsed'), ('day brackets=1,8', 'bracket'), ('fortnight', 'fortnight.*day.*week.*month.*quarter.*year|fortnight'))
  AS specs (spec, pattern);
SELECT twin.fails(format('SELECT retention.activity_agg(%s)', call), '42883', NULL, 'other types do not resolve: ' || call)
FROM unnest(ARRAY['20240101', '''2024-01-01''::text', 'true', 'DATE ''2024-01-01'', 1']) AS call;
SELECT is(retention.activity_agg(at)::date[], '{"4714-11-24 BC",294276-12-31}'::date[], 'the first and the last timestamp')
FROM unnest(ARRAY['4714-11-24 00:00:00 BC', '294276-12-31 23:59:59.999999']::timestamp[]) AS at;
SELECT twin.fails($$SELECT retention.activity_agg(TIMESTAMPTZ '4714-11-24 00:00:00+00 BC', 'America/New_York')$$, '22008', 'range',
  'the first timestamptz: in New York that day is before the first date');
SELECT is(retention.activity_agg(TIMESTAMPTZ '294276-12-31 23:59:59.999999+00', 'Asia/Tokyo')::date[], '{294277-01-01}'::date[], 'the last timestamptz: in Tokyo it is the next day');
-- A long life, day after day: one customer over 2740 years.
SELECT is((retention.active_days(a), retention.first_active(a), retention.last_active(a), pg_column_size(a) < 40, a::datemultirange, retention.active_periods(a, 'year'))::text,
  '(1000000,1000-01-01,3737-11-27,t,"{[1000-01-01,3737-11-28)}",2738)', 'a million days without a gap are small')
FROM (SELECT '{[1000-01-01,3737-11-28)}'::datemultirange::retention.activity_days AS a) AS long;
SELECT is((retention.active_days(a), a::text::retention.activity_days = a)::text, '(10000000,t)', 'ten million days')
FROM (SELECT '{[0001-01-01,27380-01-27)}'::datemultirange::retention.activity_days AS a) AS most;
SELECT twin.fails('SELECT ' || call, '54000', '10000000', 'more than ten million days: ' || call)
FROM unnest(ARRAY[$$'{[0001-01-01,27380-01-28)}'::datemultirange::retention.activity_days$$, $$'{[4714-11-24 BC,5874897-12-31)}'::datemultirange::retention.activity_days$$,
  $$retention.combine('{[0001-01-01,27380-01-27)}'::datemultirange::retention.activity_days, '{27380-01-27}'::date[]::retention.activity_days)$$]) AS call;
SELECT is(retention.activity_agg(DATE '1000-01-01' + (n * 7919) % 100003)::text, '{[1000-01-01,1273-10-19)}'::datemultirange::retention.activity_days::text,
  'a hundred thousand days in scattered order') FROM generate_series(0, 100002) AS n;
SELECT is((retention.active_days(retention.activity_agg(DATE '1000-01-01' + 3 * ((n * 7919) % 50021))), max(n))::text, '(50021,50020)', 'fifty thousand separate days in scattered order')
FROM generate_series(0, 50020) AS n;

-- ------------------------------------------- 11. DISTINCT, GROUP BY, order, index

SELECT is((SELECT count(*) FROM (SELECT a FROM sets UNION SELECT a FROM copied) AS u), (SELECT count(DISTINCT days) FROM sets), 'UNION by hashing');
SET LOCAL enable_hashagg = off;
SELECT is((SELECT count(*) FROM (SELECT a FROM sets UNION SELECT a FROM copied) AS u), (SELECT count(DISTINCT days) FROM sets), 'UNION by sorting');
RESET enable_hashagg;
SELECT is_empty($$
  SELECT x.id, y.id FROM sets AS x, sets AS y WHERE (x.id + y.id) % 5 = 0 AND (
    (x.a = y.a) <> (x.days = y.days) OR (x.a <> y.a) = (x.a = y.a)
    OR (x.a < y.a)::integer + (x.a > y.a)::integer + (x.a = y.a)::integer <> 1
    OR (x.a <= y.a) <> (NOT x.a > y.a) OR (x.a >= y.a) <> (NOT x.a < y.a)
    OR (x.a < y.a) <> (y.a > x.a))
$$, 'the six operators are one order; equal is to have the same days');
SELECT is_empty($$SELECT id FROM (SELECT id, a, lag(a) OVER (ORDER BY a) AS previous FROM sets) AS sorted WHERE previous > a$$, 'ORDER BY sorts');
CREATE INDEX copied_btree ON copied USING btree (a);
CREATE INDEX copied_hash ON copied USING hash (a);
SET LOCAL enable_seqscan = off;
SELECT is((SELECT count(*) FROM sets AS x WHERE EXISTS (SELECT FROM copied AS y WHERE y.a = x.a)),
  (SELECT count(*) FROM sets), 'an index finds every set');
SELECT ok(twin.plan_of('SELECT id FROM copied WHERE a = (SELECT a FROM sets LIMIT 1)') ~ 'Index.*copied_', 'and is used');
RESET enable_seqscan;

-- --------------------- 12. stored values stay, windows, sharing, FILTER, upsert

SELECT is_empty($$
  SELECT id, part FROM (
    SELECT id, part, retention.activity_agg(day) AS a, retention.active_days(retention.activity_agg(day)) AS n, retention.activity_agg(day ORDER BY day DESC) AS sorted,
      retention.activity_agg(day) FILTER (WHERE day > DATE '2022-01-01') AS filtered, retention.activity_agg(DISTINCT day) AS once
    FROM visits WHERE id % 5 = 0 GROUP BY GROUPING SETS ((id, part), (id), (part), ())) AS g, LATERAL (
    SELECT twin.set_of(array_agg(day)) AS days, array_agg(DISTINCT day ORDER BY day) FILTER (WHERE day > DATE '2022-01-01') AS filtered_days FROM visits AS v
    WHERE v.id % 5 = 0 AND (g.id IS NULL OR v.id = g.id) AND (g.part IS NULL OR v.part = g.part)) AS wanted
  WHERE a::date[] IS DISTINCT FROM days OR n <> cardinality(days) OR sorted::text <> a::text OR once::text <> a::text OR filtered::date[] IS DISTINCT FROM filtered_days
$$, 'aggregates that share a state, FILTER, DISTINCT, ORDER BY, in grouping sets');
CREATE TABLE ordered AS SELECT id, row_number() OVER (PARTITION BY id ORDER BY random()) AS n, day FROM visits WHERE id BETWEEN 20 AND 34;
SELECT is_empty($$
  SELECT id, n FROM (SELECT id, n, retention.activity_agg(day) OVER w AS running, count(*) OVER w AS rows FROM ordered WHERE n <= 120 WINDOW w AS (PARTITION BY id ORDER BY n)) AS r
  WHERE running::date[] IS DISTINCT FROM (SELECT array_agg(DISTINCT day ORDER BY day) FROM ordered AS o WHERE o.id = r.id AND o.n <= r.n)
$$, 'a running set of days: the state goes on after it was read');
SELECT is_empty($$
  SELECT id, n FROM (SELECT id, n, retention.merge_agg(ARRAY[day]::retention.activity_days) OVER (PARTITION BY id ORDER BY n ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING) AS moving
    FROM ordered) AS r
  WHERE n <= 40 AND moving::date[] IS DISTINCT FROM (SELECT array_agg(DISTINCT day ORDER BY day) FROM ordered AS o WHERE o.id = r.id AND o.n BETWEEN r.n - 3 AND r.n + 1)
$$, 'merge_agg in a frame');

-- Every function of activity_days, the support functions of its aggregates among them.
CREATE TEMP TABLE results (a retention.activity_days);
INSERT INTO results SELECT retention.merge_agg(a) FROM sets;
INSERT INTO results SELECT retention.combine(a, b) FROM pairs WHERE x % 4 = 0;
DO $do$
DECLARE
  f record;
BEGIN
  FOR f IN SELECT p.oid, p.proname, pg_get_function_arguments(p.oid) AS arguments FROM pg_proc AS p
    WHERE p.pronamespace = 'retention'::regnamespace AND p.prorettype = 'retention.activity_days'::regtype
      AND p.proargtypes[0] = 'retention.activity_days'::regtype AND p.prokind = 'f' LOOP
    IF f.arguments ~ ' date$' THEN
      EXECUTE format('INSERT INTO results SELECT retention.%I(a, d) FROM sets, unnest(ARRAY[DATE ''2024-02-29'', days[1] - 0, ''1990-01-01'']) AS d', f.proname);
    ELSIF f.arguments ~ ' timestamp without time zone$' THEN
      EXECUTE format('INSERT INTO results SELECT retention.%I(a, TIMESTAMP ''2024-02-29 12:00'') FROM sets', f.proname);
    ELSIF f.arguments ~ 'timestamp with time zone, timezone text' THEN
      EXECUTE format('INSERT INTO results SELECT retention.%I(a, TIMESTAMPTZ ''2024-02-29 12:00+00'', ''Asia/Tokyo'') FROM sets', f.proname);
    ELSIF f.arguments ~ 'activity_days.*activity_days' THEN
      EXECUTE format('INSERT INTO results SELECT retention.%I(a, b) FROM pairs', f.proname);
    ELSIF f.arguments !~ ',' THEN
      EXECUTE format('INSERT INTO results SELECT retention.%I(a) FROM sets', f.proname);
    END IF;
  END LOOP;
END
$do$;
SELECT cmp_ok((SELECT count(*) FROM results), '>', 10000::bigint, 'results of every function that returns activity_days');
SELECT is_empty('SELECT id FROM sets JOIN copied USING (id) WHERE sets.a::text IS DISTINCT FROM copied.a::text OR sets.a::date[] IS DISTINCT FROM sets.days',
  'stored days are never changed in place');
SELECT is_empty($$SELECT a::text FROM results, LATERAL (SELECT a::date[] AS days WHERE retention.active_days(a) < 100000) AS d
  WHERE days::retention.activity_days::text <> a::text OR a::text::retention.activity_days::text <> a::text$$,
  'whatever the functions return can be stored: the one encoding of its days');

CREATE TABLE stored (id integer PRIMARY KEY, activity retention.activity_days);
INSERT INTO stored SELECT id, retention.activity_agg(day) FROM visits WHERE part < 3 GROUP BY id;
CREATE TEMP TABLE before AS SELECT id, activity::text AS bytes FROM stored;
INSERT INTO stored SELECT id, NULL FROM before ON CONFLICT (id) DO UPDATE SET activity = retention.combine(stored.activity, excluded.activity);
SELECT is_empty('SELECT id FROM stored JOIN before USING (id) WHERE activity::text IS DISTINCT FROM bytes', 'upsert of a NULL batch keeps what is stored');
INSERT INTO stored SELECT id, retention.activity_agg(day) FROM visits WHERE part >= 2 GROUP BY id
ON CONFLICT (id) DO UPDATE SET activity = retention.combine(stored.activity, excluded.activity);
SELECT is_empty('SELECT id FROM stored JOIN built USING (id) WHERE activity::text IS DISTINCT FROM bytes', 'upsert of late and of repeated days adds them');

-- -------------------------------------------------------------- 13. the session

CREATE FUNCTION twin.fingerprint() RETURNS text LANGUAGE sql AS $$
  SELECT md5(string_agg(a::text || b::text || c::text || p, ',' ORDER BY id)) FROM (
    SELECT id, retention.activity_agg(local_time) AS a, retention.activity_agg(at, 'Europe/Berlin') AS b, retention.activity_agg(day) AS c,
      retention.active_periods(retention.activity_agg(at, 'America/New_York'), 'week week_start=7') AS p
    FROM (SELECT id, day, local_time, local_time AT TIME ZONE 'UTC' AS at FROM visits WHERE id % 3 = 0) AS v GROUP BY id) AS g
$$;
CREATE TEMP TABLE fingerprints AS SELECT twin.fingerprint();
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SET LOCAL DateStyle = 'German';
INSERT INTO fingerprints SELECT twin.fingerprint();
SET LOCAL TimeZone = 'America/St_Johns';
SET LOCAL DateStyle = 'SQL, DMY';
INSERT INTO fingerprints SELECT twin.fingerprint();
SELECT is((SELECT count(DISTINCT fingerprint) FROM fingerprints), 1::bigint, 'a session in another time zone changes nothing');

SELECT * FROM finish();
ROLLBACK;
