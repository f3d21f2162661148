# Untyped parameters: what a driver sends as text without a type must reach the
# right function. pgbench binds its variables that way (libpq, type 0) in the
# extended and prepared protocols; every script divides by zero unless its answer is right.
#
# Run: prove test/t/untyped.pl, with PGHOST, PGPORT and PGUSER of a server on which
# the extension is installed, and its programs in PATH. Creates and drops a database.

use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $database = "retention_untyped_$$";
my $dir = tempdir(CLEANUP => 1);

my $created = system("createdb $database 2>$dir/createdb") == 0;
plan skip_all => 'no server to test on: ' . slurp("$dir/createdb") unless $created;
END { my $status = $?; system("dropdb $database") if $created; $? = $status }

sub slurp
{
	my ($path) = @_;
	local $/;
	open(my $file, '<', $path) or return '';
	return <$file> // '';
}

# Runs one statement through pgbench; returns its exit status and what it said.
sub bench
{
	my ($protocol, $statement, %variables) = @_;
	open(my $file, '>', "$dir/script") or die "cannot write $dir/script: $!";
	print $file "$statement;\n";
	close($file);

	my @command = ('pgbench', '-n', '-t', '2', '-M', $protocol, '-f', "$dir/script");
	push @command, '-D', "$_=$variables{$_}" foreach sort keys %variables;

	my $pid = fork() // die "cannot fork: $!";
	if ($pid == 0)
	{
		open(STDOUT, '>', "$dir/said") and open(STDERR, '>&', \*STDOUT) or exit 127;
		exec(@command, $database) or exit 127;
	}
	waitpid($pid, 0);
	return ($? >> 8, slurp("$dir/said"));
}

# The condition must hold; the pgbench variables appear in it as :name.
sub holds
{
	my ($condition, %variables) = @_;
	foreach my $protocol ('extended', 'prepared')
	{
		my ($status, $said) = bench($protocol, "SELECT 1 / (CASE WHEN $condition THEN 1 ELSE 0 END)", %variables);
		is($status, 0, "$protocol: $condition") or diag($said);
	}
}

# The statement must be refused with a message like the pattern.
sub refused
{
	my ($statement, $pattern, %variables) = @_;
	foreach my $protocol ('extended', 'prepared')
	{
		my ($status, $said) = bench($protocol, $statement, %variables);
		isnt($status, 0, "$protocol, refused: $statement");
		like($said, $pattern, "... and says why");
	}
}

is( system('psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-d', $database,
		'-c', 'CREATE EXTENSION retention',
		'-c', "ALTER DATABASE $database SET TimeZone = 'Pacific/Kiritimati'",
		'-c', 'CREATE TABLE answers AS SELECT 9 AS score, DATE \'2024-01-15\' AS day, 2.5 AS w'),
	0, 'a database with the extension, in a far zone');

# The method itself: a wrong answer must fail, or nothing below proves anything.
refused('SELECT 1 / (CASE WHEN :a = :b THEN 1 ELSE 0 END)', qr/division by zero/, a => 'x', b => 'y');

# An untyped time is a timestamptz, an untyped spec a period_spec.
holds("retention.period_start(:at, :spec) = DATE '2024-02-01'", at => '2024-01-31 23:30+00', spec => 'month Europe/Berlin');
holds("retention.period_end(:at, :spec) = DATE '2024-03-01'", at => '2024-01-31 23:30+00', spec => 'month Europe/Berlin');
holds("retention.period_index(:at, :spec) = 649", at => '2024-01-31 23:30+00', spec => 'month Europe/Berlin');
holds("retention.period_start(:at, :spec, :zone) = DATE '2024-02-01'", at => '2024-01-31 23:30+00', spec => 'month', zone => 'Europe/Berlin');
holds("retention.period_start(:at::date, :spec) = DATE '2024-01-01'", at => '2024-01-31', spec => 'month');
holds("retention.period_start(:at::timestamp, :spec) = DATE '2024-01-01'", at => '2024-01-31 23:30', spec => 'month');
holds("(SELECT retention.period_start(day, :spec) FROM answers) = DATE '2024-01-01'", spec => 'MONTH');
holds("(SELECT retention.period_start(day, :spec::text) FROM answers) = DATE '2024-01-01'", spec => 'month');
holds("(SELECT retention.period_start(day, :spec::varchar) FROM answers) = DATE '2024-01-01'", spec => 'month');
refused('SELECT retention.period_start(:at, :spec)', qr/zone/, at => '2024-01-31', spec => 'month');
refused('SELECT retention.period_start(:at::date, :spec, :zone)', qr/zone|timestamptz/, at => '2024-01-31', spec => 'month', zone => 'Europe/Berlin');
refused('SELECT retention.period_start(:at::date, :spec)', qr/day.*week.*month.*quarter.*year/s, at => '2024-01-31', spec => 'fortnight');

