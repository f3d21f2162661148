-- Views for BI: the contract that all of them keep, over the catalog; their rows against direct calls of the functions;
-- row-level security and privileges; names, sources and search_paths of every kind; replacing and dropping.
-- Run: pg_prove -d DATABASE test/pgtap/views.sql (extensions retention and pgtap installed, as superuser)

BEGIN;
SELECT plan(228);
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SET LOCAL client_min_messages = warning;

-- ------------------------------------------------------------------- helpers

CREATE SCHEMA twin;
-- All rows of a relation, in one order, as the current role sees them; or its error.
CREATE FUNCTION twin.contents(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT jsonb_agg(to_jsonb(v) ORDER BY to_jsonb(v)::text)::text FROM %s v', relation) INTO result;
  RETURN coalesce(result, 'no rows');
EXCEPTION WHEN insufficient_privilege THEN
  RETURN SQLERRM;
END $$;
-- The contents of all views of a schema, as their readers know them.
CREATE FUNCTION twin.all_contents(schema_name text) RETURNS TABLE (view_name text, rows text) LANGUAGE sql AS $$
  SELECT relname::text, twin.contents(oid) FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(schema_name)) AND relkind = 'v'
$$;
-- The views of two schemas that differ, by name or by rows.
CREATE FUNCTION twin.differences(a text, b text) RETURNS TABLE (view_name text, rows_a text, rows_b text) LANGUAGE sql AS $$
  SELECT view_name, a.rows, b.rows FROM twin.all_contents(a) a FULL JOIN twin.all_contents(b) b USING (view_name)
  WHERE a.rows IS DISTINCT FROM b.rows
$$;
-- The rows in which two queries differ.
CREATE FUNCTION twin.same(a text, b text, description text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  rows bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM (%s) a', a) INTO rows;
  RETURN is(rows > 0, true, description || ': there are rows') || E'\n' ||
    is_empty(format('((%1$s) EXCEPT ALL (%2$s)) UNION ALL ((%2$s) EXCEPT ALL (%1$s))', a, b), description);
END $$;

-- ---------------------------------------------------------------------- data

CREATE SCHEMA shop;
CREATE TABLE shop.answer (id serial, score smallint, answered_at timestamptz, segment text, country varchar(2));
INSERT INTO shop.answer (score, answered_at, segment, country)
SELECT CASE WHEN i % 17 > 0 THEN (i * 7 + i / 60) % 11 END, timestamptz '2023-12-30 20:30Z' + i * interval '7 hours',
  (ARRAY['small', 'large', NULL])[1 + i % 3], (ARRAY['DE', 'FR'])[1 + i / 5 % 2]
FROM generate_series(1, 800) i;
CREATE TABLE shop.event (customer integer, at timestamptz, country text, kind text);
INSERT INTO shop.event
SELECT nullif((i * i) % 97, 13), timestamptz '2023-12-31 22:30Z' + i * interval '5 hours' + (i % 97) * interval '1 day',
  (ARRAY['DE', 'FR'])[1 + i * i % 97 % 2], 'login' FROM generate_series(1, 1500) i;
CREATE TABLE shop.subscription (customer uuid, started_on date, ended_on date, mrr numeric(10, 2), product text, country text);
INSERT INTO shop.subscription
SELECT md5((i % 60)::text)::uuid, date '2023-01-10' + i * 3, CASE WHEN i % 3 > 0 THEN date '2023-01-10' + i * 3 + (i * 37) % 200 END,
  10 + i % 7, chr(65 + i % 3), (ARRAY['DE', 'FR'])[1 + i % 60 % 2] FROM generate_series(1, 200) i;
CREATE TABLE shop.lead (id integer PRIMARY KEY, attributes jsonb, country text);
INSERT INTO shop.lead SELECT i, jsonb_build_object('title', CASE i % 3 WHEN 0 THEN 'CEO' ELSE 'student' END), (ARRAY['DE', 'FR'])[1 + i % 2]
FROM generate_series(1, 400) i;
CREATE TABLE shop.lead_event (lead bigint, event text, at timestamptz, country text);
INSERT INTO shop.lead_event
SELECT i % 350, (ARRAY['demo', 'visit', 'other'])[1 + i % 3], timestamptz '2024-05-01' + i * interval '20 minutes', (ARRAY['DE', 'FR'])[1 + i % 350 % 2]
FROM generate_series(1, 2000) i;
CREATE INDEX ON shop.lead_event (lead);
ANALYZE;
CREATE FUNCTION twin.card() RETURNS retention.scorecard LANGUAGE sql IMMUTABLE AS $$
SELECT '{"fit": [{"group": "role", "rules": [{"rule": "boss 100 %s \\", "when": {"attribute": "title", "op": "eq", "value": "CEO"}, "points": 30}]}],
  "engagement": [{"group": "content", "max": 60, "rules": [{"rule": "demo", "event": "demo", "points": 40, "decay": "half_life", "period": "10 days"},
    {"rule": "visit", "event": "visit", "points": 10}]}], "qualified": {"fit_at_least": 10, "engagement_at_least": 30}}'::retention.scorecard
$$;

-- All views of all concepts over tables of these columns, named as those of shop with a suffix.
CREATE FUNCTION twin.create_all(target text, source_schema text DEFAULT 'shop', materialized boolean DEFAULT false, suffix text DEFAULT '') RETURNS bigint
LANGUAGE sql AS $$
  WITH source AS MATERIALIZED (SELECT format('%I.%I', source_schema, n || suffix)::regclass AS r, n
    FROM unnest('{answer,event,subscription,lead,lead_event}'::text[]) n)
  SELECT sum(c) FROM (
    SELECT count(*) AS c FROM unnest('{nps,csat,ces}'::text[]) m, source,
      LATERAL retention.create_survey_views(target, r, 'score', 'answered_at', 'Europe/Berlin', '{segment,country}', create_all.materialized, m,
        0, 10, as_of => '2024-07-17', asked_at => 'answered_at') WHERE n = 'answer'
    UNION ALL SELECT count(*) FROM source, LATERAL retention.create_retention_views(target, r, 'customer', 'at', 'Europe/Berlin', '{country}',
      create_all.materialized, 3, '2024-07-17') WHERE n = 'event'
    UNION ALL SELECT count(*) FROM source, LATERAL retention.create_revenue_views(target, r, 'customer', 'started_on', 'ended_on', 'mrr', 'product',
      '{country}', materialized => create_all.materialized, reactivation_within => 1, as_of => '2024-07-17') WHERE n = 'subscription'
    UNION ALL SELECT count(*) FROM source l, source e, LATERAL retention.create_lead_views(target, twin.card(), l.r, 'id', 'attributes',
      e.r, 'lead', 'event', 'at', create_all.materialized, as_of => '2024-05-25 00:00Z') WHERE l.n = 'lead' AND e.n = 'lead_event'
  ) x
$$;
SELECT is(twin.create_all('kpi'), 45::bigint, 'all views of all concepts');
SELECT is(twin.create_all('kpi_m', materialized => true), 45::bigint, 'the same, materialized');

-- ------------------------------------------------------------- the contract

CREATE TEMP VIEW kpi_view AS
SELECT c.oid, c.relname, c.relkind, c.reloptions, c.relowner, n.nspname, obj_description(c.oid) AS description
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('kpi', 'kpi_m') AND c.relkind IN ('v', 'm');
CREATE TEMP VIEW kpi_column AS
SELECT v.oid, v.nspname, v.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod) AS type, col_description(v.oid, a.attnum) AS description
FROM kpi_view v JOIN pg_attribute a ON a.attrelid = v.oid WHERE a.attnum > 0 AND v.relkind = 'v';

SELECT set_eq('SELECT nspname::text, relkind::text, count(*) FROM kpi_view GROUP BY 1, 2 ORDER BY 1',
  $$VALUES ('kpi', 'v', 45::bigint), ('kpi_m', 'v', 45), ('kpi_m', 'm', 45)$$, 'plain views, and the same before materialized ones');
SELECT set_eq($$SELECT relname FROM kpi_view WHERE relkind = 'm'$$, $$SELECT (relname || '_stored')::name FROM kpi_view WHERE nspname = 'kpi'$$, 'named after them');
SELECT is_empty($$SELECT v.relname, a.attname FROM kpi_view v JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0
  LEFT JOIN kpi_column c ON c.nspname = v.nspname AND c.relname || '_stored' = v.relname AND c.attnum = a.attnum AND c.attname = a.attname
  WHERE v.relkind = 'm' AND c.description IS DISTINCT FROM col_description(v.oid, a.attnum)$$, 'whose columns have the same comments');
SELECT is_empty($$SELECT * FROM kpi_column WHERE type NOT IN ('boolean', 'smallint', 'integer', 'bigint', 'numeric', 'double precision', 'text',
  'date', 'timestamp with time zone', 'uuid')$$, 'only built-in scalar types');
SELECT is_empty($$SELECT a.*, b.type FROM kpi_column a FULL JOIN (SELECT * FROM kpi_column WHERE nspname = 'kpi_m') b
  USING (relname, attname, attnum) WHERE a.nspname = 'kpi' AND a.type IS DISTINCT FROM b.type OR a.nspname IS NULL$$,
  'a view before a materialized one has the columns of the plain one');
SELECT is_empty($$SELECT * FROM kpi_column WHERE coalesce(description, '') !~ '\w{3}'$$, 'a comment on every column');
SELECT is_empty($$SELECT * FROM kpi_view WHERE coalesce(description, '') !~ '^[^\n]{40,}\n(Materialized[^\n]*\n)?Created by retention\.create_[a-z]+_views\(\)\.$'$$,
  'a comment on every view, whose last line says who created it');
