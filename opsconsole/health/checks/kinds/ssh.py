"""Reads the greeting of an SSH server (RFC 4253, section 4.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.health.checks.kinds.connecting import connected
from opsconsole.health.checks.kinds.course import Failed, Phase, ask

if TYPE_CHECKING:
    from opsconsole.health.checks.kinds.connecting import Line
    from opsconsole.health.checks.kinds.course import Course
    from opsconsole.health.checks.model import Measured
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.net import SshCheck

MOST_BEFORE: Final = 50
"""Lines that may come before the greeting."""
LONGEST: Final = 1024
"""Bytes of a line; the greeting itself has at most 255."""
OURS: Final = b"SSH-2.0-opsconsole\r\n"


async def measure(check: SshCheck, scope: Scope) -> Measured:
    """Seconds until the greeting had come."""
    async def question(course: Course) -> Measured:
        async with connected(course, check.host, check.port) as line:
            course.phase = Phase.FIRST_BYTE
            greeting = await _greeting(course, line)
            measured = course.done(greeting)
            # A server that hears nothing writes into its log that the client did not identify itself.
            await line.write_last(OURS)
        return measured

    return await ask(check, scope, question)


async def _greeting(course: Course, line: Line) -> str:
    first = b""
    for _ in range(MOST_BEFORE):
        said = await line.read_line(LONGEST)
        first = first or said
        if said.startswith(b"SSH-"):
            greeting = course.foreign(said)
            course.values["banner"] = greeting
            if not re.match(rb"SSH-(2\.0|1\.99)-", said):
                raise Failed(f"speaks only an old version of SSH: {greeting}")
            return greeting
    raise Failed("speaks no SSH", output=course.foreign(first))
