# RandomTexts.pm: random texts, scorecards and JSON for calls that test/t/fuzz.pl makes. srand() decides all of them.

package RandomTexts;

use strict;
use warnings;
use Exporter qw(import);
use JSON::PP;

our @EXPORT = qw(one_of chance between quoted odd_text card_text attributes_text %words @names @specs @odd_specs @odd_json);

sub one_of { return $_[ int(rand(@_)) ] }
sub chance { return rand() < $_[0] }
sub between { my ($low, $high) = @_; return $low + int(rand($high - $low + 1)) }

sub quoted
{
	my ($text) = @_;
	$text =~ s/'/''/g;
	return "'$text'" unless $text =~ /[\n\\]/;
	$text =~ s/\\/\\\\/g;
	$text =~ s/\n/\\n/g;
	return "E'$text'";
}

# ------------------------------------------------------------------------ texts

# What arguments of a name usually hold; other texts come from all of them.
our %words = (
	correction => [qw(holm benjamini_hochberg bonferroni none)],
	method     => [qw(wald adjusted_wald score wilson clopper_pearson bootstrap)],
	criterion  => [qw(on on_or_after on_or_before every On)],
	weighting  => [qw(pooled simple size_squared)],
	denominator => [qw(start start_plus_new average)],
	same_period => [qw(drop count)],
	sign       => [qw(pos_over_neg neg_over_pos)],
	zero_cells => [qw(null adjust_0.9 add_0.5)],
	unit       => [qw(day week month quarter year MONTH fortnight)],
	timezone   => [ 'UTC', 'Europe/Berlin', 'Asia/Tokyo', 'America/Los_Angeles', 'Pacific/Kiritimati',
		'Australia/Lord_Howe', 'UTC+2', 'Nowhere/City', 'posixrules', '../../etc/passwd' ],
	leads_query  => [ "SELECT 'a', '{}'::jsonb", "SELECT lead_id, attributes FROM fuzz.leads",
		"SELECT lead_id, attributes::json FROM fuzz.leads", 'SELECT 1', '', 'SELECT', 'TABLE fuzz.leads',
		"SELECT NULL::text, NULL::jsonb", 'DELETE FROM fuzz.leads', "SELECT 1; SELECT 2" ],
	events_query => [ "SELECT lead_id, event, at FROM fuzz.events", "SELECT 'a', 'v', now()",
		"SELECT lead_id, event, at::timestamp FROM fuzz.events", 'SELECT 1, 2, 3', '', 'SELECT NULL, NULL, NULL',
		"SELECT NULL::text, NULL::text, NULL::timestamptz", "SELECT g, 'w', 'epoch'::timestamptz FROM generate_series(1, 1000) g",
		"SELECT 'a', 'v', 'infinity'::timestamptz", "INSERT INTO fuzz.events VALUES ('a', 'b', now()) RETURNING *" ],
	target_schema => [ 'board', 'fuzz', 'new', 'New "schema" ', 'public', 'pg_new', 'retention', '', 'x' x 70 ],
	metric        => [qw(nps csat ces NPS)],
);
our @names = map { @$_ } @words{qw(method criterion weighting denominator same_period sign zero_cells unit timezone)};
our @specs = ('day', 'week', 'month', 'quarter', 'year', 'week week_start=7', 'MONTH', 'day elapsed', 'week elapsed',
	'month elapsed', 'day brackets=1,8,15,31', 'month brackets=1', 'year brackets=1,2,1000000', 'month Europe/Berlin',
	'day Asia/Tokyo', 'week America/New_York week_start=3', 'day elapsed brackets=2,3,5,2147483647');
our @odd_specs = ('', ' ', 'month month', 'week week_start=8', 'day brackets=', 'day brackets=0', 'day brackets=2,1',
	'day brackets=99999999999999', 'month Nowhere/City', 'month UTC+2', 'elapsed', 'month  ', "month\n", 'week_start=1',
	'day brackets=' . join(',', 1 .. 1000), 'day brackets=' . join(',', 1 .. 1001), 'month ' . 'x' x 300);
my @odd_texts = ('', ' ', "\n", "'", '\\', '%', '_', "\xc3\xa4\xf0\x9f\x98\x80", 'NULL', '0', '-1', '1e999', '{}', '[]',
	'null', "a\tb", '$1', ':x', '"');

sub odd_text
{
	my $text = one_of(@odd_texts, @names, @specs, @odd_specs);
	return "repeat(" . quoted($text) . ", " . one_of(2, 100, 10000) . ")" if chance(0.05);
	return quoted(join('', map { chr(between(1, 126)) } 1 .. between(1, 12))) if chance(0.1);
	return quoted($text);
}

# ------------------------------------------------------------------- scorecards

