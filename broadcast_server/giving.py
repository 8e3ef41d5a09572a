"""An order is given to a cluster: signed, in its inbox, and with its airing in the log."""

from __future__ import annotations

import secrets
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.fleet.ledger import State
from broadcast_server.signing import Sealed
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import CommandRow
from speaker_client.protocol.ids import MINUTE, ClusterId
from speaker_client.protocol.live import Live
from speaker_client.protocol.order import Order
from speaker_client.protocol.plan import PlannedAiring

Given = TypeVar("Given", bound=Order | Live)
BACKDATED = MINUTE
"""An order holds from a minute before it was given: a box's clock may be a little behind."""


def give(session: AsyncSession, sealed: Sealed[Given], planned: PlannedAiring, cluster: ClusterId) -> CommandRow:
    """The signed order in the cluster's inbox, and `planned`, which carries it out there, in the log."""
    draft = sealed.statement
    command = CommandRow(
        id=secrets.token_hex(16),
        station_id=draft.station,
        audience=draft.audience,
        kind=draft.kind.value,
        order_id=draft.id,
        seq=draft.seq,
        made_by=draft.by,
        made_us=draft.not_before_us + BACKDATED,
        expires_us=draft.expires_us,
        envelope=sealed.envelope.model_dump_json(),
    )
    session.add(command)
    session.add(
        AiringRow(
            id=planned.id,
            station_id=draft.station,
            occurrence_id=draft.id,
            cluster_id=cluster,
            revision=0,
            order_id=draft.id,
            programme_id=planned.programme,
            title=planned.title,
            priority=planned.priority,
            scheduled_us=planned.start_us,
            start_us=planned.start_us,
            end_us=planned.end_us,
            until_us=draft.until_us,
            planned=planned.model_dump(mode="json"),
            first_plan=0,
            state=State.PENDING.value,
        )
    )
    return command
