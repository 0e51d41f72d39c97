"""The preview of what the cursor of a list stands on: where it is shown, and when it is read again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final

from opsconsole.console.sharing import Place, layout, next_place, wanted_place
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK
from opsconsole.core.view import MARGIN, View, framed

if TYPE_CHECKING:
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.virtual_list import VirtualList
    from opsconsole.core.lines import Line

    Base = ConsoleScreen
else:
    Base = object

PAUSE: Final = 0.03
"""Seconds that the cursor rests on something before it is read."""


class Previewing(Base):
    """The part of a list's screen that shows one of its rows; needs `#desk` around `#list` and `#preview`."""

    PREFERENCE: ClassVar[str]
    """Under this name the place is remembered."""
    NARROW: ClassVar[int]
    """Cells of the list below which its rows say less."""
    _sight: Any = None
    """What is shown, as it was read."""
    _place = Place.NONE
    _chosen = ""
    """What was chosen with the key, where nothing remembers it."""
    _narrow = False
    _room: tuple[int, int] = (0, 0)

    @property
    def table(self) -> VirtualList:
        """The list."""
        raise NotImplementedError

    @property
    def listed(self) -> int | None:
        """How many rows the list has; None: nobody knows yet."""
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

    def row_view(self) -> View:
        """For whom it is drawn."""
        raise NotImplementedError

    def action_preview(self) -> None:
        """No preview, below, beside: what there is room for."""
        self._chosen = next_place(self._place, self.size).value
        if self.context.preferences is not None:
            try:
                self.context.preferences.put(self.PREFERENCE, self._chosen)
            except OpsError as error:
                self.console.notify_error(error)
        self.lay_out()

    def show_columns(self) -> None:
        """The columns for which there is room."""
        raise NotImplementedError

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
        below.show([framed(line, width) for line in lines])
