-- Privileges: the extension is installed by whoever may create in the database; nothing in the search_path
-- changes what it does; whatever reads tables reads them as the caller, under his grants and
-- row-level security.
-- Run: pg_prove -d DATABASE test/pgtap/privileges.sql (extensions retention and pgtap installed)

BEGIN;
\ir twin.psql
\ir ../t/objects.psql
SELECT plan(128);
SET LOCAL client_min_messages = warning;
CREATE ROLE retention_installer;
CREATE ROLE retention_analyst;
CREATE ROLE retention_stranger;
SELECT format('GRANT USAGE ON SCHEMA %I TO PUBLIC', nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pgtap' \gexec
GRANT USAGE ON SCHEMA twin, objects TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA objects TO PUBLIC;
-- pgTAP numbers its tests in temporary tables of the first user.
CREATE FUNCTION twin.grant_numbers() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE (SELECT string_agg(format('GRANT ALL ON %s TO PUBLIC', CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || oid::regclass), ';')
    FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind IN ('r', 'S'));
END
$$;
SELECT pass('the tests are numbered');
SELECT twin.grant_numbers();

-- ------------------------------------------------------ 1. objects in the way

-- Schema evil shadows the functions, operators, types and catalogs of PostgreSQL and of the extension. Whoever
-- reaches one of them fails.
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE FUNCTION twin.shadow(victim regnamespace) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $do$
DECLARE
  f record;
BEGIN
  DROP TABLE IF EXISTS twin.shadowed;
  CREATE TABLE twin.shadowed AS
  SELECT p.oid, proname, array_to_string(proargtypes::regtype[], ', ') AS types, prorettype::regtype AS result, proretset
  FROM pg_proc AS p WHERE pronamespace = victim AND prokind = 'f' AND provariadic = 0
    AND NOT EXISTS (SELECT FROM unnest(proargtypes::oid[] || prorettype) AS t (id) JOIN pg_type ON pg_type.oid = t.id WHERE typtype = 'p');
  FOR f IN SELECT DISTINCT ON (proname, types) * FROM twin.shadowed LOOP
    EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE plpgsql AS $$BEGIN RAISE ''evil''; END$$', f.proname, f.types, CASE WHEN f.proretset THEN 'SETOF ' ELSE '' END || f.result);
  END LOOP;
  FOR f IN SELECT oprname, oprleft::regtype AS l, oprright::regtype AS r, proname FROM pg_operator JOIN twin.shadowed AS s ON s.oid = oprcode WHERE oprnamespace = victim AND oprleft <> 0 LOOP
    EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = evil.%I)', f.oprname, f.l, f.r, f.proname);
  END LOOP;
  FOR f IN SELECT typname FROM pg_type WHERE typnamespace = victim AND typtype = 'b' AND typelem = 0 LOOP
    EXECUTE format('CREATE DOMAIN evil.%I AS pg_catalog.bool CHECK (VALUE IS NULL)', f.typname);
  END LOOP;
  FOR f IN SELECT relname FROM pg_class WHERE relnamespace = victim AND relname IN ('pg_extension', 'pg_type', 'pg_proc', 'pg_class', 'pg_namespace', 'pg_attribute', 'pg_timezone_names') LOOP
    EXECUTE format('CREATE TABLE evil.%I (evil integer)', f.relname);
    EXECUTE format('CREATE TABLE pg_temp.%I (evil integer)', f.relname);
  END LOOP;
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA evil TO PUBLIC;
END
$do$;
SELECT twin.shadow('pg_catalog');
SET LOCAL search_path = pg_catalog, public, pg_temp;

