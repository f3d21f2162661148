#!/usr/bin/perl
# docs.pl: runs every SQL example of README.md, README.ja.md and doc/*.md.
#
# A fenced block tagged `sql` is run with psql; one tagged `sql ignore` is not.
# A `text` or `output` block that follows it with only blank lines between is
# what psql must print, errors and notices included. An example without one must
# raise no error. The blocks of a page share one session, in a database of their own
# with the extension installed and nothing else.
#
# Needs a server where the extension is installed, found through PGHOST, PGPORT
# and PGUSER; `sh test/run.sh docs` brings one. With UPDATE=1 the output blocks are
# rewritten with what psql printed; an author starts with an empty one.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;

my $top = dirname(dirname(dirname(abs_path($0))));
my $tmp = tempdir('retention_docs_XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $marker = 'end of example';

# A reader's session may look different; the pages show this one.
delete $ENV{PGDATABASE};
$ENV{PGTZ} = 'UTC';
$ENV{PGDATESTYLE} = 'ISO, MDY';
$ENV{PGCLIENTENCODING} = 'UTF8';
$ENV{PGOPTIONS} = '-c intervalstyle=postgres -c lc_messages=C -c extra_float_digits=1';
$ENV{HOME} = $tmp;

my $ignored = 0;
for my $page ((grep { -e } "$top/README.md", "$top/README.ja.md"), sort { $a cmp $b } glob_md("$top/doc"))
{
	test_page($page);
}
note("$ignored examples are marked \"ignore\" and were not run");
done_testing();

# glob() would split a path at its spaces.
sub glob_md
{
	my ($directory) = @_;
	opendir my $handle, $directory or return ();
	return map { "$directory/$_" } grep { /\.md$/ } readdir $handle;
}

sub test_page
{
	my ($page) = @_;
	my $name = substr($page, length($top) + 1);
	my @lines = split /\n/, slurp($page), -1;
	my @examples = examples_of($name, find_blocks($name, \@lines));
	my @printed = run_page($name, @examples);

	for my $example (@examples)
	{
		check_example($name, $example, shift @printed);
	}
	rewrite_outputs($page, \@lines, @examples) if $ENV{UPDATE};
	return;
}

# Every fenced block: its tag, its text, and the lines it occupies. The fences of a
# list item are indented, and so is their content.
sub find_blocks
{
	my ($name, $lines) = @_;
	my (@blocks, $open);

	for my $number (0 .. $#$lines)
	{
		my $line = $lines->[$number];
		if ($open)
		{
			if ($line =~ /^\s*(`{3,}|~{3,})\s*$/ && index($1, $open->{fence}) == 0)
			{
				$open->{last} = $number;
				push @blocks, $open;
				undef $open;
			}
			else
			{
				$line =~ s/^\Q$open->{indent}\E//;
				push @{ $open->{text} }, $line;
			}
		}
		elsif ($line =~ /^(\s*)(`{3,}|~{3,})\s*([^`]*?)\s*$/)
		{
			$open = { indent => $1, fence => $2, tag => lc $3, first => $number, text => [] };
		}
	}
	fail("$name:" . ($open->{first} + 1) . ' closes its block') if $open;

	# A block whose predecessor is separated from it by blank lines alone follows it.
	for my $i (1 .. $#blocks)
	{
		my ($before, $block) = @blocks[ $i - 1, $i ];
		my @between = @$lines[ $before->{last} + 1 .. $block->{first} - 1 ];
		$block->{follows} = $before if !grep { /\S/ } @between;
	}
	return @blocks;
}

# The blocks to run, each with its output block where it has one.
sub examples_of
{
	my ($name, @blocks) = @_;
	my @examples;

	for my $block (@blocks)
	{
		my $line = $block->{first} + 1;
		if ($block->{tag} eq 'sql')
		{
			push @examples, $block;
		}
		elsif ($block->{tag} eq 'sql ignore')
		{
			$ignored++;
		}
		elsif ($block->{tag} =~ /^sql\b/)
		{
			fail("$name:$line has a tag that is known (\"sql\" or \"sql ignore\"), not \"$block->{tag}\"");
		}
		elsif ($block->{tag} eq 'text' || $block->{tag} eq 'output')
		{
			my $before = $block->{follows};
			if ($before && $before->{tag} eq 'sql')
			{
				$before->{output} = $block;
			}
			elsif ($block->{tag} eq 'output' && !($before && $before->{tag} eq 'sql ignore'))
			{
				fail("$name:$line is the output of an example directly before it");
			}
		}
	}
	return @examples;
}

# Runs the examples of a page in one psql, and returns what each of them
# printed; undef for those that psql did not reach.
sub run_page
{
	my ($name, @examples) = @_;
	return () if !@examples;

	(my $database = "docs_$name") =~ s/[^A-Za-z0-9_]/_/g;
	my $said = psql('postgres', "SET client_min_messages = warning;\n"
		  . "DROP DATABASE IF EXISTS \"$database\";\nCREATE DATABASE \"$database\";\n");
	$said .= psql($database, "CREATE EXTENSION retention;\n");
	die "cannot set up a database for $name:\n$said" if $said =~ /\S/;

	my $script = '';
	for my $example (@examples)
	{
		$script .= join("\n", @{ $example->{text} }) . "\n\\echo '$marker'\n";
	}
	my @printed = split /^\Q$marker\E\n/m, psql($database, $script), -1;
	my $rest = pop @printed;
	push @printed, undef while @printed < @examples;
	diag("$name: after its last complete example psql printed:\n$rest") if $rest =~ /\S/;
	return @printed;
}

# Standard error joins standard output, in order: psql flushes the one before
# it writes the other. Reading a redirected file, it prints no file names and line numbers.
sub psql
{
	my ($database, $script) = @_;

	spew("$tmp/script.sql", $script);
	my $shell = 'exec psql -X -q -v ON_ERROR_STOP=0 -d "$1" <"$2" >"$3" 2>&1';
	system('sh', '-c', $shell, 'psql', $database, "$tmp/script.sql", "$tmp/output");
	return slurp("$tmp/output");
}

sub check_example
{
	my ($name, $example, $printed) = @_;
	my $where = "$name:" . ($example->{first} + 1);
	my $sql = join("\n", @{ $example->{text} });
	my $output = $example->{output};
	my $problem;

	if (!defined $printed)
	{
		$problem = 'psql ended before it, or an earlier example has an open quote';
	}
	elsif (!is_terminated($sql))
	{
		$problem = 'its last statement does not end with a semicolon';
	}
	else
	{
		my $got = tidy($printed);
		my $raised = $got =~ /^(?:ERROR:|FATAL:|PANIC:|psql: error:|invalid command)/m;
		my $expected = $output ? tidy(join("\n", @{ $output->{text} })) : undef;

		# An error is never recorded by itself: the author shows one by writing it down.
		if ($raised && !(defined $expected && $expected =~ /^ERROR:/m))
		{
			$problem = "it raises an error:\n$got";
		}
		elsif ($output && $got ne $expected)
		{
			if ($ENV{UPDATE})
			{
				$output->{new} = $got;
			}
			else
			{
				$problem = "it prints something else:\n" . difference($expected, $got);
			}
		}
	}
	ok(!$problem, $where) or diag("$where: $problem\nThe SQL was:\n$sql");
	return;
}

# Whether psql runs all of an example: its last line that is not blank or a
# comment ends a statement or is (or ends in) a backslash command.
sub is_terminated
{
	my ($sql) = @_;
	my @lines = grep { /\S/ && !/^\s*--/ } split /\n/, $sql;
	return !@lines || $lines[-1] =~ /;\s*(?:--.*)?$/ || $lines[-1] =~ /^\s*\\|\\(?:g|gset|gexec|gx|gdesc|crosstabview)\b/;
}

# Spaces at the ends of lines and blank lines around the whole do not count.
sub tidy
{
	my ($text) = @_;
	$text =~ s/[ \t\r]+$//mg;
	$text =~ s/^\n+|\n+$//g;
	return $text;
}

sub difference
{
	my ($expected, $got) = @_;
	spew("$tmp/expected", "$expected\n");
	spew("$tmp/printed", "$got\n");
	return scalar qx(cd '$tmp' && diff -u expected printed);
}

# Puts the new outputs into the page, the last one first, so that line numbers stay valid.
sub rewrite_outputs
{
	my ($page, $lines, @examples) = @_;
	my $old = join("\n", @$lines);

	for my $output (grep { $_ && defined $_->{new} } map { $_->{output} } reverse @examples)
	{
		my @new = map { length $_ ? $output->{indent} . $_ : $_ } split /\n/, $output->{new};
		splice @$lines, $output->{first} + 1, $output->{last} - $output->{first} - 1, @new;
	}
	my $new = join("\n", @$lines);
	spew($page, $new) if $new ne $old;
	return;
}

sub slurp
{
	my ($file) = @_;
	open my $handle, '<', $file or die "cannot read $file: $!\n";
	local $/;
	my $text = <$handle>;
	return defined $text ? $text : '';
}

sub spew
{
	my ($file, $text) = @_;
	open my $handle, '>', $file or die "cannot write $file: $!\n";
	print $handle $text;
	close $handle or die "cannot write $file: $!\n";
	return;
}
