"""The right to work: one agent per host has it, by a row in the records that is taken by compare-and-swap.

Two clocks keep two agents from working at once, whatever is done to the time of day. The holder counts from before its
last renewal, by a clock that goes on while the machine sleeps; whoever waits counts from when it saw the last
renewal, by one that does not. So the holder always gives up before another one begins.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from enum import Enum, auto
from typing import TYPE_CHECKING

from opsconsole.agent import store
from opsconsole.agent.model import Kind, LeaseState, Process, Timing
from opsconsole.agent.processes import gone
from opsconsole.core.errors import StorageError, StorageUnusable
from opsconsole.core.jobs import LeaseLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction

log = logging.getLogger(__name__)


class Verdict(Enum):
    """What one who wants the lease may do now."""

    TAKE = auto()
    ASK = auto()
    """Write down the wish; the child that works will end."""
    WAIT = auto()


class Taking(Enum):
    """How waiting for the lease ended."""

    TAKEN = auto()
    OCCUPIED = auto()
    """Another agent is alive and works; only told to those who do not wait."""


def verdict(row: LeaseState | None, token: str, kind: Kind, *, silent: float, ended: bool,
            timing: Timing = Timing()) -> Verdict:  # noqa: B008 - a tuple
    """Who may take the lease.

    Args:
        row: the lease as it is now.
        token: of the one who asks.
        kind: what the one who asks is.
        silent: seconds for which the one who asks has seen no change of the row, by its own clock.
        ended: whether the holder's process is known to have ended.
        timing: when a holder counts as dead.
    """
    if row is None or row.token == token or silent >= timing.dead:
        return Verdict.TAKE
    if not row.token or ended:
        # What a child gave back for a permanent agent is not for the next child.
        reserved = kind is Kind.CHILD and row.wanted not in ("", token)
        return Verdict.WAIT if reserved else Verdict.TAKE
    if kind is Kind.PERMANENT and row.kind is Kind.CHILD and not row.wanted:
        return Verdict.ASK
    return Verdict.WAIT


def seems_alive(row: LeaseState, now: Instant, *, changed: bool, ended: bool, timing: Timing = Timing()) -> bool:  # noqa: B008
    """Whether the holder works, as far as can be seen; good enough to not even try, never to take the lease.

    Args:
        row: the lease as it is now.
        now: the time of day.
        changed: whether the row was seen to change.
        ended: whether the holder's process is known to have ended.
        timing: when a holder counts as dead.
    """
    return bool(row.token) and not ended and (changed or abs(now - row.beat) < timing.dead * 1000)


class Watcher:
    """Knows for how long the row of the lease has not changed, by a clock that nobody can set."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._seen: tuple[str, int] | None = None
        self._since = 0.0
        self.changed = False
        """Whether it was ever seen to change while somebody had it."""

    def silent(self, row: LeaseState | None) -> float:
        """Seconds since the row was first seen as it is now."""
        mark = (row.token, row.beats) if row is not None else ("", -1)
        if mark != self._seen:
            self.changed = self._seen is not None and bool(mark[0])
            self._seen, self._since = mark, self._steady()
        return self._steady() - self._since


