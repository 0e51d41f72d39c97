"""The terminal, as the console needs it over a line that can stall or drop.

Textual's driver waits for the terminal when more than thirty writes are queued, spins when the terminal is gone, and
starts a second reader when a process that was not suspended is continued. Here writing never waits, a lost terminal is
told once, and the reader sleeps until there is something to read.
"""

from __future__ import annotations

import codecs
import errno
import logging
import os
import select
import signal
import sys
import termios
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from opsconsole.console.signals import put_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

log = logging.getLogger(__name__)

STALLED = 32 * 1024
"""Characters that wait for the terminal before whole frames are left out until it takes them again."""
STOP_WAIT = 1.0
"""Seconds that the end of the program waits for a terminal that takes nothing."""
GIVE_UP_WAIT = 0.2
"""Seconds that its writing thread gets to notice that nobody waits for it any more."""
READ = 4096
PIECE = 1024
"""Bytes written at a time: so much is written at the most after it was given up."""
NOTICE = 0.1
"""Seconds after which a writer that waits for the terminal looks whether it was given up."""


class Outlet:
    """Writes to the terminal in a thread of its own, in order, without ever making the caller wait.

    Args:
        descriptor: the terminal.
        encoding: what it understands; what that cannot say becomes `?`.
        drained: called, in the writing thread, when all was written after `backlog` had been above `STALLED`.
    """

    def __init__(self, descriptor: int, encoding: str, drained: Callable[[], None]) -> None:
        self._own = _opened_again(descriptor)
        self._descriptor = descriptor if self._own is None else self._own
        self._encoding = encoding
        self._drained = drained
        self._queue: deque[str] = deque()
        self._waiting = 0
        self._stalled = False
        self._closing = False
        self._dead = False
        self._condition = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
        self._thread.start()

    @property
    def stalled(self) -> bool:
        """Whether so much waits that whole frames should be left out."""
        return self._stalled

    def write(self, text: str) -> None:
        """Have `text` written; dropped once the terminal is gone."""
        with self._condition:
            if self._dead:
                return
            self._queue.append(text)
            self._waiting += len(text)
            if self._waiting > STALLED:
                self._stalled = True
            self._condition.notify()

    def stop(self, seconds: float = STOP_WAIT) -> None:
        """Write what is left, waiting at most `seconds`."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._give_up()
        if self._own is not None and not self._thread.is_alive():
            os.close(self._own)
            self._own = None

    def _give_up(self) -> None:
        """Throw away what waits for a terminal that takes nothing, so that at least the end of it reaches it."""
        with self._condition:
            self._dead = True
            self._queue.clear()
        try:
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
        except termios.error as error:
            log.info("what waits for the terminal could not be thrown away: %s", error)
        self._thread.join(GIVE_UP_WAIT)
        put_back(self._descriptor)

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._queue and not self._closing:
                    self._condition.wait()
                if not self._queue:
                    return
                text = "".join(self._queue)
                self._queue.clear()
            if not self._send(text.encode(self._encoding, "replace")):
                with self._condition:
                    self._dead = True
                    self._queue.clear()
                return
            with self._condition:
                self._waiting -= len(text)
                drained = self._stalled and not self._queue
                if drained:
                    self._stalled = False
            if drained:
                self._drained()

    def _send(self, data: bytes) -> bool:
        """Write all of it; False when the terminal is gone."""
        while data:
            if self._dead:
                return False
            try:
                data = data[os.write(self._descriptor, data[:PIECE]):]
            except BlockingIOError:
                select.select([], [self._descriptor], [], NOTICE)
            except OSError as error:
                log.info("the terminal takes no output any more: %s", error)
                return False
        return True


def _opened_again(descriptor: int) -> int | None:
    """The same terminal for writing without ever waiting; None where it may not be opened, as after `su`.

    A writer that waits inside the kernel holds a lock of the terminal that nothing else gets past, not even the end of
    the program. The descriptor that was inherited must keep waiting: the shell has it too.
    """
    try:
        return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        log.info("the terminal cannot be opened again: %s", error)
        return None


class ConsoleDriver(LinuxDriver):
    """Textual's driver for Linux with its own reader and writer.

    The app may have `terminal_gone()`, called in its loop when the line was dropped, and `terminal_drained()`, called
    in its loop when a stalled terminal takes output again.
    """

    def __init__(self, app: App[Any], *, debug: bool = False, mouse: bool = True,
                 size: tuple[int, int] | None = None) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._outlet: Outlet | None = None
        self._wake: tuple[int, int] | None = None
        self._asleep = False

    @property
    def stalled(self) -> bool:
        """Whether the terminal takes less than is written."""
        return self._outlet is not None and self._outlet.stalled

    def _get_terminal_size(self) -> tuple[int, int]:
        """What the kernel says: COLUMNS and LINES, where somebody exports them, are of another time."""
        try:
            columns, rows = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return columns or 80, rows or 24

    def write(self, data: str) -> None:
        """Write without waiting."""
        if self._outlet is not None:
            self._outlet.write(data)

    def start_application_mode(self) -> None:
        """See `Driver.start_application_mode`; the base's writing thread exists but has nothing to write."""
        terminal = sys.__stderr__
        if terminal is None:
            raise OSError(errno.EBADF, "standard error is closed")
        self._outlet = Outlet(terminal.fileno(), terminal.encoding or "utf-8",
                              lambda: self._tell("terminal_drained"))
        self._wake = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def disable_input(self) -> None:
        """End the reader at once instead of at its next turn."""
        wake = self._wake
        if wake is not None:
            os.write(wake[1], b".")
        super().disable_input()
        if wake is not None:
            self._wake = None
            os.close(wake[0])
            os.close(wake[1])

    def close(self) -> None:
        """Write what is left and end the writer."""
        super().close()
        outlet, self._outlet = self._outlet, None
        if outlet is not None:
            outlet.stop()

    def _enable_mouse_support(self) -> None:
        """Clicks and the wheel only: reports of every movement are traffic that nothing here uses."""
        if self._mouse:
            self.write("\x1b[?1000h\x1b[?1002h\x1b[?1006h")

    def _disable_mouse_support(self) -> None:
        if self._mouse:
            self.write("\x1b[?1006l\x1b[?1002l\x1b[?1000l")

    def _enable_mouse_pixels(self) -> None:
        """Cells are exact enough, and nobody would switch it off again."""

    def _sigtstp_application(self, *_: object) -> None:
        if self._auto_restart and not self._asleep:
            self._asleep = True
            self.suspend_application_mode()
        os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal back; whoever was stopped without being asked first gives it up properly."""
        if not self._auto_restart:
            return
        if not self._asleep:
            self.suspend_application_mode()
        self._asleep = False
        self._must_signal_resume = True
        self.resume_application_mode()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - a thread's mistakes are the app's
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)  # noqa: SLF001 - no public way

    def run_input_thread(self) -> None:
        """Turn bytes into events until told to end or the terminal is gone."""
        wake = self._wake
        if wake is None:
            return
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        poll.register(wake[0], select.POLLIN)
        while not self.exit_event.is_set():
            # Only an escape that may begin a sequence needs the parser to look at the time.
            unfinished = parser._timeout_time is not None  # noqa: SLF001 - no public way
            ready = {descriptor for descriptor, _ in poll.poll(10 if unfinished else None)}
            if wake[0] in ready:
                return
            if self.fileno in ready:
                data = self._read()
                if data is None:
                    self._tell("terminal_gone")
                    return
                for event in parser.feed(text) if (text := decode(data)) else ():
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def _read(self) -> bytes | None:
        """What was typed; None when the terminal is gone."""
        try:
            data = os.read(self.fileno, READ)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EBADF, errno.ENXIO):
                raise
            return None
        return data or None

    def _tell(self, name: str) -> None:
        """Have a method of the app called as a message of its own; from any thread."""
        method = getattr(self._app, name, None)
        if method is not None and not self._loop.is_closed():
            self.send_message(events.Callback(callback=method))
