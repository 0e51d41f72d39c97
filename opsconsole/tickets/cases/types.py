"""What goes into the use cases of tickets and comes out of them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

import msgspec

from opsconsole.core.clock import Instant
from opsconsole.tickets.model import EventKind, Link, Party, Priority, Record, Source, Ticket
from opsconsole.tickets.store.types import Batch, Outgoing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from opsconsole.core.database import Database, Transaction
    from opsconsole.tickets.model import Phase

    Reader = Database | Transaction

__all__ = ["Batch", "Done", "Draft", "Edit", "File", "Found", "Gate", "Incoming", "New", "Outgoing"]


class New(Record, frozen=True):
    """What a new ticket begins with; what is empty is filled in from its category, and by routing."""

    title: str
    description: str = ""
    category: str = ""
    """Empty: the first one of the configuration."""
    priority: Priority | None = None
    """None: that of the category."""
    requester: str = ""
    requester_mail: str = ""
    team: str = ""
    assignee: str = ""
    tags: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    links: tuple[Link, ...] = ()
    impact: int = 0
    effort: int = 0
    value: int = 0
    version_seen: str = ""
    alert_key: str = ""
    source: Source = Source.CONSOLE
    party: Party = Party.STAFF
    """Who is behind it: REQUESTER for what came by mail, SYSTEM for what the program opens."""
    by: str = ""
    """Whom the first event names, where no actor of this machine is behind it."""
    at: Instant | None = None
    """When it was opened; None: now. For what is imported."""
    form: bool = True
    """Whether the fields that the category's form requires must be there; mail and alerts have none."""
    route: bool = True
    """Whether the rules of routing choose what is open."""


class Done(Record, frozen=True):
    """What a change made."""

    batch: int
    """For `undo`; 0: nothing had to be changed."""
    tickets: tuple[Ticket, ...]
    """Those that it was about, in the order in which they were named, as they are now."""
    notes: tuple[str, ...] = ()
    """Sentences about what was left out and why; none as a rule."""


@dataclass(frozen=True, slots=True)
class Found:
    """The numbers of all tickets that a filter finds, in its order; pages are read by `rows`."""

    numbers: array[int] = field(default_factory=lambda: array("q"))
    filter: str = ""

    @property
    def count(self) -> int:
        """How many."""
        return len(self.numbers)

    def position(self, number: int) -> int | None:
        """Where a ticket stands, from 0; None: it is not among them."""
        try:
            return self.numbers.index(number)
        except ValueError:
            return None


class Edit(NamedTuple):
    """What somebody saw in the fields of a ticket, and what they want there."""

    base: Mapping[str, Any]
    wanted: Mapping[str, Any]


class File(NamedTuple):
    """A file that is to be attached."""

    name: str
    """As given; what comes before the last slash is dropped."""
    data: bytes | Path | BinaryIO
    public: bool = False


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message from outside, for a ticket that is there."""

    text: str
    by: str
    """The name or the address of whoever wrote."""
    party: Party = Party.REQUESTER
    """REQUESTER wakes and reopens; ROBOT changes nothing but the timeline."""
    via: Source = Source.MAIL
    message_id: str = ""
    data: dict[str, Any] = {}
    """What else the event keeps: `mail`, `cc`, `subject` …"""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is to be written: all but its ticket, number, time and batch."""

    kind: EventKind
    text: str = ""
    changes: dict[str, tuple[Any, Any]] = {}
    data: dict[str, Any] = {}
    public: bool = False
    actor: str = ""
    party: Party = Party.SYSTEM
    via: Source = Source.CONSOLE


class Gate(Protocol):
    """Whoever may object to a move, asked within its transaction; the composition root hands it in."""

    async def objection(self, db: Reader, ticket: Ticket, phase: Phase) -> str:
        """Why the ticket should not go to this phase now, as half a sentence; empty: it may."""
