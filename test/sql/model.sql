-- Logistic regression and the evaluation of scores: worked examples, limits, and every
-- error message. Real data, published values and comparisons with slow plain SQL on
-- random data: test/pgtap/model.sql.
SET extra_float_digits = 0;
\pset null NULL

-- the example of Apache MADlib: a second heart attack, by treatment and trait anxiety
CREATE TEMP TABLE patient (id integer, second_attack integer, treatment integer, trait_anxiety integer);
INSERT INTO patient VALUES
  (1, 1, 1, 70), (2, 1, 1, 80), (3, 1, 1, 50), (4, 1, 0, 60), (5, 1, 0, 40), (6, 1, 0, 65), (7, 1, 0, 75), (8, 1, 0, 80), (9, 1, 0, 70), (10, 1, 0, 60),
  (11, 0, 1, 65), (12, 0, 1, 50), (13, 0, 1, 45), (14, 0, 1, 35), (15, 0, 1, 40), (16, 0, 1, 50), (17, 0, 0, 55), (18, 0, 0, 45), (19, 0, 0, 50), (20, 0, 0, 60);
CREATE TEMP TABLE model AS
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY['treatment', 'trait_anxiety']) AS m FROM patient;
SELECT name, round(coefficient::numeric, 5) AS coefficient, round(stderr::numeric, 5) AS stderr, round(z::numeric, 4) AS z, round(p_value::numeric, 5) AS p_value,
       round(odds_ratio::numeric, 5) AS odds_ratio, round(ci_low::numeric, 4) AS ci_low, round(ci_high::numeric, 4) AS ci_high
FROM model, retention.coefficients(m);
SELECT round(retention.log_likelihood(m)::numeric, 6) AS log_likelihood, retention.num_rows(m), retention.num_skipped(m), retention.converged(m) FROM model;
SELECT name, round((ci_high - ci_low)::numeric, 4) AS width FROM model, retention.coefficients(m, confidence => 0.5);
-- predictions, and what they are made of
SELECT round(retention.predict(m, ARRAY[1, 70])::numeric, 6) AS p, retention.predict(m, ARRAY[NULL, 70]) AS unknown,
       retention.predict(m, ARRAY[0, 1e300]) AS high, retention.predict(m, ARRAY[1e300, 0]) AS low FROM model;
SELECT name, value, round(contribution::numeric, 5) AS contribution FROM model, retention.explain_prediction(m, ARRAY[1, 70]);
SELECT name, value, round(contribution::numeric, 5) AS contribution FROM model, retention.explain_prediction(m, ARRAY[1, NULL]);
SELECT round(ln(p / (1 - p))::numeric, 10) = round(total::numeric, 10) AS adds_up
FROM model, LATERAL (SELECT retention.predict(m, ARRAY[0, 55]) AS p) p, LATERAL (SELECT sum(contribution) AS total FROM retention.explain_prediction(m, ARRAY[0, 55])) t;
-- points
SELECT name, points_per_unit FROM model, retention.scorecard_points(m);
SELECT name, points_per_unit FROM model, retention.scorecard_points(m, pdo => 50, base_points => 600, base_odds => 1 / 19.0, digits => 0);
-- the four ways to call it; the same model
SELECT count(DISTINCT m) AS models
FROM (SELECT retention.logistic_agg(second_attack = 1, ARRAY[treatment, trait_anxiety]) AS m FROM patient
      UNION ALL SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety]::double precision[]) FROM patient
      UNION ALL SELECT retention.logistic_agg(second_attack = 1, ARRAY[treatment, trait_anxiety], ARRAY['x1', 'x2']) FROM patient
      UNION ALL SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY['x1', 'x2']) FROM patient) v;
