"""From lines of spans to strips of the terminal, and what differs between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from opsconsole.core.lines import Span, Style, Tint
from opsconsole.core.text import clip, harmless, width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.console.theme import Look
    from opsconsole.core.lines import Line, Spot

Cell = tuple[str, RichStyle]
"""A character with what combines with it, and its style; the second cell of a wide one has an empty text."""
PLAIN = RichStyle.null()

GAP = 8
"""Unchanged cells between two changes that cost less to write again than a cursor movement (up to 10 bytes)."""


def strip_of(line: Line, cells: int, look: Look, cursor: Spot | None = None, ellipsis: str = "…") -> Strip:
    """A line as exactly `cells` cells; too long ones end in the ellipsis.

    Everything in it is text: harmless once more, and never read as markup. `cursor` shows its cells as such.
    """
    plain = ellipsis.isascii()
    inert = [span._replace(text=harmless(span.text, ascii_only=plain)) for span in line.spans if span.text]
    if look.style(Style.ACCENT).underline:
        inert = [part for span in inert for part in _bare(span)]
    pieces = _cut(inert, cells, ellipsis)
    segments = [_segment(text, look, style, strong, tint)
                for text, style, strong, tint in _tinted(pieces, line.tint, cursor)]
    missing = cells - sum(cell_len(segment.text) for segment in segments)
    if missing > 0:
        segments.extend(_padding(cells - missing, cells, line.tint, cursor, look))
    return Strip(segments).adjust_cell_length(cells, look.blank(line.tint))


def _bare(span: Span) -> tuple[Span, ...]:
    """A span whose blanks at both ends stand apart: nothing is to be underlined there."""
    inner = span.text.strip(" ")
    if span.style is not Style.ACCENT or inner == span.text:
        return (span,)
    start = span.text.index(inner) if inner else len(span.text)
    parts = (Span(span.text[:start]), span._replace(text=inner), Span(span.text[start + len(inner):]))
    return tuple(part for part in parts if part.text)


def _segment(text: str, look: Look, style: Style, strong: bool, tint: Tint) -> Segment:
    return Segment(text, look.style(style, strong, tint))


def _cut(spans: list[Span], cells: int, ellipsis: str) -> list[Span]:
    """Spans of at most so many cells."""
    total = sum(width(span.text) for span in spans)
    if total <= cells:
        return spans
    kept: list[Span] = []
    room = cells - width(ellipsis)
    for span in spans:
        taken = width(span.text)
        if taken > room:
            kept.append(span._replace(text=clip(span.text, max(room, 0), "")))
            break
        kept.append(span)
        room -= taken
    return [*kept, Span(ellipsis, Style.FAINT)] if cells > 0 else []


def _tinted(spans: Iterable[Span], tint: Tint, cursor: Spot | None) -> Iterable[tuple[str, Style, bool, Tint]]:
    """Spans with the tint behind each, split where the cursor begins and ends."""
    at = 0
    for text, style, strong in spans:
        rest = text
        for edge, behind in _edges(tint, cursor):
            part = rest if edge is None else clip(rest, max(edge - at, 0), "")
            if part:
                yield part, style, strong, behind
                at += width(part)
                rest = rest[len(part):]


def _edges(tint: Tint, cursor: Spot | None) -> tuple[tuple[int | None, Tint], ...]:
    if cursor is None:
        return ((None, tint),)
    return ((cursor.start, tint), (cursor.start + cursor.width, Tint.CURSOR), (None, tint))


def _padding(start: int, cells: int, tint: Tint, cursor: Spot | None, look: Look) -> Iterable[Segment]:
    """Empty cells from `start` to the end; the cursor may reach into them."""
    at = start
    for edge, behind in _edges(tint, cursor):
        stop = cells if edge is None else min(edge, cells)
        if stop > at:
            yield Segment(" " * (stop - at), look.blank(behind))
            at = stop


def changes(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """The cells in which two strips of the same width differ, as (first, count); near ones are joined."""
    if old is new or old == new:
        return []
    before, after = cells_of(old), cells_of(new)
    found: list[tuple[int, int]] = []
    for place in range(max(len(before), len(after))):
        if place < len(before) and place < len(after) and before[place] == after[place]:
            continue
        first = place
        while first > 0 and first < len(after) and not after[first][0]:
            first -= 1
        if found and first - (found[-1][0] + found[-1][1]) <= GAP:
            first = found[-1][0]
            found.pop()
        found.append((first, place - first + 1))
    return found


def cells_of(segments: Iterable[Segment]) -> list[Cell]:
    """Segments as one entry for each cell."""
    cells: list[Cell] = []
    for text, style, _ in segments:
        look = style or PLAIN
        if text.isascii():
            cells.extend((char, look) for char in text)
            continue
        for char in text:
            taken = cell_len(char)
            if not taken and cells:
                place = next((at for at in range(len(cells) - 1, -1, -1) if cells[at][0]), 0)
                cells[place] = (cells[place][0] + char, cells[place][1])
            elif taken:
                cells.append((char, look))
                cells.extend([("", look)] * (taken - 1))
    return cells
