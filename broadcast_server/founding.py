"""A station is founded: its keys are made, the root signs the keyring, the station's row is written."""

from __future__ import annotations

import secrets
from zoneinfo import available_timezones

from broadcast_server import emergency_templates
from broadcast_server.clock import Clock, SystemClock
from broadcast_server.keys import make_keys, read_key
from broadcast_server.problem import Problem
from broadcast_server.programmes.timetable import write_quiet
from broadcast_server.schedule.quiet_hours import USUAL, QuietHours
from broadcast_server.settings import Settings
from broadcast_server.store.base import Database
from broadcast_server.store.schema import create_schema, revision_of
from broadcast_server.store.station import StationRow
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import DAY, Micros, StationId
from speaker_client.protocol.keyring import Keyring, TrustedKey
from speaker_client.protocol.statement import WHOLE_STATION, Role

KEYRING_LIFE = 10 * 365 * DAY
CLOCK_SLACK = DAY
"""A keyring is valid from a day before it was signed, for boxes whose clock is a little behind."""


def checked_zone(zone: str) -> str:
    """A time zone that this machine knows; Problem 422 otherwise."""
    if zone not in available_timezones():
        vi, en = f"Không có múi giờ “{zone}”.", f"There is no time zone “{zone}”, such as Asia/Ho_Chi_Minh."
        raise Problem(422, "bad_zone", vi, en)
    return zone


async def found_station(
    database: Database,
    settings: Settings,
    name: str,
    zone: str = "Asia/Ho_Chi_Minh",
    clock: Clock | None = None,
    quiet: QuietHours = USUAL,
) -> StationRow:
    """Make the keys, the tables and the one station of an empty data folder; Problem 409 if it stands already."""
    now = (clock or SystemClock()).now_us()
    settings.data.mkdir(parents=True, exist_ok=True)
    if await revision_of(database) is not None:
        raise Problem(409, "station_exists", "Trạm đã được lập rồi.", "The station was founded already.")
    make_keys(settings.data / "keys")
    station = StationId(secrets.token_hex(8))
    keyring = sign_keyring(settings, station, now, seq=1)
    row = StationRow(id=station, name=name, zone=zone, keyring=keyring.model_dump_json(), created_us=now)
    write_quiet(row, quiet)
    async with database.transaction() as session:
        await create_schema(session)
        session.add(row)
        await session.flush()
        session.add_all(emergency_templates.rows(station))
    return row


def sign_keyring(settings: Settings, station: StationId, now: Micros, seq: int) -> Envelope:
    """The keyring of the station's present keys, signed by the root key; KeyMissing where that was taken away."""
    folder = settings.data / "keys"
    trusted = tuple(
        TrustedKey(public=read_key(folder, role).public, roles=roles)
        for role, roles in (
            (Role.SCHEDULE, (Role.SCHEDULE,)),
            (Role.ALERT, (Role.ALERT,)),
            (Role.DRILL, (Role.DRILL,)),
            (Role.TIME, (Role.TIME,)),
        )
    )
    statement = Keyring(
        station=station,
        audience=WHOLE_STATION,
        seq=seq,
        not_before_us=now - CLOCK_SLACK,
        expires_us=now + KEYRING_LIFE,
        keys=trusted,
    )
    return statement.seal([read_key(folder, Role.ROOT)])
