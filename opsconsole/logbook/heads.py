"""Heads of the audit trail that are kept elsewhere: written again and again, read again to be compared.

A line is `2027-01-04T09:00:00Z 412:9f…`, of an empty line or one that begins with `#` nothing is read.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from logging.handlers import SysLogHandler
from typing import TYPE_CHECKING, Final

from opsconsole.core.audit import Head
from opsconsole.core.errors import StorageUnusable, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.core.clock import Instant

SYSLOG: Final = "syslog"
"""The place that is no file."""
SOCKET: Final = "/dev/log"
MOST: Final = 1_000_000
"""Lines of a file of heads that are read: every minute for two years."""


def stamped(at: Instant) -> str:
    """A time as lines have it."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_heads(path: Path) -> list[Head]:
    """All heads of a file.

    Raises:
        StorageUnusable: it cannot be read.
        UsageError: a line is none.
    """
    found = []
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                line = raw.decode("utf-8", "backslashreplace").strip()
                if not line or line.startswith("#"):
                    continue
                try:
                    found.append(Head.parse(line.split()[-1]))
                except UsageError as problem:
                    raise UsageError(f"{path}:{number}: {problem.sentence}", problem.todo) from None
                if number >= MOST:
                    raise UsageError(f"{path} has more than {MOST:,} lines.", "Give a part of it.")
    except OSError as problem:
        raise StorageUnusable(f"{path} cannot be read ({problem.strerror or problem}).",
                              "Name a file of heads that you may read.") from None
    if not found:
        raise UsageError(f"There is no head in {path}.", "Give a file that `logbook.heads` or `log heads` wrote.")
    return found


def append_head(path: Path, head: Head, at: Instant) -> None:
    """Adds a line to a file, which is made with mode 0600 where it is missing; it survives a power cut.

    A line that was cut off when the last one was written is ended first, so that it spoils no other.

    Raises:
        OSError: it could not be written.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK,
                         0o600)
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        begin = b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
        line = begin + f"{stamped(at)} {head}\n".encode()
        while line:
            line = line[os.write(descriptor, line):]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if not size:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def log_head(head: Head, at: Instant, socket: str = SOCKET) -> None:
    """Tells the system's log.

    Raises:
        OSError: there is none.
    """
    handler = _Telling(socket, SysLogHandler.LOG_AUTHPRIV)
    try:
        handler.emit(logging.LogRecord("opsconsole", logging.INFO, "", 0, "opsconsole: head of the audit trail %s %s",
                                       (stamped(at), head), None))
    finally:
        handler.close()


class _Telling(SysLogHandler):
    """The handler, which does not hush up what goes wrong."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - as the library has it
        """Raises it."""
        problem = sys.exception()
        if problem is not None:
            raise problem