-- What a query of one value gives, or its error, while the search_path is this one. Of what this function does
-- itself nothing is looked up in it; an error takes it back.
CREATE FUNCTION twin.outcome_in(path text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', path, true);
  EXECUTE query INTO result;
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, public, pg_temp', true);
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  RETURN pg_catalog.format('%s: %s', SQLSTATE, SQLERRM);
END
$$;
CREATE FUNCTION twin.in_peace(query text) RETURNS text LANGUAGE sql AS $$SELECT twin.outcome_in('pg_catalog, pg_temp', query)$$;
CREATE FUNCTION twin.among_evil(query text) RETURNS text LANGUAGE sql AS $$SELECT twin.outcome_in('pg_temp, evil, public, pg_catalog', query)$$;
SELECT is(twin.among_evil(query), 'P0001: evil', 'evil is reached: ' || query)
FROM unnest(ARRAY['SELECT 1 + 1', 'SELECT abs(-1)', 'SELECT length(''x''::pg_catalog.text)', 'SELECT quote_ident(''x''::pg_catalog.text)', 'SELECT current_date = current_date']) AS query;
SELECT is(twin.among_evil('SELECT NOT EXISTS (SELECT FROM pg_extension)'), 'true', 'evil catalogs are read');

-- ------------------------------------------------------ 2. who installs it

CREATE TEMP TABLE as_installed AS SELECT * FROM objects.properties;
GRANT SELECT ON as_installed TO PUBLIC;
DROP EXTENSION retention CASCADE;
DROP SCHEMA retention;
SET LOCAL ROLE retention_installer;
SELECT twin.fails('CREATE EXTENSION retention', '42501', 'permission denied', 'without CREATE on the database it cannot be installed');
RESET ROLE;
SELECT format('GRANT CREATE ON DATABASE %I TO retention_installer', current_database()) \gexec
SET LOCAL ROLE retention_installer;
SET LOCAL search_path = evil, public, pg_catalog;
CREATE EXTENSION retention;
SET LOCAL search_path = pg_catalog, public, pg_temp;
SELECT is((SELECT extowner::regrole::text FROM pg_extension WHERE extname = 'retention'), 'retention_installer', 'with it, it can, by a user who is no superuser');
SELECT is_empty($$(SELECT * FROM as_installed WHERE (object, property) <> ('extension', 'grants') EXCEPT TABLE objects.properties)
  UNION ALL (SELECT * FROM objects.properties WHERE (object, property) <> ('extension', 'grants') EXCEPT TABLE as_installed) LIMIT 5$$, 'the objects are the same whoever installs it, and whatever the search_path');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension AS e ON e.oid = d.refobjid
  WHERE extname = 'retention' AND proowner = 'retention_installer'::regrole$$, 'its functions do not belong to the one who installed it: he cannot replace their code');
SELECT twin.fails('CREATE OR REPLACE FUNCTION retention.promoters(s retention.rating_summary) RETURNS bigint LANGUAGE sql RETURN 1', '42501', 'owner|permission denied', 'nor does he');
SET LOCAL ROLE retention_stranger;
SELECT is(twin.in_peace('SELECT retention.num_responses(retention.nps_agg(k)) FROM generate_series(0, 10) AS k'), '11', 'everybody can use it');
SELECT is(twin.in_peace('SELECT (retention.retention_version()).extension_version IS NOT NULL'), 'true', 'and ask for its version');
SELECT twin.fails('DROP EXTENSION retention', '42501', 'owner', 'but not drop it');
SELECT twin.fails('CREATE TABLE retention.t ()', '42501', 'permission denied', 'nor create in its schema');
SELECT twin.fails('ALTER EXTENSION retention UPDATE', '42501', 'owner', 'nor upgrade it');
RESET ROLE;

-- S2: whoever owned the schema could plant what a superuser calls, or put another schema in its place.
SET LOCAL ROLE retention_installer;
SELECT is((SELECT rolsuper FROM pg_namespace JOIN pg_roles ON pg_roles.oid = nspowner WHERE nspname = 'retention'), true, 'S2: the schema does not belong to the one who installed it');
SELECT is((SELECT array_agg(CASE grantee WHEN 0 THEN 'PUBLIC' ELSE 'owner' END || ' ' || privilege_type ORDER BY grantee DESC, privilege_type) FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'retention'),
  '{owner CREATE,owner USAGE,PUBLIC USAGE}', 'all others may use it and no more');
