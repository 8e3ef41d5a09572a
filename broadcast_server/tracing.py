"""What a change did to programmes and rules, so that it can be taken back as long as nobody has changed them since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.problem import Problem
from broadcast_server.store.programmes import ProgrammeRow, RuleRow
from speaker_client.protocol.ids import Micros

Kept = ProgrammeRow | RuleRow


@dataclass(frozen=True)
class Step:
    """A row as it was, None if there was none, and as it is."""

    kind: type[Kept]
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any]


class Trace:
    """Notes rows before they are written."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Kept, dict[str, Any] | None]] = {}

    def touch(self, row: Kept) -> None:
        """It is about to be changed."""
        self._rows.setdefault(row.id, (row, _columns(row)))

    def made(self, row: Kept) -> None:
        """It was not there before."""
        self._rows.setdefault(row.id, (row, None))

    def steps(self) -> tuple[Step, ...]:
        """All that was done; rules after the programmes that they belong to."""
        found = [Step(type(row), name, before, _columns(row)) for name, (row, before) in self._rows.items()]
        return tuple(sorted(found, key=lambda step: step.kind is RuleRow))


async def take_back(session: AsyncSession, steps: Iterable[Step], now: Micros) -> None:
    """Put every row back, the last first. Problem 409 `changed_since` if any is no longer as it was left, or a
    rule would come back to a programme that is gone."""
    rules: list[RuleRow] = []
    for step in [*steps][::-1]:
        row: Kept | None = await session.get(step.kind, step.name)
        if row is None or _columns(row) != step.after or (step.before is None and await _is_used(session, row)):
            raise _changed()
        for column, value in (step.before or {"deleted_us": now}).items():
            setattr(row, column, value)
        if isinstance(row, RuleRow) and row.deleted_us is None:
            rules.append(row)
    for rule in rules:
        programme = await session.get(ProgrammeRow, rule.programme_id)
        if programme is None or programme.deleted_us is not None:
            raise _changed()


def _changed() -> Problem:
    vi = "Lịch này đã được sửa tiếp nên không hoàn tác được nữa."
    return Problem(409, "changed_since", vi, "It was changed again since and cannot be taken back.")


async def _is_used(session: AsyncSession, row: Kept) -> bool:
    """Whether it is a programme that plays by any rule."""
    rules = select(RuleRow.id).filter_by(programme_id=row.id, deleted_us=None).limit(1)
    return isinstance(row, ProgrammeRow) and await session.scalar(rules) is not None


def _columns(row: Kept) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in type(row).__table__.columns}
