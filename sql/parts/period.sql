--
-- period: how time is cut. doc/period.md
--

@type period_spec
COMMENT ON TYPE period_spec IS 'how time is cut: unit, time zone, week start, calendar or elapsed, brackets; for example ''month Europe/Berlin''';

CREATE FUNCTION period_spec_from_text(text) RETURNS period_spec
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_spec_from_text(text) IS 'period_spec from its text form';

CREATE FUNCTION period_spec_from_text(varchar) RETURNS period_spec
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_spec_from_text(varchar) IS 'period_spec from its text form';

-- Implicit, because drivers bind strings as text or varchar.
CREATE CAST (text AS period_spec) WITH FUNCTION period_spec_from_text(text) AS IMPLICIT;
COMMENT ON CAST (text AS period_spec) IS 'period_spec from its text form';
CREATE CAST (varchar AS period_spec) WITH FUNCTION period_spec_from_text(varchar) AS IMPLICIT;
COMMENT ON CAST (varchar AS period_spec) IS 'period_spec from its text form';

CREATE FUNCTION periods(
  unit text,
  timezone text DEFAULT NULL,
  week_start integer DEFAULT 1,
  elapsed boolean DEFAULT false,
  brackets integer[] DEFAULT NULL
) RETURNS period_spec
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION periods(text, text, integer, boolean, integer[]) IS
  'period_spec from its parts: unit day, week, month, quarter or year; time zone; first day of the week, 1 Monday to 7 Sunday; age in elapsed days instead of calendar periods; brackets of ages';

CREATE FUNCTION period_start(at timestamptz, periods period_spec) RETURNS date
  AS 'MODULE_PATHNAME', 'period_start_timestamptz' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_start(timestamptz, period_spec) IS 'first day of the period that contains a moment, in the period_spec''s time zone';

CREATE FUNCTION period_start(at timestamp, periods period_spec) RETURNS date
  AS 'MODULE_PATHNAME', 'period_start_timestamp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_start(timestamp, period_spec) IS 'first day of the period that contains a local time';

CREATE FUNCTION period_start(at date, periods period_spec) RETURNS date
  AS 'MODULE_PATHNAME', 'period_start_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_start(date, period_spec) IS 'first day of the period that contains a day';

CREATE FUNCTION period_start(at timestamptz, periods period_spec, timezone text) RETURNS date
  AS 'MODULE_PATHNAME', 'period_start_in_zone' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_start(timestamptz, period_spec, text) IS 'first day of the period that contains a moment, in a time zone given per row';

CREATE FUNCTION period_start(at timestamp, periods period_spec, timezone text) RETURNS date
  AS 'MODULE_PATHNAME', 'period_zone_trap' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION period_start(timestamp, period_spec, text) IS 'always an error: a time zone needs a timestamp with time zone';

CREATE FUNCTION period_start(at date, periods period_spec, timezone text) RETURNS date
  AS 'MODULE_PATHNAME', 'period_zone_trap' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION period_start(date, period_spec, text) IS 'always an error: a time zone needs a timestamp with time zone';

CREATE FUNCTION period_end(at timestamptz, periods period_spec) RETURNS date
  AS 'MODULE_PATHNAME', 'period_end_timestamptz' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_end(timestamptz, period_spec) IS 'day after the last day of the period that contains a moment, in the period_spec''s time zone';

CREATE FUNCTION period_end(at timestamp, periods period_spec) RETURNS date
  AS 'MODULE_PATHNAME', 'period_end_timestamp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_end(timestamp, period_spec) IS 'day after the last day of the period that contains a local time';

CREATE FUNCTION period_end(at date, periods period_spec) RETURNS date
  AS 'MODULE_PATHNAME', 'period_end_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_end(date, period_spec) IS 'day after the last day of the period that contains a day';

CREATE FUNCTION period_end(at timestamptz, periods period_spec, timezone text) RETURNS date
  AS 'MODULE_PATHNAME', 'period_end_in_zone' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_end(timestamptz, period_spec, text) IS 'day after the last day of the period that contains a moment, in a time zone given per row';

CREATE FUNCTION period_end(at timestamp, periods period_spec, timezone text) RETURNS date
  AS 'MODULE_PATHNAME', 'period_zone_trap' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION period_end(timestamp, period_spec, text) IS 'always an error: a time zone needs a timestamp with time zone';

CREATE FUNCTION period_end(at date, periods period_spec, timezone text) RETURNS date
  AS 'MODULE_PATHNAME', 'period_zone_trap' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION period_end(date, period_spec, text) IS 'always an error: a time zone needs a timestamp with time zone';

CREATE FUNCTION period_index(at timestamptz, periods period_spec) RETURNS integer
  AS 'MODULE_PATHNAME', 'period_index_timestamptz' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_index(timestamptz, period_spec) IS 'number of the period that contains a moment, in the period_spec''s time zone; 0 is the period with 1970-01-01';

CREATE FUNCTION period_index(at timestamp, periods period_spec) RETURNS integer
  AS 'MODULE_PATHNAME', 'period_index_timestamp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_index(timestamp, period_spec) IS 'number of the period that contains a local time; 0 is the period with 1970-01-01';

CREATE FUNCTION period_index(at date, periods period_spec) RETURNS integer
  AS 'MODULE_PATHNAME', 'period_index_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_index(date, period_spec) IS 'number of the period that contains a day; 0 is the period with 1970-01-01';

CREATE FUNCTION period_index(at timestamptz, periods period_spec, timezone text) RETURNS integer
  AS 'MODULE_PATHNAME', 'period_index_in_zone' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_index(timestamptz, period_spec, text) IS 'number of the period that contains a moment, in a time zone given per row; 0 is the period with 1970-01-01';

CREATE FUNCTION period_index(at timestamp, periods period_spec, timezone text) RETURNS integer
  AS 'MODULE_PATHNAME', 'period_zone_trap' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION period_index(timestamp, period_spec, text) IS 'always an error: a time zone needs a timestamp with time zone';

CREATE FUNCTION period_index(at date, periods period_spec, timezone text) RETURNS integer
  AS 'MODULE_PATHNAME', 'period_zone_trap' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION period_index(date, period_spec, text) IS 'always an error: a time zone needs a timestamp with time zone';

CREATE FUNCTION period_add(day date, n bigint, periods period_spec) RETURNS date
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_add(date, bigint, period_spec) IS 'first day of the period n after the one that contains a day';

CREATE FUNCTION period_diff(from_day date, to_day date, periods period_spec) RETURNS integer
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_diff(date, date, period_spec) IS 'number of period boundaries from one day to another, negative backwards';

