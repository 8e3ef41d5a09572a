"""Live voice: a WebSocket that takes the floor, carries a voice to the loudspeakers, and tells how it fares."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.live.speech import Speech, TimeUp
from broadcast_server.order_view import order_json
from broadcast_server.problem import Problem
from broadcast_server.speaking import Wish
from broadcast_server.station import Station
from speaker_client.protocol.live import Ending

router = APIRouter()
Speaker = Annotated[User, Depends(allow(Right.LIVE))]

SILENT_S = 4.0
"""A device from which nothing comes for so long is gone: the boxes are told before their own five seconds are over."""
TELL_EVERY_S = 1.0
REFUSED, OVER = 4400, 1000
"""WebSocket close codes: 4400 after a refusal, which was said in a message."""


class Opening(BaseModel):
    """The first message: who is to hear it. Then only sound follows, and the words of Control.

    Sound is `pcm` (s16le, mono, 48 kHz, pieces of any length) or `opus` (one packet a message).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: Literal["open"]
    targets: tuple[str, ...] = Field(default=("all",), max_length=1000)
    title: str = Field(default="", max_length=200)
    emergency: bool = False
    codec: Literal["pcm", "opus"] = "pcm"


class Control(BaseModel):
    """`close` ends the live; `extend` allows it as much time again."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: Literal["close", "extend"]


@router.websocket("/api/v1/live")
async def speak(socket: WebSocket, user: Speaker, station: StationDep) -> None:
    """Open, sound, close. Whatever ends the connection otherwise is a speaker who is gone."""
    await socket.accept()
    try:
        opening = await _opening(socket, user)
        wish = Wish(opening.targets, opening.title, opening.emergency)
        speech = await station.speaking.open(wish, user.name)
    except (WebSocketDisconnect, TimeoutError):
        return
    except Problem as problem:
        await _refuse(socket, problem)
        return
    telling = asyncio.create_task(_tell(socket, station, speech))
    ending = Ending.GONE
    try:
        await socket.send_json({"type": "open", "order": speech.order, **speech.standing()})
        ending = await _listen(socket, speech, speech.hear_packet if opening.codec == "opus" else speech.hear)
    finally:
        telling.cancel()
        await asyncio.shield(station.speaking.close(speech, ending))
    with suppress(WebSocketDisconnect, RuntimeError):
        said = {"type": "closed", "order": speech.order, "ending": ending.name.lower(), **speech.standing()}
        await socket.send_json(said)
        await socket.close(OVER)


async def _opening(socket: WebSocket, user: User) -> Opening:
    async with asyncio.timeout(SILENT_S):
        text = await socket.receive_text()
    try:
        opening = Opening.model_validate_json(text)
    except ValidationError as error:
        vi, en = "Tin mở đầu không đọc được.", "The opening message cannot be read."
        raise Problem(422, "bad_opening", vi, en) from error
    if opening.emergency and not user.may(Right.EMERGENCY):
        vi, en = "Tài khoản này chưa được phép làm việc này.", "This account may not do this."
        raise Problem(403, "not_allowed", vi, en, right=str(Right.EMERGENCY))
    return opening


async def _listen(socket: WebSocket, speech: Speech, hear: Callable[[bytes], Awaitable[None]]) -> Ending:
    """Take in sound until it is closed, its time is up, or nothing comes any more."""
    try:
        while True:
            async with asyncio.timeout(SILENT_S):
                message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return Ending.GONE
            if sound := message.get("bytes"):
                await hear(sound)
            elif _control(message.get("text") or "") == "close":
                return Ending.CLOSED
            else:
                await socket.send_json({"type": "extended", "seconds": speech.extend()})
    except TimeUp:
        return Ending.CLOSED
    except (TimeoutError, WebSocketDisconnect, ValidationError):
        return Ending.GONE


def _control(text: str) -> str:
    return Control.model_validate_json(text).type


async def _tell(socket: WebSocket, station: Station, speech: Speech) -> None:
    """Tell the speaker, every second, how it fares."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            async with station.database.reading() as session:
                order = await order_json(session, station.station_id, speech.order)
            comes_in = station.speaking.comes_in(speech)
            heard = {name: order[name] for name in ("loudspeakers", "acknowledged", "playing")}
            await socket.send_json({"type": "state", **speech.standing(), **comes_in, **heard})


async def _refuse(socket: WebSocket, problem: Problem) -> None:
    body: dict[str, Any] = {"type": "refused", "status": problem.status, "code": problem.code}
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_json({**body, "vi": problem.vi, "en": problem.en, **problem.more})
        await socket.close(REFUSED)
