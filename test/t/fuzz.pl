# Calls every function, aggregate, operator and cast of the extension with random and
# extreme arguments. An error is a fine answer. A crash, an internal error (SQLSTATE
# XX...), a lack of memory or a call that takes much processor time is not; the statement is
# printed. Then each is called with valid arguments until it succeeds.
#
# Run: prove test/t/fuzz.pl, with PGHOST, PGPORT and PGUSER of a server on which the
# extension is installed, and its programs in PATH. Creates and drops a database.
#
#   SEED=4711          other calls than those of SEED=1, which is the default; what fails prints its seed
#   SEED=random        a seed from the clock
#   FUZZ_CALLS=1000000 how many calls, 100000 without it
#   FUZZ_KEEP=1        keeps the database and the statements
#   FUZZ_VALID=100     calls each with valid arguments that often, and prints how many succeed
#
# What is called comes from the catalog, so a new function needs no line here unless it
# has arguments of a new type (see %extreme, %tame and %valid), is particular about one of them
# (%valid_named) or changes the catalog (%creating). A new stored type needs values to start
# from (@types, %makers).
# What only the functions for views and the report call is reached through them. Statements are written one a
# line into files that psql runs: a message of psql names the line.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $source;
BEGIN { $source = abs_path(dirname(__FILE__) . '/../..') }
use lib "$source/test/perl";
use TestServer;
use RandomTexts;
use ProcessorTime qw(has_processor_time processor_time_query late);

my $seed = $ENV{SEED} // 1;
$seed = time() % 1_000_000 if $seed eq 'random';
my $num_calls = $ENV{FUZZ_CALLS} // 100_000;
my $calls_per_file = 2000;
my $calls_per_measure = 20;
my $slow = 5;    # seconds of processor time, after which a call is cancelled
my $latest = 1;    # seconds of processor time, within which it must end then
my $max_valid_calls = 1000;    # far more than it takes: the arguments are made to be valid
my $undone = 'FZ000';    # the error that undoes a call that succeeded

my $dir = tempdir(CLEANUP => !$ENV{FUZZ_KEEP});
srand($seed);      # behind tempdir(), whose names are random, too
my $database = "retention_fuzz_$$";
my $created = system("createdb $database 2>$dir/createdb") == 0;
plan skip_all => 'no server to test on: ' . slurp("$dir/createdb") unless $created;
my $node = TestServer->given;
END
{
	my $status = $?;
	diag("SEED=$seed FUZZ_CALLS=$num_calls") if $created && ($status || !Test::More->builder->is_passing || $ENV{FUZZ_KEEP});
	system("dropdb --force $database") if $created && !$ENV{FUZZ_KEEP};
	$? = $status;
}

# ---------------------------------------------------------------------- helpers

sub slurp
{
	my ($path) = @_;
	local $/;
	open(my $file, '<', $path) or return '';
	return <$file> // '';
}

sub query
{
	my ($sql) = @_;
	open(my $psql, '-|', 'psql', '-qAtX', '-F', "\t", '-v', 'ON_ERROR_STOP=1', '-d', $database, '-c', $sql)
	  or die "cannot run psql: $!";
	chomp(my @lines = <$psql>);
	close($psql) or die "psql failed: $sql";
	return map { [ split /\t/, $_, -1 ] } @lines;
}

# Whether the call that is made now must have valid arguments; else a share of calls has tame ones.
my $must_be_valid = 0;
sub is_tame { my ($share) = @_; return $must_be_valid || chance($share) }

# ------------------------------------------------------------- stored values

my %pool;    # type -> how many values its table has

sub pool_value
{
	my ($type) = @_;
	return "(SELECT v FROM fuzz.$type WHERE i = " . between(1, $pool{$type}) . ')';
}

# Bytes of a value with some changed, which mostly is no value any more.
my %bytes;    # type -> hexadecimal texts

sub mutated
{
	my ($type) = @_;
	my $bytes = pack('H*', one_of(@{ $bytes{$type} }));
	return $bytes if $must_be_valid;
	for (1 .. between(1, 3))
	{
		my $at = int(rand(length($bytes)));
		my $what = int(rand(6));
		if ($what == 0) { substr($bytes, $at, 1) = chr(ord(substr($bytes, $at, 1)) ^ (1 << int(rand(8)))) }
		elsif ($what == 1) { substr($bytes, $at, 1) = chr(one_of(0, 1, 0x7F, 0x80, 0xFF, int(rand(256)))) }
		elsif ($what == 2) { substr($bytes, $at) = '' if length($bytes) > 4 && $at >= 4 }
		elsif ($what == 3) { $bytes .= chr(int(rand(256))) x between(1, 9) }
		elsif ($what == 4) { substr($bytes, $at, 0) = chr(int(rand(256))) }
		else { substr($bytes, $at, 4) = pack('V', one_of(0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)) if $at + 4 <= length($bytes) }
		last if $bytes eq '';
	}
	return $bytes;
}

# The text form: of most types hexadecimal.
sub text_form
{
	my ($type) = @_;
	return quoted(is_tame(0.5) ? one_of(@specs) : one_of(@odd_specs)) if $type eq 'period_spec';
	return quoted(card_text(0)) if $must_be_valid && $type eq 'scorecard';
	return chance(0.1) ? odd_text() : quoted(chance(0.5) ? card_text(chance(0.7)) : one_of(@odd_json)) if $type eq 'scorecard';
	return odd_text() if !$must_be_valid && chance(0.1);
	return "'\\x" . unpack('H*', chance(0.2) ? pack('H*', one_of(@{ $bytes{$type} })) : mutated($type)) . "'";
}

# -------------------------------------------------------------------- arguments

my @dates = ('-infinity', 'infinity', '4714-11-24 BC', '4713-01-01 BC', '5874897-12-31', '0001-01-01', '1969-12-31',
	'1970-01-01', '2000-02-29', '2024-02-29', '2023-12-31', '294276-12-31');
my @times = ('-infinity', 'infinity', '4714-11-24 00:00:00 BC', '294276-12-31 23:59:59.999999', '0001-01-01 00:00',
	'2024-03-31 01:59:59.999999', '2024-10-27 02:30', '1970-01-01', '2000-01-01 00:00:00.000001', '1945-05-08 12:00', '1883-11-18 12:00');

sub literal { my @values = @_; return sub { return quoted(one_of(@values)) } }
sub tame_date { return sprintf("DATE '2024-01-01' + %d", between(0, 800)) }

