# lib.sh: what test/run.sh, test/versions.sh, demo/run.sh and bench/run.sh share.
#
# Sourced, by a script that has set `top` to the root of the source tree:
#
#   top=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd)
#   . "$top/test/lib.sh"
#   begin                          # root? private directory $work, cleaned up at exit
#   install_missing                # compiler, make, PostgreSQL; `install_missing tap` for pgTAP too
#   build_extension                # compiled in the copy $src, installed for $PG_CONFIG
#                                  # (extension_is_current || build_extension: unless it is there)
#   start_server work_mem=64MB     # a server of its own; psql finds it through PGHOST
#   psql -X -c 'CREATE EXTENSION retention'
#   keep_server                    # optional: leave the server running after the script
#
# What a caller may set: PG_CONFIG or PG_MAJOR (which PostgreSQL; else the
# highest one installed, else Debian's), RETENTION_CFLAGS (more compiler
# options), TMPDIR, and at_exit (a function that is called last, with the
# exit status).
#
# A cluster that exists already is never started, stopped, upgraded or used.

oldest_major=15

say() {
  printf '%s\n' "$*"
}

die() {
  say "$*" >&2
  exit 1
}

# ---------------------------------------------------------------- life cycle

at_exit=:
child= # a process in the background that must not outlive the script
keep=
work=
server=
withheld=

begin() {
  trap 'end $?' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  [ "$(id -u)" = 0 ] ||
    die 'This needs a root shell: it installs packages and the extension, and starts a server as user postgres.'
  forget_callers_environment
  # make cannot work in a directory whose name has a space in it.
  case ${TMPDIR:-/tmp} in
    *[!A-Za-z0-9/._-]*) work=$(mktemp -d /tmp/retention.XXXXXX) ;;
    *) work=$(mktemp -d "${TMPDIR:-/tmp}/retention.XXXXXX") ;;
  esac || die 'No temporary directory could be made.'
}

# Neither a server nor make options of the caller may leak into what runs here.
forget_callers_environment() {
  for name in $(env | sed -n 's/^\(PG[A-Z]*\)=.*/\1/p'); do
    unset "$name"
  done
  unset COPT PROFILE MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
  unset LANGUAGE
  export LC_ALL=C.UTF-8
  umask 022
}

end() {
  trap '' HUP INT TERM
  trap - EXIT
  [ -z "$child" ] || kill -KILL "$child" 2>/dev/null
  allow_services
  if [ -z "$keep" ]; then
    stop_server
    if [ -n "$work" ]; then
      rm -rf --one-file-system "$work"
    fi
  fi
  "$at_exit" "$1"
  exit "$1"
}

# Runs a command quietly. When it fails, what it said is printed and the script ends.
quietly() {
  what=$1
  shift
  if ! "$@" >"$work/log" 2>&1 </dev/null; then
    tail -n 200 "$work/log" >&2
    die "$what failed (see above)."
  fi
}

# ------------------------------------------------------------------ packages

# install_missing [tap]: what it takes to build and run the extension, and with
# `tap` what its tests need. Sets PG_CONFIG, pg_major and pg_bindir.
install_missing() {
  choose_postgres
  packages=
  command -v make >/dev/null || packages="$packages make"
  has_compiler || packages="$packages gcc libc6-dev"
  [ -x "$(dirname "$PG_CONFIG")/postgres" ] || packages="$packages postgresql-$pg_major"
  has_headers "$PG_CONFIG" || packages="$packages postgresql-server-dev-$pg_major"
  if [ "${1-}" = tap ]; then
    has_pgtap || packages="$packages postgresql-$pg_major-pgtap"
    command -v prove >/dev/null || packages="$packages perl"
    command -v pg_prove >/dev/null || packages="$packages libtap-parser-sourcehandler-pgtap-perl"
  fi
  if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # a list of package names
    install_packages $packages
  fi
  can_build "$PG_CONFIG" || die "PostgreSQL at $PG_CONFIG has no server or no headers."
  pg_bindir=$("$PG_CONFIG" --bindir)
  id postgres >/dev/null 2>&1 || die 'There is no user postgres: the server cannot run as root.'
}

# install_clients: what the tests of clients need, and sqlsmith: a browser, psqlODBC, JDBC. They skip what
# cannot be had, so a failure is none here. RETENTION_CLIENTS=no leaves everything as it is.
install_clients() {
  [ "${RETENTION_CLIENTS-}" != no ] && command -v apt-get >/dev/null || return 0
  refresh_packages
  for package in sqlsmith chromium libxml2-utils unixodbc odbc-postgresql libpostgresql-jdbc-java default-jdk-headless pgxnclient; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
      say "Installing $package"
      withhold_services
      env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get install -y --no-install-recommends --no-upgrade \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$package" >"$work/clients.log" 2>&1 </dev/null ||
        say "... which cannot be had here: the tests that need it are skipped."
      allow_services
    fi
  done
}

