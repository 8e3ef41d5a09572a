"""The box's ear for live voice: datagrams by whatever road, checked against the key of the live they belong to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from speaker_client.deck import Cue
from speaker_client.feeder import Fed
from speaker_client.frames import SPOKEN_FRAMES, frames_of
from speaker_client.jitter import JitterBuffer
from speaker_client.live_voice import SILENCE, Decoder, FrameStream, LiveVoice
from speaker_client.opus import OpusDecoder, OpusUnfit
from speaker_client.output.realtime import monotonic_us
from speaker_client.protocol.envelope import Malformed
from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import FRAME_US, live_of, read_group
from speaker_client.protocol.report import Reason, VoiceHeard
from speaker_client.relay_voice import Fallback, RelayStream, RelayVoice

log = logging.getLogger(__name__)

MOST_MOVED_US = 200_000
"""Half an hour of a bad quartz: a clock that is set by more was not out of step, it was wrong."""
MISSED_US = 2_000_000
"""A relay of which nothing has come for so long is missed."""


class Mute:
    """Stands where there is no decoder."""

    def decode(self, packet: bytes | None) -> bytes:
        return SILENCE


@dataclass
class Heard:
    """A live or a relay that has the floor here: the key (hex) of its frames, where they go, and when the last came."""

    key: str
    buffer: JitterBuffer
    voice: LiveVoice | RelayVoice
    came_us: int


class Tuner:
    """Listens for the lives that are on the deck and for no other. `on_live` is called for each that begins."""

    def __init__(
        self,
        new_decoder: Callable[[], Decoder] = OpusDecoder,
        clock: Callable[[], int] = monotonic_us,
        on_live: Callable[[], object] = lambda: None,
    ) -> None:
        self._new_decoder, self._clock, self._on_live = new_decoder, clock, on_live
        self._tuned: dict[OrderId, Heard] = {}
        self.refused = 0
        """Datagrams that were not signed by their live."""

    def tune(self, cue: Cue) -> LiveVoice:
        """Listen for the live of this cue from now on; without a decoder the voice is in trouble from the start."""
        assert cue.spoken is not None
        buffer, decoder = JitterBuffer(_due(cue), cue.spoken.limit), self._decoder()
        voice = LiveVoice(cue, FrameStream(buffer, decoder or Mute(), cue.from_us, self._clock))
        voice.trouble = None if decoder else Reason.CONFIG
        self._tuned[cue.spoken.live] = Heard(cue.spoken.key, buffer, voice, self._clock())
        self._on_live()
        return voice

    def tune_relay(self, cue: Cue, feed: Callable[[Fed], object]) -> RelayVoice:
        """Listen for the relay of this cue; `feed` decodes what it falls back on."""
        assert cue.relay is not None
        buffer, decoder = JitterBuffer(_due(cue), -(-cue.relay.length_us // FRAME_US)), self._decoder()
        voice = RelayVoice(cue, RelayStream(buffer, decoder or Mute(), cue.from_us, self._clock, Fallback(cue, feed)))
        voice.trouble = None if decoder else Reason.CONFIG
        self._tuned[cue.relay.stream] = Heard(cue.relay.key, buffer, voice, self._clock())
        return voice

    def _decoder(self) -> Decoder | None:
        """A decoder for one that is tuned to now, None without the library; those that are over are let go."""
        self._tuned = {live: one for live, one in self._tuned.items() if not one.voice.over}
        try:
            return self._new_decoder()
        except OpusUnfit as error:
            log.error("no live voice on this box: %s", error)
            return None

    def how_it_comes(self) -> VoiceHeard | None:
        """How the live that sounds here comes in, since this was last asked; None if none does."""
        for live, one in self._tuned.items():
            if not one.voice.over:
                buffer, spare_us = one.buffer, one.buffer.spare_us
                buffer.spare_us = None
                heard, missing = buffer.counts.heard, buffer.missing
                return VoiceHeard(live=live, spare_us=spare_us, heard=heard, missing=missing)
        return None

    @property
    def listening(self) -> bool:
        """Whether a live has the floor here; a relay, whose lead is ample, is no cause for hurry."""
        return any(isinstance(one.voice, LiveVoice) and not one.voice.over for one in self._tuned.values())

    @property
    def missed(self) -> bool:
        """Whether a relay is on here and nothing of it comes: the station may not know where we are."""
        relays = (one for one in self._tuned.values() if isinstance(one.voice, RelayVoice) and not one.voice.over)
        return any(self._clock() - one.came_us > MISSED_US for one in relays)

    def keep_in_step(self, moved_us: int) -> None:
        """The box's clock shows so much later a time than before: what is live goes on in step with the station's.

        A step of the station's own clock is not followed: its voice keeps to the timeline on which it began.
        """
        if abs(moved_us) > MOST_MOVED_US:
            return
        for one in self._tuned.values():
            if isinstance(one.voice, LiveVoice) and not one.voice.over:
                cue = one.voice.cue
                one.voice.cue = replace(cue, at_mono_us=cue.at_mono_us - moved_us)

    def hear(self, data: bytes) -> bool:
        """Take in one datagram; False if it is no frames of a live, and somebody else's to read."""
        live = live_of(data)
        heard = self._tuned.get(live) if live else None
        if heard and not heard.voice.over:
            try:
                group, heard.came_us = read_group(data, heard.key), self._clock()
                heard.buffer.put(group, heard.came_us)
            except Malformed:
                self.refused += 1
        return live is not None


def _due(cue: Cue) -> int:
    """The number of the frame with which the cue begins."""
    return frames_of(cue.from_us) // SPOKEN_FRAMES
