"""The only source of "now".

Instants are integer milliseconds since 1970-01-01 UTC. They are stored and compared so; local time
exists only at the edge, in `local`. Elapsed time is monotonic seconds and never compared with instants.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo
from typing import ClassVar, Protocol

Instant = int
"""Milliseconds since 1970-01-01 00:00 UTC."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """Where time comes from; tests hand in one that they turn by hand."""

    def now(self) -> Instant:
        """The present instant, ms UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; goes on during clock changes, never backwards."""


class SystemClock:
    """The machine's own clock."""

    shifted: ClassVar[Instant] = 0
    """Milliseconds by which this whole process lives later: an invented server is at another time."""

    def now(self) -> Instant:
        """See `Clock.now`."""
        return time.time_ns() // 1_000_000 + self.shifted

    def monotonic(self) -> float:
        """See `Clock.monotonic`; CLOCK_BOOTTIME where there is one, so that a suspend counts."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def utc(at: Instant) -> datetime:
    """An instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC)


def local(at: Instant, zone: tzinfo | None = None) -> datetime:
    """An instant as an aware datetime in `zone`, or in the machine's own zone."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone)


def instant(moment: datetime) -> Instant:
    """An aware datetime as an instant.

    Raises:
        ValueError: the datetime says no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a datetime without a zone is not an instant")
    return round(moment.timestamp() * 1000)
