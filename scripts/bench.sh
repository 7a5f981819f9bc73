#!/bin/sh
# Runs the benchmark, installing and building first if needed: npm run bench -- call
set -eu
. "$(dirname "$0")/toolchain.sh"
. "$ringdown_root/scripts/debian-packages.sh"
. "$ringdown_root/scripts/bench-packages.sh"
missing=$(install_packages "$bench_packages")
if [ -n "$missing" ]; then
  echo "ringdown: the benchmark needs these Debian packages: $missing(apt-get install them, or run this as root)" >&2
  exit 1
fi
build @ringdown/bench
exec node --enable-source-maps bench/dist/main.js "$@"
