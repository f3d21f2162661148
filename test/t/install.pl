#!/usr/bin/perl
# install.pl: what packagers and administrators do with the Makefile, the archive and
# CREATE EXTENSION.
#
# Run: prove test/t/install.pl, with PGHOST, PGPORT and PGUSER of a server on which the
# extension is installed, and its programs in PATH; `sh test/run.sh install` brings one. Builds
# in copies of the source tree and installs into private directories, for the PostgreSQL that
# PG_CONFIG names and for one that only a script pretends to be. Without git or PGXN's client
# (Debian package pgxnclient) the tests of the archive are skipped.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Find qw(find);
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use Test::More;
use lib dirname(dirname(abs_path($0))) . '/perl';
use TestServer;

my $top = dirname(dirname(dirname(abs_path($0))));
my $dir = tempdir('retention_install_XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $server = TestServer->given;
my ($pg_config) = grep { -x } map { "$_/pg_config" } split /:/, $ENV{PATH};
$pg_config = $ENV{PG_CONFIG} if $ENV{PG_CONFIG};
my ($version) = TestServer::slurp("$top/retention.control") =~ /^default_version = '(.*)'/m;
my $database = "retention_install_$$";
my @c_files = glob("$top/src/*.c");

# Warnings are for other tests, and speed is not needed.
my @quick = ('with_llvm=no', 'COPT=-O0 -g0');

my $src = copy('src');
other_server();
build_outside();
current_or_not();
strange_numeric();
metadata();
archive();
encodings();
extension();
done_testing();

END { my $status = $?; run('dropdb', '--if-exists', $database) if $server; $? = $status }

# ------------------------------------------------------------------ the tests

# Objects for one PostgreSQL are never linked or installed for another.
sub other_server
{
	my $fake = fake_pg_config('other');

	is(compiled($src, @quick, "PG_CONFIG=$pg_config"), scalar(@c_files), 'the first make compiles all');
	is(compiled($src, @quick, "PG_CONFIG=$pg_config"), 0, 'the second nothing');
	is(compiled($src, @quick, "PG_CONFIG=$fake", 'install'), scalar(@c_files), 'make install for another PostgreSQL compiles all again');
	is(compiled($src, @quick, "PG_CONFIG=$fake", 'install'), 0, '... once');

	my $pages = join(' ', sort(map { s/^\Q$top\E\///r } glob("$top/doc/*.md $top/doc/*.json")));
	is(join(' ', grep { !/^lib|^share/ } files("$dir/other")),
		join(' ', sort map { "doc/postgresql/extension/retention/$_" } split(/ /, $pages), qw(CHANGELOG.md LICENSE README.ja.md README.md SECURITY.md bench/results.svg)),
		'make install: the documentation and the schema of scorecards');
	is(join(' ', grep { /^lib|^share/ } files("$dir/other")),
		"lib/retention.so share/extension/retention--$version.sql share/extension/retention.control", 'make install: the extension');
	is(join("\n", dangling("$dir/other/doc/postgresql/extension/retention")), '', 'the links of the installed pages lead somewhere');

	# Bitcode of an earlier installation would be inlined by the JIT compiler.
	mkdir($_) for "$dir/other/lib/bitcode", "$dir/other/lib/bitcode/retention";
	TestServer::spew("$dir/other/lib/bitcode/$_", '') for 'retention/old.bc', 'retention.index.bc', 'other.index.bc';
	make($src, @quick, "PG_CONFIG=$fake", 'install');
	is(join(' ', grep { /\.bc$/ } files("$dir/other")), 'lib/bitcode/other.index.bc', 'make install with_llvm=no leaves no bitcode behind');
	unlink("$dir/other/lib/bitcode/other.index.bc");

	make($src, @quick, "PG_CONFIG=$fake", 'uninstall');
	is(join(' ', files("$dir/other")), '', 'make uninstall removes all of it');
	ok(!-e "$dir/other/doc/postgresql/extension/retention", '... and its directories');

	my ($ok, $said) = make($src, "PG_CONFIG=$dir/no_pg_config");
	ok(!$ok, 'without a pg_config nothing is built');
	like($said, qr/no_pg_config is no pg_config of a PostgreSQL with the files to build extensions/, '... and the message says what is missing');

	# As if bitcode had been made; that a header is newer is asked of make alone.
	TestServer::spew(s/^\Q$top\E\/(.*)\.c$/$src\/$1.bc/r, '') for @c_files;
	my @ask = ("PG_CONFIG=$fake", 'with_llvm=yes', '-n');
	is(scalar(grep { /-emit-llvm/ } lines(make($src, @ask))), 0, 'bitcode that is there is not made again');
	is(scalar(grep { /-emit-llvm/ } lines(make($src, @ask, '-W', "$src/src/packed.h"))), scalar(@c_files), '... but after a change of a header');
	is(scalar(grep { /-emit-llvm/ } lines(make($src, "PG_CONFIG=$pg_config", 'with_llvm=yes', '-n'))), scalar(@c_files), '... and for another PostgreSQL');
	return;
}

# In a directory of its own, whatever was built in the source tree, with DESTDIR.
sub build_outside
{
	mkdir("$dir/outside");
	is(compiled("$dir/outside", '-f', "$src/Makefile", @quick, "PG_CONFIG=$pg_config", "DESTDIR=$dir/staged", 'install'), scalar(@c_files),
		'a build outside the source tree compiles all');
	my @staged = files("$dir/staged");
	for my $file ('retention.so', 'retention.control', "retention--$version.sql", 'doc/scorecard.schema.json')
	{
		ok(scalar(grep { /\/\Q$file\E$/ } @staged), "... and installs $file");
	}
	make("$dir/outside", '-f', "$src/Makefile", @quick, "PG_CONFIG=$pg_config", "DESTDIR=$dir/staged", 'uninstall');
	is(join(' ', files("$dir/staged")), '', '... and uninstalls all');
	make("$dir/outside", '-f', "$src/Makefile", @quick, "PG_CONFIG=$pg_config", 'clean');
	is(join(' ', files("$dir/outside")), '', 'make clean leaves nothing');
	return;
}

# demo/run.sh builds only what is not installed already.
sub current_or_not
{
	my $fake = fake_pg_config('current');
	my $is_current = sub {
		return run('sh', '-c', "top=$src; . $top/test/lib.sh; PG_CONFIG=$fake; extension_is_current");
	};
	my $install = sub {
		my ($ok, $said) = run('sh', '-c',
			"top=$src; . $top/test/lib.sh; PG_CONFIG=$fake; src=$src; RETENTION_CFLAGS='-O0 -g0'; extension_make -j2 install");
		ok($ok, 'what demo/run.sh installs is built') or diag($said);
	};

	ok(!$is_current->(), 'the demonstration builds what is not installed');
	$install->();
	ok(!$is_current->(), '... or was built with other options');
	local $ENV{RETENTION_CFLAGS} = '-O0 -g0';
	ok($is_current->(), '... but not what is installed');
	append("$src/sql/parts/period.sql", "-- changed\n");
	ok(!$is_current->(), '... and what has been changed since');
	return;
}

# The reader of numeric refuses a server that stores it in another form.
sub strange_numeric
{
	my $strange = copy('strange');
	my $reader = TestServer::slurp("$strange/src/money_numeric.c");
	my $library = "$strange/retention.so";

	my ($ok, $said) = make($strange, @quick, "PG_CONFIG=$pg_config");
	ok($ok, 'the library is built') or diag($said);
	($ok, $said) = $server->try('postgres', "LOAD '$library'");
	ok($ok, 'the library is loaded') or diag($said);
	my %change = (
		'digits to another base' => [ 'define BASE 10000', 'define BASE 1000' ],
		'a sign elsewhere' => [ 'head & 0x2000', 'head & 0x1000' ],
		'other special values' => [ 'is_finite = \(head & 0xC000\) != 0xC000', 'is_finite = true' ],
		'another long form' => [ 'weight = \(int16\) LoadWord', 'weight = 1 + (int16) LoadWord' ],
	);
	for my $kind (sort keys %change)
	{
		my ($from, $to) = @{ $change{$kind} };
		(my $changed = $reader) =~ s/$from/$to/ or die "no $from in money_numeric.c";
		TestServer::spew("$strange/src/money_numeric.c", $changed);
		unlink("$strange/src/money_numeric.o", $library);
		make($strange, @quick, "PG_CONFIG=$pg_config");
		($ok, $said) = $server->try('postgres', "LOAD '$library'");
		like($said, qr/ERROR:  0A000: this version of retention cannot read numeric values of PostgreSQL \d+\n.*DETAIL:  The number \S+ is stored/s,
			"numeric with $kind: the library is refused");
	}
	return;
}

# What PGXN's specification 1.0.0 demands, and what must not differ from the rest.
sub metadata
{
	my $meta = decode_json(TestServer::slurp("$top/META.json"));

	is(join(' ', grep { !defined $meta->{$_} } qw(name version abstract maintainer license provides meta-spec)), '', 'META.json: has what it must have');
	is($meta->{'meta-spec'}{version}, '1.0.0', 'META.json: the version of the specification');
	is($meta->{version}, $version, 'META.json: the version');
	is($meta->{prereqs}{runtime}{requires}{PostgreSQL}, '15.0.0', 'META.json: the oldest PostgreSQL');
	my $provided = $meta->{provides}{retention};
	is($provided->{version}, $version, 'META.json: the version of the extension');
	is($provided->{file}, "sql/retention--$version.sql", 'META.json: the installation script');
	ok(-f "$top/$provided->{docfile}", 'META.json: the documentation');
	is(scalar(grep { length > 255 || /[\/\\\x00-\x1f]/ } @{ $meta->{tags} }), 0, 'META.json: tags');
	like(TestServer::slurp("$top/CHANGELOG.md"), qr/^## \Q$version\E /m, 'CHANGELOG.md: has the version');
	like(TestServer::slurp("$top/.gitignore"), qr/^\/sql\/retention--\Q$version\E\.sql$|^$/m, '.gitignore: has the version');
	for my $page (qw(README.md CHANGELOG.md META.json))
	{
		like(TestServer::slurp("$top/$page"), qr/PostgreSQL 15, 17 and 18/, "$page: the versions of PostgreSQL");
	}
	return;
}

sub archive
{
  SKIP:
	{
		skip('git is not installed', 2) unless has_program('git');
		my $committed = copy('committed');
		my @git = ('git', '-C', $committed, '-c', 'user.name=x', '-c', 'user.email=x', '-c', 'safe.directory=*');
		local $ENV{HOME} = $dir;
		run(@git, 'init', '-q') and run(@git, 'add', '.') and run(@git, 'commit', '-q', '-m', 'x') or die 'git failed';
		my ($ok, $said) = make($committed, "PG_CONFIG=$pg_config", 'dist');
		ok($ok, 'make dist: succeeds') or diag($said);
		my $zip = "$committed/retention-$version.zip";
		ok(-s $zip, 'make dist: makes the archive');

		skip("PGXN's client is not installed", 3) unless has_program('pgxn');
		$server->sql('postgres', "CREATE DATABASE $database");
		my @to = ('--yes', '-h', $server->{host}, '-p', $server->{port}, '-U', $server->{user}, '-d', $database);
		($ok, $said) = run('pgxn', 'load', @to, $zip);
		ok($ok, 'pgxn load: succeeds') or diag($said);
		is($server->sql($database, q{SELECT extversion FROM pg_extension WHERE extname = 'retention'}), $version, 'pgxn load: creates the extension');
		run('pgxn', 'unload', @to, $zip);
		is($server->sql($database, q{SELECT count(*) FROM pg_extension WHERE extname = 'retention'}), '0', 'pgxn unload: drops it');
		$server->sql('postgres', "DROP DATABASE $database");
	}
	return;
}

# The regression tests print the same whatever the encoding. They use and leave the database that
# make installcheck always does, whose name they print.
sub encodings
{
	for my $encoding (qw(LATIN1 SQL_ASCII))
	{
		mkdir("$dir/$encoding");
		my ($ok, $said) = make("$dir/$encoding", '-f', "$top/Makefile", @quick, "PG_CONFIG=$pg_config", 'installcheck',
			"EXTRA_REGRESS_OPTS=--encoding=$encoding --no-locale");
		ok($ok, "make installcheck passes in $encoding") or diag($said, TestServer::slurp("$dir/$encoding/regression.diffs"));
	}
	return;
}

# CREATE EXTENSION and what follows, in the forms that administrators and their tools use.
sub extension
{
	$server->sql('postgres', "CREATE DATABASE $database");
	my @steps = (
		[ 'CREATE EXTENSION retention SCHEMA public', '0A000: extension "retention" must be installed in schema "retention"' ],
		[ 'CREATE EXTENSION retention SCHEMA retention', '3F000: schema "retention" does not exist' ],
		[ "CREATE EXTENSION retention VERSION '0.9'", '22023: extension "retention" has no installation script nor update path for version "0.9"' ],
		['CREATE SCHEMA retention'],
		['CREATE EXTENSION retention SCHEMA retention'],
		[ 'ALTER EXTENSION retention SET SCHEMA public', '0A000: extension "retention" does not support SET SCHEMA' ],
		['DROP EXTENSION retention'],
		['DROP SCHEMA retention'],
		["CREATE EXTENSION retention VERSION '$version'"],
		[ 'CREATE EXTENSION retention', '42710: extension "retention" already exists' ],
		['CREATE EXTENSION IF NOT EXISTS retention CASCADE'],
		['ALTER EXTENSION retention UPDATE'],
		["ALTER EXTENSION retention UPDATE TO '$version'"],
		[ "ALTER EXTENSION retention UPDATE TO '1.1'", "22023: extension \"retention\" has no update path from version \"$version\" to version \"1.1\"" ],
		['CREATE TABLE kept AS SELECT retention.nps_agg(9) AS summary'],
		[ 'DROP EXTENSION retention', '2BP01: cannot drop extension retention because other objects depend on it' ],
		['DROP TABLE kept'],
		['DROP EXTENSION retention'],
		['DROP EXTENSION plpgsql'],
		[ 'CREATE EXTENSION retention', '42704: required extension "plpgsql" is not installed' ],
		['CREATE EXTENSION retention CASCADE'],
		['DROP EXTENSION retention'],
		['DROP EXTENSION plpgsql'],
	);
	for my $step (@steps)
	{
		my ($sql, $error) = @$step;
		my ($ok, $said) = $server->try($database, $sql);
		my ($got) = $said =~ /^ERROR:  (.*)$/m;
		is($got, $error, "$sql" . ($error ? ': refused' : ''));
	}
	# PostgreSQL never drops the schema of an extension with it.
	ok(($server->try($database, 'DROP SCHEMA retention RESTRICT'))[0], 'DROP EXTENSION leaves nothing in the schema');
	is($server->sql($database, q{SELECT count(*) FROM pg_proc WHERE oid >= 16384 OR probin LIKE '%retention%'}), '0', '... and no function elsewhere');
	is($server->sql($database, q{SELECT count(*) FROM pg_operator WHERE oid >= 16384}), '0', '... and no operator');
	return;
}

# --------------------------------------------------------------------- helpers

# The sources without what a build put there, in a directory of their own.
sub copy
{
	my ($name) = @_;
	my ($ok, $said) = run('sh', '-c', "top=$top; . $top/test/lib.sh; copy_tree $dir/$name && make -s -C $dir/$name PG_CONFIG=$pg_config clean");
	die $said if !$ok;
	return "$dir/$name";
}

# A pg_config of another minor version that is installed in $dir/NAME.
sub fake_pg_config
{
	my ($name) = @_;
	my ($major) = qx($pg_config --version) =~ /^PostgreSQL (\d+)/;
	mkdir("$dir/$name");
	TestServer::spew("$dir/$name.pg_config", <<"END");
#!/bin/sh
for option in "\$@"; do
  case \$option in
    --version) echo "PostgreSQL $major.99" ;;
    --pkglibdir) echo "$dir/$name/lib" ;;
    --sharedir) echo "$dir/$name/share" ;;
    --docdir) echo "$dir/$name/doc/postgresql" ;;
    *) "$pg_config" "\$option" ;;
  esac
done
END
	chmod(0755, "$dir/$name.pg_config");
	return "$dir/$name.pg_config";
}

