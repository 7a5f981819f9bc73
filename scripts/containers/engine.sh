#!/bin/sh
# Gives tests a container engine with Compose, for as long as this runs: `engine.sh run` prints one line,
#
#   engine: DOCKER_HOST=… DOCKER_CONFIG=… DOCKER=…
#
# and waits for a signal. The engine that is there is taken; where there is none, Debian's is installed and started, with everything that it writes below
# CONTAINERS_DIR, and it and its containers end with this. Images and build caches stay for the next time. Without an engine it says why, and ends with 3.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../debian-packages.sh"
folder=${CONTAINERS_DIR:-/var/tmp/ringdown-containers}
[ "${1:-}" = run ] || { echo 'usage: engine.sh run' >&2; exit 2; }

none() {
  echo "engine: none, since $1" >&2
  exit 3
}

wait_for_end() {
  trap 'exit 0' TERM INT HUP
  while :; do sleep 3600 & wait $! || exit 0; done
}

if [ -z "${CONTAINERS_OWN:-}" ] && docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
  echo "engine: DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock} DOCKER_CONFIG=${DOCKER_CONFIG:-$HOME/.docker} DOCKER=$(command -v docker)"
  wait_for_end
fi

[ "$(id -u)" = 0 ] || none 'none runs, and only root can install and start one'
missing=$(install_packages 'docker.io:/usr/sbin/dockerd iptables:/usr/sbin/iptables debootstrap:/usr/sbin/debootstrap')
[ -z "$missing" ] || none "none runs, and these packages could not be installed: $missing"
mkdir -p "$folder/config/cli-plugins"

# Debian has Compose and buildx for its engine since trixie; the plugins are programs of their own and run on what comes before.
plugins() {
  [ ! -x "$folder/config/cli-plugins/docker-compose" ] || [ ! -x "$folder/config/cli-plugins/docker-buildx" ] || return 0
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian/} trixie main" >"$folder/apt/trixie.list"
  apt="-o Dir::Etc::sourcelist=$folder/apt/trixie.list -o Dir::Etc::sourceparts=- -o Dir::State::Lists=$folder/apt/lists"
  apt="$apt -o Dir::Cache=$folder/apt/cache -o APT::Sandbox::User=root -o Acquire::Languages=none"
  # shellcheck disable=SC2086
  (cd "$folder/apt" && apt-get -qq $apt update && apt-get -qq $apt download docker-compose docker-buildx) >&2 || return 1
  for package in "$folder"/apt/*.deb; do dpkg-deb -x "$package" "$folder/apt/unpacked"; done
  find "$folder/apt/unpacked" -path '*/cli-plugins/*' -type f -exec cp {} "$folder/config/cli-plugins/" \;
  rm -rf "$folder/apt"
}
plugins || none 'the Compose and buildx plugins could not be had from Debian'

export DOCKER_HOST="unix://$folder/docker.sock" DOCKER_CONFIG="$folder/config"
docker=/usr/bin/docker

# One that a killed run has left on this folder.
if [ -f "$folder/dockerd.pid" ] && left=$(cat "$folder/dockerd.pid") && grep -qs -- "$folder" "/proc/$left/cmdline"; then
  kill -TERM "$left" 2>/dev/null || :
  for _ in $(seq 100); do [ -d "/proc/$left" ] || break; sleep 0.2; done
fi
rm -f "$folder/dockerd.pid"

# An engine changes the packet filter of the machine; it is put back as it was.
filter=$(iptables-save 2>/dev/null || :)
tables=$(nft list tables 2>/dev/null || :)
forwards=$(cat /proc/sys/net/ipv4/ip_forward)

start() {
  # A session of its own, so that a signal to this group reaches this script alone; and an end of its own if this is killed.
  setsid setpriv --pdeathsig TERM dockerd --data-root "$folder/data" --exec-root "$folder/exec" --host "$DOCKER_HOST" \
    --pidfile "$folder/dockerd.pid" "$@" >"$folder/dockerd.log" 2>&1 &
  for _ in $(seq 150); do
    if $docker info >/dev/null 2>&1; then return 0; fi
    # setsid may have forked; the engine's own file says who it is once it is up.
    if grep -q 'failed to start daemon' "$folder/dockerd.log"; then return 1; fi
    sleep 0.2
  done
  return 1
}

stop() {
  trap '' TERM INT HUP
  running=$($docker ps -q 2>/dev/null || :)
  # shellcheck disable=SC2086
  [ -z "$running" ] || $docker rm -f $running >/dev/null 2>&1 || :
  if [ -f "$folder/dockerd.pid" ]; then
    pid=$(cat "$folder/dockerd.pid")
    kill -TERM "$pid" 2>/dev/null || :
    for _ in $(seq 75); do [ -d "/proc/$pid" ] || break; sleep 0.2; done
  fi
  ip link delete docker0 2>/dev/null || :
  printf '%s\n' "$filter" | iptables-restore 2>/dev/null || :
  # Also an empty table for address translation has every packet of the machine tracked.
  nft list tables 2>/dev/null | while read -r table; do
    case "$tables" in *"$table"*) ;; *) nft delete $table || : ;; esac
  done
  echo "$forwards" >/proc/sys/net/ipv4/ip_forward
}
trap 'stop; exit 0' TERM INT HUP

start || start --storage-driver vfs || {
  tail -n 5 "$folder/dockerd.log" >&2
  stop
  none 'the installed one does not start; its last lines are above'
}
# Other networks of this machine go on being forwarded as before.
case $filter in *':FORWARD DROP'*) ;; *) iptables -P FORWARD ACCEPT ;; esac
echo "engine: DOCKER_HOST=$DOCKER_HOST DOCKER_CONFIG=$DOCKER_CONFIG DOCKER=$docker"
while [ -d "/proc/$(cat "$folder/dockerd.pid" 2>/dev/null || echo none)" ]; do sleep 1 & wait $! || :; done
echo 'engine: it has ended by itself' >&2
stop
exit 1
