-- The recurring revenue of one customer: worked examples, limits, and every error message.
-- Random data are compared with a plain-SQL twin in test/pgtap/timeline.sql.
SET DateStyle TO 'ISO, YMD';
SET IntervalStyle TO 'postgres';
\pset null NULL

-- monthly amounts
SELECT retention.monthly_amount(2000, '1 year') AS year, retention.monthly_amount(2000, 'year', 2) AS two_years,
       retention.monthly_amount(300, '3 months') AS quarter, retention.monthly_amount(10, '7 days') AS week,
       retention.monthly_amount(10, 'week week_start=7', 1) AS same, retention.monthly_amount(1, '1 day') AS day,
       retention.monthly_amount(-49.99, '1 month 15 days') AS discount, retention.monthly_amount(0, 'day', 9223372036854775807) AS nothing,
       retention.monthly_amount(NULL, '1 month') AS unknown;
SELECT retention.monthly_amount(99999999999999999999999999999999.999999, 'month', 1) AS largest;
SELECT retention.monthly_amount(1, '0 days');
SELECT retention.monthly_amount(1, '24:00');
SELECT retention.monthly_amount(1, '1 month -3 days');
SELECT retention.monthly_amount(1, '-1 year');
SELECT retention.monthly_amount(1, 'month', 0);
SELECT retention.monthly_amount(1, 'month', -1);
SELECT retention.monthly_amount(1, 'month Europe/Berlin', 1);
SELECT retention.monthly_amount(1, 'month elapsed', 1);
SELECT retention.monthly_amount(1, 'fortnight', 1);
SELECT retention.monthly_amount('NaN', '1 month');
SELECT retention.monthly_amount(0.1234567, '1 month');
SELECT retention.monthly_amount(9e31, '1 day');

-- a timeline: subscriptions of three customers
CREATE TEMP TABLE subscription (customer bigint, started_on date, ended_on date, mrr numeric, product text);
INSERT INTO subscription VALUES
  (1, '2024-01-10', '2024-03-20', 50, 'A'), (1, '2024-03-20', NULL, 70, 'A'), (1, '2024-03-25', NULL, 30, 'B'),
  (2, '2024-01-31', '2024-02-01', 20, 'A'), (2, '2024-04-15', '2024-06-30', 20, 'B'), (2, '2024-05-01', '2024-05-20', -5, NULL),
  (3, '2024-02-10', '2024-02-10', 99, 'A'), (3, NULL, NULL, 1, 'A'), (3, '2024-02-10', NULL, NULL, 'A');
CREATE TEMP TABLE timeline AS
SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS plain,
       retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS t
FROM subscription GROUP BY customer;
SELECT customer, plain, t FROM timeline ORDER BY customer;
SELECT customer, c.* FROM timeline, LATERAL retention.mrr_changes(t) c ORDER BY customer, day, product;
SELECT customer, c.* FROM timeline, LATERAL retention.mrr_changes(plain) c ORDER BY customer, day;
SELECT day, retention.mrr_at(t, day) AS with_products, retention.mrr_at(plain, day) AS without
FROM timeline, unnest('{2024-01-09,2024-01-10,2024-03-19,2024-03-20,2024-03-25,2034-01-01}'::date[]) day WHERE customer = 1;

-- movements: the state of a period is that of its last day
SELECT customer, m.* FROM timeline, LATERAL retention.mrr_movements(t, 'month') m ORDER BY customer, period_start;
SELECT customer, m.* FROM timeline, LATERAL retention.mrr_movements(t, 'week week_start=7') m ORDER BY customer, period_start;
SELECT customer, m.* FROM timeline, LATERAL retention.mrr_movements(t, 'year') m ORDER BY customer, period_start;
-- a subscription that ends on a last day does not pay on it; who pays inside a period only has no movement
SELECT m.period_start, m.mrr, m.movement
FROM retention.mrr_movements((SELECT retention.mrr_timeline_agg(a, b, 10)
                              FROM (VALUES (date '2024-01-31', date '2024-02-29'), ('2024-03-02', '2024-03-31')) v(a, b)), 'month') m;
-- periods with a day in a range
SELECT f AS from_day, u AS to_day, (SELECT array_agg(period_start) FROM retention.mrr_movements(t, 'month', f, u)) AS months
FROM timeline, (VALUES (date '2024-03-31', date '2024-04-01'), ('2024-03-31', '2024-05-01'), ('2024-04-01', NULL), (NULL, '2024-05-01'),
                       ('-infinity', 'infinity'), ('2024-05-01', '2024-05-01'), ('2024-06-01', '2024-05-01')) r(f, u)
WHERE customer = 2;
SELECT count(*) AS none FROM timeline, LATERAL retention.mrr_movements(t, NULL) m;

