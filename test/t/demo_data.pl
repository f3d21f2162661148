#!/usr/bin/perl
# demo_data.pl: `demo/run.sh --data` over CSV files, its errors, and --keep.
#
# Run: prove test/t/demo_data.pl, with PGHOST, PGPORT and PGUSER of a server on which the
# extension is installed, and its programs in PATH; `sh test/run.sh demo_data` brings one.
# The demonstration makes and drops its own databases there. The tests of real data need
# those that RETENTION_DATA names, and are skipped without them.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;
use lib dirname(dirname(abs_path($0))) . '/perl';
use Demo;

my $scorecard = slurp("$top/demo/scorecard.json");

all_files();
time_zones();
attributes_in_columns();
refused_rows();
wrong_files();
wrong_options();
empty_places();
ended_early();
kept_database();
kept_server();
wrong_sources();
real_data();
is(query('postgres', q{SELECT count(*) FROM pg_database WHERE datname LIKE 'retention\_demo\_%'}),
	'0', 'no database stays behind');
done_testing();

# ------------------------------------------------------------------ the tests

# Quotes, separators, line breaks, Japanese, all columns in another order, one not used.
sub all_files
{
	my $data = directory(
		'answers.csv' => "\xEF\xBB\xBFsegment,answered_at,score\r\n\"O'Brien; \"\"x\"\"\",2024-01-15,10\r\n\xE6\x9D\xB1\xE4\xBA\xAC,2024-02-10,0\r\n\xE6\x9D\xB1\xE4\xBA\xAC,2024-02-11,\r\n",
		'events.csv' => "customer_id;occurred_at;note\n\"a;1\";2024-01-05;x\n\"a;1\";2024-02-05;\n\xE7\x94\xB0\xE4\xB8\xAD;2024-01-06;\"two\nlines\"\n\xE7\x94\xB0\xE4\xB8\xAD;2024-03-31;\n",
		'subscriptions.csv' => "customer_id\tmrr\tstarted_on\tended_on\tproduct\na'1\t10.50\t2024-01-01\t2024-02-15\tA\na'1\t20\t2024-02-15\t\tB\nb\t5\t2024-01-10\t2024-03-01\t\nc\t0.000001\t2024-03-01\t\t\n",
		'leads.csv' => "lead_id,attributes\nL1,\"{\"\"title\"\": \"\"CEO\"\", \"\"employees\"\": 300}\"\nL2,\n\"\xE9\x88\xB4\xE6\x9C\xA8, 1\",\"{\"\"title\"\": \"\"Student\"\"}\"\n",
		'lead_events.csv' => "lead_id,event,occurred_at\nL1,demo_request,2024-03-01T00:00:00Z\nL2,page_view,2024-03-31T12:00:00+02:00\nL9,page_view,2024-03-31T12:00:00Z\n",
		'scorecard.json' => $scorecard,
		'notes.txt' => 'x');
	my ($status, $said, $numbers) = demo('--data', $data, '--report', "$dir/report.html");

	is($status, 0, 'all files: succeeds') or diag($said);
	like($said, qr/^"notes\.txt" is not read/m, 'all files: says what is not read');
	like($said, qr/^Reading events\.csv \.\.\. \d+ s$/m, 'all files: shows progress');
	is_deeply([ map { $_->{all} } rows($numbers, 'file', 'used') ],
		[ 'answers.csv 3 0 ', 'events.csv 4 0 columns that are not used: "note"', 'subscriptions.csv 4 0 ', 'leads.csv 3 0 ',
			'lead_events.csv 3 0 1 of leads that leads.csv does not have, which count nowhere' ],
		'all files: how many rows were used');
	is_deeply([ map { "$_->{month} $_->{answers} $_->{nps} $_->{note}" } rows($numbers, 'month', 'answers') ],
		[ '2024-01 1 100.0 ', '2024-02 1 -100.0 open' ], 'all files: NPS');
	is_deeply([ map { "$_->{cohort} $_->{0} $_->{1} $_->{2}" } rows($numbers, 'cohort', '2') ], [ '2024-01     2 100% 50% 50%' ],
		'all files: cohorts');
	is_deeply([ map { "$_->{month} $_->{start} $_->{new} $_->{expansion} $_->{churned} $_->{end} $_->{note}" } rows($numbers, 'month', 'expansion') ],
		[ '2024-01 0 15.5 0 0 15.5 ', '2024-02 15.5 0 9.5 0 25 ', '2024-03 25 0.000001 0 5 20.000001 open' ], 'all files: the bridge');
	is_deeply([ map { "$_->{month} $_->{customers} $_->{churned} $_->{'churn %'}" } rows($numbers, 'month', 'churn %') ],
		[ '2024-01 0 0 ', '2024-02 2 0 0.0', '2024-03 2 1 50.0' ], 'all files: churn');
	is_deeply([ map { $_->{lead} } grep { $_->{lead} ne '' } rows($numbers, 'lead', 'reasons') ],
		[ 'L1', 'L2', "\xE9\x88\xB4\xE6\x9C\xA8, 1" ], 'all files: leads');
	like($numbers, qr/product => 'product', as_of => '2024-03-01'\);/, 'all files: products, and a last day');
	like($numbers, qr/'answered_at',\n  dimensions => '\{segment\}', as_of => '2024-02-11'\);/, 'all files: segments, no time zone for dates');
	unlike($numbers, qr/Look at|Larkspur/, 'all files: nothing about the invented company');
	like(last_line($numbers), qr/^Next: README\.md/, 'all files: ends with what to do next');
}

