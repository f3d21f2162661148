-- leads: scorecards, engagement_state and scores against a plain-SQL twin
-- (leads_twin.psql) on random cards, leads and events, at the moments where something
-- changes; crossing_time by looking at every moment of a fine grid; score_leads, merging
-- in any partition, parallel plans and other call shapes.
-- Real leads: leads_truths.sql. Notifications: test/t/alerts.pl.
-- Run: pg_prove -d DATABASE test/pgtap/leads.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
\ir leads_twin.psql
SELECT plan(73);
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

-- lead_reasons: "+39.1 demo request (1 event), -40 student". The k-th reason is a rule with the k-th largest points, up or down; less than 0.05 is none.
CREATE TABLE ranked AS
SELECT seed, card_id, lead_id, as_of, rule, events, points, rank() OVER w AS rank, row_number() OVER w AS place, count(*) OVER (PARTITION BY seed, card_id, lead_id, as_of) AS rules
FROM explained_by_twin WHERE rule NOT IN ('(min)', '(max)') AND abs(points) >= 0.05 WINDOW w AS (PARTITION BY seed, card_id, lead_id, as_of ORDER BY round(abs(points)::numeric, 9) DESC);
CREATE TABLE said AS
SELECT seed, card_id, lead_id, as_of, n, text, place, m[1]::double precision AS points, m[2] AS rule, m[3]::bigint AS events
FROM twins, unnest('{1,2,3,5,100}'::integer[]) AS n, LATERAL retention.lead_reasons(card, attributes, e, as_of, n) AS text, LATERAL string_to_table(text, ', ') WITH ORDINALITY AS parts (part, place),
  LATERAL (SELECT regexp_match(part, '^([+-][0-9]+(?:\.[1-9])?) (.*?)(?: \((1 event|(?!1 )[0-9]+ events)\))?$')) AS a (a), LATERAL (SELECT ARRAY[a[1], a[2], split_part(a[3], ' ', 1)]) AS b (m);
SELECT is_empty($$
  SELECT s.* FROM said AS s LEFT JOIN ranked AS r USING (seed, card_id, lead_id, as_of, rule) LEFT JOIN ranked AS k ON (k.seed, k.card_id, k.lead_id, k.as_of, k.place) = (s.seed, s.card_id, s.lead_id, s.as_of, s.place)
  WHERE (abs(s.points - r.points) < 0.05 + 1e-9 AND s.events IS NOT DISTINCT FROM r.events AND r.rank = k.rank) IS NOT TRUE
$$, 'lead_reasons: the largest first, in words');
SELECT is_empty($$
  SELECT seed, card_id, lead_id, as_of, n, found, rules FROM twins CROSS JOIN unnest('{1,2,3,5,100}'::integer[]) AS n LEFT JOIN (SELECT seed, card_id, lead_id, as_of, n, count(DISTINCT rule) AS found FROM said GROUP BY 1, 2, 3, 4, 5) AS s USING (seed, card_id, lead_id, as_of, n)
    LEFT JOIN (SELECT DISTINCT seed, card_id, lead_id, as_of, rules FROM ranked) AS k USING (seed, card_id, lead_id, as_of)
  WHERE coalesce(found, 0) <> least(n, coalesce(rules, 0))
$$, '... n of them, or all');
SELECT ok(bool_and(retention.lead_reasons(card, attributes, e, as_of) IS NOT DISTINCT FROM retention.lead_reasons(card, attributes, e, as_of, 3)), 'three by default') FROM twins;

-- ---------------------------------------------------------- 4. score_leads

-- All cards at three moments: leads without events, events of nobody, no lead_id, attributes as json.
CREATE TABLE lead_events AS SELECT seed, lead_id, x.* FROM leads, unnest(history) AS x;
INSERT INTO lead_events SELECT seed, n, event, at FROM (VALUES (NULL), (0), (-17)) AS nobody (n), lead_events WHERE lead_id = 20;
INSERT INTO leads SELECT seed, 21, attributes, NULL FROM leads WHERE lead_id = 3;
INSERT INTO leads SELECT seed, NULL, '{}', NULL FROM leads WHERE lead_id = 3;
CREATE TABLE scored AS
SELECT c.seed, c.card_id, as_of, s.* FROM cards AS c, unnest('{2024-06-01 00:00Z,2024-06-20 07:00Z,2025-06-01 00:00Z}'::timestamptz[]) AS as_of,
  LATERAL retention.score_leads(card, format('SELECT lead_id, attributes::json FROM leads WHERE seed = %L', seed), format('SELECT lead_id, event, at FROM lead_events WHERE seed = %L', seed), as_of) AS s;
