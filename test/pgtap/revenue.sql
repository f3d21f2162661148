-- revenue: mrr_timeline, revenue_summary, revenue_cohort_summary and their accessors
-- against a plain-SQL twin (revenue_twin.psql) on random subscriptions: every unit, with
-- and without products; single pass = two-stage = twin, in any order and partition;
-- identities; call shapes, errors, text and binary form, parallel plans.
-- Published numbers and real exports: revenue_truths.sql.
-- Run: pg_prove -d DATABASE test/pgtap/revenue.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
\ir revenue_twin.psql
SELECT plan(605);
SELECT setseed(0.2025);

-- ------------------------------------------------------ 1. worked examples

-- Ann pays 50, from 10 March 80. Bob leaves on the last day of February and comes back in April. Dan pays 60, from
-- the last day of March 40. Eve comes and goes inside February. Flo has an offer that ends in the year 9999.
INSERT INTO twin.subscriptions VALUES
  ('example', 1, '2024-01-15', '2024-03-10', 50, 'A'), ('example', 1, '2024-03-10', NULL, 80, 'B'), ('example', 2, '2024-01-31', '2024-02-29', 30, 'A'), ('example', 2, '2024-04-02', NULL, 20, 'A'),
  ('example', 3, '2024-02-01', '2024-03-31', 60, 'A'), ('example', 3, '2024-03-31', '2024-05-01', 40, 'A'), ('example', 4, '2024-02-10', '2024-02-20', 40, 'A'), ('example', 5, '2024-04-30', '9999-12-31', 7.5, NULL);
INSERT INTO twin.specs VALUES ('example', 'month', '2024-12-31'), ('example', 'year', '2025-12-31');
SELECT twin.compute();
CREATE TABLE example AS SELECT customer, started_on, ended_on, mrr, product FROM twin.subscriptions;
CREATE TABLE example_summary AS
SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') AS s, retention.revenue_agg(customer, started_on, ended_on, mrr, 'month', product) AS with_products FROM example;

\set columns 'period_start, starting_mrr, new_business_mrr, expansion_mrr, contraction_mrr, churned_mrr, reactivation_mrr, ending_mrr, starting_customers, new_customers, expanded_customers, contracted_customers, churned_customers, reactivated_customers, ending_customers, is_complete'
\set wanted 'VALUES (DATE ''2024-01-01'', 0::numeric, 80::numeric, 0::numeric, 0::numeric, 0::numeric, 0::numeric, 80::numeric, 0::bigint, 2::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 2::bigint, true), (''2024-02-01'', 80, 60, 0, 0, 30, 0, 110, 2, 1, 0, 0, 1, 0, 2, true), (''2024-03-01'', 110, 0, 30, 20, 0, 0, 120, 2, 0, 1, 1, 0, 0, 2, true), (''2024-04-01'', 120, 7.5, 0, 0, 0, 20, 147.5, 2, 1, 0, 0, 0, 1, 4, true), (''2024-05-01'', 147.5, 0, 0, 0, 40, 0, 107.5, 4, 0, 0, 0, 1, 0, 3, false)'
SELECT results_eq(format('SELECT %s FROM twin.revenue_bridge(''example'', ''month'', false, ''2024-05-30'')', :'columns'), :'wanted', 'revenue_bridge: five customers, by the twin');
SELECT results_eq(format('SELECT %s FROM example_summary, retention.revenue_bridge(s, ''2024-05-30'')', :'columns'), :'wanted', 'revenue_bridge: five customers');
SELECT results_eq(format('SELECT %s FROM example_summary, retention.revenue_bridge(s)', :'columns'), format('%s LIMIT 4', :'wanted'), 'as_of: the last start, and the end that comes later is not seen');
SELECT results_eq(format('SELECT %s FROM example_summary, retention.revenue_bridge(with_products, as_of => ''2024-05-30'', reactivation_within => 2)', :'columns'), :'wanted', 'Bob''s gap is two');
SELECT results_eq($$SELECT new_business_mrr, reactivation_mrr, new_customers, reactivated_customers FROM example_summary, retention.revenue_bridge(s, reactivation_within => 1) WHERE period_start = '2024-04-01'$$,
  'VALUES (27.5, 0::numeric, 2::bigint, 0::bigint)', '... so within one he is a new customer');
-- Ann's change of product is an upsell; the products of the others stay.
SELECT results_eq($$SELECT period_start, upsell_mrr, cross_sell_mrr, upsell_customers, cross_sell_customers, upsell_rate, cross_sell_rate FROM example_summary, retention.revenue_bridge(with_products)$$,
  $$VALUES (DATE '2024-01-01', 0::numeric, 0::numeric, 0::bigint, 0::bigint, NULL::double precision, NULL::double precision), ('2024-02-01', 0, 0, 0, 0, 0, 0), ('2024-03-01', 30, 0, 1, 0, 0.5, 0), ('2024-04-01', 0, 0, 0, 0, 0, 0)$$,
  'upsell and cross-selling of the same');
SELECT is((SELECT count(*) FROM example_summary, retention.revenue_bridge(s) WHERE num_nonnulls(upsell_mrr, cross_sell_mrr, upsell_customers, cross_sell_customers, upsell_rate, cross_sell_rate) > 0), 0::bigint,
  'without products they are NULL');
SELECT results_eq(format('SELECT churned_customers, denominator_customers, customer_churn_rate FROM example_summary, retention.customer_churn(s, %L, %L) WHERE period_start = ''2024-02-01''', denominator, same_period),
  format('VALUES (%s::bigint, %s::double precision, %s::double precision)', churned, base, rate), format('February: Bob %s, by %s', CASE same_period WHEN 'count' THEN 'and Eve' ELSE 'left' END, denominator))
FROM (VALUES ('start', 'drop', 1, 2, 0.5), ('start', 'count', 2, 2, 1), ('start_plus_new', 'drop', 1, 3, 1.0 / 3), ('start_plus_new', 'count', 2, 4, 0.5), ('average', 'drop', 1, 2, 0.5),
  ('average', 'count', 2, 2, 1)) AS ways (denominator, same_period, churned, base, rate);
SELECT results_eq($$SELECT cohort_start, period_number, cohort_customers, customers, initial_mrr, mrr, gross_mrr
  FROM retention.revenue_cohorts((SELECT retention.revenue_cohort_agg(t, 'month') FROM (SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr) AS t FROM example GROUP BY customer) AS per_customer))$$,
  $$VALUES (DATE '2024-01-01', 0, 2::bigint, 2::bigint, 80::numeric, 80::numeric, 80::numeric), ('2024-01-01', 1, 2, 1, 80, 50, 50), ('2024-01-01', 2, 2, 1, 80, 80, 50), ('2024-01-01', 3, 2, 2, 80, 100, 50),
    ('2024-02-01', 0, 1, 1, 60, 60, 60), ('2024-02-01', 1, 1, 1, 60, 40, 40), ('2024-02-01', 2, 1, 1, 60, 40, 40), ('2024-04-01', 0, 1, 1, 7.5, 7.5, 7.5)$$, 'revenue_cohorts of the same: Eve is in none');
SELECT results_eq($$SELECT customer, period_start, previous_mrr, m.mrr, mrr_change, movement FROM (SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS t FROM example GROUP BY customer) AS per_customer,
    retention.mrr_movements(t, 'month') AS m ORDER BY customer, period_start$$,
  $$VALUES (1, DATE '2024-01-01', 0::numeric, 50::numeric, 50::numeric, 'new_business'), (1, '2024-03-01', 50, 80, 30, 'expansion'), (2, '2024-01-01', 0, 30, 30, 'new_business'), (2, '2024-02-01', 30, 0, -30, 'churn'),
    (2, '2024-04-01', 0, 20, 20, 'reactivation'), (3, '2024-02-01', 0, 60, 60, 'new_business'), (3, '2024-03-01', 60, 40, -20, 'contraction'), (3, '2024-05-01', 40, 0, -40, 'churn'),
    (5, '2024-04-01', 0, 7.5, 7.5, 'new_business'), (5, '9999-12-01', 7.5, 0, -7.5, 'churn')$$, 'mrr_movements of the same: a period with a movement each');

-- What an expansion is made of: lines before 1 February and from then on.
CREATE FUNCTION twin.expansion(lines_before jsonb, lines_after jsonb, OUT expansion numeric, OUT upsell numeric, OUT cross_sell numeric, OUT customers text) LANGUAGE sql AS $$
  SELECT expansion_mrr, upsell_mrr, cross_sell_mrr, concat_ws(',', CASE WHEN upsell_customers = 1 THEN 'up' END, CASE WHEN cross_sell_customers = 1 THEN 'cross' END)
  FROM retention.revenue_bridge((SELECT retention.revenue_agg(1, day, until, l.mrr::numeric, 'month', nullif(product, 'NULL'))
    FROM (VALUES (DATE '2024-01-10', DATE '2024-02-01', lines_before), ('2024-02-01', NULL, lines_after)) AS halves (day, until, line), jsonb_each_text(line) AS l (product, mrr)))
  WHERE period_start = '2024-02-01'
$$;
SELECT is((SELECT concat_ws(' ', round(expansion), round(upsell), round(cross_sell), customers) FROM twin.expansion(b::jsonb, a::jsonb)), wanted, format('%s becomes %s', b, a))
FROM (VALUES ('{"A": 50}', '{"B": 80}', '30 30 0 up'), ('{"A": 50}', '{"A": 70, "B": 30}', '50 20 30 up,cross'), ('{"A": 50}', '{"B": 40, "C": 40}', '30 0 30 cross'), ('{"A": 50}', '{"A": 20, "B": 80}', '50 0 50 cross'),
  ('{"A": 50, "B": 10}', '{"C": 100}', '40 40 0 up'), ('{"A": 50}', '{"A": 60}', '10 10 0 up'), ('{"A": 50}', '{"A": 45, "B": 3, "C": 4}', '2 0 2 cross'), ('{"A": 50, "B": 60}', '{"C": 30, "D": 40, "E": 90}', '50 0 50 cross'),
  ('{"A": 50, "B": 60}', '{"A": 100, "C": 5, "D": 6}', '1 1 0 up'), ('{"A": 50}', '{"A": 50, "NULL": 10}', '10 0 10 cross'), ('{"NULL": 50}', '{"NULL": 55, "": 10}', '15 5 10 up,cross'),
  ('{"A": 50, "B": -20}', '{"A": 50, "B": -10}', '10 10 0 up'), ('{"A": 50, "B": -20}', '{"A": 50, "B": 1}', '21 20 1 up,cross'), ('{"A": 50, "B": 0}', '{"A": 50, "B": 5}', '5 0 5 cross'),
  ('{"A": 50}', '{"A": 50}', '0 0 0 '), ('{"A": 50}', '{"A": 20, "B": 25}', '0 0 0 ')) AS cases (b, a, wanted);

-- In force and not paying: 50 with a discount of 50 in February, of 60 in March, of none in April.
SELECT results_eq($$SELECT starting_customers, churned_customers, churned_mrr, reactivated_customers, reactivation_mrr, ending_customers, non_positive_customers, non_positive_mrr, arpa
  FROM retention.revenue_bridge((SELECT retention.revenue_agg(1, day, until, mrr, 'month') FROM (VALUES (DATE '2024-01-10', NULL::date, 50), ('2024-02-20', '2024-03-05', -50), ('2024-03-05', '2024-04-10', -60)) AS l (day, until, mrr)), '2024-04-30')$$,
  $$VALUES (0::bigint, 0::bigint, 0::numeric, 0::bigint, 0::numeric, 1::bigint, 0::bigint, 0::numeric, 50::numeric), (1, 1, 50, 0, 0, 0, 1, 0, NULL), (0, 0, 0, 0, 0, 0, 1, -10, NULL), (0, 0, 0, 1, 50, 1, 0, 0, 50)$$,
  'a discount of the whole price: not paying, counted apart, back when it ends');
-- Paying in January and March: gap 1.
SELECT is((SELECT string_agg(concat_ws(' ', new_customers, reactivated_customers), ', ' ORDER BY period_start) FROM retention.revenue_bridge((
    SELECT retention.revenue_agg(1, day, until, 10, 'month') FROM (VALUES (DATE '2024-01-10', DATE '2024-02-10'), ('2024-03-10', NULL)) AS l (day, until)), reactivation_within => n)), wanted, 'a gap of 1, reactivation within ' || coalesce(n::text, 'NULL'))
FROM (VALUES (NULL, '1 0, 0 0, 0 1'), (1, '1 0, 0 0, 0 1'), (0, '1 0, 0 0, 1 0'), (100, '1 0, 0 0, 0 1')) AS w (n, wanted);
-- One year earlier: of the 30 of January 2023, 10 is left and grew to 15; 20 left; 40 is new.
SELECT results_eq($$SELECT * FROM retention.trailing_retention((SELECT retention.revenue_agg(c, day, until, mrr, 'month')
    FROM (VALUES (1, DATE '2023-01-31', DATE '2024-01-31', 10), (1, '2024-01-31', NULL, 15), (2, '2023-01-02', '2023-12-24', 20), (3, '2023-02-01', NULL, 40)) AS l (c, day, until, mrr)), '2024-02-10')$$,
  $$VALUES (DATE '2024-01-01', DATE '2023-01-01', 2::bigint, 30::numeric, 1::bigint, 15::numeric, 10::numeric, 0.5::double precision, 0.5::double precision, 1.0::double precision / 3, true),
    ('2024-02-01', '2023-02-01', 3, 70, 2, 55, 50, 2.0::double precision / 3, 55.0::double precision / 70, 50.0::double precision / 70, false)$$, 'trailing_retention: two months');

-- ---------------------------------------------------------------- 2. the data

TRUNCATE twin.subscriptions, twin.specs;
CREATE FUNCTION twin.pick(choices anyarray) RETURNS anyelement LANGUAGE sql VOLATILE AS $$
  SELECT choices[1 + floor(random() * cardinality(choices))::integer]
$$;
-- A number of days, of this mean; often so many that the day falls on the first or the last of a month.
CREATE FUNCTION twin.later(from_day date, mean double precision) RETURNS date LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  day date := from_day + 1 + floor(-ln(1 - random()) * mean)::integer;
  choice integer := floor(random() * 6);
