"""The box's store of sound: what the plans need stays, what nobody needs makes room. The folder is the index."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from audio_library.content import ContentCorrupt, ContentId, FolderStore, content_id, hash_file
from speaker_client.protocol.ids import DAY

log = logging.getLogger(__name__)

FAILURES_TO_FAULT = 3
NOT_THE_FILES = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""Why a file could not be read although nothing is wrong with it: the machine is short of something."""
PART = ".part"
MARK = ".came"
SAFE_US = DAY
"""What is due within that time is never given up for something else."""


class Holding(StrEnum):
    """How much of a content is here."""

    WANTED = "WANTED"
    PARTIAL = "PARTIAL"
    VERIFIED = "VERIFIED"


class NoRoom(Exception):
    """Nothing more may be evicted and the content still does not fit."""


@dataclass(frozen=True)
class Need:
    """A content that a plan needs: `size` in bytes, first needed at `due_us` (UTC), below zero: ordered."""

    content: ContentId
    size: int
    due_us: int

    @property
    def is_ordered(self) -> bool:
        """Whether it should sound by now."""
        return self.due_us < 0


@dataclass(frozen=True)
class Bounds:
    """The most bytes the cache may hold, and the fewest it must leave free on the disk."""

    cache_bytes: int
    disk_floor_bytes: int


