-- NPS by month
--
-- The Net Promoter Score of the last months: the share of answers 9 and 10 minus the share of 0 to
-- 6, from -100 to 100. It lies between low and high with 95 % confidence, its change against the
-- month before between chg_low and chg_high. A * marks a change whose p-value is below 0.05 after
-- Holm's correction for the number of months: of 20 such series in which nothing changes, about one
-- has a mark at all. open: the month is not over.
-- Larkspur: November 2024, when the product was out of order, and the month after. In March 2025 the
-- Larkspur: price of Starter rose: one of 37 months has no mark for such a change, but that of Starter has
-- Larkspur: one in view nps_monthly_by_segment.

SELECT to_char(period_start, 'YYYY-MM') AS month,
  num_responses AS answers,
  nps::numeric(5,1),
  ci_low::numeric(5,1) AS low,
  ci_high::numeric(5,1) AS high,
  change::numeric(5,1),
  change_ci_low::numeric(5,1) AS chg_low,
  change_ci_high::numeric(5,1) AS chg_high,
  concat_ws(' ', CASE WHEN change_adjusted_p_value < 0.05 THEN '*' END,
    CASE WHEN NOT is_complete THEN 'open' END) AS note,
  repeat('#', greatest(nps / 4, 0)::integer) AS bar
FROM kpi.nps_monthly
WHERE period_start > (
  SELECT max(period_start) - interval '25 months' FROM kpi.nps_monthly)
ORDER BY period_start;
