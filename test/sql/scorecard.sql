-- Scorecards, engagement of leads, scores: worked examples, limits, and every error
-- message. Random data are compared with a plain-SQL twin in test/pgtap/leads.sql.
SET DateStyle TO 'ISO, YMD';
SET TimeZone TO 'Asia/Tokyo';
SET extra_float_digits TO 0;
\pset null NULL

CREATE TEMP TABLE model AS SELECT '{"name": "b2b",
 "fit": [{"group": "role", "min": -40, "max": 40, "rules": [
    {"rule": "executive", "when": {"attribute": "title", "op": "in", "value": ["CEO", "CTO", "VP"]}, "points": 30},
    {"rule": "student", "when": {"any": [{"attribute": "title", "op": "eq", "value": "student"}, {"attribute": "email", "op": "like", "value": "%.ac.jp"}]}, "points": -40}]}],
 "engagement": [{"group": "content", "max": 60, "rules": [
    {"rule": "demo request", "event": "demo_request", "points": 40, "decay": "half_life", "period": "30 days"},
    {"rule": "download", "event": "download", "points": 10, "decay": "linear", "period": "60 days", "max_count": 3},
    {"rule": "unsubscribed", "event": "unsubscribe", "points": -20}]}],
 "limits": {"min": 0, "max": 100},
 "grades": {"fit": [{"grade": "A", "at_least": 25}, {"grade": "B", "at_least": 10}, {"grade": "C", "at_least": null}],
            "engagement": [{"grade": "1", "at_least": 40}, {"grade": "2", "at_least": 15}, {"grade": "3", "at_least": null}]},
 "qualified": {"fit_at_least": 10, "engagement_at_least": 30}}'::retention.scorecard AS card;

-- the type: one spelling of a document
SELECT card FROM model;
SELECT card::jsonb::retention.scorecard = card AS jsonb, card::json::text::retention.scorecard = card AS json,
       card::jsonb ->> 'name' AS name, length(retention.scorecard_send(card)) - length(card::text) AS header FROM model;
SELECT '{"qualified": {"fit_at_least": 1.50e1}, "fit": [{"rules": [{"points": 2.0, "when": {"not": {"op": "is_null", "attribute": "a.b"}}, "rule": "x"}], "group": "\u0067"}]}'::retention.scorecard;
CREATE TEMP TABLE assigned (card retention.scorecard);
INSERT INTO assigned SELECT card::json FROM model;
INSERT INTO assigned SELECT card::jsonb FROM model;
SELECT count(*), count(DISTINCT card) FROM assigned;

-- all problems, by path
SELECT * FROM model, LATERAL retention.scorecard_validate(card::text);
SELECT * FROM retention.scorecard_validate('{"nme": 1, "a b": 2, "name": "",
 "fit": [{"group": "g", "min": 3, "max": 2, "rules": [
    {"rule": "a", "points": "x", "when": {"attribute": "a..b", "op": "foo", "value": {}}}, {"rule": "a", "points": 1e10, "when": {"all": []}},
    {"rule": "b", "points": 1, "when": {"attribute": "a", "op": "between", "value": [2, 1]}}, {"rule": "c", "points": 1, "when": {"attribute": "a", "op": "between", "value": [1, "2"]}},
    {"rule": "d", "points": 1, "when": {"attribute": "a", "op": "between", "value": [1]}}, {"rule": "e", "points": 1, "when": {"attribute": "a", "op": "is_null", "value": 1}},
    {"rule": "f", "points": 1, "when": {"attribute": "a", "op": "lt", "value": true}}, {"rule": "g", "points": 1, "when": {"attribute": "a", "op": "eq", "value": null}},
    {"rule": "h", "points": 1, "when": {"attribute": "a", "op": "in", "value": "x"}}, {"rule": "i", "points": 1, "when": {"attribute": "a", "op": "like", "value": "x\\"}},
    {"rule": "j", "points": 1, "when": {"attribute": "a", "op": "eq"}}, {"rule": "k", "points": 1, "when": {"any": [], "all": []}}, {"rule": "l", "points": 1, "when": []}]},
   {"group": "g", "rules": []}, 7],
 "engagement": [{"group": "e", "rules": [
    {"rule": "a", "event": "e", "points": 1, "decay": "linear"}, {"rule": "b", "event": "e", "points": 1, "decay": "half_life", "period": "1 month", "max_count": 1001},
    {"rule": "c", "event": "e", "points": 1, "period": "0 days"}, {"rule": "d", "event": "e", "points": 1, "decay": "expire", "period": "30", "max_count": 1.5},
    {"rule": "e", "event": "e", "points": 1, "decay": "fast", "period": "400000 days"}, {"rule": "f", "points": 1, "when": {}}]}],
 "limits": {"min": null},
 "grades": {"fit": [{"grade": "A", "at_least": null}, {"grade": "B", "at_least": 3}, {"grade": "B", "at_least": 4}], "score": []}, "qualified": {}}'::text);
