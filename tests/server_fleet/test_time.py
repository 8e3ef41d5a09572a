"""The signed time, over UDP and HTTP."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from broadcast_server.app import Job
from broadcast_server.station import Station
from broadcast_server.time_service import BURST
from speaker_client.protocol.clock import LARGEST_DATAGRAM, TimeRequest, TimeToken
from speaker_client.protocol.envelope import Envelope, parse, payload_of
from speaker_client.protocol.ids import SECOND, BoxId, Micros
from speaker_client.protocol.signature import signed_by
from tests.server_fleet.ground import Ground, MovableClock, ground_in, quiet_background


class Ear(asyncio.DatagramProtocol):
    """Hears the answers."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self.answers.append(data)


async def asked(station: Station, datagrams: list[bytes]) -> list[bytes]:
    """What the station answers to these datagrams."""
    where = ("127.0.0.1", station.settings.udp_port)
    transport, ear = await asyncio.get_running_loop().create_datagram_endpoint(Ear, remote_addr=where)
    for datagram in datagrams:
        transport.sendto(datagram)
    await asyncio.sleep(0.4)
    transport.close()
    return ear.answers


def request(box: BoxId, nonce: str | None = None) -> bytes:
    return TimeRequest(box=box, nonce=nonce or secrets.token_hex(16)).model_dump_json().encode()


def read_token(envelope: Envelope, ground: Ground) -> TimeToken:
    assert signed_by(envelope, ground.station.keys.time.public)
    return TimeToken.read(payload_of(envelope))


async def test_time_over_udp_is_signed_fresh_and_for_known_boxes_alone(tmp_path: Path) -> None:
    def background(station: Station) -> tuple[Job, ...]:
        serving = station.datagrams.serve("127.0.0.1", station.settings.udp_port)
        return (*quiet_background(station), lambda: serving)

    async with ground_in(tmp_path, background=background) as ground:
        box = await ground.box(await ground.cluster())
        nonce = secrets.token_hex(16)
        before = ground.station.clock.now_us()
        (answer,) = await asked(ground.station, [request(box.id, nonce)])
        assert len(answer) <= LARGEST_DATAGRAM
        token = read_token(parse(answer), ground)
        assert (token.echo, token.audience) == (nonce, f"box:{box.id}")
        assert before <= token.received_us <= token.sent_us <= before + SECOND
        rubbish = [b"", b"x" * 2000, b"{}", b"\xff" * 50, request(BoxId("stranger")), request(box.id)[:-5]]
        assert await asked(ground.station, rubbish) == []
        await ground.station.enrolling.revoke(box.id, "hoa")
        assert await asked(ground.station, [request(box.id)]) == []


async def test_time_over_http_where_udp_does_not_get_through(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    answer = await box.http.post("/box/v1/time", content=request(box.id, "ab" * 16))
    token = read_token(Envelope.model_validate_json(answer.content), ground)
    assert (token.echo, token.audience) == ("ab" * 16, f"box:{box.id}")


async def test_a_box_that_asks_without_end_is_answered_a_few_times_a_second(
    ground: Ground, clock: MovableClock
) -> None:
    box = await ground.box(await ground.cluster())
    service = ground.station.time_service
    now = Micros(1_000 * SECOND)
    answered = [service.answer(request(box.id), now) for _ in range(5 * BURST)]
    assert sum(one is not None for one in answered) == BURST
    assert service.answer(request(box.id), Micros(now + SECOND)) is not None
