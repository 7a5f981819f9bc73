#!/bin/sh
# Gives the slots of udp.nft to the edges that are ready, by their /readyz, and takes them from those that are not.
#
#   udp-health.sh 10.0.0.11,fd00::11 10.0.0.12,fd00::12 10.0.0.13,fd00::13
#
# Each argument is an edge's IPv4 and IPv6 address. An edge that refuses the connection or says that it isn't ready is out at once; one that
# doesn't answer, after two times. When none is ready the slots stay as they are. HTTP_PORT is that of /readyz, INTERVAL_SEC the pause between rounds.
set -eu
slots=60
http_port=${HTTP_PORT:-8080}
interval_sec=${INTERVAL_SEC:-0.2}
silent_before=''
current=''

# 0: ready, 1: not ready, 2: silent
probe() {
  status=$(curl --silent --output /dev/null --max-time 0.4 --write-out '%{http_code}' "http://$1:$http_port/readyz") && code=0 || code=$?
  if [ "$status" = 200 ]; then return 0; fi
  if [ "$status" != 000 ] || [ "$code" = 7 ]; then return 1; fi
  return 2
}

assign() {
  elements4='' elements6='' slot=0
  while [ "$slot" -lt "$slots" ]; do
    wanted=$((slot % $1)) spare=$((slot / $1 % $2)) number=0 ready_number=0 chosen=''
    for edge in $edges; do
      is_ready=0
      case " $ready " in *" $edge "*) is_ready=1 ;; esac
      if [ "$number" = "$wanted" ] && [ "$is_ready" = 1 ]; then chosen=$edge; break; fi
      if [ "$is_ready" = 1 ]; then
        if [ "$ready_number" = "$spare" ]; then chosen=$edge; fi
        ready_number=$((ready_number + 1))
      fi
      number=$((number + 1))
    done
    elements4="$elements4 $slot : ${chosen%,*},"
    elements6="$elements6 $slot : ${chosen#*,},"
    slot=$((slot + 1))
  done
  nft -f - <<RULES
flush map inet sip_balancer edges4
flush map inet sip_balancer edges6
add element inet sip_balancer edges4 { $elements4 }
add element inet sip_balancer edges6 { $elements6 }
RULES
}

edges="$*"
while :; do
  ready='' silent=''
  for edge in $edges; do
    probe "${edge%,*}" && outcome=0 || outcome=$?
    case $outcome in
      0) ready="$ready $edge" ;;
      2)
        silent="$silent $edge"
        case "$silent_before " in
          *" $edge "*) ;;
          # Once is no proof: it stays in if it was in.
          *) case "$current " in *" $edge "*) ready="$ready $edge" ;; esac ;;
        esac
        ;;
    esac
  done
  silent_before=$silent
  if [ -n "$ready" ] && [ "$ready" != "$current" ]; then
    # shellcheck disable=SC2086
    set -- $ready
    ready_count=$#
    # shellcheck disable=SC2086
    set -- $edges
    assign $# "$ready_count"
    current=$ready
    echo "edges that get UDP:$ready"
  fi
  sleep "$interval_sec"
done
