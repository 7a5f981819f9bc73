#!/bin/sh
# Prints the secrets that deploy/kubernetes refers to, newly made, as a manifest. Apply it once: another run makes other keys.
#   sh scripts/kubernetes-secrets.sh --domain sip.example.com | kubectl apply -f -
set -eu
namespace=ringdown domain=sip.example.com certificates=yes postgres_url=
while [ $# -gt 0 ]; do
  case "$1" in
    --namespace) namespace=$2 && shift ;;
    # Of the self-made certificate that phones see.
    --domain) domain=$2 && shift ;;
    # With cert-manager, which makes them: components/certificates-cert-manager.
    --no-certificates) certificates=no ;;
    # Without the CloudNativePG operator, which makes this secret: components/postgres-external.
    --postgres-url) postgres_url=$2 && shift ;;
    *)
      echo "usage: kubernetes-secrets.sh [--namespace ringdown] [--domain sip.example.com] [--no-certificates] [--postgres-url postgres://…]" >&2
      exit 2
      ;;
  esac
  shift
done
umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

random() { openssl rand -hex "$1" | tr -d '\n'; }

# secret <name> <type> <key>=<file>…
secret() {
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: %s\ntype: %s\ndata:\n' "$1" "$namespace" "$2"
  shift 2
  for entry in "$@"; do
    printf '  %s: %s\n' "${entry%%=*}" "$(openssl base64 -A -in "${entry#*=}")"
  done
}

# key_and_request <file> <subject>
key_and_request() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
}

random 32 >"$folder/token"
random 32 >"$folder/trace"
printf '1:%s' "$(openssl rand -base64 32)" >"$folder/seal"
# It begins with a letter: NATS would take digits for a number.
printf 'p%s' "$(random 24)" >"$folder/nats"
printf 'nats://ringdown:%s@nats:4222' "$(cat "$folder/nats")" >"$folder/nats-url"
secret admin-token Opaque "token=$folder/token"
secret trace-key Opaque "key=$folder/trace"
secret seal-keys Opaque "seal-keys=$folder/seal"
secret nats Opaque "password=$folder/nats" "url=$folder/nats-url"
if [ -n "$postgres_url" ]; then
  printf '%s' "$postgres_url" >"$folder/postgres"
  secret postgres-app Opaque "uri=$folder/postgres"
fi
[ "$certificates" = yes ] || exit 0

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj '/CN=ringdown peers' \
  -keyout "$folder/ca.key" -out "$folder/ca.crt" 2>/dev/null
# The authority's key is kept, so that certificates can be renewed.
secret peer-authority kubernetes.io/tls "tls.crt=$folder/ca.crt" "tls.key=$folder/ca.key"
for service in accounting conference-focus directory edge-proxy location redirect registrar; do
  key_and_request "$folder/$service" "$service"
  printf 'subjectAltName=URI:spiffe://ringdown/ringdown/%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$service" >"$folder/$service.ext"
  openssl x509 -req -in "$folder/$service.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -days 365 \
    -extfile "$folder/$service.ext" -out "$folder/$service.crt" 2>/dev/null
  secret "peer-$service" kubernetes.io/tls "tls.crt=$folder/$service.crt" "tls.key=$folder/$service.key" "ca.crt=$folder/ca.crt"
done
key_and_request "$folder/sip" "$domain"
printf 'subjectAltName=DNS:%s\n' "$domain" >"$folder/sip.ext"
openssl x509 -req -in "$folder/sip.csr" -signkey "$folder/sip.key" -days 365 -extfile "$folder/sip.ext" -out "$folder/sip.crt" 2>/dev/null
secret sip-certificate kubernetes.io/tls "tls.crt=$folder/sip.crt" "tls.key=$folder/sip.key"
