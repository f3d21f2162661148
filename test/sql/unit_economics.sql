-- Unit economics: worked examples, NULL, and every error message. Random data are
-- compared with a plain-SQL twin in test/pgtap/timeline.sql.
SET extra_float_digits = 0;
\pset null NULL

SELECT retention.customer_lifetime_value(50, 0.05) AS value, retention.customer_lifetime_value(50, 0.05, 0.8) AS with_margin,
       retention.customer_lifetime_value(49.99, 1 / 30.0::double precision) AS exactly, retention.customer_lifetime_value(10, 0.03, 1) AS rounded,
       retention.customer_lifetime_value(50, 0) AS nobody_goes, retention.customer_lifetime_value(50, -0.02) AS net_growth,
       retention.customer_lifetime_value(NULL, 0.05) AS unknown, retention.customer_lifetime_value(arpa => 50, churn_rate => 0.05, gross_margin => -0.1) AS loss;
SELECT retention.purchase_lifetime_value(19.99, 4, 2.5) AS value, retention.purchase_lifetime_value(19.99, 0, 2.5) AS never,
       retention.purchase_lifetime_value(10, 0.1, 0.2) AS small, retention.purchase_lifetime_value(10, NULL, 1) AS unknown;
SELECT retention.cac(1000, 30) AS cac, retention.cac(-2, 3) AS refund, retention.cac(1000, 0) AS nobody, retention.cac(NULL, 3) AS unknown;
SELECT retention.ltv_cac_ratio(3000, 1000) AS ratio, retention.ltv_cac_ratio(1, 3) AS third, retention.ltv_cac_ratio(3000, 0) AS free, retention.ltv_cac_ratio(3000, NULL) AS unknown;
SELECT retention.cac_payback_months(600, 50) AS months, retention.cac_payback_months(600, 50, 0.8) AS with_margin,
       retention.cac_payback_months(600, 0) AS no_revenue, retention.cac_payback_months(600, 50, 0) AS no_margin,
       retention.cac_payback_months(600, 50, -0.1) AS never, retention.cac_payback_months(0, 50) AS free, retention.cac_payback_months(NULL, 50) AS unknown;

-- 1000 customers who bring 100 a period; churn falls from 10 % to 8 %, at a cost of 1000
SELECT retention.profit_uplift(1000, 100, .10, .02, 1000) AS for_ever, retention.profit_uplift(1000, 100, .10, .02, 1000, 1) AS one_period,
       retention.profit_uplift(1000, 100, .10, .02, 1000, 12) AS a_year, retention.profit_uplift(1000, 100, .10, .02, 1000, 0) AS only_the_cost,
       retention.profit_uplift(1000, 100, .10, .02, 0, 2147483647) AS very_long;
SELECT retention.profit_uplift(1000, 100, .10, .10) AS nobody_goes_for_ever, retention.profit_uplift(1000, 100, .10, .10, 0, 12) AS nobody_goes,
       retention.profit_uplift(1000, 100, 0, 0) AS nothing_to_gain, retention.profit_uplift(1000, 100, 0, 0, 5, 12) AS only_cost,
       retention.profit_uplift(1000, 100, 1, 0.5, 0, 3) AS from_all, retention.profit_uplift(1000, 100, .1, -.02) AS worse,
       retention.profit_uplift(1000, 100, 1, 0) AS none, retention.profit_uplift(1000, 100, .10, NULL) AS unknown, retention.profit_uplift(1000, 100, .10, .02, NULL) AS no_cost;

-- errors
SELECT retention.customer_lifetime_value(50, 5);
SELECT retention.customer_lifetime_value(50, 'NaN');
SELECT retention.customer_lifetime_value(50, 0.05, 80);
SELECT retention.customer_lifetime_value(50, 0.05, 'Infinity');
SELECT retention.customer_lifetime_value('NaN', 0.05);
SELECT retention.purchase_lifetime_value('Infinity', 1, 1);
SELECT retention.purchase_lifetime_value(1, -1, 1);
SELECT retention.purchase_lifetime_value(1, 1, 'Infinity');
SELECT retention.cac('NaN', 1);
SELECT retention.cac(1, -1);
SELECT retention.cac(1, '-Infinity');
SELECT retention.ltv_cac_ratio('NaN', 1);
SELECT retention.ltv_cac_ratio(1, -1);
SELECT retention.cac_payback_months(-1, 1);
SELECT retention.cac_payback_months(1, 'NaN');
SELECT retention.cac_payback_months(1, 1, 1.5);
SELECT retention.profit_uplift(-1, 100, .1, .02);
SELECT retention.profit_uplift('NaN', 100, .1, .02);
SELECT retention.profit_uplift(1000, 'Infinity', .1, .02);
SELECT retention.profit_uplift(1000, 100, 1.5, .02);
SELECT retention.profit_uplift(1000, 100, .1, .2);
SELECT retention.profit_uplift(1000, 100, .95, -.1);
SELECT retention.profit_uplift(1000, 100, 'NaN', .02);
SELECT retention.profit_uplift(1000, 100, .1, 'Infinity');
SELECT retention.profit_uplift(1000, 100, .1, .02, 'NaN');
SELECT retention.profit_uplift(1000, 100, .1, .02, 0, -1);
