"""How many lines of a log are errors, per minute and sorted, since the run before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.format import count, duration, size
from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds.asking import NoAnswer, ask
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.local import AccessLogCheck, LogCheck

_SHORTEST = 5.0
"""Seconds that a rate is at least over, so that one line in an instant is no storm."""


async def measure(check: LogCheck, scope: Scope) -> Measured:
    """Values rate and rate.<category> (matching lines per minute), failed_sign_ins (the same), lines, matches, last."""
    patterns = {"pattern": check.pattern, "ignore": check.ignore, "categories": check.categories}
    if check.journal:
        task, source = "logs:read_units", {"units": list(check.journal)}
    else:
        task, source = "logs:read", {"path": check.path}  # type: ignore[dict-item]
    seen = await since_last(task, source | patterns, check, scope)
    if isinstance(seen, Measured):
        return seen
    minutes = seen["seconds"] / 60
    values: dict[str, Value] = {"rate": seen["matches"] / minutes, "lines": float(seen["lines"]),
                                "matches": float(seen["matches"]), "failed_sign_ins": seen["sign_ins"] / minutes}
    values |= {f"rate.{name}": number / minutes for name, number in seen["counts"].items()}
    values |= skipped(seen)
    if seen["last"]:
        values["last"] = seen["last"][-1]
    kinds = [f"{count(number)} {name.replace('_', ' ')}" for name, number in seen["counts"].items() if number]
    text = f"{count(seen['matches'])} of {count(seen['lines'])} lines"
    if seen["sign_ins"]:
        kinds.append(f"{count(seen['sign_ins'])} failed sign-ins")
    if kinds:
        text += f": {', '.join(kinds)}"
    return Measured(values, text, output="\n".join([*notes(seen), *seen["last"]]))


async def since_last(task: str, arguments: dict[str, Any], check: LogCheck | AccessLogCheck,
                     scope: Scope) -> dict[str, Any] | Measured:
    """What is new in a log and, as `seconds`, since when; or what to say where that cannot be known.

    Where the next run goes on is kept in the memory of the check, and on disk for the next start.
    """
    now = scope.clock.monotonic()
    before = scope.memory.get("log")
    arguments |= {"state": str(scope.state / "position.json"), "now": scope.clock.now(), "most": int(check.most),
                  "before": before[1] if before else None}
    try:
        seen = await ask(scope, task, arguments)
    except NoAnswer as why:
        return Measured({}, "", problem=f"the log could not be read within {duration(check.timeout)}", output=str(why))
    if seen.get("problem"):
        return Measured({}, seen["problem"], level=Level.UNKNOWN)
    scope.memory["log"] = (now, {"at": seen["at"], "kept": seen["kept"]})
    if not seen["files"] and not seen["lines" if "lines" in seen else "count"]:
        text = seen["said"][0] if seen["said"] else "there is no such log"
        return Measured({}, text, level=Level.UNKNOWN, output="\n".join(seen["said"]))
    if seen["first"]:
        # What is there already is of no known time: shown, and not counted.
        return Measured({}, f"read from now on{_ending(seen)}", level=Level.UNKNOWN,
                        output="\n".join([*notes(seen), *seen.get("last", ())]))
    # Within one process, a clock that is set changes nothing.
    elapsed = now - before[0] if before else (seen["at"] - seen["since"]) / 1000
    if elapsed <= 0:
        return Measured({}, "the clock was set back; there is no rate", level=Level.UNKNOWN)
    return seen | {"seconds": max(_SHORTEST, elapsed)}


def _ending(seen: dict[str, Any]) -> str:
    """How the settings fit what is there."""
    if "lines" in seen:
        lines, fit, what = seen["lines"], seen["matches"], "would count"
    else:
        lines, fit, what = seen["count"] + seen["unreadable"], seen["count"], "can be read"
    return f"; {count(fit)} of the last {count(lines)} line{'s' * (lines != 1)} {what}" if lines else ""


def skipped(seen: dict[str, Any]) -> dict[str, Value]:
    """The value `skipped`: bytes that were not read."""
    return {"skipped": float(seen["skipped"])}


def notes(seen: dict[str, Any]) -> list[str]:
    """What a person must know about how much was read, a sentence each."""
    said = list(seen["said"])
    if seen["slow"]:
        said.insert(0, "The patterns took too long, so that not all lines were looked at; make them simpler.")
    if seen["skipped"]:
        said.insert(0, f"{size(seen['skipped'])} were skipped; the figures are too small.")
    if seen.get("more"):
        said.insert(0, "There were too many messages; those behind the first were skipped.")
    return said
