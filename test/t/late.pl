# Nothing late, nothing endless: how much processor time a call takes after it is cancelled, wherever it is; memory
# of sets of rows, and their limit; values that are chosen to be slow. Names in brackets are those of the findings.
#
# Run: prove test/t/late.pl, as a user who may start servers, with PostgreSQL's programs in PATH.
#
# A call is cancelled when it has taken a part of the processor time that it takes in all, so that neither a
# busy machine nor a fast one changes where that is. The figures are printed (prove -v).

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Open2;
use Test::More;

my $test;
BEGIN { $test = dirname(dirname(abs_path(__FILE__))) }
use lib "$test/perl";
use TestServer;

plan skip_all => 'there is no /proc/PID/stat here' if !-r "/proc/$$/stat";

# The most processor time, in seconds, that a call may take after it was cancelled.
use constant LATEST => 1;
my $sessions = 0;
# How many clock ticks make a second.
my $ticks = do { no warnings 'exec'; my $said = `getconf CLK_TCK`; $said && $said =~ /^(\d+)/ ? $1 : 100 };

my $node = TestServer->start('late', 'max_parallel_workers_per_gather = 0', 'jit = off', 'work_mem = 1GB', 'autovacuum = off');
$node->database('l');
my $session = Session->new($node, 'l');

test_late();
test_max_rows();
test_memory_of_rows();
test_colliding_customers();
test_long_names();
test_one_large_customer();
test_cohorts_in_any_order();
$session->end;
done_testing();

# ------------------------------------------------------------------ cancelling

