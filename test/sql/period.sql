-- The worked examples of doc/period.md and every error message. The values are
-- compared with a plain-SQL twin in test/pgtap/period.sql.
SET DateStyle TO 'ISO, YMD';

-- the text form
SELECT 'MONTH europe/berlin'::retention.period_spec,
       'week ASIA/TOKYO week_start=7'::retention.period_spec,
       E' day\telapsed  brackets=1,8,15,31 '::retention.period_spec,
       'quarter elapsed UTC'::retention.period_spec;
SELECT 'month week_start=7'::retention.period_spec AS only_weeks_start,
       'month week_start=7'::retention.period_spec = 'month' AS equal;
SELECT retention.periods('week', 'Asia/Tokyo', 7),
       retention.periods('day', elapsed => true, brackets => '{1,8,15,31}'),
       retention.periods('year', NULL, NULL, NULL, NULL),
       retention.periods(NULL) IS NULL AS no_unit;

-- a moment is on different days in different places
SELECT retention.period_start(timestamptz '2024-01-31 22:30Z', 'month Europe/London') AS london,
       retention.period_start(timestamptz '2024-01-31 22:30Z', 'month Asia/Tokyo') AS tokyo,
       retention.period_start(timestamptz '2024-01-31 22:30Z', 'month', 'Asia/Tokyo') AS zone_of_row;

-- units
SELECT u AS unit,
       retention.period_start(date '2024-02-29', retention.periods(u)) AS period_start,
       retention.period_end(date '2024-02-29', retention.periods(u)) AS period_end,
       retention.period_index(date '2024-02-29', retention.periods(u)) AS period_index,
       retention.period_add(date '2024-02-29', -1, retention.periods(u)) AS before,
       retention.period_diff(date '2024-02-29', date '2020-03-01', retention.periods(u)) AS diff
FROM unnest('{day,week,month,quarter,year}'::text[]) u;
SELECT w AS week_start, retention.period_start(date '2024-02-29', retention.periods('week', week_start => w))
FROM generate_series(1, 7) w;

-- index 0 contains 1970-01-01, and time before it runs on
SELECT d, retention.period_index(d, 'month'), retention.period_index(d, 'week'),
       retention.period_index(d, 'year')
FROM unnest('{0001-01-01 BC,1969-12-31,1970-01-01,1970-01-05}'::date[]) d;

-- the ends of the range of dates
SELECT retention.period_start(date '5874897-12-31', 'year'),
       retention.period_index(date '5874897-12-31', 'day'),
       retention.period_index(date '4714-11-24 BC', 'day'),
       retention.period_diff(date '4714-11-24 BC', date '5874897-12-31', 'day');
SELECT retention.period_start(date '4714-11-24 BC', 'month');
SELECT retention.period_end(date '5874897-12-31', 'day');
SELECT retention.period_add(date '2024-01-31', 99999999999, 'month');
SELECT retention.period_add(date '2024-01-31', 99999999, 'year');
SELECT retention.period_start(date 'infinity', 'month');
SELECT retention.period_start(timestamp '-infinity', 'month');
SELECT retention.period_start(timestamptz 'infinity', 'month UTC');

-- the rule on time zones
SELECT retention.period_start(timestamptz '2024-01-31 12:00Z', 'month');
SELECT retention.period_start(date '2024-01-31', 'month Europe/Berlin');
SELECT retention.period_start(timestamp '2024-01-31 12:00', 'month Europe/Berlin');
SELECT retention.period_start(timestamptz '2024-01-31 12:00Z', 'month UTC', 'UTC');
SELECT retention.period_start(timestamp '2024-01-31 12:00', 'month', 'UTC');
SELECT retention.period_index(date '2024-01-31', 'month', 'UTC');
SELECT retention.period_start(timestamptz '2024-01-31 12:00Z', 'month', 'Mars/Olympus');
SELECT retention.period_start(timestamptz '2024-01-31 12:00Z', 'month', repeat('x', 300));

-- elapsed and brackets belong to customers' ages
SELECT retention.period_start(date '2024-01-31', 'month elapsed');
SELECT retention.period_add(date '2024-01-31', 1, 'day brackets=1,8');

