"""The work of the agent: plan, deliver, look after.

Each channel has a job of its own, so that one that hangs delays no other. While nothing happens, a beat costs one
question to the database, and those of the channels none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.jobs import Due, Every, Job, Workplace
from opsconsole.notify import store
from opsconsole.notify.delivery import BATCH, Courier
from opsconsole.notify.model import TOPIC
from opsconsole.notify.planning import Planner
from opsconsole.notify.routing import Directory
from opsconsole.notify.sending import SPARE
from opsconsole.notify.settings import NotifySettings
from opsconsole.notify.zones import local_zone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database
    from opsconsole.core.jobs import Guard

BEAT = 1.0
"""Seconds between two looks at what there is to do."""
_BATCHES = 5
_NEVER = 2**62


class Outbox:
    """What the jobs share: what there is to do, as far as it was read."""

    def __init__(self, db: Database, directory: Directory, clock: Clock, planner: Planner, courier: Courier) -> None:
        self._db = db
        self._directory = directory
        self._clock = clock
        self._planner = planner
        self._courier = courier
        self._version = -1
        self._looked: Instant = 0
        self._next: Instant = 0
        self._busy = True
        self._due: dict[str, Instant] = {}
        self._read = False
        """Whether `_due` was ever read."""

    async def plan(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Decides who is told, climbs ladders, takes up what somebody left."""
        version, now = await store.version(self._db, TOPIC), self._clock.now()
        waits = self._looked <= now < self._next
        self._looked = now
        if version == self._version and waits and not self._busy:
            return
        if self._busy:
            await self._courier.recover()
        if not waits or await store.any_unplanned(self._db):
            self._next = await self._planner.plan() or _NEVER
        self._due = await store.next_due(self._db)
        self._read = True
        self._busy = bool(await store.claimed(self._db))
        # What changed while this was done is seen at the next beat.
        self._version = version

    async def deliver(self, channel: str) -> None:
        """Sends what is due on one channel."""
        if not self._read:
            # The agent that runs each job once begins all of them together.
            self._due = await store.next_due(self._db)
        for _ in range(_BATCHES):
            if self._due.get(channel, _NEVER) > self._clock.now():
                return
            if await self._courier.deliver(channel) < BATCH:
                self._due.pop(channel, None)

    async def look_after(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """See `Courier.look_after`."""
        await self._courier.look_after()

    async def prune(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Forgets what is old, in small parts."""
        while await self._courier.prune():
            continue


async def jobs(place: Workplace) -> Sequence[Job]:
    """All jobs of notifications; see `core.jobs.Provider`."""
    return make_jobs(place.records, place.settings.notify, place.clock, place.guard, host=place.host,
                     receipts=place.paths.data / "outbox")


def make_jobs(db: Database, settings: NotifySettings | None, clock: Clock, guard: Guard, *, host: str,
              receipts: Path | None) -> list[Job]:
    """What the agent runs for notifications.

    Args:
        db: the records.
        settings: as configured; None: the defaults, by which everything goes to the log.
        clock: the present.
        guard: whether this agent may work.
        host: which host the messages are about.
        receipts: a folder beside the records that outlives this process; it is made when needed. None: a message that
            is being sent when the process ends is sent again.
    """
    directory = Directory(settings or NotifySettings(), local_zone())
    planner, courier = Planner(db, directory, clock, guard), Courier(db, directory, clock, guard, host, receipts)
    outbox = Outbox(db, directory, clock, planner, courier)
    made = [Job("notify.plan", outbox.plan, Every(BEAT), limit=60, recorded=False, backoff=False, eager=True),
            Job("notify.look-after", outbox.look_after, Every(60), limit=60, recorded=False),
            Job("notify.prune", outbox.prune, Every(3600), limit=300, jitter=600)]
    for name in directory.channels():
        channel = directory.channel(name)
        limit = 60 + SPARE + _BATCHES * BATCH * (float(channel.timeout) if channel is not None else 0)
        made.append(Job(f"notify.deliver.{name}", _delivering(outbox, name), Every(BEAT), limit=limit, recorded=False,
                        backoff=False))
    return made


def _delivering(outbox: Outbox, channel: str) -> Callable[[Due], Awaitable[None]]:
    async def deliver(due: Due) -> None:  # noqa: ARG001 - a job's function
        await outbox.deliver(channel)

    return deliver
