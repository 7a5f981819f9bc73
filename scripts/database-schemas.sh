# Sourced by backup.sh and restore.sh: the schemas of the services, one each. The required ones are there once the platform has run.
required_schemas='directory location'
schemas="$required_schemas conference accounting"

# Prints what a query gives, a row a line.
ask() {
  psql "$RINGDOWN_POSTGRES_URL" --no-psqlrc --tuples-only --no-align --quiet --set=ON_ERROR_STOP=1 --command="$1"
}
