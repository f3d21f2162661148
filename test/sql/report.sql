-- report_html: what is on the page, what is not, escaping, and every error message. How it looks in a
-- browser: test/t/report.pl.
SET DateStyle TO 'ISO, YMD';
SET TimeZone TO 'Asia/Tokyo';
\pset null NULL
\set SHOW_CONTEXT never

CREATE TABLE answer (answered_at date, score integer);
INSERT INTO answer SELECT date '2024-01-01' + n, CASE WHEN n < 91 THEN (ARRAY[10, 9, 9, 8, 6])[1 + n % 5] ELSE (ARRAY[10, 3, 5, 8, 6])[1 + n % 5] END FROM generate_series(0, 130) n;
CREATE TABLE visit (customer_id integer, at date);
INSERT INTO visit SELECT c, date '2024-01-01' + c % 60 + d * 20 FROM generate_series(1, 60) c, generate_series(0, 4) d WHERE d = 0 OR (c + d) % (d + 1) = 0;
CREATE TABLE subscription (customer_id integer, started_on date, ended_on date, mrr numeric);
INSERT INTO subscription SELECT c, date '2023-01-01' + c * 7, CASE WHEN c % 4 = 0 THEN date '2023-01-01' + c * 7 + 100 END, 1000 + c FROM generate_series(1, 60) c;
CREATE TABLE lead (id text, attributes jsonb);
INSERT INTO lead VALUES ('<b>&"''', '{"size": 10}'), ('Tokyo', '{"size": 20}'), ('c', '{}');
CREATE TABLE lead_event (id text, event text, at timestamptz);
INSERT INTO lead_event VALUES ('Tokyo', 'demo', '2024-05-01 00:00Z');

CREATE FUNCTION pg_temp.parts(page text) RETURNS text LANGUAGE sql
  RETURN (SELECT string_agg(m[1], ' ') FROM regexp_matches(page, '<section id="([a-z]+)"', 'g') m);
CREATE FUNCTION pg_temp.says(page text, section text) RETURNS text LANGUAGE sql
  RETURN (regexp_match(page, '<section id="' || section || '"><h2>[^<]*</h2>\n<p class="says">([^\n]*)</p>'))[1];

-- nothing there
SELECT retention.report_html(NULL);
SELECT retention.report_html('board');
CREATE SCHEMA board;
CREATE VIEW board.nps_monthly AS SELECT 1 AS nps;
SELECT retention.report_html('board');
DROP SCHEMA board CASCADE;

-- one view after another: a section for each
SELECT count(*) FROM retention.create_survey_views('board', 'answer', 'score', 'answered_at', as_of => '2024-05-10');
SELECT pg_temp.parts(retention.report_html('board'));
SELECT count(*) FROM retention.create_retention_views('board', 'visit', 'customer_id', 'at', as_of => '2024-05-10');
SELECT count(*) FROM retention.create_revenue_views('board', 'subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2024-05-10');
SELECT count(*) FROM retention.create_lead_views('board', '{"fit": [{"group": "size", "rules": [{"rule": "large <&>", "when": {"attribute": "size", "op": "ge", "value": 10}, "points": 12.5}]}],
  "engagement": [{"group": "all", "rules": [{"rule": "demo", "event": "demo", "points": 40, "decay": "half_life", "period": "9 days"}]}],
  "qualified": {"engagement_at_least": 20}}', 'lead', 'id', 'attributes', 'lead_event', 'id', 'event', 'at', as_of => '2024-05-10 00:00Z');
CREATE TEMP TABLE page AS SELECT retention.report_html('board') AS html;
SELECT section, pg_temp.says(html, section) FROM page, LATERAL string_to_table(pg_temp.parts(html), ' ') section;
SELECT m[1] AS tile, m[2] AS value, m[3] AS detail FROM page, regexp_matches(html, '<div class="tile"><div class="what">(.*?)</div><div class="big">(.*?)</div><div class="detail">(.*?)</div></div>', 'g') m;

