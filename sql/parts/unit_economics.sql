--
-- revenue: what a customer is worth, and what he costs. doc/revenue.md
--

CREATE FUNCTION customer_lifetime_value(
  arpa numeric,
  churn_rate double precision,
  gross_margin double precision DEFAULT 1
) RETURNS numeric
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_lifetime_value(numeric, double precision, double precision) IS
  'arpa x gross_margin / churn_rate; NULL unless churn_rate is above 0';

CREATE FUNCTION purchase_lifetime_value(
  unit_price numeric,
  purchase_frequency double precision,
  duration double precision
) RETURNS numeric
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION purchase_lifetime_value(numeric, double precision, double precision) IS
  'unit_price x purchase_frequency x duration';

CREATE FUNCTION cac(spend numeric, new_customers numeric) RETURNS numeric
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cac(numeric, numeric) IS 'what it costs to win a customer: spend / new_customers; NULL without any';

CREATE FUNCTION ltv_cac_ratio(ltv numeric, cac numeric) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ltv_cac_ratio(numeric, numeric) IS 'ltv / cac; NULL for a cac of 0';

CREATE FUNCTION cac_payback_months(
  cac numeric,
  arpa numeric,
  gross_margin double precision DEFAULT 1
) RETURNS double precision
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cac_payback_months(numeric, numeric, double precision) IS
  'cac / (arpa x gross_margin); NULL unless that earns something';

CREATE FUNCTION profit_uplift(
  customers numeric,
  margin_per_customer numeric,
  churn_rate double precision,
  churn_reduction double precision,
  cost numeric DEFAULT 0,
  periods integer DEFAULT NULL
) RETURNS numeric
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION profit_uplift(numeric, numeric, double precision, double precision, numeric, integer) IS
  'what lower churn brings: customers x margin x (sum over t = 1..periods of (1 - c'')^t - (1 - c)^t) - cost, c'' = c - churn_reduction; NULL periods: for ever';

