-- survey_scores.sql: the scores of a user's own answers, which demo/survey_csv.sql
-- has read, each with the statement that computes it. Run by demo/run.sh.
--
-- Variables: file, score, date, segment, timezone (as the user gave them, '' for none).

\ir show.sql

-- --------------------------------------------------- what was read, and how

SELECT scale_min, scale_max, zone,
  scale_min = 0 AND scale_max = 10 AS is_nps,
  :'date' <> '' AS is_dated,
  :'segment' <> '' AS is_segmented,
  -- On a scale of two or three scores, the two highest would be most of it.
  CASE WHEN scale_max - scale_min >= 3 THEN 2 ELSE 1 END AS boxes,
  CASE WHEN scale_max - scale_min >= 3 THEN format('%s and %s', scale_max - 1, scale_max) ELSE scale_max::text END AS top
FROM reading
\gset

\pset tuples_only on
\pset format unaligned
\echo
SELECT format('%s: rows %s; in the column "%s" answers %s, missing %s, unusable %s.', :'file',
  (SELECT records FROM reading), :'score', count(score), count(*) - count(score), (SELECT count(*) FROM unusable))
FROM answers;

SELECT format(E'\nLeft out, because they are no whole numbers from %s to %s (row 1 is the header):', :scale_min, :scale_max)
WHERE EXISTS (SELECT FROM unusable);
SELECT format('  row %s: "%s"', row_no, left(score, 60)) FROM unusable ORDER BY row_no LIMIT 20;
SELECT format('  and %s more', count(*) - 20) FROM unusable HAVING count(*) > 20;

SELECT format(E'\nNo answer is above %s: if the scale ends there, say so with --scale %s..%s.', max(score),
  least(min(score), 1), max(score))
FROM answers
HAVING :'is_nps' AND max(score) BETWEEN 2 AND 7;

\if :is_dated
  SELECT format(E'\nThe dates carry an offset from UTC; days begin at midnight in%s%s.', :'zone',
    CASE WHEN :'timezone' = '' THEN ', or where --timezone ZONE says' ELSE '' END)
  WHERE :'zone' <> '';
  SELECT format(E'\nThe dates carry no offset from UTC: they are taken as they are, without --timezone %s.', :'timezone')
  WHERE :'zone' = '' AND :'timezone' <> '';
  SELECT format(E'\nRows without a date, which count everywhere but in the scores by date: %s.', count(*))
  FROM answers
  WHERE answered IS NULL
  HAVING count(*) > 0;

  -- Not too many rows to read, not too few to compare.
  SELECT CASE
      WHEN days <= 120 THEN 'week'
      WHEN days <= 3 * 366 THEN 'month'
      WHEN days <= 12 * 366 THEN 'quarter'
      ELSE 'year'
    END AS unit
  FROM (
    SELECT retention.period_start(max(answered), 'day' || :'zone')
      - retention.period_start(min(answered), 'day' || :'zone') AS days
    FROM answers
  ) AS span
  \gset
  SELECT :'unit' || :'zone' AS periods, retention.period_start(max(answered), 'day' || :'zone') AS last_day
  FROM answers
  \gset
\endif

SELECT count(DISTINCT coalesce(segment, '')) AS segments, count(DISTINCT coalesce(segment, '')) > 40 AS too_many_segments
FROM answers
\gset
\pset tuples_only off
\pset format aligned

-- ---------------------------------------------------------------------- NPS

\if :is_nps

-- An axis that holds every interval drawn below.
CREATE TEMPORARY TABLE interval_drawn AS
SELECT retention.nps(s), c.ci_low, c.ci_high
FROM (SELECT retention.nps_agg(score) AS s FROM answers GROUP BY segment) AS segments, retention.nps_ci(s) AS c;
\if :is_dated
  INSERT INTO interval_drawn
  SELECT nps, ci_low, ci_high
  FROM retention.nps_series((SELECT retention.nps_series_agg(score, answered, :'periods') FROM answers));
\endif
SELECT axis_low, axis_high, axis_heading(axis_low, axis_high) AS axis
FROM (
  SELECT (10 * floor(least(min(nps), min(ci_low)) / 10))::integer AS axis_low,
    (10 * ceil(greatest(max(nps), max(ci_high)) / 10))::integer AS axis_high
  FROM interval_drawn
) AS axis
\gset

\echo
\echo 'The Net Promoter Score (NPS): the share of promoters, who answered 9 or 10, minus the share of'
\echo 'detractors, 0 to 6, in points from -100 to 100; margin is half the width of its 95 % interval.'
\echo
\set ECHO queries
SELECT retention.num_responses(s) AS answers,
  retention.num_missing(s) AS missing,
  (100 * retention.response_rate(s))::numeric(5,1) AS "answered %",
  retention.promoters(s) AS promoters,
  retention.passives(s) AS passives,
  retention.detractors(s) AS detractors,
  retention.nps(s)::numeric(5,1) AS nps,
  retention.nps_margin_of_error(s)::numeric(5,1) AS "margin +-"
