#!/bin/sh
# Runs one service alone: npm run service -- edge-proxy
set -eu
. "$(dirname "$0")/toolchain.sh"
build
exec node $(cat scripts/node-options) starter/dist/service.js "$@"
