-- Churn and retention by month
--
-- Of the customers who paid at the start of the month, how many are gone at its end (churn), with
-- the 95 % interval of that share. And how much of their MRR is still there: without what others of
-- them pay more (gross revenue retention, GRR), and with it (net, NRR). With few customers the
-- interval is wide: then one month says little.
-- Larkspur: churn in March and April 2025: its interval lies above that of the months around.

SELECT to_char(period_start, 'YYYY-MM') AS month,
  starting_customers AS customers,
  churned_customers AS churned,
  (100 * customer_churn_rate)::numeric(5,1) AS "churn %",
  (100 * customer_churn_ci_low)::numeric(5,1) AS low,
  (100 * customer_churn_ci_high)::numeric(5,1) AS high,
  (100 * gross_revenue_retention)::numeric(6,1) AS "GRR %",
  (100 * net_revenue_retention)::numeric(6,1) AS "NRR %",
  CASE WHEN NOT is_complete THEN 'open' END AS note
FROM kpi.mrr_bridge_monthly
WHERE period_start > (
  SELECT max(period_start) - interval '12 months' FROM kpi.mrr_bridge_monthly)
ORDER BY period_start;
