--
-- report: the charts of report_html(). They know nothing of views: they draw what they are
-- given, on the elements of report_svg.sql.
--

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
  marks text[] DEFAULT NULL,
  counts double precision[] DEFAULT NULL,
  count_title text DEFAULT NULL
) RETURNS text
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  places integer := cardinality(axis.labels);
  lowest double precision := baseline;
  highest double precision := baseline;
  ticks numeric[];
  frame retention.report_frame;
  xs double precision[];
  s retention.report_series;
  y double precision;
  bottom double precision := 252;
  body text;
BEGIN
  FOREACH s IN ARRAY series LOOP
    lowest := least(lowest, (SELECT min(v) FROM unnest(s.vals || s.lows) AS v));
    highest := greatest(highest, (SELECT max(v) FROM unnest(s.vals || s.highs) AS v));
  END LOOP;
  ticks := retention.report_ticks(lowest, highest);
  frame := retention.report_frame(52, 686, 48, 236, ticks);
  xs := ARRAY(SELECT retention.report_x(frame, i, places) FROM generate_series(1, places) AS i);

  body := retention.report_text(0, 12, 'start', 'caption', value_title)
    || retention.report_legend(series, 'line', 52, 32)
    || retention.report_value_axis(frame, ticks, unit, baseline);
  FOREACH s IN ARRAY series LOOP
    body := body || coalesce(retention.report_band(xs,
      ARRAY(SELECT retention.report_y(frame, v) FROM unnest(s.lows) WITH ORDINALITY AS u(v, i) ORDER BY i),
      ARRAY(SELECT retention.report_y(frame, v) FROM unnest(s.highs) WITH ORDINALITY AS u(v, i) ORDER BY i),
      'band line' || s.style), '');
  END LOOP;
  FOREACH s IN ARRAY series LOOP
    body := body || retention.report_line_of(frame, xs, s, axis, unit);
  END LOOP;
  body := body || retention.report_end_values(frame, series, axis, unit);

  FOR i IN 1 .. coalesce(cardinality(marks), 0) LOOP
    y := retention.report_y(frame, coalesce(series[1].highs[i], series[1].vals[i]));
    body := body || coalesce(retention.report_text(xs[i], greatest(y - 5, 44), 'middle', 'note', marks[i]), '');
  END LOOP;

  IF counts IS NOT NULL THEN
    body := body || retention.report_count_bars(frame, counts, axis, count_title, 262, 36);
    bottom := 312;
  END IF;
  RETURN retention.report_svg(id, bottom + 22, title, description_markup,
    body || retention.report_place_axis(frame, axis, bottom));
END $$;
COMMENT ON FUNCTION report_line_chart(text, text, text, report_axis, text, text, double precision, report_series[], text[], double precision[], text) IS
  'internal to report_html: lines with their intervals over time';

CREATE FUNCTION report_value(value double precision, unit text) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE WHEN unit = 'percent' THEN retention.report_percent(value) ELSE retention.report_number(value::numeric, 1) END;
COMMENT ON FUNCTION report_value(double precision, text) IS 'internal to report_html: a value of a line chart in words';

