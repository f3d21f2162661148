# The operators that compare the extension's types are in schema pg_catalog, which every search_path has. They must
# not change what an expression with other types means, or whether it is ambiguous.
#
# Run: prove test/t/operators.pl, with PGHOST and PGPORT of a server.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

BEGIN { unshift @INC, dirname(dirname(abs_path(__FILE__))) . '/perl' }
use TestServer;

my $node = TestServer->given;
my %said;
for my $database ('operators_without', 'operators_with')
{
	$node->sql('postgres', "SET client_min_messages = warning; DROP DATABASE IF EXISTS $database");
	$node->sql('postgres', "CREATE DATABASE $database");
	$node->sql($database, 'CREATE EXTENSION retention') if $database eq 'operators_with';
	$said{$database} = meanings($database);
	$node->sql('postgres', "DROP DATABASE $database");
}
my @without = split /\n/, $said{operators_without};
my @with = split /\n/, $said{operators_with};
cmp_ok(scalar(grep { !/\|error / } @without), '>', 500, 'there are expressions that have a meaning');
cmp_ok(scalar(grep { /\|error 42725/ } @without), '>', 5, 'and such that are ambiguous');
is(scalar @with, scalar @without, 'all expressions are read twice');
is(join("\n", map { "$without[$_] became $with[$_]" } grep { $without[$_] ne $with[$_] } 0 .. $#without), '',
	'each of them means the same with the extension');
done_testing();

# What a = b and a < b are to the parser, casts and all, for every two built-in types, domains and literals.
sub meanings
{
	my ($database) = @_;
	return $node->sql($database, <<'SQL');
SET client_min_messages = error;
DO $$ BEGIN CREATE EXTENSION citext; EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'no citext'; END $$;
CREATE DOMAIN words AS text;
CREATE DOMAIN short_words AS varchar(10);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION pg_temp.meaning(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (VERBOSE, FORMAT JSON, COSTS off) SELECT ' || query || ' FROM every_type' INTO plan;
  RETURN plan #>> '{0,Plan,Output,0}';
EXCEPTION WHEN OTHERS THEN
  RETURN 'error ' || SQLSTATE;
END
$$;
CREATE TEMP TABLE type_name AS SELECT oid::regtype::text AS type, 'c' || row_number() OVER (ORDER BY oid::regtype::text COLLATE "C") AS column_name FROM pg_type
WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r') AND typelem = 0 AND typrelid = 0
  OR oid::regtype::text IN ('words', 'short_words', 'mood', 'citext', 'text[]', 'character varying[]', 'name', 'json');
DO $$ BEGIN
  EXECUTE (SELECT 'CREATE TEMP TABLE every_type (' || string_agg(column_name || ' ' || type, ', ') || ')' FROM type_name);
END $$;
CREATE TEMP TABLE side AS SELECT type, column_name AS expression FROM type_name UNION ALL SELECT 'literal', '''x''' UNION ALL SELECT 'row', 'ROW(1, ''x'')';
SELECT a.type, operator, b.type, pg_temp.meaning(format('%s %s %s', a.expression, operator, b.expression))
FROM side AS a, side AS b, unnest(ARRAY['=', '<']) AS operator ORDER BY a.type, operator, b.type;
SQL
}
