"""PortAudio as it really is, on ALSA devices without a sound card: one that keeps what it is given, one that is a tape.

They know no time and take or give as fast as they are asked, so the output is asked at the pace of real sound here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from speaker_client.deck import DeckEvent, Done, Sounded
from speaker_client.frames import BLOCK_US, RATE
from speaker_client.output import Block, SoundcardOutput, Trouble
from speaker_client.output.realtime import monotonic_us, sleep_until
from speaker_client.output.soundcard import LIVES, load_portaudio
from speaker_client.protocol.ids import LoudspeakerNumber
from speaker_client.protocol.report import SensorKind
from speaker_client.sensor import CaptureSensor
from speaker_client.turntable import Turntable
from tests.speaker_client.sound_of_tests import Samples, as_wav, cue, loudspeakers, until, voice

HORNS, TAP = "tl_horns", "tl_tap"
LEVELS = (16_384, 8_192)
"""Of the tape's two channels, always the same."""


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What `tl_horns` was given, as raw sound; both are known to PortAudio meanwhile."""
    heard, tape = tmp_path / "heard.raw", tmp_path / "tape.raw"
    tape.write_bytes(np.tile(np.array(LEVELS, "<i2"), 120 * RATE).tobytes())
    keeps = f'type file; slave.pcm "null"; file "{heard}"; format "raw"'
    plays = f'type file; slave.pcm "null"; file "/dev/null"; infile "{tape}"; format "raw"'
    settings = tmp_path / "asound.conf"
    settings.write_text(f"</usr/share/alsa/alsa.conf>\npcm.{HORNS} {{ {keeps} }}\npcm.{TAP} {{ {plays} }}\n")
    library = load_portaudio()
    with monkeypatch.context() as here:
        here.setenv("ALSA_CONFIG_PATH", str(settings))
        LIVES.begin_anew(library)
        yield heard
    LIVES.begin_anew(library)


class InRealTime:
    """A source that is given 20 ms for each block, as by a card that plays."""

    def __init__(self, deck: Turntable) -> None:
        self._deck, self._next_us = deck, 0
        self.left, self.dropped, self.broken = deck.left, deck.dropped, deck.broken

    def render(self, at_us: int) -> Block:
        self._next_us = max(self._next_us + BLOCK_US, monotonic_us())
        sleep_until(self._next_us)
        return self._deck.render(at_us)


def test_what_the_deck_plays_reaches_the_card_on_its_channel_and_at_its_time(cards: Path, tmp_path: Path) -> None:
    events, troubles = list[DeckEvent](), list[Trouble]()
    deck = Turntable(loudspeakers(0, 0), events.append)
    output = SoundcardOutput(2, troubles.append, HORNS)
    output.start(InRealTime(deck))
    try:
        source, at_us = voice(2.0), monotonic_us() + 1_000_000
        deck.arm(cue(as_wav(tmp_path / "a.wav", source), at_us=at_us))
        deck.release(cue(at_us=0).airing)
        until(lambda: any(isinstance(event, Done) for event in events))
    finally:
        output.close()
        deck.close()
    (began,) = (event for event in events if isinstance(event, Sounded))
    (done,) = (event for event in events if isinstance(event, Done))
    assert (done.reason, troubles) == (None, [])
    assert abs(began.at_mono_us - at_us) < 150_000
    heard = np.frombuffer(cards.read_bytes(), "<i2").reshape(-1, 2)
    assert np.array_equal(heard[:, 0], heard[:, 1])
    sound = heard[int(np.flatnonzero(heard[:, 0])[0]) :, 0].astype(float)
    assert abs(len(np.trim_zeros(sound)) - len(source)) < 0.02 * RATE, "to its end, and without a hole"
    assert _likeness(sound[:RATE], source) > 0.95


def _likeness(sound: Samples, source: Samples) -> float:
    """How like the source it is; its very first samples may have been too soft to be told from silence."""
    return max(float(np.corrcoef(sound, source[at : at + len(sound)])[0, 1]) for at in range(64))


def test_what_an_input_brings_is_measured_channel_by_channel(cards: Path) -> None:
    horns = [LoudspeakerNumber(1), LoudspeakerNumber(2)]
    sensor = CaptureSensor(SensorKind.LINE_LOOPBACK, horns, TAP)
    sensor.start()
    try:
        until(lambda: max(_levels(sensor, horns[0])) > 0)
        found = [max(_levels(sensor, horn)) for horn in horns]
        works = sensor.works()
    finally:
        sensor.close()
    assert found == [pytest.approx(level / 32_767, abs=0.002) for level in LEVELS]
    assert works
    assert not sensor.works()


def _levels(sensor: CaptureSensor, horn: LoudspeakerNumber) -> list[float]:
    """Of the last second and the next: an input without a clock brings sound sooner than it can have been."""
    now = monotonic_us() // 10_000
    return list(sensor.levels(frozenset({horn}), now - 100, now + 100))
