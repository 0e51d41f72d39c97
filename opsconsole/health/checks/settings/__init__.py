"""The part of the configuration that says which services are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.health.checks.settings.base import Check
from opsconsole.health.checks.settings.local import (
    AccessLogCheck,
    CommandCheck,
    FileCheck,
    LogCheck,
    PortCheck,
    ProcessCheck,
    TimerCheck,
    UnitCheck,
)
from opsconsole.health.checks.settings.net import (
    DnsCheck,
    HttpCheck,
    ImapCheck,
    SmtpCheck,
    SshCheck,
    TcpCheck,
    TlsCheck,
)
from opsconsole.health.checks.settings.own import HeartbeatCheck, MetricCheck
from opsconsole.health.checks.settings.servers import MysqlCheck, PostgresCheck, RedisCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Checks = dict[
    str,
    HttpCheck | TcpCheck | DnsCheck | TlsCheck | SmtpCheck | ImapCheck | SshCheck
    | RedisCheck | PostgresCheck | MysqlCheck
    | UnitCheck | TimerCheck | ProcessCheck | PortCheck | FileCheck | LogCheck | AccessLogCheck | CommandCheck
    | HeartbeatCheck | MetricCheck,
]
"""Name to check."""


def find_mistakes(checks: Mapping[str, Check]) -> Iterable[tuple[tuple[str, ...], str]]:
    """What only all checks together can get wrong: what they depend on; and conditions, for every kind.

    Yields:
        The path below the configuration, `checks` first, and a sentence.
    """
    from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a file with checks

    for name, check in checks.items():
        for path, message in Check.mistakes(check):
            yield ("checks", name, *path.split(".")), message
        for number, other in enumerate(check.depends_on):
            place = ("checks", name, "depends_on", str(number))
            if other not in checks:
                yield place, f"there is no check `{other}`{nearest(other, checks)}"
            elif other == name or name in _below(other, checks):
                yield place, f"`{other}` depends on `{name}` itself" if other != name else "it cannot depend on itself"


def _below(name: str, checks: Mapping[str, Check]) -> set[str]:
    """All that a check depends on, at any distance."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        check = checks.get(waiting.pop())
        fresh = [one for one in (check.depends_on if check is not None else ()) if one not in found]
        found.update(fresh)
        waiting += fresh
    return found
