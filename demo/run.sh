#!/bin/sh
# run.sh: the demonstration, from a fresh Debian with a root shell or anywhere else.
# `sh demo/run.sh --help` says what it can do, demo/README.md says more.
#
# Installs what is missing, builds the extension, starts a server of its own that
# is gone afterwards, and prints the numbers of an invented company (company.sql) or of
# the user's files (--data: read*.sql), through the views that the extension creates
# (create_views.sql, numbers/*.sql); or the survey scores of a single CSV file (--survey:
# survey_csv.sql, survey_scores.sql).
#
# RETENTION_SERVER in the environment says which server, where the extension is installed
# already and nothing is to be installed or built:
#   running   the one that PGHOST, PGPORT and PGUSER name; it gets a database for the time
#             of the demonstration
#   own       one of this user's own; the only way without a root shell
# PG_CONFIG and PG_MAJOR choose the PostgreSQL, see test/lib.sh.

set -u
top=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
. "$top/test/lib.sh"
. "$top/demo/csv.sh"
. "$top/demo/show.sh"
. "$top/demo/server.sh"

seed=10 # one of many possible companies; what is said about Larkspur is about this one

survey=
score=
date=
segment=
scale=
data=
as_of=
report=
keep_up=
color=auto
timezone=

main() {
  read_options "$@"
  prepare_server
  [ -z "$survey" ] || check_survey
  [ -z "$data" ] || check_data
  bring_server
  create_database
  if [ -n "$survey" ]; then
    survey_scores
  else
    if [ -n "$data" ]; then read_data; else generate_company; fi
    show_numbers
    write_report
    if [ -n "$keep_up" ]; then stay_up; fi
    say_next
  fi
}

help() {
  cat <<'END'
sh demo/run.sh [options]
    generates a company and prints its numbers, each with the SQL that computes it: NPS by
    month, cohort retention, recurring revenue, churn, the best leads.

sh demo/run.sh --data DIR [options]
    prints the same of your own CSV files in this directory, as many of them as are there.
    The first line names the columns; those in brackets may be missing:

    answers.csv         score, answered_at [, customer_id, segment]
    events.csv          customer_id, occurred_at [, event, segment]
    subscriptions.csv   customer_id, started_on, ended_on, mrr [, product, segment]
    leads.csv           lead_id, attributes (JSON), or any columns instead of it
    lead_events.csv     lead_id, event, occurred_at
    scorecard.json      what earns a lead points; needed for leads.csv

    demo/README.md describes them. A row that cannot be used is reported and left out.

    --timezone ZONE      the time zone in which days begin, such as Europe/Berlin, where
                         times carry a Z or an offset (default UTC)
    --as-of DATE         the last day that the files cover (default: the last day in each)

Options of both:

    --keep               leaves the server up; says how psql and BI tools reach it, and how
                         to stop it
    --report FILE        where to write the report, one HTML page
                         (default retention-report.html, in the current directory)
    --color WHEN         colours in the cohort table: always, never or auto (default: auto,
                         where the output is a terminal)

sh demo/run.sh --survey FILE.csv --score COLUMN [options]
    prints the Net Promoter Score of your own answers, one row each, scores from 0 to 10.

    --survey FILE.csv    a CSV file whose first line names the columns; may be gzipped.
                         Separated by commas, or else by semicolons or tabs
    --score COLUMN       the score; empty is a missing answer
    --date COLUMN        when it was given, such as 2024-01-31 or 2024-01-31T16:57:58Z:
                         adds the scores by week, month or quarter
    --segment COLUMN     who gave it, such as a country or a product: adds the scores by
                         segment
    --timezone ZONE      the time zone in which days begin, such as Europe/Berlin, where the
                         dates carry a Z or an offset (default UTC)
    --scale MIN..MAX     another scale, such as 1..5: mean and top-box share instead of NPS

A score that is no whole number of the scale is reported and left out. Nothing is sent
anywhere, and nothing stays behind but the report, and the packages and the extension that
were installed.
END
}

