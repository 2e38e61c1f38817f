#!/bin/sh
# Written by `coord init --scripts`. Same name, arguments and answers as the original script; coord does the work.
case $0 in */*) here=$(cd "$(dirname "$0")" && pwd -P) ;; *) here= ;; esac
case $here in */COORDINATION/scripts) cd "$here/../.." || exit ;; esac # the room that this script lies in
if ! command -v coord >/dev/null 2>&1; then
  echo "$(basename "$0"): coord is not on PATH. Install it (npm install --global . in a built checkout of it), or add its directory to PATH." >&2
  exit 127
fi
# A text of coord's JSON answer, which is one line.
field() {
  printf '%s\n' "$answer" | sed -nE 's/.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p' | sed -E 's/\\n/ · /g; s/\\(["\\])/\1/g'
}
# Why coord refused, and the way out.
explain() {
  printf 'coord: %s\n  %s\n' "$(field message)" "$(field hint)" >&2
}
