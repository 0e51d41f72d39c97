"""What happened since the last visit, on the first screen after opening: one key dismisses it, one opens each thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES
from opsconsole.console.page_screen import PageScreen
from opsconsole.core.timeline import About
from opsconsole.reports.briefing import actions
from opsconsole.reports.briefing.model import TOPIC, Part
from opsconsole.reports.briefing.present import MORE, briefing_lines, problem_lines, title_line
from opsconsole.reports.screen.handover import HandoverForm, HandoverScreen, take
from opsconsole.reports.screen.visiting import visit_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.actions import Action
    from opsconsole.core.errors import OpsError
    from opsconsole.core.lines import Line
    from opsconsole.core.view import View
    from opsconsole.reports.briefing.model import Briefing


class BriefingScreen(PageScreen["Briefing"], inherit_bindings=False):
    """What happened since the last visit; read again when something happens.

    Args:
        briefing: what was read already; None: it is still to be read.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.BRIEFING, *MOVES)
    TOPICS: ClassVar[frozenset[str]] = frozenset({TOPIC, "alerts", "tickets", "checklists", "logbook"})

    def __init__(self, briefing: Briefing | None = None) -> None:
        super().__init__("Since your last visit", briefing)
        self._whole: set[Part] = set()

    def everywhere(self) -> tuple[Action, ...]:
        """As on every screen; going back is dismissing here."""
        return tuple(one._replace(label="dismiss") if one.id == "console.back" else one for one in super().everywhere())

    # -- what is shown ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """See `PageScreen.begin`; unless that was done."""
        if self.content is None:
            super().begin()

    async def read(self) -> Briefing:
        """See `PageScreen.read`."""
        return await visit_of(self.context).gathered(self.context)

    def title_line(self, content: Briefing, view: View) -> Line:
        """See `PageScreen.title_line`: since when, and how much."""
        return title_line(content, view)

    def problem_lines(self, problem: OpsError, view: View) -> Iterable[Line]:
        """See `PageScreen.problem_lines`."""
        return problem_lines(str(problem), view)

    def page_lines(self, content: Briefing, view: View) -> list[Line]:
        """See `PageScreen.page_lines`."""
        return briefing_lines(content, view, self._whole)

    # -- what is done -------------------------------------------------------------------------------------------------

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when it happened."""
        found = [item for section in (self.content.sections if self.content is not None else ())
                 for item in section.items if item.target and item.target == self.target]
        return About(found[0].target, found[0].at, found[0].what) if found else None

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == actions.OPEN.id and not self.target:
            return "There is nothing to open here."
        if action.id == actions.TAKE.id and self._handover() is None:
            return "Put the cursor on a hand-over of somebody else first."
        return None

    def action_open(self) -> None:
        """What the cursor stands on."""
        self.open_target(self.target)

    def open_target(self, target: str) -> None:
        """See `PageScreen.open_target`."""
        kind, _, name = target.partition(":")
        if f"{kind}:" == MORE:
            self._whole.add(Part[name.upper()])
            self.show()
        elif kind == "handover":
            self.app.push_screen(HandoverScreen(int(name)))
        elif target:
            visit_of(self.context).opener(self, target)

    def action_take(self) -> None:
        """Take the hand-over under the cursor."""
        if (number := self._handover()) is not None:
            self.run_worker(take(self, number, self.read_again), group="take")

    def action_write(self) -> None:
        """Write one."""
        self.app.push_screen(HandoverForm())

    def action_back(self) -> None:
        """The person knows."""
        if self.content is not None and self.problem is None:
            self.app.run_worker(visit_of(self.context).dismissed(self.context, self.content.until), group="dismiss")
        super().action_back()

    def _handover(self) -> int | None:
        """The number of the hand-over of somebody else under the cursor; without one there, of the only one."""
        waiting = [one.id for one in self.content.waiting] if self.content is not None else []
        kind, _, name = self.target.partition(":")
        if kind == "handover":
            return int(name) if int(name) in waiting else None
        return waiting[0] if len(waiting) == 1 else None
