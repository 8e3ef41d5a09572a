"""Short signed orders: stop what is on air, look at the inbox."""

from __future__ import annotations

from typing import Literal

from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.statement import Kind, Role, Statement


class Stop(Statement):
    """Silence now. Airings named here never start; with none named, whatever sounds when it arrives stops.

    `given_us` is the moment of the press: what was given, or due, only later is not meant by a stop that names none.
    `by` is the person's user name, for the log.
    """

    kind: Literal[Kind.STOP] = Kind.STOP
    role: Literal[Role.SCHEDULE, Role.ALERT] = Role.SCHEDULE
    airings: tuple[AiringId, ...] = ()
    given_us: int | None = None
    by: str


class Hint(Statement):
    """There is news: the bundle's new entity tag. Only makes a pull come sooner."""

    kind: Literal[Kind.HINT] = Kind.HINT
    role: Literal[Role.SCHEDULE] = Role.SCHEDULE
    etag: str
