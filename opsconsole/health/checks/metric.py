"""The kind `metric`: the newest number that somebody sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.levels import Level
from opsconsole.health.checks.model import Measured
from opsconsole.health.conditions.literals import show_value

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.health.checks.model import Pushed
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.own import MetricCheck


async def measure(check: MetricCheck, scope: Scope) -> Measured:
    """The newest number and its age.

    Raises:
        StorageError: what was sent cannot be read.
    """
    name = check.metric or scope.name
    newest = await scope.reports.pushed(name) if scope.reports is not None else None
    return judged(check, newest, scope.clock.now())


def judged(check: MetricCheck, newest: Pushed | None, now: Instant) -> Measured:
    """What is known of a number; one that nobody sent is unknown."""
    if newest is None:
        return Measured({"value": None, "age": None}, "nothing was sent yet", level=Level.UNKNOWN)
    text = show_value(newest.value, check.unit)
    return Measured({"value": newest.value, "age": max(0, now - newest.at) / 1000},
                    f"{text} {check.text}" if check.text else text)
