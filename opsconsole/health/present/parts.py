"""What the pages of health are put together from: rows that know how much they matter, columns, small phrases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Spot, Style, fit
from opsconsole.core.text import clip, width
from opsconsole.core.view import MARGIN, View, framed, left

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.health.model import Host

__all__ = ["AIR", "GUTTER", "KEEP", "MARGIN", "Block", "Row", "View", "bar", "column", "content", "cores", "figure",
           "framed", "heading", "left", "percent", "rate", "short_system", "sign_of", "size", "subject", "tail"]

GUTTER = 2
"""Cells at the left of a row for the sign of its level, or its number."""
KEEP = 0
"""The rank of a row that is never left out."""
AIR = 340
"""The rank of the blank lines between sections: what ranks lower is worth more than they are."""

_SUBJECTS = {"cpu": "CPU", "memory": "Memory", "swap": "Swap", "load": "Load", "iowait:cpu": "I/O wait",
             "steal:cpu": "Steal", "cpu:pressure": "CPU pressure", "memory:pressure": "Memory pressure",
             "io:pressure": "I/O pressure", "files": "Open files", "clock": "Clock", "units": "Units",
             "oom": "OOM kill", "pressure": "Pressure", "processes": "Processes", "updates": "Updates",
             "reboot": "Reboot"}


class Row(NamedTuple):
    """One or more lines that stay together.

    When there is not enough room, the rows with the highest rank are left out first, and those of rank KEEP never.
    """

    lines: tuple[Line, ...]
    rank: int = KEEP


class Block(NamedTuple):
    """A heading and its rows; `things` names what can be left out: `mounts`."""

    heading: Line | None
    rows: tuple[Row, ...]
    things: str = ""
    apart: bool = True
    """Whether a blank line separates it from what is above."""
    always: bool = False
    """Whether the heading is there without any row."""


class _Fitting:
    """Blocks below each other, of which rows can be taken away and given back."""

    def __init__(self, blocks: Sequence[Block], view: View) -> None:
        self.blocks, self.view = blocks, view
        self.kept = [list(block.rows) for block in blocks]
        self.tight = False

    def lines(self) -> list[Line]:
        found: list[Line] = []
        left_out: list[str] = []
        for block, rows in zip(self.blocks, self.kept, strict=True):
            if block.things and len(rows) < len(block.rows):
                left_out.append(_counted(len(block.rows) - len(rows), block.things))
            if not rows and not (block.always and block.heading is not None):
                continue
            if found and block.apart and not self.tight:
                found.append(Line())
            found += [block.heading] if block.heading is not None else []
            found += [one for row in rows for one in row.lines]
        if left_out:
            more = f"+{f' {self.view.glyphs.dot} '.join(left_out)} not shown"
            found.append(content(self.view, [Span(more, Style.FAINT)]))
        return found

    def size(self) -> int:
        """How many lines `lines` would return, without making them."""
        total = 0
        left_out = False
        for block, rows in zip(self.blocks, self.kept, strict=True):
            left_out = left_out or bool(block.things and len(rows) < len(block.rows))
            if not rows and not (block.always and block.heading is not None):
                continue
            total += bool(total and block.apart and not self.tight) + (block.heading is not None)
            total += sum(len(row.lines) for row in rows)
        return total + left_out

    def drop(self, height: int, above: int) -> list[tuple[int, Row]]:
        """Leave out rows, the highest rank first and only above a rank, until it fits; returns them in that order."""
        dropped = []
        while self.size() > height:
            rank, place = max(((row.rank, place) for place, rows in enumerate(self.kept) for row in rows),
                              default=(KEEP, 0))
            if rank <= above:
                break
            index = max(index for index, row in enumerate(self.kept[place]) if row.rank == rank)
            dropped.append((place, self.kept[place].pop(index)))
        return dropped

    def give_back(self, height: int, dropped: Sequence[tuple[int, Row]]) -> None:
        """Put rows back for which there is room after all, the most important first, in their order."""
        for place, row in reversed(dropped):
            before = self.kept[place]
            wanted = [*before, row]
            self.kept[place] = [one for one in self.blocks[place].rows if any(one is other for other in wanted)]
            if self.size() > height:
                self.kept[place] = before


def column(blocks: Sequence[Block], height: int | None, view: View) -> list[Line]:
    """Blocks below each other with a blank line between, in `height` lines if rows may be left out for it."""
    fitting = _Fitting(blocks, view)
    if height is None:
        return fitting.lines()
    dropped = fitting.drop(height, AIR)
    if fitting.size() > height:
        fitting.tight = True
        dropped += fitting.drop(height, KEEP)
    fitting.give_back(height, dropped)
    return fitting.lines()


def size(blocks: Sequence[Block], view: View) -> int:
    """How many lines blocks take when nothing is left out."""
    return _Fitting(blocks, view).size()


def _counted(number: int, things: str) -> str:
    return f"{number} {things.removesuffix('s') if number == 1 else things}"


def content(view: View, spans: Iterable[Span | str], *, sign: Span | None = None, target: str = "") -> Line:
    """One row of a column: a gutter with a sign or nothing, then the spans, cut to the column."""
    gutter = (sign, Span(" " * (GUTTER - width(sign.text)))) if sign is not None else (Span(" " * GUTTER),)
    parts = [part if isinstance(part, Span) else Span(part) for part in spans if part]
    shown = fit((*gutter, *(part for part in parts if part.text)), view.cells, view.glyphs.ellipsis)
    return Line(shown, spots=(Spot(target, 0, view.cells),) if target else ())


def heading(view: View, title: str, about: Iterable[Span | str] = (), right: Iterable[Span] = ()) -> Line:
    """A section's heading: a word, something about it, and something at the right end."""
    parts = [part if isinstance(part, Span) else Span(part, Style.MUTED) for part in about]
    left = [*([Span(title, Style.MUTED)] if title else []), *([Span("  ")] if title and parts else []), *parts]
    end = tuple(right)
    taken = sum(width(span.text) for span in end)
    shown = fit(left, max(0, view.cells - taken), view.glyphs.ellipsis)
    return Line((*shown, *fit(end, min(taken, view.cells), view.glyphs.ellipsis)))


