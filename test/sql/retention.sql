-- Activity and cohort retention: worked examples, limits, and every error message.
-- Random data are compared with a plain-SQL twin in test/pgtap/retention.sql.
SET DateStyle TO 'ISO, YMD';
SET extra_float_digits = 0;
\pset null NULL

CREATE TEMP TABLE event (customer bigint, at timestamptz);
INSERT INTO event VALUES
  (1, '2024-01-05 10:00Z'), (1, '2024-02-10 10:00Z'), (1, '2024-03-31 22:30Z'),
  (2, '2024-01-20 10:00Z'), (2, '2024-03-01 10:00Z'),
  (3, '2024-02-02 10:00Z'), (3, '2024-02-03 10:00Z'),
  (NULL, '2023-01-01 10:00Z'), (4, NULL);

-- the single pass, and the same from stored activity
SELECT cohort_start, period_number AS n, period_start, cohort_size AS size, retained,
       round(retention_rate::numeric, 3) AS rate, round(ci_low::numeric, 3) AS ci_low,
       round(ci_high::numeric, 3) AS ci_high, is_complete
FROM retention.cohort_retention((SELECT retention.retention_agg(customer, at, 'month Europe/Berlin') FROM event));
CREATE TEMP TABLE activity AS
SELECT customer, retention.activity_agg(at, 'Europe/Berlin') AS a FROM event WHERE customer IS NOT NULL GROUP BY customer;
SELECT customer, a::date[], a FROM activity ORDER BY customer;
SELECT (SELECT retention.retention_agg(a, 'month') FROM activity)
       = (SELECT retention.retention_agg(customer, at, 'month Europe/Berlin') FROM event) AS same;

-- criteria
SELECT c.criterion, array_agg(r.retained ORDER BY r.cohort_start, r.period_number) AS retained
FROM (SELECT retention.retention_agg(customer, at, 'month UTC') AS s FROM event) e,
     unnest('{on,on_or_after,on_or_before,every}'::text[]) WITH ORDINALITY c(criterion, i),
     retention.cohort_retention(e.s, c.criterion) r
GROUP BY c.criterion, c.i ORDER BY c.i;

-- averages: 1000 -> 500 and 500 -> 400 customers
CREATE TEMP TABLE two_cohorts AS
SELECT retention.retention_agg(c, d, 'month') AS s
FROM (SELECT c, date '2024-01-01' AS d FROM generate_series(1, 1000) c
      UNION ALL SELECT c, '2024-02-01' FROM generate_series(1, 500) c
      UNION ALL SELECT c, '2024-02-01' FROM generate_series(1001, 1500) c
      UNION ALL SELECT c, '2024-03-01' FROM generate_series(1001, 1400) c) e;
SELECT w.weighting, r.cohorts, r.customers, r.retained, round(r.retention_rate::numeric, 4) AS rate,
       round(r.ci_low::numeric, 4) AS ci_low, round(r.ci_high::numeric, 4) AS ci_high
FROM two_cohorts, unnest('{pooled,simple,size_squared}'::text[]) WITH ORDINALITY w(weighting, i),
     retention.average_retention(s, weighting => w.weighting, as_of => DATE '2024-03-31') r
WHERE r.period_number = 1 ORDER BY w.i;
SELECT cohort_start, period_number, cohort_size, retained, is_complete
FROM two_cohorts, retention.cohort_retention(s, min_cohort_size => 1000, max_period => 1);

-- lifecycle
SELECT * FROM retention.lifecycle((SELECT retention.retention_agg(customer, at, 'month UTC') FROM event),
                                  as_of => DATE '2024-04-30');

-- given cohorts, births, recurring starts
SELECT cohort_start, period_number, cohort_size, retained
FROM retention.cohort_retention((SELECT retention.retention_agg(a, signed_up, 'month')
  FROM (VALUES ('{2024-01-03,2024-02-03}'::date[]::retention.activity_days, date '2024-01-02'),
               ('{2023-12-31}'::date[]::retention.activity_days, '2024-01-02'),
               (NULL, '2024-01-31'), (NULL, NULL)) v(a, signed_up)));
SELECT cohort_start, period_number, cohort_size, retained
FROM retention.cohort_retention((SELECT retention.retention_agg(customer, day, 'month', is_birth)
  FROM (VALUES ('ann', date '2024-01-03', false), ('ann', '2024-02-01', true), ('ann', '2024-03-05', NULL),
               ('bob', '2024-02-01', NULL)) v(customer, day, is_birth)));
