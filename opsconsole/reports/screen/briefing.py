"""What happened since the last visit, on the first screen after opening: one key dismisses it, one opens each thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES
from opsconsole.console.bar import Bar
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.storage import opened
from opsconsole.console.widgets.page_view import PageView
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.timeline import About
from opsconsole.core.view import MARGIN, View, framed
from opsconsole.reports.briefing import actions
from opsconsole.reports.briefing.model import TOPIC, Part
from opsconsole.reports.briefing.present import MORE, briefing_lines, problem_lines, title_line
from opsconsole.reports.screen.handover import HandoverForm, HandoverScreen, take
from opsconsole.reports.screen.visiting import visit_of

if TYPE_CHECKING:
    from typing import Any

    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.reports.briefing.model import Briefing

READING = (Line((Span(" It is being read.", Style.MUTED),)),)
TOPICS = frozenset({TOPIC, "alerts", "tickets", "checklists", "logbook"})


class BriefingScreen(ConsoleScreen, inherit_bindings=False):
    """What happened since the last visit; read again when something happens.

    Args:
        briefing: what was read already; None: it is still to be read.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.BRIEFING, *MOVES)
    DEFAULT_CSS: ClassVar[str] = """
    BriefingScreen #title { margin-bottom: 1; }
    BriefingScreen #page { height: 1fr; }
    """

    def __init__(self, briefing: Briefing | None = None) -> None:
        super().__init__()
        self.title = "Since your last visit"
        self._briefing = briefing
        self._whole: set[Part] = set()
        self._problem = ""

    def body(self) -> ComposeResult:
        """Since when, and the page."""
        yield Bar(self._title, id="title")
        yield PageView(empty=READING, id="page", glyphs=self.context.glyphs)

    def everywhere(self) -> tuple[Action, ...]:
        """As on every screen; going back is dismissing here."""
        return tuple(one._replace(label="dismiss") if one.id == "console.back" else one for one in super().everywhere())

    # -- reading ------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read it, unless that was done."""
        self.query_one(PageView).focus()
        if self._briefing is None:
            self.held(self._again())

    def on_resize(self) -> None:
        """Another width cuts otherwise."""
        self.call_after_refresh(self._show)

    def on_screen_resume(self) -> None:
        """What was opened from here may have changed."""
        super().on_screen_resume()
        if self.query_one(PageView).lines:
            self._again()

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Something happened meanwhile."""
        if self.is_current and event.topics & TOPICS:
            self._again()

    def action_refresh(self) -> None:
        """Read it again now."""
        self._again()
        self.console.action_refresh()

    def _again(self) -> Any:
        return self.run_worker(self._read(), group="briefing", exclusive=True)

    async def _read(self) -> None:
        await opened(self.context)
        try:
            self._briefing = await visit_of(self.context).gathered(self.context)
            self._problem = ""
        except OpsError as error:
            self._problem = str(error)
        self._show()
        self.refresh_bindings()

    # -- drawing ------------------------------------------------------------------------------------------------------

    def _view(self) -> View:
        context = self.context
        cells = max(30, self.size.width - 1 - 2 * MARGIN)
        return View(cells, context.glyphs, context.clock.now(), context.zone)

    def _title(self, cells: int) -> Line:
        return framed(title_line(self._briefing, self._view()), cells) if self._briefing is not None else BLANK

    def _show(self) -> None:
        page, title = self.query_one_optional("#page", PageView), self.query_one_optional("#title", Bar)
        if page is None or title is None or not page.size.width:
            return
        cells, lines = max(1, self.size.width - 1), list[Line]()
        if self._problem:
            lines += [*problem_lines(self._problem, self._view()), BLANK]
        if self._briefing is not None:
            lines += briefing_lines(self._briefing, self._view(), self._whole)
        page.show([framed(line, cells) for line in lines])
        title.rebuild()

    # -- what is done -------------------------------------------------------------------------------------------------

    @property
    def target(self) -> str:
        """What the cursor stands on."""
        page = self.query_one_optional("#page", PageView)
        return page.target if page is not None else ""

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when it happened."""
        found = [item for section in (self._briefing.sections if self._briefing is not None else ())
                 for item in section.items if item.target and item.target == self.target]
        return About(found[0].target, found[0].at, found[0].what) if found else None

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == actions.OPEN.id and not self.target:
            return "There is nothing to open here."
        if action.id == actions.TAKE.id and self._handover() is None:
            return "Put the cursor on a hand-over of somebody else first."
        return None

    def on_lines_view_moved(self, event: PageView.Moved) -> None:
        """Other keys work where the cursor stands now."""
        event.stop()
        self.refresh_bindings()

    def on_lines_view_opened(self, event: PageView.Opened) -> None:
        """`enter`, or a click."""
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """What the cursor stands on."""
        kind, _, name = self.target.partition(":")
        if f"{kind}:" == MORE:
            self._whole.add(Part[name.upper()])
            self._show()
        elif kind == "handover":
            self.app.push_screen(HandoverScreen(int(name)))
        elif self.target:
            visit_of(self.context).opener(self, self.target)

    def action_take(self) -> None:
        """Take the hand-over under the cursor."""
        if (number := self._handover()) is not None:
            self.run_worker(take(self, number, self._again), group="take")

    def action_write(self) -> None:
        """Write one."""
        self.app.push_screen(HandoverForm())

    def action_back(self) -> None:
        """The person knows."""
        if self._briefing is not None and not self._problem:
            self.app.run_worker(visit_of(self.context).dismissed(self.context, self._briefing.until), group="dismiss")
        super().action_back()

    def _handover(self) -> int | None:
        """The number of the hand-over of somebody else under the cursor; without one there, of the only one."""
        waiting = [one.id for one in self._briefing.waiting] if self._briefing is not None else []
        kind, _, name = self.target.partition(":")
        if kind == "handover":
            return int(name) if int(name) in waiting else None
        return waiting[0] if len(waiting) == 1 else None
