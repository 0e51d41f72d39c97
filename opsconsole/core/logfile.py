"""The log file: where the details of every problem go, and the only place for stack traces.

One line is `time level=… logger=… pid=… message="…" key=value …`; a stack trace follows in lines that begin with
two spaces. Several processes may write to one file. Whatever is wrong with the disk, the program goes on.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opsconsole.core.text import harmless, harmless_lines, limited

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.core.settings import LogSettings

LONGEST = 8_000
"""Characters of one value; the rest of a longer one is cut off."""
_TRACE_LINES = 400
_STANDARD = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"})


class KeyValueFormatter(logging.Formatter):
    """A record as one line of keys and values, in UTC; what was given as `extra` is further keys."""

    def format(self, record: logging.LogRecord) -> str:
        """See the module."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields = {"level": record.levelname.lower(), "logger": record.name, "pid": record.process}
        fields |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD and key not in fields}
        named = [f"{harmless(key)}={_value(value)}" for key, value in fields.items()]
        lines = [" ".join((when, *named[:3], f"message={_message(record)}", *named[3:]))]
        trace = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else "")
        if trace or record.stack_info:
            lines += harmless_lines("\n".join(filter(None, (trace, record.stack_info))), _TRACE_LINES)
        return "\n  ".join(lines)


class FileLog(logging.Handler):
    """Appends to a file, which it opens at the first record; begins a new one from `size` bytes on.

    `problem` says why the last record could not be written; `lost` counts those since the last that could.
    """

    def __init__(self, path: Path, size: int, keep: int) -> None:
        super().__init__()
        self.path = path
        self.size = size
        self.keep = keep
        self.problem = ""
        self.lost = 0
        self._descriptor = -1

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; what is wrong with the disk is kept in `problem`, never raised."""
        try:
            text = self.format(record)
            if self.lost:
                text = f"{self.format(_lost(self.lost))}\n{text}"
            self._write(f"{text}\n".encode("utf-8", "backslashreplace"))
        except OSError as error:
            self.lost += 1
            self.problem = error.strerror or str(error)
            self._shut()
        else:
            self.lost = 0
            self.problem = ""

    def close(self) -> None:
        """Let go of the file."""
        self.acquire()
        try:
            self._shut()
        finally:
            self.release()
        super().close()

    def _write(self, line: bytes) -> None:
        if not self._is_current():
            self._open()
        used = os.fstat(self._descriptor).st_size
        if used and used + len(line) > self.size:
            self._rotate()
        while line:
            line = line[os.write(self._descriptor, line):]

    def _is_current(self) -> bool:
        """Whether the open file still is the one of that name: another process may have begun a new one."""
        if self._descriptor < 0:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _open(self) -> None:
        self._shut()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Without O_NONBLOCK a named pipe in this place would stop the program here.
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file")
        self._descriptor = descriptor

    def _rotate(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another process is doing it; this record goes to the old file
        if self._is_current():
            for number in range(self.keep, 0, -1):
                older = self.path if number == 1 else self._numbered(number - 1)
                if older.exists():
                    older.replace(self._numbered(number))
            if not self.keep:
                self.path.unlink()
        self._open()

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _shut(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


_running: FileLog | None = None


def start(settings: LogSettings, path: Path, debug: bool = False) -> None:
    """Send all of `logging` to the file at `path`, and nothing to the terminal; a second call replaces the first.

    The file, with mode 0600, and its folder appear with the first record. With `debug` everything is recorded.
    """
    global _running  # noqa: PLW0603 - as `logging`, there is one for the process
    stop()
    _running = FileLog(path, int(settings.size), settings.keep)
    _running.setFormatter(KeyValueFormatter())
    root = logging.getLogger()
    root.addHandler(_running)
    root.setLevel(logging.DEBUG if debug else settings.level.upper())


def stop() -> None:
    """Close the file; `logging` is as it was before `start`, but for its level."""
    global _running  # noqa: PLW0603 - as above
    if _running is not None:
        logging.getLogger().removeHandler(_running)
        _running.close()
    _running = None


def file() -> Path | None:
    """The file that is written to; None before `start`."""
    return _running.path if _running is not None else None


def problem() -> str:
    """Why the last record could not be written; empty when it could, or when there was none."""
    return _running.problem if _running is not None else ""


def _lost(count: int) -> logging.LogRecord:
    return logging.makeLogRecord({"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING",
                                  "msg": "records lost", "records": count})


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except (TypeError, ValueError, KeyError):
        text = f"{record.msg} {record.args!r}"
    return _value(text)


def _value(value: object) -> str:
    try:
        text = str(value)
    except Exception as error:  # noqa: BLE001 - a value that cannot be told must not cost the rest of the record
        text = f"{type(value).__name__} ({type(error).__name__})"
    text = limited(text, LONGEST)
    if text and not set(' "=') & set(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
