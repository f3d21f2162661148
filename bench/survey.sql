-- bench/survey.sql: what `sh bench/run.sh survey` generates, compares and measures.
--
-- A concept's file is plain SQL cut into sections by lines that begin with "--!";
-- bench/measure.pl says what each of them means.

--! rows 10000000 at least 10000

-- Two years of answers, evenly spread whatever their number: 45 % promoters, 30 % passives,
-- 25 % detractors. `weight` fills what would be padding, so it costs the other columns nothing.
--! data
SELECT setseed(0.42);

CREATE UNLOGGED TABLE survey (
  customer_id bigint NOT NULL,
  answered_at timestamptz NOT NULL,
  score smallint,
  weight real NOT NULL
);

INSERT INTO survey
SELECT (random() * 1000000)::bigint,
       timestamptz '2022-01-01 00:00Z' + i * (63070000.0 / :rows) * interval '1 second',
       CASE WHEN kind < 0.45 THEN 9 + floor(random() * 2)
            WHEN kind < 0.75 THEN 7 + floor(random() * 2)
            ELSE floor(random() * 7)
       END::smallint,
       (1 + i % 4) / 2.0
FROM (SELECT i, random() AS kind FROM generate_series(1, :rows) AS i) AS answer;

-- Without statistics on the expression the planner expects as many months as answers. The
-- capital keeps these statistics from the candidate that is measured without them.
CREATE STATISTICS survey_month ON (date_trunc('Month', answered_at)) FROM survey;

-- Every n-th answer, at most 200,000: what a self-join of answers can be asked to do.
CREATE UNLOGGED TABLE answer AS
SELECT (answered_at AT TIME ZONE 'UTC')::date AS day, score
FROM (SELECT answered_at, score, row_number() OVER (ORDER BY answered_at) AS i FROM survey) AS numbered
WHERE i % greatest(1, :rows / 200000) = 0;
CREATE INDEX ON answer (day, score);

-- The same days stored twice: as counts, and as summaries.
CREATE UNLOGGED TABLE daily_count AS
SELECT (answered_at AT TIME ZONE 'UTC')::date AS day,
       count(score)::integer AS responses,
       count(*) FILTER (WHERE score >= 9)::integer AS promoters,
       count(*) FILTER (WHERE score <= 6)::integer AS detractors
FROM survey
GROUP BY 1;
ALTER TABLE daily_count ADD PRIMARY KEY (day);

CREATE UNLOGGED TABLE daily_summary AS
SELECT (answered_at AT TIME ZONE 'UTC')::date AS day, retention.nps_agg(score) AS summary
FROM survey
GROUP BY 1;
ALTER TABLE daily_summary ADD PRIMARY KEY (day);

--! export survey
SELECT customer_id, date_trunc('second', answered_at AT TIME ZONE 'UTC'), score FROM survey

--! table survey in duckdb
CREATE TABLE survey (customer_id BIGINT, answered_at TIMESTAMP, score TINYINT)

--! table survey in clickhouse
CREATE TABLE survey (customer_id Int64, answered_at DateTime, score Int8)
ENGINE = MergeTree PARTITION BY tuple() ORDER BY answered_at


--! comparison nps: NPS of all answers

--! floor count [pg0 pg2] `count(*)`
SELECT count(*) FROM survey

--! floor avg [pg0 pg2] `avg(score)`
SELECT avg(score) FROM survey

--! candidate hand_filter [pg0 pg2] by hand, `count(*) FILTER`
SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score)
FROM survey

--! candidate hand_sum [pg0] by hand, `sum(boolean::integer)`
SELECT 100.0 * sum((score >= 9)::integer - (score <= 6)::integer) / count(score) FROM survey

--! candidate hand_case [pg0] by hand, `avg(CASE)`
SELECT 100 * avg(CASE WHEN score >= 9 THEN 1 WHEN score <= 6 THEN -1 ELSE 0 END)
FROM survey
WHERE score IS NOT NULL

--! candidate nps [pg0 pg2] `retention.nps(score)`
SELECT retention.nps(score) FROM survey

