-- company.sql: an invented company, for demo/run.sh.
--
-- Larkspur sells software by subscription to Starter, Business and Enterprise customers.
-- From 1 January 2023 to 18 January 2026 some 20,000 customers sign up, use the product,
-- pay for it or not, change what they pay for, leave, come back, and answer a survey;
-- people who may become customers (leads) look at its web site.
--
-- What happens, and should be found again in the numbers:
--   5 November 2024   the product is out of order for three days: fewer events, angry answers
--                     until the end of the month, more customers who leave in December
--   4 March 2025      the price of Starter rises from 29 to 35: expansion in that month, and
--                     more of its customers leave in March and April
--   June 2025         a new introduction to the product: of those who sign up from then on,
--                     more are still there in the months after
--   every year        less of everything in August and December, and at weekends
--
-- Nothing here is random: every number is a hash of the row, the purpose and the seed,
-- so that all versions of PostgreSQL and all query plans give the same company.
--
-- Makes customers, events, subscriptions, answers, leads, lead_events. Their columns are
-- those of the CSV files of `--data`, which demo/README.md describes.
-- Run: psql -v seed=1 -f demo/company.sql, in a database of its own.

\set first_day '2023-01-01'
\set last_day '2026-01-18'
\set zone 'Europe/Berlin'

-- ------------------------------------------------------------------- chance

CREATE SCHEMA generator;

-- A whole number from 0 to below - 1, the same whenever it is asked for.
CREATE FUNCTION generator.draw(id bigint, purpose text, below bigint) RETURNS bigint
  IMMUTABLE PARALLEL SAFE
  RETURN ((hashint8extended(id, hashtextextended(purpose, :seed)) >> 16) & 4294967295) * below >> 32;

-- Whether something happens that has so many chances in a thousand.
CREATE FUNCTION generator.happens(id bigint, purpose text, per_mille bigint) RETURNS boolean
  IMMUTABLE PARALLEL SAFE
  RETURN generator.draw(id, purpose, 1000) < per_mille;

-- Bell-shaped around 0, with a standard deviation of about 100.
CREATE FUNCTION generator.bell(id bigint, purpose text) RETURNS bigint
  IMMUTABLE PARALLEL SAFE
  RETURN generator.draw(id, purpose || 1, 174) + generator.draw(id, purpose || 2, 174)
    + generator.draw(id, purpose || 3, 174) + generator.draw(id, purpose || 4, 174) - 346;

-- Months since January 2023.
CREATE FUNCTION generator.month_number(day date) RETURNS integer
  IMMUTABLE PARALLEL SAFE
  RETURN extract(year FROM day)::integer * 12 + extract(month FROM day)::integer - 2023 * 12 - 1;

CREATE FUNCTION generator.month_start(month integer) RETURNS date
  IMMUTABLE PARALLEL SAFE
  RETURN make_date(2023 + month / 12, month % 12 + 1, 1);

-- How lively a month is, in per cent.
CREATE FUNCTION generator.season(month integer) RETURNS integer
  IMMUTABLE PARALLEL SAFE
  RETURN (ARRAY[104, 102, 106, 101, 100, 97, 88, 76, 105, 110, 112, 80])[month % 12 + 1];

-- ---------------------------------------------------------------- customers

-- More of them every month, fewer at weekends.
CREATE TABLE generator.signup AS
SELECT row_number() OVER (ORDER BY day, n) AS customer_id, day, generator.month_number(day) AS month
FROM (
    SELECT moment::date AS day, moment::date - date :'first_day' AS days
    FROM generate_series(timestamp :'first_day', timestamp :'last_day', '1 day') AS moment
  ) AS calendar
  CROSS JOIN LATERAL generate_series(1, (730 + days * 2)
    * generator.season(generator.month_number(day))
    * CASE WHEN extract(isodow FROM day) < 6 THEN 12 ELSE 5 END / 100000) AS n;

CREATE TABLE generator.person AS
SELECT *,
  -- Chances in a thousand to leave after the first month, and in each later month.
  CASE segment WHEN 'Starter' THEN 520 WHEN 'Business' THEN 400 ELSE 290 END
    * CASE WHEN day >= '2025-06-01' THEN 60 ELSE 100 END / 100 AS leaves_at_once,
  CASE segment WHEN 'Starter' THEN 12 WHEN 'Business' THEN 7 ELSE 3 END
    + generator.draw(customer_id, 'loyalty', CASE segment WHEN 'Starter' THEN 110 WHEN 'Business' THEN 60 ELSE 28 END)
    AS leaves_later,
  CASE segment WHEN 'Starter' THEN 10 WHEN 'Business' THEN 21 ELSE 38 END AS usual_events
