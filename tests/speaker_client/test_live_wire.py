"""Groups of live frames: what was signed is read, and nothing else."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from speaker_client.protocol.envelope import Malformed
from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import LARGEST_GROUP, Ending, Group, live_of, read_group
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.signature import SigningKey
from tests.speaker_client.orders import song
from tests.speaker_client.station_of_tests import NOW

LIVE = OrderId("ab" * 16)
KEY, OTHER = SigningKey.born(), SigningKey.born()
GROUP = Group(LIVE, 7, (b"seven", b"", b"nine" * 20), 30_000)


def test_a_group_comes_back_as_it_was_and_says_whose_it_is() -> None:
    data = GROUP.seal(KEY)
    assert live_of(data) == LIVE
    assert read_group(data, KEY.public) == GROUP
    assert GROUP.end == 10


def test_the_end_is_the_number_after_the_last_frame() -> None:
    closing = Group(LIVE, 50, (), ending=Ending.GONE)
    assert read_group(closing.seal(KEY), KEY.public).end == 50


def test_four_ordinary_frames_fit_a_datagram_and_more_than_one_is_refused() -> None:
    assert len(Group(LIVE, 0, (bytes(240),) * 4).seal(KEY)) < LARGEST_GROUP
    with pytest.raises(ValueError, match="at most 1200"):
        Group(LIVE, 0, (bytes(400),) * 3).seal(KEY)


@pytest.mark.parametrize("at", range(4, len(GROUP.seal(KEY))))
def test_a_bit_that_turned_anywhere_is_not_believed(at: int) -> None:
    data = bytearray(GROUP.seal(KEY))
    data[at] ^= 1
    with pytest.raises(Malformed):
        read_group(bytes(data), KEY.public)


def test_another_live_s_key_and_a_group_cut_short_are_not_believed() -> None:
    with pytest.raises(Malformed):
        read_group(GROUP.seal(OTHER), KEY.public)
    with pytest.raises(Malformed):
        read_group(GROUP.seal(KEY)[:-1], KEY.public)
    assert live_of(b"TLV1") is None
    assert live_of(b"x" * 200) is None
    assert live_of(b"TLV1" + bytes(LARGEST_GROUP)) is None


def test_even_the_right_key_cannot_make_lengths_that_do_not_add_up() -> None:
    from speaker_client.protocol.live import DOMAIN

    for tail in (b"\xff\xff", b"\x00\x09abc", b""):
        body = GROUP.seal(KEY)[:35] + b"\x01" + tail
        with pytest.raises(Malformed):
            read_group(body + KEY.sign_bytes(DOMAIN + body), KEY.public)


def test_an_airing_has_items_or_a_voice_and_not_both_or_neither() -> None:
    with pytest.raises(ValidationError, match="and not two"):
        PlannedAiring.model_validate(song(NOW, resumes=False).model_dump() | {"items": ()})
