"""The tapes, made once."""

from __future__ import annotations

import pytest

from tests.relay.studio import Tapes


@pytest.fixture(scope="session")
def tapes(tmp_path_factory: pytest.TempPathFactory) -> Tapes:
    return Tapes(tmp_path_factory.mktemp("tapes"))