FROM (
  SELECT customer_id, day, month,
    (ARRAY['Starter', 'Starter', 'Starter', 'Starter', 'Starter', 'Starter', 'Starter', 'Business', 'Business',
      'Enterprise'])[generator.draw(customer_id, 'segment', 10) + 1] AS segment,
    -- Between 7 and 22 o'clock.
    (day + interval '7 hours' + generator.draw(customer_id, 'time', 54000) * interval '1 second')
      AT TIME ZONE :'zone' AS signed_up_at
  FROM generator.signup
) AS signup;

CREATE TABLE customers AS
SELECT customer_id, segment, signed_up_at FROM generator.person ORDER BY customer_id;

-- ----------------------------------------------------------- stay and return

-- The first month after which a customer is gone.
CREATE TABLE generator.life AS
SELECT person.*, last_month, generator.month_number(date :'last_day') AS today_month,
  -- One in six comes back after two to seven months without the product.
  CASE WHEN generator.happens(customer_id, 'return', 170)
    THEN last_month + 3 + generator.draw(customer_id, 'absence', 6)::integer END AS return_month
FROM generator.person LEFT JOIN (
    SELECT customer_id, min(at_month) AS last_month
    FROM generator.person, generate_series(month, generator.month_number(date :'last_day') - 1) AS at_month
    WHERE generator.happens(customer_id * 64 + at_month, 'leave',
      CASE WHEN at_month = month THEN leaves_at_once ELSE leaves_later
        + CASE
            WHEN at_month = generator.month_number('2024-11-01') THEN 55
            WHEN at_month BETWEEN generator.month_number('2025-02-01') AND generator.month_number('2025-03-01')
              AND segment = 'Starter' THEN 50
            ELSE 0
          END
      END)
    GROUP BY customer_id
  ) AS leaving USING (customer_id);

-- From the month in which a customer comes to the one in which they leave, NULL if they stay.
CREATE TABLE generator.stay AS
SELECT customer_id, 1 AS stay, month AS from_month, last_month AS to_month, day AS from_day FROM generator.life
UNION ALL
SELECT customer_id, 2, return_month,
  nullif(least(return_month + 1 + generator.draw(customer_id, 'second stay', 24)::integer, today_month), today_month),
  generator.month_start(return_month) + generator.draw(customer_id, 'day of return', 25)::integer
FROM generator.life
WHERE return_month < today_month;

-- -------------------------------------------------------------------- events

CREATE TABLE generator.active_month AS
SELECT *, greatest(from_day, month_start) AS active_from, generator.month_start(month + 1) - month_start AS days
FROM (
  SELECT customer_id, segment, stay.from_day, at_month AS month, generator.month_start(at_month) AS month_start,
    customer_id * 64 + at_month AS id,
    generator.season(at_month) * usual_events * (30 + generator.draw(customer_id * 64 + at_month, 'liveliness', 140)) / 10000
      AS events
  FROM generator.stay
    JOIN generator.person USING (customer_id)
    CROSS JOIN LATERAL generate_series(from_month, coalesce(to_month, generator.month_number(date :'last_day'))) AS at_month
  -- Even who stays does not use it every month.
  WHERE at_month = from_month
    OR generator.happens(customer_id * 64 + at_month, 'uses', 25 * generator.season(at_month) / 10 + 640)
) AS used;

CREATE TABLE events AS
SELECT customer_id, segment, event, occurred_at
FROM (
  SELECT customer_id, segment, 'sign_up' AS event, signed_up_at AS occurred_at FROM generator.person
  UNION ALL
  SELECT customer_id, segment,
    (ARRAY['open', 'open', 'open', 'open', 'create', 'create', 'share', 'export'])[generator.draw(id, 'event', 8) + 1],
    (day + interval '7 hours' + generator.draw(id, 'time', 54000) * interval '1 second') AT TIME ZONE :'zone'
  FROM (
    SELECT customer_id, segment, active_from, id * 256 + n AS id,
      month_start + generator.draw(id * 256 + n, 'day', days)::integer AS day
    FROM generator.active_month CROSS JOIN LATERAL generate_series(1, greatest(events, 1)) AS n
  ) AS used
  WHERE day BETWEEN active_from + 1 AND date :'last_day'
    AND NOT day BETWEEN '2024-11-05' AND '2024-11-07'
    AND (extract(isodow FROM day) < 6 OR generator.happens(id, 'weekend', 350))
) AS happened
ORDER BY occurred_at, customer_id;

