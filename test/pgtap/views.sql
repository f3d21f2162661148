-- views: what every view of create_survey_views, create_retention_views, create_revenue_views and create_lead_views
-- keeps to, over the catalog; that each equals direct calls of the functions; row security, rights, hostile names and
-- search paths; sources of all kinds; materialized views.
-- Run: pg_prove -d DATABASE test/pgtap/views.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(134);
SELECT setseed(0.2026);

CREATE TABLE answer AS SELECT timestamptz '2023-01-01 00:00Z' + random() * interval '500 days' AS at, CASE WHEN random() < 0.9 THEN floor(random() * 11)::smallint END AS score,
  (ARRAY['DE', 'FR', 'JP', NULL])[1 + floor(random() * 4)] AS country, random() < 0.5 AS member FROM generate_series(1, 3000);
CREATE TABLE visit AS SELECT floor(random() * random() * 400)::integer AS customer, timestamptz '2023-01-01 00:00Z' + random() * interval '500 days' AS at, (ARRAY['web', 'app'])[1 + floor(random() * 2)] AS channel FROM generate_series(1, 6000);
CREATE TABLE subscription AS SELECT md5(floor(random() * 300)::text)::uuid AS customer, day AS started_on, CASE WHEN random() < 0.7 THEN day + floor(random() * 300)::integer END AS ended_on, (5 + floor(random() * 20))::numeric AS mrr,
  (ARRAY['a', 'b', 'c'])[1 + floor(random() * 3)] AS product, (ARRAY['EU', 'US'])[1 + floor(random() * 2)] AS region FROM (SELECT date '2022-01-01' + floor(random() * 850)::integer AS day FROM generate_series(1, 900)) AS d;
CREATE TABLE lead AS SELECT n AS id, (ARRAY['CEO', 'student', 'engineer'])[1 + n % 3] AS title, jsonb_build_object('title', (ARRAY['CEO', 'student', 'engineer'])[1 + n % 3], 'size', n) AS attributes FROM generate_series(1, 60) AS n;
CREATE TABLE lead_event AS SELECT floor(random() * 70)::integer AS lead, (ARRAY['demo', 'download', 'other'])[1 + floor(random() * 3)] AS event, timestamptz '2024-04-01 00:00Z' + random() * interval '40 days' AS at FROM generate_series(1, 400);
CREATE TABLE model AS SELECT '{"fit": [{"group": "role", "min": -20, "rules": [{"rule": "chief", "when": {"attribute": "title", "op": "eq", "value": "CEO"}, "points": 30}, {"rule": "student", "when": {"attribute": "title", "op": "eq", "value": "student"}, "points": -40}]}],
  "engagement": [{"group": "content", "max": 60, "rules": [{"rule": "demo", "event": "demo", "points": 40, "decay": "half_life", "period": "10 days"}, {"rule": "download", "event": "download", "points": 10, "decay": "linear", "period": "20 days", "max_count": 2}]}],
  "limits": {"min": 0, "max": 80}, "grades": {"fit": [{"grade": "A", "at_least": 20}, {"grade": "B", "at_least": null}], "engagement": [{"grade": "1", "at_least": 20}, {"grade": "2", "at_least": null}]}, "qualified": {"fit_at_least": 10, "engagement_at_least": 20}}'::retention.scorecard AS card;

CREATE FUNCTION twin.create_views(schema text, materialized boolean, as_of date DEFAULT '2024-05-04') RETURNS SETOF text LANGUAGE sql AS $$
  SELECT retention.create_survey_views(schema, 'public.answer', 'score', 'at', 'Europe/Berlin', dimensions => '{country,member}', materialized => materialized, as_of => as_of)
  UNION ALL SELECT retention.create_survey_views(schema, 'public.answer', 'score', 'at', 'Europe/Berlin', materialized => materialized, metric => 'csat', scale_min => 0, scale_max => 10, as_of => as_of)
  UNION ALL SELECT retention.create_survey_views(schema, 'public.answer', 'score', 'at', 'Europe/Berlin', dimensions => '{country}', materialized => materialized, metric => 'ces', scale_min => 0, scale_max => 10, as_of => as_of)
  UNION ALL SELECT retention.create_retention_views(schema, 'public.visit', 'customer', 'at', 'Europe/Berlin', dimensions => '{channel}', materialized => materialized, as_of => as_of)
  UNION ALL SELECT retention.create_revenue_views(schema, 'public.subscription', 'customer', 'started_on', 'ended_on', 'mrr', 'product', dimensions => '{region}', materialized => materialized, as_of => as_of)
  UNION ALL SELECT retention.create_lead_views(schema, card, 'public.lead', 'id', 'attributes', 'public.lead_event', 'lead', 'event', 'at', materialized, as_of => (as_of + 1)::timestamp AT TIME ZONE 'UTC') FROM public.model
