# Limits: memory of what keeps a table of customers, how soon long calls end when they are cancelled, temporary
# files, summaries beyond 1 GB, and large inputs. The figures are printed (prove -v); times are processor time.
#
# Run: prove test/t/limits.pl, as a user who may start servers, with PostgreSQL's programs in PATH.
# With RETENTION_LONG=1 also ten million customers by every key, and more ways beyond 1 GB.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;
use ProcessorTime qw(has_processor_time processor_time_query used_by late);

my $node = TestServer->start('limits', 'max_parallel_workers_per_gather = 0', 'jit = off', 'shared_buffers = 64MB', 'max_wal_size = 4GB');
$node->database('l');
$node->sql('l', <<'SQL');
CREATE TABLE card AS SELECT '{"engagement": [{"group": "g", "rules": [{"rule": "v", "event": "v", "points": 1, "decay": "half_life", "period": "30 days"},
  {"rule": "x", "event": "v", "points": 1, "decay": "linear", "period": "400 days", "max_count": 3}]}]}'::retention.scorecard AS card;
-- The peak of this process's memory so far, in kB.
CREATE FUNCTION peak() RETURNS integer LANGUAGE sql AS $$SELECT (regexp_match(pg_read_file('/proc/self/status', 0, 100000, true), 'VmHWM:\s+(\d+)'))[1]::integer$$;
SQL
my $has_proc = $node->sql('l', 'SELECT coalesce(peak(), 0)') > 0;

# A customer by each type of key, from a number n.
my %key = (bigint => 'n::bigint', uuid => q{lpad(n::text, 32, '0')::uuid}, text => q{'https://example.com/customers/' || n});

test_memory();
test_cancelling();
test_errors_amid_spilling();
test_large_summaries();
test_large_inputs();
done_testing();

# Rows of a number of customers, each with some, in no order: n is the customer, r the row.
sub rows
{
	my ($customers, $rows) = @_;
	return "(SELECT 1 + r * 7919::bigint % $customers AS n, r FROM (SELECT generate_series(1, $rows) AS r) AS g) AS x";
}

# What keeps a table of customers, as name => query of one value.
sub with_table_of_customers
{
	my ($customers, $rows) = @_;
	my $source = rows($customers, $rows);
	my %query;
	for my $type (sort keys %key)
	{
		my $key = $key{$type};
		(my $quoted = $key) =~ s/'/''/g;
		$query{"retention_agg, $type"} = "SELECT retention.retention_agg($key, DATE '2022-01-01' + r % 700, 'month')::text FROM $source";
		$query{"revenue_agg, $type"} = "SELECT retention.revenue_agg($key, DATE '2022-01-01' + r % 700, DATE '2022-01-01' + r % 700 + 90, 10, 'month', 'p' || r % 9)::text FROM $source";
		$query{"nps_respondents_agg, $type"} = "SELECT retention.nps_respondents_agg($key, r % 11, DATE '2022-01-01' + r % 700, 'month')::text FROM $source";
		# the same table: one type of key is enough
		$query{"csat_respondents_agg, $type"} = "SELECT retention.csat_respondents_agg($key, r % 5, 0, 4, 2, DATE '2022-01-01' + r % 700, 'month')::text FROM $source" if $type eq 'bigint';
		$query{"rating_respondents_agg, $type"} = "SELECT retention.rating_respondents_agg($key, r % 5, 0, 4, DATE '2022-01-01' + r % 700, 'month')::text FROM $source" if $type eq 'bigint';
		$query{"score_leads, $type"} = "SELECT sum(hashtext(s::text))::text FROM card, retention.score_leads(card, 'SELECT $quoted, ''{}''::jsonb FROM (SELECT generate_series(1, $customers) AS n) AS g',
			'SELECT $quoted, ''v''::text, TIMESTAMPTZ ''2022-01-01 00:00Z'' + r % 700 * INTERVAL ''1 day'' FROM $source', '2024-06-01 00:00Z') AS s";
	}
	$query{'logistic_agg'} = "SELECT retention.logistic_agg(hashint4(n) % 3 = 0, ARRAY[n % 17, n % 31])::text FROM (SELECT generate_series(1, $rows) AS n) AS g";
	return %query;
}