CREATE TABLE scored_one_by_one AS
SELECT c.seed, c.card_id, as_of, l.lead_id::text, s.* FROM cards AS c, unnest('{2024-06-01 00:00Z,2024-06-20 07:00Z,2025-06-01 00:00Z}'::timestamptz[]) AS as_of, leads AS l,
  LATERAL (SELECT retention.engagement_agg(card, event, at) AS e FROM lead_events AS v WHERE (v.seed, v.lead_id) = (l.seed, l.lead_id)) AS g, LATERAL retention.lead_score(card, attributes, e, as_of) AS s WHERE l.seed = c.seed;
CREATE FUNCTION twin.differing(a text, b text, keys text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  result bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %1$s AS a FULL JOIN %2$s AS b USING (%3$s) WHERE (twin.near(a.score, b.score) AND twin.near(a.fit, b.fit) AND twin.near(a.engagement, b.engagement)
    AND (a.fit_grade, a.engagement_grade, a.label, a.qualified) IS NOT DISTINCT FROM (b.fit_grade, b.engagement_grade, b.label, b.qualified)) IS NOT TRUE', a, b, keys) INTO result;
  RETURN result;
END
$$;
SELECT is(count(*), (SELECT count(*) FROM scored_one_by_one WHERE lead_id IS NOT NULL), 'score_leads: a row for each lead that has an id') FROM scored;
SELECT is((SELECT count(*) FROM scored), 75 * 3 * 21::bigint, '... which are 21 for each card and moment');
SELECT is(twin.differing('scored', '(SELECT * FROM scored_one_by_one WHERE lead_id IS NOT NULL)', 'seed, card_id, as_of, lead_id'), 0::bigint, 'score_leads = lead_score of each lead');

-- Many leads, in little memory: keys of 8, 16, and of many bytes.
CREATE TABLE model AS SELECT '{"name": "all kinds of decay",
 "fit": [{"group": "role", "max": 30, "rules": [{"rule": "executive", "when": {"attribute": "role", "op": "eq", "value": "CEO"}, "points": 20}, {"rule": "large", "when": {"attribute": "size", "op": "gt", "value": 5}, "points": 15}]}],
 "engagement": [{"group": "mail", "max": 25, "rules": [{"rule": "open", "event": "open", "points": 2, "decay": "half_life", "period": "10 days"}, {"rule": "click", "event": "click", "points": 5, "decay": "linear", "period": "30 days", "max_count": 3},
    {"rule": "lately", "event": "open", "points": 1, "decay": "expire", "period": "7 days", "max_count": 2}]},
   {"group": "site", "min": -5, "rules": [{"rule": "visit", "event": "visit", "points": 1}, {"rule": "demo", "event": "demo", "points": 30, "decay": "half_life", "period": "20 days", "max_count": 2}, {"rule": "left", "event": "unsubscribe", "points": -10, "max_count": 1}]}],
 "limits": {"min": 0, "max": 80}, "grades": {"fit": [{"grade": "A", "at_least": 20}, {"grade": "B", "at_least": null}], "engagement": [{"grade": "1", "at_least": 20.0001}, {"grade": "2", "at_least": null}]},
 "qualified": {"fit_at_least": 15, "engagement_at_least": 10.0001}}'::retention.scorecard AS card;
SELECT setseed(0.4);
CREATE TABLE many AS SELECT n AS id, md5(n::text)::uuid AS uuid, repeat('lead', n % 9) || n AS name, twin.random_attributes() AS attributes FROM generate_series(1, 6000) AS n;
CREATE TABLE many_events AS
SELECT id, md5(id::text)::uuid AS uuid, repeat('lead', id % 9) || id AS name, (ARRAY['open', 'click', 'visit', 'demo', 'unsubscribe', 'other', NULL])[1 + floor(random() * 7)] AS event, timestamptz '2024-06-01 00:00Z' - floor(random() * 40 * 86400e6) * INTERVAL '1 microsecond' AS at
FROM (SELECT floor(power(random(), 2) * 7000)::integer AS id FROM generate_series(1, 60000)) AS r;
CREATE TABLE many_states AS SELECT id, retention.engagement_agg(card, event, at) AS e FROM model, many_events GROUP BY id;
CREATE TABLE many_scored AS SELECT id::text AS lead_id, s.* FROM model, many LEFT JOIN many_states USING (id), LATERAL retention.lead_score(card, attributes, e, '2024-06-02 00:00Z') AS s;
CREATE FUNCTION twin.score_many(key text, type text, attributes text, memory text) RETURNS TABLE (lead_id text, score double precision, fit double precision, engagement double precision, fit_grade text, engagement_grade text, label text, qualified boolean) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('work_mem', memory, true);
  RETURN QUERY SELECT m.id::text, s.score, s.fit, s.engagement, s.fit_grade, s.engagement_grade, s.label, s.qualified FROM model, LATERAL retention.score_leads(card,
      format('SELECT %s::%s, attributes::%s FROM many ORDER BY md5(id::text)', key, type, attributes), format('SELECT %s::%s, event, at FROM many_events', key, type), '2024-06-02 00:00Z') AS s
    JOIN many AS m ON s.lead_id = CASE key WHEN 'id' THEN m.id::text WHEN 'uuid' THEN m.uuid::text ELSE m.name END;
  PERFORM set_config('work_mem', '4MB', true);
