"""A real station on real SQLite behind real HTTP, and boxes that speak the wire by hand."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import httpx2
import uvicorn
from sqlalchemy import select

from broadcast_server.app import Job, create_app
from broadcast_server.clock import Clock, SystemClock
from broadcast_server.founding import found_station
from broadcast_server.ordering import Wish
from broadcast_server.people.accounts import make_operator
from broadcast_server.people.tokens import make_token
from broadcast_server.schedule.quiet_hours import NEVER
from broadcast_server.settings import Settings
from broadcast_server.station import Station, open_station
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import FaultRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.web_socket import StationSocket
from speaker_client.protocol.enrolment import EnrolAnswer, parse_code
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.ids import MINUTE, SECOND, AiringId, BoxId, ClusterId, Micros, OrderId, StationId
from speaker_client.protocol.report import (
    GENESIS,
    Ack,
    AiringEnded,
    Body,
    Booted,
    Heartbeat,
    Report,
    ReportBatch,
    Result,
    chain_hash,
)
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import WHOLE_STATION
from speaker_client.protocol.version import HEADER, Spoken
from tests.contract import HOOKS

EMPTY: Mapping[str, str] = MappingProxyType({})
BARE = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here speaks TLS; loading the system's certificates for each client is slow."""


@dataclass
class MovableClock:
    """The machine's clock, moved by hand."""

    shift_us: int = 0

    def now_us(self) -> Micros:
        return Micros(SystemClock().now_us() + self.shift_us)


def free_ports(count: int) -> list[int]:
    """Ports nobody has at the moment, from below those that outgoing connections take."""
    ports: set[int] = set()
    while len(ports) < count:
        port = random.randrange(15_000, 32_000)
        if all(_is_free(port, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)):
            ports.add(port)
    return list(ports)


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def settings_in(folder: Path) -> Settings:
    """A station in this folder, on ports of its own."""
    port, broker, time = free_ports(3)
    return Settings(data=folder, port=port, broker_port=broker, time_port=time)


async def founded(folder: Path) -> Settings:
    """A station was founded in the folder; tests run at any hour, so it has no quiet ones."""
    settings = settings_in(folder)
    database = Database(settings.database_url)
    await found_station(database, settings, "Xã Tây Hồ", quiet=NEVER)
    await database.close()
    return settings


def quiet_background(station: Station) -> tuple[Job, ...]:
    """Hints are told and boxes watched, without a broker."""
    return (station.telling.tell_forever, station.monitoring.watch_forever)


@dataclass
class Ground:
    """The station as a process would run it, seen from outside and from inside."""

    station: Station
    url: str
    token: str = ""
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    def client(self, auth: tuple[str, str] | None = None, headers: Mapping[str, str] = EMPTY) -> httpx2.AsyncClient:
        """Somebody with HTTP."""
        named = {HEADER: str(Spoken())} | dict(headers)
        client = httpx2.AsyncClient(
            base_url=self.url,
            auth=auth,
            headers=named,
            timeout=20.0,
            trust_env=False,
            verify=BARE,
            event_hooks=HOOKS,
        )
        self.opened.append(client)
        return client

    def technician(self) -> httpx2.AsyncClient:
        """A person who may do everything."""
        return self.client(headers={"Authorization": f"Bearer {self.token}"})

    async def cluster(self, name: str = "Cụm chợ", loudspeakers: int = 3) -> ClusterId:
        """A cluster in a village of its own."""
        village = await self.station.places.add_village(f"Thôn của {name}", "hoa")
        row = await self.station.places.add_cluster(village.id, name, loudspeakers, "hoa")
        return ClusterId(row.id)

    async def box(self, cluster: ClusterId) -> Box:
        """A new box of the cluster, enrolled over HTTP."""
        code, _ = await self.station.enrolling.issue_code(cluster, "hoa")
        key = SigningKey.born()
        answer = await self.client().post("/box/v1/enrol", json=enrol_form(str(code), key))
        assert answer.status_code == 200, answer.text
        return Box(self, key, EnrolAnswer.model_validate_json(answer.content))

    async def airing(self, cluster: ClusterId, name: str, **more: object) -> AiringId:
        """An airing that was published to the cluster."""
        airing = AiringId(name.encode().hex().ljust(32, "0")[:32])
        now = self.station.clock.now_us()
        row = AiringRow(
            id=airing,
            station_id=self.station.station_id,
            occurrence_id=f"o-{name}",
            cluster_id=cluster,
            revision=0,
            programme_id="p",
            title=name,
            priority=40,
            scheduled_us=now,
            start_us=now,
            end_us=now + MINUTE,
            until_us=now + 2 * MINUTE,
            planned=None,
            first_plan=1,
            state="PENDING",
        )
        for column, value in more.items():
            setattr(row, column, value)
        async with self.station.database.transaction() as session:
            session.add(row)
        return airing

    async def log(self, airing: AiringId) -> AiringRow:
        """The airing as the log has it."""
        async with self.station.database.reading() as session:
            return await session.get_one(AiringRow, airing)


