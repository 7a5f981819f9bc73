#!/bin/sh
# Checks proto/: its style, and that nothing in it breaks a reader of the last release, whose image is proto/released.binpb.
# Another folder of protos may be given as the argument.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
PATH=$root/node_modules/.bin:$PATH
export PATH
protos=${1:-$root/proto}
buf lint "$protos"
if [ ! -f "$protos/released.binpb" ]; then
  echo "$protos/released.binpb is missing: there is nothing to compare with. libs/contracts/release-protos.sh writes it." >&2
  exit 1
fi
buf breaking "$protos" --against "$protos/released.binpb"
