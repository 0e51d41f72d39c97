"""Tickets about items of checklists that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.tickets import store
from opsconsole.tickets.cases.alerts import MOST_LINKS, shortened_title
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.cases.writing import Writing
from opsconsole.tickets.model import MOST_TEXT, EventKind, Link, LinkKind, Party, Source, changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.model import Priority, Ticket

MOST_ASKED: Final = 20
"""Earlier tickets that are looked at for one that is open."""


class Checklists(Writing):
    """What checklists tell tickets, as part of the transaction of the answer."""

    async def from_checklist(self, tx: Transaction, about: Sequence[int], run: int, title: str, text: str, *,
                             actor: Actor | None = None, category: str = "", priority: Priority | None = None
                             ) -> tuple[Ticket, bool]:
        """An item failed that wants a ticket: the first open one of those about it notes that, or else one is opened.

        Args:
            tx: the transaction of the answer.
            about: the tickets about this item, newest first; one that was merged goes on as another.
            run: the number of the run; the ticket is linked to it.
            title: of a new ticket.
            text: what failed, with its evidence.
            actor: who answered; None: the program.
            category: of a new ticket; empty, or one that there is not: the first one.
            priority: of a new ticket; None: that of the category.

        Returns:
            The ticket, and whether there was one already.

        Raises:
            UsageError: no ticket can be opened as things are configured.
        """
        link = Link(LinkKind.RUN, str(run))
        known = await self._first_open(tx, about)
        if known is None:
            return await self.create_in(tx, New(
                shortened_title(title), text[:MOST_TEXT], category if category in self.settings.all_categories else "",
                priority, links=(link,), source=Source.CHECKLIST, party=Party.STAFF if actor else Party.SYSTEM,
                form=False), actor=actor), False
        work = self._work(tx, actor, "checklist", Source.CHECKLIST)
        ticket = (await work.read(known))[0]
        links = ticket.links if link in ticket.links else (*ticket.links[-MOST_LINKS:], link)
        work.add(known, EventKind.RECURRED, text=text[:MOST_TEXT], changes=changed(ticket, links=links),
                 data={"run": run, "what": "failed"})
        await work.finish()
        return work.ticket(known), True

    async def _first_open(self, tx: Transaction, about: Sequence[int]) -> int | None:
        """The first of some tickets that is open, or was merged into one that is."""
        targets = [target for number in about[:MOST_ASKED]
                   if (target := await store.resolve(tx, number)) is not None]
        going = await store.open_among(tx, targets)
        return next((number for number in targets if number in going), None)