--! candidate nps_agg [pg0 pg2] `retention.nps(retention.nps_agg(score))`
SELECT retention.nps(retention.nps_agg(score)) FROM survey

--! candidate duckdb [duck1 duck2] DuckDB, `count(*) FILTER`
SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score)
FROM survey

--! candidate clickhouse [ch1 ch2] ClickHouse, `sum`
SELECT 100.0 * sum((score >= 9) - (score <= 6)) / count(score) FROM survey

--! baseline hand_filter hand_sum hand_case
--! target nps <= 0.80 of hand_filter hand_sum hand_case
--! target nps <= 1.05 of avg


--! comparison weighted: weighted NPS

--! floor sums [pg0] `sum(weight::float8)`
SELECT sum(weight::float8) FROM survey

--! candidate hand [pg0 pg2] by hand, `sum(weight * ...) / sum(weight)`
SELECT 100 * sum(weight::float8 * ((score >= 9)::integer - (score <= 6)::integer))
       / sum(weight::float8) FILTER (WHERE score IS NOT NULL)
FROM survey

--! candidate nps_agg [pg0 pg2] `retention.nps(retention.nps_agg(score, weight))`
SELECT retention.nps(retention.nps_agg(score, weight)) FROM survey

--! baseline hand


--! comparison month: NPS by month

--! candidate hand [pg0 pg2] by hand, `GROUP BY date_trunc`
SELECT date_trunc('month', answered_at),
       100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score)
FROM survey
GROUP BY 1
ORDER BY 1

--! candidate hand_statistics [pg0 pg2] the same, after `CREATE STATISTICS` on the expression
SELECT date_trunc('Month', answered_at),
       100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score)
FROM survey
GROUP BY 1
ORDER BY 1

--! candidate series [pg0 pg2] `retention.nps_series(nps_series_agg)`
SELECT s.period_start, s.nps
FROM retention.nps_series((
  SELECT retention.nps_series_agg(score, answered_at, 'month UTC') FROM survey
)) AS s

--! candidate duckdb [duck1 duck2] DuckDB, `GROUP BY date_trunc`
SELECT date_trunc('month', answered_at),
       100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score)
FROM survey
GROUP BY 1
ORDER BY 1

--! candidate clickhouse [ch1 ch2] ClickHouse, `GROUP BY toStartOfMonth`
SELECT toStartOfMonth(answered_at) AS month,
       100.0 * sum((score >= 9) - (score <= 6)) / count(score)
FROM survey
GROUP BY month
ORDER BY month

--! baseline hand
--! target series <= 0.25 of hand


--! comparison period_month: the month of a point in time

--! floor scan [pg0] `max(answered_at)`
SELECT max(answered_at) FROM survey

--! candidate hand [pg0] `max(date_trunc('month', answered_at, 'UTC'))`
SELECT (max(date_trunc('month', answered_at, 'UTC')) AT TIME ZONE 'UTC')::date FROM survey

--! candidate hand_session [pg0] `max(date_trunc('month', answered_at))`, zone of the session
SELECT max(date_trunc('month', answered_at))::date FROM survey

--! candidate period [pg0] `max(retention.period_start(answered_at, 'month UTC'))`
SELECT max(retention.period_start(answered_at, 'month UTC')) FROM survey

--! net hand_net = hand - scan: `date_trunc`, net of the scan
--! net hand_session_net = hand_session - scan: `date_trunc` in the session's zone, net of the scan
--! net period_net = period - scan: `period_start`, net of the scan
--! baseline hand_net
--! target period_net <= 0.20 of hand_net

--! verify
SELECT answered_at
FROM survey
WHERE retention.period_start(answered_at, 'month UTC')
      IS DISTINCT FROM (date_trunc('month', answered_at, 'UTC') AT TIME ZONE 'UTC')::date


--! comparison period_day: the day of a point in time, in a zone with daylight-saving time

--! floor scan [pg0] `max(answered_at)`
SELECT max(answered_at) FROM survey