-- rows with a NULL are skipped and counted, also before the first whole row
SELECT retention.num_rows(m), retention.num_skipped(m)
FROM (SELECT retention.logistic_agg(y, x) AS m
      FROM (SELECT NULL::boolean AS y, ARRAY[1, 2]::double precision[] AS x UNION ALL SELECT true, NULL UNION ALL SELECT true, ARRAY[NULL, 2]
            UNION ALL SELECT second_attack = 1, ARRAY[treatment, trait_anxiety] FROM patient UNION ALL SELECT false, ARRAY[3, NULL]) v) v;
-- no rows, and none without NULL
SELECT retention.logistic_agg(true, ARRAY[1.0]) FROM patient WHERE false;
SELECT retention.logistic_agg(NULL::boolean, ARRAY[1.0]) FROM patient;
-- by group, and filtered
SELECT treatment, retention.num_rows(retention.logistic_agg(second_attack, ARRAY[trait_anxiety])),
       retention.num_rows(retention.logistic_agg(second_attack, ARRAY[trait_anxiety]) FILTER (WHERE id <> 1))
FROM patient GROUP BY treatment ORDER BY treatment;
-- text and binary form
SELECT m::text::retention.logistic_model = m AS same FROM model;

-- separation: a warning, and no standard errors
SELECT name, coefficient IS NULL AS no_coefficient, stderr, z, p_value, ci_low, ci_high
FROM retention.coefficients((SELECT retention.logistic_agg(trait_anxiety > 60, ARRAY[trait_anxiety], ARRAY['trait_anxiety']) FROM patient));
SELECT retention.converged(retention.logistic_agg(trait_anxiety > 60, ARRAY[trait_anxiety])) FROM patient;
-- quasi-complete, by one value of a feature; and outcomes that are all the same
SELECT retention.converged(retention.logistic_agg(second_attack, ARRAY[trait_anxiety, (trait_anxiety = 80)::integer])) FROM patient;
SELECT retention.converged(retention.logistic_agg(false, ARRAY[trait_anxiety])) FROM patient;
-- large numbers and small ones are no hindrance
SELECT round((coefficient * 1e-9)::numeric, 6) AS coefficient, round((coefficient / stderr)::numeric, 6) AS z
FROM retention.coefficients((SELECT retention.logistic_agg(second_attack, ARRAY[trait_anxiety * 1e-9 + 1, treatment * 1e200]) FROM patient)) WHERE name = 'x1';

-- errors of logistic_agg
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, 3, trait_anxiety], ARRAY['treatment', 'three', 'trait_anxiety']) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety, 2 * treatment - trait_anxiety + 1e6, id], ARRAY['treatment', 'trait', 'both', 'id']) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, id, treatment], ARRAY['treatment', 'id', 'again']) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety]) FROM patient WHERE id IN (1, 11);
SELECT retention.logistic_agg(second_attack, CASE WHEN id = 5 THEN ARRAY[1, 2, 3] ELSE ARRAY[treatment, trait_anxiety] END ORDER BY id) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, CASE WHEN id = 5 THEN 'NaN' ELSE trait_anxiety::double precision END]) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY['-Infinity'::double precision]) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[CASE WHEN id = 5 THEN -1e300 ELSE 1e300 END]) FROM patient;
SELECT retention.logistic_agg(second_attack, '{}') FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[[treatment, trait_anxiety]]) FROM patient;
SELECT retention.logistic_agg(second_attack, array_fill(1.0, ARRAY[1001])) FROM patient;
SELECT retention.logistic_agg(id, ARRAY[treatment]) FROM patient WHERE id > 1;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY['treatment']) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY['treatment', NULL]) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY['a', 'a']) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY['a', '(intercept)']) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY['a', '']) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY[['a', 'b']]) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], ARRAY['a', 'b' || (id / 10)] ORDER BY id) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment, trait_anxiety], CASE WHEN id < 10 THEN ARRAY['a', 'b'] END ORDER BY id) FROM patient;
SELECT retention.logistic_agg(second_attack, ARRAY[treatment]) OVER () FROM patient;
-- errors of the accessors
SELECT retention.coefficients(m, 95) FROM model;
SELECT retention.predict(m, ARRAY[1]) FROM model;
-- opposite coefficients above 1, so that features near the limit make infinity minus infinity
SELECT retention.predict(m, ARRAY[1.7e308, 1.7e308]) FROM (SELECT retention.logistic_agg(y, ARRAY[a, b] ORDER BY n) AS m FROM (SELECT n, n % 5 / 4.0 AS a, n % 7 / 6.0 AS b, n % 5 / 4.0 - n % 7 / 6.0 + (n % 3 - 1) > 0 AS y FROM generate_series(1, 105) n) d) f;
SELECT retention.predict(m, ARRAY[1, 'NaN'::double precision]) FROM model;
SELECT retention.explain_prediction(m, ARRAY[1, 2, 3]) FROM model;
SELECT retention.scorecard_points(m, pdo => 0) FROM model;
SELECT retention.scorecard_points(m, base_points => 'NaN') FROM model;
SELECT retention.scorecard_points(m, base_odds => -1) FROM model;
SELECT retention.scorecard_points(m, digits => 16) FROM model;
SELECT retention.scorecard_points(m, pdo => 1e308) FROM model;

