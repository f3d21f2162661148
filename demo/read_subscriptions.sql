-- read_subscriptions.sql: from subscriptions.csv to the table `subscriptions`. Run by
-- demo/run.sh, after csv.sql and read.sql. Variables: file, names (of the columns of csv).

SELECT required_column(:'file', 'customer_id') AS customer_column,
  required_column(:'file', 'started_on') AS start_column,
  required_column(:'file', 'ended_on') AS end_column,
  required_column(:'file', 'mrr') AS mrr_column,
  optional_column('product') AS product_column,
  optional_column('segment') AS segment_column
\gset

CREATE TABLE record AS
SELECT row_no, trimmed(:customer_column) AS customer_id, trimmed(:segment_column) AS segment,
  trimmed(:product_column) AS product, trimmed(:start_column) AS started_on, trimmed(:end_column) AS ended_on,
  trimmed(:mrr_column) AS mrr
FROM csv
WHERE row_no > 1 AND coalesce(:names) IS NOT NULL;

\set amount '^[+-]?[0-9]{1,30}([.][0-9]+)?$'

-- ended_on may be empty: the subscription goes on.
SELECT refuse_missing(:'file', 'customer_id', 'started_on', 'mrr') \gset ignored_
SELECT refuse_unreadable_moments(:'file', 'started_on', 'ended_on') \gset ignored_

INSERT INTO refused
SELECT :'file', row_no, 'ended_on', ended_on, format('is before started_on, "%s"', started_on)
FROM record
WHERE CASE WHEN moment_type(started_on) IS NOT NULL AND moment_type(ended_on) IS NOT NULL
  THEN ended_on::timestamptz < started_on::timestamptz END;

INSERT INTO refused
SELECT :'file', row_no, 'mrr', mrr,
  CASE WHEN mrr ~ :'amount' THEN 'has more than 6 decimals' ELSE 'is no amount such as 49 or 49.00' END
FROM record
WHERE NOT CASE WHEN mrr ~ :'amount' THEN scale(trim_scale(mrr::numeric)) <= 6 ELSE mrr IS NULL END;

SELECT close_reading(:'file', unused_columns('customer_id', 'segment', 'product', 'started_on', 'ended_on', 'mrr'))
\gset ignored_

SELECT type_of_moments('started_on', 'ended_on') AS at_type \gset
CREATE TABLE public.subscriptions AS
SELECT customer_id, segment, product, CAST(started_on AS :at_type) AS started_on, CAST(ended_on AS :at_type) AS ended_on,
  mrr::numeric AS mrr
FROM record
WHERE row_no NOT IN (SELECT row_no FROM refused WHERE file = :'file');

SELECT :'segment_column' = 'NULL' AS no_segment, :'product_column' = 'NULL' AS no_product \gset
\if :no_segment
  ALTER TABLE public.subscriptions DROP COLUMN segment;
\endif
\if :no_product
  ALTER TABLE public.subscriptions DROP COLUMN product;
\endif
DROP TABLE record, csv CASCADE;
