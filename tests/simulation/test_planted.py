"""The simulation can fail: each known bug is found by it, and soon."""

from __future__ import annotations

import pytest

from tests.simulation.planted import PLANTED, Plant
from tests.simulation.trial import trial

WITHIN = 150
"""Seeds."""


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert any(trial(seed).violations for seed in range(WITHIN))