-- the worked example of ChartMogul: $2000 a year, then a second subscription of 2 x $30, which is cancelled, as the first is
SELECT m.* FROM retention.mrr_movements((
  SELECT retention.mrr_timeline_agg(a, b, m)
  FROM (VALUES (date '2024-01-05', date '2025-01-05', retention.monthly_amount(2000, '1 year')), ('2024-03-10', '2024-06-10', 60)) v(a, b, m)), 'month') m;

-- discounts: MRR is never negative, products may be; free lines; 0.1 + 0.2 - 0.3
SELECT retention.mrr_at(t, '2024-01-15') AS january, retention.mrr_at(t, '2024-02-15') AS february,
       (SELECT array_agg(c) FROM retention.mrr_changes(t) c) AS changes
FROM (SELECT retention.mrr_timeline_agg(a, b, m, p) AS t
      FROM (VALUES (date '2024-01-01', NULL::date, 10, 'plan'), ('2024-02-01', '2024-03-01', -30, 'credit'), ('2024-01-01', NULL, 0, 'free')) v(a, b, m, p)) q;
SELECT retention.mrr_at(retention.mrr_timeline_agg(date '2024-01-01', NULL, m), '2024-01-01') FROM unnest('{0.1,0.2,-0.3}'::numeric[]) m;
SELECT retention.mrr_at(retention.mrr_timeline_agg(date '2024-01-01', NULL, m), '2024-01-01') FROM unnest('{0.1,0.2,0.000001}'::numeric[]) m;

-- invoices
SELECT m.* FROM retention.mrr_movements((
  SELECT retention.invoice_timeline_agg(day, amount, 'month')
  FROM (VALUES (date '2024-01-31', 49.00), ('2024-02-01', 49), ('2024-02-29', 10), ('2024-04-30', 49), (NULL, 7), ('2024-05-01', NULL)) v(day, amount)), 'month') m;
SELECT retention.invoice_timeline_agg(date '2024-02-29', 10, 'month') = retention.mrr_timeline_agg(date '2024-02-01', date '2024-03-01', 10) AS same;

-- no rows, ignored rows, lines of no length
SELECT retention.mrr_timeline_agg(a, a, 1) AS no_rows, retention.merge_agg(NULL::retention.mrr_timeline) AS no_timeline FROM (SELECT date '2024-01-01' WHERE false) q(a);
SELECT retention.mrr_timeline_agg(a, NULL, m) AS nulls, retention.mrr_timeline_agg(a, a, m, 'p') AS no_length
FROM (VALUES (date '2024-01-01', NULL::numeric), (NULL, 1)) v(a, m);
SELECT retention.mrr_at(NULL, '2024-01-01') AS at, (SELECT count(*) FROM retention.mrr_changes(NULL)) AS changes,
       (SELECT count(*) FROM retention.mrr_movements(NULL, 'month')) AS movements;
SELECT retention.mrr_at(e, '2024-01-01') AS at, (SELECT count(*) FROM retention.mrr_changes(e)) AS changes,
       (SELECT count(*) FROM retention.mrr_movements(e, 'month')) AS movements, retention.combine(e, e) AS both
FROM (SELECT '\x01060000'::retention.mrr_timeline) q(e);

-- merging adds lines up; subscriptions that follow each other are one
SELECT retention.mrr_at(retention.combine(a.plain, b.plain), '2024-05-01') AS both, retention.combine(a.plain, NULL) = a.plain AS null_is_nothing,
       retention.combine(NULL::retention.mrr_timeline, NULL) AS nothing, (a.plain OPERATOR(retention.+) b.plain) = retention.combine(b.plain, a.plain) AS commutes
FROM timeline a, timeline b WHERE a.customer = 1 AND b.customer = 2;
SELECT (SELECT array_agg(c) FROM retention.mrr_changes(retention.mrr_timeline_agg(a, b, 10)) c) AS changes
FROM (VALUES (date '2024-03-01', NULL::date), ('2024-01-01', '2024-02-01'), ('2024-02-01', '2024-03-01')) v(a, b);
SELECT retention.merge_agg(t) = (SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr, product) FROM subscription) AS same FROM timeline;

-- a state that somebody stores is a timeline
CREATE TEMP TABLE state AS
SELECT retention.mrr_timeline_accum(retention.mrr_timeline_accum(NULL, '2024-01-01', '2024-02-01', 10), '2024-02-01', NULL, 10) AS s;
SELECT s, retention.mrr_at(s, '2024-03-01') AS at, s = (SELECT retention.mrr_timeline_agg(a, b, 10) FROM (VALUES (date '2024-02-01', NULL::date), ('2024-01-01', '2024-02-01')) v(a, b)) AS equal,
       (SELECT count(*) FROM retention.mrr_movements(s, 'month')) AS movements FROM state GROUP BY s;