BEGIN
  day := CASE choice WHEN 0 THEN date_trunc('month', day) WHEN 1 THEN date_trunc('month', day) + INTERVAL '1 month -1 day' ELSE day END;
  RETURN greatest(day, from_day + 1);
END
$$;
-- Customers with habits, and lines of theirs until the span's last day.
CREATE FUNCTION twin.subscribe(span text, customer integer, habit integer, day date, last_day date, mean double precision) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
  prices numeric[] := '{19,49,99,249,999}';
  products text[] := '{starter,team,pro,Größe,"",NULL}';
  product text := twin.pick(products);
  plan integer := 1 + floor(random() * 4);
  until date;
BEGIN
  IF habit = 0 THEN -- one line without an end
    INSERT INTO twin.subscriptions VALUES (span, customer, day, NULL, prices[plan], product);
  ELSIF habit IN (1, 2) THEN -- plans one after another, 2: with pauses
    WHILE day <= last_day LOOP
      until := twin.later(day, mean);
      INSERT INTO twin.subscriptions VALUES (span, customer, day, nullif(until, until + CASE WHEN random() < 0.1 THEN 0 END), prices[plan], products[plan]);
      EXIT WHEN random() < 0.12;
      plan := greatest(1, least(5, plan + twin.pick('{-1,0,1,1}'::integer[])));
      day := CASE habit WHEN 1 THEN until ELSE twin.later(until, mean / 2) END;
    END LOOP;
  ELSIF habit = 3 THEN -- several products, overlapping
    FOR i IN 1..2 + floor(random() * 5)::integer LOOP
      INSERT INTO twin.subscriptions VALUES (span, customer, day, CASE WHEN random() < 0.8 THEN twin.later(day, 2 * mean) END, prices[1 + floor(random() * 4)::integer], twin.pick(products));
      day := least(last_day, twin.later(day, mean / 2));
    END LOOP;
  ELSIF habit = 4 THEN -- discounts, some as high as the price and higher
    INSERT INTO twin.subscriptions VALUES (span, customer, day, CASE WHEN random() < 0.5 THEN twin.later(day, 4 * mean) END, 99, 'pro');
    WHILE day <= last_day LOOP
      day := twin.later(day, mean / 2);
      until := twin.later(day, mean / 2);
      INSERT INTO twin.subscriptions VALUES (span, customer, day, until, twin.pick('{-20,-99,-99.01,-150,-33.333333}'::numeric[]), twin.pick('{pro,pro,discount,NULL}'::text[]));
      day := until;
    END LOOP;
  ELSIF habit = 5 THEN -- a trial at no price, paid, paused at no price, paid
    FOR i IN 1..4 LOOP
      until := twin.later(day, mean / 2);
      INSERT INTO twin.subscriptions VALUES (span, customer, day, until, CASE i % 2 WHEN 1 THEN 0 ELSE 49 END, product);
      day := until;
      EXIT WHEN day > last_day;
    END LOOP;
  ELSIF habit = 6 THEN -- a few days now and then
    WHILE day <= last_day LOOP
      until := day + 1 + floor(random() * mean / 15)::integer;
      INSERT INTO twin.subscriptions SELECT span, customer, day, until, prices[plan] + i, product FROM generate_series(0, 1) AS i WHERE random() < 0.7;
      day := twin.later(until, mean / 3);
    END LOOP;
  ELSIF habit = 7 THEN -- 0.10 + 0.20 is 0.30
    WHILE day <= last_day LOOP
      until := twin.later(day, mean / 2);
      INSERT INTO twin.subscriptions SELECT span, customer, day, until, part, product FROM unnest(twin.pick(ARRAY['{0.1,0.2}', '{0.3}', '{0.1,0.1,0.1}', '{0.7,-0.4}', '{1.1,2.2,-3.0}', '{0.30,0.00}'])::numeric[]) AS part;
      day := until;
    END LOOP;
  ELSIF habit = 8 THEN -- the end in the year 9999
    INSERT INTO twin.subscriptions VALUES (span, customer, day, '9999-12-31', prices[plan], product), (span, customer, twin.later(day, mean / 2), '9999-01-01', 5, twin.pick(products));
  ELSIF habit = 9 THEN -- lines of no length, for some these only
    INSERT INTO twin.subscriptions SELECT span, customer, day - i * 10, day - i * 10, prices[plan], product FROM generate_series(0, 3) AS i;
    INSERT INTO twin.subscriptions SELECT span, customer, day, twin.later(day, mean), prices[plan], product WHERE customer % 2 = 0;
  ELSIF habit = 10 THEN -- thirds of a hundred
    WHILE day <= last_day LOOP
      until := twin.later(day, mean);
      INSERT INTO twin.subscriptions SELECT span, customer, day, until, part, products[i]
      FROM unnest(twin.pick(ARRAY['{33.333333,33.333333,33.333334}', '{100.000000}', '{0.000001}', '{66.666667,33.333333}', '{1234567890123.000001}'])::numeric[]) WITH ORDINALITY AS p (part, i);
      day := until;
    END LOOP;
  ELSE -- anything
    INSERT INTO twin.subscriptions SELECT span, customer, start, CASE WHEN random() < 0.85 THEN start + floor(random() * 2 * mean)::integer END, twin.pick('{0,5,10,10.01,-5,-10,120.5,-120.5}'::numeric[]), twin.pick(products)
    FROM generate_series(1, 12) AS i, LATERAL (SELECT least(last_day, twin.later(day, mean * i / 6)) AS start) AS s;
  END IF;
END
$$;
DO $do$
BEGIN
  FOR customer IN 1..220 LOOP
    PERFORM twin.subscribe('long', customer, customer % 12, twin.later('2021-11-01', 240), '2024-06-30', 120);
  END LOOP;
  FOR customer IN 1001..1100 LOOP
    PERFORM twin.subscribe('short', customer, customer % 12, twin.later('2024-01-10', 20), '2024-03-25', 15);
  END LOOP;
END
$do$;
DELETE FROM twin.subscriptions WHERE started_on > CASE span WHEN 'long' THEN DATE '2024-06-30' ELSE DATE '2024-03-25' END;
INSERT INTO twin.subscriptions SELECT span, CASE WHEN i > 1 THEN 7 END, CASE WHEN i <> 2 THEN DATE '2020-01-01' END, NULL, CASE WHEN i <> 3 THEN 1000 END, 'nothing' FROM unnest('{long,short}'::text[]) AS span, generate_series(1, 3) AS i;
INSERT INTO twin.specs VALUES ('long', 'month', '2026-06-30'), ('long', 'quarter', '2026-06-30'), ('long', 'year', '2026-12-31'), ('long', 'week', '2025-03-31'), ('long', 'week week_start=7', '2024-12-31'),
  ('short', 'day', '2024-05-31'), ('short', 'week week_start=3', '2024-05-31'), ('short', 'month', '2024-12-31');
SELECT twin.compute();

-- The same rows, shuffled, under keys of every type.
CREATE TABLE subs AS
SELECT span, customer, customer::bigint * -7919 AS big, md5(customer::text)::uuid AS id, 'customer ' || customer AS name, started_on, ended_on, mrr, product, floor(random() * 6)::integer AS part
FROM twin.subscriptions ORDER BY random();
CREATE TABLE timelines AS
SELECT span, customer, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS t, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS tp, min(started_on) AS first_start
FROM subs WHERE customer IS NOT NULL GROUP BY span, customer;
ANALYZE subs;
ANALYZE timelines;

SELECT cmp_ok((SELECT count(*) FROM twin.lines), '>', 1500::bigint, 'there are lines');
SELECT ok((SELECT bool_and(n > 2) FROM (SELECT span, periods, movement, count(*) AS n FROM twin.states WHERE periods <> 'year' AND movement IS NOT NULL GROUP BY span, periods, movement) AS c)
  AND (SELECT count(DISTINCT movement) FROM twin.states) = 5, 'of every movement some, in every unit');
SELECT ok((SELECT count(*) FILTER (WHERE cross_sell > 0 AND cross_sell < mrr - before) > 10 AND count(*) FILTER (WHERE cross_sell = mrr - before) > 10 AND count(*) FILTER (WHERE cross_sell = 0 AND movement = 'expansion') > 10
  AND count(*) FILTER (WHERE came_and_went) > 100 AND count(*) FILTER (WHERE lines > 0 AND raw = 0) > 10 AND count(*) FILTER (WHERE raw < 0) > 10 AND count(DISTINCT n - last_paid) FILTER (WHERE movement = 'reactivation') > 5
  FROM twin.states WHERE span = 'long'), 'upsell and cross-selling alone and together, short stays, nothing and less than nothing to pay, gaps of many lengths');

CREATE TABLE summaries AS
SELECT span, periods, false AS products, (SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, periods) FROM subs WHERE subs.span = specs.span) AS s FROM twin.specs
UNION ALL SELECT span, periods, true, (SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, periods, product) FROM subs WHERE subs.span = specs.span) FROM twin.specs;
CREATE TABLE cohort_summaries AS
SELECT span, periods, (SELECT retention.revenue_cohort_agg(t, periods) FROM timelines WHERE timelines.span = specs.span) AS s FROM twin.specs;

-- The questions: no as_of, later, the last, the first and a middle day of a month, around the first start, before it all.
CREATE TABLE questions AS
SELECT row_number() OVER () AS q, span, periods, products, as_of, n AS within
FROM twin.specs, unnest(ARRAY[false, true]) AS products,
  LATERAL unnest(CASE span WHEN 'long' THEN '{NULL,2024-12-15,2024-06-30,2024-06-29,2023-07-01,2023-02-10,2021-11-30,2015-01-01}' ELSE '{NULL,2024-05-20,2024-03-31,2024-03-01,2024-02-14,2024-01-11,1999-12-31}' END::date[]) AS as_of,
  LATERAL (SELECT DISTINCT within AS n FROM unnest(CASE WHEN as_of IS NULL OR as_of > '2024-03-01' AND as_of < '2024-06-01' THEN '{NULL,0,1,2,7}' ELSE '{NULL,3}' END::integer[]) AS within) AS w;
CREATE TABLE wanted AS SELECT q, r.* FROM questions, LATERAL twin.revenue_bridge(span, periods, products, as_of, within) AS r;
CREATE TABLE got AS SELECT q, r.* FROM questions JOIN summaries USING (span, periods, products), LATERAL retention.revenue_bridge(s, as_of, within) AS r;
ALTER TABLE wanted ADD PRIMARY KEY (q, period_start);
ALTER TABLE got ADD PRIMARY KEY (q, period_start);
ANALYZE wanted;
ANALYZE got;

-- ------------------------------------------------------------ 3. revenue_bridge

SELECT cmp_ok((SELECT count(*) FROM wanted), '>', 5000::bigint, 'there are rows of the bridge to compare');
SELECT is_empty($$SELECT q, period_start, questions.* FROM wanted FULL JOIN got USING (q, period_start) JOIN questions USING (q) WHERE wanted.period_end IS NULL OR got.period_end IS NULL LIMIT 5$$, 'revenue_bridge = twin: the same periods');
SELECT is_empty(format($$
  SELECT q, span, periods, products, as_of, within, w.period_start, ROW(%1$s), ROW(%2$s) FROM wanted AS w JOIN got AS g USING (q, period_start) JOIN questions USING (q) WHERE ROW(%1$s) IS DISTINCT FROM ROW(%2$s) LIMIT 5
$$, string_agg('w.' || column_name, ', '), string_agg('g.' || column_name, ', ')), format('revenue_bridge = twin: %s', string_agg(column_name, ', ')))
FROM (VALUES (1, 'period_end'), (1, 'is_complete'), (2, 'starting_mrr'), (2, 'ending_mrr'), (3, 'new_business_mrr'), (3, 'reactivation_mrr'), (4, 'expansion_mrr'), (4, 'contraction_mrr'), (5, 'churned_mrr'), (6, 'starting_customers'), (6, 'ending_customers'),
  (7, 'new_customers'), (7, 'reactivated_customers'), (8, 'expanded_customers'), (8, 'contracted_customers'), (9, 'churned_customers'), (10, 'upsell_mrr'), (10, 'cross_sell_mrr'), (11, 'upsell_customers'), (11, 'cross_sell_customers'),
  (12, 'non_positive_customers'), (12, 'non_positive_mrr')) AS c (set, column_name) GROUP BY set ORDER BY set;
SELECT is_empty(format($$SELECT q, period_start, g.%1$s, w.%1$s FROM wanted AS w JOIN got AS g USING (q, period_start) WHERE NOT twin.near(g.%1$s, w.%1$s, 1e-13) LIMIT 5$$, rate), 'revenue_bridge = twin: ' || rate)
FROM unnest('{customer_churn_rate,revenue_churn_rate,gross_mrr_churn_rate,net_mrr_churn_rate,net_mrr_churn_rate_with_reactivation,gross_revenue_retention,net_revenue_retention,quick_ratio,quick_ratio_with_reactivation,upsell_rate,cross_sell_rate}'::text[]) AS rate;
SELECT is_empty($$SELECT q, period_start, g.arpa, w.arpa FROM wanted AS w JOIN got AS g USING (q, period_start) WHERE abs(g.arpa - w.arpa) > 0.0000005 OR (g.arpa IS NULL) <> (w.arpa IS NULL) LIMIT 5$$, 'revenue_bridge = twin: arpa, to six decimals');
SELECT is((SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'retention.revenue_bridge_row'::regclass AND attnum > 0 AND NOT attisdropped),
  (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'wanted'::regclass AND attnum > 1), 'the columns of revenue_bridge, in their order');
SELECT is_empty($$SELECT q FROM (SELECT q, period_start, row_number() OVER (PARTITION BY q) AS place, rank() OVER (PARTITION BY q ORDER BY period_start) AS rank FROM (
  SELECT q, r.period_start FROM questions JOIN summaries USING (span, periods, products), LATERAL retention.revenue_bridge(s, as_of, within) AS r) AS rows) AS t WHERE place <> rank$$, 'rows come by period');
