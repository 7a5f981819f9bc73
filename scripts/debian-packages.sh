# Sourced by the scripts that need programs of Debian's. A list is of `package:/path/of/a/file/of/it` words.

# Prints the packages of a list whose file is missing.
missing_packages() {
  for entry in $1; do
    [ -e "${entry#*:}" ] || printf '%s ' "${entry%%:*}"
  done
}

# Installs what is missing of a list when it can (root and apt-get), and prints what is missing still.
install_packages() {
  missing=$(missing_packages "$1")
  if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "ringdown: installing: $missing" >&2
    # A policy that denies starts keeps the packages' daemons from taking ports 4222, 5060 and 5432 at installation.
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
  fi
  missing_packages "$1"
}
