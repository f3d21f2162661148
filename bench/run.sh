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
#   RETENTION_BENCH_PEERS=no leaves the peers out
#   PG_CONFIG or PG_MAJOR    which PostgreSQL, as for test/run.sh
# bench/RESULTS.md holds the tables that were recorded.

set -eu

top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$top/test/lib.sh"

known=$(cd "$top/bench" && echo *.sql | sed 's/\.sql//g')
concepts=$*
[ "$concepts" != all ] || concepts=$known
[ -n "$concepts" ] || concepts=none
for concept in $concepts; do
  case " $known scaling " in
    *" $concept "*) ;;
    *)
      say 'usage: sh bench/run.sh CONCEPT... | all | scaling' >&2
      say "concepts: $known" >&2
      exit 2
      ;;
  esac
done

begin
install_missing >&2
build_extension >&2
# A warm server that is left alone: no checkpoint, no vacuum, no compilation while a query is timed.
start_server \
  shared_buffers=4GB work_mem=256MB maintenance_work_mem=1GB \
  jit=off max_parallel_workers_per_gather=0 \
  wal_level=minimal max_wal_senders=0 max_wal_size=16GB checkpoint_timeout=1h autovacuum=off
for concept in $concepts; do
  dropdb --if-exists bench
  createdb bench
  PGDATABASE=bench psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION retention'
  if [ "$concept" = scaling ]; then
    PGDATABASE=bench perl "$top/bench/scaling.pl"
  else
    [ "$concept" = "$concepts" ] || printf '\n## %s\n\n' "$concept"
    PGDATABASE=bench perl "$top/bench/measure.pl" "$top/bench/$concept.sql"
  fi
done
