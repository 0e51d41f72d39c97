"""The trend of one line of the panel, and all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES, TIMELINE
from opsconsole.health import actions
from opsconsole.health.present.trend import course_of, trend_page
from opsconsole.health.screen.moments import about_line
from opsconsole.health.screen.period import PeriodScreen

if TYPE_CHECKING:
    from opsconsole.console.widgets.lines_view import LinesView
    from opsconsole.core.actions import Action
    from opsconsole.core.timeline import About
    from opsconsole.health.board import Board
    from opsconsole.health.present.past import Past
    from opsconsole.health.watch import Watch


class TrendScreen(PeriodScreen, inherit_bindings=False):
    """One target of the panel over a period."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.TREND, TIMELINE._replace(footer=True), *MOVES)

    def __init__(self, watch: Watch, board: Board, target: str, targets: tuple[str, ...]) -> None:
        super().__init__(watch, board, target, targets)
        self.title = "Trend"

    def series(self) -> str | None:
        """See `PeriodScreen.series`."""
        health = self.host_watch.latest
        course = course_of(health, self.target) if health is not None else None
        return course.series if course is not None else None

    def draw(self, page: LinesView, past: Past) -> None:
        """See `PeriodScreen.draw`."""
        health, context = self.board.enriched(self.host_watch.latest), self.context
        if health is not None:
            page.show(trend_page(health, self.target, self.host_watch, width=page.size.width, height=page.size.height,
                                 range=self.period, glyphs=context.glyphs, now=context.clock.now(), zone=context.zone,
                                 settings=self.host_watch.settings, past=past))

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when it went wrong."""
        return about_line(self.board, self.board.enriched(self.host_watch.latest), self.target)

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """What advice speaks of can be opened."""
        event.stop()
        self.app.push_screen(TrendScreen(self.host_watch, self.board, event.target, self.targets))
