"""The trend of one line of the panel, and all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from opsconsole.console.actions import MOVES
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.lines import Line, Span, Style
from opsconsole.health import actions
from opsconsole.health.present.chart import columns
from opsconsole.health.present.parts import MARGIN, View
from opsconsole.health.present.past import NOTHING, RANGES, Past
from opsconsole.health.present.trend import course_of, trend_page
from opsconsole.health.screen.watching import WatchingScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.health.board import Board
    from opsconsole.health.model import Health
    from opsconsole.health.watch import Watch

READ_AGAIN = 10.0
"""Seconds: as often as the agent records."""
MEASURING = (Line((Span(" The first figures are on their way.", Style.MUTED),)),)


class TrendScreen(WatchingScreen, inherit_bindings=False):
    """One target of the panel over a period.

    Args:
        watch: the source of health and of the newest history.
        board: the source of stored history.
        target: as the spots of the panel name it.
        targets: all of the panel in their order, for the next one and the one before.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.TREND, *MOVES)

    @dataclass
    class Read(Message):
        """Stored history is there."""

        wanted: tuple[str, int, int]
        past: Past

    def __init__(self, watch: Watch, board: Board, target: str, targets: tuple[str, ...]) -> None:
        super().__init__(watch)
        self.title = "Trend"
        self._board = board
        self._past: tuple[tuple[str, int, int], Past] | None = None
        self._target = target
        self._targets = targets
        self._range = 0

    def body(self) -> ComposeResult:
        """One page."""
        yield LinesView(empty=MEASURING, id="page", glyphs=self.context.glyphs)

    def on_mount(self) -> None:
        """History grows while one looks at it."""
        self.set_interval(READ_AGAIN, self._read, name="history")

    def show_health(self, health: Health | None) -> None:
        """Draw the period up to now."""
        page, context = self.query_one("#page", LinesView), self.context
        if page.size.width and health is not None:
            wanted = self._wanted()
            if wanted is not None and (self._past is None or self._past[0] != wanted):
                self._read()
            past = self._past[1] if self._past is not None and self._past[0] == wanted else NOTHING
            page.show(trend_page(health, self._target, self.host_watch, width=page.size.width, height=page.size.height,
                                 range=RANGES[self._range], glyphs=context.glyphs, now=context.clock.now(),
                                 zone=context.zone, settings=self.host_watch.settings, past=past))

    def on_resize(self) -> None:
        """Another size holds another chart."""
        self.call_after_refresh(self.show_health, self.host_watch.latest)

    def on_trend_screen_read(self, event: Read) -> None:
        """Draw with it, if it is still what is looked at."""
        if event.wanted == self._wanted():
            self._past = (event.wanted, event.past)
            self.show_health(self.host_watch.latest)

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """What advice speaks of can be opened."""
        event.stop()
        self.app.push_screen(TrendScreen(self.host_watch, self._board, event.target, self._targets))

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == "trend.shorter" and self._range == 0:
            return "This is the shortest period."
        if action.id == "trend.longer" and self._range == len(RANGES) - 1:
            return "This is the longest period."
        if action.id in {"trend.next", "trend.previous"} and len(self._targets) < 2:
            return "There is no other line."
        return None

    def action_shorter(self) -> None:
        """A shorter period."""
        self._show_range(self._range - 1)

    def action_longer(self) -> None:
        """A longer period."""
        self._show_range(self._range + 1)

    def action_next(self) -> None:
        """The next line of the panel."""
        self._step(1)

    def action_previous(self) -> None:
        """The line before it on the panel."""
        self._step(-1)

    def _wanted(self) -> tuple[str, int, int] | None:
        """The series, the period and the columns of the chart; None without any chart."""
        health = self.host_watch.latest
        course = course_of(health, self._target) if health is not None else None
        if course is None:
            return None
        cells = max(20, self.query_one("#page", LinesView).size.width - 2 * MARGIN)
        return (course.series, RANGES[self._range].length, columns(View(cells, self.context.glyphs, 0)))

    def _read(self) -> None:
        """Ask for what is stored; the answer comes as a message. What was asked before is not waited for."""
        wanted = self._wanted()
        if wanted is not None:
            self._past = self._past if self._past is not None and self._past[0] == wanted else (wanted, NOTHING)
            self.run_worker(self._answer(wanted), group="history", exclusive=True)

    async def _answer(self, wanted: tuple[str, int, int]) -> None:
        self.post_message(self.Read(wanted, await self._board.past(*wanted)))

    def _show_range(self, number: int) -> None:
        self._range = number
        self.show_health(self.host_watch.latest)
        self.refresh_bindings()

    def _step(self, step: int) -> None:
        at = self._targets.index(self._target) if self._target in self._targets else 0
        self._target = self._targets[(at + step) % len(self._targets)]
        self.show_health(self.host_watch.latest)