$$;
CREATE TABLE created AS SELECT * FROM twin.create_views('kpi', false) AS name UNION ALL SELECT * FROM twin.create_views('stored', true);

-- ------------------------------------------------------- 1. the contract

CREATE VIEW columns AS
SELECT c.oid, n.nspname AS schema, c.relname AS view, c.relkind, a.attname AS column, a.attnum, format_type(a.atttypid, NULL) AS type
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE n.nspname IN ('kpi', 'stored') AND c.relkind IN ('v', 'm') AND a.attnum > 0;
CREATE VIEW has AS SELECT oid, schema, view, array_agg("column"::text) AS columns FROM columns GROUP BY 1, 2, 3;
SELECT is((SELECT array_agg(name ORDER BY name) FROM created), (SELECT array_agg(format('%I.%I', schema, view) ORDER BY format('%I.%I', schema, view)) FROM has), 'the names of what was created are returned');
SELECT is((SELECT count(*) FROM created), 2 * (9 + 3 + 6 + 8 + 7 + 3)::bigint, '... and that is all of them');
SELECT is_empty($$SELECT * FROM columns WHERE type NOT IN ('boolean', 'smallint', 'integer', 'bigint', 'numeric', 'double precision', 'text', 'date', 'timestamp with time zone', 'uuid')$$, 'built-in scalar types only');
SELECT is_empty($$SELECT * FROM columns WHERE type = 'uuid' AND "column" NOT IN ('customer_id', 'lead_id')$$, 'uuid only where customers have it');
SELECT is_empty($$SELECT * FROM columns WHERE "column" ~ '(_rate|_share|_retention|ci_low|ci_high|_p_value|^nps|mean_score|quick_ratio.*)$' AND type <> 'double precision'$$, 'rates, shares and scores are double precision');
SELECT is_empty($$SELECT * FROM columns WHERE "column" ~ '_mrr|^mrr|arpa' AND "column" !~ '_rate' AND type <> 'numeric'$$, 'money is numeric');
SELECT is_empty($$SELECT * FROM columns WHERE "column" ~ '^(period|cohort|base_period)_(start|end)$' AND type <> 'date'$$, 'periods are dates');
SELECT is_empty($$SELECT * FROM columns WHERE coalesce(col_description(oid, attnum), '') = ''$$, 'a comment on every column');
SELECT is_empty($$SELECT * FROM has WHERE obj_description(oid, 'pg_class') !~ '^[A-Z].{40}.*\nCreated by retention\.create_(survey|retention|revenue|lead)_views\(\)\.$'$$, 'a comment on every view, and who created it');
SELECT is_empty($$SELECT * FROM columns AS c WHERE relkind = 'v' AND NOT EXISTS (SELECT FROM pg_class WHERE oid = c.oid AND 'security_invoker=true' = ANY (reloptions))$$, 'views are security_invoker');
SELECT is_empty($$SELECT * FROM has WHERE (schema = 'stored') <> (obj_description(oid, 'pg_class') ~ 'row security of the sources does not apply')$$, 'materialized views say that row security does not apply, others do not');
SELECT is_empty($$SELECT * FROM has WHERE schema = 'stored' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = oid AND indisunique AND indnullsnotdistinct AND indpred IS NULL AND indexprs IS NULL)$$, 'materialized views have the unique index that REFRESH CONCURRENTLY needs');
SELECT is_empty($$SELECT * FROM has JOIN pg_class AS c USING (oid) WHERE relowner <> current_user::regrole$$, 'they are owned by who created them');
SELECT is_empty($$SELECT * FROM has WHERE 'period_start' = ANY (columns) AND view !~ '^(mrr_movements|average)' AND NOT 'is_complete' = ANY (columns)$$, 'rows of periods say whether they are complete');

