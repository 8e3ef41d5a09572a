"""Relays on air: sources looked at beforehand, one pull for each relayed occurrence, its frames to all its boxes."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock, SteadyClock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.enduring import Hardship, endure, innermost
from broadcast_server.fleet.ledger import ENDS
from broadcast_server.live.casting import Casting
from broadcast_server.live.pulling import Pull
from broadcast_server.live.stream import Stream
from broadcast_server.news import News
from broadcast_server.people.audit import record
from broadcast_server.planning import STATION
from broadcast_server.problem import Problem
from broadcast_server.programmes.reading import LONGEST_PROGRAMME_US
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.notes import ProbeJson, note_switch, relay_row
from broadcast_server.relay.reason import Reason, Switch
from broadcast_server.relay.source import Source
from broadcast_server.relay.sources import Sourcing, source_of
from broadcast_server.schedule.relayed import PROBED_BEFORE_US, Place, Relayed
from broadcast_server.signing import Signing
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.programmes import ProgrammeRow
from broadcast_server.store.relays import RelayRow, RelaySourceRow
from speaker_client.protocol.ids import MINUTE, SECOND, ClusterId, Micros, OccurrenceId, OrderId, ProgrammeId
from speaker_client.protocol.plan import PlannedAiring

log = logging.getLogger(__name__)

LOOK_EVERY_US = 10 * SECOND
"""The log is looked at this often even if no bell rang."""
PAUSE_S = 0.3
"""What rings together is looked at together."""
MENDED_S = 5.0
"""After a mistake of ours a relay is begun anew."""


STEPPED_US, FOLLOWED_US = SECOND // 2, 8 * SECOND
"""A clock set forward so far is followed: boxes take what is due up to ten seconds later, and nothing that is late."""


@dataclass
class OnAir:
    """A relay that is pulled. Its frames are placed by `clock`, which runs evenly."""

    pull: Pull
    task: asyncio.Task[None]
    clock: Clock

    def outdated(self, now: Micros, heard: bool) -> bool:
        """Whether the station's clock was set meanwhile, and its timeline is better taken anew.

        Boxes hold on to the time with which they came in; who comes in later, or stood still with nothing but the
        station, has the new one. A timeline set back would be too late for those that are in.
        """
        ahead_us = now - self.clock.now_us()
        return abs(ahead_us) > STEPPED_US and (not heard or 0 < ahead_us <= FOLLOWED_US)


class Relaying:
    """Keeps pulled what the plans in force say; nothing of it is remembered but in the log."""

    def __init__(
        self, database: Database, clock: Clock, signing: Signing, doors: Doorkeeping, casting: Casting, news: News,
        sourcing: Sourcing, guard: Guard,
    ) -> None:  # fmt: skip
        self._database, self._clock, self._signing, self._doors = database, clock, signing, doors
        self._casting, self._news, self._sourcing, self._guard = casting, news, sourcing, guard
        self._on_air: dict[OccurrenceId, OnAir] = {}
        self._unheard: set[OccurrenceId] = set()
        """What could not begin, and whose log says so."""
        self._probing: dict[OccurrenceId, asyncio.Task[None]] = {}

    async def relay_forever(self) -> None:
        """Look whenever something may have changed, until cancelled. A failing database ends nothing that is on air."""
        try:
            async with asyncio.TaskGroup() as tasks:
                await endure(Hardship("looking after the relays"), lambda: self._look_forever(tasks))
        finally:
            self._on_air.clear()
            self._probing.clear()

    async def _look_forever(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            bell, now = self._news.screen_bell(), self._clock.now_us()
            relays = await self.look(now, tasks)
            moments = [moment for one in relays for moment in one.moments() if moment > now]
            next_us = min([*moments, now + LOOK_EVERY_US])
            wait_us = min(next_us - self._clock.now_us(), LOOK_EVERY_US)  # it may have passed while we looked
            try:
                async with asyncio.timeout(wait_us / SECOND):
                    await bell.wait()
                await asyncio.sleep(PAUSE_S)
            except TimeoutError:
                continue

    async def look(self, now: Micros, tasks: asyncio.TaskGroup) -> list[Relayed]:
        """Begin and end what is to begin and to end now; the relays that may still be heard."""
        async with self._database.reading() as session:
            relays = await self._read(session, now)
            probed = await self._probed(session, relays)
        wanted = {one.occurrence: one for one in relays if one.pulled(now)}
        for occurrence in [one for one in self._on_air if one not in wanted]:
            self._on_air.pop(occurrence).task.cancel()
        for one in wanted.values():
            found = self._on_air.get(one.occurrence)
            if found and found.outdated(now, bool(one.listeners(now))):
                log.warning("relay “%s” is begun anew: the station's clock was set", one.title)
                self._on_air.pop(one.occurrence).task.cancel()
        self._unheard &= wanted.keys()
        for one in wanted.values():
            if one.occurrence not in self._on_air:
                await self._begin(one, tasks)
            self._address(one, now)
        self._probing = {name: task for name, task in self._probing.items() if not task.done()}
        for one in relays:
            if one.occurrence not in self._probing and one.probe_due(probed.get(one.occurrence), now):
                self._probing[one.occurrence] = tasks.create_task(self._probe(one), name="probe")
        return relays

    def sounding(self, occurrence: OccurrenceId) -> str | None:
        """The name of the source that is heard now; None for silence, or if it is not on air."""
        found = self._on_air.get(occurrence)
        return found.pull.on.name if found and found.pull.on else None

    # -- on air ------------------------------------------------------------------------------------------

    async def _begin(self, one: Relayed, tasks: asyncio.TaskGroup) -> None:
        """Pull it from now on; why not is told once, and each later look tries again."""
        try:
            asked = await self._sources(one.programme)
            if sources := self._sourcing.usable(asked):
                clock = SteadyClock(self._clock)
                pull = self._pull(one, sources, clock)
                task = tasks.create_task(self._keep(one, pull), name="relay")
                self._on_air[one.occurrence] = OnAir(pull, task, clock)
            else:
                await self._cannot_begin(one, Reason.NO_SOURCE, ", ".join(source.name for source in asked))
        except OperationalError:
            raise
        except Exception as error:  # a mistake of ours costs this relay and not the station
            log.exception("relay “%s” cannot begin", one.title)
            what = error.code if isinstance(error, Problem) else type(error).__name__
            await self._cannot_begin(one, Reason.BROKEN, what)

    def _pull(self, one: Relayed, sources: Sequence[Source], clock: Clock) -> Pull:
        stream = Stream(
            OrderId(one.occurrence), one.start_us, one.end_us - one.start_us,
            self._signing.stream_key(one.occurrence), clock, self._casting,
        )  # fmt: skip
        return Pull(one.title, sources, self._guard, self._clock, stream, lambda switch: self._note(one, switch))

    async def _cannot_begin(self, one: Relayed, reason: Reason, detail: str) -> None:
        if one.occurrence in self._unheard:
            return
        switch = Switch(self._clock.now_us(), None, None, reason, detail)
        log.error("relay “%s”: %s", one.title, switch.en)
        await self._write(one, switch)
        self._unheard.add(one.occurrence)

    async def _keep(self, one: Relayed, pull: Pull) -> None:
        """Pull until cancelled: what nobody foresaw costs this relay its sound for a moment, and not the station."""
        async with asyncio.TaskGroup() as noting:  # the log may have to wait; the sound does not
            while True:
                try:
                    await pull.run()
                except Exception as error:  # what sources do of themselves is a Failure, and was dealt with
                    log.exception("relay “%s” broke and is begun anew", one.title)
                    what = type(innermost(error)).__name__
                    switch = Switch(self._clock.now_us(), None, None, Reason.BROKEN, what)
                    noting.create_task(self._note(one, switch))
                await asyncio.sleep(MENDED_S)

    def _address(self, one: Relayed, now: Micros) -> None:
        listeners, found = one.listeners(now), self._on_air.get(one.occurrence)
        if found:
            found.pull.stream.boxes = [box.id for box in self._doors.all() if box.cluster in listeners]

    async def _note(self, one: Relayed, switch: Switch) -> None:
        """In the log as soon as the database takes it; what it never takes costs no sound."""
        try:
            await endure(Hardship(f"the log of relay “{one.title}”"), lambda: self._write(one, switch))
        except Exception:  # raised into the group of `_keep` it would end the sound
            log.exception("relay “%s”: this is not in its log: %s", one.title, switch.en)

    async def _write(self, one: Relayed, switch: Switch) -> None:
        station, source = self._signing.station, switch.new.id if switch.new else None
        async with self._database.transaction() as session:
            if note_switch(await relay_row(session, station, one), switch):
                detail = {"reason": str(switch.reason), "source": source, "said": switch.en}
                record(session, station, switch.at_us, STATION, "relay.switch", one.occurrence, **detail)
        self._news.reported()

    # -- before air --------------------------------------------------------------------------------------

    async def _probe(self, one: Relayed) -> None:
        try:
            await self._look_at_sources(one)
        except OperationalError as error:
            log.error("relay “%s”: what its sources are like is not in the log: %s", one.title, error)
        except Exception:  # as above
            log.exception("relay “%s”: its sources could not be looked at", one.title)

    async def _look_at_sources(self, one: Relayed) -> None:
        """All of them at once; what is on air for another relay needs no second look."""
        sources, station = await self._sources(one.programme), self._signing.station
        sounding = [source for source in sources if self._sounds(source)]
        looked_at = [source for source in sources if source not in sounding]
        found = list(await asyncio.gather(*(self._sourcing.look(source) for source in looked_at)))
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            row = await relay_row(session, station, one)
            row.probes = [*row.probes, *found, *(_unneeded(source, now) for source in sounding)] or [_no_source(now)]
            for said in found:
                source = await session.get(RelaySourceRow, said["source"])
                if source is not None:
                    source.probed = dict(said)
            if bad := [said["name"] for said in found if not said["ok"]]:
                record(session, station, now, STATION, "relay.probe", one.occurrence, bad=bad, title=one.title)
                log.warning("relay “%s”: not fit before air: %s", one.title, ", ".join(bad))
        self._news.reported()

    def _sounds(self, source: Source) -> bool:
        return any(one.pull.on and one.pull.on.id == source.id for one in self._on_air.values())

    # -- reading -----------------------------------------------------------------------------------------

    async def _read(self, session: AsyncSession, now: Micros) -> list[Relayed]:
        """What the plans in force carry and no box has ended."""
        relays = select(ProgrammeRow.id).where(ProgrammeRow.relay.is_not(None))
        latest_us = now + max(PROBED_BEFORE_US) + MINUTE
        query = select(AiringRow).where(
            AiringRow.station_id == self._signing.station,
            AiringRow.start_us.between(now - LONGEST_PROGRAMME_US, latest_us),
            AiringRow.end_us > now,
            AiringRow.programme_id.in_(relays),
            AiringRow.first_plan.is_not(None),
            AiringRow.withdrawn_plan.is_(None),
            AiringRow.state.not_in([end.value for end in ENDS]),
        )
        gathered: dict[str, list[tuple[ClusterId, PlannedAiring]]] = defaultdict(list)
        for row in await session.scalars(query):
            planned = PlannedAiring.model_validate(row.planned)
            if planned.relay:
                gathered[row.occurrence_id].append((ClusterId(row.cluster_id), planned))
        return [_relayed(group) for group in gathered.values()]

    async def _probed(self, session: AsyncSession, relays: Sequence[Relayed]) -> dict[str, int]:
        names = [one.occurrence for one in relays]
        rows = await session.scalars(select(RelayRow).where(RelayRow.occurrence_id.in_(names)))
        return {row.occurrence_id: max(one["at_us"] for one in row.probes) for row in rows if row.probes}

    async def _sources(self, programme: ProgrammeId) -> list[Source]:
        """The programme's sources in their order, as they are now."""
        async with self._database.reading() as session:
            row = await session.get_one(ProgrammeRow, programme)
            names = row.relay["sources"] if row.relay else []
            found = {
                one.id: one for one in await session.scalars(select(RelaySourceRow).where(RelaySourceRow.id.in_(names)))
            }
        return [source_of(found[name]) for name in names if name in found]


def _relayed(group: Sequence[tuple[ClusterId, PlannedAiring]]) -> Relayed:
    planned = group[0][1]
    assert planned.relay
    return Relayed(
        planned.occurrence,
        planned.programme,
        planned.title,
        planned.relay.start_us,
        planned.relay.start_us + planned.relay.length_us,
        tuple(Place(cluster, one.parts) for cluster, one in group),
    )


def _unneeded(source: Source, now: Micros) -> ProbeJson:
    """What is noted of a source that another relay lets be heard at this moment."""
    return {
        "source": source.id,
        "name": source.name,
        "ok": True,
        "reason": None,
        "vi": "Đang phát ở một tiếp sóng khác.",
        "en": "On air in another relay.",
        "level_db": None,
        "at_us": now,
    }


def _no_source(now: Micros) -> ProbeJson:
    return {
        "source": "",
        "name": "",
        "ok": False,
        "reason": Reason.NO_SOURCE,
        "vi": "Không còn nguồn nào.",
        "en": "There is no source left.",
        "level_db": None,
        "at_us": now,
    }
