"""Decides who is told of what happened, and climbs ladders; each decision is stored with the messages that follow.

What holds for a RESOLVED: it goes to exactly those who got, or may have got, word of its thread since that fired. Word
that was not sent yet is taken back; but what was critical, and what waits for a digest, is told once as over. While a
message of a thread is on its way, nobody knows who will have been told, so its next RESOLVED waits for that.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec.structs import replace

from opsconsole.core.format import duration
from opsconsole.notify import store
from opsconsole.notify.ladders import due as ladder_due
from opsconsole.notify.model import TELLING, TOPIC, Notice, NoticeKind, Recipient, Severity, Stored, Thread
from opsconsole.notify.routing import ALONE, DIGEST, NOW, Slot
from opsconsole.notify.settings import LOG as LOG_CHANNEL
from opsconsole.notify.settings import LogChannel

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.jobs import Guard
    from opsconsole.notify.routing import Directory

LOG = logging.getLogger(__name__)
MOST = 500
"""Notices that one transaction decides."""
_WAITS = frozenset({NoticeKind.FIRING, NoticeKind.RESOLVED})
_TURNS = frozenset({NoticeKind.ACKNOWLEDGED, NoticeKind.GIVEN_BACK, NoticeKind.HELD, NoticeKind.FREED})
"""What changes how a thread goes on."""
_AGAIN = 1_000
"""Milliseconds until what waits for a message on its way is looked at again."""


class Planner:
    """Turns notices into messages."""

    def __init__(self, db: Database, directory: Directory, clock: Clock, guard: Guard) -> None:
        self._db = db
        self._directory = directory
        self._clock = clock
        self._guard = guard

    async def plan(self) -> Instant | None:
        """Decides all that is undecided and climbs what is due.

        Returns:
            When there is more to do, as far as can be foreseen; None: nothing.

        Raises:
            LeaseLost: another agent works now; nothing was decided.
            StorageError: it could not be stored; nothing was decided.
        """
        now = self._clock.now()
        async with self._db.write() as tx:
            await self._guard.confirm(tx)
            sending = await store.sending_threads(tx)
            waits: set[str] = set()
            found = await store.unplanned(tx, MOST)
            for stored in found:
                thread = stored.notice.thread
                if thread in waits or (stored.notice.kind in _WAITS and thread in sending):
                    waits.add(thread)
                    continue
                await self._decide(tx, stored, now)
                await store.set_planned(tx, stored.seq, now)
            upcoming = [now + _AGAIN] if waits or len(found) == MOST else []
            for open_thread in await store.threads(tx):
                if open_thread.waits and open_thread.thread not in waits:
                    upcoming += await self._climb(tx, open_thread, now)
                    upcoming += await self._remind(tx, open_thread, now)
            tx.touch(TOPIC)
        return min(upcoming, default=None)

    async def _decide(self, tx: Transaction, stored: Stored, now: Instant) -> None:
        kind = stored.notice.kind
        if kind is NoticeKind.RESOLVED:
            await self._resolve(tx, stored, now)
        elif kind is NoticeKind.NOTE:
            await self._tell(tx, stored, self._directory.recipients(stored.notice, now), now)
        elif kind in _TURNS:
            await self._turn(tx, stored, now)
        else:
            await self._fire(tx, stored, now)

    async def _fire(self, tx: Transaction, stored: Stored, now: Instant) -> None:
        """What fires, fires on or became worse."""
        notice = stored.notice
        before = await store.thread_of(tx, notice.thread)
        if before is None:
            thread = Thread(notice.thread, notice.severity, notice.title, notice.text, notice.category, notice.ladder,
                            fired=notice.at, begun=now, reminded=now)
        else:
            thread = replace(before, severity=notice.severity, title=notice.title, text=notice.text, reminded=now)
            again = notice.kind is NoticeKind.FIRING and before.acknowledged is not None
            if again or (notice.ladder and notice.ladder != before.ladder):
                thread = await self._from_the_start(tx, replace(thread, ladder=notice.ladder or before.ladder), now)
        await store.save_thread(tx, thread)
        if before is None:
            await self._believed(tx, notice.thread, now)
        known = {} if before is None else self._usual(await self._known(tx, notice.thread))
        told: Mapping[Recipient, float] = known
        if notice.tell and notice.kind is NoticeKind.ESCALATED:
            told = self._directory.recipients(notice, now)
        elif before is None or notice.kind is not NoticeKind.REMINDER or not known:
            told = known | self._directory.recipients(notice, now)
        climbed = await self._steps(tx, thread, now) if thread.waits else ()
        told = {**self._usual(climbed), **told}
        await self._tell(tx, stored, told, now)
        await self._supersede(tx, stored, told, now)

    async def _from_the_start(self, tx: Transaction, thread: Thread, now: Instant) -> Thread:
        """The thread as nobody has acknowledged it, with its ladder from the beginning."""
        await store.forget_climbed(tx, thread.thread)
        return replace(thread, begun=now, acknowledged=None, acknowledged_by="")

    async def _supersede(self, tx: Transaction, stored: Stored, told: Collection[Recipient], now: Instant) -> None:
        """What is told now stands for what the same recipients were not told yet, but for what is louder.

        A reminder takes with it what it reminds of: it is the first word of it.
        """
        notice = stored.notice
        waiting = [(message, await store.parts(tx, message.id, notice.thread))
                   for message in await store.waiting(tx, notice.thread)]
        now_said = {message.recipient: message.id for message, parts in waiting if stored.seq in dict(parts)}
        for message, parts in waiting:
            louder = message.severity is Severity.CRITICAL and notice.severity is not Severity.CRITICAL
            if message.recipient not in told or stored.seq in dict(parts) or louder:
                continue
            await store.drop_parts(tx, message.id, dict(parts), "a later message says it", now)
            first = next((seq for seq, kind in parts if kind in TELLING), None)
            if first is not None and notice.kind is NoticeKind.REMINDER and message.recipient in now_said:
                await store.add_part(tx, now_said[message.recipient], first)

    async def _believed(self, tx: Transaction, thread: str, now: Instant) -> None:
        """Whoever was not yet told that the firing before is over still believes in it, and hears of the next end."""
        for message in await store.waiting(tx, thread):
            parts = await store.parts(tx, message.id, thread)
            if parts and not any(kind in TELLING for _, kind in parts):
                await store.drop_parts(tx, message.id, [seq for seq, _ in parts], "it fires again", now)
                await store.add_told(tx, thread, message.recipient, now)

    async def _resolve(self, tx: Transaction, stored: Stored, now: Instant) -> None:
        name = stored.notice.thread
        thread = await store.thread_of(tx, name)
        severity = thread.severity if thread is not None else stored.notice.severity
        told = await store.told(tx, name)
        for message in await store.waiting(tx, name):
            parts = await store.parts(tx, message.id, name)
            ended = max((seq for seq, kind in parts if kind is NoticeKind.RESOLVED), default=0)
            fresh = [seq for seq, kind in parts if seq > ended]
            if not any(kind in TELLING for seq, kind in parts if seq > ended):
                continue
            if message.recipient not in told and (severity is Severity.CRITICAL or message.lane == DIGEST):
                await store.add_part(tx, message.id, stored.seq)
            else:
                await store.drop_parts(tx, message.id, fresh, "over before it was sent", now)
        for recipient, group in self._directory.once(self._usual(told)).items():
            await self._add(tx, stored.seq, recipient, severity, group, now)
        await store.close_thread(tx, name)

    async def _turn(self, tx: Transaction, stored: Stored, now: Instant) -> None:
        """Somebody took it, gave it back, silenced it, or ended that."""
        notice = stored.notice
        thread = await store.thread_of(tx, notice.thread)
        if thread is None:
            return
        if notice.kind is NoticeKind.ACKNOWLEDGED:
            after = replace(thread, acknowledged=notice.at, acknowledged_by=notice.title)
        elif notice.kind is NoticeKind.GIVEN_BACK:
            after = await self._from_the_start(tx, thread, now)
        else:
            after = replace(thread, held=notice.at if notice.kind is NoticeKind.HELD else None)
        await store.save_thread(tx, after)
        if notice.kind is not NoticeKind.ACKNOWLEDGED:
            return
        if self._directory.settings.tell_acknowledged and (known := await self._known(tx, notice.thread)):
            said = replace(notice, title=f"{thread.title}: taken by {notice.title}", severity=thread.severity,
                           category=thread.category)
            seq = await store.add_notice(tx, said, planned=now)
            await self._tell(tx, Stored(seq, said), self._usual(known), now)

    async def _known(self, tx: Transaction, thread: str) -> list[Recipient]:
        """Who was told of a thread, or will be with the next message."""
        pending = [message.recipient for message in await store.waiting(tx, thread)]
        return [*await store.told(tx, thread), *pending]

    def _usual(self, recipients: Iterable[Recipient]) -> dict[Recipient, float]:
        return dict.fromkeys(recipients, float(self._directory.settings.group))

    async def _tell(self, tx: Transaction, stored: Stored, told: Mapping[Recipient, float], now: Instant) -> None:
        if not told:
            LOG.info("nobody is told at once: %s", stored.notice.title)
        for recipient, group in self._directory.once(told or {Recipient(LOG_CHANNEL): 0.0}).items():
            await self._add(tx, stored.seq, recipient, stored.notice.severity, group, now,
                            alone=bool(stored.notice.word))

    async def _add(self, tx: Transaction, seq: int, recipient: Recipient, severity: Severity, group: float,
                   now: Instant, *, alone: bool = False) -> None:
        """Adds a notice to what goes to a recipient next; one that has a word of its own is a message by itself."""
        settings, directory = self._directory.settings, self._directory
        slot = directory.slot(recipient, severity, group, now, alone=alone)
        if alone and slot.lane == NOW:
            slot = Slot(ALONE, now)
        since = now - round(settings.storm.within * 1000)
        earlier = await store.earlier(tx, recipient, slot.lane, since, now)
        slot = directory.calmed(recipient, severity, slot, earlier)
        single = slot.lane == ALONE or isinstance(directory.channel(recipient.channel), LogChannel)
        message = None if single else await store.open_message(tx, recipient, slot.lane)
        if message is None:
            until = slot.due + round(settings.retry_for * 1000)
            name = await store.add_message(tx, recipient, slot.lane, severity, now, slot.due, until)
        else:
            name = message.id
            louder = max(severity, message.severity, key=lambda one: one.rank)
            await store.hasten(tx, name, louder, min(slot.due, message.due))
        await store.add_part(tx, name, seq)

    async def _steps(self, tx: Transaction, thread: Thread, now: Instant) -> tuple[Recipient, ...]:
        """Climbs the steps that are due; whom they tell."""
        ladder = self._directory.settings.ladders.get(thread.ladder)
        if ladder is None:
            if thread.ladder:
                LOG.warning("there is no ladder %s, which %s should climb", thread.ladder, thread.thread)
            return ()
        due = ladder_due(ladder, self._directory.calendar, thread.begun, thread.severity,
                         await store.climbed(tx, thread.thread), now)
        await store.add_climbed(tx, thread.thread, [climb.key for climb in (*due.tell, *due.passed)], now)
        return self._directory.reach([target for climb in due.tell for target in ladder.steps[climb.step].tell], now)

    async def _climb(self, tx: Transaction, thread: Thread, now: Instant) -> list[Instant]:
        """Tells the steps that are due of a thread that nobody has acknowledged; when the next one is."""
        ladder = self._directory.settings.ladders.get(thread.ladder)
        if ladder is None:
            return []
        climbed = await store.climbed(tx, thread.thread)
        due = ladder_due(ladder, self._directory.calendar, thread.begun, thread.severity, climbed, now)
        if due.tell:
            level = max(climb.step for climb in due.tell) + 1
            waited = f"Nobody has acknowledged this for {duration((now - thread.fired) / 1000)}; level {level} is told."
            told = self._usual(await self._steps(tx, thread, now))
            await self._again(tx, thread, NoticeKind.ESCALATED, waited, told, now)
        return [due.next] if due.next is not None else []

    async def _remind(self, tx: Transaction, thread: Thread, now: Instant) -> list[Instant]:
        """Reminds whoever was told of a thread that nobody has acknowledged; when the next time is."""
        every = self._directory.settings.remind.get(thread.severity)
        if every is None:
            return []
        length = round(every * 1000)
        if thread.reminded + length > now:
            return [thread.reminded + length]
        await store.save_thread(tx, replace(thread, reminded=now))
        told = self._usual(await store.told(tx, thread.thread))
        if told:
            waited = f"Nobody has acknowledged this for {duration((now - thread.fired) / 1000)}."
            await self._again(tx, thread, NoticeKind.REMINDER, waited, told, now)
        return [now + length]

    async def _again(self, tx: Transaction, thread: Thread, kind: NoticeKind, waited: str,
                     told: Mapping[Recipient, float], now: Instant) -> None:
        notice = Notice(kind=kind, thread=thread.thread, severity=thread.severity, title=thread.title,
                        text=f"{waited}\n{thread.text}".strip(), at=now, category=thread.category)
        seq = await store.add_notice(tx, notice, planned=now)
        await self._tell(tx, Stored(seq, notice), told, now)
