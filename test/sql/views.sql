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
-- materialized, and back: the view stays, with its grants and the views on top of it
CREATE ROLE regress_views_reader;
GRANT SELECT ON kpi.nps_monthly TO regress_views_reader;
GRANT USAGE ON SCHEMA kpi TO regress_views_reader;
SELECT * FROM retention.create_survey_views('kpi', 'answer', 'score', 'day', materialized => true, as_of => '2024-02-27');
SELECT relname, relkind, reloptions, has_table_privilege('regress_views_reader', oid, 'SELECT') AS granted FROM pg_class WHERE relnamespace = 'kpi'::regnamespace AND relname ~ '^nps_monthly' AND relkind IN ('v', 'm') ORDER BY 1;
SELECT pg_get_viewdef('kpi.nps_monthly'::regclass) ~ 'FROM kpi.nps_monthly_stored s' AS reads_stored, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'kpi.nps_monthly_stored'::regclass;
SELECT obj_description('kpi.nps_monthly'::regclass);
SELECT obj_description('kpi.nps_monthly_stored'::regclass);
-- grants on the view are enough
SET ROLE regress_views_reader;
SELECT count(*) FROM kpi.nps_monthly;
SELECT count(*) FROM kpi.nps_monthly_stored;
RESET ROLE;
INSERT INTO answer (day, score) VALUES ('2024-02-20', 10);
SELECT * FROM retention.refresh_views('kpi');
SELECT num_responses FROM kpi.nps_monthly;
DELETE FROM answer WHERE day = '2024-02-20';
-- a rebuilt one keeps what users gave it; what is unchanged is not touched
CREATE INDEX mine ON kpi.nps_monthly_stored (nps) WITH (fillfactor = 50);
COMMENT ON INDEX kpi.mine IS 'for the dashboard';
ALTER MATERIALIZED VIEW kpi.nps_monthly_stored CLUSTER ON mine;
ALTER MATERIALIZED VIEW kpi.nps_monthly_stored SET (fillfactor = 70);
ALTER MATERIALIZED VIEW kpi.nps_monthly_stored ALTER nps SET STATISTICS 50, ALTER nps SET (n_distinct = 7);
CREATE STATISTICS kpi.both (ndistinct) ON nps, num_responses FROM kpi.nps_monthly_stored;
GRANT SELECT ON kpi.nps_monthly_stored TO regress_views_reader;
CREATE VIEW kept AS
  SELECT relname, relkind, reloptions, relacl,
    (SELECT string_agg(concat_ws(' ', indexdef, obj_description(to_regclass('kpi.' || indexname)), (SELECT 'clustered' FROM pg_index WHERE indexrelid = to_regclass('kpi.' || indexname) AND indisclustered)), E'\n' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'kpi' AND tablename = relname) AS indexes,
    (SELECT string_agg(concat_ws(' ', attname, attstattarget, substring(attoptions::text, 'n_distinct=\d')), ', ') FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND attstattarget > 0) AS columns,
    (SELECT string_agg(pg_get_statisticsobjdef(oid), ', ') FROM pg_statistic_ext WHERE stxrelid = c.oid) AS statistics
  FROM pg_class c WHERE relnamespace = 'kpi'::regnamespace AND relname ~ '^nps_monthly' AND relkind IN ('v', 'm') ORDER BY 1;
CREATE TABLE before AS SELECT * FROM kept;
CREATE VIEW catalog_rows AS SELECT 'pg_class' AS catalog, oid, xmin::text AS version FROM pg_class UNION ALL SELECT 'pg_attribute', attrelid, string_agg(xmin::text, ' ' ORDER BY attnum) FROM pg_attribute GROUP BY 2
  UNION ALL SELECT 'pg_rewrite', ev_class, xmin::text FROM pg_rewrite UNION ALL SELECT 'pg_description', objoid, string_agg(xmin::text, ' ' ORDER BY objsubid) FROM pg_description WHERE classoid = 'pg_class'::regclass GROUP BY 2
  UNION ALL SELECT 'pg_depend', refobjid, string_agg(xmin::text, ' ' ORDER BY xmin::text, classid, objid) FROM pg_depend WHERE refclassid = 'pg_class'::regclass GROUP BY 2 UNION ALL SELECT 'pg_namespace', oid, xmin::text FROM pg_namespace;
CREATE TABLE rows_before AS SELECT * FROM catalog_rows;
SELECT count(*) FROM retention.create_survey_views('kpi', 'answer', 'score', 'day', materialized => true, as_of => '2024-02-27');
SELECT count(*) > 30 AS rows_seen FROM rows_before WHERE oid IN (SELECT oid FROM pg_class WHERE relnamespace = 'kpi'::regnamespace UNION SELECT 'kpi'::regnamespace);
SELECT b.* FROM rows_before b LEFT JOIN catalog_rows a USING (catalog, oid, version) WHERE a.oid IS NULL AND b.oid IN (SELECT oid FROM pg_class WHERE relnamespace = 'kpi'::regnamespace UNION SELECT 'kpi'::regnamespace);
SELECT relfilenode AS stored_before FROM pg_class WHERE oid = 'kpi.nps_monthly_stored'::regclass \gset
SELECT count(*) FROM retention.create_survey_views('kpi', 'answer', 'score', 'day', materialized => true, as_of => '2024-02-28');
SELECT relfilenode <> :stored_before AS rebuilt, (SELECT sum(num_responses) FROM kpi.nps_monthly) AS responses FROM pg_class WHERE oid = 'kpi.nps_monthly_stored'::regclass;
SELECT * FROM before EXCEPT SELECT * FROM kept;
\x on
SELECT indexes, columns, statistics FROM kept WHERE relkind = 'm';
\x off
DROP VIEW kept, catalog_rows;
DROP TABLE before, rows_before;
SELECT count(*) FROM retention.create_survey_views('kpi', 'answer', 'score', 'day', as_of => '2024-02-27');
SELECT relname, relkind, has_table_privilege('regress_views_reader', oid, 'SELECT') AS granted FROM pg_class WHERE relnamespace = 'kpi'::regnamespace AND relname ~ '^nps_monthly' AND relkind IN ('v', 'm') ORDER BY 1;
SELECT * FROM on_top;
DROP VIEW on_top;
-- after --no-comments nothing is known as created here, which is said
CREATE SCHEMA bare
  CREATE VIEW nps_monthly AS SELECT 1 AS one;
CREATE MATERIALIZED VIEW bare.nps_monthly_stored AS SELECT 1 AS one;
SELECT * FROM retention.refresh_views('bare');
SELECT * FROM retention.drop_views('bare');
DROP SCHEMA bare CASCADE;
-- the names of dimensions may be those of the query inside (B1)
CREATE TABLE named AS SELECT score, day, 1 AS id, NULL::date AS ended, 10 AS mrr, 's' AS summary, 'c' AS customer, 't' AS timeline, 'd' AS dimension, 'r' AS r FROM answer;
SELECT count(*) FROM retention.create_survey_views('named', 'named', 'score', 'day', dimensions => '{summary,dimension,r}', as_of => '2024-03-01');
SELECT count(*) FROM retention.create_retention_views('named', 'named', 'id', 'day', dimensions => '{summary,customer}', as_of => '2024-03-01');
SELECT count(*) FROM retention.create_revenue_views('named', 'named', 'id', 'day', 'ended', 'mrr', dimensions => '{summary,customer,timeline,dimension}', as_of => '2024-03-01');
SELECT customer, count(*) FROM named.revenue_cohorts_monthly_by_customer GROUP BY 1;
ALTER TABLE named RENAME r TO s_stored;
ALTER TABLE named RENAME dimension TO s;
ALTER TABLE named RENAME timeline TO customer_churn_ci_low;
SELECT retention.create_survey_views('named', 'named', 'score', 'day', dimensions => '{s,s_stored}', materialized => true, as_of => '2024-03-01');
SELECT retention.create_revenue_views('named', 'named', 'id', 'day', 'ended', 'mrr', dimensions => '{customer_churn_ci_low}', as_of => '2024-03-01');
-- times that cannot be right: infinite ones that as_of leaves out (E1), one of the year 24 (D6), none at all
INSERT INTO named VALUES (5, 'infinity', 2, NULL, 10), (5, '-infinity', 2, NULL, 10), (5, '0024-05-01', 1, NULL, 10);
SELECT count(*) FROM retention.create_survey_views('named', 'named', 'score', 'day', as_of => '2024-03-01');
SELECT count(*) FROM retention.create_retention_views('named', 'named', 'id', 'day', as_of => '2024-03-01');
SELECT count(*) FROM retention.create_revenue_views('named', 'named', 'id', 'day', 'ended', 'mrr', as_of => '2024-03-01');
SELECT (SELECT sum(num_responses) FROM named.nps_weekly) AS answers, (SELECT count(*) FROM named.nps_weekly) AS weeks, (SELECT count(*) FROM named.cohort_retention_weekly) AS cells,
  (SELECT ending_mrr FROM named.mrr_bridge_monthly ORDER BY period_start DESC LIMIT 1) AS mrr, (SELECT min(period_start) FROM named.mrr_bridge_monthly) AS first;
SELECT count(*) FROM retention.create_survey_views('named', 'named', 'score', 'day', as_of => '1999-12-31');
SELECT count(*) FROM retention.create_revenue_views('named', 'named', 'id', 'day', 'day', 'mrr', as_of => '2024-03-01');
INSERT INTO named VALUES (5, '2024-02-01', 1, '2024-01-01', 10);
SELECT count(*) FROM retention.create_revenue_views('named', 'named', 'id', 'day', 'ended', 'mrr', as_of => '2024-03-01');
SELECT count(*) FROM retention.create_survey_views('named', 'named', 'score', 'day', metric => 'csat', as_of => '2024-03-01');
SELECT count(*) FROM retention.drop_views('named');
DROP TABLE named;

-- errors, before anything is created
CREATE SCHEMA other;
CREATE TABLE other.nps_weekly (a integer);
CREATE TEMP TABLE passing (score integer, at date);
CREATE SEQUENCE numbers;
SELECT retention.create_survey_views(NULL, 'answer', 'score', 'at');
SELECT retention.create_survey_views('new', 'answer', 'score', 'at', 'UTC', correction => 'fdr');
SELECT retention.create_survey_views('new', 'answer', 'score', 'at', 'UTC', correction => NULL);
SELECT retention.create_survey_views('new', 'answer', 'score', 'at', 'UTC', asked_at => 'note');
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', asked_at => 'at');
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
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', metric => 'csat', scale_min => 5);
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', metric => 'csat', boxes => 5);
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', metric => 'csat', boxes => 0);
SELECT retention.create_survey_views('new', 'answer', 'score', 'day', boxes => 2);
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
INSERT INTO lead VALUES (1, 'Ada again', '{}');
SELECT retention.create_lead_views('new', card, 'lead', 'id', 'attributes', 'lead_event', 'lead', 'what', 'at', materialized => true) FROM scoring;
SELECT retention.create_lead_views('new', '{"engagement": [{"group": "g", "max": 5, "rules": [{"rule": "(max)", "event": "v", "points": 1}]}]}', 'lead', 'id', 'attributes', 'lead_event', 'lead', 'what', 'at', materialized => true);
BEGIN;
SELECT count(*) FROM scoring, LATERAL retention.create_lead_views('new', card, 'lead', 'id', NULL, 'lead_event', 'lead', 'what', 'at', as_of => '2024-01-20 00:00Z');
ROLLBACK;
SELECT retention.refresh_views(NULL);
SELECT retention.refresh_views('new');
SELECT retention.drop_views(NULL);
SELECT retention.drop_views('new');
SELECT retention.drop_views('kpi', '{survey,sales}');
SELECT retention.drop_views('kpi', '{NULL}');
-- a dump restored without comments
CREATE SCHEMA bare;
CREATE VIEW bare.nps_weekly AS SELECT;
CREATE VIEW bare.nps_monthly AS SELECT;
SELECT retention.create_survey_views('bare', 'answer', 'score', 'day', as_of => '2024-02-27');
COMMENT ON VIEW bare.nps_weekly IS 'Created by retention.create_survey_views().';
COMMENT ON VIEW bare.nps_monthly IS 'Created by retention.create_survey_views().';
SELECT count(*) FROM retention.create_survey_views('bare', 'answer', 'score', 'day', as_of => '2024-02-27');
DROP SCHEMA bare CASCADE;
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
