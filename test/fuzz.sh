#!/bin/sh
# fuzz.sh: fuzzes the bytes of every stored type with libFuzzer, without a server.
#
#   sh test/fuzz.sh                     every type, 60 seconds each
#   sh test/fuzz.sh 600 mrr_timeline    ten minutes, one type
#   SEED=random sh test/fuzz.sh         other inputs than those of seed 1
#   KEEP=1 sh test/fuzz.sh              keeps what it found in test/fuzz/corpus
#
# Builds test/fuzz/formats.c and the files of the extension that know nothing of
# the server with AddressSanitizer and UndefinedBehaviorSanitizer, and installs
# clang where it is missing. Fuzzing starts from the pinned values of
# test/sql/formats.sql and the values of test/fuzz/corpus/TYPE, which are one a
# line in hexadecimal: `KEEP=1` adds the shortest ones that reach other code than
# those before. A line stays when it once showed a defect.
#
# An input that fails is printed in the same form; a line in the corpus makes it a
# test of every later run. As many types run at a time as there are processors.
# The last line is `N passed, N failed`: a type is one of them.

set -u
top=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
. "$top/test/lib.sh"

corpus=$top/test/fuzz/corpus
# Whatever is longer repeats what shorter values have.
max_size=2048
# What is kept is for people to read, too.
max_kept=60
max_kept_size=160

main() {
  seconds=60
  case ${1-} in
    '') ;;
    *[!0-9]*) die 'Usage: sh test/fuzz.sh [SECONDS] [TYPE ...]' ;;
    *)
      seconds=$1
      shift
      ;;
  esac
  random_seed=${SEED-1}
  [ "$random_seed" != random ] || random_seed=$(date +%s)
  at_exit=report
  begin
  command -v clang >/dev/null || install_packages clang
  command -v perl >/dev/null || install_packages perl
  quietly 'Building the fuzzer' build_fuzzer
  "$work/fuzzer" >"$work/types"
  for type in "$@"; do
    grep -q "^$type " "$work/types" || die "There is no type \"$type\": $(names_of_types)."
  done
  [ $# -gt 0 ] || set -- $(names_of_types)
  mkdir "$work/running"
  say "Fuzzing $# types, $seconds seconds each (SEED=$random_seed)"
  for type in "$@"; do
    seed "$type"
    wait_for_processor
    fuzz "$type" &
    children="$children $!"
    : >"$work/running/$type"
  done
  wait
  children=
  for type in "$@"; do
    judge "$type"
  done
}

# report STATUS: the last line, and the exit status that goes with it.
report() {
  # shellcheck disable=SC2086 # process ids
  [ -z "$children" ] || kill $children 2>/dev/null
  report_total "$1"
}

children=

names_of_types() {
  # shellcheck disable=SC2046 # lines become words
  set -- $(sed 's/ .*//' "$work/types")
  say "$*"
}

# The sources that need no server are those that the Makefile says need none.
build_fuzzer() {
  files=
  for name in $(serverless_sources); do
    files="$files $top/src/$name.c"
  done
  # shellcheck disable=SC2086 # a list of files
  clang -std=gnu99 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror -I"$top/src" \
    -fsanitize=fuzzer,address,undefined,float-cast-overflow -fno-sanitize-recover=all \
    -o "$work/fuzzer" "$top/test/fuzz/formats.c" $files -lm
}

# What a continued line of the Makefile says.
serverless_sources() {
  awk '/^SERVERLESS *=/ { on = 1; sub(/.*=/, "") }
       on { more = sub(/\\$/, ""); print; if (!more) exit }' "$top/Makefile"
}