END
$$;
SELECT is(twin.differing(format('twin.score_many(%L, %L, %L, %L)', key, type, attributes, memory), 'many_scored', 'lead_id'), 0::bigint, format('6000 leads with a lead_id %s, %s, in %s', type, attributes, memory))
FROM (VALUES ('id', 'smallint', 'jsonb'), ('id', 'integer', 'json'), ('id', 'bigint', 'jsonb'), ('uuid', 'uuid', 'jsonb'), ('name', 'text', 'json'), ('name', 'varchar', 'jsonb')) AS k (key, type, attributes), unnest('{64kB,256MB}'::text[]) AS memory;

-- --------------------------------------------------------- 5. merged states

-- The events of each state in 2, 3 and 7 parts: merged in one aggregate in both orders, and one after another.
CREATE AGGREGATE twin.combined(retention.engagement_state) (SFUNC = retention.combine, STYPE = retention.engagement_state);
SELECT setseed(0.5);
CREATE TABLE parts AS
SELECT s.seed, s.card_id, s.lead_id, k, part, retention.engagement_agg(card, event, at) AS e
FROM states AS s JOIN cards USING (seed, card_id) JOIN leads USING (seed, lead_id), unnest('{2,3,7}'::integer[]) AS k, LATERAL (SELECT event, at, floor(random() * k + 0 * s.card_id) AS part FROM unnest(history) WHERE at <= known_at) AS x GROUP BY 1, 2, 3, 4, 5;
CREATE TABLE merged AS
SELECT seed, card_id, lead_id, k, retention.merge_agg(e ORDER BY part) AS up, retention.merge_agg(e ORDER BY part DESC) AS down, twin.combined(e ORDER BY md5(part::text || k)) AS combined FROM parts GROUP BY 1, 2, 3, 4;
SELECT cmp_ok(count(*) FILTER (WHERE e IS NOT NULL), '>', 4000::bigint, 'many parts') FROM parts;
SELECT is((SELECT count(DISTINCT (seed, card_id, lead_id)) FROM parts), (SELECT count(DISTINCT (seed, card_id, lead_id)) FROM merged), '... of all states');
SELECT is_empty(format($$
  SELECT m.seed, m.card_id, m.lead_id, as_of, s.*, w.* FROM merged AS m JOIN twins AS t USING (seed, card_id, lead_id), LATERAL retention.lead_score(card, attributes, m.%1$I, as_of) AS s, LATERAL retention.lead_score(card, attributes, t.e, as_of) AS w
  WHERE NOT (twin.near(s.score, w.score, 1e-12) AND twin.near(s.engagement, w.engagement, 1e-12) AND s.fit = w.fit AND (NOT is_clear OR (s.label, s.fit_grade, s.engagement_grade, s.qualified) IS NOT DISTINCT FROM (w.label, w.fit_grade, w.engagement_grade, w.qualified)))
$$, way), 'score of merged parts = score of the whole: ' || way) FROM unnest('{up,down,combined}'::text[]) AS way;
SELECT is_empty($$
  SELECT m.* FROM merged AS m JOIN states AS s USING (seed, card_id, lead_id) JOIN cards USING (seed, card_id)
  WHERE NOT jsonb_path_exists(document, '$.engagement[*].rules[*] ? (@.decay == "half_life" && !exists (@.max_count))') AND NOT (s.e IS NULL AND up IS NULL AND down IS NULL AND combined IS NULL)
    AND (s.e = up AND s.e = down AND s.e = combined) IS NOT TRUE
$$, 'the same bytes, where no half-lives are summed up');
SELECT cmp_ok(count(*), '>', 100::bigint, '... which are some') FROM states JOIN cards USING (seed, card_id) WHERE e IS NOT NULL AND NOT jsonb_path_exists(document, '$.engagement[*].rules[*] ? (@.decay == "half_life" && !exists (@.max_count))');
SELECT is_empty($$SELECT seed, card_id, lead_id FROM states WHERE (e::text::retention.engagement_state <> e) OR retention.combine(e, NULL) <> e OR retention.combine(NULL, e) <> e$$, 'text form, and merging with nothing');
SELECT is((SELECT count(*) FROM (SELECT e = retention.engagement_agg(card, event, at ORDER BY at DESC, event) AS same FROM states JOIN cards USING (seed, card_id) JOIN leads USING (seed, lead_id), unnest(history)
  WHERE at <= known_at AND NOT jsonb_path_exists(document, '$.engagement[*].rules[*] ? (@.decay == "half_life" && !exists (@.max_count))') GROUP BY e, card, seed, card_id, lead_id) AS o WHERE NOT same), 0::bigint, 'any order of events');

