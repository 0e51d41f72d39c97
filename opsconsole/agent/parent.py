"""Ends a child agent with the console that started it, however that ended."""

from __future__ import annotations

import asyncio
import os
import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opsconsole.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opsconsole.agent.shift import Wishes

EVERY = 2.0
"""Seconds between two looks at the parent: another process may hold the pipe open that the console had."""


@asynccontextmanager
async def bound_to_parent(wishes: Wishes, descriptor: int = 0) -> AsyncIterator[None]:
    """Asks for the end as soon as standard input ends, or the process that started this one does.

    Raises:
        UsageError: standard input is no pipe.
    """
    kind = os.fstat(descriptor).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        raise UsageError("`agent --child` is what a console starts, with a pipe as standard input.",
                         "Use `opsconsole agent`.")
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            wishes.end.set()

    async def watch() -> None:
        parent = os.getppid()
        while os.getppid() == parent:  # noqa: ASYNC110 - the kernel tells nobody
            await asyncio.sleep(EVERY)
        wishes.end.set()

    loop.add_reader(descriptor, heard)
    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        loop.remove_reader(descriptor)
