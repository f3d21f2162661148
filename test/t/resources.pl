# Whatever runs out or ends: statements cancelled and sessions terminated at any moment (A2), a full disk (A3), a limit of
# the address space (A4) are errors with their SQLSTATE. No temporary file is left, and the next call is right. The
# time of GROUP BY grows with the number of groups and no faster (G1).
#
# Run: prove test/t/resources.pl with RETENTION_LONG=1, as a user who may start servers, with PostgreSQL's programs in PATH.
#   SEED=4711, SEED=random   other statements, timeouts and cancellations; what fails prints its seed
#   RETENTION_SMALL_DISK     a directory on a file system of 12 MB; test/small_disk.sh mounts one

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use POSIX qw(WNOHANG);
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;
use ProcessorTime qw(has_processor_time used_by);

plan skip_all => 'these tests take minutes; they run with RETENTION_LONG=1' if !$ENV{RETENTION_LONG};

my $seed = $ENV{SEED} // 1;
$seed = time() % 1_000_000 if $seed eq 'random';

my $node = TestServer->start('resources', 'shared_buffers = 64MB', 'jit = off');
$node->database('r');
$node->sql('r', <<'SQL');
CREATE TABLE card AS SELECT '{"engagement": [{"group": "g", "rules": [{"rule": "a", "event": "p1", "points": 3, "decay": "half_life", "period": "30 days", "max_count": 5},
  {"rule": "b", "event": "p2", "points": 5, "decay": "linear", "period": "90 days", "max_count": 7}]}]}'::retention.scorecard AS card;
SQL

test_cancelling();
test_full_disk();
test_groups();
test_address_space();
done_testing();

# ------------------------------------------------------------------ cancelling

# Statements that spill at work_mem 64kB, in transactions, cursors and exception blocks too.
sub spilling_statements
{
	return (
		q{SELECT length(retention.retention_agg('customer with a long name ' || n % 50000, DATE '2022-01-01' + n % 700, 'day')::text) FROM generate_series(1, 200000) AS n},
		q{SELECT length(retention.revenue_agg(n % 50000, DATE '2022-01-01' + n % 700, DATE '2022-01-01' + n % 700 + 90, 10, 'month', 'product ' || n % 99)::text) FROM generate_series(1, 200000) AS n},
		q{SELECT count(*) FROM (SELECT n % 20, retention.retention_agg(n, DATE '2022-01-01' + n % 700, 'month') FROM generate_series(1, 200000) AS n GROUP BY 1) AS g},
		q{SELECT length(retention.logistic_agg(n % 3 = 0, ARRAY[n % 17, n % 31])::text) FROM generate_series(1, 100000) AS n},
		q{SELECT count(*) FROM card, retention.score_leads(card, 'SELECT n, ''{}''::jsonb FROM generate_series(1, 50000) AS n',
		  'SELECT n % 50000, ''p'' || n % 4, TIMESTAMPTZ ''2022-01-01 00:00Z'' + n % 700 * INTERVAL ''1 day'' FROM generate_series(1, 150000) AS n', '2026-06-01 00:00Z')},
		q{SELECT length(retention.woe_agg(md5(n::text), n % 2 = 0)::text) FROM generate_series(1, 60000) AS n},
		q{SELECT length(retention.roc_agg(n / 7.0, n % 2 = 0)::text) FROM generate_series(1, 100000) AS n},
		q{SELECT count(*) FROM retention.cohort_retention((SELECT retention.retention_agg(n % 3000, DATE '2022-01-01' + n % 900, 'day') FROM generate_series(1, 100000) AS n))},
		q{DO $$
BEGIN
  FOR i IN 1..3 LOOP
    BEGIN
      PERFORM retention.retention_agg(n || repeat('x', 40), CASE WHEN n < 60000 THEN DATE '2024-01-01' + n % 99 ELSE 'infinity' END, 'month') FROM generate_series(1, 60000) AS n;
    EXCEPTION WHEN data_exception THEN
      NULL;
    END;
  END LOOP;
END
$$},
		q{BEGIN; DECLARE c CURSOR FOR SELECT n % 7, retention.revenue_agg(n || 'abcdefghijklmnopqrstuvwxyz', DATE '2022-01-01' + n % 700, NULL, 10, 'month', 'p' || n) FROM generate_series(1, 60000) AS n GROUP BY 1;
SAVEPOINT a; MOVE 2 FROM c; ROLLBACK TO a; MOVE 2 FROM c; COMMIT});
}