-- every rate or share, what it is divided of, and its interval
CREATE TABLE rates (rate text, numerator text[], denominator text, interval text);
INSERT INTO rates VALUES ('promoter_share', '{promoters}', 'num_responses', NULL), ('passive_share', '{passives}', 'num_responses', NULL), ('detractor_share', '{detractors}', 'num_responses', NULL),
  ('csat_share', '{satisfied_responses}', 'num_responses', ''), ('easy_share', '{easy_responses}', 'num_responses', ''), ('customer_churn_rate', '{churned_customers}', 'starting_customers', 'customer_churn_'), ('upsell_rate', '{upsell_customers}', 'starting_customers', 'upsell_'),
  ('cross_sell_rate', '{cross_sell_customers}', 'starting_customers', 'cross_sell_'), ('revenue_churn_rate', '{churned_mrr}', 'starting_mrr', 'money'), ('gross_mrr_churn_rate', '{churned_mrr,contraction_mrr}', 'starting_mrr', 'money'),
  ('net_mrr_churn_rate', '{churned_mrr,contraction_mrr,-expansion_mrr}', 'starting_mrr', 'money'), ('net_mrr_churn_rate_with_reactivation', '{churned_mrr,contraction_mrr,-expansion_mrr,-reactivation_mrr}', 'starting_mrr', 'money'),
  ('gross_revenue_retention', '{starting_mrr,-contraction_mrr,-churned_mrr}', 'starting_mrr', 'money'), ('net_revenue_retention', '{starting_mrr,expansion_mrr,-contraction_mrr,-churned_mrr}', 'starting_mrr', 'money');
CREATE TABLE rates_of_others (view text, rate text, numerator text[], denominator text, interval text);
INSERT INTO rates_of_others VALUES ('cohort_retention', 'retention_rate', '{retained}', 'cohort_size', ''), ('average_retention', 'retention_rate', '{retained}', 'customers', ''), ('trailing_retention', 'customer_retention', '{retained_customers}', 'base_customers', ''),
  ('trailing_retention', 'net_revenue_retention', '{retained_mrr}', 'base_mrr', 'money'), ('trailing_retention', 'gross_revenue_retention', '{gross_retained_mrr}', 'base_mrr', 'money'), ('revenue_cohorts', 'customer_retention', '{customers}', 'cohort_customers', ''),
  ('revenue_cohorts', 'net_revenue_retention', '{mrr}', 'initial_mrr', 'money'), ('revenue_cohorts', 'gross_revenue_retention', '{gross_mrr}', 'initial_mrr', 'money');
CREATE TABLE all_rates AS
SELECT h.oid, h.schema, h.view, h.columns, r.* FROM has AS h JOIN rates AS r ON r.rate = ANY (h.columns) AND h.view !~ '^(trailing_retention|revenue_cohorts)' UNION ALL SELECT h.oid, h.schema, h.view, h.columns, r.rate, r.numerator, r.denominator, r.interval FROM has AS h JOIN rates_of_others AS r ON starts_with(h.view, r.view);
SELECT is_empty($$SELECT * FROM columns AS c WHERE "column" ~ '(_rate|_share|_retention|_rate_with_reactivation)$' AND NOT EXISTS (SELECT FROM all_rates AS r WHERE r.oid = c.oid AND r.rate = c."column")$$, 'every rate is known here');
SELECT is_empty($$SELECT * FROM all_rates WHERE NOT (SELECT array_agg(ltrim(n, '-')) FROM unnest(numerator || denominator) AS n) <@ columns$$, 'its numerator and denominator stand beside it');
SELECT is_empty($$SELECT * FROM all_rates WHERE interval IS DISTINCT FROM 'money' AND interval IS NOT NULL AND NOT ARRAY[interval || 'ci_low', interval || 'ci_high'] <@ columns$$, 'shares of customers or answers have an interval');
CREATE FUNCTION twin.wrong_rates(r all_rates) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  result bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %I.%I WHERE NOT twin.near(%I, ((%s)::double precision / nullif(%I, 0)::double precision), 1e-9)', r.schema, r.view, r.rate, (SELECT string_agg(CASE WHEN n LIKE '-%' THEN '-' || quote_ident(ltrim(n, '-')) ELSE '+' || quote_ident(n) END, '') FROM unnest(r.numerator) AS n), r.denominator) INTO result;
  RETURN result;
END
$$;
SELECT is_empty('SELECT view, rate, twin.wrong_rates(r) FROM all_rates AS r WHERE twin.wrong_rates(r) > 0', 'each rate is its numerator by its denominator, undefined as NULL');
CREATE FUNCTION twin.wrong_intervals(r all_rates) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  result bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %I.%I AS v, LATERAL retention.proportion_ci(v.%I, v.%I) AS i WHERE NOT (twin.near(v.%I, i.ci_low, 1e-12) AND twin.near(v.%I, i.ci_high, 1e-12))', r.schema, r.view, r.numerator[1], r.denominator, r.interval || 'ci_low', r.interval || 'ci_high') INTO result;
  RETURN result;
END
$$;
SELECT is_empty($$SELECT view, rate FROM all_rates AS r WHERE interval NOT IN ('money') AND twin.wrong_intervals(r) > 0$$, 'each interval is that of Wilson');

-- -------------------------------------------- 2. what the functions give

