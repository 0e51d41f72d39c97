"""How reliable all checks were, in one table; each can be opened. And who is on call."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES
from opsconsole.console.page_screen import READING
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.health import actions
from opsconsole.health.present.parts import MARGIN, View, content, framed, heading
from opsconsole.health.present.uptime import uptime_lines

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.health.board import Board, Reliability
    from opsconsole.health.watch import Watch

AGAIN = 60.0
"""Seconds after which it is read again."""
NO_ROTATION = "No rotation is configured; `notify.rotations` in the configuration has them."


class UptimeScreen(ConsoleScreen, inherit_bindings=False):
    """The table."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.UPTIME, *MOVES)

    def __init__(self, watch: Watch, board: Board) -> None:
        super().__init__()
        self.title = "Uptime"
        self.host_watch, self.board = watch, board
        self._found: tuple[Reliability, ...] | None = None

    def body(self) -> ComposeResult:
        """One page."""
        yield LinesView(empty=READING, id="page", glyphs=self.context.glyphs)

    def on_mount(self) -> None:
        """Read it, now and again."""
        self._again()
        self.set_interval(AGAIN, self._again, name="uptime")

    def on_resize(self) -> None:
        """Another width has other columns."""
        self.call_after_refresh(self._show)

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """`enter` or a click on a check."""
        event.stop()
        self.action_open()

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == "uptime.open" and not self.query_one("#page", LinesView).target:
            return "No check is chosen."
        return None

    def action_refresh(self) -> None:
        """Read it again now."""
        self._again()
        self.console.action_refresh()

    def action_open(self) -> None:
        """The check under the cursor."""
        from opsconsole.health.screen.check import CheckScreen  # noqa: PLC0415 - when it is opened

        name = self.query_one("#page", LinesView).target.partition(":")[2]
        if name:
            names = tuple(one.name for one in self._found or ())
            self.app.push_screen(CheckScreen(self.host_watch, self.board, name, names))

    def _again(self) -> None:
        if self._found is None or self.is_current:
            self.run_worker(self._read(), group="details", exclusive=True)

    async def _read(self) -> None:
        try:
            self._found = await self.board.reliability()
        except OpsError as error:
            self.console.notify_error(error)
        self._show()
        self.refresh_bindings()

    def _show(self) -> None:
        page, context = self.query_one("#page", LinesView), self.context
        if self._found is not None and page.size.width:
            # Of many checks the page is longer than the screen: a scrollbar takes a column.
            cells = max(1, self.size.width - 1)
            view = View(max(20, cells - 2 * MARGIN), context.glyphs, context.clock.now(), context.zone)
            page.show([framed(one, cells) for one in uptime_lines(self._found, view)])


class OnCallScreen(ConsoleScreen, inherit_bindings=False):
    """Who is on call now, until when, and who is next."""

    ACTIONS: ClassVar[tuple[Action, ...]] = MOVES

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.title = "On call"
        self.board = board

    def body(self) -> ComposeResult:
        """One page."""
        yield LinesView(id="page", glyphs=self.context.glyphs)

    def on_resize(self) -> None:
        """It is drawn when its width is known."""
        self.call_after_refresh(self._show)

    def action_refresh(self) -> None:
        """Ask again."""
        self._show()
        self.console.action_refresh()

    def _show(self) -> None:
        page, context = self.query_one("#page", LinesView), self.context
        view = View(max(20, page.size.width - 2 * MARGIN), context.glyphs, context.clock.now(), context.zone)
        told = self.board.duty().lines or (Line((Span(NO_ROTATION, Style.MUTED),)),)
        page.show([framed(one, page.size.width) for one in (
            heading(view, "ON CALL"), *(content(view, one.spans) for one in told))])
