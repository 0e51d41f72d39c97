"""Every target beside what was reached; each opens where its number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.console.actions import MOVES
from opsconsole.console.page_screen import COUNTING, PageScreen
from opsconsole.core.lines import BLANK
from opsconsole.reports.screen.aiming import aims_of
from opsconsole.reports.targets import actions
from opsconsole.reports.targets.present import summary_line, target_lines

if TYPE_CHECKING:
    from opsconsole.core.actions import Action
    from opsconsole.core.lines import Line
    from opsconsole.core.view import View
    from opsconsole.reports.targets.model import Actual

AGAIN: Final = 60.0
"""Seconds after which it is asked again: windows that end now move on."""


class TargetsScreen(PageScreen["list[Actual]"], inherit_bindings=False):
    """The board of targets."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.TARGETS, *MOVES)
    TOPICS: ClassVar[frozenset[str]] = frozenset({"tickets", "checklists", "logbook", "alerts"})
    UNREAD: ClassVar[tuple[Line, ...]] = COUNTING

    def __init__(self) -> None:
        super().__init__("Targets")

    def begin(self) -> None:
        """Count it, now and again; no key waits for that."""
        self.read_again()
        self.set_interval(AGAIN, self.follow, name="targets")

    async def read(self) -> list[Actual]:
        """See `PageScreen.read`."""
        return await aims_of(self.context).actuals(self.context)

    def title_line(self, content: list[Actual], view: View) -> Line:
        """See `PageScreen.title_line`: how many stand how."""
        return summary_line(content, view) if content else BLANK

    def page_lines(self, content: list[Actual], view: View) -> list[Line]:
        """See `PageScreen.page_lines`: the table."""
        return target_lines(content, view, configured=bool(aims_of(self.context).targets))

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        return "There is nothing to open here." if action.id == actions.OPEN.id and not self._opens else None

    def action_open(self) -> None:
        """Where the number under the cursor comes from."""
        opener = aims_of(self.context).opener
        if opener is not None and self._opens:
            opener(self, self._opens)

    def open_target(self, target: str) -> None:  # noqa: ARG002 - what it opens is known by its number
        """See `PageScreen.open_target`."""
        self.action_open()

    @property
    def _opens(self) -> str:
        """Where the number under the cursor comes from."""
        return next((one.opens for one in self.content or () if one.figure.name == self.target), "")
