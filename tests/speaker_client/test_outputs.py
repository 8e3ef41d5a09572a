"""Real outputs: real programs, real files, real time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep

import numpy as np
import pytest

from speaker_client.deck import DeckEvent, Done, Sounded
from speaker_client.frames import BLOCK_BYTES, RATE
from speaker_client.output import CommandSink, FileSink, NullSink, PacedOutput, Trouble
from speaker_client.output.paced import SHORT_SILENCE_US, Sink
from speaker_client.output.pipe import Pipe
from speaker_client.output.realtime import monotonic_us
from speaker_client.output.stream import Block
from speaker_client.output.wav import Heard, Shelf
from speaker_client.protocol.report import Reason
from speaker_client.turntable import Turntable
from tests.speaker_client.sound_of_tests import (
    ALARM,
    as_wav,
    cue,
    heard,
    loudspeakers,
    recorder,
    speech,
    until,
)

SLACK_US = 150_000
"""How late a busy test machine may be; the figure itself is the benchmark's."""


class Box:
    """A turntable on a running output with three loudspeakers."""

    def __init__(self) -> None:
        self.events: list[DeckEvent] = []
        self.troubles: list[Trouble] = []
        self.deck = Turntable(loudspeakers(0, -600, 0), self.events.append)
        self.output: PacedOutput | None = None

    def start(self, sink: Sink) -> None:
        self.output = PacedOutput(sink)
        self.output.start(self.deck)

    def stop(self) -> None:
        if self.output:
            self.output.close()
            self.output = None

    def ended(self) -> list[Done]:
        return [event for event in self.events if isinstance(event, Done)]


@pytest.fixture
def box() -> Iterator[Box]:
    box = Box()
    yield box
    box.stop()
    box.deck.close()


def test_a_program_gets_every_sample_at_its_time(box: Box, tmp_path: Path) -> None:
    source = speech(1.0)
    box.start(CommandSink(recorder(tmp_path / "heard"), 3, box.troubles.append))
    until((tmp_path / "heard/heard.txt").exists)
    at_us = monotonic_us() + 800_000
    box.deck.arm(cue(as_wav(tmp_path / "a.wav", source), at_us=at_us))
    box.deck.release(cue(at_us=0).airing)
    until(box.ended)
    box.stop()
    first_us, samples = heard(tmp_path / "heard", 3)
    assert abs(first_us - at_us) < SLACK_US
    assert np.array_equal(samples[1_440 : len(source), 0], source[1_440:])
    assert np.abs(samples[:, 1]).max() == pytest.approx(np.abs(samples[:, 0]).max() / 2, rel=0.02)
    assert np.array_equal(samples[:, 0], samples[:, 2])
    (sounded,) = [event for event in box.events if isinstance(event, Sounded)]
    assert abs(sounded.error_us) < SLACK_US


def test_a_program_that_dies_is_a_fault_and_is_started_again(box: Box, tmp_path: Path) -> None:
    sink = CommandSink(recorder(tmp_path / "heard"), 3, box.troubles.append)
    box.start(sink)
    box.deck.arm(cue(as_wav(tmp_path / "a.wav", speech(5.0)), at_us=monotonic_us() + 300_000))
    box.deck.release(cue(at_us=0).airing)
    until(lambda: box.events)
    pid = sink.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    until(box.ended)
    assert box.ended()[0].reason is Reason.AUDIO_FAULT
    until(lambda: sink.pid() not in (None, pid))
    until(lambda: [trouble.raised for trouble in box.troubles] == [True, False])
    assert box.troubles[0].code == "audio_program_died"
    box.deck.arm(cue(as_wav(tmp_path / "b.wav", speech(0.2)), at_us=monotonic_us() + 300_000, airing=ALARM))
    box.deck.release(ALARM)
    until(lambda: len(box.ended()) == 2)
    assert box.ended()[1].reason is None


