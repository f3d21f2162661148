-- Survey scores: worked examples, limits, and every error message. Random data
-- are compared with a plain-SQL twin in test/pgtap/survey.sql.
SET DateStyle TO 'ISO, YMD';
SET extra_float_digits = 0;
\pset null NULL

-- 30 promoters and 50 detractors among 100 answers
CREATE TEMP TABLE answer (score integer, segment text, answered_on date);
INSERT INTO answer
SELECT CASE WHEN i <= 30 THEN 9 + i % 2 WHEN i <= 50 THEN 7 + i % 2 ELSE i % 7 END,
       CASE WHEN i % 3 = 0 THEN 'business' ELSE 'private' END,
       date '2024-01-01' + i
FROM generate_series(1, 100) i;
SELECT retention.nps(score) FROM answer;
SELECT retention.num_responses(s), retention.promoters(s), retention.passives(s), retention.detractors(s),
       retention.nps(s), round(retention.mean_score(s)::numeric, 4) AS mean,
       retention.nps_variance(s), round(retention.nps_stderr(s)::numeric, 6) AS stderr
FROM (SELECT retention.nps_agg(score) AS s FROM answer) a;
SELECT m.method, round(c.ci_low::numeric, 6) AS ci_low, round(c.ci_high::numeric, 6) AS ci_high
FROM (SELECT retention.nps_agg(score) AS s FROM answer) a,
     unnest('{wald,adjusted_wald,score}'::text[]) WITH ORDINALITY m(method, i),
     retention.nps_ci(a.s, method => m.method) c
ORDER BY m.i;
SELECT segment, retention.nps(score) FROM answer GROUP BY segment ORDER BY segment;
SELECT * FROM retention.score_counts((SELECT retention.rating_agg(score, 0, 10) FROM answer WHERE score > 6));

-- no rows, no answers, missing answers
SELECT retention.nps_agg(score), retention.nps(score) FROM answer WHERE false;
SELECT retention.num_responses(s), retention.num_missing(s), retention.nps(s), retention.csat(s),
       retention.mean_score(s), retention.response_rate(s), retention.nps_ci(s), retention.nps_variance(s)
FROM (SELECT retention.nps_agg(NULL::integer) AS s FROM answer) a;
SELECT retention.num_responses(s), retention.num_missing(s), retention.response_rate(s)
FROM (SELECT retention.csat_agg(x) AS s FROM (VALUES (5), (NULL), (1), (3)) v(x)) a;

-- other scales
SELECT retention.csat(s), retention.top_box_share(s, 1), retention.bottom_box_share(s),
       retention.net_score(s), retention.mean_score(s), retention.percent_of_maximum(s)
FROM (SELECT retention.csat_agg(x) AS s FROM unnest('{5,5,4,3,1}'::int[]) x) a;
SELECT retention.net_score(s, 3) AS ces_net, retention.top_box_share(s, 3) AS ces_5_to_7
FROM (SELECT retention.ces_agg(x) AS s FROM unnest('{7,6,5,4,1}'::int[]) x) a;
SELECT round(retention.nps(s, 6, 9)::numeric, 6) AS r_nps_example
FROM (SELECT retention.rating_agg(x, 0, 15) AS s FROM generate_series(1, 15) x) a;
SELECT retention.mean_score(retention.rating_agg(x, -50, 50)) FROM generate_series(-50, 50) x;

-- weights
SELECT retention.nps(s), retention.num_responses(s), retention.weighted_responses(s), retention.promoter_share(s),
       round(retention.nps_stderr(s)::numeric, 6) AS stderr
FROM (SELECT retention.nps_agg(score, weight) AS s
      FROM (VALUES (10, 2.5), (9, 1), (8, 1), (0, 0.5), (3, NULL), (NULL, 1)) v(score, weight)) a;
SELECT retention.nps(s), retention.weighted_responses(s)
FROM (SELECT retention.nps_agg(score, 0::float8) AS s FROM answer) a;