-- At least two decimals, up to six where needed.
SELECT is_empty($$SELECT DISTINCT column_name, value FROM got, LATERAL jsonb_each_text(to_jsonb(got)) AS c (column_name, value) WHERE column_name ~ '_mrr$' AND value !~ '^-?\d+\.\d{2}(\d{0,3}[1-9])?$' LIMIT 5$$, 'how money is written');
SELECT results_eq($$SELECT to_jsonb(r) FROM summaries, retention.revenue_bridge(s) AS r WHERE products AND span = 'long' AND periods = 'month'$$,
  $$SELECT to_jsonb(r) FROM summaries, retention.revenue_bridge(s => s, as_of => '2024-06-30', reactivation_within => NULL) AS r WHERE products AND span = 'long' AND periods = 'month'$$, 'revenue_bridge defaults');
SELECT is_empty('SELECT * FROM retention.revenue_bridge(NULL)', 'revenue_bridge(NULL): no rows');

-- What holds in every row.
SELECT is_empty('SELECT * FROM got WHERE starting_mrr + new_business_mrr + expansion_mrr + reactivation_mrr - contraction_mrr - churned_mrr <> ending_mrr', 'money: start + new + expansion + reactivation - contraction - churn = end');
SELECT is_empty('SELECT * FROM got WHERE starting_customers + new_customers + reactivated_customers - churned_customers <> ending_customers', 'customers: start + new + reactivated - churned = end');
SELECT is_empty($$SELECT * FROM (SELECT *, lag(ending_mrr, 1, 0::numeric) OVER w AS mrr_before, lag(ending_customers, 1, 0::bigint) OVER w AS customers_before, lag(period_end, 1, period_start) OVER w AS end_before FROM got WINDOW w AS (PARTITION BY q ORDER BY period_start)) AS g
  WHERE starting_mrr <> mrr_before OR starting_customers <> customers_before OR period_start <> end_before$$, 'a period starts with what the one before ended with, the first with nothing');
SELECT is_empty('SELECT * FROM got WHERE gross_revenue_retention > least(1, net_revenue_retention) OR (gross_revenue_retention IS NULL) <> (starting_mrr = 0)', 'GRR <= min(1, NRR), NULL without a start');
SELECT is_empty('SELECT * FROM got WHERE NOT twin.near(net_revenue_retention, 1 - net_mrr_churn_rate, 1e-14) OR NOT twin.near(gross_revenue_retention, 1 - gross_mrr_churn_rate, 1e-14)', 'NRR = 1 - net churn rate, GRR = 1 - gross churn rate');
SELECT is_empty('SELECT * FROM got WHERE upsell_mrr + cross_sell_mrr <> expansion_mrr OR expanded_customers NOT BETWEEN greatest(upsell_customers, cross_sell_customers) AND upsell_customers + cross_sell_customers', 'upsell + cross-sell = expansion');
SELECT is_empty($$SELECT a.* FROM got AS a JOIN got AS b USING (period_start) JOIN questions AS qa ON qa.q = a.q JOIN questions AS qb ON qb.q = b.q
  WHERE (qa.span, qa.periods, qa.products) = (qb.span, qb.periods, qb.products) AND qa.within IS NOT DISTINCT FROM qb.within AND qb.as_of IN ('2024-12-15', '2024-05-20')
    AND (to_jsonb(a) - '{q,is_complete}'::text[]) <> (to_jsonb(b) - '{q,is_complete}'::text[]) LIMIT 5$$, 'as_of never un-counts');
SELECT is_empty($$SELECT a.* FROM got AS a JOIN got AS b USING (period_start) JOIN questions AS qa ON qa.q = a.q JOIN questions AS qb ON qb.q = b.q
  WHERE (qa.span, qa.periods) = (qb.span, qb.periods) AND (qa.as_of, qa.within) IS NOT DISTINCT FROM (qb.as_of, qb.within) AND qa.products AND NOT qb.products
    AND (to_jsonb(a) - '{q,upsell_mrr,cross_sell_mrr,upsell_customers,cross_sell_customers,upsell_rate,cross_sell_rate}'::text[]) <> (to_jsonb(b) - '{q,upsell_mrr,cross_sell_mrr,upsell_customers,cross_sell_customers,upsell_rate,cross_sell_rate}'::text[]) LIMIT 5$$,
  'products change nothing else');

-- ----------------------------------- 4. trailing_retention, customer_churn, revenue_cohorts

CREATE TABLE trailing_wanted AS SELECT q, r.* FROM questions, LATERAL twin.trailing_retention(span, periods, as_of) AS r WHERE within IS NULL AND periods <> 'day';
CREATE TABLE trailing_got AS SELECT q, r.* FROM questions JOIN summaries USING (span, periods, products), LATERAL retention.trailing_retention(s, as_of) AS r WHERE within IS NULL AND periods <> 'day';
SELECT cmp_ok((SELECT count(*) FROM trailing_wanted WHERE base_customers > 0), '>', 500::bigint, 'there are rows one year later to compare');
SELECT is_empty($$SELECT w.*, g.* FROM trailing_wanted AS w FULL JOIN trailing_got AS g USING (q, period_start)
  WHERE (w.base_period_start, w.base_customers, w.base_mrr, w.retained_customers, w.retained_mrr, w.gross_retained_mrr, w.is_complete)
    IS DISTINCT FROM (g.base_period_start, g.base_customers, g.base_mrr, g.retained_customers, g.retained_mrr, g.gross_retained_mrr, g.is_complete) LIMIT 5$$, 'trailing_retention = twin');
SELECT is_empty($$SELECT w.*, g.* FROM trailing_wanted AS w JOIN trailing_got AS g USING (q, period_start) WHERE NOT twin.near(w.customer_retention, g.customer_retention, 1e-13)
  OR NOT twin.near(w.net_revenue_retention, g.net_revenue_retention, 1e-13) OR NOT twin.near(w.gross_revenue_retention, g.gross_revenue_retention, 1e-13) OR (g.base_customers = 0) <> (g.net_revenue_retention IS NULL) LIMIT 5$$, 'trailing_retention = twin: rates');
SELECT is_empty('SELECT * FROM trailing_got WHERE gross_retained_mrr > least(base_mrr, retained_mrr) OR retained_customers > base_customers OR gross_revenue_retention > least(1, net_revenue_retention)', 'GRR <= min(1, NRR) over a year');
SELECT is_empty('SELECT * FROM retention.trailing_retention(NULL)', 'trailing_retention(NULL): no rows');
SELECT twin.fails($$SELECT * FROM retention.trailing_retention((SELECT s FROM summaries WHERE periods = 'day' AND products))$$, '22023', 'day', 'trailing_retention by day');

CREATE TABLE churn_questions AS SELECT q, span, periods, products, as_of, denominator, same_period FROM questions, unnest('{start,start_plus_new,average}'::text[]) AS denominator, unnest('{drop,count}'::text[]) AS same_period WHERE within IS NULL;
CREATE TABLE churn_wanted AS SELECT q, denominator, same_period, r.* FROM churn_questions AS c, LATERAL twin.customer_churn(span, periods, c.denominator, c.same_period, as_of) AS r;
CREATE TABLE churn_got AS SELECT q, denominator, same_period, r.* FROM churn_questions AS c JOIN summaries USING (span, periods, products), LATERAL retention.customer_churn(s, c.denominator, c.same_period, as_of, 0.9) AS r;
SELECT is_empty(format($$SELECT w.*, g.* FROM (SELECT * FROM churn_wanted WHERE denominator = %1$L AND same_period = %2$L) AS w FULL JOIN (SELECT * FROM churn_got WHERE denominator = %1$L AND same_period = %2$L) AS g USING (q, period_start)
  WHERE (w.churned_customers, w.denominator_customers, w.is_complete) IS DISTINCT FROM (g.churned_customers, g.denominator_customers, g.is_complete) OR NOT twin.near(w.customer_churn_rate, g.customer_churn_rate, 1e-13) LIMIT 5$$,
  denominator, same_period), format('customer_churn = twin: %s, %s', denominator, same_period)) FROM unnest('{start,start_plus_new,average}'::text[]) AS denominator, unnest('{drop,count}'::text[]) AS same_period;
CREATE FUNCTION twin.wilson(x double precision, n double precision, z double precision, OUT low double precision, OUT high double precision) LANGUAGE sql IMMUTABLE AS $$
  SELECT (middle - half) / scale, (middle + half) / scale
  FROM (SELECT x / n + z * z / (2 * n) AS middle, 1 + z * z / n AS scale, z * sqrt(x / n * (1 - x / n) / n + z * z / (4 * n * n)) AS half) AS parts WHERE x <= n
$$;
SELECT is_empty($$SELECT c.*, w.* FROM churn_got AS c, (SELECT twin.normal_z(0.9) AS z) AS z LEFT JOIN LATERAL twin.wilson(churned_customers, nullif(denominator_customers, 0), z) AS w ON true
  WHERE NOT twin.near(ci_low, low, 1e-10) OR NOT twin.near(ci_high, high, 1e-10) LIMIT 5$$, 'customer_churn: Wilson''s interval, NULL where more churned than the denominator has');
SELECT ok((SELECT count(*) FILTER (WHERE churned_customers > denominator_customers) > 5 AND count(*) FILTER (WHERE denominator_customers = 0) > 5 AND count(*) FILTER (WHERE denominator_customers % 1 = 0.5) > 5 FROM (
  SELECT churned_customers, denominator_customers::numeric FROM churn_got) AS c), 'with denominators that are too small, none, and halves');
SELECT is_empty($$SELECT * FROM churn_got WHERE (ci_low IS NULL) <> (churned_customers > denominator_customers OR denominator_customers = 0) OR ci_low < 0 OR ci_high > 1$$, 'intervals lie within 0..1');
SELECT results_eq($$SELECT c.* FROM summaries, retention.customer_churn(s) AS c WHERE products AND span = 'long' AND periods = 'month'$$,
  $$SELECT c.* FROM summaries, retention.customer_churn(s, denominator => 'start', same_period => 'drop', as_of => NULL, confidence => 0.95) AS c WHERE products AND span = 'long' AND periods = 'month'$$, 'customer_churn defaults');
SELECT is_empty($$SELECT b.period_start FROM summaries, retention.revenue_bridge(s) AS b JOIN retention.customer_churn(s) AS c USING (period_start) WHERE b.customer_churn_rate IS DISTINCT FROM c.customer_churn_rate OR b.churned_customers <> c.churned_customers$$,
  'the customer_churn_rate of the bridge is that of customer_churn');
SELECT is_empty('SELECT * FROM retention.customer_churn(NULL)', 'customer_churn(NULL): no rows');

CREATE TABLE cohort_questions AS SELECT DISTINCT ON (span, periods, as_of) q, span, periods, as_of FROM questions WHERE as_of IS NULL OR periods NOT IN ('week', 'week week_start=7', 'day') OR as_of IN ('2023-02-10', '2024-03-01');
CREATE TABLE cohorts_wanted AS SELECT q, r.* FROM cohort_questions, LATERAL twin.revenue_cohorts(span, periods, as_of) AS r;
CREATE TABLE cohorts_got AS SELECT q, r.* FROM cohort_questions JOIN cohort_summaries USING (span, periods), LATERAL retention.revenue_cohorts(s, as_of) AS r;
SELECT cmp_ok((SELECT count(*) FROM cohorts_wanted), '>', 10000::bigint, 'there are cells of cohorts to compare');
SELECT is_empty($$SELECT w.*, g.* FROM cohorts_wanted AS w FULL JOIN cohorts_got AS g USING (q, cohort_start, period_number)
  WHERE (w.period_start, w.cohort_customers, w.customers, w.initial_mrr, w.mrr, w.gross_mrr, w.is_complete) IS DISTINCT FROM (g.period_start, g.cohort_customers, g.customers, g.initial_mrr, g.mrr, g.gross_mrr, g.is_complete) LIMIT 5$$, 'revenue_cohorts = twin');
SELECT is_empty($$SELECT w.*, g.* FROM cohorts_wanted AS w JOIN cohorts_got AS g USING (q, cohort_start, period_number) WHERE NOT twin.near(w.customer_retention, g.customer_retention, 1e-13)
  OR NOT twin.near(w.net_revenue_retention, g.net_revenue_retention, 1e-13) OR NOT twin.near(w.gross_revenue_retention, g.gross_revenue_retention, 1e-13) LIMIT 5$$, 'revenue_cohorts = twin: rates');
SELECT is((SELECT count(*) FROM cohorts_got), (SELECT count(*) FROM cohorts_wanted), 'no cell twice');
SELECT is_empty($$SELECT * FROM (SELECT *, lag(gross_mrr, 1, initial_mrr) OVER (PARTITION BY q, cohort_start ORDER BY period_number) AS gross_before FROM cohorts_got) AS c
  WHERE gross_mrr > least(mrr, gross_before) OR gross_revenue_retention > least(1, net_revenue_retention) OR (period_number = 0 AND (customers, mrr, gross_mrr) <> (cohort_customers, initial_mrr, initial_mrr))$$, 'gross MRR never rises and is never more than the MRR');
SELECT is_empty($$SELECT b.period_start FROM summaries JOIN cohort_summaries AS c USING (span, periods), retention.revenue_bridge(summaries.s) AS b
    JOIN (SELECT c2.span, c2.periods, r.period_start, sum(r.mrr) AS mrr, sum(customers) AS customers FROM cohort_summaries AS c2, retention.revenue_cohorts(s) AS r GROUP BY c2.span, c2.periods, r.period_start) AS r USING (period_start)
  WHERE NOT products AND (r.span, r.periods) = (summaries.span, summaries.periods) AND (b.ending_mrr, b.ending_customers) IS DISTINCT FROM (r.mrr, r.customers)$$, 'the cohorts of a period add up to the bridge');
SELECT is_empty('SELECT * FROM retention.revenue_cohorts(NULL)', 'revenue_cohorts(NULL): no rows');

-- ------------------------------------------------------------------ 5. mrr_timeline

-- The sum of the lines in force; day by day around every change.
CREATE TABLE moments AS SELECT DISTINCT span, customer, day FROM subs, unnest(ARRAY[started_on - 1, started_on, ended_on - 1, ended_on, '2023-12-31', '-infinity', 'infinity']::date[]) AS day WHERE customer IS NOT NULL AND isfinite(day);
SELECT is_empty(format($$SELECT span, customer, day, retention.mrr_at(%1$s, day), wanted FROM moments JOIN timelines USING (span, customer),
    LATERAL (SELECT CASE WHEN %1$s IS NOT NULL THEN greatest(0, coalesce(sum(mrr), 0)) END AS wanted FROM subs AS l WHERE (l.span, l.customer) = (moments.span, moments.customer) AND started_on <= day AND (ended_on IS NULL OR day < ended_on)) AS w
  WHERE retention.mrr_at(%1$s, day) IS DISTINCT FROM wanted LIMIT 5$$, t), 'mrr_at = sum of the lines in force, ' || what) FROM (VALUES ('t', 'without products'), ('tp', 'by product')) AS kinds (t, what);
