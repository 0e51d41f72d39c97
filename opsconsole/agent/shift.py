"""One shift: the time in which this agent has the lease. Builds the jobs, runs them, keeps the lease, gives it back."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.agent import store
from opsconsole.agent.loop import Loop
from opsconsole.core.errors import OpsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opsconsole.agent.lease import Lease
    from opsconsole.agent.model import JobRun, Timing
    from opsconsole.agent.opening import Databases
    from opsconsole.core.clock import Clock
    from opsconsole.core.jobs import Job

log = logging.getLogger(__name__)


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


class Setting(NamedTuple):
    """What a shift works with."""

    databases: Databases
    lease: Lease
    clock: Clock
    timing: Timing
    host: str
    wishes: Wishes
    build: Callable[[AsyncExitStack, bool], Awaitable[Sequence[Job]]]
    """Makes the jobs; what they keep open goes to the stack. The flag says whether a feature that fails is fatal."""
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

    def turned(self) -> float | None:
        """When the loop last looked for work; None before it does."""
        return self._loop.turned if self._loop is not None else None

    async def run(self) -> Outcome:
        """Works until there is a reason to stop.

        Raises:
            StorageError: the records cannot be used any more.
        """
        setting = self._setting
        keeping = asyncio.create_task(setting.lease.keep(self._poke))
        try:
            loop = await self._start()
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
        """Runs each job once; why each one failed that did, by name.

        Raises:
            StorageError: the records cannot be used any more.
        """
        setting = self._setting
        keeping = asyncio.create_task(setting.lease.keep())
        try:
            loop = await self._start()
            work = asyncio.create_task(loop.once())
            ending = asyncio.create_task(setting.wishes.end.wait())
            await asyncio.wait([work, ending], return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            if not work.done():
                await loop.finish(setting.timing.patience, setting.wishes.hurry)
            failed = await work
        finally:
            await self._leave(keeping)
        return failed

    def _poke(self) -> None:
        if self._loop is not None:
            self._loop.poke()

    async def _start(self) -> Loop:
        setting = self._setting
        jobs = await setting.build(self._closing, False)
        known = await store.read_runs(setting.databases.records)
        self._loop = Loop(jobs, clock=setting.clock, guard=setting.lease, host=setting.host, known=known,
                          save=self._save)
        setting.told(f"working, {_jobs(self._loop.jobs)}")
        return self._loop

    async def _save(self, runs: Sequence[JobRun]) -> None:
        setting = self._setting
        async with setting.databases.records.write() as tx:
            await setting.lease.confirm(tx)
            await store.save_runs(tx, runs, setting.clock.now())

    async def _until(self, loop: Loop, keeping: asyncio.Task[None]) -> Outcome:
        """Runs the loop until there is a reason to stop; it then still runs."""
        lease, wishes = self._setting.lease, self._setting.wishes
        reasons = {wishes.end: Outcome.ENDING, lease.lost: Outcome.LOST, lease.asked: Outcome.ASKED}
        running = self._running(loop)
        while True:
            waiting = [asyncio.create_task(event.wait()) for event in (*reasons, wishes.reload)]
            try:
                await asyncio.wait([*waiting, running, keeping], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waiting:
                    one.cancel()
            for task in (running, keeping):
                if task.done():
                    task.result()
            for event, outcome in reasons.items():
                if event.is_set():
                    return outcome
            wishes.reload.clear()
            if await self._rebuild(loop):
                await running
                running = self._running(loop)

    def _running(self, loop: Loop) -> asyncio.Task[None]:
        loop.resume()
        return asyncio.create_task(loop.run())

    async def _rebuild(self, loop: Loop) -> bool:
        """Other jobs for another configuration, and the loop stopped; False where there is something wrong with it."""
        setting = self._setting
        undo = await setting.reload()
        if undo is None:
            return False
        closing = AsyncExitStack()
        try:
            jobs = await setting.build(closing, True)
        except OpsError as error:
            log.error("the old configuration stays: %s", error)  # noqa: TRY400 - the sentence says it all
            undo()
            await closing.aclose()
            return False
        await loop.finish(setting.timing.patience)
        old, self._closing = self._closing, closing
        await old.aclose()
        loop.replace(jobs)
        setting.told(f"working, {_jobs(loop.jobs)}")
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
        await self._closing.aclose()
        if self._setting.lease.lost.is_set():
            return
        try:
            await self._setting.lease.release()
        except StorageError as problem:
            log.warning("the lease could not be given back: %s", problem)


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"
