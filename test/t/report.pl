#!/usr/bin/perl
# report.pl: asks for reports in databases of several encodings, on views that hold anything, and beside planted
# overloads. Opens a page of report_html() in headless Chromium: it must render without
# an error, everything it has must be there, no label may lie on another, nothing may be wider
# than the window, and print must be neither empty nor large.
#
# Run: prove test/t/report.pl, with PGHOST, PGPORT and PGUSER of a server on which the
# extension is installed. Creates and drops a database. Without Chromium (Debian package
# chromium) that part is skipped; without xmllint (libxml2-utils) the check of the markup.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $top = dirname(dirname(dirname(abs_path($0))));
my $database = "retention_report_$$";
my $dir = tempdir('retention_report_XXXXXX', TMPDIR => 1, CLEANUP => 1);

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

# Runs a command; what it prints is in the files out and err.
sub run
{
	return system(join(' ', @_) . " >$dir/out 2>$dir/err") == 0;
}

# Runs a query that returns a page; returns the page, which is also in the file of that name.
sub page_of
{
	my ($on, $query, $file) = @_;
	my $written = run("psql -XAtc \"$query\" $on");
	ok($written, "$file: the report is written") or diag(slurp("$dir/err"));
	rename("$dir/out", "$dir/$file.html") or die "cannot keep $file: $!";
	return slurp("$dir/$file.html");
}

sub has_program
{
	my ($name) = @_;
	return grep { -x "$_/$name" } split /:/, $ENV{PATH};
}

sub is_well_formed
{
	my ($file) = @_;
	SKIP:
	{
		skip 'xmllint is not installed', 1 unless has_program('xmllint');
		ok(run("xmllint --nonet --noout $dir/$file.html"), "$file: well-formed XML") or diag(slurp("$dir/err"));
	}
}

ok(run("psql -X -q -v ON_ERROR_STOP=1 -f '$top/test/data/company.sql' $database"), 'the views are created') or diag(slurp("$dir/err"));
my $html = page_of($database, "SELECT retention.report_html('kpi')", 'report');
ok(run("psql -X -q -v ON_ERROR_STOP=1 -f '$top/test/data/long_history.sql' $database"), 'views of a long history are created') or diag(slurp("$dir/err"));
my $long = page_of($database, "SELECT retention.report_html('long')", 'long');
cmp_ok(length($long), '<', 200_000, 'long: the page is small');
my @sections = qw(nps lifecycle cohorts average revenue churn trailing leads);

is_well_formed('report');

