"""Tickets: frozen types, and how events make a ticket. Pure: no I/O, no clock, no framework.

A ticket is what its events make of it: `apply` is the only way from one state to the next, so what is stored can be
rebuilt from the events at any time. Every field that a person or the program sets is set by the `changes` of an event,
old value and new, whatever the kind of the event; the kind says why.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from opsconsole.core.clock import Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


class Record(msgspec.Struct, frozen=True):
    """The base of everything here: immutable, comparable, encodable as JSON."""


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


class Link(Record, frozen=True, order=True):
    """One link; `target` is the number of a ticket, or the name of what it is: an alert's number, a runbook."""

    kind: LinkKind
    target: str


class Event(Record, frozen=True):
    """One thing that happened to a ticket; never changed, never removed."""

    ticket: int
    seq: int
    """1, 2, 3 … within its ticket."""
    at: Instant
    kind: EventKind
    actor: str = ""
    """The login name, a requester's name or address, or empty for the program."""
    party: Party = Party.STAFF
    via: Source = Source.CONSOLE
    public: bool = False
    """Of a message: whether people outside may read it. Fixed when it is written; what is not public never leaves."""
    text: str = ""
    changes: dict[str, tuple[Any, Any]] = {}
    """Field → (old, new), in the plain forms of JSON: enums as words, tuples as lists."""
    data: dict[str, Any] = {}
    batch: int = 0
    """What was done at once, and is undone at once."""


class Ticket(Record, frozen=True):
    """A ticket as its events made it."""

    number: int
    title: str = ""
    description: str = ""
    """Markdown."""
    lifecycle: str = ""
    state: str = ""
    phase: Phase = Phase.INITIAL
    """That of the state at the time it was entered, so that another configuration changes no past."""
    priority: Priority = Priority.MEDIUM
    category: str = ""
    requester: str = ""
    requester_mail: str = ""
    team: str = ""
    assignee: str = ""
    watchers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    source: Source = Source.CONSOLE
    fields: dict[str, str] = {}
    """The environment, and what the category's form asks for."""
    links: tuple[Link, ...] = ()
    impact: int = 0
    """Of a wish, 1 to 5; 0: nobody has said."""
    effort: int = 0
    value: int = 0
    voters: tuple[str, ...] = ()
    satisfaction: int = 0
    """1 to 5; 0: not rated."""
    satisfaction_note: str = ""
    release: str = ""
    """In which it will be, or was, delivered."""
    version_seen: str = ""
    """In which it was seen."""
    root_cause: str = ""
    knowledge: str = ""
    """The document of the knowledge base that helped; empty: none."""
    merged_into: int = 0
    alert_key: str = ""
    """The group of alerts that it is about; empty: none."""
    created: Instant = 0
    updated: Instant = 0
    resolved: Instant | None = None
    """When it was done; None while it is open."""
    reopened: int = 0
    escalated: int = 0
    recurred: int = 0
    messages: int = 0
    answers: int = 0
    """Public messages of staff."""
    attachments: int = 0
    unanswered: int = 0
    """Messages of the requester since the last public answer."""
    version: int = 0
    """The sequence of the last event."""

    @property
    def rank(self) -> float:
        """What a wish is worth: impact, value and votes against effort; 0 while impact or effort is not known."""
        if not self.impact or not self.effort:
            return 0.0
        return (self.impact + self.value + math.sqrt(len(self.voters))) / self.effort


SETTABLE: Final = frozenset({
    "title", "description", "lifecycle", "state", "phase", "priority", "category", "requester", "requester_mail",
    "team", "assignee", "watchers", "tags", "source", "fields", "links", "impact", "effort", "value", "voters",
    "satisfaction", "satisfaction_note", "release", "version_seen", "root_cause", "knowledge", "merged_into",
    "alert_key"})
"""The fields that `changes` may name; all others follow from the events."""


def plain(value: Any) -> Any:
    """A field's value in the form in which `Event.changes` holds it."""
    return msgspec.to_builtins(value)


def apply(ticket: Ticket | None, event: Event) -> Ticket:
    """The ticket after one more event.

    Args:
        ticket: as it was; None before the first event.
        event: the next one.

    Raises:
        ValueError: it is not the next event of this ticket, or sets what cannot be set.
    """
    before = ticket if ticket is not None else Ticket(event.ticket, created=event.at)
    if event.ticket != before.number or event.seq != before.version + 1:
        raise ValueError(f"event {event.seq} of ticket {event.ticket} does not follow {before.version} of"
                         f" {before.number}")
    unknown = event.changes.keys() - SETTABLE
    if unknown:
        raise ValueError(f"no event can set {', '.join(sorted(unknown))}")
    new = {name: _typed(name, values[1]) for name, values in event.changes.items()}
    return replace(before, **new, **_counted(before, event, new), version=event.seq,
                   updated=max(before.updated, event.at) if _moves(event) else before.updated)


