#!/usr/bin/env bash
# Installs what the tests need (tests/setup.sh) and runs every check. The one command of README and CI.
set -euo pipefail
cd "$(dirname "$0")"

step() {
  printf '\n== %s\n' "$*"
  "$@" </dev/null
}

step tests/setup.sh
step cargo fmt --check
step cargo clippy --locked --all-targets -- -D warnings
RUSTDOCFLAGS='-D warnings' step cargo doc --locked --no-deps
step cargo test --locked
# a picture taken anew: its words are those of the stored one. The others stand over what lives, and differ by themselves
step cargo run --locked --quiet --example screenshots -- --check --only first-80x24

printf '\nall checks passed in %d min %02d s\n' $((SECONDS / 60)) $((SECONDS % 60))
