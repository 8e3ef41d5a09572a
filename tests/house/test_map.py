"""Whoever is new here finds their way: the map names every use case of the server once, the trails lead to files."""

from __future__ import annotations

import re
from pathlib import Path

import broadcast_server

HERE = Path(__file__).parents[2]


def test_the_map_names_every_module_once() -> None:
    _, _, groups = (broadcast_server.__doc__ or "").partition("through):")
    modules = {file.stem for file in (HERE / "broadcast_server").glob("[!_]*.py")}
    assert sorted(re.findall(r"`(\w+)`", groups)) == sorted(modules)


def test_the_trails_lead_to_what_is_there() -> None:
    places = re.findall(r"`([\w/]+/[\w./]*)`", (HERE / "deploy/trails.md").read_text())
    assert len(places) > 30
    assert [place for place in places if not (HERE / place).exists()] == []
