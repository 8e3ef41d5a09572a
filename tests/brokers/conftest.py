"""Both brokers, the same tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.brokers.house import KINDS, Embedded, House


@pytest.fixture(scope="module", params=sorted(KINDS))
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A broker that a module's tests share."""
    yield from _running(KINDS[request.param](tmp_path_factory.mktemp(request.param)))


@pytest.fixture(params=sorted(KINDS))
def own_house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A broker for one test, to be killed."""
    yield from _running(KINDS[request.param](tmp_path_factory.mktemp(request.param)))


@pytest.fixture
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """The embedded broker, for one test."""
    for house in _running(Embedded(tmp_path_factory.mktemp("embedded"))):
        assert isinstance(house, Embedded)
        yield house


def _running(house: House) -> Iterator[House]:
    house.start()
    try:
        yield house
    finally:
        house.stop()
