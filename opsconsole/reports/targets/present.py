"""Targets as a table, for the screen and for the command line. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.core.lines import Line, Span, Spot, Style, fit
from opsconsole.core.text import width, wrap
from opsconsole.core.view import left, muted
from opsconsole.reports.targets.model import State, counted
from opsconsole.reports.wording import is_long, origin_of, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.view import View
    from opsconsole.reports.targets.model import Actual

NOBODY: Final = "No targets are configured; `targets:` in the configuration has them."
NOT_NOW: Final = "None of the configured targets counts at this time."
_LEVELS: Final = {State.MET: Level.OK, State.MISSED: Level.CRITICAL, State.UNKNOWN: Level.UNKNOWN}
_STYLES: Final = {State.MET: Style.OK, State.MISSED: Style.CRITICAL, State.UNKNOWN: Style.UNKNOWN}
_GUTTER: Final = 2
_MOST_LABEL: Final = 44
_BESIDE: Final = 36
"""Cells that must be free for where a number comes from, or that goes below the line."""


class _Wide(NamedTuple):
    """Cells of the columns."""

    label: int
    goal: int
    actual: int
    span: int

    @property
    def all(self) -> int:
        """Of all of them, with the state before and a gap behind each."""
        return _GUTTER + _STATE + sum(self) + 2 * len(self)


_STATE: Final = max(len(state) for state in State) + 2


def summary_line(found: Sequence[Actual], view: View, about: str = "") -> Line:
    """How many stand how: `2 missed, 1 unknown, 14 met`.

    Args:
        found: all of them.
        view: for whom.
        about: the period that somebody named, in words; empty: each has its own window.
    """
    counts = [Span(f"{count} {state}", _STYLES[state] if state is State.MISSED else Style.TEXT, strong=True)
              for state, count in counted(found).items() if count]
    parted = [part for one in counts for part in (Span(", "), one)][1:]
    return _line([muted("TARGETS"), Span("  "), *parted, muted(f"  {view.clean(about)}")], view)


def target_lines(found: Sequence[Actual], view: View, *, configured: bool = True) -> list[Line]:
    """A heading, and one or two lines for each target, which is named by its spot; the missed ones first.

    Args:
        found: in the order of the configuration, which they keep among those that stand alike.
        view: for whom.
        configured: whether there are any targets at all.
    """
    if not found:
        return [_line([muted(NOT_NOW if configured else NOBODY)], view)]
    wide = _columns(found, view)
    beside = view.cells - wide.all >= _BESIDE
    heads = (f"{'':{_GUTTER}}{'state':<{_STATE}}{left('target', wide.label, view)}  {fmt.right('goal', wide.goal)}  "
             f"{fmt.right('actual', wide.actual)}  {'window' if wide.span else '':<{wide.span}}"
             f"  {'from' if beside else ''}")
    lines = [_line([Span(heads.rstrip(), Style.FAINT)], view)]
    worst = list(counted(found))
    for one in sorted(found, key=lambda one: worst.index(one.state)):
        lines += _target(one, wide, view, beside=beside)
    return lines


def _columns(found: Sequence[Actual], view: View) -> _Wide:
    goal = max(4, *(width(_goal(one, view)) for one in found))
    actual = max(6, *(width(_actual(one, view)) for one in found))
    span = max(6 if any(one.span for one in found) else 0, *(width(_span(one)) for one in found))
    label = min(max(6, *(width(view.clean(one.figure.title)) for one in found)), _MOST_LABEL)
    room = view.cells - _Wide(0, goal, actual, span).all
    return _Wide(max(8, min(label, room)), goal, actual, span)


def _target(one: Actual, wide: _Wide, view: View, *, beside: bool) -> list[Line]:
    """A target; where it comes from stands behind it, or below where there is no room."""
    state, level = one.state, _LEVELS[one.state]
    style = _STYLES[state]
    spans = [Span(f"{view.glyphs.level(level)} ", style, strong=True), Span(f"{state:<{_STATE}}", style),
             Span(left(view.clean(one.figure.title), wide.label, view), strong=state is State.MISSED),
             muted(f"  {fmt.right(_goal(one, view), wide.goal)}"),
             Span(f"  {fmt.right(_actual(one, view), wide.actual)}", style if state is not State.MET else Style.TEXT),
             muted(f"  {left(_span(one), wide.span, view)}")]
    origin, indent = _origin(one, view), wide.all if beside else _GUTTER + _STATE
    first, *rest = wrap(origin, max(1, view.cells - indent)) or [""]
    if beside:
        spans.append(muted(f"  {first}"))
    else:
        rest = [first, *rest]
    style = Style.MUTED if beside else Style.FAINT
    return [_line(spans, view, one.figure.name),
            *(_line([Span(f"{'':{indent}}{part}", style)], view) for part in rest)]


def _origin(one: Actual, view: View) -> str:
    return view.clean(origin_of(one.figure).removeprefix("blank: "))


def _goal(one: Actual, view: View) -> str:
    """The goal as the figure beside it is written: a unit stands apart from its number."""
    return view.clean(re.sub(r"(?<=\d)(?=[^\d.,\s])", " ", one.figure.goal))


def _actual(one: Actual, view: View) -> str:
    value = one.figure.value
    if value is None:
        return view.glyphs.dash
    return view.clean("words" if is_long(value) else shown(value, one.figure.unit))


def _span(one: Actual) -> str:
    """The window in short: `30d`, `last month`; empty of a period that somebody named."""
    return one.span if not one.span or one.span[0].isdigit() else f"last {one.span}"


def _line(spans: Sequence[Span], view: View, target: str = "") -> Line:
    return Line(fit(spans, view.cells, view.glyphs.ellipsis), spots=(Spot(target, 0, view.cells),) if target else ())


def record(one: Actual) -> dict[str, Any]:
    """A target for scripts; times are ms UTC, what nobody knows is null."""
    figure = one.figure
    return {"name": figure.name, "label": figure.title, "state": one.state.value, "goal": figure.goal,
            "value": figure.value, "unit": figure.unit, "window": one.span or None, "begin": figure.window.begin,
            "end": figure.window.end, "source": figure.source, "of": figure.of, "remark": figure.remark,
            "missing": figure.missing}
