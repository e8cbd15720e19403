#!/usr/bin/env bash
# Writes the manual page and the completions of a midwatch to where man and the shells look, below a `share` folder.
#   packaging/pages.sh [SHARE] [BINARY]       left out: ~/.local/share and the midwatch in PATH
set -euo pipefail
share=${1:-${XDG_DATA_HOME:-$HOME/.local/share}}
binary=${2:-midwatch}

# the page tells the keys as they are without anybody's own settings
ask() {
  env -u MIDWATCH_CONFIG HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent "$binary" "$@"
}

put() {
  mkdir -p "$share/$(dirname "$1")"
  ask "${@:2}" >"$share/$1.new"
  mv "$share/$1.new" "$share/$1"
}

put man/man1/midwatch.1 man
put bash-completion/completions/midwatch completions bash
put zsh/site-functions/_midwatch completions zsh
put fish/vendor_completions.d/midwatch.fish completions fish
