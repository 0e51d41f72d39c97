"""Looks at the certificate of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core import format as fmt
from opsconsole.health.checks.kinds.connecting import connected
from opsconsole.health.checks.kinds.course import Course, Failed, ask
from opsconsole.health.checks.kinds.handshake import Rejected, Tls, validity
from opsconsole.health.checks.kinds.mail import STARTTLS

if TYPE_CHECKING:
    from opsconsole.health.checks.kinds.certificate import Certificate
    from opsconsole.health.checks.model import Measured
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.net import TlsCheck


async def measure(check: TlsCheck, scope: Scope) -> Measured:
    """Seconds that the certificate is still valid, and whether all else about it is right."""
    async def question(course: Course) -> Measured:
        name = check.server_name or check.host
        prelude = STARTTLS[check.starttls] if check.starttls is not None else None
        rejected: Rejected | None = None
        try:
            async with connected(course, check.host, check.port, Tls(name, "full", check.ca), prelude) as line:
                seen, protocol = line.certificate, line.protocol
        except Rejected as problem:
            rejected, seen, protocol = problem, problem.seen, problem.protocol
        course.values["latency"] = course.elapsed
        if seen is None:
            raise rejected or Failed("its certificate cannot be read")
        course.values.update(
            chain=rejected is None or (rejected.other_host and await _trusted(check, scope, name)),
            host_name=rejected is None or seen.fits(name), protocol=protocol,
            issuer=course.foreign(seen.issuer), subject=course.foreign(seen.subject))
        if rejected is not None and check.verify:
            raise rejected
        wrong = rejected.sentence if rejected is not None else ""
        return course.done(wrong or _said(seen, scope), output=_described(course, seen))

    return await ask(check, scope, question)


async def _trusted(check: TlsCheck, scope: Scope, name: str) -> bool:
    """Whether all but the host's name is right."""
    prelude = STARTTLS[check.starttls] if check.starttls is not None else None
    try:
        async with connected(Course(scope), check.host, check.port, Tls(name, "chain", check.ca), prelude):
            return True
    except Failed:
        return False


def _said(seen: Certificate, scope: Scope) -> str:
    now = scope.clock.now()
    return validity(seen, now) or f"expires in {fmt.duration(seen.ends - now / 1000)}"


def _described(course: Course, seen: Certificate) -> str:
    return "\n".join((f"for {course.foreign(', '.join(seen.names[:20]), 1000)}",
                      f"subject {course.foreign(seen.subject)}", f"issuer {course.foreign(seen.issuer)}"))
