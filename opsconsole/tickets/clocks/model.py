"""What a clock of a ticket shows at one moment; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.clock import Instant
from opsconsole.tickets.model import ClockKind, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.tickets.calendars import Hours

Run = tuple[Instant, Instant | None]
"""From when to when a clock ran; None: it still runs."""


class Clock(Record, frozen=True):
    """One promise to one ticket, and how it stands at one moment."""

    kind: ClockKind
    segment: int
    """1, 2, 3 …: of the next answers, each; of the solution, again after each reopening."""
    started: Instant
    target: int | None
    """Milliseconds of its calendar that were promised; None: nothing, or the next release."""
    calendar: str
    """The name of the calendar whose hours count."""
    release: bool = False
    """The promise is the next release."""
    due: Instant | None = None
    """When the target is used up, given no further pause. None where there is no target, and while it is paused before.
    Of one that was met: when it would have been due."""
    paused: bool = False
    paused_since: Instant | None = None
    met: Instant | None = None
    """When it was answered or solved."""
    breached: Instant | None = None
    """When the promise was broken."""
    waived: Instant | None = None
    """When a supervisor gave it up; such a clock is never broken."""
    used: int = 0
    """Milliseconds that counted so far, or until it was met."""
    left: int | None = None
    """Milliseconds of the target that are not used; below zero when more than that was."""
    warn_at: Instant | None = None
    """From when on its end is near; None for one that is met, waived, paused or without a target."""
    acknowledged: Instant | None = None
    """When somebody took it in hand; it climbs no ladder any more."""
    runs: tuple[Run, ...] = ()
    """When it ran: what lies between was a pause."""

    @property
    def open(self) -> bool:
        """Whether the promise is still to be kept."""
        return self.met is None and self.waived is None

    @property
    def running(self) -> bool:
        """Whether its time passes, in the hours that count."""
        return self.open and not self.paused

    def late(self, now: Instant) -> bool:
        """Whether it is broken at this moment and still open."""
        return self.open and any(at is not None and at <= now for at in (self.breached, self.due))


class Pick(Record, frozen=True):
    """What the row of a ticket shows of its clocks; see `pick`."""

    due: Instant | None = None
    due_kind: ClockKind | None = None
    warn: Instant | None = None
    promise: str = ""
    """In place of a due time: `paused`, `next release`, or empty."""


def pick(clocks: Iterable[Clock], now: Instant) -> Pick:
    """What the row of a ticket shows: the promise that was broken first and is still open, else the one due first.

    Of a broken one, `due` is never later than `now`: where its due time has moved since, it is when it was broken.
    Where no due time runs, `promise` says that the one with the least time left is paused, or that it is the next
    release.
    """
    ahead = [clock for clock in clocks if clock.open]
    late = [(_broken(clock, now), clock) for clock in ahead if clock.late(now)]
    if late:
        due, first = min(late, key=lambda each: each[0])
        return Pick(due, first.kind, first.warn_at)
    running = [(clock.due, clock) for clock in ahead if clock.due is not None]
    if running:
        due, first = min(running, key=lambda each: each[0])
        return Pick(due, first.kind, first.warn_at)
    paused = [(clock.left, clock) for clock in ahead if clock.paused and clock.left is not None]
    if paused:
        return Pick(due_kind=min(paused, key=lambda each: each[0])[1].kind, promise="paused")
    if any(clock.release for clock in ahead):
        return Pick(due_kind=ClockKind.RESOLUTION, promise="next release")
    return Pick()


def _broken(clock: Clock, now: Instant) -> Instant:
    if clock.due is not None and clock.due <= now:
        return clock.due
    return now if clock.breached is None else min(clock.breached, now)


def next_wake(clocks: Iterable[Clock], now: Instant) -> Instant | None:
    """The next moment at which a warning or a due time comes; None: none will, unless something happens."""
    ahead = (at for clock in clocks if clock.open for at in (clock.warn_at, clock.due))
    return min((at for at in ahead if at is not None and at > now), default=None)


def reach(runs: Iterable[Run], hours: Hours, length: int, since: Instant | None = None) -> Instant | None:
    """The first moment at which so much has counted in the runs of a clock; None: it has not, and none goes on.

    Args:
        runs: when it ran, in their order.
        hours: what counts.
        length: milliseconds; with 0, the beginning of the first run.
        since: what was before does not count.
    """
    for start, end in runs:
        begin = start if since is None or start > since else since
        if end is None:
            return hours.add(begin, length)
        if end <= begin:
            continue
        counted = hours.between(begin, end)
        if counted >= length:
            return hours.add(begin, length)
        length -= counted
    return None
