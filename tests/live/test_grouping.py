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
    sent = [group for number in numbers if (group := grouping.add(number, b"%d" % number))]
    return [*sent, *grouping.close(numbers[-1] + 1, Ending.CLOSED)]


def test_every_frame_leaves_in_two_groups_one_after_the_other() -> None:
    for count in (8, 9):
        sent = groups(range(count))
        for number in range(count - count % 2):
            carried = [at for at, group in enumerate(sent) if group.first <= number < group.end]
            assert carried == [carried[0], carried[0] + 1], number


def test_the_last_frame_leaves_even_if_it_is_alone() -> None:
    *_, last, end = groups(range(9))
    assert last.packets[-1] == b"8"
    assert (end.first, end.packets, end.ending) == (9, (), Ending.CLOSED)


def test_numbers_that_were_left_out_are_packets_of_no_bytes() -> None:
    sent = groups([0, 1, 3, 4])
    assert (sent[1].first, sent[1].packets) == (0, (b"0", b"1", b"", b"3", b"4"))


def test_behind_a_long_hole_nothing_is_repeated() -> None:
    sent = groups([0, 1, 140, 141, 142, 143])
    assert (sent[1].first, sent[1].packets) == (140, (b"140", b"141"))
    assert sent[2].packets == (b"140", b"141", b"142", b"143")


def test_a_hole_between_two_fresh_frames_does_not_swell_the_group() -> None:
    assert all(group.end - group.first <= LONGEST_HOLE + 4 for group in groups([0, 1, 2, 500, 501, 502]))


def test_the_largest_group_still_fits_a_datagram() -> None:
    grouping, key = Grouping(LIVE), SigningKey.born()
    for number in (0, 1, LONGEST_HOLE, LONGEST_HOLE + 1, LONGEST_HOLE + LONGEST_HOLE // 2, 2 * LONGEST_HOLE):
        group = grouping.add(number, bytes(LARGEST_PACKET))
        assert group is None or len(group.seal(key)) <= LARGEST_GROUP


def test_every_group_names_the_first_word() -> None:
    assert {group.origin for group in groups(range(40, 50))} == {40}


def test_nothing_said_is_only_an_end() -> None:
    (only,) = Grouping(LIVE).close(0, Ending.GONE)
    assert (only.first, only.packets, only.ending) == (0, (), Ending.GONE)
