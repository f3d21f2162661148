-- tables.sql: what the tables of the invented company hold. Run by demo/run.sh.

SELECT name AS "table", rows, first, last, holds
FROM (
  SELECT 1 AS no, 'customers' AS name, count(*) AS rows, min(signed_up_at), max(signed_up_at), 'who signed up, and their segment' AS holds
  FROM customers
  UNION ALL
  SELECT 2, 'events', count(*), min(occurred_at), max(occurred_at), 'what they did with the product' FROM events
  UNION ALL
  SELECT 3, 'subscriptions', count(*), min(started_on), max(started_on), 'what they pay by the month, from when to when'
  FROM subscriptions
  UNION ALL
  SELECT 4, 'answers', count(*), min(answered_at), max(answered_at), 'how likely they are to recommend it, 0 to 10' FROM answers
  UNION ALL
  SELECT 5, 'leads', count(*), NULL, NULL, 'who may become a customer, with attributes' FROM leads
  UNION ALL
  SELECT 6, 'lead_events', count(*), min(occurred_at), max(occurred_at), 'what leads did on the web site' FROM lead_events
) AS counted (no, name, rows, first_at, last_at, holds),
  LATERAL (SELECT (first_at AT TIME ZONE 'Europe/Berlin')::date AS first, (last_at AT TIME ZONE 'Europe/Berlin')::date AS last) AS days
ORDER BY no;
