"""Live voice: a WebSocket that takes the floor, carries a voice to the loudspeakers, and tells how it fares.

The speaker says in JSON, one object a message:
- `{"type": "open", "targets": ["all"], "title": "", "emergency": false, "codec": "pcm"}` first, within four seconds;
  with `"resume": ORDER` a device that has lost its line goes on in the same live, and the line before it is hung up;
- `{"type": "extend"}` for as much time again, or for as many `seconds` as it names, `{"type": "close"}` to end;
and between them binary messages of sound, each of at most 65,536 bytes: `pcm` is s16le, mono, 48 kHz, pieces of any
length; `opus` is one packet a message. Four seconds without sound end it. Who hangs up with 1000 or 1001 has left at
once; any other lost line is waited for as long.

On TCP one lost packet holds up all that comes behind it. So a device may number its pieces of sound (`"numbered": true`
and four bytes before each, its number in network byte order, which grows as long as the live lasts) and say the same
on several lines. Those that it opens with `{"type": "join", "order": ORDER, "codec": "pcm"}` take sound only, and end
with the live. Each piece is heard once, by whichever line it comes first.

The server says:
- `open`: `order`, and how it stands: `seconds`, `left_s`, `delay_ms`, `spare_ms`, `gaps`, `dropped`, `level_db`,
  `recorded`;
- `state`, every second: the same, how it comes in (`boxes`, `missing_permille`), and of how many `loudspeakers` it is
  `acknowledged`, and `playing` now;
- `extended`: `seconds` that it may last in all;
- `joined`: `order`, on a line beside the first;
- `closed`: `order`, `ending`, `code`, `vi`, `en`: why it is over, and how it stood. `code` is `closed`, `speaker_gone`,
  `time_up`, `stopped` (by somebody else), `preempted`, `nobody_hears`, `too_fast`, `bad_message`,
  `message_too_large`, or why the account may not speak any more: `login_required`, `password_change_required`,
  `not_allowed`;
- `refused`: `status`, `code`, `vi`, `en`, then it hangs up with 4000 + the HTTP status. `code` is `bad_opening`,
  `no_opening`, `not_allowed`, `live_busy`, `live_over`, `taken_over`, `message_too_large` (on a line beside the
  first), `no_opus`, or that of a bad target; whoever may
  not come in at all is told as on the feed, with `kind` `refusal`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, Literal, cast

from fastapi import Depends, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy.exc import OperationalError
from starlette.types import Message

from broadcast_server.api.access import Right, User, allow, check_allowed
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.live_json import HeardJson, LiveClosedJson, LiveMessage, LiveRefusedJson, LiveSays
from broadcast_server.api.router import Router, talks
from broadcast_server.fleet.ledger import ENDS
from broadcast_server.live.ends import BAD_MESSAGE, CLOSED, GONE, TIME_UP, TOO_FAST, TOO_LARGE, End, no_longer_allowed
from broadcast_server.live.speech import Speech, TimeUp, TooFast
from broadcast_server.order_view import order_json
from broadcast_server.problem import Problem, not_allowed
from broadcast_server.speaking import Wish
from broadcast_server.station import Station
from speaker_client.protocol.ids import SECOND, OrderId
from speaker_client.protocol.live import FRAME_US, LIMIT_FRAMES, Ending
from speaker_client.protocol.statement import Kind

router = Router()
Speaker = Annotated[User, Depends(allow(Right.LIVE))]

OPENING_S = 4.0
"""How long a device may take to say what it wants."""
TELL_EVERY_S = 1.0
SAY_S = 2.0
"""A device that takes nothing for so long is not told any more."""
LARGEST_MESSAGE = 65_536
"""Bytes; a third of a second of sound is 32,000."""
MESSAGES, MESSAGES_A_SECOND = 2000, 500
"""So many are listened to; sound in the smallest pieces in which a browser has it is 375 a second."""
LIMIT_S = LIMIT_FRAMES * FRAME_US // SECOND
"""How much longer a live may last by one word."""
OVER, LEFT = 1000, (1000, 1001, 1012)
"""WebSocket close codes: of a live that is over; of a device that says goodbye, and of a station that closes."""


class Opening(BaseModel):
    """The first message: who is to hear it, or which live goes on. Then only sound follows, and the words of Control.

    Sound is `pcm` (s16le, mono, 48 kHz, pieces of any length) or `opus` (one packet a message). If it is `numbered`,
    four bytes stand before each piece: its number in network byte order, which grows as long as the live lasts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: Literal["open"]
    targets: tuple[str, ...] = Field(default=("all",), max_length=1000)
    title: str = Field(default="", max_length=200)
    emergency: bool = False
    codec: Literal["pcm", "opus"] = "pcm"
    numbered: bool = False
    resume: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")


