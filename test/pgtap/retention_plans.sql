-- retention: the single pass as the server runs it: parallel, spilling, partitionwise,
-- cancelled, in groups, by keys of every shape; long histories; call shapes; bad input.
-- What it must give is in retention.sql: here its twin is the two-stage form.
-- Run: pg_prove -d DATABASE test/pgtap/retention_plans.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
SELECT plan(191);
SELECT setseed(0.64);

-- ---------------------------------------------------- 1. ten million customers

-- The peak of this process's memory so far, in kB; NULL where the system does not tell.
CREATE FUNCTION twin.peak_memory() RETURNS integer LANGUAGE sql AS $$
  SELECT (regexp_match(pg_read_file('/proc/self/status', 0, 100000, true), 'VmHWM:\s+(\d+)'))[1]::integer
$$;
-- Files that spilling left behind. Only the query itself may have any.
CREATE FUNCTION twin.temporary_files() RETURNS bigint LANGUAGE sql AS $$SELECT count(*) FROM pg_ls_tmpdir()$$;

CREATE TEMP TABLE peaks AS SELECT 'before' AS moment, twin.peak_memory() AS kilobytes;
SET LOCAL work_mem = '4MB';
CREATE TEMP TABLE ten_million AS
SELECT retention.retention_agg(n, DATE '2024-01-01' + n % 400, 'month') AS s FROM (SELECT generate_series(1, 10000000) AS n) AS customers;
RESET work_mem;
INSERT INTO peaks SELECT 'after', twin.peak_memory();
SELECT is_empty($$
  SELECT * FROM (SELECT cohort_start, cohort_size, retained FROM ten_million, retention.cohort_retention(s) WHERE period_number = 0) AS got
  FULL JOIN (SELECT date_trunc('month', DATE '2024-01-01' + n)::date AS cohort_start, count(*) * 25000 AS size FROM generate_series(0, 399) AS n GROUP BY 1) AS wanted USING (cohort_start)
  WHERE (cohort_size, retained) IS DISTINCT FROM (size, size)
$$, 'ten million customers at work_mem 4MB');
SELECT ok(coalesce((SELECT max(kilobytes) - min(kilobytes) < 60000 FROM peaks), true), 'in less than 60 MB of memory');
SELECT is(twin.temporary_files(), 0::bigint, 'and no temporary file is left');

-- ---------------------------------------------------------------- the data

-- 230000 customers, up to five visits each, in no order, by keys of three types.
CREATE TABLE visits AS
SELECT customer, (customer::bigint << 33) - 7 AS big, md5(customer::text)::uuid AS id, 'https://example.com/accounts/customers/by-number/' || customer AS name,
  day, day + TIME '00:00' + (visit * 7919 + customer) % 86400 * INTERVAL '1 second' AS at, (customer + visit) % 3 = 0 AS is_birth, customer % 4 AS segment, visit
FROM generate_series(1, 230000) AS customer, generate_series(0, 3) AS visit, LATERAL (SELECT DATE '2023-01-01' + (customer * 7919 + visit * visit * (1 + customer % 97)) % 700 AS day) AS d
WHERE (customer * 31 + visit * 17) % 10 < 5
ORDER BY (customer * 48271::bigint + visit * 16807) % 2147483647;
ANALYZE visits;
CREATE TABLE two_stage AS
SELECT segment, retention.retention_agg(a, 'month') AS s, retention.retention_agg(a, born, 'week') AS b
FROM (SELECT customer, segment, retention.activity_agg(day) AS a, min(day) FILTER (WHERE is_birth) AS born FROM visits GROUP BY customer, segment) AS customers GROUP BY segment;
CREATE TEMP TABLE wanted AS SELECT retention.merge_agg(s)::text AS s, retention.merge_agg(b)::text AS b FROM two_stage;
SELECT cmp_ok((SELECT count(DISTINCT customer) FROM visits), '>=', 200000::bigint, 'there are 200000 customers');

CREATE TEMP TABLE routes AS
SELECT format('SELECT retention.retention_agg(%s, day, ''month'') FROM visits', key) AS route, 's' AS answer, key FROM unnest(ARRAY['customer', 'big', 'id', 'name']) AS key
UNION ALL SELECT format('SELECT retention.retention_agg(%s, %s, is_birth) FROM visits', key, at), 'b', key FROM (VALUES ('big', 'at, ''week'''), ('id', 'at AT TIME ZONE ''UTC'', ''week UTC'''), ('name', 'day, ''week'''))
  AS births (key, at);
-- The answer of a query is that of the twin.
CREATE FUNCTION twin.is_right(route text, answer text) RETURNS boolean LANGUAGE sql AS $$
  SELECT twin.answer(route) = CASE answer WHEN 's' THEN s ELSE b END FROM wanted
$$;

-- ------------------------------------------------------------- 2. it spills

SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL work_mem = '64kB';
SELECT ok(twin.is_right(route, answer), 'spilled = two-stage: ' || route) FROM routes;
SELECT is(twin.temporary_files(), 0::bigint, 'and no temporary file is left');
SELECT ok(twin.plan_of(route, 'ANALYZE, BUFFERS, COSTS OFF, TIMING OFF') ~ '^Aggregate[^\n]*\n *Buffers: [^\n]*temp read=\d+ written=\d+', 'it did spill: by ' || key) FROM routes WHERE answer = 's' AND key <> 'customer';
SET LOCAL work_mem = '256MB';
SELECT ok(twin.is_right(route, answer), 'in memory = two-stage: ' || route) FROM routes;
SELECT ok(twin.plan_of(route, 'ANALYZE, BUFFERS, COSTS OFF, TIMING OFF') !~ 'temp (read|written)', 'it did not spill: by ' || key) FROM routes WHERE answer = 's' AND key IN ('id', 'name');
SET LOCAL work_mem = '64kB';
SELECT is_empty($$
  SELECT segment FROM (SELECT segment, retention.retention_agg(id, day, 'month')::text AS s, retention.retention_agg(name, at, 'week', is_birth)::text AS b FROM visits GROUP BY segment) AS got
  JOIN two_stage USING (segment) WHERE (got.s, got.b) IS DISTINCT FROM (two_stage.s::text, two_stage.b::text)
$$, 'eight states spill at once');
SELECT is_empty($$
  SELECT segment FROM two_stage WHERE s::text IS DISTINCT FROM (SELECT retention.retention_agg(name, day, 'month') FROM visits WHERE visits.segment = two_stage.segment)::text
$$, 'a subquery that spills, row after row');
SELECT is(twin.temporary_files(), 0::bigint, 'and no temporary file is left');
-- Whatever ends a query early takes its files along.
SELECT twin.fails('SELECT retention.retention_agg(customer, day, CASE WHEN customer = 229999 THEN ''week'' ELSE ''month'' END) FROM visits', '22023', 'same|periods', 'an error amid spilling');
SELECT twin.fails('SELECT retention.retention_agg(name, CASE WHEN customer = 229999 THEN DATE ''infinity'' ELSE day END, ''month'') FROM visits', '22008', 'infinit|finite', 'an infinite day amid spilling');
SET LOCAL temp_file_limit = '2MB';
SELECT twin.fails('SELECT retention.retention_agg(name, day, ''month'') FROM visits', '53400', NULL, 'temp_file_limit holds');
RESET temp_file_limit;
SELECT is(twin.temporary_files(), 0::bigint, 'no temporary file is left by what failed');
DECLARE by_segment CURSOR FOR SELECT retention.retention_agg(name, day, 'month')::text AS s FROM visits GROUP BY segment ORDER BY segment;
MOVE 1 FROM by_segment;
CLOSE by_segment;
SELECT is(twin.temporary_files(), 0::bigint, 'nor by a cursor that was closed early');
-- A work_mem that is too small for one state is small, not wrong.
SET LOCAL hash_mem_multiplier = 1;
SELECT ok(twin.is_right('SELECT retention.retention_agg(big, day, ''month'') FROM visits', 's'), 'hash_mem_multiplier 1');
RESET hash_mem_multiplier;
RESET work_mem;

-- ------------------------------------------------------- 3. parallel workers

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0.1;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT ok(twin.plan_of(route) ~ 'Finalize Aggregate.*Gather.*Partial Aggregate', 'a parallel plan: ' || route) FROM routes;
SELECT ok(twin.plan_of('SELECT retention.retention_agg(customer, day, ''month'') FROM visits', 'ANALYZE, COSTS OFF, TIMING OFF') ~ 'Workers Launched: [12]', 'and workers run');
SET LOCAL work_mem = '64MB';
SELECT ok(twin.is_right(route, answer), 'parallel in memory = two-stage: ' || route) FROM routes;
-- What workers send arrives in the order of their tables: a bad order to enter a table in. Only the leader's time counts.
CREATE FUNCTION twin.seconds_of(query text) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
  begun double precision := twin.processor_time();
BEGIN
  EXECUTE query;
  RETURN twin.processor_time() - begun;
END
$$;
SELECT cmp_ok(twin.seconds_of('SELECT retention.retention_agg(customer, day, ''month'') FROM visits'), '<', 1.2::double precision, 'combining does not take longer the larger the states');
SET LOCAL work_mem = '64kB';
SELECT ok(twin.is_right(route, answer), 'parallel and spilled = two-stage: ' || route) FROM routes;
SELECT is(twin.temporary_files(), 0::bigint, 'and no temporary file is left');
RESET work_mem;
SET LOCAL parallel_leader_participation = on;
SELECT ok(twin.is_right(route, answer), 'leader and workers = two-stage: ' || route) FROM routes WHERE key = 'name';
SELECT is_empty($$
  SELECT segment FROM (SELECT segment, retention.retention_agg(name, day, 'month')::text AS s, retention.retention_agg(customer, day, 'week', is_birth)::text AS b,
    (retention.retention_agg(id, day, 'month') FILTER (WHERE visit <= 4))::text AS f FROM visits GROUP BY segment) AS got
  JOIN two_stage USING (segment) WHERE (got.s, got.b, got.f) IS DISTINCT FROM (two_stage.s::text, two_stage.b::text, two_stage.s::text)
$$, 'parallel GROUP BY segment');
SELECT ok(twin.plan_of('SELECT segment, retention.retention_agg(name, day, ''month'') FROM visits GROUP BY segment') ~ 'Finalize.*Gather.*Partial', 'with partial states of segments');
-- Workers without a row, without a customer; an error in a worker.
SELECT is(twin.answer('SELECT retention.retention_agg(customer, day, ''month'') FROM visits WHERE customer + visit > 1000000'), NULL, 'no row in any worker: NULL');
SELECT is(twin.answer('SELECT retention.retention_agg(CASE WHEN customer > 1000000 THEN customer END, day, ''month'') FROM visits'), NULL, 'no customer in any worker: NULL');
SELECT is(twin.answer('SELECT retention.retention_agg(customer, day, ''month'') FROM visits WHERE customer + 0 = 77'),
  twin.answer('SELECT retention.retention_agg(retention.activity_agg(day), ''month'') OVER () FROM visits WHERE customer + 0 = 77'), 'one customer in all workers');
SELECT twin.fails('SELECT retention.retention_agg(customer, CASE WHEN customer = 200001 THEN DATE ''-infinity'' ELSE day END, ''month'') FROM visits', '22008', 'infinit|finite', 'an error in a worker');
SELECT twin.fails('SELECT retention.retention_agg(customer, day, CASE WHEN customer > 100000 THEN ''week'' ELSE ''month'' END) FROM visits', '22023', NULL, 'periods that change, seen by workers');
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- ---------------------------------------------- 4. partitions, groups, windows

SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE by_customer (LIKE visits) PARTITION BY HASH (customer);
CREATE TABLE by_customer_0 PARTITION OF by_customer FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE by_customer_1 PARTITION OF by_customer FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE by_customer_2 PARTITION OF by_customer FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE TABLE by_day (LIKE visits) PARTITION BY RANGE (day);
CREATE TABLE by_day_1 PARTITION OF by_day FOR VALUES FROM (MINVALUE) TO ('2023-06-15');
CREATE TABLE by_day_2 PARTITION OF by_day FOR VALUES FROM ('2023-06-15') TO ('2024-02-29');
CREATE TABLE by_day_3 PARTITION OF by_day FOR VALUES FROM ('2024-02-29') TO (MAXVALUE);
INSERT INTO by_customer SELECT * FROM visits WHERE customer <= 20000;
INSERT INTO by_day SELECT * FROM visits WHERE customer <= 20000;
ANALYZE by_customer;
ANALYZE by_day;
SET LOCAL enable_partitionwise_aggregate = on;
CREATE TEMP TABLE partitioned AS SELECT partitioned, key,
  format('SELECT retention.retention_agg(%s, day, ''month'') FROM %s', key, partitioned) AS route FROM unnest(ARRAY['by_customer', 'by_day']) AS partitioned, unnest(ARRAY['big', 'id', 'name']) AS key;
SELECT ok(twin.plan_of(route) ~ 'Finalize Aggregate.*Append.*Partial Aggregate.*Partial Aggregate.*Partial Aggregate', 'partitionwise: ' || route) FROM partitioned;
SELECT is_empty($$SELECT route FROM partitioned WHERE twin.answer(route) IS DISTINCT FROM twin.answer(
  'SELECT retention.retention_agg(a, ''month'') FROM (SELECT retention.activity_agg(day) AS a FROM visits WHERE customer <= 20000 GROUP BY customer) AS customers')$$,
  'partitionwise = two-stage: a customer in several partitions is one');
SELECT ok(twin.plan_of('SELECT customer, retention.activity_agg(day) FROM by_customer GROUP BY customer') ~ 'Append.*Aggregate.*Aggregate', 'activity_agg by customer, partition by partition');
SELECT is(twin.answer('SELECT retention.retention_agg(a, ''month'') FROM (SELECT customer, retention.activity_agg(day) AS a FROM by_customer GROUP BY customer) AS customers'),
  twin.answer('SELECT retention.retention_agg(big, day, ''month'') FROM by_customer'), 'two-stage over partitions');
RESET enable_partitionwise_aggregate;

CREATE TEMP TABLE many_groups AS SELECT customer % 3000 AS g, customer, id, name, day FROM visits WHERE customer <= 30000;
ANALYZE many_groups;
CREATE FUNCTION twin.groups_differ() RETURNS SETOF integer LANGUAGE sql AS $$
  SELECT g FROM (SELECT g, retention.retention_agg(customer, day, 'month') AS n, retention.retention_agg(name, day, 'month') AS t FROM many_groups GROUP BY g) AS got
  JOIN (SELECT g, retention.retention_agg(a, 'month') AS s FROM (SELECT g, retention.activity_agg(day) AS a FROM many_groups GROUP BY g, customer) AS c GROUP BY g) AS wanted USING (g)
  WHERE n::text <> s::text OR t::text <> s::text
$$;
SELECT is_empty('SELECT twin.groups_differ()', 'three thousand groups');
SET LOCAL enable_hashagg = off;
SELECT is_empty('SELECT twin.groups_differ()', 'three thousand groups, sorted');
RESET enable_hashagg;
SET LOCAL work_mem = '64kB';
SELECT is_empty('SELECT twin.groups_differ()', 'three thousand groups, little memory');
RESET work_mem;
SELECT is(twin.answer(query), wanted.s, what) FROM wanted, (VALUES
  ('DISTINCT rows', 'SELECT retention.retention_agg(DISTINCT customer, day, ''month'') FROM visits'),
  ('rows in order', 'SELECT retention.retention_agg(name, day, ''month'' ORDER BY day DESC) FROM visits'),
  ('FILTER', 'SELECT retention.retention_agg(id, day, ''month'') FILTER (WHERE customer > 0) FROM (SELECT customer, id, day FROM visits UNION ALL SELECT -1, gen_random_uuid(), ''2024-01-01'') AS v'),
  ('NULL customers and days are ignored', 'SELECT retention.retention_agg(name, day, ''month'') FROM (SELECT name, day FROM visits UNION ALL SELECT NULL, day FROM visits UNION ALL SELECT ''nobody'', NULL) AS v'),
  ('the same aggregate twice', 'SELECT retention.combine(NULL, CASE WHEN retention.retention_agg(big, day, ''month'') IS NOT NULL THEN retention.retention_agg(big, day, ''month'') END) FROM visits'))
  AS queries (what, query);
SELECT twin.fails(format('SELECT retention.retention_agg(%s, day, ''month'') OVER (%s) FROM visits LIMIT 1', key, w), '0A000', 'window', format('by %s over (%s): refused', key, w))
FROM unnest(ARRAY['customer', 'id', 'name']) AS key, unnest(ARRAY['PARTITION BY segment', 'ORDER BY day']) AS w;
PREPARE again (integer) AS SELECT retention.retention_agg(name, day, 'month') FROM visits WHERE customer <= $1;
SELECT is_empty($$SELECT n FROM generate_series(1, 8) AS n WHERE twin.answer('EXECUTE again(' || 100 * n || ')') IS DISTINCT FROM twin.answer(
  'SELECT retention.retention_agg(a, ''month'') FROM (SELECT retention.activity_agg(day) AS a FROM visits WHERE customer <= ' || 100 * n || ' GROUP BY customer) AS customers')$$, 'a prepared statement, run again and again');
RESET max_parallel_workers_per_gather;

-- --------------------------------------------------------------- 5. keys

-- Keys that can be mistaken for each other or for an empty place. Each has a history of its own.
CREATE TABLE odd_keys (type text, key text, n integer);
INSERT INTO odd_keys SELECT 'bigint', key, row_number() OVER () FROM unnest(ARRAY['0', '1', '-1', '9223372036854775807', '-9223372036854775808', '-9223372036854775807', '2147483647', '-2147483648', '4294967296', '4294967295',
  '6148914691236517205', '-6148914691236517206']) AS key
UNION ALL SELECT 'bigint', ((1::bigint << bit) + plus)::text, 20 + bit * 3 + plus FROM generate_series(34, 62) AS bit, generate_series(-1, 1) AS plus
UNION ALL SELECT 'uuid', key, row_number() OVER () FROM unnest(ARRAY['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000001',
  '01000000-0000-0000-0000-000000000000', '00000000-0000-0001-0000-000000000000', '00000000-0000-0000-ffff-ffffffffffff', 'ffffffff-ffff-ffff-0000-000000000000', '80000000-0000-0000-0000-000000000000',
  '00000000-0000-0000-8000-000000000000']) AS key