SELECT * FROM retention.scorecard_validate('{"name": 1'::text);
SELECT * FROM retention.scorecard_validate('{"name": "x"}'::json);
SELECT * FROM retention.scorecard_validate('[]'::jsonb);
SELECT * FROM retention.scorecard_validate('"x"'::jsonb);
SELECT p.* FROM (SELECT string_agg(format('{"rule": "%s", "points": 1, "when": {"attribute": "a", "op": "is_null"}}', n), ',') AS rules FROM generate_series(1, 1001) n) r,
  LATERAL retention.scorecard_validate('{"fit": [{"group": "g", "rules": [' || rules || ']}]}') p;
-- limits (C1, C2, D1, D2); documents of a megabyte are in test/t/documents.pl
CREATE FUNCTION pg_temp.problems(document text) RETURNS text LANGUAGE sql AS $$SELECT count(*) || ': ' || (array_agg(path || ' ' || problem ORDER BY n DESC))[1] FROM retention.scorecard_validate(document) WITH ORDINALITY AS p (path, problem, n)$$;
CREATE FUNCTION pg_temp.fit(condition text) RETURNS text LANGUAGE sql AS $$SELECT '{"fit": [{"group": "g", "rules": [{"rule": "r", "points": 1, "when": ' || condition || '}]}]}'$$;
CREATE FUNCTION pg_temp.list(n integer, item text) RETURNS text LANGUAGE sql AS $$SELECT '[' || string_agg(replace(item, '%', k::text), ',') || ']' FROM generate_series(1, n) AS k$$;
SELECT name, pg_temp.problems(document) FROM (VALUES
  ('101 grades', '{"fit": [], "grades": {"fit": ' || pg_temp.list(101, '{"grade": "%", "at_least": -%}') || '}}'),
  ('1001 groups', '{"fit": ' || pg_temp.list(1001, '1') || '}'),
  ('501 and 500 rules', '{"fit": [{"group": "a", "rules": ' || pg_temp.list(501, '1') || '}, {"group": "b", "rules": ' || pg_temp.list(500, '1') || '}]}'),
  ('10000 values', pg_temp.fit('{"attribute": "a", "op": "in", "value": ' || pg_temp.list(10000, '%') || '}')),
  ('10001 values', pg_temp.fit('{"attribute": "a", "op": "in", "value": ' || pg_temp.list(10001, '%') || '}')),
  ('32 conditions deep', pg_temp.fit(repeat('{"not": ', 31) || '{"attribute": "a", "op": "is_null"}' || repeat('}', 31))),
  ('33 conditions deep', pg_temp.fit(repeat('{"not": ', 32) || '{"attribute": "a", "op": "is_null"}' || repeat('}', 32))),
  ('10000 conditions', pg_temp.fit('{"any": ' || pg_temp.list(9999, '{"attribute": "a", "op": "is_null"}') || '}')),
  ('10001 conditions', pg_temp.fit('{"any": ' || pg_temp.list(10000, '{"attribute": "a", "op": "is_null"}') || '}')),
  ('100 levels', repeat('[', 100) || repeat(']', 100)), ('101 levels', repeat('[', 101)), ('levels in a string', pg_temp.fit('{"attribute": "a", "op": "eq", "value": "' || repeat('[', 200) || '\""}')),
  ('a text of 10000 bytes', pg_temp.fit('{"attribute": "a", "op": "like", "value": "' || repeat('a', 10000) || '"}')),
  ('a text of 10001 bytes', pg_temp.fit('{"attribute": "a", "op": "like", "value": "' || repeat('a', 10001) || '"}')),
  ('a name of 256 bytes', '{"name": "' || repeat('a', 256) || '", "fit": 1}'),
  ('a period of 256 bytes', '{"engagement": [{"group": "g", "rules": [{"rule": "r", "event": "e", "points": 1, "decay": "half_life", "period": "1 day' || repeat(' ', 251) || '"}]}]}'),
  ('an unknown op, long', pg_temp.fit('{"attribute": "a", "op": "' || repeat('a', 300) || '", "value": 1}')),
  ('1e99', pg_temp.fit('{"attribute": "a", "op": "eq", "value": -1e99}')), ('1e100', pg_temp.fit('{"attribute": "a", "op": "eq", "value": -1e100}')),
  ('1e-100', pg_temp.fit('{"attribute": "a", "op": "eq", "value": 1e-100}')), ('1e-101', pg_temp.fit('{"attribute": "a", "op": "eq", "value": 1e-101}')),
  ('1e200000', pg_temp.fit('{"attribute": "a", "op": "eq", "value": 1e200000}')), ('0e-16000', pg_temp.fit('{"attribute": "a", "op": "eq", "value": 0e-16000}')), ('1e99999999999999999999', pg_temp.fit('1e99999999999999999999')),
  ('300 digits', pg_temp.fit('{"attribute": "a", "op": "eq", "value": ' || repeat('1', 300) || '}')), ('points of 150 digits', '{"fit": [{"group": "g", "max": ' || repeat('1', 150) || ', "rules": 1}]}'),
  ('a key twice', '{"name": "a", "fit": 1, "name": "b"}'), ('a key twice, inside', pg_temp.fit('{"attribute": "a", "op": "eq", "value": 1, "\u006fp": "ne"}')), ('equal keys of two objects', '{"a": {"b": 1}, "c": {"b": 1}}'),
  ('2000 problems', '{"fit": [{"group": "g", "rules": ' || pg_temp.list(1000, '{}') || '}]}'), ('a zero byte', '{"name": "\u0000"}'), ('half a pair', '{"name": "\ud800"}')) AS v (name, document);