# ------------------------------------------------------------------- options

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) help; exit 0 ;;
      --keep) keep_up=yes; shift ;;
      --survey | --score | --date | --segment | --timezone | --scale | --data | --as-of | --report | --color)
        [ -n "${2-}" ] || usage "$1 needs a value."
        take_option "$1" "$2"
        shift 2
        ;;
      --survey=* | --score=* | --date=* | --segment=* | --timezone=* | --scale=* | --data=* | --as-of=* | --report=* | --color=*)
        [ -n "${1#*=}" ] || usage "${1%%=*} needs a value."
        take_option "${1%%=*}" "${1#*=}"
        shift
        ;;
      *) usage "There is no option \"$1\"." ;;
    esac
  done
  if [ -n "$survey" ]; then
    [ -z "$data$as_of$report$keep_up" ] || usage '--data, --as-of, --report and --keep do not go with --survey.'
    [ -n "$score" ] || usage 'Which column has the scores? --score COLUMN names it.'
    [ -n "$date" ] || [ -z "$timezone" ] || usage '--timezone needs --date COLUMN.'
  else
    [ -z "$score$date$segment$scale" ] || usage 'Which file? --survey FILE.csv names it.'
    [ -n "$data" ] || [ -z "$timezone$as_of" ] || usage '--timezone and --as-of need files: --data DIR or --survey FILE.csv.'
  fi
  read_scale "${scale:-0..10}"
  choose_color "$color"
}

take_option() {
  case $1 in
    --survey) survey=$2 ;;
    --score) score=$2 ;;
    --date) date=$2 ;;
    --segment) segment=$2 ;;
    --timezone) timezone=$2 ;;
    --scale) scale=$2 ;;
    --data) data=$2 ;;
    --as-of) as_of=$2 ;;
    --report) report=$2 ;;
    --color) color=$2 ;;
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

company= # whether the numbers are those of the invented company

generate_company() {
  company=yes
  timezone=Europe/Berlin
  as_of=2026-01-18
  step 'Generating three years of a company' generate
  cat <<'END'

Larkspur, an invented company, sells software by subscription: to Starter, Business and Enterprise
customers. Its tables have three years of what they did, paid and answered, up to 18 January 2026:

END
  run_psql -P pager=off -P footer=off -f "$top/demo/tables.sql" || exit 1
}

generate() {
  run_psql -v "seed=$seed" -f "$top/demo/company.sql" &&
    run_psql -v "card=$(cat "$top/demo/scorecard.json")" <<'END'
CREATE TABLE scorecard AS SELECT :'card'::retention.scorecard AS card;
END
}

# ------------------------------------------------------------ the user's files

data_files='answers events subscriptions leads lead_events'

