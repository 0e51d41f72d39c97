"""Runs a small server in a thread of its own, so that tests of any kind, and other processes, can ask it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Iterator

    Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def looped(talk: Talk, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1") -> Iterator[int]:
    """A server's port while it runs; `talk` has one connection, which is closed when it returns."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="test server", daemon=True)
    thread.start()

    opened: list[asyncio.WriteTransport] = []
    tasks: set[asyncio.Task[None]] = set()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # One with TLS that was closed twice can no longer be aborted itself.
        secured = getattr(writer.transport, "_ssl_protocol", None)
        opened.append(writer.transport if secured is None else secured._transport)
        tasks.add(loop.create_task(safely(reader, writer)))

    async def safely(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            try:
                await talk(reader, writer)
            finally:
                writer.close()

    async def begin() -> asyncio.Server:
        # A refused handshake is what the test is about, and no mistake to be told.
        loop.set_exception_handler(lambda _loop, _context: None)
        return await asyncio.start_server(accepted, host, 0, ssl=tls, backlog=200)

    async def end(server: asyncio.Server) -> None:
        # asyncio loses the socket of whoever is being accepted while the server is closed.
        await asyncio.sleep(0.01)
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for transport in opened:
            transport.abort()
        for _ in range(5):
            await asyncio.sleep(0)

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
