"""How long a check was up, down, in maintenance, or watched by nobody: pure rules over periods.

A period is what was found at one run and is taken to last until the next one. Where runs are missing for longer than
`unwatched`, nothing is known: that time is never counted as up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from opsconsole.core.clock import DAY, HOUR, Instant
from opsconsole.health.model import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.levels import Level

Status = Literal["ok", "warning", "critical", "unknown", "maintenance"]

WINDOW = 30 * DAY
"""What a promise is about."""
BURN = HOUR
"""The time in which a burn rate is measured."""


class Period(NamedTuple):
    """A time with one status, from `begun` to just before `ended`."""

    status: Status
    begun: Instant
    ended: Instant
    reason: str = ""
    """What was said when it began."""


class Open(NamedTuple):
    """The newest of a check: the period that goes on, and since when it has its level."""

    status: Status
    begun: Instant
    at: Instant
    """The newest run."""
    level: Level
    since: Instant
    reason: str = ""


class Advance(NamedTuple):
    """What one more run makes of the past."""

    now: Open
    ended: tuple[Period, ...] = ()
    """Periods that are over with it, oldest first."""
    cut: Instant | None = None
    """From here on nothing that was stored is true: the clock was put back. None: all of it stays."""


def unwatched(interval: float) -> int:
    """Milliseconds without a run after which nobody was watching; `interval` is seconds."""
    return round(3000 * interval) + 30_000


def status_of(level: Level, *, muted: bool) -> Status:
    """What a time with this level counts as."""
    return "maintenance" if muted else cast("Status", level.word)


def advance(before: Open | None, at: Instant, level: Level, status: Status, interval: float,
            reason: str = "") -> Advance:
    """The newest run put at the end of what was known.

    Args:
        before: what was known; None at the first run.
        at: when the run began.
        level: what it found.
        status: what that counts as.
        interval: seconds between runs.
        reason: what it said.
    """
    if before is None:
        return Advance(Open(status, at, at, level, at, reason))
    cut = None
    if at < before.at:
        cut = at
        before = before._replace(at=at, begun=min(before.begun, at), since=min(before.since, at))
    gap = at - before.at > unwatched(interval)
    since = before.since if level is before.level and not gap else at
    if not gap and status == before.status:
        return Advance(before._replace(at=at, level=level, since=since), (), cut)
    end = before.at if gap else at
    ended = [Period(before.status, before.begun, end, before.reason)] if end > before.begun else []
    if gap:
        ended.append(Period("unknown", before.at, at, "nobody was watching"))
    return Advance(Open(status, at, at, level, since, reason), tuple(ended), cut)


class Uptime(Record, frozen=True):
    """Seconds of a time, by what they were; the four add up to all of it."""

    up: float = 0.0
    """Ok and warning."""
    down: float = 0.0
    maintenance: float = 0.0
    unknown: float = 0.0

    @property
    def whole(self) -> float:
        """All of it."""
        return self.up + self.down + self.maintenance + self.unknown

    @property
    def share(self) -> float | None:
        """% of the time watched outside maintenance in which it was up; None when there was none."""
        watched = self.up + self.down
        return 100 * (self.up / watched) if watched else None

    @property
    def coverage(self) -> float:
        """% of all time in which it is known what was; 0 of no time."""
        return 100 * ((self.up + self.down + self.maintenance) / self.whole) if self.whole else 0.0


_COUNTS = {"ok": 0, "warning": 0, "critical": 1, "maintenance": 2}


def uptime(periods: Iterable[Period], since: Instant, until: Instant) -> Uptime:
    """What a time consisted of; of periods that overlap, the earlier one counts. No time at all gives zeros."""
    known = [0, 0, 0]
    reached = since
    for period in sorted(periods, key=lambda one: one.begun):
        begun, ended = max(period.begun, reached), min(period.ended, until)
        if ended <= begun:
            continue
        if (place := _COUNTS.get(period.status)) is not None:
            known[place] += ended - begun
        reached = ended
    up, down, maintenance = (part / 1000 for part in known)
    return Uptime(up, down, maintenance, max(0, until - since - sum(known)) / 1000)


class Slo(Record, frozen=True):
    """How a promise stands: `target` % of the time outside maintenance up, over a window."""

    target: float
    uptime: Uptime
    budget: float
    """Seconds of the window that it may be down."""
    left: float
    """Seconds of the budget that are left; less than 0 when the promise is broken."""
    burn: float | None
    """How fast the budget goes: 1 uses it up in just one window. None while nobody watches, or without any budget."""

    @property
    def left_share(self) -> float | None:
        """% of the budget that is left; None without any budget."""
        return 100 * self.left / self.budget if self.budget else None


def slo(target: float, periods: Iterable[Period], now: Instant, window: int = WINDOW) -> Slo:
    """How a promise stands now.

    Args:
        target: %.
        periods: of the window at least.
        now: the end of the window.
        window: milliseconds.
    """
    known = list(periods)
    whole = uptime(known, now - window, now)
    allowed = 1 - target / 100
    budget = allowed * (whole.whole - whole.maintenance)
    recent = uptime(known, now - BURN, now)
    burn = (100 - recent.share) / 100 / allowed if recent.share is not None and allowed > 0 else None
    return Slo(target, whole, budget, budget - whole.down, burn)
