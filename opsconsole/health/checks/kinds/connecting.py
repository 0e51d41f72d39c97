"""The way to a service: its name, the connection, with the time that each took.

Whatever goes wrong on the way raises `Failed` with a few words for a person. Whoever is cancelled leaves no socket
open.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, cast

from opsconsole.core.text import decode
from opsconsole.health.checks.kinds.blocking import MOST, Crowded, aside
from opsconsole.health.checks.kinds.course import SHOWN, Closed, Failed, NoName, Phase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from opsconsole.health.checks.kinds.certificate import Certificate
    from opsconsole.health.checks.kinds.course import Course
    from opsconsole.health.checks.kinds.handshake import Tls

    Address = tuple[socket.AddressFamily, Any]
    Prelude = Callable[["Line"], Awaitable[None]]

STAGGER: Final = 0.25
"""Seconds before the next address of a name is tried beside the one before, as RFC 8305 recommends."""
MOST_ADDRESSES: Final = 6
PIECE: Final = 16 * 1024
"""Bytes read at a time; between two pieces others get their turn."""

NO_TLS: Final = "speaks no TLS"

_NO_ROUTE: Final = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN,
                              errno.EHOSTDOWN, errno.EAFNOSUPPORT})
_BROKEN: Final = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ENOTCONN, errno.ESHUTDOWN})
_NO_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


async def addresses(host: str, port: int, family: int = socket.AF_UNSPEC) -> list[Address]:
    """What a name resolves to on this machine, in the order in which it should be tried.

    Raises:
        NoName: there is no such name.
        Failed: it could not be looked up.
    """
    def look_up() -> list[Address]:
        found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        return [(kind, place) for kind, _, _, _, place in found]

    try:
        return await aside(("name", host, port, family), look_up)
    except Crowded:
        raise Failed(f"{MOST} other names are being looked up without an end; is the resolver of this machine well?"
                     ) from None
    except socket.gaierror as problem:
        raise unresolved(problem) from None
    except (ValueError, OSError):
        raise NoName("this cannot be a name") from None


def unresolved(problem: socket.gaierror) -> Failed:
    """Why a name does not resolve."""
    if problem.errno in _NO_NAME:
        return NoName("name not found")
    if problem.errno == socket.EAI_AGAIN:
        return Failed("no answer from the name server", placed=True)
    return Failed(f"the name cannot be looked up: {problem.strerror}")


def literal(host: str, port: int) -> list[Address]:
    """The address that is written as one; empty for a name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, ValueError):
        return []
    return [(kind, place) for kind, _, _, _, place in found]


def not_connected(problem: OSError) -> Failed:
    """Why there is no connection."""
    number = problem.errno
    if number == errno.ECONNREFUSED:
        return Failed("refused")
    if number in _NO_ROUTE:
        return Failed("no route")
    if number in _BROKEN or (number is None and isinstance(problem, ConnectionError)):
        return Closed()
    if number == errno.ETIMEDOUT:
        return Failed("no answer", placed=True)
    if number in (errno.EPERM, errno.EACCES):
        return Failed("forbidden by this machine's firewall")
    return Failed(f"no connection: {os.strerror(number) if number else 'unknown reason'}", placed=True)


