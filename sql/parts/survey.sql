--
-- survey: NPS, CSAT, CES. doc/survey.md
--

-- rating_summary ------------------------------------------------------------

@type rating_summary
COMMENT ON TYPE rating_summary IS 'how many answers there are at each score of a scale, and how many are missing';

-- support functions of its aggregates

CREATE FUNCTION rating_summary_final(state rating_summary) RETURNS rating_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rating_summary_final(rating_summary) IS 'final function of the rating aggregates';

CREATE FUNCTION rating_summary_merge(state rating_summary, s rating_summary) RETURNS rating_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rating_summary_merge(rating_summary, rating_summary) IS 'combine function of the rating aggregates, transition function of merge_agg';

CREATE FUNCTION rating_summary_unmerge(state rating_summary, s rating_summary) RETURNS rating_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rating_summary_unmerge(rating_summary, rating_summary) IS 'inverse transition function of merge_agg';

CREATE FUNCTION rating_remove(state rating_summary, score smallint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_remove_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_remove(rating_summary, smallint) IS 'inverse transition function of the rating aggregates';

CREATE FUNCTION rating_remove(
  state rating_summary,
  score smallint,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_remove_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_remove(rating_summary, smallint, integer, integer) IS 'inverse transition function of the rating aggregates';

CREATE FUNCTION rating_remove(state rating_summary, score integer) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_remove_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_remove(rating_summary, integer) IS 'inverse transition function of the rating aggregates';

CREATE FUNCTION rating_remove(
  state rating_summary,
  score integer,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_remove_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_remove(rating_summary, integer, integer, integer) IS 'inverse transition function of the rating aggregates';

CREATE FUNCTION rating_remove(state rating_summary, score double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_remove_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_remove(rating_summary, double precision) IS 'inverse transition function of the rating aggregates';

CREATE FUNCTION rating_remove(
  state rating_summary,
  score double precision,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_remove_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_remove(rating_summary, double precision, integer, integer) IS 'inverse transition function of the rating aggregates';

CREATE FUNCTION nps_accum(state rating_summary, score smallint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'nps_accum_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_accum(rating_summary, smallint) IS 'transition function of nps_agg';

CREATE FUNCTION nps_accum(state rating_summary, score smallint, weight double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'nps_accum_weighted_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_accum(rating_summary, smallint, double precision) IS 'transition function of the weighted nps_agg';

CREATE FUNCTION nps_accum(state rating_summary, score integer) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'nps_accum_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_accum(rating_summary, integer) IS 'transition function of nps_agg';

CREATE FUNCTION nps_accum(state rating_summary, score integer, weight double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'nps_accum_weighted_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_accum(rating_summary, integer, double precision) IS 'transition function of the weighted nps_agg';

CREATE FUNCTION nps_accum(state rating_summary, score double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'nps_accum_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_accum(rating_summary, double precision) IS 'transition function of nps_agg';

CREATE FUNCTION nps_accum(state rating_summary, score double precision, weight double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'nps_accum_weighted_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_accum(rating_summary, double precision, double precision) IS 'transition function of the weighted nps_agg';

CREATE FUNCTION csat_accum(state rating_summary, score smallint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'csat_accum_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_accum(rating_summary, smallint) IS 'transition function of csat_agg';

CREATE FUNCTION csat_accum(state rating_summary, score smallint, weight double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'csat_accum_weighted_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_accum(rating_summary, smallint, double precision) IS 'transition function of the weighted csat_agg';

CREATE FUNCTION csat_accum(state rating_summary, score integer) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'csat_accum_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_accum(rating_summary, integer) IS 'transition function of csat_agg';

CREATE FUNCTION csat_accum(state rating_summary, score integer, weight double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'csat_accum_weighted_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_accum(rating_summary, integer, double precision) IS 'transition function of the weighted csat_agg';

CREATE FUNCTION csat_accum(state rating_summary, score double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'csat_accum_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_accum(rating_summary, double precision) IS 'transition function of csat_agg';

CREATE FUNCTION csat_accum(state rating_summary, score double precision, weight double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'csat_accum_weighted_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_accum(rating_summary, double precision, double precision) IS 'transition function of the weighted csat_agg';

CREATE FUNCTION ces_accum(state rating_summary, score smallint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'ces_accum_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION ces_accum(rating_summary, smallint) IS 'transition function of ces_agg';

CREATE FUNCTION ces_accum(state rating_summary, score smallint, weight double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'ces_accum_weighted_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION ces_accum(rating_summary, smallint, double precision) IS 'transition function of the weighted ces_agg';

CREATE FUNCTION ces_accum(state rating_summary, score integer) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'ces_accum_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION ces_accum(rating_summary, integer) IS 'transition function of ces_agg';

CREATE FUNCTION ces_accum(state rating_summary, score integer, weight double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'ces_accum_weighted_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION ces_accum(rating_summary, integer, double precision) IS 'transition function of the weighted ces_agg';

CREATE FUNCTION ces_accum(state rating_summary, score double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'ces_accum_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION ces_accum(rating_summary, double precision) IS 'transition function of ces_agg';

CREATE FUNCTION ces_accum(state rating_summary, score double precision, weight double precision) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'ces_accum_weighted_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION ces_accum(rating_summary, double precision, double precision) IS 'transition function of the weighted ces_agg';

CREATE FUNCTION rating_accum(
  state rating_summary,
  score smallint,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_accum_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_accum(rating_summary, smallint, integer, integer) IS 'transition function of rating_agg';

CREATE FUNCTION rating_accum(
  state rating_summary,
  score smallint,
  scale_min integer,
  scale_max integer,
  weight double precision
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_accum_weighted_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_accum(rating_summary, smallint, integer, integer, double precision) IS 'transition function of the weighted rating_agg';

CREATE FUNCTION rating_accum(
  state rating_summary,
  score integer,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_accum_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_accum(rating_summary, integer, integer, integer) IS 'transition function of rating_agg';

CREATE FUNCTION rating_accum(
  state rating_summary,
  score integer,
  scale_min integer,
  scale_max integer,
  weight double precision
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_accum_weighted_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_accum(rating_summary, integer, integer, integer, double precision) IS 'transition function of the weighted rating_agg';

CREATE FUNCTION rating_accum(
  state rating_summary,
  score double precision,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_accum_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_accum(rating_summary, double precision, integer, integer) IS 'transition function of rating_agg';

CREATE FUNCTION rating_accum(
  state rating_summary,
  score double precision,
  scale_min integer,
  scale_max integer,
  weight double precision
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_accum_weighted_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_accum(rating_summary, double precision, integer, integer, double precision) IS 'transition function of the weighted rating_agg';

CREATE FUNCTION rating_counts_remove(state rating_summary, score smallint, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_counts_remove_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_counts_remove(rating_summary, smallint, bigint) IS 'inverse transition function of the aggregates of counts';

CREATE FUNCTION rating_counts_remove(
  state rating_summary,
  score smallint,
  n bigint,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_counts_remove_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_counts_remove(rating_summary, smallint, bigint, integer, integer) IS 'inverse transition function of the aggregates of counts';

CREATE FUNCTION rating_counts_remove(state rating_summary, score integer, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_counts_remove_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_counts_remove(rating_summary, integer, bigint) IS 'inverse transition function of the aggregates of counts';

CREATE FUNCTION rating_counts_remove(
  state rating_summary,
  score integer,
  n bigint,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_counts_remove_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_counts_remove(rating_summary, integer, bigint, integer, integer) IS 'inverse transition function of the aggregates of counts';

CREATE FUNCTION rating_counts_remove(state rating_summary, score double precision, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_counts_remove_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_counts_remove(rating_summary, double precision, bigint) IS 'inverse transition function of the aggregates of counts';

CREATE FUNCTION rating_counts_remove(
  state rating_summary,
  score double precision,
  n bigint,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_counts_remove_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_counts_remove(rating_summary, double precision, bigint, integer, integer) IS 'inverse transition function of the aggregates of counts';

CREATE FUNCTION nps_counts_accum(state rating_summary, score smallint, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'nps_counts_accum_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_counts_accum(rating_summary, smallint, bigint) IS 'transition function of nps_counts_agg';

CREATE FUNCTION nps_counts_accum(state rating_summary, score integer, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'nps_counts_accum_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_counts_accum(rating_summary, integer, bigint) IS 'transition function of nps_counts_agg';

CREATE FUNCTION nps_counts_accum(state rating_summary, score double precision, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'nps_counts_accum_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_counts_accum(rating_summary, double precision, bigint) IS 'transition function of nps_counts_agg';

CREATE FUNCTION csat_counts_accum(state rating_summary, score smallint, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'csat_counts_accum_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_counts_accum(rating_summary, smallint, bigint) IS 'transition function of csat_counts_agg';

CREATE FUNCTION csat_counts_accum(state rating_summary, score integer, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'csat_counts_accum_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_counts_accum(rating_summary, integer, bigint) IS 'transition function of csat_counts_agg';

CREATE FUNCTION csat_counts_accum(state rating_summary, score double precision, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'csat_counts_accum_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION csat_counts_accum(rating_summary, double precision, bigint) IS 'transition function of csat_counts_agg';

CREATE FUNCTION ces_counts_accum(state rating_summary, score smallint, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'ces_counts_accum_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION ces_counts_accum(rating_summary, smallint, bigint) IS 'transition function of ces_counts_agg';

CREATE FUNCTION ces_counts_accum(state rating_summary, score integer, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'ces_counts_accum_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION ces_counts_accum(rating_summary, integer, bigint) IS 'transition function of ces_counts_agg';

CREATE FUNCTION ces_counts_accum(state rating_summary, score double precision, n bigint) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'ces_counts_accum_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION ces_counts_accum(rating_summary, double precision, bigint) IS 'transition function of ces_counts_agg';

CREATE FUNCTION rating_counts_accum(
  state rating_summary,
  score smallint,
  n bigint,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_counts_accum_int2' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_counts_accum(rating_summary, smallint, bigint, integer, integer) IS 'transition function of rating_counts_agg';

CREATE FUNCTION rating_counts_accum(
  state rating_summary,
  score integer,
  n bigint,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_counts_accum_int4' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_counts_accum(rating_summary, integer, bigint, integer, integer) IS 'transition function of rating_counts_agg';

CREATE FUNCTION rating_counts_accum(
  state rating_summary,
  score double precision,
  n bigint,
  scale_min integer,
  scale_max integer
) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_counts_accum_float8' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_counts_accum(rating_summary, double precision, bigint, integer, integer) IS 'transition function of rating_counts_agg';

-- accessors: counts and scores

CREATE FUNCTION num_responses(s rating_summary) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION num_responses(rating_summary) IS 'number of answers, unweighted';

CREATE FUNCTION num_missing(s rating_summary) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION num_missing(rating_summary) IS 'number of rows without a score';

CREATE FUNCTION weighted_responses(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION weighted_responses(rating_summary) IS 'sum of the weights of the answers; their number where unweighted';

CREATE FUNCTION response_rate(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION response_rate(rating_summary) IS 'answers / (answers + missing), 0..1, unweighted';

CREATE FUNCTION promoters(s rating_summary) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION promoters(rating_summary) IS 'number of answers 9 and 10 on the scale 0..10, unweighted';

CREATE FUNCTION passives(s rating_summary) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION passives(rating_summary) IS 'number of answers 7 and 8 on the scale 0..10, unweighted';

CREATE FUNCTION detractors(s rating_summary) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION detractors(rating_summary) IS 'number of answers 0 to 6 on the scale 0..10, unweighted';

CREATE FUNCTION promoter_share(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION promoter_share(rating_summary) IS 'share of answers 9 and 10 on the scale 0..10, 0..1';

CREATE FUNCTION passive_share(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION passive_share(rating_summary) IS 'share of answers 7 and 8 on the scale 0..10, 0..1';

CREATE FUNCTION detractor_share(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION detractor_share(rating_summary) IS 'share of answers 0 to 6 on the scale 0..10, 0..1';

CREATE FUNCTION nps(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps(rating_summary) IS 'Net Promoter Score in points, -100..100: promoter share minus detractor share, on the scale 0..10';

CREATE FUNCTION nps(s rating_summary, detractor_max integer, promoter_min integer) RETURNS double precision
  AS 'MODULE_PATHNAME', 'nps_with_breaks' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps(rating_summary, integer, integer) IS 'Net Promoter Score in points on any scale: share from promoter_min up minus share up to detractor_max';

CREATE FUNCTION csat(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat(rating_summary) IS 'CSAT: share of the two highest scores, of the highest on a scale of two or three, 0..1';

CREATE FUNCTION top_box_share(s rating_summary, boxes integer DEFAULT 2) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION top_box_share(rating_summary, integer) IS 'share of the highest scores, 0..1';

CREATE FUNCTION bottom_box_share(s rating_summary, boxes integer DEFAULT 2) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION bottom_box_share(rating_summary, integer) IS 'share of the lowest scores, 0..1';

CREATE FUNCTION net_score(s rating_summary, boxes integer DEFAULT 2) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION net_score(rating_summary, integer) IS 'share of the highest minus share of the lowest scores, -1..1';

CREATE FUNCTION mean_score(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mean_score(rating_summary) IS 'mean of the scores, on the scale';

CREATE FUNCTION percent_of_maximum(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION percent_of_maximum(rating_summary) IS '(mean - lowest score) / (highest - lowest score), 0..1';

CREATE TYPE score_count_row AS (
  score integer,
  responses bigint,
  share double precision
);
COMMENT ON TYPE score_count_row IS 'row of score_counts()';
COMMENT ON COLUMN score_count_row.score IS 'a score of the scale';
COMMENT ON COLUMN score_count_row.responses IS 'answers with this score';
COMMENT ON COLUMN score_count_row.share IS 'share of all answers, weighted where weights were given';

CREATE FUNCTION score_counts(s rating_summary) RETURNS SETOF score_count_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 11;
COMMENT ON FUNCTION score_counts(rating_summary) IS 'each score of the scale with its number of answers and their share';

CREATE FUNCTION nps_category(score double precision) RETURNS text
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_category(double precision) IS 'promoter (9, 10), passive (7, 8) or detractor (0 to 6)';

-- accessors: intervals, tests, sample sizes

CREATE FUNCTION effective_sample_size(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION effective_sample_size(rating_summary) IS 'Kish: (sum of weights)^2 / sum of squared weights; the number of answers where unweighted';

CREATE FUNCTION csat_ci(s rating_summary, confidence double precision DEFAULT 0.95) RETURNS ci
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat_ci(rating_summary, double precision) IS 'Wilson interval of csat; of the effective sample size where weighted';

CREATE FUNCTION top_box_ci(s rating_summary, boxes integer DEFAULT 2, confidence double precision DEFAULT 0.95) RETURNS ci
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION top_box_ci(rating_summary, integer, double precision) IS 'Wilson interval of top_box_share; of the effective sample size where weighted';

CREATE FUNCTION bottom_box_ci(s rating_summary, boxes integer DEFAULT 2, confidence double precision DEFAULT 0.95) RETURNS ci
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION bottom_box_ci(rating_summary, integer, double precision) IS 'Wilson interval of bottom_box_share; of the effective sample size where weighted';

CREATE FUNCTION mean_score_ci(s rating_summary, confidence double precision DEFAULT 0.95) RETURNS ci
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mean_score_ci(rating_summary, double precision) IS 'confidence interval of mean_score, on the scale; of the effective sample size where weighted';

CREATE FUNCTION nps_variance(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_variance(rating_summary) IS 'variance of one answer that counts -1, 0 or 1: p + d - (p - d)^2';

CREATE FUNCTION nps_stderr(s rating_summary) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_stderr(rating_summary) IS 'standard error of the Net Promoter Score in points: 100 sqrt(variance / n)';

CREATE FUNCTION nps_ci(
  s rating_summary,
  confidence double precision DEFAULT 0.95,
  method text DEFAULT 'adjusted_wald',
  population double precision DEFAULT NULL
) RETURNS ci
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_ci(rating_summary, double precision, text, double precision) IS 'confidence interval of the Net Promoter Score in points; method adjusted_wald, wald or score; population is the number of customers of whom those who answered are a part';

CREATE FUNCTION nps_margin_of_error(
  s rating_summary,
  confidence double precision DEFAULT 0.95,
  population double precision DEFAULT NULL
) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_margin_of_error(rating_summary, double precision, double precision) IS 'half the width of the adjusted Wald interval of the Net Promoter Score, in points';

CREATE FUNCTION nps_test(
  a rating_summary,
  b rating_summary,
  confidence double precision DEFAULT 0.95,
  method text DEFAULT 'adjusted_wald'
) RETURNS test_result
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_test(rating_summary, rating_summary, double precision, text) IS 'difference a - b of two Net Promoter Scores in points, with standard error, p-value and interval of the method, adjusted_wald or wald';

CREATE FUNCTION nps_sample_size(
  margin_points double precision,
  confidence double precision DEFAULT 0.95,
  population double precision DEFAULT NULL,
  variance double precision DEFAULT 1
) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_sample_size(double precision, double precision, double precision, double precision) IS 'answers needed for a Net Promoter Score that is margin_points wide to either side; variance 1 is the worst case';

-- merging

CREATE FUNCTION combine(a rating_summary, b rating_summary) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_summary_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(rating_summary, rating_summary) IS 'the answers of both; NULL counts as no answers';

CREATE FUNCTION subtract(a rating_summary, b rating_summary) RETURNS rating_summary
  AS 'MODULE_PATHNAME', 'rating_summary_subtract' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION subtract(rating_summary, rating_summary) IS 'the answers of a without those of b, which must be among them; b NULL takes nothing away';

CREATE OPERATOR + (
  LEFTARG = rating_summary, RIGHTARG = rating_summary, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (rating_summary, rating_summary) IS 'combine';

CREATE OPERATOR - (
  LEFTARG = rating_summary, RIGHTARG = rating_summary, FUNCTION = subtract
);
COMMENT ON OPERATOR - (rating_summary, rating_summary) IS 'subtract';

CREATE AGGREGATE merge_agg(s rating_summary) (
  SFUNC = rating_summary_merge,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = rating_summary_merge,
  MINVFUNC = rating_summary_unmerge,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(rating_summary) IS 'the answers of all summaries';

-- aggregates

CREATE AGGREGATE nps_agg(score smallint) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_agg(smallint) IS 'summary of answers on the scale 0 to 10; NULL scores count as missing';

CREATE AGGREGATE nps_agg(score smallint, weight double precision) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_agg(smallint, double precision) IS 'summary of answers on the scale 0 to 10; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE nps_agg(score integer) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_agg(integer) IS 'summary of answers on the scale 0 to 10; NULL scores count as missing';

CREATE AGGREGATE nps_agg(score integer, weight double precision) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_agg(integer, double precision) IS 'summary of answers on the scale 0 to 10; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE nps_agg(score double precision) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_agg(double precision) IS 'summary of answers on the scale 0 to 10; NULL scores count as missing';

CREATE AGGREGATE nps_agg(score double precision, weight double precision) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_agg(double precision, double precision) IS 'summary of answers on the scale 0 to 10; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE csat_agg(score smallint) (
  SFUNC = csat_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = csat_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_agg(smallint) IS 'summary of answers on the scale 1 to 5; NULL scores count as missing';

CREATE AGGREGATE csat_agg(score smallint, weight double precision) (
  SFUNC = csat_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_agg(smallint, double precision) IS 'summary of answers on the scale 1 to 5; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE csat_agg(score integer) (
  SFUNC = csat_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = csat_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_agg(integer) IS 'summary of answers on the scale 1 to 5; NULL scores count as missing';

CREATE AGGREGATE csat_agg(score integer, weight double precision) (
  SFUNC = csat_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_agg(integer, double precision) IS 'summary of answers on the scale 1 to 5; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE csat_agg(score double precision) (
  SFUNC = csat_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = csat_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_agg(double precision) IS 'summary of answers on the scale 1 to 5; NULL scores count as missing';

CREATE AGGREGATE csat_agg(score double precision, weight double precision) (
  SFUNC = csat_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_agg(double precision, double precision) IS 'summary of answers on the scale 1 to 5; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE ces_agg(score smallint) (
  SFUNC = ces_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = ces_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_agg(smallint) IS 'summary of answers on the scale 1 to 7; NULL scores count as missing';

CREATE AGGREGATE ces_agg(score smallint, weight double precision) (
  SFUNC = ces_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_agg(smallint, double precision) IS 'summary of answers on the scale 1 to 7; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE ces_agg(score integer) (
  SFUNC = ces_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = ces_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_agg(integer) IS 'summary of answers on the scale 1 to 7; NULL scores count as missing';

CREATE AGGREGATE ces_agg(score integer, weight double precision) (
  SFUNC = ces_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_agg(integer, double precision) IS 'summary of answers on the scale 1 to 7; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE ces_agg(score double precision) (
  SFUNC = ces_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = ces_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_agg(double precision) IS 'summary of answers on the scale 1 to 7; NULL scores count as missing';

CREATE AGGREGATE ces_agg(score double precision, weight double precision) (
  SFUNC = ces_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_agg(double precision, double precision) IS 'summary of answers on the scale 1 to 7; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE rating_agg(score smallint, scale_min integer, scale_max integer) (
  SFUNC = rating_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = rating_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_agg(smallint, integer, integer) IS 'summary of answers on the scale scale_min to scale_max; NULL scores count as missing';

CREATE AGGREGATE rating_agg(score smallint, scale_min integer, scale_max integer, weight double precision) (
  SFUNC = rating_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_agg(smallint, integer, integer, double precision) IS 'summary of answers on the scale scale_min to scale_max; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE rating_agg(score integer, scale_min integer, scale_max integer) (
  SFUNC = rating_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = rating_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_agg(integer, integer, integer) IS 'summary of answers on the scale scale_min to scale_max; NULL scores count as missing';

CREATE AGGREGATE rating_agg(score integer, scale_min integer, scale_max integer, weight double precision) (
  SFUNC = rating_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_agg(integer, integer, integer, double precision) IS 'summary of answers on the scale scale_min to scale_max; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE rating_agg(score double precision, scale_min integer, scale_max integer) (
  SFUNC = rating_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = rating_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_agg(double precision, integer, integer) IS 'summary of answers on the scale scale_min to scale_max; NULL scores count as missing';

CREATE AGGREGATE rating_agg(score double precision, scale_min integer, scale_max integer, weight double precision) (
  SFUNC = rating_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_agg(double precision, integer, integer, double precision) IS 'summary of answers on the scale scale_min to scale_max; NULL scores count as missing; rows without a weight are ignored';

CREATE AGGREGATE nps_counts_agg(score smallint, n bigint) (
  SFUNC = nps_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_counts_agg(smallint, bigint) IS 'summary of n answers with a score on the scale 0 to 10; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE nps_counts_agg(score integer, n bigint) (
  SFUNC = nps_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_counts_agg(integer, bigint) IS 'summary of n answers with a score on the scale 0 to 10; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE nps_counts_agg(score double precision, n bigint) (
  SFUNC = nps_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_counts_agg(double precision, bigint) IS 'summary of n answers with a score on the scale 0 to 10; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE csat_counts_agg(score smallint, n bigint) (
  SFUNC = csat_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = csat_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_counts_agg(smallint, bigint) IS 'summary of n answers with a score on the scale 1 to 5; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE csat_counts_agg(score integer, n bigint) (
  SFUNC = csat_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = csat_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_counts_agg(integer, bigint) IS 'summary of n answers with a score on the scale 1 to 5; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE csat_counts_agg(score double precision, n bigint) (
  SFUNC = csat_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = csat_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat_counts_agg(double precision, bigint) IS 'summary of n answers with a score on the scale 1 to 5; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE ces_counts_agg(score smallint, n bigint) (
  SFUNC = ces_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = ces_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_counts_agg(smallint, bigint) IS 'summary of n answers with a score on the scale 1 to 7; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE ces_counts_agg(score integer, n bigint) (
  SFUNC = ces_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = ces_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_counts_agg(integer, bigint) IS 'summary of n answers with a score on the scale 1 to 7; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE ces_counts_agg(score double precision, n bigint) (
  SFUNC = ces_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = ces_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_counts_agg(double precision, bigint) IS 'summary of n answers with a score on the scale 1 to 7; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE rating_counts_agg(score smallint, n bigint, scale_min integer, scale_max integer) (
  SFUNC = rating_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = rating_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_counts_agg(smallint, bigint, integer, integer) IS 'summary of n answers with a score on any scale of 2 to 101 whole scores; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE rating_counts_agg(score integer, n bigint, scale_min integer, scale_max integer) (
  SFUNC = rating_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = rating_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_counts_agg(integer, bigint, integer, integer) IS 'summary of n answers with a score on any scale of 2 to 101 whole scores; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE rating_counts_agg(score double precision, n bigint, scale_min integer, scale_max integer) (
  SFUNC = rating_counts_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = rating_summary_final,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = rating_counts_accum,
  MINVFUNC = rating_counts_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = rating_summary_final,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_counts_agg(double precision, bigint, integer, integer) IS 'summary of n answers with a score on any scale of 2 to 101 whole scores; those with a NULL score are missing; rows without n are ignored';

CREATE AGGREGATE nps(score smallint) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = nps,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = nps,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(smallint) IS 'Net Promoter Score in points of answers from 0 to 10';

CREATE AGGREGATE nps(score smallint, weight double precision) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = nps,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(smallint, double precision) IS 'Net Promoter Score in points of answers from 0 to 10; weighted';

CREATE AGGREGATE nps(score integer) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = nps,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = nps,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(integer) IS 'Net Promoter Score in points of answers from 0 to 10';

CREATE AGGREGATE nps(score integer, weight double precision) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = nps,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(integer, double precision) IS 'Net Promoter Score in points of answers from 0 to 10; weighted';

CREATE AGGREGATE nps(score double precision) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 64,
  FINALFUNC = nps,
  COMBINEFUNC = rating_summary_merge,
  MSFUNC = nps_accum,
  MINVFUNC = rating_remove,
  MSTYPE = rating_summary,
  MSSPACE = 64,
  MFINALFUNC = nps,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(double precision) IS 'Net Promoter Score in points of answers from 0 to 10';

CREATE AGGREGATE nps(score double precision, weight double precision) (
  SFUNC = nps_accum,
  STYPE = rating_summary,
  SSPACE = 320,
  FINALFUNC = nps,
  COMBINEFUNC = rating_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(double precision, double precision) IS 'Net Promoter Score in points of answers from 0 to 10; weighted';

-- rating_series --------------------------------------------------------------

@type rating_series
COMMENT ON TYPE rating_series IS 'a rating_summary for each period, with the first and the last day seen';

-- support functions of its aggregates

CREATE FUNCTION rating_series_final(state rating_series) RETURNS rating_series
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_final(rating_series) IS 'final function of the series aggregates';

CREATE FUNCTION rating_series_merge(state rating_series, rs rating_series) RETURNS rating_series
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_merge(rating_series, rating_series) IS 'combine function of the series aggregates, transition function of merge_agg';

CREATE FUNCTION nps_series_accum(
  state rating_series,
  score smallint,
  at timestamptz,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_int2_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, smallint, timestamptz, period_spec) IS 'transition function of nps_series_agg';

CREATE FUNCTION nps_series_accum(state rating_series, score smallint, at timestamp, periods period_spec) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_int2_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, smallint, timestamp, period_spec) IS 'transition function of nps_series_agg';

CREATE FUNCTION nps_series_accum(state rating_series, score smallint, at date, periods period_spec) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_int2_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, smallint, date, period_spec) IS 'transition function of nps_series_agg';

CREATE FUNCTION nps_series_accum(
  state rating_series,
  score integer,
  at timestamptz,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_int4_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, integer, timestamptz, period_spec) IS 'transition function of nps_series_agg';

CREATE FUNCTION nps_series_accum(state rating_series, score integer, at timestamp, periods period_spec) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_int4_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, integer, timestamp, period_spec) IS 'transition function of nps_series_agg';

CREATE FUNCTION nps_series_accum(state rating_series, score integer, at date, periods period_spec) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_int4_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, integer, date, period_spec) IS 'transition function of nps_series_agg';

CREATE FUNCTION nps_series_accum(
  state rating_series,
  score double precision,
  at timestamptz,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_float8_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, double precision, timestamptz, period_spec) IS 'transition function of nps_series_agg';

CREATE FUNCTION nps_series_accum(
  state rating_series,
  score double precision,
  at timestamp,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_float8_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, double precision, timestamp, period_spec) IS 'transition function of nps_series_agg';

CREATE FUNCTION nps_series_accum(
  state rating_series,
  score double precision,
  at date,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_float8_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, double precision, date, period_spec) IS 'transition function of nps_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score smallint,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_int2_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, smallint, integer, integer, timestamptz, period_spec) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score smallint,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_int2_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, smallint, integer, integer, timestamp, period_spec) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score smallint,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_int2_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, smallint, integer, integer, date, period_spec) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score integer,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_int4_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, integer, integer, integer, timestamptz, period_spec) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score integer,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_int4_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, integer, integer, integer, timestamp, period_spec) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score integer,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_int4_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, integer, integer, integer, date, period_spec) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_float8_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, double precision, integer, integer, timestamptz, period_spec) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_float8_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, double precision, integer, integer, timestamp, period_spec) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_float8_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, double precision, integer, integer, date, period_spec) IS 'transition function of rating_series_agg';

CREATE FUNCTION nps_series_accum(
  state rating_series,
  score double precision,
  at timestamptz,
  periods period_spec,
  asked_at timestamptz
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_float8_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, double precision, timestamptz, period_spec, timestamptz) IS 'transition function of nps_series_agg';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  at timestamptz,
  periods period_spec,
  asked_at timestamp
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, timestamptz, period_spec, timestamp) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  at timestamptz,
  periods period_spec,
  asked_at date
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, timestamptz, period_spec, date) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  at timestamp,
  periods period_spec,
  asked_at timestamptz
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, timestamp, period_spec, timestamptz) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION nps_series_accum(
  state rating_series,
  score double precision,
  at timestamp,
  periods period_spec,
  asked_at timestamp
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_float8_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, double precision, timestamp, period_spec, timestamp) IS 'transition function of nps_series_agg';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  at date,
  periods period_spec,
  asked_at timestamptz
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, date, period_spec, timestamptz) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION nps_series_accum(
  state rating_series,
  score double precision,
  at date,
  periods period_spec,
  asked_at date
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'nps_series_accum_float8_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION nps_series_accum(rating_series, double precision, date, period_spec, date) IS 'transition function of nps_series_agg';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec,
  asked_at timestamptz
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_float8_timestamptz' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, double precision, integer, integer, timestamptz, period_spec, timestamptz) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec,
  asked_at timestamp
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, integer, integer, timestamptz, period_spec, timestamp) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamptz,
  periods period_spec,
  asked_at date
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, integer, integer, timestamptz, period_spec, date) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec,
  asked_at timestamptz
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, integer, integer, timestamp, period_spec, timestamptz) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec,
  asked_at timestamp
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_float8_timestamp' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, double precision, integer, integer, timestamp, period_spec, timestamp) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec,
  asked_at timestamptz
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, integer, integer, date, period_spec, timestamptz) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION rating_series_accum(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec,
  asked_at date
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_accum_float8_date' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_accum(rating_series, double precision, integer, integer, date, period_spec, date) IS 'transition function of rating_series_agg';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  at timestamp,
  periods period_spec,
  asked_at date
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, timestamp, period_spec, date) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  at date,
  periods period_spec,
  asked_at timestamp
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, date, period_spec, timestamp) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at timestamp,
  periods period_spec,
  asked_at date
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, integer, integer, timestamp, period_spec, date) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE FUNCTION rating_series_trap(
  state rating_series,
  score double precision,
  scale_min integer,
  scale_max integer,
  at date,
  periods period_spec,
  asked_at timestamp
) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION rating_series_trap(rating_series, double precision, integer, integer, date, period_spec, timestamp) IS 'always an error: the moments of answering and of asking are of the same type';

-- aggregates

CREATE AGGREGATE nps_series_agg(score smallint, at timestamptz, periods period_spec) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(smallint, timestamptz, period_spec) IS 'answers on the scale 0 to 10 by period, from moments in the time zone of the period_spec; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score smallint, at timestamp, periods period_spec) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(smallint, timestamp, period_spec) IS 'answers on the scale 0 to 10 by period, from local times; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score smallint, at date, periods period_spec) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(smallint, date, period_spec) IS 'answers on the scale 0 to 10 by period, from days; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score integer, at timestamptz, periods period_spec) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(integer, timestamptz, period_spec) IS 'answers on the scale 0 to 10 by period, from moments in the time zone of the period_spec; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score integer, at timestamp, periods period_spec) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(integer, timestamp, period_spec) IS 'answers on the scale 0 to 10 by period, from local times; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score integer, at date, periods period_spec) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(integer, date, period_spec) IS 'answers on the scale 0 to 10 by period, from days; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score double precision, at timestamptz, periods period_spec) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, timestamptz, period_spec) IS 'answers on the scale 0 to 10 by period, from moments in the time zone of the period_spec; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score double precision, at timestamp, periods period_spec) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, timestamp, period_spec) IS 'answers on the scale 0 to 10 by period, from local times; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score double precision, at date, periods period_spec) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, date, period_spec) IS 'answers on the scale 0 to 10 by period, from days; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score smallint, scale_min integer, scale_max integer, at timestamptz, periods period_spec) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(smallint, integer, integer, timestamptz, period_spec) IS 'answers on the scale scale_min to scale_max by period, from moments in the time zone of the period_spec; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score smallint, scale_min integer, scale_max integer, at timestamp, periods period_spec) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(smallint, integer, integer, timestamp, period_spec) IS 'answers on the scale scale_min to scale_max by period, from local times; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score smallint, scale_min integer, scale_max integer, at date, periods period_spec) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(smallint, integer, integer, date, period_spec) IS 'answers on the scale scale_min to scale_max by period, from days; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score integer, scale_min integer, scale_max integer, at timestamptz, periods period_spec) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(integer, integer, integer, timestamptz, period_spec) IS 'answers on the scale scale_min to scale_max by period, from moments in the time zone of the period_spec; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score integer, scale_min integer, scale_max integer, at timestamp, periods period_spec) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(integer, integer, integer, timestamp, period_spec) IS 'answers on the scale scale_min to scale_max by period, from local times; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score integer, scale_min integer, scale_max integer, at date, periods period_spec) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(integer, integer, integer, date, period_spec) IS 'answers on the scale scale_min to scale_max by period, from days; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at timestamptz, periods period_spec) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, timestamptz, period_spec) IS 'answers on the scale scale_min to scale_max by period, from moments in the time zone of the period_spec; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at timestamp, periods period_spec) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, timestamp, period_spec) IS 'answers on the scale scale_min to scale_max by period, from local times; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at date, periods period_spec) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, date, period_spec) IS 'answers on the scale scale_min to scale_max by period, from days; NULL scores count as missing, rows without a time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score double precision, at timestamptz, periods period_spec, asked_at timestamptz) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, timestamptz, period_spec, timestamptz) IS 'answers on the scale 0 to 10 by the period in which they were asked, or else answered, from moments in the time zone of the period_spec; NULL scores count as missing, rows without either time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score double precision, at timestamptz, periods period_spec, asked_at timestamp) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, timestamptz, period_spec, timestamp) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE nps_series_agg(score double precision, at timestamptz, periods period_spec, asked_at date) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, timestamptz, period_spec, date) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE nps_series_agg(score double precision, at timestamp, periods period_spec, asked_at timestamptz) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, timestamp, period_spec, timestamptz) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE nps_series_agg(score double precision, at timestamp, periods period_spec, asked_at timestamp) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, timestamp, period_spec, timestamp) IS 'answers on the scale 0 to 10 by the period in which they were asked, or else answered, from local times; NULL scores count as missing, rows without either time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score double precision, at date, periods period_spec, asked_at timestamptz) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, date, period_spec, timestamptz) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE nps_series_agg(score double precision, at date, periods period_spec, asked_at date) (
  SFUNC = nps_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, date, period_spec, date) IS 'answers on the scale 0 to 10 by the period in which they were asked, or else answered, from days; NULL scores count as missing, rows without either time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at timestamptz, periods period_spec, asked_at timestamptz) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, timestamptz, period_spec, timestamptz) IS 'answers on the scale scale_min to scale_max by the period in which they were asked, or else answered, from moments in the time zone of the period_spec; NULL scores count as missing, rows without either time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at timestamptz, periods period_spec, asked_at timestamp) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, timestamptz, period_spec, timestamp) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at timestamptz, periods period_spec, asked_at date) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, timestamptz, period_spec, date) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at timestamp, periods period_spec, asked_at timestamptz) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, timestamp, period_spec, timestamptz) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at timestamp, periods period_spec, asked_at timestamp) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, timestamp, period_spec, timestamp) IS 'answers on the scale scale_min to scale_max by the period in which they were asked, or else answered, from local times; NULL scores count as missing, rows without either time are counted by num_undated()';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at date, periods period_spec, asked_at timestamptz) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, date, period_spec, timestamptz) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at date, periods period_spec, asked_at date) (
  SFUNC = rating_series_accum,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, date, period_spec, date) IS 'answers on the scale scale_min to scale_max by the period in which they were asked, or else answered, from days; NULL scores count as missing, rows without either time are counted by num_undated()';

CREATE AGGREGATE nps_series_agg(score double precision, at timestamp, periods period_spec, asked_at date) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, timestamp, period_spec, date) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE nps_series_agg(score double precision, at date, periods period_spec, asked_at timestamp) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_series_agg(double precision, date, period_spec, timestamp) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at timestamp, periods period_spec, asked_at date) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, timestamp, period_spec, date) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE rating_series_agg(score double precision, scale_min integer, scale_max integer, at date, periods period_spec, asked_at timestamp) (
  SFUNC = rating_series_trap,
  STYPE = rating_series,
  SSPACE = 1024,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE rating_series_agg(double precision, integer, integer, date, period_spec, timestamp) IS 'always an error: the moments of answering and of asking are of the same type';

CREATE AGGREGATE merge_agg(rs rating_series) (
  SFUNC = rating_series_merge,
  STYPE = rating_series,
  SSPACE = 1024,
  FINALFUNC = rating_series_final,
  COMBINEFUNC = rating_series_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(rating_series) IS 'the answers of all series';

-- accessors and merging

CREATE FUNCTION combine(a rating_series, b rating_series) RETURNS rating_series
  AS 'MODULE_PATHNAME', 'rating_series_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(rating_series, rating_series) IS 'the answers of both; NULL counts as no answers';

CREATE OPERATOR + (
  LEFTARG = rating_series, RIGHTARG = rating_series, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (rating_series, rating_series) IS 'combine';

CREATE FUNCTION num_undated(rs rating_series) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION num_undated(rating_series) IS 'number of rows without a time, which are in no period';

CREATE TYPE period_summary_row AS (
  period_start date,
  summary rating_summary
);
COMMENT ON TYPE period_summary_row IS 'row of period_summaries()';
COMMENT ON COLUMN period_summary_row.period_start IS 'first day of the period';
COMMENT ON COLUMN period_summary_row.summary IS 'the answers in the period; an empty summary if there are none';

CREATE FUNCTION period_summaries(
  rs rating_series,
  as_of date DEFAULT NULL,
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF period_summary_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 24;
COMMENT ON FUNCTION period_summaries(rating_series, date, bigint) IS
  'the summary of each period from the first day seen to as_of, by default the last day seen; more than max_rows rows are an error';

CREATE TYPE nps_series_row AS (
  period_start date,
  period_end date,
  num_responses bigint,
  promoters bigint,
  passives bigint,
  detractors bigint,
  nps double precision,
  ci_low double precision,
  ci_high double precision,
  change double precision,
  change_p_value double precision,
  is_complete boolean,
  change_ci_low double precision,
  change_ci_high double precision,
  change_adjusted_p_value double precision,
  num_missing bigint
);
COMMENT ON TYPE nps_series_row IS 'row of nps_series()';
COMMENT ON COLUMN nps_series_row.period_start IS 'first day of the period';
COMMENT ON COLUMN nps_series_row.period_end IS 'day after its last day';
COMMENT ON COLUMN nps_series_row.num_responses IS 'answers in the period, without missing ones; of a trailing series, in all its periods';
COMMENT ON COLUMN nps_series_row.promoters IS 'answers of 9 or 10';
COMMENT ON COLUMN nps_series_row.passives IS 'answers of 7 or 8';
COMMENT ON COLUMN nps_series_row.detractors IS 'answers of 0 to 6';
COMMENT ON COLUMN nps_series_row.nps IS '100 x (promoters - detractors) / num_responses: points, -100 to 100';
COMMENT ON COLUMN nps_series_row.ci_low IS 'lower bound of nps, adjusted Wald';
COMMENT ON COLUMN nps_series_row.ci_high IS 'upper bound of nps, adjusted Wald';
COMMENT ON COLUMN nps_series_row.change IS 'nps minus nps of the period before, in points; of a trailing series, of the one that ended before this began';
COMMENT ON COLUMN nps_series_row.change_p_value IS 'two-sided p-value of the change by itself, adjusted Wald: how probable a change at least as large would be if there were none';
COMMENT ON COLUMN nps_series_row.is_complete IS 'whether the last day of the period is not after as_of';
COMMENT ON COLUMN nps_series_row.change_ci_low IS 'lower bound of change, adjusted Wald';
COMMENT ON COLUMN nps_series_row.change_ci_high IS 'upper bound of change, adjusted Wald';
COMMENT ON COLUMN nps_series_row.change_adjusted_p_value IS 'change_p_value corrected for the number of changes in all rows, by the correction asked for';
COMMENT ON COLUMN nps_series_row.num_missing IS 'missing answers in the period; of a trailing series, in all its periods';

CREATE FUNCTION nps_series(
  rs rating_series,
  as_of date DEFAULT NULL,
  confidence double precision DEFAULT 0.95,
  trailing_periods integer DEFAULT 1,
  correction text DEFAULT 'holm',
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF nps_series_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 24;
COMMENT ON FUNCTION nps_series(rating_series, date, double precision, integer, text, bigint) IS
  'Net Promoter Score by period, in points, with adjusted Wald interval and the change against trailing_periods earlier; each row covers the last trailing_periods periods; correction of the changes'' p-values: holm, benjamini_hochberg, bonferroni or none; more than max_rows rows are an error';
