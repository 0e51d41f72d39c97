"""How the promises were kept over a week, a month, a quarter or a year; and what will be late today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.message import Message

from opsconsole.console.actions import MOVES
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.page_screen import COUNTING
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.console.widgets.pages import failure
from opsconsole.core.errors import OpsError
from opsconsole.core.periods import period_of
from opsconsole.tickets import actions
from opsconsole.tickets.filters import filter_mistake, parse_filter
from opsconsole.tickets.model import TOPIC
from opsconsole.tickets.present.statistics import NAMES, Sheet, statistics_page
from opsconsole.tickets.present.view import MARGIN, View, framed
from opsconsole.tickets.screen import service_of, settings_of
from opsconsole.tickets.screen.found import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from opsconsole.core.actions import Action

COMING: Final = "is:open due:today -late sort:due"
MOST_COMING: Final = 8
AGAIN: Final = 60.0
"""Seconds after which it is counted again: what comes nearer does so by itself."""
LONGEST_BACK: Final = 520


class Looked(NamedTuple):
    """What is looked at: which length of a period, how many of them back, of which tickets."""

    place: int = 0
    back: int = 0
    filter: str = ""


class StatisticsScreen(ConsoleScreen, inherit_bindings=False):
    """The page.

    Args:
        show: shows the tickets of a filter in the queue, when this is closed.
        open_ticket: opens a ticket.
        looked: what was looked at before; None: this week, all tickets.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.STATISTICS_PAGE, *MOVES)

    @dataclass
    class Counted(Message):
        """The figures are there."""

        sheet: Sheet

    def __init__(self, show: Callable[[str], None], open_ticket: Callable[[int], None],
                 looked: Looked | None = None) -> None:
        super().__init__()
        self.title = "Statistics of tickets"
        self._show_list, self._open_ticket = show, open_ticket
        self._place, self._back, self._filter = looked or Looked()
        self._sheet: Sheet | None = None

    @property
    def looked(self) -> Looked:
        """What is looked at, so that it can be opened again."""
        return Looked(self._place, self._back, self._filter)

    def body(self) -> ComposeResult:
        """One page."""
        yield LinesView(empty=COUNTING, id="page", glyphs=self.context.glyphs)

    @property
    def page(self) -> LinesView:
        """The page."""
        return self.query_one("#page", LinesView)

    def on_mount(self) -> None:
        """Count."""
        self.set_interval(AGAIN, self._again, name="statistics")
        self.count()

    def on_resize(self) -> None:
        """Another width has other columns."""
        self.call_after_refresh(self.draw)

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Something happened to tickets."""
        if TOPIC in event.topics:
            self._again()

    def _again(self) -> None:
        if self.is_current:
            self.count()

    def count(self) -> None:
        """Ask for the figures; what was asked before is not waited for."""
        self.run_worker(self._count(NAMES[self._place], self._back, self._filter), group="statistics", exclusive=True)

    async def _count(self, name: str, back: int, filter_text: str) -> None:
        from opsconsole.tickets.statsql import statistics  # noqa: PLC0415 - with the first figures

        context, settings = self.context, settings_of(self.context)
        now, me = context.clock.now(), context.actor.name
        try:
            await opened(context)
            service = service_of(context)
            found = await statistics(
                context.storage.db, settings, period_of(name, now, context.zone, back), parse_filter(filter_text),
                me=me, now=now, zone=context.zone)
            coming = await service.find(f"{filter_text} {COMING}".strip(), me)
            rows = await service.rows(coming, 0, MOST_COMING)
        except OpsError as error:
            self.page.show([], empty=failure(error, self.size.width, context.glyphs.critical))
            return
        self.post_message(self.Counted(Sheet(found, name, back, rows, max(0, len(coming.numbers) - len(rows)),
                                             settings.goals, filter_text)))

    def on_statistics_screen_counted(self, event: Counted) -> None:
        """Draw them, if they are still what is looked at."""
        event.stop()
        if (event.sheet.name, event.sheet.back, event.sheet.filter) == (NAMES[self._place], self._back, self._filter):
            self._sheet = event.sheet
            self.draw()
            self.refresh_bindings()

    def draw(self) -> None:
        """The page for this width."""
        if self._sheet is None or not self.size.width:
            return
        context = self.context
        # The page may be longer than the screen: a scrollbar takes a column.
        cells = max(1, self.size.width - 1)
        view = View(max(40, cells - 2 * MARGIN), context.glyphs, context.clock.now(), context.zone)
        self.page.show([framed(line, cells) for line in statistics_page(self._sheet, view)])

    # -- actions ------------------------------------------------------------------------------------------------------

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == actions.PERIOD_SHORTER.id and self._place == 0:
            return "This is the shortest period."
        if action.id == actions.PERIOD_LONGER.id and self._place == len(NAMES) - 1:
            return "This is the longest period."
        if action.id == actions.LATER.id and self._back == 0:
            return "This is the present period."
        if action.id == actions.STATISTICS_OPEN.id and not self.page.target:
            return "There is nothing to list here."
        return None

    def action_shorter(self) -> None:
        """A shorter period."""
        self._change(self._place - 1, 0)

    def action_longer(self) -> None:
        """A longer period."""
        self._change(self._place + 1, 0)

    def action_earlier(self) -> None:
        """The period before."""
        self._change(self._place, min(self._back + 1, LONGEST_BACK))

    def action_later(self) -> None:
        """The period after."""
        self._change(self._place, self._back - 1)

    def _change(self, place: int, back: int) -> None:
        self._place, self._back = place, back
        self.refresh_bindings()
        self.count()

    def action_filter(self) -> None:
        """Count only some tickets."""
        self.run_worker(self._ask_filter(), group="filter", exclusive=True)

    async def _ask_filter(self) -> None:
        text = await self.app.push_screen_wait(Ask(
            "Count which tickets?", self._filter, hint="category:billing team:support; empty: all", done="count",
            check=lambda text: filter_mistake(text) or None, glyphs=self.context.glyphs))
        if text is not None and text.strip() != self._filter:
            self._filter = text.strip()
            self.count()

    def action_refresh(self) -> None:
        """Count again now."""
        self.count()
        self.console.action_refresh()

    def action_open(self) -> None:
        """What the line under the cursor counts."""
        self.page.action_open()

    def on_lines_view_moved(self, event: LinesView.Moved) -> None:
        """With or without something under the cursor, other keys work."""
        event.stop()
        self.refresh_bindings()

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """A ticket, or a list of some."""
        event.stop()
        kind, _, what = event.target.partition(":")
        if kind == "ticket":
            self._open_ticket(int(what))
        else:
            self.dismiss()
            self._show_list(f"{self._filter} {what}".strip())
