-- survey_csv.sql: from a user's CSV file to the table `answers`. Run by demo/run.sh,
-- which has copied every record of the file as text into csv (row_no, c1, c2, ...),
-- the header being row 1.
--
-- Variables: file, score, date, segment (the names the user gave, '' for none),
-- timezone, scale_min, scale_max, names (of the columns of csv).
--
-- Makes answers (row_no, score, answered, segment), unusable (row_no, score) and
-- reading, one row that says how the file was read. What cannot be read is an
-- error that names the row: as spreadsheet programs count, with the header as row 1.

\pset tuples_only on
\pset format unaligned

CREATE FUNCTION fail(message text, hint text) RETURNS void
  LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = message, HINT = hint;
END
$$;

-- Without the blanks around it; NULL if nothing is left.
CREATE FUNCTION trimmed(value text) RETURNS text
  IMMUTABLE PARALLEL SAFE
  RETURN nullif(btrim(value, E' \t\r\n\u00A0'), '');

-- ------------------------------------------------------------------- columns

CREATE VIEW header AS
SELECT key AS column_name, substr(key, 2)::integer AS position, trimmed(value) AS title
FROM csv, jsonb_each_text(to_jsonb(csv) - 'row_no')
WHERE row_no = 1;

CREATE FUNCTION column_titled(title text, option text) RETURNS text
  LANGUAGE plpgsql STABLE
AS $$
DECLARE
  found text[] := ARRAY(SELECT column_name FROM header WHERE header.title = trimmed(column_titled.title));
BEGIN
  IF cardinality(found) > 1 THEN
    PERFORM fail(format('%s columns are called "%s"', cardinality(found), title),
      format('Give the one that %s means a name of its own in the first line of the file.', option));
  ELSIF cardinality(found) = 0 THEN
    PERFORM fail(format('there is no column "%s"', title),
      format('%s takes one of: %s.', option,
        (SELECT string_agg(format('"%s"', header.title), ', ' ORDER BY position) FROM header WHERE header.title <> '')));
  END IF;
  RETURN found[1];
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

-- The whole number that a score such as 9 or 9.0 is; NULL for everything else.
CREATE FUNCTION whole_number(value text) RETURNS integer
  IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN value ~ '^[+-]?[0-9]{1,9}(\.0*)?$' THEN value::numeric::integer END;

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

CREATE FUNCTION is_moment(value text) RETURNS boolean
  LANGUAGE plpgsql STABLE
AS $$
BEGIN
  PERFORM value::timestamptz;
  RETURN true;
EXCEPTION WHEN data_exception THEN
  RETURN false;
END
$$;

\set day '[0-9]{4}-[0-9]{2}-[0-9]{2}'
\set time '[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?'
\set offset ' ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)'

-- Only what everybody reads alike: 01/02/2024 is a day in January or in February.
SELECT fail(format('the date in row %s of the column "%s" is "%s"', row_no, :'date', answered),
  'Dates are written as 2024-01-31, 2024-01-31 16:57:58 or 2024-01-31T16:57:58+01:00.')
FROM record
WHERE answered IS NOT NULL
  AND NOT (answered ~ format('^%s(%s(%s)?)?$', :'day', :'time', :'offset') AND is_moment(answered))
ORDER BY row_no
LIMIT 1;

SELECT fail(format('the column "%s" has no dates: it is empty in all %s rows', :'date', count(*)),
  'Leave out --date, or name another column.')
FROM record
WHERE row_no NOT IN (SELECT row_no FROM unusable)
HAVING :'date' <> '' AND count(answered) = 0;

CREATE VIEW dated AS
SELECT row_no, answered, answered ~ format('^%s$', :'day') AS is_day,
  answered ~ format('^%s%s%s$', :'day', :'time', :'offset') AS has_offset
FROM record
WHERE answered IS NOT NULL;

SELECT fail(
  format('some dates have an offset from UTC and some have none: "%s" in row %s, "%s" in row %s',
    zoned.answered, zoned.row_no, local.answered, local.row_no),
  'Without an offset nobody knows which moment it is: write all of them with it, or none.')
FROM (SELECT * FROM dated WHERE has_offset ORDER BY row_no LIMIT 1) AS zoned,
  (SELECT * FROM dated WHERE NOT has_offset ORDER BY row_no LIMIT 1) AS local;

SELECT CASE
    WHEN bool_and(has_offset) THEN 'timestamptz'
    WHEN bool_and(is_day) IS NOT FALSE THEN 'date'
    ELSE 'timestamp'
  END AS answered_type
FROM dated
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
