--
-- survey by respondent: who answers more than once. doc/survey.md
--

@type respondent_series
COMMENT ON TYPE respondent_series IS 'answers by period, added up by respondent: of each the latest and all, with what the variance of a score and of its change needs';

-- support functions of its aggregates

CREATE FUNCTION respondents_pass_combine(state internal, other internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION respondents_pass_combine(internal, internal) IS 'combine function of the aggregates by respondent';

CREATE FUNCTION respondents_pass_serialize(state internal) RETURNS bytea
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION respondents_pass_serialize(internal) IS 'serialization function of the aggregates by respondent';

CREATE FUNCTION respondents_pass_deserialize(sent bytea, state internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION respondents_pass_deserialize(bytea, internal) IS 'deserialization function of the aggregates by respondent';

CREATE FUNCTION respondents_pass_final(state internal) RETURNS respondent_series
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION respondents_pass_final(internal) IS 'final function of the aggregates by respondent';

CREATE FUNCTION respondent_series_merge(state respondent_series, rs respondent_series) RETURNS respondent_series
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION respondent_series_merge(respondent_series, respondent_series) IS 'transition and combine function of merge_agg';

CREATE FUNCTION nps_respondents_pass(
  state internal,
  respondent bigint,
  score double precision,
  at timestamptz,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'nps_respondents_pass_bigint_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_respondents_pass(internal, bigint, double precision, timestamptz, period_spec) IS 'transition function of nps_respondents_agg';

CREATE FUNCTION nps_respondents_pass(
  state internal,
  respondent bigint,
  score double precision,
  at timestamp,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'nps_respondents_pass_bigint_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_respondents_pass(internal, bigint, double precision, timestamp, period_spec) IS 'transition function of nps_respondents_agg';

CREATE FUNCTION nps_respondents_pass(
  state internal,
  respondent bigint,
  score double precision,
  at date,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'nps_respondents_pass_bigint_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_respondents_pass(internal, bigint, double precision, date, period_spec) IS 'transition function of nps_respondents_agg';

CREATE FUNCTION nps_respondents_pass(
  state internal,
  respondent uuid,
  score double precision,
  at timestamptz,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'nps_respondents_pass_uuid_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_respondents_pass(internal, uuid, double precision, timestamptz, period_spec) IS 'transition function of nps_respondents_agg';

CREATE FUNCTION nps_respondents_pass(
  state internal,
  respondent uuid,
  score double precision,
  at timestamp,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'nps_respondents_pass_uuid_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_respondents_pass(internal, uuid, double precision, timestamp, period_spec) IS 'transition function of nps_respondents_agg';

CREATE FUNCTION nps_respondents_pass(
  state internal,
  respondent uuid,
  score double precision,
  at date,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'nps_respondents_pass_uuid_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_respondents_pass(internal, uuid, double precision, date, period_spec) IS 'transition function of nps_respondents_agg';

CREATE FUNCTION nps_respondents_pass(
  state internal,
  respondent text,
  score double precision,
  at timestamptz,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'nps_respondents_pass_text_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_respondents_pass(internal, text, double precision, timestamptz, period_spec) IS 'transition function of nps_respondents_agg';

CREATE FUNCTION nps_respondents_pass(
  state internal,
  respondent text,
  score double precision,
  at timestamp,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'nps_respondents_pass_text_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_respondents_pass(internal, text, double precision, timestamp, period_spec) IS 'transition function of nps_respondents_agg';

CREATE FUNCTION nps_respondents_pass(
  state internal,
  respondent text,
  score double precision,
  at date,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'nps_respondents_pass_text_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_respondents_pass(internal, text, double precision, date, period_spec) IS 'transition function of nps_respondents_agg';

CREATE FUNCTION csat_respondents_pass(
  state internal,
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamptz,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'csat_respondents_pass_bigint_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_respondents_pass(internal, bigint, double precision, integer, integer, integer, timestamptz, period_spec) IS 'transition function of csat_respondents_agg';

CREATE FUNCTION csat_respondents_pass(
  state internal,
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamp,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'csat_respondents_pass_bigint_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_respondents_pass(internal, bigint, double precision, integer, integer, integer, timestamp, period_spec) IS 'transition function of csat_respondents_agg';

CREATE FUNCTION csat_respondents_pass(
  state internal,
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at date,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'csat_respondents_pass_bigint_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_respondents_pass(internal, bigint, double precision, integer, integer, integer, date, period_spec) IS 'transition function of csat_respondents_agg';

CREATE FUNCTION csat_respondents_pass(
  state internal,
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamptz,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'csat_respondents_pass_uuid_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_respondents_pass(internal, uuid, double precision, integer, integer, integer, timestamptz, period_spec) IS 'transition function of csat_respondents_agg';

CREATE FUNCTION csat_respondents_pass(
  state internal,
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamp,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'csat_respondents_pass_uuid_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_respondents_pass(internal, uuid, double precision, integer, integer, integer, timestamp, period_spec) IS 'transition function of csat_respondents_agg';

CREATE FUNCTION csat_respondents_pass(
  state internal,
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at date,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'csat_respondents_pass_uuid_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_respondents_pass(internal, uuid, double precision, integer, integer, integer, date, period_spec) IS 'transition function of csat_respondents_agg';

CREATE FUNCTION csat_respondents_pass(
  state internal,
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamptz,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'csat_respondents_pass_text_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_respondents_pass(internal, text, double precision, integer, integer, integer, timestamptz, period_spec) IS 'transition function of csat_respondents_agg';

CREATE FUNCTION csat_respondents_pass(
  state internal,
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamp,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'csat_respondents_pass_text_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_respondents_pass(internal, text, double precision, integer, integer, integer, timestamp, period_spec) IS 'transition function of csat_respondents_agg';

CREATE FUNCTION csat_respondents_pass(
  state internal,
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at date,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'csat_respondents_pass_text_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_respondents_pass(internal, text, double precision, integer, integer, integer, date, period_spec) IS 'transition function of csat_respondents_agg';

CREATE FUNCTION rating_respondents_pass(
  state internal,
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'rating_respondents_pass_bigint_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_respondents_pass(internal, bigint, double precision, integer, integer, timestamptz, period_spec) IS 'transition function of rating_respondents_agg';

CREATE FUNCTION rating_respondents_pass(
  state internal,
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'rating_respondents_pass_bigint_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_respondents_pass(internal, bigint, double precision, integer, integer, timestamp, period_spec) IS 'transition function of rating_respondents_agg';

CREATE FUNCTION rating_respondents_pass(
  state internal,
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'rating_respondents_pass_bigint_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_respondents_pass(internal, bigint, double precision, integer, integer, date, period_spec) IS 'transition function of rating_respondents_agg';

CREATE FUNCTION rating_respondents_pass(
  state internal,
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'rating_respondents_pass_uuid_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_respondents_pass(internal, uuid, double precision, integer, integer, timestamptz, period_spec) IS 'transition function of rating_respondents_agg';

CREATE FUNCTION rating_respondents_pass(
  state internal,
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'rating_respondents_pass_uuid_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_respondents_pass(internal, uuid, double precision, integer, integer, timestamp, period_spec) IS 'transition function of rating_respondents_agg';

CREATE FUNCTION rating_respondents_pass(
  state internal,
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'rating_respondents_pass_uuid_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_respondents_pass(internal, uuid, double precision, integer, integer, date, period_spec) IS 'transition function of rating_respondents_agg';

CREATE FUNCTION rating_respondents_pass(
  state internal,
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'rating_respondents_pass_text_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_respondents_pass(internal, text, double precision, integer, integer, timestamptz, period_spec) IS 'transition function of rating_respondents_agg';

CREATE FUNCTION rating_respondents_pass(
  state internal,
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'rating_respondents_pass_text_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_respondents_pass(internal, text, double precision, integer, integer, timestamp, period_spec) IS 'transition function of rating_respondents_agg';

CREATE FUNCTION rating_respondents_pass(
  state internal,
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'rating_respondents_pass_text_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_respondents_pass(internal, text, double precision, integer, integer, date, period_spec) IS 'transition function of rating_respondents_agg';

-- aggregates

CREATE AGGREGATE nps_respondents_agg(
  respondent bigint,
  score double precision,
  at timestamptz,
  periods period_spec
) (
  SFUNC = nps_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_respondents_agg(bigint, double precision, timestamptz, period_spec) IS 'answers on the scale 0 to 10 by respondent and period, from moments in the time zone of the period_spec; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE nps_respondents_agg(
  respondent bigint,
  score double precision,
  at timestamp,
  periods period_spec
) (
  SFUNC = nps_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_respondents_agg(bigint, double precision, timestamp, period_spec) IS 'answers on the scale 0 to 10 by respondent and period, from local times; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE nps_respondents_agg(
  respondent bigint,
  score double precision,
  at date,
  periods period_spec
) (
  SFUNC = nps_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_respondents_agg(bigint, double precision, date, period_spec) IS 'answers on the scale 0 to 10 by respondent and period, from days; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE nps_respondents_agg(
  respondent uuid,
  score double precision,
  at timestamptz,
  periods period_spec
) (
  SFUNC = nps_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_respondents_agg(uuid, double precision, timestamptz, period_spec) IS 'answers on the scale 0 to 10 by respondent and period, from moments in the time zone of the period_spec; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE nps_respondents_agg(
  respondent uuid,
  score double precision,
  at timestamp,
  periods period_spec
) (
  SFUNC = nps_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_respondents_agg(uuid, double precision, timestamp, period_spec) IS 'answers on the scale 0 to 10 by respondent and period, from local times; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE nps_respondents_agg(respondent uuid, score double precision, at date, periods period_spec) (
  SFUNC = nps_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_respondents_agg(uuid, double precision, date, period_spec) IS 'answers on the scale 0 to 10 by respondent and period, from days; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE nps_respondents_agg(
  respondent text,
  score double precision,
  at timestamptz,
  periods period_spec
) (
  SFUNC = nps_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_respondents_agg(text, double precision, timestamptz, period_spec) IS 'answers on the scale 0 to 10 by respondent and period, from moments in the time zone of the period_spec; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE nps_respondents_agg(
  respondent text,
  score double precision,
  at timestamp,
  periods period_spec
) (
  SFUNC = nps_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_respondents_agg(text, double precision, timestamp, period_spec) IS 'answers on the scale 0 to 10 by respondent and period, from local times; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE nps_respondents_agg(respondent text, score double precision, at date, periods period_spec) (
  SFUNC = nps_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_respondents_agg(text, double precision, date, period_spec) IS 'answers on the scale 0 to 10 by respondent and period, from days; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE csat_respondents_agg(
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamptz,
  periods period_spec
) (
  SFUNC = csat_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_respondents_agg(bigint, double precision, integer, integer, integer, timestamptz, period_spec) IS 'satisfied answers, the boxes highest scores, by respondent and period, from moments in the time zone of the period_spec; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE csat_respondents_agg(
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamp,
  periods period_spec
) (
  SFUNC = csat_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_respondents_agg(bigint, double precision, integer, integer, integer, timestamp, period_spec) IS 'satisfied answers, the boxes highest scores, by respondent and period, from local times; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE csat_respondents_agg(
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at date,
  periods period_spec
) (
  SFUNC = csat_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_respondents_agg(bigint, double precision, integer, integer, integer, date, period_spec) IS 'satisfied answers, the boxes highest scores, by respondent and period, from days; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE csat_respondents_agg(
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamptz,
  periods period_spec
) (
  SFUNC = csat_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_respondents_agg(uuid, double precision, integer, integer, integer, timestamptz, period_spec) IS 'satisfied answers, the boxes highest scores, by respondent and period, from moments in the time zone of the period_spec; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE csat_respondents_agg(
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamp,
  periods period_spec
) (
  SFUNC = csat_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_respondents_agg(uuid, double precision, integer, integer, integer, timestamp, period_spec) IS 'satisfied answers, the boxes highest scores, by respondent and period, from local times; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE csat_respondents_agg(
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at date,
  periods period_spec
) (
  SFUNC = csat_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_respondents_agg(uuid, double precision, integer, integer, integer, date, period_spec) IS 'satisfied answers, the boxes highest scores, by respondent and period, from days; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE csat_respondents_agg(
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamptz,
  periods period_spec
) (
  SFUNC = csat_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_respondents_agg(text, double precision, integer, integer, integer, timestamptz, period_spec) IS 'satisfied answers, the boxes highest scores, by respondent and period, from moments in the time zone of the period_spec; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE csat_respondents_agg(
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at timestamp,
  periods period_spec
) (
  SFUNC = csat_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_respondents_agg(text, double precision, integer, integer, integer, timestamp, period_spec) IS 'satisfied answers, the boxes highest scores, by respondent and period, from local times; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE csat_respondents_agg(
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  boxes integer,
  at date,
  periods period_spec
) (
  SFUNC = csat_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_respondents_agg(text, double precision, integer, integer, integer, date, period_spec) IS 'satisfied answers, the boxes highest scores, by respondent and period, from days; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE rating_respondents_agg(
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec
) (
  SFUNC = rating_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_respondents_agg(bigint, double precision, integer, integer, timestamptz, period_spec) IS 'mean score by respondent and period, from moments in the time zone of the period_spec; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE rating_respondents_agg(
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec
) (
  SFUNC = rating_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_respondents_agg(bigint, double precision, integer, integer, timestamp, period_spec) IS 'mean score by respondent and period, from local times; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE rating_respondents_agg(
  respondent bigint,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec
) (
  SFUNC = rating_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_respondents_agg(bigint, double precision, integer, integer, date, period_spec) IS 'mean score by respondent and period, from days; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE rating_respondents_agg(
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec
) (
  SFUNC = rating_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_respondents_agg(uuid, double precision, integer, integer, timestamptz, period_spec) IS 'mean score by respondent and period, from moments in the time zone of the period_spec; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE rating_respondents_agg(
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec
) (
  SFUNC = rating_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_respondents_agg(uuid, double precision, integer, integer, timestamp, period_spec) IS 'mean score by respondent and period, from local times; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE rating_respondents_agg(
  respondent uuid,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec
) (
  SFUNC = rating_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_respondents_agg(uuid, double precision, integer, integer, date, period_spec) IS 'mean score by respondent and period, from days; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE rating_respondents_agg(
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec
) (
  SFUNC = rating_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_respondents_agg(text, double precision, integer, integer, timestamptz, period_spec) IS 'mean score by respondent and period, from moments in the time zone of the period_spec; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE rating_respondents_agg(
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec
) (
  SFUNC = rating_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_respondents_agg(text, double precision, integer, integer, timestamp, period_spec) IS 'mean score by respondent and period, from local times; rows without a respondent or a time are ignored, a NULL score is a missing answer';

CREATE AGGREGATE rating_respondents_agg(
  respondent text,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec
) (
  SFUNC = rating_respondents_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = respondents_pass_final,
  COMBINEFUNC = respondents_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = respondents_pass_serialize,
  DESERIALFUNC = respondents_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_respondents_agg(text, double precision, integer, integer, date, period_spec) IS 'mean score by respondent and period, from days; rows without a respondent or a time are ignored, a NULL score is a missing answer';

-- merging

CREATE AGGREGATE merge_agg(rs respondent_series) (
  SFUNC = respondent_series_merge,
  STYPE = respondent_series,
  SSPACE = 1024,
  COMBINEFUNC = respondent_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(respondent_series) IS 'the respondents of all series, each of whom must be in one only';

CREATE FUNCTION combine(a respondent_series, b respondent_series) RETURNS respondent_series
  AS 'MODULE_PATHNAME', 'respondent_series_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(respondent_series, respondent_series) IS 'the respondents of both, each of whom must be in one only; NULL counts as none';

CREATE OPERATOR + (
  LEFTARG = respondent_series, RIGHTARG = respondent_series, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (respondent_series, respondent_series) IS 'combine';

-- accessors
CREATE TYPE nps_respondent_series_row AS (
  period_start date,
  period_end date,
  respondents bigint,
  num_responses bigint,
  promoters bigint,
  passives bigint,
  detractors bigint,
  nps double precision,
  ci_low double precision,
  ci_high double precision,
  change double precision,
  change_ci_low double precision,
  change_ci_high double precision,
  change_p_value double precision,
  change_adjusted_p_value double precision,
  is_complete boolean,
  num_missing bigint
);
COMMENT ON TYPE nps_respondent_series_row IS 'row of nps_respondent_series()';
COMMENT ON COLUMN nps_respondent_series_row.period_start IS 'first day of the period';
COMMENT ON COLUMN nps_respondent_series_row.period_end IS 'day after its last day';
COMMENT ON COLUMN nps_respondent_series_row.respondents IS 'respondents with an answer in the period';
COMMENT ON COLUMN nps_respondent_series_row.num_responses IS 'answers that count: the latest of each respondent, or all';
COMMENT ON COLUMN nps_respondent_series_row.promoters IS 'answers of 9 or 10 among them';
COMMENT ON COLUMN nps_respondent_series_row.passives IS 'answers of 7 or 8 among them';
COMMENT ON COLUMN nps_respondent_series_row.detractors IS 'answers of 0 to 6 among them';
COMMENT ON COLUMN nps_respondent_series_row.nps IS '100 x (promoters - detractors) / num_responses: points, -100 to 100';
COMMENT ON COLUMN nps_respondent_series_row.ci_low IS 'lower bound of nps, adjusted Wald, clustered by respondent';
COMMENT ON COLUMN nps_respondent_series_row.ci_high IS 'upper bound of nps, adjusted Wald, clustered by respondent';
COMMENT ON COLUMN nps_respondent_series_row.change IS 'nps minus nps of the period before, in points';
COMMENT ON COLUMN nps_respondent_series_row.change_ci_low IS 'lower bound of change; knows who answered in both periods';
COMMENT ON COLUMN nps_respondent_series_row.change_ci_high IS 'upper bound of change';
COMMENT ON COLUMN nps_respondent_series_row.change_p_value IS 'two-sided p-value of the change, of the same method';
COMMENT ON COLUMN nps_respondent_series_row.change_adjusted_p_value IS 'change_p_value corrected for the changes of all rows';
COMMENT ON COLUMN nps_respondent_series_row.is_complete IS 'whether the last day of the period is not after as_of';
COMMENT ON COLUMN nps_respondent_series_row.num_missing IS 'respondents with missing answers in the period and no other';

CREATE FUNCTION nps_respondent_series(
  rs respondent_series,
  as_of date DEFAULT NULL,
  answers text DEFAULT 'latest',
  confidence double precision DEFAULT 0.95,
  correction text DEFAULT 'holm',
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF nps_respondent_series_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 24;
COMMENT ON FUNCTION nps_respondent_series(respondent_series, date, text, double precision, text, bigint) IS
  'Net Promoter Score by period, in points, of the latest answer of each respondent or of all answers, with an interval clustered by respondent and the change, in which the same respondents may answer twice; more than max_rows rows are an error';

CREATE TYPE csat_respondent_series_row AS (
  period_start date,
  period_end date,
  respondents bigint,
  num_responses bigint,
  satisfied bigint,
  csat double precision,
  ci_low double precision,
  ci_high double precision,
  change double precision,
  change_ci_low double precision,
  change_ci_high double precision,
  change_p_value double precision,
  change_adjusted_p_value double precision,
  is_complete boolean,
  num_missing bigint
);
COMMENT ON TYPE csat_respondent_series_row IS 'row of csat_respondent_series()';
COMMENT ON COLUMN csat_respondent_series_row.period_start IS 'first day of the period';
COMMENT ON COLUMN csat_respondent_series_row.period_end IS 'day after its last day';
COMMENT ON COLUMN csat_respondent_series_row.respondents IS 'respondents with an answer in the period';
COMMENT ON COLUMN csat_respondent_series_row.num_responses IS 'answers that count: the latest of each respondent, or all';
COMMENT ON COLUMN csat_respondent_series_row.satisfied IS 'answers among the highest scores';
COMMENT ON COLUMN csat_respondent_series_row.csat IS 'satisfied / num_responses, 0..1';
COMMENT ON COLUMN csat_respondent_series_row.ci_low IS 'lower bound of csat, Wilson, clustered by respondent';
COMMENT ON COLUMN csat_respondent_series_row.ci_high IS 'upper bound of csat, Wilson, clustered by respondent';
COMMENT ON COLUMN csat_respondent_series_row.change IS 'csat minus csat of the period before';
COMMENT ON COLUMN csat_respondent_series_row.change_ci_low IS 'lower bound of change; knows who answered in both periods';
COMMENT ON COLUMN csat_respondent_series_row.change_ci_high IS 'upper bound of change';
COMMENT ON COLUMN csat_respondent_series_row.change_p_value IS 'two-sided p-value of the change, of the same method';
COMMENT ON COLUMN csat_respondent_series_row.change_adjusted_p_value IS 'change_p_value corrected for the changes of all rows';
COMMENT ON COLUMN csat_respondent_series_row.is_complete IS 'whether the last day of the period is not after as_of';
COMMENT ON COLUMN csat_respondent_series_row.num_missing IS 'respondents with missing answers in the period and no other';

CREATE FUNCTION csat_respondent_series(
  rs respondent_series,
  as_of date DEFAULT NULL,
  answers text DEFAULT 'latest',
  confidence double precision DEFAULT 0.95,
  correction text DEFAULT 'holm',
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF csat_respondent_series_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 24;
COMMENT ON FUNCTION csat_respondent_series(respondent_series, date, text, double precision, text, bigint) IS
  'CSAT by period, 0..1, of the latest answer of each respondent or of all answers, with an interval clustered by respondent and the change, in which the same respondents may answer twice; more than max_rows rows are an error';

CREATE TYPE rating_respondent_series_row AS (
  period_start date,
  period_end date,
  respondents bigint,
  num_responses bigint,
  mean_score double precision,
  ci_low double precision,
  ci_high double precision,
  change double precision,
  change_ci_low double precision,
  change_ci_high double precision,
  change_p_value double precision,
  change_adjusted_p_value double precision,
  is_complete boolean,
  num_missing bigint
);
COMMENT ON TYPE rating_respondent_series_row IS 'row of rating_respondent_series()';
COMMENT ON COLUMN rating_respondent_series_row.period_start IS 'first day of the period';
COMMENT ON COLUMN rating_respondent_series_row.period_end IS 'day after its last day';
COMMENT ON COLUMN rating_respondent_series_row.respondents IS 'respondents with an answer in the period';
COMMENT ON COLUMN rating_respondent_series_row.num_responses IS 'answers that count: the latest of each respondent, or all';
COMMENT ON COLUMN rating_respondent_series_row.mean_score IS 'mean of the answers that count, on the scale';
COMMENT ON COLUMN rating_respondent_series_row.ci_low IS 'lower bound of mean_score, clustered by respondent';
COMMENT ON COLUMN rating_respondent_series_row.ci_high IS 'upper bound of mean_score, clustered by respondent';
COMMENT ON COLUMN rating_respondent_series_row.change IS 'mean_score minus mean_score of the period before';
COMMENT ON COLUMN rating_respondent_series_row.change_ci_low IS 'lower bound of change; knows who answered in both periods';
COMMENT ON COLUMN rating_respondent_series_row.change_ci_high IS 'upper bound of change';
COMMENT ON COLUMN rating_respondent_series_row.change_p_value IS 'two-sided p-value of the change, of the same method';
COMMENT ON COLUMN rating_respondent_series_row.change_adjusted_p_value IS 'change_p_value corrected for the changes of all rows';
COMMENT ON COLUMN rating_respondent_series_row.is_complete IS 'whether the last day of the period is not after as_of';
COMMENT ON COLUMN rating_respondent_series_row.num_missing IS 'respondents with missing answers in the period and no other';

CREATE FUNCTION rating_respondent_series(
  rs respondent_series,
  as_of date DEFAULT NULL,
  answers text DEFAULT 'latest',
  confidence double precision DEFAULT 0.95,
  correction text DEFAULT 'holm',
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF rating_respondent_series_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 24;
COMMENT ON FUNCTION rating_respondent_series(respondent_series, date, text, double precision, text, bigint) IS
  'mean score by period, on the scale, of the latest answer of each respondent or of all answers, with an interval clustered by respondent and the change, in which the same respondents may answer twice; more than max_rows rows are an error';

-- panels: the same respondents asked twice

CREATE FUNCTION nps_paired_accum(state rating_summary, before double precision, after double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_paired_accum(rating_summary, double precision, double precision) IS 'transition function of nps_paired_agg';

CREATE FUNCTION nps_paired_remove(state rating_summary, before double precision, after double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_paired_remove(rating_summary, double precision, double precision) IS 'inverse transition function of nps_paired_agg';

CREATE AGGREGATE nps_paired_agg(before double precision, after double precision) (
  SFUNC = nps_paired_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_paired_accum,
  MINVFUNC = nps_paired_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_paired_agg(double precision, double precision) IS 'how each respondent moved between two answers on the scale 0 to 10, in classes: -2 from promoter to detractor, 2 the reverse; a pair without one of them counts as missing';

CREATE FUNCTION nps_paired_test(s rating_summary, confidence double precision DEFAULT 0.95) RETURNS test_result
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_paired_test(rating_summary, double precision) IS 'change of the Net Promoter Score of a panel in points, after minus before, with standard error, p-value and adjusted interval of pairs; s is of nps_paired_agg';
