"""A list of which one row is shown below or beside it: where that is, and when it is read again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.containers import Container

from opsconsole.console.bar import Bar
from opsconsole.console.filterline import FilterLine
from opsconsole.console.list_screen import ListScreen
from opsconsole.console.sharing import Place, layout, next_place, wanted_place
from opsconsole.console.storage import opened
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK, Line
from opsconsole.core.view import MARGIN, View, framed

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.console.filterline import Language
    from opsconsole.console.widgets.virtual_list import VirtualList

PAUSE: Final = 0.03
"""Seconds that the cursor rests on something before it is read."""


class PreviewScreen(ListScreen, inherit_bindings=False):
    """Subclasses say what the list shows, and how one of its rows is read and drawn."""

    PREFERENCE: ClassVar[str]
    """Under this name the place is remembered."""
    NARROW: ClassVar[int]
    """Cells of the list below which its rows say less."""
    DEFAULT_CSS: ClassVar[str] = """
    PreviewScreen #desk { height: 1fr; layout: vertical; }
    PreviewScreen #desk.-right { layout: horizontal; }
    PreviewScreen #list { height: 1fr; width: 1fr; }
    PreviewScreen #preview { height: auto; }
    PreviewScreen #desk.-right #preview { height: 1fr; }
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._sight: Any = None
        """What is shown, as it was read."""
        self._place = Place.NONE
        self._chosen = ""
        """What was chosen with the key, where nothing remembers it."""
        self._narrow = False
        self._room: tuple[int, int] = (0, 0)

    def body(self) -> ComposeResult:
        """The head, the filter, what there is to say, the list, the preview."""
        listing = self.listing()
        yield Bar(self.head, id="head")
        yield FilterLine(self.language(), id="filter")
        yield Bar(self.status, id="status")
        with Container(id="desk"):
            yield listing
            yield Rows(id="preview", glyphs=self.context.glyphs)

    # -- what is listed -----------------------------------------------------------------------------------------------

    def listing(self) -> VirtualList:
        """The list, `#list`, with the rows that are shown first."""
        raise NotImplementedError

    def language(self) -> Language:
        """How its filter is read."""
        raise NotImplementedError

    def head(self, cells: int) -> Line:
        """What stands above it."""
        raise NotImplementedError

    @property
    def listed(self) -> int | None:
        """How many rows the list has; None: nobody knows yet."""
        raise NotImplementedError

    def show_columns(self) -> None:
        """The columns for which there is room."""
        raise NotImplementedError

    async def recount(self) -> None:
        """Count what its head says.

        Raises:
            OpsError: it cannot be counted; what was counted before is still shown.
        """
        raise NotImplementedError

    async def sight_of(self, key: str) -> Any:
        """Read what the row of a key stands for; None: there is nothing to show.

        Raises:
            OpsError: it cannot be read; what is shown stays.
        """
        raise NotImplementedError

    def sight_lines(self, sight: Any, lines: int, view: View) -> list[Line]:
        """What was read, in at most so many lines."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Count, too."""
        self._count()

    def on_resize(self) -> None:
        """Another size has other room for the preview."""
        self.call_after_refresh(self.lay_out)

    def again(self) -> None:
        """See `ListScreen.again`."""
        super().again()
        self._count()
        self.look(pause=0)

    def _count(self) -> None:
        self.run_worker(self._recount(), group="counts", exclusive=True)

    async def _recount(self) -> None:
        await opened(self.context)
        with suppress(OpsError):
            await self.recount()
            self.rebuild_bars()
            self.refresh_top()

    def was_read(self) -> None:
        """The list was read."""
        self.problem = ""
        if not self.listed:
            self.forget_sight()
        self.show_columns()
        self.call_after_refresh(self.lay_out)
        self.rebuild_bars()

    def moved(self) -> None:
        """See `ListScreen.moved`."""
        self.look()

    # -- the preview --------------------------------------------------------------------------------------------------

    def action_preview(self) -> None:
        """No preview, below, beside: what there is room for."""
        self._chosen = next_place(self._place, self.size).value
        if self.context.preferences is not None:
            try:
                self.context.preferences.put(self.PREFERENCE, self._chosen)
            except OpsError as error:
                self.console.notify_error(error)
        self.lay_out()

    def lay_out(self) -> None:
        """Give list and preview their room."""
        if not self.is_mounted:
            return
        preferences = self.context.preferences
        wanted = self._chosen or (preferences.text(self.PREFERENCE) if preferences is not None else "")
        before, self._place = self._place, wanted_place(wanted, self.size)
        desk, below = self.query_one("#desk"), self.query_one("#preview", Rows)
        rows = self.listed if self.listed is not None else desk.size.height
        made = layout(self._place, self.size.width, desk.size.height, rows)
        desk.set_class(self._place is Place.RIGHT, "-right")
        below.display = self._place is not Place.NONE and made.preview[1] > 0
        below.styles.width = made.preview[0] if self._place is Place.RIGHT else "1fr"
        below.styles.height = "1fr" if self._place is Place.RIGHT else made.preview[1]
        self._room = made.preview
        if before is not self._place:
            self.look(pause=0)
        self._draw()
        self.call_after_refresh(self._fitted)

    def _fitted(self) -> None:
        """Rows say more where the list is wide."""
        self.show_columns()
        narrow = self.table.size.width < self.NARROW
        if narrow is not self._narrow:
            self._narrow = narrow
            self.table.reload()

    def look(self, pause: float = PAUSE) -> None:
        """Read what the cursor stands on, soon."""
        if self._place is not Place.NONE or self._sight is None:
            self.run_worker(self._read_sight(self.table.key, pause), group="preview", exclusive=True)

    async def _read_sight(self, key: str, pause: float) -> None:
        if pause:
            await asyncio.sleep(pause)
        if not key or key != self.table.key or self._place is Place.NONE:
            return
        try:
            sight = await self.sight_of(key)
        except OpsError:
            # The list says it; what is shown of it stays.
            return
        if key == self.table.key:
            self._sight = sight
            self._draw()

    def forget_sight(self) -> None:
        """There is nothing to show."""
        self._sight = None
        self._draw()

    def _draw(self) -> None:
        below = self.query_one("#preview", Rows)
        width, height = self._room
        if self._sight is None or width < 20 or height < 1:
            below.show([])
            return
        edge = 1 if self._place is Place.RIGHT else 0
        view = self.row_view()._replace(cells=width - 2 * MARGIN - edge)
        lines = [BLANK] * (1 - edge) + self.sight_lines(self._sight, height - (1 - edge), view)
        below.show([framed(line, width, view.glyphs.ellipsis) for line in lines])
