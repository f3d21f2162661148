# Stored summaries survive crashes and travel: twenty sessions upsert them with combine() while the postmaster is killed; on
# the recovered server, on a hot standby and after logical replication they equal what is computed of the rows, and no
# call that was acknowledged is lost (R1). So does what a dump takes along that runs beside the writing.
#
# Run: prove test/t/crash.pl with RETENTION_LONG=1, as a user who may start servers, with PostgreSQL's programs in PATH.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use POSIX qw();
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

plan skip_all => 'these tests crash a server under load; they run with RETENTION_LONG=1' if !$ENV{RETENTION_LONG};

my $num_sessions = 20;
my $dir = tempdir('retention_crash_XXXXXX', TMPDIR => 1, CLEANUP => 1);

# The processes are killed, not the machine: what was written is in the system's cache.
my $node = TestServer->start('primary', 'wal_level = logical', 'full_page_writes = on', 'synchronous_commit = on', 'shared_buffers = 64MB', 'max_connections = 60');
$node->database('r');
create_tables();
my $standby = TestServer->standby($node, 'standby', 'wal_retrieve_retry_interval = 100ms');
my $copy = TestServer->start('subscriber', 'wal_retrieve_retry_interval = 100ms');
subscribe();

my %acknowledged;
test_upserts();
test_crash();
test_views_on_standby();
test_dump();
$copy->sql('r', 'DROP SUBSCRIPTION of_all');
done_testing();

# Rows, and summaries of them by day and group, which add_rows() brings up to date.
sub create_tables
{
	$node->sql('r', <<'SQL');
CREATE TABLE raw (id bigserial PRIMARY KEY, call integer, day date, g integer, customer bigint, score integer, mrr numeric);
CREATE TABLE stored (day date, g integer, rating retention.rating_summary, series retention.rating_series, activity retention.activity_days, retained retention.retention_summary,
  timeline retention.mrr_timeline, revenue retention.revenue_summary, roc retention.roc_summary, woe retention.woe_summary, PRIMARY KEY (day, g));
ALTER TABLE stored ALTER rating SET STORAGE EXTERNAL;
CREATE FUNCTION summaries() RETURNS SETOF stored STABLE LANGUAGE sql AS $$
SELECT day, g, retention.nps_agg(score), retention.nps_series_agg(score, day, 'week'), retention.activity_agg(day), retention.retention_agg(customer, day, 'month'), retention.mrr_timeline_agg(day, day + 40, mrr),
  retention.revenue_agg(customer, day, NULL, mrr, 'month'), retention.roc_agg(score, customer % 2 = 0), retention.woe_agg(score::bigint, customer % 2 = 0)
FROM raw GROUP BY day, g
$$;
-- A customer is in one call only, as revenue_summary and retention_summary need it to be combined.
CREATE FUNCTION add_rows(call integer) RETURNS void LANGUAGE sql AS $$
WITH new AS (
  INSERT INTO raw (call, day, g, customer, score, mrr)
  SELECT call, DATE '2024-01-01' + (call * 7 + n) % 20, n % 5, call::bigint * 1000 + n, n % 11, n FROM generate_series(1, 40) AS n RETURNING *)
INSERT INTO stored AS t
SELECT day, g, retention.nps_agg(score), retention.nps_series_agg(score, day, 'week'), retention.activity_agg(day), retention.retention_agg(customer, day, 'month'), retention.mrr_timeline_agg(day, day + 40, mrr),
  retention.revenue_agg(customer, day, NULL, mrr, 'month'), retention.roc_agg(score, customer % 2 = 0), retention.woe_agg(score::bigint, customer % 2 = 0)
FROM new GROUP BY day, g ORDER BY day, g
ON CONFLICT (day, g) DO UPDATE SET rating = retention.combine(t.rating, excluded.rating), series = retention.combine(t.series, excluded.series), activity = retention.combine(t.activity, excluded.activity),
  retained = retention.combine(t.retained, excluded.retained), timeline = retention.combine(t.timeline, excluded.timeline), revenue = retention.combine(t.revenue, excluded.revenue),
  roc = retention.combine(t.roc, excluded.roc), woe = retention.combine(t.woe, excluded.woe)
$$;
-- Summaries that differ from those of the rows, or are on one side only.
CREATE VIEW wrong AS
SELECT day, g FROM (SELECT day, g, s::text AS stored FROM stored AS s) AS s FULL JOIN (SELECT day, g, c::text AS computed FROM summaries() AS c) AS c USING (day, g) WHERE stored IS DISTINCT FROM computed;
SQL
	return;
}

