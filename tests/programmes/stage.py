"""A founded station on real SQLite with two villages and three clusters, and an officer at work in it."""

from __future__ import annotations

import secrets
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from broadcast_server.fleet.ledger import State
from broadcast_server.founding import found_station
from broadcast_server.programmes.drafts import NewProgramme, RecurrenceDraft, RuleDraft
from broadcast_server.relay.source import SourceKind
from broadcast_server.schedule.quiet_hours import NEVER
from broadcast_server.scheduling import Saved
from broadcast_server.settings import Settings
from broadcast_server.station import Station, open_station
from broadcast_server.store.airings import AiringRow, PlanRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.programmes import ProgrammeRow
from broadcast_server.store.relays import RelaySourceRow
from speaker_client.protocol.command import Stop
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.ids import MINUTE, SECOND, ClusterId, Micros, ProgrammeId, RuleId
from speaker_client.protocol.plan import Plan, PlannedAiring
from speaker_client.protocol.priority import Priority

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICER = "lan"


def at(text: str) -> Micros:
    """A local time such as `2026-11-23 17:00`."""
    return Micros(int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()) * SECOND)


MONDAY = at("2026-11-23 08:00")


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    moment: Micros = MONDAY

    def now_us(self) -> Micros:
        return self.moment

    def pass_us(self, span_us: int) -> None:
        """Time goes by."""
        self.moment = Micros(self.moment + span_us)


@dataclass
class Stage:
    """The station, its clock, its clusters by name and its recordings by name."""

    station: Station
    clock: HandClock
    clusters: dict[str, ClusterId] = field(default_factory=dict)
    villages: dict[str, str] = field(default_factory=dict)

    async def build(self) -> None:
        """Two villages; the first has two clusters, the second one."""
        for village, clusters in (("Yên Trường", ("Chợ", "Đình")), ("Thọ Lập", ("Trạm xá",))):
            row = await self.station.places.add_village(village, OFFICER)
            self.villages[village] = row.id
            for name in clusters:
                cluster = await self.station.places.add_cluster(row.id, name, 3, OFFICER)
                self.clusters[name] = ClusterId(cluster.id)

    async def recording(self, minutes: float = 10, title: str = "Bản tin") -> str:
        """A recording in the library."""
        name = secrets.token_hex(8)
        row = RecordingRow(
            id=name,
            station_id=self.station.station_id,
            title=title,
            content=secrets.token_hex(32),
            size=1000,
            duration_us=int(minutes * MINUTE),
            original=secrets.token_hex(32),
            original_size=1000,
            original_name="a.m4a",
            kind="speech",
            loudness_before_lufs=-20.0,
            loudness_lufs=-16.0,
            true_peak_dbtp=-1.5,
            peaks=[],
            made_by=OFFICER,
            made_us=self.clock.moment,
        )
        async with self.station.database.transaction() as session:
            session.add(row)
        return name

    async def programme(self, title: str, *rules: RuleDraft, minutes: float = 10, **more: object) -> Saved:
        """A programme of one new recording."""
        items = (await self.recording(minutes),)
        new = NewProgramme(title=title, items=items, rules=rules, **more)
        return await self.station.scheduling.make_programme(new, OFFICER)

    async def emergency(self, title: str, *rules: RuleDraft, **more: object) -> Saved:
        """A programme on the step that nobody may ask for."""
        saved = await self.programme(title, priority="priority_above", **more)
        async with self.station.database.transaction() as session:
            (await session.get_one(ProgrammeRow, saved.programme)).priority = Priority.EMERGENCY
        for rule in rules:
            await self.station.scheduling.make_rule(saved.programme, rule, OFFICER)
        return saved

    async def replan(self, span_us: int = 0) -> int:
        """Time goes by, then plans are worked out anew; how many clusters got a new one."""
        self.clock.pass_us(span_us)
        return len(await self.station.planning.replan("tests"))

    async def plan(self, cluster: str = "Chợ") -> Plan:
        """The plan in force for the cluster, as its box would read it."""
        async with self.station.database.reading() as session:
            row = await session.get_one(PlanRow, self.clusters[cluster])
        return Plan.read(payload_of(Envelope.model_validate_json(row.envelope)))

    async def planned(self, cluster: str = "Chợ") -> list[PlannedAiring]:
        """What the plan in force carries."""
        return list((await self.plan(cluster)).airings)

    async def seqs(self) -> dict[str, int]:
        """The numbers of the plans in force."""
        async with self.station.database.reading() as session:
            return {row.cluster_id: row.seq for row in await session.scalars(select(PlanRow))}

    async def log(self, cluster: str | None = "Chợ") -> list[AiringRow]:
        """The airings of the cluster (None = all) by time."""
        query = select(AiringRow).order_by(AiringRow.start_us, AiringRow.revision)
        if cluster is not None:
            query = query.filter_by(cluster_id=self.clusters[cluster])
        async with self.station.database.reading() as session:
            return list(await session.scalars(query))

    async def stops(self) -> list[Stop]:
        """Every stop that was given, as boxes would read it."""
        query = select(CommandRow.envelope).filter_by(kind="stop").order_by(CommandRow.made_us, CommandRow.seq)
        async with self.station.database.reading() as session:
            return [Stop.read(payload_of(Envelope.model_validate_json(one))) for one in await session.scalars(query)]

    async def say(self, airing: str, state: State, **more: object) -> None:
        """What the box's report made of an airing."""
        async with self.station.database.transaction() as session:
            row = await session.get_one(AiringRow, airing)
            row.state = state.value
            for column, value in more.items():
                setattr(row, column, value)