CREATE FUNCTION twin.same(view text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  rows bigint;
  differing bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s', view) INTO rows;
  EXECUTE format('SELECT count(*) FROM ((TABLE %1$s EXCEPT ALL (%2$s)) UNION ALL ((%2$s) EXCEPT ALL TABLE %1$s)) AS d', view, query) INTO differing;
  RETURN ok(rows > 0 AND differing = 0, view || ': ' || rows || ' rows') || CASE differing WHEN 0 THEN '' ELSE E'\n' || diag(differing || ' differing rows') END;
END
$$;
CREATE TABLE a AS SELECT * FROM answer WHERE at < '2024-05-05 00:00 Europe/Berlin';
CREATE TABLE v AS SELECT * FROM visit WHERE at < '2024-05-05 00:00 Europe/Berlin';
\set nps 'period_start, period_end, num_responses, promoters, passives, detractors, promoters / nullif(num_responses, 0)::double precision, passives / nullif(num_responses, 0)::double precision, detractors / nullif(num_responses, 0)::double precision, nps, ci_low, ci_high, change, change_p_value, is_complete'
SELECT twin.same(s || '.nps_' || u || 'ly', format('SELECT %s FROM retention.nps_series((SELECT retention.nps_series_agg(score, at, %L) FROM a), as_of => ''2024-05-04'')', :'nps', u || ' Europe/Berlin')) FROM unnest('{kpi,stored}'::text[]) AS s, unnest('{week,month,quarter}'::text[]) AS u;
SELECT twin.same(s || '.nps_' || u || 'ly_by_' || d, format('SELECT %1$s, %2$s FROM (SELECT %1$s, retention.nps_series_agg(score, at, %3$L) AS rs FROM a GROUP BY 1) AS g, LATERAL retention.nps_series(rs, as_of => ''2024-05-04'')', d, :'nps', u || ' Europe/Berlin'))
FROM unnest('{kpi,stored}'::text[]) AS s, unnest('{week,month,quarter}'::text[]) AS u, unnest('{country,member}'::text[]) AS d;
SELECT twin.same('kpi.csat_' || u || 'ly', format($$SELECT period_start, retention.period_end(period_start, %L), n, top, top / nullif(n, 0)::double precision, i.ci_low, i.ci_high, retention.mean_score(summary), retention.period_end(period_start, %1$L) <= '2024-05-05'
  FROM retention.period_summaries((SELECT retention.rating_series_agg(score, 0, 10, at, %2$L) FROM a)), LATERAL (SELECT retention.num_responses(summary) AS n, (SELECT sum(responses)::bigint FROM retention.score_counts(summary) WHERE score >= 9) AS top) AS t, LATERAL retention.proportion_ci(top, n) AS i$$, u, u || ' Europe/Berlin')) FROM unnest('{week,month,quarter}'::text[]) AS u;
SELECT is((SELECT sum(easy_responses) FROM kpi.ces_monthly_by_country), (SELECT sum(easy_responses) FROM kpi.ces_monthly), 'ces by country adds up');
SELECT is((SELECT sum(num_responses) FROM kpi.nps_weekly_by_country), (SELECT count(score)::numeric FROM a), '... and so does nps, NULL included');
SELECT twin.same(s || '.cohort_retention_' || u || 'ly', format('SELECT * FROM retention.cohort_retention((SELECT retention.retention_agg(customer::bigint, at, %L) FROM v), as_of => ''2024-05-04'')', u || ' Europe/Berlin')) FROM unnest('{kpi,stored}'::text[]) AS s, unnest('{week,month}'::text[]) AS u;
SELECT twin.same(s || '.' || f || '_monthly', format('SELECT * FROM retention.%s((SELECT retention.retention_agg(customer::bigint, at, ''month Europe/Berlin'') FROM v), as_of => ''2024-05-04'')', f)) FROM unnest('{kpi,stored}'::text[]) AS s, unnest('{average_retention,lifecycle}'::text[]) AS f;
SELECT twin.same('kpi.' || f || '_monthly_by_channel', format('SELECT channel, r.* FROM (SELECT channel, retention.retention_agg(customer::bigint, at, ''month Europe/Berlin'') AS s FROM v GROUP BY 1) AS g, LATERAL retention.%s(s, as_of => ''2024-05-04'') AS r', f)) FROM unnest('{cohort_retention,average_retention,lifecycle}'::text[]) AS f;
\set bridge 'b.*, c.ci_low, c.ci_high, u.ci_low, u.ci_high, x.ci_low, x.ci_high'
\set joins 'LATERAL retention.revenue_bridge(s, as_of => ''2024-05-04'') AS b LEFT JOIN LATERAL retention.customer_churn(s, as_of => ''2024-05-04'') AS c USING (period_start), LATERAL retention.proportion_ci(upsell_customers, starting_customers) AS u, LATERAL retention.proportion_ci(cross_sell_customers, starting_customers) AS x'
SELECT twin.same(s || '.mrr_bridge_monthly', format('SELECT %s FROM (SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, ''month'', product) AS s FROM subscription) AS a, %s', :'bridge', :'joins')) FROM unnest('{kpi,stored}'::text[]) AS s;
SELECT twin.same('kpi.mrr_bridge_monthly_by_region', format('SELECT region, %s FROM (SELECT region, retention.revenue_agg(customer, started_on, ended_on, mrr, ''month'', product) AS s FROM subscription GROUP BY 1) AS a, %s', :'bridge', :'joins'));
SELECT twin.same(s || '.trailing_retention_monthly', 'SELECT t.*, i.ci_low, i.ci_high FROM (SELECT retention.revenue_agg(customer, started_on, ended_on, mrr, ''month'', product) AS s FROM subscription) AS a, LATERAL retention.trailing_retention(s, as_of => ''2024-05-04'') AS t, LATERAL retention.proportion_ci(retained_customers, base_customers) AS i') FROM unnest('{kpi,stored}'::text[]) AS s;
SELECT twin.same(s || '.revenue_cohorts_monthly', 'SELECT t.*, i.ci_low, i.ci_high FROM (SELECT retention.revenue_cohort_agg(t, ''month'') AS s FROM (SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS t FROM subscription GROUP BY customer) AS c) AS a, LATERAL retention.revenue_cohorts(s, as_of => ''2024-05-04'') AS t, LATERAL retention.proportion_ci(customers, cohort_customers) AS i') FROM unnest('{kpi,stored}'::text[]) AS s;
SELECT twin.same(s || '.mrr_movements_monthly', 'SELECT customer, m.* FROM (SELECT customer, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS t FROM subscription GROUP BY customer) AS c, LATERAL retention.mrr_movements(t, ''month'', to_day => ''2024-05-05'') AS m') FROM unnest('{kpi,stored}'::text[]) AS s;
CREATE TABLE scored AS SELECT l.id, l.attributes, e, last FROM lead AS l LEFT JOIN (SELECT lead, retention.engagement_agg(card, event, at) AS e, max(at) AS last FROM lead_event, model WHERE at <= '2024-05-05 00:00Z' GROUP BY lead) AS g ON g.lead = l.id;
SELECT twin.same(s || '.lead_scores', 'SELECT id, r.*, last, retention.lead_reasons(card, attributes, e, ''2024-05-05 00:00Z'') FROM scored, model, LATERAL retention.lead_score(card, attributes, e, ''2024-05-05 00:00Z'') AS r') FROM unnest('{kpi,stored}'::text[]) AS s;
SELECT twin.same(s || '.lead_score_explanations', 'SELECT id, r.* FROM scored, model, LATERAL retention.explain_lead_score(card, attributes, e, ''2024-05-05 00:00Z'') AS r') FROM unnest('{kpi,stored}'::text[]) AS s;
SELECT twin.same(s || '.qualified_leads', 'SELECT id, label, score, fit, engagement, last, retention.lead_reasons(card, attributes, e, ''2024-05-05 00:00Z'') FROM scored, model, LATERAL retention.lead_score(card, attributes, e, ''2024-05-05 00:00Z'') AS r WHERE qualified') FROM unnest('{kpi,stored}'::text[]) AS s;
SELECT is((SELECT count(*) FROM kpi.lead_scores AS s JOIN (SELECT lead_id, sum(points) AS points FROM kpi.lead_score_explanations GROUP BY 1) AS e USING (lead_id) WHERE abs(s.score - points) > 1e-9), 0::bigint, 'explanations add up to the scores');
SELECT matches(twin.plan_of('SELECT * FROM kpi.lead_scores WHERE lead_id = 7'), 'Seq Scan on lead_event.*Filter: .*lead = 7', 'a filter on the lead reaches the events');

-- --------------------------------------------- 3. refreshing; second calls

INSERT INTO answer SELECT '2024-04-01 12:00Z', 10, 'DE', true FROM generate_series(1, 500);
INSERT INTO lead SELECT 100 + n, 'CEO', '{"title": "CEO"}' FROM generate_series(1, 5) AS n;
SELECT isnt_empty('TABLE kpi.nps_monthly EXCEPT TABLE stored.nps_monthly', 'materialized views do not follow by themselves');
SELECT lives_ok(format('REFRESH MATERIALIZED VIEW CONCURRENTLY stored.%I', view), 'REFRESH CONCURRENTLY ' || view) FROM has WHERE schema = 'stored' AND view ~ '^(nps_monthly|nps_weekly_by_country|cohort_retention_monthly|mrr_bridge_monthly_by_region|mrr_movements|lead_score|qualified)' ORDER BY view;
SELECT is_empty('(TABLE kpi.nps_monthly EXCEPT TABLE stored.nps_monthly) UNION ALL (TABLE stored.nps_monthly EXCEPT TABLE kpi.nps_monthly)', '... but then they are the same');
SELECT is((SELECT count(*) FROM (SELECT * FROM twin.create_views('kpi', false) EXCEPT SELECT name FROM created) AS d), 0::bigint, 'a second call creates nothing else');
SELECT is((SELECT count(*) FROM has WHERE schema = 'kpi'), 36::bigint, '... and nothing is left over');
SELECT is((SELECT count(*) FROM twin.create_views('kpi', true)), 36::bigint, 'views become materialized');
SELECT is((SELECT array_agg(DISTINCT relkind) FROM columns WHERE schema = 'kpi'), '{m}'::"char"[], '... all of them');
SELECT is((SELECT count(*) FROM twin.create_views('kpi', false)), 36::bigint, '... and views again');
SELECT is((SELECT array_agg(DISTINCT relkind) FROM columns WHERE schema = 'kpi'), '{v}'::"char"[], '... all of them');

-- ------------------------------------------------------ 4. today is not over

SET LOCAL TimeZone TO 'Pacific/Kiritimati';
INSERT INTO answer SELECT now() - n * interval '1 hour', 10, 'DE', true FROM generate_series(0, 60) AS n;
INSERT INTO visit SELECT 900 + n, now() - n * interval '1 hour', 'web' FROM generate_series(0, 60) AS n;
INSERT INTO lead_event SELECT 7, 'demo', now() + n * interval '1 hour' FROM generate_series(-2, 2) AS n;
\set yesterday '(now() AT TIME ZONE ''Europe/Berlin'')::date - 1'
SELECT is((SELECT count(*) FROM retention.create_survey_views('by_clock', 'answer', 'score', 'at', 'Europe/Berlin') UNION ALL SELECT count(*) FROM retention.create_retention_views('by_clock', 'visit', 'customer', 'at', 'Europe/Berlin') ORDER BY 1 LIMIT 1), 3::bigint, 'views without as_of');
SELECT is((SELECT count(*) FROM retention.create_revenue_views('by_clock', 'subscription', 'customer', 'started_on', 'ended_on', 'mrr', timezone => 'Europe/Berlin')), 4::bigint, '... of revenue');
SELECT is((SELECT count(*) FROM retention.create_survey_views('given', 'answer', 'score', 'at', 'Europe/Berlin', as_of => :yesterday) UNION ALL SELECT count(*) FROM retention.create_retention_views('given', 'visit', 'customer', 'at', 'Europe/Berlin', as_of => :yesterday) ORDER BY 1 LIMIT 1), 3::bigint, '... and with yesterday');
SELECT is((SELECT count(*) FROM retention.create_revenue_views('given', 'subscription', 'customer', 'started_on', 'ended_on', 'mrr', as_of => :yesterday)), 4::bigint, '... of revenue');
SELECT is_empty(format('(TABLE by_clock.%1$I EXCEPT TABLE given.%1$I) UNION ALL (TABLE given.%1$I EXCEPT TABLE by_clock.%1$I)', view), view || ' reads the clock: until yesterday')
FROM unnest('{nps_weekly,nps_monthly,cohort_retention_weekly,average_retention_monthly,lifecycle_monthly,mrr_bridge_monthly,trailing_retention_monthly,mrr_movements_monthly}'::text[]) AS view;
SELECT is((SELECT sum(num_responses) FROM by_clock.nps_weekly), (SELECT count(score)::numeric FROM answer WHERE (at AT TIME ZONE 'Europe/Berlin')::date <= :yesterday), 'answers of today are left out');
SELECT is((SELECT count(*) FROM retention.create_lead_views('by_clock', (SELECT card FROM model), 'lead', 'id', 'attributes', 'lead_event', 'lead', 'event', 'at')), 3::bigint, 'leads now');
SELECT is((SELECT last_event_at FROM by_clock.lead_scores WHERE lead_id = 7), now(), '... events to come are left out');

-- ------------------------------------- 5. who sees what; names; search paths

CREATE ROLE views_reader;
CREATE ROLE views_maker;
GRANT USAGE ON SCHEMA kpi, stored, public TO views_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA kpi TO views_reader;
SELECT lives_ok('GRANT SELECT ON ALL TABLES IN SCHEMA stored TO views_reader', 'grants like on any view');
SET LOCAL ROLE views_reader;
SELECT throws_ok('TABLE kpi.nps_monthly', '42501', NULL, 'a view gives no right to its table');
RESET ROLE;
GRANT SELECT ON answer, visit, subscription, lead, lead_event TO views_reader;
ALTER TABLE answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE visit ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscription ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON answer FOR SELECT USING (country = 'FR');
CREATE POLICY p ON visit FOR SELECT USING (channel = 'app');
CREATE POLICY p ON subscription FOR SELECT USING (region = 'EU');
CREATE POLICY p ON lead FOR SELECT USING (id <= 10);
CREATE TABLE seen AS SELECT (SELECT array_agg(r::text ORDER BY period_start) FROM (SELECT period_start, num_responses, nps FROM kpi.nps_monthly_by_country WHERE country = 'FR') AS r) AS nps,
  (SELECT array_agg(r::text ORDER BY cohort_start, period_number) FROM (SELECT cohort_start, period_number, retained FROM kpi.cohort_retention_monthly_by_channel WHERE channel = 'app') AS r) AS cohorts,
  (SELECT array_agg(r::text ORDER BY period_start) FROM (SELECT period_start, starting_mrr, ending_mrr, churned_customers FROM kpi.mrr_bridge_monthly_by_region WHERE region = 'EU') AS r) AS bridge, (SELECT count(*) FROM stored.lead_scores) AS stored;
GRANT SELECT ON seen TO views_reader;
SET LOCAL ROLE views_reader;
SELECT ok((SELECT array_agg(r::text ORDER BY period_start) FROM (SELECT period_start, num_responses, nps FROM kpi.nps_monthly) AS r) = nps, 'row security: the score of the rows that one may see') FROM seen;
SELECT ok((SELECT array_agg(r::text ORDER BY cohort_start, period_number) FROM (SELECT cohort_start, period_number, retained FROM kpi.cohort_retention_monthly) AS r) = cohorts, '... their cohorts') FROM seen;
SELECT ok((SELECT array_agg(r::text ORDER BY period_start) FROM (SELECT period_start, starting_mrr, ending_mrr, churned_customers FROM kpi.mrr_bridge_monthly) AS r) = bridge, '... their revenue') FROM seen;
SELECT is((SELECT array_agg(lead_id ORDER BY lead_id) FROM kpi.lead_scores), ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], '... their leads');
SELECT is((SELECT count(*) FROM stored.lead_scores), stored, 'materialized views show what their owner saw') FROM seen;
RESET ROLE;
ALTER TABLE answer DISABLE ROW LEVEL SECURITY;

