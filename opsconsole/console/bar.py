"""One line of the shell, drawn cell by cell: the top line and the footer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from opsconsole.console.theme import look_of
from opsconsole.console.widgets.draw import changes, strip_of
from opsconsole.core.lines import BLANK, Line

if TYPE_CHECKING:
    from collections.abc import Callable

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
        self._strip: Strip | None = None

    @property
    def line(self) -> Line:
        """What is shown."""
        return self._line

    def rebuild(self) -> None:
        """Make the line again; draws what differs."""
        cells = self.size.width
        if not cells:
            return
        self._line = self._build(cells)
        old, self._strip = self._strip, strip_of(self._line, cells, look_of(self.app))
        if old is None or old.cell_length != cells:
            self.refresh()
        elif regions := [Region(first, 0, count, 1) for first, count in changes(old, self._strip)]:
            self.refresh(*regions)

    def on_resize(self) -> None:
        """Another width needs another line."""
        self.rebuild()

    def notify_style_update(self) -> None:
        """Another theme draws the same line otherwise."""
        super().notify_style_update()
        self._strip = None

    def render_line(self, y: int) -> Strip:
        """The one row, filled up to the width."""
        look, cells = look_of(self.app), self.size.width
        if y:
            return Strip.blank(cells, look.blank())
        if self._strip is None:
            self._line = self._build(cells)
            self._strip = strip_of(self._line, cells, look)
        return self._strip

    def on_click(self, event: events.Click) -> None:
        """A click on a spot opens it."""
        for spot in self._line.spots:
            if spot.start <= event.x < spot.start + spot.width:
                event.stop()
                self.post_message(self.Clicked(spot.target))
                return