def test_a_program_that_does_not_read_costs_sound_but_never_the_pace(box: Box, tmp_path: Path) -> None:
    box.start(CommandSink([sys.executable, "-c", "import time; time.sleep(60)"], 3, box.troubles.append))
    box.deck.arm(cue(as_wav(tmp_path / "a.wav", speech(0.5)), at_us=monotonic_us() + 600_000))
    box.deck.release(cue(at_us=0).airing)
    until(box.ended)
    assert box.ended()[0].reason is Reason.AUDIO_FAULT
    assert box.output
    assert box.output.dropped > 20
    assert monotonic_us() - box.output.beat_us() < 1_000_000
    before = monotonic_us()
    box.stop()
    assert monotonic_us() - before < 8_000_000


def test_a_program_that_ends_before_it_reads_sounded_nothing(box: Box, tmp_path: Path) -> None:
    """As every player does whose card is gone: what fits into its pipe was not heard."""
    box.start(CommandSink([sys.executable, "-S", "-c", "import time; time.sleep(0.2)"], 3, box.troubles.append))
    box.deck.arm(cue(as_wav(tmp_path / "a.wav", speech(4.0)), at_us=monotonic_us() + 100_000))
    box.deck.release(cue(at_us=0).airing)
    until(lambda: box.ended())
    assert not [event for event in box.events if isinstance(event, Sounded)]
    assert [trouble.raised for trouble in box.troubles] == [True]


def test_a_program_that_is_not_there_is_told_once(box: Box) -> None:
    box.start(CommandSink(["/no/such/player"], 3, box.troubles.append))
    sleep(0.5)
    assert [(trouble.code, trouble.raised) for trouble in box.troubles] == [("audio_program_missing", True)]


def test_a_file_holds_what_sounded_and_a_list_says_when(box: Box, tmp_path: Path) -> None:
    sources = [speech(0.7, seed=1), speech(0.4, seed=2)]
    offset_us = 1_800_000_000_000_000
    box.start(FileSink(tmp_path / "out", 3, box.troubles.append, lambda at_us: at_us + offset_us))
    at_us = monotonic_us() + 300_000
    box.deck.arm(cue(as_wav(tmp_path / "a.wav", sources[0]), at_us=at_us))
    box.deck.arm(cue(as_wav(tmp_path / "b.wav", sources[1]), at_us=at_us + 1_000_000, airing=ALARM))
    box.deck.release(cue(at_us=0).airing)
    box.deck.release(ALARM)
    until(lambda: len(box.ended()) == 2)
    box.stop()
    lines = [json.loads(line) for line in (tmp_path / "out/started.jsonl").read_text().splitlines()]
    assert [line["what"] for line in lines] == ["started", "ended", "started", "ended"]
    for source, line in zip(sources, lines[::2], strict=True):
        assert line["due_us"] == line["due_mono_us"] + offset_us
        assert line["error_us"] == line["at_mono_us"] - line["due_mono_us"]
        assert abs(line["error_us"]) < SLACK_US
        assert (line["title"], line["loudspeakers"]) == ("Bản tin sáng", [1, 2, 3])
        with wave.open(str(tmp_path / "out" / line["wav"])) as wav:
            assert (wav.getnchannels(), wav.getframerate(), wav.getnframes()) == (3, RATE, len(source))
            samples = np.frombuffer(wav.readframes(wav.getnframes()), np.int16).reshape(-1, 3)
        assert np.array_equal(samples[1_440:, 0], source[1_440:])


def test_a_live_that_keeps_in_step_stays_one_file(tmp_path: Path) -> None:
    first = cue(at_us=1_000_000)
    shelf = Shelf(tmp_path, 1, 1_000_000, lambda at_us: at_us)
    for moved_us in (0, 0, 700, 1_400):
        shelf.keep([Heard(replace(first, at_mono_us=first.at_mono_us + moved_us), 1_000_000, bytes(1920))])
    shelf.end()
    (wav,) = tmp_path.glob("*.wav")
    with wave.open(str(wav)) as file:
        assert file.getnframes() == 4 * 960