class Lease:
    """This agent's right to work; a `core.jobs.Guard`.

    Args:
        db: the records.
        clock: the time of day, and the time since boot with every suspend.
        kind: what this agent is.
        process: this one.
        timing: tests shorten it.
        steady: seconds that pass only while the machine is awake.
    """

    def __init__(self, db: Database, clock: Clock, kind: Kind, process: Process, timing: Timing = Timing(),  # noqa: B008
                 steady: Callable[[], float] = time.monotonic) -> None:
        self.token = _token()
        """Another one each time that the lease is waited for."""
        self.kind = kind
        self.problem = ""
        """Why the lease cannot be renewed or looked at, as a sentence; empty while it can."""
        self.tried = clock.monotonic()
        """When the database last answered, well or ill, by the clock's monotonic seconds."""
        self.asked = asyncio.Event()
        """Set when a permanent agent asks this child to end."""
        self.lost = asyncio.Event()
        """Set when another one has it."""
        self._db = db
        self._clock = clock
        self._process = process
        self._timing = timing
        self._steady = steady
        self._until = 0.0

    def holds(self) -> bool:
        """See `Guard.holds`."""
        return self._clock.monotonic() < self._until

    async def confirm(self, tx: Transaction) -> None:
        """See `Guard.confirm`."""
        if not await store.has_lease(tx, self.token):
            self._lose()
            raise LeaseLost

    async def take(self, *, wait: bool) -> tuple[Taking, LeaseState | None]:
        """Waits until the lease is ours.

        Args:
            wait: False gives up as soon as the holder seems to be alive.

        Returns:
            how it ended, and the lease as it was before.

        Raises:
            StorageUnusable: trying again does not help.
            StorageError: only without `wait`; else it is told in `problem` and tried again.
        """
        watcher = Watcher(self._steady)
        # A transaction that was begun for the last time may not be confirmed by this one.
        self.token = _token()
        while True:
            try:
                row = await store.read_lease(self._db)
                wanted = self._judge(row, watcher)
                if wanted is Verdict.TAKE and await self._take(watcher):
                    return Taking.TAKEN, row
                if wanted is Verdict.ASK and row is not None:
                    async with self._db.write() as tx:
                        await store.ask_for_lease(tx, self.token, row)
                self._answered()
            except StorageError as error:
                self._answered(error)
                if not wait or isinstance(error, StorageUnusable):
                    raise
            else:
                if not wait and row is not None and seems_alive(
                        row, self._clock.now(), changed=watcher.changed, ended=gone(row.process, self._process),
                        timing=self._timing):
                    return Taking.OCCUPIED, row
            await asyncio.sleep(self._timing.look)

    def _judge(self, row: LeaseState | None, watcher: Watcher) -> Verdict:
        ended = row is not None and bool(row.token) and gone(row.process, self._process)
        return verdict(row, self.token, self.kind, silent=watcher.silent(row), ended=ended, timing=self._timing)

    async def _take(self, watcher: Watcher) -> bool:
        async with self._db.write() as tx:
            # It is judged again: this process may have stood still since it looked.
            row = await store.read_lease(tx)
            if self._judge(row, watcher) is not Verdict.TAKE:
                return False
            started = self._clock.monotonic()
            self.lost.clear()
            self.asked.clear()
            if not await store.take_lease(tx, self.token, self.kind, self._process, self._clock.now(), row):
                return False
        self._extend(started)
        self._answered()
        return True

    async def renew(self) -> bool:
        """One heartbeat; False when the lease is another's.

        Raises:
            StorageError: it could not be stored; `holds` is true for a while yet.
        """
        started = self._clock.monotonic()
        async with self._db.write() as tx:
            wanted = await store.renew_lease(tx, self.token, self._clock.now())
        if wanted is None:
            self._lose()
            return False
        self._extend(started)
        if wanted and self.kind is Kind.CHILD:
            self.asked.set()
        return True

    async def keep(self, renewed: Callable[[], None] = lambda: None) -> None:
        """Heartbeats until the lease is lost; a database that is busy or full is tried again.

        Args:
            renewed: called after each heartbeat that was stored.

        Raises:
            StorageUnusable: trying again does not help.
        """
        timing = self._timing
        while True:
            await asyncio.sleep(timing.beat if not self.problem else timing.beat / 8)
            try:
                if not await self.renew():
                    return
            except StorageError as error:
                self._answered(error)
                if isinstance(error, StorageUnusable):
                    raise
            else:
                self._answered()
                renewed()

    async def release(self) -> None:
        """Gives the lease back, if it still is ours; nothing may work for it any more.

        Raises:
            StorageError: it could not be stored; it passes to another one when this process has ended.
        """
        self._until = 0.0
        async with self._db.write() as tx:
            await store.release_lease(tx, self.token, self._clock.now())

    def _extend(self, started: float) -> None:
        self._until = started + self._timing.dead - self._timing.margin

    def _lose(self) -> None:
        self._until = 0.0
        self.lost.set()

    def _answered(self, error: StorageError | None = None) -> None:
        self.tried = self._clock.monotonic()
        if error is not None and not self.problem:
            log.warning("lease: %s", error)
        elif error is None and self.problem:
            log.info("lease: the database can be used again")
        self.problem = str(error) if error is not None else ""


def _token() -> str:
    return os.urandom(16).hex()
