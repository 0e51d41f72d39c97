"""Tickets about alerts: one group of alerts, one ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.cases.base import Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Transaction
    from opsconsole.tickets.model import Priority, Ticket


class Alerts(Desk):
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
        raise NotImplementedError

    async def alert_over(self, tx: Transaction, key: str, alert: int, text: str = "") -> Ticket | None:
        """An alert is over: its open ticket notes that, and stays open for whoever has it; None: there is none."""
        raise NotImplementedError
