-- leads: scorecards, engagement_state and scores against a plain-SQL twin
-- (leads_twin.psql) on random cards, leads and events, at the moments where something
-- changes; crossing_time by looking at every moment of a fine grid; score_leads, merging
-- in any partition, parallel plans and other call shapes.
-- Real leads: leads_truths.sql. Notifications: test/t/alerts.pl.
-- Run: pg_prove -d DATABASE test/pgtap/leads.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
\ir leads_twin.psql
SELECT plan(0);
SET LOCAL max_parallel_workers_per_gather = 0;

-- ---------------------------------------------------- 1. cards, leads, moments

CREATE TABLE cards (seed text, card_id integer, document jsonb, card retention.scorecard);
CREATE TABLE leads (seed text, lead_id integer, attributes jsonb, history twin.event[]);
-- The state of a lead's events until known_at, and the moments at which it is read.
CREATE TABLE states (seed text, card_id integer, lead_id integer, known_at timestamptz, e retention.engagement_state);
CREATE TABLE readings (seed text, card_id integer, lead_id integer, known_at timestamptz, as_of timestamptz);

CREATE FUNCTION twin.fill(of_seed text, start double precision) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM setseed(start);
  INSERT INTO cards (seed, card_id, document) SELECT of_seed, n, twin.random_card() FROM generate_series(1, 25) AS n;
  INSERT INTO leads SELECT of_seed, n, twin.random_attributes(), twin.random_history() FROM generate_series(1, 20) AS n;
  -- half of the leads are known to the last event, half to some earlier one
  INSERT INTO states (seed, card_id, lead_id, known_at)
  SELECT of_seed, card_id, lead_id, coalesce(CASE WHEN random() < 0.5 THEN (twin.pick(history)).at END, (SELECT max(at) FROM unnest(history)), '2024-06-01 00:00Z')
  FROM cards JOIN leads USING (seed) WHERE seed = of_seed;
END
$$;
SELECT twin.fill('first', 0.1), twin.fill('second', -0.2), twin.fill('third', 0.77);
UPDATE cards SET card = document::retention.scorecard;
UPDATE states AS s SET e = (SELECT retention.engagement_agg(card, event, at) FILTER (WHERE at <= known_at) FROM unnest(history)) FROM cards AS c, leads AS l WHERE (c.seed, c.card_id) = (s.seed, s.card_id) AND (l.seed, l.lead_id) = (s.seed, s.lead_id);
-- Moments: when the state was made (often exactly at an event), ends of periods and a microsecond before, some time later, a year later.
SELECT setseed(0.31);
INSERT INTO readings
SELECT seed, card_id, lead_id, known_at, as_of FROM states JOIN cards USING (seed, card_id) JOIN leads USING (seed, lead_id), LATERAL (
  SELECT known_at UNION SELECT known_at + random() * INTERVAL '90 days' UNION SELECT known_at + INTERVAL '1 year' UNION
  (SELECT at + (r ->> 'period')::interval - early * INTERVAL '1 microsecond' FROM unnest(history), jsonb_path_query(document, '$.engagement[*].rules[*] ? (exists (@.period))') AS r, generate_series(0, 1) AS early
   WHERE at <= known_at AND r ->> 'event' = event AND at + (r ->> 'period')::interval > known_at ORDER BY md5(concat(at, early, seed, lead_id)) LIMIT 3)) AS m (as_of);
CREATE TABLE twins AS
SELECT r.*, document, card, attributes, history, e, t.* FROM readings AS r JOIN states AS s USING (seed, card_id, lead_id, known_at) JOIN cards USING (seed, card_id) JOIN leads AS l USING (seed, lead_id),
  LATERAL (SELECT array_agg(x) FILTER (WHERE at <= known_at) AS seen FROM unnest(l.history) AS x) AS h, LATERAL twin.score(document, attributes, seen, as_of) AS t;
UPDATE twins SET history = (SELECT array_agg(x) FROM unnest(history) AS x WHERE at <= known_at);

