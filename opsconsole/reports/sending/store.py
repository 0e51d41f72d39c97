"""What was sent, and up to when: SQL, and nothing but SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Transaction

    Reader = Database | Transaction


class Dealt(NamedTuple):
    """How far a line of the configuration was dealt with."""

    at: str
    """When it says that it is due; a line that says something else now begins anew."""
    last: Instant
    """The latest moment that was dealt with."""


async def dealt(db: Reader, key: str) -> Dealt | None:
    """How far a line was dealt with; None: it is new."""
    row = await db.row("SELECT at, last FROM report_schedule WHERE key = :key", {"key": key})
    return None if row is None else Dealt(row["at"], row["last"])


async def put_dealt(tx: Transaction, key: str, made: Dealt) -> None:
    """Notes how far a line was dealt with."""
    await tx.run("INSERT INTO report_schedule (key, at, last) VALUES (:key, :at, :last)"
                 " ON CONFLICT (key) DO UPDATE SET at = excluded.at, last = excluded.last",
                 {"key": key, "at": made.at, "last": made.last})


async def add_sent(tx: Transaction, key: str, due: Instant, now: Instant) -> bool:
    """Notes that a report goes out for the time at which it was due; False: it did already."""
    return await tx.row("INSERT INTO report_sent (key, due, sent) VALUES (:key, :due, :now)"
                        " ON CONFLICT (key, due) DO NOTHING RETURNING due",
                        {"key": key, "due": due, "now": now}) is not None


async def forget(tx: Transaction, before: Instant) -> None:
    """Forgets what was due long ago."""
    await tx.run("DELETE FROM report_sent WHERE due < :before", {"before": before})
