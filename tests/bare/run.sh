#!/usr/bin/env bash
# Proves the two commands on a bare path: a fresh clone of HEAD, an empty home, no environment but what fetches packages.
#
#   tests/bare/run.sh           demo, then test
#   tests/bare/run.sh demo      only the demo (or: test)
#   PYTHON=/path/to/python3 tests/bare/run.sh     where the bare path has no Python 3.11
set -euo pipefail

what="${1:-both}"
root="$(cd "$(dirname "$0")/../.." && pwd)"
work="$(mktemp -d "${TMPDIR:-/tmp}/portal-bare-XXXXXX")"
clone="$work/main"
bare_path="/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
group=""

finish() {
  if [ -n "$group" ]; then kill -KILL -- "-$group" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

kept=()
while IFS= read -r name; do kept+=("$name=${!name}"); done < <(
  compgen -e | grep -E '^(PIP_.*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)$'
)
mkdir "$work/home" "$work/tmp"
chmod 755 "$work"
bare=(env -i "HOME=$work/home" "TMPDIR=$work/tmp" "PATH=$bare_path" LANG=C.UTF-8 ${kept[@]+"${kept[@]}"})
python="${PYTHON:-python3}"
"${bare[@]}" "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "$python on $bare_path is not Python 3.11 or newer. Type: PYTHON=/path/to/python3 tests/bare/run.sh" >&2
  exit 1
}

seconds() { "${bare[@]}" "$python" -c 'import time; print(f"{time.time():.1f}")'; }
since() { "${bare[@]}" "$python" -c 'import sys, time; print(f"{time.time() - float(sys.argv[1]):.1f}")' "$1"; }

# Whatever runs in the clone, in whichever group it put itself.
running_in_clone() {
  local link
  for link in /proc/[0-9]*/cwd; do
    case "$(readlink "$link" 2>/dev/null || true)" in
      "$clone" | "$clone"/*) link="${link#/proc/}" && echo "${link%/cwd}" ;;
    esac
  done
}

# Starts the demo, waits for its first page, interrupts it as Ctrl-C does. $1: what this start is called; $2: since when.
demo() {
  local port log address status="" stopped
  port="$("${bare[@]}" "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
  log="$work/demo.log"
  set -m # a group of its own, in which an interrupt is not ignored
  (cd "$clone" && exec "${bare[@]}" make demo "PORT=$port" ${PYTHON:+"PYTHON=$PYTHON"}) >"$log" 2>&1 &
  group=$!
  set +m
  while [ "$status" != 200 ]; do
    kill -0 "$group" 2>/dev/null || { cat "$log"; echo "make demo ended by itself" >&2; exit 1; }
    if [ "$("${bare[@]}" "$python" -c 'import sys, time; print(time.time() - float(sys.argv[1]) > 600)' "$2")" = True ]; then
      cat "$log"; echo "no page within ten minutes" >&2; exit 1
    fi
    sleep 0.2
    address="$(grep -oE "https?://[A-Za-z0-9.-]+:$port" "$log" | head -1 || true)"
    [ -n "$address" ] || continue
    status="$("${bare[@]}" "$python" -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=5).status)' \
      "$address" 2>/dev/null || true)"
  done
  echo "$1: first page after $(since "$2") s at $address"
  stopped="$(seconds)"
  kill -INT -- "-$group"
  wait "$group" || true
  for _ in $(seq 50); do
    [ -n "$(running_in_clone)" ] || break
    sleep 0.2
  done
  if [ -n "$(running_in_clone)" ]; then
    echo "still running after Ctrl-C: $(running_in_clone | tr '\n' ' ')" >&2
    exit 1
  fi
  group=""
  echo "$1: Ctrl-C ended everything within $(since "$stopped") s"
}

began="$(seconds)"
git clone --quiet "$root" "$clone"
if [ -d "$root/../shared" ]; then ln -s "$(cd "$root/../shared" && pwd)" "$work/shared"; fi
echo "Clone of $(git -C "$clone" rev-parse --short HEAD) with $("${bare[@]}" "$python" --version)"

if [ "$what" != test ]; then
  demo "from clone" "$began"
  demo "second start" "$(seconds)"
fi
if [ "$what" != demo ]; then
  began="$(seconds)"
  (cd "$clone" && "${bare[@]}" make test ${PYTHON:+"PYTHON=$PYTHON"})
  echo "make test: $(since "$began") s"
fi
if [ -n "$(git -C "$clone" status --porcelain)" ]; then
  echo "the commands left files that git does not ignore:" >&2
  git -C "$clone" status --short >&2
  exit 1
fi
echo "The two commands work on a bare path."
