"""For whom something is drawn, and small phrases that all pages of tickets share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.lines import Line, Span, Style, fit
from opsconsole.core.text import width
from opsconsole.core.view import MARGIN, View, framed, left

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MARGIN", "View", "framed", "left", "muted", "sides"]


GAP = 2
"""Cells between the two sides of a line."""


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
