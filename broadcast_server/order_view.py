"""How an order stands: the evidence for every loudspeaker, each step with its time."""

from __future__ import annotations

from typing import Literal, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from broadcast_server.airing_words import Sentence, sentence_of
from broadcast_server.evidence import StepsJson, steps_json, words_of
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.problem import not_found
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.ids import Micros

OrderKind = Literal["emergency", "drill", "live", "live_emergency"]

UNANSWERED = Sentence("Hộp loa chưa trả lời, lệnh đang được nhắc lại.", "The box has not answered; it is told again.")
UNHEARD = Sentence(
    "Hộp loa không trả lời; lệnh đã hết hạn, có tới muộn cũng không phát.",
    "The box did not answer; the order has expired, and would not sound if it came now.",
)
STOPPED = Sentence(
    "Đã dừng trước khi phát, đang chờ hộp loa xác nhận.", "Stopped before it sounded; the box has not said so."
)
STOPPING = Sentence("Đã gửi lệnh dừng, đang chờ hộp loa xác nhận.", "The stop was sent; the box has not answered it.")
TAKEN = Sentence("Hộp loa đã nhận lệnh, chưa phát.", "The box has the order; nothing sounds yet.")


class OrderHeadJson(TypedDict):
    """The order itself: it may begin until `expires_us` and is over at `until_us`, whatever has sounded.

    `text` only of what was typed; `closed_us`, `sound_sha256`, `intake_id` only of a live: when it was ended, the hash
    of what it came as, and the intake that makes a recording of it.
    """

    id: str
    kind: OrderKind
    template: str
    text: str | None
    title: str
    targets: list[str]
    rounds: int
    made_by: str
    made_us: int
    expires_us: int
    until_us: int
    closed_us: int | None
    sound_sha256: str | None
    intake_id: str | None


class OrderClusterJson(StepsJson):
    """How an order stands on a cluster, in a sentence too, and its ladder there. `withdrawn`: it was stopped, which its
    box may not know yet."""

    cluster_id: str
    cluster: str
    airing_id: str
    state: State
    withdrawn: bool
    vi: str
    en: str


class OrderJson(OrderHeadJson):
    """How an order stands: of so many `loudspeakers` it has reached so many on each step of the ladder. The last step
    needs a sensor that can tell the loudspeaker from the others. `over`: it has its end on every cluster."""

    loudspeakers: int
    sent: int
    acknowledged: int
    playing: int
    sounded: int
    over: bool
    clusters: list[OrderClusterJson]


async def order_json(session: AsyncSession, station: str, order_id: str, now: Micros) -> OrderJson:
    """The order with its clusters and their loudspeakers; Problem 404."""
    order = await session.get(OrderRow, order_id)
    if order is None or order.station_id != station:
        raise not_found("lệnh này", "order")
    query = (
        select(AiringRow, ClusterRow.name)
        .join(ClusterRow, ClusterRow.id == AiringRow.cluster_id)
        .where(AiringRow.order_id == order_id)
        .order_by(ClusterRow.position)
    )
    clusters = [_cluster(row, name, order, now) for row, name in await session.execute(query)]
    told = [one for cluster in clusters for one in cluster["loudspeakers"]]
    return {
        **head_json(order),
        "loudspeakers": len(told),
        "sent": sum(one["sent"] is not None for one in told),
        "acknowledged": sum(one["acknowledged"] is not None for one in told),
        "playing": sum(one["playing"] is not None for one in told),
        "sounded": sum(one["sounded"] is not None for one in told),
        "over": all(cluster["state"] in ENDS for cluster in clusters),
        "clusters": clusters,
    }


def head_json(order: OrderRow) -> OrderHeadJson:
    """The order itself."""
    return {
        "id": order.id,
        "kind": cast(OrderKind, order.kind),
        "template": order.template,
        "text": order.text,
        "title": order.title,
        "targets": order.targets,
        "rounds": order.rounds,
        "made_by": order.made_by,
        "made_us": order.made_us,
        "expires_us": order.expires_us,
        "until_us": order.until_us,
        "closed_us": order.closed_us,
        "sound_sha256": order.sound_sha256,
        "intake_id": order.intake_id,
    }


def _said(row: AiringRow, order: OrderRow, now: Micros) -> Sentence:
    """How it stands on a cluster. Before it sounds it matters whether the box has answered."""
    if row.state != State.PENDING:
        return sentence_of(row, None)
    if row.withdrawn_by is not None:
        return STOPPED if row.accepted_us is None else STOPPING
    if row.accepted_us is not None:
        return TAKEN
    return UNANSWERED if now <= order.expires_us else UNHEARD


def _cluster(row: AiringRow, name: str, order: OrderRow, now: Micros) -> OrderClusterJson:
    said, measured = _said(row, order, now), words_of(row)
    return {
        "cluster_id": row.cluster_id,
        "cluster": name,
        "airing_id": row.id,
        "state": State(row.state),
        "withdrawn": row.withdrawn_by is not None,
        "vi": f"{said.vi[:-1]} ({measured.vi})." if measured else said.vi,
        "en": f"{said.en[:-1]} ({measured.en})." if measured else said.en,
        **steps_json(row),
    }
