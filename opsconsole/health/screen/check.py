"""One check: what it found, its course over time, how reliable it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES, TIMELINE
from opsconsole.core.errors import OpsError
from opsconsole.health import actions
from opsconsole.health.present.check_page import check_page, course
from opsconsole.health.screen.moments import about_line
from opsconsole.health.screen.period import PeriodScreen

if TYPE_CHECKING:
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.lines_view import LinesView
    from opsconsole.core.actions import Action
    from opsconsole.core.timeline import About
    from opsconsole.health.board import Board, CheckFacts
    from opsconsole.health.present.past import Past
    from opsconsole.health.watch import Watch

GONE = "This check is not in the configuration any more."


class CheckScreen(PeriodScreen, inherit_bindings=False):
    """One check over a period; the next one and the one before are a key away."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.TREND, TIMELINE._replace(footer=True), *MOVES)

    def __init__(self, watch: Watch, board: Board, name: str, names: tuple[str, ...]) -> None:
        super().__init__(watch, board, name, names, period=1)
        self.title = "Check"
        self._facts: CheckFacts | None = None
        self._problem = ""

    def on_mount(self) -> None:
        """See `PeriodScreen.on_mount`; what is known of the check is read first."""
        self.read_again()

    def series(self) -> str | None:
        """See `PeriodScreen.series`."""
        return course(self.target, self._facts.check).series if self._facts is not None else None

    def draw(self, page: LinesView, past: Past) -> None:
        """See `PeriodScreen.draw`."""
        context = self.context
        page.show(check_page(self._facts, self.host_watch, width=page.size.width, height=page.size.height,
                             range=self.period, glyphs=context.glyphs, now=context.clock.now(), zone=context.zone,
                             past=past, problem=self._problem))

    def read_again(self) -> None:
        """See `PeriodScreen.read_again`."""
        if self._facts is None or self._facts.state.name != self.target:
            self._facts = None
        self.run_worker(self._look(self.target), group="details", exclusive=True)

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """It ran again."""
        if "checks" in event.topics and self.is_current:
            self.read_again()

    def _step(self, step: int) -> None:
        super()._step(step)
        self.read_again()

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when it broke."""
        return about_line(self.board, None, f"check:{self.target}")

    async def _look(self, name: str) -> None:
        try:
            found = await self.board.facts(name)
        except OpsError as error:
            self._problem = str(error)
        else:
            self._facts, self._problem = found, "" if found is not None else GONE
        if self._facts is not None:
            super().read_again()
        self.show_health(self.host_watch.latest)
