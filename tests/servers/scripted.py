"""A peer on loopback that says what a test tells it to say: for what no real server does on demand."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Scripted(NamedTuple):
    port: int
    heard: bytearray
    """All that was sent to it."""
    called: asyncio.Event
    """Set when somebody has connected."""


@asynccontextmanager
async def scripted(*answers: bytes, first: bytes = b"", close: bool = False) -> AsyncIterator[Scripted]:
    """A server that says `first` at once, then one answer to each piece it hears; then it is silent, or closes."""
    heard, called, talks = bytearray(), asyncio.Event(), set[asyncio.Task[None]]()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        try:
            writer.write(first)
            for answer in answers:
                piece = await reader.read(65_536)
                if not piece:
                    return
                heard.extend(piece)
                writer.write(answer)
                await writer.drain()
            if not close:
                await asyncio.Event().wait()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield Scripted(server.sockets[0].getsockname()[1], heard, called)
    finally:
        server.close()
        for each in talks:
            each.cancel()
        for ended in await asyncio.gather(*talks, return_exceptions=True):
            assert ended is None or isinstance(ended, OSError | asyncio.CancelledError), ended
