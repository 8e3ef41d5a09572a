"""One running station: what is shared by the faces, the use cases and the background tasks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import OperationalError

from audio_library.content import FolderStore
from audio_library.refusal import MAX_BYTES
from audio_library.speech import FirstThatSpeaks, Recorded
from audio_library.speech.reciting import Recitals, Reciter
from broadcast_server.announcing import Announcing
from broadcast_server.answering import Answering
from broadcast_server.archiving import Archiving
from broadcast_server.ballast import Ballast, DiskFull, is_of_the_disk, wants_room
from broadcast_server.bundling import Bundling
from broadcast_server.carrying import Carrying
from broadcast_server.clock import Clock, SystemClock
from broadcast_server.commanding import Commanding
from broadcast_server.configuring import configure_missing
from broadcast_server.datagrams import Datagrams
from broadcast_server.dictation import Dictation
from broadcast_server.dissecting import Dissecting
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.enrolling import Enrolling
from broadcast_server.feeding import Feeding
from broadcast_server.hushing import Hushing
from broadcast_server.insisting import Insisting
from broadcast_server.keys import StationKeys, read_keys
from broadcast_server.library.incoming import Incoming
from broadcast_server.library.reception import Reception
from broadcast_server.library.resuming import Resuming
from broadcast_server.library.unfinished import Unfinished
from broadcast_server.library.workshop import StationWorkshop
from broadcast_server.live.casting import Casting
from broadcast_server.live.spool import Spool
from broadcast_server.monitoring import Monitoring
from broadcast_server.news import News
from broadcast_server.noticing import Noticing
from broadcast_server.ordering import Ordering
from broadcast_server.people.challenges import Challenges
from broadcast_server.places import Places
from broadcast_server.planning import Planning
from broadcast_server.previewing import Previewing
from broadcast_server.pronouncing import Pronouncing
from broadcast_server.pushing import Pushing
from broadcast_server.recalling import Recalling
from broadcast_server.receiving import Receiving
from broadcast_server.reciting import Reciting
from broadcast_server.rehearsing import Rehearsing
from broadcast_server.relay.by_hand import Starting
from broadcast_server.relay.sources import Sourcing
from broadcast_server.relaying import Relaying
from broadcast_server.rescheduling import Rescheduling
from broadcast_server.resting import Resting
from broadcast_server.sampling import Sampling
from broadcast_server.scheduling import Scheduling
from broadcast_server.sending_along import SendingAlong
from broadcast_server.settings import Settings
from broadcast_server.shelving import Shelving
from broadcast_server.signing import Signing
from broadcast_server.speaking import Speaking
from broadcast_server.store.base import Database
from broadcast_server.store.schema import REVISION, SchemaOld, SchemaUnfit, check_schema, check_soundness
from broadcast_server.store.station import StationRow, only_station
from broadcast_server.telling import Telling
from broadcast_server.template_voice import TemplateVoice
from broadcast_server.time_service import TimeService
from broadcast_server.trying_out import TryingOut
from broadcast_server.voicing import Voicing
from speaker_client.protocol.datagram import HEARD, TIME
from speaker_client.protocol.ids import StationId


@dataclass(frozen=True)
class Station:
    """Everything a request or a background task may need; made once, by `open_station`."""

    settings: Settings
    clock: Clock
    keys: StationKeys
    database: Database
    station_id: StationId
    name: str
    zone: str
    content: FolderStore
    ballast: Ballast
    signing: Signing
    news: News
    doors: Doorkeeping
    places: Places
    enrolling: Enrolling
    bundling: Bundling
    receiving: Receiving
    commanding: Commanding
    monitoring: Monitoring
    telling: Telling
    time_service: TimeService
    datagrams: Datagrams
    carrying: Carrying
    reception: Reception
    resuming: Resuming
    planning: Planning
    scheduling: Scheduling
    rescheduling: Rescheduling
    hushing: Hushing
    announcing: Announcing
    recalling: Recalling
    rehearsing: Rehearsing
    previewing: Previewing
    pronouncing: Pronouncing
    trying_out: TryingOut
    resting: Resting
    shelving: Shelving
    ordering: Ordering
    dictation: Dictation
    dissecting: Dissecting
    insisting: Insisting
    answering: Answering
    feeding: Feeding
    casting: Casting
    speaking: Speaking
    archiving: Archiving
    sourcing: Sourcing
    relaying: Relaying
    starting: Starting
    sampling: Sampling
    challenges: Challenges
    pushing: Pushing
    noticing: Noticing
    voicing: Voicing
    reciting: Reciting

    async def close(self) -> None:
        """Give back what the station holds open."""
        self.news.close()
        await self.database.close()


async def open_station(settings: Settings, clock: Clock | None = None) -> Station:
    """The station in the data folder. SchemaUnfit, NoStation or KeyMissing say what is missing."""
    database = Database(settings.database_url)
    try:
        await make_fit(database, settings.data)
        async with database.reading() as session:
            row = await only_station(session)
        station = compose(settings, clock or SystemClock(), read_keys(settings.data / "keys"), database, row)
        async with database.transaction() as session:
            await configure_missing(session, station.signing, station.clock.now_us())
        await station.pronouncing.load()
        return station
    except BaseException:
        await database.close()
        raise


async def make_fit(database: Database, folder: Path) -> str:
    """A damaged database is refused; an older one is upgraded, and the old one kept. The revision that was found.

    `folder`: the station's, whose ballast is lent if the disk is full: a station that does not start takes no stop.
    """
    ballast = Ballast(folder)
    try:
        with ballast.lent():
            return await ballast.spend(lambda: _fitting(database), last=True)
    except (OperationalError, DiskFull) as error:
        if await asyncio.to_thread(wants_room, error, folder):
            raise SchemaUnfit(
                "Ổ đĩa đã đầy nên chưa mở được cơ sở dữ liệu, mọi thứ còn nguyên: hãy xóa bớt tệp rồi chạy lại. / "
                "The disk is full and the database was not opened, nothing has changed: make room and start again."
            ) from error
        if not is_of_the_disk(error):
            raise
        raise SchemaUnfit(
            "Ổ đĩa của máy chủ không đọc hoặc không ghi được nên chưa mở được cơ sở dữ liệu: hãy kiểm tra ổ đĩa rồi "
            "chạy lại; nếu vẫn vậy, khôi phục từ bản sao lưu (`tienglang restore`). / The server's disk cannot be read "
            "or written, so the database was not opened: check it and start again; if that does not help, restore a "
            f"backup (`tienglang restore`): {error}"
        ) from error


async def _fitting(database: Database) -> str:
    await check_soundness(database)
    try:
        await check_schema(database)
    except SchemaOld as old:
        from broadcast_server.store.upgrading import upgrade

        await upgrade(database, old.found)
        await check_schema(database)
        return old.found
    return REVISION


def compose(settings: Settings, clock: Clock, keys: StationKeys, database: Database, row: StationRow) -> Station:
    """The parts of a station, wired together."""
    station = StationId(row.id)
    news, signing, doors = News(), Signing(keys, station), Doorkeeping(database, station)
    monitoring = Monitoring(database, clock, station, doors, news)
    bundling = Bundling(database, clock, station, news)
    telling = Telling(database, clock, signing, doors, news, bundling)
    datagrams, time_service = Datagrams(clock, doors, monitoring.hailed), TimeService(clock, signing, doors)
    insisting = Insisting(database, clock, station, doors, telling, datagrams)
    answering = Answering(database, doors, insisting, news)
    commanding = Commanding(database, clock, signing, news, insisting)
    datagrams.on(TIME, time_service.answer)
    datagrams.on(HEARD, answering.datagram)
    planning = Planning(database, clock, signing, news)
    scheduling = Scheduling(database, clock, planning, station, row.zone)
    announcing = Announcing(database, clock, planning, scheduling, station, row.zone)
    content = FolderStore(settings.data / "content")
    pronouncing = Pronouncing(database, clock, station)
    recitals, voices = Recitals(settings.recitals), settings.voice_choice
    reciter = Reciter(recitals, pronouncing.voice)
    always = Reciter(recitals, pronouncing.voice, always=True)
    rehearsed = Previewing(FirstThatSpeaks.standard(voices, reciter=always), pronouncing)
    incoming = Incoming(settings.data / "incoming", settings.largest_upload)
    reception = Reception(
        database,
        clock,
        station,
        content,
        incoming,
        StationWorkshop(content.root, voices, pronouncing, reciter),
        announcing.plan_ready,
    )
    casting, spool = Casting(datagrams), Spool(settings.data / "speeches")
    archiving = Archiving(database, clock, station, reception, spool, min(settings.largest_upload, MAX_BYTES))
    speaking = Speaking(database, clock, signing, news, doors, casting, archiving, monitoring, insisting, spool)
    commanding.on_stop = speaking.stopped
    sourcing = Sourcing(database, clock, station, settings.guard, settings.inputs)
    pushing = Pushing(database, clock, station, settings)
    dictation = Dictation(content, pronouncing.read, pronouncing.voice, settings.espeak_pitch)
    return Station(
        settings=settings,
        clock=clock,
        keys=keys,
        database=database,
        station_id=station,
        name=row.name,
        zone=row.zone,
        content=content,
        ballast=Ballast(settings.data),
        signing=signing,
        news=news,
        doors=doors,
        places=Places(database, clock, signing, news),
        enrolling=Enrolling(database, clock, signing, settings, keys.root_public, doors, news),
        bundling=bundling,
        receiving=Receiving(database, clock, signing, news, planning.replan),
        commanding=commanding,
        monitoring=monitoring,
        telling=telling,
        time_service=time_service,
        datagrams=datagrams,
        carrying=Carrying(settings, station, doors, monitoring, telling, answering, casting),
        reception=reception,
        resuming=Resuming(database, clock, station, Unfinished(settings.data / "uploads"), incoming, reception),
        planning=planning,
        scheduling=scheduling,
        rescheduling=Rescheduling(database, clock, planning, scheduling, station, row.zone),
        hushing=Hushing(database, clock, station),
        announcing=announcing,
        recalling=Recalling(planning, scheduling, commanding, station, row.zone),
        rehearsing=Rehearsing(database, clock, station, row.zone, pronouncing),
        previewing=Previewing(FirstThatSpeaks.standard(voices, reciter=reciter), pronouncing),
        pronouncing=pronouncing,
        trying_out=TryingOut(database, clock, station, row.zone, doors, monitoring, announcing, news),
        resting=Resting(planning, commanding, news, station),
        shelving=Shelving(database, clock, signing, news, pronouncing, TemplateVoice(pronouncing, voices)),
        ordering=Ordering(
            database, clock, row.zone, signing, news, insisting, dictation, SendingAlong(doors, datagrams)
        ),
        dictation=dictation,
        dissecting=Dissecting(),
        insisting=insisting,
        answering=answering,
        feeding=Feeding(database, clock, station, doors, monitoring, news),
        casting=casting,
        speaking=speaking,
        archiving=archiving,
        sourcing=sourcing,
        relaying=Relaying(database, clock, signing, doors, casting, news, sourcing, settings.guard),
        starting=Starting(database, planning, scheduling, station, row.zone),
        sampling=Sampling(database, clock, station, planning, scheduling, doors, news),
        challenges=Challenges(),
        pushing=pushing,
        noticing=Noticing(database, clock, station, row.zone, news, doors, monitoring, pushing),
        voicing=Voicing(
            database,
            clock,
            station,
            row.zone,
            pronouncing,
            settings.takes,
            settings.recorded_region,
            Recorded.name in settings.voice_choice.order,
        ),
        reciting=Reciting(database, clock, station, row.zone, pronouncing, recitals, rehearsed),
    )
