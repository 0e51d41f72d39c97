"""Reads what was added to the systemd journal since the run before, with `journalctl`."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.health.checks.kinds.worker.following import TooSlow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SHOWN: Final = 100
_AT_ONCE: Final = 500
"""Messages."""
_LONGEST: Final = 1_000_000
"""Bytes of one message in JSON; the journal gives longer fields as null anyway."""
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_HINT: Final = "not seeing messages"


class JournalNotes(NamedTuple):
    """What one run came to."""

    cursor: str
    """Behind the newest message that was read; empty where there was none yet."""
    more: bool = False
    """Whether there was more than may be read; that was passed over."""
    said: Sequence[str] = ()
    slow: bool = False
    problem: str = ""
    """Why it could not be read."""


def read_journal(units: Sequence[str], cursor: str | None, since: int, most: int,
                 take: Callable[[list[str]], None]) -> JournalNotes:
    """Hands over the messages behind a cursor, each as one line.

    Args:
        units: names of units; `*` is all messages.
        cursor: of the run before; None for a first run, which hands over the newest `SHOWN` messages for people to see.
        since: when the run before began, ms UTC; for when the cursor is empty or known no more.
        most: bytes that are read; what comes behind them is passed over.
        take: gets messages, oldest first; may raise TooSlow.
    """
    if cursor is None:
        return _newest(units, SHOWN, take)
    begin = [f"--after-cursor={cursor}"] if cursor else [f"--since=@{since // 1000}"]
    notes = _read([*_command(units), *begin], cursor, most, take)
    if notes.problem and cursor and "cursor" in notes.problem:
        notes = _read([*_command(units), f"--since=@{since // 1000}"], cursor, most, take)
    if notes.more or notes.slow:
        # What is left is passed over: the next run goes on behind it.
        notes = notes._replace(cursor=_newest(units, 1, lambda _: None).cursor or notes.cursor)
    return notes


def _command(units: Sequence[str]) -> list[str]:
    chosen = [] if "*" in units else [f"--unit={unit}" for unit in units]
    return ["journalctl", "--no-pager", "--quiet", "--output=json", "--output-fields=MESSAGE", *chosen]


def _newest(units: Sequence[str], count: int, take: Callable[[list[str]], None]) -> JournalNotes:
    return _read([*_command(units), f"--lines={count}"], "", count * _LONGEST, take)


def _read(command: Sequence[str], cursor: str, most: int, take: Callable[[list[str]], None]) -> JournalNotes:
    environment = {**os.environ, "LC_ALL": "C"}
    environment.setdefault("PATH", _PATH)
    try:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
    except OSError as error:
        return JournalNotes(cursor, problem=f"journalctl could not be started: {error.strerror or error}")
    reader = _Reader(cursor, take)
    with process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        assert process.stderr is not None  # noqa: S101
        try:
            whole = reader.read(process.stdout, most)
        except TooSlow:
            process.kill()
            return JournalNotes(reader.cursor, slow=True)
        if not whole:
            process.kill()
            return JournalNotes(reader.cursor, more=True)
        said = process.stderr.read(4_096).decode("utf-8", "replace").strip().partition("\n")[0][:300]
    if process.returncode and not reader.count:
        return JournalNotes(cursor, problem=f"journalctl failed: {said or 'no reason given'}")
    return JournalNotes(reader.cursor, said=[said] if _HINT in said else ())


class _Reader:
    """Takes the output of journalctl apart."""

    def __init__(self, cursor: str, take: Callable[[list[str]], None]) -> None:
        self.cursor, self._take = cursor, take
        self.size = self.count = 0

    def read(self, output: Any, most: int) -> bool:
        """Whether everything was read."""
        lines: list[str] = []
        while line := output.readline(_LONGEST):
            self.size += len(line)
            self._add(line, lines)
            if len(lines) >= _AT_ONCE:
                self._take(lines)
                lines = []
            if self.size > most:
                self._take(lines)
                return False
        self._take(lines)
        return True

    def _add(self, line: bytes, lines: list[str]) -> None:
        try:
            entry = json.loads(line)
            cursor, message = str(entry["__CURSOR"]), entry.get("MESSAGE")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return
        self.cursor, self.count = cursor, self.count + 1
        if isinstance(message, list):
            # Bytes that are no UTF-8; a field that was given several times comes as several texts.
            numbers = [number for number in message if isinstance(number, int) and 0 <= number < 256]
            message = bytes(numbers).decode("utf-8", "surrogateescape") or " ".join(map(str, message))
        if isinstance(message, str):
            lines.append(message.replace("\n", " "))
