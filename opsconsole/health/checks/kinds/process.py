"""Processes by name, command line or user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.format import duration, percent, size
from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds.asking import NoAnswer, ask
from opsconsole.health.checks.model import Measured, Value
from opsconsole.health.sampling.processes import started_at

if TYPE_CHECKING:
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.local import ProcessCheck

_SHORTEST = 1.0
"""Seconds between two runs that say something about processor time."""


async def measure(check: ProcessCheck, scope: Scope) -> Measured:
    """Values count, memory (resident bytes of all), cpu (% of one core since the run before), age of the oldest."""
    try:
        seen = await ask(scope, "tables:processes",
                         {"name": check.name, "pattern": check.pattern, "user": check.user})
    except NoAnswer as why:
        return Measured({}, f"/proc gave no answer within {duration(check.timeout)}", level=Level.UNKNOWN,
                        output=str(why))
    if seen["problem"]:
        return Measured({}, seen["problem"], level=Level.UNKNOWN)
    values: dict[str, Value] = {"count": float(seen["count"]), "memory": float(seen["memory"])}
    cpu = _cpu(seen, scope)
    if cpu is not None:
        values["cpu"] = cpu
    if not seen["count"]:
        return Measured(values, "not running")
    values["age"] = age = max(0.0, (scope.clock.now() - started_at(seen["started"])) / 1000)
    parts = ["running" if seen["count"] == 1 else f"{seen['count']} processes", size(seen["memory"])]
    if cpu is not None:
        parts.append(f"{percent(cpu)} CPU")
    parts.append(f"since {duration(age)}")
    left_out = seen["count"] - len(seen["shown"])
    return Measured(values, ", ".join(parts),
                    output="\n".join([*seen["shown"], *([f"and {left_out} more"] if left_out > 0 else [])]))


def _cpu(seen: dict[str, Any], scope: Scope) -> float | None:
    """% of one core that these processes used since the run before; what began since then counts from its beginning."""
    now, ticks = scope.clock.monotonic(), seen["ticks"]
    before = scope.memory.get("ticks")
    if before is not None and now - before[0] < _SHORTEST:
        share: float | None = before[2]
        return share
    share = None
    if before is not None:
        used = sum(max(0, now_used - before[1].get(process, 0)) for process, now_used in ticks.items())
        share = used * 100 / seen["hertz"] / (now - before[0])
    scope.memory["ticks"] = (now, ticks, share)
    return share
