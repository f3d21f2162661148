-- mrr_timeline, monthly_amount and unit economics against twins in plain SQL: every
-- customer on every day and in every period; money that breaks floats; merging in any
-- order and partition; parallel plans; limits.
-- Run: pg_prove -d DATABASE test/pgtap/timeline.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(44);
SELECT setseed(0.49);

-- ---------------------------------------------------------------- the data

-- Customers with one line and with many, discounts, free lines, cents, lines that abut,
-- have no length or no end, and products whose names sort otherwise than their bytes.
CREATE TABLE lines AS
SELECT customer, part, started_on, CASE WHEN open THEN NULL ELSE started_on + length END AS ended_on, mrr, product
FROM (
  SELECT customer, floor(random() * 4)::integer AS part,
    DATE '2023-11-15' + floor(random() * 500)::integer AS started_on,
    (ARRAY[0, 1, 14, 30, 31, 90, 365])[1 + floor(random() * 7)::integer] AS length, random() < 0.2 AS open,
    (ARRAY[49, 0.1, 0.2, -0.3, 0.000001, 0, 10, -10, 20, 33.33, 1e20, 166.666667])[1 + floor(random() * 12)::integer] AS mrr,
    (ARRAY[NULL, '', 'a', 'B', 'b', 'é', 'a b', 'aa'])[1 + floor(random() * 8)::integer] AS product
  FROM generate_series(1, 150) AS customer, generate_series(1, (ARRAY[1, 2, 3, 8, 40])[1 + customer % 5])) AS drawn;
INSERT INTO lines SELECT 1000 + n, 0, NULL, NULL, 1, 'a' FROM generate_series(1, 3) AS n;
INSERT INTO lines SELECT customer, 0, started_on, NULL, NULL, product FROM lines WHERE customer % 7 = 0;
INSERT INTO lines SELECT customer, 1, ended_on, NULL, mrr, product FROM lines WHERE customer % 11 = 0 AND ended_on IS NOT NULL;
ANALYZE lines;

-- The lines that contribute.
CREATE TABLE twin.lines AS
SELECT customer, started_on, coalesce(ended_on, 'infinity') AS ended_on, mrr, product
FROM lines WHERE started_on IS NOT NULL AND mrr IS NOT NULL AND started_on IS DISTINCT FROM ended_on;
CREATE INDEX ON twin.lines (customer);
ANALYZE twin.lines;
CREATE TABLE timelines AS
SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS plain, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS t
FROM lines GROUP BY customer;
ANALYZE timelines;

SELECT set_eq('SELECT customer FROM timelines WHERE t IS NOT NULL', 'SELECT DISTINCT customer FROM twin.lines', 'a timeline for who has a line that contributes');
SELECT is_empty('SELECT customer FROM timelines WHERE (t IS NULL) <> (plain IS NULL)', 'with and without products');

-- --------------------------------------------------------- 1. days and changes

CREATE TABLE twin.days (customer integer, day date, mrr numeric);
INSERT INTO twin.days
SELECT customer, day::date, greatest(0, coalesce((SELECT sum(mrr) FROM twin.lines AS l WHERE l.customer = c.customer AND started_on <= day AND day < ended_on), 0))
FROM (SELECT DISTINCT customer FROM twin.lines WHERE customer % 4 = 0) AS c, generate_series(TIMESTAMP '2023-11-10', '2026-07-01', '1 day') AS day;
SELECT is_empty('SELECT customer, day FROM twin.days JOIN timelines USING (customer) WHERE retention.mrr_at(t, day) IS DISTINCT FROM mrr', 'mrr_at = twin, with products');
SELECT is_empty('SELECT customer, day FROM twin.days JOIN timelines USING (customer) WHERE retention.mrr_at(plain, day) IS DISTINCT FROM mrr', 'and without');

CREATE TABLE twin.deltas AS
SELECT customer, product, day, sum(mrr) AS delta
FROM (SELECT customer, product, started_on AS day, mrr FROM twin.lines UNION ALL SELECT customer, product, ended_on, -mrr FROM twin.lines WHERE isfinite(ended_on)) AS d
GROUP BY customer, product, day;
SELECT results_eq($$SELECT customer, c.* FROM timelines, retention.mrr_changes(t) AS c ORDER BY customer, day, convert_to(product, 'UTF8') NULLS FIRST$$,
  $$SELECT customer, day, product, sum(delta) OVER (PARTITION BY customer, product ORDER BY day) FROM (SELECT * FROM twin.deltas WHERE delta <> 0) AS d
    ORDER BY customer, day, convert_to(product, 'UTF8') NULLS FIRST$$, 'mrr_changes = twin');
