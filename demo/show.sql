-- show.sql: how demo/scores.sql and demo/survey_scores.sql print; the first thing both include.
--
-- The statements are printed by psql as it sends them (ECHO), so what is read is what ran.
-- Sentences are \echo lines; a title of one space puts a line between a statement and its rows.

\set ON_ERROR_STOP on
\set QUIET on
\pset pager off
\pset footer off
\pset null ''
\pset title ' '

-- An interval drawn on an axis of 17 characters: --o--
CREATE OR REPLACE FUNCTION interval_plot(
  low double precision,
  middle double precision,
  high double precision,
  axis_low double precision,
  axis_high double precision
) RETURNS text
  IMMUTABLE
BEGIN ATOMIC
  SELECT overlay(rpad(repeat(' ', low_at) || repeat('-', high_at - low_at + 1), 17) PLACING 'o' FROM middle_at + 1)
  FROM (
    SELECT round(16 * (low - axis_low) / (axis_high - axis_low))::integer AS low_at,
      round(16 * (middle - axis_low) / (axis_high - axis_low))::integer AS middle_at,
      round(16 * (high - axis_low) / (axis_high - axis_low))::integer AS high_at
  ) AS positions;
END;

-- The same axis, as the heading of the column.
CREATE OR REPLACE FUNCTION axis_heading(axis_low integer, axis_high integer) RETURNS text
  IMMUTABLE
  RETURN rpad(axis_low::text, 17 - length(axis_high::text), '.') || axis_high;
