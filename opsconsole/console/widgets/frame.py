"""What the line widgets share: rows drawn one by one, and only the cells that differ drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region
from textual.scroll_view import ScrollView

from opsconsole.console.theme import look_of
from opsconsole.console.widgets.draw import changes, strip_of
from opsconsole.console.widgets.keys import left_to_screen
from opsconsole.console.widgets.scrollbar import scrollbar_for

if TYPE_CHECKING:
    from textual.strip import Strip

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs
    from opsconsole.core.lines import Line, Spot


class FrameView(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws rows of cells; a subclass says what stands on each row, and calls `sync` whenever that may have changed.

    Args:
        look: how to draw; None asks the app (`console.theme.HasLook`), each time.
        glyphs: for the ellipsis of lines that are too long, and the scrollbar.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    FrameView {
        background: $background;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        scrollbar-color: $scrollbar;
    }
    """

    def __init__(self, *, look: Look | None, glyphs: Glyphs, name: str | None, id: str | None,  # noqa: A002 - Textual's
                 classes: str | None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._look = look
        self.glyphs = glyphs
        self.cursor_hidden = False
        self._strips: dict[int, tuple[Line, Spot | None, Strip]] = {}
        self._drawn: tuple[Look, int] | None = None
        self._frame: list[Strip] = []

    @property
    def look(self) -> Look:
        """The look that it is drawn with now."""
        return self._look or look_of(self.app)

    @property
    def top(self) -> int:
        """The first row in view."""
        return self.scroll_offset.y

    @property
    def cells(self) -> int:
        """The width of its rows."""
        return self.scrollable_content_region.width

    @property
    def height(self) -> int:
        """How many rows are in view."""
        return self.scrollable_content_region.height

    def row_number(self, y: int) -> int:
        """The row at `y` of the view."""
        return self.top + y

    def row(self, number: int) -> tuple[Line, Spot | None]:
        """What stands on a row, and which cells of it the cursor tints."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`."""
        return self._strip(self.row_number(y))

    def _strip(self, number: int) -> Strip:
        return self._strip_as(number, self.look, self.cells)

    def _strip_as(self, number: int, look: Look, cells: int) -> Strip:
        if self._drawn is None or self._drawn[0] is not look or self._drawn[1] != cells:
            self._drawn = (look, cells)
            self._strips.clear()
        line, cursor = self.row(number)
        known = self._strips.get(number)
        if known is not None and known[1] == cursor and (known[0] is line or known[0] == line):
            return known[2]
        strip = strip_of(line, cells, look, cursor, self.glyphs.ellipsis)
        self._strips[number] = (line, cursor, strip)
        return strip

    def sync(self) -> None:
        """Refresh the cells that differ between the rows as they were and as they are now."""
        if not self.is_mounted:
            return
        height, old = self.height, self._frame
        numbers = [self.row_number(y) for y in range(height)]
        # Asked once: to find out both takes longer than all the rows that are as they were.
        look, cells = self.look, self.cells
        self._frame = [self._strip_as(number, look, cells) for number in numbers]
        if len(old) != height:
            self.refresh()
            return
        regions = [Region(first, y, count, 1) for y in range(height) if self._frame[y] is not old[y]
                   for first, count in changes(old[y], self._frame[y])]
        if regions:
            self.refresh(*regions)
        if len(self._strips) > 4 * height + 100:
            self._strips = {number: self._strips[number] for number in numbers}

    def forget(self) -> None:
        """Nothing drawn before is right any more."""
        self._strips.clear()
        self._frame = []

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling, too, draws only what differs."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self.sync()

    def notify_style_update(self) -> None:
        """Another theme."""
        super().notify_style_update()
        self.forget()

    def on_mount(self) -> None:
        """A scrollbar that every terminal can draw."""
        self.vertical_scrollbar.renderer = scrollbar_for(self.glyphs)  # type: ignore[misc]  # read from the instance

    def on_focus(self) -> None:
        """Show the cursor again."""
        self.cursor_hidden = False
        self.sync()

    def on_blur(self) -> None:
        """Hide the cursor when another part of the screen has one, but not when the whole terminal lost the focus."""
        self.cursor_hidden = self.screen.focused not in (None, self)
        self.sync()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that the screen binds itself are left to it."""
        return not left_to_screen(self, action) and super().check_action(action, parameters)

    def scroll_rows(self, top: float) -> None:
        """Bring a row to the top of the view, at once."""
        self.scroll_to(y=max(0, min(top, self.max_scroll_y)), animate=False, immediate=True)