-- the score fell in April; May is not over yet
SELECT count(*) FROM page, regexp_matches(html, '>&#9660;</text>', 'g');
SELECT count(*) > 0 AS hollow FROM page, regexp_matches(html, 'class="mark line1 open"', 'g');
-- only a value with an interval tells one
SELECT count(*) FILTER (WHERE m[1] ~ '\([0-9.]+% to [0-9.]+%\)$') > 0 AS with_interval, count(*) FILTER (WHERE m[1] ~ '&#8211;') AS with_dash FROM page, regexp_matches(html, '<title>([^<]* &#183; [^<]*)</title>', 'g') m;
-- a year stands below its January and below the first month, unless the two would meet
SELECT first, (retention.report_month_axis((SELECT jsonb_agg(jsonb_build_object('period_start', m::date, 'is_complete', true)) FROM generate_series(first, first + interval '1 month' * (months - 1), '1 month') m))).years
FROM (VALUES (timestamp '2023-11-01', 4), ('2023-12-01', 3), ('2023-12-01', 1), ('2024-01-01', 2)) v(first, months);
-- hatching stays within its bar, and reaches its edges
SELECT style, retention.report_hatch(10, 20, 12, 10, style) FROM generate_series(1, 6) style;
-- black or, from 0.7 on, white ink on every shade of the heat map: the contrast of the comment in the source
SELECT html ~ 'svg .cell \{[^}]* fill: #000;' AS black, html ~ 'svg .light \{ fill: #fff; \}' AS white FROM page;
SELECT round(min(CASE WHEN share < 0.7 THEN (l.shade + 0.05) / 0.05 ELSE 1.05 / (l.shade + 0.05) END), 2) AS least_contrast
FROM generate_series(0, 1, 0.01) share, LATERAL (SELECT sum(w * CASE WHEN v <= 0.03928 THEN v / 12.92 ELSE power((v + 0.055) / 1.055, 2.4) END) AS shade
  FROM (SELECT weight AS w, get_byte(decode(substr(retention.report_shade(share::float8), 2), 'hex'), place) / 255.0 AS v
        FROM (VALUES (0, 0.2126), (1, 0.7152), (2, 0.0722)) c(place, weight)) b) l;
-- what comes from data is escaped; the page is ASCII and needs nothing from elsewhere
SELECT m[1] AS lead FROM page, regexp_matches(html, '<tr><td class="words">(.*?)</td>', 'g') m;
SELECT html ~ 'large &lt;&amp;&gt;' AS escaped, html ~ '[^\x01-\x7e]' AS beyond_ascii, html ~* '<script|javascript:|@import|url\((?!#)| src=|<link' AS needs_more FROM page;
-- numbers of the page are those of the views
SELECT html ~ ('<div class="big">' || to_char(b.ending_mrr, 'FM999,999') || '</div>') AS mrr, html ~ ('<b>' || round(100 * t.net_revenue_retention::numeric, 1) || '%</b>') AS nrr
FROM page, (SELECT * FROM board.mrr_bridge_monthly WHERE is_complete ORDER BY period_start DESC LIMIT 1) b, (SELECT * FROM board.trailing_retention_monthly WHERE is_complete ORDER BY period_start DESC LIMIT 1) t;
-- the same page whatever the session's settings
SET DateStyle TO 'German';
SET TimeZone TO 'America/New_York';
SET extra_float_digits TO 0;
SET IntervalStyle TO sql_standard;
SET search_path TO board, public;
SELECT html OPERATOR(pg_catalog.=) retention.report_html('board') AS same FROM page;
RESET search_path;
RESET DateStyle;

-- S2c: no overload that the owner of the schema adds is ever called
BEGIN;
SET LOCAL check_function_bodies TO off;
DO $$
DECLARE
  p record;
  variant record;
