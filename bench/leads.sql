-- bench/leads.sql: what `sh bench/run.sh leads` generates, compares and measures.
--
-- A concept's file is plain SQL cut into sections by lines that begin with "--!";
-- bench/lib/Concept.pm says what each of them means.

--! rows 10000000 at least 100000

-- A year of events in order of time, to the second. A lead has eleven on average, but most have few: the
-- numbers are products of two random ones. What queries by hand sum by is the number of the event, for which
-- the database compares no text.
--! data
SELECT setseed(0.44);

CREATE UNLOGGED TABLE behaviour AS
SELECT lead_id, at, category, (ARRAY['page_view', 'download', 'webinar', 'reply', 'demo_request'])[category + 1] AS event
FROM (
  SELECT (random() * random() * :rows / 10)::bigint + 1 AS lead_id,
         timestamptz '2024-01-01 00:00Z' + floor(i * (31536000.0::float8 / :rows)) * interval '1 second' AS at,
         floor(random() * 4.9999)::smallint AS category
  FROM generate_series(1, :rows) AS i
) AS happened;

-- Every lead with a title and the size of the company.
CREATE UNLOGGED TABLE lead AS
SELECT lead_id, jsonb_build_object('title', title, 'company', jsonb_build_object('employees', employees)) AS attributes
FROM (
  SELECT lead_id, (ARRAY['CEO', 'CTO', 'developer', 'student', 'buyer'])[1 + lead_id % 5] AS title,
         10 * (1 + lead_id * 7919 % 100) AS employees
  FROM (SELECT DISTINCT lead_id FROM behaviour) AS seen
  ORDER BY lead_id
) AS known;

-- Under names of another type.
CREATE UNLOGGED TABLE behaviour_text AS
SELECT 'lead_' || left(md5(lead_id::text), 14) AS lead_id, at, event FROM behaviour ORDER BY at;
CREATE UNLOGGED TABLE lead_text AS
SELECT 'lead_' || left(md5(lead_id::text), 14) AS lead_id, attributes FROM lead;

-- What the queries are made of; the planner puts the bodies in their place.
CREATE FUNCTION card() RETURNS retention.scorecard IMMUTABLE PARALLEL SAFE
RETURN '{"engagement": [
  {"group": "page view", "max": 50, "rules": [
    {"rule": "page view", "event": "page_view", "points": 2, "decay": "half_life", "period": "30 days"}]},
  {"group": "download", "max": 50, "rules": [
    {"rule": "download", "event": "download", "points": 10, "decay": "half_life", "period": "30 days"}]},
  {"group": "webinar", "max": 50, "rules": [
    {"rule": "webinar", "event": "webinar", "points": 15, "decay": "half_life", "period": "30 days"}]},
  {"group": "reply", "max": 50, "rules": [
    {"rule": "reply", "event": "reply", "points": 20, "decay": "half_life", "period": "30 days"}]},
  {"group": "demo request", "max": 50, "rules": [
    {"rule": "demo request", "event": "demo_request", "points": 40, "decay": "half_life", "period": "30 days"}]}]}'::retention.scorecard;

CREATE FUNCTION card_with_fit() RETURNS retention.scorecard IMMUTABLE PARALLEL SAFE
RETURN '{"fit": [
  {"group": "role", "min": -40, "max": 40, "rules": [
    {"rule": "executive", "when": {"attribute": "title", "op": "in", "value": ["CEO", "CTO", "VP"]}, "points": 30},
    {"rule": "student", "when": {"attribute": "title", "op": "eq", "value": "student"}, "points": -40}]},
  {"group": "company", "rules": [
    {"rule": "size", "when": {"attribute": "company.employees", "op": "ge", "value": 500}, "points": 10}]}],
 "engagement": [
  {"group": "page view", "max": 50, "rules": [
    {"rule": "page view", "event": "page_view", "points": 2, "decay": "half_life", "period": "30 days"}]},
  {"group": "download", "max": 50, "rules": [
    {"rule": "download", "event": "download", "points": 10, "decay": "half_life", "period": "30 days"}]},
  {"group": "webinar", "max": 50, "rules": [
    {"rule": "webinar", "event": "webinar", "points": 15, "decay": "half_life", "period": "30 days"}]},
  {"group": "reply", "max": 50, "rules": [
    {"rule": "reply", "event": "reply", "points": 20, "decay": "half_life", "period": "30 days"}]},
  {"group": "demo request", "max": 50, "rules": [
    {"rule": "demo request", "event": "demo_request", "points": 40, "decay": "half_life", "period": "30 days"}]}],
 "limits": {"min": 0, "max": 100}}'::retention.scorecard;

