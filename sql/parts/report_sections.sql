--
-- report: the sections of report_html(). Each takes what report_read() gives of a view: the
-- rows that are shown, in order, how many there are in all, and which is the first. It says in
-- words, in a chart and in a table what is in them.
--

-- rows ------------------------------------------------------------------------

CREATE FUNCTION report_values(rows_json jsonb, column_name text, factor integer) RETURNS double precision[]
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT array_agg(factor * retention.report_measure(r.line ->> column_name) ORDER BY r.place)
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

CREATE FUNCTION report_last_complete(rows_json jsonb) RETURNS jsonb
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN retention.report_complete_rows(rows_json) -> -1;
COMMENT ON FUNCTION report_last_complete(jsonb) IS 'internal to report_html: the last row whose period is over; NULL: none';

CREATE FUNCTION report_amount(line jsonb, column_name text) RETURNS numeric
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (line ->> column_name)::numeric;
COMMENT ON FUNCTION report_amount(jsonb, text) IS 'internal to report_html: a number of a row';

CREATE FUNCTION report_count(line jsonb, column_name text) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN retention.report_number(retention.report_amount(line, column_name), 0);
COMMENT ON FUNCTION report_count(jsonb, text) IS 'internal to report_html: a whole number of a row in words';

CREATE FUNCTION report_share(line jsonb, column_name text) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN retention.report_percent(retention.report_measure(line ->> column_name));
COMMENT ON FUNCTION report_share(jsonb, text) IS 'internal to report_html: a share of a row in words';

CREATE FUNCTION report_month_axis(rows_json jsonb) RETURNS report_axis
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT ROW(
      array_agg(retention.report_month_name(r.month) ORDER BY r.place),
      -- two years beside each other would run into one
      array_agg(CASE WHEN extract(month FROM r.month) = 1
                       OR r.place = 1 AND (extract(month FROM r.month) < 12 OR jsonb_array_length(rows_json) = 1)
                     THEN retention.report_year(r.month) END ORDER BY r.place),
      NULL,
      array_agg(NOT coalesce(r.is_complete, true) ORDER BY r.place))::retention.report_axis
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
  RETURN retention.report_value(retention.report_measure(line ->> low_column), unit) || ' to '
         || retention.report_value(retention.report_measure(line ->> high_column), unit);
COMMENT ON FUNCTION report_interval(jsonb, text, text, text) IS 'internal to report_html: the interval of a row in words';

-- pieces of a section -----------------------------------------------------------

CREATE FUNCTION report_p_value(p numeric) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN p < 0.001 THEN '&lt; 0.001' ELSE retention.report_number(p, 3) END;
COMMENT ON FUNCTION report_p_value(numeric) IS 'internal to report_html: a probability';

-- formats: month, count, amount, percent, number, p, yes
CREATE FUNCTION report_cell(value text, format text) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN value IS NULL THEN '&#8211;'
    WHEN format = 'month' THEN retention.report_month(value::date)
    WHEN format = 'count' THEN retention.report_number(value::numeric, 0)
    WHEN format = 'amount' THEN retention.report_number(value::numeric, 2)
    WHEN format = 'percent' THEN retention.report_percent(retention.report_measure(value))
    WHEN format = 'number' THEN retention.report_number(value::numeric, 1)
    WHEN format = 'p' THEN retention.report_p_value(value::numeric)
    WHEN format = 'yes' THEN CASE WHEN value::boolean THEN 'yes' ELSE 'no' END
  END;
COMMENT ON FUNCTION report_cell(text, text) IS 'internal to report_html: a value of a table as markup';

-- columns: pairs of a column's name and, after a colon, its heading and format: 'nps:NPS:number'
CREATE FUNCTION report_table(rows_json jsonb, columns text[]) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT '<details><summary>Figures</summary><div class="scroll"><table><thead><tr>'
           || (SELECT string_agg('<th scope="col">' || split_part(c.definition, ':', 2) || '</th>', '' ORDER BY c.place)
               FROM unnest(columns) WITH ORDINALITY AS c(definition, place))
           || '</tr></thead><tbody>'
           || coalesce(string_agg('<tr>' || l.cells || '</tr>', E'\n' ORDER BY l.place), '')
           || E'</tbody></table></div></details>\n'
    FROM (SELECT r.place,
                 (SELECT string_agg('<td>' || retention.report_cell(r.line ->> split_part(c.definition, ':', 1), split_part(c.definition, ':', 3))
                                    || '</td>', '' ORDER BY c.place)
                  FROM unnest(columns) WITH ORDINALITY AS c(definition, place)) AS cells
          FROM jsonb_array_elements(rows_json) WITH ORDINALITY AS r(line, place)) AS l);
