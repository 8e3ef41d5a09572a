"""Frames into datagrams."""

from __future__ import annotations

from broadcast_server.live.grouping import LONGEST_HOLE, Grouping
from broadcast_server.live.opus import LARGEST_PACKET
from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import LARGEST_GROUP, Ending, Group
from speaker_client.protocol.signature import SigningKey

LIVE = OrderId("ab" * 16)


def groups(numbers: range | list[int]) -> list[Group]:
    grouping = Grouping(LIVE)
    sent = [grouping.add(number, b"%d" % number) for number in numbers]
    return [*sent, *grouping.close(numbers[-1] + 1, Ending.CLOSED)]


def test_every_frame_leaves_at_once_and_again_with_the_next() -> None:
    sent = groups(range(9))
    for number in range(9):
        carried = [at for at, group in enumerate(sent) if group.first <= number < group.end]
        assert carried == [number, number + 1]


def test_the_end_comes_after_the_last_frame_has_left_twice() -> None:
    *_, last, end = groups(range(9))
    assert last.packets == (b"8",)
    assert (end.first, end.packets, end.ending) == (9, (), Ending.CLOSED)


def test_numbers_that_were_left_out_are_packets_of_no_bytes() -> None:
    sent = groups([0, 1, 3, 4])
    assert (sent[2].first, sent[2].packets) == (1, (b"1", b"", b"3"))


def test_behind_a_long_hole_nothing_is_repeated() -> None:
    sent = groups([0, 1, 140, 141])
    assert (sent[2].first, sent[2].packets) == (140, (b"140",))
    assert sent[3].packets == (b"140", b"141")


def test_the_largest_group_still_fits_a_datagram() -> None:
    grouping, key = Grouping(LIVE), SigningKey.born()
    for number in (0, 1, LONGEST_HOLE, LONGEST_HOLE + 1, 2 * LONGEST_HOLE + 1):
        assert len(grouping.add(number, bytes(LARGEST_PACKET)).seal(key)) <= LARGEST_GROUP


def test_every_group_names_the_first_word() -> None:
    assert {group.origin for group in groups(range(40, 50))} == {40}


def test_nothing_said_is_only_an_end() -> None:
    (only,) = Grouping(LIVE).close(0, Ending.GONE)
    assert (only.first, only.packets, only.ending) == (0, (), Ending.GONE)
