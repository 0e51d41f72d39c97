"""A program that keeps the convention of Nagios plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.format import duration
from opsconsole.core.levels import Level
from opsconsole.core.programs import FLOOD, NOT_STARTED, Ran, plain_environment, run
from opsconsole.core.text import decode
from opsconsole.health.checks.kinds.perfdata import Printed, named, parse_output
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.local import CommandCheck

PLUGINS: Final = ":/usr/lib/nagios/plugins:/usr/lib64/nagios/plugins:/usr/lib/monitoring-plugins:/usr/libexec/nagios"
"""Where distributions put plugins, behind the PATH."""
_LEVELS: Final = {0: Level.OK, 1: Level.WARNING, 2: Level.CRITICAL}
_LONGEST: Final = 1_000
_MOST_OUTPUT: Final = 16_384
_SHORTEST_SECRET: Final = 3


async def measure(check: CommandCheck, scope: Scope) -> Measured:
    """Runs the program once; its exit status is the level, its performance data are the values."""
    environment = plain_environment()
    environment["PATH"] += PLUGINS
    environment.update(check.env)
    try:
        secrets = {name: secret.reveal() for name, secret in check.secrets.items()}
    except ValueError as problem:
        return Measured({}, f"a secret is missing: {problem}", level=Level.UNKNOWN)
    try:
        ran = await run(check.command, environment | secrets, deadline=scope.deadline, folder=check.folder)
    except (OSError, ValueError) as error:
        return Measured({}, f"{check.command[0]} could not be started: {error}", level=Level.UNKNOWN)
    output, errors = (_without(raw, secrets.values()) for raw in (ran.output, ran.errors))
    printed = parse_output(output)
    return _judged(check, ran, printed, errors)


def _judged(check: CommandCheck, ran: Ran, printed: Printed, errors: str) -> Measured:
    detail = "\n".join(part for part in (printed.text, printed.long, errors.strip("\n")) if part)[:_MOST_OUTPUT]
    said = (printed.text or errors.strip().partition("\n")[0])[:_LONGEST]
    if ran.late:
        return Measured({}, said, problem=f"no answer within {duration(check.timeout)}", output=detail)
    if ran.flooded or ran.status is None:
        text = f"it was ended because it wrote more than {FLOOD >> 20} MiB"
        return Measured({}, text, level=Level.UNKNOWN, output=detail)
    if ran.status in NOT_STARTED and not printed.text:
        text = f"{check.command[0]} could not be started: {NOT_STARTED[ran.status]}"
        return Measured({"status": float(ran.status)}, text, level=Level.UNKNOWN, output=detail)
    values: dict[str, Value] = {"status": float(ran.status), **named(printed.figures)}
    usual = range(4)
    ending = f"signal {-ran.status}" if ran.status < 0 else f"exit status {ran.status}"
    text = said if ran.status in usual and said else f"{ending}: {said}" if said else ending
    return Measured(values, text, level=_LEVELS.get(ran.status, Level.UNKNOWN), output=detail)


def _without(raw: bytes, secrets: Iterable[str]) -> str:
    text = decode(raw).replace("\r\n", "\n")
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text
