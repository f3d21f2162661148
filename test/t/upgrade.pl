# Installing, upgrading and removing the extension. An upgraded installation consists of the same objects as
# a fresh one, property by property; none was dropped on the way, and what was stored before is read as before.
#
# sql/released.sha256 names the released installation scripts. Each of them must be there as it was released,
# and is upgraded here. To show that differences are found, older versions are made up here, of the
# parts without one, together with good and bad scripts that upgrade from them.
#
# Run: prove test/t/upgrade.pl, as a user who may start servers, with PostgreSQL's programs in PATH.

use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;

my ($test, $top);
BEGIN { $test = dirname(dirname(abs_path(__FILE__))); $top = dirname($test) }
use lib "$test/perl";
use TestServer;

my ($version) = TestServer::slurp("$top/retention.control") =~ /^default_version = '(.*)'$/m or die 'no default_version';
my ($parts) = TestServer::slurp("$top/Makefile") =~ /^SQL_PARTS = ((?:.*\\\n)*.*)$/m or die 'no SQL_PARTS';
my @parts = grep { $_ ne '\\' } split ' ', $parts;
my $current = script(@parts);
my $databases = 0;

# --------------------------------------------------------------- without a server

test_released_scripts();
test_upgrade_scripts();

# ------------------------------------------------------------------ with a server

my $node = TestServer->start('upgrade');
my $extension_dir = own_extension_dir() or do
{
	note('this server cannot be given an extension directory of its own: neither extension_destdir nor extension_control_path');
	test_life_of_the_extension();
	done_testing();
	exit;
};
TestServer::spew("$extension_dir/retention.control", TestServer::slurp("$top/retention.control"));
TestServer::spew("$extension_dir/$_", TestServer::slurp("$top/sql/$_")) for map { basename($_) } glob_sql();
TestServer::spew("$extension_dir/retention--$version.sql", $current);

my $fresh = new_database($version);
cmp_ok($node->sql($fresh, 'SELECT count(*) FROM objects.properties'), '>', 1000, 'a fresh installation has objects, with properties');
for my $old (grep { $_ ne $version } released_versions())
{
	is(upgrade_differences($old), '', "upgraded from $old");
}
test_made_up_versions();
test_life_of_the_extension();
done_testing();

# The installation script that the parts make.
sub script
{
	my (@names) = @_;
	my @command = ('awk', '-f', "$top/sql/expand.awk", "$top/sql/parts/type.sql.in", map { "$top/sql/parts/$_.sql" } @names);
	open my $out, '-|', @command or die "awk: $!\n";
	local $/;
	return scalar <$out>;
}

sub glob_sql
{
	opendir my $handle, "$top/sql" or die "$top/sql: $!\n";
	return map { "$top/sql/$_" } grep { /^retention--.*\.sql$/ && $_ ne "retention--$version.sql" } readdir $handle;
}

sub released_versions
{
	return TestServer::slurp("$top/sql/released.sha256") =~ /^[0-9a-f]{64}  retention--([^-]+)\.sql$/mg;
}

# ------------------------------------------------- what needs no server

# What is wrong with released scripts: those of the list that are not in the directory, or not as they were,
# and, if the current version is one of them, parts that make another script.
sub released_problems
{
	my ($list, $directory, $made) = @_;
	my @problems;
	for my $line (split /\n/, $list)
	{
		my ($hash, $file) = $line =~ /^([0-9a-f]{64})  (retention--[^-]+\.sql)$/ or do { push @problems, "not a line of sha256sum: $line"; next };
		push @problems, "$file is missing" if !-e "$directory/$file";
		push @problems, "$file is not what was released" if -e "$directory/$file" && sha256_hex(TestServer::slurp("$directory/$file")) ne $hash;
		push @problems, "sql/parts do not make the released $file: raise default_version" if $file eq "retention--$version.sql" && sha256_hex($made) ne $hash;
	}
	return join "\n", @problems;
}