sub time_zones
{
	# In Tokyo the first event is of February, in UTC of January.
	my $data = directory('events.csv' => "customer_id,occurred_at\na,2024-01-31T16:00:00Z\na,2024-03-05T00:00:00Z\n");
	my (undef, undef, $tokyo) = demo('--data', $data, '--timezone', 'Asia/Tokyo');
	like($tokyo, qr/timezone => 'Asia\/Tokyo', as_of => '2024-03-05'/, 'a time zone: in the statement');
	is_deeply([ map { $_->{cohort} } rows($tokyo, 'cohort', '0') ], ['2024-02     1'], 'a time zone: the month of Tokyo');
	my (undef, undef, $utc) = demo('--data', $data);
	is_deeply([ map { $_->{cohort} } rows($utc, 'cohort', '0') ], ['2024-01     1'], 'a time zone: UTC unless told otherwise');

	my ($status, $said, $numbers) = demo('--data', $data, '--as-of=2024-04-30');
	is($status, 0, '--as-of: succeeds') or diag($said);
	is_deeply([ map { "$_->{2} $_->{3}" } rows($numbers, 'cohort', '3') ], ['100% 0%'], '--as-of: until then');
}

sub attributes_in_columns
{
	my $data = directory(
		'leads.csv' => "lead_id,title,employees,zip\n1,CEO,300,007\n2,Student,,x\n",
		'scorecard.json' => '{"fit": [{"group": "g", "rules": [' . join(', ', map { "{\"rule\": \"$_->[0]\", \"when\": {\"attribute\": \"$_->[1]\", \"op\": \"$_->[2]\"$_->[3]}, \"points\": $_->[4]}" }
			[ 'text', 'title', 'eq', ', "value": "CEO"', 1 ], [ 'number', 'employees', 'ge', ', "value": 300', 2 ],
			[ 'leading zero is text', 'zip', 'eq', ', "value": "007"', 4 ], [ 'empty', 'employees', 'is_null', '', 8 ]) . ']}]}');
	my ($status, $said, $numbers) = demo('--data', $data);

	is($status, 0, 'attributes in columns: succeeds without events') or diag($said);
	like($numbers, qr/3 columns are attributes/, 'attributes in columns: how many');
	is_deeply([ map { "$_->{lead} $_->{score}" } grep { $_->{lead} ne '' } rows($numbers, 'lead', 'score') ], [ '2 8.0', '1 7.0' ],
		'attributes in columns: numbers, text and what is missing');
}

