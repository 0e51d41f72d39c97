"""The wishes by impact and effort, as a grid; `enter` lists those of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.console.actions import LEFT, MOVES, RIGHT
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.console.widgets.pages import failure
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.tickets import actions
from opsconsole.tickets.filters.model import quoted
from opsconsole.tickets.model import TOPIC
from opsconsole.tickets.present.matrix import Wishes, cell_of, empty_lines, matrix_page
from opsconsole.tickets.present.view import MARGIN, View, framed
from opsconsole.tickets.screen import service_of, settings_of
from opsconsole.tickets.screen.found import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from opsconsole.core.actions import Action

MOST: Final = 500
"""Wishes that are read: the best ones."""
LISTED: Final = 40
"""Numbers that a filter names, of the wishes of a cell."""
READING: Final = (Line((Span(" They are being read.", Style.MUTED),)),)


class MatrixScreen(ConsoleScreen, inherit_bindings=False):
    """The grid.

    Args:
        show: shows the tickets of a filter in the queue, when this is closed.
        open_ticket: opens a ticket.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.WISHES_PAGE, *MOVES, LEFT, RIGHT)

    def __init__(self, show: Callable[[str], None], open_ticket: Callable[[int], None]) -> None:
        super().__init__()
        self.title = "Wishes"
        self._show_list, self._open_ticket = show, open_ticket
        self._wishes: Wishes | None = None

    def body(self) -> ComposeResult:
        """One page."""
        yield LinesView(empty=READING, id="page", glyphs=self.context.glyphs)

    @property
    def page(self) -> LinesView:
        """The page."""
        return self.query_one("#page", LinesView)

    def on_mount(self) -> None:
        """Read them."""
        self.read()

    def on_resize(self) -> None:
        """Another width has other columns."""
        self.call_after_refresh(self.draw)

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Something happened to tickets."""
        if TOPIC in event.topics and self.is_current:
            self.read()

    def read(self) -> None:
        """Read the wishes again."""
        self.run_worker(self._read(), group="statistics", exclusive=True)

    async def _read(self) -> None:
        context = self.context
        kinds = [name for name, one in settings_of(context).all_categories.items() if one.wish]
        try:
            await opened(context)
            service = service_of(context)
            if not kinds:
                self._wishes = Wishes()
            else:
                text = f"is:open category:{','.join(quoted(kind) for kind in kinds)} sort:-rank"
                found = await service.find(text, context.actor.name)
                read = [await service.get(number) for number in found.numbers[:MOST]]
                known = [one for one in read if one.impact and one.effort]
                self._wishes = Wishes(known, len(read) - len(known), len(found.numbers) - len(read))
        except OpsError as error:
            self.page.show([], empty=failure(error, self.size.width, context.glyphs.critical))
            return
        self.draw()
        self.refresh_bindings()

    def draw(self) -> None:
        """The page for this width."""
        wishes = self._wishes
        if wishes is None or not self.size.width:
            return
        context = self.context
        cells = max(1, self.size.width - 1)
        if not wishes.known and not wishes.unknown:
            self.page.show([], empty=empty_lines())
            return
        view = View(max(40, cells - 2 * MARGIN), context.glyphs, context.clock.now(), context.zone)
        self.page.show([framed(line, cells) for line in matrix_page(wishes, view)])

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == actions.WISHES_OPEN.id and not self.page.target:
            return "There is nothing to list here."
        return None

    def action_refresh(self) -> None:
        """Read them again now."""
        self.read()
        self.console.action_refresh()

    def action_open(self) -> None:
        """The cell or the wish under the cursor."""
        self.page.action_open()

    def on_lines_view_moved(self, event: LinesView.Moved) -> None:
        """With or without something under the cursor, other keys work."""
        event.stop()
        self.refresh_bindings()

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """One wish, or those of a cell."""
        event.stop()
        kind, *rest = event.target.split(":")
        if kind == "ticket":
            self._open_ticket(int(rest[0]))
        elif self._wishes is not None:
            impact, effort = map(int, rest)
            numbers = [one.number for one in cell_of(self._wishes, impact, effort)][:LISTED]
            self.dismiss()
            self._show_list(f"number:{','.join(map(str, numbers))} sort:-rank")
