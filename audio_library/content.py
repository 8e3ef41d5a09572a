"""Content addressed by SHA-256: immutable, verified before it is used; the name of a file is its hash."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NewType, Protocol

ContentId = NewType("ContentId", str)
"""SHA-256 of the bytes, 64 lower-case hex digits."""

READ_SIZE = 1 << 18
NO_LINK = (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK)
"""Another disk, or one that has no links."""
_HEX64 = re.compile(r"[0-9a-f]{64}")


class ContentCorrupt(Exception):
    """The stored bytes do not have the hash that is their name."""


def content_id(text: str) -> ContentId:
    """The id that `text` spells; ValueError for anything but 64 lower-case hex digits."""
    if not _HEX64.fullmatch(text):
        raise ValueError(f"not a content id: {text[:80]!r}")
    return ContentId(text)


def hash_file(path: Path) -> ContentId:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return ContentId(hashlib.file_digest(file, "sha256").hexdigest())


def sync_folder(folder: Path) -> None:
    """Make the folder's names (a rename, a new file) survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_durably(path: Path, chunks: Iterable[bytes]) -> None:
    """Write, fsync, rename to `path`, fsync the folder: the whole file is there, or it never was.

    Only this user may read it.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:32]}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


class ContentStore(Protocol):
    """Where immutable bytes live under their hash."""

    def put(self, path: Path) -> ContentId:
        """Take a copy of the file durably and return its id; equal bytes are stored once, rotten ones anew."""

    def path(self, content: ContentId) -> Path:
        """The readable file; FileNotFoundError if it is not held."""

    def holds(self, content: ContentId) -> bool:
        """Whether the content is here, whole."""

    def verify(self, content: ContentId) -> None:
        """Read all of it again; ContentCorrupt if a bit has turned."""

    def is_intact(self, content: ContentId) -> bool:
        """Whether it is held, and reads as it should from end to end."""

    def remove(self, content: ContentId) -> None:
        """Forget it; nothing happens if it is not held."""


class FolderStore:
    """A ContentStore in a folder: `root/ab/abcdef…`, written durably."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def place(self, content: ContentId) -> Path:
        """Where it is, or will be."""
        return self.root / content[:2] / content_id(content)

    def put(self, path: Path) -> ContentId:
        content = hash_file(path)
        place = self.place(content)
        if not self.is_intact(content):
            if not place.parent.exists():
                place.parent.mkdir()
                sync_folder(self.root)
            write_durably(place, _chunks(path))
        return content

    def adopt(self, path: Path, content: ContentId) -> None:
        """Take the file itself, on the same disk, durably; ContentCorrupt if its bytes have another hash."""
        if hash_file(path) != content:
            raise ContentCorrupt(content)
        _sync_file(path)
        place = self.place(content)
        if not place.parent.exists():
            place.parent.mkdir()
            sync_folder(self.root)
        os.replace(path, place)
        sync_folder(place.parent)

    def adopt_at_once(self, path: Path, content: ContentId) -> None:
        """Take the file itself, on the same disk, without waiting for that: it is durable after `make_durable`.

        ContentCorrupt if its bytes have another hash."""
        if hash_file(path) != content:
            raise ContentCorrupt(content)
        place = self.place(content)
        place.parent.mkdir(exist_ok=True)
        os.replace(path, place)

    def make_durable(self, content: ContentId) -> None:
        """What was adopted at once survives a power cut from now on; FileNotFoundError if it is not held."""
        place = self.path(content)
        _sync_file(place)
        sync_folder(place.parent)
        sync_folder(self.root)

    def lend(self, content: ContentId, place: Path) -> None:
        """The content at `place` too, durably, for whoever only reads there; FileNotFoundError if it is not held."""
        path = self.path(content)
        try:
            os.link(path, place)
        except OSError as error:
            if error.errno not in NO_LINK:
                raise
            write_durably(place, _chunks(path))
        sync_folder(place.parent)

    def path(self, content: ContentId) -> Path:
        place = self.place(content)
        if not place.exists():
            raise FileNotFoundError(content)
        return place

    def holds(self, content: ContentId) -> bool:
        return self.place(content).exists()

    def verify(self, content: ContentId) -> None:
        if hash_file(self.path(content)) != content:
            raise ContentCorrupt(content)

    def is_intact(self, content: ContentId) -> bool:
        try:
            self.verify(content)
        except (ContentCorrupt, OSError):
            return False
        return True

    def remove(self, content: ContentId) -> None:
        self.place(content).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[ContentId]:
        return (ContentId(file.name) for file in self.root.glob("??/*") if _HEX64.fullmatch(file.name))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_SIZE):
            yield chunk
