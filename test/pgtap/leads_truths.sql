-- Scorecards for real leads: X Education, 9191 leads of a company that sells courses, with
-- what became of them. A scorecard written by hand from information values, its AUC beside
-- that of logistic regression; points made from a logistic model.
-- Data files are read from the directory in RETENTION_DATA (readable by the server),
-- else those tests are skipped.
-- Run: RETENTION_DATA=../shared/data pg_prove -d DATABASE test/pgtap/leads_truths.sql

BEGIN;
\ir twin.psql
\ir leads_twin.psql
\getenv data RETENTION_DATA
SELECT plan(35);

-- AUC by Mann-Whitney, with middle ranks for ties.
CREATE FUNCTION twin.auc(query text) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
  result double precision;
BEGIN
  EXECUTE format('
    WITH scored AS (%s), ranked AS (SELECT outcome, (rank() OVER (ORDER BY score) + (count(*) OVER (PARTITION BY score) - 1) / 2.0) AS middle_rank FROM scored),
    sums AS (SELECT sum(middle_rank) FILTER (WHERE outcome) AS ranks, count(*) FILTER (WHERE outcome)::numeric AS positives, count(*) FILTER (WHERE NOT outcome)::numeric AS negatives FROM ranked)
    SELECT (ranks - positives * (positives + 1) / 2) / (positives * negatives) FROM sums', query) INTO result;
  RETURN result;
END
$$;
SELECT is(twin.auc('SELECT * FROM (VALUES (1, false), (2, true), (2, false), (3, true), (0, false)) AS s (score, outcome)'), 5.5 / 6::double precision, 'Mann-Whitney: five of six pairs won, one shared');

-- The points follow the information values: what a lead has told of himself, where he comes
-- from, and what he did. Columns that sales fills in after talking to a lead are not used:
-- tags, lead_quality, lead_profile, and the asymmetrique indexes and scores made from them;
-- nor are "SMS Sent" and "Had a Phone Conversation", which are done to a lead, not by him.
CREATE TABLE model AS SELECT '{"name": "X Education",
 "fit": [
   {"group": "occupation", "rules": [
     {"rule": "working professional", "when": {"attribute": "what_is_your_current_occupation", "op": "eq", "value": "Working Professional"}, "points": 25},
     {"rule": "occupation not given", "when": {"attribute": "what_is_your_current_occupation", "op": "is_null"}, "points": -15}]},
   {"group": "source", "max": 40, "rules": [
     {"rule": "add form", "when": {"attribute": "lead_origin", "op": "eq", "value": "Lead Add Form"}, "points": 30},
     {"rule": "recommended", "when": {"attribute": "lead_source", "op": "in", "value": ["Reference", "Welingak Website"]}, "points": 15},
     {"rule": "chat, visits not counted", "when": {"all": [{"attribute": "lead_source", "op": "like", "value": "%Chat"}, {"attribute": "totalvisits", "op": "eq", "value": 0}]}, "points": 10},
     {"rule": "direct or referred by a site", "when": {"attribute": "lead_source", "op": "in", "value": ["Direct Traffic", "Referral Sites", "Facebook"]}, "points": -5}]},
   {"group": "interest", "rules": [
     {"rule": "field of study named", "when": {"all": [{"attribute": "specialization", "op": "is_not_null"}, {"attribute": "specialization", "op": "ne", "value": "Select"}]}, "points": 5},
     {"rule": "field of study not given", "when": {"attribute": "specialization", "op": "is_null"}, "points": -5}]},
   {"group": "contact", "rules": [
     {"rule": "no e-mail", "when": {"attribute": "do_not_email", "op": "eq", "value": "Yes"}, "points": -10}]}],
 "engagement": [
   {"group": "website", "max": 30, "rules": [
     {"rule": "visits", "event": "visit", "points": 1, "decay": "expire", "period": "90 days", "max_count": 10},
     {"rule": "ten minutes on the website", "event": "ten minutes", "points": 25, "decay": "half_life", "period": "60 days", "max_count": 1}]},
   {"group": "last activity", "rules": [
     {"rule": "e-mail bounced", "event": "Email Bounced", "points": -20},
     {"rule": "unsubscribed", "event": "Unsubscribed", "points": -10},
     {"rule": "nothing but a form", "event": "Converted to Lead", "points": -15, "decay": "linear", "period": "90 days", "max_count": 1},
     {"rule": "chatted", "event": "Olark Chat Conversation", "points": -15, "decay": "linear", "period": "90 days", "max_count": 1},
     {"rule": "looked at a page", "event": "Page Visited on Website", "points": -5, "decay": "linear", "period": "90 days", "max_count": 1},
     {"rule": "clicked in an e-mail", "event": "Email Link Clicked", "points": -5, "decay": "linear", "period": "90 days", "max_count": 1}]}],
 "limits": {"min": -50, "max": 100},
 "grades": {
   "fit": [{"grade": "A", "at_least": 25}, {"grade": "B", "at_least": 0}, {"grade": "C", "at_least": null}],
   "engagement": [{"grade": "1", "at_least": 25}, {"grade": "2", "at_least": 0}, {"grade": "3", "at_least": null}]},
 "qualified": {"fit_at_least": 0, "engagement_at_least": 25}}'::retention.scorecard AS card;