-- no cast through the session's time zone
SELECT retention.mrr_timeline_agg(timestamptz '2024-01-01 00:00Z', NULL, 10);
SELECT retention.mrr_timeline_agg(timestamp '2024-01-01', NULL, 10, 'p');
SELECT retention.mrr_timeline_agg('2024-01-01', NULL, 10);
SELECT retention.mrr_timeline_agg(date '2024-01-01', timestamp '2024-01-01', 10);
SELECT retention.invoice_timeline_agg(timestamptz '2024-01-01 00:00Z', 10, 'month UTC');
SELECT retention.mrr_timeline_agg(date '2024-01-01', NULL, 10::double precision);

-- bad lines, bad invoices
SELECT retention.mrr_timeline_agg(date '2024-01-02', date '2024-01-01', 10);
SELECT retention.mrr_timeline_agg(date '-infinity', NULL, 10);
SELECT retention.mrr_timeline_agg(date '2024-01-01', date 'infinity', 10);
SELECT retention.mrr_timeline_agg(date '2024-01-01', NULL, 'NaN');
SELECT retention.mrr_timeline_agg(date '2024-01-01', NULL, '-Infinity', 'p');
SELECT retention.mrr_timeline_agg(date '2024-01-01', date '2024-01-01', 1.0000001);
SELECT retention.mrr_timeline_agg(date '2024-01-01', NULL, 1e32);
SELECT retention.mrr_timeline_agg(date '2024-01-01', NULL, -1e1000);
SELECT retention.mrr_timeline_agg(date '2024-01-01', NULL, m) FROM unnest('{9e31,9e31}'::numeric[]) m;
SELECT retention.mrr_at(retention.mrr_timeline_agg(date '2024-01-01', NULL, m, m::text), '2024-01-01') FROM unnest('{9e31,8e31}'::numeric[]) m;
SELECT count(*) FROM retention.mrr_movements((SELECT retention.mrr_timeline_agg(date '2024-01-01', NULL, m, m::text) FROM unnest('{9e31,8e31}'::numeric[]) m), 'month');
SELECT retention.mrr_at(t, 'infinity') FROM timeline WHERE customer = 1;
SELECT retention.invoice_timeline_agg(date 'infinity', 10, 'month');
SELECT retention.invoice_timeline_agg(date '2024-01-01', 'Infinity', 'month');
SELECT retention.invoice_timeline_agg(date '2024-01-01', 10, NULL);
SELECT retention.invoice_timeline_agg(date '2024-01-01', 10, 'month UTC');
SELECT retention.invoice_timeline_agg(date '2024-01-01', 10, 'month elapsed');
SELECT retention.invoice_timeline_agg(date '4714-11-24 BC', 10, 'year');
SELECT retention.invoice_timeline_agg(date '5874897-12-31', 10, 'day');
SELECT count(*) FROM timeline, LATERAL retention.mrr_movements(t, 'month UTC') m;
SELECT count(*) FROM timeline, LATERAL retention.mrr_movements(t, 'month brackets=1') m;
SELECT count(*) FROM retention.mrr_movements((SELECT retention.mrr_timeline_agg(date '4714-11-24 BC', NULL, 10)), 'year') m;
SELECT retention.combine(plain, t) FROM timeline WHERE customer = 1;
SELECT retention.merge_agg(u) FROM timeline, unnest(ARRAY[plain, t]) u WHERE customer = 1;

-- sums beyond 38 digits: of a product, of all products, of them on one day
SELECT retention.mrr_timeline_agg(s, NULL, 99999999999999999999999999999999) FROM (VALUES (date '2024-01-01'), ('2024-02-01')) v(s);
CREATE TEMP TABLE huge AS
SELECT n, retention.mrr_timeline_agg(date '2024-01-01', NULL, 99999999999999999999999999999999, g::text) AS t
FROM (VALUES (2), (3)) v(n), generate_series(1, n) g GROUP BY n;
SELECT retention.mrr_at(t, date '2024-01-01') FROM huge WHERE n = 2;
SELECT retention.mrr_at(t, date '2024-01-01') FROM huge WHERE n = 3;
SELECT * FROM huge, LATERAL retention.mrr_movements(t, 'month') WHERE n = 2;
SELECT * FROM huge, LATERAL retention.mrr_movements(t, 'month') WHERE n = 3;
SELECT retention.revenue_agg(t, 'month') FROM huge WHERE n = 3;
SELECT retention.monthly_amount(99999999999999999999999999999999, interval '20 days');
