# Scorecards at their limits and beyond: a document that exceeds a limit costs nothing, the worst legal ones cost
# little, and whatever a lead's attributes are, a call ends when it is cancelled. Processor time is judged, not the
# clock. The figures are printed (prove -v).
#
# Run: prove test/t/documents.pl, as a user who may start servers, with PostgreSQL's programs in PATH.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

my $node = TestServer->start('documents', 'max_parallel_workers_per_gather = 0', 'jit = off', 'max_stack_depth = 2MB');
$node->database('d');
$node->sql('d', <<'SQL');
-- The peak of this process's memory so far, in MB, and its processor time in seconds.
CREATE FUNCTION peak() RETURNS double precision LANGUAGE sql AS $$SELECT (regexp_match(pg_read_file('/proc/self/status', 0, 100000, true), 'VmHWM:\s+(\d+)'))[1]::double precision / 1024$$;
CREATE FUNCTION busy() RETURNS double precision LANGUAGE sql AS $$SELECT (split_part(s, ' ', 14)::bigint + split_part(s, ' ', 15)::bigint) / 100.0
FROM regexp_replace(pg_read_file('/proc/self/stat', 0, 100000, true), '^.*\) ', 'pid comm ') AS s$$;

-- Documents from their parts.
CREATE FUNCTION rules(n integer, rule text) RETURNS text LANGUAGE sql AS $$SELECT string_agg(replace(rule, '%', k::text), ',') FROM generate_series(1, n) AS k$$;
CREATE FUNCTION card(rules text, rest text DEFAULT '') RETURNS text LANGUAGE sql AS $$SELECT '{"fit": [{"group": "g", "rules": [' || rules || ']}]' || rest || '}'$$;
CREATE FUNCTION fit_rule(condition text) RETURNS text LANGUAGE sql AS $$SELECT '{"rule": "r%", "points": 1, "when": ' || condition || '}'$$;
CREATE FUNCTION test(op text, value text) RETURNS text LANGUAGE sql AS $$SELECT '{"attribute": "a", "op": "' || op || '", "value": ' || value || '}'$$;
CREATE FUNCTION grades(n integer) RETURNS text LANGUAGE sql AS $$SELECT '[' || string_agg('{"grade": "g' || k || '", "at_least": ' || -k || '}', ',') || ']' FROM generate_series(1, n) AS k$$;
CREATE FUNCTION long_grades(n integer) RETURNS text LANGUAGE sql AS $$SELECT '[' || string_agg('{"grade": "' || repeat('g', 250) || lpad(k::text, 3, '0') || '", "at_least": ' || k || '}', ',' ORDER BY k DESC) || ']' FROM generate_series(1, n) AS k$$;
CREATE FUNCTION nested(depth integer, part text) RETURNS text LANGUAGE sql AS $$SELECT repeat('{"not": ', depth - 1) || part || repeat('}', depth - 1)$$;
CREATE FUNCTION list(n integer, value text) RETURNS text LANGUAGE sql AS $$SELECT '[' || string_agg(replace(value, '%', k::text), ',') || ']' FROM generate_series(1, n) AS k$$;
SQL
plan skip_all => 'there is no /proc here' if !$node->sql('d', 'SELECT coalesce(peak(), 0) > 0') || $node->sql('d', 'SELECT busy() IS NULL') eq 't';

test_refused();
test_legal();
test_nesting();
test_cancelling();
test_crossing_time();
done_testing();

# Runs a statement: what it returned or its error, seconds of processor time, MB that the peak of memory grew by.
# What it is made from is made before, so that only the statement counts.
sub measured
{
	my ($prepare, $query, $settings) = @_;
	$settings //= '';
	my $said = $node->sql('d', <<"SQL");
CREATE TEMP TABLE given AS $prepare;
CREATE TEMP TABLE warm AS SELECT count(*) FROM retention.scorecard_validate('{}'::text);
CREATE TEMP TABLE before AS SELECT peak() AS megabytes, busy() AS seconds;
$settings
CREATE TEMP TABLE answer (said text);
DO \$\$
DECLARE answer text;
BEGIN
  BEGIN
    EXECUTE \$query\$$query\$query\$ INTO answer;
  EXCEPTION WHEN OTHERS OR query_canceled THEN
    GET STACKED DIAGNOSTICS answer = PG_EXCEPTION_DETAIL;
    answer := SQLSTATE || ' ' || SQLERRM || ' ' || answer;
  END;
  INSERT INTO answer VALUES (answer);
END \$\$;
SET statement_timeout = 0;
SELECT busy() - seconds, peak() - megabytes, left(said, 300) FROM before, answer;
SQL
	my ($seconds, $grown, $answer) = $said =~ /^([-\d.e]+)\|([-\d.e]+)\|(.*)\z/s or die "unexpected: $said\n";
	return ($answer, $seconds, $grown);
}

