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