-- scores: the model's own probabilities
CREATE TEMP TABLE evaluation AS
SELECT retention.roc_agg(retention.predict(m, ARRAY[treatment, trait_anxiety]), second_attack) AS r FROM patient, model;
SELECT retention.auc(r), retention.gini(r), retention.ks_statistic(r), round(retention.brier_score(r)::numeric, 6) AS brier, round(retention.log_loss(r)::numeric, 6) AS log_loss FROM evaluation;
SELECT round(ci_low::numeric, 6) AS ci_low, round(ci_high::numeric, 6) AS ci_high FROM evaluation, retention.auc_ci(r);
SELECT round((ci_high - ci_low)::numeric, 6) AS width FROM evaluation, retention.auc_ci(r, confidence => 0.5);
SELECT round(ci_low::numeric, 6) AS ci_low, ci_high FROM evaluation, retention.auc_ci(r, method => 'delong');
SELECT retention.lift(r, 0.25) AS lift_25, round(retention.lift(r, 0.6)::numeric, 6) AS lift_60, retention.lift(r, 1) AS lift_100 FROM evaluation;
SELECT bin, responses, round(positives::numeric, 4) AS positives, round(cumulative_positives::numeric, 4) AS cumulative_positives, round(lift::numeric, 4) AS lift,
       round(cumulative_share::numeric, 4) AS cumulative_share FROM evaluation, retention.gain_table(r, bins => 4);
SELECT bin, responses, round(mean_score::numeric, 4) AS mean_score, round(positive_rate::numeric, 4) AS positive_rate, round(ci_low::numeric, 4) AS ci_low, round(ci_high::numeric, 4) AS ci_high
FROM evaluation, retention.calibration(r, bins => 3);
SELECT round(threshold::numeric, 4) AS threshold, true_positive_rate, false_positive_rate FROM evaluation, retention.roc_curve(r) WHERE threshold < 'Infinity' LIMIT 4;
SELECT (retention.gain_table(r)).* FROM evaluation LIMIT 1;
SELECT count(*) FROM evaluation, retention.calibration(r);

-- a score shared by a quarter of the rows, the 4th to the 7th, 2 of them positive: divided in proportion
CREATE TEMP TABLE tied AS SELECT retention.roc_agg(score, outcome) AS r
FROM (VALUES (9, true), (8, true), (8, false), (7, true), (7, true), (7, false), (7, false), (5, true), (5, false), (4, false), (4, false), (3, true), (3, false), (2, false), (1, false), (0, false)) v(score, outcome);
SELECT g.* FROM tied, retention.gain_table(r, 8) g;
SELECT retention.lift(r, 4 / 16.0) AS four, retention.lift(r, 5 / 16.0) AS five, retention.lift(r, 7 / 16.0) AS seven, retention.auc(r) FROM tied;
SELECT threshold, true_positive_rate, false_positive_rate FROM tied, retention.roc_curve(r);
-- more bins than rows
SELECT * FROM retention.gain_table((SELECT retention.roc_agg(s, s = 2) FROM generate_series(1, 2) s), 4);