SELECT * FROM retention.scorecard_validate(pg_temp.fit('{"attribute": "a", "op": "eq", "value": 1e100000}')::jsonb);
SELECT pg_temp.fit('{"attribute": "a", "op": "eq", "value": 1.50000e0}')::retention.scorecard;
SELECT '{"fit": [{"group": "", "rules": [{}, {}]}]}'::retention.scorecard;
SELECT '{"fit": [{"group": ""}]}'::jsonb::retention.scorecard;
SELECT 'x'::retention.scorecard;

-- periods
SELECT p, (SELECT string_agg(problem, '; ') FROM retention.scorecard_validate(jsonb_build_object('engagement', jsonb_build_array(jsonb_build_object('group', 'g', 'rules', jsonb_build_array(
         jsonb_build_object('rule', 'r', 'event', 'e', 'points', 1, 'decay', 'half_life', 'period', p))))))) AS problem
FROM unnest('{30 days,1 day 12:00:00,36 hours,2 weeks 1 day,12:30,00:00:00.5,90min,1 mon,1 year,-1 day,1.5 days,day,"",00:00,12:60,1 day ago,365250 days,365251 days,P1D,213503983 days,30500569 weeks,999999999 weeks,999999999:59:59,9999999999 days}'::text[]) p;

-- conditions
SELECT name, (retention.lead_score(jsonb_build_object('fit', jsonb_build_array(jsonb_build_object('group', 'g', 'rules', jsonb_build_array(jsonb_build_object('rule', 'r', 'points', 1, 'when', condition)))))::retention.scorecard,
  '{"n": 5, "s": "abc", "t": true, "null": null, "list": [1, "x"], "in": {"side": {"deep": 7}}, "num": "1"}', NULL, '2024-01-01 00:00Z')).score
FROM (VALUES
  ('eq', '{"attribute": "n", "op": "eq", "value": 5.0}'::jsonb), ('eq of unlike types', '{"attribute": "num", "op": "eq", "value": 1}'), ('eq true', '{"attribute": "t", "op": "eq", "value": true}'),
  ('ne', '{"attribute": "n", "op": "ne", "value": 5}'), ('ne of unlike types', '{"attribute": "num", "op": "ne", "value": 1}'), ('ne missing', '{"attribute": "x", "op": "ne", "value": 5}'), ('ne null', '{"attribute": "null", "op": "ne", "value": 5}'),
  ('in', '{"attribute": "s", "op": "in", "value": ["x", "abc"]}'), ('not_in', '{"attribute": "s", "op": "not_in", "value": ["x", "abc"]}'), ('not_in missing', '{"attribute": "x", "op": "not_in", "value": ["x"]}'),
  ('lt', '{"attribute": "n", "op": "lt", "value": 6}'), ('lt missing', '{"attribute": "x", "op": "lt", "value": 6}'), ('lt of unlike types', '{"attribute": "s", "op": "lt", "value": 6}'), ('gt of unlike types', '{"attribute": "s", "op": "gt", "value": 6}'),
  ('le', '{"attribute": "n", "op": "le", "value": 5}'), ('gt', '{"attribute": "n", "op": "gt", "value": 5}'), ('ge', '{"attribute": "s", "op": "ge", "value": "abc"}'), ('order of bytes', '{"attribute": "s", "op": "gt", "value": "ABD"}'),
  ('between', '{"attribute": "n", "op": "between", "value": [5, 5]}'), ('between not', '{"attribute": "n", "op": "between", "value": [6, 7]}'),
  ('like', '{"attribute": "s", "op": "like", "value": "a_c"}'), ('like number', '{"attribute": "n", "op": "like", "value": "%"}'),
  ('like %', '{"attribute": "s", "op": "like", "value": "%b%"}'), ('like %%', '{"attribute": "s", "op": "like", "value": "a%%c%"}'), ('like _ too many', '{"attribute": "s", "op": "like", "value": "____"}'), ('like nothing', '{"attribute": "s", "op": "like", "value": ""}'), ('like, escaped', '{"attribute": "s", "op": "like", "value": "\\a\\bc"}'),
  ('like % escaped', '{"attribute": "s", "op": "like", "value": "abc\\%"}'), ('contains nothing', '{"attribute": "s", "op": "contains", "value": ""}'), ('contains more', '{"attribute": "s", "op": "contains", "value": "abcd"}'),
  ('contains text', '{"attribute": "s", "op": "contains", "value": "bc"}'), ('contains element', '{"attribute": "list", "op": "contains", "value": 1}'), ('contains not', '{"attribute": "list", "op": "contains", "value": "1"}'), ('contains of number', '{"attribute": "n", "op": "contains", "value": 5}'),
  ('is_null', '{"attribute": "null", "op": "is_null"}'), ('is_null missing', '{"attribute": "x.y", "op": "is_null"}'), ('is_not_null', '{"attribute": "list", "op": "is_not_null"}'),
  ('path', '{"attribute": "in.side.deep", "op": "eq", "value": 7}'), ('path through number', '{"attribute": "n.side", "op": "is_not_null"}'),
  ('not', '{"not": {"attribute": "n", "op": "eq", "value": 5}}'), ('all', '{"all": [{"attribute": "n", "op": "eq", "value": 5}, {"attribute": "s", "op": "eq", "value": "x"}]}'),
  ('any', '{"any": [{"attribute": "n", "op": "eq", "value": 4}, {"all": [{"attribute": "t", "op": "is_not_null"}]}]}')) v(name, condition);