def fold(events: Iterable[Event]) -> Ticket:
    """The ticket that all its events make, in their order.

    Raises:
        ValueError: there are none, or one does not follow.
    """
    ticket: Ticket | None = None
    for event in events:
        ticket = apply(ticket, event)
    if ticket is None:
        raise ValueError("a ticket has at least one event")
    return ticket


def changed(ticket: Ticket, **wanted: Any) -> dict[str, tuple[Any, Any]]:
    """The `changes` that give fields other values; those that are so already are left out."""
    made = {}
    for name, value in wanted.items():
        old, new = plain(getattr(ticket, name)), plain(value)
        if old != new:
            made[name] = (old, new)
    return made


_QUIET = frozenset({EventKind.WARNED, EventKind.BREACHED, EventKind.MAILED, EventKind.ASKED})
"""What happens by itself makes a ticket no newer."""


def _moves(event: Event) -> bool:
    return event.kind not in _QUIET


def _counted(before: Ticket, event: Event, new: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from an event besides the fields that it sets."""
    made: dict[str, Any] = {}
    if "phase" in new:
        was, now = before.phase.open, new["phase"].open
        if was and not now:
            made["resolved"] = event.at
        elif now and not was:
            made["resolved"] = None
            made["reopened"] = before.reopened + (event.kind is not EventKind.UNDONE)
    if event.kind is EventKind.MESSAGE:
        made["messages"] = before.messages + 1
        if event.party is Party.REQUESTER:
            made["unanswered"] = before.unanswered + 1
        elif event.party is Party.STAFF and event.public:
            made |= {"unanswered": 0, "answers": before.answers + 1}
    elif event.kind is EventKind.CREATED:
        made["unanswered"] = int(event.party is Party.REQUESTER)
    elif event.kind is EventKind.ESCALATED:
        made["escalated"] = before.escalated + 1
    elif event.kind is EventKind.RECURRED:
        made["recurred"] = before.recurred + 1
    elif event.kind is EventKind.UNDONE:
        made |= {name: event.data[name] for name in ("messages", "answers", "unanswered") if name in event.data}
    elif event.kind in (EventKind.ATTACHED, EventKind.DETACHED):
        made["attachments"] = before.attachments + (1 if event.kind is EventKind.ATTACHED else -1)
    return made


_TYPES: Final[dict[str, Any]] = {field.name: field.type for field in msgspec.structs.fields(Ticket)}


def _typed(name: str, value: Any) -> Any:
    """A plain value as the field wants it; a value that no field can have raises ValueError."""
    try:
        return msgspec.convert(value, _TYPES[name])
    except msgspec.ValidationError as problem:
        raise ValueError(f"`{name}` cannot be {str(value)[:60]!r}: {problem}") from None


class Summary(Record, frozen=True):
    """A row of the queue: what a list shows of a ticket, and no more."""

    number: int
    title: str
    state: str
    phase: Phase
    priority: Priority
    category: str
    team: str
    assignee: str
    requester: str
    created: Instant
    updated: Instant
    resolved: Instant | None = None
    due: Instant | None = None
    """The next promise that is still to be kept, or the first that was broken and is still open; None: none runs."""
    due_kind: ClockKind | None = None
    warn: Instant | None = None
    """From when on that is soon."""
    promise: str = ""
    """In place of a due time: `paused`, `next release`, or empty."""
    unanswered: int = 0
    escalated: int = 0
    recurred: int = 0
    attachments: int = 0
    merged_into: int = 0
    tags: tuple[str, ...] = ()

    def late(self, now: Instant) -> bool:
        """Whether a promise is broken at this moment, by a ticket that is still open."""
        return self.due is not None and self.due <= now


class Attachment(Record, frozen=True):
    """A file of a ticket; its bytes lie beside the database, under their hash."""

    id: int
    ticket: int
    seq: int
    """Of the event that brought it."""
    name: str
    """As given, harmless only after `core.text`; never a path."""
    size: int
    type: str
    """By its content: `image/png`, `text/plain`, `application/octet-stream`."""
    sha256: str
    by: str
    at: Instant
    public: bool = False
    """Whether it came from outside or went there with a reply."""
    deleted: Instant | None = None
    deleted_by: str = ""


class Presence(Record, frozen=True):
    """Somebody has a ticket open at this moment."""

    ticket: int
    actor: str
    writing: bool
    since: Instant