-- one class only, few of one class, nothing
SELECT retention.auc(r), retention.auc_ci(r), retention.gini(r), retention.ks_statistic(r), retention.lift(r, 0.5), retention.brier_score(r), retention.log_loss(r)
FROM (SELECT retention.roc_agg(0.5, false) AS r FROM patient) v;
SELECT * FROM retention.gain_table((SELECT retention.roc_agg(0.5, 0) FROM patient), 2);
SELECT * FROM retention.roc_curve((SELECT retention.roc_agg(0.5, 1) FROM patient));
SELECT retention.auc(r), retention.auc_ci(r) FROM (SELECT retention.roc_agg(id, id = 20) AS r FROM patient) v;
SELECT retention.auc(r), round(ci_low::numeric, 6) AS ci_low, ci_high FROM (SELECT retention.roc_agg(id, id > 18) AS r FROM patient) v, retention.auc_ci(r);
SELECT retention.log_loss(retention.roc_agg(0, true)) AS impossible, retention.log_loss(retention.roc_agg(1, true)) AS certain;
SELECT retention.roc_agg(1, true) FROM patient WHERE false;
SELECT retention.roc_agg(NULL, true), retention.roc_agg(1, NULL::boolean), retention.roc_agg(1, NULL::bigint) FROM patient;
SELECT retention.auc(NULL), retention.lift(r, NULL), (SELECT count(*) FROM retention.gain_table(NULL)) AS gain_rows FROM tied;
-- one zero; merging
SELECT retention.roc_agg('-0', true) = retention.roc_agg(0, true) AS one_zero;
SELECT retention.roc_agg(id, second_attack) =
         retention.combine(retention.roc_agg(id, second_attack) FILTER (WHERE id > 3), retention.roc_agg(id, second_attack = 1) FILTER (WHERE id <= 3)) AS same FROM patient;
SELECT retention.combine(r, NULL) = r AS same, retention.combine(NULL, r) = r AS same_again, retention.combine(NULL::retention.roc_summary, NULL) AS nothing,
       retention.auc(r OPERATOR(retention.+) r) = retention.auc(r) AS twice FROM tied;
SELECT retention.merge_agg(r) = (SELECT r OPERATOR(retention.+) r FROM tied) AS same FROM (SELECT r FROM tied UNION ALL SELECT NULL UNION ALL SELECT r FROM tied) v;
SELECT retention.merge_agg(r) FROM tied WHERE false;
SELECT r::text::retention.roc_summary = r AS same, length(r::text) FROM tied;
-- errors
SELECT retention.roc_agg('NaN', true);
SELECT retention.roc_agg('Infinity', 1);
SELECT retention.roc_agg(1, 2);
SELECT retention.auc_ci(r, 1) FROM tied;
SELECT retention.lift(r, 10) FROM tied;
SELECT retention.lift(r, 0) FROM tied;
SELECT retention.lift(r, 'NaN') FROM tied;
SELECT retention.gain_table(r, 0) FROM tied;
SELECT retention.calibration(r, 10001) FROM tied;
SELECT retention.brier_score(r) FROM tied;
SELECT retention.log_loss(retention.roc_agg(-0.5, true));

