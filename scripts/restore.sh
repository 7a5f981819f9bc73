#!/bin/sh
# Fills an empty database from a file of backup.sh, all of it or nothing:
#   RINGDOWN_POSTGRES_URL=postgres://… sh scripts/restore.sh ringdown.backup
# location, directory, conference-focus and accounting must not run meanwhile: they would make tables of their own. Edges may.
set -eu
here=$(dirname "$0")
. "$here/database-schemas.sh"
file=${1:-}
if [ -z "$file" ] || [ $# -ne 1 ] || [ -z "${RINGDOWN_POSTGRES_URL:-}" ]; then
  echo 'usage: RINGDOWN_POSTGRES_URL=postgres://… restore.sh <file of backup.sh>' >&2
  exit 2
fi
pg_restore --list "$file" >/dev/null
for schema in $schemas; do
  if [ -n "$(ask "select 1 from pg_namespace where nspname = '$schema'")" ]; then
    echo "restore.sh: the database has a schema $schema already. Stop the services, and give it an empty database." >&2
    exit 1
  fi
done
# What fails half-way makes psql fail, and so undoes everything.
{
  if pg_restore --no-owner --no-privileges --file=- "$file"; then cat "$here/after-restore.sql"; else echo "select 'pg_restore failed' / 0;"; fi
} | psql "$RINGDOWN_POSTGRES_URL" --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 --file=- >/dev/null
ask 'analyze'
echo "restore.sh: restored $file. Start the services; then run starter/dist/replay-calls.js, so that accounting takes what it had after the backup from JetStream."
