"""HLS playlists as servers write them, and as a hostile one would."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_server.relay.guard import Refused
from broadcast_server.relay.playlist import Choice, Piece, Playlist, read_playlist
from broadcast_server.relay.reason import Failure, Reason

URL = "https://radio.example/live/index.m3u8"
MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="low",NAME="vi",DEFAULT=NO,URI="other.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="low",NAME="vi",DEFAULT=YES,URI="sound.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,CODECS="avc1.42c01e,mp4a.40.2",AUDIO="low"
video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.5",AUDIO="low"
audio64.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=96000,CODECS="mp4a.40.2"
audio96.m3u8
"""


def media(*lines: str) -> Playlist:
    found = read_playlist("\n".join(("#EXTM3U", *lines)), URL)
    assert isinstance(found, Playlist)
    return found


def test_a_live_window() -> None:
    found = media(
        "#EXT-X-TARGETDURATION:4", "#EXT-X-MEDIA-SEQUENCE:70", "#EXTINF:4,", "a.ts", "#EXTINF:4,", "/b.ts?c=1"
    )
    assert [one.number for one in found.segments] == [70, 71]
    assert [one.piece.url for one in found.segments] == [
        "https://radio.example/live/a.ts",
        "https://radio.example/b.ts?c=1",
    ]
    assert (found.target_s, found.ended) == (4.0, False)
    assert media("a.ts", "#EXT-X-ENDLIST").ended


def test_ranges_and_the_head_of_fragments() -> None:
    found = media(
        '#EXT-X-MAP:URI="init.mp4",BYTERANGE="100@0"', "#EXT-X-BYTERANGE:50@100", "all.m4s", "#EXT-X-BYTERANGE:25",
        "all.m4s", "other.m4s",
    )  # fmt: skip
    assert [one.piece.extent for one in found.segments] == [(100, 149), (150, 174), None]
    assert found.segments[0].head == Piece("https://radio.example/live/init.mp4", (0, 99))


def test_the_cheapest_variant_that_is_sound_alone() -> None:
    assert read_playlist(MASTER, URL) == Choice("https://radio.example/live/sound.m3u8")
    without = "\n".join(line for line in MASTER.splitlines() if not line.startswith("#EXT-X-MEDIA"))
    assert read_playlist(without, URL) == Choice("https://radio.example/live/audio64.m3u8")


def test_variants_that_cost_the_same_are_all_one() -> None:
    text = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="x"\na\n'
    assert read_playlist(text, URL) == Choice("https://radio.example/live/a")


def test_keys_are_not_taken() -> None:
    with pytest.raises(Failure) as told:
        media('#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1/key"', "a.ts")
    assert told.value.reason is Reason.ENCRYPTED
    assert media("#EXT-X-KEY:METHOD=NONE", "a.ts").segments


@pytest.mark.parametrize(
    "text", ["", "<html>", "hello", "#EXTM3U\n" + "a.ts\n" * 6000, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n"]
)
def test_what_is_no_playlist(text: str) -> None:
    with pytest.raises(Failure) as told:
        read_playlist(text, URL)
    assert told.value.reason is Reason.NOT_AUDIO


def test_nonsense_in_numbers_harms_nothing() -> None:
    found = media(
        "#EXT-X-TARGETDURATION:" + "9" * 400, "#EXT-X-MEDIA-SEQUENCE:-5", "#EXT-X-BYTERANGE:x@y", "a.ts",
        "#EXT-X-MAP:", "#EXT-X-BYTERANGE:0", "b.ts", "#EXT-X-KEY:",
    )  # fmt: skip
    assert len(found.segments) == 2
    assert found.target_s == 6.0
    assert media("#EXT-X-TARGETDURATION:0", "a.ts").target_s == 0.5


LINES = st.sampled_from(
    [
        "a.ts", "http://[", "//[::1", "#EXT-X-KEY:METHOD=", '#EXT-X-MAP:URI="http://["', "#EXT-X-BYTERANGE:9@9",
        "#EXT-X-BYTERANGE:1",
        "#EXT-X-STREAM-INF:BANDWIDTH=1", '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"', '#EXT-X-MEDIA:TYPE=AUDIO,URI="x"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="http://["', "#EXT-X-ENDLIST", "#EXT-X-MEDIA-SEQUENCE:7", "",
    ]
)  # fmt: skip


@given(st.lists(LINES | st.text(max_size=40), max_size=12))
def test_whatever_it_says_is_understood_or_refused(lines: list[str]) -> None:
    with suppress(Failure, Refused):
        read_playlist("\n".join(("#EXTM3U", *lines)), URL)


@pytest.mark.parametrize(
    "line",
    ["#EXT-X-KEY:" + "A" * 900_000, "#EXT-X-MAP:" + ",A" * 450_000, '#EXT-X-MEDIA:TYPE="' + 'A="' * 300_000],
)
def test_a_long_line_does_not_hold_up_the_station(line: str) -> None:
    began_s = time.process_time()
    with suppress(Failure, Refused):
        read_playlist(f"#EXTM3U\n{line}\n#EXTINF:2,\na.ts\n", URL)
    assert time.process_time() - began_s < 2


def test_more_lines_than_any_playlist_has_are_not_read() -> None:
    with pytest.raises(Failure) as told:
        read_playlist("#EXTM3U\n" + "\n" * 900_000, URL)
    assert told.value.reason is Reason.NOT_AUDIO


def test_attributes_are_told_apart_by_commas_outside_of_quotes() -> None:
    master = '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO, GROUP-ID="a,URI=x",NAME="n",URI="sound.m3u8"\n'
    master += '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a,URI=x"\npicture.m3u8\n'
    found = read_playlist(master, URL)
    assert isinstance(found, Choice)
    assert found.url.endswith("/sound.m3u8")