-- Random data must not be all alike.
SELECT cmp_ok(count(*), '>', 4500::bigint, 'enough readings') FROM twins;
SELECT ok(count(*) FILTER (WHERE label IS NOT NULL) > 500 AND count(DISTINCT label) = 16 AND count(*) FILTER (WHERE qualified) > 200 AND count(*) FILTER (WHERE NOT qualified) > 200 AND count(*) FILTER (WHERE qualified IS NULL) > 200, 'labels and qualified of all kinds') FROM twins;
SELECT is((SELECT array_agg(DISTINCT c ->> 'op' ORDER BY c ->> 'op') FROM cards, jsonb_path_query(document, '$.fit.**.when.** ? (exists (@.op))') AS c), '{between,contains,eq,ge,gt,in,is_not_null,is_null,le,like,lt,ne,not_in}'::text[], 'all operators');
SELECT is_empty($$
  SELECT op FROM (SELECT c ->> 'op' AS op, twin.holds(c, attributes) AS holds, count(*) FROM cards JOIN leads USING (seed), jsonb_path_query(document, '$.fit.**.when.** ? (exists (@.op))') AS c GROUP BY 1, 2) AS o GROUP BY op HAVING count(*) FILTER (WHERE count > 10) <> 2
$$, 'each operator holds for some and not for others');

-- -------------------------------------------------------------- 2. the score

PREPARE scores AS SELECT t.seed, t.card_id, t.lead_id, t.as_of, s.*, t.score, t.fit, t.engagement, t.fit_grade, t.engagement_grade, t.label, t.qualified, t.document, t.attributes, t.history FROM twins AS t, LATERAL retention.lead_score(card, attributes, e, as_of) AS s
  WHERE t.seed = $1 AND NOT (twin.near(s.score, t.score, 1e-11) AND twin.near(s.fit, t.fit, 1e-12) AND twin.near(s.engagement, t.engagement, 1e-11)
    AND (NOT is_clear OR (s.fit_grade, s.engagement_grade, s.label, s.qualified) IS NOT DISTINCT FROM (t.fit_grade, t.engagement_grade, t.label, t.qualified)));
SELECT is_empty('EXECUTE scores(''first'')', 'lead_score = twin, first seed');
SELECT is_empty('EXECUTE scores(''second'')', 'lead_score = twin, second seed');
SELECT is_empty('EXECUTE scores(''third'')', 'lead_score = twin, third seed');

-- ------------------------------------------------------ 3. the explanation

CREATE TABLE explained AS
SELECT t.seed, t.card_id, t.lead_id, t.as_of, x.ordinality AS place, x.component, coalesce(x.group_name, 'all') AS group_name, x.rule, x.events, x.raw_points, x.decay_factor, x.points
FROM twins AS t, LATERAL retention.explain_lead_score(card, attributes, e, as_of) WITH ORDINALITY AS x;
CREATE TABLE explained_by_twin AS
SELECT t.seed, t.card_id, t.lead_id, t.as_of, x.component, coalesce(x.group_name, 'all') AS group_name, x.rule, x.events, x.raw_points, x.decay_factor, x.points
FROM twins AS t, LATERAL twin.explanation(document, attributes, history, as_of) AS x;
SELECT is_empty($$
  SELECT * FROM explained AS x FULL JOIN explained_by_twin AS t USING (seed, card_id, lead_id, as_of, component, group_name, rule)
  WHERE (twin.near(x.points, t.points, 1e-11) AND twin.near(x.raw_points, t.raw_points, 1e-11) AND twin.near(x.decay_factor, t.decay_factor, 1e-11) AND x.events IS NOT DISTINCT FROM t.events) IS NOT TRUE
$$, 'explain_lead_score: every row = twin');
SELECT is_empty($$SELECT seed, card_id, lead_id, as_of, component, group_name, rule FROM explained GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING count(*) > 1$$, '... once');
SELECT is_empty($$
  SELECT t.*, x.* FROM twins AS t LEFT JOIN (
    SELECT seed, card_id, lead_id, as_of, sum(points) AS total, sum(points) FILTER (WHERE component = 'fit') AS of_fit, sum(points) FILTER (WHERE component = 'engagement') AS of_engagement FROM explained GROUP BY 1, 2, 3, 4) AS x
    USING (seed, card_id, lead_id, as_of), LATERAL retention.lead_score(card, attributes, e, as_of) AS s
  WHERE abs(coalesce(total, 0) - s.score) > 1e-9 OR abs(coalesce(of_fit, 0) - s.fit) > 1e-9 OR abs(coalesce(of_engagement, 0) - s.engagement) > 1e-9
$$, 'points sum to the score, to fit and to engagement');
SELECT is_empty($$
  SELECT * FROM explained WHERE (events IS NULL) <> (component <> 'engagement' OR rule IN ('(min)', '(max)')) OR (decay_factor IS NULL) <> (events IS NULL) OR (rule = '(min)' AND points <= 0) OR (rule = '(max)' AND points >= 0)
    OR decay_factor NOT BETWEEN 0 AND 1 OR abs(points - raw_points * coalesce(decay_factor, 1)) > 1e-9
$$, 'what the columns say of each other');
SELECT ok(count(DISTINCT component) FILTER (WHERE rule = '(min)') = 3 AND count(DISTINCT component) FILTER (WHERE rule = '(max)') = 3 AND count(*) FILTER (WHERE decay_factor BETWEEN 0.01 AND 0.99) > 1000, 'limits and decay of all kinds') FROM explained;
-- Rules as in the card, each group with its limit, at last that of the score.
SELECT is_empty($$
  SELECT * FROM (SELECT *, lag(ROW(component = 'limits', component = 'engagement', group_name, rule LIKE '(%', length(rule), rule)) OVER (PARTITION BY seed, card_id, lead_id, as_of ORDER BY place) AS before FROM explained) AS x
  WHERE ROW(component = 'limits', component = 'engagement', group_name, rule LIKE '(%', length(rule), rule) <= before
$$, 'the order of rows');