-- Stored as text, read a year later = made from the events then; a later event is added to what was stored.
CREATE TABLE stored AS SELECT seed, card_id, lead_id, known_at, e::text AS e FROM states;
SELECT is_empty($$
  SELECT t.seed, t.card_id, t.lead_id, s.* FROM stored JOIN twins AS t USING (seed, card_id, lead_id, known_at), LATERAL retention.lead_score(card, attributes, stored.e::retention.engagement_state, known_at + INTERVAL '1 year') AS s
  WHERE as_of = known_at + INTERVAL '1 year' AND NOT (twin.near(s.score, t.score, 1e-11) AND twin.near(s.engagement, t.engagement, 1e-11))
$$, 'a stored state a year later = twin');
SELECT is_empty($$
  SELECT t.seed, t.card_id, t.lead_id, event, s.*, w.* FROM stored JOIN twins AS t USING (seed, card_id, lead_id, known_at), unnest('{open,visit,noise}'::text[]) AS event,
    LATERAL (SELECT retention.combine(stored.e::retention.engagement_state, retention.engagement_agg(card, what, known_at + INTERVAL '90 days')) AS e FROM unnest(ARRAY[event]) AS what) AS later,
    LATERAL retention.lead_score(card, attributes, later.e, as_of) AS s, LATERAL twin.score(document, attributes, history || ROW(event, known_at + INTERVAL '90 days')::twin.event, as_of) AS w
  WHERE as_of = known_at + INTERVAL '1 year' AND t.card_id % 5 = 0 AND NOT (twin.near(s.score, w.score, 1e-11) AND twin.near(s.engagement, w.engagement, 1e-11))
$$, 'a stored state with a later event = twin');

-- One half-life and no caps: the order of leads stays as it is, the score halves.
CREATE TABLE one_half_life AS
SELECT id, card, retention.engagement_agg(card, event, at) AS e FROM (SELECT '{"engagement": [{"group": "up", "rules": [{"rule": "a", "event": "open", "points": 1, "decay": "half_life", "period": "10 days"}, {"rule": "b", "event": "demo", "points": 30, "decay": "half_life", "period": "240 hours"}]},
  {"group": "down", "rules": [{"rule": "c", "event": "unsubscribe", "points": -10, "decay": "half_life", "period": "10 days"}]}]}'::retention.scorecard AS card) AS c, many_events GROUP BY id, card;
CREATE TABLE later AS
SELECT id, days, score, rank() OVER (PARTITION BY days ORDER BY score DESC) AS rank, count(*) OVER (PARTITION BY days, round((score * 2 ^ (days / 10.0))::numeric, 8)) AS ties
FROM one_half_life, unnest('{0,0.7,10,33,365}'::double precision[]) AS days, LATERAL retention.lead_score(card, NULL, e, '2024-06-01 00:00Z'::timestamptz + days * INTERVAL '24 hours') AS s WHERE e IS NOT NULL;
SELECT cmp_ok(count(*), '>', 5000::bigint, 'leads without a tie') FROM later WHERE days = 0 AND ties = 1;
SELECT is_empty('SELECT id, array_agg(rank) FROM later WHERE ties = 1 GROUP BY id HAVING min(rank) <> max(rank)', 'their order does not change');
SELECT is_empty('SELECT a.id, b.days, a.score, b.score FROM later AS a JOIN later AS b USING (id) WHERE a.days = 0 AND NOT twin.near(b.score * 2 ^ (b.days / 10), a.score, 1e-11)', 'their scores halve every ten days');

