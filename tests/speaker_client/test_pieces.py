"""Content that comes along with an order, in datagrams that may be lost, doubled and out of order."""

from __future__ import annotations

import hashlib
import logging
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from audio_library import content
from audio_library.content import ContentId
from speaker_client.arrivals import Arrivals
from speaker_client.cache import Bounds, Cache, Need
from speaker_client.holdings import AT_ANY_MOMENT, NOW
from speaker_client.pieces import MOST_CONTENTS, Pieces
from speaker_client.protocol.clock import LARGEST_DATAGRAM
from speaker_client.protocol.datagram import PIECE_BYTES, pieces, read_piece
from speaker_client.protocol.plan import Item

DATA = random.Random(1).randbytes(9_000)
CONTENT = ContentId(hashlib.sha256(DATA).hexdigest())


def test_no_piece_is_too_large_for_a_datagram_and_all_are_the_whole() -> None:
    sent = pieces(CONTENT, DATA)
    assert max(map(len, sent)) <= LARGEST_DATAGRAM
    random.Random(2).shuffle(sent)
    box = Pieces()
    for datagram in [*sent[:-1], *sent[:3]]:
        assert box.take(datagram) == CONTENT
    assert box.whole(CONTENT, len(DATA)) is None
    box.take(sent[-1])
    assert box.whole(CONTENT, len(DATA)) == DATA


def test_whatever_comes_as_a_piece_is_read_or_dropped() -> None:
    dice, box = random.Random(3), Pieces()
    for size in range(120):
        for kind in (b"P", b"X"):
            box.take(kind + dice.randbytes(size))
    assert read_piece(b"P" + bytes(36)) is None
    assert read_piece(b"P" + bytes(37)) is not None


def test_strangers_pieces_take_no_room_for_long() -> None:
    box = Pieces()
    for number in range(500):
        box.take(b"P" + number.to_bytes(32, "big") + bytes(4) + b"x" * 1000)
    assert len(box._came) == MOST_CONTENTS
    for at in range(3000):
        box.take(b"P" + bytes.fromhex(CONTENT) + at.to_bytes(4, "big") + b"x" * 1000)
    assert len(box._came[CONTENT]) == 3, "nor by many that overlap"
    far = b"P" + bytes.fromhex(CONTENT) + (1 << 31).to_bytes(4, "big") + b"x"
    assert box.take(far) is None


def test_what_came_is_kept_only_with_the_right_hash(tmp_path: Path) -> None:
    cache = Cache(tmp_path, Bounds(10**9, 0))
    cache.need([Need(CONTENT, len(DATA), -1)])
    assert not cache.keep(CONTENT, DATA[:-1] + b"!")
    assert cache.lacking(CONTENT)
    assert cache.keep(CONTENT, DATA)
    assert cache.path(CONTENT).read_bytes() == DATA
    assert cache.lacking(CONTENT) is None


@dataclass
class Box:
    """The cache of a box and what comes to it as datagrams."""

    cache: Cache
    came: list[bool] = field(default_factory=list)
    arrivals: Arrivals = field(init=False)

    def __post_init__(self) -> None:
        self.arrivals = Arrivals(self.cache, lambda: self.came.append(True))

    def is_ordered(self) -> None:
        """An order needs the content."""
        self.cache.need([Need(CONTENT, len(DATA), NOW)])
        self.arrivals.gather([CONTENT])

    def hears(self, datagrams: Iterable[bytes]) -> bool:
        """Whether the content is here after these."""
        for datagram in datagrams:
            self.arrivals.hear(datagram)
        return self.cache.holds(CONTENT)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(Cache(tmp_path, Bounds(10**9, 0)))


SENT = pieces(CONTENT, DATA)
ITEM = Item(content=CONTENT, size=len(DATA), duration_us=1)
HEAD = SENT[0][:-PIECE_BYTES]


def forged(number: int, size: int | None = None) -> bytes:
    """A piece that somebody else made."""
    head, data = SENT[number][: len(HEAD)], SENT[number][len(HEAD) :]
    return head + b"!" * (len(data) if size is None else size)


def test_what_came_before_its_order_is_here_as_soon_as_one_is_known_to_begin_with_it(box: Box) -> None:
    assert not box.hears(SENT)
    box.arrivals.expect(ITEM)
    assert box.cache.holds(CONTENT)
    assert box.came == [True]
    box.arrivals.expect(ITEM)
    assert box.came == [True]
    assert box.hears(SENT), "said again with its order"
    assert not box.arrivals._pieces._came


def test_what_is_expected_and_did_not_come_yet_is_not_here(box: Box) -> None:
    assert not box.hears(SENT[:-1])
    box.arrivals.expect(ITEM)
    assert not box.cache.holds(CONTENT)
    box.is_ordered()
    assert box.hears(SENT[-1:])


def test_a_piece_that_is_here_is_not_overwritten_by_another(box: Box) -> None:
    box.is_ordered()
    assert box.hears([*SENT[:-1], *(forged(number) for number in range(len(SENT) - 1)), SENT[-1]])


def test_what_was_pieced_together_wrong_is_dropped_and_heard_anew(box: Box) -> None:
    box.is_ordered()
    assert not box.hears([forged(2), *SENT])
    assert box.hears(SENT), "each is said twice"
    assert box.came == [True]


@pytest.mark.parametrize("before", [True, False], ids=["before the order", "after the order"])
@pytest.mark.parametrize("size", [1, PIECE_BYTES - 1])
def test_a_piece_that_cannot_be_one_of_it_stands_in_nobodys_way(box: Box, before: bool, size: int) -> None:
    if not before:
        box.is_ordered()
    assert not box.hears([forged(0, size), forged(len(SENT) - 1, PIECE_BYTES)])
    box.is_ordered()
    assert box.hears(SENT)


def test_strangers_pieces_put_out_nothing_that_an_order_needs(box: Box) -> None:
    box.is_ordered()
    strangers = (b"P" + number.to_bytes(32, "big") + bytes(4) + b"x" * 1000 for number in range(100))
    assert box.hears([*SENT[:-1], *strangers, SENT[-1]])


def test_what_only_a_plan_needs_is_put_out_as_a_strangers(box: Box) -> None:
    box.cache.need([Need(CONTENT, len(DATA), AT_ANY_MOMENT)])
    strangers = (b"P" + number.to_bytes(32, "big") + bytes(4) + b"x" * 1000 for number in range(100))
    assert not box.hears([*SENT[:-1], *strangers, SENT[-1]])
    assert box.hears(SENT)


def test_forged_pieces_fill_no_log(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.is_ordered()
    for _ in range(5):
        assert not box.hears(forged(number) for number in range(len(SENT)))
    assert [one for one in caplog.records if one.levelno >= logging.INFO] == []


def test_a_disk_that_gives_back_other_bytes_is_borne(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.is_ordered()
    with monkeypatch.context() as failing:
        failing.setattr(content, "hash_file", lambda _: CONTENT[::-1])
        assert not box.hears(SENT)
    assert box.hears(SENT)


def test_nothing_is_kept_of_what_is_here(box: Box) -> None:
    box.is_ordered()
    assert box.hears([*SENT, *SENT])
    assert box.came == [True]
    assert not box.arrivals._pieces._came
