"""How far an order has come that is said several times."""

from __future__ import annotations

import pytest

from broadcast_server.feed.rounds import rounds_json
from broadcast_server.script import script
from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import SECOND, ClusterId, OrderId
from speaker_client.protocol.order import Emergency, airing_of
from speaker_client.protocol.plan import Item

BEGIN_US = 1_000 * SECOND
SIREN, ONE, TWO, TIME = (
    Item(content=letter * 64, size=1, duration_us=seconds * SECOND)
    for letter, seconds in (("a", 8), ("b", 5), ("c", 4), ("d", 3))
)


def carried_out(lead: Item | None, words: tuple[Item, ...], rounds: int, until_s: int = 7200) -> AiringRow:
    told = script(lead, words, (TIME,), rounds)
    order = Emergency(
        station="s", audience="cluster:c", seq=1, not_before_us=0, expires_us=BEGIN_US, id=OrderId("o"), title="Lũ",
        by="hoa", start_us=BEGIN_US, until_us=BEGIN_US + until_s * SECOND, first=told.first, again=told.again,
        rounds=rounds,
    )  # fmt: skip
    planned = airing_of(order, ClusterId("c"), ())
    return AiringRow(planned=planned.model_dump(mode="json"), start_us=planned.start_us)


@pytest.mark.parametrize(
    ("lead", "words", "first_s", "each_s"),
    [(SIREN, (ONE,), 13, 16), (None, (ONE, TWO), 9, 12), (None, (ONE, TWO, ONE), 14, 17), (ONE, (ONE,), 10, 13)],
)
def test_later_rounds_tell_when_it_was_given_and_are_longer(
    lead: Item | None, words: tuple[Item, ...], first_s: int, each_s: int
) -> None:
    found = rounds_json([carried_out(lead, words, 3)], 3)
    assert found == {"first_end_us": BEGIN_US + first_s * SECOND, "each_us": each_s * SECOND}


@pytest.mark.parametrize(
    ("rounds", "airings"),
    [(1, [carried_out(SIREN, (ONE,), 1)]), (3, []), (3, [AiringRow(planned=None)])],
    ids=["once", "nowhere", "forgotten"],
)
def test_of_what_is_said_once_or_nowhere_nothing_is_told(rounds: int, airings: list[AiringRow]) -> None:
    assert rounds_json(airings, rounds) is None


def test_what_has_no_time_for_all_its_rounds_is_not_counted_wrongly() -> None:
    assert rounds_json([carried_out(None, (ONE, TWO, ONE), 4, until_s=40)], 4) is None