# Runs a command; returns whether it succeeded, and what it printed.
sub run
{
	my (@command) = @_;
	my $pid = fork() // die "cannot fork: $!";
	if ($pid == 0)
	{
		open(STDIN, '<', '/dev/null') and open(STDOUT, '>', "$dir/printed") and open(STDERR, '>&', \*STDOUT) or exit 127;
		exec(@command) or exit 127;
	}
	waitpid($pid, 0);
	return wantarray ? ($? == 0, TestServer::slurp("$dir/printed")) : $? == 0;
}

sub make
{
	my ($where, @arguments) = @_;
	return run('make', '-j2', '-C', $where, @arguments);
}

sub lines
{
	my ($ok, $said) = @_;
	return split(/\n/, $said);
}

# How many files a make compiles; 'failed' and its last words if it fails.
sub compiled
{
	my ($ok, $said) = make(@_);
	return $ok ? scalar(grep { / -c -o / } split(/\n/, $said)) : 'failed: ' . substr($said, -1000);
}

# The names of the files below a directory, relative to it.
sub files
{
	my ($root) = @_;
	my @files;
	find({ wanted => sub { push @files, s/^\Q$root\E\///r if -f }, no_chdir => 1 }, $root) if -d $root;
	return sort(@files);
}

# The relative links of installed pages to files that are not there. Pages for those who have the
# sources may lead there.
sub dangling
{
	my ($root) = @_;
	my @problems;
	for my $page (grep { /\.md$/ } files($root))
	{
		my $text = TestServer::slurp("$root/$page") =~ s/^```.*?^```$//gmsr;
		for my $target ($text =~ /\]\(([^)#:]+)(?:#[^)]*)?\)/g)
		{
			next if $target =~ /^(\.\.\/)?(src|demo|bench|test)\//;
			push @problems, "$page: $target" if !-e dirname("$root/$page") . "/$target";
		}
	}
	return @problems;
}

sub has_program
{
	my ($name) = @_;
	return grep { -x "$_/$name" } split /:/, $ENV{PATH};
}

sub append
{
	my ($path, $text) = @_;
	TestServer::spew($path, TestServer::slurp($path) . $text);
	return;
}
