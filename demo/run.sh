#!/bin/sh
# run.sh: the demonstration, from a fresh Debian with a root shell or anywhere else.
# `sh demo/run.sh --help` says what it can do.
#
# Installs what is missing, builds the extension, starts a server of its own that
# is gone afterwards, and prints either the survey scores of an invented company
# (company.sql, scores.sql) or those of a CSV file (survey_csv.sql, survey_scores.sql).
#
# With RETENTION_SERVER=running in the environment nothing is installed, built or
# started: the server that PGHOST, PGPORT and PGUSER name, on which the extension
# is installed, gets a database for the time of the demonstration.
# PG_CONFIG and PG_MAJOR choose the PostgreSQL, see test/lib.sh.

set -u
top=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
. "$top/test/lib.sh"

seed=20 # one of many possible companies; the sentences of scores.sql are about this one

file=
score=
date=
segment=
timezone=
scale=

main() {
  read_options "$@"
  if is_borrowed; then
    borrow_server
  else
    begin
  fi
  [ -z "$file" ] || take_file
  if ! is_borrowed; then
    install_missing
    build_extension
    start_server
  fi
  create_database
  if [ -n "$file" ]; then
    survey_scores
  else
    company_scores
  fi
}

help() {
  cat <<'END'
sh demo/run.sh
    prints the survey scores of an invented company.

sh demo/run.sh --survey FILE.csv --score COLUMN [options]
    prints the Net Promoter Score of your own answers, one row each, scores from 0 to 10.

  --survey FILE.csv    a CSV file whose first line names the columns; may be gzipped.
                       Separated by commas, or else by semicolons or tabs
  --score COLUMN       the score; empty is a missing answer
  --date COLUMN        when it was given, such as 2024-01-31 or 2024-01-31T16:57:58Z:
                       adds the scores by week, month or quarter
  --segment COLUMN     who gave it, such as a country or a product: adds the scores by segment
  --timezone ZONE      the time zone in which days begin, such as Europe/Berlin, where the
                       dates carry a Z or an offset (default UTC)
  --scale MIN..MAX     another scale, such as 1..5: mean and top-box share instead of NPS

A score that is no whole number of the scale is reported and left out. Nothing is sent
anywhere, and nothing stays behind but the packages and the extension that were installed.
END
}

# ------------------------------------------------------------------- options

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) help; exit 0 ;;
      --survey | --score | --date | --segment | --timezone | --scale)
        [ -n "${2-}" ] || usage "$1 needs a value."
        take_option "$1" "$2"
        shift 2
        ;;
      --survey=* | --score=* | --date=* | --segment=* | --timezone=* | --scale=*)
        [ -n "${1#*=}" ] || usage "${1%%=*} needs a value."
        take_option "${1%%=*}" "${1#*=}"
        shift
        ;;
      *) usage "There is no option \"$1\"." ;;
    esac
  done
  [ -n "$score" ] || [ -z "$file" ] || usage 'Which column has the scores? --score COLUMN names it.'
  [ -n "$file" ] || [ -z "$score$date$segment$timezone$scale" ] || usage 'Which file? --survey FILE.csv names it.'
  [ -n "$date" ] || [ -z "$timezone" ] || usage '--timezone needs --date COLUMN.'
  read_scale "${scale:-0..10}"
}

take_option() {
  case $1 in
    --survey) file=$2 ;;
    --score) score=$2 ;;
    --date) date=$2 ;;
    --segment) segment=$2 ;;
    --timezone) timezone=$2 ;;
    --scale) scale=$2 ;;
  esac
}

usage() {
  say "$1" >&2
  die '"sh demo/run.sh --help" shows the options.'
}