FROM (SELECT retention.nps_agg(score) AS s FROM answers) AS all_answers;
\set ECHO none

\echo 'Its 95 % interval, computed in three ways; the first is the one that all others below use.'
\echo
\set ECHO queries
SELECT method,
  retention.nps(s)::numeric(5,1) AS nps,
  c.ci_low::numeric(5,1) AS low,
  c.ci_high::numeric(5,1) AS high
FROM (SELECT retention.nps_agg(score) AS s FROM answers) AS all_answers,
  unnest(ARRAY['adjusted_wald', 'score', 'wald']) AS method,
  retention.nps_ci(s, method => method) AS c;
\set ECHO none

\echo 'How often each score was given.'
\echo
\set ECHO queries
SELECT score,
  retention.nps_category(score) AS category,
  responses AS answers,
  (100 * share)::numeric(5,1) AS "share %",
  repeat('#', round(50 * share)::integer) AS bar
FROM retention.score_counts((SELECT retention.nps_agg(score) FROM answers));
\set ECHO none

\if :is_dated
\echo 'The NPS of each' :unit 'with its change against the one before, which lies between chg_low and chg_high.'
\echo 'A * marks a change whose p-value is below 0.05 after the correction of Holm for the number of changes;'
\echo '"open": the' :unit 'is not over.'
\echo
\set ECHO queries
SELECT period_start AS :"unit",
  num_responses AS answers,
  nps::numeric(5,1),
  ci_low::numeric(5,1) AS low,
  ci_high::numeric(5,1) AS high,
  change::numeric(5,1),
  change_ci_low::numeric(5,1) AS chg_low,
  change_ci_high::numeric(5,1) AS chg_high,
  concat_ws(' ', CASE WHEN change_adjusted_p_value < 0.05 THEN '*' END,
    CASE WHEN NOT is_complete THEN 'open' END) AS note,
  interval_plot(ci_low, nps, ci_high, :axis_low, :axis_high) AS :"axis"
FROM retention.nps_series((SELECT retention.nps_series_agg(score, answered, :'periods') FROM answers));
\set ECHO none
\endif

