--
-- model: logistic regression, and how well scores foretell outcomes. doc/leads.md
--

-- logistic_model ------------------------------------------------------------

@type logistic_model
COMMENT ON TYPE logistic_model IS 'a logistic regression: coefficients with their standard errors, by the names of the features';

-- Rows are needed several times, so there is no combine function: this aggregate is not computed in parts.

CREATE FUNCTION logistic_accum(state internal, outcome boolean, features double precision[]) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION logistic_accum(internal, boolean, double precision[]) IS 'transition function of logistic_agg';

CREATE FUNCTION logistic_accum(state internal, outcome boolean, features double precision[], names text[]) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION logistic_accum(internal, boolean, double precision[], text[]) IS 'transition function of logistic_agg';

CREATE FUNCTION logistic_accum(state internal, outcome bigint, features double precision[]) RETURNS internal
  AS 'MODULE_PATHNAME', 'logistic_accum_bigint' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION logistic_accum(internal, bigint, double precision[]) IS 'transition function of logistic_agg';

CREATE FUNCTION logistic_accum(state internal, outcome bigint, features double precision[], names text[]) RETURNS internal
  AS 'MODULE_PATHNAME', 'logistic_accum_bigint' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION logistic_accum(internal, bigint, double precision[], text[]) IS 'transition function of logistic_agg';

CREATE FUNCTION logistic_final(state internal) RETURNS logistic_model
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION logistic_final(internal) IS 'final function of logistic_agg';

