"""Enrolment: the key is born here, the one-time code vouches for the station, its first documents are checked."""

from __future__ import annotations

from pathlib import Path

from speaker_client.identity import Card, device_key, keep_card, put_aside
from speaker_client.journal import SqliteJournal
from speaker_client.listener import Identity
from speaker_client.memory import Change, Kept, Ratcheted
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.enrolment import EnrolmentCode
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.keyring import Keyring
from speaker_client.protocol.statement import WHOLE_STATION, Kind, box_audience
from speaker_client.trust import Accepted, Circle, Moment, Refused, examine_envelope
from speaker_client.uplink import Uplink


async def enrol(folder: Path, server: str, code: EnrolmentCode, software: str) -> Card:
    """Become a box of the station. BadCode, Refused, StationRefused or StationUnreachable; then nothing is kept
    but the key, and the same code can be tried again from the same folder."""
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


def _first_documents(identity: Identity, keyring_sent: Envelope, config_sent: Envelope) -> list[Change]:
    """The keyring by the root key, the config by the keyring; Refused if either is not genuine."""
    audiences = frozenset({WHOLE_STATION, box_audience(identity.box)})
    moment = Moment(None, 0)
    keyring = examine_envelope(keyring_sent, Circle(identity.station, identity.root, None, audiences), {}, moment)
    if keyring.kind is not Kind.KEYRING:
        raise Refused("wrong_place", keyring.kind)
    circle = Circle(identity.station, identity.root, Keyring.read(keyring.payload), audiences)
    config = examine_envelope(config_sent, circle, {}, moment)
    if config.kind is not Kind.CONFIG:
        raise Refused("wrong_place", config.kind)
    return [*_kept(keyring), *_kept(config)]


def _kept(accepted: Accepted) -> list[Change]:
    return [
        Kept(accepted.kind, accepted.envelope.model_dump_json()),
        Ratcheted(accepted.stream, accepted.seq),
    ]