@dataclass
class Box:
    """A box made of its key, its papers and its journal."""

    ground: Ground
    key: SigningKey
    papers: EnrolAnswer
    lines: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=lambda: [GENESIS])

    @property
    def id(self) -> BoxId:
        return self.papers.box

    @cached_property
    def http(self) -> httpx2.AsyncClient:
        """The box's own road to the station."""
        return self.ground.client(auth=(self.papers.box, self.papers.access))

    def write(self, *bodies: Body) -> None:
        """New lines in the journal."""
        for body in bodies:
            at = self.ground.station.clock.now_us()
            report = Report(
                box=self.id, boot="b", n=len(self.lines) + 1, prev=self.heads[-1], at_us=at, at_error_us=1, body=body
            )
            self.lines.append(report.text())
            self.heads.append(chain_hash(self.lines[-1]))

    def batch(self, texts: Sequence[str], **changed: object) -> ReportBatch:
        """Lines as they are handed in."""
        batch = ReportBatch(
            station=self.papers.station,
            audience=WHOLE_STATION,
            seq=len(self.lines),
            not_before_us=0,
            expires_us=1 << 52,
            box=self.id,
            reports=tuple(texts),
        )
        return batch.model_copy(update=changed)

    async def hand_in(self, texts: Sequence[str], key: SigningKey | None = None, **changed: object) -> httpx2.Response:
        """Hand these lines in over HTTP."""
        envelope = self.batch(texts, **changed).seal([key or self.key])
        return await self.http.post("/box/v1/reports", content=envelope.encode())

    async def report(self, *bodies: Body) -> Ack:
        """Write and hand in; the station's acknowledgement."""
        before = len(self.lines)
        self.write(*bodies)
        answer = await self.hand_in(self.lines[before:])
        assert answer.status_code == 200, answer.text
        return Ack.read(payload_of(Envelope.model_validate_json(answer.content)))

    def beat(self, **changed: object) -> Heartbeat:
        """A heartbeat of this moment."""
        now = self.ground.station.clock.now_us()
        beat = Heartbeat(
            station=self.papers.station,
            audience=WHOLE_STATION,
            seq=len(self.lines),
            not_before_us=now,
            expires_us=now + 10 * MINUTE,
            boot="b",
            n=len(self.lines),
            head=self.heads[-1],
            plan=1,
            clock="ATTESTED",
            clock_error_us=300,
        )
        return beat.model_copy(update=changed)


def enrol_form(code: str, key: SigningKey) -> dict[str, str]:
    """What a box says to come in."""
    return {"secret": parse_code(code).secret, "public": key.public, "software": "tests"}


def booted() -> Booted:
    """The first thing a box reports."""
    return Booted(software="tests 1", machine_boot="m")


def ended(airing: AiringId, result: Result = Result.PLAYED) -> AiringEnded:
    """A box's last word on an airing."""
    return AiringEnded(
        airing=airing,
        result=result,
        due_us=0,
        started_us=5,
        error_us=5,
        duration_us=SECOND,
        segments=((0, SECOND),),
        plan_seq=1,
    )


@asynccontextmanager
async def ground_in(
    folder: Path, clock: Clock | None = None, background: Callable[[Station], tuple[Job, ...]] = quiet_background
) -> AsyncIterator[Ground]:
    """The station running on loopback until the block ends."""
    settings = await founded(folder)
    station = await open_station(settings, clock)
    async with station.database.transaction() as session:
        operator = await make_operator(session, station.station_id, station.clock.now_us())
        _, token = make_token(session, operator.id, station.station_id, "tests", station.clock.now_us())
    app = create_app(station, background)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        ws=StationSocket,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.005)
        assert not serving.done(), serving.exception()
    ground = Ground(station, f"http://127.0.0.1:{settings.port}", token)
    try:
        yield ground
    finally:
        for client in ground.opened:
            await client.aclose()
        station.news.close()
        server.should_exit = True
        await serving


__all__ = ["Box", "Ground", "MovableClock", "StationId", "booted", "ended", "enrol_form", "founded", "ground_in"]


def recording(ground: Ground, name: str, content: str) -> RecordingRow:
    """As if there were a sound."""
    return RecordingRow(
        id=name, station_id=ground.station.station_id, title="", content=content, size=1, duration_us=SECOND,
        original="", original_size=1, original_name="", kind="announcement", loudness_before_lufs=0.0,
        loudness_lufs=0.0, true_peak_dbtp=0.0, peaks=[], made_by="hoa", made_us=1,
    )  # fmt: skip


async def press(ground: Ground) -> OrderId:
    """An emergency whose sound is there, as far as the station knows."""
    station = ground.station
    async with station.database.transaction() as session:
        for template in await session.scalars(select(TemplateRow)):
            if template.recording_id is None:
                session.add(recording(ground, template.name, "a" * 64))
                await session.flush()
                template.recording_id = template.name
    wish = Wish("emergency", "flood", ("all",), 1, uuid.uuid4().hex)
    return OrderId((await station.ordering.sound(wish, "hoa")).id)


async def faults(ground: Ground) -> list[str]:
    async with ground.station.database.reading() as session:
        return list(await session.scalars(select(FaultRow.code).order_by(FaultRow.id)))
