#!/bin/sh
# Runs the benchmark: npm run bench -- call
set -eu
. "$(dirname "$0")/toolchain.sh"
build @ringdown/bench
exec node --enable-source-maps bench/dist/main.js "$@"
