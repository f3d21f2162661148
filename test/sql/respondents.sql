-- surveys by respondent: the worked example, edge cases and every error message
\set VERBOSITY terse
SET search_path = retention, public;

CREATE TEMP TABLE answers (who bigint, score integer, at timestamp);
INSERT INTO answers VALUES
  (1, 9, '2025-01-03 10:00'), (1, 3, '2025-01-20 10:00'), (2, 10, '2025-01-05 12:00'), (3, 8, '2025-01-05 09:00'),
  (1, 9, '2025-02-03 10:00'), (2, 10, '2025-02-09 10:00'), (2, 10, '2025-02-10 10:00'), (4, 0, '2025-02-11 10:00'),
  (NULL, 0, '2025-03-11 10:00'), (9, NULL, '2025-04-02 10:00'), (4, 10, '2025-05-05 10:00'), (5, 1, NULL);
CREATE TEMP TABLE series AS SELECT nps_respondents_agg(who, score, at, 'month') AS n, csat_respondents_agg(who, score, 0, 10, 2, at, 'month') AS c,
  rating_respondents_agg(who, score, 0, 10, at, 'month') AS r FROM answers;

SELECT period_start, respondents, num_responses, promoters, passives, detractors, round(nps::numeric, 2) AS nps, round(ci_low::numeric, 2) AS ci_low, round(ci_high::numeric, 2) AS ci_high, is_complete
FROM series, nps_respondent_series(n);
SELECT period_start, round(change::numeric, 2) AS change, round(change_ci_low::numeric, 2) AS change_ci_low, round(change_ci_high::numeric, 2) AS change_ci_high,
  round(change_p_value::numeric, 4) AS p, round(change_adjusted_p_value::numeric, 4) AS adjusted_p
FROM series, nps_respondent_series(n) WHERE change IS NOT NULL;
SELECT period_start, num_responses, promoters, passives, detractors, round(nps::numeric, 2) AS nps, round(ci_low::numeric, 2) AS ci_low, round(ci_high::numeric, 2) AS ci_high
FROM series, nps_respondent_series(n, '2025-02-28', 'all', 0.9);
SELECT period_start, period_end, respondents, num_responses, satisfied, round(csat::numeric, 4) AS csat, round(ci_low::numeric, 4) AS ci_low, round(ci_high::numeric, 4) AS ci_high
FROM series, csat_respondent_series(c, '2025-02-28');
SELECT period_start, respondents, num_responses, round(mean_score::numeric, 4) AS mean_score, round(ci_low::numeric, 4) AS ci_low, round(ci_high::numeric, 4) AS ci_high, round(change::numeric, 4) AS change
FROM series, rating_respondent_series(r, '2025-02-28', 'all');

-- a panel in which nobody changed is not certain
SELECT change, round(change_ci_low::numeric, 2) AS change_ci_low, round(change_ci_high::numeric, 2) AS change_ci_high, change_p_value
FROM nps_respondent_series((SELECT nps_respondents_agg(n, 9, date '2025-01-01' + 31 * m, 'month') FROM generate_series(1, 20) AS n, generate_series(0, 1) AS m)) WHERE change IS NOT NULL;
-- the correction counts the changes of all rows
SELECT correction, array_agg(round(change_p_value::numeric, 3)) AS p, array_agg(round(change_adjusted_p_value::numeric, 3)) AS adjusted
FROM unnest('{holm,benjamini_hochberg,bonferroni,none}'::text[]) WITH ORDINALITY AS c (correction, k),
  nps_respondent_series((SELECT nps_respondents_agg(n, CASE WHEN n % (2 + m) < 2 THEN 10 ELSE 0 END, date '2025-01-01' + 31 * m, 'month') FROM generate_series(1, 40) AS n, generate_series(0, 3) AS m),
    correction => correction) AS x
