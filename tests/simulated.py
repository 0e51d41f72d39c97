"""Runs a real agent in simulated time: whenever nothing is left to do, the clock goes on to the next timer.

Threads are real, and are waited for; so what the agent does in a week takes as long as its work, not as its waiting.
"""

from __future__ import annotations

import asyncio
import selectors
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import aiosqlite

from opsconsole.health.checks.kinds import blocking

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from opsconsole.core.clock import Instant

START: Instant = 1_795_132_800_000
"""2026-11-20 00:00 UTC."""
_PATIENCE = 30.0
"""Real seconds that a thread may take."""


class _Selector(selectors.DefaultSelector):
    """Waits for threads as usual; where there are none to wait for, time goes on instead."""

    loop: SimulatedLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors`."""
        found = super().select(0)
        if found or timeout == 0:
            return found
        if timeout is None or self.loop.threads or blocking._running:
            found = super().select(_PATIENCE)
            if not found:
                raise RuntimeError("a thread does not end, or nothing will ever happen again")
            return found
        self.loop.passed += timeout
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop that has its own time."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self.passed = 0.0
        """Seconds since it was made."""
        self.threads = 0
        """Calls that threads have not answered yet."""
        super().__init__(selector)

    def time(self) -> float:
        """Seconds since it was made."""
        return self.passed

    def run_in_executor(self, executor: Any, func: Callable[..., Any],  # type: ignore[override]
                        *args: Any) -> asyncio.Future[Any]:
        """See `asyncio`."""
        future: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
        self.threads += 1
        future.add_done_callback(self._answered)
        return future

    def _answered(self, _: asyncio.Future[Any]) -> None:
        self.threads -= 1


class SimulatedClock:
    """The time of a simulated loop as the time of day; a `core.clock.Clock`."""

    def __init__(self, loop: SimulatedLoop, start: Instant = START) -> None:
        self._loop = loop
        self._start = start

    def now(self) -> Instant:
        return self._start + round(self._loop.passed * 1000)

    def monotonic(self) -> float:
        return 1_000_000 + self._loop.passed


def simulated(main: Callable[[SimulatedClock], Coroutine[Any, Any, None]]) -> None:
    """Runs a coroutine to its end in simulated time."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner, _database_waits():
        loop = runner.get_loop()
        assert isinstance(loop, SimulatedLoop)
        runner.run(main(SimulatedClock(loop)))


@contextmanager
def _database_waits() -> Iterator[None]:
    """Time stands still while a database works."""
    def counted(method: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def call(self: aiosqlite.Connection, *args: Any, **kwargs: Any) -> Any:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, SimulatedLoop)
            loop.threads += 1
            try:
                return await method(self, *args, **kwargs)
            finally:
                loop.threads -= 1
        return call

    connection = aiosqlite.Connection
    with mock.patch.object(connection, "_execute", counted(connection._execute)), \
            mock.patch.object(connection, "_connect", counted(connection._connect)):
        yield