UNION ALL SELECT 'uuid', lpad(n::text, 32, '0')::uuid::text, 10 + n FROM generate_series(10, 99) AS n UNION ALL SELECT 'uuid', rpad(n::text, 32, '0')::uuid::text, 110 + n FROM generate_series(11, 99) AS n WHERE n % 10 > 0
UNION ALL SELECT 'text', key, row_number() OVER () FROM unnest(ARRAY['', ' ', '  ', 'a', 'A', 'a ', 'ä', 'a' || chr(776), chr(228) || 'a', '客户', '客户 ', chr(128512), 'ab', 'abcdefg', 'abcdefgh', 'abcdefghi',
  '12345678', '1', '01', repeat('x', 126), repeat('x', 127), repeat('x', 128), chr(1), chr(1) || chr(1), E'a\nb', E'a\n', 'NULL', '\x00']) AS key
UNION ALL SELECT 'text', repeat('https://example.com/', 500) || n, 100 + n FROM generate_series(1, 60) AS n
UNION ALL SELECT 'text', n || repeat(' the same long tail', 540), 200 + n FROM generate_series(1, 60) AS n
UNION ALL SELECT 'text', string_agg(md5((n * 1000 + piece)::text), '' ORDER BY piece), 300 + n FROM generate_series(1, 60) AS n, generate_series(1, 320) AS piece GROUP BY n
UNION ALL SELECT 'text', repeat('y', n), 400 + n FROM generate_series(1, 300) AS n;
CREATE TABLE odd_visits AS
SELECT type, key, DATE '2024-01-01' + (n * 37 + visit * visit * (n % 13 + 1)) % 300 AS day FROM odd_keys, generate_series(0, 6) AS visit ORDER BY random();
-- The long keys once more as the table keeps them: inside the row, compressed, outside.
CREATE TABLE stored_visits (key text, packed text, plain text, day date);
ALTER TABLE stored_visits ALTER key SET STORAGE external, ALTER packed SET STORAGE main;
INSERT INTO stored_visits SELECT key, key, key, day FROM odd_visits WHERE type = 'text';
CREATE FUNCTION twin.by_two_stages(query text) RETURNS text LANGUAGE sql AS $$
  SELECT twin.answer(format('SELECT retention.retention_agg(a, ''week'') FROM (SELECT retention.activity_agg(day) AS a FROM (%s) AS rows (key, day) GROUP BY key) AS customers', query))
$$;
SELECT cmp_ok((SELECT count(*) FROM odd_keys), '=', (SELECT count(DISTINCT (type, key)) FROM odd_keys), 'the odd keys are all different');
SELECT is(twin.answer(format('SELECT retention.retention_agg(key::%s, day, ''week'') FROM odd_visits WHERE type = %L', type, type)),
  twin.by_two_stages(format('SELECT key, day FROM odd_visits WHERE type = %L', type)), 'odd keys of type ' || type) FROM unnest(ARRAY['bigint', 'uuid', 'text']) AS type;
SET LOCAL work_mem = '64kB';
SELECT is(twin.answer(format('SELECT retention.retention_agg(key::%s, day, ''week'') FROM odd_visits WHERE type = %L', type, type)),
  twin.by_two_stages(format('SELECT key, day FROM odd_visits WHERE type = %L', type)), format('odd keys of type %s, little memory', type)) FROM unnest(ARRAY['bigint', 'uuid', 'text']) AS type;
