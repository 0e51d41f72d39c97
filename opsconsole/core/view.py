"""For whom a page is drawn, and the small things that the pages of all features share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.lines import Line, Span, Style, fit
from opsconsole.core.text import clip, harmless, width

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.core.glyphs import Glyphs

MARGIN = 1
"""Empty cells at both sides of a page."""
GAP = 2
"""Cells between the two sides of a line."""


class Place(NamedTuple):
    """One column of a list: as `console.widgets` wants it, without knowing it."""

    key: str
    title: str
    width: int
    align: str = "left"
    flex: int = 0
    drop: int = 0


class View(NamedTuple):
    """For whom a page is drawn: the cells of the column, the signs, the moment and the zone."""

    cells: int
    glyphs: Glyphs
    now: Instant
    zone: tzinfo | None = None
    absolute: bool = False
    """Whether times are shown in full, with date and zone."""

    @property
    def ascii_only(self) -> bool:
        """Whether nothing but ASCII may be drawn, foreign letters apart."""
        return self.glyphs.ok.isascii()

    def clean(self, text: str) -> str:
        """Foreign text as it may be shown here."""
        if not self.ascii_only:
            return harmless(text)
        return harmless(text, ascii_only=True).replace("°", "").replace("…", self.glyphs.ellipsis)

    def time(self, at: Instant) -> str:
        """An instant, as briefly as it stays clear; in full where that is wanted."""
        return fmt.stamp(at, self.zone) if self.absolute else fmt.moment(at, self.now, self.zone)

    def since(self, at: Instant) -> str:
        """How long ago, in one unit."""
        return fmt.ago((self.now - at) / 1000).removesuffix(" ago")

    def until(self, at: Instant) -> str:
        """How long until then, in one unit."""
        return "0 s" if at <= self.now else fmt.ago((self.now - at) / 1000).removeprefix("in ")


def left(text: str, cells: int, view: View) -> str:
    """Text at the left end of its cells."""
    shown = clip(text, cells, view.glyphs.ellipsis)
    return shown + " " * (cells - width(shown))


def framed(drawn: Line, cells: int, ellipsis: str = "…") -> Line:
    """A line of a page with the margin at its left; exactly `cells` cells, or empty."""
    if not drawn.text.strip():
        return Line()
    spots = tuple(spot._replace(start=spot.start + MARGIN, width=min(spot.width, cells - spot.start - MARGIN))
                  for spot in drawn.spots if spot.start + MARGIN < cells)
    return Line(fit((Span(" " * MARGIN), *drawn.spans), cells, ellipsis), drawn.tint, spots)


def sides(begin: Iterable[Span], end: Iterable[Span], view: View) -> Line:
    """Something at the left and something at the right end; where both do not fit, the left one is cut."""
    sign = view.glyphs.ellipsis
    tail = tuple(end)
    taken = sum(width(span.text) for span in tail)
    if taken + GAP >= view.cells:
        return Line(fit(tail, view.cells, sign))
    gap = (Span(" " * GAP),) if taken else ()
    return Line((*fit(begin, view.cells - taken - (GAP if taken else 0), sign), *gap, *tail))


def muted(text: str) -> Span:
    """A span that stands back."""
    return Span(text, Style.MUTED)
