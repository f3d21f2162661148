#!/usr/bin/perl
# sqlsmith.pl: sqlsmith writes random queries over tables of the extension's types and its functions. None may crash
# the server or reach an internal error (XX000) of the extension; others that the server knows of itself are not ours.
#
# Run: prove -Itest/perl test/t/sqlsmith.pl, with the programs of a PostgreSQL on which the extension is installed in
# PATH, as a user who is not root. Starts a server of its own. Skipped without the Debian package sqlsmith.
#
#   SEED=4711             other queries than those of SEED=1, which is the default; what fails prints its seed
#   SEED=random           a seed from the clock
#   SQLSMITH_QUERIES=4000 how many queries, 4000 without it

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use Test::More;
use TestServer;

my $test = dirname(dirname(abs_path($0)));
plan skip_all => 'sqlsmith is not installed' unless grep { -x "$_/sqlsmith" } split /:/, $ENV{PATH};
my $seed = $ENV{SEED} // 1;
$seed = time() % 1_000_000 if $seed eq 'random';
my $num_queries = $ENV{SQLSMITH_QUERIES} // 4000;
my @sources = glob("$test/../src/*.c $test/../src/*/*.c");
die "there are no sources in $test/../src, by which an error is known to be one of the extension\n" if !@sources;

my $node = TestServer->start('sqlsmith', 'log_error_verbosity = verbose', 'log_min_error_statement = error', 'statement_timeout = 5s', 'temp_file_limit = 200MB', 'jit = off', 'max_parallel_workers_per_gather = 1');
$node->database('smith');
$node->sql('smith', TestServer::slurp("$test/data/company.sql"));
$node->sql('smith', <<'SQL');
CREATE TABLE summaries AS SELECT country, retention.nps_agg(score) AS ratings, retention.nps_series_agg(score, answered_at, 'month') AS series FROM (SELECT *, score % 3 AS country FROM answer) a GROUP BY country;
CREATE TABLE activity AS SELECT customer_id, retention.activity_agg(at) AS days, min(at) AS first_day FROM visit GROUP BY customer_id;
CREATE TABLE cohorts AS SELECT u::retention.period_spec AS periods, (SELECT retention.retention_agg(days, u::retention.period_spec) FROM activity) AS cohorts FROM unnest('{day,week,month,quarter}'::text[]) u;
CREATE TABLE money AS SELECT customer_id, retention.mrr_timeline_agg(started_on, ended_on, mrr, product) AS timeline FROM subscription GROUP BY customer_id;
CREATE TABLE revenue AS SELECT (SELECT retention.revenue_agg(timeline, u::retention.period_spec) FROM money) AS bridge, (SELECT retention.revenue_cohort_agg(timeline, u::retention.period_spec) FROM money) AS cohorts FROM unnest('{month,quarter}'::text[]) u;
CREATE TABLE cards AS SELECT card, (SELECT retention.engagement_agg(card, event, at) FROM lead_event) AS engagement FROM (SELECT '{"engagement": [{"group": "all", "rules": [{"rule": "demo", "event": "demo", "points": 40, "decay": "half_life", "period": "30 days"}]}]}'::retention.scorecard AS card) c;
CREATE TABLE models AS SELECT retention.logistic_agg(score > 8, ARRAY[score % 5, score % 3]) AS model, retention.roc_agg(score, score % 2 = 0) AS roc, retention.woe_agg(score, score % 2 = 0) AS woe FROM answer;
SQL
my $log_before = length TestServer::slurp("$node->{dir}/log");

# It would try for ever to reach a server that is gone.
system("timeout --signal=INT 1800 sqlsmith --exclude-catalog --verbose --seed=$seed --max-queries=$num_queries --target='host=$node->{host} port=$node->{port} user=postgres dbname=smith' >'$node->{dir}/smith' 2>&1");
my $alive = eval { $node->sql('smith', 'SELECT 1') };
is($alive, 1, "the server is there after $num_queries queries (SEED=$seed)");
my ($generated) = reverse TestServer::slurp("$node->{dir}/smith") =~ /^queries: (\d+)/mg;
is($generated, $num_queries, "all queries were made (SEED=$seed)") or diag(substr TestServer::slurp("$node->{dir}/smith"), -2000);

# An error in the log: ERROR: SQLSTATE: message, then a LOCATION: of a function and a file, then the STATEMENT.
my $log = substr TestServer::slurp("$node->{dir}/log"), $log_before;
my %ours = map { basename($_) => 1 } @sources;
my (%errors, @internal);
while ($log =~ /ERROR:  (\w{5}): ([^\n]*)\n(.*?)(?=^\S[^\n]*(?:ERROR|LOG|FATAL|WARNING):  |\z)/gms)
{
	my ($sqlstate, $message, $rest) = ($1, $2, $3);
	my ($file) = $rest =~ /LOCATION:  \w+, ([\w.]+):\d+/;
	$errors{$sqlstate}++;
	push @internal, "$sqlstate: $message\n$rest" if $sqlstate =~ /^XX/ && ($ours{ $file // '' } || $message =~ /retention/);
}
is(scalar @internal, 0, "no internal error of the extension (SEED=$seed)") or diag(join("\n", @internal[0 .. ($#internal > 4 ? 4 : $#internal)]));
unlike($log, qr/was terminated by signal|PANIC:/, "no crash (SEED=$seed)");
note("$_: $errors{$_}") for sort keys %errors;
done_testing();