SELECT twin.fails(statement, '42501', 'permission denied|must be owner|must be able to', 'S2: he cannot ' || statement)
FROM unnest(ARRAY[
  'CREATE FUNCTION retention.internal_column(name, text) RETURNS text LANGUAGE sql RETURN $1',
  'CREATE FUNCTION retention.create_survey_views(text, text, text, text) RETURNS text LANGUAGE sql RETURN $1',
  'CREATE AGGREGATE retention.nps_agg(bigint) (SFUNC = int8inc_any, STYPE = bigint)',
  'CREATE OPERATOR retention.= (LEFTARG = retention.period_spec, RIGHTARG = text, FUNCTION = texteq)',
  'CREATE TYPE retention.t AS ENUM ()', 'CREATE TABLE retention.t ()', 'CREATE COLLATION retention.c FROM "C"',
  'ALTER SCHEMA retention RENAME TO elsewhere', 'ALTER SCHEMA retention OWNER TO retention_installer', 'DROP SCHEMA retention CASCADE', 'COMMENT ON SCHEMA retention IS ''mine''',
  'ALTER FUNCTION retention.promoters(retention.rating_summary) RENAME TO x', 'ALTER FUNCTION retention.promoters(retention.rating_summary) SET search_path = evil',
  'ALTER EXTENSION retention DROP FUNCTION retention.promoters(retention.rating_summary)', 'ALTER TYPE retention.rating_summary RENAME TO x',
  'CREATE CAST (text AS retention.rating_summary) WITH INOUT AS IMPLICIT', 'CREATE CAST (retention.rating_summary AS text) WITH INOUT AS IMPLICIT',
  'DROP OPERATOR pg_catalog.= (retention.period_spec, retention.period_spec)']) AS statement;
SELECT twin.fails('ALTER EXTENSION retention SET SCHEMA public', '0A000|42501', 'does not support SET SCHEMA|permission denied', 'nor move the extension');
SELECT lives_ok('DROP EXTENSION retention', 'he can drop the extension');
SELECT twin.fails('CREATE TABLE retention.t ()', '42501', 'permission denied', 'the schema stays as it is');
SELECT lives_ok('CREATE EXTENSION retention', 'and he can create it again in that schema');
RESET ROLE;
SELECT is_empty($$(SELECT * FROM as_installed WHERE (object, property) <> ('extension', 'grants') EXCEPT TABLE objects.properties)$$, 'which gives the same objects');

-- A schema that is there beforehand. A statement of its owner, then CREATE EXTENSION as the installer: what it says.
CREATE FUNCTION twin.installed_into(preparation text, installer name DEFAULT 'retention_installer') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  said text;
BEGIN
  BEGIN
    SET LOCAL ROLE retention_early;
    CREATE SCHEMA retention;
    EXECUTE preparation;
    EXECUTE format('SET LOCAL ROLE %I', installer);
    CREATE EXTENSION retention;
    RESET ROLE;
    said := (SELECT string_agg(CASE WHEN grantee = 0 THEN 'PUBLIC' WHEN grantee = nspowner THEN CASE WHEN rolsuper THEN 'superuser' ELSE 'owner' END ELSE 'others' END || ' ' || privilege_type, ', '
        ORDER BY grantee DESC, privilege_type)
      FROM pg_namespace JOIN pg_roles ON pg_roles.oid = nspowner, aclexplode(nspacl) WHERE nspname = 'retention');
    RAISE EXCEPTION 'taken back' USING ERRCODE = 'ZZ999';
  EXCEPTION WHEN OTHERS THEN
    said := CASE WHEN SQLSTATE = 'ZZ999' THEN 'created: ' || said ELSE SQLSTATE || ': ' || SQLERRM END;
  END;
  RETURN said;
END
$$;
CREATE ROLE retention_early;
GRANT CREATE ON SCHEMA twin TO retention_early;
DROP EXTENSION retention;
DROP SCHEMA retention;
SELECT format('GRANT CREATE ON DATABASE %I TO retention_early', current_database()) \gexec
SELECT is(twin.installed_into(preparation, installer), 'created: superuser CREATE, superuser USAGE, PUBLIC USAGE', format('an empty schema of somebody is taken by %s: %s', installer, preparation))
FROM unnest(ARRAY[
  'SELECT', 'GRANT ALL ON SCHEMA retention TO PUBLIC', 'GRANT ALL ON SCHEMA retention TO retention_installer, retention_stranger WITH GRANT OPTION',
  'GRANT ALL ON SCHEMA retention TO retention_installer WITH GRANT OPTION; SET LOCAL ROLE retention_installer; GRANT CREATE ON SCHEMA retention TO retention_stranger, PUBLIC',
  'REVOKE ALL ON SCHEMA retention FROM retention_early',
  'CREATE FUNCTION retention.f() RETURNS void BEGIN ATOMIC END; DROP FUNCTION retention.f()',
  'ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO PUBLIC; DROP SCHEMA retention; CREATE SCHEMA retention']) AS preparation,
  unnest(ARRAY['retention_installer', session_user]) AS installer;
