"""What the agent says on standard error, for a journal or a person: lines of keys and values, or of JSON."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from opsconsole.core.logfile import LONGEST, KeyValueFormatter

if TYPE_CHECKING:
    from collections.abc import Mapping

_STANDARD = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"})
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""Of syslog(3), as systemd reads them at the beginning of a line (sd-daemon(3))."""


class JournalFormatter(KeyValueFormatter):
    """Lines for the journal, which knows the time itself and reads the priority from `<4>`."""

    def format(self, record: logging.LogRecord) -> str:
        """See the module."""
        priority = next((number for level, number in _PRIORITIES if record.levelno >= level), 7)
        lines = super().format(record).partition(" ")[2].split("\n")
        return "\n".join(f"<{priority}>{line}" for line in lines)


class JsonFormatter(logging.Formatter):
    """One JSON object in ASCII for each record, so that nothing in it can act."""

    def format(self, record: logging.LogRecord) -> str:
        """See the class."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            message = f"{record.msg} {record.args!r}"
        fields: dict[str, object] = {"time": when, "level": record.levelname.lower(), "logger": record.name,
                                     "pid": record.process, "message": message[:LONGEST]}
        fields |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD and key not in fields}
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=str)


class ErrorStream(logging.StreamHandler[TextIO]):
    """Writes to standard error; when that is gone, there is nobody left to tell."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """See the class."""


def in_journal(env: Mapping[str, str], descriptor: int = 2) -> bool:
    """Whether what is written there goes to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return env.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def start(level: str, env: Mapping[str, str], *, as_json: bool, debug: bool) -> logging.Handler:
    """Sends all of `logging` to standard error, and nowhere else; the handler that does it."""
    handler = ErrorStream(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else JournalFormatter() if in_journal(env) else KeyValueFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    set_level(level, debug=debug)
    return handler


def set_level(level: str, *, debug: bool) -> None:
    """The least important messages that are told, from now on."""
    logging.getLogger().setLevel(logging.DEBUG if debug else level.upper())
    # They tell of every query and every selector at the level `debug`.
    for name in ("aiosqlite", "asyncio"):
        logging.getLogger(name).setLevel(logging.INFO)
