-- bench/revenue.sql: what `sh bench/run.sh revenue` generates, compares and measures.
--
-- A concept's file is plain SQL cut into sections by lines that begin with "--!";
-- bench/lib/Concept.pm says what each of them means.

-- The number of subscriptions that these customers turn out to have is within a percent of it.
--! rows 1000000 at least 10000

-- Three years of subscriptions, in the order in which they began. A customer comes on any day and takes
-- one of five plans, a fifth of the time for two or three seats. A subscription lasts 240 days on average;
-- at its end 35 of 100 customers go one plan up, 15 one down, 15 come back after 20 days or more, the
-- others leave.
--! data
SELECT setseed(0.44);

CREATE UNLOGGED TABLE subscription AS
WITH RECURSIVE life AS (
  SELECT customer_id, started_on, started_on + (1 - floor(ln(1 - random()) * 240)::integer) AS ended_on, plan,
         random() AS fate, random() AS pause, random() AS seats
  FROM (
    SELECT customer_id, date '2022-01-01' + floor(random() * 1096)::integer AS started_on,
           least(5, 1 + floor(ln(1 - random()) * -1.1)::integer) AS plan
    FROM generate_series(1, round(:rows / 1.851)::integer) AS customer_id
  ) AS customer
  UNION ALL
  SELECT customer_id, started_on, started_on + (1 - floor(ln(1 - random()) * 240)::integer), plan, random(), random(), random()
  FROM (
    SELECT customer_id,
           CASE WHEN fate < 0.50 THEN ended_on ELSE ended_on + 20 - floor(ln(1 - pause) * 120)::integer END AS started_on,
           CASE WHEN fate < 0.35 THEN least(5, plan + 1) WHEN fate < 0.50 THEN greatest(1, plan - 1) ELSE plan END AS plan
    FROM life
    WHERE fate < 0.65
  ) AS next
  WHERE started_on < date '2025-01-01'
)
SELECT customer_id::bigint,
       (ARRAY['starter', 'team', 'pro', 'business', 'enterprise'])[plan] AS product,
       ((ARRAY[19, 49, 99, 249, 999])[plan]
        * CASE WHEN seats < 0.3 THEN 1 + floor(seats * 10)::integer ELSE 1 END)::numeric(12, 2) AS mrr,
       started_on,
       CASE WHEN ended_on < date '2025-01-01' THEN ended_on END AS ended_on
FROM life
ORDER BY started_on, random();

-- The same customers stored, one row each, as a table that is kept up to date would be.
CREATE TABLE stored_timeline AS
SELECT customer_id, retention.mrr_timeline_agg(started_on, ended_on, mrr) AS timeline
FROM subscription
GROUP BY customer_id;
ALTER TABLE stored_timeline ADD PRIMARY KEY (customer_id);

-- Under names of other types.
CREATE UNLOGGED TABLE subscription_text AS
SELECT 'cus_' || left(md5(customer_id::text), 14) AS customer_id, started_on, ended_on, mrr, product
FROM subscription
ORDER BY started_on;

-- A tenth of the customers, for the query that takes minutes.
CREATE UNLOGGED TABLE subscription_tenth AS
SELECT * FROM subscription WHERE customer_id % 10 = 0 ORDER BY started_on;

--! export subscription
SELECT customer_id, started_on, ended_on, mrr FROM subscription

--! table subscription in duckdb
CREATE TABLE subscription (customer_id BIGINT, started_on DATE, ended_on DATE, mrr DECIMAL(12, 2))

--! table subscription in clickhouse
CREATE TABLE subscription (customer_id Int64, started_on Date, ended_on Nullable(Date), mrr Decimal(12, 2))
ENGINE = MergeTree PARTITION BY tuple() ORDER BY started_on


--! comparison bridge: MRR movements by month, customers named by a bigint

--! floor count [pg0 pg2] `count(*)`
SELECT count(*) FROM subscription

--! floor sum [pg0 pg2] `sum(mrr)`
SELECT sum(mrr) FROM subscription

-- For each customer and month what is added, for each of these months the sum so far; it is right as
-- long as no line is negative.
--! candidate hand [pg0 pg2] by hand, what each month adds and `sum() OVER`
WITH delta AS (
  SELECT customer_id, month, sum(added) AS added
  FROM (
    SELECT customer_id, month, added
    FROM (
      SELECT customer_id, mrr,
             (date_part('year', started_on) * 12 + date_part('month', started_on))::integer AS first,
             (date_part('year', ended_on) * 12 + date_part('month', ended_on))::integer AS last
      FROM subscription
    ) AS line
    CROSS JOIN LATERAL (VALUES (first, mrr), (last, -mrr)) AS ends(month, added)
    WHERE month IS NOT NULL AND first IS DISTINCT FROM last
  ) AS ends
  GROUP BY customer_id, month
  HAVING sum(added) <> 0
), state AS (
  SELECT month, added, sum(added) OVER (PARTITION BY customer_id ORDER BY month) AS mrr,
         row_number() OVER (PARTITION BY customer_id ORDER BY month) AS place
  FROM delta
)
SELECT make_date((month - 1) / 12, (month - 1) % 12 + 1, 1),
       coalesce(sum(mrr) FILTER (WHERE place = 1), 0) AS new_business,
       coalesce(sum(added) FILTER (WHERE place > 1 AND mrr > added AND added > 0), 0) AS expansion,
       coalesce(-sum(added) FILTER (WHERE added < 0 AND mrr > 0), 0) AS contraction,
       coalesce(-sum(added) FILTER (WHERE mrr = 0), 0) AS churned,
       coalesce(sum(mrr) FILTER (WHERE place > 1 AND mrr = added), 0) AS reactivation