class Cache:
    """Whole files in a FolderStore under `root/whole`, downloads in progress as `root/parts/HASH.part`.

    `root/parts/HASH.came` marks what is not known to be on the disk yet, though it may be played.
    """

    def __init__(self, root: Path, bounds: Bounds) -> None:
        self.bounds = bounds
        self._parts = root / "parts"
        self._parts.mkdir(parents=True, exist_ok=True)
        self._store = FolderStore(root / "whole")
        self._needs: dict[ContentId, Need] = {}
        self._pinned: frozenset[ContentId] = frozenset()
        self._failures: Counter[ContentId] = Counter()
        self._comings: Counter[ContentId] = Counter()
        """How often what is marked has come."""
        self._placing = threading.Lock()

    def scan(self) -> None:
        """At boot: forget what is not ours, adopt downloads that were whole but not renamed yet, keep the rest; what
        bears a mark is read again."""
        for file in [*self._store.root.glob("*/.*.part"), *self._parts.iterdir()]:
            try:
                self._look_through(file, _content_of(file))
            except OSError as error:  # a full or read-only disk: what is whole plays all the same
                log.warning("%s stays as it is: %s", file, error)

    def need(self, needs: Iterable[Need], pinned: Iterable[ContentId] = ()) -> None:
        """The whole truth on what the plans in force need, and what else must stay."""
        self._needs = {}
        for one in sorted(needs, key=lambda one: one.due_us):
            self._needs.setdefault(one.content, one)
        self._pinned = frozenset(pinned)

    def missing(self) -> list[Need]:
        """What is still to be fetched, soonest due first."""
        return [need for need in self._needs.values() if not self.holds(need.content)]

    def lacking(self, content: ContentId) -> Need | None:
        """The need for a content that is not here; None if it is here or nobody needs it."""
        return None if self.holds(content) else self._needs.get(content)

    def state(self, content: ContentId) -> Holding:
        """How much of it is here."""
        if self._store.holds(content):
            return Holding.VERIFIED
        return Holding.PARTIAL if self.part_size(content) else Holding.WANTED

    def holds(self, content: ContentId) -> bool:
        """Whether it is here, whole, its hash once checked."""
        return self._store.holds(content)

    def path(self, content: ContentId) -> Path:
        """The whole file, marked as used now if the disk takes it; where it will be, if it is not held yet."""
        path = self._store.place(content)
        with suppress(OSError):
            os.utime(path)
        return path

    def check(self, content: ContentId) -> bool:
        """Read it again before it plays: False, and it is WANTED again, if it is not held or a bit has turned.

        What has turned, or the disk can no longer read, is a fault at once, until it is right again.
        """
        try:
            self._store.verify(content)
        except FileNotFoundError:
            return False
        except (ContentCorrupt, OSError) as error:
            if isinstance(error, OSError) and error.errno in NOT_THE_FILES:
                log.warning("%s could not be looked at: %s", content[:12], error)
                return True  # as far as anybody knows; it is asked again
            with suppress(OSError):
                self._store.remove(content)
            self._failures[content] = FAILURES_TO_FAULT
            return False
        return True

    def part(self, content: ContentId) -> Path:
        """Where its download grows."""
        return self._parts / (content_id(content) + PART)

    def part_size(self, content: ContentId) -> int:
        """How many bytes of it are here."""
        try:
            return self.part(content).stat().st_size
        except FileNotFoundError:
            return 0

    def drop_part(self, content: ContentId) -> None:
        """Begin again from nothing."""
        self.part(content).unlink(missing_ok=True)

    def settle(self, content: ContentId) -> bool:
        """Check the finished download and make it whole, durably. False, and it is gone, if its hash is wrong."""
        try:
            self._store.adopt(self.part(content), content)
        except ContentCorrupt:
            self.drop_part(content)
            self._failures[content] += 1
            return False
        self._failures.pop(content, None)
        return True

    def keep(self, content: ContentId, data: bytes) -> bool:
        """Take what came by another road than a download. False, and nothing is kept, if its hash is wrong.

        It sounds now, so it does not wait for the disk: durable it is after `make_durable`, and marked until then.
        """
        if hashlib.sha256(data).hexdigest() != content:
            return False
        with self._placing:
            self._comings[content] += 1
            self._mark(content).touch()
            file = self._parts / f"{content}.new"
            file.write_bytes(data)
            self._store.adopt_at_once(file, content)
        self._failures.pop(content, None)
        return True

    def make_durable(self) -> None:
        """What was kept survives a power cut from now on. It may take long, and be done in another thread; OSError,
        and the marks stay, where the disk fails."""
        for mark in self._parts.glob(f"*{MARK}"):
            content = ContentId(mark.name.removesuffix(MARK))
            comings = self._comings[content]
            try:
                self._store.make_durable(content)
            except FileNotFoundError:
                self._drop_mark_of_nothing(mark)
            else:
                with self._placing:
                    if (
                        self._comings[content] == comings
                    ):  # else it was damaged, and came anew while the disk was writing
                        del self._comings[content]
                        mark.unlink(missing_ok=True)

    def _drop_mark_of_nothing(self, mark: Path) -> None:
        """What it marked was given up, unless it is coming at this moment."""
        with self._placing:
            if not self._store.holds(ContentId(mark.name.removesuffix(MARK))):
                mark.unlink(missing_ok=True)

    def broken(self) -> frozenset[ContentId]:
        """What is needed, and came with a wrong hash three times or was found damaged here, and has not been right
        since: a fault."""
        failures = self._failures.copy()  # at once: files are checked in threads
        broken = (content for content, times in failures.items() if times >= FAILURES_TO_FAULT)
        return frozenset(content for content in broken if content in self._needs)

    def make_room(
        self, size: int, wanted: Need | None = None, now_us: int | None = None, free_bytes: int | None = None
    ) -> None:
        """Evict what nobody needs, longest unused first, until `size` more bytes fit. NoRoom if they cannot.

        For `wanted`, what is needed later than that and not within `SAFE_US` of `now_us` (station's time, None while
        unknown) goes as well, latest first, if that is enough. `free_bytes` is what the disk has left, asked from the
        system unless given.
        """
        free = shutil.disk_usage(self._parts).free if free_bytes is None else free_bytes
        held = sum(_size(file) for file in self._files())
        excess = max(held + size - self.bounds.cache_bytes, size + self.bounds.disk_floor_bytes - free)
        excess = _evict(sorted(self._unneeded(), key=_used_ns), excess)
        if wanted and now_us is not None:
            later = self._needed_after(max(wanted.due_us, now_us + SAFE_US))
            if excess <= sum(_size(file) for file in later):
                excess = _evict(later, excess)
        if excess > 0:
            raise NoRoom(f"{excess} bytes too few")

    def _mark(self, content: ContentId) -> Path:
        return self._parts / (content_id(content) + MARK)

    def _look_through(self, file: Path, content: ContentId | None) -> None:
        if file.suffix == MARK:
            self._look_at_marked(file, ContentId(file.stem))
        elif content is None or self._store.holds(content):
            file.unlink()
        elif hash_file(file) == content:
            self._store.adopt(file, content)

    def _look_at_marked(self, mark: Path, content: ContentId) -> None:
        """Whether the power went before it was durable."""
        if self._store.is_intact(content):
            self._store.make_durable(content)
        else:
            self._store.remove(content)
        mark.unlink()

    def _files(self) -> list[Path]:
        return [*self._parts.iterdir(), *(self._store.path(content) for content in self._store)]

    def _unneeded(self) -> list[Path]:
        kept = self._pinned | self._needs.keys()
        return [file for file in self._files() if file.suffix != MARK and _content_of(file) not in kept]

    def _needed_after(self, due_us: int) -> list[Path]:
        """Files of what is first needed later than that, the latest first."""
        late = {
            need.content: need.due_us
            for need in self._needs.values()
            if need.due_us > due_us and need.content not in self._pinned
        }
        found = [(late[content], file) for file in self._files() if (content := _content_of(file)) in late]
        return [file for _, file in sorted(found, reverse=True)]


def _evict(files: Iterable[Path], excess: int) -> int:
    """Remove files in this order until `excess` bytes are gone; how many are still too many."""
    for file in files:
        if excess <= 0:
            break
        excess -= _size(file)
        file.unlink(missing_ok=True)
    return excess


def _size(file: Path) -> int:
    """0 for one that is gone by now: a download became whole, or what was damaged was removed."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _used_ns(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _content_of(file: Path) -> ContentId | None:
    try:
        return content_id(file.name.removesuffix(PART))
    except ValueError:
        return None
