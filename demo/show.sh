# show.sh: how demo/run.sh shows progress, statements and numbers. Sourced.
#
# Numbers go to standard output, progress to standard error: what is redirected to a file
# is the same every time.

# step WHAT COMMAND...: runs it in a subshell and says how long it took. What it prints is
# in $work/said; what it complains of is shown if it fails.
step() {
  what=$1
  shift
  printf '%s ... ' "$what" >&2
  begun=$(date +%s)
  if ("$@") >"$work/said" 2>"$work/errors" </dev/null; then
    printf '%s s\n' $(($(date +%s) - begun)) >&2
  else
    printf 'failed\n' >&2
    cat "$work/errors" >&2
    exit 1
  fi
}

choose_color() {
  case ${1:-auto} in
    always) colored=yes ;;
    never) colored= ;;
    auto) colored=; if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then colored=yes; fi ;;
    *) usage "--color is always, never or auto, not \"$1\"." ;;
  esac
}

section=0

# show NAME: the heading, the text, the statement and the rows of demo/numbers/NAME.sql.
# Lines of the text that begin with the name of the invented company are about it alone.
show() {
  section=$((section + 1))
  number_text "$top/demo/numbers/$1.sql"
  sed -n '/^[^-]/,$p' "$top/demo/numbers/$1.sql"
  say ''
  run_psql -P pager=off -P footer=off -P null='' \
    -f "$top/demo/numbers/$1.sql" >"$work/rows" || die "The numbers could not be computed (see above)."
  if [ "$1" = cohorts ] && [ -n "$colored" ]; then heat <"$work/rows"; else cat "$work/rows"; fi
  has_rows || printf 'Nothing yet.\n\n'
}

has_rows() {
  awk 'ruled && NF { found = 1 } /^-[-+]*$/ { ruled = 1 } END { exit !found }' "$work/rows"
}

number_text() {
  awk -v section="$section" -v company="$company" '
    !/^--/               { exit }
    { sub(/^-- ?/, "") }
    NR == 1              { title = section ". " $0; print title; gsub(/./, "=", title); print title; next }
    NR == 2              { next }
    /^Larkspur: /        { if (!company) next
                           sub(/^Larkspur: /, "")
                           if (!about) print "Look at " $0; else print
                           about = 1; next }
    { print }
    END                  { print "" }
  ' "$1"
}

# Behind each share of the cohort table a shade of blue: the more are kept, the darker.
heat() {
  awk '
    {
      line = $0; out = ""
      while (match(line, /\| *[0-9]+% */)) {
        cell = substr(line, RSTART + 1, RLENGTH - 1)
        share = cell; gsub(/[ %]/, "", share)
        out = out substr(line, 1, RSTART) sprintf("\033[%sm%s\033[0m", shade(share + 0), cell)
        line = substr(line, RSTART + RLENGTH)
      }
      print out line
    }
    # Of the 256 colours: white to blue, and a foreground that can be read on it.
    function shade(share) {
      if (share < 10) return "30;48;5;255"
      if (share < 20) return "30;48;5;195"
      if (share < 30) return "30;48;5;153"
      if (share < 40) return "30;48;5;117"
      if (share < 50) return "30;48;5;75"
      if (share < 65) return "97;48;5;26"
      if (share < 85) return "97;48;5;25"
      return "97;48;5;18"
    }
  '
}

# create STATEMENTS: shows and runs the statements of a file, each ending with a
# semicolon, and what views they have made.
create() {
  cat <<'END'
One statement for each subject creates documented views over these tables, as you would over your
own. All numbers below are read from them:

END
  awk '{ print } /;$/ { print "" }' "$1"
  run_psql -A -t -f "$1" >"$work/views" || die "The views could not be created (see above)."
  say "Created in schema kpi:"
  sed 's/^kpi\.//' "$work/views" | tr '\n' ' ' | fold -s -w 98 | sed -e 's/^/  /' -e 's/ *$//'
  printf '\n\n'
}
