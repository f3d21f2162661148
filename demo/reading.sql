-- reading.sql: what was read of the user's files, and what was refused. Run by demo/run.sh.

\pset null ''
SELECT file, rows - refused AS used, refused, remark FROM reading;

\pset tuples_only on
\pset format unaligned
SELECT 'Refused rows (row 1 is the header):' WHERE EXISTS (SELECT FROM refused);
SELECT format('  %s, row %s: %s %s', file, row_no, title, concat(quote_of(value), problem))
FROM (SELECT *, row_number() OVER (PARTITION BY file ORDER BY row_no, title) AS nth FROM refused) AS numbered
WHERE nth <= 20
ORDER BY file, row_no, title;
SELECT format('  %s: %s more problems', file, count(*) - 20) FROM refused GROUP BY file HAVING count(*) > 20 ORDER BY file;