--! candidate hand [pg0] `max(date_trunc('day', answered_at, 'Europe/Berlin'))`
SELECT (max(date_trunc('day', answered_at, 'Europe/Berlin')) AT TIME ZONE 'Europe/Berlin')::date FROM survey

--! candidate hand_cast [pg0] `max((answered_at AT TIME ZONE 'Europe/Berlin')::date)`
SELECT max((answered_at AT TIME ZONE 'Europe/Berlin')::date) FROM survey

--! candidate period [pg0] `max(retention.period_start(answered_at, 'day Europe/Berlin'))`
SELECT max(retention.period_start(answered_at, 'day Europe/Berlin')) FROM survey

--! net hand_net = hand - scan: `date_trunc`, net of the scan
--! net hand_cast_net = hand_cast - scan: `AT TIME ZONE` and cast, net of the scan
--! net period_net = period - scan: `period_start`, net of the scan
--! baseline hand_net
--! target period_net <= 0.20 of hand_net

--! verify
SELECT answered_at
FROM survey
WHERE retention.period_start(answered_at, 'day Europe/Berlin')
      IS DISTINCT FROM (answered_at AT TIME ZONE 'Europe/Berlin')::date


--! comparison period_week: the week of a point in time, weeks beginning on Sunday

--! floor scan [pg0] `max(answered_at)`
SELECT max(answered_at) FROM survey

-- date_trunc knows weeks from Monday only, so the answer is moved by a day and the week moved back.
--! candidate hand [pg0] `max(date_trunc('week', answered_at + interval '24 hours', 'Asia/Tokyo'))`
SELECT (max(date_trunc('week', answered_at + interval '24 hours', 'Asia/Tokyo')) AT TIME ZONE 'Asia/Tokyo')::date - 1
FROM survey

--! candidate period [pg0] `max(retention.period_start(answered_at, 'week Asia/Tokyo week_start=7'))`
SELECT max(retention.period_start(answered_at, 'week Asia/Tokyo week_start=7')) FROM survey

--! net hand_net = hand - scan: `date_trunc`, net of the scan
--! net period_net = period - scan: `period_start`, net of the scan
--! baseline hand_net
--! target period_net <= 0.20 of hand_net

--! verify
SELECT answered_at
FROM survey
WHERE retention.period_start(answered_at, 'week Asia/Tokyo week_start=7')
      IS DISTINCT FROM (answered_at AT TIME ZONE 'Asia/Tokyo')::date
                       - extract(dow FROM answered_at AT TIME ZONE 'Asia/Tokyo')::integer


--! comparison trailing_answers: trailing 90-day NPS per day, from at most 200,000 answers with an index on day

--! candidate hand [pg0] by hand, self-join of the answers
SELECT d.day,
       100.0 * (count(*) FILTER (WHERE a.score >= 9) - count(*) FILTER (WHERE a.score <= 6)) / count(a.score)
FROM (SELECT DISTINCT day FROM answer) AS d
JOIN answer AS a ON a.day BETWEEN d.day - 89 AND d.day
GROUP BY d.day
ORDER BY d.day

--! candidate hand_window [pg0] by hand, `count(*) FILTER (...) OVER` the answers
SELECT DISTINCT day,
       100.0 * (count(*) FILTER (WHERE score >= 9) OVER trailing_days
                - count(*) FILTER (WHERE score <= 6) OVER trailing_days)
       / count(score) OVER trailing_days
FROM answer
WINDOW trailing_days AS (ORDER BY day RANGE BETWEEN interval '89 days' PRECEDING AND CURRENT ROW)
ORDER BY day

--! candidate nps_over [pg0] `retention.nps(score) OVER` the answers
SELECT DISTINCT day,
       retention.nps(score) OVER (ORDER BY day RANGE BETWEEN interval '89 days' PRECEDING AND CURRENT ROW)
FROM answer
ORDER BY day

