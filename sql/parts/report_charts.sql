--
-- report: the charts of report_html(). They know nothing of views: they draw what they are
-- given, on the elements of report_svg.sql. How much that is, is the caller's business.
--

CREATE FUNCTION report_xs(frame report_frame, places integer) RETURNS double precision[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ARRAY(SELECT retention.report_x(frame, i, places) FROM generate_series(1, places) AS i ORDER BY i);
COMMENT ON FUNCTION report_xs(report_frame, integer) IS 'internal to report_html: middles of all places on the horizontal axis';

CREATE FUNCTION report_ys(frame report_frame, vals double precision[]) RETURNS double precision[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ARRAY(SELECT retention.report_y(frame, u.v) FROM unnest(vals) WITH ORDINALITY AS u(v, i) ORDER BY u.i);
COMMENT ON FUNCTION report_ys(report_frame, double precision[]) IS 'internal to report_html: heights of values in a chart';

-- What belongs to periods that are not over yet is dashed and hollow.
CREATE FUNCTION report_line_of(frame report_frame, xs double precision[], s report_series, axis report_axis, unit text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce(retention.report_polyline(xs[:f.first_open - 1], f.ys[:f.first_open - 1], 'line line' || (s).style::text), '')
           || CASE WHEN f.first_open BETWEEN 2 AND cardinality(xs)
                   THEN coalesce(retention.report_polyline(xs[f.first_open - 1 :], f.ys[f.first_open - 1 :], 'line unfinished line' || (s).style::text), '')
                   ELSE '' END
           || (SELECT coalesce(string_agg(
                 retention.report_marker(xs[i], f.ys[i], (s).style, coalesce((axis).is_open[i], false),
                   concat_ws(' ', (axis).labels[i], '&#183;', (s).name, retention.report_value((s).vals[i], unit),
                     CASE WHEN (s).lows[i] IS NOT NULL AND (s).highs[i] IS NOT NULL
                       THEN '(' || retention.report_value((s).lows[i], unit) || ' to ' || retention.report_value((s).highs[i], unit) || ')' END)),
                 '' ORDER BY i), '')
               FROM generate_series(1, cardinality(xs)) AS i
               WHERE (s).vals[i] IS NOT NULL)
    FROM (SELECT coalesce(array_position((axis).is_open, true), cardinality(xs) + 1) AS first_open,
                 retention.report_ys(frame, (s).vals) AS ys) AS f);
COMMENT ON FUNCTION report_line_of(report_frame, double precision[], report_series, report_axis, text) IS
  'internal to report_html: one line of a line chart, with its markers';

-- The last value of each line whose period is over, at the right edge; labels keep 13 units apart.
CREATE FUNCTION report_end_values(frame report_frame, series report_series[], axis report_axis, unit text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce(string_agg(
      retention.report_text((frame).x_right + 6, greatest(p.y, p.pushed) + 4, 'start'::text, 'value line' || p.style::text,
        retention.report_value(p.value, unit)), '' ORDER BY p.nth), '')
    FROM (SELECT n.*, 13 * n.nth + max(n.y - 13 * n.nth) OVER (ORDER BY n.nth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS pushed
          FROM (SELECT e.*, row_number() OVER (ORDER BY e.y, e.style) AS nth
                FROM (SELECT s.style, l.value, retention.report_y(frame, l.value) AS y
                      FROM unnest(series) AS s(name, style, vals, lows, highs),
                           LATERAL (SELECT u.v AS value FROM unnest(s.vals) WITH ORDINALITY AS u(v, i)
                                    WHERE u.v IS NOT NULL AND NOT coalesce((axis).is_open[u.i], false) ORDER BY u.i DESC LIMIT 1) AS l) AS e) AS n) AS p);
COMMENT ON FUNCTION report_end_values(report_frame, report_series[], report_axis, text) IS
  'internal to report_html: the last values of a line chart';

CREATE FUNCTION report_count_bars(
  frame report_frame,
  counts double precision[],
  axis report_axis,
  count_title text,
  y_top double precision,
  height double precision
) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_text((frame).x_left - 6, y_top + height, 'end'::text, 'tick'::text, count_title)
      || coalesce(string_agg(
           retention.report_bar(b.x - 0.35::double precision * l.width, y_top + height - b.tall, 0.7::double precision * l.width, b.tall,
             'class="count' || CASE WHEN (axis).is_open[b.i] THEN ' faint' ELSE '' END || '"',
             coalesce((axis).labels[b.i], '') || ' &#183; ' || retention.report_number(counts[b.i]::numeric, 0))
           || retention.report_text(b.x, y_top + height - b.tall - 3, 'middle'::text, 'small'::text,
                retention.report_short(counts[b.i]::numeric, l.largest::numeric)), '' ORDER BY b.i), '')
      || retention.report_line((frame).x_left, y_top + height, (frame).x_right, y_top + height, 'grid'::text)
    FROM (SELECT greatest((SELECT max(c) FROM unnest(counts) AS c), 1) AS largest,
                 ((frame).x_right - (frame).x_left) / cardinality(counts) AS width) AS l
         LEFT JOIN LATERAL (SELECT i, retention.report_x(frame, i, cardinality(counts)) AS x,
                                   greatest(counts[i], 0) / l.largest * (height - 12) AS tall
                            FROM generate_series(1, cardinality(counts)) AS i
                            WHERE counts[i] IS NOT NULL) AS b ON true
    GROUP BY l.largest, l.width);
COMMENT ON FUNCTION report_count_bars(report_frame, double precision[], report_axis, text, double precision, double precision) IS
  'internal to report_html: bars below a line chart that say how many stand behind each value';

-- marks: what is written above the places of the first series
CREATE FUNCTION report_marks(frame report_frame, xs double precision[], s report_series, marks text[]) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN (
    SELECT coalesce(string_agg(
      retention.report_text(xs[m.i], greatest(retention.report_y(frame, coalesce((s).highs[m.i], (s).vals[m.i])) - 5, 44), 'middle'::text, 'note'::text, m.mark),
      '' ORDER BY m.i), '')
    FROM unnest(marks) WITH ORDINALITY AS m(mark, i)
    WHERE m.mark IS NOT NULL AND coalesce((s).highs[m.i], (s).vals[m.i]) IS NOT NULL);
COMMENT ON FUNCTION report_marks(report_frame, double precision[], report_series, text[]) IS 'internal to report_html: marks above the values of a line';

-- unit: percent, or empty for plain numbers. The axis includes the baseline.
-- marks: what is written above a place. counts: bars below the chart, if any.
CREATE FUNCTION report_line_chart(
  id text,
  title text,
  description_markup text,
  axis report_axis,
  value_title text,
  unit text,
  baseline double precision,
  series report_series[],
  marks text[],
  counts double precision[],
  count_title text
) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN (
    SELECT retention.report_svg(id, f.bottom + 22, title, description_markup,
      retention.report_text(0::double precision, 12::double precision, 'start'::text, 'caption'::text, value_title)
      || retention.report_legend(series, 'line'::text, 52::double precision, 32::double precision)
      || retention.report_value_axis(f.frame, f.ticks, unit, baseline)
      || (SELECT string_agg(coalesce(retention.report_band(f.xs, retention.report_ys(f.frame, s.lows), retention.report_ys(f.frame, s.highs),
                                                           'band line' || s.style::text), ''), '' ORDER BY s.place)
          FROM unnest(series) WITH ORDINALITY AS s(name, style, vals, lows, highs, place))
      || (SELECT string_agg(coalesce(retention.report_line_of(f.frame, f.xs, series[i], axis, unit), ''), '' ORDER BY i)
          FROM generate_series(1, cardinality(series)) AS i)
      || retention.report_end_values(f.frame, series, axis, unit)
      || retention.report_marks(f.frame, f.xs, series[1], marks)
      || CASE WHEN counts IS NULL THEN '' ELSE retention.report_count_bars(f.frame, counts, axis, count_title, 262::double precision, 36::double precision) END
      || retention.report_place_axis(f.frame, axis, f.bottom))
    FROM (SELECT t.ticks, t.frame, retention.report_xs(t.frame, cardinality((axis).labels)) AS xs,
                 CASE WHEN counts IS NULL THEN 252 ELSE 312 END::double precision AS bottom
          FROM (SELECT r.ticks, retention.report_frame(52::double precision, 686::double precision, 48::double precision, 236::double precision, r.ticks) AS frame
                FROM (SELECT retention.report_ticks(
                               least(baseline, (SELECT min(v) FROM unnest(series) AS s(name, style, vals, lows, highs), LATERAL unnest(s.vals || s.lows) AS v)),
                               greatest(baseline, (SELECT max(v) FROM unnest(series) AS s(name, style, vals, lows, highs), LATERAL unnest(s.vals || s.highs) AS v)),
                               5) AS ticks OFFSET 0) AS r OFFSET 0) AS t OFFSET 0) AS f);
COMMENT ON FUNCTION report_line_chart(text, text, text, report_axis, text, text, double precision, report_series[], text[], double precision[], text) IS
  'internal to report_html: lines with their intervals over time';

-- Each value of each series stands on those of the series before it.
CREATE FUNCTION report_stacked_bars(frame report_frame, series report_series[], axis report_axis) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce(string_agg(
      retention.report_filled_bar(retention.report_x(frame, b.i, b.places) - 0.36::double precision * w.width,
        retention.report_y(frame, CASE WHEN b.v > 0 THEN b.up ELSE b.down - b.v END), 0.72::double precision * w.width,
        retention.report_y(frame, 0::double precision) - retention.report_y(frame, abs(b.v)), b.style, coalesce((axis).is_open[b.i], false),
        coalesce((axis).labels[b.i], '') || ' &#183; ' || b.name || ' ' || retention.report_signed(b.v::numeric, 0)), '' ORDER BY b.place, b.i), '')
    FROM (SELECT s.name, s.style, s.place, p.i, cardinality((axis).labels) AS places, s.vals[p.i] AS v,
                 sum(greatest(s.vals[p.i], 0)) OVER (PARTITION BY p.i ORDER BY s.place) AS up,
                 sum(least(s.vals[p.i], 0)) OVER (PARTITION BY p.i ORDER BY s.place) AS down
          FROM unnest(series) WITH ORDINALITY AS s(name, style, vals, lows, highs, place),
               LATERAL generate_series(1, cardinality((axis).labels)) AS p(i)) AS b,
         LATERAL (SELECT ((frame).x_right - (frame).x_left) / b.places AS width) AS w
    WHERE b.v <> 0);
COMMENT ON FUNCTION report_stacked_bars(report_frame, report_series[], report_axis) IS 'internal to report_html: the bars of a stacked chart';

-- Values above zero are stacked upwards, those below zero downwards.
CREATE FUNCTION report_stacked_chart(
  id text,
  title text,
  description_markup text,
  axis report_axis,
  value_title text,
  series report_series[]
) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN (
    SELECT retention.report_svg(id, 306::double precision, title, description_markup,
      retention.report_text(0::double precision, 12::double precision, 'start'::text, 'caption'::text, value_title)
      || retention.report_legend(series, 'bar'::text, 52::double precision, 32::double precision)
      || retention.report_value_axis(f.frame, f.ticks, ''::text, NULL::double precision)
      || retention.report_stacked_bars(f.frame, series, axis)
      || retention.report_line((f.frame).x_left, retention.report_y(f.frame, 0::double precision), (f.frame).x_right, retention.report_y(f.frame, 0::double precision), 'base'::text)
      || retention.report_place_axis(f.frame, axis, 284::double precision))
    FROM (SELECT t.ticks, retention.report_frame(52::double precision, 754::double precision, 48::double precision, 268::double precision, t.ticks) AS frame
          FROM (SELECT retention.report_ticks(coalesce(min(h.down), 0), coalesce(max(h.up), 0), 6) AS ticks
                FROM (SELECT sum(least(s.vals[i], 0)) AS down, sum(greatest(s.vals[i], 0)) AS up
                      FROM generate_series(1, cardinality((axis).labels)) AS i, unnest(series) AS s(name, style, vals, lows, highs)
                      GROUP BY i) AS h OFFSET 0) AS t OFFSET 0) AS f);
COMMENT ON FUNCTION report_stacked_chart(text, text, text, report_axis, text, report_series[]) IS
  'internal to report_html: stacked bars over time';

-- The first and the last bar stand on zero, those between begin where the one before ended.
CREATE FUNCTION report_waterfall_bars(frame report_frame, labels text[], styles integer[], amounts numeric[], levels numeric[]) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT string_agg(
      retention.report_filled_bar(b.x - 0.34::double precision * b.width, least(b.y, b.y_before), 0.68::double precision * b.width, abs(b.y - b.y_before),
        styles[b.i], false, labels[b.i] || ' &#183; ' || retention.report_number(amounts[b.i], 2))
      || retention.report_text(b.x, least(b.y, b.y_before) - 5, 'middle'::text, 'value'::text,
           CASE WHEN b.i NOT IN (1, b.places) AND amounts[b.i] > 0 THEN '+' ELSE '' END || retention.report_money(amounts[b.i], b.largest))
      || retention.report_text(b.x, 286::double precision, 'middle'::text, 'legend'::text, labels[b.i])
      || CASE WHEN b.i < b.places
           THEN retention.report_line(b.x + 0.34::double precision * b.width, b.y, b.x + 0.66::double precision * b.width, b.y, 'join'::text) ELSE '' END,
      '' ORDER BY b.i)
    FROM (SELECT i, c.places, c.largest, c.width, retention.report_x(frame, i, c.places) AS x,
                 retention.report_y(frame, levels[i]::double precision) AS y,
                 retention.report_y(frame, CASE WHEN i IN (1, c.places) THEN 0 ELSE levels[i - 1] END::double precision) AS y_before
          FROM (SELECT cardinality(amounts) AS places, ((frame).x_right - (frame).x_left) / cardinality(amounts) AS width,
                       (SELECT max(abs(l)) FROM unnest(levels) AS l) AS largest) AS c,
               LATERAL generate_series(1, c.places) AS i) AS b);
