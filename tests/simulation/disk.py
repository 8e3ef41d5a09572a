"""A box's disk: what was committed survives a crash, what was not does not; content may be missing or rot."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from pathlib import Path

from audio_library.content import ContentId
from speaker_client.deck import Reel
from speaker_client.memory import Change, Ended, Memory, Ratcheted, Stood
from speaker_client.playout import State
from speaker_client.protocol.plan import Item
from speaker_client.protocol.report import Reason
from tests.simulation.agenda import Agenda
from tests.simulation.machine import Fuse
from tests.simulation.witness import BoxRecord


def reread(durable: Memory) -> Memory:
    """What a new process finds: values of its own, equal to those on the disk."""
    found = copy.copy(durable)
    for name, value in vars(durable).items():
        if isinstance(value, dict):
            setattr(found, name, dict(value))
    return found


class SimulatedJournal:
    """A Journal whose commits are atomic; the power may go just before or just after one."""

    def __init__(self, durable: Memory, fuse: Fuse, record: BoxRecord, agenda: Agenda) -> None:
        self.memory = reread(durable)
        self._durable, self._fuse, self._record, self._agenda = durable, fuse, record, agenda

    def commit(self, changes: Iterable[Change]) -> None:
        """All of the changes, durably, or none."""
        listed = list(changes)
        if not listed:
            return
        self._fuse.touch("before a commit")
        for change in listed:
            self._durable.apply(change)
            self._note(change)
        self._fuse.touch("after a commit")
        for change in listed:
            self.memory.apply(change)

    def _note(self, change: Change) -> None:
        now = self._agenda.now_us
        match change:
            case Stood(standing):
                versions = self._record.knew[standing.id]
                if not versions or versions[-1][1] != standing.planned:
                    versions.append((now, standing.planned))
                if standing.state is State.PLAYING:
                    self._record.begun.setdefault(standing.id, now)
            case Ended(airing, _):
                self._record.ended[airing].append(now)
            case Ratcheted((_, "plan", _), seq):
                self._record.plans.append((now, seq))
            case Ratcheted((_, "stop", _), seq):
                self._record.obeyed.setdefault(seq, now)
            case _:
                pass


class Shelf:
    """Holdings: content by its hash, fetched in the background by the box's courier."""

    def __init__(self, record: BoxRecord, agenda: Agenda) -> None:
        self._record, self._agenda = record, agenda
        self._here: dict[ContentId, bool] = {}
        """Content → whether it is whole."""

    def lacking(self, contents: Iterable[ContentId]) -> Reason | None:
        """None if all of it is here and whole, else NO_MEDIA or CORRUPT."""
        states = [self._here.get(content) for content in contents]
        if None in states:
            return Reason.NO_MEDIA
        return None if all(states) else Reason.CORRUPT

    def reel(self, item: Item) -> Reel:
        """The item's file."""
        return Reel(Path(item.content), item.duration_us, item.from_us)

    def put(self, content: ContentId) -> None:
        """It came whole."""
        self._set(content, True)

    def rot(self, content: ContentId) -> None:
        """A bit of it turned."""
        if content in self._here:
            self._set(content, False)

    def whole(self) -> list[ContentId]:
        """What is here and whole."""
        return [content for content, whole in self._here.items() if whole]

    def _set(self, content: ContentId, whole: bool) -> None:
        self._here[content] = whole
        self._record.held[content].turn(whole, self._agenda.now_us)
