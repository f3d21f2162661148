# Citus: a coordinator and two workers. Every aggregate over a distributed table gives what it gives over a local
# one, and what doc/scale-out.md says is computed on the workers is. Skipped where Citus is not installed.
#
# Run: prove test/t/citus.pl, as a user who may start servers, with PostgreSQL's programs in PATH. Citus
# connects its servers over TCP: these listen on the loopback interface and trust who reaches it.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

my $share = `pg_config --sharedir 2>/dev/null`;
chomp $share;
plan skip_all => 'Citus is not installed' if !-e "$share/extension/citus.control";

my @nodes = map { TestServer->start_with_port($_, "shared_preload_libraries = 'citus'", 'max_connections = 100', 'max_prepared_transactions = 200') }
  qw(coordinator worker_1 worker_2);
my ($coordinator, @workers) = @nodes;
for my $node (@nodes)
{
	$node->sql('postgres', 'CREATE DATABASE shop');
	$node->sql('shop', 'CREATE EXTENSION citus');
}
$coordinator->sql('shop', "SELECT citus_set_coordinator_host('127.0.0.1', $coordinator->{port})");
$coordinator->sql('shop', "SELECT citus_add_node('127.0.0.1', $_->{port})") for @workers;
$coordinator->sql('shop', 'CREATE EXTENSION retention');
is($_->sql('shop', 'SELECT (retention.retention_version()).extension_version'), $coordinator->sql('shop', 'SELECT (retention.retention_version()).extension_version'), "the extension is on $_->{name}")
  for @workers;

$coordinator->sql('shop', <<"SQL");
\\i $test/pgtap/aggregate_calls.psql
SET citus.shard_count = 8;
CREATE TABLE calls.spread (LIKE calls.events);
SELECT create_distributed_table('calls.spread', 'customer');
INSERT INTO calls.spread SELECT * FROM calls.events;
CREATE FUNCTION calls.plan_of(query text) RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE
  line text;
  lines text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    lines := lines || line || E'\\n';
  END LOOP;
  RETURN lines;
END
\$\$;
SQL

for my $grouping ([ 'by another column', 'g' ], [ 'by the distribution column', 'customer' ])
{
	my ($what, $column) = @$grouping;
	finds_nothing(<<"SQL", "every aggregate gives the local result, $what");
SELECT aggregate, left(here, 200), left(there, 200)
FROM (SELECT aggregate, calls.outcome(calls.query_of('SELECT $column, agg(#) FROM calls.events GROUP BY 1', a)) AS here,
  calls.outcome(calls.query_of('SELECT $column, agg(#) FROM calls.spread GROUP BY 1', a)) AS there FROM calls.aggregates AS a WHERE trap IS NULL) AS both_ways
WHERE there IS DISTINCT FROM here OR there ~ '^SQLSTATE' OR there IS NULL
SQL
}
finds_nothing(<<'SQL', 'traps raise');
SELECT aggregate, there FROM (SELECT aggregate, trap, calls.outcome(calls.query_of('SELECT g, agg(#) FROM calls.spread GROUP BY g', a)) AS there FROM calls.aggregates AS a WHERE trap IS NOT NULL) AS q
WHERE there NOT LIKE 'SQLSTATE ' || trap || '%'
SQL
finds_nothing(<<'SQL', 'what has a summary as its state is computed in parts on the workers');
SELECT aggregate, plan FROM (SELECT aggregate, aggtranstype, calls.plan_of(format('SELECT g, %s(%s) FROM calls.spread GROUP BY g', split_part(aggregate::text, '(', 1), arguments)) AS plan
  FROM calls.aggregates JOIN pg_aggregate ON aggfnoid = aggregate) AS q
WHERE (plan ~ 'worker_(binary_)?partial_agg') <> (aggtranstype <> 'internal'::regtype)
SQL
finds_nothing(<<'SQL', 'no rows: NULL, as in a local table');
SELECT aggregate, there FROM (SELECT aggregate, calls.outcome(calls.query_of('SELECT 1, agg(#) FROM calls.spread WHERE k < 0', a)) AS there FROM calls.aggregates AS a WHERE trap IS NULL) AS q
WHERE there IS DISTINCT FROM '1: '
SQL