class Line:
    """An open connection."""

    def __init__(self, course: Course, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.course = course
        self.certificate: Certificate | None = None
        """What the server showed, where there is TLS and it could be read."""
        self._reader, self._writer = reader, writer
        self.local = str((writer.get_extra_info("sockname") or ("127.0.0.1",))[0])
        """Our own address."""

    async def write(self, data: bytes) -> None:
        """Send all of it."""
        with self._spoken():
            self._writer.write(data)
            await self._writer.drain()

    async def write_last(self, data: bytes) -> None:
        """Send what needs no answer; whether it arrives does not matter, because all is measured."""
        with suppress(Failed):
            await self.write(data)

    async def read(self) -> bytes:
        """The next piece; nothing at the end. However much is waiting, others get their turn first."""
        await asyncio.sleep(0)
        with self._spoken():
            return await self._reader.read(PIECE)

    async def read_line(self, most: int) -> bytes:
        """The next line without its end; at most that many bytes.

        Raises:
            Failed: it has no end, or the connection ends.
        """
        await asyncio.sleep(0)
        with self._spoken():
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.LimitOverrunError:
                line = b" " * (most + 1)
            except asyncio.IncompleteReadError as end:
                raise Closed(decode(end.partial[:SHOWN])) from None
        if len(line) > most:
            raise Failed(f"answers with lines of more than {most} bytes")
        self.course.phase = Phase.ANSWER
        return line.rstrip(b"\r\n")

    async def start_tls(self, tls: Tls, *, trusting: bool = False) -> bytes:
        """Go on through TLS; returns the server's certificate in DER form.

        Args:
            tls: what is accepted.
            trusting: whether anything is, to see what it is.

        Raises:
            OSError: as `ssl` raises it.
            Failed: the server speaks no TLS, the authorities' file cannot be read, or the name cannot be one.
        """
        context = await tls.context("none" if trusting else tls.trust)
        if await spoke_before_tls(self._reader, self._writer):
            raise Failed(NO_TLS)
        try:
            # The time of the check itself is the limit. No certificate has the dot that may end a name.
            await self._writer.start_tls(context, server_hostname=tls.name.rstrip("."), ssl_handshake_timeout=3600.0)
        except OSError:
            raise
        except ValueError:
            raise Failed("the server's name cannot be one") from None
        return self._writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""

    @property
    def protocol(self) -> str:
        """The version of TLS, as `TLSv1.3`; empty without."""
        secured = self._writer.get_extra_info("ssl_object")
        return (secured.version() or "") if secured is not None else ""

    def close(self, *, politely: bool = False) -> None:
        """Close it now; politely where all was said, so that the server sees an end and no break."""
        transport = self._writer.transport
        if politely and not self.protocol and not transport.get_write_buffer_size():
            transport.close()
        else:
            transport.abort()

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            from opsconsole.health.checks.kinds.handshake import refused  # noqa: PLC0415 - ssl comes with it

            raise refused(problem) or not_connected(problem) from None


def hold_back(writer: asyncio.StreamWriter) -> None:
    """Read nothing from the connection until TLS begins, which has to get all of it."""
    cast("asyncio.Transport", writer.transport).pause_reading()


async def spoke_before_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether the server has said more than was read, where TLS is to begin; nothing is read from it until that does.

    What came before would never reach TLS, whose handshake would wait for it until the check's time is over; and read
    afterwards it would pass for something that was encrypted (what CVE-2021-23222 is about).
    """
    hold_back(writer)
    try:
        async with asyncio.timeout(0):
            return await reader.read(1) != b""
    except TimeoutError:
        return False


@asynccontextmanager
async def connected(course: Course, host: str, port: int, tls: Tls | None = None,
                    prelude: Prelude | None = None) -> AsyncIterator[Line]:
    """A connection, through TLS where it is given, that is closed afterwards whatever happens.

    The values `dns` (where a name was looked up), `connect`, `tls` and `certificate` are added to the course.

    Args:
        course: the run of the check.
        host: name or address.
        port: 1 to 65535.
        tls: what certificates are accepted; None: no TLS.
        prelude: what is said before TLS begins.

    Raises:
        Failed: there is no connection, and why.
    """
    found = literal(host, port)
    if not found:
        with course.part(Phase.NAME, "dns"):
            found = await addresses(host, port)
    with course.part(Phase.CONNECT, "connect"):
        line = await opened(course, found, secured=tls is not None and prelude is None)
    try:
        if tls is not None:
            from opsconsole.health.checks.kinds.handshake import shake_hands  # noqa: PLC0415 - ssl comes with it

            await shake_hands(course, line, found, tls, prelude)
        yield line
    except BaseException:
        line.close()
        raise
    line.close(politely=True)


async def opened(course: Course, found: list[Address], *, secured: bool = False) -> Line:
    """A connection to the first of some addresses that accepts one; `secured`: TLS begins at once.

    Raises:
        Failed: none does.
    """
    try:
        connection = await _first(found[:MOST_ADDRESSES])
    except OSError as problem:
        raise not_connected(problem) from None
    try:
        reader, writer = await asyncio.open_connection(sock=connection, limit=PIECE)
    except BaseException:
        connection.close()
        raise
    if secured:
        # At once: a step later, what the server said first would be in the reader.
        hold_back(writer)
    return Line(course, reader, writer)


async def _first(found: list[Address]) -> socket.socket:
    """A socket connected to the first address that accepts; a silent one holds the next up for a moment only."""
    if len(found) == 1:
        return await _connect(found[0])
    tasks: list[asyncio.Task[socket.socket]] = []
    chosen: asyncio.Task[socket.socket] | None = None
    try:
        for address in found:
            tasks.append(asyncio.ensure_future(_connect(address)))
            if chosen := await _chosen(tasks, STAGGER):
                return chosen.result()
        if chosen := await _chosen(tasks, None):
            return chosen.result()
        problems = [problem for task in tasks if isinstance(problem := task.exception(), OSError)]
        raise next((problem for problem in problems if problem.errno == errno.ECONNREFUSED), problems[0])
    finally:
        for task in tasks:
            if not task.done():
                task.cancel()
            elif not task.cancelled() and task.exception() is None and task is not chosen:
                task.result().close()


async def _chosen(tasks: list[asyncio.Task[socket.socket]], within: float | None) -> asyncio.Task[socket.socket] | None:
    """The first that has connected; None when all have failed, or when the time is over or one more has failed."""
    while waiting := [task for task in tasks if not task.done()]:
        ended, _ = await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        if won := next((task for task in ended if task.exception() is None), None):
            return won
        if within is not None:
            break
    return next((task for task in tasks if task.done() and task.exception() is None), None)


async def _connect(address: Address) -> socket.socket:
    family, place = address
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, place)
        # Where nobody listens, the kernel may have chosen the very port as ours, and we would talk to ourselves.
        alone = made.getsockname() == made.getpeername()
    except BaseException:
        made.close()
        raise
    if alone:
        made.close()
        raise ConnectionRefusedError(errno.ECONNREFUSED, "nobody listens")
    return made
