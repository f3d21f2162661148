-- period: every function against a slow twin made of AT TIME ZONE, extract and
-- make_date; time zones at their changes; text form; bad input.
-- Run: pg_prove -d DATABASE test/pgtap/period.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(217);
SELECT setseed(0.19700101);
-- The twin reads the session's zone when it turns timestamptz into text; the functions must not.
SET LOCAL TimeZone = 'UTC';

-- ---------------------------------------------------------------- the twin

-- First day of the period around a day. make_date and extract reach the whole
-- range of date, which date_trunc (timestamp) does not; years BC are negative.
CREATE FUNCTION twin.first_day(day date, unit text, week_start integer) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE unit
    WHEN 'day' THEN day
    WHEN 'week' THEN day - (extract(isodow FROM day)::integer - week_start + 7) % 7
    WHEN 'month' THEN make_date(extract(year FROM day)::integer, extract(month FROM day)::integer, 1)
    WHEN 'quarter' THEN make_date(extract(year FROM day)::integer, 3 * extract(quarter FROM day)::integer - 2, 1)
    WHEN 'year' THEN make_date(extract(year FROM day)::integer, 1, 1)
  END
$$;

-- First day of the next period: a day certainly inside it, taken back to its start.
CREATE FUNCTION twin.next_first_day(first_day date, unit text, week_start integer) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
  SELECT twin.first_day(first_day + CASE unit WHEN 'day' THEN 1 WHEN 'week' THEN 7 WHEN 'month' THEN 32
    WHEN 'quarter' THEN 100 ELSE 367 END, unit, week_start)
$$;

-- Number of the period, 0 around 1970-01-01. There is no year 0: 1 BC is -1 to extract.
CREATE FUNCTION twin.number(first_day date, unit text, week_start integer) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE unit
    WHEN 'day' THEN first_day - DATE '1970-01-01'
    WHEN 'week' THEN (first_day - twin.first_day(DATE '1970-01-01', 'week', week_start)) / 7
    WHEN 'month' THEN 12 * (y - 1970) + extract(month FROM first_day)::integer - 1
    WHEN 'quarter' THEN 4 * (y - 1970) + extract(quarter FROM first_day)::integer - 1
    ELSE y - 1970 END
  FROM (SELECT extract(year FROM first_day)::integer + CASE WHEN extract(year FROM first_day) < 0 THEN 1
    ELSE 0 END AS y) AS years
$$;

CREATE TEMP TABLE cuts AS
SELECT unit, week_start, concat(unit, CASE WHEN unit = 'week' THEN ' week_start=' || week_start END) AS local_spec
FROM unnest(ARRAY['day', 'month', 'quarter', 'year']) AS unit, (SELECT 1 AS week_start) AS monday
UNION ALL SELECT 'week', week_start, 'week week_start=' || week_start FROM generate_series(1, 7) AS week_start;

-- ------------------------------------------------------- 1. worked examples

SELECT is(retention.period_start(DATE '2024-02-29', 'month'), DATE '2024-02-01', 'period_start: month');
SELECT is(retention.period_end(DATE '2024-02-29', 'month'), DATE '2024-03-01', 'period_end is exclusive');
SELECT is(retention.period_index(DATE '2024-02-29', 'month'), 54 * 12 + 1, 'period_index: months since January 1970');
SELECT is(retention.period_start(DATE '2024-02-29', 'week'), DATE '2024-02-26', 'weeks start on Monday');
SELECT is(retention.period_start(DATE '2024-02-29', 'week week_start=7'), DATE '2024-02-25', 'week_start=7: Sunday');
SELECT is(retention.period_add(DATE '2024-01-31', 1, 'month'), DATE '2024-02-01',
  'period_add gives the start of the next month');
SELECT is(retention.period_add(DATE '2024-01-31', 0, 'month'), DATE '2024-01-01',
  'period_add of 0 gives the start of its own');
SELECT is(retention.period_add(DATE '2024-05-15', -5, 'quarter'), DATE '2023-01-01', 'period_add backwards');
SELECT is(retention.period_diff(DATE '2023-12-31', DATE '2024-01-01', 'year'), 1,
  'period_diff counts boundaries crossed');
SELECT is(retention.period_diff(DATE '2024-01-01', DATE '2024-12-31', 'year'), 0, 'period_diff inside one year');
SELECT is(retention.period_diff(DATE '2024-03-01', DATE '2024-01-31', 'month'), -2,
  'period_diff backwards is negative');
SELECT is(retention.period_start(TIMESTAMPTZ '2024-01-31 23:30:00+00', 'month Europe/Berlin'), DATE '2024-02-01',
  'period_start: half past midnight in Berlin');
SELECT is(retention.period_start(TIMESTAMPTZ '2024-01-31 23:30:00+00', 'month', 'America/New_York'),
  DATE '2024-01-01',
  'period_start with a zone per row');
SELECT is_empty($$
  SELECT local_spec FROM cuts
  WHERE retention.period_index(DATE '1970-01-01', local_spec) IS DISTINCT FROM 0
$$, 'index 0 is the period of 1970-01-01, for every unit and week start');

-- --------------------------------------------------------- 2. dates by unit