FROM state
GROUP BY month
ORDER BY month

--! candidate two_stage [pg0 pg2] `retention.revenue_bridge(revenue_agg(mrr_timeline_agg))`
SELECT b.period_start, b.new_business_mrr, b.expansion_mrr, b.contraction_mrr, b.churned_mrr, b.reactivation_mrr
FROM retention.revenue_bridge((
  SELECT retention.revenue_agg(timeline, 'month')
  FROM (
    SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr) AS timeline
    FROM subscription
    GROUP BY customer_id
  ) AS customer
)) AS b

--! candidate stored [pg0 pg2] `retention.revenue_bridge(revenue_agg)` of one stored row per customer
SELECT b.period_start, b.new_business_mrr, b.expansion_mrr, b.contraction_mrr, b.churned_mrr, b.reactivation_mrr
FROM retention.revenue_bridge((SELECT retention.revenue_agg(timeline, 'month') FROM stored_timeline)) AS b

--! candidate single [pg0 pg2] `retention.revenue_bridge(revenue_agg)`
SELECT b.period_start, b.new_business_mrr, b.expansion_mrr, b.contraction_mrr, b.churned_mrr, b.reactivation_mrr
FROM retention.revenue_bridge((
  SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'month') FROM subscription
)) AS b

--! candidate duckdb [duck1 duck2] DuckDB, what each month adds and `sum() OVER`
WITH line AS (
  SELECT customer_id, mrr, year(started_on) * 12 + month(started_on) AS first, year(ended_on) * 12 + month(ended_on) AS last
  FROM subscription
), delta AS (
  SELECT customer_id, month, sum(added) AS added
  FROM (
    SELECT customer_id, first AS month, mrr AS added FROM line WHERE first IS DISTINCT FROM last
    UNION ALL
    SELECT customer_id, last, -mrr FROM line WHERE last IS NOT NULL AND first <> last
  )
  GROUP BY customer_id, month
  HAVING sum(added) <> 0
), state AS (
  SELECT month, added, sum(added) OVER (PARTITION BY customer_id ORDER BY month) AS mrr,
         row_number() OVER (PARTITION BY customer_id ORDER BY month) AS place
  FROM delta
)
SELECT make_date((month - 1) // 12, (month - 1) % 12 + 1, 1),
       coalesce(sum(mrr) FILTER (WHERE place = 1), 0) AS new_business,
       coalesce(sum(added) FILTER (WHERE place > 1 AND mrr > added AND added > 0), 0) AS expansion,
       coalesce(-sum(added) FILTER (WHERE added < 0 AND mrr > 0), 0) AS contraction,
       coalesce(-sum(added) FILTER (WHERE mrr = 0), 0) AS churned,
       coalesce(sum(mrr) FILTER (WHERE place > 1 AND mrr = added), 0) AS reactivation
FROM state
GROUP BY month
ORDER BY month

--! candidate clickhouse [ch1 ch2] ClickHouse, what each month adds and sums over arrays, in cents
SELECT addMonths(toDate('1970-01-01'), month - toRelativeMonthNum(toDate('1970-01-01'))) AS period_start,
       sum(if(place = 1, mrr, 0)) / 100 AS new_business,
       sum(if(place > 1 AND mrr > added AND added > 0, added, 0)) / 100 AS expansion,
       sum(if(added < 0 AND mrr > 0, -added, 0)) / 100 AS contraction,
       sum(if(mrr = 0, -added, 0)) / 100 AS churned,
       sum(if(place > 1 AND mrr = added, mrr, 0)) / 100 AS reactivation
FROM (
  SELECT customer_id, groupArray(month) AS months, groupArray(added) AS deltas,
         arrayCumSum(groupArray(added)) AS sums, arrayEnumerate(groupArray(month)) AS places
  FROM (
    SELECT customer_id, month, sum(added) AS added
    FROM (
      SELECT customer_id, toRelativeMonthNum(started_on) AS month, toInt64(mrr * 100) AS added
      FROM subscription
      WHERE isNull(ended_on) OR toRelativeMonthNum(started_on) <> toRelativeMonthNum(assumeNotNull(ended_on))
      UNION ALL
      SELECT customer_id, toRelativeMonthNum(assumeNotNull(ended_on)) AS month, -toInt64(mrr * 100) AS added
      FROM subscription
      WHERE isNotNull(ended_on) AND toRelativeMonthNum(started_on) <> toRelativeMonthNum(assumeNotNull(ended_on))
    )
    GROUP BY customer_id, month
    HAVING added <> 0
    ORDER BY customer_id, month
  )
  GROUP BY customer_id
)
ARRAY JOIN months AS month, deltas AS added, sums AS mrr, places AS place
GROUP BY month
ORDER BY month

-- All routes give the same bytes, by product too.
--! verify
SELECT 'other bytes'
WHERE (SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'month') FROM subscription)::text
  IS DISTINCT FROM (SELECT retention.revenue_agg(timeline, 'month') FROM stored_timeline)::text
   OR (SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'week', product) FROM subscription)::text
  IS DISTINCT FROM (SELECT retention.revenue_agg(timeline, 'week')
                    FROM (SELECT retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS timeline
                          FROM subscription GROUP BY customer_id) AS customer)::text

