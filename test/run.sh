#!/bin/sh
# run.sh: runs every test of the project, on a fresh Debian with a root shell as
# well as on a developer's machine.
#
#   sh test/run.sh                 everything, in about half an hour
#   sh test/run.sh survey docs     only the tests of these names, of any kind
#   sh test/run.sh --help          what there is
#   UPDATE=1 sh test/run.sh docs   rewrites the output blocks of README*.md and doc/
#   SEED=random sh test/run.sh     other random calls and queries than those of seed 1
#   RETENTION_LONG=1 sh test/run.sh crash resources valgrind   hostile conditions, in some minutes
#
# Installs what is missing, builds with warnings as errors, starts a server of
# its own and runs: test/unit/*.c (no server), test/sql/*.sql (pg_regress),
# test/pgtap/*.sql (pg_prove, a new database each) and test/t/*.pl (prove).
# A browser and drivers of BI tools are installed for the tests that use them;
# RETENTION_CLIENTS=no skips those.
# The last line is `N passed, N failed`, with `, N skipped` where there are any.
#
# RETENTION_DATA names the directory of reference data (../shared/data beside
# the source tree); tests that need it are skipped where it is absent.
# PG_CONFIG and PG_MAJOR choose the PostgreSQL, see test/lib.sh. RETENTION_EXTRA_CFLAGS adds
# compiler options; AT_END names a script that is sourced when the tests have run (test/checks.sh).

set -u
top=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
. "$top/test/lib.sh"

names=$*

main() {
  case " $names " in *' --help '* | *' -h '*)
    usage
    exit 0
    ;;
  esac
  check_names
  [ -n "$names" ] || what_it_takes
  at_exit=report_total
  begin
  install_missing tap
  case " $names " in '  ' | *' report '* | *' clients '* | *' sqlsmith '* | *' install '*) install_clients ;; esac
  # As system headers, those of PostgreSQL are exempt: -Wextra finds unused parameters there.
  RETENTION_CFLAGS="-Wall -Wextra -Werror -isystem $("$PG_CONFIG" --includedir-server) ${RETENTION_EXTRA_CFLAGS-}"
  build_extension
  share_data
  unit_tests
  # shellcheck disable=SC2086 # a list of settings
  start_server $settings
  regression_tests
  pgtap_tests
  perl_tests
  look_for_crashes
  [ -z "${AT_END-}" ] || . "$AT_END"
}

# Enough workers that a query gets its own while those of the query before still end. Without autovacuum, plans depend
# only on what a test analyzes.
settings='max_worker_processes=32 max_parallel_workers=32 autovacuum=off'

usage() {
  cat <<END
Usage: sh test/run.sh [NAME ...]

Runs all tests of the project, or those of the names given, of any kind. Needs
a root shell. It installs what is missing, starts a server of its own, uses no
existing cluster, and ends with "N passed, N failed[, N skipped]".

END
  what_it_takes
  cat <<END

  PG_MAJOR=17             which of the installed PostgreSQLs; PG_CONFIG=PATH names another one
  RETENTION_CLIENTS=no    without the browser, the JDK and the drivers of BI tools
  RETENTION_DATA=DIR      reference data; its tests are skipped where there is none
  RETENTION_LONG=1        with the longest cases of "limits", the random pairs of "combinations",
                          and with "crash", "resources" and "valgrind"
  SEED=N, SEED=random     other random calls and queries than those of seed 1
  COMBINATIONS=N          how many random pairs of query form and settings; 600 without it
  FUZZ_CALLS=N            how many random calls; 100000 without it
  SQLSMITH_QUERIES=N      how many random queries; 4000 without it
  UPDATE=1                rewrites the outputs in README*.md and doc/ ("docs")

Names of tests:
END
  all_names | fold -s -w 78 | sed 's/^/  /'
}

what_it_takes() {
  say 'All tests take about half an hour on two processors. Besides PostgreSQL, pgTAP
and a compiler, they install a browser (chromium), a JDK, sqlsmith and drivers
for ODBC and JDBC: about 2 GB. RETENTION_CLIENTS=no leaves those out.'
}