-- lead_reasons: "+39.1 demo request (1 event), -40 student". The k-th reason is a rule with the k-th largest points, up or down.
CREATE TABLE ranked AS
SELECT seed, card_id, lead_id, as_of, rule, events, points, rank() OVER w AS rank, row_number() OVER w AS place, count(*) OVER (PARTITION BY seed, card_id, lead_id, as_of) AS rules
FROM explained_by_twin WHERE rule NOT IN ('(min)', '(max)') AND points <> 0 WINDOW w AS (PARTITION BY seed, card_id, lead_id, as_of ORDER BY round(abs(points)::numeric, 9) DESC);
CREATE TABLE said AS
SELECT seed, card_id, lead_id, as_of, n, text, place, m[1]::double precision AS points, m[2] AS rule, m[3]::bigint AS events
FROM twins, unnest('{1,2,3,5,100}'::integer[]) AS n, LATERAL retention.lead_reasons(card, attributes, e, as_of, n) AS text, LATERAL string_to_table(text, ', ') WITH ORDINALITY AS parts (part, place),
  LATERAL (SELECT regexp_match(part, '^([+-][0-9]+(?:\.[1-9])?) (.*?)(?: \((1 event\)|(?!1 )[0-9]+ events\)))?$')) AS a (a), LATERAL (SELECT ARRAY[a[1], a[2], split_part(a[3], ' ', 1)]) AS b (m);
SELECT is_empty($$
  SELECT * FROM said AS s LEFT JOIN ranked AS r USING (seed, card_id, lead_id, as_of, rule) LEFT JOIN ranked AS k ON (k.seed, k.card_id, k.lead_id, k.as_of, k.place) = (s.seed, s.card_id, s.lead_id, s.as_of, s.place)
  WHERE (abs(s.points - r.points) < 0.05 + 1e-9 AND s.events IS NOT DISTINCT FROM r.events AND r.rank = k.rank) IS NOT TRUE
$$, 'lead_reasons: the largest first, in words');
SELECT is_empty($$
  SELECT * FROM twins CROSS JOIN unnest('{1,2,3,5,100}'::integer[]) AS n LEFT JOIN (SELECT seed, card_id, lead_id, as_of, n, count(DISTINCT rule) AS found FROM said GROUP BY 1, 2, 3, 4, 5) AS s USING (seed, card_id, lead_id, as_of, n)
    LEFT JOIN (SELECT DISTINCT seed, card_id, lead_id, as_of, rules FROM ranked) AS k USING (seed, card_id, lead_id, as_of)
  WHERE coalesce(found, 0) <> least(n, coalesce(rules, 0))
$$, '... n of them, or all');
SELECT ok(bool_and(retention.lead_reasons(card, attributes, e, as_of) IS NOT DISTINCT FROM retention.lead_reasons(card, attributes, e, as_of, 3)), 'three by default') FROM twins;
