"""Enrolment: the key is born here, the one-time code vouches for the station, its first documents are checked."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from speaker_client.identity import Card, device_key, keep_card, put_aside
from speaker_client.journal import SqliteJournal
from speaker_client.listener import Identity
from speaker_client.memory import Change, Kept, Ratcheted
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.enrolment import BadCode, EnrolmentCode
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.keyring import Keyring
from speaker_client.protocol.statement import WHOLE_STATION, Kind, box_audience
from speaker_client.trust import Accepted, Circle, Moment, Refused, examine
from speaker_client.uplink import Uplink


async def enrol(folder: Path, server: str, code: EnrolmentCode, software: str) -> Card:
    """Become a box of the station. BadCode, Refused, StationRefused or StationUnreachable; then nothing is kept
    but the key, and the same code can be tried again from the same folder."""
    if not code.root and not _is_proven(server):
        vi = "Mã gõ tay chỉ dùng được với địa chỉ https://; hãy dùng mã đầy đủ (mã QR)."
        en = "A code typed by hand needs an address with https://; use the whole code (the QR)."
        raise BadCode(f"not_vouched: {vi} / {en}")
    key = device_key(folder)
    uplink = Uplink(server)
    try:
        answer = await uplink.enrol(code, key.public, software)
    finally:
        await uplink.close()
    identity = Identity(answer.station, answer.box, answer.root)
    _first_documents(identity, answer.keyring, answer.config)
    put_aside(folder, answer.box)
    return keep_card(folder, server, answer)


def first_config(journal: SqliteJournal, card: Card) -> BoxConfig:
    """The config in the journal; in a new one those of enrolment are put first, checked again."""
    if Kind.CONFIG not in journal.memory.documents:
        journal.commit(_first_documents(card.identity(), card.keyring, card.config))
    return BoxConfig.read(payload_of(Envelope.model_validate_json(journal.memory.documents[Kind.CONFIG])))


def _is_proven(server: str) -> bool:
    """Whether nobody else can answer there: a certificate says so, or it is this very machine."""
    address = urlsplit(server)
    return address.scheme == "https" or address.hostname in ("127.0.0.1", "::1", "localhost")


def _first_documents(identity: Identity, keyring_sent: Envelope, config_sent: Envelope) -> list[Change]:
    """The keyring by the root key, the config by the keyring; Refused if either is not genuine."""
    audiences = frozenset({WHOLE_STATION, box_audience(identity.box)})
    moment = Moment(None, 0)
    keyring = examine(keyring_sent, Circle(identity.station, identity.root, None, audiences), {}, moment)
    if keyring.kind is not Kind.KEYRING:
        raise Refused("wrong_place", keyring.kind)
    circle = Circle(identity.station, identity.root, Keyring.read(keyring.payload), audiences)
    config = examine(config_sent, circle, {}, moment)
    if config.kind is not Kind.CONFIG:
        raise Refused("wrong_place", config.kind)
    return [*_kept(keyring), *_kept(config)]


def _kept(accepted: Accepted) -> list[Change]:
    return [
        Kept(accepted.kind, accepted.envelope.model_dump_json()),
        Ratcheted(accepted.stream, accepted.seq),
    ]
