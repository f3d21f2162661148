-- Intervals, tests and sample sizes of proportions: worked examples and errors.
-- Published values stand in test/pgtap/statistics.sql.
SET extra_float_digits = 0;

SELECT round(ci_low::numeric, 6) AS ci_low, round(ci_high::numeric, 6) AS ci_high
FROM unnest('{wilson,clopper_pearson,wald}'::text[]) WITH ORDINALITY m(method, i),
     retention.proportion_ci(81, 263, method => m.method)
ORDER BY i;
SELECT retention.proportion_ci(0, 5) AS none, retention.proportion_ci(5, 5, 0.95, 'clopper_pearson') AS "all",
       retention.proportion_ci(0, 0) IS NULL AS of_nothing;
SELECT round(difference::numeric, 9) AS difference, round(stderr::numeric, 9) AS stderr,
       round(z::numeric, 6) AS z, round(p_value::numeric, 6) AS p_value,
       round(ci_low::numeric, 6) AS ci_low, round(ci_high::numeric, 6) AS ci_high
FROM retention.proportion_test(20034, 44700, 20119, 45489);
SELECT retention.proportion_test(5, 5, 5, 5) AS nothing_varies,
       retention.proportion_test(0, 0, 5, 5) IS NULL AS of_nothing;
SELECT retention.proportion_sample_size(0.05),
       retention.proportion_sample_size(0.05, population => 1000),
       retention.proportion_sample_size(0.02, p => 0.1, confidence => 0.99),
       retention.proportion_sample_size(NULL) IS NULL AS unknown;

SELECT retention.proportion_ci(5, 10, 0);
SELECT retention.proportion_ci(5, 10, 1);
SELECT retention.proportion_ci(5, 10, 95);
SELECT retention.proportion_ci(5, 10, 'NaN');
SELECT retention.proportion_ci(5, 10, method => 'exact');
SELECT retention.proportion_ci(11, 10);
SELECT retention.proportion_ci(-1, 10);
SELECT retention.proportion_ci('NaN', 10);
SELECT retention.proportion_ci(1, 'Infinity');
SELECT retention.proportion_ci(1, -1);
SELECT retention.proportion_test(1, 2, 3, 2);
SELECT retention.proportion_sample_size(0);
SELECT retention.proportion_sample_size(1.5);
SELECT retention.proportion_sample_size(0.05, p => 1);
SELECT retention.proportion_sample_size(0.05, population => 0);
SELECT retention.proportion_sample_size(0.05, population => 'Infinity');
SELECT retention.proportion_sample_size(1e-11);

SELECT correction, retention.adjusted_p_values('{0.01,NULL,0.04,0.03}', correction) FROM unnest('{holm,benjamini_hochberg,bonferroni,none}'::text[]) correction;
SELECT retention.adjusted_p_values('{0.5}', 'fdr');
SELECT retention.adjusted_p_values('{0.5,NULL,1.5}');
