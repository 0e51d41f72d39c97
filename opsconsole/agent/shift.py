"""One shift: the time in which this agent has the lease. Builds the jobs, runs them, keeps the lease, gives it back."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

from opsconsole.agent import store
from opsconsole.agent.loop import Loop
from opsconsole.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from opsconsole.agent.lease import Lease
    from opsconsole.agent.model import JobRun, Timing
    from opsconsole.agent.opening import Databases
    from opsconsole.core.clock import Clock
    from opsconsole.core.jobs import Job

log = logging.getLogger(__name__)

CLOSING = 1.0
"""Seconds that the features are given to close what their jobs kept open."""
RETRIES = (15.0, 60.0, 300.0, 900.0)
"""Seconds until a feature that could not make its jobs is asked again; the last one repeats."""


class Outcome(Enum):
    """Why a shift ended."""

    ENDING = auto()
    """The agent was told to end."""
    LOST = auto()
    """Another agent has the lease."""
    ASKED = auto()
    """A permanent agent wants the lease of this child."""


class Wishes:
    """What signals and others ask of the agent."""

    def __init__(self) -> None:
        self.end = asyncio.Event()
        self.hurry = asyncio.Event()
        """Asked to end again: nothing is waited for."""
        self.reload = asyncio.Event()

    def ending(self) -> None:
        """Asks for the end; for the second time, at once."""
        (self.hurry if self.end.is_set() else self.end).set()


class Built(NamedTuple):
    """The jobs of some features."""

    jobs: list[Job]
    failed: dict[str, str]
    """Features that could not make theirs, and why."""


class Setting(NamedTuple):
    """What a shift works with."""

    databases: Databases
    lease: Lease
    clock: Clock
    timing: Timing
    host: str
    wishes: Wishes
    features: Sequence[str]
    """Who makes jobs."""
    build: Callable[[Sequence[str], AsyncExitStack], Awaitable[Built]]
    """Makes the jobs of these features; what the jobs keep open goes to the stack."""
    reload: Callable[[], Awaitable[Callable[[], None] | None]]
    """Reads the configuration; None when the old one stays, else what goes back to it."""
    told: Callable[[str], None]
    """Takes a line about how it goes."""


class Shift:
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._loop: Loop | None = None
        self._closing = AsyncExitStack()
        self._built = Built([], {})
        self._tries = 0

    def turned(self) -> float | None:
        """When the loop last looked for work; None before it does."""
        return self._loop.turned if self._loop is not None else None

    async def run(self) -> Outcome:
        """Works until there is a reason to stop.

        Raises:
            StorageError: the records cannot be used any more.
        """
        keeping = asyncio.create_task(self._setting.lease.keep(self._poke))
        try:
            loop = await self._start(keeping)
            outcome = self._reason()
            if outcome is None:
                try:
                    outcome = await self._until(loop, keeping)
                except BaseException:
                    await loop.finish(0)
                    raise
            await self._stop(loop, outcome)
        finally:
            await self._leave(keeping)
        return outcome

    async def once(self) -> dict[str, str]:
        """Runs each job once; why each job and feature failed that did, by name.

        Raises:
            StorageError: the records cannot be used any more.
        """
        wishes = self._setting.wishes
        keeping = asyncio.create_task(self._setting.lease.keep())
        try:
            loop = await self._start(keeping)
            work = asyncio.create_task(loop.once())
            await _first(work, wishes.end.wait())
            if not work.done():
                await loop.finish(self._setting.timing.patience, wishes.hurry)
            return {**await work, **self._built.failed}
        finally:
            await self._leave(keeping)

    def _poke(self) -> None:
        if self._loop is not None:
            self._loop.poke()

    def _reasons(self) -> dict[asyncio.Event, Outcome]:
        lease, wishes = self._setting.lease, self._setting.wishes
        return {wishes.end: Outcome.ENDING, lease.lost: Outcome.LOST, lease.asked: Outcome.ASKED}

    def _reason(self) -> Outcome | None:
        return next((outcome for event, outcome in self._reasons().items() if event.is_set()), None)

    async def _start(self, keeping: asyncio.Task[None]) -> Loop:
        """Makes the jobs and their loop, without any where there is a reason to stop before that is done."""
        setting = self._setting
        self._built = await self._build(setting.features, self._closing, keeping) or self._built
        known = await store.read_runs(setting.databases.records)
        self._loop = Loop(self._built.jobs, clock=setting.clock, guard=setting.lease, host=setting.host, known=known,
                          save=self._save)
        self._tell(self._loop)
        return self._loop

    async def _build(self, features: Sequence[str], closing: AsyncExitStack,
                     keeping: asyncio.Task[None]) -> Built | None:
        """The jobs of these features; None where there is a reason to stop before they are made."""
        building = asyncio.ensure_future(self._setting.build(features, closing))
        await _first(building, keeping, *(event.wait() for event in self._reasons()))
        if building.done():
            return building.result()
        building.cancel()
        await asyncio.wait([building], timeout=self._setting.timing.patience)
        return None

    def _tell(self, loop: Loop) -> None:
        count, failed = loop.jobs, len(self._built.failed)
        without = f", {failed} feature{'s' * (failed != 1)} without" if failed else ""
        self._setting.told(f"working, {count} job{'s' * (count != 1)}{without}")

    async def _save(self, runs: Sequence[JobRun]) -> None:
        setting = self._setting
        async with setting.databases.records.write() as tx:
            await setting.lease.confirm(tx)
            await store.save_runs(tx, runs, setting.clock.now())

    async def _until(self, loop: Loop, keeping: asyncio.Task[None]) -> Outcome:
        """Runs the loop until there is a reason to stop; it then still runs."""
        reload = self._setting.wishes.reload
        running = self._running(loop)
        while True:
            pause = RETRIES[min(self._tries, len(RETRIES) - 1)] if self._built.failed else None
            events = (*self._reasons(), reload)
            in_time = await _first(running, keeping, *(event.wait() for event in events), limit=pause)
            for task in (running, keeping):
                if task.done():
                    task.result()
            if (outcome := self._reason()) is not None:
                return outcome
            if not in_time:
                await self._ask_again(loop, keeping)
            elif await self._rebuild(loop, keeping):
                await running
                running = self._running(loop)

    def _running(self, loop: Loop) -> asyncio.Task[None]:
        loop.resume()
        return asyncio.create_task(loop.run())

    async def _ask_again(self, loop: Loop, keeping: asyncio.Task[None]) -> None:
        """Makes the jobs of those features that could not make theirs."""
        self._tries += 1
        made = await self._build(tuple(self._built.failed), self._closing, keeping)
        if made is not None and len(made.failed) < len(self._built.failed):
            self._tries = 0
            self._built = Built(self._built.jobs + made.jobs, made.failed)
            loop.replace(self._built.jobs)
            self._tell(loop)

    async def _rebuild(self, loop: Loop, keeping: asyncio.Task[None]) -> bool:
        """Other jobs for another configuration, and the loop stopped; False where there is something wrong with it."""
        setting = self._setting
        setting.wishes.reload.clear()
        undo = await setting.reload()
        if undo is None:
            return False
        closing = AsyncExitStack()
        made = await self._build(setting.features, closing, keeping)
        if made is None or made.failed.keys() - self._built.failed.keys():
            log.error("the old configuration stays: with the new one, not all jobs can be made")
            undo()
            await close(closing)
            return False
        await loop.finish(setting.timing.patience)
        old, self._closing, self._built, self._tries = self._closing, closing, made, 0
        await close(old)
        loop.replace(made.jobs)
        self._tell(loop)
        return True

    async def _stop(self, loop: Loop, outcome: Outcome) -> None:
        setting = self._setting
        lost = outcome is Outcome.LOST
        setting.told("another agent works now" if lost else "finishing what is running")
        cut = await loop.finish(0 if lost else setting.timing.patience, setting.wishes.hurry)
        if cut:
            log.warning("jobs were cut off", extra={"jobs": ",".join(cut)})
        if not lost:
            await loop.flush()

    async def _leave(self, keeping: asyncio.Task[None]) -> None:
        """Gives back what was taken; nothing of this shift works any more."""
        keeping.cancel()
        await asyncio.wait([keeping])
        if not keeping.cancelled() and (error := keeping.exception()) is not None:
            log.warning("the lease could not be kept: %s", error)
        await close(self._closing)
        if self._setting.lease.lost.is_set():
            return
        try:
            await self._setting.lease.release()
        except StorageError as problem:
            log.warning("the lease could not be given back: %s", problem)


async def close(stack: AsyncExitStack) -> None:
    """Closes what jobs kept open; what cannot be closed, or not in time, is left as it is."""
    try:
        async with asyncio.timeout(CLOSING):
            await stack.aclose()
    except Exception:
        # The lease has to be given back whatever a feature does.
        log.exception("something could not be closed")


async def _first(*work: Coroutine[Any, Any, Any] | asyncio.Future[Any], limit: float | None = None) -> bool:
    """Waits until one has ended, for `limit` seconds at most; whether one has. Tasks go on, coroutines are ended."""
    begun = [asyncio.create_task(one) for one in work if not isinstance(one, asyncio.Future)]
    try:
        done, _ = await asyncio.wait([*begun, *(one for one in work if isinstance(one, asyncio.Future))], timeout=limit,
                                     return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in begun:
            one.cancel()
    return bool(done)