COMMENT ON FUNCTION report_waterfall_bars(report_frame, text[], integer[], numeric[], numeric[]) IS 'internal to report_html: the bars of a waterfall';

CREATE FUNCTION report_waterfall(
  id text,
  title text,
  description_markup text,
  value_title text,
  labels text[],
  styles integer[],
  amounts numeric[]
) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_svg(id, 296::double precision, title, description_markup,
      retention.report_text(0::double precision, 12::double precision, 'start'::text, 'caption'::text, value_title)
      || retention.report_value_axis(f.frame, f.ticks, ''::text, 0::double precision)
      || retention.report_waterfall_bars(f.frame, labels, styles, amounts, f.levels))
    FROM (SELECT t.levels, t.ticks, retention.report_frame(52::double precision, 754::double precision, 40::double precision, 270::double precision, t.ticks) AS frame
          FROM (SELECT l.levels, retention.report_ticks((SELECT least(0, min(v)) FROM unnest(l.levels) AS v)::double precision,
                                                        (SELECT greatest(0, max(v)) FROM unnest(l.levels) AS v)::double precision, 5) AS ticks
                FROM (SELECT array_agg(s.level ORDER BY s.i) AS levels
                      FROM (SELECT i, CASE WHEN i = cardinality(amounts) THEN amounts[i] ELSE sum(amounts[i]) OVER (ORDER BY i) END AS level
                            FROM generate_series(1, cardinality(amounts)) AS i) AS s) AS l OFFSET 0) AS t OFFSET 0) AS f);
