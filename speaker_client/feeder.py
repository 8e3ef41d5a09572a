"""The helper thread: opens, seeks and decodes ahead of the audio thread, and carries its news to the core."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from time import monotonic
from typing import NamedTuple, Protocol

from speaker_client.deck import Cue, Reel
from speaker_client.decoder import OnDamage, Tape, Unplayable
from speaker_client.frames import RATE
from speaker_client.heads import Heads
from speaker_client.protocol.report import Reason
from speaker_client.reservoir import Reservoir

log = logging.getLogger(__name__)

AHEAD_FRAMES = 4 * RATE
"""Kept decoded before a voice; refilled when a second of it is used up."""
SOON_FRAMES = RATE
STEP_FRAMES = RATE // 2
"""So much is decoded at once, and what lies further ahead by such steps: all of it at once keeps the processor busy
just when an order that begins to sound is written down and answered."""

STEP_EVERY_S = 0.05
LOOK_S = 0.25
HELD_S = 0.04
HELD_FRAMES = RATE // 5
"""So much later is a file opened of whose beginning so much is held ready: first the order is to sound, and to be
written down and answered. What is joined late, or drained by a slow card, is opened sooner."""
PATIENCE_FRAMES = 3 * RATE // 4
"""With less than that before it, a voice waits no longer for a reel that is not here: longer than we may look away."""


class Fed(Protocol):
    """A voice, as far as it is decoded ahead."""

    cue: Cue
    reservoir: Reservoir
    over: bool
    trouble: Reason | None
    missed: int


class _Opening(NamedTuple):
    """When a voice's file is opened at the latest, and how many of its frames are there already."""

    due_s: float
    voice: Fed
    had: int


class Feeder:
    """Fills the reservoirs of its voices until they are over. Everything it is asked to do happens in its thread.

    What one voice's file does costs that voice alone. A job that fails ends the thread, and whoever watches
    over `alive` then has to end the process: without the thread every later cue would be silent.
    `on_damage` is told, there, of each file that could not be read.
    """

    def __init__(self, on_damage: OnDamage = lambda _: None) -> None:
        self._on_damage = on_damage
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._tapes: dict[Fed, Tape] = {}
        self._heads = Heads(on_damage)
        self._later: list[_Opening] = []
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still does what it is asked to."""
        return self._thread.is_alive()

    def feed(self, voice: Fed) -> None:
        """Decode ahead for this voice, or set its `trouble`. Returns at once; what is held ready is there already."""
        if ready := self._heads.of(voice.cue):
            voice.reservoir.put(ready)
        had = voice.reservoir.tail
        opening = _Opening(monotonic() + (HELD_S if had >= HELD_FRAMES else 0.0), voice, had)
        self._jobs.put(lambda: self._later.append(opening))

    def hold_ready(self, reels: Iterable[Reel]) -> None:
        """These, and no others, begin without being waited for, soon from now on."""
        kept = tuple(reels)
        self._jobs.put(lambda: self._heads.hold(kept))

    def ask(self, job: Callable[[], object]) -> None:
        """Do this soon; never blocks the caller."""
        self._jobs.put(job)

    def close(self) -> None:
        """End the thread and let go of all files."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        pause_s = None
        while True:
            with contextlib.suppress(queue.Empty):
                job = self._jobs.get(timeout=pause_s)
                if job is None:
                    break
                job()
            self._open_what_is_due()
            filling = [voice for voice in tuple(self._tapes) if self._fill(voice)]
            pause_s = STEP_EVERY_S if filling else LOOK_S if self._tapes else None
            if self._later:
                pause_s = max(0.0, min(one.due_s for one in self._later) - monotonic())
        for tape in self._tapes.values():
            tape.close()

    def _open_what_is_due(self) -> None:
        now_s = monotonic()
        due = [one for one in self._later if one.due_s <= now_s or one.voice.reservoir.frames < HELD_FRAMES // 2]
        self._later = [one for one in self._later if one not in due]
        for one in due:
            if not one.voice.over:
                self._open(one.voice, one.had)

    def _open(self, voice: Fed, had: int) -> None:
        cue = voice.cue
        try:
            self._tapes[voice] = Tape(
                cue.reels, cue.from_us, cue.length_us, had, cue.waits, cue.meanwhile, self._on_damage
            )
        except FileNotFoundError:
            voice.trouble = Reason.NO_MEDIA
        except Exception as error:  # whatever a file does to its decoder ends this voice alone, with its reason
            self._drop(voice, error)

    def _fill(self, voice: Fed) -> bool:
        """One step; whether there is one to follow."""
        reservoir, tape = voice.reservoir, self._tapes[voice]
        if not voice.over and reservoir.frames > AHEAD_FRAMES - RATE:
            return False
        ahead = min(AHEAD_FRAMES, max(SOON_FRAMES, reservoir.frames + STEP_FRAMES))
        try:
            while not voice.over and not reservoir.filled and reservoir.frames < ahead:
                pcm = tape.read(urgent=reservoir.frames < PATIENCE_FRAMES)
                if pcm is None:
                    return False
                voice.missed = tape.missed
                reservoir.filled = not pcm
                if pcm:
                    reservoir.put(pcm)
        except Exception as error:  # as above: the thread serves every later voice
            self._drop(voice, error)
            reservoir.filled = True
        if voice.over or reservoir.filled:
            tape.close()
            del self._tapes[voice]
            return False
        return reservoir.frames < AHEAD_FRAMES

    def _drop(self, voice: Fed, error: Exception) -> None:
        voice.trouble = Reason.CORRUPT
        expected = isinstance(error, Unplayable | OSError)
        log.error("“%s” cannot be decoded: %s", voice.cue.title, error, exc_info=None if expected else error)