# Three sessions at once, whose statements are chosen by the seed; which of them end early is left to the machine,
# but whichever do, each of the errors is one of a few.
sub test_cancelling
{
	my $num_scripts = 15;
	my $dir = tempdir('retention_cancelled_XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $forced = $node->sql('r', q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
	my %children;
	for my $session (1 .. 3)
	{
		my $pid = fork() // die "cannot fork: $!\n";
		if ($pid == 0)
		{
			my $own = bless { %$node, work => undef }, ref $node;
			mkdir "$dir/$session";
			$own->{work} = "$dir/$session";
			srand("$seed$session");
			my $said = '';
			$said .= ($own->try('r', script_to_cancel($forced)))[1] for 1 .. $num_scripts;
			TestServer::spew("$dir/said.$session", $said);
			POSIX::_exit(0);
		}
		$children{$pid} = $session;
	}
	srand($seed);
	while (%children)
	{
		my $signal = rand() < 6 / 7 ? 'cancel' : 'terminate';
		$node->sql('postgres', "SELECT count(pg_${signal}_backend(pid)) FROM pg_stat_activity WHERE application_name = 'to cancel' AND state = 'active' AND random() < 0.4");
		select undef, undef, undef, rand 0.3;
		for my $pid (keys %children)
		{
			delete $children{$pid} if waitpid($pid, WNOHANG) != 0;
		}
	}
	my (%states, @others);
	for my $line (map { split /\n/, TestServer::slurp("$dir/said.$_") } 1 .. 3)
	{
		next if $line !~ /^(?:psql\S* )?(?:ERROR|FATAL|PANIC):\s+(\w{5})\b/;
		$states{$1}++;
		push @others, $line if $1 !~ /^(?:57014|53400|57P01|55000|25P02|3B001|34000)\z/;
	}
	my $num_statements = 3 * 12 * $num_scripts;
	note("A2: up to $num_statements statements: " . join(', ', map { "$_: $states{$_}" } sort keys %states));
	is(join("\n", @others), '', "A2: each error is that of a cancelled, terminated or limited statement (SEED=$seed)");
	cmp_ok($states{57014} // 0, '>', 0, 'A2: statements were cancelled');
	cmp_ok($states{'57P01'} // 0, '>', 0, 'A2: sessions were terminated');
	is($node->wait_for('r', 'SELECT count(*) FROM pg_ls_tmpdir()', 0), 0, 'A2: no temporary file is left');
	return;
}

sub any { return $_[ int rand @_ ] }

sub script_to_cancel
{
	my ($forced) = @_;
	my $script = "\\unset ON_ERROR_STOP\n\\set VERBOSITY sqlstate\nSET application_name = 'to cancel'; SET client_min_messages = warning; SET work_mem = '64kB';\n"
	  . 'SET max_parallel_workers_per_gather = ' . any(0, 0, 2) . "; SET $forced = " . any('off', 'off', 'on') . "; SET temp_file_limit = '" . any(-1, -1, '2MB', '20MB') . "';\n";
	$script .= 'SET statement_timeout = ' . any(0, 0, 1, 2, 3, 5, 8, 13, 20, 30, 50, 80, 120, 200, 400) . ";\n" . any(spilling_statements()) . ";\nROLLBACK;\n" for 1 .. 12;
	return $script;
}

# ------------------------------------------------------------------- full disk

sub test_full_disk
{
	my $disk = $ENV{RETENTION_SMALL_DISK};
  SKIP:
	{
		skip 'A3: RETENTION_SMALL_DISK is no directory on a file system of its own', 1 if !defined $disk || !-d $disk || (stat $disk)[0] == (stat dirname($disk))[0];
		mkdir "$disk/space";
		$node->sql('r', "CREATE TABLESPACE small LOCATION '$disk/space'");
		my $setup = "SET temp_tablespaces = small; SET work_mem = '64kB'; SET max_parallel_workers_per_gather = 0;";
		my $files = q{SELECT count(*) FROM pg_ls_tmpdir((SELECT oid FROM pg_tablespace WHERE spcname = 'small'))};
		my %call = (
			retention_agg => q{SELECT retention.retention_agg('customer with a long name ' || n, DATE '2022-01-01' + n % 700, 'day')::text FROM generate_series(1, %d) AS n},
			revenue_agg => q{SELECT retention.revenue_agg(n, DATE '2022-01-01' + n %% 700, NULL, 10, 'month')::text FROM generate_series(1, %d) AS n},
			logistic_agg => q{SELECT retention.logistic_agg(hashint4(n) % 3 = 0, ARRAY[n % 17, n % 31])::text FROM generate_series(1, %d) AS n},
			score_leads => q{SELECT sum(hashtext(s::text))::text FROM card, retention.score_leads(card, 'SELECT n, ''{}''::jsonb FROM generate_series(1, %d) AS n', 'SELECT n, ''p'' || n % 4, TIMESTAMPTZ ''2022-01-01 00:00Z'' FROM generate_series(1, %d) AS n', '2026-06-01 00:00Z') AS s},
			cohort_retention => q{SELECT count(*)::text FROM retention.cohort_retention((SELECT retention.retention_agg(n % 3000, DATE '2022-01-01' + n % %d, 'day') FROM generate_series(1, 100000) AS n))});
		for my $name (sort keys %call)
		{
			my ($small, $large) = $name eq 'cohort_retention' ? (100, 900) : (40_000, 900_000);
			my ($fitting, $too_large) = map { my $rows = $_; $call{$name} =~ s/%%/%/gr =~ s/%d/$rows/gr } $small, $large;
			my ($ok, $said) = $node->try('r', "$setup $too_large");
			like($said, qr/^ERROR:  53100: could not write/m, "A3: $name on a full disk");
			is($node->sql('r', $files), 0, 'A3: ... leaves no temporary file');
			my $wanted = $node->sql('r', "SET work_mem = '1GB'; $fitting");
			is($node->sql('r', "$setup $fitting"), $wanted, 'A3: ... and the next call is right');
			($ok, $said, my $printed) = $node->try('r', "$setup BEGIN; SAVEPOINT a;\n\\unset ON_ERROR_STOP\n$too_large;\n\\set ON_ERROR_STOP\nROLLBACK TO a; $fitting; COMMIT");
			is($printed, "$wanted\n", 'A3: ... also in the same transaction') or diag($said);
		}
		is($node->sql('r', $files), 0, 'A3: no temporary file is left');
		$node->sql('r', 'DROP TABLESPACE small');
	}
	return;
}

# --------------------------------------------------------------- address space

# Each call runs twice in one session, and another one after it. Whether a call needs more than there is depends on how memory is
# spent, so those that succeed are counted only.
sub test_address_space
{
	$node->sql('r', <<'SQL');
CREATE FUNCTION outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE query INTO result;
  RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SQL
	my $next_call = q{SELECT md5(retention.retention_agg(n || 'x', DATE '2024-01-01' + n % 99, 'month')::text || retention.roc_agg(n, n % 3 = 0)::text || retention.woe_agg(n % 7, n % 2 = 0)::text) FROM generate_series(1, 5000) AS n};
	my $right = $node->sql('r', $next_call);
	$node->restart_through('ulimit -v 600000; exec "$@"');
	my $num_exhausted = 0;
	for my $call (
		q{SELECT retention.retention_agg(n || repeat('x', 100), DATE '2024-01-01' + n % 99, 'month') FROM generate_series(1, 5000000) AS n},
		q{SELECT retention.revenue_agg(n, DATE '2024-01-01' + n % 99, NULL, 1, 'month', 'p' || n) FROM generate_series(1, 9000000) AS n},
		q{SELECT retention.roc_agg(n, true) FROM generate_series(1, 30000000) AS n},
		q{SELECT retention.woe_agg(md5(n::text), true) FROM generate_series(1, 9000000) AS n},
		q{SELECT retention.nps_series_agg(5, DATE '0001-01-01' + n, 'day') FROM generate_series(1, 3000000) AS n},
		q{SELECT retention.mrr_timeline_agg(DATE '0001-01-01' + n % 3000000, NULL, n) FROM generate_series(1, 9000000) AS n},
		q{SELECT retention.logistic_agg(n % 2 = 0, ARRAY[n % 17, n % 7, n % 5, n % 3]) FROM generate_series(1, 9000000) AS n},
		q{SELECT count(*) FROM card, retention.score_leads(card, 'SELECT n, ''{}''::jsonb FROM generate_series(1, 9000000) AS n', 'SELECT n, ''p1''::text, TIMESTAMPTZ ''2022-01-01 00:00Z'' FROM generate_series(1, 9000000) AS n', '2026-06-01 00:00Z')},
		q{SELECT retention.merge_agg(s) FROM (SELECT retention.roc_agg(n, true) AS s FROM generate_series(1, 12000000) AS n GROUP BY n % 40) AS g},
		q{SELECT retention.combine(w, w)::text FROM (SELECT retention.woe_agg(repeat(n::text, 100000000), true) AS w FROM generate_series(1, 2) AS n) AS x})
	{
		my ($name) = $call =~ /retention\.(\w+)/;
		my @outcomes = split /\n/, $node->sql('r', "SET work_mem = '2GB'; SET max_parallel_workers_per_gather = 0; " . "SELECT outcome(\$q\$$call\$q\$);" x 2 . $next_call);
		is(pop @outcomes, $right, "A4: the call after $name in 600 MB is right");
		note("A4: $name: " . join(', ', @outcomes));
		is(join(', ', grep { !/^(?:ok|53200 )/ } @outcomes), '', "A4: $name succeeds or lacks memory");
		$num_exhausted += grep { /^53200/ } @outcomes;
		is($node->sql('r', 'SELECT count(*) FROM pg_ls_tmpdir()'), 0, 'A4: ... and leaves no temporary file');
	}
	cmp_ok($num_exhausted, '>=', 10, 'A4: memory ran out');
	return;
}

# ---------------------------------------------------------------------- groups

# Groups of three rows, by hash aggregation in one process. Eight times the groups must not take 20 times as long; what
# grows with the square takes 64 times.
sub test_groups
{
  SKIP:
	{
		skip 'G1: the system does not tell the processor time of a process', 1 if !has_processor_time();
		my @groups = (5000, 40_000);
		my $setup = "SET work_mem = '1GB'; SET max_parallel_workers_per_gather = 0; SET enable_sort = off; SET client_min_messages = error";
		for my $groups (@groups)
		{
			$node->sql('r', <<"SQL");
CREATE TABLE rows_$groups AS SELECT n % $groups AS g, n::bigint AS c, DATE '2024-01-01' + n % 300 AS d, n % 11 AS s, (n % 90)::double precision AS x, 'p' || 1 + n % 3 AS t,
  TIMESTAMPTZ '2024-01-01 00:00Z' + n % 9000 * INTERVAL '1 hour' AS at FROM generate_series(1, $groups * 3) AS n;
CREATE TABLE summaries_$groups AS SELECT g, retention.nps_agg(s) AS rating, retention.nps_series_agg(s, d, 'month') AS series, retention.activity_agg(d) AS activity, retention.retention_agg(c, d, 'month') AS retained,
  retention.mrr_timeline_agg(d, d + 40, x::numeric, t) AS timeline, retention.revenue_agg(c, d, d + 40, x::numeric, 'month') AS revenue, retention.engagement_agg(card, t, at) AS engagement,
  retention.roc_agg(x, s > 5) AS roc, retention.woe_agg(t, s > 5) AS woe FROM rows_$groups, card GROUP BY g;
ALTER TABLE summaries_$groups ADD revenue_cohorts retention.revenue_cohort_summary;
UPDATE summaries_$groups AS s SET revenue_cohorts = c.s FROM (SELECT g, retention.revenue_cohort_agg(timeline, 'month') AS s FROM summaries_$groups GROUP BY g) AS c WHERE c.g = s.g;
INSERT INTO summaries_$groups SELECT * FROM summaries_$groups;
VACUUM ANALYZE rows_$groups, summaries_$groups;
SQL
		}
		my @calls = ((map { [ $_, 'rows' ] } 'retention.nps_agg(s)', 'retention.nps(s)', "retention.nps_series_agg(s, d, 'month')", 'retention.activity_agg(d)', 'retention.mrr_timeline_agg(d, d + 40, x::numeric, t)',
				"retention.invoice_timeline_agg(d, x::numeric, 'month')", 'retention.engagement_agg((SELECT card FROM card), t, at)', "retention.retention_agg(c, d, 'month')", "retention.revenue_agg(c, d, d + 40, x::numeric, 'month', t)",
				'retention.logistic_agg(s > 5, ARRAY[x, s * s + x * x * x])', 'retention.roc_agg(x, s > 5)', 'retention.woe_agg(t, s > 5)'),
			(map { [ $_, 'summaries' ] } "retention.retention_agg(activity, 'month')", "retention.recurring_retention_agg(activity, activity, 'month')", "retention.revenue_agg(timeline, 'month')", "retention.revenue_cohort_agg(timeline, 'month')",
				map { "retention.merge_agg($_)" } qw(rating series activity retained timeline revenue revenue_cohorts engagement roc woe)));
		for my $call (@calls)
		{
			my ($aggregate, $table) = @$call;
			my @seconds = map { (used_by($node, 'r', "SELECT count(v) FROM (SELECT g, $aggregate AS v FROM ${table}_$_ GROUP BY g) AS q", $setup))[0] } @groups;
			my $line = sprintf 'G1: %-70s %.2f s, %.2f s', $aggregate, @seconds;
			note($line);
			cmp_ok($seconds[1], '<', 20 * ($seconds[0] + 0.02), "G1: time by groups, $aggregate") or diag($line);
		}
	}
	return;
}
