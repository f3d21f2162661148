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

-- the score fell in April, which chance does not explain; May is not over yet
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

-- long histories
INSERT INTO visit SELECT 1000 + n, date '2020-01-01' + n * 30 FROM generate_series(0, 47) n;
SELECT section, pg_temp.says(html, section) FROM retention.report_html('board') html, unnest('{lifecycle,cohorts,average}'::text[]) section;

-- no rows
TRUNCATE answer, visit, subscription, lead;
SELECT section, pg_temp.says(html, section) FROM retention.report_html('board') html, LATERAL string_to_table(pg_temp.parts(html), ' ') section;

-- customer satisfaction, customer effort
INSERT INTO answer SELECT date '2024-01-01' + n, 1 + n % 5 FROM generate_series(0, 90) n;
SELECT count(*) FROM retention.create_survey_views('scores', 'answer', 'score', 'answered_at', metric => 'csat', as_of => '2024-04-10');
SELECT count(*) FROM retention.create_survey_views('scores', 'answer', 'score', 'answered_at', metric => 'ces', scale_min => 1, scale_max => 5, as_of => '2024-04-10');
SELECT section, pg_temp.says(html, section) FROM retention.report_html('scores') html, LATERAL string_to_table(pg_temp.parts(html), ' ') section;

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
