"""One box with the real ear, conductor and journal, a deck that obeys, and time by hand; and orders to give it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from audio_library.content import ContentId
from speaker_client.conductor import Conductor
from speaker_client.deck import Cue, Done, Reel, Sounded
from speaker_client.floor import Floor
from speaker_client.journal import SqliteJournal
from speaker_client.listener import Listener
from speaker_client.orders import Orders
from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.command import Stop
from speaker_client.protocol.datagram import fingerprint
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    AiringId,
    LoudspeakerNumber,
    OccurrenceId,
    ProgrammeId,
)
from speaker_client.protocol.live import LiveEmergency, LiveOpen
from speaker_client.protocol.order import Drill, Emergency, FloorOrder, Order, order_airing_id
from speaker_client.protocol.plan import Item, Part, PlannedAiring
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import Reason, Report
from speaker_client.protocol.shelf import Shelf as SignedShelf
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import WHOLE_STATION, Role, cluster_audience
from speaker_client.reporter import Reporter
from speaker_client.sync import Now
from tests.speaker_client.station_of_tests import BOX, CLUSTER, NOW, STATION, MiniStation

SIREN, MESSAGE, SONG = (ContentId(letter * 64) for letter in "abc")
MADE = MiniStation()
VOICE = SigningKey.born()
B = TypeVar("B")


class ObedientDeck:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.cues: dict[AiringId, Cue] = {}
        self.released: list[AiringId] = []
        self.cuts: list[AiringId] = []

    def arm(self, cue: Cue) -> None:
        self.cues[cue.airing] = cue

    def release(self, airing: AiringId) -> None:
        self.released.append(airing)

    def cut(self, airing: AiringId) -> None:
        self.cuts.append(airing)


class Shelf:
    """Holds all but what is said to be away."""

    def __init__(self) -> None:
        self.away: set[ContentId] = set()

    def lacking(self, contents: Iterable[ContentId]) -> Reason | None:
        return Reason.NO_MEDIA if self.away.intersection(contents) else None

    def reel(self, item: Item) -> Reel:
        return Reel(Path(item.content), item.duration_us, item.from_us)


class Box:
    """A box whose clock stands still until told, `ahead_us` of the other; `start` again shows what a crash leaves."""

    make_journal: Callable[[Path], SqliteJournal] = SqliteJournal
    make_deck: Callable[[], ObedientDeck] = ObedientDeck

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.shelf = Shelf()
        self.on_first: Callable[[Item], object] = lambda _: None
        self.now = NOW
        self.ahead_us = 0
        self.start()
        self.pull()

    def start(self) -> None:
        self.journal, self.deck = self.make_journal(self._folder / "journal.db"), self.make_deck()
        reporter = Reporter(self.journal.memory, BOX, "boot")
        self.floor = Floor(self.journal, self.deck, self.shelf)
        self.conductor = Conductor(self.journal, self.floor, reporter)
        self.answered: list[str] = []
        self.listener = Listener(
            MADE.identity,
            self.journal,
            Orders(self.journal, self.floor, self.conductor, reporter, lambda item: self.on_first(item)),
            reporter,
            on_order=lambda order: self.answered.append(fingerprint(order)),
        )
        self.conductor.awake(self.time, self.now - SECOND)
        self.conductor.tick(self.time)

    @property
    def time(self) -> Now:
        return Now(self.now, self.now + self.ahead_us, 1000, "attested")

    def later(self, us: int) -> None:
        self.now += us
        self.conductor.tick(self.time)

    def hear(self, order: FloorOrder) -> None:
        self.listener.command(signed(order).encode(), self.time)

    def stop(self, *airings: AiringId, seq: int = 1, given_us: int | None = None) -> None:
        stop = MADE.stop(seq, *airings, given_us=given_us)
        self.listener.command(stop.seal([MADE.schedule]).encode(), self.time)

    def pull(
        self,
        *airings: PlannedAiring,
        seq: int = 1,
        inbox: tuple[Order | Stop, ...] = (),
        alarms: tuple[ContentId, ...] = (),
    ) -> None:
        self.listener.bundle(
            Bundle(
                keyring=MADE.keyring().seal([MADE.root]),
                config=MADE.config().seal([MADE.schedule]),
                plan=MADE.plan(seq, airings).seal([MADE.schedule]) if airings else None,
                inbox=tuple(signed(order) for order in inbox),
                shelf=_shelf(alarms).seal([MADE.alert]) if alarms else None,
            ),
            self.time,
        )

    def sounds(self, airing: AiringId) -> None:
        cue = self.deck.cues[airing]
        self.conductor.heard(Sounded(airing, cue.serial, self.now, 0, cue.from_us, cue.from_us), self.time)

    def falls_silent(self, airing: AiringId, to_us: int, reason: Reason | None, **more: Any) -> None:
        self.conductor.heard(Done(airing, self.deck.cues[airing].serial, to_us, 0, reason, **more), self.time)
        self.conductor.tick(self.time)

    def ends(self, airing: AiringId, to_us: int) -> None:
        self.conductor.heard(Done(airing, self.deck.cues[airing].serial, to_us, 0), self.time)
        self.conductor.tick(self.time)

    def said(self, kind: type[B]) -> list[B]:
        bodies: list[Any] = [Report.model_validate_json(text).body for text in self.journal.memory.reports.values()]
        return [body for body in bodies if isinstance(body, kind)]

    def plays(self, song: PlannedAiring) -> None:
        """The song is in the plan, and on air."""
        self.pull(song)
        self.later(song.start_us - SECOND - self.now)
        self.later(SECOND)
        self.sounds(song.id)


def _shelf(alarms: tuple[ContentId, ...]) -> SignedShelf:
    items = tuple(item(one, 5) for one in (SIREN, MESSAGE, SONG))
    head = {"station": STATION, "audience": WHOLE_STATION, "seq": 1, "not_before_us": 0, "expires_us": NOW + DAY}
    return SignedShelf.model_validate({**head, "items": items, "alarms": alarms})


def signed(order: FloorOrder | Stop) -> Envelope:
    """By the key of its role."""
    return order.seal([{Role.ALERT: MADE.alert, Role.DRILL: MADE.drill, Role.SCHEDULE: MADE.schedule}[order.role]])


def item(content: ContentId, seconds: int) -> Item:
    return Item(content=content, size=1000, duration_us=seconds * SECOND)


def head(seq: int, name: str, at_us: int, **changes: object) -> dict[str, Any]:
    """Siren and message, three times, for an hour at most."""
    return {
        "station": STATION,
        "audience": cluster_audience(CLUSTER),
        "seq": seq,
        "not_before_us": at_us - MINUTE,
        "expires_us": at_us + 2 * MINUTE,
        "id": name * 32,
        "title": "Lũ về",
        "by": "lan",
        "start_us": at_us,
        "until_us": at_us + HOUR,
        "first": (item(SIREN, 5), item(MESSAGE, 20)),
        "rounds": 3,
        **changes,
    }


def emergency(seq: int, name: str, at_us: int = NOW, **changes: object) -> Emergency:
    return Emergency.model_validate(head(seq, name, at_us, **changes))


def drill(seq: int, name: str, at_us: int = NOW, **changes: object) -> Drill:
    return Drill.model_validate(head(seq, name, at_us, **changes))


def live(seq: int, name: str, at_us: int = NOW, **changes: object) -> LiveOpen:
    return LiveOpen.model_validate(_live_head(seq, name, at_us, **changes))


def live_emergency(seq: int, name: str, at_us: int = NOW, **changes: object) -> LiveEmergency:
    return LiveEmergency.model_validate(_live_head(seq, name, at_us, **changes))


def _live_head(seq: int, name: str, at_us: int, **changes: object) -> dict[str, Any]:
    """A voice, heard 120 ms after it is spoken, for an hour at most."""
    more = {"title": "Chủ tịch nói", "key": VOICE.public, "lead_us": 120_000, "until_us": at_us + HOUR}
    return head(seq, name, at_us + 120_000, **{**more, **changes})


def song(at_us: int, *, resumes: bool, seconds: int = 600) -> PlannedAiring:
    return PlannedAiring(
        id=AiringId("5" * 32),
        occurrence=OccurrenceId("6" * 32),
        programme=ProgrammeId("song"),
        title="Ca nhạc",
        priority=Priority.OWN,
        loudspeakers=tuple(LoudspeakerNumber(n) for n in (1, 2, 3)),
        items=(item(SONG, seconds),),
        parts=(Part(start_us=at_us, length_us=seconds * SECOND),),
        grace_us=5 * MINUTE,
        resumes=resumes,
    )


def airing(order: FloorOrder) -> AiringId:
    return order_airing_id(order.id, CLUSTER)
