"""What becomes of mail: tickets, messages, ratings, bounces; or it is kept and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.mail.receiving import Outcome
from opsconsole.tickets.model import EventKind, Party, Source
from tests.tickets.mail.bench import mail, office

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_mail_becomes_a_ticket_and_its_number_is_told(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        done = await one.take(mail("The printer smokes.\n", subject="Re: AW: [#99] printer   smokes"))
        assert done.outcome is Outcome.TICKET
        ticket = await one.service.get(done.ticket)
        assert (ticket.title, ticket.description) == ("printer smokes", "The printer smokes.")
        assert (ticket.requester, ticket.requester_mail, ticket.source) == ("Kim", "kim@example.com", Source.MAIL)
        assert ticket.unanswered == 1
        (created,) = await one.events(done.ticket, EventKind.CREATED)
        assert (created.party, created.actor) == (Party.REQUESTER, "Kim")
        rows = await one.db.rows("SELECT kind, recipients, state FROM ticket_mail")
        assert [tuple(row) for row in rows] == [("confirm", '["kim@example.com"]', "waiting")]
        await one.desk.check()
