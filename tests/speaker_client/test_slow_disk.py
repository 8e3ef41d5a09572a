"""An order sounds, and a stop silences, while the disk writes it down; answered is only what the disk has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from speaker_client.journal import SqliteJournal
from speaker_client.memory import Change
from speaker_client.protocol.ids import SECOND
from speaker_client.protocol.report import AiringEnded, OrderAccepted, Reason, Result
from tests.speaker_client.orders import Box, airing, emergency, song
from tests.speaker_client.station_of_tests import NOW


class PowerCut(BaseException):
    """The machine is gone."""


class SlowJournal(SqliteJournal):
    """Shows somebody what is so far each time it is asked to write, before it does."""

    look: Callable[[], object] = staticmethod(lambda: None)

    def commit(self, changes: Iterable[Change]) -> None:
        listed = list(changes)
        if listed:
            self.look()
        super().commit(listed)


class SlowBox(Box):
    """A box with such a disk."""

    journal: SlowJournal
    make_journal = SlowJournal


@pytest.fixture
def box(tmp_path: Path) -> SlowBox:
    return SlowBox(tmp_path)


def _cut_the_power() -> None:
    raise PowerCut


def test_an_order_sounds_and_what_it_displaces_falls_silent_before_the_disk_has_it(box: SlowBox) -> None:
    piece = song(NOW + 2 * SECOND, resumes=True)
    box.plays(piece)
    box.later(60 * SECOND)
    order = emergency(1, "1", box.now)
    seen: list[tuple[bool, bool, list[str]]] = []
    box.journal.look = lambda: seen.append(
        (airing(order) in box.deck.released, piece.id in box.deck.cuts, [*box.answered])
    )
    box.hear(order)
    assert seen[0] == (True, True, [])
    assert len(box.answered) == 1


def test_a_stop_silences_before_the_disk_has_it(box: SlowBox) -> None:
    order = emergency(1, "1", NOW)
    box.hear(order)
    box.sounds(airing(order))
    box.later(SECOND)
    seen: list[bool] = []
    box.journal.look = lambda: seen.append(airing(order) in box.deck.cuts)
    box.stop(airing(order))
    assert seen[0] is True


def test_what_the_power_took_between_sound_and_disk_is_obeyed_when_it_is_said_again(box: SlowBox) -> None:
    order = emergency(1, "1", NOW)
    box.journal.look = _cut_the_power
    with pytest.raises(PowerCut):
        box.hear(order)
    assert box.deck.released == [airing(order)]
    assert box.answered == []
    box.start()
    box.later(SECOND)
    assert box.deck.released == []
    box.hear(order)
    assert box.deck.released == [airing(order)]
    assert len(box.said(OrderAccepted)) == 1


def test_a_stop_that_the_power_took_is_obeyed_when_it_is_said_again(box: SlowBox) -> None:
    order = emergency(1, "1", NOW)
    box.hear(order)
    box.sounds(airing(order))
    box.later(SECOND)
    box.journal.look = _cut_the_power
    with pytest.raises(PowerCut):
        box.stop(airing(order))
    box.start()
    assert box.deck.released == [airing(order)]
    box.sounds(airing(order))
    box.later(2 * SECOND)
    box.stop(airing(order))
    box.ends(airing(order), 3 * SECOND)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.reason, end.by) == (Result.PARTIAL, Reason.STOPPED, "lan")


def test_a_programme_is_on_the_disk_before_its_first_sample(box: SlowBox) -> None:
    piece = song(NOW + 2 * SECOND, resumes=True)
    box.pull(piece)
    seen: list[bool] = []
    box.journal.look = lambda: seen.append(piece.id in box.deck.released)
    box.later(SECOND)
    box.later(SECOND)
    assert box.deck.released == [piece.id]
    assert seen
    assert not any(seen)