--! candidate series [pg0] `retention.nps_series(nps_series_agg, trailing_periods => 90)`
SELECT s.period_start, s.nps
FROM retention.nps_series((SELECT retention.nps_series_agg(score, day, 'day') FROM answer),
                          trailing_periods => 90) AS s

--! baseline hand
--! target nps_over <= 0.10 of hand
--! target series <= 0.10 of hand


--! comparison trailing_stored: trailing 90-day NPS per day, from stored days

--! candidate hand [pg0] by hand, self-join of daily counts
SELECT d.day, 100.0 * (sum(c.promoters) - sum(c.detractors)) / sum(c.responses)
FROM daily_count AS d
JOIN daily_count AS c ON c.day BETWEEN d.day - 89 AND d.day
GROUP BY d.day
ORDER BY d.day

--! candidate hand_window [pg0] by hand, `sum() OVER` daily counts
SELECT day,
       100.0 * (sum(promoters) OVER trailing_days - sum(detractors) OVER trailing_days)
       / sum(responses) OVER trailing_days
FROM daily_count
WINDOW trailing_days AS (ORDER BY day RANGE BETWEEN interval '89 days' PRECEDING AND CURRENT ROW)
ORDER BY day

--! candidate merge_over [pg0] `retention.nps(merge_agg(summary) OVER ...)`
SELECT day, retention.nps(retention.merge_agg(summary) OVER (ORDER BY day ROWS 89 PRECEDING))
FROM daily_summary
ORDER BY day

--! baseline hand
--! target merge_over <= 0.10 of hand


--! comparison trailing_all: trailing 90-day NPS per day, from all answers

--! candidate hand [pg0] by hand, daily counts and their self-join
WITH daily AS (
  SELECT (answered_at AT TIME ZONE 'UTC')::date AS day,
         count(score) AS responses,
         count(*) FILTER (WHERE score >= 9) AS promoters,
         count(*) FILTER (WHERE score <= 6) AS detractors
  FROM survey
  GROUP BY 1
)
SELECT d.day, 100.0 * (sum(c.promoters) - sum(c.detractors)) / sum(c.responses)
FROM daily AS d
JOIN daily AS c ON c.day BETWEEN d.day - 89 AND d.day
GROUP BY d.day
ORDER BY d.day

-- MATERIALIZED, because for a window alone the planner would sort all answers.
--! candidate hand_window [pg0] by hand, daily counts and `sum() OVER`
WITH daily AS MATERIALIZED (
  SELECT (answered_at AT TIME ZONE 'UTC')::date AS day,
         count(score) AS responses,
         count(*) FILTER (WHERE score >= 9) AS promoters,
         count(*) FILTER (WHERE score <= 6) AS detractors
  FROM survey
  GROUP BY 1
)
SELECT day,
       100.0 * (sum(promoters) OVER trailing_days - sum(detractors) OVER trailing_days)
       / sum(responses) OVER trailing_days
FROM daily
WINDOW trailing_days AS (ORDER BY day RANGE BETWEEN interval '89 days' PRECEDING AND CURRENT ROW)
ORDER BY day

--! candidate series [pg0 pg2] `retention.nps_series(nps_series_agg, trailing_periods => 90)`
SELECT s.period_start, s.nps
FROM retention.nps_series((SELECT retention.nps_series_agg(score, answered_at, 'day UTC') FROM survey),
                          trailing_periods => 90) AS s

--! candidate duckdb [duck1 duck2] DuckDB, daily counts and `sum() OVER`
SELECT day,
       100.0 * (sum(promoters) OVER trailing_days - sum(detractors) OVER trailing_days)
       / sum(responses) OVER trailing_days
FROM (
  SELECT answered_at::DATE AS day,
         count(score) AS responses,
         count(*) FILTER (WHERE score >= 9) AS promoters,
         count(*) FILTER (WHERE score <= 6) AS detractors
  FROM survey
  GROUP BY 1
) AS daily
WINDOW trailing_days AS (ORDER BY day RANGE BETWEEN INTERVAL 89 DAYS PRECEDING AND CURRENT ROW)
ORDER BY day

--! baseline hand
