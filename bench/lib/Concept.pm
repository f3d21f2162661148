# bench/lib/Concept.pm: reads a concept's file, bench/<concept>.sql.
#
# The file is SQL cut into sections. A section begins with one of these lines:
#   --! rows N at least M               how many rows the data section generates, as :rows
#   --! data                            statements that psql runs once, before VACUUM ANALYZE
#   --! export TABLE                    the query whose rows the peers get
#   --! table TABLE in duckdb           how a peer creates the table for them
#   --! table TABLE in clickhouse
#   --! table TABLE in r                how R makes what it asks of the data frame rows
#   --! comparison NAME: TITLE          what follows, up to the next comparison, belongs to it
#   --! candidate NAME [SESSIONS] LABEL a query; all candidates must give the same rows
#   --! floor NAME [SESSIONS] LABEL     a query timed beside them that answers something else
#   --! cleanup NAME                    statements run after each time that the query NAME is run, not timed
#   --! verify                          a query that must give no rows, run once before timing
#   --! net NAME = A - B: LABEL         the time of A less that of B in the same round (pg0)
#   --! baseline NAME...                what the ratios refer to: the fastest of these in the same
#                                       session, or in pg0 where none of them is run in it
#   --! target NAME <= X of NAME...     the ratio to the fastest of these must not exceed X (pg0); either
#                                       side may end in "in SESSION"
#   --! target NAME <= N ms             the time must not exceed N milliseconds
#   --! memory NAME after NAME at SIZE...  the memory that the first query takes in a process of its
#                                       own that has run the second, at these settings of work_mem
# Sessions: pg0 and pg2 are PostgreSQL with no and with two parallel workers; duck1, duck2, ch1 and
# ch2 are DuckDB and ClickHouse with one and with two threads; r1 is R. Lines that begin with "--" are
# comments. A query for PostgreSQL may be several statements: their times are added. One for R may be
# several expressions: the first is timed, the last one's data frame are the rows.

package Concept;

use strict;
use warnings;

my %SESSION = map { $_ => 1 } qw(pg0 pg2 duck1 duck2 ch1 ch2 r1);

sub from_file
{
  my ($file) = @_;
  my $concept = { file => $file, data => '', tables => [], comparisons => [] };
  my $section = \my $preamble;
  open my $in, '<', $file or die "$file: $!\n";
  while (my $line = <$in>)
  {
    if ($line =~ /^--!\s*(\w+)\s*(.*?)\s*$/)
    {
      $section = begin_section($concept, $1, $2) or die "$file, line $.: not understood: $line";
    }
    elsif ($line !~ /^--/)
    {
      $$section .= $line;
    }
  }
  close $in;
  die "$file: a line '--! rows N at least M' is missing\n" unless $concept->{rows};
  check_names($file, $_) for @{ $concept->{comparisons} };
  return $concept;
}

# Records a directive and returns a reference to the text that takes the SQL below it, or nothing
# when the directive makes no sense here.
sub begin_section
{
  my ($concept, $directive, $text) = @_;
  my $comparison = $concept->{comparisons}[-1];
  my $parse = {
    rows => \&begin_rows, data => sub { \$concept->{data} }, export => \&begin_export,
    table => \&begin_table, comparison => \&begin_comparison
  }->{$directive};
  return $parse->($concept, $text) if $parse;

  $parse = {
    candidate => \&begin_query, floor => \&begin_query, verify => \&begin_verify,
    cleanup => \&begin_cleanup, net => \&add_net, baseline => \&add_baseline, target => \&add_target,
    memory => \&add_memory
  }->{$directive};
  return unless $parse && $comparison;
  return $parse->($comparison, $text, $directive);
}

sub begin_rows
{
  my ($concept, $text) = @_;
  $text =~ /^(\d+) at least (\d+)$/ or return;
  @$concept{qw(rows least_rows)} = ($1, $2);
  return \my $nothing;
}

sub begin_export
{
  my ($concept, $text) = @_;
  $text =~ /^\w+$/ or return;
  push @{ $concept->{tables} }, { name => $text, export => '' };
  return \$concept->{tables}[-1]{export};
}

sub begin_table
{
  my ($concept, $text) = @_;
  $text =~ /^(\w+) in (duckdb|clickhouse|r)$/ or return;
  my ($name, $peer) = ($1, $2);
  my ($table) = grep { $_->{name} eq $name } @{ $concept->{tables} } or return;
  $table->{$peer} = '';
  return \$table->{$peer};
}

sub begin_comparison
{
  my ($concept, $text) = @_;
  $text =~ /^(\w+): (.+)$/ or return;
  push @{ $concept->{comparisons} },
    { name => $1, title => $2, queries => [], verify => [], nets => [], targets => [], memory => [], ms => {} };
  return \my $nothing;
}