sub random_condition
{
	my ($depth) = @_;
	if ($depth < 3 && chance(0.3))
	{
		return { one_of('all', 'any') => [ map { random_condition($depth + 1) } 1 .. between(1, 3) ] } if chance(0.7);
		return { not => random_condition($depth + 1) };
	}
	my $op = one_of(qw(eq ne in not_in lt le gt ge between like contains is_null is_not_null));
	my %condition = (attribute => one_of('title', 'a', 'a.b', 'n', 'email', 'list'), op => $op);
	$condition{value} = $op =~ /in$/ ? [ map { random_scalar() } 1 .. between(1, 3) ]
	  : $op eq 'between' ? one_of([ 1, 2 ], [ 'a', 'b' ], [ -1, 3 ])
	  : $op =~ /like|contains/ ? one_of('%', '_b%', '\\\\', '%\\%', 'CEO')
	  : $op =~ /^[lg]/ ? one_of(0, -1.5, 1e90, 'CEO', '')
	  : random_scalar()
	  unless $op =~ /null/;
	return \%condition;
}

sub random_scalar { return one_of(0, 1, -1.5, 1e90, 'CEO', 'student', '', "\xe4", JSON::PP::true, 'a.b') }

sub random_card
{
	my %card = (name => 'fuzz');
	my $group = 0;
	$card{fit} = [ map { my $g = $group++; {
		group => "f$g", (chance(0.5) ? (min => -10, max => between(-10, 40)) : ()),
		rules => [ map { { rule => "r$_", when => random_condition(0), points => one_of(1, -5, 10, 0.5, 1000000) } } 1 .. between(1, 3) ]
	} } 1 .. between(1, 2) ] if chance(0.8);
	$card{engagement} = [ map { my $g = $group++; {
		group => "e$g", (chance(0.5) ? (max => between(1, 60)) : ()),
		rules => [ map { my $decay = one_of(qw(none half_life linear expire)); {
			rule => "r$_", event => one_of(qw(v w x y)), points => one_of(1, -20, 10, 0.001), decay => $decay,
			($decay eq 'none' ? () : (period => one_of('30 days', '1 day', '00:00:01', '1 hour', '365000 days'))),
			($decay =~ /linear|expire/ || chance(0.3) ? (max_count => one_of(1, 3, 1000)) : ())
		} } 1 .. between(1, 3) ]
	} } 1 .. between(1, 2) ] if chance(0.8);
	$card{fit} //= [ { group => 'f', rules => [ { rule => 'r', when => random_condition(0), points => 1 } ] } ] unless $card{engagement};
	$card{limits} = { min => 0, max => 100 } if chance(0.5);
	$card{grades} = { fit => [ { grade => 'A', at_least => 25 }, { grade => 'B', at_least => undef } ],
		engagement => [ { grade => '1', at_least => 40 }, { grade => '2', at_least => undef } ] } if chance(0.5);
	$card{qualified} = { fit_at_least => 10, engagement_at_least => 30 } if chance(0.5);
	return \%card;
}

# A node of a tree replaced by something else.
sub spoil
{
	my ($node) = @_;
	if (ref($node) eq 'HASH' && %$node && chance(0.85))
	{
		my $key = one_of(sort keys %$node);
		if (chance(0.1)) { delete $node->{$key} }
		elsif (chance(0.1)) { $node->{ one_of('extra', '', 'min', 'when') } = 1 }
		else { $node->{$key} = spoil($node->{$key}) }
		return $node;
	}
	if (ref($node) eq 'ARRAY' && @$node && chance(0.85))
	{
		my $i = int(rand(@$node));
		$node->[$i] = spoil($node->[$i]);
		return $node;
	}
	return one_of(undef, 0, -1, 1e308, 0.1, '', 'none', "\x{1F600}", {}, [], [ [] ], JSON::PP::true, '1 month', '-1 day',
		'infinity', 'x' x 500, 1001, '\\', [ 1, 'b' ], 1e10, { a => { b => { c => [] } } });
}

my $json = JSON::PP->new->canonical->allow_nonref->utf8;

sub card_text
{
	my ($is_odd) = @_;
	my $card = random_card();
	if ($is_odd)
	{
		$card = spoil($card) for 1 .. between(1, 3);
	}
	return $json->encode($card);
}

our @odd_json = ('{}', '[]', 'null', '1', '"x"', 'true', '{"a": {"b": null}}', '{"title": "CEO", "n": 1e400}',
	'{"title": ["CEO"], "list": [1, "a", null]}', '{"a": 1, "a": 2}', '{', '[' x 5000, '[' x 500 . ']' x 500,
	'{"title": "\\u0000"}', '{"title": "\\ud83d"}', '{"n": 123456789012345678901234567890, "email": "x@y.ac.jp"}');

sub attributes_text { return one_of('{"title": "CEO", "a": {"b": 2}, "n": 5}', '{"title": "student", "email": "a@b.ac.jp"}', '{}', @odd_json) }

1;