SELECT results_eq($$SELECT customer, c.* FROM timelines, retention.mrr_changes(plain) AS c ORDER BY customer, day$$,
  $$SELECT customer, day, NULL::text, sum(delta) OVER (PARTITION BY customer ORDER BY day)
    FROM (SELECT customer, day, sum(delta) AS delta FROM twin.deltas GROUP BY customer, day HAVING sum(delta) <> 0) AS d ORDER BY customer, day$$,
  'mrr_changes without products = twin');
SELECT is_empty($$
  SELECT customer FROM timelines, LATERAL (SELECT array_agg(ROW(day, product) ORDER BY n) AS listed, array_agg(ROW(day, product) ORDER BY day, convert_to(product, 'UTF8') NULLS FIRST) AS ordered
    FROM retention.mrr_changes(t) WITH ORDINALITY AS c (day, product, mrr, n)) AS rows WHERE listed IS DISTINCT FROM ordered
$$, 'mrr_changes come by day, then by the bytes of the product, NULL first');

-- ------------------------------------------------------------- 2. movements

CREATE FUNCTION twin.movements(spec text) RETURNS TABLE (customer integer, period_start date, previous_mrr numeric, mrr numeric, mrr_change numeric, movement text)
LANGUAGE sql AS $$
  WITH cuts AS (
    SELECT start::date AS start, (start + step)::date AS next
    FROM (SELECT split_part(spec, ' ', 1) AS unit, coalesce(substring(spec FROM 'week_start=(\d)')::integer, 1) - 1 AS shift) AS s,
      LATERAL (SELECT CASE unit WHEN 'quarter' THEN INTERVAL '3 months' ELSE ('1 ' || unit)::interval END AS step) AS t,
      generate_series(date_trunc(unit, TIMESTAMP '2023-11-10' - shift * INTERVAL '1 day') + shift * INTERVAL '1 day', '2027-01-31', step) AS start
  ), ends AS (
    SELECT c.customer, start, greatest(0, coalesce((SELECT sum(l.mrr) FROM twin.lines AS l WHERE l.customer = c.customer AND started_on < next AND next <= ended_on), 0)) AS mrr
    FROM cuts, (SELECT DISTINCT l.customer FROM twin.lines AS l) AS c
  ), steps AS (
    SELECT *, lag(mrr, 1, 0::numeric) OVER w AS before, coalesce(max(mrr) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) > 0 AS has_paid
    FROM ends WINDOW w AS (PARTITION BY ends.customer ORDER BY start)
  )
  SELECT customer, start, before, mrr, mrr - before,
    CASE WHEN before = 0 THEN CASE WHEN has_paid THEN 'reactivation' ELSE 'new_business' END
         WHEN mrr = 0 THEN 'churn' WHEN mrr > before THEN 'expansion' ELSE 'contraction' END
  FROM steps WHERE mrr <> before
$$;
SELECT results_eq(format($$SELECT customer, m.* FROM timelines, retention.mrr_movements(t, %L, to_day => '2027-02-01') AS m ORDER BY customer, period_start$$, spec),
  format('SELECT * FROM twin.movements(%L) ORDER BY customer, period_start', spec), 'mrr_movements = twin: ' || spec)
FROM unnest(ARRAY['week', 'week week_start=7', 'week week_start=4', 'month', 'quarter', 'year']) AS spec;
SELECT is_empty($$
  SELECT customer FROM timelines, LATERAL (SELECT string_agg(m::text, ';') AS got FROM retention.mrr_movements(t, 'day') AS m) AS a,
    LATERAL (SELECT string_agg(m::text, ';') AS wanted FROM retention.mrr_movements(plain, 'day') AS m) AS b WHERE got IS DISTINCT FROM wanted
$$, 'the MRR of a customer does not depend on products');
SELECT is_empty($$
  SELECT customer FROM timelines, LATERAL (SELECT DATE '2023-11-15' + customer AS from_day, DATE '2023-11-15' + customer + customer % 45 AS to_day) AS r,
    LATERAL (SELECT string_agg(m::text, ';') AS got FROM retention.mrr_movements(t, 'month', from_day, to_day) AS m) AS a,
    LATERAL (SELECT string_agg(m::text, ';') AS wanted FROM retention.mrr_movements(t, 'month') AS m
      WHERE from_day < to_day AND period_start < to_day AND period_start + INTERVAL '1 month' > from_day) AS b
  WHERE got IS DISTINCT FROM wanted
$$, 'mrr_movements of a range: the periods with a day in it');

-- ------------------------------------------------- 3. bytes: order and partition