-- leads: an executive who asks for a demo qualifies, a student who downloads a paper does not
CREATE TEMP TABLE lead (lead_id text, attributes jsonb);
INSERT INTO lead VALUES ('executive', '{"title": "CEO"}'), ('student', '{"title": "student"}'), ('professor', '{"title": "CTO", "email": "x@u.ac.jp"}'), ('unknown', NULL), ('silent', '{"title": "VP"}');
CREATE TEMP TABLE event (lead_id text, event text, at timestamptz);
INSERT INTO event VALUES
  ('executive', 'demo_request', '2024-01-30 00:00Z'), ('executive', 'page_view', '2025-01-01 00:00Z'), ('executive', NULL, '2024-01-01 00:00Z'), ('executive', 'demo_request', NULL),
  ('student', 'download', '2024-01-15 00:00Z'), ('student', 'download', '2024-01-16 00:00Z'),
  ('professor', 'download', '2023-01-01 00:00Z'), ('professor', 'download', '2024-01-01 00:00Z'), ('professor', 'download', '2024-01-02 00:00Z'), ('professor', 'download', '2024-01-03 00:00Z'), ('professor', 'download', '2024-01-04 00:00Z'),
  ('unknown', 'demo_request', '2024-01-30 00:00Z'), ('unknown', 'demo_request', '2024-01-31 00:00Z'), ('unknown', 'unsubscribe', '2024-01-31 00:00Z'), (NULL, 'download', '2024-01-01 00:00Z'), ('nobody', 'download', '2024-01-01 00:00Z');
CREATE TEMP TABLE stored AS
SELECT lead_id, retention.engagement_agg(card, event, at) AS e FROM model, event GROUP BY lead_id;
SELECT l.lead_id, s.* FROM model, lead l LEFT JOIN stored USING (lead_id), LATERAL retention.lead_score(card, attributes, e, '2024-01-31 00:00Z') s ORDER BY l.lead_id;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead', $$SELECT * FROM event WHERE at < '2024-02-01 00:00Z'$$, '2024-01-31 00:00Z') s ORDER BY lead_id;
SELECT l.lead_id, s.* FROM model, lead l LEFT JOIN stored USING (lead_id), LATERAL retention.explain_lead_score(card, attributes, e, '2024-01-31 00:00Z') s ORDER BY l.lead_id, component, rule;
SELECT l.lead_id, retention.lead_reasons(card, attributes, e, '2024-01-31 00:00Z'), retention.lead_reasons(card, attributes, e, '2024-01-31 00:00Z', n => 1) FROM model, lead l LEFT JOIN stored USING (lead_id) ORDER BY l.lead_id;
-- what has decayed to less than 0.05 points is no reason
SELECT as_of AT TIME ZONE 'UTC' AS as_of, retention.lead_reasons(card, '{}', e, as_of) FROM model, stored, unnest('{2024-11-14 00:00Z,2024-11-15 00:00Z}'::timestamptz[]) as_of WHERE lead_id = 'executive';
-- a year later, without any update
SELECT lead_id, score, engagement FROM model, lead JOIN stored USING (lead_id), LATERAL retention.lead_score(card, attributes, e, '2025-01-31 00:00Z') ORDER BY lead_id;

