"""Runs a program in a terminal of its own and meets it as a person does: by the screen, with keys.

    with Terminal(["opsconsole"], columns=80, rows=24) as terminal:
        terminal.wait_for("Health")
        terminal.send("?")
        terminal.wait_for("Keys")
        terminal.send("<esc>q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()

The program runs on a real pseudo-terminal as the foreground job of a small shell, as it does after `ssh -t host
program`: the terminal outlives it, so what it leaves behind can be looked at, and a hang-up reaches it as it
would there. What it writes is read only inside the methods that wait (`wait_for`, `settle`, `pump` …).
"""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING, Any, Self

import psutil
import pyte

from tests.terminal_costs import Idle, cpu_seconds, memory, process_tree
from tests.terminal_protocol import Answers, Modes, Token, Tokenizer, drawable, key_bytes
from tests.terminal_screen import CellStyle, Screen

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

TIMEOUT = 20.0
"""Seconds to wait for something before it is an error; generous, since tests never judge wall time."""

# The shell is the session's leader: when a leader ends, the kernel resets the terminal, so it stays, stopped, until
# this class ends it. On descriptor 3 it says the program's id and how it ended. The traps let a signal typed at the
# terminal reach the program without ending the shell; a hang-up ends the shell, and by that reaches the program.
LEADER = """exec 3>&1 1>&0
trap : INT QUIT TSTP
sh -c 'echo $$ >&3; exec 3>&-; exec "$@"' sh "$@"
echo $? >&3
exec 3>&-
kill -STOP $$"""
PR_SET_CHILD_SUBREAPER = 36


class NotSeenError(AssertionError):
    """What was waited for did not come; the message holds the screen."""


