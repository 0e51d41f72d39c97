"""Addresses beyond ASCII, RFC 6531: in and out, and what is said where a server takes none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.clock import SECOND
from opsconsole.tickets.mail.receiving import Outcome
from opsconsole.tickets.model import EventKind
from tests.tickets.desk import ANA
from tests.tickets.mail.bench import mail, office, sink

if TYPE_CHECKING:
    from pathlib import Path

JURGEN = "jürgen@müller.example"
ASCII_DOMAIN = "jürgen@xn--mller-kva.example"


async def test_a_conversation_with_somebody_beyond_ascii(tmp_path: Path) -> None:
    with sink() as (box, smtp):
        async with office(tmp_path, smtp=smtp) as one:
            ticket = await one.ticket_of(mail("Es raucht.", sender=f"Jürgen Müller <{JURGEN}>"))
            assert (ticket.requester, ticket.requester_mail) == ("Jürgen Müller", JURGEN)
            await one.service.reply(ANA, ticket.number, "Pull the plug.")
            one.clock.go(11 * SECOND)
            await one.send()
            assert box.recipients == [[ASCII_DOMAIN]] * 2
            assert f"<{ASCII_DOMAIN}>".encode() in box.raw[1]
            answer = await one.take(mail("Danke.", sender=f"<{JURGEN.upper()}>",
                                         headers=f"In-Reply-To: {box.mails[1]['Message-ID']}"))
            assert (answer.outcome, answer.ticket) == (Outcome.MESSAGE, ticket.number)
            assert await one.events(ticket.number, EventKind.BOUNCED) == []
            await one.desk.check()


async def test_a_server_that_takes_none_is_told_of_in_the_ticket(tmp_path: Path) -> None:
    with sink(enable_SMTPUTF8=False) as (box, smtp):
        async with office(tmp_path, smtp=smtp) as one:
            ticket = await one.ticket_of(mail(sender=f"<{JURGEN}>"))
            await one.send()
            where = f"{smtp.host}:{smtp.port}"
            says = (f"{where} takes no address beyond ASCII such as {ASCII_DOMAIN} (it has no SMTPUTF8); write to"
                    " another one")
            (bounced,) = await one.events(ticket.number, EventKind.BOUNCED)
            assert bounced.text == f"The mail to {JURGEN} did not leave: {says}."
            assert await one.desk.column("SELECT state || ' ' || problem FROM ticket_mail") == [f"failed {says}"]
            assert box.raw == []

