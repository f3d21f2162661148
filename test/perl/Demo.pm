package Demo;

# Demo.pm: runs demo/run.sh and reads what it prints, for the tests of the demonstration.

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

our @EXPORT = qw($top $dir demo fails rows first_row last_line query spew slurp);

our $top = dirname(dirname(dirname(abs_path(__FILE__))));
our $dir = tempdir('retention_demo_test_XXXXXX', TMPDIR => 1, CLEANUP => 1);

if (system("psql -X -d postgres -c 'SELECT 1' >$dir/log 2>&1") != 0)
{
	plan skip_all => 'no server to test on: ' . slurp("$dir/log");
}

$ENV{RETENTION_SERVER} = 'running';
# None of the caller's settings may show in the output.
$ENV{PGTZ} = 'Asia/Tokyo';
$ENV{PGDATESTYLE} = 'German';

# Runs the demonstration; returns its exit status, all that it printed, and of that what
# went to standard output.
sub demo
{
	my @arguments = @_;

	my $pid = fork() // die "cannot fork: $!";
	if ($pid == 0)
	{
		open(STDIN, '<', '/dev/null') and open(STDOUT, '>', "$dir/said") and open(STDERR, '>', "$dir/complained") or exit 127;
		exec('sh', "$top/demo/run.sh", @arguments) or exit 127;
	}
	waitpid($pid, 0);
	return ($? >> 8, slurp("$dir/complained") . slurp("$dir/said"), slurp("$dir/said"));
}

# The demonstration must end with status 1 and a message, and print no scores.
sub fails
{
	my ($message, $name, @arguments) = @_;
	my ($status, $said) = demo(@arguments);

	is($status, 1, "$name: exit status");
	like($said, $message, "$name: message");
	unlike($said, qr/retention\.nps|Next:/, "$name: no scores");
}

# The rows of every printed table whose columns begin with the first one named
# and have all the others, each as a hash of its cells by column, and of `all` of them.
sub rows
{
	my ($said, $first, @others) = @_;
	my (@rows, @columns);

	my @lines = split(/\n/, $said);
	for my $i (0 .. $#lines)
	{
		if ($i < $#lines && $lines[ $i + 1 ] =~ /^-[-+]*$/)
		{
			@columns = cells($lines[$i]);
			my %has = map { $_ => 1 } @columns;
			@columns = () if $columns[0] ne $first || grep { !$has{$_} } @others;
		}
		elsif ($lines[$i] eq '')
		{
			@columns = ();
		}
		elsif (@columns && $lines[$i] !~ /^-[-+]*$/)
		{
			my %row;
			@row{@columns} = cells($lines[$i]);
			$row{all} = join(' ', cells($lines[$i]));
			push @rows, \%row;
		}
	}
	return @rows;
}

sub cells
{
	my ($line) = @_;
	return map { s/^\s+|\s+$//gr } split(/\|/, $line, -1);
}

# The cells of the first row of such a table, with blanks between.
sub first_row
{
	my ($row) = rows(@_);
	return $row ? $row->{all} : undef;
}

sub last_line
{
	my ($said) = @_;
	return (split(/\n/, $said))[-1];
}

sub query
{
	my ($database, $sql) = @_;
	open(my $psql, '-|', 'psql', '-X', '-q', '-A', '-t', '-F', ' ', '-d', $database, '-c', $sql) or die "cannot run psql: $!";
	my @lines = <$psql>;
	close($psql) or die 'psql failed';
	chomp @lines;
	return join("\n", @lines);
}

sub spew
{
	my ($name, $content) = @_;
	open(my $file, '>:raw', "$dir/$name") or die "cannot write $dir/$name: $!";
	print $file $content;
	close($file);
	return "$dir/$name";
}

sub slurp
{
	my ($path) = @_;
	open(my $file, '<:raw', $path) or die "cannot read $path: $!";
	local $/;
	return <$file> // '';
}

1;
