"""The HTTP road to the station: enrol, pull the bundle, hand in reports, ask the time."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from typing import Any

import httpx2
from pydantic import ValidationError

from speaker_client.listener import Identity
from speaker_client.output.fault import OnTrouble, Trouble
from speaker_client.protocol.bundle import Bundle, bundle_tag, read_bundle
from speaker_client.protocol.clock import TimeRequest
from speaker_client.protocol.enrolment import BadCode, EnrolAnswer, EnrolmentCode, EnrolRequest
from speaker_client.protocol.envelope import LARGEST_DOCUMENT, Envelope, Malformed, parse
from speaker_client.protocol.version import HEADER, Spoken, VersionMismatch, agree, parse_spoken
from speaker_client.transfer import SLOWEST_BYTES_S

LONGEST_CALL_S = 180
LARGEST_ANSWER = 4 * LARGEST_DOCUMENT
MISMATCH = "protocol_mismatch"
"""The station's code, and ours, for: we have no protocol version in common."""
KEPT_OPEN_S = 60.0
"""How long a connection without requests is kept: less than the station does, so that none is used that it just closed;
opening one costs an alarm's sound, and the report of it, two ways more."""
REPORTS_S = 6.0
"""How long the answer to a batch of reports is waited for, once it has gone. A batch that comes twice is taken once: to
say it again costs little, and a road that died unnoticed is left soon."""
_HEADERS = {HEADER: str(Spoken()), "User-Agent": "tienglang-speaker", "Accept-Encoding": "gzip"}
_UNSAID = ("Accept", "Connection")
"""What the library would say with each request and means nothing: every byte of it is paid for."""
_PATIENCE = httpx2.Timeout(20.0, connect=10.0)
_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=KEPT_OPEN_S)


class StationUnreachable(Exception):
    """The network, or what answers there, is not the station."""


class StationRefused(Exception):
    """The station answered no; `code` is its stable code, `more` what it said besides."""

    def __init__(self, status: int, code: str, sentence: str, more: dict[str, object]) -> None:
        super().__init__(sentence or code)
        self.status, self.code, self.more = status, code, more


@dataclass(frozen=True)
class News:
    """A bundle and its entity tag."""

    bundle: Bundle
    etag: str
    size: int


