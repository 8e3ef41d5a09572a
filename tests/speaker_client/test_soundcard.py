"""The sound card's arithmetic, and what a box without a card says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speaker_client.deck import DeckEvent, Done, Sounded
from speaker_client.frames import BLOCK_BYTES
from speaker_client.output import OutputFault, SoundcardOutput, Trouble
from speaker_client.output.realtime import monotonic_us
from speaker_client.output.revival import Revival
from speaker_client.output.soundcard import CardClock, due_us
from speaker_client.protocol.ids import LoudspeakerNumber
from speaker_client.protocol.report import Reason, SensorKind
from speaker_client.sensor import CaptureSensor
from speaker_client.turntable import Turntable
from tests.speaker_client.sound_of_tests import ALARM, as_wav, cue, loudspeakers, speech, until


class FakeCard:
    """A card of 20 ms blocks with 50 ms of latency that can be pulled out and put back."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        self.here = True
        self.blocks: list[bytes] = []

    def RawOutputStream(self, **settings: Any) -> FakeStream:  # noqa: N802 - sounddevice's name
        if not self.here:
            raise self.PortAudioError("no default output device")
        return FakeStream(self, settings["callback"], settings["finished_callback"], settings["channels"])

    def _initialize(self) -> None:
        pass

    def _terminate(self) -> None:
        pass


class FakeStream:
    latency = 0.05

    def __init__(self, card: FakeCard, callback: Callable[..., None], finished: Callable[[], None], n: int) -> None:
        self._card, self._callback, self._finished, self._channels = card, callback, finished, n
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, ignore_errors: bool = True) -> None:
        self._closed = True
        self._thread.join()

    def _run(self) -> None:
        while self._card.here and not self._closed:
            now, out = monotonic(), bytearray(BLOCK_BYTES * self._channels)
            time = SimpleNamespace(currentTime=now + 1_000, outputBufferDacTime=now + 1_000.05)
            self._callback(out, 960, time, SimpleNamespace(output_underflow=False))
            self._card.blocks.append(bytes(out))
            sleep(max(0.0, now + 0.02 - monotonic()))
        self._finished()


def test_the_first_frame_sounds_when_the_dac_says() -> None:
    assert due_us(5_000_000, current_s=100.0, dac_s=100.025, latency_s=9.9) == 5_025_000


def test_a_driver_without_dac_times_is_trusted_with_its_latency() -> None:
    assert due_us(5_000_000, current_s=100.0, dac_s=0.0, latency_s=0.04) == 5_040_000


def test_jitter_is_smoothed_and_a_drift_is_followed() -> None:
    clock = CardClock()
    dice = np.random.default_rng(1)
    said = [1_000_000 + number * 20_002 + int(dice.integers(-800, 800)) for number in range(500)]
    kept = [clock.at(moment) for moment in said]
    errors = np.array(kept[100:]) - [1_000_000 + number * 20_002 for number in range(100, 500)]
    assert np.abs(errors).max() < 400
    assert np.abs(np.diff(kept[100:]) - 20_002).max() < 110


def test_a_gap_of_the_card_is_believed_at_once() -> None:
    clock = CardClock()
    clock.at(1_000_000)
    assert clock.at(1_520_000) == 1_520_000


def test_a_machine_without_a_card_says_so_in_words() -> None:
    deck = Turntable(loudspeakers(0), print)
    with pytest.raises(OutputFault) as refused:
        SoundcardOutput(1, print, "no such card").start(deck)
    deck.close()
    assert refused.value.code in {"audio_no_card", "audio_no_library"}
    assert refused.value.vi
    assert refused.value.en in str(refused.value)


class Box:
    """A turntable on a fake card."""

    def __init__(self) -> None:
        self.card, self.events, self.troubles = FakeCard(), list[DeckEvent](), list[Trouble]()
        self.deck = Turntable(loudspeakers(0), self.events.append)
        self.output = SoundcardOutput(1, self.troubles.append, portaudio=lambda: self.card)

    def last(self) -> DeckEvent | None:
        return self.events[-1] if self.events else None


