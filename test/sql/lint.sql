-- The rules of doc/development.md that the catalog can prove. Every query lists
-- offenders: all must be empty, but for the first, which shows that there is
-- something to look at.
CREATE TEMP VIEW member AS
SELECT d.classid, d.objid
FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'retention' AND d.deptype = 'e';
CREATE TEMP VIEW routine AS
SELECT p.* FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid;
CREATE TEMP VIEW summary_type AS
SELECT t.oid, t.typname FROM pg_type t JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
WHERE t.typtype = 'b' AND t.typelem = 0;

SELECT count(*) > 100 AS has_objects, count(*) FILTER (WHERE classid = 'pg_type'::regclass) > 5 AS has_types FROM member;

-- every object lives in schema retention, but for the operators that compare: they are
-- in pg_catalog, and take only our types
SELECT oid::regprocedure FROM routine WHERE pronamespace <> 'retention'::regnamespace;
SELECT pg_describe_object(m.classid, m.objid, 0)
FROM member m, LATERAL pg_identify_object(m.classid, m.objid, 0) i
WHERE m.classid IN ('pg_type'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass) AND i.schema <> 'retention';
SELECT o.oid::regoperator FROM pg_operator o JOIN member m ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid
WHERE o.oprnamespace <> CASE WHEN o.oprname IN ('=', '<>', '<', '<=', '>', '>=') THEN 'pg_catalog' ELSE 'retention' END::regnamespace
  OR o.oprnamespace = 'pg_catalog'::regnamespace AND NOT (o.oprleft = o.oprright AND o.oprleft IN (SELECT oid FROM summary_type));

