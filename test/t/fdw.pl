# Several servers: what postgres_fdw computes on the remote side, and that whole aggregates and the
# two-stage form over partitions in two databases of another server give the local result.
# doc/scale-out.md
#
# Run: prove test/t/fdw.pl, as a user who may start servers, with PostgreSQL's programs in PATH.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

# The sessions here are in another time zone than those there.
my ($near, $far) = (TestServer->start('near', "timezone = 'Pacific/Kiritimati'"), TestServer->start('far'));
my ($available) = $near->try('postgres', 'CREATE EXTENSION postgres_fdw');
plan skip_all => 'postgres_fdw is not installed' if !$available;

# The rows are everywhere; each database of the far server has half of the customers in a partition, too.
for my $at ([ $near, 'near' ], [ $far, 'far_0' ], [ $far, 'far_1' ])
{
	my ($node, $database) = @$at;
	$node->database($database);
	$node->sql($database, "\\i $test/pgtap/aggregate_calls.psql");
}
$near->sql('near', <<'SQL');
CREATE EXTENSION postgres_fdw;
CREATE TABLE calls.by_customer (LIKE calls.events) PARTITION BY HASH (customer);
SQL
for my $half (0, 1)
{
	$far->sql("far_$half", <<"SQL");
CREATE TABLE calls.by_customer (LIKE calls.events) PARTITION BY HASH (customer);
CREATE TABLE calls.half PARTITION OF calls.by_customer FOR VALUES WITH (MODULUS 2, REMAINDER $half);
CREATE TABLE calls.other_half PARTITION OF calls.by_customer FOR VALUES WITH (MODULUS 2, REMAINDER @{[ 1 - $half ]});
INSERT INTO calls.by_customer SELECT * FROM calls.events;
ANALYZE calls.half;
SQL
	# The costs decide: those of the remote plan, and rows that are dear to send.
	$near->sql('near', <<"SQL");
CREATE SERVER far_$half FOREIGN DATA WRAPPER postgres_fdw
  OPTIONS (host '$far->{host}', port '$far->{port}', dbname 'far_$half', extensions 'retention', use_remote_estimate 'true', fdw_tuple_cost '1000');
CREATE USER MAPPING FOR CURRENT_USER SERVER far_$half OPTIONS (user '$far->{user}');
CREATE FOREIGN TABLE calls.half_$half PARTITION OF calls.by_customer FOR VALUES WITH (MODULUS 2, REMAINDER $half)
  SERVER far_$half OPTIONS (schema_name 'calls', table_name 'half');
SQL
}
$near->sql('near', <<"SQL");
CREATE SCHEMA far;
IMPORT FOREIGN SCHEMA calls LIMIT TO (events) FROM SERVER far_0 INTO far;
CREATE SERVER plain FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$far->{host}', port '$far->{port}', dbname 'far_0', use_remote_estimate 'true');
CREATE USER MAPPING FOR CURRENT_USER SERVER plain OPTIONS (user '$far->{user}');
CREATE SCHEMA plain;
IMPORT FOREIGN SCHEMA calls LIMIT TO (events) FROM SERVER plain INTO plain;
-- What is sent: the queries of a plan, and `locally` where there is an aggregate above them.
CREATE FUNCTION public.sent(query text) RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE
  line text;
  lines text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    lines := lines || CASE WHEN line ~ 'Remote SQL' THEN regexp_replace(line, '^ *Remote SQL: ', '') || E'\\n' WHEN line ~ 'Aggregate\$' THEN E'locally\\n' ELSE '' END;
  END LOOP;
  RETURN lines;
END
\$\$;
SQL

# A query that lists what is wrong.
sub finds_nothing
{
	my ($sql, $what) = @_;
	my ($ok, $said, $printed) = $near->try('near', "SET client_min_messages = error;\n$sql");
	ok($ok && $printed eq '', $what) or diag(substr("$said$printed", 0, 3000));
}

sub sent
{
	my ($query) = @_;
	(my $literal = $query) =~ s/'/''/g;
	(my $sent = $near->sql('near', "SET enable_partitionwise_aggregate = on; SELECT public.sent('$literal')")) =~ s/\n+\z//;
	return $sent;
}

# ------------------------------------------------------------ one foreign table

finds_nothing(<<'SQL', 'every aggregate over a foreign table gives the local result');
SELECT aggregate, left(here, 200), left(there, 200)
FROM (SELECT aggregate, calls.outcome(calls.query_of('SELECT g, agg(#) FROM calls.events GROUP BY g', a)) AS here,
  calls.outcome(calls.query_of('SELECT g, agg(#) FROM far.events GROUP BY g', a)) AS there FROM calls.aggregates AS a WHERE trap IS NULL) AS both_ways
