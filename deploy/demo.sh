#!/usr/bin/env bash
# demo.sh [--data DIR] [--port N]: a whole station on this machine: server, embedded broker, offline voice, and
# seven speaker clusters of three loudspeakers each as processes of their own. Ctrl-C ends all of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deploy/setup.sh
exec .venv/bin/python -m deploy.demo "$@"
