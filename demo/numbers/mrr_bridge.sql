-- Monthly recurring revenue (MRR), from one month to the next
--
-- What customers pay by the month, at the start and at the end of each month, and why it changed:
-- start + new + expansion + returned - contraction - churned = end, exactly. open: the month is not
-- over.
-- Larkspur: expansion in March 2025, when the price of Starter rose, and at what churned in April.

SELECT to_char(period_start, 'YYYY-MM') AS month,
  trim_scale(starting_mrr) AS start,
  trim_scale(new_business_mrr) AS new,
  trim_scale(expansion_mrr) AS expansion,
  trim_scale(reactivation_mrr) AS returned,
  trim_scale(contraction_mrr) AS contraction,
  trim_scale(churned_mrr) AS churned,
  trim_scale(ending_mrr) AS "end",
  CASE WHEN NOT is_complete THEN 'open' END AS note
FROM kpi.mrr_bridge_monthly
WHERE period_start > (
  SELECT max(period_start) - interval '12 months' FROM kpi.mrr_bridge_monthly)
ORDER BY period_start;
