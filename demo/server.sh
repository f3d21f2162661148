# server.sh: the server of demo/run.sh: one of its own with a freshly built extension, or
# what RETENTION_SERVER says. Sourced. Needs test/lib.sh.

# Makes $work, and sees to it that everything is given back at the end.
prepare_server() {
  case ${RETENTION_SERVER-} in
    '') begin ;;
    own) begin_as_user ;;
    running) borrow_server ;;
    *) die "RETENTION_SERVER is \"$RETENTION_SERVER\"; it can be \"running\" or \"own\"." ;;
  esac
  # When the reader of the output is gone, such as a pager that was quit.
  trap 'exit 141' PIPE
}

bring_server() {
  case ${RETENTION_SERVER-} in
    '')
      install_missing
      extension_is_current || build_extension
      start_server work_mem=64MB maintenance_work_mem=128MB max_wal_size=4GB
      ;;
    own)
      choose_postgres
      pg_bindir=$("$PG_CONFIG" --bindir)
      start_server work_mem=64MB maintenance_work_mem=128MB max_wal_size=4GB
      ;;
  esac
}

# ------------------------------------------------------------ a server in use

borrow_server() {
  trap 'give_back $?' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  work=$(mktemp -d "${TMPDIR:-/tmp}/retention_demo.XXXXXX") || exit 1
}

give_back() {
  trap '' HUP INT TERM PIPE
  trap - EXIT
  if [ -n "${PGDATABASE-}" ] && [ -z "$keep" ]; then
    dropdb --if-exists "$PGDATABASE" >/dev/null 2>&1
  fi
  rm -rf "$work"
  exit "$1"
}

# ------------------------------------------------- a server of an ordinary user

begin_as_user() {
  [ "$(id -u)" != 0 ] || die 'PostgreSQL does not run as root: RETENTION_SERVER=own is for other users.'
  trap 'end $?' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  forget_callers_environment
  work=$(mktemp -d "${TMPDIR:-/tmp}/retention.XXXXXX") || exit 1
  # What lib.sh does as user postgres, this user does.
  as_postgres() {
    env HOME="$work" "$@"
  }
  admit_postgres() {
    chmod 700 "$work"
  }
  chown() {
    :
  }
}

# -------------------------------------------------------------------- --keep

# The server, or the database on a borrowed one, outlives the script.
stay_up() {
  if [ "${RETENTION_SERVER-}" = running ]; then
    keep=yes
    say 'The database stays. The views are in its schema kpi.'
    say "  psql      psql -h $PGHOST -p ${PGPORT:-5432} -U ${PGUSER:-$(id -un)} $PGDATABASE"
    say "  to drop   dropdb -h $PGHOST -p ${PGPORT:-5432} -U ${PGUSER:-$(id -un)} $PGDATABASE"
    say ''
    return
  fi
  password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
  step 'Opening a port of this machine for BI tools' let_analyst_in
  PGPORT=$(cat "$work/port")
  keep=yes
  cat <<END
The server stays up. The views are in schema kpi of database $PGDATABASE.
  psql       psql -h $PGHOST -p $PGPORT -U postgres $PGDATABASE
  BI tools   postgresql://analyst:$password@127.0.0.1:$PGPORT/$PGDATABASE
             that is: host 127.0.0.1, port $PGPORT, database $PGDATABASE,
             user analyst, password $password. This user is let in from this machine
             only, can read everything and change nothing
  to stop    $(stop_command) && rm -rf $work

END
}

let_analyst_in() {
  create_analyst && open_port
}

create_analyst() {
  run_psql -v "password=$password" -v "database=$PGDATABASE" <<'END'
CREATE ROLE analyst LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE :"database" TO analyst;
GRANT USAGE ON SCHEMA kpi TO analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA public, kpi TO analyst;
END
}

# Whoever reaches the socket is trusted, so only the port asks for a password. Another
# program may have a port already.
open_port() {
  printf '%s\n' 'local all all trust' "host $PGDATABASE analyst 127.0.0.1/32 scram-sha-256" >"$server/pg_hba.conf"
  port=54320
  while [ "$port" -lt 54340 ]; do
    printf '%s\n' "listen_addresses = '127.0.0.1'" "port = $port" >>"$server/postgresql.conf"
    if in_work as_postgres "$pg_bindir/pg_ctl" --pgdata="$server" --log="$server/log" --wait --silent restart \
      >"$work/log" 2>&1 </dev/null; then
      say "$port" >"$work/port"
      return
    fi
    port=$((port + 1))
  done
  cat "$work/log" >&2
  die 'None of the ports 54320 to 54339 is free.'
}

stop_command() {
  if [ "$(id -u)" = 0 ]; then
    say "setpriv --reuid=postgres --regid=postgres --clear-groups $pg_bindir/pg_ctl -D $server stop"
  else
    say "$pg_bindir/pg_ctl -D $server stop"
  fi
}
