-- The bytes of every stored type. A literal written by one version must be read
-- by all later ones: add lines here, never change one. doc/formats.md
\set VERBOSITY terse

-- one literal a type and format version, both ways
CREATE TEMP TABLE pinned (name text, literal text, made text, kept boolean);
INSERT INTO pinned
SELECT 'period_spec', l, encode(retention.period_spec_send(m), 'hex'), retention.period_spec_out(l::retention.period_spec)::text = l
FROM (VALUES ('week Asia/Tokyo week_start=7 elapsed brackets=1,8',
              retention.periods('week', 'asia/tokyo', 7, true, '{1,8}'))) v(l, m);
INSERT INTO pinned
SELECT 'rating_summary', l, m::text, l::retention.rating_summary::text = l
FROM (VALUES
  ('\x010200000100000005010200000102',
   (SELECT retention.csat_agg(x) FROM unnest('{1,1,4,5,5,NULL}'::int[]) x)),
  ('\x0102040000000000020101000000000000000440000000000000194000000000000000000000000000000000',
   (SELECT retention.rating_agg(x, 0, 1, 2.5) FROM unnest('{0,NULL}'::int[]) x)),
  ('\x010201000000000002000000012c01',
   (SELECT retention.rating_agg(x, 0, 1) FROM (SELECT 0 FROM generate_series(1, 256) UNION ALL SELECT 1 FROM generate_series(1, 300)) v(x)))) v(l, m);
INSERT INTO pinned
SELECT 'rating_series', l, m::text, l::retention.rating_series::text = l
FROM (VALUES
  ('\x0103000000000000020301003e2200008f22000003000000000000000000000088020000000100890200000100008a020000000100',
   (SELECT retention.rating_series_agg(x, 0, 1, d, 'month')
    FROM (VALUES (0, date '2024-01-01'), (NULL, '2024-02-20'), (0, '2024-03-22')) v(x, d))),
  ('\x010300000000000002030100000000000000000000000000' || '0300000000000000',
   (SELECT retention.rating_series_agg(x, 0, 1, NULL::date, 'month') FROM generate_series(1, 3) x)),
  ('\x0103000000000000020301003e2200003e22000001000000' || '0100000000000000' || '88020000000100',
   (SELECT retention.rating_series_agg(0, 0, 1, d, 'month') FROM (VALUES (NULL), (date '2024-01-01')) v(d)))) v(l, m);
INSERT INTO pinned
SELECT 'activity_days', l, m::retention.activity_days::text, l::retention.activity_days::text = l
FROM (VALUES
  ('\x01040000', '{}'::date[]),
  ('\x010400003e2200001eb306', '{2024-01-01,2024-02-01,2026-05-01}'),
  ('\x010401003e2200001d010b', (SELECT array_agg(date '2024-01-01' + g) FROM generate_series(0, 43) g WHERE g < 30 OR g > 31)),
  ('\x010402003e220000555505', (SELECT array_agg(date '2024-01-01' + g) FROM generate_series(0, 19) g WHERE g = 0 OR g % 2 = 1))) v(l, m);
INSERT INTO pinned
SELECT 'retention_summary', l, m::text, l::retention.retention_summary::text = l
FROM (VALUES
  ('\x0105000003010000472200008f220000880200000203020100000001000101010101000101',
   (SELECT retention.retention_agg(c, d, 'month')
    FROM (VALUES (1, date '2024-01-10'), (1, '2024-02-20'), (1, '2024-03-22'), (2, '2024-01-12')) v(c, d))),
  ('\x0105050002070100030000003e22000040220000020b000002010101000000',
   (SELECT retention.retention_agg(a, d, 'week week_start=7 elapsed brackets=3')
    FROM (VALUES ('{2024-01-02}'::date[]::retention.activity_days, date '2024-01-01'), (NULL, '2024-01-03')) v(a, d)))) v(l, m);
