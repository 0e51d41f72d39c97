"""Statistics as plain lines, for the command line. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.lines import BLANK, Line, Span, Style, fit
from opsconsole.core.text import limited, width
from opsconsole.tickets.present.view import View, muted
from opsconsole.tickets.stats import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.tickets.stats import Figure, Statistics, Times

NAMES: Final = {"first_response": "first response", "next_response": "next response", "resolution": "resolution",
                "kept": "promises kept", "escalated": "escalated", "reopened": "reopened",
                "first_contact": "solved with one answer", "satisfaction": "satisfied", "score": "score",
                "knowledge": "knowledge base used", "backlog": "open at the end", "resolved_24h": "solved within 24 h"}
_TIMES: Final = frozenset({"first_response", "next_response", "resolution"})
_STYLES: Final = {Standing.GREEN: Style.OK, Standing.YELLOW: Style.WARNING, Standing.RED: Style.CRITICAL,
                  Standing.UNKNOWN: Style.TEXT}
_WORDS: Final = {Standing.GREEN: "reached", Standing.YELLOW: "nearly", Standing.RED: "missed", Standing.UNKNOWN: ""}


def statistics_lines(found: Statistics, view: View) -> list[Line]:
    """The figures of a period, then promises by priority and category, then people."""
    period = f"{fmt.stamp(found.period.begin, view.zone)} to {fmt.stamp(found.period.end, view.zone)}"
    lines = [_line([muted(period)], view), BLANK,
             _line([Span(f"created {found.created}, resolved {found.resolved}")], view), BLANK]
    times = {"first_response": found.first_response, "next_response": found.next_response,
             "resolution": found.resolution}
    lines += [_figure(one, times.get(one.name), view) for one in found.figures]
    if found.kept:
        lines += [BLANK, *_table(("promise", "priority", "category", "kept", "of"), [
            (one.kind.value, one.priority.value, one.category, fmt.or_dash(one.share, fmt.percent, view.glyphs),
             str(one.of)) for one in found.kept], view)]
    if found.people:
        lines += [BLANK, *_table(("person", "open", "late", "resolved", "mean time", "kept", "score"), [
            (one.name or "nobody", str(one.open), str(one.late), str(one.resolved), _time(one.resolution, view),
             fmt.or_dash(one.share, fmt.percent, view.glyphs), fmt.or_dash(one.score, _score, view.glyphs))
            for one in found.people], view)]
    return lines


def _figure(one: Figure, times: Times | None, view: View) -> Line:
    if one.name in _TIMES:
        value = fmt.or_dash(one.value, fmt.duration, view.glyphs)
    elif one.name == "backlog":
        value = fmt.or_dash(one.value, fmt.count, view.glyphs)
    else:
        value = fmt.or_dash(one.value, _score if one.name == "score" else fmt.percent, view.glyphs)
    spans = [muted(f"{NAMES.get(one.name, one.name):<22}  "), Span(f"{value:>12}", _STYLES[one.standing])]
    if times is not None and times.median is not None:
        spans.append(muted(f"   median {_time(times.median, view)}, 90 % within {_time(times.p90, view)}"))
    if one.goal:
        spans.append(muted(f"   goal {view.clean(one.goal)}{f', {word}' if (word := _WORDS[one.standing]) else ''}"))
    return _line(spans, view)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], view: View) -> list[Line]:
    """Words at the left, figures at the right end of their columns."""
    shown = [[view.clean(limited(cell, 40)) for cell in row] for row in rows]
    wide = [max(width(row[place]) for row in (heads, *shown)) for place in range(len(heads))]
    figures = [all(not row[place] or row[place][0].isdigit() or row[place] == view.glyphs.dash for row in shown)
               for place in range(len(heads))]

    def line(row: Sequence[str], style: Style) -> Line:
        cells = (fmt.right(cell, room) if is_figure else fmt.left(cell, room)
                 for cell, room, is_figure in zip(row, wide, figures, strict=True))
        return _line([Span("  ".join(cells), style)], view)

    return [line(heads, Style.MUTED), *(line(row, Style.TEXT) for row in shown)]


def _time(milliseconds: float | None, view: View) -> str:
    return fmt.or_dash(None if milliseconds is None else milliseconds / 1000, fmt.duration, view.glyphs)


def _score(value: float) -> str:
    return fmt.number(value, 1)


def _line(spans: Sequence[Span], view: View) -> Line:
    return Line(fit(spans, view.cells, view.glyphs.ellipsis))
