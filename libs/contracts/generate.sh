#!/bin/sh
# Generates libs/contracts/src/gen from proto/. Runs from any directory, needs no network, and changes nothing when the
# output is already right. A proto that doesn't compile leaves the previous output in place.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
PATH=$root/node_modules/.bin:$PATH
export PATH
gen=$root/libs/contracts/src/gen
fresh=$root/libs/contracts/src/.gen.$$
rm -rf "$fresh"
mkdir -p "$fresh"
trap 'rm -rf "$fresh"' EXIT INT TERM

if [ -n "$(find "$root/proto" -name '*.proto')" ]; then
  buf generate "$root/proto" --template "$root/proto/buf.gen.yaml" --output "$fresh"
fi

# The exports of a generated module but its helpers, by name: values (with the types of the same name), and mere types.
own_names() {
  awk -v module="$2" '
    /^export / && $3 !~ /^(protobufPackage|protobufFileName|DeepPartial|Exact|MessageFns)/ {
      name = $3
      sub(/[^A-Za-z0-9_].*/, "", name)
      if ($2 == "const") value[name] = 1
      else if ($2 == "interface" || $2 == "type") type[name] = 1
    }
    END {
      for (name in value) printf "export { %s } from \047%s\047;\n", name, module
      for (name in type) if (!(name in value)) printf "export type { %s } from \047%s\047;\n", name, module
    }
  ' "$1" | LC_ALL=C sort
}

# One module a domain, which adds the promise interface and the definition of each service to the generated types.
for version in "$root"/proto/ringdown/*/v*; do
  domain=$(basename "$(dirname "$version")")
  number=$(basename "$version")
  found=
  for proto in "$version"/*.proto; do
    [ -f "$proto" ] || continue
    if [ -z "$found" ]; then found=first; else found=further; fi
    module=./ringdown/$domain/$number/$(basename "$proto" .proto).js
    if [ "$found" = first ]; then
      printf "export * from '%s';\n" "$module" >> "$fresh/$domain.ts"
    else
      # Every generated module has the same helpers, which two `export *` of one domain would contradict each other about.
      own_names "$fresh/ringdown/$domain/$number/$(basename "$proto" .proto).ts" "$module" >> "$fresh/$domain.ts"
    fi
    for service in $(sed -n 's/^service  *\([A-Za-z0-9]*\).*/\1/p' "$proto"); do
      {
        printf "import { %sService } from '%s';\n" "$service" "$module"
        printf 'export const %sDefinition = %sService;\n' "${service%Service}" "$service"
        printf 'export type %s = PromiseService<typeof %sService>;\n' "$service" "$service"
      } >> "$fresh/$domain.ts"
    done
  done
  if [ -f "$fresh/$domain.ts" ] && grep -q PromiseService "$fresh/$domain.ts"; then
    printf "import type { PromiseService } from '../service.js';\n" >> "$fresh/$domain.ts"
  fi
  [ -z "$found" ] || printf "export * as %s from './%s.js';\n" "$domain" "$domain" >> "$fresh/index.ts"
done
[ -f "$fresh/index.ts" ] || printf 'export {};\n' > "$fresh/index.ts"

if [ -d "$gen" ] && diff -r "$fresh" "$gen" > /dev/null; then
  exit 0
fi
rm -rf "$fresh.old"
[ ! -d "$gen" ] || mv "$gen" "$fresh.old"
mv "$fresh" "$gen"
rm -rf "$fresh.old"
