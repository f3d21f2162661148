# valgrind finds no error in the extension: a server under it runs the regression tests' statements, and aggregates that
# spill, fail and combine in parallel workers (V1). A PostgreSQL built with -DUSE_VALGRIND makes the results strong, because valgrind
# then knows its memory contexts; with an ordinary one it finds reads of uninitialized memory and errors in large pieces of memory.
#
# Run: prove test/t/valgrind.pl with RETENTION_LONG=1, as a user who may start servers, with PostgreSQL's programs in PATH.
# VALGRIND_SUPPRESSIONS names a file to suppress what is known of the server: src/tools/valgrind.supp of its sources.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

plan skip_all => 'a server under valgrind takes minutes; this runs with RETENTION_LONG=1' if !$ENV{RETENTION_LONG};
plan skip_all => 'there is no valgrind' if system('valgrind --version >/dev/null 2>&1') != 0;

# The server does not wait for background work that has nothing to do with the extension.
my $node = TestServer->start('valgrind', 'shared_buffers = 16MB', 'jit = off', 'max_worker_processes = 8', 'max_parallel_workers = 8', 'max_connections = 10', 'checkpoint_timeout = 1h', 'wal_level = minimal', 'max_wal_senders = 0');
my @scripts = map { basename($_, '.sql') } grep { !/\/(?:lint|report|views)\.sql\z/ } glob "$test/sql/*.sql";
$node->database($_) for @scripts, 'spilling';
my $suppressions = $ENV{VALGRIND_SUPPRESSIONS} ? "--suppressions='$ENV{VALGRIND_SUPPRESSIONS}'" : '';
$node->restart_through("exec valgrind --quiet --vgdb=no --leak-check=no --gen-suppressions=no --time-stamp=no --error-limit=no --trace-children=yes --xml=yes --xml-file='$node->{dir}/found.%p' $suppressions \"\$\@\"");

test_scripts();
test_spilling();
$node->control('--mode=fast', 'stop');
test_findings();
done_testing();

# The statements of test/sql, as far as they get without their expected errors: what they print is for pg_regress to judge.
sub test_scripts
{
	for my $name (@scripts)
	{
		$node->try($name, "\\unset ON_ERROR_STOP\nSET max_parallel_workers_per_gather = 0;\n\\cd $test/sql\n\\i $name.sql");
		is($node->sql($name, 'SELECT 1'), 1, "V1: $name: the server is there");
	}
	return;
}

sub test_spilling
{
	my $forced = $node->sql('spilling', q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
	my $rows = '(SELECT n, n % 7 AS g, DATE \'2022-01-01\' + n * 7 % 900 AS day FROM generate_series(1, 6000) AS n) AS r';
	my @keys = ('n::bigint', q{lpad(n::text, 32, '0')::uuid}, q{'k' || n}, q{repeat('L', 30 + n % 9) || n});
	my @calls = (
		(map { ("retention.retention_agg($_, day, 'month')", "retention.revenue_agg($_, day, day + 60, n % 90 / 10.0, 'week', 'p' || n % 6)") } @keys),
		q{retention.logistic_agg(n % 3 = 0, ARRAY[n % 17, n % 31])}, q{retention.roc_agg(n / 7.0, n % 3 = 0)}, q{retention.woe_agg(md5(n::text), n % 3 = 0)},
		q{retention.nps_series_agg(n % 11, day, 'week')}, q{retention.mrr_timeline_agg(day, day + 40, n, 'p' || n % 5)}, q{retention.activity_agg(day)});
	$node->sql('spilling', "SET work_mem = '64kB'; SET max_parallel_workers_per_gather = 0;" . join '', map { "SELECT length(string_agg(s::text, '')) FROM (SELECT $_ AS s FROM $rows GROUP BY ROLLUP (g)) AS q;" } @calls);
	pass('V1: aggregates that spill');
	$node->sql('spilling', "CREATE TABLE rows AS SELECT * FROM $rows; ANALYZE rows; SET work_mem = '64kB'; SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET $forced = on;"
		  . join '', map { "SELECT length(($_)::text) FROM rows;" } @calls);
	pass('V1: aggregates in parallel workers');
	my ($ok, $said) = $node->try('spilling', q{SET work_mem = '64kB'; SELECT retention.retention_agg('k' || n, CASE WHEN n < 6000 THEN day ELSE 'infinity' END, 'month') FROM rows});
	like($said, qr/^ERROR:  22/, 'V1: an error amid spilling');
	return;
}

# An error counts if the library is in one of its stacks: where it happened, or where the memory comes from.
sub test_findings
{
	my @files = glob "$node->{dir}/found.*";
	cmp_ok(scalar @files, '>', scalar @scripts, 'V1: valgrind watched the processes of the server');
	my ($num_of_server, @found) = (0);
	for my $error (map { TestServer::slurp($_) =~ /<error>.*?<\/error>/gs } @files)
	{
		if ($error =~ /<obj>[^<]*retention\.so<\/obj>/)
		{
			my ($what) = $error =~ /<(?:what|text)>([^<]*)</;
			push @found, join "\n  ", $what, $error =~ /<fn>([^<]*)<\/fn>/g;
		}
		else { $num_of_server++ }
	}
	note("V1: $num_of_server errors of the server alone");
	my %seen;
	is(join("\n", grep { !$seen{$_}++ } @found), '', 'V1: no error in the extension');
	return;
}
