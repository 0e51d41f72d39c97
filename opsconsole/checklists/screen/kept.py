"""How well checklists were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.checklists import actions
from opsconsole.checklists.present.statistics import period_line, statistics_lines
from opsconsole.checklists.screen.desk import service_of
from opsconsole.console import actions as shell
from opsconsole.console.page_screen import COUNTING, PageScreen
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.clock import DAY

if TYPE_CHECKING:
    from opsconsole.checklists.cases.types import Statistics
    from opsconsole.core.actions import Action
    from opsconsole.core.lines import Line
    from opsconsole.core.view import View

PERIODS: Final = (7, 30, 91, 365)
"""Days."""
MOST_BACK: Final = 520


class KeptScreen(PageScreen["Statistics"], inherit_bindings=False):
    """The page; a month at first."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.KEPT, *shell.MOVES)
    VIEW: ClassVar[type[LinesView]] = LinesView
    UNREAD: ClassVar[tuple[Line, ...]] = COUNTING

    def __init__(self) -> None:
        super().__init__("Checklists kept")
        self._place, self._back = 1, 0

    async def read(self) -> Statistics:
        """See `PageScreen.read`."""
        days = PERIODS[self._place] * DAY
        until = self.context.clock.now() - self._back * days
        return await service_of(self.context).statistics(until - days, until)

    def title_line(self, content: Statistics, view: View) -> Line:
        """See `PageScreen.title_line`: the period."""
        return period_line(content, view)

    def page_lines(self, content: Statistics, view: View) -> list[Line]:
        """See `PageScreen.page_lines`."""
        return statistics_lines(content, view)

    def action_period(self) -> None:
        """Another length."""
        self._place, self._back = (self._place + 1) % len(PERIODS), 0
        self.read_again()

    def action_earlier(self) -> None:
        """The one before."""
        self._back = min(MOST_BACK, self._back + 1)
        self.read_again()

    def action_later(self) -> None:
        """The one after."""
        self._back = max(0, self._back - 1)
        self.read_again()
