"""What is told to whom: frozen types and pure rules."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from opsconsole.core.clock import Instant
from opsconsole.core.levels import Level

TOPIC = "outbox"
"""The topic of the change feed that everything here belongs to."""


class Record(msgspec.Struct, frozen=True):
    """The base of everything here: immutable, comparable, encodable as JSON."""


class NoticeKind(StrEnum):
    """Why somebody is told."""

    FIRING = "firing"
    WORSE = "worse"
    """It fires already, and became worse."""
    RESOLVED = "resolved"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    """Nobody took it in time: made here, when a ladder's next step begins."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody has taken it: see `service.acknowledge`."""
    GIVEN_BACK = "given-back"
    """Nobody has it any more: see `service.give_back`."""
    HELD = "held"
    """Nobody is to be told of it for now: see `service.hold`."""
    FREED = "freed"
    """It is told of again: see `service.free`."""
    NOTE = "note"
    """Anything that needs no answer: a job that failed, a silence that is about to end."""


TELLING = frozenset({NoticeKind.FIRING, NoticeKind.WORSE, NoticeKind.REMINDER, NoticeKind.ESCALATED})
"""Whoever got one of these gets the RESOLVED too."""


class Severity(StrEnum):
    """How loud."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Higher is louder."""
        return _RANKS[self]

    @property
    def level(self) -> Level:
        """As the one scale of everything says it; what is only information is well."""
        return (Level.OK, Level.WARNING, Level.CRITICAL)[self.rank]


_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


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
    tell: tuple[str, ...] = ()
    """Whom it is addressed to, in place of what the routes say: `oncall:ROTATION`, a contact, `channel:NAME`; where
    none of these can be told, as a person without a contact, the routes decide."""
    word: str = ""
    """What stands in brackets before the title, as `URGENT`; such a notice is a message by itself, at once: no digest
    holds it, and only quiet hours do. Empty: what has become of it, and how loud it is."""


class Document(Record, frozen=True):
    """What goes with a notice besides its words, such as a report to be read and printed."""

    name: str
    """As a file, with its ending."""
    content: str
    """HTML; one file that needs nothing else."""


class Stored(NamedTuple):
    """A notice and its number; a later one has a higher number."""

    seq: int
    notice: Notice


class Recipient(NamedTuple):
    """Where a message goes: a channel, and the contact whom it is meant for (empty: whoever reads the channel)."""

    channel: str
    contact: str = ""

    def __str__(self) -> str:
        return f"{self.contact} by {self.channel}" if self.contact else self.channel


class MessageState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    """It could not be delivered for as long as is tried."""
    CANCELLED = "cancelled"
    """There was nothing left to tell before it was sent."""


class Message(Record, frozen=True):
    """What goes to one recipient at once."""

    id: str
    channel: str
    contact: str
    lane: str
    """`now`, or what it waits for: `digest`, `quiet`."""
    severity: Severity
    created: Instant
    due: Instant
    """When it is sent, or tried again."""
    until: Instant
    """When trying ends."""
    state: MessageState
    attempts: int = 0
    unsure: bool = False
    """Whether an attempt began of which nobody knows how it ended."""
    claimed: Instant | None = None
    receipt: str = ""
    """Where whoever sends it notes how far it came; see `sending`."""
    finished: Instant | None = None
    problem: str = ""

    @property
    def recipient(self) -> Recipient:
        """Where it goes."""
        return Recipient(self.channel, self.contact)


class Delivery(Record, frozen=True):
    """A message with what it tells."""

    message: Message
    notices: tuple[Notice, ...]


class Thread(Record, frozen=True):
    """Something that is not over."""

    thread: str
    severity: Severity
    title: str
    text: str
    category: str
    ladder: str
    fired: Instant
    begun: Instant
    """When its ladder began."""
    reminded: Instant
    acknowledged: Instant | None = None
    acknowledged_by: str = ""
    held: Instant | None = None
    """Since when nobody is to be told of it."""

    @property
    def waits(self) -> bool:
        """Whether it waits for somebody to acknowledge it, and may say so."""
        return self.acknowledged is None and self.held is None


class Trouble(Record, frozen=True):
    """A channel that delivers nothing."""

    channel: str
    since: Instant
    told: Instant | None
    """When the other channels were told of it."""
    problem: str


class Result(NamedTuple):
    """How one attempt to send ended."""

    id: str
    ok: bool
    says: str
    """A sentence; holds no secret."""
    unsure: bool = False
    """Whether it may have arrived all the same."""


class Unsent(NamedTuple):
    """What the outbox holds that did not get through."""

    waiting: int
    """Messages that will be sent in time."""
    late: int
    """Messages that were tried in vain and will be tried again."""
    failed: int
    """Messages that were given up in the last days."""
