--
-- views for BI: retention of customers. doc/bi.md
--

CREATE FUNCTION create_retention_views(
  target_schema text,
  source regclass,
  customer name,
  occurred_at name,
  timezone text DEFAULT NULL,
  dimensions name[] DEFAULT '{}',
  materialized boolean DEFAULT false,
  min_cohort_size bigint DEFAULT 0,
  as_of date DEFAULT NULL
) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  moment_kind text;
  zone text;
  last_day text;
  customer_column text;
  moment text;
  condition text;
  input text;
  cells jsonb;
  d record;
  kind record;
  v retention.internal_view;
  views retention.internal_view[];
BEGIN
  PERFORM retention.internal_lock_views(target_schema, true);
  PERFORM retention.internal_check_arguments(json_build_object('target_schema', target_schema, 'source', source,
    'customer', customer, 'occurred_at', occurred_at, 'dimensions', dimensions, 'materialized', materialized,
    'min_cohort_size', min_cohort_size));
  IF min_cohort_size < 0 THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('min_cohort_size must be at least 0, not %s', min_cohort_size);
  END IF;
  PERFORM retention.internal_check_source('source'::text, source);
  customer_column := retention.internal_customer(customer::text, retention.internal_customer_kind('customer'::text, source, customer));
  moment_kind := retention.internal_column_kind('occurred_at'::text, source, occurred_at,
    '{timestamptz,timestamp,date}'::text[], NULL::text);
  zone := retention.internal_zone(timezone, source, ARRAY[occurred_at], ARRAY[moment_kind]);
  last_day := retention.internal_as_of(as_of, zone);

  moment := retention.internal_column(occurred_at::text, moment_kind);
  condition := retention.internal_within(moment, moment_kind, zone, last_day);
  input := format('%s AS t WHERE %s', source, condition);
  PERFORM retention.internal_check_readable(source, ARRAY[customer_column, moment] || array_agg(x.expression))
  FROM retention.internal_dimensions(source, dimensions) x WHERE x.expression IS NOT NULL;
  cells := jsonb_build_object('as_of', last_day, 'min_cohort_size', min_cohort_size);

  FOR d IN SELECT * FROM retention.internal_dimensions(source, dimensions) LOOP
    FOR kind IN
      SELECT * FROM (VALUES
        ('cohort_retention_weekly', 'week', 'cohort_retention', cells,
          'retention.cohort_row', '{cohort_start,period_number}',
          'Retention by weekly cohort: customers of the week of their first event who are active in each later week'),
        ('cohort_retention_monthly', 'month', 'cohort_retention', cells,
          'retention.cohort_row', '{cohort_start,period_number}',
          'Retention by monthly cohort: customers of the month of their first event who are active in each later month'),
        ('average_retention_monthly', 'month', 'average_retention', cells,
          'retention.average_retention_row', '{period_number}',
          'Retention over all monthly cohorts: customers active so many months after the month of their first event, over the cohorts for which that month is over'),
        ('lifecycle_monthly', 'month', 'lifecycle', jsonb_build_object('as_of', last_day),
          'retention.lifecycle_row', '{period_start}',
          'Customers by month: new, returning from the month before, returning after a pause, and gone quiet')
      ) AS k (base, unit, accessor, arguments, row_type, key_columns, definition)
    LOOP
      v.view_name := retention.internal_view_name(kind.base::text, d.dimension::text);
      v.query := retention.internal_summary_query(d.dimension::text, d.expression::text,
        format('retention.retention_agg(%s, %s, %s)', customer_column, moment,
          retention.internal_periods(kind.unit::text, moment_kind, zone)),
        input, 'r.*'::text, retention.internal_call(kind.accessor::text, 'a.summary'::text, kind.arguments::jsonb) || ' AS r');
      v.definition := format('%s. Events: %s, customer %I, %s.%s',
        kind.definition || d.words,
        source, customer, retention.internal_as_of_words(as_of, zone),
        CASE WHEN min_cohort_size > 0 AND kind.base <> 'lifecycle_monthly'
          THEN format(' Cohorts of fewer than %s customers show no numbers.', min_cohort_size) ELSE '' END
        || coalesce(' A customer counts in each value of ' || quote_ident(d.dimension) || ' that one of the events has, and there from its first event with it.', ''));
      v.dimension := d.dimension;
      v.dimension_comment := d.description;
      v.row_type := kind.row_type;
      v.comments := CASE kind.base
        WHEN 'lifecycle_monthly' THEN '{}'
        WHEN 'average_retention_monthly' THEN
          '{"retained": "those of them who are active in that period", "retention_rate": "retained / customers",
            "ci_low": "lower bound of retention_rate, 95 % by Wilson", "ci_high": "upper bound of retention_rate, 95 % by Wilson"}'
        ELSE
          '{"retained": "those of them who are active in the period",
            "ci_low": "lower bound of retention_rate, 95 % by Wilson", "ci_high": "upper bound of retention_rate, 95 % by Wilson"}'
        END;
      v.key_columns := kind.key_columns;
      views := views || v;
    END LOOP;
  END LOOP;
  RETURN QUERY SELECT * FROM retention.internal_create_views(target_schema, 'retention'::text, ''::text, views, materialized);
  PERFORM retention.internal_warn_of_source(source, occurred_at, moment_kind, zone, last_day,
    format('%s IS NOT NULL AND %s', customer_column, condition), format('has a customer, and a time until %s', coalesce(to_jsonb(as_of) #>> '{}', 'yesterday')),
    'the views leave them out'::text, 'false'::text, ''::text, as_of IS NULL);
END
$$;
COMMENT ON FUNCTION create_retention_views(text, regclass, name, name, text, name[], boolean, bigint, date) IS
  'creates the views cohort_retention_weekly, cohort_retention_monthly, average_retention_monthly and lifecycle_monthly of the events in a table, as a whole and by each dimension; returns their names';
