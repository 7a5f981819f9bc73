#!/bin/sh
# Runs a service in a container (edge-proxy, location …; the image's own by default), `migrate`, which brings the tables of all services up to
# date and ends, or `ringdown`, the command line. What a container knows of itself is filled in where the environment doesn't say it.
set -eu
cd /app
address=$(hostname -i | cut -d ' ' -f 1)
# What others call it: a name of the characters that the settings take.
name=$(hostname | tr 'A-Z.' 'a-z-' | cut -c 1-32)
what=${1:-$SERVICE}
[ $# = 0 ] || shift
# Other services are told this address, so it can't be a wildcard.
export RINGDOWN_GRPC_HOST="${RINGDOWN_GRPC_HOST:-$address}"
case $what in
  migrate) exec node $(cat scripts/node-options) starter/dist/migrate.js "$@" ;;
  ringdown) exec ringdown "$@" ;;
  edge-proxy)
    export RINGDOWN_EDGE_ID="${RINGDOWN_EDGE_ID:-$name}"
    # SIP_PROXY_SENDERS: networks of balancers whose connections begin with a PROXY protocol header, with | between them.
    if [ -z "${RINGDOWN_SIP_LISTENERS:-}" ]; then
      proxy=${SIP_PROXY_SENDERS:+"?proxy=$SIP_PROXY_SENDERS"}
      RINGDOWN_SIP_LISTENERS="udp://$address:5060,tcp://$address:5060$proxy,tls://$address:5061$proxy,ws://$address:5080$proxy,wss://$address:5443$proxy"
      export RINGDOWN_SIP_LISTENERS
    fi
    ;;
  conference-focus)
    export RINGDOWN_FOCUS_ID="${RINGDOWN_FOCUS_ID:-$name}"
    export RINGDOWN_FOCUS_MEDIA_HOSTS="${RINGDOWN_FOCUS_MEDIA_HOSTS:-$address}"
    ;;
esac
exec node $(cat scripts/node-options) starter/dist/service.js "$what" "$@"
