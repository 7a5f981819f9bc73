# Sourced by test-tools.sh: kubectl with a kustomize that can render deploy/kubernetes, which Debian bookworm's (1.20) can't. Takes the one that is there,
# else unpacks trixie's, which runs on bookworm as it is; nothing is installed. Leaves PATH with it, or says what is missing.
kubectl_renders() {
  hash -r
  command -v kubectl >/dev/null 2>&1 && kubectl kustomize deploy/kubernetes/overlays/development >/dev/null 2>&1
}
unpack_kubectl() (
  folder=$ringdown_root/node_modules/.kubectl
  mkdir -p "$folder/state/lists/partial" "$folder/archives/partial" && cd "$folder" || exit 1
  echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main' >sources.list
  set -- -o "Dir::State=$folder/state" -o Dir::State::status=/dev/null -o "Dir::Cache=$folder" \
    -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null -o APT::Sandbox::User=root
  { apt-get "$@" update -qq && apt-get "$@" download -qq kubectl && dpkg-deb -x kubectl_*.deb .; } >&2
)
if ! kubectl_renders; then
  PATH="$ringdown_root/node_modules/.kubectl/usr/bin:$PATH"
  kubectl_renders || { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && unpack_kubectl && kubectl_renders; } || missing="kubectl-of-1.21-or-later $missing"
fi