sub begin_query
{
  my ($comparison, $text, $directive) = @_;
  $text =~ /^(\w+) \[(\w+(?: \w+)*)\] (.+)$/ or return;
  my $query = { name => $1, sessions => [split ' ', $2], label => $3, sql => '' };
  $query->{floor} = $directive eq 'floor';
  return if grep { !$SESSION{$_} } @{ $query->{sessions} };
  push @{ $comparison->{queries} }, $query;
  return \$query->{sql};
}

sub begin_cleanup
{
  my ($comparison, $text) = @_;
  my ($query) = grep { $_->{name} eq $text } @{ $comparison->{queries} } or return;
  $query->{cleanup} = '';
  return \$query->{cleanup};
}

sub begin_verify
{
  my ($comparison, $text) = @_;
  push @{ $comparison->{verify} }, '';
  return \$comparison->{verify}[-1];
}

sub add_net
{
  my ($comparison, $text) = @_;
  $text =~ /^(\w+) = (\w+) - (\w+): (.+)$/ or return;
  push @{ $comparison->{nets} }, { name => $1, minuend => $2, subtrahend => $3, label => $4 };
  return \my $nothing;
}

sub add_baseline
{
  my ($comparison, $text) = @_;
  $text =~ /^\w+( \w+)*$/ or return;
  $comparison->{baseline} = [split ' ', $text];
  return \my $nothing;
}

sub add_target
{
  my ($comparison, $text) = @_;
  my $in_session = qr/(?: in (\w+))?/;
  $text =~ /^(\w+)$in_session <= ([\d.]+) (?:ms|of (\w+(?: (?!in )\w+)*)$in_session)$/ or return;
  my $target = { name => $1, session => $2 // 'pg0', limit => $3 };
  @$target{qw(of of_session)} = ([split ' ', $4], $5) if defined $4;
  push @{ $comparison->{targets} }, $target;
  return \my $nothing;
}

sub add_memory
{
  my ($comparison, $text) = @_;
  $text =~ /^(\w+) after (\w+) at (\d+[kM]B(?: \d+[kM]B)*)$/ or return;
  push @{ $comparison->{memory} },
    map { { name => $1, after => $2, work_mem => $_ } } split ' ', $3;
  return \my $nothing;
}

# A misspelt name would silently drop a ratio or a target.
sub check_names
{
  my ($file, $comparison) = @_;
  my $where = "$file, comparison $comparison->{name}";
  my %has;
  for my $line (@{ $comparison->{queries} }, @{ $comparison->{nets} })
  {
    die "$where: the name $line->{name} is used twice\n" if $has{ $line->{name} }++;
  }
  die "$where: no baseline\n" unless $comparison->{baseline};
  my @named = @{ $comparison->{baseline} };
  push @named, $_->{minuend}, $_->{subtrahend} for @{ $comparison->{nets} };
  push @named, $_->{name}, @{ $_->{of} // [] } for @{ $comparison->{targets} };
  push @named, @$_{qw(name after)} for @{ $comparison->{memory} };
  for my $name (@named)
  {
    die "$where: there is no query named $name\n" unless $has{$name};
  }
  for my $target (@{ $comparison->{targets} })
  {
    check_session($where, $comparison, $target->{session}, $target->{name});
    check_session($where, $comparison, $target->{of_session}, @{ $target->{of} }) if $target->{of_session};
  }
}

# Queries must be run in the session in which a target refers to them; net times are those of pg0.
sub check_session
{
  my ($where, $comparison, $session, @names) = @_;
  my %sessions = map { $_->{name} => $_->{sessions} } @{ $comparison->{queries} };
  for my $name (@names)
  {
    die "$where: $name is not run in $session\n" unless grep { $_ eq $session } @{ $sessions{$name} // ['pg0'] };
  }
}

sub query
{
  my ($comparison, $name) = @_;
  my ($query) = grep { $_->{name} eq $name } @{ $comparison->{queries} };
  return $query;
}

# The comparisons named in a blank-separated list, or all of them.
sub chosen
{
  my ($concept, $names) = @_;
  my %known = map { $_->{name} => $_ } @{ $concept->{comparisons} };
  my @names = split ' ', $names // '' or return @{ $concept->{comparisons} };
  return map { $known{$_} // die "there is no comparison named $_ in $concept->{file}\n" } @names;
}

# Drops from a comparison what would run in sessions that are not there.
sub keep_sessions
{
  my ($comparison, @there) = @_;
  my %there = map { $_ => 1 } @there;
  for my $query (@{ $comparison->{queries} })
  {
    $query->{sessions} = [grep { $there{$_} } @{ $query->{sessions} }];
  }
}

1;
