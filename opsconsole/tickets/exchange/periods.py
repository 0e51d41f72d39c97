"""Periods as people name them on the command line, and statistics as CSV. Pure."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import TYPE_CHECKING, Any

from opsconsole.core.clock import DAY
from opsconsole.tickets.exchange.export import protected
from opsconsole.tickets.filtersql import day_start
from opsconsole.tickets.stats import PERIODS, Period, period_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.stats import Statistics


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
    except ValueError:
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


def statistics_csv(found: Statistics) -> str:
    """All figures as CSV: times in seconds, shares in percent; a line for each, with what it is of."""
    made = io.StringIO()
    rows = csv.writer(made, lineterminator="\r\n")
    rows.writerow(("figure", "of", "value", "count", "goal", "standing"))

    def row(figure: str, of: str, value: Any, count: Any = "", goal: str = "", standing: str = "") -> None:
        shown = f"{value:.6g}" if isinstance(value, float) else "" if value is None else value
        rows.writerow((figure, protected(of), shown, "" if count is None else count, goal, standing))

    row("created", "", found.created)
    row("resolved", "", found.resolved)
    for one in found.figures:
        row(one.name, "", one.value, one.of, one.goal, one.standing.value)
    for name, times in (("first_response", found.first_response), ("next_response", found.next_response),
                        ("resolution", found.resolution)):
        row(f"{name}_median", "", _seconds(times.median), times.count)
        row(f"{name}_p90", "", _seconds(times.p90), times.count)
    for name, age in (("median", found.backlog.median), ("p90", found.backlog.p90), ("oldest", found.backlog.oldest)):
        row(f"backlog_age_{name}", "", _seconds(age), found.backlog.count)
    for kept in found.kept:
        row(f"kept_{kept.kind.value}", f"{kept.priority.value} {kept.category}", kept.share, kept.of)
    for person in found.people:
        who = person.name or "nobody"
        for name, value in (("open", person.open), ("late", person.late), ("resolved", person.resolved),
                            ("resolution", _seconds(person.resolution)), ("kept", person.share),
                            ("score", person.score)):
            row(f"person_{name}", who, value)
    return made.getvalue()


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