COMMENT ON FUNCTION report_table(jsonb, text[]) IS 'internal to report_html: rows as a table that can be unfolded';

CREATE FUNCTION report_section(id text, heading text, says_markup text, body text, definition text) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN '<section id="' || id || '"><h2>' || heading || '</h2>' || E'\n'
         || CASE WHEN body IS NULL THEN E'<p class="says">No data yet.</p>\n'
                 ELSE '<p class="says">' || coalesce(says_markup, '') || E'</p>\n' || body END
         || '<p class="definition">' || retention.report_escape(definition, 4000) || E'</p></section>\n';
COMMENT ON FUNCTION report_section(text, text, text, text, text) IS
  'internal to report_html: a section: what the figures say, charts and tables, and how they are defined; without a body there are no data';

-- More than a hundred years of months are hardly meant.
CREATE FUNCTION report_left_out(shown integer, data jsonb, what text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN retention.report_amount(data, 'total'::text) > shown
    THEN ' The last ' || shown::text || ' of ' || retention.report_count(data, 'total'::text) || ' ' || what || ' are shown.' ELSE '' END
    || CASE WHEN (data ->> 'first')::date < (data ->> 'last')::date - 36525
    THEN ' The first is ' || retention.report_month((data ->> 'first')::date) || ', which may be a mistyped date.' ELSE '' END;
COMMENT ON FUNCTION report_left_out(integer, jsonb, text) IS
  'internal to report_html: how many rows a chart leaves out, in words, and that the first is suspiciously old';

CREATE FUNCTION report_line_series(name text, style integer, rows_json jsonb, value text, low text, high text) RETURNS report_series
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN ROW(name, style, retention.report_values(rows_json, value, 1), retention.report_values(rows_json, low, 1),
             retention.report_values(rows_json, high, 1))::retention.report_series;
COMMENT ON FUNCTION report_line_series(text, integer, jsonb, text, text, text) IS
  'internal to report_html: a series from columns of rows, with its interval if it has one';

CREATE FUNCTION report_bar_series(name text, style integer, rows_json jsonb, value text, factor integer) RETURNS report_series
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN ROW(name, style, retention.report_values(rows_json, value, factor), NULL, NULL)::retention.report_series;
COMMENT ON FUNCTION report_bar_series(text, integer, jsonb, text, integer) IS
  'internal to report_html: a series from a column of rows, upwards (1) or downwards (-1)';

-- the sections ------------------------------------------------------------------

-- What a p-value says, in whole months of a hundred or a thousand.
CREATE FUNCTION report_unusual(p numeric) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN p BETWEEN 0 AND 1 THEN ' A change at least this large comes about in '
    || CASE WHEN p < 0.001 THEN 'fewer than 1 of 1,000' WHEN p < 0.01 THEN retention.report_number(1000 * p, 0) || ' of 1,000'
         ELSE retention.report_number(100 * p, 0) || ' of 100' END
    || ' months in which nothing changes' ELSE '' END;
COMMENT ON FUNCTION report_unusual(numeric) IS 'internal to report_html: how often a change with a p-value comes about where nothing changes, in words';

-- ' (40% of 500 asked)' behind the number of answers, where the view knows who was asked
CREATE FUNCTION report_asked(line jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE WHEN line ->> 'response_rate' IS NOT NULL
    THEN ' (' || retention.report_share(line, 'response_rate'::text) || ' of ' || retention.report_count(line, 'num_asked'::text) || ' asked)' ELSE '' END;
COMMENT ON FUNCTION report_asked(jsonb) IS 'internal to report_html: the response rate of a row in words, empty if the view does not know it';

CREATE FUNCTION report_asked_columns(rows_json jsonb) RETURNS text[]
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT CASE WHEN bool_or(r.line ->> 'num_asked' IS NOT NULL) THEN '{num_asked:Asked:count,response_rate:Response rate:percent}'::text[] ELSE '{}'::text[] END
    FROM jsonb_array_elements(rows_json) AS r(line));
COMMENT ON FUNCTION report_asked_columns(jsonb) IS 'internal to report_html: the columns of a table on who was asked, none if the view does not know it';

-- changes: how many of them the view has
CREATE FUNCTION report_change_says(last jsonb, changes numeric) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN ', ' || retention.report_signed(retention.report_amount(last, 'change'::text), 1) || ' on the month before ('
    || retention.report_interval(last, 'change_ci_low'::text, 'change_ci_high'::text, ''::text) || ').'
    || coalesce(retention.report_unusual(retention.report_amount(last, 'change_p_value'::text))
         || coalesce('; the adjusted p-value is ' || retention.report_p_value(retention.report_amount(last, 'change_adjusted_p_value'::text))
              || ' (' || retention.report_number(changes, 0) || CASE changes WHEN 1 THEN ' change' ELSE ' changes' END || ' in all)', '') || '.', '');
COMMENT ON FUNCTION report_change_says(jsonb, numeric) IS
  'internal to report_html: the change of a month, its interval and how unusual it is, in words; NULL if there is none';

CREATE FUNCTION report_nps_says(last jsonb, changes numeric) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN last IS NULL THEN 'No month is over yet.'
    WHEN last ->> 'nps' IS NULL THEN retention.report_month_of(last) || ': no answers.'
    ELSE retention.report_month_of(last) || ': <b>' || retention.report_number(retention.report_amount(last, 'nps'::text), 1) || '</b> points ('
      || retention.report_interval(last, 'ci_low'::text, 'ci_high'::text, ''::text) || ') from ' || retention.report_count(last, 'num_responses'::text)
      || ' answers' || retention.report_asked(last)
      || CASE WHEN last ->> 'change' IS NULL THEN '.' ELSE retention.report_change_says(last, changes) END
  END;
COMMENT ON FUNCTION report_nps_says(jsonb, numeric) IS 'internal to report_html: the score of the last month that is over, in words';

CREATE FUNCTION report_nps(data jsonb, definition text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_section('nps'::text, 'Net Promoter Score'::text,
      retention.report_nps_says(retention.report_last_complete(data -> 'rows'), retention.report_amount(data, 'changes'::text)) || retention.report_left_out(24, data, 'months'::text),
      CASE WHEN jsonb_array_length(d.shown) > 0 THEN
        retention.report_line_chart('nps-trend'::text, 'Net Promoter Score by month'::text,
          'Score with its 95% interval by month; bars below: number of answers; an arrow marks a change from the month before whose adjusted p-value is below 0.05.'::text,
          retention.report_month_axis(d.shown), 'points, &#8722;100 to 100; band: 95% interval; &#9650;&#9660; change with an adjusted p-value below 0.05'::text, ''::text, 0::double precision,
          ARRAY[retention.report_line_series('NPS'::text, 1, d.shown, 'nps'::text, 'ci_low'::text, 'ci_high'::text)],
          ARRAY(SELECT CASE WHEN retention.report_amount(r.line, 'change_adjusted_p_value'::text) < 0.05
                  THEN CASE WHEN retention.report_amount(r.line, 'change'::text) > 0 THEN '&#9650;' ELSE '&#9660;' END END
                FROM jsonb_array_elements(d.shown) WITH ORDINALITY AS r(line, place) ORDER BY r.place),
          retention.report_values(d.shown, 'num_responses'::text, 1), 'answers'::text)
        || retention.report_table(d.shown, '{period_start:Month:month,num_responses:Answers:count}'::text[] || retention.report_asked_columns(d.shown) || '{promoters:Promoters:count,passives:Passives:count,detractors:Detractors:count,nps:NPS:number,ci_low:from:number,ci_high:to:number,change:Change:number,change_ci_low:Change from:number,change_ci_high:Change to:number,change_p_value:p:p,change_adjusted_p_value:Adjusted p:p,is_complete:Month is over:yes}'::text[])
      END,
      definition)
    FROM (SELECT retention.report_last_rows(data -> 'rows', 24) AS shown OFFSET 0) AS d);
COMMENT ON FUNCTION report_nps(jsonb, text) IS 'internal to report_html: section of nps_monthly';

CREATE FUNCTION report_top_box_says(last jsonb, value text) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN last IS NULL THEN 'No month is over yet.'
    WHEN last ->> value IS NULL THEN retention.report_month_of(last) || ': no answers.'
    ELSE retention.report_month_of(last) || ': <b>' || retention.report_share(last, value) || '</b> ('
      || retention.report_interval(last, 'ci_low'::text, 'ci_high'::text, 'percent'::text) || ') of ' || retention.report_count(last, 'num_responses'::text)
      || ' answers' || retention.report_asked(last) || ' are of the highest scores, which the definition below names; the mean is ' || retention.report_number(retention.report_amount(last, 'mean_score'::text), 2) || '.'
  END;
COMMENT ON FUNCTION report_top_box_says(jsonb, text) IS 'internal to report_html: the share of the last month that is over, in words';

-- csat: satisfied_responses, csat_share; ces: easy_responses, easy_share
CREATE FUNCTION report_top_box(data jsonb, definition text, id text, heading text, value text, responses text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_section(id, heading,
      retention.report_top_box_says(retention.report_last_complete(data -> 'rows'), value) || retention.report_left_out(24, data, 'months'::text),
      CASE WHEN jsonb_array_length(d.shown) > 0 THEN
        retention.report_line_chart(id || '-trend', heading || ' by month',
          'Share of the highest scores with its 95% interval by month; bars below: number of answers.'::text,
          retention.report_month_axis(d.shown), 'share of answers; band: 95% interval'::text, 'percent'::text, 0::double precision,
          ARRAY[retention.report_line_series('highest scores'::text, 1, d.shown, value, 'ci_low'::text, 'ci_high'::text)],
          NULL::text[], retention.report_values(d.shown, 'num_responses'::text, 1), 'answers'::text)
        || retention.report_table(d.shown, ARRAY['period_start:Month:month', 'num_responses:Answers:count'] || retention.report_asked_columns(d.shown) || ARRAY[responses || ':Highest scores:count', value || ':Share:percent',
             'ci_low:from:percent', 'ci_high:to:percent', 'mean_score:Mean:number', 'is_complete:Month is over:yes'])
      END,
      definition)
    FROM (SELECT retention.report_last_rows(data -> 'rows', 24) AS shown OFFSET 0) AS d);
COMMENT ON FUNCTION report_top_box(jsonb, text, text, text, text, text) IS 'internal to report_html: section of csat_monthly or ces_monthly';

CREATE FUNCTION report_cohorts(data jsonb, definition text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN retention.report_section('cohorts'::text, 'Retention by cohort'::text,
    'A line is the customers who began in one month; along it, the share of them that is active in each later month.'
      || retention.report_left_out(24, data, 'cohorts'::text)
      || CASE WHEN retention.report_amount(data, 'ages'::text) > 30
           THEN ' The first 30 of up to ' || retention.report_count(data, 'ages'::text) || ' months are shown.' ELSE '' END,
    CASE WHEN jsonb_array_length(data -> 'rows') > 0 THEN
      retention.report_heat_map('cohort-map'::text, 'Retention by monthly cohort'::text, 'Share of each cohort active in each month since its first, in percent.'::text, data -> 'rows')
    END,
    definition);
COMMENT ON FUNCTION report_cohorts(jsonb, text) IS 'internal to report_html: section of cohort_retention_monthly';

-- The headline is of the twelfth month, or of the last before it that rests on three cohorts, at least on two:
-- one cohort is no average.
CREATE FUNCTION report_average_says(rows_json jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN coalesce((
    SELECT 'After ' || retention.report_count(r.line, 'period_number'::text) || CASE retention.report_amount(r.line, 'period_number'::text) WHEN 1 THEN ' month <b>' ELSE ' months <b>' END
      || retention.report_share(r.line, 'retention_rate'::text)
      || '</b> (' || retention.report_interval(r.line, 'ci_low'::text, 'ci_high'::text, 'percent'::text) || ') of the customers are active, over '
      || retention.report_count(r.line, 'cohorts'::text) || ' cohorts that are old enough.'
    FROM jsonb_array_elements(rows_json) AS r(line)
    WHERE retention.report_amount(r.line, 'period_number'::text) BETWEEN 1 AND 12 AND retention.report_amount(r.line, 'cohorts'::text) BETWEEN 2 AND 1e18
      AND r.line ->> 'retention_rate' IS NOT NULL
    ORDER BY retention.report_amount(r.line, 'cohorts'::text) >= 3 DESC, retention.report_amount(r.line, 'period_number'::text) DESC
    LIMIT 1), 'No month after the first rests on more than one cohort yet.');
COMMENT ON FUNCTION report_average_says(jsonb) IS 'internal to report_html: a point of the retention curve that rests on several cohorts, in words';

CREATE FUNCTION report_average(data jsonb, definition text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_section('average'::text, 'Retention curve'::text,
      retention.report_average_says(d.shown)
        || CASE WHEN retention.report_amount(data, 'total'::text) > 25
             THEN ' The first 24 of ' || retention.report_number(retention.report_amount(data, 'total'::text) - 1, 0) || ' months are shown.' ELSE '' END,
      CASE WHEN jsonb_array_length(d.shown) > 0 THEN
        retention.report_line_chart('average-curve'::text, 'Retention by months since the first'::text, 'Share of customers active, over all cohorts, with its 95% interval.'::text,
          ROW(ARRAY(SELECT retention.report_count(r.line, 'period_number'::text) FROM jsonb_array_elements(d.shown) WITH ORDINALITY AS r(line, place) ORDER BY r.place),
              NULL, 'months since the first', NULL)::retention.report_axis,
          'share of customers; band: 95% interval'::text, 'percent'::text, 0::double precision,
          ARRAY[retention.report_line_series('active'::text, 1, d.shown, 'retention_rate'::text, 'ci_low'::text, 'ci_high'::text)], NULL::text[], NULL::double precision[], NULL::text)
        || retention.report_table(d.shown, '{period_number:Month:count,cohorts:Cohorts:count,customers:Customers:count,retained:Active:count,retention_rate:Rate:percent,ci_low:from:percent,ci_high:to:percent}'::text[])
      END,
      definition)
    FROM (SELECT data -> 'rows' AS shown) AS d);
COMMENT ON FUNCTION report_average(jsonb, text) IS 'internal to report_html: section of average_retention_monthly';

CREATE FUNCTION report_lifecycle(data jsonb, definition text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_section('lifecycle'::text, 'Active customers'::text,
      coalesce(retention.report_month_of(d.last) || ': <b>' || retention.report_count(d.last, 'active_customers'::text) || '</b> active, '
        || retention.report_count(d.last, 'new_customers'::text) || ' of them new; '
        || retention.report_count(d.last, 'dormant_customers'::text) || ' of the month before went quiet.', 'No month is over yet.')
        || retention.report_left_out(24, data, 'months'::text),
      CASE WHEN jsonb_array_length(d.shown) > 0 THEN
        retention.report_stacked_chart('lifecycle-bars'::text, 'Active customers by month'::text,
          'Upwards: customers active in the month, by whether they are new, were active the month before, or return after a pause. Downwards: those who were active the month before and are not.'::text,
          retention.report_month_axis(d.shown), 'customers'::text,
          ARRAY[retention.report_bar_series('returning'::text, 1, d.shown, 'returning_customers'::text, 1), retention.report_bar_series('new'::text, 3, d.shown, 'new_customers'::text, 1),
                retention.report_bar_series('back after a pause'::text, 2, d.shown, 'resurrected_customers'::text, 1), retention.report_bar_series('gone quiet'::text, 5, d.shown, 'dormant_customers'::text, -1::integer)])
        || retention.report_table(d.shown, '{period_start:Month:month,active_customers:Active:count,new_customers:New:count,returning_customers:Returning:count,resurrected_customers:Back after a pause:count,dormant_customers:Gone quiet:count,is_complete:Month is over:yes}'::text[])
      END,
      definition)
    FROM (SELECT retention.report_last_rows(data -> 'rows', 24) AS shown, retention.report_last_complete(data -> 'rows') AS last OFFSET 0) AS d);
COMMENT ON FUNCTION report_lifecycle(jsonb, text) IS 'internal to report_html: section of lifecycle_monthly';

-- year: up to twelve rows. Without a chart where an amount is NaN or infinite.
CREATE FUNCTION report_bridge_waterfall(year jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN coalesce((
    SELECT retention.report_waterfall('mrr-bridge'::text,
        'From the MRR of ' || retention.report_month_of(year -> 0) || ' to that of ' || retention.report_month_of(year -> -1),
        'Starting MRR, what new business, expansion and reactivation added, what contraction and churn took, ending MRR.'::text,
        'MRR, from the beginning of ' || retention.report_month_of(year -> 0) || ' to the end of ' || retention.report_month_of(year -> -1),
        ARRAY['start', 'new business', 'expansion', 'reactivation', 'contraction', 'churn', 'end'], '{6,3,1,2,4,5,6}'::integer[], m.amounts)
    FROM (SELECT array_agg(a.amount ORDER BY a.place) AS amounts
          FROM (SELECT ARRAY[coalesce(retention.report_amount(year -> 0, 'starting_mrr'::text), 0),
                             coalesce(sum(retention.report_amount(r.line, 'new_business_mrr'::text)), 0),
                             coalesce(sum(retention.report_amount(r.line, 'expansion_mrr'::text)), 0),
                             coalesce(sum(retention.report_amount(r.line, 'reactivation_mrr'::text)), 0),
                             -coalesce(sum(retention.report_amount(r.line, 'contraction_mrr'::text)), 0),
                             -coalesce(sum(retention.report_amount(r.line, 'churned_mrr'::text)), 0),
                             coalesce(retention.report_amount(year -> -1, 'ending_mrr'::text), 0)] AS amounts
                FROM jsonb_array_elements(year) AS r(line)) AS s,
               LATERAL unnest(s.amounts) WITH ORDINALITY AS a(amount, place)
          HAVING bool_and(abs(a.amount) <= 1e300)) AS m), '');
COMMENT ON FUNCTION report_bridge_waterfall(jsonb) IS 'internal to report_html: what changed MRR over the rows of a year';

CREATE FUNCTION report_bridge(data jsonb, definition text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_section('revenue'::text, 'Recurring revenue'::text,
      'MRR at the end of ' || retention.report_month_of(d.year -> -1) || ': <b>'
        || retention.report_money(retention.report_amount(d.year -> -1, 'ending_mrr'::text), retention.report_amount(d.year -> -1, 'ending_mrr'::text))
        || '</b> from ' || retention.report_count(d.year -> -1, 'ending_customers'::text) || ' customers, '
        || retention.report_signed(retention.report_amount(d.year -> -1, 'ending_mrr'::text) - retention.report_amount(d.year -> 0, 'starting_mrr'::text), 0) || ' in '
        || jsonb_array_length(d.year)::text || CASE jsonb_array_length(d.year) WHEN 1 THEN ' month.' ELSE ' months.' END,
      CASE WHEN jsonb_array_length(d.year) > 0 THEN
        retention.report_bridge_waterfall(d.year)
        || retention.report_stacked_chart('mrr-movements'::text, 'Movements of MRR by month'::text, 'Upwards: new business, expansion, reactivation. Downwards: contraction, churn.'::text,
          retention.report_month_axis(d.shown), 'MRR gained and lost by month'::text,
          ARRAY[retention.report_bar_series('new business'::text, 3, d.shown, 'new_business_mrr'::text, 1), retention.report_bar_series('expansion'::text, 1, d.shown, 'expansion_mrr'::text, 1),
                retention.report_bar_series('reactivation'::text, 2, d.shown, 'reactivation_mrr'::text, 1), retention.report_bar_series('contraction'::text, 4, d.shown, 'contraction_mrr'::text, -1::integer),
                retention.report_bar_series('churn'::text, 5, d.shown, 'churned_mrr'::text, -1::integer)])
        || retention.report_table(d.shown, '{period_start:Month:month,starting_mrr:Start:amount,new_business_mrr:New business:amount,expansion_mrr:Expansion:amount,reactivation_mrr:Reactivation:amount,contraction_mrr:Contraction:amount,churned_mrr:Churn:amount,ending_mrr:End:amount,ending_customers:Customers:count,is_complete:Month is over:yes}'::text[])
      END,
      definition || retention.report_left_out(24, data, 'months'::text))
    FROM (SELECT retention.report_last_rows(retention.report_complete_rows(data -> 'rows'), 12) AS year,
                 retention.report_last_rows(data -> 'rows', 24) AS shown OFFSET 0) AS d);
COMMENT ON FUNCTION report_bridge(jsonb, text) IS 'internal to report_html: section of mrr_bridge_monthly';

CREATE FUNCTION report_churn_says(last jsonb) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN last IS NULL THEN 'No month is over yet.'
    WHEN last ->> 'customer_churn_rate' IS NULL THEN retention.report_month_of(last) || ' began without customers.'
    ELSE retention.report_month_of(last) || ': <b>' || retention.report_share(last, 'customer_churn_rate'::text) || '</b> ('
      || retention.report_interval(last, 'customer_churn_ci_low'::text, 'customer_churn_ci_high'::text, 'percent'::text) || ') of the customers left, and '
      || retention.report_share(last, 'revenue_churn_rate'::text) || ' of the MRR with them.'
  END;
COMMENT ON FUNCTION report_churn_says(jsonb) IS 'internal to report_html: churn of the last month that is over, in words';

CREATE FUNCTION report_churn(data jsonb, definition text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_section('churn'::text, 'Churn'::text,
      retention.report_churn_says(retention.report_last_complete(data -> 'rows')) || retention.report_left_out(24, data, 'months'::text),
      CASE WHEN jsonb_array_length(d.shown) > 0 THEN
        retention.report_line_chart('churn-trend'::text, 'Churn by month'::text, 'Share of customers, with its 95% interval, and of MRR that left in the month.'::text,
          retention.report_month_axis(d.shown), 'by month, of what there was at its beginning; band: 95% interval'::text, 'percent'::text, 0::double precision,
          ARRAY[retention.report_line_series('customers'::text, 1, d.shown, 'customer_churn_rate'::text, 'customer_churn_ci_low'::text, 'customer_churn_ci_high'::text),
                retention.report_line_series('revenue'::text, 2, d.shown, 'revenue_churn_rate'::text, NULL::text, NULL::text)], NULL::text[], NULL::double precision[], NULL::text)
        || retention.report_table(d.shown, '{period_start:Month:month,starting_customers:Customers:count,churned_customers:Left:count,customer_churn_rate:Rate:percent,customer_churn_ci_low:from:percent,customer_churn_ci_high:to:percent,starting_mrr:MRR:amount,churned_mrr:Churned:amount,revenue_churn_rate:Rate:percent,is_complete:Month is over:yes}'::text[])
      END,
      CASE WHEN jsonb_array_length(d.shown) > 0
        THEN 'Customer churn = churned customers / customers at the beginning of the month; revenue churn = churned MRR / MRR at the beginning. ' ELSE '' END || definition)
    FROM (SELECT retention.report_last_rows(data -> 'rows', 24) AS shown OFFSET 0) AS d);
COMMENT ON FUNCTION report_churn(jsonb, text) IS 'internal to report_html: section of the rates of mrr_bridge_monthly';

CREATE FUNCTION report_trailing_says(last jsonb) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN last IS NULL THEN 'No month is over yet.'
    WHEN last ->> 'net_revenue_retention' IS NULL THEN 'A year before ' || retention.report_month_of(last) || ' there were no customers.'
    ELSE 'The customers of ' || coalesce(retention.report_month((last ->> 'base_period_start')::date), '&#8211;') || ' pay <b>'
      || retention.report_share(last, 'net_revenue_retention'::text) || '</b> of what they paid a year before; '
      || retention.report_share(last, 'customer_retention'::text) || ' of them (' || retention.report_interval(last, 'ci_low'::text, 'ci_high'::text, 'percent'::text)
      || ') are still there.'
  END;
COMMENT ON FUNCTION report_trailing_says(jsonb) IS 'internal to report_html: retention over the year that ended last, in words';

CREATE FUNCTION report_trailing(data jsonb, definition text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_section('trailing'::text, 'Retention over a year'::text,
      retention.report_trailing_says(retention.report_last_complete(data -> 'rows')) || retention.report_left_out(24, data, 'months'::text),
      CASE WHEN jsonb_array_length(d.shown) > 0 THEN
        retention.report_line_chart('trailing-trend'::text, 'Retention over a year, by month'::text,
          'What the customers of twelve months earlier pay, net and gross, and how many of them are left, with its 95% interval.'::text,
          retention.report_month_axis(d.shown), 'of what there was twelve months earlier; band: 95% interval'::text, 'percent'::text, 1::double precision,
          ARRAY[retention.report_line_series('customers'::text, 1, d.shown, 'customer_retention'::text, 'ci_low'::text, 'ci_high'::text),
                retention.report_line_series('net revenue (NRR)'::text, 2, d.shown, 'net_revenue_retention'::text, NULL::text, NULL::text),
                retention.report_line_series('gross revenue (GRR)'::text, 3, d.shown, 'gross_revenue_retention'::text, NULL::text, NULL::text)], NULL::text[], NULL::double precision[], NULL::text)
        || retention.report_table(d.shown, '{period_start:Month:month,base_customers:Customers then:count,retained_customers:still there:count,customer_retention:Share:percent,base_mrr:MRR then:amount,retained_mrr:now:amount,net_revenue_retention:NRR:percent,gross_revenue_retention:GRR:percent,is_complete:Month is over:yes}'::text[])
      END,
      definition)
    FROM (SELECT retention.report_last_rows(data -> 'rows', 24) AS shown OFFSET 0) AS d);
COMMENT ON FUNCTION report_trailing(jsonb, text) IS 'internal to report_html: section of trailing_retention_monthly';

CREATE FUNCTION report_score_bar(score double precision, highest double precision) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '<svg xmlns="http://www.w3.org/2000/svg" class="score" viewBox="0 0 100 10" aria-hidden="true"><rect x="0" y="1" width="'
         || retention.report_coordinate(CASE WHEN highest > 0 THEN 100 * greatest(score, 0) / highest ELSE 0 END)
         || '" height="8" fill="#0072B2"/></svg>';
COMMENT ON FUNCTION report_score_bar(double precision, double precision) IS 'internal to report_html: a score as a bar';

-- Texts of the rows are markup already.
CREATE FUNCTION report_leads(data jsonb, definition text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN retention.report_section('leads'::text, 'Best leads'::text,
    'The ' || jsonb_array_length(data -> 'rows')::text || ' highest scores of ' || retention.report_count(data, 'total'::text) || ' leads'
      || CASE WHEN data ->> 'qualified' IS NULL THEN '; the scorecard does not say when a lead is qualified.'
              ELSE ', <b>' || retention.report_count(data, 'qualified'::text) || '</b> of which are qualified.' END,
    (SELECT '<div class="scroll"><table class="leads"><thead><tr><th scope="col" class="words">Lead</th><th scope="col" colspan="2">Score</th><th scope="col">Fit</th><th scope="col">Engagement</th><th scope="col">Label</th><th scope="col">Qualified</th><th scope="col" class="words">Reasons</th></tr></thead><tbody>'
       || string_agg('<tr><td class="words">' || coalesce(r.line ->> 'lead_id', '&#8211;') || '</td><td>'
            || retention.report_number(retention.report_amount(r.line, 'score'::text), 1) || '</td><td>'
            || coalesce(retention.report_score_bar(retention.report_measure(r.line ->> 'score'), retention.report_measure(data -> 'rows' -> 0 ->> 'score')), '') || '</td><td>'
            || retention.report_number(retention.report_amount(r.line, 'fit'::text), 1) || '</td><td>' || retention.report_number(retention.report_amount(r.line, 'engagement'::text), 1)
            || '</td><td>' || coalesce(r.line ->> 'label', '&#8211;')
            || '</td><td>' || CASE (r.line ->> 'qualified')::boolean WHEN true THEN 'yes' WHEN false THEN 'no' ELSE '&#8211;' END
            || '</td><td class="words">' || coalesce(r.line ->> 'reasons', '') || '</td></tr>', E'\n' ORDER BY r.place)
       || E'</tbody></table></div>\n'
     FROM jsonb_array_elements(data -> 'rows') WITH ORDINALITY AS r(line, place)),
    definition);
COMMENT ON FUNCTION report_leads(jsonb, text) IS 'internal to report_html: section of lead_scores';
