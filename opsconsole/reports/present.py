"""A report as plain lines, for the command line. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.lines import BLANK, Line, Span, Style, fit
from opsconsole.core.text import width, wrap
from opsconsole.core.view import left, muted
from opsconsole.reports.model import Standing
from opsconsole.reports.wording import about, are_numbers, goal_of, heading, is_long, origin_of, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.view import View
    from opsconsole.reports.model import Figure, Report, Table

_STYLES: Final = {Standing.GREEN: Style.OK, Standing.YELLOW: Style.WARNING, Standing.RED: Style.CRITICAL,
                  Standing.UNKNOWN: Style.TEXT}
_MOST: Final = 36
"""Cells of the titles of figures."""
_WIDEST: Final = 44
"""Cells of a column of a table."""
_NARROWEST: Final = 6


def report_lines(report: Report, view: View) -> list[Line]:
    """A report, section by section."""
    lines = [_line([Span(view.clean(heading(report, view.zone)), strong=True)], view),
             _line([muted(view.clean(about(report, view.zone)))], view)]
    wide = _Columns.of(report, view)
    for section in report.sections:
        lines += [BLANK, _line([Span(view.clean(section.title), Style.ACCENT)], view)]
        for figure in section.figures:
            lines += _figure(figure, wide, view)
        for table in section.tables:
            lines += _table(table, view)
    return lines


class _Columns(NamedTuple):
    """Cells of the columns of figures, the same in the whole report."""

    title: int
    value: int
    goal: int

    @classmethod
    def of(cls, report: Report, view: View) -> _Columns:
        """As wide as what stands in them."""
        short = [one for one in report.figures() if not is_long(one.value)]
        return cls(min(max((width(view.clean(one.title)) for one in short), default=0), _MOST),
                   max((width(view.clean(shown(one.value, one.unit))) for one in short), default=0),
                   max((width(view.clean(goal_of(one))) for one in short), default=0))


def _figure(one: Figure, wide: _Columns, view: View) -> list[Line]:
    """Title, value, goal, and where it comes from; that on a line of its own where there is no room."""
    title, origin = view.clean(one.title), view.clean(origin_of(one))
    if is_long(one.value):
        return [_line([Span(f"  {title}  "), muted(origin)], view), *_words(str(one.value), view)]
    value = Span(fmt.right(view.clean(shown(one.value, one.unit)), wide.value), _STYLES[one.standing])
    spans = [Span(f"  {left(title, wide.title, view)}  "), value]
    if wide.goal:
        spans.append(muted(f"  {left(view.clean(goal_of(one)), wide.goal, view)}"))
    room = view.cells - sum(width(span.text) for span in spans) - 2
    if width(origin) <= room:
        return [_line([*spans, muted(f"  {origin}")], view)]
    return [_line(spans, view), *(_line([muted(f"      {part}")], view) for part in wrap(origin, view.cells - 6))]


def _words(text: str, view: View) -> list[Line]:
    """A text of many words, as wide as there is room."""
    return [_line([Span(f"    {part}")], view) for line in text.splitlines()
            for part in (wrap(view.clean(line), max(view.cells - 4, 20)) or [""])]


def _table(one: Table, view: View) -> list[Line]:
    lines = [_line([Span(f"  {view.clean(one.title)}  "), muted(view.clean(origin_of(one)))], view)]
    if one.rows is None:
        return lines
    if not one.rows:
        return [*lines, _line([muted("    none")], view)]
    cells = [[view.clean(cell) for cell in row] for row in (one.columns, *one.rows)]
    wide = _widths(cells, view.cells - 4)
    figures = [are_numbers(row[place] for row in cells[1:]) for place in range(len(wide))]

    def drawn(row: Sequence[str], style: Style) -> Line:
        parts = (fmt.right(cell, room) if number else left(cell, room, view)
                 for cell, room, number in zip(row, wide, figures, strict=True))
        return _line([Span("    " + "  ".join(parts), style)], view)

    return [*lines, drawn(cells[0], Style.MUTED), *(drawn(row, Style.TEXT) for row in cells[1:])]


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """The cells of each column: as many as it needs, the widest ones fewer until all fit."""
    wide = [min(max(width(row[place]) for row in rows), _WIDEST) for place in range(len(rows[0]))]
    while sum(wide) + 2 * (len(wide) - 1) > room and max(wide) > _NARROWEST:
        wide[wide.index(max(wide))] -= 1
    return wide


def _line(spans: Sequence[Span], view: View) -> Line:
    return Line(fit(spans, view.cells, view.glyphs.ellipsis))
