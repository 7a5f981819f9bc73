#!/bin/sh
# Compiles the add-on against the headers of the Node that runs it. Without a C compiler UDP goes through node:dgram, which is no
# failure, but for CI=true.
set -eu
cd "$(dirname "$0")"
target=../dist-native/batched-udp.node
mkdir -p ../dist-native
rm -f "$target"

skip() {
  echo "ringdown: $1; UDP goes through node:dgram." >&2
  [ "${CI:-}" != true ] || exit 1
  exit 0
}

compiler=$(sh compiler.sh)
[ "$compiler" != none ] || skip 'the batched UDP add-on is not built: there is no C compiler (Debian: apt-get install gcc libc6-dev)'
headers=$(node -p 'require("node:path").resolve(process.execPath, "../../include/node")')
[ -f "$headers/node_api.h" ] || skip "the batched UDP add-on is not built: there are no Node headers in $headers"
# Put in place by a rename: a process that has the old one loaded keeps it.
if cc -std=gnu11 -O2 -Wall -Wextra ${CI:+-Werror} -shared -fPIC -fvisibility=hidden -isystem "$headers" -o "$target.$$" *.c; then
  mv "$target.$$" "$target"
  echo "ringdown: the batched UDP add-on is built ($compiler)" >&2
else
  rm -f "$target.$$"
  skip "the batched UDP add-on does not compile with $compiler"
fi
