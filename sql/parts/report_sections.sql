--
-- report: the sections of report_html(). Each takes the rows of a view as a JSON array, in
-- order, and says in words, in a chart and in a table what is in them.
--

-- rows ------------------------------------------------------------------------

CREATE FUNCTION report_values(rows_json jsonb, column_name text, factor integer DEFAULT 1) RETURNS double precision[]
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT array_agg(factor * (r.line ->> column_name)::double precision ORDER BY r.place)
    FROM jsonb_array_elements(rows_json) WITH ORDINALITY AS r(line, place));
COMMENT ON FUNCTION report_values(jsonb, text, integer) IS 'internal to report_html: a column of rows';

CREATE FUNCTION report_last_rows(rows_json jsonb, wanted integer) RETURNS jsonb
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce(jsonb_agg(r.line ORDER BY r.place), '[]')
    FROM jsonb_array_elements(rows_json) WITH ORDINALITY AS r(line, place)
    WHERE r.place > jsonb_array_length(rows_json) - wanted);
COMMENT ON FUNCTION report_last_rows(jsonb, integer) IS 'internal to report_html: the last rows';

CREATE FUNCTION report_complete_rows(rows_json jsonb) RETURNS jsonb
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce(jsonb_agg(r.line ORDER BY r.place), '[]')
    FROM jsonb_array_elements(rows_json) WITH ORDINALITY AS r(line, place)
    WHERE (r.line ->> 'is_complete')::boolean);
COMMENT ON FUNCTION report_complete_rows(jsonb) IS 'internal to report_html: the rows of periods that are over';

CREATE FUNCTION report_month_axis(rows_json jsonb) RETURNS report_axis
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT ROW(
      array_agg(retention.report_month_name(r.month) ORDER BY r.place),
      -- two years beside each other would run into one
      array_agg(CASE WHEN extract(month FROM r.month) = 1
                       OR r.place = 1 AND (extract(month FROM r.month) < 12 OR jsonb_array_length(rows_json) = 1)
                     THEN extract(year FROM r.month)::text END ORDER BY r.place),
      NULL,
      array_agg(NOT r.is_complete ORDER BY r.place))::retention.report_axis
    FROM (SELECT (e.line ->> 'period_start')::date AS month, (e.line ->> 'is_complete')::boolean AS is_complete, e.place
          FROM jsonb_array_elements(rows_json) WITH ORDINALITY AS e(line, place)) AS r);
COMMENT ON FUNCTION report_month_axis(jsonb) IS 'internal to report_html: axis of the months of rows';

