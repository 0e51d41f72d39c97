"""Mail to requesters, as far as whoever writes and undoes it needs to know; the rest is `tickets.mail`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from opsconsole.tickets.store.rows import to_json
from opsconsole.tickets.store.types import Outgoing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.tickets.store.rows import Reader


async def add(tx: Transaction, number: int, seq: int, kind: str, message_id: str, recipients: Sequence[str],
              now: Instant, due: Instant) -> None:
    """Queues a mail about an event, not to leave before `due`."""
    await tx.run("INSERT INTO ticket_mail (ticket, seq, kind, message_id, recipients, created, due, state)"
                 " VALUES (:ticket, :seq, :kind, :message, :recipients, :now, :due, 'waiting')",
                 {"ticket": number, "seq": seq, "kind": kind, "message": message_id,
                  "recipients": to_json(list(recipients)), "now": now, "due": due})


async def states(db: Reader, number: int) -> dict[int, Outgoing]:
    """The mails of a ticket by the event that each was written in; of several in one, the reply."""
    rows = await db.rows("SELECT seq, state, due, kind, recipients, problem FROM ticket_mail WHERE ticket = :ticket"
                         " ORDER BY seq, kind = 'reply', id", {"ticket": number})
    return {row["seq"]: Outgoing(row["state"], row["due"], row["kind"],
                                 msgspec.json.decode(row["recipients"], type=tuple[str, ...]), row["problem"])
            for row in rows}


async def cancel(tx: Transaction, number: int, seq: int, now: Instant) -> bool:
    """Takes back the mails of an event; False when one has left, or is just leaving."""
    await tx.run("UPDATE ticket_mail SET state = 'cancelled', finished = :now WHERE ticket = :ticket AND seq = :seq"
                 " AND state IN ('waiting', 'failed')", {"ticket": number, "seq": seq, "now": now})
    row = await tx.row("SELECT 1 FROM ticket_mail WHERE ticket = :ticket AND seq = :seq"
                       " AND state IN ('sending', 'sent')",
                       {"ticket": number, "seq": seq})
    return row is None


async def queue_again(tx: Transaction, number: int, seq: int, due: Instant) -> None:
    """Lets the mails of an event leave after all that were taken back."""
    await tx.run("UPDATE ticket_mail SET state = 'waiting', finished = NULL, due = :due, attempts = 0, problem = ''"
                 " WHERE ticket = :ticket AND seq = :seq AND state = 'cancelled'",
                 {"ticket": number, "seq": seq, "due": due})


async def asked(db: Reader, number: int) -> bool:
    """Whether the requester was asked how satisfied they are, or will be."""
    row = await db.row("SELECT 1 FROM ticket_mail WHERE ticket = :ticket AND kind = 'survey' AND state <> 'cancelled'",
                       {"ticket": number})
    return row is not None
