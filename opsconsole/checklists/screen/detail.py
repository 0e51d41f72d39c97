"""One item over time, and everything that its answer rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.checklists.present.history import detail_lines
from opsconsole.checklists.screen.desk import service_of
from opsconsole.console import actions as shell
from opsconsole.console.page_screen import READING, page_view
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import harmless
from opsconsole.core.view import framed

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.checklists.model import Answer
    from opsconsole.checklists.walk import Step
    from opsconsole.core.actions import Action



class DetailScreen(ConsoleScreen, inherit_bindings=False):
    """The page.

    Args:
        slug: of the checklist.
        step: the item as it stands in the run.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = shell.MOVES
    DEFAULT_CSS: ClassVar[str] = "DetailScreen #page { height: 1fr; }"

    def __init__(self, slug: str, step: Step) -> None:
        super().__init__()
        self.title = harmless(step.item.title)
        self._slug, self._step = slug, step
        self._history: list[Answer] | None = None
        self._problem = ""

    def body(self) -> ComposeResult:
        """The page."""
        yield LinesView(empty=READING, id="page", glyphs=self.context.glyphs)

    def on_mount(self) -> None:
        """Read its history."""
        self.query_one("#page").focus()
        self.held(self.run_worker(self._read(), group="walk", exclusive=True))

    def on_resize(self) -> None:
        """Another width."""
        self.call_after_refresh(self.show)

    async def _read(self) -> None:
        try:
            self._history = await service_of(self.context).history(self._slug, self._step.item.id)
        except OpsError as error:
            self._problem, self._history = str(error), []
        self.show()

    def show(self) -> None:
        """Draw what was read."""
        page = self.query_one_optional("#page", LinesView)
        if page is None or self._history is None:
            return
        view = page_view(self)
        lines = detail_lines(self._step, self._history, view)
        if self._problem:
            lines.insert(0, Line((Span(f"{view.glyphs.critical} {harmless(self._problem)}", Style.CRITICAL),)))
        page.show([framed(line, max(1, self.size.width - 1)) for line in lines])
