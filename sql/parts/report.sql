--
-- report: report_html(), one page about the views in a schema. doc/bi.md
--
-- report_svg.sql has the elements, report_charts.sql the charts, report_sections.sql the
-- sections; here the views are read and the page is put together. What is read is bounded:
-- the server sorts and counts the rows of a view, and only those that are shown leave it.
--

-- reading ---------------------------------------------------------------------

-- kinds: number, date, boolean, text. A column that the view lacks is NULL.
CREATE FUNCTION report_columns(target_schema text, view_name text, columns text[]) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  c record;
  expressions text[];
BEGIN
  FOR c IN
    SELECT split_part(u.definition, ' ', 1) AS column_name, split_part(u.definition, ' ', 2) AS kind, a.type
    FROM unnest(columns) WITH ORDINALITY AS u(definition, place)
         LEFT JOIN LATERAL (SELECT retention.internal_type_kind(t.atttypid) AS type
                            FROM pg_attribute AS t JOIN pg_class AS r ON r.oid = t.attrelid JOIN pg_namespace AS n ON n.oid = r.relnamespace
                            WHERE n.nspname = target_schema AND r.relname = view_name
                              AND t.attname = split_part(u.definition, ' ', 1) AND t.attnum > 0 AND NOT t.attisdropped) AS a ON true
    ORDER BY u.place
  LOOP
    IF c.type <> ALL (CASE c.kind
         WHEN 'number' THEN '{smallint,integer,bigint,numeric,real,double precision}'
         WHEN 'date' THEN '{date,timestamp}'
         WHEN 'boolean' THEN '{boolean}'
         ELSE ARRAY[c.type] END::text[]) THEN
      RAISE EXCEPTION USING
        ERRCODE = 'datatype_mismatch',
        MESSAGE = format('column %I of %I.%I is of type %s; the report needs a %s there', c.column_name, target_schema, view_name, c.type, c.kind),
        HINT = 'The function that is named in the comment of the view creates it again.';
    END IF;
    expressions := expressions || format(
      CASE WHEN c.type IS NULL THEN 'NULL::%2$s AS %1$I'
           WHEN c.kind = 'text' THEN 'left(s.%1$I::text, 600) AS %1$I'
           WHEN c.kind = 'date' THEN 's.%1$I::date AS %1$I'
           ELSE 's.%1$I' END,
      c.column_name, CASE c.kind WHEN 'number' THEN 'numeric' ELSE c.kind END);
  END LOOP;
  RETURN array_to_string(expressions, ', ');
END $$;
COMMENT ON FUNCTION report_columns(text, text, text[]) IS 'internal to report_html: columns of a view, named s, for a query; error if one has another kind of type';

-- query: what is wanted of the rows, which are called v there. The views are those of the
-- snapshot of the statement: one that was dropped since is none.
CREATE FUNCTION report_read(target_schema text, views text[], view_name text, columns text[], query text) RETURNS jsonb
  LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  data jsonb;
BEGIN
  IF view_name = ANY (views) AND to_regclass(format('%I.%I', target_schema, view_name)) IS NOT NULL THEN
    EXECUTE format('WITH v AS (SELECT %s FROM %I.%I AS s) ', retention.report_columns(target_schema, view_name, columns), target_schema, view_name) || query
    INTO data;
  END IF;
  RETURN data;
END $$;
COMMENT ON FUNCTION report_read(text, text[], text, text[], text) IS
  'internal to report_html: what a query says of the rows of a view; NULL if it is not one of the views';

CREATE FUNCTION report_months(target_schema text, views text[], view_name text, columns text[]) RETURNS jsonb
  LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
  RETURN retention.report_read(target_schema, views, view_name, ARRAY['period_start date', 'is_complete boolean'] || columns, $query$
    SELECT jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.period_start), '[]'::jsonb),
                              'total', max(r.total), 'first', min(r.first), 'last', max(r.period_start), 'changes', max(r.changes))
    FROM (SELECT v.*, count(*) OVER () AS total, min(v.period_start) OVER () AS first, $query$
      || CASE WHEN 'change_p_value number' = ANY (columns) THEN 'count(v.change_p_value) OVER ()' ELSE 'NULL::bigint' END || $query$ AS changes FROM v
          WHERE isfinite(v.period_start) ORDER BY v.period_start DESC LIMIT 36) AS r $query$::text);
COMMENT ON FUNCTION report_months(text, text[], text, text[]) IS
  'internal to report_html: the last 36 rows of a view by month, how many it has, the first month, and where columns ask for their p-values how many changes it has';

