"""A journal as it arrives: doubled, reordered, cut, forked."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_server.fleet.chain import BrokenChain, Head, Line, news, read_lines
from speaker_client.protocol.envelope import Malformed, canonical
from speaker_client.protocol.ids import BoxId
from speaker_client.protocol.report import GENESIS, Booted, Report, chain_hash

BOX = BoxId("box-1")
EMPTY = Head(0, GENESIS)


def journal(count: int, boot: str = "b") -> list[str]:
    texts: list[str] = []
    head = GENESIS
    for n in range(1, count + 1):
        body = Booted(software="t", machine_boot=f"{boot}{n}")
        report = Report(box=BOX, boot=boot, n=n, prev=head, at_us=None, at_error_us=None, body=body)
        texts.append(report.text())
        head = chain_hash(texts[-1])
    return texts


def take(texts: list[str], held: list[str], may_skip: bool = False) -> tuple[Line, ...]:
    head = Head(len(held), chain_hash(held[-1])) if held else EMPTY
    hashes = {n: chain_hash(text) for n, text in enumerate(held, 1)}
    return news(read_lines(BOX, texts), head, hashes.get, may_skip)


WHOLE = journal(12)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_any_stretch_that_touches_what_is_held_brings_just_what_is_new(held: int, first: int, last: int) -> None:
    batch = WHOLE[first:last]
    if batch and first > held:
        with pytest.raises(BrokenChain, match="journal_gap"):
            take(batch, WHOLE[:held])
        return
    assert [line.text for line in take(batch, WHOLE[:held])] == WHOLE[max(held, first) : max(held, last)]


@given(st.permutations(WHOLE[:4]))
def test_lines_out_of_order_are_no_chain(texts: list[str]) -> None:
    if texts == WHOLE[:4]:
        assert len(take(texts, [])) == 4
    else:
        with pytest.raises(BrokenChain):
            take(texts, [])


def test_a_fork_is_seen_in_a_line_the_station_has_and_in_the_first_it_has_not() -> None:
    other = journal(6, boot="clone")
    for batch in (other[3:5], other[2:4], other[4:6]):
        with pytest.raises(BrokenChain, match="journal_forked"):
            take(batch, WHOLE[:4])


def test_a_station_restored_from_a_backup_may_allow_a_gap() -> None:
    assert [line.n for line in take(WHOLE[6:8], WHOLE[:4], may_skip=True)] == [7, 8]


def test_another_boxs_line_is_malformed() -> None:
    with pytest.raises(Malformed):
        read_lines(BoxId("box-2"), WHOLE)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "nonsense", '{"n": 1}', '{"box":"box-1","n":true,"prev":""}', "[" * 9999]
)
def test_what_is_no_line_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read_lines(BOX, [text])


def test_a_line_with_spaces_is_malformed() -> None:
    with pytest.raises(Malformed):
        read_lines(BOX, [json.dumps(json.loads(WHOLE[0]))])


@pytest.mark.parametrize("body", [{"kind": "hailstorm", "stones": 3}, {"kind": "airing_started", "new": "shape"}])
def test_what_a_newer_box_says_is_kept_unread(body: dict[str, object]) -> None:
    value = json.loads(WHOLE[0]) | {"body": body}
    (line,) = read_lines(BOX, [canonical(value)])
    assert line.report is None
    assert line.n == 1
