-- Recurring revenue: worked examples, limits, and every error message. Timelines of one
-- customer: timeline.sql. Random data are compared with a plain-SQL twin in
-- test/pgtap/revenue.sql.
SET DateStyle TO 'ISO, YMD';
SET extra_float_digits = 0;
\pset null NULL

-- a year at 2000, two seats at 30 more, without them again, gone
CREATE TEMP TABLE subscription (customer bigint, started_on date, ended_on date, mrr numeric, product text);
INSERT INTO subscription VALUES
  (1, '2024-01-10', '2024-05-31', retention.monthly_amount(2000, INTERVAL '1 year'), 'yearly'),
  (1, '2024-02-20', '2024-03-20', 60, 'seats'),
  (NULL, '2023-01-01', NULL, 10, 'x'), (2, NULL, NULL, 10, 'x'), (2, '2023-01-01', NULL, NULL, 'x'),
  (3, '2022-01-01', '2022-01-01', 10, 'x');
SELECT period_start, period_end, starting_mrr AS starting, new_business_mrr AS new, expansion_mrr AS expansion,
       contraction_mrr AS contraction, churned_mrr AS churned, ending_mrr AS ending, is_complete
FROM retention.revenue_bridge((SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') FROM subscription),
                              as_of => DATE '2024-05-30');
-- the last started_on is where it ends otherwise
SELECT max(period_start), bool_and(is_complete)
FROM retention.revenue_bridge((SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') FROM subscription));
-- the same from timelines, and with products
CREATE TEMP TABLE timeline AS
SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS t,
       retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS by_product
FROM subscription WHERE customer IS NOT NULL GROUP BY customer;
SELECT (SELECT retention.revenue_agg(t, 'month') FROM timeline)
       = (SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') FROM subscription) AS same,
       (SELECT retention.revenue_agg(by_product, 'month') FROM timeline)
       = (SELECT retention.revenue_agg('c' || customer, started_on, ended_on, mrr, 'month', product) FROM subscription) AS same_with_products;

-- all columns
\x on
SELECT * FROM retention.revenue_bridge((SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'quarter', product)
  FROM (VALUES (1, date '2024-01-10', date '2024-04-03', 100, 'a'), (1, '2024-04-01', NULL, 80, 'b'), (1, '2024-05-01', NULL, 40, NULL),
               (2, '2024-03-31', NULL, 19.99, 'a'), (2, '2024-04-01', NULL, -19.995, 'discount'),
               (3, '2024-02-01', '2024-03-01', 7, 'a'), (3, '2024-06-30', '9999-12-31', 7, 'a'),
               (4, '2024-02-01', '2024-06-30', 50, 'a')) v(customer, started_on, ended_on, mrr, product)))
WHERE period_start = '2024-04-01';
\x off

-- rates: 100 at the start, 10 churned, 10 contracted, 10 expanded
SELECT round(revenue_churn_rate::numeric, 3) AS churn, round(gross_mrr_churn_rate::numeric, 3) AS gross, round(net_mrr_churn_rate::numeric, 3) AS net,
       round(gross_revenue_retention::numeric, 3) AS grr, round(net_revenue_retention::numeric, 3) AS nrr, round(quick_ratio::numeric, 3) AS quick
FROM retention.revenue_bridge((SELECT retention.revenue_agg(c, s, e, m, 'month')
  FROM (VALUES (1, date '2024-01-01', date '2024-02-01', 10), (2, '2024-01-01', '2024-02-01', 40), (2, '2024-02-01', NULL, 30),
               (3, '2024-01-01', NULL, 50), (3, '2024-02-15', NULL, 10)) v(c, s, e, m)))
WHERE period_start = '2024-02-01';
-- retention is by customer: 100 -> 0 and 100 -> 250 retain half, not all
SELECT gross_revenue_retention, net_revenue_retention
FROM retention.revenue_bridge((SELECT retention.revenue_agg(c, s, e, m, 'month')
  FROM (VALUES (1, date '2024-01-01', date '2024-02-10', 100), (2, '2024-01-01', NULL, 100), (2, '2024-02-10', NULL, 150)) v(c, s, e, m)))
WHERE period_start = '2024-02-01';
-- to nothing is churn, not contraction; from nothing is a return, not expansion. Paying
-- in January and in March: a gap of 1
CREATE TEMP TABLE gap AS
SELECT retention.revenue_agg(c, s, e, m, 'month') AS s
FROM (VALUES (1, date '2024-01-01', date '2024-02-01', 50), (1, '2024-03-01', '2024-04-01', 50), (1, '2024-07-01', NULL, 60)) v(c, s, e, m);
SELECT w.n AS reactivation_within, b.period_start, b.new_customers AS new, b.new_business_mrr AS new_mrr, b.reactivated_customers AS back, b.reactivation_mrr AS back_mrr,
       b.churned_customers AS churned, b.churned_mrr, b.ending_customers AS ending
FROM gap, (VALUES (NULL), (0), (1), (3), (4)) w(n), retention.revenue_bridge(s, reactivation_within => w.n) b
WHERE b.new_customers + b.reactivated_customers + b.churned_customers > 0 ORDER BY w.n NULLS FIRST, b.period_start;
SELECT quick_ratio, quick_ratio_with_reactivation, net_mrr_churn_rate, net_mrr_churn_rate_with_reactivation
FROM retention.revenue_bridge((SELECT retention.revenue_agg(c, s, e, m, 'month')
  FROM (VALUES (1, date '2024-01-01', date '2024-01-31', 50), (1, '2024-03-01', NULL, 50),
               (2, '2024-01-01', '2024-03-31', 50), (2, '2023-12-01', '2024-01-01', 50), (1, '2023-12-01', '2024-01-01', 50)) v(c, s, e, m)))
WHERE period_start = '2024-03-01';

-- upselling and cross-selling
SELECT v.change, b.expansion_mrr, b.upsell_mrr, b.cross_sell_mrr, b.upsell_customers, b.cross_sell_customers, b.upsell_rate, b.cross_sell_rate
FROM (SELECT change, retention.revenue_agg(1, s, e, m, 'month', p) AS s
      FROM (VALUES ('1: A 50 -> B 80', date '2024-01-01', date '2024-02-10', 50, 'A'), ('1: A 50 -> B 80', '2024-02-10', NULL, 80, 'B'),
                   ('2: A 50 -> A 70 + B 30', '2024-01-01', '2024-02-10', 50, 'A'), ('2: A 50 -> A 70 + B 30', '2024-02-10', NULL, 70, 'A'),
                   ('2: A 50 -> A 70 + B 30', '2024-02-10', NULL, 30, 'B'),
                   ('3: A 50 -> A 40 + B 30', '2024-01-01', '2024-02-10', 50, 'A'), ('3: A 50 -> A 40 + B 30', '2024-02-10', NULL, 40, 'A'),
                   ('3: A 50 -> A 40 + B 30', '2024-02-10', NULL, 30, 'B'),
                   ('4: A 50 -> A 50 + NULL 5', '2024-01-01', NULL, 50, 'A'), ('4: A 50 -> A 50 + NULL 5', '2024-02-29', NULL, 5, NULL)) v(change, s, e, m, p)
      GROUP BY change) v, retention.revenue_bridge(v.s) b
WHERE b.period_start = '2024-02-01' ORDER BY v.change;

-- lines in force that add up to nothing or less: not paying, counted apart
SELECT period_start, ending_customers AS paying, ending_mrr, non_positive_customers AS non_positive, non_positive_mrr, churned_customers AS churned, reactivated_customers AS back, arpa
FROM retention.revenue_bridge((SELECT retention.revenue_agg(c, s, e, m, 'month')
  FROM (VALUES (1, date '2024-01-01', date '2024-04-30', 10), (1, '2024-02-01', '2024-03-01', -15.000001), (2, '2024-01-15', '2024-04-01', 0),
               (3, '2024-01-31', NULL, 0.000001), (3, '2024-01-31', NULL, 0.01), (4, '2024-04-01', NULL, 0.02)) v(c, s, e, m)));

-- the state of a period is that of its last day; who came and went inside is neither new
-- nor churned, unless asked for
CREATE TEMP TABLE inside AS
SELECT retention.revenue_agg(c, s, e, m, 'month') AS s
FROM (VALUES (1, date '2024-01-31', date '2024-02-29', 10), (2, '2024-01-31', '2024-03-01', 10), (3, '2024-02-01', '2024-02-29', 10),
             (4, '2024-01-01', NULL, 10), (5, '2024-03-01', NULL, 10)) v(c, s, e, m);
SELECT d.denominator, p.same_period, c.period_start, c.churned_customers AS churned, c.denominator_customers AS of, round(c.customer_churn_rate::numeric, 3) AS rate,
       round(c.ci_low::numeric, 3) AS ci_low, round(c.ci_high::numeric, 3) AS ci_high, c.is_complete
FROM inside, unnest('{start,start_plus_new,average}'::text[]) WITH ORDINALITY d(denominator, i), unnest('{drop,count}'::text[]) WITH ORDINALITY p(same_period, j),
     retention.customer_churn(s, d.denominator, p.same_period) c
ORDER BY d.i, p.j, c.period_start;
-- more churned than the denominator has: no interval
SELECT churned_customers, denominator_customers, customer_churn_rate, ci_low
FROM retention.customer_churn((SELECT retention.revenue_agg(c, s, e, 1, 'month')
  FROM (VALUES (1, date '2024-01-01', date '2024-02-01'), (2, '2024-01-01', '2024-02-01'), (3, '2024-02-01', NULL)) v(c, s, e)), 'average')
WHERE period_start = '2024-02-01';

-- compared with one year earlier
CREATE TEMP TABLE years AS
SELECT retention.mrr_timeline_agg(s, e, m, p) AS t
FROM (VALUES (1, date '2023-01-01', NULL::date, 100, 'a'), (1, '2023-09-01', NULL, 50, 'b'), (2, '2023-01-20', '2024-02-10', 40, 'a'), (2, '2023-10-01', '2024-02-10', -10, 'a'),
             (3, '2023-02-01', '2023-04-01', 30, 'a'), (3, '2024-02-01', NULL, 20, 'b'), (4, '2023-03-01', '2023-03-02', 5, 'a')) v(c, s, e, m, p) GROUP BY c;
SELECT r.* FROM retention.trailing_retention((SELECT retention.revenue_agg(t, 'month') FROM years), as_of => DATE '2024-03-01') r;
SELECT r.base_customers, r.base_mrr, r.retained_customers, r.retained_mrr, r.gross_retained_mrr, r.is_complete
FROM unnest('{week,quarter,year}'::text[]) WITH ORDINALITY u(unit, i), LATERAL (SELECT retention.revenue_agg(t, u.unit) AS s FROM years) y,
     LATERAL (SELECT * FROM retention.trailing_retention(y.s, as_of => DATE '2024-12-31') ORDER BY period_start DESC LIMIT 1) r ORDER BY u.i;

-- revenue cohorts
SELECT cohort_start, period_number AS n, period_start, cohort_customers AS size, customers, initial_mrr, mrr, gross_mrr, round(customer_retention::numeric, 3) AS retention,
       round(net_revenue_retention::numeric, 3) AS nrr, round(gross_revenue_retention::numeric, 3) AS grr, is_complete
FROM retention.revenue_cohorts((SELECT retention.revenue_cohort_agg(t, 'quarter') FROM years), as_of => DATE '2024-06-29');
SELECT count(*) FROM retention.revenue_cohorts((SELECT retention.revenue_cohort_agg(t, 'quarter') FROM years), as_of => DATE '2022-12-31');
SELECT max(period_start) FROM retention.revenue_cohorts((SELECT retention.revenue_cohort_agg(t, 'quarter') FROM years));

-- no rows, nothing that counts, one row
SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month'), retention.revenue_agg(customer, started_on, ended_on, mrr, 'month', product) FROM subscription WHERE false;
SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') FROM subscription WHERE customer IS DISTINCT FROM 1;
SELECT retention.revenue_agg(t, 'month'), retention.revenue_cohort_agg(t, 'month') FROM timeline WHERE false;
SELECT retention.revenue_agg(NULL::retention.mrr_timeline, 'month'), retention.revenue_cohort_agg(NULL::retention.mrr_timeline, 'month');
SELECT retention.merge_agg(s), retention.combine(NULL::retention.revenue_summary, NULL) FROM gap WHERE false;
SELECT retention.merge_agg(s), retention.combine(NULL::retention.revenue_cohort_summary, NULL)
FROM (SELECT retention.revenue_cohort_agg(t, 'month') AS s FROM years) c WHERE false;
SELECT retention.combine(NULL, s) = s AS same, retention.combine(s, NULL) = s AS same FROM gap;
SELECT count(*) FROM retention.revenue_bridge(NULL), retention.trailing_retention(NULL), retention.customer_churn(NULL), retention.revenue_cohorts(NULL);
SELECT count(*) FROM gap, retention.customer_churn(s, NULL);
SELECT count(*) FROM gap, retention.revenue_bridge(s, as_of => DATE '2023-12-31');
-- a line that pays at no period-end, and one that pays nothing: rows, but no cohort
SELECT b.period_start, b.ending_customers, b.non_positive_customers, b.arpa, (SELECT count(*) FROM retention.revenue_cohorts(c.s)) AS cohorts
FROM (SELECT retention.revenue_agg(t, 'month') AS r, retention.revenue_cohort_agg(t, 'month') AS s
      FROM (VALUES ((SELECT retention.mrr_timeline_agg(DATE '2024-01-10', DATE '2024-01-20', 5))), ((SELECT retention.mrr_timeline_agg(DATE '2024-01-10', NULL, 0)))) v(t)) c,
     retention.revenue_bridge(c.r) b;
-- cents that floats cannot hold, and sums beyond a bigint
SELECT ending_mrr, arpa FROM retention.revenue_bridge((SELECT retention.revenue_agg(g, date '2024-01-01', NULL, 0.1, 'month') FROM generate_series(1, 3) g));
SELECT ending_mrr, arpa FROM retention.revenue_bridge((SELECT retention.revenue_agg(g, date '2024-01-01', NULL, 12345678901234567890.123456, 'month') FROM generate_series(1, 7) g));
-- the year 9999 makes no rows
SELECT length(s::text) < 100 AS is_small, (SELECT count(*) FROM retention.revenue_bridge(s))
FROM (SELECT retention.revenue_agg(1, date '2024-01-01', date '9999-12-31', 5, 'day') AS s) v;

-- merging: any partition, any order
CREATE TEMP TABLE part AS
SELECT i, retention.revenue_agg(c, date '2024-01-01' + c * 7 % 300, date '2024-01-01' + c * 7 % 300 + c * 11 % 400, c % 7 - 1, 'month', 'p' || c % 3) AS s
FROM generate_series(1, 300) c, LATERAL (SELECT c % 4 AS i) p GROUP BY i;
SELECT (SELECT retention.merge_agg(s ORDER BY i) FROM part) = whole AS same, (SELECT retention.merge_agg(s ORDER BY i DESC) FROM part) = whole AS same,
       (SELECT retention.combine(retention.merge_agg(s) FILTER (WHERE i = 2), retention.merge_agg(s) FILTER (WHERE i <> 2)) FROM part) = whole AS same,
       whole::text::retention.revenue_summary = whole AS same
FROM (SELECT retention.revenue_agg(c, date '2024-01-01' + c * 7 % 300, date '2024-01-01' + c * 7 % 300 + c * 11 % 400, c % 7 - 1, 'month', 'p' || c % 3) AS whole FROM generate_series(1, 300) c) w;

-- dates
SELECT retention.revenue_agg(1, timestamptz '2024-01-01 00:00Z', NULL, 5, 'month');
SELECT retention.revenue_agg('ann', timestamp '2024-01-01', timestamp '2024-02-01', 5, 'month', 'pro');
SELECT retention.revenue_agg(1, date 'infinity', NULL, 5, 'month');
SELECT retention.revenue_agg(1, date '2024-01-01', 'infinity'::date, 5, 'month');
SELECT retention.revenue_agg(1, date '2024-01-02', date '2024-01-01', 5, 'month');
-- amounts
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, 'NaN', 'month');
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, '-Infinity', 'month');
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, 0.1234567, 'month');
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, 1e32, 'month');
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, 9e31, 'month') FROM generate_series(1, 2);
SELECT retention.revenue_agg(g, date '2024-01-01', NULL, 9e31, 'month') FROM generate_series(1, 2) g;
SELECT retention.revenue_agg(g, date '2024-01-01' + g * 31, NULL, 9e31, 'month') FROM generate_series(1, 2) g;
-- periods
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, 5, NULL);
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, 5, 'month Europe/Berlin');
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, 5, 'month elapsed');
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, 5, 'month brackets=1,3');
SELECT retention.revenue_agg(c, date '2024-01-01', NULL, 5, p) FROM (VALUES (1, 'month'), (2, 'week')) v(c, p);
SELECT retention.revenue_agg(t, 'month Europe/Berlin') FROM timeline;
SELECT retention.revenue_agg(t, NULL) FROM timeline;
SELECT retention.revenue_agg(t, p) FROM timeline, (VALUES ('month'), ('week week_start=7')) v(p);
SELECT retention.revenue_cohort_agg(t, 'week elapsed') FROM timeline;
SELECT retention.revenue_cohort_agg(t, p) FROM timeline, (VALUES ('month'), ('year')) v(p);
-- what does not combine
SELECT retention.revenue_agg(u.t, 'month') FROM timeline, LATERAL (VALUES (t), (by_product)) u(t);
SELECT retention.combine(s, (SELECT retention.revenue_agg(9, date '2024-01-01', NULL, 5, 'month', 'a'))) FROM gap;
SELECT retention.combine(s, (SELECT retention.revenue_agg(9, date '2024-01-01', NULL, 5, 'day'))) FROM gap;
SELECT retention.combine((SELECT retention.revenue_cohort_agg(t, 'month') FROM timeline), (SELECT retention.revenue_cohort_agg(t, 'year') FROM timeline));
-- bad questions
SELECT retention.revenue_bridge(s, as_of => 'infinity') FROM gap;
SELECT retention.revenue_bridge(s, reactivation_within => -1) FROM gap;
SELECT retention.trailing_retention(retention.revenue_agg(1, date '2024-01-01', NULL, 5, 'day'));
SELECT retention.customer_churn(s, 'end') FROM gap;
SELECT retention.customer_churn(s, same_period => 'both') FROM gap;
SELECT retention.customer_churn(s, confidence => 95) FROM gap;
SELECT retention.revenue_bridge(retention.revenue_agg(1, date '2024-01-01', NULL, 5, 'day'), as_of => '150000-01-01');
SELECT retention.revenue_cohorts(c.s, as_of => '150000-01-01') FROM (SELECT retention.revenue_cohort_agg(t, 'day') AS s FROM timeline) c;
-- only as an aggregate
SELECT retention.revenue_agg(1, date '2024-01-01', NULL, 5, 'month') OVER ();