title() {
  say ''
  say "== $*"
}

failure() {
  say "FAILED: $*"
  count 0 1 0
}

# ------------------------------------------------------------ which tests run

check_names() {
  for name in $names; do
    if ! test_files_named "$name" | grep -q .; then
      {
        say "There is no test named \"$name\". These are:"
        all_names | fold -s -w 78 | sed 's/^/  /'
      } >&2
      exit 1
    fi
  done
}

# The names of all tests, on one line.
all_names() {
  one_line "$(for file in "$top"/test/unit/*.c "$top"/test/sql/*.sql "$top"/test/pgtap/*.sql "$top"/test/t/*.pl; do
    file=${file##*/}
    say "${file%.*}"
  done | sort -u)"
}

test_files_named() {
  for file in "$top/test/unit/$1.c" "$top/test/sql/$1.sql" "$top/test/pgtap/$1.sql" "$top/test/t/$1.pl"; do
    if [ -f "$file" ]; then say "$file"; fi
  done
}

# chosen DIRECTORY SUFFIX: the names of the tests there that are to run.
chosen() {
  for file in "$src/$1"/*"$2"; do
    [ -f "$file" ] || continue
    name=$(basename "$file" "$2")
    case " $names " in
      '  ' | *" $name "*) say "$name" ;;
    esac
  done
}

# no_tests DIRECTORY: nothing to run is a failure, unless it was asked for.
no_tests() {
  [ -n "$names" ] || failure "there are no tests in $1"
}

# User postgres has to read the data, so the tests get a copy.
share_data() {
  found=${RETENTION_DATA-$top/../shared/data}
  if [ -d "$found" ]; then
    cp -R "$found" "$work/data"
    chmod -R a+rX "$work/data"
    export RETENTION_DATA="$work/data"
  elif [ -n "${RETENTION_DATA-}" ]; then
    die "RETENTION_DATA is $RETENTION_DATA, which is no directory."
  else
    unset RETENTION_DATA
  fi
}

# ------------------------------------------------------------- kinds of tests

# counted COMMAND...: runs prove or what calls it, and takes over its counts.
counted() {
  : >"$work/tally"
  chown postgres "$work/tally"
  in_source as_postgres env HARNESS_SUBCLASS=Tally PERL5LIB="$src/test/perl" \
    RETENTION_TALLY="$work/tally" "$@" 2>&1 </dev/null
  result=$?
  if [ ! -s "$work/tally" ]; then
    failure "\"$*\" ended without a result"
    return
  fi
  before=$failed
  while read -r tally_passed tally_failed tally_skipped; do
    count "$tally_passed" "$tally_failed" "$tally_skipped"
  done <"$work/tally"
  if [ "$result" != 0 ] && [ "$failed" = "$before" ]; then
    failure "\"$*\" exited with status $result"
  fi
}

in_source() (
  cd "$src" && "$@"
)

unit_tests() {
  tests=$(chosen test/unit .c)
  if [ -z "$tests" ]; then
    no_tests test/unit
    return
  fi
  title 'Unit tests'
  if [ -n "$names" ]; then
    counted make -s PG_CONFIG="$PG_CONFIG" unitcheck UNIT_TESTS="$(one_line "$tests")"
  else
    counted make -s PG_CONFIG="$PG_CONFIG" unitcheck
  fi
  for name in $tests; do
    [ -x "$src/test/unit/build/$name" ] || failure "test/unit/$name.c was not run: is it in UNIT_TESTS of the Makefile?"
  done
}

one_line() {
  # shellcheck disable=SC2086 # lines become words
  set -- $1
  say "$*"
}

regression_tests() {
  tests=$(chosen test/sql .sql)
  if [ -z "$tests" ]; then
    no_tests test/sql
    return
  fi
  title 'Regression tests'
  set -- installcheck
  if [ -n "$names" ]; then
    set -- "$@" REGRESS="$(one_line "$tests")"
  fi
  in_source as_postgres make -s PG_CONFIG="$PG_CONFIG" with_llvm=no "$@" >"$work/regress" 2>&1 </dev/null
  regress_results >"$work/regress.results"
  cat "$work/regress.results"
  for name in $tests; do
    case $(sed -n "s/^$name //p" "$work/regress.results") in
      ok) count 1 0 0 ;;
      FAILED) failure "regression test $name" ;;
      *) failure "test/sql/$name.sql was not run: is it in REGRESS of the Makefile?" ;;
    esac
  done
  if grep -qv ' ok$' "$work/regress.results" || [ ! -s "$work/regress.results" ]; then
    cat "$work/regress"
    [ ! -f "$src/regression.diffs" ] || cat "$src/regression.diffs"
  fi
}

# What pg_regress printed, as "NAME ok" or "NAME FAILED": until PostgreSQL 15
# `test NAME ... ok 12 ms`, since 16 TAP, `ok 1 - NAME 12 ms`.
regress_results() {
  awk '
    $1 == "test" && $3 == "..."                { print $2, ($4 == "ok" ? "ok" : "FAILED") }
    $1 == "ok" && $3 ~ /^[-+]$/                { print $4, "ok" }
    $1 == "not" && $2 == "ok" && $4 ~ /^[-+]$/ { print $5, "FAILED" }
  ' "$work/regress"
}

pgtap_tests() {
  tests=$(chosen test/pgtap .sql)
  if [ -z "$tests" ]; then
    no_tests test/pgtap
    return
  fi
  title 'pgTAP tests'
  for name in $tests; do
    if new_database "pgtap_$name" >"$work/log" 2>&1; then
      counted pg_prove --timer -d "pgtap_$name" "test/pgtap/$name.sql"
    else
      cat "$work/log"
      failure "there is no database for test/pgtap/$name.sql"
    fi
  done
}

new_database() {
  await_server &&
    psql -X -v ON_ERROR_STOP=1 -d postgres -c "CREATE DATABASE \"$1\"" &&
    psql -X -v ON_ERROR_STOP=1 -d "$1" -c 'CREATE EXTENSION pgtap' -c 'CREATE EXTENSION retention'
}

# After a crash the server needs a moment before the next test can use it.
await_server() {
  tries=0
  until pg_isready --quiet; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || return 1
    sleep 1
  done
}

perl_tests() {
  tests=$(chosen test/t .pl)
  if [ -z "$tests" ]; then
    no_tests test/t
    return
  fi
  title 'Perl tests'
  await_server
  others=
  for name in $tests; do
    case $name in
      limits | install | resources) ;;
      *) others="$others test/t/$name.pl" ;;
    esac
  done
  # Two at a time, but the demonstrations: each looks whether databases of any stay behind.
  # shellcheck disable=SC2086 # names without spaces
  [ -z "$others" ] || counted prove --timer -j2 --rules='seq=test/t/demo*.pl' --rules='par=**' $others
  # Alone: the one counts temporary files of the whole server, the other takes gigabytes of memory.
  for name in install limits; do
    case " $(one_line "$tests") " in *" $name "*) counted prove --timer "test/t/$name.pl" ;; esac
  done
  # On a disk that fills up; its name reaches the test through the environment.
  case " $(one_line "$tests") " in *' resources '*)
    mkdir -p "$work/small"
    beforehand="sh $src/test/small_disk.sh $work/small"
    counted prove --timer test/t/resources.pl
    beforehand=
    ;;
  esac
  if [ -n "${UPDATE-}" ]; then
    take_over_documentation
  fi
}

# test/t/docs.pl with UPDATE=1 has rewritten pages of the copy.
take_over_documentation() {
  for rewritten in "$src"/README.md "$src"/README.ja.md "$src"/doc/*.md; do
    page=${rewritten#"$src"/}
    cmp -s "$rewritten" "$top/$page" || { cp "$rewritten" "$top/$page" && say "Rewritten: $page"; }
  done
}

look_for_crashes() {
  if grep -A4 -E 'runtime error:|was terminated by signal|PANIC:' "$server/log"; then
    failure 'the server crashed'
  fi
}

main
