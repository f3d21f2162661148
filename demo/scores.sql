-- scores.sql: the survey scores of the invented company in demo/company.sql, each
-- with the statement that computes it. Run by demo/run.sh.

\ir show.sql
SELECT axis_heading(-20, 60) AS axis \gset

\echo
\echo 'Larkspur, an invented company, sells software by subscription. On 4 March 2025 it raised the price'
\echo 'of Starter; on 1 October 2025 it released what its Business customers had asked for. Its survey asks'
\echo '"How likely are you to recommend us?", 0 to 10: 9 and 10 are promoters, 0 to 6 detractors, and the'
\echo 'Net Promoter Score (NPS) is the share of promoters minus that of detractors, from -100 to 100.'
\echo
\echo '1. The NPS of all answers, with its 95 % interval: what chance leaves open, from low to high.'
\echo
\set ECHO queries
SELECT retention.num_responses(s) AS answers,
  retention.num_missing(s) AS missing,
  (100 * retention.response_rate(s))::numeric(5,1) AS "answered %",
  retention.nps(s)::numeric(5,1) AS nps,
  c.ci_low::numeric(5,1) AS low,
  c.ci_high::numeric(5,1) AS high
FROM (SELECT retention.nps_agg(score) AS s FROM survey) AS all_answers,
  retention.nps_ci(s) AS c;
\set ECHO none

\echo '2. The NPS of each month, with its interval and its change against the month before. A * marks a'
\echo '   change so large that chance alone would bring it in fewer than one month of twenty (p < 0.05):'
\echo '   in two years, one or so means nothing. "open": the month is not over.'
\echo
\set ECHO queries
SELECT period_start AS month,
  num_responses AS answers,
  promoters AS prom,
  passives AS pass,
  detractors AS detr,
  nps::numeric(5,1),
  ci_low::numeric(5,1) AS low,
  ci_high::numeric(5,1) AS high,
  change::numeric(5,1),
  concat_ws(' ', CASE WHEN change_p_value < 0.05 THEN '*' END,
    CASE WHEN NOT is_complete THEN 'open' END) AS note,
  interval_plot(ci_low, nps, ci_high, -20, 60) AS :"axis"
FROM retention.nps_series((SELECT retention.nps_series_agg(score, asked_on, 'month') FROM survey));
\set ECHO none

\echo '3. Whose doing was March 2025? Each segment in March against February: one of them fell.'
\echo
\set ECHO queries
WITH monthly AS (
  SELECT segment, retention.period_start(asked_on, 'month') AS month, retention.nps_agg(score) AS s
  FROM survey
  GROUP BY segment, month
)
SELECT segment,
  retention.num_responses(march.s) AS answers,
  retention.nps(february.s)::numeric(5,1) AS february,
  retention.nps(march.s)::numeric(5,1) AS march,
  t.difference::numeric(5,1) AS change,
  t.ci_low::numeric(5,1) AS low,
  t.ci_high::numeric(5,1) AS high,
  t.p_value::numeric(5,4) AS p,
  CASE WHEN t.p_value < 0.05 THEN '*' END AS note
FROM monthly AS february
  JOIN monthly AS march USING (segment),
  retention.nps_test(march.s, february.s) AS t
WHERE february.month = '2025-02-01' AND march.month = '2025-03-01'
ORDER BY change;
\set ECHO none

\echo '4. The last complete quarter against the one before: the release shows where it was meant to.'
\echo
\set ECHO queries
WITH quarterly AS (
  SELECT segment,
    retention.period_start(asked_on, 'quarter') AS quarter,
    retention.nps_agg(score) AS s
  FROM survey
  GROUP BY segment, quarter
)
SELECT segment,
  retention.num_responses(q4.s) AS answers,
  retention.nps(q3.s)::numeric(5,1) AS "2025 q3",
  retention.nps(q4.s)::numeric(5,1) AS "2025 q4",
  t.difference::numeric(5,1) AS change,
  t.ci_low::numeric(5,1) AS low,
  t.ci_high::numeric(5,1) AS high,
  t.p_value::numeric(5,4) AS p,
  CASE WHEN t.p_value < 0.05 THEN '*' END AS note
FROM quarterly AS q3
  JOIN quarterly AS q4 USING (segment),
  retention.nps_test(q4.s, q3.s) AS t
WHERE q3.quarter = '2025-07-01' AND q4.quarter = '2025-10-01'
ORDER BY change DESC;
\set ECHO none

