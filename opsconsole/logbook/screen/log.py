"""Screen 4: the log. What waits, the filter, the list, and one entry beside or below it."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.containers import Container

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.filterline import FilterLine
from opsconsole.console.previewing import Previewing
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.storage import opened
from opsconsole.console.widgets.rows import Rows
from opsconsole.console.widgets.virtual_list import VirtualList
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.text import harmless
from opsconsole.core.timeline import About
from opsconsole.core.view import MARGIN, View, framed
from opsconsole.logbook import actions
from opsconsole.logbook.model import TOPIC, EntryState
from opsconsole.logbook.present.entry import Page, preview
from opsconsole.logbook.present.listing import SMALL, Target, counts_line, empty_lines, target_of
from opsconsole.logbook.screen.acting import Acting
from opsconsole.logbook.screen.desk import desk_of, service_of
from opsconsole.logbook.screen.entry import EntryScreen, read_page
from opsconsole.logbook.screen.source import Entries, Language, columns

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.core.actions import Action

AGAIN: Final = 60.0
"""Seconds after which the list is read again: days begin by themselves."""


class LogScreen(Previewing, Acting, ConsoleScreen, inherit_bindings=False):
    """The list of entries, newest first, below the next actions that are due."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.LIST, shell.FILTER, actions.MAINTENANCE, *shell.MOVES)
    PREFERENCE: ClassVar[str] = "log.preview"
    NARROW: ClassVar[int] = SMALL
    DEFAULT_CSS: ClassVar[str] = """
    LogScreen #desk { height: 1fr; layout: vertical; }
    LogScreen #desk.-right { layout: horizontal; }
    LogScreen #list { height: 1fr; width: 1fr; }
    LogScreen #preview { height: auto; }
    LogScreen #desk.-right #preview { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.title = "Log"
        self._problem = ""
        self._stale = False
        self._source: Entries

    def body(self) -> ComposeResult:
        """What waits, the filter, what there is to say, the list, the preview."""
        context = self.context
        filter_text = desk_of(context).filter
        self._source = self.source_for(filter_text)
        yield Bar(self._counts, id="counts")
        yield FilterLine(Language(), id="filter")
        yield Bar(self._status, id="status")
        with Container(id="desk"):
            yield VirtualList(columns(self.size.width), self._source, id="list", empty=empty_lines(filter_text),
                              glyphs=context.glyphs)
            yield Rows(id="preview", glyphs=context.glyphs)

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def table(self) -> VirtualList:
        """The list."""
        return self.query_one("#list", VirtualList)

    @property
    def line(self) -> FilterLine:
        """Where a filter is typed."""
        return self.query_one("#filter", FilterLine)

    @property
    def listed(self) -> int | None:
        """How many rows there are."""
        return self._source.total

    def source_for(self, filter_text: str) -> Entries:
        """The rows of a filter."""
        return Entries(partial(service_of, self.context), self.row_view, self.context, filter_text, self._counted)

    def row_view(self) -> View:
        """For whom it is drawn."""
        context = self.context
        cells = self.table.size.width if self.is_mounted else 0
        return View(cells or self.size.width, context.glyphs, context.clock.now(), context.zone)

    def show_columns(self) -> None:
        """The columns for which there is room."""
        self.table.show_columns(columns(self.table.size.width))

    def on_mount(self) -> None:
        """Days begin while one looks."""
        self.table.focus()
        self.set_interval(AGAIN, self._again, name="log")
        self.run_worker(self._count(), group="counts", exclusive=True)

    def on_resize(self) -> None:
        """Another size has other room for the preview."""
        self.call_after_refresh(self.lay_out)

    def on_screen_resume(self) -> None:
        """What changed while another screen was shown."""
        super().on_screen_resume()
        if self._stale:
            self.again()

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody did something, here or elsewhere."""
        if TOPIC in event.topics:
            if self.is_current:
                self.again()
            else:
                self._stale = True

    def _again(self) -> None:
        if self.is_current:
            self.again()

    def again(self) -> None:
        """Read everything again; the cursor stays on its entry."""
        self._stale = False
        self.table.reload()
        self.run_worker(self._count(), group="counts", exclusive=True)
        self.look(pause=0)

    async def _count(self) -> None:
        await opened(self.context)
        with suppress(OpsError):
            await desk_of(self.context).recount(self.context)
            self.query_one("#counts", Bar).rebuild()
            self.refresh_top()

    def _counted(self, source: Entries) -> None:
        """The list was read."""
        if source is not self._source or not self.is_mounted:
            return
        self._problem = ""
        if not source.total:
            self.forget_sight()
        self.show_columns()
        self.call_after_refresh(self.lay_out)
        for bar in ("#counts", "#status"):
            self.query_one(bar, Bar).rebuild()

    async def sight_of(self, key: str) -> Any:
        """The entry of a row, and that of a next action."""
        return await read_page(service_of(self.context), target_of(key).entry)

    def sight_lines(self, sight: Any, lines: int, view: View) -> list[Line]:
        """See `preview`."""
        page: Page = sight
        return preview(page, lines, view)

    # -- lines --------------------------------------------------------------------------------------------------------

    def _counts(self, cells: int) -> Line:
        view = self.row_view()._replace(cells=cells - 2 * MARGIN)
        found = self._source.found
        listed = found.count if found is not None else None
        return framed(counts_line(desk_of(self.context).counts, listed, self._source.filter, view), cells)

    def _status(self, cells: int) -> Line:
        view = self.row_view()._replace(cells=cells)
        if self.line.opened:
            return self.line.hint(view)
        if self._problem:
            return Line((Span(f"{' ' * MARGIN}{view.glyphs.critical} {harmless(self._problem)}", Style.CRITICAL),))
        return BLANK

    # -- the filter ---------------------------------------------------------------------------------------------------

    def _show(self, filter_text: str, *, typing: bool = False) -> None:
        """Other entries in the list."""
        self._source = self.source_for(filter_text)
        self.table.show_source(self._source, quiet=True, empty=empty_lines(filter_text, typing=typing))
        for bar in ("#counts", "#status"):
            self.query_one(bar, Bar).rebuild()
        self.refresh_bindings()

    def action_filter(self) -> None:
        """Type a filter."""
        self.line.open(desk_of(self.context).filter)
        self.query_one("#counts").display = False
        self.query_one("#status", Bar).rebuild()

    def on_filter_line_typed(self, event: FilterLine.Typed) -> None:
        """A key in the filter: show what it finds now."""
        event.stop()
        if not event.wrong and event.text != self._source.filter:
            self._show(event.text, typing=True)
        self.query_one("#status", Bar).rebuild()

    def on_filter_line_kept(self, event: FilterLine.Kept) -> None:
        """Enter: it stays."""
        event.stop()
        self._shut(event.text)

    def on_filter_line_restored(self, event: FilterLine.Restored) -> None:
        """Esc: what was there before."""
        event.stop()
        self._shut(event.text)

    def _shut(self, filter_text: str) -> None:
        self.query_one("#counts").display = True
        self.table.focus()
        desk_of(self.context).filter = filter_text
        self._show(filter_text)

    def action_back(self) -> None:
        """Show all entries again."""
        if desk_of(self.context).filter:
            self._shut("")
        else:
            super().action_back()

    def refusal(self, action: Action) -> str | None:
        """See `ActingScreen.refusal`; `back` takes the filter away."""
        if action.id == shell.BACK.id and desk_of(self.context).filter:
            return None
        return super().refusal(action)

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
        if desk_of(self.context).filter:
            self._shut("")
        self.table.go_to(str(number))

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == actions.OPEN.id:
            return None if self.number else "No entry is chosen."
        return super().unavailable(action)

    def action_open(self) -> None:
        """The entry under the cursor."""
        self.table.action_open()

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """`enter`, or a click on the row under the cursor."""
        event.stop()
        target = target_of(event.key)
        seen: Page | None = self._sight
        self.app.push_screen(EntryScreen(target.entry, self._source.found, f"next:{target.place}",
                                         seen if seen is not None and seen.entry.id == target.entry else None))

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """Another entry under the cursor."""
        event.stop()
        self.refresh_bindings()
        self.look()

    def on_virtual_list_failed(self, event: VirtualList.Failed) -> None:
        """What is shown may be old."""
        event.stop()
        self._problem = str(event.error) if self.table.count else ""
        self.query_one("#status", Bar).rebuild()

    def action_refresh(self) -> None:
        """Read everything again now."""
        self.again()
        self.console.action_refresh()
