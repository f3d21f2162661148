-- revenue against numbers others have published: dbt-labs' mrr-playbook month by month and
-- customer by customer, ChartMogul's examples, and subscriptions in the shapes in which
-- Stripe and Recurly export them, with bridges worked out by hand.
-- Data files are read from the directory in RETENTION_DATA (readable by the server),
-- else those tests are skipped.
-- Run: RETENTION_DATA=../shared/data pg_prove -d DATABASE test/pgtap/revenue_truths.sql

BEGIN;
\ir twin.psql
\ir revenue_twin.psql
\getenv data RETENTION_DATA
SELECT plan(28);

-- --------------------------------------------------- the published examples

-- Lines of customers by month, as {"customer": [January, February, ...]}; 0 has no line.
CREATE FUNCTION twin.months(document jsonb) RETURNS TABLE (customer text, started_on date, ended_on date, mrr numeric) LANGUAGE sql AS $$
  SELECT customer, (DATE '2024-01-01' + (n - 1) * INTERVAL '1 month')::date, (DATE '2024-01-01' + n * INTERVAL '1 month')::date, mrr::numeric
  FROM jsonb_each(document) AS c (customer, months), jsonb_array_elements_text(months) WITH ORDINALITY AS m (mrr, n) WHERE mrr::numeric <> 0
