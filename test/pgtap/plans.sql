-- Every aggregate gives the same in every plan: serial, sorted, parallel, partitionwise, over
-- views and materialized views, with FILTER, DISTINCT, ORDER BY, GROUPING SETS, in windows.
-- The calls are in aggregate_calls.psql; foreign tables over several servers: test/t/fdw.pl.
-- Run: pg_prove -d DATABASE test/pgtap/plans.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
\ir aggregate_calls.psql
SELECT plan(37);

SELECT is_empty($$SELECT aggregate FROM calls.of_catalog FULL JOIN calls.aggregates USING (aggregate) WHERE arguments IS NULL OR combines IS NULL$$,
  'aggregate_calls.psql lists the aggregates of the extension');

-- The same rows elsewhere: in partitions by customer and by group, in a view of two halves.
CREATE TABLE calls.by_customer (LIKE calls.events) PARTITION BY HASH (customer);
CREATE TABLE calls.by_customer_0 PARTITION OF calls.by_customer FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE calls.by_customer_1 PARTITION OF calls.by_customer FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE calls.by_customer_2 PARTITION OF calls.by_customer FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE TABLE calls.by_group (LIKE calls.events) PARTITION BY LIST (g);
CREATE TABLE calls.by_group_0 PARTITION OF calls.by_group FOR VALUES IN (0, 2);
CREATE TABLE calls.by_group_1 PARTITION OF calls.by_group FOR VALUES IN (1, 3);
INSERT INTO calls.by_customer SELECT * FROM calls.events;
INSERT INTO calls.by_group SELECT * FROM calls.events;
CREATE VIEW calls.seen AS SELECT * FROM calls.events WHERE k % 2 = 0 UNION ALL SELECT * FROM calls.events WHERE k % 2 = 1;
CREATE MATERIALIZED VIEW calls.kept AS SELECT * FROM calls.events ORDER BY k DESC;
ANALYZE calls.by_customer;
ANALYZE calls.by_group;
ANALYZE calls.kept;

-- What an aggregate gives over each of some queries, for all aggregates but traps.
CREATE FUNCTION calls.given(template text) RETURNS TABLE (aggregate regprocedure, given text) LANGUAGE sql AS $$
  SELECT a.aggregate, calls.outcome(calls.query_of(template, a)) FROM calls.aggregates AS a WHERE trap IS NULL
$$;
-- Those that give something else over one query than over another, or nothing at all.
CREATE FUNCTION calls.differ(template text, wanted text) RETURNS TABLE (aggregate regprocedure, given text, wanted text) LANGUAGE sql AS $$
  SELECT aggregate, left(g.given, 300), left(w.given, 300) FROM calls.given(template) AS g JOIN calls.given(wanted) AS w USING (aggregate)
  WHERE g.given IS DISTINCT FROM w.given OR g.given IS NULL OR g.given ~ '^SQLSTATE' LIMIT 5
$$;
-- The same, of plain GROUP BY over a table, against what was found in the first plan.
CREATE TABLE calls.serial (aggregate regprocedure, given text);
CREATE FUNCTION calls.grouped(source text) RETURNS text LANGUAGE sql AS $$SELECT format('SELECT g, agg(#) FROM %s GROUP BY g', source)$$;
CREATE FUNCTION calls.differ_from_serial(template text) RETURNS TABLE (aggregate regprocedure, given text, wanted text) LANGUAGE sql AS $$
  SELECT aggregate, left(g.given, 300), left(w.given, 300) FROM calls.given(template) AS g JOIN calls.serial AS w USING (aggregate)
  WHERE g.given IS DISTINCT FROM w.given LIMIT 5
$$;
-- Those that combine and whose plan does not match the pattern.
CREATE FUNCTION calls.planned_otherwise(template text, pattern text) RETURNS TABLE (aggregate regprocedure, plan text) LANGUAGE sql AS $$
  SELECT aggregate, plan FROM (SELECT aggregate, twin.plan_of(calls.query_of(template, a)) AS plan FROM calls.aggregates AS a JOIN calls.of_catalog USING (aggregate) WHERE combines) AS p
  WHERE plan !~ pattern LIMIT 5
$$;

-- ------------------------------------------------------------------- serial

SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL client_min_messages = error; -- a fit to a few rows warns that it does not converge
INSERT INTO calls.serial SELECT * FROM calls.given(calls.grouped('calls.events'));
SELECT is_empty($$SELECT * FROM calls.serial WHERE given IS NULL OR given ~ '^SQLSTATE' OR length(given) - length(replace(given, E'\n', '')) <> 3$$, 'serial: four groups of every aggregate');
SELECT is_empty($$SELECT aggregate, calls.outcome(calls.query_of(calls.grouped('calls.events'), a)) FROM calls.aggregates AS a
  WHERE calls.outcome(calls.query_of(calls.grouped('calls.events'), a)) !~ ('^SQLSTATE ' || trap || ':')$$, 'traps raise');
