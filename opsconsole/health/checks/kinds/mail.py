"""Greets mail servers: SMTP (RFC 5321, 3207) and IMAP (RFC 9051). No mail is sent and nobody signs in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.health.checks.kinds.connecting import connected
from opsconsole.health.checks.kinds.course import SHOWN, Failed, Phase, ask
from opsconsole.health.checks.kinds.handshake import Tls

if TYPE_CHECKING:
    from opsconsole.health.checks.kinds.connecting import Line, Prelude
    from opsconsole.health.checks.kinds.course import Course
    from opsconsole.health.checks.model import Measured
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.net import ImapCheck, SmtpCheck

LONGEST: Final = 8192
"""Bytes of a line; RFC 9051 wants that many to be understood."""
MOST_LINES: Final = 200
"""Of one answer."""
MOST_LISTED: Final = 2000
"""Characters of what a server says it can do."""


async def measure_smtp(check: SmtpCheck, scope: Scope) -> Measured:
    """Seconds until the server had said what it can do."""
    async def question(course: Course) -> Measured:
        prelude = smtp_starttls if check.tls == "starttls" else None
        async with connected(course, check.host, check.number, _tls(check), prelude) as line:
            if prelude is None:
                await _smtp_greeting(line)
            extensions = await _ehlo(line)
            course.values["extensions"] = course.foreign(" ".join(extensions), MOST_LISTED)
            measured = course.done(str(course.values["banner"]), output="\n".join(extensions))
            await line.write_last(b"QUIT\r\n")
        return measured

    return await ask(check, scope, question)


async def measure_imap(check: ImapCheck, scope: Scope) -> Measured:
    """Seconds until the server had said what it can do."""
    async def question(course: Course) -> Measured:
        prelude = imap_starttls if check.tls == "starttls" else None
        async with connected(course, check.host, check.number, _tls(check), prelude) as line:
            if prelude is None:
                await _imap_greeting(line)
            capabilities = await _capabilities(line)
            course.values["capabilities"] = course.foreign(" ".join(capabilities), MOST_LISTED)
            measured = course.done(str(course.values["banner"]), output="\n".join(capabilities))
            await line.write_last(b"z LOGOUT\r\n")
        return measured

    return await ask(check, scope, question)


def _tls(check: SmtpCheck | ImapCheck) -> Tls | None:
    if check.tls == "off":
        return None
    return Tls(check.server_name or check.host, "full" if check.verify else "none", check.ca)


async def smtp_starttls(line: Line) -> None:
    """Ask an SMTP server for TLS."""
    await _smtp_greeting(line)
    if not any(word.upper() == "STARTTLS" for word in await _ehlo(line)):
        raise Failed("offers no STARTTLS")
    await line.write(b"STARTTLS\r\n")
    await _reply(line, 220)


async def imap_starttls(line: Line) -> None:
    """Ask an IMAP server for TLS."""
    await _imap_greeting(line)
    if "STARTTLS" not in map(str.upper, await _capabilities(line)):
        raise Failed("offers no STARTTLS")
    await _command(line, "b", "STARTTLS")


STARTTLS: Final[dict[str, Prelude]] = {"smtp": smtp_starttls, "imap": imap_starttls}


async def _smtp_greeting(line: Line) -> None:
    line.course.phase = Phase.FIRST_BYTE
    said = await _reply(line, 220)
    line.course.values["banner"] = line.course.foreign(said[0])


async def _ehlo(line: Line) -> list[str]:
    """What the server can do, each with its parameters."""
    family = "IPv6:" if ":" in line.local else ""
    # Our address stands for a name (RFC 5321, 4.1.3), because this machine's may be none that a server accepts.
    await line.write(f"EHLO [{family}{line.local.partition('%')[0]}]\r\n".encode())
    return [line.course.foreign(each) for each in (await _reply(line, 250))[1:]]


async def _reply(line: Line, wanted: int) -> list[bytes]:
    """The lines of one answer without their codes; raises Failed when its code is another one."""
    said: list[bytes] = []
    while len(said) < MOST_LINES:
        raw = await line.read_line(LONGEST)
        found = re.fullmatch(rb"(?s)([2-5][0-9]{2})(?:([ -])(.*))?", raw)
        if found is None:
            raise Failed("speaks no SMTP", output=line.course.foreign(raw))
        said.append(found[3] or b"")
        if found[2] != b"-":
            if int(found[1]) != wanted:
                raise Failed(f"refuses: {line.course.foreign(raw)}")
            return said
    raise Failed(f"answers with more than {MOST_LINES} lines")


async def _imap_greeting(line: Line) -> None:
    line.course.phase = Phase.FIRST_BYTE
    raw = await line.read_line(LONGEST)
    found = re.fullmatch(rb"(?is)\* (OK|PREAUTH|BYE)(?: (.*))?", raw)
    if found is None:
        raise Failed("speaks no IMAP", output=line.course.foreign(raw))
    if found[1].upper() == b"BYE":
        raise Failed(f"refuses: {line.course.foreign(found[2] or b'')}")
    line.course.values["banner"] = line.course.foreign(found[2] or b"")


async def _capabilities(line: Line) -> list[str]:
    """What the server can do, in single words."""
    for raw in await _command(line, "a", "CAPABILITY"):
        if raw.upper().startswith(b"* CAPABILITY "):
            return line.course.foreign(raw[13:], LONGEST).split()[:MOST_LINES]
    return []


async def _command(line: Line, tag: str, command: str) -> list[bytes]:
    """The lines that came before the server said that it is done."""
    await line.write(f"{tag} {command}\r\n".encode())
    said: list[bytes] = []
    while len(said) < MOST_LINES:
        raw = await line.read_line(LONGEST)
        if not raw.startswith(f"{tag} ".encode()):
            said.append(raw)
            continue
        if raw[len(tag) + 1:][:2].upper() != b"OK":
            raise Failed(f"refuses {command}: {line.course.foreign(raw, SHOWN)}")
        return said
    raise Failed(f"answers with more than {MOST_LINES} lines")