$$;
CREATE FUNCTION twin.february(document jsonb) RETURNS SETOF retention.revenue_bridge_row LANGUAGE sql AS $$
  SELECT r.* FROM retention.revenue_bridge((SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') FROM twin.months(document)), '2024-02-29') AS r WHERE period_start = '2024-02-01'
$$;
-- ChartMogul (203359341, 4414075567250): of 100 at the start 10 churned, 10 contracted, 10 expanded.
SELECT results_eq($$SELECT starting_mrr, ending_mrr, gross_mrr_churn_rate, net_mrr_churn_rate, gross_revenue_retention, net_revenue_retention FROM twin.february('{"a": [10, 0], "b": [30, 20], "c": [20, 30], "d": [40, 40]}')$$,
  'VALUES (100::numeric, 90::numeric, 0.2::double precision, 0.1::double precision, 0.8::double precision, 0.9::double precision)', 'ChartMogul: gross churn 20 %, net churn 10 %');
-- ChartMogul (207340419), one period: 100 at the start, 120 at the end, of which 10 are new.
SELECT results_eq($$SELECT net_mrr_churn_rate, new_business_mrr, ending_mrr FROM twin.february('{"a": [100, 110], "b": [0, 10]}')$$, 'VALUES (-0.1::double precision, 10::numeric, 120::numeric)', 'ChartMogul: net churn -10 %');
-- A returning customer lowers ChartMogul's net churn: the rate with reactivation.
SELECT results_eq($$SELECT net_mrr_churn_rate, net_mrr_churn_rate_with_reactivation, quick_ratio, quick_ratio_with_reactivation FROM retention.revenue_bridge((
    SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') FROM twin.months('{"a": [50, 0, 25], "b": [0, 100, 80], "c": [0, 0, 10]}')), '2024-03-31') WHERE period_start = '2024-03-01'$$,
  'VALUES (0.2::double precision, -0.05::double precision, 0.5::double precision, 1.75::double precision)', 'net churn and quick ratio, without and with reactivation');
-- ChartMogul (201244842): $2000 a year is 166.67; a second subscription of two times $30 is an expansion of 60, its
-- cancellation a contraction, the cancellation of the last subscription churn, when its paid time ends.
SELECT results_eq($$SELECT period_start, round(abs(mrr_change), 2), movement FROM retention.mrr_movements((SELECT retention.mrr_timeline_agg(day, until, mrr) FROM (VALUES
    (DATE '2024-01-20', DATE '2025-01-20', retention.monthly_amount(2000, '1 year')), ('2024-03-03', '2024-06-03', 2 * retention.monthly_amount(30, '1 month'))) AS l (day, until, mrr)), 'month')$$,
  $$VALUES (DATE '2024-01-01', 166.67, 'new_business'), ('2024-03-01', 60.00, 'expansion'), ('2024-06-01', 60.00, 'contraction'), ('2025-01-01', 166.67, 'churn')$$, 'ChartMogul: four movements of a customer');
-- GRR takes the smaller of start and end for each customer: {100 > 0, 100 > 250} is 0.5, where the totals would say 1.
SELECT results_eq($$SELECT gross_revenue_retention, net_revenue_retention, least(starting_mrr, ending_mrr) / starting_mrr = 1 FROM twin.february('{"a": [100, 0], "b": [100, 250]}')$$, 'VALUES (0.5::double precision, 1.25::double precision, true)', 'GRR by customer, not by total');
-- 50, then nothing, is churn, not a contraction; nothing, then 50, a reactivation, not an expansion.
SELECT results_eq($$SELECT array_agg(movement ORDER BY period_start), array_agg(mrr_change::integer ORDER BY period_start) FROM (SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr) AS t FROM twin.months('{"a": [50, 0, 50, 60, 50]}')) AS one, retention.mrr_movements(t, 'month')$$,
  $$VALUES ('{new_business,churn,reactivation,expansion,contraction,churn}'::text[], '{50,-50,50,10,-10,-50}'::integer[])$$, 'the order of the cases: churn and reactivation come first');
-- The state on the last day: an upgrade on the 31st counts in its month, one on the 1st in the next; a line that ends
-- on the 31st (exclusive) is gone that day, one that ends on the 1st is still there; what happens inside is not seen.
SELECT results_eq($$SELECT period_start, new_business_mrr, expansion_mrr, contraction_mrr, churned_mrr, ending_mrr FROM retention.revenue_bridge((SELECT retention.revenue_agg(c, day, until, mrr, 'month') FROM (VALUES
    ('upgrade on the 31st', DATE '2024-01-10', DATE '2024-01-31', 100), ('upgrade on the 31st', '2024-01-31', NULL, 101), ('upgrade on the 1st', '2024-01-10', '2024-02-01', 200), ('upgrade on the 1st', '2024-02-01', NULL, 202),
    ('ends on the 31st', '2024-01-05', '2024-01-31', 400), ('ends on the 1st', '2024-01-05', '2024-02-01', 800), ('down and up again', '2024-01-05', '2024-02-07', 1600), ('down and up again', '2024-02-07', '2024-02-21', 16), ('down and up again', '2024-02-21', NULL, 1600),
    ('a pause inside', '2024-01-31', '2024-02-10', 3200), ('a pause inside', '2024-02-20', NULL, 3200), ('29 February', '2024-02-29', NULL, 6400)) AS l (c, day, until, mrr)), '2024-02-29')$$,
  $$VALUES (DATE '2024-01-01', 101 + 200 + 800 + 1600 + 3200::numeric, 0::numeric, 0::numeric, 0::numeric, 5901::numeric), ('2024-02-01', 6400, 2, 0, 800, 11503)$$, 'the state of a month is that of its last day');

-- --------------------------------------------------------------- the files

\if :{?data}

-- dbt-labs/mrr-playbook: 121 subscriptions; its months begin in January 2018. Its upgrade and downgrade are our expansion and
-- contraction, its churn_mrr and downgrade_mrr are negative, its quick ratio counts reactivation.
CREATE TABLE playbook (subscription_id integer, customer_id integer, start_date date, end_date date, monthly_amount numeric);
\set file :data '/sets/mrr_subscription_periods.csv'
COPY playbook FROM :'file' (FORMAT csv, HEADER);
CREATE TABLE playbook_months (date_month date, mrr numeric, active_customers bigint, new_mrr numeric, reactivation_mrr numeric, upgrade_mrr numeric, downgrade_mrr numeric, churn_mrr numeric, start_mrr numeric,
  gross_revenue_retention double precision, net_revenue_retention double precision, quick_ratio double precision);
\set file :data '/truth/mrr_playbook_month.csv'
COPY playbook_months FROM :'file' (FORMAT csv, HEADER);
CREATE TABLE playbook_categories (date_month date, change_category text, n_rows bigint, sum_mrr numeric, sum_mrr_change numeric, sum_renewal numeric);
\set file :data '/truth/mrr_playbook_month_category.csv'
COPY playbook_categories FROM :'file' (FORMAT csv, HEADER);
CREATE TABLE playbook_customers (date_month date, customer_id integer, mrr numeric, is_active boolean, first_active_month date, last_active_month date, is_first_month boolean, is_last_month boolean, previous_month_is_active boolean, previous_month_mrr numeric,
  mrr_change numeric, change_category text, renewal_amount numeric);
\set file :data '/truth/mrr_playbook_customer_month.csv'
COPY playbook_customers FROM :'file' (FORMAT csv, HEADER);
SELECT is((SELECT concat_ws(' ', (SELECT count(*) FROM playbook), (SELECT count(*) FROM playbook_months), (SELECT count(*) FROM playbook_customers), (SELECT sum(n_rows) FROM playbook_categories))), '121 26 410 410', 'the files of mrr-playbook are whole');
INSERT INTO twin.subscriptions SELECT 'playbook', customer_id, start_date, end_date, monthly_amount, 'p' || subscription_id % 3 FROM playbook;
INSERT INTO twin.specs VALUES ('playbook', 'month', '2020-12-31');
SELECT twin.compute();
CREATE TABLE playbook_timelines AS SELECT customer_id, retention.mrr_timeline_agg(start_date, end_date, monthly_amount) AS t FROM playbook GROUP BY customer_id;

CREATE TABLE playbook_bridges AS
SELECT 'twin' AS route, to_jsonb(r) AS r FROM twin.revenue_bridge('playbook', 'month', false, '2020-02-29') AS r
UNION ALL SELECT 'single pass', to_jsonb(r) FROM retention.revenue_bridge((SELECT retention.revenue_agg(customer_id, start_date, end_date, monthly_amount, 'month') FROM playbook), '2020-02-29') AS r
UNION ALL SELECT 'single pass by product', to_jsonb(r) FROM retention.revenue_bridge((SELECT retention.revenue_agg('customer ' || customer_id, start_date, end_date, monthly_amount, 'month', 'p' || subscription_id % 3) FROM playbook), '2020-02-29') AS r
UNION ALL SELECT 'two stages', to_jsonb(r) FROM retention.revenue_bridge((SELECT retention.revenue_agg(t, 'month') FROM playbook_timelines), '2020-02-29') AS r
UNION ALL SELECT 'merged', to_jsonb(r) FROM retention.revenue_bridge((SELECT retention.merge_agg(s) FROM (SELECT retention.revenue_agg(customer_id, start_date, end_date, monthly_amount, 'month') AS s FROM playbook GROUP BY customer_id) AS per_customer), '2020-02-29') AS r;
CREATE TABLE playbook_rows AS SELECT route, (jsonb_populate_record(NULL::retention.revenue_bridge_row, r)).* FROM playbook_bridges WHERE r ->> 'period_start' >= '2018-01-01';
SELECT is_empty(format($$SELECT t.*, r.* FROM (SELECT * FROM playbook_rows WHERE route = %L) AS r FULL JOIN playbook_months AS t ON date_month = period_start
  WHERE (ending_mrr, ending_customers, new_business_mrr, r.reactivation_mrr, expansion_mrr, -contraction_mrr, -churned_mrr, starting_mrr) IS DISTINCT FROM (mrr, active_customers, new_mrr, t.reactivation_mrr, upgrade_mrr, downgrade_mrr, churn_mrr, start_mrr)$$, route),
  'mrr-playbook: 26 months of money and customers, ' || route) FROM (SELECT DISTINCT route FROM playbook_bridges) AS r;
SELECT is_empty($$SELECT route, date_month FROM playbook_rows AS r JOIN playbook_months AS t ON date_month = period_start WHERE NOT twin.near(r.gross_revenue_retention, t.gross_revenue_retention, 1e-11)
  OR NOT twin.near(r.net_revenue_retention, t.net_revenue_retention, 1e-11) OR NOT twin.near(quick_ratio_with_reactivation, t.quick_ratio, 1e-11)$$, 'mrr-playbook: GRR, NRR, quick ratio');
SELECT is_empty($$SELECT route, period_start, new_customers, reactivated_customers, expanded_customers, contracted_customers, churned_customers FROM playbook_rows
  JOIN (SELECT date_month, sum(n_rows) FILTER (WHERE change_category = 'new') AS new, sum(n_rows) FILTER (WHERE change_category = 'reactivation') AS back, sum(n_rows) FILTER (WHERE change_category = 'upgrade') AS up, sum(n_rows) FILTER (WHERE change_category = 'downgrade') AS down,
    sum(n_rows) FILTER (WHERE change_category = 'churn') AS gone, sum(sum_renewal) AS renewed FROM playbook_categories GROUP BY date_month) AS t ON date_month = period_start
  WHERE (new_customers, reactivated_customers, expanded_customers, contracted_customers, churned_customers, starting_mrr - contraction_mrr - churned_mrr) IS DISTINCT FROM (coalesce(new, 0), coalesce(back, 0), coalesce(up, 0), coalesce(down, 0), coalesce(gone, 0), renewed)$$,
  'mrr-playbook: customers of every category, renewals');
SELECT results_eq($$SELECT route, sum(new_customers), sum(new_business_mrr), sum(reactivated_customers), sum(reactivation_mrr), sum(expanded_customers), sum(expansion_mrr), sum(contracted_customers), sum(contraction_mrr), sum(churned_customers), sum(churned_mrr), sum(ending_mrr), bool_and(is_complete)
    FROM playbook_rows GROUP BY route ORDER BY route$$,
  $$SELECT route, 52::numeric, 2195::numeric, 3::numeric, 150::numeric, 30::numeric, 660::numeric, 27::numeric, 555::numeric, 55::numeric, 2450::numeric, 17020::numeric, true FROM (SELECT DISTINCT route FROM playbook_bridges) AS r ORDER BY route$$, 'mrr-playbook: its totals');
SELECT is_empty($$SELECT * FROM (SELECT customer_id, m.* FROM playbook_timelines, retention.mrr_movements(t, 'month', from_day => '2018-01-01') AS m) AS m FULL JOIN (SELECT * FROM playbook_customers WHERE change_category <> '' AND change_category IS NOT NULL) AS c ON (c.customer_id, date_month) = (m.customer_id, period_start)
  WHERE (m.previous_mrr, m.mrr, m.mrr_change) IS DISTINCT FROM (c.previous_month_mrr, c.mrr, c.mrr_change) OR movement IS DISTINCT FROM CASE change_category WHEN 'new' THEN 'new_business' WHEN 'upgrade' THEN 'expansion' WHEN 'downgrade' THEN 'contraction' ELSE change_category END$$,
  'mrr-playbook: every movement of every customer');
SELECT is_empty($$SELECT date_month, customer_id FROM playbook_customers JOIN playbook_timelines USING (customer_id) WHERE retention.mrr_at(t, (date_month + INTERVAL '1 month -1 day')::date) <> mrr OR retention.mrr_at(t, date_month) <> mrr$$, 'mrr-playbook: every customer-month');

-- ------------------------------------------------------------ Stripe's export

\set stripe :data '/peer/fivetran/dbt_stripe/integration_tests/seeds'
CREATE TABLE stripe_subscription (id text, synced timestamp, application_fee_percent text, billing text, billing_cycle_anchor timestamp, billing_threshold_amount_gte text, billing_threshold_reset_billing_cycle_anchor text, cancel_at timestamp, cancel_at_period_end boolean, canceled_at timestamp,
  created timestamp, current_period_end timestamp, current_period_start timestamp, customer_id text, days_until_due integer, default_source_id text, ended_at timestamp, livemode boolean, metadata jsonb, quantity integer, start_date timestamp, status text, tax_percent numeric, trial_end timestamp, trial_start timestamp, fivetran_active boolean);
\set file :stripe '/subscription_data.csv'
COPY stripe_subscription (id, synced, application_fee_percent, billing, billing_cycle_anchor, billing_threshold_amount_gte, billing_threshold_reset_billing_cycle_anchor, cancel_at, cancel_at_period_end, canceled_at, created, current_period_end, current_period_start, customer_id, days_until_due,
  default_source_id, ended_at, livemode, metadata, quantity, start_date, status, tax_percent, trial_end, trial_start) FROM :'file' (FORMAT csv, HEADER);
\set file :stripe '/subscription_history_data.csv'
COPY stripe_subscription (id, synced, fivetran_active, application_fee_percent, billing, billing_cycle_anchor, billing_threshold_amount_gte, billing_threshold_reset_billing_cycle_anchor, cancel_at, cancel_at_period_end, canceled_at, created, current_period_end, current_period_start, customer_id, days_until_due,
  default_source_id, ended_at, livemode, metadata, quantity, start_date, status, tax_percent, trial_end, trial_start) FROM :'file' (FORMAT csv, HEADER);
CREATE TABLE stripe_item (synced timestamp, created timestamp, current_period_end timestamp, current_period_start timestamp, id text, metadata jsonb, plan_id text, quantity integer, subscription_id text);
\set file :stripe '/subscription_item_data.csv'
COPY stripe_item FROM :'file' (FORMAT csv, HEADER);
CREATE TABLE stripe_plan (id text, synced timestamp, active boolean, aggregate_usage text, amount bigint, billing_scheme text, created timestamp, currency text, "interval" text, interval_count integer, is_deleted boolean, livemode boolean, nickname text, product_id text, tiers_mode text,
  transform_usage_divide_by text, transform_usage_round text, trial_period_days integer, usage_type text);
\set file :stripe '/plan_data.csv'
COPY stripe_plan FROM :'file' (FORMAT csv, HEADER);
-- Prices are cents a unit for interval_count intervals. A subscription comes once from the table and once from its history: the last
-- version synced counts. Items of subscriptions that are not in the export begin when they were created and stand for a customer each.
CREATE TABLE stripe_lines AS
SELECT coalesce(s.customer_id, i.subscription_id) AS customer, coalesce(s.start_date, i.created)::date AS started_on, s.ended_at::date AS ended_on, retention.monthly_amount(p.amount * i.quantity / 100.0, p.interval, p.interval_count) AS mrr, p.product_id AS product
FROM stripe_item AS i LEFT JOIN stripe_plan AS p ON p.id = i.plan_id LEFT JOIN (SELECT DISTINCT ON (id) * FROM stripe_subscription ORDER BY id, synced DESC) AS s ON s.id = i.subscription_id;
SELECT is((SELECT concat_ws(' ', (SELECT count(*) FROM stripe_subscription), (SELECT count(*) FROM stripe_item), (SELECT count(*) FROM stripe_plan), (SELECT count(*) FROM stripe_lines))), '4 14 13 14', 'Stripe: the files are whole, each subscription once');
-- By hand, in dollars a month, in order of item:
--   sdf6547   1 x 1500 a month                = 1500.00    18 Feb 2021 .. 19 Feb 2021
--   123fsdf   2 x 1500 a month                = 3000.00    18 Feb 2021 .. 19 Feb 2021
--   3 July    1 x 1500 for 6 months           =  250.00    8 July   3 x   1 a month =    3.00
--   4 July    3 x 1800 for 6 months           =  900.00    9 July   1 x 500 a month =  500.00
--   5 July    2 x 2640.30 for 3 months        = 1760.20   10 July   2 x 400 a month =  800.00
--   6 July    1 x 450 a month                 =  450.00   11 July   1 x 150 a month =  150.00
--   7 July    2 x 200 a month                 =  400.00   12 July   3 x 115 a month =  345.00
--   13 July   2 x 890 a month                 = 1780.00   13 July   a plan that is not in the export: no amount, ignored
-- The two of February 2021 paid for a day: they are in no month's end. July 2024: 11 customers, 7338.20 in all, of which the
-- week of 1 July 5 customers and 3760.20.
CREATE TABLE stripe_summaries AS SELECT unit, retention.revenue_agg(customer, started_on, ended_on, mrr, unit, product) AS s FROM stripe_lines, unnest('{day,week,month}'::text[]) AS unit GROUP BY unit;
SELECT results_eq($$SELECT period_start, starting_mrr, new_business_mrr, churned_mrr, ending_mrr, new_customers, ending_customers, is_complete FROM stripe_summaries, retention.revenue_bridge(s, '2024-07-31') WHERE unit = 'month' AND (new_customers > 0 OR period_start = '2021-02-01')$$,
  $$VALUES (DATE '2021-02-01', 0::numeric, 0::numeric, 0::numeric, 0::numeric, 0::bigint, 0::bigint, true), ('2024-07-01', 0, 7338.20, 0, 7338.20, 11, 11, true)$$, 'Stripe: the bridge by month');
SELECT results_eq($$SELECT period_start, starting_mrr, new_business_mrr, churned_mrr, ending_mrr, new_customers, churned_customers, ending_customers FROM stripe_summaries, retention.revenue_bridge(s) WHERE unit = 'week' AND (new_customers > 0)$$,
  $$VALUES (DATE '2024-07-01', 0::numeric, 3760.20::numeric, 0::numeric, 3760.20::numeric, 5::bigint, 0::bigint, 5::bigint), ('2024-07-08', 3760.20, 3578, 0, 7338.20, 6, 0, 11)$$, 'Stripe: the bridge by week');
SELECT results_eq($$SELECT period_start, new_business_mrr, churned_mrr, ending_mrr, new_customers, churned_customers FROM stripe_summaries, retention.revenue_bridge(s, '2021-02-28') WHERE unit = 'day' AND (new_customers > 0 OR churned_customers > 0)$$,
  $$VALUES (DATE '2021-02-18', 4500::numeric, 0::numeric, 4500::numeric, 2::bigint, 0::bigint), ('2021-02-19', 0, 4500, 0, 0, 2)$$, 'Stripe: the bridge by day sees the two of a day');
SELECT results_eq($$SELECT same_period, churned_customers, denominator_customers, customer_churn_rate FROM stripe_summaries, unnest('{count,drop}'::text[]) AS same_period, retention.customer_churn(s, 'start_plus_new', same_period, '2021-02-28') WHERE unit = 'month'$$,
  $$VALUES ('count', 2::bigint, 2::double precision, 1::double precision), ('drop', 0, 0, NULL)$$, 'Stripe: the churn of February 2021 counts them or drops them');
SELECT is((SELECT count(*) FROM stripe_summaries, retention.revenue_bridge(s) WHERE unit = 'month'), 42::bigint, 'Stripe: 42 months from February 2021 to July 2024');

-- ----------------------------------------------------------- Recurly's export

\set recurly :data '/peer/fivetran/dbt_recurly/integration_tests/seeds'
CREATE TABLE recurly_subscription (synced timestamp, id text, created_at timestamp, updated_at timestamp, activated_at timestamp, canceled_at timestamp, expires_at timestamp, account_id text, plan_id text, object text, uuid text, state text, current_period_started_at timestamp, current_period_ends_at timestamp,
  current_term_started_at timestamp, current_term_ends_at timestamp, trial_started_at timestamp, trial_ends_at timestamp, remaining_billing_cycles integer, total_billing_cycles integer, renewal_billing_cycles integer, auto_renew boolean, paused_at timestamp, remaining_pause_cycles integer,
  currency text, unit_amount numeric, quantity integer, add_ons_total numeric, subtotal numeric, collection_method text, expiration_reason text);
\set file :recurly '/subscription_history_data.csv'
COPY recurly_subscription FROM :'file' (FORMAT csv, HEADER);
CREATE TABLE recurly_plan (synced timestamp, id text, created_at timestamp, updated_at timestamp, deleted_at timestamp, code text, state text, name text, description text, interval_unit text, interval_length integer, trial_unit text, trial_length integer, total_billing_cycles integer, auto_renew boolean,
  accounting_code text, setup_fee_accounting_code text, tax_code text, tax_exempt boolean);
\set file :recurly '/plan_history_data.csv'
COPY recurly_plan FROM :'file' (FORMAT csv, HEADER);
-- The last version of each subscription; the trial is a line at no price; plan and add-ons are two products.
CREATE TABLE recurly_lines AS
SELECT account_id AS customer, l.started_on, l.ended_on, retention.monthly_amount(l.amount, make_interval(months => interval_length)) AS mrr, l.product
FROM (SELECT DISTINCT ON (id) * FROM recurly_subscription ORDER BY id, updated_at DESC) AS s JOIN recurly_plan AS p ON p.id = s.plan_id AND interval_unit = 'months',
  LATERAL (SELECT coalesce(trial_ends_at, activated_at)::date AS paid_from) AS t,
  LATERAL (VALUES (trial_started_at::date, paid_from, 0, 'trial'), (paid_from, expires_at::date, unit_amount * quantity, 'plan'), (paid_from, expires_at::date, add_ons_total, 'add-ons')) AS l (started_on, ended_on, amount, product);
SELECT is((SELECT concat_ws(' ', count(*), count(DISTINCT id)) FROM recurly_subscription), '5 4', 'Recurly: five versions of four subscriptions');
-- By hand:
--   51bc...  99 a month from 11 Feb 2015, two versions                                                   =   99.00
--   4458...  2999 a month + add-ons of 2597 (599 + 2 x 999), trial 13 .. 20 Feb 2015                      = 5596.00
--   4458...  99 a month, twice, on 26 March 2019 for minutes: lines of no length, which contribute nothing
-- Week of 9 Feb 2015: 99 new, one customer in trial, in force and not paying. Week of 16 Feb: 5596 new.
SELECT results_eq($$SELECT period_start, new_business_mrr, ending_mrr, ending_customers, non_positive_customers, non_positive_mrr, expansion_mrr, is_complete
    FROM retention.revenue_bridge((SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'week', product) FROM recurly_lines))$$,
  $$VALUES (DATE '2015-02-09', 99::numeric, 99::numeric, 1::bigint, 1::bigint, 0::numeric, 0::numeric, true), ('2015-02-16', 5596, 5695, 2, 0, 0, 0, false)$$, 'Recurly: the bridge by week');
SELECT results_eq($$SELECT count(*), sum(new_business_mrr), max(ending_mrr), min(ending_mrr), sum(expansion_mrr + contraction_mrr + churned_mrr + reactivation_mrr), max(arpa) FROM retention.revenue_bridge((SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, 'month') FROM recurly_lines), '2022-08-31')$$,
  $$VALUES (91::bigint, 5695::numeric, 5695::numeric, 5695::numeric, 0::numeric, 2847.5::numeric)$$, 'Recurly: 91 months until August 2022 in which nothing else happens');
SELECT results_eq($$SELECT day, c.product, c.mrr FROM (SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS t FROM recurly_lines WHERE customer LIKE '4458%') AS one, retention.mrr_changes(t) AS c ORDER BY c.product$$,
  $$VALUES (DATE '2015-02-20', 'add-ons', 2597::numeric), ('2015-02-20', 'plan', 2999)$$, 'Recurly: what changes for the account with the trial');

\else
SELECT skip('RETENTION_DATA is not set', 21);
\endif

SELECT * FROM finish();
ROLLBACK;
