"""The walk through one run: one key for each item, each answer stored when it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.checklists import actions
from opsconsole.checklists.errors import NotNow
from opsconsole.checklists.model import TOPIC, RunState, topic_of
from opsconsole.checklists.present.items import target_of
from opsconsole.checklists.present.walk import HANDOVER, Known, Page, emergency, heading, ready_line, walk_lines
from opsconsole.checklists.screen import doing
from opsconsole.checklists.screen.answering import Answering
from opsconsole.checklists.screen.desk import service_of
from opsconsole.checklists.screen.finishing import Finishing
from opsconsole.checklists.screen.items import ItemsView
from opsconsole.checklists.walk import missing, next_open
from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.page_screen import READING, page_view
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.errors import OpsError, PermissionDenied
from opsconsole.core.identity import Role
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.text import harmless
from opsconsole.core.timeline import About
from opsconsole.core.view import framed
from opsconsole.tickets.screen.found import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.worker import Worker

    from opsconsole.checklists.model import Answer, Run
    from opsconsole.checklists.walk import Step, Walk
    from opsconsole.core.actions import Action

AGAIN: Final = 30.0
"""Seconds after which it is drawn again: how late it is grows by itself."""
TALL: Final = 30
"""Rows from which on a blank line stands below the heading."""


class WalkScreen(Answering, Finishing, ConsoleScreen, inherit_bindings=False):
    """One run, read again whenever somebody does something to it.

    Args:
        number: of the run.
        begun: whether this person has begun it just now.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.WALK, *actions.RUN, *shell.MOVES)
    DEFAULT_CSS: ClassVar[str] = """
    WalkScreen #page { height: 1fr; }
    WalkScreen #status { height: auto; }
    WalkScreen.-tall #heading { margin-bottom: 1; }
    """

    def __init__(self, number: int, *, begun: bool = False) -> None:
        super().__init__()
        self.title = "Checklist"
        self.number = number
        self.walk: Walk | None = None
        self._begun = begun
        self._figures: Mapping[str, tuple[Answer, ...]] | None = None
        self._state = RunState.OPEN
        self._unfolded: frozenset[str] = frozenset()
        self._known = Known()
        self._problem = ""
        self._stood = 0.0
        self._placed = False
        self._drawn_at = ""
        self._page: ItemsView | None = None

    def body(self) -> ComposeResult:
        """Heading, page, what is left to do."""
        yield Bar(self._heading, id="heading")
        yield self.page
        yield Rows(id="status", glyphs=self.context.glyphs)

    @property
    def page(self) -> ItemsView:
        """The page; it answers also while the screen is being closed."""
        if self._page is None:
            self._page = ItemsView(empty=READING, id="page", glyphs=self.context.glyphs)
        return self._page

    @property
    def state(self) -> RunState:
        """How the run stood when it was read last."""
        return self._state

    @property
    def step(self) -> Step | None:
        """The item under the cursor."""
        kind, _, item = self.page.target.partition(":")
        return self.walk.step(item) if kind == "item" and self.walk is not None else None

    @property
    def shown(self) -> Page | None:
        """What is drawn; None: nothing was read yet."""
        if self.walk is None:
            return None
        step = self.step
        return Page(self.walk, self._state, self._figures or {}, step.item.id if step is not None else "",
                    self._unfolded, self.context.actor.role >= Role.SUPERVISOR)

    @property
    def seconds(self) -> float:
        """How long the cursor has stood on its item."""
        return max(0.0, self.context.clock.monotonic() - self._stood)

    # -- reading ------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read it; keys that were typed ahead wait until it is there."""
        self.page.focus()
        self.set_interval(AGAIN, self._again, name="checklist")
        # In a group of its own: what it begins makes the feed ask for another reading, which would end it half way.
        self.held(self.run_worker(self._open(), group="opening"))

    def on_resize(self) -> None:
        """Another width."""
        self.set_class(self.size.height >= TALL, "-tall")
        self.call_after_refresh(self.show)

    def on_unmount(self) -> None:
        """A screen that was closed is collected late; of a long run it holds some MiB."""
        self.walk, self._figures, self._known = None, None, Known()

    def on_screen_resume(self) -> None:
        """What changed while something lay over it."""
        self._stood = self.context.clock.monotonic()
        if self.walk is not None:
            self.read_again()

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody answered, or the machine proposed something."""
        if {TOPIC, topic_of(self.number)} & event.topics:
            self.read_again()

    def _again(self) -> None:
        if self.is_current:
            self.read_again()

    def read_again(self) -> Worker[None]:
        """Read what is new; the cursor stays on its item."""
        return self.run_worker(self.read(), group="walk", exclusive=True)

    async def _open(self) -> None:
        """Note who works on it, then read it."""
        await opened(self.context)
        try:
            service = service_of(self.context)
            run = await service.run(self.number)
            fresh = self._begun or run.begun is None
            if not self._begun:
                try:
                    await service.begin(self.context.actor, self.number)
                except (PermissionDenied, NotNow):
                    # Whoever may not answer can look at it.
                    fresh = False
        except OpsError as error:
            self._problem, fresh = str(error), False
        await self.read()
        page = self.shown
        if fresh and page is not None and emergency(page):
            # In a group of its own: reading again, once the question is answered, must not end what follows from it.
            self.held(self.run_worker(self._offer(page.walk.run), group="doing"))

    async def _offer(self, run: Run) -> None:
        await doing.offer_deferring(self, run)

    async def read(self) -> None:
        """Read the run, and of the runs before it the figures, once."""
        try:
            service = service_of(self.context)
            walk = await service.walk(self.number)
            if self._figures is None:
                self._figures = await service.figures(walk.run)
            self.walk, self._state, self._problem = walk, service.state(walk.run), ""
        except OpsError as error:
            self._problem = str(error)
        self.show()
        self.refresh_bindings()

    def about(self) -> About:
        """See `ConsoleScreen.about`: when the item under the cursor was answered, else when the round was begun."""
        answer = self.step.answer if self.step is not None else None
        title = self.walk.run.title if self.walk is not None else ""
        return About(f"run:{self.number}", answer.at if answer is not None else None, title)

    # -- drawing ------------------------------------------------------------------------------------------------------

    def _heading(self, cells: int) -> Line:
        page = self.shown
        return framed(heading(page, page_view(self)), cells) if page is not None else BLANK

    def show(self) -> None:
        """Draw what was read."""
        shown, bar = self.shown, self.query_one_optional("#heading", Bar)
        # What was read may come when the screen is being closed.
        if bar is None or not self.page.size.width:
            return
        cells, view = max(1, self.size.width - 1), page_view(self)
        if shown is None:
            wrong = Line((Span(f"{view.glyphs.critical} {harmless(self._problem)}", Style.CRITICAL),))
            self.page.show([framed(wrong, cells)] if self._problem else [])
            return
        self.title = harmless(shown.walk.run.title)
        self._drawn_at = self.page.target
        self.page.show(self._known.framed(walk_lines(shown, view, self._known), cells))
        if not self._placed:
            self._placed = True
            if not self.page.stand_on(HANDOVER) and shown.answerable:
                self.go_on("")
            self._redraw_cursor()
        bar.rebuild()
        self._show_status()

    def _redraw_cursor(self) -> None:
        """The cursor stands elsewhere: draw the two items."""
        shown = self.shown
        if shown is not None and self._drawn_at != self.page.target:
            self._drawn_at = self.page.target
            cells = max(1, self.size.width - 1)
            self.page.show(self._known.framed(walk_lines(shown, page_view(self), self._known), cells))

    def _show_status(self) -> None:
        rows, shown, view = self.query_one_optional("#status", Rows), self.shown, page_view(self)
        if rows is None or shown is None:
            return
        lines = []
        if self._problem:
            lines.append(Line((Span(f"{view.glyphs.critical} {harmless(self._problem)}", Style.CRITICAL),)))
        lines.append(ready_line(len(missing(shown.walk)), shown, view))
        rows.show([framed(line, self.size.width) for line in lines])

    def on_lines_view_moved(self, event: ItemsView.Moved) -> None:
        """Another item under the cursor."""
        event.stop()
        self._stood = self.context.clock.monotonic()
        self._redraw_cursor()
        self.refresh_bindings()

    def on_lines_view_opened(self, event: ItemsView.Opened) -> None:
        """A click on the item under the cursor shows how it is done; a key answers."""
        event.stop()
        self.action_help()

    def go_on(self, item: str) -> None:
        """Put the cursor on the next item that is open, if there is one."""
        if self.walk is not None and (name := next_open(self.walk, item)):
            self.stand_on(name)

    def stand_on(self, item: str) -> None:
        """Put the cursor on an item."""
        if self.page.stand_on(target_of(item)):
            self._stood = self.context.clock.monotonic()
            self._redraw_cursor()

    def action_help(self) -> None:
        """How the item is done, below it, or no more."""
        step = self.step
        if step is not None:
            self._unfolded ^= {step.item.id}
            self.show()

    def action_details(self) -> None:
        """Everything about the item."""
        from opsconsole.checklists.screen.detail import DetailScreen  # noqa: PLC0415 - when it is opened

        step, walk = self.step, self.walk
        if step is not None and walk is not None:
            self.app.push_screen(DetailScreen(walk.run.slug, step))

    def action_ask_machine(self) -> None:
        """Let the machine look again."""
        service = doing.service_or_none(self)
        if service is not None:
            self.run_worker(self._ask_machine(), group="doing")

    async def _ask_machine(self) -> None:
        service = doing.service_or_none(self)
        if service is not None and await doing.carry_out(self, service.want(self.number),
                                                         "The machine looks again; it takes a few seconds."):
            await self.read()

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if self.walk is None and action.group == "checklist":
            return "It is being read; try again in a moment."
        return self.unanswerable(action) or self.unfinished(action) or super().unavailable(action)