-- who has no list of grades and no thresholds
SELECT * FROM retention.lead_score('{"fit": [{"group": "g", "rules": [{"rule": "r", "when": {"attribute": "a", "op": "is_null"}, "points": 1}]}], "grades": {"fit": [{"grade": "A", "at_least": 2}]}}', NULL, NULL, '2024-01-01 00:00Z');
SELECT retention.lead_reasons('{"fit": [{"group": "g", "rules": [{"rule": "r", "when": {"attribute": "a", "op": "is_null"}, "points": 1}]}]}', '{"a": 1}', NULL, '2024-01-01 00:00Z');

-- decay: at the moment of the event, before and at the end of its period; max_count
CREATE TEMP TABLE decayed AS
SELECT decay, max_count, jsonb_build_object('engagement', jsonb_build_array(jsonb_build_object('group', 'g', 'rules', jsonb_build_array(jsonb_strip_nulls(
         jsonb_build_object('rule', 'r', 'event', 'e', 'points', 8, 'decay', decay, 'period', CASE WHEN decay <> 'none' THEN '1 day' END, 'max_count', max_count))))))::retention.scorecard AS card
FROM (VALUES ('none', NULL::int), ('none', 2), ('half_life', NULL), ('half_life', 2), ('linear', 2), ('linear', 1000), ('expire', 2), ('expire', 1000)) d(decay, max_count);
SELECT decay, max_count, array_agg(round(((retention.lead_score(card, NULL, e, as_of)).score)::numeric, 4) ORDER BY as_of) AS scores
FROM decayed, unnest('{2024-01-01 00:00Z,2024-01-01 12:00Z,2024-01-01 23:59:59.999999Z,2024-01-02 00:00Z,2024-01-03 00:00Z,2024-01-10 00:00Z}'::timestamptz[]) as_of,
     LATERAL (SELECT retention.engagement_agg(card, 'e', at) FILTER (WHERE at <= as_of) FROM unnest('{2024-01-01 00:00Z,2024-01-01 00:00Z,2023-12-31 12:00Z,2024-01-02 12:00Z}'::timestamptz[]) at) s(e)
GROUP BY decay, max_count ORDER BY decay, max_count;

-- states: no events, merging, order, types
SELECT retention.engagement_agg(card, 'download', NULL::timestamptz) AS no_time, retention.engagement_agg(card, 'page_view', '2024-01-01 00:00Z'::timestamptz) AS no_rule,
       retention.engagement_agg(card, NULL, '2024-01-01 00:00Z'::timestamptz) AS no_event, retention.merge_agg(NULL::retention.engagement_state) AS no_state,
       retention.combine(NULL::retention.engagement_state, NULL) AS nothing FROM model;
SELECT retention.engagement_agg(card, 'download', at) FROM model, unnest('{}'::timestamptz[]) at;
SELECT (SELECT retention.merge_agg(e) FROM stored) = (SELECT retention.engagement_agg(card, event, at) FROM model, event WHERE lead_id IS NOT NULL) AS merged,
       (SELECT retention.merge_agg(e ORDER BY lead_id) FROM stored WHERE lead_id IN ('student', 'unknown')) =
         (SELECT a.e OPERATOR(retention.+) b.e FROM stored a, stored b WHERE a.lead_id = 'student' AND b.lead_id = 'unknown') AS combined,
       (SELECT retention.combine(e, NULL) = retention.combine(NULL, e) FROM stored WHERE lead_id = 'student') AS with_nothing,
       (SELECT bool_and(e::text::retention.engagement_state = e) FROM stored WHERE e IS NOT NULL) AS text,
       (SELECT count(DISTINCT e) FROM stored) AS distinct;
-- thousands of events of one lead; a time that is far away
SELECT e::text OPERATOR(pg_catalog.=) f::text AS same, length(e::text) AS length, round((retention.lead_score(card, NULL, e, '2024-02-01 00:00Z')).engagement::numeric, 6) AS engagement
FROM model, LATERAL (SELECT retention.engagement_agg(card, ev, at), retention.engagement_agg(card, ev, at ORDER BY at DESC)
                     FROM unnest('{download,unsubscribe}'::text[]) ev, generate_series(timestamptz '2024-01-01 00:00Z', '2024-01-31 00:00Z', '10 minutes') at) s(e, f);
SELECT retention.engagement_agg(card, 'download', at) FROM model, unnest('{4713-01-01 00:00Z BC,294276-12-31 00:00Z}'::timestamptz[]) at;
-- what decides is event, decay, period and max_count; not points, groups or order
SELECT (retention.lead_score('{"engagement": [{"group": "x", "rules": [{"rule": "u", "event": "unsubscribe", "points": -1}]}, {"group": "y", "rules": [
    {"rule": "d", "event": "download", "points": 1, "decay": "linear", "period": "8 weeks 4 days", "max_count": 3}, {"rule": "again", "event": "unsubscribe", "points": -2},
    {"rule": "demo", "event": "demo_request", "points": 1, "decay": "half_life", "period": "720 hours"}]}]}', NULL, e, '2024-01-31 00:00Z')).score FROM stored WHERE lead_id = 'unknown';

