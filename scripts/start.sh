#!/bin/sh
# Runs the whole platform in one process under the pinned Node, installing and building first if needed.
set -eu
. "$(dirname "$0")/toolchain.sh"
build
exec node $(cat scripts/node-options) starter/dist/main.js "$@"