CREATE FUNCTION card_of_lists() RETURNS retention.scorecard IMMUTABLE PARALLEL SAFE
RETURN '{"engagement": [
  {"group": "content", "max": 100, "rules": [
    {"rule": "page view", "event": "page_view", "points": 2, "decay": "linear", "period": "60 days", "max_count": 10},
    {"rule": "download", "event": "download", "points": 10, "decay": "linear", "period": "60 days", "max_count": 3},
    {"rule": "webinar", "event": "webinar", "points": 15, "decay": "expire", "period": "90 days", "max_count": 3},
    {"rule": "reply", "event": "reply", "points": 20, "decay": "half_life", "period": "30 days", "max_count": 5},
    {"rule": "demo request", "event": "demo_request", "points": 40}]}]}'::retention.scorecard;

CREATE FUNCTION decay(at timestamptz, as_of timestamptz) RETURNS float8 IMMUTABLE PARALLEL SAFE
RETURN exp(-0.6931471805599453::float8 / 2592000 * date_part('epoch', as_of - at));

-- The same leads stored, one row each, as a table that is kept up to date would be.
CREATE TABLE stored_engagement AS
SELECT lead_id, retention.engagement_agg(card(), event, at) AS engagement FROM behaviour GROUP BY lead_id;
ALTER TABLE stored_engagement ADD PRIMARY KEY (lead_id);

-- A tenth as many past leads with what became of them, and with the probability that a model gave.
CREATE UNLOGGED TABLE history AS
SELECT random() < probability AS outcome, probability AS score, round(probability::numeric, 3)::float8 AS rounded_score,
       x1, x2, x3, x4, x5, x6, x7, x8
FROM (
  SELECT 1 / (1 + exp(2.5 - 0.8 * x1 + 0.3 * x2 - 1.2 * x3 - 0.05 * x4 + 0.4 * x5 - 0.02 * x6 - x7 * x8)) AS probability, *
  FROM (
    SELECT random() AS x1, random() * 10 - 5 AS x2, floor(random() * 2) AS x3, round((random() * 40)::numeric, 1)::float8 AS x4,
           -ln(1 - random()) AS x5, random() * 100 AS x6, random() + random() - 1 AS x7, floor(random() * 6) AS x8
    FROM generate_series(1, :rows / 10)
    OFFSET 0
  ) AS features
) AS past;

--! export behaviour
SELECT lead_id, at AT TIME ZONE 'UTC', category FROM behaviour

--! table behaviour in duckdb
CREATE TABLE behaviour (lead_id BIGINT, happened_at TIMESTAMP, category SMALLINT)

--! table behaviour in clickhouse
CREATE TABLE behaviour (lead_id Int64, happened_at DateTime, category Int16)
ENGINE = MergeTree PARTITION BY tuple() ORDER BY happened_at

--! export history
SELECT outcome::integer, x1, x2, x3, x4, x5, x6, x7, x8 FROM history

--! table history in r
history <- rows
names(history) <- c("outcome", paste0("x", 1:8))


--! comparison engagement: engagement of every lead, half-life of 30 days, at most 50 points for each kind of event

--! floor count [pg0 pg2] `count(*)`
SELECT count(*) FROM behaviour

--! floor inputs [pg0] `count(*)` of the events and of the leads
SELECT (SELECT count(*) FROM behaviour), (SELECT count(*) FROM lead)

--! floor grouped [pg0] `count(*) GROUP BY lead_id`
SELECT count(*), max(events) FROM (SELECT count(*) AS events FROM behaviour GROUP BY lead_id) AS lead

