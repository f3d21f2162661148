-- company.sql: the survey answers of an invented company, for demo/run.sh.
--
-- Larkspur sells software by subscription to four segments of customers. From
-- January 2024 to 18 January 2026 it asks some of them every day how likely they
-- are to recommend it (0 to 10), and after each support ticket how satisfied they
-- were (1 to 5) and how easy it was (1 to 7). Most do not answer: a NULL.
--
-- What happens, and should be found again in the scores:
--   4 March 2025     the price of Starter rises; its customers resent it that month
--                    above all, write to support more often and forgive within half a year
--   1 October 2025   a release brings what Business customers had asked for
--   every year       fewer answers in August and December
--
-- Nothing here is random: every number is a hash of the row, the purpose and the
-- seed, so that all versions of PostgreSQL and all query plans give the same company.
--
-- Run: psql -v seed=1 -f demo/company.sql, in a database of its own.

-- A number from 0 to 1, the same whenever it is asked for.
CREATE FUNCTION draw(id bigint, purpose text, seed bigint) RETURNS double precision
  IMMUTABLE PARALLEL SAFE
  RETURN ((hashint8extended(id, hashtextextended(purpose, seed)) >> 11) & ((1::bigint << 53) - 1)) / 2.0::float8 ^ 53;

-- Bell-shaped, with mean 0 and standard deviation 1: close enough to a normal distribution.
CREATE FUNCTION bell(id bigint, purpose text, seed bigint) RETURNS double precision
  IMMUTABLE PARALLEL SAFE
  RETURN sqrt(3) * (draw(id, purpose || 1, seed) + draw(id, purpose || 2, seed)
    + draw(id, purpose || 3, seed) + draw(id, purpose || 4, seed) - 2);

-- The nearest score of a scale.
CREATE FUNCTION on_scale(opinion double precision, lowest integer, highest integer) RETURNS smallint
  IMMUTABLE PARALLEL SAFE
  RETURN least(greatest(round(opinion), lowest), highest)::smallint;

CREATE TABLE segment (
  segment text PRIMARY KEY,
  customers integer NOT NULL,
  asked_daily double precision NOT NULL,
  tickets_daily double precision NOT NULL,
  answers_share double precision NOT NULL,
  opinion double precision NOT NULL
);

INSERT INTO segment VALUES
  ('Enterprise', 1400, 8, 3.0, 0.44, 8.9),
  ('Business', 9800, 24, 4.0, 0.36, 8.0),
  ('Starter', 31000, 48, 5.0, 0.29, 8.2),
  ('Education', 4100, 13, 1.5, 0.33, 8.4);

CREATE TABLE survey (
  survey_id bigint PRIMARY KEY,
  segment text NOT NULL REFERENCES segment,
  asked_on date NOT NULL,
  score smallint
);

CREATE TABLE ticket (
  ticket_id bigint PRIMARY KEY,
  segment text NOT NULL REFERENCES segment,
  closed_at timestamptz NOT NULL,
  satisfaction smallint,
  ease smallint
);

CREATE TEMPORARY VIEW calendar AS
SELECT day::date,
  -- Fewer people are asked in the holidays and at weekends.
  (ARRAY[0.95, 1, 1.05, 1, 1, 0.95, 0.8, 0.6, 1.05, 1.1, 1.2, 0.65])[extract(month FROM day)::integer]
    * CASE WHEN extract(isodow FROM day) < 6 THEN 1.25 ELSE 0.35 END AS season,
  CASE
    WHEN day < '2025-03-04' THEN 0
    WHEN day < '2025-04-01' THEN 1
    WHEN day < '2025-09-01' THEN 0.5 * (date '2025-09-01' - day::date) / 153
    ELSE 0
  END AS anger_at_price,
  CASE WHEN day < '2025-10-01' THEN 0 ELSE 1 END AS joy_of_release
FROM generate_series(timestamp '2024-01-01', timestamp '2026-01-18', '1 day') AS day;

INSERT INTO survey
SELECT survey_id, segment, day,
  CASE WHEN draw(survey_id, 'answers', :seed) < answers_share THEN
    on_scale(opinion
      - CASE segment WHEN 'Starter' THEN 1.2 * anger_at_price ELSE 0 END
      + CASE segment WHEN 'Business' THEN 0.8 * joy_of_release ELSE 0 END
      + 2.1 * bell(survey_id, 'opinion', :seed), 0, 10)
  END
FROM (
  SELECT row_number() OVER (ORDER BY day, segment) AS survey_id, *
  FROM calendar CROSS JOIN segment CROSS JOIN LATERAL generate_series(1, round(asked_daily * season)::integer)
) AS asked;

INSERT INTO ticket
SELECT ticket_id, segment,
  -- In office hours in Berlin.
  (day + interval '8 hours' + interval '10 hours' * draw(ticket_id, 'time', :seed)) AT TIME ZONE 'Europe/Berlin',
  CASE WHEN draw(ticket_id, 'answers', :seed) < 0.4 THEN
    on_scale(4.1 - 0.9 * anger + 1.0 * bell(ticket_id, 'satisfaction', :seed), 1, 5)
  END,
  CASE WHEN draw(ticket_id, 'answers', :seed) < 0.3 THEN
    on_scale(opinion - 3.2 - 0.9 * anger + 1.4 * bell(ticket_id, 'ease', :seed), 1, 7)
  END
FROM (
  SELECT row_number() OVER (ORDER BY day, segment) AS ticket_id, *
  FROM (
    SELECT *, CASE segment WHEN 'Starter' THEN anger_at_price ELSE 0 END AS anger
    FROM calendar CROSS JOIN segment
  ) AS mood
  CROSS JOIN LATERAL generate_series(1, round(tickets_daily * season * (1 + anger))::integer)
) AS closed;

ANALYZE;
