#!/usr/bin/perl
# bench/picture.pl: draws the main figures of bench/RESULTS.md as SVG, or prints them as one table.
#
#   perl bench/picture.pl bench/RESULTS.md > bench/results.svg
#   perl bench/picture.pl --table bench/RESULTS.md
#
# For each question of @QUESTIONS, found by its heading: the median of the extension's candidate and the least median
# of what is written by hand, both in session pg0, and of DuckDB with one thread. Bars are ratios to what is written
# by hand.

use strict;
use warnings;

# heading of the comparison, the label of ours, what it is called in the picture
my @QUESTIONS = (
  [ 'NPS of all answers', '`retention.nps(score)`', 'NPS of 10 M answers' ],
  [ 'NPS by month', '`retention.nps_series(nps_series_agg)`', 'NPS by month of 10 M answers' ],
  [ 'Retention by month, customers named by a bigint', '`retention.cohort_retention(retention_agg)`', 'Cohort retention of 11.5 M events' ],
  [ 'MRR movements by month, customers named by a bigint', '`retention.revenue_bridge(revenue_agg)`', 'MRR bridge of 1 M subscriptions' ],
  [ 'Engagement of every lead, half-life of 30 days, at most 50 points for each kind of event', '`retention.score_leads`', 'Scores of 909,000 leads, 10 M events' ]);
my @COLOURS = ([ 'hand', '#9aa4ae', 'best SQL written by hand' ], [ 'ours', '#0072B2', 'retention' ], [ 'duck', '#E69F00', 'DuckDB, one thread' ]);
my ($LEFT, $WIDTH, $ROW, $TOP) = (270, 380, 62, 54);

my $as_table = @ARGV && $ARGV[0] eq '--table' && shift @ARGV;
my %found = read_tables(@ARGV);
my @lines = grep { $found{ $_->[0] } } @QUESTIONS;
die "usage: perl bench/picture.pl [--table] bench/RESULTS.md\n" unless @lines;
$as_table ? print_table(@lines) : draw(@lines);

sub read_tables
{
  my ($file) = @_;
  my (%figures, $heading);
  my %label = map { $_->[0] => $_->[1] } @QUESTIONS;
  open my $results, '<', $file // '/dev/null' or die "$file: $!\n";
  while (my $line = <$results>)
  {
    $heading = $1 if $line =~ /^### (.*)$/;
    my ($name, $session, $ms) = $line =~ /^\| (.*?) \| (\w+) \| ([\d.]+) \|/ or next;
    # a table of memory has work_mem where others have the session
    $figures{$heading}{"MiB at $session"} = $ms if $session =~ /^\d+MB$/ && $name eq ($label{$heading} // '');
    my $kind = $session eq 'pg0' && $name eq ($label{$heading} // '') ? 'ours'
      : $session eq 'pg0' && $name =~ /^(?:by hand|the same, after)/ ? 'hand'
      : $session eq 'duck1' && $name =~ /^DuckDB/ ? 'duck' : next;
    my $least = \$figures{$heading}{$kind};
    $$least = $ms if !defined $$least || $ms < $$least;
  }
  return %figures;
}

sub print_table
{
  my @questions = @_;
  print "| question | by hand, ms | retention, ms | ratio | DuckDB, ms | ratio | peak MiB | at 4MB |\n|--|--:|--:|--:|--:|--:|--:|--:|\n";
  for my $question (@questions)
  {
    my $figures = $found{ $question->[0] };
    my @ratios = map { defined $figures->{$_} ? sprintf('%.2f', $figures->{$_} / $figures->{hand}) : '' } qw(ours duck);
    printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", $question->[2], $figures->{hand}, $figures->{ours}, $ratios[0], $figures->{duck} // '', $ratios[1],
      map { $figures->{"MiB at $_"} // '' } qw(256MB 4MB);
  }
  return;
}

sub draw
{
  my @questions = @_;
  my $height = $TOP + $ROW * @questions + 34;
  print qq{<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 $height" width="760" height="$height" role="img" aria-label="Time relative to the best SQL written by hand">\n};
  print qq{<title>Time relative to the best SQL written by hand</title>\n<style>text { font: 13px system-ui, "DejaVu Sans", Arial, sans-serif; fill: #1b1f23; } .small { font-size: 11.5px; fill: #4b5560; }</style>\n};
  print qq{<rect width="760" height="$height" fill="#fff"/>\n};
  my $x = 12;
  for my $colour (@COLOURS)
  {
    printf qq{<rect x="%d" y="14" width="14" height="12" fill="%s"/><text x="%d" y="25">%s</text>\n}, $x, $colour->[1], $x + 20, $colour->[2];
    $x += 34 + 7.4 * length $colour->[2];
  }
  my $y = $TOP;
  for my $question (@questions)
  {
    draw_question($question, $y);
    $y += $ROW;
  }
  printf qq{<text class="small" x="12" y="%d">time, of the best SQL written by hand = 1; PostgreSQL without parallel workers; less is faster; bench/RESULTS.md has the figures</text>\n</svg>\n}, $y + 16;
  return;
}

sub draw_question
{
  my ($question, $y) = @_;
  my $figures = $found{ $question->[0] };
  printf qq{<text x="%d" y="%d" text-anchor="end">%s</text>\n}, $LEFT - 12, $y + 29, $question->[2];
  for my $i (0 .. $#COLOURS)
  {
    my ($kind, $colour) = @{ $COLOURS[$i] };
    next if !defined $figures->{$kind};
    my $ratio = $figures->{$kind} / $figures->{hand};
    printf qq{<rect x="%d" y="%d" width="%.1f" height="14" fill="%s"/><text class="small" x="%.1f" y="%d">%.2f &#183; %s ms</text>\n},
      $LEFT, $y + 16 * $i, $WIDTH * ($ratio > 1 ? 1 : $ratio), $colour, $LEFT + 6 + $WIDTH * ($ratio > 1 ? 1 : $ratio), $y + 16 * $i + 11, $ratio, $figures->{$kind};
  }
  return;
}