def test_the_folder_keeps_only_the_newest(box: Box, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for age, name in ((300, "old.wav"), (200, "newer.wav")):
        (folder / name).write_bytes(bytes(400_000))
        os.utime(folder / name, (1_000_000_000 - age,) * 2)
    box.start(FileSink(folder, 3, box.troubles.append, lambda _: None, most_bytes=500_000))
    box.deck.arm(cue(as_wav(tmp_path / "a.wav", speech(0.3)), at_us=monotonic_us() + 200_000))
    box.deck.release(cue(at_us=0).airing)
    until(box.ended)
    box.stop()
    assert not (folder / "old.wav").exists()
    assert (folder / "newer.wav").exists()
    assert len(list(folder.glob("clockless-*.wav"))) == 1


def test_a_killed_box_leaves_a_readable_file(tmp_path: Path) -> None:
    as_wav(tmp_path / "a.wav", speech(4.0))
    program = (
        "import sys; from pathlib import Path; from time import sleep\n"
        "from speaker_client.deck import Reel; from speaker_client.turntable import Turntable\n"
        "from speaker_client.output import FileSink, PacedOutput; from speaker_client.output.realtime import *\n"
        "from tests.speaker_client.sound_of_tests import cue, loudspeakers\n"
        f"folder = Path({str(tmp_path)!r}); deck = Turntable(loudspeakers(0), print)\n"
        "output = PacedOutput(FileSink(folder / 'out', 1, print, lambda _: None)); output.start(deck)\n"
        "deck.arm(cue(Reel(folder / 'a.wav', 4_000_000), at_us=monotonic_us() + 100_000)); deck.release('b' * 32)\n"
        "sleep(2.0); print('playing', flush=True); sleep(30)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    while "playing" not in process.stdout.readline():
        assert process.poll() is None
    process.kill()
    process.wait()
    process.stdout.close()
    (kept,) = (tmp_path / "out").glob("*.wav")
    with wave.open(str(kept)) as wav:
        assert wav.getnframes() > RATE // 4


def test_nothing_is_paced_like_something(box: Box, tmp_path: Path) -> None:
    box.start(NullSink())
    began = monotonic_us()
    box.deck.arm(cue(as_wav(tmp_path / "a.wav", speech(0.5)), at_us=began + 200_000))
    box.deck.release(cue(at_us=0).airing)
    until(box.ended)
    assert 680_000 < monotonic_us() - began < 3_000_000
    assert box.ended()[0].reason is None


def test_a_silence_leaves_room_for_a_whole_block_where_the_program_reads_too_slowly() -> None:
    pipe = Pipe([sys.executable, "-S", "-c", "import time; time.sleep(60)"], BLOCK_BYTES)
    try:
        while pipe.write(bytes(BLOCK_BYTES // 4)):
            pass
        assert pipe.write(bytes(BLOCK_BYTES))
        assert not pipe.write(bytes(BLOCK_BYTES // 4))
    finally:
        pipe.kill()


class Hand:
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def take(self, block: Block, now_us: int) -> bool:
        self.blocks.append(block)
        return True

    def close(self) -> None:
        pass


def test_silence_comes_in_pieces_and_sound_in_whole_blocks(box: Box, tmp_path: Path) -> None:
    hand, source = Hand(), speech(0.5)
    box.output = PacedOutput(hand, SHORT_SILENCE_US)
    box.output.start(box.deck)
    box.deck.arm(cue(as_wav(tmp_path / "a.wav", source), at_us=monotonic_us() + 303_000))
    box.deck.release(cue(at_us=0).airing)
    until(box.ended)
    whole = 3 * BLOCK_BYTES
    assert {len(block.pcm) for block in hand.blocks if block.cue} == {whole}
    assert {len(block.pcm) for block in hand.blocks if not block.cue} == {whole // 4}
    frames = sum(block.end - block.begin for block in hand.blocks if block.cue)
    assert frames == len(source), "nothing lost where pieces and blocks meet"
