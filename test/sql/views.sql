-- create_..._views and drop_views: worked examples, what a second call does, and every error message. That views
-- keep to their contract and equal direct calls of the functions: test/pgtap/views.sql.
SET DateStyle TO 'ISO, YMD';
SET TimeZone TO 'Asia/Tokyo';
SET extra_float_digits TO 0;
\pset null NULL
\set SHOW_CONTEXT never

CREATE TYPE plan AS ENUM ('free', 'paid');
CREATE DOMAIN points AS smallint CHECK (VALUE BETWEEN 0 AND 10);
CREATE TABLE answer (at timestamptz, day date, score points, plan plan, country text, note text, weight point);
INSERT INTO answer (at, day, score, plan, country) VALUES
  ('2024-01-31 22:59Z', '2024-01-31', 10, 'paid', 'DE'), ('2024-01-31 23:00Z', '2024-01-31', 3, 'free', 'FR'), ('2024-02-10 12:00Z', '2024-02-10', 9, 'paid', NULL),
  ('2024-02-11 12:00Z', '2024-02-11', 7, 'free', 'DE'), ('2024-02-11 12:00Z', '2024-02-11', NULL, 'free', 'DE'), ('2024-02-28 12:00Z', '2024-02-28', 0, 'paid', 'DE'), (NULL, NULL, 10, 'paid', 'DE');
CREATE TABLE visit (customer integer, at timestamp, plan plan);
INSERT INTO visit VALUES (1, '2024-01-05 10:00', 'free'), (1, '2024-02-05 10:00', 'paid'), (2, '2024-01-06 10:00', 'free'), (2, '2024-03-06 10:00', 'free'), (3, '2024-02-06 10:00', 'paid'), (NULL, '2024-02-06 10:00', 'paid'), (4, NULL, 'paid');
CREATE TABLE subscription (customer numeric, product text, start timestamptz, stop timestamptz, mrr integer, price double precision, amount money);
INSERT INTO subscription VALUES (1.0, 'a', '2024-01-01 00:00+01', NULL, 10), (1, 'b', '2024-02-01 00:00+01', '2024-03-01 00:00+01', 5), (2, 'a', '2023-12-31 23:59+01', '2024-02-29 23:59+01', 20);
CREATE TABLE lead (id integer, name text, attributes json);
INSERT INTO lead VALUES (1, 'Ada', '{"title": "CEO"}'), (2, 'Ben', '{}');
CREATE TABLE lead_event (lead bigint, what text, at timestamptz, day date);
INSERT INTO lead_event VALUES (1, 'demo', '2024-01-10 00:00Z'), (1, 'other', '2024-01-12 00:00Z'), (2, 'demo', '2024-03-01 00:00Z');
CREATE TABLE scoring AS SELECT '{"fit": [{"group": "g", "rules": [{"rule": "chief", "when": {"attribute": "title", "op": "eq", "value": "CEO"}, "points": 30}]}],
  "engagement": [{"group": "e", "rules": [{"rule": "demo", "event": "demo", "points": 40, "decay": "half_life", "period": "10 days"}]}], "qualified": {"fit_at_least": 10, "engagement_at_least": 10}}'::retention.scorecard AS card;

-- surveys: days and months are those of the zone, the last day is the one given
SELECT * FROM retention.create_survey_views('kpi', 'answer', 'score', 'at', 'Europe/Berlin', dimensions => '{plan,country}', as_of => '2024-02-27');
SELECT period_start, period_end, num_responses, promoters, passives, detractors, round(promoter_share::numeric, 3) AS promoter_share, nps, round(ci_low::numeric, 2) AS ci_low, round(ci_high::numeric, 2) AS ci_high, change, is_complete FROM kpi.nps_monthly;
SELECT plan, period_start, num_responses, nps FROM kpi.nps_monthly_by_plan ORDER BY 1, 2;
SELECT country, num_responses FROM kpi.nps_quarterly_by_country ORDER BY 1;
SELECT obj_description('kpi.nps_monthly_by_plan'::regclass);
SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'kpi.nps_monthly_by_plan'::regclass AND attnum > 0;
SELECT obj_description('kpi'::regnamespace);
SELECT relkind, reloptions FROM pg_class WHERE oid = 'kpi.nps_monthly'::regclass;
SELECT count(*) FROM retention.create_survey_views('kpi', 'answer', 'score', 'day', metric => 'csat', scale_min => 0, scale_max => 10, as_of => '2024-02-28');
SELECT count(*) FROM retention.create_survey_views('kpi', 'answer', 'score', 'day', metric => 'ces', scale_min => 0, scale_max => 10, as_of => '2024-03-02');
SELECT period_start, num_responses, satisfied_responses, csat_share, round(ci_low::numeric, 3) AS ci_low, round(ci_high::numeric, 3) AS ci_high, mean_score, is_complete FROM kpi.csat_monthly;
SELECT period_start, num_responses, mean_score, easy_responses, easy_share, is_complete FROM kpi.ces_monthly;

