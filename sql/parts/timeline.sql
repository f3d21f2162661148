--
-- revenue: the recurring revenue of one customer. doc/revenue.md
--

-- monthly amounts -----------------------------------------------------------

CREATE FUNCTION monthly_amount(amount numeric, billing_period interval) RETURNS numeric
  AS 'MODULE_PATHNAME', 'monthly_amount_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION monthly_amount(numeric, interval) IS
  'amount for a billing period, by the month: amount / (months + days x 12 / 365.25), rounded to 6 decimals';

CREATE FUNCTION monthly_amount(amount numeric, unit period_spec, count bigint) RETURNS numeric
  AS 'MODULE_PATHNAME', 'monthly_amount_unit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION monthly_amount(numeric, period_spec, bigint) IS
  'amount for count days, weeks, months, quarters or years, by the month, rounded to 6 decimals';

-- mrr_timeline --------------------------------------------------------------

@type mrr_timeline
COMMENT ON TYPE mrr_timeline IS 'the recurring revenue of one customer as an exact step function of the date, by product';

-- support functions of its aggregates

CREATE FUNCTION mrr_timeline_final(state mrr_timeline) RETURNS mrr_timeline
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_timeline_final(mrr_timeline) IS 'final function of mrr_timeline_agg, invoice_timeline_agg and merge_agg';

CREATE FUNCTION mrr_timeline_merge(state mrr_timeline, t mrr_timeline) RETURNS mrr_timeline
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_timeline_merge(mrr_timeline, mrr_timeline) IS
  'combine function of mrr_timeline_agg and invoice_timeline_agg, transition function of merge_agg';

CREATE FUNCTION mrr_timeline_accum(
  state mrr_timeline,
  started_on date,
  ended_on date,
  mrr numeric
) RETURNS mrr_timeline
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_timeline_accum(mrr_timeline, date, date, numeric) IS 'transition function of mrr_timeline_agg';

CREATE FUNCTION mrr_timeline_accum(
  state mrr_timeline,
  started_on date,
  ended_on date,
  mrr numeric,
  product text
) RETURNS mrr_timeline
  AS 'MODULE_PATHNAME', 'mrr_timeline_accum_product' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_timeline_accum(mrr_timeline, date, date, numeric, text) IS 'transition function of mrr_timeline_agg';

CREATE FUNCTION mrr_timeline_trap(
  state mrr_timeline,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric
) RETURNS mrr_timeline
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_timeline_trap(mrr_timeline, timestamptz, timestamptz, numeric) IS 'always an error: started_on and ended_on are dates';

CREATE FUNCTION mrr_timeline_trap(
  state mrr_timeline,
  started_on timestamptz,
  ended_on timestamptz,
  mrr numeric,
  product text
) RETURNS mrr_timeline
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_timeline_trap(mrr_timeline, timestamptz, timestamptz, numeric, text) IS 'always an error: started_on and ended_on are dates';

CREATE FUNCTION invoice_timeline_accum(
  state mrr_timeline,
  day date,
  amount numeric,
  periods period_spec
) RETURNS mrr_timeline
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION invoice_timeline_accum(mrr_timeline, date, numeric, period_spec) IS 'transition function of invoice_timeline_agg';

CREATE FUNCTION invoice_timeline_trap(
  state mrr_timeline,
  at timestamptz,
  amount numeric,
  periods period_spec
) RETURNS mrr_timeline
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION invoice_timeline_trap(mrr_timeline, timestamptz, numeric, period_spec) IS 'always an error: the day of an invoice is a date';

-- aggregates

