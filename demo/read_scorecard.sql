-- read_scorecard.sql: from scorecard.json to the table `scorecard`. Run by demo/run.sh,
-- after csv.sql and read.sql. Variables: file, card (what is in it).

\pset tuples_only on

SELECT fail(format('"%s" is no scorecard: %s', :'file', string_agg(concat_ws(': ', nullif(path, ''), problem), '; ')),
  'doc/ describes scorecards.')
FROM retention.scorecard_validate(:'card'::text)
HAVING count(*) > 0;

CREATE TABLE public.scorecard AS SELECT :'card'::retention.scorecard AS card;
