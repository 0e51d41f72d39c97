"""One item over time: what was answered in this run before, and in the runs before it, with a chart of its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists.judging import limit_of
from opsconsole.checklists.present.items import NOTHING, below_lines
from opsconsole.checklists.present.words import (
    actor_text,
    answer_text,
    muted,
    one_line,
    value_text,
    verdict_sign,
)
from opsconsole.checklists.template import NumberItem
from opsconsole.core import format as fmt
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.view import left
from opsconsole.health.present.chart import Curve, Scale, ceiling, chart, columns
from opsconsole.tickets.present.view import sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.model import Answer
    from opsconsole.checklists.walk import Step
    from opsconsole.core.view import View

ENOUGH: Final = 3
"""Figures from which on a chart says something."""
HEIGHT: Final = 6


def detail_lines(step: Step, history: Sequence[Answer], view: View) -> list[Line]:
    """The whole page of an item.

    Args:
        step: as it stands in the run.
        history: the answers that counted over time, newest first.
        view: for whom.
    """
    item = step.item
    lines = [Line((Span(one_line(item.title, view), strong=True), muted(f"   {item.kind}  {one_line(item.id, view)}")))]
    if limit := limit_of(item):
        lines.append(Line((muted(f"limit {one_line(limit, view)}"),)))
    below = below_lines(step, view)
    if NOTHING not in below[0].text:
        lines += [BLANK, *below]
    if step.earlier:
        lines += [BLANK, Line((muted("EARLIER IN THIS RUN"),))]
        lines += [_answer(one, view) for one in reversed(step.earlier)]
    lines += [BLANK, *chart_lines(step, history, view)]
    lines.append(Line((muted("BEFORE"),)))
    lines += [_answer(one, view) for one in history] or [Line((muted("  It was never answered before."),))]
    return lines


def chart_lines(step: Step, history: Sequence[Answer], view: View) -> list[Line]:
    """The figures over time; nothing where there are too few."""
    figures = [(one.at, float(one.value)) for one in reversed(history)
               if isinstance(one.value, int | float) and not isinstance(one.value, bool)]
    if len(figures) < ENOUGH:
        return []
    since, until = figures[0][0], figures[-1][0]
    if until <= since:
        return []
    cells = columns(view)
    values: list[float | None] = [None] * cells
    for at, value in figures:
        values[min(cells - 1, (at - since) * cells // (until - since))] = value
    known: float | None = None
    for place, one in enumerate(values):
        # A figure holds until the next one is entered.
        known = one if one is not None else known
        values[place] = known
    unit = next((one.unit for one in history if one.unit), "")
    most = max(value for _, value in figures)
    low = min(0.0, *(value for _, value in figures))
    item = step.item
    limit = (item.max if item.max is not None else item.min) if isinstance(item, NumberItem) else None
    falling = isinstance(item, NumberItem) and item.max is None
    scale = Scale(low, max(ceiling(most), most), lambda value: value_text(value, unit, view), critical=limit,
                  falling=falling)
    return [*chart(Curve(values), scale, since, until, height=HEIGHT, view=view), BLANK]


def _answer(answer: Answer, view: View) -> Line:
    sign = verdict_sign(answer.verdict, view.glyphs)
    said = answer_text(answer, view)
    spans = [Span(f"{sign.glyph} ", sign.style), muted(left(view.time(answer.at), 14, view)),
             Span(left(actor_text(answer, view), 14, view)), Span(said or muted(answer.verdict.value).text,
                                                                  Style.TEXT if said else Style.MUTED)]
    spans += [muted("  taken back")] if answer.undoes else []
    right = [muted(f"after {fmt.duration(answer.seconds)}")] if answer.seconds >= 1 else []
    if answer.ticket:
        right = [Span(f"#{answer.ticket} ", Style.ACCENT), *right]
    return sides(spans, right, view)
