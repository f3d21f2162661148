# coverage.sh: sourced by test/run.sh after tests of a build with --coverage (see test/checks.sh).
# Prints how many lines of each source file were executed, and the errors that were not raised. Fewer lines in all
# than the floor are a failure: what is new comes with its tests.

floor=97 # percent

title 'Lines that the tests execute'
stop_server # what backends counted is written when they end
(
  cd "$src" || exit
  for file in src/*.c; do
    gcov -o src "src/$(basename "$file" .c).o" 2>/dev/null
  done | awk '
    /^File / { name = $2; gsub(/\047/, "", name); sub(/.*\//, "", name) }
    /^Lines executed:/ && name ~ /\.c$/ && !(name in seen) {
      seen[name] = 1
      split($0, part, /[:% ]+/)
      percent = part[3]; lines = $NF
      printf "%-28s %5d lines %6.1f %%\n", name, lines, percent
      total += lines; executed += lines * percent / 100
    }
    END { if (total) printf "%-28s %5d lines %6.1f %%\n", "all", total, 100 * executed / total }' >"$work/coverage"
  cat "$work/coverage"
  say ''
  say 'Errors that no test raises:'
  # also by the functions that raise one for others, and what checks of bytes and scorecards say
  for file in *.c.gcov; do
    awk -v file="${file%.gcov}" -F: '
      $1 ~ /#####/ && /ereport\(ERROR|elog\(ERROR|ereturn\(|OutOfRange\(|TooMany[A-Za-z]*\(|CouldNot[A-Za-z]*\(|Refuse[A-Za-z]*\(|AddProblem\(|return ".*\."/ { line = $2 + 0; sub(/^[^:]*:[^:]*:/, ""); gsub(/^[ \t]+/, ""); print file ":" line ": " $0 }' "$file"
  done
)
executed=$(awk '$1 == "all" { print $4 }' "$work/coverage")
if [ -n "$executed" ] && awk -v executed="$executed" -v floor="$floor" 'BEGIN { exit executed < floor }'; then
  count 1 0 0
else
  failure "the tests execute ${executed:-no} % of the lines, fewer than $floor %"
fi
