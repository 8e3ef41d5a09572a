"""What is installed is pinned by its hashes, and nothing here says from where it is to be fetched."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
EXTRAS = sorted((ROOT / "deploy" / "extras").glob("*.lock"))
"""What is installed only by those who want it, each named for its extra."""
APP_LOCK = ROOT / "broadcast_server" / "web" / "app" / "package-lock.json"
PIN = re.compile(r"(?P<name>[\w.-]+)(\[[\w,-]+\])?==[^\s;\\]+( ; [^\\]+?)?(?P<hashes>( --hash=sha256:[0-9a-f]{64})+)")
"""One requirement of the lock, its lines joined: nothing else may stand there, neither an option nor an address."""
NAME = re.compile(r"[\w.-]+")
ADDRESS = re.compile(r"\w+://|--(extra-)?index-url|--find-links|--trusted-host")
REGISTRIES = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmmirror|--(extra-)?index-url|--registry\b")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: Path) -> Iterator[str]:
    """The lock's requirements, each in one line, without what is only said."""
    told = [line for line in lock.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    yield from re.sub(r" *\\\n *", " ", "\n".join(told)).splitlines()


def named(lock: Path) -> set[str]:
    return {plain(found["name"]) for line in pins(lock) if (found := PIN.fullmatch(line))}


def wanted(requirements: Iterable[str]) -> set[str]:
    return {plain(found[0]) for one in requirements if (found := NAME.match(one))}


@pytest.mark.parametrize("lock", [LOCK, *EXTRAS], ids=lambda lock: lock.stem)
def test_every_pin_has_its_hashes_and_no_line_says_from_where(lock: Path) -> None:
    assert [line for line in pins(lock) if not PIN.fullmatch(line)] == []
    assert ADDRESS.findall(lock.read_text()) == []


def test_all_that_the_project_asks_for_is_pinned() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        told = tomllib.load(file)
    mine, extras = told["project"]["dependencies"], told["project"]["optional-dependencies"]
    apart = {lock.stem: extras.pop(lock.stem) for lock in EXTRAS}
    names = wanted([*told["build-system"]["requires"], *mine, *(one for some in extras.values() for one in some)])
    assert len(names) > 40
    assert names - named(LOCK) == set()
    assert {lock.stem: wanted(apart[lock.stem]) - named(lock) for lock in EXTRAS} == {"ear": set(), "piper": set()}


@pytest.mark.parametrize("lock", EXTRAS, ids=lambda lock: lock.stem)
def test_an_extra_changes_nothing_of_what_is_installed(lock: Path) -> None:
    shared = named(lock) & named(LOCK)
    assert shared
    bare = {line.partition(" --hash")[0].partition(" ;")[0] for line in pins(LOCK)}
    theirs = {line.partition(" --hash")[0].partition(" ;")[0] for line in pins(lock)}
    assert {one for one in theirs if plain(one.partition("==")[0]) in shared} <= bare


def test_the_app_s_lock_has_hashes_and_no_addresses() -> None:
    packages = json.loads(APP_LOCK.read_text())["packages"]
    del packages[""]
    assert len(packages) > 40
    assert [name for name, one in packages.items() if "resolved" in one or "://" in one["version"]] == []
    assert [name for name, one in packages.items() if not one.get("integrity", "").startswith("sha512-")] == []


def test_no_script_names_a_registry() -> None:
    scripts = [*ROOT.glob("deploy/*.sh"), *ROOT.glob("deploy/*.py"), *ROOT.glob("tests/*.sh"), ROOT / ".ci" / "run"]
    assert len(scripts) > 5
    found = {
        str(file.relative_to(ROOT)): REGISTRIES.findall(file.read_text())
        for file in (*scripts, LOCK, *EXTRAS, APP_LOCK)
    }
    assert {file: told for file, told in found.items() if told} == {}
