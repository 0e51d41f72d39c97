"""The kind `mysql`: whether a MySQL or MariaDB server accepts connections and, for a user, figures through its client.

The packets are in the chapter "Connection Phase" of the source documentation of MySQL. A server counts connections
that end without an attempt to sign in, and blocks the host after `max_connect_errors` of them. So without a user an
attempt is made, as `opsconsole` without a password: being denied is an answer, and is not counted.
"""

from __future__ import annotations

import asyncio
import re
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.levels import Level
from opsconsole.core.text import decode
from opsconsole.health.checks.kinds import client
from opsconsole.health.checks.kinds.dialogue import LIMIT, Line, NoAnswer, Place, dialogue, revealed, said
from opsconsole.health.checks.kinds.mysql_client import (
    SENTENCES,
    UNREACHABLE,
    command,
    complaints,
    find,
    judged,
    named,
    rows_of,
    script,
    slow_queries,
)
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.servers import MysqlCheck

_LONG_PASSWORD, _PROTOCOL_41, _SECURE, _PLUGIN_AUTH = 0x1, 0x200, 0x8000, 0x80000
_QUIT: Final = b"\1\0\0\0\1"

_FOREIGN: Final = "does not speak the protocol of MySQL"
_UNREADY: Final = (1040, 1053, 1129, 1135, 1152, 1203, 3032)
"""Refusals that say it is not available; any other before signing in is about who asks, and is an answer."""


async def measure(check: MysqlCheck, scope: Scope) -> Measured:
    """See the contract of kinds in `checks.runner`; the values are those of `MysqlCheck.VALUES`.

    With a user `latency` is the time until the client has signed in and printed its first row.
    """
    password = ""
    try:
        password = revealed(check.password)
        found = find() if check.user is not None else None
        if found is None:
            return await _knocked(check)
        program, is_mariadb = found
        seconds = max(0.1, (scope.deadline - asyncio.get_running_loop().time()) * 0.9)
        ran = await client.run(command(check, program, seconds, is_mariadb=is_mariadb),
                               {"MYSQL_PWD": password} if password else {}, script(check, seconds))
        if any(each.code in UNREACHABLE for each in complaints(ran.errors)):
            # Opening a connection ourselves tells why it cannot be opened.
            async with dialogue(Place(check.host, check.port, check.socket)):
                pass
        slow = slow_queries(rows_of(ran.output), scope.memory, scope.clock.monotonic())
        return judged(check, ran, seconds, slow, [password])
    except NoAnswer as none:
        return Measured({}, "", problem=none.sentence(password))


class Greeting(NamedTuple):
    """What the server says first."""

    version: str
    capabilities: int


async def _knocked(check: MysqlCheck) -> Measured:
    """Whether it answers, without anybody's password."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with dialogue(Place(check.host, check.port, check.socket)) as line:
        _, first = await _packet(line)
        latency = loop.time() - began
        if first[:1] == b"\xff":
            answers(*refusal(first))
            return Measured({"latency": latency}, "answers, but allows no connection from here")
        hello = greeting(first)
        await _try(line, hello)
    values: dict[str, Value] = {"latency": latency, "version": hello.version}
    if check.user is not None:
        return Measured(values, "answers; figures need the client mariadb or mysql, which is not installed",
                        level=Level.UNKNOWN)
    return Measured(values, "accepts connections")


async def _try(line: Line, hello: Greeting) -> None:
    """An attempt to sign in without a password, to its end.

    Raises:
        NoAnswer: the server cannot take connections.
    """
    wanted = _LONG_PASSWORD | _PROTOCOL_41 | _SECURE | hello.capabilities & _PLUGIN_AUTH
    plugin = b"mysql_native_password\0" if wanted & _PLUGIN_AUTH else b""
    sent = struct.pack("<IIB23x", wanted, LIMIT, 45) + b"opsconsole\0\0" + plugin
    line.writer.write(len(sent).to_bytes(3, "little") + b"\1" + sent)
    for _ in range(3):
        number, answer = await _packet(line)
        if answer[:1] == b"\xff":
            return answers(*refusal(answer))
        if answer[:1] == b"\0":
            line.writer.write(_QUIT)
            return None
        # Another method, or more data for it: there is no password, which every method says with nothing.
        line.writer.write(b"\0\0\0" + bytes([(number + 1) % 256]))
    return None


async def _packet(line: Line) -> tuple[int, bytes]:
    """The next packet and its number.

    Raises:
        NoAnswer: none that could be meant comes.
    """
    head = await line.exactly(4)
    length = int.from_bytes(head[:3], "little")
    if not 1 <= length <= LIMIT:
        raise NoAnswer(_FOREIGN)
    return head[3], await line.exactly(length)


def greeting(packet: bytes) -> Greeting:
    """The server's version and abilities in its first packet.

    Raises:
        NoAnswer: it is no such packet.
    """
    version, _, rest = packet[1:].partition(b"\0")
    if packet[:1] != b"\x0a" or len(rest) < 18:
        raise NoAnswer(_FOREIGN)
    low, high = struct.unpack_from("<H", rest, 13)[0], struct.unpack_from("<H", rest, 18)[0] if len(rest) >= 20 else 0
    return Greeting(named(decode(version)), low | high << 16)


def refusal(packet: bytes) -> tuple[int, str]:
    """Number and text of an error packet."""
    return int.from_bytes(packet[1:3], "little"), said(re.sub(r"^#.{5}", "", decode(packet[3:])))


def answers(code: int, text: str) -> None:
    """Nothing where a refusal is about who asks.

    Raises:
        NoAnswer: it is about the server.
    """
    if code in _UNREADY:
        raise NoAnswer(SENTENCES[code]) if code in SENTENCES else NoAnswer("", text)
