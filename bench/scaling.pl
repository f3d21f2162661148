#!/usr/bin/perl
# bench/scaling.pl: how the time of each concept's main query grows with its rows, and with workers.
#
# bench/run.sh scaling calls it; it runs against the server and database that PGHOST, PGPORT, PGUSER and
# PGDATABASE name. For each line of @QUESTIONS the comparison is measured without peers (bench/measure.pl, which
# also checks that the candidates agree) at once, 4 times and 16 times the rows; printed is one Markdown table.
#   RETENTION_BENCH_ROUNDS   rounds, default 3

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

my $BENCH = dirname(abs_path(__FILE__));

# concept, comparison, the rows to begin with, the label of ours, what it is called in the table
my @QUESTIONS = (
  [ 'survey', 'month', 500_000, '`retention.nps_series(nps_series_agg)`', 'NPS by month' ],
  [ 'retention', 'month', 700_000, '`retention.cohort_retention(retention_agg)`', 'cohort retention' ],
  [ 'revenue', 'bridge', 60_000, '`retention.revenue_bridge(revenue_agg)`', 'MRR bridge' ],
  [ 'leads', 'engagement', 250_000, '`retention.score_leads`', 'scores of leads' ]);

$ENV{RETENTION_BENCH_PEERS} = 'no';
$ENV{RETENTION_BENCH_ROUNDS} //= 3;
print "| question | rows | ms | ns a row | two workers, ms | by hand, ms | ratio |\n|--|--:|--:|--:|--:|--:|--:|\n";
for my $question (@QUESTIONS)
{
  measure(@$question, $_) for 1, 4, 16;
}

sub measure
{
  my ($concept, $comparison, $least, $label, $title, $factor) = @_;
  my $rows = $least * $factor;
  local $ENV{RETENTION_BENCH_ROWS} = $rows;
  local $ENV{RETENTION_BENCH_ONLY} = $comparison;
  system('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', 'DROP SCHEMA public CASCADE; CREATE SCHEMA public') == 0 or die "$concept: the database cannot be emptied\n";
  open my $tables, '-|', 'perl', "$BENCH/measure.pl", "$BENCH/$concept.sql" or die "measure.pl: $!\n";
  my (%ours, $by_hand);
  while (my $line = <$tables>)
  {
    my ($name, $session, $ms) = $line =~ /^\| (.*?) \| (\w+) \| ([\d.]+) \|/ or next;
    $ours{$session} //= $ms if $name eq $label;
    $by_hand = $ms if $session eq 'pg0' && $name =~ /^by hand/ && (!defined $by_hand || $ms < $by_hand);
  }
  close $tables or die "$concept: measure.pl failed\n";
  die "$concept: there is no candidate $label\n" if !defined $ours{pg0};
  printf "| %s | %s | %s | %.0f | %s | %s | %.2f |\n", $title, thousands($rows), $ours{pg0}, 1e6 * $ours{pg0} / $rows, $ours{pg2} // '', $by_hand // '', $ours{pg0} / $by_hand;
  return;
}

sub thousands
{
  my ($number) = @_;
  1 while $number =~ s/^(\d+)(\d{3})/$1,$2/;
  return $number;
}
