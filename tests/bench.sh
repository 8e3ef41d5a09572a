#!/usr/bin/env bash
# bench.sh NAME [arguments…]: one figure of the product, measured; the last line is one flat JSON object.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=${1:?"usage: tests/bench.sh NAME; names: $(cd tests/bench && grep -l __main__ -- *.py | sed 's/\.py$//' | tr '\n' ' ')"}
shift
packages=(mosquitto iproute2 procps gcc libc6-dev)
[[ $name == live ]] && packages+=(snapserver snapclient icecast2)
[[ $name =~ ^(a11y|app|touches|upload)$ ]] && packages+=(chromium)
[[ $name == relaydeath ]] && packages+=(icecast2)
deploy/setup.sh "${packages[@]}" >&2
export PATH="$PWD/.venv/bin:$PATH"
exec python -m "tests.bench.$name" "$@"
