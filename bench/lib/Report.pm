# bench/lib/Report.pm: compares the rows of two candidates and prints the figures as Markdown.

package Report;

use strict;
use warnings;
use List::Util qw(min);
use Scalar::Util qw(looks_like_number);

# --- equality of results ----------------------------------------------------------------------

# What first differs between two lists of tab-separated rows, or nothing. Numbers are equal to 1e-9,
# relative above 1, and a midnight (in UTC) equals its date.
sub first_difference
{
  my ($expected, $got) = @_;
  return sprintf '%d rows instead of %d', scalar @$got, scalar @$expected if @$got != @$expected;
  for my $i (0 .. $#$expected)
  {
    return "row $i is ($got->[$i]) instead of ($expected->[$i])" unless same_row($expected->[$i], $got->[$i]);
  }
  return;
}

sub same_row
{
  my @fields = map { [split /\t/, $_, -1] } @_;
  return unless @{ $fields[0] } == @{ $fields[1] };
  for my $i (0 .. $#{ $fields[0] })
  {
    return unless same_field($fields[0][$i], $fields[1][$i]);
  }
  return 1;
}

sub same_field
{
  my ($a, $b) = map { s/ 00:00:00(\+00)?$//r } @_;
  return 1 if $a eq $b;
  return unless looks_like_number($a) && looks_like_number($b);
  my $scale = abs($a) > 1 ? abs $a : 1;
  return abs($a - $b) <= 1e-9 * $scale;
}

# --- tables -----------------------------------------------------------------------------------

sub conditions
{
  my ($concept, $rows, $rounds, @found) = @_;
  print "- $_->[0]: $_->[1]\n" for @found;
  my $scaled = $rows == $concept->{rows} ? '' : " (the targets are meant for $concept->{rows})";
  print "- data: $rows rows$scaled; rounds: $rounds\n";
}

sub comparison
{
  my ($comparison) = @_;
  add_nets($comparison);
  my @nets = map { { %$_, sessions => ['pg0'], net => 1 } } @{ $comparison->{nets} };
  my @lines = (@{ $comparison->{queries} }, @nets);
  my %label = map { $_->{name} => $_->{label} } @lines;
  my @baseline = @label{ @{ $comparison->{baseline} } };
  my $fastest = @baseline > 1 ? 'the fastest of ' : '';

  print "\n### \u$comparison->{title}\n\n";
  print "Ratios are to $fastest", join('; ', @baseline), ".\n\n";
  print "| candidate | session | median ms | min ms | ratio | target |\n|--|--|--:|--:|--:|--|\n";
  for my $line (@lines)
  {
    for my $session (@{ $line->{sessions} })
    {
      my $ms = $comparison->{ms}{ $line->{name} }{$session};
      my $ratio = ratio($comparison, $line->{name}, $session, $comparison->{baseline});
      my $target = targets($comparison, $line->{name}, $session, \%label);
      my $least = $line->{net} ? '' : milliseconds(min(@$ms));
      printf "| %s | %s | %s | %s | %s | %s |\n", $line->{label}, $session, milliseconds(median(@$ms)), $least,
        $ratio ? sprintf('%.2f', $ratio->{value}) : '', $target;
    }
  }
  memory($comparison, \%label) if @{ $comparison->{memory} };
}

# What a query's process grew by and wrote to temporary files.
sub memory
{
  my ($comparison, $label) = @_;
  print "\n| memory in pg0, once | work_mem | peak MiB | temporary files MiB | ms |\n|--|--|--:|--:|--:|\n";
  for my $line (@{ $comparison->{memory} })
  {
    my $found = $line->{found};
    printf "| %s | %s | %.0f | %.0f | %s |\n", $label->{ $line->{name} }, $line->{work_mem},
      $found->{bytes} / 2**20, $found->{temporary} / 2**20, milliseconds($found->{ms});
  }
}

# A net time is a difference within each round, so that slow rounds cancel out; the least of such
# differences says nothing and is not printed.
sub add_nets
{
  my ($comparison) = @_;
  for my $net (@{ $comparison->{nets} })
  {
    my ($all, $scan) = map { $comparison->{ms}{$_}{pg0} } @$net{qw(minuend subtrahend)};
    $comparison->{ms}{ $net->{name} }{pg0} = [map { $all->[$_] - $scan->[$_] } 0 .. $#$all];
  }
}

# Median of a line over that of the fastest of some others in the same session; where none of them
# was run there (a peer's session, say), in pg0, or else in the session of a peer. Undefined where none
# was run at all.
sub ratio
{
  my ($comparison, $name, $session, $others, $where) = @_;
  my $ms = $comparison->{ms};
  $where //= session_of($ms, $session, $others);
  my @there = grep { $ms->{$_}{$where} } @$others or return;
  my ($fastest) = sort { median(@{ $ms->{$a}{$where} }) <=> median(@{ $ms->{$b}{$where} }) } @there;
  return {
    value => median(@{ $ms->{$name}{$session} }) / median(@{ $ms->{$fastest}{$where} }),
    to => $fastest
  };
}

sub session_of
{
  my ($ms, $session, $others) = @_;
  for my $where ($session, 'pg0')
  {
    return $where if grep { $ms->{$_}{$where} } @$others;
  }
  my ($where) = sort map { keys %{ $ms->{$_} } } @$others;
  return $where // $session;
}

# What the targets of a line in a session say.
sub targets
{
  my ($comparison, $name, $session, $label) = @_;
  my @targets = grep { $_->{name} eq $name && $_->{session} eq $session } @{ $comparison->{targets} };
  return join '; ', map { $_->{of} ? ratio_target($comparison, $_, $label) : time_target($comparison, $_) } @targets;
}

sub ratio_target
{
  my ($comparison, $target, $label) = @_;
  my $ratio = ratio($comparison, @$target{qw(name session of of_session)});
  my $in = $target->{of_session} ? " in $target->{of_session}" : '';
  return sprintf 'not measured: ratio to %s%s', $label->{ $target->{of}[0] }, $in unless $ratio;
  return sprintf '%s: %.2f of %s%s, at most %.2f', met($ratio->{value}, $target), $ratio->{value},
    $label->{ $ratio->{to} }, $in, $target->{limit};
}

sub time_target
{
  my ($comparison, $target) = @_;
  my $ms = median(@{ $comparison->{ms}{ $target->{name} }{ $target->{session} } });
  return sprintf '%s: %s ms, at most %g ms', met($ms, $target), milliseconds($ms), $target->{limit};
}

sub met
{
  my ($value, $target) = @_;
  return $value <= $target->{limit} ? 'met' : '**missed**';
}

sub median
{
  my @sorted = sort { $a <=> $b } @_;
  return ($sorted[int($#sorted / 2)] + $sorted[int(@sorted / 2)]) / 2;
}

# Whole milliseconds unless there are few.
sub milliseconds
{
  my ($ms) = @_;
  return sprintf abs($ms) < 20 ? '%.1f' : '%.0f', $ms;
}

1;
