-- Retention over a year
--
-- The customers of one year earlier: how many of them still pay, and how much of their MRR is there
-- now, without (GRR) and with (NRR) what those who stay pay more. An NRR above 100 % is growth even
-- without new customers.

SELECT to_char(period_start, 'YYYY-MM') AS month,
  base_customers AS "a year ago",
  retained_customers AS kept,
  (100 * customer_retention)::numeric(5,1) AS "kept %",
  (100 * ci_low)::numeric(5,1) AS low,
  (100 * ci_high)::numeric(5,1) AS high,
  (100 * gross_revenue_retention)::numeric(6,1) AS "GRR %",
  (100 * net_revenue_retention)::numeric(6,1) AS "NRR %",
  CASE WHEN NOT is_complete THEN 'open' END AS note
FROM kpi.trailing_retention_monthly
WHERE period_start > (
  SELECT max(period_start) - interval '6 months' FROM kpi.trailing_retention_monthly)
ORDER BY period_start;