SELECT is_empty($$SELECT * FROM kpi_view WHERE nspname = 'kpi' AND '{security_invoker=true}' IS DISTINCT FROM reloptions$$, 'plain views read as their reader');
SELECT is_empty($$SELECT * FROM kpi_view WHERE relowner <> current_user::regrole$$, 'they belong to the caller');
SELECT is_empty($$SELECT * FROM kpi_column WHERE attname ~ '^(period|base_period|cohort)_(start|end)$' AND type <> 'date'$$, 'real dates');
SELECT is_empty($$SELECT relname FROM kpi_column GROUP BY nspname, relname
  HAVING bool_or(attname = 'period_start') AND NOT bool_or(attname = 'is_complete' AND type = 'boolean')
    AND relname <> 'mrr_movements_monthly'$$, 'is_complete on every row of a period');
SELECT is_empty($$SELECT * FROM kpi_view v WHERE nspname = 'kpi_m' AND relkind = 'v' AND
  description NOT LIKE E'%\nMaterialized:%row security of the sources does not apply%retention.refresh_views(''kpi_m'') renews it.\n%'$$,
  'views before materialized ones say what they are');
SELECT is_empty($$SELECT * FROM kpi_view v WHERE relkind = 'm' AND
  (description NOT LIKE format(E'%%\nMaterialized: the rows of view kpi_m.%s, %%refresh_views(''kpi_m'') renews it.\n%%', left(relname, -7))
   OR NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = v.oid AND i.indisunique AND i.indnullsnotdistinct AND i.indpred IS NULL AND i.indexprs IS NULL))$$,
  'materialized views say what they are and have a unique index');
SELECT is_empty($$SELECT * FROM kpi_view WHERE nspname = 'kpi_m' AND relkind = 'v' AND reloptions IS NOT NULL$$, 'and are read with the rights of their owner');

-- Every number that is not a count, an amount or a time, with what it is computed of.
CREATE TEMP TABLE ratio (views text, ratio text, numerator text, denominator text);
INSERT INTO ratio VALUES
  ('^nps', 'promoter_share', 'promoters', 'num_responses'),
  ('^nps', 'passive_share', 'passives', 'num_responses'),
  ('^nps', 'detractor_share', 'detractors', 'num_responses'),
  ('^nps', 'nps', '100 * (promoters - detractors)', 'num_responses'),
  ('^csat', 'csat_share', 'satisfied_responses', 'num_responses'),
  ('^ces', 'easy_share', 'easy_responses', 'num_responses'),
  ('^cohort_retention', 'retention_rate', 'retained', 'cohort_size'),
  ('^average_retention', 'retention_rate', 'retained', 'customers'),
  ('^mrr_bridge', 'customer_churn_rate', 'churned_customers', 'starting_customers'),
  ('^mrr_bridge', 'revenue_churn_rate', 'churned_mrr', 'starting_mrr'),
  ('^mrr_bridge', 'gross_mrr_churn_rate', 'churned_mrr + contraction_mrr', 'starting_mrr'),
  ('^mrr_bridge', 'net_mrr_churn_rate', 'churned_mrr + contraction_mrr - expansion_mrr', 'starting_mrr'),
  ('^mrr_bridge', 'net_mrr_churn_rate_with_reactivation', 'churned_mrr + contraction_mrr - expansion_mrr - reactivation_mrr', 'starting_mrr'),
  ('^mrr_bridge', 'gross_revenue_retention', 'starting_mrr - churned_mrr - contraction_mrr', 'starting_mrr'),
  ('^mrr_bridge', 'net_revenue_retention', 'starting_mrr - churned_mrr - contraction_mrr + expansion_mrr', 'starting_mrr'),
  ('^mrr_bridge', 'quick_ratio', 'new_business_mrr + expansion_mrr', 'churned_mrr + contraction_mrr'),
  ('^mrr_bridge', 'quick_ratio_with_reactivation', 'new_business_mrr + expansion_mrr + reactivation_mrr', 'churned_mrr + contraction_mrr'),
  ('^mrr_bridge', 'upsell_rate', 'upsell_customers', 'starting_customers'),
  ('^mrr_bridge', 'cross_sell_rate', 'cross_sell_customers', 'starting_customers'),
  ('^revenue_cohorts', 'customer_retention', 'customers', 'cohort_customers'),
  ('^revenue_cohorts', 'net_revenue_retention', 'mrr', 'initial_mrr'),
  ('^revenue_cohorts', 'gross_revenue_retention', 'gross_mrr', 'initial_mrr'),
  ('^trailing_retention', 'customer_retention', 'retained_customers', 'base_customers'),
  ('^trailing_retention', 'net_revenue_retention', 'retained_mrr', 'base_mrr'),
  ('^trailing_retention', 'gross_revenue_retention', 'gross_retained_mrr', 'base_mrr'),
  ('^(nps|csat|ces)', 'response_rate', 'num_responses', 'num_asked');
-- The intervals: of nps and of every share of customers or answers.
CREATE TEMP TABLE ci (views text, share text, prefix text);
INSERT INTO ci VALUES ('^nps', 'nps', ''), ('^nps', 'promoter_share', 'promoter_'), ('^nps', 'passive_share', 'passive_'), ('^nps', 'detractor_share', 'detractor_'), ('^csat', 'csat_share', ''), ('^ces', 'easy_share', ''), ('^(nps|csat|ces)', 'response_rate', 'response_'), ('^(cohort|average)_retention', 'retention_rate', ''),
  ('^mrr_bridge', 'customer_churn_rate', 'customer_churn_'), ('^mrr_bridge', 'upsell_rate', 'upsell_'), ('^mrr_bridge', 'cross_sell_rate', 'cross_sell_'),
  ('^(revenue_cohorts|trailing_retention)', 'customer_retention', '');
SELECT is_empty($$SELECT relname, attname FROM kpi_column c WHERE type = 'double precision'
  AND attname NOT IN ('change', 'change_p_value', 'change_ci_low', 'change_ci_high', 'change_adjusted_p_value', 'mean_score', 'score', 'fit', 'engagement', 'raw_points', 'decay_factor', 'points')
  AND NOT EXISTS (SELECT FROM ratio r WHERE c.relname ~ r.views AND c.attname = r.ratio)
  AND NOT EXISTS (SELECT FROM ci WHERE c.relname ~ ci.views AND c.attname IN (prefix || 'ci_low', prefix || 'ci_high'))$$,
  'every rate is one that has a numerator and a denominator, every bound that of a rate');
SELECT is_empty($$SELECT r.* FROM ratio r WHERE NOT EXISTS (SELECT FROM kpi_column c WHERE c.relname ~ r.views AND c.attname = r.ratio)$$, 'and all of them are there');
SELECT is_empty($$SELECT v.relname, ci.* FROM kpi_view v JOIN ci ON v.relname ~ ci.views
  WHERE v.relkind = 'v' AND (SELECT count(*) FROM kpi_column c WHERE c.oid = v.oid AND c.attname IN (prefix || 'ci_low', prefix || 'ci_high')) <> 2$$,
  'every share of customers or answers has an interval');