-- series
SELECT period_start, period_end, num_responses, promoters, passives, detractors,
       round(nps::numeric, 2) AS nps, round(ci_low::numeric, 2) AS ci_low, round(ci_high::numeric, 2) AS ci_high,
       round(change::numeric, 2) AS change, round(change_p_value::numeric, 4) AS p, is_complete
FROM retention.nps_series((SELECT retention.nps_series_agg(score, answered_on, 'month') FROM answer),
                          as_of => DATE '2024-05-10');
SELECT correction, round(change_ci_low::numeric, 2) AS change_ci_low, round(change_ci_high::numeric, 2) AS change_ci_high, round(change_adjusted_p_value::numeric, 4) AS adjusted_p, num_missing
FROM unnest('{holm,Bonferroni,benjamini_hochberg,none}'::text[]) WITH ORDINALITY c (correction, i),
     retention.nps_series((SELECT retention.nps_series_agg(score, answered_on, 'month') FROM answer), correction => c.correction) s
WHERE change IS NOT NULL ORDER BY i, period_start;
SELECT * FROM retention.nps_series((SELECT retention.nps_series_agg(1, date '2024-01-01', 'month')), correction => 'fdr');
SELECT count(*) FROM retention.nps_series((SELECT retention.nps_series_agg(1, date '2024-01-01', 'month')), correction => NULL);
SELECT period_start, num_responses, round(nps::numeric, 2) AS nps, round(change::numeric, 2) AS change
FROM retention.nps_series((SELECT retention.nps_series_agg(score, answered_on, 'month') FROM answer),
                          trailing_periods => 2);
SELECT period_start, retention.num_responses(summary), retention.num_missing(summary)
FROM retention.period_summaries((
  SELECT retention.rating_series_agg(score, 1, 5, day, 'month')
  FROM (VALUES (5, date '2024-01-31'), (NULL, '2024-03-01'), (4, NULL)) v(score, day)));
SELECT count(*) FROM retention.nps_series((SELECT retention.nps_series_agg(score, answered_on, 'month') FROM answer),
                                          as_of => DATE '2023-12-31');

-- merging
SELECT retention.combine(a.s, NULL) = a.s AS null_is_empty,
       retention.combine(NULL, a.s) = a.s AS on_either_side,
       retention.combine(NULL::retention.rating_summary, NULL) IS NULL AS nothing,
       retention.num_responses(a.s OPERATOR(retention.+) a.s) AS twice,
       retention.num_responses(a.s OPERATOR(retention.-) a.s) AS none
FROM (SELECT retention.nps_agg(score) AS s FROM answer) a;

-- the support functions are there to be called by hand, too
SELECT retention.rating_remove(NULL::retention.rating_summary, 5) IS NULL AS nothing_to_remove;
SELECT retention.combine(
         retention.nps_series_agg(9, d, 'day') FILTER (WHERE i % 2 = 0), retention.nps_series_agg(9, d, 'day') FILTER (WHERE i % 2 = 1))
       = retention.nps_series_agg(9, d, 'day') AS interleaved
FROM (SELECT i, date '2000-01-01' + i AS d FROM generate_series(1, 1000) i) v;

-- planning a survey
SELECT retention.nps_sample_size(5), retention.nps_sample_size(5, population => 1000),
       retention.nps_sample_size(1e-200, population => 1000) AS everybody,
       retention.nps_sample_size(5, variance => 0.61), retention.nps_sample_size(NULL) IS NULL AS unknown;
SELECT retention.nps_category(10), retention.nps_category(8), retention.nps_category(0);

-- bad scores
SELECT retention.nps_agg(11);
SELECT retention.nps(-1);
SELECT retention.csat_agg(0);
SELECT retention.ces_agg(2147483647);
SELECT retention.nps_agg(7.5);
SELECT retention.nps_agg('NaN'::float8);
SELECT retention.nps_agg(1e300);
SELECT retention.nps_agg(3000000000);
-- but not in rows that are ignored
SELECT retention.nps_agg(7.5, NULL), retention.nps_series_agg(7.5, NULL::date, 'month'),
       retention.nps_series_agg(11, NULL::date, 'month');
