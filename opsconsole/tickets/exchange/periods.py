"""Statistics as CSV. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from opsconsole.core.plaintext import protected

if TYPE_CHECKING:
    from opsconsole.tickets.stats import Statistics


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