SELECT is(twin.installed_into(preparation, installer), '55000: schema retention must be empty, but holds an object of another origin: ' || object, format('%s is refused to %s: %s', object, installer, preparation))
FROM (VALUES
  ('CREATE FUNCTION retention.nps(bigint) RETURNS int LANGUAGE sql RETURN 1', 'function retention.nps(bigint)'),
  -- would answer what this check asks, if it looked there
  ('CREATE FUNCTION retention.yes(oid, regnamespace) RETURNS boolean LANGUAGE sql RETURN false; CREATE OPERATOR retention.= (LEFTARG = oid, RIGHTARG = regnamespace, FUNCTION = retention.yes)',
    'function retention.yes(oid,regnamespace)'),
  ('CREATE FUNCTION retention.format(text, text) RETURNS text LANGUAGE plpgsql AS $_$BEGIN RAISE ''evil''; END$_$', 'function retention.format(text,text)'),
  ('CREATE PROCEDURE retention.p() BEGIN ATOMIC END', 'function retention.p()'),
  ('CREATE AGGREGATE retention.a(integer) (SFUNC = int4pl, STYPE = integer)', 'function retention.a(integer)'),
  ('CREATE OPERATOR retention.@#@ (RIGHTARG = integer, FUNCTION = int4abs)', 'operator retention.@#@(NONE,integer)'),
  ('CREATE DOMAIN retention.rating_summary AS text', 'type retention.rating_summary'),
  ('CREATE TYPE retention.t AS (a integer)', 'type retention.t'),
  ('CREATE TYPE retention.t AS ENUM ()', 'type retention.t'),
  ('CREATE DOMAIN retention.text AS integer', 'type retention.text'),
  ('CREATE TABLE retention.pg_depend (a integer)', 'table retention.pg_depend'),
  ('CREATE TEMP TABLE pg_depend (a integer); CREATE TABLE retention.t (a integer)', 'table retention.t'),
  ('CREATE VIEW retention.v AS SELECT 1', 'view retention.v'),
  ('CREATE MATERIALIZED VIEW retention.v AS SELECT 1', 'materialized view retention.v'),
  ('CREATE SEQUENCE retention.s', 'sequence retention.s'),
  ('CREATE COLLATION retention.c FROM "C"', 'collation retention.c'),
  ('CREATE TEXT SEARCH DICTIONARY retention.d (TEMPLATE = simple)', 'text search dictionary retention.d'),
  ('CREATE TEXT SEARCH CONFIGURATION retention.c (COPY = simple)', 'text search configuration retention.c'),
  ('CREATE CONVERSION retention.c FOR ''LATIN1'' TO ''UTF8'' FROM iso8859_1_to_utf8', 'conversion retention.c'),
  ('CREATE TABLE twin.t (a integer, b integer); CREATE STATISTICS retention.s ON a, b FROM twin.t', 'statistics object retention.s'),
  ('ALTER DEFAULT PRIVILEGES IN SCHEMA retention GRANT EXECUTE ON FUNCTIONS TO retention_stranger',
    'default privileges on new functions belonging to role retention_early in schema retention')) AS v (preparation, object),
  unnest(ARRAY['retention_installer', session_user]) AS installer;
