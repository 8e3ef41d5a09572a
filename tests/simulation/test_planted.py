"""The simulation can fail: each known bug is found by it, and soon."""

from __future__ import annotations

import pytest

from tests.simulation.planted import PLANTED, Plant, plans_end_with_their_airing
from tests.simulation.trial import trial

WITHIN = 150
"""Seeds."""
SINCE = {plans_end_with_their_airing: 700}
"""Where to begin for what only one world in four hundred has: something planned in the midst of what is on air."""


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    since = SINCE.get(plant, 0)
    assert any(trial(seed).violations for seed in range(since, since + WITHIN))
