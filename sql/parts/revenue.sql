--
-- revenue: movements, churn and retention of recurring revenue. doc/revenue.md
--

-- revenue_summary -----------------------------------------------------------

@type revenue_summary
COMMENT ON TYPE revenue_summary IS 'the movements of recurring revenue and of customers by period, with what is needed to compare years';

-- aggregates over mrr_timeline

CREATE FUNCTION revenue_summary_merge(state revenue_summary, s revenue_summary) RETURNS revenue_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_summary_merge(revenue_summary, revenue_summary) IS 'combine function of revenue_agg, transition function of merge_agg';

CREATE FUNCTION revenue_accum(state revenue_summary, t mrr_timeline, periods period_spec) RETURNS revenue_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_accum(revenue_summary, mrr_timeline, period_spec) IS 'transition function of revenue_agg';

CREATE AGGREGATE revenue_agg(t mrr_timeline, periods period_spec) (
  SFUNC = revenue_accum,
  STYPE = revenue_summary,
  SSPACE = 16384,
  COMBINEFUNC = revenue_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(mrr_timeline, period_spec) IS 'revenue of customers, a timeline each; timelines that are NULL or without lines are ignored';

CREATE AGGREGATE merge_agg(s revenue_summary) (
  SFUNC = revenue_summary_merge,
  STYPE = revenue_summary,
  SSPACE = 16384,
  COMBINEFUNC = revenue_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(revenue_summary) IS 'the customers of all summaries, who must be others in each';

-- support functions of the single pass

CREATE FUNCTION revenue_pass_combine(state internal, other internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass_combine(internal, internal) IS 'combine function of the single pass';

-- A worker has nothing to add up before it sends its lines, all of them, so workers only cost time. The planner
-- cannot know; a high cost tells it.
CREATE FUNCTION revenue_pass_serialize(state internal) RETURNS bytea
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000000;
COMMENT ON FUNCTION revenue_pass_serialize(internal) IS 'serialization function of the single pass';

CREATE FUNCTION revenue_pass_deserialize(sent bytea, state internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass_deserialize(bytea, internal) IS 'deserialization function of the single pass';

CREATE FUNCTION revenue_pass_final(state internal) RETURNS revenue_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass_final(internal) IS 'final function of the single pass';

CREATE FUNCTION revenue_pass(
  state internal,
  customer bigint,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_bigint' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass(internal, bigint, date, date, numeric, period_spec) IS 'transition function of revenue_agg';

CREATE FUNCTION revenue_pass_trap(
  state internal,
  customer bigint,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass_trap(internal, bigint, timestamptz, timestamptz, numeric, period_spec) IS 'always an error: started_on and ended_on are dates';

CREATE FUNCTION revenue_pass(
  state internal,
  customer bigint,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec,
  product text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_bigint' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass(internal, bigint, date, date, numeric, period_spec, text) IS 'transition function of revenue_agg';

CREATE FUNCTION revenue_pass_trap(
  state internal,
  customer bigint,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec,
  product text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass_trap(internal, bigint, timestamptz, timestamptz, numeric, period_spec, text) IS 'always an error: started_on and ended_on are dates';

CREATE FUNCTION revenue_pass(
  state internal,
  customer uuid,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_uuid' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass(internal, uuid, date, date, numeric, period_spec) IS 'transition function of revenue_agg';

CREATE FUNCTION revenue_pass_trap(
  state internal,
  customer uuid,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass_trap(internal, uuid, timestamptz, timestamptz, numeric, period_spec) IS 'always an error: started_on and ended_on are dates';

CREATE FUNCTION revenue_pass(
  state internal,
  customer uuid,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec,
  product text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_uuid' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass(internal, uuid, date, date, numeric, period_spec, text) IS 'transition function of revenue_agg';

CREATE FUNCTION revenue_pass_trap(
  state internal,
  customer uuid,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec,
  product text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass_trap(internal, uuid, timestamptz, timestamptz, numeric, period_spec, text) IS 'always an error: started_on and ended_on are dates';

CREATE FUNCTION revenue_pass(
  state internal,
  customer text,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_text' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass(internal, text, date, date, numeric, period_spec) IS 'transition function of revenue_agg';

CREATE FUNCTION revenue_pass_trap(
  state internal,
  customer text,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass_trap(internal, text, timestamptz, timestamptz, numeric, period_spec) IS 'always an error: started_on and ended_on are dates';

CREATE FUNCTION revenue_pass(
  state internal,
  customer text,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec,
  product text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_text' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass(internal, text, date, date, numeric, period_spec, text) IS 'transition function of revenue_agg';

CREATE FUNCTION revenue_pass_trap(
  state internal,
  customer text,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec,
  product text
) RETURNS internal
  AS 'MODULE_PATHNAME', 'revenue_pass_trap' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_pass_trap(internal, text, timestamptz, timestamptz, numeric, period_spec, text) IS 'always an error: started_on and ended_on are dates';

-- the single pass

CREATE AGGREGATE revenue_agg(
  customer bigint,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec
) (
  SFUNC = revenue_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(bigint, date, date, numeric, period_spec) IS
  'revenue from raw subscriptions; rows without a customer, a start or an amount are ignored, NULL ended_on is open';

CREATE AGGREGATE revenue_agg(
  customer bigint,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec
) (
  SFUNC = revenue_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(bigint, timestamptz, timestamptz, numeric, period_spec) IS
  'always an error: started_on and ended_on are dates';

CREATE AGGREGATE revenue_agg(
  customer bigint,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec,
  product text
) (
  SFUNC = revenue_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(bigint, date, date, numeric, period_spec, text) IS
  'revenue from raw subscriptions of products; rows without a customer, a start or an amount are ignored, NULL ended_on is open, NULL product is a product of its own';

CREATE AGGREGATE revenue_agg(
  customer bigint,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec,
  product text
) (
  SFUNC = revenue_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(bigint, timestamptz, timestamptz, numeric, period_spec, text) IS
  'always an error: started_on and ended_on are dates';

CREATE AGGREGATE revenue_agg(
  customer uuid,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec
) (
  SFUNC = revenue_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(uuid, date, date, numeric, period_spec) IS
  'revenue from raw subscriptions; rows without a customer, a start or an amount are ignored, NULL ended_on is open';

CREATE AGGREGATE revenue_agg(
  customer uuid,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec
) (
  SFUNC = revenue_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(uuid, timestamptz, timestamptz, numeric, period_spec) IS
  'always an error: started_on and ended_on are dates';

CREATE AGGREGATE revenue_agg(
  customer uuid,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec,
  product text
) (
  SFUNC = revenue_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(uuid, date, date, numeric, period_spec, text) IS
  'revenue from raw subscriptions of products; rows without a customer, a start or an amount are ignored, NULL ended_on is open, NULL product is a product of its own';

CREATE AGGREGATE revenue_agg(
  customer uuid,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec,
  product text
) (
  SFUNC = revenue_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(uuid, timestamptz, timestamptz, numeric, period_spec, text) IS
  'always an error: started_on and ended_on are dates';

CREATE AGGREGATE revenue_agg(
  customer text,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec
) (
  SFUNC = revenue_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(text, date, date, numeric, period_spec) IS
  'revenue from raw subscriptions; rows without a customer, a start or an amount are ignored, NULL ended_on is open';

CREATE AGGREGATE revenue_agg(
  customer text,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec
) (
  SFUNC = revenue_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(text, timestamptz, timestamptz, numeric, period_spec) IS
  'always an error: started_on and ended_on are dates';

CREATE AGGREGATE revenue_agg(
  customer text,
  started_on date,
  ended_on date,
  mrr numeric,
  periods period_spec,
  product text
) (
  SFUNC = revenue_pass,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(text, date, date, numeric, period_spec, text) IS
  'revenue from raw subscriptions of products; rows without a customer, a start or an amount are ignored, NULL ended_on is open, NULL product is a product of its own';

CREATE AGGREGATE revenue_agg(
  customer text,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  periods period_spec,
  product text
) (
  SFUNC = revenue_pass_trap,
  STYPE = internal,
  SSPACE = 2048,
  FINALFUNC = revenue_pass_final,
  COMBINEFUNC = revenue_pass_combine,
  FINALFUNC_MODIFY = READ_WRITE,
  SERIALFUNC = revenue_pass_serialize,
  DESERIALFUNC = revenue_pass_deserialize,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_agg(text, timestamptz, timestamptz, numeric, period_spec, text) IS
  'always an error: started_on and ended_on are dates';

-- merging and accessors

CREATE FUNCTION combine(a revenue_summary, b revenue_summary) RETURNS revenue_summary
  AS 'MODULE_PATHNAME', 'revenue_summary_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(revenue_summary, revenue_summary) IS 'the customers of both, who must be others in each; NULL counts as no customers';

CREATE OPERATOR + (
  LEFTARG = revenue_summary, RIGHTARG = revenue_summary, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (revenue_summary, revenue_summary) IS 'combine';

CREATE TYPE revenue_bridge_row AS (
  period_start date,
  period_end date,
  starting_mrr numeric,
  new_business_mrr numeric,
  expansion_mrr numeric,
  contraction_mrr numeric,
  churned_mrr numeric,
  reactivation_mrr numeric,
  ending_mrr numeric,
  starting_customers bigint,
  new_customers bigint,
  expanded_customers bigint,
  contracted_customers bigint,
  churned_customers bigint,
  reactivated_customers bigint,
  ending_customers bigint,
  upsell_mrr numeric,
  cross_sell_mrr numeric,
  upsell_customers bigint,
  cross_sell_customers bigint,
  non_positive_customers bigint,
  non_positive_mrr numeric,
  customer_churn_rate double precision,
  revenue_churn_rate double precision,
  gross_mrr_churn_rate double precision,
  net_mrr_churn_rate double precision,
  net_mrr_churn_rate_with_reactivation double precision,
  gross_revenue_retention double precision,
  net_revenue_retention double precision,
  quick_ratio double precision,
  quick_ratio_with_reactivation double precision,
  upsell_rate double precision,
  cross_sell_rate double precision,
  arpa numeric,
  is_complete boolean
);
COMMENT ON TYPE revenue_bridge_row IS 'row of revenue_bridge()';
COMMENT ON COLUMN revenue_bridge_row.period_start IS 'first day of the period';
COMMENT ON COLUMN revenue_bridge_row.period_end IS 'day after its last day';
COMMENT ON COLUMN revenue_bridge_row.starting_mrr IS 'MRR on the last day of the period before';
COMMENT ON COLUMN revenue_bridge_row.new_business_mrr IS 'MRR of new customers';
COMMENT ON COLUMN revenue_bridge_row.expansion_mrr IS 'what customers pay more than on the last day of the period before';
COMMENT ON COLUMN revenue_bridge_row.contraction_mrr IS 'what customers who still pay pay less';
COMMENT ON COLUMN revenue_bridge_row.churned_mrr IS 'what customers paid who do not pay any more';
COMMENT ON COLUMN revenue_bridge_row.reactivation_mrr IS 'MRR of customers who had paid before and return';
COMMENT ON COLUMN revenue_bridge_row.ending_mrr IS 'MRR on the last day: starting + new business + expansion + reactivation - contraction - churned';
COMMENT ON COLUMN revenue_bridge_row.starting_customers IS 'customers with an MRR on the last day of the period before';
COMMENT ON COLUMN revenue_bridge_row.new_customers IS 'customers who pay at the end of a period for the first time; after more than reactivation_within period-ends without MRR, for the first time again';
COMMENT ON COLUMN revenue_bridge_row.expanded_customers IS 'customers who pay more than at the start';
COMMENT ON COLUMN revenue_bridge_row.contracted_customers IS 'customers who pay less than at the start, but something';
COMMENT ON COLUMN revenue_bridge_row.churned_customers IS 'customers who paid at the start and do not at the end';
COMMENT ON COLUMN revenue_bridge_row.reactivated_customers IS 'customers who had paid before and return';
COMMENT ON COLUMN revenue_bridge_row.ending_customers IS 'customers with an MRR on the last day: starting + new + reactivated - churned';
COMMENT ON COLUMN revenue_bridge_row.upsell_mrr IS 'expansion without cross-selling; NULL without products';
COMMENT ON COLUMN revenue_bridge_row.cross_sell_mrr IS 'part of the expansion that comes from more products; NULL without products';
COMMENT ON COLUMN revenue_bridge_row.upsell_customers IS 'customers with upselling; NULL without products';
COMMENT ON COLUMN revenue_bridge_row.cross_sell_customers IS 'customers with cross-selling; NULL without products';
COMMENT ON COLUMN revenue_bridge_row.non_positive_customers IS 'customers whose lines in force on the last day sum to zero or less; they do not pay';
COMMENT ON COLUMN revenue_bridge_row.non_positive_mrr IS 'sum of those lines, zero or less; not part of MRR';
COMMENT ON COLUMN revenue_bridge_row.customer_churn_rate IS 'churned / starting customers';
COMMENT ON COLUMN revenue_bridge_row.revenue_churn_rate IS 'churned / starting MRR';
COMMENT ON COLUMN revenue_bridge_row.gross_mrr_churn_rate IS '(churned + contraction) / starting MRR';
COMMENT ON COLUMN revenue_bridge_row.net_mrr_churn_rate IS '(churned + contraction - expansion) / starting MRR';
COMMENT ON COLUMN revenue_bridge_row.net_mrr_churn_rate_with_reactivation IS '(churned + contraction - expansion - reactivation) / starting MRR';
COMMENT ON COLUMN revenue_bridge_row.gross_revenue_retention IS 'of each customer the lesser of start and end, summed, / starting MRR';
COMMENT ON COLUMN revenue_bridge_row.net_revenue_retention IS 'MRR at the end of the customers at the start / starting MRR; 1 - net_mrr_churn_rate';
COMMENT ON COLUMN revenue_bridge_row.quick_ratio IS '(new business + expansion) / (churned + contraction)';
COMMENT ON COLUMN revenue_bridge_row.quick_ratio_with_reactivation IS '(new business + expansion + reactivation) / (churned + contraction)';
COMMENT ON COLUMN revenue_bridge_row.upsell_rate IS 'customers with upselling / starting customers; NULL without products';
COMMENT ON COLUMN revenue_bridge_row.cross_sell_rate IS 'customers with cross-selling / starting customers; NULL without products';
COMMENT ON COLUMN revenue_bridge_row.arpa IS 'ending MRR / ending customers, rounded to 6 decimals';
COMMENT ON COLUMN revenue_bridge_row.is_complete IS 'whether the last day of the period is not after as_of';

CREATE FUNCTION revenue_bridge(
  s revenue_summary,
  as_of date DEFAULT NULL,
  reactivation_within integer DEFAULT NULL,
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF revenue_bridge_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 36;
COMMENT ON FUNCTION revenue_bridge(revenue_summary, date, integer, bigint) IS
  'from starting to ending MRR and customers of each period, with the rates of churn and retention; NULL as_of is the last started_on; more than max_rows rows are an error';

CREATE TYPE trailing_retention_row AS (
  period_start date,
  base_period_start date,
  base_customers bigint,
  base_mrr numeric,
  retained_customers bigint,
  retained_mrr numeric,
  gross_retained_mrr numeric,
  customer_retention double precision,
  net_revenue_retention double precision,
  gross_revenue_retention double precision,
  is_complete boolean
);
COMMENT ON TYPE trailing_retention_row IS 'row of trailing_retention()';
COMMENT ON COLUMN trailing_retention_row.period_start IS 'first day of the period';
COMMENT ON COLUMN trailing_retention_row.base_period_start IS 'first day of the period one year earlier';
COMMENT ON COLUMN trailing_retention_row.base_customers IS 'customers with an MRR on the last day of that period';
COMMENT ON COLUMN trailing_retention_row.base_mrr IS 'their MRR then';
COMMENT ON COLUMN trailing_retention_row.retained_customers IS 'those of them with an MRR on the last day of this period';
COMMENT ON COLUMN trailing_retention_row.retained_mrr IS 'their MRR on that day';
COMMENT ON COLUMN trailing_retention_row.gross_retained_mrr IS 'of each the lesser of then and now, summed';
COMMENT ON COLUMN trailing_retention_row.customer_retention IS 'retained_customers / base_customers';
COMMENT ON COLUMN trailing_retention_row.net_revenue_retention IS 'retained_mrr / base_mrr';
COMMENT ON COLUMN trailing_retention_row.gross_revenue_retention IS 'gross_retained_mrr / base_mrr';
COMMENT ON COLUMN trailing_retention_row.is_complete IS 'whether the last day of the period is not after as_of';

CREATE FUNCTION trailing_retention(
  s revenue_summary,
  as_of date DEFAULT NULL,
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF trailing_retention_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 24;
COMMENT ON FUNCTION trailing_retention(revenue_summary, date, bigint) IS
  'what the customers of one year earlier pay: 12 months, 4 quarters, 52 weeks, 1 year; not for days; more than max_rows rows are an error';

CREATE TYPE customer_churn_row AS (
  period_start date,
  churned_customers bigint,
  denominator_customers double precision,
  customer_churn_rate double precision,
  ci_low double precision,
  ci_high double precision,
  is_complete boolean
);
COMMENT ON TYPE customer_churn_row IS 'row of customer_churn()';
COMMENT ON COLUMN customer_churn_row.period_start IS 'first day of the period';
COMMENT ON COLUMN customer_churn_row.churned_customers IS 'customers who paid at the start and do not at the end; with same_period count those too who came and went in the period';
COMMENT ON COLUMN customer_churn_row.denominator_customers IS 'start: customers at the start; start_plus_new: and new ones; average: mean of start and end';
COMMENT ON COLUMN customer_churn_row.customer_churn_rate IS 'churned_customers / denominator_customers';
COMMENT ON COLUMN customer_churn_row.ci_low IS 'Wilson interval; NULL where churned exceeds the denominator';
COMMENT ON COLUMN customer_churn_row.ci_high IS 'Wilson interval; NULL where churned exceeds the denominator';
COMMENT ON COLUMN customer_churn_row.is_complete IS 'whether the last day of the period is not after as_of';

CREATE FUNCTION customer_churn(
  s revenue_summary,
  denominator text DEFAULT 'start',
  same_period text DEFAULT 'drop',
  as_of date DEFAULT NULL,
  confidence double precision DEFAULT 0.95,
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF customer_churn_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 36;
COMMENT ON FUNCTION customer_churn(revenue_summary, text, text, date, double precision, bigint) IS
  'churn of customers by period; denominator start, start_plus_new or average; same_period drop or count; more than max_rows rows are an error';

-- revenue_cohort_summary ----------------------------------------------------

@type revenue_cohort_summary
COMMENT ON TYPE revenue_cohort_summary IS 'cohorts of customers by the first period-end at which they pay, with what they pay at each later one';

CREATE FUNCTION revenue_cohort_summary_merge(
  state revenue_cohort_summary,
  s revenue_cohort_summary
) RETURNS revenue_cohort_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_cohort_summary_merge(revenue_cohort_summary, revenue_cohort_summary) IS
  'combine function of revenue_cohort_agg, transition function of merge_agg';

CREATE FUNCTION revenue_cohort_accum(
  state revenue_cohort_summary,
  t mrr_timeline,
  periods period_spec
) RETURNS revenue_cohort_summary
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_cohort_accum(revenue_cohort_summary, mrr_timeline, period_spec) IS 'transition function of revenue_cohort_agg';

CREATE AGGREGATE revenue_cohort_agg(t mrr_timeline, periods period_spec) (
  SFUNC = revenue_cohort_accum,
  STYPE = revenue_cohort_summary,
  SSPACE = 16384,
  COMBINEFUNC = revenue_cohort_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_cohort_agg(mrr_timeline, period_spec) IS
  'revenue cohorts of customers, a timeline each; timelines that are NULL or without lines are ignored';

CREATE AGGREGATE merge_agg(s revenue_cohort_summary) (
  SFUNC = revenue_cohort_summary_merge,
  STYPE = revenue_cohort_summary,
  SSPACE = 16384,
  COMBINEFUNC = revenue_cohort_summary_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(revenue_cohort_summary) IS 'the customers of all summaries, who must be others in each';

CREATE FUNCTION combine(a revenue_cohort_summary, b revenue_cohort_summary) RETURNS revenue_cohort_summary
  AS 'MODULE_PATHNAME', 'revenue_cohort_summary_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(revenue_cohort_summary, revenue_cohort_summary) IS 'the customers of both, who must be others in each; NULL counts as no customers';

CREATE OPERATOR + (
  LEFTARG = revenue_cohort_summary, RIGHTARG = revenue_cohort_summary, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (revenue_cohort_summary, revenue_cohort_summary) IS 'combine';

CREATE TYPE revenue_cohort_row AS (
  cohort_start date,
  period_number integer,
  period_start date,
  cohort_customers bigint,
  customers bigint,
  initial_mrr numeric,
  mrr numeric,
  gross_mrr numeric,
  customer_retention double precision,
  net_revenue_retention double precision,
  gross_revenue_retention double precision,
  is_complete boolean
);
COMMENT ON TYPE revenue_cohort_row IS 'row of revenue_cohorts()';
COMMENT ON COLUMN revenue_cohort_row.cohort_start IS 'first day of the period at whose end the customers paid for the first time';
COMMENT ON COLUMN revenue_cohort_row.period_number IS 'periods since then';
COMMENT ON COLUMN revenue_cohort_row.period_start IS 'first day of the period';
COMMENT ON COLUMN revenue_cohort_row.cohort_customers IS 'customers of the cohort';
COMMENT ON COLUMN revenue_cohort_row.customers IS 'those of them with an MRR on the last day of the period';
COMMENT ON COLUMN revenue_cohort_row.initial_mrr IS 'MRR of the cohort at the end of its own period';
COMMENT ON COLUMN revenue_cohort_row.mrr IS 'MRR of the cohort on the last day of the period';
COMMENT ON COLUMN revenue_cohort_row.gross_mrr IS 'of each customer the lowest MRR at any period-end so far, summed';
COMMENT ON COLUMN revenue_cohort_row.customer_retention IS 'customers / cohort_customers';
COMMENT ON COLUMN revenue_cohort_row.net_revenue_retention IS 'mrr / initial_mrr';
COMMENT ON COLUMN revenue_cohort_row.gross_revenue_retention IS 'gross_mrr / initial_mrr';
COMMENT ON COLUMN revenue_cohort_row.is_complete IS 'whether the last day of the period is not after as_of';

CREATE FUNCTION revenue_cohorts(
  s revenue_cohort_summary,
  as_of date DEFAULT NULL,
  max_rows bigint DEFAULT 10000000
) RETURNS SETOF revenue_cohort_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 300;
COMMENT ON FUNCTION revenue_cohorts(revenue_cohort_summary, date, bigint) IS
  'customers and MRR of each cohort by period; NULL as_of is the last started_on; more than max_rows rows are an error';
