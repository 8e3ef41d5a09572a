#!/usr/bin/env bash
# bench.sh NAME [arguments…]: one figure of the product, measured; the last line is one flat JSON object.
# Names: ontime ingest expand traffic footprint faults forge emergency.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=${1:?"usage: tests/bench.sh NAME; names: $(cd tests/bench && ls *.py | sed 's/\.py$//' | tr '\n' ' ')"}
shift
deploy/setup.sh mosquitto iproute2 procps gcc libc6-dev >&2
export PATH="$PWD/.venv/bin:$PATH"
exec python -m "tests.bench.$name" "$@"