-- errors of engagement
SELECT retention.lead_score('{"engagement": [{"group": "x", "rules": [{"rule": "u", "event": "unsubscribe", "points": -1}]}]}', NULL, e, '2024-01-31 00:00Z') FROM stored WHERE lead_id = 'unknown';
SELECT retention.combine(e, retention.engagement_agg('{"engagement": [{"group": "x", "rules": [{"rule": "u", "event": "unsubscribe", "points": -1}]}]}', 'unsubscribe', '2024-01-31 00:00Z'::timestamptz)) FROM stored WHERE lead_id = 'unknown' GROUP BY e = e, e;
SELECT retention.engagement_agg(card, 'unsubscribe', '2024-01-31 00:00Z'::timestamptz) FROM (SELECT card FROM model UNION ALL SELECT '{"engagement": [{"group": "x", "rules": [{"rule": "u", "event": "unsubscribe", "points": -1}]}]}') c;
SELECT retention.lead_score(card, NULL, e, '2024-01-30 23:59:59.999999Z') FROM model, stored WHERE lead_id = 'unknown';
SELECT retention.engagement_agg(card, 'download', 'infinity'::timestamptz) FROM model;
SELECT retention.engagement_agg(NULL, 'download', '2024-01-01 00:00Z'::timestamptz);
SELECT retention.engagement_agg(card, 'download', '2024-01-01'::timestamp) FROM model;
SELECT retention.engagement_agg(card, 'download', '2024-01-01'::date) FROM model;
-- errors of scores
SELECT retention.lead_score(NULL, NULL, NULL, '2024-01-01 00:00Z');
SELECT retention.lead_score(card, NULL, NULL, NULL::timestamptz) FROM model;
SELECT retention.lead_score(card, NULL, NULL, '-infinity') FROM model;
SELECT retention.lead_score(card, '[]', NULL, '2024-01-01 00:00Z') FROM model;
SELECT retention.lead_score(card, '1', NULL, '2024-01-01 00:00Z') FROM model;
SELECT retention.lead_score(card, NULL, NULL, '2024-01-01'::timestamp) FROM model;
SELECT retention.lead_score(card, NULL, NULL, '2024-01-01'::date) FROM model;
SELECT retention.explain_lead_score(card, NULL, NULL, '2024-01-01'::date) FROM model;
SELECT retention.lead_reasons(card, NULL, NULL, '2024-01-01'::timestamp) FROM model;
SELECT retention.lead_reasons(card, NULL, NULL, '2024-01-01 00:00Z', 0) FROM model;
SELECT retention.crossing_time(card, NULL, NULL, '2024-01-01'::date, 1) FROM model;

-- another card in each call
DO $$
DECLARE
  points integer;
  card retention.scorecard;
BEGIN
  FOR points IN 1..3 LOOP
    card := format('{"fit": [{"group": "g", "rules": [{"rule": "r", "when": {"attribute": "a", "op": "is_null"}, "points": %s}]}]}', points);
    RAISE NOTICE '%', retention.lead_reasons(card, NULL, NULL, '2024-01-01 00:00Z');
  END LOOP;
END $$;
SELECT (retention.lead_score(c::retention.scorecard, NULL, NULL, '2024-01-01 00:00Z')).score
FROM unnest('{1,2,3}'::int[]) p, format('{"fit": [{"group": "g", "rules": [{"rule": "r", "when": {"attribute": "a", "op": "is_null"}, "points": %s}]}]}', p) c;

-- crossing_time: 50 x 2^(-t/7) - 40 x 2^(-t) rises first
CREATE TEMP TABLE curve AS
SELECT card, retention.engagement_agg(card, e, '2024-01-01 00:00Z'::timestamptz) AS e
FROM (SELECT '{"engagement": [{"group": "g", "rules": [{"rule": "a", "event": "a", "points": 50, "decay": "half_life", "period": "7 days"}, {"rule": "b", "event": "b", "points": -40, "decay": "half_life", "period": "1 day"}]}]}'::retention.scorecard) c(card),
     unnest('{a,b}'::text[]) e GROUP BY card;
