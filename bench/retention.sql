-- bench/retention.sql: what `sh bench/run.sh retention` generates, compares and measures.
--
-- A concept's file is plain SQL cut into sections by lines that begin with "--!";
-- bench/lib/Concept.pm says what each of them means.

-- The number of events that these customers turn out to have is within a percent of it.
--! rows 11550000 at least 100000

-- Two years of events of a growing business, in order of time. A customer's first day is anywhere in
-- them; then there are one to four visits a month, now and then missed, for a number of months that
-- is geometric.
--! data
SELECT setseed(0.43);

CREATE UNLOGGED TABLE event AS
WITH customer AS MATERIALIZED (
  SELECT customer_id,
         timestamptz '2023-01-01 00:00Z' + random() * interval '17520 hours' AS first_at,
         floor(ln(1 - random()) / ln(0.86))::integer AS last_month,
         1 + floor(random() * 3.2)::integer AS rate
  FROM generate_series(1, round(:rows / 11.55)::integer) AS customer_id
), visit AS (
  SELECT customer_id, first_at AS at FROM customer
  UNION ALL
  SELECT customer_id, first_at + (month + random()) * interval '730.56 hours'
  FROM customer, generate_series(0, last_month) AS month, generate_series(1, rate)
  WHERE random() < 0.95
)
SELECT customer_id::bigint, at FROM visit WHERE at < '2025-01-01 00:00Z' ORDER BY at;

-- A quarter of the customers under names of other types.
CREATE UNLOGGED TABLE event_uuid AS
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(customer_id), 12, '0'))::uuid AS customer_id, at
FROM event
WHERE customer_id <= round(:rows / 11.55 * 0.26)
ORDER BY at;

CREATE UNLOGGED TABLE event_text AS
SELECT 'cus_' || left(md5(customer_id::text), 14) AS customer_id, at
FROM event
WHERE customer_id <= round(:rows / 11.55 * 0.26)
ORDER BY at;

-- What the queries by hand are made of; the planner puts the bodies in their place.
CREATE FUNCTION month_bit(at timestamptz) RETURNS bigint IMMUTABLE PARALLEL SAFE
RETURN 1::bigint << width_bucket(at, '{
  2023-01-01 00:00Z, 2023-02-01 00:00Z, 2023-03-01 00:00Z, 2023-04-01 00:00Z, 2023-05-01 00:00Z, 2023-06-01 00:00Z,
  2023-07-01 00:00Z, 2023-08-01 00:00Z, 2023-09-01 00:00Z, 2023-10-01 00:00Z, 2023-11-01 00:00Z, 2023-12-01 00:00Z,
  2024-01-01 00:00Z, 2024-02-01 00:00Z, 2024-03-01 00:00Z, 2024-04-01 00:00Z, 2024-05-01 00:00Z, 2024-06-01 00:00Z,
  2024-07-01 00:00Z, 2024-08-01 00:00Z, 2024-09-01 00:00Z, 2024-10-01 00:00Z, 2024-11-01 00:00Z, 2024-12-01 00:00Z,
  2025-01-01 00:00Z}'::timestamptz[]) - 1;

CREATE FUNCTION month_of(flag bigint) RETURNS integer IMMUTABLE PARALLEL SAFE
RETURN round(ln(flag::float8) / ln(2::float8))::integer;

CREATE FUNCTION month_date(month integer) RETURNS date IMMUTABLE PARALLEL SAFE
RETURN (timestamp '2023-01-01' + month * interval '1 month')::date;

-- The same customers stored, one row each: all days, and by hand a bit for each month. They are
-- logged, as tables that are kept up to date would be.
CREATE TABLE stored_activity AS
SELECT customer_id, retention.activity_agg(at, 'UTC') AS activity FROM event GROUP BY customer_id;
ALTER TABLE stored_activity ADD PRIMARY KEY (customer_id);

CREATE TABLE stored_mask AS
SELECT customer_id, bit_or(month_bit(at)) AS mask FROM event GROUP BY customer_id;
ALTER TABLE stored_mask ADD PRIMARY KEY (customer_id);

-- The day after: who came on 28 December comes again, and one in 16 of them is somebody new.
CREATE UNLOGGED TABLE new_day AS
SELECT CASE customer_id % 16 WHEN 0 THEN customer_id + 1000000000 ELSE customer_id END AS customer_id,
       at + interval '4 days' AS at