class Terminal:
    """A program on a pseudo-terminal with an emulated screen; use it in a `with` statement.

    Args:
        command: program and arguments, found on PATH.
        env: variables to set on top of this process's own; None as a value removes one.
        cwd: where to start it.
        answers: whether the terminal answers queries; some do not.
        kitty: whether it knows the kitty keyboard protocol.

    Attributes:
        raw: every byte that the program wrote.
        started: `time.perf_counter()` when the program was started.
        first_output: the same when its first byte arrived; None before.
        last_output: the same when the latest bytes arrived.
    """

    def __init__(self, command: Sequence[str | Path], *, columns: int = 120, rows: int = 40,
                 env: Mapping[str, str | None] | None = None, cwd: Path | None = None,
                 answers: bool = True, kitty: bool = True) -> None:
        self.command = [str(part) for part in command]
        self.columns, self.rows, self.cwd = columns, rows, cwd
        self.env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        for name, value in {"TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}.items():
            if value is None:
                self.env.pop(name, None)
            else:
                self.env[name] = value
        self.raw = bytearray()
        self.modes = Modes()
        self.screen = Screen(columns, rows)
        self.started = 0.0
        self.first_output: float | None = None
        self.last_output = 0.0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stream = pyte.Stream(self.screen)
        self._tokenizer = Tokenizer()
        self._answers = Answers(self.modes, lambda: (self.columns, self.rows),
                                lambda: (self.screen.cursor.x + 1, self.screen.cursor.y + 1), kitty=kitty)
        self._answering = answers
        self._master = self._slave = self._report = -1
        self._said = b""
        self._leader: subprocess.Popen[bytes] | None = None
        self._status: int | None = None
        self._termios: list[Any] = []
        self.pid = 0

    # -- beginning and end ---------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start the program; `pid` is its process once this returns."""
        self._master, self._slave = os.openpty()
        self._set_size()
        self._termios = termios.tcgetattr(self._slave)
        self._report, report = os.pipe()
        self.started = time.perf_counter()
        try:
            self._leader = subprocess.Popen(["setsid", "--ctty", "sh", "-c", LEADER, "sh", *self.command],
                                            stdin=self._slave, stdout=report, stderr=self._slave,
                                            env=self.env, cwd=self.cwd)
        finally:
            os.close(report)
        while b"\n" not in self._said:
            if not (data := os.read(self._report, 64)):
                raise NotSeenError(f"{self.command} could not be started: {self._leader.wait()}")
            self._said += data
        self.pid = int(self._said.partition(b"\n")[0])

    def stop(self) -> None:
        """End what still runs, whatever its state; safe to call twice."""
        if self._leader is None:
            return
        for process in reversed([*self.processes(), psutil.Process(self._leader.pid)]):
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._leader.wait()
        for descriptor in {self._master, self._slave, self._report} - {-1}:
            os.close(descriptor)
        self._master = self._slave = self._report = -1
        self._leader = None

    def wait_exit(self, timeout: float = TIMEOUT) -> int:
        """Wait until the program has ended and all its output is read.

        Returns:
            its exit status; 128 + n when signal n ended it.
        """
        end = time.monotonic() + timeout
        while self.status is None:
            if time.monotonic() > end:
                raise NotSeenError(self._report_of(f"the program did not end within {timeout:g} s"))
            self.pump(0.05)
        while self.pump(0):
            pass
        return self.status

    @property
    def status(self) -> int | None:
        """The exit status as the shell says it; None while the program runs."""
        if self._status is None:
            lines = self._said.split(b"\n")
            if len(lines) > 2:
                self._status = int(lines[1])
            elif self._master == -1 and self.pid:
                self._status = self._reap()
        return self._status

    def _reap(self) -> int | None:
        """After a hang-up the shell is gone and the program is this process's own child."""
        with contextlib.suppress(ChildProcessError):
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
        return None

    # -- keys and other input ------------------------------------------------------------------------------------

    def send(self, keys: str) -> None:
        """Type: text as it is, and named keys as `<enter>`, `<ctrl+c>`, `<alt+x>`, `<f1>`; `<lt>` is "<"."""
        self.write(key_bytes(keys, self.modes.keyboard_flags))

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        while data:
            data = data[os.write(self._master, data):]

    def paste(self, text: str) -> None:
        """Paste text, in brackets when the program asked for them."""
        inner = text.encode()
        self.write(b"\x1b[200~" + inner + b"\x1b[201~" if self.modes.private.get(2004) else inner)

    def click(self, column: int, row: int, button: int = 0) -> None:
        """Press and release a mouse button on a cell, counted from 0; buttons 64 and 65 are the wheel."""
        place = b"\x1b[<%d;%d;%d" % (button, column + 1, row + 1)
        self.write(place + b"M" + (place + b"m" if button < 64 else b""))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size; the kernel tells the program by SIGWINCH."""
        self.columns, self.rows = columns, rows
        self.screen.resize(rows, columns)
        self._set_size()

    def stall(self, seconds: float) -> None:
        """Read nothing for a while, as a line that hangs does."""
        time.sleep(seconds)

    def hang_up(self) -> None:
        """The line is gone: the terminal disappears and the kernel sends SIGHUP."""
        # The shell dies of it before the program does; the program must then become this process's child, or
        # nobody could say how it ended.
        _become_reaper(on=True)
        os.close(self._master)
        self._master = -1

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        os.kill(self.pid, number)

    def _set_size(self) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    # -- output --------------------------------------------------------------------------------------------------

    def pump(self, seconds: float) -> bool:
        """Read what the program wrote, waiting at most `seconds` for some; True when there was output."""
        if self._master == -1:
            time.sleep(min(seconds, 0.02))
            return False
        wanted = [self._master, self._report] if self._report != -1 else [self._master]
        readable, _, _ = select.select(wanted, [], [], max(0.0, seconds))
        if self._report in readable:
            if data := os.read(self._report, 64):
                self._said += data
            else:
                os.close(self._report)
                self._report = -1
        if self._master not in readable:
            return False
        data = os.read(self._master, 65536)
        self.last_output = time.perf_counter()
        if self.first_output is None:
            self.first_output = self.last_output
        self.raw += data
        for token in self._tokenizer.feed(data):
            self._take(token)
        return True

    def _take(self, token: Token) -> None:
        self.modes.take(token)
        self._stream.feed(self._decoder.decode(drawable(token)))
        if self._answering and (answer := self._answers.to(token)):
            self.write(answer)

    @property
    def lines(self) -> list[str]:
        """The screen's rows without trailing spaces."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.lines)

    def wait_until(self, condition: Callable[[], bool], what: str, timeout: float = TIMEOUT) -> float:
        """Read until `condition()` holds for a screen that is not half drawn.

        Returns:
            seconds from the call to the arrival of the output that made it true; 0 when it held already.

        Raises:
            NotSeenError: it did not within `timeout`, or the program ended first.
        """
        begun = time.perf_counter()
        arrived = begun
        while not condition() or (self.modes.private.get(2026, False) and self.status is None):
            left = timeout - (time.perf_counter() - begun)
            if left <= 0:
                raise NotSeenError(self._report_of(f"{what} was not seen within {timeout:g} s"))
            if self.pump(min(left, 0.25)):
                arrived = self.last_output
            elif self.status is not None and not self.pump(0):
                if condition():
                    break
                raise NotSeenError(self._report_of(f"{what} was not seen; the program ended with {self.status}"))
        return max(0.0, arrived - begun)

    def wait_for(self, pattern: str, timeout: float = TIMEOUT) -> float:
        """Read until the screen matches a regular expression (^ and $ stand for a row's ends); see `wait_until`."""
        wanted = re.compile(pattern, re.MULTILINE)
        return self.wait_until(lambda: wanted.search(self.text) is not None, repr(pattern), timeout)

    def wait_gone(self, pattern: str, timeout: float = TIMEOUT) -> float:
        """Read until the screen does not match any more; see `wait_until`."""
        wanted = re.compile(pattern, re.MULTILINE)
        return self.wait_until(lambda: wanted.search(self.text) is None, f"the end of {pattern!r}", timeout)

    def settle(self, quiet: float = 0.3, limit: float = 5.0) -> None:
        """Read until nothing has come for `quiet` seconds, at most for `limit`."""
        end = time.monotonic() + limit
        while time.monotonic() < end and self.pump(quiet):
            pass

    def find(self, pattern: str) -> tuple[int, int]:
        """The cell (column, row), from 0, where the first match of a regular expression begins.

        Raises:
            NotSeenError: no row matches.
        """
        for row in range(self.rows):
            cells = [self.screen.buffer[row][column].data for column in range(self.columns)]
            if (found := re.search(pattern, "".join(cells))) is not None:
                lengths = 0
                for column, cell in enumerate(cells):
                    if lengths >= found.start() and cell:
                        return column, row
                    lengths += len(cell)
        raise NotSeenError(self._report_of(f"{pattern!r} is not on the screen"))

    def style_at(self, column: int, row: int) -> CellStyle:
        """How the cell at (column, row), from 0, looks."""
        cell = self.screen.buffer[row][column]
        return CellStyle(cell.data, cell.fg, cell.bg, cell.bold, cell.italics, cell.underscore, cell.reverse)

    def _report_of(self, problem: str) -> str:
        rule = "-" * self.columns
        last = bytes(self.raw[-300:])
        return f"{problem}; the screen of {self.command}:\n{rule}\n{self.text}\n{rule}\nlast bytes: {last!r}"

    # -- what it leaves, what it costs ---------------------------------------------------------------------------

    def leftovers(self) -> list[str]:
        """What the program has left changed in the terminal, in words; empty when all is as before."""
        found = self.modes.leftovers()
        now = termios.tcgetattr(self._slave)
        names = ("input flags", "output flags", "control flags", "local flags", "input speed", "output speed", "keys")
        found += [f"{name} are {after!r}, were {before!r}"
                  for name, before, after in zip(names, self._termios, now, strict=True) if before != after]
        attributes = self.screen.cursor.attrs
        if attributes != self.screen.default_char._replace(data=attributes.data):
            found.append(f"text attributes are not reset: {attributes}")
        return found

    def assert_clean(self) -> None:
        """Fail when the terminal is not as it was before the program started; call it when the program has ended."""
        if self.status is None:
            raise NotSeenError(self._report_of("the program still runs"))
        if found := self.leftovers():
            raise NotSeenError(self._report_of("the terminal was left with: " + "; ".join(found)))

    def processes(self) -> list[psutil.Process]:
        """The program and all that it started, the program first; empty when it is gone."""
        return process_tree(self.pid)

    def cpu_seconds(self) -> float:
        """Processor time that the process tree has taken so far."""
        return cpu_seconds(self.processes())

    def memory(self) -> int:
        """Bytes of memory of the process tree; see `terminal_costs.memory`."""
        return memory(self.processes())

    def idle(self, seconds: float) -> Idle:
        """Leave the program alone for a while and tell what it costs."""
        cpu, received, begun = self.cpu_seconds(), len(self.raw), time.perf_counter()
        while (left := seconds - (time.perf_counter() - begun)) > 0 and self.status is None:
            self.pump(left)
        elapsed = time.perf_counter() - begun
        return Idle(100 * (self.cpu_seconds() - cpu) / elapsed, (len(self.raw) - received) / elapsed)


def _become_reaper(*, on: bool) -> None:
    """Orphans of this process's children become its own children, or no longer do."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)