SELECT retention.nps_category(7.5);
SELECT retention.nps_category(11);
-- bad scales
SELECT retention.rating_agg(1, 5, 1);
SELECT retention.rating_agg(1, 1, 102);
SELECT retention.rating_agg(1, -2147483648, 2147483647);
SELECT retention.rating_agg(1, NULL, 5);
SELECT retention.rating_agg(1, 1, g) FROM generate_series(5, 6) g;
-- bad weights
SELECT retention.nps_agg(9, -1);
SELECT retention.nps_agg(9, 'NaN');
SELECT retention.nps_agg(9, 'Infinity');
SELECT retention.nps_agg(9, 1e200);
SELECT retention.nps_agg(9, 1e-200);
SELECT retention.num_responses(retention.nps_agg(9, 1e-150)), retention.num_responses(retention.nps_agg(9, 1e150));
-- what does not combine
SELECT retention.combine(retention.nps_agg(1), retention.csat_agg(1));
SELECT retention.merge_agg(s) FROM (SELECT retention.nps_agg(1) UNION ALL SELECT retention.nps_agg(1, 1.0)) v(s);
SELECT retention.combine(retention.nps_series_agg(1, date '2024-01-01', 'week'),
                         retention.nps_series_agg(1, date '2024-01-01', 'week week_start=7'));
SELECT retention.combine(retention.nps_series_agg(1, date '2024-01-01', 'week'),
                         retention.nps_series_agg(1, date '2024-01-01', 'month'));
SELECT retention.combine(retention.nps_series_agg(1, date '2024-01-01', 'week'),
                         retention.rating_series_agg(1, 1, 5, date '2024-01-01', 'week'));
SELECT retention.subtract(retention.nps_agg(1), retention.nps_agg(2));
SELECT retention.subtract(retention.nps_agg(1, 1.0), retention.nps_agg(1, 2.0));
-- bad questions
SELECT retention.promoters(retention.csat_agg(1));
SELECT retention.nps(retention.csat_agg(1));
SELECT retention.nps(retention.csat_agg(1), 0, 4);
SELECT retention.nps(retention.csat_agg(1), 3, 3);
SELECT retention.top_box_share(retention.csat_agg(1), 0);
SELECT retention.bottom_box_share(retention.csat_agg(1), 6);
SELECT retention.net_score(retention.csat_agg(1), 3);
SELECT retention.nps_ci(retention.nps_agg(1), 1.5);
SELECT retention.nps_ci(retention.nps_agg(1), method => 'bootstrap');
SELECT retention.nps_ci(retention.nps_agg(g), population => 3) FROM generate_series(1, 4) g;
SELECT retention.nps_ci(retention.nps_agg(1), population => 'NaN');
SELECT retention.nps_test(retention.nps_agg(1), retention.nps_agg(1), method => 'score');
SELECT retention.nps_sample_size(0);
SELECT retention.nps_sample_size(101);
SELECT retention.nps_sample_size(5, variance => 1.5);
SELECT retention.nps_sample_size(1e-9);
-- bad series
SELECT retention.nps_series_agg(1, timestamptz '2024-01-01 00:00Z', 'month');
SELECT retention.nps_series_agg(1, date '2024-01-01', 'month UTC');
SELECT retention.nps_series_agg(1, date '2024-01-01', 'month elapsed');
SELECT retention.nps_series_agg(1, date '2024-01-01', NULL::retention.period_spec);
SELECT retention.nps_series_agg(1, date 'infinity', 'month');
SELECT retention.nps_series_agg(11, date '2024-01-01', 'month');
SELECT retention.nps_series_agg(1, date '2024-01-01', v.p) FROM (VALUES ('month'), ('week')) v(p);
SELECT * FROM retention.nps_series((SELECT retention.nps_series_agg(1, date '2024-01-01', 'month')), trailing_periods => 0);
SELECT * FROM retention.nps_series((SELECT retention.nps_series_agg(1, date '2024-01-01', 'month')), as_of => 'infinity');
SELECT * FROM retention.nps_series((SELECT retention.rating_series_agg(1, 1, 5, date '2024-01-01', 'month')));
SELECT * FROM retention.nps_series((SELECT retention.nps_series_agg(1, date '4714-11-24 BC', 'month')));