INSERT INTO pinned
SELECT 'mrr_timeline', l, m::text, l::retention.mrr_timeline::text = l
FROM (VALUES
  ('\x010600003e2200001f0080dac4090204ffb0bd020219e0cb9126000880b1bd0201',
   (SELECT retention.mrr_timeline_agg(s, e, m)
    FROM (VALUES (date '2024-01-01', date '2024-02-01', 10), ('2024-01-06', '2024-02-10', -2.6), ('2024-02-01', NULL, 49.99)) v(s, e, m))),
  ('\x010601003e2200003c0300011fbf96b102020261010080dac40902026202050202220101',
   (SELECT retention.mrr_timeline_agg(s, e, m, p)
    FROM (VALUES (date '2024-01-01', date '2024-03-01', 10, 'a'), ('2024-03-01', NULL, 10, 'a'), ('2024-02-01', NULL, -2.5, NULL),
                 ('2024-01-06', '2024-02-10', 0.000001, 'b')) v(s, e, m, p))),
  ('\x01060000a797daff0000feffffffff8f918a93e8a3ecd096d4ccf6ac0202e4feffff07fdffffffff8f918a93e8a3ecd096d4ccf6ac0201',
   (SELECT retention.mrr_timeline_agg(s, date '5874897-12-31', 99999999999999999999999999999999.999999) FROM (VALUES (date '4714-11-24 BC')) v(s))),
  ('\x01060000', '\x01060000'), ('\x01060100', '\x01060100')) v(l, m);
INSERT INTO pinned
SELECT 'revenue_summary', l, m::text, l::retention.revenue_summary::text = l
FROM (VALUES
  ('\x0107000003014722000099220000000102e0ff9a3900180180dac4090180ade204000401e09788130080000101c0f0f50b084004c0fec32880e89226004001bff0f50bffd9c409014002c0f0f50bc0f0f50b',
   (SELECT retention.revenue_agg(c, s, e, m, 'month')
    FROM (VALUES (1, date '2024-01-10', date '2024-03-05', 49.99), (1, '2024-03-05', NULL, 30), (2, '2024-02-01', '2024-02-10', 5),
                 (3, '2024-01-31', '2024-02-29', 10), (3, '2024-04-01', NULL, 12.5)) v(c, s, e, m))),
  ('\x010701000207472200007e22000000010180c2d72f022002fface20400200180ade20403020180c2d72f0101808ece1c2b40028084af5f80c2d72f0740000080c2d72f',
   (SELECT retention.revenue_agg(c, s, e, m, 'week week_start=7', p)
    FROM (VALUES (1, date '2024-01-10', date '2024-03-05', 50, 'a'), (1, '2024-03-05', NULL, 70, 'a'), (1, '2024-03-05', NULL, 30, 'b'),
                 (2, '2024-02-01', '2024-02-10', -5, NULL)) v(c, s, e, m, p)))) v(l, m);
INSERT INTO pinned
SELECT 'revenue_cohort_summary', l, m::text, l::retention.revenue_cohort_summary::text = l
FROM (VALUES
  ('\x0108000004014722000032230000000204e0ff9a39e0ff9a390001dff1cc1cdff1cc1c0002c0f0f50b0001000280bfd60680bfd606',
   (SELECT retention.revenue_cohort_agg(t, 'quarter')
    FROM (SELECT retention.mrr_timeline_agg(s, e, m) AS t
          FROM (VALUES (1, date '2024-01-10', date '2024-05-05', 49.99), (1, '2024-05-05', NULL, 30), (2, '2024-02-01', '2024-02-10', 5),
                       (3, '2024-01-31', '2024-04-29', 10), (3, '2024-09-01', NULL, 12.5), (4, '2024-09-01', NULL, 7)) v(c, s, e, m) GROUP BY c) c))) v(l, m);
