"""Screen 3: the list of checklists."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Final

from opsconsole.checklists import actions
from opsconsole.checklists.model import TOPIC, RunState
from opsconsole.checklists.present.board import (
    Target,
    board_lines,
    counts_line,
    empty_lines,
    target_of,
)
from opsconsole.checklists.screen import doing
from opsconsole.checklists.screen.desk import desk_of, service_of
from opsconsole.checklists.screen.walk import WalkScreen
from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.page_screen import READING, page_view
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import harmless
from opsconsole.core.timeline import About
from opsconsole.core.view import framed
from opsconsole.logbook.actions import EMERGENCY
from opsconsole.tickets.screen.found import opened

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.worker import Worker

    from opsconsole.checklists.cases.types import Board, Row
    from opsconsole.checklists.model import Run
    from opsconsole.core.actions import Action
    from opsconsole.core.view import View

AGAIN: Final = 15.0
"""Seconds after which it is read again: what comes nearer does so by itself."""


class BoardScreen(ConsoleScreen, inherit_bindings=False):
    """What is due, late, in progress, missed; and what can be started."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.LIST, *actions.RUN, shell.FILTER,
                                             EMERGENCY._replace(footer=True), *shell.MOVES)
    DEFAULT_CSS: ClassVar[str] = """
    BoardScreen #counts { margin-bottom: 1; }
    BoardScreen #page { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.title = "Checklists"
        self._board: Board | None = None
        self._problem = ""
        self._stale = False

    def body(self) -> ComposeResult:
        """Counts, and the list."""
        yield Bar(self._counts, id="counts")
        yield LinesView(empty=READING, id="page", glyphs=self.context.glyphs)

    @property
    def page(self) -> LinesView:
        """The list."""
        return self.query_one("#page", LinesView)

    @property
    def target(self) -> Target:
        """What the cursor stands on."""
        return target_of(self.page.target) if self.is_mounted else Target()

    @property
    def row(self) -> Row | None:
        """The row under the cursor, where it is one of a run."""
        if self._board is None or not self.target.run:
            return None
        board = self._board
        rows = (*board.today, *board.week, *board.month, *board.quarter, *board.year)
        return next((row for row in rows if row.run is not None and row.run.id == self.target.run), None)

    # -- reading ------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read it, and follow the time."""
        self.page.focus()
        self.set_interval(AGAIN, self._again, name="checklists")
        self.held(self.read_again())

    def on_resize(self) -> None:
        """Another width has other columns."""
        self.call_after_refresh(self.show)

    def on_screen_resume(self) -> None:
        """What changed while another screen was shown."""
        if self._stale or self._board is not None:
            self.read_again()

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody did something, here or elsewhere."""
        if TOPIC in event.topics:
            if self.is_current:
                self.read_again()
            else:
                self._stale = True

    def _again(self) -> None:
        if self.is_current:
            self.read_again()

    def read_again(self) -> Worker[None]:
        """Read everything again; the cursor stays where it is."""
        return self.run_worker(self._read(), group="checklists", exclusive=True)

    async def _read(self) -> None:
        self._stale = False
        await opened(self.context)
        try:
            service = service_of(self.context)
            with suppress(OpsError):
                # What is due is listed even where no agent has made it yet, and where it cannot be made.
                await service.open_due()
            self._board = await service.board()
            self._problem = ""
            if await desk_of(self.context).recount(self.context):
                self.refresh_top()
        except OpsError as error:
            self._problem = str(error)
        self.show()
        self.refresh_bindings()

    def action_refresh(self) -> None:
        """Read it again now."""
        self.read_again()
        self.console.action_refresh()

    # -- drawing ------------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Draw what was read."""
        page = self.query_one_optional("#page", LinesView)
        if page is None or not page.size.width:
            return
        view, cells, wanted = page_view(self), max(1, self.size.width - 1), desk_of(self.context).wanted
        lines: list[Line] = []
        if self._problem:
            lines.append(Line((Span(f"{view.glyphs.critical} {harmless(self._problem)}", Style.CRITICAL),)))
        if self._board is not None:
            found = board_lines(self._board, view, wanted)
            lines += found or empty_lines(wanted)
        page.show([framed(line, cells) for line in lines])
        self.query_one("#counts", Bar).rebuild()

    def _counts(self, cells: int) -> Line:
        if self._board is None:
            return Line()
        view: View = page_view(self)
        return framed(counts_line(self._board, view, desk_of(self.context).wanted), cells)

    def on_lines_view_moved(self, event: LinesView.Moved) -> None:
        """Other keys work here."""
        event.stop()
        self.refresh_bindings()

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """A click on what the cursor stands on."""
        event.stop()
        self.action_open()

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when the round under the cursor was begun."""
        return About(f"run:{self.target.run}") if self.target.run else None

    # -- what can be done ---------------------------------------------------------------------------------------------

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        row = self.row
        if action.id == actions.OPEN.id:
            return None if self.target != Target() else "There is nothing to begin."
        if action.id == actions.EXPLAIN.id:
            missed = row is not None and row.state is RunState.MISSED
            return None if missed else "It was not missed."
        if action.id == actions.DEFER.id and self._board is not None and self._board.emergency:
            return None
        if action.id in (actions.DEFER.id, actions.WAIVE.id):
            return None if row is not None and not row.state.ended else "Put the cursor on a round that goes on."
        return super().unavailable(action)

    def refusal(self, action: Action) -> str | None:
        """See `ActingScreen.refusal`; `back` shows all checklists again."""
        if action.id == shell.BACK.id and desk_of(self.context).wanted:
            return None
        return super().refusal(action)

    def action_back(self) -> None:
        """Show all again."""
        if desk_of(self.context).wanted:
            desk_of(self.context).wanted = ""
            self.show()
        else:
            super().action_back()

    def action_open(self) -> None:
        """Walk through what the cursor stands on."""
        target = self.target
        if target.run:
            self.app.push_screen(WalkScreen(target.run))
        elif target.slug:
            self.run_worker(self._start(target.slug, target.occurrence), group="doing")

    async def _start(self, slug: str, occurrence: str = "", *, asked: bool = False) -> None:
        service = doing.service_or_none(self)
        loaded = service.library.get(slug) if service is not None else None
        if service is None:
            return
        if not asked and loaded is not None and loaded.template.category.value not in ("emergency", "security"):
            when = f" {occurrence}" if occurrence else ""
            ahead = ["It is not open yet, and is begun ahead of its time."] if occurrence else []
            question = f"Begin {doing.named(loaded.template.title)}{when} now?"
            if not await self.app.push_screen_wait(Confirm(question, ahead, yes="begin", glyphs=self.context.glyphs)):
                return
        try:
            run: Run = await service.start(self.context.actor, slug, occurrence)
        except OpsError as error:
            self.console.notify_error(error)
            return
        self.app.push_screen(WalkScreen(run.id, begun=True))

    def action_new(self) -> None:
        """Start any checklist."""
        self.run_worker(self._new(), group="doing")

    async def _new(self) -> None:
        service = doing.service_or_none(self)
        if service is None:
            return
        service.library.refresh()
        options = [Option(slug, loaded.template.title, loaded.template.category.value)
                   for slug, loaded in service.library.templates.items()]
        chosen = await self.app.push_screen_wait(Choose("Start which checklist?", options, done="start",
                                                        glyphs=self.context.glyphs))
        if chosen is not None:
            await self._start(chosen, asked=True)

    def action_filter(self) -> None:
        """Show only some."""
        self.run_worker(self._filter(), group="doing")

    async def _filter(self) -> None:
        text = await self.app.push_screen_wait(Ask("Show only checklists called:", desk_of(self.context).wanted,
                                                   hint="words of the title; empty: all", done="show",
                                                   glyphs=self.context.glyphs))
        if text is not None:
            desk_of(self.context).wanted = text.strip()
            self.show()

    def action_statistics(self) -> None:
        """How well they were kept."""
        from opsconsole.checklists.screen.kept import KeptScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(KeptScreen())

    def action_explain(self) -> None:
        """Why it was missed."""
        self._do(doing.explain)

    def action_waive(self) -> None:
        """Let it be."""
        self._do(doing.waive)

    def action_defer(self) -> None:
        """Put it off, or all routine rounds while an emergency goes on."""
        row, board, service = self.row, self._board, doing.service_or_none(self)
        if row is not None and row.run is not None and row.state is RunState.DEFERRED:
            self._do(doing.resume)
        elif board is not None and board.emergency and service is not None and (
                runs := doing.routine(service, board.today, board.emergency)):
            first = board.emergency[0]
            self.run_worker(self._defer(runs, f"{doing.named(first.title)} {first.occurrence}"), group="doing")
        elif row is not None and row.run is not None:
            self.run_worker(self._defer([row.run]), group="doing")

    async def _defer(self, runs: list[Run], because: str = "") -> None:
        if await doing.defer(self, runs, because):
            self.read_again()

    def _do(self, what: Any) -> None:
        row = self.row
        if row is None or row.run is None:
            return
        run = row.run

        async def done() -> None:
            if await what(self, run):
                self.read_again()

        self.run_worker(done(), group="doing")