-- weight of evidence
CREATE TEMP TABLE lead (source text, visits integer, converted boolean);
INSERT INTO lead SELECT source, visits, n <= positives
FROM (VALUES ('search', 2, 30, 100), ('reference', 10, 18, 20), ('mail', 1, 10, 60), ('chat', 2, 0, 5), (NULL, NULL, 2, 15)) v(source, visits, positives, rows), generate_series(1, rows) n;
CREATE TEMP TABLE woe AS SELECT retention.woe_agg(source, converted) AS w, retention.woe_agg(visits, converted::integer) AS by_number FROM lead;
SELECT bin, responses, positives, negatives, round(woe::numeric, 5) AS woe, round(iv::numeric, 5) AS iv FROM woe, retention.woe_table(w);
SELECT bin, round(woe::numeric, 5) AS woe, round(iv::numeric, 5) AS iv FROM woe, retention.woe_table(w, sign => 'neg_over_pos');
SELECT bin, positives, round(woe::numeric, 5) AS woe, round(iv::numeric, 5) AS iv FROM woe, retention.woe_table(w, zero_cells => 'adjust_0.9');
SELECT bin, positives, round(woe::numeric, 5) AS woe, round(iv::numeric, 5) AS iv FROM woe, retention.woe_table(w, zero_cells => 'add_0.5');
SELECT round(retention.information_value(w)::numeric, 5) AS iv, round(retention.information_value(w, 'adjust_0.9')::numeric, 5) AS adjusted,
       round(retention.information_value(w, zero_cells => 'ADD_0.5')::numeric, 5) AS added FROM woe;
-- numbers are in their order
SELECT bin, responses, positives FROM woe, retention.woe_table(by_number);
SELECT bin FROM retention.woe_table((SELECT retention.woe_agg(b, true) FROM unnest(ARRAY[-9223372036854775808, 10, 9, -1, NULL, 0, 9223372036854775807]) b));
SELECT bin FROM retention.woe_table((SELECT retention.woe_agg(b, true) FROM unnest(ARRAY['b', 'a', '', 'ab', NULL, 'B']) b));
-- one class only, only missing values, nothing
SELECT * FROM retention.woe_table((SELECT retention.woe_agg(source, true) FROM lead));
SELECT retention.information_value(retention.woe_agg(source, true)) AS iv, round(retention.information_value(retention.woe_agg(source, true), 'add_0.5')::numeric, 5) AS added FROM lead;
SELECT retention.woe_agg(NULL::text, true) = retention.woe_agg(NULL::bigint, 1) AS same;
SELECT * FROM retention.woe_table((SELECT retention.woe_agg(NULL::bigint, n > 1) FROM generate_series(1, 3) n));
SELECT retention.woe_agg(source, converted) FROM lead WHERE false;
SELECT retention.woe_agg('a'::text, NULL::boolean), retention.woe_agg(1, NULL::bigint);
SELECT retention.information_value(NULL), retention.information_value(w, NULL) FROM woe;
-- merging
SELECT retention.merge_agg(w) = (SELECT w FROM woe) AS same FROM (SELECT retention.woe_agg(source, converted) AS w FROM lead GROUP BY visits, converted) v;
SELECT retention.combine(w, NULL) = w AS same, retention.combine(NULL, w) = w AS same_again, retention.combine(NULL::retention.woe_summary, NULL) AS nothing,
       retention.information_value(w OPERATOR(retention.+) w) = retention.information_value(w) AS twice FROM woe;
SELECT retention.combine(retention.woe_agg(NULL::text, true), by_number) IS NOT NULL AS missing_of_any_kind FROM woe GROUP BY by_number;
SELECT w::text::retention.woe_summary = w AS same, by_number::text::retention.woe_summary = by_number AS same_numbers FROM woe;
-- errors
SELECT retention.combine(w, by_number) FROM woe;
SELECT retention.woe_agg(1, 2);
SELECT retention.woe_agg('a'::text, -1);
SELECT retention.woe_table(w, sign => 'good') FROM woe;
SELECT retention.woe_table(w, zero_cells => '0.5') FROM woe;
SELECT retention.information_value(w, 'none') FROM woe;

-- full: 2^63 - 1 outcomes
SELECT retention.combine(r, r) FROM (SELECT '\x010c0000000000000000e03fffffffffffffffff7f00'::retention.roc_summary) v(r);
SELECT retention.combine(w, w) FROM (SELECT '\x010d00000161ffffffffffffffff7f00'::retention.woe_summary) v(w);
