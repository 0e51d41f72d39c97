"""Every target beside what was reached; each opens where its number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from opsconsole.console.actions import MOVES
from opsconsole.console.bar import Bar
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.page_view import PageView
from opsconsole.console.widgets.pages import failure
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.view import MARGIN, View, framed
from opsconsole.reports.screen.aiming import aims_of
from opsconsole.reports.targets import actions
from opsconsole.reports.targets.present import summary_line, target_lines

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.reports.targets.model import Actual

AGAIN: Final = 60.0
"""Seconds after which it is asked again: windows that end now move on."""
READING: Final = (Line((Span(" It is being counted.", Style.MUTED),)),)
TOPICS: Final = frozenset({"tickets", "checklists", "logbook", "alerts"})


class TargetsScreen(ConsoleScreen, inherit_bindings=False):
    """The board of targets."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.TARGETS, *MOVES)
    DEFAULT_CSS: ClassVar[str] = """
    TargetsScreen #title { margin-bottom: 1; }
    TargetsScreen #page { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.title = "Targets"
        self._found: list[Actual] | None = None
        self._problem: OpsError | None = None

    def body(self) -> ComposeResult:
        """How many stand how, and the table."""
        yield Bar(self._title, id="title")
        yield PageView(empty=READING, id="page", glyphs=self.context.glyphs)

    def on_mount(self) -> None:
        """Count it, now and again."""
        self.query_one(PageView).focus()
        self._again()
        self.set_interval(AGAIN, self._later, name="targets")

    def on_resize(self) -> None:
        """Another width has other columns."""
        self.call_after_refresh(self._show)

    def on_screen_resume(self) -> None:
        """What was opened from here may have changed."""
        super().on_screen_resume()
        if self._found is not None:
            self._again()

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Something happened that targets may be about."""
        if event.topics & TOPICS:
            self._later()

    def on_lines_view_moved(self, event: PageView.Moved) -> None:
        """Other keys work where the cursor stands now."""
        event.stop()
        self.refresh_bindings()

    def on_lines_view_opened(self, event: PageView.Opened) -> None:
        """`enter`, or a click."""
        event.stop()
        self.action_open()

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        return "There is nothing to open here." if action.id == actions.OPEN.id and not self._opens else None

    def action_refresh(self) -> None:
        """Count it again now."""
        self._again()
        self.console.action_refresh()

    def action_open(self) -> None:
        """Where the number under the cursor comes from."""
        opener = aims_of(self.context).opener
        if opener is not None and self._opens:
            opener(self, self._opens)

    @property
    def _opens(self) -> str:
        """Where the number under the cursor comes from."""
        page = self.query_one_optional("#page", PageView)
        name = page.target if page is not None else ""
        return next((one.opens for one in self._found or () if one.figure.name == name), "")

    def _later(self) -> None:
        if self.is_current:
            self._again()

    def _again(self) -> Any:
        return self.run_worker(self._read(), group="targets", exclusive=True)

    async def _read(self) -> None:
        try:
            self._found = await aims_of(self.context).actuals(self.context)
            self._problem = None
        except OpsError as error:
            self._problem = error
        self._show()
        self.refresh_bindings()

    def _view(self) -> View:
        context = self.context
        # The page may be longer than the screen: a scrollbar takes a column.
        cells = max(30, self.size.width - 1 - 2 * MARGIN)
        return View(cells, context.glyphs, context.clock.now(), context.zone)

    def _title(self, cells: int) -> Line:
        return framed(summary_line(self._found, self._view()), cells) if self._found else BLANK

    def _show(self) -> None:
        page, title = self.query_one_optional("#page", PageView), self.query_one_optional("#title", Bar)
        if page is None or title is None or not page.size.width:
            return
        cells, view, lines = max(1, self.size.width - 1), self._view(), list[Line]()
        if self._problem is not None:
            lines += [*failure(self._problem, view.cells, view.glyphs.critical), BLANK]
        if self._found is not None:
            lines += target_lines(self._found, view, configured=bool(aims_of(self.context).targets))
        page.show([framed(line, cells) for line in lines])
        title.rebuild()
