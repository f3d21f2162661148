-- read_answers.sql: from answers.csv to the table `answers`. Run by demo/run.sh, after
-- csv.sql and read.sql. Variables: file, names (of the columns of csv).

SELECT required_column(:'file', 'score') AS score_column,
  required_column(:'file', 'answered_at') AS at_column,
  optional_column('customer_id') AS customer_column,
  optional_column('segment') AS segment_column
\gset

CREATE TABLE record AS
SELECT row_no, trimmed(:customer_column) AS customer_id, trimmed(:segment_column) AS segment,
  trimmed(:score_column) AS score, trimmed(:at_column) AS answered_at
FROM csv
WHERE row_no > 1 AND coalesce(:names) IS NOT NULL;

-- An empty score is a customer who was asked and has not answered.
INSERT INTO refused
SELECT :'file', row_no, 'score', score, 'is no whole number from 0 to 10'
FROM record
WHERE score IS NOT NULL AND (whole_number(score) BETWEEN 0 AND 10) IS NOT TRUE;
SELECT refuse_unreadable_moments(:'file', 'answered_at') \gset ignored_

SELECT type_of_moments('answered_at') AS at_type \gset
CREATE TABLE public.answers AS
SELECT customer_id, segment, CAST(answered_at AS :at_type) AS answered_at, whole_number(score)::smallint AS score
FROM record
WHERE row_no NOT IN (SELECT row_no FROM refused WHERE file = :'file');

SELECT close_reading(:'file', concat_ws('; ',
  nullif(count(*) FILTER (WHERE answered_at IS NULL), 0) || ' without a date, which count in no month',
  unused_columns('customer_id', 'segment', 'score', 'answered_at'))) AS ignored
FROM public.answers
\gset

SELECT :'segment_column' = 'NULL' AS no_segment, :'customer_column' = 'NULL' AS no_customer \gset
\if :no_segment
  ALTER TABLE public.answers DROP COLUMN segment;
\endif
\if :no_customer
  ALTER TABLE public.answers DROP COLUMN customer_id;
\endif
DROP TABLE record, csv CASCADE;
