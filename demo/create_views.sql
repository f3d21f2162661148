-- create_views.sql: prints the statements that create the views over the tables that are
-- there: answers, events, subscriptions, leads. Run by demo/run.sh, which shows and runs them.
-- Variables: timezone, as_of ('' for the last day in each table).
--
-- A time zone is named where moments are, and nowhere else. as_of is the last day that
-- the data cover; it is fixed here, because this demonstration looks at the past. Without
-- it the views look at yesterday, every day anew.

\pset tuples_only on
\pset format unaligned

CREATE FUNCTION pg_temp.has_column(source text, name text) RETURNS boolean
  LANGUAGE sql STABLE
AS $$
  SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(source) AND attname = name)
$$;

-- The last day in a column, in the time zone if it has moments.
CREATE FUNCTION pg_temp.last_day(source text, name text, timezone text) RETURNS date
  LANGUAGE plpgsql STABLE
AS $$
DECLARE
  found date;
BEGIN
  EXECUTE format('SELECT (max(%I)%s)::date FROM %I', name,
    CASE WHEN pg_temp.is_moment(source, name) THEN format(' AT TIME ZONE %L', timezone) END, source) INTO found;
  RETURN found;
END
$$;

CREATE FUNCTION pg_temp.is_moment(source text, name text) RETURNS boolean
  LANGUAGE sql STABLE
AS $$
  SELECT EXISTS (SELECT FROM pg_attribute
    WHERE attrelid = to_regclass(source) AND attname = name AND atttypid = 'timestamptz'::regtype)
$$;

-- The end of such a statement: the arguments that not every table needs.
CREATE FUNCTION pg_temp.further_arguments(source text, at_column text, timezone text, as_of text) RETURNS text
  LANGUAGE sql STABLE
AS $$
  SELECT concat_ws(', ',
    CASE WHEN pg_temp.has_column(source, 'product') THEN 'product => ''product''' END,
    CASE WHEN pg_temp.is_moment(source, at_column) THEN format('timezone => %L', timezone) END,
    CASE WHEN pg_temp.has_column(source, 'segment') THEN 'dimensions => ''{segment}''' END,
    format('as_of => %L', coalesce(nullif(as_of, '')::date, pg_temp.last_day(source, at_column, timezone))))
$$;

SELECT format($$SELECT * FROM retention.create_survey_views('kpi', 'answers', 'score', 'answered_at',
  %s);$$, pg_temp.further_arguments('answers', 'answered_at', :'timezone', :'as_of'))
WHERE to_regclass('answers') IS NOT NULL;

SELECT format($$SELECT * FROM retention.create_retention_views('kpi', 'events', 'customer_id', 'occurred_at',
  %s);$$, pg_temp.further_arguments('events', 'occurred_at', :'timezone', :'as_of'))
WHERE to_regclass('events') IS NOT NULL;

SELECT format($$SELECT * FROM retention.create_revenue_views('kpi', 'subscriptions', 'customer_id',
  'started_on', 'ended_on', 'mrr',
  %s);$$, pg_temp.further_arguments('subscriptions', 'started_on', :'timezone', :'as_of'))
WHERE to_regclass('subscriptions') IS NOT NULL;

-- Scores are those at the end of the last day.
SELECT format($$SELECT * FROM retention.create_lead_views('kpi', (SELECT card FROM scorecard),
  'leads', 'lead_id', 'attributes', 'lead_events', 'lead_id', 'event', 'occurred_at'%s);$$,
  E',\n  as_of => ' || quote_literal(coalesce(nullif(:'as_of', '')::date, pg_temp.last_day('lead_events', 'occurred_at', :'timezone')) + 1
    || ' 00:00 ' || :'timezone'))
WHERE to_regclass('leads') IS NOT NULL;