holds("retention.period_add(:day, :n, :spec) = DATE '2024-07-01'", day => '2024-03-15', n => 4, spec => 'month');
holds("retention.period_diff(:a, :b, :spec) = -2", a => '2024-03-15', b => '2024-01-31', spec => 'month');
holds("retention.periods(:unit, :zone, :week_start)::text = 'week Asia/Tokyo week_start=7'", unit => 'WEEK', zone => 'Asia/Tokyo', week_start => 7);
holds("retention.periods(:unit, brackets => :brackets)::text = 'day brackets=1,8'", unit => 'day', brackets => '{1,8}');

# Aggregates over a column, their other arguments bound.
holds("(SELECT retention.num_responses(retention.rating_agg(score, :low, :high)) FROM answers) = 1", low => 1, high => 10);
holds("(SELECT retention.weighted_responses(retention.nps_agg(score, :weight)) FROM answers) = 0.5", weight => '0.5');
holds("(SELECT retention.weighted_responses(retention.rating_agg(score, :low, :high, w)) FROM answers) = 2.5", low => 1, high => 10);
holds("(SELECT p.period_start FROM retention.period_summaries((SELECT retention.nps_series_agg(score, day, :spec) FROM answers)) AS p) = DATE '2024-01-15'", spec => 'week');
holds("(SELECT p.period_start FROM retention.period_summaries((SELECT retention.nps_series_agg(score, :at, :spec) FROM answers)) AS p) = DATE '2024-02-01'",
	at => '2024-01-31 23:30+00', spec => 'month Europe/Berlin');
holds("(SELECT count(*) FROM retention.period_summaries((SELECT retention.rating_series_agg(score, :low, :high, day, :spec) FROM answers))) = 1",
	low => 0, high => 10, spec => 'month');
refused('SELECT retention.nps_series_agg(score, day, :spec) FROM answers', qr/zone/, spec => 'month Europe/Berlin');
refused('SELECT retention.rating_agg(score, :low, :high) FROM answers', qr/9/, low => 1, high => 5);

# Accessors.
my $summary = '(SELECT retention.nps_agg(n % 11) FROM generate_series(1, 110) AS n)';
holds("(retention.nps_ci($summary, :confidence, :method)).ci_low < (retention.nps_ci($summary)).ci_low", confidence => '0.99', method => 'wald');
holds("(retention.nps_ci($summary, population => :population)).ci_low > (retention.nps_ci($summary)).ci_low", population => 200);
holds("retention.nps($summary, :detractor_max, :promoter_min) = retention.nps($summary)", detractor_max => 6, promoter_min => 9);
holds("retention.top_box_share($summary, :boxes) = retention.csat($summary)", boxes => 2);
holds("(retention.nps_test($summary, $summary, method => :method)).difference = 0", method => 'adjusted_wald');
holds("retention.nps_sample_size(:margin) = 1537", margin => 5);
holds("retention.nps_category(:score) IS NOT NULL", score => 9);
holds("round((retention.proportion_ci(:x, :n)).ci_high::numeric, 6) = 0.434482", x => 0, n => 5);
holds("(retention.proportion_test(:a, :b, :c, :d)).difference = 0.25", a => 2, b => 4, c => 1, d => 4);
holds("retention.proportion_sample_size(:margin, population => :population) = 278", margin => '0.05', population => 1000);
holds("(SELECT count(*) FROM retention.nps_series((SELECT retention.nps_series_agg(score, day, :spec) FROM answers), :as_of, trailing_periods => :trailing)) = 3",
	spec => 'month', as_of => '2024-03-31', trailing => 2);
refused("SELECT retention.nps_ci($summary, method => :method)", qr/wald.*adjusted_wald.*score/s, method => 'bootstrap');

# A stored summary comes back through its text form.
holds("retention.num_responses(:summary) = 1", summary => one_summary());
refused('SELECT retention.num_responses(:summary)', qr/rating_summary/, summary => substr(one_summary(), 0, -2));

sub one_summary
{
	my $text = `psql -qAtX -d $database -c 'SELECT retention.nps_agg(9)'`;
	chomp($text);
	return $text;
}

done_testing();