WHERE there IS DISTINCT FROM here OR there ~ '^SQLSTATE' OR there IS NULL
SQL
my $pushed = q{'^SELECT g, ' || replace(split_part(aggregate::text, '(', 1), '.', '\.') || '\([^\n]* FROM calls\.events GROUP BY 1\n$'};
finds_nothing(<<"SQL", 'and is computed there');
SELECT aggregate, sent FROM (SELECT aggregate, public.sent(format('SELECT g, %s(%s) FROM far.events GROUP BY g', split_part(aggregate::text, '(', 1), arguments)) AS sent FROM calls.aggregates) AS q
WHERE sent !~ ($pushed)
SQL
finds_nothing(<<'SQL', 'with FILTER and ORDER BY');
SELECT aggregate, sent, left(here, 200), left(there, 200)
FROM (SELECT aggregate, public.sent(format('SELECT g, %s(%s ORDER BY k) FILTER (WHERE keep) FROM far.events GROUP BY g', split_part(aggregate::text, '(', 1), arguments)) AS sent,
  calls.outcome(calls.query_of('SELECT g, agg(#) FILTER (WHERE keep) FROM calls.events GROUP BY g', a)) AS here,
  calls.outcome(calls.query_of('SELECT g, agg(# ORDER BY k) FILTER (WHERE keep) FROM far.events GROUP BY g', a)) AS there FROM calls.aggregates AS a WHERE trap IS NULL) AS q
WHERE sent !~ 'ORDER BY k ASC NULLS LAST\) FILTER \(WHERE keep\)' OR there IS DISTINCT FROM here OR there ~ '^SQLSTATE'
SQL
finds_nothing(<<'SQL', 'traps raise there');
SELECT aggregate, there FROM (SELECT aggregate, trap, calls.outcome(calls.query_of('SELECT g, agg(#) FROM far.events GROUP BY g', a)) AS there FROM calls.aggregates AS a WHERE trap IS NOT NULL) AS q
WHERE there !~ ('^SQLSTATE ' || trap)
SQL
is(sent(q{SELECT h, retention.retention_agg(customer, tz, 'month asia/tokyo') FROM far.events GROUP BY h}),
	q{SELECT h, retention.retention_agg(customer, tz, 'month Asia/Tokyo'::retention.period_spec) FROM calls.events GROUP BY 1},
	'a period_spec is sent as a typed literal');
is(sent(q{SELECT h, retention.nps(retention.nps_agg(i, w)) FROM far.events GROUP BY h}),
	q{SELECT h, retention.nps(retention.nps_agg(i, w)) FROM calls.events GROUP BY 1}, 'accessors without text arguments are sent');
is(sent(q{SELECT h, retention.nps_ci(retention.nps_agg(i), 0.95, 'wald') FROM far.events GROUP BY h}),
	q{SELECT h, retention.nps_agg(i) FROM calls.events GROUP BY 1}, 'one with a text constant is not, but its aggregate is');
like(sent(q{SELECT g, retention.activity_agg(tz, 'UTC') FROM far.events GROUP BY g}), qr/^locally\nSELECT g, tz FROM calls\.events/,
	'a text constant keeps an aggregate here');
like(sent(q{SELECT retention.period_start(day, 'month') AS month, retention.nps_agg(i) FROM far.events GROUP BY 1}),
	qr/^SELECT retention\.period_start\(day, 'month'::retention\.period_spec\), retention\.nps_agg\(i\) FROM calls\.events GROUP BY 1\z/, 'periods to group by are computed there');
like(sent(q{SELECT k FROM far.events WHERE rating = (SELECT rating FROM calls.events WHERE k = 4)}),
	qr/WHERE \(\(rating = \$1::retention\.rating_summary\)\)\z/, 'summaries are compared there');
is($near->sql('near', 'SELECT count(*) FROM far.events WHERE rating = (SELECT rating FROM calls.events WHERE k = 4)'),
	$near->sql('near', 'SELECT count(*) FROM calls.events WHERE rating = (SELECT rating FROM calls.events WHERE k = 4)'), '... with the same answer');
unlike(sent(q{SELECT g, retention.nps_agg(i) FROM plain.events GROUP BY g}), qr/retention/, "nothing is sent without extensions 'retention'");

# ---------------------------------------------- partitions on two servers

finds_nothing(<<'SQL', 'every aggregate over partitions gives the local result');
SET enable_partitionwise_aggregate = on;
SELECT aggregate, left(here, 200), left(there, 200)
FROM (SELECT aggregate, calls.outcome(calls.query_of('SELECT g, agg(#) FROM calls.events GROUP BY g', a)) AS here,
  calls.outcome(calls.query_of('SELECT g, agg(#) FROM calls.by_customer GROUP BY g', a)) AS there FROM calls.aggregates AS a WHERE trap IS NULL) AS both_ways
