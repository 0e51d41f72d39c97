"""What the agent does for checklists as time goes by: opens what is due, asks the machine, reminds whoever is late."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists import store
from opsconsole.checklists.model import TOPIC, Event, EventKind, RunState, topic_of
from opsconsole.checklists.states import is_late, missed_at, state_of
from opsconsole.core.clock import SECOND
from opsconsole.core.errors import StorageError
from opsconsole.core.feed import Feed
from opsconsole.core.format import duration, moment
from opsconsole.core.jobs import LeaseLost
from opsconsole.core.text import limited
from opsconsole.notify import service as outbox
from opsconsole.notify.model import Notice, NoticeKind, Severity

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from datetime import tzinfo

    from opsconsole.checklists.auto import Proposer
    from opsconsole.checklists.model import Proposal, Run
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.checklists.template import Template
    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database
    from opsconsole.core.jobs import Due, Guard

LOG = logging.getLogger(__name__)

CATEGORY: Final = "checklists"
"""The category of all notices about checklists: routes can name it."""
LOOK: Final = 15 * SECOND
"""After which runs are looked at for old proposals though nothing has changed."""
GAP: Final = 10 * SECOND
"""Between two times in which the machine is asked about the same run, whatever is wanted."""
AFTER_TROUBLE: Final = 60 * SECOND
"""After which it is asked again where what it said could not be stored."""
TOGETHER: Final = 0.2
"""Seconds for which proposals are collected, so that a round of quick ones is one transaction."""
PATIENCE: Final = 2.0
"""Seconds for which a beat waits for what it began; a command that takes longer goes on by itself."""


class Desk(NamedTuple):
    """What the jobs work with."""

    db: Database
    service: ChecklistService
    clock: Clock
    guard: Guard


class Opener:
    """Makes the runs whose time has come; while nothing changes, one cheap question is all that it asks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._feed = Feed(desk.db)
        self._next: Instant | None = 0
        self._last: Instant = 0

    async def run(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Opens what is due, and records what was missed.

        Raises:
            LeaseLost: another agent works now.
            StorageError: it could not be stored; the next run tries again.
        """
        service, now = self._desk.service, self._desk.clock.now()
        turned = TOPIC in await self._feed.changed()
        back, self._last = now < self._last, now
        if not (service.library.refresh() or turned or back or (self._next is not None and now >= self._next)):
            return
        self._next = 0
        await service.open_due(self._desk.guard)
        self._next = await service.next_change()


class Asker:
    """Asks the machine about runs, each in a task of its own, so that a command that hangs keeps no other waiting."""

    def __init__(self, desk: Desk, proposer: Proposer) -> None:
        self._desk = desk
        self._proposer = proposer
        self._feed = Feed(desk.db)
        self._looked: Instant = 0
        self._going: dict[int, asyncio.Task[None]] = {}
        self._not_before: dict[int, Instant] = {}

    async def run(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Begins to ask about those that want it.

        Raises:
            StorageError: they cannot be read.
        """
        now = self._desk.clock.now()
        turned = TOPIC in await self._feed.changed()
        # A clock that was put back is no reason to wait.
        if not (turned or abs(now - self._looked) >= LOOK):
            return
        self._looked = 0
        self._not_before = {number: at for number, at in self._not_before.items() if now < at <= now + AFTER_TROUBLE}
        wanting = await self._desk.service.wanting()
        fresh = [number for number in wanting if number not in self._going and number not in self._not_before]
        # What has to wait a little is looked at with the next beat.
        self._looked = now if len(fresh) == len(wanting) else 0
        begun = [self._begin(number) for number in fresh]
        if begun:
            await asyncio.wait(begun, timeout=PATIENCE)

    def _begin(self, number: int) -> asyncio.Task[None]:
        task = asyncio.create_task(self._ask(number))
        self._going[number] = task
        task.add_done_callback(lambda _: self._going.pop(number, None))
        return task

    async def _ask(self, number: int) -> None:
        pause = AFTER_TROUBLE
        try:
            walk = await self._desk.service.walk(number)
            await together(self._proposer.proposals(walk), lambda batch: self._store(number, batch))
            pause = GAP
        except LeaseLost:
            LOG.info("another agent asks about run %d", number)
        except StorageError as problem:
            LOG.warning("what the machine thinks of run %d is not stored: %s", number, problem)
        except Exception:
            LOG.exception("the machine cannot be asked about run %d", number)
        self._not_before[number] = self._desk.clock.now() + pause

    async def _store(self, number: int, batch: list[Proposal]) -> None:
        await self._desk.service.propose(number, batch, self._desk.guard)

    async def close(self) -> None:
        """Ends what goes on, and the commands with it."""
        tasks = list(self._going.values())
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def together(proposals: AsyncGenerator[Proposal, None], put: Callable[[list[Proposal]], Awaitable[None]]) -> None:
    """Hands on what comes, those that come soon after one another together; waits for none of them to do so."""
    batch: list[Proposal] = []
    coming: asyncio.Future[Proposal] | None = None
    try:
        while True:
            if coming is None:
                coming = asyncio.ensure_future(anext(proposals))
            await asyncio.wait([coming], timeout=TOGETHER if batch else None)
            if coming.done():
                done, coming = coming, None
                try:
                    batch.append(done.result())
                except StopAsyncIteration:
                    break
            elif batch:
                ready, batch = batch, []
                await put(ready)
        if batch:
            await put(batch)
    finally:
        if coming is not None:
            coming.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await coming
        await proposals.aclose()


class Reminder:
    """Tells whoever has the rotation of a checklist that it is late, once for each run."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def run(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Looks for runs that are late and of which nobody was told.

        Raises:
            LeaseLost, StorageError: as `Opener.run`.
        """
        rows = await self._desk.db.rows(
            "SELECT r.id FROM checklist_run r WHERE r.ended IS NULL AND r.late <= :now"
            " AND NOT EXISTS (SELECT 1 FROM checklist_event e WHERE e.run = r.id AND e.kind = :kind) ORDER BY r.id",
            {"now": self._desk.clock.now(), "kind": EventKind.REMINDED.value})
        for row in rows:
            await self._one(row["id"])

    async def _one(self, number: int) -> None:
        now = self._desk.clock.now()
        run = await store.get(self._desk.db, number)
        if run is None or not to_remind(run, now):
            return
        template = (await self._desk.service.walk(number)).template
        async with self._desk.db.write() as tx:
            await self._desk.guard.confirm(tx)
            run = await store.get(tx, number)
            if run is None or not to_remind(run, now) or await self._told(tx, number):
                return
            notice = late_notice(run, template, now, template.when.zone or self._desk.service.zone)
            await outbox.put(tx, notice)
            await store.add_event(tx, Event(0, number, now, EventKind.REMINDED, text=notice.title,
                                            data={"tell": list(notice.tell)}))
            tx.touch(TOPIC)
            tx.touch(topic_of(number))

    async def _told(self, tx: store.Reader, number: int) -> bool:
        return any(event.kind is EventKind.REMINDED for event in await store.events(tx, number))


def to_remind(run: Run, now: Instant) -> bool:
    """Whether somebody has to be told: nobody has begun it in time, or nobody signed it while it could be begun."""
    if not is_late(run, now) or state_of(run, now) is RunState.MISSED:
        return False
    over = missed_at(run)
    return run.begun is None or (over is not None and now >= over)


def late_notice(run: Run, template: Template, now: Instant, zone: tzinfo) -> Notice:
    """What is told of a late run.

    Args:
        run: the run.
        template: its own.
        now: the present.
        zone: of its due time.
    """
    title = limited(run.title, 100)
    when = "It has no time"
    if run.due is not None:
        when = f"It was due at {moment(run.due, now, zone)}, {duration((now - run.due) / 1000)} ago"
    if run.begun is None:
        text = f"{when}, and nobody has begun it."
    else:
        who = f" by {limited(', '.join(run.performers), 100)}" if run.performers else ""
        text = f"{when}; {run.answered} of {run.total} items are answered{who}, and it is not signed."
    rotation = template.who.rotation
    return Notice(NoticeKind.NOTE, f"checklist:{run.id}", Severity.WARNING, f"{title} is late",
                  f"{text}\nBegin or go on with it: `opsconsole checklist run {run.slug}`.", now, CATEGORY,
                  tell=(f"oncall:{rotation}",) if rotation else ())
