#!/usr/bin/env bash
# run.sh [pytest arguments…]: installs what the tests need, then linters, types, contracts and all tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deploy/setup.sh mosquitto iproute2 procps
export PATH="$PWD/.venv/bin:$PATH"
echo "== ruff";         ruff check . && ruff format --check .
echo "== mypy";         mypy
echo "== import-linter"; lint-imports
echo "== pytest";       pytest "$@"