SELECT cohort_start, period_number, cohort_size, retained
FROM retention.cohort_retention((SELECT retention.recurring_retention_agg(
  '{2024-01-03,2024-02-03}'::date[]::retention.activity_days, '{2024-02-20,2024-03-01}'::date[]::retention.activity_days, 'month')));

-- elapsed ages and brackets
SELECT cohort_start, period_number, period_start, cohort_size, retained, is_complete
FROM retention.cohort_retention((SELECT retention.retention_agg(customer, day, 'day elapsed brackets=1,8,31')
  FROM (VALUES (1, date '2024-01-01'), (1, '2024-01-03'), (1, '2024-01-31'), (2, '2024-01-01'), (2, '2024-02-01')) v(customer, day)));

-- no rows, nothing that counts
SELECT retention.retention_agg(customer, at, 'month UTC') FROM event WHERE false;
SELECT retention.retention_agg(customer, at, 'month UTC') FROM event WHERE customer IS NULL OR at IS NULL;
SELECT retention.retention_agg(customer, at, 'month UTC', false) FROM event;
SELECT retention.retention_agg(NULL::retention.activity_days, 'month'), retention.retention_agg('{}'::date[]::retention.activity_days, 'month');
SELECT retention.merge_agg(s), retention.combine(NULL::retention.retention_summary, NULL) FROM two_cohorts WHERE false;
SELECT count(*) FROM retention.cohort_retention(NULL), retention.average_retention(NULL), retention.lifecycle(NULL);

-- sets of days
SELECT retention.combine(a, b)::date[] AS "or", retention.activity_intersection(a, b)::date[] AS "and",
       retention.activity_difference(a, b)::date[] AS "not", retention.active_on(a, '2024-01-02'),
       a::datemultirange, '{[2024-01-01,2024-01-04)}'::datemultirange::retention.activity_days = a AS same
FROM (SELECT '{2024-01-01,2024-01-02,2024-01-03}'::date[]::retention.activity_days AS a,
             '{2024-01-03,2024-02-01,NULL}'::date[]::retention.activity_days AS b) v;
SELECT retention.first_active(a), retention.last_active(a), retention.active_days(a), retention.active_periods(a, 'month'),
       retention.is_active(a, '2024-02-01', '2024-02-02'), retention.is_active(a, '2024-01-04', '2024-02-01')
FROM (SELECT '{2024-02-01,2024-01-01,2024-01-03,2024-01-01}'::date[]::retention.activity_days AS a) v;
SELECT retention.active_dates('{2024-02-01,2024-01-01}'::date[]::retention.activity_days);
SELECT retention.first_active(e), retention.last_active(e), retention.active_days(e), e::date[], e::datemultirange
FROM (SELECT '{}'::date[]::retention.activity_days AS e) v;

-- the rule on time zones
SELECT retention.retention_agg(1, timestamptz '2024-01-01 00:00Z', 'month');
SELECT retention.retention_agg(1, date '2024-01-01', 'month UTC');
SELECT retention.retention_agg(1, timestamptz '2024-01-01 00:00Z', 'month', 'UTC'::text);
SELECT retention.retention_agg('{2024-01-01}'::date[]::retention.activity_days, 'month UTC');
SELECT retention.retention_agg('{2024-01-01}'::date[]::retention.activity_days, timestamptz '2024-01-01 00:00Z', 'month');
SELECT retention.active_periods('{2024-01-01}'::date[]::retention.activity_days, 'month UTC');
SELECT retention.activity_agg(timestamptz '2024-01-01 00:00Z');
SELECT retention.activity_agg(date '2024-01-01', 'UTC');
SELECT retention.activity_agg(timestamptz '2024-01-01 00:00Z', 'Mars/Olympus');
-- infinity
SELECT retention.activity_agg(date 'infinity');
SELECT retention.retention_agg(1, timestamp '-infinity', 'month');
SELECT retention.retention_agg(NULL::retention.activity_days, date 'infinity', 'month');
SELECT '{infinity}'::date[]::retention.activity_days;
SELECT '{[2024-01-01,)}'::datemultirange::retention.activity_days;
-- what does not combine
SELECT retention.combine(s, (SELECT retention.retention_agg(1, date '2024-01-01', 'week'))) FROM two_cohorts;
SELECT retention.combine(s, (SELECT retention.retention_agg(1, date '2024-01-01', 'month', true))) FROM two_cohorts;
SELECT retention.combine(s, (SELECT retention.retention_agg(1, date '2024-01-01', 'month elapsed'))) FROM two_cohorts;
SELECT retention.retention_agg(c, date '2024-01-01', p) FROM (VALUES (1, 'month'), (2, 'week')) v(c, p);
SELECT retention.retention_agg(a, p) FROM activity, (VALUES ('month'), ('week')) v(p);
-- bad questions
SELECT retention.retention_agg(1, date '2024-01-01', NULL::retention.period_spec);
SELECT retention.cohort_retention(s, 'rolling') FROM two_cohorts;
SELECT retention.average_retention(s, weighting => 'mean') FROM two_cohorts;
SELECT retention.cohort_retention(s, confidence => 95) FROM two_cohorts;
SELECT retention.cohort_retention(s, 'on_or_after', as_of => DATE '2024-02-29') FROM two_cohorts;
SELECT retention.cohort_retention(s, as_of => 'infinity') FROM two_cohorts;
SELECT retention.cohort_retention(s, max_period => -1) FROM two_cohorts;
SELECT retention.cohort_retention(s, min_cohort_size => -1) FROM two_cohorts;
SELECT retention.combine(retention.retention_agg('{2024-01-01}'::date[]::retention.activity_days, 'day brackets=1,8'),
                         retention.retention_agg('{2024-01-01}'::date[]::retention.activity_days, 'day brackets=1,9'));