class Uplink:
    """Calls to the station; each raises StationUnreachable or StationRefused and nothing else of the network's.

    `on_trouble` hears of the fault `protocol`: one side must be upgraded, and its detail says which.
    """

    def __init__(
        self,
        base_url: str,
        identity: Identity | None = None,
        access: str = "",
        on_trouble: OnTrouble = lambda _: None,
    ) -> None:
        self._on_trouble = on_trouble
        auth = httpx2.BasicAuth(identity.box, access) if identity else None
        self.client = httpx2.AsyncClient(
            base_url=base_url,
            auth=auth,
            timeout=_PATIENCE,
            limits=_LIMITS,
            headers=_HEADERS,
            trust_env=False,
            verify=_authorities(base_url),
        )
        for name in _UNSAID:
            del self.client.headers[name]

    async def close(self) -> None:
        """Give the connections back."""
        await self.client.aclose()

    async def enrol(self, code: EnrolmentCode, public: str, software: str) -> EnrolAnswer:
        """Join with a one-time code; BadCode if the station that answers is not the one the code vouches for."""
        request = EnrolRequest(secret=code.secret, public=public, software=software)
        answer = await self._call("POST", "/box/v1/enrol", content=request.model_dump_json())
        enrolled = _enrolled(answer.content)
        if not code.vouches_for(enrolled.root):
            vi, en = "Máy trả lời không phải trạm đã tạo mã này.", "This is not the station that made this code."
            raise BadCode(f"other_station: {vi} / {en}")
        _agree(str(Spoken(enrolled.protocol, enrolled.protocol)))
        return enrolled

    async def bundle(self, etag: str | None, wait_s: int = 0) -> News | None:
        """What is in force if it is not what `etag` names; with `wait_s` the answer may take that long."""
        headers = {"If-None-Match": f'"{etag}"'} if etag else {}
        patience = httpx2.Timeout(20.0 + wait_s, connect=10.0)
        params = {"wait": str(wait_s)} if wait_s else {}
        longest_s = LONGEST_CALL_S + wait_s
        answer = await self._call("GET", "/box/v1/bundle", longest_s, params=params, headers=headers, timeout=patience)
        if answer.status_code == 304:
            return None
        data = answer.content
        return News(_bundle(data), bundle_tag(data), len(data))

    async def hand_in(self, batch: Envelope) -> Envelope:
        """Give the station a batch of reports; its acknowledgement, still unchecked."""
        data = batch.encode()
        patience = httpx2.Timeout(REPORTS_S + len(data) / SLOWEST_BYTES_S, connect=10.0)
        answer = await self._call("POST", "/box/v1/reports", content=data, timeout=patience)
        return _envelope(answer.content)

    async def heartbeat(self, envelope: Envelope) -> None:
        """Show that we live, where MQTT does not get through."""
        await self._call("POST", "/box/v1/heartbeat", content=envelope.encode())

    async def time(self, request: TimeRequest) -> tuple[int, Envelope, int]:
        """One time exchange: monotonic µs when it left, the token still unchecked, monotonic µs when it came."""
        sent = time.monotonic_ns() // 1000
        answer = await self._call("POST", "/box/v1/time", content=request.model_dump_json())
        return sent, _envelope(answer.content), time.monotonic_ns() // 1000

    async def _call(self, method: str, path: str, longest_s: float = LONGEST_CALL_S, **more: Any) -> httpx2.Response:
        try:
            headers = {"Content-Type": "application/json"} if "content" in more else {}
            headers |= more.pop("headers", {})
            async with (
                asyncio.timeout(longest_s),
                self.client.stream(method, path, headers=headers, **more) as raw,
            ):
                answer = httpx2.Response(raw.status_code, headers=_version(raw), content=await _bounded(raw))
        except (httpx2.HTTPError, TimeoutError) as error:
            raise StationUnreachable(f"{method} {path}: {type(error).__name__} {error}") from error
        try:
            _examine(answer)
        except StationRefused as refusal:
            if refusal.code == MISMATCH:
                self._on_trouble(Trouble("protocol", str(refusal), raised=True))
            raise
        if HEADER in answer.headers:
            self._on_trouble(Trouble("protocol", "", raised=False))
        return answer


async def _bounded(answer: httpx2.Response) -> bytes:
    """The body, which is never kept beyond what the station may say: a captive portal may say anything."""
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise StationUnreachable("an answer without end (a captive portal?)")
    return bytes(body)


def _authorities(base_url: str) -> ssl.SSLContext:
    """Who vouches for the station's certificate; nobody, and 3 MB less in memory, where there is none to check."""
    return ssl.create_default_context() if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _version(raw: httpx2.Response) -> dict[str, str]:
    """Of what stands in the headers we keep what the station speaks: a captive portal says nothing of it."""
    return {HEADER: raw.headers[HEADER]} if HEADER in raw.headers else {}


def _examine(answer: httpx2.Response) -> None:
    if answer.status_code >= 400:
        raise _refusal(answer)
    if HEADER in answer.headers:
        _agree(answer.headers[HEADER])


def _agree(station: str) -> None:
    try:
        agree(parse_spoken(station), Spoken())
    except VersionMismatch as error:
        raise StationRefused(426, MISMATCH, str(error), {}) from error


def _refusal(answer: httpx2.Response) -> Exception:
    try:
        problem = answer.json()
        sentence = f"{problem['code']}: {problem.get('vi', '')} / {problem.get('en', '')}"
        return StationRefused(answer.status_code, problem["code"], sentence, problem)
    except (ValueError, KeyError, TypeError, RecursionError):
        return StationUnreachable(f"HTTP {answer.status_code} from something that is not our station")


def _enrolled(data: bytes) -> EnrolAnswer:
    try:
        return EnrolAnswer.model_validate_json(data)
    except ValidationError as error:
        raise StationUnreachable("the answer is not the station's (a captive portal?)") from error


def _bundle(data: bytes) -> Bundle:
    try:
        return read_bundle(data)
    except Malformed as error:
        raise StationUnreachable("the answer is not the station's (a captive portal?)") from error


def _envelope(data: bytes) -> Envelope:
    try:
        return parse(data)
    except Malformed as error:
        raise StationUnreachable("the answer is not the station's (a captive portal?)") from error