CREATE SCHEMA "Die ""Zahlen"" 数字";
CREATE TABLE "Die ""Zahlen"" 数字"."Ant'wort %I" ("Der ""Score""" integer, "回答 日" date, "Land; --" text);
INSERT INTO "Die ""Zahlen"" 数字"."Ant'wort %I" VALUES (10, '2024-01-01', 'x'), (0, '2024-01-02', NULL), (9, '2024-01-03', 'x');
CREATE TABLE odd AS SELECT * FROM retention.create_survey_views('Die "Zahlen" 数字', '"Die ""Zahlen"" 数字"."Ant''wort %I"', 'Der "Score"', '回答 日', dimensions => ARRAY['Land; --'], as_of => '2024-01-31') AS name;
SELECT ok('"Die ""Zahlen"" 数字"."nps_monthly_by_Land; --"' = ANY (array_agg(name)), 'odd names are quoted') FROM odd;
SELECT results_eq('SELECT "Land; --", nps, num_responses FROM "Die ""Zahlen"" 数字"."nps_monthly_by_Land; --" ORDER BY 1', $$VALUES ('x', 100::double precision, 2::bigint), (NULL, -100, 1)$$, '... and the numbers right');
SELECT is((SELECT count(*) FROM retention.drop_views('Die "Zahlen" 数字')), 6::bigint, '... and dropped');