FROM event
WHERE at >= '2024-12-28 00:00Z' AND at < '2024-12-29 00:00Z'
ORDER BY at;

--! export event
SELECT customer_id, date_trunc('second', at AT TIME ZONE 'UTC') FROM event

--! table event in duckdb
CREATE TABLE event (customer_id BIGINT, happened_at TIMESTAMP)

--! table event in clickhouse
CREATE TABLE event (customer_id Int64, happened_at DateTime)
ENGINE = MergeTree PARTITION BY tuple() ORDER BY happened_at

--! export event_uuid
SELECT customer_id, date_trunc('second', at AT TIME ZONE 'UTC') FROM event_uuid

--! table event_uuid in duckdb
CREATE TABLE event_uuid (customer_id UUID, happened_at TIMESTAMP)

--! export event_text
SELECT customer_id, date_trunc('second', at AT TIME ZONE 'UTC') FROM event_text

--! table event_text in duckdb
CREATE TABLE event_text (customer_id VARCHAR, happened_at TIMESTAMP)


--! comparison month: retention by month, customers named by a bigint

--! floor count [pg0 pg2] `count(*)`
SELECT count(*) FROM event

--! floor columns [pg0] `min(at), max(customer_id)`
SELECT min(at), max(customer_id) FROM event

--! candidate hand_filter [pg0 pg2] by hand, a bitmask per customer and 24 `count(*) FILTER`
SELECT month_date(month_of(first)), month - month_of(first) AS period_number, retained
FROM (
  SELECT mask & -mask AS first,
         ARRAY[count(*) FILTER (WHERE mask & 1 <> 0), count(*) FILTER (WHERE mask & 2 <> 0),
               count(*) FILTER (WHERE mask & 4 <> 0), count(*) FILTER (WHERE mask & 8 <> 0),
               count(*) FILTER (WHERE mask & 16 <> 0), count(*) FILTER (WHERE mask & 32 <> 0),
               count(*) FILTER (WHERE mask & 64 <> 0), count(*) FILTER (WHERE mask & 128 <> 0),
               count(*) FILTER (WHERE mask & 256 <> 0), count(*) FILTER (WHERE mask & 512 <> 0),
               count(*) FILTER (WHERE mask & 1024 <> 0), count(*) FILTER (WHERE mask & 2048 <> 0),
               count(*) FILTER (WHERE mask & 4096 <> 0), count(*) FILTER (WHERE mask & 8192 <> 0),
               count(*) FILTER (WHERE mask & 16384 <> 0), count(*) FILTER (WHERE mask & 32768 <> 0),
               count(*) FILTER (WHERE mask & 65536 <> 0), count(*) FILTER (WHERE mask & 131072 <> 0),
               count(*) FILTER (WHERE mask & 262144 <> 0), count(*) FILTER (WHERE mask & 524288 <> 0),
               count(*) FILTER (WHERE mask & 1048576 <> 0), count(*) FILTER (WHERE mask & 2097152 <> 0),
               count(*) FILTER (WHERE mask & 4194304 <> 0), count(*) FILTER (WHERE mask & 8388608 <> 0)] AS months
  FROM (SELECT bit_or(month_bit(at)) AS mask FROM event GROUP BY customer_id) AS customer
  GROUP BY 1
) AS cohort,
unnest(months) WITH ORDINALITY AS cell(retained, month_and_one),
LATERAL (SELECT month_and_one - 1 AS month) AS numbered
WHERE month >= month_of(first)
ORDER BY 1, 2

--! candidate hand_group [pg0] by hand, a bitmask per customer and `GROUP BY` bitmask
SELECT month_date(month_of(first)), month - month_of(first) AS period_number, retained
FROM (
  SELECT mask & -mask AS first, month, sum(customers)::bigint AS retained
  FROM (
    SELECT mask, count(*) AS customers
    FROM (SELECT bit_or(month_bit(at)) AS mask FROM event GROUP BY customer_id) AS customer
    GROUP BY mask
  ) AS history, generate_series(0, 23) AS month
  WHERE mask & (1::bigint << month) <> 0
  GROUP BY 1, 2
) AS cell
ORDER BY 1, 2