--! candidate hand_filter [pg0 pg2] by hand, five `sum() FILTER` by a number of the event
SELECT count(*), sum(score), max(score)
FROM (
  SELECT lead_id,
         least(50, 2 * coalesce(sum(decayed) FILTER (WHERE category = 0), 0))
         + least(50, 10 * coalesce(sum(decayed) FILTER (WHERE category = 1), 0))
         + least(50, 15 * coalesce(sum(decayed) FILTER (WHERE category = 2), 0))
         + least(50, 20 * coalesce(sum(decayed) FILTER (WHERE category = 3), 0))
         + least(50, 40 * coalesce(sum(decayed) FILTER (WHERE category = 4), 0)) AS score
  FROM (SELECT lead_id, category, decay(at, '2025-01-01 00:00Z') AS decayed FROM behaviour OFFSET 0) AS event
  GROUP BY lead_id
) AS lead

--! candidate hand_text [pg0] by hand, five `sum() FILTER` by the name of the event
SELECT count(*), sum(score), max(score)
FROM (
  SELECT lead_id,
         least(50, 2 * coalesce(sum(decayed) FILTER (WHERE event = 'page_view'), 0))
         + least(50, 10 * coalesce(sum(decayed) FILTER (WHERE event = 'download'), 0))
         + least(50, 15 * coalesce(sum(decayed) FILTER (WHERE event = 'webinar'), 0))
         + least(50, 20 * coalesce(sum(decayed) FILTER (WHERE event = 'reply'), 0))
         + least(50, 40 * coalesce(sum(decayed) FILTER (WHERE event = 'demo_request'), 0)) AS score
  FROM (SELECT lead_id, event, decay(at, '2025-01-01 00:00Z') AS decayed FROM behaviour OFFSET 0) AS event
  GROUP BY lead_id
) AS lead

--! candidate hand_levels [pg0] by hand, `GROUP BY` lead and number of the event, then lead
SELECT count(*), sum(score), max(score)
FROM (
  SELECT lead_id, sum(least(50, points)) AS score
  FROM (
    SELECT lead_id, category, (ARRAY[2, 10, 15, 20, 40])[category + 1] * sum(decay(at, '2025-01-01 00:00Z')) AS points
    FROM behaviour
    GROUP BY lead_id, category
  ) AS kind
  GROUP BY lead_id
) AS lead

--! floor state [pg0] `retention.engagement_agg`
SELECT count(*), max(pg_column_size(engagement))
FROM (SELECT lead_id, retention.engagement_agg(card(), event, at) AS engagement FROM behaviour GROUP BY lead_id) AS lead

--! candidate group [pg0 pg2] `retention.lead_score(engagement_agg)`
SELECT count(*), sum(score), max(score)
FROM (
  SELECT lead_id, (retention.lead_score(card(), NULL, retention.engagement_agg(card(), event, at), '2025-01-01 00:00Z')).score
  FROM behaviour
  GROUP BY lead_id
) AS lead

--! candidate single [pg0] `retention.score_leads`
SELECT count(*), sum(score), max(score)
FROM retention.score_leads(card(), 'SELECT lead_id, NULL::jsonb FROM lead', 'SELECT lead_id, event, at FROM behaviour',
                           '2025-01-01 00:00Z')

--! candidate duckdb [duck1 duck2] DuckDB, five `sum() FILTER` by a number of the event
SELECT count(*), sum(score), max(score)
FROM (
  SELECT lead_id,
         least(50, 2 * coalesce(sum(decayed) FILTER (WHERE category = 0), 0))
         + least(50, 10 * coalesce(sum(decayed) FILTER (WHERE category = 1), 0))
         + least(50, 15 * coalesce(sum(decayed) FILTER (WHERE category = 2), 0))
         + least(50, 20 * coalesce(sum(decayed) FILTER (WHERE category = 3), 0))
         + least(50, 40 * coalesce(sum(decayed) FILTER (WHERE category = 4), 0)) AS score
  FROM (
    SELECT lead_id, category, exp(-0.6931471805599453 / 2592000 * (1735689600 - epoch(happened_at))) AS decayed
    FROM behaviour
  ) AS event
  GROUP BY lead_id
) AS lead

