--
-- retention: activity of customers and cohort retention. doc/retention.md
--

-- activity_days -------------------------------------------------------------

@type activity_days
COMMENT ON TYPE activity_days IS 'the set of days on which one customer was active';

-- support functions of its aggregates

CREATE FUNCTION activity_days_final(state activity_days) RETURNS activity_days
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_days_final(activity_days) IS 'final function of activity_agg and merge_agg';

CREATE FUNCTION activity_days_merge(state activity_days, a activity_days) RETURNS activity_days
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_days_merge(activity_days, activity_days) IS 'combine function of activity_agg, transition function of merge_agg';

CREATE FUNCTION activity_accum(state activity_days, day date) RETURNS activity_days
  AS 'MODULE_PATHNAME', 'activity_accum_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity_days, date) IS 'transition function of activity_agg';

CREATE FUNCTION activity_accum(state activity_days, at timestamp) RETURNS activity_days
  AS 'MODULE_PATHNAME', 'activity_accum_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity_days, timestamp) IS 'transition function of activity_agg';

CREATE FUNCTION activity_accum(state activity_days, at timestamptz, timezone text) RETURNS activity_days
  AS 'MODULE_PATHNAME', 'activity_accum_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity_days, timestamptz, text) IS 'transition function of activity_agg';

CREATE FUNCTION activity_trap(state activity_days, at timestamptz) RETURNS activity_days
  AS 'MODULE_PATHNAME', 'activity_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION activity_trap(activity_days, timestamptz) IS 'always an error: a timestamp with time zone needs a zone';

CREATE FUNCTION activity_trap(state activity_days, at timestamp, timezone text) RETURNS activity_days
  AS 'MODULE_PATHNAME', 'activity_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION activity_trap(activity_days, timestamp, text) IS 'always an error: a time zone needs a timestamp with time zone';

CREATE FUNCTION activity_trap(state activity_days, day date, timezone text) RETURNS activity_days
  AS 'MODULE_PATHNAME', 'activity_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION activity_trap(activity_days, date, text) IS 'always an error: a time zone needs a timestamp with time zone';

-- aggregates