-- every object has a comment (array types and the row types' relations belong to their types)
SELECT pg_describe_object(m.classid, m.objid, 0)
FROM member m
WHERE obj_description(m.objid, m.classid::regclass::name) IS NULL
  AND NOT EXISTS (SELECT FROM pg_type t WHERE m.classid = 'pg_type'::regclass AND t.oid = m.objid AND t.typelem <> 0)
  AND NOT EXISTS (SELECT FROM pg_class c WHERE m.classid = 'pg_class'::regclass AND c.oid = m.objid AND c.relkind = 'c');
-- and so has every column of a row type that users see
SELECT t.oid::regtype, a.attname
FROM pg_type t JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid JOIN pg_attribute a ON a.attrelid = t.typrelid
WHERE t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped AND col_description(t.typrelid, a.attnum) IS NULL
  AND obj_description(t.oid, 'pg_type') NOT LIKE 'internal to %';

-- every routine is parallel safe, but for what runs a user's query, notifies or changes the
-- catalog, and none runs with its owner's rights
SELECT oid::regprocedure, proparallel FROM routine
WHERE proparallel <> CASE WHEN provolatile = 'v' THEN 'u' ELSE 's' END AND proname NOT IN ('score_leads', 'report_html', 'report_body', 'report_read', 'report_months', 'report_cohort_months', 'report_ages', 'report_best_leads');
SELECT oid::regprocedure FROM routine WHERE prosecdef;

-- in C, only what looks at the catalog, runs a user's query or notifies is not immutable
SELECT r.oid::regprocedure, provolatile FROM routine r JOIN pg_language l ON l.oid = r.prolang
WHERE provolatile <> 'i' AND l.lanname IN ('c', 'internal')
  AND proname NOT IN ('retention_version', 'retention_library_version', 'score_leads', 'notify_qualified');

-- no polymorphic arguments and no whole rows
SELECT oid::regprocedure FROM routine
WHERE EXISTS (SELECT FROM unnest(proargtypes::oid[]) a JOIN pg_type t ON t.oid = a
              WHERE t.typtype = 'p' AND t.typname NOT IN ('internal', 'cstring'));
SELECT r.oid::regprocedure, r.prorettype::regtype FROM routine r JOIN pg_type t ON t.oid = r.prorettype
WHERE t.typtype = 'p' AND t.typname NOT IN ('internal', 'cstring', 'trigger', 'void') AND r.proallargtypes IS NULL;

-- only strings become another type by themselves
SELECT castsource::regtype, casttarget::regtype
FROM pg_cast c JOIN member m ON m.classid = 'pg_cast'::regclass AND m.objid = c.oid
WHERE castcontext = 'i' AND (castsource NOT IN ('text'::regtype, 'varchar'::regtype) OR casttarget <> 'retention.period_spec'::regtype);

-- aggregates: a combine function, strict where the server allows it, that is, where
-- the state is not internal; internal states can be sent. All but logistic_agg, which
-- needs its rows several times.
SELECT a.aggfnoid::regprocedure FROM pg_aggregate a JOIN routine r ON r.oid = a.aggfnoid
WHERE r.proname <> 'logistic_agg'
  AND (a.aggcombinefn = 0
       OR (SELECT proisstrict FROM pg_proc WHERE oid = a.aggcombinefn) = (a.aggtranstype = 'internal'::regtype));
SELECT a.aggfnoid::regprocedure FROM pg_aggregate a JOIN routine r ON r.oid = a.aggfnoid
WHERE r.proname <> 'logistic_agg' AND a.aggtranstype = 'internal'::regtype AND (a.aggserialfn = 0 OR a.aggdeserialfn = 0);

-- closing an internal state changes it
SELECT a.aggfnoid::regprocedure FROM pg_aggregate a JOIN routine r ON r.oid = a.aggfnoid
WHERE a.aggtranstype = 'internal'::regtype AND a.aggfinalmodify <> 'w';

-- aggregates over summaries have a summary as their state
SELECT a.aggfnoid::regprocedure FROM pg_aggregate a JOIN routine r ON r.oid = a.aggfnoid
WHERE r.proname = 'merge_agg' AND a.aggtranstype <> r.proargtypes[0];
SELECT a.aggfnoid::regprocedure FROM pg_aggregate a JOIN routine r ON r.oid = a.aggfnoid
WHERE a.aggtranstype = 'internal'::regtype
  AND EXISTS (SELECT FROM summary_type s WHERE s.typname NOT IN ('period_spec', 'scorecard') AND s.oid = ANY (r.proargtypes::oid[]));

-- every stored type has binary I/O and both operator classes; every summary merges
SELECT s.typname FROM summary_type s JOIN pg_type t USING (oid) WHERE t.typreceive = 0 OR t.typsend = 0;
SELECT s.typname, am.amname FROM summary_type s, pg_am am
WHERE am.amname IN ('btree', 'hash')
  AND NOT EXISTS (SELECT FROM pg_opclass o WHERE o.opcmethod = am.oid AND o.opcintype = s.oid AND o.opcdefault);
SELECT s.typname, f.name FROM summary_type s, (VALUES ('merge_agg', 1), ('combine', 2)) f(name, args)
WHERE s.typname NOT IN ('period_spec', 'scorecard', 'logistic_model')
  AND NOT EXISTS (SELECT FROM routine r WHERE r.proname = f.name AND r.pronargs = f.args AND r.proargtypes[0] = s.oid);

-- the names that Citus gives a meaning of its own
SELECT oid::regprocedure FROM routine
WHERE prokind = 'a' AND proname IN ('avg', 'min', 'max', 'sum', 'count', 'array_agg', 'any_value', 'every');

-- no search_path changes what a body does: SQL is parsed at creation, PL/pgSQL has a path of its own
SELECT r.oid::regprocedure FROM routine r JOIN pg_language l ON l.oid = r.prolang
WHERE l.lanname NOT IN ('c', 'internal') AND r.prosqlbody IS NULL AND r.prokind <> 'a'
  AND (l.lanname = 'plpgsql' AND r.proconfig = '{"search_path=pg_catalog, pg_temp"}') IS NOT TRUE;

-- traps: overloads that only say how the call is meant, so that no column is cast through
-- the session's time zone. They are all there, there are no others, and each raises its
-- error for NULL, too.
CREATE TEMP TABLE trap AS
SELECT format('retention.%s(%s)', name, arguments)::regprocedure AS routine
FROM (SELECT f, format('%s, retention.period_spec, text', t)
      FROM unnest('{period_start,period_end,period_index}'::text[]) f, unnest('{timestamp,date}'::text[]) t
      UNION ALL
      VALUES ('activity_agg', 'timestamptz'), ('activity_agg', 'timestamp, text'), ('activity_agg', 'date, text'),
             ('retention_agg', 'retention.activity_days, timestamptz, retention.period_spec'),
             ('mrr_timeline_agg', 'timestamptz, timestamptz, numeric'), ('mrr_timeline_agg', 'timestamptz, timestamptz, numeric, text'),
             ('invoice_timeline_agg', 'timestamptz, numeric, retention.period_spec')
      UNION ALL
      SELECT 'retention_agg', format('%s, %s, retention.period_spec, text', customer, t)
      FROM unnest('{bigint,uuid,text}'::text[]) customer, unnest('{timestamptz,timestamp,date}'::text[]) t
      UNION ALL
      SELECT 'revenue_agg', format('%s, timestamptz, timestamptz, numeric, retention.period_spec%s', customer, product)
      FROM unnest('{bigint,uuid,text}'::text[]) customer, unnest(ARRAY['', ', text']) product
      UNION ALL
      SELECT f, format('double precision, %s%s, retention.period_spec, %s', scale, answered, asked)
      FROM (VALUES ('nps_series_agg', ''), ('rating_series_agg', 'integer, integer, ')) v (f, scale),
           unnest('{timestamptz,timestamp,date}'::text[]) answered, unnest('{timestamptz,timestamp,date}'::text[]) asked WHERE answered <> asked
      UNION ALL
      SELECT f, format(arguments, t)
      FROM unnest('{timestamp,date}'::text[]) t,
           (VALUES ('engagement_agg', 'retention.scorecard, text, %s'),
                   ('lead_score', 'retention.scorecard, jsonb, retention.engagement_state, %s'),
                   ('explain_lead_score', 'retention.scorecard, jsonb, retention.engagement_state, %s'),
                   ('lead_reasons', 'retention.scorecard, jsonb, retention.engagement_state, %s, integer'),
                   ('crossing_time', 'retention.scorecard, jsonb, retention.engagement_state, %s, double precision'),
                   ('score_leads', 'retention.scorecard, text, text, %s')) v(f, arguments)) traps(name, arguments);
SELECT count(*) AS traps FROM trap;
SELECT coalesce(t.routine, c.routine) AS not_as_listed
FROM trap t
FULL JOIN (SELECT r.oid::regprocedure AS routine
           FROM routine r LEFT JOIN pg_aggregate a ON a.aggfnoid = r.oid LEFT JOIN pg_proc f ON f.oid = a.aggtransfn
           WHERE f.prosrc LIKE '%\_trap' OR (r.prokind = 'f' AND r.prosrc LIKE '%\_trap' AND r.proname NOT LIKE '%\_trap')) c USING (routine)
WHERE t.routine IS NULL OR c.routine IS NULL;
DO $$
DECLARE
  trap_call record;
  hint text;
BEGIN
  FOR trap_call IN
    SELECT routine, format('SELECT retention.%I(%s)', p.proname, a.nulls) AS call
    FROM trap JOIN pg_proc p ON p.oid = routine,
         LATERAL (SELECT string_agg('NULL::' || format_type(t, NULL), ', ' ORDER BY i) AS nulls
                  FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, i)) a
  LOOP
    hint := NULL;
    BEGIN
      EXECUTE trap_call.call;
    EXCEPTION WHEN invalid_parameter_value OR feature_not_supported OR datatype_mismatch THEN
      GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    END;
    IF coalesce(hint, '') = '' THEN
      RAISE NOTICE 'does not say how it is meant: %', trap_call.routine;
    END IF;
  END LOOP;
END $$;

-- what may be called with NULL survives it: an error is fine, an internal one is not
DO $$
DECLARE
  f record;
  called integer := 0;
BEGIN
  FOR f IN
    SELECT r.oid::regprocedure AS routine, format('SELECT retention.%I(%s)', r.proname, a.nulls) AS call
    FROM routine r,
         LATERAL (SELECT string_agg('NULL::' || format_type(t, NULL), ', ' ORDER BY i) AS nulls
                  FROM unnest(r.proargtypes::oid[]) WITH ORDINALITY u(t, i)) a
    WHERE r.prokind = 'f' AND NOT r.proisstrict
      AND 'internal'::regtype <> ALL (r.proargtypes::oid[]) AND 'cstring'::regtype <> ALL (r.proargtypes::oid[])
  LOOP
    BEGIN
      EXECUTE f.call;
    EXCEPTION
      WHEN internal_error THEN
        RAISE NOTICE 'internal error: %', f.routine;
      WHEN OTHERS THEN
        NULL;
    END;
    called := called + 1;
  END LOOP;
  RAISE NOTICE 'more than 40 functions called: %', called > 40;
END $$;
