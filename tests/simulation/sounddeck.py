"""A Deck without sound: what a real one would have emitted, and when, goes into the history of the world."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from speaker_client.deck import Cue, DeckEvent, Done, Emitted, Sounded
from speaker_client.protocol.ids import SECOND, AiringId, BoxId
from speaker_client.protocol.report import Reason
from tests.simulation.agenda import Action, Agenda
from tests.simulation.machine import Fuse, Quartz
from tests.simulation.witness import Sound, Witness

FADE_US = 20_000
EMITTED_EVERY_US = SECOND
LONGEST_DEAD_US = 100 * SECOND
"""So long an output may be gone after it broke: a card that was pulled, a driver that hangs."""


@dataclass
class Voice:
    """One cue on the deck. `began_us`: the true moment of its first sample, which was `from_us` of the programme."""

    cue: Cue
    error_us: int
    released: bool = False
    over: bool = False
    waited: bool = False
    """For its output, which was gone."""
    began_us: int | None = None
    from_us: int = 0

    @property
    def end_us(self) -> int:
        """Where in the programme the cue ends."""
        programme_us = sum(reel.duration_us for reel in self.cue.reels)
        return min(self.cue.from_us + self.cue.length_us, programme_us)


class SimulatedDeck:
    """Honours a cue's time to the sample; now and then it is late, or breaks, and is then gone for a while."""

    def __init__(
        self,
        box: BoxId,
        quartz: Quartz,
        fuse: Fuse,
        agenda: Agenda,
        witness: Witness,
        dice: random.Random,
        later: Callable[[int, Action], None],
        on_event: Callable[[DeckEvent], None],
        clock_error: Callable[[], int],
        fault_chance: float,
    ) -> None:
        self._box, self._quartz, self._fuse, self._agenda, self._witness = box, quartz, fuse, agenda, witness
        self._dice, self._later, self._on_event, self._clock_error = dice, later, on_event, clock_error
        self._fault_chance = fault_chance
        self._voices: list[Voice] = []
        self._told_us = 0
        self._dead_until_us = 0

    def arm(self, cue: Cue) -> None:
        """Open, seek and decode ahead; silent until released."""
        self._fuse.touch("before arm")
        voice = Voice(cue, self._clock_error())
        self._voices.append(voice)
        if self._dice.random() < self._fault_chance / 3:
            self._fault(voice)
            voice.over = True
            self._tell(Done(cue.airing, cue.serial, cue.from_us, 0, Reason.CORRUPT))
        self._fuse.touch("after arm")

    def release(self, airing: AiringId) -> None:
        """Allow an armed cue to sound at its time."""
        self._fuse.touch("before release")
        for voice in self._of(airing):
            voice.released = True
            self._witness.boxes[self._box].released[airing].append(self._agenda.now_us)
            ready = self._agenda.now_us + self._dice.randint(1_000, 30_000)
            self._later(max(self._quartz.true(voice.cue.at_mono_us), ready), partial(self._begin, voice))
        self._fuse.touch("after release")

    def cut(self, airing: AiringId) -> None:
        """Fade out if it sounds, and end in Done either way."""
        self._fuse.touch("before cut")
        for voice in self._of(airing):
            self._cut(voice)
        self._fuse.touch("after cut")

    def _cut(self, voice: Voice) -> None:
        """What is gone obeys when it is back."""
        if voice.over:
            return
        if self._is_dead(voice):
            self._later(self._dead_until_us, partial(self._cut, voice))
        elif voice.began_us is None:
            voice.over = True
            self._tell(Done(voice.cue.airing, voice.cue.serial, voice.cue.from_us, 0))
        else:
            self._later(self._agenda.now_us + FADE_US, partial(self._end, voice, None))

    def _is_dead(self, voice: Voice) -> bool:
        dead = self._agenda.now_us < self._dead_until_us
        if dead:
            self._fault(voice)
        return dead

    def power_cut(self, tail_us: int) -> None:
        """The process is gone; what the sound card still holds is heard for `tail_us`."""
        for voice in self._voices:
            if voice.began_us is not None and not voice.over:
                self._write(voice, self._agenda.now_us + tail_us)
            voice.over = True

    def _of(self, airing: AiringId) -> list[Voice]:
        return [voice for voice in self._voices if voice.cue.airing == airing and not voice.over]

    def _begin(self, voice: Voice) -> None:
        if voice.over or voice.began_us is not None:
            return
        if self._is_dead(voice):
            voice.waited = True
            self._later(self._dead_until_us + 1, partial(self._begin, voice))  # what is cut is cut before it
            return
        if voice.waited:
            self._fault(voice)  # to this moment it was broken
        late_us = self._quartz.mono(self._agenda.now_us) - voice.cue.at_mono_us
        voice.from_us = voice.cue.from_us + max(0, late_us)
        if voice.from_us >= voice.end_us:
            voice.over = True
            self._tell(Done(voice.cue.airing, voice.cue.serial, voice.cue.from_us, 0, Reason.LATE))
            return
        for older in self._voices:
            if older.began_us is not None and not older.over:
                self._later(self._agenda.now_us + FADE_US, partial(self._end, older, None))
        voice.began_us = self._agenda.now_us
        self._agenda.say(self._box, "SOUNDS", voice.cue.airing[:6], f"from {voice.from_us / SECOND:.3f} s")
        at_mono = self._quartz.mono(self._agenda.now_us)
        self._tell(Sounded(voice.cue.airing, voice.cue.serial, at_mono, late_us, voice.from_us, voice.from_us))
        self._plan_the_rest(voice)

    def _plan_the_rest(self, voice: Voice) -> None:
        assert voice.began_us is not None
        mono = self._quartz.mono(voice.began_us)
        whole = self._quartz.true(mono + voice.end_us - voice.from_us)
        self._later(whole, lambda: self._end(voice, None))
        if self._dice.random() < self._fault_chance:
            self._later(self._dice.randint(voice.began_us, whole), lambda: self._break(voice))
        self._later(self._agenda.now_us + EMITTED_EVERY_US, lambda: self._emitted(voice))

    def _emitted(self, voice: Voice) -> None:
        if not voice.over:
            self._tell(Emitted(voice.cue.airing, voice.cue.serial, self._position(voice)))
            self._later(self._agenda.now_us + EMITTED_EVERY_US, lambda: self._emitted(voice))

    def _break(self, voice: Voice) -> None:
        if not voice.over:
            self._fault(voice)
            self._end(voice, Reason.AUDIO_FAULT)
            gone_us = self._dice.choice([0, SECOND, LONGEST_DEAD_US])
            self._dead_until_us = self._agenda.now_us + self._dice.randint(0, gone_us)
            self._witness.boxes[self._box].gone.append((self._agenda.now_us, self._dead_until_us))

    def _fault(self, voice: Voice) -> None:
        self._agenda.say(self._box, "FAULT", voice.cue.airing[:6])
        self._witness.boxes[self._box].faults[voice.cue.airing].append(self._agenda.now_us)

    def _end(self, voice: Voice, reason: Reason | None) -> None:
        if voice.over:
            return
        voice.over = True
        to_us = self._position(voice)
        self._write(voice, self._agenda.now_us)
        self._tell(Done(voice.cue.airing, voice.cue.serial, to_us, 0, reason))

    def _position(self, voice: Voice) -> int:
        assert voice.began_us is not None
        played = self._quartz.mono(self._agenda.now_us) - self._quartz.mono(voice.began_us)
        return min(voice.end_us, voice.from_us + played)

    def _write(self, voice: Voice, ended_us: int) -> None:
        assert voice.began_us is not None
        played = self._quartz.mono(ended_us) - self._quartz.mono(voice.began_us)
        to_us = min(voice.end_us, voice.from_us + played)
        self._agenda.say(self._box, "SILENT", voice.cue.airing[:6], f"at {to_us / SECOND:.3f} s")
        sound = Sound(self._box, voice.cue, voice.from_us, to_us, voice.began_us, ended_us, voice.error_us)
        self._witness.sounds.append(sound)

    def _tell(self, event: DeckEvent) -> None:
        """Events arrive a moment later, in order."""
        self._told_us = max(self._told_us + 1, self._agenda.now_us + self._dice.randint(500, 20_000))
        self._later(self._told_us, lambda: self._on_event(event))