CREATE AGGREGATE logistic_agg(outcome boolean, features double precision[]) (
  SFUNC = logistic_accum,
  STYPE = internal,
  SSPACE = 8192,
  FINALFUNC = logistic_final,
  FINALFUNC_MODIFY = READ_WRITE,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE logistic_agg(boolean, double precision[]) IS
  'logistic regression of an outcome on features, with an intercept; rows with a NULL are skipped and counted; features are called x1, x2, ...';

CREATE AGGREGATE logistic_agg(outcome boolean, features double precision[], names text[]) (
  SFUNC = logistic_accum,
  STYPE = internal,
  SSPACE = 8192,
  FINALFUNC = logistic_final,
  FINALFUNC_MODIFY = READ_WRITE,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE logistic_agg(boolean, double precision[], text[]) IS
  'logistic regression of an outcome on features, with an intercept; rows with a NULL are skipped and counted; names is the same in all rows';

CREATE AGGREGATE logistic_agg(outcome bigint, features double precision[]) (
  SFUNC = logistic_accum,
  STYPE = internal,
  SSPACE = 8192,
  FINALFUNC = logistic_final,
  FINALFUNC_MODIFY = READ_WRITE,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE logistic_agg(bigint, double precision[]) IS
  'logistic regression of an outcome that is 0 or 1 on features, with an intercept; rows with a NULL are skipped and counted; features are called x1, x2, ...';

CREATE AGGREGATE logistic_agg(outcome bigint, features double precision[], names text[]) (
  SFUNC = logistic_accum,
  STYPE = internal,
  SSPACE = 8192,
  FINALFUNC = logistic_final,
  FINALFUNC_MODIFY = READ_WRITE,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE logistic_agg(bigint, double precision[], text[]) IS
  'logistic regression of an outcome that is 0 or 1 on features, with an intercept; rows with a NULL are skipped and counted; names is the same in all rows';

CREATE TYPE coefficient_row AS (
  name text,
  coefficient double precision,
  stderr double precision,
  z double precision,
  p_value double precision,
  odds_ratio double precision,
  ci_low double precision,
  ci_high double precision
);
COMMENT ON TYPE coefficient_row IS 'row of coefficients()';
COMMENT ON COLUMN coefficient_row.name IS 'of the feature; the first is (intercept)';
COMMENT ON COLUMN coefficient_row.coefficient IS 'what one unit more adds to the logarithm of the odds';
COMMENT ON COLUMN coefficient_row.stderr IS 'its standard error; NULL where the fit did not converge, as all that follows from it';
COMMENT ON COLUMN coefficient_row.z IS 'coefficient / stderr';
COMMENT ON COLUMN coefficient_row.p_value IS 'two-sided, of z';
COMMENT ON COLUMN coefficient_row.odds_ratio IS 'exp(coefficient): by what one unit more multiplies the odds';
COMMENT ON COLUMN coefficient_row.ci_low IS 'lower bound of the coefficient; exp() of it is that of the odds ratio';
COMMENT ON COLUMN coefficient_row.ci_high IS 'upper bound of the coefficient';

CREATE FUNCTION coefficients(m logistic_model, confidence double precision DEFAULT 0.95) RETURNS SETOF coefficient_row
  AS 'MODULE_PATHNAME', 'logistic_coefficients' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION coefficients(logistic_model, double precision) IS 'coefficients of a logistic regression with standard errors and Wald intervals, the intercept first';

CREATE FUNCTION predict(m logistic_model, features double precision[]) RETURNS double precision
  AS 'MODULE_PATHNAME', 'logistic_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION predict(logistic_model, double precision[]) IS 'probability of the outcome; NULL if a feature is NULL';

CREATE TYPE explanation_row AS (
  name text,
  value double precision,
  contribution double precision
);
COMMENT ON TYPE explanation_row IS 'row of explain_prediction()';
COMMENT ON COLUMN explanation_row.name IS 'of the feature; the first is (intercept)';
COMMENT ON COLUMN explanation_row.value IS 'of the feature; 1 for the intercept';
COMMENT ON COLUMN explanation_row.contribution IS 'coefficient x value; all together are the logarithm of the odds';

CREATE FUNCTION explain_prediction(m logistic_model, features double precision[]) RETURNS SETOF explanation_row
  AS 'MODULE_PATHNAME', 'logistic_explain_prediction' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION explain_prediction(logistic_model, double precision[]) IS 'what the intercept and each feature add to the logarithm of the odds';

CREATE FUNCTION log_likelihood(m logistic_model) RETURNS double precision
  AS 'MODULE_PATHNAME', 'logistic_log_likelihood' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION log_likelihood(logistic_model) IS 'logarithm of the likelihood of the outcomes under the model';

CREATE FUNCTION num_rows(m logistic_model) RETURNS bigint
  AS 'MODULE_PATHNAME', 'logistic_num_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION num_rows(logistic_model) IS 'rows the model was fitted to';

CREATE FUNCTION num_skipped(m logistic_model) RETURNS bigint
  AS 'MODULE_PATHNAME', 'logistic_num_skipped' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION num_skipped(logistic_model) IS 'rows that were skipped because of a NULL';

CREATE FUNCTION converged(m logistic_model) RETURNS boolean
  AS 'MODULE_PATHNAME', 'logistic_converged' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION converged(logistic_model) IS 'whether the likelihood has a maximum and the coefficients are those of it';

CREATE TYPE scorecard_points_row AS (
  name text,
  points_per_unit numeric
);
COMMENT ON TYPE scorecard_points_row IS 'row of scorecard_points()';
COMMENT ON COLUMN scorecard_points_row.name IS 'of the feature; the first is (intercept)';
COMMENT ON COLUMN scorecard_points_row.points_per_unit IS 'points for one unit of the feature; the points of the intercept';

CREATE FUNCTION scorecard_points(m logistic_model, pdo double precision DEFAULT 20, base_points double precision DEFAULT 50, base_odds double precision DEFAULT 1, digits integer DEFAULT 1) RETURNS SETOF scorecard_points_row
  AS 'MODULE_PATHNAME', 'logistic_scorecard_points' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION scorecard_points(logistic_model, double precision, double precision, double precision, integer) IS 'a logistic regression as points to be added up: pdo points more double the odds, base_points stand for base_odds';

-- roc_summary ---------------------------------------------------------------

@type roc_summary
COMMENT ON TYPE roc_summary IS 'the outcomes at each score: how well scores foretell outcomes';

CREATE FUNCTION roc_summary_merge(state roc_summary, s roc_summary) RETURNS roc_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION roc_summary_merge(roc_summary, roc_summary) IS 'combine function of roc_agg, transition function of merge_agg';

CREATE FUNCTION roc_accum(state roc_summary, score double precision, outcome boolean) RETURNS roc_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION roc_accum(roc_summary, double precision, boolean) IS 'transition function of roc_agg';

CREATE FUNCTION roc_accum(state roc_summary, score double precision, outcome bigint) RETURNS roc_summary
  AS 'MODULE_PATHNAME', 'roc_accum_bigint' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION roc_accum(roc_summary, double precision, bigint) IS 'transition function of roc_agg';

CREATE AGGREGATE roc_agg(score double precision, outcome boolean) (
  SFUNC = roc_accum,
  STYPE = roc_summary,
  SSPACE = 1024,
  COMBINEFUNC = roc_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE roc_agg(double precision, boolean) IS
  'scores with what happened; rows with a NULL are ignored';

CREATE AGGREGATE roc_agg(score double precision, outcome bigint) (
  SFUNC = roc_accum,
  STYPE = roc_summary,
  SSPACE = 1024,
  COMBINEFUNC = roc_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE roc_agg(double precision, bigint) IS
  'scores with what happened, which is 0 or 1; rows with a NULL are ignored';

CREATE AGGREGATE merge_agg(s roc_summary) (
  SFUNC = roc_summary_merge,
  STYPE = roc_summary,
  SSPACE = 1024,
  COMBINEFUNC = roc_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(roc_summary) IS 'the outcomes of all summaries';

CREATE FUNCTION combine(a roc_summary, b roc_summary) RETURNS roc_summary
  AS 'MODULE_PATHNAME', 'roc_summary_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(roc_summary, roc_summary) IS 'the outcomes of both; NULL counts as no outcomes';

CREATE OPERATOR + (
  LEFTARG = roc_summary, RIGHTARG = roc_summary, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (roc_summary, roc_summary) IS 'combine';

CREATE FUNCTION auc(r roc_summary) RETURNS double precision
  AS 'MODULE_PATHNAME', 'roc_auc' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION auc(roc_summary) IS 'area under the ROC curve, the share of pairs that the scores put in the right order, ties counting half; NULL unless there are outcomes of both classes';

CREATE FUNCTION gini(r roc_summary) RETURNS double precision
  AS 'MODULE_PATHNAME', 'roc_gini' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gini(roc_summary) IS '2 auc - 1; NULL where auc is';

CREATE FUNCTION ks_statistic(r roc_summary) RETURNS double precision
  AS 'MODULE_PATHNAME', 'roc_ks_statistic' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ks_statistic(roc_summary) IS 'largest distance of the distributions of the scores of the two classes; NULL unless there are outcomes of both';

CREATE FUNCTION brier_score(r roc_summary) RETURNS double precision
  AS 'MODULE_PATHNAME', 'roc_brier_score' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION brier_score(roc_summary) IS 'mean squared distance of score and outcome; scores must be between 0 and 1';

CREATE FUNCTION log_loss(r roc_summary) RETURNS double precision
  AS 'MODULE_PATHNAME', 'roc_log_loss' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION log_loss(roc_summary) IS 'minus the mean log-likelihood of the outcomes; scores must be between 0 and 1';

CREATE FUNCTION auc_ci(r roc_summary, confidence double precision DEFAULT 0.95, method text DEFAULT 'logit') RETURNS ci
  AS 'MODULE_PATHNAME', 'roc_auc_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION auc_ci(roc_summary, double precision, text) IS 'confidence interval of the area under the ROC curve with DeLong''s variance; method logit (on the logit scale) or delong (as is, too short with few outcomes); below 30 outcomes of the rarer class it covers less than it says; NULL unless there are two outcomes or more of each class';

CREATE FUNCTION lift(r roc_summary, fraction double precision) RETURNS double precision
  AS 'MODULE_PATHNAME', 'roc_lift' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lift(roc_summary, double precision) IS 'share of positives among the best fraction, divided by that among all; a score at the edge counts in proportion; NULL without positives';

CREATE TYPE gain_row AS (
  bin integer,
  responses double precision,
  positives double precision,
  cumulative_positives double precision,
  lift double precision,
  cumulative_share double precision
);
COMMENT ON TYPE gain_row IS 'row of gain_table()';
COMMENT ON COLUMN gain_row.bin IS 'from 1 on, the best scores first';
COMMENT ON COLUMN gain_row.responses IS 'outcomes in the bin, the same in all';
COMMENT ON COLUMN gain_row.positives IS 'positive ones; a score across an edge is divided in proportion';
COMMENT ON COLUMN gain_row.cumulative_positives IS 'positive ones in this bin and those before';
COMMENT ON COLUMN gain_row.lift IS 'share of positives in the bin, divided by that among all; NULL without positives';
COMMENT ON COLUMN gain_row.cumulative_share IS 'cumulative_positives / all positives; NULL without positives';

CREATE FUNCTION gain_table(r roc_summary, bins integer DEFAULT 10) RETURNS SETOF gain_row
  AS 'MODULE_PATHNAME', 'roc_gain_table' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION gain_table(roc_summary, integer) IS 'positive outcomes in bins of equal counts, the best scores first';

CREATE TYPE roc_row AS (
  threshold double precision,
  true_positive_rate double precision,
  false_positive_rate double precision
);
COMMENT ON TYPE roc_row IS 'row of roc_curve()';
COMMENT ON COLUMN roc_row.threshold IS 'scores from this one on are taken; Infinity: none';
COMMENT ON COLUMN roc_row.true_positive_rate IS 'share of the positives that is taken; NULL without positives';
COMMENT ON COLUMN roc_row.false_positive_rate IS 'share of the negatives that is taken; NULL without negatives';

CREATE FUNCTION roc_curve(r roc_summary) RETURNS SETOF roc_row
  AS 'MODULE_PATHNAME', 'roc_roc_curve' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION roc_curve(roc_summary) IS 'what is found and what is falsely taken at each threshold';

CREATE TYPE calibration_row AS (
  bin integer,
  responses double precision,
  mean_score double precision,
  positive_rate double precision,
  ci_low double precision,
  ci_high double precision
);
COMMENT ON TYPE calibration_row IS 'row of calibration()';
COMMENT ON COLUMN calibration_row.bin IS 'from 1 on, the best scores first';
COMMENT ON COLUMN calibration_row.responses IS 'outcomes in the bin, the same in all';
COMMENT ON COLUMN calibration_row.mean_score IS 'mean of their scores';
COMMENT ON COLUMN calibration_row.positive_rate IS 'share of positives among them';
COMMENT ON COLUMN calibration_row.ci_low IS 'lower bound of the share, 95 % by Wilson';
COMMENT ON COLUMN calibration_row.ci_high IS 'upper bound of the share';

CREATE FUNCTION calibration(r roc_summary, bins integer DEFAULT 10) RETURNS SETOF calibration_row
  AS 'MODULE_PATHNAME', 'roc_calibration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION calibration(roc_summary, integer) IS 'what was foretold and what happened, in the bins of gain_table';

-- woe_summary ---------------------------------------------------------------

@type woe_summary
COMMENT ON TYPE woe_summary IS 'the outcomes in each bin of a feature: weight of evidence and information value';

CREATE FUNCTION woe_summary_merge(state woe_summary, s woe_summary) RETURNS woe_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION woe_summary_merge(woe_summary, woe_summary) IS 'combine function of woe_agg, transition function of merge_agg';

CREATE FUNCTION woe_accum(state woe_summary, bin text, outcome boolean) RETURNS woe_summary
  AS 'MODULE_PATHNAME', 'woe_accum_text' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION woe_accum(woe_summary, text, boolean) IS 'transition function of woe_agg';

CREATE FUNCTION woe_accum(state woe_summary, bin text, outcome bigint) RETURNS woe_summary
  AS 'MODULE_PATHNAME', 'woe_accum_text_bigint' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION woe_accum(woe_summary, text, bigint) IS 'transition function of woe_agg';

CREATE FUNCTION woe_accum(state woe_summary, bin bigint, outcome boolean) RETURNS woe_summary
  AS 'MODULE_PATHNAME', 'woe_accum_bigint' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION woe_accum(woe_summary, bigint, boolean) IS 'transition function of woe_agg';

CREATE FUNCTION woe_accum(state woe_summary, bin bigint, outcome bigint) RETURNS woe_summary
  AS 'MODULE_PATHNAME', 'woe_accum_bigint_bigint' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION woe_accum(woe_summary, bigint, bigint) IS 'transition function of woe_agg';

CREATE AGGREGATE woe_agg(bin text, outcome boolean) (
  SFUNC = woe_accum,
  STYPE = woe_summary,
  SSPACE = 1024,
  COMBINEFUNC = woe_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE woe_agg(text, boolean) IS
  'outcomes by bin; NULL is a bin of its own, a row without an outcome is ignored';

CREATE AGGREGATE woe_agg(bin text, outcome bigint) (
  SFUNC = woe_accum,
  STYPE = woe_summary,
  SSPACE = 1024,
  COMBINEFUNC = woe_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE woe_agg(text, bigint) IS
  'outcomes, which are 0 or 1, by bin; NULL is a bin of its own, a row without an outcome is ignored';

CREATE AGGREGATE woe_agg(bin bigint, outcome boolean) (
  SFUNC = woe_accum,
  STYPE = woe_summary,
  SSPACE = 1024,
  COMBINEFUNC = woe_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE woe_agg(bigint, boolean) IS
  'outcomes by bin; NULL is a bin of its own, a row without an outcome is ignored';

CREATE AGGREGATE woe_agg(bin bigint, outcome bigint) (
  SFUNC = woe_accum,
  STYPE = woe_summary,
  SSPACE = 1024,
  COMBINEFUNC = woe_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE woe_agg(bigint, bigint) IS
  'outcomes, which are 0 or 1, by bin; NULL is a bin of its own, a row without an outcome is ignored';

CREATE AGGREGATE merge_agg(s woe_summary) (
  SFUNC = woe_summary_merge,
  STYPE = woe_summary,
  SSPACE = 1024,
  COMBINEFUNC = woe_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(woe_summary) IS 'the outcomes of all summaries';

CREATE FUNCTION combine(a woe_summary, b woe_summary) RETURNS woe_summary
  AS 'MODULE_PATHNAME', 'woe_summary_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(woe_summary, woe_summary) IS 'the outcomes of both; NULL counts as no outcomes';

CREATE OPERATOR + (
  LEFTARG = woe_summary, RIGHTARG = woe_summary, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (woe_summary, woe_summary) IS 'combine';

CREATE TYPE woe_row AS (
  bin text,
  responses bigint,
  positives bigint,
  negatives bigint,
  woe double precision,
  iv double precision
);
COMMENT ON TYPE woe_row IS 'row of woe_table()';
COMMENT ON COLUMN woe_row.bin IS 'name of the bin; NULL is that of the missing values';
COMMENT ON COLUMN woe_row.responses IS 'outcomes in the bin';
COMMENT ON COLUMN woe_row.positives IS 'positive ones';
COMMENT ON COLUMN woe_row.negatives IS 'negative ones';
COMMENT ON COLUMN woe_row.woe IS 'weight of evidence: logarithm of the share of all positives that is in the bin, divided by that of all negatives; the other way round with sign neg_over_pos; NULL where one of the two is 0 and zero_cells is null';
COMMENT ON COLUMN woe_row.iv IS 'contribution to the information value; NULL where woe is';

CREATE FUNCTION woe_table(w woe_summary, sign text DEFAULT 'pos_over_neg', zero_cells text DEFAULT 'null') RETURNS SETOF woe_row
  AS 'MODULE_PATHNAME', 'woe_woe_table' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION woe_table(woe_summary, text, text) IS 'weight of evidence of each bin; sign pos_over_neg or neg_over_pos; zero_cells null, adjust_0.9 or add_0.5: what stands for a cell of 0';

CREATE FUNCTION information_value(w woe_summary, zero_cells text DEFAULT 'null') RETURNS double precision
  AS 'MODULE_PATHNAME', 'woe_information_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION information_value(woe_summary, text) IS 'how well the bins tell the classes apart: the sum of iv in woe_table; NULL if no bin has one';
