"""The line at the bottom: the keys that work here and now, in the order of their importance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.lines import Line, Span, Spot, Style, Tint, fit
from opsconsole.core.text import harmless, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.glyphs import Glyphs


class Item(NamedTuple):
    """One key in the footer."""

    action: str
    """The action's id, target of a click."""
    key: str
    """As shown: `ctrl+r`, `?`."""
    label: str


def footer(items: Sequence[Item], last: Item, cells: int, glyphs: Glyphs) -> Line:
    """The footer, exactly `cells` wide; each item is a spot with its action's id.

    Items that do not fit are left out whole, the later ones first; `last` always stands at the end.
    """
    room = cells - 1 - _cells(last) - 1
    shown: list[Item] = []
    for item in items:
        room -= _cells(item) + 2
        if room < 0:
            break
        shown.append(item)
    spans = [Span(" ")]
    spots: list[Spot] = []
    at = 1
    for item in (*shown, last):
        if spots:
            spans.append(Span("  "))
            at += 2
        spans += [Span(harmless(item.key), Style.TEXT, strong=True), Span(f" {harmless(item.label)}", Style.MUTED)]
        spots.append(Spot(item.action, at, _cells(item)))
        at += _cells(item)
    whole = tuple(spot for spot in spots if spot.start + spot.width <= cells)
    return Line(fit(spans, cells, glyphs.ellipsis), Tint.BAR, whole)


def _cells(item: Item) -> int:
    return width(harmless(item.key)) + 1 + width(harmless(item.label))
