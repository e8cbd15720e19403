#!/usr/bin/env bash
# Installs what the tests need (tests/setup.sh) and runs every check. The one command of README and CI.
set -euo pipefail
cd "$(dirname "$0")"

step() {
  printf '\n== %s\n' "$*"
  "$@" </dev/null
}

# All tests. The real servers and terminals among them share the machine with whatever else it does, so that one or two
# which fail are run once more, alone: those that pass then are told, and are to be mended.
run_tests() {
  local log failed
  log=$(mktemp)
  cargo test --locked --no-fail-fast 2>&1 | tee "$log" && return
  mapfile -t failed < <(sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$log" | sort -u)
  if [ ${#failed[@]} = 0 ] || [ ${#failed[@]} -gt 2 ]; then return 1; fi
  printf '\n== once more, alone: %s\n' "${failed[*]}"
  cargo test --locked -- --exact "${failed[@]}" --test-threads 1
  printf '\nfailed beside the others, passed alone: %s\n' "${failed[*]}"
}

# Every picture taken anew: its text is the stored one. They are fifty programs at once, so that a second look is allowed.
pictures() {
  local check=(cargo run --locked --quiet --example screenshots -- --check)
  "${check[@]}" || "${check[@]}"
}

step tests/setup.sh
step cargo fmt --check
step cargo clippy --locked --all-targets -- -D warnings
RUSTDOCFLAGS='-D warnings' step cargo doc --locked --no-deps
step run_tests
step pictures

printf '\nall checks passed in %d min %02d s\n' $((SECONDS / 60)) $((SECONDS % 60))