# seed TYPE: the pinned literals of its kind, and the corpus, as files.
seed() {
  kind=$(sed -n "s/^$1 //p" "$work/types")
  mkdir "$work/$1" "$work/$1/seeds" "$work/$1/found"
  if [ -f "$corpus/$1" ]; then set -- "$1" "$corpus/$1"; else set -- "$1"; fi
  # shellcheck disable=SC2016 # that is Perl
  perl -e '
    my ($directory, $kind, @files) = @ARGV;
    my ($prefix, $number) = (sprintf("01%02x", $kind), 0);
    foreach my $file (@files)
    {
      open(my $lines, "<", $file) or die "cannot read $file: $!";
      while (my $line = <$lines>)
      {
        while ($line =~ /(?<![0-9a-f])($prefix(?:[0-9a-f]{2})+)(?![0-9a-f])/g)
        {
          open(my $seed, ">:raw", sprintf("%s/%05d", $directory, $number++)) or die "cannot write: $!";
          print $seed pack("H*", $1);
        }
      }
    }
    die "there is no pinned value of kind $kind" if $number == 0;
  ' "$work/$1/seeds" "$kind" "$top/test/sql/formats.sql" "$top/expected/formats.out" ${2+"$2"} ||
    die "There is nothing to start from for $1."
}

wait_for_processor() {
  while [ "$(find "$work/running" -type f | wc -l)" -ge "$(nproc)" ]; do
    sleep 1
  done
}

# Runs in the background.
fuzz() {
  cd "$work/$1" || exit 1
  RETENTION_FUZZED_TYPE=$1 UBSAN_OPTIONS=print_stacktrace=1 "$work/fuzzer" -seed="$random_seed" -max_total_time="$seconds" \
    -dict="$top/test/fuzz/dictionary" -max_len="$max_size" -timeout=120 -rss_limit_mb=2048 -use_value_profile=1 -print_final_stats=1 \
    -artifact_prefix="$work/$1/failing-" found seeds >log 2>&1 </dev/null
  echo $? >status
  rm -f "$work/running/$1"
}

judge() {
  if [ "$(cat "$work/$1/status" 2>/dev/null)" = 0 ]; then
    count 1 0 0
    say "ok      $1: $(number_of_runs "$1") inputs, $(accepted_values "$1") values accepted"
    [ -z "${KEEP-}" ] || keep_corpus "$1"
    return
  fi
  count 0 1 0
  say "FAILED  $1 (SEED=$random_seed)"
  tail -n 60 "$work/$1/log"
  for input in "$work/$1"/failing-*; do
    [ ! -f "$input" ] || say "input: $(hexadecimal "$input")"
  done
}

number_of_runs() {
  sed -n 's/^stat::number_of_executed_units: *//p' "$work/$1/log"
}

# values_of TYPE DIRECTORY: the values there that the type accepts, one a line, shortest first.
values_of() {
  RETENTION_FUZZED_TYPE=$1 RETENTION_SHOW_VALUES=yes "$work/fuzzer" -runs=0 "$2" 2>/dev/null |
    sort -u | awk '{ print length($0), $0 }' | sort -n | sed 's/^[0-9]* //'
}

accepted_values() {
  values_of "$1" "$work/$1/found" | wc -l
}

# Writes test/fuzz/corpus/TYPE anew: the lines with a remark, then what was found.
keep_corpus() {
  mkdir -p "$corpus" "$work/$1/kept"
  [ -f "$corpus/$1" ] || : >"$corpus/$1"
  if ! RETENTION_FUZZED_TYPE=$1 "$work/fuzzer" -merge=1 -max_len="$max_size" "$work/$1/kept" "$work/$1/seeds" \
    "$work/$1/found" >"$work/$1/log" 2>&1 </dev/null; then
    tail -n 20 "$work/$1/log"
    return
  fi
  grep '#' "$corpus/$1" >"$work/$1/lines"
  values_of "$1" "$work/$1/kept" | awk -v max="$((2 * max_kept_size))" 'length($0) <= max' |
    head -n "$max_kept" >>"$work/$1/lines"
  cp "$work/$1/lines" "$corpus/$1"
}

# The first two bytes of an input are those of its type, whatever they are.
hexadecimal() {
  # shellcheck disable=SC2016 # that is Perl
  perl -e '
    my ($file, $kind) = @ARGV;
    open(my $input, "<:raw", $file) or die "cannot read $file: $!";
    local $/;
    my $bytes = <$input>;
    substr($bytes, 0, 2) = chr(1) . chr($kind);
    print unpack("H*", $bytes), "\n";
  ' "$1" "$(sed -n "s/^$(basename "$(dirname "$1")") //p" "$work/types")"
}

main "$@"