WHERE change IS NOT NULL GROUP BY k, correction ORDER BY k;
-- no answers
SELECT period_start, respondents, num_missing, num_responses, nps, ci_low, change FROM nps_respondent_series((SELECT nps_respondents_agg(1, NULL::integer, date '2025-01-01', 'month')), '2025-02-01');
SELECT count(*) FROM nps_respondent_series(NULL);
SELECT count(*) FROM series, nps_respondent_series(n, answers => NULL);
SELECT count(*) FROM series, nps_respondent_series(n, '2024-12-31');

-- panels
CREATE TEMP TABLE panel (before integer, after integer);
INSERT INTO panel VALUES (9, 9), (9, 10), (3, 9), (8, 9), (8, 7), (NULL, 4), (9, 3), (6, NULL);
SELECT num_responses(s), num_missing(s), (SELECT string_agg(c::text, ' ') FROM score_counts(s) AS c) AS moves FROM (SELECT nps_paired_agg(before, after) AS s FROM panel) AS p;
SELECT round(difference::numeric, 4) AS difference, round(stderr::numeric, 4) AS stderr, round(p_value::numeric, 4) AS p_value, round(ci_low::numeric, 4) AS ci_low, round(ci_high::numeric, 4) AS ci_high
FROM nps_paired_test((SELECT nps_paired_agg(before, after) FROM panel));

-- errors
SELECT nps_respondents_agg(1, 11, date '2025-01-01', 'month');
SELECT nps_respondents_agg(1, 9.5, date '2025-01-01', 'month');
SELECT nps_respondents_agg(1, 9, date '2025-01-01', NULL);
SELECT nps_respondents_agg(1, 9, date '2025-01-01', 'day elapsed');
SELECT nps_respondents_agg(1, 9, date '2025-01-01', 'month Europe/Berlin');
SELECT nps_respondents_agg(1, 9, timestamptz '2025-01-01 00:00Z', 'month');
SELECT nps_respondents_agg(1, 9, date 'infinity', 'month');
SELECT nps_respondents_agg(1, 9, date '2025-01-01', CASE WHEN n = 1 THEN 'month' ELSE 'week' END::period_spec) FROM generate_series(1, 2) AS n;
SELECT csat_respondents_agg(1, 5, 1, 5, 5, date '2025-01-01', 'month');
SELECT csat_respondents_agg(1, 5, 1, 5, NULL, date '2025-01-01', 'month');
SELECT csat_respondents_agg(1, 5, 1, NULL, 2, date '2025-01-01', 'month');
SELECT csat_respondents_agg(1, 5, 1, 5, n, date '2025-01-01', 'month') FROM generate_series(1, 2) AS n;
SELECT rating_respondents_agg(1, 5, 1, 4 + n, date '2025-01-01', 'month') FROM generate_series(1, 2) AS n;
SELECT combine(n, c) FROM series;
SELECT combine(c, r) FROM series;
SELECT combine(n, (SELECT nps_respondents_agg(1, 9, date '2025-01-01', 'week'))) FROM series;
SELECT combine(s, s) FROM (VALUES ('\x010e0000030301650000000000000080a797daff0c97da7f00feffffffffffffffff0100feffffffffffffffff01feffffffffffffffff0100feffffffffffffffff0100feffffffffffffffff01feffffffffffffffff01feffffffffffffffff01feffffffffffffffff0100'::respondent_series)) AS v (s);
SELECT * FROM series, nps_respondent_series(c);
SELECT * FROM series, csat_respondent_series(r);
SELECT * FROM series, rating_respondent_series(n);
SELECT * FROM series, nps_respondent_series(n, answers => 'first');
SELECT * FROM series, nps_respondent_series(n, correction => 'tukey');
SELECT * FROM series, nps_respondent_series(n, confidence => 1);
SELECT * FROM series, nps_respondent_series(n, 'infinity');
SELECT * FROM series, nps_respondent_series(n, max_rows => 2);
SELECT nps_paired_agg(9, 11);
SELECT nps_paired_test(nps_agg(9));
SELECT nps_paired_remove(nps_agg(9), 9, 10);
SELECT nps_paired_remove(nps_paired_agg(9, 9), 9, 0);