-- What a condition on the rows of a view leaves over; views with fewer than two rows that could show it count as well.
CREATE FUNCTION twin.offenders(view_oid oid, subject text, condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  wrong bigint;
  seen bigint;
BEGIN
  EXECUTE format('SELECT count(*) FILTER (WHERE (%s) IS NOT TRUE), count(%I) FROM %s', condition, subject, view_oid::regclass) INTO wrong, seen;
  RETURN nullif(concat_ws(' ', CASE WHEN wrong > 0 THEN wrong || ' wrong' END, CASE WHEN seen < 2 THEN 'nothing seen' END), '');
END $$;
SELECT is_empty($$SELECT v.relname, r.ratio, o FROM kpi_view v JOIN ratio r ON v.relname ~ r.views,
  LATERAL twin.offenders(v.oid, r.ratio, format(CASE WHEN r.ratio = 'retention_rate' AND v.relname ~ '^cohort'
      THEN '%1$I IS NULL AND cohort_size < 3 OR ' ELSE '' END
    || '%1$I IS NULL AND (%3$s) = 0 OR abs(%1$I - (%2$s)::double precision / (%3$s)::double precision) < 1e-12',
    r.ratio, r.numerator, r.denominator)) o WHERE o IS NOT NULL$$, 'every rate is its numerator by its denominator, NULL by zero');
SELECT is_empty($$SELECT v.relname, ci.*, o FROM kpi_view v JOIN ci ON v.relname ~ ci.views,
  LATERAL twin.offenders(v.oid, ci.share, format('%1$I IS NULL AND %2$I IS NULL AND %3$I IS NULL OR %4$s AND %2$I < %3$I',
    ci.share, prefix || 'ci_low', prefix || 'ci_high',
    -- that of nps is around a score of three answers more
    format(CASE ci.share WHEN 'nps' THEN '%2$I >= -100 AND %3$I <= 100' ELSE '%1$I BETWEEN %2$I AND %3$I' END, ci.share, prefix || 'ci_low', prefix || 'ci_high')))
  o WHERE o IS NOT NULL$$, 'every interval is around its share');

-- ------------------------------------------------- rows against direct calls

CREATE TEMP VIEW answer AS SELECT * FROM shop.answer WHERE (answered_at AT TIME ZONE 'Europe/Berlin')::date <= '2024-07-17';
CREATE TEMP VIEW event AS SELECT * FROM shop.event WHERE (at AT TIME ZONE 'Europe/Berlin')::date <= '2024-07-17';
SELECT ok((SELECT count(*) FROM answer) < (SELECT count(*) FROM shop.answer) AND (SELECT count(*) FROM event) < (SELECT count(*) FROM shop.event),
  'there are rows after as_of');
SELECT twin.same(format($$SELECT period_start, period_end, num_responses, promoters, passives, detractors, nps, ci_low, ci_high, change, change_p_value, is_complete,
    change_ci_low, change_ci_high, change_adjusted_p_value, num_missing FROM kpi.nps_%sly$$, unit),
  format($$SELECT r.* FROM (SELECT retention.nps_series_agg(score, answered_at, '%s Europe/Berlin') s FROM answer) a, retention.nps_series(s, '2024-07-17') r$$, unit),
  format('nps_%sly', unit)) FROM unnest('{week,month,quarter}'::text[]) unit;
SELECT twin.same('SELECT segment, period_start, num_responses, nps, ci_low, is_complete FROM kpi.nps_monthly_by_segment',
  $$SELECT segment, period_start, num_responses, nps, ci_low, is_complete FROM (SELECT DISTINCT segment FROM answer) d,
    LATERAL retention.nps_series((SELECT retention.nps_series_agg(score, answered_at, 'month Europe/Berlin') FROM answer a
      WHERE a.segment IS NOT DISTINCT FROM d.segment), '2024-07-17')$$, 'nps_monthly_by_segment');
SELECT twin.same(format('SELECT country, period_start, num_responses, %s::bigint, %s, mean_score, ci_low, ci_high FROM kpi.%s_quarterly_by_country WHERE num_responses > 0',
    responses, share, metric),
  $$SELECT country, retention.period_start(answered_at, 'quarter Europe/Berlin'), count(score), count(*) FILTER (WHERE score >= 9),
      retention.top_box_share(retention.rating_agg(score, 0, 10)), avg(score)::double precision,
      (retention.proportion_ci(count(*) FILTER (WHERE score >= 9), count(score))).*
    FROM answer GROUP BY 1, 2$$, metric || '_quarterly_by_country')
FROM (VALUES ('csat', 'satisfied_responses', 'csat_share'), ('ces', 'easy_responses', 'easy_share')) m (metric, responses, share);
SELECT results_eq('SELECT period_start FROM kpi.csat_monthly ORDER BY 1', 'SELECT period_start FROM kpi.nps_monthly ORDER BY 1', 'CSAT has the periods of NPS');
SELECT results_eq('SELECT period_start, is_complete FROM kpi.ces_weekly ORDER BY 1', 'SELECT period_start, is_complete FROM kpi.nps_weekly ORDER BY 1',
  'CES has the weeks of NPS, complete when they are');

CREATE TEMP VIEW activity AS SELECT customer, country, retention.activity_agg(at, 'Europe/Berlin') AS days FROM event WHERE customer IS NOT NULL GROUP BY 1, 2;
SELECT twin.same(format('SELECT * FROM kpi.cohort_retention_%sly', unit),
  format($$SELECT r.* FROM (SELECT retention.retention_agg(days, '%s') s FROM activity) a, retention.cohort_retention(s, as_of => '2024-07-17', min_cohort_size => 3) r$$, unit),
  format('cohort_retention_%sly', unit)) FROM unnest('{week,month}'::text[]) unit;
SELECT twin.same(format('SELECT * FROM kpi.%s_monthly_by_country', accessor),
  format($$SELECT country, r.* FROM (SELECT country, retention.retention_agg(days, 'month') s FROM activity GROUP BY 1) a, retention.%s(s, %s) r$$, accessor, arguments),
  accessor || '_monthly_by_country')
FROM (VALUES ('cohort_retention', $$as_of => '2024-07-17', min_cohort_size => 3$$), ('average_retention', $$as_of => '2024-07-17', min_cohort_size => 3$$),
  ('lifecycle', $$'2024-07-17'$$)) a (accessor, arguments);

CREATE TEMP VIEW timeline AS SELECT customer, country, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS t FROM shop.subscription GROUP BY 1, 2;
SELECT twin.same((SELECT format('SELECT %s FROM kpi.mrr_bridge_monthly_by_country', string_agg(attname, ', ' ORDER BY attnum)) FROM kpi_column
    WHERE nspname = 'kpi' AND relname = 'mrr_bridge_monthly_by_country' AND attname !~ 'ci_(low|high)$'),
  $$SELECT country, r.* FROM (SELECT country, retention.revenue_agg(t, 'month') s FROM timeline GROUP BY 1) a, retention.revenue_bridge(s, '2024-07-17', 1) r$$,
  'mrr_bridge_monthly_by_country');
SELECT twin.same('SELECT period_start, churned_customers, customer_churn_rate, customer_churn_ci_low, customer_churn_ci_high, is_complete FROM kpi.mrr_bridge_monthly',
  $$SELECT period_start, churned_customers, customer_churn_rate, ci_low, ci_high, is_complete
    FROM (SELECT retention.revenue_agg(t, 'month') s FROM timeline) a, retention.customer_churn(s, as_of => '2024-07-17')$$,
  'the interval of churn is that of customer_churn()');
SELECT twin.same($$SELECT period_start, movement, count(*), sum(abs(mrr_change)) FROM kpi.mrr_movements_monthly GROUP BY 1, 2$$,
  $$SELECT period_start, movement, customers, mrr FROM kpi.mrr_bridge_monthly, LATERAL (VALUES ('new_business', new_customers, new_business_mrr),
    ('expansion', expanded_customers, expansion_mrr), ('contraction', contracted_customers, contraction_mrr), ('churn', churned_customers, churned_mrr),
    ('reactivation', reactivated_customers, reactivation_mrr)) m (movement, customers, mrr) WHERE customers > 0$$, 'the movements sum up to the bridge');
SELECT ok((SELECT count(*) FROM kpi.mrr_movements_monthly WHERE movement = 'new_business') > (SELECT count(DISTINCT customer_id) FROM kpi.mrr_movements_monthly),
  'and there are returns that count as new business');
SELECT twin.same('SELECT * FROM kpi.revenue_cohorts_monthly', $$SELECT r.*, (retention.proportion_ci(customers, cohort_customers)).*
  FROM (SELECT retention.revenue_cohort_agg(t, 'month') s FROM timeline) a, retention.revenue_cohorts(s, '2024-07-17') r$$, 'revenue_cohorts_monthly');
SELECT twin.same('SELECT * FROM kpi.trailing_retention_monthly_by_country', $$SELECT country, r.*, (retention.proportion_ci(retained_customers, base_customers)).*
  FROM (SELECT country, retention.revenue_agg(t, 'month') s FROM timeline GROUP BY 1) a, retention.trailing_retention(s, '2024-07-17') r$$, 'trailing_retention_monthly');
SELECT twin.same('SELECT lead_id::text, round(score::numeric, 9), fit, round(engagement::numeric, 9), fit_grade, engagement_grade, label, qualified FROM kpi.lead_scores',
  $$SELECT lead_id, round(score::numeric, 9), fit, round(engagement::numeric, 9), fit_grade, engagement_grade, label, qualified FROM retention.score_leads(twin.card(), 'SELECT id, attributes FROM shop.lead',
    'SELECT lead, event, at FROM shop.lead_event WHERE at <= ''2024-05-25 00:00Z''', '2024-05-25 00:00Z'::timestamptz)$$, 'lead_scores');
SELECT twin.same('SELECT lead_id, label, score, fit, engagement, last_event_at, reasons FROM kpi.qualified_leads',
  'SELECT lead_id, label, score, fit, engagement, last_event_at, reasons FROM kpi.lead_scores WHERE qualified', 'qualified_leads');
SELECT is_empty($$SELECT * FROM kpi.lead_scores s WHERE abs(score - coalesce((SELECT sum(points) FROM kpi.lead_score_explanations e WHERE e.lead_id = s.lead_id), 0)) > 1e-9$$,
  'explanations sum up to the score');
SELECT is_empty($$SELECT * FROM kpi.lead_scores s WHERE last_event_at IS DISTINCT FROM
  (SELECT max(at) FROM shop.lead_event WHERE lead = s.lead_id AND at <= '2024-05-25 00:00Z')$$, 'last_event_at');
CREATE FUNCTION twin.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  lines text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
    lines := lines || line || E'\n';
  END LOOP;
  RETURN lines;
END $$;
SET LOCAL enable_seqscan = off;
SELECT matches(twin.plan_of('SELECT * FROM kpi.lead_scores WHERE lead_id = 7'), 'Index Cond: \(id = 7\)(.|\n)*Index Cond: \(lead = 7\)', 'a lead is found by the indexes of both tables');
RESET enable_seqscan;
SELECT is_empty($$SELECT * FROM twin.differences('kpi', 'kpi_m')$$, 'materialized views hold the rows of plain ones');

-- without as_of a view looks at yesterday, and a day ends where its zone says
INSERT INTO shop.answer (score, answered_at, country) SELECT i % 11, current_timestamp + (i - 60) * interval '1 hour', 'DE' FROM generate_series(1, 100) i;
CREATE FUNCTION twin.create_until(target text, day date, moment timestamptz) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT retention.create_survey_views(target, 'shop.answer', 'score', 'answered_at', 'Asia/Tokyo', metric => m, scale_min => 0, scale_max => 10, as_of => day)
  FROM unnest('{nps,csat}'::text[]) m
  UNION ALL SELECT retention.create_retention_views(target, 'shop.event', 'customer', 'at', 'Asia/Tokyo', as_of => day)
  UNION ALL SELECT retention.create_revenue_views(target, 'shop.subscription', 'customer', 'started_on', 'ended_on', 'mrr', timezone => 'Asia/Tokyo', as_of => day)
  UNION ALL SELECT retention.create_lead_views(target, twin.card(), 'shop.lead', 'id', NULL, 'shop.lead_event', 'lead', 'event', 'at', as_of => moment)
$$;
SELECT is(count(*), 34::bigint, 'views by the clock, and of yesterday') FROM (
  SELECT twin.create_until('clock', NULL, NULL)
  UNION ALL SELECT twin.create_until('yesterday', (current_timestamp AT TIME ZONE 'Asia/Tokyo')::date - 1, current_timestamp)) x;
SELECT is_empty($$SELECT * FROM twin.differences('clock', 'yesterday')$$, 'a view without as_of is that of yesterday');
SELECT ok((SELECT sum(num_responses) FROM clock.nps_weekly) < (SELECT count(score) FROM shop.answer WHERE answered_at < current_timestamp + interval '1 day'), 'without the answers of today');
-- in Havana the first hour of 2024-11-03 comes twice; none of it is 2024-11-02
CREATE TABLE shop.havana AS SELECT 9 AS score, t AS at FROM unnest('{2024-11-03 03:59:59Z,2024-11-03 04:00Z,2024-11-03 05:00Z}'::timestamptz[]) t;
SELECT is(count(*), 3::bigint, 'views of answers in Havana') FROM retention.create_survey_views('havana', 'shop.havana', 'score', 'at', 'America/Havana', as_of => '2024-11-02');
SELECT is((SELECT num_responses FROM havana.nps_monthly), 1::bigint, 'the last day ends at its first midnight');
DELETE FROM shop.answer WHERE answered_at > '2025-01-01';

-- -------------------------------------------------- row security and grants

CREATE ROLE views_reader;
CREATE ROLE views_german IN ROLE views_reader;
CREATE ROLE views_scores;
GRANT USAGE ON SCHEMA kpi, kpi_m, shop, twin TO views_reader, views_scores;
SELECT matches(twin.contents('kpi.nps_monthly'), 'period_start', 'the owner reads');
SET LOCAL ROLE views_german;
SELECT is_empty($$SELECT * FROM twin.all_contents('kpi') WHERE rows NOT LIKE 'permission denied for view %'$$, 'a role without grants reads no view');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA kpi, kpi_m TO views_reader, views_scores;
SET LOCAL ROLE views_german;
SELECT is_empty($$SELECT * FROM twin.all_contents('kpi') WHERE rows NOT LIKE 'permission denied for table %'$$, 'nor does one with grants on the views alone');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO views_reader;
SET LOCAL ROLE views_german;
SELECT is_empty($$SELECT * FROM twin.differences('kpi', 'kpi_m')$$, 'one with both reads what the owner sees');
RESET ROLE;
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY '{answer,event,subscription,lead,lead_event}'::text[] LOOP
    EXECUTE format('ALTER TABLE shop.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY german ON shop.%I TO views_german USING (country = ''DE'')', t);
    EXECUTE format('CREATE VIEW shop.%I AS SELECT * FROM shop.%I WHERE country = ''DE''', t || '_de', t);
  END LOOP;
END $$;
SELECT is(twin.create_all('kpi_de', suffix => '_de'), 45::bigint, 'views of the German rows');
CREATE TEMP TABLE seen (view_name text, rows text);
GRANT ALL ON seen TO views_reader;
SET LOCAL ROLE views_german;
INSERT INTO seen SELECT * FROM twin.all_contents('kpi');
RESET ROLE;
SELECT is_empty($$SELECT view_name, s.rows, d.rows FROM seen s FULL JOIN twin.all_contents('kpi_de') d USING (view_name)
  WHERE s.rows IS DISTINCT FROM d.rows$$, 'under row security every view has the numbers of the rows that the role may see');
SELECT is((SELECT count(*) FROM seen JOIN twin.all_contents('kpi') a USING (view_name) WHERE seen.rows <> a.rows AND seen.rows LIKE '%"%'), 45::bigint,
  'which are others than those of the owner');
SET LOCAL ROLE views_reader;
SELECT is_empty($$SELECT * FROM twin.all_contents('kpi') WHERE rows <> 'no rows'$$, 'a role without a policy sees nothing');
SELECT is_empty($$SELECT * FROM twin.all_contents('kpi_m') WHERE rows = 'no rows'$$, 'but, as their comments say, all of the materialized views');
RESET ROLE;
ALTER TABLE shop.answer DISABLE ROW LEVEL SECURITY;
GRANT SELECT (score, answered_at) ON shop.answer TO views_scores;
SET LOCAL ROLE views_scores;
SELECT set_eq($$SELECT view_name, rows LIKE 'permission denied for table answer' FROM twin.all_contents('kpi') WHERE view_name ~ '^nps_monthly' ORDER BY 1$$,
  $$VALUES ('nps_monthly', false), ('nps_monthly_by_country', true), ('nps_monthly_by_segment', true)$$, 'grants on columns: the views of those columns');
RESET ROLE;

-- ------------------------------------------- a caller who is no superuser

CREATE ROLE views_maker;
GRANT USAGE ON SCHEMA shop, twin TO views_maker;
SET LOCAL ROLE views_maker;
PREPARE make AS SELECT * FROM retention.create_survey_views('made', 'shop.answer', 'score', 'answered_at', 'UTC', as_of => '2024-07-17');
SELECT throws_ok('EXECUTE make', '42501', 'permission denied for table answer', 'without SELECT on the source');
RESET ROLE;
GRANT SELECT ON shop.answer TO views_maker;
SET LOCAL ROLE views_maker;
SELECT throws_ok('EXECUTE make', '42501', format('permission denied for database %s', current_database()), 'without CREATE on the database');
SELECT throws_ok($$SELECT retention.create_lead_views('kpi', twin.card(), 'shop.lead', 'id', 'attributes', 'shop.lead_event', 'lead', 'event', 'at')$$,
  '42501', 'permission denied for table lead', 'without SELECT on the leads');
RESET ROLE;
GRANT USAGE, CREATE ON SCHEMA kpi TO views_maker;
SET LOCAL ROLE views_maker;
SELECT throws_matching($$SELECT retention.create_survey_views('kpi', 'shop.answer', 'score', 'answered_at', 'UTC')$$, 'view kpi.nps_weekly belongs to role \w+, so role views_maker does not replace it',
  'the views of another owner are not replaced');
SELECT throws_matching($$SELECT retention.drop_views('kpi')$$, 'the views in schema kpi belong to others, not to role views_maker', 'nor dropped');
RESET ROLE;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO views_maker', current_database()); END $$;
SET LOCAL ROLE views_maker;
SELECT set_eq('make', $$VALUES ('made.nps_weekly'), ('made.nps_monthly'), ('made.nps_quarterly')$$, 'with them: the names');
SELECT set_eq($$SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'made'::regnamespace$$, $$VALUES ('views_maker')$$, 'the views are the caller''s');
SELECT is((SELECT sum(num_responses) FROM made.nps_monthly)::bigint, (SELECT count(score) FROM shop.answer WHERE answered_at < '2024-07-18Z'), 'and can be read');
SELECT set_eq($$SELECT * FROM retention.drop_views('made')$$, $$VALUES ('made.nps_weekly'), ('made.nps_monthly'), ('made.nps_quarterly')$$, 'and dropped');
SELECT is(to_regnamespace('made'), NULL, 'with the schema');
RESET ROLE;

-- ------------------------------------------------------------------- sources

CREATE TABLE shop.answer_parts (LIKE shop.answer) PARTITION BY RANGE (answered_at);
CREATE TABLE shop.answer_old PARTITION OF shop.answer_parts FOR VALUES FROM (MINVALUE) TO ('2024-03-01Z');
CREATE TABLE shop.answer_new PARTITION OF shop.answer_parts FOR VALUES FROM ('2024-03-01Z') TO (MAXVALUE);
INSERT INTO shop.answer_parts SELECT * FROM shop.answer;
CREATE VIEW shop.answer_view AS SELECT * FROM shop.answer;
CREATE MATERIALIZED VIEW shop.answer_mat AS SELECT * FROM shop.answer;
SELECT is(count(*), 27::bigint, 'views of a view, of a partitioned table, of a materialized view')
FROM unnest('{view,parts,mat}'::text[]) n, LATERAL retention.create_survey_views('of_' || n, ('shop.answer_' || n)::regclass, 'score', 'answered_at',
  'Europe/Berlin', '{segment,country}', as_of => '2024-07-17', asked_at => 'answered_at');
SELECT is_empty(format($$SELECT * FROM twin.all_contents('kpi') k JOIN twin.all_contents('of_%s') o USING (view_name) WHERE k.rows <> o.rows$$, n),
  format('a source of kind %s: the same rows', n)) FROM unnest('{view,parts,mat}'::text[]) n;

DO $$
BEGIN
  CREATE EXTENSION file_fdw;
  CREATE SERVER views_files FOREIGN DATA WRAPPER file_fdw;
  EXECUTE $sql$CREATE FOREIGN TABLE shop.answer_foreign (score smallint, answered_at timestamptz)
    SERVER views_files OPTIONS (program 'printf "9,2024-01-31 22:59Z\n0,2024-01-31 23:00Z\n10,2024-02-03 12:00Z\n"', format 'csv')$sql$;
EXCEPTION WHEN feature_not_supported OR undefined_file THEN
  NULL; -- file_fdw is not installed
END $$;
SELECT CASE WHEN to_regclass('shop.answer_foreign') IS NULL THEN skip('file_fdw is not installed', 2) ELSE
  is((SELECT count(*) FROM retention.create_survey_views('of_foreign', to_regclass('shop.answer_foreign'), 'score', 'answered_at', 'Europe/Berlin', as_of => '2024-03-01')),
    3::bigint, 'views of a foreign table') || E'\n' ||
  is(twin.contents(to_regclass('of_foreign.nps_monthly'))::jsonb @> '[{"period_start": "2024-01-01", "nps": 100}, {"period_start": "2024-02-01", "nps": 0}]', true,
    'and their rows') END;

-- no rows: no rows, and no error
CREATE SCHEMA vacant;
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY '{answer,event,subscription,lead,lead_event}'::text[] LOOP
    EXECUTE format('CREATE TABLE vacant.%I (LIKE shop.%1$I)', t);
  END LOOP;
END $$;
SELECT is(twin.create_all('of_none', 'vacant') + twin.create_all('of_none_m', 'vacant', true), 90::bigint, 'views of empty tables');
SELECT is_empty($$SELECT * FROM twin.all_contents('of_none') WHERE rows <> 'no rows'$$, 'have no rows');
SELECT is_empty($$SELECT * FROM twin.all_contents('of_none_m') WHERE rows <> 'no rows'$$, 'have no rows, materialized');

-- columns of every type that is allowed
CREATE DOMAIN twin.grade AS numeric(2) CHECK (VALUE >= 0);
CREATE DOMAIN twin.mark AS twin.grade;
CREATE TYPE twin.country AS ENUM ('DE', 'FR');
CREATE TABLE shop.typed AS SELECT score::smallint AS smallint, score::integer AS integer, score::bigint AS bigint, score::real AS real, score::double precision AS double,
  score::numeric AS numeric, score::twin.mark AS domain, score::text AS text, score::text::varchar(5) AS varchar, score::text::char(5) AS char, score::text::name AS name,
  md5(score::text)::uuid AS uuid, country::twin.country AS enum, score > 5 AS boolean, (answered_at AT TIME ZONE 'Europe/Berlin')::date AS date,
  answered_at AT TIME ZONE 'Europe/Berlin' AS timestamp, answered_at AS timestamptz, score * 1.10 AS mrr FROM shop.answer;
SELECT is_empty($$SELECT score, moment FROM unnest('{smallint,integer,bigint,real,double,numeric,domain}'::text[]) score, unnest('{date,timestamp,timestamptz}'::text[]) moment
  WHERE (SELECT count(*) FROM retention.create_survey_views(score || '_' || moment, 'shop.typed', score::name, moment::name, 'Europe/Berlin', as_of => '2024-07-17', asked_at => moment::name)) <> 3$$,
  'scores and times of every type');
SELECT is_empty($$SELECT score, moment FROM unnest('{smallint,integer,bigint,real,double,numeric,domain}'::text[]) score, unnest('{date,timestamp,timestamptz}'::text[]) moment
  WHERE twin.contents(format('%I.nps_weekly', score || '_' || moment)::regclass) <> twin.contents('kpi.nps_weekly')$$, 'have the same rows');
SELECT is(count(*), 4::bigint, 'retention of customers as bigint') FROM retention.create_retention_views('of_bigint', 'shop.typed', 'bigint', 'date', as_of => '2024-07-17');
SELECT is_empty($$SELECT customer FROM unnest('{smallint,integer,numeric,domain,text,varchar,char,name,uuid}'::text[]) customer
  WHERE (SELECT count(*) FROM retention.create_retention_views('of_' || customer, 'shop.typed', customer::name, 'timestamptz', 'Europe/Berlin', as_of => '2024-07-17')) <> 4$$,
  'and of every other type');
SELECT is_empty($$SELECT customer, d.* FROM unnest('{smallint,integer,numeric,domain,text,varchar,char,name,uuid}'::text[]) customer,
  LATERAL twin.differences('of_bigint', 'of_' || customer) d$$, 'is the same');
SELECT is_empty($$SELECT customer FROM unnest('{smallint,numeric,char,enum,uuid}'::text[]) customer
  WHERE (SELECT count(*) FROM retention.create_revenue_views('money_' || customer, 'shop.typed', customer::name, 'date', 'timestamp', 'mrr', customer::name, as_of => '2024-07-17')) <> 4$$,
  'revenue of customers and products of every type');
SELECT is((SELECT count(*) FROM retention.create_survey_views('cut', 'shop.typed', 'integer', 'date', as_of => '2024-07-17',
  dimensions => '{smallint,integer,bigint,text,varchar,char,name,uuid,enum,boolean,date}')), 36::bigint, 'dimensions of every type');
SELECT set_eq($$SELECT format_type(a.atttypid, a.atttypmod), count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1
    WHERE relnamespace = 'cut'::regnamespace AND relname ~ '^nps_weekly_by' GROUP BY 1$$,
  $$VALUES ('bigint', 1::bigint), ('boolean', 1), ('date', 1), ('integer', 1), ('smallint', 1), ('text', 5), ('uuid', 1)$$, 'which keep their type, or become text');
SELECT is_empty($$SELECT v.view_name FROM twin.all_contents('cut') v WHERE rows = 'no rows'$$, 'and all of them can be read');
-- S7: the owner of an enum makes a cast of it to text
CREATE TYPE twin.trap AS ENUM ('a', 'b');
CREATE FUNCTION twin.spring(twin.trap) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'run by %', CURRENT_USER; END $$;
CREATE CAST (twin.trap AS text) WITH FUNCTION twin.spring(twin.trap);
CREATE DOMAIN twin.trap_domain AS twin.trap;
CREATE TABLE shop.trapped AS SELECT v::twin.trap AS customer, v::twin.trap_domain AS country, 5 AS score, DATE '2024-01-01' AS day, 1::numeric AS mrr, TIMESTAMPTZ '2024-01-01 00:00Z' AS at
  FROM unnest('{a,b,NULL}'::text[]) v;
SELECT results_eq($$
  SELECT count(*) FROM retention.create_survey_views('trapped', 'shop.trapped', 'score', 'day', dimensions => '{country}', as_of => '2024-02-29')
  UNION ALL SELECT count(*) FROM retention.create_retention_views('trapped', 'shop.trapped', 'customer', 'day', as_of => '2024-02-29')
  UNION ALL SELECT count(*) FROM retention.create_revenue_views('trapped', 'shop.trapped', 'customer', 'day', 'day', 'mrr', 'country', as_of => '2024-02-29')
  UNION ALL SELECT count(*) FROM retention.create_lead_views('trapped', '{"name": "s", "fit": [{"group": "g", "rules": [{"rule": "r", "points": 1, "when": {"attribute": "score", "op": "gt", "value": 0}}]}]}',
    'shop.trapped', 'customer', NULL, 'shop.trapped', 'customer', 'country', 'at', as_of => '2024-03-01 00:00Z')$$,
  'VALUES (6::bigint), (4), (4), (3)', 'S7: no view calls a cast that the owner of an enum made');
SELECT is(count(*), 17::bigint, 'nor does reading one') FROM twin.all_contents('trapped');
SELECT set_eq('SELECT country FROM trapped.nps_monthly_by_country', ARRAY['a', 'b', NULL], 'and its values are their labels');

-- open ends: NULL and infinity; days of a timestamptz are those of the zone
CREATE TABLE shop.ends (customer text, started timestamptz, ended timestamptz, mrr integer);
INSERT INTO shop.ends VALUES ('a', '2024-01-31 15:00Z', 'infinity', 10), ('b', '2024-01-31 14:59Z', NULL, 5), ('c', '2024-02-01 00:00Z', '2024-02-28 15:00Z', 1), (NULL, '2024-01-01 00:00Z', NULL, 7);
SELECT is(count(*), 4::bigint, 'revenue by moments') FROM retention.create_revenue_views('ends', 'shop.ends', 'customer', 'started', 'ended', 'mrr', timezone => 'Asia/Tokyo', as_of => '2024-02-29');
SELECT results_eq('SELECT period_start, starting_mrr, new_business_mrr, ending_mrr FROM ends.mrr_bridge_monthly',
  $$VALUES (date '2024-01-01', 0.0, 5.0, 5.0), ('2024-02-01', 5, 10, 15)$$, 'by the days of the zone, for ever if the end is infinity');
SELECT set_eq('SELECT customer_id, period_start FROM ends.mrr_movements_monthly ORDER BY 1', $$VALUES ('a', date '2024-02-01'), ('b', '2024-01-01')$$,
  'a row without customer is none of a customer');

-- ids of leads: all pairs of types that can be compared
CREATE TABLE shop.ids AS SELECT i::smallint AS smallint, i::integer AS integer, i::bigint AS bigint, i::numeric(5, 1) AS numeric, i::text AS text, i::text::varchar AS varchar,
  '{"title": "CEO"}'::json AS attributes, 'demo'::text AS event, timestamptz '2024-05-01Z' AS at FROM generate_series(1, 3) i;
CREATE TEMP TABLE id_pair AS SELECT l, e FROM unnest('{smallint,integer,bigint,numeric,text,varchar}'::text[]) l, unnest('{smallint,integer,bigint,numeric,text,varchar}'::text[]) e
  WHERE (l IN ('text', 'varchar')) = (e IN ('text', 'varchar'));
SELECT is_empty($$SELECT l, e FROM id_pair WHERE (SELECT count(*) FROM retention.create_lead_views(l || e, twin.card(), 'shop.ids', l::name, 'attributes', 'shop.ids', e::name,
  'event', 'at', as_of => '2024-05-01Z')) <> 3$$, 'ids of all pairs of types');
SELECT is_empty($$SELECT l, e FROM id_pair WHERE (SELECT count(*) FROM jsonb_array_elements(twin.contents(format('%I.lead_scores', l || e)::regclass)::jsonb) r
  WHERE (r ->> 'score')::numeric = 70) <> 3$$, 'leads are joined to their events');
SELECT throws_ok($$SELECT retention.create_lead_views('leads', twin.card(), 'shop.ids', 'integer', 'attributes', 'shop.ids', 'text', 'event', 'at')$$, '42804',
  'lead_id "integer" and event_lead_id text cannot be compared: integer and text', 'others are refused');

-- --------------------------------------------------------- names of every kind

CREATE SCHEMA "Söurce ""1"".x";
CREATE TABLE "Söurce ""1"".x"."Ant worten; --'%s" ("Punkt""e" integer, "時刻" timestamptz, "国 %I" text, "a'b\c" text, "Select" numeric, "T" text, "e" jsonb);
INSERT INTO "Söurce ""1"".x"."Ant worten; --'%s"
SELECT i % 11, timestamptz '2024-01-01' + i * interval '1 day', CASE i % 2 WHEN 0 THEN '日本' END, 'x', i, 'demo', '{"title": "CEO"}' FROM generate_series(1, 100) i;
PREPARE odd (text, boolean) AS
SELECT v.* FROM (SELECT '"Söurce ""1"".x"."Ant worten; --''%s"'::regclass AS t) s, LATERAL (
  SELECT retention.create_survey_views($1, t, 'Punkt"e', '時刻', 'Asia/Tokyo', ARRAY['国 %I', 'a''b\c'], $2, as_of => '2024-03-31')
  UNION ALL SELECT retention.create_retention_views($1, t, 'Select', '時刻', 'Asia/Tokyo', ARRAY['国 %I', 'a''b\c'], $2, as_of => '2024-03-31')
  UNION ALL SELECT retention.create_revenue_views($1, t, 'Punkt"e', '時刻', '時刻', 'Select', 'T', ARRAY['国 %I', 'a''b\c'], 'Asia/Tokyo', $2, as_of => '2024-03-31')
  UNION ALL SELECT retention.create_lead_views($1, twin.card(), t, 'Select', 'e', t, 'Select', 'T', '時刻', $2, as_of => '2024-03-31Z')) v (name);
CREATE TEMP TABLE odd_names AS EXECUTE odd($q$Kenn"zahlen; 指標 '%s$q$, false);
SELECT is(count(to_regclass(name)), 34::bigint, 'the names returned are those of the views') FROM odd_names;
SELECT ok(EXISTS (SELECT FROM odd_names WHERE name = $q$"Kenn""zahlen; 指標 '%s"."nps_monthly_by_国 %I"$q$), 'quoted');
SELECT is_empty($$SELECT o.name, a.attname FROM odd_names o JOIN pg_attribute a ON a.attrelid = to_regclass(o.name) AND a.attnum > 0
  WHERE coalesce(col_description(a.attrelid, a.attnum), '') !~ '\w{3}' OR coalesce(obj_description(a.attrelid), '') !~ 'Created by'$$, 'with comments');
SELECT is_empty($$SELECT * FROM twin.all_contents($q$Kenn"zahlen; 指標 '%s$q$) WHERE rows = 'no rows' AND view_name !~ '^(mrr|revenue|trailing)'$$, 'and rows');
CREATE TEMP TABLE odd_materialized AS EXECUTE odd('M "', true);
SELECT is_empty($$SELECT * FROM twin.differences($q$Kenn"zahlen; 指標 '%s$q$, 'M "')$$, 'the same, materialized');
SELECT is(count(*), 102::bigint, 'dropped') FROM unnest(ARRAY[$q$Kenn"zahlen; 指標 '%s$q$, 'M "']) s, LATERAL retention.drop_views(s);
SELECT is(count(*), 0::bigint, 'with the schemas') FROM pg_namespace WHERE nspname IN ('M "', $q$Kenn"zahlen; 指標 '%s$q$);

-- --------------------------------------------------- replacing and dropping

SELECT is(twin.create_all('again'), 45::bigint, 'a first call');
GRANT USAGE ON SCHEMA again TO views_reader;
GRANT SELECT ON again.nps_monthly, again.mrr_movements_monthly TO views_reader WITH GRANT OPTION;
GRANT SELECT (customer_id, mrr) ON again.mrr_movements_monthly TO PUBLIC;
CREATE TEMP TABLE first_call AS SELECT oid, relname, relacl, obj_description(oid) FROM pg_class WHERE relnamespace = 'again'::regnamespace;
CREATE VIEW shop.on_top AS SELECT max(nps) FROM again.nps_monthly;
SELECT is(twin.create_all('again'), 45::bigint, 'a second one');
SELECT set_eq('SELECT oid, relname, relacl, obj_description(oid) FROM pg_class WHERE relnamespace = ''again''::regnamespace', 'SELECT * FROM first_call',
  'replaces in place: objects, grants and comments stay, and views on top of them');
SELECT throws_ok($$SELECT retention.drop_views('again')$$, '2BP01', NULL, 'what others depend on is not dropped');
ALTER DEFAULT PRIVILEGES IN SCHEMA again GRANT SELECT ON TABLES TO views_scores;
SELECT is(twin.create_all('again', materialized => true), 45::bigint, 'materialized');
SELECT set_eq('SELECT oid, relname, relacl::text FROM pg_class WHERE relnamespace = ''again''::regnamespace AND relkind = ''v''',
  'SELECT oid, relname, relacl::text FROM first_call', 'in place, with the grants of before');
SELECT is((SELECT max FROM shop.on_top), (SELECT max(nps) FROM again.nps_monthly), 'views on top stay, and read what is stored');
SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'again'::regnamespace AND relkind = 'm' AND has_table_privilege('views_scores', oid, 'SELECT')$$,
  'default privileges do not open the stored views');
DROP VIEW shop.on_top;
GRANT USAGE ON SCHEMA again TO views_scores;
SET LOCAL ROLE views_scores;
SELECT matches(twin.contents('again.nps_monthly'), 'permission denied for view nps_monthly', 'which show a reader nothing that was not given');
RESET ROLE;
SELECT ok(has_column_privilege('views_scores', 'again.mrr_movements_monthly', 'mrr', 'SELECT')
  AND NOT has_column_privilege('views_scores', 'again.mrr_movements_monthly', 'movement', 'SELECT'), 'on columns as well, and no others');
SELECT is(count(*), 4::bigint, 'customers of another type') FROM retention.create_revenue_views('again', 'shop.ends', 'customer', 'started', 'ended', 'mrr', timezone => 'UTC', as_of => '2024-02-29');
SELECT col_type_is('again', 'mrr_movements_monthly', 'customer_id', 'text', 'give a column of another type');
SELECT ok(has_table_privilege('views_reader', 'again.mrr_movements_monthly', 'SELECT'), 'in a view with the same grants');
SELECT set_eq($$SELECT relname::text FROM pg_class WHERE relnamespace = 'again'::regnamespace AND relname ~ '^(mrr|revenue|trailing)' AND relkind IN ('v', 'm') ORDER BY 1$$,
  $$VALUES ('mrr_bridge_monthly'), ('mrr_movements_monthly'), ('revenue_cohorts_monthly'), ('trailing_retention_monthly')$$, 'and take away the dimensions that they do not have');
SELECT is((SELECT count(*) FROM retention.refresh_views('again')), (SELECT count(*) FROM pg_class WHERE relnamespace = 'again'::regnamespace AND relkind = 'm'),
  'refresh_views() refreshes all that is stored');
SELECT is_empty($$SELECT k.view_name FROM twin.all_contents('kpi') k JOIN twin.all_contents('again') a USING (view_name)
  WHERE to_regclass('again.' || view_name || '_stored') IS NOT NULL AND k.rows <> a.rows$$, 'and leaves the rows as they were');
SELECT is((SELECT count(*) FROM retention.drop_views('again', ARRAY[c])), n, format('drop_views of %s', c))
FROM (VALUES ('survey', 54::bigint), ('retention', 16), ('revenue', 4), ('leads', 6)) v (c, n);
SELECT hasnt_schema('again', 'and, with the last one, of the schema');

-- what is unchanged is not touched: a catalog row that is written again is another one
CREATE TEMP VIEW catalog_row AS
  SELECT 'pg_class'::regclass AS catalog, c.oid, c.ctid AS place FROM pg_class c UNION ALL SELECT 'pg_attribute'::regclass, attrelid, ctid FROM pg_attribute
  UNION ALL SELECT 'pg_rewrite'::regclass, ev_class, ctid FROM pg_rewrite UNION ALL SELECT 'pg_index'::regclass, indrelid, ctid FROM pg_index
  UNION ALL SELECT 'pg_description'::regclass, objoid, ctid FROM pg_description WHERE classoid = 'pg_class'::regclass
  UNION ALL SELECT 'pg_depend'::regclass, refobjid, ctid FROM pg_depend WHERE refclassid = 'pg_class'::regclass;
CREATE TEMP TABLE first_row AS SELECT r.* FROM catalog_row r JOIN kpi_view v USING (oid);
SELECT cmp_ok((SELECT count(*) FROM first_row), '>', 3000::bigint, 'there are catalog rows of views');
SELECT is(twin.create_all('kpi') + twin.create_all('kpi_m', materialized => true), 90::bigint, 'the same calls again');
SELECT is_empty('SELECT * FROM first_row EXCEPT SELECT * FROM catalog_row', 'touch none of them');

-- metrics 04: who was asked and did not answer has no time of answering; the period is that of asking, for times of every type
CREATE TABLE shop.sent AS
SELECT n, s AS asked_timestamptz, s AT TIME ZONE 'Asia/Tokyo' AS asked_timestamp, (s AT TIME ZONE 'Asia/Tokyo')::date AS asked_date,
  a AS answered_timestamptz, a AT TIME ZONE 'Asia/Tokyo' AS answered_timestamp, (a AT TIME ZONE 'Asia/Tokyo')::date AS answered_date,
  CASE WHEN a IS NOT NULL THEN n % 11 END AS score, n % 2 = 0 AS even
FROM generate_series(1, 400) AS n, LATERAL (SELECT CASE WHEN n % 50 > 0 THEN timestamptz '2024-01-01 14:00Z' + n * interval '6 hours' END AS s) AS x,
  LATERAL (SELECT CASE WHEN n % 3 = 0 THEN timestamptz '2024-01-01 14:00Z' + n * interval '6 hours' + interval '20 hours' * (n % 5) END AS a) AS y;
SELECT is_empty($$SELECT m, asked, answered FROM unnest('{nps,csat}'::text[]) AS m, unnest('{timestamptz,timestamp,date}'::text[]) AS asked, unnest('{timestamptz,timestamp,date}'::text[]) AS answered
  WHERE (SELECT count(*) FROM retention.create_survey_views(format('sent_%s_%s', asked, answered), 'shop.sent', 'score', ('answered_' || answered)::name, 'Asia/Tokyo', '{even}', metric => m,
    scale_min => 0, scale_max => 10, as_of => '2024-03-31', asked_at => ('asked_' || asked)::name)) <> 6$$, 'metrics 04: views of moments of asking and of answering of every type');
-- what was answered after as_of had no answer then
SELECT twin.same(format('SELECT even, period_start, num_asked, num_responses, num_missing, response_rate, response_ci_low, response_ci_high FROM sent_%s_%s.%s_monthly_by_even WHERE num_asked > 0', asked, answered, m),
  $$SELECT even, month, asked, answers, asked - answers, answers / asked::double precision, ci_low, ci_high FROM (
    SELECT even, date_trunc('month', coalesce(asked_date, answered_date))::date AS month, count(*) AS asked, count(score) FILTER (WHERE answered_date <= '2024-03-31') AS answers
    FROM shop.sent WHERE coalesce(asked_date, answered_date) <= '2024-03-31' GROUP BY 1, 2) AS s, LATERAL retention.proportion_ci(answers, asked)$$,
  format('metrics 04: who was asked, %s by month, %s and %s', m, asked, answered))
FROM unnest('{nps,csat}'::text[]) AS m, unnest('{timestamptz,timestamp,date}'::text[]) AS asked, unnest('{timestamptz,timestamp,date}'::text[]) AS answered;
SELECT is_empty($$SELECT * FROM twin.differences('sent_timestamptz_timestamptz', 'sent_date_timestamp')$$, 'metrics 04: the same views whatever the types');
SELECT is(count(*), 3::bigint, 'metrics 04: views without asked_at') FROM retention.create_survey_views('sent_unknown', 'shop.sent', 'score', 'answered_date', as_of => '2024-03-31');
SELECT is_empty('SELECT * FROM sent_unknown.nps_monthly WHERE num_nonnulls(num_asked, num_missing, response_rate, response_ci_low, response_ci_high) > 0', 'metrics 04: without asked_at who was asked is unknown');
SELECT matches(col_description('sent_unknown.nps_monthly'::regclass, (SELECT attnum FROM pg_attribute WHERE attrelid = 'sent_unknown.nps_monthly'::regclass AND attname = 'response_rate')), 'asked_at', '... which the comment says');
-- corrections
SELECT is(count(*), 6::bigint, 'views with another correction')
FROM retention.create_survey_views('sent_by_correction', 'shop.sent', 'score', 'answered_date', dimensions => '{even}', as_of => '2024-03-31', correction => 'benjamini_hochberg');
SELECT results_eq('SELECT change_adjusted_p_value FROM sent_by_correction.nps_weekly_by_even ORDER BY even, period_start',
  $$SELECT change_adjusted_p_value FROM (VALUES (false), (true)) AS v (e), retention.nps_series((SELECT retention.nps_series_agg(score, answered_date, 'week') FROM shop.sent WHERE even = e), '2024-03-31', correction => 'benjamini_hochberg')
    ORDER BY e, period_start$$, 'each value of a dimension is corrected by itself');

-- Which scores are satisfied answers (metrics 02, 03): as csat() counts, or as the argument says
CREATE TABLE shop.rated AS SELECT score, scale, DATE '2024-01-01' + i::integer AS at FROM (VALUES (1, '{1,1,1,0}'::integer[]), (2, '{3,3,2,2,1}'), (3, '{10,9,8,8,7,3}'), (4, '{5,4,3,2}')) AS v (scale, scores),
  unnest(scores) WITH ORDINALITY AS u (score, i);
SELECT format('CREATE VIEW shop.rated_%s AS SELECT score, at FROM shop.rated WHERE scale = %s', n, n) FROM generate_series(1, 4) AS n \gexec
SELECT is((SELECT count(*) FROM retention.create_survey_views('rated' || scale, ('shop.rated_' || scale)::regclass, 'score', 'at', metric => 'csat', scale_min => low, scale_max => high, as_of => '2024-01-31', boxes => given)), 3::bigint,
  format('satisfied answers of %s to %s are created', low, high))
FROM (VALUES (1, 0, 1, NULL::integer), (2, 1, 3, NULL), (3, 1, 10, 3), (4, 1, 5, NULL)) AS v (scale, low, high, given);
SELECT is((SELECT string_agg(format('%s %s', satisfied_responses, round(csat_share::numeric, 3)), ', ' ORDER BY k) FROM (SELECT 1 AS k, * FROM rated1.csat_monthly UNION ALL SELECT 2, * FROM rated2.csat_monthly
  UNION ALL SELECT 3, * FROM rated3.csat_monthly UNION ALL SELECT 4, * FROM rated4.csat_monthly) AS r), '3 0.750, 2 0.400, 4 0.667, 2 0.500', 'and right: one of two, one of three, three of ten as given, two of five');
SELECT matches(obj_description('rated3.csat_monthly'::regclass), 'share of the scores 8 to 10 on a scale of 1 to 10', 'the comment says which');
SELECT matches(obj_description('rated1.csat_monthly'::regclass), 'share of the score 1 on a scale of 0 to 1', 'the comment says which one');

-- S1: a view is known by its mark and by its owner
CREATE ROLE views_boss;
CREATE ROLE views_mallory;
CREATE SCHEMA open AUTHORIZATION views_boss;
GRANT USAGE, CREATE ON SCHEMA open TO views_mallory;
GRANT USAGE ON SCHEMA shop, twin TO views_boss, views_mallory;
GRANT SELECT ON shop.answer TO views_boss;
SET LOCAL ROLE views_mallory;
CREATE VIEW open.nps_monthly AS SELECT 1 AS x;
COMMENT ON VIEW open.nps_monthly IS E'x\nCreated by retention.create_survey_views().';
GRANT SELECT ON open.nps_monthly TO PUBLIC;
CREATE MATERIALIZED VIEW open.csat_monthly_stored AS SELECT 1 AS x;
COMMENT ON MATERIALIZED VIEW open.csat_monthly_stored IS E'x\nCreated by retention.create_survey_views().';
RESET ROLE;
PREPARE planted (boolean, text) AS SELECT retention.create_survey_views('open', 'shop.answer', 'score', 'answered_at', 'UTC', materialized => $1, metric => $2, scale_min => 0, scale_max => 10, as_of => '2024-07-17');
SELECT throws_ok(format('EXECUTE planted (%L, ''nps'')', m), '42501', format('view open.nps_monthly belongs to role views_mallory, so role %I does not replace it', current_user),
  'S1: a superuser does not replace what another role planted') FROM unnest('{true,false}'::boolean[]) m;
SET LOCAL ROLE views_boss;
SELECT throws_ok(format('EXECUTE planted (%L, ''nps'')', m), '42501', 'view open.nps_monthly belongs to role views_mallory, so role views_boss does not replace it',
  'S1: nor does the owner of the schema') FROM unnest('{true,false}'::boolean[]) m;
SELECT throws_ok('EXECUTE planted (true, ''csat'')', '42501', 'materialized view open.csat_monthly_stored belongs to role views_mallory, so role views_boss does not replace it',
  'S1: nor the materialized view behind');
SELECT lives_ok('EXECUTE planted (false, ''csat'')', 'S1: what is not planted is created');
SELECT is((SELECT count(*) FROM retention.refresh_views('open')), 0::bigint, 'S1: what is planted is not refreshed');
SELECT set_eq($$SELECT view_name FROM retention.internal_own_views('open', 'survey')$$, '{csat_weekly,csat_monthly,csat_quarterly}'::text[], 'S1: nor read by a report of the owner of the schema');
RESET ROLE;
SELECT set_eq($$SELECT view_name FROM retention.internal_own_views('open', 'survey')$$, '{csat_weekly,csat_monthly,csat_quarterly}'::text[], 'S1: or of a superuser');
SET LOCAL ROLE views_scores;
SELECT set_eq($$SELECT view_name FROM retention.internal_own_views('open', 'survey')$$, '{csat_weekly,csat_monthly,csat_quarterly}'::text[], 'S1: or of anybody else');
RESET ROLE;
SET LOCAL ROLE views_mallory;
SELECT throws_ok('EXECUTE planted (false, ''ces'')', '42501', 'permission denied for table answer', 'S1: mallory sees no answer');
RESET ROLE;
-- somebody who is given the right to a schema has views of his own in it
CREATE TABLE open.mine AS SELECT 7 AS score, date '2024-01-01' AS day;
GRANT SELECT ON open.mine TO views_mallory;
SET LOCAL ROLE views_mallory;
SELECT is(count(*), 3::bigint, 'S1: a role with CREATE on a schema creates views') FROM retention.create_survey_views('open', 'open.mine', 'score', 'day', metric => 'ces', as_of => '2024-02-01', materialized => true);
SELECT is(count(*), 3::bigint, 'S1: refreshes them') FROM retention.refresh_views('open') r WHERE r ~ '^open.ces_';
RESET ROLE;
SET LOCAL ROLE views_boss;
SELECT is(count(*), 3::bigint, 'S1: drop_views leaves what is not the caller''s') FROM retention.drop_views('open');
SELECT throws_ok($$SELECT retention.drop_views('open')$$, '42501', 'the views in schema open belong to others, not to role views_boss', 'S1: and says so where nothing else is there');
RESET ROLE;
SET LOCAL ROLE views_mallory;
SELECT is(count(*), 8::bigint, 'S1: their owner drops them') FROM retention.drop_views('open');
RESET ROLE;
-- a schema with the mark is dropped if it is the caller's
CREATE SCHEMA planted AUTHORIZATION views_mallory;
COMMENT ON SCHEMA planted IS E'x\nCreated by retention.create_survey_views().';
SELECT is(count(*), 0::bigint, 'S1: nothing to drop') FROM retention.drop_views('planted');
SELECT has_schema('planted', 'S1: a superuser does not drop the schema of another role');

-- Z1: yesterday is cut in the zone of the days, whatever AT TIME ZONE takes its name for
CREATE FUNCTION twin.yesterday(zone text, now timestamptz) RETURNS date LANGUAGE plpgsql AS $$
DECLARE
  result date;
BEGIN
  EXECUTE 'SELECT ' || replace(retention.internal_as_of(NULL::date, zone), 'CURRENT_TIMESTAMP', quote_literal(now) || '::timestamptz') INTO result;
  RETURN result;
END $$;
CREATE TEMP TABLE zone AS SELECT name FROM pg_timezone_names WHERE name IN ('CET', 'MET', 'EET', 'WET', 'EST', 'MST', 'HST', 'EST5EDT', 'UTC', 'Europe/Berlin', 'Asia/Tokyo');
SELECT is(twin.yesterday(name, '2024-07-01 22:30Z'), '2024-07-01', 'Z1: at half past midnight in summer yesterday is over') FROM zone WHERE name = 'CET'
UNION ALL SELECT skip('this machine has no zone CET, which is in tzdata-legacy', 1) WHERE NOT EXISTS (SELECT FROM zone WHERE name = 'CET');
SELECT is_empty($$SELECT name, t FROM zone,
    unnest(ARRAY(SELECT g FROM generate_series('2024-01-01Z'::timestamptz, '2024-12-31Z', '25 hours 30 minutes') g)) t
  WHERE twin.yesterday(name, t) <> retention.period_start(t, ('day ' || name)::retention.period_spec) - 1$$, 'Z1: in every zone of the kind');

-- E1, D6: one row with a time that cannot be right changes nothing but its own line
CREATE TABLE shop.stray AS SELECT a.score, a.answered_at AS moment, a.answered_at AT TIME ZONE 'UTC' AS local_time, (a.answered_at AT TIME ZONE 'UTC')::date AS day,
  a.id % 40 AS customer, 'demo'::text AS event FROM shop.answer a;
CREATE FUNCTION twin.create_stray(target text) RETURNS bigint LANGUAGE sql AS $$
  SELECT sum(c) FROM (
    SELECT count(*) AS c FROM unnest('{moment,local_time,day}'::name[]) t, unnest('{nps,csat}'::text[]) m,
      LATERAL retention.create_survey_views(target || '_' || t, 'shop.stray', 'score', t, 'UTC', metric => m, scale_min => 0, scale_max => 10, as_of => '2024-07-17')
    UNION ALL SELECT count(*) FROM unnest('{moment,local_time,day}'::name[]) t,
      LATERAL retention.create_retention_views(target || '_' || t, 'shop.stray', 'customer', t, 'UTC', as_of => '2024-07-17')
    UNION ALL SELECT count(*) FROM retention.create_lead_views(target || '_moment', twin.card(), 'shop.lead', 'id', NULL, 'shop.stray', 'customer', 'event', 'moment', as_of => '2024-07-17Z')) x
$$;
SELECT is(twin.create_stray('right'), 33::bigint, 'views of times of every kind');
CREATE TEMP TABLE right_rows AS SELECT t, v.* FROM unnest('{moment,local_time,day}'::name[]) t, LATERAL twin.all_contents('right_' || t) v;
INSERT INTO shop.stray (score, moment, local_time, day, customer, event)
SELECT 5, t::timestamptz, t::timestamp, t::date, c, 'other'
FROM unnest('{infinity,-infinity,0024-05-01,0202-05-01,4000-01-01 BC,1899-12-30,9999-12-31}'::text[]) t, unnest('{7,70000}'::integer[]) c;
SELECT is_empty($$SELECT r.t, r.view_name FROM right_rows r JOIN LATERAL twin.all_contents('right_' || r.t) v USING (view_name) WHERE v.rows <> r.rows AND r.view_name !~ 'lead'$$,
  'E1, D6: stray times leave all rows of views as they were');
SELECT ok((SELECT count(*) FROM right_moment.lead_scores) = (SELECT count(*) FROM shop.lead), 'E1: nor do they break scores of leads');
CREATE TABLE shop.stray_line AS SELECT i AS customer, date '2024-01-10' + i AS day, timestamptz '2024-01-10Z' + i * interval '1 day' AS moment, NULL::timestamptz AS ended, 10 AS mrr FROM generate_series(1, 20) i;
INSERT INTO shop.stray_line VALUES (70, '0024-05-01', '0024-05-01Z', NULL, 10), (71, '-infinity', '-infinity', 'infinity', 10), (72, 'infinity', 'infinity', NULL, 10), (73, '0024-05-01', '0024-05-01Z', '0024-06-01Z', 10);
SELECT is((SELECT count(*) FROM unnest('{day,moment}'::name[]) t, LATERAL retention.create_revenue_views('line_' || t, 'shop.stray_line', 'customer', t, 'ended', 'mrr', timezone => 'UTC', as_of => '2024-07-17')), 8::bigint,
  'subscriptions with stray times');
SELECT results_eq(format('SELECT count(*), max(ending_mrr) FILTER (WHERE period_start = ''2024-07-01''), min(period_start) FROM line_%s.mrr_bridge_monthly', t),
  $$VALUES (1495::bigint, 220.0, date '1900-01-01')$$, format('D6: they count from 1900, and what is paid today is right: %s', t)) FROM unnest('{day,moment}'::text[]) t;

-- the rows of a view are bounded far above what real data give
SELECT matches(retention.internal_call('cohort_retention', 'x', '{"min_cohort_size": 3}'),
  '^retention\.cohort_retention\(\(x\)::retention\.retention_summary, \(''on''::text\)::text, .*\(3\)::bigint', 'a call has all arguments, each of its type');

-- ------------------------------------------------------ hostile search_path

CREATE SCHEMA hostile;
CREATE FUNCTION hostile.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE FUNCTION hostile.quote_ident(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE FUNCTION hostile.concat_ws(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE FUNCTION hostile.max(timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE FUNCTION hostile.op(date, date) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE FUNCTION hostile.op(timestamptz, timestamptz) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE FUNCTION hostile.op(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE FUNCTION hostile.op(name, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE FUNCTION hostile.op(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE FUNCTION hostile.minus(date, integer) RETURNS date LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE OPERATOR hostile.<= (LEFTARG = date, RIGHTARG = date, FUNCTION = hostile.op);
CREATE OPERATOR hostile.<= (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = hostile.op);
CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.op);
CREATE OPERATOR hostile.= (LEFTARG = name, RIGHTARG = text, FUNCTION = hostile.op);
CREATE OPERATOR hostile.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = hostile.op);
CREATE OPERATOR hostile.- (LEFTARG = date, RIGHTARG = integer, FUNCTION = hostile.minus);
CREATE FUNCTION hostile.never(pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''hostile code ran''; END';
CREATE DOMAIN hostile.date AS pg_catalog.text CHECK (hostile.never(VALUE));
CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (hostile.never(VALUE));
CREATE TABLE hostile.pg_class (oid oid);
CREATE TABLE hostile.pg_namespace (oid oid);
CREATE TEMP TABLE pg_attribute (attrelid oid);
CREATE DOMAIN pg_temp.bigint AS pg_catalog.text CHECK (hostile.never(VALUE));
CREATE DOMAIN pg_temp.regclass AS pg_catalog.text CHECK (hostile.never(VALUE));
CREATE FUNCTION twin.meet() RETURNS pg_catalog.text LANGUAGE plpgsql SET search_path = pg_temp, hostile, pg_catalog AS $$
BEGIN
  PERFORM '2024-01-01'::pg_catalog.date - 1;
  RETURN 'harmless';
EXCEPTION WHEN raise_exception THEN
  RETURN SQLERRM;
END $$;
SELECT is(twin.meet(), 'hostile code ran', 'there is a hostile search_path');
SET LOCAL search_path = pg_temp, hostile, pg_catalog;
SELECT retention.create_survey_views('kpi_hostile', 'shop.answer', 'score', 'answered_at', 'Europe/Berlin', '{segment,country}', metric => m, scale_min => 0, scale_max => 10,
  as_of => '2024-07-17', asked_at => 'answered_at') FROM unnest('{nps,csat,ces}'::pg_catalog.text[]) m \g /dev/null
SELECT retention.create_retention_views('kpi_hostile', 'shop.event', 'customer', 'at', 'Europe/Berlin', '{country}', min_cohort_size => 3, as_of => '2024-07-17') \g /dev/null
SELECT retention.create_revenue_views('kpi_hostile', 'shop.subscription', 'customer', 'started_on', 'ended_on', 'mrr', 'product', '{country}', reactivation_within => 1, as_of => '2024-07-17') \g /dev/null
SELECT retention.create_lead_views('kpi_hostile', twin.card(), 'shop.lead', 'id', 'attributes', 'shop.lead_event', 'lead', 'event', 'at', as_of => '2024-05-25 00:00Z') \g /dev/null
SELECT retention.create_lead_views('kpi_hostile', twin.card(), 'shop.lead', 'id', 'attributes', 'shop.lead_event', 'lead', 'event', 'at', true, as_of => '2024-05-25 00:00Z') \g /dev/null
SELECT retention.refresh_views('kpi_hostile') \g /dev/null
RESET search_path;
DROP TABLE pg_temp.pg_attribute;
DROP DOMAIN pg_temp.bigint, pg_temp.regclass;
SELECT is_empty($$SELECT * FROM twin.differences('kpi', 'kpi_hostile')$$, 'under a hostile search_path the same views');
SELECT is_empty($$SELECT c.relname, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
  WHERE c.relnamespace = 'kpi_hostile'::regnamespace AND pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) ~ 'hostile\.|pg_temp'
    AND pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) !~ 'kpi_hostile'$$, 'that depend on nothing hostile');

SELECT * FROM finish();
ROLLBACK;
