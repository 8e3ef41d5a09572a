"""The box's ear for live voice: datagrams by whatever road, checked against the key of the live they belong to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from speaker_client.deck import Cue
from speaker_client.frames import BLOCK_FRAMES, SILENT_BLOCK, frames_of
from speaker_client.jitter import JitterBuffer
from speaker_client.live_voice import Decoder, FrameStream, LiveVoice
from speaker_client.opus import OpusDecoder, OpusUnfit
from speaker_client.protocol.envelope import Malformed
from speaker_client.protocol.ids import OrderId
from speaker_client.protocol.live import live_of, read_group
from speaker_client.protocol.report import Reason, VoiceHeard

log = logging.getLogger(__name__)


class Mute:
    """Stands where there is no decoder."""

    def decode(self, packet: bytes | None) -> bytes:
        return SILENT_BLOCK


@dataclass(frozen=True)
class Heard:
    """A live that has the floor here: the key (hex) of its frames, and where they go."""

    key: str
    buffer: JitterBuffer
    voice: LiveVoice


class Tuner:
    """Listens for the lives that are on the deck and for no other."""

    def __init__(self, new_decoder: Callable[[], Decoder] = OpusDecoder) -> None:
        self._new_decoder = new_decoder
        self._tuned: dict[OrderId, Heard] = {}
        self.refused = 0
        """Datagrams that were not signed by their live."""

    def tune(self, cue: Cue) -> LiveVoice:
        """Listen for the live of this cue from now on; without a decoder the voice is in trouble from the start."""
        assert cue.spoken is not None
        self._tuned = {live: one for live, one in self._tuned.items() if not one.voice.over}
        buffer = JitterBuffer(frames_of(cue.from_us) // BLOCK_FRAMES, cue.spoken.limit)
        try:
            voice = LiveVoice(cue, FrameStream(buffer, self._new_decoder(), cue.from_us))
        except OpusUnfit as error:
            log.error("no live voice on this box: %s", error)
            voice = LiveVoice(cue, FrameStream(buffer, Mute(), cue.from_us))
            voice.trouble = Reason.CONFIG
        self._tuned[cue.spoken.live] = Heard(cue.spoken.key, buffer, voice)
        return voice

    def how_it_comes(self) -> VoiceHeard | None:
        """How the live that sounds here comes in, since this was last asked; None if none does."""
        for live, one in self._tuned.items():
            if not one.voice.over:
                buffer, spare = one.buffer, one.buffer.spare
                buffer.spare = None
                heard, missing = buffer.counts.heard, buffer.missing
                return VoiceHeard(live=live, spare=spare, heard=heard, missing=missing)
        return None

    @property
    def listening(self) -> bool:
        """Whether a live has the floor here."""
        return any(not one.voice.over for one in self._tuned.values())

    def hear(self, data: bytes) -> bool:
        """Take in one datagram; False if it is no frames of a live, and somebody else's to read."""
        live = live_of(data)
        heard = self._tuned.get(live) if live else None
        if heard and not heard.voice.over:
            try:
                heard.buffer.put(read_group(data, heard.key))
            except Malformed:
                self.refused += 1
        return live is not None