CREATE TEMP TABLE days AS
SELECT day::date AS day FROM generate_series(TIMESTAMP '2019-12-01', '2025-02-01', '1 day') AS day
UNION SELECT day::date FROM generate_series(TIMESTAMP '1968-11-01', '1972-04-01', '1 day') AS day
UNION SELECT day::date FROM generate_series(TIMESTAMP '1899-12-01', '1900-04-01', '1 day') AS day
UNION SELECT day::date FROM generate_series(TIMESTAMP '1999-12-01', '2000-04-01', '1 day') AS day
UNION SELECT DATE '0002-03-01 BC' + n FROM generate_series(0, 1200) AS n
UNION SELECT DATE '0102-12-01 BC' + n FROM generate_series(0, 400) AS n
UNION SELECT DATE '4713-01-01 BC' + n FROM generate_series(0, 400) AS n
UNION SELECT DATE '5874895-01-01' + n FROM generate_series(0, 729) AS n
UNION SELECT DATE '4713-01-01 BC' + (random() * 2145000000)::integer FROM generate_series(1, 2000)
UNION SELECT DATE '1000-01-01' + (random() * 700000)::integer FROM generate_series(1, 2000);

CREATE TEMP TABLE expected_days AS
SELECT *, twin.next_first_day(first_day, unit, week_start) AS next_first_day,
  twin.number(first_day, unit, week_start) AS number
FROM (SELECT *, twin.first_day(day, unit, week_start) AS first_day FROM days CROSS JOIN cuts) AS first_days;

SELECT cmp_ok((SELECT count(*) FROM expected_days), '>=', 90000::bigint, 'there are dates to compare');
SELECT is_empty($$
  SELECT day, local_spec, first_day, got FROM (SELECT *, retention.period_start(day, local_spec) AS got
    FROM expected_days) AS e
  WHERE got IS DISTINCT FROM first_day LIMIT 5
$$, 'period_start(date) = twin');
SELECT is_empty($$
  SELECT day, local_spec, next_first_day, got FROM (SELECT *, retention.period_end(day, local_spec) AS got
    FROM expected_days) AS e
  WHERE got IS DISTINCT FROM next_first_day LIMIT 5
$$, 'period_end(date) = twin');
SELECT is_empty($$
  SELECT day, local_spec, number, got FROM (SELECT *, retention.period_index(day, local_spec) AS got
    FROM expected_days) AS e
  WHERE got IS DISTINCT FROM number LIMIT 5
$$, 'period_index(date) = twin');
SELECT is_empty($$
  SELECT day, local_spec FROM (
    SELECT *, day + TIME '00:00' AS midnight, day + TIME '23:59:59.999999' AS last_moment FROM expected_days
    WHERE day < DATE '294276-12-31') AS e
  WHERE (retention.period_start(midnight, local_spec), retention.period_end(midnight, local_spec),
    retention.period_index(midnight, local_spec))
          IS DISTINCT FROM (first_day, next_first_day, number)
    OR (retention.period_start(last_moment, local_spec), retention.period_end(last_moment, local_spec),
      retention.period_index(last_moment, local_spec))
          IS DISTINCT FROM (first_day, next_first_day, number)
  LIMIT 5
$$, 'timestamp: first and last microsecond of a day belong to it, before 1970 too');
SELECT is_empty($$
  SELECT day, local_spec, got FROM (
    SELECT *, retention.period_start(day + TIME '00:00' + random() * INTERVAL '86399 seconds', local_spec) AS got
      FROM expected_days
    WHERE day < DATE '294276-12-31' ORDER BY random()) AS e
  WHERE got IS DISTINCT FROM first_day LIMIT 5
$$, 'timestamp: random order of rows and specs changes nothing');

-- -------------------------------------------------- period_add, period_diff

CREATE TEMP TABLE jumps AS
SELECT unit, local_spec, week_start,
  DATE '1500-01-01' + (random() * 500000)::integer AS day, ((random() - 0.5) * 2000)::integer AS n
FROM cuts CROSS JOIN generate_series(1, 300);

SELECT is_empty($$
  SELECT * FROM (
    SELECT *, retention.period_add(day, n, local_spec) AS got,
      CASE unit WHEN 'quarter' THEN (twin.first_day(day, unit, week_start) + n * INTERVAL '3 months')::date
        ELSE (twin.first_day(day, unit, week_start) + n * ('1 ' || unit)::interval)::date END AS wanted
    FROM jumps) AS j
  WHERE got IS DISTINCT FROM wanted LIMIT 5
$$, 'period_add = the start plus an interval');
SELECT is_empty($$
  SELECT * FROM (
    SELECT *, retention.period_diff(day, day + 13 * n, local_spec) AS got,
      twin.number(twin.first_day(day + 13 * n, unit, week_start), unit, week_start)
        - twin.number(twin.first_day(day, unit, week_start), unit, week_start) AS wanted
    FROM jumps) AS j
  WHERE got IS DISTINCT FROM wanted LIMIT 5
$$, 'period_diff = difference of the numbers');
SELECT is_empty($$
  SELECT * FROM jumps
  WHERE retention.period_diff(day, retention.period_add(day, n, local_spec), local_spec) IS DISTINCT FROM n LIMIT 5
$$, 'period_diff undoes period_add');
SELECT is_empty($$
  SELECT day, local_spec FROM expected_days
  WHERE retention.period_add(day, 1, local_spec) IS DISTINCT FROM next_first_day
    OR retention.period_add(next_first_day, -1, local_spec) IS DISTINCT FROM first_day
    OR retention.period_add(day, 0, local_spec) IS DISTINCT FROM first_day
    OR retention.period_diff(day, next_first_day, local_spec) IS DISTINCT FROM 1 LIMIT 5
$$, 'period_add by 1, -1 and 0 moves to the neighbours, over the whole range of dates');

