"""What goes with notices besides their words: SQL, and nothing but SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.text import storable
from opsconsole.notify.model import Document

if TYPE_CHECKING:
    from opsconsole.core.database import Database, Transaction

    Reader = Database | Transaction


async def add_document(tx: Transaction, notice: int, document: Document) -> None:
    """Stores what goes with a notice; it is forgotten with that."""
    await tx.run("INSERT INTO outbox_document (notice, name, content) VALUES (:notice, :name, :content)",
                 {"notice": notice, "name": storable(document.name), "content": storable(document.content)})


async def documents(db: Reader, message: str) -> list[Document]:
    """What goes with a message, in the order of its notices."""
    rows = await db.rows("SELECT d.name, d.content FROM outbox_part p JOIN outbox_document d ON d.notice = p.notice"
                         " WHERE p.message = :id ORDER BY p.notice", {"id": message})
    return [Document(row["name"], row["content"]) for row in rows]
