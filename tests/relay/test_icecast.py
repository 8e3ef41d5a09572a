"""A real Icecast: heard, and left when it or its source client dies or freezes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.relay.deaths import LOADED_S, LOSSES, WITHIN_S, lost
from tests.relay.studio import Tapes


async def test_an_icecast_is_left_however_it_dies(tmp_path: Path, tapes: Tapes) -> None:
    for place in (tmp_path, *tmp_path.parents[:2]):
        place.chmod(0o755)
    for outcome in await asyncio.gather(*(lost(loss, tapes, tmp_path) for loss in LOSSES)):
        assert outcome.explained, outcome
        assert outcome.noticed_s < WITHIN_S, outcome
        assert outcome.fallback_s < WITHIN_S + LOADED_S, outcome