-- ------------------------------------------------------ 3. ends of the range

SELECT is(retention.period_start(DATE '4714-11-24 BC', 'day'), DATE '4714-11-24 BC', 'first date: its day');
SELECT is(retention.period_start(DATE '4714-11-24 BC', 'week'), DATE '4714-11-24 BC',
  'first date: a Monday, so its week starts there');
SELECT is(retention.period_end(DATE '4714-11-24 BC', 'month'), DATE '4714-12-01 BC',
  'first date: the end of its month exists');
SELECT is(retention.period_index(DATE '4714-11-24 BC', 'day'), DATE '4714-11-24 BC' - DATE '1970-01-01',
  'first date: its index');
SELECT is(retention.period_index(DATE '4714-11-24 BC', 'month'), 12 * (-4713 - 1970) + 10,
  'first date: index of its month');
SELECT is(retention.period_start(DATE '5874897-12-31', 'year'), DATE '5874897-01-01', 'last date: its year');
SELECT is(retention.period_index(DATE '5874897-12-31', 'day'), DATE '5874897-12-31' - DATE '1970-01-01',
  'last date: its index');
SELECT is(retention.period_diff(DATE '4714-11-24 BC', DATE '5874897-12-31', 'day'),
  DATE '5874897-12-31' - DATE '4714-11-24 BC',
  'period_diff over the whole range');
SELECT is(retention.period_diff(DATE '5874897-12-31', DATE '4714-11-24 BC', 'day'),
  DATE '4714-11-24 BC' - DATE '5874897-12-31',
  'period_diff over the whole range, backwards');
SELECT twin.fails(format('SELECT retention.period_start(DATE ''4714-11-24 BC'', %L)', spec), '22008', 'range',
  'first date: the start of its ' || spec || ' is out of range')
FROM unnest(ARRAY['week week_start=7', 'month', 'quarter', 'year']) AS spec;
SELECT twin.fails(format('SELECT retention.period_end(DATE ''5874897-12-31'', %L)', spec), '22008', 'range',
  'last date: the end of its ' || spec || ' is out of range')
FROM unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) AS spec;
SELECT twin.fails(format('SELECT retention.period_add(DATE ''2024-01-01'', %s, %L)', n, spec), '22008', 'range',
  format('period_add of %s %ss is out of range', n, spec))
FROM unnest(ARRAY['9223372036854775807', '-9223372036854775808', '2147483648', '-2147483648']) AS n,
  unnest(ARRAY['day', 'year']) AS spec;
SELECT is(retention.period_add(DATE '5874897-12-31', -2147483493, 'day'), DATE '4714-11-24 BC',
  'period_add from the last date to the first');
SELECT is(retention.period_start(TIMESTAMP '4714-11-24 00:00:00 BC', 'day'), DATE '4714-11-24 BC', 'first timestamp');
SELECT is(retention.period_start(TIMESTAMP '294276-12-31 23:59:59.999999', 'day'), DATE '294276-12-31',
  'last timestamp');
SELECT is(retention.period_start(TIMESTAMPTZ '4714-11-24 00:00:00+00 BC', 'day UTC'), DATE '4714-11-24 BC',
  'first timestamptz');
SELECT is(retention.period_start(TIMESTAMPTZ '294276-12-31 23:59:59.999999+00', 'day UTC'), DATE '294276-12-31',
  'last timestamptz');
SELECT is(retention.period_end(TIMESTAMPTZ '294276-12-31 23:59:59.999999+00', 'day UTC'), DATE '294277-01-01',
  'the day after the last timestamp is a date');
SELECT is(retention.period_start(TIMESTAMPTZ '294276-12-31 12:00:00+00', 'day America/New_York'), DATE '294276-12-31',
  'the last days of timestamptz in New York');
SELECT twin.fails($$SELECT retention.period_start(TIMESTAMPTZ '4714-11-24 00:00:00+00 BC', 'day America/New_York')$$,
  '22008', 'range',
  'first timestamptz: in New York that day is before the first date');

SELECT twin.fails(format('SELECT retention.%s(%s ''%sinfinity'', %L)', f, type, sign, spec), '22008',
  'infinit|finite',
  format('%s of %sinfinity %s is an error', f, sign, type))
FROM unnest(ARRAY['period_start', 'period_end', 'period_index']) AS f, unnest(ARRAY['', '-']) AS sign,
  (VALUES ('DATE', 'month'), ('TIMESTAMP', 'month'), ('TIMESTAMPTZ', 'month UTC')) AS types (type, spec);
SELECT twin.fails(sql, '22008', 'infinit|finite', sql)
FROM unnest(ARRAY[
  $$SELECT retention.period_start(TIMESTAMPTZ 'infinity', 'month', 'UTC')$$,
  $$SELECT retention.period_add(DATE 'infinity', 1, 'month')$$,
  $$SELECT retention.period_diff(DATE '2024-01-01', DATE 'infinity', 'month')$$,
  $$SELECT retention.period_diff(DATE '-infinity', DATE '2024-01-01', 'month')$$]) AS sql;

