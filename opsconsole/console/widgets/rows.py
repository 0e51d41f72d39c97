"""A few lines that stand still: headings, sentences, labels. As high as they are many, never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

from opsconsole.console.theme import look_of
from opsconsole.console.widgets.draw import strip_of
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size
    from textual.strip import Strip

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs


class Rows(Widget):
    """Shows lines, each cut to its width; see `FrameView` for `look` and `glyphs`."""

    DEFAULT_CSS = "Rows { height: auto; width: 1fr; }"

    def __init__(self, lines: Sequence[Line] = (), *, look: Look | None = None, glyphs: Glyphs = UNICODE,
                 id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._look = look
        self._glyphs = glyphs
        self.lines = tuple(lines)

    def show(self, lines: Sequence[Line]) -> None:
        """Other lines in place of these."""
        lines = tuple(lines)
        if lines != self.lines:
            higher = len(lines) != len(self.lines)
            self.lines = lines
            self.refresh(layout=higher)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - as Widget
        """The longest line."""
        return max((line.cells for line in self.lines), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - as Widget
        """One row for each line."""
        return len(self.lines)

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`."""
        line = self.lines[y] if y < len(self.lines) else BLANK
        return strip_of(line, self.size.width, self._look or look_of(self.app), ellipsis=self._glyphs.ellipsis)