CREATE TEMP TABLE card AS SELECT '{"engagement": [{"group": "g", "rules": [
    {"rule": "v", "event": "v", "points": 1, "decay": "half_life", "period": "30 days"}, {"rule": "w", "event": "w", "points": 1},
    {"rule": "x", "event": "x", "points": 1, "decay": "linear", "period": "1 day 00:00:00.5", "max_count": 2}, {"rule": "y", "event": "y", "points": 1, "decay": "half_life", "period": "2 days", "max_count": 3},
    {"rule": "z", "event": "z", "points": 1, "decay": "expire", "period": "9 weeks", "max_count": 1}]}]}'::retention.scorecard AS c;
INSERT INTO pinned
SELECT 'scorecard', l, encode(retention.scorecard_send(m), 'hex'), retention.scorecard_out(l::retention.scorecard)::text = l
FROM (VALUES
  ('{"fit": [{"group": "g", "rules": [{"rule": "x", "when": {"not": {"attribute": "a.b", "op": "is_null"}}, "points": 2}]}], "engagement": [{"group": "h", "max": 7.5, "rules": [{"rule": "y", "event": "v", "points": -1, "decay": "half_life", "period": "30 days"}]}]}',
   '{"engagement": [{"max": 7.50, "group": "h", "rules": [{"event": "v", "period": "30 days", "decay": "half_life", "rule": "y", "points": -1}]}],
     "fit": [{"group": "g", "rules": [{"when": {"not": {"op": "is_null", "attribute": "a.b"}}, "points": 2.0, "rule": "x"}]}]}'::jsonb::retention.scorecard)) v(l, m);
INSERT INTO pinned
SELECT 'engagement_state', l, m::text, l::retention.engagement_state::text = l
FROM (VALUES
  ('\x010a000053bdadf9073904190501a00b000ac184f8dd83050d6007d01740c2355431b3020002c0843d000000000000f83f01000000', (SELECT retention.engagement_agg(c, e, t) FROM (VALUES ('v', timestamptz '2024-01-01 00:00Z'), ('v', '2024-01-31 00:00Z'), ('w', '2024-01-31 00:00:01Z')) v(e, t), card)),
  ('\x010a000053bdadf9073904190501a00b000ac184f8dd83050d6007d0174082f8d4d5b00200000002c0843da082a381f1ba83030200c0c48ce1e8950701c0c48ce1e89507', (SELECT retention.engagement_agg(c, e, t) FROM (VALUES ('x', timestamptz '2024-01-01 00:00Z'), ('x', '1969-12-31 23:59:59.5Z'), ('y', '2024-01-01 00:00:01Z'), ('y', '2023-01-01 00:00Z'), ('z', '2023-01-01 00:00Z'), ('z', '2023-01-01 00:00Z')) v(e, t), card))) v(l, m);
INSERT INTO pinned
SELECT 'logistic_model', l, m::text, l::retention.logistic_model::text = l
FROM (VALUES
  ('\x010b0100cf070a8103d222c01400026c3ae576317419c077ea509313b609400974726561746d656e743aa72b07bd62f0bf33bb2289bebcf23f0574726169747a0dda47ba79be3f54df1b023b26ac3f'::text,
   '\x010b0100cf070a8103d222c01400026c3ae576317419c077ea509313b609400974726561746d656e743aa72b07bd62f0bf33bb2289bebcf23f0574726169747a0dda47ba79be3f54df1b023b26ac3f'::retention.logistic_model),
  ('\x010b0000000000000000000014030117a0e1c9396044400278311df2ea3a9f4fbabc', '\x010b0000000000000000000014030117a0e1c9396044400278311df2ea3a9f4fbabc')) v(l, m);
INSERT INTO pinned
SELECT 'roc_summary', l, m::text, l::retention.roc_summary::text = l
FROM (VALUES
  ('\x010c0000000000205fa002420100000000000000d03f01010000000000000000000100000000000008c00001',
   (SELECT retention.roc_agg(s, y) FROM (VALUES (0.25, true), (0.25, false), (-3, false), (1e10, true), (0, false)) v(s, y))),
  ('\x010c0000000000000000e03fc80101',
   (SELECT retention.roc_agg(0.5, n > 1) FROM generate_series(1, 201) n))) v(l, m);
INSERT INTO pinned
SELECT 'woe_summary', l, m::text, l::retention.woe_summary::text = l
FROM (VALUES
  ('\x010d0200000100000101620101026263c80100',
   (SELECT retention.woe_agg(b, y)
    FROM (VALUES ('b', true, 1), ('b', false, 1), (NULL, false, 1), ('bc', true, 200), ('', false, 1)) v(b, y, n), generate_series(1, n))),
  ('\x010d03000001010100120001140200',
   (SELECT retention.woe_agg(b, y) FROM (VALUES (10, 1), (9, 0), (-1, 1), (NULL, 0), (10, 1)) v(b, y))),
  ('\x010d02000100', (SELECT retention.woe_agg(NULL::text, true)))) v(l, m);
INSERT INTO pinned
SELECT 'respondent_series', l, m::text, l::retention.respondent_series::text = l
FROM (VALUES
  ('\x010e00000103010b000000000000000047220000d72200000004000604020202040a02020000040004020002000204020204020001060204000202000202000200020202020000000200000000000000000000',
   (SELECT retention.nps_respondents_agg(c, x, d, 'month')
    FROM (VALUES (1, 9, date '2024-01-10'), (1, 3, '2024-01-20'), (2, 10, '2024-01-12'), (1, 9, '2024-02-20'), (2, 8, '2024-02-21'),
                 (NULL, 1, '2024-05-01'), (2, NULL, '2024-06-02'), (3, 10, '2024-05-02')) v(c, x, d))),
  ('\x010e000002020705020000000100000047220000492200000004000604000200020a080800',
   (SELECT retention.csat_respondents_agg(c, x, 1, 5, 2, d, 'week week_start=7')
    FROM (VALUES (1, 4, date '2024-01-10'), (1, 5, '2024-01-10'), (2, 1, '2024-01-12')) v(c, x, d))),
  ('\x010e000003040107000000000100000047220000a222000000020002060006001202061200000200020a000a0032020a32020a061e02060a1e',
   (SELECT retention.rating_respondents_agg(c, x, 1, 7, d, 'quarter') FROM (VALUES (1, 4, date '2024-01-10'), (1, 6, '2024-04-10')) v(c, x, d))),
  ('\x010e00000105010b0000000000000000472200004722000000000200000000000000000000',
   (SELECT retention.nps_respondents_agg(1, NULL::integer, date '2024-01-10', 'year')))) v(l, m);
SELECT name, literal, made, kept FROM pinned WHERE name IN ('period_spec', 'scorecard');
SELECT name, literal, literal = made AS made, kept FROM pinned WHERE name NOT IN ('period_spec', 'scorecard');

-- binary: what is sent is what is received
CREATE TEMP TABLE stored (p retention.period_spec, s retention.rating_summary, w retention.rating_summary, rs retention.rating_series);
INSERT INTO stored
SELECT 'week Asia/Tokyo week_start=7',
       retention.nps_agg(g % 11), retention.nps_agg(g % 11, 1.0 / (1 + g)),
       retention.nps_series_agg(g % 11, date '2024-01-01' + g, 'week')
FROM generate_series(1, 1000) g;
SELECT substr(encode(retention.period_spec_send(p), 'hex'), 1, 8) AS period_spec,
       substr(s::text, 3) = encode(retention.rating_summary_send(s), 'hex') AS summary,
       substr(w::text, 3) = encode(retention.rating_summary_send(w), 'hex') AS weighted,
       substr(rs::text, 3) = encode(retention.rating_series_send(rs), 'hex') AS series
FROM stored;

-- text that is no value
SELECT ''::retention.rating_summary;
SELECT '0102'::retention.rating_summary;
SELECT '\x010'::retention.rating_summary;
SELECT '\x01zz'::retention.rating_summary;
SELECT repeat('\x', 50)::retention.rating_summary;

-- every truncation and every flipped byte of a value is another value or an error
CREATE FUNCTION pg_temp.try(type text, literal text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT %L::retention.%I::text', literal, type) INTO result;
  RETURN CASE WHEN result = literal THEN 'reads back' ELSE 'CHANGED: ' || literal END;
EXCEPTION WHEN invalid_text_representation THEN
  RETURN 'refused';
END $$;
SELECT name, pg_temp.try(name, left(literal, n)) AS outcome, count(*) > 0 AS seen
FROM pinned, generate_series(2, length(literal) - 1) n
WHERE name NOT IN ('period_spec', 'scorecard')
GROUP BY 1, 2 ORDER BY 1, 2;
SELECT name, pg_temp.try(name, literal || '00') AS outcome
FROM pinned WHERE name NOT IN ('period_spec', 'scorecard') GROUP BY 1, 2;
SELECT name, pg_temp.try(name, overlay(literal PLACING h FROM n)) AS outcome, count(*) > 0 AS seen
FROM pinned, generate_series(3, length(literal) - 1, 2) n, unnest('{00,01,7f,80,ff}'::text[]) h
WHERE name NOT IN ('period_spec', 'scorecard')
GROUP BY 1, 2 ORDER BY 1, 2;

-- and says what is wrong
\set VERBOSITY default
SELECT '\x020200000100000005010200000102'::retention.rating_summary;
SELECT '\x010300000100000005010200000102'::retention.rating_summary;
SELECT '\x010280000100000005010200000102'::retention.rating_summary;
SELECT '\x010200000100000001010200'::retention.rating_summary;
SELECT '\x010201000100000002010000000200'::retention.rating_summary;
SELECT '\x010204000000000002000100000000000000044000000000000019400000000000000000000000000000f07f'::retention.rating_summary;
SELECT '\x010204000000000002000100000000000000044000000000000019400000000000000000000000000000f03f'::retention.rating_summary;
SELECT '\x0103000000000000020301003e2200008f22000003000000000000000000000088020000000100890200000100008b020000000100'::retention.rating_series;
SELECT '\x0103000000000000020301003e2200008f22000003000000000000000000000088020000000100890200000000008a020000000100'::retention.rating_series;
SELECT '\x0103000000000000020301003e2200008f22000003000000000000000000000088020000000100880200000100008a020000000100'::retention.rating_series;
SELECT '\x0103000000000000020301008f2200003e22000003000000000000000000000088020000000100890200000100008a020000000100'::retention.rating_series;
SELECT '\x0103000000000000020001003e2200008f22000003000000000000000000000088020000000100890200000100008a020000000100'::retention.rating_series;
SELECT '\x0103000000000000020301003e2200008f220000000000000000000000000000'::retention.rating_series;
SELECT '\x0103'::retention.rating_series;
SELECT '\x01'::retention.rating_series;
SELECT '\x010403003e22000000'::retention.activity_days;
SELECT '\x010401003e22000000'::retention.activity_days;
SELECT '\x010400003e2200008000'::retention.activity_days;
SELECT '\x0104000000000080'::retention.activity_days;
SELECT '\x010402003e2200000100'::retention.activity_days;
SELECT '\x010401003e2200000005'::retention.activity_days;
SELECT '\x0105000003010000472200008f2200008802000002020201000000'::retention.retention_summary;
SELECT '\x0105000003010000472200008f220000880200000203030100000001000101010101000101'::retention.retention_summary;
SELECT '\x0105000003010000472200008f220000890200000203020100000001000101010101000101'::retention.retention_summary;
SELECT '\x010503000301000047220000472200008802000001010101000000'::retention.retention_summary;
SELECT '\x010602003e22000000'::retention.mrr_timeline;
SELECT '\x010600003e22'::retention.mrr_timeline;
SELECT '\x010600003e220000000002'::retention.mrr_timeline;
SELECT '\x010600003e22000000000000'::retention.mrr_timeline;
SELECT '\x010600000000008000000202'::retention.mrr_timeline;
SELECT '\x010600003e22000000'::retention.mrr_timeline;
SELECT '\x010600003e22000000000201'::retention.mrr_timeline;
SELECT '\x010600003e22000000000202000202'::retention.mrr_timeline;
SELECT '\x010600003e22000005000202000101'::retention.mrr_timeline;
SELECT '\x010600003e22000005010202'::retention.mrr_timeline;
SELECT '\x010600003e2200000100feffffffff8f918a93e8a3ecd096d4ccf6ac020200feffffffff8f918a93e8a3ecd096d4ccf6ac0202'::retention.mrr_timeline;
SELECT '\x010601003e2200000002026101000202026101000202'::retention.mrr_timeline;
SELECT '\x010601003e2200000001026100'::retention.mrr_timeline;
SELECT '\x010601003e220000000102610100020200'::retention.mrr_timeline;
SELECT '\x010601003e22000000010a6101000202'::retention.mrr_timeline;
SELECT '\x010601003e2200000001020001000202'::retention.mrr_timeline;
SELECT '\x01070000030147220000992200'::retention.revenue_summary;
SELECT '\x0107000003024722000099220000'::retention.revenue_summary;
SELECT '\x0107000003019922000047220000'::retention.revenue_summary;
SELECT '\x010700000301472200009922000000'::retention.revenue_summary;
SELECT '\x01070000030147220000992200000000'::retention.revenue_summary;
SELECT '\x0107000003014722000099220000000102'::retention.revenue_summary;
SELECT '\x010700000301472200009922000000010202'::retention.revenue_summary;
SELECT '\x010700000301472200009922000000080102'::retention.revenue_summary;
SELECT '\x0107000003014722000099220000008000000102'::retention.revenue_summary;
SELECT '\x010700000301472200009922000000200000'::retention.revenue_summary;
SELECT '\x010700000301472200009922000000200202'::retention.revenue_summary;
SELECT '\x010700000301472200009922000000400202'::retention.revenue_summary;
SELECT '\x01070000030147220000992200000040020202'::retention.revenue_summary;
SELECT '\x0107010003014722000099220000000101020002010401000002'::retention.revenue_summary;
SELECT '\x01070000030147220000992200008080808008010104'::retention.revenue_summary;
SELECT '\x01080000040147220000322300000000'::retention.revenue_cohort_summary;
SELECT '\x0108000004014722000032230000000002020400'::retention.revenue_cohort_summary;
SELECT '\x01080000040147220000322300000001020404000000'::retention.revenue_cohort_summary;
SELECT '\x0108000004014722000032230000000102040400000000'::retention.revenue_cohort_summary;
SELECT '\x010800000401472200003223000000010204040001030303'::retention.revenue_cohort_summary;
SELECT '\x010c0000'::retention.roc_summary;
SELECT '\x010c0000000000000000e03f0000'::retention.roc_summary;
SELECT '\x010c0000000000000000e03f0100000000000000e03f0001'::retention.roc_summary;
SELECT '\x010c0000000000000000f03f'::retention.roc_summary;
SELECT '\x010c000000000000000000800100'::retention.roc_summary;
SELECT '\x010c0000000000000000f07f0100'::retention.roc_summary;
SELECT '\x010c000000000000000000f03f'::retention.roc_summary;
SELECT '\x010c0000000000000000f03fffffffffffffffff7f01'::retention.roc_summary;
SELECT '\x010c0100000000000000e03f0100'::retention.roc_summary;
SELECT '\x010d0000'::retention.woe_summary;
SELECT '\x010d03000100'::retention.woe_summary;
SELECT '\x010d02000000'::retention.woe_summary;
SELECT '\x010d000001620100016101'::retention.woe_summary;
SELECT '\x010d00000162010001610100'::retention.woe_summary;
SELECT '\x010d00000262010001610100'::retention.woe_summary;
SELECT '\x010d00000562'::retention.woe_summary;
SELECT '\x010d000001000100'::retention.woe_summary;
SELECT '\x010d010002010002010000'::retention.woe_summary;
SELECT '\x010d040001610100'::retention.woe_summary;
SELECT '\x010e00000202'::retention.respondent_series;
SELECT '\x010e000004020705020000000100000047220000492200000004000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705020100000100000047220000492200000004000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020701020000000100000047220000492200000004000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000001020705000000000100000047220000492200000004000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705050000000100000047220000492200000004000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002000705020000000100000047220000492200000004000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000049220000472200000004000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000004000604000200020a0808'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000004000604000200020a0808000a'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000000000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000001000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000004010604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000004000608000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000004000604020200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000004000604000200040a080800'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000504000604000200020a080800'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000004000604000200020a08080200000000000000'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000000020604000200020a080800'::retention.respondent_series;
SELECT '\x010e0000020207050200000001000000472200004922000000000000000000000000000000'::retention.respondent_series;
SELECT '\x010e000002020705020000000100000047220000492200000004000604000200020affffffffffffffffff010800'::retention.respondent_series;
SELECT '\x010b0000000000000000f03f14000117a0e1c9396044400278311df2ea3a9f4fbabc'::retention.logistic_model;
SELECT '\x010b0000000000000000000000000117a0e1c9396044400278311df2ea3a9f4fbabc'::retention.logistic_model;
SELECT '\x010b0000000000000000000014000017a0e1c939604440'::retention.logistic_model;
SELECT '\x010b0000000000000000000014000117a0e1c93960444000'::retention.logistic_model;
SELECT '\x010b0000000000000000000014000117a0e1c9396044400178'::retention.logistic_model;
SELECT '\x010b0000000000000000000014000117a0e1c9396044400178000000000000f87f'::retention.logistic_model;
SELECT '\x010b0000000000000000000014000117a0e1c9396044400178000000000000008000'::retention.logistic_model;
SELECT '\x010b0000000000000000000014000117a0e1c9396044400100000000000000f03f'::retention.logistic_model;
SELECT '\x010b0000000000000000000014000117a0e1c9396044400278311df2ea3a9f4fbabc00'::retention.logistic_model;
SELECT '\x010b0100000000000000000014000117a0e1c939604440000000000000f0bf0278311df2ea3a9f4fbabc000000000000f03f'::retention.logistic_model;
SELECT '\x010a010053bdadf9073904190501a00b000ac184f8dd83050d6007d01740c2355431b3020002c0843d000000000000f83f01000000'::retention.engagement_state;
SELECT '\x010a000053bdadf907390419'::retention.engagement_state;
SELECT '\x010a000053bdadf9073904190001a00b000ac184f8dd83050d6007d01740c2355431b3020002c0843d000000000000f83f01000000'::retention.engagement_state;
SELECT '\x010a000053bdadf9073904190502a00b000ac184f8dd83050d6007d01740c2355431b3020002c0843d000000000000f83f01000000'::retention.engagement_state;
SELECT '\x010a000053bdadf9073904190501a00b000ac184f8dd83050d6007d01740c2355431b3020002c0843d000000000000f83f0100000000'::retention.engagement_state;
SELECT '\x010a000053bdadf9073904190501a00b000ac184f8dd83050d6007d01740c2355431b3020002c0843d000000000000f83f010000'::retention.engagement_state;
SELECT '{"fit": []}'::retention.scorecard;
-- hexadecimal digits may be capitals
SELECT '\x010400003E2200001EB306'::retention.activity_days;
-- numbers that are no days, gaps or sums: each is refused for what it says
SELECT '\x010601003f220000000200010002feffffffffffffffff010261010002feffffffffffffffff01'::retention.mrr_timeline;
SELECT '\x0108000001010c97da7f0c97da7f8092f40100020202'::retention.revenue_cohort_summary;
SELECT '\x0107000003013f2200003f220000008000ffffffff070102'::retention.revenue_summary;
SELECT '\x0107000003013f2200003f2200000080010001feffffffff8f918a93e8a3ecd096d4ccf6ac020001feffffffff8f918a93e8a3ecd096d4ccf6ac02'::retention.revenue_summary;