CREATE AGGREGATE activity_agg(day date) (
  SFUNC = activity_accum,
  STYPE = activity_days,
  SSPACE = 96,
  FINALFUNC = activity_days_final,
  COMBINEFUNC = activity_days_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(date) IS 'the days on which there is a row; NULL days are ignored';

CREATE AGGREGATE activity_agg(at timestamp) (
  SFUNC = activity_accum,
  STYPE = activity_days,
  SSPACE = 96,
  FINALFUNC = activity_days_final,
  COMBINEFUNC = activity_days_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamp) IS 'the days on which there is a row, by local time; NULL times are ignored';

CREATE AGGREGATE activity_agg(at timestamptz, timezone text) (
  SFUNC = activity_accum,
  STYPE = activity_days,
  SSPACE = 96,
  FINALFUNC = activity_days_final,
  COMBINEFUNC = activity_days_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamptz, text) IS 'the days on which there is a row, in a time zone; rows with a NULL are ignored';

CREATE AGGREGATE activity_agg(at timestamptz) (
  SFUNC = activity_trap,
  STYPE = activity_days,
  SSPACE = 96,
  FINALFUNC = activity_days_final,
  COMBINEFUNC = activity_days_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamptz) IS 'always an error: a timestamp with time zone needs a zone';

CREATE AGGREGATE activity_agg(at timestamp, timezone text) (
  SFUNC = activity_trap,
  STYPE = activity_days,
  SSPACE = 96,
  FINALFUNC = activity_days_final,
  COMBINEFUNC = activity_days_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamp, text) IS 'always an error: a time zone needs a timestamp with time zone';

CREATE AGGREGATE activity_agg(day date, timezone text) (
  SFUNC = activity_trap,
  STYPE = activity_days,
  SSPACE = 96,
  FINALFUNC = activity_days_final,
  COMBINEFUNC = activity_days_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(date, text) IS 'always an error: a time zone needs a timestamp with time zone';

CREATE AGGREGATE merge_agg(a activity_days) (
  SFUNC = activity_days_merge,
  STYPE = activity_days,
  SSPACE = 96,
  FINALFUNC = activity_days_final,
  COMBINEFUNC = activity_days_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(activity_days) IS 'the days of all sets';

-- set operations

CREATE FUNCTION combine(a activity_days, b activity_days) RETURNS activity_days
  AS 'MODULE_PATHNAME', 'activity_days_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(activity_days, activity_days) IS 'the days of either; NULL counts as no days';

CREATE FUNCTION activity_intersection(a activity_days, b activity_days) RETURNS activity_days
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_intersection(activity_days, activity_days) IS 'the days of both';

CREATE FUNCTION activity_difference(a activity_days, b activity_days) RETURNS activity_days
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_difference(activity_days, activity_days) IS 'the days of a that are not in b';

CREATE FUNCTION active_on(a activity_days, day date) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION active_on(activity_days, date) IS 'whether there was activity on a day';

CREATE OPERATOR + (
  LEFTARG = activity_days, RIGHTARG = activity_days, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (activity_days, activity_days) IS 'combine';

CREATE OPERATOR | (
  LEFTARG = activity_days, RIGHTARG = activity_days, FUNCTION = combine, COMMUTATOR = |
);
COMMENT ON OPERATOR | (activity_days, activity_days) IS 'combine';

CREATE OPERATOR & (
  LEFTARG = activity_days, RIGHTARG = activity_days, FUNCTION = activity_intersection, COMMUTATOR = &
);
COMMENT ON OPERATOR & (activity_days, activity_days) IS 'activity_intersection';

CREATE OPERATOR - (
  LEFTARG = activity_days, RIGHTARG = activity_days, FUNCTION = activity_difference
);
COMMENT ON OPERATOR - (activity_days, activity_days) IS 'activity_difference';

CREATE OPERATOR @> (
  LEFTARG = activity_days, RIGHTARG = date, FUNCTION = active_on, RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR @> (activity_days, date) IS 'active_on';

-- accessors

CREATE FUNCTION first_active(a activity_days) RETURNS date
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION first_active(activity_days) IS 'first day with activity';

CREATE FUNCTION last_active(a activity_days) RETURNS date
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION last_active(activity_days) IS 'last day with activity';

CREATE FUNCTION active_days(a activity_days) RETURNS integer
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION active_days(activity_days) IS 'number of days with activity';

CREATE FUNCTION active_periods(a activity_days, periods period_spec) RETURNS integer
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION active_periods(activity_days, period_spec) IS 'number of periods with activity';

CREATE FUNCTION is_active(a activity_days, from_day date, to_day date) RETURNS boolean
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION is_active(activity_days, date, date) IS 'whether there was activity from from_day up to, not including, to_day';

CREATE FUNCTION active_dates(a activity_days) RETURNS SETOF date
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 12;
COMMENT ON FUNCTION active_dates(activity_days) IS 'the days with activity, in order';

-- casts

CREATE FUNCTION activity_days_from_array(date[]) RETURNS activity_days
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_days_from_array(date[]) IS 'the days in a list';
CREATE CAST (date[] AS activity_days) WITH FUNCTION activity_days_from_array(date[]) AS ASSIGNMENT;
COMMENT ON CAST (date[] AS activity_days) IS 'the days in a list';

CREATE FUNCTION activity_days_to_array(activity_days) RETURNS date[]
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_days_to_array(activity_days) IS 'the days as a list, in order';
CREATE CAST (activity_days AS date[]) WITH FUNCTION activity_days_to_array(activity_days) AS ASSIGNMENT;
COMMENT ON CAST (activity_days AS date[]) IS 'the days as a list, in order';

CREATE FUNCTION activity_days_from_multirange(datemultirange) RETURNS activity_days
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_days_from_multirange(datemultirange) IS 'the days in ranges';
CREATE CAST (datemultirange AS activity_days) WITH FUNCTION activity_days_from_multirange(datemultirange);
COMMENT ON CAST (datemultirange AS activity_days) IS 'the days in ranges';

CREATE FUNCTION activity_days_to_multirange(activity_days) RETURNS datemultirange
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_days_to_multirange(activity_days) IS 'the days as ranges';
CREATE CAST (activity_days AS datemultirange) WITH FUNCTION activity_days_to_multirange(activity_days);
COMMENT ON CAST (activity_days AS datemultirange) IS 'the days as ranges';

-- retention_summary ---------------------------------------------------------

@type retention_summary
COMMENT ON TYPE retention_summary IS 'cohorts of customers, with the customers retained at each age under every criterion';

-- support functions of the aggregates over activity_days

CREATE FUNCTION retention_summary_merge(state retention_summary, s retention_summary) RETURNS retention_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_merge(retention_summary, retention_summary) IS 'combine function of the retention aggregates, transition function of merge_agg';

CREATE FUNCTION retention_accum(state retention_summary, a activity_days, periods period_spec) RETURNS retention_summary
  AS 'MODULE_PATHNAME', 'retention_accum_self_born' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_accum(retention_summary, activity_days, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_accum(
  state retention_summary,
  a activity_days,
  cohort_day date,
  periods period_spec
) RETURNS retention_summary
  AS 'MODULE_PATHNAME', 'retention_accum_given' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_accum(retention_summary, activity_days, date, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_trap(
  state retention_summary,
  a activity_days,
  cohort_day timestamptz,
  periods period_spec
) RETURNS retention_summary
  AS 'MODULE_PATHNAME', 'retention_cohort_day_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_trap(retention_summary, activity_days, timestamptz, period_spec) IS 'always an error: cohort_day is a date';

CREATE FUNCTION recurring_retention_accum(
  state retention_summary,
  start activity_days,
  return activity_days,
  periods period_spec
) RETURNS retention_summary
  AS 'MODULE_PATHNAME', 'retention_accum_recurring' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION recurring_retention_accum(retention_summary, activity_days, activity_days, period_spec) IS 'transition function of recurring_retention_agg';

-- aggregates over activity_days

CREATE AGGREGATE retention_agg(a activity_days, periods period_spec) (
  SFUNC = retention_accum,
  STYPE = retention_summary,
  SSPACE = 4096,
  COMBINEFUNC = retention_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(activity_days, period_spec) IS 'cohorts by the first activity of each customer; customers without activity are ignored';

CREATE AGGREGATE retention_agg(a activity_days, cohort_day date, periods period_spec) (
  SFUNC = retention_accum,
  STYPE = retention_summary,
  SSPACE = 4096,
  COMBINEFUNC = retention_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(activity_days, date, period_spec) IS 'cohorts by a day given for each customer; NULL activity is a customer who never came';

CREATE AGGREGATE retention_agg(a activity_days, cohort_day timestamptz, periods period_spec) (
  SFUNC = retention_trap,
  STYPE = retention_summary,
  SSPACE = 4096,
  COMBINEFUNC = retention_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(activity_days, timestamptz, period_spec) IS 'always an error: cohort_day is a date';

CREATE AGGREGATE recurring_retention_agg(start activity_days, return activity_days, periods period_spec) (
  SFUNC = recurring_retention_accum,
  STYPE = retention_summary,
  SSPACE = 4096,
  COMBINEFUNC = retention_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE recurring_retention_agg(activity_days, activity_days, period_spec) IS 'cohorts in each period in which a customer starts; NULL return is a customer who never came back';

CREATE AGGREGATE merge_agg(s retention_summary) (
  SFUNC = retention_summary_merge,
  STYPE = retention_summary,
  SSPACE = 4096,
  COMBINEFUNC = retention_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(retention_summary) IS 'the customers of all summaries, who must be others in each';

-- support functions of the single pass

CREATE FUNCTION retention_pass_combine(state internal, other internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_combine(internal, internal) IS 'combine function of the single pass';

CREATE FUNCTION retention_pass_serialize(state internal) RETURNS bytea
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_serialize(internal) IS 'serialization function of the single pass';

CREATE FUNCTION retention_pass_deserialize(sent bytea, state internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_deserialize(bytea, internal) IS 'deserialization function of the single pass';

CREATE FUNCTION retention_pass_final(state internal) RETURNS retention_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_final(internal) IS 'final function of the single pass';

CREATE FUNCTION retention_pass(state internal, customer bigint, at timestamptz, periods period_spec) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_bigint_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, bigint, timestamptz, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass(
  state internal,
  customer bigint,
  at timestamptz,
  periods period_spec,
  is_birth boolean
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_bigint_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, bigint, timestamptz, period_spec, boolean) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass_trap(
  state internal,
  customer bigint,
  at timestamptz,
  periods period_spec,
  timezone text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_trap(internal, bigint, timestamptz, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE FUNCTION retention_pass(state internal, customer bigint, at timestamp, periods period_spec) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_bigint_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, bigint, timestamp, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass(
  state internal,
  customer bigint,
  at timestamp,
  periods period_spec,
  is_birth boolean
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_bigint_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, bigint, timestamp, period_spec, boolean) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass_trap(
  state internal,
  customer bigint,
  at timestamp,
  periods period_spec,
  timezone text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_trap(internal, bigint, timestamp, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE FUNCTION retention_pass(state internal, customer bigint, at date, periods period_spec) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_bigint_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, bigint, date, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass(
  state internal,
  customer bigint,
  at date,
  periods period_spec,
  is_birth boolean
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_bigint_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, bigint, date, period_spec, boolean) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass_trap(
  state internal,
  customer bigint,
  at date,
  periods period_spec,
  timezone text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_trap(internal, bigint, date, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE FUNCTION retention_pass(state internal, customer uuid, at timestamptz, periods period_spec) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_uuid_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, uuid, timestamptz, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass(
  state internal,
  customer uuid,
  at timestamptz,
  periods period_spec,
  is_birth boolean
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_uuid_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, uuid, timestamptz, period_spec, boolean) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass_trap(
  state internal,
  customer uuid,
  at timestamptz,
  periods period_spec,
  timezone text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_trap(internal, uuid, timestamptz, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE FUNCTION retention_pass(state internal, customer uuid, at timestamp, periods period_spec) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_uuid_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, uuid, timestamp, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass(
  state internal,
  customer uuid,
  at timestamp,
  periods period_spec,
  is_birth boolean
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_uuid_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, uuid, timestamp, period_spec, boolean) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass_trap(
  state internal,
  customer uuid,
  at timestamp,
  periods period_spec,
  timezone text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_trap(internal, uuid, timestamp, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE FUNCTION retention_pass(state internal, customer uuid, at date, periods period_spec) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_uuid_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, uuid, date, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass(
  state internal,
  customer uuid,
  at date,
  periods period_spec,
  is_birth boolean
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_uuid_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, uuid, date, period_spec, boolean) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass_trap(
  state internal,
  customer uuid,
  at date,
  periods period_spec,
  timezone text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_trap(internal, uuid, date, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE FUNCTION retention_pass(state internal, customer text, at timestamptz, periods period_spec) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_text_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, text, timestamptz, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass(
  state internal,
  customer text,
  at timestamptz,
  periods period_spec,
  is_birth boolean
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_text_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, text, timestamptz, period_spec, boolean) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass_trap(
  state internal,
  customer text,
  at timestamptz,
  periods period_spec,
  timezone text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_trap(internal, text, timestamptz, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE FUNCTION retention_pass(state internal, customer text, at timestamp, periods period_spec) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_text_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, text, timestamp, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass(
  state internal,
  customer text,
  at timestamp,
  periods period_spec,
  is_birth boolean
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_text_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, text, timestamp, period_spec, boolean) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass_trap(
  state internal,
  customer text,
  at timestamp,
  periods period_spec,
  timezone text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_trap(internal, text, timestamp, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE FUNCTION retention_pass(state internal, customer text, at date, periods period_spec) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_text_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, text, date, period_spec) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass(
  state internal,
  customer text,
  at date,
  periods period_spec,
  is_birth boolean
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_text_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass(internal, text, date, period_spec, boolean) IS 'transition function of retention_agg';

CREATE FUNCTION retention_pass_trap(
  state internal,
  customer text,
  at date,
  periods period_spec,
  timezone text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'retention_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION retention_pass_trap(internal, text, date, period_spec, text) IS 'always an error: the time zone is part of periods';

-- the single pass over raw events

CREATE AGGREGATE retention_agg(customer bigint, at timestamptz, periods period_spec) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(bigint, timestamptz, period_spec) IS 'cohorts by the first activity of each customer, from raw events; rows without a customer or a time are ignored';

CREATE AGGREGATE retention_agg(customer bigint, at timestamptz, periods period_spec, is_birth boolean) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(bigint, timestamptz, period_spec, boolean) IS 'cohorts by the first event that is a birth, from raw events; rows without a customer or a time are ignored, NULL is_birth is false';

CREATE AGGREGATE retention_agg(customer bigint, at timestamptz, periods period_spec, timezone text) (
  SFUNC = retention_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(bigint, timestamptz, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE AGGREGATE retention_agg(customer bigint, at timestamp, periods period_spec) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(bigint, timestamp, period_spec) IS 'cohorts by the first activity of each customer, from raw events; rows without a customer or a time are ignored';

CREATE AGGREGATE retention_agg(customer bigint, at timestamp, periods period_spec, is_birth boolean) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(bigint, timestamp, period_spec, boolean) IS 'cohorts by the first event that is a birth, from raw events; rows without a customer or a time are ignored, NULL is_birth is false';

CREATE AGGREGATE retention_agg(customer bigint, at timestamp, periods period_spec, timezone text) (
  SFUNC = retention_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(bigint, timestamp, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE AGGREGATE retention_agg(customer bigint, at date, periods period_spec) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(bigint, date, period_spec) IS 'cohorts by the first activity of each customer, from raw events; rows without a customer or a time are ignored';

CREATE AGGREGATE retention_agg(customer bigint, at date, periods period_spec, is_birth boolean) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(bigint, date, period_spec, boolean) IS 'cohorts by the first event that is a birth, from raw events; rows without a customer or a time are ignored, NULL is_birth is false';

CREATE AGGREGATE retention_agg(customer bigint, at date, periods period_spec, timezone text) (
  SFUNC = retention_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(bigint, date, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE AGGREGATE retention_agg(customer uuid, at timestamptz, periods period_spec) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(uuid, timestamptz, period_spec) IS 'cohorts by the first activity of each customer, from raw events; rows without a customer or a time are ignored';

CREATE AGGREGATE retention_agg(customer uuid, at timestamptz, periods period_spec, is_birth boolean) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(uuid, timestamptz, period_spec, boolean) IS 'cohorts by the first event that is a birth, from raw events; rows without a customer or a time are ignored, NULL is_birth is false';

CREATE AGGREGATE retention_agg(customer uuid, at timestamptz, periods period_spec, timezone text) (
  SFUNC = retention_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(uuid, timestamptz, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE AGGREGATE retention_agg(customer uuid, at timestamp, periods period_spec) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(uuid, timestamp, period_spec) IS 'cohorts by the first activity of each customer, from raw events; rows without a customer or a time are ignored';

CREATE AGGREGATE retention_agg(customer uuid, at timestamp, periods period_spec, is_birth boolean) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(uuid, timestamp, period_spec, boolean) IS 'cohorts by the first event that is a birth, from raw events; rows without a customer or a time are ignored, NULL is_birth is false';

CREATE AGGREGATE retention_agg(customer uuid, at timestamp, periods period_spec, timezone text) (
  SFUNC = retention_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(uuid, timestamp, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE AGGREGATE retention_agg(customer uuid, at date, periods period_spec) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(uuid, date, period_spec) IS 'cohorts by the first activity of each customer, from raw events; rows without a customer or a time are ignored';

CREATE AGGREGATE retention_agg(customer uuid, at date, periods period_spec, is_birth boolean) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(uuid, date, period_spec, boolean) IS 'cohorts by the first event that is a birth, from raw events; rows without a customer or a time are ignored, NULL is_birth is false';

CREATE AGGREGATE retention_agg(customer uuid, at date, periods period_spec, timezone text) (
  SFUNC = retention_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(uuid, date, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE AGGREGATE retention_agg(customer text, at timestamptz, periods period_spec) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(text, timestamptz, period_spec) IS 'cohorts by the first activity of each customer, from raw events; rows without a customer or a time are ignored';

CREATE AGGREGATE retention_agg(customer text, at timestamptz, periods period_spec, is_birth boolean) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(text, timestamptz, period_spec, boolean) IS 'cohorts by the first event that is a birth, from raw events; rows without a customer or a time are ignored, NULL is_birth is false';

CREATE AGGREGATE retention_agg(customer text, at timestamptz, periods period_spec, timezone text) (
  SFUNC = retention_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(text, timestamptz, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE AGGREGATE retention_agg(customer text, at timestamp, periods period_spec) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(text, timestamp, period_spec) IS 'cohorts by the first activity of each customer, from raw events; rows without a customer or a time are ignored';

CREATE AGGREGATE retention_agg(customer text, at timestamp, periods period_spec, is_birth boolean) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(text, timestamp, period_spec, boolean) IS 'cohorts by the first event that is a birth, from raw events; rows without a customer or a time are ignored, NULL is_birth is false';

CREATE AGGREGATE retention_agg(customer text, at timestamp, periods period_spec, timezone text) (
  SFUNC = retention_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(text, timestamp, period_spec, text) IS 'always an error: the time zone is part of periods';

CREATE AGGREGATE retention_agg(customer text, at date, periods period_spec) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(text, date, period_spec) IS 'cohorts by the first activity of each customer, from raw events; rows without a customer or a time are ignored';

CREATE AGGREGATE retention_agg(customer text, at date, periods period_spec, is_birth boolean) (
  SFUNC = retention_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(text, date, period_spec, boolean) IS 'cohorts by the first event that is a birth, from raw events; rows without a customer or a time are ignored, NULL is_birth is false';

CREATE AGGREGATE retention_agg(customer text, at date, periods period_spec, timezone text) (
  SFUNC = retention_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = retention_pass_final,
  COMBINEFUNC = retention_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = retention_pass_serialize,
  DESERIALFUNC = retention_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(text, date, period_spec, text) IS 'always an error: the time zone is part of periods';

-- merging and accessors

CREATE FUNCTION combine(a retention_summary, b retention_summary) RETURNS retention_summary
  AS 'MODULE_PATHNAME', 'retention_summary_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(retention_summary, retention_summary) IS 'the customers of both, who must be others in each; NULL counts as no customers';

CREATE OPERATOR + (
  LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (retention_summary, retention_summary) IS 'combine';

CREATE TYPE cohort_row AS (
  cohort_start date,
  period_number integer,
  period_start date,
  cohort_size bigint,
  retained bigint,
  retention_rate double precision,
  ci_low double precision,
  ci_high double precision,
  is_complete boolean
);
COMMENT ON TYPE cohort_row IS 'row of cohort_retention()';
COMMENT ON COLUMN cohort_row.cohort_start IS 'first day of the period in which the customers of the cohort began';
COMMENT ON COLUMN cohort_row.period_number IS 'periods since then: 0 is that period itself';
COMMENT ON COLUMN cohort_row.period_start IS 'first day of the period that the customers are looked at in; NULL for elapsed periods';
COMMENT ON COLUMN cohort_row.cohort_size IS 'customers of the cohort';
COMMENT ON COLUMN cohort_row.retained IS 'those of them that meet the criterion in the period';
COMMENT ON COLUMN cohort_row.retention_rate IS 'retained / cohort_size';
COMMENT ON COLUMN cohort_row.ci_low IS 'lower bound of retention_rate, Wilson';
COMMENT ON COLUMN cohort_row.ci_high IS 'upper bound of retention_rate, Wilson';
COMMENT ON COLUMN cohort_row.is_complete IS 'whether the period is over by as_of for all customers of the cohort';

CREATE FUNCTION cohort_retention(
  s retention_summary,
  criterion text DEFAULT 'on',
  as_of date DEFAULT NULL,
  confidence double precision DEFAULT 0.95,
  max_period integer DEFAULT NULL,
  min_cohort_size bigint DEFAULT 0,
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF cohort_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 300;
COMMENT ON FUNCTION cohort_retention(retention_summary, text, date, double precision, integer, bigint, bigint) IS
  'customers of each cohort retained at each age; criterion on, on_or_after, on_or_before or every; Wilson intervals; more than max_rows rows are an error';

CREATE TYPE average_retention_row AS (
  period_number integer,
  cohorts bigint,
  customers bigint,
  retained bigint,
  retention_rate double precision,
  ci_low double precision,
  ci_high double precision
);
COMMENT ON TYPE average_retention_row IS 'row of average_retention()';
COMMENT ON COLUMN average_retention_row.period_number IS 'periods since the cohort began';
COMMENT ON COLUMN average_retention_row.cohorts IS 'cohorts whose period is complete';
COMMENT ON COLUMN average_retention_row.customers IS 'customers of these cohorts';
COMMENT ON COLUMN average_retention_row.retained IS 'those of them that meet the criterion in the period';
COMMENT ON COLUMN average_retention_row.retention_rate IS 'mean retention of the cohorts by the chosen weighting; pooled: retained / customers';
COMMENT ON COLUMN average_retention_row.ci_low IS 'lower bound of retention_rate';
COMMENT ON COLUMN average_retention_row.ci_high IS 'upper bound of retention_rate';

CREATE FUNCTION average_retention(
  s retention_summary,
  criterion text DEFAULT 'on',
  weighting text DEFAULT 'pooled',
  as_of date DEFAULT NULL,
  confidence double precision DEFAULT 0.95,
  min_cohort_size bigint DEFAULT 0,
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF average_retention_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 24;
COMMENT ON FUNCTION average_retention(retention_summary, text, text, date, double precision, bigint, bigint) IS
  'retention at each age over the complete cells of all cohorts; weighting pooled, simple or size_squared; more than max_rows rows are an error';

CREATE TYPE lifecycle_row AS (
  period_start date,
  new_customers bigint,
  returning_customers bigint,
  resurrected_customers bigint,
  dormant_customers bigint,
  active_customers bigint,
  is_complete boolean
);
COMMENT ON TYPE lifecycle_row IS 'row of lifecycle()';
COMMENT ON COLUMN lifecycle_row.period_start IS 'first day of the period';
COMMENT ON COLUMN lifecycle_row.new_customers IS 'active for the first time';
COMMENT ON COLUMN lifecycle_row.returning_customers IS 'active in this period and in the one before';
COMMENT ON COLUMN lifecycle_row.resurrected_customers IS 'active in this period, not in the one before, but earlier';
COMMENT ON COLUMN lifecycle_row.dormant_customers IS 'active in the period before, not in this one';
COMMENT ON COLUMN lifecycle_row.active_customers IS 'new_customers + returning_customers + resurrected_customers';
COMMENT ON COLUMN lifecycle_row.is_complete IS 'whether the last day of the period is not after as_of';

CREATE FUNCTION lifecycle(
  s retention_summary,
  as_of date DEFAULT NULL,
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF lifecycle_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 24;
COMMENT ON FUNCTION lifecycle(retention_summary, date, bigint) IS
  'new, returning, resurrected, dormant and active customers of each period; more than max_rows rows are an error';