--! candidate hand_window [pg0] by hand, the months of each customer and `min() OVER`
SELECT cohort::date,
       (extract(year FROM age(month, cohort)) * 12 + extract(month FROM age(month, cohort)))::integer,
       count(*)
FROM (
  SELECT month, min(month) OVER (PARTITION BY customer_id) AS cohort
  FROM (SELECT customer_id, date_trunc('month', at) AS month FROM event GROUP BY 1, 2) AS visited
) AS visited
GROUP BY cohort, month
ORDER BY cohort, month

--! candidate single [pg0 pg2] `retention.cohort_retention(retention_agg)`
SELECT c.cohort_start, c.period_number, c.retained
FROM retention.cohort_retention((SELECT retention.retention_agg(customer_id, at, 'month UTC') FROM event)) AS c
ORDER BY 1, 2

--! candidate duckdb [duck1 duck2] DuckDB, a bitmask per customer and 24 sums
SELECT date '2023-01-01' + to_months(first_month), month - first_month AS period_number, retained
FROM (
  SELECT log2(mask & -mask)::INTEGER AS first_month,
         unnest([sum((mask >> 0) & 1), sum((mask >> 1) & 1), sum((mask >> 2) & 1), sum((mask >> 3) & 1),
                 sum((mask >> 4) & 1), sum((mask >> 5) & 1), sum((mask >> 6) & 1), sum((mask >> 7) & 1),
                 sum((mask >> 8) & 1), sum((mask >> 9) & 1), sum((mask >> 10) & 1), sum((mask >> 11) & 1),
                 sum((mask >> 12) & 1), sum((mask >> 13) & 1), sum((mask >> 14) & 1), sum((mask >> 15) & 1),
                 sum((mask >> 16) & 1), sum((mask >> 17) & 1), sum((mask >> 18) & 1), sum((mask >> 19) & 1),
                 sum((mask >> 20) & 1), sum((mask >> 21) & 1), sum((mask >> 22) & 1),
                 sum((mask >> 23) & 1)])::BIGINT AS retained,
         unnest(range(24))::INTEGER AS month
  FROM (
    SELECT bit_or(1::BIGINT << (12 * year(happened_at) + month(happened_at) - 24277)) AS mask
    FROM event
    GROUP BY customer_id
  )
  GROUP BY mask & -mask
)
WHERE month >= first_month
ORDER BY 1, 2

--! candidate duckdb_group [duck1 duck2] DuckDB, a bitmask per customer and `GROUP BY` bitmask
SELECT date '2023-01-01' + to_months(first_month::INTEGER), month - first_month AS period_number, retained
FROM (
  SELECT log2(mask & -mask)::INTEGER AS first_month, month, sum(customers)::BIGINT AS retained
  FROM (
    SELECT mask, count(*) AS customers
    FROM (
      SELECT bit_or(1::BIGINT << (12 * year(happened_at) + month(happened_at) - 24277)) AS mask
      FROM event
      GROUP BY customer_id
    )
    GROUP BY mask
  ), range(24) AS months(month)
  WHERE mask & (1::BIGINT << month) <> 0
  GROUP BY 1, 2
)
ORDER BY 1, 2

