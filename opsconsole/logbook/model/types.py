"""What entries are made of."""

from __future__ import annotations

from array import array
from typing import Any

import msgspec

from opsconsole.core.clock import Instant
from opsconsole.logbook.model.words import EntryState, EntryType, Status


class Record(msgspec.Struct, frozen=True):
    """The base of everything here: immutable, comparable, encodable as JSON."""


class Point(Record, frozen=True):
    """One line of a list: a task that was done, an issue that was found."""

    text: str
    ticket: int = 0
    """The ticket that it is about; 0: none."""
    link: str = ""
    """What else it came from: `run:5`, `alert:17`; empty: nothing."""


class Action(Record, frozen=True):
    """What is to be done next; it appears in lists when it is due."""

    text: str
    person: str = ""
    due: str = ""
    """A local date, `2027-01-04`; empty: no time."""
    done: Instant | None = None
    done_by: str = ""


class Signature(Record, frozen=True):
    """Somebody put their name under an entry."""

    actor: str
    at: Instant
    origin: str = ""


class Entry(Record, frozen=True):
    """An entry as it stands, amendments left out; see `merging.merged`."""

    id: int
    type: EntryType
    title: str
    begun: Instant
    ended: Instant | None = None
    """None: it goes on."""
    status: Status = Status.NORMAL
    performed_by: tuple[str, ...] = ()
    tasks: tuple[Point, ...] = ()
    found: tuple[Point, ...] = ()
    resolved: tuple[Point, ...] = ()
    escalated: tuple[Point, ...] = ()
    actions: tuple[Action, ...] = ()
    notes: str = ""
    """Markdown."""
    seconds: float = 0.0
    """Time spent."""
    checks: tuple[str, ...] = ()
    """The checks that it affects."""
    tags: tuple[str, ...] = ()
    run: int = 0
    """The run of a checklist that it was drafted from; 0: none."""
    window: int = 0
    """The maintenance window that it opened; 0: none."""
    state: EntryState = EntryState.OPEN
    persons: int = 1
    """How many must sign."""
    signatures: tuple[Signature, ...] = ()
    seal: str = ""
    """SHA-256 over the entry; set by the last signature."""
    created: Instant = 0
    created_by: str = ""
    updated: Instant = 0
    version: int = 0
    """Grows with every change."""


class Amendment(Record, frozen=True):
    """A correction of a signed entry; never changed."""

    id: int
    entry: int
    seq: int
    """1, 2, 3 … within its entry."""
    at: Instant
    actor: str
    reason: str
    changes: dict[str, Any] = {}
    """Field → its new value, in the plain forms of JSON."""
    seal: str = ""


class Attachment(Record, frozen=True):
    """A file of an entry; its bytes lie beside the database, under their hash."""

    id: int
    entry: int
    name: str
    """As given, harmless only after `core.text`; never a path."""
    size: int
    type: str
    sha256: str
    by: str
    at: Instant


class Proposal(Record, frozen=True):
    """Something that happened, as a line that an entry could have; whoever writes the entry takes it or drops it."""

    key: str
    """The same whenever it is proposed: `run:5`, `ticket:17`, `alert:3`, `unit:nginx.service`, `command:9f3a11c2`."""
    field: str
    """Where it fits: one of `LISTS`, or `notes`."""
    text: str
    """One line, of a command all that was typed; foreign text."""
    at: Instant | None = None
    """When it happened last; None: nobody knows."""
    ticket: int = 0
    link: str = ""
    """See `Point`."""

    @property
    def is_command(self) -> bool:
        """Whether somebody typed it into a shell."""
        return self.key.startswith("command:")

    @property
    def point(self) -> Point:
        """As a line of a list."""
        return Point(self.text, self.ticket, self.link)

    @property
    def target(self) -> str:
        """What it came from, as it can be opened: `ticket:17`, `run:5`; empty: nothing."""
        return f"ticket:{self.ticket}" if self.ticket else self.link


class Proposed(Record, frozen=True):
    """What happened in the time that an entry is about."""

    since: Instant
    """When the last entry of its type ended."""
    until: Instant
    last: int = 0
    """That entry; 0: there is none, or nobody asked for its end."""
    proposals: tuple[Proposal, ...] = ()
    """Oldest first."""
    problems: tuple[str, ...] = ()
    """A sentence for each part that could not be read."""
    more: bool = False
    """Whether so much happened that its beginning was not looked at."""


class Summary(Record, frozen=True):
    """A row of the list."""

    id: int
    type: EntryType
    title: str
    begun: Instant
    ended: Instant | None
    status: Status
    state: EntryState
    performed_by: tuple[str, ...]
    counts: tuple[int, int, int, int]
    """How many points `tasks`, `found`, `resolved` and `escalated` have."""
    actions: int
    """Next actions that are not done."""
    attachments: int = 0
    amended: int = 0
    seconds: float = 0.0


class Found(Record, frozen=True):
    """What a filter finds; pages are read by `rows`."""

    numbers: array[int] = array("q")
    """Those of the entries, newest first: all of them, or the first of very many."""
    filter: str = ""
    count: int = 0
    """How many entries it finds."""
    at: Instant = 0
    """When it was asked; `since:2d` counts from here."""

    @property
    def whole(self) -> bool:
        """Whether all numbers are known."""
        return len(self.numbers) >= self.count

    def position(self, number: int) -> int | None:
        """Where an entry stands among the known ones, from 0; None: it is not among them."""
        try:
            return self.numbers.index(number)
        except ValueError:
            return None