def once(day: str, *times: str) -> RuleDraft:
    """On that day at these times."""
    return RuleDraft(first_day=day, times=times)


def daily(*times: str, **more: object) -> RuleDraft:
    """Every day from today."""
    return RuleDraft(times=times, recurrence=RecurrenceDraft(kind="daily"), **more)


def overlaps(airings: Sequence[PlannedAiring]) -> list[tuple[str, str]]:
    """Titles of those that would sound at the same time."""
    parts = sorted((part.start_us, part.end_us, airing.title) for airing in airings for part in airing.parts)
    return [(one[2], two[2]) for one, two in pairwise(parts) if one[1] > two[0]]


def by_occurrence(rows: Sequence[AiringRow]) -> dict[tuple[str, str], list[AiringRow]]:
    """The rows of each occurrence and cluster, by revision."""
    found: dict[tuple[str, str], list[AiringRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.revision):
        found[(row.occurrence_id, row.cluster_id)].append(row)
    return found


async def rules(stage: Stage, programme: ProgrammeId) -> list[RuleId]:
    """The ids of the programme's rules."""
    async with stage.station.database.reading() as session:
        return [RuleId(row.id) for row in await stage.station.scheduling.rules_of(session, programme)]


async def found_in(folder: Path, zone: str = ZONE.key) -> Stage:
    """Found the station of these tests in the folder and close it: a pattern to be copied."""
    settings, clock = Settings(data=folder), HandClock()
    database = Database(settings.database_url)
    await found_station(database, settings, "Xã Tây Hồ", zone, clock, NEVER)
    await database.close()
    stage = Stage(await open_station(settings, clock), clock)
    await stage.build()
    await stage.station.close()
    return stage


@asynccontextmanager
async def stage_like(pattern: Stage, folder: Path) -> AsyncIterator[Stage]:
    """The pattern's station in a folder of its own, until the block ends."""
    shutil.copytree(pattern.station.settings.data, folder, dirs_exist_ok=True)
    clock = HandClock()
    station = await open_station(Settings(data=folder), clock)
    try:
        yield Stage(station, clock, dict(pattern.clusters), dict(pattern.villages))
    finally:
        await station.close()


async def source(stage: Stage, name: str = "VOV1") -> str:
    """A source on the list; nobody pulls it here."""
    row = RelaySourceRow(
        id=f"source-{name}", station_id=stage.station.station_id, name=name, kind=SourceKind.HTTP.value,
        address="http://vov.example/1", made_by=OFFICER, made_us=MONDAY,
    )  # fmt: skip
    async with stage.station.database.transaction() as session:
        session.add(row)
    return row.id
