-- read.sql: what the scripts read_*.sql share, which make the tables of `--data` of the
-- user's files. Run by demo/run.sh, after csv.sql and before one of them.
--
-- A row that cannot be used is refused, with its reason, and counted; a file of which
-- more than half cannot be used is an error. Nothing else is left out.

CREATE TABLE IF NOT EXISTS refused (file text, row_no bigint, title text, value text, problem text);
CREATE TABLE IF NOT EXISTS reading (file text, rows bigint, refused bigint, remark text);

-- ------------------------------------------------------------------- columns

-- The column with this title, as text; 'NULL' if there is none.
CREATE OR REPLACE FUNCTION optional_column(title text) RETURNS text
  LANGUAGE sql STABLE
  RETURN coalesce(column_called(title, 'Each column needs a name of its own in the first line of the file.'), 'NULL');

CREATE OR REPLACE FUNCTION required_column(file text, title text) RETURNS text
  LANGUAGE plpgsql STABLE
AS $$
BEGIN
  IF optional_column(title) = 'NULL' THEN
    PERFORM fail(format('"%s" has no column "%s"', file, title),
      format('Its first line names: %s. demo/README.md says which columns the files have.', coalesce(titles(), 'nothing')));
  END IF;
  RETURN optional_column(title);
END
$$;

-- The columns that are there and that nothing here looks at.
CREATE OR REPLACE FUNCTION unused_columns(VARIADIC used text[]) RETURNS text
  LANGUAGE sql STABLE
AS $$
  SELECT 'columns that are not used: ' || string_agg(format('"%s"', title), ', ' ORDER BY position)
  FROM header
  WHERE title <> ALL (used)
$$;

-- ---------------------------------------------------------------------- rows

CREATE OR REPLACE FUNCTION refuse_missing(file text, VARIADIC columns text[]) RETURNS void
  LANGUAGE plpgsql
AS $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY columns LOOP
    EXECUTE format('INSERT INTO refused SELECT $1, row_no, %1$L, NULL, ''is missing'' FROM record WHERE %1$I IS NULL', name)
    USING file;
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION refuse_unreadable_moments(file text, VARIADIC columns text[]) RETURNS void
  LANGUAGE plpgsql
AS $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY columns LOOP
    EXECUTE format('INSERT INTO refused SELECT $1, row_no, %1$L, %1$I, ''is no date such as 2024-01-31 or 2024-01-31T16:57:58Z''
      FROM record WHERE %1$I IS NOT NULL AND moment_type(%1$I) IS NULL', name)
    USING file;
  END LOOP;
END
$$;

-- Writes down how many rows were read and refused.
CREATE OR REPLACE FUNCTION close_reading(file text, remark text) RETURNS void
  LANGUAGE plpgsql
AS $$
DECLARE
  rows bigint := (SELECT count(*) FROM record);
  bad bigint := (SELECT count(DISTINCT row_no) FROM refused WHERE refused.file = close_reading.file);
  example refused := (SELECT refused FROM refused WHERE refused.file = close_reading.file ORDER BY row_no LIMIT 1);
BEGIN
  IF rows = 0 THEN
    PERFORM fail(format('"%s" has a header and no rows', file), 'Leave the file out if there is nothing in it.');
  ELSIF 2 * bad > rows THEN
    PERFORM fail(format('%s of %s rows of "%s" cannot be used, such as row %s: "%s" %s', bad, rows, file, example.row_no,
        example.title, concat(quote_of(example.value), example.problem)),
      'demo/README.md says what the columns hold.');
  END IF;
  INSERT INTO reading VALUES (file, rows, bad, remark);
END
$$;

CREATE OR REPLACE FUNCTION quote_of(value text) RETURNS text
  IMMUTABLE
  RETURN '"' || left(regexp_replace(value, '\s+', ' ', 'g'), 60) || '" ';
