--
-- leads: scorecards, engagement of leads, scores. doc/leads.md
--

@type scorecard
COMMENT ON TYPE scorecard IS 'a scoring model for leads, as a JSON document';

CREATE FUNCTION scorecard(card json) RETURNS scorecard
  AS 'MODULE_PATHNAME', 'scorecard_from_json' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scorecard(json) IS 'scorecard from a JSON document';

CREATE FUNCTION scorecard(card jsonb) RETURNS scorecard
  AS 'MODULE_PATHNAME', 'scorecard_from_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scorecard(jsonb) IS 'scorecard from a JSON document';

CREATE FUNCTION scorecard_to_json(card scorecard) RETURNS json
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scorecard_to_json(scorecard) IS 'the document of a scorecard, keys in the order of its schema';

CREATE FUNCTION scorecard_to_jsonb(card scorecard) RETURNS jsonb
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scorecard_to_jsonb(scorecard) IS 'the document of a scorecard';

CREATE CAST (json AS scorecard) WITH FUNCTION scorecard(json) AS ASSIGNMENT;
COMMENT ON CAST (json AS scorecard) IS 'scorecard from a JSON document';
CREATE CAST (jsonb AS scorecard) WITH FUNCTION scorecard(jsonb) AS ASSIGNMENT;
COMMENT ON CAST (jsonb AS scorecard) IS 'scorecard from a JSON document';
CREATE CAST (scorecard AS json) WITH FUNCTION scorecard_to_json(scorecard) AS ASSIGNMENT;
COMMENT ON CAST (scorecard AS json) IS 'the document of a scorecard';
CREATE CAST (scorecard AS jsonb) WITH FUNCTION scorecard_to_jsonb(scorecard) AS ASSIGNMENT;
COMMENT ON CAST (scorecard AS jsonb) IS 'the document of a scorecard';

CREATE TYPE scorecard_problem AS (
  path text,
  problem text
);
COMMENT ON TYPE scorecard_problem IS 'row of scorecard_validate()';
COMMENT ON COLUMN scorecard_problem.path IS 'where in the document, as an SQL/JSON path';
COMMENT ON COLUMN scorecard_problem.problem IS 'what is wrong there';

CREATE FUNCTION scorecard_validate(card text) RETURNS SETOF scorecard_problem
  AS 'MODULE_PATHNAME', 'scorecard_validate_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION scorecard_validate(text) IS 'all problems of a document that is to be a scorecard; no rows if there are none';

CREATE FUNCTION scorecard_validate(card json) RETURNS SETOF scorecard_problem
  AS 'MODULE_PATHNAME', 'scorecard_validate_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION scorecard_validate(json) IS 'all problems of a document that is to be a scorecard; no rows if there are none';

CREATE FUNCTION scorecard_validate(card jsonb) RETURNS SETOF scorecard_problem
  AS 'MODULE_PATHNAME', 'scorecard_validate_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION scorecard_validate(jsonb) IS 'all problems of a document that is to be a scorecard; no rows if there are none';

-- engagement_state ----------------------------------------------------------

@type engagement_state
COMMENT ON TYPE engagement_state IS 'the events of one lead, as far as the engagement rules of a scorecard ask for them; readable at any later moment';

-- support functions of its aggregates

CREATE FUNCTION engagement_accum(
  state engagement_state,
  card scorecard,
  event text,
  at timestamptz
) RETURNS engagement_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION engagement_accum(engagement_state, scorecard, text, timestamptz) IS 'transition function of engagement_agg';

CREATE FUNCTION engagement_trap(
  state engagement_state,
  card scorecard,
  event text,
  at timestamp
) RETURNS engagement_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION engagement_trap(engagement_state, scorecard, text, timestamp) IS 'always an error: the time of an event is a timestamptz';

CREATE FUNCTION engagement_trap(
  state engagement_state,
  card scorecard,
  event text,
  at date
) RETURNS engagement_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION engagement_trap(engagement_state, scorecard, text, date) IS 'always an error: the time of an event is a timestamptz';

CREATE FUNCTION engagement_state_final(state engagement_state) RETURNS engagement_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION engagement_state_final(engagement_state) IS 'final function of engagement_agg and merge_agg';

CREATE FUNCTION engagement_state_merge(state engagement_state, e engagement_state) RETURNS engagement_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION engagement_state_merge(engagement_state, engagement_state) IS
  'combine function of engagement_agg, transition function of merge_agg';

-- aggregates

