# pg_upgrade from an older PostgreSQL: every table, view, trigger, policy and value comes through, those with a
# time zone that the server does not know too.
#
# Run: prove test/t/pg_upgrade.pl, as a user who may start servers, with PostgreSQL's programs in PATH. It needs
# an older PostgreSQL with the extension in /usr/lib/postgresql/MAJOR, or the bin directory of one in
# RETENTION_OLD_BINDIR; test/versions.sh takes PostgreSQL 15 into the suites of newer ones.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

BEGIN { unshift @INC, dirname(dirname(abs_path(__FILE__))) . '/perl' }
use TestServer;
use Shop;

my $new_bindir = bindir_in_path();
my $new_major = major($new_bindir);
my $old_bindir = $ENV{RETENTION_OLD_BINDIR} || older_bindir()
  or plan skip_all => "there is no PostgreSQL older than $new_major with the extension in /usr/lib/postgresql; sh test/versions.sh 18 upgrades 15 to 18";
my $old_major = major($old_bindir);
my $path = $ENV{PATH};

$ENV{PATH} = "$old_bindir:$path";
my $old = TestServer->start("pg$old_major", 'max_locks_per_transaction = 256');
Shop::create($old, 'shop');
Shop::create_elsewhere($old, 'shop', 'far');
my %before = map { $_ => Shop::answers($old, $_) } 'shop', 'far';
like($before{far}, qr/22023: unknown time zone: "\Q$Shop::missing_zone\E"/, 'a view with a missing zone is an error when it is read');
test_documented_query();
# Debian's later releases of PostgreSQL 15 write this option, which other versions do not know.
$old->sql($_, q{UPDATE pg_attribute SET attoptions = NULL WHERE attoptions::text LIKE '{pg\_attver=%}'}) for 'postgres', 'template1', 'shop', 'far';
$old->control('--mode=fast', 'stop');
# PostgreSQL 18 has them by default, and both clusters must agree.
TestServer::command("$old_bindir/pg_checksums", '--enable', "--pgdata=$old->{dir}/data") if $new_major >= 18;

$ENV{PATH} = "$new_bindir:$path";
my $new = TestServer->start("pg$new_major", 'max_locks_per_transaction = 256');
$new->control('--mode=fast', 'stop');
my $said = eval { upgrade() };
ok(defined $said, "pg_upgrade from $old_major to $new_major") or diag($@, failed_logs());
if (!defined $said)
{
	done_testing();
	exit;
}

$new->control('start');
is(Shop::answers($new, $_), $before{$_}, "$_: every table and view answers as before") for 'shop', 'far';
for my $database ('shop', 'far')
{
	my ($ok, $error) = $new->try($database, 'ALTER EXTENSION retention UPDATE; VACUUM ANALYZE');
	ok($ok, "$database: the extension is that of the new version, all tables are vacuumed and analyzed") or diag($error);
	is($new->sql($database, 'SELECT library_version = extension_version FROM retention.retention_version()'), 't', '... and versions agree');
}
ok($new->sql('shop', 'REINDEX DATABASE shop; UPDATE daily SET answers = retention.combine(answers, answers); REFRESH MATERIALIZED VIEW CONCURRENTLY mv_month; SELECT true'),
	'indexes, triggers and materialized views work');
is($new->sql('shop', q{SELECT count(*) FROM pg_operator AS o JOIN pg_depend AS d ON d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e' WHERE oprnamespace = 'pg_catalog'::regnamespace}),
	$new->sql('shop', q{SELECT 6 * count(*) FROM pg_opclass WHERE opcnamespace = 'retention'::regnamespace AND opcmethod = (SELECT oid FROM pg_am WHERE amname = 'btree')}),
	'the operators that compare belong to the extension');
Shop::create_elsewhere($new, 'far', 'again');
is(Shop::answers($new, 'again'), $before{far}, 'the upgraded database is dumped and restored');
done_testing();

# What pg_upgrade cannot create before the operator classes is found by the query of README.md, and nothing else is.
sub test_documented_query
{
	my $query = Shop::documented_query('README.md', 'WITH comparison');
	is($old->sql('shop', $query), '', 'nothing stands in the way of pg_upgrade');
	my %rewrite = (
		sorts => 'SELECT day FROM daily ORDER BY answers', groups => 'SELECT count(*)::integer FROM daily GROUP BY answers', is_distinct => 'SELECT count(DISTINCT answers)::integer FROM daily',
		unites => 'SELECT count(*)::integer FROM (SELECT answers FROM daily UNION SELECT previous FROM daily) AS u', ranks => 'SELECT (rank() OVER (ORDER BY answers))::integer FROM daily',
		compares => 'SELECT 1 FROM daily WHERE (answers, day) > (previous, day)', finds => 'SELECT 1 FROM daily WHERE (day, answers) IN (SELECT day, previous FROM daily)');
	$rewrite{sorts} =~ s/day/1/;
	my $create = join '', map { "CREATE FUNCTION bad_$_() RETURNS integer LANGUAGE sql BEGIN ATOMIC $rewrite{$_}; END;\n" } keys %rewrite;
	my $drop = join '', map { "DROP FUNCTION bad_$_();\n" } keys %rewrite;
	is($old->sql('shop', "SET search_path = public, retention;\n$create CREATE DOMAIN bad AS rating_summary CHECK ((VALUE, 1) < (VALUE + VALUE, 1));\n$query"),
		join("\n", 'domain bad', map { "function bad_$_()" } sort keys %rewrite), '... and what would is found');
	$old->sql('shop', "${drop}DROP DOMAIN bad");
	return;
}

# ------------------------------------------------------------------ programs

sub bindir_in_path
{
	for my $directory (split /:/, $ENV{PATH})
	{
		return $directory if -x "$directory/pg_upgrade" && -x "$directory/initdb";
	}
	plan skip_all => 'pg_upgrade is not in PATH';
}

sub major
{
	my ($bindir) = @_;
	my ($major) = TestServer::command("$bindir/postgres", '--version') =~ /\(PostgreSQL\) (\d+)/ or die "$bindir/postgres --version does not tell the version\n";
	return $major;
}

# The oldest PostgreSQL of Debian's directories that the extension is installed for.
sub older_bindir
{
	my ($major) = sort { $a <=> $b } grep { $_ < $new_major && -x "/usr/lib/postgresql/$_/bin/initdb" && -e "/usr/lib/postgresql/$_/lib/retention.so" }
	  map { m{/(\d+)\z} } glob '/usr/lib/postgresql/*';
	return $major && "/usr/lib/postgresql/$major/bin";
}

sub upgrade
{
	# It writes into the directory that it is started in.
	return TestServer::command('sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', $new->{dir}, 'pg_upgrade', "--old-bindir=$old_bindir", "--new-bindir=$new_bindir",
		"--old-datadir=$old->{dir}/data", "--new-datadir=$new->{dir}/data", '--username=postgres', "--socketdir=$new->{dir}");
}

sub failed_logs
{
	return map { "$_:\n" . join("\n", grep { /error|ERROR|Command was|FATAL/ } split /\n/, TestServer::slurp($_)) . "\n" } glob "$new->{dir}/data/pg_upgrade_output.d/*/log/*.log";
}
