# bench/lib/Engines.pm: runs a query in PostgreSQL, DuckDB, ClickHouse or R and says how long it took.
#
# A PostgreSQL session is one psql, a DuckDB and an R session one process that live through the whole
# run, so that no candidate pays for being the first to touch the shared memory. ClickHouse is a server
# of its own on the loopback interface, asked by one client per query. PostgreSQL's time is that of
# psql's \timing, DuckDB's that of its API call, ClickHouse's that of its client's --time, R's that of
# the first of the expressions it is given.
#
# In the sessions that use one processor (pg0, duck1, ch1, r1) what the query waited for that processor
# because others used it is taken off, as Linux counts it in schedstat: on a quiet machine that is
# nothing, on a shared one it is most of the noise. The other sessions' times are as they are, and
# so are those of queries shorter than 100 ms, where it may stem from what came before the query.

package Engines;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Handle;
use IO::Socket::INET;
use IPC::Open3 qw(open3);

my $BENCH = dirname(dirname(abs_path(__FILE__)));
my $DUCKDB = "$BENCH/peers/node_modules/\@duckdb/node-api";
my $CLICKHOUSE = "$BENCH/peers/clickhouse";

# Name of a session => engine, threads. For PostgreSQL: workers beside the leader.
my %SESSION = (
  pg0 => ['postgresql', 0], pg2 => ['postgresql', 2],
  duck1 => ['duckdb', 1], duck2 => ['duckdb', 2],
  ch1 => ['clickhouse', 1], ch2 => ['clickhouse', 2],
  r1 => ['r', 1]);
my %RUN = (
  postgresql => \&run_postgresql, duckdb => \&run_duckdb, clickhouse => \&run_clickhouse, r => \&run_r);

my @PSQL = qw(psql -X -q -v ON_ERROR_STOP=1);
my @SETTINGS = qw(shared_buffers work_mem jit max_parallel_workers fsync wal_level);

my %child;    # processes to end with this one

END
{
  my $status = $?;
  kill 'TERM', keys %child;
  waitpid $_, 0 for keys %child;
  $? = $status;
}

