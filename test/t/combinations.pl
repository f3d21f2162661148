# No query form and no setting changes a result: random pairs of the two give what plain settings give (A1). The
# unfinished states of a user's own aggregates are values like finished ones (T1). All aggregates take part:
# their calls are in test/pgtap/aggregate_calls.psql.
#
# Run: prove test/t/combinations.pl, as a user who may start servers, with PostgreSQL's programs in PATH.
#   RETENTION_LONG=1   with the random pairs, 600 of them
#   COMBINATIONS=N     how many pairs
#   SEED=4711          other pairs than those of SEED=1, which is the default; what fails prints its seed
#   SEED=random        a seed from the clock

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

my $seed = $ENV{SEED} // 1;
$seed = time() % 1_000_000 if $seed eq 'random';
my $num_pairs = $ENV{COMBINATIONS} // 600;

my $node = TestServer->start('combinations');
$node->database('c');
$node->sql('c', "\\ir $test/pgtap/aggregate_calls.psql");
my @aggregates = map { my %aggregate; @aggregate{qw(name arguments summary moves)} = split /\|/; \%aggregate } split /\n/, $node->sql('c', <<'SQL');
SELECT split_part(aggregate::text, '(', 1), arguments, summary, moves FROM calls.aggregates JOIN calls.of_catalog USING (aggregate) WHERE trap IS NULL ORDER BY aggregate::text COLLATE "C"
SQL
cmp_ok(scalar @aggregates, '>', 60, scalar(@aggregates) . ' aggregates');

test_unfinished_states();
SKIP:
{
	skip 'A1: hundreds of random queries run with RETENTION_LONG=1', 1 if !$ENV{RETENTION_LONG};
	test_combinations();
}
done_testing();

# ----------------------------------------------------------- unfinished states

# For each aggregate whose result is its finished state, one without the final function.
sub test_unfinished_states
{
	$node->sql('c', <<'SQL');
CREATE SCHEMA own;
CREATE TABLE own.aggregates AS
SELECT row_number() OVER (ORDER BY aggfnoid) AS n, split_part(aggfnoid::regprocedure::text, '(', 1) AS finished, arguments, aggtransfn, aggtranstype::regtype::text AS type, oidvectortypes(proargtypes) AS types,
  agginitval, moves
FROM pg_aggregate JOIN pg_proc ON pg_proc.oid = aggfnoid JOIN calls.aggregates ON aggregate = aggfnoid JOIN calls.of_catalog USING (aggregate)
WHERE aggtranstype = prorettype AND trap IS NULL;
SELECT format('CREATE AGGREGATE own.unfinished_%s(%s) (SFUNC = %s, STYPE = %s%s)', n, types, aggtransfn, type, ', INITCOND = ' || quote_literal(agginitval)) FROM own.aggregates \gexec
SELECT DISTINCT format('CREATE AGGREGATE own.%s(%s) (SFUNC = retention.combine, STYPE = %2$s)', replace(type, 'retention.', 'combine_'), type) FROM own.aggregates \gexec
SELECT format('CREATE AGGREGATE own.%s(%s) (SFUNC = %s, STYPE = %2$s)', replace(type, 'retention.', 'merge_'), type, aggtransfn) FROM own.aggregates WHERE finished = 'retention.merge_agg' \gexec
SQL
	my @own = split /\n/, $node->sql('c', 'SELECT n, finished, arguments, type, moves FROM own.aggregates ORDER BY n');
	my @types = split /\n/, $node->sql('c', 'SELECT DISTINCT type FROM own.aggregates ORDER BY 1');
	my %with_state = map { (split /\|/)[3] => 1 } @own;
	my $mergeable = $node->sql('c', q{SELECT string_agg(format_type(aggtranstype, NULL), ' ' ORDER BY format_type(aggtranstype, NULL)) FROM pg_aggregate WHERE aggfnoid::oid IN (SELECT oid FROM pg_proc WHERE proname = 'merge_agg' AND pronamespace = 'retention'::regnamespace)});
	is(join(' ', @types), $mergeable, 'T1: all types that can be merged are states');
	for my $own (@own)
	{
		my ($n, $finished, $arguments, $type, $moves) = split /\|/, $own;
		my $combine = $type =~ s/retention\./own.combine_/r;
		my $merge = $type =~ s/retention\./own.merge_/r;
		my ($ok, $said, $printed) = $node->try('c', <<"SQL");
CREATE TABLE own.stored AS SELECT g, h, own.unfinished_$n($arguments) AS u, $finished($arguments) AS f FROM calls.events GROUP BY g, h;
SELECT 'equal', bool_and(u = f AND u::text = f::text AND hash_record(ROW(u)) = hash_record(ROW(f))) FROM own.stored;
SELECT 'not stored', bool_and(u = f) FROM (SELECT own.unfinished_$n($arguments) AS u, $finished($arguments) AS f FROM calls.events GROUP BY g, h OFFSET 0) AS s;
SELECT 'distinct', (SELECT count(DISTINCT u) FROM own.stored) = (SELECT count(DISTINCT f) FROM own.stored);
SELECT 'joined', (SELECT count(*) FROM own.stored AS a JOIN own.stored AS b ON a.u = b.f) = (SELECT count(*) FROM own.stored AS a JOIN own.stored AS b ON a.f = b.f);
SELECT 'merged', retention.merge_agg(u) = retention.merge_agg(f) FROM own.stored;
SELECT 'combined', bool_and(retention.combine(u, f) = retention.combine(f, f) AND retention.combine(NULL, u) = f AND retention.combine(u, NULL) = f) FROM own.stored;
SELECT 'own aggregates', $combine(u) = retention.merge_agg(f) AND $merge(u) = retention.merge_agg(f) AND $merge(f) = retention.merge_agg(f) FROM own.stored;
SELECT 'own aggregates in windows', bool_and(a = c AND b = c) FROM (SELECT $combine(u) OVER w AS a, $merge(u) OVER w AS b, retention.merge_agg(f) OVER w AS c FROM own.stored WINDOW w AS (ORDER BY g, h ROWS 3 PRECEDING)) AS s;
SELECT 'growing frames', NOT boolean '$moves' OR (SELECT bool_and(u IS NOT DISTINCT FROM f) FROM (SELECT own.unfinished_$n($arguments) OVER w AS u, $finished($arguments) OVER w AS f FROM calls.events WHERE k <= 100 WINDOW w AS (ORDER BY k)) AS s);
DROP TABLE own.stored;
SQL
		$printed =~ s/^.*\|t\n//mg;
		is($said . $printed, '', "T1: states of $finished($arguments)") or $node->sql('c', 'DROP TABLE IF EXISTS own.stored');
	}
	return;
}