sub test_late
{
	$node->sql('l', <<'SQL');
CREATE TABLE large AS SELECT
  (SELECT retention.roc_agg(hashint4(n), n % 3 = 0) FROM generate_series(1, 1000000) AS n) AS roc,
  (SELECT retention.woe_agg(n, n % 3 = 0) FROM generate_series(1, 1000000) AS n) AS woe,
  (SELECT retention.nps_series_agg(n % 11, DATE '0001-01-01' + n, 'day') FROM generate_series(1, 1000000) AS n) AS series,
  (SELECT retention.retention_agg(n, DATE '0001-01-01' + n, 'day') FROM generate_series(1, 300000) AS n) AS retained,
  (SELECT retention.revenue_agg(n, DATE '0001-01-01' + n, DATE '0001-01-01' + n + 90, n, 'day') FROM generate_series(1, 150000) AS n) AS revenue,
  (SELECT array_agg(DATE '0001-01-01' + (hashint4(n) & 4194303)) FROM generate_series(1, 4000000) AS n) AS days;
SQL
	my @calls = (
		[ '[D5] woe_agg, texts', q{SELECT retention.woe_agg(md5(n::text), true) FROM generate_series(1, 2000000) AS n} ],
		[ '[D5] revenue_agg, one customer', q{SELECT retention.revenue_agg(1, DATE '2000-01-01' + hashint4(n) % 500000, DATE '5000-01-01' + hashint4(n) % 500000, n, 'day') FROM generate_series(1, 2000000) AS n} ],
		[ '[D5] revenue_agg, one customer with products', q{SELECT retention.revenue_agg(1, DATE '2000-01-01' + hashint4(n) % 500000, NULL, n, 'month', 'p' || n % 1000) FROM generate_series(1, 1000000) AS n} ],
		[ 'mrr_timeline_agg', q{SELECT retention.mrr_timeline_agg(DATE '2000-01-01' + hashint4(n) % 500000, NULL, n) FROM generate_series(1, 2000000) AS n} ],
		[ 'roc_agg', 'SELECT retention.roc_agg(hashint4(n), true) FROM generate_series(1, 2000000) AS n' ],
		[ 'retention_agg, a cohort a day', q{SELECT retention.retention_agg(n, DATE '0001-01-01' + (hashint4(n) & 1048575), 'day') FROM generate_series(1, 500000) AS n} ],
		[ 'date[] to activity_days', 'SELECT retention.active_days(days::retention.activity_days) FROM large' ],
		(map { [ "merge_agg of $_", "SELECT retention.merge_agg(s) FROM large, LATERAL (SELECT $_ AS s FROM generate_series(1, 2)) AS g" ] } qw(roc woe series retained revenue)),
		(map { my $type = { roc => 'roc_summary', woe => 'woe_summary', series => 'rating_series', retained => 'retention_summary', revenue => 'revenue_summary' }->{$_};
			[ "$type as text and back", "SELECT $_\::text::retention.$type IS NULL FROM large, generate_series(1, 2)" ] } qw(roc woe series retained revenue)),
		[ 'average_retention, a cohort a day', q{SELECT count(*) FROM retention.average_retention((SELECT retention.retention_agg(n, DATE '0001-01-01' + n, 'day') FROM generate_series(1, 60000) AS n))} ]);
	note('processor time: of the whole call, and after it was cancelled at parts of that');
	for my $call (@calls)
	{
		my ($name, $query) = @$call;
		my $whole = $session->seconds($query);
		my @late = map { $session->seconds_after_cancel($query, $_ * $whole) } $ENV{RETENTION_LONG} ? (0.3, 0.5, 0.7, 0.9) : 0.7;
		my $line = sprintf '%-50s %5.2f s: %s', $name, $whole, join ' ', map { defined ? sprintf '%.2f', $_ : 'ended' } @late;
		note($line);
		my ($worst) = sort { $b <=> $a } map { $_ // 0 } @late;
		cmp_ok($worst, '<', LATEST, "cancelled in time: $name") or diag($line);
	}
	return;
}

# ------------------------------------------------------------------------ rows

# Each function whose rows depend on dates: a far date gives an error that names max_rows, before any row is made.
sub test_max_rows
{
	my $retained = q{(SELECT retention.retention_agg(1, DATE '2024-01-01', 'day'))};
	my $revenue = q{(SELECT retention.revenue_agg(1, DATE '2024-01-01', NULL, 5, 'day'))};
	my $by_week = q{(SELECT retention.revenue_agg(1, DATE '2024-01-01', NULL, 5, 'week'))};
	my $cohorts = q{(SELECT retention.revenue_cohort_agg(t, 'day') FROM (SELECT retention.mrr_timeline_agg(DATE '2024-01-01' + n, NULL, 5) AS t FROM generate_series(0, 999) AS n GROUP BY n) AS c)};
	my $series = q{(SELECT retention.nps_series_agg(5, d, 'day') FROM (VALUES (DATE '2024-01-01'), ('5874897-12-31')) AS v (d))};
	my $respondents = $series =~ s/nps_series_agg\(/nps_respondents_agg(1, /r;
	my $far = "as_of => '5874897-12-31'";
	my %rows = (
		"period_summaries($series" => 2145023183,
		"period_summaries((SELECT retention.nps_series_agg(5, DATE '2024-01-01', 'day')), $far" => 2145023183,
		"nps_series($series" => 2145023183,
		"nps_respondent_series($respondents" => 2145023183,
		"cohort_retention($retained, $far" => 2145023183,
		"average_retention($retained, $far" => 2145023182,
		"lifecycle($retained, $far" => 2145023183,
		"revenue_bridge($revenue, $far" => 2145023183,
		"customer_churn($revenue, $far" => 2145023183,
		"trailing_retention($by_week, $far" => 306431831,
		"revenue_cohorts($cohorts, $far" => 2145023183 * 1000 - 999 * 1000 / 2);
	for my $call (sort keys %rows)
	{
		my ($name) = $call =~ /^(\w+)/;
		my ($seconds, $said) = $session->said("SELECT * FROM retention.$call) LIMIT 1");
		like($said, qr/54000: the result would have \d+ rows, more than max_rows, which is 10000000\nDETAIL:  It has a row for each .* to .*5874897-12-31\./, "[M6] $name: a far date is an error that says why");
		my ($rows) = $said =~ /would have (\d+) rows/;
		cmp_ok(abs(($rows // 0) - $rows{$call}), '<=', 1, "... with the number of rows");
		cmp_ok($seconds, '<', LATEST, '... before any row is made');
		like(($session->said("SELECT * FROM retention.$call, max_rows => 0)"))[1], qr/22023: max_rows must be at least 1, not 0/, '... and max_rows is checked');
	}
	for my $call ("cohort_retention($retained, as_of => '2024-01-10'", "lifecycle($retained, as_of => '2024-01-10'", "revenue_bridge($revenue, as_of => '2024-01-10'", "customer_churn($revenue, as_of => '2024-01-10'",
		"revenue_cohorts($cohorts, as_of => '2024-01-04'", "average_retention($retained, as_of => '2024-01-10'", "nps_series($series, as_of => '2024-01-10'")
	{
		my ($name) = $call =~ /^(\w+)/;
		my $rows = $node->sql('l', "SELECT count(*) FROM retention.$call)");
		is(join(' ', map { $node->sql('l', "SELECT count(*) FROM retention.$call, max_rows => $_)") } $rows, 'NULL'), "$rows $rows", "$name: as many rows as max_rows, and any number");
		like(($session->said("SELECT * FROM retention.$call, max_rows => @{[ $rows - 1 ]})"))[1], qr/54000: the result would have $rows rows, more than max_rows, which is @{[ $rows - 1 ]}\n/, '... and one more is an error');
	}
	is($node->sql('l', "SELECT count(*) FROM retention.period_summaries(NULL), retention.nps_series(NULL)"), 0, 'no series, no rows');
	return;
}

# What a row needs is freed with it.
sub test_memory_of_rows
{
	my %query = (
		'[M1] revenue_bridge' => q{SELECT count(*) FROM retention.revenue_bridge((SELECT retention.revenue_agg(1, DATE '2000-01-01', NULL, 12345.67, 'day')), as_of => DATE '2000-01-01' + 400000)},
		'[M1] trailing_retention' => q{SELECT count(*) FROM retention.trailing_retention((SELECT retention.revenue_agg(1, DATE '2000-01-01', NULL, 12345.67, 'week')), as_of => DATE '2000-01-01' + 7 * 500000)},
		'[M2] revenue_cohorts' => q{SELECT count(*) FROM retention.revenue_cohorts((SELECT retention.revenue_cohort_agg(t, 'day') FROM (SELECT retention.mrr_timeline_agg(DATE '2015-01-01' + n, NULL, 12345.67 + n) AS t FROM generate_series(0, 999) AS n GROUP BY n) AS c))},
		'period_summaries' => q{SELECT count(*) FROM retention.period_summaries((SELECT retention.nps_series_agg(5, d, 'day') FROM (VALUES (DATE '2000-01-01'), (DATE '2000-01-01' + 500000)) AS v (d)))},
		'mrr_movements' => q{SELECT count(*) FROM retention.mrr_movements((SELECT retention.mrr_timeline_agg(DATE '2000-01-01' + n, NULL, 12345.67) FROM generate_series(1, 300000) AS n), 'day')},
		'woe_table' => q{SELECT count(*) FROM retention.woe_table((SELECT retention.woe_agg(n, n % 3 = 0) FROM generate_series(1, 400000) AS n))});
	for my $name (sort keys %query)
	{
		my $one = Session->new($node, 'l');
		my $least = Session->new($node, 'l');
		# what the summary alone takes: the same without its rows
		(my $summary = $query{$name}) =~ s/^SELECT count\(\*\) FROM retention\.\w+\((\(SELECT .*\))(?:, as_of.*|, 'day')?\)$/SELECT length($1::text)/ or die "$query{$name}\n";
		$_->said("SET work_mem = '4MB'") for $one, $least;
		$least->said($summary);
		$one->said($query{$name});
		my $grown = $one->peak - $least->peak;
		note(sprintf '%-30s %.1f MB', $name, $grown);
		cmp_ok($grown, '<', 24, "$name: rows do not stay in memory");
		$_->end for $one, $least;
	}
	return;
}

# ---------------------------------------------------- values chosen to be slow

# Numbers whose MurmurHash3 finalizer is 1, 2, 3, ...: all in one slot of a table that uses it without a key.
sub colliding
{
	no warnings 'portable';
	my ($number) = @_;
	my $unshift = sub { my ($h) = @_; return $h ^ $h >> 33 };
	my $times = sub { use integer; my $product = $_[0] * $_[1]; no integer; return $product & 0xffffffffffffffff };
	my $h = $unshift->($number);
	$h = $unshift->($times->($h, 0x9cb4b2f8129337db));
	$h = $unshift->($times->($h, 0x4f74430c22a54005));
	return unpack 'q', pack 'Q', $h;
}

sub test_colliding_customers
{
	my $file = "$node->{dir}/colliding";
	TestServer::spew($file, join '', map { colliding($_) . "\n" } 1 .. 40_000);
	$node->sql('l', "CREATE TABLE colliding (n bigint); \\copy colliding FROM '$file'\nCREATE TABLE others AS SELECT row_number() OVER () AS n FROM colliding");
	for my $call ("retention.retention_agg(n, DATE '2024-01-01', 'month')", "retention.revenue_agg(n, DATE '2024-01-01', NULL, 1, 'month')")
	{
		my ($name) = $call =~ /(\w+)\(/;
		my ($chosen, $others) = map { $session->seconds("SELECT $call FROM $_") } qw(colliding others);
		note(sprintf '%s: %.2f s for 40000 chosen customers, %.2f s for others', $name, $chosen, $others);
		cmp_ok($chosen, '<', 0.2 + 5 * $others, "[D3] $name: customers cannot be chosen to collide");
	}
	return;
}

# A name counts once, in memory and in files.
sub test_long_names
{
	my $query = q{SELECT md5(retention.revenue_agg(n % %s, DATE '2000-01-01' + n % 7000, NULL, 1, 'month', repeat('x', %s) || n % %s)::text) FROM generate_series(1, 60000) AS n};
	for my $case ([ 1, 20000, 1 ], [ 3, 3, 500 ], [ 1, 5000, 3 ])
	{
		my $sql = sprintf $query =~ s/n % 7000/n %% 7000/r =~ s/n % %s/n %% %s/gr, @$case;
		my @results = map { $node->sql('l', "SET work_mem = '$_'; $sql") } '64kB', '1MB', '1GB';
		is(join(' ', @results[ 0, 1 ]), "$results[2] $results[2]", "[W1] the result does not depend on work_mem: @$case[1, 2]");
	}
	return;
}

# A file of one customer is read into memory, not written to more files.
sub test_one_large_customer
{
	my $written = sub { $node->sql('l', 'SELECT temp_bytes / 1048576.0 FROM pg_stat_database WHERE datname = current_database()') };
	my $before = $written->();
	$node->sql('l', q{SET work_mem = '1MB'; SELECT length(retention.revenue_agg(1, DATE '2000-01-01' + n % 7000, DATE '2000-01-01' + n % 7000 + 30, 1, 'month')::text) FROM (SELECT generate_series(1, 1000000) AS n) AS g; SELECT pg_stat_force_next_flush()});
	my $megabytes = $written->() - $before;
	note(sprintf 'one customer of a million lines at work_mem 1MB: %.0f MB of temporary files', $megabytes);
	cmp_ok($megabytes, '>', 1, '[M3] one customer with many lines goes to files');
	cmp_ok($megabytes, '<', 64, '... once');
	return;
}

sub test_cohorts_in_any_order
{
	my $query = q{SELECT md5(retention.retention_agg(n, DATE '0001-01-01' + d, 'day')::text) FROM (SELECT n, hashint4(n) & 8388607 AS d FROM generate_series(1, 150000) AS n %s) AS r};
	my ($any, $sorted) = map { sprintf $query, $_ } '', 'ORDER BY 2';
	is($node->sql('l', $any), $node->sql('l', $sorted), 'cohorts of 150000 days in any order');
	my ($seconds, $least) = map { $session->seconds($_) } $any, $sorted;
	note(sprintf '150000 cohorts: %.2f s in any order, %.2f s in theirs', $seconds, $least);
	cmp_ok($seconds, '<', 1 + 3 * $least, '... take about as long as in order');
	return;
}

# ------------------------------------------------------------------- a session

package Session;

use Time::HiRes qw(sleep);

# psql on a database, kept open.
sub new
{
	my ($class, $node, $database) = @_;
	local @ENV{qw(PGHOST PGPORT PGUSER)} = @$node{qw(host port user)};
	my $self = bless {}, $class;
	$self->{errors} = "$node->{dir}/session_" . ++$sessions;
	$self->{psql} = main::open2($self->{out}, $self->{in}, "psql -X -q -A -t -v VERBOSITY=verbose -d $database 2>$self->{errors}");
	$self->{in}->autoflush(1);
	$self->{backend} = $self->ask('SELECT pg_backend_pid()');
	return $self;
}

sub begin
{
	my ($self, $sql) = @_;
	open my $empty, '>', $self->{errors};
	print { $self->{in} } "$sql\n;\n\\echo the end\n";
	return;
}

# Waits until psql is through; what it printed.
sub answer
{
	my ($self) = @_;
	my $printed = '';
	my $out = $self->{out};
	while (my $line = <$out>)
	{
		return $printed if $line eq "the end\n";
		$printed .= $line;
	}
	die "the session ended\n";
}

sub ask
{
	my ($self, $sql) = @_;
	$self->begin($sql);
	my $answer = $self->answer;
	chomp $answer;
	return $answer;
}

# Processor time that the server's process has taken, in seconds.
sub taken
{
	my ($self) = @_;
	my ($rest) = TestServer::slurp("/proc/$self->{backend}/stat") =~ /.*\) (.*)/;
	my @fields = split ' ', $rest;
	return ($fields[11] + $fields[12]) / $ticks;
}

# Its peak of memory, in MB.
sub peak
{
	my ($self) = @_;
	return TestServer::slurp("/proc/$self->{backend}/status") =~ /VmHWM:\s+(\d+)/ ? $1 / 1024 : die "no VmHWM\n";
}

# A query whose rows are made, but not sent.
sub counted
{
	my ($sql) = @_;
	return "SELECT count(result) FROM ($sql) AS result";
}

# Runs a statement: its processor time, and what psql said besides its result.
sub said
{
	my ($self, $sql) = @_;
	my $before = $self->taken;
	$self->ask($sql =~ /^SELECT/ ? counted($sql) : $sql);
	return ($self->taken - $before, TestServer::slurp($self->{errors}));
}

sub seconds
{
	my ($self, $sql) = @_;
	my ($seconds, $said) = $self->said($sql);
	die "$said$sql\n" if $said ne '';
	return $seconds;
}

# Runs a query and cancels it when it has taken so much processor time: how much more it
# took from there to its end; undef if it ended before.
sub seconds_after_cancel
{
	my ($self, $sql, $when) = @_;
	my $begun = $self->taken;
	$self->begin(counted($sql));
	my $out = '';
	vec($out, fileno($self->{out}), 1) = 1;
	while ($self->taken - $begun < $when)
	{
		return $self->answer && undef if select my $ready = $out, undef, undef, 0.01;
	}
	my $cancelled = $self->taken;
	kill 'INT', $self->{backend};
	$self->answer;
	my $late = $self->taken - $cancelled;
	my $said = TestServer::slurp($self->{errors});
	return if $said eq '';
	die $said if $said !~ /57014/;
	return $late;
}

sub end
{
	my ($self) = @_;
	close $self->{in};
	waitpid $self->{psql}, 0;
	return;
}
