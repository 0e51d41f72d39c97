"""What was done at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.text import storable
from opsconsole.tickets.store.types import Batch

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Row, Transaction
    from opsconsole.tickets.store.rows import Reader

_BATCH = ("id, at, actor, action, undone IS NOT NULL AS undone,"
          " (SELECT count(DISTINCT ticket) FROM ticket_event WHERE batch = b.id) AS tickets")


async def add(tx: Transaction, actor: str, action: str, now: Instant) -> int:
    """Begins one; its id."""
    row = await tx.row("INSERT INTO ticket_batch (at, actor, action) VALUES (:at, :actor, :action) RETURNING id",
                       {"at": now, "actor": storable(actor), "action": action})
    assert row is not None  # noqa: S101 - RETURNING gives what was inserted
    return int(row["id"])


async def one(db: Reader, number: int) -> Batch | None:
    """One of them; None when there is none with this id."""
    row = await db.row(f"SELECT {_BATCH} FROM ticket_batch b WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
    return None if row is None else _batch(row)


async def last(db: Reader, actor: str) -> Batch | None:
    """The last one of a person that was not taken back, and takes nothing back itself."""
    row = await db.row(f"SELECT {_BATCH} FROM ticket_batch b WHERE actor = :actor AND undone IS NULL"  # noqa: S608 - fixed parts
                       " AND action <> 'undo' ORDER BY id DESC LIMIT 1", {"actor": storable(actor)})
    return None if row is None else _batch(row)


async def set_undone(tx: Transaction, number: int, by: int) -> bool:
    """Notes which batch took one back; False when another did before."""
    return await tx.run("UPDATE ticket_batch SET undone = :by WHERE id = :id AND undone IS NULL",
                        {"id": number, "by": by}) == 1


async def set_done_again(tx: Transaction, by: int) -> None:
    """Notes that what a batch had taken back holds again."""
    await tx.run("UPDATE ticket_batch SET undone = NULL WHERE undone = :by", {"by": by})


async def acted(db: Reader, names: list[str]) -> set[str]:
    """Which of these people ever changed a ticket."""
    found = set()
    for name in names:
        if await db.row("SELECT 1 FROM ticket_batch WHERE actor = :name LIMIT 1", {"name": storable(name)}) is not None:
            found.add(name)
    return found


def _batch(row: Row) -> Batch:
    return Batch(row["id"], row["at"], row["actor"], row["action"], row["tickets"], bool(row["undone"]))
