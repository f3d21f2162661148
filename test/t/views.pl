# Views for BI outlive a dump: restored elsewhere they have the same text, rows, comments, options, indexes and
# grants, and are still found by drop_views() and by a second call; restored without comments, they are named in the
# refusal. They read tables of another server, by postgres_fdw. Sessions that create, refresh, drop and report on views
# of one schema wait for each other.
#
# Run: prove test/t/views.pl, with PGHOST, PGPORT and PGUSER of a server on which the extension is installed and its
# programs in PATH. Creates and drops three databases and two roles.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Handle;
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

plan skip_all => 'no server to test on: PGHOST is not set' unless $ENV{PGHOST};
$ENV{PGPORT} ||= 5432;
$ENV{PGUSER} ||= 'postgres';

my $node = TestServer->given;
my $dir = tempdir('retention_views_XXXXXX', TMPDIR => 1, CLEANUP => 1);
my ($made, $copy, $bare, $reader, $app) = map { "retention_views_${_}_$$" } qw(made copy bare reader app);
my @undo;
END
{
	my $status = $?;
	for my $statement (reverse @undo)
	{
		eval { $node->sql('postgres', $statement); 1 } or print "# $@";
	}
	$? = $status;
}

# What users see of all views, one line for each.
my $everything = <<'SQL';
CREATE OR REPLACE FUNCTION pg_temp.contents(v regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; BEGIN EXECUTE format('SELECT md5(string_agg(v::text, chr(10) ORDER BY v::text)) FROM %s v', v) INTO r; RETURN r; END $$;
SELECT c.oid::regclass, c.relkind, c.reloptions, c.relacl, md5(pg_get_viewdef(c.oid)), md5(obj_description(c.oid, 'pg_class')), pg_temp.contents(c.oid),
  (SELECT md5(string_agg(col_description(c.oid, attnum) || format_type(atttypid, atttypmod) || coalesce(attacl::text, ''), chr(10) ORDER BY attnum)) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),
  (SELECT string_agg(pg_get_indexdef(indexrelid), ' ') FROM pg_index WHERE indrelid = c.oid)
FROM pg_class c WHERE relkind IN ('v', 'm') AND relnamespace::regnamespace::text LIKE '%kpi%' ORDER BY c.oid::regclass::text COLLATE "C"
SQL

sub create_views
{
	my ($schema, $materialized, $source) = @_;
	return <<"SQL";
SELECT retention.create_survey_views('$schema', '$source.answer', 'score', 'answered_at', 'Europe/Berlin', ARRAY['国'], $materialized, m, 0, 10, as_of => '2024-03-15') FROM unnest('{nps,csat,ces}'::text[]) m;
SELECT retention.create_retention_views('$schema', '$source.answer', 'customer', 'answered_at', 'Europe/Berlin', ARRAY['国'], $materialized, as_of => '2024-03-15');
SELECT retention.create_revenue_views('$schema', '$source.subscription', 'customer', 'start', 'stop', 'mrr', 'product', '{product}', 'Asia/Tokyo', $materialized, 1, '2024-12-15');
SELECT retention.create_lead_views('$schema', '{"fit": [{"group": "''g\\\\\\"", "rules": [{"rule": "50 % off", "when": {"attribute": "title", "op": "like", "value": "C%"}, "points": 30}]}],
  "engagement": [{"group": "e", "rules": [{"rule": "demo", "event": "demo", "points": 40, "decay": "linear", "period": "30 days", "max_count": 2}]}], "qualified": {"fit_at_least": 1, "engagement_at_least": 1}}',
  '$source.lead', 'id', NULL, '$source.event', 'lead', 'what', 'at', $materialized, as_of => '2024-02-01 00:00Z');
SQL
}

$node->sql('postgres', "CREATE ROLE $reader");
push @undo, "DROP ROLE $reader";
$node->database($made);
push @undo, "DROP DATABASE $made";
$node->sql($made, <<'SQL');
CREATE SCHEMA shop;
CREATE TABLE shop.answer AS SELECT i % 20 AS customer, (i * 7) % 11 AS score, timestamptz '2024-01-01 00:00Z' + i * interval '7 hours' AS answered_at, CASE i % 3 WHEN 0 THEN '日本' WHEN 1 THEN 'DE' END AS "国" FROM generate_series(1, 300) i;
CREATE TABLE shop.subscription AS SELECT md5((i % 20)::text)::uuid AS customer, timestamptz '2023-01-01 00:00Z' + i * interval '5 days' AS start,
  CASE WHEN i % 3 > 0 THEN timestamptz '2023-01-01 00:00Z' + i * interval '9 days' END AS stop, i % 7 + 1.5 AS mrr, chr(65 + i % 2) AS product FROM generate_series(1, 100) i;
