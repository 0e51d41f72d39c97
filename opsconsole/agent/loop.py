"""Runs jobs when they are due: each in a task of its own, so that one that hangs or fails keeps no other one waiting.

A job whose missed runs are caught up counts as done when its run has ended, so a crash in the middle makes it run
again. For the others the moment that they were due has passed, whatever became of the run.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.agent.slot import Slot
from opsconsole.core.errors import OpsError, StorageError
from opsconsole.core.jobs import CatchUp, Due, Jump, LeaseLost
from opsconsole.core.schedule import LATE, plan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from opsconsole.agent.model import JobRun
    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.jobs import Guard, Job

log = logging.getLogger(__name__)

LONGEST_SLEEP = 5.0
"""Seconds; after this a suspend or a new time of day is noticed, even where no job is due for long."""
SET = 1000
"""Milliseconds by which the time of day may differ from the time that passed; more is a clock that was set."""
STALL = 5.0
"""Seconds by which a sleep may be longer than planned; more is time in which this process stood still."""
FLUSH = 10.0
"""Seconds between two times of storing runs."""
FLUSH_SOON = 0.5
"""The same after a job whose missed runs are caught up."""
_SETTLE = 0.5
"""Seconds that cancelled jobs are given to clean up."""


class Look(NamedTuple):
    """Three clocks at one moment."""

    wall: Instant
    boot: float
    """Seconds that include every suspend."""

    def since(self, before: Look, planned: float) -> Jump | None:
        """What happened to time between two looks, beside `planned` seconds of sleep; None when nothing did."""
        passed = self.boot - before.boot
        asleep = passed - planned if passed - planned > STALL else 0.0
        moved = self.wall - before.wall - passed * 1000
        return Jump(before.wall, self.wall, asleep) if asleep or abs(moved) > SET else None


class Loop:
    """The jobs of this host while this agent may work.

    Args:
        jobs: what to run; a job whose schedule cannot be read is left out and logged.
        clock: the time of day and the time since boot.
        guard: the lease; nothing is begun without it.
        host: its name; jitter follows from it.
        known: the last runs, as they were stored.
        save: stores runs; raises StorageError or LeaseLost.
    """

    def __init__(self, jobs: Iterable[Job], *, clock: Clock, guard: Guard, host: str, known: Mapping[str, JobRun],
                 save: Callable[[Sequence[JobRun]], Awaitable[None]]) -> None:
        self.turned = clock.monotonic()
        """When it last looked for work, by the clock's monotonic seconds: a watchdog asks."""
        self._clock = clock
        self._guard = guard
        self._host = host
        self._save = save
        self._known = dict(known)
        self._slots: dict[str, Slot] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._flush_at: float | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._unsaved = ""
        self.replace(jobs)

    @property
    def jobs(self) -> int:
        """How many jobs there are."""
        return len(self._slots)

    @property
    def running(self) -> list[str]:
        """The names of the jobs that are being run."""
        return sorted(slot.job.name for slot in self._slots.values() if slot.busy)

    def replace(self, jobs: Iterable[Job]) -> None:
        """Other jobs from now on; one of the same name goes on where it was."""
        old, self._slots = self._slots, {}
        self._known |= {name: slot.row() for name, slot in old.items()}
        now = self._clock.now()
        for job in jobs:
            if job.name in self._slots:
                log.error("job left out: there is another one of this name", extra={"job": job.name})
                continue
            try:
                slot = Slot(job, self._host, self._known.get(job.name), now)
            except ValueError as error:
                log.error("job left out: its schedule must be %s", error, extra={"job": job.name})  # noqa: TRY400
                continue
            if job.name in old:
                slot.goes_on_from(old[job.name])
            self._slots[job.name] = slot
        self.poke()

    def poke(self) -> None:
        """Look for work now."""
        self._wake.set()

    async def run(self) -> None:
        """Runs what is due, until it is cancelled or told to `finish`."""
        before, planned = self._look(), 0.0
        while not self._stopping:
            look = self._look()
            self.turned = look.boot
            jump = look.since(before, planned)
            before = look
            if jump is not None:
                self._tell(jump)
            if self._guard.holds():
                self._turn(look.wall, stood_still=jump is not None)
            self._flush_if_time(look.boot)
            planned = self._pause(look)
            started = self._clock.monotonic()
            await self._sleep(planned)
            planned = min(planned, self._clock.monotonic() - started)

    def _look(self) -> Look:
        return Look(self._clock.now(), self._clock.monotonic())

    def _pause(self, look: Look) -> float:
        """Seconds until there is something to do."""
        if not self._guard.holds():
            return LONGEST_SLEEP
        pause = LONGEST_SLEEP
        for slot in self._slots.values():
            if slot.start is not None:
                pause = min(pause, (slot.start - look.wall) / 1000)
        if self._flush_at is not None and self._flushing is None:
            pause = min(pause, self._flush_at - look.boot)
        return max(0.0, pause)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _turn(self, now: Instant, *, stood_still: bool) -> None:
        for slot in list(self._slots.values()):
            if not slot.begun:
                self._first(slot, now)
            elif stood_still or (slot.start is not None and slot.start <= now):
                self._plan(slot, now, late=0 if stood_still else LATE)

    def _first(self, slot: Slot, now: Instant) -> None:
        """The first time since the agent works: what was missed before, and what wants to run at once."""
        slot.begun = True
        self._plan(slot, now, late=slot.late_at_start)
        if slot.job.eager and not slot.busy:
            self._begin(slot, (Due(now),), now)

    def _plan(self, slot: Slot, now: Instant, *, late: int) -> None:
        made = plan(slot.beats, slot.run.last_due, now - slot.delay, slot.job.catch_up, late=late)
        if made.missed:
            log.info("runs missed", extra={"job": slot.job.name, "missed": made.missed})
        slot.next(made)
        if slot.dirty:
            self._flush_by(FLUSH)
        if late == 0:
            slot.not_before = 0
        if made.runs:
            self._begin(slot, made.runs, now)

    def _begin(self, slot: Slot, dues: Sequence[Due], now: Instant) -> None:
        if slot.take(dues, now):
            task = asyncio.create_task(self._work(slot), name=slot.job.name)
            slot.task = task
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, slot: Slot) -> None:
        try:
            while slot.pending and self._guard.holds() and not self._stopping:
                await self._once(slot, slot.pending[0])
                slot.pending.popleft()
                soon = slot.job.catch_up is not CatchUp.NONE
                self._flush_by(FLUSH_SOON if soon else FLUSH)
        finally:
            if slot.job.catch_up is CatchUp.NONE:
                slot.pending.clear()

    async def _once(self, slot: Slot, due: Due) -> None:
        job, started, from_ = slot.job, self._clock.now(), time.monotonic()
        problem = ""
        try:
            async with asyncio.timeout(job.limit) as limit:
                await job.run(due)
            if limit.expired():
                problem = _too_long(job)
        except LeaseLost:
            return
        except TimeoutError as error:
            problem = _too_long(job) if limit.expired() else str(error) or "time limit"
        except OpsError as error:
            problem = str(error)
        except Exception as error:
            # A mistake in one job must not end the others.
            problem = f"{type(error).__name__}: {error}"
            if not slot.run.failures:
                log.exception("job failed", extra={"job": job.name})
        slot.ended(due, started=started, ended=self._clock.now(), took=time.monotonic() - from_, problem=problem)

    def _tell(self, jump: Jump) -> None:
        log.warning("the clock was set, or this process stood still",
                    extra={"asleep": round(jump.asleep, 1), "shift": jump.after - jump.before})
        for slot in self._slots.values():
            if slot.job.jumped is None:
                continue
            try:
                slot.job.jumped(jump)
            except Exception:
                log.exception("job cannot record a gap", extra={"job": slot.job.name})

    async def once(self) -> dict[str, str]:
        """Runs each job once, now and together; why each one failed that did, by name."""
        now = self._clock.now()
        for slot in self._slots.values():
            slot.begun = True
            slot.not_before = 0
            self._begin(slot, (Due(now),), now)
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        await self.flush()
        return {name: slot.run.error for name, slot in self._slots.items() if not slot.run.ok}

    async def finish(self, patience: float, hurry: asyncio.Event | None = None) -> list[str]:
        """Begins nothing more, and lets what is running end; the names of what had to be cut off.

        Args:
            patience: seconds; after them what still runs is cancelled.
            hurry: cancels at once when it is set.
        """
        self._stopping = True
        self.poke()
        tasks = set(self._tasks)
        if tasks and patience > 0:
            waiting = asyncio.create_task(hurry.wait()) if hurry is not None else None
            await _all_or(tasks, waiting, patience)
        cut = [task for task in tasks if not task.done()]
        for task in cut:
            task.cancel()
        if cut:
            await asyncio.wait(cut, timeout=_SETTLE)
        return sorted(task.get_name() for task in cut)

    def resume(self) -> None:
        """Ends what `finish` began; `run` has to be called again."""
        self._stopping = False

    def _flush_by(self, seconds: float) -> None:
        at = self._clock.monotonic() + seconds
        if self._flush_at is None or at < self._flush_at:
            self._flush_at = at
            if seconds < FLUSH:
                self.poke()

    def _flush_if_time(self, boot: float) -> None:
        if self._flush_at is None or boot < self._flush_at or self._flushing is not None:
            return
        self._flushing = asyncio.create_task(self.flush())
        self._flushing.add_done_callback(self._flushed)

    def _flushed(self, task: asyncio.Task[None]) -> None:
        self._flushing = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("runs cannot be stored", exc_info=error)

    async def flush(self) -> None:
        """Stores the runs that are not stored yet; where that fails, they are stored later."""
        self._flush_at = None
        dirty = [slot for slot in self._slots.values() if slot.dirty]
        if not dirty:
            return
        rows = [slot.row() for slot in dirty]
        for slot in dirty:
            slot.dirty = False
        try:
            await self._save(rows)
        except LeaseLost:
            return
        except StorageError as error:
            if str(error) != self._unsaved:
                log.warning("runs are not stored: %s", error)
            self._unsaved = str(error)
            for slot in dirty:
                slot.dirty = True
            self._flush_by(FLUSH)
        else:
            self._unsaved = ""


def _too_long(job: Job) -> str:
    return f"It took longer than {job.limit:g} s."


async def _all_or(tasks: set[asyncio.Task[None]], hurry: asyncio.Task[bool] | None, limit: float) -> None:
    """Waits for all tasks, for `hurry`, or for `limit` seconds."""
    together = asyncio.ensure_future(asyncio.wait(tasks))
    waited: set[asyncio.Future[object]] = {together} if hurry is None else {together, hurry}  # type: ignore[arg-type]
    try:
        await asyncio.wait(waited, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waited:
            one.cancel()