CREATE FUNCTION report_cohort_months(target_schema text, views text[]) RETURNS jsonb
  LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
  RETURN retention.report_read(target_schema, views, 'cohort_retention_monthly'::text,
    '{cohort_start date,period_number number,cohort_size number,retained number,retention_rate number,is_complete boolean}'::text[], $query$
    , cohort AS (SELECT v.cohort_start, max(v.period_number) AS last_age FROM v
               WHERE isfinite(v.cohort_start) AND v.period_number BETWEEN 0 AND 1e9 GROUP BY v.cohort_start),
    shown AS (SELECT c.cohort_start, c.last_age FROM cohort AS c ORDER BY c.cohort_start DESC LIMIT 24)
    SELECT jsonb_build_object(
      'rows', (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.cohort_start, r.period_number), '[]'::jsonb)
               FROM (SELECT v.cohort_start, v.period_number::integer AS period_number, v.cohort_size, v.retained, v.retention_rate, v.is_complete
                     FROM v JOIN shown AS s ON s.cohort_start = v.cohort_start
                     WHERE v.period_number BETWEEN 0 AND 29
                     ORDER BY v.cohort_start, v.period_number LIMIT 24 * 30) AS r),
      'total', (SELECT count(*) FROM cohort), 'first', (SELECT min(c.cohort_start) FROM cohort AS c),
      'last', (SELECT max(c.cohort_start) FROM cohort AS c), 'ages', (SELECT max(s.last_age) + 1 FROM shown AS s)) $query$::text);
COMMENT ON FUNCTION report_cohort_months(text, text[]) IS
  'internal to report_html: the first 30 months of the last 24 cohorts, and how many cohorts and months there are';

CREATE FUNCTION report_ages(target_schema text, views text[]) RETURNS jsonb
  LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
  RETURN retention.report_read(target_schema, views, 'average_retention_monthly'::text,
    '{period_number number,cohorts number,customers number,retained number,retention_rate number,ci_low number,ci_high number}'::text[], $query$
    SELECT jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.period_number), '[]'::jsonb), 'total', max(r.total))
    FROM (SELECT v.*, count(*) OVER () AS total FROM v WHERE v.period_number BETWEEN 0 AND 1e9 ORDER BY v.period_number LIMIT 25) AS r $query$::text);
COMMENT ON FUNCTION report_ages(text, text[]) IS 'internal to report_html: the first 25 rows of the retention curve, and how many it has';

-- The counts come from the same pass as the best: events of leads are costly to sum up.
CREATE FUNCTION report_best_leads(target_schema text, views text[]) RETURNS jsonb
  LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
  RETURN retention.report_read(target_schema, views, 'lead_scores'::text,
    '{lead_id text,score number,fit number,engagement number,label text,qualified boolean,reasons text}'::text[], $query$
    SELECT jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.score DESC NULLS LAST, r.lead), '[]'::jsonb),
                              'total', coalesce(max(r.total), 0), 'qualified', max(r.num_qualified))
    FROM (SELECT v.lead_id AS lead, v.score, v.fit, v.engagement, v.qualified, retention.report_escape(v.lead_id, 200) AS lead_id,
                 retention.report_escape(v.label, 200) AS label, retention.report_escape(v.reasons, 500) AS reasons, count(*) OVER () AS total,
                 CASE WHEN count(v.qualified) OVER () > 0 THEN count(*) FILTER (WHERE v.qualified) OVER () END AS num_qualified
          FROM v ORDER BY v.score DESC NULLS LAST, v.lead_id LIMIT 15) AS r $query$::text);
COMMENT ON FUNCTION report_best_leads(text, text[]) IS
  'internal to report_html: the best rows of lead_scores with texts as markup, how many there are, and how many are qualified';

-- The last line of the comment only says who created the view.
CREATE FUNCTION report_definition(target_schema text, view_name text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce(regexp_replace(obj_description(c.oid, 'pg_class'), E'\n[^\n]*$', ''), '')
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = target_schema AND c.relname = view_name);
COMMENT ON FUNCTION report_definition(text, text) IS 'internal to report_html: the definition of a view, from its comment';

-- the page --------------------------------------------------------------------

CREATE FUNCTION report_tile(heading text, value_markup text, detail_markup text) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN coalesce('<div class="tile"><div class="what">' || heading || '</div><div class="big">' || value_markup || '</div><div class="detail">'
    || detail_markup || E'</div></div>\n', '');
