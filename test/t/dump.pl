# What is stored is not changed by moving it: pg_dump in three formats, COPY as text and binary, and logical
# replication of a table with a column of every stored type. stored.txt holds what COPY wrote of the pinned
# literals of test/sql/formats.sql in its binary form: every version reads and writes just these bytes, so a
# value stored by PostgreSQL 15 is read by 17 and 18.
#
# Run: prove test/t/dump.pl, as a user who may start servers, with PostgreSQL's programs in PATH.

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
use Shop;

my $dir = tempdir('retention_dump_XXXXXX', TMPDIR => 1, CLEANUP => 1);
my @types;

my $node = TestServer->start('publisher', 'wal_level = logical');
$node->database('shop');
make_stored();
my $fingerprint = fingerprint_query('public.stored');
my $wanted = $node->sql('shop', $fingerprint);
my $answers = join ' UNION ALL ', map { "SELECT $_->[0], ($_->[1])::text" } answers();
my $wanted_answers = $node->sql('shop', $answers);
like($wanted_answers, qr/^(?:[^|]+\|[0-9a-f]{32}\n?){7}\z/, 'every view and function answers');

test_pinned_bytes();
test_copy();
test_dumps();
test_replication();
test_expressions();
test_zones();
done_testing();

# The pinned literals of every type, and a value of every summary that is too large for a page.
sub make_stored
{
	my $formats = TestServer::slurp("$test/sql/formats.sql");
	$formats =~ s/^SELECT name, literal, made.*//ms or die 'test/sql/formats.sql does not select from pinned';
	$formats =~ s/^CREATE TEMP TABLE pinned/CREATE TABLE public.pinned/m;
	$node->sql('shop', $formats);

	@types = split /\n/, $node->sql('shop', <<'SQL');
SELECT typname FROM pg_type t JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid WHERE extname = 'retention' AND typtype = 'b' AND typelem = 0 ORDER BY 1
SQL
	cmp_ok(scalar @types, '>', 10, 'there are types: ' . join(', ', @types));
	is($node->sql('shop', 'SELECT name FROM pinned GROUP BY 1 ORDER BY 1'), join("\n", @types), 'every type has a pinned literal');

	my $columns = join ', ', map { "$_ retention.$_" } @types;
	my $picked = join ', ', map { "(SELECT literal::retention.$_ FROM numbered WHERE name = '$_' AND numbered.n = g)" } @types;
	$node->sql('shop', <<"SQL");
CREATE TABLE stored (n integer PRIMARY KEY, made_by retention.period_spec NOT NULL DEFAULT 'week Asia/Tokyo', $columns,
  span_start date GENERATED ALWAYS AS (retention.period_start(DATE '2024-01-17' + n, 'month')) STORED, CHECK (retention.num_responses(rating_summary) < 1000000));
WITH numbered AS (SELECT name, literal, row_number() OVER (PARTITION BY name ORDER BY length(literal), literal) AS n FROM pinned)
INSERT INTO stored (n, @{[join ', ', @types]}) SELECT g, $picked FROM generate_series(1, (SELECT max(n)::integer FROM numbered)) AS g;
INSERT INTO stored (n, rating_series, activity_days, retention_summary, revenue_summary, roc_summary, woe_summary)
SELECT 1000, retention.nps_series_agg(hashint4(k) & 7, DATE '2020-01-01' + k % 3000, 'day'), retention.activity_agg(DATE '1900-01-01' + (hashint4(k) & 65535)),
  retention.retention_agg(hashint4(k) & 1023, DATE '2020-01-01' + (hashint4(k) & 2047), 'week'),
  retention.revenue_agg(hashint4(k) & 1023, DATE '2020-01-01' + (hashint4(k) & 2047), DATE '2020-01-01' + (hashint4(k) & 2047) + (k & 255), k, 'day'),
  retention.roc_agg(hashint4(k) / 3.0::double precision, k % 3 = 0), retention.woe_agg(md5(k::text), k % 3 = 0)
FROM generate_series(1, 6000) AS k;
UPDATE stored SET
  mrr_timeline = (SELECT retention.mrr_timeline_agg(DATE '2020-01-01' + (hashint4(k) & 4095), DATE '2020-01-01' + (hashint4(k) & 4095) + k, k, 'p' || k % 7) FROM generate_series(1, 3000) AS k),
  revenue_cohort_summary = (SELECT retention.revenue_cohort_agg(t, 'month') FROM (SELECT retention.mrr_timeline_agg(DATE '1990-01-01' + (hashint4(k) & 8191), NULL, k) AS t
    FROM generate_series(1, 2000) AS k GROUP BY k % 300) AS c),
  engagement_state = (SELECT retention.engagement_agg(card, 'e', TIMESTAMPTZ '2024-01-01 00:00Z' + (hashint4(k) & 65535) * INTERVAL '1 second') FROM generate_series(1, 900) AS k,
    CAST('{"engagement": [{"group": "g", "rules": [{"rule": "e", "event": "e", "points": 1, "decay": "linear", "period": "30 days", "max_count": 1000}]}]}' AS retention.scorecard) AS card)
WHERE n = 1000;
CREATE INDEX ON stored USING hash (activity_days);
CREATE INDEX ON stored (period_spec);
CREATE UNIQUE INDEX ON stored (rating_summary) WHERE n < 1000;
CREATE STATISTICS of_stored ON period_spec, rating_summary FROM stored;
CREATE TABLE parts (LIKE stored) PARTITION BY LIST (period_spec);
CREATE TABLE parts_week PARTITION OF parts FOR VALUES IN ('week Asia/Tokyo week_start=7 elapsed brackets=1,8', 'week');
CREATE TABLE parts_rest PARTITION OF parts DEFAULT;
CREATE DOMAIN monthly AS retention.period_spec DEFAULT 'month' CHECK (VALUE = 'month');
CREATE TABLE reports (period monthly, last_days retention.activity_days[]);
INSERT INTO reports SELECT 'month', array_agg(activity_days ORDER BY n) FROM stored WHERE n < 1000;
CREATE VIEW scores AS SELECT n, retention.mean_score(retention.merge_agg(rating_summary) OVER (ORDER BY n ROWS BETWEEN 0 PRECEDING AND CURRENT ROW)) AS mean, (retention.score_counts(rating_summary)).*
  FROM stored WHERE retention.num_responses(rating_summary) > 3;
CREATE VIEW cohorts AS SELECT s.n, c.* FROM stored AS s, LATERAL retention.cohort_retention(s.retention_summary, 'on_or_before', max_period => 2) AS c WHERE n < 1000;
CREATE MATERIALIZED VIEW distinct_roc AS SELECT DISTINCT roc_summary FROM stored;
CREATE FUNCTION month_of(day date) RETURNS date LANGUAGE sql IMMUTABLE RETURN retention.period_start(day, 'month');
CREATE AGGREGATE both_days(retention.activity_days) (SFUNC = retention.combine, STYPE = retention.activity_days);
ANALYZE;
SQL
	cmp_ok($node->sql('shop', 'SELECT least(' . join(', ', map { "length(retention.${_}_send($_))" } grep { /summary|series|days|timeline|state/ && $_ ne 'rating_summary' } @types)
			. ') FROM stored WHERE n = 1000'), '>', 3000, 'of each that grows there is one that is stored outside its row');
	return;
}

