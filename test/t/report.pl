#!/usr/bin/perl
# report.pl: opens what report_html() writes in headless Chromium: it must render without
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

sub has_program
{
	my ($name) = @_;
	return grep { -x "$_/$name" } split /:/, $ENV{PATH};
}


ok(run("psql -X -q -v ON_ERROR_STOP=1 -f '$top/test/data/company.sql' $database"), 'the views are created') or diag(slurp("$dir/err"));
ok(run("psql -XAtc \"SELECT retention.report_html('kpi')\" $database"), 'the report is written') or diag(slurp("$dir/err"));
system("cp $dir/out $dir/report.html") == 0 or die 'cannot keep the report';
my $html = slurp("$dir/report.html");
my @sections = qw(nps lifecycle cohorts average revenue churn trailing leads);

SKIP:
{
	skip 'xmllint is not installed', 1 unless has_program('xmllint');
	ok(run("xmllint --nonet --noout $dir/report.html"), 'the page is well-formed XML') or diag(slurp("$dir/err"));
}

my ($chromium) = grep { has_program($_) } qw(chromium chromium-browser google-chrome);
SKIP:
{
	skip 'Chromium is not installed', 7 unless $chromium;

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
	(my $probed = $html) =~ s{</head>}{$probe</head>};
	open(my $file, '>', "$dir/probed.html") or die "cannot write $dir/probed.html: $!";
	print $file $probed;
	close($file);

	local $ENV{HOME} = $dir;
	my @browser = ('timeout', 1200, $chromium, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', "--user-data-dir=$dir/profile", '--enable-logging=stderr', '--log-level=0');
	foreach my $width (900, 420)
	{
		ok(run(@browser, "--window-size=$width,1200", '--virtual-time-budget=5000', '--dump-dom', "file://$dir/probed.html"), "Chromium opens it, $width wide") or diag(slurp("$dir/err"));
		my ($probe_says) = slurp("$dir/out") =~ /data-probe="([^"]*)"/;
		is($probe_says, 'charts 8 empty 0 outside 0 overlaps 0 wide 0', "all charts are drawn, nothing is cut off, and no label lies on another, $width wide");
	}
	unlike(slurp("$dir/err"), qr/CONSOLE/, 'nothing is complained of in the console');
	run(@browser, "--print-to-pdf=$dir/report.pdf", "file://$dir/report.html");
	cmp_ok(-s "$dir/report.pdf" // 0, '>', 20_000, 'it can be printed');
	cmp_ok(-s "$dir/report.pdf" // 0, '<', 1_000_000, '... to a file that can be sent');
}

is(join(' ', $html =~ /<section id="([a-z]+)"/g), "@sections", 'all sections are there');
unlike($html, qr/<script|https?:(?!\/\/www\.w3\.org\/)|\bsrc=|\@import/i, 'nothing is run or fetched');
done_testing();
