# Views for BI outlive a dump: restored elsewhere they have the same text, rows, comments, options, indexes and
# grants, and are still found by drop_views() and by a second call. And they read tables of another server, by postgres_fdw.
#
# Run: prove test/t/views.pl, with PGHOST, PGPORT and PGUSER of a server on which the extension is installed and its
# programs in PATH. Creates and drops two databases and a role.

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
my $dir = tempdir('retention_views_XXXXXX', TMPDIR => 1, CLEANUP => 1);
my ($made, $copy, $reader) = map { "retention_views_${_}_$$" } qw(made copy reader);
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
is(scalar(split /\n/, $wanted), 72, 'all views, plain and materialized');
is(scalar(grep { (split /\|/)[5] && (split /\|/)[6] } split /\n/, $wanted), 72, 'all have a comment and rows');

# --------------------------------------------------------------- a dump

$node->run('pg_dump', '-Fc', '-f', "$dir/dump", $made);
$node->sql('postgres', "CREATE DATABASE $copy");
push @undo, "DROP DATABASE $copy";
$node->run('pg_restore', '--exit-on-error', '-d', $copy, "$dir/dump");
is($node->sql($copy, $everything), $wanted, 'a dump restores them as they were');
$node->sql($copy, create_views('kpi', 'false', 'shop') . create_views('Ü "kpi"', 'true', 'shop'));
is($node->sql($copy, $everything), $wanted, 'a second call replaces the restored ones');
is($node->sql($copy, q{SELECT count(*) FROM unnest('{kpi,"Ü \"kpi\""}'::text[]) s, LATERAL retention.drop_views(s)}), 72, 'drop_views finds them');
is($node->sql($copy, q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%kpi%'}), 0, 'and their schemas');

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

done_testing();
