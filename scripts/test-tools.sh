# Sourced by test.sh: Debian packages whose programs the tests use as peers, and a compiler for the batched UDP port. Installs what is missing
# when it can, and says what will be skipped when it can't; with CI=true a missing tool is a failure.
. "$ringdown_root/scripts/debian-packages.sh"
. "$ringdown_root/scripts/bench-packages.sh"
missing=$(install_packages "gcc:/usr/bin/gcc libc6-dev:/usr/include/stdlib.h curl:/usr/bin/curl iproute2:/sbin/ip baresip-core:/usr/bin/baresip nftables:/usr/sbin/nft haproxy:/usr/sbin/haproxy prometheus:/usr/bin/promtool rtpengine-daemon:/usr/bin/rtpengine \
chromium:/usr/bin/chromium openssl:/usr/bin/openssl $bench_packages")
. "$ringdown_root/scripts/kubectl.sh"
if [ -n "$missing" ]; then
  if [ "${CI:-}" = true ]; then
    echo "ringdown: these Debian packages are missing and CI=true: $missing" >&2
    exit 1
  fi
  echo "ringdown: SKIPPED are the tests that need these Debian packages: $missing(apt-get install them to run all)" >&2
fi
