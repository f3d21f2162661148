--
-- views for BI: recurring revenue. doc/bi.md
--

CREATE FUNCTION internal_subscription_day(column_name text, kind text, zone text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  -- Infinity is how some tables say that a subscription has no end. A day before all others is the
  -- first: without the line, what its customer pays today would be missing.
  RETURN retention.internal_day(
    pg_catalog.format('CASE WHEN %1$s < %2$s THEN %2$s WHEN %1$s < ''infinity''::%3$s THEN %1$s END',
      retention.internal_column(column_name, kind), retention.internal_oldest(kind), kind),
    kind, zone);
COMMENT ON FUNCTION internal_subscription_day(text, text, text) IS
  'internal: the day on which a subscription starts or ends; NULL for infinity, 1900-01-01 for what is earlier';

CREATE FUNCTION internal_timelines(
  source regclass,
  customer text,
  lines text,
  expression text
) RETURNS text
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN format('(SELECT %1$s%2$s, retention.mrr_timeline_agg(%3$s) FROM %4$s AS t WHERE %1$s IS NOT NULL GROUP BY 1%5$s) AS c (customer%6$s, timeline)',
    customer, ', ' || expression, lines, source,
    CASE WHEN expression IS NULL THEN '' ELSE ', 2' END, CASE WHEN expression IS NULL THEN '' ELSE ', dimension' END);
END
$$;
COMMENT ON FUNCTION internal_timelines(regclass, text, text, text) IS
  'internal: the timeline of each customer, and of each value of the dimension if there is one, as an item of FROM';

CREATE FUNCTION internal_movements_view(timelines text, as_of text, reactivation_within integer) RETURNS internal_view
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  rows text := retention.internal_call('mrr_movements'::text, 'c.timeline'::text,
    jsonb_build_object('periods', quote_literal('month'), 'to_day', as_of || ' + 1'));
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
  PERFORM retention.internal_lock_views(target_schema, true);
  PERFORM retention.internal_check_arguments(json_build_object('target_schema', target_schema, 'source', source,
    'customer', customer, 'started_on', started_on, 'ended_on', ended_on, 'mrr', mrr, 'dimensions', dimensions,
    'materialized', materialized));
  IF reactivation_within < 0 THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('reactivation_within must be at least 0, not %s', reactivation_within);
  END IF;
  PERFORM retention.internal_check_source('source'::text, source);
  customer_column := retention.internal_customer(customer::text, retention.internal_customer_kind('customer'::text, source, customer));
  start_kind := retention.internal_column_kind('started_on'::text, source, started_on, '{date,timestamp,timestamptz}'::text[], NULL::text);
  end_kind := retention.internal_column_kind('ended_on'::text, source, ended_on, '{date,timestamp,timestamptz}'::text[], NULL::text);
  PERFORM retention.internal_column_kind('mrr'::text, source, mrr, '{numeric,smallint,integer,bigint}'::text[],
    'Money is exact decimal: real and double precision round, money has no currency of its own. A view that casts the column to numeric can be the source.'::text);
  IF product IS NOT NULL THEN
    product_column := retention.internal_customer(product::text, retention.internal_customer_kind('product'::text, source, product));
  END IF;
  zone := retention.internal_zone(timezone, source, ARRAY[started_on, ended_on], ARRAY[start_kind, end_kind]);
  last_day := retention.internal_as_of(as_of, zone);

  start_day := retention.internal_subscription_day(started_on::text, start_kind, zone);
  end_day := retention.internal_subscription_day(ended_on::text, end_kind, zone);
  money := retention.internal_column(mrr::text, 'numeric'::text);
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
          retention.internal_call('revenue_bridge'::text, 'a.summary'::text, jsonb_build_object('as_of', last_day, 'reactivation_within', reactivation_within)) || ' AS r'
            || retention.internal_share_ci('r.churned_customers'::text, 'r.starting_customers'::text, 'i'::text)
            || retention.internal_share_ci('r.upsell_customers'::text, 'r.starting_customers'::text, 'u'::text)
            || retention.internal_share_ci('r.cross_sell_customers'::text, 'r.starting_customers'::text, 'x'::text),
          'retention.revenue_bridge_row',
          retention.internal_ci_comments('customer_churn_rate'::text, 'customer_churn_'::text)
            || retention.internal_ci_comments('upsell_rate'::text, 'upsell_'::text)
            || retention.internal_ci_comments('cross_sell_rate'::text, 'cross_sell_'::text),
          '{period_start}',
          'MRR bridge by month: from the MRR and customers at the end of the month before to those at its end, with rates of churn and retention',
          within_words),
        ('revenue_cohorts_monthly', 'retention.revenue_cohort_agg(c.timeline, ''month''::retention.period_spec)',
          retention.internal_timelines(source, customer_column, lines, d.expression::text), CASE WHEN d.dimension IS NOT NULL THEN 'c.dimension' END,
          'r.*, i.ci_low, i.ci_high',
          retention.internal_call('revenue_cohorts'::text, 'a.summary'::text, jsonb_build_object('as_of', last_day)) || ' AS r'
            || retention.internal_share_ci('r.customers'::text, 'r.cohort_customers'::text, 'i'::text),
          'retention.revenue_cohort_row', retention.internal_ci_comments('customer_retention'::text, ''::text),
          '{cohort_start,period_number}',
          'Revenue cohorts by month: what the customers who first paid at the end of one month pay at the end of each later one', ''),
        ('trailing_retention_monthly', summary, source || ' AS t', d.expression,
          'r.*, i.ci_low, i.ci_high',
          retention.internal_call('trailing_retention'::text, 'a.summary'::text, jsonb_build_object('as_of', last_day)) || ' AS r'
            || retention.internal_share_ci('r.retained_customers'::text, 'r.base_customers'::text, 'i'::text),
          'retention.trailing_retention_row', retention.internal_ci_comments('customer_retention'::text, ''::text),
          '{period_start}',
          'Retention over twelve months: what those who paid one year earlier pay at the end of each month', '')
      ) AS k (base, aggregate, input, expression, columns, accessor, row_type, comments, key_columns, definition, remark)
    LOOP
      v.view_name := retention.internal_view_name(kind.base::text, d.dimension::text);
      v.query := retention.internal_summary_query(d.dimension::text, kind.expression::text, kind.aggregate::text, kind.input::text, kind.columns::text, kind.accessor::text);
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
        retention.internal_timelines(source, customer_column, lines, NULL::text), last_day, reactivation_within);
      v.definition := format('%s. Subscriptions: %s, customer %I, MRR %I, %s.%s', v.definition,
        source, customer, mrr, retention.internal_as_of_words(as_of, zone), within_words);
      views := views || v;
    END IF;
  END LOOP;
  RETURN QUERY SELECT * FROM retention.internal_create_views(target_schema, 'revenue'::text, ''::text, views, materialized);
  PERFORM retention.internal_warn_of_source(source, started_on, start_kind, zone, last_day,
    format('%s IS NOT NULL AND %s IS NOT NULL AND %s <= %s AND (%s > %s) IS NOT FALSE', customer_column, money, start_day, last_day, end_day, start_day),
    format('has a customer, an amount, and a day between started_on and ended_on until %s', coalesce(to_jsonb(as_of) #>> '{}', 'yesterday')),
    'they count from 1900-01-01, and those of infinity not at all'::text,
    format('%s < %s', end_day, start_day), 'an end before the start'::text, false);
END
$$;
COMMENT ON FUNCTION create_revenue_views(text, regclass, name, name, name, name, name, name[], text, boolean, integer, date) IS
  'creates the views mrr_bridge_monthly, mrr_movements_monthly, revenue_cohorts_monthly and trailing_retention_monthly of the subscriptions in a table, as a whole and, but for the movements, by each dimension; returns their names';