WHERE there IS DISTINCT FROM here OR there ~ '^SQLSTATE' OR there IS NULL
SQL
like(sent('SELECT g, retention.nps_agg(i) FROM calls.by_customer GROUP BY g'), qr/^locally\n(?:.*\n)*SELECT g, i FROM calls\.half.*\n(?:.*\n)*SELECT g, i FROM calls\.half/,
	'by another column none is: the rows come here');
finds_nothing(<<'SQL', 'by the partition key every aggregate is computed there');
SET enable_partitionwise_aggregate = on;
SELECT aggregate, sent FROM (SELECT aggregate, replace(split_part(aggregate::text, '(', 1), '.', '\.') AS name,
  public.sent(format('SELECT customer, %s(%s) FROM calls.by_customer GROUP BY customer', split_part(aggregate::text, '(', 1), arguments)) AS sent FROM calls.aggregates) AS q
WHERE sent !~ format('^(SELECT customer, %s\([^\n]* FROM calls\.half GROUP BY 1\n){2}$', name)
SQL

# The inner half of the two-stage form runs where the customers are.
for my $form (
	[ 'retention.retention_agg(x, \'month\')', 'retention.activity_agg(day)', 'retention.retention_agg(customer, day, \'month\')' ],
	[ 'retention.revenue_agg(x, \'month\')', 'retention.mrr_timeline_agg(day, ended, mrr, product)', 'retention.revenue_agg(customer, day, ended, mrr, \'month\', product)' ],
	[ 'retention.revenue_cohort_agg(x, \'quarter\')', 'retention.mrr_timeline_agg(day, ended, mrr)', undef ],
	[ 'retention.merge_agg(x)', 'retention.retention_agg(customer, day, \'week\')', 'retention.retention_agg(customer, day, \'week\')' ],
	[ 'retention.merge_agg(x)', 'retention.revenue_agg(id, day, ended, mrr, \'week\')', 'retention.revenue_agg(id, day, ended, mrr, \'week\')' ],
	[ 'retention.merge_agg(x)', 'retention.nps_series_agg(i, day, \'month\')', 'retention.nps_series_agg(i, day, \'month\')' ],
	[ 'retention.merge_agg(x)', 'retention.roc_agg(score, outcome)', 'retention.roc_agg(score, outcome)' ],
	[ 'retention.merge_agg(x)', 'retention.woe_agg(bin, outcome)', 'retention.woe_agg(bin, outcome)' ],
	[ 'retention.merge_agg(x)', 'retention.engagement_agg(card, event, at)', 'retention.engagement_agg(card, event, at)' ])
{
	my ($outer, $inner, $whole) = @$form;
	my $two_stage = "SELECT $outer FROM (SELECT customer, $inner AS x FROM %s GROUP BY customer) AS c";
	my ($remote, $local) = map { sprintf $two_stage, $_ } qw(calls.by_customer calls.events);
	(my $call = $inner) =~ s/'(\w+)'/'$1'::retention.period_spec/;
	my $expected = "SELECT customer, $call FROM calls.half GROUP BY 1";
	is(join("\n", grep { $_ ne 'locally' } split /\n/, sent($remote)), "$expected\n$expected", "$outer of $inner: the inner half is sent");
	my $wanted = $near->sql('near', $local);
	is($near->sql('near', "SET enable_partitionwise_aggregate = on; $remote"), $wanted, '... with the result of the local table');
	is($near->sql('near', "SELECT $whole FROM calls.by_customer"), $wanted, "... and of $whole") if $whole;
}

# A table of summaries, kept up to date from where the rows are.
$near->sql('near', 'CREATE TABLE rollup (month date, g integer, answers retention.rating_summary, PRIMARY KEY (month, g))');
for my $only ('k <= 300', 'k > 300')
{
	my $select = "SELECT retention.period_start(day, 'month'), g, retention.nps_agg(i) FROM far.events WHERE $only GROUP BY 1, 2";
	unlike(sent($select), qr/locally/, "what a rollup takes in is computed there: $only");
	$near->sql('near', "INSERT INTO rollup AS r $select ON CONFLICT (month, g) DO UPDATE SET answers = retention.combine(r.answers, excluded.answers)");
}
is($near->sql('near', 'SELECT retention.merge_agg(answers) FROM rollup'), $near->sql('near', 'SELECT retention.nps_agg(i) FROM calls.events'), 'a rollup of two loads gives what the rows give');
done_testing();
