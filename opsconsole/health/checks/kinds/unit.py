"""The state of systemd units and timers, by `systemctl show`; a machine without systemd is no mistake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.clock import instant
from opsconsole.core.format import ago, duration
from opsconsole.core.levels import Level
from opsconsole.core.programs import plain_environment, run
from opsconsole.core.text import decode
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.local import TimerCheck, UnitCheck

BOOTED: Final = Path("/run/systemd/system")
"""Exists where systemd runs the machine; see sd_booted(3)."""
_UNIT: Final = ("Id", "LoadState", "LoadError", "ActiveState", "SubState", "Result", "NRestarts", "MemoryCurrent",
                "StateChangeTimestamp", "Description", "StatusText", "ExecMainStatus")
_TIMER: Final = ("Id", "LoadState", "LoadError", "ActiveState", "SubState", "Result", "Unit", "LastTriggerUSec",
                 "NextElapseUSecRealtime", "NextElapseUSecMonotonic")
_ACTIVE: Final = ("active", "reloading", "refreshing")
_LARGEST: Final = 1 << 62
_SPANS: Final = {"y": 31_557_600, "month": 2_629_800, "w": 604_800, "d": 86_400, "h": 3_600, "min": 60, "s": 1,
                 "ms": 1e-3, "us": 1e-6}
"""Units of systemd.time(7)."""


class _Shown(NamedTuple):
    """What systemctl said of a unit, or why it said nothing."""

    properties: Mapping[str, str]
    instead: Measured | None = None


async def measure(check: UnitCheck, scope: Scope) -> Measured:
    """Values active, state, substate, age (seconds in this state), restarts, result, memory."""
    shown = await _show(check.unit, _UNIT, check, scope)
    if shown.instead is not None:
        return shown.instead
    found = shown.properties
    state, substate, result = (found.get(key, "") for key in ("ActiveState", "SubState", "Result"))
    age = _age(found.get("StateChangeTimestamp", ""), scope.clock)
    values: dict[str, Value] = {"active": state in _ACTIVE, "state": state, "substate": substate, "age": age,
                                "restarts": _count(found.get("NRestarts", "")), "result": result,
                                "memory": _count(found.get("MemoryCurrent", ""))}
    text = state if substate in (state, "", "running") else f"{state} ({substate})"
    if age is not None:
        text += f" {duration(age)}"
    if result not in ("", "success"):
        text += f", {result}"
    level = Level.CRITICAL if state == "failed" else Level.OK
    detail = [found.get("Description", ""), found.get("StatusText", "")]
    if restarts := values["restarts"]:
        detail.append(f"restarted {restarts:.0f} times")
    if (status := found.get("ExecMainStatus", "0")) != "0":
        detail.append(f"its main process ended with {status}")
    return Measured(_known(values), text, level=level, output="\n".join(filter(None, detail)))


async def measure_timer(check: TimerCheck, scope: Scope) -> Measured:
    """Values active, last (seconds ago), next (seconds until), result and running of what it starts."""
    unit = check.unit if "." in check.unit else f"{check.unit}.timer"
    shown = await _show(unit, _TIMER, check, scope)
    if shown.instead is not None:
        return shown.instead
    timer = shown.properties
    started = timer.get("Unit", "")
    job = (await _show(started, _UNIT, check, scope)).properties if started else {}
    last = _age(timer.get("LastTriggerUSec", ""), scope.clock)
    to_come = _next(timer, scope.clock)
    state, result = timer.get("ActiveState", ""), job.get("Result", "")
    values: dict[str, Value] = {"active": state in _ACTIVE, "last": last, "next": to_come, "result": result or None,
                                "running": job.get("ActiveState") in (*_ACTIVE, "activating") if job else None}
    parts = [] if state == "active" else [state]
    parts.append("never ran" if last is None else f"ran {ago(last)}")
    if result not in ("", "success"):
        parts.append(f"ended with {result}")
    if to_come is not None:
        parts.append(f"next {ago(-to_come)}")
    level = Level.CRITICAL if state == "failed" else Level.OK
    return Measured(_known(values), ", ".join(parts), level=level, output=job.get("Description", ""))


async def _show(unit: str, properties: tuple[str, ...], check: UnitCheck | TimerCheck, scope: Scope) -> _Shown:
    command = ["systemctl", *(["--user"] if check.user else []), "show", "--no-pager",
               f"--property={','.join(properties)}", "--", unit]
    # Dates are printed in the zone of whoever asks, to the second; UTC is the one that can be read back.
    environment = plain_environment() | {"TZ": "UTC"}
    try:
        ran = await run(command, environment, deadline=scope.deadline)
    except OSError as error:
        return _Shown({}, _unknown(f"systemctl could not be started: {error}"))
    if ran.late:
        return _Shown({}, Measured({}, "", problem=f"systemd gave no answer within {duration(check.timeout)}"))
    found = _properties(decode(ran.output))
    if ran.status != 0 or "LoadState" not in found:
        if not BOOTED.exists():
            return _Shown({}, _unknown("this machine runs no systemd"))
        said = decode(ran.errors).strip().partition("\n")[0][:300]
        return _Shown({}, _unknown(f"systemctl failed: {said or f'exit status {ran.status}'}"))
    load = found["LoadState"]
    if load == "not-found":
        return _Shown(found, Measured({"active": False, "state": load}, "", problem=f"there is no unit {unit}"))
    if load == "masked" and found.get("ActiveState") not in _ACTIVE:
        return _Shown(found, Measured({"active": False, "state": load}, "", problem="it is masked"))
    if load in ("error", "bad-setting") and found.get("ActiveState") not in _ACTIVE:
        problem = f"its configuration is wrong: {found.get('LoadError') or load}"
        return _Shown(found, Measured({"active": False, "state": load}, "", problem=problem))
    return _Shown(found)


def _unknown(text: str) -> Measured:
    return Measured({}, text, level=Level.UNKNOWN)


def _properties(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.split("\n"))
    return {key: value.strip() for key, is_property, value in lines if is_property}


def _known(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _count(text: str) -> float | None:
    """A number; None where systemd writes `[not set]`, or the largest number for the same."""
    return float(text) if text.isdigit() and len(text) < 20 and int(text) < _LARGEST else None


def _age(text: str, clock: Clock) -> float | None:
    at = timestamp(text)
    return None if at is None else max(0.0, (clock.now() - at) / 1000)


def _next(timer: Mapping[str, str], clock: Clock) -> float | None:
    """Seconds until it elapses next, by the calendar or by time since boot, whichever is first."""
    at, since_boot = timestamp(timer.get("NextElapseUSecRealtime", "")), span(timer.get("NextElapseUSecMonotonic", ""))
    waits = [(at - clock.now()) / 1000] if at is not None else []
    if since_boot:
        waits.append(since_boot - clock.monotonic())
    return max(0.0, min(waits)) if waits else None


def timestamp(text: str) -> Instant | None:
    """`Thu 2024-01-04 10:00:00 UTC`, also with microseconds, or `@1704362400`; None for `n/a`, nothing and nonsense."""
    from datetime import UTC, datetime  # noqa: PLC0415 - only for units

    if text.startswith("@"):
        digits = text[1:].partition(".")[0]
        return int(digits) * 1000 if digits.isdigit() and 0 < len(digits) < 12 else None
    words = text.split()
    if len(words) == 4 and words[3] == "UTC":
        words = words[1:]
    if len(words) != 3 or words[2] != "UTC":
        return None
    try:
        return instant(datetime.fromisoformat(f"{words[0]}T{words[1]}").replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def span(text: str) -> float | None:
    """`1w 2d 3h 4min 5.678s` as seconds; None for `infinity`, nothing and nonsense."""
    import re  # noqa: PLC0415 - only for timers

    parts = re.findall(r"(\d{1,15}(?:\.\d{1,9})?)(y|month|w|d|h|min|s|ms|us)(?: |$)", text)
    if not parts or " ".join(number + unit for number, unit in parts) != text:
        return 0.0 if text == "0" else None
    return float(sum(float(number) * _SPANS[unit] for number, unit in parts))
