"""The wishes by impact and effort: what brings much for little stands at the top left. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style, fit
from opsconsole.core.text import clip, limited, width
from opsconsole.tickets.model import MOST_TITLE
from opsconsole.tickets.present.view import View, muted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.tickets.model import Ticket

SCALE: Final = range(1, 6)
MARGIN_LABEL: Final = 10
"""Cells left of the grid."""
BEST: Final = 8
"""Wishes that are named below the grid."""


class Wishes(NamedTuple):
    """The wishes that are open."""

    known: Sequence[Ticket] = ()
    """Those with impact and effort."""
    unknown: int = 0
    """How many have neither yet."""
    more: int = 0
    """How many were not read: there are too many."""


def cell_of(wishes: Wishes, impact: int, effort: int) -> list[Ticket]:
    """The wishes of one cell, the best first."""
    found = [one for one in wishes.known if one.impact == impact and one.effort == effort]
    return sorted(found, key=lambda one: (-one.rank, one.number))


def matrix_page(wishes: Wishes, view: View) -> list[Line]:
    """The grid, five rows of impact and five columns of effort; below it the best ones by name."""
    column = min(22, max(8, (view.cells - MARGIN_LABEL) // 5))
    high = 3 if view.cells >= 100 else 2
    total = len(wishes.known)
    said = f"{fmt.count(total)} wish{'' if total == 1 else 'es'} with impact and effort"
    lines = [Line((Span("Wishes by impact and effort", strong=True), muted(f"   {said}"))), BLANK,
             Line((Span(" " * MARGIN_LABEL), muted("effort"))),
             Line((Span(" " * MARGIN_LABEL), *(muted(fmt.left(_effort(number), column)) for number in SCALE)))]
    for impact in reversed(SCALE):
        lines += _row(wishes, impact, column, high, view)
    made = [*lines, BLANK, *_best(wishes, view), *_rest(wishes)]
    return [line._replace(spans=fit(line.spans, view.cells, view.glyphs.ellipsis)) for line in made]


def _effort(number: int) -> str:
    return {1: "1 little", 5: "5 much"}.get(number, str(number))


def _row(wishes: Wishes, impact: int, column: int, high: int, view: View) -> list[Line]:
    """One row of cells, `high` lines each: how many, and the numbers of the best."""
    label = {5: "impact 5", 1: "       1"}.get(impact, f"       {impact}")
    cells = [_cell(cell_of(wishes, impact, effort), column, high, view) for effort in SCALE]
    lines = []
    for place in range(high):
        spans = [muted(fmt.left(label if not place else "", MARGIN_LABEL))]
        for cell in cells:
            spans += [*fit(cell[place], column - 1, view.glyphs.ellipsis), Span(" ")]
        spots = tuple(Spot(f"cell:{impact}:{effort}", MARGIN_LABEL + column * number, column - 1)
                      for number, effort in enumerate(SCALE) if not place and cell_of(wishes, impact, effort))
        lines.append(Line(tuple(spans), spots=spots))
    return lines


def _cell(found: Sequence[Ticket], column: int, high: int, view: View) -> list[list[Span]]:
    if not found:
        return [[Span(view.glyphs.dot, Style.FAINT)], *([[]] * (high - 1))]
    rows: list[list[Span]] = [[Span(fmt.count(len(found)), Style.TEXT, strong=True)]]
    waiting = [f"#{one.number}" for one in found]
    for _ in range(high - 1):
        shown: list[str] = []
        while waiting and width(" ".join([*shown, waiting[0]])) <= column - 2:
            shown.append(waiting.pop(0))
        rows.append([Span(" ".join(shown), Style.ACCENT)])
    if waiting and rows[-1]:
        rows[-1].append(Span(view.glyphs.ellipsis, Style.FAINT))
    return rows


def _best(wishes: Wishes, view: View) -> list[Line]:
    """The best ones: what they bring, what they take, who wants them."""
    ordered = sorted(wishes.known, key=lambda one: (-one.rank, one.number))[:BEST]
    if not ordered:
        return []
    lines = [Line((muted("BEST FIRST"),))]
    for one in ordered:
        votes = len(one.voters)
        facts = f"impact {one.impact}  effort {one.effort}  {votes:>3} vote{' ' if votes == 1 else 's'}"
        title = view.clean(limited(one.title, MOST_TITLE)).strip() or "(no title)"
        room = max(8, view.cells - width(facts) - 20)
        spans = [Span(fmt.right(fmt.number(one.rank, 1), 5), strong=True), Span("  "),
                 Span(fmt.right(f"#{one.number}", 7), Style.ACCENT), Span("  "),
                 Span(fmt.left(clip(title, room, view.glyphs.ellipsis), room)), Span("  "), muted(facts)]
        lines.append(Line(fit(spans, view.cells, view.glyphs.ellipsis),
                          spots=(Spot(f"ticket:{one.number}", 0, view.cells),)))
    return lines


def _rest(wishes: Wishes) -> list[Line]:
    lines = []
    if wishes.unknown:
        plural = "wish has" if wishes.unknown == 1 else "wishes have"
        lines.append(Line((muted(f"{fmt.count(wishes.unknown)} {plural} no impact or effort yet; e on a ticket enters"
                                 " them."),)))
    if wishes.more:
        lines.append(Line((Span(f"and {fmt.count(wishes.more)} older ones that are not shown", Style.FAINT),)))
    return [BLANK, *lines] if lines else []


def empty_lines() -> tuple[Line, ...]:
    """What stands there without a wish."""
    return (Line((Span("No wish is open.", Style.TEXT),)),
            Line((muted("A ticket of a category with `wish: true` is one, such as a feature request."),)))