BEGIN
  FOR p IN
    SELECT proname, pg_get_function_result(oid) AS result, proargtypes::oid[] AS types, pronargs
    FROM pg_proc
    WHERE pronamespace = 'retention'::regnamespace AND prokind = 'f' AND pronargs > 0
      AND (proname ~ '^report_' OR proname IN ('internal_check_schema', 'internal_check_arguments', 'internal_own_views', 'internal_mark', 'internal_type_kind'))
  LOOP
    FOR variant IN
      SELECT string_agg(CASE WHEN i = n AND is_list THEN 'VARIADIC ' ELSE '' END
               || coalesce(CASE WHEN t IN ('integer'::regtype, 'numeric'::regtype, 'double precision'::regtype) THEN number
                                WHEN t IN ('text'::regtype, 'regclass'::regtype, 'oid'::regtype) THEN string END, format_type(t, NULL))
               || CASE WHEN i = n AND is_list AND format_type(t, NULL) !~ '\[\]$' THEN '[]' ELSE '' END, ', ' ORDER BY i) AS arguments
      FROM unnest('{bigint,smallint,integer,numeric,real,double precision,text,anyelement,NULL}'::text[]) AS number,
           unnest('{varchar,name,bpchar,anynonarray,NULL}'::text[]) AS string,
           generate_series(1, p.pronargs) AS n, unnest('{true,false}'::boolean[]) AS is_list,
           LATERAL unnest(p.types[0:n - 1]) WITH ORDINALITY AS u(t, i)
      GROUP BY number, string, n, is_list
    LOOP
      BEGIN
        EXECUTE format('CREATE FUNCTION retention.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
          p.proname, variant.arguments, p.result, format('BEGIN RAISE EXCEPTION ''an overload of %s is reached''; END', p.proname));
      EXCEPTION WHEN duplicate_function OR invalid_function_definition OR undefined_object THEN
        NULL;
      END;
    END LOOP;
  END LOOP;
END $$;
SELECT count(*) > 1000 AS planted FROM pg_proc WHERE pronamespace = 'retention'::regnamespace AND prosrc LIKE '%is reached%';
DISCARD PLANS;
SELECT html = retention.report_html('board') AS same FROM page;
ROLLBACK;

-- a card that does not say when a lead is qualified
SELECT count(*) FROM retention.create_lead_views('board', '{"fit": [{"group": "size", "rules": [{"rule": "large", "when": {"attribute": "size", "op": "ge", "value": 10}, "points": 12.5}]}]}',
  'lead', 'id', 'attributes', 'lead_event', 'id', 'event', 'at', as_of => '2024-05-10 00:00Z');
SELECT pg_temp.says(html, 'leads'), html ~ '<div class="what">Leads</div><div class="big">3</div>' AS tile, html ~ 'Qualified leads' AS other_tile
FROM retention.report_html('board') html;

-- long histories
INSERT INTO visit SELECT 1000 + n, date '2020-01-01' + n * 30 FROM generate_series(0, 47) n;
SELECT section, pg_temp.says(html, section) FROM retention.report_html('board') html, unnest('{lifecycle,cohorts,average}'::text[]) section;

-- D6: one mistyped year among the others: the page says so and stays small
BEGIN;
INSERT INTO visit VALUES (5000, '1905-05-01');
INSERT INTO answer VALUES ('1905-05-01', 3);
INSERT INTO subscription VALUES (5000, '1905-05-01', NULL, 1);
SELECT section, pg_temp.says(html, section), length(html) < 200000 AS small FROM retention.report_html('board') html, LATERAL string_to_table(pg_temp.parts(html), ' ') section;
INSERT INTO visit VALUES (5001, '4713-01-01 BC');
SELECT section, pg_temp.says(html, section), length(html) < 200000 AS small FROM retention.report_html('board') html, unnest('{lifecycle,cohorts,average}'::text[]) section;
ROLLBACK;
-- the cohort of that year is drawn where there are few others: its first 30 months
BEGIN;
DELETE FROM visit WHERE customer_id >= 1000 OR at > '2024-03-01';
INSERT INTO visit VALUES (5000, '1905-05-01');
SELECT pg_temp.says(html, 'cohorts'), (SELECT count(*) FROM regexp_matches(html, '<title>May 1905, month ', 'g')) AS cells FROM retention.report_html('board') html;
-- a headline that would rest on one cohort is none
SELECT pg_temp.says(html, 'average') FROM retention.report_html('board') html;
DELETE FROM visit WHERE at >= '2024-02-01' OR at < '2024-01-01';
SELECT pg_temp.says(html, 'average') FROM retention.report_html('board') html;
ROLLBACK;

