"""Tickets about alerts: one for each group of alerts, which knows when they fire again, become worse, and are over."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from opsconsole.core.errors import OpsError, StorageError
from opsconsole.core.format import duration
from opsconsole.health.alerts import store
from opsconsole.notify.model import Severity
from opsconsole.tickets.model import EventKind, LinkKind, Phase, Priority, Source

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database, Transaction
    from opsconsole.health.alerts.model import Alert, Evidence
    from opsconsole.tickets.model import Summary, Ticket
    from opsconsole.tickets.service import TicketService

    Reader = Database | Transaction

LOG = logging.getLogger(__name__)

PRIORITIES: Final = {Severity.CRITICAL: Priority.URGENT, Severity.WARNING: Priority.HIGH, Severity.INFO: Priority.LOW}


def key_of(alert: Alert) -> str:
    """What an alert's ticket is about."""
    return alert.detail.group or alert.key


def title_of(alert: Alert) -> str:
    """What a new ticket about an alert is called."""
    return f"{alert.title}: {alert.text}" if alert.text and not alert.text.startswith(alert.title) else (
        alert.text or alert.title)


def known_category(alert: Alert, service: TicketService) -> str:
    """The category that its rule names; empty where there is none of this name any more."""
    category = alert.detail.ticket_category
    return category if category in service.settings.all_categories else ""


class AlertTickets:
    """What happens to alerts, as events of their tickets. An alert is never lost because of its ticket.

    Args:
        service: of tickets.
    """

    def __init__(self, service: TicketService) -> None:
        self._service = service

    async def fired(self, tx: Transaction, alert: Alert, text: str) -> None:
        """Opens a ticket, or notes in the one of its group that it fires; one that is done is reopened.

        Args:
            tx: the transaction of the alert.
            alert: it has its number.
            text: what is known of it.

        Raises:
            StorageError: it could not be stored.
        """
        if await self._linked(tx, alert) is not None:
            return
        await _kept(alert, self._service.from_alert(
            tx, key_of(alert), alert.id, title_of(alert), text, category=known_category(alert, self._service),
            priority=PRIORITIES[alert.severity]))

    async def worse(self, tx: Transaction, alert: Alert) -> None:
        """Notes that it became louder; a ticket that is less urgent than that becomes as urgent.

        Raises:
            StorageError: it could not be stored.
        """
        linked = await self._linked(tx, alert)
        if linked is None or not linked.phase.open:
            return
        priority = PRIORITIES[alert.severity]
        wanted = {"priority": (linked.priority.value, priority.value)} if priority.rank < linked.priority.rank else {}
        await _kept(alert, self._append(tx, linked.number, EventKind.ALERT, f"{alert.severity.value}: {alert.text}",
                                        alert, "worse", wanted))

    async def over(self, tx: Transaction, alert: Alert, text: str) -> None:
        """Notes that it is over; the ticket stays open for whoever has it.

        Raises:
            StorageError: it could not be stored.
        """
        if await self._linked(tx, alert) is not None:
            await _kept(alert, self._service.alert_over(tx, key_of(alert), alert.id, text))

    async def evidence(self, tx: Transaction, alert: Alert, found: Evidence) -> None:
        """Adds what was seen as an internal note.

        Raises:
            StorageError: it could not be stored.
        """
        linked = await self._linked(tx, alert)
        if linked is None or not linked.phase.open or not found.parts:
            return
        # Four blanks before each line: nothing in it can end the block, or be taken for Markdown.
        parts = [f"**{part.title}**\n\n" + "\n".join(f"    {line}" for line in part.text.splitlines())
                 for part in found.parts]
        text = "\n\n".join([f"What was seen when alert {alert.id} fired:", *parts])
        await _kept(alert, self._append(tx, linked.number, EventKind.MESSAGE, text, alert, "evidence", {}))

    async def _append(self, tx: Transaction, number: int, kind: EventKind, text: str, alert: Alert, what: str,
                      changes: dict[str, tuple[str, str]]) -> None:
        from opsconsole.tickets.service import Draft  # noqa: PLC0415 - only where there are tickets

        await self._service.append(tx, number, [
            Draft(kind=kind, text=text, via=Source.ALERT, data={"alert": alert.id, "what": what}, changes=changes)])

    async def _linked(self, tx: Transaction, alert: Alert) -> Summary | None:
        return await ticket_of(tx, alert.id)


async def _kept(alert: Alert, work: Awaitable[object]) -> None:
    """Does something with a ticket; where tickets refuse it, the alert goes on without."""
    try:
        await work
    except StorageError:
        raise
    except (OpsError, ValueError) as problem:
        LOG.error("alert %d has no ticket: %s", alert.id, problem)  # noqa: TRY400 - the sentence says it all


async def ticket_of(db: Reader, alert: int) -> Summary | None:
    """The ticket of an alert, open or done; None: it has none.

    Raises:
        StorageError: the records could not be read.
    """
    from opsconsole.tickets.linked import tickets_of_alerts  # noqa: PLC0415 - as above

    return (await tickets_of_alerts(db, [alert])).get(alert)


class AlertGate:
    """Lets a ticket about alerts be done only when they have been over for a while; a `tickets.service.Gate`.

    Args:
        clock: where time comes from.
        green_for: seconds; `tickets.closing.green_for`.
    """

    def __init__(self, clock: Clock, green_for: float) -> None:
        self._clock = clock
        self._green_for = green_for

    async def objection(self, db: Reader, ticket: Ticket, phase: Phase) -> str:
        """Why a ticket should not be done now: an alert of it fires, or is over for a short time only; else empty."""
        if phase is not Phase.DONE or not ticket.alert_key:
            return ""
        numbers = [int(link.target) for link in ticket.links if link.kind is LinkKind.ALERT and link.target.isdecimal()]
        found = await store.endings(db, numbers)
        firing = [one for one in found if one.ended is None]
        if firing:
            more = f" and {len(firing) - 1} more" if len(firing) > 1 else ""
            return f"its alert {firing[0].id} ({firing[0].title}){more} still fires"
        last = max((one.ended for one in found if one.ended is not None), default=None)
        if last is None:
            return ""
        green = (self._clock.now() - last) / 1000
        if green >= self._green_for:
            return ""
        return (f"its alert has been over for {duration(max(0.0, green))} only, and not yet for"
                f" {duration(self._green_for)}")
