"""Requests, errors and latency from a web server's access log, since the run before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.format import count, duration, number, percent
from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds.log import notes, since_last, skipped
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.local import AccessLogCheck

_TIMES = ("p50", "p95", "p99", "slowest")


async def measure(check: AccessLogCheck, scope: Scope) -> Measured:
    """Values requests and bytes (per second), count, errors_4xx, errors_5xx, error_rate (%), p50, p95, p99, slowest.

    Without any request there are no errors, 0 %, and no latencies.
    """
    arguments = {"path": check.path, "form": check.format, "unit": check.latency_unit, "ignore": check.ignore}
    seen = await since_last("logs:read_access", arguments, check, scope)
    if isinstance(seen, Measured):
        return seen
    total = seen["count"]
    if not total and seen["unreadable"]:
        return Measured({"unreadable": float(seen["unreadable"])} | skipped(seen),
                        f"none of {count(seen['unreadable'])} lines could be read; set `format`", level=Level.UNKNOWN)
    share = 100 / total if total else 0.0
    values: dict[str, Value] = {
        "requests": total / seen["seconds"], "count": float(total), "bytes": seen["size"] / seen["seconds"],
        "errors_4xx": seen["errors_4xx"] * share, "errors_5xx": seen["errors_5xx"] * share,
        "error_rate": (seen["errors_4xx"] + seen["errors_5xx"]) * share, "unreadable": float(seen["unreadable"])}
    values |= {name: seen[name] for name in _TIMES if seen[name] is not None} | skipped(seen)
    return Measured(values, _text(seen), output="\n".join(_detail(seen)))


def _text(seen: dict[str, Any]) -> str:
    total = seen["count"]
    if not total:
        return "no requests"
    rate = total / seen["seconds"]
    parts = [f"{number(rate) if rate < 10 else count(rate)} requests/s"]
    if seen["errors_5xx"]:
        parts.append(f"{percent(seen['errors_5xx'] * 100 / total, 1)} 5xx")
    if seen["errors_4xx"]:
        parts.append(f"{percent(seen['errors_4xx'] * 100 / total, 1)} 4xx")
    if seen["p95"] is not None:
        parts.append(f"p95 {_time(seen['p95'])}")
    return ", ".join(parts)


def _time(seconds: float) -> str:
    """`84 ms`, `1.5 s`, `3 min`."""
    return f"{seconds:.1f} s" if 1 <= seconds < 10 else duration(seconds)


def _detail(seen: dict[str, Any]) -> list[str]:
    lines = notes(seen)
    if seen["unreadable"]:
        lines.append(f"{count(seen['unreadable'])} lines could not be read as requests.")
    if seen["slow_paths"]:
        lines.append("Slowest:")
        lines += [f"  {_time(most)} at most, {_time(mean)} on average of {count(times)}  {path}"
                  for path, times, mean, most, _ in seen["slow_paths"]]
    if seen["failing_paths"]:
        lines.append("Most errors of the server:")
        lines += [f"  {count(failed)} of {count(times)}  {path}" for path, times, _, _, failed in seen["failing_paths"]]
    return lines
