"""Age, size and growth of a file, or of the newest of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.format import duration, size
from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds.asking import NoAnswer, ask
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from typing import Any

    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.local import FileCheck

_SHORTEST = 1.0
"""Seconds between two runs that say something about growth."""


async def measure(check: FileCheck, scope: Scope) -> Measured:
    """Values exists, age, size, growth (bytes per second) of the newest; count and total size of all."""
    try:
        seen = await ask(scope, "files:look", {"path": check.path})
    except NoAnswer as why:
        return Measured({}, "", problem=f"no answer within {duration(check.timeout)}", output=str(why))
    if not seen["count"]:
        if seen["problem"]:
            return Measured({}, seen["problem"], level=Level.UNKNOWN)
        several = any(sign in check.path for sign in "*?[")
        return Measured({"exists": False, "count": 0.0, "total": 0.0}, "no such file",
                        output=f"nothing has the form {check.path}" if several else "")
    # A file of the future is as new as can be: clocks of file servers differ.
    age = max(0.0, scope.clock.now() / 1000 - seen["changed"] / 1e9)
    values: dict[str, Value] = {"exists": True, "age": age, "size": float(seen["size"]),
                                "count": float(seen["count"]), "total": float(seen["total"])}
    growth = _growth(seen, scope)
    if growth is not None:
        values["growth"] = growth
    text = f"{duration(age)} old, {size(seen['size'])}"
    if seen["count"] > 1:
        text += f", {seen['count']} files"
    path = _printable(seen["path"])
    notes = [path, seen["problem"], f"only the first {seen['count']} files were looked at" if seen["most"] else ""]
    return Measured(values, text, output="\n".join(filter(None, notes)))


def _growth(seen: dict[str, Any], scope: Scope) -> float | None:
    """Bytes per second since the run before, of the same file; of one that was emptied or replaced, what it has now."""
    now = scope.clock.monotonic()
    before = scope.memory.get("file")
    identity = (seen["path"], seen["device"], seen["inode"])
    if before is not None and now - before[0] < _SHORTEST:
        growth: float | None = before[3]
        return growth
    growth = None
    if before is not None and before[1][0] == identity[0]:
        grown = seen["size"] - before[2] if before[1] == identity and seen["size"] >= before[2] else seen["size"]
        growth = grown / (now - before[0])
    scope.memory["file"] = (now, identity, seen["size"], growth)
    return growth


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
