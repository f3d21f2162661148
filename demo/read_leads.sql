-- read_leads.sql: from leads.csv to the table `leads`. Run by demo/run.sh, after csv.sql
-- and read.sql. Variables: file, names (of the columns of csv).
--
-- What is known of a lead is a JSON object in the column `attributes`, or else every
-- other column is an attribute: a number where it is one, otherwise text.

SELECT required_column(:'file', 'lead_id') AS lead_column,
  optional_column('attributes') AS attributes_column,
  optional_column('attributes') <> 'NULL' AS has_attributes
\gset

CREATE FUNCTION is_json_object(value text) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
  RETURN jsonb_typeof(value::jsonb) = 'object';
EXCEPTION WHEN data_exception THEN
  RETURN false;
END
$$;

CREATE FUNCTION attribute_value(value text) RETURNS jsonb
  IMMUTABLE
  RETURN CASE WHEN value ~ '^-?(0|[1-9][0-9]{0,30})([.][0-9]{1,30})?$' THEN to_jsonb(value::numeric) ELSE to_jsonb(value) END;

CREATE TABLE record AS
SELECT row_no, trimmed(:lead_column) AS lead_id, trimmed(:attributes_column) AS given
FROM csv
WHERE row_no > 1 AND coalesce(:names) IS NOT NULL;

\if :has_attributes
  INSERT INTO refused
  SELECT :'file', row_no, 'attributes', given, 'is no JSON object such as {"title": "CEO"}'
  FROM record
  WHERE NOT is_json_object(given);
\else
  SELECT fail(format('two columns of "%s" are called "%s"', :'file', title), 'Each is an attribute and needs a name of its own.')
  FROM header
  WHERE title IS NOT NULL
  GROUP BY title
  HAVING count(*) > 1;
\endif

SELECT refuse_missing(:'file', 'lead_id') \gset ignored_
INSERT INTO refused
SELECT :'file', row_no, 'lead_id', lead_id, format('is the lead of row %s as well', first_row)
FROM (SELECT *, min(row_no) OVER (PARTITION BY lead_id) AS first_row FROM record WHERE lead_id IS NOT NULL) AS counted
WHERE row_no > first_row;

\if :has_attributes
  SELECT close_reading(:'file', unused_columns('lead_id', 'attributes')) \gset ignored_
  CREATE TABLE public.leads AS
  SELECT lead_id, coalesce(given, '{}')::jsonb AS attributes
  FROM record
  WHERE row_no NOT IN (SELECT row_no FROM refused WHERE file = :'file');
\else
  SELECT close_reading(:'file', format('%s columns are attributes', count(title) - 1)) FROM header \gset ignored_
  CREATE TABLE public.leads AS
  SELECT lead_id, coalesce(attributes, '{}') AS attributes
  FROM record LEFT JOIN (
      SELECT row_no, jsonb_object_agg(title, attribute_value(trimmed(value)))
          FILTER (WHERE trimmed(value) IS NOT NULL) AS attributes
      FROM csv, jsonb_each_text(to_jsonb(csv) - 'row_no') AS cell JOIN header ON column_name = key
      WHERE title <> 'lead_id'
      GROUP BY row_no
    ) AS described USING (row_no)
  WHERE row_no NOT IN (SELECT row_no FROM refused WHERE file = :'file');
\endif
DROP TABLE record, csv CASCADE;