-- beyond work_mem customers go to files; however the query ends, none is left open
SET work_mem = '64kB';
CREATE TABLE many (customer bigint, started_on date, ended_on date, mrr numeric, product text, part integer);
INSERT INTO many SELECT i % 20000, date '2024-01-01' + i / 500, nullif(date '2024-02-01' + i / 300, date '2024-03-01'), i % 9 - 1, nullif('plan ' || i % 5, 'plan 3'), i % 2
FROM generate_series(1, 60000) i;
ANALYZE many;
CREATE TABLE stored AS
SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr) AS t, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS by_product
FROM many GROUP BY customer;
CREATE TEMP TABLE expected AS
SELECT retention.revenue_agg(t, 'month') AS s, retention.revenue_agg(by_product, 'month') AS by_product, retention.revenue_cohort_agg(t, 'month') AS cohorts FROM stored;
SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') = (SELECT s FROM expected) AS same,
       retention.revenue_agg('c' || customer, started_on, ended_on, mrr, 'month', product) = (SELECT by_product FROM expected) AS same,
       retention.revenue_agg(md5(customer::text)::uuid, started_on, ended_on, mrr, 'month', product) = (SELECT by_product FROM expected) AS same
FROM many;
SET enable_sort = off;
SELECT part IS NOT NULL AS part, length(s::text) > 0 AS is_there
FROM (SELECT part, retention.revenue_agg(customer, started_on, ended_on, mrr, 'month', product) AS s FROM many GROUP BY part) p LIMIT 1;
RESET enable_sort;
SET parallel_setup_cost = 0;
ALTER FUNCTION retention.revenue_pass_serialize(internal) COST 1;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  line text;
  found boolean := false;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
    found := found OR line ~ 'Partial Aggregate';
  END LOOP;
  RETURN found;