SELECT retention.lifecycle(retention.retention_agg(1, date '2024-01-01', 'month elapsed'));
-- only as an aggregate
SELECT retention.retention_agg(1, date '2024-01-01', 'month') OVER ();

-- beyond work_mem customers go to files; however the query ends, none is left open
SET work_mem = '64kB';
CREATE TABLE many (customer bigint, day date, part integer);
INSERT INTO many SELECT i % 20000, date '2024-01-01' + i / 500, i % 2 FROM generate_series(1, 60000) i;
ANALYZE many;
SELECT (SELECT retention.retention_agg(customer, day, 'month') FROM many)
       = (SELECT retention.retention_agg(a, 'month')
                              FROM (SELECT retention.activity_agg(day) AS a FROM many GROUP BY customer) c) AS same;
SET enable_sort = off;
SELECT part IS NOT NULL AS part, length(s::text) > 0 AS is_there
FROM (SELECT part, retention.retention_agg(customer, day, 'month') AS s FROM many GROUP BY part) p LIMIT 1;
RESET enable_sort;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT retention.retention_agg(customer, day, 'month')
       = (SELECT retention.retention_agg(a, 'month')
                              FROM (SELECT retention.activity_agg(day) AS a FROM many GROUP BY customer) c) AS same
FROM many;
SELECT count(*) AS files_left FROM pg_ls_tmpdir();
-- a hash table of groups that is scanned again asks for its results again
SET max_parallel_workers_per_gather = 0;
SET enable_sort = off;
SELECT v.x, array_agg((SELECT sum(cohort_size) FROM retention.cohort_retention(s.s, max_period => 0)) ORDER BY s.part) AS customers
FROM (VALUES (1), (2), (3)) v(x),
     LATERAL (SELECT part, retention.retention_agg(customer, day, 'month') AS s FROM many GROUP BY part HAVING count(*) > v.x OFFSET 0) s
GROUP BY v.x ORDER BY v.x;
RESET enable_sort;
RESET max_parallel_workers_per_gather;
-- states of different specs do not meet, in whatever plan
CREATE TABLE parts (c bigint, d date, p text) PARTITION BY LIST (p);
CREATE TABLE parts_month PARTITION OF parts FOR VALUES IN ('month');
CREATE TABLE parts_week PARTITION OF parts FOR VALUES IN ('week');
INSERT INTO parts VALUES (1, '2024-01-01', 'month'), (2, '2024-01-01', 'week');
ANALYZE parts;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
SELECT retention.retention_agg(c, d, p) FROM parts;
DROP TABLE parts;
DROP TABLE many;
-- ages without customers take no room; more periods than anybody can look at are an error
SELECT length(retention.retention_agg(c, d, 'day')::text) < 1000 AS is_short
FROM (SELECT c, date '2024-01-01' + c FROM generate_series(1, 20) c UNION ALL SELECT c, '9999-12-31' FROM generate_series(1, 20) c) v(c, d);
SELECT retention.lifecycle(retention.retention_agg(1, date '2024-01-01', 'day'), as_of => '150000-01-01');
SELECT retention.average_retention(retention.retention_agg(1, date '2024-01-01', 'day'), as_of => '150000-01-01');
SELECT retention.cohort_retention(retention.retention_agg(1, date '2024-01-01', 'day'), as_of => '2024-01-03', max_rows => 2);
SELECT retention.lifecycle(retention.retention_agg(1, date '2024-01-01', 'day'), max_rows => 0);
SELECT '{5874897-12-31}'::date[]::retention.activity_days::datemultirange;