-- no rows
TRUNCATE answer, visit, subscription, lead;
SELECT section, pg_temp.says(html, section) FROM retention.report_html('board') html, LATERAL string_to_table(pg_temp.parts(html), ' ') section;

-- customer satisfaction, customer effort
INSERT INTO answer SELECT date '2024-01-01' + n, 1 + n % 5 FROM generate_series(0, 90) n;
SELECT count(*) FROM retention.create_survey_views('scores', 'answer', 'score', 'answered_at', metric => 'csat', as_of => '2024-04-10');
SELECT count(*) FROM retention.create_survey_views('scores', 'answer', 'score', 'answered_at', metric => 'ces', scale_min => 1, scale_max => 5, as_of => '2024-04-10');
SELECT section, pg_temp.says(html, section) FROM retention.report_html('scores') html, LATERAL string_to_table(pg_temp.parts(html), ' ') section;

-- no tile is empty: there are no views of leads, revenue and customers
SELECT count(*) AS tiles FROM retention.report_html('scores') html, regexp_matches(html, '<div class="tile">', 'g');

-- columns that a view does not have, and one of another type
CREATE VIEW scores.nps_monthly AS SELECT date '2024-01-01' AS period_start, 12.5 AS nps, true AS is_complete;
COMMENT ON VIEW scores.nps_monthly IS E'planted\nCreated by retention.create_survey_views().';
SELECT pg_temp.says(html, 'nps') FROM retention.report_html('scores') html;
DROP VIEW scores.nps_monthly;
CREATE VIEW scores.nps_monthly AS SELECT date '2024-01-01' AS period_start, '<script>' AS nps;
COMMENT ON VIEW scores.nps_monthly IS E'planted\nCreated by retention.create_survey_views().';
SELECT retention.report_html('scores');
DROP VIEW scores.nps_monthly;

-- two years in which nothing changes: some change has p < 0.05, none an arrow; a third of those who were asked answered
CREATE TABLE sent AS
SELECT date '2022-01-01' + n / 20 AS sent, CASE WHEN n % 3 = 0 THEN date '2022-01-02' + n / 20 END AS answered, CASE WHEN n % 3 = 0 THEN mod(hashint8extended(n, 42) & 1023, 11) END AS score
FROM generate_series(0, 730 * 20 - 1) n;
SELECT count(*) FROM retention.create_survey_views('asked', 'sent', 'score', 'answered', asked_at => 'sent', as_of => '2023-12-31');
SELECT count(*) FROM retention.create_survey_views('asked', 'sent', 'score', 'answered', asked_at => 'sent', as_of => '2023-12-31', metric => 'csat', scale_min => 0, scale_max => 10);
SELECT count(*) AS months, count(*) FILTER (WHERE change_p_value < 0.05) AS unusual, count(*) FILTER (WHERE change_adjusted_p_value < 0.05) AS marked FROM asked.nps_monthly;
SELECT section, pg_temp.says(html, section) FROM retention.report_html('asked') html, LATERAL string_to_table(pg_temp.parts(html), ' ') section;
SELECT count(*) AS arrows FROM retention.report_html('asked') html, regexp_matches(html, '>&#96[56]0;</text>', 'g');
SELECT m[1] AS headings FROM retention.report_html('asked') html, regexp_matches(html, '<thead><tr>(.*?)</tr>', 'g') m;
SELECT p, retention.report_unusual(p) FROM unnest('{0,0.0009,0.001,0.00951,0.0349,0.5,1,NaN}'::numeric[]) p;
SELECT * FROM retention.drop_views('asked');
DROP TABLE sent;

-- only with the rights of who asks
CREATE ROLE regress_report_reader;
GRANT USAGE ON SCHEMA scores TO regress_report_reader;
SET ROLE regress_report_reader;
SELECT retention.report_html('scores');
RESET ROLE;
REVOKE USAGE ON SCHEMA scores FROM regress_report_reader;
DROP ROLE regress_report_reader;

SELECT * FROM retention.drop_views('board');
SELECT * FROM retention.drop_views('scores');
DROP TABLE answer, visit, subscription, lead, lead_event;
