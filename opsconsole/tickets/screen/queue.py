"""Screen 2: the queue. Views and a filter above, the list, and one ticket beside or below it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.console import actions as shell
from opsconsole.console.widgets.virtual_list import VirtualList
from opsconsole.core.errors import OpsError
from opsconsole.core.timeline import About
from opsconsole.tickets import actions
from opsconsole.tickets.filters import Filter, FilterError, parse_filter
from opsconsole.tickets.model import PRESENCE, TOPIC
from opsconsole.tickets.present.queue import OWN, Views, empty_lines, marked_line, views_line
from opsconsole.tickets.screen import desk_of, recount, service_of, settings_of
from opsconsole.tickets.screen.found import Language, Tickets, columns
from opsconsole.tickets.screen.previewing import Previewing
from opsconsole.tickets.screen.working import Working

if TYPE_CHECKING:
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.core.actions import Action
    from opsconsole.core.lines import Line
    from opsconsole.tickets.settings import View as NamedView

REST: Final = 0.3
"""Seconds without a key after which the rest of what a filter finds is looked for."""


class QueueScreen(Working, Previewing, inherit_bindings=False):
    """The list of tickets, worst first."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *actions.QUEUE, shell.MARK, shell.UNDO, *actions.QUEUE_LATER, shell.FILTER, shell.PREVIOUS_VIEW,
        shell.NEXT_VIEW, *shell.MOVES)
    TOPICS: ClassVar[frozenset[str]] = frozenset({TOPIC})
    AGAIN: ClassVar[float] = 30.0
    """Promises come nearer by themselves."""
    OPENS: ClassVar[str] = "opsconsole.tickets.screen.ticket"

    def __init__(self) -> None:
        super().__init__("Tickets")
        self._own_count: int | None = None
        self._view_before = "open"

    # -- what is shown ------------------------------------------------------------------------------------------------

    def listing(self) -> VirtualList:
        """See `PreviewScreen.listing`."""
        context = self.context
        self._source = self.source_for(self.filter_text)
        return VirtualList(columns(0, self.size.width, _read(self.filter_text)), self._source, id="list",
                           empty=empty_lines(desk_of(context).view, self.row_view()), glyphs=context.glyphs)

    def language(self) -> Language:
        """See `PreviewScreen.language`."""
        return Language()

    @property
    def filter_text(self) -> str:
        """See `ListScreen.filter_text`: of the view that is shown."""
        desk = desk_of(self.context)
        if desk.view == OWN:
            return desk.own or ""
        return self.named_views[desk.view].filter if desk.view in self.named_views else "is:open"

    def source_for(self, filter_text: str, *, begin: bool = False) -> Tickets:
        """The rows of a filter, or for now their beginning."""
        return Tickets(partial(service_of, self.context), self.row_view, self.context, filter_text, self._counted,
                       lambda: self.table.marks, begin=begin)

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody came to a ticket, or left it; what else happened is heard besides."""
        if PRESENCE in event.topics and TOPIC not in event.topics and self.is_current:
            self.look(pause=0)

    async def recount(self) -> None:
        """See `PreviewScreen.recount`."""
        await recount(self.context)

    def _counted(self, source: Tickets) -> None:
        if source is self._source and self.is_mounted:
            if self.view_shown == OWN or self.line.opened:
                self._own_count = self.listed
            self.was_read()

    def show_columns(self) -> None:
        """See `PreviewScreen.show_columns`."""
        self.table.show_columns(columns(self._source.most, self.table.size.width, _read(self._source.filter)))

    # -- lines --------------------------------------------------------------------------------------------------------

    def head(self, cells: int) -> Line:
        """See `PreviewScreen.head`: the views."""
        counts = dict(desk_of(self.context).counts)
        if self._own_count is not None:
            counts[OWN] = self._own_count
        active = self.view_shown if self.view_shown in self.view_names else "open"
        view = self.row_view()._replace(cells=cells)
        return views_line(Views(self.view_names, counts, active, self.filter_text), view)

    def status(self, cells: int) -> Line:
        """See `ListScreen.status`; how many are marked."""
        marks = len(self.table.marks)
        return marked_line(marks, self.row_view()._replace(cells=cells)) if marks and not self.line.opened else (
            super().status(cells))

    def _empty(self) -> tuple[Line, ...]:
        return tuple(empty_lines(desk_of(self.context).view, self.row_view(), typing=self.line.opened))

    # -- views and filter ---------------------------------------------------------------------------------------------

    @property
    def view_names(self) -> tuple[str, ...]:
        """See `ListScreen.view_names`."""
        return (*self.named_views, *((OWN,) if desk_of(self.context).own is not None else ()))

    @property
    def view_shown(self) -> str:
        """See `ListScreen.view_shown`."""
        return desk_of(self.context).view

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
        self.rebuild_bars()
        self.refresh_bindings()

    def action_filter(self) -> None:
        """Type a filter; names that complete it are learnt meanwhile."""
        super().action_filter()
        self.run_worker(self._learn(), group="words", exclusive=True)

    async def _learn(self) -> None:
        with suppress(OpsError):
            self.line.know(Language(await service_of(self.context).vocabulary()))
            self.rebuild_bars()

    def typed(self, text: str) -> None:
        """See `ListScreen.typed`."""
        if text != self._source.filter:
            self._show(text, quiet=True, begin=True)
            self.run_worker(self._complete(), group="rest", exclusive=True)

    async def _complete(self) -> None:
        """Typing pauses: find all tickets, not only those that are in view."""
        await asyncio.sleep(REST)
        if self._source.begin:
            self._source.begin = False
            self.table.reload()

    def keep(self, text: str) -> None:
        """See `ListScreen.keep`."""
        self.show_filter(text)

    def restore(self, text: str) -> None:
        """See `ListScreen.restore`."""
        if text != self._source.filter:
            self._show(text, quiet=True)

    def show_filter(self, filter_text: str) -> None:
        """The tickets of a filter; one that is a view's shows that view."""
        desk = desk_of(self.context)
        self._page_before, self._view_before = None, desk.view or self._view_before
        desk.view = next((name for name, one in self.named_views.items() if one.filter.split() == filter_text.split()),
                         OWN)
        if desk.view == OWN:
            desk.own = filter_text
        self._show(filter_text, quiet=True)

    @property
    def narrowed(self) -> bool:
        """See `ListScreen.narrowed`: tickets are marked, or a filter was typed."""
        return bool(self.table.marks) or self.view_shown == OWN

    def widen(self) -> None:
        """See `ListScreen.widen`: take marks away, else leave the own filter."""
        if self.table.marks:
            self.table.clear_marks()
            return
        # To where the list came from: the view before, and the page on which it was asked for.
        page, before = self._page_before, self._view_before
        self.show_view(before if before in self.named_views else "open")
        if page is not None:
            page()

    # -- the list -----------------------------------------------------------------------------------------------------

    def on_virtual_list_marked(self, event: VirtualList.Marked) -> None:
        """Say how many are marked."""
        event.stop()
        self.rebuild_bars()
        self.refresh_bindings()

    def open_row(self, key: str) -> None:
        """See `ListScreen.open_row`."""
        self.open_ticket(int(key))

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when the ticket under the cursor was opened."""
        return About(f"ticket:{self.table.key}") if self.table.key else None

    @property
    def named_views(self) -> dict[str, NamedView]:
        """The views of whoever looks, in their order."""
        return settings_of(self.context).views_of(self.context.actor.name)


def _read(text: str) -> Filter | None:
    try:
        return parse_filter(text)
    except FilterError:
        return None
