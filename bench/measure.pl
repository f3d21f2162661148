#!/usr/bin/perl
# bench/measure.pl CONCEPT.sql: generate data, check that the candidates agree, time them, print Markdown.
#
# bench/run.sh calls it. It also runs against any server that PGHOST, PGPORT, PGUSER and PGDATABASE
# name, in a database with the extension: it creates the concept's tables there.
#   RETENTION_BENCH_ROWS     rows to generate, instead of the concept's own number
#   RETENTION_BENCH_ROUNDS   rounds, default 5: each runs every candidate of every comparison once
#   RETENTION_BENCH_ONLY     names of comparisons, separated by blanks: run only these
#
# lib/Concept.pm says how a concept's file is written, lib/Engines.pm how queries are run and
# timed, lib/Report.pm how results are compared and printed.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use lib dirname(abs_path(__FILE__)) . '/lib';
use Concept;
use Engines;
use Report;

my $USAGE = "usage: perl bench/measure.pl CONCEPT.sql\n";

die $USAGE unless @ARGV == 1;
$SIG{INT} = $SIG{TERM} = sub { exit 1 };
measure(@ARGV);

sub measure
{
  my ($file) = @_;
  my $concept = Concept::from_file($file);
  my $rows = whole_number('RETENTION_BENCH_ROWS', $concept->{rows}, $concept->{least_rows});
  my $rounds = whole_number('RETENTION_BENCH_ROUNDS', 5, 1);
  my @comparisons = Concept::chosen($concept, $ENV{RETENTION_BENCH_ONLY});
  my $engines = Engines->new(tempdir('retention-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1));

  progress("generating $rows rows");
  $engines->generate($concept->{data}, $rows);
  for my $peer ($engines->missing_peers)
  {
    progress("$peer is not installed (sh bench/peers.sh): its lines are left out");
  }
  progress('loading the peers') if $engines->peers;
  $engines->load_peers($concept->{tables});

  for my $comparison (@comparisons)
  {
    progress("checking $comparison->{name}");
    Concept::keep_sessions($comparison, $engines->sessions);
    check($comparison, $engines);
  }
  for my $round (1 .. $rounds)
  {
    progress("round $round of $rounds");
    time_round($_, $engines) for @comparisons;
  }
  progress('measuring memory');
  measure_memory($_, $engines) for @comparisons;

  Report::conditions($concept, $rows, $rounds, $engines->conditions);
  Report::comparison($_) for @comparisons;
}

# All candidates, in all their sessions, must give the rows of the first one.
sub check
{
  my ($comparison, $engines) = @_;
  for my $sql (@{ $comparison->{verify} })
  {
    my ($first) = @{ $engines->run('pg0', $sql)->{rows} };
    die "$comparison->{name}: a query that should give no rows gives: $first\n$sql" if defined $first;
  }

  my ($reference, $expected);
  for my $query (@{ $comparison->{queries} })
  {
    for my $session (@{ $query->{sessions} })
    {
      my $got = run_query($engines, $session, $query)->{rows};
      next if $query->{floor};
      my $name = "$query->{name} ($session)";
      ($reference, $expected) = ($name, $got) unless defined $expected;
      my $difference = Report::first_difference($expected, $got);
      die "$comparison->{name}: $name differs from $reference: $difference\n" if defined $difference;
    }
  }
}

# Runs every query of a comparison once in each of its sessions, one after another.
sub time_round
{
  my ($comparison, $engines) = @_;
  for my $query (@{ $comparison->{queries} })
  {
    for my $session (@{ $query->{sessions} })
    {
      push @{ $comparison->{ms}{ $query->{name} }{$session} }, time_once($engines, $session, $query);
    }
  }
}

# Memory hardly varies: it is measured once.
sub measure_memory
{
  my ($comparison, $engines) = @_;
  for my $line (@{ $comparison->{memory} })
  {
    my ($query, $first) = map { Concept::query($comparison, $_)->{sql} } @$line{qw(name after)};
    $line->{found} = $engines->memory($line->{work_mem}, $first, $query);
  }
}

# Milliseconds that a query takes; where they are few, the median of five runs.
sub time_once
{
  my ($engines, $session, $query) = @_;
  my @ms = run_query($engines, $session, $query)->{ms};
  return $ms[0] if $ms[0] >= 100;
  push @ms, run_query($engines, $session, $query)->{ms} for 2 .. 5;
  return Report::median(@ms);
}

# Runs a query and cleans up after it.
sub run_query
{
  my ($engines, $session, $query) = @_;
  my $result = $engines->run($session, $query->{sql});
  $engines->run($session, $query->{cleanup}) if $query->{cleanup};
  return $result;
}

sub whole_number
{
  my ($variable, $default, $least) = @_;
  my $value = $ENV{$variable};
  return $default unless defined $value && $value ne '';
  die "$variable must be a whole number, at least $least, not '$value'\n"
    unless $value =~ /^\d+$/ && $value >= $least;
  return $value;
}

sub progress
{
  my ($text) = @_;
  my ($second, $minute, $hour) = localtime;
  printf STDERR "%02d:%02d:%02d %s\n", $hour, $minute, $second, $text;
}
