"""For whom something is drawn, and small phrases that all pages of tickets share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.lines import Line, Span, Style, fit
from opsconsole.core.text import width
from opsconsole.core.view import MARGIN, View, framed, left

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MARGIN", "View", "framed", "left", "muted", "sides"]


def sides(begin: Iterable[Span], end: Iterable[Span], view: View) -> Line:
    """Something at the left and something at the right end; where both do not fit, the left one is cut."""
    tail = tuple(end)
    taken = sum(width(span.text) for span in tail)
    room = max(0, view.cells - taken - (2 if taken else 0))
    gap = (Span("  "),) if taken else ()
    sign = view.glyphs.ellipsis
    return Line((*fit(begin, room, sign), *gap, *fit(tail, min(taken, view.cells), sign)))


def muted(text: str) -> Span:
    """A span that stands back."""
    return Span(text, Style.MUTED)
