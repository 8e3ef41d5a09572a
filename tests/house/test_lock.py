"""What is installed is pinned by its hashes, and nothing here says from where it is to be fetched."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
APP_LOCK = ROOT / "broadcast_server" / "web" / "app" / "package-lock.json"
PIN = re.compile(r"(?P<name>[\w.-]+)(\[[\w,-]+\])?==[^\s;\\]+( ; [^\\]+?)?(?P<hashes>( --hash=sha256:[0-9a-f]{64})+)")
"""One requirement of the lock, its lines joined: nothing else may stand there, neither an option nor an address."""
NAME = re.compile(r"[\w.-]+")
ADDRESS = re.compile(r"\w+://|--(extra-)?index-url|--find-links|--trusted-host")
REGISTRIES = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmmirror|--(extra-)?index-url|--registry\b")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> Iterator[str]:
    """The lock's requirements, each in one line, without what is only said."""
    told = [line for line in LOCK.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    yield from re.sub(r" *\\\n *", " ", "\n".join(told)).splitlines()


def test_every_pin_has_its_hashes_and_no_line_says_from_where() -> None:
    assert [line for line in pins() if not PIN.fullmatch(line)] == []
    assert ADDRESS.findall(LOCK.read_text()) == []


def test_all_that_the_project_asks_for_is_pinned() -> None:
    known = {plain(found["name"]) for line in pins() if (found := PIN.fullmatch(line))}
    with (ROOT / "pyproject.toml").open("rb") as file:
        told = tomllib.load(file)
    mine, extras = told["project"]["dependencies"], told["project"]["optional-dependencies"].values()
    asked = [*told["build-system"]["requires"], *mine, *(one for some in extras for one in some)]
    names = {plain(found[0]) for one in asked if (found := NAME.match(one))}
    assert len(names) > 40
    assert names - known == set()


def test_the_app_s_lock_has_hashes_and_no_addresses() -> None:
    packages = json.loads(APP_LOCK.read_text())["packages"]
    del packages[""]
    assert len(packages) > 40
    assert [name for name, one in packages.items() if "resolved" in one or "://" in one["version"]] == []
    assert [name for name, one in packages.items() if not one.get("integrity", "").startswith("sha512-")] == []


def test_no_script_names_a_registry() -> None:
    scripts = [*ROOT.glob("deploy/*.sh"), *ROOT.glob("deploy/*.py"), *ROOT.glob("tests/*.sh"), ROOT / ".ci" / "run"]
    assert len(scripts) > 5
    named = {str(file.relative_to(ROOT)): REGISTRIES.findall(file.read_text()) for file in (*scripts, LOCK, APP_LOCK)}
    assert {file: found for file, found in named.items() if found} == {}
