"""What an emergency is made of besides its entry: its clock, its checklist, what was told of it, what was learnt."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from opsconsole.core.clock import Instant
from opsconsole.logbook.model.types import Action, Entry, Record

MOST_FIELD: Final = 2_000
"""Characters of one field of a message, or of a line that is jotted down."""


class MessageStatus(StrEnum):
    """How far the work is, as a message says it."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    FIXING = "fixing"
    RESOLVED = "resolved"


class Way(StrEnum):
    """How a message got to those whom it is for."""

    SENT = "sent"
    """By the channels of `notify`."""
    COPIED = "copied"
    """Through the clipboard, by whoever wrote it."""
    SHOWN = "shown"
    """It was printed, or shown in a pager."""


class Message(Record, frozen=True):
    """What is told of an emergency, field by field."""

    subject: str
    """Without `[URGENT]` and the host, which are put before it."""
    status: MessageStatus = MessageStatus.INVESTIGATING
    issue: str = ""
    impact: str = ""
    resolution: str = ""
    """The time to resolution, in words; empty: not known yet."""
    next: Instant | None = None
    """When the next message comes; None: none is promised."""
    contact: str = ""


class Told(Record, frozen=True):
    """A message that went out; never changed."""

    entry: int
    seq: int
    """1, 2, 3 … within its emergency."""
    at: Instant
    actor: str
    way: Way
    message: Message
    tell: tuple[str, ...] = ()
    """Whom it was sent to; empty: as the routes say."""


class Emergency(Record, frozen=True):
    """An emergency as it stands."""

    entry: int
    """The number of its entry, which is its own number, too."""
    begun: Instant
    until: Instant
    """When the time for the first steps is over."""
    run: int = 0
    """The run of its checklist; 0: none."""
    due: Instant | None = None
    """When the next message is due; None: none is promised."""
    reminded: Instant | None = None
    """When somebody was reminded of it."""
    over: Instant | None = None
    told: tuple[Told, ...] = ()
    """What was told, oldest first."""

    @property
    def last(self) -> Told | None:
        """What was told last."""
        return self.told[-1] if self.told else None


class Standing(Record, frozen=True):
    """An emergency with its entry."""

    emergency: Emergency
    entry: Entry
    going: bool
    """Whether it goes on: it was not ended, and its entry is still written."""

    @property
    def resolved(self) -> bool:
        """Whether the last message said so."""
        last = self.emergency.last
        return last is not None and last.message.status is MessageStatus.RESOLVED


class PostMortem(Record, frozen=True):
    """What is known and learnt when an emergency ends."""

    ended: Instant
    cause: str = ""
    remedy: str = ""
    """`fixed`, `rolled back`, or other words."""
    impact: str = ""
    course: str = ""
    """The course of events, a line each."""
    well: str = ""
    badly: str = ""
    prevention: tuple[Action, ...] = ()
    """What keeps it from happening again; these become next actions."""
