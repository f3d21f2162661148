#!/usr/bin/perl
# demo.pl: what demo/run.sh prints, of the invented company and of CSV files.
#
# Run: prove test/t/demo.pl, with PGHOST, PGPORT and PGUSER of a server on which
# the extension is installed, and its programs in PATH; `sh test/run.sh demo` brings
# one. The demonstration makes and drops its own databases there. Two tests need
# the reference data that RETENTION_DATA names, and are skipped without it.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;
use lib dirname(dirname(abs_path($0))) . '/perl';
use Demo;

company();
small_file();
kinds_of_dates();
other_scale();
odd_files();
unreadable_files();
wrong_options();
package_testdata();
r_community();
is(query('postgres', q{SELECT count(*) FROM pg_database WHERE datname LIKE 'retention\_demo\_%'}),
	'0', 'no database stays behind');
done_testing();

# ------------------------------------------------------------------ the tests

sub company
{
	my $report = "$dir/company.html";
	my ($status, $said, $numbers) = demo('--report', $report);

	is($status, 0, 'the company: succeeds') or diag($said);
	is_deeply([ grep { length > 100 } split(/\n/, $said) ], [], 'the company: fits in 100 columns');
	like($said, qr/^Generating three years of a company \.\.\. \d+ s$/m, 'the company: shows progress');
	like(last_line($numbers), qr/^Next: .*sh demo\/run\.sh --data DIR/, 'the company: ends with what to do next');
	like($numbers, qr/retention\.create_${_}_views\('kpi'/, "the company: shows how the $_ views are created")
	  for qw(survey retention revenue lead);
	like($numbers, qr/^FROM kpi\.$_$/m, "the company: shows the statement over $_")
	  for qw(nps_monthly cohort_retention_monthly average_retention_monthly mrr_bridge_monthly trailing_retention_monthly lead_scores);
	is($numbers =~ s/^Look at /Look at /gm, 4, 'the company: says what to look at');
	unlike($numbers, qr/\e/, 'the company: no colours unless the output is a terminal');

	# On every version of PostgreSQL.
	is(join(', ', map { "$_->{table} $_->{rows}" } rows($numbers, 'table', 'rows')),
		'customers 19582, events 1390183, subscriptions 10366, answers 38222, leads 3000, lead_events 23111',
		'the company: is the one that was designed');
	is((map { $_->{end} } rows($numbers, 'month', 'expansion'))[-1], '901765', 'the company: to the last amount');
	nps_of_company(rows($numbers, 'month', 'bar', 'nps'));
	cohorts_of_company(rows($numbers, 'cohort', '11'));
	my $curve = join(' ', map { $_->{month} } rows($numbers, 'month', 'cohorts'));
	is($curve, '0 1 2 3 4 6 9 12 18 24', 'the company: the retention curve');
	revenue_of_company([ rows($numbers, 'month', 'expansion') ], [ rows($numbers, 'month', 'churn %') ]);
	is(scalar(rows($numbers, 'month', 'a year ago')), 6, 'the company: retention over a year, of six months');
	leads_of_company(rows($numbers, 'lead', 'reasons'));

	my ($again_status, undef, $again) = demo('--report', $report);
	is($again, $numbers, 'the company: is the same each time');

	my (undef, undef, $colored) = demo('--report', $report, '--color', 'always');
	like($colored, qr/\|\e\[97;48;5;18m 100% \e\[0m\|/, '--color always: a shade behind each share');
	is($colored =~ s/\e\[[0-9;]*m//gr, $numbers, '--color always: the same text');
	report_of_company($report, $numbers);
	system('dropdb', '--if-exists', "retention_demo_pl_$$");
}

# Where the extension has the function that draws it.
sub report_of_company
{
	my ($report, $numbers) = @_;

	company_query('CREATE EXTENSION retention');
  SKIP:
	{
		skip('the extension has no report_html()', 2) if company_query("SELECT to_regproc('retention.report_html') IS NULL")->[0] eq 't';
		like($numbers, qr/^  \Q$report\E$/m, 'the company: says where the report is');
		like(slurp($report), qr/^<!DOCTYPE html>.*<svg.*<\/html>\s*$/si, 'the company: the report is a page with pictures');
	}
}

# The company, generated once more for comparison with plain SQL.
sub company_query
{
	my ($sql) = @_;
	my $database = "retention_demo_pl_$$";

	if (query('postgres', "SELECT count(*) FROM pg_database WHERE datname = '$database'") == 0)
	{
		my ($seed) = slurp("$top/demo/run.sh") =~ /^seed=(\d+)/m;
		system('createdb', $database) == 0 or die "createdb failed";
		system('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', "seed=$seed", '-d', $database, '-f', "$top/demo/company.sql") == 0
		  or die 'company.sql failed';
	}
	return [ split(/\n/, query($database, "SET datestyle = ISO; SET timezone = 'Europe/Berlin'; $sql")) ];
}

sub nps_of_company
{
	my (@months) = @_;

	is(scalar(@months), 25, 'the company: NPS of 25 months');
	is(join(' ', map { $_->{month} } grep { $_->{note} =~ /\*/ } @months), '2024-11 2024-12',
		'the company: what happened to all is marked, and nothing else');
	is(join(' ', map { $_->{month} } grep { $_->{note} =~ /open/ } @months), '2026-01', 'the company: the last month is open');
	is_deeply([ map { "$_->{month} $_->{answers} $_->{nps}" } @months ], company_query(<<'SQL'), 'the company: the NPS of plain SQL');
SELECT to_char(answered_at, 'YYYY-MM'), count(score),
  round(100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score), 1)
FROM answers
WHERE answered_at >= '2024-01-01'
GROUP BY 1
ORDER BY 1;
SQL
}

sub cohorts_of_company
{
	my (@cohorts) = @_;
	my @cells;

	is(scalar(@cohorts), 12, 'the company: twelve cohorts');
	for my $row (@cohorts)
	{
		my ($month, $size) = split(/ +/, $row->{cohort});
		push @cells, map { "$month $size $_ $row->{$_}" } grep { $row->{$_} =~ /%/ } 0 .. 11;
		is(scalar(grep { $row->{$_} eq 'open' } 0 .. 11), 1, "the company: cohort $month has one open month");
	}
	is_deeply(\@cells, company_query(<<'SQL'), 'the company: the cohorts of plain SQL');
WITH active AS (
  SELECT DISTINCT customer_id, date_trunc('month', occurred_at)::date AS month FROM events
), first AS (
  SELECT customer_id, min(month) AS cohort FROM active GROUP BY 1
), counted AS (
  SELECT cohort, month, count(*) AS kept FROM active JOIN first USING (customer_id) GROUP BY 1, 2
)
SELECT to_char(cohort, 'YYYY-MM'), size, months, round(100.0 * kept / size) || '%'
FROM counted JOIN (SELECT cohort, kept AS size FROM counted WHERE month = cohort) AS sizes USING (cohort),
  LATERAL (SELECT (extract(year FROM month) - extract(year FROM cohort)) * 12
    + extract(month FROM month) - extract(month FROM cohort) AS months) AS age
WHERE cohort >= '2025-02-01' AND month < '2026-01-01'
ORDER BY cohort, months;
SQL
}

sub revenue_of_company
{
	my ($bridge, $churn) = @_;

	is(scalar(@$bridge), 12, 'the company: the bridge of twelve months');
	for my $row (@$bridge)
	{
		is($row->{start} + $row->{new} + $row->{expansion} + $row->{returned} - $row->{contraction} - $row->{churned}, $row->{end},
			"the company: the bridge of $row->{month} closes");
	}
	my @rows = map { "$bridge->[$_]{month} $bridge->[$_]{start} $bridge->[$_]{end} $churn->[$_]{customers} $churn->[$_]{churned}" } 0 .. $#$bridge;
	is_deeply(\@rows, company_query(<<'SQL'), 'the company: MRR and churned customers of plain SQL');
WITH at_end AS (
  SELECT month::date, customer_id, sum(mrr) AS mrr
  FROM generate_series(timestamp '2025-01-01', '2026-01-01', '1 month') AS month
    JOIN subscriptions ON started_on < month + interval '1 month' AND coalesce(ended_on >= month + interval '1 month', true)
  GROUP BY 1, 2
)
SELECT to_char(before.month + interval '1 month', 'YYYY-MM'), trim_scale(sum(before.mrr)),
  (SELECT trim_scale(sum(mrr)) FROM at_end WHERE month = before.month + interval '1 month'),
  count(*), count(*) FILTER (WHERE after.customer_id IS NULL)
FROM at_end AS before
  LEFT JOIN at_end AS after ON after.customer_id = before.customer_id AND after.month = before.month + interval '1 month'
WHERE before.month < '2026-01-01'
GROUP BY before.month
ORDER BY before.month;
SQL
}

sub leads_of_company
{
	my (@lines) = @_;
	my @leads = grep { $_->{lead} ne '' } @lines;

	is(scalar(@leads), 10, 'the company: the ten best leads');
	is_deeply([ sort { $b <=> $a } map { $_->{score} } @leads ], [ map { $_->{score} } @leads ], 'the company: the best one first');
	is(scalar(grep { $_->{reasons} !~ /^[+-]\d/ } @lines), 0, 'the company: every lead has reasons');
}

# Byte order mark, CRLF, quotes, a line break in a cell, missing and bad scores,
# a row of nothing and an empty line.
sub small_file
{
	my $file = spew('small.csv', join("\r\n",
		"\xEF\xBB\xBF\"Score, 0\xE2\x80\x9310\",\"Gr\xC3\xB6\xC3\x9Fe \"\"x\"\"\",da te",
		'"9.0",a,2024-01-31', ',b,2024-02-01', "8,\"line\nbreak\",2024-02-03", ' eleven ,a,2024-02-04', '11,a,',
		'10,"",2024-08-01', '6,,2024-08-31', ',,', '', ''));
	my ($status, $said) = demo('--survey', $file, '--score', "Score, 0\xE2\x80\x9310", '--date', 'da te',
		'--segment', "Gr\xC3\xB6\xC3\x9Fe \"x\"");

	is($status, 0, 'a small file: succeeds') or diag($said);
	like($said, qr/rows 7; in the column "Score, 0\xE2\x80\x9310" answers 4, missing 1, unusable 2\./, 'a small file: what was read');
	like($said, qr/^  row 5: "eleven"\n  row 6: "11"\n\n/m, 'a small file: the bad scores, with their rows');
	is(first_row($said, 'answers', 'promoters'), '4 1 80.0 2 1 1 25.0 58.4', 'a small file: the NPS');
	is_deeply([ map { "$_->{score}:$_->{answers}" } grep { $_->{answers} } rows($said, 'score') ],
		[ '6:1', '8:1', '9:1', '10:1' ], 'a small file: the scores');
	is_deeply([ map { "$_->{month} $_->{answers} $_->{nps} $_->{note}" } rows($said, 'month') ],
		[ '2024-01-01 1 100.0 ', '2024-02-01 1 0.0 ', map({ "2024-0$_-01 0  " } 3 .. 7), '2024-08-01 2 0.0 ' ],
		'a small file: by month, the last one complete');
	is_deeply([ map { "$_->{segment} $_->{answers} $_->{nps} $_->{note}" } rows($said, 'segment') ],
		[ '(none) 2 0.0 ', 'a 1 100.0 ', 'line break 1 0.0 ', 'b 0  ' ], 'a small file: by segment');
	like(last_line($said), qr/^Next: /, 'a small file: ends with what to do next');

	($status, $said) = demo("--survey=$file", "--score=Score, 0\xE2\x80\x9310");
	is($status, 0, 'without a date: succeeds') or diag($said);
	is(first_row($said, 'answers', 'promoters'), '4 1 80.0 2 1 1 25.0 58.4', 'without a date: the NPS');
	is(scalar(rows($said, 'month')), 0, 'without a date: no months');
}

sub kinds_of_dates
{
	# 23:30 in London is the next day in Berlin.
	my $zoned = spew('zoned.csv', "at,s\n2024-01-01T00:30:00+02:00,9\n2024-06-30 23:30:00 UTC,3\n2024-07-31T22:00:00Z,10\n");
	my ($status, $said) = demo('--survey', $zoned, '--score', 's', '--date', 'at', '--timezone', 'Europe/Berlin');
	is($status, 0, 'dates with an offset: succeeds') or diag($said);
	like($said, qr/days begin at midnight in Europe\/Berlin\./, 'dates with an offset: says where days begin');
	is_deeply([ map { $_->{month} } grep { $_->{answers} } rows($said, 'month') ],
		[ '2023-12-01', '2024-07-01', '2024-08-01' ], 'dates with an offset: the months of Berlin');

	($status, $said) = demo('--survey', $zoned, '--score', 's', '--date', 'at');
	like($said, qr/days begin at midnight in UTC/, 'dates with an offset: UTC unless told otherwise');
	is_deeply([ map { $_->{month} } grep { $_->{answers} } rows($said, 'month') ],
		[ '2023-12-01', '2024-06-01', '2024-07-01' ], 'dates with an offset: the months of UTC');

	my $local = spew('local.csv', "at,s\n2024-01-01 00:00,9\n2024-01-15T23:59:59.5,3\n2024-01-10,3\n");
	($status, $said) = demo('--survey', $local, '--score', 's', '--date', 'at', '--timezone', 'Asia/Tokyo');
	like($said, qr/taken as they are, without --timezone Asia\/Tokyo/, 'local times: no time zone');
	is_deeply([ map { "$_->{week} $_->{nps}" } rows($said, 'week') ],
		[ '2024-01-01 100.0', '2024-01-08 -100.0', '2024-01-15 -100.0' ],
		'local times: by week');

	my %wrong = (
		'2024-02-30' => 'no such day', '01/02/2024' => 'ambiguous', '31.01.2024' => 'not ISO',
		'2024-01-31 25:00' => 'no such hour', 'infinity' => 'not a day', 'yesterday' => 'depends on today',
	);
	for my $date (sort keys %wrong)
	{
		my $file = spew('date.csv', "at,s\n2024-01-01,9\n$date,8\n");
		fails(qr/the date in row 3 of the column "at" is "\Q$date\E"/, "date $date ($wrong{$date})",
			'--survey', $file, '--score', 's', '--date', 'at');
	}
	fails(qr/some dates have an offset .* "2024-01-02T00:00Z" in row 3, "2024-01-01" in row 2/, 'dates with and without offset',
		'--survey', spew('mixed.csv', "at,s\n2024-01-01,9\n2024-01-02T00:00Z,8\n"), '--score', 's', '--date', 'at');
	fails(qr/unknown time zone.*Mars\/Base/, 'unknown time zone',
		'--survey', $zoned, '--score', 's', '--date', 'at', '--timezone', 'Mars/Base');
	fails(qr/the column "at" has no dates/, 'no dates',
		'--survey', spew('undated.csv', "at,s\n,9\n,8\n2024-01-01,11\n"), '--score', 's', '--date', 'at');
}

sub other_scale
{
	my @rows = map { my $month = $_; map { "2024-0$month-1$_,$_" } 1 .. 5 } 1 .. 6;
	my $file = spew('csat.csv', join("\n", 'at,s', @rows, ''));
	my ($status, $said) = demo('--survey', $file, '--score', 's', '--date', 'at', '--scale', '1..5');

	is($status, 0, 'scale 1..5: succeeds') or diag($said);
	is(first_row($said, 'answers', 'mean'), '30 0 100.0 3.00 50.0 40.0 24.6 57.7', 'scale 1..5: mean and top-box share');
	is_deeply([ map { "$_->{month} $_->{mean} $_->{'top %'} $_->{change} $_->{note}" } rows($said, 'month') ],
		[ '2024-01-01 3.00 40.0  ', map({ "2024-0$_-01 3.00 40.0 0.0 " } 2 .. 5), '2024-06-01 3.00 40.0 0.0 open' ],
		'scale 1..5: by month');

	($status, $said) = demo('--survey', $file, '--score', 's');
	like($said, qr/No answer is above 5: .* --scale 1\.\.5\./, 'a scale that looks wrong is pointed out');

	fails(qr/2 of 3 scores are no whole numbers from 0 to 10, such as "55" in row 2\nHINT: .*--scale 1\.\.5/, 'a scale that is wrong',
		'--survey', spew('hundred.csv', "s\n55\n7\n60\n"), '--score', 's');
}

sub odd_files
{
	my %odd = (
		'semicolons' => "note;s\n\"a;b\";9\nb;8\n",
		'tabs' => "note\ts\na\t9\nb\t8\n",
		'no line break at the end' => "s,note\n9,\n8,",
		'old Macintosh line breaks' => "s\r9\r8\r",
		'mixed line breaks' => "note,s\r\na,9\nb,8\r\n",
		'Windows-1252' => "note,s\ncaf\xE9,9\nb,8\n",
		'a header of two lines' => "\"no\nte\",s\na,9\nb,8\n",
		'a name with blanks' => "note, s \na,9\nb,8\n",
	);
	for my $kind (sort keys %odd)
	{
		my ($status, $said) = demo('--survey', spew('odd.csv', $odd{$kind}), '--score', 's');
		is(first_row($said, 'answers', 'promoters'), '2 0 100.0 1 1 0 50.0 59.4', "$kind: the NPS") or diag($said);
	}

	my ($status, $said) = demo('--survey', spew('one.csv', "s\n10\n"), '--score', 's');
	is($status, 0, 'one row: succeeds') or diag($said);
	is((rows($said, 'answers', 'promoters'))[0]{nps}, '100.0', 'one row: the NPS');

	# Until version 18, psql takes such a line for the end of the data.
	($status, $said) = demo('--survey', spew('dot.csv', "s\n9\n\\.\n8\n"), '--score', 's');
	like($said, qr/answers 2, missing 0, unusable 1\..*row 3: "\\\."/s, 'a line of backslash and full stop does not end the data');
}

sub unreadable_files
{
	my %file = (
		'an empty file' => [ '', qr/is empty/ ],
		'only line breaks' => [ "\n\n", qr/is empty/ ],
		'only a header' => [ "s,t\n", qr/has a header and no answers/ ],
		'a header without names' => [ ",\n1,2\n", qr/names no columns/ ],
		'no such column' => [ "score,\"When, then\"\n1,2\n", qr/has no column "s"\nHINT:  --score takes one of: "score", "When, then"\./ ],
		'a name twice' => [ "s,s\n1,2\n", qr/several columns of ".*unreadable\.csv" are called "s"/ ],
		'no answers' => [ "s,t\n,2\n,3\n", qr/the column "s" has no answers: it is empty in all 2 rows/ ],
		'too many cells' => [ "s,t\n1,2,3\n", qr/extra data after last expected column.*line 2.*could not be read as CSV/s ],
		'too few cells' => [ "s,t\n1,2\n1\n", qr/missing data.*line 3.*could not be read as CSV/s ],
		'an open quotation mark' => [ "s,t\n1,\"2\n", qr/unterminated CSV quoted field.*could not be read as CSV/s ],
		'an open quotation mark in the header' => [ "s,\"t\n1,2\n", qr/quotation mark that does not end/ ],
		'a spreadsheet' => [ "PK\x03\x04...", qr/is a spreadsheet or a zip file/ ],
		'UTF-16' => [ "\xFF\xFEs\0\n\0", qr/is UTF-16/ ],
		'broken gzip' => [ "\x1F\x8B\x08\x00broken", qr/could not be unpacked/ ],
	);
	for my $kind (sort keys %file)
	{
		my ($content, $message) = @{ $file{$kind} };
		fails($message, $kind, '--survey', spew('unreadable.csv', $content), '--score', 's');
	}
	fails(qr/There is no file "$dir\/nothing\.csv"/, 'no such file', '--survey', "$dir/nothing.csv", '--score', 's');
	fails(qr/is a directory/, 'a directory', '--survey', $dir, '--score', 's');
}

sub wrong_options
{
	fails(qr/There is no option "--bogus"/, 'unknown option', '--bogus');
	fails(qr/--score needs a value/, 'option without value', '--survey', 'x', '--score');
	fails(qr/Which column has the scores\?/, 'no --score', '--survey', 'x');
	fails(qr/Which file\?/, 'no --survey', '--score', 's');
	fails(qr/do not go with --survey/, '--keep with --survey', '--survey', 'x', '--score', 's', '--keep');
	fails(qr/--timezone and --as-of need files/, '--timezone without files', '--timezone', 'UTC');
	fails(qr/--color is always, never or auto, not "blue"/, 'unknown colour', '--color', 'blue');
	fails(qr/"5" is not a scale/, 'a scale of one number', '--survey', 'x', '--score', 's', '--scale', '5');
	fails(qr/has to begin with its lowest score/, 'a scale backwards', '--survey', 'x', '--score', 's', '--scale', '5..1');
	fails(qr/more than 101 scores/, 'a long scale', '--survey', 'x', '--score', 's', '--scale', '0..101');
	my ($status, $said) = demo('--help');
	is($status, 0, '--help succeeds');
	like($said, qr/--survey FILE\.csv --score COLUMN.*--date.*--segment.*--timezone.*--scale/s, '--help shows the options');
}

# Counted by hand from the files.
sub package_testdata
{
	my ($status, $said) = demo_of_set('nps_package_testdata', '--score', 'score', '--date', 'date') or return;

	is($status, 0, 'package test data: succeeds') or diag($said);
	is(join(' ', map { $_->{answers} } rows($said, 'score')), '74 10 22 35 40 140 41 57 119 227 235', 'package test data: the scores');
	is(first_row($said, 'answers', 'promoters'), '1000 0 100.0 462 176 362 10.0 5.6', 'package test data: the NPS');
	is_deeply([ map { "$_->{method} $_->{low} $_->{high}" } rows($said, 'method') ],
		[ 'adjusted_wald 4.4 15.6', 'score 4.4 15.5', 'wald 4.4 15.6' ], 'package test data: the intervals');
	is(join(' ', map { $_->{nps} } rows($said, 'month')), '24.7 6.3 9.4 2.4 15.3 7.3 21.4 11.8 3.7 3.5 9.8 3.6',
		'package test data: the months');
	is(scalar(grep { $_->{note} } rows($said, 'month')), 0, 'package test data: nothing significant, nothing open');
}

sub r_community
{
	my ($status, $said) = demo_of_set('nps_r_community', '--score', 'recommend_r', '--date', 'answered_at', '--segment', 'language')
	  or return;

	is($status, 0, 'R community: succeeds') or diag($said);
	is(join(' ', map { $_->{answers} } rows($said, 'score')), '0 9 6 15 23 61 82 254 694 787 3091', 'R community: the scores');
	is(first_row($said, 'answers', 'promoters'), '5022 78 98.5 3878 948 196 73.3 1.4', 'R community: the NPS');
	my @months = rows($said, 'month');
	is(scalar(@months), 14, 'R community: 14 months, empty ones included');
	is_deeply([ map { "$_->{month} $_->{answers} $_->{nps} $_->{note}" } grep { $_->{answers} } @months ],
		[ '2018-12-01 3017 72.1 ', '2019-01-01 1 100.0 ', '2019-12-01 1724 75.1 ', '2020-01-01 280 75.0 open' ],
		'R community: the months with answers');
}

# --------------------------------------------------------------------- helpers

sub demo_of_set
{
	my ($set, @arguments) = @_;
	my $file = ($ENV{RETENTION_DATA} // '') . "/sets/$set.csv.gz";

  SKIP:
	{
		skip("RETENTION_DATA names no directory with sets/$set.csv.gz", 1) if !-r $file;
		return demo('--survey', $file, @arguments);
	}
	return;
}