# A call whose answer is like a pattern, with most processor time and memory that it may take. Where it is
# to be cancelled, a machine that is faster than its timeout may answer as well.
sub costs
{
	my ($name, $prepare, $query, $wanted, $seconds_at_most, $megabytes_at_most, $settings) = @_;
	my ($answer, $seconds, $grown) = measured($prepare, $query, $settings);
	note(sprintf '%-60s %.2f s %6.1f MB', $name, $seconds, $grown);
	like($answer, $wanted, $name);
	cmp_ok($seconds, '<', $seconds_at_most, "... in time: $name");
	cmp_ok($grown, '<', $megabytes_at_most, "... in little memory: $name");
	return;
}

# ------------------------------------------------------------------ beyond the limits

sub test_refused
{
	my $rule = q{fit_rule('{"attribute": "a", "op": "is_null"}')};
	# C1: 46341 x 46341 labels were more than an int counts
	for my $case (
		[ 'C1: 101 grades', "card(rules(1, $rule), ', \"grades\": {\"fit\": ' || grades(101) || '}')", qr/22P02 .*\$\.grades\.fit must have from 1 to 100 grades, not 101\./ ],
		[ 'C1: 46341 grades on each side', "card(rules(1, $rule), ', \"grades\": {\"fit\": ' || grades(46341) || ', \"engagement\": ' || grades(46341) || '}')", qr/22P02 .*\$ must have at most 1048576 bytes, not \d+\./ ],
		[ 'C1: 12000 grades on each side', "card(rules(1, $rule), ', \"grades\": {\"fit\": ' || grades(12000) || ', \"engagement\": ' || grades(12000) || '}')", qr/22P02 .*grades\.fit must have from 1 to 100 grades, not 12000\..*grades\.engagement must/s ],
		[ 'D1: 1001 rules', "card(rules(1001, $rule))", qr/22P02 .*\$\.fit\[0\]\.rules makes 1001 rules of the scorecard, which may have from 1 to 1000\./ ],
		[ 'D1: 12000 rules', "card(rules(12000, $rule))", qr/22P02 .*makes 12000 rules/ ],
		[ 'D1: 1000 names alike', "card(rules(1000, replace($rule, 'r%', 'r')))", qr/22P02 invalid scorecard: 999 problems .*\$\.fit\[0\]\.rules\[1\]\.rule is the name of \[0\], too: "r"\./ ],
		[ 'D2: a text of half a megabyte', "card(rules(1, fit_rule(test('contains', '\"' || repeat('a', 500000) || 'b\"'))))", qr/22P02 .*value must have from 0 to 10000 bytes, not 500001\./ ],
		[ 'C2: conditions 33 deep', "card(rules(1, fit_rule(nested(33, '{\"attribute\": \"a\", \"op\": \"is_null\"}'))))", qr/22P02 .*is within 32 other conditions, and may be within 31 at most\./ ],
		[ 'C2: half a million levels', "card(rules(1, fit_rule(repeat('{\"not\":', 70000))))", qr/22P02 .*\$ must have at most 100 levels of objects and arrays within each other\./ ],
		[ 'a list of 10001 values', "card(rules(1, fit_rule(test('in', list(10001, '%')))))", qr/22P02 .*value must have from 1 to 10000 values, not 10001\./ ],
		[ '10001 conditions', "card(rules(1, fit_rule('{\"any\": ' || list(10000, '{\"attribute\": \"a\", \"op\": \"is_null\"}') || '}')))", qr/22P02 .*any\[9999\] is more than the 10000 conditions that a scorecard may have\./ ],
		[ 'numbers of 100 digits', "card(rules(3, fit_rule(test('in', list(10000, '1e99')))))", qr/22P02 .*\$ must have at most 1048576 bytes when written out\./ ],
		[ '90000 keys that are not known', "'{' || (SELECT string_agg('\"k' || k || '\":0', ',') FROM generate_series(1, 90000) AS k) || '}'", qr/22P02 invalid scorecard: 1001 problems/ ],
		[ 'a key twice among 90000', "'{' || (SELECT string_agg('\"k' || k % 89999 || '\":0', ',') FROM generate_series(1, 90000) AS k) || '}'", qr/22P02 .*has an object with the key "k1" twice/ ],
	  )
	{
		my ($name, $document, $wanted) = @$case;
		costs($name, "SELECT $document AS d", 'SELECT d::retention.scorecard FROM given', $wanted, 0.5, 48);
		my ($answer) = measured("SELECT $document AS d", 'SELECT count(*) FROM given, LATERAL retention.scorecard_validate(d)');
		like($answer, qr/^[1-9]\d*$/, "... and scorecard_validate() lists it: $name");
	}
	costs('C1: 46341 grades on each side, as jsonb',
		"SELECT card(rules(1, $rule), ', \"grades\": {\"fit\": ' || grades(46341) || ', \"engagement\": ' || grades(46341) || '}')::jsonb AS d",
		'SELECT d::retention.scorecard FROM given', qr/22P02 .*\$ must have at most 4194304 bytes, not \d+ of jsonb\./, 0.2, 20);
	costs('D1: 50000 rules, as jsonb', "SELECT card(rules(50000, fit_rule('1')))::jsonb AS d", 'SELECT d::retention.scorecard FROM given', qr/22P02 .*makes 50000 rules/, 0.2, 20);
	costs('numbers of 100000 digits, as jsonb', "SELECT card(rules(1000, fit_rule(test('eq', '1e100000'))))::jsonb AS d", 'SELECT d::retention.scorecard FROM given',
		qr/22P02 .*value must have at most 100 digits before the decimal point, and 100 behind it\./, 0.5, 20);
	return;
}

