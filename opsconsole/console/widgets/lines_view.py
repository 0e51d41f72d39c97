"""A page of lines that scrolls, with a cursor over the parts that can be opened.

It writes only what changed: over SSH, the cells of some figures and not whole lines. Give it the look, or an app
with the attribute `look` (`console.theme.HasLook`); it asks each time it draws, so a new theme needs no call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView

from opsconsole.console import actions as registry
from opsconsole.console.theme import look_of
from opsconsole.console.widgets.draw import changes, strip_of
from opsconsole.console.widgets.keys import bindings, left_to_screen
from opsconsole.console.widgets.scrollbar import scrollbar_for
from opsconsole.console.widgets.spots import Place, Spots
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line, Span, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.strip import Strip

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs

NOTHING_HERE = (Line((Span("Nothing here.", Style.MUTED),)),)


class LinesView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows lines; moves a cursor over their spots; posts what the cursor stands on and what is opened.

    Args:
        lines: the first page.
        empty: what to show when there are no lines.
        look: how to draw; None asks the app.
        glyphs: for the ellipsis of lines that are too long, and the scrollbar.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar = [
        *bindings((registry.DOWN, registry.UP, registry.LEFT, registry.RIGHT, registry.TOP, registry.BOTTOM,
                   registry.PAGE_DOWN, registry.PAGE_UP, registry.OPEN)),
        Binding("tab", "next_column", show=False),
        Binding("shift+tab", "previous_column", show=False),
    ]
    DEFAULT_CSS = """
    LinesView {
        background: $background;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
    }
    """

    @dataclass
    class Moved(Message):
        """The cursor stands on another target; empty when it stands on nothing."""

        view: LinesView
        target: str

        @property
        def control(self) -> LinesView:
            """The view, for `@on` selectors."""
            return self.view

    @dataclass
    class Opened(Message):
        """What the cursor stands on is to be opened."""

        view: LinesView
        target: str

        @property
        def control(self) -> LinesView:
            """The view, for `@on` selectors."""
            return self.view

    def __init__(self, lines: Sequence[Line] = (), *, empty: Sequence[Line] = NOTHING_HERE, look: Look | None = None,
                 glyphs: Glyphs = UNICODE, name: str | None = None, id: str | None = None,  # noqa: A002 - Textual's
                 classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._look = look
        self._glyphs = glyphs
        self._empty = tuple(empty)
        self._lines: tuple[Line, ...] = tuple(lines)
        self._spots = Spots(self._lines)
        self._cursor: Place | None = self._spots.first
        self._column = self._spots.column_of(self._cursor.spot) if self._cursor else 0
        self._cursor_hidden = False
        self._strips: dict[int, tuple[Line, Place | None, Strip]] = {}
        self._drawn: tuple[Look, int] | None = None
        self._frame: list[Strip] = []

    @property
    def look(self) -> Look:
        """The look that it is drawn with now."""
        return self._look or look_of(self.app)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The page as it was given."""
        return self._lines

    @property
    def target(self) -> str:
        """What the cursor stands on; empty when on nothing."""
        return self._cursor.spot.target if self._cursor else ""

    def show(self, lines: Sequence[Line], *, empty: Sequence[Line] | None = None) -> None:
        """Put another page in place of this one; only the cells that differ are drawn.

        The cursor stays on its target wherever that is now, or goes to the nearest spot if it is gone.
        """
        if empty is not None:
            self._empty = tuple(empty)
        self._lines = tuple(lines)
        self._spots = Spots(self._lines)
        old, target = self._cursor, self.target
        if old is None:
            self._cursor = self._spots.first
        else:
            self._cursor = self._spots.find(target, old) or self._spots.nearest(old)
        if self._cursor is not None:
            self._column = self._spots.column_of(self._cursor.spot, self._column)
        self._resize()
        if old is not None and self._cursor is not None and self._cursor.row != old.row and self._in_view(old.row):
            self._reveal(self._cursor)
        self._sync()
        if self.target != target:
            self.post_message(self.Moved(self, self.target))

    def stand_on(self, target: str) -> bool:
        """Move the cursor to a target; False when it is not on this page."""
        place = self._spots.find(target, self._cursor)
        if place is None:
            return False
        self._go(place, keep_column=False)
        return True

    # Drawing

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`."""
        return self._strip(self.scroll_offset.y + y)

    def _page(self) -> tuple[Line, ...]:
        return self._lines or self._empty

    def _strip(self, row: int) -> Strip:
        look, width = self.look, self.scrollable_content_region.width
        if self._drawn is None or self._drawn[0] is not look or self._drawn[1] != width:
            self._drawn = (look, width)
            self._strips.clear()
        page = self._page()
        line = page[row] if row < len(page) else BLANK
        cursor = None if self._cursor_hidden else self._cursor
        here = cursor if cursor is not None and cursor.row == row else None
        known = self._strips.get(row)
        if known is not None and known[0] == line and known[1] == here:
            return known[2]
        strip = strip_of(line, width, look, here.spot if here else None, self._glyphs.ellipsis)
        self._strips[row] = (line, here, strip)
        return strip

    def _sync(self) -> None:
        """Refresh the cells that differ between what was asked to be drawn before and what is to be seen now."""
        if not self.is_mounted:
            return
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        old = self._frame
        self._frame = [self._strip(top + y) for y in range(height)]
        if len(old) != height:
            self.refresh()
            return
        regions = [Region(first, y, count, 1) for y in range(height) if self._frame[y] is not old[y]
                   for first, count in changes(old[y], self._frame[y])]
        if regions:
            self.refresh(*regions)
        for row in [row for row in self._strips if not top - height <= row <= top + 2 * height]:
            del self._strips[row]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling, too, draws only what differs."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self._sync()

    def _resize(self) -> None:
        size = Size(0, max(len(self._page()), self.container_size.height))
        if size != self.virtual_size:
            self.virtual_size = size

    def on_mount(self) -> None:
        """Make room for the first page."""
        self.vertical_scrollbar.renderer = scrollbar_for(self._glyphs)  # type: ignore[misc]  # read from it
        self._resize()

    def on_resize(self) -> None:
        """Draw everything anew, with the cursor in view."""
        self._resize()
        self._frame = []
        self._sync()
        if self._cursor is not None:
            self._reveal(self._cursor)

    def notify_style_update(self) -> None:
        """Another theme: nothing drawn before is right any more."""
        super().notify_style_update()
        self._strips.clear()
        self._frame = []

    def on_focus(self) -> None:
        """Show the cursor again."""
        self._cursor_hidden = False
        self._sync()

    def on_blur(self) -> None:
        """Hide the cursor when another part of the screen has one, but not when the whole terminal lost the focus."""
        self._cursor_hidden = self.screen.focused not in (None, self)
        self._sync()

    # Moving

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that the screen binds itself are left to it."""
        return not left_to_screen(self, action) and super().check_action(action, parameters)

    def action_down(self) -> None:
        """To the next spot below in this column, else scroll on."""
        self._step(1)

    def action_up(self) -> None:
        """To the next spot above in this column, else scroll back."""
        self._step(-1)

    def action_left(self) -> None:
        """To the column left of this one."""
        self._sideways(-1)

    def action_right(self) -> None:
        """To the column right of this one."""
        self._sideways(1)

    def action_next_column(self) -> None:
        """To the column right of this one, from the last to the first; with one column, tab goes its usual way."""
        if not self._sideways(1, wrap=True):
            raise SkipAction

    def action_previous_column(self) -> None:
        """The other way round."""
        if not self._sideways(-1, wrap=True):
            raise SkipAction

    def action_top(self) -> None:
        """To the first spot, and the first line into view."""
        if self._spots.first is not None:
            self._go(self._spots.first, keep_column=False)
        self._scroll(0)

    def action_bottom(self) -> None:
        """To the last spot, and the last line into view."""
        if self._spots.last is not None:
            self._go(self._spots.last, keep_column=False)
        self._scroll(self.max_scroll_y)

    def action_page_down(self) -> None:
        """One page of lines further down."""
        self._turn(1)

    def action_page_up(self) -> None:
        """One page of lines further up."""
        self._turn(-1)

    def action_open(self) -> None:
        """Open what the cursor stands on."""
        if self._cursor is not None:
            self.post_message(self.Opened(self, self.target))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, one on the cursor opens; so a double click opens, too."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        place = self._spots.at(self.scroll_offset.y + offset.y, offset.x)
        if place is None:
            return
        event.stop()
        if place == self._cursor:
            self.action_open()
        else:
            self._go(place, keep_column=False)

    def _step(self, step: int) -> None:
        if self._cursor is None:
            self._scroll(self.scroll_offset.y + step)
            return
        place = self._spots.vertical(self._cursor, self._column, step)
        if place == self._cursor:
            self._scroll(self.scroll_offset.y + step)
        else:
            self._go(place)

    def _sideways(self, step: int, *, wrap: bool = False) -> bool:
        if self._cursor is None:
            return False
        place = self._spots.horizontal(self._cursor, self._column, step, wrap=wrap)
        if place == self._cursor:
            return False
        self._go(place, keep_column=False)
        return True

    def _turn(self, step: int) -> None:
        rows = step * max(1, self.scrollable_content_region.height - 1)
        self._scroll(self.scroll_offset.y + rows)
        if self._cursor is not None:
            self._go(self._spots.within(self._cursor, self._column, rows))

    def _go(self, place: Place, *, keep_column: bool = True) -> None:
        target = self.target
        self._cursor = place
        self._column = self._spots.column_of(place.spot, self._column if keep_column else None)
        self._reveal(place)
        self._sync()
        if self.target != target:
            self.post_message(self.Moved(self, self.target))

    def _in_view(self, row: int) -> bool:
        return self.scroll_offset.y <= row < self.scroll_offset.y + self.scrollable_content_region.height

    def _reveal(self, place: Place) -> None:
        """Scroll as little as shows the row; at the first and the last spot also what stands above and below it."""
        top, height, row = self.scroll_offset.y, self.scrollable_content_region.height, place.row
        if self._spots.first is not None and row == self._spots.first.row and row < height:
            top = 0
        elif self._spots.last is not None and row == self._spots.last.row and len(self._page()) - row <= height:
            top = max(top, len(self._page()) - height)
        self._scroll(min(row, max(top, row - height + 1)))

    def _scroll(self, top: float) -> None:
        self.scroll_to(y=max(0, min(top, self.max_scroll_y)), animate=False, immediate=True)