CREATE AGGREGATE engagement_agg(card scorecard, event text, at timestamptz) (
  SFUNC = engagement_accum,
  STYPE = engagement_state,
  SSPACE = 256,
  FINALFUNC = engagement_state_final,
  COMBINEFUNC = engagement_state_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engagement_agg(scorecard, text, timestamptz) IS
  'the events of one lead, as far as the engagement rules of the scorecard ask for them; other events, and rows without event or time, are ignored';

CREATE AGGREGATE engagement_agg(card scorecard, event text, at timestamp) (
  SFUNC = engagement_trap,
  STYPE = engagement_state,
  SSPACE = 256,
  FINALFUNC = engagement_state_final,
  COMBINEFUNC = engagement_state_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engagement_agg(scorecard, text, timestamp) IS 'always an error: the time of an event is a timestamptz';

CREATE AGGREGATE engagement_agg(card scorecard, event text, at date) (
  SFUNC = engagement_trap,
  STYPE = engagement_state,
  SSPACE = 256,
  FINALFUNC = engagement_state_final,
  COMBINEFUNC = engagement_state_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engagement_agg(scorecard, text, date) IS 'always an error: the time of an event is a timestamptz';

CREATE AGGREGATE merge_agg(e engagement_state) (
  SFUNC = engagement_state_merge,
  STYPE = engagement_state,
  SSPACE = 256,
  FINALFUNC = engagement_state_final,
  COMBINEFUNC = engagement_state_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(engagement_state) IS 'the events of all states, which must be others in each';

CREATE FUNCTION combine(a engagement_state, b engagement_state) RETURNS engagement_state
  AS 'MODULE_PATHNAME', 'engagement_state_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(engagement_state, engagement_state) IS 'the events of both, which must be others; NULL counts as no events';

CREATE OPERATOR + (
  LEFTARG = engagement_state, RIGHTARG = engagement_state, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (engagement_state, engagement_state) IS 'combine';

-- scores --------------------------------------------------------------------

CREATE TYPE lead_score_row AS (
  score double precision,
  fit double precision,
  engagement double precision,
  fit_grade text,
  engagement_grade text,
  label text,
  qualified boolean
);
COMMENT ON TYPE lead_score_row IS 'result of lead_score()';
COMMENT ON COLUMN lead_score_row.score IS 'fit + engagement, within the limits of the scorecard';
COMMENT ON COLUMN lead_score_row.fit IS 'points of the fit rules that hold, each group within its min and max';
COMMENT ON COLUMN lead_score_row.engagement IS 'points of events, decayed, each group within its min and max';
COMMENT ON COLUMN lead_score_row.fit_grade IS 'first fit grade whose at_least is reached; NULL if none is or the scorecard has no list';
COMMENT ON COLUMN lead_score_row.engagement_grade IS 'first engagement grade whose at_least is reached; NULL if none is or the scorecard has no list';
COMMENT ON COLUMN lead_score_row.label IS 'fit_grade || engagement_grade; NULL if one is';
COMMENT ON COLUMN lead_score_row.qualified IS 'whether all thresholds of the scorecard are met; NULL if it has none';

CREATE FUNCTION lead_score(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of timestamptz
) RETURNS lead_score_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION lead_score(scorecard, jsonb, engagement_state, timestamptz) IS
  'the score of a lead at a moment; NULL attributes are {}, a NULL state has no events';

CREATE FUNCTION lead_score(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of timestamp
) RETURNS lead_score_row
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION lead_score(scorecard, jsonb, engagement_state, timestamp) IS 'always an error: as_of is a timestamptz';

CREATE FUNCTION lead_score(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of date
) RETURNS lead_score_row
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION lead_score(scorecard, jsonb, engagement_state, date) IS 'always an error: as_of is a timestamptz';

CREATE TYPE lead_score_part AS (
  component text,
  group_name text,
  rule text,
  events bigint,
  raw_points double precision,
  decay_factor double precision,
  points double precision
);
COMMENT ON TYPE lead_score_part IS 'row of explain_lead_score()';
COMMENT ON COLUMN lead_score_part.component IS 'fit, engagement or limits';
COMMENT ON COLUMN lead_score_part.group_name IS 'group of the rule; NULL for the limits of the score';
COMMENT ON COLUMN lead_score_part.rule IS 'the rule; (min) or (max) for what a limit adds or takes away';
COMMENT ON COLUMN lead_score_part.events IS 'events that count at this moment; NULL unless it is a rule of engagement';
COMMENT ON COLUMN lead_score_part.raw_points IS 'points without decay: of engagement, events x points';
COMMENT ON COLUMN lead_score_part.decay_factor IS 'what is left of the events on average, 0..1; NULL unless it is a rule of engagement';
COMMENT ON COLUMN lead_score_part.points IS 'what the rule or limit contributes; the sum of all is the score';

CREATE FUNCTION explain_lead_score(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of timestamptz
) RETURNS SETOF lead_score_part
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 6;
COMMENT ON FUNCTION explain_lead_score(scorecard, jsonb, engagement_state, timestamptz) IS
  'the rules that contribute to the score of a lead at a moment, and what limits take away or add';

CREATE FUNCTION explain_lead_score(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of timestamp
) RETURNS SETOF lead_score_part
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 6;
COMMENT ON FUNCTION explain_lead_score(scorecard, jsonb, engagement_state, timestamp) IS 'always an error: as_of is a timestamptz';

CREATE FUNCTION explain_lead_score(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of date
) RETURNS SETOF lead_score_part
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 6;
COMMENT ON FUNCTION explain_lead_score(scorecard, jsonb, engagement_state, date) IS 'always an error: as_of is a timestamptz';

CREATE FUNCTION lead_reasons(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of timestamptz,
  n integer DEFAULT 3
) RETURNS text
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION lead_reasons(scorecard, jsonb, engagement_state, timestamptz, integer) IS
  'the n rules that contribute most to the score of a lead, up or down, in words, points rounded to 0.1; NULL if none contributes that much';

CREATE FUNCTION lead_reasons(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of timestamp,
  n integer DEFAULT 3
) RETURNS text
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION lead_reasons(scorecard, jsonb, engagement_state, timestamp, integer) IS 'always an error: as_of is a timestamptz';

CREATE FUNCTION lead_reasons(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of date,
  n integer DEFAULT 3
) RETURNS text
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION lead_reasons(scorecard, jsonb, engagement_state, date, integer) IS 'always an error: as_of is a timestamptz';

CREATE TYPE scored_lead AS (
  lead_id text,
  score double precision,
  fit double precision,
  engagement double precision,
  fit_grade text,
  engagement_grade text,
  label text,
  qualified boolean
);
COMMENT ON TYPE scored_lead IS 'row of score_leads()';
COMMENT ON COLUMN scored_lead.lead_id IS 'lead_id of leads_query, as text: numeric without zeros at its end, char(n) without its padding';
COMMENT ON COLUMN scored_lead.score IS 'fit + engagement, within the limits of the scorecard';
COMMENT ON COLUMN scored_lead.fit IS 'points of the fit rules that hold, each group within its min and max';
COMMENT ON COLUMN scored_lead.engagement IS 'points of events, decayed, each group within its min and max';
COMMENT ON COLUMN scored_lead.fit_grade IS 'first fit grade whose at_least is reached; NULL if none is or the scorecard has no list';
COMMENT ON COLUMN scored_lead.engagement_grade IS 'first engagement grade whose at_least is reached; NULL if none is or the scorecard has no list';
COMMENT ON COLUMN scored_lead.label IS 'fit_grade || engagement_grade; NULL if one is';
COMMENT ON COLUMN scored_lead.qualified IS 'whether all thresholds of the scorecard are met; NULL if it has none';

CREATE FUNCTION score_leads(
  card scorecard,
  leads_query text,
  events_query text,
  as_of timestamptz
) RETURNS SETOF scored_lead
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000000 ROWS 100000;
COMMENT ON FUNCTION score_leads(scorecard, text, text, timestamptz) IS
  'the scores of all leads of a query (lead_id, attributes) by the events of another (lead_id, event, at), which both run as the caller; lead_id values are one lead where = of SQL says so';

CREATE FUNCTION score_leads(
  card scorecard,
  leads_query text,
  events_query text,
  as_of timestamp
) RETURNS SETOF scored_lead
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION score_leads(scorecard, text, text, timestamp) IS 'always an error: as_of is a timestamptz';

CREATE FUNCTION score_leads(
  card scorecard,
  leads_query text,
  events_query text,
  as_of date
) RETURNS SETOF scored_lead
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION score_leads(scorecard, text, text, date) IS 'always an error: as_of is a timestamptz';

-- alerts --------------------------------------------------------------------

CREATE FUNCTION crossing_time(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of timestamptz,
  threshold double precision
) RETURNS timestamptz
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION crossing_time(scorecard, jsonb, engagement_state, timestamptz, double precision) IS
  'the first moment from as_of on at which the score of a lead passes from >= threshold to below it if nothing happens; NULL if it never does';

CREATE FUNCTION crossing_time(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of timestamp,
  threshold double precision
) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION crossing_time(scorecard, jsonb, engagement_state, timestamp, double precision) IS 'always an error: as_of is a timestamptz';

CREATE FUNCTION crossing_time(
  card scorecard,
  attributes jsonb,
  e engagement_state,
  as_of date,
  threshold double precision
) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'as_of_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION crossing_time(scorecard, jsonb, engagement_state, date, double precision) IS 'always an error: as_of is a timestamptz';

CREATE FUNCTION notify_qualified() RETURNS trigger
  AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION notify_qualified() IS
  'trigger AFTER INSERT OR UPDATE FOR EACH ROW (channel, id column, score column, label column, qualified column): NOTIFY when a row comes in qualified or becomes so. Every role that can connect to the database can LISTEN, whatever its rights on the table: send an id without meaning';
