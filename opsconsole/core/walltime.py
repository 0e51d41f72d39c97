"""Wall-clock time and the instants that it means; pure.

A wall-clock time that daylight saving skips means the instant at which the clock is put forward; one that comes twice
means its first time. So a later wall-clock time is never an earlier instant, and each boundary comes once.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

from opsconsole.core.clock import Instant, instant


def at_wall(wall: datetime, zone: tzinfo) -> Instant:
    """The instant of a wall-clock time without a zone."""
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    first = instant(early)
    if early.utcoffset() == late.utcoffset() or wall_of(first, zone) == wall:
        return first
    return _forward(min(first, instant(late)), max(first, instant(late)), zone)


def _forward(before: Instant, after: Instant, zone: tzinfo) -> Instant:
    """The instant between two at which the clock is put forward."""
    offset = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(at: Instant, zone: tzinfo) -> timedelta | None:
    return _aware(at, zone).utcoffset()


def _aware(at: Instant, zone: tzinfo) -> datetime:
    # Not `fromtimestamp`: milliseconds survive no float exactly.
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).astimezone(zone)


def wall_of(at: Instant, zone: tzinfo) -> datetime:
    """What a clock on the wall shows, without a zone."""
    return _aware(at, zone).replace(tzinfo=None, fold=0)


def midnight(day: date) -> datetime:
    """The first wall-clock time of a day."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall-clock time