--! baseline hand
--! target single <= 0.05 of hand
--! target single <= 0.30 of duckdb in duck1
--! memory single after count at 256MB 4MB
--! memory two_stage after count at 256MB 4MB
--! memory hand after count at 256MB


--! comparison textbook: the same of a tenth of the customers, with the query of the textbooks

--! floor sum [pg0] `sum(mrr)`
SELECT sum(mrr) FROM subscription_tenth

--! candidate textbook [pg0] by hand, every customer in every month and `lag() OVER`
WITH months AS (
  SELECT month::date FROM generate_series(date '2022-01-01', date '2024-12-01', interval '1 month') AS month
), paid AS (
  SELECT month, customer_id, sum(mrr) AS mrr
  FROM months
  JOIN subscription_tenth ON started_on < (month + interval '1 month')::date
    AND (ended_on IS NULL OR ended_on >= (month + interval '1 month')::date)
  GROUP BY month, customer_id
), customer AS (
  SELECT customer_id, min(month) AS first FROM paid GROUP BY customer_id
), grid AS (
  SELECT customer_id, months.month, first, coalesce(mrr, 0) AS mrr
  FROM customer
  JOIN months ON months.month >= first
  LEFT JOIN paid USING (customer_id, month)
), state AS (
  SELECT month, first, mrr, coalesce(lag(mrr) OVER (PARTITION BY customer_id ORDER BY month), 0) AS before FROM grid
)
SELECT month,
       coalesce(sum(mrr) FILTER (WHERE month = first), 0) AS new_business,
       coalesce(sum(mrr - before) FILTER (WHERE before > 0 AND mrr > before), 0) AS expansion,
       coalesce(sum(before - mrr) FILTER (WHERE mrr > 0 AND mrr < before), 0) AS contraction,
       coalesce(sum(before) FILTER (WHERE before > 0 AND mrr = 0), 0) AS churned,
       coalesce(sum(mrr) FILTER (WHERE before = 0 AND mrr > 0 AND month <> first), 0) AS reactivation
FROM state
GROUP BY month
ORDER BY month

--! candidate single [pg0] `retention.revenue_bridge(revenue_agg)`
SELECT b.period_start, b.new_business_mrr, b.expansion_mrr, b.contraction_mrr, b.churned_mrr, b.reactivation_mrr
FROM retention.revenue_bridge((
  SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'month') FROM subscription_tenth
)) AS b

--! baseline textbook


--! comparison other: other questions of the same subscriptions

--! floor count [pg0] `count(*)`
SELECT count(*) FROM subscription

--! candidate month [pg0] by month
SELECT b.period_start, b.ending_mrr
FROM retention.revenue_bridge((
  SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'month') FROM subscription
)) AS b

--! candidate text [pg0] by month, customers named by a text
SELECT b.period_start, b.ending_mrr
FROM retention.revenue_bridge((
  SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'month') FROM subscription_text
)) AS b

--! candidate product [pg0] by month and product: upsell and cross-selling
SELECT b.period_start, b.ending_mrr
FROM retention.revenue_bridge((
  SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'month', product) FROM subscription
)) AS b

--! floor week [pg0] by week
SELECT count(*), sum(b.ending_mrr)
FROM retention.revenue_bridge((
  SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'week') FROM subscription
)) AS b

--! floor day [pg0] by day
SELECT count(*), sum(b.ending_mrr)
FROM retention.revenue_bridge((
  SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'day') FROM subscription
)) AS b

--! floor trailing [pg0] by month, the customers of a year before
SELECT count(*), sum(b.retained_mrr)
FROM retention.trailing_retention((
  SELECT retention.revenue_agg(customer_id, started_on, ended_on, mrr, 'month') FROM subscription
)) AS b

--! floor cohorts [pg0] `retention.revenue_cohorts(revenue_cohort_agg)` of one stored row per customer, by month
SELECT count(*), sum(c.gross_mrr)
FROM retention.revenue_cohorts((SELECT retention.revenue_cohort_agg(timeline, 'month') FROM stored_timeline)) AS c

--! baseline month
--! memory text after count at 256MB
--! memory product after count at 256MB