-- --------------------------------------------------------------- 4. zones

-- Every zone of the server at random moments of four centuries, and at midnights,
-- where one microsecond decides. posix/ repeats all names; localtime, posixrules and Factory are no places;
-- AT TIME ZONE takes CET, EST and the like for abbreviations, so the twin cannot follow there.
CREATE TEMP TABLE zones AS SELECT name AS zone FROM pg_timezone_names
WHERE name !~ '^posix/' AND name NOT IN ('localtime', 'posixrules', 'Factory')
  AND upper(name) NOT IN (SELECT abbrev FROM pg_timezone_abbrevs);
CREATE TEMP TABLE moments AS
SELECT zone, TIMESTAMPTZ '1750-01-01 00:00:00+00' + random() * INTERVAL '146000 days' AS at
FROM zones CROSS JOIN generate_series(1, 20)
UNION ALL
SELECT zone, ((DATE '1850-01-01' + (random() * 80000)::integer)::timestamp AT TIME ZONE zone) + microseconds * INTERVAL '1 microsecond'
FROM zones CROSS JOIN (SELECT unnest(ARRAY[-1, 0, 1]) AS microseconds FROM generate_series(1, 4)) AS around;

CREATE TEMP VIEW zone_differences AS
SELECT zone, at, spec, wanted, got FROM (
  SELECT m.zone, m.at, c.local_spec AS spec,
    twin.first_day((at AT TIME ZONE zone)::date, unit, week_start) AS wanted,
    retention.period_start(at, concat_ws(' ', unit, zone, CASE WHEN unit = 'week' THEN 'week_start='
      || week_start END)) AS got
  FROM (SELECT * FROM moments ORDER BY random()) AS m
  JOIN cuts AS c ON unit <> 'week' OR week_start IN (1, 7)) AS compared
WHERE got IS DISTINCT FROM wanted;

SELECT is_empty('SELECT * FROM zone_differences LIMIT 5', 'period_start in every zone, moments in random order');
SELECT is_empty($$
  SELECT zone, at FROM moments
  WHERE (retention.period_end(at, 'month ' || zone), retention.period_index(at, 'month ' || zone)) IS DISTINCT FROM
    (retention.period_end((at AT TIME ZONE zone)::date, 'month'),
      retention.period_index((at AT TIME ZONE zone)::date, 'month')) LIMIT 5
$$, 'period_end and period_index in every zone');
SELECT is_empty($$
  SELECT zone, at FROM moments
  WHERE (retention.period_start(at, 'week', zone), retention.period_end(at, 'week', zone),
    retention.period_index(at, 'week', zone)) IS DISTINCT FROM
    (retention.period_start(at, 'week ' || zone), retention.period_end(at, 'week ' || zone),
      retention.period_index(at, 'week ' || zone)) LIMIT 5
$$, 'a zone per row = a zone in the spec');

-- Around every change of offset of zones with a name for trouble: half-hour and
-- odd-second offsets, changes at midnight, at one minute past it, skipped and repeated days.
TRUNCATE moments;
CREATE TEMP TABLE changes AS
SELECT zone, day FROM (
  SELECT zone, day, (day AT TIME ZONE zone) AS here,
    lead(day AT TIME ZONE zone) OVER (PARTITION BY zone ORDER BY day) AS here_next_day
  FROM unnest(ARRAY['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia',
    'Africa/Monrovia',
      'Asia/Tokyo', 'America/St_Johns', 'Pacific/Kiritimati', 'America/Sao_Paulo', 'America/Havana', 'Asia/Manila',
        'America/Juneau',
      'Antarctica/Troll', 'Europe/Dublin', 'Africa/Casablanca', 'Asia/Tehran', 'Pacific/Kwajalein']) AS zone,
    generate_series(TIMESTAMPTZ '1840-01-01 00:00:00+00', '2045-01-01 00:00:00+00',
      INTERVAL '24 hours') AS day) AS walk
WHERE here_next_day - here <> INTERVAL '24 hours';

SELECT cmp_ok((SELECT count(*) FROM changes), '>', 1500::bigint, 'there are changes of offset to test');
SELECT ok((SELECT bool_or(zone = 'Pacific/Apia' AND day = '2011-12-30 00:00:00+00')
  AND bool_or(zone = 'Africa/Monrovia' AND day::date = '1972-01-07')
  FROM changes WHERE zone IN ('Pacific/Apia', 'Africa/Monrovia')),
    'among them the day Apia skipped and the odd seconds of Monrovia');
INSERT INTO moments SELECT zone, day + half_hours * INTERVAL '30 minutes' - microseconds * INTERVAL '1 microsecond'
FROM changes, generate_series(0, 48) AS half_hours, generate_series(0, 1) AS microseconds
WHERE (half_hours + microseconds + extract(epoch FROM day)::bigint / 86400) % 4 = 0;
INSERT INTO moments SELECT zone,
  ((((day AT TIME ZONE zone)::date + days)::timestamp + seconds * INTERVAL '1 second') AT TIME ZONE zone)
  + hours * INTERVAL '1 hour' - INTERVAL '1 microsecond' * microseconds
FROM changes, generate_series(0, 1) AS days, unnest(ARRAY[0, 60]) AS seconds, generate_series(-1, 1) AS hours,
  generate_series(0, 1) AS microseconds;
