"""The base of the screens that show something over a period: which one, and what is stored of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.lines import Line, Span, Style
from opsconsole.health.present.chart import columns
from opsconsole.health.present.parts import MARGIN, View
from opsconsole.health.present.past import NOTHING, RANGES, Past, Range
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


class Wanted(NamedTuple):
    """Which history is looked at: a series, ms up to now, and the columns of the chart."""

    series: str
    length: int
    columns: int


class PeriodScreen(WatchingScreen, inherit_bindings=False):
    """One of several things over a period. Subclasses say which series it is, and draw.

    Args:
        watch: the source of health and of the newest history.
        board: the source of stored history.
        target: what is shown.
        targets: all that can be shown here in their order, for the next one and the one before.
        period: its place in `RANGES`.
    """

    @dataclass
    class Read(Message):
        """Stored history is there."""

        wanted: Wanted
        past: Past

    def __init__(self, watch: Watch, board: Board, target: str, targets: tuple[str, ...], period: int = 0) -> None:
        super().__init__(watch)
        self.board = board
        self.target = target
        self.targets = targets
        self._range = period
        self._known: tuple[Wanted, Past] | None = None

    def series(self) -> str | None:
        """The series of what is shown; None while it has none."""
        raise NotImplementedError

    def draw(self, page: LinesView, past: Past) -> None:
        """Show the page with what is stored of the period."""
        raise NotImplementedError

    @property
    def period(self) -> Range:
        """The period that is shown."""
        return RANGES[self._range]

    def body(self) -> ComposeResult:
        """One page."""
        yield LinesView(empty=MEASURING, id="page", glyphs=self.context.glyphs)

    def on_mount(self) -> None:
        """History grows while one looks at it."""
        self.set_interval(READ_AGAIN, self.read_again, name="history")

    def show_health(self, health: Health | None) -> None:
        """Draw the period up to now."""
        page = self.query_one("#page", LinesView)
        if page.size.width and health is not None:
            wanted = self._wanted()
            if wanted is not None and (self._known is None or self._known[0] != wanted):
                self.read_again()
            self.draw(page, self._known[1] if self._known is not None and self._known[0] == wanted else NOTHING)

    def read_again(self) -> None:
        """Ask for what is stored; the answer comes as a message. What was asked before is not waited for."""
        wanted = self._wanted()
        if wanted is not None:
            if self._known is None or self._known[0] != wanted:
                self._known = (wanted, NOTHING)
            self.run_worker(self._answer(wanted), group="history", exclusive=True)

    def on_period_screen_read(self, event: Read) -> None:
        """Draw with it, if it is still what is looked at."""
        if event.wanted == self._wanted():
            self._known = (event.wanted, event.past)
            self.show_health(self.host_watch.latest)

    def on_resize(self) -> None:
        """Another size holds another chart."""
        self.call_after_refresh(self.show_health, self.host_watch.latest)

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == "trend.shorter" and self._range == 0:
            return "This is the shortest period."
        if action.id == "trend.longer" and self._range == len(RANGES) - 1:
            return "This is the longest period."
        if action.id in {"trend.next", "trend.previous"} and len(self.targets) < 2:
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

    def _show_range(self, number: int) -> None:
        self._range = number
        self.show_health(self.host_watch.latest)
        self.refresh_bindings()

    def _step(self, step: int) -> None:
        at = self.targets.index(self.target) if self.target in self.targets else 0
        self.target = self.targets[(at + step) % len(self.targets)]
        self.show_health(self.host_watch.latest)

    def _wanted(self) -> Wanted | None:
        series = self.series()
        if series is None:
            return None
        cells = max(20, self.query_one("#page", LinesView).size.width - 2 * MARGIN)
        return Wanted(series, self.period.length, columns(View(cells, self.context.glyphs, 0)))

    async def _answer(self, wanted: Wanted) -> None:
        self.post_message(self.Read(wanted, await self.board.past(*wanted)))
