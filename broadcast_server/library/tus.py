"""The headers of tus 1.0.0: what a client may say, and how we answer. https://tus.io/protocols/resumable-upload"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from email.utils import formatdate
from typing import Protocol

from broadcast_server.problem import Problem
from speaker_client.protocol.ids import SECOND

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
ALGORITHMS = ("sha256", "sha1", "md5")
BODY = "application/offset+octet-stream"
LONGEST_METADATA = 4_000


class Digest(Protocol):
    """A hash that is being computed."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class Checksum:
    """What the bytes of one PATCH must come to."""

    def __init__(self, algorithm: str, wanted: bytes) -> None:
        self._digest: Digest = hashlib.new(algorithm, usedforsecurity=False)
        self._wanted = wanted
        self.update = self._digest.update

    def check(self) -> None:
        """Problem 460 if they did not."""
        if not hmac.compare_digest(self._digest.digest(), self._wanted):
            vi, en = "Đoạn vừa gửi bị sai lệch trên đường truyền. Hãy gửi lại.", "This part was damaged on the way."
            raise Problem(460, "checksum_mismatch", vi, f"{en} Send it again.")


def whole_number(header: str, text: str | None) -> int:
    """A count of bytes; Problem 400 for anything else."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise _bad(header)
    return int(text)


def checksum(text: str | None) -> Checksum | None:
    """What `Upload-Checksum` asks for; Problem 400 for what cannot be checked."""
    if text is None:
        return None
    algorithm, _, wanted = text.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise _bad("Upload-Checksum")
    return Checksum(algorithm, _decoded("Upload-Checksum", wanted))


def metadata(text: str) -> dict[str, str]:
    """The pairs of `Upload-Metadata`; Problem 400 if they cannot be read."""
    if len(text) > LONGEST_METADATA:
        raise _bad("Upload-Metadata")
    pairs: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        if key in pairs:
            raise _bad("Upload-Metadata")
        try:
            pairs[key] = _decoded("Upload-Metadata", value).decode()
        except UnicodeDecodeError as error:
            raise _bad("Upload-Metadata") from error
    return pairs


def metadata_header(pairs: Mapping[str, str]) -> str:
    """The pairs as `Upload-Metadata`."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def http_date(at_us: int) -> str:
    """The moment as HTTP writes it."""
    return formatdate(at_us / SECOND, usegmt=True)


def check_version(spoken: str | None) -> None:
    """Problem 412 for a client that speaks another version."""
    if spoken != VERSION:
        vi = f"Máy chủ chỉ nhận tải lên theo tus {VERSION}."
        raise Problem(412, "tus_version", vi, f"This server takes uploads by tus {VERSION}.")


def _decoded(header: str, text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad(header) from error


def _bad(header: str) -> Problem:
    vi, en = f"Yêu cầu tải lên thiếu hoặc sai {header}.", f"{header} is missing or cannot be read."
    return Problem(400, "bad_upload_header", vi, en)
