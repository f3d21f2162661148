-- The best leads
--
-- Whom to call first. fit: who they are; engagement: what they did, which fades with time; label:
-- the grades of both. The reasons are the largest parts of the score, in points; view
-- lead_score_explanations has all of them.

SELECT lead_id AS lead,
  label,
  score::numeric(5,1),
  fit::numeric(5,1),
  engagement::numeric(5,1),
  qualified,
  regexp_replace(reasons, ', ([+-])', E'\n\\1', 'g') AS reasons
FROM kpi.lead_scores
ORDER BY score DESC, lead_id
LIMIT 10;