\if :is_segmented
\echo 'The NPS of each segment, and the difference to all other answers. A * marks one whose p-value is below'
\echo '0.05 after the correction of Holm for the number of segments.'
\if :too_many_segments
\echo 'Of' :segments 'segments, these are the 40 with most answers.'
\endif
\echo
\set ECHO queries
WITH segments AS (
  SELECT segment, retention.nps_agg(score) AS s FROM answers GROUP BY segment
), total AS (
  SELECT retention.merge_agg(s) AS s FROM segments
), compared AS (
  SELECT segment, segments.s, retention.subtract(total.s, segments.s) AS others FROM segments, total
), tested AS (
  SELECT *,
    row_number() OVER (ORDER BY segment) AS place,
    array_agg(t.p_value) OVER (ORDER BY segment ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS p_values
  FROM compared LEFT JOIN retention.nps_test(s, others) AS t ON true
)
SELECT coalesce(left(segment, 30), '(none)') AS segment,
  retention.num_responses(s) AS answers,
  (100 * retention.response_rate(s))::numeric(5,1) AS "answered %",
  retention.nps(s)::numeric(5,1) AS nps,
  c.ci_low::numeric(5,1) AS low,
  c.ci_high::numeric(5,1) AS high,
  (retention.nps(s) - retention.nps(others))::numeric(5,1) AS "to others",
  CASE WHEN (retention.adjusted_p_values(p_values))[place] < 0.05 THEN '*' END AS note,
  interval_plot(c.ci_low, retention.nps(s), c.ci_high, :axis_low, :axis_high) AS :"axis"
FROM tested,
  retention.nps_ci(s) AS c
ORDER BY answers DESC, segment
LIMIT 40;
\set ECHO none
\endif

\echo 'How many answers would pin the NPS down to 5 points either way, in the worst case and with opinions'
\echo 'as divided as these.'
\echo
\set ECHO queries
SELECT retention.num_responses(s) AS answers,
  retention.nps_sample_size(5) AS "worst case",
  retention.nps_sample_size(5, variance => nullif(retention.nps_variance(s), 0)) AS "as divided"
FROM (SELECT retention.nps_agg(score) AS s FROM answers) AS all_answers;
\set ECHO none

-- ------------------------------------------------------------- other scales

\else

\echo
\echo 'The mean; the same as a percentage of the way from the lowest score to the highest; and the top-box'
\echo 'share, of the scores' :top 'with its 95 % interval (Wilson).'
\echo
\set ECHO queries
SELECT retention.num_responses(s) AS answers,
  retention.num_missing(s) AS missing,
  (100 * retention.response_rate(s))::numeric(5,1) AS "answered %",
  retention.mean_score(s)::numeric(8,2) AS "mean",
  (100 * retention.percent_of_maximum(s))::numeric(5,1) AS "of maximum %",
  (100 * retention.top_box_share(s, :boxes))::numeric(5,1) AS "top %",
  (100 * c.ci_low)::numeric(5,1) AS low,
  (100 * c.ci_high)::numeric(5,1) AS high
FROM (SELECT retention.rating_agg(score, :scale_min, :scale_max) AS s FROM answers) AS all_answers,
  retention.proportion_ci(
    retention.top_box_share(s, :boxes) * retention.num_responses(s), retention.num_responses(s)) AS c;
\set ECHO none

\echo 'How often each score was given.'
\echo
\set ECHO queries
SELECT score,
  responses AS answers,
  (100 * share)::numeric(5,1) AS "share %",
  repeat('#', round(50 * share)::integer) AS bar
FROM retention.score_counts((SELECT retention.rating_agg(score, :scale_min, :scale_max) FROM answers));
\set ECHO none

\if :is_dated
\echo 'Mean and top-box share of each' :unit 'with its change in points against the one before, which lies'
\echo 'between chg_low and chg_high. A * marks a change whose p-value is below 0.05 after the correction of'
\echo 'Holm for the number of changes; "open": the' :unit 'is not over.'
\echo
\set ECHO queries
WITH series AS (
  SELECT period_start,
    summary AS s,
    retention.num_responses(summary) AS answers,
    retention.top_box_share(summary, :boxes) AS top
  FROM retention.period_summaries((
    SELECT retention.rating_series_agg(score, :scale_min, :scale_max, answered, :'periods') FROM answers
  ))
), compared AS (
  SELECT *,
    lag(answers) OVER (ORDER BY period_start) AS answers_before,
    lag(top) OVER (ORDER BY period_start) AS top_before
  FROM series
), tested AS (
  SELECT compared.*, t.difference, t.ci_low AS change_low, t.ci_high AS change_high,
    row_number() OVER w AS place,
    array_agg(t.p_value) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS p_values
  FROM compared
    LEFT JOIN retention.proportion_test(
      top * answers, answers, top_before * answers_before, answers_before) AS t ON true
  WINDOW w AS (ORDER BY period_start)
)
SELECT period_start AS :"unit",
  answers,
  retention.mean_score(s)::numeric(8,2) AS "mean",
  (100 * top)::numeric(5,1) AS "top %",
  (100 * c.ci_low)::numeric(5,1) AS low,
  (100 * c.ci_high)::numeric(5,1) AS high,
  (100 * difference)::numeric(5,1) AS change,
  (100 * change_low)::numeric(5,1) AS chg_low,
  (100 * change_high)::numeric(5,1) AS chg_high,
  concat_ws(' ', CASE WHEN (retention.adjusted_p_values(p_values))[place] < 0.05 THEN '*' END,
    CASE WHEN retention.period_end(period_start, :'unit') > DATE :'last_day' + 1
      THEN 'open' END) AS note
FROM tested
  LEFT JOIN retention.proportion_ci(top * answers, answers) AS c ON true
ORDER BY period_start;
\set ECHO none
\endif

\if :is_segmented
\echo 'Mean and top-box share of each segment.'
\if :too_many_segments
\echo 'Of' :segments 'segments, these are the 40 with most answers.'
\endif
\echo
\set ECHO queries
SELECT coalesce(left(segment, 30), '(none)') AS segment,
  retention.num_responses(s) AS answers,
  (100 * retention.response_rate(s))::numeric(5,1) AS "answered %",
  retention.mean_score(s)::numeric(8,2) AS "mean",
  (100 * retention.top_box_share(s, :boxes))::numeric(5,1) AS "top %",
  (100 * c.ci_low)::numeric(5,1) AS low,
  (100 * c.ci_high)::numeric(5,1) AS high
FROM (
    SELECT segment, retention.rating_agg(score, :scale_min, :scale_max) AS s FROM answers GROUP BY segment
  ) AS segments,
  retention.proportion_ci(
    retention.top_box_share(s, :boxes) * retention.num_responses(s), retention.num_responses(s)) AS c
ORDER BY answers DESC, segment
LIMIT 40;
\set ECHO none
\endif

\endif
