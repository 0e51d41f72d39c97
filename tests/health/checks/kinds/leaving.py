"""Looks whether a check left a connection open to a server that runs in the same process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


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
