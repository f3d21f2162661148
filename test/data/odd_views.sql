-- odd_views.sql: views in schema odd that carry the names and the mark of ours and hold what no creator writes:
-- NaN, infinity, numbers of 400 digits, dates at the ends of the calendar, 300,000 ages, a million leads
-- with NULLs, names of a megabyte, control characters. report.pl asks for a report on them.

CREATE SCHEMA odd;
CREATE FUNCTION pg_temp.own(creator text, name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE VIEW odd.%I AS %s', name, query);
  EXECUTE format('COMMENT ON VIEW odd.%I IS %L', name, format(E'definition ]]> &amp; <b>%s</b>\nCreated by retention.%s().', repeat('x', 100000), creator));
END $$;
CREATE TABLE odd.number (x numeric, at date, age double precision);
INSERT INTO odd.number VALUES ('NaN', 'infinity', 'NaN'), ('Infinity', '-infinity', 'Infinity'), ('-Infinity', NULL, -1), (10::numeric ^ 400, '5874897-12-31', 0.5),
  (-(10::numeric ^ 400), '4713-01-01 BC', 1e300), (1e-400, '2024-01-01', 0), (NULL, '2024-02-01', 1), (-5, '2024-03-01', 2), (0, '2024-04-01', 3), ('NaN', '2024-05-01', 4), ('Infinity', '2024-06-01', 5);
SELECT pg_temp.own('create_survey_views', 'nps_monthly',
  'SELECT at AS period_start, x AS num_responses, x AS promoters, x AS nps, x AS ci_low, -x AS ci_high, x AS change, x AS change_p_value, true AS is_complete FROM odd.number');
SELECT pg_temp.own('create_survey_views', 'csat_monthly',
  'SELECT at AS period_start, age AS csat_share, age AS ci_low, NULL::integer AS num_responses, NULL::boolean AS is_complete FROM odd.number');
SELECT pg_temp.own('create_retention_views', 'lifecycle_monthly',
  'SELECT at AS period_start, x AS active_customers, -x AS new_customers, age AS dormant_customers, true AS is_complete FROM odd.number');
SELECT pg_temp.own('create_retention_views', 'cohort_retention_monthly',
  'SELECT n.at AS cohort_start, a.age AS period_number, n.x AS cohort_size, a.age AS retention_rate, true AS is_complete FROM odd.number n, odd.number a
   UNION ALL SELECT date ''2024-07-01'', a, a, -a, true FROM generate_series(0, 300000) a
   UNION ALL SELECT date ''2024-08-01'', 0, 1, 0.5, false FROM generate_series(0, 300000) a');
SELECT pg_temp.own('create_retention_views', 'average_retention_monthly',
  'SELECT age AS period_number, x AS cohorts, age AS retention_rate, x AS ci_low, age AS ci_high FROM odd.number UNION ALL SELECT a, 1, -a, 0, 0 FROM generate_series(6, 300000) a');
SELECT pg_temp.own('create_revenue_views', 'mrr_bridge_monthly',
  'SELECT at AS period_start, x AS starting_mrr, x AS new_business_mrr, -x AS ending_mrr, x AS churned_mrr, 3.7 AS ending_customers, x AS customer_churn_rate, true AS is_complete FROM odd.number');
SELECT pg_temp.own('create_revenue_views', 'trailing_retention_monthly',
  'SELECT at AS period_start, at AS base_period_start, x AS customer_retention, x AS net_revenue_retention, x AS ci_low, true AS is_complete FROM odd.number');
SELECT pg_temp.own('create_lead_views', 'lead_scores',
  $$SELECT repeat('<', 1000000) AS lead_id, 1e308 AS score, repeat('x', 1000000) AS label, E'\x01\x02\x7f\u0085\ufffe\ufdd0' || repeat('&', 1000000) AS reasons FROM generate_series(1, 7)
    UNION ALL SELECT NULL, 'NaN', NULL, NULL UNION ALL SELECT n::text, CASE WHEN n % 2 = 0 THEN -n::double precision END, NULL, NULL FROM generate_series(1, 1000000) n$$);
