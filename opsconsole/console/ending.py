"""How the console meets its terminal and leaves it: frames that are left out, signals, mistakes, the end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from textual.worker import WorkerFailed

from opsconsole.console.driver import ConsoleDriver
from opsconsole.console.intervals import Intervals
from opsconsole.console.keyqueue import KeyQueueApp
from opsconsole.console.signals import CRASHED, GRACE, Terminal, end_within, install, log_stray_errors

if TYPE_CHECKING:
    import threading

    from textual.screen import Screen

    from opsconsole.console.context import ConsoleContext

log = logging.getLogger(__name__)


class EndingApp(Intervals, KeyQueueApp, inherit_bindings=False):
    """An app that ends in order, whatever ends it; the base of the console.

    Args:
        context: the surroundings; its `leaving` is called when the end begins.
    """

    def __init__(self, context: ConsoleContext) -> None:
        self.context = context
        self.owns_process = False
        """Whether signals, stray errors and the end of the process are its own; not so in a test."""
        self.crash: BaseException | None = None
        """The mistake in the program that ended it."""
        self._left = False
        self._leaving: threading.Timer | None = None
        self._owed = False
        self._terminal = Terminal()
        super().__init__(driver_class=ConsoleDriver)
        self.sends_colour = context.colour

    def on_load(self) -> None:
        """From here on signals end the program in order."""
        if self.owns_process:
            loop = asyncio.get_running_loop()
            install(loop, self.leave)
            log_stray_errors(loop)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        driver = self._driver
        if isinstance(driver, ConsoleDriver) and driver.stalled:
            self._owed = True
            return
        super()._display(screen, renderable)

    def terminal_drained(self) -> None:
        """The terminal takes output again: show what it missed."""
        if self._owed:
            self._owed = False
            self.screen.refresh()

    def left(self) -> None:
        """The end is over: it need not be forced any more."""
        if self._leaving is not None:
            self._leaving.cancel()

    def terminal_gone(self) -> None:
        """The line was dropped without a signal."""
        self.leave(128 + 1)

    # -- ending ------------------------------------------------------------------------------------------------------

    def action_quit(self) -> None:  # type: ignore[override]
        """Leave the console."""
        self.leave(0)

    def leave(self, status: int) -> None:
        """End in order: drafts first, then the terminal; the process ends soon even if something hangs."""
        if not self._left:
            log.info("leaving with status %s", status)
            self._begin_to_leave(status)
            self.exit(return_code=status)

    def _begin_to_leave(self, status: int) -> None:
        if not self._left:
            self._left = True
            self._return_code = status
            if self.owns_process:
                self._leaving = end_within(GRACE, lambda: self.return_code or status, self._terminal)
            for save in self.context.leaving:
                try:
                    save()
                except Exception:
                    log.exception("a draft could not be saved")

    def _handle_exception(self, error: Exception) -> None:
        """A mistake in the program: the trace goes to the log file, one sentence to the screen once it is restored."""
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        cause = error.error if isinstance(error, WorkerFailed) else error
        if self._left:
            # What is taken down in the middle of its work may stumble: no mistake that ends a program that ends.
            log.warning("while it ended", exc_info=cause)
            self._close_messages_no_wait()
            return
        log.critical("stopped by a mistake in the program", exc_info=cause)
        self.crash = self.crash or cause
        self._begin_to_leave(CRASHED)
        self._return_code = CRASHED
        self._close_messages_no_wait()
