# Sourced by test.sh: Debian packages whose programs the tests use as peers, and a compiler for the batched UDP port. Installs what is missing when it can (root and apt-get),
# and says what will be skipped when it can't; with CI=true a missing tool is a failure.
test_packages='gcc:/usr/bin/gcc libc6-dev:/usr/include/stdlib.h curl:/usr/bin/curl iproute2:/sbin/ip sip-tester:/usr/bin/sipp baresip-core:/usr/bin/baresip nats-server:/usr/sbin/nats-server postgresql-15:/usr/lib/postgresql/15/bin/postgres'

missing_packages() {
  for entry in $test_packages; do
    [ -e "${entry#*:}" ] || printf '%s ' "${entry%%:*}"
  done
}

missing=$(missing_packages)
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "ringdown: installing test tools: $missing" >&2
  # A policy that denies starts keeps the packages' daemons from taking ports 4222 and 5432 at installation.
  policy=/usr/sbin/policy-rc.d
  own_policy=
  if [ ! -e "$policy" ]; then
    own_policy=1
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >&2 ||
    echo 'ringdown: apt-get could not install them.' >&2
  [ -z "$own_policy" ] || rm -f "$policy"
  missing=$(missing_packages)
fi
if [ -n "$missing" ]; then
  if [ "${CI:-}" = true ]; then
    echo "ringdown: these Debian packages are missing and CI=true: $missing" >&2
    exit 1
  fi
  echo "ringdown: SKIPPED are the tests that need these Debian packages: $missing(apt-get install them to run all)" >&2
fi