# Runs a query in a session of its own. Returns a digest of its result, the seconds of processor time that the session
# took, and the MB that the peak of memory grew by.
sub measured
{
	my ($work_mem, $query) = @_;
	my $seconds = $has_proc ? processor_time_query() : 0;
	return split /\|/, $node->sql('l', <<"SQL");
SET work_mem = '$work_mem';
CREATE TEMP TABLE loaded AS SELECT retention.retention_agg(1, DATE '2024-01-01', 'month') AS s;
CREATE TEMP TABLE before AS SELECT peak() AS kilobytes;
CREATE TEMP TABLE result AS $query;
SELECT md5(r::text), $seconds, (peak() - kilobytes) / 1024.0 FROM result AS r, before;
SQL
}

sub temporary_files
{
	return $node->sql('l', 'SELECT count(*) FROM pg_ls_tmpdir()');
}

# ---------------------------------------------------------------------- memory

# What a table of customers may take in MB, where its limit is so much: beyond it the table goes to files, whose
# buffers take up to an eighth of the limit more, blocks and what malloc keeps somewhat; and the code has its
# own pages.
sub most_memory
{
	my ($limit) = @_;
	return $limit * 1.25 + 8;
}

sub test_memory
{
	my %query = with_table_of_customers(300_000, 600_000);
	is(join(' ', map { /^(\w+)/ } grep { /bigint|^logistic/ } sort keys %query), $node->sql('l', <<'SQL') . ' score_leads', 'every aggregate whose state is a table is measured');
SELECT string_agg(DISTINCT proname, ' ' ORDER BY proname) FROM pg_aggregate JOIN pg_proc ON pg_proc.oid = aggfnoid WHERE pronamespace = 'retention'::regnamespace AND aggtranstype = 'internal'::regtype
SQL
	note('300000 customers, 600000 rows: growth of the peak of memory by work_mem, and time');
	for my $name (sort keys %query)
	{
		my %result;
		my $line = sprintf '%-22s', $name;
		for my $limit ([ '64kB', 0.125 ], [ '4MB', 8 ], [ '1GB', 2048 ])
		{
			my ($work_mem, $megabytes) = @$limit;
			my ($result, $seconds, $grown) = measured($work_mem, $query{$name});
			$result{$result} = $work_mem;
			$line .= sprintf '  %s: %5.1f MB %4.1f s', $work_mem, $grown, $seconds;
			cmp_ok($grown, '<', most_memory($megabytes), "$name at work_mem $work_mem: memory") if $has_proc;
		}
		note($line);
		is(scalar keys %result, 1, "$name: the result does not depend on work_mem");
	}
	is(temporary_files(), 0, 'no temporary file is left');
	return;
}

# ------------------------------------------------------------------ cancelling

