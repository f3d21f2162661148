#!/bin/sh
# checks.sh: what can be said of the C code without tests of its own.
#
#   sh test/checks.sh
#
# 1. cppcheck reads src/. A finding that is none is marked in the code, with the reason.
# 2. The regression and pgTAP tests run with the extension built with
#    UndefinedBehaviorSanitizer, for which anything undefined is a crash.
# 3. The same run counts which lines are executed: a table by file, and the errors that no
#    test raises. test/coverage.sh prints them.
#
# AddressSanitizer reads the code that needs no server, in test/fuzz.sh.
# The last line is `N passed, N failed`: each source file that cppcheck reads, and each
# test, is one of them.

set -u
top=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
. "$top/test/lib.sh"

main() {
  at_exit=report_total
  begin
  command -v cppcheck >/dev/null || install_packages cppcheck
  read_code
  run_sanitized
}

# The server's headers stay out of it: what its error macros do is said here.
read_code() {
  say '== cppcheck'
  for file in "$top"/src/*.c; do
    if cppcheck --enable=warning,performance,portability --std=c11 --inline-suppr -q --error-exitcode=1 \
      -I "$top/src" -DPG_VERSION_NUM="${oldest_major}0000" -DRETENTION_VERSION='"0"' \
      -D'ereport(level,...)=exit(1)' -D'elog(level,...)=exit(1)' \
      --suppress=selfAssignment:"$top/src/packed.h" "$file" >"$work/log" 2>&1; then
      count 1 0 0
    else
      cat "$work/log"
      say "FAILED: $file"
      count 0 1 0
    fi
  done
}

run_sanitized() {
  say ''
  say '== Tests with UndefinedBehaviorSanitizer, lines counted'
  # shellcheck disable=SC2046 # names without spaces
  RETENTION_EXTRA_CFLAGS='-fsanitize=undefined,float-cast-overflow -fno-sanitize-recover=all --coverage -O1 -Wno-error' \
    AT_END="$top/test/coverage.sh" RETENTION_CLIENTS=no UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1 \
    sh "$top/test/run.sh" $(names_of_tests) >"$work/log" 2>&1 </dev/null
  result=$?
  sed -n '/^== Lines/,$p' "$work/log" | sed '$d'
  if [ "$result" != 0 ]; then
    grep -v '^ok' "$work/log" | tail -n 60
  fi
  count_last_line "$work/log"
}

names_of_tests() {
  for file in "$top"/test/sql/*.sql "$top"/test/pgtap/*.sql; do
    basename "$file" .sql
  done | sort -u
}

main
