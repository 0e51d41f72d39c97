"""Who looks at what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.text import storable
from opsconsole.tickets.store.rows import presence_of

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction, Value
    from opsconsole.tickets.model import Presence
    from opsconsole.tickets.store.rows import Reader


async def there(db: Reader, number: int, since: Instant, but: str) -> list[Presence]:
    """Who was seen at a ticket not before `since`, longest first."""
    rows = await db.rows("SELECT ticket, actor, writing, since FROM ticket_presence"
                         " WHERE ticket = :ticket AND seen >= :limit AND session <> :but ORDER BY since, session",
                         {"ticket": number, "limit": since, "but": storable(but)})
    return [presence_of(row) for row in rows]


async def see(tx: Transaction, session: str, number: int, actor: str, writing: bool, now: Instant,
              limit: Instant) -> bool:
    """Notes that somebody is there; True when others see something new by that."""
    key: dict[str, Value] = {"session": storable(session), "ticket": number}
    row = await tx.row("SELECT writing, seen FROM ticket_presence WHERE session = :session AND ticket = :ticket", key)
    known = row is not None and limit <= row["seen"]
    await tx.run("INSERT INTO ticket_presence (session, ticket, actor, writing, since, seen)"
                 " VALUES (:session, :ticket, :actor, :writing, :now, :now) ON CONFLICT (session, ticket) DO UPDATE SET"
                 " actor = :actor, writing = :writing, seen = :now,"
                 " since = CASE WHEN :known THEN ticket_presence.since ELSE :now END",
                 {**key, "actor": storable(actor), "writing": int(writing), "now": now, "known": int(known)})
    return not known or row is None or bool(row["writing"]) != writing


async def forget(tx: Transaction, limit: Instant) -> int:
    """Forgets who was not seen since; how many."""
    return await tx.run("DELETE FROM ticket_presence WHERE seen < :limit", {"limit": limit})


async def leave(tx: Transaction, session: str, number: int | None) -> int:
    """Forgets a console at one ticket, or at all; from how many it left."""
    return await tx.run("DELETE FROM ticket_presence WHERE session = :session"
                        " AND (:ticket IS NULL OR ticket = :ticket)",
                        {"session": storable(session), "ticket": number})
