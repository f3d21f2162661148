--
-- statistics: intervals, tests and sample sizes, for proportions and for all
-- other concepts. doc/statistics.md
--

CREATE TYPE ci AS (
  ci_low double precision,
  ci_high double precision
);
COMMENT ON TYPE ci IS 'confidence interval, in the unit of what it belongs to';
COMMENT ON COLUMN ci.ci_low IS 'lower bound';
COMMENT ON COLUMN ci.ci_high IS 'upper bound';

CREATE TYPE test_result AS (
  difference double precision,
  stderr double precision,
  z double precision,
  p_value double precision,
  ci_low double precision,
  ci_high double precision
);
COMMENT ON TYPE test_result IS 'comparison of two groups: the difference first minus second, its standard error, z, two-sided p-value and confidence interval';
COMMENT ON COLUMN test_result.difference IS 'a - b';
COMMENT ON COLUMN test_result.stderr IS 'standard error of the difference';
COMMENT ON COLUMN test_result.z IS 'test statistic';
COMMENT ON COLUMN test_result.p_value IS 'two-sided: how probable a difference at least as large would be if there were none';
COMMENT ON COLUMN test_result.ci_low IS 'lower bound of the difference';
COMMENT ON COLUMN test_result.ci_high IS 'upper bound of the difference';

CREATE FUNCTION proportion_ci(
  successes double precision,
  n double precision,
  confidence double precision DEFAULT 0.95,
  method text DEFAULT 'wilson'
) RETURNS ci
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION proportion_ci(double precision, double precision, double precision, text) IS 'confidence interval of a share; method wilson, clopper_pearson or wald; NULL without trials';

CREATE FUNCTION proportion_test(
  x1 double precision,
  n1 double precision,
  x2 double precision,
  n2 double precision,
  confidence double precision DEFAULT 0.95,
  method text DEFAULT 'auto'
) RETURNS test_result
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION proportion_test(double precision, double precision, double precision, double precision, double precision, text) IS 'difference x1 / n1 - x2 / n2 of two shares with Newcombe''s interval; z with the pooled variance; p_value by method: pooled (of z), fisher, mid_p (both exact), or auto: mid_p where fewer than 5 are expected in a cell, else pooled; NULL if either has no trials';

CREATE FUNCTION proportion_sample_size(
  margin double precision,
  confidence double precision DEFAULT 0.95,
  population double precision DEFAULT NULL,
  p double precision DEFAULT 0.5
) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION proportion_sample_size(double precision, double precision, double precision, double precision) IS 'answers needed for an interval of a share that is margin wide to either side; population NULL is without limit';

CREATE FUNCTION adjusted_p_values(p double precision[], correction text DEFAULT 'holm') RETURNS double precision[]
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION adjusted_p_values(double precision[], text) IS
  'p-values of several tests corrected for their number, in the order given; correction holm, benjamini_hochberg, bonferroni or none; NULL elements stay NULL and do not count';