--! candidate clickhouse [ch1 ch2] ClickHouse, a bitmask per customer and 24 sums
SELECT addMonths(toDate('2023-01-01'), first_month) AS cohort, month - first_month AS period_number, retained
FROM (
  SELECT toInt32(round(log2(first))) AS first_month,
         [sum(bitAnd(bitShiftRight(mask, 0), 1)), sum(bitAnd(bitShiftRight(mask, 1), 1)),
          sum(bitAnd(bitShiftRight(mask, 2), 1)), sum(bitAnd(bitShiftRight(mask, 3), 1)),
          sum(bitAnd(bitShiftRight(mask, 4), 1)), sum(bitAnd(bitShiftRight(mask, 5), 1)),
          sum(bitAnd(bitShiftRight(mask, 6), 1)), sum(bitAnd(bitShiftRight(mask, 7), 1)),
          sum(bitAnd(bitShiftRight(mask, 8), 1)), sum(bitAnd(bitShiftRight(mask, 9), 1)),
          sum(bitAnd(bitShiftRight(mask, 10), 1)), sum(bitAnd(bitShiftRight(mask, 11), 1)),
          sum(bitAnd(bitShiftRight(mask, 12), 1)), sum(bitAnd(bitShiftRight(mask, 13), 1)),
          sum(bitAnd(bitShiftRight(mask, 14), 1)), sum(bitAnd(bitShiftRight(mask, 15), 1)),
          sum(bitAnd(bitShiftRight(mask, 16), 1)), sum(bitAnd(bitShiftRight(mask, 17), 1)),
          sum(bitAnd(bitShiftRight(mask, 18), 1)), sum(bitAnd(bitShiftRight(mask, 19), 1)),
          sum(bitAnd(bitShiftRight(mask, 20), 1)), sum(bitAnd(bitShiftRight(mask, 21), 1)),
          sum(bitAnd(bitShiftRight(mask, 22), 1)), sum(bitAnd(bitShiftRight(mask, 23), 1))] AS months
  FROM (
    SELECT groupBitOr(bitShiftLeft(toUInt64(1), toUInt8(toRelativeMonthNum(happened_at)
                                                        - toRelativeMonthNum(toDate('2023-01-01'))))) AS mask,
           bitAnd(mask, toUInt64(bitNot(mask) + 1)) AS first
    FROM event
    GROUP BY customer_id
  )
  GROUP BY first
)
ARRAY JOIN months AS retained, range(24) AS month
WHERE month >= first_month
ORDER BY cohort, period_number

--! baseline hand_filter hand_group hand_window
--! target single <= 0.15 of hand_filter hand_group hand_window
--! target single <= 1.40 of duckdb duckdb_group in duck1
--! target single in pg2 <= 0.95 of duckdb duckdb_group in duck1
--! memory hand_group after columns at 256MB
--! memory single after columns at 256MB 4MB


--! comparison uuid: retention by month, customers named by a uuid

--! floor count [pg0] `count(*)`
SELECT count(*) FROM event_uuid

--! candidate hand_group [pg0] by hand, a bitmask per customer and `GROUP BY` bitmask
SELECT month_date(month_of(first)), month - month_of(first) AS period_number, retained
FROM (
  SELECT mask & -mask AS first, month, sum(customers)::bigint AS retained
  FROM (
    SELECT mask, count(*) AS customers
    FROM (SELECT bit_or(month_bit(at)) AS mask FROM event_uuid GROUP BY customer_id) AS customer
    GROUP BY mask
  ) AS history, generate_series(0, 23) AS month
  WHERE mask & (1::bigint << month) <> 0
  GROUP BY 1, 2
) AS cell
ORDER BY 1, 2

--! candidate single [pg0] `retention.cohort_retention(retention_agg)`
SELECT c.cohort_start, c.period_number, c.retained
FROM retention.cohort_retention((SELECT retention.retention_agg(customer_id, at, 'month UTC') FROM event_uuid)) AS c
ORDER BY 1, 2

--! candidate duckdb [duck1] DuckDB, a bitmask per customer and `GROUP BY` bitmask
SELECT date '2023-01-01' + to_months(first_month::INTEGER), month - first_month AS period_number, retained
FROM (
  SELECT log2(mask & -mask)::INTEGER AS first_month, month, sum(customers)::BIGINT AS retained
  FROM (
    SELECT mask, count(*) AS customers
    FROM (
      SELECT bit_or(1::BIGINT << (12 * year(happened_at) + month(happened_at) - 24277)) AS mask
      FROM event_uuid
      GROUP BY customer_id
    )
    GROUP BY mask
  ), range(24) AS months(month)
  WHERE mask & (1::BIGINT << month) <> 0
  GROUP BY 1, 2
)
ORDER BY 1, 2

--! baseline hand_group
--! target single <= 0.20 of hand_group
--! memory single after count at 256MB 4MB


--! comparison text: retention by month, customers named by a text

--! floor count [pg0] `count(*)`
SELECT count(*) FROM event_text

--! candidate hand_group [pg0] by hand, a bitmask per customer and `GROUP BY` bitmask
SELECT month_date(month_of(first)), month - month_of(first) AS period_number, retained
FROM (
  SELECT mask & -mask AS first, month, sum(customers)::bigint AS retained
  FROM (
    SELECT mask, count(*) AS customers
    FROM (SELECT bit_or(month_bit(at)) AS mask FROM event_text GROUP BY customer_id) AS customer
    GROUP BY mask
  ) AS history, generate_series(0, 23) AS month
  WHERE mask & (1::bigint << month) <> 0
  GROUP BY 1, 2
) AS cell
ORDER BY 1, 2