sub test_released_scripts
{
	ok(-e "$top/sql/released.sha256", 'there is a list of released scripts');
	is(released_problems(TestServer::slurp("$top/sql/released.sha256"), "$top/sql", $current), '', 'released scripts are as they were released');

	my $directory = tempdir(TMPDIR => 1, CLEANUP => 1);
	my $list = sha256_hex($current) . "  retention--$version.sql\n";
	is(released_problems($list, $directory, $current), "retention--$version.sql is missing", 'a released script that is gone is found');
	TestServer::spew("$directory/retention--$version.sql", $current);
	is(released_problems($list, $directory, $current), '', 'one that is there is fine');
	is(released_problems($list, $directory, "$current\n-- more"), "sql/parts do not make the released retention--$version.sql: raise default_version", 'a change of the parts is found');
	TestServer::spew("$directory/retention--$version.sql", "$current\n-- more");
	is(released_problems($list, $directory, $current), "retention--$version.sql is not what was released", 'a change of the script is found');
	is(released_problems("$version\n", $directory, $current), "not a line of sha256sum: $version", 'a list that is no list is found');
	return;
}

# Statements of an upgrade script that take something away.
sub drops
{
	my ($sql) = @_;
	$sql =~ s{ '(?:[^']|'')*' | \$(\w*)\$.*?\$\1\$ | --[^\n]* | /\*.*?\*/ }{ }gsx;
	return grep { /\bDROP\b/i } map { s/\s+/ /gr } split /;/, $sql;
}

sub test_upgrade_scripts
{
	for my $file (grep { /--.*--/ } glob_sql())
	{
		is(join(';', drops(TestServer::slurp($file))), '', basename($file) . ' drops nothing');
	}
	is(scalar(drops($_)), 1, "would be found: $_")
	  for 'SELECT 1; DROP FUNCTION retention.f()', 'ALTER EXTENSION retention drop FUNCTION f()', "COMMENT ON TYPE t IS ''';'; Drop\tTYPE t", 'ALTER TYPE t DROP ATTRIBUTE a';
	is(scalar(drops($_)), 0, "would not: $_")
	  for '-- DROP FUNCTION f();', q{COMMENT ON FUNCTION f() IS 'drop; DROP ''x'' DROP'}, 'SELECT $$ DROP $$', '/* DROP */ SELECT dropped FROM t';
	return;
}

# ----------------------------------------------------- versions made up