-- ------------------------------------------------------- 6. other plans

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SET LOCAL enable_indexscan = off;
ANALYZE many_events;
ANALYZE model;
SELECT matches(twin.plan_of('SELECT id, retention.engagement_agg((SELECT card FROM model), event, at) FROM many_events GROUP BY id'), 'Gather.*Partial (Hash|Group)?Aggregate', 'engagement_agg runs in workers');
CREATE TABLE in_workers AS SELECT id, retention.engagement_agg((SELECT card FROM model), event, at) AS e FROM many_events GROUP BY id;
SELECT matches(twin.plan_of('SELECT id % 100 AS id, retention.merge_agg(e) AS e FROM many_states GROUP BY 1'), 'Gather.*Partial (Hash|Group)?Aggregate', 'merge_agg too');
CREATE TABLE merged_in_workers AS SELECT id % 100 AS id, retention.merge_agg(e) AS e FROM many_states GROUP BY 1;
SELECT matches(twin.plan_of($$SELECT count((retention.lead_score((SELECT card FROM model), '{}', e, '2024-06-02 00:00Z')).score) FROM many_states$$), 'Partial Aggregate', 'so does lead_score');
SELECT ok(twin.near((SELECT sum((retention.lead_score((SELECT card FROM model), attributes, e, '2024-06-02 00:00Z')).score) FROM many JOIN many_states USING (id)), (SELECT sum(score) FROM many_scored JOIN many_states ON id::text = lead_id), 1e-9), '... with the same result');
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_indexscan = on;
CREATE FUNCTION twin.scores_of(states text) RETURNS TABLE (id integer, score double precision, fit double precision, engagement double precision, fit_grade text, engagement_grade text, label text, qualified boolean) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$SELECT id::integer, s.* FROM model, %s AS states, LATERAL retention.lead_score(card, '{"role": "CEO"}', e, '2024-06-02 00:00Z') AS s$q$, states);
END
$$;
SELECT is(twin.differing('twin.scores_of(''in_workers'')', 'twin.scores_of(''many_states'')', 'id'), 0::bigint, 'parallel = serial');
SELECT is(twin.differing('twin.scores_of(''merged_in_workers'')', 'twin.scores_of(''(SELECT id % 100 AS id, retention.merge_agg(e ORDER BY id) AS e FROM many_states GROUP BY 1)'')', 'id'), 0::bigint, 'merging in workers = serial');
SELECT is(twin.differing('twin.scores_of(''merged_in_workers'')', 'twin.scores_of(''(SELECT id % 100 AS id, retention.engagement_agg(card, event, at) AS e FROM many_events, model GROUP BY 1)'')', 'id'), 0::bigint, '... = from the events');
SET LOCAL enable_hashagg = off;
SELECT is(twin.differing('twin.scores_of(''(SELECT id, retention.engagement_agg(card, event, at) AS e FROM many_events, model GROUP BY 1)'')', 'twin.scores_of(''many_states'')', 'id'), 0::bigint, 'in groups of sorted rows');
SET LOCAL enable_hashagg = on;
-- hundreds of customers at once, in a hash table that goes to disk
SET LOCAL work_mem = '64kB';
SELECT is(twin.differing('twin.scores_of(''(SELECT id, retention.engagement_agg(card, event, at) AS e FROM many_events, model GROUP BY 1)'')', 'twin.scores_of(''many_states'')', 'id'), 0::bigint, 'in groups that go to disk');
SET LOCAL work_mem = '4MB';
SELECT is(twin.differing('twin.scores_of(''(SELECT id, e FROM (SELECT id, event IS NULL AS part, retention.engagement_agg(card, event, at) AS e FROM many_events, model GROUP BY GROUPING SETS ((id), (event IS NULL), ())) AS g WHERE id IS NOT NULL)'')', 'twin.scores_of(''many_states'')', 'id'), 0::bigint, 'GROUPING SETS: leads');
SELECT is(twin.differing('twin.scores_of(''(SELECT grouping(id) AS id, retention.engagement_agg(card, event, at) AS e FROM many_events, model GROUP BY GROUPING SETS ((id), ()) HAVING grouping(id) = 1)'')',
  'twin.scores_of(''(SELECT 1 AS id, retention.merge_agg(e) AS e FROM many_states)'')', 'id'), 0::bigint, 'GROUPING SETS: the whole');
SELECT is(twin.differing('twin.scores_of(''(SELECT id, retention.engagement_agg(card, event, at) FILTER (WHERE event = ''''open'''') AS e FROM many_events, model GROUP BY id)'')',
  'twin.scores_of(''(SELECT m.id, e FROM (SELECT DISTINCT id FROM many_events) AS m LEFT JOIN (SELECT id, retention.engagement_agg(card, event, at) AS e FROM many_events, model WHERE event = ''''open'''' GROUP BY id) AS o USING (id))'')', 'id'), 0::bigint, 'FILTER');
SELECT is(twin.differing('twin.scores_of(''(SELECT id, retention.engagement_agg(DISTINCT card, event, at) AS e FROM model, (SELECT * FROM many_events UNION ALL SELECT * FROM many_events) AS twice GROUP BY id)'')', 'twin.scores_of(''many_states'')', 'id'), 0::bigint, 'DISTINCT');
SELECT is((SELECT count(DISTINCT e) FROM (SELECT e FROM many_states UNION ALL SELECT e FROM many_states) AS twice), (SELECT count(DISTINCT e::text) FROM many_states), 'DISTINCT states');
-- A window: what was known at each event; and the last three events only.
CREATE TABLE windowed AS
SELECT t.seed, t.card_id, t.lead_id, t.document, t.attributes, at, array_agg(ROW(event, at)::twin.event) OVER running AS known, retention.engagement_agg(card, event, at) OVER running AS e,
  array_agg(ROW(event, at)::twin.event) OVER three AS known_three, retention.engagement_agg(card, event, at) OVER three AS e_three, card