COMMENT ON FUNCTION report_tile(text, text, text) IS 'internal to report_html: one number at the top of the page; nothing if it is not known';

-- How many leads are qualified; where the scorecard does not say, how many there are.
CREATE FUNCTION report_leads_tile(leads jsonb) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN coalesce(retention.report_amount(leads, 'total'::text), 0) = 0 THEN ''
    WHEN leads ->> 'qualified' IS NULL THEN retention.report_tile('Leads'::text, retention.report_count(leads, 'total'::text), 'the scorecard does not say when one is qualified'::text)
    ELSE retention.report_tile('Qualified leads'::text, retention.report_count(leads, 'qualified'::text), 'of ' || retention.report_count(leads, 'total'::text))
  END;
COMMENT ON FUNCTION report_leads_tile(jsonb) IS 'internal to report_html: the number of leads at the top of the page';

-- n, l, b, t: the last month of each view that is over. What has no value has no tile.
CREATE FUNCTION report_month_tiles(n jsonb, l jsonb, b jsonb, t jsonb) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE WHEN n ->> 'nps' IS NULL THEN '' ELSE
      retention.report_tile('Net Promoter Score'::text, retention.report_number(retention.report_amount(n, 'nps'::text), 1),
        retention.report_month_of(n) || ' (' || retention.report_interval(n, 'ci_low'::text, 'ci_high'::text, ''::text) || ')') END
    || CASE WHEN l ->> 'active_customers' IS NULL THEN '' ELSE
      retention.report_tile('Active customers'::text, retention.report_count(l, 'active_customers'::text),
        retention.report_month_of(l) || ', ' || retention.report_count(l, 'new_customers'::text) || ' new') END
    || CASE WHEN b ->> 'ending_mrr' IS NULL THEN '' ELSE
      retention.report_tile('MRR'::text, retention.report_money(retention.report_amount(b, 'ending_mrr'::text), retention.report_amount(b, 'ending_mrr'::text)),
        'end of ' || retention.report_month_of(b) || ', ' || retention.report_signed(retention.report_amount(b, 'ending_mrr'::text) - retention.report_amount(b, 'starting_mrr'::text), 0)) END
    || CASE WHEN b ->> 'customer_churn_rate' IS NULL THEN '' ELSE
      retention.report_tile('Customer churn'::text, retention.report_share(b, 'customer_churn_rate'::text),
        retention.report_month_of(b) || ' (' || retention.report_interval(b, 'customer_churn_ci_low'::text, 'customer_churn_ci_high'::text, 'percent'::text) || ')') END
    || CASE WHEN t ->> 'net_revenue_retention' IS NULL THEN '' ELSE
      retention.report_tile('Net revenue retention'::text, retention.report_share(t, 'net_revenue_retention'::text),
        '12 months to ' || retention.report_month_of(t)) END;
COMMENT ON FUNCTION report_month_tiles(jsonb, jsonb, jsonb, jsonb) IS 'internal to report_html: the numbers of the last months at the top of the page';

CREATE FUNCTION report_tiles(nps jsonb, lifecycle jsonb, bridge jsonb, over_year jsonb, leads jsonb) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN '<div class="tiles">'
    || retention.report_month_tiles(retention.report_last_complete(nps -> 'rows'), retention.report_last_complete(lifecycle -> 'rows'),
         retention.report_last_complete(bridge -> 'rows'), retention.report_last_complete(over_year -> 'rows'))
    || retention.report_leads_tile(leads)
    || E'</div>\n';
COMMENT ON FUNCTION report_tiles(jsonb, jsonb, jsonb, jsonb, jsonb) IS 'internal to report_html: the numbers at the top of the page';

