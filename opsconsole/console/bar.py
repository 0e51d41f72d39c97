"""One line of the shell, drawn cell by cell: the top line and the footer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from opsconsole.console.theme import Look, look_of
from opsconsole.core.lines import BLANK, Line, Style, Tint
from opsconsole.core.text import harmless, width

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style as RichStyle
    from textual import events


class Bar(Widget, can_focus=False):
    """A line that is made for the width there is; only cells that changed are drawn again.

    Args:
        build: makes the line for a number of cells.
    """

    DEFAULT_CSS: ClassVar[str] = "Bar { height: 1; }"

    @dataclass
    class Clicked(Message):
        """Somebody clicked a spot of the line."""

        target: str

    def __init__(self, build: Callable[[int], Line], *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._build = build
        self._line: Line = BLANK
        self._look: Look | None = None

    @property
    def line(self) -> Line:
        """What is shown."""
        return self._line

    def rebuild(self) -> None:
        """Make the line again; draws what differs."""
        cells = self.size.width
        if not cells:
            return
        old, self._line = self._line, self._build(cells)
        look = look_of(self.app)
        if look is not self._look:
            self._look = look
            self.refresh()
        elif (changed := changed_cells(old, self._line)) is not None:
            start, end = changed
            self.refresh(Region(start, 0, min(end, cells) - start, 1))

    def on_resize(self) -> None:
        """Another width needs another line."""
        self._look = None
        self.rebuild()

    def render_line(self, y: int) -> Strip:
        """The one row, filled up to the width."""
        cells = self.size.width
        look = look_of(self.app)
        if y:
            return Strip.blank(cells, look.style())
        return strip_of(self._line, look, cells)

    def on_click(self, event: events.Click) -> None:
        """A click on a spot opens it."""
        for spot in self._line.spots:
            if spot.start <= event.x < spot.start + spot.width:
                event.stop()
                self.post_message(self.Clicked(spot.target))
                return


def strip_of(line: Line, look: Look, cells: int) -> Strip:
    """A line as exactly `cells` drawn cells; foreign text is made harmless once more."""
    segments = [Segment(harmless(span.text), look.style(span.style, span.strong, line.tint)) for span in line.spans]
    ground: RichStyle = look.style(Style.TEXT, False, line.tint)
    return Strip(segments).adjust_cell_length(cells, ground)


def changed_cells(old: Line, new: Line) -> tuple[int, int] | None:
    """First and last-but-one changed cell of two lines; None when they look the same."""
    if old.spans == new.spans and old.tint == new.tint:
        return None
    before, after = _cells(old), _cells(new)
    length = max(len(before), len(after))
    before += [("", Style.TEXT, False, Tint.NONE)] * (length - len(before))
    after += [("", Style.TEXT, False, Tint.NONE)] * (length - len(after))
    differing = [at for at in range(length) if before[at] != after[at]]
    if not differing:
        return None
    return max(0, differing[0] - 1), differing[-1] + 2


def _cells(line: Line) -> list[tuple[str, Style, bool, Tint]]:
    """One entry per cell; of a wide character the second is empty."""
    cells: list[tuple[str, Style, bool, Tint]] = []
    for span in line.spans:
        for character in span.text:
            taken = width(character)
            if taken == 0 and cells:
                cells[-1] = (cells[-1][0] + character, *cells[-1][1:])
            elif taken:
                cells.append((character, span.style, span.strong, line.tint))
                cells += [("", span.style, span.strong, line.tint)] * (taken - 1)
    return cells