# A line for each value, of the bytes it is made of.
sub fingerprint_query
{
	my ($table) = @_;
	return join(' UNION ALL ', map { "SELECT n || ' $_ ' || length(retention.${_}_send($_)) || ' ' || md5(retention.${_}_send($_)) FROM $table WHERE $_ IS NOT NULL" } @types) . ' ORDER BY 1';
}

# What depends on the table, and what it says.
sub answers
{
	return (
		map { [ "'$_->[0]'", "SELECT md5(string_agg(r::text, ';' ORDER BY r::text)) FROM $_->[1] AS r" ] }[ 'scores', 'scores' ], [ 'cohorts', 'cohorts' ], [ 'reports', 'reports' ],
		[ 'distinct_roc', 'distinct_roc' ], [ 'generated', '(SELECT n, span_start, made_by FROM stored)' ],
		[ 'found by index', q{(SELECT n FROM stored WHERE activity_days = (SELECT activity_days FROM stored WHERE n = 1000))} ],
		[ 'functions', q{(SELECT month_of(DATE '2024-05-17'), both_days(activity_days) FROM stored)} ]);
}

# Lines of stored.txt: a type, and what COPY (FORMAT binary) makes of its pinned literals. A literal that is
# pinned later gets a line of its own: lines never change.
sub test_pinned_bytes
{
	my %lines;
	/^(\w+) ([0-9a-f]+)$/ and push @{ $lines{$1} }, $2 for split /\n/, TestServer::slurp("$test/t/stored.txt");
	is(join(' ', sort keys %lines), join(' ', @types), 'stored.txt has lines of every type');
	for my $type (@types)
	{
		my $file = "$dir/$type.copy";
		$node->sql('shop', "CREATE TABLE read_$type (n serial, v retention.$type)");
		for my $line (@{ $lines{$type} })
		{
			TestServer::spew($file, pack 'H*', $line);
			my $before = $node->sql('shop', "SELECT count(*) FROM read_$type");
			$node->sql('shop', "COPY read_$type (v) FROM '$file' (FORMAT binary)");
			is(copied("SELECT v FROM read_$type WHERE n > $before ORDER BY n"), $line, "$type: what is read is what is written");
		}
		is($node->sql('shop', "SELECT v FROM read_$type ORDER BY v::text COLLATE \"C\""),
			$node->sql('shop', "SELECT literal FROM pinned WHERE name = '$type' ORDER BY literal COLLATE \"C\""), "$type: the pinned literals are read")
		  or diag("Is a line missing?\n$type " . copied(<<"SQL"));
SELECT literal::retention.$type FROM pinned WHERE name = '$type' AND literal NOT IN (SELECT v::text FROM read_$type) ORDER BY literal COLLATE "C"
SQL
	}
	return;
}