SELECT is_empty($$SELECT DISTINCT mrr FROM timelines JOIN moments USING (span, customer), LATERAL (SELECT retention.mrr_at(t, day) AS mrr) AS m WHERE mrr::text !~ '^\d+\.\d{2}(\d{0,3}[1-9])?$'$$, '... with at least two decimals');
SELECT is((SELECT retention.mrr_at(NULL, '2024-01-01')), NULL, 'mrr_at(NULL) is NULL');
SELECT is_empty($$SELECT span, customer FROM timelines WHERE ((t IS NULL) <> (tp IS NULL)) OR (t IS NULL) = EXISTS (SELECT FROM twin.lines AS l WHERE (l.span, l.customer) = (timelines.span, timelines.customer))$$, 'who has no line that contributes has no timeline');

-- The days on which what is in force of a product comes to another sum, and the sum from then on.
SELECT is_empty(format($$SELECT * FROM (SELECT span, customer, c.* FROM timelines, retention.mrr_changes(%1$s) AS c) AS g
  FULL JOIN (SELECT DISTINCT span, customer, day, product, mrr FROM (SELECT span, customer, product AS line_product, day FROM subs, unnest(ARRAY[started_on, ended_on]) AS day WHERE day IS NOT NULL AND customer IS NOT NULL AND mrr IS NOT NULL AND started_on IS NOT NULL) AS days,
      LATERAL (SELECT CASE WHEN %2$L THEN line_product END AS product) AS p,
      LATERAL (SELECT coalesce(sum(mrr) FILTER (WHERE started_on <= day AND (ended_on IS NULL OR day < ended_on)), 0) AS mrr, coalesce(sum(mrr) FILTER (WHERE started_on <= day - 1 AND (ended_on IS NULL OR day - 1 < ended_on)), 0) AS mrr_before
        FROM subs AS l WHERE (l.span, l.customer) = (days.span, days.customer) AND (NOT %2$L OR l.product IS NOT DISTINCT FROM line_product)) AS sums WHERE mrr <> mrr_before) AS w
    ON (g.span, g.customer, g.day) = (w.span, w.customer, w.day) AND g.product IS NOT DISTINCT FROM w.product WHERE g.mrr IS DISTINCT FROM w.mrr LIMIT 5$$, t, t = 'tp'), 'mrr_changes = twin: ' || t) FROM unnest('{t,tp}'::text[]) AS t;
SELECT is_empty('SELECT * FROM retention.mrr_changes(NULL)', 'mrr_changes(NULL): no rows');

-- Movements of every customer, in every unit.
SELECT is_empty(format($$SELECT * FROM (SELECT span, customer, m.* FROM timelines, LATERAL retention.mrr_movements(%1$s, %2$L, NULL, (SELECT max(next) FROM twin.calendar AS c WHERE (c.span, c.periods) = (%3$L, %2$L))) AS m WHERE span = %3$L) AS g
  FULL JOIN (SELECT customer, start AS period_start, before, s.mrr, s.mrr - before AS change, movement FROM twin.states AS s JOIN twin.calendar USING (span, periods, n) WHERE (span, periods) = (%3$L, %2$L) AND movement IS NOT NULL) AS w
    USING (customer, period_start) WHERE (g.previous_mrr, g.mrr, g.mrr_change, g.movement) IS DISTINCT FROM (w.before, w.mrr, w.change, w.movement) LIMIT 5$$, t, periods, span), format('mrr_movements = twin: %s of %s, %s', periods, span, t))
FROM twin.specs, unnest('{t,tp}'::text[]) AS t WHERE t = 't' OR periods = 'month';
-- [from_day, to_day): the periods that overlap it.
SELECT is_empty($$SELECT customer, from_day, to_day FROM timelines, (VALUES ('2022-03-15'::date, '2023-03-15'::date), ('2022-03-31', '2022-04-01'), ('2022-04-01', '2022-04-02'), (NULL, '2023-01-01'), ('2023-01-01', NULL), ('2023-05-05', '2023-05-05'), ('2023-05-05', '2022-05-05')) AS w (from_day, to_day)
  WHERE span = 'long' AND ARRAY(SELECT m FROM retention.mrr_movements(t, 'month', from_day, to_day) AS m)
    IS DISTINCT FROM ARRAY(SELECT m FROM retention.mrr_movements(t, 'month') AS m WHERE coalesce(from_day < to_day, true) AND (to_day IS NULL OR period_start < to_day) AND (from_day IS NULL OR period_start + INTERVAL '1 month' > from_day)) LIMIT 5$$,
  'mrr_movements: the periods that overlap [from_day, to_day)');
SELECT is_empty('SELECT * FROM retention.mrr_movements(NULL, ''month'')', 'mrr_movements(NULL): no rows');

-- ------------------------------------ 6. routes, orders, partitions: the same bytes