class Joining(BaseModel):
    """The first message of another line of a live whose pieces are numbered."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: Literal["join"]
    order: OrderId = Field(pattern="^[0-9a-f]{32}$")
    codec: Literal["pcm", "opus"] = "pcm"


FIRST: TypeAdapter[Opening | Joining] = TypeAdapter(Annotated[Opening | Joining, Field(discriminator="type")])


class Control(BaseModel):
    """`close` ends the live; `extend` allows it so many `seconds` more, as much time again if it names none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: Literal["close", "extend"]
    seconds: int = Field(default=LIMIT_S, ge=1, le=LIMIT_S)


@router.websocket("/api/v1/live")
@talks("Live", LiveSays, Opening | Joining | Control)
async def speak(socket: WebSocket, user: Speaker, station: StationDep) -> None:
    """Open or go on, sound, close. What nobody closes, the station ends when it has heard nothing for a while."""
    await socket.accept()
    try:
        opening = await _opening(socket)
        if isinstance(opening, Joining):
            speech, kind = station.speaking.resume(opening.order, user.name)
            await _listen_beside(socket, station, opening, speech, _right(user, kind is Kind.LIVE_EMERGENCY))
            return
        speech, right = await _floor(opening, user, station)
    except WebSocketDisconnect:
        return
    except Problem as problem:
        await _refuse(socket, problem)
        return
    held, hear = speech.hold(), _ear(speech, opening.codec, opening.numbered)
    taken, over = asyncio.create_task(held.wait()), asyncio.create_task(speech.over.wait())
    listening = asyncio.create_task(_listen(socket, speech, hear))
    telling = asyncio.create_task(_tell(socket, station, speech, right))
    try:
        await asyncio.wait({listening, telling, taken, over}, return_when=asyncio.FIRST_COMPLETED)
        if not held.is_set() and (end := _end_of(listening) or _end_of(telling)):
            await asyncio.shield(station.speaking.close(speech, end.ending, end))
    finally:
        for task in (listening, telling, taken, over):
            task.cancel()
    await _say_goodbye(socket, speech, held.is_set())


async def _opening(socket: WebSocket) -> Opening | Joining:
    """What the device wants; Problem if it does not say so in time."""
    vi, en = "Tin mở đầu không đọc được.", "The opening message cannot be read."
    try:
        async with asyncio.timeout(OPENING_S):
            message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        return FIRST.validate_json(message.get("text") or "")
    except ValidationError as error:
        raise Problem(422, "bad_opening", vi, en) from error
    except TimeoutError as error:
        late_vi, late_en = "Máy này không nói muốn phát ở đâu.", "This device did not say where it wants to speak."
        raise Problem(408, "no_opening", late_vi, late_en) from error


async def _floor(opening: Opening, user: User, station: Station) -> tuple[Speech, Right]:
    """The live, new or going on, and the right that it needs; Problem."""
    if opening.resume is not None:
        speech, kind = station.speaking.resume(OrderId(opening.resume), user.name)
        return speech, _right(user, kind is Kind.LIVE_EMERGENCY)
    right = _right(user, opening.emergency)
    take = partial(station.speaking.open, Wish(opening.targets, opening.title, opening.emergency), user.name)
    return await (station.ballast.spend(take) if opening.emergency else take()), right


def _right(user: User, emergency: bool) -> Right:
    if emergency and not user.may(Right.EMERGENCY):
        raise not_allowed(str(Right.EMERGENCY))
    return Right.EMERGENCY if emergency else Right.LIVE


def _ear(speech: Speech, codec: str, numbered: bool) -> Callable[[bytes], Awaitable[None]]:
    """What takes a message of sound."""
    hear = speech.hear_packet if codec == "opus" else speech.hear
    return partial(speech.hear_once, hear=hear) if numbered else hear


