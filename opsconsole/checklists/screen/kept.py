"""How well checklists were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.checklists import actions
from opsconsole.checklists.present.statistics import period_line, statistics_lines
from opsconsole.checklists.screen import doing
from opsconsole.checklists.screen.desk import service_of
from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.clock import DAY
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import harmless
from opsconsole.core.view import framed

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.checklists.cases.types import Statistics
    from opsconsole.core.actions import Action

PERIODS: Final = (7, 30, 91, 365)
"""Days."""
MOST_BACK: Final = 520
COUNTING: Final = (Line((Span(" It is being counted.", Style.MUTED),)),)


class KeptScreen(ConsoleScreen, inherit_bindings=False):
    """The page; a month at first."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.KEPT, *shell.MOVES)
    DEFAULT_CSS: ClassVar[str] = """
    KeptScreen #period { margin-bottom: 1; }
    KeptScreen #page { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.title = "Checklists kept"
        self._place, self._back = 1, 0
        self._found: Statistics | None = None
        self._problem = ""

    def body(self) -> ComposeResult:
        """The period, and the page."""
        yield Bar(self._period, id="period")
        yield LinesView(empty=COUNTING, id="page", glyphs=self.context.glyphs)

    def on_mount(self) -> None:
        """Count."""
        self.query_one("#page").focus()
        self._count()

    def on_resize(self) -> None:
        """Another width."""
        self.call_after_refresh(self.show)

    def action_period(self) -> None:
        """Another length."""
        self._place, self._back = (self._place + 1) % len(PERIODS), 0
        self._count()

    def action_earlier(self) -> None:
        """The one before."""
        self._back = min(MOST_BACK, self._back + 1)
        self._count()

    def action_later(self) -> None:
        """The one after."""
        self._back = max(0, self._back - 1)
        self._count()

    def action_refresh(self) -> None:
        """Count again."""
        self._count()
        self.console.action_refresh()

    def _count(self) -> None:
        self.run_worker(self._read(), group="statistics", exclusive=True)

    async def _read(self) -> None:
        days = PERIODS[self._place] * DAY
        until = self.context.clock.now() - self._back * days
        try:
            self._found = await service_of(self.context).statistics(until - days, until)
            self._problem = ""
        except OpsError as error:
            self._problem = str(error)
        self.show()

    def _period(self, cells: int) -> Line:
        return framed(period_line(self._found, doing.view_of(self)), cells) if self._found is not None else Line()

    def show(self) -> None:
        """Draw what was counted."""
        page = self.query_one_optional("#page", LinesView)
        if page is None:
            return
        view = doing.view_of(self)
        wrong = Line((Span(f"{view.glyphs.critical} {harmless(self._problem)}", Style.CRITICAL),))
        lines = [wrong] if self._problem else []
        if self._found is not None:
            lines += statistics_lines(self._found, view)
        page.show([framed(line, max(1, self.size.width - 1)) for line in lines])
        self.query_one("#period", Bar).rebuild()