SELECT is(twin.answer('SELECT retention.retention_agg(key, day, ''week'') FROM (SELECT key, day FROM stored_visits UNION ALL SELECT packed, day FROM stored_visits UNION ALL SELECT plain, day + 1 FROM stored_visits
    UNION ALL SELECT key || '''', day FROM stored_visits) AS v'),
  twin.by_two_stages('SELECT plain, day FROM stored_visits UNION ALL SELECT plain, day + 1 FROM stored_visits'), 'a key is the same compressed, outside the row, or just made');
RESET work_mem;
-- Sequences and strides that would crowd a bad hash: as fast as any, and each a customer.
CREATE FUNCTION twin.counted_within(query text, seconds integer, OUT customers bigint, OUT in_time boolean) LANGUAGE plpgsql AS $$
DECLARE
  begun double precision := twin.processor_time();
BEGIN
  EXECUTE format('SELECT sum(cohort_size) FROM retention.cohort_retention((%s), max_period => 0)', query) INTO customers;
  in_time := twin.processor_time() - begun < seconds;
END
$$;
SELECT is(twin.counted_within(format('SELECT retention.retention_agg(%s, DATE ''2024-01-01'', ''month'') FROM generate_series(1, 100000) AS n', key), 5)::text, '(100000,t)', 'a hundred thousand keys ' || key)
FROM unnest(ARRAY['n', 'n::bigint << 20', 'n::bigint << 32', 'n::bigint << 44', '-n', 'n * 1000000007::bigint', 'lpad(n::text, 32, ''0'')::uuid', 'rpad(lpad(n::text, 6, ''0''), 32, ''0'')::uuid',
  'n::text', 'repeat(''0'', 60) || n', 'n || repeat(''0'', 60)']) AS key;
SELECT is((SELECT sum(cohort_size) FROM retention.cohort_retention((SELECT retention.retention_agg(repeat(md5(n::text), 313), DATE '2024-01-01', 'month') FROM generate_series(1, 2000) AS n))), 2000::numeric, 'twenty megabytes of keys');

-- ------------------------------------------------------- 6. long histories

-- Customer k comes every k-th day, or week: at age N those come whose k divides N.
SELECT is_empty($$
  SELECT * FROM retention.cohort_retention((SELECT retention.retention_agg(k, DATE '2014-01-01' + n, 'day') FROM generate_series(1, 12) AS k, generate_series(0, 3652) AS n WHERE n % k = 0)) AS r
  WHERE retained <> (SELECT count(*) FROM generate_series(1, 12) AS k WHERE period_number % k = 0) OR cohort_size <> 12
$$, 'daily retention over ten years');
SELECT is((SELECT count(*) FROM retention.cohort_retention((SELECT retention.retention_agg(k, DATE '2014-01-01' + n, 'day') FROM generate_series(1, 12) AS k, generate_series(0, 3652, k) AS n))), 3653::bigint, '... all of its days');
SELECT is_empty($$
  SELECT * FROM retention.cohort_retention((SELECT retention.retention_agg('customer ' || k, TIMESTAMP '1984-01-02 12:00' + 7 * n * INTERVAL '1 day', 'week') FROM generate_series(1, 40) AS k, generate_series(0, 2087) AS n WHERE n % k = 0)) AS r
  WHERE retained <> (SELECT count(*) FROM generate_series(1, 40) AS k WHERE period_number % k = 0) OR cohort_size <> 40
$$, 'weekly retention over forty years');
-- A cohort every day, or week, all of whom come once more on the last one.
SELECT results_eq(format('SELECT count(*), sum(cohort_size), sum(retained), min(retained) FROM retention.cohort_retention((SELECT retention.retention_agg(n, day, %L)
    FROM generate_series(0, %s) AS n, unnest(ARRAY[DATE ''1984-01-02'' + n * %s, DATE ''1984-01-02'' + %2$s * %3$s]) AS day), ''on_or_after'', max_period => 1)', unit, last, length),
  format('VALUES (%s::bigint, %1$s::numeric, %1$s::numeric, 1::bigint)', 2 * last + 1), 'a cohort every ' || unit || ', ' || last || ' times')
FROM (VALUES ('day', 3652, 1), ('week', 2087, 7)) AS histories (unit, last, length);
SELECT twin.fails(call, '54000', pattern, call) FROM (VALUES
  ('SELECT * FROM retention.average_retention((SELECT retention.retention_agg(1, DATE ''2024-01-01'', ''day'')), as_of => ''5874897-12-31'')', 'max_rows.*10000000'),
  ('SELECT * FROM retention.lifecycle((SELECT retention.retention_agg(1, DATE ''2024-01-01'', ''day'')), as_of => ''5874897-12-31'')', 'max_rows.*10000000')) AS calls (call, pattern);
-- Ages without customers cost nothing: not up to a date that stands for "open", not in thinly populated cohorts.
CREATE TABLE far AS SELECT n AS customer, day FROM generate_series(1, 1000) AS n, unnest(ARRAY[DATE '2024-01-01' + n, DATE '2024-01-01' + n + n % 7 * 20, '9999-12-31']) AS day;
SELECT cmp_ok((SELECT octet_length(retention.retention_summary_send(retention.retention_agg(customer, day, 'day'))) FROM far), '<', 30000, 'cohorts by day up to the year 9999 in 30 bytes each');
SELECT results_eq('SELECT period_number, sum(retained) FROM retention.cohort_retention((SELECT retention.retention_agg(customer, day, ''month'') FROM far)) WHERE cohort_start = ''2024-01-01'' AND retained > 0 GROUP BY 1 ORDER BY 1',
  'SELECT extract(year FROM day)::integer * 12 + extract(month FROM day)::integer - 2024 * 12 - 1, count(DISTINCT customer)::numeric FROM far WHERE customer < 31 GROUP BY 1 ORDER BY 1', 'and all ages are there');
SELECT is((SELECT retention.retention_agg(customer, day, 'day')::text::retention.retention_summary::text FROM far), (SELECT retention.merge_agg(s)::text FROM (SELECT retention.retention_agg(customer, day, 'day') AS s FROM far GROUP BY customer % 3) AS parts), 'far ages: read and merged');
SELECT is((SELECT retention.retention_agg(1, day, 'day') FROM unnest(ARRAY[DATE '4714-11-24 BC', '5874897-12-31']) AS day)::text::retention.retention_summary::text,
  retention.retention_agg('{4714-11-24 BC,5874897-12-31}'::date[]::retention.activity_days, 'day')::text, 'the two ends of date');
SELECT results_eq($$SELECT cohort_start, cohort_size, retained FROM retention.cohort_retention((SELECT retention.retention_agg(n, day, 'day') FROM generate_series(0, 14609) AS n, unnest(ARRAY[DATE '1984-01-02' + n, DATE '1984-01-02' + (14609 - n) % 5000 + n]) AS day), 'on_or_after', max_period => 1)
    WHERE period_number = 1 ORDER BY 1$$,
  $$SELECT DATE '1984-01-02' + n, 1::bigint, ((14609 - n) % 5000 > 0)::integer::bigint FROM generate_series(0, 14608) AS n ORDER BY 1$$, 'forty years of cohorts by day');
SELECT is(twin.answer(format('SELECT retention.retention_agg(k, day, %L) FROM (%s) AS v', periods, history)), twin.answer(format('SELECT retention.retention_agg(a, %L) FROM (SELECT retention.activity_agg(day) AS a FROM (%s) AS v GROUP BY k) AS c', periods, history)),
  'two routes over long histories: ' || periods)
FROM unnest(ARRAY['day', 'day elapsed', 'week week_start=7', 'month elapsed', 'quarter', 'year', 'day brackets=1,365,3650']) AS periods,
  (SELECT 'SELECT k, DATE ''1974-03-01'' + k * 11 + (n * n * k) % 18000 AS day FROM generate_series(1, 60) AS k, generate_series(0, 400) AS n' AS history) AS h;
SET LOCAL work_mem = '64kB';
SELECT is(twin.answer(format('SELECT retention.retention_agg(k::text, day, ''day'') FROM (%s) AS v', history)), twin.answer(format('SELECT retention.retention_agg(a, ''day'') FROM (SELECT retention.activity_agg(day) AS a FROM (%s) AS v GROUP BY k) AS c', history)),
  'ten thousand daily histories in little memory')
FROM (SELECT 'SELECT k, DATE ''2014-01-01'' + k % 300 + (n * n * k) % 3000 AS day FROM generate_series(1, 10000) AS k, generate_series(0, 20) AS n' AS history) AS h;
RESET work_mem;
SELECT results_eq($$SELECT cohort_start, period_number, retained FROM retention.cohort_retention((SELECT retention.retention_agg(1, day, 'year') FROM unnest(ARRAY[DATE '0044-03-15 BC', '2024-03-15']) AS day)) WHERE retained > 0$$,
  $$VALUES (DATE '0044-01-01 BC', 0, 1::bigint), (DATE '0044-01-01 BC', 2067, 1)$$, 'from the Ides of March to today');
-- The ends of date.
SELECT results_eq($$SELECT cohort_start, period_number, period_start, retained, is_complete FROM retention.cohort_retention((SELECT retention.retention_agg(1, DATE '5874897-12-30' + n, 'day') FROM generate_series(0, 1) AS n))$$,
  $$VALUES (DATE '5874897-12-30', 0, DATE '5874897-12-30', 1::bigint, true), ('5874897-12-30', 1, '5874897-12-31', 1, true)$$, 'the last days of date');
SELECT results_eq(format($$SELECT cohort_start, period_number, retained FROM retention.cohort_retention((SELECT retention.retention_agg(1, DATE '5874897-12-31', %L))) WHERE retained > 0$$, periods),
  format('VALUES (retention.period_start(DATE ''5874897-12-31'', %L), 0, 1::bigint)', unit), 'the last day of date, ' || periods)
FROM (VALUES ('week', 'week'), ('month', 'month'), ('year', 'year'), ('month elapsed', 'month'), ('day elapsed', 'day')) AS specs (periods, unit);
SELECT results_eq(format($$SELECT cohort_start, period_number, retained FROM retention.cohort_retention((SELECT retention.retention_agg(1, DATE '4714-11-24 BC', %L)))$$, periods),
  $$VALUES (DATE '4714-11-24 BC', 0, 1::bigint)$$, 'the first day of date, ' || periods) FROM unnest(ARRAY['day', 'week', 'day elapsed']) AS periods;
SELECT twin.fails(format('SELECT * FROM retention.cohort_retention((SELECT retention.retention_agg(1, DATE ''4714-11-24 BC'', %L)))', periods), '22008', 'range', 'the first day of date: its ' || periods || ' starts before')
FROM unnest(ARRAY['month', 'year']) AS periods;

-- ---------------------------------------------------------- 7. cancelled in time

-- A statement_timeout of 0.3 s ends the query within a second of processor time; until then it took 0.3 s of it at
-- most. The timer runs for the statement that calls this, so there is one call in each.
CREATE FUNCTION twin.is_cancelled(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  begun double precision := twin.processor_time();
  seconds double precision;
BEGIN
  EXECUTE query;
  RAISE NOTICE 'ended before it could be cancelled, after % s of processor time: %', twin.processor_time() - begun, query;
  RETURN false;
EXCEPTION WHEN query_canceled THEN
  seconds := twin.processor_time() - begun;
  IF seconds >= 1.3 THEN
    RAISE NOTICE 'cancelled after % s of processor time: %', seconds, query;
  END IF;
  RETURN seconds < 1.3;
WHEN OTHERS THEN
  RAISE NOTICE '%: %', SQLERRM, query;
  RETURN false;
END
$$;
SET LOCAL statement_timeout = '300ms';
SELECT ok(twin.is_cancelled('SELECT retention.retention_agg(n, DATE ''2024-01-01'', ''month'') FROM (SELECT generate_series(1, 100000000) AS n) AS c'), 'cancelled: the single pass, reading');
SET LOCAL work_mem = '1GB';
SELECT ok(twin.is_cancelled('SELECT retention.retention_agg(n::text, DATE ''2024-01-01'', ''month'') FROM (SELECT generate_series(1, 100000000) AS n) AS c'), 'cancelled: the single pass, in memory');
SET LOCAL work_mem = '64kB';
SELECT ok(twin.is_cancelled('SELECT retention.retention_agg(n::text, DATE ''2024-01-01'', ''month'') FROM (SELECT generate_series(1, 100000000) AS n) AS c'), 'cancelled: the single pass, spilling');
RESET work_mem;
SELECT ok(twin.is_cancelled('SELECT * FROM retention.cohort_retention((SELECT retention.retention_agg(1, DATE ''2024-01-01'', ''day'')), as_of => ''5874897-12-31'', max_rows => NULL)'), 'cancelled: cohort_retention up to the end of time');
SELECT ok(twin.is_cancelled('SELECT * FROM retention.cohort_retention((SELECT retention.retention_agg(n, DATE ''2024-01-01'' + n, ''day'') FROM generate_series(1, 3650) AS n), as_of => ''9999-12-31'', max_rows => NULL)'),
  'cancelled: thousands of cohorts over thousands of years');
SELECT ok(twin.is_cancelled('WITH one AS MATERIALIZED (SELECT retention.retention_agg(1, DATE ''0001-01-01'', ''day'') AS s)
  SELECT count(*) FROM one, generate_series(1, 1000) AS n, LATERAL retention.average_retention(s, as_of => DATE ''9999-12-31'' - n)'), 'cancelled: average_retention over ten thousand years, again and again');
SELECT ok(twin.is_cancelled('WITH one AS MATERIALIZED (SELECT retention.retention_agg(1, DATE ''0001-01-01'', ''day'') AS s)
  SELECT count(*) FROM one, generate_series(1, 1000) AS n, LATERAL retention.lifecycle(s, as_of => DATE ''9999-12-31'' - n)'), 'cancelled: lifecycle over ten thousand years, again and again');
SELECT ok(twin.is_cancelled('SELECT count(*) FROM generate_series(1, 1000) AS n, retention.active_dates(''{[0001-01-01,27000-01-01)}''::datemultirange::retention.activity_days)'), 'cancelled: active_dates of millions');
SELECT ok(twin.is_cancelled('SELECT count(retention.combine(''{[0001-01-01,10000-01-01)}''::datemultirange::retention.activity_days, ARRAY[DATE ''2024-01-01'' + n]::retention.activity_days)) FROM generate_series(1, 100000) AS n'),
  'cancelled: combining long lives');
SELECT ok(twin.is_cancelled('SELECT retention.retention_agg(''{[0001-01-01,9999-01-01)}''::datemultirange::retention.activity_days, ''day elapsed'') FROM generate_series(1, 100000) AS n'), 'cancelled: long lives by day');
RESET statement_timeout;
SELECT is(twin.temporary_files(), 0::bigint, 'no temporary file is left by what was cancelled');

-- ------------------------------------------------------------ 8. call shapes

CREATE TABLE typed (si smallint, i integer, bi bigint, id uuid, te text, vc varchar, vc9 varchar(9), ch char(9), na name, nu numeric, js jsonb,
  da date, ts timestamp, tz timestamptz, spec text, spec_vc varchar, sp retention.period_spec, zspec text, zsp retention.period_spec, birth boolean, a retention.activity_days, zone text);
INSERT INTO typed VALUES (4, 4, 4, '00000000-0000-0000-0000-000000000004', 'four', 'four', 'four', 'four', 'four', 4, '{"customer": "four"}',
  '2024-03-15', '2024-03-15 12:00', '2024-03-15 12:00+00', 'month', 'month', 'month', 'month UTC', 'month UTC', true, '{2024-03-15}'::date[], 'UTC');
CREATE DOMAIN customer_id AS bigint;
CREATE DOMAIN account AS text;
-- The value of an expression over typed, as text, or its error.
CREATE FUNCTION twin.value_of(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT %s FROM typed', expression) INTO result;
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  RETURN format('%s: %s', SQLSTATE, SQLERRM);
END
$$;
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SELECT is_empty($$
  SELECT call, twin.value_of(call) FROM unnest(ARRAY['si', 'i', 'bi', 'id', 'te', 'vc', 'vc9', 'ch', '4', '''four''::text', 'i::customer_id', 'te::account', '''four''::varchar', 'js ->> ''customer''', 'nu::bigint', 'na::text']) AS customer,
    unnest(ARRAY['da, ''month''', 'da, spec', 'da, spec_vc', 'da, sp', 'ts, ''month''', 'ts, sp', 'tz, ''month UTC''', 'tz, zspec', 'tz, zsp', 'da, retention.periods(''month'')', 'DATE ''2024-03-15'', ''MONTH''',
      '''2024-03-15 00:00+00'', ''month UTC''']) AS time, (VALUES ('', 'a, ''month'''), (', birth', 'a, da, ''month'''), (', true', 'a, da, ''month'''), (', i = 4', 'a, da, ''month''')) AS births (is_birth, two_stage),
    LATERAL (SELECT format('retention.retention_agg(%s, %s%s)', customer, time, is_birth) AS call) AS c
  WHERE twin.value_of(call) IS DISTINCT FROM twin.value_of(format('retention.retention_agg(%s)', two_stage))
