"""How well checklists were kept in a period, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists.present.words import muted, one_line
from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.view import left

if TYPE_CHECKING:
    from opsconsole.checklists.cases.types import Kept, Person, Statistics
    from opsconsole.core.view import View

GOOD: Final = 0.95
POOR: Final = 0.8
TITLE: Final = 23
LAST: Final = 11
"""Cells of the last column: `59 min 59 s`."""


def period_line(found: Statistics, view: View) -> Line:
    """From when to when."""
    since, until = local(found.since, view.zone), local(found.until, view.zone)
    return Line((Span("Checklists kept", strong=True),
                 muted(f"   {since.day} {since:%b} to {until.day} {until:%b %Y}")))


def statistics_lines(found: Statistics, view: View) -> list[Line]:
    """Each checklist, the least kept first; then people."""
    room = TITLE + (10 if view.cells >= 100 else 0)
    if not found.checklists:
        return [Line((muted("Nothing was due in this time."),))]
    head = f"{'':{room}}  {'done':>9} {'of':>4} {'on time':>9} {'missed':>7} {'failed':>7} {'takes':>{LAST}}"
    lines = [Line((muted(head),))]
    order = sorted(found.checklists, key=lambda one: (one.completion if one.completion is not None else 2.0,
                                                      one.punctuality if one.punctuality is not None else 2.0,
                                                      one.title))
    lines += [_kept(one, room, view) for one in order]
    if found.people:
        lines += [BLANK, Line((muted(f"{'':{room}}  {'runs':>9} {'':>4} {'on time':>9} {'':>7} {'failed':>7}"
                                     f" {'answers':>{LAST}}"),))]
        lines += [_person(one, room, view) for one in sorted(found.people, key=lambda one: (-one.answers, one.name))]
    return lines


def _share(value: float | None, view: View) -> Span:
    if value is None:
        return muted(fmt.right(view.glyphs.dash, 9))
    sign = view.glyphs.critical if value < POOR else view.glyphs.warning if value < GOOD else " "
    style = Style.CRITICAL if value < POOR else Style.WARNING if value < GOOD else Style.TEXT
    return Span(fmt.right(f"{sign} {fmt.percent(100 * value)}", 9), style)


def _kept(one: Kept, room: int, view: View) -> Line:
    takes = fmt.duration(one.seconds) if one.seconds else view.glyphs.dash
    return Line((Span(left(one_line(one.title, view), room, view)), Span("  "), _share(one.completion, view),
                 muted(f" {one.planned:>4} "), _share(one.punctuality, view),
                 Span(f" {one.missed:>7}", Style.CRITICAL if one.missed else Style.MUTED),
                 Span(f" {one.failed:>7}", Style.TEXT if one.failed else Style.MUTED),
                 muted(f" {fmt.right(takes, LAST)}")))


def _person(one: Person, room: int, view: View) -> Line:
    share = _share(one.on_time / one.runs if one.runs else None, view)
    return Line((Span(left(one_line(one.name, view) or "the machine", room, view)), muted(f"  {one.runs:>9}      "),
                 share, muted(f"{'':8} {one.failed:>7} {one.answers:>{LAST}}")))
