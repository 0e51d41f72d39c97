"""A list of any length: it asks its source for the pages that are looked at, and never waits for them.

Rows whose page is on its way show `…`. A jump through a hundred pages asks for the last one only; an answer that
comes after a reload is thrown away. The cursor stays on its row, by key, wherever a reload moves it.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Size
from textual.message import Message
from textual.worker import WorkerCancelled

from opsconsole.console import actions as registry
from opsconsole.console.widgets.frame import FrameView
from opsconsole.console.widgets.keys import bindings
from opsconsole.console.widgets.pages import (
    PAGE,
    SIGNS,
    Column,
    ListRow,
    Pages,
    RowSource,
    failure,
    header,
    laid,
    placeholder,
    widths,
)
from opsconsole.core.errors import OpsError
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.worker import Worker

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs

__all__ = ["Column", "ListRow", "RowSource", "VirtualList"]

NOTHING_HERE = (Line((Span("Nothing here.", Style.MUTED),)),)
HEADER = -1
INDENT = Span(" " * SIGNS)

log = logging.getLogger(__name__)


class VirtualList(FrameView):
    """A list with a fixed header over the pages of a source.

    Args:
        columns: what stands beside what.
        source: where the rows come from; its errors are shown, and `reload` asks again.
        empty: what to show when there are no rows: say what to do.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings((*registry.MOVES, registry.OPEN))

    @dataclass
    class FromList(Message):
        """What every message of a list tells."""

        list: VirtualList

        @property
        def control(self) -> VirtualList:
            """The list, for `@on` selectors."""
            return self.list

    @dataclass
    class Moved(FromList):
        """The cursor stands on another row; empty when it stands on none, or on one that is still on its way."""

        key: str

    @dataclass
    class Opened(FromList):
        """The row under the cursor is to be opened."""

        key: str

    @dataclass
    class Marked(FromList):
        """Rows were marked, or lost their mark; `VirtualList.marks` has the keys."""

    @dataclass
    class Failed(FromList):
        """The source could not be read; rows that were known are still shown."""

        error: OpsError

    def __init__(self, columns: Sequence[Column], source: RowSource, *, empty: Sequence[Line] = NOTHING_HERE,
                 look: Look | None = None, glyphs: Glyphs = UNICODE, name: str | None = None,
                 id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(look=look, glyphs=glyphs, name=name, id=id, classes=classes)
        self._columns = tuple(columns)
        self._source = source
        self._empty = tuple(empty)
        self._pages, self._index = Pages(), 0
        self._key = ""
        self._go_to: tuple[str, int | None] = "", None
        self._marks: set[str] = set()
        self._error: OpsError | None = None
        self._generation = 0
        self._known = self._loading = self._reloading = self._again = self._anew = False
        self._reload_worker: Worker[None] | None = None
        self._room: tuple[int, tuple[int, ...]] = (-1, ())

    @property
    def count(self) -> int:
        """How many rows the source had when it was last asked."""
        return self._pages.count

    @property
    def key(self) -> str:
        """The key of the row under the cursor; empty while there is none or it is on its way."""
        return self._key

    @property
    def index(self) -> int:
        """The row number of the cursor."""
        return self._index

    @property
    def marks(self) -> frozenset[str]:
        """The keys of the marked rows, whether in view or not."""
        return frozenset(self._marks)

    def go_to(self, key: str, *, above: int | None = None) -> None:
        """Read everything again, and put the cursor on the row with this key, if there is one; `above` it some rows."""
        self._go_to = key, above
        self.reload()

    def clear_marks(self) -> None:
        """Take all marks away."""
        self._marks.clear()
        self._changed()
        self.post_message(self.Marked(self))

    def mark(self, keys: Iterable[str]) -> None:
        """Mark rows by their keys, whether in view or not."""
        self._marks.update(keys)
        self._changed()
        self.post_message(self.Marked(self))

    def show_source(self, source: RowSource, *, quiet: bool = False, empty: Sequence[Line] | None = None) -> None:
        """Show another list, from its start: another filter, another view.

        With `quiet`, what is shown stays until the new rows are there: so that nothing flickers while one types.
        """
        self._empty = self._empty if empty is None else tuple(empty)
        self._source, self._anew = source, quiet and self._known
        if self._anew:
            self.reload()
            return
        self._index, self._key, self._known, self._error = 0, "", False, None
        self._pages = Pages()
        self._generation += 1
        self.scroll_rows(0)
        self._changed()
        self.reload()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Other columns, or other titles; rows that the source gives from now on have cells for them."""
        if (columns := tuple(columns)) != self._columns:
            self._columns = columns
            self._room = (-1, ())
            self.sync()

    def reload(self) -> None:
        """Ask the source again; what is shown stays until the new rows are there. Calls coalesce."""
        self._again = True
        if not self._reloading and self.is_attached:
            self._reloading = True
            self._reload_worker = self.run_worker(self._reload(), group="reload", exit_on_error=True)

    async def caught_up(self) -> None:
        """Wait until what was asked for last is shown: only then is the row under the cursor the one that is meant."""
        if self._reload_worker is not None:
            with suppress(WorkerCancelled):
                await self._reload_worker.wait()

    # Asking the source

    async def _reload(self) -> None:
        try:
            while self._again:
                self._again = False
                await self._reload_once()
        except OpsError as error:
            log.warning("list not read: %s", error)
            self._error = error
            self.post_message(self.Failed(self, error))
        finally:
            self._reloading = False
            self._changed()

    async def _reload_once(self) -> None:
        source, anew = self._source, self._anew
        (wanted, above), self._go_to = self._go_to, ("", None)
        key, old = wanted or ("" if anew else self._key), 0 if anew else self._index
        count, found = await source.count(), await source.position(key) if key else None
        index = max(0, min(old if found is None else found, count - 1))
        top = 0 if anew and above is None else self._top_for(index, count, above)
        fresh = Pages(count)
        while (page := fresh.missing(top, top + self.height - 2, ahead=0)) is not None:
            fresh.put(page, await source.rows(page * PAGE, PAGE))
        if source is not self._source:
            return
        moved = 0 if anew or wanted else self._index - old
        self._anew = False
        self._pages, self._known, self._error = fresh, True, None
        self._generation += 1
        self._index = max(0, min(index + moved, count - 1))
        self._resize()
        self.scroll_rows(top + moved)
        self._changed()

    def _top_for(self, index: int, count: int, above: int | None) -> int:
        """The first row in view when the cursor goes to another index: it stays at its height on the screen.

        A view of the very beginning stays there, so that what is new on top is seen. See `go_to` for `above`.
        """
        stays = 0 if self.top == 0 and index < self.height - 1 else self.top + index - self._index
        return max(0, min(stays if above is None else index - above, count + 1 - self.height))

    def _ask(self) -> None:
        """Have what is in view fetched, unless that is being done."""
        if not self._loading and self._error is None and self._wanted() is not None and self.is_attached:
            self._loading = True
            self.run_worker(self._load(), group="pages", exit_on_error=True)

    def _wanted(self) -> int | None:
        known = self._known and not self._anew
        return self._pages.missing(self.top, self.top + self.height - 2) if known else None

    async def _load(self) -> None:
        try:
            while (page := self._wanted()) is not None:
                generation = self._generation
                rows = await self._source.rows(page * PAGE, PAGE)
                if generation == self._generation:
                    self._pages.put(page, rows)
                    self._changed(ask=False)
        except OpsError as error:
            log.warning("rows not read: %s", error)
            self._error = error
            self.post_message(self.Failed(self, error))
            self.sync()
        finally:
            self._loading = False

    def _changed(self, *, ask: bool = True) -> None:
        """Draw what is known now, say where the cursor is, and ask for what is missing."""
        row = self._pages.row(self._index)
        key = row.key if row else ""
        if key != self._key and (row or not self.count):
            self._key = key
            self.post_message(self.Moved(self, key))
        self.sync()
        if ask:
            self._ask()

    # Drawing

    def row_number(self, y: int) -> int:
        """The header stands still; rows begin below it."""
        return HEADER if y == 0 else self.top + y - 1

    def row(self, number: int) -> tuple[Line, Spot | None]:
        """See `FrameView.row`."""
        if not self._known or not self.count:
            notice = self._notice()
            return (notice[number] if 0 <= number < len(notice) else BLANK), None
        room = self._widths()
        if number == HEADER:
            return header(self._columns, room, self.glyphs.ellipsis), None
        if number >= self.count:
            return BLANK, None
        cursor = Spot("", 0, self.cells) if number == self._index and not self.cursor_hidden else None
        row = self._pages.row(number)
        if row is None:
            there = self._pages.known(number)
            return BLANK if there else placeholder(self._columns, room, self.glyphs.ellipsis), cursor
        mark = self.glyphs.done if row.key in self._marks else " "
        return laid(row.cells, self._columns, room, self.glyphs.ellipsis, Span(mark, Style.ACCENT), row.tint), cursor

    def _notice(self) -> tuple[Line, ...]:
        """What is shown in place of rows."""
        if self._error is not None:
            return failure(self._error, self.cells, self.glyphs.critical)
        lines = self._empty if self._known else (Line((Span(f"Loading {self.glyphs.ellipsis}", Style.MUTED),)),)
        return tuple(Line((INDENT, *line.spans)) for line in lines)

    def _widths(self) -> tuple[int, ...]:
        if self._room[0] != self.cells:
            self._room = (self.cells, widths(self._columns, self.cells))
        return self._room[1]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled, by key or by wheel: new rows are in view."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._ask()

    def _resize(self) -> None:
        size = Size(0, max(self.count + 1, self.container_size.height))
        if size != self.virtual_size:
            self.virtual_size = size

    def on_mount(self) -> None:
        """Ask for the first rows."""
        self.reload()

    def on_resize(self) -> None:
        """Draw everything anew, with the cursor in view."""
        self._resize()
        self.forget()
        self._reveal()
        self._changed()

    # Moving

    def action_down(self) -> None:
        """To the next row."""
        self.move_to(self._index + 1)

    def action_up(self) -> None:
        """To the row before."""
        self.move_to(self._index - 1)

    def action_top(self) -> None:
        """To the first row."""
        self.move_to(0)

    def action_bottom(self) -> None:
        """To the last row."""
        self.move_to(self.count - 1)

    def action_page_down(self) -> None:
        """One page further down."""
        self._turn(1)

    def action_page_up(self) -> None:
        """One page further up."""
        self._turn(-1)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self._key:
            self.post_message(self.Opened(self, self._key))

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go on; for screens that do something with marks."""
        if not self._key:
            return
        self._marks ^= {self._key}
        self.post_message(self.Marked(self))
        self.sync()
        self.move_to(self._index + 1)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row by its number, the nearest one there is, and bring it into view."""
        if not self.count:
            return
        self._index = max(0, min(index, self.count - 1))
        self._reveal()
        if self._pages.row(self._index) is None and self._key:
            self._key = ""
            self.post_message(self.Moved(self, ""))
        self._changed()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, one on the cursor opens; so a double click opens, too."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < 1 or (number := self.row_number(offset.y)) >= self.count:
            return
        event.stop()
        if number == self._index:
            self.action_open()
        else:
            self.move_to(number)

    def _turn(self, step: int) -> None:
        rows = step * max(1, self.height - 2)
        self.scroll_rows(self.top + rows)
        self.move_to(self._index + rows)

    def _reveal(self) -> None:
        visible = self.height - 1
        self.scroll_rows(min(self._index, max(self.top, self._index - visible + 1)))
