"""A conversation with a data service over TCP, TLS or a Unix socket, and why there is none, in words."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.health.checks.kinds.connecting import NO_TLS, addresses, spoke_before_tls
from opsconsole.health.checks.kinds.course import Failed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from opsconsole.core.units import Secret

LIMIT: Final = 65_536
"""Bytes that one line, or one unread piece, of an answer may have."""
SAID: Final = 300
"""Characters of what a server says that are kept."""

_WORDS: Final = {
    errno.ECONNREFUSED: "refused", errno.ECONNRESET: "ended the connection without an answer",
    errno.EPIPE: "ended the connection without an answer", errno.ETIMEDOUT: "no answer",
    errno.EHOSTUNREACH: "no way to the host", errno.ENETUNREACH: "no way to the host's network",
    errno.ENOENT: "there is no such socket; is the server running?",
    errno.EACCES: "the socket may not be used; give this account permission",
    errno.EAGAIN: "refused: too many connections wait",
    errno.ENOTSOCK: "the path is not a socket", errno.EPROTOTYPE: "the path is not a socket of this type"}


class NoAnswer(Exception):  # noqa: N818 - it is what was measured, and no mistake of the program
    """The service is down, refuses or says what it should not.

    Args:
        words: why, to a person.
        answer: what the service said itself, in which a secret may be.
    """

    def __init__(self, words: str, answer: str = "") -> None:
        super().__init__(words)
        self.answer = answer

    def sentence(self, *secrets: str) -> str:
        """Why, without the secrets."""
        # The words are ours: a password that is one of them must not show by being taken out.
        return ": ".join(filter(None, (str(self), said(self.answer, secrets)))) or "refuses without a reason"


class Place(NamedTuple):
    """Where a service listens."""

    host: str
    port: int
    socket: str | None = None
    """Path of a Unix socket, which then is used."""


class Line(NamedTuple):
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def exactly(self, count: int) -> bytes:
        """The next bytes, as many as that."""
        with heard():
            return await self.reader.readexactly(count)

    async def until(self, end: bytes) -> bytes:
        """All up to and with `end`, at most `LIMIT` bytes."""
        with heard():
            return await self.reader.readuntil(end)

    async def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Go on through TLS."""
        with heard():
            if await spoke_before_tls(self.reader, self.writer):
                raise NoAnswer(NO_TLS)
            await self.writer.start_tls(context, server_hostname=host)


@contextmanager
def heard() -> Iterator[None]:
    """Turns what goes wrong while a connection is opened or read into NoAnswer."""
    try:
        yield
    except asyncio.IncompleteReadError as problem:
        where = "in the middle of an answer" if problem.partial else "without an answer"
        raise NoAnswer(f"ended the connection {where}") from problem
    except asyncio.LimitOverrunError as problem:
        raise NoAnswer("answers with more than this protocol allows") from problem
    except OSError as problem:
        raise NoAnswer(_words(problem)) from problem


@asynccontextmanager
async def dialogue(place: Place, context: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
    """An open connection that is closed at once afterwards, whatever happens.

    Raises:
        NoAnswer: it cannot be opened.
    """
    with heard():
        if place.socket is not None:
            streams = await asyncio.open_unix_connection(place.socket, limit=LIMIT)
        else:
            streams = await _connected(place, context)
    line = Line(*streams)
    try:
        yield line
    finally:
        line.writer.transport.abort()
        with suppress(OSError, EOFError):
            await line.writer.wait_closed()


async def _connected(place: Place, context: ssl.SSLContext | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first address of the host that answers.

    Names are looked up in threads of their own: a hung resolver would use up those of the event loop.
    """
    try:
        known = await addresses(place.host, place.port)
    except Failed as problem:
        raise NoAnswer(problem.sentence) from problem
    failed: OSError | None = None
    name = place.host if context is not None else None
    for family, address in known:
        try:
            return await asyncio.open_connection(str(address[0]), place.port, family=family, limit=LIMIT, ssl=context,
                                                 server_hostname=name)
        except ssl.SSLError:
            raise
        except OSError as problem:
            failed = failed or problem
    raise failed if failed is not None else NoAnswer("the name has no address")


def trust(memory: dict[str, Any], ca: str | None, *, verify: bool = True) -> ssl.SSLContext:
    """What certificates are accepted; kept in `memory` while the file is the same, because reading it takes 20 ms.

    Raises:
        NoAnswer: the file with the authorities cannot be read.
    """
    wanted = (ca, verify, _changed(ca or authorities()))
    kept, context = memory.get("trust", (None, None))
    if kept == wanted and isinstance(context, ssl.SSLContext):
        return context
    try:
        context = ssl.create_default_context(cafile=ca) if verify else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    except (OSError, ValueError) as problem:
        unread = isinstance(problem, OSError) and not isinstance(problem, ssl.SSLError)
        reason = getattr(problem, "strerror", None) if unread else "it holds no certificate"
        raise NoAnswer(f"the certificate authorities in {ca} cannot be read: {reason}") from problem
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    memory["trust"] = (wanted, context)
    return context


def _changed(path: str) -> int:
    """When a file was changed last, ns; 0 where there is none."""
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def authorities() -> str:
    """The file with the certificate authorities of this system, for clients that know none by themselves."""
    return ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"


def revealed(secret: Secret | None) -> str:
    """The secret itself; empty for none.

    Raises:
        NoAnswer: it could not be fetched.
    """
    try:
        return secret.reveal() if secret is not None else ""
    except ValueError as problem:
        raise NoAnswer(f"the password could not be fetched: {problem}") from problem


def said(text: str, secrets: Iterable[str] = ()) -> str:
    """The first line of what a server said that has something in it, cut, with the secrets taken out."""
    return next((line.strip()[:SAID] for line in hidden(text, secrets).splitlines() if line.strip()), "")


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text with the secrets taken out."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "•••")
    return text


def _words(problem: OSError) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {problem.verify_message}"
    if isinstance(problem, ssl.SSLError):
        return f"TLS failed: {(getattr(problem, 'reason', None) or 'no agreement').replace('_', ' ').lower()}"
    if isinstance(problem, socket.gaierror):
        return "the name of the host cannot be resolved"
    known = next((_WORDS[number] for number in _numbers(problem) if number in _WORDS), "")
    return known or f"no connection: {problem.strerror or problem}"[:SAID]


def _numbers(problem: OSError) -> Iterator[int]:
    """The error's number; where several addresses failed, asyncio has only their texts."""
    if problem.errno is not None:
        yield problem.errno
    else:
        yield from map(int, re.findall(r"\[Errno (\d+)\]", str(problem)))
