"""Tickets about alerts: one group of alerts, one ticket."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from opsconsole.core.errors import UsageError
from opsconsole.tickets import store
from opsconsole.tickets.cases import checks
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.cases.writing import Writing
from opsconsole.tickets.lifecycle import lifecycle_of, reopened_in
from opsconsole.tickets.model import MOST_TEXT, MOST_TITLE, EventKind, Link, LinkKind, Party, Source, changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Transaction
    from opsconsole.tickets.model import Priority, Ticket

MOST_KEY: Final = 1000
"""Characters of a key; what is longer is told apart by its beginning."""
MOST_LINKS: Final = 99
"""Alerts that a ticket keeps links to, besides the newest."""


class Alerts(Writing):
    """What health tells tickets, as part of the transaction of the alert."""

    async def from_alert(self, tx: Transaction, key: str, alert: int, title: str, text: str = "", *,
                         category: str = "", priority: Priority | None = None, tags: Sequence[str] = ()) -> Ticket:
        """An alert fires that wants a ticket.

        An open ticket about the same key notes that it happened again; one that was done not longer ago than
        `tickets.closing.reopen_within` is reopened; else a new one is opened.

        Args:
            tx: the transaction of the alert.
            key: what the alert is about: those of one key share a ticket.
            alert: its number; the ticket is linked to it.
            title: of a new ticket.
            text: what was seen.
            category: of a new ticket; empty: the first one.
            priority: of a new ticket; None: that of the category.
            tags: of a new ticket.
        """
        known = await self._about(tx, key)
        link = Link(LinkKind.ALERT, str(alert))
        if known is None:
            return await self.create_in(tx, New(
                shortened_title(title), text[:MOST_TEXT], category if category in self.settings.all_categories else "",
                priority, tags=usable_tags(tags), links=(link,), alert_key=key[:MOST_KEY], source=Source.ALERT,
                party=Party.SYSTEM, form=False))
        work = self._work(tx, None, "alert", Source.ALERT)
        ticket = (await work.read(known.number))[0]
        changes = changed(ticket, links=ticket.links if link in ticket.links else (*ticket.links[-MOST_LINKS:], link))
        if not ticket.phase.open:
            lifecycle = lifecycle_of(ticket, self.settings)
            state = reopened_in(lifecycle)
            changes |= changed(ticket, state=state, phase=lifecycle.states[state])
        work.add(ticket.number, EventKind.RECURRED, text=text[:MOST_TEXT], changes=changes,
                 data={"alert": alert, "what": "fired"})
        await work.finish()
        return work.ticket(ticket.number)

    async def alert_over(self, tx: Transaction, key: str, alert: int, text: str = "") -> Ticket | None:
        """An alert is over: its open ticket notes that, and stays open for whoever has it; None: there is none."""
        known = await self._about(tx, key)
        if known is None or not known.phase.open:
            return None
        work = self._work(tx, None, "alert", Source.ALERT)
        await work.read(known.number)
        work.add(known.number, EventKind.ALERT, text=text[:MOST_TEXT], data={"alert": alert, "what": "over"})
        await work.finish()
        return work.ticket(known.number)

    async def _about(self, tx: Transaction, key: str) -> Ticket | None:
        """The ticket about a group of alerts, or the one that it was merged into; None: none, or none that goes on."""
        known = await store.with_alert(tx, key[:MOST_KEY])
        if known is not None and known.merged_into:
            known = await store.get(tx, await store.resolve(tx, known.number) or 0)
        return None if known is None or self.too_late(known) else known


def usable_tags(words: Sequence[str]) -> tuple[str, ...]:
    """Those of some words that can be tags: an alert is no place to refuse one."""
    made: list[str] = []
    for word in words:
        with suppress(UsageError):
            made += checks.tags([word])
    return tuple(dict.fromkeys(made))[:checks.MOST_SET]


def shortened_title(text: str) -> str:
    """A title of what the program says; never too long, never empty."""
    text = " ".join(text.split()) or "an alert fires"
    return text if len(text) <= MOST_TITLE else text[:MOST_TITLE - 1] + "…"
