"""A mail that came: it becomes a ticket, a message, a rating, a note of a bounce; else it is kept, and reported.

Nothing is lost: either it is stored in one of these forms when `receive` returns, or `receive` raises StorageError and
the mail server keeps it and tries again. Nothing is stored twice: a mail is known by what it says.
"""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, Final

from opsconsole.core.clock import HOUR
from opsconsole.core.errors import StorageBusy, StorageFull, StorageUnusable
from opsconsole.core.text import limited
from opsconsole.core.units import Size
from opsconsole.tickets.mail import store
from opsconsole.tickets.mail.ids import new_id
from opsconsole.tickets.mail.matching import Match, Place, intake, match, rating, welcome
from opsconsole.tickets.mail.reading import FoundFile, Inbound, read
from opsconsole.tickets.model import (
    MOST_NAME,
    MOST_TEXT,
    MOST_TITLE,
    EventKind,
    Link,
    LinkKind,
    Party,
    Record,
    Source,
    changed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.blobs import Blob, Blobs
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database, Transaction
    from opsconsole.tickets.mail.loops import Bounce
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.service import TicketService

LOG = logging.getLogger(__name__)
MOST_FILES: Final = 90
"""Files of one mail that are attached; of more, the whole mail is kept besides."""
_GLIMPSE: Final = 50_000
"""Bytes of a mail that is too large which are looked at for its sender and subject."""
_CONTENT, _COPY = "<content>", "<copy>"
"""Before what a mail is known by; no Message-ID can begin so."""


class Outcome(StrEnum):
    """What became of a mail."""

    TICKET = "ticket"
    MESSAGE = "message"
    ROBOT = "robot"
    """A message that changes nothing."""
    BOUNCE = "bounce"
    RATING = "rating"
    COPY = "copy"
    """It had come before."""
    KEPT = "kept"


class Received(Record, frozen=True):
    """What became of a mail, and where."""

    outcome: Outcome
    ticket: int = 0
    """0: none."""
    kept: int = 0
    """The number of the kept mail; 0: it was not kept."""
    reason: str = ""
    """Why it was kept."""


class Receiver:
    """Takes mails, one at a time.

    Args:
        service: the tickets, with the settings of mail.
        db: the records.
        blobs: where files and kept mail lie.
        clock: the present.
    """

    def __init__(self, service: TicketService, db: Database, blobs: Blobs, clock: Clock) -> None:
        self._service = service
        self._db = db
        self._blobs = blobs
        self._clock = clock
        self._settings = service.settings
        self._own = self._settings.mail.addresses

    async def receive(self, stream: BinaryIO) -> Received:
        """Takes one mail, up to the end of the stream.

        Raises:
            StorageError: it could not be stored in any form; the mail server shall try again.
            OSError: the stream could not be read; as above.
        """
        most = int(self._settings.mail.most)
        raw = await asyncio.to_thread(stream.read, most + 1)
        if len(raw) > most:
            reason = f"it is larger than {Size(most)}, which is `tickets.mail.most`"
            return await self._keep(_Rest(raw, stream), reason, self._read(raw[:_GLIMPSE]))
        mail = self._read(raw)
        if mail is None:
            return await self._keep(BytesIO(raw), "it could not be read")
        try:
            return await self._take(mail, raw)
        except (StorageBusy, StorageFull, StorageUnusable):
            raise
        except Exception as problem:
            LOG.exception("a mail could not be stored as a ticket or a message")
            why = f"it could not be stored otherwise: {limited(str(problem), 300)}"
            return await self._keep(BytesIO(raw), why, mail)

    def _read(self, raw: bytes) -> Inbound | None:
        """The mail; None where that fails, which would be a mistake of the program."""
        try:
            return read(raw, self._own)
        except Exception:
            LOG.exception("a mail could not be read")
            return None

    async def _take(self, mail: Inbound, raw: bytes) -> Received:
        files, left_out = self._sorted(mail.files)
        # What takes time with the disk is done before the transaction, so that nobody waits for it.
        wanted = not isinstance(await self._place(self._db, mail), Received)
        for file in files if wanted else ():
            await asyncio.to_thread(self._blobs.put, file.data)
        whole = await asyncio.to_thread(self._blobs.put, raw) if wanted and left_out else None
        async with self._db.write() as tx:
            place = await self._place(tx, mail)
            done = place if isinstance(place, Received) else await self._placed(tx, mail, place, files, left_out)
            if not done.reason and whole is not None and done.ticket:
                reason = f"files of it were left out of ticket {done.ticket}"
                done = Received(done.outcome, done.ticket, await store.keep(tx, self._kept(reason, mail, whole)))
        return await self._keep(BytesIO(raw), done.reason, mail) if done.reason else done

    async def _place(self, db: Database | Transaction, mail: Inbound) -> Match | Received | None:
        """The ticket that it belongs to, None for a new one; or what becomes of it otherwise. Only reads."""
        seen = await store.known(db, [_CONTENT + mail.content, _COPY + mail.key])
        if seen:
            first = next(iter(seen.values())).ticket
            reason = f"it is a copy of a mail of ticket {first}, and says something else"
            return Received(Outcome.COPY, first) if _CONTENT + mail.content in seen else Received(
                Outcome.KEPT, first, reason=reason)
        found = match(mail, await store.known(db, mail.references), await store.people(db, mail.numbers))
        if mail.bounce is not None:
            sent = await store.sent_mail(db, (*mail.bounce.ids, *mail.references))
            if sent is None and mail.bounce.failed:
                return Received(Outcome.KEPT, reason="it says that a mail did not arrive, and that mail is not known")
            found = Match(Place(sent.ticket, sent.seq), proven=True) if sent is not None else found
        refused = self._refused(mail, found)
        return Received(Outcome.KEPT, reason=refused) if refused else found

    async def _placed(self, tx: Transaction, mail: Inbound, place: Match | None, files: Sequence[FoundFile],
                      left_out: Sequence[FoundFile]) -> Received:
        """Makes of it what it becomes; with a reason, nothing."""
        if mail.bounce is not None and mail.bounce.failed:
            return await self._bounced(tx, mail, mail.bounce)
        if await store.count_of(tx, mail.sender.mail, self._clock.now()) > self._settings.mail.per_sender:
            return Received(Outcome.KEPT, reason="this sender has sent too many within an hour, see"
                                                 " `tickets.mail.per_sender`")
        if place is None:
            return await self._opened(tx, mail, files, left_out)
        rated = rating(mail) if place.place.survey and not mail.automatic else None
        if rated is not None:
            return await self._rated(tx, mail, place.place.ticket, *rated)
        return await self._answered(tx, mail, place.place.ticket, files, left_out)

    def _refused(self, mail: Inbound, found: Match | None) -> str:
        """Why a mail becomes no ticket and no message; empty: it becomes one."""
        if not mail.sender.mail and found is None:
            return "it names no sender"
        if mail.sender.mail in self._own and mail.automatic:
            return f"{mail.automatic}, so it goes in a circle"
        if mail.automatic and found is None and not welcome(mail.sender.mail, self._settings):
            return f"{mail.automatic}, and it belongs to no ticket"
        return ""

    async def _bounced(self, tx: Transaction, mail: Inbound, bounce: Bounce) -> Received:
        """A mail of ours did not arrive."""
        from opsconsole.tickets.cases.types import Draft  # noqa: PLC0415 - as in `_answered`

        sent = await store.sent_mail(tx, (*bounce.ids, *mail.references))
        if sent is None:
            return Received(Outcome.KEPT, reason="it says that a mail did not arrive, and that mail is not known")

        whom = limited(bounce.recipient or ", ".join(sent.recipients), MOST_NAME)
        says = f"The mail to {whom} did not arrive" + (f": {bounce.says}" if bounce.says else ".")
        await store.bounced(tx, sent.id, bounce.says or "it came back")
        ticket = await self._service.append(tx, sent.ticket, [Draft(
            kind=EventKind.BOUNCED, text=says, party=Party.ROBOT, via=Source.MAIL, actor=mail.sender.mail[:MOST_NAME],
            data={"seq": sent.seq, "message_id": sent.message_id, "recipient": bounce.recipient,
                  "by": await store.writer(tx, sent.ticket, sent.seq)})])
        # Its copies are known; its Message-ID is none that an answer of ours should name.
        await self._remember(tx, mail, ticket, named=False)
        return Received(Outcome.BOUNCE, ticket.number)

    async def _rated(self, tx: Transaction, mail: Inbound, number: int, value: int, note: str) -> Received:
        """The answer to the question how satisfied somebody is."""
        from opsconsole.tickets import store as tickets  # noqa: PLC0415 - as in `_answered`
        from opsconsole.tickets.cases.types import Draft  # noqa: PLC0415

        ticket = await tickets.get(tx, await tickets.resolve(tx, number) or number)
        if ticket is None:
            return Received(Outcome.KEPT, reason=f"it answers a mail of ticket {number}, which is not there")
        ticket = await self._service.append(tx, ticket.number, [Draft(
            kind=EventKind.RATED, text=note[:MOST_TEXT], party=Party.REQUESTER, via=Source.MAIL, actor=_by(mail),
            changes=changed(ticket, satisfaction=value, satisfaction_note=note[:MOST_TEXT]),
            data=_data(mail))])
        await self._remember(tx, mail, ticket)
        return Received(Outcome.RATING, ticket.number)

    async def _answered(self, tx: Transaction, mail: Inbound, number: int, files: Sequence[FoundFile],
                        left_out: Sequence[FoundFile]) -> Received:
        """A message on a ticket; on one that is done for too long, a new ticket."""
        from opsconsole.tickets import store as tickets  # noqa: PLC0415 - the program starts without it
        from opsconsole.tickets.cases.types import Incoming  # noqa: PLC0415

        ticket = await tickets.get(tx, await tickets.resolve(tx, number) or number)
        if ticket is None:
            return Received(Outcome.KEPT, reason=f"it answers a mail of ticket {number}, which is not there")
        if not mail.automatic and self._service.too_late(ticket):
            return await self._opened(tx, mail, files, left_out, follows=ticket.number)
        ticket = await self._service.hear(tx, ticket.number, Incoming(
            text=_text(mail, left_out) or "(This mail has no text.)", by=_by(mail), message_id=mail.message_id,
            party=Party.ROBOT if mail.automatic else Party.REQUESTER, data=_data(mail)))
        seq = ticket.version
        await self._attach(tx, mail, ticket, files)
        await self._remember(tx, mail, ticket, seq)
        return Received(Outcome.ROBOT if mail.automatic else Outcome.MESSAGE, ticket.number)

    async def _opened(self, tx: Transaction, mail: Inbound, files: Sequence[FoundFile],
                      left_out: Sequence[FoundFile], *, follows: int = 0) -> Received:
        """A new ticket, and the mail that tells its number."""
        from opsconsole.tickets.cases.types import New  # noqa: PLC0415 - as above
        from opsconsole.tickets.store import outbox  # noqa: PLC0415

        kind = intake(mail, self._settings)
        ticket = await self._service.create_in(tx, New(
            title=mail.title[:MOST_TITLE].strip(), description=_opening(mail, left_out, self._own),
            category=kind.category if kind is not None else "", priority=kind.priority if kind is not None else None,
            team=kind.team if kind is not None else "", requester=mail.answer_to.shown[:MOST_NAME],
            requester_mail=mail.answer_to.mail, source=Source.MAIL, party=Party.REQUESTER, by=_by(mail), form=False,
            links=(Link(LinkKind.RELATES, str(follows)),) if follows else ()))
        await self._attach(tx, mail, ticket, files)
        await self._remember(tx, mail, ticket, 1)
        ours = self._settings.mail
        if ours.confirm and ours.address and not mail.automatic and mail.answer_to.mail not in self._own:
            now = self._clock.now()
            await outbox.add(tx, ticket.number, 1, "confirm", new_id(ours.address), [mail.answer_to.mail], now, now)
        return Received(Outcome.TICKET, ticket.number)

    async def _attach(self, tx: Transaction, mail: Inbound, ticket: Ticket, files: Sequence[FoundFile]) -> None:
        from opsconsole.tickets.cases.types import File  # noqa: PLC0415 - as above

        if files:
            await self._service.attach_in(
                tx, ticket.number, [File(one.name, one.data, public=True) for one in files], by=_by(mail),
                party=Party.ROBOT if mail.automatic else Party.REQUESTER, via=Source.MAIL)

    async def _remember(self, tx: Transaction, mail: Inbound, ticket: Ticket, seq: int = 0, *,
                        named: bool = True) -> None:
        ids = [_CONTENT + mail.content, _COPY + mail.key, *([mail.message_id] if named else [])]
        await store.remember(tx, ids, ticket.number, seq or ticket.version)

    def _sorted(self, files: Sequence[FoundFile]) -> tuple[list[FoundFile], list[FoundFile]]:
        """What is attached, and what is too large or too much for that."""
        most = int(self._settings.attachments.most)
        fitting = [file for file in files if len(file.data) <= most]
        large = [file for file in files if len(file.data) > most]
        return fitting[:MOST_FILES], [*large, *fitting[MOST_FILES:]]

    def _kept(self, reason: str, mail: Inbound | None, blob: Blob) -> store.KeptMail:
        return store.KeptMail(0, self._clock.now(), reason, mail.sender.mail if mail is not None else "",
                              mail.subject[:MOST_TITLE] if mail is not None else "", blob.size, blob.sha256)

    async def _keep(self, raw: BinaryIO, reason: str, mail: Inbound | None = None) -> Received:
        """Keeps a mail as it came, and tells whoever looks after tickets."""
        blob = await asyncio.to_thread(self._blobs.put, raw)
        made = self._kept(reason, mail, blob)
        async with self._db.write() as tx:
            told = await store.kept_lately(tx, made.sender, made.reason, made.at - HOUR)
            number = await store.keep(tx, made)
            if not told and "is a copy of" not in reason:
                await _report(tx, number, made)
        return Received(Outcome.KEPT, kept=number, reason=reason)


class _Rest(BytesIO):
    """What was read of a stream, and what is still to be read."""

    def __init__(self, begun: bytes, stream: BinaryIO) -> None:
        super().__init__(begun)
        self._stream = stream

    def read(self, size: int | None = -1, /) -> bytes:
        """See `BytesIO`."""
        return super().read(size) or self._stream.read(-1 if size is None else size)


async def _report(tx: Transaction, number: int, made: store.KeptMail) -> None:
    from opsconsole.notify import service as notify  # noqa: PLC0415 - only where something is wrong
    from opsconsole.notify.model import Notice, NoticeKind, Severity  # noqa: PLC0415
    from opsconsole.tickets.telling import CATEGORY  # noqa: PLC0415

    sender = limited(made.sender, 100) or "an unknown sender"
    await notify.put(tx, Notice(
        NoticeKind.NOTE, f"mail:{number}", Severity.WARNING, f"a mail from {sender} was kept",
        f"It became no ticket: {limited(made.reason, 300)}.\nSubject: {limited(made.subject, 200) or 'none'}\n"
        f"It is number {number} of `opsconsole ticket kept`; more of the same within an hour is kept without a word.",
        made.at, CATEGORY))


def _by(mail: Inbound) -> str:
    return mail.sender.shown[:MOST_NAME] or "unknown"


def _data(mail: Inbound) -> dict[str, object]:
    data = {"mail": mail.sender.mail, "message_id": mail.message_id, "subject": mail.subject[:MOST_TITLE],
            "automatic": mail.automatic}
    return {name: value for name, value in data.items() if value}


def _text(mail: Inbound, left_out: Sequence[FoundFile]) -> str:
    """The text of a mail, with what is said of files that are not there."""
    lines = [f"[{limited(one.name, 100)} ({len(one.data):,} bytes) was not attached; the whole mail is kept.]"
             for one in left_out[:20]]
    return "\n\n".join(part for part in (mail.text.rstrip(), "\n".join(lines)) if part)


def _opening(mail: Inbound, left_out: Sequence[FoundFile], own: frozenset[str]) -> str:
    """What a new ticket says: the text, before it whatever of the headers the ticket has no field for."""
    head = []
    if len(mail.title) > MOST_TITLE:
        head.append(f"Subject: {mail.subject[:3_000]}")
    if mail.answer_to.mail != mail.sender.mail:
        head.append(f"From: {mail.sender.name} <{mail.sender.mail}>")
    others = [one for one in mail.to if one not in own and one != mail.sender.mail]
    if others and own:
        head.append(f"Also to: {', '.join(others[:20])}")
    return "\n\n".join(part for part in ("\n".join(head), _text(mail, left_out)) if part)