SELECT threshold, date_trunc('second', t AT TIME ZONE 'UTC') AS crossing, CASE WHEN t IS NOT NULL THEN round((retention.lead_score(card, NULL, e, t)).score::numeric, 4) END AS score
FROM curve, unnest('{-1,0,9,10,10.1,15,25,31.7,40}'::float8[]) threshold, LATERAL retention.crossing_time(card, NULL, e, '2024-01-01 00:00Z', threshold) t ORDER BY threshold;
-- an event that expires, one that has decayed to nothing, a cap, a floor
SELECT name, threshold, retention.crossing_time(card, NULL, e, '2024-01-02 00:00Z', threshold) AT TIME ZONE 'UTC' AS crossing
FROM (VALUES ('expire', '{"decay": "expire", "period": "10 days", "max_count": 9}'::jsonb, '{}'::jsonb, '{0,0.1,10,20,21}'::float8[]),
             ('linear', '{"decay": "linear", "period": "10 days", "max_count": 9}', '{}', '{0,5,10,19}'),
             ('capped', '{"decay": "linear", "period": "10 days", "max_count": 9}', '{"max": 12}', '{5,12,13}'),
             ('floor', '{"decay": "linear", "period": "10 days", "max_count": 9}', '{"min": 4}', '{4,4.5}'),
             ('for ever', '{}', '{}', '{20}')) v(name, decay, bounds, thresholds),
     LATERAL jsonb_build_object('engagement', jsonb_build_array(jsonb_build_object('group', 'g', 'rules', jsonb_build_array(jsonb_build_object('rule', 'r', 'event', 'e', 'points', 10) || decay)) || bounds)) j,
     LATERAL (SELECT j::retention.scorecard) c(card),
     LATERAL (SELECT retention.engagement_agg(card, 'e', at) FROM unnest('{2024-01-01 00:00Z,2024-01-02 00:00Z}'::timestamptz[]) at) s(e),
     unnest(thresholds) threshold ORDER BY name, threshold;
SELECT retention.crossing_time(card, NULL, NULL, '2024-01-01 00:00Z', 1) AS no_events FROM model;
SELECT retention.crossing_time(card, NULL, e, '2024-01-01 00:00Z', NULL) FROM curve;
SELECT retention.crossing_time(card, NULL, e, '2024-01-01 00:00Z', 'NaN') FROM curve;
SELECT retention.crossing_time(card, NULL, e, '2023-12-31 00:00Z', 1) FROM curve;

-- score_leads: types of lead_id, and errors
SELECT s.lead_id, score FROM model, LATERAL retention.score_leads(card, 'SELECT 7::smallint, NULL::json', $$SELECT 7, 'unsubscribe'::char(20), '2024-01-01 00:00Z'::timestamptz$$, '2024-01-31 00:00Z') s;
SELECT s.lead_id, score FROM model, LATERAL retention.score_leads(card, $$SELECT 7, '{"title": "VP"}'::json$$, $$SELECT 7.00::numeric(4, 2), 'unsubscribe', '2024-01-01 00:00Z'::timestamptz$$, '2024-01-31 00:00Z') s;
SELECT s.lead_id, score FROM model, LATERAL retention.score_leads(card, $$SELECT '00000000-0000-4000-8000-000000000007'::uuid, '{"title": "VP"}'::json$$, $$SELECT '00000000-0000-4000-8000-000000000007'::uuid, 'download', '2024-01-01 00:00Z'::timestamptz$$, '2024-01-31 00:00Z') s;
SELECT s.lead_id, score FROM model, LATERAL retention.score_leads(card, $$SELECT 'a lead_id of more than twenty-three bytes', '{"title": "VP"}'::json$$, $$SELECT 'a lead_id of more than twenty-three bytes', 'download', '2024-01-01 00:00Z'::timestamptz$$, '2024-01-31 00:00Z') s;
SELECT count(*) AS no_leads FROM model, LATERAL retention.score_leads(card, 'SELECT NULL::text, NULL::jsonb', 'SELECT * FROM event WHERE false', '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead UNION ALL SELECT * FROM lead', 'SELECT * FROM event WHERE false', '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead', $$SELECT 'a', 'download', '2024-02-01 00:00Z'::timestamptz$$, '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead', $$SELECT 'a', 'download', '-infinity'::timestamptz$$, '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead', $$SELECT 'a', 'download', '2024-01-01'::timestamp$$, '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead', $$SELECT 'a', 1, '2024-01-01 00:00Z'::timestamptz$$, '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, $$SELECT 'a', ''$$, 'SELECT * FROM event', '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, $$SELECT 'a', '[1]'::jsonb$$, 'SELECT * FROM event', '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT lead_id FROM lead', 'SELECT * FROM event', '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead', 'SELECT 1; SELECT 2', '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, '', 'SELECT * FROM event', '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'DELETE FROM lead RETURNING *', 'SELECT * FROM event', '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, NULL, 'SELECT * FROM event', '2024-01-31 00:00Z') s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead', 'SELECT * FROM event', '2024-01-31'::date) s;
SELECT s.* FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead', 'SELECT * FROM event', '2024-01-31'::timestamp) s;

