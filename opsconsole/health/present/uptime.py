"""How reliable all checks were, as a table: for the screen and for `check uptime`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Style
from opsconsole.core.text import width
from opsconsole.health.present.parts import GUTTER, View, content, left, sign_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.health.board import Reliability

FAST = 1.0
"""A burn rate above this uses up the budget before its window is over."""
LITTLE = 25.0
"""% of a budget below which what is left of it is little."""
LEAST_NAME, MOST_NAME = 12, 40
NOBODY = "No checks are configured; `checks:` in the configuration has them."


class _Figure(NamedTuple):
    title: str
    cells: int
    drop: int
    """The highest goes first where there is no room."""


_FIGURES = (_Figure("target", 9, 2), _Figure("24 h", 10, 3), _Figure("7 d", 10, 5), _Figure("30 d", 10, 0),
            _Figure("budget left", 16, 1), _Figure("burn", 8, 4), _Figure("watched", 9, 6))


def uptime_lines(found: Sequence[Reliability], view: View) -> list[Line]:
    """A heading and a line for each check: promise, share of time up, what is left of the budget, burn, coverage."""
    if not found:
        return [content(view, [Span(NOBODY, Style.MUTED)])]
    names = [view.clean(one.label or one.name) for one in found]
    wanted = min(max(width(name) for name in names), MOST_NAME)
    shown = list(_FIGURES)
    while len(shown) > 1 and view.cells - GUTTER - sum(one.cells for one in shown) < min(wanted, LEAST_NAME):
        shown.remove(max(shown, key=lambda one: one.drop))
    name = max(1, min(wanted, view.cells - GUTTER - sum(one.cells for one in shown)))
    titles = "".join(fmt.right(one.title, one.cells) for one in shown)
    lines = [content(view, [Span(left("check", name, view) + titles, Style.FAINT)])]
    for one, label in zip(found, names, strict=True):
        level, figures = level_of(one), dict(zip(_FIGURES, _figures(one, view), strict=True))
        spans = [Span(fmt.right(figures[each].text, each.cells), figures[each].style) for each in shown]
        lines.append(content(view, [Span(left(label, name, view), strong=level > Level.OK), *spans],
                             sign=sign_of(view, level), target=f"check:{one.name}"))
    return lines


def level_of(one: Reliability) -> Level:
    """A promise that is broken is critical; one that will be, or nearly is, a warning; nothing watched is unknown."""
    promise = one.promise
    if one.month.share is None and not one.month.maintenance:
        return Level.UNKNOWN
    if promise is None:
        return Level.OK
    if promise.left < 0:
        return Level.CRITICAL
    little = promise.left_share is not None and promise.left_share < LITTLE
    return Level.WARNING if little or _fast(one) else Level.OK


def _fast(one: Reliability) -> bool:
    return one.promise is not None and one.promise.burn is not None and one.promise.burn > FAST


def _figures(one: Reliability, view: View) -> tuple[Span, ...]:
    """In the order of `_FIGURES`."""
    promise, dash = one.promise, view.glyphs.dash
    broken = promise is not None and promise.left < 0

    def share(value: float | None) -> Span:
        return Span(fmt.or_dash(value, lambda known: fmt.percent(known, 2), view.glyphs),
                    Style.CRITICAL if broken and value is not None and promise is not None and value < promise.target
                    else Style.TEXT)

    target = Span("" if promise is None else fmt.percent(promise.target, 2).replace(".00", ""), Style.MUTED)
    left_over = Span("") if promise is None else Span(
        f"{fmt.duration(-promise.left)} over" if broken else fmt.duration(promise.left),
        LEVEL_STYLES[level_of(one)] if level_of(one) > Level.OK and not (_fast(one) and not broken) else Style.TEXT)
    burn = Span("" if promise is None else fmt.or_dash(promise.burn, lambda rate: f"{rate:.1f}x", view.glyphs),
                Style.WARNING if _fast(one) else Style.MUTED)
    covered = Span(fmt.percent(one.month.coverage) if one.month.whole else dash, Style.MUTED)
    return target, share(one.day.share), share(one.week.share), share(one.month.share), left_over, burn, covered