FROM (SELECT DISTINCT ON (seed, card_id, lead_id) * FROM twins ORDER BY seed, card_id, lead_id, as_of) AS t, unnest(history) WITH ORDINALITY AS x WHERE at IS NOT NULL AND t.card_id % 4 = 0
WINDOW running AS (PARTITION BY t.seed, t.card_id, t.lead_id ORDER BY at, ordinality), three AS (PARTITION BY t.seed, t.card_id, t.lead_id ORDER BY at, ordinality ROWS 2 PRECEDING);
SELECT cmp_ok(count(*), '>', 1000::bigint, 'enough rows in windows') FROM windowed;
SELECT is_empty($$SELECT w.seed, w.card_id, w.lead_id, at, s.*, t.* FROM windowed AS w, LATERAL retention.lead_score(card, attributes, e, at) AS s, LATERAL twin.score(document, attributes, known, at) AS t WHERE NOT (twin.near(s.score, t.score, 1e-11) AND twin.near(s.engagement, t.engagement, 1e-11))$$,
  'a window: the score at each event = twin');
SELECT is_empty($$SELECT w.seed, w.card_id, w.lead_id, at, s.*, t.* FROM windowed AS w, LATERAL retention.lead_score(card, attributes, e_three, at) AS s, LATERAL twin.score(document, attributes, known_three, at) AS t WHERE NOT (twin.near(s.score, t.score, 1e-11) AND twin.near(s.engagement, t.engagement, 1e-11))$$,
  'a moving window of three events = twin');

-- ------------------------------------------------------ 7. crossing_time

-- What is asked: each lead at the moments of section 2, thresholds around its scores.
CREATE TABLE curves (name text, id bigint, card retention.scorecard, attributes jsonb, e retention.engagement_state, as_of timestamptz, document jsonb, history twin.event[]);
SELECT setseed(0.7);
INSERT INTO curves SELECT 'random', row_number() OVER (ORDER BY seed, card_id, lead_id), card, attributes, e, as_of, document, history
FROM (SELECT *, row_number() OVER (PARTITION BY seed, card_id ORDER BY md5(concat(lead_id, as_of))) AS n FROM twins WHERE e IS NOT NULL AND as_of < known_at + INTERVAL '180 days') AS t WHERE n <= 5;
CREATE TABLE shapes (name text, groups jsonb, more jsonb, events jsonb);
INSERT INTO shapes VALUES
  ('rises first', '[{"group": "g", "rules": [{"rule": "a", "event": "a", "points": 50, "decay": "half_life", "period": "7 days"}, {"rule": "b", "event": "b", "points": -40, "decay": "half_life", "period": "1 day"}]}]', '{}', '{"a": [0], "b": [0]}'),
  ('dips and rises', '[{"group": "g", "rules": [{"rule": "a", "event": "a", "points": 30, "decay": "half_life", "period": "1 day"}, {"rule": "b", "event": "b", "points": -20, "decay": "half_life", "period": "3 days"}, {"rule": "c", "event": "c", "points": 8, "decay": "half_life", "period": "60 days"}]}]', '{}', '{"a": [0], "b": [0, 0.01], "c": [0]}'),
  ('linear ends', '[{"group": "g", "rules": [{"rule": "a", "event": "a", "points": 10, "decay": "linear", "period": "10 days", "max_count": 5}, {"rule": "b", "event": "b", "points": -6, "decay": "linear", "period": "3 days", "max_count": 5}]}]', '{}', '{"a": [0, 1, 2.5], "b": [0, 2]}'),
  ('expiries', '[{"group": "g", "rules": [{"rule": "a", "event": "a", "points": 10, "decay": "expire", "period": "10 days", "max_count": 5}, {"rule": "b", "event": "b", "points": -6, "decay": "expire", "period": "4 days", "max_count": 5}]}]', '{}', '{"a": [0, 1, 2.5], "b": [0, 2]}'),
  ('capped', '[{"group": "g", "max": 20, "rules": [{"rule": "a", "event": "a", "points": 15, "decay": "half_life", "period": "5 days"}]}, {"group": "h", "min": -5, "rules": [{"rule": "b", "event": "b", "points": -10, "decay": "linear", "period": "8 days", "max_count": 2}]}]', '{"limits": {"min": 2, "max": 18}}', '{"a": [0, 1, 2], "b": [2]}'),
  ('for ever', '[{"group": "g", "rules": [{"rule": "a", "event": "a", "points": 7}, {"rule": "b", "event": "b", "points": 1, "max_count": 2}]}]', '{}', '{"a": [0, 1], "b": [0, 1, 2]}'),
  ('both linear and half-life', '[{"group": "g", "rules": [{"rule": "a", "event": "a", "points": 12, "decay": "half_life", "period": "2 days", "max_count": 2}, {"rule": "b", "event": "b", "points": -9, "decay": "linear", "period": "5 days", "max_count": 3}, {"rule": "c", "event": "a", "points": 3, "decay": "expire", "period": "6 days", "max_count": 1}]}]', '{}', '{"a": [0, 1, 2], "b": [0, 1.5]}');
