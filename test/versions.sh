#!/bin/sh
# versions.sh: runs test/run.sh on other PostgreSQL versions than the one installed.
#
#   sh test/versions.sh 17 18
#
# Each major comes from the Debian suite that carries it, unpacked into a
# temporary directory (debootstrap) and entered in namespaces of its own; nothing
# is installed on the host except debootstrap. The mirror, its key and the proxy are those
# that the host's apt is configured with. A version is skipped only while no Debian
# mirror can be reached; a suite that no longer carries it, a package that cannot be
# installed, a failing build or test is a failure. The last line adds up all versions.
#
# RETENTION_CHROOT_CACHE names a directory where the suites, with everything
# installed, are kept for the next run; delete a file there to renew it.

set -u
top=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
. "$top/test/lib.sh"

main() {
  [ $# -gt 0 ] || die 'Usage: sh test/versions.sh MAJOR ...   (for instance 17 18)'
  for major in "$@"; do
    suite_of "$major" >/dev/null
  done
  at_exit=report
  begin
  for major in "$@"; do
    test_version "$major" "$(suite_of "$major")"
  done
}

suite_of() {
  case $1 in
    15) say bookworm ;;
    17) say trixie ;;
    18) say forky ;;
    *) die "No Debian suite is known to carry PostgreSQL $1 (15, 17 and 18 are)." ;;
  esac
}

# report STATUS: the last line, and the exit status that goes with it.
report() {
  if [ "$1" != 0 ] && [ "$failed" = 0 ]; then
    failed=1
  fi
  say_total
  [ "$failed" = 0 ] || exit 1
}

test_version() {
  major=$1
  suite=$2
  root=$work/$suite
  log=$work/$suite.log
  say ''
  say "=== PostgreSQL $major (Debian $suite)"
  if ! prepare_root; then
    if reaches_a_mirror; then
      say "FAILED: PostgreSQL $major was not tested, although a Debian mirror can be reached"
      count 0 1 0
    else
      say "skipped: PostgreSQL $major, because no Debian mirror can be reached"
      count 0 0 1
    fi
    rm -rf --one-file-system "$root"
    return
  fi
  bring_sources
  bring_older_postgres
  run_tests
  count_last_line "$log"
  rm -rf --one-file-system "$root"
}

# ------------------------------------------------------------ the Debian inside

# Makes $root a Debian $suite in which everything that the tests need is installed.
prepare_root() {
  cached=${RETENTION_CHROOT_CACHE:+$RETENTION_CHROOT_CACHE/$suite-$(dpkg --print-architecture).tar}
  if [ -n "$cached" ] && [ -f "$cached" ]; then
    mkdir "$root" && tar -C "$root" -xpf "$cached" --numeric-owner
    return
  fi
  bootstrap || return 1
  copy_tree "$root/root/retention"
  run_inside sh -c 'top=/root/retention; . "$top/test/lib.sh"; begin; install_missing tap' >"$log" 2>&1 || {
    tail -n 40 "$log"
    say "The packages cannot be installed in $suite (see above)."
    return 1
  }
  rm -rf "$root/root/retention"
  if [ -n "$cached" ]; then
    mkdir -p "$RETENTION_CHROOT_CACHE" &&
      tar -C "$root" -cf "$cached.new" --numeric-owner . && mv "$cached.new" "$cached"
  fi
}

bootstrap() {
  find_mirror || {
    say "No Debian mirror in the configuration of apt that can be reached carries $suite."
    return 1
  }
  tools=
  command -v debootstrap >/dev/null || tools="$tools debootstrap"
  command -v gpgv >/dev/null || tools="$tools gpgv"
  # shellcheck disable=SC2086 # a list of package names
  [ -z "$tools" ] || install_packages $tools
  proxy=$(apt-config shell value Acquire::http::Proxy)
  eval "$proxy"
  http_proxy=${value-${http_proxy-}}
  export http_proxy
  script=/usr/share/debootstrap/scripts/$suite
  [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
  include=
  case $mirror in
    https:*) include=--include=ca-certificates ;;
  esac
  # In namespaces of its own: whatever it mounts is gone when it ends, or is killed.
  unshare --mount --pid --fork --kill-child debootstrap --variant=minbase --force-check-gpg \
    --keyring="$keyring" $include "$suite" "$root" "$mirror" "$script" >"$log" 2>&1 </dev/null &
  wait_for_child || {
    tail -n 40 "$log"
    say "$suite cannot be bootstrapped (see above)."
    return 1
  }
  configure_root
}

# Of the sources of the host's apt, whichever their form: archive, and where it is stated.
list_mirrors() {
  apt-get indextargets --format '$(REPO_URI) $(SOURCESENTRY)' 'Created-By: Packages' 'Component: main' |
    sort -u >"$work/mirrors"
}