--! candidate single [pg0] `retention.cohort_retention(retention_agg)`
SELECT c.cohort_start, c.period_number, c.retained
FROM retention.cohort_retention((SELECT retention.retention_agg(customer_id, at, 'month UTC') FROM event_text)) AS c
ORDER BY 1, 2

--! candidate duckdb [duck1] DuckDB, a bitmask per customer and `GROUP BY` bitmask
SELECT date '2023-01-01' + to_months(first_month::INTEGER), month - first_month AS period_number, retained
FROM (
  SELECT log2(mask & -mask)::INTEGER AS first_month, month, sum(customers)::BIGINT AS retained
  FROM (
    SELECT mask, count(*) AS customers
    FROM (
      SELECT bit_or(1::BIGINT << (12 * year(happened_at) + month(happened_at) - 24277)) AS mask
      FROM event_text
      GROUP BY customer_id
    )
    GROUP BY mask
  ), range(24) AS months(month)
  WHERE mask & (1::BIGINT << month) <> 0
  GROUP BY 1, 2
)
ORDER BY 1, 2

--! baseline hand_group
--! target single <= 0.20 of hand_group
--! memory single after count at 256MB 4MB


--! comparison stored: retention by month from one stored row per customer

--! floor count [pg0 pg2] `count(*)` of the activities
SELECT count(*) FROM stored_activity

--! candidate hand_filter [pg0 pg2] by hand, 24 `count(*) FILTER` over stored bitmasks
SELECT month_date(month_of(first)), month - month_of(first) AS period_number, retained
FROM (
  SELECT mask & -mask AS first,
         ARRAY[count(*) FILTER (WHERE mask & 1 <> 0), count(*) FILTER (WHERE mask & 2 <> 0),
               count(*) FILTER (WHERE mask & 4 <> 0), count(*) FILTER (WHERE mask & 8 <> 0),
               count(*) FILTER (WHERE mask & 16 <> 0), count(*) FILTER (WHERE mask & 32 <> 0),
               count(*) FILTER (WHERE mask & 64 <> 0), count(*) FILTER (WHERE mask & 128 <> 0),
               count(*) FILTER (WHERE mask & 256 <> 0), count(*) FILTER (WHERE mask & 512 <> 0),
               count(*) FILTER (WHERE mask & 1024 <> 0), count(*) FILTER (WHERE mask & 2048 <> 0),
               count(*) FILTER (WHERE mask & 4096 <> 0), count(*) FILTER (WHERE mask & 8192 <> 0),
               count(*) FILTER (WHERE mask & 16384 <> 0), count(*) FILTER (WHERE mask & 32768 <> 0),
               count(*) FILTER (WHERE mask & 65536 <> 0), count(*) FILTER (WHERE mask & 131072 <> 0),
               count(*) FILTER (WHERE mask & 262144 <> 0), count(*) FILTER (WHERE mask & 524288 <> 0),
               count(*) FILTER (WHERE mask & 1048576 <> 0), count(*) FILTER (WHERE mask & 2097152 <> 0),
               count(*) FILTER (WHERE mask & 4194304 <> 0), count(*) FILTER (WHERE mask & 8388608 <> 0)] AS months
  FROM stored_mask
  GROUP BY 1
) AS cohort,
unnest(months) WITH ORDINALITY AS cell(retained, month_and_one),
LATERAL (SELECT month_and_one - 1 AS month) AS numbered
WHERE month >= month_of(first)
ORDER BY 1, 2

--! candidate hand_group [pg0 pg2] by hand, `GROUP BY` bitmask over stored bitmasks
SELECT month_date(month_of(first)), month - month_of(first) AS period_number, retained
FROM (
  SELECT mask & -mask AS first, month, sum(customers)::bigint AS retained
  FROM (SELECT mask, count(*) AS customers FROM stored_mask GROUP BY mask) AS history,
       generate_series(0, 23) AS month
  WHERE mask & (1::bigint << month) <> 0
  GROUP BY 1, 2
) AS cell
ORDER BY 1, 2

