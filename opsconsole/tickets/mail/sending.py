"""The agent's job that lets mail leave: it takes what is due, hands it to the server, and notes how that ended.

A mail is taken by compare-and-swap, so that nobody else sends it and nobody can take it back any more. Where this
process ends between handing over and noting, nobody knows whether it left: then it is sent once more, with the same
Message-ID, by which the receiver can drop it, and never a third time.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import HOUR, MINUTE, SECOND
from opsconsole.core.errors import StorageError
from opsconsole.core.jobs import Due, Every, Job, Workplace
from opsconsole.core.text import limited
from opsconsole.tickets.mail import store
from opsconsole.tickets.model import MOST_TEXT, EventKind, Party, Source
from opsconsole.tickets.settings import TicketSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.jobs import Guard
    from opsconsole.tickets.cases.types import Draft
    from opsconsole.tickets.mail.smtp import Handed
    from opsconsole.tickets.mail.store import Waiting
    from opsconsole.tickets.mail.writing import PublicFile
    from opsconsole.tickets.service import TicketService

LOG = logging.getLogger(__name__)
BEAT: Final = 1.0
"""Seconds between two looks at what is due: one question to the database."""
BATCH: Final = 20
"""Mails of one run."""
GIVE_UP: Final = 48 * HOUR
"""After which a mail that no server takes is given up."""
_PAUSES: Final = (30, 60, 120, 300, 600, 1200, 1800, 3600)
"""Seconds until the next attempt; the last one is for all that follow."""
_LEAST: Final = 5
"""Attempts before a mail is given up, however late it is: a clock may have jumped."""
_SPARE: Final = 2 * MINUTE
"""How long after its time an attempt is known to have been cut off."""
_TROUBLE: Final = 4
"""Attempts after which somebody is told that mail does not leave."""
_ENDING: Final = 5.0
"""Seconds that a connection has to end when it must."""
_UNKNOWN: Final = "an attempt was cut off, and nobody knows whether it left"


def pause(attempts: int) -> int:
    """Milliseconds until the next attempt, after so many that failed."""
    return _PAUSES[min(attempts, len(_PAUSES)) - 1] * SECOND


def mail_jobs(place: Workplace) -> list[Job]:
    """The job that sends mail; none where no address is configured to send from."""
    from opsconsole.notify.zones import local_zone  # noqa: PLC0415 - only where mail is configured
    from opsconsole.tickets.service import TicketService  # noqa: PLC0415 - as above

    settings = place.settings.tickets or TicketSettings()
    if not settings.mail.address:
        return []
    zone, blobs = local_zone(), Blobs(place.paths.data / "blobs")
    service = TicketService(place.records, place.clock, settings, zone=zone, blobs=blobs,
                            notify_settings=place.settings.notify, cache=place.paths.cache)
    postman = Postman(service, place.records, blobs, place.clock, place.guard, zone)
    return [Job("tickets.mail", postman.run, Every(BEAT), limit=60 + BATCH * (float(settings.mail.smtp.timeout) + 30),
                recorded=False, backoff=False, eager=True)]


class Postman:
    """Sends what is due.

    Args:
        service: the tickets, with the settings of mail.
        db: the records.
        blobs: where files lie.
        clock: the present.
        guard: whether this process may work.
        zone: in which times are written.
    """

    def __init__(self, service: TicketService, db: Database, blobs: Blobs, clock: Clock, guard: Guard,
                 zone: tzinfo) -> None:
        self._service = service
        self._settings = service.settings
        self._db = db
        self._blobs = blobs
        self._clock = clock
        self._guard = guard
        self._zone = zone
        self._patience = round(float(self._settings.mail.smtp.timeout) * 1000) + _SPARE
        """Milliseconds after which a mail that was taken is known to have been cut off."""
        self._told: Instant = 0
        """When somebody was last told that mail does not leave."""

    async def run(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Sends what is due, at most `BATCH` mails.

        Raises:
            LeaseLost: another agent works now; nothing was taken.
            StorageError: nothing was taken, or what was handed over could not be noted.
        """
        now = self._clock.now()
        first = await store.next_due(self._db, self._patience, now)
        if first is None or first > now or not self._guard.holds():
            return
        await self._recover()
        for _ in range(BATCH):
            if not await self.send_one():
                return

    async def send_one(self) -> bool:
        """Sends the mail that has waited longest; False: none is due."""
        async with self._db.write() as tx:
            await self._guard.confirm(tx)
            mail = await store.claim(tx, self._clock.now())
        if mail is None:
            return False
        handed, cancelled = await self._hand_over(mail)
        await self._note(mail, handed)
        if cancelled:
            raise asyncio.CancelledError
        return True

    async def _hand_over(self, mail: Waiting) -> tuple[Handed, bool]:
        """Makes the mail and hands it to the server; how that ended, and whether this was cancelled meanwhile."""
        from opsconsole.tickets.mail.smtp import Handed  # noqa: PLC0415 - only where something leaves
        from opsconsole.tickets.mail.writing import Unsendable, compose, envelope, letter  # noqa: PLC0415

        try:
            if mail.kind == "survey" and await store.beside(self._db, mail, "reply", ("sent",)) is not None:
                # The reply asked it already.
                return Handed(ok=True), False
            events = await self._service.events(mail.ticket)
            batch = next((event.batch for event in events if event.seq == mail.seq), 0)
            ask = mail.kind == "reply" and await store.beside(
                self._db, mail, "survey", ("waiting", "sending", "sent")) is not None
            made = letter(mail, await self._service.get(mail.ticket), events,
                          await store.thread(self._db, mail.ticket, mail.seq),
                          await self._files(mail, batch) if mail.kind == "reply" else (), ask=ask)
            content = compose(made, self._settings, self._zone)
            sender, recipients = envelope([self._settings.mail.address])[0], envelope(mail.recipients)
        except Unsendable as problem:
            return Handed(ok=False, says=problem.sentence.rstrip("."), final=True), False
        except Exception as problem:
            # Nothing left, so it can be tried again without harm.
            LOG.exception("a mail could not be made", extra={"mail": mail.id})
            return Handed(ok=False, says=f"it could not be made: {limited(str(problem), 300).rstrip('.')}"), False
        return await self._carry(sender, recipients, content)

    async def _files(self, mail: Waiting, batch: int) -> list[PublicFile]:
        from opsconsole.tickets.mail.writing import PublicFile, Unsendable  # noqa: PLC0415 - as above

        found = []
        for one in await store.with_message(self._db, mail.ticket, batch):
            try:
                found.append(PublicFile(one, await asyncio.to_thread(self._read, one.sha256)))
            except StorageError as problem:
                raise Unsendable(f"{limited(one.name, 80)} could not be read: {problem.sentence}") from problem
        return found

    def _read(self, sha256: str) -> bytes:
        with self._blobs.open(sha256) as file:
            return file.read()

    async def _carry(self, sender: str, recipients: Sequence[str], content: bytes) -> tuple[Handed, bool]:
        """Talks to the server in a thread. A thread cannot be ended, so this waits for it, whatever comes."""
        from opsconsole.tickets.mail.smtp import Carrier  # noqa: PLC0415 - as above

        carrier = Carrier(self._settings.mail.smtp)
        task = asyncio.ensure_future(asyncio.to_thread(carrier.carry, sender, recipients, content))
        wait, cancelled = float(self._settings.mail.smtp.timeout), False
        while not task.done():
            try:
                await asyncio.wait({task}, timeout=wait)
            except asyncio.CancelledError:
                # The server may be about to say that it has it.
                cancelled, wait = True, min(wait, _ENDING)
                continue
            if not task.done():
                carrier.abort()
                wait = _ENDING
        return task.result(), cancelled

    async def _note(self, mail: Waiting, handed: Handed) -> None:
        """Notes how an attempt ended; whoever lost the lease meanwhile still knows what was sent."""
        now = self._clock.now()
        lost = handed.unsure and mail.unsure > 0
        late = now - mail.created > GIVE_UP and mail.attempts >= _LEAST
        over = not handed.ok and (handed.final or lost or late)
        state = "sent" if handed.ok else "failed" if over else "waiting"
        if not handed.ok:
            LOG.warning("a mail did not leave", extra={
                "mail": mail.id, "ticket": mail.ticket, "attempt": mail.attempts, "reason": handed.says})
        async with self._db.write() as tx:
            if not await store.finish(tx, mail, state, handed.says, now, due=now + pause(mail.attempts),
                                      unsure=handed.unsure):
                return
            writer = await store.writer(tx, mail.ticket, mail.seq)
            await self._service.append(tx, mail.ticket, self._events(mail, handed, writer, over=over))
            if not handed.ok and not over and mail.attempts >= _TROUBLE and now - self._told > HOUR:
                await self._report(tx, handed.says, now)
                self._told = now

    def _events(self, mail: Waiting, handed: Handed, writer: str, *, over: bool) -> list[Draft]:
        from opsconsole.tickets.cases.types import Draft  # noqa: PLC0415 - as above

        data = {"seq": mail.seq, "message_id": mail.message_id}
        made = []
        if handed.ok:
            kind = EventKind.ASKED if mail.kind == "survey" else EventKind.MAILED
            said = "the number was told by mail" if mail.kind == "confirm" else ""
            made.append(Draft(kind=kind, text=said, via=Source.MAIL, data=data))
        whom = ", ".join(mail.recipients)
        problems = [f"The mail to {whom} did not leave: {handed.says}."] if over else [
            f"The mail did not reach {one}." for one in handed.refused]
        return [*made, *(Draft(kind=EventKind.BOUNCED, text=says[:MOST_TEXT], via=Source.MAIL, party=Party.SYSTEM,
                               data={**data, "by": writer}) for says in problems)]

    async def _recover(self) -> None:
        """Takes up what was taken by somebody who did not come back."""
        from opsconsole.tickets.mail.smtp import Handed  # noqa: PLC0415 - as above

        now = self._clock.now()
        for mail in await store.left_behind(self._db, now - self._patience + 1, now):
            await self._note(mail, Handed(ok=False, says=_UNKNOWN, unsure=True))

    async def _report(self, tx: Transaction, says: str, now: Instant) -> None:
        from opsconsole.notify import service as notify  # noqa: PLC0415 - only where something is wrong
        from opsconsole.notify.model import Notice, NoticeKind, Severity  # noqa: PLC0415
        from opsconsole.tickets.telling import CATEGORY  # noqa: PLC0415

        await notify.put(tx, Notice(
            NoticeKind.NOTE, "mail:out", Severity.WARNING, "mail of tickets does not leave",
            f"{limited(says, 500)}.\nIt is tried again for {GIVE_UP // HOUR} hours. See `tickets.mail.smtp`.", now,
            CATEGORY))