COMMENT ON FUNCTION report_waterfall(text, text, text, text, text[], integer[], numeric[]) IS
  'internal to report_html: from one amount to another, step by step';

-- One hue, from light to dark; lightness alone tells values apart.
CREATE FUNCTION report_shade(share double precision) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT '#' || string_agg(lpad(to_hex(round(CASE WHEN share < 0.5 THEN c.light + (c.middle - c.light) * 2 * share
                                               ELSE c.middle + (c.dark - c.middle) * (2 * share - 1) END)::integer), 2, '0'), '' ORDER BY c.place)
    FROM (VALUES (1, 242, 107, 8), (2, 247, 174, 48), (3, 252, 214, 107)) AS c(place, light, middle, dark));
COMMENT ON FUNCTION report_shade(double precision) IS 'internal to report_html: colour of 0..1 in a heat map';

-- Ink turns white where the shade is dark: the contrast is at least 4.4 to 1 everywhere.
CREATE FUNCTION report_heat_cell(
  x double precision,
  y double precision,
  width double precision,
  rate double precision,
  scale double precision,
  is_complete boolean,
  tip_markup text
) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN retention.report_bar(x + 0.5, y, width - 1, 18::double precision,
      CASE WHEN rate IS NULL THEN 'fill="#f2f2f2"'
           WHEN is_complete THEN 'fill="' || retention.report_shade(greatest(least(rate / scale, 1), 0)) || '"'
           ELSE 'class="unfinished-cell"' END, tip_markup)
    || retention.report_text(x + width / 2, y + 13, 'middle'::text,
         CASE WHEN is_complete AND rate / scale >= 0.7 THEN 'cell light' WHEN is_complete THEN 'cell' ELSE 'cell unfinished' END,
         CASE WHEN rate IS NULL THEN '&#183;' ELSE retention.report_number(100 * rate::numeric, 0) END);