# A directory that the server looks for extensions in before its own, if it can be told to.
sub own_extension_dir
{
	my $setting = $node->sql('postgres', "SELECT name FROM pg_settings WHERE name IN ('extension_destdir', 'extension_control_path') ORDER BY 1 LIMIT 1");
	my $own = tempdir('retention_extension_XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my ($share, $lib) = map { $node->sql('postgres', "SELECT setting FROM pg_config WHERE name = '$_'") } 'SHAREDIR', 'PKGLIBDIR';
	return if $setting eq '';
	if ($setting eq 'extension_control_path')
	{
		make_path("$own/extension");
		$node->sql('postgres', "ALTER ROLE postgres SET extension_control_path = '$own:\$system'");
		return "$own/extension";
	}
	make_path("$own$share/extension", "$own$lib");
	symlink(($ENV{RETENTION_DESTDIR} // '') . "$lib/retention.so", "$own$lib/retention.so");
	$node->sql('postgres', "ALTER ROLE postgres SET extension_destdir = '$own'");
	return "$own$share/extension";
}

sub new_database
{
	my ($of_version) = @_;
	my $database = 'upgrade_' . ++$databases;
	$node->sql('postgres', "CREATE DATABASE $database");
	$node->sql($database, "CREATE EXTENSION retention VERSION '$of_version'");
	$node->sql($database, "\\i $test/t/objects.psql");
	return $database;
}

# Installs a version, uses it, upgrades it; returns what is then not as in a fresh installation, or was not
# kept, a line each.
sub upgrade_differences
{
	my ($old) = @_;
	my $database = new_database($old);
	use_extension($database);
	my $stored = join ' UNION ALL ', map { "SELECT '$_', md5(string_agg(r::text, ';' ORDER BY r::text)) FROM $_ AS r" } qw(kept seen told shown);
	my $before = $node->sql($database, $stored);
	like($before, qr/^(?:\w+\|[0-9a-f]{32}\n?){4}\z/, "version $old is used before it is upgraded");
	is($node->sql($database, 'SELECT (retention.retention_version()).extension_version'), $old, '... and says that it is of that version');
	my $members = $node->sql($database, 'CREATE TABLE objects.before AS SELECT classid, objid, object FROM objects.members; SELECT count(*) FROM objects.before');
	my ($ok, $said) = $node->try($database, "ALTER EXTENSION retention UPDATE TO '$version'");
	return $said if !$ok;

	my @differences = split /\n/, $node->sql($database, <<'SQL');
SELECT 'dropped: ' || b.object FROM objects.before AS b LEFT JOIN objects.members AS m USING (classid, objid) WHERE m.object IS NULL
SQL
	push @differences, "what was stored reads differently: $before, $@" if (eval { $node->sql($database, $stored) } // '') ne $before;
	my %properties = map { $_ => properties($_) } $fresh, $database;
	for my $key (sort keys %{ { %{ $properties{$fresh} }, %{ $properties{$database} } } })
	{
		my ($wanted, $got) = map { $properties{$_}{$key} // 'missing' } $fresh, $database;
		push @differences, "$key: $got, not $wanted" if $got ne $wanted;
	}
	return join "\n", @differences;
}

sub properties
{
	my ($database) = @_;
	my %properties;
	for my $row (split /\x1e/, $node->sql($database, q{SELECT string_agg(object || ', ' || property || E'\x1f' || replace(value, E'\n', ' '), E'\x1e' ORDER BY 1) FROM objects.properties}))
	{
		my ($key, $value) = split /\x1f/, $row;
		$properties{$key} = $value;
	}
	return \%properties;
}

# A user's objects: stored values, a view of functions and aggregates, a function, an index.
sub use_extension
{
	my ($database) = @_;
	$node->sql($database, <<'SQL');
CREATE TABLE kept (n integer PRIMARY KEY, rating retention.rating_summary, days retention.activity_days, cohorts retention.retention_summary, mrr retention.mrr_timeline,
  spec retention.period_spec DEFAULT 'week Asia/Tokyo', card retention.scorecard);
INSERT INTO kept SELECT k % 5, retention.nps_agg(k % 11), retention.activity_agg(DATE '2024-01-01' + k * k % 91), retention.retention_agg(k % 7, DATE '2024-01-01' + k * k % 91, 'month'),
  retention.mrr_timeline_agg(DATE '2024-01-01' + k, NULL, k), 'month Europe/Berlin', '{"fit": [{"group": "g", "rules": [{"rule": "r", "when": {"attribute": "a", "op": "eq", "value": 1}, "points": 2}]}]}'
FROM generate_series(1, 100) AS k GROUP BY 1;
CREATE INDEX ON kept (rating);
CREATE INDEX ON kept USING hash (days);
CREATE VIEW seen AS SELECT n, (retention.nps_ci(rating)).ci_low, retention.nps(rating), c.cohort_start, c.period_number, c.retained
  FROM kept, LATERAL retention.cohort_retention(cohorts) AS c;
CREATE VIEW shown AS SELECT k % 3 AS third, retention.nps_agg(k % 11) AS summary, retention.retention_agg(k, DATE '2024-01-01' + k, 'month') AS cohorts FROM generate_series(1, 50) AS k GROUP BY 1;
CREATE FUNCTION first_month(retention.activity_days) RETURNS date LANGUAGE sql IMMUTABLE RETURN retention.period_start(retention.first_active($1), 'month');
CREATE VIEW told AS SELECT n, first_month(days) FROM kept;
SQL
	return;
}

# The statement of the current script that begins with this text.
sub statement
{
	my ($start) = @_;
	my ($statement) = $current =~ /^(\Q$start\E.*?;)$/ms or die "no statement begins with: $start";
	return $statement;
}

# Version 0.9.9 is the current one without one of its parts, and with an object of each kind as it may have been
# before; the script that upgrades it does what doc/development.md says for each kind of change.
sub test_made_up_versions
{
	my $old = script(grep { $_ ne 'model' } @parts);
	my $added = script('model');
	my $function = statement('CREATE FUNCTION promoters(s rating_summary)');
	my $comment = statement('COMMENT ON FUNCTION promoters(rating_summary)');
	my $aggregate = statement('CREATE AGGREGATE activity_agg(day date)');
	my $type = statement('CREATE TYPE cohort_row AS');

	(my $old_function = $function) =~ s/ PARALLEL SAFE// or die;
	(my $old_aggregate = $aggregate) =~ s/  SSPACE = \d+,\n// or die;
	(my $old_type = $type) =~ s/,\s*(\w+ [\w ]+)\n\);\z/\n);/ or die;
	my $column = $1;
	my $column_comment = statement('COMMENT ON COLUMN cohort_row.' . (split ' ', $column)[0] . ' ');
	for my $change ([ $function, $old_function ], [ $aggregate, $old_aggregate ], [ $type, $old_type ], [ $comment, 'SELECT 1;' ], [ $column_comment, 'SELECT 1;' ])
	{
		$old =~ s/\Q$change->[0]\E/$change->[1]/ or die "not in the script: $change->[0]";
	}
	my %step = (
		part => $added,
		function => $function =~ s/^CREATE/CREATE OR REPLACE/r,
		comment => $comment,
		aggregate => $aggregate =~ s/^CREATE/CREATE OR REPLACE/r,
		column => "ALTER TYPE cohort_row ADD ATTRIBUTE $column; $column_comment");
	my $upgrade = sub { my (%changed) = (%step, @_); return join "\n", map { $changed{$_} } qw(part function comment aggregate column) };
	TestServer::spew("$extension_dir/retention--0.9.9.sql", $old);

	my $try = sub {
		TestServer::spew("$extension_dir/retention--0.9.9--$version.sql", $_[0]);
		return upgrade_differences('0.9.9');
	};
	is($try->($upgrade->()), '', 'an upgrade that does what it should: no difference, nothing dropped, all is kept');
	for my $fault (
		[ 'no label', qr/^function retention\.promoters\(retention\.rating_summary\), definition: [^\n]*, not [^\n]* PARALLEL SAFE[^\n]*\z/, function => '' ],
		[ 'no comment', qr/^function retention\.promoters\(retention\.rating_summary\), comment: none, not [^\n]*\z/, comment => '' ],
		[ 'an aggregate as before', qr/^aggregate retention\.activity_agg\([^\n]*\), definition: [^\n]*\z/, aggregate => '' ],
		[ 'no new column', qr/^type retention\.cohort_row, definition: [^\n]*\z/, column => '' ],
		[ 'a column elsewhere', qr/^type retention\.cohort_row, definition: [^\n]*\z/, column => "ALTER TYPE cohort_row ADD ATTRIBUTE more integer; $step{column}" ],
		[ 'a function too much', qr/^function retention\.surplus\(\), comment: /, comment => "$comment CREATE FUNCTION surplus() RETURNS integer LANGUAGE sql RETURN 1;" ],
		[ 'a grant too much', qr/^function retention\.promoters\(retention\.rating_summary\), grants: \{[^\n]*\n[^\n]*, grants when installed: \{[^\n]*\z/, comment => "$comment REVOKE EXECUTE ON FUNCTION promoters(rating_summary) FROM PUBLIC;" ],
		[ 'a schema that is not open to all', qr/^extension, grants: [^\n]*\z/, comment => "$comment REVOKE USAGE ON SCHEMA retention FROM PUBLIC;" ],
		[ 'another cost', qr/^function retention\.promoters\([^\n]*, definition: [^\n]* COST 7[^\n]*\z/, function => "$step{function} ALTER FUNCTION promoters(rating_summary) COST 7;" ],
		[ 'an operator without its statistics', qr/^operator pg_catalog\.=\(retention\.roc_summary,retention\.roc_summary\), definition: /, part => $added . "\nALTER OPERATOR pg_catalog.= (roc_summary, roc_summary) SET (RESTRICT = NONE);" ],
		[ 'another kind of cast', qr/cast [^\n]*definition: /, comment => "$comment CREATE FUNCTION surplus(rating_summary) RETURNS bigint LANGUAGE sql RETURN 1; CREATE CAST (rating_summary AS bigint) WITH FUNCTION surplus(rating_summary);" ],
		[ 'dropped and made again', qr/^dropped: function retention\.detractors\(retention\.rating_summary\)\z/,
			comment => "$comment\nDROP FUNCTION detractors(rating_summary);\n" . statement('CREATE FUNCTION detractors(s rating_summary)') . statement('COMMENT ON FUNCTION detractors(rating_summary)') ],
		[ 'dropped although a view needs it', qr/^ERROR:  2BP01: cannot drop function (?:retention\.)?nps_ci/, comment => "$comment\nDROP FUNCTION nps_ci(rating_summary, double precision, text, double precision);" ])
	{
		my ($what, $pattern, %changed) = @$fault;
		like($try->($upgrade->(%changed)), $pattern, "found: $what");
	}
	unlink "$extension_dir/retention--0.9.9.sql", "$extension_dir/retention--0.9.9--$version.sql";
	return;
}

# ------------------------------------------------- from installing to removing

sub test_life_of_the_extension
{
	$node->sql('postgres', 'CREATE DATABASE life');
	my $fails = sub {
		my ($sql, $pattern, $what) = @_;
		my ($ok, $said) = $node->try('life', $sql);
		ok(!$ok, $what);
		like($said, $pattern, '... and says why');
	};
	$fails->('CREATE EXTENSION retention SCHEMA public', qr/ERROR:  0A000: extension "retention" must be installed in schema "retention"/, 'it is installed in no other schema');
	$node->sql('life', 'CREATE EXTENSION retention');
	$fails->('ALTER EXTENSION retention SET SCHEMA public', qr/ERROR:  0A000: extension "retention" does not support SET SCHEMA/, 'nor moved to one');
	$fails->("ALTER EXTENSION retention UPDATE TO '99.0'", qr/ERROR:  22023: extension "retention" has no update path from version "\Q$version\E" to version "99\.0"/, 'there is no path to a version that does not exist');
	my ($ok, $said) = $node->try('life', 'ALTER EXTENSION retention UPDATE');
	ok($ok, 'an update to the installed version does nothing');
	like($said, qr/version "\Q$version\E" of extension "retention" is already installed/, '... and says so');
	$fails->('DROP FUNCTION retention.promoters(retention.rating_summary)', qr/ERROR:  2BP01:.*because extension retention requires it/, 'single objects cannot be dropped');

	use_extension('life');
	my $reads = 'SELECT n, rating, days, cohorts, mrr, spec, card FROM kept ORDER BY n';
	my $texts = $node->sql('life', $reads);
	my $dump = $node->run('pg_dump', '--data-only', '--table=kept', 'life');
	$fails->('DROP EXTENSION retention', qr/ERROR:  2BP01: cannot drop extension retention because other objects depend on it\n(?=.*view seen depends)(?=.*view shown depends)(?=.*function first_month.* depends)(?=.*column rating of table kept depends)/s,
		"while users' objects depend on it it is not dropped");
	is($node->sql('life', $reads), $texts, 'nothing has changed then');
	is($node->sql('life', q{DROP EXTENSION retention CASCADE; SELECT to_regclass('seen') IS NULL AND to_regclass('told') IS NULL AND to_regclass('kept') IS NOT NULL
		AND NOT EXISTS (SELECT FROM pg_proc WHERE probin LIKE '%retention%') AND NOT EXISTS (SELECT FROM pg_type WHERE typname = 'rating_summary')}), 't', 'CASCADE takes views and columns along, and leaves nothing');
	is($node->sql('life', q{SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = to_regnamespace('retention')}), 0, 'the schema is empty then');
	$node->sql('life', 'DROP TABLE kept; CREATE EXTENSION retention');
	use_extension('life');
	$node->sql('life', 'DELETE FROM kept');
	TestServer::spew("$node->{dir}/kept.sql", $dump);
	$node->run('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'life', '-f', "$node->{dir}/kept.sql");
	is($node->sql('life', $reads), $texts, 'installed again, it reads what was stored before');
	is($node->sql('life', "SELECT retention.retention_version()"), "($version,$version)", 'library and objects are of the same version');
	return;
}
