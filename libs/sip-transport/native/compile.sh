#!/bin/sh
# compile.sh <output> [more arguments of cc]: compiles the add-on against the headers of the Node that runs it. `sources`: a folder, if not this one.
set -eu
native=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
output=$1
shift
headers=$(node -p 'require("node:path").resolve(process.execPath, "../../include/node")')
if [ ! -f "$headers/node_api.h" ]; then
  echo "ringdown: there are no Node headers in $headers" >&2
  exit 1
fi
# Put in place by a rename: a process that has the old one loaded keeps it.
if cc -std=gnu11 -O2 -Wall -Wextra ${CI:+-Werror} -shared -fPIC -fvisibility=hidden -isystem "$headers" -o "$output.$$" "${sources:-$native}"/*.c "$@"; then
  mv "$output.$$" "$output"
else
  rm -f "$output.$$"
  exit 1
fi
