--
-- views for BI: recurring revenue. doc/bi.md
--

CREATE FUNCTION internal_subscription_day(column_name text, kind text, zone text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- infinity is how some tables say that a subscription has no end
  RETURN retention.internal_day(format('nullif(%s, ''infinity'')', retention.internal_column(column_name, kind)), kind, zone);
END
$$;
COMMENT ON FUNCTION internal_subscription_day(text, text, text) IS 'internal: the day on which a subscription starts or ends; NULL for infinity';

CREATE FUNCTION internal_timelines(
  source regclass,
  customer text,
  lines text,
  dimension text,
  expression text
) RETURNS text
  LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN format('(SELECT %1$s AS customer%2$s, retention.mrr_timeline_agg(%3$s) AS timeline FROM %4$s AS t WHERE %1$s IS NOT NULL GROUP BY 1%5$s) AS c',
    customer, coalesce(', ' || expression || ' AS ' || quote_ident(dimension), ''), lines, source,
    CASE WHEN dimension IS NULL THEN '' ELSE ', 2' END);
END
$$;
COMMENT ON FUNCTION internal_timelines(regclass, text, text, text, text) IS
  'internal: the timeline of each customer, and of each value of the dimension if there is one, as an item of FROM';

CREATE FUNCTION internal_movements_view(timelines text, as_of text, reactivation_within integer) RETURNS internal_view
  LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  rows text := format('retention.mrr_movements(c.timeline, ''month''::retention.period_spec, to_day => %s + 1)', as_of);
  v retention.internal_view;
BEGIN
  IF reactivation_within IS NOT NULL THEN
    -- as in the bridge: the movement before a return is the churn, one row earlier
    rows := format('(SELECT m.period_start, m.previous_mrr, m.mrr, m.mrr_change, CASE WHEN m.movement = ''reactivation'''
      ' AND retention.period_diff(lag(m.period_start) OVER (ORDER BY m.period_start), m.period_start, ''month''::retention.period_spec) > %s'
      ' THEN ''new_business'' ELSE m.movement END AS movement FROM %s AS m)', reactivation_within, rows);
  END IF;
  v.view_name := 'mrr_movements_monthly';
  v.query := format('SELECT c.customer AS customer_id, r.* FROM %s CROSS JOIN LATERAL %s AS r', timelines, rows);
  v.definition := 'Movements of MRR by customer: a row for each month at whose end a customer pays another amount than at the end of the month before';
  v.row_type := 'retention.mrr_movement_row';
  v.comments := jsonb_build_object('customer_id', 'the customer');
  v.key_columns := '{customer_id,period_start}';
  RETURN v;
END
$$;
COMMENT ON FUNCTION internal_movements_view(text, text, integer) IS 'internal: the view mrr_movements_monthly, whose rows sum up to the bridge';

CREATE FUNCTION create_revenue_views(
  target_schema text,
  source regclass,
  customer name,
  started_on name,
  ended_on name,
  mrr name,
  product name DEFAULT NULL,
  dimensions name[] DEFAULT '{}',
  timezone text DEFAULT NULL,
  materialized boolean DEFAULT false,
  reactivation_within integer DEFAULT NULL,
  as_of date DEFAULT NULL
) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  start_kind text;
  end_kind text;
  zone text;
  last_day text;
  customer_column text;
  start_day text;
  end_day text;
  money text;
  product_column text;
  lines text;
  summary text;
  within_words text := '';
  d record;
  kind record;
  v retention.internal_view;
  views retention.internal_view[];
BEGIN
  PERFORM retention.internal_check_arguments(json_build_object('target_schema', target_schema, 'source', source,
    'customer', customer, 'started_on', started_on, 'ended_on', ended_on, 'mrr', mrr, 'dimensions', dimensions,
    'materialized', materialized));
  IF reactivation_within < 0 THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('reactivation_within must be at least 0, not %s', reactivation_within);
  END IF;
  PERFORM retention.internal_check_source('source', source);
  customer_column := retention.internal_customer(customer, retention.internal_customer_kind('customer', source, customer));
  start_kind := retention.internal_column_kind('started_on', source, started_on, '{date,timestamp,timestamptz}');
  end_kind := retention.internal_column_kind('ended_on', source, ended_on, '{date,timestamp,timestamptz}');
  PERFORM retention.internal_column_kind('mrr', source, mrr, '{numeric,smallint,integer,bigint}',
    'Money is exact decimal: real and double precision round, money has no currency of its own. A view that casts the column to numeric can be the source.');
  IF product IS NOT NULL THEN
    product_column := retention.internal_customer(product, retention.internal_customer_kind('product', source, product));
  END IF;
  zone := retention.internal_zone(timezone, source, ARRAY[started_on, ended_on], ARRAY[start_kind, end_kind]);
  last_day := retention.internal_as_of(as_of, zone);

  start_day := retention.internal_subscription_day(started_on, start_kind, zone);
  end_day := retention.internal_subscription_day(ended_on, end_kind, zone);
  money := retention.internal_column(mrr, 'numeric');
  lines := concat_ws(', ', start_day, end_day, money, product_column || '::text');
  summary := format('retention.revenue_agg(%s)', concat_ws(', ', customer_column, start_day, end_day, money,
    '''month''::retention.period_spec', product_column || '::text'));
  PERFORM retention.internal_check_readable(source, ARRAY[customer_column, lines] || array_agg(x.expression))
  FROM retention.internal_dimensions(source, dimensions) x WHERE x.expression IS NOT NULL;

  IF reactivation_within IS NOT NULL THEN
    within_words := format(' A return after more than %s month ends without MRR is new business.', reactivation_within);
  END IF;
  FOR d IN SELECT * FROM retention.internal_dimensions(source, dimensions) LOOP
    FOR kind IN
      SELECT * FROM (VALUES
        ('mrr_bridge_monthly', summary, source || ' AS t', d.expression,
          'r.*, i.ci_low AS customer_churn_ci_low, i.ci_high AS customer_churn_ci_high,'
            ' u.ci_low AS upsell_ci_low, u.ci_high AS upsell_ci_high, x.ci_low AS cross_sell_ci_low, x.ci_high AS cross_sell_ci_high',
          format('retention.revenue_bridge(a.summary, as_of => %s, reactivation_within => %s) AS r', last_day, coalesce(reactivation_within::text, 'NULL'))
            || retention.internal_share_ci('r.churned_customers', 'r.starting_customers', 'i')
            || retention.internal_share_ci('r.upsell_customers', 'r.starting_customers', 'u')
            || retention.internal_share_ci('r.cross_sell_customers', 'r.starting_customers', 'x'),
          'retention.revenue_bridge_row',
          retention.internal_ci_comments('customer_churn_rate', 'customer_churn_')
            || retention.internal_ci_comments('upsell_rate', 'upsell_')
            || retention.internal_ci_comments('cross_sell_rate', 'cross_sell_'),
          '{period_start}',
          'MRR bridge by month: from the MRR and customers at the end of the month before to those at its end, with rates of churn and retention',
          within_words),
        ('revenue_cohorts_monthly', 'retention.revenue_cohort_agg(c.timeline, ''month''::retention.period_spec)',
          retention.internal_timelines(source, customer_column, lines, d.dimension, d.expression), 'c.' || quote_ident(d.dimension),
          'r.*, i.ci_low, i.ci_high',
          format('retention.revenue_cohorts(a.summary, as_of => %s) AS r', last_day)
            || retention.internal_share_ci('r.customers', 'r.cohort_customers', 'i'),
          'retention.revenue_cohort_row', retention.internal_ci_comments('customer_retention', ''),
          '{cohort_start,period_number}',
          'Revenue cohorts by month: what the customers who first paid at the end of one month pay at the end of each later one', ''),
        ('trailing_retention_monthly', summary, source || ' AS t', d.expression,
          'r.*, i.ci_low, i.ci_high',
          format('retention.trailing_retention(a.summary, as_of => %s) AS r', last_day)
            || retention.internal_share_ci('r.retained_customers', 'r.base_customers', 'i'),
          'retention.trailing_retention_row', retention.internal_ci_comments('customer_retention', ''),
          '{period_start}',
          'Retention over twelve months: what those who paid one year earlier pay at the end of each month', '')
      ) AS k (base, aggregate, input, expression, columns, accessor, row_type, comments, key_columns, definition, remark)
    LOOP
      v.view_name := retention.internal_view_name(kind.base, d.dimension);
      v.query := retention.internal_summary_query(d.dimension, kind.expression, kind.aggregate, kind.input, kind.columns, kind.accessor);
      v.definition := format('%s. Subscriptions: %s, customer %I, MRR %I, %s.%s%s',
        kind.definition || d.words,
        source, customer, mrr, retention.internal_as_of_words(as_of, zone), kind.remark,
        coalesce(' A customer counts in each value of ' || quote_ident(d.dimension) || ' that one of the subscriptions has.', ''));
      v.dimension := d.dimension;
      v.dimension_comment := d.description;
      v.row_type := kind.row_type;
      v.comments := kind.comments;
      v.key_columns := kind.key_columns;
      views := views || v;
    END LOOP;
    IF d.dimension IS NULL THEN
      v := retention.internal_movements_view(
        retention.internal_timelines(source, customer_column, lines, NULL, NULL), last_day, reactivation_within);
      v.definition := format('%s. Subscriptions: %s, customer %I, MRR %I, %s.%s', v.definition,
        source, customer, mrr, retention.internal_as_of_words(as_of, zone), within_words);
      views := views || v;
    END IF;
  END LOOP;
  RETURN QUERY SELECT * FROM retention.internal_create_views(target_schema, 'revenue', '', views, materialized);
END
$$;
COMMENT ON FUNCTION create_revenue_views(text, regclass, name, name, name, name, name, name[], text, boolean, integer, date) IS
  'creates the views mrr_bridge_monthly, mrr_movements_monthly, revenue_cohorts_monthly and trailing_retention_monthly of the subscriptions in a table, as a whole and, but for the movements, by each dimension; returns their names';