# PG_CONFIG, else PG_MAJOR, else the highest complete installation, else a server
# that lacks only the headers, else what the distribution calls "postgresql".
choose_postgres() {
  if [ -z "${PG_CONFIG-}" ]; then
    pg_major=${PG_MAJOR-}
    [ -n "$pg_major" ] || pg_major=$(highest_installed can_build)
    [ -n "$pg_major" ] || pg_major=$(highest_installed has_server)
    [ -n "$pg_major" ] || { refresh_packages; pg_major=$(offered_major); }
    [ -n "$pg_major" ] || die "Neither an installed PostgreSQL nor a package of one was found (PG_CONFIG=... names one)."
    PG_CONFIG=/usr/lib/postgresql/$pg_major/bin/pg_config
  else
    pg_major=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
  fi
  case $pg_major in
    '' | *[!0-9]*) die "\"$pg_major\" is not a major version of PostgreSQL." ;;
  esac
  [ "$pg_major" -ge "$oldest_major" ] || die "PostgreSQL $pg_major is too old: $oldest_major or later is needed."
}

# highest_installed CHECK: the highest supported major of which CHECK pg_config holds.
highest_installed() {
  for dir in /usr/lib/postgresql/*/bin; do
    major=$(basename "$(dirname "$dir")")
    case $major in
      *[!0-9]*) ;;
      *) if [ "$major" -ge "$oldest_major" ] && "$1" "$dir/pg_config"; then say "$major"; fi ;;
    esac
  done | sort -n | tail -n 1
}

has_server() {
  [ -x "$(dirname "$1")/postgres" ]
}

has_headers() {
  [ -x "$1" ] && [ -f "$("$1" --includedir-server)/postgres.h" ] && [ -f "$("$1" --pgxs)" ]
}

can_build() {
  has_headers "$1" && [ -x "$("$1" --bindir)/postgres" ] && [ -x "$("$1" --bindir)/initdb" ]
}

has_pgtap() {
  [ -x "$PG_CONFIG" ] && [ -f "$("$PG_CONFIG" --sharedir)/extension/pgtap.control" ]
}

has_compiler() {
  command -v gcc >/dev/null && echo '#include <stdio.h>' | gcc -E - >/dev/null 2>&1
}

offered_major() {
  apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1
}

refreshed=
refresh_packages() {
  [ -z "$refreshed" ] && command -v apt-get >/dev/null || return 0
  refreshed=yes
  # One source of several may be out of reach; whether that matters shows when installing.
  apt-get update >"$work/apt-update.log" 2>&1 </dev/null || :
}

# install_packages NAME...: with apt-get, without upgrading a PostgreSQL server,
# creating a cluster or starting a service.
install_packages() {
  command -v apt-get >/dev/null ||
    die "Missing, and to be installed by hand where there is no apt-get: $*"
  say "Installing $*"
  refresh_packages
  set -- -y --no-install-recommends --no-upgrade \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@"
  if apt-get -s install "$@" 2>/dev/null | grep -q '^Inst postgresql-[0-9]* \['; then
    die 'Installing this would upgrade a PostgreSQL server that may be in use. Please upgrade it first.'
  fi
  withhold_services
  quietly 'Installing packages' \
    env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get install "$@"
  allow_services
}

policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/retention.conf

# While packages are installed, none may start a service or create the cluster "main".
withhold_services() {
  conf=/etc/postgresql-common/createcluster.conf
  if [ -f "$conf" ] &&
    ! grep -q -e '^ *include_dir.*createcluster\.d' -e '^ *create_main_cluster *= *.\{0,1\}\(false\|off\|no\)' "$conf"; then
    die "$conf would let the package create a cluster: set create_main_cluster = false there first."
  fi
  withheld=$no_cluster
  mkdir -p "$(dirname "$no_cluster")"
  echo 'create_main_cluster = false' >"$no_cluster"
  if [ ! -e "$policy" ]; then
    withheld="$withheld $policy"
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
}

allow_services() {
  # shellcheck disable=SC2086 # a list of two paths without spaces
  [ -z "$withheld" ] || rm -f $withheld
  withheld=
}

# --------------------------------------------------------------------- build

# copy_tree DIRECTORY: the sources, without what git or a build put there.
copy_tree() {
  mkdir -p "$1" &&
    tar -C "$top" -cf "$1.tar" --exclude=./.git --exclude=./bench/peers --exclude=./results \
      --exclude=./tmp_check --exclude=./test/unit/build --exclude='*.o' --exclude='*.so' --exclude='*.bc' . &&
    tar -C "$1" -xf "$1.tar" --no-same-owner &&
    rm -f "$1.tar"
}

# Compiles in a private copy, so that the source tree stays as it is, and
# installs the result for $PG_CONFIG.
build_extension() {
  say "Building for PostgreSQL $pg_major"
  src=$work/src
  admit_postgres
  quietly 'Copying the sources' copy_tree "$src"
  quietly 'make clean' extension_make clean
  quietly 'The build' extension_make -j"$(nproc)" all
  quietly 'make install' extension_make install
  chown -R postgres:postgres "$src"
}

extension_make() {
  make -C "$src" --no-print-directory PG_CONFIG="$PG_CONFIG" with_llvm=no \
    COPT="${RETENTION_CFLAGS-} -DRETENTION_SOURCES=$(fingerprint)" "$@"
}

# Whether build_extension has installed just what it would install now.
extension_is_current() {
  library=$("$PG_CONFIG" --pkglibdir)/retention.so
  control=$("$PG_CONFIG" --sharedir)/extension/retention.control
  cmp -s "$top/retention.control" "$control" && [ -r "$library" ] && grep -aqF "sources: $(fingerprint)" "$library"
}

# What a build depends on, as a word that the library carries: sources, compiler options, server.
fingerprint() {
  {
    "$PG_CONFIG" --version --configure
    say "${RETENTION_CFLAGS-}"
    cd "$top" && cat Makefile ./*.control &&
      find src sql -type f \( -name '*.[ch]' -o -name '*.awk' -o -path '*/parts/*' \) | LC_ALL=C sort | xargs cat
  } | sha256sum | cut -c 1-40 | sed 's/^/s/'
}

# The private directory is for root and postgres alone: whoever reaches the
# socket of a server that trusts everybody can act as user postgres.
admit_postgres() {
  chgrp postgres "$work"
  chmod 750 "$work"
  as_postgres test -x "$work" ||
    die "User postgres cannot reach $work: please set TMPDIR to a directory that it can enter."
  mkdir -p "$work/home"
  chown postgres:postgres "$work/home"
}

# What runs the programs of user postgres: a command with its first arguments, or none.
beforehand=

as_postgres() {
  # shellcheck disable=SC2086 # words without spaces
  $beforehand setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$work/home" "$@"
}

# -------------------------------------------------------------------- server

# start_server [NAME=VALUE ...]: lines for postgresql.conf, after the defaults.
# Durability is off: nothing in this server outlives the script.
start_server() {
  admit_postgres
  mkdir -p "$work/server" "$work/socket"
  chown postgres:postgres "$work/server" "$work/socket"
  chmod 700 "$work/server"
  quietly initdb in_work as_postgres "$pg_bindir/initdb" --pgdata="$work/server" --username=postgres \
    --auth=trust --no-sync --encoding=UTF8 --locale=C.UTF-8
  printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$work/socket'" 'port = 5432' \
    'fsync = off' 'synchronous_commit = off' 'full_page_writes = off' "$@" >>"$work/server/postgresql.conf"
  server=$work/server
  if ! in_work as_postgres "$pg_bindir/pg_ctl" --pgdata="$server" --log="$server/log" --wait --timeout=600 --silent \
    start >"$work/log" 2>&1 </dev/null; then
    cat "$work/log" "$server/log" >&2
    die 'The server did not start (see above).'
  fi
  export PGHOST="$work/socket" PGPORT=5432 PGUSER=postgres PATH="$pg_bindir:$PATH"
}

# initdb and pg_ctl complain when started where user postgres may not be.
in_work() (
  cd "$work" && "$@"
)

stop_server() {
  [ -n "$server" ] || return 0
  in_work as_postgres "$pg_bindir/pg_ctl" --pgdata="$server" --mode=immediate --silent --wait stop >/dev/null 2>&1 || :
  server=
}

# The server outlives the script; says how to reach it and how to end it.
keep_server() {
  keep=yes
  say "psql -h $PGHOST -U postgres"
  say "setpriv --reuid=postgres --regid=postgres --clear-groups $pg_bindir/pg_ctl -D $server stop && rm -rf $work"
}

# ------------------------------------------------------------------ counting

passed=0
failed=0
skipped=0

# count PASSED FAILED SKIPPED
count() {
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

say_total() {
  if [ "$skipped" -gt 0 ]; then
    say "$passed passed, $failed failed, $skipped skipped"
  else
    say "$passed passed, $failed failed"
  fi
}

# report_total STATUS: as at_exit of what counts: the last line, and the exit status that goes with it.
report_total() {
  if [ "$1" != 0 ] && [ "$failed" = 0 ]; then
    failed=1
  fi
  say_total
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ] || exit 1
}

# count_last_line FILE: adds the total that a test command printed last; a
# command that ended without one counts as a failure.
count_last_line() {
  # shellcheck disable=SC2046 # two or three numbers
  set -- $(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed\(, \([0-9]*\) skipped\)\{0,1\}$/\1 \2 \4/p' "$1")
  if [ $# -ge 2 ]; then
    count "$1" "$2" "${3:-0}"
  else
    count 0 1 0
  fi
}
