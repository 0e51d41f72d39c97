"""Delivers messages: takes what is due, sends it, and stores how that ended; takes up what somebody else left.

At least once: a message is taken by compare-and-swap, so that nobody else sends it, and what the sending process did
stands in a receipt that outlives this process. Only where that process itself was ended between sending and noting is
a message sent again; then it says so, and has the same id, in a mail also the same Message-ID, by which the receiver
can drop it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec.structs import replace

from opsconsole.core.text import limited
from opsconsole.notify import store
from opsconsole.notify.composing import TITLE, WHOLE, compose, items
from opsconsole.notify.documents import documents as documents_of
from opsconsole.notify.model import (
    TELLING,
    TOPIC,
    Delivery,
    Message,
    MessageState,
    Notice,
    NoticeKind,
    Result,
    Severity,
)
from opsconsole.notify.sending import Parcel, Progress, Receipt, found_receipt, send, settled, sweep

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.jobs import Guard
    from opsconsole.notify.model import Document
    from opsconsole.notify.routing import Directory

LOG = logging.getLogger(__name__)
BATCH = 10
"""Messages that one sending process gets."""
_PAUSES = (10, 30, 60, 120, 300, 600, 1200, 1800)
"""Seconds until the next attempt; the last one is for all that follow."""
_LEAST = 5
"""Attempts before a message is given up, however late it is: a clock may have jumped."""
_LOST = 15 * 60_000
"""Milliseconds after which a message that was taken, and of which nothing can be read, is taken up again."""
_TROUBLE = 15 * 60_000
"""How long a channel fails before the others are told."""
_TROUBLE_AGAIN = 24 * 3_600_000


def pause(attempts: int) -> int:
    """Milliseconds until the next attempt, after so many that failed."""
    return _PAUSES[min(attempts, len(_PAUSES)) - 1] * 1000


class Courier:
    """Sends what is due.

    Args:
        db: the records.
        directory: the settings.
        clock: the present.
        guard: whether this process may work.
        host: which host the messages are about.
        receipts: the folder of receipts, beside the records; None: there are none.
    """

    def __init__(self, db: Database, directory: Directory, clock: Clock, guard: Guard, host: str,
                 receipts: Path | None) -> None:
        self._db = db
        self._directory = directory
        self._clock = clock
        self._guard = guard
        self._host = host
        self._receipts = receipts

    async def deliver(self, channel: str) -> int:
        """Sends what is due on a channel, at most `BATCH` messages; how many were tried.

        Raises:
            LeaseLost: another agent works now; nothing was taken.
            StorageError: nothing was taken, or what was sent could not be stored: then the receipt has it.
        """
        kind = self._directory.channel(channel)
        if kind is None or not self._guard.holds():
            return 0
        receipt = Receipt.make(self._receipts)
        try:
            async with self._db.write() as tx:
                await self._guard.confirm(tx)
                taken = await store.claim(tx, channel, receipt.name, self._clock.now(), BATCH)
                if taken:
                    tx.touch(TOPIC)
        except BaseException:
            receipt.close()
            raise
        if not taken:
            receipt.close()
            return 0
        done = False
        try:
            parcels = [self._parcel(one, await documents_of(self._db, one.message.id)) for one in taken]
            results = await send(kind, parcels, receipt)
            await self._record(taken, results, receipt.name)
            done = True
        finally:
            if done:
                receipt.close()
            else:
                receipt.leave()
        return len(taken)

    def _parcel(self, delivery: Delivery, documents: Sequence[Document]) -> Parcel:
        message = delivery.message
        words = compose(delivery, self._host, self._directory.zone)
        whole = compose(delivery, self._host, self._directory.zone, WHOLE).text if documents else ""
        contact = self._directory.settings.contacts.get(message.contact)
        told = tuple({"kind": item.notice.kind.value, "thread": item.notice.thread,
                      "title": limited(item.notice.title, TITLE), "severity": item.notice.severity.value,
                      "category": limited(item.notice.category, TITLE), "at": item.notice.at,
                      "untold_since": item.begun.at if item.over and item.begun is not None else None}
                     for item in items(delivery.notices))
        return Parcel(id=message.id, kind=words.kind.value, severity=words.severity, title=words.title, text=words.text,
                      host=self._host, channel=message.channel, contact=message.contact,
                      name=(contact.name or message.contact) if contact is not None else "", repeat=message.unsure,
                      notices=told, whole=whole,
                      documents=tuple({"name": one.name, "content": one.content} for one in documents))

    async def _record(self, taken: Sequence[Delivery], results: Iterable[Result], receipt: str) -> None:
        """Stores how attempts ended; whoever lost the lease meanwhile still knows what was sent."""
        now = self._clock.now()
        async with self._db.write() as tx:
            for delivery, result in zip(taken, results, strict=True):
                await self._settle(tx, delivery, result, receipt, now)
            tx.touch(TOPIC)

    async def _settle(self, tx: Transaction, delivery: Delivery, result: Result, receipt: str, now: Instant) -> None:
        # As it was before it was taken.
        message = replace(delivery.message, attempts=delivery.message.attempts + 1)
        if result.ok:
            after = replace(message, state=MessageState.SENT, finished=now, problem="")
        else:
            given_up = now >= message.until and message.attempts >= _LEAST
            after = replace(message, state=MessageState.FAILED if given_up else MessageState.WAITING,
                            finished=now if given_up else None, due=now + pause(message.attempts),
                            unsure=message.unsure or result.unsure, problem=result.says)
            LOG.warning("a message was not delivered", extra={
                "message_id": message.id, "recipient": str(message.recipient), "attempt": message.attempts,
                "reason": result.says})
        if not await store.finish(tx, after, receipt):
            return
        if result.ok or result.unsure:
            for thread in believing(delivery.notices):
                await store.add_told(tx, thread, message.recipient, now)
        if result.ok:
            await store.end_trouble(tx, message.channel)
        else:
            await store.note_trouble(tx, message.channel, result.says, now)
            await self._instead(tx, after, now)

    async def _instead(self, tx: Transaction, message: Message, now: Instant) -> None:
        """Lets another channel tell what this one has failed to tell for long enough."""
        kind = self._directory.channel(message.channel)
        length = round(self._directory.settings.retry_for * 1000)
        if kind is None or not kind.instead or now < message.until - length + round(kind.instead_after * 1000):
            return
        recipient = message.recipient._replace(channel=kind.instead)
        until = now + length
        other = await store.add_message(tx, recipient, "now", message.severity, now, now, until)
        if await store.hand_over(tx, message.id, other, recipient):
            await store.cancel(tx, message.id, f"{message.problem}; {kind.instead} was used instead", now)
        else:
            await store.remove_message(tx, other)

    async def recover(self) -> None:
        """Takes up what was taken by a process that has ended.

        Raises:
            LeaseLost: another agent works now. StorageError: it could not be stored.
        """
        now = self._clock.now()
        found = [(message, progress) for message in await store.claimed(self._db)
                 if (progress := self._progress(message, now)) is not None]
        if not found:
            return
        async with self._db.write() as tx:
            await self._guard.confirm(tx)
            for message, progress in found:
                await self._take_up(tx, message, progress, now)
            tx.touch(TOPIC)
        for name in {message.receipt for message, _ in found if message.receipt}:
            if self._receipts is not None:
                (self._receipts / name).unlink(missing_ok=True)

    def _progress(self, message: Message, now: Instant) -> Progress | None:
        """What is known of a message that was taken; None while somebody still sends it."""
        if self._receipts is not None and message.receipt:
            try:
                return found_receipt(self._receipts, message.receipt)
            except OSError as problem:
                LOG.warning("a receipt cannot be read: %s", problem)
        taken = message.claimed or 0
        return None if taken <= now < taken + _LOST else Progress({}, frozenset({"*"}))

    async def _take_up(self, tx: Transaction, message: Message, progress: Progress, now: Instant) -> None:
        before = replace(message, attempts=message.attempts - 1)
        if message.id not in progress.results and not progress.begun & {message.id, "*"}:
            await store.finish(tx, replace(before, state=MessageState.WAITING, due=now), message.receipt)
            return
        (result,) = settled([message.id], progress, "the sending process was ended")
        (delivery,) = await store.deliveries(tx, [before])
        await self._settle(tx, delivery, result, message.receipt, now)
        if result.unsure and not result.ok:
            await store.hasten(tx, message.id, message.severity, now)

    async def look_after(self) -> None:
        """What is needed once a minute: a clock that was wrong, channels that are no more, channels that fail.

        Raises:
            LeaseLost: another agent works now. StorageError: it could not be stored.
        """
        now = self._clock.now()
        if self._receipts is not None and not await store.claimed(self._db):
            sweep(self._receipts, (now - 86_400_000) / 1000)
        due = await store.next_due(self._db)
        gone = [channel for channel in due if self._directory.channel(channel) is None]
        failing = [trouble for trouble in await store.troubles(self._db) if now - trouble.since >= _TROUBLE
                   and (trouble.told is None or now - trouble.told >= _TROUBLE_AGAIN)]
        async with self._db.write() as tx:
            await self._guard.confirm(tx)
            changed = await store.set_right(tx, now, soon=now + 2 * 3_600_000, far=now + 9 * 86_400_000)
            for channel in gone:
                changed += await store.fail_channel(tx, channel, "there is no such channel any more", now)
            for trouble in failing:
                await store.set_trouble_told(tx, trouble.channel, now)
                await store.add_notice(tx, self._complaint(trouble.channel, trouble.problem, now))
            if changed or failing:
                tx.touch(TOPIC)

    def _complaint(self, channel: str, problem: str, now: Instant) -> Notice:
        others = tuple(name for name in self._directory.channels() if name != channel)
        return Notice(kind=NoticeKind.NOTE, thread=f"channel:{channel}", severity=Severity.WARNING,
                      title=f"notifications by {channel} fail", at=now, channels=others, category="notify",
                      text=f"{problem}\nWhat could not be sent is tried again; `opsconsole notify outbox` shows it.")

    async def prune(self) -> int:
        """Forgets some of what is older than is kept; how much.

        Raises:
            LeaseLost: another agent works now. StorageError: it could not be stored.
        """
        before = self._clock.now() - round(self._directory.settings.keep * 1000)
        async with self._db.write() as tx:
            await self._guard.confirm(tx)
            return await store.prune(tx, before, 500)


def believing(notices: Iterable[Notice]) -> list[str]:
    """The threads that somebody who gets these notices believes to be firing."""
    return [item.notice.thread for item in items(notices)
            if not item.over and (item.notice.kind in TELLING or item.begun is not None)]
