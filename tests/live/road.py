"""Live voice on a made-up road, in numbers: a phone's TCP lines, pacing, grouping, datagrams, jitter buffers.

Everything that decides is the product's own; only the links, TCP and the boxes' outputs are modelled. Times are µs.
"""

from __future__ import annotations

import random
import re
from collections import deque
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from pathlib import Path

import broadcast_server
from broadcast_server.live.grouping import Grouping
from broadcast_server.live.pacing import Pacing
from broadcast_server.speaking import ASK_EVERY_S
from speaker_client.frames import BLOCK_US
from speaker_client.jitter import Counts, JitterBuffer
from speaker_client.output.paced import RENDER_US
from speaker_client.protocol.ids import SECOND, BoxId, OrderId
from speaker_client.protocol.live import FRAME_US, LIMIT_FRAMES, Group
from speaker_client.telling import VOICE_BEAT_S
from tests.link.net import Profile

BOXES = 4
VOICED_FRAMES = 65
"""Of each second; in the rest nobody speaks."""
DUPLICATES = 3
"""TCP takes a segment for lost once so many that were sent after it have come."""
BEAT_US, LOOK_US = round(VOICE_BEAT_S * SECOND), round(ASK_EVERY_S * SECOND)
STATION_US = 3_000
"""From a piece's coming to the group's leaving."""
ORDER = OrderId("ab" * 16)


def app_lines() -> int:
    """On how many WebSockets the officer's app says the same."""
    script = Path(broadcast_server.__file__).parent / "web" / "app" / "src" / "lib" / "voice" / "microphone.ts"
    found = re.search(r"LINES = \{ opus: (\d+)", script.read_text())
    assert found
    return int(found[1])


class Way:
    """One direction of a link, as the hub of `tests/link` makes it: nothing overtakes."""

    def __init__(self, profile: Profile, dice: random.Random) -> None:
        self._profile, self._dice, self._last = profile, dice, 0

    def arrival(self, now_us: int) -> int | None:
        """When what is sent now arrives; None if it is lost."""
        profile = self._profile
        if self._dice.random() * 100 < profile.loss_pct:
            return None
        jitter = self._dice.uniform(-profile.jitter_ms, profile.jitter_ms)
        self._last = max(self._last, now_us + round((profile.delay_ms + jitter) * 1000))
        return self._last


@dataclass
class Line:
    """One TCP connection: what was sent as which transmission, what has come, and what was handed on in order."""

    latest: dict[int, int] = field(default_factory=dict)
    came: set[int] = field(default_factory=set)
    newest: int = -1
    handed: int = 0


def at_the_station(profile: Profile, lines: int, pieces: int, dice: random.Random) -> list[int]:
    """When the first of the lines hands each piece to the station; each is whole 10 ms after it began."""
    there, back, order = Way(profile, dice), Way(profile, dice), count()
    all_lines, sent = [Line() for _ in range(lines)], count()
    found: list[int | None] = [None] * pieces
    events: list[tuple[int, int, str, int, int, int]] = []  # time, order, what, line, piece or -1, transmission

    def send(now_us: int, at: int, piece: int) -> None:
        transmission = all_lines[at].latest[piece] = next(sent)
        arrival = there.arrival(now_us)
        if arrival is not None:
            heappush(events, (arrival, next(order), "segment", at, piece, transmission))

    for piece in range(pieces):
        heappush(events, ((piece + 1) * FRAME_US, next(order), "spoken", 0, piece, 0))
    while events:
        now_us, _, what, at, piece, transmission = heappop(events)
        line = all_lines[at]
        if what == "spoken":
            for each in range(lines):
                send(now_us, each, piece)
        elif what == "segment":
            line.came.add(piece)
            line.newest = max(line.newest, transmission)
            while line.handed in line.came:
                line.came.discard(line.handed)
                if found[line.handed] is None:
                    found[line.handed] = now_us
                line.handed += 1
            acknowledged = back.arrival(now_us)
            if acknowledged is not None:
                heappush(events, (acknowledged, next(order), "ack", at, line.handed, line.newest))
        else:
            for held in [one for one in line.latest if one < piece or one in line.came]:
                del line.latest[held]
            lost = [one for one, number in line.latest.items() if number <= transmission - DUPLICATES * lines]
            for one in sorted(lost):
                send(now_us, at, one)
    return [arrival for arrival in found if arrival is not None]


