"""Runs checks of network services until their own time is over, and looks whether they leave a connection open."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from opsconsole.core.clock import SystemClock
from opsconsole.health.checks.model import Measured
from opsconsole.health.checks.runner import KINDS, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opsconsole.health.checks.settings.base import Check


async def timed(check: Check) -> Measured:
    """What a kind says at the end of its time by itself; the runner would cancel it a moment later."""
    module, _, function = KINDS[check.kind].partition(":")
    scope = Scope("test", SystemClock(), {}, Path("/nonexistent"), asyncio.get_running_loop().time() + check.timeout)
    async with asyncio.timeout(check.timeout + 30):
        measured = await getattr(import_module(module), function)(check, scope)
    assert isinstance(measured, Measured)
    return measured


def open_to(*ports: int) -> set[Any]:
    """The connections of this process that lead to these ports."""
    # A socket that is not connected has an empty tuple for the other side.
    return {(one.fd, *one.raddr) for one in psutil.Process().net_connections("tcp") if set(one.raddr[1:]) & set(ports)}


@asynccontextmanager
async def left(*ports: int) -> AsyncIterator[None]:
    """Whoever asks a server in here has no connection to it when that ends."""
    before = open_to(*ports)
    yield
    for _ in range(3):
        await asyncio.sleep(0)
    assert open_to(*ports) - before == set()