END $$;
SELECT pg_temp.is_parallel('SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, ''month'', product) FROM many') AS single_pass,
       pg_temp.is_parallel('SELECT retention.revenue_agg(t, ''month''), retention.revenue_cohort_agg(t, ''month'') FROM stored') AS timelines;
SELECT retention.revenue_agg(t, 'month') = (SELECT s FROM expected) AS same,
       retention.revenue_agg(by_product, 'month') = (SELECT by_product FROM expected) AS same,
       retention.revenue_cohort_agg(by_product, 'month') = (SELECT cohorts FROM expected) AS same
FROM stored;
SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') = (SELECT s FROM expected) AS same,
       retention.revenue_agg('c' || customer, started_on, ended_on, mrr, 'month', product) = (SELECT by_product FROM expected) AS same
FROM many;
SELECT count(*) AS files_left FROM pg_ls_tmpdir();
SET max_parallel_workers_per_gather = 0;
-- a hash table of groups that is scanned again asks for its results again
SET enable_sort = off;
SELECT v.x, array_agg((SELECT sum(new_customers) FROM retention.revenue_bridge(s.s, as_of => DATE '2030-01-01')) ORDER BY s.part) AS customers
FROM (VALUES (1), (2), (3)) v(x),
     LATERAL (SELECT part, retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') AS s FROM many GROUP BY part HAVING count(*) > v.x OFFSET 0) s
GROUP BY v.x ORDER BY v.x;
RESET enable_sort;
RESET max_parallel_workers_per_gather;
-- states of different periods do not meet, in whatever plan
CREATE TABLE parts (c bigint, d date, p text) PARTITION BY LIST (p);
CREATE TABLE parts_month PARTITION OF parts FOR VALUES IN ('month');
CREATE TABLE parts_week PARTITION OF parts FOR VALUES IN ('week');
INSERT INTO parts VALUES (1, '2024-01-01', 'month'), (2, '2024-01-01', 'week');
ANALYZE parts;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
SELECT retention.revenue_agg(c, d, NULL, 1, p) FROM parts;
DROP TABLE parts;
DROP TABLE many;
DROP TABLE stored;
-- bytes with the largest amounts: an expansion by almost 10^32 of which cross-selling takes as much away
SELECT '\x0107010003013f2200003f220000000201feffffffff8f918a93e8a3ecd096d4ccf6ac020101fdffffffff8f918a93e8a3ecd096d4ccf6ac02'::retention.revenue_summary;
-- cohorts whose sums go beyond 38 digits: in one period, over periods; customers beyond 2^63 - 1
SELECT retention.revenue_cohort_agg(t, 'month')
FROM (SELECT retention.mrr_timeline_agg(date '2024-01-01', NULL, 99999999999999999999999999999999) FROM generate_series(1, 2) c GROUP BY c) v(t);
SELECT retention.revenue_cohort_agg(t, 'month')
FROM (SELECT retention.mrr_timeline_agg(d, NULL, m)
      FROM (VALUES (1, date '2024-01-01', 1::numeric), (1, '2024-02-01', 60000000000000000000000000000000), (2, '2024-01-01', 1),
                   (2, '2024-03-01', 60000000000000000000000000000000)) v(c, d, m) GROUP BY c) v(t);
SELECT retention.combine('\x0108000003013f2200003f2200000000feffffffffffffffff01feffffffffffffffff01feffffffffffffffff01'::retention.revenue_cohort_summary,
                         '\x0108000003015e2200005e2200000000feffffffffffffffff01feffffffffffffffff01feffffffffffffffff01');
