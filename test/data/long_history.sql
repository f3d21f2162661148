-- long_history.sql: views in schema long whose cohorts began every three months over six years, all of them
-- active until the end, and a subscription of the year 24. report.pl looks at a report on them.

CREATE TABLE stay (customer_id integer, at date);
INSERT INTO stay SELECT c, date '2018-01-01' + c * 91 + d * 30 FROM generate_series(0, 26) c, generate_series(0, 90) d WHERE date '2018-01-01' + c * 91 + d * 30 < '2024-10-01';
CREATE TABLE plan (customer_id integer, started_on date, ended_on date, mrr numeric);
INSERT INTO plan VALUES (1, '0024-05-01', NULL, 5), (2, '2024-01-01', NULL, 7);
SELECT retention.create_retention_views('long', 'stay', 'customer_id', 'at', as_of => '2024-09-30');
SELECT retention.create_revenue_views('long', 'plan', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2024-09-30');
