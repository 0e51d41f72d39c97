"""What a page is made of before any user interface sees it.

A feature's `present.py` turns its model into lines of spans with semantic styles. The console draws
them with a theme, the command line prints them plain, reports wrap them: so they cannot disagree.
Text in spans has passed `core.text.harmless`; whoever draws them makes sure once more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.levels import Level
from opsconsole.core.text import clip, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Style(StrEnum):
    """What a span means; a theme says how that looks."""

    TEXT = "text"
    MUTED = "muted"
    FAINT = "faint"
    ACCENT = "accent"
    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"
    INVERSE = "inverse"
    """Text on the accent colour: the tab of the screen one is on."""


class Tint(StrEnum):
    """What lies behind a line."""

    NONE = "none"
    BAR = "bar"
    CURSOR = "cursor"
    WARNING = "warning"
    CRITICAL = "critical"


LEVEL_STYLES = {Level.OK: Style.OK, Level.UNKNOWN: Style.UNKNOWN, Level.WARNING: Style.WARNING,
                Level.CRITICAL: Style.CRITICAL}


class Span(NamedTuple):
    """A piece of text in one style; `strong` is bold."""

    text: str
    style: Style = Style.TEXT
    strong: bool = False


class Line(NamedTuple):
    """One row of cells.

    `spots` are the parts that a cursor can stand on: (target, first cell, width in cells).
    """

    spans: tuple[Span, ...] = ()
    tint: Tint = Tint.NONE
    spots: tuple[Spot, ...] = ()

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(span.text for span in self.spans)

    @property
    def cells(self) -> int:
        """How many terminal cells it takes."""
        return sum(width(span.text) for span in self.spans)


class Spot(NamedTuple):
    """A part of a line that can be opened: what it stands for, and which cells it takes."""

    target: str
    start: int
    width: int


BLANK = Line()


def line(*parts: Span | str, tint: Tint = Tint.NONE, spots: Sequence[Spot] = ()) -> Line:
    """A line of spans; a plain string is a span of ordinary text."""
    return Line(tuple(part if isinstance(part, Span) else Span(part) for part in parts if part), tint, tuple(spots))


def fit(spans: Iterable[Span], cells: int, ellipsis: str = "…") -> tuple[Span, ...]:
    """Spans cut or padded with spaces to exactly `cells` terminal cells."""
    fitted: list[Span] = []
    left = cells
    for span in spans:
        if left <= 0:
            break
        taken = width(span.text)
        if taken > left:
            span = span._replace(text=clip(span.text, left, ellipsis))  # noqa: PLW2901 - the cut span stands for it
            taken = width(span.text)
        fitted.append(span)
        left -= taken
    if left > 0:
        fitted.append(Span(" " * left))
    return tuple(fitted)


def beside(left: Sequence[Line], right: Sequence[Line], *, left_cells: int, gap: int, right_cells: int) -> list[Line]:
    """Two columns as one list of lines, as long as the longer one; spots move with their column."""
    rows: list[Line] = []
    for number in range(max(len(left), len(right))):
        one = left[number] if number < len(left) else BLANK
        two = right[number] if number < len(right) else BLANK
        shift = left_cells + gap
        spans = (*fit(one.spans, left_cells), Span(" " * gap), *fit(two.spans, right_cells))
        spots = (*one.spots, *(spot._replace(start=spot.start + shift) for spot in two.spots))
        rows.append(Line(spans, one.tint if one.tint is not Tint.NONE else two.tint, spots))
    return rows