SELECT is_empty('SELECT p.* FROM model, retention.scorecard_validate(card::text) AS p', 'the scorecard has no problems');
SELECT is_empty($$SELECT a FROM model, jsonb_path_query(card::jsonb, 'strict $.**.attribute') AS a WHERE a #>> '{}' ~ '^(tags|lead_quality|lead_profile|asymmetrique.*|converted|last_notable_activity)$'$$, 'it uses no column that is filled in afterwards');

\if :{?data}

CREATE TABLE leads (lead_number integer, lead_origin text, lead_source text, do_not_email text, do_not_call text, converted integer, totalvisits integer, total_time_spent_on_website integer, page_views_per_visit double precision, last_activity text, country text, specialization text, how_did_you_hear_about_x_education text, what_is_your_current_occupation text, what_matters_most_to_you_in_choosing_a_course text, search text, magazine text, newspaper_article text, x_education_forums text, newspaper text, digital_advertisement text, through_recommendations text, receive_more_updates_about_our_courses text, tags text, lead_quality text, update_me_on_supply_chain_content text, get_updates_on_dm_content text, lead_profile text, city text, asymmetrique_activity_index text, asymmetrique_profile_index text, asymmetrique_activity_score text, asymmetrique_profile_score text, i_agree_to_pay_the_amount_through_cheque text, a_free_copy_of_mastering_the_interview text, last_notable_activity text);
\set command 'zcat ''' :data '/sets/x_education_leads.csv.gz'''
COPY leads FROM PROGRAM :'command' (FORMAT csv, HEADER);
SELECT is(count(*), 9191::bigint, 'the file is whole') FROM leads;

-- ------------------------------------------------- why these columns and signs

CREATE TABLE features AS
SELECT feature, retention.woe_agg(value, converted) AS w FROM leads AS l,
  LATERAL (VALUES ('what_is_your_current_occupation', what_is_your_current_occupation), ('lead_origin', lead_origin), ('lead_source', lead_source), ('specialization', specialization), ('do_not_email', do_not_email),
    ('last_activity', last_activity), ('ten minutes', (total_time_spent_on_website >= 600)::text), ('visits', least(totalvisits, 5)::text), ('country', country), ('do_not_call', do_not_call), ('magazine', magazine)) AS f (feature, value) GROUP BY feature;
SELECT results_eq($$SELECT feature, round(retention.information_value(w, 'adjust_0.9')::numeric, 3) FROM features ORDER BY 2 DESC, 1$$,
  $$VALUES ('what_is_your_current_occupation', 0.945), ('last_activity', 0.822), ('ten minutes', 0.747), ('lead_source', 0.668), ('lead_origin', 0.577), ('specialization', 0.370), ('do_not_email', 0.095), ('visits', 0.086), ('country', 0.027),
    ('do_not_call', 0.001), ('magazine', 0.000)$$, 'information values: what the scorecard asks comes first');
-- By its definition: a cell of 0 counts 0.9.
SELECT ok(twin.near((SELECT retention.information_value(w, 'adjust_0.9') FROM features WHERE feature = 'lead_source'), (
  SELECT sum((p / sum_p - n / sum_n) * ln(p / sum_p / (n / sum_n))) FROM (SELECT p, n, sum(p) OVER () AS sum_p, sum(n) OVER () AS sum_n FROM (
    SELECT greatest(sum(converted), 0.9)::double precision AS p, greatest(count(*) - sum(converted), 0.9)::double precision AS n FROM leads GROUP BY lead_source) AS c) AS c), 1e-12), 'information value of lead_source by its definition');
-- Each rule of one value, and what the weight of evidence says of it.
CREATE TABLE evidence AS
SELECT rule, points, woe FROM (VALUES ('working professional', 25, 'what_is_your_current_occupation', 'Working Professional'), ('occupation not given', -15, 'what_is_your_current_occupation', NULL), ('add form', 30, 'lead_origin', 'Lead Add Form'),
  ('recommended', 15, 'lead_source', 'Reference'), ('recommended', 15, 'lead_source', 'Welingak Website'), ('direct or referred by a site', -5, 'lead_source', 'Direct Traffic'), ('direct or referred by a site', -5, 'lead_source', 'Referral Sites'),
  ('direct or referred by a site', -5, 'lead_source', 'Facebook'), ('field of study not given', -5, 'specialization', NULL), ('no e-mail', -10, 'do_not_email', 'Yes'), ('ten minutes on the website', 25, 'ten minutes', 'true'),
  ('e-mail bounced', -20, 'last_activity', 'Email Bounced'), ('unsubscribed', -10, 'last_activity', 'Unsubscribed'), ('nothing but a form', -15, 'last_activity', 'Converted to Lead'), ('chatted', -15, 'last_activity', 'Olark Chat Conversation'),
  ('looked at a page', -5, 'last_activity', 'Page Visited on Website'), ('clicked in an e-mail', -5, 'last_activity', 'Email Link Clicked')) AS v (rule, points, feature, value)
  JOIN features USING (feature), retention.woe_table(w, zero_cells => 'adjust_0.9') AS t WHERE t.bin IS NOT DISTINCT FROM value;
SELECT is(count(*), 17::bigint, 'all values are in the file') FROM evidence;
SELECT is_empty('SELECT * FROM evidence WHERE sign(points) <> sign(woe)', 'every sign is that of the weight of evidence');
SELECT is_empty($$SELECT * FROM evidence AS v LEFT JOIN (SELECT r ->> 'rule' AS rule, (r -> 'points')::integer AS points FROM model, jsonb_path_query(card::jsonb, '$.*[*].rules[*]') AS r) AS c USING (rule) WHERE v.points IS DISTINCT FROM c.points$$, '... and the points are those of the scorecard');

-- --------------------------------------------------------------- the scores

-- The file says what had happened, not when: all events are of the moment of the scores.
CREATE TABLE events AS
SELECT lead_number AS lead_id, 'visit' AS event, timestamptz '2024-03-01 00:00Z' AS at FROM leads, generate_series(1, totalvisits)
UNION ALL SELECT lead_number, 'ten minutes', '2024-03-01 00:00Z' FROM leads WHERE total_time_spent_on_website >= 600
UNION ALL SELECT lead_number, last_activity, '2024-03-01 00:00Z' FROM leads;
CREATE TABLE scored AS
SELECT l.*, s.*, converted = 1 AS outcome FROM model, LATERAL retention.score_leads(card, 'SELECT lead_number, to_jsonb(l) FROM leads AS l', 'SELECT lead_id, event, at FROM events', '2024-03-01 00:00Z') AS s JOIN leads AS l ON l.lead_number::text = s.lead_id;
SELECT is(count(*), 9191::bigint, 'a score for each lead') FROM scored;

-- By hand: a CASE for each rule.
CREATE TABLE by_hand AS
SELECT lead_number, fit, engagement, greatest(-50, least(100, fit + engagement)) AS score FROM (
  SELECT lead_number,
    CASE WHEN what_is_your_current_occupation = 'Working Professional' THEN 25 WHEN what_is_your_current_occupation IS NULL THEN -15 ELSE 0 END
      + least(40, CASE WHEN lead_origin = 'Lead Add Form' THEN 30 ELSE 0 END + CASE WHEN lead_source IN ('Reference', 'Welingak Website') THEN 15 ELSE 0 END
        + CASE WHEN lead_source LIKE '%Chat' AND totalvisits = 0 THEN 10 ELSE 0 END + CASE WHEN lead_source IN ('Direct Traffic', 'Referral Sites', 'Facebook') THEN -5 ELSE 0 END)
      + CASE WHEN specialization IS NULL THEN -5 WHEN specialization <> 'Select' THEN 5 ELSE 0 END + CASE WHEN do_not_email = 'Yes' THEN -10 ELSE 0 END AS fit,
    least(30, least(10, coalesce(totalvisits, 0)) + CASE WHEN total_time_spent_on_website >= 600 THEN 25 ELSE 0 END)
      + CASE last_activity WHEN 'Email Bounced' THEN -20 WHEN 'Unsubscribed' THEN -10 WHEN 'Converted to Lead' THEN -15 WHEN 'Olark Chat Conversation' THEN -15 WHEN 'Page Visited on Website' THEN -5 WHEN 'Email Link Clicked' THEN -5 ELSE 0 END AS engagement
  FROM leads) AS c;
SELECT is_empty('SELECT s.lead_number, s.score, s.fit, s.engagement, h.* FROM scored AS s JOIN by_hand AS h USING (lead_number) WHERE (s.score, s.fit, s.engagement) <> (h.score, h.fit, h.engagement)', 'every score = CASE by CASE');
SELECT is_empty($$SELECT lead_number FROM scored, model, LATERAL twin.score(card::jsonb, (SELECT to_jsonb(l) FROM leads AS l WHERE l.lead_number = scored.lead_number), (SELECT array_agg(ROW(event, at)::twin.event) FROM events AS e WHERE e.lead_id = lead_number), '2024-03-01 00:00Z') AS t
  WHERE lead_number % 47 = 0 AND (scored.score, scored.fit, scored.engagement, scored.label, scored.qualified) IS DISTINCT FROM (t.score, t.fit, t.engagement, t.label, t.qualified)$$, 'grades and qualified = twin, of one lead in 47');
SELECT results_eq('SELECT label, count(*), round(avg(converted), 3) FROM scored GROUP BY label ORDER BY label', $$VALUES ('A1', 396::bigint, 0.965), ('A2', 749, 0.913), ('A3', 58, 0.793), ('B1', 1582, 0.740), ('B2', 2479, 0.303), ('B3', 741, 0.084), ('C1', 535, 0.499), ('C2', 1598, 0.103), ('C3', 1053, 0.012)$$, 'labels, leads and who converted');
SELECT results_eq('SELECT qualified, count(*), sum(converted) FROM scored GROUP BY qualified ORDER BY qualified', 'VALUES (false, 7213::bigint, 1989::bigint), (true, 1978, 1553)', 'qualified: a fifth of the leads, of which four in five convert');

-- AUC: pinned, and computed by ranks.
SELECT ok(twin.near(auc, by_ranks, 1e-12) AND round(auc::numeric, 9) = wanted, format('AUC of %s: %s', what, wanted))
FROM (VALUES ('score', 0.880919645), ('fit', 0.767957611), ('engagement', 0.724436544)) AS v (what, wanted),
  LATERAL (SELECT retention.auc(retention.roc_agg(CASE what WHEN 'score' THEN score WHEN 'fit' THEN fit ELSE engagement END, outcome)) AS auc FROM scored) AS a, LATERAL (SELECT twin.auc(format('SELECT %I AS score, outcome FROM scored', what)) AS by_ranks) AS b;

-- DeLong's interval by ranks: the share that a lead wins against the other class is his rank less that within his own.
CREATE TABLE delong AS
SELECT won_1 / negatives / negatives / positives + won_0 / positives / positives / negatives AS variance FROM (
  SELECT count(*) FILTER (WHERE outcome) AS positives, count(*) FILTER (WHERE NOT outcome) AS negatives, var_samp(won) FILTER (WHERE outcome) AS won_1, var_samp(won) FILTER (WHERE NOT outcome) AS won_0
  FROM (SELECT outcome, rank() OVER (ORDER BY score) + count(*) OVER (PARTITION BY score) / 2.0 - rank() OVER (PARTITION BY outcome ORDER BY score) - count(*) OVER (PARTITION BY outcome, score) / 2.0 AS won FROM scored) AS r) AS v;
SELECT ok(twin.near(ci_low, 0.880919645 - 1.959963984540054 * sqrt(variance), 1e-9) AND twin.near(ci_high, 0.880919645 + 1.959963984540054 * sqrt(variance), 1e-9), 'DeLong''s interval by ranks')
FROM delong, retention.auc_ci((SELECT retention.roc_agg(score, outcome) FROM scored), method => 'delong') AS ci;
SELECT results_eq('SELECT round(ci_low::numeric, 3), round(ci_high::numeric, 3) FROM retention.auc_ci((SELECT retention.roc_agg(score, outcome) FROM scored))', 'VALUES (0.874, 0.888)', '... 0.874 to 0.888');

-- The same card read later, if nothing happens: 45 days on, linear events of 90 days are worth half, ten minutes with
-- their half-life of 60 days 2^(-3/4); after 90 days linear and expiring events are worth nothing, to the microsecond.
CREATE TABLE scored_later AS
SELECT days, s.* FROM unnest('{45,90}'::integer[]) AS days, model, LATERAL retention.score_leads(card, 'SELECT lead_number, to_jsonb(l) FROM leads AS l', 'SELECT lead_id, event, at FROM events', '2024-03-01 00:00Z'::timestamptz + days * INTERVAL '24 hours') AS s;
CREATE TABLE by_hand_later AS
SELECT lead_number::text AS lead_id, days, fit, least(30, CASE WHEN days < 90 THEN least(10, coalesce(totalvisits, 0)) ELSE 0 END + CASE WHEN total_time_spent_on_website >= 600 THEN 25 * power(2::double precision, -days / 60.0) ELSE 0 END)
  + CASE last_activity WHEN 'Email Bounced' THEN -20 WHEN 'Unsubscribed' THEN -10 ELSE 0 END
  + (90 - days) / 90.0 * CASE last_activity WHEN 'Converted to Lead' THEN -15 WHEN 'Olark Chat Conversation' THEN -15 WHEN 'Page Visited on Website' THEN -5 WHEN 'Email Link Clicked' THEN -5 ELSE 0 END AS engagement
FROM leads JOIN by_hand USING (lead_number), unnest('{45,90}'::integer[]) AS days;
SELECT is((SELECT count(*) FROM scored_later JOIN by_hand_later USING (lead_id, days)), 2 * 9191::bigint, 'scores 45 and 90 days later');
SELECT is_empty($$
  SELECT s.*, h.* FROM scored_later AS s JOIN by_hand_later AS h USING (lead_id, days)
  WHERE (s.fit = h.fit AND twin.near(s.engagement, h.engagement) AND twin.near(s.score, greatest(-50, least(100, h.fit + h.engagement)))
    AND s.label = CASE WHEN h.fit >= 25 THEN 'A' WHEN h.fit >= 0 THEN 'B' ELSE 'C' END || CASE WHEN h.engagement >= 25 THEN 1 WHEN h.engagement >= 0 THEN 2 ELSE 3 END AND s.qualified = (h.fit >= 0 AND h.engagement >= 25)) IS NOT TRUE
$$, '... = CASE by CASE, labels and qualified, too');
SELECT is_empty($$
  SELECT s.lead_id, s.score, l.score FROM scored_later AS s JOIN leads ON lead_number::text = s.lead_id LEFT JOIN (SELECT lead_id AS lead_number, retention.engagement_agg(card, event, at) AS e FROM model, events GROUP BY lead_id) AS g USING (lead_number), model,
    LATERAL retention.lead_score(card, to_jsonb(leads), e, '2024-03-01 00:00Z'::timestamptz + days * INTERVAL '24 hours') AS l
  WHERE days = 45 AND (s.score, s.fit, s.engagement, s.label, s.qualified) IS DISTINCT FROM (l.score, l.fit, l.engagement, l.label, l.qualified)
$$, '... = lead_score of each');

-- Beside it logistic regression: of three numbers (where they are there), and of what the scorecard asks.
CREATE TABLE numbers AS SELECT lead_number, score AS card_score, outcome, ARRAY[totalvisits, total_time_spent_on_website / 60.0, page_views_per_visit]::double precision[] AS x FROM scored WHERE num_nulls(totalvisits, page_views_per_visit) = 0;
CREATE TABLE asked AS
SELECT lead_number, score AS card_score, outcome, ARRAY[(what_is_your_current_occupation IS NOT DISTINCT FROM 'Working Professional')::integer, (what_is_your_current_occupation IS NULL)::integer, (lead_origin = 'Lead Add Form')::integer,
  (coalesce(lead_source, '') IN ('Reference', 'Welingak Website'))::integer, (coalesce(lead_source, '') LIKE '%Chat' AND totalvisits IS NOT DISTINCT FROM 0)::integer, (coalesce(lead_source, '') IN ('Direct Traffic', 'Referral Sites', 'Facebook'))::integer,
  (coalesce(specialization, 'Select') <> 'Select')::integer, (specialization IS NULL)::integer, (do_not_email = 'Yes')::integer, least(10, coalesce(totalvisits, 0)), (total_time_spent_on_website >= 600)::integer,
  (last_activity IS NOT DISTINCT FROM 'Email Bounced')::integer, (last_activity IS NOT DISTINCT FROM 'Unsubscribed')::integer, (last_activity IS NOT DISTINCT FROM 'Converted to Lead')::integer, (last_activity IS NOT DISTINCT FROM 'Olark Chat Conversation')::integer,
  (last_activity IS NOT DISTINCT FROM 'Page Visited on Website')::integer, (last_activity IS NOT DISTINCT FROM 'Email Link Clicked')::integer]::double precision[] AS x FROM scored;
\set names '''{professional,no occupation,add form,recommended,chat,direct,field named,no field,no e-mail,visits,ten minutes,bounced,unsubscribed,form only,chatted,page,link}'''
CREATE TABLE fitted AS
SELECT 'numbers' AS model, retention.logistic_agg(outcome, x, '{totalvisits,minutes,page_views_per_visit}') AS m FROM numbers
UNION ALL SELECT 'asked', retention.logistic_agg(outcome, x, :names) FROM asked;
CREATE TABLE predicted AS
SELECT model, lead_number, outcome, card_score, x, m, retention.predict(m, x) AS score FROM (SELECT 'numbers' AS model, * FROM numbers UNION ALL SELECT 'asked', * FROM asked) AS r JOIN fitted USING (model);
SELECT ok(twin.near(retention.auc(retention.roc_agg(score, outcome)), twin.auc(format('SELECT score, outcome FROM predicted WHERE model = %L', v.model)), 1e-12) AND round(retention.auc(retention.roc_agg(score, outcome))::numeric, 9) = wanted AND count(*) = leads, format('AUC of the logistic model of %s: %s', v.model, wanted))
FROM (VALUES ('numbers', 0.714075047, 9054), ('asked', 0.887024222, 9191)) AS v (model, wanted, leads) JOIN predicted USING (model) GROUP BY v.model, wanted, leads ORDER BY wanted;
SELECT ok(twin.near(retention.auc(retention.roc_agg(card_score, outcome)), twin.auc('SELECT card_score AS score, outcome FROM predicted WHERE model = ''numbers'''), 1e-12) AND round(retention.auc(retention.roc_agg(card_score, outcome))::numeric, 9) = 0.879341106, 'AUC of the scorecard on the 9054 leads of the numbers: 0.879341106')
FROM predicted WHERE model = 'numbers';
SELECT ok((SELECT ci_low FROM retention.auc_ci(retention.roc_agg(card_score, outcome))) > (SELECT ci_high FROM retention.auc_ci(retention.roc_agg(score, outcome))), 'above that of three numbers, for sure') FROM predicted WHERE model = 'numbers';
SELECT ok(bool_and(retention.converged(m)), 'both models converged') FROM fitted;

-- ------------------------------------------- a scorecard made by scorecard_points

-- Points of 20 for double odds, 50 where the odds are even, on ten digits so that rounding makes no ties.
CREATE TABLE points AS SELECT model, p.* FROM fitted, retention.scorecard_points(m, digits => 10) AS p;
SELECT is_empty($$
  SELECT * FROM points JOIN (SELECT model, c.* FROM fitted, retention.coefficients(m) AS c) AS c USING (model, name)
  WHERE NOT twin.near(points_per_unit::double precision, CASE name WHEN '(intercept)' THEN 50 ELSE 0 END + 20 / ln(2::double precision) * coefficient, 1e-9)
$$, 'points: pdo / ln 2 x coefficient');
CREATE TABLE sums AS SELECT model, lead_number, outcome, score AS p, (SELECT sum(points_per_unit::double precision * value) FROM (SELECT name, points_per_unit FROM points WHERE points.model = predicted.model) AS o
  JOIN (SELECT '(intercept)' AS name, 1 AS value UNION ALL SELECT n, v FROM unnest(CASE model WHEN 'asked' THEN :names ELSE '{totalvisits,minutes,page_views_per_visit}' END::text[], x) AS u (n, v)) AS x USING (name)) AS score FROM predicted;
SELECT is_empty('SELECT * FROM sums WHERE NOT twin.near(score, 50 + 20 * log(2::numeric, (p / (1 - p))::numeric)::double precision, 1e-7)', 'a sum of points is 50 + 20 for each doubling of the odds');
SELECT is_empty($$
  SELECT * FROM (SELECT *, lag(score) OVER w AS score_before FROM sums WINDOW w AS (PARTITION BY model ORDER BY p)) AS s WHERE score < score_before - 1e-7
$$, 'it ranks leads as predict() does');
SELECT ok(twin.near(retention.auc(retention.roc_agg(round(score::numeric, 6)::double precision, outcome)), retention.auc(retention.roc_agg(round(ln(p / (1 - p))::numeric, 7)::double precision, outcome)), 1e-6), '... with its AUC: ' || model) FROM sums GROUP BY model ORDER BY model;

-- The same as a scorecard, on one digit: a rule for each yes-or-no question, visits as events, the intercept as a rule that always holds.
CREATE TABLE made AS
SELECT jsonb_build_object(
  'fit', jsonb_build_array(jsonb_build_object('group', 'logistic', 'rules', jsonb_agg(jsonb_build_object('rule', p.name, 'points', points_per_unit,
    'when', CASE p.name WHEN '(intercept)' THEN '{"attribute": "never", "op": "is_null"}'::jsonb ELSE jsonb_build_object('attribute', p.name, 'op', 'eq', 'value', 1) END)) FILTER (WHERE p.name <> 'visits'))),
  'engagement', jsonb_build_array(jsonb_build_object('group', 'website', 'rules', jsonb_agg(jsonb_build_object('rule', p.name, 'event', 'visit', 'points', points_per_unit, 'max_count', 10)) FILTER (WHERE p.name = 'visits'))))::retention.scorecard AS card
FROM fitted, retention.scorecard_points(m) AS p WHERE model = 'asked';
CREATE TABLE answers AS SELECT lead_number, (SELECT jsonb_object_agg(n, v) FROM unnest(:names::text[], x) AS u (n, v)) AS attributes FROM asked;
CREATE TABLE made_scores AS
SELECT s.score, p.p, p.outcome, card_score FROM made, LATERAL retention.score_leads(card, 'SELECT * FROM answers', 'SELECT lead_id, event, at FROM events', '2024-03-01 00:00Z') AS s
  JOIN sums AS p ON p.model = 'asked' AND p.lead_number::text = s.lead_id JOIN asked USING (lead_number);
SELECT ok(count(*) = 9191 AND max(abs(score - 50 - 20 * ln(p / (1 - p)) / ln(2::double precision))) <= 0.05 * 18 + 0.05 * 9, 'scores of a scorecard of these points, on one digit: what predict() says, but for rounding') FROM made_scores;
SELECT ok(abs(retention.auc(retention.roc_agg(score, outcome)) - retention.auc(retention.roc_agg(p, outcome))) < 0.0005, '... with its AUC') FROM made_scores;
SELECT ok(abs(retention.auc(retention.roc_agg(score, outcome)) - retention.auc(retention.roc_agg(card_score, outcome))) < 0.02, 'the scorecard written by hand is close to it') FROM made_scores;

\else
SELECT skip('RETENTION_DATA is not set', 32);
\endif

SELECT * FROM finish();
ROLLBACK;
