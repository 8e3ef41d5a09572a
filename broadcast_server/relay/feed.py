"""The sound of a relay: one source after the other, levelled, in real time, until it is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from broadcast_server.clock import Clock, SystemClock
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.intake import Intake, now_us
from broadcast_server.relay.probe import probe
from broadcast_server.relay.reason import Failure, Reason, Switch
from broadcast_server.relay.source import Source
from speaker_client.protocol.ids import SECOND

RELAY_FRAME_BYTES = 1920
"""20 ms of s16le, mono, 48 kHz."""
SILENCE = bytes(RELAY_FRAME_BYTES)
FRAME_S = 0.02
LATE_S = 0.5
"""So far behind, the frames that were due are not made up for any more."""
LOOK_S = 0.1
PAUSES_S = (2.0, 4.0, 8.0, 16.0, 30.0)
"""After a round in which every source failed."""
STEADY_US = 30 * SECOND
"""A source that sounded so long makes the next pause the shortest again."""
LOOK_BACK_S = 60.0
"""While a fallback sounds, so often it is looked whether a better source is there again: twice running brings it
back."""


class _Better(Exception):
    """A source further up sounds again."""

    def __init__(self, index: int) -> None:
        self.index = index


class RelayFeed:
    """Pulls one source at a time, in order; what fails is left for the next within ten seconds."""

    def __init__(
        self, sources: Sequence[Source], guard: Guard, clock: Clock | None = None, look_back_s: float = LOOK_BACK_S
    ) -> None:
        """`sources` in the order of preference, at least one."""
        assert sources
        self._sources, self._guard, self._clock = tuple(sources), guard, clock or SystemClock()
        self._look_back_s = look_back_s
        self._intake: Intake | None = None
        self._switches: asyncio.Queue[Switch | None] = asyncio.Queue()
        self._steering: asyncio.Task[None] | None = None
        self._outgoing: asyncio.Task[None] | None = None
        """The pull of a fallback that goes on until the better source can be heard."""
        self._closed = False
        self.on: Source | None = None
        """Whose sound the last frame was; None: silence."""

    async def frames(self) -> AsyncIterator[bytes]:
        """Frames of RELAY_FRAME_BYTES, one each 20 ms, the first within a moment; ends only when closed.

        To be asked for once. Nothing is pulled before it is; silence comes while nothing sounds.
        """
        assert self._steering is None
        if self._closed:
            return
        self._steering = asyncio.create_task(self._steer())
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        try:
            while not self._closed:
                if self._steering.done():
                    self._steering.result()
                yield self._next()
                due_s += FRAME_S
                wait_s = due_s - loop.time()
                if wait_s < -LATE_S:
                    due_s = loop.time()
                await asyncio.sleep(max(0.0, wait_s))
        finally:
            await self.close()

    def _next(self) -> bytes:
        frame = self._intake.next() if self._intake else None
        self.on = self._intake.source if self._intake and frame else None
        return frame or SILENCE

    async def changes(self) -> AsyncIterator[Switch]:
        """Every switch as it happens, from the first on; ends when closed. To be asked for once."""
        while (switch := await self._switches.get()) is not None:
            yield switch

    async def close(self) -> None:
        """End it: connections closed, decoders gone when this returns. May be called twice."""
        steering = self._steering
        if not self._closed:
            self._closed = True
            self._switches.put_nowait(None)
            if steering is not None:
                steering.cancel()  # once: a second time it would break off its own tidying up
        if steering is not None:
            await asyncio.wait([steering])
        self._intake = self.on = None

    async def _steer(self) -> None:
        """Go through the list, round after round."""
        reason, rounds = Reason.STARTED, 0
        try:
            while True:
                steady = await self._round(reason)
                rounds = 1 if steady else rounds + 1
                pause_s = PAUSES_S[min(rounds, len(PAUSES_S)) - 1]
                self._tell(None, None, Reason.ALL_FAILED, f"{pause_s:g} s")
                await asyncio.sleep(pause_s)
                reason = Reason.AGAIN
        finally:
            await self._let_go()

    async def _round(self, reason: Reason) -> bool:
        """From the first source until the last has failed; whether one of them sounded for long."""
        steady, index, old, detail = False, 0, None, ""
        done: set[int] = set()
        while index < len(self._sources):
            source = self._sources[index]
            self._tell(old, source, reason, detail)
            began_us = now_us()
            try:
                await self._play(index, done)
            except Failure as failure:
                old, reason, detail = source, failure.reason, failure.detail
                if failure.reason is Reason.NOTHING_NEW:
                    done.add(index)
                index += 1
            except _Better as better:
                old, reason, detail, index = source, Reason.RETURNED, "", better.index
            steady = steady or now_us() - began_us > STEADY_US
        self._intake = None
        await self._let_go()
        self._tell(old, None, reason, detail)
        return steady

    async def _play(self, index: int, done: set[int]) -> None:
        """Pull one source, and let it be heard once it can be, until it fails: Failure or _Better, always.

        Until then, what is left of the source before is heard.
        """
        intake = Intake(self._sources[index], self._guard)
        pulling = asyncio.create_task(intake.pull())
        looking_back = asyncio.create_task(self._look_back([i for i in range(index) if i not in done]))
        try:
            while True:
                going_on = [task for task in (pulling, looking_back) if not task.done()]
                await asyncio.wait(going_on, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                if intake.ready and not pulling.done():
                    self._intake = intake
                    await self._let_go()
                self._judge(intake, pulling)
                if looking_back.done() and (better := looking_back.result()) is not None:
                    self._outgoing = pulling
                    raise _Better(better)
        finally:
            looking_back.cancel()
            if self._outgoing is not pulling:
                pulling.cancel()
                await asyncio.gather(pulling, return_exceptions=True)
            await asyncio.gather(looking_back, return_exceptions=True)

    async def _let_go(self) -> None:
        """End what went on only until something better came."""
        outgoing, self._outgoing = self._outgoing, None
        if outgoing is not None:
            outgoing.cancel()
            await asyncio.gather(outgoing, return_exceptions=True)

    def _judge(self, intake: Intake, pulling: asyncio.Task[None]) -> None:
        """Failure if it is to be left now."""
        if pulling.done():
            failure = pulling.exception()
            assert failure is not None
            if isinstance(failure, Failure) and failure.whole and intake.in_hand_us:
                self._intake = intake
                return
            raise failure
        if verdict := intake.watch.verdict(now_us(), intake.ready, intake.in_hand_us):
            if verdict is Reason.SILENT and self._intake is intake:
                self._intake = None
            raise intake.stalled() if verdict is Reason.STALLED else Failure(verdict)

    async def _look_back(self, better: Sequence[int]) -> int | None:
        """The first of the better sources that was fit twice running; never returns without one."""
        fit: set[int] = set()
        while better:
            await asyncio.sleep(self._look_back_s)
            for index in better:
                if not (await probe(self._sources[index], self._guard)).ok:
                    fit.discard(index)
                elif index in fit:
                    return index
                else:
                    fit.add(index)
        await asyncio.Event().wait()
        return None

    def _tell(self, old: Source | None, new: Source | None, reason: Reason, detail: str = "") -> None:
        self._switches.put_nowait(Switch(self._clock.now_us(), old, new, reason, detail))