# What may well be wrong.
my %extreme = (
	'boolean'          => sub { one_of('true', 'false') },
	'smallint'         => sub { one_of(0, 1, 2, 5, 7, 10, 11, -1, 100, 32767, '(-32768)') },
	'integer'          => sub { one_of(0, 1, 2, 5, 10, 11, 100, 101, -1, 1000, 1001, 1000000, 2147483647, '(-2147483648)', '(-2147483647)', between(-20, 20)) },
	'bigint'           => sub { one_of(0, 1, 2, 10, -1, 1000, 2147483648, '9223372036854775807', '(-9223372036854775808)', '(-9223372036854775807)', between(-20, 20)) },
	'double precision' => sub { one_of("'NaN'", "'Infinity'", "'-Infinity'", 0, "'-0'", 1, 0.5, 0.95, 0.999999999999, -1, 2, 10, 1e308, -1e308, 5e-324, 1e-300, 1e15, '9007199254740993', rand(), between(-20, 20)) },
	'numeric'          => sub { one_of("'NaN'", "'Infinity'", "'-Infinity'", 0, 1, -1, 0.000001, 0.0000001, '99999999999999999999999999999999.999999', '99999999999999999999999999999999.9999999', '1e131071', '1e-16383', "repeat('9', 3000)", between(-1000, 100000) / 100) },
	'text'             => \&odd_text,
	'character varying' => \&odd_text,
	'cstring'          => \&odd_text,
	'uuid'             => sub { one_of("'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", sprintf("'%08x-0000-0000-0000-%012x'", rand(2**32), rand(2**32))) },
	'date'             => sub { chance(0.5) ? quoted(one_of(@dates)) : tame_date() },
	'timestamp without time zone' => sub { chance(0.7) ? quoted(one_of(@times)) : '(' . tame_date() . ')' },
	'timestamp with time zone'    => sub { chance(0.7) ? quoted(one_of(@times) =~ s/^([^B]*\d)$/$1+00/r) : "(" . tame_date() . ") AT TIME ZONE 'UTC'" },
	'interval'         => literal('0', '1 month', '1 year', '-1 day', '1 day', '1 microsecond', '178000000 years', '-178000000 years', '1 month -31 days', '10000000 days', '1 year 00:00:00.000001', '30 days'),
	'bytea'            => literal('', '\x00', '\x01020304', '\xffffffff'),
	'json'             => sub { quoted(chance(0.5) ? card_text(chance(0.6)) : one_of(@odd_json)) },
	'jsonb'            => sub { quoted(chance(0.4) ? card_text(chance(0.6)) : attributes_text()) },
	'integer[]'        => sub { one_of("'{}'", "'{1,8,15,31}'", "'{1,NULL}'", "'{{1,2},{3,4}}'", "'{0}'", "'{2147483647}'", "'[5:6]={1,2}'", 'ARRAY(SELECT g FROM generate_series(1, 1000) g)', 'ARRAY(SELECT g FROM generate_series(1, 100000) g)') },
	'double precision[]' => sub { one_of("'{}'", "'{1}'", "'{1,2}'", "'{0,0,0}'", "'{NULL}'", "'{NaN,1}'", "'{Infinity,1}'", "'{{1,2},{3,4}}'", "'{1e308,-1e308}'", "'{5e-324}'", "'[0:1]={1,2}'", 'array_fill(0.5, ARRAY[1000])', 'array_fill(1, ARRAY[1001])', 'array_fill(1, ARRAY[100000])') },
	'text[]'           => sub { one_of("'{}'", "'{a}'", "'{a,b}'", "'{a,a}'", "'{NULL}'", "'{\"\"}'", "'{(intercept)}'", "ARRAY[repeat('x', 100000)]", "array_fill('x'::text, ARRAY[100000])") },
	'date[]'           => sub { one_of("'{}'", "'{2024-01-01}'", "'{NULL,2024-01-01}'", "'{infinity}'", "'{{2024-01-01},{2024-01-03}}'", "'{4714-11-24 BC,5874897-12-31}'", "ARRAY(SELECT DATE '2000-01-01' + g * 37 % 100000 FROM generate_series(1, 100000) g)") },
	'datemultirange'   => literal('{}', '{(,)}', '{[2024-01-01,2024-02-01)}', '{[2024-01-01,)}', '{(,2024-01-01)}', '{[2024-01-01,2024-01-02),[2024-03-01,2024-03-05)}', '{[4714-11-24 BC,5874897-12-31)}', '{[-infinity,infinity]}'),
);

$extreme{regclass} = literal(map { "fuzz.$_" } qw(answers leads events scored scorecard mrr_timeline_i_seq));
$extreme{name} = literal(qw(at score country lead_id attributes event customer mrr i v ctid qualified), '', 'x' x 70, "\xc3\xa4");
$extreme{'name[]'} = literal('{}', '{country}', '{country,score}', '{country,country}', '{NULL}', '{nothing}', '{at}', '{{country},{score}}');

# What a user would give. In a series it may depend on the number of the row, g.
my %tame = (
	'boolean'          => sub { $_[0] ? one_of('g % 3 = 0', 'g % 2 = 1', 'g <> 5') : one_of('true', 'false') },
	'smallint'         => sub { $_[0] ? 'g % ' . one_of(6, 8, 11) : between(0, 10) },
	'integer'          => sub { $_[0] ? 'g % ' . one_of(6, 8, 11) : between(0, 10) },
	'bigint'           => sub { $_[0] ? one_of('g', 'g % 100', 'g % 2', 'g * 7919 % 100003') : between(0, 2) },
	'double precision' => sub { $_[0] ? one_of('g % 11', '(g % 10 + 1) / 10.0', 'g % 3', '(g * 7919 % 1000) / 999.0') : one_of(0, 1, 0.95, 0.5, 0.05, 2, 3, 5, 10, 100) },
	'numeric'          => sub { $_[0] ? one_of('g', '(g % 50) / 10.0', '100 - g % 120') : between(0, 100000) / 100 },
	'text'             => sub { $_[0] ? one_of("(g % 50)::text", "'c' || g", "chr(97 + g % 5)", "(ARRAY['v', 'w', 'x'])[1 + g % 3]") : quoted(one_of(@names, 'a', 'v', 'w')) },
	'uuid'             => sub { $_[0] ? "md5((g % 70)::text)" : "md5('a')" },
	'date'             => sub { $_[0] ? one_of("DATE '2024-01-01' + (g * 13 % 700)::integer", "DATE '2023-01-01' + g::integer", "DATE '2025-12-01' + (g % 3)::integer") : tame_date() },
	'timestamp without time zone' => sub { $_[0] ? "TIMESTAMP '2024-01-01' + g % 5000 * interval '1 hour'" : '(' . tame_date() . ') + time \'12:34\'' },
	'timestamp with time zone'    => sub { $_[0] ? "TIMESTAMPTZ '2024-01-01 00:00+00' + g % 5000 * interval '1 hour'" : '(' . tame_date() . ') + time \'12:34\' AT TIME ZONE \'UTC\'' },
	'interval'         => literal('1 month', '1 year', '3 months', '30 days'),
	'double precision[]' => sub { $_[0] ? one_of('ARRAY[g % 7, g % 5]', 'ARRAY[g % 2]', 'ARRAY[g * 7919 % 101, g % 3, 1.0 / (1 + g % 9)]') : one_of("'{1}'", "'{1,2}'", "'{1,2,3}'") },
	'text[]'           => literal('{a,b}', '{a}', '{a,b,c}'),
	'integer[]'        => literal('{1,8,15,31}'),
	'date[]'           => literal('{2024-01-01,2024-02-01}', '{}'),
	'jsonb'            => sub { quoted('{"title": "CEO", "a": {"b": 2}, "n": 5}') },
);