# What COPY writes of a query, in hexadecimal.
sub copied
{
	my ($query) = @_;
	$node->sql('shop', "COPY ($query) TO '$dir/copied' (FORMAT binary)");
	return unpack 'H*', TestServer::slurp("$dir/copied");
}

sub test_copy
{
	my $columns = join ', ', 'n', @types;
	for my $format ('text', 'csv', 'binary')
	{
		$node->sql('shop', <<"SQL");
COPY stored ($columns) TO '$dir/stored.$format' (FORMAT $format);
CREATE TABLE copied_$format (LIKE stored INCLUDING DEFAULTS);
COPY copied_$format ($columns) FROM '$dir/stored.$format' (FORMAT $format);
COPY copied_$format ($columns) TO '$dir/stored.again' (FORMAT $format);
SQL
		is($node->sql('shop', fingerprint_query("copied_$format")), $wanted, "COPY, $format: the same bytes");
		ok(TestServer::slurp("$dir/stored.$format") eq TestServer::slurp("$dir/stored.again"), '... and the same file again');
		$node->sql('shop', "DROP TABLE copied_$format");
	}
	return;
}

# The options of pg_dump and of each run of pg_restore.
sub test_dumps
{
	for my $way (
		[ 'plain', [], undef ],
		[ 'inserts', ['--inserts'], undef ],
		[ 'custom', ['--format=custom'], [] ],
		[ 'directory', [ '--format=directory', '--jobs=2' ], ['--jobs=2'] ],
		[ 'data_apart', [ '--format=custom', '--compress=0' ], ['--section=pre-data'], ['--section=data'], ['--section=post-data'] ])
	{
		my ($name, $dump, @restores) = @$way;
		$node->run('pg_dump', @$dump, "--file=$dir/$name", 'shop');
		$node->sql('postgres', "CREATE DATABASE $name");
		if ($restores[0])
		{
			$node->run('pg_restore', '--exit-on-error', @$_, "--dbname=$name", "$dir/$name") for @restores;
		}
		else
		{
			$node->run('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $name, '-f', "$dir/$name");
		}
		is($node->sql($name, $fingerprint), $wanted, "pg_dump, $name: the same bytes");
		is($node->sql($name, $answers), $wanted_answers, '... and the same answers of views, indexes and functions');
	}
	return;
}

# The table as it is at first, then inserts, updates and deletes, of which the old rows are found by comparing
# all columns.
sub test_replication
{
	my $copy = TestServer->start('subscriber');
	$node->sql('shop', <<'SQL');
CREATE TABLE sent (LIKE stored);
ALTER TABLE sent REPLICA IDENTITY FULL;
ALTER TABLE sent DROP span_start;
CREATE PUBLICATION of_sent FOR TABLE sent;
SQL
	my $columns = join ', ', 'n', 'made_by', @types;
	$node->sql('shop', "INSERT INTO sent ($columns) SELECT $columns FROM stored WHERE n <> 2");
	my $table = $node->run('pg_dump', '--schema-only', '--table=sent', '--no-publications', 'shop');
	for my $format ('text', 'binary')
	{
		$copy->database("in_$format");
		TestServer::spew("$dir/sent.sql", $table);
		$copy->run('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', "in_$format", '-f', "$dir/sent.sql");
		my $binary = $format eq 'binary' ? 'true' : 'false';
		$copy->sql("in_$format", "CREATE SUBSCRIPTION in_$format CONNECTION '" . $node->connection('shop') . "' PUBLICATION of_sent WITH (binary = $binary)");
	}
	my $sent = fingerprint_query('sent');
	my $compare = sub {
		my ($what) = @_;
		my $now = $node->sql('shop', $sent);
		is($copy->wait_for("in_$_", $sent, $now), $now, "logical replication, $_: $what") for 'text', 'binary';
	};
	$compare->('the first rows');
	$node->sql('shop', "INSERT INTO sent ($columns) SELECT $columns FROM stored WHERE n = 2");
	$compare->('an insert');
	$node->sql('shop', 'UPDATE sent SET rating_summary = retention.combine(rating_summary, rating_summary), n = n + 1 WHERE n < 3; UPDATE sent SET n = 2000 WHERE n = 1000');
	$compare->('updates, of a large value too');
	$node->sql('shop', 'DELETE FROM sent WHERE n > 2');
	$compare->('deletes');
	$copy->sql("in_$_", "DROP SUBSCRIPTION in_$_") for 'text', 'binary';
	return;
}

# Operators that SQL writes as words come back in views, triggers, policies and all other places that store
# expressions, whoever restores them.
sub test_expressions
{
	Shop::create($node, 'expressions');
	my $answers = Shop::answers($node, 'expressions');
	unlike($answers, qr/\d{5}: /, 'every table and view answers');
	my $plain = sub { return $node->run('pg_dump', '--no-owner', '--no-acl', @_) =~ s/^\\(?:un)?restrict .*\n//gmr };
	my $definitions = $plain->('--schema-only', 'expressions');
	like($definitions, $_, "the dump has $_") for qr/WHEN \(\(old\.answers IS DISTINCT FROM new\.answers\)\)/, qr/NULLIF\(/, qr/JOIN public\.daily b USING \(answers\)/;
	$node->run('pg_dump', '--format=custom', "--file=$dir/expressions", 'expressions');
	$node->sql('postgres', 'CREATE ROLE app LOGIN');
	my @as_owner = ('--no-owner', '--no-acl', '--username=app');
	for my $way (
		[ 'superuser', '' ],
		[ 'ordinary_owner', '', @as_owner ],
		[ 'with_extension', 'CREATE EXTENSION retention', '--no-owner', '--no-acl' ],
		[ 'owner_with_extension', 'CREATE EXTENSION retention', @as_owner, '--no-comments' ],
		[ 'without_comments', '', '--no-comments' ])
	{
		my ($database, $before, @options) = @$way;
		$node->sql('postgres', "CREATE DATABASE $database OWNER app");
		$node->sql($database, $before) if $before;
		# Where the extension is there already, so is its schema, which cannot be made again.
		my $list = $node->run('pg_restore', '--list', "$dir/expressions");
		$list =~ s/^(?=.* (?:SCHEMA|COMMENT) - (?:SCHEMA )?retention )/;/gm if $before;
		TestServer::spew("$dir/list", $list);
		my $restored = eval { $node->run('pg_restore', '--exit-on-error', "--use-list=$dir/list", @options, "--dbname=$database", "$dir/expressions"); 1 };
		ok($restored, "pg_restore, $database: no error") or diag($@);
		is(Shop::answers($node, $database), $answers, '... and every table and view answers as before');
		next if $before || grep { $_ eq '--no-comments' } @options;
		is($plain->('--schema-only', $database), $definitions, '... and its dump is the same');
	}
	return;
}

# What comes from a machine with zones that this one lacks is restored, dumped and found.
sub test_zones
{
	my $restored = eval { Shop::create_elsewhere($node, 'expressions', 'elsewhere'); 1 };
	ok($restored, 'a dump with a zone that is missing here is restored') or diag($@);
	my $missing = $Shop::missing_zone;
	my $answers = Shop::answers($node, 'elsewhere');
	my @failing = $answers =~ /^(\w+)\|.*22023: unknown time zone: "\Q$missing\E"$/mg;
	is("@failing", 'v_zone_of_row nps_monthly nps_quarterly nps_weekly', 'what uses the zone is an error, and nothing else');
	my $found = join "\n", map { "$_|$missing" } sort('column all_specs of reports', 'column monthly of reports', 'column spec of call', 'column spec of call_by_spec_1',
		'constraint call_at_check on table call', 'constraint monthly_check', 'default value for column day of table call', 'default value for column month of table call',
		'default value for column spec of table call', 'function day_there(timestamp with time zone)', 'index call_period_start_idx', 'index call_period_start_idx1',
		'policy recent on table call', 'statistics object call_statistics', 'table call_by_spec_1', 'trigger other_day on table call', 'type monthly',
		'view there.nps_monthly', 'view there.nps_quarterly', 'view there.nps_weekly', 'view v_zone', 'view v_zone_of_row');
	my $query = Shop::documented_query('doc/period.md', 'WITH RECURSIVE spec_type');
	is($node->sql('elsewhere', "$query") =~ s/^NOTICE.*\n//gmr, $found, 'the query of doc/period.md finds every place');
	is($node->sql('expressions', $query), '', '... and nothing where all zones are known');
	my ($ok, $said) = $node->try('elsewhere', 'SELECT * FROM v_zone_of_row');
	like($said, qr/HINT:.*tzdata-legacy/, 'the hint names the package');

	Shop::create_elsewhere($node, 'elsewhere', 'again');
	is(Shop::answers($node, 'again'), $answers, 'it is dumped and restored again');
	$node->sql('again', <<"SQL");
COPY call (n, spec) TO '$dir/call' (FORMAT binary);
COPY call (n, spec) FROM '$dir/call' (FORMAT binary);
COPY call (n, spec) TO '$dir/call';
COPY call (n, spec) FROM '$dir/call';
ANALYZE call;
SQL
	is($node->sql('again', "SELECT spec, count(*) FROM call GROUP BY spec ORDER BY spec::text COLLATE \"C\""), "day $missing|4\nweek|4\nweek $missing week_start=7|4", 'COPY as text and binary, grouping');
	($ok) = $node->try('again', "INSERT INTO call VALUES (9, '2024-01-31 12:00Z')");
	ok(!$ok, 'a row whose columns need the zone is refused');
	$node->sql('again', <<'SQL');
ALTER TABLE call ALTER day DROP EXPRESSION, ALTER month DROP EXPRESSION, DROP CONSTRAINT call_at_check;
DROP INDEX call_period_start_idx, call_period_start_idx1;
DROP STATISTICS call_statistics;
INSERT INTO call VALUES (9, '2024-01-31 12:00Z');
SQL
	is($node->sql('again', 'SELECT count(*) FROM call WHERE at IS NOT NULL'), 1, '... until the expressions are dropped');
	return;
}
