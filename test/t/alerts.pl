# notify_qualified(): what a session hears that listens. A notification is sent at
# commit, so this takes real transactions, which pgTAP's tests do not have.
#
# Run: prove test/t/alerts.pl, with PGHOST, PGPORT and PGUSER of a server on which
# the extension is installed, and its programs in PATH. Creates and drops a database.

use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use Test::More;

my $database = "retention_alerts_$$";
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

# Runs statements in one session that listens to two channels; returns what it heard,
# as references of channel and payload, in order. psql prints notifications after each
# statement that came with one.
sub heard
{
	my ($statements) = @_;
	open(my $file, '>', "$dir/script") or die "cannot write $dir/script: $!";
	print $file "LISTEN qualified_leads;\nLISTEN \"Größe\";\n$statements\nSELECT 1;\n";
	close($file);
	my $status = system("psql -qAtX -v ON_ERROR_STOP=1 -d $database -f $dir/script >$dir/said 2>&1");
	my $said = slurp("$dir/said");
	is($status, 0, 'the statements succeed') or diag($said);
	my @notifications;
	push @notifications, [$1, decode_json($2)] while $said =~ /^Asynchronous notification "(.*)" with payload "(.*)" received from server process/mg;
	return \@notifications;
}

# What is heard must be exactly this.
sub hears
{
	my ($statements, $wanted, $name) = @_;
	is_deeply(heard($statements), $wanted, $name);
}

is( system('psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-d', $database,
		'-c', 'CREATE EXTENSION retention',
		'-c', 'CREATE TABLE scored ("lead id" text, "score" double precision, label text, points numeric, qualified boolean)',
		'-c', "CREATE TRIGGER alert AFTER INSERT OR UPDATE ON scored FOR EACH ROW EXECUTE FUNCTION retention.notify_qualified('qualified_leads', 'lead id', 'score', 'label', 'qualified')"),
	0, 'a table with the trigger');

hears("INSERT INTO scored VALUES ('1', 70.5, 'A1', 0, true), ('2', 10, 'C3', 0, false), ('3', 11, NULL, 0, NULL);",
	[['qualified_leads', {id => '1', score => 70.5, label => 'A1'}]], 'of three rows, the one that comes in qualified');
hears('UPDATE scored SET score = score + 1;', [], 'who stays as he is says nothing');
hears("UPDATE scored SET qualified = true, label = 'B1' WHERE \"lead id\" = '2';",
	[['qualified_leads', {id => '2', score => 11, label => 'B1'}]], 'from false to true');
hears("UPDATE scored SET qualified = true WHERE \"lead id\" = '3';",
	[['qualified_leads', {id => '3', score => 12, label => undef}]], 'from NULL to true, without a label');
hears("UPDATE scored SET qualified = NULL WHERE \"lead id\" = '1'; UPDATE scored SET qualified = false WHERE \"lead id\" = '2'; DELETE FROM scored WHERE \"lead id\" = '3';",
	[], 'who is no longer qualified says nothing');
hears("BEGIN; UPDATE scored SET qualified = true; ROLLBACK;", [], 'a transaction that is undone says nothing');
hears("BEGIN; UPDATE scored SET qualified = true WHERE \"lead id\" = '1'; INSERT INTO scored VALUES ('4', NULL, NULL, 0, true); COMMIT;",
	[['qualified_leads', {id => '1', score => 71.5, label => 'A1'}], ['qualified_leads', {id => '4', score => undef, label => undef}]], 'all of a transaction, at its end, in order');
hears("INSERT INTO scored VALUES (E'\"\\\\\\n,ß', 1, E'\\t\"x\"', 0, true);",
	[['qualified_leads', {id => "\"\\\n,\x{df}", score => 1, label => "\t\"x\""}]], 'what is not allowed in JSON as it is');

# Another channel, another column; and a table with a row for each lead, written anew every night.
hears(<<'SQL', [['Größe', {id => 'x', score => 12.5, label => 'A'}]], 'another channel, a numeric score');
DROP TRIGGER alert ON scored;
CREATE TRIGGER other AFTER INSERT OR UPDATE ON scored FOR EACH ROW EXECUTE FUNCTION retention.notify_qualified('Größe', 'lead id', 'points', 'label', 'qualified');
INSERT INTO scored VALUES ('x', 0, 'A', 12.50, true);
SQL
hears(<<'SQL', [['qualified_leads', {id => 'executive', score => 70, label => 'A1'}]], 'scores written each night: an alert once');
CREATE TABLE model AS SELECT '{"fit": [{"group": "g", "rules": [{"rule": "executive", "when": {"attribute": "title", "op": "eq", "value": "CEO"}, "points": 30}]}],
  "engagement": [{"group": "g", "rules": [{"rule": "demo", "event": "demo", "points": 40}]}],
  "grades": {"fit": [{"grade": "A", "at_least": 10}, {"grade": "B", "at_least": null}], "engagement": [{"grade": "1", "at_least": 10}, {"grade": "2", "at_least": null}]},
  "qualified": {"fit_at_least": 10, "engagement_at_least": 30}}'::retention.scorecard AS card;
CREATE TABLE nightly (lead_id text PRIMARY KEY, score double precision, label text, qualified boolean);
CREATE TRIGGER alert AFTER INSERT OR UPDATE ON nightly FOR EACH ROW EXECUTE FUNCTION retention.notify_qualified('qualified_leads', 'lead_id', 'score', 'label', 'qualified');
CREATE TABLE lead (lead_id text, attributes jsonb);
CREATE TABLE event (lead_id text, event text, at timestamptz);
INSERT INTO lead VALUES ('executive', '{"title": "CEO"}'), ('student', '{"title": "student"}');
INSERT INTO event VALUES ('student', 'demo', '2024-01-01 00:00Z');
PREPARE night AS INSERT INTO nightly SELECT s.lead_id, s.score, s.label, s.qualified FROM model, LATERAL retention.score_leads(card, 'SELECT * FROM lead', 'SELECT * FROM event', $1) AS s
  ON CONFLICT (lead_id) DO UPDATE SET score = EXCLUDED.score, label = EXCLUDED.label, qualified = EXCLUDED.qualified;
EXECUTE night('2024-01-02 00:00Z');
INSERT INTO event VALUES ('executive', 'demo', '2024-01-02 12:00Z');
EXECUTE night('2024-01-03 00:00Z');
EXECUTE night('2024-01-04 00:00Z');
SQL

# S6: LISTEN asks for no privilege. Whoever can connect hears what comes from a table that he may not read.
my $stranger = "retention_stranger_$$";
is(system("psql -qX -v ON_ERROR_STOP=1 -d $database -c 'CREATE ROLE $stranger' >$dir/role 2>&1"), 0, 'a role without rights') or diag(slurp("$dir/role"));
hears(<<"SQL", [['qualified_leads', {id => 'executive', score => 1, label => 'A'}]], 'S6: a role without rights on the table hears its alerts');
ALTER TABLE nightly ENABLE ROW LEVEL SECURITY;
UPDATE nightly SET qualified = false;
DO \$\$
BEGIN
  SET LOCAL ROLE $stranger;
  PERFORM FROM nightly;
  RAISE 'the stranger reads the table';
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END \$\$;
SET ROLE $stranger;
LISTEN qualified_leads;
RESET ROLE;
UPDATE nightly SET score = 1, label = 'A', qualified = true WHERE lead_id = 'executive';
SQL
system("psql -qX -d $database -c 'DROP ROLE $stranger'");

done_testing();
