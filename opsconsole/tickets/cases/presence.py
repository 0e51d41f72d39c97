"""Who looks at what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets import store
from opsconsole.tickets.cases import checks
from opsconsole.tickets.cases.base import Desk
from opsconsole.tickets.cases.reading import SEEN
from opsconsole.tickets.cases.work import no_ticket
from opsconsole.tickets.model import PRESENCE
from opsconsole.tickets.store import looking

if TYPE_CHECKING:
    from opsconsole.core.identity import Actor


class Looking(Desk):
    """Presence of people on tickets. Viewers are seen as well."""

    async def look(self, actor: Actor, session: str, number: int, writing: bool = False) -> None:
        """Says that a console has a ticket open; to be repeated every 10 s, it is forgotten after 30.

        Args:
            actor: who.
            session: which console: any text that is its own.
            number: of the ticket.
            writing: whether something is being written.

        Raises:
            NotThere: there is no such ticket.
        """
        now = self._clock.now()
        limit = now - SEEN
        async with self._db.write() as tx:
            if await store.get(tx, number) is None:
                raise no_ticket([number])
            gone = await looking.forget(tx, limit)
            fresh = await looking.see(tx, checks.line(session, "A session"), number, actor.name, writing, now, limit)
            if gone or fresh:
                tx.touch(PRESENCE)

    async def leave(self, session: str, number: int | None = None) -> None:
        """Says that a console has closed a ticket, or (None) all."""
        async with self._db.write() as tx:
            if await looking.leave(tx, session, number):
                tx.touch(PRESENCE)