--! candidate clickhouse [ch1 ch2] ClickHouse, five `sumIf` by a number of the event
SELECT count(), sum(score), max(score)
FROM (
  SELECT lead_id,
         least(50.0, 2 * sumIf(decayed, category = 0)) + least(50.0, 10 * sumIf(decayed, category = 1))
         + least(50.0, 15 * sumIf(decayed, category = 2)) + least(50.0, 20 * sumIf(decayed, category = 3))
         + least(50.0, 40 * sumIf(decayed, category = 4)) AS score
  FROM (SELECT lead_id, category, exp2((toInt64(happened_at) - 1735689600) / 2592000) AS decayed FROM behaviour)
  GROUP BY lead_id
)

-- Lead by lead the three ways agree, whatever the memory.
--! verify
BEGIN;
CREATE TEMPORARY TABLE scored AS
SELECT * FROM retention.score_leads(card(), 'SELECT lead_id, NULL::jsonb FROM lead',
                                    'SELECT lead_id, event, at FROM behaviour', '2025-01-01 00:00Z');
SET LOCAL work_mem = '4MB';
CREATE TEMPORARY TABLE scored_little AS
SELECT * FROM retention.score_leads(card(), 'SELECT lead_id, NULL::jsonb FROM lead',
                                    'SELECT lead_id, event, at FROM behaviour', '2025-01-01 00:00Z');
SET LOCAL work_mem = '256MB';
ANALYZE scored, scored_little;
SELECT lead_id, a.score, b.score
FROM scored AS a
FULL JOIN scored_little AS b USING (lead_id)
FULL JOIN (
  SELECT lead_id::text, (retention.lead_score(card(), NULL, engagement, '2025-01-01 00:00Z')).score FROM stored_engagement
) AS c USING (lead_id)
WHERE (abs(a.score - b.score) <= 1e-12 * greatest(1, b.score) AND abs(a.score - c.score) <= 1e-12 * greatest(1, c.score))
  IS NOT TRUE
LIMIT 1;
ROLLBACK

--! baseline hand_filter hand_text hand_levels
--! target group <= 1.00 of hand_filter hand_text hand_levels
--! target single <= 0.20 of hand_filter hand_text hand_levels
--! memory hand_filter after count at 256MB
--! memory group after count at 256MB
--! memory single after inputs at 256MB 4MB


--! comparison score: the whole score of every lead, with the attributes of leads as jsonb

--! floor inputs [pg0] `count(*)` of the events and of the leads
SELECT (SELECT count(*) FROM behaviour), (SELECT count(*) FROM lead)

--! floor inputs_text [pg0] `count(*)` of the events and of the leads named by a text
SELECT (SELECT count(*) FROM behaviour_text), (SELECT count(*) FROM lead_text)