SELECT is_empty('SELECT * FROM zone_differences LIMIT 5', 'period_start around every change of offset');

SELECT is(retention.period_start(TIMESTAMPTZ '2009-11-01 02:30:59.999999+00', 'month America/St_Johns'),
  DATE '2009-11-01',
  'St John''s, 2009: November has begun');
SELECT is(retention.period_start(TIMESTAMPTZ '2009-11-01 02:31:00+00', 'month America/St_Johns'), DATE '2009-10-01',
  'St John''s, 2009: at one minute past midnight the clock goes back into October');
SELECT is(retention.period_start(TIMESTAMPTZ '2011-12-30 09:59:59.999999+00', 'day Pacific/Apia'), DATE '2011-12-29',
  'Apia: the last moment of the 29th');
SELECT is(retention.period_start(TIMESTAMPTZ '2011-12-30 10:00:00+00', 'day Pacific/Apia'), DATE '2011-12-31',
  'Apia: the 30th never was');
-- Some systems install the zone CET only on request.
SELECT CASE WHEN EXISTS (SELECT FROM pg_timezone_names WHERE name = 'CET')
  THEN is(twin.answer($$SELECT retention.period_start(TIMESTAMPTZ '2015-04-27 22:30:00+00', 'day CET')$$), '2015-04-28',
    'CET is the zone of that name, with summer time, not the abbreviation AT TIME ZONE would take it for')
  ELSE skip('this server has no zone CET', 1) END;
SELECT is(retention.period_start(TIMESTAMPTZ '2024-04-06 14:59:59+00', 'day Australia/Lord_Howe'),
  (TIMESTAMPTZ '2024-04-06 14:59:59+00' AT TIME ZONE 'Australia/Lord_Howe')::date,
    'Lord Howe: half an hour of daylight saving');

-- The same moments in rising and in falling order: what a remembered boundary must survive.
SELECT is_empty(format($$
  SELECT * FROM (
    SELECT at, (at AT TIME ZONE 'America/St_Johns')::date AS day,
      retention.period_start(at, 'day America/St_Johns') AS got
    FROM (SELECT at FROM moments WHERE zone = 'America/St_Johns' ORDER BY at %s) AS m) AS compared
  WHERE got IS DISTINCT FROM day LIMIT 5
$$, direction), 'moments in order: ' || direction)
FROM unnest(ARRAY['ASC', 'DESC']) AS direction;

-- Far past, far future, BC.
CREATE TEMP TABLE far_moments AS
SELECT to_timestamp(-210866803200 + 86400 * 3 + random() * (9224318016000 + 210866803200 - 86400 * 6)) AS at
  FROM generate_series(1, 1500)
UNION ALL SELECT TIMESTAMPTZ '0002-06-01 00:00:00+00 BC' + n * INTERVAL '6 hours' FROM generate_series(0, 3000) AS n
UNION ALL SELECT TIMESTAMPTZ '2037-01-01 00:00:00+00' + n * INTERVAL '61 hours 17 minutes'
  FROM generate_series(0, 2000) AS n
UNION ALL SELECT TIMESTAMPTZ '2400-03-01 00:00:00+00' + n * INTERVAL '1 hour' FROM generate_series(0, 1000) AS n;
SELECT is_empty(format($$
  SELECT * FROM (
    SELECT at, local_spec, twin.first_day((at AT TIME ZONE %1$L)::date, unit, week_start) AS wanted,
      retention.period_start(at, concat_ws(' ', unit, %1$L, CASE WHEN unit = 'week' THEN 'week_start='
        || week_start END)) AS got
    FROM far_moments JOIN cuts ON week_start = 1) AS compared
  WHERE got IS DISTINCT FROM wanted LIMIT 5
$$, zone), 'far past and future in ' || zone)
FROM unnest(ARRAY['Europe/Berlin', 'Africa/Monrovia', 'America/St_Johns', 'UTC', 'Pacific/Kiritimati']) AS zone;

-- ---------------------------------------------------- 5. the rules of zones

SELECT twin.fails($$SELECT retention.period_start(TIMESTAMPTZ '2024-01-31 12:00+00', 'month')$$, '22023',
  'zone.*(Europe/Berlin|DATE)',
  'timestamptz without a zone is an error that says what to do');
SELECT twin.fails($$SELECT retention.period_start('2024-01-31', 'month')$$, '22023', 'zone',
  'an untyped literal is a timestamptz');
SELECT twin.fails(sql, '22023', 'zone', sql)
FROM unnest(ARRAY[
  $$SELECT retention.period_end(TIMESTAMPTZ '2024-01-31 12:00+00', 'month')$$,
  $$SELECT retention.period_index(TIMESTAMPTZ '2024-01-31 12:00+00', 'month')$$,
  $$SELECT retention.period_start(DATE '2024-01-31', 'month Europe/Berlin')$$,
  $$SELECT retention.period_end(DATE '2024-01-31', 'month Europe/Berlin')$$,
  $$SELECT retention.period_index(DATE '2024-01-31', 'month Europe/Berlin')$$,
  $$SELECT retention.period_start(TIMESTAMP '2024-01-31 12:00', 'month Europe/Berlin')$$,
  $$SELECT retention.period_end(TIMESTAMP '2024-01-31 12:00', 'month Europe/Berlin')$$,
  $$SELECT retention.period_index(TIMESTAMP '2024-01-31 12:00', 'month Europe/Berlin')$$,
  $$SELECT retention.period_add(DATE '2024-01-31', 1, 'month Europe/Berlin')$$,
  $$SELECT retention.period_diff(DATE '2024-01-31', DATE '2024-02-01', 'month Europe/Berlin')$$,
  $$SELECT retention.period_start(TIMESTAMPTZ '2024-01-31 12:00+00', 'month', 'Europe/Nowhere')$$]) AS sql;