async def _listen_beside(socket: WebSocket, station: Station, joining: Joining, speech: Speech, right: Right) -> None:
    """Take in sound by one line more, from who may still speak: the first line may be gone long since.

    What ends the live is found out on the first: by this one nothing ends.
    """
    listening = asyncio.create_task(_listen_to_sound(socket, speech, _ear(speech, joining.codec, True)))
    losing = asyncio.create_task(_lose_right(socket, station, right))
    over = asyncio.create_task(speech.over.wait())
    try:
        await asyncio.wait({listening, losing, over}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (listening, losing, over):
            task.cancel()
    if end := _end_of(listening):
        await _refuse(socket, Problem(413, end.code, end.vi, end.en))
        return
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.close(OVER)


async def _lose_right(socket: WebSocket, station: Station, right: Right) -> None:
    """Until the account may not speak any more."""
    while True:
        await asyncio.sleep(TELL_EVERY_S)
        try:
            await check_allowed(socket, station, right)
        except Problem:
            return
        except OperationalError:  # as for the first line
            continue


async def _listen_to_sound(socket: WebSocket, speech: Speech, hear: Callable[[bytes], Awaitable[None]]) -> End | None:
    """Until the line is lost or the live is over: None; TOO_LARGE ends this line alone."""
    with suppress(TimeUp, TooFast, TimeoutError, WebSocketDisconnect):
        await _say(socket, {"type": "joined", "order": speech.order})
        async for message in _messages(socket):
            if message["type"] == "websocket.disconnect":
                return None
            if _is_too_large(message):
                return TOO_LARGE
            await hear(message.get("bytes") or b"")
    return None


async def _messages(socket: WebSocket) -> AsyncIterator[Message]:
    """What comes, as long as it is no flood; TooFast."""
    clock, count = asyncio.get_running_loop().time, 0
    began_s = clock()
    while True:
        message, count = await socket.receive(), count + 1
        if count > MESSAGES + (clock() - began_s) * MESSAGES_A_SECOND:
            raise TooFast
        await asyncio.sleep(0)  # a line that is full of small messages is not the only one there is
        yield message


async def _listen(socket: WebSocket, speech: Speech, hear: Callable[[bytes], Awaitable[None]]) -> End | None:
    """Take in sound until something ends the live; None when the line is lost, and the device may come back."""
    try:
        await _say(socket, {"type": "open", "order": speech.order, **speech.standing()})
        async for message in _messages(socket):
            if _is_too_large(message):
                return TOO_LARGE
            if message["type"] == "websocket.disconnect":
                return GONE if message.get("code") in LEFT else None
            if (sound := message.get("bytes")) is not None:
                await hear(sound)
            elif (control := Control.model_validate_json(message.get("text") or "")).type == "close":
                return CLOSED
            else:
                await _say(socket, {"type": "extended", "seconds": speech.extend(control.seconds)})
    except TimeUp:
        return TIME_UP
    except TooFast:
        return TOO_FAST
    except ValidationError:
        return BAD_MESSAGE
    except (TimeoutError, WebSocketDisconnect):
        return None
    return None


def _is_too_large(message: Message) -> bool:
    return len(message.get("bytes") or message.get("text") or b"") > LARGEST_MESSAGE


async def _tell(socket: WebSocket, station: Station, speech: Speech, right: Right) -> End | None:
    """Tell the speaker, every second, how it fares; the end of one who may not speak any more."""
    while True:
        await asyncio.sleep(TELL_EVERY_S)
        try:
            await check_allowed(socket, station, right)
            await _say(socket, {"type": "state", **speech.standing(), **await _heard(station, speech)})
        except Problem as problem:
            return no_longer_allowed(problem.code, problem.vi, problem.en)
        except OperationalError:  # a database that fails takes no word from anybody's mouth
            continue
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return None


async def _heard(station: Station, speech: Speech) -> HeardJson:
    """How many loudspeakers there are, have the order, and play it now; how it comes in there."""
    async with station.database.reading() as session:
        order = await order_json(session, station.station_id, speech.order, station.clock.now_us())
    playing = [one for cluster in order["clusters"] if cluster["state"] not in ENDS for one in cluster["loudspeakers"]]
    return {
        **station.speaking.comes_in(speech),
        "loudspeakers": order["loudspeakers"],
        "acknowledged": order["acknowledged"],
        "playing": sum(one["playing"] is not None for one in playing),
    }


def _end_of(task: asyncio.Task[End | None]) -> End | None:
    return task.result() if task.done() else None


async def _say_goodbye(socket: WebSocket, speech: Speech, taken: bool) -> None:
    end = speech.end
    if taken:
        vi, en = "Buổi nói đã chuyển sang kết nối khác.", "The live goes on by another line."
        await _refuse(socket, Problem(409, "taken_over", vi, en))
    elif end is not None:
        said: LiveClosedJson = {
            "type": "closed",
            "order": speech.order,
            "ending": "gone" if end.ending is Ending.GONE else "closed",
            "code": end.code,
            "vi": end.vi,
            "en": end.en,
            **speech.standing(),
        }
        with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            await _say(socket, said)
            await socket.close(OVER)


async def _refuse(socket: WebSocket, problem: Problem) -> None:
    body = {"type": "refused", "status": problem.status, "code": problem.code, "vi": problem.vi, "en": problem.en}
    with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        await _say(socket, cast(LiveRefusedJson, body | problem.more))
        await socket.close(4000 + problem.status, problem.code)


async def _say(socket: WebSocket, body: LiveMessage) -> None:
    async with asyncio.timeout(SAY_S):
        await socket.send_json(body)