-- what cannot be understood
SELECT ''::retention.period_spec;
SELECT 'fortnight'::retention.period_spec;
SELECT retention.periods('months');
SELECT 'month Europe/Berlin UTC'::retention.period_spec;
SELECT 'month first_day=1'::retention.period_spec;
SELECT 'month UTC+2'::retention.period_spec;
SELECT 'month Berlin2'::retention.period_spec;
SELECT 'month localtime'::retention.period_spec;
SELECT 'week week_start=3 week_start=3'::retention.period_spec;
SELECT 'week elapsed elapsed'::retention.period_spec;
SELECT 'week week_start=0'::retention.period_spec;
SELECT 'week week_start=8'::retention.period_spec;
SELECT 'week week_start=x'::retention.period_spec;
SELECT 'day brackets=8,8'::retention.period_spec;
SELECT 'day brackets=0,8'::retention.period_spec;
SELECT 'day brackets=1,,8'::retention.period_spec;
SELECT 'day brackets=1 brackets=2'::retention.period_spec;
SELECT retention.periods('day', brackets => '{}');
SELECT retention.periods('day', brackets => '{1,NULL}');
SELECT retention.periods('day', brackets => '{{1,2},{3,4}}');
SELECT retention.periods('day', brackets => (SELECT array_agg(g) FROM generate_series(1, 1001) g));

-- a zone that only other machines have: the value is kept, to use it is an error
SELECT 'month europe/atlantis'::retention.period_spec;
SELECT retention.periods('month', 'US/Atlantis');
SELECT 'month Etc/GMT+99'::retention.period_spec;
\set VERBOSITY terse
CREATE TEMP TABLE never AS SELECT s::retention.period_spec FROM unnest('{month US/Atlantis,month Cuba/Havana,month US/Atlantis}'::text[]) s;
CREATE TEMP TABLE spec AS SELECT s::retention.period_spec, s <> 'month' AS foreign_zone
FROM unnest('{month US/Atlantis,month,month US/Atlantis,week Asia/Nowhere}'::text[]) s;
CREATE INDEX ON spec (s);
SELECT s, count(*), bool_and(s = s) AS equal FROM spec GROUP BY s ORDER BY s;
SELECT s, retention.period_start(timestamptz '2024-01-31 12:00Z', s) FROM spec WHERE foreign_zone;
SELECT retention.period_start(date '2024-01-31', 'month US/Atlantis');
SELECT retention.nps_series_agg(9, timestamptz '2024-01-31 12:00Z', 'month US/Atlantis');

-- ... in expressions of a table, whose other columns are read and written
SET client_min_messages TO warning;
CREATE TEMP TABLE shop (n integer, at timestamptz, day date GENERATED ALWAYS AS (retention.period_start(at, 'day US/Atlantis')) STORED,
  CHECK (retention.period_end(at, 'day US/Atlantis') > '2000-01-01'));
CREATE INDEX ON shop (retention.period_start(at, retention.periods('month', 'US/Atlantis')));
SELECT n FROM shop;
INSERT INTO shop VALUES (1, '2024-01-31 12:00Z');
INSERT INTO shop VALUES (2, NULL);
ALTER TABLE shop ALTER day DROP EXPRESSION;
ALTER TABLE shop DROP CONSTRAINT shop_at_check;
DROP INDEX shop_period_start_idx;
INSERT INTO shop VALUES (1, '2024-01-31 12:00Z', '2024-01-31');
SELECT n, day FROM shop;
RESET client_min_messages;
\set VERBOSITY default

-- at the second of the last change that the zone database lists, the clock goes on
SELECT at, retention.period_start(at, 'day Europe/Berlin'), (at AT TIME ZONE 'Europe/Berlin')::date
FROM (SELECT at FROM (VALUES (1, timestamptz '2769-10-26 01:00+0'), (2, timestamptz '2770-07-01 22:30+0')) v(o, at) ORDER BY o OFFSET 0) x;
-- a spec that changes from row to row
SELECT count(*), sum(retention.period_index(timestamptz '2024-01-01 00:00Z' + i * interval '1 hour', p.p, 'Europe/Berlin'))
FROM generate_series(1, 1000) i, LATERAL (SELECT (CASE WHEN i % 2 = 0 THEN 'month' ELSE 'week' END)::retention.period_spec) p(p);
