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
# five of the pictures taken anew: their words, without numbers, are those of the stored ones
step cargo run --locked --quiet --example screenshots -- --check \
  --only first-80x24 --only help-120x40 --only palette-120x40 --only faults-120x40 --only healthy-40x12

printf '\nall checks passed in %d min %02d s\n' $((SECONDS / 60)) $((SECONDS % 60))
