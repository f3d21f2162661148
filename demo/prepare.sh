#!/bin/sh
# prepare.sh: turns public data sets into a directory for `sh demo/run.sh --data DIR`.
#
#   sh demo/prepare.sh DATA DIR
#
# DATA/sets has them as gzipped CSV files; those that are missing are left out:
#   online_retail_orders   UCI Online Retail, orders of a British shop: events.csv, one line
#                          for each order, and subscriptions.csv, the orders of a customer
#                          in a month as an amount that holds for this month
#   nps_garden_retail      a survey of a French retailer: answers.csv. The months of the file
#                          are numbers; 0 is taken as January 2016 here
#   x_education_leads      leads of a company that sells courses: leads.csv, where every
#                          column is an attribute, lead_events.csv, what is known of what
#                          they did, all at one moment, and scorecard.json
#
# The data belong to others and are no part of this project.

set -u
top=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd) || exit 1

main() {
  if [ $# != 2 ]; then
    fail 'Two directories are needed: sh demo/prepare.sh DATA DIR'
  fi
  sets=$1/sets
  target=$2
  [ -d "$sets" ] || fail "There is no directory \"$sets\"."
  mkdir -p "$target" || exit 1
  found=
  if has online_retail_orders; then orders; fi
  if has nps_garden_retail; then survey; fi
  if has x_education_leads; then leads; fi
  rm -f "$target/unpacked"
  [ -n "$found" ] || fail "\"$sets\" has none of the data sets that this script knows."
}

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

has() {
  [ -r "$sets/$1.csv.gz" ] && found=yes
}

unpack() {
  gzip -dc <"$sets/$1.csv.gz" >"$target/unpacked" || fail "$sets/$1.csv.gz could not be unpacked."
}

# columns NAME...: fails unless the file on standard input begins with these columns.
columns() {
  read -r header
  case $header, in
    "$1",*) ;;
    *) fail "The file should begin with the columns $1, but begins with $header." ;;
  esac
}

orders() {
  unpack online_retail_orders
  {
    columns order_id,customer_id,ordered_at,kind,lines,items,amount,country
    LC_ALL=C awk -F, -v OFS=, -v events="$target/events.csv" -v subscriptions="$target/subscriptions.csv" '
      BEGIN {
        print "customer_id", "event", "occurred_at" >events
        print "customer_id", "started_on", "ended_on", "mrr" >subscriptions
      }
      {
        print $2, $4, $3 >events
        # In thousandths, which a number of awk holds exactly.
        month = substr($3, 1, 7)
        amount[$2 OFS month] += thousandths($7)
      }
      END {
        close(subscriptions)
        for (key in amount) {
          split(key, part, OFS)
          split(part[2], date, "-")
          after = date[2] == 12 ? sprintf("%d-01", date[1] + 1) : sprintf("%d-%02d", date[1], date[2] + 1)
          print part[1], part[2] "-01", after "-01", decimal(amount[key]) | ("sort >>\"" subscriptions "\"")
        }
      }
      function thousandths(text,    negative, part) {
        negative = sub(/^-/, "", text)
        split(text, part, ".")
        return (negative ? -1 : 1) * (part[1] * 1000 + substr(part[2] "000", 1, 3))
      }
      function decimal(number) {
        return sprintf("%s%d.%03d", number < 0 ? "-" : "", int(abs(number) / 1000), abs(number) % 1000)
      }
      function abs(number) {
        return number < 0 ? -number : number
      }
    '
  } <"$target/unpacked" || exit 1
}

survey() {
  unpack nps_garden_retail
  {
    columns respondent,nps,satisfaction,intention,visits,last_ticket,month
    LC_ALL=C awk -F, -v OFS=, '
      BEGIN { print "customer_id", "score", "answered_at" }
      {
        month = $7 == "" ? "" : sprintf("%d-%02d-01", 2016 + int($7 / 12), $7 % 12 + 1)
        print $1, $2, month
      }
    ' >"$target/answers.csv"
  } <"$target/unpacked" || exit 1
}

# The columns that are used here come before the first that has quotation marks.
leads() {
  first=lead_number,lead_origin,lead_source,do_not_email,do_not_call,converted
  first=$first,totalvisits,total_time_spent_on_website,page_views_per_visit,last_activity
  unpack x_education_leads
  sed '1s/^lead_number,/lead_id,/' <"$target/unpacked" >"$target/leads.csv" || exit 1
  {
    columns "$first"
    LC_ALL=C awk -F, -v OFS=, -v at=2024-03-01T00:00:00Z '
      BEGIN { print "lead_id", "event", "occurred_at" }
      {
        for (visit = 1; visit <= $7; visit++) print $1, "visit", at
        if ($8 >= 600) print $1, "ten minutes", at
        if ($10 != "") print $1, $10, at
      }
    ' >"$target/lead_events.csv"
  } <"$target/unpacked" || exit 1
  cp "$top/demo/x_education_scorecard.json" "$target/scorecard.json" || exit 1
}

main "$@"
