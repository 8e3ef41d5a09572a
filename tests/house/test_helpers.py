"""What several tests need stands in a module of its own, so that a test file can be read, moved and split alone."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_test_file_is_imported() -> None:
    imported = {
        (str(file.relative_to(TESTS)), module)
        for file in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in [getattr(node, "module", None) or "", *(one.name for one in node.names)]
        if module.rpartition(".")[2].startswith("test_")
    }
    assert imported == set()