-- A small extension of PostgreSQL's own, by its name and by that of the extension for reports.
SELECT is(twin.installed_into('RESET ROLE; CREATE EXTENSION tcn SCHEMA retention; ' || preparation, installer), said, what)
FROM unnest(ARRAY['retention_installer', session_user]) AS installer, (VALUES
  ('SELECT', '55000: schema retention must be empty, but holds an object of another origin: extension tcn', 'another extension there is refused'),
  ('UPDATE pg_extension SET extname = ''retention_report'' WHERE extname = ''tcn''; GRANT ALL ON SCHEMA retention TO retention_stranger', 'created: superuser CREATE, superuser USAGE, PUBLIC USAGE',
    'retention_report is accepted, in a schema that is somebody else''s'),
  ('UPDATE pg_extension SET extname = ''retention_report'' WHERE extname = ''tcn''; CREATE FUNCTION retention.f() RETURNS void BEGIN ATOMIC END; ALTER FUNCTION retention.f() OWNER TO retention_early;
    ALTER EXTENSION retention_report ADD FUNCTION retention.f()', '55000: schema retention must be empty, but holds an object of another origin: function retention.f()', 'but not what somebody added to it')) AS v (preparation, said, what)
WHERE EXISTS (SELECT FROM pg_available_extensions WHERE name = 'tcn');
SELECT skip('there is no other extension to create', 6) WHERE NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'tcn');
SET LOCAL ROLE retention_installer;
CREATE EXTENSION retention;
RESET ROLE;

-- ------------------------------------------------------ 3. in a hostile session

\ir aggregate_calls.psql
SELECT twin.shadow('retention');
-- A value for every type of argument.
CREATE TABLE twin.one AS
SELECT 3::smallint AS "smallint", 3 AS "integer", 30::bigint AS "bigint", 0.25::double precision AS "double precision", 12.5 AS "numeric", true AS "boolean", DATE '2024-03-15' AS "date",
  TIMESTAMP '2024-03-15 12:00' AS "timestamp without time zone", TIMESTAMPTZ '2024-03-15 12:00Z' AS "timestamp with time zone", INTERVAL '1 month' AS "interval", '{1,8}'::integer[] AS "integer[]",
  '{1,2}'::double precision[] AS "double precision[]", '{a,b}'::text[] AS "text[]", '{2024-01-01,2024-01-02}'::date[] AS "date[]", '{[2024-01-01,2024-01-05)}'::datemultirange AS "datemultirange",
  '{"fit": []}'::json AS "json", '{"a": 1}'::jsonb AS "jsonb", 'x'::text AS "text", 'x'::varchar AS "character varying", '\x0102'::bytea AS "bytea",
  'month'::retention.period_spec AS "retention.period_spec", (SELECT retention.nps_agg(i) FROM calls.events) AS "retention.rating_summary",
  (SELECT retention.nps_series_agg(i, day, 'month') FROM calls.events) AS "retention.rating_series", (SELECT retention.activity_agg(day) FROM calls.events) AS "retention.activity_days",
  (SELECT retention.retention_agg(customer, day, 'month') FROM calls.events) AS "retention.retention_summary", (SELECT retention.mrr_timeline_agg(day, ended, mrr) FROM calls.events) AS "retention.mrr_timeline",
  (SELECT retention.revenue_agg(customer, day, ended, mrr, 'month') FROM calls.events) AS "retention.revenue_summary", (SELECT retention.revenue_cohort_agg(timeline, 'month') FROM calls.events) AS "retention.revenue_cohort_summary",
  (SELECT card FROM calls.events LIMIT 1) AS "retention.scorecard", (SELECT retention.engagement_agg(card, event, at) FROM calls.events) AS "retention.engagement_state",
  (SELECT retention.logistic_agg(outcome, features) FROM calls.events) AS "retention.logistic_model", (SELECT retention.roc_agg(score / 4, outcome) FROM calls.events) AS "retention.roc_summary",
  (SELECT retention.woe_agg(bin, outcome) FROM calls.events) AS "retention.woe_summary";
-- Every function with its arguments from there, with and without those that have a default, and for texts each
-- of the words that functions know.
CREATE TEMP TABLE queries AS
SELECT DISTINCT p.oid::regprocedure AS routine, format('SELECT pg_catalog.string_agg(r::pg_catalog.text, '';'') FROM (SELECT retention.%I(%s) AS r FROM twin.one) AS c', proname, a.list) AS query
FROM pg_proc AS p, unnest('{month,UTC,on_or_before,wald,score,wilson,pooled,start,count,pos_over_neg,"null"}'::text[]) AS word, unnest(ARRAY[pronargs, pronargs - pronargdefaults]) AS n,
  LATERAL (SELECT string_agg(CASE WHEN t = 'text'::regtype THEN quote_literal(word) || '::pg_catalog.text' ELSE quote_ident(format_type(t, NULL)) END, ', ' ORDER BY i) AS list
    FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS u (t, i) WHERE i <= n) AS a
WHERE pronamespace = 'retention'::regnamespace AND prokind = 'f' AND proname !~ '^report_' AND prorettype <> 'trigger'::regtype AND NOT proargtypes::oid[] && '{internal,cstring}'::regtype[]::oid[] AND n > 0;
SELECT is_empty($$SELECT routine FROM queries GROUP BY 1 HAVING bool_and(twin.in_peace(query) ~ '^42883')$$, 'there is a value for every type of argument');
INSERT INTO queries SELECT aggregate, format('SELECT %s(%s)::pg_catalog.text FROM calls.events', split_part(aggregate::text, '(', 1), arguments) FROM calls.aggregates;
INSERT INTO queries VALUES ('retention.retention_version()', 'SELECT retention.retention_version()::pg_catalog.text'), ('retention.retention_library_version()', 'SELECT retention.retention_library_version()'),
  ('retention.score_leads(retention.scorecard, text, text, timestamptz)', $$SELECT pg_catalog.string_agg(s::pg_catalog.text, ';') FROM calls.events, LATERAL retention.score_leads(card,
    'SELECT DISTINCT customer AS lead_id, ''{}''::pg_catalog.jsonb AS attributes FROM calls.events', 'SELECT customer AS lead_id, event, at FROM calls.events',
    '2024-03-15 12:00Z'::pg_catalog.timestamptz) AS s WHERE k OPERATOR(pg_catalog.=) 1$$),
  -- calls what draws the report, whose functions want rows of views; the views are of before
  ('retention.report_html(text)', $$SELECT pg_catalog.md5(retention.report_html('board'))$$);
CREATE TABLE public.rated AS SELECT DATE '2024-01-01' + n AS day, n % 11 AS score, n % 20 AS customer, DATE '2024-03-01' + n AS until, n AS mrr FROM generate_series(0, 90) AS n;
CREATE TABLE public.board AS SELECT retention.create_survey_views('board', 'public.rated', 'score', 'day', as_of => '2024-03-20') UNION ALL SELECT retention.create_retention_views('board', 'public.rated', 'customer', 'day', as_of => '2024-03-20')
  UNION ALL SELECT retention.create_revenue_views('board', 'public.rated', 'customer', 'day', 'until', 'mrr', as_of => '2024-03-20');
ALTER TABLE queries ADD peace text;
UPDATE queries SET peace = twin.in_peace(query);
SELECT cmp_ok((SELECT count(*) FROM queries WHERE peace !~ '^[0-9A-Z]{5}: '), '>', 400::bigint, 'there are calls with a result');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang WHERE pronamespace = 'retention'::regnamespace AND lanname = 'sql'
  AND proname !~ '^(report|internal)_' AND NOT EXISTS (SELECT FROM queries WHERE routine = p.oid AND peace !~ '^[0-9A-Z]{5}: ')$$, 'every function in SQL that users call has a call with a result');
