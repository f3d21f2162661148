# TestServer.pm: servers of a test's own, and psql on them.
#
#   use TestServer;
#   my $node = TestServer->start('publisher', 'wal_level = logical');   # lines for postgresql.conf
#   my $node = TestServer->start_with_port('odbc');     # also listens on a free port of 127.0.0.1, $node->{port}
#   my $copy = TestServer->standby($node, 'standby');   # a hot standby of a server
#   $node->restart_through('ulimit -v 600000; exec "$@"');  # in sh, which ends with the server as "$@"
#   $node->database('shop');                        # with the extension
#   my $text = $node->sql('shop', 'SELECT 1');      # unaligned, without headers; dies with what psql says
#   my ($ok, $said) = $node->try('shop', 'SELECT 1/0');
#   $node->run('pg_dump', '-Fc', '-f', $file, 'shop');
#   my $given = TestServer->given;                  # the server that PGHOST and PGPORT name
#
# A server listens on a socket in its private directory alone, unless its settings say otherwise,
# and ends with the test; that it crashed is a failure of the test. Needs initdb and pg_ctl in PATH and a user who is not root:
# sh test/run.sh has both. RETENTION_DESTDIR names a directory that the extension was
# installed into with DESTDIR, for a server that has the setting extension_destdir.

package TestServer;

use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Socket::INET;

my @started;
my $patience = 600;    # seconds; far more than anything takes that is waited for

$SIG{HUP} = $SIG{INT} = $SIG{TERM} = sub { exit 1 };

# Whatever becomes of the test, its servers end, and before File::Temp removes their directories.
END
{
	my $status = $?;
	for my $node (@started)
	{
		$node->stop;
		next if slurp("$node->{dir}/log") !~ /^(.*(?:was terminated by signal|PANIC:).*)$/m;
		print "# $node->{name}: $1\n";
		$status ||= 1;
	}
	$? = $status;
}

