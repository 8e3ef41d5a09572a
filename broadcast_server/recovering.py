"""A station restored from a backup goes on where its boxes are, not where the backup was."""

from __future__ import annotations

import sqlite3

from broadcast_server.store.fleet import WHERE_STREAMS_BEGIN
from speaker_client.protocol.ids import SECOND, Micros

LEAST_LEAP = 1_000
LONGEST_LEAP = 990_000
"""A box follows a stream over at most a million numbers at once."""


def leap(since_us: int, now_us: Micros) -> int:
    """How far every stream must leap: no stream takes a number a second, so a later restore lands above an earlier."""
    return min(LONGEST_LEAP, LEAST_LEAP + max(0, now_us - since_us) // SECOND)


def go_on(connection: sqlite3.Connection, now_us: Micros) -> None:
    """In the restored database, before the station opens it.

    Streams leap over what was signed since the backup, and what the backup does not know begins above it; plans and
    configs are signed anew. What was received since is asked from the boxes again; a journal may go on at a later line
    where the box has no earlier, shown as a fault.
    What a box has ended meanwhile of what is planned here is planned anew as it tells of it (`entering`).
    """
    (since_us,) = connection.execute("SELECT coalesce(max(at_us), 0) FROM audit").fetchone()
    begin = "INSERT INTO streams (key_id, kind, audience, seq) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING"
    connection.execute(begin, WHERE_STREAMS_BEGIN)
    connection.execute("UPDATE streams SET seq = seq + ?", (leap(since_us, now_us),))
    connection.execute("UPDATE plans SET made_us = 0")
    connection.execute(
        "UPDATE faults SET cleared_us = ? WHERE code = ? AND cleared_us IS NULL", (now_us, "journal_gap")
    )
    connection.execute("UPDATE boxes SET config = '', gap_forgiven = 1")
