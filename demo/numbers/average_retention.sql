-- The retention curve
--
-- All cohorts together: how many per cent of the customers are there so many months after they
-- came, with the 95 % interval. Only months that are over count. Where the curve becomes flat,
-- people stay.

SELECT period_number AS month,
  cohorts,
  customers,
  retained AS kept,
  (100 * retention_rate)::numeric(5,1) AS "kept %",
  (100 * ci_low)::numeric(5,1) AS low,
  (100 * ci_high)::numeric(5,1) AS high,
  repeat('#', (30 * retention_rate)::integer) AS bar
FROM kpi.average_retention_monthly
WHERE period_number IN (0, 1, 2, 3, 4, 6, 9, 12, 18, 24, 36)
ORDER BY period_number;