CREATE SCHEMA trap;
CREATE FUNCTION trap.format(text, VARIADIC "any") RETURNS text LANGUAGE internal AS 'text_format';
CREATE FUNCTION trap.format(text, text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE FUNCTION trap.quote_ident(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE FUNCTION trap.starts(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE OPERATOR trap.= (FUNCTION = trap.starts, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR trap.|| (FUNCTION = trap.format, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION trap.coalesced(numeric, numeric) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE OPERATOR trap.<= (FUNCTION = trap.coalesced, LEFTARG = numeric, RIGHTARG = numeric);
CREATE TABLE trap.answer (score integer, at date);
SET LOCAL search_path TO trap, pg_catalog, public;
CREATE TABLE public.made AS SELECT * FROM twin.create_views('safe', false) AS name;
CREATE TABLE public.read AS SELECT * FROM safe.nps_monthly;
CREATE TABLE public.dropped AS SELECT * FROM retention.drop_views('safe', '{leads}') AS name;
SET LOCAL search_path TO public;
SELECT is((SELECT count(*) FROM made), 36::bigint, 'objects that shadow those of the system are not used');
SELECT is((SELECT count(*) FROM dropped), 3::bigint, '... not by drop_views');
SELECT results_eq('TABLE read', 'TABLE kpi.nps_monthly', '... not by the views either');

-- not a superuser; the views are theirs
GRANT CREATE ON DATABASE :"DBNAME" TO views_maker;
GRANT SELECT ON answer TO views_maker;
SET LOCAL ROLE views_maker;
SELECT is((SELECT count(*) FROM retention.create_survey_views('theirs', 'answer', 'score', 'at', 'UTC', as_of => '2024-05-04')), 3::bigint, 'who may create in the database creates views');
SELECT is((SELECT count(*) FROM theirs.nps_monthly) > 10, true, '... and reads them');
SELECT throws_ok($$SELECT retention.create_survey_views('kpi', 'answer', 'score', 'at', 'UTC')$$, '42501', NULL, '... but not in the schema of others');
SELECT throws_ok($$SELECT retention.drop_views('kpi')$$, '42501', NULL, '... nor drops theirs');
RESET ROLE;
SELECT is((SELECT array_agg(DISTINCT relowner::regrole::text) FROM pg_class WHERE relnamespace = 'theirs'::regnamespace), '{views_maker}', 'the views are theirs');

-- ------------------------------------------------------ 6. all kinds of sources

CREATE TABLE parts (score integer, at date) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO parts SELECT n % 11, date '2024-01-01' + n % 60 FROM generate_series(1, 500) AS n;
CREATE VIEW seen_parts AS SELECT * FROM parts;
CREATE MATERIALIZED VIEW kept_parts AS SELECT * FROM parts;
CREATE TABLE nothing (score integer, at date, customer bigint, mrr numeric, event text, moment timestamptz, attributes jsonb);
CREATE TABLE by_source AS SELECT source::text, (SELECT count(*) FROM retention.create_survey_views('of_' || source, source, 'score', 'at', as_of => '2024-02-29')) AS n FROM unnest('{parts,seen_parts,kept_parts,nothing}'::regclass[]) AS source;
SELECT is((SELECT array_agg(n) FROM by_source), '{3,3,3,3}', 'sources: a partitioned table, a view, a materialized view, an empty table');
SELECT results_eq('SELECT num_responses, nps FROM of_parts.nps_monthly', 'SELECT num_responses, nps FROM of_seen_parts.nps_monthly', 'the same of a view');
SELECT results_eq('SELECT num_responses, nps FROM of_parts.nps_monthly', 'SELECT num_responses, nps FROM of_kept_parts.nps_monthly', 'the same of a materialized view');
SELECT is((SELECT sum(num_responses) FROM of_parts.nps_monthly), 500::numeric, 'all rows of all partitions');
SELECT is((SELECT count(*) FROM of_nothing.nps_monthly), 0::bigint, 'no rows, no error, of an empty table');
CREATE TABLE of_nothing_else AS SELECT retention.create_retention_views('empty', 'nothing', 'customer', 'at', as_of => '2024-02-29') AS name UNION ALL SELECT retention.create_revenue_views('empty', 'nothing', 'customer', 'at', 'at', 'mrr', as_of => '2024-02-29')
  UNION ALL SELECT retention.create_lead_views('empty', (SELECT card FROM model), 'nothing', 'customer', 'attributes', 'nothing', 'customer', 'event', 'moment') UNION ALL SELECT retention.create_survey_views('empty', 'nothing', 'score', 'at', metric => 'csat');
SELECT is((SELECT sum((xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM ' || name, false, true, '')))[1]::text::bigint) FROM of_nothing_else), 0::numeric, 'no view of an empty table has rows, or an error');

-- ---------------------------------------------------------------- 7. dropping

SELECT is((SELECT count(*) FROM retention.drop_views('kpi', ARRAY[concept])), n::bigint, 'drop_views: ' || concept) FROM (VALUES ('survey', 18), ('retention', 8), ('revenue', 7), ('leads', 3)) AS c (concept, n);
SELECT is((SELECT count(*) FROM pg_namespace WHERE nspname = 'kpi'), 0::bigint, '... and the schema with the last of them');
SELECT is((SELECT count(*) FROM retention.drop_views('stored')), 36::bigint, '... all at once, materialized');

SELECT * FROM finish();
ROLLBACK;
