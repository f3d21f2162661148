# csv.sh: from a user's CSV file to the table `csv` of texts, for demo/run.sh.
#
# Sourced. Needs test/lib.sh, $work and run_psql.

# prepare_csv FILE: the file as COPY can read it, in $work/csv, and how it is cut into
# columns, in $delimiter and $columns.
prepare_csv() {
  file=$1
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

# The names in the header of $work/csv, one a line, in $work/titles: without the blanks
# around them, a line break in one as a blank.
read_titles() {
  LC_ALL=C awk -v delimiter="$delimiter" '
    function end_title() {
      gsub(/[\r\n]/, " ", title)
      print title
      title = ""
    }
    {
      for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        if (c == "\"" && quoted && substr($0, i + 1, 1) == "\"") {
          title = title c
          i++
        }
        else if (c == "\"") quoted = !quoted
        else if (c == delimiter && !quoted) end_title()
        else title = title c
      }
      if (!quoted) { end_title(); exit }
      title = title "\n"
    }
  ' "$work/csv" >"$work/header"
  encoding=UTF-8
  iconv -f UTF-8 -t UTF-8 <"$work/header" >/dev/null 2>&1 || encoding=WINDOWS-1252
  iconv -c -f "$encoding" -t UTF-8 <"$work/header" | without_blanks >"$work/titles"
}

# Takes away the blanks at both ends of each line, those that must not be broken at too.
without_blanks() {
  LC_ALL=C sed -e 's/^\([[:blank:]]\|\xC2\xA0\)*//' -e 's/\([[:blank:]]\|\xC2\xA0\)*$//'
}

# count_titled NAME: how many columns have this name.
count_titled() {
  grep -Fxc -e "$(say "$1" | tr '\r\n' ' ' | without_blanks)" "$work/titles"
}

# All names as an error lists them.
quoted_titles() {
  list=$(sed -e '/^$/d' -e 's/.*/"&"/' "$work/titles" | paste -s -d , | sed 's/","/", "/g')
  say "${list:-nothing}"
}

# csv_error MESSAGE HINT: in the form of the errors that reading the rows gives.
csv_error() {
  say "ERROR:  $1" >&2
  die "HINT:  $2"
}

# Every record of $work/csv as text, the header being row 1, in the table csv. What is
# not UTF-8 is most likely from a spreadsheet program on Windows.
load_csv() {
  names=$(seq -f 'c%.0f' -s ', ' "$columns")
  quietly 'Creating a table of the columns' run_psql -c 'DROP TABLE IF EXISTS csv CASCADE' \
    -c "CREATE TABLE csv (row_no bigint GENERATED ALWAYS AS IDENTITY, $(seq -f 'c%.0f text' -s ', ' "$columns"))"
  if ! copy_csv UTF8 2>"$work/log"; then
    if grep -q 'invalid byte sequence' "$work/log" && copy_csv WIN1252 2>"$work/log"; then
      say "\"$file\" is not UTF-8: its letters are read as Windows-1252."
    else
      cat "$work/log" >&2
      die "\"$file\" could not be read as CSV with $columns columns (see above)."
    fi
  fi
  rm "$work/csv"
}

copy_csv() {
  run_psql -c "TRUNCATE csv RESTART IDENTITY" \
    -c "COPY csv ($names) FROM STDIN (FORMAT csv, DELIMITER '$delimiter', ENCODING '$1')" <"$work/csv"
}

# sql_of_csv SCRIPTS [psql options]: scripts of demo/ that read the table csv, after the
# functions of csv.sql. From standard input, so that psql names no script before its errors.
sql_of_csv() {
  scripts=$1
  shift
  for script in csv.sql $scripts; do cat "$top/demo/$script"; done |
    run_psql -v VERBOSITY=default -v SHOW_CONTEXT=never -v "file=$file" -v "names=$names" "$@"
}
