-- survey_csv.sql: from a user's CSV file to the table `answers`. Run by demo/run.sh,
-- which puts csv.sql before it.
--
-- Variables: file, score, date, segment (the names the user gave, '' for none),
-- timezone, scale_min, scale_max, names (of the columns of csv).
--
-- Makes answers (row_no, score, answered, segment), unusable (row_no, score) and
-- reading, one row that says how the file was read.

-- ------------------------------------------------------------------- columns

CREATE FUNCTION column_titled(title text, option text) RETURNS text
  LANGUAGE plpgsql STABLE
AS $$
DECLARE
  found text := column_called(title, format('Give the one that %s means a name of its own in the first line of the file.', option));
BEGIN
  IF found IS NULL THEN
    PERFORM fail(format('there is no column "%s"', title), format('%s takes one of: %s.', option, titles()));
  END IF;
  RETURN found;
END
$$;

SELECT fail(format('the first line of "%s" names no columns', :'file'), 'It has to be a header such as date,score.')
FROM header
HAVING count(title) = 0;

SELECT column_titled(:'score', '--score') AS score_column,
  CASE WHEN :'date' = '' THEN 'NULL' ELSE column_titled(:'date', '--date') END AS date_column,
  CASE WHEN :'segment' = '' THEN 'NULL' ELSE column_titled(:'segment', '--segment') END AS segment_column
\gset

CREATE TABLE record AS
SELECT row_no,
  trimmed(:score_column) AS score,
  trimmed(:date_column) AS answered,
  regexp_replace(trimmed(:segment_column), '\s+', ' ', 'g') AS segment
FROM csv
WHERE row_no > 1
  -- A row of separators alone is none. Of a single column, an empty row is a missing answer.
  AND (:'names' = 'c1' OR coalesce(:names) IS NOT NULL);

SELECT fail(format('"%s" has a header and no answers', :'file'), 'Every line after the first is one answer.')
WHERE NOT EXISTS (SELECT FROM record);

-- -------------------------------------------------------------------- scores

CREATE TABLE unusable AS
SELECT row_no, score
FROM record
WHERE score IS NOT NULL
  AND (whole_number(score) BETWEEN :scale_min AND :scale_max) IS NOT TRUE;

-- Then it is not the scores that are wrong, but the column or the scale.
SELECT fail(
  format('%s of %s scores are no whole numbers from %s to %s, such as "%s" in row %s', count(unusable.row_no),
    count(record.score), :scale_min, :scale_max, (array_agg(unusable.score ORDER BY unusable.row_no))[1],
    min(unusable.row_no)),
  format('Is "%s" the column of the scores? For another scale, say for example --scale 1..5.', :'score'))
FROM record LEFT JOIN unusable USING (row_no)
HAVING 2 * count(unusable.row_no) > count(record.score);

SELECT fail(format('the column "%s" has no answers: it is empty in all %s rows', :'score', count(*)),
  'Another column may have the scores.')
FROM record
HAVING count(score) = 0;

-- --------------------------------------------------------------------- dates

SELECT fail(format('the date in row %s of the column "%s" is "%s"', row_no, :'date', answered), moment_hint())
FROM record
WHERE answered IS NOT NULL AND moment_type(answered) IS NULL
ORDER BY row_no
LIMIT 1;

SELECT fail(format('the column "%s" has no dates: it is empty in all %s rows', :'date', count(*)),
  'Leave out --date, or name another column.')
FROM record
WHERE row_no NOT IN (SELECT row_no FROM unusable)
HAVING :'date' <> '' AND count(answered) = 0;

SELECT type_of_moments('answered') AS answered_type
\gset

-- The extension knows the time zones; an unknown one is its error.
SELECT retention.periods('day', :'timezone') AS ignored \gset

-- ------------------------------------------------------------------- answers

CREATE TABLE answers AS
SELECT row_no, whole_number(score) AS score, CAST(answered AS :answered_type) AS answered, segment
FROM record
WHERE row_no NOT IN (SELECT row_no FROM unusable);

CREATE TABLE reading AS
SELECT :scale_min AS scale_min,
  :scale_max AS scale_max,
  CASE WHEN :'answered_type' = 'timestamptz' THEN ' ' || :'timezone' ELSE '' END AS zone,
  (SELECT count(*) FROM record) AS records;

DROP TABLE csv, record CASCADE;
ANALYZE;
