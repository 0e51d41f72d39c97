"""A loop of jobs with a lease and a store that a test holds in its hands."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opsconsole.agent.loop import Loop
from opsconsole.agent.model import JobRun
from opsconsole.core.clock import DAY, SystemClock
from opsconsole.core.errors import OpsError
from opsconsole.core.jobs import Due, Every, Job, LeaseLost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Transaction


SOON = Every(0.05)
NEVER = Every(DAY)


class Free:
    """A guard that tests turn on and off."""

    def __init__(self) -> None:
        self.free = True

    def holds(self) -> bool:
        return self.free

    async def confirm(self, tx: Transaction) -> None:
        if not self.free:
            raise LeaseLost


class World:
    """What a loop works with, and what became of it."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.guard = Free()
        self.known: dict[str, JobRun] = {}
        self.saved: dict[str, JobRun] = {}
        self.wrong: Exception | None = None
        self.saves = 0

    async def save(self, runs: Sequence[JobRun]) -> None:
        self.saves += 1
        if self.wrong is not None:
            raise self.wrong
        self.saved |= {run.name: run for run in runs}

    def make(self, *jobs: Job) -> Loop:
        return Loop(jobs, clock=self.clock, guard=self.guard, host="host", known=self.known, save=self.save)

    @asynccontextmanager
    async def running(self, *jobs: Job) -> AsyncIterator[Loop]:
        made = self.make(*jobs)
        task = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            await made.finish(0)
            await asyncio.wait_for(task, 10)
            await made.flush()


class Counter:
    """A job that remembers when it was run, and for what."""

    def __init__(self, work: Callable[[], Awaitable[None]] | None = None) -> None:
        self.dues: list[Due] = []
        self.ended = 0
        self._work = work

    async def __call__(self, due: Due) -> None:
        self.dues.append(due)
        if self._work is not None:
            await self._work()
        self.ended += 1


async def until(condition: Callable[[], object], limit: float = 20) -> None:
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110 - any condition
            await asyncio.sleep(0.01)


async def hang() -> None:
    await asyncio.sleep(3600)


async def fail() -> None:
    raise OpsError("The service is gone.", "Look for it.")


def run_of(name: str, last_due: int, **fields: object) -> JobRun:
    return JobRun(name, last_due)._replace(**fields)  # type: ignore[arg-type]
