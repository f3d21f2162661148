#!/usr/bin/perl
# clients.pl: the clients of BI tools read every view: psqlODBC through isql, and the PostgreSQL
# JDBC driver, metadata and rows. What they read is what psql reads. Views before materialized ones are
# views for them too.
#
# Run: prove -Itest/perl test/t/clients.pl, with the programs of a PostgreSQL on which the extension is
# installed in PATH, as a user who is not root. Starts a server of its own, which listens on the loopback
# interface, because JDBC needs that. Skipped without the Debian packages: unixodbc and odbc-postgresql;
# a JDK and libpostgresql-jdbc-java.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;
use TestServer;

my $test = dirname(dirname(abs_path($0)));
my $dir = tempdir('retention_clients_XXXXXX', TMPDIR => 1, CLEANUP => 1);
$ENV{HOME} = $dir;

sub has_program
{
	my ($name) = @_;
	return grep { -x "$_/$name" } split /:/, $ENV{PATH};
}

my ($odbc) = grep { -e $_ } glob('/usr/lib/*/odbc/psqlodbcw.so /usr/lib/odbc/psqlodbcw.so');
$odbc = undef unless has_program('isql');
my ($jdbc) = grep { -e $_ } '/usr/share/java/postgresql.jar';
$jdbc = undef unless has_program('java') && has_program('javac');
plan skip_all => 'neither the ODBC nor the JDBC driver is installed' unless $odbc || $jdbc;

my $node = TestServer->start_with_port('clients');
my $port = $node->{port};
$node->database('company');
$node->sql('company', TestServer::slurp("$test/data/company.sql"));
my @views = split /\n/, $node->sql('company', "SELECT relname FROM pg_class WHERE relnamespace = 'kpi'::regnamespace AND relkind = 'v' ORDER BY 1");
cmp_ok(scalar @views, '>', 12, 'there are views');
$node->sql('company', <<'SQL');
SELECT retention.create_survey_views('stored', 'answer', 'score', 'answered_at', as_of => '2025-01-05', materialized => true);
SELECT retention.create_retention_views('stored', 'visit', 'customer_id', 'at', as_of => '2025-01-05', materialized => true);
SQL
my @stored = qw(average_retention_monthly cohort_retention_monthly cohort_retention_weekly lifecycle_monthly nps_monthly nps_quarterly nps_weekly);

# The columns of a view as psql has them: pairs of name and type.
sub columns_of
{
	my ($view) = @_;
	return map { [split /\|/] } split /\n/, $node->sql('company', "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'kpi.$view'::regclass AND attnum > 0 ORDER BY attnum");
}

SKIP:
{
	skip 'psqlODBC or isql is not installed', 1 + 2 * @views unless $odbc;
	my $connection = "Driver=$odbc;Servername=127.0.0.1;Port=$port;Database=company;Uid=postgres;BoolsAsChar=1";
	TestServer::spew("$dir/query", "help\n");
	system("isql -b -d'|' -k '$connection' <$dir/query >$dir/odbc 2>&1");
	my %types;
	foreach my $row (map { [split /\|/] } split /\n/, TestServer::slurp("$dir/odbc"))
	{
		push @{ $types{ $row->[3] } }, $row->[2] if @$row >= 4 && $row->[1] eq 'stored';
	}
	is(join(' ', sort @{ $types{VIEW} || [] }), "@stored", 'ODBC: views before materialized ones are listed as views') or diag(TestServer::slurp("$dir/odbc"));
	foreach my $view (@views)
	{
		my @columns = columns_of($view);
		# Words end where the separator is; numbers and dates are compared as they are.
		my @plain = grep { $_->[1] !~ /^(text|timestamp)/ } @columns;
		my $select = join ', ', map { $_->[0] } @plain;
		TestServer::spew("$dir/query", "SELECT $select FROM kpi.$view ORDER BY $select\n");
		my $status = system("isql -b -c -d'|' -k '$connection' <$dir/query >$dir/odbc 2>&1");
		my @lines = split /\n/, TestServer::slurp("$dir/odbc");
		my $header = shift @lines;
		is($header, join('|', map { $_->[0] } @plain), "ODBC: columns of $view") or diag($status, join "\n", @lines[0 .. 2]);
		my @expected = split /\n/, $node->sql('company', TestServer::slurp("$dir/query"));
		my @read = map { booleans_of_odbc($_, @plain) } @lines;
		is("@read[0 .. $#read]", "@expected", "ODBC: rows of $view");
	}
}

# The driver has 1 and 0 for true and false.
sub booleans_of_odbc
{
	my ($line, @columns) = @_;
	my @values = split /\|/, $line, -1;
	foreach my $i (0 .. $#columns)
	{
		$values[$i] = { 1 => 't', 0 => 'f', '' => '' }->{ $values[$i] } if $columns[$i][1] eq 'boolean' && $values[$i] =~ /^[01]?$/;
	}
	return join '|', @values;
}

SKIP:
{
	skip 'a JDK or the JDBC driver is not installed', 4 + 3 * @views unless $jdbc;
	my %said = said_by_jdbc('kpi');
	my %said_of_stored = said_by_jdbc('stored');
	is(join(' ', sort keys %{ $said_of_stored{view} }), "@stored", 'JDBC: whoever asks for tables and views finds views before materialized ones');
	is(join(' ', sort keys %{ $said{view} }), "@views", 'JDBC: all views are found, each with its comment');
	foreach my $view (@views)
	{
		# numeric and text are what the driver has for them; OTHER would be a type that tools cannot use
		my @columns = map { "$_->[0] $_->[3]" } grep { $_->[2] =~ /^(DATE|INTEGER|SMALLINT|BIGINT|NUMERIC|DOUBLE|BIT|BOOLEAN|VARCHAR|TIMESTAMP|TIMESTAMP_WITH_TIMEZONE)$/ } @{ $said{column}{$view} };
		is(join(', ', @columns), join(', ', map { "$_->[0] said" } columns_of($view)), "JDBC: columns of $view, their types and comments");
		is($said{rows}{$view}[0][0], $node->sql('company', "SELECT count(*) FROM kpi.$view"), "JDBC: rows of $view");
		my @differing = grep { abs($_->[1] - sum_of($view, $_->[0])) > 1e-9 * (1 + abs $_->[1]) } @{ $said{sum}{$view} };
		is(scalar @differing, 0, "JDBC: numbers of $view") or diag(explain(\@differing));
	}
}

# What Views.java prints of a schema, by its first two words.
sub said_by_jdbc
{
	my ($schema) = @_;
	my $status = system("java -cp '$jdbc' '$test/data/Views.java' 'jdbc:postgresql://127.0.0.1:$port/company?user=postgres' $schema >$dir/jdbc 2>$dir/jdbc_errors");
	is($status, 0, "JDBC: the views of $schema are read") or diag(TestServer::slurp("$dir/jdbc_errors"));
	my %said;
	foreach my $line (split /\n/, TestServer::slurp("$dir/jdbc"))
	{
		my ($what, $view, @rest) = split /\t/, $line;
		push @{ $said{$what}{$view} }, \@rest;
	}
	return %said;
}

sub sum_of
{
	my ($view, $column) = @_;
	return $node->sql('company', "SELECT sum($column) FROM kpi.$view");
}

done_testing();
