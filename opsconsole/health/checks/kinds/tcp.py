"""Connects to a TCP port, and looks at what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.text import decode
from opsconsole.health.checks.kinds.connecting import connected
from opsconsole.health.checks.kinds.course import SHOWN, Closed, Failed, Phase, ask
from opsconsole.health.checks.settings.net import MOST_BYTES, unescaped

if TYPE_CHECKING:
    from opsconsole.health.checks.kinds.connecting import Line
    from opsconsole.health.checks.kinds.course import Course
    from opsconsole.health.checks.model import Measured
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.net import TcpCheck


async def measure(check: TcpCheck, scope: Scope) -> Measured:
    """Seconds until it was connected, or until what is expected had come."""
    async def question(course: Course) -> Measured:
        async with connected(course, check.host, check.port) as line:
            if check.send is None and check.expect is None:
                return course.done("connected")
            if check.send is not None:
                await line.write(unescaped(check.send))
            received = await _received(course, line, None if check.expect is None else unescaped(check.expect))
            course.values["banner"] = first_line(course, received)
        return course.done(str(course.values["banner"]) or "connected", output=course.foreign(received, 1000))

    return await ask(check, scope, question)


async def _received(course: Course, line: Line, expected: bytes | None) -> bytes:
    """What came until all that is expected was there, or until the first piece."""
    received = b""
    course.phase = Phase.FIRST_BYTE
    while len(received) < MOST_BYTES and (piece := await line.read()):
        course.phase = Phase.ANSWER
        received += piece
        if expected is None or expected in received[:MOST_BYTES]:
            return received[:MOST_BYTES]
    if not received:
        raise Closed
    wanted = decode(expected or b"")[:SHOWN]
    raise Failed(f"the answer has no `{wanted}`", output=course.foreign(received, 1000))


def first_line(course: Course, raw: bytes) -> str:
    """The first line of what a service says, without its end."""
    return course.foreign(raw.partition(b"\n")[0].rstrip(b"\r"))