# ------------------------------------------------------------------- the worst legal ones

sub test_legal
{
	my $score = q{SELECT (retention.lead_score(d::retention.scorecard, '{"a": 1}', NULL, '2024-01-01 00:00Z')).fit FROM given};
	for my $case (
		[ '100 grades on each side', q{card(rules(1, fit_rule(test('eq', '1'))), ', "grades": {"fit": ' || grades(100) || ', "engagement": ' || grades(100) || '}')}, qr/^1$/ ],
		[ '1000 rules', q{card(rules(1000, fit_rule(test('eq', '1'))))}, qr/^1000$/ ],
		[ '10000 conditions', q{card(rules(1, fit_rule('{"all": ' || list(9999, '{"attribute": "a", "op": "ge", "value": 1}') || '}')))}, qr/^1$/ ],
		[ 'lists of a megabyte', q{card(rules(13, fit_rule(test('not_in', list(9000, '1%')))))}, qr/^13$/ ],
		[ '100 texts of 10000 bytes', q{card(rules(100, fit_rule(test('ne', '"' || repeat('a', 10000) || '"'))))}, qr/^100$/ ],
		[ 'conditions 32 deep', q{card(rules(500, fit_rule(nested(19, test('eq', '1')))))}, qr/^500$/ ],
	  )
	{
		my ($name, $document, $wanted) = @$case;
		costs($name, "SELECT $document AS d", $score, $wanted, 0.5, 64);
	}
	costs('10000 labels of 506 bytes',
		q{SELECT card(rules(100, fit_rule(test('ge', '%'))), ', "engagement": [{"group": "e", "rules": [{"rule": "e", "event": "e", "points": 1}]}], "grades": {"fit": '
		  || long_grades(100) || ', "engagement": ' || long_grades(100) || '}')::retention.scorecard AS c},
		q{SELECT count(DISTINCT label) || ' ' || max(length(label)) FROM given, LATERAL retention.score_leads(c, 'SELECT n, jsonb_build_object(''a'', 1 + n / 100) FROM generate_series(0, 9999) AS n',
		  'SELECT n, ''e''::text, timestamptz ''2024-01-01 00:00Z'' FROM generate_series(0, 9999) AS n, generate_series(0, n % 100)', '2024-01-01 00:00Z')},
		qr/^10000 506$/, 5, 64);
	return;
}

