"""Tickets that people make of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.identity import Role, require
from opsconsole.health.alerts.service import AlertService
from opsconsole.health.alerts.ticketing import PRIORITIES, key_of, known_category, ticket_of, title_of
from opsconsole.tickets.linked import open_about
from opsconsole.tickets.model import MOST_TITLE, Link, LinkKind, Source
from opsconsole.tickets.service import New

if TYPE_CHECKING:
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.health.alerts.model import Alert
    from opsconsole.tickets.service import TicketService


class TicketMaker:
    """Makes tickets of alerts for people.

    Args:
        db: the records.
        clock: where time comes from.
        service: of tickets.
    """

    def __init__(self, db: Database, clock: Clock, service: TicketService) -> None:
        self._db = db
        self._clock = clock
        self._service = service

    async def ticket(self, actor: Actor, number: int) -> int:
        """The ticket of an alert: the one that it has, else the open one of its group, else a new one; its number.

        Args:
            actor: who; to make one or to link it takes operator and up.
            number: of the alert.

        Raises:
            NotThere: there is no such alert.
            PermissionDenied: the role does not allow it.
            UsageError: tickets refuse it.
            StorageError: the records could not be used.
        """
        alert = await AlertService(self._db, self._clock).one(number)
        linked = await ticket_of(self._db, number)
        if linked is not None:
            return linked.number
        require(actor, Role.OPERATOR, "make a ticket of an alert")
        about = await open_about(self._db, key_of(alert))
        if about is None:
            about = await self._made(actor, alert)
        else:
            await self._service.link(actor, about, LinkKind.ALERT, str(alert.id))
        return about

    async def _made(self, actor: Actor, alert: Alert) -> int:
        new = New(title_of(alert)[:MOST_TITLE], alert.text, category=known_category(alert, self._service),
                  priority=PRIORITIES[alert.severity], alert_key=key_of(alert), source=Source.ALERT, form=False,
                  links=(Link(LinkKind.ALERT, str(alert.id)),))
        async with self._db.write() as tx:
            # Somebody else may have pressed the same key in this moment.
            linked = await ticket_of(tx, alert.id)
            return linked.number if linked is not None else (
                await self._service.create_in(tx, new, actor=actor)).number
