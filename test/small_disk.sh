#!/bin/sh
# small_disk.sh DIRECTORY COMMAND...: runs a command that finds an empty file system of 12 MB on DIRECTORY. It belongs to
# user postgres and ends with the last process of the command. Where nothing can be mounted, the command runs without.

directory=$1
shift
if [ -z "${RETENTION_SMALL_DISK-}" ] && unshare --mount true 2>/dev/null; then
  # shellcheck disable=SC2016 # expanded by the inner shell
  RETENTION_SMALL_DISK=$directory exec unshare --mount sh -c \
    'mount -t tmpfs -o size=12m,mode=700,uid="$(id -u postgres)" retention "$RETENTION_SMALL_DISK" || unset RETENTION_SMALL_DISK; exec "$@"' sh "$@"
fi
exec "$@"
