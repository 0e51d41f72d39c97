"""Mail that a change queues for the requester; what it says is made when it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.store import outbox

if TYPE_CHECKING:
    from opsconsole.tickets.cases.work import Work
    from opsconsole.tickets.model import Event, Ticket
    from opsconsole.tickets.settings import Mail, TicketSettings


async def queue_reply(work: Work, ticket: Ticket, event: Event, mail: Mail) -> bool:
    """Queues a reply where the requester has an address and mail is configured; whether it did."""
    return await _queue(work, ticket, event, "reply", mail)


async def queue_survey(work: Work, ticket: Ticket, event: Event, settings: TicketSettings) -> bool:
    """Queues the question how satisfied the requester is, once for each ticket; whether it did."""
    if not settings.satisfaction.ask or ticket.satisfaction or await outbox.asked(work.tx, ticket.number):
        return False
    return await _queue(work, ticket, event, "survey", settings.mail)


async def _queue(work: Work, ticket: Ticket, event: Event, kind: str, mail: Mail) -> bool:
    if not ticket.requester_mail or not mail.address:
        return False
    from opsconsole.tickets.mail.ids import new_id  # noqa: PLC0415 - only where mail is configured

    await outbox.add(work.tx, ticket.number, event.seq, kind, new_id(mail.address), [ticket.requester_mail], work.now,
                     work.now + round(mail.hold * 1000))
    return True
