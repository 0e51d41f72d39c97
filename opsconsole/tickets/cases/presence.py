"""Who looks at what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.cases.base import Desk

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
        raise NotImplementedError

    async def leave(self, session: str, number: int | None = None) -> None:
        """Says that a console has closed a ticket, or (None) all."""
        raise NotImplementedError
