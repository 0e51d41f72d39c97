"""Runs a kind as the runner does, and looks at what it leaves behind."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from opsconsole.core.clock import SystemClock
from opsconsole.core.units import Secret
from opsconsole.health.checks.model import Measured
from opsconsole.health.checks.runner import KINDS, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from opsconsole.core.clock import Clock
    from opsconsole.health.checks.settings.base import Check

HANGS = 60.0
"""Seconds after which a test says that something hangs."""
KILLED = 5.0
"""Seconds until what was killed has surely gone; far less than any of it would run by itself."""


async def ask(check: Check, seconds: float = HANGS, memory: dict[str, Any] | None = None,
              clock: Clock | None = None) -> Measured:
    """What a kind measures within some seconds; TimeoutError where the runner would have cancelled it."""
    module, _, function = KINDS[check.kind].partition(":")
    deadline = asyncio.get_running_loop().time() + seconds
    scope = Scope("test", clock or SystemClock(), {} if memory is None else memory, Path("/nonexistent"), deadline)
    async with asyncio.timeout_at(deadline):
        measured = await getattr(import_module(module), function)(check, scope)
    assert isinstance(measured, Measured)
    return measured


def secret(value: str) -> Secret:
    """A secret as it comes from the configuration."""
    return Secret.parse("${SECRET}", {"SECRET": value})


def _descriptors() -> set[tuple[str, str]]:
    """The open descriptors of this process and where each leads."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add((path.name, str(path.readlink())))
    return found


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Whoever is asked in here has neither an open descriptor nor a process when it ends."""
    me = psutil.Process()
    descriptors, children = _descriptors(), set(me.children())
    yield
    for _ in range(3):
        await asyncio.sleep(0)
    left = _descriptors() - descriptors
    assert not left, left
    # What was killed ends when the kernel comes to it.
    await until(lambda: not any(_lives(one) for one in set(me.children()) - children), KILLED)


def _lives(process: psutil.Process) -> bool:
    """Whether it is more than a status that nobody has asked for; orphans of other programs come here to end."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until(happened: Callable[[], bool], seconds: float = HANGS) -> None:
    """Wait until something has happened."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(happened):  # noqa: ASYNC110 - it is asked, and cannot tell
            await asyncio.sleep(0.02)


async def cancelled(check: Check, begun: Callable[[], bool] | asyncio.Event) -> None:
    """Run a kind and cancel it when it has begun; it ends at once."""
    task = asyncio.create_task(ask(check))
    if isinstance(begun, asyncio.Event):
        await begun.wait()
        await asyncio.sleep(0.05)
    else:
        await until(begun)
    assert not task.done()
    task.cancel()
    async with asyncio.timeout(5):
        await asyncio.wait([task])
    assert task.cancelled()
