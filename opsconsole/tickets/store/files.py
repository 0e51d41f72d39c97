"""Files of tickets, without their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.text import storable
from opsconsole.tickets.store.rows import ATTACHMENT, attachment_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.tickets.model import Attachment
    from opsconsole.tickets.store.rows import Reader


async def attachments(db: Reader, number: int) -> list[Attachment]:
    """The files of a ticket, oldest first; deleted ones too."""
    rows = await db.rows(f"SELECT {ATTACHMENT} FROM ticket_attachment WHERE ticket = :ticket ORDER BY id",  # noqa: S608 - fixed parts
                         {"ticket": number})
    return [attachment_of(row) for row in rows]


async def attachment(db: Reader, number: int) -> Attachment | None:
    """One file; None when there is none with this id."""
    row = await db.row(f"SELECT {ATTACHMENT} FROM ticket_attachment WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
    return None if row is None else attachment_of(row)


async def next_id(db: Reader) -> int:
    """The id of the next new one. Ids are never used again, as no row is removed."""
    row = await db.row("SELECT coalesce(max(id), 0) + 1 AS id FROM ticket_attachment")
    return int(row["id"]) if row is not None else 1


async def add(tx: Transaction, files: Sequence[Attachment]) -> None:
    """Stores new ones; their tickets are stored already."""
    await tx.many("INSERT INTO ticket_attachment (id, ticket, seq, name, size, type, sha256, by, at, public)"
                  " VALUES (:id, :ticket, :seq, :name, :size, :type, :sha256, :by, :at, :public)",
                  [{"id": made.id, "ticket": made.ticket, "seq": made.seq, "name": storable(made.name),
                    "size": made.size, "type": made.type, "sha256": made.sha256, "by": storable(made.by),
                    "at": made.at, "public": int(made.public)} for made in files])


async def delete(tx: Transaction, number: int, by: str, at: Instant) -> bool:
    """Marks one as deleted; False when it is already."""
    return await tx.run("UPDATE ticket_attachment SET deleted = :at, deleted_by = :by"
                        " WHERE id = :id AND deleted IS NULL",
                        {"id": number, "by": storable(by), "at": at}) == 1


async def needed(db: Reader, sha256: str) -> bool:
    """Whether any ticket still has a file with this content."""
    row = await db.row("SELECT 1 FROM ticket_attachment WHERE sha256 = :sha AND deleted IS NULL"
                       " UNION ALL SELECT 1 FROM ticket_mail_kept WHERE sha256 = :sha LIMIT 1", {"sha": sha256})
    return row is not None
