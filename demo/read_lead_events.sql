-- read_lead_events.sql: from lead_events.csv to the table `lead_events`, after leads.csv.
-- Run by demo/run.sh, after csv.sql and read.sql. Variables: file, names (of the columns
-- of csv), timezone (of times without an offset).

SELECT required_column(:'file', 'lead_id') AS lead_column,
  required_column(:'file', 'event') AS event_column,
  required_column(:'file', 'occurred_at') AS at_column
\gset

CREATE TABLE record AS
SELECT row_no, trimmed(:lead_column) AS lead_id, trimmed(:event_column) AS event, trimmed(:at_column) AS occurred_at
FROM csv
WHERE row_no > 1 AND coalesce(:names) IS NOT NULL;

SELECT refuse_missing(:'file', 'lead_id', 'event', 'occurred_at') \gset ignored_
SELECT refuse_unreadable_moments(:'file', 'occurred_at') \gset ignored_

-- Scores fade by the moment, not by the day.
SELECT CASE type_of_moments('occurred_at') WHEN 'timestamptz' THEN 'occurred_at::timestamptz'
  ELSE format('occurred_at::timestamp AT TIME ZONE %L', :'timezone') END AS moment
\gset
CREATE TABLE public.lead_events AS
SELECT lead_id, event, :moment AS occurred_at
FROM record
WHERE row_no NOT IN (SELECT row_no FROM refused WHERE file = :'file');

SELECT close_reading(:'file', concat_ws('; ',
  nullif(count(*) FILTER (WHERE leads.lead_id IS NULL), 0) || ' of leads that leads.csv does not have, which count nowhere',
  unused_columns('lead_id', 'event', 'occurred_at'))) AS ignored
FROM public.lead_events LEFT JOIN public.leads USING (lead_id)
\gset
DROP TABLE record, csv CASCADE;
