#!/usr/bin/perl
# pages.pl: what readers of the documentation rely on besides its examples (docs.pl).
#
# - Every relative link of every page leads to a file that is there, and its anchor to a
#   heading of it.
# - The reference of README.md names every public function and aggregate, and no others.
# - README.ja.md shows examples of README.md, so that both stay the same.
#
# Run: prove test/t/pages.pl, with PGHOST, PGPORT and PGUSER of a server on which the
# extension is installed; `sh test/run.sh pages` brings one. Creates and drops a database.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Find qw(find);
use File::Spec;
use Test::More;

my $top = dirname(dirname(dirname(abs_path($0))));
my $database = "retention_pages_$$";
my $fenced = qr/^([ ]*)(`{3,})([^\n`]*)\n(.*?)^\1\2[ ]*$/ms;

links();
reference();
translation();
done_testing();

# ------------------------------------------------------------------ the tests

sub links
{
	my $links = 0;
	my @pages = pages();

	for my $page (@pages)
	{
		my @broken;
		for my $target (targets(text_of($page)))
		{
			$links++;
			my $problem = problem_of($page, $target);
			push @broken, "$target: $problem" if $problem;
		}
		is(join("\n", @broken), '', "$page: its links lead somewhere");
	}
	cmp_ok($links, '>', 100, 'there are links');
	return;
}

sub reference
{
	my ($reference) = slurp("$top/README.md") =~ /^## Reference\n(.*?)^## /ms;
	# Only calls: `name(...)`, several of them in a cell.
	my %listed = map { $_ => 1 } $reference =~ /`([a-z_]+)\(/g;
	my @public = public_functions();

	cmp_ok(scalar @public, '>', 100, 'there are public functions');
	is(join(' ', grep { !$listed{$_} } @public), '', 'README.md: the reference names every public function');
	my %public = map { $_ => 1 } @public;
	is(join(' ', grep { !$public{$_} } sort keys %listed), '', 'README.md: the reference names no others');
	return;
}

sub translation
{
	my %original = map { $_ => 1 } examples(slurp("$top/README.md"));
	my @examples = examples(slurp("$top/README.ja.md"));

	cmp_ok(scalar @examples, '>', 5, 'README.ja.md: has examples');
	is(join("\n", grep { !$original{$_} } @examples), '', 'README.ja.md: has no others than README.md');
	return;
}

# ------------------------------------------------------------------ pages

# All pages, relative to the top; what is not part of the project has no page.
sub pages
{
	my @pages;
	find({
		no_chdir => 1,
		preprocess => sub { grep { !/^\.git$|^peers$/ } @_ },
		wanted => sub { push @pages, File::Spec->abs2rel($_, $top) if /\.md$/ },
	}, $top);
	return sort @pages;
}

# The page without its blocks of code, where brackets and hashes mean something else.
sub text_of
{
	my ($page) = @_;
	my $text = slurp("$top/$page");
	$text =~ s/$fenced//g;
	return $text;
}

sub targets
{
	my ($text) = @_;
	$text =~ s/`[^`\n]*`//g;
	return grep { !/^[a-z]+:/ } $text =~ /\]\(([^)\s]+)\)/g;
}

sub problem_of
{
	my ($page, $target) = @_;
	my ($path, $anchor) = split /#/, $target, 2;
	my $to = length $path ? File::Spec->catfile(dirname($page), $path) : $page;

	return 'no such file' if !-e "$top/$to";
	return '' if !defined $anchor || $to !~ /\.md$/;
	return anchors($to)->{$anchor} ? '' : 'no such heading';
}

# The anchors that GitHub makes of headings: in lower case, spaces as hyphens, without
# punctuation; a second heading of the same name has -1 at its end.
my %anchors;
sub anchors
{
	my ($page) = @_;
	my $name = abs_path("$top/$page");
	return $anchors{$name} if $anchors{$name};

	my (%seen, %found);
	for my $heading (text_of($page) =~ /^#{1,6} +(.*?) *$/mg)
	{
		$heading =~ s/\[([^\]]*)\]\([^)]*\)/$1/g;
		my $anchor = lc $heading;
		# Letters of other scripts stay.
		$anchor =~ s/[^\w\x80-\xff -]//g;
		$anchor =~ tr/ /-/;
		my $times = $seen{$anchor}++;
		$found{ $times ? "$anchor-$times" : $anchor } = 1;
	}
	return $anchors{$name} = \%found;
}

# The statements of a page and what they print, each with the tag of its block.
sub examples
{
	my ($text) = @_;
	my @examples;
	push @examples, "$3\n$4" while $text =~ /$fenced/g;
	return grep { /^(?:sql|text)/ } @examples;
}

# ------------------------------------------------------------------ the catalog

# What users call: not what types, comparisons, casts and aggregates are made of, except
# for the casts of a scorecard, which are documented by their own names too.
sub public_functions
{
	sql('postgres', qq{CREATE DATABASE "$database"});
	my $names = sql($database, q{
		SET client_min_messages = warning;
		CREATE EXTENSION retention;
		SET search_path = retention;
		WITH part AS (
			SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn,
				aggmtransfn, aggminvtransfn, aggmfinalfn]::oid[]) AS oid FROM pg_aggregate
			UNION SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend]::oid[]) FROM pg_type
			UNION SELECT amproc::oid FROM pg_amproc
			UNION SELECT o.oprcode::oid FROM pg_amop a JOIN pg_operator o ON o.oid = a.amopopr
			UNION SELECT oprcode::oid FROM pg_operator WHERE oprname = '<>'
			UNION SELECT castfunc FROM pg_cast)
		SELECT DISTINCT p.proname
		FROM pg_proc p
			JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
			JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'retention'
		WHERE (p.proname !~ '^(internal|report)_' OR p.proname = 'report_html')
			AND (p.oid NOT IN (SELECT oid FROM part)
				OR p.proname IN ('scorecard', 'scorecard_to_json', 'scorecard_to_jsonb'))
		ORDER BY 1});
	return split /\s+/, $names;
}

sub sql
{
	my ($where, $statements) = @_;
	my @command = ('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $where, '-c', $statements);
	open my $psql, '-|', @command or die "cannot run psql: $!\n";
	local $/;
	my $said = <$psql>;
	close $psql or die "psql failed: $statements\n";
	return defined $said ? $said : '';
}

END
{
	my $status = $?;
	system('psql', '-Xq', '-d', 'postgres', '-c', 'SET client_min_messages = warning', '-c', qq{DROP DATABASE IF EXISTS "$database"});
	$? = $status;
}

sub slurp
{
	my ($file) = @_;
	open my $handle, '<', $file or die "cannot read $file: $!\n";
	local $/;
	return scalar <$handle>;
}
