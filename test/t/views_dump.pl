#!/usr/bin/perl
# views_dump.pl: a dump of a database carries the views for BI: restored, they have the same rows and comments,
# and are still known as created by the extension.
#
# Run: prove -Itest/perl test/t/views_dump.pl, with PGHOST, PGPORT and PGUSER of a server on which the extension
# is installed, and its programs in PATH. Creates and drops two databases.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;
use TestServer;

my $test = dirname(dirname(abs_path($0)));
my $dir = tempdir('retention_views_XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $node = TestServer->given;
my ($source, $target) = ("retention_views_$$", "retention_restored_$$");
my ($found) = eval { $node->sql('postgres', 'SELECT 1') };
plan skip_all => "no server to test on: $@" unless $found;
END
{
	my $status = $?;
	if ($found) { $node->sql('postgres', "DROP DATABASE IF EXISTS $_") for $source, $target }
	$? = $status;
}

$node->sql('postgres', "CREATE DATABASE $_") for $source, $target;
$node->sql($source, TestServer::slurp("$test/data/company.sql"));
$node->sql($source, "SELECT retention.create_survey_views('stored', 'answer', 'score', 'answered_at', materialized => true, as_of => '2025-01-05')");
$node->run('pg_dump', "--file=$dir/dump.sql", $source);
my ($ok, $said) = $node->try($target, "\\i $dir/dump.sql");
ok($ok, 'the dump is restored') or diag($said);

my $views = "SELECT format('%I.%I', relnamespace::regnamespace, relname) FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace IN ('kpi'::regnamespace, 'stored'::regnamespace) ORDER BY 1";
my @views = split /\n/, $node->sql($source, $views);
cmp_ok(scalar @views, '>', 15, 'there are views');
is($node->sql($target, $views), join("\n", @views), 'all views are there');
my $comments = "SELECT objoid::regclass, objsubid, description FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid IN (SELECT oid FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace IN ('kpi'::regnamespace, 'stored'::regnamespace)) ORDER BY objoid::regclass::text, objsubid";
is($node->sql($target, $comments), $node->sql($source, $comments), 'with their comments');
foreach my $view (@views)
{
	my $rows = "SELECT count(*), md5(string_agg(v::text, '|' ORDER BY v::text)) FROM $view v";
	is($node->sql($target, $rows), $node->sql($source, $rows), "rows of $view");
}
is($node->sql($target, "SELECT count(*) FROM retention.create_survey_views('stored', 'answer', 'score', 'answered_at', as_of => '2025-01-05')"), 3, 'a further call replaces them');
is($node->sql($target, "SELECT count(*) FROM retention.drop_views('kpi')"), scalar(grep { /^kpi\./ } @views), 'drop_views knows them');
done_testing();
