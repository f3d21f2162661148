--
-- report: text, SVG elements and axes of report_html(). Pure functions of their arguments.
--
-- All charts are 760 units wide. What comes from data goes through report_escape();
-- arguments named "markup" are escaped already. The page is ASCII, so that it does not
-- depend on the encoding in which a client saves it.
--
-- The bodies are SQL that is bound to its functions when they are created, so each function
-- comes after those that it calls. No argument has a default, and every argument of a call has
-- exactly the declared type: a function of the same name that somebody adds to the
-- schema is never the better match, not even when a later version replaces a body.
--

-- text ----------------------------------------------------------------------

-- The cost makes the planner call it only for the rows that a LIMIT leaves.
CREATE FUNCTION report_escape(value text, longest integer) RETURNS text
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION report_escape(text, integer) IS
  'internal to report_html: text as it is written in HTML and in attributes, all but ASCII as numeric references; an ellipsis stands for what follows the longest part that is wanted';

-- A number that would fill a line is written with its power of ten.
CREATE FUNCTION report_number(value numeric, decimals integer) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN value IS NULL THEN '&#8211;'
    WHEN value IN ('NaN', 'Infinity', '-Infinity') THEN value::text
    WHEN abs(value) >= 1000000000000000000 THEN CASE WHEN value < 0 THEN '&#8722;' ELSE '' END
         || left(trunc(abs(value))::text, 1) || '.' || substr(trunc(abs(value))::text, 2, 2)
         || 'e+' || (length(trunc(abs(value))::text) - 1)::text
    ELSE CASE WHEN round(value, decimals) < 0 THEN '&#8722;' ELSE '' END
         || regexp_replace(round(abs(value), decimals)::text, '([0-9])(?=([0-9]{3})+([.]|$))', E'\\1,', 'g')
  END;
COMMENT ON FUNCTION report_number(numeric, integer) IS
  'internal to report_html: a number of up to three decimals with thousands separators; NULL is a dash';

CREATE FUNCTION report_signed(value numeric, decimals integer) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE WHEN round(value, decimals) > 0 AND value <> 'NaN' THEN '+' ELSE '' END || retention.report_number(value, decimals);
COMMENT ON FUNCTION report_signed(numeric, integer) IS 'internal to report_html: a number with its sign';

CREATE FUNCTION report_percent(share double precision) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN retention.report_number(100 * share::numeric, 1) || CASE WHEN share IS NULL THEN '' ELSE '%' END;
COMMENT ON FUNCTION report_percent(double precision) IS 'internal to report_html: a share as a percentage';

-- What a column of a view holds, as a number that a chart can place; NULL where it cannot: NaN, infinity.
CREATE FUNCTION report_measure(value text) RETURNS double precision
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN abs(value::numeric) < 1e-300 THEN 0
              WHEN abs(value::numeric) <= 1e300 THEN value::double precision END;
COMMENT ON FUNCTION report_measure(text) IS 'internal to report_html: a number that a chart can place; NULL: none';

-- unit: percent, or empty for plain numbers
CREATE FUNCTION report_value(value double precision, unit text) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE WHEN unit = 'percent' THEN retention.report_percent(value) ELSE retention.report_number(value::numeric, 1) END;
COMMENT ON FUNCTION report_value(double precision, text) IS 'internal to report_html: a value of a line chart in words';

CREATE FUNCTION report_money(amount numeric, largest numeric) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN retention.report_number(amount, CASE WHEN largest >= 1000 THEN 0 ELSE 2 END);
COMMENT ON FUNCTION report_money(numeric, numeric) IS
  'internal to report_html: an amount, with decimals only where the largest amount beside it is small';

-- Amounts beside each other have the same unit, that of the largest.
CREATE FUNCTION report_short(value numeric, largest numeric) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN value = 0 THEN '0'
    WHEN largest >= 2000000000 THEN retention.report_number(value / 1000000000, CASE WHEN value % 1000000000 = 0 THEN 0 ELSE 1 END) || 'bn'
    WHEN largest >= 2000000 THEN retention.report_number(value / 1000000, CASE WHEN value % 1000000 = 0 THEN 0 ELSE 1 END) || 'M'
    WHEN largest >= 10000 THEN retention.report_number(value / 1000, CASE WHEN value % 1000 = 0 THEN 0 ELSE 1 END) || 'k'
    ELSE retention.report_number(value, least(3, scale(trim_scale(value))))
  END;
