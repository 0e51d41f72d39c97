"""Which time a report is about, and the times before and after it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.clock import local
from opsconsole.core.errors import UsageError
from opsconsole.core.periods import PERIODS, Period, period_of, read_period
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.reports.definition import Covers, Definition


def wanted(definition: Definition, text: str, now: Instant, zone: tzinfo | None) -> Period:
    """The period that is meant: the report's own one, or the one that somebody names.

    Args:
        definition: of the report.
        text: `2027-01-04`, `last`, `month`; a time shorter than the report covers stands for the period around it.
            Empty: what the definition shows.
        now: ms UTC.
        zone: whose days count; None: this machine's.

    Raises:
        UsageError: it is no period, or has not begun.
    """
    word = " ".join(text.lower().split())
    if word in ("", "this", "last"):
        back = (word or definition.shows) == "last"
        return period_of(definition.covers, now, zone, 1 if back else 0)
    found = named(text, now, zone)
    around = period_of(definition.covers, found.begin, zone)
    if found.end <= around.end:
        found = around
    return begun(found, now, zone)


def named(text: str, now: Instant, zone: tzinfo | None) -> Period:
    """The period that somebody names: `today`, `last week`, `2027-01-04`, `2027-01`.

    Raises:
        UsageError: it is none, or ends before it begins.
    """
    word = " ".join(text.lower().split())
    if word in ("today", "yesterday"):
        word = "day" if word == "today" else "last day"
    try:
        found = read_period(word, now, zone)
    except ValueError as problem:
        raise UsageError(f"`{limited(text, 80)}` is no period.", f"Give this, last, {problem}.") from problem
    if found.begin >= found.end:
        raise UsageError(f"`{limited(text, 80)}` ends before it begins.", "Give two dates, the earlier one first.")
    return found


def begun(period: Period, now: Instant, zone: tzinfo | None) -> Period:
    """The same period.

    Raises:
        UsageError: it has not begun.
    """
    if period.begin > now:
        raise UsageError(f"{name_of(period, zone)} has not begun.", "Name a period of which something can be known.")
    return period


def after(period: Period, covers: Covers, zone: tzinfo | None) -> Period:
    """The time in which a period is looked back at: up to the end of the next one."""
    return Period(period.end, period_of(covers, period.end, zone).end)


def before(period: Period, covers: Covers, zone: tzinfo | None) -> Period:
    """The period that this one is compared with; one that is none of the calendar is as long."""
    if period == period_of(covers, period.begin, zone):
        return period_of(covers, period.begin, zone, 1)
    return Period(2 * period.begin - period.end, period.begin)


def name_of(period: Period, zone: tzinfo | None) -> str:
    """A period in words: `2027-01-04`, `week 2027-W01, 2027-01-04 to 2027-01-10`, `January 2027`, `2027-Q1`."""
    first, last = local(period.begin, zone).date(), local(period.end - 1, zone).date()
    name = next((each for each in PERIODS if period == period_of(each, period.begin, zone)), "")
    match name:
        case "day":
            return f"{first:%A}, {first}"
        case "week":
            year, week, _ = first.isocalendar()
            return f"week {year}-W{week:02}, {first} to {last}"
        case "month":
            return f"{first:%B %Y}"
        case "quarter":
            return f"quarter {first.year}-Q{(first.month + 2) // 3}"
        case "year":
            return f"{first.year}"
    return f"{first} to {last}"
