"""Servers that say nothing, too little or the wrong thing."""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.servers.looped import looped

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


@contextmanager
def silent(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that accepts every connection and never says a word."""
    with saying(b"", tls) as port:
        yield port


@contextmanager
def saying(words: bytes, tls: ssl.SSLContext | None = None, *, hold: bool = True) -> Iterator[int]:
    """The port of a server that says the same to everyone at once, and then holds the connection or closes it."""
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        if hold:
            await asyncio.Event().wait()

    with looped(talk, tls) as port:
        yield port


@contextmanager
def closing() -> Iterator[int]:
    """The port of a server that closes every connection at once."""
    with saying(b"", hold=False) as port:
        yield port


@contextmanager
def endless(words: bytes, first: bytes = b"") -> Iterator[int]:
    """The port of a server that says the same again and again, without any end."""
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(words)
            await writer.drain()
            await asyncio.sleep(0)

    with looped(talk) as port:
        yield port


@contextmanager
def dialogue(*answers: bytes, first: bytes = b"", tls: ssl.SSLContext | None = None,
             upgrade: tuple[int, ssl.SSLContext] | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A port and the lines that were heard: `first` at once, then one answer to each line, then the end.

    With `upgrade`, TLS begins after so many answers.
    """
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        for number, answer in enumerate(answers, 1):
            heard.append(await reader.readuntil(b"\n"))
            writer.write(answer)
            await writer.drain()
            if upgrade is not None and number == upgrade[0]:
                await writer.start_tls(upgrade[1])
        heard.append(await reader.read())

    with looped(talk, tls) as port:
        yield port, heard


@contextmanager
def full() -> Iterator[int]:
    """A port at which a connection is never completed, because nobody takes those that wait."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(listening.getsockname())
            yield int(listening.getsockname()[1])
        finally:
            for one in waiting:
                one.close()