-- retention
SELECT * FROM retention.create_retention_views('kpi', 'visit', 'customer', 'at', min_cohort_size => 2, as_of => '2024-03-10');
SELECT cohort_start, period_number, cohort_size, retained, retention_rate, is_complete FROM kpi.cohort_retention_monthly;
SELECT * FROM kpi.lifecycle_monthly;
SELECT obj_description('kpi.cohort_retention_monthly'::regclass), obj_description('kpi.lifecycle_monthly'::regclass);

-- revenue: days are those of the zone; 1 and 1.0 are one customer
SELECT * FROM retention.create_revenue_views('kpi', 'subscription', 'customer', 'start', 'stop', 'mrr', 'product', timezone => 'Europe/Berlin', as_of => '2024-02-29');
SELECT period_start, starting_mrr, new_business_mrr, expansion_mrr, churned_mrr, ending_mrr, cross_sell_mrr, starting_customers, churned_customers, customer_churn_rate, round(customer_churn_ci_low::numeric, 3) AS low, round(customer_churn_ci_high::numeric, 3) AS high, is_complete FROM kpi.mrr_bridge_monthly;
SELECT * FROM kpi.mrr_movements_monthly ORDER BY 1, 2;
SELECT cohort_start, period_number, cohort_customers, customers, customer_retention, net_revenue_retention FROM kpi.revenue_cohorts_monthly;

-- leads: attributes in a column, or the row itself
SELECT v.* FROM scoring, LATERAL retention.create_lead_views('kpi', card, 'lead', 'id', 'attributes', 'lead_event', 'lead', 'what', 'at', as_of => '2024-01-20 09:00+09') v;
SELECT * FROM kpi.lead_scores ORDER BY 1;
SELECT * FROM kpi.lead_score_explanations ORDER BY 1, 2 DESC;
SELECT * FROM kpi.qualified_leads;
SELECT count(*) FROM retention.create_lead_views('kpi', '{"fit": [{"group": "g", "rules": [{"rule": "short", "when": {"attribute": "name", "op": "like", "value": "___"}, "points": 1}]}]}', 'lead', 'id', NULL, 'lead_event', 'lead', 'what', 'at', reasons => 1, as_of => '2024-01-20 00:00Z');
SELECT lead_id, score, last_event_at, reasons FROM kpi.lead_scores ORDER BY 1;
SELECT obj_description('kpi.qualified_leads'::regclass);

-- a second call: in place where the columns stay, so that views on top of it stay; what it no longer makes goes
CREATE VIEW on_top AS SELECT max(nps) FROM kpi.nps_monthly;
SELECT * FROM retention.create_survey_views('kpi', 'answer', 'score', 'day', dimensions => '{plan}', as_of => '2024-02-27');
SELECT relname FROM pg_class WHERE relnamespace = 'kpi'::regnamespace AND relname ~ '^(nps|csat)' ORDER BY 1;
SELECT retention.create_survey_views('kpi', 'answer', 'score', 'day', materialized => true, as_of => '2024-02-27');
DROP VIEW on_top;
-- materialized, and back; grants stay
CREATE ROLE regress_views_reader;
GRANT SELECT ON kpi.nps_monthly TO regress_views_reader;
SELECT count(*) FROM retention.create_survey_views('kpi', 'answer', 'score', 'day', materialized => true, as_of => '2024-02-27');
REFRESH MATERIALIZED VIEW CONCURRENTLY kpi.nps_monthly;
SELECT relkind, has_table_privilege('regress_views_reader', oid, 'SELECT') AS granted, obj_description(oid) FROM pg_class WHERE oid = 'kpi.nps_monthly'::regclass;
SELECT count(*) FROM retention.create_survey_views('kpi', 'answer', 'score', 'day', as_of => '2024-02-27');
SELECT relkind, has_table_privilege('regress_views_reader', oid, 'SELECT') AS granted FROM pg_class WHERE oid = 'kpi.nps_monthly'::regclass;