-- W2: lead_id is joined as = of SQL joins it, or refused
CREATE TEMP TABLE visits AS SELECT '{"engagement": [{"group": "g", "rules": [{"rule": "v", "event": "v", "points": 10}]}]}'::retention.scorecard AS card;
CREATE TYPE pg_temp.colour AS ENUM ('red', 'green');
CREATE DOMAIN pg_temp.amount AS numeric;
CREATE FUNCTION pg_temp.joined(lead text, event text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
  hint text;
BEGIN
  SELECT string_agg(s.lead_id || ' ' || engagement, ', ') INTO answer FROM visits,
    LATERAL retention.score_leads(card, 'SELECT ' || lead || ', NULL::jsonb', 'SELECT ' || event || ', ''v''::text, ''2024-01-01 00:00Z''::timestamptz', '2024-01-02 00:00Z') AS s;
  RETURN answer;
EXCEPTION WHEN datatype_mismatch THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN regexp_replace(SQLERRM, 'pg_temp_\d+', 'pg_temp') || '; ' || hint;
END $$;
SELECT lead, event, pg_temp.joined(lead, event) FROM (VALUES
  ('1.00::numeric(10, 2)', '1::numeric'), ('1.00::numeric(10, 2)', '1::bigint'), ('1::smallint', '1.0::pg_temp.amount'), ('''NaN''::numeric', '''NaN''::numeric'), ('1::integer', '2::numeric'),
  ('''abc''::char(7)', '''abc''::char(5)'), ('''abc''::char(7)', '''abc'''), ('''abc ''', '''abc''::char(5)'), ('''abc''::name', '''abc''::varchar'), ('''abc''', '''Abc'''),
  ('0.5::real', '0.5::double precision'), ('0.1::real', '0.1::double precision'), ('''-0''::double precision', '0::double precision'), ('1e300::double precision', '1e300::double precision'),
  ('''red''::pg_temp.colour', '''red''::pg_temp.colour'), ('date ''2024-01-01''', 'date ''2024-01-01'''), ('''\x01''::bytea', '''\x01''::bytea'),
  ('1', '''1'''), ('1::double precision', '1'), ('''red''::pg_temp.colour', '''red'''), ('''00000000-0000-4000-8000-000000000007''::uuid', '''00000000-0000-4000-8000-000000000007'''),
  ('''1 day''::interval', '''24:00''::interval'), ('''{"a": 1}''::jsonb', '''{"a": 1.0}''::jsonb'), ('ARRAY[1.0]', 'ARRAY[1.00]')) AS v (lead, event);
SELECT s.lead_id FROM visits, LATERAL retention.score_leads(card, 'SELECT n, NULL::jsonb FROM unnest(ARRAY[1.0, 1.00]) AS n', 'SELECT 1, ''v'', now() WHERE false', '2024-01-02 00:00Z') AS s;

-- notify_qualified
CREATE TEMP TABLE scored (id bigint, score double precision, label text, qualified boolean);
CREATE TRIGGER alert AFTER INSERT OR UPDATE ON scored FOR EACH ROW EXECUTE FUNCTION retention.notify_qualified('qualified_leads', 'id', 'score', 'label', 'qualified');
INSERT INTO scored VALUES (1, 70, 'A1', true), (2, 10, 'C3', false), (3, 10, NULL, NULL);
UPDATE scored SET qualified = true;
INSERT INTO scored VALUES (5, 70, repeat('A', 8000), true);
DROP TRIGGER alert ON scored;
CREATE TRIGGER alert AFTER INSERT ON scored FOR EACH ROW EXECUTE FUNCTION retention.notify_qualified('qualified_leads', 'id', 'score', 'label');
INSERT INTO scored VALUES (4);
DROP TRIGGER alert ON scored;
CREATE TRIGGER alert AFTER INSERT ON scored FOR EACH ROW EXECUTE FUNCTION retention.notify_qualified('qualified_leads', 'id', 'points', 'label', 'qualified');
INSERT INTO scored VALUES (4, 1, 'A1', true);
DROP TRIGGER alert ON scored;
CREATE TRIGGER alert AFTER INSERT ON scored FOR EACH ROW EXECUTE FUNCTION retention.notify_qualified('qualified_leads', 'id', 'score', 'label', 'label');
INSERT INTO scored VALUES (4, 1, 'A1', true);
DROP TRIGGER alert ON scored;
CREATE TRIGGER alert BEFORE INSERT ON scored FOR EACH ROW EXECUTE FUNCTION retention.notify_qualified('qualified_leads', 'id', 'score', 'label', 'qualified');
INSERT INTO scored VALUES (4, 1, 'A1', true);

-- values of the wrong type, where a rule is read
SELECT * FROM retention.scorecard_validate('{"engagement": [{"group": "g", "rules": [
  {"rule": "a", "event": 1, "points": 1}, {"rule": "b", "event": "b", "points": 1, "decay": 1},
  {"rule": "c", "event": "c", "points": 1, "decay": "linear", "period": 30, "max_count": "3"}]}]}'::text);

-- full: 2^63 - 1 events
CREATE TEMP TABLE full_state AS SELECT '\x010a0000000000000000000001000040e9d4d5b00200ffffffffffffffff7f'::retention.engagement_state AS e;
SELECT retention.combine(e, e) FROM full_state;