-- What belongs to periods that are not over yet is dashed and hollow.
CREATE FUNCTION report_line_of(frame report_frame, xs double precision[], s report_series, axis report_axis, unit text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  places integer := cardinality(xs);
  first_open integer := coalesce(array_position(axis.is_open, true), places + 1);
  ys double precision[] := ARRAY(SELECT retention.report_y(frame, v) FROM unnest(s.vals) WITH ORDINALITY AS u(v, i) ORDER BY i);
  body text;
BEGIN
  body := coalesce(retention.report_polyline(xs[:first_open - 1], ys[:first_open - 1], 'line line' || s.style), '');
  IF first_open BETWEEN 2 AND places THEN
    body := body || retention.report_polyline(xs[first_open - 1 :], ys[first_open - 1 :], 'line unfinished line' || s.style);
  END IF;
  FOR i IN 1 .. places LOOP
    CONTINUE WHEN s.vals[i] IS NULL;
    body := body || retention.report_marker(xs[i], ys[i], s.style, coalesce(axis.is_open[i], false),
      concat_ws(' ', axis.labels[i], '&#183;', s.name, retention.report_value(s.vals[i], unit),
        CASE WHEN s.lows[i] IS NOT NULL AND s.highs[i] IS NOT NULL
          THEN '(' || retention.report_value(s.lows[i], unit) || ' to ' || retention.report_value(s.highs[i], unit) || ')' END));
  END LOOP;
  RETURN body;
END $$;
COMMENT ON FUNCTION report_line_of(report_frame, double precision[], report_series, report_axis, text) IS
  'internal to report_html: one line of a line chart, with its markers';

-- The last value of each line whose period is over, at the right edge; labels keep 13 units apart.
CREATE FUNCTION report_end_values(frame report_frame, series report_series[], axis report_axis, unit text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  last record;
  y double precision;
  lowest double precision := '-Infinity';
  body text := '';
BEGIN
  FOR last IN
    SELECT e.style, e.name, e.value, retention.report_y(frame, e.value) AS y
    FROM unnest(series) AS s,
         LATERAL (SELECT s.style, s.name, v AS value FROM unnest(s.vals) WITH ORDINALITY AS u(v, i)
                  WHERE v IS NOT NULL AND NOT coalesce(axis.is_open[i], false) ORDER BY i DESC LIMIT 1) AS e
    ORDER BY 4, 1
  LOOP
    y := greatest(last.y, lowest + 13);
    body := body || retention.report_text(frame.x_right + 6, y + 4, 'start', 'value line' || last.style,
      retention.report_value(last.value, unit));
    lowest := y;
  END LOOP;
  RETURN body;
END $$;
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
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  places integer := cardinality(counts);
  largest double precision := greatest((SELECT max(c) FROM unnest(counts) AS c), 1);
  width double precision := (frame.x_right - frame.x_left) / places;
  tall double precision;
  body text := retention.report_text(frame.x_left - 6, y_top + height, 'end', 'tick', count_title);
BEGIN
  FOR i IN 1 .. places LOOP
    CONTINUE WHEN counts[i] IS NULL;
    tall := counts[i] / largest * (height - 12);
    body := body
      || retention.report_bar(retention.report_x(frame, i, places) - 0.35 * width, y_top + height - tall, 0.7 * width, tall,
           'class="count' || CASE WHEN axis.is_open[i] THEN ' faint' ELSE '' END || '"',
           axis.labels[i] || ' &#183; ' || retention.report_number(counts[i]::numeric))
      || retention.report_text(retention.report_x(frame, i, places), y_top + height - tall - 3, 'middle', 'small',
           retention.report_short(counts[i]::numeric, largest::numeric));
  END LOOP;
  RETURN body || retention.report_line(frame.x_left, y_top + height, frame.x_right, y_top + height, 'grid');
END $$;
COMMENT ON FUNCTION report_count_bars(report_frame, double precision[], report_axis, text, double precision, double precision) IS
  'internal to report_html: bars below a line chart that say how many stand behind each value';

-- Values above zero are stacked upwards, those below zero downwards; totals: a line over them.
CREATE FUNCTION report_stacked_chart(
  id text,
  title text,
  description_markup text,
  axis report_axis,
  value_title text,
  series report_series[],
  totals report_series DEFAULT NULL
) RETURNS text
  LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  places integer := cardinality(axis.labels);
  ups double precision[] := array_fill(0::double precision, ARRAY[places]);
  downs double precision[] := ups;
  ticks numeric[];
  frame retention.report_frame;
  s retention.report_series;
  width double precision;
  y double precision;
  height double precision;
  bars text := '';
  is_open boolean;
BEGIN
  ticks := retention.report_ticks(
    (SELECT least(0, min(t.down)) FROM generate_series(1, places) AS i,
       LATERAL (SELECT sum(least(u.vals[i], 0)) AS down FROM unnest(series) AS u) AS t),
    (SELECT greatest(0, max(t.up)) FROM generate_series(1, places) AS i,
       LATERAL (SELECT sum(greatest(u.vals[i], 0)) AS up FROM unnest(series) AS u) AS t), 6);
  frame := retention.report_frame(52, 754, 48, 268, ticks);
  width := (frame.x_right - frame.x_left) / places;
  FOREACH s IN ARRAY series LOOP
    FOR i IN 1 .. places LOOP
      CONTINUE WHEN coalesce(s.vals[i], 0) = 0;
      is_open := coalesce(axis.is_open[i], false);
      height := retention.report_y(frame, 0) - retention.report_y(frame, abs(s.vals[i]));
      IF s.vals[i] > 0 THEN
        ups[i] := ups[i] + s.vals[i];
        y := retention.report_y(frame, ups[i]);
      ELSE
        y := retention.report_y(frame, downs[i]);
        downs[i] := downs[i] + s.vals[i];
      END IF;
      bars := bars || retention.report_filled_bar(retention.report_x(frame, i, places) - 0.36 * width, y, 0.72 * width, height,
        s.style, is_open,
        axis.labels[i] || ' &#183; ' || s.name || ' ' || retention.report_signed(s.vals[i]::numeric));
    END LOOP;
  END LOOP;
  RETURN retention.report_svg(id, 306, title, description_markup,
    retention.report_text(0, 12, 'start', 'caption', value_title)
    || retention.report_legend(series, 'bar', 52, 32)
    || CASE WHEN totals.vals IS NULL THEN '' ELSE retention.report_legend(ARRAY[totals], 'line', 640, 32) END
    || retention.report_value_axis(frame, ticks, '', NULL) || bars
    || retention.report_line(frame.x_left, retention.report_y(frame, 0), frame.x_right, retention.report_y(frame, 0), 'base')
    || CASE WHEN totals.vals IS NULL THEN '' ELSE retention.report_line_of(frame,
         ARRAY(SELECT retention.report_x(frame, i, places) FROM generate_series(1, places) AS i), totals, axis, '') END
    || retention.report_place_axis(frame, axis, 284));
END $$;
COMMENT ON FUNCTION report_stacked_chart(text, text, text, report_axis, text, report_series[], report_series) IS
  'internal to report_html: stacked bars over time';

-- The first and the last bar stand on zero, those between begin where the one before ended.
CREATE FUNCTION report_waterfall(
  id text,
  title text,
  description_markup text,
  value_title text,
  labels text[],
  styles integer[],
  amounts numeric[]
) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  places integer := cardinality(amounts);
  levels numeric[] := ARRAY(SELECT CASE WHEN i = places THEN amounts[places] ELSE sum(amounts[i]) OVER (ORDER BY i) END
                            FROM generate_series(1, places) AS i ORDER BY i);
  largest numeric := (SELECT max(abs(l)) FROM unnest(levels) AS l);
  ticks numeric[] := retention.report_ticks((SELECT least(0, min(l)) FROM unnest(levels) AS l)::double precision,
                                              (SELECT greatest(0, max(l)) FROM unnest(levels) AS l)::double precision);
  frame retention.report_frame := retention.report_frame(52, 754, 40, 270, ticks);
  width double precision := (frame.x_right - frame.x_left) / places;
  x double precision;
  before numeric;
  y double precision;
  y_before double precision;
  body text;
BEGIN
  body := retention.report_text(0, 12, 'start', 'caption', value_title)
    || retention.report_value_axis(frame, ticks, '', 0);
  FOR i IN 1 .. places LOOP
    x := retention.report_x(frame, i, places);
    before := CASE WHEN i IN (1, places) THEN 0 ELSE levels[i - 1] END;
    y := retention.report_y(frame, levels[i]::double precision);
    y_before := retention.report_y(frame, before::double precision);
    body := body
      || retention.report_filled_bar(x - 0.34 * width, least(y, y_before), 0.68 * width, abs(y - y_before),
           styles[i], false, labels[i] || ' &#183; ' || retention.report_number(amounts[i], 2))
      || retention.report_text(x, least(y, y_before) - 5, 'middle', 'value',
           CASE WHEN i IN (1, places) THEN retention.report_money(amounts[i], largest)
                WHEN amounts[i] > 0 THEN '+' || retention.report_money(amounts[i], largest)
                ELSE retention.report_money(amounts[i], largest) END)
      || retention.report_text(x, 286, 'middle', 'legend', labels[i]);
    IF i < places THEN
      body := body || retention.report_line(x + 0.34 * width, y, x + 0.66 * width, y, 'join');
    END IF;
  END LOOP;
  RETURN retention.report_svg(id, 296, title, description_markup, body);
END $$;
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

-- cells: rows of cohort_retention. Shades go from 0 to the highest complete rate after the
-- first period, which is 100 % by definition. A period that is not over yet has no shade.
CREATE FUNCTION report_heat_map(id text, title text, description_markup text, cells jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  columns integer;
  scale numeric;
  width double precision;
  cell record;
  body text;
  y double precision;
  bottom double precision;
BEGIN
  SELECT 1 + max(c.period_number), max(c.retention_rate) FILTER (WHERE c.period_number > 0 AND c.is_complete)
  INTO columns, scale
  FROM jsonb_to_recordset(cells) AS c(period_number integer, retention_rate double precision, is_complete boolean);
  scale := (SELECT max(t) FROM unnest(retention.report_ticks(0, coalesce(scale, 1)::double precision)) AS t);
  width := least(44, 640.0 / columns);

  body := retention.report_text(0, 26, 'start', 'caption', 'cohort')
    || retention.report_text(112, 26, 'end', 'caption', 'customers')
    || retention.report_text(120, 10, 'start', 'caption', 'retained in % of the cohort, by months since its first month')
    || (SELECT string_agg(retention.report_text(120 + (n + 0.5) * width, 26, 'middle', 'tick', n::text), '' ORDER BY n)
        FROM generate_series(0, columns - 1) AS n);
  FOR cell IN
    SELECT c.*, dense_rank() OVER (ORDER BY c.cohort_start) AS line
    FROM jsonb_to_recordset(cells) AS c(cohort_start date, period_number integer, cohort_size bigint, retained bigint,
                                        retention_rate double precision, is_complete boolean)
    ORDER BY c.cohort_start, c.period_number
  LOOP
    y := 13 + 19 * cell.line;
    IF cell.period_number = 0 THEN
      body := body || retention.report_text(0, y + 13, 'start', 'tick', retention.report_month(cell.cohort_start))
        || retention.report_text(112, y + 13, 'end', 'tick', retention.report_number(cell.cohort_size));
    END IF;
    body := body || retention.report_heat_cell(120 + cell.period_number * width, y, width,
      cell.retention_rate, scale::double precision, cell.is_complete,
      retention.report_month(cell.cohort_start) || ', month ' || cell.period_number || ': '
      || retention.report_number(cell.retained) || ' of ' || retention.report_number(cell.cohort_size));
  END LOOP;

  bottom := y + 40;
  body := body || (
    SELECT string_agg(retention.report_heat_cell(120 + 44 * i, bottom - 12, 44, scale::double precision * i / 5,
      scale::double precision, true, 'shade'), '' ORDER BY i)
    FROM generate_series(0, 5) AS i)
    || retention.report_text(112, bottom + 1, 'end', 'legend', 'shades')
    || retention.report_heat_cell(420, bottom - 12, 26, scale::double precision / 2, scale::double precision, false, 'not over yet')
    || retention.report_text(452, bottom + 1, 'start', 'legend', 'month not over yet: will still rise')
    || retention.report_text(664, bottom + 1, 'start', 'legend', '&#183; no figure');
  RETURN retention.report_svg(id, bottom + 12, title, description_markup, body);
END $$;
COMMENT ON FUNCTION report_heat_map(text, text, text, jsonb) IS 'internal to report_html: cohorts by age';

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
  RETURN retention.report_bar(x + 0.5, y, width - 1, 18,
      CASE WHEN rate IS NULL THEN 'fill="#f2f2f2"'
           WHEN is_complete THEN 'fill="' || retention.report_shade(least(rate / scale, 1)) || '"'
           ELSE 'class="unfinished-cell"' END, tip_markup)
    || retention.report_text(x + width / 2, y + 13, 'middle',
         CASE WHEN is_complete AND rate / scale >= 0.7 THEN 'cell light' WHEN is_complete THEN 'cell' ELSE 'cell unfinished' END,
         CASE WHEN rate IS NULL THEN '&#183;' ELSE retention.report_number(100 * rate::numeric) END);
COMMENT ON FUNCTION report_heat_cell(double precision, double precision, double precision, double precision, double precision, boolean, text) IS
  'internal to report_html: a cell of a heat map';