# C2: conditions are tried deep in the stack, too
sub test_nesting
{
	$node->sql('d', <<'SQL');
CREATE FUNCTION deeper(n integer, card retention.scorecard) RETURNS double precision LANGUAGE plpgsql AS $$
BEGIN
  RETURN (retention.lead_score(card, '{"a": 1}', NULL, '2024-01-01 00:00Z')).score + CASE WHEN n > 0 THEN deeper(n - 1, card) ELSE 0 END;
END $$;
CREATE TABLE deep AS SELECT card(rules(1, fit_rule(nested(31, test('eq', '1')))))::retention.scorecard AS card;
SQL
	is($node->sql('d', 'SELECT deeper(100, card) FROM deep'), 101, 'conditions 31 deep, a hundred calls deep');
	my ($ok, $said) = $node->try('d', 'SELECT deeper(1000000, card) FROM deep');
	like($said, qr/54001/, 'C2: the stack is checked');
	return;
}

# ---------------------------------------------------------------- what is cancelled ends

sub test_cancelling
{
	my $card = sub { "SELECT card(rules(1000, fit_rule(" . $_[0] . ")))::retention.scorecard AS c, " };
	my $score = q{SELECT (retention.lead_score(c, a, NULL, '2024-01-01 00:00Z')).fit FROM given};
	my $cancelled = qr/^(?:57014 canceling statement due to statement timeout|\d+$)/;
	costs('D2: contains in 1 MB', q{SELECT card(rules(1, fit_rule(test('contains', '"' || repeat('a', 9999) || 'b"'))))::retention.scorecard AS c, jsonb_build_object('a', repeat('a', 1000000)) AS a}, $score, qr/^0$/, 0.5, 40);
	costs('D2: contains in 200 MB, a thousand times', $card->(q{test('contains', '"' || repeat('a', 500) || 'b"')}) . "jsonb_build_object('a', repeat('a', 200000000)) AS a", $score, $cancelled, 1.5, 500, 'SET statement_timeout = 500;');
	costs('D2: like in 200 MB', $card->(q{test('like', '"%' || repeat('a', 500) || 'b%"')}) . "jsonb_build_object('a', repeat('a', 200000000)) AS a", $score, $cancelled, 1.5, 500, 'SET statement_timeout = 500;');
	costs('contains in an array of a million', $card->(q{test('contains', '"x"')}) . "jsonb_build_object('a', (SELECT jsonb_agg(0) FROM generate_series(1, 1000000))) AS a", $score, $cancelled, 1.5, 60, 'SET statement_timeout = 500;');
	return;
}

# M4: memory does not grow with what ends, nor the time with half-lives that hardly differ
sub test_crossing_time
{
	for my $case ([ 100, 5, 5000 ], [ 900, 1, 10 ], [ 0, 1, 1000 ], [ 0, 20, 20000 ])
	{
		my ($half_lives, $linear, $events) = @$case;
		for my $threshold (-500, 0, 0.5)
		{
			costs("M4: $half_lives half-lives, $linear linear rules, $events events, threshold $threshold", <<"SQL", "SELECT retention.crossing_time(c, NULL, e, '2025-01-01 00:00Z', $threshold) IS NULL FROM given", $threshold > 0 ? qr/^false$/ : qr/^true$/, 3, 100);
SELECT c, retention.engagement_agg(c, CASE WHEN n = 0 THEN 'v' ELSE 'w' || 1 + n % $linear END, TIMESTAMPTZ '2024-01-01 00:00Z' + n * INTERVAL '1 second') AS e
FROM (SELECT jsonb_build_object('engagement', jsonb_build_array(jsonb_build_object('group', 'g', 'max', 1000, 'min', -1000, 'rules',
    coalesce((SELECT jsonb_agg(jsonb_build_object('rule', 'h' || n, 'event', 'v', 'points', CASE n % 2 WHEN 0 THEN 1 ELSE -1 END, 'decay', 'half_life', 'period', n || ' days')) FROM generate_series(1, $half_lives) AS n), '[]')
    || (SELECT jsonb_agg(jsonb_build_object('rule', 'l' || n, 'event', 'w' || n, 'points', 1, 'decay', 'linear', 'period', 365000 - n || ' days', 'max_count', 1000)) FROM generate_series(1, $linear) AS n))))::retention.scorecard AS c) AS x,
  generate_series(0, $events) AS n GROUP BY c
SQL
		}
	}
	return;
}