COMMENT ON FUNCTION report_short(numeric, numeric) IS 'internal to report_html: a number for an axis, in thousands, millions or billions';

CREATE FUNCTION report_month_name(day date) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ('{Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec}'::text[])[extract(month FROM day)::integer];
COMMENT ON FUNCTION report_month_name(date) IS 'internal to report_html: short English name of a month, whatever lc_time is';

CREATE FUNCTION report_year(day date) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN extract(year FROM day) < 0 THEN (-extract(year FROM day))::text || ' BC'
              ELSE lpad(extract(year FROM day)::text, greatest(4, length(extract(year FROM day)::text)), '0') END;
COMMENT ON FUNCTION report_year(date) IS 'internal to report_html: the year of a day, with at least four digits';

CREATE FUNCTION report_month(day date) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN retention.report_month_name(day) || ' ' || retention.report_year(day);
COMMENT ON FUNCTION report_month(date) IS 'internal to report_html: month and year';

-- what charts are made of -----------------------------------------------------

CREATE TYPE report_frame AS (
  x_left double precision,
  x_right double precision,
  y_top double precision,
  y_bottom double precision,
  low double precision,
  high double precision
);
COMMENT ON TYPE report_frame IS 'internal to report_html: where a chart plots, and the values at its lower and upper edge';

CREATE TYPE report_axis AS (
  labels text[],
  years text[],
  title text,
  is_open boolean[]
);
COMMENT ON TYPE report_axis IS
  'internal to report_html: horizontal axis; years has a year where it begins, is_open says which periods are not over yet';

CREATE TYPE report_series AS (
  name text,
  style integer,
  vals double precision[],
  lows double precision[],
  highs double precision[]
);
COMMENT ON TYPE report_series IS 'internal to report_html: values of a chart with the bounds of their intervals, and how they are drawn';

CREATE FUNCTION report_coordinate(value double precision) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN trim_scale(round(value::numeric, 1))::text;
COMMENT ON FUNCTION report_coordinate(double precision) IS 'internal to report_html: a coordinate as it is written in SVG';

CREATE FUNCTION report_y(frame report_frame, value double precision) RETURNS double precision
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (frame).y_bottom - (value - (frame).low) / ((frame).high - (frame).low) * ((frame).y_bottom - (frame).y_top);
COMMENT ON FUNCTION report_y(report_frame, double precision) IS 'internal to report_html: height of a value in a chart';

CREATE FUNCTION report_x(frame report_frame, place integer, places integer) RETURNS double precision
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (frame).x_left + (place - 0.5) * ((frame).x_right - (frame).x_left) / places;
COMMENT ON FUNCTION report_x(report_frame, integer, integer) IS 'internal to report_html: middle of a place on the horizontal axis';

