#!/bin/sh
# The ringdown command line from a checkout, installing and building first if needed: npm run --silent ringdown -- tenants list
set -eu
. "$(dirname "$0")/toolchain.sh"
build @ringdown/cli
exec node --enable-source-maps cli/bin/ringdown.mjs "$@"
