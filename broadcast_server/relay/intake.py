"""One source being pulled: fetched, decoded, watched and levelled into a buffer that is played from."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import aclosing

from audio_library.aside import aside
from audio_library.probe import probe
from audio_library.refusal import Refusal
from broadcast_server.relay.decoding import Decoder, decoding_file, decoding_stream, listening
from broadcast_server.relay.folder import Found, ready_files
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.hls import Following
from broadcast_server.relay.levelling import Levelling, Pair
from broadcast_server.relay.opening import ENOUGH, demuxer_of, is_page
from broadcast_server.relay.reaching import Reach
from broadcast_server.relay.reason import Failure, Reason
from broadcast_server.relay.source import Source, SourceKind
from broadcast_server.relay.watch import RELAY_FRAME_US, Watch

log = logging.getLogger(__name__)

MOST_FRAMES = 1500
"""30 seconds; who sends faster than it is played has to wait."""
BEGIN_FRAMES = {SourceKind.HTTP: 50, SourceKind.HLS: 50, SourceKind.INPUT: 10, SourceKind.FOLDER: 10}
"""In hand before the first is played, and again after the buffer ran dry."""
LEAST_HEAD = 512
_TEXT = (b"<", b"{", b"#EXTM3U")


class Intake:
    """A pull of `source`. `pull` runs until it fails; meanwhile frames are taken out by `next`."""

    def __init__(self, source: Source, guard: Guard) -> None:
        self.source, self._guard = source, guard
        self.watch = Watch(now_us())
        self._levelling = Levelling()
        self._frames: deque[bytes] = deque()
        self._room = asyncio.Event()
        self._playing = False
        self._following: Following | None = None
        self.ended = False
        """Whether nothing more will come."""
        self.power = 0.0
        self.count = 0
        """Of all frames that came: the sum of their mean squares, before levelling, and how many."""

    async def pull(self) -> None:
        """Pull until there is nothing more; Failure says why, always: a mistake of ours costs this source alone."""
        try:
            await {
                SourceKind.HTTP: self._from_http,
                SourceKind.HLS: self._from_hls,
                SourceKind.INPUT: self._from_input,
                SourceKind.FOLDER: self._from_folder,
            }[self.source.kind]()
        except Failure:
            raise
        except Exception as error:  # parsers of what strangers send; the next source is to be heard instead
            log.exception("relay source “%s” is left", self.source.name)
            raise Failure(Reason.UNFIT, type(error).__name__) from error
        finally:
            self.ended = True

    @property
    def ready(self) -> bool:
        """Whether it could go on air."""
        return self._playing or (bool(self._frames) and (self.ended or len(self._frames) >= self._enough))

    def stalled(self) -> Failure:
        """Why to leave it when nothing comes any more: the source's own word, if it has said one."""
        said = self._following and self._following.trouble
        return said or Failure(Reason.STALLED)

    @property
    def in_hand_us(self) -> int:
        """What is left to be played if nothing comes any more."""
        return len(self._frames) * RELAY_FRAME_US

    def next(self) -> bytes | None:
        """The frame that is due; None while the buffer fills."""
        self._playing = self.ready
        if not self._playing:
            return None
        frame = self._frames.popleft()
        self._playing = bool(self._frames)
        self._room.set()
        return frame

    @property
    def _enough(self) -> int:
        return BEGIN_FRAMES[self.source.kind]

    async def _take(self, pair: Pair) -> None:
        power = pair.power
        self.power, self.count = self.power + power, self.count + 1
        self.watch.hear(pair.level_db, now_us())
        frame = self._levelling.turn(pair)
        if self.count > 1:  # the first is the limiter's delay
            self._frames.append(frame)
        while len(self._frames) >= MOST_FRAMES:
            self._room.clear()
            await self._room.wait()

    async def _from_http(self) -> None:
        async with Reach(self._guard) as reach, reach.open(self.source.address) as answer:
            if is_page(answer.content_type):
                raise Failure(Reason.NOT_AUDIO, answer.content_type)
            async with aclosing(answer.chunks()) as chunks:
                await self._decode(chunks)
            raise Failure(Reason.DEAD, whole=answer.bounded)

    async def _from_hls(self) -> None:
        async with Reach(self._guard) as reach:
            self._following = Following(reach, self.source.address)
            async with aclosing(self._following.chunks()) as chunks:
                await self._decode(chunks)
        raise Failure(Reason.DEAD, whole=True)

    async def _decode(self, chunks: AsyncIterator[bytes]) -> None:
        """Until they end."""
        demuxer, head = await _opening(chunks)
        async with decoding_stream(demuxer) as decoder:
            taking = asyncio.ensure_future(self._take_all(decoder))
            try:
                await _feed(decoder, head, chunks)
                await taking
            finally:
                taking.cancel()
                await asyncio.gather(taking, return_exceptions=True)

    async def _take_all(self, decoder: Decoder) -> None:
        async for pair in decoder.pairs():
            await self._take(pair)

    async def _from_input(self) -> None:
        async with listening(self.source.address) as decoder:
            try:
                await self._take_all(decoder)
            except Failure as failure:
                raise Failure(Reason.DEAD if self.count else Reason.NO_INPUT, failure.detail) from failure
        raise Failure(Reason.DEAD)

    async def _from_folder(self) -> None:
        played: set[Found] = set()
        detail = ""
        while True:
            files = await aside(ready_files, self._guard.root, self.source.address, time.time())
            coming = [file for file in files if file not in played]
            if not coming:
                raise Failure(Reason.NOTHING_NEW, detail, whole=True)
            played.add(coming[0])
            try:
                await self._play(coming[0])
            except (Refusal, Failure, OSError, ValueError, subprocess.SubprocessError) as refused:
                detail = f"{coming[0].path.name}: {refused}"

    async def _play(self, file: Found) -> None:
        known = await aside(probe, file.path)
        async with decoding_file(known.demuxer, file.path) as decoder:
            await self._take_all(decoder)


async def _opening(chunks: AsyncIterator[bytes]) -> tuple[str, bytes]:
    """What it is, and the bytes that told it; Failure `not_audio`, or `dead` if nothing came."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if head.lstrip().startswith(_TEXT):
            break
        if len(head) >= LEAST_HEAD and (demuxer := demuxer_of(head[:ENOUGH])):
            return demuxer, head
        if len(head) >= ENOUGH:
            break
    if not head:
        raise Failure(Reason.DEAD)
    raise Failure(Reason.NOT_AUDIO)


async def _feed(decoder: Decoder, head: bytes, chunks: AsyncIterator[bytes]) -> None:
    """All of it; a decoder that has ended tells why itself."""
    try:
        await decoder.feed(head)
        async for chunk in chunks:
            await decoder.feed(chunk)
        decoder.feed_no_more()
    except BrokenPipeError:
        return


def now_us() -> int:
    """Microseconds of the monotonic clock, as a Watch is told them."""
    return time.monotonic_ns() // 1000