INSERT INTO curves
SELECT name, 100000 + row_number() OVER (ORDER BY name), (jsonb_build_object('engagement', groups) || more)::retention.scorecard, '{}', (SELECT retention.engagement_agg((jsonb_build_object('engagement', groups) || more)::retention.scorecard, event, at) FROM unnest(history)), '2024-06-03 12:00Z',
  jsonb_build_object('engagement', groups) || more, history
FROM shapes, LATERAL (SELECT array_agg(ROW(event, '2024-06-01 00:00Z'::timestamptz + day::double precision * INTERVAL '24 hours')::twin.event) AS history FROM jsonb_each(events) AS e (event, days), jsonb_array_elements(days) AS day) AS h;

-- The grid: as_of and 300 moments after it, near and far, and every end of a period with a microsecond on both sides.
CREATE TABLE grid AS
SELECT name, id, at, (retention.lead_score(card, attributes, e, at)).score FROM curves, LATERAL (
  SELECT as_of AS at UNION SELECT as_of + (power(1.06, n) - 1) * INTERVAL '1 minute' FROM generate_series(1, 200) AS n UNION SELECT as_of + n * INTERVAL '6 hours 13 minutes' FROM generate_series(1, 200) AS n
  UNION SELECT x.at + (r ->> 'period')::interval + around * INTERVAL '1 microsecond' FROM unnest(history) AS x, jsonb_path_query(document, '$.engagement[*].rules[*] ? (exists (@.period))') AS r, generate_series(-1, 1) AS around WHERE r ->> 'event' = event) AS g
WHERE at >= as_of;
CREATE INDEX ON grid (name, id, at);
ANALYZE grid;
CREATE TABLE crossings AS
SELECT c.name, c.id, threshold, retention.crossing_time(card, attributes, e, as_of, threshold) AS crossing
FROM curves AS c, LATERAL (SELECT min(score) AS low, max(score) AS high, (array_agg(score ORDER BY at))[1] AS first, (array_agg(score ORDER BY at DESC))[1] AS last FROM grid AS g WHERE (g.name, g.id) = (c.name, c.id)) AS s,
  LATERAL (SELECT DISTINCT t FROM unnest(ARRAY[first, first - 1e-6, first + 1e-6, low, high, last, low - 1, high + 1, 0, 15, low + 0.1 * (high - low), low + 0.37 * (high - low), low + 0.62 * (high - low), low + 0.93 * (high - low)]) AS t) AS t (threshold);

-- By brute force: the first two moments of the grid between which the score falls below, and halving between them.
CREATE FUNCTION twin.crossing(card retention.scorecard, attributes jsonb, e retention.engagement_state, above timestamptz, below timestamptz, threshold double precision) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  middle timestamptz;
BEGIN
  WHILE below - above > INTERVAL '1 microsecond' LOOP
    middle := above + (extract(epoch FROM below - above) * 500000)::bigint * INTERVAL '1 microsecond';
    IF (retention.lead_score(card, attributes, e, middle)).score >= threshold THEN
      above := middle;
    ELSE
      below := middle;
    END IF;
  END LOOP;
  RETURN below;
END
$$;
CREATE TABLE by_force AS
SELECT k.*, b.at AS before, a.at AS after, twin.crossing(card, attributes, e, b.at, a.at, threshold) AS found
FROM crossings AS k JOIN curves USING (name, id) LEFT JOIN LATERAL (
    SELECT at, before FROM (SELECT at, score, lag(at) OVER w AS before, lag(score) OVER w AS score_before FROM grid AS g WHERE (g.name, g.id) = (k.name, k.id) WINDOW w AS (ORDER BY at)) AS s WHERE score_before >= threshold AND score < threshold ORDER BY at LIMIT 1) AS a ON true
  LEFT JOIN LATERAL (SELECT a.before AS at) AS b ON true;
