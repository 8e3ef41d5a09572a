"""The app as it is built: its client is of this server, its types hold, and what an alarm needs comes first."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from broadcast_server.web.app_files import BUILT
from deploy import build_app
from tests.app import phone
from tests.app.client import APP, CLIENT, make, node
from tests.bench.app import sizes

FIRST_LOAD = 50_000
PRECACHE = 250_000


def test_the_client_is_made_from_the_api_as_it_is(tmp_path: Path) -> None:
    make(tmp_path / "schema.d.ts")
    stale = (tmp_path / "schema.d.ts").read_text() != CLIENT.read_text()
    assert not stale, "python -m tests.app.client makes it anew"


def test_types_and_markup_hold() -> None:
    node(APP / "node_modules/svelte-check/bin/svelte-check", "--tsconfig", "./tsconfig.json", "--fail-on-warnings")


def test_what_is_loaded_first_and_kept_is_small() -> None:
    phone.must_be_built()
    first, kept = sizes()
    assert first <= FIRST_LOAD
    assert kept <= PRECACHE


def test_the_service_worker_knows_every_file_of_the_app() -> None:
    phone.must_be_built()
    worker = (BUILT / "worker.js").read_text()
    names = [
        str(file.relative_to(BUILT)) for file in BUILT.rglob("*") if file.suffix in (".js", ".css", ".svg", ".html")
    ]
    assert names
    assert all(f'"{name}"' in worker for name in names if name != "worker.js")
    assert "__SHELL__" not in worker
    assert "__VERSION__" not in worker


async def test_where_no_app_was_built_its_tests_say_so_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "BUILT", tmp_path)
    with pytest.raises(AssertionError, match=r"python -m deploy\.build_app"):
        async with phone.phone(tmp_path):
            pass


@pytest.mark.parametrize(("built", "said"), [(False, "app was not built (mostly"), (True, "built last stays")])
def test_a_registry_out_of_reach_is_told_and_leaves_the_app_that_there_is(
    built: bool, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(*_: object) -> None:
        raise subprocess.CalledProcessError(1, "npm ci")

    monkeypatch.setattr(build_app, "run_npm", unreachable)
    if built:
        (tmp_path / "dist").mkdir()
        (tmp_path / "dist" / build_app.STAMP).write_text("of older sources")
    assert build_app.main(tmp_path) == 1
    assert said in capsys.readouterr().err
    assert (tmp_path / "dist" / build_app.STAMP).exists() is built