my ($chromium) = grep { has_program($_) } qw(chromium chromium-browser google-chrome);
SKIP:
{
	skip 'Chromium is not installed', 9 unless $chromium;

	# A script that the test adds says what the browser made of the page.
	my $probe = <<'JS';
<script>
window.addEventListener('load', function () {
  var wide = 0, empty = 0, outside = 0, overlaps = 0;
  document.querySelectorAll('svg[role=img]').forEach(function (svg) {
    var frame = svg.getBoundingClientRect();
    if (frame.height < 50 || svg.querySelectorAll('path, rect').length === 0) empty++;
    var boxes = [];
    svg.querySelectorAll('text').forEach(function (text) {
      var box = text.getBoundingClientRect();
      boxes.forEach(function (other) {
        if (Math.min(box.right, other.right) - Math.max(box.left, other.left) > 1 &&
            Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > box.height / 2) overlaps++;
      });
      boxes.push(box);
      if (box.right > frame.right + 1 || box.left < frame.left - 1 || box.bottom > frame.bottom + 1) outside++;
    });
  });
  document.querySelectorAll('body > *').forEach(function (e) { if (e.scrollWidth > document.documentElement.clientWidth) wide++; });
  document.documentElement.setAttribute('data-probe', ['charts', document.querySelectorAll('svg[role=img]').length, 'empty', empty, 'outside', outside, 'overlaps', overlaps, 'wide', wide].join(' '));
});
</script>
JS
	local $ENV{HOME} = $dir;
	my @browser = ('timeout', 1200, $chromium, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', "--user-data-dir=$dir/profile", '--enable-logging=stderr', '--log-level=0');
	foreach my $look ([ 'long', $long, 7, 900 ], [ 'report', $html, 8, 900 ], [ 'report', $html, 8, 420 ])
	{
		my ($name, $page, $charts, $width) = @$look;
		(my $probed = $page) =~ s{</head>}{$probe</head>};
		open(my $file, '>', "$dir/probed.html") or die "cannot write $dir/probed.html: $!";
		print $file $probed;
		close($file);
		ok(run(@browser, "--window-size=$width,1200", '--virtual-time-budget=5000', '--dump-dom', "file://$dir/probed.html"), "$name: Chromium opens it, $width wide") or diag(slurp("$dir/err"));
		my ($probe_says) = slurp("$dir/out") =~ /data-probe="([^"]*)"/;
		is($probe_says, "charts $charts empty 0 outside 0 overlaps 0 wide 0", "$name: all charts are drawn, nothing is cut off, and no label lies on another, $width wide");
	}
	unlike(slurp("$dir/err"), qr/CONSOLE/, 'nothing is complained of in the console');
	run(@browser, "--print-to-pdf=$dir/report.pdf", "file://$dir/report.html");
	cmp_ok(-s "$dir/report.pdf" // 0, '>', 20_000, 'it can be printed');
	cmp_ok(-s "$dir/report.pdf" // 0, '<', 1_000_000, '... to a file that can be sent');
}

# In a database of each encoding: a lead whose name has characters that Unicode has, and some that
# it does not have or that XML does not admit. The page is ASCII, so that it says its encoding rightly
# whatever the client's is.
sub report_in_encoding
{
	my ($encoding, $name, $markup) = @_;
	my $other = "${database}_encoding";
	my $lead_views = q{SELECT count(*) FROM retention.create_lead_views('k', '{"fit": [{"group": "g", "rules": [{"rule": "r", "when": {"attribute": "a", "op": "eq", "value": 1}, "points": 7}]}]}', 'lead', 'id', NULL, 'ev', 'id', 'event', 'at')};
	my @setup = ('CREATE EXTENSION retention', 'CREATE TABLE lead (id text, a integer)', 'CREATE TABLE ev (id text, event text, at timestamptz)',
		"INSERT INTO lead VALUES (E'$name', 1)", $lead_views);
	open(my $file, '>', "$dir/setup.sql") or die "cannot write $dir/setup.sql: $!";
	print $file "$_;\n" foreach @setup;
	close($file);

	if (!run("psql -XAtc \"SELECT 1 / (pg_char_to_encoding('$encoding') >= 0)::integer\" $database"))
	{
		SKIP: { skip "this PostgreSQL has no $encoding", 1 }
		return;
	}
	ok(run("createdb -T template0 -E $encoding --locale=C $other"), "$encoding: a database") or diag(slurp("$dir/err"));
	my $page;
	{
		local $ENV{PGCLIENTENCODING} = $encoding;
		ok(run("psql -X -q -v ON_ERROR_STOP=1 -f $dir/setup.sql $other"), "$encoding: the views are created") or diag(slurp("$dir/err"));
		$page = page_of($other, "SELECT retention.report_html('k')", $encoding);
	}
	is(($page =~ m{<tr><td class="words">(.*?)</td>})[0], $markup, "$encoding: the name of the lead");
	ok($page !~ /[^\x01-\x7e]/, "$encoding: ASCII");
	is_well_formed($encoding);
	ok(run("dropdb $other"), "$encoding: the database is dropped") or diag(slurp("$dir/err"));
}

# B3
report_in_encoding('UTF8', '\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbe<\x01', '&#233;&#128512;&#65533;&lt;&#65533;');
report_in_encoding('WIN1252', '\x81\xe9\x80<\x01', '&#65533;&#233;&#8364;&lt;&#65533;');
report_in_encoding('LATIN1', '\x81\xe9<\x7f', '&#65533;&#233;&lt;&#65533;');
report_in_encoding('EUC_JP', '\xa4\xa2\xa5\xf7\xfc\xfc<', '&#12354;&#65533;&#65533;&lt;');
report_in_encoding('EUC_JIS_2004', '\xa5\xf7', '&#12459;&#12442;');
report_in_encoding('MULE_INTERNAL', '\x81\xe9a', '&#65533;a');
# What may be UTF-8 is read as UTF-8: not bytes that begin no character, half of a surrogate pair, or too few.
report_in_encoding('SQL_ASCII', '\xc3\xa9\xe9\xffz\xed\xa0\x80\xc3', '&#233;&#65533;&#65533;z&#65533;&#65533;&#65533;&#65533;');

# D6 and its kind
ok(run("psql -X -q -v ON_ERROR_STOP=1 -f '$top/test/data/odd_views.sql' $database"), 'odd views are created') or diag(slurp("$dir/err"));
my $odd = page_of($database, "SELECT retention.report_html('odd')", 'odd');
is_well_formed('odd');
cmp_ok(length($odd), '<', 400_000, 'odd views: the page is small');
is(join(' ', $odd =~ /<section id="([a-z]+)"/g), 'nps csat lifecycle cohorts average revenue churn trailing leads', 'odd views: all sections are there');
is(join(' ', $odd =~ /<p class="says">(No data yet)/g), '', 'odd views: each section has data');
my @outside = $odd =~ /\b((?:[xy][12]?|d|width|height)="[^"]{0,40}?(?:NaN|nfinity|\d{5})[^"]{0,20})/g;
is("@outside[0 .. ($#outside < 2 ? $#outside : 2)]", '', 'odd views: no coordinate is out of the page');

# S2c, later: a script that replaces the bodies while overloads lie in the schema
my $parts = join('', map { slurp("$top/sql/parts/$_.sql") } qw(report_svg report_charts report_sections report));
$parts =~ s/^CREATE TYPE.*?;\n//msg;
$parts =~ s/^COMMENT ON.*?;\n//msg;
$parts =~ s/^CREATE FUNCTION (\w+)/CREATE OR REPLACE FUNCTION retention.$1/mg;
$parts =~ s/MODULE_PATHNAME/\$libdir\/retention/g;
(my $plant) = slurp("$top/test/sql/report.sql") =~ /^(DO \$\$\nDECLARE\n  p record;.*?^END \$\$;\n)/ms;
open(my $script, '>', "$dir/replace.sql") or die "cannot write $dir/replace.sql: $!";
print $script "SET check_function_bodies = off;\n$plant", "RESET check_function_bodies;\nSET search_path = retention, pg_temp;\n$parts";
close($script);
ok($plant && run("psql -X -q -v ON_ERROR_STOP=1 -f $dir/replace.sql $database"), 'all bodies are replaced beside overloads') or diag(slurp("$dir/err"));
ok(page_of($database, "SELECT retention.report_html('kpi')", 'replaced') eq $html, '... and none of these is reached');

is(join(' ', $html =~ /<section id="([a-z]+)"/g), "@sections", 'all sections are there');
like($html, qr/>&#26481;&#20140; &amp; &#28023;</, 'names in other scripts are there');
unlike($html, qr/[^\x01-\x7e]/, '... and the page is ASCII');
unlike($html, qr/<script|https?:(?!\/\/www\.w3\.org\/)|\bsrc=|\@import/i, 'nothing is run or fetched');
done_testing();
