"""Asks what a name resolves to: through the system, as programs here do, or one server itself."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.health.checks.kinds.blocking import Crowded, aside
from opsconsole.health.checks.kinds.connecting import addresses, literal, not_connected, opened
from opsconsole.health.checks.kinds.course import SHOWN, Closed, Failed, NoName, Phase, ask
from opsconsole.health.checks.kinds.dns_message import Reply, query, reply

if TYPE_CHECKING:
    from opsconsole.health.checks.kinds.connecting import Address
    from opsconsole.health.checks.kinds.course import Course
    from opsconsole.health.checks.model import Measured
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.net import DnsCheck

AGAIN: Final = 2.0
"""Seconds after which a question that may have been lost is asked again."""
SAID: Final = 3
"""Records that the line names; the others are counted."""
RESOLV_CONF: Final = Path("/etc/resolv.conf")
_FAMILIES: Final = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}
_NO_SUCH_NAME: Final = 3
_WORDS: Final = {1: "does not understand the question", 2: "failed to find out", 4: "cannot answer this question",
                 5: "refuses to answer"}
"""What a server says with its code (RFC 1035, 4.1.1)."""


async def measure(check: DnsCheck, scope: Scope) -> Measured:
    """What a name resolves to. That there is nothing is a problem, unless a condition judges the count."""
    async def question(course: Course) -> Measured:
        if check.server is None and check.type in _FAMILIES:
            found, missing = await _by_system(course, check), "name not found"
        else:
            answer = await _by_server(course, check)
            found = sorted(set(answer.records))
            missing = "name not found" if answer.code == _NO_SUCH_NAME else f"no {check.type} record"
        if not found and not _asks_for_none(check):
            raise Failed(missing)
        course.values.update(addresses=course.foreign(", ".join(found)), count=float(len(found)))
        more = f" and {len(found) - SAID} more" if len(found) > SAID else ""
        shown = course.foreign(", ".join(found[:SAID]), SHOWN) + more
        return course.done(shown if found else missing, output=course.foreign("\n".join(found), 4000))

    return await ask(check, scope, question)


def _asks_for_none(check: DnsCheck) -> bool:
    return any(text.lstrip().startswith("count") for text in (*check.critical_unless, *check.warning_unless))


async def _by_system(course: Course, check: DnsCheck) -> list[str]:
    course.phase = Phase.NAME
    try:
        found = await addresses(check.name, 0, _FAMILIES[check.type])
    except NoName:
        return []
    return sorted({str(place[0]) for _, place in found})


async def _by_server(course: Course, check: DnsCheck) -> Reply:
    try:
        asked = query(int.from_bytes(os.urandom(2), "big"), check.name, check.type)
    except ValueError:
        raise Failed("this cannot be a name") from None
    server = check.server or await _system_server()
    found = literal(server, check.port)
    if not found:
        raise Failed(f"the name server {course.foreign(server)} is no address")
    course.phase = Phase.FIRST_BYTE
    try:
        answer = await _by_datagram(found[0], asked)
        if answer.truncated:
            answer = await _by_stream(course, found, asked)
    except ValueError:
        raise Failed("answers what is no DNS") from None
    if answer.code not in (0, _NO_SUCH_NAME):
        raise Failed(f"the name server {_WORDS.get(answer.code, f'answers with code {answer.code}')}")
    return answer


async def _system_server() -> str:
    try:
        text = await aside("resolv.conf", lambda: RESOLV_CONF.read_text(errors="replace")[:65_536])
    except (OSError, Crowded):
        text = ""
    # Without any, the resolver asks this machine (man resolv.conf).
    return next((words[1] for words in map(str.split, text.splitlines()) if words[:1] == ["nameserver"] and words[1:]),
                "127.0.0.1")


async def _by_datagram(address: Address, asked: bytes) -> Reply:
    """The answer to a question that is asked again as long as none comes."""
    loop = asyncio.get_running_loop()
    family, place = address
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        try:
            await loop.sock_connect(line, place)
            while True:
                await loop.sock_sendall(line, asked)
                again = asyncio.timeout(AGAIN)
                try:
                    async with again:
                        while (answer := reply(await loop.sock_recv(line, 65_535), asked)) is None:
                            pass
                        return answer
                except TimeoutError:
                    if not again.expired():
                        raise
        except OSError as problem:
            raise not_connected(problem) from None


async def _by_stream(course: Course, found: list[Address], asked: bytes) -> Reply:
    """The answer over TCP, for one that was too long for a datagram."""
    course.phase = Phase.CONNECT
    line = await opened(course, found)
    try:
        course.phase = Phase.FIRST_BYTE
        await line.write(len(asked).to_bytes(2, "big") + asked)
        received = b""
        while len(received) < 2 or len(received) < 2 + int.from_bytes(received[:2], "big"):
            piece = await line.read()
            if not piece:
                raise Closed
            received += piece
    finally:
        line.close()
    answer = reply(received[2:2 + int.from_bytes(received[:2], "big")], asked)
    if answer is None or answer.truncated:
        raise ValueError("no answer")
    return answer
