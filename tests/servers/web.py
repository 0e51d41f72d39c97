"""A web server on loopback that answers what a test tells it to, byte by byte where that matters."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.servers.looped import looped

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    Said = bytes | AsyncIterator[bytes]


class Asked(NamedTuple):
    """One request that came."""

    method: str
    target: str
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes


class Site(NamedTuple):
    """A server while it runs."""

    port: int
    scheme: str
    asked: list[Asked]

    def url(self, target: str = "/", host: str = "127.0.0.1") -> str:
        """The address of a page."""
        return f"{self.scheme}://{host}:{self.port}{target}"


def reply(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def redirect(to: str, status: int = 302) -> bytes:
    """An answer that sends elsewhere."""
    return reply(status, headers={"Location": to})


async def slowly(seconds: float, *pieces: bytes) -> AsyncIterator[bytes]:
    """The pieces of an answer, each after some seconds."""
    for piece in pieces:
        await asyncio.sleep(seconds)
        yield piece


async def forever(first: bytes, again: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    """An answer without an end."""
    yield first
    while True:
        yield again
        await asyncio.sleep(pause)


@contextmanager
def web(answer: bytes | Mapping[str, bytes | Callable[[Asked], Said]] | Callable[[Asked], Said],
        tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A server that answers each request on a connection of its own.

    Args:
        answer: the same for all, by target, or made from the request; any other target is a 404.
        tls: HTTPS with this certificate.
    """
    asked: list[Asked] = []

    def said(question: Asked) -> Said:
        given = answer if isinstance(answer, bytes) or callable(answer) else answer.get(question.target, reply(404))
        return given if isinstance(given, bytes) else given(question)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = await _question(reader)
        asked.append(question)
        words = said(question)
        if isinstance(words, bytes):
            writer.write(words)
            await writer.drain()
        else:
            async for piece in words:
                writer.write(piece)
                await writer.drain()

    with looped(talk, tls) as port:
        yield Site(port, "http" if tls is None else "https", asked)


async def _question(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:]) if name}
    return Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))