COMMENT ON FUNCTION report_heat_cell(double precision, double precision, double precision, double precision, double precision, boolean, text) IS
  'internal to report_html: a cell of a heat map';

-- The lines of a heat map, of which the first is 32 units from the top.
CREATE FUNCTION report_heat_lines(cells jsonb, scale double precision, width double precision) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce(string_agg(
      CASE WHEN c.period_number = 0
        THEN retention.report_text(0::double precision, c.y + 13, 'start'::text, 'tick'::text, retention.report_month(c.cohort_start))
          || retention.report_text(112::double precision, c.y + 13, 'end'::text, 'tick'::text, retention.report_number(c.cohort_size, 0)) ELSE '' END
      || retention.report_heat_cell(120 + c.period_number * width, c.y, width, c.retention_rate, scale, c.is_complete,
           retention.report_month(c.cohort_start) || ', month ' || c.period_number::text || ': '
           || retention.report_number(c.retained, 0) || ' of ' || retention.report_number(c.cohort_size, 0)),
      '' ORDER BY c.cohort_start, c.period_number), '')
    FROM (SELECT (r.line ->> 'cohort_start')::date AS cohort_start, (r.line ->> 'period_number')::integer AS period_number,
                 (r.line ->> 'cohort_size')::numeric AS cohort_size, (r.line ->> 'retained')::numeric AS retained,
                 retention.report_measure(r.line ->> 'retention_rate') AS retention_rate,
                 coalesce((r.line ->> 'is_complete')::boolean, true) AS is_complete,
                 13 + 19 * dense_rank() OVER (ORDER BY (r.line ->> 'cohort_start')::date)::double precision AS y
          FROM jsonb_array_elements(cells) AS r(line)) AS c);
