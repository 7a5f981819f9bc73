# Sourced by the other scripts: installs what package-lock.json pins if it is not there yet, and puts the pinned Node first.
# Plain sh, because it must run before any of our tools exist.
ringdown_root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$ringdown_root"

# Runs a command that a signal to this shell ends as well: a shell that waits for a foreground command dies alone and leaves it running.
attended() {
  "$@" &
  attended_pid=$!
  trap 'kill -TERM $attended_pid 2>/dev/null; wait $attended_pid; exit 143' TERM HUP
  trap 'kill -TERM $attended_pid 2>/dev/null; wait $attended_pid; exit 130' INT
  attended_status=0
  wait $attended_pid || attended_status=$?
  trap - TERM HUP INT
  return $attended_status
}

lock_sum=$(cksum <package-lock.json)
installed=node_modules/.installed-lock
if [ ! -f "$installed" ] || [ "$(cat "$installed")" != "$lock_sum" ]; then
  echo 'ringdown: installing dependencies (npm ci) …' >&2
  attended npm ci --no-fund --no-audit --loglevel=error >&2
  printf '%s\n' "$lock_sum" >"$installed"
fi

PATH="$ringdown_root/node_modules/.bin:$PATH"
export PATH
# Nothing here talks to a cloud, keeps a daemon, redraws the screen, or leaves plugin workers when a signal ends it early.
export NX_DAEMON=false NX_TUI=false NX_NO_CLOUD=true NX_ISOLATE_PLUGINS=false

if [ ! -x node_modules/.bin/node ]; then
  case "$(node --version 2>/dev/null)" in
    v24.*) ;;
    *)
      echo "ringdown: there is no packaged Node 24 for this system ($(uname -sm)). Install Node 24 and put it first in PATH." >&2
      exit 1
      ;;
  esac
fi

# Builds a project with what it needs, and no more: the starter, for a process of the platform, unless told.
build() {
  echo 'ringdown: building (cached when nothing changed) …' >&2
  if ! attended nx run "${1:-@ringdown/starter}:build" --output-style=static >"$ringdown_root/node_modules/.build-output" 2>&1; then
    cat "$ringdown_root/node_modules/.build-output" >&2
    echo 'ringdown: the build failed; the output is above.' >&2
    exit 1
  fi
}