-- Colours of Okabe and Ito; lines differ in dashes and markers, bars in hatching.
CREATE FUNCTION report_style() RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN $css$
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 48px; max-width: 860px; background: #fff; color: #1b1f23;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 0 0 4px; }
.lead { margin: 0 0 20px; color: #4b5560; }
section { border-top: 1px solid #d5dae0; padding: 20px 0 8px; margin-top: 20px; }
.says { margin: 0 0 10px; }
.definition { margin: 6px 0 0; font-size: 12.5px; color: #4b5560; white-space: pre-line; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 12px; }
.tile { border: 1px solid #d5dae0; border-radius: 6px; padding: 10px 14px; }
.what, .detail { font-size: 12.5px; color: #4b5560; }
.big { font-size: 26px; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
figure { margin: 12px 0 14px; overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 560px; height: auto; }
svg text { font-family: inherit; font-size: 11px; fill: #1b1f23; }
svg .caption { fill: #4b5560; }
svg .tick { fill: #4b5560; font-size: 10.5px; font-variant-numeric: tabular-nums; }
svg .year { fill: #1b1f23; font-size: 10.5px; font-weight: 600; }
svg .small { fill: #4b5560; font-size: 9px; }
svg .note { font-size: 12px; }
svg .value { font-weight: 600; font-variant-numeric: tabular-nums; }
svg .cell { font-size: 10px; fill: #000; font-variant-numeric: tabular-nums; }
svg .light { fill: #fff; }
svg .cell.unfinished { fill: #4b5560; font-style: italic; }
.unfinished-cell { fill: #fff; stroke: #9aa4ae; stroke-dasharray: 2 2; }
.grid { stroke: #e3e7eb; stroke-width: 1; }
.base { stroke: #6b7580; stroke-width: 1; }
.join { stroke: #6b7580; stroke-width: 1; stroke-dasharray: 2 2; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line.line1 { stroke: #0072B2; }
.line.line2 { stroke: #D55E00; stroke-dasharray: 7 3; }
.line.line3 { stroke: #007a5a; stroke-dasharray: 2 3; }
.line.unfinished { opacity: .55; stroke-dasharray: 2 4; }
.band { stroke: none; opacity: .16; }
.band.line1 { fill: #0072B2; }
.band.line2 { fill: #D55E00; }
.band.line3 { fill: #007a5a; }
.mark { stroke-width: 1.5; }
.mark.line1 { fill: #0072B2; stroke: #0072B2; }
.mark.line2 { fill: #D55E00; stroke: #D55E00; }
.mark.line3 { fill: #007a5a; stroke: #007a5a; }
.mark.open { fill: #fff; }
svg .value.line1 { fill: #005a8d; }
svg .value.line2 { fill: #a84a00; }
svg .value.line3 { fill: #00654b; }
.count { fill: #c4ccd4; }
.faint { opacity: .5; }
.hatch2, .hatch3, .hatch4 { fill: none; pointer-events: none; }
.hatch2 { stroke: #0b4f78; }
.hatch3 { stroke: #fff; }
.hatch4 { stroke: #6b4a00; }
details { margin: 0 0 8px; font-size: 13px; }
summary { cursor: pointer; color: #005a8d; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums; }
.leads { width: 100%; font-size: 13px; }
th, td { padding: 3px 10px 3px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid #e3e7eb; vertical-align: top; }
th { font-weight: 600; vertical-align: bottom; }
.words { text-align: left; }
td.words { white-space: normal; overflow-wrap: anywhere; }
.leads td:first-child { min-width: 7em; }
.leads td:last-child { min-width: 15em; }
.score { width: 90px; height: 9px; vertical-align: baseline; }
footer { border-top: 1px solid #d5dae0; margin-top: 28px; padding-top: 10px; font-size: 12.5px; color: #4b5560; }
@page { size: A4; margin: 14mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  section, tr { break-inside: avoid; }
  .leads { font-size: 8.5pt; }
  .score { width: 50px; }
  footer { margin-top: 12px; }
  details { display: none; }
  figure { overflow: visible; }
  figure svg { min-width: 0; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
$css$;
COMMENT ON FUNCTION report_style() IS 'internal to report_html: the style sheet';

-- A section is NULL where its view is.
CREATE FUNCTION report_body(target_schema text, views text[]) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
  RETURN (
    SELECT concat(
      retention.report_tiles(d.nps, d.lifecycle, d.bridge, d.over_year, d.leads),
      retention.report_nps(d.nps, retention.report_definition(target_schema, 'nps_monthly'::text)),
      retention.report_top_box(d.csat, retention.report_definition(target_schema, 'csat_monthly'::text), 'csat'::text, 'Customer satisfaction'::text, 'csat_share'::text, 'satisfied_responses'::text),
      retention.report_top_box(d.ces, retention.report_definition(target_schema, 'ces_monthly'::text), 'ces'::text, 'Customer effort'::text, 'easy_share'::text, 'easy_responses'::text),
      retention.report_lifecycle(d.lifecycle, retention.report_definition(target_schema, 'lifecycle_monthly'::text)),
      retention.report_cohorts(d.cohorts, retention.report_definition(target_schema, 'cohort_retention_monthly'::text)),
      retention.report_average(d.ages, retention.report_definition(target_schema, 'average_retention_monthly'::text)),
      retention.report_bridge(d.bridge, retention.report_definition(target_schema, 'mrr_bridge_monthly'::text)),
      retention.report_churn(d.bridge, retention.report_definition(target_schema, 'mrr_bridge_monthly'::text)),
      retention.report_trailing(d.over_year, retention.report_definition(target_schema, 'trailing_retention_monthly'::text)),
      retention.report_leads(d.leads, retention.report_definition(target_schema, 'lead_scores'::text)))
    FROM (SELECT
      retention.report_months(target_schema, views, 'nps_monthly'::text, '{num_responses number,promoters number,passives number,detractors number,nps number,ci_low number,ci_high number,change number,change_p_value number,change_ci_low number,change_ci_high number,change_adjusted_p_value number,num_asked number,response_rate number}'::text[]) AS nps,
      retention.report_months(target_schema, views, 'csat_monthly'::text, '{num_responses number,satisfied_responses number,csat_share number,ci_low number,ci_high number,mean_score number,num_asked number,response_rate number}'::text[]) AS csat,
      retention.report_months(target_schema, views, 'ces_monthly'::text, '{num_responses number,easy_responses number,easy_share number,ci_low number,ci_high number,mean_score number,num_asked number,response_rate number}'::text[]) AS ces,
      retention.report_months(target_schema, views, 'lifecycle_monthly'::text, '{active_customers number,new_customers number,returning_customers number,resurrected_customers number,dormant_customers number}'::text[]) AS lifecycle,
      retention.report_cohort_months(target_schema, views) AS cohorts,
      retention.report_ages(target_schema, views) AS ages,
      retention.report_months(target_schema, views, 'mrr_bridge_monthly'::text, '{starting_mrr number,new_business_mrr number,expansion_mrr number,reactivation_mrr number,contraction_mrr number,churned_mrr number,ending_mrr number,starting_customers number,churned_customers number,ending_customers number,customer_churn_rate number,customer_churn_ci_low number,customer_churn_ci_high number,revenue_churn_rate number}'::text[]) AS bridge,
      retention.report_months(target_schema, views, 'trailing_retention_monthly'::text, '{base_period_start date,base_customers number,retained_customers number,customer_retention number,ci_low number,ci_high number,base_mrr number,retained_mrr number,net_revenue_retention number,gross_revenue_retention number}'::text[]) AS over_year,
      retention.report_best_leads(target_schema, views) AS leads
      OFFSET 0) AS d);
COMMENT ON FUNCTION report_body(text, text[]) IS 'internal to report_html: the numbers at the top of the page, and the sections';

-- VOLATILE: having waited for whoever changes the views, it must see what was changed.
CREATE FUNCTION report_html(target_schema text) RETURNS text
  LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  views text[];
BEGIN
  PERFORM retention.internal_check_schema(target_schema);
  views := ARRAY(SELECT o.view_name FROM unnest('{survey,retention,revenue,leads}'::text[]) AS c,
                   LATERAL retention.internal_own_views(target_schema, c) AS o);
  IF NOT views && '{nps_monthly,csat_monthly,ces_monthly,cohort_retention_monthly,average_retention_monthly,lifecycle_monthly,mrr_bridge_monthly,trailing_retention_monthly,lead_scores}'::text[] THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_schema_name',
      MESSAGE = format('schema %I has none of the views that a report is made of', target_schema),
      HINT = 'create_survey_views(), create_retention_views(), create_revenue_views() and create_lead_views() create them.';
  END IF;
  RETURN concat(
    E'<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"/><title>Customer metrics: ', retention.report_escape(target_schema, 100::integer),
    '</title><style>', retention.report_style(), E'</style></head><body>\n<h1>Customer metrics</h1>\n'
    '<p class="lead">Of the views in schema ', retention.report_escape(target_schema, 100::integer),
    E'. In brackets: 95% intervals. Dashed, hollow and pale: months that are not over yet.</p>\n',
    retention.report_body(target_schema, views),
    '<footer>PostgreSQL extension retention ', retention.report_escape((SELECT w.extension_version FROM retention.retention_version() AS w), 100::integer),
    E'. Every number can be read in the views named above, with its definition as a comment.</footer>\n</body></html>\n');
END $$;
COMMENT ON FUNCTION report_html(text) IS
  'one HTML page about the views that the create_..._views functions created in a schema: charts, numbers and definitions, without scripts and without anything from the network';
