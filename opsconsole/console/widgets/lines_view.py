"""A page of lines that scrolls, with a cursor over the parts that can be opened.

It writes only what changed: over SSH, the cells of some figures and not whole lines. Give it the look, or an app
with the attribute `look` (`console.theme.HasLook`); it asks each time it draws, so a new theme needs no call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message

from opsconsole.console import actions as registry
from opsconsole.console.widgets.frame import FrameView
from opsconsole.console.widgets.keys import bindings
from opsconsole.console.widgets.spots import Place, Spots
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line, Span, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs
    from opsconsole.core.lines import Spot

NOTHING_HERE = (Line((Span("Nothing here.", Style.MUTED),)),)


class LinesView(FrameView):
    """Shows lines; moves a cursor over their spots; posts what the cursor stands on and what is opened.

    Args:
        lines: the first page.
        empty: what to show when there are no lines.
        look: how to draw; None asks the app.
        glyphs: for the ellipsis of lines that are too long, and the scrollbar.
    """

    BINDINGS: ClassVar = [
        *bindings((registry.DOWN, registry.UP, registry.LEFT, registry.RIGHT, registry.TOP, registry.BOTTOM,
                   registry.PAGE_DOWN, registry.PAGE_UP, registry.OPEN)),
        Binding("tab", "next_column", show=False),
        Binding("shift+tab", "previous_column", show=False),
    ]
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
        super().__init__(look=look, glyphs=glyphs, name=name, id=id, classes=classes)
        self._empty = tuple(empty)
        self._lines: tuple[Line, ...] = tuple(lines)
        self._spots = Spots(self._lines)
        self._cursor: Place | None = self._spots.first
        self._column = self._spots.column_of(self._cursor.spot) if self._cursor else 0

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
        self.sync()
        if self.target != target:
            self.post_message(self.Moved(self, self.target))

    def stand_on(self, target: str) -> bool:
        """Move the cursor to a target, of several the first; False when it is not on this page."""
        place = self._spots.find(target)
        if place is None:
            return False
        self._go(place, keep_column=False)
        return True

    # Drawing

    def _page(self) -> tuple[Line, ...]:
        return self._lines or self._empty

    def row(self, number: int) -> tuple[Line, Spot | None]:
        """See `FrameView.row`."""
        page = self._page()
        here = self._cursor is not None and self._cursor.row == number and not self.cursor_hidden
        return (page[number] if number < len(page) else BLANK,
                self._cursor.spot if self._cursor is not None and here else None)

    def _resize(self) -> None:
        size = Size(0, max(len(self._page()), self.container_size.height))
        if size != self.virtual_size:
            self.virtual_size = size

    def on_mount(self) -> None:
        """Make room for the first page."""
        self._resize()

    def on_resize(self) -> None:
        """Draw everything anew, with the cursor in view."""
        self._resize()
        self.forget()
        self.sync()
        if self._cursor is not None:
            self._reveal(self._cursor)

    # Moving

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
        self.scroll_rows(0)

    def action_bottom(self) -> None:
        """To the last spot, and the last line into view."""
        if self._spots.last is not None:
            self._go(self._spots.last, keep_column=False)
        self.scroll_rows(self.max_scroll_y)

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
        place = self._spots.at(self.top + offset.y, offset.x)
        if place is None:
            return
        event.stop()
        if place == self._cursor:
            self.action_open()
        else:
            self._go(place, keep_column=False)

    def _step(self, step: int) -> None:
        if self._cursor is None:
            self.scroll_rows(self.top + step)
            return
        place = self._spots.vertical(self._cursor, self._column, step)
        if place == self._cursor:
            self.scroll_rows(self.top + step)
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
        rows = step * max(1, self.height - 1)
        self.scroll_rows(self.top + rows)
        if self._cursor is not None:
            self._go(self._spots.within(self._cursor, self._column, rows))

    def _go(self, place: Place, *, keep_column: bool = True) -> None:
        target = self.target
        self._cursor = place
        self._column = self._spots.column_of(place.spot, self._column if keep_column else None)
        self._reveal(place)
        self.sync()
        if self.target != target:
            self.post_message(self.Moved(self, self.target))

    def _in_view(self, row: int) -> bool:
        return self.top <= row < self.top + self.height

    def _reveal(self, place: Place) -> None:
        """Scroll as little as shows the row; at the first and the last spot also what stands above and below it."""
        top, height, row = self.top, self.height, place.row
        if self._spots.first is not None and row == self._spots.first.row and row < height:
            top = 0
        elif self._spots.last is not None and row == self._spots.last.row and len(self._page()) - row <= height:
            top = max(top, len(self._page()) - height)
        self.scroll_rows(min(row, max(top, row - height + 1)))
