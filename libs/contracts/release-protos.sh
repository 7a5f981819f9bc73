#!/bin/sh
# Makes the protos as they are the release that later ones are compared with. Run it when a release is made, after
# check-protos.sh has passed, and commit proto/released.binpb.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
PATH=$root/node_modules/.bin:$PATH
export PATH
protos=${1:-$root/proto}
buf lint "$protos"
buf build "$protos" --exclude-source-info --output "$protos/released.binpb"
