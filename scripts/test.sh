#!/bin/sh
# Builds, lints, type-checks and runs the tests; ends in one line "N passed, N failed". What takes long runs in CI, or with --all.
set -eu
. "$(dirname "$0")/toolchain.sh"
. "$ringdown_root/scripts/test-tools.sh"
started=$(date +%s)
rm -rf .reports
status=0
step() {
  echo "ringdown: [$(($(date +%s) - started)) s] $1" >&2
  shift
  "$@" || status=1
}
step 'build' nx run-many -t build --output-style=static
step 'type-check the tests' tsc -p tsconfig.specs.json
step 'lint and format' nx run-many -t lint --output-style=static --parallel=2
step 'lint the rest' biome check .
step 'unit and service tests' nx run-many -t test --output-style=static --parallel=1
step 'end-to-end tests' nx run-many -t e2e --output-style=stream
if [ "${CI:-}" = true ] || [ "${1:-}" = --all ]; then
  step 'long end-to-end tests' nx run-many -t e2e-long --output-style=stream
else
  echo 'ringdown: LEFT OUT are faults and leases, several hosts, crowds of connections, conferences at length, images and containers, and the benchmark, some twenty minutes: npm test -- --all runs them too' >&2
fi
echo "ringdown: all steps took $(($(date +%s) - started)) s" >&2
node scripts/summary.mjs .reports || status=1
exit $status