# ---------------------------------------------------------------- combinations

# Settings that change plans, and the values they are given.
sub settings
{
	my $parallel = $node->sql('c', q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
	return (
		work_mem => [qw(64kB 256kB 4MB 1GB)],
		hash_mem_multiplier => [ 1, 2 ],
		max_parallel_workers_per_gather => [ 0, 2 ],
		$parallel => [qw(off on)],
		parallel_setup_cost => [ 0, 1000 ],
		parallel_tuple_cost => [ 0, 0.1 ],
		min_parallel_table_scan_size => [ 0, '8MB' ],
		(map { $_ => [qw(off on)] } qw(enable_partitionwise_aggregate enable_hashagg enable_sort enable_incremental_sort enable_material enable_memoize enable_nestloop jit)),
		jit_above_cost => [ 0, 100000 ],
		jit_inline_above_cost => [ 0, 100000 ],
		plan_cache_mode => [qw(auto force_generic_plan force_custom_plan)]);
}

sub any { return $_[ int rand @_ ] }

# A call of an aggregate, as the column s; some only sometimes with a FILTER.
sub call
{
	my ($aggregate) = @_;
	return "$aggregate->{name}($aggregate->{arguments})" . any('', '', '', ' FILTER (WHERE h = 1)', ' FILTER (WHERE h = 9)');
}

# One text of a query over (key, s), or over (key, s, t) where there is a second aggregate.
sub digest
{
	my ($aggregate, $query) = @_;
	return "SELECT count(*), md5(string_agg(concat_ws(' ', key, $aggregate->{summary}), ';' ORDER BY key)) FROM ($query) AS q (key, s)";
}

# Forms of queries: each takes an aggregate and makes statements of it.
sub forms
{
	my $rows = 'calls.many';
	my $grouped = sub { my ($a, $more) = @_; return "SELECT g::text, @{[ call($a) ]} FROM $rows " . ($more // '') . ' GROUP BY g' };
	my $of_keys = sub { my ($a, $keys, $where) = @_; return digest($a, "SELECT j::text, s FROM $keys AS j, LATERAL (SELECT @{[ call($a) ]} AS s FROM $rows WHERE $where) AS l") };
	return (
		sub { my ($a) = @_; return digest($a, $grouped->($a)) },
		sub { my ($a) = @_; my $sets = any('GROUPING SETS ((g), (h), ())', 'ROLLUP (g, h)', 'CUBE (g, h)'); return digest($a, "SELECT concat_ws('/', grouping(g, h), g, h), @{[ call($a) ]} FROM $rows GROUP BY $sets") },
		sub
		{
			my $a = any(grep { $_->{moves} eq 't' } @aggregates);
			my $frame = any('ROWS UNBOUNDED PRECEDING', 'ROWS 3 PRECEDING', 'ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING', 'ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
				'ROWS BETWEEN 5 PRECEDING AND 3 PRECEDING', 'GROUPS 1 PRECEDING', 'ROWS BETWEEN 4 PRECEDING AND 4 FOLLOWING EXCLUDE CURRENT ROW');
			return digest($a, "SELECT lpad(number::text, 5, '0'), @{[ call($a) ]} OVER (PARTITION BY g % 3 ORDER BY number $frame) FROM $rows WHERE number < 250");
		},
		sub { my ($a) = @_; return $of_keys->($a, 'generate_series(0, 6)', 'k % 7 = j') },
		sub { my ($a) = @_; return digest($a, "SELECT lpad(j::text, 2, '0'), (SELECT @{[ call($a) ]} FROM $rows WHERE k % 40 BETWEEN j AND j + 9) FROM generate_series(0, 12) AS j") },
		sub { my ($a) = @_; return digest($a, "SELECT '', $a->{name}($a->{arguments} ORDER BY hashint4(number)) FROM $rows") },
		sub { my ($a) = @_; return digest($a, "WITH RECURSIVE r (n, s) AS (SELECT 0, (SELECT @{[ call($a) ]} FROM $rows WHERE g = 0) UNION ALL SELECT n + 1, (SELECT @{[ call($a) ]} FROM $rows WHERE g = n + 1) FROM r WHERE n < 5) SELECT n::text, s FROM r") },
		sub
		{
			my ($a) = @_;
			my $fetch = "SELECT key, md5(($a->{summary})) FROM (SELECT g::text, @{[ call($a) ]} FROM $rows GROUP BY g) AS q (key, s) ORDER BY key";
			return "BEGIN; DECLARE c SCROLL CURSOR FOR $fetch; SAVEPOINT a; FETCH 2 FROM c; ROLLBACK TO a; SAVEPOINT b; FETCH 1 FROM c; RELEASE b; MOVE BACKWARD ALL IN c; FETCH ALL FROM c; CLOSE c; COMMIT";
		},
		sub
		{
			my ($a) = @_;
			my $call = call($a);
			my $from = sub { digest($a, "SELECT g::text, $call FROM $rows $_[0] GROUP BY g") };
			my $fatal = int rand 9600;
			return <<"SQL";
DO \$\$
DECLARE
  r record;
BEGIN
  FOR j IN 1..4 LOOP
    BEGIN
      @{[ $from->("WHERE calls.survives(number, CASE WHEN j % 2 = 0 THEN $fatal ELSE -1 END)") ]} INTO r;
      PERFORM set_config('calls.results', concat(current_setting('calls.results', true), ' ', r), false);
    EXCEPTION WHEN raise_exception THEN
      PERFORM set_config('calls.results', current_setting('calls.results', true) || ' raised', false);
    END;
  END LOOP;
END
\$\$;
SELECT current_setting('calls.results') \\g
RESET calls.results
SQL
		},
		sub { my ($a) = @_; return "PREPARE p(integer, integer) AS @{[ digest($a, $grouped->($a, 'WHERE g BETWEEN $1 AND $2')) ]};" . join('', map { " EXECUTE p($_);" } '0, 1', '1, 2', '2, 3', '0, 3', '1, 1', '0, 2', '9, 9') . ' DEALLOCATE p' },
		sub { my ($a) = @_; return digest($a, "SELECT concat_ws('/', j, g), s FROM generate_series(0, 4) AS j LEFT JOIN (SELECT g, @{[ call($a) ]} AS s FROM $rows GROUP BY g) AS q ON q.g >= j") },
		sub { my ($a) = @_; return "SELECT count(*), md5(string_agg(v, ';' ORDER BY v)) FROM (SELECT DISTINCT $a->{summary} AS v FROM (SELECT @{[ call($a) ]} FROM $rows GROUP BY g, h HAVING count(*) > 1) AS q (s)) AS d" },
		sub { my ($a) = @_; return digest($a, "SELECT concat('all ', g), @{[ call($a) ]} FROM $rows GROUP BY g UNION ALL SELECT concat('some ', g), @{[ call($a) ]} FROM $rows WHERE g > 1 GROUP BY g") },
		sub { my ($a) = @_; return "SELECT key, s IS NULL FROM (@{[ $grouped->($a) ]}) AS q (key, s) ORDER BY key LIMIT 2; SELECT EXISTS (SELECT FROM (@{[ $grouped->($a) ]}) AS q (key, s) WHERE s IS NOT NULL)" },
		sub
		{
			my ($a) = @_;
			my $b = any(grep { $_->{summary} eq 's::text' } @aggregates);
			return "SELECT md5(string_agg(concat_ws(' ', g, $a->{summary}, t), ';' ORDER BY g)) FROM (SELECT g, @{[ call($a) ]} AS s, @{[ call($b) ]}::text AS t FROM $rows GROUP BY g) AS q" if $b->{arguments} !~ /\bk\b/ && call($b) !~ /FILTER/;
			return digest($a, $grouped->($a));
		});
}

sub test_combinations
{
	# Twenty times the rows of all calls, with other customers in each twentieth, in partitions.
	$node->sql('c', <<'SQL');
CREATE TABLE calls.many (LIKE calls.events, number integer) PARTITION BY HASH (g);
SELECT format('CREATE TABLE calls.many_%s PARTITION OF calls.many FOR VALUES WITH (MODULUS 3, REMAINDER %1$s)', n) FROM generate_series(0, 2) AS n \gexec
INSERT INTO calls.many SELECT e.*, k - 1 + 480 * n FROM calls.events AS e, generate_series(0, 19) AS n;
UPDATE calls.many SET customer = customer + 97 * (number / 480), name = repeat('long ', number / 480) || name, id = md5(name || number / 480)::uuid;
CREATE FUNCTION calls.survives(number integer, fatal integer) RETURNS boolean LANGUAGE plpgsql PARALLEL SAFE AS $$
BEGIN
  IF number = fatal THEN
    RAISE 'row %', number;
  END IF;
  RETURN true;
END
$$;
VACUUM ANALYZE calls.many;
SQL
	my %settings = settings();
	my @forms = forms();
	my %used;
	my $num_different = 0;
	srand($seed);
	for my $n (1 .. $num_pairs)
	{
		my $aggregate = any(@aggregates);
		my $form = int rand @forms;
		my $query = $forms[$form]->($aggregate);
		my $setting = join '', map { "SET $_ = '" . any(@{ $settings{$_} }) . "'; " } sort keys %settings;
		my $plain = "SET max_parallel_workers_per_gather = 0; SET work_mem = '1GB'; SET jit = off; ";
		# a fit to few rows warns that it does not converge
		my ($ok, $said, $printed) = $node->try('c', "SET client_min_messages = error; SET timezone = 'UTC';\n$plain\n$query;\n\\echo ======\n$setting\n$query");
		my ($wanted, $got) = split /^======\n/m, $printed;
		$used{$form}++;
		next if $ok && $said eq '' && $wanted ne '' && $wanted eq $got;
		fail("A1: pair $n (SEED=$seed)") or diag("$setting\n$query\nwanted:\n$wanted\ngot:\n" . ($got // '') . "\n$said");
		last if ++$num_different == 5;
	}
	is($num_different, 0, "A1: $num_pairs random pairs of query form and settings give what plain settings give (SEED=$seed)");
	is(scalar keys %used, scalar @forms, 'A1: every form was used') if $num_pairs >= 300;
	return;
}
