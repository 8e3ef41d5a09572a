"""What the tests of the WebSocket change of the station."""

from __future__ import annotations

import pytest

from broadcast_server import speaking as speaking_module


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a test may need more than four seconds to say something."""
    monkeypatch.setattr(speaking_module, "SILENT_US", 60_000_000)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The voice is placed by the office's clock, which a test moves."""
    monkeypatch.setattr(speaking_module, "SteadyClock", lambda clock: clock)