-- Messages qualify the names of types that are hidden.
SELECT is_empty($$SELECT query, left(peace, 200), left(evil, 200) FROM queries, twin.among_evil(query) AS evil WHERE replace(evil, 'pg_catalog.', '') IS DISTINCT FROM replace(peace, 'pg_catalog.', '') LIMIT 5$$, 'every call gives the same among evil objects');

-- ------------------------------------------------------ 4. whose rows are read

CREATE SCHEMA crm;
CREATE TABLE crm.leads (lead_id bigint PRIMARY KEY, attributes jsonb NOT NULL, region text NOT NULL, score smallint);
CREATE TABLE crm.lead_events (lead_id bigint NOT NULL, event text NOT NULL, at timestamptz NOT NULL, region text NOT NULL, note text);
INSERT INTO crm.leads SELECT n, '{}', CASE n % 2 WHEN 0 THEN 'retention_analyst' ELSE 'other' END, n FROM generate_series(1, 10) AS n;
INSERT INTO crm.lead_events SELECT lead_id, 'w', TIMESTAMPTZ '2024-01-01 00:00Z' + lead_id * INTERVAL '1 hour', region, 'secret' FROM crm.leads, generate_series(1, lead_id);
GRANT USAGE ON SCHEMA crm, calls TO PUBLIC;
GRANT SELECT ON calls.events TO PUBLIC;
GRANT SELECT (lead_id, attributes, region, score) ON crm.leads TO retention_analyst;
GRANT SELECT (lead_id, event, at, region) ON crm.lead_events TO retention_analyst;
ALTER TABLE crm.leads ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.lead_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_region ON crm.leads USING (region = current_user);
CREATE POLICY own_region ON crm.lead_events USING (region = current_user);
CREATE FUNCTION crm.scores(leads_query text DEFAULT 'SELECT lead_id, attributes FROM crm.leads', events_query text DEFAULT 'SELECT lead_id, event, at FROM crm.lead_events') RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT string_agg(lead_id || '=' || s.score, ' ' ORDER BY lead_id::integer) FROM calls.events, LATERAL retention.score_leads(card, leads_query, events_query, '2024-06-01 00:00Z') AS s WHERE k = 1;
END;
CREATE FUNCTION crm.scores_as_owner() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER RETURN crm.scores();
PREPARE scores AS SELECT crm.scores();
SELECT is(twin.answer('EXECUTE scores'), '1=1 2=2 3=3 4=4 5=5 6=6 7=7 8=8 9=9 10=10', 'the owner scores all leads');
SET LOCAL ROLE retention_analyst;
SELECT is(crm.scores(), '2=2 4=4 6=6 8=8 10=10', 'score_leads: row-level security holds in both queries');
SELECT is(twin.answer('EXECUTE scores'), '2=2 4=4 6=6 8=8 10=10', 'and in a statement that the owner prepared');
SELECT is(crm.scores(events_query => 'SELECT l.lead_id, event, at FROM crm.lead_events JOIN crm.leads AS l ON l.lead_id IN (2, 4)'), '2=30 4=30 6=0 8=0 10=0', 'events of others are not counted either');
SELECT is(crm.scores_as_owner(), '1=1 2=2 3=3 4=4 5=5 6=6 7=7 8=8 9=9 10=10', 'called by a function that runs as the owner it reads as he does');
SELECT twin.fails($$SELECT crm.scores(events_query => 'SELECT lead_id, note, at FROM crm.lead_events')$$, '42501', 'permission denied', 'a column that is not granted is not read');
SELECT twin.fails($$SELECT crm.scores(leads_query => 'SELECT lead_id, to_jsonb(l) FROM crm.lead_events AS l')$$, '42501', 'permission denied', 'nor in a whole row');
SELECT twin.fails($$SELECT crm.scores(leads_query => 'DELETE FROM crm.leads RETURNING lead_id, attributes')$$, '42501|0A000|42601', NULL, 'nothing is written');
SELECT is((SELECT retention.num_responses(retention.nps_agg(score)) FROM crm.leads), 5::bigint, 'aggregates see what the caller sees');
SELECT is((SELECT retention.num_responses(retention.nps_agg(score)) FROM crm.leads WHERE region <> 'retention_analyst'), NULL, 'and no more');
SELECT twin.fails('SELECT retention.woe_agg(note, true) FROM crm.lead_events', '42501', 'permission denied', 'a column that is not granted is not counted');
SET LOCAL ROLE retention_stranger;
SELECT twin.fails('SELECT crm.scores()', '42501', 'permission denied', 'a stranger reads nothing');
SELECT twin.fails('EXECUTE scores', '42501', 'permission denied', 'in a prepared statement neither');
SELECT is(crm.scores('SELECT 1::bigint, ''{}''::jsonb', 'SELECT 1::bigint, ''w''::text, TIMESTAMPTZ ''2024-01-01 00:00Z'''), '1=1', 'but may score what needs no table');
RESET ROLE;

