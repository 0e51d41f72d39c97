"""Periods of the calendar: as people name them, and the instants at which they begin and end. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.core.clock import DAY, Instant, instant, local

if TYPE_CHECKING:
    from datetime import tzinfo

PERIODS: Final = ("day", "week", "month", "quarter", "year")


class Period(msgspec.Struct, frozen=True):
    """From `begin` up to, and without, `end`; ms UTC."""

    begin: Instant
    end: Instant


def day_start(day: date, zone: tzinfo | None) -> Instant:
    """The instant at which a day begins; None is this machine's zone."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return instant(midnight if zone is not None else midnight.astimezone())


def period_of(name: str, now: Instant, zone: tzinfo | None, back: int = 0) -> Period:
    """The day, week, month, quarter or year of the zone's calendar in which `now` is, or the one `back` before it.

    Raises:
        ValueError: there is no period of this name.
    """
    if name not in PERIODS:
        raise ValueError(f"there is no period `{name}`; it is one of {', '.join(PERIODS)}")
    today = local(now, zone).date()
    if name in ("day", "week"):
        days = 1 if name == "day" else 7
        first = today - timedelta(days=today.weekday() if days == 7 else 0) - timedelta(days=back * days)
        return Period(day_start(first, zone), day_start(first + timedelta(days=days), zone))
    months = {"month": 1, "quarter": 3, "year": 12}[name]
    start = (today.year * 12 + today.month - 1) // months * months - back * months
    return Period(*(day_start(date(each // 12, each % 12 + 1, 1), zone) for each in (start, start + months)))


def read_period(text: str, now: Instant, zone: tzinfo | None) -> Period:
    """A period: `week`, `last week`, `2026`, `2026-11`, `2026-Q4`, `2026-W48`, `2026-11-03`, `2026-11-03..2026-11-17`.

    Raises:
        ValueError: it is none; says what is allowed.
    """
    word = " ".join(text.lower().split())
    name = word.removeprefix("last ").removeprefix("this ")
    if name in PERIODS:
        return period_of(name, now, zone, 1 if word.startswith("last ") else 0)
    try:
        begin, dots, end = word.partition("..")
        first = _named(begin, zone)
        return Period(first.begin, _named(end, zone).end) if dots else first
    except (ValueError, OverflowError):
        raise ValueError(f"{', '.join(PERIODS)}, `last month`, or such as 2026, 2026-Q4, 2026-11, 2026-W48, 2026-11-03"
                         " or 2026-11-03..2026-11-17") from None


def _named(word: str, zone: tzinfo | None) -> Period:
    found = re.fullmatch(r"(\d{4})(?:-(?:q([1-4])|w(\d{2})|(\d{2})(?:-(\d{2}))?))?", word)
    if found is None:
        raise ValueError(word)
    year, quarter, week, month, day = found.groups()
    if week:
        name, first = "week", date.fromisocalendar(int(year), int(week), 1)
    elif quarter:
        name, first = "quarter", date(int(year), int(quarter) * 3 - 2, 1)
    else:
        name = "day" if day else "month" if month else "year"
        first = date(int(year), int(month or 1), int(day or 1))
    # Noon: a day may begin at one o'clock where the clocks go forward at midnight.
    return period_of(name, day_start(first, zone) + DAY // 2, zone)