CREATE FUNCTION report_text(x double precision, y double precision, anchor text, class text, markup text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '<text x="' || retention.report_coordinate(x) || '" y="' || retention.report_coordinate(y)
         || '" text-anchor="' || anchor || '" class="' || class || '">' || markup || '</text>';
COMMENT ON FUNCTION report_text(double precision, double precision, text, text, text) IS 'internal to report_html: SVG text';

CREATE FUNCTION report_line(x1 double precision, y1 double precision, x2 double precision, y2 double precision, class text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '<line x1="' || retention.report_coordinate(x1) || '" y1="' || retention.report_coordinate(y1)
         || '" x2="' || retention.report_coordinate(x2) || '" y2="' || retention.report_coordinate(y2)
         || '" class="' || class || '"/>';
COMMENT ON FUNCTION report_line(double precision, double precision, double precision, double precision, text) IS
  'internal to report_html: SVG line';

CREATE FUNCTION report_bar(
  x double precision,
  y double precision,
  width double precision,
  height double precision,
  attributes text,
  tip_markup text
) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '<rect x="' || retention.report_coordinate(x) || '" y="' || retention.report_coordinate(y)
         || '" width="' || retention.report_coordinate(width) || '" height="' || retention.report_coordinate(height)
         || '" ' || attributes || '><title>' || tip_markup || '</title></rect>';
COMMENT ON FUNCTION report_bar(double precision, double precision, double precision, double precision, text, text) IS
  'internal to report_html: SVG rectangle that says what it stands for when the mouse is on it';

-- A gap in ys is a gap in the line. What stands alone is left to its marker.
CREATE FUNCTION report_polyline(xs double precision[], ys double precision[], class text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce('<path class="' || class || '" d="' || string_agg(
             CASE WHEN p.before IS NULL THEN 'M' ELSE 'L' END || retention.report_coordinate(p.x) || ' '
             || retention.report_coordinate(p.y), '' ORDER BY p.place) || '"/>', '')
    FROM (SELECT u.x, u.y, u.place, lag(u.y) OVER (ORDER BY u.place) AS before
          FROM unnest(xs, ys) WITH ORDINALITY AS u(x, y, place)) AS p
    WHERE p.y IS NOT NULL);
COMMENT ON FUNCTION report_polyline(double precision[], double precision[], text) IS 'internal to report_html: SVG line with gaps';

-- A bound that stands alone is drawn as a stroke.
CREATE FUNCTION report_band(xs double precision[], lows double precision[], highs double precision[], class text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce(string_agg(r.path, '' ORDER BY r.first), '')
    FROM (
      SELECT min(p.place) AS first,
             '<path class="' || class || '" d="M'
             || string_agg(retention.report_coordinate(p.x - p.half) || ' ' || retention.report_coordinate(p.high)
                           || 'L' || retention.report_coordinate(p.x + p.half) || ' ' || retention.report_coordinate(p.high),
                           'L' ORDER BY p.place)
             || 'L'
             || string_agg(retention.report_coordinate(p.x + p.half) || ' ' || retention.report_coordinate(p.low)
                           || 'L' || retention.report_coordinate(p.x - p.half) || ' ' || retention.report_coordinate(p.low),
                           'L' ORDER BY p.place DESC)
             || 'Z"/>' AS path
      FROM (SELECT q.*, CASE WHEN count(*) OVER (PARTITION BY q.run) = 1 THEN 2 ELSE 0 END AS half
            FROM (SELECT u.x, u.low, u.high, u.place, u.place - row_number() OVER (ORDER BY u.place) AS run
                  FROM unnest(xs, lows, highs) WITH ORDINALITY AS u(x, low, high, place)
                  WHERE u.low IS NOT NULL AND u.high IS NOT NULL) AS q) AS p
      GROUP BY p.run) AS r);
COMMENT ON FUNCTION report_band(double precision[], double precision[], double precision[], text) IS
  'internal to report_html: SVG area between bounds, with gaps';

-- Shapes differ as colours do: circle, square, triangle.
CREATE FUNCTION report_marker(x double precision, y double precision, style integer, is_open boolean, tip_markup text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '<path class="mark line' || style::text || CASE WHEN is_open THEN ' open' ELSE '' END || '" d="M'
         || retention.report_coordinate(x) || ' ' || retention.report_coordinate(y)
         || CASE style WHEN 1 THEN 'm-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z' WHEN 2 THEN 'm-2.8 -2.8h5.6v5.6h-5.6z' ELSE 'm0 -3.6l3.6 6.2h-7.2z' END
         || '"><title>' || tip_markup || '</title></path>';
COMMENT ON FUNCTION report_marker(double precision, double precision, integer, boolean, text) IS
  'internal to report_html: SVG marker of a value; hollow where the period is not over yet';

-- Colours of Okabe and Ito.
CREATE FUNCTION report_colour(style integer) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ('{#0072B2,#56B4E9,#009E73,#E69F00,#D55E00,#5c6670}'::text[])[style];
COMMENT ON FUNCTION report_colour(integer) IS 'internal to report_html: colour of a filled bar';

-- Lines within a rectangle: rising for style 2, level for 3, falling for 4, none for others. They
-- are not an SVG pattern, of which every use adds tens of kilobytes to a printed file.
CREATE FUNCTION report_hatch(x double precision, y double precision, width double precision, height double precision, style integer) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT coalesce('<path class="hatch' || style::text || '" d="' || string_agg(
             'M' || retention.report_coordinate(l.x1) || ' ' || retention.report_coordinate(CASE style WHEN 2 THEN l.c - l.x1 WHEN 3 THEN l.c ELSE l.x1 - l.c END)
             || 'L' || retention.report_coordinate(l.x2) || ' ' || retention.report_coordinate(CASE style WHEN 2 THEN l.c - l.x2 WHEN 3 THEN l.c ELSE l.x2 - l.c END),
             '' ORDER BY l.c) || '"/>', '')
    FROM (SELECT n.c,
                 greatest(x, CASE style WHEN 2 THEN n.c - y - height WHEN 4 THEN n.c + y ELSE x END) AS x1,
                 least(x + width, CASE style WHEN 2 THEN n.c - y WHEN 4 THEN n.c + y + height ELSE x + width END) AS x2
          FROM (SELECT 6.0::double precision * g AS c
                FROM generate_series(ceil(CASE style WHEN 2 THEN x + y WHEN 3 THEN y ELSE x - y - height END / 6)::integer,
                                     ceil(CASE style WHEN 2 THEN x + width + y + height WHEN 3 THEN y + height ELSE x + width - y END / 6)::integer - 1) AS g
                WHERE style BETWEEN 2 AND 4) AS n) AS l);
COMMENT ON FUNCTION report_hatch(double precision, double precision, double precision, double precision, integer) IS
  'internal to report_html: lines that tell a filled bar from others where colours do not';

CREATE FUNCTION report_filled_bar(
  x double precision,
  y double precision,
  width double precision,
  height double precision,
  style integer,
  is_open boolean,
  tip_markup text
) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '<g' || CASE WHEN is_open THEN ' class="faint"' ELSE '' END || '>'
         || retention.report_bar(x, y, width, height, 'fill="' || retention.report_colour(style) || '"', tip_markup)
         || retention.report_hatch(x, y, width, height, style) || '</g>';
COMMENT ON FUNCTION report_filled_bar(double precision, double precision, double precision, double precision, integer, boolean, text) IS
  'internal to report_html: a bar with colour and lines; pale where the period is not over yet';

CREATE FUNCTION report_svg(id text, height double precision, title_markup text, description_markup text, body text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '<figure><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 ' || retention.report_coordinate(height)
         || '" role="img" aria-label="' || title_markup || '" aria-describedby="' || id || '-description"><title>' || title_markup
         || '</title><desc id="' || id || '-description">' || description_markup || '</desc>' || body || '</svg></figure>' || E'\n';
COMMENT ON FUNCTION report_svg(text, double precision, text, text, text) IS 'internal to report_html: a chart';

-- axes ------------------------------------------------------------------------

CREATE FUNCTION report_ticks(low double precision, high double precision, wanted integer) RETURNS numeric[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT array_agg(trim_scale(n * w.step) ORDER BY n)
    FROM (SELECT m.magnitude * CASE
                   WHEN m.rough <= m.magnitude THEN 1
                   WHEN m.rough <= 2 * m.magnitude THEN 2
                   WHEN m.rough <= 5 * m.magnitude THEN 5
                   ELSE 10
                 END AS step
          FROM (SELECT r.rough, power(10::numeric, floor(log(r.rough))) AS magnitude
                FROM (SELECT CASE WHEN high > low THEN high - low ELSE greatest(abs(high), 1) END::numeric / wanted AS rough) AS r) AS m) AS w,
         LATERAL (SELECT floor(low::numeric / w.step) AS bottom) AS b,
         LATERAL generate_series(b.bottom, greatest(ceil(high::numeric / w.step), b.bottom + 1)) AS n);
COMMENT ON FUNCTION report_ticks(double precision, double precision, integer) IS
  'internal to report_html: multiples of 1, 2 or 5 times a power of ten that enclose a range';

CREATE FUNCTION report_frame(
  x_left double precision,
  x_right double precision,
  y_top double precision,
  y_bottom double precision,
  ticks numeric[]
) RETURNS report_frame
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ROW(x_left, x_right, y_top, y_bottom, ticks[1]::double precision,
             ticks[cardinality(ticks)]::double precision)::retention.report_frame;
COMMENT ON FUNCTION report_frame(double precision, double precision, double precision, double precision, numeric[]) IS
  'internal to report_html: a chart from the first to the last tick';

-- unit: percent, or empty for plain numbers. The baseline is drawn stronger.
CREATE FUNCTION report_value_axis(frame report_frame, ticks numeric[], unit text, baseline double precision) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN (
    SELECT string_agg(
      retention.report_line((frame).x_left, retention.report_y(frame, t.tick::double precision), (frame).x_right,
                              retention.report_y(frame, t.tick::double precision),
                              CASE WHEN t.tick = baseline THEN 'base' ELSE 'grid' END)
      || retention.report_text((frame).x_left - 6, retention.report_y(frame, t.tick::double precision) + 3.5, 'end'::text, 'tick'::text,
           CASE WHEN unit = 'percent' THEN retention.report_number(100 * t.tick, greatest(0, scale(trim_scale(100 * t.tick)))) || '%'
                ELSE retention.report_short(t.tick, greatest(abs(ticks[1]), abs(ticks[cardinality(ticks)]))) END),
      '' ORDER BY t.tick)
    FROM unnest(ticks) AS t(tick));
COMMENT ON FUNCTION report_value_axis(report_frame, numeric[], text, double precision) IS 'internal to report_html: vertical axis with its grid';

CREATE FUNCTION report_place_axis(frame report_frame, axis report_axis, y double precision) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN (
    SELECT string_agg(
      retention.report_text(retention.report_x(frame, l.place::integer, cardinality((axis).labels)), y, 'middle'::text, 'tick'::text, l.label)
      || coalesce(retention.report_text(retention.report_x(frame, l.place::integer, cardinality((axis).labels)), y + 13, 'middle'::text, 'year'::text,
                                          (axis).years[l.place]), ''), '' ORDER BY l.place)
    FROM unnest((axis).labels) WITH ORDINALITY AS l(label, place))
    || coalesce(retention.report_text(((frame).x_left + (frame).x_right) / 2, y + 15, 'middle'::text, 'caption'::text, (axis).title), '');
COMMENT ON FUNCTION report_place_axis(report_frame, report_axis, double precision) IS 'internal to report_html: horizontal axis';

-- kind: line or bar. A character takes about 5.7 units.
CREATE FUNCTION report_legend(series report_series[], kind text, x double precision, y double precision) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT string_agg(
      CASE WHEN kind = 'bar' THEN retention.report_filled_bar(e.x, y - 9, 16::double precision, 10::double precision, e.style, false, e.name)
      ELSE CASE WHEN e.lows IS NULL THEN '' ELSE '<rect x="' || retention.report_coordinate(e.x) || '" y="'
                || retention.report_coordinate(y - 9) || '" width="22" height="10" class="band line' || e.style::text || '"/>' END
        || retention.report_line(e.x, y - 4, e.x + 22, y - 4, 'line line' || e.style::text)
        || retention.report_marker(e.x + 11, y - 4, e.style, false, e.name) END
      || retention.report_text(e.x + e.icon, y, 'start'::text, 'legend'::text, e.name), '' ORDER BY e.place)
    FROM (SELECT s.name, s.style, s.lows, w.icon, s.place,
                 x + coalesce(sum(w.icon + 16 + 5.7::double precision * length(s.name))
                              OVER (ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS x
          FROM unnest(series) WITH ORDINALITY AS s(name, style, vals, lows, highs, place),
               LATERAL (SELECT CASE WHEN kind = 'bar' THEN 21 ELSE 27 END::double precision AS icon) AS w) AS e);
COMMENT ON FUNCTION report_legend(report_series[], text, double precision, double precision) IS 'internal to report_html: legend of a chart';