SET LOCAL enable_hashagg = off;
SELECT is_empty($$SELECT * FROM calls.differ_from_serial(calls.grouped('calls.events'))$$, 'sorted');
RESET enable_hashagg;
SELECT is_empty($$SELECT * FROM calls.differ_from_serial('SELECT DISTINCT g, (SELECT agg(#) FROM calls.events WHERE g = groups.g) FROM calls.events AS groups')$$, 'one group at a time, in subqueries');
SELECT is_empty($$SELECT * FROM calls.differ_from_serial(calls.grouped('calls.seen'))$$, 'from a view');
SELECT is_empty($$SELECT * FROM calls.differ_from_serial(calls.grouped('calls.kept'))$$, 'from a materialized view, in another order');
SELECT is_empty($$SELECT * FROM calls.differ_from_serial(calls.grouped('calls.by_customer'))$$, 'from partitions');
SELECT is_empty($$SELECT * FROM calls.differ_from_serial('SELECT g, agg(#) FROM calls.events JOIN (SELECT k AS number FROM calls.events OFFSET 0) AS o ON number = k GROUP BY g')$$, 'from a join');

-- ------------------------------------------------------------------- clauses

SELECT is_empty($$SELECT * FROM calls.differ('SELECT g, agg(#) FILTER (WHERE keep) FROM calls.events GROUP BY g', 'SELECT g, agg(#) FROM calls.events WHERE keep GROUP BY g')$$, 'FILTER');
SELECT is_empty($$SELECT * FROM calls.differ_from_serial('SELECT g, agg(# ORDER BY h DESC, k) FROM calls.events GROUP BY g')$$, 'ORDER BY');
-- Every row twice: DISTINCT takes one of them.
CREATE VIEW calls.twice AS SELECT * FROM calls.events UNION ALL SELECT * FROM calls.events;
SELECT is_empty($$
  SELECT aggregate, got.given, wanted.given
  FROM (SELECT aggregate, calls.outcome(calls.query_of('SELECT g, agg(DISTINCT #) FROM calls.twice GROUP BY g', a)) AS given FROM calls.aggregates AS a WHERE trap IS NULL) AS got
  JOIN (SELECT aggregate, calls.outcome(calls.query_of(format('SELECT g, agg(#) FROM (SELECT DISTINCT ON (g, %s) * FROM calls.events) AS once GROUP BY g',
      regexp_replace(arguments, ', ''[^'']*''|, \d', '', 'g')), a)) AS given FROM calls.aggregates AS a WHERE trap IS NULL) AS wanted USING (aggregate)
  WHERE got.given IS DISTINCT FROM wanted.given OR got.given ~ '^SQLSTATE'
$$, 'DISTINCT');
CREATE FUNCTION calls.grouping_sets(OUT template text, OUT wanted text) LANGUAGE sql AS $$
  SELECT 'SELECT format(''%s %s'', g, h), agg(#) FROM calls.events GROUP BY GROUPING SETS ((g, h), (g), (h), ())',
    'SELECT format(''%s %s'', g, h), agg(#) FROM calls.events GROUP BY g, h UNION ALL SELECT format(''%s '', g), agg(#) FROM calls.events GROUP BY g
     UNION ALL SELECT format('' %s'', h), agg(#) FROM calls.events GROUP BY h UNION ALL SELECT '' '', agg(#) FROM calls.events'
$$;
CREATE FUNCTION calls.sets_differ() RETURNS TABLE (aggregate regprocedure, given text, wanted text) LANGUAGE sql AS $$
  SELECT d.* FROM calls.grouping_sets() AS q, calls.differ(q.template, q.wanted) AS d
$$;
SELECT is_empty('SELECT * FROM calls.sets_differ()', 'GROUPING SETS');
SET LOCAL enable_hashagg = off;
SELECT is_empty('SELECT * FROM calls.sets_differ()', 'GROUPING SETS, sorted');
RESET enable_hashagg;
SET LOCAL enable_sort = off;
SELECT is_empty('SELECT * FROM calls.sets_differ()', 'GROUPING SETS, hashed');
RESET enable_sort;
SELECT is_empty($$SELECT * FROM calls.differ_from_serial('SELECT g, coalesce(agg(#), agg(#)) FROM calls.events GROUP BY g HAVING agg(#) IS NOT NULL')$$, 'one aggregate in several places');

-- ------------------------------------------------------------------- windows

-- The frames of 120 rows, whatever the aggregate: moving ones, whole partitions, with holes.
CREATE TABLE calls.few AS SELECT row_number() OVER (PARTITION BY g ORDER BY k) AS n, * FROM calls.events WHERE k % 4 < 2 AND k <= 240;
ANALYZE calls.few;
CREATE TABLE calls.windows AS
SELECT window_of, format('SELECT format(''%%s %%s'', g, n), agg(#) OVER (PARTITION BY g ORDER BY %s) FROM calls.few', window_of) AS template,
  format('SELECT format(''%%s %%s'', f.g, f.n), s FROM calls.few AS f LEFT JOIN LATERAL (SELECT agg(#) AS s FROM calls.few WHERE g = f.g AND %s) AS recomputed ON true', rows_of) AS wanted
FROM (VALUES ('n ROWS BETWEEN 5 PRECEDING AND CURRENT ROW', 'n BETWEEN f.n - 5 AND f.n'), ('n ROWS BETWEEN 4 PRECEDING AND 2 PRECEDING', 'n BETWEEN f.n - 4 AND f.n - 2'),
  ('n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', 'n >= f.n'), ('n', 'n <= f.n'), ('n GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW', 'abs(n - f.n) = 1'),
  ('day RANGE BETWEEN ''40 days'' PRECEDING AND ''10 days'' FOLLOWING', 'day BETWEEN f.day - 40 AND f.day + 10')) AS w (window_of, rows_of);
SELECT is_empty(format($$SELECT aggregate, left(g.given, 300), left(w.given, 300) FROM calls.of_catalog JOIN calls.given(%L) AS g USING (aggregate) JOIN calls.given(%L) AS w USING (aggregate)
  WHERE moves AND (g.given IS DISTINCT FROM w.given OR g.given IS NULL OR g.given ~ '^SQLSTATE')$$, template, wanted), 'a window = recomputed: ' || window_of) FROM calls.windows;
SELECT is_empty(format($$SELECT aggregate, given FROM calls.of_catalog JOIN calls.given(%L) AS g USING (aggregate) WHERE NOT moves AND given !~ '^SQLSTATE 0A000'$$, template),
  'those that read their state once are refused') FROM calls.windows LIMIT 1;
SELECT cmp_ok((SELECT count(*) FROM calls.of_catalog JOIN calls.aggregates USING (aggregate) WHERE moves AND trap IS NULL), '>', 60::bigint, 'most aggregates work in windows');

-- ------------------------------------------------------------------- partitionwise

SET LOCAL enable_partitionwise_aggregate = on;
-- Where handing on a row costs and computing does not, states are handed on.
SET LOCAL cpu_tuple_cost = 1000;
SET LOCAL cpu_operator_cost = 0;
SELECT is_empty($$SELECT * FROM calls.planned_otherwise(calls.grouped('calls.by_customer'), 'Finalize .*Append.*Partial .*Partial .*Partial ')$$, 'partial states of partitions are planned for every aggregate');
SELECT is_empty($$SELECT * FROM calls.differ_from_serial(calls.grouped('calls.by_customer'))$$, 'partitionwise, groups across partitions');
SELECT is_empty($$SELECT * FROM calls.planned_otherwise(calls.grouped('calls.by_group'), 'Append.*Aggregate.*Aggregate') UNION ALL
  SELECT * FROM calls.planned_otherwise(calls.grouped('calls.by_group'), '^((?!Partial).)*$')$$, 'whole aggregates of partitions are planned for every aggregate');
SELECT is_empty($$SELECT * FROM calls.differ_from_serial(calls.grouped('calls.by_group'))$$, 'partitionwise, groups within partitions');

-- ------------------------------------------------------------------- parallel

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_tuple_cost = 1000;
SET LOCAL parallel_leader_participation = off;
SELECT is_empty($$SELECT * FROM calls.planned_otherwise(calls.grouped('calls.events'), 'Finalize .*Gather.*Partial ')$$, 'partial states in workers are planned for every aggregate');
SELECT matches(twin.plan_of('SELECT retention.nps_agg(i) FROM calls.events', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Workers Launched: [12]', 'and workers run');
SELECT is_empty($$SELECT * FROM calls.differ_from_serial(calls.grouped('calls.events'))$$, 'parallel');
SELECT is_empty($$SELECT aggregate FROM calls.of_catalog JOIN calls.aggregates AS a USING (aggregate) WHERE NOT combines AND twin.plan_of(calls.query_of(calls.grouped('calls.events'), a)) ~ 'Partial'$$,
  'what does not combine is not computed in parts');
SELECT is_empty($$SELECT * FROM calls.differ('SELECT 1, agg(#) FILTER (WHERE keep) FROM calls.events', 'SELECT 1, agg(#) FROM (SELECT * FROM calls.events WHERE keep OFFSET 0) AS kept')$$,
  'parallel without groups, FILTER');
SELECT is_empty($$SELECT aggregate, calls.outcome(calls.query_of(calls.grouped('calls.events'), a)) FROM calls.aggregates AS a
  WHERE calls.outcome(calls.query_of(calls.grouped('calls.events'), a)) !~ ('^SQLSTATE ' || trap || ':')$$, 'traps raise in workers');
SELECT is_empty($$SELECT aggregate, given FROM calls.given('SELECT 1, agg(#) FROM calls.events WHERE k < 0') WHERE given <> '1: '$$, 'no rows in any worker: NULL');
SELECT is_empty($$SELECT * FROM calls.differ_from_serial(calls.grouped('calls.by_customer'))$$, 'parallel over partitions, group by group');
SET LOCAL parallel_tuple_cost = 0;
RESET cpu_tuple_cost;
RESET cpu_operator_cost;
SELECT is_empty($$SELECT * FROM calls.differ_from_serial(calls.grouped('calls.by_customer'))$$, 'parallel over partitions, whatever is cheapest');

SELECT * FROM finish();
ROLLBACK;