@dataclass
class Hearing:
    """What one box made of it."""

    buffer: JitterBuffer
    way: Way
    phase_us: int
    coming: deque[tuple[int, Group]] = field(default_factory=deque)
    block: int = 0
    asked: int = 0
    flowing: bool = False

    def until(self, now_us: int, start_us: int) -> None:
        """All that comes and is asked for until now, in its order."""
        while True:
            due_us = start_us + self.phase_us + self.block * BLOCK_US
            asks_us = due_us - RENDER_US
            comes_us = self.coming[0][0] if self.coming else asks_us + 1
            if min(comes_us, asks_us) > now_us:
                return
            if comes_us <= asks_us:
                self.buffer.put(self.coming.popleft()[1], comes_us)
                continue
            self.block += 1
            while start_us + self.asked * FRAME_US < due_us + BLOCK_US:
                self.buffer.skip_to(self.asked, asks_us)
                self.flowing = self.flowing or self.buffer.holds(self.asked)
                if self.flowing:
                    self.buffer.take(self.asked, asks_us)
                self.asked += 1


@dataclass(frozen=True)
class Outcome:
    """What a listener had of it: the share (%) of frames made up, and from mouth to loudspeaker (ms), sorted."""

    missing_pct: float
    delays_ms: list[float]
    skipped: int
    dropped: int

    def delay_ms(self, share: float) -> float:
        """Of that share of frames no more."""
        return self.delays_ms[min(len(self.delays_ms) - 1, int(share * len(self.delays_ms)))]


class Village:
    """All boxes behind links of one kind, and what they say of the voice every second."""

    def __init__(self, profile: Profile, dice: random.Random, start_us: int) -> None:
        self._start_us = start_us
        self._boxes = {
            BoxId(f"box{n}"): Hearing(JitterBuffer(0, LIMIT_FRAMES), Way(profile, dice), dice.randrange(BLOCK_US))
            for n in range(BOXES)
        }
        self._back = {box: Way(replace(profile, loss_pct=0.0), dice) for box in self._boxes}
        self._beats = {box: dice.randrange(BEAT_US) for box in self._boxes}
        self._said: dict[BoxId, deque[tuple[int, int | None]]] = {box: deque() for box in self._boxes}
        self._look_us = dice.randrange(LOOK_US)

    @property
    def counts(self) -> list[Counts]:
        """What became of the frames in each."""
        return [box.buffer.counts for box in self._boxes.values()]

    def send(self, group: Group, now_us: int) -> None:
        """To each by its own road."""
        for box in self._boxes.values():
            arrival = box.way.arrival(now_us + STATION_US)
            if arrival is not None:
                box.coming.append((arrival, group))

    def pass_until(self, now_us: int, pacing: Pacing) -> None:
        """Time goes by: boxes play and report, and the station reads their last word every second."""
        while self._look_us <= now_us:
            for box, hearing in self._boxes.items():
                while self._beats[box] <= self._look_us:
                    self._beat(box, hearing)
                self._read(box, pacing)
            self._look_us += LOOK_US
        for hearing in self._boxes.values():
            hearing.until(now_us, self._start_us)

    def _beat(self, box: BoxId, hearing: Hearing) -> None:
        hearing.until(self._beats[box], self._start_us)
        arrival = self._back[box].arrival(self._beats[box])
        assert arrival is not None
        self._said[box].append((arrival, hearing.buffer.spare_us))
        hearing.buffer.spare_us = None
        self._beats[box] += BEAT_US

    def _read(self, box: BoxId, pacing: Pacing) -> None:
        newest: int | None = None
        while self._said[box] and self._said[box][0][0] <= self._look_us:
            newest = self._said[box].popleft()[1]
        if newest is not None:
            pacing.hear(box, self._look_us, newest)


def spoken(profile: Profile, lines: int, seconds: int, seed: int) -> Outcome:
    """A voice of that length through a village in which everybody is behind a link like this."""
    dice = random.Random(seed)
    pieces = at_the_station(profile, lines, seconds * SECOND // FRAME_US, dice)
    pacing, grouping, village, delays = Pacing(0), Grouping(ORDER), Village(profile, dice, 0), []
    for number, came_us in enumerate(pieces):
        village.pass_until(came_us, pacing)
        placed = pacing.place(came_us, number % 100 >= VOICED_FRAMES)
        if placed is not None:
            delays.append((placed - number) * FRAME_US / 1000)
            village.send(grouping.add(placed, b"voice"), came_us)
    village.pass_until(pieces[-1] + SECOND, pacing)
    heard, missing = (sum(getattr(one, name) for one in village.counts) for name in ("heard", "missing"))
    return Outcome(100 * missing / (heard + missing), sorted(delays), pacing.skipped, pacing.dropped)