SELECT ok(count(*) > 3000 AND count(crossing) > 1000 AND count(*) FILTER (WHERE crossing IS NULL) > 1000, 'thresholds that are crossed and that are not') FROM crossings;
SELECT is_empty($$
  SELECT k.* FROM by_force AS k JOIN curves AS c USING (name, id), LATERAL retention.lead_score(card, attributes, e, crossing) AS s, LATERAL retention.lead_score(card, attributes, e, crossing - INTERVAL '1 microsecond') AS b
  WHERE crossing IS NOT NULL AND (crossing <= as_of OR s.score >= threshold OR b.score < threshold) IS NOT FALSE
$$, 'the score is below the threshold at the crossing, not a microsecond before');
SELECT is_empty('SELECT name, id, threshold, crossing, found FROM by_force WHERE found IS NOT NULL AND crossing IS NULL', 'what the grid finds, crossing_time finds');
-- Where a score falls by less than its last digit in a microsecond, rounding may take it below the threshold and back:
-- then grid and crossing_time may find different ones of these moments, both before the score is clearly below.
SELECT is_empty($$
  SELECT name, id, threshold, crossing, found FROM by_force JOIN curves USING (name, id) WHERE crossing > found AND NOT (crossing <= after AND twin.near((retention.lead_score(card, attributes, e, found)).score, threshold, 1e-13))
$$, '... not later');
-- What falls below and rises again between two moments of the grid is found by crossing_time only: a few.
SELECT cmp_ok(count(*), '<', 25::bigint, '... and hardly ever earlier') FROM by_force WHERE crossing < coalesce(found, (SELECT max(at) FROM grid AS g WHERE (g.name, g.id) = (by_force.name, by_force.id)));
SELECT cmp_ok(count(*), '>', 500::bigint, '... but to the microsecond the same') FROM by_force WHERE crossing = found;
SELECT is((SELECT count(*) FROM by_force WHERE crossing IS NULL AND found IS NULL AND threshold <= (SELECT score FROM curves, LATERAL retention.lead_score(card, attributes, e, as_of) AS s WHERE (curves.name, curves.id) = (by_force.name, by_force.id))
  AND threshold > (SELECT min(score) FROM grid AS g WHERE (g.name, g.id) = (by_force.name, by_force.id))), 0::bigint, 'NULL only where the score does not fall below');
-- A threshold that is the score itself: of 18, 6 more come when negative events expire, 10 and 10 go; of 20 that rise to 20.5, the next whole day.
SELECT results_eq($$SELECT name, extract(epoch FROM crossing - as_of) * 1000000 FROM crossings JOIN curves USING (name, id) WHERE name IN ('linear ends', 'for ever', 'expiries') AND threshold = (retention.lead_score(card, attributes, e, as_of)).score ORDER BY name$$,
  $$VALUES ('expiries', 86400000000 * 8.5), ('for ever', NULL), ('linear ends', 86400000001)$$, 'the threshold is the score: below it when it has risen and fallen, or never');
-- 50 x 2^(-t/7) - 40 x 2^(-t), 15: the solution by halving, in days, on the falling side.
SELECT ok(abs(extract(epoch FROM crossing - '2024-06-01 00:00Z') / 86400 - 12.15283) < 0.001, '50 x 2^(-t/7) - 40 x 2^(-t) falls below 15 after 12.15 days, not before it rises') FROM crossings WHERE name = 'rises first' AND threshold = 15;
-- From its start, where it is 10, it is not yet above 15.
SELECT is((SELECT retention.crossing_time(card, NULL, e, '2024-06-01 00:00Z', 15) FROM curves WHERE name = 'rises first'), (SELECT crossing FROM crossings WHERE name = 'rises first' AND threshold = 15), 'from the beginning, where it is 10: the same');
-- Groups that fall in different stretches, and a fit that lifts the whole.
SELECT is_empty($$
  SELECT c.name, points FROM crossings AS k JOIN curves AS c USING (name, id), unnest('{-11.5,7}'::double precision[]) AS points, LATERAL (SELECT (card::jsonb || jsonb_build_object('fit', jsonb_build_array(jsonb_build_object('group', 'f', 'rules',
      jsonb_build_array(jsonb_build_object('rule', 'f', 'points', points, 'when', '{"attribute": "x", "op": "is_null"}'::jsonb))))))::retention.scorecard AS lifted) AS l
  WHERE k.name IN ('linear ends', 'expiries', 'rises first', 'for ever') AND threshold = round(threshold::numeric, 3)::double precision AND retention.crossing_time(lifted, NULL, e, as_of, threshold + points) IS DISTINCT FROM crossing
$$, 'a fit lifts score and threshold alike');

SELECT * FROM finish();
ROLLBACK;