CREATE TABLE answers AS SELECT customer, t::text AS t, plain::text AS plain FROM timelines WHERE t IS NOT NULL;
CREATE VIEW contributing AS SELECT * FROM lines WHERE customer < 1000;
SELECT is_empty(format($$
  SELECT customer FROM answers FULL JOIN (
    SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr, product ORDER BY %1$s)::text AS got,
      retention.mrr_timeline_agg(started_on, ended_on, mrr ORDER BY %1$s)::text AS got_plain
    FROM contributing GROUP BY customer) AS g USING (customer) WHERE got IS DISTINCT FROM t OR got_plain IS DISTINCT FROM plain
$$, ordering), 'identical bytes in the order ' || ordering)
FROM unnest(ARRAY['started_on', 'started_on DESC', 'mrr, product', 'md5(contributing::text)']) AS ordering;
SELECT is_empty($$
  SELECT customer FROM answers FULL JOIN (SELECT customer, retention.merge_agg(t)::text AS got, retention.merge_agg(plain)::text AS got_plain FROM (
    SELECT customer, part, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS t, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS plain
    FROM contributing GROUP BY customer, part) AS parts GROUP BY customer) AS g USING (customer)
  WHERE got IS DISTINCT FROM t OR got_plain IS DISTINCT FROM plain
$$, 'identical bytes of four parts, merged');
SELECT is_empty($$
  SELECT customer FROM answers JOIN (
    SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) FILTER (WHERE part < 2) AS a,
      retention.mrr_timeline_agg(started_on, ended_on, mrr, product) FILTER (WHERE part >= 2) AS b
    FROM contributing GROUP BY customer) AS g USING (customer)
  WHERE retention.combine(a, b)::text IS DISTINCT FROM t OR (b OPERATOR(retention.+) a)::text IS DISTINCT FROM t
$$, 'combine, both ways');
SELECT is_empty($$SELECT customer FROM answers WHERE t::retention.mrr_timeline::text <> t OR plain::retention.mrr_timeline::text <> plain$$, 'text and back');

-- ---------------------------------------------------------------- 4. invoices

SELECT is_empty(format($$
  SELECT customer FROM (
    SELECT customer, retention.invoice_timeline_agg(started_on, mrr, %1$L)::text AS got,
      retention.mrr_timeline_agg(retention.period_start(started_on, %1$L), retention.period_end(started_on, %1$L), mrr)::text AS wanted
    FROM lines GROUP BY customer) AS g WHERE got IS DISTINCT FROM wanted
$$, spec), 'an invoice is a line of its period: ' || spec)
FROM unnest(ARRAY['day', 'week week_start=7', 'month', 'quarter', 'year']) AS spec;

-- ------------------------------------------------------------------- 5. plans

SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL enable_hashagg = on;
ALTER TABLE lines SET (parallel_workers = 2);
SELECT matches(twin.plan_of('SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) FROM lines GROUP BY customer'), 'Partial', 'a parallel plan');
SELECT is_empty($$
  SELECT customer FROM answers FULL JOIN (
    SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr, product)::text AS got FROM lines GROUP BY customer) AS g USING (customer)
  WHERE got IS DISTINCT FROM t
$$, 'identical bytes in parallel');
SELECT is((SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr, product)::text FROM lines),
  (SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr, product ORDER BY mrr)::text FROM lines), 'a single one of all lines, in parallel');

-- --------------------------------------------------------- 6. monthly amounts

SELECT is_empty($$
  SELECT * FROM generate_series(0, 30) AS months, generate_series(0, 40) AS days, unnest(ARRAY[1, 0.01, -2000, 49.99, 123456789012345678901234.567891]) AS amount
  WHERE months + days > 0 AND retention.monthly_amount(amount, make_interval(months => months, days => days))
    IS DISTINCT FROM trim_scale(round(amount::numeric(60, 30) * 1461 / (months * 1461 + days * 48), 6))
$$, 'monthly_amount = twin');
SELECT is_empty($$
  SELECT * FROM generate_series(1, 60) AS count, (VALUES ('day', INTERVAL '1 day'), ('week', '7 days'), ('month', '1 month'), ('quarter', '3 months'), ('year', '1 year')) AS v (unit, step)
  WHERE retention.monthly_amount(1999.99, unit, count) IS DISTINCT FROM retention.monthly_amount(1999.99, count * step)
$$, 'monthly_amount by unit = by interval');
SELECT is_empty($$
  SELECT n FROM generate_series(-2000, 2000) AS n, LATERAL (SELECT n / 64.0 AS exact) AS e
  WHERE retention.monthly_amount(n / 1000000.0, 'month', 2) IS DISTINCT FROM round(n / 2000000.0, 6)
$$, 'rounded half away from zero');

-- ----------------------------------------------------------- 7. money exactly

CREATE FUNCTION twin.line_of(amount numeric) RETURNS retention.mrr_timeline LANGUAGE sql IMMUTABLE AS $$
  SELECT retention.mrr_timeline_agg(DATE '2024-01-01', NULL, a) FROM (VALUES (amount)) AS v (a)