def sign_of(view: View, level: Level) -> Span | None:
    """The sign in the gutter; what is well has none."""
    return None if level is Level.OK else Span(view.glyphs.level(level), LEVEL_STYLES[level], strong=True)


def figure(text: str, level: Level, cells: int) -> Span:
    """A number at the right end of its cells, in the colour of its level."""
    style = Style.TEXT if level is Level.OK else LEVEL_STYLES[level]
    return Span(fmt.right(text, cells), style, strong=True)


def bar(view: View, value: float | None, cells: int, level: Level) -> tuple[Span, Span]:
    """A bar in the colour of its level with a faint rest."""
    full, empty = fmt.bar(value, cells, view.glyphs)
    return Span(full, LEVEL_STYLES[level]), Span(empty, Style.FAINT)


def tail(text: str, cells: int, view: View) -> str:
    """Text of at most `cells` cells that keeps its end, where paths differ; whole folders where they fit."""
    if width(text) <= cells:
        return text
    # In ASCII the sign for "shortened" is the one that means "home" at the start of a path.
    sign = ".." if view.ascii_only else view.glyphs.ellipsis
    folders = text.split("/")
    for start in range(1, len(folders)):
        shown = f"{sign}/{'/'.join(folders[start:])}"
        if folders[start] and width(shown) <= cells:
            return shown
    kept = text
    while kept and width(sign + kept) > cells:
        kept = kept[1:]
    return clip(sign + kept, cells, "")


def percent(value: float | None, view: View) -> str:
    """A share, or the dash."""
    return fmt.or_dash(value, fmt.percent, view.glyphs)


def rate(value: float | None, view: View) -> str:
    """Bytes per second, or the dash."""
    return fmt.or_dash(value, fmt.rate, view.glyphs)


def subject(target: str) -> str:
    """What a target is called on a page; still foreign text."""
    if target in _SUBJECTS:
        return _SUBJECTS[target]
    kind, _, name = target.partition(":")
    if kind == "inodes":
        return f"{name} inodes"
    return name or target


def short_system(host: Host) -> str:
    """`Debian 12` for `Debian GNU/Linux 12 (bookworm)`."""
    name = re.sub(r"\s*\([^)]*\)", "", host.system.replace("GNU/Linux", " "))
    return " ".join(name.split())


def cores(number: int) -> str:
    """`1 core`, `4 cores`."""
    return f"{number} core{'' if number == 1 else 's'}"
