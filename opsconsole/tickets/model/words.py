"""The words of tickets: states, kinds and limits."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

TOPIC: Final = "tickets"
"""The topic of the change feed that tickets belong to; `topic_of` is that of one ticket."""
PRESENCE: Final = "ticket-presence"
"""The topic of who looks at what."""

MOST_TITLE: Final = 200
MOST_TEXT: Final = 256 * 1024
"""Characters of a description or a message; what is longer becomes an attachment."""
MOST_NAME: Final = 80
"""Characters of a tag, a team, a category or a person's name."""


def topic_of(number: int) -> str:
    """The topic of one ticket; some share theirs, because every console reads all topics that there are."""
    return f"ticket:{number % 64}"


class Priority(StrEnum):
    """How urgent, as support desks call it; P0 to P3 as developers do."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for urgent to 3 for low: how it is stored and sorted."""
        return _RANKS[self]

    @property
    def code(self) -> str:
        """`P0` to `P3`."""
        return f"P{_RANKS[self]}"

    @classmethod
    def of_rank(cls, rank: int) -> Priority:
        """The priority of a stored rank."""
        return tuple(cls)[rank]


_RANKS = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.MEDIUM: 2, Priority.LOW: 3}


class Phase(StrEnum):
    """What kind of state a ticket is in, whatever its lifecycle calls the state."""

    INITIAL = "initial"
    ACTIVE = "active"
    WAITING = "waiting"
    """Clocks stand still."""
    DONE = "done"

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self is not Phase.DONE


class Source(StrEnum):
    """Where a ticket came from."""

    CONSOLE = "console"
    COMMAND = "command"
    MAIL = "mail"
    ALERT = "alert"
    CHECKLIST = "checklist"
    IMPORT = "import"
    SPLIT = "split"
    """Out of another ticket."""


class Party(StrEnum):
    """Who is behind an event."""

    STAFF = "staff"
    REQUESTER = "requester"
    """Whoever asked, or anybody else outside who writes to the ticket."""
    SYSTEM = "system"
    """The program itself: routing, clocks, alerts."""
    ROBOT = "robot"
    """Automatic mail from outside; it never starts, ends or reopens anything."""


class EventKind(StrEnum):
    """Why an event was written."""

    CREATED = "created"
    MESSAGE = "message"
    CHANGED = "changed"
    """Fields were set by somebody."""
    ROUTED = "routed"
    """A rule chose team or assignee; `text` says which."""
    RETURNED = "returned"
    """Nobody answered in time, so it went back to the pool."""
    LINKED = "linked"
    UNLINKED = "unlinked"
    ATTACHED = "attached"
    """`data`: id, name, size, type, sha256."""
    DETACHED = "detached"
    """An attachment was deleted; what remains is its name, by whom and why."""
    WARNED = "warned"
    """A clock runs out soon; `data`: clock, segment, due."""
    BREACHED = "breached"
    """A promise was broken; `data`: clock, segment, due. It stays whatever changes later, unless it is waived."""
    WAIVED = "waived"
    """A supervisor took a breach back, with a reason in `text`; `data`: clock, segment."""
    ESCALATED = "escalated"
    """`data`: ladder, level, clock, segment."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody has it in hand: its ladder stops; `data`: clock, segment of each that ran."""
    MAILED = "mailed"
    """A reply left; `data`: seq of the message, message_id."""
    BOUNCED = "bounced"
    """It came back, or could not be sent; `data`: seq of the message, message_id."""
    MERGED = "merged"
    """`data`: into, or from."""
    UNMERGED = "unmerged"
    SPLIT = "split"
    """`data`: into and seq of the message, or from."""
    VOTED = "voted"
    RATED = "rated"
    ASKED = "asked"
    """The requester was asked how satisfied they are."""
    ALERT = "alert"
    """Something happened to the alert that it is about; `data`: alert, what."""
    RECURRED = "recurred"
    """What it is about happened again; it was reopened, or was open."""
    UNDONE = "undone"
    """Events were taken back; `changes` are the opposite of theirs. `data`: seqs of those events; where messages were
    among them, `messages`, `answers` and `unanswered` as they are without."""


class ClockKind(StrEnum):
    """Which promise."""

    RESPONSE = "response"
    """The first answer."""
    NEXT = "next"
    """An answer to the oldest message of the requester that has none."""
    RESOLUTION = "resolution"


class LinkKind(StrEnum):
    """How a ticket belongs to something; each kind is read from this ticket's side."""

    PARENT = "parent"
    CHILD = "child"
    BLOCKS = "blocks"
    BLOCKED_BY = "blocked-by"
    DUPLICATES = "duplicates"
    DUPLICATED_BY = "duplicated-by"
    RELATES = "relates"
    ALERT = "alert"
    RUN = "run"
    LOG = "log"
    RUNBOOK = "runbook"

    @property
    def opposite(self) -> LinkKind | None:
        """The kind of the link on the other ticket; None where the other end is no ticket."""
        return _OPPOSITES.get(self)


_OPPOSITES = {
    LinkKind.PARENT: LinkKind.CHILD, LinkKind.CHILD: LinkKind.PARENT, LinkKind.BLOCKS: LinkKind.BLOCKED_BY,
    LinkKind.BLOCKED_BY: LinkKind.BLOCKS, LinkKind.DUPLICATES: LinkKind.DUPLICATED_BY,
    LinkKind.DUPLICATED_BY: LinkKind.DUPLICATES, LinkKind.RELATES: LinkKind.RELATES}
