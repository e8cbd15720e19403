#!/usr/bin/env bash
# Installs what the tests need and what is missing; says nothing when all is there. ./test.sh calls it.
#   Debian packages  a real redis-server, PostgreSQL, Prometheus and Alertmanager, tmux, screen, the font of the pictures, Python,
#                    a linker
#   Python           rq in the versions we promise to understand, each in an environment of its own under target/
set -euo pipefail
cd "$(dirname "$0")/.."

FONT=/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf
VENVS=${CARGO_TARGET_DIR:-target}/test-venv

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Debian starts the daemons that it installs, unless this file says no. The tests start their own.
keep_daemons_off() {
  [ -e /usr/sbin/policy-rc.d ] && return
  printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
  as_root chmod +x /usr/sbin/policy-rc.d
  trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
}

install_packages() {
  local missing=()
  command -v redis-server >/dev/null || missing+=(redis-server)
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
  command -v prometheus >/dev/null || missing+=(prometheus)
  command -v prometheus-alertmanager >/dev/null || missing+=(prometheus-alertmanager)
  command -v tmux >/dev/null || missing+=(tmux)
  command -v screen >/dev/null || missing+=(screen)
  command -v setsid >/dev/null || missing+=(util-linux)
  command -v cc >/dev/null || missing+=(gcc libc6-dev)
  [ -e "$FONT" ] || missing+=(fonts-jetbrains-mono)
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3 python3-venv)
  [ ${#missing[@]} = 0 ] && return
  echo "installing: ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "no apt-get here: install the equivalents of these Debian packages yourself: ${missing[*]}" >&2
    exit 1
  fi
  keep_daemons_off
  as_root apt-get update -q
  # no cluster either: the tests make theirs in folders of their own
  if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    as_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# venv VERSION REQUIREMENT...: every requirement pinned, as pip resolved them once.
venv() {
  local dir=$VENVS/rq-$1 pins="rq==$1 ${*:2}"
  if [ -x "$dir/bin/python" ] && [ "$(cat "$dir/pins" 2>/dev/null)" = "$pins" ]; then return; fi
  echo "installing: $pins"
  rm -rf "$dir"
  python3 -m venv "$dir"
  # shellcheck disable=SC2086 # words on purpose
  "$dir/bin/python" -m pip install --quiet --disable-pip-version-check --no-input $pins
  echo "$pins" >"$dir/pins"
}

install_packages
venv 3.0.0 redis==8.1.0 click==8.5.1 croniter==7.0.0 python-dateutil==4.0.0 tzdata==2026.6
venv 2.6.1 redis==8.1.0 click==8.5.1 croniter==7.0.0 python-dateutil==4.0.0 tzdata==2026.6
venv 1.16.2 redis==8.1.0 click==8.5.1
