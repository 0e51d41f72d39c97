"""Ending well, whatever ends the console: a key, a signal, a dropped line, a mistake in the program."""

from __future__ import annotations

import logging
import os
import signal
import sys
import termios
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

log = logging.getLogger(__name__)

CRASHED = 70
"""Exit status after a mistake in the program; EX_SOFTWARE of sysexits.h, apart from those of `ExitCode`."""
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""Signals that end the console in order; the exit status is 128 + their number."""
GRACE = 4.0
"""Seconds that an orderly end may take before the process ends anyway."""
CANCEL = b"\x18"
"""Ends a control sequence that was not written to its end (ECMA-48)."""
LEAVE = (b"\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[?2026l"
         b"\x1b[0m\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h")
"""What puts a terminal back that nobody else could put back."""


def install(loop: asyncio.AbstractEventLoop, end: Callable[[int], None]) -> None:
    """Call `end` with the exit status when a signal wants the program to end.

    A signal that whoever started the program wants ignored (`nohup`) stays ignored.
    """
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, end, 128 + number)


def log_stray_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Mistakes in callbacks, threads and destructors go to the log file instead of onto the screen."""
    def in_loop(_: asyncio.AbstractEventLoop, facts: dict[str, Any]) -> None:
        log.error("in the event loop: %s", facts.get("message", ""), exc_info=facts.get("exception"))

    def in_thread(facts: threading.ExceptHookArgs) -> None:
        log.error("in thread %s", facts.thread.name if facts.thread else "?",
                  exc_info=(facts.exc_type, facts.exc_value or facts.exc_type(), facts.exc_traceback))

    def unraisable(facts: sys.UnraisableHookArgs) -> None:
        log.error("%s: %r", facts.err_msg or "ignored", facts.object, exc_info=facts.exc_value)

    loop.set_exception_handler(in_loop)
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable


def put_back(descriptor: int) -> None:
    """Write `LEAVE`, without waiting; a sequence that was cut before it is cancelled.

    What a terminal that takes nothing has not shown yet is thrown away where it leaves no room.
    """
    try:
        os.set_blocking(descriptor, False)
        if not _takes(descriptor, CANCEL + LEAVE):
            termios.tcflush(descriptor, termios.TCOFLUSH)
            os.write(descriptor, CANCEL + LEAVE)
    except (OSError, termios.error) as error:
        log.info("the terminal could not be put back: %s", error)
    finally:
        os.set_blocking(descriptor, True)


def _takes(descriptor: int, data: bytes) -> bool:
    """Write; whether there was room for all of it."""
    try:
        return os.write(descriptor, data) == len(data)
    except BlockingIOError:
        return False


class Terminal:
    """The state of the terminal before the console changed it, for an end that is not in order."""

    def __init__(self) -> None:
        self._attributes: list[Any] | None = None
        try:
            self._attributes = termios.tcgetattr(0)
        except termios.error:
            log.info("standard input is no terminal")

    def restore(self) -> None:
        """Put it back as well as it can be, without waiting for a terminal that takes nothing."""
        put_back(2)
        if self._attributes is not None:
            try:
                termios.tcsetattr(0, termios.TCSANOW, self._attributes)
            except termios.error as error:
                log.info("the terminal's settings could not be put back: %s", error)


def end_within(seconds: float, status: Callable[[], int], terminal: Terminal) -> threading.Timer:
    """End the process with `status()` after `seconds`, should its orderly end hang; cancel it when it did not."""
    def out_of_patience() -> None:
        log.error("the end took more than %s s: ended without waiting", seconds)
        terminal.restore()
        logging.shutdown()
        os._exit(status())

    timer = threading.Timer(seconds, out_of_patience)
    timer.daemon = True
    timer.start()
    return timer
