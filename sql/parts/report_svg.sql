--
-- report: text, SVG elements and axes of report_html(). Pure functions of their arguments.
--
-- All charts are 760 units wide. What comes from data goes through report_escape();
-- arguments named "markup" are escaped already. The page is ASCII, so that it does not
-- depend on the encoding in which a client saves it.
--

-- text ----------------------------------------------------------------------

CREATE FUNCTION report_code_point(utf8 bytea) RETURNS integer
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE octet_length(utf8)
    WHEN 1 THEN get_byte(utf8, 0)
    WHEN 2 THEN ((get_byte(utf8, 0) & 31) << 6) | (get_byte(utf8, 1) & 63)
    WHEN 3 THEN ((get_byte(utf8, 0) & 15) << 12) | ((get_byte(utf8, 1) & 63) << 6) | (get_byte(utf8, 2) & 63)
    ELSE ((get_byte(utf8, 0) & 7) << 18) | ((get_byte(utf8, 1) & 63) << 12) | ((get_byte(utf8, 2) & 63) << 6)
         | (get_byte(utf8, 3) & 63)
  END;
COMMENT ON FUNCTION report_code_point(bytea) IS 'internal to report_html: number of a character that is encoded in UTF-8';

-- What XML or HTML does not admit, even as a reference, becomes a question mark.
CREATE FUNCTION report_reference(code_point integer) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN code_point BETWEEN 127 AND 159 OR (code_point & 65534) = 65534 THEN '?' ELSE '&#' || code_point || ';' END;
COMMENT ON FUNCTION report_reference(integer) IS 'internal to report_html: a character as a numeric reference';