# A call that is cancelled, as by statement_timeout, ends within a second of processor time, wherever it is.
sub test_cancelling
{
	$node->sql('l', <<'SQL');
CREATE TABLE large AS SELECT
  (SELECT retention.retention_agg(k % 5000, DATE '2000-01-01' + hashint4(k) % 4000, 'day') FROM generate_series(1, 40000) AS k) AS retained,
  (SELECT retention.revenue_agg(k, DATE '2000-01-01' + hashint4(k) % 4000, DATE '2000-01-01' + hashint4(k) % 4000 + 90, 1, 'day') FROM generate_series(1, 40000) AS k) AS revenue,
  (SELECT retention.revenue_cohort_agg(t, 'month') FROM (SELECT retention.mrr_timeline_agg(DATE '0001-01-01' + k * 30, DATE '9999-12-31', 1) AS t FROM generate_series(1, 3000) AS k GROUP BY k) AS c) AS cohorts,
  (SELECT retention.mrr_timeline_agg(DATE '2000-01-01' + k, DATE '2000-01-01' + k + 30, k % 7, 'p' || k % 50) FROM generate_series(1, 20000) AS k) AS timeline,
  (SELECT retention.nps_series_agg(k % 11, DATE '0001-01-01' + k, 'day') FROM generate_series(1, 3000000) AS k) AS series,
  (SELECT retention.roc_agg(k, k % 3 = 0) FROM generate_series(1, 1000000) AS k) AS roc,
  (SELECT retention.woe_agg(k, k % 3 = 0) FROM generate_series(1, 1000000) AS k) AS woe,
  '{[0001-01-01,27000-01-01)}'::datemultirange::retention.activity_days AS days;
CREATE TABLE busy AS SELECT card, (SELECT retention.engagement_agg(card, 'e' || k % 20, TIMESTAMPTZ '2024-01-01 00:00Z' + k * INTERVAL '1 minute') FROM generate_series(1, 20000) AS k) AS state
FROM (SELECT jsonb_build_object('engagement', (SELECT jsonb_agg(jsonb_build_object('group', 'g' || n, 'max', 500, 'rules', jsonb_build_array(
  jsonb_build_object('rule', 'r' || n, 'event', 'e' || n, 'points', 1, 'decay', (ARRAY['expire', 'linear', 'half_life'])[1 + n % 3], 'period', '90 days', 'max_count', 1000)))) FROM generate_series(0, 19) AS n))::retention.scorecard AS card) AS c;
SQL
	my $ten_million = '(SELECT generate_series(1, 10000000) AS n) AS g';
	my $many_times = 'generate_series(1, 100000) AS n';
	my %memory = with_table_of_customers(3_000_000, 100_000_000);
	my @calls = map {
		my $name = $_;
		map { [ "$name, work_mem $_->[0], after $_->[1] s", $memory{$name}, @$_ ] }[ '64kB', 0.5 ], [ '1GB', 1.5 ]
	} grep { $_ ne 'logistic_agg' } sort keys %memory;
	my $features = join ', ', map { "sin($_ * n)" } 1 .. 80;
	push @calls, map { [ "logistic_agg, after $_->[0] s", "SELECT retention.logistic_agg(hashint4(n) % 3 = 0, ARRAY[$features]) FROM (SELECT generate_series(1, $_->[1]) AS n) AS g", '4MB', $_->[0] ] } [ 0.5, 400_000 ], [ 3, 2_000_000 ];
	push @calls, map { [ $_->[0], $_->[1], '4MB', 0.5 ] } (
		[ 'revenue_agg, one customer', "SELECT retention.revenue_agg(1, DATE '2000-01-01' + n % 5000, NULL, n, 'day') FROM (SELECT generate_series(1, 100000000) AS n) AS g" ],
		[ 'revenue_agg, open periods of a day', "SELECT retention.revenue_agg(n, DATE '0001-01-01' + n, DATE '9999-12-31', n, 'day') FROM $ten_million" ],
		[ 'mrr_timeline_agg', "SELECT retention.mrr_timeline_agg(DATE '2000-01-01' + n % 50000, NULL, n) FROM $ten_million" ],
		[ 'invoice_timeline_agg', "SELECT retention.invoice_timeline_agg(DATE '2000-01-01' + n % 50000, n, 'month') FROM $ten_million" ],
		[ 'activity_agg', "SELECT retention.activity_agg(DATE '0001-01-01' + n % 3000000) FROM (SELECT generate_series(1, 100000000) AS n) AS g" ],
		[ 'nps_series_agg', "SELECT retention.nps_series_agg(5, DATE '0001-01-01' + n % 3000000, 'day') FROM (SELECT generate_series(1, 100000000) AS n) AS g" ],
		[ 'roc_agg', "SELECT retention.roc_agg(n, true) FROM $ten_million" ],
		[ 'roc_agg, random order', "SELECT retention.roc_agg(hashint4(n), true) FROM $ten_million" ],
		[ 'woe_agg', "SELECT retention.woe_agg(md5(n::text), true) FROM $ten_million" ],
		[ 'engagement_agg', "SELECT retention.engagement_agg(card, 'e' || n % 20, TIMESTAMPTZ '2024-01-01 00:00Z' + n * INTERVAL '1 second') FROM busy, (SELECT generate_series(1, 100000000) AS n) AS g" ],
		(map { [ "merge_agg of $_", "SELECT retention.merge_agg(retention.combine($_, $_)) FROM large, $many_times" ] } qw(retained revenue cohorts timeline series roc woe days)),
		[ 'merge_agg of engagement_state', "SELECT retention.merge_agg(state) FROM busy, generate_series(1, 10000000) AS n" ],
		[ 'crossing_time', "SELECT count(retention.crossing_time(card, NULL, state, '2024-02-01 00:00Z', n / 1000.0)) FROM busy, $many_times" ],
		[ 'explain_lead_score', "SELECT count(*) FROM busy, $many_times, LATERAL retention.explain_lead_score(card, NULL, state, TIMESTAMPTZ '2024-02-01 00:00Z' + n * INTERVAL '1 second')" ],
		[ 'nps_series', "SELECT count(*) FROM large, $many_times, LATERAL retention.nps_series(series, trailing_periods => 1000)" ],
		[ 'nps_series far ahead', "SELECT count(*) FROM large, $many_times, LATERAL retention.nps_series(series, DATE '20000-01-01')" ],
		[ 'revenue_bridge far ahead', "SELECT count(*) FROM large, $many_times, LATERAL retention.revenue_bridge(revenue, DATE '20000-01-01')" ],
		[ 'customer_churn', "SELECT count(*) FROM large, $many_times, LATERAL retention.customer_churn(revenue, 'average', 'count', DATE '20000-01-01')" ],
		[ 'revenue_cohorts', "SELECT count(*) FROM large, $many_times, LATERAL retention.revenue_cohorts(cohorts, DATE '9999-12-31', NULL)" ],
		[ 'mrr_movements by day', "SELECT count(*) FROM large, $many_times, LATERAL retention.mrr_movements(timeline, 'day')" ],
		[ 'mrr_at', "SELECT sum(retention.mrr_at(timeline, DATE '2000-01-01' + n % 20000)) FROM large, generate_series(1, 10000000) AS n" ],
		[ 'cohort_retention', "SELECT count(*) FROM large, $many_times, LATERAL retention.cohort_retention(retained, 'on_or_after', max_rows => NULL)" ],
		[ 'gain_table', "SELECT count(*) FROM large, $many_times, LATERAL retention.gain_table(roc, 10 + n % 2)" ],
		[ 'roc_curve', "SELECT count(*) FROM large, $many_times, LATERAL retention.roc_curve(roc)" ],
		[ 'woe_table', "SELECT count(*) FROM large, $many_times, LATERAL retention.woe_table(woe)" ],
		(map { [ $_, "SELECT count($_) FROM large, $many_times" ] } 'retention.auc(roc)', '(retention.auc_ci(roc)).ci_low', 'retention.ks_statistic(roc)', 'retention.information_value(woe)', 'series::text'));
  SKIP:
	{
		skip 'the system does not tell the processor time of a process', scalar @calls if !has_processor_time();
		note('processor time from the cancellation to the end of the call');
		for my $call (@calls)
		{
			my ($name, $query, $work_mem, $after) = @$call;
			my ($late, $said) = late($node, 'l', $query, after => $after, setup => "SET work_mem = '$work_mem'");
			note(sprintf '%-60s %.2f s', $name, $late) if defined $late;
			cmp_ok($late // 1e9, '<', 1, "cancelled in time: $name") or diag("it ended by itself, or otherwise: $said");
		}
	}
	is(temporary_files(), 0, 'no temporary file is left by what was cancelled');
	return;
}

# An error in the last row, when most rows are in files.
sub test_errors_amid_spilling
{
	for my $failing (
		"SELECT retention.retention_agg(n::text, CASE WHEN n < 300000 THEN DATE '2024-01-01' ELSE 'infinity' END, 'month') FROM (SELECT generate_series(1, 300000) AS n) AS g",
		"SELECT retention.revenue_agg(n::text, CASE WHEN n < 300000 THEN DATE '2024-01-01' ELSE 'infinity' END, NULL, n, 'month') FROM (SELECT generate_series(1, 300000) AS n) AS g",
		"SELECT retention.logistic_agg(n % 2 = 0, ARRAY[CASE WHEN n < 300000 THEN n ELSE double precision 'infinity' END]) FROM (SELECT generate_series(1, 300000) AS n) AS g",
		"SELECT count(*) FROM card, retention.score_leads(card, 'SELECT n, ''{}''::jsonb FROM generate_series(1, 300000) AS n',
		 'SELECT n, ''v''::text, CASE WHEN n < 300000 THEN TIMESTAMPTZ ''2024-01-01 00:00Z'' ELSE ''2030-01-01 00:00Z'' END FROM generate_series(1, 300000) AS n', '2024-06-01 00:00Z')")
	{
		my ($name) = $failing =~ /retention\.(\w+)/;
		my ($ok, $said) = $node->try('l', "SET work_mem = '64kB'; $failing");
		like($said, qr/ERROR:  22/, "$name fails in its last row");
		is(temporary_files(), 0, '... and leaves no temporary file');
		($ok, $said) = $node->try('l', "SET work_mem = '64kB'; SET temp_file_limit = '1MB'; $failing");
		like($said, qr/ERROR:  53400/, "$name: temp_file_limit holds");
		is(temporary_files(), 0, '... and leaves no temporary file');
	}
	return;
}

# ------------------------------------------------------------- beyond 1 GB

sub test_large_summaries
{
	my @calls = ([ 'woe_agg', "SELECT retention.woe_agg(repeat('x', 358000000) || n, true) FROM generate_series(1, 3) AS n" ]);
	push @calls,
	  [ 'rating_series_agg', "SELECT retention.rating_series_agg(5, 0, 100, DATE '2000-01-01' + n, 'day') FROM (SELECT generate_series(1, 10300000) AS n) AS g" ],
	  [ 'roc_agg', 'SELECT retention.roc_agg(n, true) FROM (SELECT generate_series(1, 110000000) AS n) AS g' ],
	  [ 'combine', "SELECT length(retention.woe_summary_send(retention.combine(a, b))) FROM (SELECT retention.woe_agg(repeat('x', 540000000), true) AS a, retention.woe_agg(repeat('y', 540000000), true) AS b) AS t" ]
	  if $ENV{RETENTION_LONG};
	for my $call (@calls)
	{
		my ($name, $query) = @$call;
		my ($seconds, $said) = used_by($node, 'l', $query);
		note(sprintf '%s beyond 1 GB: %.1f s', $name, $seconds // 0);
		like($said, qr/ERROR:  54000: a summary of 1\d{9} bytes is too large\nDETAIL:  The largest has 1073741819 bytes\.\nHINT:  Summarize fewer rows/, "$name: a summary beyond 1 GB is a clear error");
	}
	return;
}

# ------------------------------------------------------------- large inputs

sub test_large_inputs
{
	my @inputs = (
		[ 'daily histories of 40 years, 200 customers', q{SELECT count(*) || ' ' || sum(retained) FROM retention.cohort_retention((SELECT retention.retention_agg(n % 200, DATE '1984-01-01' + n / 200, 'day')
			FROM (SELECT generate_series(0, 200 * 14610 - 1) AS n) AS g))}, '14610 2922000' ],
		[ 'the same, stored by customer', q{SELECT count(*) || ' ' || sum(retained) FROM retention.cohort_retention((SELECT retention.retention_agg(a, 'day') FROM (SELECT retention.activity_agg(DATE '1984-01-01' + n / 200) AS a
			FROM (SELECT generate_series(0, 200 * 14610 - 1) AS n) AS g GROUP BY n % 200) AS c))}, '14610 2922000' ],
		[ '100000 subscriptions of one customer', q{SELECT count(*) || ' ' || max(ending_mrr)::integer FROM retention.revenue_bridge((SELECT retention.revenue_agg(1, DATE '2000-01-01' + n % 7000, DATE '2000-01-01' + n % 7000 + 30, 1, 'month', 'p' || n % 11)
			FROM generate_series(0, 99999) AS n))}, undef ],
		[ 'the same as a timeline', q{SELECT count(*) || ' ' || max(ending_mrr)::integer FROM retention.revenue_bridge((SELECT retention.revenue_agg(retention.mrr_timeline_agg(DATE '2000-01-01' + n % 7000, DATE '2000-01-01' + n % 7000 + 30, 1, 'p' || n % 11) OVER (), 'month')
			FROM generate_series(0, 99999) AS n LIMIT 1))}, undef ]);
	$inputs[3][1] = q{SELECT count(*) || ' ' || max(ending_mrr)::integer FROM retention.revenue_bridge((SELECT retention.revenue_agg(t, 'month')
			FROM (SELECT retention.mrr_timeline_agg(DATE '2000-01-01' + n % 7000, DATE '2000-01-01' + n % 7000 + 30, 1, 'p' || n % 11) AS t FROM generate_series(0, 99999) AS n) AS c))};
	# On the last day of a month the lines of 30 start days are in force, 14 or 15 each.
	$inputs[2][2] = $inputs[3][2] = $node->sql('l', q{SELECT count(*) || ' ' || max(lines) FROM (SELECT (SELECT count(*) FROM generate_series(0, 99999) AS n
		WHERE DATE '2000-01-01' + n % 7000 <= last AND DATE '2000-01-01' + n % 7000 + 30 > last) AS lines
		FROM (SELECT (m + INTERVAL '1 month - 1 day')::date AS last FROM generate_series(TIMESTAMP '2000-01-01', DATE '2000-01-01' + 6999, '1 month') AS m) AS months) AS l});
	for my $input (@inputs)
	{
		my ($name, $query, $wanted) = @$input;
		my ($seconds, $said, $printed) = used_by($node, 'l', $query);
		is($printed, "$wanted\n", $name) or diag($said);
		note(sprintf '%s: %.1f s', $name, $seconds // 0);
	}
	return if !$ENV{RETENTION_LONG};

	my %query = with_table_of_customers(10_000_000, 20_000_000);
	for my $name (grep { $_ ne 'logistic_agg' } sort keys %query)
	{
		my ($result, $seconds, $grown) = measured('64MB', $query{$name});
		note(sprintf 'ten million customers, twenty million rows, work_mem 64MB, %s: %.1f s, %.0f MB', $name, $seconds, $grown);
		cmp_ok($grown, '<', most_memory(128), "ten million customers, $name: memory") if $has_proc;
	}
	is(temporary_files(), 0, 'no temporary file is left');
	return;
}