# $work is a private directory for the peers' data, queries and rows.
sub new
{
  my ($class, $work) = @_;
  my $self = bless { work => $work, open => {}, peer => {}, ran => 0, waited => 0 }, $class;
  $self->{peer}{duckdb} = 1 if -d $DUCKDB;
  $self->{peer}{clickhouse} = 1 if -x "$CLICKHOUSE/usr/sbin/clickhouse-server";
  $self->{peer}{r} = 1 if grep { -x "$_/Rscript" } split /:/, $ENV{PATH};
  $self->{peer} = {} if ($ENV{RETENTION_BENCH_PEERS} // '') eq 'no';
  @ENV{qw(PGTZ PGDATESTYLE LC_ALL)} = qw(UTC ISO C);
  $SIG{PIPE} = 'IGNORE';
  return $self;
}

sub peers { return keys %{ $_[0]{peer} } }

sub missing_peers
{
  my ($self) = @_;
  return grep { !$self->{peer}{$_} } qw(duckdb clickhouse r);
}

sub sessions
{
  my ($self) = @_;
  return grep { $SESSION{$_}[0] eq 'postgresql' || $self->{peer}{ $SESSION{$_}[0] } } sort keys %SESSION;
}

# --- data -------------------------------------------------------------------------------------

sub generate
{
  my ($self, $statements, $rows) = @_;
  my $file = $self->write_file('data.sql', $statements);
  command([@PSQL, '-v', "rows=$rows", '-f', $file], '/dev/null', '/dev/null');
  command([@PSQL, '-c', 'VACUUM ANALYZE'], '/dev/null', '/dev/null');
}

# Gives the peers the rows of each exported table.
sub load_peers
{
  my ($self, $tables) = @_;
  return unless $self->peers;
  $self->start_clickhouse if $self->{peer}{clickhouse};
  for my $table (@$tables)
  {
    my $rows = "$self->{work}/$table->{name}.tsv";
    command([@PSQL, '-c', 'COPY (' . statement($table->{export}) . ') TO STDOUT'], '/dev/null', $rows);
    $self->load_duckdb($table, $rows) if $self->{peer}{duckdb} && $table->{duckdb};
    $self->load_clickhouse($table, $rows) if $self->{peer}{clickhouse} && $table->{clickhouse};
    $self->load_r($table, $rows) if $self->{peer}{r} && $table->{r};
    unlink $rows;
  }
}

sub load_duckdb
{
  my ($self, $table, $rows) = @_;
  my $writer = $self->start_duckdb(0);
  $self->run_duckdb($writer, $table->{duckdb});
  $self->run_duckdb($writer, "COPY $table->{name} FROM '$rows' (DELIMITER '\\t', NULL '\\N', HEADER false)");
  end_session($writer);
}

# Merging the parts now keeps the server from doing it while something is being timed.
sub load_clickhouse
{
  my ($self, $table, $rows) = @_;
  my @client = $self->clickhouse_client;
  command([@client, '--query', statement($table->{clickhouse})], '/dev/null', '/dev/null');
  command([@client, '--query', "INSERT INTO $table->{name} FORMAT TSV"], $rows, '/dev/null');
  command([@client, '--query', "OPTIMIZE TABLE $table->{name} FINAL"], '/dev/null', '/dev/null');
}

# R has its tables in the memory of the session that is asked later.
sub load_r
{
  my ($self, $table, $rows) = @_;
  my $session = $self->{open}{r1} ||= $self->start('r1');
  $self->run_r($session, "rows <- read.delim('$rows', header = FALSE, na.strings = '\\\\N')\n$table->{r}");
}

# --- queries ----------------------------------------------------------------------------------

# Runs a query in a session: { ms => its time, rows => its rows, tab-separated }.
sub run
{
  my ($self, $name, $sql) = @_;
  my ($engine, $threads) = @{ $SESSION{$name} };
  my $session = $self->{open}{$name} ||= $self->start($name);
  my $ms = $threads < 2 ? $self->time_alone($engine, $session, $sql) : $RUN{$engine}->($self, $session, $sql);
  return { ms => $ms, rows => read_lines("$self->{work}/rows") };
}

# The time of a query that uses one processor, without what it waited for it.
sub time_alone
{
  my ($self, $engine, $session, $sql) = @_;
  my $before = waited($session->{worker});
  my $ms = $RUN{$engine}->($self, $session, $sql);
  return $ms if $ms < 100;
  my $waited = waited($session->{worker}) - $before;
  $self->{ran} += $ms;
  $self->{waited} += $waited;
  return $ms - $waited;
}

# Runs a query in a PostgreSQL process of its own: { ms, bytes that its peak memory grew by, bytes of
# temporary files }. The peak counts shared memory that the process has touched; a query that has
# read the same tables before keeps that out.
sub memory
{
  my ($self, $work_mem, $first, $sql) = @_;
  my $session = $self->start_postgresql(0);
  print { $session->{in} } "SET work_mem = '$work_mem';\nSET log_temp_files = 0;\nSET client_min_messages = log;\n";
  $self->run_postgresql($session, $first);
  my $before = peak_memory($session->{worker});
  my $ms = $self->time_alone('postgresql', $session, $sql);
  my $found = { ms => $ms, bytes => peak_memory($session->{worker}) - $before, temporary => 0 };
  end_session($session);
  $found->{temporary} += /LOG:  temporary file: .* size (\d+)/ ? $1 : 0 for @{ read_lines($session->{errors}) };
  return $found;
}

# The most memory that a process has had resident, in bytes.
sub peak_memory
{
  my ($pid) = @_;
  my ($kilobytes) = map { /^VmHWM:\s*(\d+)/ } @{ read_lines("/proc/$pid/status") };
  return 1024 * $kilobytes;
}

# Milliseconds that the threads of a process have been ready to run and did not.
sub waited
{
  my ($pid) = @_;
  my $nanoseconds = 0;
  for my $thread (glob "/proc/$pid/task/*/schedstat")
  {
    open my $in, '<', $thread or next;
    $nanoseconds += (split ' ', readline($in) // '0 0')[1];
  }
  return $nanoseconds / 1e6;
}

sub start
{
  my ($self, $name) = @_;
  my ($engine, $threads) = @{ $SESSION{$name} };
  return $self->start_postgresql($threads) if $engine eq 'postgresql';
  return $self->start_duckdb($threads) if $engine eq 'duckdb';
  return $self->open_session('Rscript', '--vanilla', "$BENCH/r.R") if $engine eq 'r';
  return { threads => $threads, worker => $self->{clickhouse} };
}

sub start_postgresql
{
  my ($self, $workers) = @_;
  my $session = $self->open_session(@PSQL, '-A', '-t', '-F', "\t", '-P', 'null=\N');
  print { $session->{in} } "SET max_parallel_workers_per_gather = $workers;\n\\timing on\n";
  $self->run_postgresql($session, 'SELECT pg_backend_pid()');
  ($session->{worker}) = @{ read_lines("$self->{work}/rows") };
  return $session;
}

sub run_postgresql
{
  my ($self, $session, $sql) = @_;
  my $file = $self->write_file('query.sql', statement($sql) . ";\n");
  print { $session->{in} } "\\o $self->{work}/rows\n\\i $file\n\\o\n\\echo done\n";
  my $ms = 0;
  while (my $line = readline $session->{out})
  {
    return $ms if $line eq "done\n";
    $ms += $1 if $line =~ /^Time: ([\d.]+) ms/;
  }
  die 'psql ended: ', join("\n", @{ read_lines($session->{errors}) }), "\n$sql";
}

sub start_duckdb
{
  my ($self, $threads) = @_;
  return $self->open_session('node', "$BENCH/duckdb.mjs", "$self->{work}/duckdb", $threads);
}

sub run_duckdb
{
  my ($self, $session, $sql) = @_;
  return $self->ask('DuckDB', $session, $sql);
}

sub run_r
{
  my ($self, $session, $expressions) = @_;
  return $self->ask('R', $session, $expressions);
}

# Sends the names of a file with a query and of one for its rows to a session and reads the time.
sub ask
{
  my ($self, $engine, $session, $query) = @_;
  my $file = $self->write_file('query', $query);
  print { $session->{in} } "$file\t$self->{work}/rows\n";
  my $answer = readline($session->{out}) // join "\n", @{ read_lines($session->{errors}) };
  return $1 if $answer =~ /^ms ([\d.]+)$/;
  die "$engine: $answer\n$query";
}

sub run_clickhouse
{
  my ($self, $session, $sql) = @_;
  my $errors = command(
    [$self->clickhouse_client, '--max_threads', $session->{threads}, '--time', '--query', statement($sql)],
    '/dev/null', "$self->{work}/rows");
  return 1000 * $errors->[-1];
}

# --- the ClickHouse server --------------------------------------------------------------------

sub start_clickhouse
{
  my ($self) = @_;
  my $directory = "$self->{work}/clickhouse";
  mkdir $_ or die "$_: $!\n" for $directory, "$directory/data", "$directory/tmp";
  ($ENV{LD_LIBRARY_PATH}) = glob "$CLICKHOUSE/usr/lib/*-linux-gnu";
  $self->{port} = free_port();
  my $config = $self->write_file('clickhouse/config.xml', <<"XML");
<?xml version="1.0"?>
<yandex>
  <logger><level>error</level><console>1</console></logger>
  <listen_host>127.0.0.1</listen_host>
  <tcp_port>$self->{port}</tcp_port>
  <path>$directory/data/</path>
  <tmp_path>$directory/tmp/</tmp_path>
  <mark_cache_size>1073741824</mark_cache_size>
  <users_config>users.xml</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <timezone>UTC</timezone>
</yandex>
XML
  $self->write_file('clickhouse/users.xml', <<'XML');
<?xml version="1.0"?>
<yandex>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
    </default>
  </users>
</yandex>
XML
  my $server = $self->open_session("$CLICKHOUSE/usr/sbin/clickhouse-server", "--config-file=$config");
  $self->{clickhouse} = $server->{worker};
  for (1 .. 100)
  {
    return if eval { command([$self->clickhouse_client, '--query', 'SELECT 1'], '/dev/null', '/dev/null') };
    select undef, undef, undef, 0.1;
  }
  die "the ClickHouse server does not answer: ", join("\n", @{ read_lines($server->{errors}) }), "\n";
}

sub clickhouse_client
{
  my ($self) = @_;
  return ("$CLICKHOUSE/usr/bin/clickhouse-client", '--host', '127.0.0.1', '--port', $self->{port});
}

sub free_port
{
  my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "no free port: $!\n";
  return $socket->sockport;
}

# --- conditions -------------------------------------------------------------------------------

# What the figures depend on, as [name, value] pairs.
sub conditions
{
  my ($self) = @_;
  my $value = sub { $self->run(@_)->{rows}[0] };
  my ($processor) = map { /^model name\s*:\s*(.*)/ } @{ read_lines('/proc/cpuinfo') };
  my $cores = grep { /^processor\s*:/ } @{ read_lines('/proc/cpuinfo') };
  my ($kilobytes) = map { /^MemTotal:\s*(\d+)/ } @{ read_lines('/proc/meminfo') };
  my $waited = $self->{ran} ? 100 * $self->{waited} / $self->{ran} : 0;
  my @found = (
    ['machine', sprintf '%d cores (%s), %.0f GiB', $cores, $processor // 'unknown', $kilobytes / 2**20],
    ['waiting for a processor', sprintf('%.0f %% of the time of pg0, duck1 and ch1, taken off it', $waited)],
    ['PostgreSQL', $value->('pg0', "SELECT current_setting('server_version')")],
    ['settings', join ', ', map { "$_ " . $value->('pg0', "SELECT current_setting('$_')") } @SETTINGS]);
  push @found, ['DuckDB', $value->('duck1', 'SELECT version()')] if $self->{peer}{duckdb};
  push @found, ['ClickHouse', $value->('ch1', 'SELECT version()')] if $self->{peer}{clickhouse};
  push @found, ['R', $value->('r1', 'data.frame(getRversion())')] if $self->{open}{r1};
  return @found;
}

# --- processes and files ----------------------------------------------------------------------

# Starts a process that is spoken to through its standard input and output.
sub open_session
{
  my ($self, @command) = @_;
  my $errors = "$self->{work}/errors." . keys %child;
  open my $err, '>', $errors or die "$errors: $!\n";
  my $pid = open3(my $in, my $out, '>&' . fileno($err), @command);
  $child{$pid} = 1;
  $in->autoflush(1);
  return { pid => $pid, worker => $pid, in => $in, out => $out, errors => $errors };
}

sub end_session
{
  my ($session) = @_;
  close $session->{in};
  waitpid $session->{pid}, 0;
  delete $child{ $session->{pid} };
}

# Runs a command to its end and returns the lines it wrote to standard error.
sub command
{
  my ($command, $from, $to) = @_;
  open my $in, '<', $from or die "$from: $!\n";
  open my $out, '>', $to or die "$to: $!\n";
  my $pid = open3('<&' . fileno($in), '>&' . fileno($out), my $err = IO::Handle->new, @$command);
  chomp(my @errors = readline $err);
  waitpid $pid, 0;
  die join(' ', @$command), " failed:\n", join("\n", @errors), "\n" if $?;
  return \@errors;
}

# The query without the blank lines and the semicolon at its end.
sub statement
{
  my ($sql) = @_;
  $sql =~ s/^\s+|[\s;]+$//g;
  return $sql;
}

sub write_file
{
  my ($self, $name, $text) = @_;
  my $file = "$self->{work}/$name";
  open my $out, '>', $file or die "$file: $!\n";
  print {$out} $text;
  close $out or die "$file: $!\n";
  return $file;
}

sub read_lines
{
  my ($file) = @_;
  open my $in, '<', $file or die "$file: $!\n";
  chomp(my @lines = readline $in);
  return \@lines;
}

1;
