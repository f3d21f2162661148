# ProcessorTime.pm: measures the processor time of backends. Unlike the clock, it hardly depends on what else the
# machine does.
#
#   use TestServer;
#   use ProcessorTime qw(processor_time used_by late);
#   my $seconds = processor_time($pid);             # of a process so far
#   my ($seconds, $said, $printed) = used_by($node, 'shop', 'SELECT 1/0', "SET work_mem = '64kB'");
#   my ($late, $said) = late($node, 'shop', 'SELECT count(*) FROM generate_series(1, 1e9)', after => 0.5, setup => 'SET ...');
#
# Needs Linux's /proc, which has_processor_time() looks for, and a server on the same machine. The time of parallel
# workers is not counted.

package ProcessorTime;

use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use POSIX qw(WNOHANG);
use TestServer;

our @EXPORT_OK = qw(has_processor_time processor_time processor_time_query used_by late);

my $ticks_per_second = POSIX::sysconf(POSIX::_SC_CLK_TCK());
my $patience = 600;    # seconds without work after which a call is taken to hang
my $pause = 0.002;

sub has_processor_time
{
	return defined processor_time($$);
}

# The seconds of processor time that a process took so far; undef if there is no such process.
sub processor_time
{
	my ($pid) = @_;
	return seconds_of(TestServer::slurp("/proc/$pid/stat"));
}

# Of a line of /proc/PID/stat: user and system time are fields 14 and 15. The name of the program, field 2, may hold
# anything and ends with the last parenthesis.
sub seconds_of
{
	my ($stat) = @_;
	my @fields = split / /, $stat =~ s/^.*\) //sr;
	return @fields > 12 ? ($fields[11] + $fields[12]) / $ticks_per_second : undef;
}

# An SQL expression, for superusers: the seconds of processor time that the backend which evaluates it took so far.
sub processor_time_query
{
	return q{(SELECT (f[12]::float8 + f[13]::float8) / } . $ticks_per_second
	  . q{ FROM string_to_array(regexp_replace(pg_read_file('/proc/self/stat', 0, 1000, true), '^.*\) ', ''), ' ') AS f)};
}

# Runs statements in a session of their own; an error does not keep the next ones from running. Returns the seconds of
# processor time that they took, without the setup before them; errors and notices in psql's verbose form; what psql printed.
sub used_by
{
	my ($node, $database, $sql, $setup) = @_;
	my $dir = tempdir(TMPDIR => 1, CLEANUP => 1);
	my (undef, $said, $printed) = $node->try($database, script($dir, $sql, $setup));
	return (seconds_between("$dir/before", "$dir/after"), $said, $printed);
}

# Runs a statement and cancels it once it has taken `after` seconds of processor time (0.5 by default). Returns the
# seconds that it took from there to its end, undef if it ended before it was cancelled or with another error; and what
# psql said. The option setup holds statements to run before.
sub late
{
	my ($node, $database, $sql, %options) = @_;
	my $after = $options{after} // 0.5;
	my $dir = tempdir(TMPDIR => 1, CLEANUP => 1);
	my $child = fork() // die "cannot fork: $!\n";
	if ($child == 0)
	{
		# not in the directory of the parent's own calls
		my $own = bless { %$node, work => $dir }, ref $node;
		my (undef, $said) = $own->try($database, script($dir, $sql, $options{setup}));
		TestServer::spew("$dir/complaint", $said);
		POSIX::_exit(0);
	}
	my $cancelled_at = cancel_after($node, $child, "$dir/before", $after);
	waitpid $child, 0;
	my $said = TestServer::slurp("$dir/complaint");
	my $end = seconds_of(TestServer::slurp("$dir/after"));
	return (undef, $said) if !defined $cancelled_at || !defined $end || $said !~ /ERROR:  57014:/;
	return ($end > $cancelled_at ? $end - $cancelled_at : 0, $said);
}

# Cancels the call that a psql makes once the call has taken a number of seconds; `before` is the file where psql
# writes the state of its backend before the call. Returns the backend's time at that moment, or undef if psql ended first.
sub cancel_after
{
	my ($node, $psql, $before, $after) = @_;
	my ($pid, $start, $last) = (undef, undef, -1);
	my $waits = 0;
	for (;;)
	{
		return undef if waitpid($psql, WNOHANG) != 0;
		if (!defined $start)
		{
			my $stat = TestServer::slurp($before);
			($pid) = $stat =~ /^(\d+) .*\n\z/ and $start = seconds_of($stat);
		}
		my $now = defined $start ? processor_time($pid) // return undef : -1;
		last if defined $start && $now - $start >= $after;
		($waits, $last) = $now > $last ? (0, $now) : ($waits + 1, $last);
		if ($waits * $pause > $patience)
		{
			cancel($node, $pid) if defined $pid;
			die "a call neither ended nor worked for $patience seconds\n";
		}
		select undef, undef, undef, $pause;
	}
	cancel($node, $pid);
	return processor_time($pid);
}

# A signal is the quickest way, but only the user who runs the server may send it.
sub cancel
{
	my ($node, $pid) = @_;
	kill 'INT', $pid or $node->sql('postgres', "SELECT pg_cancel_backend($pid)");
	return;
}

# The script for psql: it writes the state of its backend into files before and after the statements. A shell command
# does so for any role, and also in a failed transaction.
sub script
{
	my ($dir, $sql, $setup) = @_;
	$setup //= '';
	return <<"SQL";
$setup
;
\\unset ON_ERROR_STOP
SELECT pg_backend_pid() AS backend \\gset
\\setenv RETENTION_BACKEND :backend
\\! cat "/proc/\$RETENTION_BACKEND/stat" >"$dir/before"
$sql
;
\\! cat "/proc/\$RETENTION_BACKEND/stat" >"$dir/after"
SQL
}

sub seconds_between
{
	my ($before, $after) = map { seconds_of(TestServer::slurp($_)) } @_;
	return defined $before && defined $after ? $after - $before : undef;
}

1;
