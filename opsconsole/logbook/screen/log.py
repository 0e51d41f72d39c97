"""Screen 4: the log. What waits, the filter, the list, and one entry beside or below it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from opsconsole.console import actions as shell
from opsconsole.console.previewing import PreviewScreen
from opsconsole.console.widgets.virtual_list import VirtualList
from opsconsole.core.timeline import About
from opsconsole.core.view import MARGIN, framed
from opsconsole.logbook import actions
from opsconsole.logbook.model import TOPIC, EntryState
from opsconsole.logbook.present.entry import Page, preview
from opsconsole.logbook.present.listing import SMALL, Target, counts_line, empty_lines, target_of
from opsconsole.logbook.screen.acting import Acting
from opsconsole.logbook.screen.desk import desk_of, service_of
from opsconsole.logbook.screen.entry import EntryScreen, read_page
from opsconsole.logbook.screen.source import Entries, Language, columns

if TYPE_CHECKING:
    from opsconsole.core.actions import Action
    from opsconsole.core.lines import Line
    from opsconsole.core.view import View


class LogScreen(Acting, PreviewScreen, inherit_bindings=False):
    """The list of entries, newest first, below the next actions that are due."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *actions.LIST, shell.FILTER, actions.EMERGENCY._replace(footer=True), actions.MAINTENANCE,
        *actions.LIST_LATER, *shell.MOVES)
    TOPICS: ClassVar[frozenset[str]] = frozenset({TOPIC})
    AGAIN: ClassVar[float] = 60.0
    """Days begin by themselves."""
    PREFERENCE: ClassVar[str] = "log.preview"
    NARROW: ClassVar[int] = SMALL
    _source: Entries

    def __init__(self) -> None:
        super().__init__("Log")

    # -- what is shown ------------------------------------------------------------------------------------------------

    def listing(self) -> VirtualList:
        """See `PreviewScreen.listing`."""
        self._source = self.source_for(self.filter_text)
        return VirtualList(columns(self.size.width), self._source, id="list", empty=empty_lines(self.filter_text),
                           glyphs=self.context.glyphs)

    def language(self) -> Language:
        """See `PreviewScreen.language`."""
        return Language()

    @property
    def listed(self) -> int | None:
        """See `PreviewScreen.listed`."""
        return self._source.total

    def source_for(self, filter_text: str) -> Entries:
        """The rows of a filter."""
        return Entries(partial(service_of, self.context), self.row_view, self.context, filter_text, self._counted)

    def show_columns(self) -> None:
        """See `PreviewScreen.show_columns`."""
        self.table.show_columns(columns(self.table.size.width))

    async def recount(self) -> None:
        """See `PreviewScreen.recount`."""
        await desk_of(self.context).recount(self.context)

    def _counted(self, source: Entries) -> None:
        if source is self._source and self.is_mounted:
            self.was_read()

    async def sight_of(self, key: str) -> Any:
        """See `PreviewScreen.sight_of`: the entry of a row, and that of a next action."""
        return await read_page(service_of(self.context), target_of(key).entry)

    def sight_lines(self, sight: Any, lines: int, view: View) -> list[Line]:
        """See `preview`."""
        page: Page = sight
        return preview(page, lines, view)

    def head(self, cells: int) -> Line:
        """See `PreviewScreen.head`: what waits."""
        view = self.row_view()._replace(cells=cells - 2 * MARGIN)
        found = self._source.found
        listed = found.count if found is not None else None
        return framed(counts_line(desk_of(self.context).counts, listed, self._source.filter, view), cells)

    # -- the filter ---------------------------------------------------------------------------------------------------

    @property
    def filter_text(self) -> str:
        """See `ListScreen.filter_text`; for this session."""
        return desk_of(self.context).filter

    def typed(self, text: str) -> None:
        """See `ListScreen.typed`."""
        if text != self._source.filter:
            self._show(text, typing=True)

    def keep(self, text: str) -> None:
        """See `ListScreen.keep`."""
        desk_of(self.context).filter = text
        self._show(text)

    def _show(self, filter_text: str, *, typing: bool = False) -> None:
        """Other entries in the list."""
        self._source = self.source_for(filter_text)
        self.table.show_source(self._source, quiet=True, empty=empty_lines(filter_text, typing=typing))
        self.rebuild_bars()
        self.refresh_bindings()

    # -- the list -----------------------------------------------------------------------------------------------------

    @property
    def target(self) -> Target:
        """What the cursor stands on."""
        return target_of(self.table.key) if self.is_mounted and self.table.key else Target()

    @property
    def number(self) -> int:
        """Of the entry under the cursor, or of that of the next action."""
        return self.target.entry

    @property
    def state(self) -> EntryState | None:
        """As it was read with the row, or with the preview."""
        row = self._source.known.get(self.number)
        if row is not None:
            return row.state
        page: Page | None = self._sight
        return page.entry.state if page is not None and page.entry.id == self.number else None

    @property
    def next_action(self) -> tuple[int, int, bool] | None:
        """Those of the list are not done."""
        target = self.target
        return (target.entry, target.place, False) if target.place >= 0 else None

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when the work of the entry under the cursor began."""
        return About(f"entry:{self.number}") if self.number else None

    def written(self, number: int) -> None:
        """The cursor goes to what was written."""
        if self.narrowed:
            self.widen()
        self.table.go_to(str(number))

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == actions.OPEN.id:
            return None if self.number else "No entry is chosen."
        return super().unavailable(action)

    def open_row(self, key: str) -> None:
        """See `ListScreen.open_row`."""
        target = target_of(key)
        seen: Page | None = self._sight
        self.app.push_screen(EntryScreen(target.entry, self._source.found, f"next:{target.place}",
                                         seen if seen is not None and seen.entry.id == target.entry else None))