SELECT twin.fails(format('SELECT retention.%s(%s, ''month'', ''Europe/Berlin'')', f, at), '22023', 'zone|timestamptz',
  format('%s(%s, spec, zone) is a trap', f, at))
FROM unnest(ARRAY['period_start', 'period_end', 'period_index']) AS f,
  unnest(ARRAY[$$TIMESTAMP '2024-01-31 12:00'$$, $$DATE '2024-01-31'$$, 'NULL::date']) AS at;
SELECT twin.fails(format('SELECT retention.%s', call), '22023', 'elapsed|brackets', 'outside retention_summary: '
  || call)
FROM unnest(ARRAY[$$period_start(DATE '2024-01-31', 'week elapsed')$$,
  $$period_end(TIMESTAMP '2024-01-31 00:00', 'week elapsed')$$,
  $$period_index(TIMESTAMPTZ '2024-01-31 00:00+00', 'week Europe/Berlin elapsed')$$,
    $$period_add(DATE '2024-01-31', 1, 'day brackets=1,8')$$,
  $$period_diff(DATE '2024-01-31', DATE '2024-02-01', 'day brackets=1,8')$$]) AS call;

-- NULL in, NULL out.
SELECT is(retention.period_start(NULL::date, 'month'), NULL, 'NULL date');
SELECT is(retention.period_end(NULL::timestamp, 'month'), NULL, 'NULL timestamp');
SELECT is(retention.period_index(NULL::timestamptz, 'month'), NULL, 'NULL timestamptz, even without a zone');
SELECT is(retention.period_start(DATE '2024-01-31', NULL::retention.period_spec), NULL, 'NULL spec');
SELECT is(retention.period_start(TIMESTAMPTZ '2024-01-31 12:00+00', 'month', NULL), NULL, 'NULL zone of a row');
SELECT is(retention.period_add(DATE '2024-01-31', NULL, 'month'), NULL, 'NULL number of periods');
SELECT is(retention.period_diff(DATE '2024-01-31', NULL, 'month'), NULL, 'NULL day');

-- ------------------------------------- 6. nothing is read from the session

CREATE FUNCTION twin.fingerprint() RETURNS text LANGUAGE sql AS $$
  SELECT md5(string_agg(concat_ws(',', retention.period_start(at, 'week Asia/Tokyo week_start=7') - DATE '2000-01-01',
      retention.period_end(at, 'month', 'America/New_York') - DATE '2000-01-01',
        retention.period_index(at AT TIME ZONE 'UTC', 'day'),
      retention.period_index((at AT TIME ZONE 'UTC')::date, 'quarter'),
        'month Europe/Berlin'::retention.period_spec::text), ';' ORDER BY at))
  FROM far_moments
$$;
CREATE TEMP TABLE fingerprints AS SELECT 'default' AS session, twin.fingerprint();
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SET LOCAL DateStyle = 'German';
SET LOCAL IntervalStyle = 'iso_8601';
INSERT INTO fingerprints SELECT 'Kiritimati', twin.fingerprint();
SET LOCAL TimeZone = 'America/St_Johns';
SET LOCAL DateStyle = 'SQL, DMY';
INSERT INTO fingerprints SELECT 'St Johns', twin.fingerprint();
SELECT twin.fails($$SELECT retention.period_start(TIMESTAMPTZ '2024-01-31 12:00+00', 'month')$$, '22023', 'zone',
  'the zone of the session is never taken');
SET LOCAL DateStyle = 'ISO';
SET LOCAL TimeZone = 'UTC';
SELECT is((SELECT count(DISTINCT fingerprint) FROM fingerprints), 1::bigint,
  'TimeZone, DateStyle and IntervalStyle change nothing');

-- ------------------------------------------------------------ 7. text form

CREATE TEMP TABLE texts (written text, canonical text);
INSERT INTO texts VALUES
  ('day', 'day'), ('week', 'week'), ('month', 'month'), ('quarter', 'quarter'), ('year', 'year'),
  ('MONTH', 'month'), ('Week', 'week'), ('qUARTER', 'quarter'),
  ('month Europe/Berlin', 'month Europe/Berlin'), ('YEAR America/Argentina/Buenos_Aires',
    'year America/Argentina/Buenos_Aires'),
  ('day UTC', 'day UTC'), ('day Etc/GMT+5', 'day Etc/GMT+5'), ('day EST5EDT', 'day EST5EDT'),
  ('week week_start=1', 'week'), ('week week_start=7', 'week week_start=7'), ('week Asia/Tokyo week_start=7',
    'week Asia/Tokyo week_start=7'),
  ('month week_start=7', 'month'), ('day week_start=3', 'day'),
  ('day elapsed', 'day elapsed'), ('month Europe/Berlin elapsed', 'month Europe/Berlin elapsed'),
  ('day brackets=1,8,15,31', 'day brackets=1,8,15,31'), ('day elapsed brackets=1,8,15,31',
    'day elapsed brackets=1,8,15,31'),
  ('week Asia/Tokyo week_start=7 elapsed brackets=1,5', 'week Asia/Tokyo week_start=7 elapsed brackets=1,5');
