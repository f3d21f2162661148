#!/bin/sh
# bench/peers.sh: install DuckDB, ClickHouse and R where bench/run.sh looks for them.
#
#   sh bench/peers.sh
#
# DuckDB comes from npm (@duckdb/node-api), ClickHouse from the distribution's packages, which are
# unpacked and not installed: no service is set up. Both are in bench/peers/, which is ignored by git;
# deleting it undoes everything but R, node and npm, which are installed as packages where they are
# missing.
# A peer that cannot be had is reported and left out.

set -eu

top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$top/test/lib.sh"

peers=$top/bench/peers

main() {
  begin
  mkdir -p "$peers"
  refresh_packages
  fetch_duckdb
  fetch_clickhouse
  install_r
}

fetch_duckdb() {
  if ! command -v npm >/dev/null; then
    install_packages nodejs npm
  fi
  if npm install --prefix "$peers" --no-audit --no-fund @duckdb/node-api >"$work/npm.log" 2>&1; then
    say "DuckDB: $(node -p "require('$peers/node_modules/@duckdb/node-api/package.json').version")"
  else
    tail -n 20 "$work/npm.log" >&2
    say 'DuckDB could not be installed (see above) and is left out.'
  fi
}

fetch_clickhouse() {
  if ! apt-cache show clickhouse-server >/dev/null 2>&1; then
    say 'ClickHouse is not among the packages of this distribution and is left out.'
    return
  fi
  mkdir -p "$work/packages" "$work/clickhouse"
  # shellcheck disable=SC2046 # a list of package names
  (cd "$work/packages" &&
    quietly 'Downloading ClickHouse' apt-get -o APT::Sandbox::User=root download $(clickhouse_packages))
  for package in "$work"/packages/*.deb; do
    dpkg -x "$package" "$work/clickhouse"
  done
  rm -rf "$peers/clickhouse"
  mv "$work/clickhouse" "$peers/clickhouse"
  say "ClickHouse: $(apt-cache policy clickhouse-server | sed -n 's/^ *Candidate: //p')"
}

# ClickHouse and what it needs that this system does not have.
clickhouse_packages() {
  {
    printf '%s\n' clickhouse-server clickhouse-client clickhouse-common
    apt-get -s install --no-install-recommends clickhouse-server clickhouse-client |
      sed -n 's/^Inst \([^ ]*\).*/\1/p'
  } | sort -u
}

install_r() {
  if ! command -v Rscript >/dev/null; then
    if ! apt-cache show r-base-core >/dev/null 2>&1; then
      say 'R is not among the packages of this distribution and is left out.'
      return
    fi
    install_packages r-base-core
  fi
  say "R: $(Rscript --vanilla -e 'cat(format(getRversion()))')"
}

main