check_data() {
  [ -d "$data" ] || die "There is no directory \"$data\"."
  say "${as_of:-2024-01-31}" | grep -Eqx '[0-9]{4}-[0-9]{2}-[0-9]{2}' || usage "--as-of is a day such as 2024-01-31, not \"$as_of\"."
  found=
  for path in "$data"/*; do
    name=$(basename "$path")
    case $name in
      answers.csv | events.csv | subscriptions.csv | leads.csv | lead_events.csv | scorecard.json) found=yes ;;
      '*') ;;
      *) say "\"$name\" is not read: it is none of the files that --help names." >&2 ;;
    esac
  done
  [ -n "$found" ] || die "\"$data\" has none of the files answers.csv, events.csv, subscriptions.csv, leads.csv."
  if has_file leads; then
    [ -f "$data/scorecard.json" ] || die 'leads.csv needs a scorecard.json, which says what earns a lead points.'
  elif has_file lead_events || [ -f "$data/scorecard.json" ]; then
    die 'lead_events.csv and scorecard.json need leads.csv.'
  fi
  for name in $data_files; do
    if has_file "$name"; then check_header "$name"; fi
  done
}

# check_header NAME: before anything is installed or built, whether the columns are there
# that read_NAME.sql reads.
check_header() {
  prepare_csv "$data/$1.csv"
  read_titles
  for column in $(columns_of "$1" required); do
    [ "$(count_titled "$column")" != 0 ] || csv_error "\"$1.csv\" has no column \"$column\"" \
      "Its first line names: $(quoted_titles). demo/README.md says which columns the files have."
  done
  for column in $(columns_of "$1" required) $(columns_of "$1" optional); do
    [ "$(count_titled "$column")" -le 1 ] || csv_error "several columns of \"$1.csv\" are called \"$column\"" \
      'Each column needs a name of its own in the first line of the file.'
  done
}

# columns_of NAME required|optional
columns_of() {
  grep -o "$2_column([^)]*)" "$top/demo/read_$1.sql" | sed "s/.*'\([a-z_]*\)')/\1/" | sort -u
}

has_file() {
  [ -e "$data/$1.csv" ]
}

read_data() {
  timezone=${timezone:-UTC}
  quietly 'Creating a schema' run_psql -c 'CREATE SCHEMA reading'
  options=$PGOPTIONS
  export PGOPTIONS="$options -c search_path=reading,public"
  # The extension knows the time zones, PostgreSQL the days.
  for check in "SELECT retention.periods('day', :'timezone')" "SELECT nullif(:'as_of', '')::date"; do
    say "$check" | run_psql -v "timezone=$timezone" -v "as_of=$as_of" >/dev/null || exit 1
  done
  for name in $data_files; do
    if has_file "$name"; then
      step "Reading $name.csv" read_file "$name"
      cat "$work/said" >&2
    fi
  done
  if has_file leads; then read_scorecard; fi
  say "What was read of $data:"
  say ''
  run_psql -P pager=off -P footer=off -f "$top/demo/reading.sql" || exit 1
  quietly 'Dropping a schema' run_psql -c 'DROP SCHEMA reading CASCADE'
  export PGOPTIONS="$options"
}

read_file() {
  prepare_csv "$data/$1.csv"
  load_csv
  file=$1.csv
  sql_of_csv "read.sql read_$1.sql" -v "timezone=$timezone"
}

# Without lead_events.csv nothing is known of what leads have done.
read_scorecard() {
  run_psql -c 'CREATE TABLE IF NOT EXISTS public.lead_events (lead_id text, event text, occurred_at timestamptz)' || exit 1
  run_psql -v VERBOSITY=default -v SHOW_CONTEXT=never -v file=scorecard.json -v "card=$(cat "$data/scorecard.json")" \
    <"$top/demo/read_scorecard.sql" || exit 1
}

# ----------------------------------------------------------------- the numbers

show_numbers() {
  run_psql -v "timezone=$timezone" -v "as_of=$as_of" -f "$top/demo/create_views.sql" >"$work/create.sql" || exit 1
  create "$work/create.sql"
  if has_table answers; then show nps; fi
  if has_table events; then show cohorts && show average_retention; fi
  if has_table subscriptions; then show mrr_bridge && show churn && show trailing_retention; fi
  if has_table leads; then show leads; fi
}

has_table() {
  [ "$(run_psql -A -t -c "SELECT to_regclass('public.$1') IS NOT NULL")" = t ]
}

# One page with pictures, where the extension has the function that draws it.
write_report() {
  report=${report:-retention-report.html}
  [ "$(run_psql -A -t -c "SELECT to_regproc('retention.report_html') IS NOT NULL")" = t ] || return 0
  step 'Drawing the report' run_psql -A -t -c "SELECT retention.report_html('kpi')"
  cat "$work/said" >"$report" || die "The report could not be written to \"$report\": --report FILE says where to."
  say 'The same as pictures, one page for a browser, is in'
  say "  $(CDPATH='' cd -- "$(dirname -- "$report")" && pwd)/$(basename -- "$report")"
  say "made by  SELECT retention.report_html('kpi');"
  say ''
}

say_next() {
  if [ -n "$company" ]; then
    say 'Next: your own tables as CSV files, with  sh demo/run.sh --data DIR  (--help says more).'
  else
    say 'Next: README.md shows how to install the extension where your tables are, and what else it answers.'
  fi
}

# ---------------------------------------------------------------- a single survey

check_survey() {
  prepare_csv "$survey"
  read_titles
  grep -q . "$work/titles" ||
    csv_error "the first line of \"$survey\" names no columns" 'It has to be a header such as date,score.'
  check_titled --score "$score"
  check_titled --date "$date"
  check_titled --segment "$segment"
}

# check_titled OPTION NAME: an error unless the file has one column of this name.
check_titled() {
  [ -n "$2" ] || return 0
  case $(count_titled "$2") in
    0) csv_error "\"$survey\" has no column \"$2\"" "$1 takes one of: $(quoted_titles)." ;;
    1) ;;
    *) csv_error "several columns of \"$survey\" are called \"$2\"" \
      "Give the one that $1 means a name of its own in the first line of the file." ;;
  esac
}

survey_scores() {
  load_csv
  sql_of_csv survey_csv.sql -v "score=$score" -v "date=$date" -v "segment=$segment" \
    -v "timezone=${timezone:-UTC}" -v "scale_min=$scale_min" -v "scale_max=$scale_max" || exit 1
  run_psql -v "file=$survey" -v "score=$score" -v "date=$date" -v "segment=$segment" -v "timezone=$timezone" \
    -f "$top/demo/survey_scores.sql" || die 'The scores could not be computed (see above).'
  say 'Next: README.md shows how to install the extension where your answers are, and what else it answers.'
}

main "$@"