\echo '5. The NPS of each segment in 2025, and how many of those asked have answered.'
\echo
\set ECHO queries
SELECT segment,
  retention.num_responses(s) AS answers,
  (100 * retention.response_rate(s))::numeric(5,1) AS "answered %",
  retention.nps(s)::numeric(5,1) AS nps,
  c.ci_low::numeric(5,1) AS low,
  c.ci_high::numeric(5,1) AS high,
  interval_plot(c.ci_low, retention.nps(s), c.ci_high, -20, 60) AS :"axis"
FROM (
    SELECT segment, retention.nps_agg(score) AS s
    FROM survey
    WHERE asked_on BETWEEN '2025-01-01' AND '2025-12-31'
    GROUP BY segment
  ) AS segments,
  retention.nps_ci(s) AS c
ORDER BY nps DESC;
\set ECHO none

\echo '6. Every pair of segments in 2025: the difference of their NPS, and a * where it is significant.'
\echo
\set ECHO queries
WITH segments AS (
  SELECT segment, retention.nps_agg(score) AS s
  FROM survey
  WHERE asked_on BETWEEN '2025-01-01' AND '2025-12-31'
  GROUP BY segment
)
SELECT a.segment,
  b.segment AS "against",
  t.difference::numeric(5,1),
  t.ci_low::numeric(5,1) AS low,
  t.ci_high::numeric(5,1) AS high,
  t.p_value::numeric(5,4) AS p,
  CASE WHEN t.p_value < 0.05 THEN '*' END AS note
FROM segments AS a
  JOIN segments AS b ON retention.nps(a.s) > retention.nps(b.s),
  retention.nps_test(a.s, b.s) AS t
ORDER BY difference DESC;
\set ECHO none

\echo '7. Customer satisfaction (CSAT) after support tickets by quarter, in Berlin time: the share of 4 and'
\echo '   5 on a scale of 1 to 5, with its Wilson interval. "open": the quarter is not over.'
\echo
\set ECHO queries
SELECT period_start AS quarter,
  retention.num_responses(summary) AS answers,
  (100 * retention.csat(summary))::numeric(5,1) AS "csat %",
  (100 * c.ci_low)::numeric(5,1) AS low,
  (100 * c.ci_high)::numeric(5,1) AS high,
  CASE WHEN retention.period_end(period_start, 'quarter') > DATE '2026-01-19'
    THEN 'open' END AS note
FROM retention.period_summaries((
    SELECT retention.rating_series_agg(satisfaction, 1, 5, closed_at, 'quarter Europe/Berlin')
    FROM ticket
  )) AS quarters,
  retention.proportion_ci(
    retention.csat(summary) * retention.num_responses(summary),
    retention.num_responses(summary)) AS c;
\set ECHO none

\echo '8. Customer effort (CES) after support tickets by segment: "It was easy to get help", 1 to 7: the'
\echo '   mean, and the share that agrees (5 to 7) with its Wilson interval.'
\echo
\set ECHO queries
SELECT segment,
  retention.num_responses(s) AS answers,
  retention.mean_score(s)::numeric(4,2) AS "mean",
  (100 * retention.top_box_share(s, 3))::numeric(5,1) AS "agree %",
  (100 * c.ci_low)::numeric(5,1) AS low,
  (100 * c.ci_high)::numeric(5,1) AS high
FROM (SELECT segment, retention.ces_agg(ease) AS s FROM ticket GROUP BY segment) AS segments,
  retention.proportion_ci(
    retention.top_box_share(s, 3) * retention.num_responses(s), retention.num_responses(s)) AS c
ORDER BY "agree %" DESC;
\set ECHO none

\echo '9. How many answers would pin the NPS down to 5 points either way: in the worst case, with opinions'
\echo '   as divided as those of the last complete quarter, and given how many customers there are at all.'
\echo
\set ECHO queries
SELECT segment,
  customers,
  retention.num_responses(s) AS answers,
  retention.nps_margin_of_error(s)::numeric(5,1) AS "margin +-",
  retention.nps_sample_size(5) AS "worst case",
  retention.nps_sample_size(5, variance => retention.nps_variance(s)) AS "as divided",
  retention.nps_sample_size(5, variance => retention.nps_variance(s),
    population => customers) AS "of customers"
FROM (
    SELECT segment, retention.nps_agg(score) AS s
    FROM survey
    WHERE asked_on BETWEEN '2025-10-01' AND '2025-12-31'
    GROUP BY segment
  ) AS quarter
  JOIN segment USING (segment)
ORDER BY customers;
\set ECHO none
