"""How a box joins: a one-time code from the technician, a key born on the box."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pydantic import Field

from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import BoxId, ClusterId, StationId
from speaker_client.protocol.message import Message
from speaker_client.protocol.version import NEWEST, OLDEST

CODE_PREFIX = "tl1"
TYPED_LENGTH = 8
TYPED_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters of a secret that is typed: none looks like another, and none makes a word."""
_MISREAD = str.maketrans("OILU", "011V", " -")


class BadCode(Exception):
    """Not an enrolment code of ours."""


@dataclass(frozen=True)
class EnrolmentCode:
    """`tl1.<secret>.<first 32 hex of SHA-256 of the root key>`: typed or scanned once, then worthless.

    One of eight letters that was typed by hand has no `root`: it vouches for nobody, the station's certificate has to.
    """

    secret: str
    root: str

    def __str__(self) -> str:
        return f"{CODE_PREFIX}.{self.secret}.{self.root}"

    def vouches_for(self, root_public: str) -> bool:
        """Whether the technician's code names this root key (hex), or names none."""
        return not self.root or root_fingerprint(root_public) == self.root


def root_fingerprint(public: str) -> str:
    """The first 128 bits of the SHA-256 of a public key in hex, as 32 hex digits."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:32]


def parse_code(text: str) -> EnrolmentCode:
    """The code a person typed; BadCode if it is not one."""
    typed = text.upper().translate(_MISREAD).strip()
    if len(typed) == TYPED_LENGTH and set(typed) <= set(TYPED_LETTERS):
        return EnrolmentCode(typed, "")
    prefix, _, rest = text.strip().partition(".")
    secret, _, root = rest.partition(".")
    if prefix != CODE_PREFIX or not secret or len(root) != 32:
        vi = "Mã ghép hộp có dạng XXXX-XXXX hoặc tl1.XXXX.YYYY."
        en = "An enrolment code looks like XXXX-XXXX or tl1.XXXX.YYYY."
        raise BadCode(f"bad_code: {vi} / {en}")
    return EnrolmentCode(secret, root)


class EnrolRequest(Message):
    """The box's first words: the code's secret and the public key (hex) born in it."""

    secret: str = Field(min_length=TYPED_LENGTH, max_length=128)
    public: str = Field(pattern="^[0-9a-f]{64}$")
    software: str = Field(max_length=64)
    oldest: int = OLDEST
    newest: int = NEWEST


class BrokerAddress(Message):
    """Where the hints come from; user name is the box id, password its access secret."""

    port: int
    host: str | None = None
    tls: bool = False
    authority: str | None = None
    """PEM of who vouches for the broker's certificate; None = whom the box's system trusts."""


class EnrolAnswer(Message):
    """Who the box is from now on. `access` opens HTTP and MQTT; it never signs anything."""

    protocol: int
    station: StationId
    box: BoxId
    cluster: ClusterId
    access: str
    root: str
    keyring: Envelope
    config: Envelope
    broker: BrokerAddress | None = None
    time_port: int | None = None
