#!/bin/sh
# bench/run.sh CONCEPT: measure a concept against hand-written SQL, DuckDB, ClickHouse and R.
#
#   sh bench/run.sh survey > tables.md
#
# Builds and installs the extension, starts a throw-away server, generates the data of
# bench/CONCEPT.sql, checks that all candidates of a comparison give the same result, times them
# in turn and prints Markdown tables; what it is doing goes to standard error. DuckDB, ClickHouse
# and R are included once `sh bench/peers.sh` has installed them.
#   RETENTION_BENCH_ROWS     rows to generate, instead of the concept's own number
#   RETENTION_BENCH_ROUNDS   rounds, default 5
#   RETENTION_BENCH_ONLY     names of comparisons, separated by blanks: run only these
#   PG_CONFIG or PG_MAJOR    which PostgreSQL, as for test/run.sh
# bench/RESULTS.md holds the tables that were recorded.

set -eu

top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$top/test/lib.sh"

concept=${1-}
if [ $# -ne 1 ] || [ ! -f "$top/bench/$concept.sql" ]; then
  say 'usage: sh bench/run.sh CONCEPT' >&2
  say "concepts: $(cd "$top/bench" && echo *.sql | sed 's/\.sql//g')" >&2
  exit 2
fi

begin
install_missing >&2
build_extension >&2
# A warm server that is left alone: no checkpoint, no vacuum, no compilation while a query is timed.
start_server \
  shared_buffers=4GB work_mem=256MB maintenance_work_mem=1GB \
  jit=off max_parallel_workers_per_gather=0 \
  wal_level=minimal max_wal_senders=0 max_wal_size=16GB checkpoint_timeout=1h autovacuum=off
psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION retention'
perl "$top/bench/measure.pl" "$top/bench/$concept.sql"