for my $form (
	[ 'retention.retention_agg(x, \'month\')', 'retention.activity_agg(day)', 'retention.retention_agg(customer, day, \'month\')' ],
	[ 'retention.revenue_agg(x, \'month\')', 'retention.mrr_timeline_agg(day, ended, mrr, product)', 'retention.revenue_agg(customer, day, ended, mrr, \'month\', product)' ],
	[ 'retention.revenue_cohort_agg(x, \'quarter\')', 'retention.mrr_timeline_agg(day, ended, mrr)', undef ],
	[ 'retention.merge_agg(x)', 'retention.retention_agg(customer, day, \'week\')', 'retention.retention_agg(customer, day, \'week\')' ])
{
	my ($outer, $inner, $whole) = @$form;
	my ($there, $here) = map { "SELECT $outer FROM (SELECT customer, $inner AS x FROM calls.$_ GROUP BY customer) AS c" } qw(spread events);
	my $wanted = $coordinator->sql('shop', $here);
	is($coordinator->sql('shop', $there), $wanted, "$outer of $inner: the local result");
	is($coordinator->sql('shop', "SELECT $whole FROM calls.spread"), $wanted, "... and that of $whole") if $whole;
	(my $literal = $there) =~ s/'/''/g;
	like($coordinator->sql('shop', "SELECT calls.plan_of('$literal')"), qr/worker_(?:binary_)?partial_agg.*\(SELECT[^\n]*GROUP BY[^\n]*customer/s, '... with both stages on the shards');
}
is($coordinator->sql('shop', q{SELECT count(*) FROM (SELECT retention.retention_agg(days, 'month') AS s FROM (SELECT customer, retention.activity_agg(day) AS days FROM calls.spread GROUP BY customer) AS c) AS q,
	LATERAL retention.cohort_retention(q.s)}), $coordinator->sql('shop', q{SELECT count(*) FROM retention.cohort_retention((SELECT retention.retention_agg(customer, day, 'month') FROM calls.events))}),
	'rows of a summary, beside the aggregate');

# A rollup beside the events, filled and upserted on the shards.
$coordinator->sql('shop', <<'SQL');
CREATE TABLE calls.rollup (customer bigint PRIMARY KEY, days retention.activity_days NOT NULL);
SELECT create_distributed_table('calls.rollup', 'customer', colocate_with => 'calls.spread');
INSERT INTO calls.rollup SELECT customer, retention.activity_agg(day) FROM calls.spread WHERE k <= 300 GROUP BY customer;
INSERT INTO calls.rollup AS old SELECT customer, retention.activity_agg(day) FROM calls.spread WHERE k > 200 GROUP BY customer
ON CONFLICT (customer) DO UPDATE SET days = retention.combine(old.days, excluded.days);
SQL
is($coordinator->sql('shop', q{SELECT retention.retention_agg(days, 'month') FROM calls.rollup}), $coordinator->sql('shop', q{SELECT retention.retention_agg(customer, day, 'month') FROM calls.events}),
	'a rollup by customer, upserted');
is($coordinator->sql('shop', q{SELECT count(*), sum(s.score) FROM (SELECT card FROM calls.events LIMIT 1) AS c, LATERAL retention.score_leads(card, 'SELECT DISTINCT customer, ''{}''::jsonb FROM calls.spread',
	'SELECT customer, event, at FROM calls.spread', '2024-06-01 00:00Z') AS s}),
	$coordinator->sql('shop', q{SELECT count(*), sum(s.score) FROM (SELECT card FROM calls.events LIMIT 1) AS c, LATERAL retention.score_leads(card, 'SELECT DISTINCT customer, ''{}''::jsonb FROM calls.events',
	'SELECT customer, event, at FROM calls.events', '2024-06-01 00:00Z') AS s}), 'score_leads reads distributed tables');
done_testing();

sub finds_nothing
{
	my ($sql, $what) = @_;
	my ($ok, $said, $printed) = $coordinator->try('shop', "SET client_min_messages = error;\n$sql");
	ok($ok && $printed eq '', $what) or diag(substr("$said$printed", 0, 3000));
	return;
}
