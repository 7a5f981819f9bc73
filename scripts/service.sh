#!/bin/sh
# Runs one service alone: npm run service -- edge-proxy
set -eu
. "$(dirname "$0")/toolchain.sh"
build
exec node --enable-source-maps starter/dist/service.js "$@"