-- errors, before anything is created
CREATE SCHEMA other;
CREATE TABLE other.nps_weekly (a integer);
CREATE TEMP TABLE passing (score integer, at date);
CREATE SEQUENCE numbers;
SELECT retention.create_survey_views(NULL, 'answer', 'score', 'at');
SELECT retention.create_survey_views('new', NULL, 'score', 'at');
SELECT retention.create_survey_views('new', 'no_table', 'score', 'at');
SELECT retention.create_survey_views('new', 0, 'score', 'at');
SELECT retention.create_survey_views('new', 'numbers', 'score', 'at');
SELECT retention.create_survey_views('new', 'passing', 'score', 'at');
SELECT retention.create_survey_views('new', 'answer', 'points', 'at', 'UTC');
SELECT retention.create_survey_views('new', 'answer', 'note', 'at', 'UTC');
SELECT retention.create_survey_views('new', 'answer', 'score', 'note');
SELECT retention.create_survey_views('new', 'answer', 'score', 'at');
SELECT retention.create_survey_views('new', 'answer', 'score', 'at', 'Mars/Olympus');
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', as_of => 'infinity');
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', metric => 'NPS');
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', scale_min => 1, scale_max => 5);
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', metric => 'csat', scale_min => 4);
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', metric => 'csat', scale_max => 200);
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', dimensions => '{region}');
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', dimensions => '{weight}');
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', dimensions => '{plan,country,plan}');
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', dimensions => '{plan,NULL}');
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', dimensions => NULL);
SELECT retention.create_survey_views('other', 'answer', 'score', 'day');
SELECT retention.create_survey_views('retention', 'answer', 'score', 'day');
SELECT retention.create_survey_views('pg_kpi', 'answer', 'score', 'day');
SELECT retention.create_survey_views('', 'answer', 'score', 'day');
SELECT retention.create_survey_views(repeat('n', 64), 'answer', 'score', 'day');
ALTER TABLE answer RENAME country TO a_country_whose_name_has_many_letters_and_more_than_fifty;
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', dimensions => '{a_country_whose_name_has_many_letters_and_more_than_fifty}');
ALTER TABLE answer RENAME a_country_whose_name_has_many_letters_and_more_than_fifty TO promoters;
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', dimensions => '{promoters}');
SELECT retention.create_retention_views('new', 'visit', 'at', 'at');
SELECT retention.create_retention_views('new', 'visit', 'customer', 'customer');
SELECT retention.create_retention_views('new', 'visit', 'customer', 'at', min_cohort_size => -1);
SELECT retention.create_revenue_views('new', 'subscription', 'customer', 'start', 'stop', 'mrr');
SELECT retention.create_revenue_views('new', 'subscription', 'customer', 'start', 'stop', 'price', timezone => 'UTC');
SELECT retention.create_revenue_views('new', 'subscription', 'customer', 'start', 'stop', 'amount', timezone => 'UTC');
SELECT retention.create_revenue_views('new', 'subscription', 'customer', 'product', 'stop', 'mrr', timezone => 'UTC');
SELECT retention.create_revenue_views('new', 'subscription', 'customer', 'start', 'stop', 'mrr', product => 'amount', timezone => 'UTC');
SELECT retention.create_revenue_views('new', 'subscription', 'customer', 'start', 'stop', 'mrr', timezone => 'UTC', reactivation_within => -1);
SELECT retention.create_lead_views('new', '{"fit": []}', 'lead', 'id', 'attributes', 'lead_event', 'lead', 'what', 'at');
SELECT retention.create_lead_views('new', NULL, 'lead', 'id', 'attributes', 'lead_event', 'lead', 'what', 'at');
SELECT retention.create_lead_views('new', card, 'lead', 'name', 'attributes', 'lead_event', 'lead', 'what', 'at') FROM scoring;
SELECT retention.create_lead_views('new', card, 'lead', 'id', 'name', 'lead_event', 'lead', 'what', 'at') FROM scoring;
SELECT retention.create_lead_views('new', card, 'lead', 'id', 'attributes', 'lead_event', 'lead', 'lead', 'at') FROM scoring;
SELECT retention.create_lead_views('new', card, 'lead', 'id', 'attributes', 'lead_event', 'lead', 'what', 'day') FROM scoring;
SELECT retention.create_lead_views('new', card, 'lead', 'id', 'attributes', 'lead_event', 'lead', 'what', 'at', reasons => 0) FROM scoring;
SELECT retention.create_lead_views('new', card, 'lead', 'id', 'attributes', 'lead_event', 'lead', 'what', 'at', as_of => '-infinity') FROM scoring;
SELECT retention.drop_views(NULL);
SELECT retention.drop_views('new');
SELECT retention.drop_views('kpi', '{survey,sales}');
SELECT retention.drop_views('kpi', '{NULL}');
-- without rights
SET ROLE regress_views_reader;
SELECT retention.create_survey_views('new', 'answer', 'score', 'day');
RESET ROLE;
GRANT SELECT ON answer TO regress_views_reader;
SET ROLE regress_views_reader;
SELECT retention.create_survey_views('new', 'answer', 'score', 'day');
RESET ROLE;
SELECT count(*) FROM pg_namespace WHERE nspname = 'new';

-- dropping: one concept, what depends on it, all, and the schema
SELECT * FROM retention.drop_views('kpi', '{survey,leads}');
CREATE VIEW on_top AS SELECT count(*) FROM kpi.mrr_bridge_monthly;
SELECT retention.drop_views('kpi');
DROP VIEW on_top;
CREATE TABLE kpi.mine (a integer);
COMMENT ON VIEW kpi.lifecycle_monthly IS 'mine now';
SELECT * FROM retention.drop_views('kpi');
SELECT relname FROM pg_class WHERE relnamespace = 'kpi'::regnamespace ORDER BY 1;
DROP TABLE kpi.mine;
DROP VIEW kpi.lifecycle_monthly;
SELECT * FROM retention.drop_views('kpi');
SELECT count(*) FROM pg_namespace WHERE nspname = 'kpi';

DROP SCHEMA other CASCADE;
DROP TABLE answer, visit, subscription, lead, lead_event, scoring;
DROP SEQUENCE numbers;
DROP TYPE plan;
DROP DOMAIN points;
DROP ROLE regress_views_reader;