sub subscribe
{
	$node->sql('r', 'CREATE PUBLICATION of_all FOR TABLE raw, stored');
	$copy->database('r');
	TestServer::spew("$dir/schema.sql", $node->run('pg_dump', '--schema-only', '--no-publications', '--table=raw', '--table=stored', 'r'));
	$copy->run('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'r', '-f', "$dir/schema.sql");
	$copy->sql('r', "CREATE SUBSCRIPTION of_all CONNECTION '" . $node->connection('r') . "' PUBLICATION of_all WITH (binary = true)");
	return;
}

# Starts the sessions; each makes a number of calls, numbered from the first on. Returns their processes, which
# finish() takes.
sub load
{
	my ($name, $first, $num_calls) = @_;
	my %processes;
	for my $session (0 .. $num_sessions - 1)
	{
		my $work = "$dir/$name.$session";
		mkdir $work or die "$work: $!\n";
		my $pid = fork() // die "cannot fork: $!\n";
		if ($pid == 0)
		{
			my $own = bless { %$node, work => $work }, ref $node;
			my $from = $first + $session * $num_calls;
			my (undef, $said, $printed) = $own->try('r', join ";\n", map { "SELECT add_rows($_);\nSELECT $_" } $from .. $from + $num_calls - 1);
			TestServer::spew("$work/acknowledged", $printed);
			TestServer::spew("$work/complaint", $said);
			POSIX::_exit(0);
		}
		$processes{$pid} = $work;
	}
	return \%processes;
}

# Waits for the sessions, notes the calls that were acknowledged. Returns what the sessions complained about.
sub finish
{
	my ($processes) = @_;
	my $complaints = '';
	for my $pid (sort keys %$processes)
	{
		waitpid $pid, 0;
		$acknowledged{$_} = 1 for grep { /^\d+\z/ } split /\n/, TestServer::slurp("$processes->{$pid}/acknowledged");
		$complaints .= TestServer::slurp("$processes->{$pid}/complaint");
	}
	return $complaints;
}

# All servers agree, and with the rows; nothing that was acknowledged is missing.
sub compare
{
	my ($when) = @_;
	my $all = q{SELECT count(*) || ' ' || md5(string_agg(s::text, ';' ORDER BY day, g)) || ' ' || (SELECT count(*) || ' ' || sum(customer) FROM raw) FROM stored AS s};
	my $wanted = $node->sql('r', $all);
	is($node->sql('r', 'SELECT count(*) FROM wrong'), 0, "R1: $when: each summary equals what is computed of the rows") or diag($wanted);
	my %there = map { $_ => 1 } split /\n/, $node->sql('r', 'SELECT call FROM raw GROUP BY call HAVING count(*) = 40');
	is(join(' ', grep { !$there{$_} } sort { $a <=> $b } keys %acknowledged), '', "R1: $when: all of " . keys(%acknowledged) . ' acknowledged calls are there');
	is($node->sql('r', 'SELECT count(*) FROM (SELECT FROM raw GROUP BY call HAVING count(*) <> 40) AS part'), 0, "R1: $when: no call is there in part");
	is($standby->wait_for('r', $all, $wanted), $wanted, "R1: $when: the standby has the same");
	is($standby->sql('r', 'SELECT count(*) FROM wrong'), 0, "R1: $when: ... and computes the same");
	is($copy->wait_for('r', $all, $wanted), $wanted, "R1: $when: logical replication has brought the same");
	return;
}

sub test_upserts
{
	is(finish(load('upserts', 0, 15)), '', 'R1: twenty sessions upsert without an error');
	is(scalar keys %acknowledged, 300, 'R1: every call was acknowledged');
	compare('after upserts');
	return;
}

# The postmaster is killed when about a quarter of the calls are done, its children end by themselves.
sub test_crash
{
	my $calls = $node->sql('r', 'SELECT count(*) FROM raw') / 40;
	my $processes = load('crash', 1000, 60);
	for (1 .. 6000)
	{
		last if $node->sql('r', 'SELECT count(*) FROM raw') / 40 >= $calls + 300;
		select undef, undef, undef, 0.1;
	}
	my ($postmaster) = TestServer::slurp("$node->{dir}/data/postmaster.pid") =~ /^(\d+)\n/;
	kill 'KILL', $postmaster;
	$node->{runs} = 0;
	my $complaints = finish($processes);
	like($complaints, qr/server closed the connection|terminating connection|could not/, 'R1: sessions lost the server');
	my $problem;
	for (1 .. 600)
	{
		last if eval { $node->control('start'); 1 };
		$problem = $@;
		select undef, undef, undef, 0.5;
	}
	ok($node->{runs}, 'R1: the server starts again') or BAIL_OUT($problem);
	like(TestServer::slurp("$node->{dir}/log"), qr/automatic recovery in progress/, 'R1: ... and recovers');
	note('R1: ' . keys(%acknowledged) . ' calls were acknowledged, of ' . (300 + 60 * $num_sessions));
	cmp_ok(scalar keys %acknowledged, '<', 300 + 60 * $num_sessions, 'R1: the crash came amid the calls');
	compare('after a crash');
	is(finish(load('after', 10_000, 5)), '', 'R1: the sessions go on');
	compare('after more upserts');
	return;
}

sub test_views_on_standby
{
	my $query = q{SELECT retention.nps(retention.merge_agg(rating)), (SELECT md5(string_agg(c::text, ';')) FROM retention.cohort_retention((SELECT retention.merge_agg(retained) FROM stored)) AS c),
  (SELECT md5(string_agg(b::text, ';')) FROM retention.revenue_bridge((SELECT retention.merge_agg(revenue) FROM stored)) AS b) FROM stored};
	is($standby->sql('r', $query), $node->sql('r', $query), 'R1: questions on the standby');
	my ($ok, $said) = $standby->try('r', q{SELECT * FROM retention.create_survey_views('kpi', 'raw', score => 'score', answered_at => 'day')});
	like($said, qr/^ERROR:  25006:/, 'R1: views are not created on a standby');
	return;
}

sub test_dump
{
	my $processes = load('dump', 20_000, 20);
	$node->run('pg_dump', '--format=custom', '--no-publications', "--file=$dir/dump", 'r');
	is(finish($processes), '', 'R1: twenty sessions upsert while a dump is taken');
	$node->sql('postgres', 'CREATE DATABASE restored');
	$node->run('pg_restore', '--exit-on-error', '--dbname=restored', "$dir/dump");
	is($node->sql('restored', 'SELECT count(*) FROM wrong'), 0, 'R1: in the dump each summary equals what is computed of the rows');
	compare('at last');
	return;
}
