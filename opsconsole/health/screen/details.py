"""One process, looked at closely."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.health import actions
from opsconsole.health.present.processes import details_page
from opsconsole.health.sampling.process_details import details
from opsconsole.health.screen.watching import WatchingScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.health.model import Health, Process
    from opsconsole.health.sampling.process_details import ProcessDetails
    from opsconsole.health.service import Signal
    from opsconsole.health.watch import Watch

READ_EVERY = 5
"""Healths between two close looks: files and connections are read from hundreds of links."""


class DetailsScreen(WatchingScreen, inherit_bindings=False):
    """Command line, files, connections, unit and figures of one process, while it lives."""

    PROCESSES: ClassVar[int | None] = None
    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.DETAILS, *MOVES)

    def __init__(self, watch: Watch, process: Process) -> None:
        super().__init__(watch)
        self.title = "Process"
        self._process = process
        self._details: ProcessDetails | None = None
        self._ended = False
        self._count = 0

    def body(self) -> ComposeResult:
        """One page."""
        yield LinesView(id="page", glyphs=self.context.glyphs)

    def show_health(self, health: Health | None) -> None:
        """New figures of the same process; now and then the close look again."""
        running = health.snapshot.processes if health is not None else ()
        found = next((one for one in running if (one.pid, one.started) == (self._process.pid, self._process.started)),
                     None)
        self._process = found or self._process
        if self._count % READ_EVERY == 0:
            self.run_worker(self._look(), group="details", exclusive=True)
        self._count += 1
        self._show()

    def on_resize(self) -> None:
        """Another width wraps otherwise."""
        self.call_after_refresh(self._show)

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if self._ended and action.id in {"process.terminate", "process.kill"}:
            return "The process has ended."
        if action.id == "process.parent" and self._starter() is None:
            return "The process that started it is not there."
        return None

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """The only thing to open is the parent."""
        event.stop()
        self.action_parent()

    def action_refresh(self) -> None:
        """Look closely now."""
        self._count = 0
        super().action_refresh()

    def action_parent(self) -> None:
        """The process that started this one."""
        if (parent := self._starter()) is not None:
            self.app.push_screen(DetailsScreen(self.host_watch, parent))

    def action_terminate(self) -> None:
        """SIGTERM, after a question."""
        from opsconsole.health.service import Signal  # noqa: PLC0415 - when it is asked for

        self._end(Signal.TERMINATE)

    def action_kill(self) -> None:
        """SIGKILL, after a question."""
        from opsconsole.health.service import Signal  # noqa: PLC0415 - when it is asked for

        self._end(Signal.KILL)

    def _end(self, how: Signal) -> None:
        from opsconsole.health.screen.ending import ask_and_end  # noqa: PLC0415 - when it is asked for

        self.run_worker(ask_and_end(self, self._process, how), group="end")

    def _starter(self) -> Process | None:
        health = self.host_watch.latest
        running = health.snapshot.processes if health is not None else ()
        return next((one for one in running if one.pid == self._process.parent), None)

    async def _look(self) -> None:
        process = self._process
        # In a thread, because a process can have a hundred thousand open files.
        found = await asyncio.to_thread(details, process.pid, process.started, user_name=lambda _: process.user)
        self._details, self._ended = found or self._details, found is None
        self.refresh_bindings()
        self._show()

    def _show(self) -> None:
        page, context = self.query_one("#page", LinesView), self.context
        if page.size.width:
            page.show(details_page(self._process, self._details, ended=self._ended, width=page.size.width,
                                   glyphs=context.glyphs, now=context.clock.now(), zone=context.zone))