-- ------------------------------------------------------ 5. overloads beside the functions

-- S2: a superuser plants in the schema itself what would fit a call better than the function that is meant, if the call
-- left a type or an argument open: for each function and aggregate whose name is in a body, each argument of another type, all of them of
-- another type, fewer arguments, any number of them; for each operator, other types on either side. Whoever reaches one fails.
SET LOCAL search_path = pg_catalog, public, pg_temp;
CREATE FUNCTION twin.plant() RETURNS bigint LANGUAGE plpgsql AS $do$
DECLARE
  f record;
  planted bigint := 0;
BEGIN
  FOR f IN
    WITH called AS (
      SELECT DISTINCT p.oid, proname, proargtypes::oid[] AS types, pronargs AS n
      FROM pg_proc AS p
      WHERE pronamespace = 'retention'::regnamespace AND prokind IN ('f', 'a') AND NOT proargtypes::oid[] && '{internal,cstring}'::regtype[]::oid[]
        AND EXISTS (SELECT FROM pg_proc AS b JOIN pg_language AS l ON l.oid = b.prolang WHERE b.pronamespace = p.pronamespace AND lanname = 'plpgsql' AND strpos(b.prosrc, p.proname) > 0)),
    other AS (SELECT unnest('{text,name,integer,bigint,numeric,double precision,date,timestamptz,oid,text[],anyelement}'::regtype[]) AS t),
    lists AS (
      SELECT proname, array_to_string(types[:i - 1]::regtype[] || t || types[i + 1:]::regtype[], ', ') AS list FROM called, other, generate_series(1, n) AS i
      UNION SELECT proname, array_to_string(array_fill(t, ARRAY[n::integer]), ', ') FROM called, other WHERE n > 0
      UNION SELECT proname, array_to_string(types[:i]::regtype[], ', ') FROM called, generate_series(0, n - 1) AS i
      UNION SELECT proname, array_to_string(array_fill(t, ARRAY[i]), ', ') FROM called, other, generate_series(1, n - 1) AS i
      UNION SELECT proname, concat_ws(', ', nullif(array_to_string(types[:i]::regtype[], ', '), ''), 'VARIADIC ' || t) FROM called, unnest('{anyarray,text[],numeric[],double precision[]}'::regtype[]) AS t, generate_series(0, n) AS i)
    SELECT format('CREATE FUNCTION retention.%I(%s) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE ''planted: %s''; END$$', proname, list, proname) AS statement FROM lists
    UNION ALL
    SELECT DISTINCT format('CREATE OPERATOR retention.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = twin.planted)', o.oprname, l, r)
    FROM pg_operator AS o, unnest(ARRAY[o.oprleft::regtype, 'text', 'varchar', 'anyelement']) AS l, unnest(ARRAY[o.oprright::regtype, 'text', 'varchar', 'anyelement']) AS r
    WHERE o.oprnamespace = 'retention'::regnamespace
  LOOP
    BEGIN
      IF f.statement LIKE 'CREATE OPERATOR%' THEN
        EXECUTE format('CREATE FUNCTION twin.planted(%s, %s) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE ''planted: operator''; END$$', substring(f.statement, 'LEFTARG = (.*), RIGHTARG'), substring(f.statement, 'RIGHTARG = (.*), FUNCTION'));
      END IF;
      EXECUTE f.statement;
      planted := planted + 1;
    EXCEPTION WHEN duplicate_function OR invalid_function_definition THEN
      NULL;
    END;
  END LOOP;
  RETURN planted;