-- full: a summary of 2^63 - 1 answers, and weights whose squares add up to more than a double holds
CREATE TEMP TABLE full_summary AS SELECT '\x0102030000000000020000000000000000ffffffffffffff7f0000000000000000'::retention.rating_summary AS s;
SELECT retention.num_responses(s) FROM full_summary;
SELECT retention.rating_accum(s, 0, 0, 1) FROM full_summary;
SELECT retention.rating_accum(s, 1, 0, 1) FROM full_summary;
SELECT retention.combine(s, s) FROM full_summary;
SELECT retention.rating_remove(retention.nps_agg(9), 8);
CREATE TEMP TABLE heavy AS SELECT '\x010204000000000002000100f15f096bdfdde75fa0c8eb85f3cce17f00000000000000000000000000000000'::retention.rating_summary AS s;
SELECT retention.combine(s, s) FROM heavy;
CREATE TEMP TABLE full_series AS SELECT '\x0103030000000000020301003f2200003f220000010000000000000000000000880200000000000000000000ffffffffffffff7f0000000000000000'::retention.rating_series AS s;
SELECT retention.rating_series_accum(s, 1, 0, 1, date '2024-01-01', 'month') FROM full_series;
SELECT retention.combine(s, s) FROM full_series;

-- rows without a time are in no period, and not lost: one notice for all series of a query
CREATE TEMP TABLE sent AS
SELECT 'g' || n % 3 AS grp, date '2024-01-01' + n AS sent, CASE WHEN n % 2 = 0 THEN date '2024-01-03' + n END AS answered, CASE WHEN n % 2 = 0 THEN n % 11 END AS score FROM generate_series(0, 59) n;
SELECT grp, retention.num_undated(rs) AS undated, period_start, num_responses, num_missing
FROM (SELECT grp, retention.nps_series_agg(score, answered, 'month') AS rs FROM sent GROUP BY grp) q, retention.nps_series(rs) ORDER BY grp, period_start;
SELECT period_start, retention.num_responses(summary) AS n, retention.num_missing(summary) AS missing
FROM retention.period_summaries((SELECT retention.rating_series_agg(score, 0, 10, answered, 'month') FROM sent));
SELECT grp, retention.num_undated(rs) AS undated, period_start, num_responses, num_missing
FROM (SELECT grp, retention.nps_series_agg(score, answered, 'month', sent) AS rs FROM sent GROUP BY grp) q, retention.nps_series(rs) ORDER BY grp, period_start;
SELECT retention.num_undated(retention.nps_series_agg(score, answered, 'month')) FROM sent WHERE answered IS NULL;

-- moments of two types: an error, whichever they are
DO $$
DECLARE
  call text;
BEGIN
  FOR call IN SELECT format('%s(3, %s%s, %L, %s)', f, scale, a, 'month', b)
    FROM (VALUES ('nps_series_agg', ''), ('rating_series_agg', '1, 5, ')) f (f, scale),
      unnest('{date,timestamp,timestamptz}'::text[]) x (t), unnest('{date,timestamp,timestamptz}'::text[]) y (t), format('%s %L', x.t, '2024-01-01 00:00Z') a, format('%s %L', y.t, '2024-01-01 00:00Z') b
    WHERE x.t <> y.t
  LOOP
    BEGIN
      EXECUTE 'SELECT retention.' || call;
      RAISE EXCEPTION 'no error: %', call;
    EXCEPTION WHEN invalid_parameter_value THEN
      IF SQLERRM NOT LIKE 'the moments of answering and of asking must be of the same type' THEN RAISE; END IF;
    END;
  END LOOP;
END
$$;
