"""What makes a figure a warning: limits that must hold before it is said, and a margin before it is taken back.

`judge` is a pure function from what was thought a moment ago and what is measured now. For the same
moments, values that are worse never give a better level, because each limit on its own is monotone: it
begins, it holds, it is left only below its margin.
"""

from __future__ import annotations

from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.health.model import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.health.settings import Limits

LONGEST_BLINK = 60.0
"""Seconds without any sample after which nothing is known to have held in between."""


class Unit(StrEnum):
    """How a value is written."""

    PERCENT = "%"
    NUMBER = ""
    CELSIUS = "°C"
    SECONDS = "s"
    BYTE_RATE = "B/s"
    RATE = "/s"
    BYTES = "B"


class Bounds(NamedTuple):
    """The limits of one reading; times are seconds. `falling`: low is bad."""

    warning: float | None = None
    critical: float | None = None
    warning_for: float = 0.0
    critical_for: float = 0.0
    margin: float = 0.0
    falling: bool = False

    @classmethod
    def of(cls, limits: Limits, *, falling: bool = False) -> Bounds:
        """The bounds that a part of the configuration states."""
        return cls(limits.warning, limits.critical, limits.warning_for, limits.critical_for, limits.margin, falling)


YES_OR_NO = Bounds(warning=1.0)
"""For readings that are 1 when something is wrong and 0 when not."""


class Reading(NamedTuple):
    """One figure that is judged, now; `value` is None while it cannot be known."""

    target: str
    value: float | None
    bounds: Bounds
    unit: Unit = Unit.PERCENT
    said: str = ""
    """What is wrong in words, in place of figure and limit: `2 units failed: nginx, redis`."""
    why_unknown: str = "no reading"
    since: Instant | None = None
    """Since when it is wrong, where that is known better than by watching."""


class Hold(NamedTuple):
    """One limit of one reading: since when it is passed (ticks and wall clock), and whether long enough."""

    begun: float | None = None
    begun_at: Instant = 0
    active: bool = False


class Standing(NamedTuple):
    """What is thought of one target, and what must be remembered to think on."""

    finding: Finding
    warning: Hold
    critical: Hold
    tick: float


def judge(previous: Mapping[str, Standing], readings: Iterable[Reading], now: Instant,
          tick: float) -> dict[str, Standing]:
    """Judge each reading in the light of what was thought before.

    Args:
        previous: what the last call returned; empty at first.
        readings: what is measured now. A target that is missing is forgotten: it was taken away.
        now: the wall clock, for "since".
        tick: monotonic seconds, for how long something holds; the wall clock may jump.

    Returns:
        Target to standing, in the order of the readings.
    """
    return {reading.target: _judge_one(previous.get(reading.target), reading, now, tick) for reading in readings}


def findings(standings: Mapping[str, Standing]) -> tuple[Finding, ...]:
    """The findings, worst first, then oldest first, then in the order of the readings."""
    return tuple(sorted((standing.finding for standing in standings.values()), key=lambda one: (-one.level, one.since)))


def state_of(found: Iterable[Finding]) -> State:
    """The overall word for some findings."""
    worst = max((finding.level for finding in found), default=Level.UNKNOWN)
    return {Level.OK: State.NORMAL, Level.UNKNOWN: State.UNKNOWN, Level.WARNING: State.DEGRADED,
            Level.CRITICAL: State.CRITICAL}[worst]


def _judge_one(before: Standing | None, reading: Reading, now: Instant, tick: float) -> Standing:
    bounds = reading.bounds
    value = reading.value if reading.value is not None and isfinite(reading.value) else None
    warning, critical = (before.warning, before.critical) if before else (Hold(), Hold())
    blinked = before is not None and not 0 <= tick - before.tick <= LONGEST_BLINK
    warning = _hold(warning, value, bounds.warning, bounds.warning_for, bounds, now, tick, blinked=blinked)
    critical = _hold(critical, value, bounds.critical, bounds.critical_for, bounds, now, tick, blinked=blinked)
    level, since = _level(warning, critical, value, now)
    if reading.since is not None and level > Level.UNKNOWN:
        since = reading.since
    elif before and level == before.finding.level and level in {Level.OK, Level.UNKNOWN}:
        since = before.finding.since
    finding = Finding(target=reading.target, level=level, since=min(since, now), limit=limit_text(reading),
                      reason=_reason(reading, level, value, before), value=value,
                      pending=_pending(level, warning, critical))
    return Standing(finding, warning, critical, tick)


def _hold(hold: Hold, value: float | None, limit: float | None, wanted: float, bounds: Bounds, now: Instant,
          tick: float, *, blinked: bool) -> Hold:
    if limit is None:
        return Hold()
    if value is None:
        return hold if hold.active else Hold()
    sign = -1.0 if bounds.falling else 1.0
    passed = sign * value >= sign * limit
    if hold.active:
        return hold if passed or sign * value >= sign * limit - bounds.margin else Hold()
    if not passed:
        return Hold()
    if hold.begun is None or blinked:
        hold = Hold(tick, now)
    begun = hold.begun if hold.begun is not None else tick
    return hold._replace(active=tick - begun >= wanted)


def _level(warning: Hold, critical: Hold, value: float | None, now: Instant) -> tuple[Level, Instant]:
    if critical.active:
        return Level.CRITICAL, critical.begun_at
    if warning.active:
        return Level.WARNING, warning.begun_at
    return (Level.UNKNOWN if value is None else Level.OK), now


def _pending(level: Level, warning: Hold, critical: Hold) -> Level | None:
    if critical.begun is not None and level < Level.CRITICAL:
        return Level.CRITICAL
    if warning.begun is not None and level < Level.WARNING:
        return Level.WARNING
    return None


def _reason(reading: Reading, level: Level, value: float | None, before: Standing | None) -> str:
    if level is Level.OK:
        return ""
    if value is None:
        last = before.finding.reason if before else ""
        if level is Level.UNKNOWN or not last:
            return reading.why_unknown
        return last if last.startswith(reading.why_unknown) else f"{reading.why_unknown}; was {last}"
    if reading.said:
        return reading.said
    bounds = reading.bounds
    limit = bounds.critical if level is Level.CRITICAL else bounds.warning
    where = "below" if bounds.falling else "from"
    return f"{written(value, reading.unit)}, {level.word} {where} {written(limit or 0.0, reading.unit)}"


def limit_text(reading: Reading) -> str:
    """The limit that stands beside a figure, `< 80 %`; empty without one."""
    bounds = reading.bounds
    limit = bounds.warning if bounds.warning is not None else bounds.critical
    if limit is None or reading.said:
        return ""
    return f"{'>' if bounds.falling else '<'} {written(limit, reading.unit)}"


def written(value: float, unit: Unit) -> str:
    """A value with its unit, as a person reads it."""
    match unit:
        case Unit.PERCENT:
            return fmt.percent(value)
        case Unit.BYTE_RATE:
            return fmt.rate(value)
        case Unit.BYTES:
            return fmt.size(value)
        case Unit.SECONDS:
            return fmt.duration(value)
        case Unit.CELSIUS:
            return f"{value:.0f} °C"
        case Unit.RATE:
            return f"{value:.3g} /s" if value < 1000 else f"{value:.0f} /s"
    return f"{value:.2f}"
