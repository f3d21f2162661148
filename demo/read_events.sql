-- read_events.sql: from events.csv to the table `events`. Run by demo/run.sh, after
-- csv.sql and read.sql. Variables: file, names (of the columns of csv).

SELECT required_column(:'file', 'customer_id') AS customer_column,
  required_column(:'file', 'occurred_at') AS at_column,
  optional_column('event') AS event_column,
  optional_column('segment') AS segment_column
\gset

CREATE TABLE record AS
SELECT row_no, trimmed(:customer_column) AS customer_id, trimmed(:segment_column) AS segment,
  trimmed(:event_column) AS event, trimmed(:at_column) AS occurred_at
FROM csv
WHERE row_no > 1 AND coalesce(:names) IS NOT NULL;

SELECT refuse_missing(:'file', 'customer_id', 'occurred_at') \gset ignored_
SELECT refuse_unreadable_moments(:'file', 'occurred_at') \gset ignored_
SELECT close_reading(:'file', unused_columns('customer_id', 'segment', 'event', 'occurred_at')) \gset ignored_

SELECT type_of_moments('occurred_at') AS at_type \gset
CREATE TABLE public.events AS
SELECT customer_id, segment, event, CAST(occurred_at AS :at_type) AS occurred_at
FROM record
WHERE row_no NOT IN (SELECT row_no FROM refused WHERE file = :'file');

SELECT :'segment_column' = 'NULL' AS no_segment, :'event_column' = 'NULL' AS no_event \gset
\if :no_segment
  ALTER TABLE public.events DROP COLUMN segment;
\endif
\if :no_event
  ALTER TABLE public.events DROP COLUMN event;
\endif
DROP TABLE record, csv CASCADE;