END
$do$;
SET LOCAL client_min_messages = error;
SELECT cmp_ok(twin.plant(), '>', 3000::bigint, 'overloads are planted');
-- and casts to a type of one's own, which whoever owns it can make
GRANT CREATE, USAGE ON SCHEMA crm TO retention_stranger;
SET LOCAL ROLE retention_stranger;
CREATE TYPE crm.trap AS (a integer);
CREATE FUNCTION crm.trap(retention.period_spec) RETURNS crm.trap LANGUAGE plpgsql AS $$BEGIN RAISE 'planted: cast'; END$$;
CREATE FUNCTION crm.trap(text) RETURNS crm.trap LANGUAGE plpgsql AS $$BEGIN RAISE 'planted: cast'; END$$;
CREATE CAST (retention.period_spec AS crm.trap) WITH FUNCTION crm.trap(retention.period_spec) AS IMPLICIT;
CREATE CAST (text AS crm.trap) WITH FUNCTION crm.trap(text) AS IMPLICIT;
RESET ROLE;
SELECT twin.fails('SELECT retention.' || call, 'P0001|42725', 'planted|is not unique', 'a call that leaves something open reaches one: ' || call)
FROM unnest(ARRAY[$$internal_type_kind('1')$$, $$periods('month')$$, $$period_start(DATE '2024-01-01', 'month')$$, $$internal_check_schema(name 'x')$$]) AS call;
SET LOCAL search_path = public, pg_temp;
\ir ../lint/every_view.psql
SET LOCAL search_path = pg_catalog, public, pg_temp;
SELECT pass('S2: no call in a body, in a statement or in a view reaches one');

SELECT * FROM finish();
ROLLBACK;
