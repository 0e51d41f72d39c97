"""What a ticket, an event and their kin are made of."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from opsconsole.core.clock import Instant
from opsconsole.tickets.model.words import ClockKind, EventKind, LinkKind, Party, Phase, Priority, Source


class Record(msgspec.Struct, frozen=True):
    """The base of everything here: immutable, comparable, encodable as JSON."""


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
