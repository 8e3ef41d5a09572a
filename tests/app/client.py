"""Makes the app's client anew from the API as it is: `python -m tests.app.client`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from fastapi import FastAPI

from broadcast_server.app import ROUTES
from broadcast_server.web.app_files import BUILT
from broadcast_server.web.document import document_of

APP = BUILT.parent
CLIENT = APP / "src/api/schema.d.ts"


def node(*words: str | Path) -> str:
    """Run a tool of the app by the Node beside this Python; what it printed."""
    beside = Path(sys.executable).parent / "node"
    done = subprocess.run([beside, *words], cwd=APP, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make(target: Path) -> None:
    """The client of this server's API."""
    server = FastAPI(title="Tiếng Làng", version="1", routes=[*ROUTES])
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(document_of(server)))
        node(APP / "node_modules/openapi-typescript/bin/cli.js", document, "-o", target)


if __name__ == "__main__":
    make(CLIENT)