SELECT is_empty($$
  SELECT written, canonical, written::retention.period_spec::text AS got FROM texts
  WHERE written::retention.period_spec::text IS DISTINCT FROM canonical
$$, 'text form is canonical');
SELECT is_empty('SELECT * FROM texts WHERE canonical::retention.period_spec::text IS DISTINCT FROM canonical',
  'and reads back as itself');
SELECT is_empty($$SELECT name, ('month ' || name)::retention.period_spec::text FROM pg_timezone_names
  WHERE name NOT IN ('localtime', 'posixrules', 'Factory') AND ('month ' || name)::retention.period_spec::text
    IS DISTINCT FROM 'month ' || name$$, 'every zone name survives');

CREATE TEMP TABLE specs (n integer, spec retention.period_spec);
INSERT INTO specs SELECT row_number() OVER (), written::retention.period_spec FROM texts;
CREATE TEMP TABLE copied_specs (LIKE specs);
COPY specs TO PROGRAM 'cat > retention_test_specs.copy' (FORMAT binary);
COPY copied_specs FROM PROGRAM 'cat retention_test_specs.copy; rm -f retention_test_specs.copy' (FORMAT binary);
SELECT results_eq('SELECT n, spec::text FROM copied_specs ORDER BY n', 'SELECT n, spec::text FROM specs ORDER BY n',
  'binary round trip');

SELECT twin.fails(format('SELECT twin.copy_in(%L, %L::bytea)', 'retention.period_spec', '\x' || bad), '22P03', NULL,
  'binary form, refused: ' || what)
FROM (VALUES ('nothing', ''), ('version 2', '0201000003010000'), ('another kind', '0102000003010000'),
  ('unknown flag', '0101020003010000'), ('truncated', '01010000030100'),
  ('unit 0', '0101000000010000'), ('unit 6', '0101000006010000'), ('week_start 0', '0101000002000000'),
    ('week_start 8', '0101000002080000'),
  ('week_start 3 for months', '0101000003030000'), ('a bracket that is not there', '0101000001010100'),
    ('brackets that fall', '01010000010102000800000001000000'),
  ('a bracket of 0', '0101000001010100' || '00000000'), ('a zone of no database', '0101000003010000'
    || encode('Europ/Berlin', 'hex')), ('a POSIX zone',
    '0101000003010000' || encode('UTC+2', 'hex')),
  ('a zone with a zero byte', '0101000003010000' || encode('UTC', 'hex') || '00')) AS bads (what, bad);
SELECT is(twin.copy_in('retention.period_spec', '\x0101000003010000'::bytea || 'Europe/Berlin'),
  'month Europe/Berlin', 'binary form, read');

SELECT is(retention.periods('month')::text, 'month', 'periods(unit)');
SELECT is(retention.periods('Week', 'Asia/Tokyo', 7)::text, 'week Asia/Tokyo week_start=7',
  'periods(unit, timezone, week_start)');
SELECT is(retention.periods('day', elapsed => true)::text, 'day elapsed', 'periods(elapsed => true)');
SELECT is(retention.periods('day', brackets => '{1,8,15,31}')::text, 'day brackets=1,8,15,31',
  'periods(brackets => ...)');
SELECT is(retention.periods(unit => 'quarter', timezone => 'UTC', week_start => 5, elapsed => false,
  brackets => NULL)::text, 'quarter UTC',
  'periods with every argument named');

SELECT twin.fails(format('SELECT %L::retention.period_spec', bad), '22023|22P02', pattern,
  format('bad spec: %L', left(bad, 40)))
FROM (VALUES
  ('', 'day.*week.*month.*quarter.*year'), ('fortnight', 'fortnight.*day.*week.*month.*quarter.*year'),
  ('months', 'months.*day.*week.*month.*quarter.*year'), ('Europe/Berlin', 'day.*week.*month.*quarter.*year'),
  ('hour', 'hour.*day.*week.*month.*quarter.*year'), ('Europe/Berlin month', 'day.*week.*month'),
  ('month Europ/Berlin', 'Europ/Berlin'), ('month Berlin', 'Berlin'), ('day elapsd', 'elapsd'), ('month Europe/Ber!in', 'Ber!in'), ('month UTC+2', 'UTC\+2.*\mname'), ('month Berlin2', 'Berlin2.*\mname'),
  ('month EST5EDT,M3.2.0,M11.1.0', '\mname'), ('month <+03>-3', '\mname'), ('month +02:00', '\+02:00'), ('month CEST',
    'CEST'), ('month localtime', 'localtime'),
  ('month Europe/Berlin Asia/Tokyo', 'Asia/Tokyo'), ('month month', 'month'),
  ('week week_start=0', '0.*1.*7|1.*7.*0'), ('week week_start=8', '8'), ('week week_start=-1', '-1'),
    ('week week_start=', 'week_start'),
  ('week week_start=monday', 'monday'), ('week week_start=1.5', '1\.5'), ('week week_start=99999999999',
    '99999999999'),
  ('month week_start=8', '8'),
  ('day brackets=8,1', 'increas|ascend|order'), ('day brackets=1,1', 'increas|ascend|order'), ('day brackets=',
    'bracket'),
  ('day brackets=1,,2', 'bracket'), ('day brackets=1,', 'bracket'), ('day brackets=-1,5', '-1|positive|bracket'),
    ('day brackets=a', 'bracket'),
  ('day brackets=1,99999999999', 'bracket'), ('day elapsed=1', 'elapsed'), ('month ../../etc/passwd', NULL), ('month '
    || repeat('x', 3000), NULL)
  ) AS bads (bad, pattern);
