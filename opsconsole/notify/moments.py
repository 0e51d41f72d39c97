"""Moments as the configuration writes them; all of them are wall-clock times, and a zone makes them instants."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
_EPOCH = datetime(1970, 1, 5)  # noqa: DTZ001 - a wall-clock time, and a Monday


class Start(NamedTuple):
    """When turns change: all of them lie whole turns before or after `anchor`, a wall-clock time.

    `bound`: nothing holds before the anchor.
    """

    anchor: datetime
    bound: bool


class Digest(NamedTuple):
    """When what was gathered is told: `weekday` None is every day, `minutes` None every hour."""

    weekday: int | None
    minutes: int | None


class Holiday(NamedTuple):
    """A date; `year` None is every year."""

    year: int | None
    month: int
    day: int


def read_moment(text: str) -> datetime:
    """A wall-clock time: `2026-03-02 09:00`, or its midnight.

    Raises:
        ValueError: it is none; says what is allowed.
    """
    found = re.fullmatch(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})(?:[ T]{_CLOCK})?", text.strip()[:40])
    try:
        # Beyond, calculating with zones and turns would leave the years that there are.
        if found is not None and 1970 <= int(found[1]) <= 2200:
            return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        pass
    raise ValueError("a date such as 2026-03-02, with a time or without: 2026-03-02 09:00")


def read_start(text: str) -> Start:
    """When turns change: `monday 09:00`, `09:00`, or the moment of the first turn.

    Raises:
        ValueError: it is none; says what is allowed.
    """
    if (weekly := _weekly(text)) is not None:
        weekday, minutes = weekly
        return Start(_EPOCH + timedelta(days=weekday or 0, minutes=minutes), bound=False)
    try:
        return Start(read_moment(text), bound=True)
    except ValueError:
        raise ValueError("a time such as `monday 09:00` or `09:00`, or a moment: `2026-03-02 09:00`") from None


def read_digest(text: str) -> Digest:
    """When a digest is sent: `daily 09:00`, `monday 09:00`, `hourly`.

    Raises:
        ValueError: it is none; says what is allowed.
    """
    words = text.lower().strip()
    if words == "hourly":
        return Digest(None, None)
    weekly = _weekly(words.removeprefix("daily").strip())
    if weekly is None or (words.startswith("daily") and weekly[0] is not None):
        raise ValueError("`daily 09:00`, `monday 09:00` or `hourly`")
    return Digest(*weekly)


def read_holiday(text: str) -> Holiday:
    """A date with its year or without.

    Raises:
        ValueError: it is none; says what is allowed.
    """
    found = re.fullmatch(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})", text.strip()[:40])
    if found is not None:
        year, month, day = (int(part) if part else None for part in found.groups())
        try:
            # The 29th of February is a holiday of those years that have one.
            date(year or 2024, month or 0, day or 0)
        except ValueError:
            pass
        else:
            return Holiday(year, month or 0, day or 0)
    raise ValueError("a date such as 2026-12-25, or 12-25 for every year")


def _weekly(text: str) -> tuple[int | None, int] | None:
    """(day of the week or None, minutes after midnight) of `monday 09:00`, `mon 9:00`, `09:00`; None for all else."""
    *words, clock = text.lower().split()[:3] or [""]
    found = re.fullmatch(_CLOCK, clock)
    if found is None or len(words) > 1:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    if not words:
        return None, minutes
    for names in (_NAMES, DAYS):
        if words[0] in names:
            return names.index(words[0]), minutes
    return None
