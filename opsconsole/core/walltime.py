"""Wall-clock time and the instants that it means; pure.

A wall-clock time that daylight saving skips means the instant at which the clock is put forward; one that comes twice
means its first time. So a later wall-clock time is never an earlier instant, and each boundary comes once.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from opsconsole.core.clock import Instant, instant, local

_CLOCK: Final = re.compile(r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]+)?([0-9]{1,2}):([0-9]{2})")


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


def read_clock(text: str, now: Instant, zone: tzinfo | None) -> Instant:
    """A time as a person writes it: `08:15` of today, or with its day.

    Args:
        text: as it was typed.
        now: ms UTC; says which day is today.
        zone: in which it is meant; None is this machine's.

    Raises:
        ValueError: it is none; says what is allowed.
    """
    found = _CLOCK.fullmatch(text.strip())
    wrong = "Write a time as 08:15, or with its day as 2027-01-04 08:15."
    if found is None:
        raise ValueError(wrong)
    try:
        day = date.fromisoformat(found[1]) if found[1] else local(now, zone).date()
        wall = datetime(day.year, day.month, day.day, int(found[2]), int(found[3]))  # noqa: DTZ001 - a wall-clock time
        return at_wall(wall, zone) if zone is not None else round(wall.timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise ValueError(wrong) from None