# An argument of a type. With $row it is for a row of a series.
sub argument
{
	my ($type, $name, $is_tame, $row) = @_;
	my ($own) = $type =~ /^retention\.(\w+)$/;
	return '(' . (valid_value($type, $name, $row) // return undef) . ")::$type" if $must_be_valid;
	return "NULL::$type" if chance($is_tame ? 0.03 : 0.1);
	my $value;
	if ($own)
	{
		$value = $own eq 'period_spec' && chance(0.7) ? quoted($is_tame || chance(0.7) ? one_of(@specs) : one_of(@odd_specs))
		  : $own eq 'scorecard' && chance(0.3) ? quoted(card_text(!$is_tame && chance(0.3)))
		  : $is_tame || chance(0.8) ? ($row && chance(0.7) ? "(SELECT v FROM fuzz.$own WHERE i = 1 + g % $pool{$own})" : pool_value($own))
		  : text_form($own);
	}
	elsif ($type eq 'cstring') { return "CAST(NULL AS cstring)" if chance(0.02); $value = odd_text() }
	elsif ($type =~ /^(text|character varying)$/ && exists $words{$name} && chance($is_tame ? 1 : 0.7)) { $value = quoted(one_of(@{ $words{$name} })) }
	else
	{
		my $generator = $is_tame ? $tame{$type} // $extreme{$type} : $extreme{$type};
		return undef unless defined $generator;
		$value = $generator->($row);
	}
	return "($value)::$type";
}

# -------------------------------------------------------------- valid arguments

# What every function accepts: by the name of an argument, else by its type. In a series it may depend on g. Of
# %words it is the first.
my $share = sub { one_of(0.05, 0.2, 0.5) };
my $score = sub { $_[0] ? '1 + g % 5' : between(1, 5) };
my $day = sub { "DATE '2024-01-01' + " . ($_[0] ? '(g * 13 % 700)::integer' : between(0, 700)) };
my %valid_named = (
	score      => $score,
	weight     => sub { $_[0] ? '0.5 + g % 2' : 0.5 },
	outcome    => sub { $_[0] ? ($_[1] eq 'boolean' ? 'g % 2 = 0' : 'g % 2') : one_of($_[1] eq 'boolean' ? qw(true false) : (0, 1)) },
	confidence => sub { one_of(0.8, 0.95, 0.99) },
	n          => sub { $_[0] ? '1 + g % 5' : between(10, 20) },
	scale_min  => sub { 0 },
	scale_max  => sub { 10 },
	boxes      => sub { 2 },
	before     => $score,
	after      => $score,
	n1         => sub { between(10, 20) },
	n2         => sub { between(10, 20) },
	margin_points => sub { between(1, 10) },
	population => sub { between(1000, 2000) },
	detractor_max => sub { between(2, 6) },
	promoter_min => sub { between(7, 9) },
	started_on => $day,
	from_day   => $day,
	ended_on   => sub { $day->(@_) . ' + 701' },
	to_day     => sub { $day->(@_) . ' + 701' },
	cohort_day => sub { "DATE '2023-12-01'" },
	as_of      => sub { "DATE '2026-06-01' + " . between(0, 30) },
	card       => sub { quoted(card_text(0)) },
	event      => sub { $_[0] ? "chr(118 + (g % 4)::integer)" : quoted(one_of(qw(v w x y))) },
	churn_rate => sub { one_of(0.3, 0.5) },
	churn_reduction => sub { one_of(0.01, 0.1) },
	concepts   => sub { "'{survey}'" },
	brackets   => sub { "'{1,8,15,31}'" },
);
my %valid = (
	'boolean'          => sub { $_[0] ? 'g % 3 = 0' : one_of('true', 'false') },
	'smallint'         => $score,
	'integer'          => $score,
	'bigint'           => $score,
	'double precision' => $share,
	'numeric'          => sub { $_[0] ? '1 + g % 50' : between(100, 200) },
	'text'             => sub { $_[0] ? '(g % 50)::text' : "'a'" },
	'uuid'             => sub { $_[0] ? 'md5((g % 70)::text)' : "md5('a')" },
	'date'             => $day,
	'timestamp without time zone' => sub { '(' . $day->(@_) . ") + TIME '12:34'" },
	'timestamp with time zone'    => sub { '((' . $day->(@_) . ") + TIME '12:34') AT TIME ZONE 'UTC'" },
	'interval'         => literal('1 month', '1 year', '3 months'),
	'double precision[]' => sub { $_[0] ? 'ARRAY[g % 7]' : "'{1}'" },
	'text[]'           => sub { "'{a}'" },
	'date[]'           => literal('{2024-01-01,2024-02-01}', '{}'),
	'datemultirange'   => literal('{}', '{[2024-01-01,2024-02-01)}'),
	'json'             => sub { quoted(card_text(0)) },
	'jsonb'            => sub { quoted('{"title": "CEO", "a": {"b": 2}, "n": 5}') },
);
my @valid_specs = qw(day week month quarter year);

# Whether the periods of the call that is made must name a time zone.
my $takes_zone;
# Functions that take a value of a type only if a certain aggregate made it, and such a value.
my %valid_value_for = (
	csat_respondent_series => "(SELECT retention.csat_respondents_agg(g % 7, g % 11, 0, 10, 3, DATE '2024-01-01' + g, 'month') FROM generate_series(1, 100) g)",
	rating_respondent_series => "(SELECT retention.rating_respondents_agg(g % 7, g % 11, 0, 10, DATE '2024-01-01' + g, 'month') FROM generate_series(1, 100) g)",
	nps_paired_test => '(SELECT retention.nps_paired_agg(g % 11, g % 7) FROM generate_series(1, 100) g)');
my $made_value;    # the one for the call that is made, if it needs one

sub valid_value
{
	my ($type, $name, $row) = @_;
	my ($own) = $type =~ /^retention\.(\w+)$/;
	$type = 'text' if $type eq 'character varying';
	return quoted(one_of(@valid_specs) . ($takes_zone ? one_of(' Asia/Tokyo', ' Europe/Berlin') : '')) if ($own // $name) eq 'period_spec';
	# the first value of a type is an ordinary one, and values of several types fit each other
	return $made_value // "(SELECT v FROM fuzz.$own WHERE i = 1)" if defined $own;
	return quoted($words{$name}[0]) if $type eq 'text' && exists $words{$name};
	return ($valid_named{$name} // $valid{$type} // return undef)->($row, $type);
}

# The first argument of a function that adds a row to a state, or removes one: what it makes of the same row.
sub state_with_row
{
	my ($routine, @row) = @_;
	my ($type) = split(/;/, $routine->{types});
	my %adds = (
		rating_remove        => [ 'nps_accum', 'rating_accum' ],
		nps_paired_remove    => [ 'nps_paired_accum' ],
		rating_counts_remove => [ undef, 'nps_counts_accum', undef, 'rating_counts_accum' ],
	);
	my $adds = $adds{ $routine->{name} };
	my $add = !$adds ? $routine->{name} : $adds->[ @row - 1 ] // $adds->[-1];
	return "retention.$add(" . join(', ', "NULL::$type", @row) . ')';
}

# ------------------------------------------------------------ what can be called

# Calls that are long by what they are asked for: a row for each day of the calendar.
my $long_by_contract = qr/(nps_series|(?:nps|csat|rating)_respondent_series|period_summaries|cohort_retention|lifecycle|revenue_bridge|trailing_retention|customer_churn|revenue_cohorts|mrr_movements|average_retention|active_dates|datemultirange)/;

# A scale that answers may fit, where a function has one: the arguments behind the score.
sub fit_scale
{
	my ($routine, $arguments) = @_;
	return unless $routine->{name} =~ /^(?:rating|csat)_/ && $routine->{types} =~ /(?:smallint|integer|double precision);integer;integer/;
	my $first = () = substr($routine->{types}, 0, $-[0]) =~ /;/g;
	@$arguments[ $first + 1, $first + 2 ] = ('0', '10');
}

sub call_of_function
{
	my ($routine) = @_;
	my $is_tame = is_tame(0.4);
	my @arguments;
	my @names = $routine->{name} eq 'period_spec_from_text' ? 'period_spec' : split(/;/, $routine->{names}, -1);
	if ($routine->{types} =~ /scorecard.*engagement_state/ && is_tame(0.7))
	{
		my $pair = between(1, $pool{paired});
		my $i = 0;
		@arguments = map {
			my $name = $names[ $i++ ];
			/scorecard|engagement_state/ ? "(SELECT $& FROM fuzz.paired WHERE i = $pair)" : argument($_, $name // '', $is_tame)
		} split(/;/, $routine->{types});
	}
	else
	{
		my $i = 0;
		foreach my $type (split(/;/, $routine->{types}))
		{
			my $in = $type eq 'cstring' && $routine->{name} =~ /^(\w+)_in$/;
			push @arguments, $in ? '(' . text_form($1) . ')::cstring' : argument($type, $names[$i] // '', $is_tame);
			$i++;
		}
	}
	return undef if grep { !defined } @arguments;
	fit_scale($routine, \@arguments) if $is_tame;
	$arguments[0] = state_with_row($routine, @arguments[ 1 .. $#arguments ]) if $must_be_valid && $routine->{name} =~ /_(?:accum|remove)\z/;
	# those with defaults may be left out
	pop @arguments while @arguments > @{[ split(/;/, $routine->{types}) ]} - $routine->{defaults} && chance(0.3);
	my $call = "retention.$routine->{name}(" . join(', ', @arguments) . ')';
	return "SELECT count(*), max(length(r::text)) FROM $call r;" if $routine->{returns_set} eq 't';
	return "SELECT octet_length(($call)::text);";
}

sub call_of_aggregate
{
	my ($routine) = @_;
	my @types = split(/;/, $routine->{types});
	my @names = split(/;/, $routine->{names}, -1);
	my $is_tame = is_tame(0.6);
	my $is_series = is_tame(0.4);
	my $rows;
	my @columns;
	if ($is_series)
	{
		my $i = 0;
		@columns = map { my $name = $names[ $i++ ]; argument($_, $must_be_valid ? $name // '' : '', $is_tame, !/period_spec|scorecard/ && is_tame(0.8)) } @types;
		return undef if grep { !defined } @columns;
		fit_scale($routine, \@columns) if $is_tame;
		# huge arguments in few rows
		$rows = 'generate_series(1, ' . ("@columns" =~ /100000/ ? 10 : $must_be_valid ? 300 : one_of(1, 10, 100, 300, 1000)) . ') g';
	}
	else
	{
		my $num_rows = between(1, 6);
		my @constant = map { /period_spec|scorecard/ ? chance(0.95) : chance(0.3) } @types;
		my @first = map { argument($_, '', $is_tame) } @types;
		return undef if grep { !defined } @first;
		my @lines;
		foreach my $row (1 .. $num_rows)
		{
			push @lines, '(' . join(', ', $row, map { $constant[$_] ? $first[$_] : argument($types[$_], '', $is_tame) } 0 .. $#types) . ')';
		}
		@columns = map { "c$_" } 0 .. $#types;
		fit_scale($routine, \@columns) if $is_tame;
		$rows = '(VALUES ' . join(', ', @lines) . ') v(g' . join('', map { ", c$_" } 0 .. $#types) . ')';
	}
	my $call = "retention.$routine->{name}(" . (chance(0.05) ? 'DISTINCT ' : '') . join(', ', @columns)
	  . (chance(0.1) ? ' ORDER BY g DESC' : '') . ')';
	$call =~ s/ ORDER BY g DESC// if $call =~ /DISTINCT/;
	$call .= ' FILTER (WHERE ' . one_of('g % 2 = 0', 'g > 2', 'false') . ')' if !$must_be_valid && chance(0.15);
	my $shape = $must_be_valid ? 0 : rand();
	my $select =
	    $shape < 0.6 ? "SELECT $call AS r FROM $rows"
	  : $shape < 0.7 ? "SELECT $call AS r FROM $rows GROUP BY g % 2"
	  : $shape < 0.8 ? "SELECT $call AS r FROM $rows GROUP BY GROUPING SETS ((g % 3), ())"
	  : "SELECT $call OVER (ORDER BY g ROWS BETWEEN " . one_of('UNBOUNDED', 0, 1, 3) . ' PRECEDING AND '
	  . one_of('CURRENT ROW', '1 FOLLOWING', 'UNBOUNDED FOLLOWING') . ") AS r FROM (SELECT * FROM $rows LIMIT 100) w";
	return "SELECT max(length(r::text)) FROM ($select) s;";
}

sub call_of_operator
{
	my ($operator) = @_;
	my ($left, $right) = map { argument($_, '', is_tame(0.5)) } split(/;/, $operator->{types});
	return "SELECT octet_length(($left OPERATOR($operator->{schema}.$operator->{name}) $right)::text);";
}

sub call_of_cast
{
	my ($cast) = @_;
	my ($from, $to) = split(/;/, $cast->{types});
	my $name = { 'retention.scorecard' => 'card', 'retention.period_spec' => 'period_spec' }->{$to} // '';
	my $value = argument($from, $name, is_tame(0.5)) // return undef;
	return "SELECT octet_length((($value)::$to)::text);";
}

# What receives binary messages is reached by COPY.
my $num_messages = 0;

sub call_of_receive
{
	my ($type) = @_;
	my $message = !$must_be_valid && chance(0.1) ? '' : mutated($type);
	my $path = "$dir/message" . $num_messages++;
	open(my $file, '>:raw', $path) or die "cannot write $path: $!";
	print $file "PGCOPY\n\377\r\n\0", pack('NNnN', 0, 0, 1, length($message)), $message, pack('n', 0xFFFF);
	close($file);
	return "\\copy fuzz.received_$type FROM '$path' (FORMAT binary)";
}

# A trigger on a table of all kinds of columns, with arguments that may be wrong.
sub call_of_trigger
{
	my @names = ('channel', 'lead_id', 'score', 'label', 'qualified');
	$names[ int(rand(5)) ] = one_of('', 'nothing', 'label', 'ctid', 'x' x 70, "\xc3\xa4", 'qualified') if !is_tame(0.5);
	pop @names if !is_tame(0.9);
	my $arguments = join(', ', map { quoted($_) } @names);
	my $when = $must_be_valid ? 'AFTER INSERT OR UPDATE' : one_of('AFTER INSERT OR UPDATE', 'AFTER INSERT', 'BEFORE INSERT', 'AFTER UPDATE', 'AFTER DELETE');
	my $each = $must_be_valid ? 'ROW' : one_of('ROW', 'ROW', 'ROW', 'STATEMENT');
	my $label = $must_be_valid ? "'A1'" : chance(0.1) ? "repeat('x', 9000)" : odd_text();
	my $value = sub { argument($_[0], '', is_tame(0.5)) };
	# the error at its end undoes it all
	return "DO \$f\$ BEGIN CREATE TRIGGER t $when ON fuzz.scored FOR EACH $each EXECUTE FUNCTION retention.notify_qualified($arguments); "
	  . "INSERT INTO fuzz.scored VALUES (" . $value->('bigint') . ', ' . $value->('double precision') . ", $label, "
	  . $value->('boolean') . "); UPDATE fuzz.scored SET qualified = NOT qualified, score = 1; DELETE FROM fuzz.scored; "
	  . "RAISE EXCEPTION USING ERRCODE = '$undone'; END \$f\$;";
}

# Calls of functions that create or drop views, which succeed without anything at random.
my %creating = (
	create_survey_views => "'new', 'fuzz.answers', 'score', 'at', 'UTC', as_of => '2024-06-01'",
	create_retention_views => "'new', 'fuzz.answers', 'customer', 'at', 'UTC', as_of => '2024-06-01'",
	create_revenue_views => "'new', 'fuzz.answers', 'customer', 'day', 'until', 'score', as_of => '2024-06-01'",
	create_lead_views => "'new', (SELECT v FROM fuzz.scorecard WHERE i = 1), 'fuzz.leads', 'lead_id', 'attributes', 'fuzz.events', 'lead_id', 'event', 'at'",
	drop_views => "'board'");

# They change the catalog: the error at its end undoes it all.
sub call_of_creator
{
	my ($routine) = @_;
	my $call = is_tame(0.2) ? "SELECT count(*) FROM retention.$routine->{name}($creating{$routine->{name}});" : call_of_function($routine) // return undef;
	return "DO \$f\$ BEGIN PERFORM * FROM (" . ($call =~ s/;\z//r) . ") c; RAISE EXCEPTION USING ERRCODE = '$undone'; END \$f\$;";
}

# ------------------------------------------------------------------------ setup

sub psql_file
{
	my ($path) = @_;
	my $pid = fork() // die "cannot fork: $!";
	if ($pid == 0)
	{
		open(STDOUT, '>', "$path.out") and open(STDERR, '>', "$path.err") or exit 127;
		exec('psql', '-qAtX', '-d', $database, '-f', $path) or exit 127;
	}
	waitpid($pid, 0);
	return $? >> 8;
}

sub write_file
{
	my ($path, @lines) = @_;
	open(my $file, '>:raw', $path) or die "cannot write $path: $!";
	print $file map { "$_\n" } @lines;
	close($file);
}

my $member = q(pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'retention' AND d.deptype = 'e');
my @types = qw(period_spec rating_summary rating_series activity_days retention_summary mrr_timeline revenue_summary
	revenue_cohort_summary scorecard engagement_state logistic_model roc_summary woe_summary respondent_series);

# Values of each type, of other scales, specs and kinds. The first one is an ordinary value, which every function of
# its type accepts.
my %makers = (
	rating_summary => [
		(map { my $score = $_; map { "SELECT retention.$score FROM generate_series(1, $_) g" } 1, 300, 70000 }
			'nps_agg((g % 11)::integer)', 'csat_agg((1 + g % 5)::integer)', 'ces_agg((1 + g % 7)::integer)', 'nps_agg((g % 11)::integer, 0.5 + g % 3)',
			'rating_agg((g % 2)::integer, 0, 1)', 'rating_agg((g % 101)::integer, 0, 100, 1e-140)', 'rating_agg(2147483647, 2147483547, 2147483647)',
			'nps_agg(NULL::integer)') ],
	rating_series => [
		map { my $spec = $_; map { "SELECT retention.nps_series_agg((g * 7 % 11)::integer, $_, '$spec') FROM generate_series(0, 300) g" }
			"DATE '2024-01-01' + g::integer", "DATE '2024-01-01'", "CASE WHEN g = 0 THEN DATE '4714-11-24 BC' ELSE '5874897-12-31' END" }
			'day', 'week week_start=7', 'month', 'year' ],
	respondent_series => [
		(map { my $spec = $_; map { "SELECT retention.$_ FROM generate_series(0, 300) g" =~ s/SPEC/'$spec'/r }
			"nps_respondents_agg(g % 40, (g * 7 % 11)::integer, DATE '2024-01-01' + g::integer, SPEC)",
			"nps_respondents_agg(g, 10, CASE WHEN g = 0 THEN DATE '4714-11-24 BC' ELSE '5874897-12-31' END, SPEC)",
			"csat_respondents_agg(g % 7, (g * 7 % 11)::integer, 0, 10, 3, DATE '2024-01-01' + g::integer, SPEC)",
			"rating_respondents_agg(g % 7, (g * 7 % 11)::integer, 0, 10, DATE '2024-01-01' + g::integer, SPEC)" }
			'day', 'week week_start=7', 'month', 'year'),
		"SELECT retention.nps_respondents_agg(1, NULL::integer, DATE '2024-01-01', 'month')" ],
	activity_days => [
		map { "SELECT retention.activity_agg(DATE '2024-01-01' + ($_)::integer) FROM generate_series(0, 300) g" }
			'0', 'g', 'g * 2', 'g * 37', 'g * 1000', 'g - g % 7', 'CASE WHEN g = 0 THEN -2460310 ELSE 2145023182 END', 'NULLIF(g, g)' ],
	retention_summary => [
		(map { my $spec = $_; map { "SELECT retention.$_ FROM generate_series(0, 2000) g" =~ s/SPEC/'$spec'/r }
			"retention_agg(g * 7919 % 501, DATE '2024-01-01' + (g * 31 % 700)::integer, SPEC)",
			"retention_agg(g % 50, DATE '2024-01-01' + (g * 31 % 100)::integer, SPEC, g % 3 = 0)" }
			'day', 'week', 'week week_start=7', 'month', 'quarter', 'year', 'day elapsed', 'month elapsed', 'day brackets=1,8,15') ,
		"SELECT retention.recurring_retention_agg('{2024-01-01,2024-03-01}'::date[]::retention.activity_days, '{2024-02-01}'::date[]::retention.activity_days, 'month')",
		"SELECT retention.retention_agg(1, d, 'day') FROM (VALUES (DATE '4714-11-24 BC'), ('5874897-12-31')) v(d)" ],
	mrr_timeline => [
		"SELECT retention.mrr_timeline_agg(DATE '2024-01-01', NULL, 10)", "SELECT retention.mrr_timeline_agg(DATE '2024-01-01', '2024-01-01', 10)",
		(map { "SELECT retention.mrr_timeline_agg(DATE '2024-01-01' + (g * 31 % 700)::integer, DATE '2024-01-01' + (g * 31 % 700 + 1 + g % 50)::integer, $_) FROM generate_series(0, 300) g" }
			'g', 'g, (g % 5)::text', '-g', '0', '50 - g % 100, NULLIF(g % 3, 0)::text'),
		"SELECT retention.mrr_timeline_agg(d, NULL, 99999999999999999999999999999999.999999 / 3) FROM (VALUES (DATE '4714-11-24 BC'), ('5874897-12-31')) v(d)",
		"SELECT retention.invoice_timeline_agg(DATE '2024-01-01' + 31 * g::integer, 10, 'month') FROM generate_series(0, 20) g" ],
	revenue_summary => [
		map { my $spec = $_; map { "SELECT retention.revenue_agg(g % 97, DATE '2023-01-01' + (g * 31 % 700)::integer, DATE '2023-01-01' + (g * 31 % 700 + 1 + g % 300)::integer, $_) FROM generate_series(0, 1000) g" =~ s/SPEC/'$spec'/r }
			"1 + g % 20, SPEC", "5 - g % 7, SPEC", "1 + g % 20, SPEC, (g % 4)::text" }
			'month', 'day', 'week', 'week week_start=7', 'quarter', 'year' ],
	revenue_cohort_summary => [
		"SELECT retention.revenue_cohort_agg(t, 'month') FROM (SELECT retention.mrr_timeline_agg(DATE '2024-01-01' + g * 31 % 700, DATE '2024-01-01' + g * 31 % 700 + 90, 10) AS t FROM generate_series(0, 300) g GROUP BY g % 20) s",
		map { "SELECT retention.revenue_cohort_agg(v, '$_') FROM fuzz.mrr_timeline" } 'day', 'week', 'month', 'quarter', 'year' ],
	period_spec => [ map { "SELECT " . quoted($_) . "::retention.period_spec" } @specs ],
	logistic_model => [
		map { "SELECT retention.logistic_agg(g % 7 > g % 3, $_) FROM generate_series(1, 500) g" }
			'ARRAY[g % 11]', 'ARRAY[g % 11, g % 13]', "ARRAY[g % 11, sqrt(g), g % 5], '{a,b,c}'" ],
	roc_summary => [
		map { "SELECT retention.roc_agg($_, g % 3 > 0) FROM generate_series(1, 1000) g" } '0.5', 'g', '(g % 100) / 100.0', '-g * 1e300' ],
	woe_summary => [
		map { "SELECT retention.woe_agg($_, g % 3 > 0) FROM generate_series(1, 1000) g" } 'g', 'g % 3', '(g % 5)::text', "repeat('x', g % 7)", 'NULLIF(g % 10, 0)', 'NULL::text' ],
);

# The catalog and the fuzzer of bytes must have the types that are listed here. A scorecard is text, which the server
# reads: the fuzzer of bytes does without a server.
sub check_types
{
	my @stored = map { $_->[0] } query("SELECT t.typname FROM pg_type t JOIN $member ON d.classid = 'pg_type'::regclass AND d.objid = t.oid WHERE t.typtype = 'b' AND t.typelem = 0 ORDER BY 1");
	is(join(' ', sort @types), "@stored", '@types lists every stored type');
	is(join(' ', sort keys %makers), join(' ', grep { !/^(scorecard|engagement_state)$/ } @stored), '%makers has values of each but those of random scorecards');
	my @fuzzed = slurp("$source/test/fuzz/formats.c") =~ /^\t\{"(\w+)", PACKED_\w+,/mg;
	is(join(' ', sort @fuzzed), join(' ', grep { $_ ne 'scorecard' } @stored), 'test/fuzz/formats.c lists every stored type');
	return;
}

sub set_up
{
	my $seconds = has_processor_time() ? processor_time_query() : 0;
	my @lines = ('CREATE EXTENSION retention;', 'CREATE SCHEMA fuzz;',
		"CREATE FUNCTION fuzz.processor_time() RETURNS text LANGUAGE sql RETURN 'processor time ' || $seconds;");
	foreach my $type (@types)
	{
		push @lines, "CREATE TABLE fuzz.$type (i serial PRIMARY KEY, v retention.$type);",
		  "CREATE TABLE fuzz.received_$type (v retention.$type);";
	}
	my @cards = map { quoted(card_text(0)) } 1 .. 40;
	push @lines, map { "INSERT INTO fuzz.scorecard(v) VALUES ($_);" } @cards;
	foreach my $type (@types)
	{
		push @lines, map { "INSERT INTO fuzz.$type(v) $_;" } @{ $makers{$type} // [] };
		# what the fuzzer of the bytes found, but for sets of so many days that they take their time
		my $kept = $type eq 'activity_days' ? 'retention.active_days(v) < 1000' : 'true';
		push @lines, map { /^([0-9a-f]+)/ ? "INSERT INTO fuzz.$type(v) SELECT v FROM (SELECT '\\x$1'::retention.$type) s(v) WHERE $kept;" : () }
		  $type eq 'period_spec' ? () : split(/\n/, slurp("$source/test/fuzz/corpus/$type"));
	}
	push @lines, 'CREATE TABLE fuzz.paired (i serial PRIMARY KEY, scorecard retention.scorecard, engagement_state retention.engagement_state);',
	  map({ "INSERT INTO fuzz.paired(scorecard, engagement_state) SELECT c, retention.engagement_agg(c, (ARRAY['v', 'w', 'x', 'y'])[1 + g % 4], TIMESTAMPTZ '2023-12-31 00:00+00' - g * interval '$_ hours') FROM generate_series(1, 100) g, (SELECT v AS c FROM fuzz.scorecard WHERE i = $_) c GROUP BY c;" } 1 .. 40),
	  'INSERT INTO fuzz.engagement_state(v) SELECT engagement_state FROM fuzz.paired WHERE engagement_state IS NOT NULL;',
	  q(CREATE TABLE fuzz.leads AS SELECT 'l' || g AS lead_id, jsonb_build_object('title', CASE WHEN g % 2 = 0 THEN 'CEO' END, 'n', g) AS attributes FROM generate_series(1, 20) g;),
	  q(CREATE TABLE fuzz.events AS SELECT 'l' || g % 30 AS lead_id, chr(118 + g % 4) AS event, TIMESTAMPTZ '2024-01-01 00:00+00' - g * interval '1 hour' AS at FROM generate_series(1, 300) g;),
	  'CREATE TABLE fuzz.scored (lead_id bigint, score double precision, label text, qualified boolean);',
	  q(CREATE TABLE fuzz.answers AS SELECT TIMESTAMPTZ '2024-01-01 00:00+00' + g * interval '9 hours' AS at, DATE '2024-01-01' + g % 90 AS day, DATE '2024-05-01' + g % 30 AS until, g % 11 AS score, g % 40 AS customer, chr(65 + g % 3) AS country FROM generate_series(1, 300) g;),
	  q(SELECT retention.create_survey_views('board', 'fuzz.answers', 'score', 'at', 'UTC', as_of => '2024-06-01');),
	  q(SELECT retention.create_retention_views('board', 'fuzz.answers', 'customer', 'at', 'UTC', as_of => '2024-06-01'););
	write_file("$dir/setup.sql", @lines);
	psql_file("$dir/setup.sql");
	my $errors = join("\n", grep { /ERROR|FATAL|error:/ && !/malformed|identical|disjoint/ } split(/\n/, slurp("$dir/setup.sql.err")));
	is($errors, '', 'there are values to start from');
	foreach my $type (@types)
	{
		($pool{$type}) = map { $_->[0] } query("SELECT max(i) FROM fuzz.$type");
		$bytes{$type} = [ map { $_->[0] } query("SELECT encode(retention.${type}_send(v), 'hex') FROM fuzz.$type WHERE v IS NOT NULL ORDER BY length(v::text), i LIMIT 200") ];
		die "no value of $type: $errors" unless @{ $bytes{$type} };
	}
	($pool{paired}) = map { $_->[0] } query('SELECT max(i) FROM fuzz.paired');
}

# ---------------------------------------------------------------------- the run

sub callables
{
	my @callables;
	my $types = q(array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, n) ORDER BY n), ';'));
	foreach my $row (query("SELECT p.proname, p.prokind, $types, coalesce(array_to_string(p.proargnames[1:p.pronargs], ';', ''), ''), p.pronargdefaults, p.proretset, p.oid::regprocedure, p.prosrc LIKE '%\\_trap' OR t.prosrc LIKE '%\\_trap' FROM pg_proc p JOIN $member ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid LEFT JOIN pg_proc t ON t.oid = a.aggtransfn WHERE 'internal'::regtype <> ALL (p.proargtypes::oid[]) AND p.prorettype <> 'trigger'::regtype AND p.proname !~ '^(internal_|report_(?!html))' ORDER BY p.oid::regprocedure::text"))
	{
		my %routine;
		@routine{qw(name kind types names defaults returns_set signature is_trap)} = @$row;
		push @callables, { %routine, call => $routine{kind} eq 'a' ? \&call_of_aggregate : $creating{ $routine{name} } ? \&call_of_creator : \&call_of_function };
	}
	foreach my $row (query("SELECT o.oprname, format_type(oprleft, NULL) || ';' || format_type(oprright, NULL), o.oid::regoperator, oprnamespace::regnamespace FROM pg_operator o JOIN $member ON d.classid = 'pg_operator'::regclass AND d.objid = o.oid ORDER BY 3"))
	{
		push @callables, { name => $row->[0], types => $row->[1], signature => $row->[2], schema => $row->[3], call => \&call_of_operator };
	}
	foreach my $row (query("SELECT format_type(castsource, NULL) || ';' || format_type(casttarget, NULL) FROM pg_cast c JOIN $member ON d.classid = 'pg_cast'::regclass AND d.objid = c.oid ORDER BY 1"))
	{
		push @callables, { types => $row->[0], signature => "cast $row->[0]", call => \&call_of_cast };
	}
	foreach my $type (@types)
	{
		push @callables, { signature => "receiving $type", call => sub { call_of_receive($type) } };
	}
	push @callables, { signature => 'notify_qualified()', call => \&call_of_trigger };
	return @callables;
}

my %sqlstates;
my @failures;

sub settings
{
	return "SET statement_timeout = '" . 3 * $slow . "s'; SET temp_file_limit = '200MB'; SET jit = off; SET client_min_messages = error; "
	  . "SET work_mem = '" . one_of('64kB', '4MB', '64MB') . "'; SET TimeZone = '" . one_of('UTC', 'Pacific/Kiritimati', 'America/St_Johns')
	  . "'; SET DateStyle = '" . one_of('ISO', 'SQL, DMY') . "'; SET search_path = " . one_of('public', "''", 'retention') . '; '
	  . "SET extra_float_digits = " . one_of(-15, 0, 1) . "; SET max_parallel_workers_per_gather = " . one_of(0, 2) . ';';
}

sub fail_call
{
	my ($what, $call, $settings) = @_;
	push @failures, "$what\n  $settings\n  $call->{sql}";
}

# A call that takes long, which depends on the machine, must end when it is cancelled.
sub judge_time
{
	my ($call, $settings) = @_;
	return if $call->{sql} =~ $long_by_contract;
	my ($late, $said) = late($node, $database, $call->{sql}, after => $slow, setup => "$settings SET statement_timeout = 0");
	fail_call("took more than $slow s of processor time, and $late s to end when it was cancelled", $call, $settings) if defined $late && $late > $latest;
	return;
}

# A server that was restarted after a crash can be used again.
sub await_server
{
	for (1 .. 600)
	{
		return if system('pg_isready', '--quiet') == 0;
		sleep(1);
	}
	return;
}

# The calls of one file, in order, a line each, and between some of them the processor time so far. Returns
# the SQLSTATE of each, empty where it succeeded.
sub run_calls
{
	my ($path, @calls) = @_;
	my $settings = settings();
	my @lines = ("$settings", '\set VERBOSITY verbose', 'SELECT fuzz.processor_time();');
	my %call_of_line;
	foreach my $i (0 .. $#calls)
	{
		push @lines, $calls[$i]{sql};
		$call_of_line{ scalar @lines } = $i;
		push @lines, 'SELECT fuzz.processor_time();' if $i % $calls_per_measure == $calls_per_measure - 1 || $i == $#calls;
	}
	write_file($path, @lines);
	my $status = psql_file($path);
	my @outcomes = ('') x @calls;
	foreach (split(/\n/, slurp("$path.err")))
	{
		if (/^psql:\Q$path\E:(\d+): (?:ERROR|FATAL|PANIC): +(\w{5}): (.*)/)
		{
			my ($line, $sqlstate, $message) = ($1, $2, $3);
			my $i = $call_of_line{$line} // die "a message about no call: $_";
			my $call = $calls[$i];
			$outcomes[$i] = $sqlstate;
			$sqlstates{$sqlstate}++;
			fail_call("$sqlstate: $message", $call, $settings) if $sqlstate =~ /^XX/ || $sqlstate =~ /^5[38]/ && $sqlstate ne '53400';
			judge_time($call, $settings) if $sqlstate eq '57014';
		}
		elsif (/^psql:\Q$path\E:(\d+): (?:error: )?.*(?:closed the connection|connection to server was lost|terminat)/)
		{
			fail_call('crash', $calls[ $call_of_line{$1} // $#calls ], $settings) unless @failures && $failures[-1] =~ /^crash/;
		}
	}
	if ($status == 2 || $status == 127)
	{
		push @failures, "psql ended with status $status: " . substr(slurp("$path.err"), -500) unless grep { /^crash/ } @failures;
		await_server();
		@outcomes = map { $_ eq '' ? 'crash' : $_ } @outcomes;
	}
	my @seconds = slurp("$path.out") =~ /^processor time (\S+)$/mg;
	foreach my $n (1 .. $#seconds)
	{
		next if $seconds[$n] - $seconds[ $n - 1 ] <= $slow;
		my $first = ($n - 1) * $calls_per_measure;
		foreach my $i ($first .. $first + $calls_per_measure - 1)
		{
			judge_time($calls[$i], $settings) if $i < @calls && $outcomes[$i] ne '57014';
		}
	}
	unlink("$path.out", "$path.err", $path) unless $ENV{FUZZ_KEEP};
	return @outcomes;
}

sub make_call
{
	my ($callable) = @_;
	$made_value = $valid_value_for{ $callable->{name} // '' };
	$takes_zone = ($callable->{types} // '') =~ /timestamp with time zone/ && ($callable->{names} // '') !~ /timezone/;
	my $sql = $callable->{call}->($callable);
	die "no argument is known for $callable->{signature}" unless defined $sql;
	return { sql => $sql, signature => $callable->{signature} };
}


# Calls with random arguments: each callable in turn, so that none is left out.
sub call_at_random
{
	my (@callables) = @_;
	my $num_done = 0;
	for (my $file = 1; $num_done < $num_calls && @failures < 20; $file++)
	{
		my @calls = map { make_call($callables[ ($num_done + $_) % @callables ]) } 0 .. $calls_per_file - 1;
		run_calls("$dir/calls$file.sql", @calls);
		$num_done += @calls;
	}
	return $num_done;
}

# Calls with valid arguments: in each round, those that have not succeeded are called twice as often as in the round
# before. Returns the signatures of those that succeed with none of their arguments.
sub call_until_success
{
	my (@waiting) = @_;
	$must_be_valid = 1;
	my ($num_calls, $times) = (0, 1);
	while (@waiting && $num_calls < $max_valid_calls && @failures < 20)
	{
		my @calls = map { my $callable = $_; map { make_call($callable) } 1 .. $times } @waiting;
		my @outcomes = run_calls("$dir/valid$times.sql", @calls);
		my %succeeded = map { $calls[$_]{signature} => 1 } grep { $outcomes[$_] eq '' || $outcomes[$_] eq $undone } 0 .. $#calls;
		@waiting = grep { !$succeeded{ $_->{signature} } } @waiting;
		$num_calls += $times;
		note(@waiting . " have not succeeded with valid arguments in $num_calls calls" . (@waiting <= 10 ? ': ' . join(', ', map { $_->{signature} } @waiting) : '')) if @waiting;
		$times *= 2;
	}
	$must_be_valid = 0;
	return map { $_->{signature} } @waiting;
}

# For whoever adds a function: how many of its calls with valid arguments succeed.
sub print_shares_of_success
{
	my ($times, @callables) = @_;
	$must_be_valid = 1;
	my %successes;
	foreach my $n (1 .. $times)
	{
		my @calls = map { make_call($_) } @callables;
		my @outcomes = run_calls("$dir/valid$n.sql", @calls);
		foreach my $i (0 .. $#calls)
		{
			$successes{ $calls[$i]{signature} } += $outcomes[$i] eq '' || $outcomes[$i] eq $undone;
		}
	}
	$must_be_valid = 0;
	diag("$successes{$_} of $times succeed: $_") foreach sort { $successes{$a} <=> $successes{$b} || $a cmp $b } keys %successes;
	return;
}

set_up();
check_types();
my @callables = callables();
cmp_ok(scalar(@callables), '>', 400, 'the catalog was read');

my $num_done = call_at_random(@callables);
is(scalar(@failures), 0, "$num_done calls of " . @callables . " functions, aggregates, operators and casts (SEED=$seed)")
  or diag(join("\n", @failures));
@failures = ();

# What never succeeds is not tested: its arguments are all refused. Traps do nothing else.
my @that_succeed = grep { ($_->{is_trap} // 'f') ne 't' } @callables;
is(join(', ', call_until_success(@that_succeed)), '', "each succeeds with valid arguments, but for the traps (SEED=$seed)");
is(scalar(@failures), 0, "calls with valid arguments (SEED=$seed)") or diag(join("\n", @failures));
print_shares_of_success($ENV{FUZZ_VALID}, @that_succeed) if $ENV{FUZZ_VALID};
note("$_: $sqlstates{$_}") foreach sort keys %sqlstates;
done_testing();
