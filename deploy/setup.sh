#!/usr/bin/env bash
# setup.sh [PACKAGE…]: what the station needs on a bare Debian or Ubuntu: system packages, then the pinned
# Python packages in .venv, then the officer's app, built. Says what it does, asks nothing, and does nothing the second time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(python3-venv ffmpeg espeak-ng libopus0 libportaudio2 util-linux "$@")
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
    echo "Installing Debian packages: ${missing[*]}"
    as_root=()
    ((EUID == 0)) || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
fi

stamp=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
if [[ $(cat .venv/installed 2>/dev/null) != "$stamp" ]]; then
    echo "Installing the pinned Python packages into .venv"
    python3 -m venv .venv
    # What comes as source alone is built by what is pinned as well, so that must be there first.
    .venv/bin/pip install -q --disable-pip-version-check --require-hashes \
        -r <(sed -n '/^setuptools==/,/^ *# via/p' requirements.lock)
    .venv/bin/pip install -q --disable-pip-version-check --require-hashes --no-build-isolation -r requirements.lock
    .venv/bin/pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
    echo "$stamp" >.venv/installed
fi
# The officer's app; nothing if it is built already. Without it a station sounds all the same, so it is no reason to
# stop: what is missing was said.
.venv/bin/python -m deploy.build_app || true
# The units may not write here, and would compile the program anew at each start. Nor may everybody who runs the demo.
.venv/bin/python -m compileall -qq audio_library broadcast_server speaker_client || true