-- A database in SQL_ASCII does not know which characters its bytes are: they pass as they are.
CREATE FUNCTION report_ascii(value text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN value !~ E'[^\\x01-\\x7e]' OR getdatabaseencoding() = 'SQL_ASCII' THEN value ELSE (
    SELECT string_agg(
      CASE WHEN c.piece ~ E'[\\x01-\\x7e]' THEN c.piece
           ELSE retention.report_reference(retention.report_code_point(convert_to(c.piece, 'UTF8'))) END, '' ORDER BY c.place)
    FROM unnest(string_to_array(value, NULL)) WITH ORDINALITY AS c(piece, place)) END;
COMMENT ON FUNCTION report_ascii(text) IS 'internal to report_html: text in which all but ASCII is a numeric reference';

CREATE FUNCTION report_escape(value text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN retention.report_ascii(replace(replace(replace(replace(replace(
    regexp_replace(value, E'[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f]', '?', 'g'),
    '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'));
COMMENT ON FUNCTION report_escape(text) IS 'internal to report_html: text as it is written in HTML and in attributes';

CREATE FUNCTION report_number(value numeric, decimals integer DEFAULT 0) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE
    WHEN value IS NULL THEN '&#8211;'
    WHEN value IN ('NaN', 'Infinity', '-Infinity') THEN value::text
    ELSE CASE WHEN round(value, decimals) < 0 THEN '&#8722;' ELSE '' END
         || regexp_replace(round(abs(value), decimals)::text, '([0-9])(?=([0-9]{3})+([.]|$))', E'\\1,', 'g')
  END;
COMMENT ON FUNCTION report_number(numeric, integer) IS
  'internal to report_html: a number of up to three decimals with thousands separators; NULL is a dash';

CREATE FUNCTION report_signed(value numeric, decimals integer DEFAULT 0) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE WHEN round(value, decimals) > 0 THEN '+' ELSE '' END || retention.report_number(value, decimals);
COMMENT ON FUNCTION report_signed(numeric, integer) IS 'internal to report_html: a number with its sign';

CREATE FUNCTION report_percent(share double precision, decimals integer DEFAULT 1) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN retention.report_number(100 * share::numeric, decimals) || CASE WHEN share IS NULL THEN '' ELSE '%' END;
COMMENT ON FUNCTION report_percent(double precision, integer) IS 'internal to report_html: a share as a percentage';

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

CREATE FUNCTION report_month(day date) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN retention.report_month_name(day) || ' ' || extract(year FROM day)::text;
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
  RETURN '<path class="mark line' || style || CASE WHEN is_open THEN ' open' ELSE '' END || '" d="M'
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
    SELECT coalesce('<path class="hatch' || style || '" d="' || string_agg(
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

CREATE FUNCTION report_ticks(low double precision, high double precision, wanted integer DEFAULT 5) RETURNS numeric[]
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  span numeric := CASE WHEN high > low THEN high - low ELSE greatest(abs(high), 1) END;
  magnitude numeric := power(10::numeric, floor(log(span / wanted)));
  step numeric := magnitude * CASE
    WHEN span / wanted <= magnitude THEN 1
    WHEN span / wanted <= 2 * magnitude THEN 2
    WHEN span / wanted <= 5 * magnitude THEN 5
    ELSE 10
  END;
  bottom numeric := floor(low::numeric / step);
  top numeric := greatest(ceil(high::numeric / step), bottom + 1);
BEGIN
  RETURN (SELECT array_agg(trim_scale(n * step) ORDER BY n) FROM generate_series(bottom, top) AS n);
END $$;
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
      || retention.report_text((frame).x_left - 6, retention.report_y(frame, t.tick::double precision) + 3.5, 'end', 'tick',
           CASE WHEN unit = 'percent' THEN retention.report_number(100 * t.tick, greatest(0, scale(trim_scale(100 * t.tick)))) || '%'
                ELSE retention.report_short(t.tick, greatest(abs(ticks[1]), abs(ticks[cardinality(ticks)]))) END),
      '' ORDER BY t.tick)
    FROM unnest(ticks) AS t(tick));
COMMENT ON FUNCTION report_value_axis(report_frame, numeric[], text, double precision) IS 'internal to report_html: vertical axis with its grid';

CREATE FUNCTION report_place_axis(frame report_frame, axis report_axis, y double precision) RETURNS text
  LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN (
    SELECT string_agg(
      retention.report_text(retention.report_x(frame, l.place::integer, cardinality((axis).labels)), y, 'middle', 'tick', l.label)
      || coalesce(retention.report_text(retention.report_x(frame, l.place::integer, cardinality((axis).labels)), y + 13, 'middle', 'year',
                                          (axis).years[l.place]), ''), '' ORDER BY l.place)
    FROM unnest((axis).labels) WITH ORDINALITY AS l(label, place))
    || coalesce(retention.report_text(((frame).x_left + (frame).x_right) / 2, y + 15, 'middle', 'caption', (axis).title), '');
COMMENT ON FUNCTION report_place_axis(report_frame, report_axis, double precision) IS 'internal to report_html: horizontal axis';

-- kind: line or bar
CREATE FUNCTION report_legend(series report_series[], kind text, x double precision, y double precision) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  s retention.report_series;
  position double precision := x;
  body text := '';
BEGIN
  FOREACH s IN ARRAY series LOOP
    IF kind = 'bar' THEN
      body := body || retention.report_filled_bar(position, y - 9, 16, 10, s.style, false, s.name);
    ELSE
      body := body
        || CASE WHEN s.lows IS NULL THEN '' ELSE '<rect x="' || retention.report_coordinate(position) || '" y="'
                || retention.report_coordinate(y - 9) || '" width="22" height="10" class="band line' || s.style || '"/>' END
        || retention.report_line(position, y - 4, position + 22, y - 4, 'line line' || s.style)
        || retention.report_marker(position + 11, y - 4, s.style, false, s.name);
      position := position + 6;
    END IF;
    body := body || retention.report_text(position + 21, y, 'start', 'legend', s.name);
    -- A character takes about 5.7 units.
    position := position + 21 + 16 + 5.7 * length(s.name);
  END LOOP;
  RETURN body;
END $$;
COMMENT ON FUNCTION report_legend(report_series[], text, double precision, double precision) IS 'internal to report_html: legend of a chart';
