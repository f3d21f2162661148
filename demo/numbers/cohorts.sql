-- Cohort retention
--
-- Customers who came in the same month are a cohort: one row each, with how many they were. Column
-- 1 says how many per cent of them were there one month later, column 2 two months later, and so
-- on. open: that month is not over.
-- Larkspur: the rows from June 2025 on, after the new introduction to the product: column 1 went from
-- Larkspur: below 50 to about 60 %.

SELECT to_char(cohort_start, 'YYYY-MM') || lpad(cohort_size::text, 6) AS cohort,
  period_number AS month,
  CASE WHEN is_complete THEN round(100 * retention_rate)::text || '%' ELSE 'open' END AS kept
FROM kpi.cohort_retention_monthly
WHERE cohort_start > (
  SELECT max(cohort_start) - interval '12 months' FROM kpi.cohort_retention_monthly)
ORDER BY cohort_start, period_number
\crosstabview cohort month kept month