# Sets mirror and keyring.
find_mirror() {
  list_mirrors
  while read -r mirror entry; do
    case $mirror in
      http:* | https:*) ;;
      *) continue ;;
    esac
    carries_suite "$mirror" || continue
    # Entries are named FILE:NUMBER. The key is stated as `Signed-By: FILE` or [signed-by=FILE].
    keyring=$(sed -n 's/^[^#]*[Ss]igned-[Bb]y[:=] *\(\/[^] ,]*\).*/\1/p' "${entry%:*}" | head -n 1)
    [ -f "$keyring" ] || keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    return 0
  done <"$work/mirrors"
  return 1
}

# carries_suite MIRROR [SUITE]: other archives name their suites like Debian's, so what the mirror says it is counts.
carries_suite() {
  rm -f "$work/InRelease"
  timeout 180 /usr/lib/apt/apt-helper -o Acquire::http::Timeout=60 -o Acquire::https::Timeout=60 \
    -o Acquire::Retries=2 download-file "${1%/}/dists/${2-$suite}/InRelease" "$work/InRelease" >/dev/null 2>&1 </dev/null &&
    grep -qx 'Origin: Debian' "$work/InRelease" && grep -qx 'Label: Debian' "$work/InRelease"
}

# Whether a mirror answers at all: every Debian mirror carries unstable.
reaches_a_mirror() {
  list_mirrors
  while read -r mirror entry; do
    ! carries_suite "$mirror" unstable || return 0
  done <"$work/mirrors"
  return 1
}

# Smaller and faster installations, and a mirror that lags behind is good enough
# for a test (signatures are checked all the same).
configure_root() {
  cat >"$root/etc/dpkg/dpkg.cfg.d/small" <<END
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/lib/llvm-*/lib/*.a
path-exclude=/usr/lib/llvm-*/include/*
END
  cat >"$root/etc/apt/apt.conf.d/test" <<END
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Keep-Downloaded-Packages "false";
END
  cp /etc/hosts "$root/etc/hosts"
}

# --------------------------------------------------------------- running inside

bring_sources() {
  copy_tree "$root/root/retention"
  data=${RETENTION_DATA-$top/../shared/data}
  if [ -d "$data" ]; then
    cp -R "$data" "$root/root/data"
  fi
}

# Takes the oldest PostgreSQL of this machine along, with the extension built for it, so that
# test/t/pg_upgrade.pl upgrades from it. The suite keeps its own libraries and gets those that it lacks.
bring_older_postgres() {
  for older in $(seq "$oldest_major" $((major - 1))); do
    PG_CONFIG=/usr/lib/postgresql/$older/bin/pg_config
    if can_build "$PG_CONFIG" && has_compiler; then
      say "Taking PostgreSQL $older along, to upgrade from it"
      cp -R -p --parents "/usr/lib/postgresql/$older" "/usr/share/postgresql/$older" "$root"
      src=$work/older
      [ -d "$src" ] || quietly 'Copying the sources' copy_tree "$src"
      quietly "The build for PostgreSQL $older" extension_make all
      quietly "The installation for PostgreSQL $older" extension_make install DESTDIR="$root"
      bring_libraries "/usr/lib/postgresql/$older"
      return
    fi
  done
  say "This machine has no PostgreSQL older than $major to upgrade from, with headers and a compiler."
}

# Copies the libraries that the programs in a directory need and that the suite lacks.
bring_libraries() {
  ldd "$1"/bin/* "$1"/lib/*.so 2>/dev/null | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u |
    while read -r library; do
      [ -n "$(find "$root/usr/lib" -name "${library##*/}" -print -quit)" ] || cp -L "$library" "$root/usr/lib/"
    done
  run_inside ldconfig
}

# Streams what the tests print, and keeps it in $log.
run_tests() {
  rm -f "$work/stream"
  mkfifo "$work/stream"
  tee "$log" <"$work/stream" &
  tee=$!
  set -- PG_MAJOR="$major" RETENTION_CLIENTS=no FUZZ_CALLS="${FUZZ_CALLS-20000}" SEED="${SEED-1}"
  if [ -d "$root/root/data" ]; then
    set -- "$@" RETENTION_DATA=/root/data
  fi
  run_inside env "$@" sh /root/retention/test/run.sh >"$work/stream" 2>&1
  wait "$tee"
}

# run_inside COMMAND...: in the chroot, with a /proc and /dev/shm, in namespaces that take
# mounts and processes away with them when the command ends or is killed.
run_inside() {
  # shellcheck disable=SC2016 # expanded inside
  unshare --mount --pid --fork --kill-child sh -c '
    root=$1
    shift
    mkdir -p "$root/dev/shm" &&
      mount -t proc proc "$root/proc" &&
      mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" &&
      exec chroot "$root" "$@"' sh "$root" \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root http_proxy="${http_proxy-}" PG_MAJOR="$major" "$@" \
    </dev/null &
  wait_for_child
}

# A signal ends `wait` at once, where it would have to wait for a foreground command.
wait_for_child() {
  child=$!
  wait "$child"
  status=$?
  child=
  return "$status"
}

main "$@"
