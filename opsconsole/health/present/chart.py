"""A chart of one series from block characters, with its axes and its limits."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.health.model import Trail
    from opsconsole.health.present.parts import View

AXIS = 10
"""Cells of the labels at the left."""


class Scale(NamedTuple):
    """What a chart shows: its lowest and highest value, its limits, and how a value is written."""

    low: float
    high: float
    written: Callable[[float], str]
    warning: float | None = None
    critical: float | None = None
    falling: bool = False

    def style(self, value: float) -> Style:
        """The colour of a value: that of the limit that it is past."""
        for limit, style in ((self.critical, Style.CRITICAL), (self.warning, Style.WARNING)):
            if limit is not None and (value <= limit if self.falling else value >= limit):
                return style
        return Style.FAINT


class Curve(NamedTuple):
    """What is drawn, a value for each column of cells, None where nothing was measured."""

    values: Sequence[float | None]
    """Means."""
    highs: Sequence[float | None] = ()
    """The most (where low is bad: the least) within each column: a peak that a mean would hide."""
    before: Sequence[float | None] = ()
    """The same time a week ago."""
    marks: Sequence[tuple[int, str]] = ()
    """Columns at which something changed, with a letter that says what."""


def ceiling(value: float) -> float:
    """The next round number that is not below: 1, 2 or 5 times a power of ten."""
    if not isfinite(value) or value <= 0:
        return 1.0
    step = 10.0 ** floor(log10(value))
    return next((factor * step for factor in (1.0, 2.0, 5.0, 10.0) if factor * step >= value), 10.0 * step)


def buckets(trail: Trail, since: Instant, until: Instant, number: int, gap: int) -> list[float | None]:
    """The mean of each of `number` equal parts of the time; None where nothing was measured.

    A part between two points not farther apart than `gap` ms has the value of the earlier one; a longer hole stays.
    """
    length = max(1, until - since)
    sums, counts = [0.0] * number, [0] * number
    for at, value in zip(trail.times, trail.values, strict=True):
        if since <= at <= until:
            place = min(number - 1, (at - since) * number // length)
            sums[place] += value
            counts[place] += 1
    found: list[float | None] = [total / count if count else None for total, count in zip(sums, counts, strict=True)]
    return _bridged(found, gap * number // length)


def _bridged(values: list[float | None], most: int) -> list[float | None]:
    last: int | None = None
    filled = list(values)
    for place, value in enumerate(values):
        if value is None:
            continue
        if last is not None and 1 < place - last <= most + 1:
            filled[last + 1:place] = [values[last]] * (place - last - 1)
        last = place
    return filled


def columns(view: View) -> int:
    """How many values a chart shows beside each other."""
    return max(4, view.cells - AXIS - 1)


def chart(curve: Curve, scale: Scale, since: Instant, until: Instant, *, height: int, view: View) -> list[Line]:
    """A chart of `height` lines, a line of marks where there are some, and two more for the time axis."""
    cells = len(curve.values)
    limits = {_row(limit, scale, height): style
              for limit, style in ((scale.warning, Style.WARNING), (scale.critical, Style.CRITICAL))
              if limit is not None and scale.low < limit <= scale.high}
    peaks = _rows(curve.highs or [None] * cells, scale, height)
    before = _rows(curve.before or [None] * cells, scale, height)
    lines = []
    for number in range(height - 1, -1, -1):
        label = _label(number, scale, height)
        spans = [Span(fmt.right(clip(view.clean(label), AXIS, view.glyphs.ellipsis), AXIS), Style.MUTED), Span(" ")]
        drawn = [_cell(value, number, scale, height, limits.get(number), view) for value in curve.values]
        for place in range(cells):
            if drawn[place][0] in (" ", view.glyphs.bar_empty):
                if peaks[place] == number:
                    drawn[place] = (view.glyphs.dot, scale.style(curve.highs[place] or 0.0))
                elif before[place] == number and drawn[place][0] == " ":
                    drawn[place] = (view.glyphs.dash, Style.FAINT)
        spans += _joined(drawn)
        lines.append(Line(tuple(spans)))
    marks = [_marks(curve, cells)] if curve.marks else []
    return [*lines, *marks, *_time_axis(since, until, cells, view)]


def _marks(curve: Curve, cells: int) -> Line:
    """A letter under each moment at which something changed."""
    signs = [" "] * cells
    for place, letter in curve.marks:
        if 0 <= place < cells:
            signs[place] = letter
    return Line((Span(fmt.right("changed", AXIS), Style.FAINT), Span(" "),
                 Span("".join(signs), Style.TEXT, strong=True)))


def _rows(values: Sequence[float | None], scale: Scale, height: int) -> list[int | None]:
    return [None if value is None else _row(value, scale, height) for value in values]


def _row(value: float, scale: Scale, height: int) -> int:
    share = (value - scale.low) / (scale.high - scale.low)
    return min(height - 1, max(0, int(share * height)))


def _label(number: int, scale: Scale, height: int) -> str:
    if number == height - 1:
        return scale.written(scale.high)
    if number == 0:
        return scale.written(scale.low)
    if height >= 7 and number == height // 2:
        return scale.written(scale.low + (scale.high - scale.low) * (number + 0.5) / height)
    return ""


def _cell(value: float | None, number: int, scale: Scale, height: int, limit: Style | None,
          view: View) -> tuple[str, Style]:
    signs = view.glyphs.spark
    if value is not None:
        filled = min(1.0, max(0.0, (value - scale.low) / (scale.high - scale.low))) * height - number
        # Only what is past the limit has its colour: a whole column of it would shout, and hide where the limit is.
        top = scale.low + (scale.high - scale.low) * (number + 1) / height
        style = scale.style(value if scale.falling else min(value, top))
        if filled >= 1 and limit is None:
            return (view.glyphs.bar_full if view.ascii_only else signs[-1]), style
        # Even the lowest value leaves a trace, or it would look like a gap.
        if 0 < filled < 1 or (number == 0 and not filled):
            return signs[min(len(signs) - 1, int(filled * len(signs)))], style
    return (view.glyphs.bar_empty, limit) if limit is not None else (" ", Style.TEXT)


def _joined(cells: Sequence[tuple[str, Style]]) -> list[Span]:
    """Neighbours of one style as one span."""
    spans: list[Span] = []
    for text, style in cells:
        if spans and spans[-1].style is style:
            spans[-1] = Span(spans[-1].text + text, style)
        else:
            spans.append(Span(text, style))
    return spans


def _time_axis(since: Instant, until: Instant, cells: int, view: View) -> list[Line]:
    """A tick under each time: at the left, at the quarters where there is room, and now at the right."""
    parts = 4 if cells >= 60 else 2
    ticks = [" "] * cells
    labels = [" "] * cells
    for number in range(parts + 1):
        place = min(cells - 1, number * cells // parts)
        text = view.time(since + (until - since) * number // parts)
        start = min(max(0, place - (len(text) // 2 if 0 < number < parts else 0)), cells - len(text))
        if start >= 0 and all(sign == " " for sign in labels[max(0, start - 1):start + len(text)]):
            labels[start:start + len(text)] = text
            ticks[place] = view.glyphs.stem
    blank = Span(" " * (AXIS + 1))
    return [Line((blank, Span("".join(ticks), Style.FAINT))), Line((blank, Span("".join(labels), Style.MUTED)))]