--! candidate stored [pg0 pg2] `retention.cohort_retention(retention_agg(activity, 'month'))`
SELECT c.cohort_start, c.period_number, c.retained
FROM retention.cohort_retention((SELECT retention.retention_agg(activity, 'month') FROM stored_activity)) AS c
ORDER BY 1, 2

--! baseline hand_filter hand_group
--! target stored <= 0.12 of hand_filter hand_group


--! comparison merge: a day of about 20,000 customers merged into the stored rows

--! candidate hand [pg0] by hand, `ON CONFLICT DO UPDATE`, bitmasks ORed
BEGIN;
INSERT INTO stored_mask AS t
SELECT customer_id, bit_or(month_bit(at)) FROM new_day GROUP BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET mask = t.mask | excluded.mask;
ROLLBACK

--! candidate merge [pg0] `ON CONFLICT DO UPDATE SET activity = retention.combine(t.activity, excluded.activity)`
BEGIN;
INSERT INTO stored_activity AS t
SELECT customer_id, retention.activity_agg(at, 'UTC') FROM new_day GROUP BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET activity = retention.combine(t.activity, excluded.activity);
ROLLBACK

-- Each query finds the tables as they were: what was rolled back is vacuumed away.
--! cleanup hand
VACUUM stored_mask

--! cleanup merge
VACUUM stored_activity

-- The merged table gives what one pass over all events gives, and as many months as the bitmasks.
--! verify
BEGIN;
INSERT INTO stored_activity AS t
SELECT customer_id, retention.activity_agg(at, 'UTC') FROM new_day GROUP BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET activity = retention.combine(t.activity, excluded.activity);
INSERT INTO stored_mask AS t
SELECT customer_id, bit_or(month_bit(at)) FROM new_day GROUP BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET mask = t.mask | excluded.mask;
SELECT 'other bytes'
WHERE (SELECT retention.retention_agg(activity, 'month') FROM stored_activity)::text
  IS DISTINCT FROM (SELECT retention.retention_agg(customer_id, at, 'month UTC')
                    FROM (TABLE event UNION ALL TABLE new_day) AS every_event)::text;
SELECT customer_id
FROM stored_activity AS a
FULL JOIN stored_mask AS m USING (customer_id)
WHERE retention.active_periods(a.activity, 'month') IS DISTINCT FROM bit_count(m.mask::bit(64))
LIMIT 1;
ROLLBACK;
VACUUM stored_activity, stored_mask

--! baseline hand
--! target merge <= 150 ms


--! comparison other: other questions of the same events, customers named by a bigint

--! candidate month [pg0] by month
SELECT c.cohort_start, c.period_number, c.retained
FROM retention.cohort_retention((SELECT retention.retention_agg(customer_id, at, 'month UTC') FROM event)) AS c
ORDER BY 1, 2

--! floor on_or_after [pg0] by month, in this month or later
SELECT count(*), sum(c.retained)
FROM retention.cohort_retention((SELECT retention.retention_agg(customer_id, at, 'month UTC') FROM event),
                                criterion => 'on_or_after') AS c

--! floor week [pg0] by week
SELECT count(*), sum(c.retained)
FROM retention.cohort_retention((SELECT retention.retention_agg(customer_id, at, 'week UTC') FROM event)) AS c

--! floor day [pg0] by day
SELECT count(*), sum(c.retained)
FROM retention.cohort_retention((SELECT retention.retention_agg(customer_id, at, 'day UTC') FROM event)) AS c

--! floor elapsed [pg0] by month, elapsed: 30 days each from the customer's first day
SELECT count(*), sum(c.retained)
FROM retention.cohort_retention((SELECT retention.retention_agg(customer_id, at, 'month UTC elapsed') FROM event)) AS c

--! floor birth [pg0] by month, is_birth: only events since July 2023 start a life
SELECT count(*), sum(c.retained)
FROM retention.cohort_retention((
  SELECT retention.retention_agg(customer_id, at, 'month UTC', at >= '2023-07-01 00:00Z') FROM event
)) AS c

--! baseline month
--! memory day after month at 256MB
--! memory elapsed after month at 256MB
--! memory birth after month at 256MB