-- ------------------------------------------------------------- subscriptions

-- The days for which a customer pays: two to three weeks after they come, until the
-- middle of the month after the last one in which they use the product.
CREATE TABLE generator.paying AS
SELECT customer_id, stay, segment, from_day, nullif(to_day, 'infinity') AS to_day, customer_id * 2 + stay AS id
FROM (
  SELECT customer_id, stay, segment, from_day + 14 + generator.draw(customer_id * 2 + stay, 'trial', 8)::integer AS from_day,
    coalesce(generator.month_start(to_month + 1)
      + generator.draw(customer_id * 2 + stay, 'notice', 28)::integer, 'infinity') AS to_day
  FROM generator.stay JOIN generator.person USING (customer_id)
  WHERE to_month IS DISTINCT FROM from_month
    AND generator.happens(customer_id * 2 + stay, 'pays',
      CASE segment WHEN 'Starter' THEN 520 WHEN 'Business' THEN 660 ELSE 800 END)
) AS paying
WHERE from_day <= date :'last_day';

CREATE FUNCTION generator.price(product text, day date) RETURNS integer
  IMMUTABLE PARALLEL SAFE
  RETURN CASE product WHEN 'Starter' THEN CASE WHEN day < '2025-03-04' THEN 29 ELSE 35 END WHEN 'Business' THEN 99 ELSE 390 END;

-- Some change to another product once; what they then pay for.
CREATE TABLE generator.plan AS
SELECT *,
  CASE
    WHEN segment = 'Starter' AND generator.happens(id, 'upgrade', 160) THEN 'Business'
    WHEN segment = 'Business' AND generator.happens(id, 'upgrade', 70) THEN 'Enterprise'
    WHEN segment = 'Business' AND generator.happens(id, 'downgrade', 110) THEN 'Starter'
    WHEN segment = 'Enterprise' AND generator.happens(id, 'downgrade', 90) THEN 'Business'
  END AS next_product,
  from_day + 60 + generator.draw(id, 'day of change', 480)::integer AS change_day,
  10 * generator.draw(id, 'seats', 60)::integer AS seats_mrr
FROM generator.paying;

CREATE TABLE generator.price_change AS
SELECT id, customer_id, segment, to_day, from_day AS day, segment AS product, 0 AS years FROM generator.plan
UNION ALL
SELECT id, customer_id, segment, to_day, change_day, next_product, 0 FROM generator.plan WHERE next_product IS NOT NULL
UNION ALL
SELECT id, customer_id, segment, to_day, date '2025-03-04', 'Starter', 0
FROM generator.plan
WHERE from_day < '2025-03-04'
  AND CASE WHEN change_day <= '2025-03-04' THEN coalesce(next_product, segment) ELSE segment END = 'Starter'
UNION ALL
-- Every year, most companies have more people who use it.
SELECT id, customer_id, segment, to_day, (from_day + years * interval '1 year')::date, segment, years
FROM generator.plan CROSS JOIN generate_series(1, 2) AS years
WHERE segment <> 'Starter' AND next_product IS NULL AND generator.happens(id * 4 + years, 'more seats', 700);

CREATE TABLE subscriptions AS
SELECT customer_id, segment, product, started_on, ended_on, mrr::numeric(10,2)
FROM (
  SELECT customer_id, segment, product, day AS started_on,
    coalesce(lead(day) OVER (PARTITION BY id ORDER BY day, years), to_day) AS ended_on,
    generator.price(product, day)
      + CASE product WHEN 'Enterprise' THEN seats_mrr + 90 * years WHEN 'Business' THEN 20 * years ELSE 0 END AS mrr
  FROM generator.price_change JOIN (SELECT id, seats_mrr FROM generator.plan) AS seats USING (id)
  WHERE day < coalesce(to_day, 'infinity')
  UNION ALL
  -- An addition to Business and Enterprise, some months later.
  SELECT customer_id, segment, 'Reports', from_day + 90 + generator.draw(id, 'day of reports', 300)::integer, to_day, 25
  FROM generator.plan
  WHERE segment <> 'Starter' AND next_product IS NULL AND generator.happens(id, 'reports', 240)
) AS line
WHERE started_on < coalesce(ended_on, 'infinity') AND started_on <= date :'last_day'
ORDER BY started_on, customer_id, product;

-- ------------------------------------------------------------------- answers