-- $1 stands for the periods, $2 for the span; {} for a product, or nothing; every route gives the same summary.
CREATE TABLE routes (kind text, route text);
INSERT INTO routes SELECT 'revenue', format('SELECT retention.revenue_agg(%s, started_on, ended_on, mrr, $1{}) FROM subs WHERE span = $2', key) FROM unnest(ARRAY['customer', 'customer::smallint', 'big', 'id', 'name', 'name::varchar(20)']) AS key;
INSERT INTO routes SELECT 'revenue', format('SELECT retention.merge_agg(s ORDER BY random()) FROM (SELECT retention.revenue_agg(%s, started_on, ended_on, mrr, $1{}) AS s FROM subs WHERE span = $2 GROUP BY customer %% 7) AS parts', key) FROM unnest(ARRAY['big', 'id', 'name']) AS key;
INSERT INTO routes VALUES
  ('revenue', 'SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, $1{} ORDER BY started_on, ended_on) FROM subs WHERE span = $2'),
  ('revenue', 'SELECT retention.revenue_agg(name, started_on, ended_on, mrr, $1{} ORDER BY started_on DESC, mrr) FROM subs WHERE span = $2'),
  ('revenue', 'SELECT retention.revenue_agg(id, started_on, ended_on, mrr, $1{} ORDER BY product DESC, customer) FROM subs WHERE span = $2'),
  ('revenue', 'SELECT retention.revenue_agg(big, started_on, ended_on, mrr, $1{}) FILTER (WHERE span = $2) FROM subs'),
  ('revenue', 'SELECT retention.revenue_agg(customer, started_on, ended_on, half, $1{}) FROM subs, LATERAL (VALUES (round(mrr / 2, 2)), (mrr - round(mrr / 2, 2))) AS halves (half) WHERE span = $2'),
  ('revenue', 'SELECT retention.revenue_agg(customer, a, b, mrr, $1{}) FROM subs, LATERAL (SELECT CASE WHEN customer % 2 = 0 AND started_on + 9 < ended_on AND started_on < DATE ''2024-03-10'' THEN started_on + 9 END AS cut) AS c,
    LATERAL (VALUES (started_on, coalesce(cut, ended_on)), (cut, ended_on)) AS halves (a, b) WHERE span = $2'),
  ('revenue', 'SELECT retention.revenue_agg({t}, $1) FROM timelines WHERE span = $2'),
  ('revenue', 'SELECT retention.revenue_agg({t}, $1 ORDER BY random()) FROM timelines WHERE span = $2'),
  ('revenue', 'SELECT retention.revenue_agg(t, $1) FROM (SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr{} ORDER BY ended_on DESC) AS t FROM subs WHERE span = $2 AND name IS NOT NULL GROUP BY name) AS per_customer'),
  ('revenue', 'SELECT retention.revenue_agg(t, $1) FROM (SELECT retention.merge_agg(t) AS t FROM (SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr{}) AS t FROM subs WHERE span = $2 AND customer IS NOT NULL GROUP BY customer, part) AS parts GROUP BY customer) AS per_customer'),
  ('revenue', 'SELECT retention.revenue_agg(t, $1) FROM (SELECT {t} AS t FROM timelines WHERE span = $2 UNION ALL SELECT NULL) AS with_nobody'),
  ('revenue', 'SELECT retention.merge_agg(s ORDER BY random()) FROM (SELECT retention.revenue_agg({t}, $1) AS s FROM timelines WHERE span = $2 GROUP BY customer) AS single_customers'),
  ('revenue', 'SELECT retention.merge_agg(s ORDER BY k) FROM (SELECT date_trunc(''quarter'', first_start) AS k, retention.revenue_agg({t}, $1) AS s FROM timelines WHERE span = $2 GROUP BY 1) AS by_first_quarter'),
  ('revenue', 'SELECT retention.merge_agg(s ORDER BY k DESC) FROM (SELECT date_trunc(''quarter'', first_start) AS k, retention.revenue_agg({t}, $1) AS s FROM timelines WHERE span = $2 GROUP BY 1 UNION ALL SELECT ''2100-01-01'', NULL) AS by_first_quarter'),
  ('revenue', 'SELECT retention.combine(x, y) FROM (SELECT retention.revenue_agg({t}, $1) FILTER (WHERE customer % 3 = 1) AS x, retention.revenue_agg({t}, $1) FILTER (WHERE customer % 3 <> 1) AS y FROM timelines WHERE span = $2) AS p'),
  ('revenue', 'SELECT y OPERATOR(retention.+) x FROM (SELECT retention.revenue_agg({t}, $1) FILTER (WHERE first_start < ''2023-01-01'' OR customer % 2 = 0) AS x, retention.revenue_agg({t}, $1) FILTER (WHERE NOT (first_start < ''2023-01-01'' OR customer % 2 = 0)) AS y FROM timelines WHERE span = $2) AS p'),
  ('cohort', 'SELECT retention.revenue_cohort_agg({t}, $1 ORDER BY random()) FROM timelines WHERE span = $2'),
  ('cohort', 'SELECT retention.revenue_cohort_agg(t, $1) FROM (SELECT {t} AS t FROM timelines WHERE span = $2 UNION ALL SELECT NULL) AS with_nobody'),
  ('cohort', 'SELECT retention.merge_agg(s ORDER BY random()) FROM (SELECT retention.revenue_cohort_agg({t}, $1) AS s FROM timelines WHERE span = $2 GROUP BY customer) AS single_customers'),
  ('cohort', 'SELECT retention.merge_agg(s ORDER BY k DESC) FROM (SELECT date_trunc(''quarter'', first_start) AS k, retention.revenue_cohort_agg({t}, $1) AS s FROM timelines WHERE span = $2 GROUP BY 1) AS by_first_quarter'),
  ('cohort', 'SELECT x OPERATOR(retention.+) retention.combine(y, NULL) FROM (SELECT retention.revenue_cohort_agg({t}, $1) FILTER (WHERE customer % 3 = 1) AS x, retention.revenue_cohort_agg({t}, $1) FILTER (WHERE customer % 3 <> 1) AS y FROM timelines WHERE span = $2) AS p');
CREATE FUNCTION twin.routed(route text, products boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT replace(replace(route, '{}', CASE WHEN products THEN ', product' ELSE '' END), '{t}', CASE WHEN products THEN 'tp' ELSE 't' END)
$$;
CREATE FUNCTION twin.summary(route text, periods text, span text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  s text;
BEGIN
  EXECUTE format('SELECT (%s)::text', route) INTO s USING periods, span;
  RETURN s;
END
$$;
SELECT is_empty(format($$SELECT span, periods FROM summaries WHERE products = %L AND twin.summary(%L, periods, span) IS DISTINCT FROM s::text$$, products, twin.routed(route, products)),
  'same bytes: ' || regexp_replace(twin.routed(route, products), '\s+', ' ', 'g')) FROM routes, unnest('{f,t}'::boolean[]) AS products WHERE kind = 'revenue';
SELECT is_empty(format($$SELECT span, periods FROM cohort_summaries WHERE twin.summary(%L, periods, span) IS DISTINCT FROM s::text$$, twin.routed(route, products)),
  'same bytes: ' || regexp_replace(twin.routed(route, products), '\s+', ' ', 'g')) FROM routes, unnest('{f,t}'::boolean[]) AS products WHERE kind = 'cohort';
SELECT is_empty($$SELECT route FROM routes, unnest('{f,t}'::boolean[]) AS products WHERE twin.summary(twin.routed(route, products), 'month', 'no such span') IS NOT NULL$$, 'zero rows: NULL, by every route');
SELECT is_empty($$SELECT DISTINCT span FROM summaries AS a JOIN summaries AS b USING (span, periods) WHERE a.products AND NOT b.products AND a.s::text = b.s::text$$, 'a summary with products is another one');

-- The timeline of a customer: any order, parts in any partition, amounts cut in two.
SELECT is_empty(format($$SELECT span, customer, t, other FROM timelines JOIN (SELECT span, customer, retention.mrr_timeline_agg(%s) AS a, retention.mrr_timeline_agg(%s) AS b FROM %s WHERE customer IS NOT NULL GROUP BY span, customer) AS o USING (span, customer),
    LATERAL (VALUES (t, a), (tp, b)) AS pairs (one, other) WHERE one::text IS DISTINCT FROM other::text LIMIT 5$$, replace(call, '{}', ''), replace(call, '{}', ', product'), lines), 'same timeline: ' || what)
FROM (VALUES ('started_on, ended_on, mrr{} ORDER BY started_on', 'subs', 'by start'), ('started_on, ended_on, mrr{} ORDER BY ended_on DESC, mrr', 'subs', 'by end, backwards'), ('started_on, ended_on, mrr::numeric(30, 10){} ORDER BY random()', 'subs', 'in any order, with zeros behind'),
  ('started_on, ended_on, mrr{}', '(SELECT * FROM subs ORDER BY md5(subs::text)) AS s', 'shuffled')) AS orders (call, lines, what);
SELECT is_empty($$SELECT span, customer FROM timelines JOIN (SELECT span, customer, retention.merge_agg(a ORDER BY part DESC) AS a, retention.merge_agg(b ORDER BY random()) AS b, retention.merge_agg(a) AS c FROM (
    SELECT span, customer, part, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS a, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS b FROM subs WHERE customer IS NOT NULL GROUP BY span, customer, part) AS parts GROUP BY span, customer) AS o USING (span, customer)
  WHERE t::text IS DISTINCT FROM a::text OR tp::text IS DISTINCT FROM b::text OR t::text IS DISTINCT FROM c::text$$, 'same timeline: merged from parts');
SELECT is_empty($$SELECT span, customer FROM timelines JOIN (SELECT span, customer, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) FILTER (WHERE part < 3) AS a, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) FILTER (WHERE part >= 3) AS b
    FROM subs GROUP BY span, customer) AS o USING (span, customer) WHERE tp::text IS DISTINCT FROM retention.combine(a, b)::text OR tp::text IS DISTINCT FROM (b OPERATOR(retention.+) a)::text$$, 'same timeline: combined of two halves, one perhaps NULL');

-- Grouped, the summaries of segments; several in one query.
SELECT is_empty($$
  SELECT part, k FROM (SELECT part, customer % 4 AS k, retention.revenue_agg(customer, started_on, ended_on, mrr, 'week') AS s, retention.revenue_agg(name, started_on, ended_on, mrr, 'month', product) AS p,
      retention.revenue_agg(id, started_on, ended_on, mrr, 'quarter') FILTER (WHERE mrr > 10) AS f FROM subs WHERE span = 'long' GROUP BY GROUPING SETS ((part, customer % 4), (part), ())) AS g,
    LATERAL (SELECT retention.revenue_agg(t, 'week') AS s, retention.revenue_agg(tp, 'month') AS p, retention.revenue_agg(tf, 'quarter') AS f FROM (
      SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS t, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS tp, retention.mrr_timeline_agg(started_on, ended_on, mrr) FILTER (WHERE mrr > 10) AS tf FROM subs AS e
      WHERE span = 'long' AND customer IS NOT NULL AND (g.part IS NULL OR e.part = g.part) AND (g.k IS NULL OR customer % 4 = g.k) GROUP BY customer) AS per_customer) AS wanted
  WHERE (k IS NOT NULL OR part IS NULL) AND (g.s::text, g.p::text, g.f::text) IS DISTINCT FROM (wanted.s::text, wanted.p::text, wanted.f::text)
$$, 'three single passes in one query, in grouping sets');
SELECT is_empty($$
  SELECT n FROM (SELECT n, retention.revenue_agg(tp, 'month') OVER (ORDER BY n) AS running FROM (SELECT row_number() OVER (ORDER BY customer) AS n, tp FROM timelines WHERE span = 'long') AS t) AS r
  WHERE n % 9 = 0 AND running::text IS DISTINCT FROM (SELECT retention.revenue_agg(tp, 'month') FROM (SELECT tp FROM timelines WHERE span = 'long' ORDER BY customer LIMIT n) AS first_ones)::text
$$, 'over timelines the aggregate runs as a window function');

-- Invoices: the amount is monthly and holds for the period that contains the day.
CREATE TABLE invoices AS SELECT customer, started_on + floor(random() * 200)::integer AS day, mrr AS amount FROM subs, generate_series(1, 4) WHERE span = 'long' AND customer % 3 = 0 AND mrr IS NOT NULL AND started_on IS NOT NULL;
SELECT is_empty(format($$SELECT customer FROM (SELECT customer, retention.invoice_timeline_agg(day, amount, %1$L) AS a, retention.mrr_timeline_agg(date_trunc(%1$L, day)::date, (date_trunc(%1$L, day) + INTERVAL %2$L)::date, amount) AS b
  FROM invoices GROUP BY customer) AS t WHERE a::text IS DISTINCT FROM b::text$$, unit, step), 'invoices by ' || unit) FROM (VALUES ('day', '1 day'), ('week', '1 week'), ('month', '1 month'), ('quarter', '3 months'), ('year', '1 year')) AS u (unit, step);
SELECT is(retention.invoice_timeline_agg(DATE '2024-01-03', 10, 'week week_start=7')::text, retention.mrr_timeline_agg(DATE '2023-12-31', DATE '2024-01-07', 10)::text, 'invoices of a week that starts on Sunday');
SELECT is((SELECT retention.invoice_timeline_agg(day, amount, 'month') FROM (VALUES (DATE '2024-01-03', 10), (NULL, 5), ('2024-02-03', NULL)) AS i (day, amount))::text, retention.mrr_timeline_agg(DATE '2024-01-01', DATE '2024-02-01', 10)::text, 'invoices without a day or an amount are ignored');

-- ---------------------------------------------------------------------- 7. NULLs

SELECT is_empty($$SELECT span, periods FROM summaries WHERE retention.combine(s, NULL)::text IS DISTINCT FROM s::text OR retention.combine(NULL, s)::text IS DISTINCT FROM s::text OR (NULL OPERATOR(retention.+) s)::text IS DISTINCT FROM s::text
  UNION ALL SELECT span, periods FROM cohort_summaries WHERE retention.combine(s, NULL)::text IS DISTINCT FROM s::text OR retention.combine(NULL, s)::text IS DISTINCT FROM s::text OR (NULL OPERATOR(retention.+) s)::text IS DISTINCT FROM s::text
  UNION ALL SELECT span, customer::text FROM timelines WHERE retention.combine(t, NULL)::text IS DISTINCT FROM t::text OR retention.combine(NULL, tp)::text IS DISTINCT FROM tp::text$$, 'combine: NULL counts as empty');
SELECT is(twin.answer(format('SELECT retention.combine(NULL::retention.%1$s, NULL)::text || (SELECT retention.merge_agg(s) FROM (SELECT NULL::retention.%1$s AS s FROM generate_series(1, 3)) AS n)::text', type)), NULL, 'nothing combined with nothing, ' || type)
FROM unnest(ARRAY['mrr_timeline', 'revenue_summary', 'revenue_cohort_summary']) AS type;
SELECT is(twin.answer('SELECT ' || call), NULL, 'nothing counts: NULL, ' || call)
FROM unnest(ARRAY['retention.revenue_agg(NULL::bigint, DATE ''2024-01-01'', NULL, 10, ''month'')', 'retention.revenue_agg(1, NULL::date, DATE ''2024-01-01'', 10, ''month'')', 'retention.revenue_agg(1, DATE ''2024-01-01'', NULL, NULL, ''month'')',
  'retention.revenue_agg(''a''::text, NULL::date, NULL::date, NULL, ''month'', ''p''::text)', 'retention.revenue_agg(NULL::retention.mrr_timeline, ''month'')', 'retention.mrr_timeline_agg(NULL::date, NULL::date, 10)', 'retention.mrr_timeline_agg(DATE ''2024-01-01'', NULL, NULL)',
  'retention.mrr_timeline_agg(NULL::date, NULL::date, 5, ''p''::text)', 'retention.invoice_timeline_agg(NULL::date, 5, ''month'')', 'retention.revenue_cohort_agg(NULL::retention.mrr_timeline, ''month'')']) AS call;
-- A line of no length contributes nothing: both routes say the same of it, and it changes no answer.
SELECT is((SELECT retention.revenue_agg(1, DATE '2024-01-01', DATE '2024-01-01', 10, 'month'))::text, (SELECT retention.revenue_agg(t, 'month') FROM (SELECT retention.mrr_timeline_agg(DATE '2024-01-01', DATE '2024-01-01', 10) AS t) AS one)::text, 'a line of no length, both routes');
SELECT is((SELECT count(*) FROM retention.revenue_bridge((SELECT retention.revenue_agg(1, DATE '2024-01-01', DATE '2024-01-01', 10, 'month')), '2024-12-31')), 0::bigint, '... has no period');
SELECT is((SELECT retention.revenue_agg(c, day, until, 10, 'month') FROM (VALUES (1, DATE '2024-02-01', NULL::date), (1, '2023-01-01', '2023-01-01'), (2, '2025-01-01', '2025-01-01')) AS l (c, day, until))::text, (SELECT retention.revenue_agg(1, DATE '2024-02-01', NULL, 10, 'month'))::text,
  '... and moves neither the first nor the last start');
SELECT is((SELECT retention.mrr_timeline_agg(day, until, 10) FROM (VALUES (DATE '2024-02-01', NULL::date), ('2023-01-01', '2023-01-01')) AS l (day, until))::text, retention.mrr_timeline_agg(DATE '2024-02-01', NULL, 10)::text, '... of no timeline either');
-- A line at no price does contribute.
SELECT results_eq($$SELECT period_start, ending_customers, non_positive_customers, non_positive_mrr, is_complete FROM retention.revenue_bridge((SELECT retention.revenue_agg(1, DATE '2024-01-31', NULL, 0, 'month')))$$,
  $$VALUES (DATE '2024-01-01', 0::bigint, 1::bigint, 0::numeric, true)$$, 'a line at no price has a start, and a customer who does not pay');
-- The year 9999 makes no rows, neither do days.
SELECT is((SELECT count(*) FROM retention.revenue_bridge((SELECT retention.revenue_agg(n, DATE '2024-01-01' + n, DATE '9999-12-31' - n, 10, unit) FROM generate_series(0, 9) AS n))), rows::bigint, 'ends in the year 9999 by ' || unit)
FROM (VALUES ('day', 10), ('week', 2), ('month', 1), ('year', 1)) AS u (unit, rows);
SELECT cmp_ok(length(retention.revenue_agg(n, DATE '2024-01-01' + n, DATE '9999-12-31' - n, 10, 'day')::text), '<', 2000, 'and no large summary') FROM generate_series(0, 9) AS n;
SELECT results_eq($$SELECT period_start, starting_mrr, ending_mrr, is_complete FROM retention.revenue_bridge((SELECT retention.revenue_agg(1, DATE '2024-01-01', DATE '2024-03-01', 10, 'year')), '2027-01-01')$$,
  $$VALUES (DATE '2024-01-01', 0::numeric, 0::numeric, true), ('2025-01-01', 0, 0, true), ('2026-01-01', 0, 0, true), ('2027-01-01', 0, 0, false)$$, 'an as_of years later: a row for every period');

-- -------------------------------------------------- 8. what is refused

-- The error names what was wrong with the value.
SELECT twin.fails('SELECT ' || replace(replace(form, '{1}', started), '{2}', ended), CASE WHEN started || ended ~ 'infinity' THEN '22008' ELSE '22023' END, pattern, format('%s: %s to %s', split_part(form, '(', 1), started, ended))
FROM unnest(ARRAY['retention.revenue_agg(1, {1}, {2}, 10, ''month'')', 'retention.revenue_agg(''a''::text, {1}, {2}, 10, ''month'', ''p''::text)', 'retention.mrr_timeline_agg({1}, {2}, 10)', 'retention.mrr_timeline_agg({1}, {2}, 10, ''p''::text)']) AS form,
  (VALUES ('DATE ''2024-03-10''', 'DATE ''2024-03-09''', '2024-03-09.*2024-03-10|2024-03-10.*2024-03-09'), ('DATE ''infinity''', 'NULL::date', 'infinity'), ('DATE ''-infinity''', 'DATE ''2024-01-01''', 'infinity'),
    ('DATE ''2024-03-10''', 'DATE ''infinity''', 'infinity'), ('DATE ''2024-03-10''', 'DATE ''-infinity''', 'infinity|2024-03-10')) AS bad (started, ended, pattern);
SELECT twin.fails('SELECT ' || replace(form, '{}', amount), '22003', pattern, format('%s: an amount of %s', split_part(form, '(', 1), amount))
FROM unnest(ARRAY['retention.revenue_agg(1, DATE ''2024-01-01'', NULL, {}, ''month'')', 'retention.revenue_agg(gen_random_uuid(), DATE ''2024-01-01'', NULL, {}, ''month'', ''p''::text)', 'retention.mrr_timeline_agg(DATE ''2024-01-01'', NULL, {})',
  'retention.invoice_timeline_agg(DATE ''2024-01-01'', {}, ''month'')']) AS form,
  (VALUES ('''NaN''::numeric', 'NaN'), ('''Infinity''::numeric', 'infinity'), ('''-Infinity''::numeric', 'infinity'), ('0.0000001', '0\.0000001'), ('-1234.5678901', '1234\.5678901'), ('1e32', '1e\+?32|100000000000'), ('-1e40', '-1'), ('1e100', '1')) AS bad (amount, pattern);
SELECT lives_ok('SELECT ' || replace(form, '{}', amount), format('%s: an amount of %s', split_part(form, '(', 1), amount))
FROM unnest(ARRAY['retention.revenue_agg(1, DATE ''2024-01-01'', NULL, {}, ''month'')', 'retention.mrr_timeline_agg(DATE ''2024-01-01'', NULL, {})']) AS form,
  unnest(ARRAY['0.000001', '-1234.5678900000000', '99999999999999999999999999999999.999999', '-99999999999999999999999999999999.999999', '0', '1e31']) AS amount;
SELECT is(retention.mrr_at(retention.mrr_timeline_agg(DATE '2024-01-01', NULL, amount), '2024-01-01'), amount, 'and exact: ' || amount)
FROM unnest('{99999999999999999999999999999999.999999,0.000001,0.1,12345678901234567890123456.654321,10000,9999,0.0001,100000000,1e31,0.009999,123.40}'::numeric[]) AS amount GROUP BY amount;
SELECT twin.fails(query, '22003', NULL, what) FROM (VALUES
  ('SELECT retention.mrr_timeline_agg(DATE ''2024-01-01'', NULL, 99999999999999999999999999999999.999999) FROM generate_series(1, 2)', 'a sum past 38 digits, timeline'),
  ('SELECT retention.revenue_agg(n, DATE ''2024-01-01'', NULL, 99999999999999999999999999999999.999999, ''month'') FROM generate_series(1, 2) AS n', 'a sum past 38 digits, single pass'),
  ('SELECT retention.revenue_agg(1, DATE ''2024-01-01'', NULL, 99999999999999999999999999999999.999999, ''month'') FROM generate_series(1, 2) AS n', 'a sum past 38 digits of one customer, single pass'),
  ('SELECT retention.merge_agg(s) FROM (SELECT retention.revenue_agg(n, DATE ''2024-01-01'', NULL, 99999999999999999999999999999999.999999, ''month'') AS s FROM generate_series(1, 2) AS n GROUP BY n) AS p', 'a sum past 38 digits, merged')) AS q (query, what);
-- Periods that are no calendar periods of dates.
SELECT twin.fails('SELECT ' || replace(form, '{}', spec), '22023', substring(spec FROM ' ([\w/]+)'), format('%s: %s', split_part(form, '(', 1), spec))
FROM unnest(ARRAY['retention.revenue_agg(1, DATE ''2024-01-01'', NULL, 5, ''{}'')', 'retention.revenue_agg(retention.mrr_timeline_agg(DATE ''2024-01-01'', NULL, 5), ''{}'') FROM (SELECT 1 WHERE false) AS n', 'retention.revenue_cohort_agg(t, ''{}'') FROM timelines',
  'retention.revenue_agg(t, ''{}'') FROM timelines', 'retention.invoice_timeline_agg(DATE ''2024-01-01'', 5, ''{}'')', 'count(*) FROM timelines, retention.mrr_movements(t, ''{}'')']) AS form, unnest(ARRAY['month Europe/Berlin', 'month elapsed', 'month brackets=1,3']) AS spec
WHERE form !~ 'WHERE false';
SELECT twin.fails('SELECT retention.revenue_agg(1, DATE ''2024-01-01'', NULL, 5, ''fortnight'')', '22023', 'fortnight.*month|month.*fortnight', 'an unknown unit');
SELECT twin.fails('SELECT retention.revenue_agg(n, DATE ''2024-01-01'', NULL, 5, CASE n WHEN 1 THEN ''month'' ELSE ''week'' END) FROM generate_series(1, 2) AS n', '22023', NULL, 'periods that change from row to row');
-- What does not fit together.
SELECT twin.fails(format('SELECT retention.combine((SELECT s FROM %1$s WHERE periods = %2$L AND span = %3$L %6$s), (SELECT s FROM %1$s WHERE periods = %4$L AND span = %5$L %7$s))', tab, p1, s1, p2, s2, w1, w2), '22023', pattern, format('no combining of %s %s %s with %s %s', tab, p1, w1, p2, w2))
FROM (VALUES ('summaries', 'month', 'long', 'AND products', 'quarter', 'long', 'AND products', 'month.*quarter|quarter.*month'), ('summaries', 'week', 'long', 'AND products', 'week week_start=7', 'long', 'AND products', 'week'),
  ('summaries', 'month', 'long', 'AND products', 'month', 'short', 'AND NOT products', 'product'), ('summaries', 'month', 'long', 'AND NOT products', 'month', 'short', 'AND products', 'product'),
  ('cohort_summaries', 'month', 'long', '', 'year', 'long', '', 'month.*year|year.*month')) AS c (tab, p1, s1, w1, p2, s2, w2, pattern);
SELECT twin.fails($$SELECT retention.merge_agg(s) FROM summaries WHERE span = 'long' AND periods IN ('month', 'week') AND products$$, '22023', NULL, 'merge_agg refuses other periods');
SELECT twin.fails($$SELECT retention.merge_agg(s) FROM summaries WHERE span = 'long' AND periods = 'month'$$, '22023', 'product', 'merge_agg refuses summaries with and without products');
SELECT twin.fails($$SELECT retention.revenue_agg(x, 'month') FROM timelines, LATERAL (VALUES (t), (tp)) AS v (x) WHERE span = 'long'$$, '22023', 'product', 'revenue_agg refuses timelines with and without products');
SELECT twin.fails(query, '22023', pattern, query) FROM (VALUES
  ($$SELECT * FROM summaries, retention.customer_churn(s, 'end')$$, 'end.*start_plus_new|start_plus_new.*end'), ($$SELECT * FROM summaries, retention.customer_churn(s, same_period => 'keep')$$, 'keep.*count|count.*keep'),
  ($$SELECT * FROM summaries, retention.customer_churn(s, confidence => 1)$$, 'confidence'), ($$SELECT * FROM summaries, retention.customer_churn(s, confidence => 'NaN')$$, 'confidence'),
  ($$SELECT * FROM summaries, retention.revenue_bridge(s, reactivation_within => -1)$$, 'reactivation_within|-1')) AS q (query, pattern);
SELECT twin.fails(format('SELECT * FROM %s', call), '22008', 'infinity', call)
FROM unnest(ARRAY['summaries, retention.revenue_bridge(s, ''infinity'')', 'summaries, retention.customer_churn(s, as_of => ''-infinity'')', 'summaries, retention.trailing_retention(s, ''infinity'')', 'cohort_summaries, retention.revenue_cohorts(s, ''infinity'')']) AS call;

-- Traps: a day is a date; nothing is cast through the session.
CREATE TABLE typed (da date, da2 date, ts timestamp, tz timestamptz, si smallint, i integer, bi bigint, nu numeric, nu2 numeric(12, 2), mo money, re real, dp double precision, te text, vc varchar(20), ch char(5), id uuid, sp retention.period_spec, spec varchar);
INSERT INTO typed VALUES ('2024-01-15', '2024-03-15', '2024-01-15', '2024-01-15 12:00+00', 7, 7, 7, 7, 7, '7.00', 7, 7, 'seven', 'seven', 'seven', gen_random_uuid(), 'month', 'month');
SELECT twin.fails(format('SELECT %s FROM typed', call), '22023', '::date|AT TIME ZONE|DATE ''', 'trap: ' || call)
FROM (SELECT format(form, days) AS call FROM unnest(ARRAY['tz, tz', 'ts, ts', 'tz, NULL', 'ts, NULL', 'da, tz', 'tz, da', 'da, ts', '''2024-01-15'', ''2024-03-15''', '''2024-01-15'', NULL']) AS days,
    unnest(ARRAY['retention.revenue_agg(bi, %s, nu, ''month'')', 'retention.revenue_agg(id, %s, nu, ''month'')', 'retention.revenue_agg(te, %s, nu, ''month'')', 'retention.revenue_agg(i, %s, nu, ''month'', te)', 'retention.revenue_agg(id, %s, nu, ''month'', te)', 'retention.revenue_agg(te, %s, nu, ''month'', te)',
      'retention.mrr_timeline_agg(%s, nu)', 'retention.mrr_timeline_agg(%s, nu, te)']) AS form
  UNION ALL SELECT format('retention.invoice_timeline_agg(%s, nu, ''month'')', day) FROM unnest(ARRAY['tz', 'ts', '''2024-01-15''']) AS day) AS calls;
SELECT twin.fails('SELECT retention.revenue_agg(bi, tz, tz, nu, ''month'') FROM (SELECT NULL::bigint AS bi, NULL::timestamptz AS tz, NULL::numeric AS nu) AS n', '22023', 'date', 'a trap catches NULLs too');
-- Binary floating point is no money.
SELECT twin.fails(format('SELECT %s FROM typed', replace(call, '{}', amount)), '42883', NULL, 'no function: ' || replace(call, '{}', amount))
FROM unnest(ARRAY['retention.revenue_agg(i, da, da2, {}, ''month'')', 'retention.mrr_timeline_agg(da, da2, {})', 'retention.invoice_timeline_agg(da, {}, ''month'')', 'retention.monthly_amount({}, INTERVAL ''1 year'')']) AS call, unnest('{re,dp,mo,te}'::text[]) AS amount;

-- ----------------------------------------------------------- 9. call shapes

CREATE TABLE typed_answers AS
SELECT retention.revenue_agg(1, DATE '2024-01-15', NULL, 7, 'month')::text AS open, retention.revenue_agg(1, DATE '2024-01-15', DATE '2024-03-15', 7, 'month')::text AS closed,
  retention.revenue_agg(1, DATE '2024-01-15', NULL, 7, 'month', 'seven')::text AS open_product, retention.revenue_agg(1, DATE '2024-01-15', DATE '2024-03-15', 7, 'month', 'seven')::text AS closed_product,
  retention.mrr_timeline_agg(DATE '2024-01-15', NULL, 7)::text AS open_line, retention.mrr_timeline_agg(DATE '2024-01-15', DATE '2024-03-15', 7)::text AS closed_line,
  retention.mrr_timeline_agg(DATE '2024-01-15', NULL, 7, 'seven')::text AS open_line_product, retention.mrr_timeline_agg(DATE '2024-01-15', DATE '2024-03-15', 7, 'seven')::text AS closed_line_product;
CREATE TEMP TABLE shapes AS
SELECT key, days, amount, spec, product, format('retention.revenue_agg(%s, %s, %s, %s%s)', key, days, amount, spec, ', ' || product) AS call, CASE WHEN days ~ 'NULL' THEN 'open' ELSE 'closed' END || CASE WHEN product IS NULL THEN '' ELSE '_product' END AS wanted
FROM unnest('{si,i,bi,7,te,vc,ch,id,''a''}'::text[]) AS key, unnest(ARRAY['da, da2', 'da, NULL', 'DATE ''2024-01-15'', DATE ''2024-03-15''', 'ts::date, NULL::date', 'DATE ''2024-01-15'', NULL']) AS days, unnest('{si,i,bi,nu,nu2,7,7.00,mo::numeric,dp::numeric}'::text[]) AS amount,
  unnest('{''month'',sp,spec,retention.periods(''month'')}'::text[]) AS spec, unnest('{NULL,te,vc,ch::text,''seven''}'::text[]) AS product;
INSERT INTO shapes (days, amount, product, call, wanted)
SELECT days, amount, product, format('retention.mrr_timeline_agg(%s, %s%s)', days, amount, ', ' || product), CASE WHEN days ~ 'NULL' THEN 'open' ELSE 'closed' END || '_line' || CASE WHEN product IS NULL THEN '' ELSE '_product' END
FROM (SELECT DISTINCT days, amount, product FROM shapes) AS s;
SELECT cmp_ok((SELECT count(*) FROM shapes), '>', 1000::bigint, 'there are call shapes');
SELECT is_empty($$SELECT call FROM shapes, typed_answers AS a WHERE twin.answer(format('SELECT %s::text FROM typed', call)) IS DISTINCT FROM to_jsonb(a) ->> wanted LIMIT 5$$, 'every call shape resolves to the same summary');
SELECT results_eq($$SELECT customer, retention.mrr_at(t => t, day => DATE '2024-02-01') FROM timelines WHERE span = 'long' ORDER BY 1$$, $$SELECT customer, retention.mrr_at(t, '2024-02-01') FROM timelines WHERE span = 'long' ORDER BY 1$$, 'mrr_at: by name, a literal day');
SELECT is_empty($$SELECT customer FROM timelines WHERE span = 'long' AND ARRAY(SELECT m FROM retention.mrr_movements(t, 'month', from_day => '2022-05-05', to_day => '2023-01-01') AS m) IS DISTINCT FROM ARRAY(SELECT m FROM retention.mrr_movements(t => t, periods => 'month'::varchar, to_day => '2023-01-01', from_day => '2022-05-05') AS m)$$, 'mrr_movements: by name');

-- ------------------------------------------- 10. text and binary form

CREATE TABLE values_of AS
SELECT 'mrr_timeline' AS type, t::text AS value FROM timelines UNION SELECT 'mrr_timeline', tp::text FROM timelines
UNION SELECT 'revenue_summary', s::text FROM summaries UNION SELECT 'revenue_cohort_summary', s::text FROM cohort_summaries;
CREATE FUNCTION twin.written_again(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  again text;
BEGIN
  EXECUTE format('SELECT CASE WHEN x = x THEN x::text END FROM (SELECT %L::retention.%I AS x) AS t', value, type) INTO again;
  RETURN again;
END
$$;
SELECT is_empty($$SELECT type, value FROM values_of WHERE value !~ '^\\x01[0-9a-f]+$' OR twin.written_again(type, value) IS DISTINCT FROM value$$, 'text round trip, hex of version 1');
CREATE TABLE copied_timelines (LIKE timelines);
CREATE TABLE copied_summaries (LIKE summaries);
CREATE TABLE copied_cohorts (LIKE cohort_summaries);
COPY timelines TO PROGRAM 'cat > revenue_test_1.copy' (FORMAT binary);
COPY summaries TO PROGRAM 'cat > revenue_test_2.copy' (FORMAT binary);
COPY cohort_summaries TO PROGRAM 'cat > revenue_test_3.copy' (FORMAT binary);
COPY copied_timelines FROM PROGRAM 'cat revenue_test_1.copy; rm -f revenue_test_1.copy' (FORMAT binary);
COPY copied_summaries FROM PROGRAM 'cat revenue_test_2.copy; rm -f revenue_test_2.copy' (FORMAT binary);
COPY copied_cohorts FROM PROGRAM 'cat revenue_test_3.copy; rm -f revenue_test_3.copy' (FORMAT binary);
SELECT results_eq(format('SELECT c::text FROM copied_%s AS c ORDER BY 1', t), format('SELECT c::text FROM %s AS c ORDER BY 1', coalesce(o, t)), 'binary round trip: ' || t) FROM (VALUES ('timelines', NULL), ('summaries', NULL), ('cohorts', 'cohort_summaries')) AS c (t, o);
CREATE TABLE victims AS
SELECT row_number() OVER () AS id, type, value FROM (
  SELECT 'revenue_summary' AS type, s::text AS value FROM example_summary UNION ALL SELECT 'revenue_summary', with_products::text FROM example_summary
  UNION ALL SELECT 'revenue_summary', retention.revenue_agg(customer, started_on, ended_on, -mrr, 'quarter')::text FROM example UNION ALL SELECT 'revenue_summary', retention.revenue_agg(1, DATE '2024-01-01', DATE '2024-01-01', 10, 'month')::text
  UNION ALL SELECT 'mrr_timeline', t::text FROM timelines WHERE customer IN (21, 40, 1009) UNION ALL SELECT 'mrr_timeline', tp::text FROM timelines WHERE customer IN (27, 40, 59, 7)
  UNION ALL SELECT 'revenue_cohort_summary', retention.revenue_cohort_agg(t, unit)::text FROM unnest('{month,year}'::text[]) AS unit, (SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr) AS t FROM example GROUP BY customer) AS e GROUP BY unit) AS v WHERE value IS NOT NULL;
SELECT is(twin.copy_in('retention.' || type, decode(substr(value, 3), 'hex')), value, 'the binary form is the bytes of the text form, ' || id || ' ' || type) FROM (SELECT DISTINCT ON (type) * FROM victims ORDER BY type, id) AS v;
SELECT twin.fails(format('SELECT twin.copy_in(%L, %L::bytea)', 'retention.' || type, damage), '22P03', NULL, format('binary %s: %s', type, what))
FROM (SELECT DISTINCT ON (type) * FROM victims ORDER BY type, id) AS v, LATERAL (VALUES ('truncated', '\x' || substr(value, 3, length(value) - 4)), ('one byte more', value || '00'), ('nothing', '\x'), ('version 2', '\x02' || substr(value, 5)),
  ('another kind', '\x01ee' || substr(value, 7)), ('text instead', '\x' || encode(convert_to(value, 'UTF8'), 'hex'))) AS damages (what, damage);
SELECT twin.fails(format('SELECT %L::retention.%I', bad, type), '22P02', NULL, format('%s %L', type, left(bad, 40)))
FROM unnest(ARRAY['mrr_timeline', 'revenue_summary', 'revenue_cohort_summary']) AS type, unnest(ARRAY['', '\x', 'abc', '\x0', '\xzz', '\x00', '\x01', '0105', '\x01 05', '\x' || repeat('00', 4000), '{}']) AS bad;
SELECT twin.fails(format('SELECT %L::retention.%I', value, other), '22P02', NULL, format('a %s is no %s', v.type, other))
FROM (SELECT DISTINCT ON (type) * FROM victims ORDER BY type, id) AS v, unnest(ARRAY['mrr_timeline', 'revenue_summary', 'revenue_cohort_summary', 'retention_summary']) AS other WHERE other <> v.type;

-- Damage: every byte changed in several ways, every truncation, extra bytes. What is not refused with 22P02 must
-- print as it was read, and its questions must have answers that customers can give, or errors.
CREATE FUNCTION twin.damaged(hex text) RETURNS TABLE (damage text, written text) LANGUAGE sql AS $$
  SELECT 'truncated', left(hex, 2 * n) FROM generate_series(1, length(hex) / 2 - 1) AS n
  UNION ALL SELECT 'extended', hex || extra FROM unnest(ARRAY['00', '01', '80', 'ff', '0000000000000000']) AS extra
  UNION ALL SELECT 'changed', overlay(hex PLACING lpad(to_hex(get_byte(decode(substr(hex, 3), 'hex'), n) # mask), 2, '0') FROM 2 * n + 3)
  FROM generate_series(0, length(hex) / 2 - 2) AS n, unnest(ARRAY[1, 2, 3, 4, 8, 16, 32, 64, 128, 255]) AS mask
  UNION ALL SELECT 'cut out', overlay(hex PLACING '' FROM 2 * n + 3 FOR 2) FROM generate_series(0, length(hex) / 2 - 2) AS n
  UNION ALL SELECT 'put in', overlay(hex PLACING extra FROM 2 * n + 3 FOR 0) FROM generate_series(2, length(hex) / 2 - 1) AS n, unnest(ARRAY['00', '01', '02', '7f', '80', 'ff']) AS extra
$$;
CREATE FUNCTION twin.reading(type text, written text, OUT state text, OUT same boolean, OUT possible boolean) LANGUAGE plpgsql AS $$
DECLARE
  s retention.revenue_summary;
  c retention.revenue_cohort_summary;
  t retention.mrr_timeline;
BEGIN
  IF type = 'revenue_summary' THEN
    s := written::retention.revenue_summary;
    same := s::text = written;
    PERFORM retention.combine(s, s);
    SELECT coalesce(bool_and(starting_mrr + new_business_mrr + expansion_mrr + reactivation_mrr - contraction_mrr - churned_mrr = ending_mrr AND starting_customers + new_customers + reactivated_customers - churned_customers = ending_customers
      AND least(starting_customers, new_customers, expanded_customers, contracted_customers, churned_customers, reactivated_customers, non_positive_customers) >= 0 AND expanded_customers + contracted_customers + churned_customers <= starting_customers
      AND least(starting_mrr, new_business_mrr, expansion_mrr, contraction_mrr, churned_mrr, reactivation_mrr) >= 0 AND (ending_customers > 0) = (ending_mrr > 0) AND (new_customers > 0) = (new_business_mrr > 0) AND (churned_customers > 0) = (churned_mrr > 0)
      AND (expanded_customers > 0) = (expansion_mrr > 0) AND (contracted_customers > 0) = (contraction_mrr > 0) AND non_positive_mrr <= 0 AND (non_positive_customers > 0 OR non_positive_mrr = 0)
      AND coalesce(least(upsell_mrr, cross_sell_mrr) >= 0 AND greatest(upsell_customers, cross_sell_customers) <= expanded_customers, true)), true) INTO possible FROM retention.revenue_bridge(s, '2026-01-01', 1);
    SELECT possible AND coalesce(bool_and(retained_customers BETWEEN 0 AND base_customers AND gross_retained_mrr BETWEEN 0 AND least(base_mrr, retained_mrr)), true) INTO possible FROM retention.trailing_retention(s, '2026-01-01');
    PERFORM count(*) FROM retention.customer_churn(s, 'average', 'count', '2026-01-01');
  ELSIF type = 'revenue_cohort_summary' THEN
    c := written::retention.revenue_cohort_summary;
    same := c::text = written;
    PERFORM retention.combine(c, c);
    SELECT coalesce(bool_and(customers BETWEEN 0 AND cohort_customers AND gross_mrr <= mrr AND gross_mrr >= 0), true) INTO possible FROM retention.revenue_cohorts(c, '2026-01-01') AS r;
  ELSE
    t := written::retention.mrr_timeline;
    same := t::text = written;
    PERFORM retention.combine(t, t);
    PERFORM count(*) FROM retention.mrr_changes(t);
    PERFORM retention.revenue_agg(t, 'month'), retention.revenue_cohort_agg(t, 'week');
    SELECT coalesce(bool_and(mrr_change = mrr - previous_mrr AND mrr >= 0 AND movement IS NOT NULL), true) INTO possible FROM retention.mrr_movements(t, 'month');
    possible := possible AND retention.mrr_at(t, '2024-01-01') >= 0;
  END IF;
EXCEPTION WHEN OTHERS THEN
  state := SQLSTATE;
END
$$;
CREATE TEMP TABLE readings AS SELECT id, v.type, d.*, r.* FROM victims AS v, twin.damaged(v.value) AS d, twin.reading(v.type, d.written) AS r;
SELECT cmp_ok((SELECT count(*) FROM readings WHERE state = '22P02'), '>', 4000::bigint, 'damaged values are refused');
SELECT is_empty('SELECT id, type, damage, written FROM readings WHERE NOT same LIMIT 5', 'damaged text that is accepted prints as it was written');
SELECT is_empty('SELECT id, type, damage, written FROM readings WHERE NOT possible LIMIT 5', 'and says what customers can have done');
SELECT is_empty($$SELECT DISTINCT ON (type, state) id, type, damage, written, state FROM readings WHERE same IS NULL AND state <> '22P02'$$, 'damaged text is refused with 22P02');
SELECT is_empty($$SELECT DISTINCT ON (type, state) id, type, damage, written, state FROM readings WHERE same AND state NOT IN ('22003', '22008', '22023')$$, 'the functions survive what is accepted');
SELECT is_empty($$SELECT id, type, damage, written FROM readings WHERE damage = 'extended' AND same$$, 'no extra byte is accepted');

-- Counters and money far beyond one query's customers.
CREATE FUNCTION twin.doubled(s retention.revenue_summary, times integer) RETURNS retention.revenue_summary LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1..times LOOP
    s := retention.combine(s, s);
  END LOOP;
  RETURN s;
END
$$;
SELECT is_empty($$SELECT span, periods FROM (SELECT span, periods, s, twin.doubled(s, 40) AS huge FROM summaries WHERE products) AS t
  WHERE huge::text::retention.revenue_summary::text <> huge::text OR NOT (
    SELECT bool_and((h.ending_mrr, h.churned_mrr, h.upsell_mrr, h.cross_sell_mrr, h.non_positive_mrr, h.ending_customers)
        = (r.ending_mrr * factor, r.churned_mrr * factor, r.upsell_mrr * factor, r.cross_sell_mrr * factor, r.non_positive_mrr * factor, r.ending_customers * factor)
      AND twin.near(h.net_revenue_retention, r.net_revenue_retention) AND twin.near(h.quick_ratio, r.quick_ratio) AND h.arpa IS NOT DISTINCT FROM r.arpa)
    FROM (SELECT 1::bigint << 40 AS factor) AS f, retention.revenue_bridge(huge) AS h JOIN retention.revenue_bridge(s) AS r USING (period_start))$$, '2^40 times the customers');
SELECT twin.fails('SELECT twin.doubled(retention.revenue_agg(1, DATE ''2024-01-01'', NULL, 10, ''month''), 64)', '22003', NULL, 'a count beyond bigint is an error');

-- ------------------------------------- 11. DISTINCT, order, index, stored values

SELECT is((SELECT count(*) FROM (SELECT s FROM summaries UNION SELECT s FROM copied_summaries) AS u), (SELECT count(DISTINCT s::text) FROM summaries), 'UNION of summaries by hashing');
SELECT is((SELECT count(*) FROM (SELECT t FROM timelines UNION SELECT tp FROM copied_timelines) AS u WHERE t IS NOT NULL), (SELECT count(DISTINCT x::text) FROM timelines, LATERAL (VALUES (t), (tp)) AS v (x)), 'UNION of timelines by hashing');
SET LOCAL enable_hashagg = off;
SELECT is((SELECT count(*) FROM (SELECT s FROM summaries UNION SELECT s FROM copied_summaries) AS u), (SELECT count(DISTINCT s::text) FROM summaries), 'UNION of summaries by sorting');
SELECT is((SELECT count(*) FROM (SELECT t FROM timelines UNION SELECT tp FROM copied_timelines) AS u WHERE t IS NOT NULL), (SELECT count(DISTINCT x::text) FROM timelines, LATERAL (VALUES (t), (tp)) AS v (x)), 'UNION of timelines by sorting');
RESET enable_hashagg;
SELECT is_empty(format($$
  SELECT 1 FROM %1$s AS a, %1$s AS b WHERE (a.%2$s = b.%2$s) <> (a.%2$s::text = b.%2$s::text) OR (a.%2$s <> b.%2$s) = (a.%2$s = b.%2$s)
    OR (a.%2$s < b.%2$s)::integer + (a.%2$s > b.%2$s)::integer + (a.%2$s = b.%2$s)::integer <> 1
    OR (a.%2$s <= b.%2$s) <> (NOT a.%2$s > b.%2$s) OR (a.%2$s >= b.%2$s) <> (NOT a.%2$s < b.%2$s) LIMIT 1
$$, tab, col), 'the six operators are one order, equality is by bytes: ' || tab) FROM (VALUES ('summaries', 's'), ('cohort_summaries', 's'), ('timelines', 'tp')) AS t (tab, col);
-- A table of a row per customer, lines added as they are sold; every question answered from it.
CREATE TABLE stored (customer integer PRIMARY KEY, t retention.mrr_timeline);
DO $do$
BEGIN
  FOR batch IN 0..5 LOOP
    INSERT INTO stored AS o SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) FROM subs WHERE span = 'long' AND part = batch AND customer IS NOT NULL GROUP BY customer
    ON CONFLICT (customer) DO UPDATE SET t = retention.combine(o.t, excluded.t);
  END LOOP;
END
$do$;
SELECT is_empty($$SELECT periods FROM summaries WHERE span = 'long' AND products AND (SELECT retention.revenue_agg(t, periods) FROM stored)::text IS DISTINCT FROM s::text$$, 'stored timelines, fed in batches, answer every question as the subscriptions do');
-- What is computed from a stored value never changes it.
CREATE TABLE kept AS SELECT span, periods, products, s, s::text AS bytes FROM summaries;
CREATE TABLE kept_timelines AS SELECT customer, t, tp, t::text AS bytes, tp::text AS bytes_p FROM timelines;
CREATE TEMP TABLE computed AS SELECT retention.merge_agg(s) AS s FROM kept GROUP BY span, periods, products;
INSERT INTO computed SELECT retention.combine(a.s, b.s) FROM kept AS a JOIN kept AS b USING (span, periods, products);
INSERT INTO computed SELECT retention.merge_agg(s) OVER (PARTITION BY periods, products ORDER BY bytes ROWS UNBOUNDED PRECEDING) FROM (SELECT * FROM kept UNION ALL SELECT * FROM kept) AS twice;
CREATE TEMP TABLE computed_timelines AS SELECT retention.merge_agg(t) OVER (ORDER BY customer ROWS 5 PRECEDING) AS t FROM (SELECT * FROM kept_timelines UNION ALL SELECT * FROM kept_timelines) AS twice;
INSERT INTO computed_timelines SELECT retention.combine(a.tp, b.tp) FROM kept_timelines AS a JOIN kept_timelines AS b ON b.customer = a.customer + 1;
INSERT INTO computed SELECT retention.revenue_agg(tp, 'month') OVER (ORDER BY customer) FROM kept_timelines;
SELECT is_empty('SELECT span, periods FROM kept WHERE s::text IS DISTINCT FROM bytes', 'stored summaries are never changed in place');
SELECT is_empty('SELECT customer FROM kept_timelines WHERE t::text IS DISTINCT FROM bytes OR tp::text IS DISTINCT FROM bytes_p', 'stored timelines are never changed in place');
SELECT is_empty('SELECT s::text FROM computed WHERE s::text::retention.revenue_summary::text IS DISTINCT FROM s::text LIMIT 5', 'whatever the functions return can be stored');
SELECT is_empty('SELECT t::text FROM computed_timelines WHERE t::text::retention.mrr_timeline::text IS DISTINCT FROM t::text LIMIT 5', 'whatever the functions return can be stored: timelines');

-- ------------------------------- 12. serial = parallel, little memory, any session

SET LOCAL TimeZone = 'Pacific/Kiritimati';
SET LOCAL DateStyle = 'German';
SET LOCAL extra_float_digits = -3;
SELECT is_empty($$SELECT span, periods FROM summaries WHERE twin.summary(CASE WHEN products THEN 'SELECT retention.revenue_agg(name, started_on, ended_on, mrr, $1, product) FROM subs WHERE span = $2'
  ELSE 'SELECT retention.revenue_agg(t, $1) FROM timelines WHERE span = $2' END, periods, span) IS DISTINCT FROM s::text$$, 'a session in another time zone changes nothing');
RESET TimeZone;
RESET DateStyle;
RESET extra_float_digits;
CREATE TEMP TABLE parallel_routes AS SELECT twin.routed(route, products) AS route, products FROM routes, unnest('{f,t}'::boolean[]) AS products WHERE kind = 'revenue' AND route !~ 'ORDER BY|UNION|GROUP BY|AS p$|LATERAL';
INSERT INTO parallel_routes SELECT twin.routed(route, products), NULL FROM routes, unnest('{f,t}'::boolean[]) AS products WHERE kind = 'cohort' AND route !~ 'ORDER BY|UNION|GROUP BY|AS p$';
INSERT INTO parallel_routes VALUES ('SELECT retention.revenue_cohort_agg(tp, $1) FROM timelines WHERE span = $2', NULL);
SET LOCAL work_mem = '64kB';
SELECT is_empty($$SELECT span, periods, route FROM parallel_routes JOIN (SELECT span, periods, products, s::text AS bytes FROM summaries UNION ALL SELECT span, periods, NULL, s::text FROM cohort_summaries) AS s ON s.products IS NOT DISTINCT FROM parallel_routes.products
  WHERE twin.summary(route, periods, span) IS DISTINCT FROM bytes$$, 'work_mem of 64kB, byte for byte');
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
ALTER FUNCTION retention.revenue_pass_serialize(internal) COST 1;
-- So that it costs less to send states than to send rows.
SET LOCAL parallel_tuple_cost = 0.1;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT is_empty($$SELECT route, twin.plan_of(replace(replace(route, '$1', '''month'''), '$2', '''long''')) FROM parallel_routes
  WHERE twin.plan_of(replace(replace(route, '$1', '''month'''), '$2', '''long''')) !~ 'Finalize Aggregate.*Gather.*Partial Aggregate'$$, 'every aggregate gets a parallel plan');
SELECT cmp_ok((SELECT count(*) FROM parallel_routes), '>', 14::bigint, 'of every kind and key');
SELECT is_empty($$SELECT span, periods, route FROM parallel_routes JOIN (SELECT span, periods, products, s::text AS bytes FROM summaries UNION ALL SELECT span, periods, NULL, s::text FROM cohort_summaries) AS s ON s.products IS NOT DISTINCT FROM parallel_routes.products
  WHERE span = 'long' AND twin.summary(route, periods, span) IS DISTINCT FROM bytes$$, 'serial = parallel in 64kB, byte for byte');
RESET work_mem;
SELECT is_empty($$SELECT span, periods, route FROM parallel_routes JOIN (SELECT span, periods, products, s::text AS bytes FROM summaries UNION ALL SELECT span, periods, NULL, s::text FROM cohort_summaries) AS s ON s.products IS NOT DISTINCT FROM parallel_routes.products
  WHERE periods = 'month' AND twin.summary(route, periods, span) IS DISTINCT FROM bytes$$, 'serial = parallel, byte for byte');
SELECT ok(twin.plan_of('SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr, product) FROM subs WHERE customer = 59') ~ 'Finalize Aggregate.*Gather.*Partial Aggregate', 'a timeline in a parallel plan');
SELECT is_empty($$SELECT customer FROM timelines WHERE span = 'long' AND customer % 12 IN (3, 7, 10, 11)
  AND ARRAY[t::text, tp::text] IS DISTINCT FROM ARRAY[twin.answer(format('SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr) FROM subs WHERE customer = %s', customer)), twin.answer(format('SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr, product) FROM subs WHERE customer = %s', customer))]$$,
  '... is the same timeline');
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
-- More customers than fit in 64kB, in partitions: spilled, in parallel, partition by partition.
CREATE TABLE many (segment integer, customer integer, id uuid, name text, started_on date, ended_on date, mrr numeric, product text) PARTITION BY HASH (customer);
CREATE TABLE many_0 PARTITION OF many FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE many_1 PARTITION OF many FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO many
SELECT customer % 3, customer, md5(customer::text)::uuid, 'cus_' || md5(customer::text), started_on, CASE WHEN n % 7 > 0 THEN started_on + floor(random() * 300)::integer END, (floor(random() * 10000) / 100)::numeric - 20, twin.pick('{a,b,NULL,d,e}'::text[])
FROM generate_series(1, 30000) AS n, LATERAL (SELECT n * 7919 % 9973 AS customer, DATE '2022-01-01' + floor(random() * 800)::integer AS started_on) AS s;
ANALYZE many;
CREATE TABLE many_answers AS
SELECT segment, retention.revenue_agg(t, 'month')::text AS plain, retention.revenue_agg(tp, 'month')::text AS by_product FROM (
  SELECT segment, customer, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS t, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS tp FROM many GROUP BY segment, customer) AS per_customer GROUP BY GROUPING SETS ((segment), ());
SELECT results_eq($$SELECT ending_mrr, ending_customers, non_positive_customers, non_positive_mrr FROM many_answers, retention.revenue_bridge(by_product::retention.revenue_summary, '2023-06-30') WHERE segment IS NULL AND period_start = '2023-06-01'$$,
  $$SELECT sum(mrr) FILTER (WHERE mrr > 0), count(*) FILTER (WHERE mrr > 0), count(*) FILTER (WHERE mrr <= 0), sum(mrr) FILTER (WHERE mrr <= 0) FROM (
    SELECT sum(mrr) AS mrr FROM many WHERE started_on <= '2023-06-30' AND (ended_on IS NULL OR ended_on > '2023-06-30') GROUP BY customer) AS per_customer$$, 'of 30,000 lines: the state of the end of June 2023');
CREATE FUNCTION twin.many_differ(OUT key text, OUT grouped text) RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
  FOR key, grouped IN SELECT k, g FROM unnest('{customer,customer::bigint,id,name}'::text[]) AS k, unnest('{NULL::integer,segment}'::text[]) AS g LOOP
    RETURN QUERY EXECUTE format('SELECT %L, %L FROM (SELECT %s AS segment, retention.revenue_agg(%s, started_on, ended_on, mrr, ''month'')::text AS plain, retention.revenue_agg(%s, started_on, ended_on, mrr, ''month'', product)::text AS by_product FROM many %s) AS s
      JOIN many_answers AS a ON a.segment IS NOT DISTINCT FROM s.segment WHERE (s.plain, s.by_product) IS DISTINCT FROM (a.plain, a.by_product)', key, grouped, grouped, key, key, CASE grouped WHEN 'segment' THEN 'GROUP BY 1' END);
  END LOOP;
END
$$;
SELECT is_empty('SELECT * FROM twin.many_differ()', 'many customers, single pass = two-stage');
SET LOCAL work_mem = '64kB';
SELECT is_empty('SELECT * FROM twin.many_differ()', 'many customers in 64kB');
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL enable_hashagg = off;
SELECT ok(twin.plan_of('SELECT retention.revenue_agg(id, started_on, ended_on, mrr, ''month'') FROM many') ~ 'Finalize Aggregate.*Append.*Partial Aggregate.*Partial Aggregate', 'a plan partition by partition');
SELECT is_empty('SELECT * FROM twin.many_differ()', 'many customers, partition by partition in 64kB');
RESET enable_hashagg;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
ALTER FUNCTION retention.revenue_pass_serialize(internal) COST 1;
SET LOCAL parallel_tuple_cost = 0.1;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT is_empty('SELECT * FROM twin.many_differ()', 'many customers, in parallel, partition by partition in 64kB');
RESET work_mem;
SELECT is_empty('SELECT * FROM twin.many_differ()', 'many customers, in parallel');
RESET enable_partitionwise_aggregate;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
-- One customer with many lines, many products, in little memory.
SET LOCAL work_mem = '64kB';
SELECT is(retention.revenue_agg(1, DATE '2024-01-01' + n % 700, DATE '2024-01-01' + n % 700 + n % 90, n % 7, 'month', 'product ' || n % 500)::text, (SELECT retention.revenue_agg(t, 'month') FROM (
  SELECT retention.mrr_timeline_agg(DATE '2024-01-01' + n % 700, DATE '2024-01-01' + n % 700 + n % 90, n % 7, 'product ' || n % 500) AS t FROM generate_series(1, 20000) AS n) AS one)::text, '20,000 lines of one customer') FROM generate_series(1, 20000) AS n;
RESET work_mem;

-- ---------------------------------------------------------- 13. unit economics

SELECT is(retention.monthly_amount(amount, period::interval), wanted, format('%s for %s', amount, period))
FROM (VALUES (120.0, '1 year', 10.0), (30, '1 month', 30), (90, '3 months', 30), (-90, '3 months', -30), (2000, '1 year', 166.666667), (-2000, '1 year', -166.666667), (240, '2 years', 10), (10, '7 days', 43.482143), (1, '1 day', 30.4375),
  (0.000001, '2 months', 0.000001), (-0.000001, '2 months', -0.000001), (0.000001, '3 months', 0), (0, '1 year', 0), (100, '1 month 15 days', 66.98762), (100, '1 year 6 months', 5.555556), (29.99, '30 days', 30.427354), (11, '1 year -1 month', 1)) AS a (amount, period, wanted);
SELECT is(retention.monthly_amount(amount, unit, n), wanted, format('%s for %s %s', amount, n, unit))
FROM (VALUES (120.0, 'year', 1, 10.0), (30, 'MONTH', 1, 30), (90, 'quarter', 1, 30), (90, 'month', 3, 30), (480, 'year', 4, 10), (10, 'week', 1, 43.482143), (20, 'week', 2, 43.482143), (1, 'day', 1, 30.4375), (29.99, 'day', 30, 30.427354)) AS a (amount, unit, n, wanted);
SELECT is_empty($$SELECT amount, months, days FROM (SELECT round((random() * 100000)::numeric, floor(random() * 7)::integer) * twin.pick('{1,-1}'::integer[]) AS amount, floor(random() * 40)::integer AS months, floor(random() * 100)::integer AS days FROM generate_series(1, 3000)) AS r
  WHERE months + days > 0 AND retention.monthly_amount(amount, make_interval(months => months, days => days)) IS DISTINCT FROM round(amount * 1.000000000000000000000000000000000000 * 1461 / (1461 * months + 48 * days), 6)$$, 'monthly_amount: amount / (months + days x 12 / 365.25), half away from zero');
SELECT twin.fails(format('SELECT retention.monthly_amount(100, %s)', period), '22023', NULL, 'no month in ' || period)
FROM unnest(ARRAY['INTERVAL ''0''', 'INTERVAL ''-1 month''', 'INTERVAL ''12 hours''', 'INTERVAL ''1 second''', 'INTERVAL ''5 days'' - INTERVAL ''1 month''', 'INTERVAL ''1 month'' - INTERVAL ''40 days''', '''month'', 0', '''year'', -1']) AS period;
SELECT is(retention.monthly_amount(NULL, INTERVAL '1 year'), NULL, 'monthly_amount(NULL) is NULL');
SELECT is(retention.monthly_amount(10, NULL::interval), NULL, '... for no period too');

CREATE FUNCTION twin.close(value text, wanted double precision) RETURNS boolean LANGUAGE sql AS $$ SELECT twin.near(value::double precision, wanted, 1e-6) $$;
SELECT ok(twin.close(twin.answer('SELECT retention.' || call), wanted), call || ' = ' || coalesce(wanted::text, 'NULL'))
FROM (VALUES ('customer_lifetime_value(100, 0.05)', 2000), ('customer_lifetime_value(100, 0.05, 0.8)', 1600), ('customer_lifetime_value(arpa => 49.5, churn_rate => 0.02, gross_margin => 0.75)', 1856.25), ('customer_lifetime_value(100, 0)', NULL), ('customer_lifetime_value(100, 1)', 100), ('customer_lifetime_value(NULL, 0.1)', NULL),
  ('purchase_lifetime_value(50, 4, 3)', 600), ('purchase_lifetime_value(unit_price => 19.99, purchase_frequency => 2.5, duration => 4)', 199.9), ('cac(50000, 100)', 500), ('cac(1, 3)', 0.333333), ('cac(50000, 0)', NULL), ('cac(spend => 90, new_customers => 4)', 22.5),
  ('ltv_cac_ratio(1500, 500)', 3), ('ltv_cac_ratio(1500, 0)', NULL), ('ltv_cac_ratio(ltv => 1, cac => 3)', 1.0 / 3), ('cac_payback_months(500, 100)', 5), ('cac_payback_months(500, 100, 0.8)', 6.25), ('cac_payback_months(500, 0)', NULL), ('cac_payback_months(500, 100, 0)', NULL),
  ('profit_uplift(1000, 100, .10, .02, 1000)', 249000), ('profit_uplift(1000, 100, .10, .02, 1000, 1)', 1000), ('profit_uplift(1000, 100, .10, .02, periods => 1)', 2000), ('profit_uplift(1000, 100, .10, .02, periods => 2)', 5640), ('profit_uplift(1000, 100, .10, .02)', 250000),
  ('profit_uplift(customers => 1000, margin_per_customer => 100, churn_rate => 0.1, churn_reduction => 0)', 0), ('profit_uplift(1000, 100, 0.1, 0.1)', NULL), ('profit_uplift(1000, 100, 0.1, 0.1, 0, 3)', 56100), ('profit_uplift(1000, 100, 0.1, NULL)', NULL)) AS c (call, wanted);
SELECT is(retention.profit_uplift(1000, 100, .10, .02, 1000), 249000::numeric, 'profit_uplift is exact to the cent');
-- The chain of the documentation: LTV from the bridge.
SELECT ok(bool_and(twin.near(retention.customer_lifetime_value(arpa, customer_churn_rate)::double precision, arpa::double precision / customer_churn_rate, 1e-8)) AND count(*) > 10, 'customer_lifetime_value of the rows of a bridge')
FROM summaries, retention.revenue_bridge(s) WHERE span = 'long' AND periods = 'month' AND products AND customer_churn_rate > 0;

SELECT * FROM finish();
ROLLBACK;
