"""What is told to whom: frozen types and pure rules."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from opsconsole.core.clock import Instant


class Record(msgspec.Struct, frozen=True):
    """The base of everything here: immutable, comparable, encodable as JSON."""


class NoticeKind(StrEnum):
    """Why somebody is told."""

    FIRING = "firing"
    WORSE = "worse"
    """It fires already, and became worse."""
    RESOLVED = "resolved"
    REMINDER = "reminder"
    NOTE = "note"
    """Anything that needs no answer: a job that failed, a silence that is about to end."""


class Severity(StrEnum):
    """How loud."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Notice(Record, frozen=True):
    """Something that happened, before it is decided who is told and how."""

    kind: NoticeKind
    thread: str
    """What belongs together: `alert:17`. A RESOLVED goes to whoever was told of the same thread."""
    severity: Severity
    title: str
    """One line."""
    text: str
    """The rest, lines."""
    at: Instant
    category: str = ""
    ladder: str = ""
    """The escalation ladder that begins with FIRING and ends with acknowledgement or RESOLVED; empty: none."""
    channels: tuple[str, ...] = ()
    """Names of channels in place of what the routes say; empty: the routes decide."""