CREATE AGGREGATE mrr_timeline_agg(started_on date, ended_on date, mrr numeric) (
  SFUNC = mrr_timeline_accum,
  STYPE = mrr_timeline,
  SSPACE = 96,
  FINALFUNC = mrr_timeline_final,
  COMBINEFUNC = mrr_timeline_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_timeline_agg(date, date, numeric) IS
  'the recurring revenue of one customer from his subscriptions; ended_on is exclusive, NULL has no end; rows without start or amount are ignored';

CREATE AGGREGATE mrr_timeline_agg(started_on date, ended_on date, mrr numeric, product text) (
  SFUNC = mrr_timeline_accum,
  STYPE = mrr_timeline,
  SSPACE = 128,
  FINALFUNC = mrr_timeline_final,
  COMBINEFUNC = mrr_timeline_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_timeline_agg(date, date, numeric, text) IS
  'the recurring revenue of one customer from his subscriptions, by product; a NULL product is a product of its own';

CREATE AGGREGATE mrr_timeline_agg(started_on timestamptz, ended_on timestamptz, mrr numeric) (
  SFUNC = mrr_timeline_trap,
  STYPE = mrr_timeline,
  SSPACE = 96,
  FINALFUNC = mrr_timeline_final,
  COMBINEFUNC = mrr_timeline_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_timeline_agg(timestamptz, timestamptz, numeric) IS 'always an error: started_on and ended_on are dates';

CREATE AGGREGATE mrr_timeline_agg(started_on timestamptz, ended_on timestamptz, mrr numeric, product text) (
  SFUNC = mrr_timeline_trap,
  STYPE = mrr_timeline,
  SSPACE = 128,
  FINALFUNC = mrr_timeline_final,
  COMBINEFUNC = mrr_timeline_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_timeline_agg(timestamptz, timestamptz, numeric, text) IS 'always an error: started_on and ended_on are dates';

CREATE AGGREGATE invoice_timeline_agg(day date, amount numeric, periods period_spec) (
  SFUNC = invoice_timeline_accum,
  STYPE = mrr_timeline,
  SSPACE = 192,
  FINALFUNC = mrr_timeline_final,
  COMBINEFUNC = mrr_timeline_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE invoice_timeline_agg(date, numeric, period_spec) IS
  'the recurring revenue of one customer from his invoices; a monthly amount holds for the period that contains day';

CREATE AGGREGATE invoice_timeline_agg(at timestamptz, amount numeric, periods period_spec) (
  SFUNC = invoice_timeline_trap,
  STYPE = mrr_timeline,
  SSPACE = 192,
  FINALFUNC = mrr_timeline_final,
  COMBINEFUNC = mrr_timeline_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE invoice_timeline_agg(timestamptz, numeric, period_spec) IS 'always an error: the day of an invoice is a date';

CREATE AGGREGATE merge_agg(t mrr_timeline) (
  SFUNC = mrr_timeline_merge,
  STYPE = mrr_timeline,
  SSPACE = 192,
  FINALFUNC = mrr_timeline_final,
  COMBINEFUNC = mrr_timeline_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE merge_agg(mrr_timeline) IS 'the lines of all timelines, which must be others in each';

CREATE FUNCTION combine(a mrr_timeline, b mrr_timeline) RETURNS mrr_timeline
  AS 'MODULE_PATHNAME', 'mrr_timeline_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION combine(mrr_timeline, mrr_timeline) IS 'the lines of both, which must be others; NULL counts as no lines';

CREATE OPERATOR + (
  LEFTARG = mrr_timeline, RIGHTARG = mrr_timeline, FUNCTION = combine, COMMUTATOR = +
);
COMMENT ON OPERATOR + (mrr_timeline, mrr_timeline) IS 'combine';

-- accessors

CREATE FUNCTION mrr_at(t mrr_timeline, day date) RETURNS numeric
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_at(mrr_timeline, date) IS 'MRR of the customer on a day: the sum of his lines in force, or 0 if that is negative';

CREATE TYPE mrr_change_row AS (
  day date,
  product text,
  mrr numeric
);
COMMENT ON TYPE mrr_change_row IS 'row of mrr_changes()';
COMMENT ON COLUMN mrr_change_row.day IS 'first day of the new MRR';
COMMENT ON COLUMN mrr_change_row.product IS 'NULL without products, and for the product NULL';
COMMENT ON COLUMN mrr_change_row.mrr IS 'sum of the lines of the product in force from this day on; may be negative';

CREATE FUNCTION mrr_changes(t mrr_timeline) RETURNS SETOF mrr_change_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 6;
COMMENT ON FUNCTION mrr_changes(mrr_timeline) IS 'the days on which the MRR of a product changes, and what it is from then on';

CREATE TYPE mrr_movement_row AS (
  period_start date,
  previous_mrr numeric,
  mrr numeric,
  mrr_change numeric,
  movement text
);
COMMENT ON TYPE mrr_movement_row IS 'row of mrr_movements()';
COMMENT ON COLUMN mrr_movement_row.period_start IS 'first day of the period';
COMMENT ON COLUMN mrr_movement_row.previous_mrr IS 'MRR of the customer on the last day of the period before';
COMMENT ON COLUMN mrr_movement_row.mrr IS 'MRR of the customer on the last day of the period';
COMMENT ON COLUMN mrr_movement_row.mrr_change IS 'mrr - previous_mrr';
COMMENT ON COLUMN mrr_movement_row.movement IS 'new_business, expansion, contraction, churn or reactivation';

CREATE FUNCTION mrr_movements(
  t mrr_timeline,
  periods period_spec,
  from_day date DEFAULT NULL,
  to_day date DEFAULT NULL
) RETURNS SETOF mrr_movement_row
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 4;
COMMENT ON FUNCTION mrr_movements(mrr_timeline, period_spec, date, date) IS
  'the periods overlapping [from_day, to_day) at whose end the MRR of the customer is another than at the end of the period before';