# Each is listed with its row and value, counted, and left out of the numbers.
sub refused_rows
{
	my $good = join('', map { "good,2024-01-0$_\n" } 1 .. 9);
	refused('events.csv', "customer_id,occurred_at\n$good,2024-01-01\nx,\nx,2024-02-30\nx,31.01.2024\n\"two\nlines\",yesterday\n", 9, 5,
		'row 11: customer_id is missing', 'row 12: occurred_at is missing',
		'row 13: occurred_at "2024-02-30" is no date such as 2024-01-31 or 2024-01-31T16:57:58Z', 'row 14: occurred_at "31.01.2024" is no date',
		'row 15: occurred_at "yesterday" is no date');
	refused('answers.csv', "score,answered_at\n9,2024-01-01\n10.0,2024-01-02\n11,2024-01-03\n7.5,2024-01-04\n8,\n8,2024-01-05\n", 4, 2,
		'row 4: score "11" is no whole number from 0 to 10', 'row 5: score "7.5" is no whole number', '1 without a date, which count in no month');
	refused('subscriptions.csv',
		"customer_id,started_on,ended_on,mrr\n" . join('', map { "c$_,2024-01-01,,1\n" } 1 .. 6)
		  . "a,2024-02-01,2024-01-01,1\nb,2024-01-01,,\"1,000\"\nc,2024-01-01,,0.0000001\nd,2024-01-01,,NaN\ne,2024-01-01,,\nf,2024-01-01,,\$5\n", 6, 6,
		'row 8: ended_on "2024-01-01" is before started_on, "2024-02-01"', 'row 9: mrr "1,000" is no amount such as 49 or 49.00',
		'row 10: mrr "0.0000001" has more than 6 decimals', 'row 11: mrr "NaN" is no amount', 'row 12: mrr is missing', 'row 13: mrr "$5" is no amount');
	refused('leads.csv', "lead_id,attributes\n1,{}\n2,{}\n3,\n1,{}\n4,\"[1]\"\n5,{\n", 3, 3,
		'row 5: lead_id "1" is the lead of row 2 as well', 'row 6: attributes "\[1\]" is no JSON object', 'row 7: attributes "\{" is no JSON object',
		'scorecard.json' => $scorecard);

	my $many = directory('events.csv' => "customer_id,occurred_at\n" . "a,2024-01-01\n" x 30 . "a,\n" x 25);
	my ($status, $said, $numbers) = demo('--data', $many);
	is($numbers =~ s/^  events\.csv, row \d+:/x/gm, 20, 'many refused rows: twenty are listed');
	like($numbers, qr/^  events\.csv: 5 more problems$/m, 'many refused rows: the others are counted');
}