$$, 'every type of customer, time, periods and is_birth');
SELECT is_empty($$
  SELECT call, twin.value_of(call) FROM unnest(ARRAY['a, spec', 'a, spec_vc', 'a, sp', 'a, ''month''', 'a, retention.periods(''month'')', 'a, da, spec', 'a, da, sp', 'a, DATE ''2024-03-15'', ''month''', 'NULL::retention.activity_days, da, ''month''',
      'a, retention.first_active(a), ''month''']) AS arguments, LATERAL (SELECT format('retention.retention_agg(%s)', arguments) AS call) AS c
  WHERE twin.value_of(call) IS NULL OR twin.value_of(call) !~ '^\\x01'
$$, 'over activity_days');
SELECT is_empty($$
  SELECT call, twin.value_of(call) FROM unnest(ARRAY['si', 'te', 'id']) AS customer, (VALUES
    ('%s, tz, ''month''', '22023.*zone'), ('%s, tz, sp', '22023.*zone'), ('%s, ''2024-03-15'', ''month''', '22023.*zone'), ('%s, da, ''month UTC''', '22023.*zone'), ('%s, ts, zsp', '22023.*zone'), ('%s, da, zspec, true', '22023.*zone'),
    ('%s, tz, sp, zone', '22023.*zone'), ('%s, ts, sp, zone', '22023.*zone'), ('%s, da, sp, ''UTC''::text', '22023.*zone'), ('%s, NULL::date, sp, zone', '22023.*zone'),
    ('%s, da, ''fortnight''', '.*fortnight'), ('%s, tz, ''month Mars/Olympus''', '22023.*Mars/Olympus'), ('%s, tz, ''month UTC+2''', '22023.*UTC\+2'), ('%s, da, ''day brackets=8,1''', '22023.*bracket'),
    ('%s, DATE ''infinity'', sp', '22008'), ('%s, TIMESTAMP ''-infinity'', sp', '22008'), ('%s, TIMESTAMPTZ ''infinity'', zsp', '22008'), ('%s, DATE ''infinity'', sp, true', '22008'),
    ('%s, da, NULL', '22004.*periods'), ('%s, da, NULL, true', '22004.*periods')) AS calls (arguments, wanted), LATERAL (SELECT format('retention.retention_agg(' || arguments || ')', customer) AS call) AS c
  WHERE twin.value_of(call) IS NULL OR twin.value_of(call) !~ ('^' || wanted)
$$, 'traps and bad arguments of the single pass');
SELECT is_empty($$
  SELECT call, twin.value_of(call) FROM (VALUES ('retention_agg(a, tz, sp)', '22023.*date'), ('retention_agg(a, ts, sp)', '22023.*date'), ('retention_agg(a, ''2024-03-15'', sp)', '22023.*date'), ('retention_agg(a, zsp)', '22023.*zone'),
    ('retention_agg(a, da, zsp)', '22023.*zone'), ('recurring_retention_agg(a, a, zsp)', '22023.*zone'), ('retention_agg(a, DATE ''infinity'', sp)', '22008'), ('retention_agg(NULL::retention.activity_days, DATE ''-infinity'', sp)', '22008'),
    ('retention_agg(a, NULL::retention.period_spec)', '22004.*periods'), ('retention_agg(a, da, NULL)', '22004.*periods'), ('recurring_retention_agg(a, a, NULL)', '22004.*periods'),
    ('retention_agg(a, ''month brackets=2,2'')', '22023.*bracket'), ('retention_agg(nu, da, sp)', '42883'), ('retention_agg(true, da, sp)', '42883'), ('retention_agg(js, da, sp)', '42883'), ('retention_agg(da, da, sp)', '42883'),
    ('retention_agg(i, te, sp)', '42883'), ('retention_agg(i, da, i)', '42883'), ('retention_agg(i, da, sp, i)', '42883'), ('retention_agg(a, i, sp)', '42883'), ('recurring_retention_agg(a, da, sp)', '42883'),
    ('recurring_retention_agg(i, da, sp)', '42883')) AS calls (f, wanted), LATERAL (SELECT 'retention.' || f AS call) AS c
  WHERE twin.value_of(call) IS NULL OR twin.value_of(call) !~ ('^' || wanted)
$$, 'traps and bad arguments over activity_days; types that do not resolve');
RESET TimeZone;
PREPARE untyped AS SELECT retention.retention_agg(4, $1, $2);
SELECT is((SELECT parameter_types::text FROM pg_prepared_statements WHERE name = 'untyped'), '{"timestamp with time zone",retention.period_spec}', 'untyped parameters: a timestamptz and a period_spec');
PREPARE typed_customer (text) AS SELECT retention.retention_agg($1, da, 'month') FROM typed;
SELECT is(twin.answer('EXECUTE typed_customer(''four'')'), (SELECT retention.retention_agg(te, da, 'month') FROM typed)::text, 'a customer as a parameter');
SELECT is(s::text, NULL, 'zero rows: NULL, ' || what) FROM (SELECT 'trap or not' AS what, retention.retention_agg(si, tz, sp, zone) AS s FROM typed WHERE false
  UNION ALL SELECT 'NULL periods', retention.retention_agg(si, da, NULL) FROM typed WHERE false) AS none;
