"""Screen 2: the queue. Views and a filter above, the list, and one ticket beside or below it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Container

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.filterline import FilterLine
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.rows import Rows
from opsconsole.console.widgets.virtual_list import VirtualList
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.text import harmless
from opsconsole.core.timeline import About
from opsconsole.tickets import actions
from opsconsole.tickets.filters import Filter, FilterError, parse_filter
from opsconsole.tickets.model import PRESENCE, TOPIC
from opsconsole.tickets.present.queue import OWN, Views, empty_lines, marked_line, views_line
from opsconsole.tickets.present.view import MARGIN, View
from opsconsole.tickets.screen import desk_of, recount, service_of, settings_of
from opsconsole.tickets.screen.found import Language, Tickets, columns, opened
from opsconsole.tickets.screen.previewing import Previewing
from opsconsole.tickets.screen.working import Working

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.tickets.settings import View as NamedView

REST: Final = 0.3
"""Seconds without a key after which the rest of what a filter finds is looked for."""
AGAIN: Final = 30.0
"""Seconds after which the list is read again: promises come nearer by themselves."""


class QueueScreen(Previewing, Working, ConsoleScreen, inherit_bindings=False):
    """The list of tickets, worst first."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *actions.QUEUE, shell.MARK, shell.UNDO, *actions.QUEUE_LATER, shell.FILTER, shell.PREVIOUS_VIEW,
        shell.NEXT_VIEW, *shell.MOVES)
    OPENS: ClassVar[str] = "opsconsole.tickets.screen.ticket"
    DEFAULT_CSS: ClassVar[str] = """
    QueueScreen #desk { height: 1fr; layout: vertical; }
    QueueScreen #desk.-right { layout: horizontal; }
    QueueScreen #list { height: 1fr; width: 1fr; }
    QueueScreen #preview { height: auto; }
    QueueScreen #desk.-right #preview { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.title = "Tickets"
        self._problem = ""
        self._stale = False
        self._own_count: int | None = None
        self._view_before = "open"

    def body(self) -> ComposeResult:
        """Views, filter, what there is to say, the list, the preview."""
        context = self.context
        self._source = self.source_for(self.filter_text)
        yield Bar(self._views, id="views")
        yield FilterLine(Language(), id="filter")
        yield Bar(self._status, id="status")
        with Container(id="desk"):
            yield VirtualList(columns(0, self.size.width, _read(self.filter_text)), self._source, id="list",
                              empty=empty_lines(desk_of(context).view, self.row_view()), glyphs=context.glyphs)
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
    def filter_text(self) -> str:
        """The filter of the view that is shown."""
        desk = desk_of(self.context)
        if desk.view == OWN:
            return desk.own or ""
        return self.named_views[desk.view].filter if desk.view in self.named_views else "is:open"

    def source_for(self, filter_text: str, *, begin: bool = False) -> Tickets:
        """The rows of a filter, or for now their beginning."""
        return Tickets(partial(service_of, self.context), self.row_view, self.context, filter_text, self._counted,
                       begin=begin)

    def row_view(self) -> View:
        """For whom it is drawn."""
        context = self.context
        cells = self.table.size.width if self.is_mounted else 0
        return View(cells or self.size.width, context.glyphs, context.clock.now(), context.zone)

    def on_mount(self) -> None:
        """Time goes on while one looks."""
        self.table.focus()
        self.set_interval(AGAIN, self._again, name="tickets")
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
        elif PRESENCE in event.topics and self.is_current:
            self.look(pause=0)

    def _again(self) -> None:
        if self.is_current:
            self.again()

    def again(self) -> None:
        """Read everything again; the cursor stays on its ticket."""
        self._stale = False
        self.table.reload()
        self.run_worker(self._count(), group="counts", exclusive=True)
        self.look(pause=0)

    async def _count(self) -> None:
        """How many each view holds."""
        await opened(self.context)
        with suppress(OpsError):
            await recount(self.context)
            self.query_one("#views", Bar).rebuild()
            self.refresh_top()

    def _counted(self, source: Tickets) -> None:
        """The list was read."""
        if source is not self._source or not self.is_mounted:
            return
        self._problem = ""
        if source.found is not None and not source.found.numbers:
            self.forget_sight()
        desk = desk_of(self.context)
        if desk.view == OWN or self.line.opened:
            self._own_count = len(source.found.numbers) if source.found is not None else 0
        self.show_columns()
        self.call_after_refresh(self.lay_out)
        for bar in ("#views", "#status"):
            self.query_one(bar, Bar).rebuild()

    def show_columns(self) -> None:
        """The columns for which there is room."""
        self.table.show_columns(columns(self._source.most, self.table.size.width, _read(self._source.filter)))

    # -- lines --------------------------------------------------------------------------------------------------------

    def _views(self, cells: int) -> Line:
        desk = desk_of(self.context)
        names = (*self.named_views, *((OWN,) if desk.own is not None else ()))
        counts = dict(desk.counts)
        if self._own_count is not None:
            counts[OWN] = self._own_count
        active = desk.view if desk.view in names else "open"
        return views_line(Views(names, counts, active, self.filter_text), self.row_view()._replace(cells=cells))

    def _status(self, cells: int) -> Line:
        view = self.row_view()._replace(cells=cells)
        if self.line.opened:
            return self.line.hint(view)
        if marks := len(self.table.marks):
            return marked_line(marks, view)
        if self._problem:
            return Line((Span(f"{' ' * MARGIN}{view.glyphs.critical} {harmless(self._problem)}", Style.CRITICAL),))
        return BLANK

    def _empty(self) -> tuple[Line, ...]:
        return tuple(empty_lines(desk_of(self.context).view, self.row_view(), typing=self.line.opened))

    # -- views and filter ---------------------------------------------------------------------------------------------

    def show_view(self, name: str) -> None:
        """Another view, or the filter that was typed."""
        desk = desk_of(self.context)
        self._page_before = None
        if name != desk.view:
            self._view_before = desk.view or self._view_before
            desk.view = name
            self.table.clear_marks()
            self._show(self.filter_text, quiet=False)

    def _show(self, filter_text: str, *, quiet: bool, begin: bool = False) -> None:
        """Other tickets in the list."""
        self._source = self.source_for(filter_text, begin=begin)
        self.table.show_source(self._source, quiet=quiet, empty=self._empty())
        for bar in ("#views", "#status"):
            self.query_one(bar, Bar).rebuild()
        self.refresh_bindings()

    def action_next_view(self) -> None:
        """The view after this one."""
        self._step(1)

    def action_previous_view(self) -> None:
        """The view before this one."""
        self._step(-1)

    def _step(self, step: int) -> None:
        desk = desk_of(self.context)
        names = [*self.named_views, *([OWN] if desk.own is not None else [])]
        at = names.index(desk.view) if desk.view in names else 0
        self.show_view(names[(at + step) % len(names)])

    def on_bar_clicked(self, event: Bar.Clicked) -> None:
        """A click on a view."""
        kind, _, name = event.target.partition(":")
        if kind == "view":
            event.stop()
            self.show_view(name)
        else:
            super().on_bar_clicked(event)

    def action_filter(self) -> None:
        """Type a filter."""
        self.line.open(self.filter_text)
        self.query_one("#views").display = False
        self.query_one("#status", Bar).rebuild()
        self.run_worker(self._learn(), group="words", exclusive=True)

    async def _learn(self) -> None:
        with suppress(OpsError):
            self.line.know(Language(await service_of(self.context).vocabulary()))
            self.query_one("#status", Bar).rebuild()

    def on_filter_line_typed(self, event: FilterLine.Typed) -> None:
        """A key in the filter: show what it finds now."""
        event.stop()
        if not event.wrong and event.text != self._source.filter:
            self._show(event.text, quiet=True, begin=True)
            self.run_worker(self._complete(), group="rest", exclusive=True)
        self.query_one("#status", Bar).rebuild()

    async def _complete(self) -> None:
        """Typing pauses: find all tickets, not only those that are in view."""
        await asyncio.sleep(REST)
        if self._source.begin:
            self._source.begin = False
            self.table.reload()

    def on_filter_line_kept(self, event: FilterLine.Kept) -> None:
        """Enter: it stays."""
        event.stop()
        self._shut()
        self.show_filter(event.text)

    def show_filter(self, filter_text: str) -> None:
        """The tickets of a filter; one that is a view's shows that view."""
        desk = desk_of(self.context)
        self._page_before, self._view_before = None, desk.view or self._view_before
        desk.view = next((name for name, one in self.named_views.items() if one.filter.split() == filter_text.split()),
                         OWN)
        if desk.view == OWN:
            desk.own = filter_text
        self._show(filter_text, quiet=True)

    def on_filter_line_restored(self, event: FilterLine.Restored) -> None:
        """Esc: what was there before."""
        event.stop()
        self._shut()
        if event.text != self._source.filter:
            self._show(event.text, quiet=True)
        self.query_one("#status", Bar).rebuild()

    def _shut(self) -> None:
        self.query_one("#views").display = True
        self.table.focus()

    def action_back(self) -> None:
        """Take marks away, else leave the own filter."""
        if self.table.marks:
            self.table.clear_marks()
        elif desk_of(self.context).view == OWN:
            # To where the list came from: the view before, and the page on which it was asked for.
            page, before = self._page_before, self._view_before
            self.show_view(before if before in self.named_views else "open")
            if page is not None:
                page()
        else:
            super().action_back()

    def refusal(self, action: Action) -> str | None:
        """See `ActingScreen.refusal`; `back` takes away marks and the own filter."""
        if action.id == shell.BACK.id and (self.table.marks or desk_of(self.context).view == OWN):
            return None
        return super().refusal(action)

    # -- the list -----------------------------------------------------------------------------------------------------

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """Another ticket under the cursor."""
        event.stop()
        self.refresh_bindings()
        self.look()

    def on_virtual_list_marked(self, event: VirtualList.Marked) -> None:
        """Say how many are marked."""
        event.stop()
        self.query_one("#status", Bar).rebuild()
        self.refresh_bindings()

    def on_virtual_list_failed(self, event: VirtualList.Failed) -> None:
        """What is shown may be old."""
        event.stop()
        self._problem = str(event.error)
        self.query_one("#status", Bar).rebuild()

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """`enter`, or a click on the row under the cursor."""
        event.stop()
        self.open_ticket(int(event.key))

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when the ticket under the cursor was opened."""
        return About(f"ticket:{self.table.key}") if self.table.key else None

    def action_open(self) -> None:
        """The ticket under the cursor."""
        self.table.action_open()

    def action_refresh(self) -> None:
        """Read everything again now."""
        self.again()
        self.console.action_refresh()

    @property
    def named_views(self) -> dict[str, NamedView]:
        """The views of whoever looks, in their order."""
        return settings_of(self.context).views_of(self.context.actor.name)


def _read(text: str) -> Filter | None:
    try:
        return parse_filter(text)
    except FilterError:
        return None