--! candidate hand [pg0] by hand, five `sum() FILTER` by a number of the event and a join
SELECT count(*), sum(score), max(score)
FROM (
  SELECT lead_id,
         greatest(0, least(100, engagement
                                + CASE WHEN attributes ->> 'title' IN ('CEO', 'CTO', 'VP') THEN 30
                                       WHEN attributes ->> 'title' = 'student' THEN -40 ELSE 0 END
                                + CASE WHEN (attributes #>> '{company,employees}')::numeric >= 500 THEN 10 ELSE 0 END)) AS score
  FROM lead
  LEFT JOIN (
    SELECT lead_id,
           least(50, 2 * coalesce(sum(decayed) FILTER (WHERE category = 0), 0))
           + least(50, 10 * coalesce(sum(decayed) FILTER (WHERE category = 1), 0))
           + least(50, 15 * coalesce(sum(decayed) FILTER (WHERE category = 2), 0))
           + least(50, 20 * coalesce(sum(decayed) FILTER (WHERE category = 3), 0))
           + least(50, 40 * coalesce(sum(decayed) FILTER (WHERE category = 4), 0)) AS engagement
    FROM (SELECT lead_id, category, decay(at, '2025-01-01 00:00Z') AS decayed FROM behaviour OFFSET 0) AS event
    GROUP BY lead_id
  ) AS active USING (lead_id)
) AS scored

--! candidate stored [pg0] `retention.lead_score` of one stored row per lead, and a join
SELECT count(*), sum(score), max(score)
FROM (
  SELECT (retention.lead_score(card_with_fit(), attributes, engagement, '2025-01-01 00:00Z')).score
  FROM lead
  LEFT JOIN stored_engagement USING (lead_id)
) AS lead

--! candidate single [pg0] `retention.score_leads`
SELECT count(*), sum(score), max(score)
FROM retention.score_leads(card_with_fit(), 'SELECT lead_id, attributes FROM lead',
                           'SELECT lead_id, event, at FROM behaviour', '2025-01-01 00:00Z')

--! candidate single_text [pg0] `retention.score_leads`, leads named by a text
SELECT count(*), sum(score), max(score)
FROM retention.score_leads(card_with_fit(), 'SELECT lead_id, attributes FROM lead_text',
                           'SELECT lead_id, event, at FROM behaviour_text', '2025-01-01 00:00Z')

--! baseline hand
--! memory single after inputs at 256MB 4MB
--! memory single_text after inputs_text at 256MB 4MB


--! comparison stored: engagement of every lead a month later, from one stored row per lead

--! floor count [pg0] `count(*)` of the stored rows
SELECT count(*) FROM stored_engagement

--! candidate hand_filter [pg0] by hand from the events, five `sum() FILTER` by a number of the event
SELECT count(*), sum(score), max(score)
FROM (
  SELECT lead_id,
         least(50, 2 * coalesce(sum(decayed) FILTER (WHERE category = 0), 0))
         + least(50, 10 * coalesce(sum(decayed) FILTER (WHERE category = 1), 0))
         + least(50, 15 * coalesce(sum(decayed) FILTER (WHERE category = 2), 0))
         + least(50, 20 * coalesce(sum(decayed) FILTER (WHERE category = 3), 0))
         + least(50, 40 * coalesce(sum(decayed) FILTER (WHERE category = 4), 0)) AS score
  FROM (SELECT lead_id, category, decay(at, '2025-02-01 00:00Z') AS decayed FROM behaviour OFFSET 0) AS event
  GROUP BY lead_id
) AS lead

--! candidate group [pg0] from the events, `retention.lead_score(engagement_agg)`
SELECT count(*), sum(score), max(score)
FROM (
  SELECT lead_id, (retention.lead_score(card(), NULL, retention.engagement_agg(card(), event, at), '2025-02-01 00:00Z')).score
  FROM behaviour
  GROUP BY lead_id
) AS lead

--! candidate single [pg0] from the events, `retention.score_leads`
SELECT count(*), sum(score), max(score)
FROM retention.score_leads(card(), 'SELECT lead_id, NULL::jsonb FROM lead', 'SELECT lead_id, event, at FROM behaviour',
                           '2025-02-01 00:00Z')

--! candidate stored [pg0 pg2] `retention.lead_score` of the stored row
SELECT count(*), sum(score), max(score)
FROM (SELECT (retention.lead_score(card(), NULL, engagement, '2025-02-01 00:00Z')).score FROM stored_engagement) AS lead

--! baseline hand_filter group
--! target stored <= 0.25 of hand_filter group


--! comparison logistic: logistic regression, a tenth as many rows of eight features

--! floor count [pg0] `count(*)`
SELECT count(*) FROM history

--! floor arrays [pg0] `count(ARRAY[...])`
SELECT count(ARRAY[x1, x2, x3, x4, x5, x6, x7, x8]) FROM history

-- R stops some steps earlier, as it does unless told otherwise: its last digits are others, those of the
-- standard errors more so.
--! candidate fit [pg0] `retention.coefficients(logistic_agg)`
SELECT c.name, round(c.coefficient::numeric, 4)
FROM retention.coefficients((
  SELECT retention.logistic_agg(outcome, ARRAY[x1, x2, x3, x4, x5, x6, x7, x8]) FROM history
)) AS c

--! candidate r [r1] R, `glm(family = binomial())`, data in a data frame
fit <- glm(outcome ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8, family = binomial(), data = history)
data.frame(tolower(names(coef(fit))), round(coef(fit), 4))

--! baseline r
--! target fit <= 0.25 of r in r1
--! memory fit after arrays at 256MB 4MB


--! comparison roc: area under the ROC curve, a tenth as many rows, every score another

--! floor sum [pg0] `avg(score) FILTER (WHERE outcome)`
SELECT avg(score) FILTER (WHERE outcome) FROM history

--! candidate hand_rank [pg0] by hand, `rank() OVER`, ties at the middle of their ranks
SELECT (sum(middle) FILTER (WHERE outcome) - 0.5 * count(*) FILTER (WHERE outcome) * (count(*) FILTER (WHERE outcome) + 1))
       / (count(*) FILTER (WHERE outcome)::float8 * count(*) FILTER (WHERE NOT outcome))
FROM (
  SELECT outcome, rank() OVER (ORDER BY score) + (count(*) OVER (PARTITION BY score) - 1) * 0.5::float8 AS middle
  FROM history
) AS ranked

--! candidate hand_sum [pg0] by hand, `GROUP BY` score and `sum() OVER`
SELECT sum(positives * (below - 0.5::float8 * negatives)) / (sum(positives)::float8 * sum(negatives)::float8)
FROM (
  SELECT positives, negatives, sum(negatives) OVER (ORDER BY score) AS below
  FROM (
    SELECT score, count(*) FILTER (WHERE outcome) AS positives, count(*) FILTER (WHERE NOT outcome) AS negatives
    FROM history
    GROUP BY score
  ) AS counted
) AS summed

--! candidate roc [pg0 pg2] `retention.auc(roc_agg)`
SELECT retention.auc(retention.roc_agg(score, outcome)) FROM history

--! baseline hand_rank hand_sum
--! target roc <= 0.50 of hand_rank hand_sum
--! memory roc after sum at 256MB
--! memory hand_rank after sum at 256MB


--! comparison roc_ties: area under the ROC curve, scores of three digits

--! floor sum [pg0] `avg(score) FILTER (WHERE outcome)`
SELECT avg(rounded_score) FILTER (WHERE outcome) FROM history

--! candidate hand_sum [pg0] by hand, `GROUP BY` score and `sum() OVER`
SELECT sum(positives * (below - 0.5::float8 * negatives)) / (sum(positives)::float8 * sum(negatives)::float8)
FROM (
  SELECT positives, negatives, sum(negatives) OVER (ORDER BY rounded_score) AS below
  FROM (
    SELECT rounded_score, count(*) FILTER (WHERE outcome) AS positives, count(*) FILTER (WHERE NOT outcome) AS negatives
    FROM history
    GROUP BY rounded_score
  ) AS counted
) AS summed

--! candidate roc [pg0] `retention.auc(roc_agg)`
SELECT retention.auc(retention.roc_agg(rounded_score, outcome)) FROM history

--! baseline hand_sum
--! target roc <= 0.50 of hand_sum


--! comparison other: other scorecards over the same events

--! floor inputs [pg0] `count(*)` of the events and of the leads
SELECT (SELECT count(*) FROM behaviour), (SELECT count(*) FROM lead)

--! candidate single [pg0] `retention.score_leads`, five half-lives
SELECT count(*) FROM retention.score_leads(card(), 'SELECT lead_id, NULL::jsonb FROM lead',
                                           'SELECT lead_id, event, at FROM behaviour', '2025-01-01 00:00Z')

--! floor lists [pg0] `retention.score_leads`, five rules of all kinds, four of them with max_count
SELECT count(*), sum(score)
FROM retention.score_leads(card_of_lists(), 'SELECT lead_id, NULL::jsonb FROM lead',
                           'SELECT lead_id, event, at FROM behaviour', '2025-01-01 00:00Z')

--! floor lists_group [pg0] `retention.lead_score(engagement_agg)`, the same
SELECT count(*), sum(score)
FROM (
  SELECT lead_id, (retention.lead_score(card_of_lists(), NULL, retention.engagement_agg(card_of_lists(), event, at),
                                        '2025-01-01 00:00Z')).score
  FROM behaviour
  GROUP BY lead_id
) AS lead

--! baseline single
--! memory lists after inputs at 256MB 4MB
--! memory lists_group after inputs at 256MB
