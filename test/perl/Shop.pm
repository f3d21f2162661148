# Shop.pm: the database of test/t/shop.psql, as it is and as it comes from a machine with another zone database.
#
#   use Shop;
#   Shop::create($node, 'shop');                     # a TestServer, a new database
#   Shop::create_elsewhere($node, 'shop', 'far');    # the same, with a zone that this server does not know
#   my $query = Shop::documented_query('README.md', 'WITH comparison');
#   my $answers = Shop::answers($node, 'shop');      # a line for each table and view: its rows, or its error

package Shop;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use TestServer;

# The zone of shop.psql, and one that no zone database has, though it might.
our $zone = 'America/New_York';
our $missing_zone = 'America/Atlantis';

my $top = dirname(dirname(dirname(abs_path(__FILE__))));
my $script = "$top/test/t/shop.psql";

sub create
{
	my ($node, $database) = @_;
	$node->sql('postgres', "CREATE DATABASE $database");
	$node->run('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-f', $script);
	return;
}

# Restores the dump of one database as another, with the missing zone in place of the one that it names.
sub create_elsewhere
{
	my ($node, $database, $copy) = @_;
	my $file = tempdir(TMPDIR => 1, CLEANUP => 1) . '/dump.sql';
	TestServer::spew($file, $node->run('pg_dump', $database) =~ s/\Q$zone\E/$missing_zone/gr);
	$node->sql('postgres', "CREATE DATABASE $copy");
	return $node->run('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $copy, '-f', $file);
}

# The query of a page, which begins with a text.
sub documented_query
{
	my ($page, $beginning) = @_;
	my ($query) = TestServer::slurp("$top/$page") =~ /^```sql\n(\Q$beginning\E.*?)^```$/ms or die "$page has no query that begins with $beginning\n";
	return $query;
}

sub answers
{
	my ($node, $database) = @_;
	return $node->sql($database, <<'SQL');
CREATE FUNCTION pg_temp.answer(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  EXECUTE format('SELECT count(*) || '' '' || md5(string_agg(t::text, '';'' ORDER BY t::text COLLATE "C")) FROM %s AS t', relation) INTO answer;
  RETURN coalesce(answer, 'no rows');
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
SELECT relname, c.relnamespace::regnamespace, relkind, pg_temp.answer(c.oid) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'retention') ORDER BY nspname, relname;
SQL
}

1;