CREATE TABLE shop.lead AS SELECT i AS id, CASE i % 2 WHEN 0 THEN 'CEO' END AS title FROM generate_series(1, 20) i;
CREATE TABLE shop.event AS SELECT i % 15 AS lead, 'demo'::text AS what, timestamptz '2024-01-01 00:00Z' + i * interval '7 hours' AS at FROM generate_series(1, 200) i;
SQL
$node->sql($made, create_views('kpi', 'false', 'shop') . create_views('Ü "kpi"', 'true', 'shop'));
$node->sql($made, qq{GRANT USAGE ON SCHEMA kpi TO $reader; GRANT SELECT ON ALL TABLES IN SCHEMA kpi TO $reader; GRANT SELECT (lead_id) ON "Ü ""kpi""".lead_scores TO $reader});
my $wanted = $node->sql($made, $everything);
is(scalar(split /\n/, $wanted), 108, 'all views, plain and materialized');
is(scalar(grep { (split /\|/)[5] && (split /\|/)[6] } split /\n/, $wanted), 108, 'all have a comment and rows');

# --------------------------------------------------------------- a dump

$node->run('pg_dump', '-Fc', '-f', "$dir/dump", $made);
$node->sql('postgres', "CREATE DATABASE $copy");
push @undo, "DROP DATABASE $copy";
$node->run('pg_restore', '--exit-on-error', '-d', $copy, "$dir/dump");
is($node->sql($copy, $everything), $wanted, 'a dump restores them as they were');
$node->sql($copy, create_views('kpi', 'false', 'shop') . create_views('Ü "kpi"', 'true', 'shop'));
is($node->sql($copy, $everything), $wanted, 'a second call replaces the restored ones');
is($node->sql($copy, q{SELECT count(*) FROM unnest('{kpi,"Ü \"kpi\""}'::text[]) s, LATERAL retention.drop_views(s)}), 108, 'drop_views finds them');
is($node->sql($copy, q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%kpi%'}), 0, 'and their schemas');

# ------------------------------ a dump without comments, and of another owner

$node->sql('postgres', "CREATE ROLE $app LOGIN; CREATE DATABASE $bare OWNER $app");
push @undo, "DROP ROLE $app", "DROP DATABASE $bare";
$node->run('pg_restore', '--exit-on-error', '--no-comments', '--no-owner', '--no-acl', '-U', $app, '-d', $bare, "$dir/dump");
my $as_app = "SET ROLE $app; ";
my ($ok, $said) = $node->try($bare, $as_app . create_views('kpi', 'false', 'shop'));
like($said, qr/^ERROR:  42P07: kpi\.nps_weekly exists: a view that this function did not create\nHINT:  Views without a comment: (?=.*\bnps_monthly\b).*\bnps_weekly_by_.*--no-comments/m,
	'without comments: the refusal names the views, and what has become of them');
$node->sql($bare, q{DO $$ DECLARE v record; BEGIN FOR v IN SELECT c.oid::regclass AS name, relkind FROM pg_class c WHERE relnamespace::regnamespace::text LIKE '%kpi%' AND relkind IN ('v', 'm') LOOP
  EXECUTE format('COMMENT ON %s %s IS %L', CASE v.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, v.name,
    format('Created by retention.create_%s_views().', CASE WHEN v.name::text ~ 'nps|csat|ces' THEN 'survey' WHEN v.name::text ~ 'lead' THEN 'lead' WHEN v.name::text ~ 'mrr|revenue|trailing' THEN 'revenue' ELSE 'retention' END)); END LOOP; END $$});
my $names = 'SELECT c.oid::regclass, c.relfilenode FROM pg_class c WHERE relkind = \'m\' ORDER BY 1';
my $stored = $node->sql($bare, $names);
$node->sql($bare, $as_app . create_views('kpi', 'false', 'shop') . create_views('Ü "kpi"', 'true', 'shop'));
my %comment = map { my @f = split /\|/; ($f[0] => $f[5]) } split /\n/, $wanted;
is_deeply({ map { my @f = split /\|/; ($f[0] => $f[5]) } split /\n/, $node->sql($bare, $everything) }, \%comment, 'with the mark alone they are the caller\'s again, and get their comments back');
is($node->sql($bare, $names), $stored, 'and what is stored is not made again');

# ------------------------------------------------- tables of another server

SKIP:
{
	skip 'postgres_fdw is not installed', 1
	  unless $node->sql($copy, q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'});
	$node->sql($copy, <<"SQL");
CREATE EXTENSION postgres_fdw;
CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$node->{host}', port '$node->{port}', dbname '$made');
CREATE USER MAPPING FOR CURRENT_USER SERVER there OPTIONS (user '$node->{user}', password_required 'false');
CREATE SCHEMA far;
IMPORT FOREIGN SCHEMA shop FROM SERVER there INTO far;
SQL
	$node->sql($copy, create_views('kpi', 'false', 'far') . create_views('Ü "kpi"', 'true', 'far'));
	my $got = $node->sql($copy, $everything);
	my @rows = map { { map { my @f = split /\|/; ($f[0] => $f[6]) } split /\n/, $_ } } $got, $wanted;
	is_deeply($rows[0], $rows[1], 'the same rows from foreign tables');
}

# --------------------------------------------- what Superset and Grafana send

# The database is one whose sessions are in New York, unless they say otherwise.
$node->sql('postgres', "ALTER DATABASE $made SET timezone = 'America/New_York'; ALTER ROLE $reader LOGIN");
$node->sql($made, "GRANT USAGE ON SCHEMA shop TO $reader; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO $reader");

# What a client that shows moments in UTC, as Superset with pandas does, makes of a time grain and of a filter.
sub superset
{
	my ($options, $role) = @_;
	local $ENV{PGOPTIONS} = $options;
	local $node->{user} = $role || $node->{user};
	return $node->sql($made, <<'SQL');
SELECT string_agg(to_char(t AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), ', ' ORDER BY t) FROM (SELECT DATE_TRUNC('month', period_start) AS t, max(nps) FROM kpi.nps_monthly GROUP BY 1) q;
SELECT string_agg(to_char(period_start, 'MM-DD'), ', ' ORDER BY period_start) FROM kpi.nps_monthly WHERE period_start >= TO_TIMESTAMP('2024-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
  AND period_start < TO_TIMESTAMP('2024-03-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US');
SQL
}
my $months = "01-01 00:00, 02-01 00:00, 03-01 00:00\n01-01, 02-01";
is(superset(''), "01-01 05:00, 02-01 05:00, 03-01 05:00\n01-01, 02-01", 'Superset in a session of New York: months begin at five');
is(superset('-c timezone=Asia/Tokyo'), "12-31 15:00, 01-31 15:00, 02-29 15:00\n01-01, 02-01", 'in one of Tokyo they are those before');
is(superset('-c timezone=UTC'), $months, 'with options=-c timezone=UTC in its URI they are right');
$node->sql('postgres', "ALTER ROLE $reader SET timezone = 'UTC'");
is(superset('', $reader), $months, 'or with a role that is always in UTC');

# A dashboard of January and February in a zone: $__timeFilter(x) is x BETWEEN its ends in UTC; Grafana shows moments in
# its zone, and takes a time without a zone for one of UTC.
sub grafana
{
	my ($zone, $time) = @_;
	my ($from, $to) = split /\|/, $node->sql($made, "SELECT to_char(timestamp '2024-01-01' AT TIME ZONE '$zone' AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), to_char(timestamp '2024-02-29 23:59:59' AT TIME ZONE '$zone' AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
	my $column = $time =~ s/\$__timezone/$zone/r;
	my $moment = $time =~ /timezone/ ? 'q.time' : "q.time::timestamp AT TIME ZONE 'UTC'";
	return $node->sql($made, "SELECT string_agg(to_char($moment AT TIME ZONE '$zone', 'MM-DD HH24:MI'), ', ' ORDER BY q.time) FROM (SELECT $column AS time, nps, ci_low, ci_high FROM kpi.nps_monthly WHERE $column BETWEEN '$from' AND '$to') q");
}
is(grafana('America/New_York', 'period_start'), '12-31 19:00, 01-31 19:00, 02-29 19:00', 'Grafana in New York: a date is shown as the evening before, and March is in the filter');
for my $zone ('America/New_York', 'Europe/Berlin', 'Asia/Tokyo', 'UTC')
{
	is(grafana($zone, q{period_start::timestamp AT TIME ZONE '$__timezone'}), '01-01 00:00, 02-01 00:00', "as doc/bi.md says, the months are right in $zone");
}

# ------------------------------------------------- MAINTAIN, from version 17 on

SKIP:
{
	skip 'this version has no privilege MAINTAIN', 3 if $node->sql($made, "SELECT current_setting('server_version_num')::integer < 170000") eq 't';
	my $stored = q{"Ü ""kpi""".nps_monthly_stored};
	my $again = q{SELECT retention.create_survey_views('Ü "kpi"', 'shop.answer', 'score', 'answered_at', 'Europe/Berlin', ARRAY['国'], true, 'nps', 0, 10, as_of => '2024-03-10')};
	my $maintained = "SELECT has_table_privilege('$reader', '$stored', 'MAINTAIN')";
	$node->sql($made, qq{GRANT USAGE ON SCHEMA "Ü ""kpi""" TO $reader; GRANT MAINTAIN ON ALL TABLES IN SCHEMA "Ü ""kpi""" TO $reader});
	my $before = $node->sql($made, "SELECT '$stored'::regclass::oid");
	$node->sql($made, $again);
	isnt($node->sql($made, "SELECT '$stored'::regclass::oid"), $before, 'a view with MAINTAIN is made again');
	is($node->sql($made, $maintained), 't', 'and keeps it');
	is($node->sql($made, "SET ROLE $reader; SELECT count(*) FROM retention.refresh_views('Ü \"kpi\"')"), 36, 'whoever has it refreshes all');
}

# ------------------------------------------------------ many at once (K1)

my $calls = create_calls('busy');
sub create_calls
{
	my ($schema) = @_;
	my $create = "SELECT count(*) FROM retention.create_survey_views('$schema', 'shop.answer', 'score', 'answered_at', 'UTC', as_of => '2024-03-15'";
	return { create => "$create);\n", materialize => "$create, materialized => true);\n", refresh => "SELECT count(*) FROM retention.refresh_views('$schema');\n",
		report => "SELECT length(retention.report_html('$schema')) > 0;\n", drop => "SELECT count(*) FROM retention.drop_views('$schema');\n" };
}

# A psql that is told what to do piece by piece, and the file of what it says.
sub session
{
	my ($name) = @_;
	local @ENV{qw(PGHOST PGPORT PGUSER PGAPPNAME)} = (@$node{qw(host port user)}, "views_${$}_$name");
	open my $to, '|-', "psql -XqAt -v VERBOSITY=verbose -d $made >$dir/said_$name 2>&1" or die "psql: $!";
	$to->autoflush(1);
	return $to;
}

my $first = session('first');
print {$first} "BEGIN;\n$calls->{materialize}";
is($node->wait_for('postgres', "SELECT state FROM pg_stat_activity WHERE application_name = 'views_${$}_first'", 'idle in transaction'), 'idle in transaction', 'K1: one has created views, in a new schema, and not ended');
my @others = sort keys %$calls;
my %session = map { ($_ => session($_)) } @others;
print { $session{$_} } $calls->{$_} for @others;
is($node->wait_for('postgres', "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'views_${$}_%' AND wait_event = 'advisory'", '5'), '5', 'K1: all others wait for it');
print {$first} "COMMIT;\n";
close $_ for $first, values %session;
# whoever comes after the drop finds no schema or none of the views, or creates them again
is(join("\n", grep { /^ERROR/ && !/^ERROR:  3F000/ } map { split /\n/, TestServer::slurp("$dir/said_$_") } 'first', @others), '', 'K1: and go on without an error when it has');
$node->try($made, $calls->{drop});

my @rounds = (['create', 'drop'], ['materialize', 'refresh'], ['create', 'report'], ['materialize', 'drop', 'materialize']);
my @busy = map { session("busy$_") } 0 .. $#rounds;
for my $round (1 .. 6)
{
	print { $busy[$_] } map { $calls->{$_} } @{ $rounds[$_] } for 0 .. $#rounds;
}
close $_ for @busy;
my @lines = map { split /\n/, TestServer::slurp("$dir/said_busy$_") } 0 .. $#rounds;
is(join("\n", grep { /^ERROR/ && !/^ERROR:  3F000/ } @lines), '', 'K1: four sessions at once: nothing but a schema or views that are gone');
cmp_ok(scalar(grep { /^3$/ } @lines), '>=', 24, 'K1: and views that were created');
$node->try($made, $calls->{drop});
is($node->sql($made, q{SELECT count(*) FROM pg_namespace WHERE nspname = 'busy'}), 0, 'K1: nothing is left behind');

done_testing();