-- "How likely are you to recommend us?", 0 to 10; who does not answer has a NULL.
CREATE TABLE answers AS
SELECT customer_id, segment, answered_at,
  CASE WHEN generator.happens(id, 'answers', 380)
    THEN least(greatest((opinion + 2 * generator.bell(id, 'opinion')) / 100, 0), 10)::smallint END AS score
FROM (
  SELECT customer_id, segment, id,
    (day + interval '8 hours' + generator.draw(id, 'time of answer', 36000) * interval '1 second') AT TIME ZONE :'zone'
      AS answered_at,
    -- In hundredths of a point; the division above rounds down.
    CASE segment WHEN 'Starter' THEN 890 WHEN 'Business' THEN 925 ELSE 965 END
      - CASE
          WHEN day BETWEEN '2024-11-05' AND '2024-11-30' THEN 75
          WHEN day BETWEEN '2025-03-04' AND '2025-03-31' AND segment = 'Starter' THEN 40
          ELSE 0
        END AS opinion
  FROM (
    SELECT *, month_start + generator.draw(id, 'day of answer', days)::integer AS day
    FROM generator.active_month
    WHERE generator.happens(id, 'asked', 400)
  ) AS active
  WHERE day BETWEEN active_from + 3 AND date :'last_day'
) AS asked
ORDER BY answered_at, customer_id;

-- --------------------------------------------------------------------- leads

CREATE TABLE generator.lead AS
SELECT lead_id,
  generator.draw(lead_id, 'title', 100) AS title,
  generator.draw(lead_id, 'employees', 100) AS employees,
  generator.draw(lead_id, 'interest', 100) AS interest,
  date :'last_day' - generator.draw(lead_id, 'first visit', 200)::integer AS first_day
FROM generate_series(1, 3000) AS lead_id;

CREATE TABLE leads AS
SELECT lead_id,
  jsonb_build_object(
    'name', (ARRAY['Ada', 'Bo', 'Chen', 'Dina', 'Emil', 'Fumi', 'Grace', 'Hugo', 'Ines', 'Jan', 'Kofi', 'Lena', 'Mei', 'Nora',
      'Omar', 'Pia'])[generator.draw(lead_id, 'name', 16) + 1] || ' ' || chr(65 + generator.draw(lead_id, 'initial', 26)::integer) || '.',
    'title', CASE WHEN title < 6 THEN 'CEO' WHEN title < 10 THEN 'CTO' WHEN title < 22 THEN 'Head of operations'
      WHEN title < 45 THEN 'Manager' WHEN title < 80 THEN 'Analyst' WHEN title < 90 THEN 'Student' END,
    'employees', CASE WHEN employees < 35 THEN 1 + generator.draw(lead_id, 'size', 19)
      WHEN employees < 70 THEN 20 + generator.draw(lead_id, 'size', 180)
      WHEN employees < 88 THEN 200 + 10 * generator.draw(lead_id, 'size', 480) END,
    'country', (ARRAY['DE', 'DE', 'FR', 'GB', 'JP', 'NL', 'US', 'US'])[generator.draw(lead_id, 'country', 8) + 1]) AS attributes
FROM generator.lead
ORDER BY lead_id;

CREATE TABLE lead_events AS
SELECT lead_id, event, occurred_at
FROM (
  SELECT lead_id, id,
    (first_day + CASE WHEN n = 1 THEN 0 ELSE generator.draw(id, 'day', 60)::integer END
      + interval '7 hours' + generator.draw(id, 'time', 54000) * interval '1 second') AT TIME ZONE :'zone' AS occurred_at,
    CASE
      WHEN chance < 62 THEN 'page_view'
      WHEN chance < 78 THEN 'pricing_page'
      WHEN chance < 89 THEN 'download'
      WHEN chance < 94 THEN 'webinar'
      WHEN chance < 97 AND interest >= 60 THEN 'demo_request'
      WHEN chance = 97 THEN 'unsubscribe'
      ELSE 'page_view'
    END AS event
  FROM (
    SELECT *, generator.draw(id, 'event', 98) AS chance
    FROM (
      SELECT lead_id, first_day, interest, n, lead_id * 64 + n AS id
      FROM generator.lead CROSS JOIN LATERAL generate_series(1, 1 + (interest * interest / 400)::integer) AS n
    ) AS visit
  ) AS visit
) AS visit
WHERE occurred_at < (date :'last_day' + 1)::timestamp AT TIME ZONE :'zone'
ORDER BY occurred_at, id;

SET client_min_messages = warning;
DROP SCHEMA generator CASCADE;
ANALYZE;
