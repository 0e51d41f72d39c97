"""Windows of each day, business hours and digests, and the instants that they mean; pure."""

from __future__ import annotations

from datetime import date, timedelta, tzinfo
from typing import NamedTuple

from opsconsole.core.clock import DAY, HOUR, MINUTE, Instant
from opsconsole.core.walltime import at_wall, midnight, wall_of
from opsconsole.notify.moments import Digest, Holiday

ALL_DAYS = frozenset(range(7))
_FAR = 3_700
"""Days that are searched for business hours."""


class Window(NamedTuple):
    """A span of each day, in minutes after midnight; one that does not end after it begins ends on the next day."""

    start: int
    end: int
    days: frozenset[int] = ALL_DAYS
    """Days of the week (Monday is 0) on which it begins."""

    def span(self, day: date, zone: tzinfo) -> tuple[Instant, Instant] | None:
        """From when to when the window of that day is, if the day has one."""
        if day.weekday() not in self.days:
            return None
        start = midnight(day)
        end = start + timedelta(days=int(self.end <= self.start), minutes=self.end)
        return at_wall(start + timedelta(minutes=self.start), zone), at_wall(end, zone)

    def holds(self, at: Instant, zone: tzinfo) -> bool:
        """Whether an instant is in it."""
        return self.ends(at, zone) is not None

    def ends(self, at: Instant, zone: tzinfo) -> Instant | None:
        """When the window that an instant is in ends; None where it is in none."""
        today = wall_of(at, zone).date()
        for day in (today - timedelta(days=1), today):
            span = self.span(day, zone)
            if span is not None and span[0] <= at < span[1]:
                return span[1]
        return None

    def change_after(self, at: Instant, zone: tzinfo) -> Instant:
        """The next instant at which it begins or ends."""
        today = wall_of(at, zone).date()
        for ahead in range(-1, 9):
            later = [edge for edge in self.span(today + timedelta(days=ahead), zone) or () if edge > at]
            if later:
                return min(later)
        return at + 8 * DAY


class Calendar(NamedTuple):
    """When people are at work."""

    zone: tzinfo
    window: Window
    holidays: frozenset[Holiday] = frozenset()

    def works(self, day: date) -> bool:
        """Whether a day has business hours."""
        return day.weekday() in self.window.days and self.holidays.isdisjoint(
            {Holiday(day.year, day.month, day.day), Holiday(None, day.month, day.day)})

    def span(self, day: date) -> tuple[Instant, Instant] | None:
        """From when to when the business hours of a day are."""
        return self.window.span(day, self.zone) if self.works(day) else None

    def day_of(self, at: Instant) -> date:
        """The day of an instant, in this calendar's zone."""
        return wall_of(at, self.zone).date()

    def is_open(self, at: Instant) -> bool:
        """Whether an instant is in business hours."""
        span = self.span(self.day_of(at))
        return span is not None and span[0] <= at < span[1]

    def change_after(self, at: Instant) -> Instant:
        """The next midnight, beginning or end of business hours: nothing that depends on them changes before."""
        today = self.day_of(at)
        next_day = at_wall(midnight(today + timedelta(days=1)), self.zone)
        return min((edge for edge in self.span(today) or () if edge > at), default=next_day)

    def add(self, start: Instant, length: int) -> Instant:
        """When so many milliseconds of business hours have passed since `start`; with 0, the next that is in them.

        Where ten years have not so many, as with a holiday each day, the hours of the clock count: late is better
        than never.
        """
        end = start + length
        first = self.day_of(start)
        for ahead in range(_FAR):
            span = self.span(first + timedelta(days=ahead))
            if span is None or span[1] <= start:
                continue
            begins = max(span[0], start)
            if begins + length < span[1] or (length and begins + length == span[1]):
                return begins + length
            length -= span[1] - begins
        return end


def next_digest(digest: Digest, at: Instant, zone: tzinfo) -> Instant:
    """The first instant after `at` at which a digest is sent."""
    if digest.minutes is None:
        return (at // HOUR + 1) * HOUR
    today = wall_of(at, zone).date()
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        if digest.weekday is None or digest.weekday == day.weekday():
            due = at_wall(midnight(day) + timedelta(minutes=digest.minutes), zone)
            if due > at:
                return due
    return at + DAY + MINUTE
