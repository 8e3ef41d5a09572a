"""Who this box is: the key that was born here and what enrolment gave it, in two files of the data folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from audio_library.content import sync_folder, write_durably
from speaker_client.listener import Identity
from speaker_client.protocol.enrolment import BrokerAddress, EnrolAnswer
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import BoxId, ClusterId, StationId
from speaker_client.protocol.message import Message
from speaker_client.protocol.signature import SigningKey

KEY_FILE = "device.key"
CARD_FILE = "identity.json"


class AlreadyRunning(Exception):
    """Another daemon holds this data folder; the message says so: code, Vietnamese / English."""


class NotEnrolled(Exception):
    """The data folder has no identity yet; the message says what to do: code, Vietnamese / English."""


class IdentityDamaged(Exception):
    """What this box is cannot be read any more; the message says what to do: code, Vietnamese / English."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"identity_damaged: Tệp {path} bị hỏng: hãy chuyển nó đi nơi khác, rồi ghi danh lại hộp này bằng mã mới "
            f"(tienglang-speaker enrol). / The file {path} is damaged: move it away, then enrol this box again with "
            "a new code (tienglang-speaker enrol)."
        )


UNFIT = (AlreadyRunning, NotEnrolled, IdentityDamaged)
"""Why a box cannot be what it should, said in words."""


class Card(Message):
    """What enrolment gave the box. `access` opens HTTP and MQTT and signs nothing."""

    server: str
    station: StationId
    box: BoxId
    cluster: ClusterId
    access: str
    root: str
    broker: BrokerAddress | None = None
    time_port: int | None = None
    keyring: Envelope
    config: Envelope
    """As they were at enrolment: what a box starts from whose journal was damaged."""

    def identity(self) -> Identity:
        """The part that trust needs."""
        return Identity(self.station, self.box, self.root)


def device_key(folder: Path) -> SigningKey:
    """The box's own key; born, and made durable, the first time it is asked for. IdentityDamaged if it is no key."""
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(path, SigningKey.born().seed().hex().encode())
    try:
        return SigningKey.from_seed(bytes.fromhex(path.read_text()))
    except ValueError as error:
        raise IdentityDamaged(path) from error


def keep_card(folder: Path, server: str, answer: EnrolAnswer) -> Card:
    """Write down durably who we are now."""
    card = Card(
        server=server,
        station=answer.station,
        box=answer.box,
        cluster=answer.cluster,
        access=answer.access,
        root=answer.root,
        broker=answer.broker,
        time_port=answer.time_port,
        keyring=answer.keyring,
        config=answer.config,
    )
    _write_private(folder / CARD_FILE, card.model_dump_json(indent=1).encode())
    return card


def read_card(folder: Path) -> Card:
    """Who we are; NotEnrolled before enrolment, IdentityDamaged if it cannot be read."""
    try:
        return Card.model_validate_json((folder / CARD_FILE).read_bytes())
    except FileNotFoundError as error:
        vi = f"Thư mục {folder} chưa có {CARD_FILE}: hãy ghi danh hộp này trước (tienglang-speaker enrol)."
        en = f"{folder} has no {CARD_FILE}: enrol this box first (tienglang-speaker enrol)."
        raise NotEnrolled(f"not_enrolled: {vi} / {en}") from error
    except ValueError as error:
        raise IdentityDamaged(folder / CARD_FILE) from error


def put_aside(folder: Path, box: BoxId) -> None:
    """The journal of another box that this one was before is kept under that name: its lines are not ours.

    A box that lost its identity was another one too, since none runs without.
    """
    try:
        old = read_card(folder).box
    except (NotEnrolled, IdentityDamaged):
        old = BoxId("nobody")
    if old == box:
        return
    for file in folder.glob("journal.db*"):
        file.rename(folder / f"{old}-{file.name}")
    sync_folder(folder)


def lock(folder: Path) -> int:
    """Hold the data folder until this process ends; AlreadyRunning if somebody else does."""
    handle = os.open(folder / "lock", os.O_RDONLY | os.O_CREAT, 0o600)  # to be had on a read-only disk too
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        vi, en = f"Một chương trình loa khác đang dùng {folder}.", f"Another speaker daemon runs on {folder}."
        raise AlreadyRunning(f"already_running: {vi} / {en}") from error
    return handle


def machine_boot() -> str:
    """The kernel's id of this boot: the monotonic clock is the same one while it stays the same."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _write_private(path: Path, data: bytes) -> None:
    old = os.umask(0o077)
    try:
        write_durably(path, [data])
    finally:
        os.umask(old)
    sync_folder(path.parent)