SELECT twin.fails('SELECT retention.retention_agg(n, DATE ''2024-01-01'', spec) FROM (VALUES (1, ''month''), (2, ''' || spec || ''')) AS rows (n, spec)', state, NULL, 'periods that change between rows: month, ' || spec)
FROM (VALUES ('week', '22023'), ('month elapsed', '22023'), ('month brackets=1,2', '22023')) AS changes (spec, state);
SELECT twin.fails('SELECT retention.retention_agg(''{2024-01-01}''::date[]::retention.activity_days, spec::retention.period_spec) FROM unnest(ARRAY[''month'', ''' || spec || ''']) AS spec', '22023', NULL, 'over activity_days: month, ' || spec)
FROM unnest(ARRAY['week', 'month elapsed', 'month brackets=1,2']) AS spec;
SELECT twin.fails('SELECT retention.recurring_retention_agg(a, a, periods::retention.period_spec) FROM typed, unnest(ARRAY[''month'', ''week'']) AS periods', '22023', NULL, 'recurring: month, week');
SELECT is(twin.answer('SELECT retention.retention_agg(1, TIMESTAMPTZ ''2024-01-31 20:00+00'', ''day '' || zone) FROM unnest(ARRAY[''Asia/Tokyo'', ''UTC'', ''America/New_York'']) AS zone'),
  twin.answer('SELECT retention.retention_agg(1, day, ''day'') FROM unnest(ARRAY[DATE ''2024-01-31'', ''2024-02-01'']) AS day'), 'a zone per row: the local days of each');
SELECT is(twin.answer('SELECT retention.retention_agg(n, DATE ''2024-01-01'', spec) FROM (VALUES (1, ''month''), (2, ''MONTH week_start=3'')) AS rows (n, spec)'),
  twin.answer('SELECT retention.retention_agg(n, DATE ''2024-01-01'', ''month'') FROM generate_series(1, 2) AS n'), 'the same periods, written in two ways');

-- -------------------------------------------------------- 9. bad questions

CREATE TEMP TABLE asked AS SELECT retention.retention_agg(n, DATE '2024-01-15' + 20 * n, 'month') AS s FROM generate_series(1, 6) AS n;
SELECT twin.fails(format('SELECT * FROM asked, retention.%s', call), states, pattern, call) FROM (VALUES
  ($$cohort_retention(s, 'rolling')$$, '22023', 'rolling.*on.*on_or_after.*on_or_before.*every'), ($$cohort_retention(s, '')$$, '22023', 'on_or_after'), ($$cohort_retention(s, 'on ')$$, '22023', 'on_or_after'),
  ($$average_retention(s, 'unbounded')$$, '22023', 'unbounded.*on_or_after'), ($$average_retention(s, 'on', 'mean')$$, '22023', 'mean.*pooled.*simple.*size_squared'), ($$average_retention(s, weighting => '')$$, '22023', 'pooled'),
  ('cohort_retention(s, confidence => 0)', '22023', 'confidence'), ('cohort_retention(s, confidence => 1)', '22023', 'confidence'), ('cohort_retention(s, confidence => 95)', '22023', 'confidence.*95'),
  ($$cohort_retention(s, confidence => 'NaN')$$, '22023', 'confidence'), ('average_retention(s, confidence => 1.5)', '22023', 'confidence'), ('average_retention(s, confidence => -0.1)', '22023', 'confidence'),
  ($$cohort_retention(s, as_of => 'infinity')$$, '22008', 'as_of'), ($$cohort_retention(s, as_of => '-infinity')$$, '22008', 'as_of'), ($$average_retention(s, as_of => 'infinity')$$, '22008', 'as_of'), ($$lifecycle(s, 'infinity')$$, '22008', 'as_of'),
  ($$cohort_retention(s, 'on_or_after', '2024-05-13')$$, '22023', '2024-05-13.*2024-05-14'), ($$average_retention(s, 'on_or_after', as_of => '2024-05-13')$$, '22023', '2024-05-13.*2024-05-14'),
  ($$cohort_retention(s, 'on_or_after', '2020-01-01')$$, '22023', '2024-05-14')) AS calls (call, states, pattern);
SELECT ok((SELECT count(*) > 0 FROM asked, retention.cohort_retention(s, 'on_or_after', '2024-05-14')), 'on_or_after as of the last day seen');
SELECT ok((SELECT count(*) > 0 FROM asked, retention.cohort_retention(s, 'every', '2024-05-13')), 'the other criteria as of an earlier day');

SELECT * FROM finish();
ROLLBACK;
