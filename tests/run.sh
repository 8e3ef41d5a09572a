#!/usr/bin/env bash
# run.sh [pytest arguments…]: installs what the tests need, then linters, types, contracts and all tests.
# Without arguments the village, which mostly waits for its loudspeakers, runs beside everything else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deploy/setup.sh mosquitto iproute2 procps gcc libc6-dev
export PATH="$PWD/.venv/bin:$PATH"
echo "== ruff"
ruff check .
ruff format --check .
echo "== mypy"
mypy
echo "== import-linter"
lint-imports
if (($#)); then
    exec pytest "$@"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
pytest tests/village --durations=5 >"$log" 2>&1 &
village=$!
failed=0
echo "== pytest: everything but the village"
pytest --ignore=tests/village --durations=10 || failed=1
echo "== pytest: the village"
wait "$village" || failed=1
cat "$log"
exit "$failed"
