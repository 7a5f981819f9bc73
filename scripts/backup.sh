#!/bin/sh
# Writes the tables of every service into one file, as they were at one moment, while the platform runs:
#   RINGDOWN_POSTGRES_URL=postgres://… sh scripts/backup.sh ringdown.backup [--records-since 2026-11-01]
# Needs psql and pg_dump of the server's version or later.
set -eu
. "$(dirname "$0")/database-schemas.sh"
usage='usage: RINGDOWN_POSTGRES_URL=postgres://… backup.sh <file> [--records-since <day, such as 2026-11-01>]'
file=${1:-} since=
[ -n "$file" ] && shift
while [ $# -gt 0 ]; do
  case "$1" in
    # Partitions of days before are left out: what was exported, or is kept by other means.
    --records-since) since=${2:-} && shift ;;
    *) file= ;;
  esac
  shift
done
if [ -z "$file" ] || [ -z "${RINGDOWN_POSTGRES_URL:-}" ]; then
  echo "$usage" >&2
  exit 2
fi
if [ -n "$since" ] && ! expr "$since" : '[0-9]\{4\}-[0-9][0-9]-[0-9][0-9]$' >/dev/null; then
  echo "backup.sh: --records-since takes a day such as 2026-11-01, not $since." >&2
  exit 2
fi

missing=
for schema in $required_schemas; do
  found=$(ask "select 1 from pg_namespace where nspname = '$schema'")
  [ -n "$found" ] || missing="$missing $schema"
done
if [ -n "$missing" ]; then
  echo "backup.sh: this database has no schema$missing: it is not the platform's, or no service has ever started on it." >&2
  exit 1
fi
set --
for schema in $schemas; do
  set -- "$@" "--schema=$schema"
done
if [ -n "$since" ]; then
  before=call_records_$(printf '%s' "$since" | tr - _)
  for partition in $(ask "select relname from pg_class join pg_namespace n on n.oid = relnamespace where nspname = 'accounting' and relispartition and relkind = 'r' and relname < '$before' and relname ~ '^call_records_[0-9_]+\$'"); do
    set -- "$@" "--exclude-table=accounting.$partition"
  done
fi
# One pg_dump is one snapshot: bindings, subscribers and records belong together.
umask 077
trap 'rm -f "$file.partial"' EXIT
pg_dump "$RINGDOWN_POSTGRES_URL" --format=custom --no-owner --no-privileges --lock-wait-timeout=10s --file="$file.partial" "$@"
pg_restore --list "$file.partial" >/dev/null
mv "$file.partial" "$file"
echo "backup.sh: $file has $(wc -c <"$file") bytes, of the schemas $schemas"
