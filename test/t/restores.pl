# Restores: a database with the extension comes back whoever restores it, and schema retention belongs to a superuser
# afterwards. pg_dump writes CREATE SCHEMA retention before CREATE EXTENSION, so every restore meets the schema.
#
# Run: prove test/t/restores.pl, with PGHOST, PGPORT and PGUSER of a server on which the extension is installed and its
# programs in PATH. Creates and drops databases and a role.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

plan skip_all => 'no server to test on: PGHOST is not set' unless $ENV{PGHOST};
$ENV{PGPORT} ||= 5432;
$ENV{PGUSER} ||= 'postgres';

my $node = TestServer->given;
my $dir = tempdir('retention_restores_XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $owner = "retention_owner_$$";
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

my $schema_owner = q{SELECT rolsuper FROM pg_namespace JOIN pg_roles ON pg_roles.oid = nspowner WHERE nspname = 'retention'};
my $privileges = q{SELECT string_agg(CASE grantee WHEN 0 THEN 'all' ELSE 'owner' END || ' ' || privilege_type, ', ' ORDER BY grantee DESC, privilege_type)
	FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'retention'};
my $rows = q{SELECT count(*), sum(num_responses), md5(string_agg(v::text, ';' ORDER BY v::text)) FROM kpi.nps_monthly v};
my $extension_owner = q{SELECT extowner::regrole FROM pg_extension WHERE extname = 'retention'};

$node->sql('postgres', "CREATE ROLE $owner LOGIN");
push @undo, "DROP ROLE $owner";
my $shop = database('shop');
as_owner($shop, <<'SQL');
CREATE EXTENSION retention;
CREATE SCHEMA kpi;
CREATE TABLE answer AS SELECT n % 11 AS score, date '2024-01-01' + n AS day FROM generate_series(0, 99) n;
CREATE TABLE kept (month date PRIMARY KEY, s retention.rating_summary, p retention.period_spec DEFAULT 'month');
INSERT INTO kept SELECT '2024-01-01', retention.nps_agg(score) FROM answer;
SELECT retention.create_survey_views('kpi', 'answer', 'score', 'day', as_of => '2024-05-01');
SQL
my $wanted = $node->sql($shop, $rows);
$node->run('pg_dump', '-Fc', '-f', "$dir/shop.dump", $shop);
$node->run('pg_dump', '-f', "$dir/shop.sql", $shop);
like(TestServer::slurp("$dir/shop.sql"), qr/^CREATE SCHEMA retention;.*^CREATE EXTENSION IF NOT EXISTS retention WITH SCHEMA retention;/ms, 'a dump makes the schema, and the extension in it');
unlike(TestServer::slurp("$dir/shop.sql"), qr/^(?:GRANT|REVOKE).*SCHEMA retention/m, 'it repeats no grant that the extension makes');

test_restore('a superuser restores', $ENV{PGUSER}, []);
test_restore('the owner of the database restores with --no-owner --no-acl', $owner, [], '--no-owner', '--no-acl');
test_restore('the owner of the database restores with all owners', $owner, [qr/must be able to SET ROLE|must be member of role/]);
test_restore_beside_the_extension();
test_again();
test_while_another_session_creates();
done_testing();

sub database
{
	my ($name) = @_;
	my $database = "retention_restores_${name}_$$";
	$node->sql('postgres', "CREATE DATABASE $database OWNER $owner");
	push @undo, "DROP DATABASE $database";
	return $database;
}

sub as_owner
{
	my ($database, $sql) = @_;
	return $node->sql($database, "SET ROLE $owner;\n$sql");
}

# The errors that pg_restore says, one for each statement.
sub restored
{
	my ($database, $role, @options) = @_;
	local @ENV{qw(PGHOST PGPORT PGUSER)} = @$node{qw(host port user)};
	local $ENV{PGUSER} = $role;
	TestServer::system_into("$dir/said", undef, undef, 'pg_restore', @options, '-d', $database, "$dir/shop.dump");
	return TestServer::slurp("$dir/said") =~ /^pg_restore: error: (.*)$/mg;
}

# Restores into a new database; all errors must be those expected.
sub test_restore
{
	my ($what, $role, $expected, @options) = @_;
	my $database = database('r' . @undo);
	my @errors = restored($database, $role, @options);
	is(scalar @errors, scalar @$expected, "$what: as many errors as expected") or diag(join "\n", @errors);
	like($errors[$_] // '', $expected->[$_], '... which is that of the owner of the schema') for 0 .. $#$expected;
	is($node->sql($database, $rows), $wanted, '... the view reads as before');
	is($node->sql($database, $schema_owner), 't', '... the schema belongs to a superuser');
	is($node->sql($database, $privileges), 'owner CREATE, owner USAGE, all USAGE', '... all others may use it');
	is($node->sql($database, $extension_owner), $role, '... the extension belongs to who restores');
	return;
}

sub test_restore_beside_the_extension
{
	my $database = database('present');
	$node->sql($database, 'CREATE EXTENSION retention');
	my @errors = restored($database, $owner, '--no-owner', '--no-acl');
	is(scalar(grep { !/schema "retention" already exists|must be owner of extension retention/ } @errors), 0, 'into a database that has the extension: it is there, and all else comes') or diag(join "\n", @errors);
	is($node->sql($database, $rows), $wanted, '... the view reads as before');
	is($node->sql($database, $schema_owner), 't', '... the schema belongs to a superuser');
	return;
}

# Dropped and created again, by a role that is no superuser, in the schema that is left.
sub test_again
{
	my $database = database('again');
	as_owner($database, 'CREATE EXTENSION retention; DROP EXTENSION retention; CREATE EXTENSION retention; DROP EXTENSION retention; CREATE EXTENSION IF NOT EXISTS retention WITH SCHEMA retention');
	is($node->sql($database, $extension_owner), $owner, 'a role that is no superuser creates it again in the schema that is left');
	my ($ok, $said) = $node->try($database, "SET ROLE $owner; DROP SCHEMA retention CASCADE");
	like($said, qr/ERROR:  42501: must be owner of schema retention/, '... which is not his to drop');
	return;
}

# S2f: the owner of a schema that is there beforehand plants an overload that calls with untyped literals prefer, while
# CREATE EXTENSION runs in a transaction of another session, or in a transaction that begins before it and ends after it.
# Minor versions of PostgreSQL that lock the schema make one of the two wait: then he gives up.
sub test_while_another_session_creates
{
	my $plant = q{SET lock_timeout = '500ms'; CREATE FUNCTION retention.create_survey_views(text, text, text, text) RETURNS text LANGUAGE sql AS 'SELECT current_user::text'};
	my $planted = q{SELECT count(*) FROM pg_proc WHERE proname = 'create_survey_views' AND pronargs = 4 AND pronamespace = (SELECT extnamespace FROM pg_extension WHERE extname = 'retention')};

	my $during = database('during');
	as_owner($during, 'CREATE SCHEMA retention');
	my $session = session($during);
	is(say_to($session, 'BEGIN; CREATE EXTENSION retention;'), '', 'the extension is created in an open transaction');
	$node->try($during, "SET ROLE $owner; $plant");
	is(say_to($session, 'COMMIT;'), '', '... which commits');
	is($node->sql($during, $planted), 0, 'S2f: what another session creates meanwhile is not in the schema');
	is($node->sql($during, $schema_owner), 't', '... which belongs to a superuser');
	end($session);

	my $around = database('around');
	as_owner($around, 'CREATE SCHEMA retention');
	$session = session($around);
	is(say_to($session, "BEGIN; $plant;"), '', 'an overload is created in an open transaction');
	my ($ok, $said) = $node->try($around, "SET lock_timeout = '500ms'; CREATE EXTENSION retention");
	ok($ok || $said =~ /55P03|55000|2BP01/, '... CREATE EXTENSION waits for it, or does not see it') or diag($said);
	is(say_to($session, 'COMMIT;'), '', '... which commits');
	is($node->sql($around, $planted), 0, 'S2f: what it created is not in the schema of the extension');
	end($session);
	return;
}

# A psql that the owner of the database keeps open, and what it prints to statements.
sub session
{
	my ($database) = @_;
	local @ENV{qw(PGHOST PGPORT PGUSER)} = (@$node{qw(host port)}, $owner);
	my $pid = open2(my $out, my $in, "psql -X -q -A -t -d $database 2>&1");
	$in->autoflush(1);
	return { pid => $pid, in => $in, out => $out };
}

sub say_to
{
	my ($session, $sql) = @_;
	print { $session->{in} } "$sql\n\\echo end of output\n";
	my $said = '';
	while (defined(my $line = readline $session->{out}))
	{
		return $said if $line eq "end of output\n";
		$said .= $line;
	}
	return "$said(psql ended)";
}

sub end
{
	my ($session) = @_;
	close $session->{in};
	waitpid $session->{pid}, 0;
	return;
}
