--
-- report: report_html(), one page about the views in a schema. doc/bi.md
--
-- report_svg.sql has the elements, report_charts.sql the charts, report_sections.sql the
-- sections; here the views are read and the page is put together.
--

CREATE FUNCTION report_read(target_schema text, views text[], view_name text, in_order text) RETURNS jsonb
  LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  rows_json jsonb;
BEGIN
  IF view_name = ANY (views) THEN
    EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY %s), ''[]'') FROM %I.%I AS v', in_order, target_schema, view_name)
    INTO rows_json;
  END IF;
  RETURN rows_json;
END $$;
COMMENT ON FUNCTION report_read(text, text[], text, text) IS 'internal to report_html: the rows of a view; NULL if it is not one of the views';

CREATE FUNCTION report_best_leads(target_schema text, views text[]) RETURNS jsonb
  LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  result jsonb;
BEGIN
  IF 'lead_scores' = ANY (views) THEN
    EXECUTE format($query$
      WITH lead AS MATERIALIZED (SELECT lead_id::text AS lead_id, score, fit, engagement, label, qualified, reasons FROM %I.lead_scores)
      SELECT jsonb_build_object(
        'leads', (SELECT count(*) FROM lead),
        'qualified', (SELECT CASE WHEN count(qualified) > 0 THEN count(*) FILTER (WHERE qualified) END FROM lead),
        'best', (SELECT coalesce(jsonb_agg(to_jsonb(b) ORDER BY b.score DESC, b.lead_id), '[]')
                 FROM (SELECT * FROM lead ORDER BY score DESC, lead_id LIMIT 15) AS b))
      $query$, target_schema)
    INTO result;
  END IF;
  RETURN result;
END $$;
COMMENT ON FUNCTION report_best_leads(text, text[]) IS 'internal to report_html: the best rows of lead_scores and how many there are; NULL if it is not one of the views';

-- The last line of the comment only says who created the view.
CREATE FUNCTION report_definition(target_schema text, view_name text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce(regexp_replace(obj_description(c.oid, 'pg_class'), E'\n[^\n]*$', ''), '')
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = target_schema AND c.relname = view_name);
COMMENT ON FUNCTION report_definition(text, text) IS 'internal to report_html: the definition of a view, from its comment';

CREATE FUNCTION report_tile(heading text, value_markup text, detail_markup text) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN coalesce('<div class="tile"><div class="what">' || heading || '</div><div class="big">' || value_markup || '</div><div class="detail">'
    || detail_markup || E'</div></div>\n', '');
COMMENT ON FUNCTION report_tile(text, text, text) IS 'internal to report_html: one number at the top of the page; nothing if it is not known';

-- The numbers of the last month that is over.
CREATE FUNCTION report_tiles(nps jsonb, lifecycle jsonb, bridge jsonb, over_year jsonb, leads jsonb) RETURNS text
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  n jsonb := retention.report_last_complete(nps);
  l jsonb := retention.report_last_complete(lifecycle);
  b jsonb := retention.report_last_complete(bridge);
  t jsonb := retention.report_last_complete(over_year);
BEGIN
  RETURN '<div class="tiles">'
    || retention.report_tile('Net Promoter Score', retention.report_number((n ->> 'nps')::numeric, 1),
         retention.report_month_of(n) || ' (' || retention.report_interval(n, 'ci_low', 'ci_high', '') || ')')
    || retention.report_tile('Active customers', retention.report_number((l ->> 'active_customers')::numeric),
         retention.report_month_of(l) || ', ' || retention.report_number((l ->> 'new_customers')::numeric) || ' new')
    || retention.report_tile('MRR', retention.report_money((b ->> 'ending_mrr')::numeric, (b ->> 'ending_mrr')::numeric),
         'end of ' || retention.report_month_of(b) || ', ' || retention.report_signed((b ->> 'ending_mrr')::numeric - (b ->> 'starting_mrr')::numeric))
    || retention.report_tile('Customer churn', retention.report_percent((b ->> 'customer_churn_rate')::double precision),
         retention.report_month_of(b) || ' (' || retention.report_interval(b, 'customer_churn_ci_low', 'customer_churn_ci_high', 'percent') || ')')
    || retention.report_tile('Net revenue retention', retention.report_percent((t ->> 'net_revenue_retention')::double precision),
         '12 months to ' || retention.report_month_of(t))
    || retention.report_tile('Qualified leads', retention.report_number((leads ->> 'qualified')::numeric),
         'of ' || retention.report_number((leads ->> 'leads')::numeric))
    || E'</div>\n';