sub refused
{
	my ($file, $content, $used, $refused, @rest) = @_;
	my @messages = grep { /^row|^\d+ without/ } @rest;
	my %others = @rest[ scalar(@messages) .. $#rest ];

	my ($status, $said, $numbers) = demo('--data', directory($file => $content, %others));
	is($status, 0, "refused rows of $file: succeeds") or diag($said);
	my ($row) = grep { $_->{file} eq $file } rows($numbers, 'file', 'used');
	is("$row->{used} $row->{refused}", "$used $refused", "refused rows of $file: counted");
	like($numbers, qr/$_/, "refused rows of $file: $_") for map { s/\$/\\\$/r } @messages;
}

sub wrong_files
{
	my @card = ('scorecard.json' => $scorecard);
	my @wrong = (
		[ qr/"events\.csv" has no column "customer_id"\nHINT:  Its first line names: "customer", "occurred_at"\./, 'a missing column',
			'events.csv' => "customer,occurred_at\na,2024-01-01\n" ],
		[ qr/"answers\.csv" has no column "answered_at"/, 'a missing date of answers', 'answers.csv' => "score\n9\n" ],
		[ qr/"subscriptions\.csv" has no column "ended_on"/, 'a missing end', 'subscriptions.csv' => "customer_id,started_on,mrr\na,2024-01-01,1\n" ],
		[ qr/several columns of "events\.csv" are called "customer_id"/, 'a column twice', 'events.csv' => "customer_id,customer_id,occurred_at\na,a,2024-01-01\n" ],
		[ qr/two columns of "leads\.csv" are called "x"/, 'an attribute twice', 'leads.csv' => "lead_id,x,x\n1,2,3\n", @card ],
		[ qr/The file ".*events\.csv" is empty/, 'an empty file', 'events.csv' => '' ],
		[ qr/"events\.csv" has a header and no rows/, 'only a header', 'events.csv' => "customer_id,occurred_at\n" ],
		[ qr/"answers\.csv" has a header and no rows/, 'only a header of answers', 'answers.csv' => "score,answered_at\n" ],
		[ qr/2 of 3 rows of "events\.csv" cannot be used, such as row 2: "occurred_at" "31\.01\.2024" is no date/, 'most rows cannot be used',
			'events.csv' => "customer_id,occurred_at\na,31.01.2024\na,30.01.2024\na,2024-01-01\n" ],
		[ qr/some dates have an offset from UTC and some have none: "2024-01-02T00:00Z" in row 3, "2024-01-01" in row 2/, 'offsets and none',
			'events.csv' => "customer_id,occurred_at\na,2024-01-01\na,2024-01-02T00:00Z\n" ],
		[ qr/line 3.*could not be read as CSV with 2 columns/s, 'too many cells', 'events.csv' => "customer_id,occurred_at\na,2024-01-01\na,2024-01-01,x\n" ],
		[ qr/is a spreadsheet/, 'a spreadsheet', 'events.csv' => "PK\x03\x04" ],
		[ qr/leads\.csv needs a scorecard\.json/, 'leads without a scorecard', 'leads.csv' => "lead_id\n1\n" ],
		[ qr/need leads\.csv/, 'events of no leads', 'lead_events.csv' => "lead_id,event,occurred_at\n1,x,2024-01-01\n" ],
		[ qr/"scorecard\.json" is no scorecard: .*fit/, 'a wrong scorecard', 'leads.csv' => "lead_id,x\n1,2\n", 'scorecard.json' => '{"fit": 1}' ],
		[ qr/"scorecard\.json" is no scorecard/, 'a scorecard that is no JSON', 'leads.csv' => "lead_id,x\n1,2\n", 'scorecard.json' => '{' ],
		[ qr/has none of the files/, 'no file', 'other.csv' => 'x' ],
	);
	for my $case (@wrong)
	{
		my ($message, $name, %files) = @$case;
		fails($message, $name, '--data', directory(%files));
	}
	fails(qr/There is no directory "$dir\/nothing"/, 'no directory', '--data', "$dir/nothing");

	# The header is looked at before anything is installed, built or started.
	local $ENV{PGHOST} = "$dir/no_server";
	fails(qr/^ERROR:  "events\.csv" has no column "occurred_at"\nHINT:  Its first line names: "customer_id", "at"\./, 'a missing column, without a server',
		'--data', directory('events.csv' => "customer_id,at\na,2024-01-01\n"));
	fails(qr/^ERROR:  "\Q$dir\E\/early\.csv" has no column "date"\nHINT:  --date takes one of: "score", "caf\xC3\xA9"\./, 'a missing column of a survey, without a server',
		'--survey', spew('early.csv', "score;\xA0caf\xE9\xA0\n1;2\n"), '--score', 'score', '--date', 'date');
}

sub wrong_options
{
	my $data = directory('events.csv' => "customer_id,occurred_at\na,2024-01-01T00:00Z\n");

	fails(qr/unknown time zone.*Mars\/Base/, 'unknown time zone', '--data', $data, '--timezone', 'Mars/Base');
	fails(qr/--as-of is a day such as 2024-01-31, not "today"/, 'a word as --as-of', '--data', $data, '--as-of', 'today');
	fails(qr/"2024-02-30"/, 'no such day as --as-of', '--data', $data, '--as-of', '2024-02-30');
	fails(qr/do not go with --survey/, '--data with --survey', '--data', $data, '--survey', 'x', '--score', 's');
	fails(qr/--survey FILE\.csv names it/, '--score with --data', '--data', $data, '--score', 's');
}

# Subscriptions of less than a year, leads of whom nothing is known.
sub empty_places
{
	my ($status, $said, $numbers) = demo('--data', directory('subscriptions.csv' => "customer_id,started_on,ended_on,mrr\na,2024-01-01,,1\n"));
	is($status, 0, 'less than a year: succeeds') or diag($said);
	like($numbers, qr/^6?.*Retention over a year.*Nothing yet\./ms, 'less than a year: says so');
}

# -------------------------------------------------------------------- --keep

# Whoever reads only the first lines ends the demonstration early.
sub ended_early
{
	my $data = directory('events.csv' => "customer_id,occurred_at\na,2024-01-01\n");
	like(run("sh '$top/demo/run.sh' --data '$data' | head -n 1"), qr/^What was read/m, 'ended early: begins');
	# Pipes are noticed when something is written to them.
	for (1 .. 600)
	{
		last if query('postgres', q{SELECT count(*) FROM pg_database WHERE datname LIKE 'retention\_demo\_%'}) == 0;
		sleep 1;
	}
	is(query('postgres', q{SELECT count(*) FROM pg_database WHERE datname LIKE 'retention\_demo\_%'}), '0', 'ended early: nothing stays behind');
}

sub kept_database
{
	my $data = directory('events.csv' => "customer_id,occurred_at\na,2024-01-01\na,2024-02-01\n");
	my ($status, $said, $numbers) = demo('--data', $data, '--keep');

	is($status, 0, '--keep: succeeds') or diag($said);
	my ($command, $database) = $numbers =~ /^  psql +(psql .* (retention_demo_\d+))$/m;
	is(run("$command -X -A -t -c 'SELECT count(*) FROM kpi.cohort_retention_monthly'"), "2\n", '--keep: the views are there');
	is(run("$command -X -A -t -c \"SELECT count(*) FROM pg_namespace WHERE nspname = 'reading'\""), "0\n", '--keep: and nothing of the way there');
	my ($drop) = $numbers =~ /^  to drop +(dropdb .*)$/m;
	is(run($drop), '', '--keep: the database can be dropped');
}

sub kept_server
{
  SKIP:
	{
		skip('PostgreSQL does not run as root', 1) if $> == 0;
		local $ENV{RETENTION_SERVER} = 'own';
		local $ENV{PG_CONFIG} = pg_config() or skip('there is no pg_config beside the programs of the server', 1);
		my $data = directory('events.csv' => "customer_id,occurred_at\na,2024-01-01\na,2024-02-01\n");
		my ($status, $said, $numbers) = demo('--data', $data, '--keep');

		is($status, 0, '--keep of a server: succeeds') or diag($said);
		my ($psql) = $numbers =~ /^  psql +(psql .*)$/m;
		my ($uri) = $numbers =~ /^  BI tools +(postgresql:\S+)$/m;
		my ($stop) = $numbers =~ /^  to stop +(.*)$/m;
		ok($psql && $uri && $stop, '--keep of a server: says how to reach and how to stop it') or diag($numbers);
		my $views = "-X -A -t -c 'SELECT count(*) FROM kpi.cohort_retention_monthly'";
		is(run("$psql $views"), "2\n", '--keep of a server: psql reaches it');
		is(run("psql '$uri' $views"), "2\n", '--keep of a server: BI tools reach it, with the password');
		like(run("psql '$uri' -X -c 'DELETE FROM events'"), qr/permission denied/, '--keep of a server: and change nothing');
		like(run("psql '" . ($uri =~ s/:[0-9a-f]+@/:wrong@/r) . "' $views"), qr/authentication failed/, '--keep of a server: not without the password');
		my ($place) = $stop =~ /rm -rf (\S+)$/;
		ok(-d $place, '--keep of a server: its directory is there');
		run($stop);
		ok(!-e $place, '--keep of a server: stopped and gone');
		like(run("psql '$uri' $views"), qr/refused/, '--keep of a server: and not reached any more');
	}
}

sub pg_config
{
	for my $path (map { "$_/pg_config" } split(/:/, $ENV{PATH}))
	{
		return $path if -x $path && -x dirname($path) . '/initdb';
	}
	return;
}

# ------------------------------------------------------------------ real data

sub wrong_sources
{
	like(run("sh '$top/demo/prepare.sh'"), qr/Two directories are needed/, 'prepare.sh: no directories');
	like(run("sh '$top/demo/prepare.sh' '$dir/nothing' '$dir/target'"), qr/There is no directory ".*nothing\/sets"/, 'prepare.sh: no such directory');
	my $data = directory();
	mkdir("$data/sets");
	like(run("sh '$top/demo/prepare.sh' '$data' '$dir/target'"), qr/has none of the data sets/, 'prepare.sh: nothing it knows');
	run("echo a,b | gzip >'$data/sets/nps_garden_retail.csv.gz'");
	like(run("sh '$top/demo/prepare.sh' '$data' '$dir/target'; echo status \$?"),
		qr/should begin with the columns respondent,.* but begins with a,b\.\nstatus 1/, 'prepare.sh: another file');
}

sub real_data
{
	my $source = $ENV{RETENTION_DATA} // '';
	my $data = "$dir/prepared";

  SKIP:
	{
		for my $file ('truth/cohort_online_retail_all_month.csv', 'truth/nps_by_group_dev.csv', 'truth/logit_metrics_dev.csv',
			map { "sets/$_.csv.gz" } qw(online_retail_orders nps_garden_retail x_education_leads))
		{
			skip("RETENTION_DATA names no directory with $file", 1) if !-r "$source/$file";
		}
		is(run("sh '$top/demo/prepare.sh' '$source' '$data'"), '', 'real data: prepared');
		my ($status, $said, $numbers) = demo('--data', $data, '--keep', '--report', "$dir/real.html");
		is($status, 0, 'real data: succeeds') or diag($said);
		is_deeply([ map { "$_->{file} $_->{used} $_->{refused}" } rows($numbers, 'file', 'used') ],
			[ 'answers.csv 13954 0', 'events.csv 22094 0', 'subscriptions.csv 13675 0', 'leads.csv 9191 0', 'lead_events.csv 43198 0' ],
			'real data: every row is used');
		my ($database) = $numbers =~ /dropdb .* (retention_demo_\d+)$/m;
		online_retail($database, $source, $numbers);
		garden_retail($database, $source, $numbers);
		x_education($database, $source);
		run("dropdb $database");
	}
}

sub online_retail
{
	my ($database, $source, $numbers) = @_;
	my @truth = truth("$source/truth/cohort_online_retail_all_month.csv");

	is(query($database, "SELECT to_char(cohort_start, 'YYYY-MM-DD'), period_number, cohort_size, retained FROM kpi.cohort_retention_monthly ORDER BY 1, 2"),
		join("\n", map { "$_->{cohort} $_->{k} $_->{size} $_->{active}" } @truth), 'Online Retail: the cohorts of the truth');
	my @shown;
	for my $row (rows($numbers, 'cohort', '11'))
	{
		my ($month) = split(/ /, $row->{cohort});
		push @shown, map { "$month $_ $row->{$_}" } grep { $row->{$_} =~ /%/ } 0 .. 11;
	}
	# The last month, December 2011, is open.
	my @expected = map { substr($_->{cohort}, 0, 7) . " $_->{k} " . sprintf('%.0f%%', 100 * $_->{active} / $_->{size}) }
	  grep { $_->{cohort} ge '2011-01' && $_->{k} + substr($_->{cohort}, 5, 2) < 12 } @truth;
	is_deeply(\@shown, \@expected, 'Online Retail: the cohorts that are printed');

	# What the orders of the file add up to, customer by customer and month by month.
	my %amount;
	open(my $orders, '-|', 'gzip', '-dc', "$source/sets/online_retail_orders.csv.gz") or die "cannot run gzip: $!";
	<$orders>;
	while (<$orders>)
	{
		my @order = split(/,/);
		$amount{ substr($order[2], 0, 7) }{ $order[1] } += sprintf('%.0f', 1000 * $order[6]);
	}
	close($orders) or die 'gzip failed';
	my @months;
	for my $month (sort keys %amount)
	{
		my @paying = grep { $_ > 0 } values %{ $amount{$month} };
		my $sum = 0;
		$sum += $_ for @paying;
		push @months, sprintf('%s %d %.3f', $month, scalar(@paying), $sum / 1000);
	}
	is(query($database, "SELECT to_char(period_start, 'YYYY-MM'), ending_customers, round(ending_mrr, 3) FROM kpi.mrr_bridge_monthly ORDER BY 1"),
		join("\n", @months), 'Online Retail: customers and revenue by month');
}

sub garden_retail
{
	my ($database, $source, $numbers) = @_;
	my @truth = sort { $a->{group} <=> $b->{group} } grep { $_->{group_by} eq 'month' && $_->{group} =~ /^[0-9]/ } truth("$source/truth/nps_by_group_dev.csv");

	is(scalar(@truth), 18, 'garden: the truth is whole');
	is(query($database, 'SELECT num_responses, detractors, passives, promoters, round(nps::numeric, 6) FROM kpi.nps_monthly ORDER BY period_start'),
		join("\n", map { sprintf('%d %d %d %d %.6f', @$_{qw(answers detractors passives promoters nps_100)}) } @truth),
		'garden: the months of the truth');
	is_deeply([ map { "$_->{answers} $_->{nps}" } rows($numbers, 'month', 'answers') ],
		[ map { sprintf('%d %.1f', $_->{answers}, $_->{nps_100}) } @truth ], 'garden: the months that are printed');
}

sub x_education
{
	my ($database, $source) = @_;
	my ($logit) = grep { $_->{model} eq 'leads_numeric' } truth("$source/truth/logit_metrics_dev.csv");

	is(query($database, 'SELECT count(*), count(score), sum((attributes ->> \'converted\')::integer) FROM kpi.lead_scores JOIN leads USING (lead_id)'),
		'9191 9191 ' . converted("$source/sets/x_education_leads.csv.gz"), 'X Education: every lead has a score, and who has converted');
	# The share of pairs of one who has converted and one who has not in which the first has the higher score.
	my $auc = query($database, <<'SQL');
WITH scored AS (
  SELECT score, attributes ->> 'converted' = '1' AS converted FROM kpi.lead_scores JOIN leads USING (lead_id)
), ranked AS (
  SELECT converted, (rank() OVER (ORDER BY score) + (count(*) OVER (PARTITION BY score) - 1) / 2.0) AS rank FROM scored
)
SELECT round((sum(rank) FILTER (WHERE converted) - p * (p + 1) / 2) / (p * n), 9)
FROM ranked, (SELECT count(*) FILTER (WHERE converted)::numeric AS p, count(*) FILTER (WHERE NOT converted)::numeric AS n FROM scored) AS counted
GROUP BY p, n
SQL
	is(query($database, "SELECT round(retention.auc(retention.roc_agg(score, attributes ->> 'converted' = '1'))::numeric, 9)
		FROM kpi.lead_scores JOIN leads USING (lead_id)"), $auc, 'X Education: AUC of the scores, by pairs');
	cmp_ok($auc, '>', $logit->{auc}, 'X Education: the scorecard is better than a regression on three numbers');
	is(query($database, 'SELECT count(*) FROM (SELECT lead_id, score FROM kpi.lead_scores) AS s
		JOIN (SELECT lead_id, sum(points) AS points FROM kpi.lead_score_explanations GROUP BY lead_id) AS e USING (lead_id)
		WHERE abs(score - points) > 1e-9'), '0', 'X Education: the explanations add up');
}

sub converted
{
	my ($file) = @_;
	my $sum = 0;
	open(my $leads, '-|', 'gzip', '-dc', $file) or die "cannot run gzip: $!";
	<$leads>;
	$sum += (split(/,/))[5] while <$leads>;
	close($leads) or die 'gzip failed';
	return $sum;
}

# --------------------------------------------------------------------- helpers

my $directories = 0;

# A new directory with these files.
sub directory
{
	my %files = @_;
	my $name = 'data' . ++$directories;

	mkdir("$dir/$name") or die "cannot make $dir/$name: $!";
	spew("$name/$_", $files{$_}) for keys %files;
	return "$dir/$name";
}

# What a command prints, errors included.
sub run
{
	my ($command) = @_;
	return scalar(qx{( $command ) 2>&1 </dev/null});
}

# The rows of a CSV file without quotation marks, each as a hash.
sub truth
{
	my ($path) = @_;
	my ($header, @lines) = split(/\n/, slurp($path));
	my @names = split(/,/, $header);
	return map { my %row; @row{@names} = split(/,/, $_, -1); \%row } @lines;
}
