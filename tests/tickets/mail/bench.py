"""What the tests of mail share: mails in a few words, and a desk that takes and sends them."""

from __future__ import annotations

import socket
import textwrap
from contextlib import asynccontextmanager, contextmanager
from email import message_from_bytes, policy
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from aiosmtpd.controller import Controller
from msgspec.structs import replace

from opsconsole.core.clock import SECOND
from opsconsole.core.units import Duration
from opsconsole.tickets.mail.receiving import Receiver
from opsconsole.tickets.mail.sending import Postman
from opsconsole.tickets.settings import Smtp
from tests.tickets.desk import BERLIN, SETTINGS, Desk, desk

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from opsconsole.core.database import Transaction
    from opsconsole.tickets.mail.receiving import Received
    from opsconsole.tickets.model import Event, EventKind, Ticket
    from opsconsole.tickets.settings import TicketSettings

SUPPORT: Final = "support@example.com"
KIM: Final = "Kim <kim@example.com>"


_numbers = count(1)


def mail(text: str = "It is broken.", *, subject: str | None = "printer", sender: str = KIM, to: str = SUPPORT,
         headers: str = "", content: str = "Content-Type: text/plain; charset=utf-8", id_: str = "") -> bytes:
    """A mail; each has its own Message-ID unless one is given."""
    head = [f"From: {sender}", f"To: {to}", *([f"Subject: {subject}"] if subject is not None else []),
            f"Message-ID: <{id_ or f'{next(_numbers)}.test@example.com'}>", "Date: Wed, 18 Nov 2026 10:00:00 +0100",
            *textwrap.dedent(headers).strip().splitlines(), content]
    return ("\r\n".join(head) + "\r\n\r\n" + text).encode("utf-8", "surrogateescape")


class Guard:
    """Whether this process may work; a test takes that away."""

    held = True

    def holds(self) -> bool:
        return self.held

    async def confirm(self, tx: Transaction) -> None:
        from opsconsole.core.jobs import LeaseLost

        if not self.held:
            raise LeaseLost


class Office:
    """A desk with its mail."""

    def __init__(self, made: Desk) -> None:
        self.desk = made
        self.db, self.clock, self.service, self.blobs = made.db, made.clock, made.service, made.blobs
        self.guard = Guard()
        self.receiver = Receiver(made.service, made.db, made.blobs, made.clock)
        self.postman = Postman(made.service, made.db, made.blobs, made.clock, self.guard, BERLIN)

    async def take(self, raw: bytes) -> Received:
        """What becomes of a mail."""
        return await self.receiver.receive(BytesIO(raw))

    async def ticket_of(self, raw: bytes) -> Ticket:
        """The ticket that a mail belongs to."""
        done = await self.take(raw)
        assert done.ticket, done
        return await self.service.get(done.ticket)

    async def events(self, number: int, kind: EventKind) -> list[Event]:
        return [event for event in await self.service.events(number) if event.kind is kind]

    async def kept(self) -> list[str]:
        """Why mails were kept."""
        return await self.desk.column("SELECT reason FROM ticket_mail_kept ORDER BY id")

    async def notices(self) -> list[str]:
        """What was told about mail."""
        return await self.desk.column("SELECT title FROM outbox_notice WHERE thread LIKE 'mail:%' ORDER BY seq")

    async def send(self) -> None:
        """Lets everything leave that is due."""
        from opsconsole.core.jobs import Due

        await self.postman.run(Due(self.clock.now()))


@asynccontextmanager
async def office(folder: Path, settings: TicketSettings = SETTINGS, **mail_settings: Any) -> AsyncIterator[Office]:
    """An office in a folder."""
    settings = replace(settings, mail=replace(settings.mail, **mail_settings)) if mail_settings else settings
    async with desk(folder, settings) as made:
        yield Office(made)


class Sink:
    """What an SMTP server got; `answers` are what it says to the next mails in place of taking them."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answers: list[str] = []
        self.refused: dict[str, str] = {}
        self.ehlo: list[str] = []

    async def handle_RCPT(self, server: object, session: object, envelope: Any, address: str, options: object) -> str:  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answers:
            answer = self.answers.pop(0)
            if answer:
                return answer
        self.raw.append(envelope.content)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sink(tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[tuple[Sink, Smtp]]:
    """A mail server on this machine, and the settings to reach it."""
    box, port = Sink(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, tls_context=tls, require_starttls=tls is not None,
                            **options)
    controller.start()
    try:
        yield box, Smtp(host="127.0.0.1", port=port, timeout=Duration(10))
    finally:
        controller.stop()


async def states(one: Office) -> list[str]:
    return await one.desk.column("SELECT state FROM ticket_mail ORDER BY id")


async def later(one: Office, ms: int = 11 * SECOND) -> None:
    one.clock.go(ms)
    await one.send()