END $$;
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

CREATE FUNCTION report_html(target_schema text) RETURNS text
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  views text[];
  nps jsonb;
  csat jsonb;
  ces jsonb;
  lifecycle jsonb;
  bridge jsonb;
  over_year jsonb;
  leads jsonb;
  body text;
BEGIN
  PERFORM retention.internal_check_schema(target_schema);
  views := ARRAY(SELECT o.view_name FROM unnest('{survey,retention,revenue,leads}'::text[]) AS c,
                   LATERAL retention.internal_own_views(target_schema, c) AS o);
  IF NOT views && '{nps_monthly,csat_monthly,ces_monthly,cohort_retention_monthly,average_retention_monthly,lifecycle_monthly,mrr_bridge_monthly,trailing_retention_monthly,lead_scores}' THEN
    RAISE EXCEPTION USING
      ERRCODE = 'invalid_schema_name',
      MESSAGE = format('schema %I has none of the views that a report is made of', target_schema),
      HINT = 'create_survey_views(), create_retention_views(), create_revenue_views() and create_lead_views() create them.';
  END IF;
  nps := retention.report_read(target_schema, views, 'nps_monthly', 'v.period_start');
  csat := retention.report_read(target_schema, views, 'csat_monthly', 'v.period_start');
  ces := retention.report_read(target_schema, views, 'ces_monthly', 'v.period_start');
  lifecycle := retention.report_read(target_schema, views, 'lifecycle_monthly', 'v.period_start');
  bridge := retention.report_read(target_schema, views, 'mrr_bridge_monthly', 'v.period_start');
  over_year := retention.report_read(target_schema, views, 'trailing_retention_monthly', 'v.period_start');
  leads := retention.report_best_leads(target_schema, views);
  -- a section is NULL where its view is
  body := concat(
    retention.report_nps(nps, retention.report_definition(target_schema, 'nps_monthly')),
    retention.report_top_box(csat, retention.report_definition(target_schema, 'csat_monthly'), 'csat', 'Customer satisfaction', 'csat_share', 'satisfied_responses'),
    retention.report_top_box(ces, retention.report_definition(target_schema, 'ces_monthly'), 'ces', 'Customer effort', 'easy_share', 'easy_responses'),
    retention.report_lifecycle(lifecycle, retention.report_definition(target_schema, 'lifecycle_monthly')),
    retention.report_cohorts(retention.report_read(target_schema, views, 'cohort_retention_monthly', 'v.cohort_start, v.period_number'),
      retention.report_definition(target_schema, 'cohort_retention_monthly')),
    retention.report_average(retention.report_read(target_schema, views, 'average_retention_monthly', 'v.period_number'),
      retention.report_definition(target_schema, 'average_retention_monthly')),
    retention.report_bridge(bridge, retention.report_definition(target_schema, 'mrr_bridge_monthly')),
    retention.report_churn(bridge, retention.report_definition(target_schema, 'mrr_bridge_monthly')),
    retention.report_trailing(over_year, retention.report_definition(target_schema, 'trailing_retention_monthly')),
    retention.report_leads(leads -> 'best', leads, retention.report_definition(target_schema, 'lead_scores')));
  RETURN concat(
    E'<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"/><title>Customer metrics: ', retention.report_escape(target_schema),
    '</title><style>', retention.report_style(), E'</style></head><body>\n<h1>Customer metrics</h1>\n'
    '<p class="lead">Of the views in schema ', retention.report_escape(target_schema),
    E'. In brackets: 95% intervals. Dashed, hollow and pale: months that are not over yet.</p>\n',
    retention.report_tiles(nps, lifecycle, bridge, over_year, leads),
    body,
    '<footer>PostgreSQL extension retention ', retention.report_escape((SELECT w.extension_version FROM retention.retention_version() AS w)),
    E'. Every number can be read in the views named above, with its definition as a comment.</footer>\n</body></html>\n');
END $$;
COMMENT ON FUNCTION report_html(text) IS
  'one HTML page about the views that the create_..._views functions created in a schema: charts, numbers and definitions, without scripts and without anything from the network';
