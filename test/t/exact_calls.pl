# Exact calls: whatever else lies in schema retention, every call in the body of a function of the extension, and in
# every statement and view that it makes, reaches the function that is meant. test/lint/exact_calls.c says which calls
# do, and finds the others.
#
# Run: prove test/t/exact_calls.pl, with PGHOST, PGPORT and PGUSER of a server on this machine on which the extension
# is installed, and its programs in PATH. Creates and drops a database.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

plan skip_all => 'no server to test on: PGHOST is not set' unless $ENV{PGHOST};
$ENV{PGPORT} ||= 5432;
$ENV{PGUSER} ||= 'postgres';

my $node = TestServer->given;
my $database = "retention_exact_calls_$$";
my $created;
END
{
	my $status = $?;
	if ($created) { eval { $node->sql('postgres', "DROP DATABASE $database"); 1 } or print "# $@" }
	$? = $status;
}

my $dir = tempdir('retention_exact_calls_XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $dir;
my $module = "$dir/exact_calls.so";
compile();
$node->sql('postgres', "CREATE DATABASE $database");
$created = 1;
$node->sql($database, <<"SQL");
CREATE EXTENSION retention;
CREATE SCHEMA lint;
CREATE FUNCTION lint.exact_calls_in(regprocedure) RETURNS text[] AS '$module', 'exact_calls_in' LANGUAGE c STRICT;
CREATE FUNCTION lint.exact_calls_watch(boolean) RETURNS void AS '$module', 'exact_calls_watch' LANGUAGE c STRICT;
CREATE FUNCTION lint.exact_calls_seen() RETURNS text[] AS '$module', 'exact_calls_seen' LANGUAGE c;
-- Bodies are looked at under the search_path that they fix.
CREATE FUNCTION lint.calls(text) RETURNS TABLE (routine text, place text, callee text, problem text, source text)
  LANGUAGE sql SET search_path = pg_catalog, pg_temp BEGIN ATOMIC
  SELECT p.oid::regprocedure::text, c[1], c[2], c[3], c[4]
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang, unnest(lint.exact_calls_in(p.oid)) line, string_to_array(line, '|') c
  WHERE p.pronamespace::regnamespace::text = \$1 AND l.lanname = 'plpgsql';
END;
SQL

test_that_it_finds();
test_bodies();
test_statements();
done_testing();

# Against the headers of the server that runs.
sub compile
{
	my ($major) = $node->sql('postgres', 'SHOW server_version') =~ /^(\d+)/;
	my ($headers, $compiler) = map { chomp; $_ } `pg_config --includedir-server --cc 2>/dev/null`;
	my ($headers_major) = (`pg_config --version 2>/dev/null` // '') =~ /(\d+)/;
	plan skip_all => 'the pg_config in PATH is not that of the server' unless ($headers_major // 0) == $major;
	TestServer::command($compiler, qw(-std=gnu11 -O1 -fPIC -shared -Wall -Wextra -Werror), '-isystem', $headers, '-o', $module, "$test/lint/exact_calls.c");
	return;
}

# Each mistake in a function of its own, and what must not be taken for one.
sub test_that_it_finds
{
	my @mistakes = (
		['untyped literal', q{PERFORM retention.internal_check_source('x', 1::regclass);}, 'argument 1 is an untyped literal'],
		['untyped NULL', q{PERFORM retention.internal_check_source(NULL, 1::regclass);}, 'argument 1 is an untyped literal'],
		['untyped literal in a query', q{PERFORM (SELECT max(x) FROM (SELECT retention.internal_check_schema('x') FROM pg_class) s (x));}, 'argument 1 is an untyped literal'],
		['untyped literal in a default', q{}, 'argument 1 is an untyped literal', q{x text := retention.internal_type_kind('1');}],
		['wrong type', q{PERFORM retention.internal_check_schema(n);}, 'argument 1 becomes text by an implicit cast'],
		['wrong number type', q{PERFORM retention.internal_type_kind(1);}, 'argument 1 becomes oid by an implicit cast'],
		['no such types', q{PERFORM retention.internal_check_schema(1);}, 'no function takes exactly these types'],
		['defaults left out', q{PERFORM retention.periods('month'::text);}, '1 of 5 arguments are given'],
		['named notation', q{PERFORM retention.internal_check_schema(target_schema => t);}, 'argument 1 is given by name'],
		['named notation beside a record', q{FOR r IN SELECT 1 AS a LOOP PERFORM retention.internal_check_schema(target_schema => r.a::text); END LOOP;}, 'argument 1 is given by name'],
		['a field of a record', q{FOR r IN SELECT 't' AS a LOOP PERFORM retention.internal_check_schema(r.a); END LOOP;}, qr/^argument 1 needs a cast/],
		['a literal beside a record', q{FOR r IN SELECT 't' AS a LOOP PERFORM retention.internal_check_source('x', r.a::regclass); END LOOP;}, 'argument 1 is an untyped literal'],
		['defaults left out beside a record', q{FOR r IN SELECT 't' AS a LOOP PERFORM retention.periods(r.a::text); END LOOP;}, 'no function takes exactly these types'],
		['aggregate', q{PERFORM retention.nps_series_agg(s, day, n::text) FROM (VALUES (1, DATE '2024-01-01')) v (s, day);}, 'argument 3 becomes retention.period_spec by an implicit cast'],
		['aggregate with a literal', q{PERFORM retention.nps_series_agg(1, date '2024-01-01', 'month');}, 'argument 3 is an untyped literal'],
		['operator', q{PERFORM p OPERATOR(retention.=) 'month';}, 'argument 2 is an untyped literal', q{p retention.period_spec;}],
		['operator beside a record', q{FOR r IN SELECT 't' AS a LOOP PERFORM r.a::retention.period_spec OPERATOR(retention.=) 'x'; END LOOP;}, 'argument 2 is an untyped literal'],
		['in an assignment', q{t := retention.internal_type_kind('1');}, 'argument 1 is an untyped literal'],
		['in a condition', q{IF retention.internal_type_kind('1') = 'x' THEN NULL; ELSIF true THEN NULL; END IF;}, 'argument 1 is an untyped literal'],
		['in USING', q{EXECUTE 'SELECT $1' USING retention.internal_type_kind('1');}, 'argument 1 is an untyped literal'],
		['in RAISE', q{RAISE EXCEPTION USING MESSAGE = retention.internal_type_kind('1');}, 'argument 1 is an untyped literal'],
		['in an exception handler', q{BEGIN NULL; EXCEPTION WHEN OTHERS THEN t := retention.internal_type_kind('1'); END;}, 'argument 1 is an untyped literal'],
		['in a loop', q{WHILE true LOOP FOR i IN 1 .. 2 LOOP CASE i WHEN 1 THEN t := retention.internal_type_kind('1'); END CASE; END LOOP; END LOOP;}, 'argument 1 is an untyped literal'],
		['in a text', q{EXECUTE format('SELECT retention.%I()', 'x') || 'retention.num_responses(s)';}, 'in a text'],
	);
	$node->sql($database, join "\n", 'CREATE SCHEMA wrong;', map {
		sprintf 'CREATE FUNCTION wrong.%s(t text, n name) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ DECLARE r record; %s BEGIN %s END $$;',
		  quoted($mistakes[$_][0]), $mistakes[$_][3] // '', $mistakes[$_][1]
	} 0 .. $#mistakes);
	for my $mistake (@mistakes)
	{
		my $name = $mistake->[0];
		my $said = $node->sql($database, "SELECT problem FROM lint.calls('wrong') WHERE routine = " . literal('wrong.' . quoted($name) . '(text,name)') . "::regprocedure::text AND problem <> ''");
		ref $mistake->[2] ? like($said, $mistake->[2], "found: $name") : is($said, $mistake->[2], "found: $name");
	}
	$node->sql($database, <<'SQL');
CREATE SCHEMA fine;
CREATE FUNCTION fine.f(t text, n name) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE r record; s retention.rating_summary; v retention.internal_view; x text := retention.internal_type_kind(1::oid);
BEGIN
  PERFORM retention.internal_check_schema(t), retention.internal_check_schema(n::text), retention.internal_check_schema(t || 'x'), retention.internal_check_schema('x'::text),
    retention.internal_check_schema(coalesce(v.view_name, 'x')), retention.internal_check_schema(retention.internal_type_kind(1::oid));
  FOR r IN SELECT 't' AS a LOOP
    PERFORM retention.internal_check_schema(r.a::text), retention.internal_check_schema(coalesce(r.a::text, 'x')), s OPERATOR(retention.+) s;
  END LOOP;
  PERFORM retention.nps_agg(k), count(*) FROM generate_series(1, 2) k;
  RAISE EXCEPTION USING MESSAGE = 'call retention.drop_views(schema)';
END $$;
SQL
	is($node->sql($database, "SELECT count(*), string_agg(problem, ';') FILTER (WHERE problem <> '') FROM lint.calls('fine')"), '12|', 'exact calls are let pass, and a call in a message');
	return;
}

sub test_bodies
{
	cmp_ok($node->sql($database, "SELECT count(*) FROM lint.calls('retention')"), '>', 100, 'calls in bodies are looked at');
	is($node->sql($database, "SELECT routine, place, callee, problem, source FROM lint.calls('retention') WHERE problem NOT IN ('', 'in a text') ORDER BY 1, 2"),
		'', 'S2: every call in a body is exact');
	return;
}

# Every kind of view and the report, while every statement that the functions run is looked at.
sub test_statements
{
	my $rows = $node->sql($database, "SET client_min_messages = error;\nSELECT lint.exact_calls_watch(true) \\g /dev/null\n\\ir $test/lint/every_view.psql\nSELECT * FROM unnest(lint.exact_calls_seen())");
	my @seen = map { [split /\|/, $_, 4] } grep { /^run\|/ } split /\n/, $rows;
	cmp_ok(scalar @seen, '>', 50, 'calls in statements that functions make are looked at');
	is(join("\n", map { "@$_" } grep { $_->[2] ne '' } @seen), '', 'S2: every call in a view and in a statement that a function makes is exact');

	my %ran = map { $_->[1] => 1 } @seen;
	my @texts = split /\n/, $node->sql($database, "SELECT DISTINCT callee FROM lint.calls('retention') WHERE problem = 'in a text' ORDER BY 1");
	cmp_ok(scalar @texts, '>', 10, 'texts of bodies have calls');
	# The comment of a materialized view advises to call refresh_views().
	is(join(' ', grep { !$ran{$_} && $_ ne 'refresh_views' } @texts), '', 'each of them was seen in a statement');

	for my $kind ('VIEW', 'MATERIALIZED VIEW', 'TABLE')
	{
		is($node->sql($database, "SELECT lint.exact_calls_watch(true) \\g /dev/null
			DO \$do\$ BEGIN EXECUTE 'CREATE $kind wrong.made AS SELECT retention.period_start(date ''2024-01-01'', ''month'')'; EXECUTE 'DROP $kind wrong.made'; END \$do\$;
			SELECT unnest(lint.exact_calls_seen())"), q{run|period_start|argument 2 is an untyped literal|retention.period_start(date '2024-01-01', 'month')}, "found: in a \L$kind\E that a function makes");
	}
	return;
}

sub quoted  { return '"' . $_[0] . '"' }
sub literal { return q{'} . ($_[0] =~ s/'/''/gr) . q{'} }
