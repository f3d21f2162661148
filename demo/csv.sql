-- csv.sql: what the scripts that read the table `csv` share. That table has every record
-- of a user's file as text (row_no, c1, c2, ...), the header being row 1. demo/csv.sh
-- makes it, and puts this script before survey_csv.sql and read_*.sql.
--
-- What cannot be read is an error that names the row: as spreadsheet programs count,
-- with the header as row 1.

\pset tuples_only on
\pset format unaligned

CREATE OR REPLACE FUNCTION fail(message text, hint text) RETURNS void
  LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = message, HINT = hint;
END
$$;

-- Without the blanks around it; NULL if nothing is left.
CREATE OR REPLACE FUNCTION trimmed(value text) RETURNS text
  IMMUTABLE PARALLEL SAFE
  RETURN nullif(btrim(value, E' \t\r\n\u00A0'), '');

-- ------------------------------------------------------------------- columns

CREATE OR REPLACE VIEW header AS
SELECT key AS column_name, substr(key, 2)::integer AS position, trimmed(value) AS title
FROM csv, jsonb_each_text(to_jsonb(csv) - 'row_no')
WHERE row_no = 1;

CREATE OR REPLACE FUNCTION titles() RETURNS text
  LANGUAGE sql STABLE
AS $$
  SELECT string_agg(format('"%s"', title), ', ' ORDER BY position) FROM header WHERE title <> ''
$$;

-- The column of csv with this title, NULL if there is none.
CREATE OR REPLACE FUNCTION column_called(title text, hint text) RETURNS text
  LANGUAGE plpgsql STABLE
AS $$
DECLARE
  found text[] := ARRAY(SELECT column_name FROM header WHERE header.title = trimmed(column_called.title));
BEGIN
  IF cardinality(found) > 1 THEN
    PERFORM fail(format('%s columns are called "%s"', cardinality(found), title), hint);
  END IF;
  RETURN found[1];
END
$$;

-- -------------------------------------------------------------------- values

-- The whole number that a score such as 9 or 9.0 is; NULL for everything else.
CREATE OR REPLACE FUNCTION whole_number(value text) RETURNS integer
  IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN value ~ '^[+-]?[0-9]{1,9}(\.0*)?$' THEN value::numeric::integer END;

-- Whether this is a `day`, a moment as a clock shows it (`timestamp`) or one with an offset
-- from UTC (`timestamptz`). NULL for everything that not everybody reads alike: 01/02/2024
-- is a day in January or in February.
CREATE OR REPLACE FUNCTION moment_type(value text) RETURNS text
  IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN value ~ '^0000' OR value !~ ('^[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]'
        || '([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?'
        || '( ?(Z|UTC|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?))?)?$') THEN NULL
    WHEN substr(value, 9, 2)::integer NOT BETWEEN 1 AND
      extract(day FROM make_date(substr(value, 1, 4)::integer, substr(value, 6, 2)::integer, 1) + interval '1 month -1 day')
      THEN NULL
    WHEN length(value) = 10 THEN 'date'
    WHEN substr(value, 11) ~ '[ZU+-]' THEN 'timestamptz'
    ELSE 'timestamp'
  END;

CREATE OR REPLACE FUNCTION moment_hint() RETURNS text
  IMMUTABLE
  RETURN 'Dates are written as 2024-01-31, 2024-01-31 16:57:58 or 2024-01-31T16:57:58+01:00.';

-- The type that holds every readable moment of these columns of the table `record`.
CREATE OR REPLACE FUNCTION type_of_moments(VARIADIC columns text[]) RETURNS text
  LANGUAGE plpgsql STABLE
AS $$
DECLARE
  moments text := (
    SELECT string_agg(format('SELECT row_no, %1$I AS value, moment_type(%1$I) AS type FROM record', name), ' UNION ALL ')
    FROM unnest(columns) AS name);
  example record;
  widest text;
BEGIN
  FOR example IN EXECUTE format('SELECT *
    FROM (SELECT row_no, value FROM (%1$s) AS m WHERE type = ''timestamptz'' ORDER BY row_no LIMIT 1) AS zoned (zoned_row, zoned),
    (SELECT row_no, value FROM (%1$s) AS m WHERE type <> ''timestamptz'' ORDER BY row_no LIMIT 1) AS local (local_row, local)', moments)
  LOOP
    PERFORM fail(format('some dates have an offset from UTC and some have none: "%s" in row %s, "%s" in row %s',
        example.zoned, example.zoned_row, example.local, example.local_row),
      'Without an offset nobody knows which moment it is: write all of them with it, or none.');
  END LOOP;
  EXECUTE format('SELECT max(type) FROM (%s) AS m', moments) INTO widest;
  RETURN coalesce(widest, 'date');
END
$$;