@pytest.fixture
def box() -> Iterator[Box]:
    box = Box()
    box.output.start(box.deck)
    yield box
    box.output.close()
    box.deck.close()


def test_a_cue_is_placed_by_the_time_of_the_dac(box: Box, tmp_path: Path) -> None:
    at_us = monotonic_us() + 1_000_000
    box.deck.arm(cue(as_wav(tmp_path / "a.wav", speech(0.5)), at_us=at_us))
    box.deck.release(cue(at_us=0).airing)
    until(lambda: isinstance(box.last(), Done))
    assert isinstance(box.events[0], Sounded)
    assert abs(box.events[0].at_mono_us - at_us) < 150_000
    heard = np.frombuffer(b"".join(box.card.blocks), np.int16)
    assert np.abs(heard).max() > 1_000


def test_a_card_that_is_pulled_out_is_a_fault_and_comes_back(box: Box, tmp_path: Path) -> None:
    reel = as_wav(tmp_path / "a.wav", speech(20.0))
    box.deck.arm(cue(reel, at_us=monotonic_us() + 200_000))
    box.deck.release(cue(at_us=0).airing)
    until(lambda: box.events)
    box.card.here = False
    until(lambda: isinstance(box.last(), Done))
    assert getattr(box.last(), "reason", None) is Reason.AUDIO_FAULT
    box.card.here = True
    until(lambda: [trouble.raised for trouble in box.troubles] == [True, False])
    box.deck.arm(cue(reel, at_us=monotonic_us() + 200_000, airing=ALARM))
    box.deck.release(ALARM)
    until(lambda: isinstance(box.last(), Sounded))


def test_three_tries_within_ten_seconds_then_patience() -> None:
    revival = Revival()
    revival.born(0)
    tries = [revival.died(0) for _ in range(5)]
    assert tries[2] < 10_000_000
    assert tries[3:] == [10_000_000, 10_000_000]


def test_what_lived_long_is_revived_quickly_again() -> None:
    revival = Revival()
    for _ in range(5):
        revival.died(0)
    revival.born(0)
    assert revival.died(60_000_000) - 60_000_000 <= 100_000


class Library:
    """PortAudio as far as its streams' lives go: a stream that is closed after it was freed takes the process down."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        self.streams: list[LivingStream] = []
        self.outputs = 1

    def RawOutputStream(self, **_: Any) -> LivingStream:  # noqa: N802 - sounddevice's name
        if not self.outputs:
            raise self.PortAudioError("no default output device")
        return self.RawInputStream()

    def RawInputStream(self, **_: Any) -> LivingStream:  # noqa: N802 - sounddevice's name
        self.streams.append(LivingStream())
        return self.streams[-1]

    def _terminate(self) -> None:
        for stream in self.streams:
            stream.freed = True

    def _initialize(self) -> None:
        pass


class LivingStream:
    latency = 0.05

    def __init__(self) -> None:
        self.freed = False

    def start(self) -> None:
        pass

    def close(self, ignore_errors: bool = True) -> None:
        assert not self.freed, "memory that is not ours any more"
        self.freed = True


def test_portaudio_that_begins_anew_leaves_nobody_with_a_stream_that_is_no_more() -> None:
    library, source = Library(), SimpleNamespace()
    sensor = CaptureSensor(SensorKind.LINE_LOOPBACK, [LoudspeakerNumber(1)], portaudio=library)
    output = SoundcardOutput(1, lambda _: None, portaudio=lambda: library)
    output._open(source)
    sensor.start()
    assert sensor.works()
    library.outputs = 0
    assert [output._opened_again(source) for _ in range(2)] == [False, False]
    assert not sensor.works()
    sensor.start()
    assert sensor.works()
    library.outputs = 1
    assert output._opened_again(source)
    sensor.close()
    output.close()
    assert all(stream.freed for stream in library.streams)