# read_scale MIN..MAX
read_scale() {
  say "$1" | grep -Eqx -e '-?(0|[1-9][0-9]{0,5})\.\.-?(0|[1-9][0-9]{0,5})' ||
    usage "\"$1\" is not a scale such as 1..5."
  scale_min=${1%..*}
  scale_max=${1#*..}
  [ "$scale_min" -lt "$scale_max" ] || usage "The scale $1 has to begin with its lowest score."
  [ $((scale_max - scale_min)) -le 100 ] || usage "The scale $1 has more than 101 scores."
}

# -------------------------------------------------------------------- server

is_borrowed() {
  [ "${RETENTION_SERVER-}" = running ]
}

borrow_server() {
  trap 'give_back $?' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  work=$(mktemp -d "${TMPDIR:-/tmp}/retention_demo.XXXXXX") || exit 1
}

give_back() {
  trap '' HUP INT TERM
  trap - EXIT
  if [ -n "${PGDATABASE-}" ]; then
    dropdb --if-exists "$PGDATABASE" >/dev/null 2>&1
  fi
  rm -rf "$work"
  exit "$1"
}

# What a user's own settings could change is set here, for every psql below.
create_database() {
  export PGOPTIONS='-c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=postgres -c lc_messages=C -c client_min_messages=warning -c extra_float_digits=1'
  export PGCLIENTENCODING=UTF8 LC_ALL=C.UTF-8
  unset PGTZ PGDATESTYLE PGDATABASE PSQL_PAGER PAGER
  database=retention_demo_$$
  quietly 'createdb' createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 "$database"
  export PGDATABASE="$database"
  quietly 'CREATE EXTENSION' run_psql -c 'CREATE EXTENSION retention'
}

run_psql() {
  psql -X -q -v ON_ERROR_STOP=1 "$@"
}

# ---------------------------------------------------------------- the company

company_scores() {
  quietly 'The generator' run_psql -v "seed=$seed" -f "$top/demo/company.sql"
  run_psql -f "$top/demo/scores.sql" || die 'The scores could not be computed (see above).'
  say 'Next: your own answers, with  sh demo/run.sh --survey FILE.csv --score COLUMN  (--help says more).'
}

# ---------------------------------------------------------------- the user's file

# The file as COPY can read it, in $work/csv, and how it is cut into columns.
take_file() {
  [ -e "$file" ] || die "There is no file \"$file\"."
  [ ! -d "$file" ] || die "\"$file\" is a directory, not a CSV file."
  [ -r "$file" ] || die "The file \"$file\" may not be read."
  cat <"$file" >"$work/file" || die "The file \"$file\" could not be read."
  case $(head -c 4 "$work/file" | od -An -tx1 | tr -d ' \n') in
    1f8b*)
      gzip -dc <"$work/file" >"$work/unpacked" || die "The file \"$file\" could not be unpacked."
      mv "$work/unpacked" "$work/file"
      ;;
    504b0304) die "\"$file\" is a spreadsheet or a zip file: save it as CSV first." ;;
    fffe* | feff*) die "\"$file\" is UTF-16: save it as \"CSV UTF-8\" first." ;;
  esac
  clean_lines >"$work/csv"
  rm "$work/file"
  [ -s "$work/csv" ] || die "The file \"$file\" is empty."
  scan_header
}

# Takes away the byte order mark, carriage returns and empty lines at the end. Until
# version 18, psql would take a line of backslash and full stop for the end of the data.
clean_lines() {
  if [ "$(wc -l <"$work/file")" -gt 0 ]; then
    cat "$work/file"
  else
    tr '\r' '\n' <"$work/file"
  fi |
    LC_ALL=C sed -e '1s/^\xEF\xBB\xBF//' -e 's/\r$//' |
    LC_ALL=C awk '
      $0 == ""    { empty++; next }
      $0 == "\\." { $0 = $0 " " }
      { for (; empty > 0; empty--) print ""; print }
    '
}

# Finds the separator and the number of columns in the header, which may have
# quoted names with separators and line breaks in them. COPY itself reads the names.
scan_header() {
  # shellcheck disable=SC2046 # two words
  set -- $(LC_ALL=C awk '
    {
      for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        if (c == "\"") quoted = !quoted
        else if (!quoted) count[c]++
      }
      if (!quoted) exit
    }
    END {
      if (quoted) exit
      if (count[","])       print "comma", count[","] + 1
      else if (count[";"])  print "semicolon", count[";"] + 1
      else if (count["\t"]) print "tab", count["\t"] + 1
      else                  print "comma", 1
    }
  ' "$work/csv")
  [ $# = 2 ] || die "The first line of \"$file\" has a quotation mark that does not end."
  case $1 in
    comma) delimiter=',' ;;
    semicolon) delimiter=';' ;;
    tab) delimiter=$(printf '\t') ;;
  esac
  columns=$2
}

survey_scores() {
  load_file
  # Read from standard input, so that psql names no script before its errors.
  run_psql -v VERBOSITY=default -v SHOW_CONTEXT=never \
    -v "file=$file" -v "score=$score" -v "date=$date" -v "segment=$segment" \
    -v "timezone=${timezone:-UTC}" -v "scale_min=$scale_min" -v "scale_max=$scale_max" -v "names=$names" \
    <"$top/demo/survey_csv.sql" || exit 1
  run_psql -v "file=$file" -v "score=$score" -v "date=$date" -v "segment=$segment" -v "timezone=$timezone" \
    -f "$top/demo/survey_scores.sql" || die 'The scores could not be computed (see above).'
  say 'Next: README.md shows how to install the extension where your answers are, and what else it answers.'
}

# Every record as text, the header being row 1. What is not UTF-8 is most likely
# from a spreadsheet program on Windows.
load_file() {
  names=$(seq -f 'c%.0f' -s ', ' "$columns")
  quietly 'Creating a table of the columns' run_psql \
    -c "CREATE TABLE csv (row_no bigint GENERATED ALWAYS AS IDENTITY, $(seq -f 'c%.0f text' -s ', ' "$columns"))"
  if ! copy_file UTF8 2>"$work/log"; then
    if grep -q 'invalid byte sequence' "$work/log" && copy_file WIN1252 2>"$work/log"; then
      say "\"$file\" is not UTF-8: its letters are read as Windows-1252."
    else
      cat "$work/log" >&2
      die "\"$file\" could not be read as CSV with $columns columns (see above)."
    fi
  fi
  rm "$work/csv"
}

copy_file() {
  run_psql -c "TRUNCATE csv RESTART IDENTITY" \
    -c "COPY csv ($names) FROM STDIN (FORMAT csv, DELIMITER '$delimiter', ENCODING '$1')" <"$work/csv"
}

main "$@"