CREATE FUNCTION report_month_of(line jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN retention.report_month((line ->> 'period_start')::date);
COMMENT ON FUNCTION report_month_of(jsonb) IS 'internal to report_html: month of a row';

-- unit: percent, or empty for plain numbers
CREATE FUNCTION report_interval(line jsonb, low_column text, high_column text, unit text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN retention.report_value((line ->> low_column)::double precision, unit) || ' to '
         || retention.report_value((line ->> high_column)::double precision, unit);
COMMENT ON FUNCTION report_interval(jsonb, text, text, text) IS 'internal to report_html: the interval of a row in words';

-- pieces of a section -----------------------------------------------------------

CREATE FUNCTION report_p_value(p numeric) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN p < 0.001 THEN '&lt; 0.001' ELSE retention.report_number(p, 3) END;
COMMENT ON FUNCTION report_p_value(numeric) IS 'internal to report_html: a probability';

-- formats: month, count, amount, percent, number, p, yes, text
CREATE FUNCTION report_cell(value text, format text) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN value IS NULL THEN '&#8211;'
    WHEN format = 'month' THEN retention.report_month(value::date)
    WHEN format = 'count' THEN retention.report_number(value::numeric)
    WHEN format = 'amount' THEN retention.report_number(value::numeric, 2)
    WHEN format = 'percent' THEN retention.report_percent(value::double precision)
    WHEN format = 'number' THEN retention.report_number(value::numeric, 1)
    WHEN format = 'p' THEN retention.report_p_value(value::numeric)
    WHEN format = 'yes' THEN CASE WHEN value::boolean THEN 'yes' ELSE 'no' END
    ELSE retention.report_escape(value)
  END;
COMMENT ON FUNCTION report_cell(text, text) IS 'internal to report_html: a value of a table as markup';

-- columns: pairs of a column's name and, after a colon, its heading and format: 'nps:NPS:number'
CREATE FUNCTION report_table(rows_json jsonb, columns text[]) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT '<details><summary>Figures</summary><div class="scroll"><table><thead><tr>'
           || (SELECT string_agg('<th scope="col"' || CASE WHEN split_part(c.definition, ':', 3) = 'text' THEN ' class="words"' ELSE '' END || '>'
                                 || split_part(c.definition, ':', 2) || '</th>', '' ORDER BY c.place)
               FROM unnest(columns) WITH ORDINALITY AS c(definition, place))
           || '</tr></thead><tbody>'
           || coalesce(string_agg('<tr>' || l.cells || '</tr>', E'\n' ORDER BY l.place), '')
           || E'</tbody></table></div></details>\n'
    FROM (SELECT r.place,
                 (SELECT string_agg('<td' || CASE WHEN split_part(c.definition, ':', 3) = 'text' THEN ' class="words"' ELSE '' END || '>'
                                    || retention.report_cell(r.line ->> split_part(c.definition, ':', 1), split_part(c.definition, ':', 3))
                                    || '</td>', '' ORDER BY c.place)
                  FROM unnest(columns) WITH ORDINALITY AS c(definition, place)) AS cells
          FROM jsonb_array_elements(rows_json) WITH ORDINALITY AS r(line, place)) AS l);
COMMENT ON FUNCTION report_table(jsonb, text[]) IS 'internal to report_html: rows as a table that can be unfolded';

CREATE FUNCTION report_section(id text, heading text, says_markup text, body text, definition text) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN '<section id="' || id || '"><h2>' || heading || '</h2>' || E'\n'
         || CASE WHEN body IS NULL THEN E'<p class="says">No data yet.</p>\n'
                 ELSE '<p class="says">' || coalesce(says_markup, '') || E'</p>\n' || body END
         || '<p class="definition">' || retention.report_escape(definition) || E'</p></section>\n';
COMMENT ON FUNCTION report_section(text, text, text, text, text) IS
  'internal to report_html: a section: what the figures say, charts and tables, and how they are defined; without a body there are no data';

CREATE FUNCTION report_left_out(shown jsonb, all_rows jsonb, what text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN jsonb_array_length(all_rows) > jsonb_array_length(shown)
    THEN ' The last ' || jsonb_array_length(shown) || ' of ' || jsonb_array_length(all_rows) || ' ' || what || ' are shown.' ELSE '' END;
COMMENT ON FUNCTION report_left_out(jsonb, jsonb, text) IS 'internal to report_html: how many rows a chart leaves out, in words';

CREATE FUNCTION report_last_complete(rows_json jsonb) RETURNS jsonb
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN retention.report_last_rows(retention.report_complete_rows(rows_json), 1) -> 0;
COMMENT ON FUNCTION report_last_complete(jsonb) IS 'internal to report_html: the last row whose period is over; NULL: none';

CREATE FUNCTION report_line_series(name text, style integer, rows_json jsonb, value text, low text DEFAULT NULL, high text DEFAULT NULL) RETURNS report_series
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN ROW(name, style, retention.report_values(rows_json, value), retention.report_values(rows_json, low),
             retention.report_values(rows_json, high))::retention.report_series;
COMMENT ON FUNCTION report_line_series(text, integer, jsonb, text, text, text) IS
  'internal to report_html: a series from columns of rows, with its interval if it has one';

CREATE FUNCTION report_bar_series(name text, style integer, rows_json jsonb, value text, factor integer) RETURNS report_series
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN ROW(name, style, retention.report_values(rows_json, value, factor), NULL, NULL)::retention.report_series;
COMMENT ON FUNCTION report_bar_series(text, integer, jsonb, text, integer) IS
  'internal to report_html: a series from a column of rows, upwards (1) or downwards (-1)';

-- the sections ------------------------------------------------------------------

CREATE FUNCTION report_nps(rows_json jsonb, definition text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  shown jsonb := retention.report_last_rows(rows_json, 24);
  last jsonb := retention.report_last_complete(rows_json);
  p numeric := (last ->> 'change_p_value')::numeric;
  says text;
BEGIN
  IF jsonb_array_length(rows_json) > 0 THEN
    says := coalesce(
      retention.report_month_of(last) || ': <b>' || retention.report_number((last ->> 'nps')::numeric, 1) || '</b> points ('
      || retention.report_interval(last, 'ci_low', 'ci_high', '') || ') from ' || retention.report_number((last ->> 'num_responses')::numeric)
      || ' answers' || coalesce(', ' || retention.report_signed((last ->> 'change')::numeric, 1) || ' on the month before, '
      || CASE WHEN p < 0.05 THEN 'more than chance explains (p ' ELSE 'no more than chance explains (p ' END
      || retention.report_p_value(p) || ')', '') || '.', 'No month is over yet.')
      || retention.report_left_out(shown, rows_json, 'months');
    RETURN retention.report_section('nps', 'Net Promoter Score', says,
      retention.report_line_chart('nps-trend', 'Net Promoter Score by month',
        'Score with its 95% interval by month; bars below: number of answers; an arrow marks a change from the month before that chance does not explain (p below 0.05).',
        retention.report_month_axis(shown), 'points, &#8722;100 to 100; band: 95% interval; &#9650;&#9660; significant change (p &lt; 0.05)', '', 0,
        ARRAY[retention.report_line_series('NPS', 1, shown, 'nps', 'ci_low', 'ci_high')],
        ARRAY(SELECT CASE WHEN (r.line ->> 'change_p_value')::numeric < 0.05
                THEN CASE WHEN (r.line ->> 'change')::numeric > 0 THEN '&#9650;' ELSE '&#9660;' END END
              FROM jsonb_array_elements(shown) WITH ORDINALITY AS r(line, place) ORDER BY r.place),
        retention.report_values(shown, 'num_responses'), 'answers')
      || retention.report_table(shown, '{period_start:Month:month,num_responses:Answers:count,promoters:Promoters:count,passives:Passives:count,detractors:Detractors:count,nps:NPS:number,ci_low:from:number,ci_high:to:number,change:Change:number,change_p_value:p:p,is_complete:Month is over:yes}'),
      definition);
  END IF;
  RETURN retention.report_section('nps', 'Net Promoter Score', NULL, NULL, definition);
END $$;
COMMENT ON FUNCTION report_nps(jsonb, text) IS 'internal to report_html: section of nps_monthly';

-- csat: satisfied_responses, csat_share; ces: easy_responses, easy_share
CREATE FUNCTION report_top_box(rows_json jsonb, definition text, id text, heading text, value text, responses text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  shown jsonb := retention.report_last_rows(rows_json, 24);
  last jsonb := retention.report_last_complete(rows_json);
BEGIN
  IF jsonb_array_length(rows_json) = 0 THEN
    RETURN retention.report_section(id, heading, NULL, NULL, definition);
  END IF;
  RETURN retention.report_section(id, heading,
    coalesce(retention.report_month_of(last) || ': <b>' || retention.report_percent((last ->> value)::double precision) || '</b> ('
      || retention.report_interval(last, 'ci_low', 'ci_high', 'percent') || ') of ' || retention.report_number((last ->> 'num_responses')::numeric)
      || ' answers are of the two highest scores; the mean is ' || retention.report_number((last ->> 'mean_score')::numeric, 2) || '.', 'No month is over yet.')
      || retention.report_left_out(shown, rows_json, 'months'),
    retention.report_line_chart(id || '-trend', heading || ' by month',
      'Share of the two highest scores with its 95% interval by month; bars below: number of answers.',
      retention.report_month_axis(shown), 'share of answers; band: 95% interval', 'percent', 0,
      ARRAY[retention.report_line_series('top two scores', 1, shown, value, 'ci_low', 'ci_high')],
      NULL, retention.report_values(shown, 'num_responses'), 'answers')
    || retention.report_table(shown, ARRAY['period_start:Month:month', 'num_responses:Answers:count', responses || ':Top two scores:count', value || ':Share:percent',
         'ci_low:from:percent', 'ci_high:to:percent', 'mean_score:Mean:number', 'is_complete:Month is over:yes']),
    definition);
END $$;
COMMENT ON FUNCTION report_top_box(jsonb, text, text, text, text, text) IS 'internal to report_html: section of csat_monthly or ces_monthly';

CREATE FUNCTION report_cohorts(rows_json jsonb, definition text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  cohorts jsonb := (SELECT jsonb_agg(c.cohort ORDER BY c.cohort)
                    FROM (SELECT DISTINCT r.line -> 'cohort_start' AS cohort FROM jsonb_array_elements(rows_json) AS r(line)) AS c);
  shown jsonb := retention.report_last_rows(cohorts, 24);
  cells jsonb := (SELECT jsonb_agg(r.line ORDER BY r.place) FROM jsonb_array_elements(rows_json) WITH ORDINALITY AS r(line, place)
                  WHERE r.line -> 'cohort_start' >= shown -> 0);
BEGIN
  IF jsonb_array_length(rows_json) = 0 THEN
    RETURN retention.report_section('cohorts', 'Retention by cohort', NULL, NULL, definition);
  END IF;
  RETURN retention.report_section('cohorts', 'Retention by cohort',
    'A line is the customers who began in one month; along it, the share of them that is active in each later month.'
      || retention.report_left_out(shown, cohorts, 'cohorts'),
    retention.report_heat_map('cohort-map', 'Retention by monthly cohort', 'Share of each cohort active in each month since its first, in percent.', cells),
    definition);
END $$;
COMMENT ON FUNCTION report_cohorts(jsonb, text) IS 'internal to report_html: section of cohort_retention_monthly';

CREATE FUNCTION report_average(rows_json jsonb, definition text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  shown jsonb := (SELECT coalesce(jsonb_agg(r.line ORDER BY r.place), '[]')
                  FROM jsonb_array_elements(rows_json) WITH ORDINALITY AS r(line, place) WHERE r.place <= 25);
  at_age jsonb := coalesce(shown -> 12, shown -> -1);
  axis retention.report_axis;
BEGIN
  IF jsonb_array_length(rows_json) = 0 THEN
    RETURN retention.report_section('average', 'Retention curve', NULL, NULL, definition);
  END IF;
  axis := ROW(ARRAY(SELECT r.line ->> 'period_number' FROM jsonb_array_elements(shown) WITH ORDINALITY AS r(line, place) ORDER BY r.place),
              NULL, 'months since the first', NULL)::retention.report_axis;
  RETURN retention.report_section('average', 'Retention curve',
    'After ' || (at_age ->> 'period_number') || CASE at_age ->> 'period_number' WHEN '1' THEN ' month <b>' ELSE ' months <b>' END
      || retention.report_percent((at_age ->> 'retention_rate')::double precision)
      || '</b> (' || retention.report_interval(at_age, 'ci_low', 'ci_high', 'percent') || ') of the customers are active, over '
      || (at_age ->> 'cohorts') || CASE at_age ->> 'cohorts' WHEN '1' THEN ' cohort that is' ELSE ' cohorts that are' END || ' old enough.'
      || CASE WHEN jsonb_array_length(rows_json) > 25 THEN ' The first 24 of ' || jsonb_array_length(rows_json) - 1 || ' months are shown.' ELSE '' END,
    retention.report_line_chart('average-curve', 'Retention by months since the first', 'Share of customers active, over all cohorts, with its 95% interval.',
      axis, 'share of customers; band: 95% interval', 'percent', 0,
      ARRAY[retention.report_line_series('active', 1, shown, 'retention_rate', 'ci_low', 'ci_high')])
    || retention.report_table(shown, '{period_number:Month:count,cohorts:Cohorts:count,customers:Customers:count,retained:Active:count,retention_rate:Rate:percent,ci_low:from:percent,ci_high:to:percent}'),
    definition);
END $$;
COMMENT ON FUNCTION report_average(jsonb, text) IS 'internal to report_html: section of average_retention_monthly';

CREATE FUNCTION report_lifecycle(rows_json jsonb, definition text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  shown jsonb := retention.report_last_rows(rows_json, 24);
  last jsonb := retention.report_last_complete(rows_json);
BEGIN
  IF jsonb_array_length(rows_json) = 0 THEN
    RETURN retention.report_section('lifecycle', 'Active customers', NULL, NULL, definition);
  END IF;
  RETURN retention.report_section('lifecycle', 'Active customers',
    coalesce(retention.report_month_of(last) || ': <b>' || retention.report_number((last ->> 'active_customers')::numeric) || '</b> active, '
      || retention.report_number((last ->> 'new_customers')::numeric) || ' of them new; '
      || retention.report_number((last ->> 'dormant_customers')::numeric) || ' of the month before went quiet.', 'No month is over yet.')
      || retention.report_left_out(shown, rows_json, 'months'),
    retention.report_stacked_chart('lifecycle-bars', 'Active customers by month',
      'Upwards: customers active in the month, by whether they are new, were active the month before, or return after a pause. Downwards: those who were active the month before and are not.',
      retention.report_month_axis(shown), 'customers',
      ARRAY[retention.report_bar_series('returning', 1, shown, 'returning_customers', 1), retention.report_bar_series('new', 3, shown, 'new_customers', 1),
            retention.report_bar_series('back after a pause', 2, shown, 'resurrected_customers', 1), retention.report_bar_series('gone quiet', 5, shown, 'dormant_customers', -1)])
    || retention.report_table(shown, '{period_start:Month:month,active_customers:Active:count,new_customers:New:count,returning_customers:Returning:count,resurrected_customers:Back after a pause:count,dormant_customers:Gone quiet:count,is_complete:Month is over:yes}'),
    definition);
END $$;
COMMENT ON FUNCTION report_lifecycle(jsonb, text) IS 'internal to report_html: section of lifecycle_monthly';

CREATE FUNCTION report_bridge(rows_json jsonb, definition text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  complete jsonb := retention.report_complete_rows(rows_json);
  year jsonb := retention.report_last_rows(complete, 12);
  shown jsonb := retention.report_last_rows(rows_json, 24);
  first jsonb := year -> 0;
  last jsonb := year -> -1;
  moved numeric[];
BEGIN
  IF jsonb_array_length(complete) = 0 THEN
    RETURN retention.report_section('revenue', 'Recurring revenue', NULL, NULL, definition);
  END IF;
  SELECT ARRAY[sum((r.line ->> 'new_business_mrr')::numeric), sum((r.line ->> 'expansion_mrr')::numeric), sum((r.line ->> 'reactivation_mrr')::numeric),
               -sum((r.line ->> 'contraction_mrr')::numeric), -sum((r.line ->> 'churned_mrr')::numeric)]
  INTO moved FROM jsonb_array_elements(year) AS r(line);
  RETURN retention.report_section('revenue', 'Recurring revenue',
    'MRR at the end of ' || retention.report_month_of(last) || ': <b>' || retention.report_money((last ->> 'ending_mrr')::numeric, (last ->> 'ending_mrr')::numeric)
      || '</b> from ' || retention.report_number((last ->> 'ending_customers')::numeric) || ' customers, '
      || retention.report_signed((last ->> 'ending_mrr')::numeric - (first ->> 'starting_mrr')::numeric) || ' in '
      || jsonb_array_length(year) || CASE jsonb_array_length(year) WHEN 1 THEN ' month.' ELSE ' months.' END,
    retention.report_waterfall('mrr-bridge', 'From the MRR of ' || retention.report_month_of(first) || ' to that of ' || retention.report_month_of(last),
      'Starting MRR, what new business, expansion and reactivation added, what contraction and churn took, ending MRR.',
      'MRR, from the beginning of ' || retention.report_month_of(first) || ' to the end of ' || retention.report_month_of(last),
      ARRAY['start', 'new business', 'expansion', 'reactivation', 'contraction', 'churn', 'end'], '{6,3,1,2,4,5,6}',
      (first ->> 'starting_mrr')::numeric || moved || (last ->> 'ending_mrr')::numeric)
    || retention.report_stacked_chart('mrr-movements', 'Movements of MRR by month', 'Upwards: new business, expansion, reactivation. Downwards: contraction, churn.',
      retention.report_month_axis(shown), 'MRR gained and lost by month',
      ARRAY[retention.report_bar_series('new business', 3, shown, 'new_business_mrr', 1), retention.report_bar_series('expansion', 1, shown, 'expansion_mrr', 1),
            retention.report_bar_series('reactivation', 2, shown, 'reactivation_mrr', 1), retention.report_bar_series('contraction', 4, shown, 'contraction_mrr', -1),
            retention.report_bar_series('churn', 5, shown, 'churned_mrr', -1)])
    || retention.report_table(shown, '{period_start:Month:month,starting_mrr:Start:amount,new_business_mrr:New business:amount,expansion_mrr:Expansion:amount,reactivation_mrr:Reactivation:amount,contraction_mrr:Contraction:amount,churned_mrr:Churn:amount,ending_mrr:End:amount,ending_customers:Customers:count,is_complete:Month is over:yes}'),
    definition || retention.report_left_out(shown, rows_json, 'months'));
END $$;
COMMENT ON FUNCTION report_bridge(jsonb, text) IS 'internal to report_html: section of mrr_bridge_monthly';

CREATE FUNCTION report_churn(rows_json jsonb, definition text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  shown jsonb := retention.report_last_rows(rows_json, 24);
  last jsonb := retention.report_last_complete(rows_json);
BEGIN
  IF jsonb_array_length(rows_json) = 0 THEN
    RETURN retention.report_section('churn', 'Churn', NULL, NULL, definition);
  END IF;
  RETURN retention.report_section('churn', 'Churn',
    coalesce(retention.report_month_of(last) || ': <b>' || retention.report_percent((last ->> 'customer_churn_rate')::double precision) || '</b> ('
      || retention.report_interval(last, 'customer_churn_ci_low', 'customer_churn_ci_high', 'percent') || ') of the customers left, and '
      || retention.report_percent((last ->> 'revenue_churn_rate')::double precision) || ' of the MRR with them.', 'No month is over yet.')
      || retention.report_left_out(shown, rows_json, 'months'),
    retention.report_line_chart('churn-trend', 'Churn by month', 'Share of customers, with its 95% interval, and of MRR that left in the month.',
      retention.report_month_axis(shown), 'by month, of what there was at its beginning; band: 95% interval', 'percent', 0,
      ARRAY[retention.report_line_series('customers', 1, shown, 'customer_churn_rate', 'customer_churn_ci_low', 'customer_churn_ci_high'),
            retention.report_line_series('revenue', 2, shown, 'revenue_churn_rate')])
    || retention.report_table(shown, '{period_start:Month:month,starting_customers:Customers:count,churned_customers:Left:count,customer_churn_rate:Rate:percent,customer_churn_ci_low:from:percent,customer_churn_ci_high:to:percent,starting_mrr:MRR:amount,churned_mrr:Churned:amount,revenue_churn_rate:Rate:percent,is_complete:Month is over:yes}'),
    'Customer churn = churned customers / customers at the beginning of the month; revenue churn = churned MRR / MRR at the beginning. ' || definition);
END $$;
COMMENT ON FUNCTION report_churn(jsonb, text) IS 'internal to report_html: section of the rates of mrr_bridge_monthly';

CREATE FUNCTION report_trailing(rows_json jsonb, definition text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  shown jsonb := retention.report_last_rows(rows_json, 24);
  last jsonb := retention.report_last_complete(rows_json);
BEGIN
  IF jsonb_array_length(rows_json) = 0 THEN
    RETURN retention.report_section('trailing', 'Retention over a year', NULL, NULL, definition);
  END IF;
  RETURN retention.report_section('trailing', 'Retention over a year',
    coalesce('The customers of ' || retention.report_month((last ->> 'base_period_start')::date) || ' pay <b>'
      || retention.report_percent((last ->> 'net_revenue_retention')::double precision) || '</b> of what they paid a year before; '
      || retention.report_percent((last ->> 'customer_retention')::double precision) || ' of them (' || retention.report_interval(last, 'ci_low', 'ci_high', 'percent')
      || ') are still there.', 'No month is over yet.') || retention.report_left_out(shown, rows_json, 'months'),
    retention.report_line_chart('trailing-trend', 'Retention over a year, by month',
      'What the customers of twelve months earlier pay, net and gross, and how many of them are left, with its 95% interval.',
      retention.report_month_axis(shown), 'of what there was twelve months earlier; band: 95% interval', 'percent', 1,
      ARRAY[retention.report_line_series('customers', 1, shown, 'customer_retention', 'ci_low', 'ci_high'),
            retention.report_line_series('net revenue (NRR)', 2, shown, 'net_revenue_retention'),
            retention.report_line_series('gross revenue (GRR)', 3, shown, 'gross_revenue_retention')])
    || retention.report_table(shown, '{period_start:Month:month,base_customers:Customers then:count,retained_customers:still there:count,customer_retention:Share:percent,base_mrr:MRR then:amount,retained_mrr:now:amount,net_revenue_retention:NRR:percent,gross_revenue_retention:GRR:percent,is_complete:Month is over:yes}'),
    definition);
END $$;
COMMENT ON FUNCTION report_trailing(jsonb, text) IS 'internal to report_html: section of trailing_retention_monthly';

CREATE FUNCTION report_score_bar(score double precision, highest double precision) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '<svg xmlns="http://www.w3.org/2000/svg" class="score" viewBox="0 0 100 10" aria-hidden="true"><rect x="0" y="1" width="'
         || retention.report_coordinate(CASE WHEN highest > 0 THEN 100 * greatest(score, 0) / highest ELSE 0 END)
         || '" height="8" fill="#0072B2"/></svg>';
COMMENT ON FUNCTION report_score_bar(double precision, double precision) IS 'internal to report_html: a score as a bar';

-- rows: the best leads; counts: how many leads there are, and how many are qualified
CREATE FUNCTION report_leads(rows_json jsonb, counts jsonb, definition text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  highest double precision := (rows_json -> 0 ->> 'score')::double precision;
  lines text;
BEGIN
  IF jsonb_array_length(rows_json) = 0 THEN
    RETURN retention.report_section('leads', 'Best leads', NULL, NULL, definition);
  END IF;
  SELECT string_agg('<tr><td class="words">' || retention.report_escape(r.line ->> 'lead_id') || '</td><td>'
           || retention.report_number((r.line ->> 'score')::numeric, 1) || '</td><td>'
           || retention.report_score_bar((r.line ->> 'score')::double precision, highest) || '</td><td>'
           || retention.report_number((r.line ->> 'fit')::numeric, 1) || '</td><td>' || retention.report_number((r.line ->> 'engagement')::numeric, 1)
           || '</td><td>' || coalesce(retention.report_escape(r.line ->> 'label'), '&#8211;')
           || '</td><td>' || CASE r.line ->> 'qualified' WHEN 'true' THEN 'yes' WHEN 'false' THEN 'no' ELSE '&#8211;' END
           || '</td><td class="words">' || coalesce(retention.report_escape(r.line ->> 'reasons'), '') || '</td></tr>', E'\n' ORDER BY r.place)
  INTO lines
  FROM jsonb_array_elements(rows_json) WITH ORDINALITY AS r(line, place);
  RETURN retention.report_section('leads', 'Best leads',
    'The ' || jsonb_array_length(rows_json) || ' highest scores of ' || retention.report_number((counts ->> 'leads')::numeric) || ' leads'
      || coalesce(', <b>' || retention.report_number((counts ->> 'qualified')::numeric) || '</b> of which are qualified', '') || '.',
    '<div class="scroll"><table class="leads"><thead><tr><th scope="col" class="words">Lead</th><th scope="col" colspan="2">Score</th><th scope="col">Fit</th><th scope="col">Engagement</th><th scope="col">Label</th><th scope="col">Qualified</th><th scope="col" class="words">Reasons</th></tr></thead><tbody>'
    || lines || E'</tbody></table></div>\n',
    definition);
END $$;
COMMENT ON FUNCTION report_leads(jsonb, jsonb, text) IS 'internal to report_html: section of lead_scores';