$$;
SELECT is_empty($$
  SELECT n, amount FROM generate_series(-31, 31) AS n, unnest(ARRAY[1, 9.999999, 0.000001, 123456.789, 9999, 10000, 10001, 0.01, 0.0001, 0.0099, 5]) AS u,
    LATERAL (SELECT trim_scale(round(u * 10::numeric ^ n * sign(n + 0.5), 6)) AS amount) AS a
  WHERE abs(amount) < 1e32 AND (retention.mrr_at(twin.line_of(amount), '2024-01-01') IS DISTINCT FROM greatest(0, amount)
    OR (SELECT mrr FROM retention.mrr_changes(twin.line_of(amount))) IS DISTINCT FROM nullif(amount, 0))
$$, 'amounts of every size come back as they were');
SELECT is(array_agg(scale(retention.mrr_at(twin.line_of(amount), '2024-01-01')) ORDER BY n), '{2,2,2,3,4,5,6,2,6}', 'two decimals, or as many as there are')
FROM unnest(ARRAY[0, 49, 49.50, 49.125, 0.0001, 0.00001, 0.000001, 1e30, 12345678901234567890.000001]) WITH ORDINALITY AS a (amount, n);
SELECT is(retention.mrr_at((SELECT retention.mrr_timeline_agg('2024-01-01'::date, NULL, amount) FROM unnest(ARRAY[0.1, 0.2, -0.3]) AS amount), '2024-01-01'), 0::numeric, '0.1 + 0.2 - 0.3 is 0');
SELECT is(retention.mrr_at((SELECT retention.mrr_timeline_agg('2024-01-01'::date, NULL, 0.01) FROM generate_series(1, 100000)), '2024-01-01'), 1000.00, 'a hundred thousand cents are a thousand');

-- ------------------------------------------------------------ 8. unit economics

SELECT is_empty($$
  SELECT customers, margin, churn, reduction, periods
  FROM unnest(ARRAY[0, 1, 1000, 123456]) AS customers, unnest(ARRAY[100, 0.333333, -5]) AS margin, unnest(ARRAY[0.01, 0.1, 0.35, 1]) AS churn,
    unnest(ARRAY[0, 0.01, 0.005, -0.0]) AS reduction, unnest(ARRAY[0, 1, 2, 12, 120]) AS periods
  WHERE retention.profit_uplift(customers, margin, churn::double precision, reduction::double precision, 7.5, periods) IS DISTINCT FROM
    (SELECT round(customers * margin * coalesce(sum(round(1 - (churn - reduction), 50) ^ t - round(1 - churn, 50) ^ t), 0) - 7.5, 6) FROM generate_series(1, periods) AS t)
$$, 'profit_uplift = the sum, period by period');
SELECT is_empty($$
  SELECT churn, reduction FROM unnest(ARRAY[0.05, 0.1, 0.35]) AS churn, unnest(ARRAY[0, 0.01, 0.02]) AS reduction
  WHERE abs(retention.profit_uplift(1000, 100, churn::double precision, reduction::double precision)
    - retention.profit_uplift(1000, 100, churn::double precision, reduction::double precision, 0, 100000)) > 0
$$, 'for ever is the limit');

-- ------------------------------------------------------------------ 9. limits

SELECT is(retention.mrr_at((SELECT retention.mrr_timeline_agg('2024-01-01'::date, NULL, amount) FROM unnest(ARRAY[9e31, 99999999999999999999999999999999.999999 - 9e31]) AS amount), '2024-01-01'),
  99999999999999999999999999999999.999999, 'the largest sum');
SELECT twin.fails($$SELECT retention.mrr_timeline_agg('2024-01-01'::date, NULL, amount) FROM unnest(ARRAY[9e31, 1e31]) AS amount$$, '22003', 'sum of money is out of range', 'a larger one');
SELECT twin.fails($$SELECT retention.mrr_at((SELECT retention.mrr_timeline_agg('2024-01-01'::date, NULL, amount, amount::text) FROM unnest(ARRAY[9e31, 1e31]) AS amount), '2024-01-01')$$,
  '22003', 'sum of money is out of range', 'one of several products');
SELECT is((SELECT count(*) FROM retention.mrr_movements((SELECT retention.mrr_timeline_agg(DATE '4714-11-24 BC', DATE '5874897-12-31', 1)), 'day')), 2::bigint, 'from the first date to the last');
SELECT is((SELECT count(*) FROM retention.mrr_changes((SELECT retention.mrr_timeline_agg(DATE '2024-01-01' + n, DATE '2024-01-01' + n + 1, n, 'product ' || n) FROM generate_series(1, 20000) AS n))),
  40000::bigint, 'twenty thousand products');

SELECT * FROM finish();
ROLLBACK;