COMMENT ON FUNCTION report_heat_lines(jsonb, double precision, double precision) IS 'internal to report_html: the cohorts of a heat map';

-- cells: rows of cohort_retention. Shades go from 0 to the highest complete rate after the
-- first period, which is 100 % by definition. A period that is not over yet has no shade.
CREATE FUNCTION report_heat_map(id text, title text, description_markup text, cells jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT retention.report_svg(id, w.bottom + 12, title, description_markup,
      retention.report_text(0::double precision, 26::double precision, 'start'::text, 'caption'::text, 'cohort'::text)
      || retention.report_text(112::double precision, 26::double precision, 'end'::text, 'caption'::text, 'customers'::text)
      || retention.report_text(120::double precision, 10::double precision, 'start'::text, 'caption'::text, 'retained in % of the cohort, by months since its first month'::text)
      || (SELECT string_agg(retention.report_text(120 + (n + 0.5::double precision) * w.width, 26::double precision, 'middle'::text, 'tick'::text, n::text), '' ORDER BY n)
          FROM generate_series(0, w.columns - 1) AS n)
      || retention.report_heat_lines(cells, w.scale, w.width)
      || (SELECT string_agg(retention.report_heat_cell(120 + 44 * i, w.bottom - 12, 44::double precision, w.scale * i / 5, w.scale, true, 'shade'::text), '' ORDER BY i)
          FROM generate_series(0, 5) AS i)
      || retention.report_text(112::double precision, w.bottom + 1, 'end'::text, 'legend'::text, 'shades'::text)
      || retention.report_heat_cell(420::double precision, w.bottom - 12, 26::double precision, w.scale / 2, w.scale, false, 'not over yet'::text)
      || retention.report_text(452::double precision, w.bottom + 1, 'start'::text, 'legend'::text, 'month not over yet: will still rise'::text)
      || retention.report_text(664::double precision, w.bottom + 1, 'start'::text, 'legend'::text, '&#183; no figure'::text))
    FROM (SELECT m.columns, least(44, 640.0::double precision / m.columns) AS width, 53 + 19 * m.cohorts::double precision AS bottom,
                 (SELECT max(t) FROM unnest(retention.report_ticks(0::double precision, coalesce(m.highest, 1), 5)) AS t)::double precision AS scale
          FROM (SELECT 1 + max((r.line ->> 'period_number')::integer) AS columns, count(DISTINCT r.line ->> 'cohort_start') AS cohorts,
                       max(retention.report_measure(r.line ->> 'retention_rate'))
                         FILTER (WHERE (r.line ->> 'period_number')::integer > 0 AND (r.line ->> 'is_complete')::boolean) AS highest
                FROM jsonb_array_elements(cells) AS r(line)) AS m OFFSET 0) AS w);
COMMENT ON FUNCTION report_heat_map(text, text, text, jsonb) IS 'internal to report_html: cohorts by age';