sub start
{
	my ($class, $name, @settings) = @_;
	my $dir = tempdir("retention_${name}_XXXXXX", TMPDIR => 1, CLEANUP => 1);
	my ($port) = map { /^port = (\d+)$/ } @settings;
	my $self = bless { name => $name, dir => $dir, host => $dir, port => $port // 5432, user => 'postgres' }, $class;

	command('initdb', "--pgdata=$dir/data", '--username=postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8');
	push @settings, "extension_destdir = '$ENV{RETENTION_DESTDIR}'" if $ENV{RETENTION_DESTDIR};
	$self->configure("listen_addresses = ''", "unix_socket_directories = '$dir'", "port = 5432", 'fsync = off', 'synchronous_commit = off',
		'full_page_writes = off', 'max_connections = 20', 'max_worker_processes = 32', 'max_parallel_workers = 32', 'autovacuum = off', "timezone = 'UTC'", @settings);
	push @started, $self;
	$self->control('start');
	return $self;
}

# A hot standby that follows a server by streaming, with the settings of that server and more.
sub standby
{
	my ($class, $primary, $name, @settings) = @_;
	my $dir = tempdir("retention_${name}_XXXXXX", TMPDIR => 1, CLEANUP => 1);
	my $self = bless { name => $name, dir => $dir, host => $dir, port => 5432, user => 'postgres' }, $class;
	$primary->run('pg_basebackup', "--pgdata=$dir/data", '--write-recovery-conf', '--wal-method=stream', '--checkpoint=fast', '--no-sync');
	$self->configure("unix_socket_directories = '$dir'", @settings);
	push @started, $self;
	$self->control('start');
	return $self;
}

# Adds lines to postgresql.conf.
sub configure
{
	my ($self, @lines) = @_;
	my $file = "$self->{dir}/data/postgresql.conf";
	open my $conf, '>>', $file or die "$file: $!\n";
	print $conf "$_\n" for @lines;
	close $conf or die "$file: $!\n";
	return;
}

# Starts the server again through a script for sh, which gets the call of the server as "$@": with
# limits of the shell, or under another program.
sub restart_through
{
	my ($self, $script) = @_;
	$self->control('stop');
	spew("$self->{dir}/postgres", "#!/bin/sh\nset -- \"\$(command -v postgres)\" \"\$\@\"\n$script\n");
	chmod 0700, "$self->{dir}/postgres";
	$self->control('-p', "$self->{dir}/postgres", 'start');
	return;
}

# A port that was free a moment ago may be taken when the server starts: then it is another one.
sub start_with_port
{
	my ($class, $name, @settings) = @_;
	my $problem;
	for (1 .. 20)
	{
		my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "no free port: $!\n";
		my $port = $socket->sockport;
		close $socket;
		my $node = eval { $class->start($name, "listen_addresses = '127.0.0.1'", "port = $port", @settings) };
		return $node if $node;
		$problem = $@;
	}
	die $problem;
}

sub given
{
	my ($class) = @_;
	return bless { name => 'given', host => $ENV{PGHOST}, port => $ENV{PGPORT}, user => $ENV{PGUSER} }, $class;
}

sub control
{
	my ($self, @action) = @_;
	command('pg_ctl', "--pgdata=$self->{dir}/data", "--log=$self->{dir}/log", '--wait', "--timeout=$patience", '--silent', @action);
	$self->{runs} = $action[-1] eq 'start' || $action[-1] eq 'restart';
	return;
}

sub stop
{
	my ($self) = @_;
	return if !$self->{runs};
	eval { $self->control('--mode=immediate', 'stop'); 1 } or print "# $self->{name}: $@";
	return;
}

# A new database with the extension.
sub database
{
	my ($self, $database) = @_;
	$self->sql('postgres', "CREATE DATABASE $database");
	$self->sql($database, 'CREATE EXTENSION retention');
	return;
}

sub sql
{
	my ($self, $database, $sql) = @_;
	my ($ok, $said, $printed) = $self->try($database, $sql);
	die "$self->{name}: $said\n$sql\n" if !$ok;
	chomp $printed;
	return $printed;
}

# Runs statements, the rest of which is not run after an error. Returns whether they succeeded, what
# psql said, errors and notices in their verbose form, and what it printed.
sub try
{
	my ($self, $database, $sql) = @_;
	my $dir = $self->{work} ||= tempdir(TMPDIR => 1, CLEANUP => 1);
	spew("$dir/script.sql", "\\set VERBOSITY verbose\n$sql\n;\n");
	my $status = system_into("$dir/printed", "$dir/said", $self, 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-f', "$dir/script.sql");
	my $said = slurp("$dir/said");
	$said =~ s/^psql:\S*: //mg;
	return ($status == 0, $said, slurp("$dir/printed"));
}

# Runs a client program on the server; dies with what it says if it fails.
sub run
{
	my ($self, @command) = @_;
	local @ENV{qw(PGHOST PGPORT PGUSER)} = @$self{qw(host port user)};
	return command(@command);
}

# What libpq wants to know to connect to the server.
sub connection
{
	my ($self, $database) = @_;
	return "host=$self->{host} port=$self->{port} user=$self->{user} dbname=$database";
}

# Waits until a query gives a text; returns what it gave last.
sub wait_for
{
	my ($self, $database, $query, $wanted) = @_;
	my $got;
	for (1 .. $patience * 10)
	{
		$got = $self->sql($database, $query);
		last if $got eq $wanted;
		select undef, undef, undef, 0.1;
	}
	return $got;
}

sub command
{
	my (@command) = @_;
	my $dir = tempdir(TMPDIR => 1, CLEANUP => 1);
	my $status = system_into("$dir/said", undef, undef, @command);
	my $said = slurp("$dir/said");
	die "@command failed:\n$said" if $status;
	return $said;
}

# system(), its output into files: both into one where only one is given. It waits
# for the command alone, not for a server that the command leaves behind.
sub system_into
{
	my ($out, $err, $node, @command) = @_;
	my $pid = fork() // die "cannot fork: $!\n";
	if ($pid == 0)
	{
		@ENV{qw(PGHOST PGPORT PGUSER)} = @$node{qw(host port user)} if $node;
		chdir '/';
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', $out;
		defined $err ? open STDERR, '>', $err : open STDERR, '>&', \*STDOUT;
		{ no warnings 'exec'; exec { $command[0] } @command }
		print STDERR "$command[0]: $!\n";
		require POSIX;
		POSIX::_exit(127);
	}
	waitpid $pid, 0;
	return $?;
}

sub slurp
{
	my ($file) = @_;
	local $/;
	open my $handle, '<', $file or return '';
	return <$handle> // '';
}

sub spew
{
	my ($file, $text) = @_;
	open my $handle, '>', $file or die "$file: $!\n";
	print $handle $text;
	close $handle or die "$file: $!\n";
	return;
}

1;
