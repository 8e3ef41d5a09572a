"""The deck: cues armed, released and cut by the core, rendered block by block for whatever output is running."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from speaker_client.deck import Cue, DeckEvent, Reel
from speaker_client.decoder import OnDamage
from speaker_client.dimming import Dimmer
from speaker_client.fades import CUT_OFF, fade
from speaker_client.feeder import Feeder
from speaker_client.frames import BLOCK_FRAMES
from speaker_client.mixer import Mixer, Strand, ramp
from speaker_client.output.stream import Block
from speaker_client.protocol.config import LoudspeakerConfig
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.report import Reason
from speaker_client.tuner import Tuner
from speaker_client.voice import Stretch, Voice


class Turntable:
    """A Deck for the core and a Source for one output.

    The core's side returns at once; its orders are carried out at the next block. `on_event`, and `on_damage` with each
    file that could not be read, are called in the helper thread. A newer cue that begins to sound takes the floor from
    an older one.
    """

    def __init__(
        self,
        loudspeakers: Iterable[LoudspeakerConfig],
        on_event: Callable[[DeckEvent], object],
        tuner: Tuner | None = None,
        on_damage: OnDamage = lambda _: None,
    ) -> None:
        self._tuner = tuner or Tuner()
        self._mixer, self._dimmer = Mixer(loudspeakers), Dimmer()
        self.channels = self._mixer.channels
        self._on_event = on_event
        self._feeder = Feeder(on_damage)
        self._orders: deque[Callable[[int], object]] = deque()
        self._voices: list[Voice] = []
        self._block: list[tuple[Voice, Stretch]] = []

    @property
    def alive(self) -> bool:
        """Whether the helper thread runs; without it nothing more will sound."""
        return self._feeder.alive

    def arm(self, cue: Cue) -> None:
        voice = self._voice(cue)
        self._orders.append(lambda _: self._voices.append(voice))

    def release(self, airing: AiringId) -> None:
        self._orders.append(partial(self._release, airing))

    def cut(self, airing: AiringId) -> None:
        self._orders.append(partial(self._cut, airing))

    def hold_ready(self, reels: Iterable[Reel]) -> None:
        """Have the beginnings of these, and of no others, decoded: a cue that starts with one waits for nothing."""
        self._feeder.hold_ready(reels)

    def configure(self, loudspeakers: Iterable[LoudspeakerConfig]) -> None:
        """Other gains and mutes from the next block on; the number of channels stays as it was made."""
        configs = tuple(loudspeakers)
        self._orders.append(lambda _: self._mixer.configure(configs))

    def dim(self, cb: int) -> None:
        """All but emergencies so much softer (hundredths of a decibel, never above 0) from the next block on."""
        self._orders.append(lambda _: self._dimmer.turn_to(min(cb, 0)))

    def close(self) -> None:
        """End the helper thread; the output must have been closed before."""
        self._feeder.close()

    def render(self, at_us: int) -> Block:
        while self._orders:
            self._orders.popleft()(at_us)
        if not self._voices:
            self._dimmer.settle()
            return Block(self._mixer.silence)
        self._end_what_is_past(at_us)
        self._block = self._stretches(at_us)
        pcm = self._mixer.mix(self._strands())
        if not self._block:
            return Block(pcm)
        voice, part = self._block[-1]
        return Block(pcm, voice.cue, part.offset, part.stop)

    def left(self, at_us: int) -> None:
        for voice, part in self._block:
            self._say(voice.left(part, at_us))
        self._forget()

    def dropped(self) -> None:
        for voice, _ in self._block:
            self._say(voice.dropped())
        self._forget()

    def broken(self) -> None:
        for voice, _ in self._block:
            self._say(voice.dropped())
        self._say([voice.done(Reason.AUDIO_FAULT) for voice in self._voices if voice.sounding and not voice.over])
        self._forget()

    def _voice(self, cue: Cue) -> Voice:
        if cue.spoken:
            return self._tuner.tune(cue)
        if cue.relay:
            return self._tuner.tune_relay(cue, self._feeder.feed)
        voice = Voice(cue)
        self._feeder.feed(voice)
        return voice

    def _release(self, airing: AiringId, at_us: int) -> None:
        for voice in self._voices:
            if voice.cue.airing == airing and not voice.over:
                voice.released = True
                if voice.passed(at_us) and not voice.sounding:
                    self._say([voice.done(Reason.LATE)])

    def _cut(self, airing: AiringId, _at_us: int) -> None:
        for voice in self._voices:
            if voice.cue.airing == airing and not voice.over:
                voice.cutting = True
                if not voice.sounding:
                    self._say([voice.done(None)])
        self._forget()

    def _stretches(self, at_us: int) -> list[tuple[Voice, Stretch]]:
        found = [(voice, part) for voice in self._voices if (part := voice.take(at_us))]
        for place, (voice, part) in enumerate(found[:-1]):
            faded = fade(part.pcm, part.offset - found[-1][1].offset, CUT_OFF)  # from where the newcomer begins
            voice.cutting, found[place] = True, (voice, replace(part, pcm=faded))
        for voice in self._voices:
            if voice.released and not voice.reservoir.filled and voice.reservoir.frames < BLOCK_FRAMES:
                self._feeder.ask(_nothing)
        return found

    def _strands(self) -> list[Strand]:
        before, after = self._dimmer.step()
        strands = []
        for voice, part in self._block:
            pcm, ahead = part.block(), part.ahead
            if not voice.cue.at_full:
                first, last = before * voice.cue.gain, after * voice.cue.gain
                pcm, ahead = ramp(pcm, first, last), math.ceil(ahead * max(first, last))
            strands.append(Strand(pcm, ahead, voice.cue.loudspeakers))
        return strands

    def _end_what_is_past(self, at_us: int) -> None:
        for voice in self._voices:
            broke_off = voice.trouble and voice.reservoir.frames == 0
            if not voice.over and (broke_off or (voice.released and voice.passed(at_us))):
                self._say([voice.past()])
        self._forget()

    def _say(self, events: Iterable[DeckEvent]) -> None:
        for event in events:
            self._feeder.ask(partial(self._on_event, event))

    def _forget(self) -> None:
        self._block = []
        self._voices = [voice for voice in self._voices if not voice.over]


def _nothing() -> None:
    """Wakes the helper thread."""