SELECT twin.fails('SELECT retention.' || call, '22023|22004|2202E', pattern, call)
FROM (VALUES
  ($$periods('fortnight')$$, 'day.*week.*month.*quarter.*year'), ($$periods('month', 'UTC+2')$$, 'UTC\+2'),
    ($$periods('month', '')$$, NULL),
  ($$periods('month', 'Europe/Berlin elapsed')$$, NULL), ($$periods('week', week_start => 0)$$, '0'),
    ($$periods('week', week_start => 8)$$, '8'),
  ($$periods('day', brackets => '{8,1}')$$, 'increas|ascend|order'), ($$periods('day', brackets => '{}')$$,
    'bracket'),
  ($$periods('day', brackets => '{1,NULL}')$$, 'bracket|null'), ($$periods('day', brackets => '{{1,2},{3,4}}')$$,
    'bracket|dimension')
  ) AS calls (call, pattern);

-- -------------------------------------------------- 8. zones that are not here

SELECT CASE WHEN EXISTS (SELECT FROM pg_timezone_names WHERE name = 'EST5EDT')
  THEN is(twin.answer($$SELECT retention.period_start(TIMESTAMPTZ '2024-07-01 03:59Z', 'day EST5EDT')$$), '2024-06-30', 'EST5EDT is a zone, not a POSIX string')
  ELSE skip('this server has no zone EST5EDT', 1) END;
SET LOCAL client_min_messages = warning;
SELECT is(retention.period_spec_send('month Europe/Nowhere'), '\x0101000003010000'::bytea || 'Europe/Nowhere', 'a zone of another machine is sent');
SELECT is(twin.copy_in('retention.period_spec', '\x0101000003010000'::bytea || 'Europe/Nowhere'), 'month Europe/Nowhere', '... and received');
SELECT is(twin.copy_in('retention.period_spec', '\x0101000003010000'::bytea || 'europe/berlin'), 'month Europe/Berlin',
  'binary form: a zone is spelled as it is here');
SELECT is((SELECT string_agg(s::retention.period_spec::text, ', ' ORDER BY n) FROM unnest(ARRAY['month Europe/Kiev', 'day asia/calcutta',
  'week US/Eastern week_start=7 elapsed', 'month posix/Europe/Nowhere', 'month Cuba', 'day W-SU', 'day GMT+0', 'day Etc/GMT-99']) WITH ORDINALITY AS v(s, n)
  WHERE lower(split_part(s, ' ', 2)) NOT IN (SELECT lower(name) FROM pg_timezone_names)),
  (SELECT string_agg(s, ', ' ORDER BY n) FROM unnest(ARRAY['month Europe/Kiev', 'day asia/calcutta',
  'week US/Eastern week_start=7 elapsed', 'month posix/Europe/Nowhere', 'month Cuba', 'day W-SU', 'day GMT+0', 'day Etc/GMT-99']) WITH ORDINALITY AS v(s, n)
  WHERE lower(split_part(s, ' ', 2)) NOT IN (SELECT lower(name) FROM pg_timezone_names)), 'names of other databases keep their spelling');
SELECT is_empty($$SELECT name FROM pg_timezone_names WHERE name !~ '^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Mideast|Pacific|SystemV|US)/'
  AND name !~ '^(posix/|localtime$|posixrules$)'
  AND name NOT IN ('CET', 'Cuba', 'EET', 'EST', 'Egypt', 'Eire', 'Factory', 'GB', 'GB-Eire', 'GMT', 'Greenwich', 'HST', 'Hongkong', 'Iceland', 'Iran', 'Israel', 'Jamaica', 'Japan',
    'Kwajalein', 'Libya', 'MET', 'MST', 'NZ', 'NZ-CHAT', 'Navajo', 'PRC', 'Poland', 'Portugal', 'ROC', 'ROK', 'Singapore', 'Turkey', 'UCT', 'UTC', 'Universal', 'W-SU', 'WET', 'Zulu',
    'EST5EDT', 'CST6CDT', 'MST7MDT', 'PST8PDT', 'GMT0', 'GMT+0', 'GMT-0')$$, 'the areas and the names without an area are all that this database has');

-- ------------------------------------------------------------- 9. casts

SELECT is((SELECT string_agg(format('%s %s', source.typname, castcontext), ', ' ORDER BY source.typname) FROM pg_cast
  JOIN pg_type AS source ON source.oid = castsource
  WHERE casttarget = 'retention.period_spec'::regtype), 'text i, varchar i',
    'casts from text and varchar are implicit');
SELECT is((SELECT typcollation FROM pg_type WHERE oid = 'retention.period_spec'::regtype), 0::oid,
  'period_spec has no collation');

SELECT * FROM finish();
ROLLBACK;
