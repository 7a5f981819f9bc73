#!/bin/sh
# Makes dist-native/media-sockets.node. Without a C compiler media goes through node:dgram, which is no failure, but for CI=true.
set -eu
cd "$(dirname "$0")"
tools=../../../libs/sip-transport/native
target=../dist-native/media-sockets.node
mkdir -p ../dist-native
rm -f "$target"

skip() {
  echo "ringdown: the add-on for media sockets is not built: $1; media goes through node:dgram." >&2
  [ "${CI:-}" != true ] || exit 1
  exit 0
}

compiler=$(sh "$tools/compiler.sh")
[ "$compiler" != none ] || skip 'there is no C compiler (Debian: apt-get install gcc libc6-dev)'
sources=. sh "$tools/compile.sh" "$target" || skip "it does not compile with $compiler"
echo "ringdown: the add-on for media sockets is built ($compiler)" >&2
